//! Review dates take effect: silence hides, and after ninety days erases; the owner may bring a record back before.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use barid_app::{AppError, DocumentBatchSubmission, PersonSubmission, Query, Submission};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Database, FraudType, Purpose, WithdrawalReason};
use barid_domain::contents::Content;
use barid_domain::entries::Unverified;
use barid_domain::ids::{IdempotencyKey, RecordId};
use barid_domain::registry::Standing;
use barid_domain::reviews::RESTORABLE_DAYS;
use barid_domain::streams::StreamClass;
use barid_domain::terms::Terms;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_store::{
    HeadChange, HeadMeta, HeadState, KeyScope, NewEntry, StoreError, StreamChange, StreamPositions,
};
use barid_testkit::world::{World, acting, code, person, stolen_passport, terms};

use crate::{named, numbered, run, said};

const PURPOSE: Purpose = Purpose::BorderControl;

fn key(number: u8) -> IdempotencyKey {
    IdempotencyKey::from_random([number; 16])
}

/// Terms to be reviewed in some days.
fn due_in(world: &World, days: i32) -> Terms {
    terms(PURPOSE, world.today().saturating_add(days))
}

async fn enter(world: &World, owner: &str, number: u8, name: &str, days: i32) -> RecordId {
    let submission = Submission { terms: due_in(world, days), ..world.submission(PURPOSE, person(&[name])) };
    world.app.submit_person(&acting(owner, PURPOSE), key(number), submission).await.unwrap().records[0]
}

async fn report(world: &World, owner: &str, number: u8, document: TravelDocument, days: i32) -> RecordId {
    let submission = Submission { terms: due_in(world, days), ..world.submission(PURPOSE, document) };
    let ctx = acting(owner, PURPOSE);
    world.app.submit_travel_document(&ctx, key(number), submission).await.unwrap().records[0]
}

async fn report_batch(world: &World, owner: &str, number: u8, count: usize, days: i32) -> Vec<RecordId> {
    let document = |i| stolen_passport(&format!("B{i:05}"), &format!("{owner}X"));
    let documents = (0..count).map(document).collect();
    let submission = DocumentBatchSubmission { terms: due_in(world, days), documents, audience: None };
    world.app.submit_document_batch(&acting(owner, PURPOSE), key(number), submission).await.unwrap().records
}

async fn finds(world: &World, query: &Query) -> Vec<RecordId> {
    let answer = world.app.search(&acting("XB", PURPOSE), query).await.unwrap();
    answer.candidates.iter().map(|candidate| candidate.record).collect()
}

/// Lets days pass and the upkeep run after them, twice: a leap alone erases nothing.
async fn pass(world: &World, days: i64) {
    world.app.upkeep().await.unwrap();
    world.pass_days(days - 1);
    world.app.upkeep().await.unwrap();
    world.pass_days(1);
    world.app.upkeep().await.unwrap();
}

async fn state(world: &World, record: RecordId) -> HeadState {
    world.app.store().head(record).await.unwrap().unwrap().state
}

