//! Synthetic names for measuring speed and memory: nobody in them exists.
//!
//! Name parts are drawn by a Pitman-Yor process (discount 0.75, strength 600): the vocabulary grows with the list as that
//! of real people does, and goes on growing. Of 100,000 public figures of Wikidata, shuffled, the first 1,000, 10,000 and
//! all 100,000 have 1,810, 12,250 and 70,000 distinct parts (2.24 parts a name, 73 % of the parts once only, the commonest
//! part .6 % of all); the first parts here are the commonest published ones, later ones are put together from their letters.
//! One row in fifty repeats an earlier name whole; others come to be the same by chance, as with people.

use std::collections::HashSet;

use barid_names::letters::latin_text;
use barid_names::tables::TableContents;

const DISCOUNT: f64 = 0.75;
const STRENGTH: f64 = 600.0;

/// A small generator of random numbers (SplitMix64), so that a seed gives the same file for ever.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// One row in so many repeats an earlier name.
const REPEATED_EVERY: usize = 50;

/// Is a list of names that grows as long as one draws; the same seed gives the same list for ever.
pub struct SyntheticNames {
    random: Random,
    parts: Parts,
    rows: Vec<[u32; 3]>,
}

impl SyntheticNames {
    /// Begins a list.
    pub fn new(seed: u64) -> Self {
        let contents =
            TableContents::parse(include_bytes!("../../../names/data/tables.bin")).expect("sound tables");
        let known: Vec<String> = contents.frequent.iter().map(|(letters, _)| latin_text(letters)).collect();
        let parts = Parts { known, distinct: Vec::new(), drawn: Vec::new() };
        Self { random: Random(seed), parts, rows: Vec::new() }
    }

    /// Draws the next name.
    pub fn draw(&mut self) -> String {
        let (random, number) = (&mut self.random, self.rows.len());
        let row = if number > 0 && random.below(REPEATED_EVERY) == 0 {
            self.rows[random.below(number)]
        } else {
            let second = self.parts.draw(random);
            let third = if random.below(4) == 0 { self.parts.draw(random) } else { u32::MAX };
            [self.parts.draw(random), second, third]
        };
        self.rows.push(row);
        self.name(number)
    }

    /// The name of a row that was drawn.
    pub fn name(&self, number: usize) -> String {
        let words = self.rows[number].iter().filter(|part| **part != u32::MAX);
        words.map(|part| self.parts.distinct[*part as usize].as_str()).collect::<Vec<_>>().join(" ")
    }

    /// How many distinct parts the names have so far.
    pub fn distinct_parts(&self) -> usize {
        self.parts.distinct.len()
    }

    /// How many of the names were there before, part by part in the same order.
    pub fn repeated(&self) -> usize {
        self.rows.len() - self.rows.iter().collect::<HashSet<_>>().len()
    }
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
