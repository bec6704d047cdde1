//! The doctor: reads a closed data directory whole, recomputes what can be recomputed, and names the place of each fault.
//!
//! It changes nothing. What it can't open for lack of the master key it checks by structure alone.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use barid_domain::contents::Content;
use barid_domain::dates::Timestamp;
use barid_domain::entries::Unverified;
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::streams::{Position, StreamId};
use barid_ledger::{ChainHash, Frontier, Hash, NodeId};
use sha2::{Digest as _, Sha256};

use crate::directory::{DirectoryLock, MasterKeySource, Paths, read_master_key};
use crate::engine::{self, Pool, Row, SERVER_NOW, query};
use crate::error::StoreError;
use crate::images::{self, IMAGE_COLUMNS, MISSING_CHUNK, open_image_row};
use crate::items::{CHUNK_QUERY, open_chunk};
use crate::journal::recovery::{list_segments, read_segment};
use crate::journal::segment::{SegmentEnd, line_place, walk};
use crate::outcomes::decode_outcome;
use crate::reading::{RUN_QUERY, change_from_row, open_row};
use crate::replicas::{self, ReplicaId};
use crate::sealing::KeyRing;
use crate::server_clock::{Comparison, ServerClock};
use crate::snapshots::SnapshotKind;
use crate::store::NodeRow;
use crate::streams::{
    StreamState, chain_leaf, fixed, fixed_or_null, leaf_of, number_from_row, stream_from_row, to_i64,
};
use crate::values::ImagePart;
use crate::writer::Clock;
use crate::{item_roots, migrate_store, secrets, snapshots, subtrees};

const ROWS_PER_READ: i64 = 1_000;
/// Faults after which the doctor stops looking for more of a kind.
const FAULTS_CAP: usize = 1_000;

/// Is something that is not as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a file, a stream and number, a segment and byte.
    pub place: String,
    /// A stable short code.
    pub code: &'static str,
    /// What is wrong.
    pub what: String,
}

/// Is something that is sound and worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub place: String,
    /// What.
    pub what: String,
}

/// Is what to do about faults, said to whoever runs the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// A stable short name.
    pub name: &'static str,
    /// What to do, in English.
    pub text: &'static str,
}

/// Every remedy, each with the codes of the faults that it is for; the last is for all other codes.
pub const REMEDIES: &[(Remedy, &[&str])] = &[
    (
        Remedy {
            name: "bytes-changed",
            text: "Stored bytes changed. Check the disk and the memory of this machine, then restore the last backup into \
                   a new directory; keep this one.",
        },
        &["entry-sealed", "items-sealed", "entry-hash", "image-damaged"],
    ),
    (
        Remedy {
            name: "order-changed",
            text: "The order of a stream changed, which no crash does. Copy this directory away as evidence before \
                   anything else, tell the secretariat, then restore the last backup into a new directory.",
        },
        &["entry-chain", "stream-chain", "stream-root", "stream-gap", "stream-size"],
    ),
    (
        Remedy {
            name: "proofs-fail",
            text: "Proofs from there will fail; records and searches are whole. Restore the last backup into a new \
                   directory, or go on and restore when there is time.",
        },
        &["stream-subtree", "items-root"],
    ),
    (
        Remedy {
            name: "bytes-missing",
            text: "Bytes are gone that nobody erased. Restore the last backup into a new directory; keep this one.",
        },
        &["entry-missing", "entry-key", "items-missing", "image-missing"],
    ),
    (
        Remedy {
            name: "journal-damaged",
            text: "Lines of who searched what are damaged or gone. Copy this directory away as evidence, tell the \
                   secretariat, then restore the last backup into a new directory.",
        },
        &[
            "journal-damaged",
            "journal-line",
            "journal-chain",
            "journal-gap",
            "journal-missing",
            "journal-other",
        ],
    ),
    (
        Remedy {
            name: "replica-unknown",
            text: "This directory is no replica of its database any more: it left, was removed, or the database is of a \
                   time before it joined. Keep its journal, and let a new directory join in its place.",
        },
        &["replica-unknown"],
    ),
    (
        Remedy {
            name: "record-dangling",
            text: "A record points at nothing. Restore the last backup into a new directory.",
        },
        &["head"],
    ),
    (
        Remedy {
            name: "file-damaged",
            text: "A file is damaged. Check the disk (its own error log, free space), then restore the last backup into a \
                   new directory.",
        },
        &["database-integrity", "database-failure", "data-damaged"],
    ),
    (
        Remedy {
            name: "file-unreadable",
            text: "A file can't be read. Check that it is there and belongs to the user that runs the program.",
        },
        &["file-failure"],
    ),
    (
        Remedy {
            name: "key-missing",
            text: "Nothing opens without the master key. Put it back from the keys of the last backup, or name its place \
                   with BARID_MASTER_KEY.",
        },
        &["master-key-missing"],
    ),
    (
        Remedy {
            name: "key-exposed",
            text: "Others could read the master key. Run chmod 600 on it and find out who had access.",
        },
        &["master-key-exposed"],
    ),
    (
        Remedy {
            name: "key-wrong",
            text: "This is not the master key of this directory. Put the right one in place, from the keys of a backup of \
                   this node.",
        },
        &["master-key-malformed", "master-key-wrong"],
    ),
    (
        Remedy {
            name: "directory-in-use",
            text: "The program runs on this directory. Stop it, then ask again.",
        },
        &["directory-locked"],
    ),
    (
        Remedy {
            name: "directory-not-data",
            text: "This is no data directory. Check the path after --data-dir.",
        },
        &["directory-not-data"],
    ),
    (
        Remedy {
            name: "directory-of-another-version",
            text: "Another version of the program made this directory. Use that version, or a newer one.",
        },
        &["directory-format-unknown"],
    ),
    (
        Remedy {
            name: "database-away",
            text: "The database server can't be used. Start it, and check its address in the file named database, who may \
                   read that file, that the server syncs to disk, and that a cluster replicates synchronously.",
        },
        &["database-away", "database-address", "database-not-durable", "database-not-replicated"],
    ),
    (
        Remedy {
            name: "clock-wrong",
            text: "This machine's clock differs from the database server's by more than five minutes, and nothing is written by \
                   it. Set both by the same time service.",
        },
        &["clock-wrong"],
    ),
    (
        Remedy {
            name: "database-moved",
            text: "The database was moved elsewhere and this one counts no more. Put the file named database back as the \
                   move left it; never start a node on both.",
        },
        &["database-moved", "database-half-moved"],
    ),
    (
        Remedy {
            name: "images-left",
            text: "Bytes of pictures are left that belong to no record. Nobody can see them; restore the last backup into a \
                   new directory, for they should have been erased.",
        },
        &["image-orphaned"],
    ),
    (UNKNOWN, &[]),
];

