//! What goes into the store and what comes out: plain values, no behaviour but their own small encodings.
//!
//! Entries are opaque bytes here; their meaning is `barid-domain`'s.

use std::collections::BTreeMap;

use barid_domain::audit::{Actor, JournalLine};
use barid_domain::codes::Database;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{
    DataKeyId, EntryHash, IdempotencyKey, ImageHash, OrganisationCode, RecordId, RequestId,
};
use barid_domain::images::ImageFacts;
use barid_domain::officers::OfficerRights;
use barid_domain::sign_in::Counted;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::{ChainHash, Hash};

use crate::alarms::AlarmRow;
use crate::canaries::Canary;
use crate::countersigning::{CountersigningKind, CountersigningRow};
use crate::people::PersonRow;
use crate::replicas::ReplicaId;

/// The longest entry, in bytes.
pub const ENTRY_BYTES_CAP: usize = 1024 * 1024;
/// The longest item of a batch entry, in bytes.
pub const ITEM_BYTES_CAP: usize = 64 * 1024;
/// The most items of one batch entry.
pub const ITEMS_CAP: usize = 100_000;
/// The most entries of one transaction.
pub const ENTRIES_PER_WRITE_CAP: usize = 1_000;

/// Names a credential: the keyed hash of its token, which tells nothing about the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId(pub [u8; 32]);

/// Shows the first 8 bytes in hexadecimal: enough to tell the credentials of a node apart.
impl std::fmt::Display for CredentialId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Is what is kept of a token: everything but the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its name.
    pub id: CredentialId,
    /// Whom it signs in.
    pub actor: Actor,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when it signs in nobody.
    pub ends_at: Timestamp,
    /// The day it was last used on, as far as that was noted.
    pub last_used_on: Option<Day>,
    /// What whom it signs in may do.
    pub rights: OfficerRights,
}

/// Is how a client makes a write repeatable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// The organisation the client acts for; keys of different organisations never meet.
    pub organisation: OrganisationCode,
    /// The key the client chose.
    pub key: IdempotencyKey,
    /// The SHA-256 of the request: the same key with another request is refused.
    pub request: [u8; 32],
}

/// Names the data key an entry is sealed under: destroying that key erases the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyScope {
    /// The record's own key.
    Record(RecordId),
    /// The key of one owner and one review month.
    OwnerMonth {
        /// The owner.
        owner: OrganisationCode,
        /// The year of the month.
        year: i32,
        /// The month, 1 to 12.
        month: u32,
    },
    /// The key of the registry, whose content is public among organisations.
    Registry,
    /// The key of texts of agreements and of what parties do about them, which outlive their periods.
    Agreements,
    /// The key of orders of the commission and of attestations of erasures, which outlive the records they are about.
    Orders,
    /// The key of what owners say about whom their records are shown to.
    Restrictions,
    /// The key of requests for consent and of what became of them, which outlive the records they are about.
    Consents,
    /// The key of one request of a person, of the steps about it and of what owners answered: it dies when the request is erased.
    Request(RequestId),
    /// The key of one organisation's access lines of one month.
    AccessMonth {
        /// Whose lines.
        owner: OrganisationCode,
        /// The year of the month.
        year: i32,
        /// The month, 1 to 12.
        month: u32,
    },
}

impl KeyScope {
    /// The owner's key for the month of a day.
    pub fn owner_month(owner: OrganisationCode, day: Day) -> Self {
        let (year, month, _) = day.parts();
        Self::OwnerMonth { owner, year, month }
    }

    pub(crate) fn access_month(owner: OrganisationCode, at: Timestamp) -> Self {
        let (year, month, _) = at.day().parts();
        Self::AccessMonth { owner, year, month }
    }

