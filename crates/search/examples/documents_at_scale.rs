//! Measures the index of travel documents at the size of the largest database of its kind.
//!
//! ```text
//! cargo run --release -p barid-search --example documents_at_scale -- [--documents 150000000] [--lookups 1000000]
//! ```
//!
//! Documents are entered as a batch enters them, in the real layout, with a real scope: two classes, of which the searcher
//! sees one. Then numbers are looked up one by one: half of documents that are there, then of none. The snapshot is
//! written and read again as bytes in memory; sealing and the disk come on top. Everything is drawn from fixed seeds.
// A program, not the library: it measures time.
#![allow(clippy::disallowed_methods)]

#[path = "measuring/scope.rs"]
mod scope;

use std::time::Instant;

use barid_domain::codes::{Database, Purpose};
use barid_domain::countries::CountryCode;
use barid_domain::ids::RecordId;
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::travel_documents::DocumentNumber;
use barid_search::document_index::{DocumentFacts, DocumentIndex, HashKey};
use barid_search::document_snapshot;
use barid_search::follow::Follower;

const COUNTRIES: [&str; 8] = ["XAX", "XBX", "XCX", "KAZ", "UZB", "TJK", "IRN", "BGD"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, otherwise: u64| {
        let given = arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
        given.map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let documents = number("--documents", 150_000_000);
    let lookups = number("--lookups", 1_000_000);
    let (scope, class) = scope::exercise_scope(Database::TravelDocuments);
    let hidden = VisibilityClass { purpose: Purpose::Humanitarian, exercise: false, ..class.clone() };

    let begun = Instant::now();
    let mut index = DocumentIndex::new(HashKey([7; 16]));
    for at in 0..documents {
        // Every tenth is one that the searcher may not see.
        let class = if at % 10 == 9 { hidden.clone() } else { class.clone() };
        index.insert_new(record(at), class, &facts(at));
    }
    let took = begun.elapsed().as_secs_f64();
    let memory = index.memory_bytes();
    println!("documents {documents}, entered at {:.0}/s in {took:.0} s", documents as f64 / took);
    println!(
        "index {:.2} GB, {:.1} bytes a document; process {:.2} GB at its highest",
        memory as f64 / 1e9,
        memory as f64 / documents as f64,
        resident_peak_bytes() / 1e9
    );

    look_up("documents that are there", &index, &scope, lookups, |at| {
        // Of those that may be seen, spread over all.
        let at = mixed(at) % documents;
        facts(at - u64::from(at % 10 == 9 && at > 0)).number
    });
    look_up("documents that are not there", &index, &scope, lookups, |at| {
        facts(documents + mixed(at) % documents).number
    });

    let begun = Instant::now();
    let mut bytes: Vec<Vec<u8>> = Vec::new();
    let written = document_snapshot::write(&index, &Follower::new(), |piece| {
        bytes.push(piece.to_vec());
        Ok::<(), std::convert::Infallible>(())
    });
    written.expect("memory takes it");
    let size: usize = bytes.iter().map(Vec::len).sum();
    println!("snapshot of {:.2} GB written in {:.1} s", size as f64 / 1e9, begun.elapsed().as_secs_f64());
    let before = index.len();
    drop(index);
    let begun = Instant::now();
    let (read, _) = document_snapshot::read(bytes.into_iter()).expect("what was written");
    println!("read again in {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!(read.len(), before);
    let begun = Instant::now();
    assert!(!read.lookup(&scope, &facts(0).number, None).is_empty());
    println!("first lookup after that {:.0} us", begun.elapsed().as_secs_f64() * 1e6);
}

/// Looks numbers up one by one, and says how long each took.
fn look_up(
    what: &str,
    index: &DocumentIndex,
    scope: &SearchScope,
    lookups: u64,
    asked: impl Fn(u64) -> DocumentNumber,
) {
    let numbers: Vec<DocumentNumber> = (0..lookups).map(asked).collect();
    let mut times = Vec::with_capacity(numbers.len());
    let mut found = 0usize;
    for number in &numbers {
        let begun = Instant::now();
        found += index.lookup(scope, number, None).len();
        times.push(begun.elapsed().as_nanos() as u64);
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize] as f64 / 1_000.0;
    let mean = times.iter().sum::<u64>() as f64 / times.len() as f64 / 1_000.0;
    println!(
        "{what}: mean {mean:.2} us, p50 {:.2}, p99 {:.2}, p99.9 {:.2}; found {found} of {lookups}",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}

fn facts(at: u64) -> DocumentFacts {
    let country = COUNTRIES[(at % COUNTRIES.len() as u64) as usize];
    // As states number: two letters of a series and seven digits.
    let series = at / 10_000_000;
    let letters = [b'A' + (series / 26 % 26) as u8, b'A' + (series % 26) as u8];
    let text = format!("{}{:07}", String::from_utf8_lossy(&letters), at % 10_000_000);
    DocumentFacts {
        number: DocumentNumber::new(&text).expect("a sound number"),
        range_end: None,
        issuing_country: CountryCode::new(country).expect("a country"),
    }
}

fn record(at: u64) -> RecordId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mixed(at).to_be_bytes());
    bytes[8..].copy_from_slice(&mixed(!at).to_be_bytes());
    RecordId::from_random(bytes)
}

/// SplitMix64: numbers that look random, the same in every run.
fn mixed(at: u64) -> u64 {
    let mut x = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn resident_peak_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) * 1024.0
}
