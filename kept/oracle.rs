//! The policy and Cedar decide the same, case by case; where Cedar is told a wrong rule, the comparison finds it.

mod model;
mod rules;
#[allow(dead_code, missing_docs)]
#[path = "../../crates/domain/tests/policy/world.rs"]
mod world;

use std::collections::{HashMap, HashSet};

use barid_domain::agreements::FieldGroup;
use barid_domain::audit::{Actor, Operation};
use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::policy::{self, Circumstances, Reveal, VisibilityClass};
use barid_domain::registry::Standing;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};

use model::{Random, World, all};
use rules::{MUTANTS, Mutant, cedar};
use world::{BEGUN, DAY};

const WORLDS: u64 = 300;
const TIMES: usize = 4;
const CASES_OF_A_TIME: usize = 100;

#[derive(Clone, Copy, Debug)]
enum Act {
    Candidates,
    Open,
    Hit,
    Field(FieldGroup),
    Submit,
}

#[derive(Clone, Debug)]
struct Case {
    actor: OrganisationCode,
    databases: Vec<Database>,
    asked: Purpose,
    class: VisibilityClass,
    act: Act,
}

impl Case {
    fn of(random: &mut Random, world: &World) -> Self {
        let organisations: Vec<_> = world.organisations.iter().map(|(code, _, _)| *code).collect();
        let databases = &all::<Database>()[..4];
        // Partners and recent grants are where most rules meet: they are asked about more often.
        let mut actor = random.pick(&organisations);
        let purposes = all::<Purpose>();
        let (mut asked, mut held) = (random.pick(&purposes), random.pick(&purposes));
        let mut owner = random.pick(&organisations);
        if !random.one_in(3) {
            let told = &world.agreements[random.below(world.agreements.len())];
            let grant = &told.text.grants[random.below(told.text.grants.len())];
            actor = random.pick(&grant.recipients);
            owner = random.pick(&grant.owners);
            asked = random.pick(&grant.purposes);
            held = if random.one_in(2) { random.pick(&grant.held) } else { asked };
        }
        let class = VisibilityClass {
            database: random.pick(databases),
            owner,
            purpose: held,
            handling: random.pick(&all::<Handling>()),
            classification: random.pick(&all::<Classification>()),
            exercise: held == Purpose::Exercise,
        };
        let act = match random.below(5) {
            0 => Act::Candidates,
            1 => Act::Open,
            2 => Act::Hit,
            3 => Act::Field(random.pick(&all::<FieldGroup>())),
            _ => Act::Submit,
        };
        let databases =
            if random.one_in(3) { vec![random.pick(databases)] } else { databases.to_vec() };
        Self { actor, databases, asked, class, act }
    }
}

fn by_policy(case: &Case, standing: Circumstances<'_>) -> bool {
    let actor = Actor { organisation: case.actor, officer: "desk".into() };
    let scope = || policy::scope(standing, &actor, &case.databases, case.asked).ok();
    let is_shown = |reveal| matches!(reveal, Reveal::Shown { .. });
    match case.act {
        Act::Candidates => scope().is_some_and(|scope| is_shown(scope.reveal(&case.class))),
        Act::Open => policy::scope_of_opening(standing, &actor, &case.databases, case.asked)
            .is_ok_and(|scope| is_shown(scope.reveal(&case.class))),
        Act::Hit => scope()
            .and_then(|scope| scope.hits())
            .is_some_and(|hits| hits.reveal(&case.class) == Reveal::HitNoHit),
        Act::Field(group) => scope().is_some_and(|scope| match scope.reveal(&case.class) {
            Reveal::Shown { mask, .. } => mask.shows(group),
            Reveal::Absent | Reveal::HitNoHit => false,
        }),
        Act::Submit => {
            let into = Some(case.class.database);
            policy::may_write(standing, &actor, Operation::SubmitRecord, into, case.asked).is_ok()
        }
    }
}

fn uid(kind: &str, name: impl std::fmt::Display) -> EntityUid {
    format!("{kind}::\"{name}\"").parse().unwrap()
}