const UNKNOWN: Remedy =
    Remedy { name: "unknown", text: "Keep a copy of this directory, and ask for help with this report." };

/// Says what to do about faults of a code.
pub fn remedy(code: &str) -> Remedy {
    REMEDIES.iter().find(|(_, codes)| codes.contains(&code)).map_or(UNKNOWN, |(remedy, _)| *remedy)
}

/// Is what the doctor found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoctorReport {
    /// What was examined, with how many of each.
    pub examined: Vec<(&'static str, u64)>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What is sound and worth knowing, such as the torn tail a crash leaves.
    pub notes: Vec<Note>,
}

impl DoctorReport {
    /// Tells whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, place: impl Into<String>, code: &'static str, what: impl Into<String>) {
        if self.faults.len() < FAULTS_CAP {
            self.faults.push(Fault { place: place.into(), code, what: what.into() });
        }
    }

    /// What to do about the faults, each once, in the order in which they were found.
    pub fn to_do(&self) -> Vec<Remedy> {
        let mut all = Vec::new();
        for remedy in self.faults.iter().map(|fault| remedy(fault.code)) {
            if !all.contains(&remedy) {
                all.push(remedy);
            }
        }
        all
    }

    fn note(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.notes.len() < FAULTS_CAP {
            self.notes.push(Note { place: place.into(), what: what.into() });
        }
    }

    fn error(&mut self, place: impl Into<String>, error: &StoreError) {
        self.fault(place, error.code(), error.to_string());
    }
}

/// Examines a closed data directory, by the system's clock.
///
/// # Errors
/// As [`doctor_by`].
pub async fn doctor(directory: &Path, master_key: &MasterKeySource) -> Result<DoctorReport, StoreError> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    doctor_by(directory, master_key, &(Arc::new(move || Timestamp(now())) as Clock)).await
}

/// Examines a closed data directory, by a clock that is compared with the database server's.
///
/// # Errors
/// Only what keeps it from looking at all: everything it sees is in the report.
pub async fn doctor_by(
    directory: &Path,
    master_key: &MasterKeySource,
    clock: &Clock,
) -> Result<DoctorReport, StoreError> {
    let mut report = DoctorReport::default();
    let paths = Paths::new(directory);
    if let Err(error) = paths.check_format() {
        report.error("FORMAT", &error);
        return Ok(report);
    }
    let _lock = match DirectoryLock::take(&paths) {
        Ok(lock) => lock,
        Err(error) => {
            report.error("LOCK", &error);
            return Ok(report);
        }
    };
    let ring = match read_master_key(&paths.master_key(master_key)) {
        Ok(key) => Some(KeyRing::new(&key)),
        Err(error) => {
            report.error("master key", &error);
            None
        }
    };
    let replica = paths.replica().unwrap_or_else(|error| {
        report.error("replica", &error);
        ReplicaId::FIRST
    });
    let folded = match examine_database(&mut report, &paths, clock, (replica, ring)).await {
        Ok(examined) => examined,
        Err(error) => {
            report.error("database", &error);
            Examined { folded_lines: 0, replica, ring: None }
        }
    };
    if let Err(error) = examine_journal(&mut report, &paths, &folded) {
        report.error("journal", &error);
    }
    if let Some(ring) = &folded.ring {
        examine_sealed_files(&mut report, &paths, ring);
    }
    Ok(report)
}

