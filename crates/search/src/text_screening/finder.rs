//! One pass over a text: words, forms, pairs of neighbours, and the names that hold up when compared.

use std::collections::HashMap;

use barid_names::channel::ScoringBuffers;
use barid_names::compare::{
    Comparison, MatchKind, NO_EVIDENCE, PartMatch, PreparedQuery, assign, explain, part_evidence_at_least,
};
use barid_names::hashing::IntegerMap;
use barid_names::laid_out::{LaidOut, LaidOutBuffers};
use barid_names::letters::fold_native;
use barid_names::name::{Part, PartDetails};
use barid_names::roles::{Role, role_of};
use barid_names::script::{Script, Writing};
use barid_names::tables::tables;
use unicode_normalization::UnicodeNormalization as _;

use super::endings::{Form, MAX_FORMS, forms_of};
use super::ethiopic::{is_preposition, latin_of_ethiopic};
use super::index::{Key, Meeting, PartId, RecordUnit, ScreeningIndex, beginnings_of, is_servant};
use super::scoring::{
    Circumstances, FirstLook, LikenessNeeded, TERMS, best_score, score, score_before_explanation, terms,
};
use super::skeleton::{Skeleton, of_latin_text, of_native, signatures_agree};
use super::stop_words::is_stop_word;
use super::weighed::{Likeness, Weighed};
use super::words::{BREAK, COMMA, DOT, HYPHEN, INTERPUNCT, LINE, SPACE, Word, has_case, words_of};

/// Characters of one text; what follows is not read. Longer texts are passed in pieces.
pub const MAX_TEXT_CHARS: usize = 4_000_000;
/// Letters of the longest word looked at.
const MAX_WORD_CHARS: u32 = 40;
/// Words kept in the memory of a pass.
const MAX_KNOWN: usize = 60_000;
/// Recorded parts kept, and comparisons of words with parts.
const MAX_PARTS: usize = 20_000;
const MAX_EVIDENCE: usize = 400_000;
/// Finds are kept from this score on.
pub const LEAST_SCORE: f32 = 0.45;
/// Characters of the shortest names that stand in a run.
const SHORT_RUN: u32 = 2;
/// Letters of a syllable in an alphabet.
const LONGEST_SYLLABLE: u32 = 5;
/// Names that two words met which are compared in full.
const MAX_COMPARED: usize = 12;
/// Names of one stretch that are as good as the best.
const MAX_EQUALS: usize = 20;

/// A recorded name found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// First character of the stretch and the one after its last, in Unicode scalar values of the text given.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// The caller's number of the record.
    pub slot: u32,
    /// How sure it is, 0 to 1.
    pub score: f32,
    /// Evidence in nats, for the order among finds.
    pub evidence: f32,
    /// What the score was worked out from, for fitting it.
    pub terms: [f32; TERMS],
    /// Which parts of the text stand for which of the record, and how.
    pub reasons: Vec<Reason>,
}

/// One line of why a name was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The part in the form it was compared in; empty if the text has none.
    pub text: String,
    /// The part as recorded; empty if the record has none.
    pub recorded: String,
    /// How they correspond.
    pub kind: MatchKind,
    /// Contribution in nats.
    pub weight: f32,
    /// How alike they are, 0 to 1.
    pub likeness: f32,
}

/// Reused buffers of a pass.
#[derive(Debug, Default)]
pub struct ScreeningBuffers {
    words: Vec<Word>,
    known: Vec<Known>,
    by_text: HashMap<String, u32>,
    record_parts: IntegerMap<PartId, Part>,
    /// How many likenesses of words to recorded parts are kept with the words.
    weighed: usize,
    units: Vec<RecordUnit>,
    meetings: Vec<Meeting>,
    /// Pairs of words that stood in this text before, and where among `likely` is what they met.
    pairs: IntegerMap<u64, (u32, u32)>,
    /// The same of an initial with a surname.
    initials: IntegerMap<u64, (u32, u32)>,
    likely: Vec<Likely>,
    scoring: ScoringBuffers,
    laid_out: Vec<FormLaidOut>,
    laid_out_buffers: LaidOutBuffers,
    letters: Vec<u8>,
    /// What the last passes did, for measuring.
    pub counts: Counts,
    /// Whether nothing is rejected before it is compared, to hold the gates against.
    #[cfg(test)]
    ungated: bool,
}

/// What passes did.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Words, and how many of them were looked up.
    pub words: u64,
    /// Words that were worked out, not remembered.
    pub worked_out: u64,
    /// Pairs of neighbours.
    pub pairs: u64,
    /// Pairs and names that met by their skeletons.
    pub met: u64,
    /// Words and recorded parts whose letters were compared.
    pub weighed: u64,
    /// Those that were compared in full.
    pub compared: u64,
}

/// Spellings of a whole part that get keys.
const ATTESTED: usize = 4;

/// Where in a name a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Inside,
}

/// What is known of a word.
#[derive(Debug)]
struct Known {
    script: Script,
    /// Folded, or composed syllables for Hangul: what endings are taken off.
    letters: Vec<char>,
    forms: Vec<Form>,
    /// Keys of every form.
    keys: Vec<(Key, u8)>,
    /// Distinct keys of all forms.
    distinct: Vec<Key>,
    role: Role,
    servant: bool,
    stop: bool,
    /// Likenesses to recorded parts: where a name may begin with the word, and inside one.
    weighed: [Weighed; 2],
    /// Whether published transliterations have it as part of a name.
    published: bool,
    parts: Vec<Option<Part>>,
}

/// A form of a word laid out for comparing it with Latin parts.
#[derive(Debug, Default)]
struct FormLaidOut {
    /// The word and the form; `None` if nothing is laid out here.
    form: Option<(u32, u8)>,
    laid_out: LaidOut,
}

/// Forms of words kept laid out: those of the last few words.
const MAX_LAID_OUT: usize = 64;

impl ScreeningBuffers {
    /// Forgets what was worked out where it grew too large.
    fn make_room(&mut self) {
        if self.known.len() > MAX_KNOWN || self.weighed > MAX_EVIDENCE {
            self.known.clear();
            self.by_text.clear();
            self.weighed = 0;
            self.laid_out.iter_mut().for_each(|form| form.form = None);
        }
        // Who may be found differs from one text to the next.
        self.pairs.clear();
        self.initials.clear();
        self.likely.clear();
        if self.record_parts.len() > MAX_PARTS {
            self.record_parts.clear();
        }
    }

    /// Whether names are rejected that can't reach the score, before they are compared.
    fn is_gated(&self) -> bool {
        #[cfg(test)]
        return !self.ungated;
        #[cfg(not(test))]
        true
    }

    /// What is known of how alike a word is to a part.
    fn likeness_known(&self, known: u32, part: PartId, place: Place) -> Option<Likeness> {
        self.known[known as usize].weighed[place as usize].get(part)
    }

