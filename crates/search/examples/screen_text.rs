//! Measures text screening: builds the index from a gallery, passes a text over it, prints where the time went.
//!
//! ```text
//! cargo run --release -p barid-search --example screen_text -- --names gallery.tsv --text news.txt [--out finds.jsonl] [--least SCORE]
//! ```
//!
//! Rows of the gallery as in `eval_names`. The text is passed in pieces of about one megabyte that end at a line's end.
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods)]

use std::io::Write as _;
use std::time::Instant;

use barid_search::text_screening::{LEAST_SCORE, ScreeningBuffers, ScreeningIndexBuilder};

const PIECE_BYTES: usize = 1 << 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let least = option("--least").map_or(LEAST_SCORE, |least| least.parse().expect("--least SCORE"));
    let gallery = std::fs::read_to_string(option("--names").expect("--names FILE")).expect("the gallery");
    let text = std::fs::read_to_string(option("--text").expect("--text FILE")).expect("the text");
    let started = Instant::now();
    let mut builder = ScreeningIndexBuilder::new();
    let mut ids = Vec::new();
    for row in gallery.lines() {
        let mut fields = row.split('\t');
        let (Some(id), Some(name)) = (fields.next(), fields.next()) else { continue };
        builder.insert(ids.len() as u32, 0, name);
        ids.push(id);
    }
    let index = builder.build();
    let built = started.elapsed().as_secs_f64();
    println!(
        "{} names, {} pairs, {:.0} MiB, built in {built:.1} s",
        index.len(),
        index.pairs(),
        index.memory_bytes() as f64 / 1_048_576.0
    );
    let mut out =
        option("--out").map(|path| std::io::BufWriter::new(std::fs::File::create(path).expect("the finds")));
    let mut buffers = ScreeningBuffers::default();
    let (mut base, mut finds, mut rest) = (0, 0, text.as_str());
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let mut end = PIECE_BYTES.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let end = rest[end..].find('\n').map_or(rest.len(), |more| end + more + 1);
        let (piece, after) = rest.split_at(end);
        let started = Instant::now();
        let found = index.screen_from(least, piece, &[true], &mut buffers);
        seconds += started.elapsed().as_secs_f64();
        finds += found.len();
        for find in found {
            let stretch: String =
                piece.chars().skip(find.start as usize).take((find.end - find.start) as usize).collect();
            let reasons: Vec<String> = find
                .reasons
                .iter()
                .map(|r| format!("{}={} {:?} {:.1}", r.text, r.recorded, r.kind, r.weight))
                .collect();
            let line = serde_json::json!({
                "start": base + find.start as usize, "end": base + find.end as usize, "text": stretch,
                "id": ids[find.slot as usize], "score": find.score, "evidence": find.evidence, "terms": find.terms, "reasons": reasons,
            });
            if let Some(out) = &mut out {
                writeln!(out, "{line}").expect("writing");
            }
        }
        base += piece.chars().count();
        rest = after;
    }
    let bytes = text.len() as f64;
    let counts = buffers.counts;
    println!("{finds} finds in {:.2} MB, {seconds:.2} s: {:.2} MB/s", bytes / 1e6, bytes / 1e6 / seconds);
    let per_mb = |count: u64| count as f64 / (bytes / 1e6);
    println!(
        "per MB: {:.0} words, {:.0} worked out, {:.0} pairs, {:.0} met by skeleton, {:.0} weighed, {:.0} compared",
        per_mb(counts.words),
        per_mb(counts.worked_out),
        per_mb(counts.pairs),
        per_mb(counts.met),
        per_mb(counts.weighed),
        per_mb(counts.compared)
    );
}
