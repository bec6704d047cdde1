//! Requests of persons: the book follows its streams, others meet nothing, and a request is erased when its time is over.

use barid_app::{AppError, RequestOutcome, RequestPlan, StepPlan};
use barid_domain::agreements::FieldGroup;
use barid_domain::codes::Purpose;
use barid_domain::dates::Day;
use barid_domain::ids::{EntryHash, RecordId, RequestId};
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::policy::Refusal;
use barid_domain::registry::KeyUsage;
use barid_domain::streams::StreamClass;
use barid_domain::subject_requests::{
    Applicant, Decision, IdentityCheck, OwnerAnswer, OwnerReply, RequestKind, Restriction, YEARS_KEPT,
};
use barid_domain::text::LocalText;
use barid_testkit::world::{World, acting, code};

use crate::agreements::wanted;
use crate::run;

const PURPOSE: Purpose = Purpose::CriminalInvestigation;
const NAME: &str = "Калачев Валерий";

async fn world() -> World {
    World::exercise().commission("CCF").build().await
}

fn texts(language: &str, text: &str) -> Vec<LocalText> {
    vec![LocalText { language: language.into(), text: text.into() }]
}

fn plan(today: Day, name: &str) -> RequestPlan {
    RequestPlan {
        kind: RequestKind::Access,
        received_on: today,
        applicant: Applicant { names: vec![name.into()], birth: None, nationalities: Vec::new() },
        identity: Some(IdentityCheck::InPerson),
        language: "fa".into(),
        file: "R/26/12".into(),
    }
}

async fn enter(world: &World, owner: &str) -> RecordId {
    let submission = world.submission(PURPOSE, wanted(NAME));
    world.app.submit_person(&acting(owner, PURPOSE), world.key(), submission).await.unwrap().records[0]
}

async fn step(world: &World, request: RequestId, plan: StepPlan) -> EntryHash {
    let ctx = acting("CCF", Purpose::Oversight);
    world.app.step_request(&ctx, world.key(), request, plan).await.unwrap().entries[0].0
}

/// A request that is found admissible, with what concerns the person.
async fn searched(world: &World, records: &[RecordId]) -> RequestId {
    let ctx = acting("CCF", Purpose::Oversight);
    let plan = plan(world.now().day(), "اکبر تمرینی");
    let (request, _) = world.app.take_in_request(&ctx, world.key(), plan).await.unwrap();
    step(world, request, StepPlan::FindAdmissible).await;
    step(world, request, StepPlan::Search(records.to_vec())).await;
    request
}

async fn consult(world: &World, request: RequestId, record: RecordId) -> EntryHash {
    let due = world.now().day().saturating_add(30);
    let texts = texts("bn", "এটি কি জানানো যায়?");
    step(world, request, StepPlan::Consult { record, due, tells_applicant: false, texts }).await
}

fn answer(consultation: EntryHash, reply: OwnerReply) -> OwnerAnswer {
    let is_part = reply == OwnerReply::ConsentsToPart;
    let keeps_back = is_part || reply == OwnerReply::Objects;
    OwnerAnswer {
        consultation,
        reply,
        groups: if is_part { vec![FieldGroup::Offences] } else { Vec::new() },
        restriction: keeps_back.then_some(Restriction::Inquiry),
        texts: if keeps_back { texts("hi", "जाँच चल रही है") } else { Vec::new() },
    }
}

fn decide(decision: Decision) -> StepPlan {
    StepPlan::Decide { decision, orders: Vec::new(), texts: texts("zh", "部分告知") }
}

async fn is_as_its_streams(world: &World) {
    assert!(world.app.is_request_book_as_its_streams().await.unwrap());
}

