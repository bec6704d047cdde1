//! A part in another script laid out to be held against very many plain Latin ones: the cost of every Latin letter at
//! every place in a table, so that the inner loop looks nothing up and hardly branches.
//!
//! It gives what [`part_evidence_at_least`](crate::compare::part_evidence_at_least) gives, and a test holds it to that.
//! Laying out costs as much as a few comparisons.

use crate::background::log_add;
use crate::channel::{Channel, ErrorCosts, PackedLatin, pack_latin};
use crate::compare::{NO_EVIDENCE, attested_spelling};
use crate::name::Part;
use crate::roles::Role;
use crate::script::Script;
use crate::tables::{AttestedSpelling, tables};

/// Latin letters, and one place for letters that are none.
const LETTERS: usize = 27;
/// More than what rounding makes of a sum of log probabilities.
const ROUNDING: f32 = 0.001;

/// Native letters laid out.
#[derive(Debug, Clone, Default)]
pub struct LaidOut {
    rows: Vec<Row>,
    /// What a Latin letter costs that nothing is written for.
    deletion: [f32; LETTERS],
    information: f32,
    attested: &'static [AttestedSpelling],
}

/// What may be written from one place on.
#[derive(Debug, Clone)]
struct Row {
    /// One native letter against none and against each Latin letter; the same of two.
    one_alone: f32,
    one: [f32; LETTERS],
    two_alone: f32,
    two: [f32; LETTERS],
    /// Whether two letters are known together.
    is_pair: bool,
    /// Second letters of longer Latin chunks, as bits, by their first letters.
    longer_begin: [u32; LETTERS],
    longer: Vec<Longer>,
    /// What the letters from here on come to at most, nats.
    ahead: f32,
}

/// A chunk of two Latin letters or more.
#[derive(Debug, Clone, Copy)]
struct Longer {
    packed: PackedLatin,
    mask: PackedLatin,
    letters: usize,
    natives: usize,
    cost: f32,
}

/// Reused memory.
#[derive(Debug, Default)]
pub struct LaidOutBuffers {
    cells: Vec<f32>,
}

impl LaidOut {
    /// Lays a part out; whether it can be: one in another script than Latin that is no initial.
    pub fn lay_out(&mut self, part: &Part) -> bool {
        if part.script() == Script::Latin || part.role() == Role::Initial {
            return false;
        }
        let channel = tables().channel(part.script());
        let errors = part.error_costs();
        let native = part.native();
        self.information = part.information();
        self.attested = tables().attested(part.script(), native);
        self.deletion = [-errors.deletion; LETTERS];
        if let Some(nothing) = channel.chunk(&[]) {
            for (packed, cost) in channel.options(nothing) {
                raise(&mut self.deletion[(packed & 31) as usize % LETTERS], *cost);
            }
        }
        self.rows.resize(native.len(), Row::default());
        for (j, row) in self.rows.iter_mut().enumerate() {
            row.lay_out(channel, &native[j..], &errors);
        }
        let mut after = [0.0, f32::NEG_INFINITY];
        for row in self.rows.iter_mut().rev() {
            row.ahead = (after[0] + row.ahead).max(after[1] + row.two_at_most());
            after = [row.ahead, after[0]];
        }
        true
    }

    /// Evidence in nats that the part was written for a name of plain Latin letters (numbers, `a` = 1) that tells so much,
    /// where it is `least` at least; else something below it. For Latin parts with one spelling that are no initials.
    pub fn evidence_at_least(
        &self,
        least: f32,
        latin: &[u8],
        information: f32,
        buffers: &mut LaidOutBuffers,
    ) -> f32 {
        let by_letters = self.score_at_least(least - self.information, latin, buffers);
        let known = attested_spelling(self.attested, latin);
        let log_p = by_letters.max(known);
        if log_p == f32::NEG_INFINITY {
            return NO_EVIDENCE;
        }
        (log_p - log_add(-self.information, log_p - information)).max(NO_EVIDENCE)
    }

