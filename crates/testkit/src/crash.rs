//! The crash suite: a process with many writers is killed at random moments; what it acknowledged must be there.
//!
//! The parent holds the acknowledgements, read from the child's pipe. After each kill it opens the data directory itself
//! and checks: every acknowledged write stands at its place and `outcome` says so; of a write whose acknowledgement was
//! cut off, either all entries are there and `outcome` says so, or none; every entry is named by the audit line of one
//! write and every named entry is there; every acknowledged journal line is there; every picture of an acknowledged record is there, whole; what stood at a number stands there
//! still; the doctor finds no fault. A directory takes [`KILLS_PER_DIRECTORY`] kills, then a fresh one begins.
//!
//! A kill leaves the system's page cache alive: this suite shows order and atomicity, not that the disk obeys a sync.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::{Database, Purpose};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{ActId, EntryHash, IdempotencyKey, ImageHash, OrganisationCode, RecordId};
use barid_domain::images::{ImageFacts, ImageFormat};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_store::{
    HeadChange, HeadMeta, HeadState, Idempotency, ImageContent, ImagePart, KeptImage, KeyScope,
    MasterKeySource, NewEntry, NewItem, Store, StoreError, StoreOptions, SystemChange, doctor,
};
use sha2::{Digest as _, Sha256};

/// Kills of one data directory.
pub const KILLS_PER_DIRECTORY: u32 = 20;
const WRITERS: u64 = 8;
const SEARCHERS: u64 = 4;
const ENTRIES_PER_OPENING: usize = 500;
/// Refusals after which a writer of a child gives up.
const REFUSALS_CAP: u32 = 50;

