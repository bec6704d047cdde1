//! Several data directories on one database: each with a journal of its own, none of whose lines is lost or doubled.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::dates::Timestamp;
use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamClass;
use barid_store::faults::{PlantedFault, plant};
use barid_store::{
    HeadChange, InvitationCode, MasterKeySource, ReplicaId, Store, StoreError, SystemChange, doctor,
    doctor_by, invite, open_invitation,
};
use sqlx::{Connection as _, PgConnection};

use crate::support::*;

const FAR: Timestamp = Timestamp(i64::MAX);

/// Another replica of a store's node, in a directory beside it.
pub async fn join(fresh: &Fresh, name: &str) -> (PathBuf, Store) {
    let data = fresh.directory.path().join(name);
    let store = join_at(fresh, &data).await.unwrap();
    (data, store)
}

async fn join_at(fresh: &Fresh, data: &Path) -> Result<Store, StoreError> {
    let code = InvitationCode::draw().unwrap();
    let sealed = invite(&fresh.data(), &MasterKeySource::DataDirectory, &code, FAR).unwrap();
    let invitation = open_invitation(&sealed, &code).unwrap();
    let store = Store::join(options(data), &invitation, None).await?;
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::JoinReplica);
    tx.commit(write_line()).await?;
    store.finish_joining()?;
    Ok(store)
}

fn search(reference: &str) -> JournalLine {
    JournalLine { reference: reference.into(), ..line(Phase::Begun, Operation::SearchPersons) }
}

/// Begins an act with a line in a store's journal.
async fn begin(store: &Store, reference: &str) -> EntryHash {
    let line = search(reference);
    let hash = line.hash();
    store.journal().begin(line).await.unwrap();
    hash
}

async fn access_lines(store: &Store) -> Vec<EntryHash> {
    store.leaf_hashes(store.stream(code("XB"), StreamClass::Access), 0..100_000).await.unwrap()
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap().path();
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy_directory(&entry, &target)
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}

/// Three journals fold at once, are killed between, and lose the answers of their commits.
pub async fn several_journals_fold_without_loss_or_doubles(fresh: Fresh) {
    create(&fresh.store, "до").await;
    let mut directories = vec![fresh.data()];
    let mut stores = vec![fresh.store.clone()];
    for name in ["second", "third"] {
        let (data, store) = join(&fresh, name).await;
        directories.push(data);
        stores.push(store);
    }
    let before = access_lines(&fresh.store).await;
    let Fresh { store, directory, .. } = fresh;
    drop(store);
    let mut written: Vec<Vec<EntryHash>> = vec![Vec::new(); 3];
    for round in 0..6 {
        let mut rounds = tokio::task::JoinSet::new();
        for (at, store) in stores.iter().enumerate() {
            for number in 0..40 {
                written[at].push(begin(store, &format!("случай {round}-{at}-{number}")).await);
            }
            let store = store.clone();
            let data = directories[at].clone();
            rounds.spawn(async move {
                if round % 3 == at {
                    plant(&data, PlantedFault::CommitAnswerLost);
                }
                // Whatever became of it, folding again makes it whole.
                let _ = store.fold_journal().await;
            });
        }
        rounds.join_all().await;
        // One of them is gone without a word, with lines that are not folded, and is started again.
        let at = round % 3;
        written[at].push(begin(&stores[at], "под конец").await);
        let opened = crashed_and_opened(stores.remove(at), &directories[at]).await;
        stores.insert(at, opened);
    }
    for store in &stores {
        store.fold_journal().await.unwrap();
        assert_eq!(store.fold_journal().await.unwrap(), 0);
    }
    let folded = access_lines(&stores[0]).await;
    for (store, lines) in stores.iter().zip(&written) {
        assert_eq!(store.folded_lines().await.unwrap(), lines.len() as u64);
        let own: Vec<_> = folded.iter().filter(|hash| lines.contains(hash)).copied().collect();
        assert_eq!(own, *lines, "each once, in the order of their journal");
    }
    assert_eq!(folded.len(), before.len() + written.iter().map(Vec::len).sum::<usize>());
    for store in stores {
        store.close().await;
    }
    for data in &directories {
        let report = doctor(data, &MasterKeySource::DataDirectory).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.notes.iter().filter(|note| note.place.starts_with("replica ")).count(), 2);
    }
    drop(directory);
}

