//! Bytes of version 1 that must verify for ever, and that today's code must still write.
//!
//! Files under `tests/wire/v1` are never changed; a new version gets a folder of its own.

use barid_ledger::{
    AddCheckpointRequest, ChainHash, ForkEvidence, Frontier, Hash, InclusionBundle, NoteSigner, Origin,
    SignedCheckpoint, TrustedLog, VerifiedGrowth, VerifierKey, check_add_checkpoint, countersign, leaf_hash,
};
use expect_test::expect_file;

use crate::{countersigner, leaf, log_signer, signed_head, tree};

const KEYS: &str = include_str!("../wire/v1/keys.txt");
const OLDER: &str = include_str!("../wire/v1/checkpoint-7.txt");
const NEWER: &str = include_str!("../wire/v1/checkpoint-20-countersigned.txt");
const GROWTH: &str = include_str!("../wire/v1/growth-7-to-20.txt");
const PROOF: &str = include_str!("../wire/v1/leaf-11-of-20.tlog-proof");
const FORK: &str = include_str!("../wire/v1/fork.txt");
const HASHES: &str = include_str!("../wire/v1/hashes.txt");

fn pinned_trust(needed: usize) -> TrustedLog {
    let keys: Vec<VerifierKey> = KEYS.lines().map(|line| line.parse().unwrap()).collect();
    let [log, countersigner] = keys.try_into().unwrap();
    let origin = Origin::new("xa.example/журнал").unwrap();
    TrustedLog::with_countersigners(origin, vec![log], vec![countersigner], needed).unwrap()
}

fn checkpoint(text: &str) -> SignedCheckpoint {
    SignedCheckpoint::parse(text.as_bytes()).unwrap()
}

#[test]
fn old_bytes_verify() {
    let older = checkpoint(OLDER).verify(&pinned_trust(0)).unwrap();
    let newer = checkpoint(NEWER).verify(&pinned_trust(1)).unwrap();
    assert_eq!((older.checkpoint().size(), newer.checkpoint().size()), (7, 20));
    let growth = AddCheckpointRequest::parse(GROWTH.as_bytes()).unwrap();
    assert!(VerifiedGrowth::verify(older, newer.clone(), growth.proof()).is_ok());
    let proof = InclusionBundle::parse(PROOF.as_bytes()).unwrap();
    assert_eq!(proof.extra(), Some("卡拉切夫 0 11".as_bytes()));
    let shown = proof.clone().verify(&leaf_hash(proof.extra().unwrap()), &pinned_trust(1)).unwrap();
    assert_eq!(shown.checkpoint(), &newer);
    let fork = ForkEvidence::parse(FORK.as_bytes()).unwrap();
    assert!(fork.verify(&pinned_trust(0)).is_ok());
}

#[test]
fn old_growth_is_still_accepted() {
    let request = AddCheckpointRequest::parse(GROWTH.as_bytes()).unwrap();
    let older = checkpoint(OLDER);
    let latest = barid_ledger::KnownHead { size: older.claimed().size(), root: *older.claimed().root() };
    assert!(check_add_checkpoint(request, Some(&pinned_trust(0)), Some(latest)).is_ok());
}

#[test]
fn todays_code_writes_the_same_bytes() {
    let (whole, forked) = (tree(0, 20, 20), tree(1, 13, 20));
    let head = signed_head(&whole, 20);
    let line = countersign(head.claimed(), &countersigner(2), 1_800_000_000).unwrap();
    let countersigned = head.clone().with_signature(line).unwrap();
    let growth = AddCheckpointRequest::new(7, whole.consistency_proof(7, 20).unwrap(), head).unwrap();
    let proof =
        InclusionBundle::new(11, whole.inclusion_proof(11, 20).unwrap(), countersigned.clone()).unwrap();
    let proof = proof.with_extra("卡拉切夫 0 11".as_bytes().to_vec()).unwrap();
    let fork_proof = forked.consistency_proof(14, 20).unwrap();
    let fork = ForkEvidence::find(&signed_head(&whole, 14), &signed_head(&forked, 20), &fork_proof).unwrap();
    let keys = [log_signer(), countersigner(2)].map(|signer| format!("{}\n", signer.verifier_key())).concat();
    expect_file!["../wire/v1/keys.txt"].assert_eq(&keys);
    expect_file!["../wire/v1/checkpoint-7.txt"].assert_eq(&signed_head(&whole, 7).to_string());
    expect_file!["../wire/v1/checkpoint-20-countersigned.txt"].assert_eq(&countersigned.to_string());
    expect_file!["../wire/v1/growth-7-to-20.txt"].assert_eq(&growth.to_string());
    expect_file!["../wire/v1/leaf-11-of-20.tlog-proof"].assert_eq(&proof.to_string());
    expect_file!["../wire/v1/fork.txt"].assert_eq(&fork.to_string());
    expect_file!["../wire/v1/hashes.txt"].assert_eq(&hashes());
}

/// Chain hash, root and frontier after each of the first twenty leaves.
fn hashes() -> String {
    let (mut chain, mut frontier, mut lines) = (ChainHash::START, Frontier::new(), String::new());
    for at in 0..20 {
        chain = chain.next(&leaf(0, at));
        frontier.append(leaf(0, at)).unwrap();
        let hex: String = frontier.encode().iter().map(|byte| format!("{byte:02x}")).collect();
        lines += &format!("{chain} {} {hex}\n", frontier.root());
    }
    lines
}

#[test]
fn old_frontiers_are_read() {
    for (at, line) in HASHES.lines().enumerate() {
        let [_, root, frontier] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let bytes: Vec<u8> = (0..frontier.len() / 2)
            .map(|byte| u8::from_str_radix(&frontier[2 * byte..2 * byte + 2], 16).unwrap())
            .collect();
        let frontier = Frontier::decode(&bytes).unwrap();
        assert_eq!((frontier.size(), frontier.root()), (at as u64 + 1, root.parse::<Hash>().unwrap()));
    }
    assert_eq!(HASHES.lines().count(), 20);
}
