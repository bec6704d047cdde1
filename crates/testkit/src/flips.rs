//! Bit flips: one bit of a closed data directory is turned over, in the database or in the journal. It must be found:
//! by the opening, by a read, or by the doctor, with its place; and no entry is ever served with other bytes.
//!
//! A flip that changes nothing anybody can read (a free page, the unused rest of one) is harmless, and is told as such
//! only where everything that the store serves is as it was.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use barid_domain::audit::{Operation, Phase};
use barid_domain::ids::{EntryHash, IdempotencyKey};
use barid_store::{MasterKeySource, Store, StoreError, doctor};
use sha2::{Digest as _, Sha256};

use crate::crash::{Choices, CrashTally, Moment, Seen, examine, kill_at, line, options, organisation};

/// Entries named by one act.
const ENTRIES_PER_ACT: usize = 500;
const HEADS_AT_ONCE: u32 = 1_000;

const OTHER_BYTES: &str = "other bytes";

/// What a run came to.
#[derive(Debug, Default)]
pub struct FlipTally {
    /// Flips that the doctor or the opening named.
    pub named: u32,
    /// Flips after which nothing that is served differs, and nothing is named.
    pub harmless: u32,
    /// Flips that make a crash's torn tail of the last line of the journal: cut, and told by a note.
    pub torn: u32,
    /// Flips of what is kept once and follows from nothing else: a record's database and day of review, the time an
    /// entry was stored at, which places of those there are an outcome names. Told with their places; nothing names them (decision 0003, "Known limits").
    pub kept_once: Vec<String>,
    /// Flips after which something else is served and nothing is named, each with its place.
    pub unnoticed: Vec<String>,
    /// Flips after which an entry was served with other bytes, each with its place.
    pub served_wrong: Vec<String>,
    /// How many entries and heads were compared after each flip.
    pub compared: (usize, usize),
}

/// All that a store serves.
#[derive(Debug, Default, PartialEq, Eq)]
struct Served {
    /// What follows from entries: of each entry its place, of each head all but database and day of review, and
    /// streams.
    proven: Vec<String>,
    entries: BTreeMap<EntryHash, String>,
    heads: Vec<String>,
    outcomes: Vec<String>,
    streams: Vec<String>,
}

/// Runs the flips; `child` makes the command of a child that fills a directory.
///
/// # Errors
/// What keeps it from running at all.
pub fn run(flips: u32, seed: u64, child: impl Fn(&Path) -> Command) -> io::Result<FlipTally> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let told = kill_at(&mut child(&data), Moment::AfterReady(Duration::from_millis(150)))?;
    let faults = runtime.block_on(examine(&data, &told, &mut Seen::default(), &mut CrashTally::default()));
    if !faults.is_empty() {
        return Err(io::Error::other(format!("the directory to begin with: {faults:?}")));
    }
    let keys: Vec<IdempotencyKey> = told.acknowledged.iter().map(|write| write.key).collect();
    let copy = directory.path().join("copy");
    copy_all(&data, &copy)?;
    let expected = runtime.block_on(served(&copy, &keys)).map_err(|error| io::Error::other(error.code()))?;
    let mut tally =
        FlipTally { compared: (expected.entries.len(), expected.heads.len()), ..Default::default() };
    let mut choices = Choices::of(&[seed, 5]);
    for _ in 0..flips {
        let place = flip(&data, &mut choices)?;
        fs::remove_dir_all(&copy)?;
        copy_all(&data, &copy)?;
        let report = runtime.block_on(doctor(&data, &MasterKeySource::DataDirectory));
        let named = report.as_ref().map_or(true, |report| !report.is_sound());
        let noted =
            report.as_ref().is_ok_and(|report| report.notes.iter().any(|note| note.what.contains("torn")));
        let found = runtime.block_on(served(&copy, &keys));
        judge(&mut tally, &place.shown(), named, noted, &expected, found);
        place.turn()?;
    }
    Ok(tally)
}

fn judge(
    tally: &mut FlipTally,
    place: &str,
    named: bool,
    noted: bool,
    expected: &Served,
    found: Result<Served, StoreError>,
) {
    let Ok(found) = found else {
        // The store said so itself.
        tally.named += 1;
        return;
    };
    if let Some((hash, text)) = found.entries.iter().find(|(_, text)| text.starts_with(OTHER_BYTES)) {
        tally.served_wrong.push(format!("{place}: entry {hash}: {text}"));
    }
    match (named, noted, found == *expected) {
        (true, _, _) => tally.named += 1,
        (false, true, _) => tally.torn += 1,
        (false, false, true) => tally.harmless += 1,
        (false, false, false) if found.proven == expected.proven => tally.kept_once.push(place.to_owned()),
        (false, false, false) => tally.unnoticed.push(format!("{place}: {}", difference(expected, &found))),
    }
}

