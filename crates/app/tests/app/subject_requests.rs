//! Requests of persons: the book follows its streams, others meet nothing, and a request is erased when its time is over.

use barid_app::{AppError, Disclosure, PersonSubmission, RequestOutcome, RequestPlan, Statement, StepPlan};
use barid_domain::agreements::FieldGroup;
use barid_domain::codes::{Classification, CodeList as _, PersonStatus, Purpose, Warning};
use barid_domain::dates::Day;
use barid_domain::ids::{EntryHash, RecordId, RequestId};
use barid_domain::links::LinkKind;
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::orders::OrderAct;
use barid_domain::policy::Refusal;
use barid_domain::registry::KeyUsage;
use barid_domain::streams::{Position, StreamClass};
use barid_domain::subject_requests::{
    Applicant, Decision, IdentityCheck, OwnerAnswer, OwnerReply, RequestError, RequestKind, Restriction,
    YEARS_KEPT,
};
use barid_domain::text::LocalText;
use barid_testkit::world::{World, acting, code};

use crate::agreements::wanted;
use crate::links::{link, state};
use crate::orders::{order, order_with};
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

async fn disclose(world: &World, request: RequestId) -> Disclosure {
    world.app.disclosure(&acting("CCF", Purpose::Oversight), request).await.unwrap()
}

async fn consents(world: &World, owner: &str, asks: EntryHash) {
    let ctx = acting(owner, Purpose::Oversight);
    world.app.answer_consultation(&ctx, world.key(), answer(asks, OwnerReply::Consents)).await.unwrap();
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
        let disclosure = disclose(&world, request).await;
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
        let disclosure = world.app.disclosure(&ctx, request).await.unwrap();
        let told = (disclosure.outcome, disclosure.records.len());
        assert_eq!(told, (RequestOutcome::NothingToTell, 0), "as where nothing was found");
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
        world.pass_days(1);
        let over = world.app.subject_request(&ctx, request).await;
        assert!(matches!(over, Err(AppError::Absent)), "shown no more before anything is erased");
        assert!(world.app.prove_entry(&ctx, asks).await.unwrap().is_some(), "nothing is erased yet");
        assert!(world.app.consultations(&owner, None, 10).await.unwrap().consultations.is_empty());
        world.app.upkeep().await.unwrap();
        for _ in 0..2 {
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

#[test]
fn an_applicant_is_told_how_it_stands_only_where_a_group_opens_it() {
    run(async {
        let world = world().await;
        let mut person = wanted(NAME);
        person.statuses = vec![PersonStatus::Wanted, PersonStatus::Suspect];
        person.warnings = vec![Warning::LISTED[0].0];
        person.listed_on = Some(world.now().day());
        person.amended_on = vec![world.now().day()];
        let submission = world.submission(PURPOSE, person.clone());
        let receipt = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await;
        let record = receipt.unwrap().records[0];
        // What each answer lets be told: statuses, warnings, since when.
        let told = async |reply: OwnerReply, groups: &[FieldGroup]| {
            let request = searched(&world, &[record]).await;
            let asks = consult(&world, request, record).await;
            let said = OwnerAnswer { groups: groups.to_vec(), ..answer(asks, reply) };
            let owner = acting("XA", Purpose::Oversight);
            world.app.answer_consultation(&owner, world.key(), said).await.unwrap();
            let whole = reply == OwnerReply::Consents;
            let decision = if whole { Decision::Disclosed } else { Decision::PartlyDisclosed };
            step(&world, request, decide(decision)).await;
            let told = disclose(&world, request).await.records.remove(0);
            let Statement::Person(told) = told.statement else { panic!("a person") };
            assert_eq!(told.names, person.names);
            (
                told.statuses.len(),
                told.warnings.len(),
                told.listed_on.is_some(),
                told.amended_on.len(),
                told.offences.len(),
            )
        };
        let part = OwnerReply::ConsentsToPart;
        assert_eq!(told(part, &[FieldGroup::Documents]).await, (0, 0, false, 0, 0));
        assert_eq!(told(part, &[FieldGroup::Offences]).await, (2, 0, false, 0, 1));
        assert_eq!(told(part, &[FieldGroup::Remarks]).await, (0, 0, true, 1, 0));
        assert_eq!(told(OwnerReply::Consents, &[]).await, (2, 1, true, 1, 1));
    });
}

#[test]
fn a_link_is_told_only_where_both_of_its_records_are() {
    run(async {
        let world = world().await;
        let (own, others) = (enter(&world, "XA").await, enter(&world, "XB").await);
        let between = state(&world, "XA", link(&world, LinkKind::AssociateOf, own, others)).await.unwrap();
        let told = async |asks_xb: bool| {
            let request = searched(&world, &[own, others, between]).await;
            let due = world.now().day();
            let text = || texts("bn", "এটি কি জানানো যায়?");
            for record in [own, between, others] {
                let plan = StepPlan::Consult { record, due, tells_applicant: false, texts: text() };
                let asks = step(&world, request, plan).await;
                let owner = if record == others { "XB" } else { "XA" };
                if record != others || asks_xb {
                    consents(&world, owner, asks).await;
                } else {
                    let objects = answer(asks, OwnerReply::Objects);
                    let ctx = acting(owner, Purpose::Oversight);
                    world.app.answer_consultation(&ctx, world.key(), objects).await.unwrap();
                }
            }
            let decision = if asks_xb { Decision::Disclosed } else { Decision::PartlyDisclosed };
            step(&world, request, decide(decision)).await;
            let mut told: Vec<_> =
                disclose(&world, request).await.records.iter().map(|one| one.record).collect();
            told.sort_unstable();
            told
        };
        assert_eq!(told(false).await, [own], "the link names the record of an owner that objects");
        let mut all = vec![own, others, between];
        all.sort_unstable();
        assert_eq!(told(true).await, all);
    });
}

#[test]
fn a_record_that_changed_since_its_owner_was_asked_is_not_told() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA").await;
        let request = searched(&world, &[record]).await;
        let asks = consult(&world, request, record).await;
        let owner = acting("XA", Purpose::Oversight);
        let current = async || world.app.store().head(record).await.unwrap().unwrap().current;
        let asked = world.app.consultations(&owner, None, 10).await.unwrap().consultations.remove(0);
        assert_eq!(asked.version, current().await);
        consents(&world, "XA", asks).await;
        let revised = PersonSubmission {
            record: Some(record),
            expects: Some(current().await),
            ..world.submission(PURPOSE, wanted("Калачёв Валерий"))
        };
        world.app.submit_person(&acting("XA", PURPOSE), world.key(), revised).await.unwrap();
        let again = searched(&world, &[record]).await;
        let asks_again = consult(&world, again, record).await;
        consents(&world, "XA", asks_again).await;
        step(&world, request, decide(Decision::Disclosed)).await;
        step(&world, again, decide(Decision::Disclosed)).await;
        let disclosure = disclose(&world, request).await;
        assert_eq!((disclosure.outcome, disclosure.records.len()), (RequestOutcome::NothingToTell, 0));
        assert_eq!(disclose(&world, again).await.records.len(), 1, "asked about what stands now");
    });
}