/// What the later examinations need from the database.
pub(crate) struct Examined {
    pub(crate) folded_lines: u64,
    /// Whose journal it must be.
    pub(crate) replica: ReplicaId,
    /// The key ring, where it fits.
    pub(crate) ring: Option<KeyRing>,
}

async fn examine_database(
    report: &mut DoctorReport,
    paths: &Paths,
    clock: &Clock,
    (replica, ring): (ReplicaId, Option<KeyRing>),
) -> Result<Examined, StoreError> {
    let location = paths.location()?;
    if location.file().is_some_and(|file| !file.exists()) {
        return Err(StoreError::Damaged("the database file is missing"));
    }
    let pool = match engine::open_reading_untouched(&location).await {
        Err(StoreError::Database(_)) if location.is_on_server() => {
            report.fault("database", "database-away", "the server can't be reached");
            return Ok(Examined { folded_lines: 0, replica, ring: None });
        }
        opened => opened?,
    };
    if location.is_on_server() {
        compare_clocks(report, &pool, clock).await?;
    }
    let own = engine::check_integrity(&pool).await?;
    own.complaints.into_iter().for_each(|it| report.fault("database", "database-integrity", it));
    own.notes.into_iter().for_each(|it| report.note("database", it));
    let node = crate::store::load_node(&pool).await?;
    let ring = ring.filter(|ring| {
        let fits = ring.check_value(&node.node.0) == node.key_check;
        if !fits {
            report.error("master key", &StoreError::WrongMasterKey);
        }
        fits
    });
    examine_moves(report, paths, &pool).await?;
    examine_tables(report, &pool, ring.as_ref()).await?;
    let folded_lines = examine_replicas(report, &pool, &node, &replica).await?;
    pool.close().await;
    Ok(Examined { folded_lines, replica, ring })
}

/// Looks whether this machine's clock is the database server's, nearly enough for writes to be taken.
async fn compare_clocks(report: &mut DoctorReport, pool: &Pool, clock: &Clock) -> Result<(), StoreError> {
    let asked = clock();
    let text = format!("SELECT {SERVER_NOW} AS server_now");
    let row = query(sqlx::AssertSqlSafe(text)).fetch_one(pool).await?;
    let said = Timestamp(row.try_get("server_now")?);
    let compared = ServerClock::default();
    if !compared.note(Comparison { asked, said, answered: clock() }) {
        report.error("clock", &StoreError::ClockWrong { ahead_micros: compared.ahead_micros() });
    }
    Ok(())
}

/// Looks whether the directory is a replica of its database's node, and says which others there are; gives how many of its
/// lines were folded.
async fn examine_replicas(
    report: &mut DoctorReport,
    pool: &Pool,
    node: &NodeRow,
    replica: &ReplicaId,
) -> Result<u64, StoreError> {
    // A directory that an earlier version wrote has none before its next start, and a new one none before its first.
    let known = match engine::has_table(pool, "replicas").await? {
        true => replicas::list(pool).await?,
        false => Vec::new(),
    };
    report.examined.push(("replicas", known.len() as u64));
    for other in known.iter().filter(|other| other.id != *replica) {
        let what = match other.left_at {
            Some(left) => format!("joined {}, left {left}", other.joined_at),
            None => format!("joined {}, last seen {}", other.joined_at, other.seen_at),
        };
        report.note(format!("replica {}", other.id), what);
    }
    match known.iter().find(|known| known.id == *replica) {
        Some(own) if own.left_at.is_none() => Ok(own.folded_lines),
        None if replica.is_first() => Ok(node.folded_lines),
        own => {
            report.error("replica", &StoreError::ReplicaUnknown);
            Ok(own.map_or(0, |own| own.folded_lines))
        }
    }
}

/// Looks whether this is the database that counts (`migrate-store`).
async fn examine_moves(report: &mut DoctorReport, paths: &Paths, pool: &Pool) -> Result<(), StoreError> {
    // A directory that an earlier version wrote has never been moved.
    if engine::has_column(pool, "node", "moving").await?
        && let Err(error) = migrate_store::may_be_opened(paths, migrate_store::load_moving(pool).await?)
    {
        report.error("database", &error);
    }
    if paths.move_under_way()?.is_some() {
        report.note("database.moving", "a move of the database was interrupted: this one counts");
    }
    if paths.location()?.is_on_server() && paths.database().exists() {
        let what = "left by a move to a server; what is erased from then on stays in it: remove it";
        report.note("barid.db", what);
    }
    Ok(())
}

/// Examines everything that tables keep.
pub(crate) async fn examine_tables(
    report: &mut DoctorReport,
    pool: &Pool,
    ring: Option<&KeyRing>,
) -> Result<(), StoreError> {
    examine_streams(report, pool, ring).await?;
    examine_heads(report, pool).await?;
    // A directory that an earlier version wrote has none.
    if engine::has_table(pool, "images").await? {
        examine_images(report, pool, ring).await?;
    }
    Ok(())
}

