//! Recorded names laid out for screening: pairs of their parts by skeleton, behind a filter of bits.
//!
//! Built once from all names; a text is then passed over it without a search per word. For every two parts of a name (in
//! any order) there is an entry under the hash of both skeletons. Entries stand in columns: the consonants of both parts,
//! by which most are passed over eight bytes at a time; which skeletons of which parts they are, by which vowels and
//! letters are compared; and the name, which is looked at last.

use std::collections::HashMap;
use std::ops::Range;

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

/// Two parts of a recorded name: which skeletons of theirs, in the order of [`pair_of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u32,
    keys: [KeyId; 2],
    name: u32,
}

/// The number of a skeleton of a part.
type KeyId = u32;

/// Entries in columns, in ascending order of keys, skeletons and names.
#[derive(Debug, Default)]
struct Entries {
    key: Vec<u32>,
    /// The consonants of the first skeleton in the low half, of the second in the high one.
    consonants: Vec<u64>,
    keys: Vec<[KeyId; 2]>,
    name: Vec<u32>,
}

impl Entries {
    fn of(entries: Vec<Entry>, signatures: &[u64]) -> Entries {
        let consonants = |entry: &Entry| {
            let [x, y] = entry.keys.map(|key| signatures[key as usize]);
            consonants_of([x, y])
        };
        Entries {
            key: entries.iter().map(|entry| entry.key).collect(),
            consonants: entries.iter().map(consonants).collect(),
            keys: entries.iter().map(|entry| entry.keys).collect(),
            name: entries.iter().map(|entry| entry.name).collect(),
        }
    }

    fn len(&self) -> usize {
        self.key.len()
    }

    fn memory_bytes(&self) -> usize {
        4 * (self.key.capacity() + self.name.capacity())
            + 8 * (self.consonants.capacity() + self.keys.capacity())
    }

    /// The entries with a key among those of its bucket.
    fn with_key(&self, key: u32, bucket: Range<usize>) -> Range<usize> {
        let keys = &self.key[bucket.clone()];
        let first = keys.partition_point(|other| *other < key);
        let count = keys[first..].partition_point(|other| *other == key);
        bucket.start + first..bucket.start + first + count
    }
}

/// The consonants of two signatures side by side.
fn consonants_of([x, y]: [u64; 2]) -> u64 {
    u64::from(y as u32) << 32 | u64::from(x as u32)
}

/// Whether every consonant of two words and two parts may be the same sound.
fn may_sound_alike(a: u64, b: u64) -> bool {
    let both = a & b;
    both.wrapping_sub(0x0101_0101_0101_0101) & !both & 0x8080_8080_8080_8080 == 0
}

/// Two recorded parts that two words met, and the entries of the names that have both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meeting {
    /// The part that the first word may stand for, and the second.
    pub(super) parts: [PartId; 2],
    first: u32,
    end: u32,
}

/// A recorded name.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameRow {
    /// The caller's number of the record.
    pub(super) slot: u32,
    /// The number of its visibility class.
    pub(super) class: u32,
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

/// The key of two parts, the same in either order, with their sounds in the order of the entry, and whether that is the
/// other one.
pub(super) fn pair_of(a: &Key, b: &Key) -> (u32, [u64; 2], bool) {
    if a.length + b.length < SHORTEST_PAIR {
        let (x, y) = (a.letters.min(b.letters), a.letters.max(b.letters));
        return (hash_of([0xffff_ffff, x, y].into_iter()), [u64::MAX; 2], a.letters > b.letters);
    }
    let turned = a.classes > b.classes;
    let (x, y) = if turned { (b, a) } else { (a, b) };
    (hash_of([x.classes, y.classes].into_iter()), [x.sounds, y.sounds], turned)
}

/// The places of what belongs to one of many, given where that of each ends.
fn range_of(ends: &[u32], number: u32) -> Range<usize> {
    let start = number.checked_sub(1).map_or(0, |before| ends[before as usize]);
    start as usize..ends[number as usize] as usize
}

