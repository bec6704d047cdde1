//! Moving the database from one engine to the other: every row as it was, one that counts at every moment, whatever
//! interrupts it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use barid_domain::audit::Actor;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{AgreementId, EntryHash, RecordId};
use barid_domain::officers::OfficerRights;
use barid_domain::policy::GrantName;
use barid_domain::streams::StreamClass;
use barid_store::{
    Destination, GrantAsked, HeadChange, HeadState, Idempotency, ImportProgress, ImportRow, MasterKeySource,
    MigrationOptions, MigrationReport, MigrationStep, Store, StoreError, SystemChange, doctor, migrate_store,
    moved_columns,
};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::cluster::Cluster;
use crate::replicas::join;
use crate::support::*;

/// Every row of every table, each value as the engine writes it in SQL, in the order of these texts.
type Rows = BTreeMap<String, Vec<String>>;

/// Reads what a database holds, without what its node says of moves.
async fn rows_of(place: &Place) -> Rows {
    let mut all = Rows::new();
    for (table, columns) in moved_columns() {
        let mut rows = match place {
            Place::File(file) => {
                let columns: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
                let text = format!("SELECT {} AS shown FROM {table}", columns.join(" || ' ' || "));
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| row.get("shown")).collect::<Vec<String>>()
            }
            Place::Server(address) => {
                let mut connection = sqlx::PgConnection::connect(address).await.unwrap();
                let kinds: BTreeMap<String, String> = sqlx::query_as::<_, (String, String)>(
                    "SELECT column_name::text, data_type::text FROM information_schema.columns
                     WHERE table_schema = 'public' AND table_name = $1",
                )
                .bind(table)
                .fetch_all(&mut connection)
                .await
                .unwrap()
                .into_iter()
                .collect();
                let quoted = |column: &&str| {
                    let value = match kinds[*column].as_str() {
                        "bytea" => format!("'X''' || upper(encode({column}, 'hex')) || ''''"),
                        "bigint" => format!("{column}::text"),
                        _ => format!("quote_literal({column})"),
                    };
                    format!("COALESCE({value}, 'NULL')")
                };
                let columns: Vec<String> = columns.iter().map(quoted).collect();
                let text = format!("SELECT {} AS shown FROM {table}", columns.join(" || ' ' || "));
                let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| row.get("shown")).collect()
            }
        };
        rows.sort();
        all.insert(table.to_owned(), rows);
    }
    all
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Server(String),
}

impl Place {
    /// The one that a directory names.
    fn of(data: &Path) -> Self {
        match fs::read_to_string(data.join("database")) {
            Ok(text) if text.starts_with("postgres") => Self::Server(text.lines().next().unwrap().to_owned()),
            Ok(_) | Err(_) => Self::File(data.join("barid.db")),
        }
    }
}

/// Something in every table: records in several scripts, versions, withdrawals, erasures, a batch, imports, tokens,
/// outcomes, folded lines and lines to be folded.
struct Filled {
    standing: Vec<(RecordId, EntryHash, Vec<u8>)>,
    erased: RecordId,
    key: Idempotency,
}

const TOKEN: &[u8] = b"a token of sufficient length";