/// Drops a store without closing it, waits until its directory is free, and opens it again.
async fn crashed_and_opened(store: Store, data: &Path) -> Store {
    drop(store);
    loop {
        match Store::open(options(data)).await {
            Ok(opened) => return opened,
            Err(StoreError::DirectoryLocked) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

pub async fn a_copy_of_a_replica_takes_its_place_or_is_refused(fresh: Fresh) {
    create(&fresh.store, "до").await;
    let (data, second) = join(&fresh, "second").await;
    begin(&second, "общее").await;
    second.fold_journal().await.unwrap();
    second.close().await;
    let copy = fresh.directory.path().join("copy");
    copy_directory(&data, &copy);
    let second = Store::open(options(&data)).await.unwrap();
    let taking = Store::open(options(&copy)).await.unwrap();
    let late = vec![person(HeadChange::Create { record: new_record() }, "поздно")];
    assert_eq!(write(&second, late).await.unwrap_err().code(), "replica-taken");
    begin(&second, "здесь").await;
    let there = begin(&taking, "там").await;
    assert_eq!(taking.fold_journal().await.unwrap(), 1);
    assert_eq!(second.fold_journal().await.unwrap_err().code(), "replica-taken");
    let refused = second.journal().begin(search("дальше")).await.unwrap_err();
    assert_eq!(refused.code(), "journal-stopped", "nothing is done whose line reaches no ledger");
    second.close().await;
    // Its lines are not those that were folded: it does not even take the place back.
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "journal-damaged");
    begin(&taking, "ещё").await;
    assert_eq!(taking.fold_journal().await.unwrap(), 1);
    assert!(access_lines(&taking).await.contains(&there));
    taking.close().await;
    // The journal of another replica is none.
    fs::remove_file(data.join("replica")).unwrap();
    let first = doctor(&data, &MasterKeySource::DataDirectory).await.unwrap();
    assert!(first.faults.iter().any(|fault| fault.code == "journal-other"), "{first}");
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "journal-damaged");
}

pub async fn a_replica_that_left_opens_no_more(fresh: Fresh) {
    create(&fresh.store, "до").await;
    let (data, second) = join(&fresh, "second").await;
    let id = second.replica();
    assert!(!id.is_first() && fresh.store.replica().is_first());
    let known = fresh.store.replicas().await.unwrap();
    assert_eq!(known.iter().map(|known| known.id).collect::<Vec<_>>(), [ReplicaId::FIRST, id]);
    let end = async |replica| {
        let mut tx = fresh.store.begin_write(None);
        tx.change_system(SystemChange::EndReplica { replica });
        tx.commit(write_line()).await.map(drop)
    };
    end(id).await.unwrap();
    assert_eq!(end(id).await.unwrap_err().code(), "replica-unknown");
    assert_eq!(end(ReplicaId([7; 16])).await.unwrap_err().code(), "replica-unknown");
    // At once, and not only when it folds.
    let late = vec![person(HeadChange::Create { record: new_record() }, "поздно")];
    assert_eq!(write(&second, late).await.unwrap_err().code(), "replica-unknown");
    begin(&second, "поздно").await;
    assert_eq!(second.fold_journal().await.unwrap_err().code(), "replica-unknown");
    assert_eq!(second.journal().begin(search("x")).await.unwrap_err().code(), "journal-stopped");
    second.close().await;
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "replica-unknown");
    let report = doctor(&data, &MasterKeySource::DataDirectory).await.unwrap();
    assert_eq!(
        report.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(),
        ["replica-unknown"],
        "{report}"
    );
}