async fn examine_streams(
    report: &mut DoctorReport,
    pool: &Pool,
    ring: Option<&KeyRing>,
) -> Result<(), StoreError> {
    let rows = query(
        "SELECT number, organisation, class, node, incarnation, size, chain, frontier FROM streams
         ORDER BY number",
    )
    .fetch_all(pool)
    .await?;
    let mut entries = 0;
    // A directory that an earlier version wrote has none.
    let has_images = engine::has_table(pool, "images").await?;
    // A directory that an earlier version wrote has no kept hashes before its next start.
    let has_kept = engine::has_table(pool, "subtrees").await?;
    if !has_kept {
        report.note("kept hashes", "none yet: the next start makes them");
    }
    for row in &rows {
        match stream_from_row(row) {
            Ok((stream, state)) => {
                let mut walk = StreamWalk::new(stream, &state, ring, has_kept);
                walk.has_images = has_images;
                match walk.examine(report, pool).await {
                    Ok(()) => {}
                    Err(error) => report.error(format!("{stream}"), &error),
                }
                entries += walk.seq;
            }
            Err(error) => report.error("table streams", &error),
        }
    }
    report.examined.push(("streams", rows.len() as u64));
    report.examined.push(("entries", entries));
    Ok(())
}

/// Walks one stream from its first entry to its last.
struct StreamWalk<'a> {
    stream: StreamId,
    state: &'a StreamState,
    ring: Option<&'a KeyRing>,
    seq: u64,
    chain: ChainHash,
    frontier: Frontier,
    /// The subtrees that must be kept, in the order in which they became whole.
    whole: Vec<(NodeId, Hash)>,
    has_kept: bool,
    has_images: bool,
}

impl<'a> StreamWalk<'a> {
    fn new(stream: StreamId, state: &'a StreamState, ring: Option<&'a KeyRing>, has_kept: bool) -> Self {
        let (chain, frontier) = (ChainHash::START, Frontier::new());
        Self { stream, state, ring, seq: 0, chain, frontier, whole: Vec::new(), has_kept, has_images: false }
    }

