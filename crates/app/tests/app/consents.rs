//! Consents: a drug case meets a terrorism record as a hit, and its owner lets it be opened, or not.

use barid_app::proofs::verify_bundle;
use barid_app::{
    AppError, ConsentAnswer, ConsentAsking, ConsentPage, ConsentRole, GivenConsent, KeyChange, OpContext,
    OpenedRecord, OrderPlan, Reference, RestrictionPlan, Statement,
};
use barid_domain::agreements::{AgreementStep, Duty, FieldGroup};
use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::codes::{Classification, Database, Purpose, WithdrawalReason};
use barid_domain::consents::{ASKED_ON_DAY_CAP, ConsentState, RECORDS_CAP, WAITING_CAP};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::orders::OrderAct;
use barid_domain::policy::Refusal;
use barid_domain::registry::KeyUsage;
use barid_domain::restrictions::Audience;
use barid_domain::streams::{Position, StreamClass};
use barid_domain::text::LocalText;
use barid_store::StreamPositions;
use barid_testkit::world::{World, acting, code, stolen_passport};

use crate::agreements::{DRUGS, TERROR, agreed, enter, enter_as, hits, search, step, wanted};
use crate::{faults, named, run};

const CYRILLIC: &str = "Калачев Валерий";
const ARABIC: &str = "وليد المثال التجريبي";

fn text(language: &str, words: &str) -> LocalText {
    LocalText::new(language, words, 100).unwrap()
}

/// A partner and a bureau are told of hits on terrorism records of another bureau for drug cases.
async fn world() -> (World, EntryHash) {
    let world = World::exercise().commission("CCF").build().await;
    let agreement =
        agreed(&world, &["XA", "XB", "XPART"], vec![hits(1, &["XB", "XPART"], &["XA"], TERROR)]).await;
    (world, agreement)
}

/// A search that tells of one hit, and of nothing else: its line.
async fn told(world: &World, who: &str, name: &str) -> EntryHash {
    let answer = search(world, who, DRUGS, name).await.unwrap();
    assert!(answer.candidates.is_empty());
    let told: Vec<_> = answer.hits.iter().map(|hit| (hit.database, hit.owner)).collect();
    assert_eq!(told, [(Database::Persons, code("XA"))]);
    answer.access
}

fn asking(access: EntryHash) -> ConsentAsking {
    ConsentAsking {
        access,
        database: Database::Persons,
        owner: code("XA"),
        reason: text("ru", "Совпадают имя и дата рождения"),
        days: 30,
    }
}

async fn ask_as(world: &World, ctx: &OpContext, asking: ConsentAsking) -> Result<EntryHash, AppError> {
    world.app.ask_consent(ctx, world.key(), asking).await
}

async fn asked(world: &World, who: &str, name: &str) -> EntryHash {
    let access = told(world, who, name).await;
    ask_as(world, &acting(who, DRUGS), asking(access)).await.unwrap()
}

fn giving(fields: &[FieldGroup]) -> ConsentAnswer {
    ConsentAnswer::Give {
        records: None,
        fields: fields.to_vec(),
        until: None,
        duties: vec![Duty::ConfirmWithOwner],
        conditions: Vec::new(),
    }
}

async fn answer(world: &World, request: EntryHash, answer: ConsentAnswer) -> Result<(), AppError> {
    let ctx = acting("XA", Purpose::Oversight);
    world.app.answer_consent(&ctx, world.key(), request, answer).await.map(drop)
}

async fn end(world: &World, who: &str, request: EntryHash) -> Result<(), AppError> {
    let ctx = acting(who, Purpose::Oversight);
    world.app.end_consent(&ctx, world.key(), request, None, false).await.map(drop)
}

async fn list(world: &World, who: &str, role: ConsentRole) -> ConsentPage {
    world.app.consents(&acting(who, Purpose::Oversight), role, None, 100).await.unwrap()
}

async fn states(world: &World, who: &str, role: ConsentRole) -> Vec<ConsentState> {
    list(world, who, role).await.requests.iter().map(|one| one.state).collect()
}

async fn open(world: &World, who: &str, record: RecordId) -> Result<OpenedRecord, AppError> {
    world.app.open(&acting(who, DRUGS), record).await
}

async fn is_absent(world: &World, who: &str, record: RecordId) -> bool {
    matches!(open(world, who, record).await, Err(AppError::Absent))
}

