//! Recorded names of organisations in running text: one pass over its words, no search per word.
//!
//! A recorded name is tried where a text has its most telling element: a word with the same consonant skeleton, or a common
//! word of the same meaning. Then the other elements have to stand near it. Names of one element need more: initials their
//! capitals, words of everyday language a legal form, quotation marks or a word like *group* beside them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use barid_domain::ids::RecordId;
use barid_domain::policy::SearchScope;
#[cfg(test)]
use barid_domain::policy::VisibilityClass;
use barid_names::channel::ScoringBuffers;
use barid_names::groups::compare::by_letters;
use barid_names::groups::concepts::{
    ConceptId, ConceptKind, WordReading, concept, concept_at, cut_han, reading_of,
};
use barid_names::groups::words::{
    BREAK, COMMA, DOT, GroupWord, HYPHEN, LINE, QUOTE, SPACE, digit_of, group_words_of,
};
use barid_names::groups::{GroupMatchKind, GroupName};
use barid_names::hashing::IntegerMap;
use barid_names::letters::fold_native;
use barid_names::name::Part;
use barid_names::script::Script;

use crate::group_index::{
    GroupIndex, GroupReason, NameId, Piece, StoredName, WordId, hash_of_digits, weak_alias_score,
};

use super::finder::MAX_TEXT_CHARS;
use super::stop_words::is_stop_word;
use super::word_keys::{WordForm, text_keys, word_forms};
use super::words::has_case;

/// Finds are told from this score on, unless asked otherwise.
pub const LEAST_GROUP_SCORE: f32 = 0.45;
/// Words kept in memory between texts.
const MAX_KNOWN: usize = 60_000;
/// Letters of the longest word looked at.
const MAX_WORD_CHARS: u32 = 40;
/// Names that are as good as the best of a stretch.
const MAX_EQUALS: usize = 20;
/// How much lower they may score.
const EQUAL: f32 = 0.15;
/// A name of one element that tells less than this is a word of everyday language.
const RARE: f32 = 4.5;
/// Characters of a foreign name in Han before a common word.
const LONGEST_HAN_NAME: usize = 7;
/// How alike a common word has to be that is spelt by sound, and how many letters it has at least.
const LEAST_OF_COMMON: f32 = 0.7;
const LETTERS_OF_COMMON: u32 = 5;
/// What a name proper tells at least that is told alone, between quotation marks, and what it may leave out at most, nats.
const LEAST_ALONE: f32 = 8.0;
const MOST_LEFT_ALONE: f32 = 6.0;
/// The same beside a word for a sort of organisation, without quotation marks.
const MOST_LEFT_TOLD: f32 = 4.5;
/// What neighbours written together tell at most, nats.
const MOST_JOINED: f32 = 11.0;
/// What a name of one word loses, in odds, where nothing but its sound speaks for it: in a script without capitals, in other
/// letters than the recorded one's, short vowels and ordinary words make it (`नेता` and NATA).
const BY_SOUND_ALONE: f32 = 2.4;
/// Letters from which a word of such a script is no ordinary one by chance (`তালেবান`).
const LONG_BY_SOUND: u32 = 6;
/// What a name of one word loses beside another name in capitals, in nats.
const LIKE_A_PERSON: f32 = 3.0;
/// Words between two elements of a name.
const MOST_BETWEEN: usize = 2;

/// A recorded organisation found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFind {
    /// First character of the stretch and the one after its last, in Unicode scalar values.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// The record.
    pub record: RecordId,
    /// The name as recorded.
    pub name: String,
    /// Whether it is an alias that its source calls weak.
    pub weak_alias: bool,
    /// How sure it is, 0 to 1.
    pub score: f32,
    /// Which words of the text stand for which of the record, and how.
    pub reasons: Vec<GroupReason>,
}

/// What is known of words of the texts before, in one state of an index.
#[derive(Debug, Default)]
pub(crate) struct TextBuffers {
    words: Vec<GroupWord>,
    elements: Vec<TextElement>,
    known: Vec<Known>,
    by_text: HashMap<String, u32>,
    /// Neighbours as one word, by their numbers: apart, since the same letters written as one word are another word.
    by_neighbours: HashMap<(u32, u32), u32>,
    scoring: ScoringBuffers,
}

/// A word that stood in a text.
#[derive(Debug)]
struct Known {
    script: Script,
    text: String,
    reading: WordReading,
    is_stop: bool,
    forms: Vec<WordForm>,
    /// Recorded words that it may be, in ascending order, with the forms as bits; worked out on first use.
    met: Option<Vec<(WordId, u16)>>,
    weighed: IntegerMap<WordId, Option<Fit>>,
}

impl Known {
    fn new(script: Script, text: String, reading: WordReading) -> Known {
        let is_stop = is_stop_word(script, &text);
        Known { script, text, reading, is_stop, forms: Vec::new(), met: None, weighed: IntegerMap::default() }
    }
}

/// How a word of a text fits a recorded one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    /// The share of what the recorded word tells, 0 to 1.
    share: f32,
    likeness: f32,
    kind: GroupMatchKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum TextKind {
    Name,
    Concept(ConceptId, ConceptKind),
    Number(u32),
}

#[derive(Debug, Clone, Copy)]
struct TextElement {
    kind: TextKind,
    /// Its word among the known ones; a number has none.
    known: Option<u32>,
    start: u32,
    end: u32,
    first_byte: u32,
    last_byte: u32,
    capital: bool,
    all_capitals: bool,
    /// Whether capitals tell names from other words where it stands.
    cased: bool,
    gap: u16,
}

