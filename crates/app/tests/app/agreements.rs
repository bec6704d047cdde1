//! Agreements: drafted, signed by all, used, opted out of, suspended and ended; and that nothing is seen beyond them.

use barid_app::{
    AgreementDeed, AgreementProposal, AppError, HitNoHit, OpContext, OpenedRecord, SearchAnswer, Statement,
    Submission,
};
use barid_domain::agreements::{
    AgreementError, AgreementStep, Clause, Duty, FieldGroup, Grant, GrantedOperation, PartyStanding,
    TextStanding,
};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{
    Classification, CodeList, Database, DocumentType, Handling, Offence, Purpose, WithdrawalReason,
};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::officers::OfficerRights;
use barid_domain::persons::{HeldDocument, Person};
use barid_domain::policy::Refusal;
use barid_domain::registry::Standing;
use barid_domain::text::LocalText;
use barid_testkit::world::{World, acting, code, person, stolen_passport};

use crate::{named, numbered, run, typed};

pub(crate) const DRUGS: Purpose = Purpose::DrugTrafficking;
pub(crate) const TERROR: Purpose = Purpose::CounterTerrorism;

/// A grant to the partner of candidates and openings, with the records of some for drug cases.
pub(crate) fn grant(number: u32, recipients: &[&str], owners: &[&str]) -> Grant {
    Grant {
        number,
        recipients: recipients.iter().map(|one| code(one)).collect(),
        owners: owners.iter().map(|one| code(one)).collect(),
        databases: vec![Database::Persons, Database::TravelDocuments],
        operations: vec![GrantedOperation::Candidates, GrantedOperation::Open],
        fields: vec![FieldGroup::Offences],
        purposes: vec![DRUGS],
        held: vec![DRUGS],
        handling: vec![Handling::H0, Handling::H1],
        classification: Classification::OfficialUse,
        daily_cap: 100,
        duties: vec![Duty::ConfirmWithOwner],
    }
}

pub(crate) fn hits(number: u32, recipients: &[&str], owners: &[&str], held: Purpose) -> Grant {
    Grant {
        operations: vec![GrantedOperation::HitNoHit],
        fields: Vec::new(),
        held: vec![held],
        duties: Vec::new(),
        ..grant(number, recipients, owners)
    }
}

fn proposal(world: &World, parties: &[&str], grants: Vec<Grant>) -> AgreementProposal {
    AgreementProposal {
        amends: None,
        titles: vec![LocalText::new("ru", "Прямой доступ по делам о наркотиках", 100).unwrap()],
        parties: parties.iter().map(|one| code(one)).collect(),
        from: world.today(),
        until: world.today().saturating_add(365),
        clauses: vec![Clause {
            number: 1,
            texts: vec![LocalText::new("ar", "تبقى السجلات ملكًا لأصحابها", 100).unwrap()],
        }],
        grants,
    }
}

async fn propose(world: &World, proposer: &str, proposal: AgreementProposal) -> EntryHash {
    let ctx = acting(proposer, Purpose::Oversight);
    world.app.propose_agreement(&ctx, world.key(), proposal).await.unwrap().entry
}

pub(crate) async fn step(
    world: &World,
    party: &str,
    text: EntryHash,
    step: AgreementStep,
    grant: Option<u32>,
) -> Result<(), AppError> {
    let deed = AgreementDeed { text, step, grant, reasons: Vec::new() };
    let ctx = acting(party, Purpose::Oversight);
    world.app.act_on_agreement(&ctx, world.key(), deed).await.map(drop)
}

async fn sign(world: &World, text: EntryHash, parties: &[&str]) {
    for party in parties {
        step(world, party, text, AgreementStep::Sign, None).await.unwrap();
    }
}

/// Proposed by the first of the parties, signed by all.
pub(crate) async fn agreed(world: &World, parties: &[&str], grants: Vec<Grant>) -> EntryHash {
    let text = propose(world, parties[0], proposal(world, parties, grants)).await;
    sign(world, text, parties).await;
    text
}

pub(crate) async fn enter(world: &World, owner: &str, purpose: Purpose, statement: Person) -> RecordId {
    let submission = world.submission(purpose, statement);
    enter_as(world, owner, submission).await
}

