//! Consonant skeletons: what of a name survives every romanisation, as a key that costs a few lookups.
//!
//! A consonant has a class (labial, dental, velar, sibilant, liquid, m, n) and, within it, a set of sounds. The classes
//! of a word are its key; the sounds are compared afterwards, bit by bit. Vowels, h and glides are left out. For Latin
//! letters the rules stand here; for every other script they are worked out once from the learnt letter tables
//! ([`barid_names::channel`]): which Latin letters a native letter is likely to stand for. Where writing leaves a class
//! open (`ch` in Michael, `w` in Walid), a word has several skeletons, [`MAX_VARIANTS`] at most.

use std::sync::OnceLock;

use barid_names::hashing::IntegerMap;
use barid_names::letters::latin_letters;
use barid_names::script::{ALL_SCRIPTS, Script, Writing};
use barid_names::tables::tables;

/// Skeletons of one word that are followed.
pub(super) const MAX_VARIANTS: usize = 12;
/// Consonants kept of one word.
pub(super) const MAX_CONSONANTS: usize = 8;

const LABIAL: u8 = 1;
const DENTAL: u8 = 2;
const VELAR: u8 = 3;
const SIBILANT: u8 = 4;
const LIQUID: u8 = 5;
const M: u8 = 6;
const N: u8 = 7;

const ANY: u8 = 0xff;
// Sounds of labials.
const B: u8 = 1;
const P: u8 = 2;
const F: u8 = 4;
const V: u8 = 8;
const W: u8 = 16;
// Of dentals.
const T: u8 = 1;
const D: u8 = 2;
const TH: u8 = 4;
const DH: u8 = 8;
// Of velars.
const K: u8 = 1;
const G: u8 = 2;
const KH: u8 = 4;
const Q: u8 = 8;
const GH: u8 = 16;
const H: u8 = 32;
const C: u8 = 64;
// Of sibilants.
const S: u8 = 1;
const Z: u8 = 2;
const SH: u8 = 4;
const ZH: u8 = 8;
const CH: u8 = 16;
const J: u8 = 32;
const TS: u8 = 64;
const SOFT_C: u8 = 128;
// Of liquids.
const L: u8 = 1;
const R: u8 = 2;

// What may stand between two consonants.
const A: u8 = 1;
const E: u8 = 2;
const I: u8 = 4;
const O: u8 = 8;
const U: u8 = 16;
const NO_VOWEL: u8 = 32;
const ANY_VOWEL: u8 = 63;
/// Places of vowels kept of one word: before the first consonant and after each of the first four.
const VOWEL_PLACES: usize = 5;
/// The lowest bit of every place.
const EVERY_PLACE: u32 = 0x0104_1041;

/// One consonant: its class and the sounds it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Consonant {
    class: u8,
    sounds: u8,
}

const fn consonant(class: u8, sounds: u8) -> Consonant {
    Consonant { class, sounds }
}

/// The consonants of one word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Skeleton {
    /// Classes, four bits each, the first one lowest.
    pub(super) classes: u32,
    /// Sounds, eight bits each.
    pub(super) sounds: u64,
    /// How many there are.
    pub(super) length: u8,
    /// The vowels that may stand before the first consonant and after each of the first four, six bits each.
    vowels: u32,
}

impl Skeleton {
    /// Adds vowels of which one stands after the last consonant; nothing may be among them.
    fn add_vowels(&mut self, vowels: u8) {
        let place = usize::from(self.length);
        if place >= VOWEL_PLACES || vowels == 0 {
            return;
        }
        let known = self.vowels_at(place);
        let both =
            if known == 0 { vowels } else { ((known | vowels) & !NO_VOWEL) | (known & vowels & NO_VOWEL) };
        self.set_vowels(place, both);
    }

    fn vowels_at(&self, place: usize) -> u8 {
        (self.vowels >> (6 * place)) as u8 & ANY_VOWEL
    }

    fn set_vowels(&mut self, place: usize, vowels: u8) {
        self.vowels &= !(u32::from(ANY_VOWEL) << (6 * place));
        self.vowels |= u32::from(vowels) << (6 * place);
    }

    /// Takes in what another reading with the same classes has.
    fn add_reading(&mut self, other: &Skeleton) {
        self.sounds |= other.sounds;
        for place in 0..VOWEL_PLACES.min(usize::from(self.length) + 1) {
            let [a, b] = [self, other].map(|s| match s.vowels_at(place) {
                0 => NO_VOWEL,
                vowels => vowels,
            });
            self.set_vowels(place, a | b);
        }
    }

    /// Fills the places where no vowel is written; those after the last consonant kept may have any.
    fn settle_vowels(&mut self, unwritten: u8) {
        for place in 0..VOWEL_PLACES {
            if place > usize::from(self.length) {
                self.set_vowels(place, ANY_VOWEL);
                continue;
            }
            let written = self.vowels_at(place);
            if written == 0 || written & NO_VOWEL != 0 {
                self.set_vowels(place, written | if place == 0 { NO_VOWEL } else { unwritten });
            }
        }
    }

