//! The index follows the streams: equal to the store after any writes, any restart, any snapshot.

use std::path::PathBuf;
use std::time::Duration;

use barid_app::{DocumentBatchSubmission, Submission};
use barid_domain::audit::Operation;
use barid_domain::codes::{Database, Purpose, WithdrawalReason};
use barid_domain::entries::entry_hash;
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::streams::StreamClass;
use barid_store::{HeadChange, HeadMeta, KeyScope, NewEntry, SnapshotKind};
use barid_testkit::world::{ClosedWorld, World, acting, code, person, stolen_passport, terms};

use crate::held_numbers::passport;
use crate::holding::hold_back;
use crate::{named, numbered, run, said};

const PURPOSE: Purpose = Purpose::BorderControl;
const NAMES: &[&str] = &[
    "Образцов Учебный",
    "تدريب نموذج",
    "تمرین نمونه",
    "अभ्यास नमूना",
    "অনুশীলন নমুনা",
    "演习样本",
    "Proba Mustermann",
];

/// Numbers that look random and come again for the same seed (xorshift64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// What the test knows to stand: whose, and the entry a revision has to expect; `None` for items of a batch.
type Standing = Vec<(&'static str, RecordId, Option<EntryHash>, bool)>;

async fn one_write(world: &World, dice: &mut Dice, standing: &mut Standing) {
    let bureau = ["XA", "XB", "XC"][dice.throw(3)];
    let ctx = acting(bureau, PURPOSE);
    let app = &world.app;
    let number = |dice: &mut Dice| format!("{bureau}{:04}", dice.throw(300));
    match dice.throw(10) {
        0..=3 => {
            let name =
                format!("{} {}", NAMES[dice.throw(NAMES.len())], ["Один", "Два", "Три"][dice.throw(3)]);
            let mut statement = person(&[&name]);
            statement.documents = vec![passport(&number(dice), None)];
            let submission = world.submission(PURPOSE, statement);
            let receipt = app.submit_person(&ctx, world.key(), submission).await.unwrap();
            standing.push((bureau, receipt.records[0], Some(receipt.entries[0].0), true));
        }
        4 | 5 => {
            let submission = world.submission(PURPOSE, stolen_passport(&number(dice), &format!("{bureau}X")));
            let receipt = app.submit_travel_document(&ctx, world.key(), submission).await.unwrap();
            standing.push((bureau, receipt.records[0], Some(receipt.entries[0].0), false));
        }
        6 => {
            let documents = (0..3).map(|_| stolen_passport(&number(dice), &format!("{bureau}X"))).collect();
            let submission =
                DocumentBatchSubmission { terms: world.terms(PURPOSE), documents, audience: None };
            let receipt = app.submit_document_batch(&ctx, world.key(), submission).await.unwrap();
            standing.extend(receipt.records.iter().map(|record| (bureau, *record, None, false)));
        }
        _ if standing.is_empty() => {}
        7 | 8 => {
            let at = dice.throw(standing.len());
            let (owner, record, expects, is_person) = standing[at];
            let Some(expects) = expects else { return };
            let (ctx, terms) = (acting(owner, PURPOSE), world.terms(PURPOSE));
            let (record, expects) = (Some(record), Some(expects));
            let receipt = if is_person {
                let mut statement = person(&[NAMES[dice.throw(NAMES.len())], "Второе Имя"]);
                statement.documents = vec![passport(&number(dice), None)];
                app.submit_person(
                    &ctx,
                    world.key(),
                    Submission { record, expects, terms, statement, images: Vec::new(), audience: None },
                )
                .await
            } else {
                let statement = stolen_passport(&number(dice).replace(bureau, owner), &format!("{owner}X"));
                app.submit_travel_document(
                    &ctx,
                    world.key(),
                    Submission { record, expects, terms, statement, images: Vec::new(), audience: None },
                )
                .await
            };
            standing[at].2 = Some(receipt.unwrap().entries[0].0);
        }
        _ => {
            let (owner, record, ..) = standing.swap_remove(dice.throw(standing.len()));
            app.withdraw(&acting(owner, PURPOSE), world.key(), record, WithdrawalReason::PurposeMet)
                .await
                .unwrap();
        }
    }
}

/// What the index answers to questions that reach all of it.
async fn answers(world: &World) -> String {
    assert!(world.app.index_equals_store().await.unwrap());
    let ctx = acting("XA", PURPOSE);
    let mut all = String::new();
    for name in NAMES {
        let query = barid_app::Query { limit: Some(50), ..named(name) };
        let mut answer = world.app.search(&ctx, &query).await.unwrap();
        // Records of equal score may stand in any order.
        answer.candidates.sort_by(|a, b| (b.score.total_cmp(&a.score)).then(a.record.cmp(&b.record)));
        let cut = answer.candidates.last().map(|last| last.score);
        if answer.candidates.len() == 50 {
            answer.candidates.retain(|candidate| Some(candidate.score) != cut);
        }
        all += &said(&answer);
    }
    for number in (0..300).step_by(11) {
        for bureau in ["XA", "XB", "XC"] {
            let answer = world.app.search(&ctx, &numbered(&format!("{bureau}{number:04}"))).await.unwrap();
            all += &answer.candidates.iter().map(|c| c.record.to_string()).collect::<String>();
        }
    }
    all
}

async fn written(seed: u64, writes: usize) -> (World, Dice, Standing) {
    let world = World::exercise().seed(seed).build().await;
    let (mut dice, mut standing) = (Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1), Standing::new());
    for _ in 0..writes {
        one_write(&world, &mut dice, &mut standing).await;
    }
    (world, dice, standing)
}