pub(crate) async fn enter_as(world: &World, owner: &str, submission: Submission<Person>) -> RecordId {
    let ctx = acting(owner, submission.terms.purpose);
    world.app.submit_person(&ctx, world.key(), submission).await.unwrap().records[0]
}

pub(crate) async fn search(
    world: &World,
    who: &str,
    purpose: Purpose,
    name: &str,
) -> Result<SearchAnswer, AppError> {
    world.app.search(&acting(who, purpose), &named(name)).await
}

pub(crate) async fn found(world: &World, who: &str, purpose: Purpose, name: &str) -> Vec<RecordId> {
    let answer = search(world, who, purpose, name).await.unwrap();
    answer.candidates.iter().map(|candidate| candidate.record).collect()
}

pub(crate) async fn open(world: &World, who: &str, record: RecordId) -> Result<OpenedRecord, AppError> {
    world.app.open(&acting(who, DRUGS), record).await
}

pub(crate) fn wanted(name: &str) -> Person {
    let number = HeldDocument {
        document_type: DocumentType::Passport,
        number: Some("XA7654321".to_owned()),
        issuing_country: None,
        type_text: None,
        issued_on: None,
        expires_on: None,
        issued_at: None,
        note: None,
    };
    Person {
        documents: vec![number],
        offences: vec![Offence::LISTED[0].0],
        remarks: vec![LocalText::new("ru", "Примета", 100).unwrap()],
        ..person(&[name])
    }
}

#[test]
fn a_partner_sees_what_a_signed_agreement_shows_it_and_nothing_before_or_beyond() {
    run(async {
        let world = World::exercise().build().await;
        let of_xa = enter(&world, "XA", DRUGS, wanted("Калачев Валерий")).await;
        let of_xb = enter(&world, "XB", DRUGS, wanted("Калачев Валерий")).await;
        let of_xc = enter(&world, "XC", DRUGS, wanted("Калачев Валерий")).await;
        enter(&world, "XA", TERROR, wanted("Калачев Валерий")).await;
        let refused = |result: Result<SearchAnswer, AppError>| result.unwrap_err().code();
        assert_eq!(refused(search(&world, "XPART", DRUGS, "Калачев Валерий").await), "not-entitled");
        let parties = ["XA", "XC", "XPART"];
        let grants = vec![grant(1, &["XPART"], &["XA", "XC"])];
        let text = propose(&world, "XA", proposal(&world, &parties, grants)).await;
        // Half signed, it grants nothing, whoever is missing.
        sign(&world, text, &["XA", "XPART"]).await;
        assert_eq!(refused(search(&world, "XPART", DRUGS, "Калачев Валерий").await), "not-entitled");
        assert!(matches!(open(&world, "XPART", of_xa).await, Err(AppError::Refused(Refusal::NotEntitled))));
        sign(&world, text, &["XC"]).await;
        let mut seen = found(&world, "XPART", DRUGS, "Калачев Валерий").await;
        seen.sort();
        let mut expected = vec![of_xa, of_xc];
        expected.sort();
        assert_eq!(seen, expected, "neither XB's, who signed nothing, nor what is held for another purpose");
        assert_eq!(refused(search(&world, "XPART", TERROR, "Калачев Валерий").await), "purpose-not-allowed");
        // Opened: what the grant shows, and what has to be heeded.
        let opened = open(&world, "XPART", of_xa).await.unwrap();
        let Statement::Person(shown) = &opened.statement else { panic!("a person") };
        assert_eq!(shown.names[0].text, "Калачев Валерий");
        assert!(!shown.offences.is_empty() && shown.documents.is_empty() && shown.remarks.is_empty());
        assert!(opened.is_partial);
        assert_eq!(opened.duties, [Duty::PoliceUseOnly, Duty::ConfirmWithOwner]);
        assert!(matches!(open(&world, "XPART", of_xb).await, Err(AppError::Absent)));
        // A member sees the whole, by its own right.
        let whole = open(&world, "XB", of_xa).await.unwrap();
        assert!(
            !whole.is_partial && matches!(&whole.statement, Statement::Person(p) if p.documents.len() == 1)
        );
        // What is not shown finds nobody: else a search would tell it.
        let by_number = async |who: &str| {
            let answer = world.app.search(&acting(who, DRUGS), &typed("XA7654321")).await.unwrap();
            answer.candidates.len()
        };
        assert_eq!((by_number("XPART").await, by_number("XB").await), (0, 3));
        // The journal says under which agreement.
        let lines = world.journal_of("XPART").await;
        let under: Vec<u32> = lines
            .iter()
            .filter(|line| line.phase == Phase::Ended && line.operation == Operation::SearchPersons)
            .flat_map(|line| line.grants.iter().map(|grant| grant.grant))
            .collect();
        assert_eq!(under, [1]);
    });
}