/// How the suite is run.
#[derive(Debug, Clone, Copy)]
pub struct CrashRun {
    /// How many kills.
    pub kills: u32,
    /// What every choice follows from, but for the scheduling of threads and the moment a kill takes hold.
    pub seed: u64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct CrashTally {
    /// Kills after which everything was in order.
    pub passed: u32,
    /// Kills after which something was not.
    pub failed: u32,
    /// Acknowledged writes.
    pub writes: u64,
    /// Acknowledged journal lines.
    pub lines: u64,
    /// Writes whose acknowledgement was cut off, and how many of them had landed.
    pub cut_off: (u64, u64),
}

/// A generator of choices (SplitMix64): the same seed gives the same choices. Not for secrets.
#[derive(Debug, Clone)]
pub struct Choices(u64);

impl Choices {
    /// Begins with numbers that tell one use from another.
    pub fn of(parts: &[u64]) -> Self {
        let mut choices = Self(0);
        for part in parts {
            choices.0 = choices.next() ^ part;
        }
        choices
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    /// Chooses a number below the limit, which is above 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }
}

pub(crate) fn organisation(code: &str) -> OrganisationCode {
    // Constants below are codes.
    OrganisationCode::new(code).unwrap_or_else(|_| unreachable!("{code} is a code"))
}

pub(crate) fn options(directory: &Path) -> StoreOptions {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    StoreOptions {
        directory: directory.to_owned(),
        master_key: MasterKeySource::DataDirectory,
        clock: Arc::new(move || Timestamp(now())),
    }
}

pub(crate) fn line(
    choices: &mut Choices,
    phase: Phase,
    operation: Operation,
    entries: Vec<EntryHash>,
) -> JournalLine {
    JournalLine {
        salt: choices.bytes(),
        act: ActId::from_random(choices.bytes()),
        phase,
        at: Timestamp(1_795_471_948_000_000),
        actor: Actor { organisation: organisation("XB"), officer: "crash-suite".into() },
        operation,
        purpose: Purpose::Exercise,
        reference: "учение".into(),
        policy_version: 1,
        asked: Some("Калачев".into()),
        record: None,
        records: Vec::new(),
        entries,
        refusal: None,
        grants: Vec::new(),
        hits: Vec::new(),
        consents: Vec::new(),
    }
}

/// What a child takes a refusal for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusals {
    /// A fault: nothing keeps the store from working.
    AreFaults,
    /// What a disk that fails brings: they are told, and work goes on as far as it does.
    AreTold,
}

/// Runs the child: writes until it is killed. First it tells what became of the writes it is asked about.
///
/// # Errors
/// What the store says when it can't be opened.
pub async fn run_child(
    directory: &Path,
    (seed, kill): (u64, u64),
    refusals: Refusals,
    asked: &[IdempotencyKey],
) -> Result<(), StoreError> {
    let store = if directory.join("FORMAT").exists() {
        Store::open(options(directory)).await?
    } else {
        // A kill while the directory was being made leaves one without a format file: it is gone on with.
        Store::create(options(directory)).await?
    };
    for key in asked {
        match store.outcome(organisation("XA"), *key).await? {
            Some(_) => say(&format!("O {key} landed")),
            None => say(&format!("O {key} absent")),
        }
    }
    say("R");
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..WRITERS {
        tasks.spawn(write_on(store.clone(), Choices::of(&[seed, kill, number]), refusals));
    }
    for number in 0..SEARCHERS {
        tasks.spawn(search_on(store.clone(), Choices::of(&[seed, kill, 1_000 + number]), refusals));
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Tells the parent one whole line, in one write.
fn say(text: &str) {
    let told = std::io::stdout().lock().write_all(format!("{text}\n").as_bytes());
    if told.is_err() {
        // Nobody listens any more.
        std::process::exit(2);
    }
}

async fn search_on(store: Store, mut choices: Choices, refusals: Refusals) {
    loop {
        let begun = line(&mut choices, Phase::Begun, Operation::SearchPersons, Vec::new());
        let hash = begun.hash();
        let ended = JournalLine { salt: choices.bytes(), phase: Phase::Ended, ..begun.clone() };
        let act = match store.journal().begin(begun).await {
            Ok(act) => act,
            Err(error) if refusals == Refusals::AreTold => {
                say(&format!("S {}", error.code()));
                return stays_stopped(&store, &mut choices).await;
            }
            Err(error) => return say(&format!("F a line was refused: {}", error.code())),
        };
        say(&format!("J {hash}"));
        if let Err(error) = store.journal().end(act, ended).await
            && refusals == Refusals::AreFaults
        {
            return say(&format!("F an ended line was refused: {}", error.code()));
        }
        if choices.below(50) == 0
            && let Err(error) = store.fold_journal().await
            && refusals == Refusals::AreFaults
        {
            return say(&format!("F folding failed: {}", error.code()));
        }
    }
}

/// A journal that refused a line takes no other until a restart.
async fn stays_stopped(store: &Store, choices: &mut Choices) {
    for _ in 0..5 {
        let begun = line(choices, Phase::Begun, Operation::SearchPersons, Vec::new());
        if store.journal().begin(begun).await.is_ok() {
            return say("F a search went on after the journal had stopped");
        }
    }
}

async fn write_on(store: Store, mut choices: Choices, refusals: Refusals) {
    let mut refused = 0;
    let mut own: Vec<(RecordId, EntryHash)> = Vec::new();
    loop {
        let entries = next_entries(&mut choices, &mut own);
        let hashes: Vec<EntryHash> = entries.iter().map(|entry| entry.hash).collect();
        let key = IdempotencyKey::from_random(choices.bytes());
        let idempotency = Idempotency { organisation: organisation("XA"), key, request: choices.bytes() };
        let names: Vec<String> = hashes.iter().map(ToString::to_string).collect();
        say(&format!("I {key} {}", names.join(" ")));
        let mut tx = store.begin_write(Some(idempotency));
        let pictured = match entries.as_slice() {
            [NewEntry { change: HeadChange::Create { record }, .. }] => {
                keep_picture(&store, &mut choices).await.map(|content| (*record, content))
            }
            _ => None,
        };
        if let Some((record, content)) = pictured {
            let organisation = organisation("XA");
            tx.change_system(SystemChange::TakeUpImage { organisation, record, content });
        }
        entries.into_iter().for_each(|entry| tx.append(entry));
        let audit = line(&mut choices, Phase::Committed, Operation::SubmitRecord, hashes.clone());
        let committed = match tx.commit(audit).await {
            Ok(committed) => committed,
            Err(error) if refusals == Refusals::AreTold => {
                say(&format!("X {key} {}", error.code()));
                refused += 1;
                // What it was made from may be absent now.
                own.clear();
                if refused == REFUSALS_CAP {
                    return;
                }
                continue;
            }
            Err(error) => return say(&format!("F a write was refused: {}", error.code())),
        };
        let places: Vec<String> = committed
            .positions
            .iter()
            .zip(&hashes)
            .map(|(place, hash)| format!("{} {} {hash}", place.stream, place.seq))
            .collect();
        say(&format!("A {key} {} {} {}", committed.audit.stream, committed.audit.seq, places.join(" ")));
        if let Some((record, ImageContent { picture, thumbnail })) = pictured {
            say(&format!("P {record} {picture} {thumbnail}"));
        }
    }
}

/// Keeps a picture of one or two chunks for a record to come; `None` where that was refused.
async fn keep_picture(store: &Store, choices: &mut Choices) -> Option<ImageContent> {
    let hash = |bytes: &[u8]| ImageHash(Sha256::digest(bytes).into());
    let start = choices.bytes::<32>();
    let picture: Vec<u8> =
        start.iter().copied().cycle().take(200 * 1024 + choices.below(100 * 1024) as usize).collect();
    let thumbnail = choices.bytes::<64>().to_vec();
    let facts = ImageFacts {
        hash: hash(&picture),
        format: ImageFormat::Jpeg,
        bytes: picture.len() as u32,
        width: 1,
        height: 1,
        thumbnail: hash(&thumbnail),
    };
    let ends_at = Timestamp(i64::MAX);
    let kept = KeptImage { organisation: organisation("XA"), facts, picture, thumbnail, ends_at };
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::KeepImage(Box::new(kept)));
    let audit = line(choices, Phase::Committed, Operation::KeepImage, Vec::new());
    tx.commit(audit).await.is_ok().then_some(facts.into())
}

/// Chooses the next write: beginnings, new versions, withdrawals, batches, erasures.
fn next_entries(choices: &mut Choices, own: &mut Vec<(RecordId, EntryHash)>) -> Vec<NewEntry> {
    let kind = choices.below(20);
    if own.is_empty() || kind < 10 {
        let count = 1 + choices.below(3);
        let mut entries = Vec::new();
        for _ in 0..count {
            let record = RecordId::from_random(choices.bytes());
            let created = entry(choices, HeadChange::Create { record });
            own.push((record, created.hash));
            entries.push(created);
        }
        return entries;
    }
    if kind == 10 {
        return vec![batch(choices)];
    }
    let at = choices.below(own.len() as u64) as usize;
    let (record, expects) = own[at];
    let change = match kind {
        11..=15 => HeadChange::Supersede { record, expects },
        16..=17 => HeadChange::Withdraw { record, expects },
        _ => HeadChange::Erase { record, expects: Some(expects) },
    };
    let changed = entry(choices, change);
    match change {
        HeadChange::Supersede { .. } => own[at].1 = changed.hash,
        _ => drop(own.swap_remove(at)),
    }
    vec![changed]
}

fn entry(choices: &mut Choices, change: HeadChange) -> NewEntry {
    let mut bytes = choices.bytes::<32>().to_vec();
    let length = 200 + choices.below(1_800);
    bytes.extend((0..length).map(|_| choices.next() as u8));
    let key = match change {
        HeadChange::Create { record } | HeadChange::Supersede { record, .. } => KeyScope::Record(record),
        _ => KeyScope::OwnerMonth { owner: organisation("XA"), year: 2027, month: 5 },
    };
    let review_on = Day::new(2027, 5, 1).unwrap_or(Day::LAST);
    NewEntry {
        organisation: organisation("XA"),
        class: StreamClass::Persons,
        hash: EntryHash(Sha256::digest(&bytes).into()),
        bytes,
        key,
        change,
        items: Vec::new(),
        meta: HeadMeta { database: Database::Persons, review_on },
    }
}

fn batch(choices: &mut Choices) -> NewEntry {
    let mut batch = entry(choices, HeadChange::None);
    batch.class = StreamClass::TravelDocuments;
    batch.meta.database = Database::TravelDocuments;
    let count = 1 + choices.below(600);
    batch.items = (0..count)
        .map(|_| NewItem {
            record: RecordId::from_random(choices.bytes()),
            hash: choices.bytes(),
            bytes: choices.bytes::<64>().to_vec(),
        })
        .collect();
    batch
}

/// What one child told before it was killed.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) intents: HashMap<IdempotencyKey, Vec<EntryHash>>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    pub(crate) lines: Vec<EntryHash>,
    /// Pictures of acknowledged records.
    pub(crate) pictures: Vec<(RecordId, ImageContent)>,
    /// Writes that were refused, with the code.
    pub(crate) refused: HashMap<IdempotencyKey, String>,
    /// Whether writes of a process before this one had landed, as the store said when asked.
    pub(crate) outcomes: HashMap<IdempotencyKey, bool>,
    /// Whether the journal refused a line.
    pub(crate) journal_stopped: bool,
    /// What went wrong before the kill.
    pub(crate) failures: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Acknowledged {
    pub(crate) key: IdempotencyKey,
    audit: Position,
    places: Vec<(Position, EntryHash)>,
}

impl Told {
    /// Adds what a later child told.
    pub(crate) fn add(&mut self, later: Self) {
        self.intents.extend(later.intents);
        self.acknowledged.extend(later.acknowledged);
        self.lines.extend(later.lines);
        self.pictures.extend(later.pictures);
        self.refused.extend(later.refused);
        self.outcomes.extend(later.outcomes);
        self.journal_stopped |= later.journal_stopped;
        self.failures.extend(later.failures);
    }

    fn take(&mut self, text: &str) -> Option<()> {
        let mut words = text.split(' ');
        match words.next()? {
            "R" => {}
            "F" => self.failures.push(words.collect::<Vec<_>>().join(" ")),
            "J" => self.lines.push(words.next()?.parse().ok()?),
            "P" => {
                let record = words.next()?.parse().ok()?;
                let picture = words.next()?.parse().ok()?;
                let thumbnail = words.next()?.parse().ok()?;
                self.pictures.push((record, ImageContent { picture, thumbnail }));
            }
            "S" => self.journal_stopped = true,
            "X" => drop(self.refused.insert(words.next()?.parse().ok()?, words.next()?.to_owned())),
            "O" => {
                let key = words.next()?.parse().ok()?;
                self.outcomes.insert(key, words.next()? == "landed");
            }
            "I" => {
                let key = words.next()?.parse().ok()?;
                let hashes: Result<Vec<EntryHash>, _> = words.map(str::parse).collect();
                self.intents.insert(key, hashes.ok()?);
            }
            "A" => {
                let key: IdempotencyKey = words.next()?.parse().ok()?;
                let audit = position(&mut words)?;
                let mut places = Vec::new();
                while let Some(place) = position(&mut words) {
                    places.push((place, words.next()?.parse().ok()?));
                }
                self.intents.remove(&key);
                self.acknowledged.push(Acknowledged { key, audit, places });
            }
            _ => return None,
        }
        Some(())
    }
}

fn position<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Position> {
    let stream: StreamId = words.next()?.parse().ok()?;
    Some(Position { stream, seq: words.next()?.parse().ok()? })
}

/// What stood in a directory after its last kill.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    streams: BTreeMap<StreamId, Vec<EntryHash>>,
    /// Entries named by the audit lines of writes.
    named: HashSet<EntryHash>,
    /// Access lines opened already.
    opened: BTreeMap<StreamId, usize>,
}

/// Runs the suite; `child` starts this program's child on a directory.
///
/// # Errors
/// What keeps it from running at all; faults of the store are in the tally.
pub fn run(
    run: &CrashRun,
    child: impl Fn(&Path, u64, u64) -> Command,
    mut report: impl FnMut(&str),
    stop_at_first_failure: StopAt,
) -> std::io::Result<CrashTally> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut tally = CrashTally::default();
    let mut moments = Choices::of(&[run.seed]);
    let mut directory = tempfile::tempdir()?;
    let mut seen = Seen::default();
    for kill in 0..run.kills {
        if kill % KILLS_PER_DIRECTORY == 0 {
            directory = tempfile::tempdir()?;
            seen = Seen::default();
        }
        let data = directory.path().join("data");
        let told = kill_one(&mut child(&data, run.seed, u64::from(kill)), &mut moments)?;
        let faults = runtime.block_on(examine(&data, &told, &mut seen, &mut tally));
        if faults.is_empty() {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            for fault in faults.iter().take(5) {
                report(&format!("kill {kill} of seed {}: {fault}", run.seed));
            }
            match stop_at_first_failure {
                StopAt::FirstFailure => return Ok(tally),
                StopAt::TheEnd => {
                    // What is wrong once stays wrong: go on with a fresh directory.
                    let kept = std::mem::replace(&mut directory, tempfile::tempdir()?).keep();
                    report(&format!("kept: {}", kept.display()));
                    seen = Seen::default();
                }
            }
        }
        if (kill + 1) % KILLS_PER_DIRECTORY == 0 {
            report(&format!("{} kills, {} writes, {} journal lines", kill + 1, tally.writes, tally.lines));
        }
    }
    Ok(tally)
}

