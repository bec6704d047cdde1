//! Retention: review lists, decisions that keep and withdraw, and erasures that are attested.

use barid_app::{
    AppError, Decided, DocumentBatchSubmission, OrderPlan, ReviewAct, ReviewCursor, ReviewDecision,
    ReviewState, Submission,
};
use barid_domain::codes::{Database, PersonStatus, Purpose, WithdrawalReason};
use barid_domain::contents::Content;
use barid_domain::dates::Day;
use barid_domain::entries::Unverified;
use barid_domain::erasures::{ErasureAttestation, root_of};
use barid_domain::faults::FaultCode;
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::orders::OrderAct;
use barid_domain::reviews::RESTORABLE_DAYS;
use barid_domain::streams::StreamClass;
use barid_domain::terms::KeepReason;
use barid_domain::text::LocalText;
use barid_store::{HeadState, StreamPositions};
use barid_testkit::world::{World, acting, person, stolen_passport, terms};

use crate::imports::{FULL, counts, import_rows, passports};
use crate::{named, numbered, run};

const PURPOSE: Purpose = Purpose::BorderControl;

fn key(number: u8) -> IdempotencyKey {
    IdempotencyKey::from_random([number; 16])
}

async fn enter(world: &World, owner: &str, number: u8, name: &str, days: i32) -> RecordId {
    let due = terms(PURPOSE, world.today().saturating_add(days));
    let submission = Submission { terms: due, ..world.submission(PURPOSE, person(&[name])) };
    world.app.submit_person(&acting(owner, PURPOSE), key(number), submission).await.unwrap().records[0]
}

async fn report_batch(world: &World, owner: &str, number: u8, count: usize, days: i32) -> Vec<RecordId> {
    let document = |i| stolen_passport(&format!("B{i:05}"), &format!("{owner}X"));
    let documents = (0..count).map(document).collect();
    let due = terms(PURPOSE, world.today().saturating_add(days));
    let submission = DocumentBatchSubmission { terms: due, documents, audience: None };
    world.app.submit_document_batch(&acting(owner, PURPOSE), key(number), submission).await.unwrap().records
}

/// What stands of a record.
async fn current(world: &World, record: RecordId) -> EntryHash {
    world.app.store().head(record).await.unwrap().unwrap().current
}

async fn keep(world: &World, record: RecordId, days: i32) -> ReviewDecision {
    let review_on = world.today().saturating_add(days);
    let act = ReviewAct::Keep { review_on, reason: KeepReason::StillSought, text: None };
    ReviewDecision { record, expects: current(world, record).await, act }
}

async fn withdraw(world: &World, record: RecordId) -> ReviewDecision {
    let act = ReviewAct::Withdraw { reason: WithdrawalReason::PurposeMet };
    ReviewDecision { record, expects: current(world, record).await, act }
}

async fn decide(world: &World, owner: &str, number: u8, decisions: &[ReviewDecision]) -> Vec<Decided> {
    let ctx = acting(owner, PURPOSE);
    world.app.decide_reviews(&ctx, key(number), decisions.to_vec()).await.unwrap()
}

async fn listed(world: &World, owner: &str) -> Vec<(RecordId, ReviewState)> {
    let page = world.app.reviews(&acting(owner, PURPOSE), None, 500).await.unwrap();
    assert_eq!(page.next, None);
    page.lines.iter().map(|line| (line.record, line.state)).collect()
}

/// Lets days pass and the upkeep run after them, twice: a leap alone erases nothing.
async fn pass(world: &World, days: i64) {
    world.app.upkeep().await.unwrap();
    world.pass_days(days - 1);
    world.app.upkeep().await.unwrap();
    world.pass_days(1);
    world.app.upkeep().await.unwrap();
}

