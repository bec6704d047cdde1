//! Offline proofs in the C2SP tlog-proof format.

use barid_ledger::{
    BundleError, CheckpointError, InclusionBundle, MAX_BUNDLE_BYTES, MAX_EXTRA_BYTES, MAX_PROOF_HASHES,
    MAX_TREE_SIZE, NoteSigner, TrustedLog, leaf_hash,
};
use expect_test::expect;

use crate::{countersigner, leaf, log_signer, origin, signed_head, tree, trusted};

fn bundle(index: u64, size: u64) -> InclusionBundle {
    let whole = tree(0, size, size);
    InclusionBundle::new(index, whole.inclusion_proof(index, size).unwrap(), signed_head(&whole, size))
        .unwrap()
}

#[test]
fn the_bytes_of_a_bundle() {
    let bundle = bundle(2, 5).with_extra("Калачев".as_bytes().to_vec()).unwrap();
    expect![[r#"
        c2sp.org/tlog-proof@v1
        extra 0JrQsNC70LDRh9C10LI=
        index 2
        nKHN+1l+lUU873h8sGdkJ2QR+KSxokYAhF+PouSuvzM=
        KMg6fCvpc0JQS9EfXVRo7Eo0HmSuDT0dpIthPJHUi3E=
        Hk0PQ0xe/hSu0zWEaWaFnTN4OWLD8LIufFAf9VABf2k=

        xa.example/журнал
        5
        GoIYpf4LNfnwOBXZY3MOGf692T4A3nFwjzOMHUa1hdo=

        — xa.example/журнал tUj/YEMlWLLLl+zYloQx5AG3KPtwNOZ/tQBGaZviq0XThLotR9NtOM5Ht0yelDbjs5K7jEaKN5xzvjbr+wOmCRgrsAg=
    "#]]
    .assert_eq(&bundle.to_string());
}

#[test]
fn bundles_read_back_and_verify() {
    for (index, size) in [(0, 1), (0, 2), (6, 7), (3, 11), (99, 100)] {
        let text = bundle(index, size).to_string();
        let read = InclusionBundle::parse(text.as_bytes()).unwrap();
        assert_eq!(read.to_string(), text);
        assert_eq!(read.extra(), None);
        let verified = read.clone().verify(&leaf(0, index), &trusted()).unwrap();
        assert_eq!((verified.index(), *verified.leaf()), (index, leaf(0, index)));
        assert_eq!(verified.checkpoint().checkpoint().size(), size);
        let wrong_leaf = read.verify(&leaf(1, index), &trusted()).unwrap_err();
        assert_eq!(wrong_leaf.code(), "proof-root-mismatch");
    }
}

#[test]
fn a_bundle_needs_the_trust_one_asks_for() {
    let needs_one = TrustedLog::with_countersigners(
        origin(),
        vec![log_signer().verifier_key().clone()],
        vec![countersigner(3).verifier_key().clone()],
        1,
    )
    .unwrap();
    let too_few = CheckpointError::TooFewCountersignatures { needed: 1, got: 0 };
    assert_eq!(bundle(3, 11).verify(&leaf(0, 3), &needs_one), Err(BundleError::Checkpoint(too_few)));
}

#[test]
fn the_index_is_bound() {
    for index in [0, 2, 4, 10, 11, 1 << 40] {
        let text = bundle(3, 11).to_string().replace("index 3\n", &format!("index {index}\n"));
        let read = InclusionBundle::parse(text.as_bytes()).unwrap();
        assert_eq!(read.claimed_index(), index);
        assert!(read.verify(&leaf(0, 3), &trusted()).is_err(), "{index}");
    }
}

#[test]
fn malformed_bundles_are_refused() {
    let good = bundle(3, 11).with_extra(vec![1, 2, 3]).unwrap().to_string();
    let error = |text: String| InclusionBundle::parse(text.as_bytes()).unwrap_err();
    assert_eq!(error(good.replace("@v1", "@v2")), BundleError::UnknownVersion);
    assert_eq!(error(format!("\n{good}")), BundleError::UnknownVersion);
    assert_eq!(error(good.replace("extra AQID\n", "extra \n")), BundleError::MalformedExtra);
    assert_eq!(error(good.replace("extra AQID\n", "extra AQI\n")), BundleError::MalformedExtra);
    assert_eq!(error(good.replace("extra AQID\n", "extra AQID\nextra AQID\n")), BundleError::MalformedIndex);
    assert_eq!(error(good.replace("index 3\n", "index 03\n")), BundleError::MalformedIndex);
    assert_eq!(error(good.replace("index 3\n", "")), BundleError::MalformedIndex);
    assert_eq!(error(good.replace("index 3\n", "index 3\nnot a hash\n")), BundleError::MalformedProofLine);
    assert_eq!(error(good.replace("\n\n", "\n")), BundleError::MissingCheckpoint);
    assert_eq!(InclusionBundle::parse(b"\xff"), Err(BundleError::NotUtf8));
}

#[test]
fn bundle_caps() {
    let checkpoint = signed_head(&tree(0, 11, 11), 11);
    let with = |count, index| InclusionBundle::new(index, vec![leaf_hash(b""); count], checkpoint.clone());
    assert!(with(MAX_PROOF_HASHES, MAX_TREE_SIZE).is_ok());
    assert_eq!(with(MAX_PROOF_HASHES + 1, 0), Err(BundleError::TooManyProofLines));
    assert_eq!(with(0, MAX_TREE_SIZE + 1), Err(BundleError::MalformedIndex));
    let read = |count: usize| {
        let lines = format!("{}\n", leaf_hash(b"").to_base64()).repeat(count);
        let text = format!("c2sp.org/tlog-proof@v1\nindex 1\n{lines}\n{checkpoint}");
        InclusionBundle::parse(text.as_bytes())
    };
    assert!(read(MAX_PROOF_HASHES).is_ok());
    assert_eq!(read(MAX_PROOF_HASHES + 1), Err(BundleError::TooManyProofLines));

    let extra = |bytes| bundle(3, 11).with_extra(vec![7; bytes]);
    let largest = extra(MAX_EXTRA_BYTES).unwrap();
    assert_eq!(InclusionBundle::parse(largest.to_string().as_bytes()), Ok(largest.clone()));
    assert_eq!(extra(MAX_EXTRA_BYTES + 1), Err(BundleError::MalformedExtra));
    assert_eq!(extra(0), Err(BundleError::MalformedExtra));
    // One base64 group more than the largest extra data takes.
    let too_long = format!("extra {}\nindex 3", "AAAA".repeat(MAX_EXTRA_BYTES.div_ceil(3) + 1));
    let above = bundle(3, 11).to_string().replace("index 3", &too_long);
    assert_eq!(InclusionBundle::parse(above.as_bytes()), Err(BundleError::MalformedExtra));
    assert_eq!(InclusionBundle::parse(&vec![b'x'; MAX_BUNDLE_BYTES]), Err(BundleError::MissingCheckpoint));
    assert_eq!(InclusionBundle::parse(&vec![b'x'; MAX_BUNDLE_BYTES + 1]), Err(BundleError::TooLarge));
}
