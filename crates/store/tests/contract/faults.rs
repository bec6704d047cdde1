//! Faults: commits that fail or whose answer is lost, a full database, files that can't grow. Nothing acknowledged is
//! lost, nothing is half stored, and "did it land?" tells the truth.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use barid_domain::ids::{EntryHash, IdempotencyKey};
use barid_domain::streams::StreamClass;
use barid_store::faults::{PlantedFault, plant};
use barid_store::{Committed, HeadChange, Idempotency, MasterKeySource, NewEntry, Store, StoreError, doctor};

use crate::support::*;

async fn write_with(
    store: &Store,
    entry: &NewEntry,
    idempotency: Idempotency,
) -> Result<Committed, StoreError> {
    let mut tx = store.begin_write(Some(idempotency));
    tx.append(entry.clone());
    tx.commit(write_line()).await
}

fn new_person(text: &str) -> NewEntry {
    person(HeadChange::Create { record: new_record() }, text)
}

async fn all_entries(store: &Store) -> BTreeSet<EntryHash> {
    let stream = store.stream(code("XA"), StreamClass::Persons);
    let hashes = store.leaf_hashes(stream, 0..u64::MAX >> 1).await.unwrap();
    let all: BTreeSet<EntryHash> = hashes.iter().copied().collect();
    assert_eq!(all.len(), hashes.len(), "no entry twice");
    all
}

/// One write whose commit meets a fault: what it is told, what the store says of it, and what repeating it does.
async fn meets(store: &Store, data: &Path, fault: PlantedFault, landed: bool) {
    let (entry, key) = (new_person("Сбой"), idempotency(1));
    let before = all_entries(store).await.len() as u64;
    plant(data, fault);
    let mut told = store.notify();
    told.mark_unchanged();
    let refused = write_with(store, &entry, key).await.unwrap_err();
    assert!(matches!(refused, StoreError::OutcomeUnknown), "{fault:?}: {refused}");
    assert!(told.has_changed().unwrap(), "followers look: it may have landed");
    let outcome = store.outcome(key.organisation, key.key).await.unwrap();
    assert_eq!(outcome.is_some(), landed, "{fault:?}: did it land?");
    assert_eq!(all_entries(store).await.contains(&entry.hash), landed);
    assert_eq!(store.head(entry.change.record().unwrap()).await.unwrap().is_some(), landed);
    // Repeated under its key, it is there once, wherever it landed first.
    let repeated = write_with(store, &entry, key).await.unwrap();
    assert_eq!((repeated.replayed, repeated.positions[0].seq), (landed, before + 1), "{fault:?}");
    if let Some(outcome) = outcome {
        assert_eq!(outcome.positions, repeated.positions);
    }
    assert_eq!(all_entries(store).await.len() as u64, before + 1);
}

