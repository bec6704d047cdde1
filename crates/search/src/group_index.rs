//! Organisations and networks in memory: candidates by name within a scope, and the recorded names found in a text.
//!
//! Distinct words are kept once, under their consonant skeletons; common words under the concept they stand for, whatever
//! the language ([`barid_names::groups`]). A search adds up what its elements tell over the names that the searcher may see,
//! and compares the best in full. Inserting replaces an older version; both a search and a text see it at once. Records out
//! of scope change nothing in the answer: what a word tells is fixed, and lists are cut by score after scope.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_names::channel::ScoringBuffers;
use barid_names::groups::compare::{
    Choice, Correspondence, GroupFeatures, MAX_JOINED, by_letters, choose, correspondence, group_score,
    initials_between, is_spelt, joined_correspondence, joined_part, joined_weight,
};
use barid_names::groups::elements::names_within;
use barid_names::groups::{
    ConceptId, ConceptKind, Element, ElementKind, GroupComparison, GroupMatchKind, GroupName,
};
use barid_names::hashing::IntegerMap;
use barid_names::name::{Latent, Part, PartDetails};
use barid_names::script::Script;

use crate::classes::{ClassId, Classes};
use crate::interner::Interner;
use crate::slots::Slots;
use crate::text_screening::groups::TextBuffers;
use crate::text_screening::word_keys::{WordKey, recorded_keys, text_keys};

/// Names of one record that are indexed; further ones are not found.
pub const MAX_GROUP_NAMES: usize = 200;
/// The most candidates a search may ask for.
pub const MAX_GROUP_CANDIDATES: usize = 1_000;
/// Names compared in full, at least.
const COMPARED: usize = 48;
/// What an alias that its source calls weak loses, in nats.
const WEAK_ALIAS: f32 = -1.0;
/// Elements that tell less than this add to names that others have touched, and touch none.
const LEAST_TOUCHING: f32 = 2.5;
/// Words are entered anew when more records than this, and more than there are, were taken out or replaced.
const MOST_REMOVED: usize = 5_000;
/// Letters of a prefix or suffix that a word with a slip is found by, and of the shortest such word.
const AFFIX: usize = 4;
const LEAST_FOR_AFFIX: usize = 6;

pub(crate) type WordId = u32;
pub(crate) type NameId = u32;

/// One name of an organisation as the index takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFactName {
    /// The whole name, in any script; what stands in brackets is left out, an abbreviation in them is a name of its own.
    pub text: String,
    /// Whether it is an alias that its source calls weak.
    pub is_weak: bool,
}

/// A record that may be the organisation asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCandidate {
    /// The record.
    pub record: RecordId,
    /// 0 to 1, calibrated; see [`barid_names::thresholds::GROUP_ALERT`].
    pub score: f32,
    /// Which of the record's names matched, counted from 0.
    pub name_number: usize,
    /// That name as recorded.
    pub name: String,
    /// Whether it is an alias that its source calls weak.
    pub weak_alias: bool,
    /// The parts of the two names side by side.
    pub reasons: Vec<GroupReason>,
}

/// Corresponding elements of two names, as a page can draw them.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupReason {
    /// The words asked for or found in a text; empty if the record alone has them.
    pub query: String,
    /// The words recorded; empty if the query alone has them.
    pub recorded: String,
    /// How they correspond.
    pub kind: GroupMatchKind,
    /// What it tells, nats; of elements without a counterpart what they would tell, negative.
    pub weight: f32,
    /// How alike they are, 0 to 1.
    pub likeness: f32,
}

/// What a name is made of, for texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A name proper.
    Word(WordId),
    /// Something of the table of common words, and its letters where it is looked for by them too.
    Concept(ConceptId, Option<WordId>),
    /// A number, as a hash of its digits.
    Number(u32),
}

/// A name that is searched.
#[derive(Debug)]
pub(crate) struct StoredName {
    /// `u32::MAX` if it was taken out.
    pub(crate) slot: u32,
    /// Which of the record's names, and which of the names within it.
    pub(crate) number: u16,
    pub(crate) class: ClassId,
    /// What its elements tell, nats.
    pub(crate) weight: f32,
    pub(crate) is_weak: bool,
    /// A single word in capitals of few letters.
    pub(crate) is_acronym: bool,
    pub(crate) text: Box<str>,
    /// The elements that count, in order, and what each tells.
    pub(crate) pieces: Box<[(Piece, f32)]>,
    /// Neighbours as one word: the word, the first of them among the pieces, and how many.
    pub(crate) joined: Box<[(WordId, u8, u8)]>,
}

const GONE: u32 = u32::MAX;

#[derive(Debug)]
struct StoredGroup {
    id: RecordId,
    names: Vec<NameId>,
    texts: Vec<Box<str>>,
}

/// A distinct word of recorded names.
#[derive(Debug, Default)]
struct StoredWord {
    details: Option<PartDetails>,
    /// Of other scripts than Latin its readings: to work them out again for every search would be most of its time.
    readings: Box<[Latent]>,
    /// Names that have it.
    names: Vec<NameId>,
    /// Names of which it is the most telling element.
    anchored: Vec<NameId>,
}

