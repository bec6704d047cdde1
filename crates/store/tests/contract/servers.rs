//! What is true of a database on a server alone: others write too, connections are lost, the server crashes.

use std::time::{Duration, Instant};

use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamClass;
use barid_store::{
    HeadChange, Idempotency, MasterKeySource, NewEntry, Store, StoreError, StoreOptions, doctor,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::cluster::{Cluster, Line};
use crate::support::*;

const PATIENCE: Duration = Duration::from_secs(60);

fn new_person(text: &str) -> NewEntry {
    person(HeadChange::Create { record: new_record() }, text)
}

async fn write_with(store: &Store, entry: NewEntry, key: Idempotency) -> Result<u64, StoreError> {
    let mut tx = store.begin_write(Some(key));
    tx.append(entry);
    tx.commit(write_line()).await.map(|committed| committed.positions[0].seq)
}

async fn entries(store: &Store) -> Vec<EntryHash> {
    store.leaf_hashes(store.stream(code("XA"), StreamClass::Persons), 0..1_000_000).await.unwrap()
}

/// Somebody beside the store, on its database.
async fn beside(fresh: &Fresh) -> PgConnection {
    PgConnection::connect(fresh.address.as_deref().unwrap()).await.unwrap()
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.unwrap();
}

async fn database_name(connection: &mut PgConnection) -> String {
    sqlx::query_scalar("SELECT current_database()::text").fetch_one(connection).await.unwrap()
}

/// Waits until a connection of the store waits for something of a kind, and gives its process.
async fn waiting(connection: &mut PgConnection, kind: &str) -> i32 {
    let begun = Instant::now();
    loop {
        let found = sqlx::query_scalar::<_, i32>(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND application_name = 'barid' AND (wait_event_type = $1 OR wait_event = $1)",
        );
        if let Some(pid) = found.bind(kind).fetch_optional(&mut *connection).await.unwrap() {
            return pid;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing waits for {kind}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Ends every connection of the store, as a failing network or an administrator does.
async fn end_connections(connection: &mut PgConnection) {
    run(
        connection,
        "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()"
            .into(),
    )
    .await;
}

/// Lets commits of the store wait before they are answered (`on`), or not (`local`): of connections made from now on.
async fn hold_answers(connection: &mut PgConnection, setting: &str) {
    let database = database_name(connection).await;
    run(connection, format!("ALTER DATABASE {database} SET synchronous_commit = {setting}")).await;
}

async fn is_sound(fresh: Fresh) {
    let data = fresh.data();
    let _directory = fresh.closed().await;
    let report = doctor(&data, &MasterKeySource::DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
}

/// A second program on the same database: another replica.
async fn second_on(fresh: &Fresh) -> Store {
    crate::replicas::join(fresh, "second").await.1
}

pub async fn the_engine_and_its_version_are_told(_fresh: Fresh) {
    Cluster::shared().tell_version().await;
    assert!(!Cluster::shared().version().await.is_empty());
}

pub async fn two_programs_on_one_database_number_without_gaps(fresh: Fresh) {
    let second = second_on(&fresh).await;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..20 {
        let store = if caller % 2 == 0 { fresh.store.clone() } else { second.clone() };
        callers.spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..10 {
                let entry = new_person("দুই");
                let hash = entry.hash;
                numbers.push((write_with(&store, entry, idempotency(1)).await.unwrap(), hash));
            }
            numbers
        });
    }
    let mut numbers: Vec<(u64, EntryHash)> = callers.join_all().await.into_iter().flatten().collect();
    numbers.sort_by_key(|(number, _)| *number);
    assert!(numbers.iter().map(|(number, _)| *number).eq(1..=200));
    assert!(entries(&fresh.store).await.iter().eq(numbers.iter().map(|(_, hash)| hash)));
    // A record of one is revised by the other, and each knows what the other erased.
    let (record, hash) = create(&fresh.store, "одна").await;
    let next = person(HeadChange::Supersede { record, expects: hash }, "другая");
    write(&second, vec![next.clone()]).await.unwrap();
    let stale = person(HeadChange::Supersede { record, expects: hash }, "поздно");
    assert_eq!(write(&fresh.store, vec![stale]).await.unwrap_err().code(), "record-stale");
    write(&fresh.store, vec![person(HeadChange::Erase { record, expects: Some(next.hash) }, "order")])
        .await
        .unwrap();
    let again = person(HeadChange::Supersede { record, expects: next.hash }, "x");
    assert_eq!(write(&second, vec![again]).await.unwrap_err().code(), "record-erased");
    second.close().await;
    is_sound(fresh).await;
}

/// A write that the server has committed, and whose answer `lose` loses.
async fn lose_an_answer(fresh: &Fresh, lose: impl AsyncFnOnce(i32)) {
    let mut other = beside(fresh).await;
    hold_answers(&mut other, "on").await;
    end_connections(&mut other).await;
    let (entry, key) = (new_person("Ответ"), idempotency(1));
    let hash = entry.hash;
    let writing = {
        let (store, entry) = (fresh.store.clone(), entry.clone());
        tokio::spawn(async move { write_with(&store, entry, key).await })
    };
    let pid = waiting(&mut other, "SyncRep").await;
    // Not answered yet, and its lock not given back: whoever comes next must not hold answers too.
    hold_answers_of_next(fresh).await;
    drop(other);
    lose(pid).await;
    let told = writing.await.unwrap().unwrap_err();
    assert_eq!(told.code(), "outcome-unknown");
    let outcome = fresh.store.outcome(key.organisation, key.key).await.unwrap().expect("it landed");
    assert_eq!(entries(&fresh.store).await.last(), Some(&hash));
    // Repeated under its key, it is there once.
    assert_eq!(write_with(&fresh.store, entry, key).await.unwrap(), outcome.positions[0].seq);
    assert_eq!(entries(&fresh.store).await.iter().filter(|entry| **entry == hash).count(), 1);
}

async fn hold_answers_of_next(fresh: &Fresh) {
    let mut other = beside(fresh).await;
    run(&mut other, "SET synchronous_commit = local".into()).await;
    hold_answers(&mut other, "local").await;
}

pub async fn a_commit_whose_answer_is_lost_is_unknown_and_can_be_asked(fresh: Fresh) {
    create(&fresh.store, "до").await;
    lose_an_answer(&fresh, async |pid| {
        let mut other = beside(&fresh).await;
        run(&mut other, format!("SELECT pg_terminate_backend({pid}, 30000)")).await;
    })
    .await;
    create(&fresh.store, "после").await;
    is_sound(fresh).await;
}

/// The line is cut while the server commits, and the server does not notice: "did it land?" must not be answered by what
/// is not over yet.
pub async fn an_outcome_is_told_only_when_what_was_begun_is_over(_shared: Fresh) {
    let cluster = Cluster::start();
    let (name, line) = (cluster.new_database().await, Line::to(&cluster));
    let fresh = Fresh::at(line.address(&name)).await;
    create(&fresh.store, "до").await;
    let mut other = cluster.connect(&name).await;
    hold_answers(&mut other, "on").await;
    end_connections(&mut other).await;
    let (entry, key) = (new_person("Обрыв"), idempotency(1));
    let writing = {
        let store = fresh.store.clone();
        tokio::spawn(async move { write_with(&store, entry, key).await })
    };
    let committing = waiting(&mut other, "SyncRep").await;
    hold_answers(&mut other, "local").await;
    line.cut();
    // The new connection of the writer waits for the lock of the old one, and so do the answer and whoever asks.
    waiting(&mut other, "Lock").await;
    let asking = {
        let store = fresh.store.clone();
        tokio::spawn(async move { store.outcome(key.organisation, key.key).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!writing.is_finished() && !asking.is_finished(), "not over yet");
    run(&mut other, format!("SELECT pg_terminate_backend({committing}, 30000)")).await;
    assert_eq!(writing.await.unwrap().unwrap_err().code(), "outcome-unknown");
    assert!(asking.await.unwrap().unwrap().is_some(), "it landed");
    is_sound(fresh).await;
}

pub async fn a_server_that_crashes_loses_nothing_acknowledged(_shared: Fresh) {
    let cluster = Cluster::start();
    let fresh = Fresh::at(cluster.address(&cluster.new_database().await)).await;
    let (record, hash) = create(&fresh.store, "до").await;
    lose_an_answer(&fresh, async |_| {
        cluster.crash();
        cluster.start_again();
    })
    .await;
    // While it is away every write is refused whole, and reading says so; the journal is the node's own and goes on.
    cluster.crash();
    let (away, key) = (new_person("нет"), idempotency(2));
    assert!(!matches!(
        write_with(&fresh.store, away.clone(), key).await.unwrap_err(),
        StoreError::OutcomeUnknown
    ));
    assert!(fresh.store.outcome(key.organisation, key.key).await.is_err());
    let act = fresh.store.journal().begin(opening_of(record)).await.unwrap();
    assert!(fresh.store.open_record(&act, record).await.is_err());
    cluster.start_again();
    assert_eq!(fresh.store.outcome(key.organisation, key.key).await.unwrap(), None);
    assert_eq!(fresh.store.open_record(&act, record).await.unwrap().unwrap().hash, hash);
    write_with(&fresh.store, away, key).await.unwrap();
    assert_eq!(fresh.store.fold_journal().await.unwrap(), 1);
    let data = fresh.data();
    let _directory = fresh.closed().await;
    assert!(doctor(&data, &MasterKeySource::DataDirectory).await.unwrap().is_sound());
    cluster.crash();
    let report = doctor(&data, &MasterKeySource::DataDirectory).await.unwrap();
    assert_eq!(report.faults[0].code, "database-away", "{report}");
}

/// What is seen of a commit may not be on a second server yet: whoever repeats a write, and whoever asks, waits for a commit
/// behind it.
pub async fn what_landed_is_told_behind_a_commit(fresh: Fresh) {
    let (entry, key) = (new_person("Повтор"), idempotency(1));
    let seq = write_with(&fresh.store, entry.clone(), key).await.unwrap();
    for is_asked in [false, true] {
        let mut other = beside(&fresh).await;
        hold_answers(&mut other, "on").await;
        end_connections(&mut other).await;
        let (store, again) = (fresh.store.clone(), entry.clone());
        let telling = tokio::spawn(async move {
            if is_asked {
                let told = store.outcome(key.organisation, key.key).await;
                told.map(|told| told.unwrap().positions[0].seq)
            } else {
                write_with(&store, again, key).await
            }
        });
        let pid = waiting(&mut other, "SyncRep").await;
        assert!(!telling.is_finished(), "asked: {is_asked}");
        hold_answers_of_next(&fresh).await;
        run(&mut other, format!("SELECT pg_terminate_backend({pid}, 30000)")).await;
        assert_eq!(telling.await.unwrap().unwrap_err().code(), "outcome-unknown");
        assert_eq!(write_with(&fresh.store, entry.clone(), key).await.unwrap(), seq);
    }
    is_sound(fresh).await;
}

/// A single address may move to a server that stands by: here one that says so of itself.
pub async fn a_server_that_stands_by_is_not_taken(fresh: Fresh) {
    create(&fresh.store, "до").await;
    let data = fresh.data();
    let mut other = beside(&fresh).await;
    let _directory = fresh.closed().await;
    let database = database_name(&mut other).await;
    run(
        &mut other,
        format!(
            "CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
             ALTER DATABASE {database} SET search_path = public, pg_catalog"
        ),
    )
    .await;
    assert!(Store::open(options(&data)).await.unwrap_err().is_away());
    run(&mut other, format!("ALTER DATABASE {database} RESET search_path")).await;
    Store::open(options(&data)).await.unwrap().close().await;
}

pub async fn a_connection_lost_before_its_commit_refuses_whole(fresh: Fresh) {
    create(&fresh.store, "до").await;
    let before = fresh.store.stream_heads().await.unwrap();
    let mut other = beside(&fresh).await;
    // In the middle of its transaction: its lock taken, its rows not written.
    let mut lock = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE data_keys IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let key = idempotency(3);
    let entry = new_person("Середина");
    let writing = {
        let (store, entry) = (fresh.store.clone(), entry.clone());
        tokio::spawn(async move { write_with(&store, entry, key).await })
    };
    let pid = waiting(&mut lock, "Lock").await;
    run(&mut lock, format!("SELECT pg_terminate_backend({pid}, 30000)")).await;
    let refused = writing.await.unwrap().unwrap_err();
    assert!(!matches!(refused, StoreError::OutcomeUnknown), "{refused}");
    lock.rollback().await.unwrap();
    assert_eq!(fresh.store.outcome(key.organisation, key.key).await.unwrap(), None);
    assert_eq!(fresh.store.stream_heads().await.unwrap(), before, "nothing is half stored");
    assert_eq!(write_with(&fresh.store, entry, key).await.unwrap(), 2, "no number was used up");
    is_sound(fresh).await;
}

pub async fn an_idle_connection_that_was_ended_is_opened_again(fresh: Fresh) {
    let mut other = beside(&fresh).await;
    for seq in 1..4 {
        end_connections(&mut other).await;
        assert_eq!(write_with(&fresh.store, new_person("снова"), idempotency(1)).await.unwrap(), seq);
        end_connections(&mut other).await;
        assert_eq!(entries(&fresh.store).await.len() as u64, seq, "readers too");
    }
}

pub async fn a_transaction_in_the_way_of_another_is_tried_again_and_not_for_ever(fresh: Fresh) {
    let mut other = beside(&fresh).await;
    // A sequence is not undone with its transaction: it counts the tries.
    let planted = |code: &str, times: u32| {
        format!(
            "DROP SEQUENCE IF EXISTS tries CASCADE; CREATE SEQUENCE tries;
             CREATE OR REPLACE FUNCTION stand_in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'planted' USING ERRCODE = '{code}'; END IF;
                 RETURN NULL;
             END $$;
             DROP TRIGGER IF EXISTS planted ON streams;
             CREATE TRIGGER planted AFTER UPDATE ON streams EXECUTE FUNCTION stand_in_the_way()"
        )
    };
    for code in ["40001", "40P01"] {
        run(&mut other, planted(code, 3)).await;
        let before = entries(&fresh.store).await.len() as u64;
        let seq = write_with(&fresh.store, new_person("ещё"), idempotency(1)).await.unwrap();
        assert_eq!(seq, before + 1, "{code}");
    }
    run(&mut other, planted("40001", 1_000)).await;
    let (entry, key) = (new_person("никогда"), idempotency(1));
    let refused = write_with(&fresh.store, entry.clone(), key).await.unwrap_err();
    assert!(!matches!(refused, StoreError::OutcomeUnknown), "{refused}");
    let tries: i64 = sqlx::query_scalar("SELECT last_value FROM tries").fetch_one(&mut other).await.unwrap();
    assert_eq!(tries, 5);
    assert_eq!(fresh.store.outcome(key.organisation, key.key).await.unwrap(), None);
    run(&mut other, planted("40001", 0)).await;
    write_with(&fresh.store, entry, key).await.unwrap();
    // At the commit itself: a constraint that is looked at late.
    run(
        &mut other,
        format!(
            "{}; DROP TRIGGER planted ON streams;
             CREATE CONSTRAINT TRIGGER planted AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION stand_in_the_way()",
            planted("40001", 2)
        ),
    )
    .await;
    let before = entries(&fresh.store).await.len() as u64;
    assert_eq!(write_with(&fresh.store, new_person("поздно"), idempotency(1)).await.unwrap(), before + 1);
    is_sound(fresh).await;
}

/// As after a failover to a standby that lagged, or a restore under a running node.
pub async fn a_database_that_went_back_is_not_written_on(fresh: Fresh) {
    let second = second_on(&fresh).await;
    write_with(&fresh.store, new_person("было"), idempotency(1)).await.unwrap();
    let mut connection = beside(&fresh).await;
    run(&mut connection, "CREATE TABLE before AS SELECT number, size, chain, frontier FROM streams".into())
        .await;
    let lost = new_person("пропало");
    write_with(&fresh.store, lost, idempotency(2)).await.unwrap();
    for statement in [
        "DELETE FROM heads h USING before b WHERE h.stream = b.number AND h.seq > b.size",
        "DELETE FROM log l USING before b WHERE l.stream = b.number AND l.seq > b.size",
        "DELETE FROM subtrees",
        "UPDATE streams s SET size = b.size, chain = b.chain, frontier = b.frontier FROM before b
         WHERE b.number = s.number",
    ] {
        run(&mut connection, statement.into()).await;
    }
    let refused = write_with(&fresh.store, new_person("дальше"), idempotency(3)).await;
    assert_eq!(refused.unwrap_err().code(), "data-damaged", "no number is given twice");
    assert_eq!(entries(&fresh.store).await.len(), 1);
    // Nor where another program went on from there.
    for _ in 0..3 {
        write_with(&second, new_person("иначе"), idempotency(4)).await.unwrap();
    }
    let refused = write_with(&fresh.store, new_person("дальше"), idempotency(5)).await;
    assert_eq!(refused.unwrap_err().code(), "data-damaged");
}

pub async fn a_database_of_another_directory_is_refused(fresh: Fresh) {
    create(&fresh.store, "x").await;
    let data = fresh.directory.path().join("other");
    name_database(&data, fresh.address.as_deref().unwrap());
    assert_eq!(Store::create(options(&data)).await.unwrap_err().code(), "database-not-empty");
    let same_key = MasterKeySource::File(fresh.data().join("keys/master.key"));
    let same_key = StoreOptions { master_key: same_key, ..options(&data) };
    assert_eq!(Store::create(same_key).await.unwrap_err().code(), "database-not-empty");
    // The file with the address is as secret as a key, and is never shown.
    std::fs::write(data.join("database"), "postgres://barid:geheim@db.example/barid").unwrap();
    let refused = Store::create(options(&data)).await.unwrap_err();
    assert_eq!(refused.code(), "database-address");
    assert!(!format!("{refused} {refused:?}").contains("geheim"));
    name_database(&data, fresh.address.as_deref().unwrap());
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    std::fs::set_permissions(data.join("database"), readable).unwrap();
    assert_eq!(Store::create(options(&data)).await.unwrap_err().code(), "database-address");
}

pub async fn a_server_that_does_not_sync_is_refused(fresh: Fresh) {
    let mut other = beside(&fresh).await;
    hold_answers(&mut other, "off").await;
    let data = fresh.data();
    let _directory = fresh.closed().await;
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "database-not-durable");
    hold_answers(&mut other, "local").await;
    Store::open(options(&data)).await.unwrap().close().await;
}

pub async fn no_name_stands_in_the_files_of_the_server(_shared: Fresh) {
    let cluster = Cluster::start();
    let fresh = Fresh::at(cluster.address(&cluster.new_database().await)).await;
    let names = ["Ондатров", "مرجانوف", "पुष्पकोव", "পদ্মলোচন", "赵测试人", "Musterperson"];
    for name in names {
        create(&fresh.store, name).await;
        write(&fresh.store, vec![batch(&[name.to_owned()])]).await.unwrap();
    }
    let (record, hash) = create(&fresh.store, "Hartmann").await;
    let mut other = beside(&fresh).await;
    run(&mut other, format!("CREATE TABLE clear AS SELECT '{}' AS name; CHECKPOINT", names[0])).await;
    let held = |name: &str| {
        let files = files_below(&cluster.files());
        assert!(files.len() > 100);
        files.iter().filter(|file| holds(file, name.as_bytes())).count()
    };
    assert!(held(names[0]) > 0, "what is in clear is found");
    for name in &names[1..] {
        assert_eq!(held(name), 0, "{name}");
    }
    let change = HeadChange::Erase { record, expects: Some(hash) };
    write(&fresh.store, vec![person(change, "order")]).await.unwrap();
    let kept: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT k.wrapped FROM log l JOIN data_keys k USING (key_id) WHERE l.entry_hash = $1",
    )
    .bind(hash.0.to_vec())
    .fetch_one(&mut other)
    .await
    .unwrap();
    assert_eq!(kept, None, "the key is gone");
}

/// The rows of destroyed keys are freed as soon as nobody can see them any more, without a further write; and after the
/// statement that the documentation gives no erased byte stands in the files of tables. The log keeps some until it is
/// overwritten, and is left out.
pub async fn erased_bytes_leave_the_tables_of_a_server(_shared: Fresh) {
    let cluster = Cluster::start();
    let fresh = Fresh::at(cluster.address(&cluster.new_database().await)).await;
    for _ in 0..40 {
        create(&fresh.store, "рядом").await;
    }
    let (record, hash) = create(&fresh.store, &"стёртое ".repeat(2_500)).await;
    let entry = batch(&["XB0000001".into(), "XB0000002".into()]);
    let item = entry.items[0].record;
    write(&fresh.store, vec![entry]).await.unwrap();
    let mut other = beside(&fresh).await;
    let (sealed, wrapped): (Vec<u8>, Vec<u8>) = sqlx::query_as(
        "SELECT l.sealed, k.wrapped FROM log l JOIN data_keys k USING (key_id) WHERE l.entry_hash = $1",
    )
    .bind(hash.0.to_vec())
    .fetch_one(&mut other)
    .await
    .unwrap();
    let chunk: Vec<u8> =
        sqlx::query_scalar("SELECT sealed FROM item_chunks").fetch_one(&mut other).await.unwrap();
    let places = [&wrapped[..32], &wrapped[wrapped.len() - 32..], &sealed[..64], &sealed[10_000..10_064]];
    let places: Vec<&[u8]> = places.into_iter().chain([&chunk[..64]]).collect();
    let held = |place: &[u8]| {
        let files = files_below(&cluster.files().join("base"));
        assert!(files.len() > 100);
        files.iter().any(|file| holds(file, place))
    };
    run(&mut other, "CHECKPOINT".into()).await;
    assert!(places.iter().all(|place| held(place)), "all there before");

    // Somebody reads since before the erasure, as a dump does: its rows can't be freed yet.
    let mut dump = beside(&fresh).await;
    run(&mut dump, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM data_keys".into()).await;
    for record in [record, item] {
        write(&fresh.store, vec![person(HeadChange::Erase { record, expects: None }, "order")])
            .await
            .unwrap();
    }
    let dead = async |connection: &mut PgConnection| {
        let text = "SELECT n_dead_tup::bigint FROM pg_stat_user_tables WHERE relname = 'data_keys'";
        sqlx::query_scalar::<_, i64>(text).fetch_one(connection).await.unwrap()
    };
    assert!(dead(&mut other).await > 0);
    run(&mut dump, "COMMIT".into()).await;
    let begun = Instant::now();
    while dead(&mut other).await > 0 {
        assert!(begun.elapsed() < PATIENCE, "the store does not look again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let statement = documented("Erasing").into_iter().next().unwrap();
    assert!(statement.starts_with("VACUUM FULL"), "{statement}");
    run(&mut other, statement).await;
    run(&mut other, "CHECKPOINT".into()).await;
    for (number, place) in places.iter().enumerate() {
        assert!(!held(place), "place {number} is still in a file of a table");
    }
    is_sound(fresh).await;
}

pub async fn the_doctor_tells_what_the_server_checks(_shared: Fresh) {
    let cluster = Cluster::start();
    let fresh = Fresh::at(cluster.address(&cluster.new_database().await)).await;
    let (record, _) = create(&fresh.store, "проверено").await;
    let mut other = beside(&fresh).await;
    let data = fresh.data();
    let _directory = fresh.closed().await;
    let notes = async || {
        let report = doctor(&data, &MasterKeySource::DataDirectory).await.unwrap();
        (report.notes.iter().map(|note| note.what.clone()).collect::<Vec<_>>().join("\n"), report)
    };
    let (text, report) = notes().await;
    assert!(report.is_sound(), "{report}");
    for note in ["PostgreSQL 1", "no checksums", "amcheck is not installed"] {
        assert!(text.contains(note), "{note}: {text}");
    }
    run(&mut other, "CREATE EXTENSION amcheck".into()).await;
    let (text, report) = notes().await;
    assert!(report.is_sound() && !text.contains("amcheck"), "{report}");
    // An index is damaged while the server is down: it no longer has the record.
    let file: String =
        sqlx::query_scalar("SELECT pg_relation_filepath('heads_pkey')").fetch_one(&mut other).await.unwrap();
    run(&mut other, "CHECKPOINT".into()).await;
    cluster.crash();
    let path = cluster.files().join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(16).position(|window| window == record.0).unwrap();
    bytes[at + 15] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    cluster.start_again();
    let (_, report) = notes().await;
    assert!(
        report.faults.iter().any(|fault| fault.code == "database-integrity" && fault.what.contains("heads")),
        "{report}"
    );
}

pub async fn a_backup_is_left_to_the_server(fresh: Fresh) {
    let refused = fresh.store.backup(&fresh.directory.path().join("backup")).await.unwrap_err();
    assert_eq!(refused.code(), "backup-elsewhere");
    assert!(!fresh.directory.path().join("backup").exists(), "nothing is left behind");
}

/// The statements that the documentation gives in a section.
fn documented(section: &str) -> Vec<String> {
    let text = include_str!("../../../../docs/operations/postgresql.md");
    let part = text.split("## ").find(|part| part.starts_with(section)).unwrap();
    part.lines().filter_map(|line| line.strip_prefix("    ")).map(str::to_owned).collect()
}

/// The statements that the documentation gives for a restore.
fn documented_statements() -> String {
    let code = documented("Restore");
    assert_eq!(code.len(), 4, "{code:?}");
    code.join("\n")
}

pub async fn a_database_brought_back_begins_a_new_incarnation_as_documented(fresh: Fresh) {
    let (record, hash) = create(&fresh.store, "до").await;
    fresh.store.journal().begin(opening_of(record)).await.unwrap();
    fresh.store.fold_journal().await.unwrap();
    let mut other = beside(&fresh).await;
    let name = database_name(&mut other).await;
    let (data, address) = (fresh.data(), fresh.address.clone().unwrap());
    let directory = fresh.closed().await;
    other.close().await.unwrap();
    let copied = format!("{name}_copy");
    let mut server = Cluster::shared().connect("postgres").await;
    run(&mut server, format!("CREATE DATABASE {copied} TEMPLATE {name}")).await;
    // What is written after the copy was made takes numbers that are never given again.
    let store = Store::open(options(&data)).await.unwrap();
    let (_, later) = create(&store, "позже").await;
    let given = store.find_entry(later).await.unwrap().unwrap();
    store.journal().begin(opening_of(record)).await.unwrap();
    store.fold_journal().await.unwrap();
    store.close().await;

    name_database(&data, &address.replace(&name, &copied));
    let mut other = Cluster::shared().connect(&copied).await;
    run(&mut other, documented_statements()).await;
    let store = Store::open(options(&data)).await.unwrap();
    assert!(store.incarnation() > 1);
    assert_eq!(store.find_entry(later).await.unwrap(), None);
    let next = person(HeadChange::Supersede { record, expects: hash }, "снова");
    let position = write(&store, vec![next]).await.unwrap().positions[0];
    assert_eq!(position.seq, 1, "a stream of its own");
    assert_ne!(position.stream, given.stream);
    assert_eq!(store.fold_journal().await.unwrap(), 1, "the line that the copy had not folded");
    store.close().await;
    assert!(doctor(&data, &MasterKeySource::DataDirectory).await.unwrap().is_sound());
    drop(directory);
}
