//! A fuzz harness for stable Rust: seeded mutations over a seed corpus, within `cargo test`.
//!
//! A target is an ordinary test whose name begins with `fuzz_` and which calls [`run`] with a few good inputs
//! and a function that panics on a broken promise ("never panics", "what is read and written again is the
//! same bytes"). `cargo test` tries a few thousand inputs per target; `cargo xtask fuzz` tries more. The same
//! seed gives the same inputs on every machine.
//!
//! Mutations know nothing of the format: that, coverage guidance and minimising by structure are left to
//! property tests and to dedicated fuzzers. The file uses nothing but `std`, so that the tests of a pure crate
//! can take it in by path without depending on the rest of this crate:
//!
//! ```ignore
//! #[path = "../../testkit/src/fuzz.rs"]
//! mod fuzz;
//!
//! #[test]
//! fn fuzz_passport_line() {
//!     fuzz::run("passport_line", &[b"P<XAAKALACHEV<<IVAN<<<<<<<<<<<<<<<<<<<<<<<<<<<"], |bytes| {
//!         let _ = read_passport_line(bytes);
//!     });
//! }
//! ```
//!
//! Environment: `BARID_FUZZ_ITERATIONS` (inputs per target, 2000 if unset), `BARID_FUZZ_SEED` (a number),
//! `BARID_FUZZ_INPUT` (one input in hex, tried alone, to repeat a failure).

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Inputs per target when the environment names no other number.
const DEFAULT_ITERATIONS: u64 = 2_000;
/// No mutated input grows beyond this, unless the seed corpus holds a longer one.
const LONGEST_INPUT_BYTES: usize = 64 * 1024;
/// Attempts at making a failing input shorter.
const SHORTENING_ATTEMPTS: usize = 512;
/// Numbers at which lengths and counters tend to break.
const INTERESTING: &[u64] = &[
    0,
    1,
    0x17,
    0x18,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];
/// Texts that break readers of names, numbers and markup: bidirectional controls, joiners, quotes, entities,
/// invalid UTF-8 and names in several scripts.
const FRAGMENTS: &[&[u8]] = &[
    b"\0",
    b"\r\n",
    b"\"",
    b"<![CDATA[",
    b"<!ENTITY a \"&a;&a;\">",
    b"&#x0;",
    b"../",
    b"-1",
    b"1e999",
    b"1966-02-31",
    b"<<<<<<<<",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    "\u{202e}".as_bytes(),
    "\u{2066}".as_bytes(),
    "\u{200d}".as_bytes(),
    "\u{0301}\u{0301}\u{0301}".as_bytes(),
    "Калачев".as_bytes(),
    "كالاتشيف".as_bytes(),
    "कालाचेव".as_bytes(),
    "কালাচেভ".as_bytes(),
    "卡拉切夫".as_bytes(),
    "Kalaçev ı İ ß".as_bytes(),
];

/// Tries the corpus itself and then mutations of it.
///
/// # Panics
///
/// If `check` panics on an input. The message holds the target, the seed, the input in hex (made shorter where
/// that keeps the failure) and how to repeat it. Panics too on an empty corpus or a malformed environment.
pub fn run(target: &str, corpus: &[&[u8]], check: impl Fn(&[u8])) {
    if let Ok(text) = std::env::var("BARID_FUZZ_INPUT") {
        let input = from_hex(&text).expect("BARID_FUZZ_INPUT is an even number of hex digits");
        check(&input);
        return;
    }
    let iterations = number_from_environment("BARID_FUZZ_ITERATIONS").unwrap_or(DEFAULT_ITERATIONS);
    let seed = number_from_environment("BARID_FUZZ_SEED").unwrap_or_else(|| seed_of(target));
    if let Some(finding) = hunt(corpus, iterations, seed, &check) {
        let Finding { iteration, input, message } = finding;
        let hex = to_hex(&input);
        panic!(
            "fuzz target {target} failed: {message}\n  seed {seed}, iteration {iteration}, {} bytes: {hex}\n  \
             repeat with BARID_FUZZ_INPUT={hex} cargo test fuzz_{target}",
            input.len(),
        );
    }
}

/// An input on which a target broke its promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Counted from 0 at the first corpus entry.
    pub iteration: u64,
    /// The shortest failing input found.
    pub input: Vec<u8>,
    /// What the panic said.
    pub message: String,
}

/// Tries every corpus entry and `iterations` mutations, and returns the first failure.
///
/// # Panics
///
/// If the corpus is empty.
pub fn hunt(corpus: &[&[u8]], iterations: u64, seed: u64, check: &impl Fn(&[u8])) -> Option<Finding> {
    assert!(!corpus.is_empty(), "a fuzz target needs at least one seed input");
    let mut mutator = Mutator::new(seed, corpus);
    let unchanged = corpus.iter().map(|input| input.to_vec());
    let mutated = (0..iterations).map(|_| mutator.next_input());
    for (iteration, input) in (0..).zip(unchanged.chain(mutated)) {
        if let Some(message) = failure_of(check, &input) {
            let (input, message) = shortened(input, message, check);
            return Some(Finding { iteration, input, message });
        }
    }
    None
}

