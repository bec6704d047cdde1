//! Measures what deciding costs a search: 200 agreements in force, of which 50 are the asker's, and 20 % of the records restricted
//! one by one by their owners, against neither.
//!
//! ```text
//! cargo run --release -p barid-search --example cost_of_agreements -- [--persons 100000] [--queries 2000]
//! ```
//!
//! The records are of 1,536 kinds: 16 owners, 8 purposes, every handling code and classification; each owner restricts to 100
//! different audiences. Each query is asked under each scope in turn, and of the same persons with and without restrictions, so
//! that other work on the machine meets all alike. The asker is a bureau that no restriction keeps out: it sees the same records
//! in every case, so the difference is the cost of deciding. One thread, through the function that the server calls; seeds are
//! fixed.
// A program, not the library: it measures time.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code, reason = "other measurements use more of it")]
#[path = "measuring/names.rs"]
mod names;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../domain/tests/policy/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use barid_domain::agreements::{AgreementBook, AgreementsInForce, Grant, GrantedOperation};
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::officers::OfficerRights;
use barid_domain::policy::{Circumstances, SearchScope, VisibilityClass, scope};
use barid_domain::registry::{Registry, Standing};
use barid_domain::restrictions::{Audience, DatabaseAudiences};
use barid_search::eval::Gallery;
use names::{Random, SyntheticNames};
use world::{BEGUN, org, registry, sign_by_all, text};

const ASKED: Purpose = Purpose::DrugTrafficking;
const AGREEMENTS: u32 = 200;
const OF_THE_ASKER: u32 = 50;
const OWNERS: usize = 16;
const PURPOSES: usize = 8;
/// Candidates of an answer, as the server asks for them.
const TOP: usize = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: usize| {
        let given = arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
        given.map_or(default, |count| count.parse().expect("a number"))
    };
    let (persons, queries) = (option("--persons", 100_000), option("--queries", 2_000));
    let owners: Vec<OrganisationCode> = (0..OWNERS).map(|number| org(&format!("XO{number}"))).collect();
    let mut members: Vec<_> =
        owners.iter().map(|owner| (*owner, OrganisationKind::Bureau, Standing::Active)).collect();
    for other in ["XA", "XB"] {
        members.push((org(other), OrganisationKind::Bureau, Standing::Active));
    }
    let registry = registry(&members);
    let without = scope_of(&registry, &AgreementsInForce::default());
    let with = scope_of(&registry, &agreements(&owners));
    assert_eq!(with.grants().count(), OF_THE_ASKER as usize, "every agreement of the asker counts");

    let classes = classes(&owners);
    let audiences = audiences(&owners);
    let mut random = Random(3);
    let mut list = SyntheticNames::new(1);
    let (mut open, mut restricted) = (Gallery::new(classes[0].clone()), Gallery::new(classes[0].clone()));
    let mut distinct = BTreeSet::new();
    for number in 0..persons {
        let mut class = classes[random.below(classes.len())].clone();
        open.set_class(class.clone());
        if random.below(5) == 0 {
            let of_owner = &audiences[&class.owner];
            class.audience = of_owner[random.below(of_owner.len())].clone();
        }
        distinct.insert(class.clone());
        restricted.set_class(class);
        let row = format!("g{number}\t{}", list.draw());
        open.add_row(&row).expect("a row with a name");
        restricted.add_row(&row).expect("a row with a name");
    }
    open.settle();
    restricted.settle();
    let typed: Vec<String> = (0..queries).map(|_| list.name(random.below(persons))).collect();
    for query in typed.iter().take(100) {
        let found = open.run(&without, query, TOP).len();
        assert_eq!(restricted.run(&with, query, TOP).len(), found, "the asker sees the same records");
    }
    let cases = ["neither", "agreements", "agreements and restrictions"];
    let mut time = |case: usize, query: &str| {
        let gallery = if case == 2 { &mut restricted } else { &mut open };
        let started = Instant::now();
        std::hint::black_box(gallery.run(if case == 0 { &without } else { &with }, query, TOP));
        started.elapsed().as_secs_f64() * 1e6
    };
    let mut micros = [Vec::new(), Vec::new(), Vec::new()];
    for (number, query) in typed.iter().enumerate() {
        // Whoever comes later finds the caches warm: each as often as the others.
        for turn in 0..cases.len() {
            let case = (number + turn) % cases.len();
            micros[case].push(time(case, query));
        }
    }
    println!("{persons} persons, {} kinds, {} classes, {queries} queries", classes.len(), distinct.len());
    let mut means = Vec::new();
    for (name, micros) in cases.iter().zip(&mut micros) {
        let mean = micros.iter().sum::<f64>() / micros.len() as f64;
        micros.sort_unstable_by(f64::total_cmp);
        means.push((mean, micros[micros.len() / 2]));
        let (of_means, of_medians) = (mean / means[0].0, micros[micros.len() / 2] / means[0].1);
        println!(
            "{name}: mean {mean:.1} us, median {:.1} us; ratios {of_means:.3}, {of_medians:.3}",
            micros[micros.len() / 2]
        );
    }
}