#[test]
fn an_opt_out_a_suspension_and_an_end_hold_from_the_next_search_on() {
    use AgreementStep::{End, OptIn, OptOut, Resume, Suspend};
    run(async {
        let world = World::exercise().build().await;
        let of_xa = enter(&world, "XA", DRUGS, wanted("Калачев Валерий")).await;
        let of_xc = enter(&world, "XC", DRUGS, wanted("Калачев Валерий")).await;
        let text = agreed(&world, &["XA", "XC", "XPART"], vec![grant(1, &["XPART"], &["XA", "XC"])]).await;
        let sees = async |records: &[RecordId]| {
            let mut seen = found(&world, "XPART", DRUGS, "Калачев Валерий").await;
            seen.sort();
            let mut expected = records.to_vec();
            expected.sort();
            assert_eq!(seen, expected);
            for record in [of_xa, of_xc] {
                assert_eq!(open(&world, "XPART", record).await.is_ok(), records.contains(&record));
            }
        };
        sees(&[of_xa, of_xc]).await;
        step(&world, "XC", text, OptOut, Some(1)).await.unwrap();
        sees(&[of_xa]).await;
        step(&world, "XC", text, OptIn, Some(1)).await.unwrap();
        sees(&[of_xa, of_xc]).await;
        step(&world, "XA", text, Suspend, None).await.unwrap();
        sees(&[of_xc]).await;
        step(&world, "XA", text, Resume, None).await.unwrap();
        step(&world, "XA", text, End, None).await.unwrap();
        sees(&[of_xc]).await;
        let again = step(&world, "XA", text, Resume, None).await;
        assert!(matches!(again, Err(AppError::Agreement(AgreementError::Ended))));
        step(&world, "XPART", text, Suspend, None).await.unwrap();
        let refused = search(&world, "XPART", DRUGS, "Калачев Валерий").await;
        assert_eq!(refused.unwrap_err().code(), "not-entitled");
        let state = world.app.agreement(&acting("XC", Purpose::Oversight), text).await.unwrap();
        let standings: Vec<_> = state.parties.iter().map(|party| party.standing).collect();
        assert_eq!(standings, [PartyStanding::Ended, PartyStanding::Active, PartyStanding::Suspended]);
        // It is all on disk.
        let world = world.restart().await;
        let after = world.app.agreement(&acting("XC", Purpose::Oversight), text).await.unwrap();
        assert_eq!(after, state);
    });
}

#[test]
fn an_agreement_begins_and_ends_with_its_days_and_with_the_standing_of_its_parties() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", DRUGS, wanted("Калачев Валерий")).await;
        let mut later = proposal(&world, &["XA", "XC", "XPART"], vec![grant(1, &["XPART"], &["XA", "XC"])]);
        (later.from, later.until) = (world.today().saturating_add(10), world.today().saturating_add(20));
        let text = propose(&world, "XPART", later).await;
        sign(&world, text, &["XA", "XC", "XPART"]).await;
        let is_entitled =
            async |world: &World| search(world, "XPART", DRUGS, "Калачев Валерий").await.is_ok();
        assert!(!is_entitled(&world).await, "its first day has not come");
        world.pass_days(10);
        assert_eq!(found(&world, "XPART", DRUGS, "Калачев Валерий").await, [record]);
        let world = world.state_standing("XA", Standing::Suspended).await;
        assert_eq!(found(&world, "XPART", DRUGS, "Калачев Валерий").await, [], "its owner takes no part");
        world.pass_days(10);
        assert!(is_entitled(&world).await, "its last day is one of it");
        world.pass_days(1);
        assert!(!is_entitled(&world).await);
    });
}