    /// How alike a word is to a recorded part in the form that is most so, as a share of what both could tell, and that
    /// form; `None` if it is less than `least`. Inside a name no form counts that a name begins with.
    fn likeness(
        &mut self,
        index: &ScreeningIndex,
        known: u32,
        part: PartId,
        place: Place,
        least: f32,
    ) -> Option<(f32, u8)> {
        match self.likeness_known(known, part, place) {
            Some(likeness) if likeness.is_below(least) => return None,
            Some(Likeness::Is(likeness, form)) => return Some((likeness, form)),
            Some(Likeness::Below(_)) | None => {}
        }
        let likeness = self.weigh(index, known, part, place, least);
        let new = self.known[known as usize].weighed[place as usize].set(part, likeness);
        self.weighed += usize::from(new);
        match likeness {
            Likeness::Is(likeness, form) => Some((likeness, form)),
            Likeness::Below(_) => None,
        }
    }

    fn weigh(
        &mut self,
        index: &ScreeningIndex,
        known: u32,
        part: PartId,
        place: Place,
        least: f32,
    ) -> Likeness {
        let is_gated = self.is_gated();
        let word = &mut self.known[known as usize];
        let mut forms = word.forms_that_meet(index.skeletons(part));
        if place == Place::Inside {
            let begins = |form: &usize| word.forms[*form].begins;
            (0..word.forms.len()).filter(begins).for_each(|form| forms &= !(1 << form));
        }
        if forms == 0 {
            return Likeness::Below(f32::INFINITY);
        }
        self.counts.weighed += 1;
        let is_foreign = is_gated && word.script != Script::Latin && word.role != Role::Initial;
        if is_foreign && index.plain_letters(part, &mut self.letters) {
            return self.weigh_plain(known, forms, index.details(part), least);
        }
        let recorded = match self.record_parts.entry(part) {
            std::collections::hash_map::Entry::Occupied(place) => place.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => match index.part(part) {
                Some(recorded) => place.insert(recorded),
                None => return Likeness::Below(f32::INFINITY),
            },
        };
        let mut best = (least, None);
        for form in (0..word.forms.len()).filter(|form| forms >> form & 1 == 1) {
            let Some(met) = word.part(form) else { continue };
            let full = met.information().min(recorded.information()).max(1.0);
            let evidence = part_evidence_at_least(best.0 * full, met, recorded, &mut self.scoring);
            // A form that was made by putting letters in has to be better than one that was not.
            let likeness = evidence / full - 0.02 * form.min(1) as f32;
            if likeness > best.0 || (best.1.is_none() && likeness >= least) {
                best = (likeness, Some(form as u8));
            }
        }
        match best {
            (likeness, Some(form)) => Likeness::Is(likeness, form),
            (least, None) => Likeness::Below(least),
        }
    }

    /// The same of a part whose plain Latin letters are in `letters`.
    fn weigh_plain(&mut self, known: u32, forms: u32, recorded: PartDetails, least: f32) -> Likeness {
        let word = &mut self.known[known as usize];
        let mut best = (least, None);
        self.laid_out.resize_with(MAX_LAID_OUT, FormLaidOut::default);
        for form in (0..word.forms.len()).filter(|form| forms >> form & 1 == 1) {
            let Some(met) = word.part(form) else { continue };
            let full = met.information().min(recorded.information).max(1.0);
            let place = (known as usize * MAX_FORMS + form) % MAX_LAID_OUT;
            let FormLaidOut { form: holds, laid_out } = &mut self.laid_out[place];
            if *holds != Some((known, form as u8)) {
                *holds = laid_out.lay_out(met).then_some((known, form as u8));
            }
            let evidence = match holds {
                Some(_) => laid_out.evidence_at_least(
                    best.0 * full,
                    &self.letters,
                    recorded.information,
                    &mut self.laid_out_buffers,
                ),
                // The form is an initial: it is no name that anything tells of.
                None => NO_EVIDENCE,
            };
            let likeness = evidence / full - 0.02 * form.min(1) as f32;
            if likeness > best.0 || (best.1.is_none() && likeness >= least) {
                best = (likeness, Some(form as u8));
            }
        }
        match best {
            (likeness, Some(form)) => Likeness::Is(likeness, form),
            (least, None) => Likeness::Below(least),
        }
    }

    /// How alike two words are to two recorded parts, and in which forms; `None` if a name with these parts, of which
    /// `more` others tell so many nats at most, can't reach the score.
    fn likenesses(
        &mut self,
        index: &ScreeningIndex,
        needed: &LikenessNeeded,
        words: [u32; 2],
        parts: [PartId; 2],
        more: f32,
    ) -> Option<[(f32, u8); 2]> {
        const PLACES: [Place; 2] = [Place::First, Place::Inside];
        let told = parts.map(|part| index.details(part).information);
        let least = |at: usize, most_of_other: f32| {
            let other = most_of_other * told[1 - at];
            let together = (LEAST_TOGETHER * (told[0] + told[1]) - other) / told[at].max(0.1);
            LEAST_SHARE.max(together - ROUNDING).max(needed.of(told[at], other + more))
        };
        let most = |likeness: Option<Likeness>| likeness.map_or(MOST_ALIKE, |l| l.at_most().min(MOST_ALIKE));
        let known = [0, 1].map(|at| self.likeness_known(words[at], parts[at], PLACES[at]));
        if [0, 1].iter().any(|at| known[*at].is_some_and(|l| l.is_below(least(*at, most(known[1 - at]))))) {
            return None;
        }
        // What tells more is sooner found to be another name.
        let first = usize::from(told[1] > told[0]);
        let second = 1 - first;
        let mut weigh = |at: usize, least: f32| self.likeness(index, words[at], parts[at], PLACES[at], least);
        let one = weigh(first, least(first, most(known[second])))?;
        let other = weigh(second, least(second, one.0))?;
        Some(if first == 0 { [one, other] } else { [other, one] })
    }
}

/// No word is more alike to a part than this.
const MOST_ALIKE: f32 = 1.2;
/// More than what rounding makes of a likeness.
const ROUNDING: f32 = 0.001;

/// A word of the text, or several taken together, as one part of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) known: u32,
    /// Words it covers: first and last.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Characters it covers.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A name that held up.
#[derive(Debug, Clone)]
struct Held {
    find: Find,
    name: u32,
}

impl ScreeningIndex {
    /// Finds the recorded names in a text, in the order of their places; of names that share a stretch the best, and
    /// those as good as it, if they score [`LEAST_SCORE`] at least. `visible` says for every class whether its names may
    /// be found; the answer is the same as if the others did not exist.
    pub fn screen(&self, text: &str, visible: &[bool], buffers: &mut ScreeningBuffers) -> Vec<Find> {
        self.screen_from(LEAST_SCORE, text, visible, buffers)
    }