/// When a run stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopAt {
    /// After all kills.
    TheEnd,
    /// At the first kill after which something is wrong.
    FirstFailure,
}

/// When a child is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// So long after it was started.
    AfterStart(Duration),
    /// So long after it was ready.
    AfterReady(Duration),
}

/// Starts a child and kills it at a random moment: mostly while it writes, now and then while it opens.
fn kill_one(command: &mut Command, moments: &mut Choices) -> std::io::Result<Told> {
    let moment = if moments.below(10) == 0 {
        Moment::AfterStart(Duration::from_micros(moments.below(40_000)))
    } else {
        Moment::AfterReady(Duration::from_micros(30_000 + moments.below(600_000)))
    };
    kill_at(command, moment)
}

/// Starts a child and kills it at a moment; gives what it told.
pub(crate) fn kill_at(command: &mut Command, moment: Moment) -> std::io::Result<Told> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let Some(pipe) = child.stdout.take() else { return Err(std::io::Error::other("no pipe")) };
    let (ready_sender, ready) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut told = Told::default();
        let mut pipe = BufReader::new(pipe);
        let mut text = String::new();
        while pipe.read_line(&mut text).is_ok_and(|bytes| bytes > 0) {
            // A line that was cut off acknowledges nothing.
            let Some(whole) = text.strip_suffix('\n') else { break };
            if whole == "R" {
                let _ = ready_sender.send(());
            }
            if told.take(whole).is_none() {
                return Err(format!("the child said {whole:?}"));
            }
            text.clear();
        }
        Ok(told)
    });
    match moment {
        Moment::AfterStart(wait) => std::thread::sleep(wait),
        Moment::AfterReady(wait) => {
            // A child that never gets ready is killed all the same, and found out by the examination.
            if ready.recv_timeout(Duration::from_secs(30)).is_ok() {
                std::thread::sleep(wait);
            }
        }
    }
    kill(&mut child)?;
    match reader.join() {
        Ok(told) => told.map_err(std::io::Error::other),
        Err(_) => Err(std::io::Error::other("the reading thread died")),
    }
}