fn snapshots(data: PathBuf) -> Vec<PathBuf> {
    let files = std::fs::read_dir(data.join("snapshots")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "snapshot")).collect()
}

/// The snapshots of documents and of persons.
fn the_snapshots(closed: &ClosedWorld) -> [PathBuf; 2] {
    let mut paths: [PathBuf; 2] = snapshots(closed.data()).try_into().expect("two snapshots");
    paths.sort();
    paths
}

#[test]
fn the_index_is_the_store_after_two_hundred_writes_and_every_kind_of_start() {
    run(async {
        let seed = 20_261_123;
        let (world, mut dice, mut standing) = written(seed, 0).await;
        let (mut world, mut writes) = (world, 0);
        for round in 0..4 {
            for _ in 0..50 {
                one_write(&world, &mut dice, &mut standing).await;
                writes += 1;
                assert!(world.app.index_equals_store().await.unwrap(), "seed {seed}, write {writes}");
            }
            let live = answers(&world).await;
            let (how, started) = match round {
                0 => ("from its snapshot", world.restart().await),
                1 => {
                    let closed = world.close().await;
                    the_snapshots(&closed).iter().for_each(|path| std::fs::remove_file(path).unwrap());
                    ("without a snapshot", closed.start().await)
                }
                2 => ("after a kill, with the snapshot of the start before", world.abandon().start().await),
                _ => {
                    let closed = world.close().await;
                    for path in the_snapshots(&closed) {
                        let mut bytes = std::fs::read(&path).unwrap();
                        let middle = bytes.len() / 2;
                        bytes[middle] ^= 0x40;
                        std::fs::write(&path, bytes).unwrap();
                    }
                    ("after its snapshots were damaged", closed.start().await)
                }
            };
            assert_eq!(answers(&started).await, live, "started {how}, seed {seed}");
            world = started;
        }
        assert!(standing.len() > 40);
        let heads = world.app.store().heads(None, 5_000).await.unwrap();
        let active = heads.iter().filter(|head| head.state == barid_store::HeadState::Active).count();
        assert_eq!(active, standing.len());
    });
}

