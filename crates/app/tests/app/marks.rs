//! Marks: shown with the record and its candidate to whoever sees it, stated by its owner or the commission and by nobody else.

use barid_app::{AppError, MarkPlan, OrderDetails, Said};
use barid_domain::codes::Purpose;
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::marks::{MARKS_OF_DAY_CAP, MarkKind};
use barid_domain::orders::{OrderAct, OrderError};
use barid_domain::policy::Refusal;
use barid_domain::text::LocalText;
use barid_store::{HeadState, MasterKeySource, doctor};
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::orders::{order, order_with};
use crate::{faults, named, run};

const PURPOSE: Purpose = Purpose::BorderControl;
const NAMES: [&str; 3] = ["Калачев", "কালাচেভ", "كالاتشيف"];

async fn world() -> World {
    World::exercise().commission("CCF").build().await
}

async fn enter(world: &World, owner: &str) -> RecordId {
    let submission = world.submission(PURPOSE, person(&NAMES));
    world.app.submit_person(&acting(owner, PURPOSE), world.key(), submission).await.unwrap().records[0]
}

/// One that is reviewed later than others.
async fn enter_until(world: &World, owner: &str, days: i32) -> RecordId {
    let mut submission = world.submission(PURPOSE, person(&["Образцов Пётр"]));
    submission.terms.review_on = world.today().saturating_add(days);
    world.app.submit_person(&acting(owner, PURPOSE), world.key(), submission).await.unwrap().records[0]
}

fn plan(record: RecordId, mark: MarkKind) -> MarkPlan {
    let texts = vec![LocalText {
        language: "bn".into(), text: "ভুক্তভোগীর বাঁ হাতে দাগ আছে".into()
    }];
    MarkPlan { record, mark, texts, consent: Some("CASE 7, sheet 3".to_owned()) }
}

async fn mark(world: &World, owner: &str, record: RecordId, kind: MarkKind) -> Result<EntryHash, AppError> {
    let ctx = acting(owner, PURPOSE);
    let receipt = world.app.mark_record(&ctx, world.key(), plan(record, kind)).await?;
    Ok(receipt.entries[0].0)
}

async fn lift(world: &World, owner: &str, mark: EntryHash) -> Result<(), AppError> {
    let texts = vec![LocalText { language: "ru".into(), text: "снято".into() }];
    world.app.lift_mark(&acting(owner, PURPOSE), world.key(), mark, texts).await.map(|_| ())
}

/// What is said of the candidate, and of the opened record; they are the same.
async fn said(world: &World, asker: &str, name: &str, record: RecordId) -> Said {
    let ctx = acting(asker, PURPOSE);
    let candidates = world.app.search(&ctx, &named(name)).await.unwrap().candidates;
    let shown = candidates.into_iter().find(|candidate| candidate.record == record).unwrap();
    let opened = world.app.open(&ctx, record).await.unwrap();
    assert_eq!(shown.said, opened.said, "{asker} {name}");
    opened.said
}

async fn marks(
    world: &World,
    asker: &str,
    name: &str,
    record: RecordId,
) -> Vec<(Option<MarkKind>, EntryHash)> {
    let said = said(world, asker, name, record).await;
    said.marks.iter().map(|standing| (standing.order.mark, standing.entry)).collect()
}