fn difference(expected: &Served, found: &Served) -> String {
    let first = |one: &[String], other: &[String]| {
        let differs = one.iter().zip(other).find(|(one, other)| one != other);
        differs.map_or("more or fewer".to_owned(), |(one, other)| format!("{one} is {other}"))
    };
    if expected.heads != found.heads {
        return format!("heads: {}", first(&expected.heads, &found.heads));
    }
    if expected.outcomes != found.outcomes {
        return format!("outcomes: {}", first(&expected.outcomes, &found.outcomes));
    }
    if expected.streams != found.streams {
        return format!("streams: {}", first(&expected.streams, &found.streams));
    }
    let differs = expected.entries.iter().find(|(hash, bytes)| found.entries.get(*hash) != Some(*bytes));
    match differs {
        Some((hash, _)) => {
            format!("entry {hash} is {:?}", found.entries.get(hash).map(|text| &text[..text.len().min(200)]))
        }
        None => "more entries".to_owned(),
    }
}

/// A bit that was turned over.
struct Flipped {
    path: PathBuf,
    at: u64,
    bit: u8,
}

impl Flipped {
    /// Turns it over, or back.
    fn turn(&self) -> io::Result<()> {
        use std::os::unix::fs::FileExt as _;
        let file = fs::OpenOptions::new().read(true).write(true).open(&self.path)?;
        let mut byte = [0];
        file.read_exact_at(&mut byte, self.at)?;
        file.write_all_at(&[byte[0] ^ (1 << self.bit)], self.at)
    }

    fn shown(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("{name} byte {} (page {}) bit {}", self.at, 1 + self.at / 4_096, self.bit)
    }
}

/// Turns one bit over: two of three in the database, the others in the journal.
fn flip(data: &Path, choices: &mut Choices) -> io::Result<Flipped> {
    let path = if choices.below(3) < 2 { data.join("barid.db") } else { data.join("journal/00000001.seg") };
    let at = choices.below(fs::metadata(&path)?.len());
    let flipped = Flipped { path, at, bit: choices.below(8) as u8 };
    flipped.turn()?;
    Ok(flipped)
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?
        } else {
            fs::copy(entry.path(), target).map(drop)?
        }
    }
    Ok(())
}

/// Reads all that a store serves; a single read that is refused is told in its place.
async fn served(data: &Path, keys: &[IdempotencyKey]) -> Result<Served, StoreError> {
    let store = Store::open(options(data)).await?;
    let served = read_all(&store, keys).await;
    store.close().await;
    served
}

async fn read_all(store: &Store, keys: &[IdempotencyKey]) -> Result<Served, StoreError> {
    let mut served = Served::default();
    for head in store.stream_heads().await? {
        let hashes = store.leaf_hashes(head.stream, 0..head.size).await?;
        served.streams.push(format!("{head:?} {hashes:?}"));
        for hashes in hashes.chunks(ENTRIES_PER_ACT) {
            read_entries(store, hashes, &mut served).await?;
        }
    }
    let mut after = None;
    loop {
        let heads = store.heads(after, HEADS_AT_ONCE).await?;
        let Some(last) = heads.last() else { break };
        after = Some(last.record);
        for head in heads {
            let (position, owner) = (head.position, head.owner);
            served.proven.push(format!(
                "{} {} {position:?} {:?} {} {:?} {owner}",
                head.record, head.current, head.item, head.version, head.state
            ));
            served.heads.push(format!("{head:?}"));
        }
    }
    for key in keys {
        let outcome = store.outcome(organisation("XA"), *key).await;
        served.outcomes.push(format!("{outcome:?}"));
    }
    served.proven.extend(served.streams.iter().cloned());
    Ok(served)
}

async fn read_entries(store: &Store, hashes: &[EntryHash], served: &mut Served) -> Result<(), StoreError> {
    let act = line(&mut Choices::of(&[9]), Phase::Begun, Operation::ExportProof, hashes.to_vec());
    let act = store.journal().begin(act).await?;
    for hash in hashes {
        let text = match store.open_entry(&act, *hash).await {
            Ok(Some(entry)) => {
                let bytes = entry.bytes.as_deref().map(|bytes| EntryHash(Sha256::digest(bytes).into()));
                match bytes {
                    Some(found) if found != *hash => format!("{OTHER_BYTES}: {found}"),
                    Some(_) => {
                        served.proven.push(format!("{hash} {:?}", entry.position));
                        format!("{:?} {:?}", entry.position, entry.stored_at)
                    }
                    None => {
                        served.proven.push(format!("{hash} {:?} erased", entry.position));
                        format!("{:?} {:?} erased", entry.position, entry.stored_at)
                    }
                }
            }
            Ok(None) => "absent".to_owned(),
            Err(error) => format!("refused {}", error.code()),
        };
        served.entries.insert(*hash, text);
    }
    Ok(())
}