#[test]
fn an_older_snapshot_put_back_is_caught_up_from() {
    run(async {
        let (world, mut dice, mut standing) = written(5, 30).await;
        let closed = world.close().await;
        let old = the_snapshots(&closed).map(|path| std::fs::read(path).unwrap());
        let world = closed.start().await;
        for _ in 0..30 {
            one_write(&world, &mut dice, &mut standing).await;
        }
        let live = answers(&world).await;
        let closed = world.close().await;
        for (path, old) in the_snapshots(&closed).iter().zip(old) {
            std::fs::write(path, old).unwrap();
        }
        assert_eq!(answers(&closed.start().await).await, live);
    });
}

#[test]
fn a_snapshot_of_another_history_is_not_believed() {
    run(async {
        let (world, ..) = written(6, 20).await;
        let closed = world.close().await;
        let enter = async |world: &World, name: &str, number: &str| {
            let ctx = acting("XA", PURPOSE);
            let passport = world.submission(PURPOSE, stolen_passport(number, "XAX"));
            world.app.submit_travel_document(&ctx, world.key(), passport).await.unwrap();
            let submission = world.submission(PURPOSE, person(&[name]));
            world.app.submit_person(&ctx, world.key(), submission).await.unwrap()
        };
        // One history goes on with as many entries as the other, or with more: each has a snapshot of its own.
        for more in [1, 3] {
            let other = closed.start_copy(60 + more).await;
            for _ in 0..more {
                enter(&other, "Чужая История", "XA7777").await;
            }
            let other = other.close().await;
            let world = closed.start_copy(70 + more).await;
            let own = enter(&world, "Своя История", "XA8888").await.records[0];
            let live = answers(&world).await;
            let world = world.close().await;
            for (foreign, path) in the_snapshots(&other).iter().zip(the_snapshots(&world)) {
                std::fs::copy(foreign, path).unwrap();
            }
            let world = world.start().await;
            assert_eq!(answers(&world).await, live, "{more} further entries in the other history");
            let found = world.app.search(&acting("XB", PURPOSE), &named("Своя История")).await.unwrap();
            assert_eq!(found.candidates.first().map(|candidate| candidate.record), Some(own));
            for (number, count) in [("XA8888", 1), ("XA7777", 0)] {
                let found = world.app.search(&acting("XB", PURPOSE), &numbered(number)).await.unwrap();
                assert_eq!(found.candidates.len(), count, "{number}");
            }
        }
    });
}

#[test]
fn a_snapshot_that_is_none_is_left_aside() {
    run(async {
        let (world, ..) = written(7, 20).await;
        let live = answers(&world).await;
        let mut closed = world.close().await;
        for rubbish in [&b""[..], b"BARIDS1\n", &[0xff; 4_096]] {
            the_snapshots(&closed).iter().for_each(|path| std::fs::write(path, rubbish).unwrap());
            let world = closed.start().await;
            assert_eq!(answers(&world).await, live);
            closed = world.close().await;
        }
    });
}