    /// The sounds of the first four consonants, and the vowels round them in the high half.
    pub(super) fn signature(&self) -> u64 {
        u64::from(self.vowels) << 32 | u64::from(self.first_sounds())
    }

    /// Adds a consonant; `touching` says that no vowel stands before it.
    fn push(&mut self, next: Consonant, touching: bool) {
        let length = usize::from(self.length);
        // What is written with two letters of one place in the mouth (dt, ck, pf) is one sound elsewhere.
        if touching && length > 0 && self.class_at(length - 1) == next.class && next.class != LIQUID {
            self.sounds |= u64::from(next.sounds) << (8 * (length - 1));
            return;
        }
        // t + s is one affricate in some scripts and two letters in others: always one.
        if next.class == SIBILANT && length > 0 && self.class_at(length - 1) == DENTAL {
            self.classes ^= u32::from(DENTAL ^ SIBILANT) << (4 * (length - 1));
            self.sounds |= u64::from(ANY) << (8 * (length - 1));
            return;
        }
        // n is m before a labial: some write what is said, some what it comes from. Not all scripts tell whether they touch.
        let sure = touching || next.sounds & (V | W | F) == 0;
        let stop = sure && next.class == LABIAL && next.sounds & (B | P) != 0 && next.sounds & F == 0;
        if stop && length > 0 && self.class_at(length - 1) == N {
            self.classes ^= u32::from(N ^ M) << (4 * (length - 1));
        }
        if length < MAX_CONSONANTS {
            self.classes |= u32::from(next.class) << (4 * length);
            self.sounds |= u64::from(next.sounds) << (8 * length);
            self.length += 1;
        }
    }

    fn class_at(&self, at: usize) -> u8 {
        (self.classes >> (4 * at) & 15) as u8
    }

    /// The sounds of the first four consonants; where there is none, any.
    fn first_sounds(&self) -> u32 {
        let missing = match self.length {
            0 => u32::MAX,
            length @ 1..=3 => u32::MAX << (8 * u32::from(length)),
            _ => 0,
        };
        self.sounds as u32 | missing
    }

    /// The same with the sounds that writers of Latin letters confuse.
    fn widened(&self) -> Skeleton {
        let mut wide = *self;
        for at in 0..usize::from(self.length) {
            let sounds = (self.sounds >> (8 * at)) as u8;
            wide.sounds |= u64::from(confused(self.class_at(at), sounds)) << (8 * at);
        }
        for place in 0..VOWEL_PLACES {
            wide.set_vowels(place, confused_vowels(self.vowels_at(place)));
        }
        wide
    }
}

/// How many places have other vowels in two words whose consonants may all be the same sounds; `None` if not all may.
pub(super) fn vowels_apart(a: u64, b: u64) -> Option<u32> {
    let both = a & b;
    let sounds = both as u32;
    if sounds.wrapping_sub(0x0101_0101) & !sounds & 0x8080_8080 != 0 {
        return None;
    }
    let vowels = (both >> 32) as u32;
    let halves = vowels | vowels >> 3;
    let same = (halves | halves >> 1 | halves >> 2) & EVERY_PLACE;
    Some(VOWEL_PLACES as u32 - same.count_ones())
}

/// Whether two words with one skeleton may be one name: with the same vowels in all places but one, and in all where it
/// has a single consonant.
pub(super) fn signatures_agree(a: u64, b: u64, length: u8) -> bool {
    vowels_apart(a, b).is_some_and(|apart| apart <= u32::from(length > 1))
}

/// The vowels that writers of Latin letters confuse with these.
fn confused_vowels(vowels: u8) -> u8 {
    let table = [(A, E | O), (E, A | I), (I, E), (O, U | A), (U, O)];
    table.iter().filter(|(vowel, _)| vowels & vowel != 0).fold(vowels, |wide, (_, more)| wide | more)
}

/// What a Latin letter adds where it is read as a vowel.
fn vowel_of(letter: u8) -> u8 {
    match letter {
        b'a' => A,
        b'e' => E,
        b'i' | b'y' | b'j' => I,
        b'o' => O,
        b'u' | b'w' => U,
        _ => 0,
    }
}

fn confused(class: u8, sounds: u8) -> u8 {
    let table: &[(u8, u8)] = match class {
        LABIAL => &[(B, P | V), (P, B | F), (F, V | P), (V, W | F | B), (W, V | F)],
        DENTAL => &[(T, TH), (D, DH), (TH, T | D | DH), (DH, D | TH)],
        VELAR => &[
            (K, Q | C | KH),
            (G, GH | Q),
            (KH, K | H | C),
            (Q, K | G | GH | C),
            (GH, G | Q),
            (H, KH | G),
            (C, K | Q | KH),
        ],
        SIBILANT => &[
            (S, Z | SH | TS | SOFT_C),
            (Z, S | ZH | TS),
            (SH, S | CH | ZH),
            (ZH, J | Z | SH),
            (CH, SH | TS | J | SOFT_C),
            (J, ZH | CH),
            (TS, S | Z | CH | SOFT_C),
            (SOFT_C, S | TS | CH),
        ],
        _ => &[],
    };
    table.iter().filter(|(sound, _)| sounds & sound != 0).fold(0, |wide, (_, more)| wide | more)
}