/// The attestations of erasures, with the organisation in whose stream they stand.
async fn attestations(world: &World) -> Vec<(String, ErasureAttestation)> {
    let classes = [StreamClass::Persons, StreamClass::TravelDocuments, StreamClass::Objects];
    let changes = world.app.store().changes_after(&StreamPositions::new(), &classes, 10_000).await.unwrap();
    let mut found = Vec::new();
    for change in changes {
        let Some(bytes) = change.bytes else { continue };
        let entry = Unverified::parse(&bytes).unwrap();
        if let Content::ErasureAttestation(attestation) = Content::of_stored(&entry).unwrap() {
            let verified = entry.verify(world.app.registry().as_ref()).unwrap();
            found.push((verified.claims().issuer.to_string(), attestation));
        }
    }
    found
}

fn reasons(error: AppError) -> Vec<String> {
    let AppError::Faulty(faults) = error else { panic!("{error}") };
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_record_is_entered_for_as_long_as_its_database_and_status_allow_and_not_a_day_longer() {
    run(async {
        let world = World::exercise().build().await;
        let (xa, today) = (acting("XA", PURPOSE), world.today());
        let (year, month, day) = today.parts();
        let later = |years: i32| Day::new(year + years, month, day).unwrap();
        let mut unknown = person(&["অজ্ঞাত ব্যক্তি"]);
        unknown.statuses = vec![PersonStatus::UnidentifiedDead];
        let mut number = 0;
        for (statement, years) in [(person(&["Образцов"]), 5), (unknown, 15)] {
            for (beyond, fits) in [(0, true), (1, false)] {
                let review_on = later(years).saturating_add(beyond);
                let submission = Submission {
                    terms: terms(PURPOSE, review_on),
                    ..world.submission(PURPOSE, statement.clone())
                };
                number += 1;
                let done = world.app.submit_person(&xa, key(number), submission).await;
                assert_eq!(done.is_ok(), fits, "{years} years and {beyond} days");
                if let Err(error) = done {
                    assert_eq!(reasons(error), ["terms.review_on: impossible"]);
                }
            }
        }
        for (beyond, fits) in [(0, true), (1, false)] {
            let review_on = later(10).saturating_add(beyond);
            let document = stolen_passport("D0001", "XAX");
            let submission =
                Submission { terms: terms(PURPOSE, review_on), ..world.submission(PURPOSE, document) };
            number += 1;
            let done = world.app.submit_travel_document(&xa, key(number), submission).await;
            assert_eq!(done.is_ok(), fits, "ten years and {beyond} days");
            let documents = vec![stolen_passport("D0002", "XAX")];
            let batch =
                DocumentBatchSubmission { terms: terms(PURPOSE, review_on), documents, audience: None };
            number += 1;
            let done = world.app.submit_document_batch(&xa, key(number), batch).await;
            assert_eq!(done.is_ok(), fits, "ten years and {beyond} days, many");
        }
    });
}

#[test]
fn the_review_list_has_own_records_by_day_and_goes_on_page_by_page() {
    run(async {
        let world = World::exercise().build().await;
        let later = enter(&world, "XA", 1, "Калачев", 182).await;
        enter(&world, "XA", 2, "রহমান", 183).await;
        let sooner = enter(&world, "XA", 3, "محمود", 20).await;
        let items = report_batch(&world, "XA", 4, 3, 100).await;
        enter(&world, "XB", 5, "张伟", 20).await;
        let all = listed(&world, "XA").await;
        assert_eq!(all.len(), 5, "none of another owner, and none a day too early");
        assert_eq!(all[0], (sooner, ReviewState::DueSoon));
        assert_eq!(all[4], (later, ReviewState::DueSoon));
        assert!(items.iter().all(|item| all[1..4].contains(&(*item, ReviewState::DueSoon))));

        let xa = acting("XA", PURPOSE);
        let (mut paged, mut after) = (Vec::new(), None);
        for _ in 0..5 {
            let page = world.app.reviews(&xa, after, 1).await.unwrap();
            paged.extend(page.lines.iter().map(|line| (line.record, line.state)));
            after = page.next;
            // What is sealed reads back as the same place.
            after = after.map(|cursor| ReviewCursor::from_bytes(&cursor.to_bytes()).unwrap());
        }
        assert_eq!((paged, after), (all, None));

        world.pass_days(20 + i64::from(RESTORABLE_DAYS));
        let page = world.app.reviews(&xa, None, 500).await.unwrap();
        let first = &page.lines[0];
        assert_eq!((first.record, first.state), (sooner, ReviewState::Overdue));
        assert_eq!(first.recoverable_until, Some(world.today()), "today is the last day");
        world.pass_days(1);
        assert_eq!(listed(&world, "XA").await[0], (sooner, ReviewState::ErasureDue));
    });
}

#[test]
fn a_kept_record_has_a_new_version_in_which_only_the_terms_are_new() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 20).await;
        let xa = acting("XA", PURPOSE);
        let before = world.app.open(&xa, record).await.unwrap();
        let review_on = world.today().saturating_add(400);
        let text = LocalText {
            language: "fa".into(), text: "دادگاه هنوز پاسخ نداده است".into()
        };
        let act = ReviewAct::Keep { review_on, reason: KeepReason::Other, text: Some(text.clone()) };
        let decisions = [ReviewDecision { record, expects: before.entry, act }];
        let answers = decide(&world, "XA", 2, &decisions).await;
        let after = world.app.open(&xa, record).await.unwrap();
        assert_eq!(answers, [Decided::Kept { record, entry: after.entry }]);
        let said = |opened: &barid_app::OpenedRecord| format!("{:?}", opened.statement);
        assert_eq!((after.version, said(&after)), (2, said(&before)));
        let kept = after.terms.kept.clone().unwrap();
        assert_eq!((kept.decided_on, kept.reason, kept.text), (world.today(), KeepReason::Other, Some(text)));
        let terms = barid_domain::terms::Terms { review_on, kept: after.terms.kept, ..before.terms };
        assert_eq!(world.app.open(&xa, record).await.unwrap().terms, terms);
        assert_eq!(listed(&world, "XA").await, []);
        // The same request again does nothing and says the same.
        assert_eq!(decide(&world, "XA", 2, &decisions).await, answers);
        assert_eq!(world.app.open(&xa, record).await.unwrap().version, 2);
        let other = [withdraw(&world, record).await];
        let reused = world.app.decide_reviews(&xa, key(2), other.to_vec()).await.unwrap_err();
        assert!(matches!(reused, AppError::KeyReused));
    });
}

