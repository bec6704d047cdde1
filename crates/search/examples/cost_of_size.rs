//! Measures what a search costs as the gallery grows: from a thousand names to a million, with `--largest` ten million.
//!
//! ```text
//! cargo run --release -p barid-search --example cost_of_size -- [--largest] [--queries 2000] [--out docs/plots]
//! ```
//!
//! Writes `cost-of-size.tsv` and `cost-of-size.svg`. Everything is drawn from fixed seeds, so two runs differ in time
//! alone. The queries are half people who are in the gallery, a third of those with a slip of the pen, half people who are
//! not and are named as people are; half are typed in Latin letters, a quarter in Cyrillic and a quarter in Arabic, letter
//! by letter and without short vowels. One thread, through the function that the server calls.
// A program, not the library: it measures time and writes the files it is asked for.
#![allow(clippy::disallowed_methods)]

#[path = "measuring/names.rs"]
mod names;
#[path = "measuring/plot.rs"]
mod plot;
#[path = "measuring/scope.rs"]
mod scope;

use std::fmt::Write as _;
use std::time::Instant;

use barid_domain::policy::SearchScope;
use barid_search::eval::Gallery;
use names::{Random, SyntheticNames};
use plot::{Curve, Plot, to_svg};

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const LARGEST: usize = 10_000_000;
const GALLERY_SEED: u64 = 1;
const QUERY_SEED: u64 = 2;
/// Candidates of an answer, as the server asks for them.
const TOP: usize = 50;

/// What was measured at one size.
struct Measured {
    names: usize,
    parts: usize,
    repeated: usize,
    built_per_second: f64,
    bytes: usize,
    per_second: f64,
    mean_micros: f64,
    median_micros: f64,
    p99_micros: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let queries = option("--queries").map_or(2_000, |count| count.parse().expect("--queries N"));
    let folder = option("--out").unwrap_or("docs/plots");
    let mut sizes = SIZES.to_vec();
    if arguments.iter().any(|argument| argument == "--largest") {
        sizes.push(LARGEST);
    }
    let measured: Vec<Measured> = sizes.into_iter().map(|size| measure(size, queries)).collect();
    std::fs::create_dir_all(folder).expect("the folder");
    std::fs::write(format!("{folder}/cost-of-size.tsv"), table(&measured)).expect("the table");
    std::fs::write(format!("{folder}/cost-of-size.svg"), drawn(&measured)).expect("the plot");
}

fn measure(size: usize, queries: usize) -> Measured {
    let (scope, class) = scope::exercise_scope(barid_domain::codes::Database::Persons);
    let mut list = SyntheticNames::new(GALLERY_SEED);
    let mut gallery = Gallery::new(class.clone());
    // The tables are unpacked with the first name.
    Gallery::new(class).add_row("g\tfirst").expect("a row with a name");
    let mut building = 0.0;
    for number in 0..size {
        let row = format!("g{number}\t{}", list.draw());
        let started = Instant::now();
        gallery.add_row(&row).expect("a row with a name");
        building += started.elapsed().as_secs_f64();
    }
    let started = Instant::now();
    gallery.settle();
    building += started.elapsed().as_secs_f64();
    let (parts, repeated) = (list.distinct_parts(), list.repeated());
    let queries = typed(&mut list, size, queries);
    let mut micros = answer(&mut gallery, &scope, &queries);
    let seconds = micros.iter().sum::<f64>() / 1e6;
    micros.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| micros[(micros.len() as f64 * share) as usize];
    let measured = Measured {
        names: size,
        parts,
        repeated,
        built_per_second: size as f64 / building,
        bytes: gallery.memory_bytes(),
        per_second: micros.len() as f64 / seconds,
        mean_micros: seconds * 1e6 / micros.len() as f64,
        median_micros: at(0.5),
        p99_micros: at(0.99),
    };
    eprintln!("{size} names: {:.0} searches/s", measured.per_second);
    measured
}

fn answer(gallery: &mut Gallery, scope: &SearchScope, queries: &[String]) -> Vec<f64> {
    // The first ones warm the buffers and are measured again.
    for query in queries.iter().take(100) {
        gallery.run(scope, query, TOP);
    }
    let time = |query: &String| {
        let started = Instant::now();
        std::hint::black_box(gallery.run(scope, query, TOP));
        started.elapsed().as_secs_f64() * 1e6
    };
    queries.iter().map(time).collect()
}

/// What is typed: see the head of this file. Those who are not there are the next ones that the list would have named.
fn typed(list: &mut SyntheticNames, size: usize, count: usize) -> Vec<String> {
    let mut random = Random(QUERY_SEED);
    let query = |number: usize| {
        let name = match number % 2 {
            0 => list.name(random.below(size)),
            _ => list.draw(),
        };
        let name = if number.is_multiple_of(6) { with_a_slip(&name, &mut random) } else { name };
        match number / 2 % 4 {
            0 | 1 => name,
            2 => written(&name, CYRILLIC),
            _ => written(&name, ARABIC),
        }
    };
    (0..count).map(query).collect()
}