#[test]
fn a_drug_case_opens_the_terrorism_record_that_it_met_once_its_owner_consents() {
    run(async {
        for (name, asker) in [(CYRILLIC, "XPART"), (ARABIC, "XB")] {
            let (world, _) = world().await;
            let record = enter(&world, "XA", TERROR, wanted(name)).await;
            let other = enter(&world, "XA", TERROR, wanted("Образцов Пётр")).await;
            assert!(is_absent(&world, asker, record).await);
            let request = asked(&world, asker, name).await;
            // The asker learns nothing more than it had.
            let of_asker = list(&world, asker, ConsentRole::Asker).await.requests;
            assert_eq!((of_asker.len(), of_asker[0].state), (1, ConsentState::Waiting));
            assert!(of_asker[0].records.is_empty() && of_asker[0].given.is_none());
            assert!(is_absent(&world, asker, record).await, "asking opens nothing");
            // The owner learns who asks, for what, why, and about which of its records.
            let of_owner = list(&world, "XA", ConsentRole::Owner).await.requests;
            assert_eq!((of_owner.len(), of_owner[0].request), (1, request));
            assert_eq!((of_owner[0].asker, of_owner[0].purpose), (code(asker), DRUGS));
            assert_eq!(of_owner[0].records, [record]);
            assert_eq!(of_owner[0].reason.text, "Совпадают имя и дата рождения");

            answer(&world, request, giving(&[FieldGroup::Offences])).await.unwrap();
            let world = world.restart().await;
            let opened = open(&world, asker, record).await.unwrap();
            let Statement::Person(shown) = &opened.statement else { panic!("a person") };
            assert_eq!(shown.names[0].text, name);
            assert!(!shown.offences.is_empty() && shown.documents.is_empty() && shown.remarks.is_empty());
            assert!(opened.is_partial);
            assert_eq!(opened.duties, [Duty::PoliceUseOnly, Duty::NoOnwardTransfer, Duty::ConfirmWithOwner]);
            // Exactly this record, for exactly this purpose, to exactly this asker; and a search shows what it showed.
            assert!(is_absent(&world, asker, other).await);
            for stranger in ["XC", "SEC", "CCF"] {
                assert!(is_absent(&world, stranger, record).await, "{stranger}");
            }
            for purpose in [Purpose::HumanTrafficking, Purpose::FinancialCrime] {
                let opened = world.app.open(&acting(asker, purpose), record).await;
                assert!(opened.is_err(), "{purpose}");
            }
            told(&world, asker, name).await;
            let given = list(&world, asker, ConsentRole::Asker).await.requests[0].given.clone().unwrap();
            let GivenConsent { records, fields, until, .. } = given;
            assert_eq!((records, fields), (vec![record], vec![FieldGroup::Offences]));
            assert_eq!(until, world.today().saturating_add(30));

            // Taken back, it is gone at once.
            end(&world, "XA", request).await.unwrap();
            assert!(is_absent(&world, asker, record).await);
            let world = world.restart().await;
            assert!(is_absent(&world, asker, record).await);
            let ended = &list(&world, asker, ConsentRole::Asker).await.requests[0];
            assert_eq!((ended.state, ended.given.is_none()), (ConsentState::Ended, true));
        }
    });
}

#[test]
fn the_journal_names_the_consent_and_what_was_told_of() {
    run(async {
        let (world, _) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let request = asked(&world, "XPART", CYRILLIC).await;
        answer(&world, request, giving(&[])).await.unwrap();
        open(&world, "XPART", record).await.unwrap();
        let lines = world.journal_of("XPART").await;
        let of = |operation| lines.iter().filter(move |line| line.operation == operation);
        let opened: Vec<_> = of(Operation::OpenRecord).filter(|line| line.phase == Phase::Ended).collect();
        assert_eq!(opened[0].consents, [request]);
        let mut asked: Vec<_> =
            of(Operation::AskConsent).map(|line| (line.phase, line.hits.clone())).collect();
        // What is committed stands in the stream at once, the journal's lines when they are folded.
        asked.sort();
        assert_eq!(asked, [(Phase::Begun, vec![]), (Phase::Ended, vec![record]), (Phase::Committed, vec![])]);
        assert!(of(Operation::SearchPersons).all(|line| line.consents.is_empty()));
        let owner = world.journal_of("XA").await;
        assert!(
            owner
                .iter()
                .any(|line| line.operation == Operation::AnswerConsent && line.record == Some(record))
        );
        // Refused, it names none.
        end(&world, "XA", request).await.unwrap();
        assert!(is_absent(&world, "XPART", record).await);
        let lines = world.journal_of("XPART").await;
        let last = lines.iter().rfind(|line| line.operation == Operation::OpenRecord).unwrap();
        assert!(last.phase == Phase::Refused && last.consents.is_empty());
    });
}