    /// The same from another score on.
    pub fn screen_from(
        &self,
        least_score: f32,
        text: &str,
        visible: &[bool],
        buffers: &mut ScreeningBuffers,
    ) -> Vec<Find> {
        best_per_stretch(self.pass(text, visible, buffers, least_score, Aim::Finds).0)
    }

    /// The records whose names [`screen`](Self::screen) would compare in full, by the caller's numbers: each once, in
    /// ascending order. `gone` has a bit for every number; those whose bit is set count as if they did not exist.
    ///
    /// Of two indexes that share the records of a third, both together propose whatever the third would compare.
    pub(super) fn propose(
        &self,
        least_score: f32,
        text: &str,
        visible: &[bool],
        gone: &[u64],
        buffers: &mut ScreeningBuffers,
    ) -> Vec<u32> {
        let mut proposed = self.pass(text, visible, buffers, least_score, Aim::Proposals { gone }).1;
        proposed.sort_unstable();
        proposed.dedup();
        proposed
    }

    fn pass(
        &self,
        text: &str,
        visible: &[bool],
        buffers: &mut ScreeningBuffers,
        least_score: f32,
        aim: Aim<'_>,
    ) -> (Vec<Held>, Vec<u32>) {
        let mut words = std::mem::take(&mut buffers.words);
        let text = match text.char_indices().nth(MAX_TEXT_CHARS) {
            Some((end, _)) => &text[..end],
            None => text,
        };
        words_of(text, &mut words);
        buffers.make_room();
        buffers.counts.words += words.len() as u64;
        let (held, proposed) = (Vec::new(), Vec::new());
        let mut pass =
            Pass { index: self, text, words: &words, visible, least_score, aim, buffers, held, proposed };
        pass.run();
        let (held, proposed) = (pass.held, pass.proposed);
        buffers.words = words;
        (held, proposed)
    }
}

/// What a pass is for.
#[derive(Clone, Copy)]
enum Aim<'p> {
    /// Names that hold up.
    Finds,
    /// Records that may be found, but for those that are gone.
    Proposals { gone: &'p [u64] },
}

impl Aim<'_> {
    fn leaves_out(&self, slot: u32) -> bool {
        match self {
            Aim::Finds => false,
            Aim::Proposals { gone } => {
                gone.get(slot as usize / 64).is_some_and(|bits| bits >> (slot % 64) & 1 == 1)
            }
        }
    }
}

pub(super) struct Pass<'p> {
    index: &'p ScreeningIndex,
    pub(super) text: &'p str,
    pub(super) words: &'p [Word],
    visible: &'p [bool],
    least_score: f32,
    aim: Aim<'p>,
    buffers: &'p mut ScreeningBuffers,
    held: Vec<Held>,
    proposed: Vec<u32>,
}