impl TextElement {
    fn counts(&self) -> bool {
        match self.kind {
            TextKind::Name | TextKind::Number(_) => true,
            TextKind::Concept(_, kind) => !matches!(kind, ConceptKind::LegalForm | ConceptKind::Particle),
        }
    }

    fn is_particle(&self) -> bool {
        matches!(self.kind, TextKind::Concept(_, ConceptKind::Particle))
    }

    /// Whether a name may begin here.
    fn may_begin(&self) -> bool {
        !self.cased || self.capital || self.gap & QUOTE != 0
    }
}

impl GroupIndex {
    /// Finds the recorded names in a text, in the order of their places: of names that share a stretch the best, and those
    /// on the same words that are nearly as good. Finds score `least_score` at least. Records out of scope change nothing.
    pub fn screen(&self, scope: &SearchScope, text: &str, least_score: f32) -> Vec<GroupFind> {
        self.screen_among(self.classes().visible(scope), text, least_score)
    }

    #[cfg(test)]
    pub(crate) fn screen_where(
        &self,
        permits: impl Fn(&VisibilityClass) -> bool,
        text: &str,
        least_score: f32,
    ) -> Vec<GroupFind> {
        self.screen_among(self.classes().visible_where(permits), text, least_score)
    }

    fn screen_among(&self, visible: Vec<bool>, text: &str, least_score: f32) -> Vec<GroupFind> {
        if self.is_empty() {
            return Vec::new();
        }
        let text = match text.char_indices().nth(MAX_TEXT_CHARS) {
            Some((end, _)) => &text[..end],
            None => text,
        };
        let mut buffers = self.take_text_buffers();
        buffers.read(self, &visible, text);
        let elements = std::mem::take(&mut buffers.elements);
        let held = HashMap::new();
        let mut pass = Pass {
            index: self,
            text,
            visible,
            elements: &elements,
            buffers: &mut buffers,
            least_score,
            held,
        };
        pass.run();
        let finds = best_per_stretch(std::mem::take(&mut pass.held).into_values().flatten().collect());
        let finds = finds.into_iter().filter_map(|held| pass.told(&held)).collect();
        buffers.elements = elements;
        self.give_text_buffers(buffers);
        finds
    }
}