#[test]
fn a_mark_of_the_owner_is_shown_on_the_candidate_and_the_record_until_it_is_lifted() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let other = enter(&world, "XB").await;
        let stated = mark(&world, "XA", record, MarkKind::MisusedIdentity).await.unwrap();
        let world = world.restart().await;
        for (asker, name) in ["XA", "XB", "SEC"].into_iter().zip(NAMES) {
            let shown = marks(&world, asker, name, record).await;
            assert_eq!(shown, [(Some(MarkKind::MisusedIdentity), stated)], "{asker}");
        }
        assert!(said(&world, "XB", "Калачев", other).await.marks.is_empty(), "another record has none");
        let twice = mark(&world, "XA", record, MarkKind::MisusedIdentity).await;
        assert!(matches!(twice, Err(AppError::Order(OrderError::StandsAlready))));
        let second = mark(&world, "XA", record, MarkKind::SimilarPerson).await.unwrap();
        assert_eq!(marks(&world, "XB", "Калачев", record).await.len(), 2);
        // Nobody else lifts it, and what is not there and what is not one's own answer alike.
        for (who, which) in [("XB", stated), ("SEC", stated), ("XA", EntryHash([7; 32]))] {
            assert!(matches!(lift(&world, who, which).await, Err(AppError::Absent)), "{who}");
        }
        lift(&world, "XA", stated).await.unwrap();
        assert_eq!(marks(&world, "XB", "Калачев", record).await, [(Some(MarkKind::SimilarPerson), second)]);
        assert!(matches!(lift(&world, "XA", stated).await, Err(AppError::Absent)), "it is lifted once");
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn nobody_marks_the_record_of_another_and_the_commission_by_order_alone() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        for asker in ["XB", "SEC"] {
            let refused = mark(&world, asker, record, MarkKind::SimilarPerson).await;
            assert!(matches!(refused, Err(AppError::Absent)), "{asker}");
        }
        let refused = mark(&world, "CCF", record, MarkKind::SimilarPerson).await;
        assert!(matches!(refused, Err(AppError::Refused(Refusal::NotEntitled))));
        let details = || OrderDetails { mark: Some(MarkKind::SimilarPerson), ..OrderDetails::default() };
        let ordered = order_with(&world, record, OrderAct::Mark, details()).await.unwrap();
        let own = mark(&world, "XA", record, MarkKind::SimilarPerson).await.unwrap();
        let shown = marks(&world, "XB", "كالاتشيف", record).await;
        assert_eq!(shown.len(), 2, "each of its own");
        // The owner does not lift what the commission says, nor the commission what the owner says.
        assert!(matches!(lift(&world, "XA", ordered.entry).await, Err(AppError::Absent)));
        let lifts = |lifts| OrderDetails { lifts: Some(lifts), ..OrderDetails::default() };
        let refused = order_with(&world, record, OrderAct::Lift, lifts(own)).await;
        assert!(matches!(refused, Err(AppError::Order(OrderError::Superseded))));
        order_with(&world, record, OrderAct::Lift, lifts(ordered.entry)).await.unwrap();
        let noted = order(&world, record, OrderAct::Annotate).await.unwrap();
        assert_eq!(said(&world, "XB", "Калачев", record).await.annotations.len(), 1);
        order_with(&world, record, OrderAct::Lift, lifts(noted.entry)).await.unwrap();
        let left = said(&world, "XB", "Калачев", record).await;
        assert_eq!((left.annotations.len(), left.marks.len()), (0, 1));
        assert_eq!(left.marks[0].entry, own);
    });
}

#[test]
fn what_is_said_of_a_victim_needs_its_consent_and_ends_with_the_record() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let ctx = acting("XA", PURPOSE);
        for (kind, consent, is_sound) in [
            (MarkKind::MisusedIdentity, None, false),
            (MarkKind::SimilarPerson, None, true),
            (MarkKind::Unlisted(77), Some("CASE 7".to_owned()), false),
        ] {
            let plan = MarkPlan { consent, ..plan(record, kind) };
            let done = world.app.mark_record(&ctx, world.key(), plan).await;
            assert_eq!(done.is_ok(), is_sound, "{kind}");
        }
        let silent = MarkPlan { texts: Vec::new(), ..plan(record, MarkKind::MisusedIdentity) };
        assert!(matches!(world.app.mark_record(&ctx, world.key(), silent).await, Err(AppError::Faulty(_))));
        let stated = world.app.mark_record(&ctx, world.key(), plan(record, MarkKind::MisusedIdentity)).await;
        let place = stated.unwrap().entries[0].1;
        order(&world, record, OrderAct::Erase).await.unwrap();
        let kept = world.app.store().change_at(&place).await.unwrap().unwrap();
        assert!(kept.bytes.is_none(), "its bytes are gone with the record's");
        let refused = mark(&world, "XA", record, MarkKind::SimilarPerson).await;
        assert!(matches!(refused, Err(AppError::Absent)));
        let world = world.restart().await;
        assert!(
            world.app.orders(&ctx, None, 10).await.unwrap().orders.iter().all(|one| one.order.mark.is_none())
        );
        assert!(world.app.index_equals_store().await.unwrap());
        let closed = world.close().await;
        let report = doctor(&closed.data(), &MasterKeySource::DataDirectory).await.unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
    });
}