/// Kills with SIGKILL and waits until the process is gone.
fn kill(child: &mut Child) -> std::io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

/// Examines a directory after a kill; gives what is wrong.
pub(crate) async fn examine(
    data: &Path,
    told: &Told,
    seen: &mut Seen,
    tally: &mut CrashTally,
) -> Vec<String> {
    tally.writes += told.acknowledged.len() as u64;
    tally.lines += told.lines.len() as u64;
    if !data.join("FORMAT").exists() {
        // Killed while the directory was being made: nothing can have been acknowledged.
        let nothing = told.acknowledged.is_empty() && told.lines.is_empty();
        return if nothing { Vec::new() } else { vec!["acknowledgements without a directory".into()] };
    }
    let mut faults = told.failures.clone();
    match Store::open(options(data)).await {
        Ok(store) => {
            let examined = examine_store(&store, told, seen, tally, &mut faults).await;
            store.close().await;
            if let Err(error) = examined {
                faults.push(format!("examining: {error} ({})", error.code()));
            }
        }
        Err(error) => faults.push(format!("opening: {error} ({})", error.code())),
    }
    match doctor(data, &MasterKeySource::DataDirectory).await {
        Ok(report) => faults.extend(report.faults.iter().map(|fault| format!("doctor: {fault:?}"))),
        Err(error) => faults.push(format!("doctor: {error}")),
    }
    faults
}