async fn fill(store: &Store) -> Filled {
    let mut standing = Vec::new();
    for text in ["Ондатров", "مرجانوف", "नरगिसपुर", "পদ্মলোচন", "赵测试人", "نرگس‌پور", "Musterperson", ""]
    {
        let entry = person(HeadChange::Create { record: new_record() }, &text.repeat(40));
        standing.push((entry.change.record().unwrap(), entry.hash, entry.bytes.clone()));
        write(store, vec![entry]).await.unwrap();
    }
    let record = standing[0].0;
    let next = person(HeadChange::Supersede { record, expects: standing[0].1 }, "Ондатров 2");
    standing[0] = (record, next.hash, next.bytes.clone());
    write(store, vec![next]).await.unwrap();
    let (record, expects) = create(store, "withdrawn").await;
    write(store, vec![person(HeadChange::Withdraw { record, expects }, "gone")]).await.unwrap();
    let (erased, hash) = create(store, "стёртое").await;
    let order = HeadChange::Erase { record: erased, expects: Some(hash) };
    write(store, vec![person(order, "order")]).await.unwrap();
    let texts: Vec<String> = (0..600).map(|number| format!("XB{number:07}")).collect();
    let items = batch(&texts);
    let item = items.items[300].record;
    write(store, vec![items]).await.unwrap();
    let order = HeadChange::Erase { record: item, expects: None };
    write(store, vec![person(order, "item")]).await.unwrap();

    let key = idempotency(5);
    let mut tx = store.begin_write(Some(key));
    let entry = person(HeadChange::Create { record: new_record() }, &"большое ".repeat(60_000));
    let record = entry.change.record().unwrap();
    standing.push((record, entry.hash, entry.bytes.clone()));
    tx.append(entry);
    tx.change_system(SystemChange::PutCredential {
        token: TOKEN.to_vec(),
        organisation: code("XA"),
        officer: "duty-officer".into(),
        ends_at: Timestamp::from_seconds(1_900_000_000),
        rights: OfficerRights::all(),
    });
    for number in 0..70 {
        tx.change_system(SystemChange::RememberImport(ImportRow {
            organisation: code("SEC"),
            source: "un-sc".into(),
            source_id: format!("QDi.{number}"),
            record,
            content: [number; 32],
            edition: 1,
        }));
    }
    for _ in 0..3 {
        tx.change_system(SystemChange::NoteReEntry { organisation: code("XB"), order: EntryHash([8; 32]) });
    }
    tx.change_system(SystemChange::SetImportProgress(ImportProgress {
        organisation: code("SEC"),
        source: "un-sc".into(),
        edition: 1,
        file_hash: [3; 32],
        rows_done: 70,
        finished: true,
        kept: b"terms".to_vec(),
    }));
    tx.commit(write_line()).await.unwrap();
    crate::images::put_in_pictures(store).await;
    let credential = store.credentials().await.unwrap()[0].id;
    store.note_uses(vec![(credential, Day::new(2026, 11, 26).unwrap())]).await.unwrap();
    // More than a kept subtree holds, in the access stream of XB.
    for _ in 0..6 {
        let mut acts = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            acts.spawn(async move { store.journal().begin(opening_of(new_record())).await.unwrap() });
        }
        acts.join_all().await;
    }
    store.fold_journal().await.unwrap();
    assert!(store.take_lease("erasing", 3_600_000_000).await.unwrap());
    let grant = GrantName { agreement: AgreementId([7; 16]), grant: 1 };
    let asked = GrantAsked { recipient: code("XB"), grant, cap: 9, owed: 0, least: 1, wanted: 4 };
    assert_eq!(store.lend_grants(review_day(), vec![asked]).await.unwrap(), [4]);
    crate::countersigning::keep(store, vec![crate::countersigning::row("журнал", "head", None)])
        .await
        .unwrap();
    crate::alarms::mark(store, record).await;
    crate::alarms::keep(store, crate::alarms::row(7, "XA", 10, "тревога"), None).await.unwrap();
    crate::people::keep(store, crate::people::row(1, 1)).await.unwrap();
    let counted = vec![([9; 32], barid_domain::sign_in::Counted::Name)];
    store.begin_attempt(counted, [8; 32], Timestamp::from_seconds(1_800_000_000)).await.unwrap();
    store.journal().begin(opening_of(record)).await.unwrap();
    Filled { standing, erased, key }
}