/// Each owner's audiences: all but a few, or a few with the asker among them.
fn audiences(owners: &[OrganisationCode]) -> BTreeMap<OrganisationCode, Vec<Audience>> {
    let mut random = Random(5);
    let draw = |random: &mut Random, most: usize| -> Vec<OrganisationCode> {
        (0..1 + random.below(most)).map(|_| org(&format!("Y{:03}", random.below(200)))).collect()
    };
    let mut all = BTreeMap::new();
    for owner in owners {
        let audience = |number: usize| match number % 2 {
            0 => Audience::all_but(draw(&mut random, 8)),
            _ => Audience::only(draw(&mut random, 20).into_iter().chain([org("XA")])),
        };
        all.insert(*owner, (0..100).map(audience).collect());
    }
    all
}

fn scope_of(registry: &Registry, agreements: &AgreementsInForce) -> SearchScope {
    let actor = Actor { organisation: org("XA"), officer: "measuring".into() };
    let officer = OfficerRights::all();
    scope(
        Circumstances { registry, agreements, audiences: &DatabaseAudiences::default(), officer: &officer },
        &actor,
        &[Database::Persons],
        ASKED,
    )
    .expect("an active bureau")
}

fn purposes() -> Vec<Purpose> {
    let is_apart = |purpose: &Purpose| {
        matches!(purpose, Purpose::Oversight | Purpose::Exercise | Purpose::OutsideReference)
    };
    Purpose::LISTED.iter().map(|(purpose, _)| *purpose).filter(|p| !is_apart(p)).take(PURPOSES).collect()
}

fn classes(owners: &[OrganisationCode]) -> Vec<VisibilityClass> {
    let mut classes = Vec::new();
    for owner in owners {
        for purpose in purposes() {
            for (handling, _) in Handling::LISTED {
                for (classification, _) in Classification::LISTED {
                    classes.push(VisibilityClass {
                        database: Database::Persons,
                        owner: *owner,
                        purpose,
                        handling: *handling,
                        classification: *classification,
                        exercise: false,
                        audience: barid_domain::restrictions::Audience::EVERYBODY,
                    });
                }
            }
        }
    }
    classes
}

/// Agreements between the owners and a recipient each, signed by all.
fn agreements(owners: &[OrganisationCode]) -> AgreementsInForce {
    let mut book = AgreementBook::default();
    let mut random = Random(4);
    for number in 0..AGREEMENTS {
        let recipient = org(if number < OF_THE_ASKER { "XA" } else { "XB" });
        let mut parties: Vec<_> = (0..4).map(|_| owners[random.below(owners.len())]).collect();
        parties.sort();
        parties.dedup();
        let grant = Grant {
            number: 1,
            recipients: vec![recipient],
            owners: parties.clone(),
            databases: vec![Database::Persons, Database::TravelDocuments],
            operations: vec![GrantedOperation::Candidates, GrantedOperation::Open],
            fields: vec![],
            purposes: vec![ASKED, Purpose::FinancialCrime],
            held: (0..2).map(|_| purposes()[random.below(PURPOSES)]).collect(),
            handling: vec![Handling::H0, Handling::H1],
            classification: Classification::Restricted,
            daily_cap: 1_000_000,
            duties: vec![],
        };
        parties.push(recipient);
        parties.sort();
        sign_by_all(&mut book, &text(number, &parties, vec![grant]));
    }
    book.in_force(Timestamp::from_seconds(BEGUN), |_| true)
}