#[test]
fn a_drug_case_meets_a_terrorism_record_by_hit_alone() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", TERROR, wanted("Калачев Валерий")).await;
        agreed(&world, &["XA", "XB"], vec![hits(1, &["XB"], &["XA"], TERROR)]).await;
        let answer = search(&world, "XB", DRUGS, "Калачев Валерий").await.unwrap();
        assert!(answer.candidates.is_empty());
        assert_eq!(answer.hits, [HitNoHit { database: Database::Persons, owner: code("XA") }]);
        assert!(matches!(open(&world, "XB", record).await, Err(AppError::Absent)));
        // Nobody can compare what is not shown: a doubtful one is none.
        let doubtful = search(&world, "XB", DRUGS, "Калачев Олег").await.unwrap();
        assert_eq!((doubtful.candidates.len(), doubtful.hits.len()), (0, 0));
        for (who, purpose) in [("XC", DRUGS), ("XB", Purpose::Cybercrime), ("XB", Purpose::Exercise)] {
            let answer = search(&world, who, purpose, "Калачев Валерий").await.unwrap();
            assert_eq!((answer.candidates.len(), answer.hits.len()), (0, 0), "{who} for {purpose}");
        }
        // Which record it was stands in the asker's journal, and in no answer.
        let lines = world.journal_of("XB").await;
        let told: Vec<_> = lines.iter().flat_map(|line| &line.hits).collect();
        assert_eq!(told, [&record]);
        // Withdrawn, it is a hit no more.
        let ctx = acting("XA", TERROR);
        world.app.withdraw(&ctx, world.key(), record, WithdrawalReason::Mistaken).await.unwrap();
        assert_eq!(search(&world, "XB", DRUGS, "Калачев Валерий").await.unwrap().hits, []);
    });
}

#[test]
fn numbers_of_documents_are_hits_too_and_hidden_ones_push_nobody_out() {
    run(async {
        let world = World::exercise().build().await;
        let submission = world.submission(TERROR, stolen_passport("XA1234567", "XAX"));
        let ctx = acting("XA", TERROR);
        world.app.submit_travel_document(&ctx, world.key(), submission).await.unwrap();
        for _ in 0..12 {
            enter(&world, "XA", TERROR, person(&["Калачев Валерий"])).await;
        }
        let own = enter(&world, "XB", DRUGS, person(&["Калачев Валерий Иванович"])).await;
        let before = search(&world, "XB", DRUGS, "Калачев Валерий").await.unwrap();
        agreed(&world, &["XA", "XB"], vec![hits(1, &["XB"], &["XA"], TERROR)]).await;
        let after = search(&world, "XB", DRUGS, "Калачев Валерий").await.unwrap();
        let candidates =
            |answer: &SearchAnswer| answer.candidates.iter().map(|c| (c.record, c.score)).collect::<Vec<_>>();
        assert_eq!(candidates(&after), candidates(&before));
        assert_eq!(after.candidates[0].record, own);
        assert_eq!(after.hits.len(), 1, "one of a database and an owner, not how many");
        let answer = world.app.search(&acting("XB", DRUGS), &numbered("XA1234567")).await.unwrap();
        assert_eq!(answer.hits, [HitNoHit { database: Database::TravelDocuments, owner: code("XA") }]);
    });
}