impl TextBuffers {
    /// Cuts a text into elements.
    fn read(&mut self, index: &GroupIndex, visible: &[bool], text: &str) {
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
            self.by_text.clear();
            self.by_neighbours.clear();
        }
        let mut words = std::mem::take(&mut self.words);
        group_words_of(text, &mut words);
        self.elements.clear();
        let mut at = 0;
        while at < words.len() {
            at += self.read_one(index, visible, &words[at..], text);
        }
        self.words = words;
        note_case(&mut self.elements);
    }

    /// Reads an element; gives how many words it is.
    fn read_one(&mut self, index: &GroupIndex, visible: &[bool], words: &[GroupWord], text: &str) -> usize {
        let word = words[0];
        if word.is_number {
            let digits: String = word
                .text(text)
                .chars()
                .filter_map(digit_of)
                .filter_map(|d| char::from_digit(d, 10))
                .collect();
            let plain = digits.trim_start_matches('0');
            let hash = hash_of_digits(if plain.is_empty() { "0" } else { plain });
            self.elements.push(element(&word, TextKind::Number(hash), None));
            return 1;
        }
        if word.script == Script::Han {
            let quoted_after = words.get(1).is_none_or(|next| next.gap & QUOTE != 0);
            self.read_han(index, visible, &word, quoted_after, text);
            return 1;
        }
        let number = self.known(&word, text);
        let reading = self.known[number as usize].reading;
        if reading.begins
            && let Some((id, count)) = concept_at(words, text).filter(|(_, count)| *count > 1)
        {
            let last = words[count - 1];
            let whole = GroupWord { end: last.end, last_byte: last.last_byte, ..word };
            self.elements.push(element(&whole, TextKind::Concept(id, concept(id).kind), None));
            return count;
        }
        let kind = match reading.concept {
            Some(id) => TextKind::Concept(id, concept(id).kind),
            None => TextKind::Name,
        };
        self.elements.push(element(&word, kind, Some(number)));
        1
    }

    /// The number of a word among those known.
    fn known(&mut self, word: &GroupWord, text: &str) -> u32 {
        let written = word.text(text);
        if let Some(known) = self.by_text.get(written) {
            return *known;
        }
        let number = self.known.len() as u32;
        self.known.push(Known::new(word.script, written.to_owned(), reading_of(word, text)));
        self.by_text.insert(written.to_owned(), number);
        number
    }

    /// Cuts a run of Han characters: entries of the table of common words, recorded words as they stand, and before a common
    /// word or between quotation marks what may be a foreign name.
    fn read_han(
        &mut self,
        index: &GroupIndex,
        visible: &[bool],
        word: &GroupWord,
        quoted_after: bool,
        text: &str,
    ) {
        let written = word.text(text);
        let folded = fold_native(written, Script::Han);
        let bytes: Vec<u32> =
            written.char_indices().map(|(byte, _)| byte as u32).chain([written.len() as u32]).collect();
        if folded.len() + 1 != bytes.len() {
            return;
        }
        let slice = |from: usize, to: usize, first: bool| GroupWord {
            start: word.start + from as u32,
            end: word.start + to as u32,
            first_byte: word.first_byte + bytes[from],
            last_byte: word.first_byte + bytes[to],
            gap: if first { word.gap } else { 0 },
            ..*word
        };
        // Recorded words first: they may hold entries of the table.
        let mut pieces: Vec<(usize, usize, Option<ConceptId>, bool)> = Vec::new();
        let mut rest: Vec<(usize, usize)> = Vec::new();
        let (mut at, mut open) = (0, 0);
        while at < folded.len() {
            match index.han_word(&folded[at..], visible) {
                Some(length) => {
                    rest.push((open, at));
                    pieces.push((at, at + length, None, true));
                    at += length;
                    open = at;
                }
                None => at += 1,
            }
        }
        rest.push((open, folded.len()));
        let mut cut = Vec::new();
        for (from, to) in rest {
            cut_han(&folded[from..to], &mut cut);
            pieces.extend(cut.iter().map(|(a, b, id)| (from + a, from + b, *id, false)));
        }
        pieces.sort_unstable_by_key(|piece| piece.0);
        for (at, (from, to, id, recorded)) in pieces.iter().copied().enumerate() {
            if let Some(id) = id {
                let piece = slice(from, to, from == 0);
                self.elements.push(element(&piece, TextKind::Concept(id, concept(id).kind), None));
                continue;
            }
            let before_concept = pieces.get(at + 1).is_some_and(|piece| piece.2.is_some());
            let quoted = from == 0 && word.gap & QUOTE != 0 && quoted_after;
            let begin = if recorded || quoted || to - from <= 2 {
                from
            } else if before_concept {
                self.best_han_suffix(index, visible, &folded[from..to]).map_or(to, |length| to - length)
            } else {
                to
            };
            if begin < to {
                let piece = slice(begin, to, begin == 0);
                let known = self.known(&piece, text);
                self.elements.push(element(&piece, TextKind::Name, Some(known)));
            }
        }
    }

    /// How many of the last characters are likeliest a recorded name.
    fn best_han_suffix(&mut self, index: &GroupIndex, visible: &[bool], run: &[char]) -> Option<usize> {
        let mut best: Option<(f32, usize)> = None;
        let (mut keys, mut met) = (Vec::new(), Vec::new());
        for length in 2..=LONGEST_HAN_NAME.min(run.len()) {
            let native = &run[run.len() - length..];
            text_keys(Script::Han, native, &mut keys);
            met.clear();
            index.words_met(&keys, &mut met);
            let text: String = native.iter().collect();
            let Some(part) = Part::new(&text, Script::Han) else { continue };
            for word in met.iter().filter(|word| index.is_seen(**word, visible)) {
                let Some(recorded) = index.part(*word) else { continue };
                if let Some(found) = by_letters(&part, &recorded, 1.0, &mut self.scoring)
                    && best.is_none_or(|(likeness, _)| found.likeness > likeness)
                {
                    best = Some((found.likeness, length));
                }
            }
        }
        best.map(|(_, length)| length)
    }

    /// Works out which recorded words a known word may be.
    fn meet(&mut self, index: &GroupIndex, number: u32) {
        let known = &mut self.known[number as usize];
        if known.met.is_some() {
            return;
        }
        let mut met: Vec<(WordId, u16)> = Vec::new();
        let in_capitals = known.text.chars().count() > 1 && known.text.chars().all(char::is_uppercase);
        if (!known.is_stop || in_capitals) && known.text.chars().count() <= MAX_WORD_CHARS as usize {
            known.forms = word_forms(known.script, &known.text);
            let (mut keys, mut words) = (Vec::new(), Vec::new());
            if known.script == Script::Han {
                met.extend(index.same_han(&known.forms[0].native).map(|word| (word, 1)));
            }
            for (form, word) in known.forms.iter().enumerate() {
                if word.native.is_empty() {
                    continue;
                }
                text_keys(known.script, &word.native, &mut keys);
                words.clear();
                index.words_met(&keys, &mut words);
                met.extend(words.iter().map(|word| (*word, 1 << form)));
            }
            met.sort_unstable();
            met.dedup_by(|next, before| {
                let same = next.0 == before.0;
                if same {
                    before.1 |= next.1;
                }
                same
            });
        }
        known.met = Some(met);
    }

    /// How a word fits a recorded one; worked out once.
    fn fit(&mut self, index: &GroupIndex, number: u32, word: WordId) -> Option<Fit> {
        self.meet(index, number);
        let known = &mut self.known[number as usize];
        let met = known.met.as_ref()?;
        let at = met.binary_search_by_key(&word, |(word, _)| *word).ok()?;
        let forms = met[at].1;
        if let Some(fit) = known.weighed.get(&word) {
            return *fit;
        }
        let mut best: Option<Fit> = None;
        if let Some(recorded) = index.part(word) {
            for (number, form) in known.forms.iter().enumerate().filter(|(n, _)| forms >> n & 1 == 1) {
                let text: String = form.native.iter().collect();
                let Some(part) = Part::new(&text, known.script) else { continue };
                let Some(found) = by_letters(&part, &recorded, 1.0, &mut self.scoring) else { continue };
                // A form that was made by taking letters off has to be better than one that was not.
                let likeness = found.likeness - if form.changed { 0.02 } else { 0.0 };
                if best.is_none_or(|best| likeness > best.likeness) {
                    let kind = match found.kind {
                        GroupMatchKind::Exact if number > 0 => GroupMatchKind::Spelling,
                        kind => kind,
                    };
                    best = Some(Fit { share: found.weight, likeness, kind });
                }
            }
        }
        known.weighed.insert(word, best);
        best
    }
}

fn element(word: &GroupWord, kind: TextKind, known: Option<u32>) -> TextElement {
    TextElement {
        kind,
        known,
        start: word.start,
        end: word.end,
        first_byte: word.first_byte,
        last_byte: word.last_byte,
        capital: word.capital,
        all_capitals: word.all_capitals && word.chars() > 1,
        cased: has_case(word.script),
        gap: word.gap,
    }
}

/// Words of a line from which on its capitals are looked at as a whole.
const LINE_WORDS: usize = 3;