#[test]
fn a_book_that_is_read_anew_is_the_one_that_was_followed() {
    run(async {
        let world = world().await;
        let (of_xa, of_xb) = (enter(&world, "XA").await, enter(&world, "XB").await);
        let request = searched(&world, &[of_xa, of_xb]).await;
        is_as_its_streams(&world).await;
        let (asks_xa, asks_xb) =
            (consult(&world, request, of_xa).await, consult(&world, request, of_xb).await);
        for (owner, asks, reply) in
            [("XB", asks_xb, OwnerReply::WillCorrect), ("XA", asks_xa, OwnerReply::Consents)]
        {
            let owner = acting(owner, Purpose::Oversight);
            world.app.answer_consultation(&owner, world.key(), answer(asks, reply)).await.unwrap();
            is_as_its_streams(&world).await;
        }
        step(&world, request, decide(Decision::PartlyDisclosed)).await;
        is_as_its_streams(&world).await;
        // What a node finds that starts anew, as after a crash.
        let world = world.restart().await;
        is_as_its_streams(&world).await;
        let ctx = acting("CCF", Purpose::Oversight);
        let disclosure = world.app.disclosure(&ctx, request).await.unwrap();
        let told: Vec<_> = disclosure.records.iter().map(|opened| opened.record).collect();
        assert_eq!((disclosure.outcome, told), (RequestOutcome::Told, vec![of_xa]));
    });
}

#[test]
fn taking_in_again_with_the_same_key_gives_the_same_request() {
    run(async {
        let world = world().await;
        let (ctx, key) = (acting("CCF", Purpose::Oversight), world.key());
        let plan = plan(world.now().day(), "Акбар Упражнений");
        let (first, _) = world.app.take_in_request(&ctx, key, plan.clone()).await.unwrap();
        let (second, receipt) = world.app.take_in_request(&ctx, key, plan.clone()).await.unwrap();
        assert!(world.app.has_reached(&ctx.actor, &receipt.position).await.unwrap());
        assert!(receipt.replayed && first == second);
        let other = RequestPlan { kind: RequestKind::CorrectionOrDeletion, ..plan };
        let reused = world.app.take_in_request(&ctx, key, other).await;
        assert!(matches!(reused, Err(AppError::KeyReused)));
        let page = world.app.subject_requests(&ctx, true, None, 10).await.unwrap();
        assert_eq!((page.requests.len(), page.next), (1, None));
    });
}

#[test]
fn requests_are_for_officers_of_the_commission_with_rights_in_everything() {
    run(async {
        let world = world().await;
        let request = searched(&world, &[]).await;
        let with = |rights: OfficerRights| {
            let mut ctx = acting("CCF", Purpose::Oversight);
            ctx.rights = rights;
            ctx
        };
        let narrow = OfficerRights {
            databases: Some(vec![barid_domain::codes::Database::Persons]),
            ..OfficerRights::all()
        };
        let uncleared = OfficerRights {
            clearance: barid_domain::codes::Classification::OfficialUse,
            ..OfficerRights::all()
        };
        let reader = OfficerRights { rights: vec![OfficerRight::Enter], ..OfficerRights::all() };
        for rights in [narrow, uncleared, reader] {
            let read = world.app.subject_request(&with(rights), request).await;
            assert!(matches!(read, Err(AppError::Refused(Refusal::Officer))));
        }
        let ctx = with(OfficerRights::default());
        let decided = world.app.step_request(&ctx, world.key(), request, decide(Decision::NoData)).await;
        assert!(matches!(decided, Err(AppError::Refused(Refusal::MayNotBind))));
        let ctx = acting("CCF", Purpose::Oversight);
        let decided = world.app.step_request(&ctx, world.key(), request, decide(Decision::NoData)).await;
        assert!(decided.is_ok());
    });
}

