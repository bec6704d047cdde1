//! The index follows the streams: equal to the store after any writes, any restart, any snapshot.

use std::path::PathBuf;

use barid_app::{DocumentBatchSubmission, Submission};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::{EntryHash, RecordId};
use barid_testkit::world::{ClosedWorld, World, acting, person, stolen_passport};

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
            let submission = world.submission(PURPOSE, person(&[&name]));
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
            let submission = DocumentBatchSubmission { terms: world.terms(PURPOSE), documents };
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
                let statement = person(&[NAMES[dice.throw(NAMES.len())], "Второе Имя"]);
                app.submit_person(&ctx, world.key(), Submission { record, expects, terms, statement }).await
            } else {
                let statement = stolen_passport(&number(dice).replace(bureau, owner), &format!("{owner}X"));
                app.submit_travel_document(
                    &ctx,
                    world.key(),
                    Submission { record, expects, terms, statement },
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

fn the_snapshot(closed: &ClosedWorld) -> PathBuf {
    let [path] = &snapshots(closed.data())[..] else { panic!("one snapshot") };
    path.clone()
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
                    std::fs::remove_file(the_snapshot(&closed)).unwrap();
                    ("without a snapshot", closed.start().await)
                }
                2 => ("after a kill, with the snapshot of the start before", world.abandon().start().await),
                _ => {
                    let closed = world.close().await;
                    let path = the_snapshot(&closed);
                    let mut bytes = std::fs::read(&path).unwrap();
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 0x40;
                    std::fs::write(&path, bytes).unwrap();
                    ("after its snapshot was damaged", closed.start().await)
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
        let old = std::fs::read(the_snapshot(&closed)).unwrap();
        let world = closed.start().await;
        for _ in 0..30 {
            one_write(&world, &mut dice, &mut standing).await;
        }
        let live = answers(&world).await;
        let closed = world.close().await;
        std::fs::write(the_snapshot(&closed), old).unwrap();
        assert_eq!(answers(&closed.start().await).await, live);
    });
}

#[test]
fn a_snapshot_of_another_history_is_not_believed() {
    run(async {
        let (world, ..) = written(6, 20).await;
        let closed = world.close().await;
        let enter = async |world: &World, name: &str| {
            let submission = world.submission(PURPOSE, person(&[name]));
            world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap()
        };
        // One history goes on with as many entries as the other, or with more: each has a snapshot of its own.
        for more in [1, 3] {
            let other = closed.start_copy(60 + more).await;
            for _ in 0..more {
                enter(&other, "Чужая История").await;
            }
            let other = other.close().await;
            let world = closed.start_copy(70 + more).await;
            let own = enter(&world, "Своя История").await.records[0];
            let live = answers(&world).await;
            let world = world.close().await;
            std::fs::copy(the_snapshot(&other), the_snapshot(&world)).unwrap();
            let world = world.start().await;
            assert_eq!(answers(&world).await, live, "{more} further entries in the other history");
            let found = world.app.search(&acting("XB", PURPOSE), &named("Своя История")).await.unwrap();
            assert_eq!(found.candidates.first().map(|candidate| candidate.record), Some(own));
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
            std::fs::write(the_snapshot(&closed), rubbish).unwrap();
            let world = closed.start().await;
            assert_eq!(answers(&world).await, live);
            closed = world.close().await;
        }
    });
}