/// A line that has no capital, or nothing but capitals, does not tell names by them.
fn note_case(elements: &mut [TextElement]) {
    let mut first = 0;
    for at in 1..=elements.len() {
        if elements.get(at).is_some_and(|element| element.gap & LINE == 0) {
            continue;
        }
        let line = &mut elements[first..at];
        let long = line.iter().filter(|e| e.cased && e.end - e.start > 1);
        let (mut words, mut capitals, mut whole) = (0, 0, 0);
        for word in long {
            words += 1;
            capitals += usize::from(word.capital);
            whole += usize::from(word.all_capitals);
        }
        if words >= LINE_WORDS && (capitals == 0 || 5 * whole > 4 * words) {
            line.iter_mut().for_each(|element| element.cased = false);
        }
        first = at;
    }
}

/// An element of a name as it is looked for: a piece, or neighbouring ones as one word.
#[derive(Debug, Clone, Copy)]
struct Shape {
    piece: Piece,
    weight: f32,
    /// The first of the name's pieces that it stands for, and how many.
    first: usize,
    count: usize,
}

/// A name that held up.
#[derive(Debug, Clone)]
struct Held {
    name: NameId,
    /// Elements of the text it covers: first and last.
    first: usize,
    last: usize,
    start: u32,
    end: u32,
    score: f32,
    /// Elements of the name and of the text that correspond.
    pairs: Vec<Pair>,
    shapes: Vec<Shape>,
    record: RecordId,
}

/// The number of a shape, the element of the text that stands for it, how, and what it tells.
type Pair = (usize, usize, Fit, f32);

struct Pass<'p> {
    index: &'p GroupIndex,
    text: &'p str,
    visible: Vec<bool>,
    elements: &'p [TextElement],
    buffers: &'p mut TextBuffers,
    least_score: f32,
    /// Names that held up, by the elements of the text they cover.
    held: HashMap<(usize, usize), Vec<Held>>,
}

