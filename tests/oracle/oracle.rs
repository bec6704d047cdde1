//! The policy and Cedar decide the same, case by case; where Cedar is told a wrong rule, the comparison finds it.
//!
//! Ours: `barid_domain::policy`, asked as the program asks it. Theirs: `cedar_policy`, an authorizer by others, over policies
//! that are written from the rule book for each world at each time (`rules.rs`).

mod consents;
mod model;
mod rules;
#[allow(dead_code, missing_docs)]
#[path = "../../crates/domain/tests/policy/world.rs"]
mod world;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use barid_domain::agreements::{AgreementsInForce, Duty, FieldGroup, GrantedOperation};
use barid_domain::audit::{Actor, Operation};
use barid_domain::codes::{
    Classification, CodeList, Database, Handling, InformationGrade, Purpose, SourceGrade,
};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::OrganisationCode;
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::policy::{self, Circumstances, Reveal, SearchScope, VisibilityClass};
use barid_domain::registry::{Aspect, Standing};
use barid_domain::restrictions::{Audience, AudienceMode};
use barid_domain::terms::{Provenance, Terms};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

use consents::Consented;
use model::{DATABASES, RECORDS, Random, VERSIONS, World, all, audience, record_id, version_hash};
use rules::{MUTANTS, Mutant, cedar};
use world::{BEGUN, DAY};

const WORLDS: u64 = 300;
const TIMES: usize = 3;
const CASES_OF_A_TIME: usize = 120;

/// What is asked, with its name in the policies of Cedar.
#[derive(Clone, Copy, Debug)]
enum Act {
    Search,
    Screen,
    BeginOpening,
    Candidates,
    /// A candidate that is looked for by a number alone.
    Number,
    Field(FieldGroup),
    Duty(Duty),
    Hit,
    Open,
    OpenField(FieldGroup),
    Submit,
    Hold,
    Withdraw,
}

const ACTS: [&str; 13] = [
    "search",
    "screen",
    "begin-open",
    "candidates",
    "number",
    "field",
    "duty",
    "hit",
    "open",
    "open-field",
    "submit",
    "hold",
    "withdraw",
];

impl Act {
    fn draw(random: &mut Random) -> Self {
        match random.below(20) {
            0 => Self::Search,
            1 => Self::Screen,
            2 => Self::BeginOpening,
            3..=5 => Self::Candidates,
            6 | 7 => Self::Number,
            8 | 9 => Self::Field(random.pick(&all::<FieldGroup>())),
            10 | 11 => Self::Duty(random.pick(&all::<Duty>())),
            12 => Self::Hit,
            13 | 14 => Self::Open,
            15 => Self::OpenField(random.pick(&all::<FieldGroup>())),
            16 | 17 => Self::Submit,
            18 => Self::Hold,
            _ => Self::Withdraw,
        }
    }

    fn number(self) -> usize {
        match self {
            Self::Search => 0,
            Self::Screen => 1,
            Self::BeginOpening => 2,
            Self::Candidates => 3,
            Self::Number => 4,
            Self::Field(_) => 5,
            Self::Duty(_) => 6,
            Self::Hit => 7,
            Self::Open => 8,
            Self::OpenField(_) => 9,
            Self::Submit => 10,
            Self::Hold => 11,
            Self::Withdraw => 12,
        }
    }
}

#[derive(Clone, Debug)]
struct Case {
    actor: OrganisationCode,
    officer: OfficerRights,
    databases: Vec<Database>,
    asked: Purpose,
    class: VisibilityClass,
    is_of_the_un: bool,
    record: u8,
    version: u8,
    act: Act,
    /// What some owner consented to show of the record.
    consent: Option<Consented>,
}

