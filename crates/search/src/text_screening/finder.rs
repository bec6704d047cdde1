//! One pass over a text: words, forms, pairs of neighbours, and the names that hold up when compared.

use std::collections::HashMap;

use barid_names::channel::ScoringBuffers;
use barid_names::compare::{MatchKind, PreparedQuery, compare_prepared, part_evidence};
use barid_names::letters::fold_native;
use barid_names::name::{Name, Part};
use barid_names::roles::{Role, role_of};
use barid_names::script::Script;
use unicode_normalization::UnicodeNormalization as _;

use super::endings::{Form, forms_of};
use super::index::{Key, RecordUnit, ScreeningIndex, is_servant};
use super::skeleton::of_native;
use super::words::{BREAK, COMMA, DOT, HYPHEN, Word, words_of};

/// Characters of one text; what follows is not read. Longer texts are passed in pieces.
pub const MAX_TEXT_CHARS: usize = 4_000_000;
/// Letters of the longest word looked at.
const MAX_WORD_CHARS: u32 = 40;
/// Words kept in the memory of a pass.
const MAX_KNOWN: usize = 60_000;
/// Recorded names kept parsed.
const MAX_PARSED: usize = 4_096;
/// Finds are kept from this score on.
pub const LEAST_SCORE: f32 = 0.5;
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
}

/// Reused buffers of a pass.
#[derive(Debug, Default)]
pub struct ScreeningBuffers {
    words: Vec<Word>,
    known: Vec<Known>,
    by_text: HashMap<String, u32>,
    parsed: HashMap<u32, Parsed>,
    scoring: ScoringBuffers,
    /// What the last passes did, for measuring.
    pub counts: Counts,
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
    /// Those that were compared in full.
    pub compared: u64,
}

/// What is known of a word.
#[derive(Debug)]
struct Known {
    script: Script,
    /// Folded, or composed syllables for Hangul: what endings are taken off.
    letters: Vec<char>,
    forms: Vec<Form>,
    /// Keys with the number of their form.
    keys: Vec<(Key, u8)>,
    /// Distinct keys.
    distinct: Vec<Key>,
    role: Role,
    servant: bool,
    parts: Vec<Option<Part>>,
}

#[derive(Debug)]
struct Parsed {
    name: Name,
    units: Vec<RecordUnit>,
    joined: Vec<Option<Part>>,
}

impl Parsed {
    fn new(text: &str) -> Parsed {
        let name = Name::parse(text);
        let units = RecordUnit::all_of(name.parts());
        let joined = units
            .iter()
            .map(|unit| {
                let members: Vec<&Part> = name.parts()[unit.first..unit.first + unit.count].iter().collect();
                if unit.count > 1 { Part::joined_with_readings(&members) } else { None }
            })
            .collect();
        Parsed { name, units, joined }
    }

    fn part(&self, unit: usize) -> &Part {
        self.joined[unit].as_ref().unwrap_or(&self.name.parts()[self.units[unit].first])
    }
}

/// A word of the text, or several taken together, as one part of a name.
#[derive(Debug, Clone, Copy)]
struct Unit {
    known: u32,
    /// Words it covers: first and last.
    first: usize,
    last: usize,
    /// Characters it covers.
    start: u32,
    end: u32,
}

/// A name that held up.
#[derive(Debug, Clone)]
struct Held {
    find: Find,
    name: u32,
}

impl ScreeningIndex {
    /// Finds the recorded names in a text, in the order of their places; of names that share a stretch the best, and
    /// those as good as it. `visible` says for every class whether its names may be found; the answer is the same as
    /// if the others did not exist.
    pub fn screen(&self, text: &str, visible: &[bool], buffers: &mut ScreeningBuffers) -> Vec<Find> {
        let mut words = std::mem::take(&mut buffers.words);
        let text = match text.char_indices().nth(MAX_TEXT_CHARS) {
            Some((end, _)) => &text[..end],
            None => text,
        };
        words_of(text, &mut words);
        if buffers.known.len() > MAX_KNOWN {
            buffers.known.clear();
            buffers.by_text.clear();
        }
        if buffers.parsed.len() > MAX_PARSED {
            buffers.parsed.clear();
        }
        buffers.counts.words += words.len() as u64;
        let mut pass = Pass { index: self, text, words: &words, visible, buffers, held: Vec::new() };
        pass.run();
        let held = pass.held;
        buffers.words = words;
        best_per_stretch(held)
    }
}