    async fn examine(&mut self, report: &mut DoctorReport, pool: &Pool) -> Result<(), StoreError> {
        loop {
            let rows = query(RUN_QUERY)
                .bind(self.state.number)
                .bind(to_i64(self.seq)?)
                .bind(ROWS_PER_READ)
                .fetch_all(pool)
                .await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                self.examine_entry(report, pool, row).await?;
            }
        }
        let place = format!("{}", self.stream);
        if self.seq != self.state.size {
            report.fault(&place, "stream-size", format!("{} entries, {} told", self.seq, self.state.size));
        }
        if self.chain != self.state.chain {
            report.fault(&place, "stream-chain", "the chain does not end as told");
        }
        if self.frontier != self.state.frontier {
            report.fault(&place, "stream-root", "the Merkle root is not the one told");
        }
        if self.has_kept { self.examine_subtrees(report, pool).await } else { Ok(()) }
    }

    /// Compares the kept subtrees with those of the leaves.
    async fn examine_subtrees(&self, report: &mut DoctorReport, pool: &Pool) -> Result<(), StoreError> {
        let rows = query("SELECT level, idx, hash FROM subtrees WHERE stream = $1")
            .bind(self.state.number)
            .fetch_all(pool)
            .await?;
        let mut kept = std::collections::HashMap::with_capacity(rows.len());
        for row in &rows {
            let node = NodeId { level: number_from_row(row, "level")?, index: number_from_row(row, "idx")? };
            kept.insert(node, Hash::from_bytes(fixed(row, "hash")?));
        }
        let mut missing = 0_u64;
        for (node, hash) in &self.whole {
            let place = || format!("{} subtree {} of level {}", self.stream, node.index, node.level);
            match kept.remove(node) {
                Some(found) if found == *hash => {}
                Some(_) => {
                    report.fault(place(), "stream-subtree", "the kept hash is not that of the entries")
                }
                None => missing += 1,
            }
        }
        for node in kept.keys() {
            let place = format!("{} subtree {} of level {}", self.stream, node.index, node.level);
            report.fault(place, "stream-subtree", "kept, and the stream has no such entries");
        }
        if missing > 0 {
            let what = format!("{missing} kept hashes are missing: the next start makes them");
            report.note(format!("{}", self.stream), what);
        }
        Ok(())
    }

    async fn examine_entry(
        &mut self,
        report: &mut DoctorReport,
        pool: &Pool,
        row: &Row,
    ) -> Result<(), StoreError> {
        let seq: u64 = number_from_row(row, "seq")?;
        let place = format!("{} {seq}", self.stream);
        if seq != self.seq + 1 {
            report.fault(&place, "stream-gap", format!("follows on {}", self.seq));
        }
        self.seq = seq;
        let hash = EntryHash(fixed(row, "entry_hash")?);
        self.chain = self.chain.next(&chain_leaf(&hash));
        if self.chain != ChainHash::from_bytes(fixed(row, "chain")?) {
            report.fault(&place, "entry-chain", "the chain is broken here");
        }
        let whole = &mut self.whole;
        let appended = self.frontier.append_reporting(leaf_of(&hash), |node, hash| {
            if subtrees::is_kept(node) {
                whole.push((node, hash));
            }
        });
        appended.map_err(|_| StoreError::Damaged("a stream is full"))?;
        if let Err(error) = change_from_row(row) {
            report.error(&place, &error);
        }
        self.examine_payload(report, pool, row, &hash, &place).await
    }

    async fn examine_payload(
        &self,
        report: &mut DoctorReport,
        pool: &Pool,
        row: &Row,
        hash: &EntryHash,
        place: &str,
    ) -> Result<(), StoreError> {
        let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
        if sealed.is_none() && !is_tombstoned(pool, hash).await? {
            report.fault(place, "entry-missing", "no bytes and no tombstone");
        }
        let Some(ring) = self.ring else { return Ok(()) };
        match open_row(ring, row) {
            Ok((_, Some(bytes))) if EntryHash(Sha256::digest(&bytes).into()) != *hash => {
                report.fault(place, "entry-hash", "the bytes do not hash to the entry's hash");
            }
            Ok((_, None)) if sealed.is_some() => {
                report.fault(place, "entry-key", "the key is gone and the bytes are there");
            }
            Ok((_, Some(bytes))) if self.has_images => {
                self.examine_named_images(report, pool, row, &bytes, place, ring).await?;
            }
            Ok(_) => {}
            Err(error) => report.fault(place, "entry-sealed", error.to_string()),
        }
        self.examine_items(report, pool, row, hash, place, ring).await
    }

    /// Looks for the pictures that an entry names: one whose rows are all gone is missed nowhere else.
    async fn examine_named_images(
        &self,
        report: &mut DoctorReport,
        pool: &Pool,
        row: &Row,
        bytes: &[u8],
        place: &str,
        ring: &KeyRing,
    ) -> Result<(), StoreError> {
        let Some(record) = fixed_or_null(row, "record")?.map(RecordId) else { return Ok(()) };
        // What does not read is no loss of a picture.
        let Some(content) = Unverified::parse(bytes).ok().and_then(|entry| Content::of_stored(&entry).ok())
        else {
            return Ok(());
        };
        for image in content.into_images() {
            let named = image.picture;
            let Some(found) = images::find_of_record(pool, ring, record, &named.into()).await? else {
                // Erased, maybe, since the entry was read.
                let head = query("SELECT state FROM heads WHERE record = $1").bind(record.0.to_vec());
                let head = head.fetch_optional(pool).await?;
                if head.map(|head| head.try_get::<i64>("state")).transpose()?.is_some_and(|state| state != 3)
                {
                    report.fault(
                        place,
                        "image-missing",
                        format!("names a picture that record {record} lacks"),
                    );
                }
                continue;
            };
            // One that does not open is named where the pictures are examined.
            if open_image_row(ring, &found).and_then(|found| found.facts()).is_ok_and(|kept| kept != named) {
                report.fault(
                    place,
                    "image-damaged",
                    format!("says otherwise of a picture of record {record}"),
                );
            }
        }
        Ok(())
    }

    async fn examine_items(
        &self,
        report: &mut DoctorReport,
        pool: &Pool,
        row: &Row,
        hash: &EntryHash,
        place: &str,
        ring: &KeyRing,
    ) -> Result<(), StoreError> {
        let told: i64 = row.try_get("items")?;
        if told == 0 {
            return Ok(());
        }
        let chunks = query(CHUNK_QUERY)
            .bind(self.state.number)
            .bind(to_i64(self.seq)?)
            .bind(0_i64)
            .bind(i64::MAX)
            .fetch_all(pool)
            .await?;
        let mut found = 0;
        let mut roots = Vec::new();
        for chunk in &chunks {
            let hashes: Vec<u8> = chunk.try_get("hashes")?;
            roots.extend_from_slice(item_roots::chunk_root(hashes.as_chunks::<32>().0)?.as_bytes());
            match open_chunk(ring, hash, chunk) {
                Ok(opened) => found += opened.items.len() as i64,
                Err(error) => {
                    let number: i64 = chunk.try_get("chunk")?;
                    report.fault(format!("{place} items {number}"), "items-sealed", error.to_string());
                    found = told;
                }
            }
        }
        if found != told {
            report.fault(place, "items-missing", format!("{found} items, {told} told"));
        }
        if self.has_kept { self.examine_item_roots(report, pool, &roots, place).await } else { Ok(()) }
    }

    async fn examine_item_roots(
        &self,
        report: &mut DoctorReport,
        pool: &Pool,
        expected: &[u8],
        place: &str,
    ) -> Result<(), StoreError> {
        let row = query("SELECT roots FROM item_roots WHERE stream = $1 AND seq = $2")
            .bind(self.state.number)
            .bind(to_i64(self.seq)?)
            .fetch_optional(pool)
            .await?;
        match row.map(|row| row.try_get::<Vec<u8>>("roots")).transpose()? {
            Some(kept) if kept == expected => {}
            Some(_) => report.fault(place, "items-root", "the kept hashes are not those of the items"),
            None => report.note(place, "kept hashes of the items are missing: the next start makes them"),
        }
        Ok(())
    }
}

async fn is_tombstoned(pool: &Pool, hash: &EntryHash) -> Result<bool, StoreError> {
    let row = query("SELECT at FROM tombstones WHERE hash = $1")
        .bind(hash.0.as_slice())
        .fetch_optional(pool)
        .await?;
    Ok(row.is_some())
}