impl Pass<'_> {
    fn run(&mut self) {
        let mut units: Vec<Unit> = Vec::new();
        let mut starts = vec![0usize; self.words.len() + 1];
        for (at, start) in starts.iter_mut().enumerate().take(self.words.len()) {
            *start = units.len();
            self.units_at(at, &mut units);
        }
        starts[self.words.len()] = units.len();
        for at in 0..units.len() {
            self.neighbours(units[at], &units, &starts);
        }
        for at in 0..self.words.len() {
            self.unspaced(at);
            self.initials(at);
        }
    }

    /// Whether a word may be part of a name by its looks.
    fn eligible(&self, at: usize) -> bool {
        let word = &self.words[at];
        (word.capital || !word.cased) && word.chars() <= MAX_WORD_CHARS && has_spaces(word.script)
    }

    fn units_at(&mut self, at: usize, units: &mut Vec<Unit>) {
        if !self.eligible(at) {
            return;
        }
        let word = self.words[at];
        let known = self.known(word.script, word.text(self.text));
        let unit = Unit { known, first: at, last: at, start: word.start, end: word.end };
        let Known { role, servant, stop, .. } = self.buffers.known[known as usize];
        if matches!(role, Role::Name | Role::Patronymic | Role::Title) && !stop {
            units.push(unit);
        }
        let Some(next) = self.words.get(at + 1).copied() else { return };
        // The two syllables of a Chinese or Korean given name, which some write apart (Ким Ён Сук).
        let syllables = word.chars() <= LONGEST_SYLLABLE
            && next.chars() <= LONGEST_SYLLABLE
            && next.gap == SPACE
            && word.capital == word.cased
            && next.capital == next.cased
            && matches!(role, Role::Name)
            && !stop;
        let binds = servant || role == Role::Particle || next.gap & HYPHEN != 0 || syllables;
        if binds && next.script == word.script && self.continues(at + 1) && next.chars() <= MAX_WORD_CHARS {
            // Hebrew leaves the l of an Arabic article out where it is not spoken.
            let article = if word.text(self.text) == "א" { "ל" } else { "" };
            let both = format!("{}{article}{}", word.text(self.text), next.text(self.text));
            let known = self.known(word.script, &both);
            units.push(Unit { known, last: at + 1, end: next.end, ..unit });
        }
        if let Some((both, last)) = self.joined_over_article(at, servant) {
            let known = self.known(word.script, &both);
            units.push(Unit { known, last, end: self.words[last].end, ..unit });
        }
        let mut letters = word.text(self.text).chars();
        if word.script == Script::Ethiopic && letters.next().is_some_and(is_preposition) && word.chars() > 3 {
            let known = self.known(word.script, letters.as_str());
            units.push(Unit { known, start: word.start + 1, ..unit });
        }
    }

    /// A compound of two nouns whose article is not spoken as written, as many write it: `عبد الرزاق` is Abderrazak,
    /// `נור א-דין` Noureddine. With the last word it takes.
    fn joined_over_article(&self, at: usize, servant: bool) -> Option<(String, usize)> {
        let text = |at: usize| self.words.get(at).map(|word| word.text(self.text));
        let (word, next) = (text(at)?, text(at + 1)?);
        if !self.continues(at + 1) || self.words[at + 1].script != self.words[at].script {
            return None;
        }
        if self.words[at].script == Script::Arabic {
            let noun = without_assimilated_article(next)?;
            return (servant || is_religion(noun)).then(|| (format!("{word}{noun}"), at + 1));
        }
        let article =
            matches!(next, "א" | "אל" | "al" | "ad" | "ed" | "el" | "ud" | "Al" | "Ad" | "Ed" | "El" | "Ud");
        let noun = text(at + 2).filter(|_| article && self.continues(at + 2))?;
        let vowel = if self.words[at].script == Script::Latin { "e" } else { "" };
        let whole = is_religion(noun) || (word == "עבד" && next == "א");
        whole.then(|| (format!("{word}{vowel}{noun}"), at + 2))
    }

    /// Whether a name may go on over what stands before a word.
    fn continues(&self, at: usize) -> bool {
        let gap = self.words[at].gap;
        if gap & (BREAK | COMMA) != 0 {
            return false;
        }
        // A dot ends a sentence unless an initial or a short title stands before it; the end of a line after it does.
        let before = &self.words[at - 1];
        let short = if has_case(before.script) { 3 } else { 1 };
        gap & DOT == 0
            || (before.capital == has_case(before.script) && before.chars() <= short && gap & LINE == 0)
    }

    /// Pairs a unit with those that follow it: directly, over particles, or over one other word.
    fn neighbours(&mut self, unit: Unit, units: &[Unit], starts: &[usize]) {
        let mut skipped = false;
        let mut at = unit.last + 1;
        if at < self.words.len() && self.is_turned_by_comma(unit, at) {
            for other in &units[starts[at]..starts[at + 1]] {
                self.meet(unit, *other);
            }
        }
        while at < self.words.len() && self.continues(at) {
            for other in &units[starts[at]..starts[at + 1]] {
                self.meet(unit, *other);
            }
            if !self.is_transparent(at) {
                if skipped || !self.eligible(at) || self.is_stop(at) {
                    return;
                }
                skipped = true;
            }
            at += 1;
            if at > unit.last + 4 {
                return;
            }
        }
    }

    /// Whether a comma turns a name about (Kalachev, Valery): nothing of a name stands before it or after it.
    fn is_turned_by_comma(&self, unit: Unit, at: usize) -> bool {
        let joins = |at: usize| at < self.words.len() && self.continues(at) && self.eligible(at);
        let before = unit.first > 0 && self.continues(unit.first) && self.eligible(unit.first - 1);
        let gap = self.words[at].gap;
        has_case(self.words[at].script)
            && gap & COMMA != 0
            && gap & (BREAK | DOT) == 0
            && !before
            && !joins(at + 1)
    }

    fn is_stop(&mut self, at: usize) -> bool {
        let word = self.words[at];
        let known = self.known(word.script, word.text(self.text));
        self.buffers.known[known as usize].stop
    }

    /// Particles and initials do not count as words between two parts.
    fn is_transparent(&mut self, at: usize) -> bool {
        let word = self.words[at];
        if word.chars() > 6 {
            return false;
        }
        let known = self.known(word.script, word.text(self.text));
        let known = &self.buffers.known[known as usize];
        match known.role {
            Role::Particle => !is_conjunction(&known.letters),
            // A small letter by itself is a word of its own.
            Role::Initial => !known.stop && (word.capital || !word.cased),
            Role::Name | Role::Title | Role::Patronymic | Role::Generation => false,
        }
    }

    pub(super) fn meet(&mut self, a: Unit, b: Unit) {
        if self.words[a.first].script != self.words[b.first].script {
            return;
        }
        self.buffers.counts.pairs += 1;
        let pair = u64::from(a.known) << 32 | u64::from(b.known);
        let (start, end) = match self.buffers.pairs.get(&pair) {
            Some(range) => *range,
            None => {
                let range = self.look_up(a.known, b.known);
                self.buffers.pairs.insert(pair, range);
                range
            }
        };
        if self.proposes() {
            let (likely, index) = (&self.buffers.likely[start as usize..end as usize], self.index);
            self.proposed.extend(likely.iter().map(|l| index.row(l.name).slot));
            return;
        }
        for at in start..end {
            let likely = self.buffers.likely[at as usize];
            self.verify(&likely, a, b);
        }
    }

    fn proposes(&self) -> bool {
        matches!(self.aim, Aim::Proposals { .. })
    }

    /// The names that two words may stand for, likeliest first, added to `likely`.
    fn look_up(&mut self, a: u32, b: u32) -> (u32, u32) {
        let index = self.index;
        let mut meetings = std::mem::take(&mut self.buffers.meetings);
        meetings.clear();
        let known = [a, b].map(|word| &self.buffers.known[word as usize]);
        let letters = known.iter().map(|word| word.letters.len()).sum();
        let least_score = if self.buffers.is_gated() { self.least_score } else { 0.0 };
        let needed = LikenessNeeded::new(known[0].script, letters, least_score);
        for x in &known[0].distinct {
            known[1].distinct.iter().for_each(|y| index.probe(x, y, &mut meetings));
        }
        let mut met: Vec<u32> = Vec::new();
        for meeting in &meetings {
            self.add_names_met([a, b], meeting, &needed, &mut met);
        }
        self.buffers.counts.met += meetings.len() as u64;
        self.buffers.meetings = meetings;
        met.sort_unstable();
        met.dedup();
        let mut likely: Vec<Likely> =
            met.into_iter().filter_map(|name| self.likely(name, a, b, &needed)).collect();
        likely.sort_by(|x, y| y.estimate.total_cmp(&x.estimate).then(x.name.cmp(&y.name)));
        // Equal names have equal estimates: they stand or fall together. Proposals are rows of records, where those who
        // decide have one row of a name: what would be cut there may go here, and nothing else.
        let last = if self.proposes() {
            let mut estimates: Vec<f32> = likely.iter().map(|l| l.estimate).collect();
            estimates.dedup();
            estimates.get(MAX_COMPARED - 1).copied()
        } else {
            likely.get(MAX_COMPARED - 1).map(|least| least.estimate)
        };
        likely.retain(|l| last.is_none_or(|least| l.estimate >= least));
        let start = self.buffers.likely.len() as u32;
        let most = if self.proposes() { usize::MAX } else { 8 * MAX_COMPARED };
        self.buffers.likely.extend(likely.into_iter().take(most));
        (start, self.buffers.likely.len() as u32)
    }

    /// Adds the names of a meeting that may be found and whose parts are alike enough.
    fn add_names_met(
        &mut self,
        words: [u32; 2],
        meeting: &Meeting,
        needed: &LikenessNeeded,
        met: &mut Vec<u32>,
    ) {
        let index = self.index;
        let told: f32 = meeting.parts.iter().map(|part| index.details(*part).information).sum();
        // Of namesakes most tell as much: asked once.
        let mut asked: Option<(f32, bool)> = None;
        for name in index.names_met(meeting) {
            let more = (index.told_at_most(*name) - told).max(0.0);
            let alike = match asked {
                Some((other, alike)) if other == more => alike,
                _ => self.buffers.likenesses(index, needed, words, meeting.parts, more).is_some(),
            };
            asked = Some((more, alike));
            if alike && self.is_visible(*name) && !self.aim.leaves_out(index.row(*name).slot) {
                met.push(*name);
            }
        }
    }

    pub(super) fn known(&mut self, script: Script, word: &str) -> u32 {
        if let Some(known) = self.buffers.by_text.get(word) {
            return *known;
        }
        self.buffers.counts.worked_out += 1;
        let number = self.buffers.known.len() as u32;
        self.buffers.known.push(match latin_of_ethiopic(word) {
            Some(latin) => Known::new(Script::Latin, &latin),
            None => Known::new(script, word),
        });
        self.buffers.by_text.insert(word.to_owned(), number);
        number
    }
}