#[test]
fn a_record_answers_with_its_day_of_review_and_no_longer() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 30).await;
        let range = TravelDocument {
            range_end: Some(DocumentNumber::new("R0500").unwrap()),
            fraud_type: FraudType::StolenBlank,
            ..stolen_passport("R0001", "XAX")
        };
        let range = report(&world, "XA", 2, range, 30).await;
        let items = report_batch(&world, "XA", 3, 5, 30).await;
        world.pass_days(30);
        assert_eq!(finds(&world, &named("Калачев")).await, [record]);
        assert_eq!(finds(&world, &numbered("R0250")).await, [range]);
        assert_eq!(finds(&world, &numbered("B00003")).await, [items[3]]);
        assert!(world.app.open(&acting("XB", PURPOSE), record).await.is_ok());
        world.pass_days(1);
        for query in [named("Калачев"), numbered("R0250"), numbered("B00003")] {
            assert!(finds(&world, &query).await.is_empty());
        }
        for record in [record, range, items[3]] {
            for organisation in ["XA", "XB"] {
                let refused = world.app.open(&acting(organisation, PURPOSE), record).await.unwrap_err();
                assert!(matches!(refused, AppError::Absent), "{organisation}");
            }
        }
        // Nor after a start, from a snapshot or without one.
        let world = world.restart().await;
        assert!(finds(&world, &named("Калачев")).await.is_empty());
        let world = world.abandon().start().await;
        assert!(finds(&world, &numbered("R0250")).await.is_empty());
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn the_owner_sees_what_is_overdue_and_brings_it_back() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let record = enter(&world, "XA", 1, "Калачев", 30).await;
        let other = enter(&world, "XA", 2, "Образцов", 300).await;
        world.pass_days(30 + i64::from(RESTORABLE_DAYS) - 1);
        let own = world.app.own_records(&xa, None, 10).await.unwrap();
        let overdue: Vec<_> = own.iter().filter(|own| own.review_overdue).collect();
        assert_eq!((own.len(), overdue.len()), (2, 1));
        assert_eq!(overdue[0].record, record);
        pass(&world, 1).await;
        let revision = PersonSubmission {
            record: Some(record),
            expects: Some(overdue[0].entry),
            terms: due_in(&world, 30),
            statement: person(&["Калачев Валерий"]),
            images: Vec::new(),
            audience: None,
        };
        world.app.submit_person(&xa, world.key(), revision).await.unwrap();
        assert_eq!(finds(&world, &named("Калачев Валерий")).await, [record]);
        assert!(world.app.open(&acting("XB", PURPOSE), record).await.is_ok());
        let own = world.app.own_records(&xa, None, 10).await.unwrap();
        assert!(own.iter().all(|own| !own.review_overdue));
        // It passes its new day like any other; a withdrawal ends what is overdue too.
        world.pass_days(31);
        assert!(finds(&world, &named("Калачев Валерий")).await.is_empty());
        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::PurposeMet).await.unwrap();
        let left = world.app.own_records(&xa, None, 10).await.unwrap();
        assert_eq!(left.iter().map(|own| own.record).collect::<Vec<_>>(), [other]);
    });
}

#[test]
fn hidden_records_crowd_nobody_out() {
    run(async {
        let world = World::exercise().build().await;
        for number in 0..60 {
            enter(&world, "XA", number, "Калачев Валерий", 10).await;
            report(&world, "XA", 60 + number, stolen_passport("XA7", "XAX"), 10).await;
        }
        let person = enter(&world, "XA", 200, "Калачев Валерий", 100).await;
        let document = report(&world, "XA", 201, stolen_passport("XA7", "XAX"), 100).await;
        world.pass_days(11);
        for limit in [Some(1), Some(50)] {
            assert_eq!(finds(&world, &Query { limit, ..named("Kalachev Valery") }).await, [person]);
            assert_eq!(finds(&world, &Query { limit, ..numbered("XA7") }).await, [document]);
        }
    });
}

/// What the owner, another bureau and the secretariat can get to see, put into words.
async fn everything_said(world: &World, records: &[RecordId]) -> String {
    let app = &world.app;
    let mut all = String::new();
    for (organisation, purpose) in [("XC", PURPOSE), ("XB", PURPOSE), ("SEC", Purpose::Oversight)] {
        let ctx = acting(organisation, purpose);
        for name in ["Калачев Валерий", "Kalachev", "কালাচেভ", "كالاتشيف"]
        {
            for limit in [Some(1), Some(50)] {
                all += &said(&app.search(&ctx, &Query { limit, ..named(name) }).await.unwrap());
            }
        }
        for number in ["XC1234567", "B00001", "XA1234567"] {
            all += &said(&app.search(&ctx, &numbered(number)).await.unwrap());
        }
        for record in records {
            match app.open(&ctx, *record).await {
                Ok(opened) => all += &format!("{:?} {:?}\n", opened.terms, opened.statement),
                Err(error) => all += &format!("{} {error:?}\n", error.code()),
            }
        }
    }
    all
}

#[test]
fn a_world_with_overdue_records_answers_as_one_without() {
    run(async {
        let mut said = Vec::new();
        let mut overdue = Vec::new();
        for has_overdue in [true, false] {
            let world = World::exercise().build().await;
            if has_overdue {
                overdue.push(enter(&world, "XC", 1, "Калачев Валерий", 20).await);
                overdue.push(enter(&world, "XC", 2, "Kalachev", 5).await);
                overdue.push(report(&world, "XC", 3, stolen_passport("XC1234567", "XCX"), 20).await);
                overdue.extend(report_batch(&world, "XC", 4, 3, 20).await);
            }
            let mut seen = vec![enter(&world, "XA", 5, "Калачев Валерий", 400).await];
            seen.push(report(&world, "XA", 6, stolen_passport("XA1234567", "XAX"), 400).await);
            let asked: Vec<RecordId> = overdue.iter().chain(&seen).copied().collect();
            world.pass_days(21);
            said.push(everything_said(&world, &asked).await);
            let world = world.restart().await;
            said.push(everything_said(&world, &asked).await);
            // And the same again once they are erased.
            pass(&world, 100).await;
            for record in &overdue {
                let head = world.app.store().head(*record).await.unwrap();
                assert_eq!(head.map(|head| head.state), has_overdue.then_some(HeadState::Erased));
            }
            said.push(everything_said(&world, &asked).await);
        }
        assert!(said[0].contains("Калачев Валерий") && said[0].contains("absent"));
        assert!(said.iter().all(|other| *other == said[0]), "{}\n======\n{}", said[0], said[3]);
    });
}

