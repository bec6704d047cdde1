//! Recorded names laid out for screening: pairs of their parts by skeleton, behind a filter of bits.
//!
//! Built once from all names; a text is then passed over it without a search per word. For every two parts of a name (in
//! any order) there is an entry under the hash of both skeletons, with the sounds of both beside it, so that most
//! entries of other names are passed over without being opened.

use std::collections::HashMap;

use barid_names::name::{Name, Part, PartDetails};
use barid_names::roles::Role;
use barid_names::script::Script;

use crate::interner::Interner;

use super::ethiopic::latin_of_ethiopic;
use super::skeleton::{Skeleton, of_latin, of_native, signatures_agree, vowels_apart};

/// Characters kept of one recorded name.
pub const MAX_NAME_CHARS: usize = 400;
/// Units of one name (parts, and neighbours written together) that are paired.
const MAX_UNITS: usize = 9;
/// Entries made of one name.
const MAX_ENTRIES: usize = 160;
/// Skeletons shorter than this together tell too little: such pairs are found by all their letters.
pub(super) const SHORTEST_PAIR: u8 = 3;
/// In so many places of both words together the vowels may differ; in a text in syllables, in so many.
const MOST_APART: u32 = 1;
const MOST_APART_IN_SYLLABLES: u32 = 2;
/// Bits of the filter per entry.
const FILTER_BITS: usize = 12;

/// Two parts of a recorded name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u32,
    name: u32,
    sounds: [u64; 2],
}

/// A recorded name.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameRow {
    /// The caller's number of the record.
    pub(super) slot: u32,
    /// The number of its visibility class.
    pub(super) class: u16,
    /// Where its parts and its joined parts end; they begin where those of the name before end.
    parts_end: u32,
    joined_end: u32,
}

/// The number of a distinct part.
pub(super) type PartId = u32;

/// A skeleton with what is needed to look a pair up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) classes: u32,
    /// Consonants and vowels: [`Skeleton::signature`].
    pub(super) sounds: u64,
    pub(super) length: u8,
    /// Whether short vowels are left out in writing: then those that are written agree.
    pub(super) strict: bool,
    /// Whether it is written in syllables, which bend the vowels of foreign names.
    pub(super) bent: bool,
    /// A hash of the plain Latin letters.
    pub(super) letters: u32,
}

impl Key {
    pub(super) fn new(skeleton: &Skeleton, latin: &[u8]) -> Key {
        Key {
            classes: skeleton.classes,
            sounds: skeleton.signature(),
            length: skeleton.length,
            strict: false,
            bent: false,
            letters: hash_of(latin.iter().map(|n| u32::from(*n))),
        }
    }
}

fn hash_of(values: impl Iterator<Item = u32>) -> u32 {
    let hash = values.fold(0xcbf2_9ce4_8422_2325u64, |hash, value| {
        (hash ^ u64::from(value)).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
    });
    (hash ^ hash >> 32) as u32
}

/// The key of two parts, the same in either order, with their sounds in the order of the entry.
pub(super) fn pair_of(a: &Key, b: &Key) -> (u32, [u64; 2]) {
    if a.length + b.length < SHORTEST_PAIR {
        let (x, y) = (a.letters.min(b.letters), a.letters.max(b.letters));
        return (hash_of([0xffff_ffff, x, y].into_iter()), [u64::MAX; 2]);
    }
    let (x, y) = if a.classes <= b.classes { (a, b) } else { (b, a) };
    (hash_of([x.classes, y.classes].into_iter()), [x.sounds, y.sounds])
}

/// Distinct recorded parts.
#[derive(Debug, Default)]
struct Parts {
    keys: Interner,
    details: Vec<PartDetails>,
}

/// Collects names for a [`ScreeningIndex`].
#[derive(Debug, Default)]
pub struct ScreeningIndexBuilder {
    names: Vec<NameRow>,
    parts: Parts,
    parts_of_names: Vec<PartId>,
    joined: Vec<(u8, PartId)>,
    /// Skeleton keys of the distinct parts.
    skeletons: Vec<Vec<Key>>,
    beginnings: Vec<u32>,
    whole: HashMap<Vec<char>, Vec<u32>>,
    entries: Vec<Entry>,
}

