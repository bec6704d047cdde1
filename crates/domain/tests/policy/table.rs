//! Every decision of the policy over the listed codes, as text: whoever changes a right changes this page.

use std::fmt::Write as _;

use barid_domain::agreements::{
    AgreementBook, AgreementStep, AgreementsInForce, Duty, FieldGroup, Grant, GrantedOperation,
};
use barid_domain::audit::{Actor, Operation};
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::people::EntityCode;
use barid_domain::policy::{self, Circumstances, Mask, Refusal, Reveal, SearchScope, VisibilityClass};
use barid_domain::registry::{Registry, Standing};
use barid_domain::restrictions::{Audience, DatabaseAudiences};
use expect_test::expect_file;

use crate::world::{BEGUN, org, registry, sign_by_all, text};

const BEGIN: &str = "<!-- policy: written by a test from here -->\n";
const END: &str = "<!-- policy: to here -->\n";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.md");

/// One organisation of every listed kind, and `XS`, a bureau that is suspended.
const KINDS: &[(&str, OrganisationKind)] = &[
    ("XA", OrganisationKind::Bureau),
    ("XPART", OrganisationKind::Partner),
    ("XZ", OrganisationKind::Secretariat),
    ("XCOM", OrganisationKind::Commission),
    ("XN", OrganisationKind::NationalEntity),
];
pub const OWNER: &str = "XO";

pub struct World {
    registry: Registry,
    agreements: AgreementsInForce,
    /// Whom owners let see what they have in whole databases.
    pub audiences: DatabaseAudiences,
    /// Those of who asks.
    pub officer: OfficerRights,
}

impl World {
    pub fn new(grants: Vec<Grant>) -> Self {
        let active = |code, kind| (org(code), kind, Standing::Active);
        let mut organisations: Vec<_> = KINDS.iter().map(|(code, kind)| active(code, *kind)).collect();
        organisations.push(active(OWNER, OrganisationKind::Bureau));
        organisations.push((org("XS"), OrganisationKind::Bureau, Standing::Suspended));
        let registry = registry(&organisations);
        let mut book = AgreementBook::default();
        if !grants.is_empty() {
            sign_by_all(&mut book, &text(1, &[org("XO"), org("XPART")], grants));
        }
        let agreements = book.in_force(Timestamp::from_seconds(BEGUN), |_| true);
        Self { registry, agreements, audiences: DatabaseAudiences::default(), officer: OfficerRights::all() }
    }

    /// Without agreements, asked by an officer with these rights.
    pub fn of_officer(officer: OfficerRights) -> Self {
        Self { officer, ..Self::new(vec![]) }
    }

    pub fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            registry: &self.registry,
            agreements: &self.agreements,
            audiences: &self.audiences,
            officer: &self.officer,
        }
    }
}

pub fn all<T: CodeList>() -> Vec<T> {
    T::LISTED.iter().map(|(code, _)| *code).collect()
}

/// A grant of everything that can be signed, to the partner, that lets these be done.
pub fn grant(operations: &[GrantedOperation]) -> Grant {
    let apart = [Purpose::Oversight, Purpose::OutsideReference];
    let purposes: Vec<_> = all().into_iter().filter(|purpose| !apart.contains(purpose)).collect();
    let shows = operations.contains(&GrantedOperation::Candidates);
    Grant {
        number: 1,
        recipients: vec![org("XPART")],
        owners: vec![org(OWNER)],
        databases: all(),
        operations: operations.to_vec(),
        fields: if shows { vec![FieldGroup::Documents] } else { vec![] },
        purposes: purposes.clone(),
        held: purposes,
        handling: all(),
        classification: Classification::Confidential,
        daily_cap: 1,
        duties: vec![Duty::ReportUse],
    }
}

/// The grants that the tables tell apart, by the operation that they add.
fn granted() -> Vec<(String, Vec<GrantedOperation>)> {
    let with = |operation| match operation {
        GrantedOperation::Open | GrantedOperation::Copy | GrantedOperation::Propose => {
            vec![GrantedOperation::Candidates, operation]
        }
        GrantedOperation::HitNoHit
        | GrantedOperation::Candidates
        | GrantedOperation::Submit
        | GrantedOperation::Unlisted(_) => vec![operation],
    };
    all().into_iter().map(|operation: GrantedOperation| (operation.to_string(), with(operation))).collect()
}

pub fn actor(code: &str) -> Actor {
    Actor { organisation: org(code), officer: "desk".into() }
}

