//! Measures what the weights of births, nationalities and places rest on, on the UN list:
//!
//! ```text
//! cargo run -p barid-app --example birth_weights -- data/watchlists/UN_consolidated.xml 2026-11-26
//! ```
//!
//! The list gives of one person the dates that several sources state: how they differ is how sources differ. Its pairs of
//! persons give how often strangers agree. The printed ratio is ln P(agreement | same) - ln P(agreement | another);
//! `docs/dates.md` says what was taken over and what was held below it.
// A program, not the library: it reads the file it is given.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use barid_domain::dates::DateInterval;
use barid_domain::persons::Person;
use barid_domain::typed_births::AskedBirth;
use barid_formats::un::{Limits, UnItem, UnReader, to_person};
use barid_names::name::Name;
use barid_search::births::{BirthAgreement, PreparedBirth};
use barid_search::features::{Agreement, PreparedPlace, RecordedPlace, compare_nationality};
use barid_search::person_index::FactPlace;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the list");
    let today = arguments.next().expect("a day").parse().expect("a day");
    let list = std::fs::File::open(path).expect("the list");
    let people: Vec<Person> = UnReader::new(std::io::BufReader::new(list), today, Limits::default())
        .filter_map(|item| match item {
            Ok(UnItem::Individual(individual)) => to_person(&individual, today).ok(),
            _ => None,
        })
        .collect();
    println!("{} persons", people.len());
    births(&people);
    years(&people);
    others(&people);
}

/// The distinct days of birth of a person.
fn days_of(person: &Person) -> Vec<DateInterval> {
    let days: BTreeSet<DateInterval> =
        person.births.iter().copied().filter(|birth| birth.earliest() == birth.latest()).collect();
    days.into_iter().collect()
}

fn kind(agreement: BirthAgreement) -> &'static str {
    match agreement {
        BirthAgreement::SameDay | BirthAgreement::SameFirstOfYear => "1 same day",
        BirthAgreement::Possible => "2 possible",
        BirthAgreement::DayAndMonthSwapped => "3 day and month swapped",
        BirthAgreement::YearAsFirstOfJanuary => "4 first of the year",
        BirthAgreement::Near => "5 near",
        BirthAgreement::OtherCalendar { .. } => "6 other calendar",
        BirthAgreement::SameYear => "7 same year",
        BirthAgreement::Differs { years: 0..=2 } => "8 differs, 0-2 years",
        BirthAgreement::Differs { years: 3..=5 } => "8 differs, 3-5 years",
        BirthAgreement::Differs { years: 6..=10 } => "8 differs, 6-10 years",
        BirthAgreement::Differs { .. } => "8 differs, more",
        BirthAgreement::Unknown => "9 unknown",
    }
}

fn compare(a: DateInterval, b: DateInterval) -> &'static str {
    kind(PreparedBirth::new(&AskedBirth::from(a)).compare(&[b]).agreement)
}

fn births(people: &[Person]) {
    let days: Vec<Vec<DateInterval>> = people.iter().map(days_of).filter(|days| !days.is_empty()).collect();
    let stated: usize = days.iter().map(Vec::len).sum();
    let january = days.iter().flatten().filter(|day| day.earliest().to_string().ends_with("-01-01")).count();
    let several: Vec<&Vec<DateInterval>> = days.iter().filter(|days| days.len() > 1).collect();
    println!(
        "{} with a day of birth, {} with several; {stated} days, {january} of them 1 January",
        days.len(),
        several.len()
    );
    let differ = several.len() as f64 / days.len() as f64;
    let mut same: BTreeMap<&str, f64> = BTreeMap::from([("1 same day", 1.0 - differ)]);
    for days in &several {
        let pairs: Vec<&str> = pairs(days).map(|(a, b)| compare(*a, *b)).collect();
        for pair in &pairs {
            *same.entry(pair).or_default() += differ / pairs.len() as f64 / several.len() as f64;
        }
    }
    let firsts: Vec<DateInterval> = days.iter().map(|days| days[0]).collect();
    let mut other: BTreeMap<&str, f64> = BTreeMap::new();
    let count = firsts.len() * (firsts.len() - 1) / 2;
    for (a, b) in pairs(&firsts) {
        *other.entry(compare(*a, *b)).or_default() += 1.0 / count as f64;
    }
    println!("{:<26} {:>9} {:>9} {:>6}   ({count} pairs of persons)", "days", "same", "another", "ratio");
    for (name, chance) in &other {
        let share = same.get(name).copied().unwrap_or_default();
        println!("{name:<26} {share:>9.5} {chance:>9.5} {:>6.1}", (share / chance).ln());
    }
}