/// What a store answers is what it answered.
async fn answers(store: &Store, filled: &Filled) {
    for (record, hash, bytes) in &filled.standing {
        let act = store.journal().begin(opening_of(*record)).await.unwrap();
        let opened = store.open_record(&act, *record).await.unwrap().unwrap();
        assert_eq!((&opened.hash, opened.bytes.as_ref()), (hash, Some(bytes)));
    }
    assert_eq!(store.head(filled.erased).await.unwrap().unwrap().state, HeadState::Erased);
    let act = store.journal().begin(opening_of(filled.erased)).await.unwrap();
    assert_eq!(store.open_record(&act, filled.erased).await.unwrap().unwrap().bytes, None);
    let again = person(HeadChange::Create { record: filled.erased }, "стёртое");
    assert_eq!(write(store, vec![again]).await.unwrap_err().code(), "record-erased");
    assert!(store.outcome(filled.key.organisation, filled.key.key).await.unwrap().is_some());
    let credential = store.credential(TOKEN, Timestamp::from_seconds(1_800_000_000)).await.unwrap().unwrap();
    assert_eq!(credential.actor, Actor::new(code("XA"), "duty-officer").unwrap());
    assert_eq!(credential.last_used_on, Day::new(2026, 11, 26).ok());
    let progress = store.import_progress(code("SEC"), "un-sc").await.unwrap().unwrap();
    assert_eq!(progress.kept, b"terms");
    assert!(store.imported(code("SEC"), "un-sc", "QDi.7").await.unwrap().is_some());
}

/// What followers of the streams are told, which is what an index is made of.
async fn told(store: &Store) -> String {
    let classes = [StreamClass::Persons, StreamClass::TravelDocuments];
    let changes = store.changes_after(&Default::default(), &classes, 10_000).await.unwrap();
    assert!(changes.len() > 10);
    format!("{changes:?}")
}