#[test]
fn orders_of_a_decision_corrected_a_record_of_the_request() {
    run(async {
        let world = world().await;
        let (record, other) = (enter(&world, "XA").await, enter(&world, "XA").await);
        let ctx = acting("CCF", Purpose::Oversight);
        let plan = RequestPlan {
            kind: RequestKind::CorrectionOrDeletion,
            ..plan(world.now().day(), "Калачев")
        };
        let (request, _) = world.app.take_in_request(&ctx, world.key(), plan).await.unwrap();
        step(&world, request, StepPlan::FindAdmissible).await;
        step(&world, request, StepPlan::Search(vec![record])).await;
        let asks = consult(&world, request, record).await;
        let issue = |orders: Vec<EntryHash>| StepPlan::Decide {
            decision: Decision::OrdersIssued,
            orders,
            texts: texts("ru", "Закрыто"),
        };
        let annotated = order(&world, record, OrderAct::Annotate).await.unwrap().entry;
        let of_another = order(&world, other, OrderAct::Block).await.unwrap().entry;
        let blocked = order(&world, record, OrderAct::Block).await.unwrap().entry;
        let refused = async |orders: Vec<EntryHash>| {
            let refused = world.app.step_request(&ctx, world.key(), request, issue(orders)).await;
            refused.map(|_| ()).unwrap_err()
        };
        assert!(matches!(refused(vec![annotated]).await, AppError::Faulty(_)), "it corrects nothing");
        assert!(matches!(refused(vec![of_another]).await, AppError::Faulty(_)), "of another record");
        assert!(matches!(refused(vec![blocked, blocked]).await, AppError::Faulty(_)), "named twice");
        let early = refused(vec![blocked]).await;
        assert!(matches!(early, AppError::Request(RequestError::NotHeard)), "the owner has time still");
        let owner = acting("XA", Purpose::Oversight);
        let corrects = answer(asks, OwnerReply::WillCorrect);
        world.app.answer_consultation(&owner, world.key(), corrects).await.unwrap();
        step(&world, request, issue(vec![blocked])).await;
        assert_eq!(disclose(&world, request).await.outcome, RequestOutcome::Corrected);
        // A block that was lifted again corrected nothing.
        order(&world, other, OrderAct::Unblock).await.unwrap();
        let lifted = refused(vec![of_another]).await;
        assert!(matches!(lifted, AppError::Faulty(_)));
    });
}

