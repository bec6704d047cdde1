//! What `barid eval names` measures is what the API answers: the same candidates with the same scores.

use std::collections::BTreeMap;

use barid_api::search::SearchRequest;
use barid_api::texts::{CaseReference, QueryText};
use barid_app::Gallery;
use barid_domain::agreements::AgreementsInForce;
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, Database, Handling, Purpose};
use barid_domain::ids::{IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::officers::OfficerRights;
use barid_domain::policy::{self, Circumstances, VisibilityClass};

use crate::node::{Node, on_a_node, wanted};

/// Words for "exercise", "sample", "test" and the like; the names are made of two or three of them.
const WORDS: &[&str] = &[
    "Obraztsov",
    "Primerov",
    "Uchebny",
    "Tadrib",
    "Namudhaj",
    "Mithali",
    "Tamrin",
    "Nemuneh",
    "Azmayesh",
    "Abhyas",
    "Namuna",
    "Parikshan",
    "Anushilan",
    "Porikkha",
    "Yanxi",
    "Yangben",
    "Образцов",
    "Учебный",
    "تدريب",
    "نموذج",
    "تمرین",
    "अभ्यास",
    "नमूना",
    "অনুশীলন",
    "নমুনা",
];
const PEOPLE: usize = 120;
const QUERIES: usize = 500;

fn name(number: usize) -> String {
    let (first, second) =
        (WORDS[number % WORDS.len()], WORDS[(number / WORDS.len() * 7 + number * 3 + 1) % WORDS.len()]);
    if number.is_multiple_of(3) {
        format!("{first} {second} {}", WORDS[(number * 11 + 5) % WORDS.len()])
    } else {
        format!("{first} {second}")
    }
}

/// The names as typed: as they are, reordered, cut short, misspelt.
fn typed(number: usize) -> String {
    let name = name(number * 13 % PEOPLE);
    match number % 4 {
        0 => name,
        1 => name.split(' ').rev().collect::<Vec<_>>().join(" "),
        2 => name.chars().take(name.chars().count() - 1).collect(),
        _ => name.replacen('a', "e", 1),
    }
}

async fn enter(node: &Node) -> BTreeMap<RecordId, String> {
    let mut ids = BTreeMap::new();
    for number in 0..PEOPLE {
        let key = IdempotencyKey::from_random([(number % 256) as u8; 16]);
        let call =
            node.client("XA").submit_person(key, &wanted(&name(number), Purpose::CriminalInvestigation));
        let receipt = node.ask(&call).await;
        ids.insert(receipt.records[0].0.parse().unwrap(), format!("g{number:04}"));
    }
    ids
}

fn gallery(node: &Node) -> (policy::SearchScope, Gallery) {
    let organisation = OrganisationCode::new("XA").unwrap();
    let actor = Actor::new(organisation, "measuring").unwrap();
    let standing = Circumstances {
        registry: &node.registry,
        agreements: &AgreementsInForce::default(),
        audiences: &barid_domain::restrictions::DatabaseAudiences::default(),
        officer: &OfficerRights::all(),
    };
    let scope =
        policy::scope(standing, &actor, &[Database::Persons], Purpose::CriminalInvestigation).unwrap();
    let mut gallery = Gallery::new(VisibilityClass {
        database: Database::Persons,
        owner: organisation,
        purpose: Purpose::CriminalInvestigation,
        handling: Handling::H1,
        classification: Classification::OfficialUse,
        exercise: false,
        audience: barid_domain::restrictions::Audience::EVERYBODY,
    });
    for number in 0..PEOPLE {
        gallery.add_row(&format!("g{number:04}\t{}\ten\t\t", name(number))).unwrap();
    }
    (scope, gallery)
}

#[tokio::test]
async fn five_hundred_queries_rank_and_score_alike_in_the_measure_and_over_the_api() {
    on_a_node(|node| async move {
        let ids = enter(&node).await;
        let (scope, gallery) = gallery(&node);
        let mut runner = gallery.runner();
        let mut candidates = 0;
        for number in 0..QUERIES {
            let request = SearchRequest {
                purpose: Purpose::CriminalInvestigation.into(),
                reference: CaseReference("measuring".to_owned()),
                query: QueryText(typed(number)),
                limit: Some(10),
                ..SearchRequest::default()
            };
            let answer = node.ask(&node.client("XA").search(&request)).await;
            let mut served: Vec<(String, f32)> = answer
                .candidates
                .iter()
                .map(|one| (ids[&one.record.0.parse::<RecordId>().unwrap()].clone(), one.score))
                .collect();
            // Below it the node shows those that have every part typed, and only them; the measure lists all.
            let least = barid_app::LEAST_SCORE_SHOWN;
            served.retain(|(_, score)| *score >= least);
            let mut measured = runner.run(&scope, &typed(number), 50);
            measured.retain(|(_, score)| *score >= least);
            // Among equal scores the measure and the node order by their own ids.
            let order = |a: &(String, f32), b: &(String, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
            let cut = measured.get(9).map_or(least, |last| last.1);
            measured.sort_by(order);
            served.sort_by(order);
            let above =
                |list: &[(String, f32)]| list.iter().filter(|one| one.1 > cut).cloned().collect::<Vec<_>>();
            assert_eq!(above(&served), above(&measured), "{}", typed(number));
            let scores = |list: &[(String, f32)]| list.iter().take(10).map(|one| one.1).collect::<Vec<_>>();
            assert_eq!(scores(&served), scores(&measured), "{}", typed(number));
            candidates += served.len();
        }
        assert!(candidates > QUERIES, "most queries have candidates: {candidates}");
    })
    .await;
}