#[test]
fn each_decision_is_answered_on_its_own() {
    run(async {
        let world = World::exercise().build().await;
        let kept = enter(&world, "XA", 1, "Калачев", 20).await;
        let ended = enter(&world, "XA", 2, "রহমান", 20).await;
        let stale = enter(&world, "XA", 3, "محمود", 20).await;
        let too_long = enter(&world, "XA", 4, "शर्मा", 20).await;
        let unsaid = enter(&world, "XA", 5, "张伟", 20).await;
        let foreign = enter(&world, "XB", 6, "رضایی", 20).await;
        let nobody = RecordId::from_random([9; 16]);
        let mut decisions = vec![
            keep(&world, kept, 300).await,
            withdraw(&world, ended).await,
            keep(&world, stale, 300).await,
            keep(&world, too_long, 5 * 366 + 1).await,
            keep(&world, unsaid, 300).await,
            keep(&world, foreign, 300).await,
        ];
        decisions[2].expects = EntryHash([7; 32]);
        let ReviewAct::Keep { reason, .. } = &mut decisions[4].act else { panic!() };
        *reason = KeepReason::Other;
        decisions.push(ReviewDecision { record: nobody, ..decisions[0].clone() });
        let answers = decide(&world, "XA", 7, &decisions).await;
        assert!(matches!(answers[0], Decided::Kept { record, .. } if record == kept));
        assert!(matches!(answers[1], Decided::Withdrawn { .. }));
        assert_eq!(answers[2], Decided::Stale { current: current(&world, stale).await });
        for (answer, place, code) in [
            (&answers[3], "terms.review_on", FaultCode::Impossible),
            (&answers[4], "terms.kept.text", FaultCode::Missing),
        ] {
            let Decided::Faulty(faults) = answer else { panic!("{answer:?}") };
            assert_eq!((faults[0].place.as_str(), faults[0].code), (place, code));
        }
        // What is somebody else's and what is not there answer alike.
        assert_eq!((&answers[5], &answers[6]), (&Decided::Absent, &Decided::Absent));
        // What landed is told again; what did not is looked at anew and not done.
        let again = decide(&world, "XA", 7, &decisions).await;
        assert_eq!((&again[..2], &again[3..]), (&answers[..2], &answers[3..]));
        let state = world.app.store().head(ended).await.unwrap().unwrap().state;
        assert_eq!(state, HeadState::Withdrawn);
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn a_request_of_nothing_or_too_much_or_twice_the_same_does_nothing() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 20).await;
        let one = keep(&world, record, 300).await;
        let xa = acting("XA", PURPOSE);
        let of = |i: u32| {
            let mut id = [1; 16];
            id[..4].copy_from_slice(&i.to_be_bytes());
            ReviewDecision { record: RecordId::from_random(id), ..one.clone() }
        };
        for (decisions, expected) in [
            (Vec::new(), vec!["decisions: missing"]),
            (vec![one.clone(), one.clone()], vec!["decisions[1].record: duplicate"]),
            ((0..1_001).map(of).collect(), vec!["decisions: too-many"]),
        ] {
            let refused = world.app.decide_reviews(&xa, key(2), decisions).await.unwrap_err();
            assert_eq!(reasons(refused), expected);
        }
        let at_cap = world.app.decide_reviews(&xa, key(3), (0..1_000).map(of).collect()).await.unwrap();
        assert!(at_cap.len() == 1_000 && at_cap.iter().all(|answer| *answer == Decided::Absent));
        assert_eq!(current(&world, record).await, one.expects);
    });
}