#[test]
fn a_step_whose_entry_does_not_count_is_told_so_however_often_it_is_tried() {
    run(async {
        let world = world().await;
        let (ctx, key) = (acting("CCF", Purpose::Oversight), world.key());
        let plan = plan(world.now().day(), "Акбар Упражнений");
        let (request, taken) = world.app.take_in_request(&ctx, world.key(), plan).await.unwrap();
        let admissible = StepPlan::FindAdmissible;
        world.app.step_request(&ctx, key, request, admissible.clone()).await.unwrap();
        let again = world.app.step_request(&ctx, key, request, admissible.clone()).await.unwrap();
        assert!(again.replayed, "it counts, and is told so again");
        let place = |seq| Position { stream: taken.entries[0].1.stream, seq };
        let up_to = vec![place(taken.entries[0].1.seq)];
        // A key ends in a second; what counts was signed before it.
        world.pass_days(1);
        compromise(&world, "CCF", up_to).await;
        let retried = world.app.step_request(&ctx, key, request, admissible).await;
        let superseded = matches!(retried, Err(AppError::Request(RequestError::Superseded)));
        assert!(superseded, "{retried:?}");
    });
}

/// What an organisation's key signed behind these places counts no more.
async fn compromise(world: &World, of: &str, up_to: Vec<Position>) {
    let registry = world.app.registry();
    let key = registry.keys().find(|(_, key)| key.organisation == code(of) && key.usage == KeyUsage::Entries);
    let change = barid_app::KeyChange::Compromised { key: key.unwrap().0, up_to: Some(up_to) };
    let secretariat = acting("SEC", Purpose::Oversight);
    let draft = world.app.draft_key_change(&secretariat, code(of), &change).await.unwrap();
    world.app.complete_draft(&secretariat, &draft, &draft, &[]).await.unwrap();
}

#[test]
fn a_request_whose_intake_counts_no_more_is_shown_as_such_and_is_erased() {
    run(async {
        let world = world().await;
        let request = searched(&world, &[]).await;
        let ctx = acting("CCF", Purpose::Oversight);
        assert!(world.app.subject_requests(&ctx, false, None, 10).await.unwrap().lost.is_empty());
        compromise(&world, "CCF", Vec::new()).await;
        let page = world.app.subject_requests(&ctx, false, None, 10).await.unwrap();
        assert!(page.requests.is_empty(), "nothing of it counts");
        assert_eq!(page.lost.iter().map(|one| one.request).collect::<Vec<_>>(), [request]);
        is_as_its_streams(&world).await;
        let (entry, ends_on) = (page.lost[0].entry, page.lost[0].ends_on());
        world.pass_days(i64::from(ends_on.days() - world.now().day().days()));
        for _ in 0..3 {
            world.app.upkeep().await.unwrap();
            world.pass_days(1);
        }
        world.app.upkeep().await.unwrap();
        let page = world.app.subject_requests(&ctx, false, None, 10).await.unwrap();
        assert!(page.lost.is_empty() && page.requests.is_empty());
        let world = world.restart().await;
        assert!(world.app.subject_requests(&ctx, false, None, 10).await.unwrap().lost.is_empty());
        assert!(world.app.prove_entry(&ctx, entry).await.unwrap().is_none());
    });
}