/// Readings of some letters: each a row of consonants, the usual one first.
type Readings = &'static [&'static [Consonant]];

macro_rules! readings {
    ($([$($class:ident $sounds:expr),*]),+) => {
        const { &[$(&[$(consonant($class, $sounds)),*] as &[Consonant]),+] as Readings }
    };
}

const NOTHING: Readings = &[&[]];

/// How many plain Latin letters are read together from a place on, and their readings.
fn latin_readings(text: &[u8], at: usize) -> (usize, Readings) {
    let (rest, at_start) = (&text[at..], at == 0);
    let before = if at_start { b' ' } else { text[at - 1] };
    let clusters: &[(&[u8], Readings)] = match rest[0] {
        b's' => &[
            // As in Castle.
            (b"stl", readings!([SIBILANT S, LIQUID L], [SIBILANT S, DENTAL T, LIQUID L])),
            (b"schtsch", readings!([SIBILANT SH | CH], [SIBILANT SH, SIBILANT CH])),
            (b"shch", readings!([SIBILANT SH | CH], [SIBILANT SH, SIBILANT CH])),
            (b"sch", readings!([SIBILANT SH | CH], [SIBILANT S, VELAR K | KH | C])),
            (b"sh", readings!([SIBILANT SH])),
            // As Turkish and Albanian write shch, folded.
            (b"sc", readings!([SIBILANT S, VELAR K | C], [SIBILANT S | SH | CH | SOFT_C])),
            (b"sz", readings!([SIBILANT SH | S])),
        ],
        b't' => &[
            (b"tsch", readings!([SIBILANT CH])),
            (b"tch", readings!([SIBILANT CH])),
            (b"ts", readings!([SIBILANT TS])),
            (b"tz", readings!([SIBILANT TS])),
            (b"th", readings!([DENTAL TH | T], [DENTAL T, VELAR H | KH])),
        ],
        b'd' => &[
            (b"dzh", readings!([SIBILANT J])),
            (b"dj", readings!([SIBILANT J])),
            (b"dz", readings!([SIBILANT J | Z | TS])),
            (b"dh", readings!([DENTAL DH | D])),
        ],
        b'c' => &[
            (b"ch", readings!([SIBILANT CH | SH | S], [VELAR KH | K | C | H])),
            (b"ck", readings!([VELAR K | C], [SIBILANT TS, VELAR K])),
            (b"cz", readings!([SIBILANT CH])),
        ],
        b'z' => &[(b"zh", readings!([SIBILANT ZH | J]))],
        b'k' => &[
            // Also k and h of two syllables, or a k with breath.
            (b"kh", readings!([VELAR KH | K], [])),
            // As Lakshmi, Laxmi and Latchmi.
            (b"ksh", readings!([VELAR K, SIBILANT SH], [SIBILANT SH | CH])),
        ],
        b'g' => &[
            (b"gh", readings!([VELAR GH | G], [])),
            (b"gli", readings!([LIQUID L], [VELAR G, LIQUID L])),
            (b"gn", readings!([VELAR G, N 1], [N 1])),
            // Albanian.
            (b"gj", readings!([SIBILANT J | ZH], [VELAR G])),
        ],
        b'p' => &[
            (b"ph", readings!([LABIAL F | P | V])),
            // As in Baptiste.
            (b"pt", readings!([LABIAL P, DENTAL T], [DENTAL T])),
        ],
        b'b' => &[(b"bh", readings!([LABIAL B | V]))],
        b'j' => &[(b"jh", readings!([SIBILANT J]))],
        b'q' => &[(b"qu", readings!([VELAR Q | K], [VELAR Q | K, LABIAL V | W], [SIBILANT CH | TS | SH]))],
        b'n' => &[(b"ng", readings!([N 1], [N 1, VELAR G]))],
        _ => &[],
    };
    if let Some((letters, readings)) = clusters.iter().find(|(letters, _)| rest.starts_with(letters)) {
        return (letters.len(), readings);
    }
    let length = if rest.get(1) == Some(&rest[0]) { 2 } else { 1 };
    let next = rest.get(length).copied().unwrap_or(b' ');
    let soft = matches!(next, b'e' | b'i' | b'y');
    let place = Place {
        before,
        next,
        soft,
        at_start,
        at_end: rest.len() == length,
        rest: rest.len(),
        doubled: length == 2,
    };
    (length, single_readings(rest[0], &place))
}

/// What stands round a letter.
struct Place {
    before: u8,
    next: u8,
    soft: bool,
    at_start: bool,
    at_end: bool,
    /// Letters from here to the end.
    rest: usize,
    doubled: bool,
}