async fn is_sound(data: &Path) {
    let report = doctor(data, &MasterKeySource::DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
}

pub async fn a_commit_that_fails_is_unknown_and_its_outcome_can_be_asked(fresh: Fresh) {
    let mut fresh = fresh;
    let data = fresh.data();
    for _ in 0..2 {
        create(&fresh.store, "до").await;
        meets(&fresh.store, &data, PlantedFault::CommitFails, false).await;
        meets(&fresh.store, &data, PlantedFault::CommitAnswerLost, true).await;
        meets(&fresh.store, &data, PlantedFault::CommitAnswerLost, true).await;
        meets(&fresh.store, &data, PlantedFault::CommitFails, false).await;
        create(&fresh.store, "после").await;
        fresh = fresh.reopened().await;
    }
    let _directory = fresh.closed().await;
    is_sound(&data).await;
}

/// Asks what became of a write until it is told: a question that meets a fault itself stays open.
async fn outcome_of(store: &Store, key: Idempotency) -> Option<Committed> {
    loop {
        match store.outcome(key.organisation, key.key).await {
            Err(StoreError::OutcomeUnknown) => {}
            told => return told.unwrap(),
        }
    }
}

/// How many writes of many callers were acknowledged, and are not there.
async fn acknowledged_and_lost(fresh: &Fresh, failing: PlantedFault) -> usize {
    use PlantedFault::CommitAnswerLost;
    for fault in [failing, CommitAnswerLost, failing, failing, CommitAnswerLost] {
        plant(&fresh.data(), fault);
    }
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..60 {
        let store = fresh.store.clone();
        callers.spawn(async move {
            let (entry, key) = (new_person("Сбой"), idempotency(number));
            let answer = write_with(&store, &entry, key).await;
            (entry, key, answer)
        });
    }
    let answers = callers.join_all().await;
    let there = all_entries(&fresh.store).await;
    let mut lost = 0;
    for (entry, key, answer) in answers {
        let is_there = there.contains(&entry.hash);
        let outcome = outcome_of(&fresh.store, key).await;
        assert_eq!(outcome.is_some(), is_there, "the outcome is the truth");
        match answer {
            Ok(_) if !is_there => lost += 1,
            Ok(committed) => assert_eq!(outcome.unwrap().positions, committed.positions),
            // Unknown may be there or not; given up is not there.
            Err(StoreError::OutcomeUnknown) => {}
            Err(_) => assert!(!is_there),
        }
    }
    lost
}

pub async fn nothing_acknowledged_is_lost_when_commits_fail(fresh: Fresh) {
    assert_eq!(acknowledged_and_lost(&fresh, PlantedFault::CommitFails).await, 0);
}

/// The mutant of the case before: it must lose something there, else that case shows nothing.
pub async fn a_store_that_takes_failed_commits_for_done_is_found_out(fresh: Fresh) {
    assert!(acknowledged_and_lost(&fresh, PlantedFault::FailedCommitGoesUnnoticed).await > 0);
}

pub async fn an_erasure_whose_answer_was_lost_leaves_no_bytes_behind(fresh: Fresh) {
    let (store, data) = (&fresh.store, fresh.data());
    let (record, _) = create(store, &"Стёртый ".repeat(2_000)).await;
    let pool = connect(&data).await;
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM log WHERE record = $1 AND change = 1")
        .bind(record.0.to_vec())
        .fetch_one(&pool)
        .await
        .unwrap();
    pool.close().await;
    let held = || files_below(&data).iter().any(|file| holds(file, &sealed[10_000..10_064]));
    assert!(held());
    plant(&data, PlantedFault::CommitAnswerLost);
    let refused =
        write(store, vec![person(HeadChange::Erase { record, expects: None }, "order")]).await.unwrap_err();
    assert!(matches!(refused, StoreError::OutcomeUnknown));
    create(store, "the write that comes next empties the log").await;
    assert!(!held(), "the erased bytes are still in a file");
}

pub async fn a_full_database_refuses_whole_writes_and_goes_on_when_there_is_room(fresh: Fresh) {
    let (store, data) = (&fresh.store, fresh.data());
    let (record, hash) = create(store, "до").await;
    let heads = store.stream_heads().await.unwrap();
    plant(&data, PlantedFault::RoomFor { bytes: 64 * 1024 });
    // A write of many entries that does not fit: its beginning would.
    let large = "полный диск ".repeat(1_000);
    let entries: Vec<_> = (0..40).map(|_| new_person(&large)).collect();
    let key = idempotency(7);
    let mut tx = store.begin_write(Some(key));
    entries.iter().for_each(|entry| tx.append(entry.clone()));
    let refused = tx.commit(write_line()).await.unwrap_err();
    assert_eq!(refused.code(), "disk-full", "{refused}");
    assert_eq!(store.outcome(key.organisation, key.key).await.unwrap(), None);
    assert_eq!(store.stream_heads().await.unwrap(), heads, "nothing is half stored");
    // What is there is read, searched and journalled on.
    let act = store.journal().begin(opening_of(record)).await.unwrap();
    assert_eq!(store.open_record(&act, record).await.unwrap().unwrap().hash, hash);
    // Small writes fit until the room is used up; each refusal is whole.
    let mut fitted = Vec::new();
    let refused = loop {
        let entry = new_person("мало");
        match write(store, vec![entry.clone()]).await {
            Ok(_) => fitted.push(entry.hash),
            Err(error) => break error,
        }
        assert!(fitted.len() < 1_000, "the room is never used up");
    };
    assert_eq!(refused.code(), "disk-full");
    assert!(all_entries(store).await.is_superset(&fitted.iter().copied().collect()));
    assert_eq!(all_entries(store).await.len(), fitted.len() + 1);

    plant(&data, PlantedFault::RoomAgain);
    let mut tx = store.begin_write(Some(key));
    entries.iter().for_each(|entry| tx.append(entry.clone()));
    let committed = tx.commit(write_line()).await.unwrap();
    assert_eq!(committed.positions[0].seq, fitted.len() as u64 + 2, "no number was used up");
    let _directory = fresh.closed().await;
    is_sound(&data).await;
}

/// What a child process says on its standard output, a line each.
#[derive(Default)]
struct Said {
    acknowledged: Vec<EntryHash>,
    refused: Vec<EntryHash>,
    unknown: Vec<(EntryHash, IdempotencyKey)>,
    lines: Vec<EntryHash>,
    codes: BTreeSet<String>,
}

/// Runs a case of this program in a child whose files can't grow beyond a size (`ulimit -f`, in blocks of 512 bytes).
fn in_a_child_with_small_files(case: &str, data: &Path, blocks: u32) -> Said {
    let child = Command::new("sh")
        // Without the signal a write beyond the limit is an error, as on a full disk.
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", case, "--ignored", "--nocapture", "--test-threads", "1"])
        .env(CHILD_DIRECTORY, data)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let mut said = Said::default();
    let hash = |text: &str| EntryHash(bytes_of(text));
    for line in text.lines() {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["acknowledged", entry] => said.acknowledged.push(hash(entry)),
            ["refused", entry, code] => {
                said.refused.push(hash(entry));
                said.codes.insert((*code).to_owned());
            }
            ["unknown", entry, key] => {
                said.unknown.push((hash(entry), IdempotencyKey::from_random(bytes_of(key))));
            }
            ["line", line] => said.lines.push(hash(line)),
            ["stopped", code] => drop(said.codes.insert((*code).to_owned())),
            _ => {}
        }
    }
    said
}

