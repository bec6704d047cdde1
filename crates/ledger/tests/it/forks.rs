//! Evidence of forks: found, carried, checked; and nothing accused that agrees.

use barid_ledger::{
    CheckpointError, ForkError, ForkEvidence, MAX_FORK_EVIDENCE_BYTES, MAX_PROOF_HASHES, NoteSigner,
    ProofError, SignatureType, SignedCheckpoint, TrustedLog, leaf_hash,
};

use crate::{countersigner, log_signer, origin, signed_head, signer, tree, trusted};

fn carried(evidence: &ForkEvidence) -> ForkEvidence {
    let text = evidence.to_string();
    let read = ForkEvidence::parse(text.as_bytes()).unwrap();
    assert_eq!(&read, evidence);
    assert_eq!(read.to_string(), text);
    read
}

#[test]
fn two_roots_of_one_size() {
    let (one, other) = (tree(0, 20, 20), tree(1, 13, 20));
    let evidence = ForkEvidence::find(&signed_head(&one, 20), &signed_head(&other, 20), &[]).unwrap();
    let fork = carried(&evidence).verify(&trusted()).unwrap();
    let (first, second) = fork.checkpoints();
    assert_eq!(first.claimed().size(), second.claimed().size());
    assert_eq!(fork.evidence(), &evidence);
    assert_eq!(ForkEvidence::find(&signed_head(&one, 20), &signed_head(&one, 20), &[]), None);
}

#[test]
fn a_newer_tree_with_another_past() {
    for old in 14..20 {
        let (one, other) = (tree(0, 20, 20), tree(1, 13, 20));
        let proof = other.consistency_proof(old, 20).unwrap();
        let (older, newer) = (signed_head(&one, old), signed_head(&other, 20));
        let evidence = match ForkEvidence::find(&newer, &older, &proof) {
            Some(evidence) => evidence,
            // The proof leaves a perfect old tree out; whoever has the newer tree adds its root.
            None => {
                assert!(old.is_power_of_two());
                let prefix_root = other.root_at(old).unwrap();
                ForkEvidence::with_prefix(older, newer, prefix_root, proof)
            }
        };
        assert!(carried(&evidence).verify(&trusted()).is_ok());
    }
}

#[test]
fn no_evidence_against_an_honest_ledger() {
    let whole = tree(0, 20, 20);
    for old in 0..=20 {
        let proof = whole.consistency_proof(old, 20).unwrap();
        let (older, newer) = (signed_head(&whole, old), signed_head(&whole, 20));
        assert_eq!(ForkEvidence::find(&older, &newer, &proof), None);
        let invented =
            ForkEvidence::with_prefix(older.clone(), newer.clone(), leaf_hash(b"lie"), proof.clone());
        assert!(matches!(invented.verify(&trusted()), Err(ForkError::Proof(_))));
        let agreeing = ForkEvidence::with_prefix(older, newer, whole.root_at(old).unwrap(), proof);
        assert_eq!(agreeing.verify(&trusted()), Err(ForkError::NoContradiction));
    }
    let (older, newer) = (signed_head(&whole, 11), signed_head(&whole, 20));
    let junk = vec![leaf_hash(b"junk"); 5];
    assert_eq!(ForkEvidence::find(&older, &newer, &junk), None);
    let swapped = ForkEvidence::with_prefix(newer, older, whole.root(), vec![]);
    assert!(matches!(swapped.verify(&trusted()), Err(ForkError::Proof(ProofError::SizesOutOfOrder { .. }))));
}

#[test]
fn only_the_ledgers_own_signature_accuses() {
    let (one, other) = (tree(0, 20, 20), tree(1, 13, 20));
    let evidence = ForkEvidence::find(&signed_head(&one, 20), &signed_head(&other, 20), &[]).unwrap();
    let stranger = signer("xa.example/журнал", SignatureType::Ed25519, 9);
    let stranger = TrustedLog::new(origin(), vec![stranger.verifier_key().clone()]).unwrap();
    let not_signed = Err(ForkError::Checkpoint(CheckpointError::NotSignedByLog));
    assert_eq!(evidence.clone().verify(&stranger), not_signed);
    // One checkpoint by a stranger under the ledger's name is enough to spoil it, whichever it is.
    let forged = {
        let by_stranger = signer("xa.example/журнал", SignatureType::Ed25519, 9);
        SignedCheckpoint::sign(signed_head(&other, 20).claimed().clone(), &by_stranger).unwrap()
    };
    let genuine = signed_head(&one, 20);
    for (older, newer) in [(&genuine, &forged), (&forged, &genuine)] {
        let framed = ForkEvidence::find(older, newer, &[]).unwrap();
        let not_signed = Err(ForkError::Checkpoint(CheckpointError::NotSignedByLog));
        assert_eq!(framed.verify(&trusted()), not_signed);
    }
    // Countersignatures neither help nor hinder.
    let needs_one = TrustedLog::with_countersigners(
        origin(),
        vec![log_signer().verifier_key().clone()],
        vec![countersigner(3).verifier_key().clone()],
        1,
    );
    assert!(evidence.verify(&needs_one.unwrap()).is_ok());
}

#[test]
fn malformed_evidence_and_caps() {
    let (one, other) = (tree(0, 20, 20), tree(1, 13, 20));
    let proof = other.consistency_proof(14, 20).unwrap();
    let evidence = ForkEvidence::find(&signed_head(&one, 14), &signed_head(&other, 20), &proof).unwrap();
    let text = evidence.to_string();
    for bad in [
        String::new(),
        text.replace("/v1", "/v2"),
        text.replace("prefix ", "prefix  "),
        text.replace("older ", "older 0"),
        text.replace("older 1", "older 9991"),
        format!("{text}x"),
        text[..text.len() - 1].to_owned(),
        text.replace("newer ", "later "),
    ] {
        assert!(ForkEvidence::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    // A length that cuts a character in two.
    assert!(ForkEvidence::parse("barid/fork-evidence/v1\nprefix \n\nolder 1\nж".as_bytes()).is_err());
    let with_lines = |count: usize| {
        let lines = format!("{}\n", leaf_hash(b"").to_base64()).repeat(count);
        let (_, tail) = text.split_once("\n\n").unwrap();
        let prefix = leaf_hash(b"").to_base64();
        ForkEvidence::parse(format!("barid/fork-evidence/v1\nprefix {prefix}\n{lines}\n{tail}").as_bytes())
    };
    assert!(with_lines(MAX_PROOF_HASHES).is_ok());
    assert_eq!(with_lines(MAX_PROOF_HASHES + 1), Err(ForkError::TooManyProofLines));
    assert_eq!(ForkEvidence::parse(&vec![b'x'; MAX_FORK_EVIDENCE_BYTES]), Err(ForkError::Malformed));
    assert_eq!(ForkEvidence::parse(&vec![b'x'; MAX_FORK_EVIDENCE_BYTES + 1]), Err(ForkError::TooLarge));
}
