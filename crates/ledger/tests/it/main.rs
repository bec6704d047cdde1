//! All integration tests of the ledger crate, in one binary.

#![allow(
    clippy::unwrap_used,
    reason = "the whole binary is tests; helpers outside of test functions unwrap too"
)]

mod arbitrary_bytes;
mod countersigning;
mod forks;
mod notes;
mod offline_proofs;
mod published_trees;
mod tiles;
mod tree_properties;
mod wire_v1;

use barid_ledger::{
    Checkpoint, Ed25519NoteSigner, Hash, KeyName, MerkleTree, NoteSigner, Origin, SignatureType,
    SignedCheckpoint, TrustedLog, leaf_hash,
};
use ed25519_dalek::SigningKey;

/// Names in the scripts of the bureaus, one leaf each.
const NAMES: [&str; 7] = ["كلاتشيف", "কালাচেভ", "Калачев", "कालाचेव", "卡拉切夫", "Kalachev", "کالاچف"];

fn origin() -> Origin {
    Origin::new("xa.example/журнал").unwrap()
}

fn signer(name: &str, signature_type: SignatureType, seed: u8) -> Ed25519NoteSigner {
    Ed25519NoteSigner::new(KeyName::new(name).unwrap(), signature_type, SigningKey::from_bytes(&[seed; 32]))
}

fn log_signer() -> Ed25519NoteSigner {
    signer("xa.example/журнал", SignatureType::Ed25519, 1)
}

fn countersigner(seed: u8) -> Ed25519NoteSigner {
    let name = NAMES[usize::from(seed) % NAMES.len()];
    signer(&format!("xb.example/{name}"), SignatureType::TimestampedEd25519, seed)
}

fn trusted() -> TrustedLog {
    TrustedLog::new(origin(), vec![log_signer().verifier_key().clone()]).unwrap()
}

/// The hash of the n-th leaf of history `history`.
fn leaf(history: u8, number: u64) -> Hash {
    leaf_hash(format!("{} {history} {number}", NAMES[number as usize % NAMES.len()]).as_bytes())
}

/// A tree whose leaves come from history 0 up to `fork_at`, and from history `history` after.
fn tree(history: u8, fork_at: u64, size: u64) -> MerkleTree {
    MerkleTree::from_leaves((0..size).map(|at| leaf(if at < fork_at { 0 } else { history }, at))).unwrap()
}

fn signed_head(tree: &MerkleTree, size: u64) -> SignedCheckpoint {
    let checkpoint = Checkpoint::new(origin(), size, tree.root_at(size).unwrap()).unwrap();
    SignedCheckpoint::sign(checkpoint, &log_signer()).unwrap()
}
