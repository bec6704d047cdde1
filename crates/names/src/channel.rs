//! The learnt correspondence of letters: log P(native letters | Latin letters) for one script.
//!
//! A channel holds chunks of 0 to 6 Latin letters against 0 to 2 native ones with their log probabilities (nats),
//! learnt by `examples/train.rs`. It scores a pair of tokens by the best segmentation (Viterbi), gives that
//! segmentation as an explanation, and lists the Latin chunks behind a native chunk for the walk over a vocabulary.

use std::sync::OnceLock;

use crate::hashing::IntegerMap;
use crate::script::{Script, Writing};

/// Longest Latin chunk in letters.
pub const MAX_LATIN_CHUNK: usize = 6;
/// Longest native chunk in letters.
pub const MAX_NATIVE_CHUNK: usize = 2;
/// Cost in nats of one letter that fits nothing: written instead of another, left out, or put in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorCosts {
    /// Another letter stands in its place.
    pub substitution: f32,
    /// A Latin letter has no counterpart.
    pub deletion: f32,
    /// A native letter has no counterpart.
    pub insertion: f32,
    /// Two neighbouring letters changed places (Latin against Latin only).
    pub transposition: f32,
}

/// Costs of letters that fit nothing in a part of `script` whose letters tell `information_per_letter` nats each: a
/// letter put in or put in another's place must be thought up, which is the rarer the more it tells.
pub fn error_costs(script: Script, information_per_letter: f32) -> ErrorCosts {
    let told = information_per_letter.clamp(1.5, 9.0);
    match script.writing() {
        Writing::Latin => ErrorCosts {
            substitution: 3.8 + told,
            deletion: LATIN_DELETION,
            insertion: 3.8 + told,
            transposition: LATIN_TRANSPOSITION,
        },
        // Each character is a syllable: its spellings are learnt whole.
        Writing::Characters => ErrorCosts {
            substitution: 5.0 + information_per_letter.clamp(1.5, 14.0),
            deletion: HAN_DELETION,
            insertion: 4.5 + information_per_letter.clamp(1.5, 14.0),
            transposition: f32::INFINITY,
        },
        Writing::Alphabet | Writing::Consonants | Writing::ConsonantsWithVowelSigns | Writing::Syllables => {
            ErrorCosts {
                substitution: 4.3 + told,
                deletion: NATIVE_DELETION,
                insertion: 3.7 + told,
                transposition: f32::INFINITY,
            }
        }
    }
}

const LATIN_DELETION: f32 = 5.0;
const LATIN_TRANSPOSITION: f32 = 5.5;
const NATIVE_DELETION: f32 = 5.0;
const HAN_DELETION: f32 = 4.0;

/// Latin letters packed five bits each, first letter lowest; zero is the empty chunk.
pub type PackedLatin = u32;

/// Packs up to six letter numbers.
pub fn pack_latin(letters: &[u8]) -> PackedLatin {
    letters.iter().enumerate().fold(0, |packed, (i, n)| packed | u32::from(*n) << (5 * i))
}

/// The letter numbers of a packed chunk.
pub fn unpack_latin(packed: PackedLatin) -> impl Iterator<Item = u8> {
    (0..MAX_LATIN_CHUNK).map(move |i| (packed >> (5 * i) & 31) as u8).take_while(|n| *n != 0)
}

fn pack_native(letters: &[char]) -> u64 {
    letters.iter().enumerate().fold(0, |packed, (i, c)| packed | u64::from(*c as u32) << (21 * i))
}

/// One entry of a table: a native chunk, a Latin chunk, and log P(native | Latin) in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct Correspondence {
    /// Zero to two native letters.
    pub native: Vec<char>,
    /// Zero to six Latin letter numbers.
    pub latin: Vec<u8>,
    /// Natural logarithm of the probability.
    pub log_probability: f32,
}

/// A piece of an aligned pair of tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct LetterMatch {
    /// First Latin letter and how many.
    pub latin: (usize, usize),
    /// First native letter and how many.
    pub native: (usize, usize),
    /// Whether the letters do not correspond in the table (a slip of the pen or the key).
    pub error: bool,
    /// The contribution in nats, zero or negative.
    pub log_probability: f32,
}

/// The table of one script, ready for use.
#[derive(Debug, Default)]
pub struct Channel {
    chunks: IntegerMap<u64, u32>,
    /// Per chunk, where the options of each first Latin letter begin (0: the empty chunk), and where they end.
    starts: Vec<[u32; 28]>,
    /// Per chunk, the letters that some option begins with, as bits.
    first_letters: Vec<u32>,
    /// Per chunk, its options by first letter, likeliest first within a letter.
    options: Vec<(PackedLatin, f32)>,
    /// Per chunk, the log probability of its likeliest option.
    likeliest: Vec<f32>,
    pairs: IntegerMap<u64, f32>,
    longest_latin: usize,
    /// By Latin chunk, the native ones it may be written as; laid out on first use.
    natives: OnceLock<IntegerMap<u32, Vec<(u64, f32)>>>,
}

