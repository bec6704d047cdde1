//! What a node keeps: transactions, streams, heads, keys, journal, snapshots; sealed at rest.
//!
//! In scope: the one way to write ([`WriteTx`], which ends only with its audit line), the one way to read
//! ([`Journal::begin`], whose proof every opening asks for), gap-free streams with chain and Merkle frontier, data keys
//! whose destruction erases, the data directory with its format number and lock, backup, restore, doctor.
//! Out of scope: what an entry says (bytes come signed and go unread), who may see what (`barid-app`), the index.
//!
//! Invariant: nothing is committed without its audit line, nothing is acknowledged before it is on disk, no number of
//! a stream is given twice, and nothing that names a person or a document stands in clear in any file.
//!
//! SQLite and PostgreSQL are behind `engine`; the statements are portable, and the contract suite in `tests/` runs on
//! both.
#![warn(missing_docs)]

mod error;
mod values;

mod access_lines;
mod accesses;
mod alarms;
mod canaries;
mod erasures;
mod images;
mod imports;
mod lookups;
mod people;
mod pulse;
mod reading;
mod reviews;
mod store;
mod transaction;

mod appending;
mod countersigning;
mod creating;
mod data_keys;
mod grant_uses;
mod heads;
mod item_roots;
mod items;
mod layers;
mod outcomes;
mod re_entries;
mod replicas;
mod requests;
mod server_clock;
mod streams;
mod subtrees;
mod system_tables;
mod writer;

mod journal;
mod sealing;

mod backup;
mod doctor;
mod migrate_store;
mod secrets;
mod snapshots;

mod directory;
mod engine;
#[cfg(feature = "planted-faults")]
pub mod faults;
#[cfg(test)]
mod fuzz_targets;

pub use access_lines::EndedAct;
pub use accesses::{AccessLine, AccessPlace, AccessStretch};
pub use alarms::{AlarmId, AlarmRow};
pub use backup::{BackupReport, Manifest, RestoreOptions, RestoreReport, read_manifest, restore};
pub use canaries::Canary;
pub use countersigning::{CountersigningKind, CountersigningRow};
pub use directory::{FORMAT, MasterKeySource};
pub use doctor::{DoctorReport, Fault, Note, REMEDIES, Remedy, doctor, doctor_by, remedy};
#[cfg(feature = "mutant-unsynced-database")]
pub use engine::leave_database_unsynced;
pub use error::{Conflict, StoreError};
pub use grant_uses::GrantAsked;
pub use images::WAITING_IMAGES_CAP;
pub use imports::KnownRow;
#[cfg(feature = "mutant-unsynced-journal")]
pub use journal::leave_journal_unsynced;
pub use journal::{BegunAct, Journal};
pub use lookups::Written;
#[cfg(feature = "planted-faults")]
pub use migrate_store::moved_columns;
pub use migrate_store::{Destination, MigrationOptions, MigrationReport, MigrationStep, migrate_store};
pub use people::{PersonKind, PersonRow};
pub use pulse::{Pulse, StreamEnd};
pub use re_entries::{ReEntryPlace, ReEntryRow};
pub use replicas::{
    INVITATION_BYTES_CAP, Invitation, InvitationCode, Replica, ReplicaId, invite, open_invitation,
};
pub use snapshots::{SnapshotKind, SnapshotReader, SnapshotWriter};
pub use store::{Store, StoreOptions, renew_keys};
pub use streams::{chain_leaf, leaf_of};
pub use transaction::{HandedOver, WriteTx};
pub use values::{
    Committed, Credential, CredentialId, ENTRIES_PER_WRITE_CAP, ENTRY_BYTES_CAP, Erasure, Head, HeadChange,
    HeadMeta, HeadState, ITEM_BYTES_CAP, ITEMS_CAP, Idempotency, ImageContent, ImagePart, ImportProgress,
    ImportRow, ImportedRow, KeptImage, KeyScope, NewEntry, NewItem, StoredEntry, StoredItem, StreamChange,
    StreamHead, StreamPositions, SystemChange, WaitingImage,
};
pub use writer::Clock;
#[cfg(feature = "mutant-ack-before-commit")]
pub use writer::acknowledge_too_early;