/// Whether an organisation may do this at all, for a purpose that stands for the ordinary ones, or why not.
fn may(world: &World, code: &str, operation: Operation, purpose: Purpose) -> Result<(), Refusal> {
    let looked_at = world.circumstances();
    let databases = all::<Database>();
    match operation {
        Operation::SearchPersons | Operation::SearchDocuments | Operation::SearchAnything => {
            policy::scope(looked_at, &actor(code), &databases, purpose).map(|_| ())
        }
        Operation::ScreenList | Operation::ScreenText => {
            policy::scope_of_screening(looked_at, &actor(code), &databases, purpose).map(|_| ())
        }
        Operation::OpenRecord | Operation::OpenImage | Operation::ReadLinks => {
            policy::scope_of_opening(looked_at, &actor(code), &databases, purpose).map(|_| ())
        }
        Operation::ExportProof => policy::may_prove(looked_at, &actor(code)),
        Operation::ReadPeople | Operation::ChangePeople => {
            policy::may_administer_people(looked_at, &actor(code), None, None, None)
        }
        Operation::Enrol | Operation::SignIn | Operation::SignOut => {
            policy::may_sign_in(looked_at.registry, &actor(code))
        }
        Operation::SubmitRecord
        | Operation::WithdrawRecord
        | Operation::ImportList
        | Operation::ChangeRegistry
        | Operation::EraseRecord
        | Operation::AskOutcome
        | Operation::Restore
        | Operation::ReadRegistry
        | Operation::ReadAgreements
        | Operation::ProposeAgreement
        | Operation::ActOnAgreement
        | Operation::KeepImage
        | Operation::DropImages
        | Operation::IssueOrder
        | Operation::ReadOrders
        | Operation::AttestOrder
        | Operation::RestrictRecords
        | Operation::ReadRestrictions
        | Operation::AskConsent
        | Operation::AnswerConsent
        | Operation::ReadConsents
        | Operation::EndConsent
        | Operation::ReadReviews
        | Operation::DecideReviews
        | Operation::TakeInRequest
        | Operation::StepRequest
        | Operation::ReadRequests
        | Operation::ReadConsultations
        | Operation::AnswerConsultation
        | Operation::AttestErasure
        | Operation::RaiseAlarm
        | Operation::ReadAccesses
        | Operation::ReadAlarms
        | Operation::DecideAlarm
        | Operation::MarkCanary
        | Operation::ReadCanaries
        | Operation::ReadReEntries
        | Operation::MarkRecord
        | Operation::LiftMark
        | Operation::ChangeCountersigning
        | Operation::KeepCheckpoint
        | Operation::Unlisted(_) => {
            policy::may_write(looked_at, &actor(code), operation, Some(Database::Persons), purpose)
        }
    }
}

pub fn told(decision: Result<(), Refusal>) -> &'static str {
    decision.map_or_else(Refusal::code, |()| "yes")
}

pub fn row(table: &mut String, cells: &[&str]) {
    writeln!(table, "| {} |", cells.join(" | ")).unwrap();
}

pub fn head(table: &mut String, cells: &[&str]) {
    row(table, cells);
    row(table, &vec!["---"; cells.len()]);
}

fn operations_by_kind(table: &mut String) {
    let world = World::new(vec![]);
    for purpose in [Purpose::DrugTrafficking, Purpose::Oversight] {
        writeln!(table, "\n### Who may do what, without agreements, for {purpose}\n").unwrap();
        let kinds: Vec<String> = all::<OrganisationKind>().iter().map(ToString::to_string).collect();
        let mut cells = vec!["operation"];
        cells.extend(kinds.iter().map(String::as_str));
        cells.push("a suspended bureau");
        head(table, &cells);
        for operation in all::<Operation>() {
            let name = operation.to_string();
            let mut cells = vec![name.as_str()];
            for kind in all::<OrganisationKind>() {
                let (code, _) = KINDS.iter().find(|(_, of)| *of == kind).expect("one of every kind");
                cells.push(told(may(&world, code, operation, purpose)));
            }
            cells.push(told(may(&world, "XS", operation, purpose)));
            row(table, &cells);
        }
    }
}

fn operations_of_a_partner(table: &mut String) {
    table.push_str("\n### What a partner may do with a grant, for drug-trafficking\n\n");
    let granted = granted();
    let worlds: Vec<World> =
        granted.iter().map(|(_, operations)| World::new(vec![grant(operations)])).collect();
    let mut cells = vec!["operation"];
    cells.extend(granted.iter().map(|(name, _)| name.as_str()));
    head(table, &cells);
    for operation in all::<Operation>() {
        let name = operation.to_string();
        let mut cells = vec![name.as_str()];
        cells.extend(
            worlds.iter().map(|world| told(may(world, "XPART", operation, Purpose::DrugTrafficking))),
        );
        row(table, &cells);
    }
}