    /// Gives the scope's own bytes: what the key's row is found by.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Record(record) => [b"r".as_slice(), &record.0].concat(),
            Self::OwnerMonth { owner, year, month } => format!("m/{owner}/{year:04}-{month:02}").into_bytes(),
            Self::Registry => b"g".to_vec(),
            Self::Agreements => b"n".to_vec(),
            Self::Orders => b"o".to_vec(),
            Self::Restrictions => b"s".to_vec(),
            Self::Consents => b"c".to_vec(),
            Self::Request(request) => [b"q".as_slice(), &request.0].concat(),
            Self::AccessMonth { owner, year, month } => {
                format!("a/{owner}/{year:04}-{month:02}").into_bytes()
            }
        }
    }
}

/// Is what an entry does to the present state of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadChange {
    /// Nothing: the registry, a batch of new items.
    None,
    /// The record begins.
    Create {
        /// The record.
        record: RecordId,
    },
    /// A new version takes the place of the present one.
    Supersede {
        /// The record.
        record: RecordId,
        /// The entry the new version was made from.
        expects: EntryHash,
    },
    /// The owner ends the record.
    Withdraw {
        /// The record.
        record: RecordId,
        /// The entry the withdrawal was made from.
        expects: EntryHash,
    },
    /// The owner ends one item of a batch.
    WithdrawItem {
        /// The batch entry.
        batch: EntryHash,
        /// The item's place in it, from 0.
        item: u32,
        /// The item's record.
        record: RecordId,
    },
    /// The record's content is destroyed; its hashes stay so that it can't come back.
    Erase {
        /// The record.
        record: RecordId,
        /// The head's entry that the erasure was decided on; `None` erases whatever stands. Orders that were stored
        /// before this was noted have none.
        expects: Option<EntryHash>,
    },
    /// Nothing: erasures up to this one are attested.
    Attest {
        /// The entry of the last erasure that is covered.
        erasure: EntryHash,
    },
}

impl HeadChange {
    /// The record that is changed.
    pub fn record(&self) -> Option<RecordId> {
        match self {
            Self::None | Self::Attest { .. } => None,
            Self::Create { record }
            | Self::Supersede { record, .. }
            | Self::Withdraw { record, .. }
            | Self::WithdrawItem { record, .. }
            | Self::Erase { record, .. } => Some(*record),
        }
    }

    pub(crate) fn number(&self) -> i64 {
        match self {
            Self::None => 0,
            Self::Create { .. } => 1,
            Self::Supersede { .. } => 2,
            Self::Withdraw { .. } => 3,
            Self::WithdrawItem { .. } => 4,
            Self::Erase { .. } => ERASE_CHANGE,
            Self::Attest { .. } => ATTEST_CHANGE,
        }
    }

    /// The entry (and item) the change is made against.
    pub(crate) fn target(&self) -> (Option<EntryHash>, Option<u32>) {
        match self {
            Self::None | Self::Create { .. } => (None, None),
            Self::Erase { expects, .. } => (*expects, None),
            Self::Attest { erasure } => (Some(*erasure), None),
            Self::Supersede { expects, .. } | Self::Withdraw { expects, .. } => (Some(*expects), None),
            Self::WithdrawItem { batch, item, .. } => (Some(*batch), Some(*item)),
        }
    }

    pub(crate) fn from_parts(
        number: i64,
        record: Option<RecordId>,
        target: Option<EntryHash>,
        item: Option<u32>,
    ) -> Option<Self> {
        match (number, record, target, item) {
            // With the record where it goes with one.
            (0, _, None, None) => Some(Self::None),
            (1, Some(record), None, None) => Some(Self::Create { record }),
            (2, Some(record), Some(expects), None) => Some(Self::Supersede { record, expects }),
            (3, Some(record), Some(expects), None) => Some(Self::Withdraw { record, expects }),
            (4, Some(record), Some(batch), Some(item)) => Some(Self::WithdrawItem { batch, item, record }),
            (ERASE_CHANGE, Some(record), expects, None) => Some(Self::Erase { record, expects }),
            (ATTEST_CHANGE, None, Some(erasure), None) => Some(Self::Attest { erasure }),
            _ => None,
        }
    }
}

/// The number of the change `Erase` in the log.
pub(crate) const ERASE_CHANGE: i64 = 5;
/// The number of the change `Attest` in the log.
pub(crate) const ATTEST_CHANGE: i64 = 6;

