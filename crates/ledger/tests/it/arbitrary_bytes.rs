//! No parser panics, and what a parser takes it gives back byte for byte.

use barid_ledger::tiles::{Tile, decode_entry_bundle};
use barid_ledger::{
    AddCheckpointRequest, Checkpoint, ForkEvidence, Hash, InclusionBundle, SignatureLine, SignedCheckpoint,
    SignedNote, VerifierKey,
};
use proptest::prelude::*;

use crate::{log_signer, signed_head, tree};
use barid_ledger::NoteSigner;

/// Gives the bytes to every parser, and checks that whatever is taken comes out the same.
fn try_all_parsers(bytes: &[u8]) {
    let same = |text: String| assert_eq!(text.as_bytes(), bytes);
    if let Ok(note) = SignedNote::parse(bytes) {
        same(note.to_string());
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        same(checkpoint.to_string());
    }
    if let Ok(request) = AddCheckpointRequest::parse(bytes) {
        same(request.to_string());
    }
    if let Ok(bundle) = InclusionBundle::parse(bytes) {
        same(bundle.to_string());
    }
    if let Ok(evidence) = ForkEvidence::parse(bytes) {
        same(evidence.to_string());
    }
    for width in [0, 1, 2, 256, 257] {
        let _ = decode_entry_bundle(bytes, width);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        same(checkpoint.to_string());
    }
    if let Ok(line) = SignatureLine::parse(text) {
        same(line.to_string());
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        same(key.to_string());
    }
    if let Ok(tile) = text.parse::<Tile>() {
        same(tile.to_string());
    }
    let _ = text.parse::<Hash>();
}

/// One good example per format.
fn examples() -> Vec<Vec<u8>> {
    let (whole, forked) = (tree(0, 20, 20), tree(1, 13, 20));
    let proof = whole.consistency_proof(11, 20).unwrap();
    let head = signed_head(&whole, 20);
    let fork_proof = forked.consistency_proof(14, 20).unwrap();
    let fork = ForkEvidence::find(&signed_head(&whole, 14), &signed_head(&forked, 20), &fork_proof).unwrap();
    let bundle = InclusionBundle::new(7, whole.inclusion_proof(7, 20).unwrap(), head.clone()).unwrap();
    let texts = [
        head.to_string(),
        head.claimed().to_string(),
        AddCheckpointRequest::new(11, proof, head).unwrap().to_string(),
        bundle.with_extra(vec![1, 2, 3]).unwrap().to_string(),
        fork.to_string(),
        log_signer().verifier_key().to_string(),
        "tile/0/x001/x234/067.p/8".to_owned(),
    ];
    texts.map(String::into_bytes).to_vec()
}

#[test]
fn every_cut_of_every_example() {
    for example in examples() {
        for end in 0..=example.len() {
            try_all_parsers(&example[..end]);
            try_all_parsers(&example[end..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        try_all_parsers(&bytes);
    }

    #[test]
    fn any_lines(text in "(— |old |index |extra |prefix |older |tile/|x?[0-9]{3}|[A-Za-z0-9+/]{4,44}={0,2}|\n|\n\n| |\\PC){0,40}") {
        try_all_parsers(text.as_bytes());
    }

    #[test]
    fn damaged_examples(
        example in proptest::sample::select(examples()),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0_u8..3), 1..4),
    ) {
        let mut bytes = example;
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        try_all_parsers(&bytes);
    }
}