async fn examine_heads(report: &mut DoctorReport, pool: &Pool) -> Result<(), StoreError> {
    let count = query("SELECT COUNT(*) AS heads FROM heads").fetch_one(pool).await?;
    report.examined.push(("heads", number_from_row(&count, "heads")?));
    let faults = query(
        "SELECT h.record AS record, h.state AS state, h.item AS item, l.seq AS seq, l.items AS items,
                CASE WHEN l.sealed IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS held
         FROM heads h LEFT JOIN log l ON l.stream = h.stream AND l.seq = h.seq
         WHERE l.seq IS NULL OR h.item >= l.items
            OR (h.state <> 3 AND l.sealed IS NULL) OR (h.state = 3 AND h.item < 0 AND l.sealed IS NOT NULL)
         LIMIT 1000",
    )
    .fetch_all(pool)
    .await?;
    for row in &faults {
        let record = barid_domain::ids::RecordId(fixed(row, "record")?);
        let what = match row.try_get::<Option<i64>>("seq")? {
            None => "points at no entry",
            Some(_) if row.try_get::<i64>("item")? >= row.try_get::<i64>("items")? => {
                "points at no item of its batch"
            }
            Some(_) if row.try_get::<i64>("held")? == 0 => "stands, and its bytes are gone",
            Some(_) => "is erased, and its bytes are there",
        };
        report.fault(format!("record {record}"), "head", what);
    }
    compare_heads(report, pool).await
}

/// Compares what heads say with the entries about their records. Grouped and joined, not looked up for each head: a server
/// and SQLite alike would choose the index of places, and read the rest of the stream for every head.
async fn compare_heads(report: &mut DoctorReport, pool: &Pool) -> Result<(), StoreError> {
    let rows = query(
        "SELECT h.record AS record,
                CAST(CASE WHEN h.item < 0 AND (l.record IS NULL OR l.record <> h.record) THEN 1 ELSE 0 END AS BIGINT)
                    AS other,
                CAST(CASE WHEN h.version <> 1 + COALESCE(c.versions, 0) THEN 1 ELSE 0 END AS BIGINT) AS version,
                CAST(CASE WHEN h.owner <> s.organisation THEN 1 ELSE 0 END AS BIGINT) AS owner
         FROM heads h JOIN log l ON l.stream = h.stream AND l.seq = h.seq JOIN streams s ON s.number = h.stream
         LEFT JOIN (SELECT record, SUM(CASE WHEN change = 2 THEN 1 ELSE 0 END) AS versions,
                           MAX(CASE WHEN change = 5 THEN 3 WHEN change IN (3, 4) THEN 2 ELSE 1 END) AS state
                    FROM log WHERE record IS NOT NULL GROUP BY record) c ON c.record = h.record
         LEFT JOIN (SELECT record, stream, MAX(seq) AS last FROM log WHERE record IS NOT NULL AND change IN (1, 2)
                    GROUP BY record, stream) v ON v.record = h.record AND v.stream = h.stream
         WHERE (h.item < 0 AND (l.record IS NULL OR l.record <> h.record)) OR h.owner <> s.organisation
            OR h.version <> 1 + COALESCE(c.versions, 0) OR h.state <> COALESCE(c.state, 1)
            OR (h.item < 0 AND v.last > h.seq)
         LIMIT 1000",
    )
    .fetch_all(pool)
    .await?;
    for row in &rows {
        let record = barid_domain::ids::RecordId(fixed(row, "record")?);
        let differs = |column| Ok::<_, StoreError>(row.try_get::<i64>(column)? == 1);
        let what = match (differs("other")?, differs("version")?, differs("owner")?) {
            (true, _, _) => "points at an entry about another record",
            (false, true, _) => "has another version than its entries",
            (false, false, true) => "has another owner than its entries",
            (false, false, false) => "stands otherwise than its entries say",
        };
        report.fault(format!("record {record}"), "head", what);
    }
    // Every item of a batch is one record's: a place that was changed is beyond the batch or somebody else's too.
    let rows = query(
        "SELECT h.record AS record FROM heads h
         JOIN (SELECT stream, seq, item FROM heads WHERE item >= 0
               GROUP BY stream, seq, item HAVING COUNT(*) > 1) d
           ON d.stream = h.stream AND d.seq = h.seq AND d.item = h.item
         LIMIT 1000",
    );
    for row in &rows.fetch_all(pool).await? {
        let record = barid_domain::ids::RecordId(fixed(row, "record")?);
        report.fault(format!("record {record}"), "head", "points at the item that another record points at");
    }
    examine_outcomes(report, pool).await
}