#[test]
fn an_item_of_a_batch_is_stated_anew_when_it_is_kept_and_its_old_place_ends() {
    run(async {
        let world = World::exercise().build().await;
        let items = report_batch(&world, "XA", 1, 4, 20).await;
        let decisions = [
            keep(&world, items[0], 2_000).await,
            withdraw(&world, items[1]).await,
            keep(&world, items[2], 2_000).await,
        ];
        let answers = decide(&world, "XA", 2, &decisions).await;
        let (Decided::Kept { record: first, entry }, Decided::Kept { record: second, entry: beside }) =
            (&answers[0], &answers[2])
        else {
            panic!("{answers:?}")
        };
        assert_eq!(entry, beside, "one batch for both");
        assert!(first != second && !items.contains(first));
        for (number, expected) in [
            ("B00000", vec![*first]),
            ("B00001", vec![]),
            ("B00002", vec![*second]),
            ("B00003", vec![items[3]]),
        ] {
            let found = world.app.search(&acting("XB", PURPOSE), &numbered(number)).await.unwrap();
            let found: Vec<_> = found.candidates.iter().map(|candidate| candidate.record).collect();
            assert_eq!(found, expected, "{number}");
        }
        let opened = world.app.open(&acting("XB", PURPOSE), *second).await.unwrap();
        assert_eq!(opened.terms.kept.unwrap().reason, KeepReason::StillSought);
        assert_eq!(decide(&world, "XA", 2, &decisions).await, answers, "told again");
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn what_is_stated_anew_stays_kept_from_whom_it_was_kept() {
    run(async {
        let world = World::exercise().build().await;
        let items = report_batch(&world, "XA", 1, 3, 20).await;
        let plan = barid_app::RestrictionPlan {
            database: Database::TravelDocuments,
            records: Some(vec![items[0]]),
            audience: barid_domain::restrictions::Audience::all_but(["XB".parse().unwrap()]),
        };
        world.app.restrict(&acting("XA", PURPOSE), key(2), plan).await.unwrap();
        let decisions = [keep(&world, items[0], 2_000).await, keep(&world, items[1], 2_000).await];
        let answers = decide(&world, "XA", 3, &decisions).await;
        assert_eq!(decide(&world, "XA", 3, &decisions).await, answers, "told again");
        for (asker, first) in [("XA", 1), ("XB", 0), ("XC", 1)] {
            for (number, expected) in [("B00000", first), ("B00001", 1)] {
                let found = world.app.search(&acting(asker, PURPOSE), &numbered(number)).await.unwrap();
                assert_eq!(found.candidates.len(), expected, "{asker} {number}");
            }
        }
    });
}

#[test]
fn an_overdue_record_is_brought_back_until_its_last_day() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 20).await;
        let late = enter(&world, "XA", 2, "शर्मा", 19).await;
        world.pass_days(20 + i64::from(RESTORABLE_DAYS));
        let xb = acting("XB", PURPOSE);
        assert!(world.app.search(&xb, &named("Калачев")).await.unwrap().candidates.is_empty());
        let decisions = [keep(&world, record, 100).await, keep(&world, late, 100).await];
        let answers = decide(&world, "XA", 3, &decisions).await;
        assert!(matches!(answers[0], Decided::Kept { .. }));
        assert_eq!(answers[1], Decided::TooLate);
        assert_eq!(world.app.search(&xb, &named("Калачев")).await.unwrap().candidates[0].record, record);
    });
}

