//! Links between records: stated and seen by who may see both, undone by withdrawing, gone with the records.

use barid_app::{
    AppError, LinkPage, LinkSubmission, OpContext, ShownLink, StatedLink, Statement, Submission,
};
use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::codes::{Database, Purpose, WithdrawalReason};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::links::LinkKind;
use barid_domain::persons::Person;
use barid_domain::reviews::RESTORABLE_DAYS;
use barid_domain::text::LocalText;
use barid_store::HeadState;
use barid_testkit::world::{World, acting, person, stolen_car, stolen_passport, terms};

use crate::{faults, run};

const PURPOSE: Purpose = Purpose::BorderControl;

async fn enter(world: &World, owner: &str, purpose: Purpose, name: &str) -> RecordId {
    let submission = world.submission(purpose, person(&[name]));
    world.app.submit_person(&acting(owner, purpose), world.key(), submission).await.unwrap().records[0]
}

async fn enter_car(world: &World, owner: &str, plate: &str) -> RecordId {
    let submission = world.submission(PURPOSE, stolen_car(plate, "XAX"));
    world.app.submit_object(&acting(owner, PURPOSE), world.key(), submission).await.unwrap().records[0]
}

pub(crate) fn link(world: &World, kind: LinkKind, from: RecordId, to: RecordId) -> LinkSubmission {
    world.submission(PURPOSE, StatedLink { kind, from, to, since: None, until: None, remarks: Vec::new() })
}

pub(crate) async fn state(world: &World, owner: &str, link: LinkSubmission) -> Result<RecordId, AppError> {
    let receipt = world.app.submit_link(&acting(owner, PURPOSE), world.key(), link).await;
    receipt.map(|receipt| receipt.records[0])
}

async fn page(world: &World, ctx: &OpContext, record: RecordId) -> LinkPage {
    world.app.links_of(ctx, record, None, 100).await.unwrap()
}

/// What is shown of the links of a record: kind, direction, the other record and what it goes by.
fn said(page: &LinkPage) -> Vec<(LinkKind, bool, RecordId, &str)> {
    page.links.iter().map(|one| (one.kind, one.leads_away, one.other, &*one.other_found)).collect()
}