#[test]
fn whether_one_record_is_asked_about_or_several_the_asker_is_answered_alike() {
    run(async {
        let (world, _) = world().await;
        let mut records = Vec::new();
        for _ in 0..RECORDS_CAP + 3 {
            records.push(enter(&world, "XA", TERROR, wanted(CYRILLIC)).await);
        }
        enter(&world, "XA", TERROR, wanted(ARABIC)).await;
        let several = asked(&world, "XPART", CYRILLIC).await;
        let one = asked(&world, "XPART", ARABIC).await;
        let shown = list(&world, "XPART", ConsentRole::Asker).await.requests;
        let alike = |at: usize| {
            let mut shown = shown[at].clone();
            shown.request = EntryHash([0; 32]);
            shown
        };
        assert_eq!(shown.len(), 2);
        assert_eq!(alike(0), alike(1));
        let of_owner = list(&world, "XA", ConsentRole::Owner).await.requests;
        let count = |request| of_owner.iter().find(|one| one.request == request).unwrap().records.len();
        assert_eq!((count(several), count(one)), (RECORDS_CAP, 1));
        // To some of them: the others stay what they were.
        let asked = of_owner.iter().find(|one| one.request == several).unwrap().records.clone();
        let ConsentAnswer::Give { fields, until, duties, conditions, .. } = giving(&[]) else { panic!() };
        let some = vec![asked[3], asked[1]];
        let given = ConsentAnswer::Give { records: Some(some), fields, until, duties, conditions };
        answer(&world, several, given).await.unwrap();
        for record in &records {
            let opens = open(&world, "XPART", *record).await.is_ok();
            assert_eq!(opens, [asked[1], asked[3]].contains(record));
        }
        // What is not asked about can't be consented to.
        let foreign = vec![records.iter().copied().find(|record| !asked.contains(record)).unwrap()];
        let given = ConsentAnswer::Give {
            records: Some(foreign),
            fields: Vec::new(),
            until: Some(world.today().saturating_add(31)),
            duties: Vec::new(),
            conditions: Vec::new(),
        };
        let refused = answer(&world, one, given).await.unwrap_err();
        assert_eq!(faults(refused), ["records: contradiction", "until: too-long"]);
    });
}

#[test]
fn only_a_hit_of_an_own_search_for_that_purpose_is_asked_about() {
    run(async {
        let (world, agreement) = world().await;
        enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let own = enter(&world, "XB", DRUGS, wanted(CYRILLIC)).await;
        let access = search(&world, "XPART", DRUGS, CYRILLIC).await.unwrap().access;
        let empty = search(&world, "XPART", DRUGS, "Несуществующий Никто").await.unwrap().access;
        let of_other = search(&world, "XB", DRUGS, CYRILLIC).await.unwrap();
        assert_eq!(of_other.candidates[0].record, own);
        let partner = acting("XPART", DRUGS);
        let opening = open(&world, "XB", own).await.unwrap().access;
        let cases = [
            ("nothing found", partner.clone(), asking(empty)),
            ("another's search", partner.clone(), asking(of_other.access)),
            ("no such line", partner.clone(), asking(EntryHash([7; 32]))),
            ("an agreement, no search", partner.clone(), asking(agreement)),
            ("another owner", partner.clone(), ConsentAsking { owner: code("XB"), ..asking(access) }),
            ("nobody", partner.clone(), ConsentAsking { owner: code("XQ"), ..asking(access) }),
            (
                "another database",
                partner.clone(),
                ConsentAsking { database: Database::TravelDocuments, ..asking(access) },
            ),
            ("an opening", acting("XB", DRUGS), asking(opening)),
            ("no grant", acting("XC", DRUGS), asking(access)),
            ("the secretariat", acting("SEC", DRUGS), asking(access)),
            ("another purpose", acting("XB", Purpose::CriminalInvestigation), asking(of_other.access)),
        ];
        for (why, ctx, asking) in cases {
            let refused = ask_as(&world, &ctx, asking).await;
            assert!(matches!(refused, Err(AppError::Absent)), "{why}: {refused:?}");
        }
        let mut unable = partner.clone();
        unable.rights = OfficerRights { rights: vec![OfficerRight::Open], ..OfficerRights::all() };
        let refused = ask_as(&world, &unable, asking(access)).await;
        assert!(matches!(refused, Err(AppError::Refused(Refusal::Officer))));
        for (what, asking) in [
            ("owner: contradiction", ConsentAsking { owner: code("XPART"), ..asking(access) }),
            ("until: too-long", ConsentAsking { days: 181, ..asking(access) }),
            ("until: impossible", ConsentAsking { days: -1, ..asking(access) }),
        ] {
            assert_eq!(faults(ask_as(&world, &partner, asking).await.unwrap_err()), [what]);
        }
        assert!(states(&world, "XA", ConsentRole::Owner).await.is_empty(), "nothing was asked by any of it");
        // It waits for nobody for ever, and neither does what was found.
        world.pass_days(31);
        let refused = ask_as(&world, &partner, asking(access)).await;
        assert!(matches!(refused, Err(AppError::Absent)));
    });
}