/// The index of organisations.
#[derive(Debug, Default)]
pub struct GroupIndex {
    words: Vec<StoredWord>,
    word_keys: Interner,
    /// Words by the classes of their skeletons, with their sounds.
    by_skeleton: IntegerMap<u32, Vec<(u64, WordId)>>,
    /// Words in Han by their first two characters.
    han: HashMap<[char; 2], Vec<WordId>>,
    /// Words of some length by their first and last letters.
    by_affix: IntegerMap<u64, Vec<WordId>>,
    concepts: HashMap<ConceptId, Vec<NameId>>,
    anchored_concepts: HashMap<ConceptId, Vec<NameId>>,
    numbers: HashMap<u32, Vec<NameId>>,
    initials: HashMap<Box<str>, Vec<NameId>>,
    names: Vec<StoredName>,
    free_names: Vec<NameId>,
    groups: Vec<Option<StoredGroup>>,
    free: Vec<u32>,
    slots: Slots,
    classes: Classes,
    removed: usize,
    buffers: Mutex<Vec<SearchBuffers>>,
    /// What passes over texts know of words; of this state of the index alone.
    texts: Mutex<Vec<TextBuffers>>,
}

#[derive(Debug, Default)]
struct SearchBuffers {
    sums: Vec<f32>,
    last: Vec<u16>,
    touched: Vec<NameId>,
    scoring: ScoringBuffers,
}

fn id_of(groups: &[Option<StoredGroup>], slot: u32) -> Option<RecordId> {
    groups.get(slot as usize)?.as_ref().map(|group| group.id)
}