/// Information in quarters of a nat, rounded up; what is more than a byte holds tells enough.
fn quarters(told: f32) -> u8 {
    (4.0 * told).ceil() as u8
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
    /// Skeleton keys of the distinct parts, and where those of each end.
    skeletons: Vec<Key>,
    skeletons_end: Vec<u32>,
    beginnings: Vec<u32>,
    whole: HashMap<Vec<char>, Vec<u32>>,
    told: Vec<u8>,
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
    /// Skeletons of the distinct parts, classes and signatures; where those of each part end, and whose each is.
    classes: Vec<u32>,
    signatures: Vec<u64>,
    skeletons_end: Vec<u32>,
    part_of_skeleton: Vec<PartId>,
    /// What all single units of each name tell together, in quarters of a nat, rounded up.
    told: Vec<u8>,
    /// Classes of skeletons of single parts, in ascending order, with the parts.
    singles: Vec<(u32, PartId)>,
    /// The names that each part stands in, and where those of each end.
    names_of_parts: Vec<u32>,
    names_of_parts_end: Vec<u32>,
    /// The Latin letters that each part may begin with, as bits.
    beginnings: Vec<u32>,
    /// Names of one part in Han, by its characters.
    whole: HashMap<Vec<char>, Vec<u32>>,
    entries: Entries,
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
    pub fn insert(&mut self, slot: u32, class: u32, text: &str) {
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
        let told = |unit: &RecordUnit| self.parts.details[unit.part as usize].information;
        self.told.push(quarters(units.iter().filter(|unit| unit.count == 1).map(told).sum()));
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
            self.skeletons.extend(keys_of(part));
            self.skeletons_end.push(self.skeletons.len() as u32);
            self.beginnings.push(beginnings_of(part));
        }
        id
    }

    fn enter_pairs(&mut self, name: u32, units: &[RecordUnit]) {
        let mut entries = Vec::new();
        for (at, a) in units.iter().enumerate() {
            for b in units[at + 1..].iter().filter(|b| !a.overlaps(b)) {
                let (left, right) =
                    (range_of(&self.skeletons_end, a.part), range_of(&self.skeletons_end, b.part));
                for (x, y) in left.flat_map(|x| right.clone().map(move |y| (x, y))) {
                    let (key, sounds, turned) = pair_of(&self.skeletons[x], &self.skeletons[y]);
                    let [x, y] = if turned { [y, x] } else { [x, y] };
                    let parts = if turned { [b.part, a.part] } else { [a.part, b.part] };
                    entries.push((key, sounds, parts, Entry { key, keys: [x as KeyId, y as KeyId], name }));
                }
            }
        }
        entries.sort_unstable();
        // Spellings with the same sounds are one.
        entries.dedup_by_key(|(key, sounds, parts, _)| (*key, *sounds, *parts));
        entries.truncate(MAX_ENTRIES);
        self.entries.extend(entries.into_iter().map(|(.., entry)| entry));
    }

    /// Sorts what was entered.
    pub fn build(mut self) -> ScreeningIndex {
        self.entries.sort_unstable();
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
            names,
            parts,
            parts_of_names,
            joined,
            entries,
            beginnings,
            whole,
            skeletons,
            skeletons_end,
            told,
        } = self;
        let (names_of_parts, names_of_parts_end) =
            names_by_part(&names, &parts_of_names, parts.details.len());
        let mut part_of_skeleton = Vec::with_capacity(skeletons.len());
        for part in 0..skeletons_end.len() as u32 {
            part_of_skeleton.extend(range_of(&skeletons_end, part).map(|_| part));
        }
        let classes: Vec<u32> = skeletons.iter().map(|key| key.classes).collect();
        let signatures: Vec<u64> = skeletons.iter().map(|key| key.sounds).collect();
        let mut singles: Vec<(u32, PartId)> =
            classes.iter().copied().zip(part_of_skeleton.iter().copied()).collect();
        singles.sort_unstable();
        singles.dedup();
        let entries = Entries::of(entries, &signatures);
        ScreeningIndex {
            names,
            parts,
            parts_of_names,
            joined,
            classes,
            signatures,
            skeletons_end,
            part_of_skeleton,
            told,
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
        self.entries.memory_bytes()
            + self.names.capacity() * size_of::<NameRow>()
            + self.parts_of_names.capacity() * size_of::<PartId>()
            + self.joined.capacity() * size_of::<(u8, PartId)>()
            + self.classes.capacity() * 4
            + self.signatures.capacity() * 8
            + self.skeletons_end.capacity() * 4
            + self.part_of_skeleton.capacity() * 4
            + self.told.capacity()
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

    /// The skeletons of a part: classes and signatures.
    pub(super) fn skeletons(&self, part: PartId) -> (&[u32], &[u64]) {
        let range = range_of(&self.skeletons_end, part);
        (&self.classes[range.clone()], &self.signatures[range])
    }

    /// What all single units of a name tell together, nats, rounded up; of those that tell very much, enough.
    pub(super) fn told_at_most(&self, name: u32) -> f32 {
        f32::from(self.told[name as usize]) / 4.0
    }

    /// A part, ready to be compared; its text is empty.
    pub(super) fn part(&self, id: PartId) -> Option<Part> {
        Part::from_key(self.parts.keys.bytes(id), self.details(id))
    }

    /// The letters (`a` = 1) of a part with one spelling, plain Latin, that is no initial; whether it is.
    pub(super) fn plain_letters(&self, id: PartId, letters: &mut Vec<u8>) -> bool {
        if self.details(id).role == Role::Initial {
            return false;
        }
        let plain = Part::plain_letters(self.parts.keys.bytes(id));
        letters.clear();
        letters.extend(plain.unwrap_or_default().iter().map(|letter| letter - b'`'));
        plain.is_some()
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
                let (classes, signatures) = self.skeletons(*part);
                let own = |(classes, _): &(&u32, &u64)| **classes == key.classes;
                let mut own = classes.iter().zip(signatures).filter(own);
                own.any(|(_, sounds)| signatures_agree(*sounds, key.sounds, key.length))
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

    /// Adds every two parts of names that two words with these skeletons may stand for.
    pub(super) fn probe(&self, a: &Key, b: &Key, meetings: &mut Vec<Meeting>) {
        let (key, sounds, turned) = pair_of(a, b);
        let (word, bit) = place_in_filter(key, self.filter.len());
        if self.filter[word] & bit == 0 {
            return;
        }
        let bucket = (key >> self.shift) as usize;
        let range =
            self.entries.with_key(key, self.starts[bucket] as usize..self.starts[bucket + 1] as usize);
        let lengths = if turned { [b.length, a.length] } else { [a.length, b.length] };
        let longest_exact = if a.strict { 2 } else { 1 };
        let most = if a.bent && b.bent { MOST_APART_IN_SYLLABLES } else { MOST_APART };
        let agree = |x: [u64; 2], y: [u64; 2]| {
            let apart = |at: usize| {
                vowels_apart(x[at], y[at]).filter(|apart| *apart <= u32::from(lengths[at] > longest_exact))
            };
            apart(0).and_then(|first| Some(first + apart(1)?)).is_some_and(|apart| apart <= most)
        };
        let mut meet = |at: usize, sounds: [u64; 2], turned: bool| {
            let keys = self.entries.keys[at];
            if agree(keys.map(|key| self.signatures[key as usize]), sounds) {
                let [x, y] = keys.map(|key| self.part_of_skeleton[key as usize]);
                let parts = if turned { [y, x] } else { [x, y] };
                self.add_meeting(parts, at as u32, meetings);
            }
        };
        let straight = consonants_of(sounds);
        for (at, consonants) in range.clone().zip(&self.entries.consonants[range.clone()]) {
            if may_sound_alike(*consonants, straight) {
                meet(at, sounds, turned);
            }
        }
        // Of equal classes either may stand first.
        if a.classes == b.classes {
            let [x, y] = sounds;
            let crossed = consonants_of([y, x]);
            for (at, consonants) in range.clone().zip(&self.entries.consonants[range]) {
                if may_sound_alike(*consonants, crossed) {
                    meet(at, [y, x], !turned);
                }
            }
        }
    }

    /// Names that share both skeletons stand side by side and are one meeting.
    fn add_meeting(&self, parts: [PartId; 2], at: u32, meetings: &mut Vec<Meeting>) {
        match meetings.last_mut() {
            Some(last) if last.parts == parts && last.end == at => last.end += 1,
            _ => meetings.push(Meeting { parts, first: at, end: at + 1 }),
        }
    }

    /// The names of a meeting.
    pub(super) fn names_met(&self, meeting: &Meeting) -> &[u32] {
        &self.entries.name[meeting.first as usize..meeting.end as usize]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consonants_side_by_side_never_reject_what_each_may_be() {
        let mut seed = 1u64;
        let mut signature = || {
            let halves = [0, 1].map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed >> 32
            });
            halves[0] << 32 | halves[1]
        };
        let mut alike = [0, 0];
        for _ in 0..20_000 {
            let [a, b, x, y] = [0; 4].map(|_| signature());
            let each = vowels_apart(a, x).is_some() && vowels_apart(b, y).is_some();
            assert_eq!(may_sound_alike(consonants_of([a, b]), consonants_of([x, y])), each);
            alike[usize::from(each)] += 1;
        }
        assert!(alike.iter().all(|count| *count > 1_000), "{alike:?}");
    }
}