    fn score_at_least(&self, least: f32, latin: &[u8], buffers: &mut LaidOutBuffers) -> f32 {
        let columns = latin.len() + 1;
        let cells = &mut buffers.cells;
        cells.clear();
        cells.resize((self.rows.len() + 1) * columns, f32::NEG_INFINITY);
        cells[0] = 0.0;
        let mut rest = cells.as_mut_slice();
        for (j, row) in self.rows.iter().enumerate() {
            let (here, after) = rest.split_at_mut(columns);
            self.skip_latin(here, latin);
            let bar = least - row.ahead - ROUNDING;
            let next_bar = least - self.rows.get(j + 1).map_or(0.0, |row| row.ahead) - ROUNDING;
            let (next, after_next) = after.split_at_mut(columns);
            // Every way to the end leads over this row or the next, and only goes down.
            if highest(here) < bar && highest(next) < next_bar {
                return f32::NEG_INFINITY;
            }
            step(here, next, latin, row.one_alone, &row.one);
            if row.is_pair && after_next.len() >= columns {
                step(here, &mut after_next[..columns], latin, row.two_alone, &row.two);
            }
            row.longer_steps(here, [next, after_next], latin, bar);
            rest = after;
        }
        self.skip_latin(rest, latin);
        rest[latin.len()]
    }

    /// Steps over Latin letters that nothing is written for.
    fn skip_latin(&self, here: &mut [f32], latin: &[u8]) {
        let mut before = here[0];
        for (cell, letter) in here[1..].iter_mut().zip(latin) {
            raise(cell, before + self.deletion[usize::from(*letter) % LETTERS]);
            before = *cell;
        }
    }
}

impl Default for Row {
    fn default() -> Row {
        Row {
            one_alone: 0.0,
            one: [0.0; LETTERS],
            two_alone: 0.0,
            two: [0.0; LETTERS],
            is_pair: false,
            longer_begin: [0; LETTERS],
            longer: Vec::new(),
            ahead: 0.0,
        }
    }
}

impl Row {
    fn lay_out(&mut self, channel: &Channel, native: &[char], errors: &ErrorCosts) {
        self.one = [-errors.substitution; LETTERS];
        self.one_alone = -errors.insertion;
        self.two = [f32::NEG_INFINITY; LETTERS];
        self.two_alone = f32::NEG_INFINITY;
        self.longer_begin = [0; LETTERS];
        self.longer.clear();
        self.is_pair = false;
        self.ahead = (-errors.insertion).max(-errors.substitution);
        if let Some(chunk) = channel.chunk(&native[..1]) {
            self.add_options(channel.options(chunk), 1);
            raise(&mut self.ahead, channel.likeliest(chunk));
        }
        if let Some(chunk) = native.get(..2).and_then(|two| channel.chunk(two)) {
            self.add_options(channel.options(chunk), 2);
            self.is_pair = true;
        }
    }

    fn add_options(&mut self, options: &[(PackedLatin, f32)], natives: usize) {
        let (alone, single) = match natives {
            1 => (&mut self.one_alone, &mut self.one),
            _ => (&mut self.two_alone, &mut self.two),
        };
        for (packed, cost) in options.iter().copied() {
            let first = (packed & 31) as usize % LETTERS;
            match packed {
                0 => raise(alone, cost),
                1..32 => raise(&mut single[first], cost),
                _ => {
                    let letters = (u32::BITS - packed.leading_zeros()).div_ceil(5) as usize;
                    let mask = ((1u64 << (5 * letters)) - 1) as PackedLatin;
                    self.longer_begin[first] |= 1 << (packed >> 5 & 31);
                    self.longer.push(Longer { packed, mask, letters, natives, cost });
                }
            }
        }
    }

    fn two_at_most(&self) -> f32 {
        let longer = self.longer.iter().filter(|l| l.natives == 2).map(|l| l.cost);
        highest(&self.two).max(longer.fold(self.two_alone, f32::max))
    }