struct Pass<'p> {
    index: &'p ScreeningIndex,
    text: &'p str,
    words: &'p [Word],
    visible: &'p [bool],
    buffers: &'p mut ScreeningBuffers,
    held: Vec<Held>,
}

impl Pass<'_> {
    fn run(&mut self) {
        let mut units: Vec<Unit> = Vec::new();
        let mut starts = vec![0usize; self.words.len() + 1];
        for at in 0..self.words.len() {
            starts[at] = units.len();
            self.units_at(at, &mut units);
        }
        starts[self.words.len()] = units.len();
        for at in 0..units.len() {
            self.neighbours(units[at], &units, &starts);
        }
    }

    /// Whether a word may be part of a name by its looks.
    fn eligible(&self, at: usize) -> bool {
        let word = &self.words[at];
        (word.capital || !has_case(word.script)) && word.chars() <= MAX_WORD_CHARS
    }

    fn units_at(&mut self, at: usize, units: &mut Vec<Unit>) {
        if !self.eligible(at) {
            return;
        }
        let word = self.words[at];
        let known = self.known(word.script, word.text(self.text));
        let unit = Unit { known, first: at, last: at, start: word.start, end: word.end };
        let Known { role, servant, .. } = self.buffers.known[known as usize];
        if matches!(role, Role::Name | Role::Patronymic | Role::Title) {
            units.push(unit);
        }
        let Some(next) = self.words.get(at + 1).copied() else { return };
        let binds = servant || role == Role::Particle || next.gap & HYPHEN != 0;
        if binds && next.script == word.script && self.continues(at + 1) && next.chars() <= MAX_WORD_CHARS {
            let both = format!("{}{}", word.text(self.text), next.text(self.text));
            let known = self.known(word.script, &both);
            units.push(Unit { known, last: at + 1, end: next.end, ..unit });
        }
    }

    /// Whether a name may go on over what stands before a word.
    fn continues(&self, at: usize) -> bool {
        let gap = self.words[at].gap;
        if gap & (BREAK | COMMA) != 0 {
            return false;
        }
        // A dot ends a sentence unless an initial or a short title stands before it.
        gap & DOT == 0 || self.words[at - 1].chars() <= 3
    }

    /// Pairs a unit with those that follow it: directly, over particles, or over one other word.
    fn neighbours(&mut self, unit: Unit, units: &[Unit], starts: &[usize]) {
        let mut skipped = false;
        let mut at = unit.last + 1;
        while at < self.words.len() && self.continues(at) {
            for other in &units[starts[at]..starts[at + 1]] {
                self.meet(unit, *other);
            }
            if !self.is_transparent(at) {
                if skipped || !self.eligible(at) {
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

    /// Particles and initials do not count as words between two parts.
    fn is_transparent(&mut self, at: usize) -> bool {
        let word = self.words[at];
        if word.chars() > 6 {
            return false;
        }
        let known = self.known(word.script, word.text(self.text));
        matches!(self.buffers.known[known as usize].role, Role::Particle | Role::Initial)
    }

    fn meet(&mut self, a: Unit, b: Unit) {
        self.buffers.counts.pairs += 1;
        let mut met: Vec<(u32, Key, Key)> = Vec::new();
        let index = self.index;
        let visible = self.visible;
        let known = &self.buffers.known;
        for x in &known[a.known as usize].distinct {
            for y in &known[b.known as usize].distinct {
                index.probe(x, y, |name| {
                    if visible.get(usize::from(index.row(name).class)).copied().unwrap_or(false) {
                        met.push((name, *x, *y));
                    }
                });
            }
        }
        self.buffers.counts.met += met.len() as u64;
        for (name, x, y) in met {
            self.verify(name, (a, x), (b, y));
        }
    }

    fn known(&mut self, script: Script, word: &str) -> u32 {
        if let Some(known) = self.buffers.by_text.get(word) {
            return *known;
        }
        self.buffers.counts.worked_out += 1;
        let number = self.buffers.known.len() as u32;
        self.buffers.known.push(Known::new(script, word));
        self.buffers.by_text.insert(word.to_owned(), number);
        number
    }
}

fn has_case(script: Script) -> bool {
    matches!(script, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian)
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
        for (number, form) in self.forms.iter().enumerate() {
            form.apply(&self.letters, &mut out);
            let native = native_letters(self.script, &out);
            of_native(self.script, &native, &mut variants, &mut latin);
            for skeleton in &variants {
                let key = Key::new(skeleton, &latin);
                self.keys.push((key, number as u8));
                let same = self.distinct.iter_mut().find(|k| {
                    k.classes == key.classes && (k.length > 2 || k.letters == key.letters)
                });
                match same {
                    Some(known) => known.sounds |= key.sounds,
                    None => self.distinct.push(key),
                }
            }
        }
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

/// In Turkish and English what follows an apostrophe is no part of a name: `Kalachev'in`, `Kalachev's`.
fn add_forms_at_apostrophe(word: &str, letters: usize, forms: &mut Vec<Form>) {
    let Some((before, after)) = word.rsplit_once(['\'', '’', '‘', 'ʼ', '`']) else { return };
    let cut = fold_native(after, Script::Latin).len();
    if before.chars().count() >= 3 && (1..=6).contains(&cut) && cut < letters {
        forms.insert(1, Form { prefix: 0, suffix: cut as u8, put: "", separable: true });
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
const LEAST_SHARE: f32 = 0.3;

impl Pass<'_> {
    /// Compares a name that met two units of the text by their skeletons.
    fn verify(&mut self, name: u32, a: (Unit, Key), b: (Unit, Key)) {
        if let std::collections::hash_map::Entry::Vacant(place) = self.buffers.parsed.entry(name) {
            place.insert(Parsed::new(self.index.name_text(name)));
        }
        let Some((form_a, form_b)) = self.best_forms(name, a, b) else { return };
        let (first, last) = (a.0, b.0);
        let mut chosen: Vec<(u32, u8)> = vec![(first.known, form_a)];
        for at in first.last + 1..last.first {
            let word = self.words[at];
            let known = self.known(word.script, word.text(self.text));
            chosen.push((known, 0));
        }
        chosen.push((last.known, form_b));
        let (mut start, mut end) = (first.start, self.end_of(&last, form_b));
        self.extend(name, first, last, &mut chosen, (&mut start, &mut end));
        for (known, form) in &chosen {
            self.buffers.known[*known as usize].part(usize::from(*form));
        }
        let buffers = &mut *self.buffers;
        let parts: Vec<&Part> = chosen
            .iter()
            .filter_map(|(known, form)| buffers.known[*known as usize].parts[usize::from(*form)].as_ref())
            .collect();
        let record: Vec<&Part> = buffers.parsed[&name].name.parts().iter().collect();
        buffers.counts.compared += 1;
        let query = PreparedQuery::from_parts(parts);
        let comparison = compare_prepared(&query, &record, &mut buffers.scoring);
        if comparison.score < LEAST_SCORE {
            return;
        }
        let text_of = |parts: &[&Part], (first, count): (usize, usize)| {
            parts[first..first + count].iter().map(|p| p.text()).collect::<Vec<_>>().join(" ")
        };
        let reasons = comparison
            .alignment
            .iter()
            .map(|line| Reason {
                text: text_of(query.parts(), line.query),
                recorded: text_of(&record, line.record),
                kind: line.kind,
                weight: line.weight,
            })
            .collect();
        let find = Find {
            start,
            end,
            slot: self.index.row(name).slot,
            score: comparison.score,
            evidence: comparison.evidence,
            reasons,
        };
        self.held.push(Held { find, name });
    }

    /// Where the name in a unit ends: before an ending that is no part of it.
    fn end_of(&self, unit: &Unit, form: u8) -> u32 {
        let known = &self.buffers.known[unit.known as usize];
        let form = known.forms[usize::from(form)];
        if !form.separable {
            return unit.end;
        }
        let word = self.words[unit.last];
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

    /// The forms of two units that fit two parts of a name best.
    fn best_forms(&mut self, name: u32, a: (Unit, Key), b: (Unit, Key)) -> Option<(u8, u8)> {
        let for_a = self.fits(name, a);
        if for_a.is_empty() {
            return None;
        }
        let for_b = self.fits(name, b);
        let parsed = &self.buffers.parsed[&name];
        let mut best: Option<(f32, u8, u8)> = None;
        for (evidence_a, form_a, unit_a) in &for_a {
            for (evidence_b, form_b, unit_b) in &for_b {
                let (x, y) = (&parsed.units[*unit_a], &parsed.units[*unit_b]);
                let apart = x.first + x.count <= y.first || y.first + y.count <= x.first;
                let sum = evidence_a + evidence_b;
                if apart && best.is_none_or(|(most, ..)| sum > most) {
                    best = Some((sum, *form_a, *form_b));
                }
            }
        }
        best.map(|(_, a, b)| (a, b))
    }

    /// Evidence, form and recorded unit for every way a unit of the text fits the name.
    fn fits(&mut self, name: u32, (unit, key): (Unit, Key)) -> Vec<(f32, u8, usize)> {
        let ScreeningBuffers { known, parsed, scoring, .. } = &mut *self.buffers;
        let known = &mut known[unit.known as usize];
        let parsed = &parsed[&name];
        let mut fits = Vec::new();
        for (number, _) in known.forms.clone().iter().enumerate() {
            let same = |k: &Key| k.classes == key.classes;
            if !known.keys.iter().any(|(k, form)| usize::from(*form) == number && same(k)) {
                continue;
            }
            let Some(part) = known.part(number) else { continue };
            for (at, recorded) in parsed.units.iter().enumerate() {
                if !recorded.keys.iter().any(same) {
                    continue;
                }
                let other = parsed.part(at);
                let evidence = part_evidence(part, other, scoring);
                if evidence >= LEAST_SHARE * part.information().min(other.information()) {
                    fits.push((evidence, number as u8, at));
                }
            }
        }
        fits
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
        if self.buffers.parsed[&name].name.parts().len() <= chosen.len() {
            return;
        }
        let mut at = first.first;
        let mut waiting = Vec::new();
        while at > 0 && self.continues(at) && first.first - at < 3 {
            at -= 1;
            let Some((known, form)) = self.extension(name, at, &mut waiting) else { break };
            if let Some(form) = form {
                waiting.drain(..).for_each(|known| chosen.insert(0, (known, 0)));
                chosen.insert(0, (known, form));
                *start = self.words[at].start;
            }
        }
        waiting.clear();
        let mut at = last.last + 1;
        while at < self.words.len() && self.continues(at) && at - last.last <= 3 {
            let Some((known, form)) = self.extension(name, at, &mut waiting) else { break };
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

    /// What a word beside a find is of the name: a further part in some form, a particle (kept waiting), or `None`.
    fn extension(&mut self, name: u32, at: usize, waiting: &mut Vec<u32>) -> Option<(u32, Option<u8>)> {
        let word = self.words[at];
        let transparent = self.is_transparent(at);
        if !transparent && !self.eligible(at) {
            return None;
        }
        let number = self.known(word.script, word.text(self.text));
        let ScreeningBuffers { known, parsed, scoring, .. } = &mut *self.buffers;
        let known = &mut known[number as usize];
        if known.role == Role::Particle {
            waiting.push(number);
            return Some((number, None));
        }
        let mut best: Option<(f32, u8)> = None;
        for form in 0..known.forms.len() {
            let Some(part) = known.part(form) else { continue };
            for recorded in parsed[&name].name.parts() {
                let evidence = part_evidence(part, recorded, scoring);
                let enough = 0.45 * part.information().min(recorded.information());
                if evidence > enough && best.is_none_or(|(most, _)| evidence > most) {
                    best = Some((evidence, form as u8));
                }
            }
        }
        best.map(|(_, form)| (number, Some(form)))
    }
}

/// Keeps of names that share a stretch the best and its equals.
fn best_per_stretch(mut held: Vec<Held>) -> Vec<Find> {
    held.sort_by(|a, b| {
        let (x, y) = (&a.find, &b.find);
        y.evidence.total_cmp(&x.evidence).then(x.start.cmp(&y.start)).then(a.name.cmp(&b.name))
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
                && candidate.find.score >= k.find.score - 0.005
        });
        if equal && overlapping.len() < MAX_EQUALS {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|k| (k.find.start, k.find.end, k.name));
    kept.into_iter().map(|k| k.find).collect()
}