async fn is_sound(data: &Path) {
    let report = doctor(data, &MasterKeySource::DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
}

/// Writes the address of a new database of the shared server into a file beside a data directory.
async fn new_address(beside: &Path) -> (Destination, String) {
    let cluster = Cluster::shared();
    let address = cluster.address(&cluster.new_database().await);
    (address_file(beside, &address), address)
}

fn address_file(beside: &Path, address: &str) -> Destination {
    let file = beside.join("address");
    fs::write(&file, format!("{address}\n")).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    Destination::Server { address: file }
}

async fn moved(data: &Path, to: &Destination) -> Result<MigrationReport, StoreError> {
    let options = MigrationOptions {
        directory: data.to_owned(),
        master_key: MasterKeySource::DataDirectory,
        to: to.clone(),
    };
    migrate_store(options, |_| {}).await
}

/// Opening a directory's database must fail, in a copy of the directory that names it.
async fn refuses_to_open(data: &Path, named: &Place) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let copy = scratch.path().join("data");
    copy_directory(data, &copy);
    match named {
        Place::File(_) => drop(fs::remove_file(copy.join("database"))),
        Place::Server(address) => name_database(&copy, address),
    }
    let refused = Store::open(options(&copy)).await.unwrap_err();
    assert!(doctor(&copy, &MasterKeySource::DataDirectory).await.is_ok_and(|report| !report.is_sound()));
    refused.code().to_owned()
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_directory(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

pub async fn a_database_goes_to_the_other_engine_and_back_as_it_is(fresh: Fresh) {
    let filled = fill(&fresh.store).await;
    let (node, incarnation) = (fresh.store.node(), fresh.store.incarnation());
    let (heads, changes) = (fresh.store.stream_heads().await.unwrap(), told(&fresh.store).await);
    let data = fresh.data();
    let directory = fresh.closed().await;
    let first = Place::of(&data);
    let before = rows_of(&first).await;
    assert!(before.values().all(|rows| !rows.is_empty()), "something in every table");

    let there = match first {
        Place::File(_) => new_address(directory.path()).await.0,
        Place::Server(_) => Destination::Directory,
    };
    let mut steps = Vec::new();
    let options_there = MigrationOptions {
        directory: data.clone(),
        master_key: MasterKeySource::DataDirectory,
        to: there.clone(),
    };
    let report = migrate_store(options_there, |step| steps.push(step)).await.unwrap();
    assert_eq!((report.node, report.incarnation), (node, incarnation));
    assert!(report.verified.iter().any(|(what, count)| *what == "entries" && *count > 300));
    assert_eq!(report.tables.iter().find(|(table, _)| *table == "import_rows").unwrap().1, 70);
    assert_eq!(steps.last(), Some(&MigrationStep::Verifying));
    let second = Place::of(&data);
    assert_ne!(first, second);
    assert_eq!(rows_of(&second).await, before, "byte for byte");
    is_sound(&data).await;
    // Nobody writes on the one that was left.
    assert_eq!(refuses_to_open(&data, &first).await, "database-moved");

    let store = Store::open(options(&data)).await.unwrap();
    assert_eq!((store.node(), store.incarnation()), (node, incarnation));
    assert_eq!(store.stream_heads().await.unwrap(), heads);
    assert_eq!(told(&store).await, changes, "an index made of it is the same");
    answers(&store, &filled).await;
    let (_, hash) = create(&store, "дальше").await;
    let stream = store.stream(code("XA"), StreamClass::Persons);
    let size = heads.iter().find(|head| head.stream == stream).unwrap().size;
    assert_eq!(store.find_entry(hash).await.unwrap().unwrap().seq, size + 1, "numbers go on");
    assert_eq!(store.fold_journal().await.unwrap(), 11, "the line to be folded, and the new ones");
    store.close().await;
    is_sound(&data).await;

    // And back: what stands where it would go is never overwritten.
    let after = rows_of(&second).await;
    let back = match &first {
        Place::File(_) => Destination::Directory,
        Place::Server(address) => address_file(directory.path(), address),
    };
    assert_eq!(moved(&data, &back).await.unwrap_err().code(), "database-not-empty");
    is_sound(&data).await;
    let back = match first {
        Place::File(file) => {
            fs::remove_file(file).unwrap();
            Destination::Directory
        }
        Place::Server(_) => new_address(directory.path()).await.0,
    };
    moved(&data, &back).await.unwrap();
    assert_eq!(rows_of(&Place::of(&data)).await, after);
    is_sound(&data).await;
    assert_eq!(refuses_to_open(&data, &second).await, "database-moved");
    let store = Store::open(options(&data)).await.unwrap();
    answers(&store, &filled).await;
    store.close().await;
}

pub async fn what_can_not_be_moved_stays_where_it_is(fresh: Fresh) {
    create(&fresh.store, "стоит").await;
    let data = fresh.data();
    let (there, address) = new_address(fresh.directory.path()).await;
    assert_eq!(moved(&data, &there).await.unwrap_err().code(), "directory-locked", "a node runs on it");
    let directory = fresh.closed().await;
    let first = Place::of(&data);
    let before = rows_of(&first).await;
    let stays = async |code: &str, to: &Destination| {
        assert_eq!(moved(&data, to).await.unwrap_err().code(), code);
        assert_eq!(Place::of(&data), first);
        assert_eq!(rows_of(&first).await, before);
        is_sound(&data).await;
    };
    // Another node's database, and one in which another program has a table.
    let other = Fresh::postgres().await;
    create(&other.store, "другой").await;
    let others = address_file(directory.path(), other.address.as_deref().unwrap());
    stays("database-not-empty", &others).await;
    let mut connection = sqlx::PgConnection::connect(&address).await.unwrap();
    sqlx::raw_sql("CREATE TABLE invoices (number BIGINT)").execute(&mut connection).await.unwrap();
    stays("database-not-empty", &address_file(directory.path(), &address)).await;
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, 1, "and nothing was made in it");
    connection.close().await.unwrap();
    // An address that others may read, one elsewhere, none.
    let file = directory.path().join("address");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    stays("database-address", &Destination::Server { address: file.clone() }).await;
    stays("database-address", &address_file(directory.path(), "postgres://db.example/barid")).await;
    fs::remove_file(&file).unwrap();
    stays("database-address", &Destination::Server { address: file }).await;
    let store = Store::open(options(&data)).await.unwrap();
    create(&store, "дальше").await;
    store.close().await;
}

pub async fn what_is_damaged_is_not_moved(fresh: Fresh) {
    let (record, _) = create(&fresh.store, "целое").await;
    let data = fresh.data();
    let directory = fresh.closed().await;
    let first = Place::of(&data);
    let damage = "UPDATE log SET chain = entry_hash WHERE record IS NOT NULL";
    match &first {
        Place::File(_) => {
            let pool = connect(&data).await;
            sqlx::query(damage).execute(&pool).await.unwrap();
            pool.close().await;
        }
        Place::Server(address) => {
            let mut connection = sqlx::PgConnection::connect(address).await.unwrap();
            sqlx::query(damage).execute(&mut connection).await.unwrap();
        }
    }
    let there = match first {
        Place::File(_) => new_address(directory.path()).await.0,
        Place::Server(_) => Destination::Directory,
    };
    let refused = moved(&data, &there).await.unwrap_err();
    assert_eq!(refused.code(), "database-unsound");
    assert!(refused.to_string().contains("entry-chain"), "{refused}");
    assert_eq!(Place::of(&data), first);
    let store = Store::open(options(&data)).await.unwrap();
    assert!(store.head(record).await.unwrap().is_some(), "the node goes on where it was");
    store.close().await;
}

/// Another directory that serves the database has a journal of its own, and would go on writing where nothing counts.
pub async fn a_database_that_other_replicas_serve_is_not_moved(fresh: Fresh) {
    let (_, second) = join(&fresh, "second").await;
    create(&second, "раньше").await;
    let data = fresh.data();
    let first = Place::of(&data);
    let _directory = fresh.closed().await;
    assert_eq!(moved(&data, &Destination::Directory).await.unwrap_err().code(), "other-replicas");
    assert_eq!(Place::of(&data), first);
    assert!(!data.join("database.moving").exists(), "nothing was begun");
    is_sound(&data).await;
    // The node goes on where it was. The other one leaves, and runs on without writing.
    let store = Store::open(options(&data)).await.unwrap();
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::EndReplica { replica: second.replica() });
    tx.commit(write_line()).await.unwrap();
    store.close().await;
    let left = write(&second, vec![person(HeadChange::Create { record: new_record() }, "ещё")]).await;
    assert_eq!(left.unwrap_err().code(), "replica-unknown");
    moved(&data, &Destination::Directory).await.unwrap();
    let late = write(&second, vec![person(HeadChange::Create { record: new_record() }, "поздно")]).await;
    assert_eq!(late.unwrap_err().code(), "database-moved");
    second.close().await;
    is_sound(&data).await;
    let store = Store::open(options(&data)).await.unwrap();
    let known = store.replicas().await.unwrap();
    assert_eq!(known.iter().map(|known| known.left_at.is_some()).collect::<Vec<_>>(), [false, true]);
    store.close().await;
}