#[test]
fn nobody_else_sees_the_stream_of_a_request_or_of_an_answer() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let request = searched(&world, &[record]).await;
        let asks = consult(&world, request, record).await;
        let sees = async |asker: &str| {
            let streams = world.app.streams(&acting(asker, Purpose::Oversight)).await.unwrap();
            streams.iter().any(|head| head.stream.class == StreamClass::Requests)
        };
        assert!(sees("CCF").await && !sees("XA").await, "an owner that is asked has no stream of it");
        let owner = acting("XA", Purpose::Oversight);
        world.app.answer_consultation(&owner, world.key(), answer(asks, OwnerReply::Objects)).await.unwrap();
        for (asker, seen) in [("CCF", true), ("XA", true), ("XB", false), ("SEC", false), ("XPART", false)] {
            assert_eq!(sees(asker).await, seen, "{asker}");
            let proof = world.app.prove_entry(&acting(asker, Purpose::Oversight), asks).await.unwrap();
            assert_eq!(proof.is_some(), asker == "CCF", "{asker}");
        }
    });
}

#[test]
fn an_answer_under_a_stolen_key_is_told_no_more_and_the_decision_stands() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let request = searched(&world, &[record]).await;
        let asks = consult(&world, request, record).await;
        let owner = acting("XA", Purpose::Oversight);
        world.app.answer_consultation(&owner, world.key(), answer(asks, OwnerReply::Consents)).await.unwrap();
        step(&world, request, decide(Decision::Disclosed)).await;
        let ctx = acting("CCF", Purpose::Oversight);
        assert_eq!(world.app.disclosure(&ctx, request).await.unwrap().records.len(), 1);
        let registry = world.app.registry();
        let key =
            registry.keys().find(|(_, key)| key.organisation == code("XA") && key.usage == KeyUsage::Entries);
        let change = barid_app::KeyChange::Compromised { key: key.unwrap().0, up_to: Some(Vec::new()) };
        let secretariat = acting("SEC", Purpose::Oversight);
        let draft = world.app.draft_key_change(&secretariat, code("XA"), &change).await.unwrap();
        world.app.complete_draft(&secretariat, &draft, &draft, &[]).await.unwrap();
        let read = world.app.subject_request(&ctx, request).await.unwrap();
        assert!(read.standing.ending().is_some() && read.answers.is_empty());
        assert!(world.app.disclosure(&ctx, request).await.unwrap().records.is_empty());
        is_as_its_streams(&world).await;
    });
}

#[test]
fn a_closed_request_is_erased_with_its_answers_when_its_time_is_over() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let (request, kept) = (searched(&world, &[record]).await, searched(&world, &[]).await);
        let asks = consult(&world, request, record).await;
        let owner = acting("XA", Purpose::Oversight);
        let objects = answer(asks, OwnerReply::Objects);
        let answered = world.app.answer_consultation(&owner, world.key(), objects).await.unwrap();
        for one in [decide(Decision::NotDisclosed), StepPlan::Answer, StepPlan::Close] {
            step(&world, request, one).await;
        }
        let ctx = acting("CCF", Purpose::Oversight);
        let ends_on = world.app.subject_request(&ctx, request).await.unwrap().standing.ends_on().unwrap();
        assert_eq!(ends_on, world.now().day().saturating_add_months(YEARS_KEPT * 12));
        let days = i64::from(ends_on.days() - world.now().day().days());
        world.pass_days(days);
        // A leap of the clock waits a day.
        world.app.upkeep().await.unwrap();
        assert!(world.app.subject_request(&ctx, request).await.is_ok(), "its last day");
        for _ in 0..3 {
            world.pass_days(1);
            world.app.upkeep().await.unwrap();
        }
        let gone = world.app.subject_request(&ctx, request).await;
        assert!(matches!(gone, Err(AppError::Absent)));
        assert!(world.app.subject_request(&ctx, kept).await.is_ok(), "one that is not closed stays");
        assert!(world.app.consultations(&owner, None, 10).await.unwrap().consultations.is_empty());
        for entry in [asks, answered.entries[0].0] {
            let owner = if entry == asks { &ctx } else { &owner };
            assert!(world.app.prove_entry(owner, entry).await.unwrap().is_none(), "nothing of it is left");
        }
        is_as_its_streams(&world).await;
        let world = world.restart().await;
        assert!(matches!(world.app.subject_request(&ctx, request).await, Err(AppError::Absent)));
        is_as_its_streams(&world).await;
    });
}
