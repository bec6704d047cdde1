//! Measures the store: `cargo run --release -p barid-store --example bench_store [-- DIRECTORY]`.
//!
//! Prints commits of one entry per second with one and with 16 writers, entries per second in writes of 100, batch
//! items per second, journalled begins per second with one and with 64 callers, and bytes on disk per record. Every
//! commit and every begin is synced to disk before it counts.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::{Database, Purpose};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{ActId, EntryHash, OrganisationCode, RecordId};
use barid_domain::streams::StreamClass;
use barid_store::{HeadChange, HeadMeta, KeyScope, MasterKeySource, NewEntry, NewItem, Store, StoreOptions};
use sha2::{Digest as _, Sha256};

/// A signed person entry is about this long.
const ENTRY_BYTES: usize = 900;
/// A document item with its salt is about this long.
const ITEM_BYTES: usize = 120;
const ITEMS_PER_BATCH: usize = 5_000;
const SPAN: Duration = Duration::from_secs(3);

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn random<const N: usize>() -> Outcome<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn line(phase: Phase) -> Outcome<JournalLine> {
    Ok(JournalLine {
        salt: random()?,
        act: ActId::from_random(random()?),
        phase,
        at: Timestamp(1_795_471_948_000_000),
        actor: Actor { organisation: OrganisationCode::new("XB")?, officer: "bench".into() },
        operation: Operation::SearchPersons,
        purpose: Purpose::Exercise,
        reference: "exercise".into(),
        policy_version: 1,
        asked: Some("Калачев".into()),
        record: None,
        records: Vec::new(),
        entries: Vec::new(),
        refusal: None,
        grants: Vec::new(),
        hits: Vec::new(),
        consents: Vec::new(),
    })
}

fn person() -> Outcome<NewEntry> {
    let mut bytes = vec![0; ENTRY_BYTES];
    getrandom::fill(&mut bytes)?;
    let record = RecordId::from_random(random()?);
    Ok(NewEntry {
        organisation: OrganisationCode::new("XA")?,
        class: StreamClass::Persons,
        hash: EntryHash(Sha256::digest(&bytes).into()),
        bytes,
        key: KeyScope::Record(record),
        change: HeadChange::Create { record },
        items: Vec::new(),
        meta: HeadMeta { database: Database::Persons, review_on: Day::new(2027, 5, 1)? },
    })
}

fn batch() -> Outcome<NewEntry> {
    let mut entry = person()?;
    entry.change = HeadChange::None;
    entry.class = StreamClass::TravelDocuments;
    entry.key = KeyScope::OwnerMonth { owner: entry.organisation, year: 2027, month: 5 };
    entry.meta.database = Database::TravelDocuments;
    for _ in 0..ITEMS_PER_BATCH {
        let bytes: [u8; ITEM_BYTES] = random()?;
        let hash = Sha256::digest(bytes).into();
        let record = RecordId::from_random(random()?);
        entry.items.push(NewItem { record, hash, bytes: bytes.to_vec() });
    }
    Ok(entry)
}

async fn store_in(directory: &Path) -> Outcome<Store> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    let options = StoreOptions {
        directory: directory.to_owned(),
        master_key: MasterKeySource::DataDirectory,
        clock: Arc::new(move || Timestamp(now())),
    };
    Ok(Store::create(options).await?)
}

/// Runs `callers` tasks for the span; gives how often they finished, per second.
async fn rate<F, W>(callers: usize, work: W) -> Outcome<f64>
where
    F: Future<Output = Outcome<()>> + Send + 'static,
    W: Fn() -> F + Clone + Send + Sync + 'static,
{
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let work = work.clone();
        tasks.spawn(async move {
            let mut done = 0_u32;
            while began.elapsed() < SPAN {
                work().await?;
                done += 1;
            }
            Outcome::Ok(done)
        });
    }
    let mut done = 0.0;
    while let Some(task) = tasks.join_next().await {
        done += f64::from(task??);
    }
    Ok(done / began.elapsed().as_secs_f64())
}

fn bytes_below(directory: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        bytes += if path.is_dir() { bytes_below(&path)? } else { path.metadata()?.len() };
    }
    Ok(bytes)
}

async fn commits(root: &Path, callers: usize, entries: usize) -> Outcome<f64> {
    let store = store_in(&root.join(format!("commits-{callers}-{entries}"))).await?;
    let writer = store.clone();
    let commits = rate(callers, move || {
        let store = writer.clone();
        async move {
            let mut tx = store.begin_write(None);
            for _ in 0..entries {
                tx.append(person()?);
            }
            tx.commit(line(Phase::Committed)?).await?;
            Ok(())
        }
    })
    .await?;
    store.close().await;
    Ok(commits)
}

async fn items(root: &Path) -> Outcome<(f64, f64)> {
    let directory = root.join("items");
    let store = store_in(&directory).await?;
    let writer = store.clone();
    let batches = rate(1, move || {
        let store = writer.clone();
        async move {
            let mut tx = store.begin_write(None);
            tx.append(batch()?);
            tx.commit(line(Phase::Committed)?).await?;
            Ok(())
        }
    })
    .await?;
    let count = store.heads(None, u32::MAX).await?.len() as f64;
    store.close().await;
    Ok((batches * ITEMS_PER_BATCH as f64, bytes_below(&directory)? as f64 / count))
}

async fn begins(root: &Path, callers: usize) -> Outcome<f64> {
    let store = store_in(&root.join(format!("begins-{callers}"))).await?;
    let reader = store.clone();
    let begins = rate(callers, move || {
        let store = reader.clone();
        async move {
            let begun = line(Phase::Begun)?;
            let ended = JournalLine { salt: random()?, phase: Phase::Ended, ..begun.clone() };
            let act = store.journal().begin(begun).await?;
            store.journal().end(act, ended).await?;
            Ok(())
        }
    })
    .await?;
    store.close().await;
    Ok(begins)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    let temporary = tempfile::tempdir()?;
    let root = std::env::args().nth(1).map_or(temporary.path().to_owned(), PathBuf::from);
    println!("commits/s, one entry, 1 writer      {:>9.0}", commits(&root, 1, 1).await?);
    println!("commits/s, one entry, 16 writers    {:>9.0}", commits(&root, 16, 1).await?);
    let hundreds = commits(&root, 2, 100).await?;
    println!("entries/s, writes of 100, 2 writers {:>9.0}", hundreds * 100.0);
    let (rate, bytes) = items(&root).await?;
    println!("batch items/s, {ITEMS_PER_BATCH} to a batch       {rate:>9.0}");
    println!("begins/s with their ends, 1 caller  {:>9.0}", begins(&root, 1).await?);
    println!("begins/s with their ends, 64        {:>9.0}", begins(&root, 64).await?);
    let person_root = root.join("person");
    let store = store_in(&person_root).await?;
    for _ in 0..20 {
        let mut tx = store.begin_write(None);
        for _ in 0..500 {
            tx.append(person()?);
        }
        tx.commit(line(Phase::Committed)?).await?;
    }
    store.close().await;
    let per_person = bytes_below(&person_root)? as f64 / 10_000.0;
    println!("bytes on disk per person entry of {ENTRY_BYTES} bytes   {per_person:>9.0}");
    println!("bytes on disk per batch item of {ITEM_BYTES} bytes     {bytes:>9.0}");
    Ok(())
}