/// Particles of names that are conjunctions and articles in other languages: two people stand on their sides.
fn is_conjunction(letters: &[char]) -> bool {
    ["and", "und", "the", "of"].iter().any(|word| word.chars().eq(letters.iter().copied()))
}

/// Whether words are written apart, so that a run of letters is one.
fn has_spaces(script: Script) -> bool {
    !matches!(script, Script::Han | Script::Thai | Script::Lao | Script::Khmer | Script::Burmese)
}

impl Known {
    fn new(script: Script, word: &str) -> Known {
        let letters: Vec<char> =
            if script == Script::Hangul { word.nfc().collect() } else { fold_native(word, script) };
        let mut forms = Vec::new();
        forms_of(script, &letters, &mut forms);
        if script == Script::Latin {
            add_forms_at_apostrophe(word, letters.len(), &mut forms);
        }
        let native = native_letters(script, &letters);
        let latin: Vec<u8> = match script {
            Script::Latin => native.iter().map(|c| (*c as u32).wrapping_sub(96) as u8).collect(),
            _ => Vec::new(),
        };
        let role = if native.is_empty() { Role::Initial } else { role_of(script, &native, &latin) };
        let mut known = Known {
            script,
            servant: is_servant(&native),
            stop: is_stop_word(script, word),
            published: !tables().attested(script, &native).is_empty(),
            weighed: Default::default(),
            letters,
            parts: forms.iter().map(|_| None).collect(),
            forms,
            keys: Vec::new(),
            distinct: Vec::new(),
            role,
        };
        known.add_keys();
        known
    }

    fn add_keys(&mut self) {
        let (mut out, mut variants, mut latin) = (Vec::new(), Vec::new(), Vec::new());
        for (number, form) in self.forms.clone().into_iter().enumerate() {
            form.apply(&self.letters, &mut out);
            let native = native_letters(self.script, &out);
            of_native(self.script, &native, &mut variants, &mut latin);
            for skeleton in &variants {
                let strict = self.script.writing() == Writing::Consonants;
                let bent = is_written_in_syllables(self.script, native.len());
                let key = Key { strict, bent, ..Key::new(skeleton, &latin) };
                self.keys.push((key, number as u8));
                let same = self
                    .distinct
                    .iter_mut()
                    .find(|k| k.classes == key.classes && (k.length > 2 || k.letters == key.letters));
                match same {
                    Some(known) => known.sounds |= key.sounds,
                    None => self.distinct.push(key),
                }
            }
            self.add_attested(&native, number as u8, &mut variants);
        }
    }

    /// Keys of the spellings that published transliterations use for the whole part.
    fn add_attested(&mut self, native: &[char], form: u8, variants: &mut Vec<Skeleton>) {
        if self.script == Script::Latin {
            return;
        }
        for spelling in tables().attested(self.script, native).iter().take(ATTESTED) {
            of_latin_text(&spelling.latin, variants);
            for skeleton in variants.iter().take(1) {
                let key = Key::new(skeleton, &spelling.latin);
                self.keys.push((key, form));
                let known = |k: &Key| k.classes == key.classes && k.sounds & key.sounds == key.sounds;
                if !self.distinct.iter().any(|k| known(k) && (k.length > 2 || k.letters == key.letters)) {
                    self.distinct.push(key);
                }
            }
        }
    }

    /// The forms, as bits, whose skeletons a recorded part may have.
    fn forms_that_meet(&self, (classes, signatures): (&[u32], &[u64])) -> u32 {
        let mut forms = 0;
        for (key, form) in &self.keys {
            let agrees = |(classes, sounds): (&u32, &u64)| {
                *classes == key.classes && signatures_agree(*sounds, key.sounds, key.length)
            };
            if classes.iter().zip(signatures).any(agrees) {
                forms |= 1 << form;
            }
        }
        forms
    }

    /// The part of a form, to be compared.
    fn part(&mut self, form: usize) -> Option<&Part> {
        if self.parts[form].is_none() {
            let mut out = Vec::new();
            self.forms[form].apply(&self.letters, &mut out);
            let text: String = out.into_iter().collect();
            self.parts[form] = Part::new(&text, self.script);
        }
        self.parts[form].as_ref()
    }
}

/// Whether a word has to fit a foreign name into the syllables of its script; one character in Han is a family name.
fn is_written_in_syllables(script: Script, letters: usize) -> bool {
    match script {
        Script::Han => letters > 1,
        Script::Kana | Script::Hangul => true,
        _ => !has_spaces(script),
    }
}

/// An Arabic word without an article that is not spoken as written, because its letter is one of those that take it in.
fn without_assimilated_article(word: &str) -> Option<&str> {
    word.strip_prefix("ال").filter(|rest| rest.starts_with(ASSIMILATING))
}

const ASSIMILATING: [char; 14] = ['ت', 'ث', 'د', 'ذ', 'ر', 'ز', 'س', 'ش', 'ص', 'ض', 'ط', 'ظ', 'ل', 'ن'];

fn is_religion(word: &str) -> bool {
    let latin = |known: &&str| known.eq_ignore_ascii_case(word);
    ["din", "deen", "dine"].iter().any(latin) || matches!(word, "دين" | "دین" | "דין")
}

/// In Turkish and English what follows an apostrophe is no part of a name: `Kalachev'in`, `Kalachev's`.
fn add_forms_at_apostrophe(word: &str, letters: usize, forms: &mut Vec<Form>) {
    let Some((before, after)) = word.rsplit_once(['\'', '’', '‘', 'ʼ', '`']) else { return };
    let cut = fold_native(after, Script::Latin).len();
    if before.chars().count() >= 3 && (1..=6).contains(&cut) && cut < letters {
        forms.insert(1, Form { suffix: cut as u8, separable: true, ..Form::default() });
    }
}

/// The letters that tables know: jamo for Hangul.
fn native_letters(script: Script, letters: &[char]) -> Vec<char> {
    match script {
        Script::Hangul => letters.iter().copied().nfd().collect(),
        _ => letters.to_vec(),
    }
}

/// Evidence of one part below this share of what it could tell rejects a name before it is compared.
const LEAST_SHARE: f32 = 0.15;
/// The same for both parts together.
const LEAST_TOGETHER: f32 = 0.4;
/// The same for a surname that has only an initial beside it.
const LEAST_OF_SURNAME: f32 = 0.5;
/// What an unexplained part of the record costs in the first estimate, as a share of what it tells.
const UNEXPLAINED: f32 = 0.2;

/// A name that two units of the text may stand for, with the forms that fit best.
#[derive(Debug, Clone, Copy)]
struct Likely {
    name: u32,
    forms: (u8, u8),
    estimate: f32,
    /// The best score with no further word.
    alone: f32,
}