/// Checks that the places told of writes are there.
async fn examine_outcomes(report: &mut DoctorReport, pool: &Pool) -> Result<(), StoreError> {
    // Before the streams: on a server others may write meanwhile.
    let outcomes = query("SELECT organisation, idem_key, outcome FROM idempotency").fetch_all(pool).await?;
    let mut sizes = std::collections::HashMap::new();
    let streams =
        query("SELECT number, organisation, class, node, incarnation, size, chain, frontier FROM streams");
    for row in &streams.fetch_all(pool).await? {
        // One that does not read is named where the streams are examined.
        if let Ok((stream, state)) = stream_from_row(row) {
            sizes.insert(stream, state.size);
        }
    }
    let is_there =
        |place: &Position| sizes.get(&place.stream).is_some_and(|size| (1..=*size).contains(&place.seq));
    for row in &outcomes {
        let outcome: Vec<u8> = row.try_get("outcome")?;
        let sound = decode_outcome(&outcome)
            .is_some_and(|(places, audit)| is_there(&audit) && places.iter().all(is_there));
        if !sound {
            let organisation: String = row.try_get("organisation")?;
            let key = barid_domain::ids::IdempotencyKey(fixed(row, "idem_key")?);
            let place = format!("outcome of {organisation} {key}");
            report.fault(place, "data-damaged", "names places where nothing stands");
        }
    }
    report.examined.push(("outcomes", outcomes.len() as u64));
    Ok(())
}

/// Opens every picture, and compares pictures with keys, chunks and records.
async fn examine_images(
    report: &mut DoctorReport,
    pool: &Pool,
    ring: Option<&KeyRing>,
) -> Result<(), StoreError> {
    let mut count = 0;
    let mut behind: Vec<u8> = Vec::new();
    loop {
        let text = format!("SELECT {IMAGE_COLUMNS} WHERE i.image > $1 ORDER BY i.image LIMIT $2");
        let rows = query(sqlx::AssertSqlSafe(text)).bind(behind.clone()).bind(ROWS_PER_READ);
        let rows = rows.fetch_all(pool).await?;
        let Some(last) = rows.last() else { break };
        behind = last.try_get("image")?;
        count += rows.len() as u64;
        for row in &rows {
            let place = image_place(row)?;
            let Some(ring) = ring else { continue };
            let image = match open_image_row(ring, row) {
                Ok(image) => image,
                Err(error) => {
                    report.fault(&place, "image-damaged", error.to_string());
                    continue;
                }
            };
            for part in [ImagePart::Thumbnail, ImagePart::Whole] {
                match image.read_part(pool, part).await {
                    Ok(_) => {}
                    // On a server others may erase meanwhile.
                    Err(_) if !images::is_there(pool, &image.image).await? => {}
                    Err(StoreError::Damaged(what @ MISSING_CHUNK)) => {
                        report.fault(&place, "image-missing", what);
                    }
                    Err(error) => report.fault(&place, "image-damaged", error.to_string()),
                }
            }
        }
    }
    report.examined.push(("pictures", count));
    let rows = query(KEYS_WITHOUT_IMAGE)
        .bind(images::SCOPE_START.to_vec())
        .bind(vec![images::SCOPE_START[0] + 1])
        .fetch_all(pool)
        .await?;
    for row in &rows {
        let scope: Vec<u8> = row.try_get("scope")?;
        let place = picture(&scope[images::SCOPE_START.len()..]);
        report.fault(place, "image-missing", "a key of a picture that is not there");
    }
    for (what, text) in LEFT_OF_IMAGES {
        for row in &query(*text).fetch_all(pool).await? {
            let image: [u8; 16] = fixed(row, "image")?;
            report.fault(picture(&image), "image-orphaned", *what);
        }
    }
    Ok(())
}

/// Keys of pictures without their pictures: scopes of pictures begin with a byte that no other has.
const KEYS_WITHOUT_IMAGE: &str =
    "SELECT k.scope AS scope FROM data_keys k LEFT JOIN images i ON i.key_id = k.key_id
    WHERE i.image IS NULL AND k.scope >= $1 AND k.scope < $2 LIMIT 1000";

/// What should have gone with an erasure.
const LEFT_OF_IMAGES: &[(&str, &str)] = &[
    (
        "bytes of a picture that is not there",
        "SELECT DISTINCT c.image AS image FROM image_chunks c LEFT JOIN images i ON i.image = c.image
         WHERE i.image IS NULL LIMIT 1000",
    ),
    (
        "a picture of a record that is erased or is not there",
        "SELECT i.image AS image FROM images i LEFT JOIN heads h ON h.record = i.record
         WHERE i.record IS NOT NULL AND (h.record IS NULL OR h.state = 3) LIMIT 1000",
    ),
];

fn picture(number: &[u8]) -> String {
    let number: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("picture {number}")
}

fn image_place(row: &Row) -> Result<String, StoreError> {
    let image = picture(&fixed::<16>(row, "image")?);
    let record: Option<Vec<u8>> = row.try_get("record")?;
    Ok(match record.and_then(|record| record.try_into().ok()).map(barid_domain::ids::RecordId) {
        Some(record) => format!("{image} of record {record}"),
        None => format!("{image}, which waits"),
    })
}