#[test]
fn handling_and_classification_bound_what_a_grant_is_about() {
    run(async {
        let world = World::exercise().build().await;
        let with = async |handling: Handling, classification: Classification| {
            let mut submission = world.submission(DRUGS, wanted("Калачев Валерий"));
            submission.terms.handling = handling;
            submission.terms.classification = classification;
            submission.terms.conditions = vec![LocalText::new("ru", "Только устно", 100).unwrap()];
            enter_as(&world, "XA", submission).await
        };
        let open_one = with(Handling::H0, Classification::OfficialUse).await;
        with(Handling::H2, Classification::OfficialUse).await;
        with(Handling::H3, Classification::OfficialUse).await;
        with(Handling::H0, Classification::Restricted).await;
        with(Handling::H0, Classification::Confidential).await;
        agreed(&world, &["XA", "XPART"], vec![grant(1, &["XPART"], &["XA"])]).await;
        assert_eq!(found(&world, "XPART", DRUGS, "Калачев Валерий").await, [open_one]);
        assert_eq!(found(&world, "XB", DRUGS, "Калачев Валерий").await.len(), 5);
        // Where another grant goes further, both count.
        let mut further = grant(1, &["XPART"], &["XA"]);
        further.handling = vec![Handling::H3];
        further.fields = vec![FieldGroup::Documents];
        agreed(&world, &["XA", "XPART"], vec![further]).await;
        assert_eq!(found(&world, "XPART", DRUGS, "Калачев Валерий").await.len(), 2);
    });
}

#[test]
fn the_daily_cap_ends_searches_until_the_next_day_and_says_so() {
    run(async {
        let world = World::exercise().build().await;
        enter(&world, "XA", DRUGS, wanted("Калачев Валерий")).await;
        let mut few = grant(1, &["XPART"], &["XA"]);
        few.daily_cap = 2;
        agreed(&world, &["XA", "XPART"], vec![few]).await;
        for _ in 0..2 {
            assert_eq!(found(&world, "XPART", DRUGS, "Калачев Валерий").await.len(), 1);
        }
        let refused = search(&world, "XPART", DRUGS, "Калачев Валерий").await;
        assert_eq!(refused.unwrap_err().code(), "daily-cap-reached", "refused, not answered with nothing");
        let world = world.restart().await;
        let refused = search(&world, "XPART", DRUGS, "Калачев Валерий").await;
        assert_eq!(refused.unwrap_err().code(), "daily-cap-reached", "a restart begins no new day");
        world.pass_days(1);
        assert_eq!(found(&world, "XPART", DRUGS, "Калачев Валерий").await.len(), 1);
    });
}

#[test]
fn a_member_whose_grant_is_used_up_is_told_what_was_not_looked_for() {
    run(async {
        let world = World::exercise().build().await;
        enter(&world, "XA", TERROR, wanted("Калачев Валерий")).await;
        let mut few = hits(1, &["XB"], &["XA"], TERROR);
        few.daily_cap = 1;
        agreed(&world, &["XA", "XB"], vec![few]).await;
        let first = search(&world, "XB", DRUGS, "Калачев Валерий").await.unwrap();
        assert_eq!((first.hits.len(), first.caps_reached.len()), (1, 0));
        let second = search(&world, "XB", DRUGS, "Калачев Валерий").await.unwrap();
        assert_eq!((second.hits.len(), second.caps_reached.len()), (0, 1), "told, and not left out silently");
        assert_eq!(second.caps_reached[0].grant, 1);
    });
}

#[test]
fn a_hidden_number_shows_in_no_text_either() {
    run(async {
        let world = World::exercise().build().await;
        enter(&world, "XA", DRUGS, wanted("Калачев Валерий")).await;
        agreed(&world, &["XA", "XPART"], vec![grant(1, &["XPART"], &["XA"])]).await;
        let screened = async |who: &str, text: String| {
            let screening = barid_app::TextScreening { text, least_score: None, limit: None };
            world.app.screen_text(&acting(who, DRUGS), &screening).await.unwrap()
        };
        // As often as an answer would be cut for, were it known.
        for number in ["XA7654321 ", "XA7654322 "] {
            let answer = screened("XPART", number.repeat(300)).await;
            assert_eq!((answer.stretches.len(), answer.is_cut), (0, false), "{number}");
        }
        assert!(screened("XB", "XA7654321 ".repeat(300)).await.is_cut);
    });
}

