//! Makes a synthetic gallery for measuring speed and memory: nobody in it exists.
//!
//! ```text
//! cargo run --release -p barid-search --example make_gallery -- --names 1000000 [--seed 1] --out gallery.tsv
//! ```
// A program, not the library: it writes the file it is asked for.
#![allow(clippy::disallowed_methods)]

#[path = "measuring/names.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod names;

use std::io::Write as _;

use names::SyntheticNames;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let count: usize = option("--names").expect("--names N").parse().expect("--names N");
    let mut names = SyntheticNames::new(option("--seed").map_or(1, |seed| seed.parse().expect("--seed N")));
    let file = std::fs::File::create(option("--out").expect("--out FILE")).expect("the gallery");
    let mut out = std::io::BufWriter::new(file);
    for number in 0..count {
        writeln!(out, "g{number}\t{}\t\t\t", names.draw()).expect("writing");
    }
    let (parts, repeated) = (names.distinct_parts(), names.repeated());
    eprintln!("{count} names, {parts} distinct parts, {repeated} names that were there before");
}