pub(crate) fn hash_of_digits(digits: &str) -> u32 {
    digits.bytes().fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl GroupIndex {
    /// An empty index.
    pub fn new() -> GroupIndex {
        GroupIndex::default()
    }

    /// How many records are in it. Not for searchers: a count over what one may not see.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether no record is in it.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The records in it, each once; for proving the index equal to the store.
    pub fn records(&self) -> BTreeSet<RecordId> {
        self.groups.iter().flatten().map(|group| group.id).collect()
    }

    /// Enters a record, in place of an older version of it.
    pub fn insert(&mut self, id: RecordId, class: VisibilityClass, names: &[GroupFactName]) {
        self.remove(id);
        // Without a free number the record stays out of the index, which hides it: the safe side.
        let Some(class) = self.classes.id(class) else { return };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.groups.push(None);
            (self.groups.len() - 1) as u32
        });
        let mut group = StoredGroup { id, names: Vec::new(), texts: Vec::new() };
        for (number, name) in names.iter().take(MAX_GROUP_NAMES).enumerate() {
            for within in names_within(&name.text) {
                group.names.extend(self.insert_name(slot, number as u16, class, &within, name.is_weak));
            }
            group.texts.push(name.text.as_str().into());
        }
        self.groups[slot as usize] = Some(group);
        self.slots.insert(slot, |slot| id_of(&self.groups, slot));
        self.forget_texts();
    }

    /// Shows a record to another audience, where it is its owner who says so; whether that changed anything.
    pub fn show_to(&mut self, id: RecordId, owner: OrganisationCode, audience: &Audience) -> bool {
        let Some(slot) = self.slots.get(id, |slot| id_of(&self.groups, slot)) else { return false };
        let Some(group) = &self.groups[slot as usize] else { return false };
        let mut has_changed = false;
        for name in &group.names {
            let name = &mut self.names[*name as usize];
            if let Some(class) = self.classes.shown_to(name.class, owner, audience) {
                name.class = class;
                has_changed = true;
            }
        }
        has_changed
    }

    /// Takes a record out; whether it was there.
    pub fn remove(&mut self, id: RecordId) -> bool {
        let Some(slot) = self.slots.remove(id, |slot| id_of(&self.groups, slot)) else { return false };
        if let Some(group) = self.groups[slot as usize].take() {
            group.names.into_iter().for_each(|name| self.remove_name(name));
        }
        self.free.push(slot);
        self.removed += 1;
        if self.removed > MOST_REMOVED.max(self.slots.len()) {
            self.rebuild();
        }
        self.forget_texts();
        true
    }

    /// Enters everything anew: words that no record has any more leave memory.
    fn rebuild(&mut self) {
        let old = std::mem::take(self);
        for group in old.groups.into_iter().flatten() {
            let Some(first) = group.names.first().and_then(|name| old.names.get(*name as usize)) else {
                continue;
            };
            let Some(class) = old.classes.class(first.class).cloned() else { continue };
            let weak = |number: usize| {
                let names = group.names.iter().filter_map(|name| old.names.get(*name as usize));
                names.into_iter().any(|name| usize::from(name.number) == number && name.is_weak)
            };
            let names: Vec<GroupFactName> = group
                .texts
                .iter()
                .enumerate()
                .map(|(number, text)| GroupFactName { text: text.to_string(), is_weak: weak(number) })
                .collect();
            self.insert(group.id, class, &names);
        }
    }

    fn forget_texts(&mut self) {
        self.texts.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn insert_name(
        &mut self,
        slot: u32,
        number: u16,
        class: ClassId,
        text: &str,
        is_weak: bool,
    ) -> Option<NameId> {
        let parsed = GroupName::parse(text);
        let pieces: Vec<(Piece, f32)> =
            parsed.elements().iter().filter(|e| e.counts()).map(|e| (self.piece(e), e.weight)).collect();
        if pieces.is_empty() {
            return None;
        }
        let counted: Vec<&Element> = parsed.elements().iter().filter(|e| e.counts()).collect();
        let is_acronym = parsed.elements().len() == 1
            && matches!(counted.as_slice(), [only] if only.all_capitals && only.text.chars().count() <= 6);
        let joined = self.joined_of(&parsed);
        let stored = StoredName {
            slot,
            number,
            class,
            weight: pieces.iter().map(|(_, weight)| weight).sum(),
            is_weak,
            is_acronym,
            text: text.into(),
            pieces: pieces.into(),
            joined: joined.into(),
        };
        let id = match self.free_names.pop() {
            Some(id) => {
                self.names[id as usize] = stored;
                id
            }
            None => {
                self.names.push(stored);
                (self.names.len() - 1) as NameId
            }
        };
        for (place, is_anchor) in self.places_of(&parsed) {
            self.postings(place, is_anchor).push(id);
        }
        for initials in parsed.initials() {
            self.initials.entry(initials.into()).or_default().push(id);
        }
        Some(id)
    }

    fn remove_name(&mut self, id: NameId) {
        let text = std::mem::take(&mut self.names[id as usize].text);
        let parsed = GroupName::parse(&text);
        let take_out = |names: &mut Vec<NameId>| {
            if let Some(at) = names.iter().rposition(|name| *name == id) {
                names.swap_remove(at);
            }
        };
        for (place, is_anchor) in self.places_of(&parsed) {
            take_out(self.postings(place, is_anchor));
        }
        for initials in parsed.initials() {
            if let Some(names) = self.initials.get_mut(initials.as_str()) {
                take_out(names);
            }
        }
        let name = &mut self.names[id as usize];
        name.slot = GONE;
        name.pieces = Box::default();
        name.joined = Box::default();
        self.free_names.push(id);
    }

    fn postings(&mut self, place: Piece, is_anchor: bool) -> &mut Vec<NameId> {
        match (place, is_anchor) {
            (Piece::Word(word), false) => &mut self.words[word as usize].names,
            (Piece::Word(word), true) => &mut self.words[word as usize].anchored,
            (Piece::Concept(concept, _), false) => self.concepts.entry(concept).or_default(),
            (Piece::Concept(concept, _), true) => self.anchored_concepts.entry(concept).or_default(),
            (Piece::Number(number), _) => self.numbers.entry(number).or_default(),
        }
    }

    /// Where a name is entered: its elements, neighbours written together, and the most telling element once more as the
    /// one that a text has to have.
    fn places_of(&mut self, name: &GroupName) -> Vec<(Piece, bool)> {
        let elements = name.elements();
        let mut places: Vec<(Piece, bool)> = Vec::new();
        let mut anchor: Option<(f32, usize, Piece)> = None;
        for (at, element) in elements.iter().filter(|element| element.counts()).enumerate() {
            let piece = self.piece(element);
            places.push((piece, false));
            if let Piece::Concept(_, Some(word)) = piece {
                places.push((Piece::Word(word), false));
            }
            let fits = !matches!(piece, Piece::Number(_));
            if fits && anchor.is_none_or(|(weight, ..)| element.weight > weight) {
                anchor = Some((element.weight, at, piece));
            }
        }
        if let Some((_, _, piece)) = anchor {
            places.push((piece, true));
            if let Piece::Concept(_, Some(word)) = piece {
                places.push((Piece::Word(word), true));
            }
        }
        for (word, first, count) in self.joined_of(name) {
            places.push((Piece::Word(word), false));
            let run = usize::from(first)..usize::from(first) + usize::from(count);
            if anchor.is_some_and(|(_, at, _)| run.contains(&at)) {
                places.push((Piece::Word(word), true));
            }
        }
        places.sort_unstable_by_key(|(piece, is_anchor)| (order_of(*piece), *is_anchor));
        places.dedup();
        places
    }

    /// Runs of neighbours that writers put together.
    fn joined_of(&mut self, name: &GroupName) -> Vec<(WordId, u8, u8)> {
        let elements = name.elements();
        let counted = |elements: &[Element]| elements.iter().filter(|element| element.counts()).count();
        let mut joined = Vec::new();
        for (first, count) in written_together(elements, counted(elements)) {
            let run = &elements[first..first + count];
            if let Some(part) = joined_part(run) {
                joined.push((self.word(&part), counted(&elements[..first]) as u8, counted(run) as u8));
            }
        }
        joined
    }

    fn piece(&mut self, element: &Element) -> Piece {
        match (element.kind, &element.part) {
            (ElementKind::Number, _) => Piece::Number(hash_of_digits(&element.digits().unwrap_or_default())),
            (ElementKind::Concept(id, _), Some(part)) if is_spelt_too(element) => {
                Piece::Concept(id, Some(self.word(part)))
            }
            (ElementKind::Concept(id, _), _) => Piece::Concept(id, None),
            (ElementKind::Name, Some(part)) => Piece::Word(self.word(part)),
            (ElementKind::Name, None) => Piece::Number(0),
        }
    }

    /// The number of a word, entered now if it is new.
    fn word(&mut self, part: &Part) -> WordId {
        let mut key = Vec::new();
        part.write_key(&mut key);
        let (id, is_new) = self.word_keys.insert(&key);
        if is_new {
            let readings =
                if part.script() == Script::Latin { Box::default() } else { part.latents().into() };
            let details = Some(part.details());
            self.words.push(StoredWord { details, readings, ..StoredWord::default() });
            for skeleton in recorded_keys(part) {
                self.by_skeleton.entry(skeleton.classes).or_default().push((skeleton.signature(), id));
            }
            for affix in affixes_of(part.script(), part.native()) {
                self.by_affix.entry(affix).or_default().push(id);
            }
            if let (Script::Han, [first, second, ..]) = (part.script(), part.native()) {
                self.han.entry([*first, *second]).or_default().push(id);
            }
        }
        id
    }

    /// A recorded word, to be compared.
    pub(crate) fn part(&self, word: WordId) -> Option<Part> {
        let StoredWord { details, readings, .. } = &self.words[word as usize];
        let part = Part::from_key(self.word_keys.bytes(word), (*details)?)?;
        Some(if readings.is_empty() { part } else { part.with_readings(readings) })
    }

    /// The number of a word that stands in a recorded name as it is.
    pub(crate) fn known_word(&self, part: &Part) -> Option<WordId> {
        let mut key = Vec::new();
        part.write_key(&mut key);
        self.word_keys.get(&key)
    }

    /// Recorded words that may be one with these keys.
    pub(crate) fn words_met(&self, keys: &[WordKey], met: &mut Vec<WordId>) {
        for key in keys {
            let Some(words) = self.by_skeleton.get(&key.classes) else { continue };
            met.extend(words.iter().filter(|(sounds, _)| key.agrees(*sounds)).map(|(_, word)| *word));
        }
        met.sort_unstable();
        met.dedup();
    }

    /// Whether a name that may be seen has a word. What hidden records alone have may not decide how a text is cut.
    pub(crate) fn is_seen(&self, word: WordId, visible: &[bool]) -> bool {
        let mut names = self.words[word as usize].names.iter();
        names.any(|name| visible[self.names[*name as usize].class as usize])
    }

    /// How many characters the longest recorded word in Han has that a text goes on with and that may be seen.
    pub(crate) fn han_word(&self, text: &[char], visible: &[bool]) -> Option<usize> {
        let words = self.han.get(&[*text.first()?, *text.get(1)?])?;
        let length_of = |word: &&WordId| {
            let letters =
                self.word_keys.bytes(**word).get(1..).and_then(|bytes| str::from_utf8(bytes).ok())?;
            let length = letters.chars().count();
            let same = text.get(..length)?.iter().copied().eq(letters.chars());
            (same && self.is_seen(**word, visible)).then_some(length)
        };
        words.iter().filter_map(|word| length_of(&word)).max()
    }

    /// Recorded words in Han that are written so, by themselves or joined of several.
    pub(crate) fn same_han(&self, native: &[char]) -> impl Iterator<Item = WordId> {
        let begin = native.first().zip(native.get(1)).map(|(first, second)| [*first, *second]);
        let words = begin.and_then(|begin| self.han.get(&begin)).into_iter().flatten().copied();
        words.filter(move |word| {
            let letters = self.word_keys.bytes(*word).get(1..).and_then(|bytes| str::from_utf8(bytes).ok());
            letters.is_some_and(|letters| letters.chars().eq(native.iter().copied()))
        })
    }

    pub(crate) fn anchored(&self, word: WordId) -> &[NameId] {
        &self.words[word as usize].anchored
    }

    pub(crate) fn anchored_concept(&self, concept: ConceptId) -> &[NameId] {
        self.anchored_concepts.get(&concept).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn name(&self, name: NameId) -> &StoredName {
        &self.names[name as usize]
    }

    pub(crate) fn classes(&self) -> &Classes {
        &self.classes
    }

    pub(crate) fn record_of(&self, name: &StoredName) -> Option<RecordId> {
        id_of(&self.groups, name.slot)
    }

    /// The name as recorded, of which `name` is one.
    pub(crate) fn recorded_text(&self, name: &StoredName) -> &str {
        let group = self.groups.get(name.slot as usize).and_then(Option::as_ref);
        group
            .and_then(|group| group.texts.get(usize::from(name.number)))
            .map(AsRef::as_ref)
            .unwrap_or_default()
    }

    pub(crate) fn take_text_buffers(&self) -> TextBuffers {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn give_text_buffers(&self, buffers: TextBuffers) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).push(buffers);
    }

    /// Bytes held, roughly.
    pub fn memory_bytes(&self) -> usize {
        let lists = |names: &Vec<NameId>| names.capacity() * 4;
        let readings =
            |word: &StoredWord| word.readings.iter().map(|reading| reading.letters.len() + 48).sum::<usize>();
        let words = self.words.iter();
        let words: usize =
            words.map(|word| lists(&word.names) + lists(&word.anchored) + readings(word)).sum();
        let skeletons: usize = self.by_skeleton.values().map(|list| list.capacity() * 16 + 40).sum();
        let affixes: usize = self.by_affix.values().map(|list| list.capacity() * 4 + 40).sum();
        let concepts: usize = self.concepts.values().chain(self.anchored_concepts.values()).map(lists).sum();
        let initials: usize = self.initials.iter().map(|(key, names)| key.len() + 48 + lists(names)).sum();
        let names: usize = self.names.iter().map(|name| name.text.len() + size_of_val(&*name.pieces)).sum();
        let groups: usize = self
            .groups
            .iter()
            .flatten()
            .map(|group| lists(&group.names) + group.texts.iter().map(|text| text.len() + 16).sum::<usize>())
            .sum();
        self.words.capacity() * size_of::<StoredWord>()
            + self.names.capacity() * size_of::<StoredName>()
            + self.groups.capacity() * size_of::<Option<StoredGroup>>()
            + self.word_keys.memory_bytes()
            + self.slots.memory_bytes()
            + words
            + skeletons
            + affixes
            + concepts
            + initials
            + names
            + groups
    }

    /// The records in scope whose names may be the one typed, best first; equal scores in the order of their ids.
    pub fn search(&self, scope: &SearchScope, query: &str, limit: usize) -> Vec<GroupCandidate> {
        self.search_among(&self.classes.visible(scope), query, limit)
    }

    /// The same for any rule of what may be seen.
    #[cfg(test)]
    pub(crate) fn search_where(
        &self,
        permits: impl Fn(&VisibilityClass) -> bool,
        query: &str,
        limit: usize,
    ) -> Vec<GroupCandidate> {
        self.search_among(&self.classes.visible_where(permits), query, limit)
    }

    fn search_among(&self, visible: &[bool], query: &str, limit: usize) -> Vec<GroupCandidate> {
        let pool = || self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffers = pool().pop().unwrap_or_default();
        let mut best: HashMap<u32, GroupCandidate> = HashMap::new();
        for typed in names_within(query) {
            self.search_one(visible, &typed, limit.min(MAX_GROUP_CANDIDATES), &mut buffers, &mut best);
        }
        pool().push(buffers);
        let mut found: Vec<GroupCandidate> = best.into_values().collect();
        found.sort_by(best_first);
        found.truncate(limit.min(MAX_GROUP_CANDIDATES));
        found
    }

    fn search_one(
        &self,
        visible: &[bool],
        query: &str,
        limit: usize,
        buffers: &mut SearchBuffers,
        best: &mut HashMap<u32, GroupCandidate>,
    ) {
        let query = GroupName::parse(query);
        let runs = self.weigh_query(visible, &query, buffers);
        self.add_up(visible, &query, &runs, buffers);
        let mut ranked = self.ranked(&query, buffers);
        ranked.truncate(COMPARED.max(2 * limit));
        let known: HashSet<NameId> = ranked.iter().copied().collect();
        let by_initials = self.by_initials(visible, &query).into_iter();
        ranked.extend(by_initials.filter(|name| !known.contains(name)));
        for name in ranked {
            let stored = &self.names[name as usize];
            let parsed = GroupName::parse(&stored.text);
            let comparison = self.compare(&query, &parsed, &runs, buffers);
            if comparison.score <= 0.0 {
                continue;
            }
            let score = if stored.is_weak { weak_alias_score(comparison.score) } else { comparison.score };
            let Some(record) = self.record_of(stored) else { continue };
            let better = |known: &GroupCandidate| {
                (known.score, std::cmp::Reverse(known.name_number))
                    < (score, std::cmp::Reverse(usize::from(stored.number)))
            };
            if best.get(&stored.slot).is_none_or(better) {
                best.insert(
                    stored.slot,
                    GroupCandidate {
                        record,
                        score,
                        name_number: usize::from(stored.number),
                        name: self.recorded_text(stored).to_owned(),
                        weak_alias: stored.is_weak,
                        reasons: reasons_of(&query, &parsed, &comparison),
                    },
                );
            }
        }
    }

    /// What runs of the query's elements tell of recorded words.
    fn weigh_query(&self, visible: &[bool], query: &GroupName, buffers: &mut SearchBuffers) -> Vec<QueryRun> {
        let elements = query.elements();
        let mut runs = Vec::new();
        for first in 0..elements.len() {
            for count in 1..=MAX_JOINED.min(elements.len() - first) {
                let run = &elements[first..first + count];
                let (part, full) = match run {
                    [only] if !only.counts() => continue,
                    [only] if only.concept().is_some() && !is_spelt_too(only) => (None, only.weight),
                    [only] => (only.part.clone(), only.weight),
                    _ if run.iter().all(|e| e.kind != ElementKind::Name)
                        || run.iter().any(|e| e.part.is_none()) =>
                    {
                        continue;
                    }
                    _ => (joined_part(run), joined_weight(run).max(2.0)),
                };
                let is_common = count == 1 && run[0].concept().is_some();
                let Some(part) = part else {
                    if count == 1 {
                        runs.push(QueryRun { first, count, full, words: IntegerMap::default() });
                    }
                    continue;
                };
                let mut words = self.words_like(visible, &part, full, count > 1, buffers);
                if is_common {
                    words.retain(|word, found| {
                        self.part(*word).is_some_and(|recorded| is_spelt(&part, &recorded, found.likeness))
                    });
                }
                if count == 1 || !words.is_empty() {
                    runs.push(QueryRun { first, count, full, words });
                }
            }
        }
        runs
    }

    /// Recorded words that a typed part may stand for, with what each tells.
    fn words_like(
        &self,
        visible: &[bool],
        part: &Part,
        full: f32,
        is_joined: bool,
        buffers: &mut SearchBuffers,
    ) -> IntegerMap<WordId, Correspondence> {
        let (mut keys, mut met) = (Vec::new(), Vec::new());
        text_keys(part.script(), part.native(), &mut keys);
        self.words_met(&keys, &mut met);
        // What hidden records alone have may not decide how far the search goes.
        let seen = |word: &WordId| self.is_seen(*word, visible);
        let mut words = IntegerMap::default();
        for word in met.into_iter().filter(seen) {
            self.weigh(part, full, is_joined, word, buffers, &mut words);
        }
        if !is_joined && !words.values().any(|found: &Correspondence| found.likeness > 0.9) {
            for word in self.words_with_a_slip(part).into_iter().filter(seen) {
                self.weigh(part, full, is_joined, word, buffers, &mut words);
            }
        }
        words
    }

    fn weigh(
        &self,
        part: &Part,
        full: f32,
        is_joined: bool,
        word: WordId,
        buffers: &mut SearchBuffers,
        words: &mut IntegerMap<WordId, Correspondence>,
    ) {
        // Of one script, letters that have little in common need no second look.
        let key = self.word_keys.bytes(word);
        let apart = part.native().len().max(4) * 9 / 20;
        if key.first() == Some(&(part.script() as u8)) && !slips_apart(part.native(), key, apart) {
            return;
        }
        let Some(recorded) = self.part(word) else { return };
        let found = if is_joined {
            joined_correspondence(part, &recorded, full, false, &mut buffers.scoring)
        } else {
            by_letters(part, &recorded, full, &mut buffers.scoring)
        };
        if let Some(found) = found {
            words.insert(word, found);
        }
    }

    /// Words that share their first or last letters with a part and whose length is about the same.
    fn words_with_a_slip(&self, part: &Part) -> Vec<WordId> {
        let mut words = Vec::new();
        let length = part.native().len();
        for affix in affixes_of(part.script(), part.native()) {
            let Some(with) = self.by_affix.get(&affix) else { continue };
            words.extend(with.iter().copied().filter(|word| {
                let details = self.words[*word as usize].details;
                details.is_some_and(|details| part.letters().abs_diff(usize::from(details.letters)) <= 2)
                    && slips_apart(part.native(), self.word_keys.bytes(*word), 2 + length / 12)
            }));
        }
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Adds up what the elements of a query tell over the names that may be seen.
    fn add_up(&self, visible: &[bool], query: &GroupName, runs: &[QueryRun], buffers: &mut SearchBuffers) {
        buffers.sums.resize(self.names.len(), 0.0);
        buffers.last.resize(self.names.len(), 0);
        buffers.touched.clear();
        let mut order: Vec<usize> = (0..runs.len()).collect();
        order.sort_by(|a, b| runs[*b].full.total_cmp(&runs[*a].full).then(a.cmp(b)));
        let any_touching = order.iter().any(|at| runs[*at].full >= LEAST_TOUCHING);
        for (turn, at) in order.into_iter().enumerate() {
            let run = &runs[at];
            let touches = !any_touching || run.full >= LEAST_TOUCHING;
            let turn = turn as u16 + 1;
            let mut words: Vec<(WordId, f32)> =
                run.words.iter().map(|(word, found)| (*word, found.weight)).collect();
            words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let mut add = |names: &[NameId], weight: f32| {
                for name in names {
                    let at = *name as usize;
                    if !visible[self.names[at].class as usize] || buffers.last[at] == turn {
                        continue;
                    }
                    if buffers.sums[at] == 0.0 {
                        if !touches {
                            continue;
                        }
                        buffers.touched.push(*name);
                    }
                    buffers.last[at] = turn;
                    buffers.sums[at] += weight;
                }
            };
            let single = (run.count == 1).then(|| &query.elements()[run.first]);
            if let Some(concept) = single.and_then(Element::concept) {
                add(self.concepts.get(&concept).map(Vec::as_slice).unwrap_or_default(), run.full);
            }
            if let Some(digits) = single.and_then(Element::digits) {
                let names = self.numbers.get(&hash_of_digits(&digits));
                add(names.map(Vec::as_slice).unwrap_or_default(), run.full);
            }
            for (word, weight) in words {
                add(&self.words[word as usize].names, weight);
            }
        }
    }

    /// The names touched, those that may score best first; leaves the buffers as they were.
    fn ranked(&self, query: &GroupName, buffers: &mut SearchBuffers) -> Vec<NameId> {
        let asked: f32 = query.elements().iter().filter(|e| e.counts()).map(|e| e.weight).sum();
        let mut ranked: Vec<(f32, NameId)> = Vec::with_capacity(buffers.touched.len());
        for name in &buffers.touched {
            let at = *name as usize;
            let stored = &self.names[at];
            let matched = buffers.sums[at].min(asked);
            let features = GroupFeatures {
                matched,
                matched_names: matched,
                query_weight: asked,
                record_weight: stored.weight,
                query_left: (asked - matched).max(0.0),
                record_left: (stored.weight - matched).max(0.0),
                query_missing: (asked - matched).clamp(0.0, 8.0),
                record_missing: (stored.weight - matched).clamp(0.0, 8.0),
                matches: 1,
                ..GroupFeatures::default()
            };
            ranked.push((group_score(&features), *name));
            buffers.sums[at] = 0.0;
            buffers.last[at] = 0;
        }
        let order = |a: &(f32, NameId), b: &(f32, NameId)| {
            b.0.total_cmp(&a.0).then_with(|| {
                let (x, y) = (&self.names[a.1 as usize], &self.names[b.1 as usize]);
                (self.record_of(x), x.number, &x.text).cmp(&(self.record_of(y), y.number, &y.text))
            })
        };
        let most = MAX_GROUP_CANDIDATES * 2;
        if ranked.len() > most {
            ranked.select_nth_unstable_by(most, order);
            ranked.truncate(most);
        }
        ranked.sort_by(order);
        ranked.into_iter().map(|(_, name)| name).collect()
    }

    /// Names that a query is the initials of, or that are the initials of the query: of those that may be seen the first.
    fn by_initials(&self, visible: &[bool], query: &GroupName) -> Vec<NameId> {
        let mut names = Vec::new();
        if let Some(short) = query.as_initials() {
            names.extend(self.initials.get(short.as_str()).into_iter().flatten().copied());
        }
        let script = query.elements().iter().find_map(|e| e.part.as_ref()).map(Part::script);
        for initials in query.initials() {
            let part = script.and_then(|script| Part::new(&initials, script));
            if let Some(word) = part.and_then(|part| self.known_word(&part)) {
                let alone = |name: &&NameId| self.names[**name as usize].pieces.len() == 1;
                names.extend(self.words[word as usize].names.iter().filter(alone).copied());
            }
        }
        names.retain(|name| visible[self.names[*name as usize].class as usize]);
        names.sort_unstable();
        names.dedup();
        // All say about the same: which are compared depends on nothing that the searcher may not see.
        let order = |name: &NameId| {
            let stored = &self.names[*name as usize];
            (self.record_of(stored), stored.number)
        };
        if names.len() > COMPARED {
            names.select_nth_unstable_by_key(COMPARED, order);
            names.truncate(COMPARED);
        }
        names.sort_by_key(order);
        names
    }

    /// Compares a query in full with a recorded name, by what is known of its words.
    fn compare(
        &self,
        query: &GroupName,
        record: &GroupName,
        runs: &[QueryRun],
        buffers: &mut SearchBuffers,
    ) -> GroupComparison {
        let (q, r) = (query.elements(), record.elements());
        let words: Vec<Option<WordId>> =
            r.iter().map(|element| element.part.as_ref().and_then(|part| self.known_word(part))).collect();
        let mut joined: Vec<(usize, usize, WordId, f32)> = Vec::new();
        for first in 0..r.len() {
            for count in 2..=MAX_JOINED.min(r.len() - first) {
                let run = &r[first..first + count];
                let known = joined_part(run).and_then(|part| self.known_word(&part));
                joined.extend(known.map(|word| (first, count, word, joined_weight(run).max(2.0))));
            }
        }
        let mut options = Vec::new();
        for (i, a) in q.iter().enumerate() {
            for (j, b) in r.iter().enumerate() {
                let same_concept = a.concept().is_some() && a.concept() == b.concept();
                let both_numbers = a.kind == ElementKind::Number && b.kind == ElementKind::Number;
                if (same_concept || both_numbers)
                    && let Some(found) = correspondence(a, b, &mut buffers.scoring)
                {
                    options.push(Choice { query: (i, 1), record: (j, 1), found });
                }
            }
        }
        for run in runs.iter().filter(|run| !run.words.is_empty()) {
            let query = (run.first, run.count);
            let told = |found: Correspondence, full: f32| Correspondence {
                weight: found.weight * (full / run.full.max(0.1)).min(1.0),
                ..found
            };
            for (j, element) in r.iter().enumerate().filter(|(_, element)| element.counts()) {
                // A common word counts by its letters only where they are the same in all but little.
                let spelt = |found: &&Correspondence| {
                    let (x, y) = (q[run.first].part.as_ref(), element.part.as_ref());
                    run.count > 1
                        || q[run.first].concept().is_some()
                        || element.concept().is_none()
                        || x.zip(y).is_some_and(|(x, y)| is_spelt(x, y, found.likeness))
                };
                if let Some(found) = words[j].and_then(|word| run.words.get(&word)).filter(spelt) {
                    options.push(Choice {
                        query,
                        record: (j, 1),
                        found: told(*found, element.weight.max(2.0)),
                    });
                }
            }
            for (first, count, word, full) in joined.iter().filter(|_| run.count == 1) {
                let Some(found) = run.words.get(word) else { continue };
                let weight = (told(*found, *full).weight - 0.8).max(0.1);
                let found = Correspondence { weight, kind: GroupMatchKind::Split, ..*found };
                options.push(Choice { query, record: (*first, *count), found });
            }
        }
        let comparison = choose(q, r, &mut options);
        match initials_between(query, record) {
            Some(initials) if initials.score > comparison.score => initials,
            _ => comparison,
        }
    }
}

/// One or several neighbouring elements of a query, and the recorded words they may stand for.
#[derive(Debug)]
struct QueryRun {
    first: usize,
    count: usize,
    /// What it tells at most, nats.
    full: f32,
    words: IntegerMap<WordId, Correspondence>,
}

fn best_first(a: &GroupCandidate, b: &GroupCandidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.record.cmp(&b.record))
}