/// Recorded names, ready for texts.
#[derive(Debug)]
pub struct ScreeningIndex {
    names: Vec<NameRow>,
    parts: Parts,
    parts_of_names: Vec<PartId>,
    /// Neighbouring parts of names that may stand as one word: the first of them, and both as one part.
    joined: Vec<(u8, PartId)>,
    /// Skeleton keys of the distinct parts, and where those of each end.
    skeletons: Vec<Key>,
    skeletons_end: Vec<u32>,
    /// Classes of skeletons of single parts, in ascending order, with the parts.
    singles: Vec<(u32, PartId)>,
    /// The names that each part stands in, and where those of each end.
    names_of_parts: Vec<u32>,
    names_of_parts_end: Vec<u32>,
    /// The Latin letters that each part may begin with, as bits.
    beginnings: Vec<u32>,
    /// Names of one part in Han, by its characters.
    whole: HashMap<Vec<char>, Vec<u32>>,
    /// In ascending order of keys.
    entries: Vec<Entry>,
    /// Where the entries of keys with the same first bits begin.
    starts: Vec<u32>,
    shift: u32,
    filter: Vec<u64>,
}

/// A part of a recorded name, or two neighbours that writers put together.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordUnit {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) part: PartId,
}

impl RecordUnit {
    pub(super) fn overlaps(&self, other: &RecordUnit) -> bool {
        self.first < other.first + other.count && other.first < self.first + self.count
    }
}

impl ScreeningIndexBuilder {
    /// Nothing yet.
    pub fn new() -> ScreeningIndexBuilder {
        ScreeningIndexBuilder::default()
    }

    /// Enters a name of the record with the caller's number `slot`, seen by those who may see `class`. Names without
    /// letters are passed over; of long ones the first [`MAX_NAME_CHARS`] characters are read.
    pub fn insert(&mut self, slot: u32, class: u16, text: &str) {
        let text: String = text.chars().take(MAX_NAME_CHARS).collect();
        let text = latin_of_ethiopic(&text).unwrap_or(text);
        // After a comma stand the given names: in texts they come first.
        let text = match text.split_once(',') {
            Some((surname, given)) if !given.contains(',') => format!("{given} {surname}"),
            _ => text,
        };
        let parsed = Name::parse(&text);
        let parts = parsed.parts();
        if parts.is_empty() {
            return;
        }
        let number = self.names.len() as u32;
        let ids: Vec<PartId> = parts.iter().map(|part| self.part_id(part)).collect();
        let joined_start = self.joined.len();
        for first in 0..parts.len().min(usize::from(u8::MAX)) {
            let Some([a, b]) = parts.get(first..first + 2) else { continue };
            let hyphen = text.contains(&format!("{}-{}", a.text(), b.text()));
            if (hyphen || written_together(a, b, parts.len()))
                && let Some(both) = Part::joined_with_readings(&[a, b])
            {
                let id = self.part_id(&both);
                self.joined.push((first as u8, id));
            }
            if let Some(both) = assimilated(a, b) {
                let id = self.part_id(&both);
                self.joined.push((first as u8, id));
            }
        }
        let units: Vec<RecordUnit> = units(&ids, &self.joined[joined_start..], &self.parts.details).collect();
        // Of a name of one part there are no pairs: a lone word says too little.
        if units.len() > 1 {
            self.enter_pairs(number, &units);
        }
        if let [part] = parts
            && part.script() == Script::Han
            && (SHORTEST_WHOLE..=LONGEST_WHOLE).contains(&part.native().len())
        {
            self.whole.entry(part.native().to_vec()).or_default().push(number);
        }
        self.parts_of_names.extend(ids);
        let (parts_end, joined_end) = (self.parts_of_names.len() as u32, self.joined.len() as u32);
        self.names.push(NameRow { slot, class, parts_end, joined_end });
    }

    fn part_id(&mut self, part: &Part) -> PartId {
        let mut bytes = Vec::new();
        part.write_key(&mut bytes);
        let (id, new) = self.parts.keys.insert(&bytes);
        if new {
            self.parts.details.push(part.details());
            self.skeletons.push(keys_of(part));
            self.beginnings.push(beginnings_of(part));
        }
        id
    }