#[test]
fn what_is_no_hit_any_more_is_not_asked_about() {
    run(async {
        let (world, agreement) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let access = told(&world, "XPART", CYRILLIC).await;
        let partner = acting("XPART", DRUGS);
        let is_absent = async |world: &World| {
            matches!(ask_as(world, &partner, asking(access)).await, Err(AppError::Absent))
        };
        step(&world, "XA", agreement, AgreementStep::OptOut, Some(1)).await.unwrap();
        // Without any grant it may not search either.
        let refused = ask_as(&world, &partner, asking(access)).await;
        assert!(matches!(refused, Err(AppError::Refused(_))), "opted out");
        step(&world, "XA", agreement, AgreementStep::OptIn, Some(1)).await.unwrap();
        let mut less = partner.clone();
        less.rights.clearance = Classification::OfficialUse;
        let waiting = ask_as(&world, &less, asking(access)).await.unwrap();
        end(&world, "XPART", waiting).await.unwrap();
        restrict(&world, record, &["XPART"]).await;
        assert!(is_absent(&world).await, "kept from it");
        restrict(&world, record, &[]).await;
        world
            .app
            .withdraw(&acting("XA", TERROR), world.key(), record, WithdrawalReason::Mistaken)
            .await
            .unwrap();
        assert!(is_absent(&world).await, "withdrawn");
    });
}

async fn restrict(world: &World, record: RecordId, but: &[&str]) {
    let audience = Audience::all_but(but.iter().map(|one| code(one)));
    let plan = RestrictionPlan { database: Database::Persons, records: Some(vec![record]), audience };
    world.app.restrict(&acting("XA", TERROR), world.key(), plan).await.unwrap();
}

async fn order(world: &World, record: RecordId, act: OrderAct) {
    let plan = OrderPlan {
        record,
        act,
        texts: vec![text("ar", "قيد المراجعة")],
        keys: Vec::new(),
        details: Default::default(),
    };
    let ctx = acting("CCF", Purpose::Oversight);
    let draft = world.app.draft_order(&ctx, &plan).await.unwrap();
    world.app.complete_order(&ctx, &draft, &draft, &[]).await.unwrap();
}

#[test]
fn a_consent_beats_no_order_no_restriction_no_officers_rights_and_ends_with_the_grant() {
    run(async {
        let (world, agreement) = world().await;
        let mut submission = world.submission(TERROR, wanted(CYRILLIC));
        submission.terms.classification = Classification::OfficialUse;
        let record = enter_as(&world, "XA", submission).await;
        let request = asked(&world, "XPART", CYRILLIC).await;
        answer(&world, request, giving(&[])).await.unwrap();
        let opens = async || open(&world, "XPART", record).await.is_ok();
        assert!(opens().await);

        order(&world, record, OrderAct::Block).await;
        assert!(!opens().await, "blocked");
        order(&world, record, OrderAct::Unblock).await;
        assert!(opens().await);
        restrict(&world, record, &["XPART"]).await;
        assert!(!opens().await, "kept from it");
        restrict(&world, record, &[]).await;
        assert!(opens().await);

        let with = async |change: fn(&mut OfficerRights)| {
            let mut ctx = acting("XPART", DRUGS);
            change(&mut ctx.rights);
            world.app.open(&ctx, record).await.is_ok()
        };
        assert!(with(|_| {}).await);
        assert!(!with(|rights| rights.rights.retain(|right| *right != OfficerRight::Open)).await);
        assert!(!with(|rights| rights.databases = Some(vec![Database::Vehicles])).await);
        assert!(!with(|rights| rights.purposes = Some(vec![Purpose::BorderControl])).await);

        for (closes, reopens) in
            [(AgreementStep::OptOut, AgreementStep::OptIn), (AgreementStep::Suspend, AgreementStep::Resume)]
        {
            let grant = (closes == AgreementStep::OptOut).then_some(1);
            step(&world, "XA", agreement, closes, grant).await.unwrap();
            assert!(!opens().await, "{closes}");
            step(&world, "XA", agreement, reopens, grant).await.unwrap();
            assert!(opens().await, "{reopens}");
        }
        step(&world, "XPART", agreement, AgreementStep::End, None).await.unwrap();
        assert!(!opens().await, "ended");
    });
}

#[test]
fn a_record_that_ends_takes_its_consent_with_it() {
    run(async {
        let (world, _) = world().await;
        let withdrawn = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let stands = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let request = asked(&world, "XPART", CYRILLIC).await;
        answer(&world, request, giving(&[])).await.unwrap();
        let xa = acting("XA", TERROR);
        world.app.withdraw(&xa, world.key(), withdrawn, WithdrawalReason::Mistaken).await.unwrap();
        assert!(is_absent(&world, "XPART", withdrawn).await);
        assert!(open(&world, "XPART", stands).await.is_ok());
        let given = list(&world, "XPART", ConsentRole::Asker).await.requests[0].given.clone().unwrap();
        assert_eq!(given.records, [stands]);
        order(&world, stands, OrderAct::Erase).await;
        assert!(is_absent(&world, "XPART", stands).await);
        let given = list(&world, "XPART", ConsentRole::Asker).await.requests[0].given.clone().unwrap();
        assert!(given.records.is_empty());
    });
}