#[test]
fn documents_come_out_of_their_snapshot_and_are_not_read_again() {
    run(async {
        let (world, ..) = written(10, 30).await;
        let documents = (0..5).map(|n| stolen_passport(&format!("XA7{n:04}"), "XAX")).collect();
        let submission = DocumentBatchSubmission { terms: world.terms(PURPOSE), documents, audience: None };
        world.app.submit_document_batch(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        let closed = world.close().await;
        let world = closed.start().await;
        // Whoever read the streams now would fail here.
        let pool = database(&world).await;
        let damaged =
            sqlx::query("UPDATE item_chunks SET sealed = zeroblob(100)").execute(&pool).await.unwrap();
        assert!(damaged.rows_affected() > 0);
        pool.close().await;
        let closed = world.close().await;
        let snapshots = the_snapshots(&closed);
        let world = closed.start().await;
        assert!(world.app.index_equals_store().await.unwrap());
        std::fs::remove_file(&snapshots[0]).unwrap();
        let world = world.abandon().start_without_index().await;
        assert_eq!(world.app.make_ready().await.unwrap_err().code(), "data-damaged");
        assert!(!world.app.ready());
    });
}

#[test]
fn searches_are_refused_until_the_first_index_stands_and_everything_else_is_not() {
    run(async {
        let (world, ..) = written(8, 20).await;
        let ctx = acting("XA", PURPOSE);
        let submission = world.submission(PURPOSE, person(&["Проба Первая"]));
        let first = world.app.submit_person(&ctx, world.key(), submission).await.unwrap().records[0];
        let live = answers(&world).await;
        let world = world.close().await.start_without_index().await;
        assert!(!world.app.ready());
        let lines = world.app.store().fold_journal().await.unwrap();
        for query in [named("Проба Первая"), numbered("XA0001")] {
            assert_eq!(world.app.search(&ctx, &query).await.unwrap_err().code(), "not-ready");
        }
        assert_eq!((lines, world.app.store().fold_journal().await.unwrap()), (0, 0), "no act, no line");
        assert_eq!(world.app.open(&ctx, first).await.unwrap().record, first);
        let submission = world.submission(PURPOSE, person(&["Проба Вторая"]));
        let second = world.app.submit_person(&ctx, world.key(), submission).await.unwrap().records[0];
        // Nothing was saved over the snapshots of the process before.
        world.app.save_snapshot().await.unwrap();

        world.app.make_ready().await.unwrap();
        assert!(world.app.ready() && world.app.index_equals_store().await.unwrap());
        for (name, record) in [("Проба Первая", first), ("Проба Вторая", second)] {
            let found = world.app.search(&ctx, &named(name)).await.unwrap();
            assert_eq!(found.candidates.first().map(|candidate| candidate.record), Some(record));
        }
        world.app.withdraw(&ctx, world.key(), second, WithdrawalReason::PurposeMet).await.unwrap();
        assert_eq!(answers(&world).await, live);
    });
}

#[test]
fn a_search_under_way_while_the_index_is_replaced_finds_nothing_overdue() {
    run(async {
        let (world, ..) = written(11, 10).await;
        let ctx = acting("XA", PURPOSE);
        let enter = async |world: &World, name: &str, days: i32| {
            let terms = terms(PURPOSE, world.today().saturating_add(days));
            let submission = Submission { terms, ..world.submission(PURPOSE, person(&[name])) };
            world.app.submit_person(&ctx, world.key(), submission).await.unwrap().records[0]
        };
        let overdue = enter(&world, "Калачев Валерий", 10).await;
        let standing = enter(&world, "Калачев Валерий", 100).await;
        let pool = database(&world).await;
        let before = sqlx::query_as(
            "SELECT number, size, chain, frontier FROM streams WHERE organisation = 'XA' AND class = 1",
        );
        let before: (i64, i64, Vec<u8>, Vec<u8>) = before.fetch_one(&pool).await.unwrap();
        pool.close().await;
        enter(&world, "Потерянная Запись", 100).await;
        let world = world.restart().await;
        world.pass_days(11);
        world.app.upkeep().await.unwrap();
        let held = hold_back(&world);

        go_back_by_one(&world, &before).await;
        let query = named("Калачев Валерий");
        let replaced = async {
            held.begun.acquire().await.unwrap().forget();
            // What is entered does not continue what the index has read: another is built and put in its place.
            enter(&world, "Новая Первая", 100).await;
            enter(&world, "Новая Вторая", 100).await;
            let opened = world.app.open(&acting("XB", PURPOSE), overdue).await;
            held.go_on.add_permits(10);
            opened
        };
        let (answer, opened) = tokio::join!(world.app.search(&ctx, &query), replaced);
        assert!(matches!(opened, Err(barid_app::AppError::Absent)));
        let found: Vec<_> = answer.unwrap().candidates.iter().map(|candidate| candidate.record).collect();
        assert_eq!(found, [standing]);
        let found = world.app.search(&ctx, &named("Новая Вторая")).await.unwrap();
        assert!(found.candidates.iter().any(|candidate| candidate.alert), "the new index answers");
    });
}

/// An order to erase a record, as another replica writes it: this one has not followed it.
async fn erase_elsewhere(world: &World, record: RecordId, current: EntryHash) {
    let bytes = world.draw::<64>().to_vec();
    let mut tx = world.app.store().begin_write(None);
    tx.append(NewEntry {
        organisation: code("XA"),
        class: StreamClass::Persons,
        hash: entry_hash(&bytes),
        bytes,
        key: KeyScope::owner_month(code("XA"), world.today()),
        change: HeadChange::Erase { record, expects: Some(current) },
        items: Vec::new(),
        meta: HeadMeta { database: Database::Persons, review_on: world.today() },
    });
    tx.commit(world.committed_line("XA", Operation::EraseRecord)).await.unwrap();
}

#[test]
fn an_index_that_can_not_be_followed_ends_to_answer() {
    run(async {
        let (world, ..) = written(15, 10).await;
        let ctx = acting("XA", PURPOSE);
        let submission = world.submission(PURPOSE, person(&["Калачев Захар"]));
        let receipt = world.app.submit_person(&ctx, world.key(), submission).await.unwrap();
        let (record, current) = (receipt.records[0], receipt.entries[0].0);
        let (bound, patience) = (Duration::from_millis(300), Duration::from_secs(60));
        let set = async |statement: &'static str| {
            let pool = database(&world).await;
            assert_eq!(sqlx::query(statement).execute(&pool).await.unwrap().rows_affected(), 1);
            pool.close().await;
        };
        erase_elsewhere(&world, record, current).await;
        set("UPDATE log SET change = 100 + change WHERE rowid = (SELECT l.rowid FROM log l JOIN streams s
             ON s.number = l.stream AND s.size = l.seq WHERE s.organisation = 'XA' AND s.class = 1)")
        .await;
        world.app.limit_searches_alone(bound);
        for _ in 0..2 {
            assert!(world.app.keep_in_step(patience).await.is_err());
            tokio::time::sleep(bound).await;
        }
        assert!(!world.app.ready());
        assert_eq!(world.app.search(&ctx, &named("Калачев Захар")).await.unwrap_err().code(), "not-ready");
        set("UPDATE log SET change = change - 100 WHERE change >= 100").await;
        // What happens to the registry does not keep the index from following.
        set("UPDATE streams SET chain = zeroblob(32), size = size + 1 WHERE class = 0").await;
        let registry = world.app.keep_in_step(patience).await;
        world.app.limit_searches_alone(patience);
        assert!(world.app.ready(), "{registry:?}");
        let found = world.app.search(&ctx, &named("Калачев Захар")).await.unwrap();
        assert!(found.candidates.iter().all(|candidate| candidate.record != record));
    });
}