async fn examine_store(
    store: &Store,
    told: &Told,
    seen: &mut Seen,
    tally: &mut CrashTally,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    store.fold_journal().await?;
    for write in &told.acknowledged {
        examine_acknowledged(store, write, faults).await?;
    }
    for hash in &told.lines {
        if store.find_entry(*hash).await?.is_none() {
            faults.push(format!("acknowledged journal line {hash} is lost"));
        }
    }
    for (record, content) in &told.pictures {
        examine_picture(store, *record, content, faults).await?;
    }
    for (key, hashes) in &told.intents {
        let landed = examine_cut_off(store, *key, hashes, tally, faults).await?;
        if let Some(code) = told.refused.get(key).filter(|code| landed && *code != "outcome-unknown") {
            faults.push(format!("write {key} was refused ({code}) and is there"));
        }
        if told.outcomes.get(key).is_some_and(|said| *said != landed) {
            faults.push(format!(
                "write {key} has another outcome than the store told before the power was cut"
            ));
        }
    }
    examine_streams(store, seen, faults).await?;
    examine_audit(store, seen, faults).await
}

async fn examine_acknowledged(
    store: &Store,
    write: &Acknowledged,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let places: Vec<Position> = write.places.iter().map(|(place, _)| *place).collect();
    match store.outcome(organisation("XA"), write.key).await? {
        None => faults.push(format!("acknowledged write {} is lost", write.key)),
        Some(outcome) if outcome.positions != places || outcome.audit != write.audit => {
            faults.push(format!("acknowledged write {} has another outcome", write.key));
        }
        Some(_) => {}
    }
    for (place, hash) in &write.places {
        if store.find_entry(*hash).await? != Some(*place) {
            faults.push(format!("acknowledged entry {hash} is not at {} {}", place.stream, place.seq));
        }
    }
    Ok(())
}