#[test]
fn silence_opens_nothing_and_days_end_what_was_asked_and_given() {
    run(async {
        let (world, _) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let first = asked(&world, "XPART", CYRILLIC).await;
        let second = asked(&world, "XPART", CYRILLIC).await;
        let ConsentAnswer::Give { fields, duties, .. } = giving(&[]) else { panic!() };
        let short = ConsentAnswer::Give {
            records: None,
            fields,
            until: Some(world.today().saturating_add(3)),
            duties,
            conditions: vec![text("fa", "پیش از اقدام تماس بگیرید")],
        };
        answer(&world, second, short).await.unwrap();
        let opened = open(&world, "XPART", record).await.unwrap();
        assert!(opened.duties.contains(&Duty::HeedConditions), "there are conditions in words");
        world.pass_days(3);
        assert!(open(&world, "XPART", record).await.is_ok(), "its last day");
        world.pass_days(1);
        assert!(is_absent(&world, "XPART", record).await);
        let state_of = async |request: EntryHash| {
            let page = list(&world, "XPART", ConsentRole::Asker).await;
            page.requests.iter().find(|one| one.request == request).unwrap().state
        };
        assert_eq!(
            (state_of(first).await, state_of(second).await),
            (ConsentState::Waiting, ConsentState::Over)
        );
        world.pass_days(27);
        assert_eq!(state_of(first).await, ConsentState::Lapsed);
        let late = answer(&world, first, giving(&[])).await;
        assert!(matches!(late, Err(AppError::Absent)), "nobody waits for it any more");
        assert!(is_absent(&world, "XPART", record).await);
    });
}

#[test]
fn a_refusal_closes_and_says_why_only_where_the_owner_tells() {
    run(async {
        let (world, _) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let (silent, open_hearted) =
            (asked(&world, "XPART", CYRILLIC).await, asked(&world, "XPART", CYRILLIC).await);
        let why = text("zh", "涉及线人");
        let refusing = |tells| ConsentAnswer::Refuse { reason: Some(why.clone()), tells };
        answer(&world, silent, refusing(false)).await.unwrap();
        answer(&world, open_hearted, refusing(true)).await.unwrap();
        let reasons = async |who: &str, role| -> Vec<bool> {
            let page = list(&world, who, role).await;
            let of = |request| page.requests.iter().find(|one| one.request == request).unwrap();
            [silent, open_hearted].map(|request| of(request).answer_reason.is_some()).to_vec()
        };
        assert_eq!(reasons("XPART", ConsentRole::Asker).await, [false, true]);
        assert_eq!(reasons("XA", ConsentRole::Owner).await, [true, true]);
        assert_eq!(states(&world, "XPART", ConsentRole::Asker).await, [ConsentState::Refused; 2]);
        for request in [silent, open_hearted] {
            assert!(matches!(answer(&world, request, giving(&[])).await, Err(AppError::Absent)));
            assert!(matches!(end(&world, "XPART", request).await, Err(AppError::Absent)));
        }
        assert!(is_absent(&world, "XPART", record).await);
        // What the asker took back is answered by nobody.
        let third = asked(&world, "XPART", CYRILLIC).await;
        end(&world, "XPART", third).await.unwrap();
        assert!(matches!(answer(&world, third, giving(&[])).await, Err(AppError::Absent)));
        let fourth = asked(&world, "XPART", CYRILLIC).await;
        answer(&world, fourth, giving(&[])).await.unwrap();
        assert!(open(&world, "XPART", record).await.is_ok());
        end(&world, "XPART", fourth).await.unwrap();
        assert!(is_absent(&world, "XPART", record).await, "given up");
    });
}