#[test]
fn snapshots_go_with_an_erasure_that_a_rebuilt_index_read() {
    run(async {
        let (world, ..) = written(16, 10).await;
        let submission = world.submission(PURPOSE, person(&["Бюхнер Проверочный"]));
        let receipt = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        let (record, current) = (receipt.records[0], receipt.entries[0].0);
        let enter = async |world: &World, name: &str| {
            let submission = world.submission(PURPOSE, person(&[name]));
            world.app.submit_person(&acting("XB", PURPOSE), world.key(), submission).await.unwrap();
        };
        enter(&world, "Общая Память").await;
        let pool = database(&world).await;
        let before = sqlx::query_as(
            "SELECT number, size, chain, frontier FROM streams WHERE organisation = 'XB' AND class = 1",
        );
        let before: (i64, i64, Vec<u8>, Vec<u8>) = before.fetch_one(&pool).await.unwrap();
        pool.close().await;
        enter(&world, "Потерянная Запись").await;
        // Started from its snapshots, it has no changes to take back.
        let world = world.restart().await;
        world.app.save_snapshot().await.unwrap();
        let directory = world.data().join("snapshots");
        let kept: Vec<_> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|file| file.unwrap().path())
            .map(|path| (std::fs::read(&path).unwrap(), path))
            .collect();
        assert!(!kept.is_empty());
        erase_elsewhere(&world, record, current).await;
        for (bytes, path) in kept {
            std::fs::write(path, bytes).unwrap();
        }
        let loaded = |world: &World| world.app.store().load_snapshot(SnapshotKind::Persons).unwrap();
        assert!(loaded(&world).is_some());
        go_back_by_one(&world, &before).await;
        world.app.keep_in_step(Duration::from_secs(60)).await.unwrap();
        assert_eq!(world.app.index_mended(), (0, 1));
        assert!(loaded(&world).is_none());
    });
}