#[test]
fn who_may_not_enter_keeps_nothing_and_who_may_not_withdraw_withdraws_nothing() {
    run(async {
        use barid_domain::officers::{OfficerRight, OfficerRights};
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 20).await;
        let other = enter(&world, "XA", 2, "محمود", 20).await;
        let decisions = vec![keep(&world, record, 300).await, withdraw(&world, other).await];
        for (number, right, kept) in [(3, OfficerRight::Withdraw, false), (4, OfficerRight::Enter, true)] {
            let rights = OfficerRights { rights: vec![right], ..OfficerRights::default() };
            let ctx = barid_app::OpContext { rights, ..acting("XA", PURPOSE) };
            let answers = world.app.decide_reviews(&ctx, key(number), decisions.clone()).await.unwrap();
            assert_eq!(matches!(answers[0], Decided::Kept { .. }), kept);
            assert_eq!(matches!(answers[1], Decided::Withdrawn { .. }), !kept);
            assert!(matches!(answers[usize::from(kept)], Decided::Refused(_) | Decided::Absent));
        }
        let elsewhere =
            OfficerRights { databases: Some(vec![Database::Vehicles]), ..OfficerRights::default() };
        let third = enter(&world, "XA", 5, "রহমান", 20).await;
        let ctx = barid_app::OpContext { rights: elsewhere, ..acting("XA", PURPOSE) };
        let decisions = vec![withdraw(&world, third).await];
        let answers = world.app.decide_reviews(&ctx, key(6), decisions).await.unwrap();
        assert!(matches!(answers[0], Decided::Refused(_)));
        assert!(world.app.reviews(&ctx, None, 10).await.unwrap().lines.is_empty(), "out of its reach");
    });
}

