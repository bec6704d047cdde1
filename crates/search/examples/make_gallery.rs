//! Makes a synthetic gallery for measuring speed and memory: nobody in it exists.
//!
//! ```text
//! cargo run --release -p barid-search --example make_gallery -- --names 1000000 [--seed 1] --out gallery.tsv
//! ```
//!
//! Name parts are drawn by a Pitman-Yor process (discount 0.75, strength 600), so that the vocabulary grows with the
//! list as that of 100,000 real people does (69,000 distinct parts) and goes on growing; the first parts are the
//! commonest published ones, later ones are put together from their letters. One row in fifty repeats an earlier name.
// A program, not the library: it writes the file it is asked for.
#![allow(clippy::disallowed_methods)]

use std::io::Write as _;

use barid_names::letters::latin_text;
use barid_names::tables::TableContents;

const DISCOUNT: f64 = 0.75;
const STRENGTH: f64 = 600.0;

/// A small generator of random numbers (SplitMix64), so that a seed gives the same file for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let names: usize = option("--names").expect("--names N").parse().expect("--names N");
    let mut random = Random(option("--seed").map_or(1, |seed| seed.parse().expect("--seed N")));
    let contents = TableContents::parse(include_bytes!("../../names/data/tables.bin")).expect("sound tables");
    let known: Vec<String> = contents.frequent.iter().map(|(letters, _)| latin_text(letters)).collect();
    let mut parts = Parts { known, distinct: Vec::new(), drawn: Vec::new() };
    let mut out = std::io::BufWriter::new(
        std::fs::File::create(option("--out").expect("--out FILE")).expect("the gallery"),
    );
    let mut rows: Vec<[u32; 3]> = Vec::with_capacity(names);
    for number in 0..names {
        let row = if number > 0 && random.below(50) == 0 {
            rows[random.below(number)]
        } else {
            let second = parts.draw(&mut random);
            let third = if random.below(4) == 0 { parts.draw(&mut random) } else { u32::MAX };
            [parts.draw(&mut random), second, third]
        };
        rows.push(row);
        let words: Vec<&str> = row
            .iter()
            .filter(|part| **part != u32::MAX)
            .map(|part| parts.distinct[*part as usize].as_str())
            .collect();
        writeln!(out, "g{number}\t{}\t\t\t", words.join(" ")).expect("writing");
    }
    eprintln!("{names} names, {} distinct parts", parts.distinct.len());
}

struct Parts {
    known: Vec<String>,
    distinct: Vec<String>,
    /// Every draw so far, so that drawing one of them again is drawing by frequency.
    drawn: Vec<u32>,
}

impl Parts {
    fn draw(&mut self, random: &mut Random) -> u32 {
        let (draws, distinct) = (self.drawn.len() as f64, self.distinct.len() as f64);
        let new = (STRENGTH + DISCOUNT * distinct) / (STRENGTH + draws);
        let part = if random.fraction() < new {
            self.make(random);
            self.distinct.len() as u32 - 1
        } else {
            // By frequency less the discount: draw by frequency, and now and then again.
            self.drawn[random.below(self.drawn.len())]
        };
        self.drawn.push(part);
        part
    }

    fn make(&mut self, random: &mut Random) {
        let number = self.distinct.len();
        let word = match self.known.get(number) {
            Some(known) => known.clone(),
            None => {
                // The beginning of one known part and the end of another.
                let (a, b) = (
                    &self.known[random.below(self.known.len())],
                    &self.known[random.below(self.known.len())],
                );
                let cut = 1 + random.below(a.len().max(2) - 1);
                let rest = random.below(b.len());
                format!("{}{}", &a[..cut.min(a.len())], &b[rest..])
            }
        };
        self.distinct.push(word);
    }
}