/// Reused buffers for scoring, so that the inner loop allocates nothing.
#[derive(Debug, Default)]
pub struct ScoringBuffers {
    cells: Vec<f32>,
    /// Of every place in the Latin letters, the next ones packed.
    packed: Vec<PackedLatin>,
}

/// Native letters looked up once, to be scored against many Latin ones.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedNative {
    /// One for every place between the letters.
    rows: Vec<Row>,
    errors: ErrorCosts,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    /// The chunks of no, one and two letters that begin here.
    chunks: [Option<u32>; MAX_NATIVE_CHUNK + 1],
    /// What the letters from here on come to at most, nats, whatever the Latin ones are.
    ahead: f32,
}

/// More than what rounding makes of a sum of log probabilities.
const ROUNDING: f32 = 0.001;

impl Channel {
    /// Builds the channel from its entries; duplicates keep the last one.
    pub fn new(mut entries: Vec<Correspondence>) -> Channel {
        entries.retain(|e| {
            e.native.len() <= MAX_NATIVE_CHUNK
                && e.latin.len() <= MAX_LATIN_CHUNK
                && (!e.native.is_empty() || e.latin.len() == 1)
                && e.log_probability.is_finite()
        });
        let first = |e: &Correspondence| e.latin.first().copied().unwrap_or(0);
        entries.sort_by(|a, b| {
            (pack_native(&a.native), first(a))
                .cmp(&(pack_native(&b.native), first(b)))
                .then(b.log_probability.total_cmp(&a.log_probability))
        });
        let mut channel = Channel::default();
        for entry in &entries {
            let next = channel.starts.len() as u32;
            let id = *channel.chunks.entry(pack_native(&entry.native)).or_insert(next);
            let end = channel.options.len() as u32;
            if id == next {
                channel.starts.push([end; 28]);
                channel.first_letters.push(0);
                channel.likeliest.push(f32::NEG_INFINITY);
            }
            let packed = pack_latin(&entry.latin);
            let letter = usize::from(first(entry)).min(26);
            channel.options.push((packed, entry.log_probability));
            channel.starts[id as usize][letter + 1..].fill(end + 1);
            channel.first_letters[id as usize] |= 1 << letter;
            let likeliest = &mut channel.likeliest[id as usize];
            *likeliest = likeliest.max(entry.log_probability);
            channel.pairs.insert(u64::from(id) << 32 | u64::from(packed), entry.log_probability);
            channel.longest_latin = channel.longest_latin.max(entry.latin.len());
        }
        channel
    }

    /// The number of the native chunk, if the table knows it.
    pub fn chunk(&self, native: &[char]) -> Option<u32> {
        self.chunks.get(&pack_native(native)).copied()
    }

    /// The Latin chunks behind a native chunk.
    pub fn options(&self, chunk: u32) -> &[(PackedLatin, f32)] {
        let starts = &self.starts[chunk as usize];
        &self.options[starts[0] as usize..starts[27] as usize]
    }

    /// The Latin chunks behind a native chunk that begin with a letter (0: the empty chunk), likeliest first.
    pub fn options_from(&self, chunk: u32, letter: usize) -> &[(PackedLatin, f32)] {
        let starts = &self.starts[chunk as usize];
        &self.options[starts[letter] as usize..starts[letter + 1] as usize]
    }

    /// The letters that Latin chunks behind a native chunk begin with, as bits; bit 0 is the empty chunk.
    pub fn first_letters(&self, chunk: u32) -> u32 {
        self.first_letters[chunk as usize]
    }

    /// The log probability of the likeliest Latin chunk behind a native chunk.
    pub fn likeliest(&self, chunk: u32) -> f32 {
        self.likeliest[chunk as usize]
    }