#[test]
fn a_mark_is_forgotten_with_the_record_that_the_upkeep_erases_and_no_restart_is_needed() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let other = enter_until(&world, "XA", 1_000).await;
        mark(&world, "XA", record, MarkKind::MisusedIdentity).await.unwrap();
        let kept = mark(&world, "XA", other, MarkKind::SimilarPerson).await.unwrap();
        let details = OrderDetails { mark: Some(MarkKind::SimilarPerson), ..OrderDetails::default() };
        let ordered = order_with(&world, record, OrderAct::Mark, details).await.unwrap();
        let entries = async |reader: &str| -> Vec<EntryHash> {
            let page = world.app.orders(&acting(reader, PURPOSE), None, 10).await.unwrap();
            page.orders.iter().map(|one| one.entry).collect()
        };
        assert_eq!(entries("XA").await.len(), 3);
        world.app.upkeep().await.unwrap();
        world.pass_days(365 + 91);
        world.app.upkeep().await.unwrap();
        world.pass_days(1);
        world.app.upkeep().await.unwrap();
        let head = world.app.store().head(record).await.unwrap().unwrap();
        assert_eq!(head.state, HeadState::Erased);
        let mut left = [kept, ordered.entry];
        left.sort();
        for reader in ["XA", "CCF"] {
            let mut read = entries(reader).await;
            read.sort();
            assert_eq!(read, left, "{reader}: what the owner said is gone, what was ordered stays");
        }
        let world = world.restart().await;
        assert_eq!(world.app.orders(&acting("XA", PURPOSE), None, 10).await.unwrap().orders.len(), 2);
    });
}

#[test]
fn an_owner_says_no_more_of_a_record_on_one_day_than_anybody_means() {
    run(async {
        let world = world().await;
        let (record, other) = (enter(&world, "XA").await, enter(&world, "XA").await);
        for _ in 0..MARKS_OF_DAY_CAP / 2 {
            let stated = mark(&world, "XA", record, MarkKind::SimilarPerson).await.unwrap();
            lift(&world, "XA", stated).await.unwrap();
        }
        let refused = mark(&world, "XA", record, MarkKind::SimilarPerson).await.unwrap_err();
        assert_eq!(faults(refused), ["record: too-many"]);
        mark(&world, "XA", other, MarkKind::SimilarPerson).await.unwrap();
        world.pass_days(1);
        mark(&world, "XA", record, MarkKind::SimilarPerson).await.unwrap();
    });
}

#[test]
fn the_list_of_orders_goes_on_where_it_was_when_what_stood_there_is_gone() {
    run(async {
        let world = world().await;
        let (first, second) = (enter(&world, "XA").await, enter_until(&world, "XA", 1_000).await);
        let oldest = mark(&world, "XA", second, MarkKind::SimilarPerson).await.unwrap();
        let gone = mark(&world, "XA", first, MarkKind::SimilarPerson).await.unwrap();
        let newest = mark(&world, "XA", second, MarkKind::MisusedIdentity).await.unwrap();
        let ctx = acting("XA", PURPOSE);
        let page = world.app.orders(&ctx, None, 2).await.unwrap();
        assert_eq!(page.orders.iter().map(|one| one.entry).collect::<Vec<_>>(), [newest, gone]);
        order(&world, first, OrderAct::Erase).await.unwrap();
        let rest = world.app.orders(&ctx, page.next, 10).await.unwrap();
        assert_eq!(rest.orders.iter().map(|one| one.entry).collect::<Vec<_>>(), [oldest]);
    });
}

#[test]
fn a_position_of_a_mark_is_reached() {
    run(async {
        let world = world().await;
        let (record, ctx) = (enter(&world, "XA").await, acting("XA", PURPOSE));
        let stated =
            world.app.mark_record(&ctx, world.key(), plan(record, MarkKind::SimilarPerson)).await.unwrap();
        assert!(world.app.has_reached(&ctx.actor, &stated.position).await.unwrap());
    });
}

#[test]
fn a_request_is_carried_out_once_and_a_document_is_not_marked() {
    run(async {
        let world = world().await;
        let (record, ctx, key) = (enter(&world, "XA").await, acting("XA", PURPOSE), world.key());
        let first = world.app.mark_record(&ctx, key, plan(record, MarkKind::SimilarPerson)).await.unwrap();
        let again = world.app.mark_record(&ctx, key, plan(record, MarkKind::SimilarPerson)).await.unwrap();
        assert_eq!((again.entries, again.records, again.replayed), (first.entries, first.records, true));
        let other = world.app.mark_record(&ctx, key, plan(record, MarkKind::MisusedIdentity)).await;
        assert!(matches!(other, Err(AppError::KeyReused)));
        let document = world.submission(PURPOSE, stolen_passport("C1234567", "XAX"));
        let document =
            world.app.submit_travel_document(&ctx, world.key(), document).await.unwrap().records[0];
        assert!(matches!(mark(&world, "XA", document, MarkKind::SimilarPerson).await, Err(AppError::Absent)));
    });
}