fn single_readings(letter: u8, place: &Place) -> Readings {
    let Place { before, next, soft, at_start, at_end, rest, doubled } = *place;
    match letter {
        b'b' => readings!([LABIAL B]),
        b'p' => readings!([LABIAL P]),
        b'f' => readings!([LABIAL F]),
        b'v' => readings!([LABIAL V]),
        b'w' if at_start => readings!([LABIAL W | V], []),
        b'w' => readings!([], [LABIAL W | V]),
        // Silent at the end of French names.
        b't' if at_end => readings!([DENTAL T], []),
        b's' if at_end => readings!([SIBILANT S], []),
        b's' if before == b'e' && !is_vowel(next) => readings!([SIBILANT S], []),
        b'r' if before == b'e' && (at_end || (next == b's' && rest == 2)) => readings!([LIQUID R], []),
        b'd' if at_end && matches!(before, b'r' | b'u' | b'n' | b'o') => readings!([DENTAL D], []),
        b'x' if at_end => readings!([VELAR K, SIBILANT S], []),
        b't' => readings!([DENTAL T]),
        b'd' => readings!([DENTAL D]),
        b'k' => readings!([VELAR K]),
        // As in Qing.
        b'q' if next == b'i' => readings!([VELAR Q], [SIBILANT CH | TS | SH]),
        b'q' => readings!([VELAR Q]),
        b'g' if soft => readings!([VELAR G], [SIBILANT J | ZH]),
        b'g' => readings!([VELAR G]),
        b'c' if soft => readings!([SIBILANT SOFT_C | S | TS | CH], [VELAR C]),
        b'c' if at_end => readings!([SIBILANT CH | TS], [VELAR C | K]),
        b'c' if at_start => readings!([VELAR C | K], [SIBILANT J]),
        b'c' => readings!([VELAR C | K]),
        b'h' if !at_end => readings!([], [VELAR H | KH | G]),
        b'j' => readings!([SIBILANT J | ZH], [], [VELAR KH | H]),
        b's' if !doubled && is_vowel(before) && is_vowel(next) => readings!([SIBILANT S | Z]),
        b's' => readings!([SIBILANT S]),
        b'z' => readings!([SIBILANT Z]),
        // Uzbek writes kh so.
        b'x' if at_start => readings!([SIBILANT S | Z | SH], [VELAR K, SIBILANT S], [VELAR KH | H]),
        b'x' => readings!([VELAR K, SIBILANT S], [SIBILANT SH], [VELAR KH | H]),
        // As in Guillaume.
        b'l' if doubled && before == b'i' => readings!([LIQUID L], []),
        // As in Thibault.
        b'l' if before == b'u' && rest == 2 && matches!(next, b't' | b'd') => readings!([LIQUID L], []),
        b'l' => readings!([LIQUID L]),
        b'r' => readings!([LIQUID R]),
        b'm' => readings!([M 1]),
        b'n' => readings!([N 1]),
        _ => NOTHING,
    }
}

/// One reading of some letters: consonants, and what may stand before each and after the last.
#[derive(Debug, Clone, Default, PartialEq)]
struct Reading {
    consonants: Vec<Consonant>,
    vowels: [u8; VOWEL_PLACES],
}

impl Reading {
    fn pair(&self) -> (&[Consonant], [u8; VOWEL_PLACES]) {
        (&self.consonants, self.vowels)
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Extends every skeleton by every reading, as far as there is room for variants.
fn extend<'a>(
    variants: &mut Vec<Skeleton>,
    touching: bool,
    readings: impl Iterator<Item = (&'a [Consonant], [u8; VOWEL_PLACES])>,
) {
    let before = variants.len();
    for (reading, vowels) in readings {
        for variant in 0..before {
            let mut skeleton = variants[variant];
            skeleton.add_vowels(vowels[0]);
            for (place, next) in reading.iter().enumerate() {
                skeleton.push(*next, touching && place == 0);
                skeleton.add_vowels(vowels.get(place + 1).copied().unwrap_or(ANY_VOWEL));
            }
            // Readings that differ in sounds alone are one.
            let same = (before..variants.len()).find(|at| variants[*at].classes == skeleton.classes);
            match same {
                Some(known) => variants[known].add_reading(&skeleton),
                None if variants.len() - before < MAX_VARIANTS => variants.push(skeleton),
                None => {}
            }
        }
    }
    variants.drain(..before);
}

/// The skeletons of plain Latin letter numbers (`a` = 1).
pub(super) fn of_latin(letters: &[u8], variants: &mut Vec<Skeleton>) {
    let text: Vec<u8> = letters.iter().map(|n| b'`' + n).collect();
    variants.clear();
    variants.push(Skeleton::default());
    let mut at = 0;
    let mut touching = false;
    while at < text.len() {
        let (length, readings) = latin_readings(&text, at);
        let vowels = [vowel_of(text[at]), 0, 0, 0, 0];
        let read = readings.iter().map(|r| (*r, if r.is_empty() { vowels } else { [0; VOWEL_PLACES] }));
        extend(variants, touching, read);
        touching = !readings[0].is_empty();
        at += length;
    }
    variants.iter_mut().for_each(|skeleton| skeleton.settle_vowels(NO_VOWEL));
}

/// The same for letters met in a text: with the sounds that writers confuse.
pub(super) fn of_latin_text(letters: &[u8], variants: &mut Vec<Skeleton>) {
    of_latin(letters, variants);
    variants.iter_mut().for_each(|skeleton| *skeleton = skeleton.widened());
}

/// What a native letter, or two of them, may stand for.
#[derive(Debug, Clone, Default)]
struct NativeRow {
    /// The usual reading and, where it is likely enough, another one.
    readings: Vec<Reading>,
    /// The likeliest Latin letters.
    latin: Vec<u8>,
    /// Sum of the weights of its readings.
    weight: f32,
}

#[derive(Debug, Default)]
struct NativeTable {
    single: IntegerMap<u32, NativeRow>,
    double: IntegerMap<u64, NativeRow>,
}

impl NativeTable {
    fn is_consonant(&self, letter: char) -> bool {
        self.single.get(&(letter as u32)).is_some_and(|row| !row.readings[0].consonants.is_empty())
    }
}

/// A second reading is kept from this share of the letter's weight on, a sound from this one.
const OTHER_READING: f32 = 0.12;
const OTHER_SOUND: f32 = 0.015;
/// A vowel of a reading is kept from this share of its weight on.
const OTHER_VOWEL: f32 = 0.02;
/// Two letters are read as one sound from this share of the weight of both apart on.
const DOUBLE: f32 = 0.3;
/// How likely a letter is to be written for nothing that Latin letters show.
const SILENT: f32 = 0.05;

fn native_tables() -> &'static [NativeTable] {
    static TABLES: OnceLock<Vec<NativeTable>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut alphabets: Vec<Vec<char>> = ALL_SCRIPTS.iter().map(|_| Vec::new()).collect();
        for c in (0x80u32..0x1_0000).filter_map(char::from_u32) {
            if let Some(script) = Script::of(c) {
                alphabets[script as usize].push(c);
            }
        }
        ALL_SCRIPTS.iter().map(|script| native_table(*script, &alphabets[*script as usize])).collect()
    })
}