impl Case {
    fn of(random: &mut Random, world: &World) -> Self {
        let organisations: Vec<_> = world.members.iter().map(|member| member.code).collect();
        // Partners and recent grants are where most rules meet: they are asked about more often.
        let mut actor = random.pick(&organisations);
        let purposes = all::<Purpose>();
        let (mut asked, mut held) = (random.pick(&purposes), random.pick(&purposes));
        let mut owner = random.pick(&organisations);
        let mut database = random.pick(DATABASES);
        let mut handling = random.pick(&all::<Handling>());
        let mut classification = random.pick(&all::<Classification>());
        let mut act = Act::draw(random);
        if !random.one_in(3) {
            let told = &world.agreements[random.below(world.agreements.len())];
            let grant = &told.text.grants[random.below(told.text.grants.len())];
            actor = random.pick(&grant.recipients);
            owner = random.pick(&grant.owners);
            // What was submitted under a grant is asked for by its owners, too.
            if random.one_in(4) {
                std::mem::swap(&mut actor, &mut owner);
            }
            asked = random.pick(&grant.purposes);
            held = if random.one_in(2) { random.pick(&grant.held) } else { asked };
            if !random.one_in(4) {
                database = random.pick(&grant.databases);
                handling = random.pick(&grant.handling);
                classification = random.pick(&[grant.classification, all::<Classification>()[0]]);
            }
            if grant.operations.contains(&GrantedOperation::HitNoHit) && random.one_in(2) {
                act = Act::Hit;
            }
        } else if random.one_in(8) {
            owner = actor;
        }
        let class = VisibilityClass {
            database,
            owner,
            purpose: held,
            handling,
            classification,
            exercise: held == Purpose::Exercise,
            audience: audience(random, &world.members),
        };
        let databases = if random.one_in(3) { vec![random.pick(DATABASES)] } else { DATABASES.to_vec() };
        Self {
            actor,
            officer: officer(random),
            databases,
            asked,
            class,
            is_of_the_un: random.one_in(6),
            record: random.below(RECORDS.into()) as u8,
            version: random.below(VERSIONS.into()) as u8,
            act,
            consent: None,
        }
    }

    /// The same, where an owner has consented to what is opened: drawn apart, so that what is asked stays the same.
    fn with_consent(mut self, random: &mut Random, world: &World) -> Self {
        if matches!(self.act, Act::Submit) && random.one_in(4) {
            let field = Act::OpenField(random.pick(&all::<FieldGroup>()));
            self.act = if random.one_in(2) { Act::Open } else { field };
        } else if random.one_in(3) {
            return self;
        }
        if matches!(self.act, Act::Open | Act::OpenField(_)) {
            let organisations: Vec<_> = world.members.iter().map(|member| member.code).collect();
            let (owner, asker) = (self.class.owner, self.actor);
            let other = |random: &mut Random, one| {
                if random.one_in(6) { random.pick(&organisations) } else { one }
            };
            let asked = self.asked;
            self.consent = Some(Consented {
                owner: other(random, owner),
                asker: other(random, asker),
                purpose: if random.one_in(2) { random.pick(&all::<Purpose>()) } else { asked },
                days_left: random.below(4) as i32 - 1,
                fields: random.any(&all::<FieldGroup>(), 5),
            });
        }
        self
    }
}

/// Two of three may everything.
fn officer(random: &mut Random) -> OfficerRights {
    if !random.one_in(3) {
        return OfficerRights::all();
    }
    OfficerRights {
        waiting: Vec::new(),
        rights: random.some(&all::<OfficerRight>(), 8),
        databases: random.one_in(2).then(|| random.some(DATABASES, 7)),
        purposes: random.one_in(2).then(|| random.some(&all::<Purpose>(), 7)),
        clearance: random.pick(&all::<Classification>()),
    }
}

fn by_policy(case: &Case, world: &World, agreements: &AgreementsInForce, today: Day) -> bool {
    let circumstances = Circumstances {
        registry: &world.registry,
        agreements,
        audiences: &world.audiences,
        officer: &case.officer,
    };
    let actor = Actor::new(case.actor, "desk").unwrap();
    let is_kept_back = |scope: &SearchScope| {
        scope.is_kept_back(&world.orders, record_id(case.record), version_hash(case.version))
    };
    let scope = || policy::scope(circumstances, &actor, &case.databases, case.asked).ok();
    let consents = consents::book(case.consent.as_ref(), record_id(case.record), today);
    let opening = || {
        let scope = policy::scope_of_opening(circumstances, &actor, &case.databases, case.asked).ok()?;
        Some(scope.with_consents(&consents, today))
    };
    let shown = |scope: Option<SearchScope>| {
        let scope = scope.filter(|scope| !is_kept_back(scope))?;
        match scope.reveal_record(record_id(case.record), &case.class) {
            Reveal::Shown { mask, duties } => Some((mask, duties)),
            Reveal::Absent | Reveal::HitNoHit => None,
        }
    };
    match case.act {
        Act::Search => scope().is_some(),
        Act::Screen => policy::scope_of_screening(circumstances, &actor, &case.databases, case.asked).is_ok(),
        Act::BeginOpening => opening().is_some(),
        Act::Candidates => shown(scope()).is_some(),
        Act::Number => shown(scope().map(|scope| scope.by_numbers())).is_some(),
        Act::Field(group) => shown(scope()).is_some_and(|(mask, _)| mask.shows(group)),
        Act::Duty(duty) => shown(scope()).is_some_and(|(_, duties)| duties.contains(&duty)),
        Act::Hit => scope()
            .and_then(|scope| scope.hits())
            .is_some_and(|hits| !is_kept_back(&hits) && hits.reveal(&case.class) == Reveal::HitNoHit),
        Act::Open => shown(opening()).is_some(),
        Act::OpenField(group) => shown(opening()).is_some_and(|(mask, _)| mask.shows(group)),
        Act::Submit => {
            let into = Some(case.class.database);
            policy::may_write(circumstances, &actor, Operation::SubmitRecord, into, case.asked).is_ok()
        }
        Act::Hold => {
            policy::may_hold(circumstances, &actor, case.class.database, case.asked, &terms(case)).is_ok()
        }
        Act::Withdraw => {
            policy::may_write(circumstances, &actor, Operation::WithdrawRecord, None, case.asked).is_ok()
        }
    }
}