    fn enter_pairs(&mut self, name: u32, units: &[RecordUnit]) {
        let mut entries = Vec::new();
        for (at, a) in units.iter().enumerate() {
            for b in units[at + 1..].iter().filter(|b| !a.overlaps(b)) {
                let (left, right) = (&self.skeletons[a.part as usize], &self.skeletons[b.part as usize]);
                for (x, y) in left.iter().flat_map(|x| right.iter().map(move |y| (x, y))) {
                    let (key, sounds) = pair_of(x, y);
                    entries.push(Entry { key, name, sounds });
                }
            }
        }
        entries.sort_unstable();
        entries.dedup();
        entries.truncate(MAX_ENTRIES);
        self.entries.extend(entries);
    }

    /// Sorts what was entered.
    pub fn build(mut self) -> ScreeningIndex {
        self.entries.sort_unstable();
        self.entries.shrink_to_fit();
        let bits = (self.entries.len().max(2)).ilog2().clamp(1, 26);
        let shift = 32 - bits;
        let mut starts = vec![0u32; (1 << bits) + 1];
        self.entries.iter().for_each(|entry| starts[(entry.key >> shift) as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let words = (self.entries.len() * FILTER_BITS / 64).next_power_of_two().max(64);
        let mut filter = vec![0u64; words];
        for entry in &self.entries {
            let (word, bit) = place_in_filter(entry.key, words);
            filter[word] |= bit;
        }
        let ScreeningIndexBuilder {
            names, parts, parts_of_names, joined, entries, beginnings, whole, ..
        } = self;
        let (names_of_parts, names_of_parts_end) =
            names_by_part(&names, &parts_of_names, parts.details.len());
        let mut singles: Vec<(u32, PartId)> = self
            .skeletons
            .iter()
            .zip(0..)
            .flat_map(|(keys, part)| keys.iter().map(move |key| (key.classes, part)))
            .collect();
        singles.sort_unstable();
        singles.dedup();
        let skeletons_end = self
            .skeletons
            .iter()
            .scan(0, |end, keys| {
                *end += keys.len() as u32;
                Some(*end)
            })
            .collect();
        let skeletons = self.skeletons.into_iter().flatten().collect();
        ScreeningIndex {
            names,
            parts,
            parts_of_names,
            joined,
            skeletons,
            skeletons_end,
            singles,
            names_of_parts,
            names_of_parts_end,
            beginnings,
            whole,
            entries,
            starts,
            shift,
            filter,
        }
    }
}

/// What of a name is paired: its names proper, and its joined neighbours. If there are not two of those, particles and
/// the like count too.
fn units<'a>(
    ids: &'a [PartId],
    joined: &'a [(u8, PartId)],
    details: &'a [PartDetails],
) -> impl Iterator<Item = RecordUnit> + 'a {
    let role = move |id: &PartId| details[*id as usize].role;
    let proper = move |id: &PartId| matches!(role(id), Role::Name | Role::Patronymic | Role::Title);
    let enough = ids.iter().filter(|id| proper(id)).count() >= 2;
    let single = move |(first, id): (usize, &PartId)| {
        let counts = proper(id) || (!enough && role(id) != Role::Initial);
        counts.then_some(RecordUnit { first, count: 1, part: *id })
    };
    let singles = ids.iter().enumerate().filter_map(single);
    let both =
        joined.iter().map(|(first, id)| RecordUnit { first: usize::from(*first), count: 2, part: *id });
    singles.chain(both).take(MAX_UNITS)
}

fn place_in_filter(key: u32, words: usize) -> (usize, u64) {
    let mixed = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 40) as usize & (words - 1), 1 << (mixed >> 30 & 63))
}

impl ScreeningIndex {
    /// How many names are in it. Not for searchers: a count over what one may not see.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no name is in it.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Entries of pairs.
    pub fn pairs(&self) -> usize {
        self.entries.len()
    }