impl Pass<'_> {
    fn run(&mut self) {
        let index = self.index;
        let mut tried: HashSet<(NameId, usize, Option<WordId>)> = HashSet::new();
        for at in 0..self.elements.len() {
            let element = self.elements[at];
            if let TextKind::Concept(id, kind) = element.kind
                && !matches!(kind, ConceptKind::LegalForm | ConceptKind::Particle)
            {
                for name in index.anchored_concept(id) {
                    if self.sees(*name)
                        && self.may_stand_by_concept(*name, id, at)
                        && tried.insert((*name, at, None))
                    {
                        self.try_name(*name, at, None);
                    }
                }
            }
            self.try_joined(at);
            let by_letters = match element.kind {
                TextKind::Name => element.may_begin() || self.is_inside_capitals(at),
                TextKind::Concept(_, kind) => kind == ConceptKind::Everyday && element.may_begin(),
                TextKind::Number(_) => false,
            };
            let Some(known) = element.known.filter(|_| by_letters && !self.is_stop(at)) else { continue };
            self.buffers.meet(index, known);
            let met = std::mem::take(&mut self.buffers.known[known as usize].met);
            let words: Vec<WordId> = met.iter().flatten().map(|(word, _)| *word).collect();
            self.buffers.known[known as usize].met = met;
            for word in words {
                for name in index.anchored(word) {
                    if self.sees(*name)
                        && self.may_stand(*name, word, at)
                        && tried.insert((*name, at, Some(word)))
                    {
                        self.try_name(*name, at, Some(word));
                    }
                }
            }
        }
    }

    /// A common word and a name that a record may have as one: *hizb Allah*.
    fn try_joined(&mut self, at: usize) {
        let element = self.elements[at];
        let Some(next) = self.elements.get(at + 1).copied() else { return };
        let fits = matches!(element.kind, TextKind::Concept(_, ConceptKind::Sort))
            && next.kind == TextKind::Name
            && element.may_begin()
            && next.gap & !(SPACE | HYPHEN) == 0;
        let (Some(first), Some(second), true) = (element.known, next.known, fits) else { return };
        let index = self.index;
        let number = match self.buffers.by_neighbours.get(&(first, second)) {
            Some(known) => *known,
            None => {
                let number = self.buffers.known.len() as u32;
                let known = |number: u32| &self.buffers.known[number as usize];
                let written = format!("{}{}", known(first).text, known(second).text);
                let reading = WordReading { concept: None, begins: false };
                let joined = Known::new(known(first).script, written, reading);
                self.buffers.known.push(joined);
                self.buffers.by_neighbours.insert((first, second), number);
                number
            }
        };
        self.buffers.meet(index, number);
        let met = self.buffers.known[number as usize].met.clone().unwrap_or_default();
        for (word, _) in met {
            for name in index.anchored(word) {
                let stored = index.name(*name);
                let shape = match &*stored.pieces {
                    [(Piece::Word(only), weight)] if *only == word && !stored.is_acronym => {
                        Shape { piece: Piece::Word(word), weight: *weight, first: 0, count: 1 }
                    }
                    _ => continue,
                };
                let Some(fit) = self.buffers.fit(index, number, word).filter(|fit| fit.likeness > 0.7) else {
                    continue;
                };
                if self.sees(*name) {
                    let score = 0.6 + 0.3 * (fit.likeness - 0.7);
                    let pair = (0, at, Fit { kind: GroupMatchKind::Joined, ..fit }, shape.weight * fit.share);
                    self.hold(*name, score, vec![pair], vec![shape], 1);
                }
            }
        }
    }

    /// Whether a word says nothing: in capitals, where others are not, it may be an acronym (`IS`).
    fn is_stop(&self, at: usize) -> bool {
        let element = self.elements[at];
        let is_stop = element.known.is_some_and(|known| self.buffers.known[known as usize].is_stop);
        is_stop && !(element.all_capitals && element.cased)
    }

    fn sees(&self, name: NameId) -> bool {
        self.visible[self.index.name(name).class as usize]
    }

    /// A word in small letters after one in capitals may be the second of a name.
    fn is_inside_capitals(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| self.elements[before]);
        self.elements[at].gap & !(SPACE | HYPHEN) == 0 && before.is_some_and(|e| e.capital && e.cased)
    }

    /// A cheap look: whether some other element of a longer name stands near.
    fn may_stand(&mut self, name: NameId, anchor: WordId, at: usize) -> bool {
        let index = self.index;
        let stored = index.name(name);
        // The name proper may stand alone here.
        if self.is_quoted(at, at) || self.is_told_beside(at, at) {
            return true;
        }
        if stored.pieces.len() < 2 || !stored.pieces.iter().any(|(piece, _)| is_word(*piece, anchor)) {
            return true;
        }
        self.stands_near(stored, at, stored.pieces.len() + MOST_BETWEEN, |piece| is_word(piece, anchor))
    }

    /// The same where a common word stands for a longer name's most telling element: it is never told alone.
    fn may_stand_by_concept(&mut self, name: NameId, anchor: ConceptId, at: usize) -> bool {
        let index = self.index;
        let stored = index.name(name);
        let is_anchor = |piece: Piece| matches!(piece, Piece::Concept(concept, _) if concept == anchor);
        // A name that has it twice is let through.
        let twice = stored.pieces.iter().filter(|(piece, _)| is_anchor(*piece)).count() > 1;
        let reach = 2 * stored.pieces.len() + MOST_BETWEEN + 2;
        stored.pieces.len() < 2 || twice || self.stands_near(stored, at, reach, is_anchor)
    }

    /// Whether some element of a name but its anchor stands near.
    fn stands_near(
        &mut self,
        stored: &StoredName,
        at: usize,
        reach: usize,
        is_anchor: impl Fn(Piece) -> bool,
    ) -> bool {
        let index = self.index;
        let (from, to) = (at.saturating_sub(reach), (at + reach + 1).min(self.elements.len()));
        for near in (from..to).filter(|near| *near != at) {
            let element = self.elements[near];
            for (piece, _) in stored.pieces.iter().filter(|(piece, _)| !is_anchor(*piece)) {
                let stands = match (piece, element.kind) {
                    (Piece::Concept(one, _), TextKind::Concept(other, _)) if *one == other => true,
                    (Piece::Number(one), TextKind::Number(other)) => *one == other,
                    (Piece::Word(word) | Piece::Concept(_, Some(word)), TextKind::Name)
                    | (Piece::Word(word), TextKind::Concept(..)) => element.known.is_some_and(|known| {
                        self.buffers.meet(index, known);
                        let met = self.buffers.known[known as usize].met.as_ref();
                        met.is_some_and(|met| met.binary_search_by_key(word, |(word, _)| *word).is_ok())
                    }),
                    _ => false,
                };
                if stands {
                    return true;
                }
            }
        }
        false
    }

    /// How an element of the text fits one of a name.
    fn fit_of(&mut self, piece: Piece, at: usize) -> Option<Fit> {
        let element = self.elements[at];
        let translated = Fit { share: 1.0, likeness: 1.0, kind: GroupMatchKind::Translated };
        match (piece, element.kind) {
            (Piece::Concept(one, _), TextKind::Concept(other, _)) if one == other => Some(translated),
            (Piece::Number(one), TextKind::Number(other)) => {
                (one == other).then_some(Fit { kind: GroupMatchKind::Exact, ..translated })
            }
            (Piece::Word(_) | Piece::Concept(..), _) if self.is_stop(at) => None,
            (Piece::Word(word), TextKind::Name) => self.buffers.fit(self.index, element.known?, word),
            // A common word spelt by sound, on one side.
            (Piece::Word(word), TextKind::Concept(..)) | (Piece::Concept(_, Some(word)), TextKind::Name) => {
                let fit = self.buffers.fit(self.index, element.known?, word)?;
                (fit.likeness >= LEAST_OF_COMMON && element.end - element.start >= LETTERS_OF_COMMON)
                    .then_some(fit)
            }
            _ => None,
        }
    }

    /// Tries a name where a text has its most telling element.
    fn try_name(&mut self, name: NameId, at: usize, via: Option<WordId>) {
        let index = self.index;
        let stored = index.name(name);
        let Some((shapes, anchor)) = self.shapes_of(stored, at, via) else { return };
        let Some(fit) = self.fit_of(shapes[anchor].piece, at) else { return };
        let pairs = vec![(anchor, at, fit, shapes[anchor].weight * fit.share)];
        let held = if shapes.len() == 1 {
            self.single(stored, &shapes[0], at, fit).map(|score| (score, pairs))
        } else {
            self.several(&shapes, pairs)
        };
        let Some((score, pairs)) = held else { return };
        self.hold(name, score, pairs, shapes, 0);
    }

    /// Keeps a name that held up; `more` elements of the text belong to the last pair.
    fn hold(&mut self, name: NameId, score: f32, mut pairs: Vec<Pair>, shapes: Vec<Shape>, more: usize) {
        let stored = self.index.name(name);
        let score = if stored.is_weak { weak_alias_score(score) } else { score };
        let Some(record) = self.index.record_of(stored).filter(|_| score >= self.least_score) else { return };
        pairs.sort_unstable_by_key(|pair| pair.1);
        let (first, last) = (pairs[0].1, pairs[pairs.len() - 1].1 + more);
        let (start, end) = (self.elements[first].start, self.elements[last].end);
        let held = Held { name, first, last, start, end, score, pairs, shapes, record };
        let equals = self.held.entry((first, last)).or_default();
        // Of a record the best, and of records the best: what is kept does not depend on the order in which they came.
        let worst = match equals.iter().position(|other| other.record == record) {
            Some(same) => Some(same),
            None if equals.len() < MAX_EQUALS => None,
            None => (0..equals.len()).max_by(|a, b| better_held(&equals[*a], &equals[*b])),
        };
        match worst {
            None => equals.push(held),
            Some(worst) if better_held(&held, &equals[worst]).is_lt() => equals[worst] = held,
            Some(_) => {}
        }
    }

    /// The elements of a name as they are looked for, and which of them the text has at `at`.
    fn shapes_of(&self, stored: &StoredName, at: usize, via: Option<WordId>) -> Option<(Vec<Shape>, usize)> {
        let plain = stored.pieces.iter().enumerate();
        let mut shapes: Vec<Shape> = plain
            .map(|(first, (piece, weight))| Shape { piece: *piece, weight: *weight, first, count: 1 })
            .collect();
        let anchor = shapes.iter().position(|shape| match via {
            Some(word) => is_word(shape.piece, word),
            None => matches!((shape.piece, self.elements[at].kind), (Piece::Concept(a, _), TextKind::Concept(b, _)) if a == b),
        });
        if let Some(anchor) = anchor {
            return Some((shapes, anchor));
        }
        let word = via?;
        let (_, first, count) = stored.joined.iter().copied().find(|joined| joined.0 == word)?;
        let (first, count) = (usize::from(first), usize::from(count).max(1));
        let run = shapes.get(first..first + count)?;
        let weight = run.iter().map(|shape| shape.weight).sum::<f32>().min(MOST_JOINED);
        let joined = Shape { piece: Piece::Word(word), weight, first, count };
        shapes.splice(first..first + count, [joined]);
        Some((shapes, first))
    }

    /// Whether a name may go on from the element before `at` to it.
    fn goes_on(&self, at: usize) -> bool {
        let gap = self.elements[at].gap;
        let before = self.elements[at - 1];
        let is_form = |e: &TextElement| {
            matches!(e.kind, TextKind::Concept(_, ConceptKind::LegalForm | ConceptKind::Sort))
        };
        if gap & BREAK != 0 {
            return false;
        }
        if gap & DOT != 0 {
            return is_form(&before);
        }
        gap & COMMA == 0 || is_form(&self.elements[at])
    }

    /// The other elements of a longer name near its anchor, and the score.
    fn several(&mut self, pieces: &[Shape], mut pairs: Vec<Pair>) -> Option<(f32, Vec<Pair>)> {
        let (anchor, at) = (pairs[0].0, pairs[0].1);
        let reach = 2 * pieces.len() + MOST_BETWEEN + 2;
        let (mut from, mut to) = (at, at);
        while from > 0 && at - from < reach && self.goes_on(from) {
            from -= 1;
        }
        while to + 1 < self.elements.len() && to - at < reach && self.goes_on(to + 1) {
            to += 1;
        }
        let mut order: Vec<usize> = (0..pieces.len()).filter(|piece| *piece != anchor).collect();
        order.sort_by(|a, b| pieces[*b].weight.total_cmp(&pieces[*a].weight).then(a.cmp(b)));
        for piece in order {
            let mut best: Option<(usize, Fit, f32)> = None;
            for near in from..=to {
                if pairs.iter().any(|pair| pair.1 == near) {
                    continue;
                }
                let Some(fit) = self.fit_of(pieces[piece].piece, near) else { continue };
                // Near the anchor, on the side where the name has it.
                let turned = (near < at) != (piece < anchor);
                let value = fit.likeness - 0.05 * near.abs_diff(at) as f32 - if turned { 0.2 } else { 0.0 };
                if best.is_none_or(|(_, _, known)| value > known) {
                    best = Some((near, fit, value));
                }
            }
            if let Some((near, fit, _)) = best {
                pairs.push((piece, near, fit, pieces[piece].weight * fit.share));
            }
        }
        self.keep_together(&mut pairs, at);
        if pairs.len() > 1 {
            return Some((self.score_of_several(pieces, &pairs), pairs));
        }
        // The name proper alone, between quotation marks: what is left out says only what sort of organisation it is.
        let (anchor, at, fit, _) = pairs[0];
        let left: f32 = pieces.iter().map(|shape| shape.weight).sum::<f32>() - pieces[anchor].weight;
        let is_rare = pieces[anchor].weight >= LEAST_ALONE && matches!(pieces[anchor].piece, Piece::Word(_));
        let (is_quoted, is_told) = (self.is_quoted(at, at), self.is_told_beside(at, at));
        let fits_quoted = is_quoted && fit.likeness > 0.75 && left < MOST_LEFT_ALONE;
        let fits_told = is_told && fit.likeness > 0.97 && left < MOST_LEFT_TOLD;
        let alone = is_rare && self.elements[at].may_begin() && (fits_quoted || fits_told);
        alone.then_some((if is_quoted && is_told { 0.6 } else { 0.5 }, pairs))
    }

    /// Leaves out what is separated from the anchor by other words.
    fn keep_together(&self, pairs: &mut Vec<Pair>, at: usize) {
        pairs.sort_unstable_by_key(|pair| pair.1);
        let Some(middle) = pairs.iter().position(|pair| pair.1 == at) else { return };
        let between = |a: usize, b: usize| self.elements[a + 1..b].iter().filter(|e| e.counts()).count();
        let mut last = middle;
        while last + 1 < pairs.len() && between(pairs[last].1, pairs[last + 1].1) <= MOST_BETWEEN {
            last += 1;
        }
        let mut first = middle;
        while first > 0 && between(pairs[first - 1].1, pairs[first].1) <= MOST_BETWEEN {
            first -= 1;
        }
        pairs.truncate(last + 1);
        pairs.drain(..first);
    }

    fn score_of_several(&self, pieces: &[Shape], pairs: &[Pair]) -> f32 {
        let (first, last) = (pairs[0].1, pairs[pairs.len() - 1].1);
        let is_quoted = self.is_quoted(first, last);
        let begins = self.elements[first].may_begin()
            || pairs.iter().any(|pair| {
                let element = &self.elements[pair.1];
                element.gap & QUOTE != 0 || element.kind == TextKind::Name && element.may_begin()
            });
        if !begins {
            return 0.0;
        }
        let matched: f32 = pairs.iter().map(|pair| pair.3).sum();
        let has = |at: usize| pairs.iter().any(|pair| pair.0 == at);
        let left: f32 =
            pieces.iter().enumerate().filter(|(at, _)| !has(*at)).map(|(_, piece)| piece.weight).sum();
        let lost: f32 = pairs.iter().map(|pair| pieces[pair.0].weight - pair.3).sum();
        let has_name = pairs.iter().any(|pair| matches!(pieces[pair.0].piece, Piece::Word(_)));
        let mut odds = 9.5 * matched / (matched + left) - 7.0 + 0.2 * (matched.min(16.0) - 8.0) - 0.35 * lost;
        for (at, element) in self.elements[first..=last].iter().enumerate() {
            let is_pair = pairs.iter().any(|pair| pair.1 == first + at);
            odds -= match element.kind {
                _ if is_pair => 0.0,
                // A verb or noun in small letters parts what stands on its sides.
                TextKind::Name if element.cased && !element.capital => 4.0,
                TextKind::Name => 1.2,
                TextKind::Number(_) => 1.5,
                TextKind::Concept(_, ConceptKind::LegalForm | ConceptKind::Particle) => 0.0,
                TextKind::Concept(..) if element.cased && !element.capital => 1.5,
                TextKind::Concept(..) => 0.7,
            };
        }
        let in_order = pairs.windows(2).all(|pair| pair[0].0 < pair[1].0);
        odds -= if in_order {
            0.0
        } else if has_name {
            0.5
        } else {
            1.2
        };
        odds += if is_quoted { 0.8 } else { 0.0 };
        odds += if self.is_told_beside(first, last) { 0.4 } else { 0.0 };
        if pieces.iter().enumerate().any(|(at, shape)| matches!(shape.piece, Piece::Number(_)) && !has(at)) {
            odds -= 2.5;
        }
        1.0 / (1.0 + (-odds).exp())
    }

    /// Whether quotation marks stand on both sides.
    fn is_quoted(&self, first: usize, last: usize) -> bool {
        let opened = self.elements[first].gap & QUOTE != 0;
        let closed = self.elements.get(last + 1).is_none_or(|next| next.gap & QUOTE != 0);
        opened && closed
    }

    /// Whether a legal form or a word for a sort of organisation stands beside, over particles.
    fn is_told_beside(&self, first: usize, last: usize) -> bool {
        let tells = |e: &TextElement| {
            matches!(e.kind, TextKind::Concept(_, ConceptKind::LegalForm | ConceptKind::Sort))
        };
        let before = (0..first).rev().take(2).take_while(|at| self.goes_on(at + 1));
        let before = before.map(|at| &self.elements[at]).find(|e| !e.is_particle());
        let after = (last + 1..self.elements.len()).take(2).take_while(|at| self.goes_on(*at));
        let after = after.map(|at| &self.elements[at]).find(|e| !e.is_particle());
        before.is_some_and(tells) || after.is_some_and(tells)
    }

    /// The score of a name of one element.
    fn single(&self, stored: &StoredName, shape: &Shape, at: usize, fit: Fit) -> Option<f32> {
        let element = self.elements[at];
        let is_quoted = self.is_quoted(at, at);
        let is_told = self.is_told_beside(at, at);
        let letters = element.end - element.start;
        if !element.may_begin() {
            return None;
        }
        if stored.is_acronym && letters <= 7 {
            let is_told = is_quoted || is_told;
            let may_be_a_name = letters <= 3 || self.is_beside_capitals(at);
            let like_a_person = may_be_a_name && !is_told && self.looks_like_a_person(at);
            let loss = if like_a_person { LIKE_A_PERSON } else { 0.0 };
            if !element.cased && !is_told && fit.kind != GroupMatchKind::Exact {
                return None;
            }
            return self.acronym(&element, fit, is_told).map(|score| less_by(score, loss));
        }
        let everyday = matches!(shape.piece, Piece::Concept(..)) || shape.weight < RARE;
        if everyday {
            if let Piece::Concept(id, _) = shape.piece
                && concept(id).kind != ConceptKind::Everyday
            {
                return None;
            }
            let stands_out =
                is_quoted || element.cased && element.capital && element.gap & (DOT | LINE | BREAK) == 0;
            return match (is_quoted, is_told) {
                _ if fit.likeness < 0.85 => None,
                (true, true) => Some(0.8),
                (true, false) => Some(0.4),
                (false, true) if stands_out => Some(0.55),
                (false, true) | (false, false) => None,
            };
        }
        if letters <= 4 && fit.likeness < 0.9 {
            return None;
        }
        let mut odds = 0.9 + 5.0 * (fit.likeness - 0.8) + 0.15 * (shape.weight.clamp(6.5, 11.0) - 8.0);
        odds += if is_quoted { 1.2 } else { 0.0 } + if is_told { 0.9 } else { 0.0 };
        odds -= match () {
            () if element.cased => 0.0,
            () if is_quoted || is_told || fit.kind == GroupMatchKind::Exact => 0.4,
            () if letters >= LONG_BY_SOUND => 0.4,
            () => BY_SOUND_ALONE,
        };
        if !is_quoted && !is_told && self.looks_like_a_person(at) {
            odds -= LIKE_A_PERSON;
        }
        Some(1.0 / (1.0 + (-odds).exp()))
    }

    fn acronym(&self, element: &TextElement, fit: Fit, is_told: bool) -> Option<f32> {
        let letters = element.end - element.start;
        let exact = fit.likeness > 0.97;
        match letters {
            0..=2 => (exact && element.all_capitals && is_told).then_some(0.6),
            // Three capitals may stand for anything.
            3 if exact && element.all_capitals && element.cased => Some(if is_told { 0.85 } else { 0.4 }),
            4.. if exact && element.all_capitals && element.cased => Some(0.85),
            3.. if exact && is_told => Some(0.65),
            4.. if exact && !element.cased => Some(0.6),
            5.. if exact && element.capital => Some(0.6),
            5.. if fit.likeness > 0.85 && element.capital => Some(0.5),
            _ => None,
        }
    }

    /// Whether another word all in capitals stands beside: `SARA CONNOR`, not `the Colombian FARC`.
    fn is_beside_capitals(&self, at: usize) -> bool {
        let near = [at.checked_sub(1), at.checked_add(1)].into_iter().flatten();
        near.filter_map(|near| self.elements.get(near)).any(|near| near.all_capitals)
    }

    /// Whether another name in capitals, or an initial, stands beside, as given names do.
    fn looks_like_a_person(&self, at: usize) -> bool {
        let is_name = |e: &TextElement, begins_sentence: bool| {
            matches!(e.kind, TextKind::Name) && e.cased && e.capital && !begins_sentence
        };
        let element = self.elements[at];
        let joined = |gap: u16| gap & !(SPACE | DOT) == 0;
        let before = at.checked_sub(1).map(|before| self.elements[before]);
        let after = self.elements.get(at + 1).copied();
        let before = before.is_some_and(|e| {
            joined(element.gap)
                && is_name(&e, e.gap & (DOT | LINE | BREAK) != 0)
                && (element.gap & DOT == 0 || e.end - e.start == 1)
        });
        before || after.is_some_and(|e| joined(e.gap) && e.gap & DOT == 0 && is_name(&e, false))
    }

    /// A find with its reasons.
    fn told(&self, held: &Held) -> Option<GroupFind> {
        let stored = self.index.name(held.name);
        let parsed = GroupName::parse(&stored.text);
        let counted: Vec<&str> =
            parsed.elements().iter().filter(|e| e.counts()).map(|e| e.text.as_str()).collect();
        let recorded =
            |shape: &Shape| counted.get(shape.first..shape.first + shape.count).unwrap_or_default().join(" ");
        let slice = |at: usize| {
            let element = self.elements[at];
            self.text
                .get(element.first_byte as usize..element.last_byte as usize)
                .unwrap_or_default()
                .to_owned()
        };
        let mut reasons: Vec<GroupReason> = held
            .pairs
            .iter()
            .map(|(number, at, fit, weight)| GroupReason {
                query: slice(*at),
                recorded: recorded(&held.shapes[*number]),
                kind: if held.shapes[*number].count > 1 { GroupMatchKind::Split } else { fit.kind },
                weight: *weight,
                likeness: fit.likeness.clamp(0.0, 1.0),
            })
            .collect();
        let left =
            held.shapes.iter().enumerate().filter(|(at, _)| !held.pairs.iter().any(|pair| pair.0 == *at));
        reasons.extend(left.map(|(_, shape)| GroupReason {
            query: String::new(),
            recorded: recorded(shape),
            kind: GroupMatchKind::RecordOnly,
            weight: -shape.weight,
            likeness: 0.0,
        }));
        Some(GroupFind {
            start: held.start,
            end: held.end,
            record: held.record,
            name: self.index.recorded_text(stored).to_owned(),
            weak_alias: stored.is_weak,
            score: held.score,
            reasons,
        })
    }
}