fn native_table(script: Script, letters: &[char]) -> NativeTable {
    let mut table = NativeTable::default();
    if matches!(script, Script::Latin | Script::Other) {
        return table;
    }
    let mut known = Vec::new();
    for letter in letters {
        if let Some(row) = native_row(script, &[*letter]) {
            table.single.insert(*letter as u32, row);
            known.push(*letter);
        }
    }
    // A Han character is a syllable of its own; pairs of them would be a table too large.
    if script == Script::Han {
        return table;
    }
    for (first, second) in known.iter().flat_map(|a| known.iter().map(move |b| (*a, *b))) {
        // Read once or twice below: by itself `cc` would be read as at the end of a word.
        if first == second {
            continue;
        }
        let Some(row) = native_row(script, &[first, second]) else { continue };
        let (a, b) = (&table.single[&(first as u32)], &table.single[&(second as u32)]);
        let apart = one_after_another(&a.readings[0], &b.readings[0]);
        if row.weight > DOUBLE * a.weight * b.weight && row.readings[0].consonants != apart.consonants {
            let apart =
                a.readings.iter().flat_map(|x| b.readings.iter().map(move |y| one_after_another(x, y)));
            let readings = std::iter::once(row.readings[0].clone()).chain(apart).collect();
            table.double.insert(pair_key(first, second), NativeRow { readings, ..row });
        }
    }
    table
}

/// Two readings as one.
fn one_after_another(a: &Reading, b: &Reading) -> Reading {
    let mut both = a.clone();
    let middle = a.consonants.len();
    for (place, vowels) in b.vowels.iter().enumerate().take(b.consonants.len() + 1) {
        if let Some(known) = both.vowels.get_mut(middle + place) {
            *known |= vowels;
        }
    }
    both.consonants.extend(&b.consonants);
    both
}

fn pair_key(first: char, second: char) -> u64 {
    u64::from(first as u32) << 32 | u64::from(second as u32)
}