pub fn class(owner: &str, held: Purpose) -> VisibilityClass {
    VisibilityClass {
        database: Database::Persons,
        owner: org(owner),
        purpose: held,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        exercise: held == Purpose::Exercise,
        audience: Audience::EVERYBODY,
    }
}

/// What a search and an opening show of a class, in one word each: `c` candidates, `o` opened, `h` a hit; behind it `+`
/// where everything is shown and `-` where a mask hides something.
fn shown(world: &World, code: &str, asked: Purpose, class: &VisibilityClass) -> String {
    let databases = all::<Database>();
    let candidates = policy::scope(world.circumstances(), &actor(code), &databases, asked);
    let opening = policy::scope_of_opening(world.circumstances(), &actor(code), &databases, asked);
    let (candidates, opening) = match (candidates, opening) {
        (Ok(candidates), Ok(opening)) => (candidates, opening),
        (Err(refusal), Err(other)) if refusal == other => return refusal.code().to_owned(),
        (one, other) => return format!("{one:?} {other:?}"),
    };
    let mask = |letter: &str, scope: &SearchScope| match scope.reveal(class) {
        Reveal::Absent => String::new(),
        Reveal::HitNoHit => "h".into(),
        Reveal::Shown { mask, .. } if mask == Mask::ALL => format!("{letter}+"),
        Reveal::Shown { .. } => format!("{letter}-"),
    };
    let hits = candidates.hits().map_or_else(String::new, |hits| mask("?", &hits));
    let told = format!("{}{}{hits}", mask("c", &candidates), mask("o", &opening));
    if told.is_empty() { ".".into() } else { told }
}