#[test]
fn erasures_are_attested_many_at_once_and_only_when_the_content_is_gone() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "Калачев", 20).await;
        report_batch(&world, "XA", 2, 300, 20).await;
        let stays = enter(&world, "XB", 3, "张伟", 400).await;
        world.app.upkeep().await.unwrap();
        assert_eq!(attestations(&world).await, []);
        world.pass_days(20 + i64::from(RESTORABLE_DAYS));
        world.app.upkeep().await.unwrap();
        world.pass_days(1);
        let xa = acting("XA", PURPOSE);
        let owed = world.app.overdue_erasures(&xa).await.unwrap();
        assert_eq!(owed.lines.len(), 301);
        assert!(owed.lines.iter().all(|line| line.state == ReviewState::ErasureDue) && !owed.is_cut);
        // The first slice waits for the second to be attested with it.
        world.app.upkeep().await.unwrap();
        assert_eq!(attestations(&world).await, []);
        let states: Vec<_> = listed(&world, "XA").await.into_iter().map(|(_, state)| state).collect();
        let erased = states.iter().filter(|state| **state == ReviewState::ErasedUnattested).count();
        assert_eq!((states.len(), erased), (301, 250));
        world.app.upkeep().await.unwrap();
        let attested = attestations(&world).await;
        let counts: Vec<_> = attested.iter().map(|(_, one)| (one.stream.class, one.count)).collect();
        assert_eq!(counts, [(StreamClass::Persons, 1), (StreamClass::TravelDocuments, 300)]);
        assert_eq!(listed(&world, "XA").await, []);
        assert!(world.app.overdue_erasures(&xa).await.unwrap().lines.is_empty());
        // The root is over the erasures, which stand in the stream that is named.
        let (host, documents) = &attested[1];
        assert_eq!(*host, world.app.host().unwrap().to_string());
        let mut positions = StreamPositions::new();
        positions.insert(documents.stream, documents.from - 1);
        let classes = [StreamClass::TravelDocuments];
        let changes = world.app.store().changes_after(&positions, &classes, 10_000).await.unwrap();
        let covered: Vec<EntryHash> = changes
            .iter()
            .filter(|change| change.stream == documents.stream && change.seq <= documents.to)
            .map(|change| change.entry_hash)
            .collect();
        assert_eq!(root_of(&covered), Some(documents.root));
        assert_eq!(documents.last, covered[299]);
        // Nothing is attested twice, after a start either.
        world.app.upkeep().await.unwrap();
        let world = world.restart().await;
        world.app.upkeep().await.unwrap();
        assert_eq!(attestations(&world).await.len(), 2);
        assert_eq!(world.app.store().head(record).await.unwrap().unwrap().state, HeadState::Erased);
        assert_eq!(world.app.store().head(stays).await.unwrap().unwrap().state, HeadState::Active);
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn a_withdrawn_record_is_on_the_overdue_list_until_it_is_erased_and_attested() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", 1, "محمود", 20).await;
        let decisions = [withdraw(&world, record).await];
        decide(&world, "XA", 2, &decisions).await;
        world.pass_days(20 + i64::from(RESTORABLE_DAYS) + 1);
        let xa = acting("XA", PURPOSE);
        let owed = world.app.overdue_erasures(&xa).await.unwrap();
        assert_eq!((owed.lines.len(), owed.lines[0].record), (1, record));
        assert!(world.app.overdue_erasures(&acting("XB", PURPOSE)).await.unwrap().lines.is_empty());
        pass(&world, 2).await;
        assert!(world.app.overdue_erasures(&xa).await.unwrap().lines.is_empty());
        assert_eq!(attestations(&world).await.len(), 1);
    });
}

