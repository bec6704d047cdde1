//! Fuzz targets of the ledger's readers: nothing makes them panic, and what they read they write back byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_ledger::tiles::{Tile, decode_entry_bundle, encode_entry_bundle, encode_tile};
use barid_ledger::{
    AddCheckpointRequest, Checkpoint, Ed25519NoteSigner, ForkEvidence, Frontier, Hash, InclusionBundle,
    KeyName, Origin, SignatureType, SignedCheckpoint, SignedNote, VerifierKey, leaf_hash,
    read_countersignatures, read_size,
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
        let _ = read_size(bytes);
        let checkpoint = SignedCheckpoint::parse(note.as_bytes()).unwrap();
        assert!(read_countersignatures(checkpoint, bytes, &[]).is_err(), "nobody is known, so nobody signed");
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = text.parse::<VerifierKey>();
            let _ = text.parse::<Hash>();
        }
    });
}

#[test]
fn fuzz_tiles() {
    let hashes = [leaf_hash(b"x"), leaf_hash(b"y")];
    let tile = encode_tile(&hashes);
    let bundle = encode_entry_bundle(&[b"an entry", b"", b"another"]).unwrap();
    let paths = ["tile/0/x001/067.p/2", "tile/entries/000"];
    let parsed: Vec<Tile> = paths.iter().map(|path| path.parse().unwrap()).collect();
    fuzz::run("tiles", &[&tile, &bundle, paths[0].as_bytes(), paths[1].as_bytes()], |bytes| {
        if let Ok(hashes) = Tile::decode(&parsed[0], bytes) {
            assert_eq!(encode_tile(&hashes), bytes);
        }
        for width in [1, 3, 256] {
            if let Ok(entries) = decode_entry_bundle(bytes, width) {
                assert_eq!(encode_entry_bundle(&entries).as_deref(), Ok(bytes));
            }
        }
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Ok(tile) = text.parse::<Tile>() {
            assert_eq!(tile.to_string(), text);
        }
    });
}