const CHILD_DIRECTORY: &str = "BARID_TEST_MOVED_DIRECTORY";
const CHILD_STEPS: &str = "BARID_TEST_MOVED_STEPS";

/// Moves a database and ends like killed after so many steps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in a child process of another case"]
async fn child_moves_until_a_step() {
    let Some(data) = std::env::var_os(CHILD_DIRECTORY) else { return };
    let steps = std::env::var(CHILD_STEPS).unwrap().parse().unwrap();
    barid_store::faults::end_after_steps(steps);
    let data = PathBuf::from(data);
    let to = match fs::exists(data.with_file_name("address")).unwrap() {
        true => Destination::Server { address: data.with_file_name("address") },
        false => Destination::Directory,
    };
    moved(&data, &to).await.unwrap();
}

/// Moves in a child process that ends at a step; tells whether it ended there.
fn killed_at(data: &Path, steps: u64) -> bool {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "migrate_store::child_moves_until_a_step", "--ignored", "--test-threads", "1"])
        .env(CHILD_DIRECTORY, data)
        .env(CHILD_STEPS, steps.to_string())
        .output()
        .unwrap();
    let is_killed = std::os::unix::process::ExitStatusExt::signal(&child.status).is_some();
    assert!(is_killed || child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    is_killed
}

/// Gives a directory beside another, with a database of its own that holds the same.
async fn twin(data: &Path, number: u64, scratch: &Path) -> PathBuf {
    let twin = scratch.join(format!("twin-{number}"));
    fs::create_dir(&twin).unwrap();
    let twin = twin.join("data");
    copy_directory(data, &twin);
    if let Place::Server(address) = Place::of(data) {
        let cluster = Cluster::shared();
        let name = address.split(['/', '?']).find(|part| part.starts_with("barid_case_")).unwrap().to_owned();
        let copy = format!("{name}_{number}");
        let mut connection = cluster.connect("postgres").await;
        let text = format!("CREATE DATABASE {copy} TEMPLATE {name}");
        sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
        name_database(&twin, &address.replace(&name, &copy));
    }
    twin
}