    /// The native chunks that a Latin chunk may be written as, likeliest first; packed 21 bits a letter, the last letter
    /// lowest, 0 for nothing.
    pub(crate) fn natives(&self, latin: PackedLatin) -> &[(u64, f32)] {
        let natives = self.natives.get_or_init(|| self.lay_out_natives());
        natives.get(&latin).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many native chunks a Latin chunk may be written as.
    pub fn ways_to_write(&self, latin: PackedLatin) -> usize {
        self.natives(latin).len()
    }

    fn lay_out_natives(&self) -> IntegerMap<u32, Vec<(u64, f32)>> {
        let mut natives: IntegerMap<u32, Vec<(u64, f32)>> = IntegerMap::default();
        for (native, id) in &self.chunks {
            let (first, second) = (native & 0x1F_FFFF, native >> 21);
            let key = if second == 0 { first } else { first << 21 | second };
            for (packed, log_probability) in self.options(*id) {
                natives.entry(*packed).or_default().push((key, *log_probability));
            }
        }
        for list in natives.values_mut() {
            list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
        natives
    }

    /// The log probability of a chunk for a Latin one that begins with `first` (0: the empty chunk).
    fn option(&self, chunk: u32, first: u8, packed: PackedLatin) -> Option<f32> {
        if self.first_letters[chunk as usize].checked_shr(u32::from(first)).unwrap_or(0) & 1 == 0 {
            return None;
        }
        self.pairs.get(&(u64::from(chunk) << 32 | u64::from(packed))).copied()
    }

    /// log P(native | Latin) of the best segmentation, in nats; symmetric only if the table is.
    pub fn score(
        &self,
        native: &[char],
        latin: &[u8],
        errors: &ErrorCosts,
        buffers: &mut ScoringBuffers,
    ) -> f32 {
        self.score_at_least(f32::NEG_INFINITY, native, latin, errors, buffers)
    }

    /// The same where it is `least` at least; else something below it, as soon as that is known.
    pub fn score_at_least(
        &self,
        least: f32,
        native: &[char],
        latin: &[u8],
        errors: &ErrorCosts,
        buffers: &mut ScoringBuffers,
    ) -> f32 {
        self.prepared_score_at_least(least, native, &self.prepare(native, errors), latin, buffers)
    }

    /// Looks native letters up.
    pub fn prepare(&self, native: &[char], errors: &ErrorCosts) -> PreparedNative {
        let row = |j: usize| Row {
            chunks: [0, 1, 2].map(|n| native.get(j..j + n).and_then(|letters| self.chunk(letters))),
            ahead: 0.0,
        };
        let mut rows: Vec<Row> = (0..=native.len()).map(row).collect();
        let likeliest = |chunk: Option<u32>| chunk.map_or(f32::NEG_INFINITY, |chunk| self.likeliest(chunk));
        for j in (0..native.len()).rev() {
            let [_, one, two] = rows[j].chunks;
            let slip = -errors.insertion.min(errors.substitution);
            let by_one = rows[j + 1].ahead + likeliest(one).max(slip);
            let by_two = rows.get(j + 2).map(|row| row.ahead + likeliest(two).max(-errors.transposition));
            rows[j].ahead = by_one.max(by_two.unwrap_or(f32::NEG_INFINITY));
        }
        PreparedNative { rows, errors: *errors }
    }

    /// [`score_at_least`](Self::score_at_least) of the letters that were [prepared](Self::prepare).
    pub fn prepared_score_at_least(
        &self,
        least: f32,
        native: &[char],
        prepared: &PreparedNative,
        latin: &[u8],
        buffers: &mut ScoringBuffers,
    ) -> f32 {
        if !self.fill(least, native, prepared, latin, buffers) {
            return f32::NEG_INFINITY;
        }
        buffers.cells.last().copied().unwrap_or(f32::NEG_INFINITY)
    }

    /// Fills the table; whether its last cell can be `least` at least.
    fn fill(
        &self,
        least: f32,
        native: &[char],
        prepared: &PreparedNative,
        latin: &[u8],
        buffers: &mut ScoringBuffers,
    ) -> bool {
        let (rows, columns) = (native.len() + 1, latin.len() + 1);
        let ScoringBuffers { cells, packed } = buffers;
        cells.clear();
        cells.resize(rows * columns, f32::NEG_INFINITY);
        cells[0] = 0.0;
        packed.clear();
        packed.extend((0..latin.len()).map(|i| pack_latin(&latin[i..latin.len().min(i + MAX_LATIN_CHUNK)])));
        // A cell below this is on no way that is good enough.
        let bar = |j: usize| prepared.rows.get(j).map_or(f32::INFINITY, |row| least - row.ahead - ROUNDING);
        for j in 0..rows {
            let (here, next) = cells[j * columns..((j + 2) * columns).min(rows * columns)].split_at(columns);
            // Every way to the end leads over this row or the next, and only goes down.
            if least > f32::NEG_INFINITY
                && here.iter().all(|cell| *cell < bar(j))
                && next.iter().all(|cell| *cell < bar(j + 1))
            {
                return false;
            }
            let bars = [bar(j), bar(j + 1), bar(j + 2)];
            for i in 0..columns {
                let here = cells[j * columns + i];
                if here == f32::NEG_INFINITY || here < bars[0] {
                    continue;
                }
                let place =
                    Place { native: &native[j..], latin: &latin[i..], packed: packed.get(i).copied() };
                self.steps(&place, &prepared.rows[j], &prepared.errors, |di, dj, cost| {
                    let sum = here + cost;
                    let enough = sum >= bars[dj];
                    let cell = &mut cells[(j + dj) * columns + i + di];
                    if enough && sum > *cell {
                        *cell = sum;
                    }
                    enough
                });
            }
        }
        true
    }

    /// Calls back with every step on from a place: Latin and native letters taken, and its cost. The answer says whether
    /// costlier ones of its kind are of use.
    fn steps(
        &self,
        place: &Place<'_>,
        row: &Row,
        errors: &ErrorCosts,
        mut step: impl FnMut(usize, usize, f32) -> bool,
    ) {
        for (dj, id) in row.chunks.iter().enumerate() {
            let Some(id) = *id else { continue };
            if dj > 0 {
                self.options_from(id, 0).iter().for_each(|(_, cost)| {
                    step(0, dj, *cost);
                });
            }
            let (Some(packed), Some(first)) = (place.packed, place.latin.first()) else { continue };
            if self.first_letters(id).checked_shr(u32::from(*first)).unwrap_or(0) & 1 == 0 {
                continue;
            }
            for (option, cost) in self.options_from(id, usize::from(*first)) {
                let letters = (u32::BITS - option.leading_zeros()).div_ceil(5);
                let same = packed & ((1 << (5 * letters)) - 1) == *option;
                if same && !step(letters as usize, dj, *cost) {
                    break;
                }
            }
        }
        for (di, dj) in [(1, 0), (0, 1), (1, 1), (2, 2)] {
            if di <= place.latin.len()
                && dj <= place.native.len()
                && let Some(cost) = slip(&place.native[..dj], &place.latin[..di], errors)
            {
                step(di, dj, cost);
            }
        }
    }

    /// The best segmentation itself, in order, with its total in nats.
    pub fn align(&self, native: &[char], latin: &[u8], errors: &ErrorCosts) -> (f32, Vec<LetterMatch>) {
        let mut buffers = ScoringBuffers::default();
        let prepared = self.prepare(native, errors);
        self.fill(f32::NEG_INFINITY, native, &prepared, latin, &mut buffers);
        let columns = latin.len() + 1;
        let total = buffers.cells.last().copied().unwrap_or(f32::NEG_INFINITY);
        let mut pieces = Vec::new();
        let (mut i, mut j) = (latin.len(), native.len());
        while i + j > 0 {
            let goal = buffers.cells[j * columns + i];
            let Some(piece) = self.step_into(native, latin, (i, j), goal, &prepared, &buffers) else { break };
            i -= piece.latin.1;
            j -= piece.native.1;
            pieces.push(piece);
        }
        pieces.reverse();
        (total, pieces)
    }

    fn step_into(
        &self,
        native: &[char],
        latin: &[u8],
        (i, j): (usize, usize),
        goal: f32,
        prepared: &PreparedNative,
        buffers: &ScoringBuffers,
    ) -> Option<LetterMatch> {
        let columns = latin.len() + 1;
        let mut found = None;
        for from_j in j.saturating_sub(MAX_NATIVE_CHUNK)..=j {
            for from_i in i.saturating_sub(MAX_LATIN_CHUNK)..=i {
                let before = buffers.cells[from_j * columns + from_i];
                let (di, dj) = (i - from_i, j - from_j);
                if before == f32::NEG_INFINITY || di + dj == 0 {
                    continue;
                }
                let chunk = prepared.rows[from_j].chunks[dj];
                let latin_chunk = &latin[from_i..i];
                let first = latin_chunk.first().copied().unwrap_or(0);
                let known = chunk.and_then(|chunk| self.option(chunk, first, pack_latin(latin_chunk)));
                let slip = slip(&native[from_j..j], latin_chunk, &prepared.errors);
                for (cost, error) in
                    known.map(|cost| (cost, false)).into_iter().chain(slip.map(|c| (c, true)))
                {
                    if before + cost == goal {
                        found = Some(LetterMatch {
                            latin: (from_i, di),
                            native: (from_j, dj),
                            error,
                            log_probability: cost,
                        });
                    }
                }
            }
        }
        found
    }
}

/// What is left of both sides from a cell of the table on.
struct Place<'a> {
    native: &'a [char],
    latin: &'a [u8],
    /// The next Latin letters; `None` if there are none.
    packed: Option<PackedLatin>,
}

/// What it costs that these letters were written for those though they don't correspond.
fn slip(native: &[char], latin: &[u8], errors: &ErrorCosts) -> Option<f32> {
    match (latin, native) {
        ([_], []) => Some(-errors.deletion),
        ([], [_]) => Some(-errors.insertion),
        ([_], [_]) => Some(-errors.substitution),
        ([a, b], [c, d]) => {
            let turned = letter_is(*c, *b) && letter_is(*d, *a);
            (turned && errors.transposition.is_finite()).then_some(-errors.transposition)
        }
        _ => None,
    }
}

fn letter_is(native: char, latin: u8) -> bool {
    native as u32 == u32::from(latin) + 96
}