#[test]
fn ninety_days_behind_its_review_a_record_is_erased_and_does_not_come_back() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let person_record = enter(&world, "XA", 1, "Калачев", 30).await;
        let withdrawn = enter(&world, "XA", 2, "Образцов", 30).await;
        world.app.withdraw(&xa, world.key(), withdrawn, WithdrawalReason::PurposeMet).await.unwrap();
        let items = report_batch(&world, "XA", 3, 4, 30).await;
        let document = report(&world, "XB", 4, stolen_passport("XB1", "XBX"), 30).await;
        let kept = enter(&world, "XA", 5, "Учебный", 300).await;
        let entry = world.app.store().head(person_record).await.unwrap().unwrap().current;
        let before = changes(&world).await;
        let bytes = before.into_iter().find(|change| change.entry_hash == entry).unwrap().bytes.unwrap();

        pass(&world, 30 + i64::from(RESTORABLE_DAYS)).await;
        assert_eq!(state(&world, person_record).await, HeadState::Active, "the last day it can be restored");
        pass(&world, 1).await;
        for record in [person_record, withdrawn, document].iter().chain(&items) {
            assert_eq!(state(&world, *record).await, HeadState::Erased);
        }
        assert_eq!(state(&world, kept).await, HeadState::Active);
        assert_eq!(finds(&world, &named("Учебный")).await, [kept]);
        assert!(world.app.own_records(&xa, None, 10).await.unwrap().iter().all(|own| own.record == kept));
        assert!(world.app.index_equals_store().await.unwrap());

        // Only what stands has content, and each erasure is the owner's signed word that the time is over.
        let mut expired = 0;
        for change in changes(&world).await {
            assert!(change.items.iter().all(|item| item.bytes.is_none()), "the items are gone");
            match change.change {
                HeadChange::Erase { .. } => {
                    let entry = Unverified::parse(change.bytes.as_deref().unwrap()).unwrap();
                    let entry = entry.verify(world.app.registry().as_ref()).unwrap();
                    let reason = match Content::read(&entry).unwrap() {
                        Content::Withdrawal(withdrawal) => withdrawal.reason,
                        Content::ItemWithdrawal(withdrawal) => withdrawal.reason,
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(reason, WithdrawalReason::Expired);
                    expired += 1;
                }
                // The node's word that they are gone names none of them.
                HeadChange::Attest { .. } => assert!(change.bytes.is_some()),
                // The manifest of the batch names no document.
                HeadChange::None => assert_eq!(change.items.len(), 4),
                of => assert_eq!(change.bytes.is_some(), of.record() == Some(kept), "{of:?}"),
            }
        }
        assert_eq!(expired, 7);

        // Its tombstone stays: who kept the very bytes can't bring them back, under its own id or another.
        for record in [person_record, RecordId([7; 16])] {
            let mut tx = world.app.store().begin_write(None);
            tx.append(NewEntry {
                organisation: code("XA"),
                class: StreamClass::Persons,
                hash: entry,
                bytes: bytes.clone(),
                key: KeyScope::Record(record),
                change: HeadChange::Create { record },
                items: Vec::new(),
                meta: HeadMeta { database: Database::Persons, review_on: world.today() },
            });
            let refused = tx.commit(world.committed_line("XA", Operation::SubmitRecord)).await.unwrap_err();
            assert!(matches!(refused, StoreError::ErasedEntry { .. }), "{refused:?}");
        }
        let revision = PersonSubmission {
            record: Some(person_record),
            expects: Some(entry),
            ..world.submission(PURPOSE, person(&["Калачев"]))
        };
        let refused = world.app.submit_person(&xa, world.key(), revision).await.unwrap_err();
        assert!(matches!(refused, AppError::Ended | AppError::Stale { .. }), "{refused:?}");

        let lines = world.journal_of("XA").await;
        let erased: Vec<_> = lines.iter().filter(|line| line.operation == Operation::EraseRecord).collect();
        assert_eq!(erased.len(), 1);
        assert_eq!((erased[0].phase, erased[0].actor.officer.as_str()), (Phase::Committed, "upkeep"));
        assert_eq!((erased[0].records.len(), erased[0].entries.len()), (6, 6));
    });
}