#[test]
fn nobody_else_learns_that_anything_was_asked() {
    run(async {
        let (world, _) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let request = asked(&world, "XPART", CYRILLIC).await;
        for stranger in ["XB", "XC", "SEC"] {
            for role in [ConsentRole::Owner, ConsentRole::Asker] {
                assert!(states(&world, stranger, role).await.is_empty(), "{stranger}");
            }
            let ctx = acting(stranger, Purpose::Oversight);
            for of in [request, EntryHash([7; 32])] {
                let done = world.app.answer_consent(&ctx, world.key(), of, giving(&[])).await;
                assert!(matches!(done, Err(AppError::Absent)), "{stranger}");
                assert!(matches!(end(&world, stranger, of).await, Err(AppError::Absent)), "{stranger}");
            }
        }
        // Nor does the asker answer itself, or the owner ask itself; and the commission takes no part.
        let ctx = acting("XPART", Purpose::Oversight);
        let done = world.app.answer_consent(&ctx, world.key(), request, giving(&[])).await;
        assert!(matches!(done, Err(AppError::Absent)));
        let ctx = acting("CCF", Purpose::Oversight);
        let done = world.app.consents(&ctx, ConsentRole::Owner, None, 10).await;
        assert!(matches!(done, Err(AppError::Refused(Refusal::NotEntitled))));
        assert!(is_absent(&world, "XPART", record).await);
        assert_eq!(states(&world, "XA", ConsentRole::Owner).await, [ConsentState::Waiting]);
        // Its stream is in nobody's list but the asker's own, and what it says leaves the node in no proof.
        for who in ["XA", "XB", "SEC"] {
            let streams = world.app.streams(&acting(who, DRUGS)).await.unwrap();
            assert!(streams.iter().all(|head| head.stream.class != StreamClass::Consents), "{who}");
            assert!(world.app.prove_entry(&acting(who, DRUGS), request).await.unwrap().is_none());
        }
        assert!(world.app.prove_entry(&acting("XPART", DRUGS), request).await.unwrap().is_none());
        assert!(world.app.issue_receipt(&acting("XPART", DRUGS), request).await.unwrap().is_none());
        answer(&world, request, giving(&[])).await.unwrap();
        let lines = world.journal_of("XA").await;
        let line = lines.iter().find(|line| line.operation == Operation::AnswerConsent).unwrap();
        let bundle = world.app.prove_entry(&acting("XA", DRUGS), line.entries[0]).await.unwrap();
        assert!(verify_bundle(&bundle.unwrap(), None).is_ok(), "the owner proves what it consented to");
        let mut elsewhere = acting("XA", DRUGS);
        elsewhere.rights.databases = Some(vec![Database::Vehicles]);
        assert!(
            world.app.prove_entry(&elsewhere, line.entries[0]).await.unwrap().is_none(),
            "not its database"
        );
    });
}

#[test]
fn consenting_is_for_who_may_bind_and_the_off_switch_for_more() {
    run(async {
        let (world, _) = world().await;
        enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let request = asked(&world, "XPART", CYRILLIC).await;
        let with = |rights: &[OfficerRight]| {
            let mut ctx = acting("XA", Purpose::Oversight);
            ctx.rights.rights = rights.to_vec();
            ctx
        };
        let gives = async |ctx: &OpContext| {
            world.app.answer_consent(ctx, world.key(), request, giving(&[])).await.map(drop)
        };
        let enters = with(&[OfficerRight::Enter, OfficerRight::Open]);
        assert!(matches!(gives(&enters).await, Err(AppError::Refused(Refusal::MayNotBind))));
        let mut little = with(&[OfficerRight::Bind]);
        little.rights.clearance = Classification::Restricted;
        assert!(matches!(gives(&little).await, Err(AppError::Refused(Refusal::Officer))));
        let mut elsewhere = with(&[OfficerRight::Bind]);
        elsewhere.rights.databases = Some(vec![Database::Vehicles]);
        assert!(matches!(gives(&elsewhere).await, Err(AppError::Absent)));
        let searches = with(&[OfficerRight::Search]);
        for (ctx, count) in [(&enters, 1), (&elsewhere, 0), (&searches, 0)] {
            let page = world.app.consents(ctx, ConsentRole::Owner, None, 10).await.unwrap();
            assert_eq!(page.requests.len(), count);
        }
        gives(&with(&[OfficerRight::Bind])).await.unwrap();
        let done = world.app.end_consent(&searches, world.key(), request, None, false).await;
        assert!(matches!(done, Err(AppError::Refused(Refusal::Officer))));
        world.app.end_consent(&enters, world.key(), request, None, false).await.unwrap();
    });
}

#[test]
fn asking_twice_with_one_key_asks_once_and_too_many_wait_for_no_owner() {
    run(async {
        let (world, _) = world().await;
        enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let access = told(&world, "XPART", CYRILLIC).await;
        let (ctx, key) = (acting("XPART", DRUGS), world.key());
        let first = world.app.ask_consent(&ctx, key, asking(access)).await.unwrap();
        assert_eq!(world.app.ask_consent(&ctx, key, asking(access)).await.unwrap(), first);
        let outcome = world.app.outcome(&ctx, key).await.unwrap().unwrap();
        assert!(outcome.receipt.records.is_empty(), "nor is it told so which records they are");
        let other = ConsentAsking { days: 7, ..asking(access) };
        assert!(matches!(world.app.ask_consent(&ctx, key, other).await, Err(AppError::KeyReused)));
        let reference = Reference::new("another file").unwrap();
        let other = world.app.ask_consent(&OpContext { reference, ..ctx.clone() }, key, asking(access)).await;
        assert!(matches!(other, Err(AppError::KeyReused)), "the owner reads the file too");
        // The same hit of the same search is asked about once at a time.
        let refused = ask_as(&world, &ctx, asking(access)).await.unwrap_err();
        assert_eq!(faults(refused), ["access: duplicate"]);
        for number in 1..WAITING_CAP {
            // The agreement lets so many searches be made on one day.
            world.pass_days(i64::from(number.is_multiple_of(30)));
            asked(&world, "XPART", CYRILLIC).await;
        }
        let refused = ask_as(&world, &ctx, asking(told(&world, "XPART", CYRILLIC).await)).await.unwrap_err();
        assert_eq!(faults(refused), ["owner: too-many"]);
        end(&world, "XPART", first).await.unwrap();
        ask_as(&world, &ctx, asking(access)).await.unwrap();
        let page = world.app.consents(&ctx, ConsentRole::Asker, None, 60).await.unwrap();
        let rest = world.app.consents(&ctx, ConsentRole::Asker, page.next, 60).await.unwrap();
        assert_eq!((page.requests.len(), rest.requests.len(), rest.next), (60, 41, None));
    });
}