fn purposes(table: &mut String) {
    let without = || World::new(vec![]);
    let mut views: Vec<(String, World, &str, &str)> = vec![
        ("a bureau, another's records".into(), without(), "XA", OWNER),
        ("a bureau, its own records".into(), without(), "XA", "XA"),
        ("the commission, a bureau's records".into(), without(), "XCOM", OWNER),
        ("a partner without agreements".into(), without(), "XPART", OWNER),
        ("a bureau, records of a partner that it granted nothing".into(), without(), "XA", "XPART"),
        ("the secretariat, records of a partner that it granted nothing".into(), without(), "XZ", "XPART"),
    ];
    let submitting = World::new(vec![grant(&[GrantedOperation::Submit])]);
    views.push(("a bureau, records of a partner that it lets submit".into(), submitting, OWNER, "XPART"));
    for (name, operations) in granted() {
        let world = || World::new(vec![grant(&operations)]);
        views.push((format!("a partner with {name}, records of who granted it"), world(), "XPART", OWNER));
        views.push((format!("a partner with {name}, records of others"), world(), "XPART", "XA"));
        views.push((format!("a partner with {name}, its own records"), world(), "XPART", "XPART"));
    }
    for (name, world, code, owner) in &views {
        writeln!(table, "\n### What is shown: {name}\n").unwrap();
        let held: Vec<String> = all::<Purpose>().iter().map(ToString::to_string).collect();
        let mut cells = vec!["asked \\ held"];
        cells.extend(held.iter().map(String::as_str));
        head(table, &cells);
        for asked in all::<Purpose>() {
            let mut cells = vec![asked.to_string()];
            for held in all::<Purpose>() {
                cells.push(shown(world, code, asked, &class(owner, held)));
            }
            row(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

fn limits_of_a_grant(table: &mut String) {
    table.push_str("\n### Handling and classification that a grant names, and what a record has\n\n");
    table.push_str(
        "Each line is a grant of candidates and opening for one handling code, up to one classification.\n\n",
    );
    let records: Vec<(Handling, Classification)> = all::<Handling>()
        .into_iter()
        .flat_map(|handling| all::<Classification>().into_iter().map(move |level| (handling, level)))
        .collect();
    let names: Vec<String> = records.iter().map(|(handling, level)| format!("{handling} {level}")).collect();
    let mut cells = vec!["grant \\ record"];
    cells.extend(names.iter().map(String::as_str));
    head(table, &cells);
    for (handling, level) in &records {
        let mut one = grant(&[GrantedOperation::Candidates, GrantedOperation::Open]);
        one.handling = vec![*handling];
        one.classification = *level;
        let world = World::new(vec![one]);
        let mut cells = vec![format!("{handling} {level}")];
        for (handling, classification) in &records {
            let record = VisibilityClass {
                handling: *handling,
                classification: *classification,
                ..class(OWNER, Purpose::DrugTrafficking)
            };
            cells.push(shown(&world, "XPART", Purpose::DrugTrafficking, &record));
        }
        row(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn databases(table: &mut String) {
    table.push_str("\n### Databases\n\nA member's search of one database alone, and a grant of one alone: which records each shows.\n\n");
    head(table, &["database", "by membership", "by the grant"]);
    for database in all::<Database>() {
        let mut one = grant(&[GrantedOperation::Candidates]);
        one.databases = vec![database];
        let world = World::new(vec![one]);
        let seen = |code: &str, searched: &[Database]| {
            let asked = Purpose::DrugTrafficking;
            let scope = policy::scope(world.circumstances(), &actor(code), searched, asked).unwrap();
            let of = |database| VisibilityClass { database, ..class(OWNER, Purpose::DrugTrafficking) };
            let seen = all::<Database>().into_iter().filter(|database| scope.permits(&of(*database)));
            seen.map(|database| database.to_string()).collect::<Vec<_>>().join(", ")
        };
        row(table, &[&database.to_string(), &seen("XA", &[database]), &seen("XPART", &all::<Database>())]);
    }
}

fn duties(table: &mut String) {
    table.push_str("\n### Duties\n\nThe grant asks for report-use.\n\n");
    head(table, &["handling", "to a bureau", "to a partner, under a grant"]);
    let world = World::new(vec![grant(&[GrantedOperation::Candidates])]);
    for handling in all::<Handling>() {
        let record = VisibilityClass { handling, ..class(OWNER, Purpose::DrugTrafficking) };
        let asked = |code| {
            let scope = policy::scope(
                world.circumstances(),
                &actor(code),
                &all::<Database>(),
                Purpose::DrugTrafficking,
            );
            match scope.unwrap().reveal(&record) {
                Reveal::Shown { duties, .. } => {
                    duties.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                }
                Reveal::Absent => "absent".into(),
                Reveal::HitNoHit => "hit".into(),
            }
        };
        row(table, &[&handling.to_string(), &asked("XA"), &asked("XPART")]);
    }
}

fn officers(table: &mut String) {
    table.push_str("\n### What an officer of a bureau may do with one right, for drug-trafficking\n\n");
    let rights = all::<OfficerRight>();
    let one = |right| World::of_officer(OfficerRights { rights: vec![right], ..OfficerRights::all() });
    let worlds: Vec<World> = rights.iter().map(|right| one(*right)).collect();
    let names: Vec<String> = rights.iter().map(ToString::to_string).collect();
    let mut cells = vec!["operation"];
    cells.extend(names.iter().map(String::as_str));
    head(table, &cells);
    for operation in all::<Operation>() {
        let name = operation.to_string();
        let mut cells = vec![name.as_str()];
        cells.extend(worlds.iter().map(|world| told(may(world, "XA", operation, Purpose::DrugTrafficking))));
        row(table, &cells);
    }
    let mut cells = vec!["give others that right, and take tokens back"];
    cells.extend(worlds.iter().map(|world| {
        told(policy::may_administer(world.circumstances(), &actor("XA"), Some(&world.officer)))
    }));
    row(table, &cells);
    for (title, owner) in [("another's records", OWNER), ("own records", "XA")] {
        writeln!(table, "\n### What is shown to an officer by clearance: {title}\n").unwrap();
        let levels = all::<Classification>();
        let names: Vec<String> = levels.iter().map(ToString::to_string).collect();
        let mut cells = vec!["cleared \\ classified"];
        cells.extend(names.iter().map(String::as_str));
        head(table, &cells);
        for clearance in &levels {
            let world = World::of_officer(OfficerRights { clearance: *clearance, ..OfficerRights::all() });
            let mut cells = vec![clearance.to_string()];
            for classification in &levels {
                let record = VisibilityClass {
                    classification: *classification,
                    ..class(owner, Purpose::DrugTrafficking)
                };
                cells.push(shown(&world, "XA", Purpose::DrugTrafficking, &record));
            }
            row(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

fn audiences(table: &mut String) {
    table.push_str("\n### What an owner keeps from others\n\n");
    table.push_str(
        "A record held for drug-trafficking, as whoever stands in the first column meets it for that purpose (the commission for \
         oversight), by whom its owner shows it to: the single record, then everything it has in the database.\n\n",
    );
    let candidates = [GrantedOperation::Candidates, GrantedOperation::Open];
    let askers = [
        ("a bureau", "XA", Purpose::DrugTrafficking, World::new(vec![])),
        ("the owner", OWNER, Purpose::DrugTrafficking, World::new(vec![])),
        ("a partner, with a grant", "XPART", Purpose::DrugTrafficking, World::new(vec![grant(&candidates)])),
        ("the secretariat", "XZ", Purpose::DrugTrafficking, World::new(vec![])),
        ("the secretariat, for oversight", "XZ", Purpose::Oversight, World::new(vec![])),
        ("the commission", "XCOM", Purpose::DrugTrafficking, World::new(vec![])),
        ("the commission, for oversight", "XCOM", Purpose::Oversight, World::new(vec![])),
    ];
    let named = ["everybody", "all but it", "all but another", "it alone", "another alone", "nobody"];
    let mut cells = vec!["who".to_owned()];
    for what in ["record", "database"] {
        cells.extend(named.iter().map(|audience| format!("{what}: {audience}")));
    }
    head(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    for (name, code, purpose, world) in askers {
        let audiences = [
            Audience::EVERYBODY,
            Audience::all_but([org(code)]),
            Audience::all_but([org("XY")]),
            Audience::only([org(code)]),
            Audience::only([org("XY")]),
            Audience::only([]),
        ];
        let of = |audience: &Audience| VisibilityClass {
            audience: audience.clone(),
            ..class(OWNER, Purpose::DrugTrafficking)
        };
        let mut cells = vec![name.to_owned()];
        cells.extend(audiences.iter().map(|audience| shown(&world, code, purpose, &of(audience))));
        let mut world = world;
        for audience in &audiences {
            world.audiences = [((org(OWNER), Database::Persons), audience.clone())].into();
            cells.push(shown(&world, code, purpose, &of(&Audience::EVERYBODY)));
        }
        row(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn audits(table: &mut String) {
    table.push_str("\n### Whose accesses and alarms are read and decided about\n\nBy who may audit; the last columns by one who is cleared for less, about an alarm that names itself, and by one who may not.\n\n");
    let cells = [
        "by",
        "its own",
        "those of a bureau",
        "with less clearance",
        "deciding about itself",
        "without the right",
    ];
    head(table, &cells);
    let world = World::new(vec![]);
    let little = OfficerRights { clearance: Classification::OfficialUse, ..OfficerRights::all() };
    let (little, other) = (World::of_officer(little), World::of_officer(OfficerRights::default()));
    for code in KINDS.iter().map(|(code, _)| *code).chain(["XS"]) {
        let read = |world: &World, of: &str| {
            let decision = policy::may_audit(
                world.circumstances(),
                &actor(code),
                None,
                Operation::ReadAccesses,
                org(of),
            );
            let alarms =
                policy::may_audit(world.circumstances(), &actor(code), None, Operation::ReadAlarms, org(of));
            assert_eq!(decision, alarms);
            let entity = EntityCode::new("border").unwrap();
            let (who, within) = (actor(code), Some(&entity));
            let within =
                policy::may_audit(world.circumstances(), &who, within, Operation::ReadAccesses, org(of));
            assert!(within.is_err(), "nobody audits for an entity");
            told(decision)
        };
        let itself = actor(code).officer;
        let decides = policy::may_decide_alarm(
            world.circumstances(),
            &actor(code),
            None,
            org(code),
            Some(itself.as_str()),
        );
        row(
            table,
            &[
                code,
                read(&world, code),
                read(&world, OWNER),
                read(&little, code),
                told(decides),
                read(&other, code),
            ],
        );
    }
}

fn steps(table: &mut String) {
    table.push_str("\n### Steps about an agreement\n\n");
    head(table, &["step", "may bind", "may not bind"]);
    for step in all::<AgreementStep>() {
        let cells = [OfficerRights::all(), OfficerRights::default()]
            .map(|officer| told(policy::may_take_step(step, &officer)));
        row(table, &[&step.to_string(), cells[0], cells[1]]);
    }
}

fn rules(table: &mut String) {
    writeln!(table, "\n### The rule book, version {}\n", policy::VERSION).unwrap();
    for (i, rule) in policy::RULES.iter().enumerate() {
        writeln!(table, "{}. {rule}", i + 1).unwrap();
    }
}

#[test]
fn the_page_shows_the_policy() {
    let mut table = String::new();
    rules(&mut table);
    operations_by_kind(&mut table);
    operations_of_a_partner(&mut table);
    purposes(&mut table);
    limits_of_a_grant(&mut table);
    databases(&mut table);
    duties(&mut table);
    officers(&mut table);
    audiences(&mut table);
    audits(&mut table);
    crate::consents::table(&mut table);
    steps(&mut table);
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has the first mark");
    let (_, after) = rest.split_once(END).expect("the page has the second mark");
    expect_file![PAGE].assert_eq(&format!("{before}{BEGIN}{table}\n{END}{after}"));
}