#[test]
fn a_page_goes_on_behind_its_place_when_the_list_has_changed() {
    run(async {
        let world = world().await;
        let ctx = acting("CCF", Purpose::Oversight);
        let mut all = Vec::new();
        for name in ["Калачев", "कलाचेव", "卡拉乔夫"] {
            let plan = plan(world.now().day(), name);
            all.push(world.app.take_in_request(&ctx, world.key(), plan).await.unwrap().0);
        }
        let first = world.app.subject_requests(&ctx, false, None, 1).await.unwrap();
        let seen = first.requests[0].standing.request.request;
        // The one that the page ended with leaves the list.
        for one in [StepPlan::Withdraw, StepPlan::Answer, StepPlan::Close] {
            step(&world, seen, one).await;
        }
        let rest = world.app.subject_requests(&ctx, false, first.next, 10).await.unwrap();
        let mut rest: Vec<_> = rest.requests.iter().map(|one| one.standing.request.request).collect();
        rest.push(seen);
        rest.sort_unstable();
        all.sort_unstable();
        assert_eq!(rest, all, "none is left out");
    });
}

#[test]
fn a_search_for_an_applicant_says_what_it_does_not_search_and_the_journal_not_whom() {
    run(async {
        let world = world().await;
        let (found, blocked) = (enter(&world, "XA").await, enter(&world, "XB").await);
        order_with(&world, blocked, OrderAct::Block, Default::default()).await.unwrap();
        let ctx = acting("CCF", Purpose::Oversight);
        let mut plan = plan(world.now().day(), "٭٭٭");
        plan.applicant.names.push(NAME.into());
        let (request, _) = world.app.take_in_request(&ctx, world.key(), plan).await.unwrap();
        let numbers = vec!["XA7654321".to_owned()];
        let answer = world.app.applicant_candidates(&ctx, request, &numbers).await.unwrap();
        let records: Vec<_> = answer.candidates.iter().map(|one| one.record).collect();
        assert_eq!(records, [found]);
        assert_eq!(answer.not_searched, ["٭٭٭"]);
        assert_eq!(answer.kept_back, [blocked]);
        let asked: Vec<_> = world.journal_of("CCF").await.into_iter().filter_map(|line| line.asked).collect();
        let of = |what: &str| format!("subject-request={request}\n{what}");
        assert!(asked.contains(&of("name=2")) && asked.contains(&of("number=1")), "{asked:?}");
        assert!(asked.iter().all(|asked| !asked.contains("Калачев") && !asked.contains("7654321")));
    });
}

#[test]
fn an_officer_reads_of_no_record_above_its_clearance_that_its_owner_was_asked() {
    run(async {
        let world = world().await;
        let mut submission = world.submission(PURPOSE, wanted(NAME));
        submission.terms.classification = Classification::Confidential;
        let receipt = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await;
        let secret = receipt.unwrap().records[0];
        let mut submission = world.submission(PURPOSE, wanted(NAME));
        submission.terms.classification = Classification::OfficialUse;
        let receipt = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await;
        let plain = receipt.unwrap().records[0];
        let request = searched(&world, &[secret, plain]).await;
        let (asks_secret, asks_plain) =
            (consult(&world, request, secret).await, consult(&world, request, plain).await);
        let mut desk = acting("XA", Purpose::Oversight);
        desk.rights = OfficerRights { clearance: Classification::OfficialUse, ..OfficerRights::all() };
        let seen = world.app.consultations(&desk, None, 10).await.unwrap().consultations;
        assert_eq!(seen.iter().map(|one| one.record).collect::<Vec<_>>(), [plain]);
        let objects = |asks| answer(asks, OwnerReply::Objects);
        let unseen = world.app.answer_consultation(&desk, world.key(), objects(asks_secret)).await;
        assert!(matches!(unseen, Err(AppError::Absent)), "as one that is not there");
        let opens = answer(asks_plain, OwnerReply::Consents);
        let opened = world.app.answer_consultation(&desk, world.key(), opens).await;
        assert!(
            matches!(opened, Err(AppError::Refused(Refusal::Officer))),
            "opening takes clearance for all"
        );
        world.app.answer_consultation(&desk, world.key(), objects(asks_plain)).await.unwrap();
        let head = acting("XA", Purpose::Oversight);
        assert_eq!(world.app.consultations(&head, None, 10).await.unwrap().consultations.len(), 2);
    });
}

#[test]
fn what_ends_a_request_is_for_who_may_bind_the_commission() {
    run(async {
        let world = world().await;
        let request = searched(&world, &[]).await;
        let mut desk = acting("CCF", Purpose::Oversight);
        desk.rights = OfficerRights::default();
        for ends in [StepPlan::Withdraw, decide(Decision::NoData)] {
            let refused = world.app.step_request(&desk, world.key(), request, ends).await;
            assert!(matches!(refused, Err(AppError::Refused(Refusal::MayNotBind))));
        }
        step(&world, request, StepPlan::Withdraw).await;
    });
}