/// All that stands in the streams of records.
async fn changes(world: &World) -> Vec<StreamChange> {
    let (from, classes) = (StreamPositions::new(), [StreamClass::Persons, StreamClass::TravelDocuments]);
    world.app.store().changes_after(&from, &classes, 500).await.unwrap()
}

#[test]
fn erasing_goes_in_slices() {
    run(async {
        let world = World::exercise().build().await;
        let items = report_batch(&world, "XA", 1, 600, 30).await;
        let others = enter(&world, "XB", 2, "Калачев", 30).await;
        pass(&world, 30 + i64::from(RESTORABLE_DAYS)).await;
        world.pass_days(1);
        let mut left = Vec::new();
        for _ in 0..4 {
            world.app.upkeep().await.unwrap();
            let mut erased = 0;
            for record in items.iter().chain([&others]) {
                erased += usize::from(state(&world, *record).await == HeadState::Erased);
            }
            left.push(erased);
        }
        assert_eq!(left, [250, 500, 601, 601]);
    });
}

#[test]
fn the_millions_of_one_owner_keep_nothing_of_another_alive() {
    run(async {
        let world = World::exercise().build().await;
        // The one with many comes first by its code, and by its days.
        let items = report_batch(&world, "XA", 1, 600, 30).await;
        let other = enter(&world, "XB", 2, "Калачев", 31).await;
        pass(&world, 31 + i64::from(RESTORABLE_DAYS)).await;
        world.pass_days(1);
        world.app.upkeep().await.unwrap();
        assert_eq!(state(&world, other).await, HeadState::Erased);
        let left = count_left(&world, &items).await;
        assert!(left > 0, "with some of the many still to come");
    });
}

async fn count_left(world: &World, records: &[RecordId]) -> usize {
    let mut left = 0;
    for record in records {
        left += usize::from(state(world, *record).await != HeadState::Erased);
    }
    left
}

/// Runs an upkeep, and at its `at`-th wait another piece of work to its end; tells whether it came to that.
async fn upkeep_with(world: &World, at: u32, between: impl Future<Output = ()>) -> bool {
    let mut upkeep = std::pin::pin!(world.app.upkeep());
    for _ in 0..at {
        let polled = std::future::poll_fn(|cx| Poll::Ready(upkeep.as_mut().poll(cx))).await;
        if let Poll::Ready(done) = polled {
            done.unwrap();
            return false;
        }
        // Time for what it waits for, so that every wait is met by one poll.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    between.await;
    upkeep.await.unwrap();
    true
}

#[test]
fn a_revision_that_was_acknowledged_is_not_erased() {
    run(async {
        // Wherever in the upkeep the revision comes: what the owner was told is stored is there afterwards.
        let (mut won, mut lost) = (0, 0);
        for at in 1..200 {
            let world = World::exercise().build().await;
            let xa = acting("XA", PURPOSE);
            let record = enter(&world, "XA", 1, "Калачев", 30).await;
            let beside = enter(&world, "XA", 2, "Образцов", 30).await;
            let revision = PersonSubmission {
                record: Some(record),
                expects: Some(world.app.store().head(record).await.unwrap().unwrap().current),
                terms: terms(PURPOSE, world.today().saturating_add(300)),
                statement: person(&["Калачев Валерий"]),
                images: Vec::new(),
                audience: None,
            };
            // To the eve of erasing, and over midnight.
            pass(&world, 30 + i64::from(RESTORABLE_DAYS)).await;
            world.pass_days(1);
            let mut acknowledged = false;
            let met = upkeep_with(&world, at, async {
                acknowledged = world.app.submit_person(&xa, world.key(), revision).await.is_ok();
            })
            .await;
            if !met {
                break;
            }
            let state = state(&world, record).await;
            if acknowledged {
                won += 1;
                assert_eq!(state, HeadState::Active, "at wait {at}");
                assert!(world.app.open(&acting("XB", PURPOSE), record).await.is_ok());
            } else {
                lost += 1;
                assert_eq!(state, HeadState::Erased, "at wait {at}");
            }
            assert_eq!(
                self::state(&world, beside).await,
                HeadState::Erased,
                "the other is erased all the same, at wait {at}"
            );
        }
        // How many waits an upkeep has, and so whether a revision can come too late, differs from run to run.
        assert!(won > 0, "{won} {lost}");
    });
}

#[test]
fn with_the_clock_in_doubt_expiry_and_erasure_wait_and_searches_go_on() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 60).await;
        let old = enter(&world, "XA", 2, "Образцов", 2).await;
        pass(&world, 3).await;
        assert!(finds(&world, &named("Образцов")).await.is_empty());
        // Something is entered while the clock is ahead; then the clock is set back, still behind the review.
        world.pass_days(297);
        enter(&world, "XB", 3, "Учебный", 300).await;
        world.pass_days(-200);
        for _ in 0..3 {
            world.app.upkeep().await.unwrap();
        }
        assert_eq!(finds(&world, &named("Калачев")).await, [record], "a hundred days, and not hidden");
        assert!(finds(&world, &named("Образцов")).await.is_empty(), "what was hidden stays hidden");
        assert_eq!(state(&world, old).await, HeadState::Active, "ninety-eight days, and not erased");
        // Within the largest skew of the newest entry it is believed again.
        world.pass_days(200);
        assert!(finds(&world, &named("Калачев")).await.is_empty());
        pass(&world, 1).await;
        assert_eq!(state(&world, old).await, HeadState::Erased);
    });
}

