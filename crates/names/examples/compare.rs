//! Compares two names and prints the score with its reasons.
//!
//! ```text
//! cargo run --release -p barid-names --example compare -- "Калачев" "Petr Kalachev"
//! ```

use barid_names::compare::compare;
use barid_names::name::Name;

fn main() {
    let texts: Vec<String> = std::env::args().skip(1).collect();
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