/// Works out a row from the Latin chunks behind native letters: P(native | Latin) times P(Latin).
fn native_row(script: Script, native: &[char]) -> Option<NativeRow> {
    let channel = tables().channel(script);
    let chunk = channel.chunk(native)?;
    let model = &tables().background.latin;
    let mut groups: Vec<Group> = Vec::new();
    let mut best: (f32, Vec<u8>) = (0.0, Vec::new());
    let mut variants = Vec::new();
    let mut options: Vec<(Vec<u8>, f32)> = channel
        .options(chunk)
        .iter()
        .map(|(packed, log_p)| {
            let letters: Vec<u8> = barid_names::channel::unpack_latin(*packed).collect();
            let prior: f32 =
                letters.iter().map(|n| model.probability(&[], u16::from(*n) + 96)).product::<f32>();
            let prior = match script {
                // Every character shares a syllable with all that are read so.
                Script::Han => likely_syllable(&letters) * channel.ways_to_write(*packed) as f32,
                _ if letters.is_empty() => SILENT,
                _ => prior,
            };
            (letters, log_p.exp() * prior)
        })
        .collect();
    options.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    for (letters, weight) in options {
        if weight > best.0 {
            best = (weight, letters.clone());
        }
        of_latin(&letters, &mut variants);
        variants.truncate(if script == Script::Han { 1 } else { MAX_VARIANTS });
        // Latin letters that may be read in two ways speak for the one that other spellings of the letter speak for.
        let weight_of = |skeleton: &Skeleton| {
            groups
                .iter()
                .find(|known| same_classes(&known.consonants, skeleton))
                .map_or(0.0, |known| known.weight)
        };
        // h is spoken or silent, and in between in other scripts: both count.
        if matches!(letters.as_slice(), [8] | [11, 8] | [7, 8]) {
            variants.iter().for_each(|skeleton| add_to_group(&mut groups, skeleton, weight / 2.0));
            continue;
        }
        let likeliest = variants.iter().rev().max_by(|a, b| weight_of(a).total_cmp(&weight_of(b))).copied();
        if let Some(skeleton) = likeliest {
            add_to_group(&mut groups, &skeleton, weight);
        }
    }
    groups.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let weight: f32 = groups.iter().map(|group| group.weight).sum();
    let most = groups.first()?.weight;
    let kept = if script == Script::Han { 3 } else { 2 };
    let likely = groups.into_iter().take_while(|group| group.weight >= OTHER_READING * most);
    let mut readings: Vec<Reading> = likely.take(kept).map(Group::reading).collect();
    if matches!(native, [sign] if is_nasal_sign(*sign)) {
        readings = vec![lone_consonant(consonant(N, 1))];
    }
    // Russian writes Chinese and Japanese sounds with the letters next to them (си is shi, цзи is ji, ци is qi).
    if let (Script::Cyrillic, ['с' | 'ц']) = (script, native) {
        let sounds = if native == ['с'] { SH } else { J | CH };
        readings.iter_mut().flat_map(|r| &mut r.consonants).for_each(|c| c.sounds |= sounds);
    }
    // Between vowels and at the beginning of a word waw is a consonant, which Latin `w` leaves open.
    if matches!(native, ['و' | 'ו']) {
        readings.truncate(1);
        readings.push(lone_consonant(consonant(LABIAL, V | W | B)));
    }
    Some(NativeRow { readings, latin: best.1, weight })
}

/// What others than Mandarin syllables weigh for each letter after the first.
const OTHER_SYLLABLE: f32 = 0.3;

/// How likely Latin letters are to be what one Han character stands for: a Mandarin syllable is one choice however many
/// letters it takes.
fn likely_syllable(letters: &[u8]) -> f32 {
    let text: Vec<u8> = letters.iter().map(|n| b'`' + n).collect();
    if is_mandarin(&text) { 1.0 } else { OTHER_SYLLABLE.powi(letters.len().saturating_sub(1) as i32) }
}

fn is_mandarin(text: &[u8]) -> bool {
    const FINALS: &[&str] = &[
        "a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "ong", "er", "i", "ia", "iao", "ie",
        "iu", "ian", "in", "iang", "ing", "iong", "u", "ua", "uo", "uai", "ui", "uan", "un", "uang", "ue",
    ];
    let initial = match text {
        [b'z' | b'c' | b's', b'h', ..] => 2,
        [b'a' | b'o' | b'e', ..] => 0,
        [b'b'..=b'd' | b'f'..=b'h' | b'j'..=b'n' | b'p'..=b't' | b'w'..=b'z', ..] => 1,
        _ => return false,
    };
    FINALS.iter().any(|last| last.as_bytes() == &text[initial..])
}

fn lone_consonant(consonant: Consonant) -> Reading {
    Reading { consonants: vec![consonant], vowels: [NO_VOWEL; VOWEL_PLACES] }
}

/// Latin chunks with the same consonants behind a native one.
struct Group {
    consonants: Vec<Consonant>,
    weight: f32,
    /// How much of the weight has each vowel in each place.
    vowels: [[f32; 6]; VOWEL_PLACES],
}

impl Group {
    fn reading(self) -> Reading {
        let mut vowels = [0; VOWEL_PLACES];
        for (set, weights) in vowels.iter_mut().zip(self.vowels).take(self.consonants.len() + 1) {
            for (bit, weight) in weights.iter().enumerate() {
                *set |= u8::from(*weight >= OTHER_VOWEL * self.weight) << bit;
            }
        }
        Reading { consonants: self.consonants, vowels }
    }
}

fn same_classes(reading: &[Consonant], skeleton: &Skeleton) -> bool {
    reading.len() == usize::from(skeleton.length)
        && reading.iter().enumerate().all(|(at, known)| known.class == skeleton.class_at(at))
}

