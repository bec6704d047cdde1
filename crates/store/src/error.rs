//! What can go wrong in the store, as a caller can act on it. Texts and codes carry no personal data.

use std::sync::Arc;

use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::streams::Position;

/// Why a change does not fit the present state of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A record with this id is there already.
    #[error("the record exists already")]
    AlreadyExists,
    /// The change was made from an older version than the present one.
    #[error("the record has a newer version")]
    Stale {
        /// The entry that is current now.
        current: EntryHash,
    },
    /// The record was withdrawn; it takes no further version.
    #[error("the record is withdrawn")]
    Withdrawn,
    /// The record was erased; nothing about it can be stored again.
    #[error("the record is erased")]
    Erased,
    /// There is no such record.
    #[error("no such record")]
    NotFound,
    /// The record is an item of a batch: it is withdrawn as an item and never superseded.
    #[error("the record is an item of a batch")]
    BatchItem,
    /// The record is not the named item of the named batch.
    #[error("the record is not that item of that batch")]
    NotThatItem,
    /// A picture that the record names is not its own, and none that waits for one.
    #[error("no such picture waits")]
    ImageNotFound,
}

/// What can go wrong in the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The change does not fit the record's present state. Nothing was stored.
    #[error("record {record}: {conflict}")]
    Conflict {
        /// The record.
        record: RecordId,
        /// Why.
        conflict: Conflict,
    },
    /// The entry, or an item of it, was erased before and can't come back. Nothing was stored.
    #[error("an erased entry can't be stored again")]
    ErasedEntry {
        /// The hash that is tombstoned.
        hash: EntryHash,
    },
    /// The very entry is stored already.
    #[error("the entry is stored already")]
    DuplicateEntry {
        /// Where it stands.
        position: Position,
    },
    /// The idempotency key was used for another request.
    #[error("the idempotency key belongs to another request")]
    IdempotencyMismatch,
    /// The entry is malformed as a request to the store: too large, wrong hash, wrong key scope.
    #[error("entry refused: {0}")]
    InvalidEntry(&'static str),
    /// As many pictures of the organisation wait for their records as may.
    #[error("too many pictures wait for their records")]
    TooManyImages,
    /// What countersigning keeps changed since it was read. Nothing was stored.
    #[error("it changed meanwhile")]
    Overtaken,
    /// The commit failed in a way that doesn't tell whether it landed: ask `Store::outcome`.
    #[error("the outcome of the write is unknown")]
    OutcomeUnknown,
    /// The transaction was given up before its commit; nothing was stored, the write can be repeated.
    #[error("the transaction was given up")]
    Aborted,
    /// There is no room for it: the disk, or the database, is full. Nothing was stored; smaller writes may still fit, and
    /// all of them do once there is room.
    #[error("no room: the disk is full")]
    Full,
    /// The store is closed or its writer has stopped.
    #[error("the store is stopped")]
    Stopped,
    /// The journal can't be written; no search and no opening until a restart.
    #[error("the journal is stopped")]
    JournalStopped,
    /// The journal is damaged in the middle.
    #[error("journal segment {segment} is damaged at byte {offset}: {what}")]
    JournalDamaged {
        /// The segment's number.
        segment: u64,
        /// Where the first bad byte run begins.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// The journal line is over its cap or is not one.
    #[error("journal line refused: {0}")]
    InvalidLine(&'static str),
    /// The begun act is about another record or entry.
    #[error("the journalled act does not cover this")]
    ActDoesNotCover,
    /// Another process holds the data directory.
    #[error("the data directory is in use")]
    DirectoryLocked,
    /// The directory is not a data directory.
    #[error("not a data directory")]
    NotADataDirectory,
    /// The directory to be made or restored into is there already and not empty.
    #[error("the directory is not empty")]
    DirectoryNotEmpty,
    /// The directory has a format this program doesn't know.
    #[error("data directory format {found:?} is not known (this program knows {known})")]
    UnknownFormat {
        /// What the FORMAT file says, cut at 40 characters.
        found: String,
        /// The format this program reads and writes.
        known: u32,
    },
    /// The master key file is missing.
    #[error("the master key is missing")]
    MasterKeyMissing,
    /// The master key file is malformed.
    #[error("the master key file is malformed")]
    MasterKeyMalformed,
    /// The master key file can be read by others than its owner.
    #[error("the master key file must be readable by its owner alone")]
    MasterKeyExposed,
    /// The master key is not the one this directory was sealed with.
    #[error("the master key does not fit this data directory")]
    WrongMasterKey,
    /// A name of a secret, source or directory is outside its alphabet.
    #[error("a name is outside its alphabet")]
    InvalidName,
    /// A backup does not agree with its manifest.
    #[error("backup file {file}: {what}")]
    BackupDamaged {
        /// The file's name inside the backup.
        file: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Stored bytes are not what was stored: `doctor` says more.
    #[error("stored data is damaged: {0}")]
    Damaged(&'static str),
    /// The file that says where the database is can't be used. The address itself is not shown: it may hold a password.
    #[error("the address of the database: {0}")]
    DatabaseAddress(&'static str),
    /// The database server answers before what it was given is on disk.
    #[error("the database server is set not to sync (fsync, full_page_writes or synchronous_commit is off)")]
    DatabaseNotDurable,
    /// The database server answers before another one has what it was given.
    #[error(
        "the cluster does not replicate synchronously (synchronous_standby_names is empty, or synchronous_commit neither on nor remote_apply)"
    )]
    DatabaseNotReplicated,
    /// The database belongs to another data directory, or something stands in it already.
    #[error("the database is not empty, or is another data directory's")]
    DatabaseNotEmpty,
    /// The database knows no such replica, or it left: the directory can't serve it.
    #[error("the database does not know this replica, or it left")]
    ReplicaUnknown,
    /// Other replicas serve the database, which this directory was to move alone.
    #[error("other replicas serve this database; they must leave first (admin replica remove)")]
    OtherReplicas,
    /// Another opening of this replica took its place: the directory was copied, and the copy is used.
    #[error("another copy of this data directory has taken its place")]
    ReplicaTaken,
    /// This process's clock differs from that of the database's server by more than is accepted: nothing is written by it.
    #[error("the clock differs from the database server's by {} s", ahead_micros.abs() / 1_000_000)]
    ClockWrong {
        /// By how many microseconds it is ahead; negative where it is behind.
        ahead_micros: i64,
    },
    /// An invitation of a replica is none, is damaged, or does not open with the code.
    #[error("the invitation does not open")]
    InvitationUnusable,
    /// The node began a new incarnation, as after a restore, while this process ran: it must be started anew.
    #[error("the node has begun a new incarnation")]
    IncarnationEnded,
    /// The database was moved away: another one is this node's, and nobody may write on both.
    #[error("the database was moved away (migrate-store); the one it was moved to counts")]
    DatabaseMoved,
    /// A move was filling the database when it was interrupted: the one that it was filled from counts.
    #[error("the database is half filled by a move (migrate-store); the one it is filled from counts")]
    DatabaseHalfMoved,
    /// What a move copied is not sound, so neither is what it was copied from.
    #[error("{place}: [{fault}] {what}")]
    DatabaseUnsound {
        /// Where.
        place: String,
        /// The code of the fault.
        fault: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A copied table is not what it was copied from.
    #[error("the table {table} was not copied as it is")]
    CopyDiffers {
        /// The table.
        table: &'static str,
    },
    /// A server keeps the database: its own tools back it up.
    #[error("the database is a server's, and is backed up with the server's own tools")]
    BackupElsewhere,
    /// The operating system gave no randomness.
    #[error("no randomness available")]
    Randomness,
    /// The database failed.
    #[error("database failure")]
    Database(#[source] Arc<sqlx::Error>),
    /// A file operation failed.
    #[error("file operation failed ({what})")]
    File {
        /// What was being done.
        what: &'static str,
        /// The system's error.
        #[source]
        source: Arc<std::io::Error>,
    },
}

impl StoreError {
    /// Gives the stable short code shown outside.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { conflict, .. } => match conflict {
                Conflict::AlreadyExists => "record-exists",
                Conflict::Stale { .. } => "record-stale",
                Conflict::Withdrawn => "record-withdrawn",
                Conflict::Erased => "record-erased",
                Conflict::NotFound => "record-not-found",
                Conflict::BatchItem => "record-is-batch-item",
                Conflict::NotThatItem => "record-is-another-item",
                Conflict::ImageNotFound => "image-not-found",
            },
            Self::ErasedEntry { .. } => "entry-erased",
            Self::DuplicateEntry { .. } => "entry-duplicate",
            Self::IdempotencyMismatch => "idempotency-mismatch",
            Self::InvalidEntry(_) => "entry-invalid",
            Self::TooManyImages => "too-many-images",
            Self::Overtaken => "overtaken",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Aborted => "write-aborted",
            Self::Full => "disk-full",
            Self::Stopped => "store-stopped",
            Self::JournalStopped => "journal-stopped",
            Self::JournalDamaged { .. } => "journal-damaged",
            Self::InvalidLine(_) => "journal-line-invalid",
            Self::ActDoesNotCover => "act-does-not-cover",
            Self::DirectoryLocked => "directory-locked",
            Self::NotADataDirectory => "directory-not-data",
            Self::DirectoryNotEmpty => "directory-not-empty",
            Self::UnknownFormat { .. } => "directory-format-unknown",
            Self::MasterKeyMissing => "master-key-missing",
            Self::MasterKeyMalformed => "master-key-malformed",
            Self::MasterKeyExposed => "master-key-exposed",
            Self::WrongMasterKey => "master-key-wrong",
            Self::InvalidName => "name-invalid",
            Self::BackupDamaged { .. } => "backup-damaged",
            Self::Damaged(_) => "data-damaged",
            Self::DatabaseAddress(_) => "database-address",
            Self::DatabaseNotDurable => "database-not-durable",
            Self::DatabaseNotReplicated => "database-not-replicated",
            Self::DatabaseNotEmpty => "database-not-empty",
            Self::ReplicaUnknown => "replica-unknown",
            Self::OtherReplicas => "other-replicas",
            Self::ReplicaTaken => "replica-taken",
            Self::ClockWrong { .. } => "clock-wrong",
            Self::InvitationUnusable => "invitation-unusable",
            Self::IncarnationEnded => "incarnation-ended",
            Self::DatabaseMoved => "database-moved",
            Self::DatabaseHalfMoved => "database-half-moved",
            Self::DatabaseUnsound { .. } => "database-unsound",
            Self::CopyDiffers { .. } => "copy-differs",
            Self::BackupElsewhere => "backup-elsewhere",
            Self::Randomness => "randomness-missing",
            Self::Database(error) if crate::engine::is_away(error) => "database-away",
            Self::Database(_) => "database-failure",
            Self::File { .. } => "file-failure",
        }
    }

    /// Tells whether the database can't be asked now: its server is away, starts, stops, or takes no writes yet.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Database(error) => crate::engine::is_away(error),
            _ => false,
        }
    }

    /// The database's server is away, as was found out just now.
    pub(crate) fn away() -> Self {
        let away = std::io::Error::new(std::io::ErrorKind::NotConnected, "the database is away");
        Self::Database(Arc::new(sqlx::Error::Io(away)))
    }

    /// Tells whether the transaction stood in the way of another one and is gone: it can be tried again.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => crate::engine::is_transient(error),
            _ => false,
        }
    }

    pub(crate) fn conflict(record: RecordId, conflict: Conflict) -> Self {
        Self::Conflict { record, conflict }
    }

    pub(crate) fn file(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { what, source: Arc::new(source) }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if crate::engine::is_full(&error) { Self::Full } else { Self::Database(Arc::new(error)) }
    }
}