#[test]
fn what_an_order_is_about_is_not_kept() {
    run(async {
        let world = World::exercise().commission("CCF").build().await;
        let ccf = acting("CCF", Purpose::Oversight);
        for (number, act) in [(1, OrderAct::Block), (2, OrderAct::Correct)] {
            let record = enter(&world, "XA", number, "Калачев", 20).await;
            let texts = vec![LocalText { language: "ar".into(), text: "قيد المراجعة".into() }];
            let plan = OrderPlan { record, act, texts, details: Default::default(), keys: Vec::new() };
            let draft = world.app.draft_order(&ccf, &plan).await.unwrap();
            world.app.complete_order(&ccf, &draft, &draft, &[]).await.unwrap();
            let decisions = [keep(&world, record, 300).await];
            assert_eq!(decide(&world, "XA", 10 + number, &decisions).await, [Decided::NotKept]);
            // It is said in the list all the same, and may be ended.
            assert_eq!(listed(&world, "XA").await, [(record, ReviewState::DueSoon)]);
            let decisions = [withdraw(&world, record).await];
            let answers = decide(&world, "XA", 20 + number, &decisions).await;
            assert!(matches!(answers[0], Decided::Withdrawn { .. }));
        }
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn an_item_that_the_commission_said_something_about_is_not_stated_anew_without_it() {
    run(async {
        let world = World::exercise().commission("CCF").build().await;
        let ccf = acting("CCF", Purpose::Oversight);
        let items = report_batch(&world, "XA", 1, 2, 20).await;
        let texts = vec![LocalText {
            language: "bn".into(), text: "মালিকানা নিয়ে বিরোধ আছে".into()
        }];
        let plan = OrderPlan {
            record: items[0],
            act: OrderAct::Annotate,
            texts,
            keys: Vec::new(),
            details: Default::default(),
        };
        let draft = world.app.draft_order(&ccf, &plan).await.unwrap();
        world.app.complete_order(&ccf, &draft, &draft, &[]).await.unwrap();
        let decisions = [keep(&world, items[0], 300).await, keep(&world, items[1], 300).await];
        let answers = decide(&world, "XA", 2, &decisions).await;
        assert_eq!(answers[0], Decided::NotKept);
        assert!(matches!(answers[1], Decided::Kept { .. }), "{answers:?}");
        assert_eq!(listed(&world, "XA").await, [(items[0], ReviewState::DueSoon)]);
    });
}

#[test]
fn what_was_withdrawn_at_its_review_does_not_come_back_with_the_next_edition() {
    run(async {
        let world = World::exercise().build().await;
        let rows = passports(0..3);
        import_rows(&world, &rows, FULL).await;
        let xa = acting("XA", PURPOSE);
        let own = world.app.own_records(&xa, None, 10).await.unwrap();
        let decisions = [withdraw(&world, own[0].record).await];
        decide(&world, "XA", 1, &decisions).await;
        pass(&world, 366 * 11).await;
        let head = world.app.store().head(own[0].record).await.unwrap().unwrap();
        assert_eq!(head.state, HeadState::Erased, "as the others, whose time was over too");
        let mut rows = rows;
        rows.extend(passports(3..4));
        let report = import_rows(&world, &rows, FULL).await;
        // Two are new again, beside the new one; the one that was ended is not.
        assert_eq!(counts(&report), [3, 0, 1, 0, 0], "{:?}", report.rows);
    });
}

#[test]
fn a_row_of_a_table_is_known_under_the_record_that_took_its_place() {
    run(async {
        let world = World::exercise().build().await;
        let rows = passports(0..5);
        import_rows(&world, &rows, FULL).await;
        let xa = acting("XA", PURPOSE);
        let own = world.app.own_records(&xa, None, 10).await.unwrap();
        let mut decisions = Vec::new();
        for own in &own[..3] {
            decisions.push(keep(&world, own.record, 3_000).await);
        }
        let answers = decide(&world, "XA", 1, &decisions).await;
        assert!(answers.iter().all(|answer| matches!(answer, Decided::Kept { .. })));
        // The next edition confirms all five and refuses none as withdrawn.
        let mut rows = rows;
        rows.extend(passports(5..6));
        let report = import_rows(&world, &rows, FULL).await;
        assert_eq!(counts(&report), [1, 0, 5, 0, 0], "{:?}", report.rows);
        let own = world.app.own_records(&xa, None, 10).await.unwrap();
        assert_eq!(own.len(), 6);
        assert!(world.app.index_equals_store().await.unwrap());
    });
}