/// Makes inputs out of a corpus. Knows nothing of the format.
struct Mutator<'a> {
    numbers: Numbers,
    corpus: &'a [&'a [u8]],
    longest: usize,
}

impl<'a> Mutator<'a> {
    fn new(seed: u64, corpus: &'a [&'a [u8]]) -> Self {
        let longest_seed = corpus.iter().map(|input| input.len()).max().unwrap_or(0);
        Self { numbers: Numbers(seed), corpus, longest: LONGEST_INPUT_BYTES.max(longest_seed) }
    }

    fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.corpus[self.numbers.below(self.corpus.len())].to_vec();
        // One mutation stays near the good path, many leave it: both find bugs.
        let mutations = 1 << self.numbers.below(4);
        for _ in 0..mutations {
            self.mutate(&mut input);
        }
        input.truncate(self.longest);
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.numbers.below(input.len() + 1);
        match self.numbers.below(10) {
            0 => self.flip_bit(input),
            1 => self.replace_byte(input),
            2 => input.truncate(at),
            3 => drop(input.drain(..at)),
            4 => {
                let range = self.range_in(input.len());
                input.drain(range);
            }
            5 => self.repeat(input),
            6 => self.splice(input, at),
            7 => self.write_number(input, at),
            8 => {
                let fragment = FRAGMENTS[self.numbers.below(FRAGMENTS.len())];
                input.splice(at..at, fragment.iter().copied());
            }
            _ => self.swap(input),
        }
    }

    fn flip_bit(&mut self, input: &mut [u8]) {
        let (at, bit) = (self.numbers.below(input.len()), self.numbers.below(8));
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn replace_byte(&mut self, input: &mut [u8]) {
        let at = self.numbers.below(input.len());
        let [value, ..] = self.numbers.next().to_le_bytes();
        if let Some(byte) = input.get_mut(at) {
            *byte = value;
        }
    }

    /// Repeats a part, sometimes very often: what limits exist for.
    fn repeat(&mut self, input: &mut Vec<u8>) {
        let range = self.range_in(input.len());
        let part = input[range.clone()].to_vec();
        let times = 1 << self.numbers.below(13);
        let room = self.longest.saturating_sub(input.len()) / part.len().max(1);
        input.splice(range.end..range.end, part.repeat(times.min(room)));
    }

    /// Puts a part of another good input over the tail, or into the middle.
    fn splice(&mut self, input: &mut Vec<u8>, at: usize) {
        let other = self.corpus[self.numbers.below(self.corpus.len())];
        let part = other[self.range_in(other.len())].to_vec();
        let end = if self.numbers.below(2) == 0 { at } else { input.len() };
        input.splice(at..end, part);
    }

    /// Overwrites some bytes with a number at a boundary, in 1, 2, 4 or 8 bytes of either order.
    fn write_number(&mut self, input: &mut [u8], at: usize) {
        let number = INTERESTING[self.numbers.below(INTERESTING.len())];
        let width = 1 << self.numbers.below(4);
        let mut bytes = number.to_le_bytes()[..width].to_vec();
        if self.numbers.below(2) == 0 {
            bytes.reverse();
        }
        for (target, value) in input.iter_mut().skip(at).zip(bytes) {
            *target = value;
        }
    }

    fn swap(&mut self, input: &mut [u8]) {
        if !input.is_empty() {
            let (left, right) = (self.numbers.below(input.len()), self.numbers.below(input.len()));
            input.swap(left, right);
        }
    }

    fn range_in(&mut self, length: usize) -> std::ops::Range<usize> {
        let (left, right) = (self.numbers.below(length + 1), self.numbers.below(length + 1));
        left.min(right)..left.max(right)
    }
}

/// A small repeatable source of numbers (SplitMix64; Steele, Lea and Flood, 2014). Not for keys.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number below `limit`; 0 where the limit is 0.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }
}

fn failure_of(check: &impl Fn(&[u8]), input: &[u8]) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| check(input))).err()?;
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    Some(text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned()))
}

/// Cuts halves, quarters, ... out of a failing input as long as it keeps failing.
fn shortened(mut input: Vec<u8>, mut message: String, check: &impl Fn(&[u8])) -> (Vec<u8>, String) {
    let mut attempts_left = SHORTENING_ATTEMPTS;
    let mut piece = input.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < input.len() && attempts_left > 0 {
            attempts_left -= 1;
            let end = (at + piece).min(input.len());
            let candidate = [&input[..at], &input[end..]].concat();
            match failure_of(check, &candidate) {
                Some(new_message) => (input, message) = (candidate, new_message),
                None => at = end,
            }
        }
        piece /= 2;
    }
    (input, message)
}

/// The seed of a target nobody chose one for (FNV-1a of its name), so that targets differ and runs do not.
fn seed_of(target: &str) -> u64 {
    target
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn number_from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is '{text}' and not a number")))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