/// The score of an alias that its source calls weak.
pub(crate) fn weak_alias_score(score: f32) -> f32 {
    let odds = (score.clamp(1e-6, 1.0 - 1e-6) / (1.0 - score.clamp(1e-6, 1.0 - 1e-6))).ln() + WEAK_ALIAS;
    1.0 / (1.0 + (-odds).exp())
}

fn order_of(piece: Piece) -> (u8, u32) {
    match piece {
        Piece::Word(word) => (0, word),
        Piece::Concept(concept, _) => (1, u32::from(concept)),
        Piece::Number(number) => (2, number),
    }
}

/// Runs of neighbours that writers put together: a particle with its noun, and in short names any two or three.
fn written_together(elements: &[Element], counted: usize) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    for first in 0..elements.len() {
        for count in 2..=MAX_JOINED.min(elements.len() - first) {
            let run = &elements[first..first + count];
            let fits = run.iter().all(|e| {
                e.part.is_some()
                    && !matches!(
                        e.kind,
                        ElementKind::Concept(_, ConceptKind::LegalForm) | ElementKind::Number
                    )
            });
            let has_name = run.iter().any(|e| e.kind == ElementKind::Name);
            let binds = count == 2 && run[0].is_particle() && run[1].kind == ElementKind::Name;
            let short = has_name && counted <= if count == 2 { 5 } else { 4 };
            if fits && (binds || short) {
                runs.push((first, count));
            }
        }
    }
    runs
}