/// Two neighbouring letters in each other's place.
fn with_a_slip(name: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 3 {
        let at = 1 + random.below(letters.len() - 2);
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}

/// Letter by letter; what a table lacks is left out.
fn written(name: &str, table: &[(char, &str)]) -> String {
    let letter = |letter: char| {
        if letter == ' ' {
            " "
        } else {
            table.iter().find(|(latin, _)| *latin == letter).map_or("", |found| found.1)
        }
    };
    let text: String = name.chars().flat_map(char::to_lowercase).map(letter).collect();
    // A name of short vowels alone would be nothing.
    if text.trim().is_empty() { name.to_owned() } else { text }
}

#[rustfmt::skip]
const CYRILLIC: &[(char, &str)] = &[
    ('a', "а"), ('b', "б"), ('c', "к"), ('d', "д"), ('e', "е"), ('f', "ф"), ('g', "г"), ('h', "х"), ('i', "и"), ('j', "дж"),
    ('k', "к"), ('l', "л"), ('m', "м"), ('n', "н"), ('o', "о"), ('p', "п"), ('q', "к"), ('r', "р"), ('s', "с"), ('t', "т"),
    ('u', "у"), ('v', "в"), ('w', "в"), ('x', "кс"), ('y', "й"), ('z', "з"),
];
#[rustfmt::skip]
const ARABIC: &[(char, &str)] = &[
    ('a', "ا"), ('b', "ب"), ('c', "ك"), ('d', "د"), ('f', "ف"), ('g', "غ"), ('h', "ه"), ('i', "ي"), ('j', "ج"), ('k', "ك"),
    ('l', "ل"), ('m', "م"), ('n', "ن"), ('o', "و"), ('p', "ب"), ('q', "ق"), ('r', "ر"), ('s', "س"), ('t', "ت"), ('u', "و"),
    ('v', "ف"), ('w', "و"), ('x', "كس"), ('y', "ي"), ('z', "ز"),
];

fn table(measured: &[Measured]) -> String {
    let mut text = String::from(
        "names\tdistinct parts\trepeated names\tnames built per second\tindex bytes\tsearches per second\tmean us\tmedian us\tp99 us\tcost grows as names to the power of\tparts grow as names to the power of\n",
    );
    for (number, one) in measured.iter().enumerate() {
        let power = |of: fn(&Measured) -> f64| {
            let before = number.checked_sub(1).map(|before| &measured[before]);
            before.map_or("-".to_owned(), |before| {
                let grown = (one.names as f64 / before.names as f64).ln();
                format!("{:.2}", (of(one) / of(before)).ln() / grown)
            })
        };
        let _ = writeln!(
            text,
            "{}\t{}\t{}\t{:.0}\t{}\t{:.0}\t{:.1}\t{:.1}\t{:.1}\t{}\t{}",
            one.names,
            one.parts,
            one.repeated,
            one.built_per_second,
            one.bytes,
            one.per_second,
            one.mean_micros,
            one.median_micros,
            one.p99_micros,
            power(|one| one.mean_micros),
            power(|one| one.parts as f64),
        );
    }
    text
}

fn drawn(measured: &[Measured]) -> String {
    let points = |of: fn(&Measured) -> f64| -> Vec<(f64, f64)> {
        measured.iter().map(|one| (one.names as f64, of(one))).collect()
    };
    // What the first size costs, growing as the gallery does.
    let as_names = |of: fn(&Measured) -> f64| -> Vec<(f64, f64)> {
        let first = &measured[0];
        measured
            .iter()
            .map(|one| (one.names as f64, of(first) * one.names as f64 / first.names as f64))
            .collect()
    };
    let curve = |label, colour, points| Curve { label, colour, is_guide: false, points };
    let guide = |points| Curve { label: "as the gallery", colour: "#777", is_guide: true, points };
    let cost = Plot {
        title: "What a search costs, one core",
        along: "names in the gallery",
        upwards: "milliseconds a search",
        curves: vec![
            guide(as_names(|one| one.mean_micros / 1e3)),
            curve("99 in 100 are faster", "#b5452c", points(|one| one.p99_micros / 1e3)),
            curve("mean", "#1f4e79", points(|one| one.mean_micros / 1e3)),
            curve("median", "#3a7d44", points(|one| one.median_micros / 1e3)),
        ],
    };
    let size = Plot {
        title: "What grows with the gallery",
        along: "names in the gallery",
        upwards: "distinct parts; index in KiB",
        curves: vec![
            guide(as_names(|one| one.parts as f64)),
            curve("distinct parts of names", "#1f4e79", points(|one| one.parts as f64)),
            curve("memory of the index", "#b5452c", points(|one| one.bytes as f64 / 1024.0)),
        ],
    };
    to_svg(&[cost, size])
}