fn years(people: &[Person]) {
    let years: Vec<BTreeSet<i32>> = people
        .iter()
        .map(|person| person.births.iter().map(|birth| birth.earliest().parts().0).collect::<BTreeSet<i32>>())
        .filter(|years| !years.is_empty())
        .collect();
    let mut counts: BTreeMap<i32, f64> = BTreeMap::new();
    for years in &years {
        *counts.entry(*years.first().unwrap()).or_default() += 1.0 / years.len().max(1) as f64;
    }
    let total: f64 = counts.values().sum();
    let evenness = 1.0 / counts.values().map(|count| (count / total).powi(2)).sum::<f64>();
    println!("years of birth: as uneven as {evenness:.1} that are equally likely");
    let spread = |years: &BTreeSet<i32>| years.last().unwrap() - years.first().unwrap();
    let same = |least: i32, most: i32| {
        years.iter().filter(|years| (least..=most).contains(&spread(years))).count() as f64
            / years.len() as f64
    };
    let firsts: Vec<i32> = years.iter().map(|years| *years.first().unwrap()).collect();
    let apart: Vec<i32> = pairs(&firsts).map(|(a, b)| (a - b).abs()).collect();
    for (least, most) in [(0, 0), (1, 1), (2, 2), (3, 5), (6, 9), (10, 100)] {
        let chance =
            apart.iter().filter(|years| (least..=most).contains(*years)).count() as f64 / apart.len() as f64;
        let share = same(least, most);
        println!(
            "{least:>3} to {most:>3} years apart        {share:>9.5} {chance:>9.5} {:>6.1}",
            (share / chance).ln()
        );
    }
}

/// How often strangers who share parts of their names agree in other things.
fn others(people: &[Person]) {
    let parts: Vec<BTreeSet<String>> = people
        .iter()
        .map(|person| {
            let name = person.names.first().map(|name| Name::parse(&name.text));
            let words = name.iter().flat_map(|name| name.parts()).map(|part| part.native().iter().collect());
            words.filter(|word: &String| word.chars().count() >= 4).collect()
        })
        .collect();
    let indices: Vec<usize> = (0..people.len()).collect();
    for shared in 0..=2 {
        let mut counts = [[0u32; 2]; 2];
        for (a, b) in pairs(&indices).map(|(a, b)| (*a, *b)) {
            if parts[a].intersection(&parts[b]).count() < shared {
                continue;
            }
            let (one, other) = (&people[a], &people[b]);
            let nationality = compare_nationality(one.nationalities.first().copied(), &other.nationalities);
            let place = if shared == 0 { Agreement::Unknown } else { compare_place(one, other) };
            for (at, agreement) in [nationality, place].into_iter().enumerate() {
                match agreement {
                    Agreement::Agrees => counts[at][0] += 1,
                    Agreement::Differs => counts[at][1] += 1,
                    Agreement::Unknown => {}
                }
            }
        }
        for (name, [agree, differ]) in ["nationality", "place of birth"].iter().zip(counts) {
            if agree + differ > 0 {
                let share = f64::from(agree) / f64::from(agree + differ);
                println!(
                    "{name:<15} strangers who share {shared} parts agree: {share:.3} of {}",
                    agree + differ
                );
            }
        }
    }
    let several = people.iter().filter(|person| person.nationalities.len() > 1).count();
    println!("{several} persons with several nationalities");
}

fn compare_place(one: &Person, other: &Person) -> Agreement {
    let Some(asked) = one.birth_places.first().map(FactPlace::from) else { return Agreement::Unknown };
    let recorded: Vec<FactPlace> = other.birth_places.iter().map(FactPlace::from).collect();
    let recorded = recorded.iter().map(|place| RecordedPlace { country: place.country, words: &place.words });
    PreparedPlace::new(&asked.words).compare(recorded).agreement
}

fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    items.iter().enumerate().flat_map(|(at, a)| items[at + 1..].iter().map(move |b| (a, b)))
}