/// Hashes of a word's first and last letters.
fn affixes_of(script: Script, native: &[char]) -> Vec<u64> {
    if native.len() < LEAST_FOR_AFFIX {
        return Vec::new();
    }
    let hash = |letters: &[char], which: u64| {
        let seed = (script as u64) << 1 | which;
        letters.iter().fold(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), |hash, letter| {
            (hash ^ u64::from(*letter as u32)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
        })
    };
    vec![hash(&native[..AFFIX], 0), hash(&native[native.len() - AFFIX..], 1)]
}

/// Whether the letters of a part and of a recorded word's key are at most so many slips apart: a cheap bound by counting.
fn slips_apart(native: &[char], key: &[u8], most: usize) -> bool {
    let letters = key.get(1..).unwrap_or_default();
    let end = letters.iter().position(|byte| *byte == 0).unwrap_or(letters.len());
    let Ok(text) = str::from_utf8(&letters[..end]) else { return false };
    let mut left: u64 = (1u64 << native.len().min(63)) - 1;
    let (mut length, mut common) = (0, 0);
    for c in text.chars() {
        length += 1;
        let same = native.iter().take(63).enumerate().find(|(at, other)| left >> at & 1 == 1 && **other == c);
        if let Some((at, _)) = same {
            left &= !(1 << at);
            common += 1;
        }
    }
    native.len().max(length) - common.min(native.len().max(length)) <= most
}