#[test]
fn a_link_is_shown_at_both_of_its_records_and_withdrawn_it_is_gone() {
    run(async {
        let world = World::exercise().build().await;
        let man = enter(&world, "XA", PURPOSE, "Калачев Андрей").await;
        let car = enter_car(&world, "XB", "А 123 ВС 77").await;
        let stated = state(&world, "XB", link(&world, LinkKind::OwnerOf, man, car)).await.unwrap();
        let xa = acting("XA", PURPOSE);
        assert_eq!(said(&page(&world, &xa, man).await), [(LinkKind::OwnerOf, true, car, "А 123 ВС 77")]);
        assert_eq!(said(&page(&world, &xa, car).await), [(LinkKind::OwnerOf, false, man, "Калачев Андрей")]);
        let opened = world.app.open(&xa, man).await.unwrap();
        let ShownLink { link: shown, owner, .. } = opened.links.unwrap().links.remove(0);
        assert_eq!((shown, owner.as_str()), (stated, "XB"));
        let of_link = world.app.open(&xa, stated).await.unwrap();
        assert_eq!((of_link.database, of_link.links.is_none()), (Database::Links, true));
        let Statement::Link(said_by_it) = of_link.statement else { panic!("a link") };
        assert_eq!((said_by_it.from.record, said_by_it.to.record), (man, car));
        // What was shown is in the journal, the records at the far ends too.
        let lines = world.journal_of("XA").await;
        let of_links =
            |line: &&JournalLine| (line.operation, line.phase) == (Operation::OpenRecord, Phase::Ended);
        assert!(lines.iter().filter(of_links).any(|line| line.records == [man, stated, car]));
        // Only who states a link ends it, and neither record changes.
        let reason = WithdrawalReason::PurposeMet;
        let foreign = world.app.withdraw(&xa, world.key(), stated, reason).await;
        assert!(matches!(foreign.unwrap_err(), AppError::Absent));
        world.app.withdraw(&acting("XB", PURPOSE), world.key(), stated, reason).await.unwrap();
        assert!(page(&world, &xa, man).await.links.is_empty());
        assert!(matches!(world.app.open(&xa, stated).await.unwrap_err(), AppError::Absent));
        assert_eq!(world.app.open(&xa, man).await.unwrap().version, 1);
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn who_may_not_see_both_records_neither_links_them_nor_sees_the_link() {
    run(async {
        let world = World::exercise().build().await;
        let man = enter(&world, "XA", PURPOSE, "Калачев").await;
        // Held for a purpose that a border search does not see.
        let hidden = enter(&world, "XA", Purpose::Humanitarian, "আনিস রহমান").await;
        let own = state(&world, "XA", link(&world, LinkKind::RelativeOf, man, hidden)).await.unwrap();
        let xb = acting("XB", Purpose::CriminalInvestigation);
        assert!(page(&world, &xb, man).await.links.is_empty());
        assert!(world.app.open(&xb, man).await.unwrap().links.unwrap().links.is_empty());
        assert!(matches!(world.app.open(&xb, own).await.unwrap_err(), AppError::Absent), "the link itself");
        assert!(matches!(world.app.links_of(&xb, hidden, None, 10).await.unwrap_err(), AppError::Absent));
        let absent = RecordId::from_random([77; 16]);
        for other in [hidden, absent] {
            for (from, to) in [(man, other), (other, man)] {
                let submission = link(&world, LinkKind::RelativeOf, from, to);
                let refused = world.app.submit_link(&xb, world.key(), submission).await.unwrap_err();
                assert!(matches!(refused, AppError::Absent));
            }
        }
        // Its line says the same of both, but for the record that was seen.
        let lines = world.journal_of("XB").await;
        let ended =
            lines.iter().filter(|line| (line.operation, line.phase) == (Operation::ReadLinks, Phase::Ended));
        // A page that shows the record alone, and four looks that saw no other; an opening has its own two lines whatever leads to it.
        assert_eq!(ended.filter(|line| line.records == [man]).count(), 5);
        assert_eq!(said(&page(&world, &acting("XA", PURPOSE), man).await).len(), 1, "its owner sees it");
    });
}

#[test]
fn hidden_links_move_nothing_in_the_pages_of_others() {
    run(async {
        let shown = async |hidden: usize| {
            let world = World::exercise().build().await;
            let man = enter(&world, "XA", PURPOSE, "Калачев").await;
            let mut others = Vec::new();
            for number in 0..7 {
                let other = enter(
                    &world,
                    "XA",
                    PURPOSE,
                    &format!("Образцов {}", ["а", "б", "в", "г", "д", "е", "ж"][number]),
                )
                .await;
                state(&world, "XA", link(&world, LinkKind::AssociateOf, man, other)).await.unwrap();
                others.push(other);
            }
            for _ in 0..hidden {
                let other = enter(&world, "XA", Purpose::Humanitarian, "আনিস রহমান").await;
                state(&world, "XA", link(&world, LinkKind::RelativeOf, man, other)).await.unwrap();
            }
            let xb = acting("XB", Purpose::CriminalInvestigation);
            let (mut sizes, mut seen, mut after) = (Vec::new(), Vec::new(), None);
            loop {
                let page = world.app.links_of(&xb, man, after, 3).await.unwrap();
                sizes.push(page.links.len());
                seen.extend(page.links.iter().map(|link| link.other));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            seen.sort();
            others.sort();
            assert_eq!(seen, others, "each once");
            sizes
        };
        assert_eq!(shown(0).await, [3, 3, 1]);
        assert_eq!(shown(5).await, [3, 3, 1]);
    });
}

#[test]
fn what_contradicts_itself_is_refused_with_every_fault_and_a_repeated_request_lands_once() {
    run(async {
        let world = World::exercise().build().await;
        let man = enter(&world, "XA", PURPOSE, "Калачев").await;
        let car = enter_car(&world, "XA", "А 123 ВС 77").await;
        let mut bad = link(&world, LinkKind::OwnerOf, car, man);
        bad.statement.since = Some("2199".parse().unwrap());
        let refused = state(&world, "XA", bad).await.unwrap_err();
        assert_eq!(faults(refused), ["kind: contradiction", "since: in-future"]);
        let of_itself = state(&world, "XA", link(&world, LinkKind::SameAs, man, man)).await.unwrap_err();
        assert_eq!(faults(of_itself), ["to: duplicate"]);
        let (xa, key) = (acting("XA", PURPOSE), world.key());
        let good = link(&world, LinkKind::OwnerOf, man, car);
        let first = world.app.submit_link(&xa, key, good.clone()).await.unwrap();
        // The car's record goes on meanwhile: it is the same request still.
        let expects = world.app.open(&xa, car).await.unwrap().entry;
        revise_car(&world, car, expects).await;
        let again = world.app.submit_link(&xa, key, good).await.unwrap();
        assert_eq!((again.replayed, &again.records), (true, &first.records));
        let page = page(&world, &xa, man).await;
        assert_eq!((page.links.len(), page.links[0].other_changed), (1, true));
    });
}

async fn revise_car(world: &World, record: RecordId, expects: EntryHash) {
    let statement = stolen_car("А 123 ВС 99", "XAX");
    let submission =
        Submission { record: Some(record), expects: Some(expects), ..world.submission(PURPOSE, statement) };
    world.app.submit_object(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
}

#[test]
fn a_link_is_revised_by_who_stated_it_and_documents_of_a_batch_can_be_linked() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let man = enter(&world, "XA", PURPOSE, "Калачев").await;
        let documents = vec![stolen_passport("P0001", "XAX"), stolen_passport("P0002", "XAX")];
        let batch =
            barid_app::DocumentBatchSubmission { terms: world.terms(PURPOSE), documents, audience: None };
        let batch = world.app.submit_document_batch(&xa, world.key(), batch).await.unwrap();
        let passport = batch.records[1];
        let first = link(&world, LinkKind::HolderOf, man, passport);
        let receipt = world.app.submit_link(&xa, world.key(), first).await.unwrap();
        let (stated, entry) = (receipt.records[0], receipt.entries[0].0);
        let mut revision = link(&world, LinkKind::UserOf, man, passport);
        revision.statement.remarks = vec![LocalText::new("fa", "گذرنامه از آنِ برادرش است", 1_000).unwrap()];
        (revision.record, revision.expects) = (Some(stated), Some(entry));
        let foreign = world.app.submit_link(&acting("XB", PURPOSE), world.key(), revision.clone()).await;
        assert!(matches!(foreign.unwrap_err(), AppError::Absent));
        world.app.submit_link(&xa, world.key(), revision.clone()).await.unwrap();
        let stale = world.app.submit_link(&xa, world.key(), revision).await.unwrap_err();
        assert!(matches!(stale, AppError::Stale { .. }));
        let page = page(&world, &xa, passport).await;
        assert_eq!(said(&page), [(LinkKind::UserOf, false, man, "Калачев")]);
        assert_eq!(page.links[0].remarks.len(), 1);
        // It stays a link of the same two records.
        let entry = page.links[0].entry;
        let mut elsewhere = link(&world, LinkKind::UserOf, passport, man);
        (elsewhere.record, elsewhere.expects) = (Some(stated), Some(entry));
        let refused = world.app.submit_link(&xa, world.key(), elsewhere).await.unwrap_err();
        assert_eq!(faults(refused), ["from: contradiction", "to: contradiction"]);
        // A link is no person: its id is none of a revision of one.
        let as_person = Submission::<Person> {
            record: Some(stated),
            expects: Some(page.links[0].entry),
            ..world.submission(PURPOSE, person(&["Калачев"]))
        };
        let refused = world.app.submit_person(&xa, world.key(), as_person).await.unwrap_err();
        assert!(matches!(refused, AppError::Absent));
    });
}

#[test]
fn links_are_there_after_a_start_and_go_with_the_record_that_is_erased() {
    run(async {
        let world = World::exercise().build().await;
        let due_soon = Submission {
            terms: terms(PURPOSE, world.today().saturating_add(10)),
            ..world.submission(PURPOSE, person(&["Калачев"]))
        };
        let man =
            world.app.submit_person(&acting("XA", PURPOSE), world.key(), due_soon).await.unwrap().records[0];
        let due_late = |names: &[&str]| Submission {
            terms: terms(PURPOSE, world.today().saturating_add(900)),
            ..world.submission(PURPOSE, person(names))
        };
        let friend = world
            .app
            .submit_person(&acting("XA", PURPOSE), world.key(), due_late(&["Образцов"]))
            .await
            .unwrap()
            .records[0];
        let other = world
            .app
            .submit_person(&acting("XB", PURPOSE), world.key(), due_late(&["رضا"]))
            .await
            .unwrap()
            .records[0];
        let late = |from, to| Submission {
            terms: terms(PURPOSE, world.today().saturating_add(900)),
            ..link(&world, LinkKind::AssociateOf, from, to)
        };
        // Another organisation's link to the record ends with it too.
        let gone = state(&world, "XB", late(friend, man)).await.unwrap();
        let stays = state(&world, "XB", late(friend, other)).await.unwrap();
        // One that was withdrawn by then is erased with the record all the same.
        let withdrawn = state(&world, "XA", late(man, other)).await.unwrap();
        let (xa, reason) = (acting("XA", PURPOSE), WithdrawalReason::PurposeMet);
        world.app.withdraw(&xa, world.key(), withdrawn, reason).await.unwrap();
        let world = world.restart().await;
        let world = world.abandon().start().await;
        assert_eq!(page(&world, &xa, friend).await.links.len(), 2);
        // Hidden with its record, erased with it.
        world.pass_days(11);
        assert_eq!(said(&page(&world, &acting("XA", PURPOSE), friend).await).len(), 1);
        world.app.upkeep().await.unwrap();
        world.pass_days(i64::from(RESTORABLE_DAYS));
        for _ in 0..3 {
            world.app.upkeep().await.unwrap();
            world.pass_days(1);
        }
        world.app.upkeep().await.unwrap();
        let state_of = async |record| world.app.store().head(record).await.unwrap().unwrap().state;
        assert_eq!(state_of(man).await, HeadState::Erased);
        assert_eq!(state_of(gone).await, HeadState::Erased);
        assert_eq!(state_of(withdrawn).await, HeadState::Erased);
        assert_eq!(state_of(stays).await, HeadState::Active);
        assert!(world.app.index_equals_store().await.unwrap());
    });
}