/// Is what the heads need to know of an entry without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadMeta {
    /// The database the record belongs to.
    pub database: Database,
    /// The day its need is reviewed.
    pub review_on: Day,
}

/// Is one item of a batch entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The record the item begins.
    pub record: RecordId,
    /// The item's hash, as the batch's tree has it.
    pub hash: [u8; 32],
    /// The item.
    pub bytes: Vec<u8>,
}

/// Is an entry to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Whose stream it goes into; the owner of the record.
    pub organisation: OrganisationCode,
    /// Which stream of the organisation; never [`StreamClass::Access`].
    pub class: StreamClass,
    /// The SHA-256 of `bytes`.
    pub hash: EntryHash,
    /// The whole signed entry.
    pub bytes: Vec<u8>,
    /// The key it is sealed under.
    pub key: KeyScope,
    /// What it does to its record.
    pub change: HeadChange,
    /// The items of a batch entry; empty otherwise. The key must not be a record's.
    pub items: Vec<NewItem>,
    /// What the heads keep.
    pub meta: HeadMeta,
}

/// Is where a write went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The place of each entry, in the order they were appended.
    pub positions: Vec<Position>,
    /// The place of the write's own line in the actor's access stream.
    pub audit: Position,
    /// Whether this is the outcome of an earlier write with the same key.
    pub replayed: bool,
}

/// Is an entry as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Where it stands.
    pub position: Position,
    /// Its hash.
    pub hash: EntryHash,
    /// The whole signed entry, or `None` when it was erased.
    pub bytes: Option<Vec<u8>>,
    /// When this node stored it.
    pub stored_at: Timestamp,
    /// The one item asked for, where the record is an item of a batch.
    pub item: Option<StoredItem>,
}

/// Is an item of a batch as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    /// The item's place in the batch, from 0.
    pub index: u32,
    /// Its record.
    pub record: RecordId,
    /// Its hash.
    pub hash: [u8; 32],
    /// The item, or `None` when it was erased.
    pub bytes: Option<Vec<u8>>,
}

/// Is how a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeadState {
    /// In force.
    Active,
    /// Ended by its owner.
    Withdrawn,
    /// Destroyed.
    Erased,
}

impl HeadState {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Active => 1,
            Self::Withdrawn => 2,
            Self::Erased => 3,
        }
    }
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Active),
            2 => Some(Self::Withdrawn),
            3 => Some(Self::Erased),
            _ => None,
        }
    }
}

/// Is the present state of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The record.
    pub record: RecordId,
    /// The last entry with content, or the batch the record is an item of.
    pub current: EntryHash,
    /// Where that entry stands.
    pub position: Position,
    /// The item's place in the batch.
    pub item: Option<u32>,
    /// How many versions there were, from 1.
    pub version: u32,
    /// How it stands.
    pub state: HeadState,
    /// The database.
    pub database: Database,
    /// The owner.
    pub owner: OrganisationCode,
    /// The day its need is reviewed.
    pub review_on: Day,
}

/// Is an entry by which an owner's record was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// Where it stands.
    pub position: Position,
    /// The entry.
    pub entry: EntryHash,
    /// The record.
    pub record: RecordId,
    /// When it was stored.
    pub at: Timestamp,
}

/// Is how far a follower has read each stream: the number of the last change it applied.
pub type StreamPositions = BTreeMap<StreamId, u64>;

/// Is one entry as a follower of the streams sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamChange {
    /// The stream.
    pub stream: StreamId,
    /// The number, gap-free.
    pub seq: u64,
    /// The entry's hash.
    pub entry_hash: EntryHash,
    /// The chain before this entry: must be the chain the follower has.
    pub previous_chain: ChainHash,
    /// The chain after this entry.
    pub chain: ChainHash,
    /// What it did.
    pub change: HeadChange,
    /// The whole signed entry; `None` when it was erased since.
    pub bytes: Option<Vec<u8>>,
    /// The items of a batch.
    pub items: Vec<StoredItem>,
}