    fn longer_steps(&self, here: &[f32], [next, after_next]: [&mut [f32]; 2], latin: &[u8], bar: f32) {
        for (i, pair) in latin.windows(2).enumerate() {
            let begins = self.longer_begin[usize::from(pair[0]) % LETTERS] >> (pair[1] & 31) & 1 == 1;
            if !begins || here[i] < bar {
                continue;
            }
            let packed = pack_latin(&latin[i..latin.len().min(i + crate::channel::MAX_LATIN_CHUNK)]);
            for longer in self.longer.iter().filter(|longer| packed & longer.mask == longer.packed) {
                let to = if longer.natives == 1 { &mut *next } else { &mut *after_next };
                if let Some(cell) = to.get_mut(i + longer.letters) {
                    raise(cell, here[i] + longer.cost);
                }
            }
        }
    }
}

/// Steps to another row: over no Latin letter, or over one.
fn step(here: &[f32], to: &mut [f32], latin: &[u8], alone: f32, single: &[f32; LETTERS]) {
    for (cell, from) in to.iter_mut().zip(here) {
        raise(cell, from + alone);
    }
    for ((cell, from), letter) in to[1..].iter_mut().zip(here).zip(latin) {
        raise(cell, from + single[usize::from(*letter) % LETTERS]);
    }
}

fn raise(cell: &mut f32, to: f32) {
    *cell = if to > *cell { to } else { *cell };
}

fn highest(cells: &[f32]) -> f32 {
    cells.iter().fold(f32::NEG_INFINITY, |most, cell| if *cell > most { *cell } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ScoringBuffers;
    use crate::compare::{part_evidence, part_evidence_at_least};

    const WORDS: &[&str] = &[
        "Калачев",
        "Щербакова",
        "Юлия",
        "Жак",
        "محمد",
        "الشريف",
        "خالد",
        "קלאצב",
        "יעקב",
        "कालाचेव",
        "शर्मा",
        "কালাচেভ",
        "Παπαδόπουλος",
        "კალაჩევი",
        "Կալաչև",
        "สมชาย",
        "ካላቼቭ",
        "김",
        "カラチェフ",
        "瓦列里",
        "ਸਿੰਘ",
        "குமார்",
    ];
    const LATIN: &[&str] = &[
        "kalachev",
        "kalacheff",
        "shcherbakova",
        "yuliya",
        "julia",
        "jacques",
        "zhak",
        "mohammed",
        "muhammad",
        "sharif",
        "alsharif",
        "khaled",
        "kalatsov",
        "yaakov",
        "sharma",
        "papadopoulos",
        "somchai",
        "kim",
        "walieli",
        "singh",
        "kumar",
        "x",
        "qq",
    ];

    #[test]
    fn it_gives_the_evidence_of_a_comparison() {
        let (mut scoring, mut buffers) = (ScoringBuffers::default(), LaidOutBuffers::default());
        let mut laid_out = LaidOut::default();
        let (mut reached, mut compared) = (0, 0);
        for word in WORDS {
            let script = word.chars().find_map(Script::of).unwrap();
            let part = Part::new(word, script).unwrap();
            if !laid_out.lay_out(&part) {
                continue;
            }
            for name in LATIN.iter().filter_map(|name| Part::new(name, Script::Latin)) {
                if name.role() == Role::Initial {
                    continue;
                }
                let latin: Vec<u8> = name.native().iter().map(|c| (*c as u32 - 96) as u8).collect();
                let whole = part_evidence(&part, &name, &mut scoring);
                for least in [f32::NEG_INFINITY, -5.0, 0.5, 4.0, 9.0] {
                    let evidence =
                        laid_out.evidence_at_least(least, &latin, name.information(), &mut buffers);
                    let usual = part_evidence_at_least(least, &part, &name, &mut scoring);
                    compared += 1;
                    if whole >= least {
                        reached += 1;
                        assert_eq!((evidence, usual), (whole, whole), "{word} {name:?} {least}");
                    } else {
                        assert!(evidence < least && usual < least, "{word} {name:?} {least}");
                    }
                }
            }
        }
        assert!(reached > 300 && compared > 1_500, "{reached} of {compared}");
    }
}