/// Whether a common word is also looked for by its letters: other languages may spell it by sound.
fn is_spelt_too(element: &Element) -> bool {
    match element.kind {
        ElementKind::Concept(_, ConceptKind::Everyday) => true,
        ElementKind::Concept(_, ConceptKind::LegalForm | ConceptKind::Particle) => false,
        ElementKind::Concept(..) => {
            element.weight >= LEAST_SPELT && element.part.as_ref().is_some_and(|part| part.letters() >= 5)
        }
        ElementKind::Name | ElementKind::Number => false,
    }
}

/// What a common word tells at least that is looked for by its letters, nats.
const LEAST_SPELT: f32 = 2.4;

pub(crate) fn reasons_of(
    query: &GroupName,
    record: &GroupName,
    comparison: &GroupComparison,
) -> Vec<GroupReason> {
    let words = |name: &GroupName, (first, count): (usize, usize)| {
        let run = name.elements().get(first..first + count).unwrap_or_default();
        run.iter().map(|element| element.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    comparison
        .alignment
        .iter()
        .map(|line| GroupReason {
            query: words(query, line.query),
            recorded: words(record, line.record),
            kind: line.kind,
            weight: line.weight,
            likeness: line.likeness,
        })
        .collect()
}

#[cfg(test)]
#[path = "group_index_tests.rs"]
mod tests;
