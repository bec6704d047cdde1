//! Fuzz targets of the ledger's readers: nothing makes them panic, and what they read they write back byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_ledger::{
    AddCheckpointRequest, Checkpoint, Ed25519NoteSigner, ForkEvidence, Frontier, Hash, InclusionBundle,
    KeyName, Origin, SignatureType, SignedCheckpoint, SignedNote, VerifierKey, leaf_hash,
};

fn signed_checkpoint() -> String {
    let name = KeyName::new("barid.v1/XA/persons").unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let signer = Ed25519NoteSigner::new(name, SignatureType::Ed25519, key);
    let origin = Origin::new("barid.v1/XA/persons").unwrap();
    let checkpoint = Checkpoint::new(origin, 20_852, leaf_hash(b"a root")).unwrap();
    SignedCheckpoint::sign(checkpoint, &signer).unwrap().to_string()
}

#[test]
fn fuzz_signed_note() {
    let seed = signed_checkpoint();
    fuzz::run("signed_note", &[seed.as_bytes()], |bytes| {
        if let Ok(note) = SignedNote::parse(bytes) {
            assert_eq!(note.to_string().as_bytes(), bytes);
        }
    });
}

#[test]
fn fuzz_signed_checkpoint() {
    let seed = signed_checkpoint();
    fuzz::run("signed_checkpoint", &[seed.as_bytes()], |bytes| {
        if let Ok(signed) = SignedCheckpoint::parse(bytes) {
            assert_eq!(signed.to_string().as_bytes(), bytes);
        }
    });
}

#[test]
fn fuzz_frontier() {
    let mut frontier = Frontier::new();
    for i in 0..7u8 {
        frontier.append(leaf_hash(&[i])).unwrap();
    }
    let seed = frontier.encode();
    fuzz::run("frontier", &[&seed], |bytes| {
        if let Ok(read) = Frontier::decode(bytes) {
            assert_eq!(read.encode(), bytes);
        }
    });
}

#[test]
fn fuzz_bundles_and_requests() {
    let note = signed_checkpoint();
    let bundle = format!("c2sp.org/tlog-proof@v1\nindex 3\n{}\n\n{note}", leaf_hash(b"x").to_base64());
    let request = format!("old 1\n{}\n\n{note}", leaf_hash(b"x").to_base64());
    fuzz::run("bundles", &[bundle.as_bytes(), request.as_bytes()], |bytes| {
        let _ = InclusionBundle::parse(bytes);
        let _ = AddCheckpointRequest::parse(bytes);
        let _ = ForkEvidence::parse(bytes);
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = text.parse::<VerifierKey>();
            let _ = text.parse::<Hash>();
        }
    });
}