/// Is the head of a stream's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// The stream.
    pub stream: StreamId,
    /// How many entries it has.
    pub size: u64,
    /// The Merkle root over the leaf hashes of its entry hashes.
    pub root: Hash,
    /// The chain after its last entry.
    pub chain: ChainHash,
}

/// Is a row of an outside list that became a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The organisation that imports.
    pub organisation: OrganisationCode,
    /// The list: 1 to 40 of `a-z 0-9 -`.
    pub source: String,
    /// The row's id in the list; kept as a keyed hash only.
    pub source_id: String,
    /// The record it became.
    pub record: RecordId,
    /// A hash of what was mapped, to tell a changed row; kept as a keyed hash only.
    pub content: [u8; 32],
    /// The edition it was last seen in, growing.
    pub edition: i64,
}

/// Is what is known of an imported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedRow {
    /// The keyed hash of the row's id.
    pub source_id: [u8; 32],
    /// The record it became.
    pub record: RecordId,
    /// The keyed hash of its content.
    pub content: [u8; 32],
    /// The edition it was last seen in.
    pub edition: i64,
}

/// Is how far an import got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProgress {
    /// The organisation that imports.
    pub organisation: OrganisationCode,
    /// The list: 1 to 40 of `a-z 0-9 -`.
    pub source: String,
    /// The edition being imported.
    pub edition: i64,
    /// The SHA-256 of the file.
    pub file_hash: [u8; 32],
    /// How many rows of the file are done.
    pub rows_done: u64,
    /// Whether the whole file is in.
    pub finished: bool,
    /// What the import keeps for its next run, at most 64 KiB; sealed at rest.
    pub kept: Vec<u8>,
}

/// Is a picture that is kept until a record takes it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptImage {
    /// Whose it is, and nobody else's.
    pub organisation: OrganisationCode,
    /// What is known of it; the hashes are those of the bytes.
    pub facts: ImageFacts,
    /// The picture.
    pub picture: Vec<u8>,
    /// The small picture of it.
    pub thumbnail: Vec<u8>,
    /// How long it waits; a week at most.
    pub ends_at: Timestamp,
}

/// Is what a picture is found by, beside who holds it: both hashes, for one picture may come with two thumbnails (a file
/// that was downloaded and handed in again, a later version that scales otherwise).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageContent {
    /// The picture.
    pub picture: ImageHash,
    /// The small picture of it.
    pub thumbnail: ImageHash,
}

impl From<ImageFacts> for ImageContent {
    fn from(facts: ImageFacts) -> Self {
        Self { picture: facts.hash, thumbnail: facts.thumbnail }
    }
}

/// Is what is known of a picture that waits for its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingImage {
    /// The picture.
    pub facts: ImageFacts,
    /// How long it waits.
    pub ends_at: Timestamp,
}

/// Is how much of a picture is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImagePart {
    /// The small picture.
    Thumbnail,
    /// The picture.
    Whole,
}

