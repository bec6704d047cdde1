//! Compares two names and prints the score with its reasons.
//!
//! ```text
//! cargo run --release -p barid-names --example compare -- [--tables FILE] "Калачев" "Petr Kalachev"
//! ```

// A program, not the library: it reads the file it is given.
#![allow(clippy::disallowed_methods)]

use barid_names::compare::compare;
use barid_names::name::Name;
use barid_names::tables::{TableContents, install};

fn main() {
    let mut texts: Vec<String> = std::env::args().skip(1).collect();
    if texts.first().is_some_and(|first| first == "--tables") && texts.len() > 2 {
        let bytes = std::fs::read(&texts[1]).expect("the tables");
        assert!(install(TableContents::parse(&bytes).expect("sound tables")));
        texts.drain(..2);
    }
    let [query, record] = texts.as_slice() else {
        eprintln!("usage: compare QUERY RECORD");
        std::process::exit(2);
    };
    let (query, record) = (Name::parse(query), Name::parse(record));
    let comparison = compare(&query, &record);
    println!("score {:.3}, evidence {:.1} nats", comparison.score, comparison.evidence);
    for line in &comparison.alignment {
        let words = |name: &Name, (first, count): (usize, usize)| {
            name.parts()[first..first + count]
                .iter()
                .map(|p| p.text().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let (q, r) = (words(&query, line.query), words(&record, line.record));
        println!("{q:>20} ~ {r:<20} {:?} {:+.1} nats, likeness {:.2}", line.kind, line.weight, line.likeness);
        for piece in &line.letters {
            println!(
                "{:>44} {:?} ~ {:?} {:+.2} {}",
                "",
                piece.native,
                piece.latin,
                piece.log_probability,
                if piece.error { "slip" } else { "" }
            );
        }
    }
    for part in query.parts().iter().chain(record.parts()) {
        println!("{}: {:?}, information {:.1} nats", part.text(), part.role(), part.information());
    }
}