pub async fn an_invitation_opens_with_its_code_and_in_its_time_alone(fresh: Fresh) {
    fresh.store.put_secret("entries-xa", b"a key of XA").unwrap();
    create(&fresh.store, "до").await;
    let (code, other) = (InvitationCode::draw().unwrap(), InvitationCode::draw().unwrap());
    let sealed = invite(&fresh.data(), &MasterKeySource::DataDirectory, &code, FAR).unwrap();
    assert!(open_invitation(&sealed, &other).is_err());
    for at in [0, 20, sealed.len() / 2, sealed.len() - 1] {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        assert!(open_invitation(&damaged, &code).is_err(), "byte {at}");
    }
    let address = fresh.address.clone().unwrap();
    for secret in ["a key of XA", "barid-master-key", address.as_str()] {
        assert!(!sealed.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    // One whose time is over, and one that a crash interrupts.
    let old = invite(&fresh.data(), &MasterKeySource::DataDirectory, &code, Timestamp(1)).unwrap();
    let data = fresh.directory.path().join("second");
    let late = Store::join(options(&data), &open_invitation(&old, &code).unwrap(), None).await;
    assert_eq!(late.unwrap_err().code(), "invitation-unusable");
    let invitation = open_invitation(&sealed, &code).unwrap();
    let half = Store::join(options(&data), &invitation, None).await.unwrap();
    let id = half.replica();
    half.close().await;
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "directory-not-data");
    let second = join_at(&fresh, &data).await.unwrap();
    assert_eq!(second.replica(), id, "it goes on where it was interrupted");
    assert_eq!(*second.get_secret("entries-xa").unwrap().unwrap(), b"a key of XA");
    assert_eq!(join_at(&fresh, &data).await.unwrap_err().code(), "directory-not-empty");
    for file in files_below(&data) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
    second.close().await;
    // A key that came later comes with a newer invitation.
    fresh.store.put_secret("entries-xb", b"a key of XB").unwrap();
    let newer = invite(&fresh.data(), &MasterKeySource::DataDirectory, &code, FAR).unwrap();
    barid_store::renew_keys(&options(&data), &open_invitation(&newer, &code).unwrap()).unwrap();
    let second = Store::open(options(&data)).await.unwrap();
    assert_eq!(*second.get_secret("entries-xb").unwrap().unwrap(), b"a key of XB");
    second.close().await;
    // Of another node nothing fits.
    let stranger = Fresh::postgres().await;
    let elsewhere = fresh.directory.path().join("stranger");
    let mixed = Store::join(options(&elsewhere), &invitation, stranger.address.as_deref()).await;
    assert_eq!(mixed.unwrap_err().code(), "master-key-wrong");
}

pub async fn a_new_incarnation_stops_who_runs_in_the_one_before(fresh: Fresh) {
    create(&fresh.store, "до").await;
    let (data, second) = join(&fresh, "second").await;
    let mut other = PgConnection::connect(fresh.address.as_deref().unwrap()).await.unwrap();
    sqlx::query("UPDATE node SET incarnation = incarnation + 1").execute(&mut other).await.unwrap();
    let late =
        write(&second, vec![person(barid_store::HeadChange::Create { record: new_record() }, "x")]).await;
    assert_eq!(late.unwrap_err().code(), "incarnation-ended");
    second.close().await;
    let second = Store::open(options(&data)).await.unwrap();
    assert_eq!(second.incarnation(), fresh.store.incarnation() + 1);
    create(&second, "снова").await;
    second.close().await;
}

/// Work that one does for all: whoever holds it keeps it, another one gets it when its time is over.
pub async fn a_lease_is_one_replicas_at_a_time(fresh: Fresh) {
    const HOUR: i64 = 3_600_000_000;
    let (_, second) = join(&fresh, "second").await;
    assert!(fresh.store.take_lease("erasing", HOUR).await.unwrap());
    assert!(!second.take_lease("erasing", HOUR).await.unwrap());
    assert!(!second.take_lease("erasing", 10 * HOUR).await.unwrap());
    assert!(second.take_lease("другое", HOUR).await.unwrap());
    assert!(fresh.store.take_lease("erasing", 0).await.unwrap(), "its own, and given back");
    assert!(second.take_lease("erasing", HOUR).await.unwrap());
    // What was taken by a server's clock that is ahead does not keep others from it for as long.
    assert!(second.take_lease("erasing", 24 * HOUR).await.unwrap());
    assert!(fresh.store.take_lease("erasing", HOUR).await.unwrap());
    second.close().await;
}

/// Opens another replica with a clock of its own.
async fn join_ahead(fresh: &Fresh, ahead: &Arc<AtomicI64>) -> (PathBuf, Store) {
    let (data, store) = join(fresh, "second").await;
    store.close().await;
    let store = Store::open(options_ahead(&data, ahead)).await.unwrap();
    (data, store)
}

const MINUTE: i64 = 60_000_000;

pub async fn a_lease_is_measured_by_the_servers_clock(fresh: Fresh) {
    let ahead = Arc::new(AtomicI64::new(4 * MINUTE));
    let (_, second) = join_ahead(&fresh, &ahead).await;
    assert!(fresh.store.take_lease("erasing", 3 * MINUTE).await.unwrap());
    assert!(!second.take_lease("erasing", 3 * MINUTE).await.unwrap(), "it is over by no clock but its own");
    ahead.store(-4 * MINUTE, Ordering::Relaxed);
    assert!(fresh.store.take_lease("erasing", 0).await.unwrap());
    assert!(second.take_lease("erasing", 3 * MINUTE).await.unwrap());
    assert!(
        !fresh.store.take_lease("erasing", 3 * MINUTE).await.unwrap(),
        "it has not been over for a minute"
    );
    second.close().await;
}

pub async fn a_replica_whose_clock_is_wrong_writes_nothing_and_answers(fresh: Fresh) {
    let (record, _) = create(&fresh.store, "до").await;
    let ahead = Arc::new(AtomicI64::new(0));
    let (data, second) = join_ahead(&fresh, &ahead).await;
    let newest = fresh.store.newest_entry_at().await.unwrap();
    let new = || vec![person(HeadChange::Create { record: new_record() }, "поздно")];
    for wrong in [6 * MINUTE, -6 * MINUTE] {
        ahead.store(wrong, Ordering::Relaxed);
        let refused = write(&second, new()).await.unwrap_err();
        assert_eq!(refused.code(), "clock-wrong");
        let StoreError::ClockWrong { ahead_micros } = refused else { panic!("{refused}") };
        assert!((ahead_micros - wrong).abs() < MINUTE, "{ahead_micros}");
        assert!(second.is_clock_wrong());
        assert_eq!(second.take_lease("erasing", MINUTE).await.unwrap_err().code(), "clock-wrong");
        begin(&second, "поиск").await;
        assert_eq!(second.fold_journal().await.unwrap_err().code(), "clock-wrong");
        assert!(second.journal().is_running(), "searches go on");
        // What asks is answered, and nothing was stamped.
        let key = barid_domain::ids::IdempotencyKey::from_random(random());
        assert!(second.outcome(code("XA"), key).await.unwrap().is_none());
        assert_eq!(second.head(record).await.unwrap().unwrap().record, record);
        assert_eq!(second.newest_entry_at().await.unwrap(), newest);
        // The pulse finds out as well, with nobody writing.
        ahead.store(0, Ordering::Relaxed);
        second.pulse(Duration::from_secs(5)).await.unwrap();
        assert!(!second.is_clock_wrong());
        ahead.store(wrong, Ordering::Relaxed);
        second.pulse(Duration::from_secs(5)).await.unwrap();
        assert!(second.is_clock_wrong());
    }
    ahead.store(4 * MINUTE, Ordering::Relaxed);
    write(&second, new()).await.unwrap();
    assert!(second.fold_journal().await.unwrap() > 0, "nothing of its journal was lost");
    second.close().await;
    ahead.store(6 * MINUTE, Ordering::Relaxed);
    let report =
        doctor_by(&data, &MasterKeySource::DataDirectory, &options_ahead(&data, &ahead).clock).await.unwrap();
    assert_eq!(report.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["clock-wrong"], "{report}");
    // It opens all the same: its index answers.
    let second = Store::open(options_ahead(&data, &ahead)).await.unwrap();
    assert_eq!(second.head(record).await.unwrap().unwrap().record, record);
    second.close().await;
}

/// Two that write are never so far apart that one finds its clock behind what the other wrote.
pub async fn clocks_that_write_do_not_put_each_other_in_doubt(fresh: Fresh) {
    use barid_domain::reviews::{LARGEST_WRITING_SKEW, is_in_doubt};
    let ahead = Arc::new(AtomicI64::new(LARGEST_WRITING_SKEW - MINUTE));
    let (_, second) = join_ahead(&fresh, &ahead).await;
    create(&second, "впереди").await;
    let newest = fresh.store.newest_entry_at().await.unwrap().unwrap();
    let slowest = Timestamp((options(&fresh.data()).clock)().0 - LARGEST_WRITING_SKEW);
    assert!(!is_in_doubt(slowest, newest), "{slowest} {newest}");
    second.close().await;
}

pub async fn a_replica_that_was_removed_notices_with_its_next_pulse(fresh: Fresh) {
    let (_, second) = join(&fresh, "second").await;
    second.pulse(Duration::from_secs(5)).await.unwrap();
    let mut tx = fresh.store.begin_write(None);
    tx.change_system(SystemChange::EndReplica { replica: second.replica() });
    tx.commit(write_line()).await.unwrap();
    assert_eq!(second.pulse(Duration::from_secs(5)).await.unwrap_err().code(), "replica-unknown");
    assert!(!second.journal().is_running(), "nothing is searched without a line");
    second.close().await;
}

pub async fn a_replica_whose_copy_was_opened_notices_with_its_next_pulse(fresh: Fresh) {
    let (data, second) = join(&fresh, "second").await;
    second.close().await;
    let copy = fresh.directory.path().join("copy");
    copy_directory(&data, &copy);
    let second = Store::open(options(&data)).await.unwrap();
    let taking = Store::open(options(&copy)).await.unwrap();
    assert_eq!(second.pulse(Duration::from_secs(5)).await.unwrap_err().code(), "replica-taken");
    assert!(!second.journal().is_running());
    taking.pulse(Duration::from_secs(5)).await.unwrap();
    second.close().await;
    taking.close().await;
}