#[test]
fn a_clock_that_was_ahead_for_a_while_takes_nothing_for_good() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 30).await;
        let document = report(&world, "XA", 2, stolen_passport("XA7", "XAX"), 30).await;
        world.app.upkeep().await.unwrap();
        world.pass_days(1_000);
        // Nobody asks or enters anything in that time; the upkeep runs, and erases nothing so soon.
        world.app.upkeep().await.unwrap();
        world.app.upkeep().await.unwrap();
        assert!(world.app.index_equals_store().await.unwrap(), "both are hidden");
        world.pass_days(-1_000);
        assert_eq!(finds(&world, &named("Калачев")).await, [record]);
        assert_eq!(finds(&world, &numbered("XA7")).await, [document]);

        // The same over a restart: a snapshot of a later day is not believed.
        world.pass_days(1_000);
        world.app.upkeep().await.unwrap();
        let closed = world.close().await;
        let world = closed.start().await;
        // Nor does a start make a clock believed that had just leapt, with lines stored under it.
        finds(&world, &named("Калачев")).await;
        world.app.upkeep().await.unwrap();
        let world = world.close().await.start().await;
        world.app.upkeep().await.unwrap();
        assert_eq!(state(&world, record).await, HeadState::Active);
        world.pass_days(-1_000);
        let world = world.abandon().start().await;
        assert_eq!(finds(&world, &named("Калачев")).await, [record]);
        assert_eq!(finds(&world, &numbered("XA7")).await, [document], "of documents neither");
        assert_eq!(state(&world, record).await, HeadState::Active);
    });
}

#[test]
fn before_an_index_stands_an_overdue_record_is_not_opened_either() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 30).await;
        let other = enter(&world, "XA", 2, "Образцов", 300).await;
        world.pass_days(31);
        let world = world.close().await.start_without_index().await;
        let xa = acting("XA", PURPOSE);
        assert!(matches!(world.app.open(&xa, record).await, Err(AppError::Absent)));
        assert!(world.app.open(&xa, other).await.is_ok());
        let own = world.app.own_records(&xa, None, 10).await.unwrap();
        assert_eq!(own.iter().filter(|own| own.review_overdue).count(), 1);
        world.app.make_ready().await.unwrap();
        assert!(finds(&world, &named("Калачев")).await.is_empty());
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn records_of_a_suspended_owner_are_erased_too() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XC", 1, "Калачев", 30).await;
        let other = enter(&world, "XA", 2, "Образцов", 30).await;
        let world = world.state_standing("XC", Standing::Suspended).await;
        pass(&world, 31 + i64::from(RESTORABLE_DAYS)).await;
        assert_eq!(state(&world, other).await, HeadState::Erased);
        assert_eq!(state(&world, record).await, HeadState::Erased);
    });
}