/// A move is killed at each of its steps in turn. Then one database counts and no other opens; whether the node was
/// started in between or not, the move is begun anew and comes to its end, with nothing lost.
pub async fn a_move_that_is_killed_at_any_step_leaves_one_database_that_counts(fresh: Fresh) {
    let filled = fill(&fresh.store).await;
    let data = fresh.data();
    let directory = fresh.closed().await;
    let mut done = 0;
    for steps in 0.. {
        let twin = twin(&data, steps, directory.path()).await;
        let first = Place::of(&twin);
        let (there, other) = match first {
            Place::File(_) => {
                let (there, address) = new_address(twin.parent().unwrap()).await;
                (there, Place::Server(address))
            }
            Place::Server(_) => (Destination::Directory, Place::File(twin.join("barid.db"))),
        };
        let before = rows_of(&first).await;
        if !killed_at(&twin, steps) {
            assert!(steps > 15, "{steps} steps");
            break;
        }
        is_sound(&twin).await;
        let counts = Place::of(&twin);
        assert_eq!(rows_of(&counts).await, before, "step {steps}");
        let left = if counts == first { other.clone() } else { first.clone() };
        if left != Place::File(twin.join("barid.db")) || twin.join("barid.db").exists() {
            refuses_to_open(&twin, &left).await;
        }
        done += u64::from(counts != first);
        if steps % 2 == 0 {
            let store = Store::open(options(&twin)).await.unwrap();
            answers(&store, &filled).await;
            create(&store, "между").await;
            store.close().await;
            assert_eq!(Place::of(&twin), counts);
        }
        let between = rows_of(&counts).await;
        // One that was finished by an opening is done, and stands where it would be moved to.
        match moved(&twin, &there).await {
            Ok(_) => {}
            Err(error) => {
                assert!(counts != first && error.code() == "database-not-empty", "{steps}: {error}")
            }
        }
        assert_eq!(Place::of(&twin), other, "step {steps}");
        assert_eq!(rows_of(&other).await, between, "step {steps}");
        is_sound(&twin).await;
        assert_eq!(refuses_to_open(&twin, &first).await, "database-moved", "step {steps}");
        let store = Store::open(options(&twin)).await.unwrap();
        answers(&store, &filled).await;
        store.close().await;
        for file in ["database.moving", "barid.db.moving"] {
            assert!(!twin.join(file).exists(), "step {steps}: {file}");
        }
    }
    assert!((2..=4).contains(&done), "{done} of the steps are behind the one that counts");
}

/// What a move copies is all that the engines keep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_and_column_is_moved() {
    let fresh = Fresh::sqlite().await;
    let pool = connect(&fresh.data()).await;
    let text = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                AND name NOT LIKE 'sqlite%'";
    let moved = moved_columns();
    let tables = sqlx::query_scalar::<_, String>(text).fetch_all(&pool).await.unwrap();
    assert_eq!(tables.len(), moved.len(), "{tables:?}");
    for table in tables {
        let columns = sqlx::query_scalar::<_, String>("SELECT name FROM pragma_table_info($1)").bind(&table);
        let mut columns = columns.fetch_all(&pool).await.unwrap();
        columns.retain(|column| table != "node" || !["moving", "move_id"].contains(&column.as_str()));
        let mut moved = moved.get(table.as_str()).unwrap_or_else(|| panic!("{table} is not moved")).clone();
        columns.sort();
        moved.sort_unstable();
        assert_eq!(columns, moved, "{table}");
    }
}