fn word(text: impl std::fmt::Display) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_string())
}

fn by_cedar(case: &Case, world: &World, day: i32, policies: &PolicySet) -> bool {
    let (_, kind, standing) =
        world.organisations.iter().find(|(code, _, _)| *code == case.actor).expect("an organisation of the world");
    let principal = uid("Organisation", case.actor);
    let resource = uid("Record", "one");
    let attributes = HashMap::from([
        ("code".to_owned(), word(case.actor)),
        ("kind".to_owned(), word(kind)),
        ("active".to_owned(), RestrictedExpression::new_bool(*standing == Standing::Active)),
    ]);
    let actor = Entity::new(principal.clone(), attributes, HashSet::new()).unwrap();
    let attributes = HashMap::from([
        ("owner".to_owned(), word(case.class.owner)),
        ("database".to_owned(), word(case.class.database)),
        ("held".to_owned(), word(case.class.purpose)),
        ("handling".to_owned(), word(case.class.handling)),
        ("level".to_owned(), RestrictedExpression::new_long(case.class.classification.number().into())),
    ]);
    let record = Entity::new(resource.clone(), attributes, HashSet::new()).unwrap();
    let (action, field) = match case.act {
        Act::Candidates => ("candidates", None),
        Act::Open => ("open", None),
        Act::Hit => ("hit", None),
        Act::Field(group) => ("field", Some(group)),
        Act::Submit => ("submit", None),
    };
    let databases = RestrictedExpression::new_set(case.databases.iter().map(word));
    let context = Context::from_pairs([
        ("asked".to_owned(), word(case.asked)),
        ("databases".to_owned(), databases),
        ("into".to_owned(), word(case.class.database)),
        ("day".to_owned(), RestrictedExpression::new_long(day.into())),
        ("field".to_owned(), word(field.map_or_else(String::new, |group| group.to_string()))),
    ])
    .unwrap();
    let request = Request::new(principal, uid("Action", action), resource, context, None).unwrap();
    let entities = Entities::from_entities([actor, record], None).unwrap();
    let response = Authorizer::new().is_authorized(&request, policies, &entities);
    let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:?}");
    response.decision() == Decision::Allow
}

/// How many cases were compared, how often each act was allowed, and the first one that was decided differently.
#[derive(Default)]
struct Compared {
    cases: usize,
    allowed: [usize; 5],
    differs: Option<String>,
}

fn compare(worlds: std::ops::Range<u64>, mutant: Option<Mutant>) -> Compared {
    let mut compared = Compared::default();
    for seed in worlds {
        let world = World::of(seed);
        let mut random = Random(seed ^ 0xc0de);
        for _ in 0..TIMES {
            let time = BEGUN - 2 * DAY + random.below(26) as i64 * DAY / 2 + random.below(3) as i64;
            let now = Timestamp::from_seconds(time);
            let is_active = |code| world.registry.active(code).is_some();
            let agreements = world.book.as_of(now).in_force(now, is_active);
            let standing = Circumstances { registry: &world.registry, agreements: &agreements };
            let policies: PolicySet = cedar(&world, time, mutant).parse().unwrap();
            for _ in 0..CASES_OF_A_TIME {
                let case = Case::of(&mut random, &world);
                let ours = by_policy(&case, standing);
                let theirs = by_cedar(&case, &world, now.day().days(), &policies);
                compared.cases += 1;
                let act = match case.act {
                    Act::Candidates => 0,
                    Act::Open => 1,
                    Act::Hit => 2,
                    Act::Field(_) => 3,
                    Act::Submit => 4,
                };
                compared.allowed[act] += usize::from(ours);
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
    assert_eq!(compared.differs, None);
    println!("{} cases, allowed {:?}", compared.cases, compared.allowed);
    assert!(compared.cases >= 100_000, "{} cases", compared.cases);
    for allowed in compared.allowed {
        assert!(allowed >= 200, "every act is allowed often enough: {:?}", compared.allowed);
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
