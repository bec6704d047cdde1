//! The Merkle ledger of Barid: RFC 9162 SHA-256 trees, C2SP signed checkpoints, proofs and countersigning rules.
//!
//! # In scope
//!
//! - hashes of leaves and nodes, roots kept incrementally ([`Frontier`]) or with all nodes ([`MerkleTree`]);
//! - inclusion and consistency proofs: building them from stored nodes or tiles, verifying them;
//! - the text formats of the C2SP family, to the letter: signed notes, checkpoints, timestamped
//!   countersignatures, the countersigner's rules, tile paths, offline proofs;
//! - portable evidence that a ledger showed two histories ([`ForkEvidence`]);
//! - the hash chain of one stream ([`ChainHash`]).
//!
//! # Out of scope
//!
//! - what a leaf is: this crate hashes bytes and knows no record, entry, organisation or officer;
//! - clock, disk, network, randomness: times are arguments, nodes come through [`NodeReader`] and
//!   [`TileSource`], keys through [`NoteSigner`];
//! - when to sign: a caller persists a head before it lets a checkpoint or a countersignature leave;
//! - algorithms other than Ed25519: signatures of other types are kept and ignored.
//!
//! # Words
//!
//! C2SP says *witness* and *cosignature*; here they are *countersigner* and *countersignature*, because
//! "witness" means testimony to the police. The bytes are those of C2SP.
//!
//! # Sources
//!
//! RFC 9162 section 2.1 (trees and proofs); C2SP `signed-note`, `tlog-checkpoint`, `tlog-cosignature`,
//! `tlog-witness`, `tlog-tiles`, `tlog-proof` as of 2026-07-22 (<https://c2sp.org>). `docs/wire/ledger.md` has
//! the bytes with the limits set here.
//!
//! # A verified value can't be made outside
//!
//! Values named `Verified...` own what they prove and come only from the check itself:
//!
//! ```compile_fail,E0451
//! # fn forge(signed: barid_ledger::SignedCheckpoint) -> barid_ledger::VerifiedCheckpoint {
//! barid_ledger::VerifiedCheckpoint { signed, countersignatures: Vec::new() }
//! # }
//! ```
//!
//! The same function compiles when it goes through the check:
//!
//! ```
//! # fn check(signed: barid_ledger::SignedCheckpoint, trusted: &barid_ledger::TrustedLog) -> Option<barid_ledger::VerifiedCheckpoint> {
//! signed.verify(trusted).ok()
//! # }
//! ```
#![warn(missing_docs)]

mod hash;
mod tree;

mod prove;
mod verify;

pub mod tiles;

mod keys;
mod note;

mod checkpoint;
mod countersignature;
mod countersigner;

mod fork;
mod proof;

mod wire_text;

pub use checkpoint::{
    Checkpoint, CheckpointError, GrowthError, MAX_EXTENSION_BYTES, MAX_EXTENSION_LINES, MAX_ORIGIN_BYTES,
    Origin, SignedCheckpoint, TrustError, TrustedLog, VerifiedCheckpoint, VerifiedGrowth,
};
pub use countersignature::{
    CountersignError, Countersignature, MAX_TIMESTAMP_SECONDS, TimestampOutOfRange, countersign,
    countersignature_message,
};
pub use countersigner::{
    AcceptedCheckpoint, AddCheckpointRequest, CountersignRefusal, KnownHead, MAX_ADD_CHECKPOINT_HASHES,
    MAX_REQUEST_BYTES, RequestError, SIZE_CONTENT_TYPE, check_add_checkpoint, read_countersignatures,
    read_size,
};
pub use fork::{ForkError, ForkEvidence, MAX_FORK_EVIDENCE_BYTES, VerifiedFork};
pub use hash::{ChainHash, Hash, HashParseError, empty_root, leaf_hash, node_hash};
pub use keys::{
    Ed25519NoteSigner, KeyError, KeyId, KeyName, MAX_KEY_NAME_BYTES, NoteSigner, SignatureType,
    SigningFailed, VerifierKey,
};
pub use note::{
    MAX_NOTE_BYTES, MAX_SIGNATURE_BYTES, MAX_SIGNATURES, NoteError, SignatureLine, SignedNote, VerifiedNote,
    VerifiedSignature,
};
pub use proof::{BundleError, InclusionBundle, MAX_BUNDLE_BYTES, MAX_EXTRA_BYTES, VerifiedInclusion};
pub use prove::{NodeId, NodeReader, ProveError, consistency_proof, inclusion_proof, root_at};
pub use tiles::TileSource;
pub use tree::{Frontier, FrontierError, MerkleTree, MissingNode};
pub use verify::{
    MAX_PROOF_HASHES, MAX_TREE_SIZE, ProofError, inclusion_root, verify_consistency, verify_inclusion,
};