/// Is a change to the node's own tables, made in the transaction of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemChange {
    /// Lets a token sign in as an officer; only the token's keyed hash is kept.
    PutCredential {
        /// The token.
        token: Vec<u8>,
        /// The organisation.
        organisation: OrganisationCode,
        /// The officer's or service's name.
        officer: String,
        /// From when the token signs in nobody.
        ends_at: Timestamp,
        /// What whom it signs in may do.
        rights: OfficerRights,
    },
    /// Takes a token's right away.
    RemoveCredential {
        /// The credential.
        credential: CredentialId,
    },
    /// Keeps a row about people, where the version before it stands.
    PutPerson(PersonRow),
    /// Ends a session of an account, or all of them.
    DropSessions {
        /// The account.
        owner: [u8; 32],
        /// The session; all without it.
        session: Option<[u8; 32]>,
    },
    /// Notes that an officer signed in from a network: strangers do not hold its name up there for some weeks.
    KnowNetwork {
        /// Of name and network.
        name: [u8; 32],
    },
    /// Takes one attempt back that did not fail after all.
    UncountAttempt {
        /// Under which name it was counted.
        name: [u8; 32],
        /// As what.
        counted: Counted,
        /// When it began.
        at: Timestamp,
        /// When the one before it began.
        before: Timestamp,
    },
    /// Remembers which record an imported row became.
    RememberImport(ImportRow),
    /// Goes on remembering an imported row that an edition left out.
    KeepImport {
        /// The organisation that imports.
        organisation: OrganisationCode,
        /// The list.
        source: String,
        /// The keyed hash of the row's id.
        source_id: [u8; 32],
        /// The edition that left it out.
        edition: i64,
    },
    /// Forgets an imported row.
    ForgetImport {
        /// The organisation that imports.
        organisation: OrganisationCode,
        /// The list.
        source: String,
        /// The keyed hash of the row's id.
        source_id: [u8; 32],
    },
    /// Lets imported rows that became a record stand for another one, which took its place.
    MoveImport {
        /// The organisation that imported.
        organisation: OrganisationCode,
        /// The record the rows became.
        from: RecordId,
        /// The record in its place.
        to: RecordId,
    },
    /// Remembers how far an import got.
    SetImportProgress(ImportProgress),
    /// Keeps a picture that waits for its record; one that waits already waits longer.
    KeepImage(Box<KeptImage>),
    /// Gives a record a picture that waited for it.
    TakeUpImage {
        /// Whose picture it was.
        organisation: OrganisationCode,
        /// The record, which this write stores.
        record: RecordId,
        /// The picture.
        content: ImageContent,
    },
    /// Destroys pictures that waited in vain.
    DropImages {
        /// Whose pictures.
        organisation: OrganisationCode,
        /// Until when they waited at most.
        before: Timestamp,
        /// How many at most.
        most: u32,
    },
    /// Keeps what countersigning knows, where what it replaces still stands.
    KeepCountersigning(CountersigningRow),
    /// Drops rows of countersigning whose names come before one.
    DropCountersigning {
        /// What they are about.
        kind: CountersigningKind,
        /// The name of the first that stays.
        before: String,
    },
    /// Keeps an alarm where there is none of its name, or where what it replaces still stands.
    KeepAlarm {
        /// The alarm.
        row: AlarmRow,
        /// The content it replaces.
        replaces: Option<Vec<u8>>,
    },
    /// Drops alarms that were raised before a time.
    DropAlarms {
        /// The time.
        before: Timestamp,
    },
    /// Marks a record as a canary.
    MarkCanary(Canary),
    /// Takes the mark of a canary away.
    UnmarkCanary {
        /// Whose record it is.
        owner: OrganisationCode,
        /// The record.
        record: RecordId,
    },
    /// Counts an attempt to enter somebody whom an order of the commission says not to.
    NoteReEntry {
        /// Who tried.
        organisation: OrganisationCode,
        /// The order.
        order: EntryHash,
    },
    /// Destroys a request of a person: its key, and the sealed bytes of its entries.
    EraseRequest {
        /// The request.
        request: RequestId,
    },
    /// Lets the replica that writes this join, or join again.
    JoinReplica,
    /// Ends a replica: its directory serves the database no more.
    EndReplica {
        /// The replica.
        replica: ReplicaId,
    },
}

/// Is one journal line on its way into an access stream.
#[derive(Debug, Clone)]
pub(crate) struct FoldedLine {
    pub(crate) organisation: OrganisationCode,
    pub(crate) hash: EntryHash,
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: Timestamp,
}

/// Is a whole write as it goes to the writer.
#[derive(Debug, Clone)]
pub(crate) struct WriteRequest {
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) entries: Vec<NewEntry>,
    pub(crate) system: Vec<SystemChange>,
    pub(crate) line: JournalLine,
}

/// The associated data of a sealed entry: it opens in its own place only.
pub(crate) fn entry_place(position: &Position, hash: &EntryHash, key: &DataKeyId) -> Vec<u8> {
    let mut place = b"barid/entry/v1\0".to_vec();
    place.extend_from_slice(position.stream.to_string().as_bytes());
    place.push(0);
    place.extend_from_slice(&position.seq.to_be_bytes());
    place.extend_from_slice(&hash.0);
    place.extend_from_slice(&key.0);
    place
}