fn add_to_group(groups: &mut Vec<Group>, skeleton: &Skeleton, share: f32) {
    let reading: Vec<Consonant> = (0..usize::from(skeleton.length))
        .map(|at| consonant(skeleton.class_at(at), (skeleton.sounds >> (8 * at)) as u8))
        .collect();
    let at = match groups.iter().position(|known| same_classes(&known.consonants, skeleton)) {
        Some(at) => at,
        None => {
            groups.push(Group { consonants: reading.clone(), weight: 0.0, vowels: Default::default() });
            groups.len() - 1
        }
    };
    let group = &mut groups[at];
    // Options come likeliest first: rare sounds of a reading are left out.
    if share >= OTHER_SOUND * group.weight {
        group.consonants.iter_mut().zip(&reading).for_each(|(known, new)| known.sounds |= new.sounds);
    }
    group.weight += share;
    for (place, weights) in group.vowels.iter_mut().enumerate() {
        let vowels = skeleton.vowels_at(place);
        weights.iter_mut().enumerate().for_each(|(bit, w)| *w += share * f32::from(vowels >> bit & 1));
    }
}

/// The skeletons of folded native letters, and their likeliest plain Latin letters.
pub(super) fn of_native(script: Script, native: &[char], variants: &mut Vec<Skeleton>, latin: &mut Vec<u8>) {
    latin.clear();
    if matches!(script, Script::Latin | Script::Other) {
        latin.extend(
            native.iter().map(|c| (*c as u32).wrapping_sub(96) as u8).filter(|n| (1..=26).contains(n)),
        );
        return of_latin_text(latin, variants);
    }
    let table = &native_tables()[script as usize];
    variants.clear();
    variants.push(Skeleton::default());
    let alphabet = script.writing() == Writing::Alphabet;
    let mut touching = false;
    let mut at = 0;
    while at < native.len() {
        let next = native.get(at + 1);
        let nasal = at > 0 && is_nasal_sign(native[at - 1]);
        let touching_here = nasal
            || (touching && alphabet && table.is_consonant(native[at]))
            || (at > 0 && closes_syllable(native[at - 1]));
        let ou = script == Script::Armenian && next == Some(&'ո') && native.get(at + 2) == Some(&'ւ');
        let double = next.filter(|_| !ou).and_then(|next| table.double.get(&pair_key(native[at], *next)));
        let row = double.or_else(|| table.single.get(&(native[at] as u32)));
        let twice = double.is_none() && next == native.get(at) && script != Script::Han;
        match row {
            _ if script == Script::Armenian && native[at] == 'ո' && next == Some(&'ւ') => {
                extend(variants, false, std::iter::once((&[] as &[Consonant], [U, 0, 0, 0, 0])));
                latin.push(21);
                at += 2;
                touching = false;
                continue;
            }
            Some(row) if twice => {
                // Written twice it is one long sound, or, where vowels are left out, two.
                let once = &row.readings[0];
                let apart = one_after_another(once, once);
                let vowel = once.consonants.is_empty() || !leaves_vowels_out(script);
                let apart = (!vowel).then_some(&apart);
                extend(variants, false, row.readings.iter().chain(apart).map(Reading::pair));
                latin.extend(&row.latin);
            }
            // At the end of a Thai syllable l and r are spoken n.
            Some(row)
                if script == Script::Thai && next.is_none() && matches!(native[at], 'ล' | 'ร' | 'ฬ') =>
            {
                let readings = [row.readings[0].clone(), lone_consonant(consonant(N, 1))];
                extend(variants, touching_here, readings.iter().map(Reading::pair));
                latin.extend(&row.latin);
            }
            Some(row) => {
                extend(variants, touching_here, row.readings.iter().map(Reading::pair));
                latin.extend(&row.latin);
            }
            None => extend_unknown(native[at], variants, latin),
        }
        at += if double.is_some() || twice { 2 } else { 1 };
        touching = table.is_consonant(native[at - 1]);
    }
    let unwritten = unwritten_vowels(script);
    variants.iter_mut().for_each(|skeleton| skeleton.settle_vowels(unwritten));
}

/// The vowels that may be spoken after a consonant where none is written.
fn unwritten_vowels(script: Script) -> u8 {
    match script.writing() {
        Writing::Consonants => ANY_VOWEL,
        Writing::ConsonantsWithVowelSigns => match script {
            Script::Thai | Script::Lao | Script::Khmer | Script::Burmese => ANY_VOWEL,
            _ => NO_VOWEL | A | O | E,
        },
        Writing::Latin | Writing::Alphabet | Writing::Syllables | Writing::Characters => NO_VOWEL,
    }
}

/// Signs for a nasal with no vowel after it.
fn is_nasal_sign(letter: char) -> bool {
    matches!(
        letter,
        'ン' | '\u{902}' | '\u{982}' | '\u{a02}' | '\u{a70}' | '\u{a82}' | '\u{c02}' | '\u{c82}' | '\u{d02}'
    )
}

/// Hangul consonants at the end of a syllable, before which no vowel of the next one stands.
fn closes_syllable(letter: char) -> bool {
    matches!(letter, '\u{11a8}'..='\u{11c2}')
}

fn leaves_vowels_out(script: Script) -> bool {
    matches!(script.writing(), Writing::Consonants | Writing::ConsonantsWithVowelSigns)
}