#[test]
fn whatever_became_of_them_no_owner_is_asked_without_end_on_one_day() {
    run(async {
        let (world, _) = world().await;
        enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let (access, ctx) = (told(&world, "XPART", CYRILLIC).await, acting("XPART", DRUGS));
        for _ in 0..ASKED_ON_DAY_CAP {
            let request = ask_as(&world, &ctx, asking(access)).await.unwrap();
            end(&world, "XPART", request).await.unwrap();
        }
        let refused = ask_as(&world, &ctx, asking(access)).await.unwrap_err();
        assert_eq!(faults(refused), ["owner: too-many"]);
        world.pass_days(1);
        ask_as(&world, &ctx, asking(access)).await.unwrap();
    });
}

#[test]
fn asking_is_no_search_and_a_record_that_changed_since_is_not_asked_about() {
    run(async {
        let (world, _) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let access = told(&world, "XPART", CYRILLIC).await;
        world.pass_days(20);
        let ctx = acting("XPART", DRUGS);
        let first = ask_as(&world, &ctx, asking(access)).await.unwrap();
        end(&world, "XPART", first).await.unwrap();
        world.pass_days(20);
        assert!(matches!(ask_as(&world, &ctx, asking(access)).await, Err(AppError::Absent)), "too old");
        // The line of the asking names the hit as the search does: it does not begin the thirty days anew.
        world.journal_of("XPART").await;
        let of_asking = lines_of(&world, "XPART", Operation::AskConsent, Phase::Begun).await;
        assert!(!of_asking.is_empty());
        for line in of_asking {
            assert!(matches!(ask_as(&world, &ctx, asking(line)).await, Err(AppError::Absent)));
        }
        // Another person by now, as far as anybody knows.
        let access = told(&world, "XPART", CYRILLIC).await;
        world.pass_days(1);
        let head = world.app.store().head(record).await.unwrap().unwrap();
        let mut submission = world.submission(TERROR, wanted("Образцов Пётр"));
        (submission.record, submission.expects) = (Some(record), Some(head.current));
        enter_as(&world, "XA", submission).await;
        assert!(matches!(ask_as(&world, &ctx, asking(access)).await, Err(AppError::Absent)));
    });
}

#[test]
fn the_askers_list_names_what_it_can_open_and_nothing_else() {
    run(async {
        let (world, agreement) = world().await;
        let record = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let request = asked(&world, "XPART", CYRILLIC).await;
        answer(&world, request, giving(&[])).await.unwrap();
        let names = async |world: &World| {
            let given = list(world, "XPART", ConsentRole::Asker).await.requests[0].given.clone().unwrap();
            let opens = open(world, "XPART", record).await.is_ok();
            assert_eq!(given.records == [record], opens, "{:?}", given.records);
            opens
        };
        assert!(names(&world).await);
        order(&world, record, OrderAct::Block).await;
        assert!(!names(&world).await, "blocked");
        order(&world, record, OrderAct::Unblock).await;
        assert!(names(&world).await);
        restrict(&world, record, &["XPART"]).await;
        assert!(!names(&world).await, "kept from it");
        restrict(&world, record, &[]).await;
        for (closes, reopens) in
            [(AgreementStep::OptOut, AgreementStep::OptIn), (AgreementStep::Suspend, AgreementStep::Resume)]
        {
            let grant = (closes == AgreementStep::OptOut).then_some(1);
            step(&world, "XA", agreement, closes, grant).await.unwrap();
            assert!(!names(&world).await, "{closes}");
            step(&world, "XA", agreement, reopens, grant).await.unwrap();
            assert!(names(&world).await, "{reopens}");
        }
        step(&world, "XPART", agreement, AgreementStep::End, None).await.unwrap();
        assert!(!names(&world).await, "ended");
        // Its owner reads all the same what it consented to.
        let of_owner = list(&world, "XA", ConsentRole::Owner).await.requests[0].given.clone().unwrap();
        assert_eq!(of_owner.records, [record]);
    });
}