fn terms(case: &Case) -> Terms {
    let provenance = || Provenance { source: "UN".into(), reference: "CDi.001".into(), edition: None };
    Terms {
        purpose: case.class.purpose,
        handling: case.class.handling,
        classification: case.class.classification,
        source_grade: all::<SourceGrade>()[0],
        information_grade: all::<InformationGrade>()[0],
        review_on: Timestamp::from_seconds(BEGUN + 300 * DAY).day(),
        provenance: case.is_of_the_un.then(provenance),
        conditions: Vec::new(),
        kept: None,
    }
}

/// The kinds of things that Cedar is told of. Read once: reading a name takes Cedar's whole parser.
static KINDS: LazyLock<[EntityTypeName; 3]> =
    LazyLock::new(|| ["Organisation", "Action", "Record"].map(|name| name.parse().unwrap()));

fn uid(kind: usize, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(KINDS[kind].clone(), EntityId::new(name))
}

fn word(text: impl std::fmt::Display) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_string())
}

fn words<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> RestrictedExpression {
    RestrictedExpression::new_set(items.into_iter().map(word))
}

fn entity<const N: usize>(uid: &EntityUid, attributes: [(&str, RestrictedExpression); N]) -> Entity {
    let attributes: HashMap<String, RestrictedExpression> =
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Entity::new(uid.clone(), attributes, HashSet::new()).unwrap()
}

/// The asker as Cedar is told of it: its organisation, and what its officer may do.
fn asker(case: &Case, world: &World, uid: &EntityUid) -> Entity {
    let (member, officer) = (world.member(case.actor), &case.officer);
    entity(
        uid,
        [
            ("code", word(case.actor)),
            ("kind", word(member.kind)),
            ("active", RestrictedExpression::new_bool(member.standing == Standing::Active)),
            ("reads", words(member.unlimited(Aspect::Read))),
            ("writes", words(member.unlimited(Aspect::Write))),
            ("rights", words(&officer.rights)),
            ("reaches", words(officer.databases.as_deref().unwrap_or(DATABASES))),
            ("serves", words(officer.purposes.clone().unwrap_or_else(all::<Purpose>))),
            ("clearance", RestrictedExpression::new_long(officer.clearance.number().into())),
        ],
    )
}

fn record(case: &Case, world: &World, uid: &EntityUid) -> Entity {
    let (class, ordered) = (&case.class, world.ordered.get(&case.record).cloned().unwrap_or_default());
    let of_database = world.audiences.get(&(class.owner, class.database)).cloned().unwrap_or_default();
    let is_only = |audience: &Audience| RestrictedExpression::new_bool(audience.mode() == AudienceMode::Only);
    entity(
        uid,
        [
            ("owner", word(class.owner)),
            ("owner_kind", word(world.member(class.owner).kind)),
            ("database", word(class.database)),
            ("held", word(class.purpose)),
            ("handling", word(class.handling)),
            ("level", RestrictedExpression::new_long(class.classification.number().into())),
            ("source", word(if case.is_of_the_un { "UN" } else { "" })),
            ("record_only", is_only(&class.audience)),
            ("record_named", words(class.audience.organisations())),
            ("database_only", is_only(&of_database)),
            ("database_named", words(of_database.organisations())),
            ("number", RestrictedExpression::new_long(case.record.into())),
            ("version", RestrictedExpression::new_long(case.version.into())),
            ("blocked", RestrictedExpression::new_bool(ordered.is_blocked)),
            (
                "wrong_versions",
                RestrictedExpression::new_set(
                    ordered.wrong_versions.iter().map(|one| RestrictedExpression::new_long((*one).into())),
                ),
            ),
        ],
    )
}