/// A letter that no table knows, by its plain romanisation.
fn extend_unknown(letter: char, variants: &mut Vec<Skeleton>, latin: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    let Some(script) = Script::of(letter) else { return };
    let folded = barid_names::letters::fold_native(letter.encode_utf8(&mut buffer), script);
    if script == Script::Other {
        let text: String = folded.iter().collect();
        let letters = latin_letters(&text);
        let mut own = Vec::new();
        of_latin(&letters, &mut own);
        if let Some(first) = own.first() {
            let mut reading = Vec::new();
            for at in 0..usize::from(first.length) {
                reading.push(consonant(first.class_at(at), ANY));
            }
            extend(variants, false, std::iter::once((reading.as_slice(), [ANY_VOWEL; VOWEL_PLACES])));
        }
        latin.extend(letters);
    }
}

#[cfg(test)]
mod tests {
    use barid_names::letters::fold_native;

    use super::*;

    fn meet(latin: &str, text: &str, script: Script) -> bool {
        let (mut recorded, mut met, mut spelling) = (Vec::new(), Vec::new(), Vec::new());
        of_latin(&latin_letters(latin), &mut recorded);
        of_native(script, &fold_native(text, script), &mut met, &mut spelling);
        recorded.iter().any(|a| {
            met.iter()
                .any(|b| a.classes == b.classes && signatures_agree(a.signature(), b.signature(), a.length))
        })
    }

    #[test]
    fn names_meet_across_scripts() {
        for (latin, text, script) in [
            ("kalachev", "Калачев", Script::Cyrillic),
            ("kalachev", "कालाचेव", Script::Devanagari),
            ("kalachev", "কালাচেভ", Script::Bengali),
            ("kalachev", "كالاتشيف", Script::Arabic),
            ("kalachev", "کالاچف", Script::Arabic),
            ("kalachev", "קלאצ'ב", Script::Hebrew),
            ("kalachev", "カラチェフ", Script::Kana),
            ("kalachev", "칼라체프", Script::Hangul),
            ("kalachev", "卡拉切夫", Script::Han),
            ("kalachev", "Καλάτσεφ", Script::Greek),
            ("kalachev", "კალაჩევი", Script::Georgian),
            ("kalachev", "Կալաչև", Script::Armenian),
            ("kalachev", "คาลาเชฟ", Script::Thai),
            ("valery", "ভ্যালেরি", Script::Bengali),
            ("valery", "Валерий", Script::Cyrillic),
            ("muhammad", "محمد", Script::Arabic),
            ("mohammed", "মুহাম্মদ", Script::Bengali),
            ("hassan", "Хасан", Script::Cyrillic),
            ("khalid", "Халид", Script::Cyrillic),
            ("khalid", "خالد", Script::Arabic),
            ("walid", "وليد", Script::Arabic),
            ("george", "Джордж", Script::Cyrillic),
            ("johnson", "جونسون", Script::Arabic),
            ("dmitri", "Ντμίτρι", Script::Greek),
            ("boris", "Μπόρις", Script::Greek),
            ("xiaoliang", "晓亮", Script::Han),
            ("yusuf", "یوسف", Script::Arabic),
            ("sokolov", "Соколов", Script::Cyrillic),
            ("guoliang", "国良", Script::Han),
            ("jianhong", "建宏", Script::Han),
            ("jiaming", "家明", Script::Han),
            ("shufen", "淑芬", Script::Han),
            ("zhiwei", "志伟", Script::Han),
            ("yongcheng", "永诚", Script::Han),
            ("chen", "陈", Script::Han),
            ("rattanaphon", "รัตนผล", Script::Thai),
            ("hovsepyan", "هوسپیان", Script::Arabic),
            ("sokolnikova", "سوکولنیکووا", Script::Arabic),
            ("desrochers", "Дерошер", Script::Cyrillic),
            ("meenakshi", "மீனாட்சி", Script::Tamil),
            ("bohdan", "Богдан", Script::Cyrillic),
        ] {
            assert!(meet(latin, text, script), "{latin} {text} {}", shown(latin, text, script));
        }
    }

    fn shown(latin: &str, text: &str, script: Script) -> String {
        let (mut recorded, mut met, mut spelling) = (Vec::new(), Vec::new(), Vec::new());
        of_latin(&latin_letters(latin), &mut recorded);
        of_native(script, &fold_native(text, script), &mut met, &mut spelling);
        let row = |all: &[Skeleton]| {
            all.iter()
                .map(|s| format!("{:x}/{:x}/{:o}", s.classes, s.sounds, s.vowels))
                .collect::<Vec<_>>()
                .join(" ")
        };
        format!("recorded {} met {}", row(&recorded), row(&met))
    }

    #[test]
    fn other_names_do_not_meet() {
        for (latin, text, script) in [
            ("kalachev", "Калугин", Script::Cyrillic),
            ("petrov", "Сидоров", Script::Cyrillic),
            ("hassan", "خالد", Script::Arabic),
            ("wang", "李", Script::Han),
        ] {
            assert!(!meet(latin, text, script), "{latin} {text}");
        }
    }
}