/// A score whose odds are lower by so many nats.
fn less_by(score: f32, loss: f32) -> f32 {
    let odds = (score / (1.0 - score)).ln() - loss;
    1.0 / (1.0 + (-odds).exp())
}

fn is_word(piece: Piece, word: WordId) -> bool {
    match piece {
        Piece::Word(known) | Piece::Concept(_, Some(known)) => known == word,
        Piece::Concept(_, None) | Piece::Number(_) => false,
    }
}

/// The better first; equal ones in the order of places and records.
fn better_held(a: &Held, b: &Held) -> Ordering {
    let length = |h: &Held| h.last - h.first;
    (b.score.total_cmp(&a.score))
        .then(length(b).cmp(&length(a)))
        .then((a.first, a.record, a.name).cmp(&(b.first, b.record, b.name)))
}

/// Of names that share words the best, and those on the same words whose score is hardly lower; of a record the best.
fn best_per_stretch(mut held: Vec<Held>) -> Vec<Held> {
    held.sort_by(better_held);
    let mut kept: BTreeMap<(usize, usize), Vec<Held>> = BTreeMap::new();
    for find in held {
        if let Some(equals) = kept.get_mut(&(find.first, find.last)) {
            let near = equals[0].score - find.score <= EQUAL && equals.len() < MAX_EQUALS;
            if near && !equals.iter().any(|other| other.record == find.record) {
                equals.push(find);
            }
            continue;
        }
        let overlaps = kept.keys().any(|(first, last)| *first <= find.last && find.first <= *last);
        if !overlaps {
            kept.insert((find.first, find.last), vec![find]);
        }
    }
    kept.into_values().flatten().collect()
}
