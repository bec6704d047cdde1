//! Prints what the calibration looks at, one line per pair of names read from a file: for fitting `thresholds.rs`.
//!
//! Input lines: "query TAB record TAB label"; output: the label and the features, separated by tabs.
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods, clippy::type_complexity)]

use barid_names::compare::compare;
use barid_names::name::Name;

fn main() {
    let path = std::env::args().nth(1).expect("a file of pairs");
    for line in std::fs::read_to_string(path).expect("the file").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [query, record, label] = fields.as_slice() else { continue };
        let f = compare(&Name::parse(query), &Name::parse(record)).features;
        println!(
            "{label}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            f.evidence,
            f.matched,
            f.query_information,
            f.query_explained,
            f.record_explained,
            f.matched_parts,
            f.script as u8,
            u8::from(f.across)
        );
    }
}