#[test]
fn positions_of_consents_are_reached_and_a_page_for_an_asker_ends_in_time() {
    run(async {
        let (world, _) = world().await;
        for _ in 0..RECORDS_CAP {
            enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        }
        let xa = acting("XA", Purpose::Oversight);
        for _ in 0..12 {
            let request = asked(&world, "XPART", CYRILLIC).await;
            let done = world.app.answer_consent(&xa, world.key(), request, giving(&[])).await.unwrap();
            assert!(world.app.has_reached(&xa.actor, &done.position).await.unwrap());
        }
        let (ctx, mut next, mut pages) = (acting("XPART", Purpose::Oversight), None, Vec::new());
        loop {
            let page = world.app.consents(&ctx, ConsentRole::Asker, next, 100).await.unwrap();
            assert!(page.requests.iter().all(|one| one.given.as_ref().unwrap().records.len() == RECORDS_CAP));
            pages.push(page.requests.len());
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(pages, [10, 2]);
    });
}

#[test]
fn with_a_stolen_key_nothing_is_opened_and_what_was_closed_stays_closed() {
    run(async {
        let (world, _) = world().await;
        let opened = enter(&world, "XA", TERROR, wanted(CYRILLIC)).await;
        let closed = enter(&world, "XA", TERROR, wanted(ARABIC)).await;
        let (by_thief, by_owner) =
            (asked(&world, "XPART", CYRILLIC).await, asked(&world, "XPART", ARABIC).await);
        answer(&world, by_owner, giving(&[])).await.unwrap();
        let streams = world.app.streams(&acting("XA", Purpose::Oversight)).await.unwrap();
        let own = streams.iter().filter(|head| head.stream.organisation == code("XA"));
        let mut up_to: Vec<_> = own.map(|head| Position { stream: head.stream, seq: head.size }).collect();
        up_to.sort();
        world.pass_days(1);
        answer(&world, by_thief, giving(&[])).await.unwrap();
        end(&world, "XA", by_owner).await.unwrap();
        assert!(open(&world, "XPART", opened).await.is_ok());

        let registry = world.app.registry();
        let mut keys = registry.keys();
        let stolen = keys.find(|(_, key)| key.organisation == code("XA") && key.usage == KeyUsage::Entries);
        let change = KeyChange::Compromised { key: stolen.unwrap().0, up_to: Some(up_to) };
        let ctx = acting("SEC", Purpose::Oversight);
        let draft = world.app.draft_key_change(&ctx, code("XA"), &change).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        // The records of the owner were signed with it too, in other streams: its requests and its consents are looked at.
        let page = list(&world, "XPART", ConsentRole::Asker).await;
        let state = |request| page.requests.iter().find(|one| one.request == request).unwrap().state;
        assert_eq!((state(by_thief), state(by_owner)), (ConsentState::Waiting, ConsentState::Ended));
        for record in [opened, closed] {
            assert!(is_absent(&world, "XPART", record).await);
        }
    });
}

#[test]
fn pictures_and_other_databases_follow_the_mask() {
    run(async {
        let world = World::exercise().build().await;
        let mut grant = hits(1, &["XPART"], &["XA"], TERROR);
        grant.databases = vec![Database::TravelDocuments];
        agreed(&world, &["XA", "XPART"], vec![grant]).await;
        let submission = world.submission(TERROR, stolen_passport("XA1112223", "XAX"));
        let xa = acting("XA", TERROR);
        let record = world.app.submit_travel_document(&xa, world.key(), submission).await.unwrap().records[0];
        let ctx = acting("XPART", DRUGS);
        let found = world.app.search(&ctx, &crate::numbered("XA1112223")).await.unwrap();
        assert_eq!((found.candidates.len(), found.hits.len()), (0, 1));
        let asking = ConsentAsking { database: Database::TravelDocuments, ..asking(found.access) };
        let request = ask_as(&world, &ctx, asking).await.unwrap();
        answer(&world, request, giving(&[])).await.unwrap();
        let opened = world.app.open(&ctx, record).await.unwrap();
        assert!(opened.is_partial, "why it is reported is among the details");
        let search = world.app.search(&ctx, &named(CYRILLIC)).await.unwrap();
        assert!(search.candidates.is_empty());
    });
}

/// The lines of an organisation about an operation, by their hashes.
async fn lines_of(world: &World, who: &str, operation: Operation, phase: Phase) -> Vec<EntryHash> {
    world.app.upkeep().await.unwrap();
    let store = world.app.store();
    let stream = store.stream(code(who), StreamClass::Access);
    let mut positions = StreamPositions::new();
    let mut lines = Vec::new();
    loop {
        let changes = store.changes_after(&positions, &[StreamClass::Access], 1_000).await.unwrap();
        if changes.is_empty() {
            return lines;
        }
        for change in changes {
            positions.insert(change.stream, change.seq);
            let line = change.bytes.as_deref().and_then(JournalLine::from_bytes);
            let is_meant = line.is_some_and(|line| (line.operation, line.phase) == (operation, phase));
            lines.extend((change.stream == stream && is_meant).then_some(change.entry_hash));
        }
    }
}