fn by_cedar(case: &Case, world: &World, day: i32, policies: &PolicySet) -> bool {
    let (principal, resource) = (uid(0, case.actor.as_str()), uid(2, "one"));
    let entities = [asker(case, world, &principal), record(case, world, &resource)];
    let field = match case.act {
        Act::Field(group) | Act::OpenField(group) => group.to_string(),
        _ => String::new(),
    };
    let duty = match case.act {
        Act::Duty(duty) => duty.to_string(),
        _ => String::new(),
    };
    let consent = case.consent.as_ref();
    let context = Context::from_pairs([
        ("asked".to_owned(), word(case.asked)),
        ("databases".to_owned(), words(&case.databases)),
        ("into".to_owned(), word(case.class.database)),
        ("day".to_owned(), RestrictedExpression::new_long(day.into())),
        ("field".to_owned(), word(field)),
        ("duty".to_owned(), word(duty)),
        ("consent_by".to_owned(), word(consent.map(|one| one.owner.to_string()).unwrap_or_default())),
        ("consent_to".to_owned(), word(consent.map(|one| one.asker.to_string()).unwrap_or_default())),
        ("consent_for".to_owned(), word(consent.map(|one| one.purpose.to_string()).unwrap_or_default())),
        (
            "consent_until".to_owned(),
            RestrictedExpression::new_long((day + consent.map_or(-1, |one| one.days_left)).into()),
        ),
        ("consent_fields".to_owned(), words(consent.map(|one| one.fields.clone()).unwrap_or_default())),
    ])
    .unwrap();
    let action = uid(1, ACTS[case.act.number()]);
    let request = Request::new(principal, action, resource, context, None).unwrap();
    let entities = Entities::from_entities(entities, None).unwrap();
    let response = Authorizer::new().is_authorized(&request, policies, &entities);
    // A rule with a fault would be left out by Cedar in silence.
    let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:?}");
    response.decision() == Decision::Allow
}

/// Some time about the agreements, or a time on the first or the last day of one.
fn time(random: &mut Random, world: &World) -> i64 {
    let some = BEGUN - 2 * DAY + random.below(26) as i64 * DAY / 2 + random.below(3) as i64;
    if random.one_in(2) {
        return some;
    }
    let text = &world.agreements[random.below(world.agreements.len())].text;
    let edge = if random.one_in(2) { text.from } else { text.until };
    let days_from_the_beginning = edge.days() - Timestamp::from_seconds(BEGUN).day().days();
    BEGUN + i64::from(days_from_the_beginning) * DAY + random.below(DAY as usize) as i64
}

/// How many cases were compared, how often each act was allowed, and the first one that was decided differently.
#[derive(Default)]
struct Compared {
    cases: usize,
    allowed: [usize; ACTS.len()],
    differs: Option<String>,
}

fn compare(worlds: std::ops::Range<u64>, mutant: Option<Mutant>) -> Compared {
    let mut compared = Compared::default();
    for seed in worlds {
        let world = World::of(seed);
        let mut random = Random(seed ^ 0xc0de);
        let mut of_consents = Random(seed ^ 0x5afe);
        for _ in 0..TIMES {
            let time = time(&mut random, &world);
            let now = Timestamp::from_seconds(time);
            let is_active = |code| world.registry.active(code).is_some();
            let agreements = world.book.as_of(now).in_force(now, is_active);
            let text = cedar(&world, time, mutant);
            let policies: PolicySet = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
            for _ in 0..CASES_OF_A_TIME {
                let case = Case::of(&mut random, &world).with_consent(&mut of_consents, &world);
                let ours = by_policy(&case, &world, &agreements, now.day());
                let theirs = by_cedar(&case, &world, now.day().days(), &policies);
                compared.cases += 1;
                compared.allowed[case.act.number()] += usize::from(ours);
                if ours != theirs {
                    let differs = format!("seed {seed}, time {time}: ours {ours}, Cedar {theirs}: {case:?}");
                    return Compared { differs: Some(differs), ..compared };
                }
            }
        }
    }
    compared
}

#[test]
fn cedar_decides_as_the_policy_does() {
    let compared = compare(0..WORLDS, None);
    let allowed: Vec<_> = ACTS.iter().zip(compared.allowed).collect();
    println!("{} cases; allowed: {allowed:?}", compared.cases);
    assert_eq!(compared.differs, None);
    assert!(compared.cases >= 100_000, "{} cases", compared.cases);
    for (act, allowed) in allowed {
        assert!(allowed >= 200, "{act} was allowed {allowed} times only");
    }
}

#[test]
fn every_wrong_rule_is_found() {
    for mutant in MUTANTS {
        let compared = compare(0..WORLDS, Some(mutant));
        println!("{mutant:?} found after {} cases", compared.cases);
        assert!(compared.differs.is_some(), "{mutant:?} was not found in {} cases", compared.cases);
    }
}
