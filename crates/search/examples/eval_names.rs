//! Measures the engine on a gallery and queries, through the function that the server calls, with a real scope.
//!
//! ```text
//! cargo run --release -p barid-search --example eval_names -- --gallery G.tsv --queries Q.jsonl --out ranked.jsonl
//!     [--top 10] [--every N] [--tables tables.bin]
//! ```
//!
//! One line per query: `{"qid": ..., "r": [[gallery id, score], ...]}`; `--every N` runs every Nth query only. Speed
//! and memory are printed on standard error.
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods, clippy::type_complexity)]

#[path = "measuring/scope.rs"]
mod scope;

use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use barid_search::eval::Gallery;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let gallery_path = option("--gallery").expect("--gallery FILE");
    let queries_path = option("--queries").expect("--queries FILE");
    let out_path = option("--out").expect("--out FILE");
    let top = option("--top").map_or(10, |t| t.parse().expect("--top N"));
    let every = option("--every").map_or(1, |t| t.parse().expect("--every N"));

    if let Some(path) = option("--tables") {
        let bytes = std::fs::read(path).expect("the tables");
        let contents = barid_names::tables::TableContents::parse(&bytes).expect("sound tables");
        assert!(barid_names::tables::install(contents), "tables are installed before the first name is read");
    }
    let (scope, class) = scope::exercise_scope(barid_domain::codes::Database::Persons);
    let mut gallery = Gallery::new(class);
    let rows = std::io::BufReader::new(std::fs::File::open(gallery_path).expect("the gallery"));
    let started = Instant::now();
    for row in rows.lines() {
        if let Err(error) = gallery.add_row(&row.expect("the gallery is UTF-8")) {
            eprintln!("row left out: {error}");
        }
    }
    gallery.settle();
    let built = started.elapsed();
    eprintln!(
        "{} rows in {:.2} s ({:.0}/s), {} MB of names",
        gallery.len(),
        built.as_secs_f64(),
        gallery.len() as f64 / built.as_secs_f64(),
        gallery.memory_bytes() / 1_000_000
    );
    let mut out = std::io::BufWriter::new(std::fs::File::create(out_path).expect("the answer file"));
    let mut micros = Vec::new();
    let queries = std::fs::read_to_string(queries_path).expect("the queries");
    for line in queries.lines().step_by(every) {
        let query: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        let started = Instant::now();
        let ranked = gallery.run(&scope, query["q"].as_str().unwrap_or_default(), top);
        micros.push(started.elapsed().as_micros() as u64);
        let answer = serde_json::json!({ "qid": query["qid"], "r": ranked, "us": micros.last() });
        writeln!(out, "{answer}").expect("writing");
    }
    let total: u64 = micros.iter().sum();
    micros.sort_unstable();
    eprintln!(
        "{} queries, {:.0}/s, median {} us, p99 {} us",
        micros.len(),
        micros.len() as f64 * 1e6 / total.max(1) as f64,
        micros[micros.len() / 2],
        micros[micros.len() * 99 / 100]
    );
}