pub(crate) fn examine_journal(
    report: &mut DoctorReport,
    paths: &Paths,
    examined: &Examined,
) -> Result<(), StoreError> {
    let segments = list_segments(&paths.journal())?;
    let mut lines = 0;
    let mut chain = ChainHash::START;
    let mut expected = None;
    for (index, segment) in segments.iter().enumerate() {
        let place = format!("journal segment {segment}");
        let (header, bytes) = match read_segment(&paths.journal(), *segment) {
            Ok(read) => read,
            Err(error) => {
                report.error(&place, &error);
                expected = None;
                continue;
            }
        };
        if expected.is_some_and(|next: u64| next != *segment) {
            report.fault(&place, "journal-gap", "a segment is missing before this one");
        } else if expected.is_some() && (header.first_line != lines || header.chain != chain) {
            report.fault(&place, "journal-chain", "does not go on where the one before ends");
        }
        if header.replica != examined.replica {
            report.fault(&place, "journal-other", "is another replica's");
        }
        let key = examined.ring.as_ref().map(|ring| header.key(ring));
        let mut number = header.first_line;
        let found = walk(&header, &bytes, |offset, frame| {
            let opened = key.as_ref().map(|key| key.open(&line_place(&frame.hash), frame.sealed));
            let sound = opened.is_none_or(|plain| {
                plain.is_some_and(|plain| EntryHash(Sha256::digest(&plain).into()) == frame.hash)
            });
            if !sound {
                let place = format!("{place} line {number} byte {offset}");
                report.fault(place, "journal-line", "does not open to its hash");
            }
            number += 1;
        });
        let is_last = index + 1 == segments.len();
        match found.end {
            SegmentEnd::Clean => {}
            SegmentEnd::Torn if is_last => {
                let what =
                    format!("{} bytes of a torn tail, as a crash leaves them", bytes.len() - found.length);
                report.note(place, what);
            }
            SegmentEnd::Torn => {
                let place = format!("{place} line {number} byte {}", found.length);
                report.fault(place, "journal-damaged", "ends in the middle of a line");
            }
            SegmentEnd::Damaged { offset, what } => {
                report.fault(format!("{place} line {number} byte {offset}"), "journal-damaged", what);
            }
        }
        (lines, chain, expected) = (header.first_line + found.lines, found.chain, Some(segment + 1));
    }
    if lines < examined.folded_lines {
        report.fault("journal", "journal-missing", "lines that were folded are missing");
    }
    report.examined.push(("journal segments", segments.len() as u64));
    report.examined.push(("journal lines", lines));
    Ok(())
}

fn examine_sealed_files(report: &mut DoctorReport, paths: &Paths, ring: &KeyRing) {
    match secrets::names(&paths.keys()) {
        Ok(names) => {
            for name in &names {
                if let Err(error) = secrets::get(&paths.keys(), ring, name) {
                    report.error(format!("keys/{name}.key"), &error);
                }
            }
            report.examined.push(("named secrets", names.len() as u64));
        }
        Err(error) => report.error("keys", &error),
    }
    // A snapshot is made again from the streams: damage to it is worth knowing, not a fault of what is kept.
    for kind in [SnapshotKind::Persons, SnapshotKind::Documents] {
        let opened = snapshots::load(&paths.snapshots(), ring, kind);
        let read = opened.and_then(|reader| match reader {
            Some(mut pieces) => pieces.try_for_each(|piece| piece.map(drop)),
            None => Ok(()),
        });
        if let Err(error) = read {
            report.note("snapshots", format!("{error}: the next start reads the streams instead"));
        }
    }
}

/// Shows what was examined, then notes, faults, and the verdict.
impl std::fmt::Display for DoctorReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, count) in &self.examined {
            writeln!(f, "examined {count} {what}")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {}: {}", note.place, note.what)?;
        }
        for fault in &self.faults {
            writeln!(f, "fault {}: {}: {}", fault.code, fault.place, fault.what)?;
        }
        if self.faults.len() >= FAULTS_CAP {
            writeln!(f, "there may be more: the doctor stops at {FAULTS_CAP} faults")?;
        }
        for remedy in self.to_do() {
            writeln!(f, "to do: {}", remedy.text)?;
        }
        write!(f, "{}", if self.is_sound() { "sound" } else { "not sound" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_a_fault_has_a_remedy_and_is_documented() {
        let documented = include_str!("../../../docs/operations/data-directory.md");
        let mut codes: Vec<&str> = include_str!("doctor.rs")
            .split("fault(")
            .skip(1)
            .filter_map(|call| call.split(';').next()?.split('"').nth(1))
            .filter(|code| code.contains('-') && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
            .collect();
        codes.extend(["head", "master-key-missing", "master-key-exposed", "master-key-malformed"]);
        codes.extend(["master-key-wrong", "directory-locked", "database-failure", "journal-damaged"]);
        codes.extend([
            "database-address",
            "database-not-durable",
            "database-not-replicated",
            "replica-unknown",
        ]);
        codes.extend(["directory-not-data", "directory-format-unknown", "data-damaged", "file-failure"]);
        assert!(codes.len() > 20, "{codes:?}");
        for code in codes {
            assert_ne!(remedy(code), remedy("unheard-of"), "{code}");
            let shown = if code.starts_with("master-key-") { "master-key-..." } else { code };
            assert!(documented.contains(&format!("`{shown}`")), "{code} is not in the table");
        }
    }
}
