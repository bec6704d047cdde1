//! Scores pairs read from standard input, "query TAB record" a line.
#![allow(clippy::disallowed_methods, missing_docs)]
use barid_names::{
    compare::compare,
    name::Name,
    tables::{TableContents, install},
};
fn main() {
    let t: Vec<String> = std::env::args().skip(1).collect();
    assert!(install(TableContents::parse(&std::fs::read(&t[0]).unwrap()).unwrap()));
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (a, b) = line.split_once('\t').unwrap();
        println!("{:.5}", compare(&Name::parse(a), &Name::parse(b)).score);
    }
}