#[test]
fn a_grant_of_candidates_tells_nothing_across_purposes() {
    run(async {
        let world = World::exercise().build().await;
        enter(&world, "XA", TERROR, wanted("Калачев Валерий")).await;
        let mut both = grant(1, &["XPART"], &["XA"]);
        both.purposes = vec![TERROR, DRUGS];
        both.held = vec![TERROR, DRUGS];
        both.fields.clear();
        agreed(&world, &["XA", "XPART"], vec![both]).await;
        let answer = search(&world, "XPART", DRUGS, "Калачев Валерий").await.unwrap();
        assert_eq!((answer.candidates.len(), answer.hits.len()), (0, 0));
        let answer = world.app.search(&acting("XPART", DRUGS), &typed("XA7654321")).await.unwrap();
        assert_eq!((answer.candidates.len(), answer.hits.len()), (0, 0));
        let seen = search(&world, "XPART", TERROR, "Калачев Валерий").await.unwrap();
        assert!(seen.candidates[0].is_partial && seen.candidates[0].duties.contains(&Duty::ConfirmWithOwner));
    });
}

#[test]
fn a_partner_enters_records_of_its_own_where_a_grant_lets_it() {
    run(async {
        let world = World::exercise().build().await;
        let refused = async |purpose: Purpose| {
            let submission = world.submission(purpose, person(&["Учебный Партнёр"]));
            let ctx = acting("XPART", purpose);
            world.app.submit_person(&ctx, world.key(), submission).await.unwrap_err().code()
        };
        assert_eq!(refused(DRUGS).await, "not-entitled");
        let mut submit = grant(1, &["XPART"], &["XA"]);
        submit.databases = vec![Database::Persons];
        submit.operations = vec![GrantedOperation::Submit];
        submit.fields.clear();
        agreed(&world, &["XA", "XPART"], vec![submit]).await;
        assert_eq!(refused(TERROR).await, "not-entitled", "for another purpose");
        let record = enter(&world, "XPART", DRUGS, person(&["Учебный Партнёр"])).await;
        assert_eq!(found(&world, "XA", DRUGS, "Учебный Партнёр").await, [record]);
        // Who did not agree to be shown what the partner enters does not meet it, as an alert least of all.
        assert_eq!(found(&world, "XB", DRUGS, "Учебный Партнёр").await, []);
        assert!(matches!(open(&world, "XB", record).await, Err(AppError::Absent)));
        // What is entered is what the grant is about, whatever the act says that it is for.
        let held_otherwise = world.submission(TERROR, person(&["Учебный Партнёр"]));
        let done = world.app.submit_person(&acting("XPART", DRUGS), world.key(), held_otherwise).await;
        assert_eq!(done.unwrap_err().code(), "not-entitled", "held for another purpose");
        let mut higher = world.submission(DRUGS, person(&["Учебный Партнёр"]));
        higher.terms.classification = Classification::Confidential;
        let done = world.app.submit_person(&acting("XPART", DRUGS), world.key(), higher).await;
        assert_eq!(done.unwrap_err().code(), "not-entitled", "classified higher");
        let document = world.submission(DRUGS, stolen_passport("XA1234567", "XAX"));
        let done = world.app.submit_travel_document(&acting("XPART", DRUGS), world.key(), document).await;
        assert_eq!(done.unwrap_err().code(), "not-entitled", "into another database");
        let ctx = acting("XPART", DRUGS);
        world.app.withdraw(&ctx, world.key(), record, WithdrawalReason::PurposeMet).await.unwrap();
    });
}

#[test]
fn who_is_no_party_learns_of_no_agreement() {
    run(async {
        let world = World::exercise().commission("COM").build().await;
        let text = agreed(&world, &["XA", "XPART"], vec![grant(1, &["XPART"], &["XA"])]).await;
        let nothing = EntryHash([7; 32]);
        for who in ["XB", "SEC"] {
            let ctx = acting(who, Purpose::Oversight);
            for asked in [text, nothing] {
                assert!(matches!(world.app.agreement(&ctx, asked).await, Err(AppError::Absent)));
                for one in [AgreementStep::Sign, AgreementStep::Suspend] {
                    assert!(matches!(step(&world, who, asked, one, None).await, Err(AppError::Absent)));
                }
            }
            assert!(world.app.agreements(&ctx, None, 10).await.unwrap().texts.is_empty());
            let mut amending = proposal(&world, &["SEC", "XB"], vec![grant(1, &["SEC"], &["XB"])]);
            amending.amends = Some(text);
            let done = world.app.propose_agreement(&ctx, world.key(), amending).await;
            assert!(matches!(done, Err(AppError::Absent)));
        }
        let listed = world.app.agreements(&acting("XPART", Purpose::Oversight), None, 10).await.unwrap();
        assert_eq!((listed.texts.len(), listed.next), (1, None));
        assert_eq!(listed.texts[0].standing, TextStanding::InForce);
    });
}