    /// Bytes held, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.names.capacity() * size_of::<NameRow>()
            + self.parts_of_names.capacity() * size_of::<PartId>()
            + self.joined.capacity() * size_of::<(u8, PartId)>()
            + self.skeletons.capacity() * size_of::<Key>()
            + self.skeletons_end.capacity() * 4
            + self.whole.values().map(|names| 80 + names.capacity() * 4).sum::<usize>()
            + self.parts.details.capacity() * (size_of::<PartDetails>() + 20)
            + self.starts.capacity() * 4
            + self.filter.capacity() * 8
            + self.singles.capacity() * 8
            + (self.names_of_parts.capacity()
                + self.names_of_parts_end.capacity()
                + self.beginnings.capacity())
                * 4
    }

    pub(super) fn row(&self, name: u32) -> NameRow {
        self.names[name as usize]
    }

    /// The parts of a name in order.
    pub(super) fn parts_of(&self, name: u32) -> &[PartId] {
        let start = name.checked_sub(1).map_or(0, |before| self.names[before as usize].parts_end);
        &self.parts_of_names[start as usize..self.names[name as usize].parts_end as usize]
    }

    /// What of a name is paired.
    pub(super) fn units_of(&self, name: u32, out: &mut Vec<RecordUnit>) {
        let start = name.checked_sub(1).map_or(0, |before| self.names[before as usize].joined_end);
        let joined = &self.joined[start as usize..self.names[name as usize].joined_end as usize];
        out.clear();
        out.extend(units(self.parts_of(name), joined, &self.parts.details));
    }

    /// The skeleton keys of a part.
    pub(super) fn keys(&self, part: PartId) -> &[Key] {
        let start = part.checked_sub(1).map_or(0, |before| self.skeletons_end[before as usize]);
        &self.skeletons[start as usize..self.skeletons_end[part as usize] as usize]
    }

    /// A part, ready to be compared; its text is empty.
    pub(super) fn part(&self, id: PartId) -> Option<Part> {
        Part::from_key(self.parts.keys.bytes(id), self.details(id))
    }

    pub(super) fn details(&self, id: PartId) -> PartDetails {
        self.parts.details[id as usize]
    }

    /// The parts with a skeleton like one of these.
    pub(super) fn parts_like(&self, keys: &[Key]) -> Vec<PartId> {
        let mut like = Vec::new();
        for key in keys {
            let first = self.singles.partition_point(|(classes, _)| *classes < key.classes);
            let same = self.singles[first..].iter().take_while(|(classes, _)| *classes == key.classes);
            let agrees = |part: &PartId| {
                let own = |k: &&Key| k.classes == key.classes;
                self.keys(*part).iter().filter(own).any(|k| signatures_agree(k.sounds, key.sounds, k.length))
            };
            like.extend(same.map(|(_, part)| *part).filter(agrees));
        }
        like.sort_unstable();
        like.dedup();
        like
    }

    /// The names that a part stands in.
    pub(super) fn names_of(&self, part: PartId) -> &[u32] {
        let start = part.checked_sub(1).map_or(0, |before| self.names_of_parts_end[before as usize]);
        &self.names_of_parts[start as usize..self.names_of_parts_end[part as usize] as usize]
    }

    /// The Latin letters that a part may begin with, as bits.
    pub(super) fn beginnings(&self, part: PartId) -> u32 {
        self.beginnings[part as usize]
    }

    /// Names of one part in Han that are written with just these characters.
    pub(super) fn whole(&self, characters: &[char]) -> &[u32] {
        self.whole.get(characters).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether there are such names at all.
    pub(super) fn has_whole(&self) -> bool {
        !self.whole.is_empty()
    }

    /// Calls back with every name that has two such parts.
    pub(super) fn probe(&self, a: &Key, b: &Key, mut meet: impl FnMut(u32)) {
        let (key, sounds) = pair_of(a, b);
        let (word, bit) = place_in_filter(key, self.filter.len());
        if self.filter[word] & bit == 0 {
            return;
        }
        let bucket = (key >> self.shift) as usize;
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        let mut last = u32::MAX;
        let lengths = if a.classes <= b.classes { [a.length, b.length] } else { [b.length, a.length] };
        let longest_exact = if a.strict { 2 } else { 1 };
        let most = if a.bent && b.bent { MOST_APART_IN_SYLLABLES } else { MOST_APART };
        let agree = |x: [u64; 2], y: [u64; 2]| {
            let apart = |at: usize| {
                vowels_apart(x[at], y[at]).filter(|apart| *apart <= u32::from(lengths[at] > longest_exact))
            };
            apart(0).and_then(|first| Some(first + apart(1)?)).is_some_and(|apart| apart <= most)
        };
        for entry in &self.entries[range] {
            if entry.key != key || entry.name == last {
                continue;
            }
            let [x, y] = entry.sounds;
            let straight = agree([x, y], sounds);
            // Of equal classes either may stand first.
            let crossed = a.classes == b.classes && agree([x, y], [sounds[1], sounds[0]]);
            if straight || crossed {
                last = entry.name;
                meet(entry.name);
            }
        }
    }
}