impl Pass<'_> {
    /// A first look at a name that met two units by their skeletons.
    fn likely(&mut self, name: u32, a: u32, b: u32, needed: &LikenessNeeded) -> Option<Likely> {
        let mut units = std::mem::take(&mut self.buffers.units);
        self.index.units_of(name, &mut units);
        let likely = self.best_units(name, &units, [a, b], needed);
        self.buffers.units = units;
        likely
    }

    fn best_units(
        &mut self,
        name: u32,
        units: &[RecordUnit],
        words: [u32; 2],
        needed: &LikenessNeeded,
    ) -> Option<Likely> {
        let index = self.index;
        let mut best: Option<(f32, u8, u8, FirstLook)> = None;
        let mut alone = 0.0f32;
        let known = words.map(|word| &self.buffers.known[word as usize]);
        let letters = known.iter().map(|word| word.letters.len()).sum();
        let script = known[0].script;
        let told = |id| index.details(id).information;
        let mut total = 0.0;
        for unit in units.iter().filter(|unit| unit.count == 1) {
            total += told(unit.part);
        }
        for x in units {
            for y in units.iter().filter(|y| !x.overlaps(y)) {
                let (parts, both) = ([x.part, y.part], told(x.part) + told(y.part));
                let more = (total - both).max(0.0);
                let alike = self.buffers.likenesses(index, needed, words, parts, more);
                let Some([(likeness_a, form_a), (likeness_b, form_b)]) = alike else { continue };
                let together = likeness_a * told(x.part) + likeness_b * told(y.part);
                if together < LEAST_TOGETHER * both {
                    continue;
                }
                let sum = together - UNEXPLAINED * more;
                let least_likeness = likeness_a.min(likeness_b).min(1.0);
                let look = FirstLook { evidence: together, more, least_likeness, letters, script };
                alone = alone.max(best_score(&FirstLook { more: 0.0, ..look }));
                if best.is_none_or(|(most, ..)| sum > most) {
                    best = Some((sum, form_a, form_b, look));
                }
            }
        }
        let (estimate, form_a, form_b, look) = best?;
        let likely = Likely { name, forms: (form_a, form_b), estimate, alone };
        (best_score(&look) >= self.least_score).then_some(likely)
    }

    /// Initials with a surname, in either order: `J. Smith`, `А. П. Сокольников`, `Іваненко О. М.`.
    fn initials(&mut self, at: usize) {
        if !self.is_initial(at) {
            return;
        }
        let follows = |at: usize, words: &[Word]| words[at].gap & (BREAK | COMMA | LINE) == 0;
        let mut last = at;
        while last + 1 < self.words.len()
            && last < at + 2
            && self.is_initial(last + 1)
            && follows(last + 1, self.words)
        {
            last += 1;
        }
        if at > 0 && self.is_initial(at - 1) && follows(at, self.words) {
            return;
        }
        if last + 1 < self.words.len() && follows(last + 1, self.words) {
            self.initial_and_surname(at, last + 1, at);
        }
        if at > 0 && self.words[at].gap == SPACE {
            self.initial_and_surname(at - 1, last, at);
        }
    }

    /// A single letter, or two that stand for one, with the mark of what is cut short.
    fn is_initial(&self, at: usize) -> bool {
        let word = &self.words[at];
        let mark = self.text[word.last_byte as usize..].chars().next();
        let dot = mark == Some('.');
        let geresh = word.script == Script::Hebrew && matches!(mark, Some('\'' | '’' | '׳'));
        let one = word.chars() == 1 || (word.chars() == 2 && word.capital && !word.all_capitals);
        one && (dot || geresh) && (word.capital || !has_case(word.script)) && has_spaces(word.script)
    }

    /// Looks up names with a surname and, among their other parts, one that begins like the initial.
    fn initial_and_surname(&mut self, first: usize, last: usize, initial: usize) {
        let surname = if initial == first { last } else { first };
        let word = self.words[surname];
        if !self.eligible(surname) || word.chars() < 3 || word.script != self.words[first].script {
            return;
        }
        let known = self.known(word.script, word.text(self.text));
        if self.buffers.known[known as usize].stop {
            return;
        }
        let mark = self.words[initial];
        let Some(letter) = Part::new(mark.text(self.text), mark.script) else { return };
        let begins = beginnings_of(&letter);
        let key = u64::from(known) << 33 | u64::from(surname == first) << 32 | u64::from(begins);
        let (start, end) = match self.buffers.initials.get(&key) {
            Some(range) => *range,
            None => {
                let range = self.look_up_initial(known, begins, surname == first);
                self.buffers.initials.insert(key, range);
                range
            }
        };
        if self.proposes() {
            let (likely, index) = (&self.buffers.likely[start as usize..end as usize], self.index);
            self.proposed.extend(likely.iter().map(|l| index.row(l.name).slot));
            return;
        }
        let (a, b) = (self.unit_of(first), self.unit_of(last));
        for at in start..end {
            let likely = self.buffers.likely[at as usize];
            self.verify(&likely, a, b);
        }
    }

    /// The names with a surname and another part that begins as an initial may, likeliest first, added to `likely`.
    fn look_up_initial(&mut self, known: u32, begins: u32, surname_first: bool) -> (u32, u32) {
        let index = self.index;
        let place = if surname_first { Place::First } else { Place::Inside };
        let distinct = self.buffers.known[known as usize].distinct.clone();
        let mut likely: Vec<Likely> = Vec::new();
        for part in index.parts_like(&distinct) {
            if index.details(part).role != Role::Name {
                continue;
            }
            let likeness = self.buffers.likeness(index, known, part, place, LEAST_OF_SURNAME);
            let Some((likeness, form)) = likeness else { continue };
            for name in index.names_of(part) {
                let other = |id: &&PartId| **id != part && index.details(**id).role == Role::Name;
                let fits =
                    index.parts_of(*name).iter().filter(other).any(|id| index.beginnings(*id) & begins != 0);
                if fits && self.is_visible(*name) && !self.aim.leaves_out(index.row(*name).slot) {
                    let forms = if surname_first { (form, 0) } else { (0, form) };
                    likely.push(Likely { name: *name, forms, estimate: likeness, alone: 1.0 });
                }
            }
        }
        likely.sort_by(|x, y| y.estimate.total_cmp(&x.estimate).then(x.name.cmp(&y.name)));
        let start = self.buffers.likely.len() as u32;
        let most = if self.proposes() { usize::MAX } else { 8 * MAX_COMPARED };
        self.buffers.likely.extend(likely.into_iter().take(most));
        (start, self.buffers.likely.len() as u32)
    }

    fn is_visible(&self, name: u32) -> bool {
        self.visible.get(self.index.row(name).class as usize).copied().unwrap_or(false)
    }

    /// A word as a unit.
    fn unit_of(&mut self, at: usize) -> Unit {
        let word = self.words[at];
        let known = self.known(word.script, word.text(self.text));
        Unit { known, first: at, last: at, start: word.start, end: word.end }
    }

    /// A name of one part that stands in a run of characters as it is recorded.
    pub(super) fn meet_whole(&mut self, unit: Unit, characters: &[char]) {
        let index = self.index;
        for name in index.whole(characters) {
            let row = index.row(*name);
            if !self.is_visible(*name) || self.aim.leaves_out(row.slot) {
                continue;
            }
            if self.proposes() {
                self.proposed.push(row.slot);
            } else {
                self.verify(&Likely { name: *name, forms: (0, 0), estimate: 1.0, alone: 1.0 }, unit, unit);
            }
        }
    }

    pub(super) fn knows_whole_names(&self) -> bool {
        self.index.has_whole()
    }

    pub(super) fn is_whole_name(&self, characters: &[char]) -> bool {
        !self.index.whole(characters).is_empty()
    }

    /// Compares a name in full.
    fn verify(&mut self, likely: &Likely, first: Unit, last: Unit) {
        let name = likely.name;
        let (form_a, form_b) = likely.forms;
        let mut chosen: Vec<(u32, u8)> = vec![(first.known, form_a)];
        let mut skipped = 0;
        for at in first.last + 1..last.first {
            let word = self.words[at];
            let known = self.known(word.script, word.text(self.text));
            skipped += u8::from(!self.is_transparent(at));
            chosen.push((known, 0));
        }
        if last.known != first.known || last.start != first.start {
            chosen.push((last.known, form_b));
        }
        let (mut start, mut end) = (first.start, self.end_of(&last, form_b));
        self.extend(name, first, last, &mut chosen, (&mut start, &mut end));
        let is_gated = self.buffers.is_gated();
        if is_gated && chosen.len() == 2 && likely.alone < self.least_score {
            return;
        }
        for (known, form) in &chosen {
            self.buffers.known[*known as usize].part(usize::from(*form));
        }
        for id in self.index.parts_of(name) {
            if let (false, Some(part)) = (self.buffers.record_parts.contains_key(id), self.index.part(*id)) {
                self.buffers.record_parts.insert(*id, part);
            }
        }
        let (before, after) = self.names_beside(first, last, (start, end));
        let buffers = &mut *self.buffers;
        let parts: Vec<&Part> = chosen
            .iter()
            .filter_map(|(known, form)| buffers.known[*known as usize].parts[usize::from(*form)].as_ref())
            .collect();
        let record: Vec<&Part> =
            self.index.parts_of(name).iter().filter_map(|id| buffers.record_parts.get(id)).collect();
        buffers.counts.compared += 1;
        let query = PreparedQuery::from_parts(parts);
        let assignment = assign(&query, &record, |_, _| None, |_, _| None, &mut buffers.scoring);
        let altered = chosen.iter().filter(|(_, form)| *form > 0).count() as f32;
        let script = self.words[first.first].script;
        let circumstances = Circumstances {
            script,
            same_script: record.iter().all(|part| part.script() == script),
            altered,
            skipped: f32::from(skipped),
            before,
            after,
            cased: self.words[first.first].cased,
            short_run: first.last == last.first && last.end - first.start <= SHORT_RUN,
            interpunct: first.last != last.first
                && !has_spaces(script)
                && self.words[last.first].gap == INTERPUNCT,
        };
        let most = score_before_explanation(&assignment, &query, &record, &circumstances);
        if is_gated && most < self.least_score {
            return;
        }
        let comparison = explain(&query, &record, &assignment);
        let terms = terms(&comparison, &query, &record, &circumstances);
        let score = score(&terms);
        if score < self.least_score {
            return;
        }
        let reasons = reasons(&comparison, &query, &record);
        let slot = self.index.row(name).slot;
        let find = Find { start, end, slot, score, evidence: comparison.evidence, terms, reasons };
        self.held.push(Held { find, name });
    }

    /// Whether the words before and after the stretch look as if they belonged to the name (capitals, not at the
    /// beginning of a sentence; where there are none, published names) and were not taken for parts of it.
    fn names_beside(&mut self, first: Unit, last: Unit, (start, end): (u32, u32)) -> (bool, bool) {
        let script = self.words[first.first].script;
        let before = (0..=first.first).rev().find(|at| self.words[*at].end <= start);
        let before = before.is_some_and(|at| {
            at > 0 && self.continues(at) && self.continues(at + 1) && self.looks_like_name(at, script)
        });
        let after = (last.last..self.words.len()).find(|at| self.words[*at].start >= end);
        let after = after.is_some_and(|at| self.continues(at) && self.looks_like_name(at, script));
        (before, after)
    }

    fn looks_like_name(&mut self, at: usize, script: Script) -> bool {
        let word = self.words[at];
        if word.script != script || word.chars() < 3 || !has_spaces(script) {
            return false;
        }
        if word.cased {
            return word.capital;
        }
        let known = self.known(script, word.text(self.text));
        let known = &self.buffers.known[known as usize];
        known.published && !known.stop
    }

    /// Where the name in a unit ends: before an ending that is no part of it.
    fn end_of(&self, unit: &Unit, form: u8) -> u32 {
        let known = &self.buffers.known[unit.known as usize];
        let form = known.forms[usize::from(form)];
        if !form.separable {
            return unit.end;
        }
        let word = self.words[unit.last];
        if word.script != known.script {
            return unit.end;
        }
        let mut left = usize::from(form.suffix);
        let mut end = unit.end;
        let mut buffer = [0; 4];
        for c in word.text(self.text).chars().rev() {
            if left == 0 && c.is_alphabetic() {
                break;
            }
            left = left.saturating_sub(fold_native(c.encode_utf8(&mut buffer), known.script).len().min(1));
            end -= 1;
        }
        end.max(unit.start + 1)
    }

    /// Takes in further words on both sides that stand for further parts of the name.
    fn extend(
        &mut self,
        name: u32,
        first: Unit,
        last: Unit,
        chosen: &mut Vec<(u32, u8)>,
        (start, end): (&mut u32, &mut u32),
    ) {
        if self.index.parts_of(name).len() <= chosen.len() {
            return;
        }
        let mut at = first.first;
        let mut waiting = Vec::new();
        let mut skipped = false;
        while at > 0 && self.continues(at) && first.first - at < 3 {
            at -= 1;
            let Some((known, form)) = self.extension(name, at, Place::First, &mut waiting) else {
                if std::mem::replace(&mut skipped, true) || !self.may_be_skipped(at, &mut waiting) {
                    break;
                }
                continue;
            };
            if let Some(form) = form {
                waiting.drain(..).for_each(|known| chosen.insert(0, (known, 0)));
                chosen.insert(0, (known, form));
                *start = self.words[at].start;
            }
        }
        waiting.clear();
        skipped = false;
        let mut at = last.last + 1;
        while at < self.words.len() && self.continues(at) && at - last.last <= 3 {
            let Some((known, form)) = self.extension(name, at, Place::Inside, &mut waiting) else {
                if std::mem::replace(&mut skipped, true) || !self.may_be_skipped(at, &mut waiting) {
                    break;
                }
                at += 1;
                continue;
            };
            if let Some(form) = form {
                chosen.extend(waiting.drain(..).map(|known| (known, 0)));
                chosen.push((known, form));
                let word = self.words[at];
                let unit = Unit { known, first: at, last: at, start: word.start, end: word.end };
                *end = self.end_of(&unit, form);
            }
            at += 1;
        }
    }

    /// Whether a name may go on over a word that is no part of it; keeps it waiting.
    fn may_be_skipped(&mut self, at: usize, waiting: &mut Vec<u32>) -> bool {
        if !self.eligible(at) || self.is_stop(at) {
            return false;
        }
        let word = self.words[at];
        waiting.push(self.known(word.script, word.text(self.text)));
        true
    }

    /// What a word beside a find is of the name: a further part in some form, a particle (kept waiting), or `None`.
    fn extension(
        &mut self,
        name: u32,
        at: usize,
        place: Place,
        waiting: &mut Vec<u32>,
    ) -> Option<(u32, Option<u8>)> {
        let word = self.words[at];
        let transparent = self.is_transparent(at);
        if !transparent && !self.eligible(at) {
            return None;
        }
        let number = self.known(word.script, word.text(self.text));
        let known = &self.buffers.known[number as usize];
        if known.role == Role::Particle {
            waiting.push(number);
            return Some((number, None));
        }
        if known.stop {
            return None;
        }
        let mut best: Option<(f32, u8)> = None;
        for id in self.index.parts_of(name) {
            let likeness = self.buffers.likeness(self.index, number, *id, place, EXTENDS);
            let Some((likeness, form)) = likeness else { continue };
            if likeness > EXTENDS && best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, form));
            }
        }
        let best = best.or_else(|| self.unlike_extension(name, number));
        best.map(|(_, form)| (number, Some(form)))
    }

    /// A word beside a find whose skeleton is another than that of a part of the record, and whose letters are like it.
    fn unlike_extension(&mut self, name: u32, number: u32) -> Option<(f32, u8)> {
        let buffers = &mut *self.buffers;
        let met = buffers.known[number as usize].part(0)?;
        let mut most = None;
        for id in self.index.parts_of(name) {
            let Some(recorded) = self.index.part(*id) else { continue };
            if met.role() != Role::Name || recorded.role() != Role::Name {
                continue;
            }
            let full = met.information().min(recorded.information()).max(1.0);
            let least = EXTENDS * full;
            let likeness = part_evidence_at_least(least, met, &recorded, &mut buffers.scoring) / full;
            if likeness > EXTENDS && most.is_none_or(|(best, _)| likeness > best) {
                most = Some((likeness, 0));
            }
        }
        most
    }
}

