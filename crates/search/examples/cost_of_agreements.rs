//! Measures what deciding by agreements costs a search: 200 in force, of which 50 are the asker's, against none.
//!
//! ```text
//! cargo run --release -p barid-search --example cost_of_agreements -- [--persons 100000] [--queries 2000]
//! ```
//!
//! The records are of 1,536 classes: 16 owners, 8 purposes, every handling code and classification. Each query is asked under each scope in turn,
//! so that other work on the machine meets both alike. The asker is a bureau: it sees the same records with and without the
//! agreements, so the difference is the cost of deciding. One thread, through the function that the server calls; seeds are fixed.
// A program, not the library: it measures time.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code, reason = "other measurements use more of it")]
#[path = "measuring/names.rs"]
mod names;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../domain/tests/policy/world.rs"]
mod world;

use std::time::Instant;

use barid_domain::agreements::{AgreementBook, AgreementsInForce, Grant, GrantedOperation};
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::officers::OfficerRights;
use barid_domain::policy::{Circumstances, SearchScope, VisibilityClass, scope};
use barid_domain::registry::{Registry, Standing};
use barid_domain::restrictions::DatabaseAudiences;
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
    let mut random = Random(3);
    let mut list = SyntheticNames::new(1);
    let mut gallery = Gallery::new(classes[0].clone());
    for number in 0..persons {
        gallery.set_class(classes[random.below(classes.len())].clone());
        gallery.add_row(&format!("g{number}\t{}", list.draw())).expect("a row with a name");
    }
    gallery.settle();
    let typed: Vec<String> = (0..queries).map(|_| list.name(random.below(persons))).collect();
    for query in typed.iter().take(100) {
        gallery.run(&with, query, TOP);
    }
    let mut time = |scope: &SearchScope, query: &str| {
        let started = Instant::now();
        std::hint::black_box(gallery.run(scope, query, TOP));
        started.elapsed().as_secs_f64() * 1e6
    };
    let mut micros = [Vec::new(), Vec::new()];
    for (number, query) in typed.iter().enumerate() {
        // Whoever comes second finds the caches warm: each as often as the other.
        for turn in [number % 2, (number + 1) % 2] {
            micros[turn].push(time([&without, &with][turn], query));
        }
    }
    println!("{persons} persons, {} classes, {queries} queries", classes.len());
    let mut means = Vec::new();
    for (name, micros) in ["without agreements", "with agreements"].iter().zip(&mut micros) {
        let mean = micros.iter().sum::<f64>() / micros.len() as f64;
        micros.sort_unstable_by(f64::total_cmp);
        println!("{name}: mean {mean:.1} us, median {:.1} us", micros[micros.len() / 2]);
        means.push((mean, micros[micros.len() / 2]));
    }
    let (mean, median) = (means[1].0 / means[0].0, means[1].1 / means[0].1);
    println!("ratio of means {mean:.3}, of medians {median:.3}");
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