/// `abdul` with a noun whose first letter its last one takes on: Abdurrahman.
fn assimilated(a: &Part, b: &Part) -> Option<Part> {
    let servant = ["abdul", "abdel", "abdal"].iter().any(|word| word.chars().eq(a.native().iter().copied()));
    let letter = b.native().first().filter(|c| "tdrzsn".contains(**c))?;
    let letters = a.native()[..a.native().len() - 1].iter().chain([letter]).chain(b.native()).copied();
    if servant && b.script() == Script::Latin { Part::from_plain(letters.collect()) } else { None }
}

/// The names that each part stands in.
fn names_by_part(names: &[NameRow], parts_of_names: &[PartId], parts: usize) -> (Vec<u32>, Vec<u32>) {
    let mut ends = vec![0u32; parts + 1];
    parts_of_names.iter().for_each(|part| ends[*part as usize + 1] += 1);
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut by_part = vec![0; parts_of_names.len()];
    let mut start = 0;
    for (row, name) in names.iter().zip(0..) {
        for part in &parts_of_names[start..row.parts_end as usize] {
            // Filled from the beginning: in the end each place holds where the part's names end.
            let place = &mut ends[*part as usize];
            by_part[*place as usize] = name;
            *place += 1;
        }
        start = row.parts_end as usize;
    }
    ends.truncate(parts);
    (by_part, ends)
}

/// The Latin letters that a part may begin with, as bits.
pub(super) fn beginnings_of(part: &Part) -> u32 {
    let first = |letters: &[u8]| {
        letters.first().map_or(0, |letter| 1u32.checked_shl(u32::from(*letter)).unwrap_or(0))
    };
    part.latents().iter().fold(0, |bits, latent| bits | first(&latent.letters))
}

/// Characters of a name in Han that is one part: a Japanese one, mostly.
pub(super) const SHORTEST_WHOLE: usize = 3;
pub(super) const LONGEST_WHOLE: usize = 8;

/// Whether neighbours may stand as one word: a particle or servant with its noun, two syllables of a given name.
fn written_together(a: &Part, b: &Part, parts: usize) -> bool {
    if a.role() == Role::Initial || b.role() == Role::Initial || a.script() != b.script() {
        return false;
    }
    let binds = a.role() == Role::Particle || is_servant(a.native()) || b.role() == Role::Particle;
    let syllables = parts >= 3 && a.native().len() <= 6 && b.native().len() <= 6;
    binds || syllables
}

/// `abd` and its forms, which begin a compound name.
pub(super) fn is_servant(native: &[char]) -> bool {
    ["abd", "abdul", "abdel", "abdal", "abdol", "عبد", "абд", "абдул", "абдель"]
        .iter()
        .any(|servant| servant.chars().eq(native.iter().copied()))
}

/// Latin spellings of a native part that get keys.
const SPELLINGS: usize = 2;
/// The same where a character may be read in many ways.
const HAN_SPELLINGS: usize = 5;

pub(super) fn keys_of(part: &Part) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut variants = Vec::new();
    let spellings = if part.script() == Script::Han { HAN_SPELLINGS } else { SPELLINGS };
    for latent in part.latents().iter().take(spellings) {
        of_latin(&latent.letters, &mut variants);
        keys.extend(variants.iter().map(|skeleton| Key::new(skeleton, &latent.letters)));
    }
    if part.script() != Script::Latin {
        let mut letters = Vec::new();
        of_native(part.script(), part.native(), &mut variants, &mut letters);
        keys.extend(variants.iter().map(|skeleton| Key::new(skeleton, &letters)));
    }
    keys.sort_by_key(|key| (key.classes, key.letters, key.sounds));
    keys.dedup();
    keys
}