#[test]
fn a_closing_node_saves_no_index_that_holds_what_was_erased() {
    run(async {
        let (world, ..) = written(12, 10).await;
        let submission = world.submission(PURPOSE, person(&["Бюхнер Проверочный"]));
        let receipt = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        let (record, current) = (receipt.records[0], receipt.entries[0].0);
        let holds = |world: &World| {
            let snapshot = world.app.store().load_snapshot(SnapshotKind::Persons).unwrap();
            let needle = "Бюхнер".as_bytes();
            snapshot
                .map(|snapshot| snapshot.read_to_end().unwrap())
                .map(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
        };
        world.app.save_snapshot().await.unwrap();
        assert_eq!(holds(&world), Some(true));

        // Erased, and the process is asked to stop before it followed.
        erase_elsewhere(&world, record, current).await;
        assert_eq!(holds(&world), None, "the erasure removed them");
        assert_eq!(world.app.save_snapshot().await.unwrap_err().code(), "not-ready", "it is behind");
        assert_eq!(holds(&world), None);
        let world = world.close().await.start_without_index().await;
        assert_eq!(holds(&world), Some(false));
    });
}

#[test]
fn what_the_database_lost_is_taken_back_and_a_follower_that_does_not_look_is_found_out() {
    run(async {
        for (seed, is_trusting) in [(13, false), (14, true)] {
            let (world, ..) = written(seed, 20).await;
            let ctx = acting("XA", PURPOSE);
            let first = world.submission(PURPOSE, person(&["Калачева Дарья"]));
            let first = world.app.submit_person(&ctx, world.key(), first).await.unwrap();
            let (record, expects) = (first.records[0], first.entries[0].0);
            let live = answers(&world).await;
            let pool = database(&world).await;
            let before = sqlx::query_as(
                "SELECT number, size, chain, frontier FROM streams WHERE organisation = 'XA' AND class = 1",
            );
            let before: (i64, i64, Vec<u8>, Vec<u8>) = before.fetch_one(&pool).await.unwrap();
            if is_trusting {
                world.app.follow_without_checks();
            }
            // A revision, and a record that nobody entered after all.
            let (terms, statement) = (world.terms(PURPOSE), person(&["Другое Имя"]));
            let revision = Submission {
                record: Some(record),
                expects: Some(expects),
                terms,
                statement,
                images: Vec::new(),
                audience: None,
            };
            world.app.submit_person(&ctx, world.key(), revision).await.unwrap();
            let lost = world.submission(PURPOSE, person(&["Потерянная Запись"]));
            world.app.submit_person(&ctx, world.key(), lost).await.unwrap();
            let (number, size, chain, frontier) = before;
            for statement in [
                "UPDATE heads SET seq = $2, version = 1 WHERE stream = $1 AND seq = $2 + 1",
                "DELETE FROM heads WHERE stream = $1 AND seq > $2",
                "DELETE FROM log WHERE stream = $1 AND seq > $2",
            ] {
                let done = sqlx::query(statement).bind(number).bind(size).execute(&pool).await.unwrap();
                assert!(done.rows_affected() > 0, "{statement}");
            }
            sqlx::query("UPDATE streams SET size = $2, chain = $3, frontier = $4 WHERE number = $1")
                .bind(number)
                .bind(size)
                .bind(chain)
                .bind(frontier)
                .execute(&pool)
                .await
                .unwrap();
            pool.close().await;
            world.app.keep_in_step(Duration::from_secs(60)).await.unwrap();
            let (rolled_back, rebuilt) = world.app.index_mended();
            assert_eq!((rolled_back, rebuilt), if is_trusting { (0, 0) } else { (1, 0) });
            assert_eq!(world.app.index_equals_store().await.unwrap(), !is_trusting);
            if !is_trusting {
                assert_eq!(answers(&world).await, live);
                let found = world.app.search(&ctx, &named("Калачева Дарья")).await.unwrap();
                assert_eq!(found.candidates.first().map(|candidate| candidate.record), Some(record));
            }
        }
    });
}

async fn database(world: &World) -> sqlx::SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.data().join("barid.db"));
    sqlx::SqlitePool::connect_with(options.foreign_keys(false)).await.unwrap()
}