/// A word beside a find belongs to it from this likeness to a part of the record on.
const EXTENDS: f32 = 0.3;

fn reasons(comparison: &Comparison, query: &PreparedQuery<'_>, record: &[&Part]) -> Vec<Reason> {
    let text_of = |parts: &[&Part], (first, count): (usize, usize)| {
        let words = parts[first..first + count].iter().map(|p| p.native().iter().copied().nfc().collect());
        words.collect::<Vec<String>>().join(" ")
    };
    let line = |line: &PartMatch| Reason {
        text: text_of(query.parts(), line.query),
        recorded: text_of(record, line.record),
        kind: line.kind,
        weight: line.weight,
        likeness: line.likeness,
    };
    comparison.alignment.iter().map(line).collect()
}

/// Names count as equally good within this difference of scores.
const EQUAL: f32 = 0.15;
/// What evidence counts beside the odds of the score where names compete for a stretch: scores near 1 hardly differ.
const EVIDENCE_IN_RANK: f32 = 0.2;

/// Keeps of names that share a stretch the best and its equals.
fn best_per_stretch(mut held: Vec<Held>) -> Vec<Find> {
    let rank = |f: &Find| (f.score / (1.0 - f.score).max(1e-6)).ln() + EVIDENCE_IN_RANK * f.evidence;
    held.sort_by(|a, b| {
        let (x, y) = (&a.find, &b.find);
        rank(y)
            .total_cmp(&rank(x))
            .then(y.evidence.total_cmp(&x.evidence))
            .then(x.start.cmp(&y.start))
            .then(a.name.cmp(&b.name))
    });
    let mut kept: Vec<Held> = Vec::new();
    for candidate in held {
        let overlapping: Vec<&Held> = kept
            .iter()
            .filter(|k| k.find.start < candidate.find.end && candidate.find.start < k.find.end)
            .collect();
        let equal = overlapping.iter().all(|k| {
            (k.find.start, k.find.end) == (candidate.find.start, candidate.find.end)
                && k.name != candidate.name
                && candidate.find.score >= k.find.score - EQUAL
        });
        if equal && overlapping.len() < MAX_EQUALS {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|k| (k.find.start, k.find.end, k.name));
    kept.into_iter().map(|k| k.find).collect()
}

#[cfg(test)]
mod tests {
    use super::super::index::ScreeningIndexBuilder;
    use super::*;

    const NAMES: [&str; 3] = [
        include_str!("../../tests/data/texts/names.tsv"),
        include_str!("../../tests/data/texts/news_names.tsv"),
        include_str!("../../tests/data/texts/reports_names.tsv"),
    ];
    const TEXTS: [&str; 3] = [
        include_str!("../../tests/data/texts/sentences.tsv"),
        include_str!("../../tests/data/texts/news.tsv"),
        include_str!("../../tests/data/texts/reports.tsv"),
    ];

    /// A text with a letter in many words put in another's place.
    fn altered(text: &str) -> String {
        let mut before = 'a';
        let alter = |(at, c): (usize, char)| {
            let other = if at % 23 == 3 && c.is_alphabetic() && before.is_alphabetic() { before } else { c };
            before = c;
            other
        };
        text.chars().enumerate().map(alter).collect()
    }

    #[test]
    fn no_gate_rejects_what_would_be_found() {
        let mut builder = ScreeningIndexBuilder::new();
        let names = NAMES.iter().flat_map(|names| names.lines()).filter_map(|row| row.split('\t').nth(1));
        names.enumerate().for_each(|(slot, name)| builder.insert(slot as u32, 0, name));
        let index = builder.build();
        let mut gated = ScreeningBuffers::default();
        let mut ungated = ScreeningBuffers { ungated: true, ..ScreeningBuffers::default() };
        for text in TEXTS.iter().flat_map(|text| [(*text).to_owned(), altered(text)]) {
            for least_score in [0.2, 0.5] {
                let found = index.screen_from(least_score, &text, &[true], &mut gated);
                assert!(found.len() > 15);
                assert_eq!(found, index.screen_from(least_score, &text, &[true], &mut ungated));
            }
        }
        assert!(gated.counts.compared < ungated.counts.compared);
    }
}