const CHILD_DIRECTORY: &str = "BARID_TEST_CHILD_DIRECTORY";

fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
    }
    bytes
}

async fn child_store() -> Option<Store> {
    let directory = std::env::var_os(CHILD_DIRECTORY)?;
    Some(Store::open(options(Path::new(&directory))).await.unwrap())
}

/// Writes until the disk has refused some writes, telling what became of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in a child process of another case"]
async fn child_writes_until_it_is_refused() {
    let Some(store) = child_store().await else { return };
    let mut failures = 0;
    for number in 0..20_000 {
        let (entry, key) = (new_person(&"диск ".repeat(4_500)), idempotency(3));
        let text = text_of(&entry.hash.0);
        match write_with(&store, &entry, key).await {
            Ok(_) => println!("\nacknowledged {text}"),
            Err(StoreError::OutcomeUnknown) => {
                println!("\nunknown {text} {}", text_of(&key.key.0));
                failures += 1;
            }
            Err(error) => {
                println!("\nrefused {text} {}", error.code());
                failures += 1;
            }
        }
        if failures == 10 {
            return;
        }
        assert!(number < 19_999, "the limit is never met");
    }
}

/// Begins acts until the journal takes no more lines.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in a child process of another case"]
async fn child_begins_acts_until_the_journal_stops() {
    let Some(store) = child_store().await else { return };
    for _ in 0..10_000 {
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            callers.spawn(async move {
                let mut line = opening_of(new_record());
                line.reference = "дело ".repeat(15);
                (line.hash(), store.journal().begin(line).await)
            });
        }
        for (hash, begun) in callers.join_all().await {
            match begun {
                Ok(_) => println!("\nline {}", text_of(&hash.0)),
                Err(error) => println!("\nstopped {}", error.code()),
            }
        }
        if !store.journal().is_running() {
            // Writes have their lines in the database and go on.
            let (record, hash) = create(&store, "дальше").await;
            println!("\nacknowledged {}", text_of(&hash.0));
            assert!(store.journal().begin(opening_of(record)).await.is_err(), "until a restart");
            return;
        }
    }
    panic!("the limit is never met");
}

pub async fn a_disk_that_takes_no_more_loses_nothing_acknowledged(fresh: Fresh) {
    let data = fresh.data();
    let directory = fresh.closed().await;
    // The log meets the limit before its first checkpoint; then, at the larger one, the database itself does too.
    for blocks in [4_096, 49_152] {
        let said = in_a_child_with_small_files("faults::child_writes_until_it_is_refused", &data, blocks);
        assert!(said.acknowledged.len() > 20, "{} acknowledged", said.acknowledged.len());
        assert_eq!(said.refused.len() + said.unknown.len(), 10);
        let store = Store::open(options(&data)).await.unwrap();
        let there = all_entries(&store).await;
        assert!(said.acknowledged.iter().all(|entry| there.contains(entry)), "acknowledged and lost");
        assert!(!said.refused.iter().any(|entry| there.contains(entry)), "refused and there");
        for (entry, key) in said.unknown {
            let outcome = store.outcome(code("XA"), key).await.unwrap();
            assert_eq!(outcome.is_some(), there.contains(&entry), "the outcome is the truth");
        }
        // With room again it goes on behind the last number.
        let (entry, size) = (new_person("дальше"), there.len() as u64);
        assert_eq!(write(&store, vec![entry]).await.unwrap().positions[0].seq, size + 1);
        store.close().await;
        is_sound(&data).await;
    }
    drop(directory);
}

pub async fn a_journal_on_a_full_disk_stops_and_loses_no_line(fresh: Fresh) {
    let data = fresh.data();
    let directory = fresh.closed().await;
    let said = in_a_child_with_small_files("faults::child_begins_acts_until_the_journal_stops", &data, 2_048);
    assert!(said.lines.len() > 100, "{} lines", said.lines.len());
    assert_eq!(said.codes, BTreeSet::from(["journal-stopped".to_owned()]));
    let store = Store::open(options(&data)).await.unwrap();
    assert!(store.journal().is_running(), "a restart takes it up again");
    let act = opening_of(new_record());
    store.journal().begin(act.clone()).await.unwrap();
    store.fold_journal().await.unwrap();
    for line in said.lines.iter().chain([&act.hash()]) {
        assert!(store.find_entry(*line).await.unwrap().is_some(), "a begun line is lost");
    }
    assert_eq!(all_entries(&store).await, said.acknowledged.into_iter().collect());
    store.close().await;
    is_sound(&data).await;
    drop(directory);
}