/// The stream of XA's persons goes back by one entry under the running node, as a database that fails over does.
async fn go_back_by_one(world: &World, before: &(i64, i64, Vec<u8>, Vec<u8>)) {
    let (number, size, chain, frontier) = before;
    let pool = database(world).await;
    for lost in
        ["DELETE FROM heads WHERE stream = $1 AND seq > $2", "DELETE FROM log WHERE stream = $1 AND seq > $2"]
    {
        let done = sqlx::query(lost).bind(number).bind(size).execute(&pool).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    }
    sqlx::query("UPDATE streams SET size = $2, chain = $3, frontier = $4 WHERE number = $1")
        .bind(number)
        .bind(size)
        .bind(chain)
        .bind(frontier)
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}

#[test]
fn an_index_of_a_history_that_was_rolled_back_is_replaced_by_one_built_beside_it() {
    run(async {
        let (world, ..) = written(9, 30).await;
        let ctx = acting("XA", PURPOSE);
        let enter = async |world: &World, name: &str| {
            let submission = world.submission(PURPOSE, person(&[name]));
            world.app.submit_person(&ctx, world.key(), submission).await.unwrap().records[0]
        };
        let finds = async |world: &World, name: &str| {
            let found = world.app.search(&ctx, &named(name)).await.unwrap();
            found.candidates.iter().any(|candidate| candidate.alert)
        };
        enter(&world, "Общая Память").await;
        let pool = database(&world).await;
        let before = sqlx::query_as(
            "SELECT number, size, chain, frontier FROM streams WHERE organisation = 'XA' AND class = 1",
        );
        let before: (i64, i64, Vec<u8>, Vec<u8>) = before.fetch_one(&pool).await.unwrap();
        pool.close().await;
        enter(&world, "Потерянная Запись").await;

        // Shorter than what was read: nothing new to read, so only upkeep notices.
        let world = world.restart().await;
        assert!(finds(&world, "Общая Память").await && world.app.index_equals_store().await.unwrap());
        go_back_by_one(&world, &before).await;
        world.app.follow().await.unwrap();
        assert!(!world.app.index_equals_store().await.unwrap());
        world.app.upkeep().await.unwrap();
        assert!(world.app.index_equals_store().await.unwrap() && finds(&world, "Общая Память").await);

        // Gone on differently: the first change behind the fork does not continue what was read.
        enter(&world, "Потерянная Снова").await;
        let world = world.restart().await;
        go_back_by_one(&world, &before).await;
        enter(&world, "Новая Первая").await;
        enter(&world, "Новая Вторая").await;
        assert!(world.app.index_equals_store().await.unwrap());
        for name in ["Общая Память", "Новая Первая", "Новая Вторая"] {
            assert!(finds(&world, name).await, "{name}");
        }

        // Where no other index can be built, nothing is answered from one that is known to differ.
        let pool = database(&world).await;
        let broken = sqlx::query("UPDATE log SET chain = zeroblob(32) WHERE stream = $1 AND seq = 1");
        assert_eq!(broken.bind(before.0).execute(&pool).await.unwrap().rows_affected(), 1);
        sqlx::query("UPDATE streams SET chain = zeroblob(32) WHERE number = $1")
            .bind(before.0)
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        assert_eq!(world.app.upkeep().await.unwrap_err().code(), "not-ready");
        assert!(!world.app.ready());
        let refused = world.app.search(&ctx, &named("Новая Вторая")).await.unwrap_err();
        assert_eq!(refused.code(), "not-ready");
    });
}