#[test]
fn what_opens_or_can_not_be_taken_back_needs_who_may_bind() {
    run(async {
        let world = World::exercise().build().await;
        let text =
            propose(&world, "XA", proposal(&world, &["XA", "XPART"], vec![grant(1, &["XPART"], &["XA"])]))
                .await;
        let by_officer = async |step: AgreementStep, grant: Option<u32>| {
            let deed = AgreementDeed { text, step, grant, reasons: Vec::new() };
            let rights = OfficerRights::default();
            let ctx = OpContext { rights, ..acting("XA", Purpose::Oversight) };
            world.app.act_on_agreement(&ctx, world.key(), deed).await.map(drop)
        };
        let is_bound =
            |done: Result<(), AppError>| matches!(done, Err(AppError::Refused(Refusal::MayNotBind)));
        assert!(is_bound(by_officer(AgreementStep::Sign, None).await));
        sign(&world, text, &["XA", "XPART"]).await;
        by_officer(AgreementStep::OptOut, Some(1)).await.unwrap();
        assert!(is_bound(by_officer(AgreementStep::OptIn, Some(1)).await));
        by_officer(AgreementStep::Suspend, None).await.unwrap();
        assert!(is_bound(by_officer(AgreementStep::Resume, None).await));
        assert!(is_bound(by_officer(AgreementStep::End, None).await));
    });
}

#[test]
fn writing_twice_with_one_key_writes_once_and_refusals_are_journalled() {
    run(async {
        let world = World::exercise().build().await;
        let ctx = acting("XA", Purpose::Oversight);
        let (key, offered) = (world.key(), proposal(&world, &["XA", "XB"], vec![grant(1, &["XB"], &["XA"])]));
        let first = world.app.propose_agreement(&ctx, key, offered.clone()).await.unwrap();
        let second = world.app.propose_agreement(&ctx, key, offered.clone()).await.unwrap();
        assert_eq!((first.agreement, first.entry), (second.agreement, second.entry));
        assert!(!first.receipt.replayed && second.receipt.replayed);
        assert!(world.app.has_reached(&ctx.actor, &first.receipt.position).await.unwrap());
        let mut other = offered.clone();
        other.grants[0].daily_cap = 9;
        let reused = world.app.propose_agreement(&ctx, key, other).await;
        assert!(matches!(reused, Err(AppError::KeyReused)));
        let mut stranger = offered.clone();
        stranger.parties = vec![code("XA"), code("XZ")];
        stranger.grants[0].recipients = vec![code("XZ")];
        let done = world.app.propose_agreement(&ctx, world.key(), stranger).await;
        let Err(AppError::Faulty(faults)) = done else { panic!("XZ is nobody") };
        assert_eq!(faults[0].to_string(), "parties[1]: unknown-code");
        let of_others = proposal(&world, &["XB", "XC"], vec![grant(1, &["XB"], &["XC"])]);
        let done = world.app.propose_agreement(&ctx, world.key(), of_others).await;
        assert!(matches!(done, Err(AppError::Agreement(AgreementError::NotParty))));
        let lines = world.journal_of("XA").await;
        let refused: Vec<_> = lines.iter().filter_map(|line| line.refusal.as_deref()).collect();
        assert_eq!(refused, ["idempotency-key-reused", "record-faulty", "agreement-not-party"]);
        let texts = world.app.agreements(&ctx, None, 10).await.unwrap().texts;
        assert_eq!(texts.len(), 1);
    });
}