/// An acknowledged record has its picture, whole, until it is erased; then it has none.
async fn examine_picture(
    store: &Store,
    record: RecordId,
    content: &ImageContent,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let Some(head) = store.head(record).await? else { return Ok(()) };
    let mut choices = Choices::of(&[u64::from(record.0[0])]);
    let mut act = line(&mut choices, Phase::Begun, Operation::OpenImage, Vec::new());
    act.record = Some(record);
    let act = store.journal().begin(act).await?;
    let opened = store.open_image(&act, record, content, ImagePart::Whole).await?;
    if opened.is_some() == (head.state == HeadState::Erased) {
        let hash = content.picture;
        faults.push(format!("picture {hash} of record {record} is lost, or is there after its erasure"));
    }
    Ok(())
}

/// Of a write whose acknowledgement was cut off: all or nothing, and `outcome` tells which.
async fn examine_cut_off(
    store: &Store,
    key: IdempotencyKey,
    hashes: &[EntryHash],
    tally: &mut CrashTally,
    faults: &mut Vec<String>,
) -> Result<bool, StoreError> {
    let landed = store.outcome(organisation("XA"), key).await?;
    tally.cut_off.0 += 1;
    tally.cut_off.1 += u64::from(landed.is_some());
    for (index, hash) in hashes.iter().enumerate() {
        let expected = landed.as_ref().and_then(|outcome| outcome.positions.get(index).copied());
        if store.find_entry(*hash).await? != expected {
            faults.push(format!("write {key} is half there"));
        }
    }
    Ok(landed.is_some())
}

/// What stood at a number must stand there still.
async fn examine_streams(store: &Store, seen: &mut Seen, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for head in store.stream_heads().await? {
        let hashes = store.leaf_hashes(head.stream, 0..head.size).await?;
        let before = seen.streams.entry(head.stream).or_default();
        if !hashes.starts_with(before) {
            faults.push(format!("a number of {} was given twice", head.stream));
        }
        *before = hashes;
    }
    Ok(())
}

/// Every entry is named by the audit line of a write, and every named entry is there.
async fn examine_audit(store: &Store, seen: &mut Seen, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let mut entries = BTreeSet::new();
    for (stream, hashes) in &seen.streams {
        if stream.class != StreamClass::Access {
            entries.extend(hashes.iter().copied());
            continue;
        }
        let from = seen.opened.insert(*stream, hashes.len()).unwrap_or(0);
        for lines in hashes[from..].chunks(ENTRIES_PER_OPENING) {
            let mut choices = Choices::of(&[from as u64]);
            let act = line(&mut choices, Phase::Begun, Operation::ExportProof, lines.to_vec());
            let act = store.journal().begin(act).await?;
            for hash in lines {
                let stored = store.open_entry(&act, *hash).await?.and_then(|entry| entry.bytes);
                match stored.as_deref().and_then(JournalLine::from_bytes) {
                    Some(line) if line.phase == Phase::Committed => seen.named.extend(line.entries),
                    Some(_) => {}
                    None => faults.push(format!("access line {hash} does not open")),
                }
            }
        }
    }
    let unnamed = entries.iter().filter(|hash| !seen.named.contains(*hash)).count();
    let absent = seen.named.iter().filter(|hash| !entries.contains(*hash)).count();
    if unnamed + absent > 0 {
        faults
            .push(format!("{unnamed} entries without their audit line, {absent} lines without their entry"));
    }
    Ok(())
}

/// Shows a tally as test runners do.
pub fn summary(tally: &CrashTally, run: &CrashRun, began: Instant) -> String {
    format!(
        "{} passed, {} failed (seed {}; {} acknowledged writes, {} journal lines; {} cut off, {} of them landed; {:.0} s)",
        tally.passed,
        tally.failed,
        run.seed,
        tally.writes,
        tally.lines,
        tally.cut_off.0,
        tally.cut_off.1,
        began.elapsed().as_secs_f64()
    )
}
