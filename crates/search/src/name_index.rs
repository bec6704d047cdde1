//! Names in memory: from a typed name to the recorded names that it may be.
//!
//! Distinct parts are kept once; their Latin spellings stand in one trie ([`barid_names::vocabulary`]); each part has
//! its postings. A search walks the trie once per typed part, adds up evidence over the postings that the searcher may
//! see, and compares the best names exactly. Knows names, slots and visibility numbers; records, dates and rights are
//! the business of [`crate::person_index`].

use std::collections::HashMap;

use barid_names::background::log_add;
use barid_names::channel::ScoringBuffers;
use barid_names::compare::{Assignment, NO_EVIDENCE, PreparedQuery, assign, tempered};
use barid_names::hashing::IntegerMap;
use barid_names::name::{Name, Part};
use barid_names::roles::Role;
use barid_names::script::Script;
use barid_names::tables::tables;
use barid_names::vocabulary::{Found, SpellingId, Vocabulary, WalkBuffers, WalkLimits};

/// The number of a recorded name in the index.
pub type NameId = u32;
type PartId = u32;

/// Evidence below this is not followed into the postings (nats).
const LEAST_EVIDENCE: f32 = 1.5;
/// A part is explained well from this share of the information of the less telling side on.
const WELL_EXPLAINED: f32 = 0.6;
/// Names compared exactly per search.
const COMPARED: usize = 32;
/// How far below the best name, in nats, other features may still decide who is compared.
const FEATURE_REACH: f32 = 12.0;
/// How far below the best conceivable spelling a walk looks: between Latin spellings, and across scripts.
const LATIN_WINDOW: f32 = 7.5;
const NATIVE_WINDOW: f32 = 7.5;

#[derive(Debug)]
struct Spelling {
    log_background: f32,
    /// The parts it may stand for, with the log probability of that reading.
    parts: Vec<(PartId, f32)>,
}

#[derive(Debug)]
struct StoredPart {
    part: Part,
    postings: Vec<Posting>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Posting {
    name: NameId,
    first: u8,
    count: u8,
}

/// A recorded name.
#[derive(Debug, Clone)]
struct StoredName {
    /// The caller's number of the record, and which of its names this is.
    slot: u32,
    number: u16,
    class: u16,
    live: bool,
    absence: f32,
    parts: Box<[PartId]>,
}

/// The index of names.
#[derive(Debug, Default)]
pub struct NameIndex {
    vocabulary: Vocabulary,
    spellings: Vec<Spelling>,
    parts: Vec<StoredPart>,
    part_ids: HashMap<(Script, String), PartId>,
    native_parts: HashMap<(Script, Vec<char>), Vec<PartId>>,
    names: Vec<StoredName>,
    free_names: Vec<NameId>,
}

/// A recorded name that may be the one typed.
#[derive(Debug, Clone, PartialEq)]
pub struct NameCandidate {
    /// The caller's number of the record.
    pub slot: u32,
    /// Which of the record's names matched.
    pub number: u16,
    /// The number of the name in this index, for [`NameIndex::record_parts`].
    pub name: NameId,
    /// The best assignment of parts with its evidence and score.
    pub assignment: Assignment,
}

/// Reused buffers of a search.
#[derive(Debug, Default)]
pub struct SearchBuffers {
    walk: WalkBuffers,
    scoring: ScoringBuffers,
    found: Vec<Found>,
    sums: Vec<f32>,
    last_unit: Vec<u16>,
    touched: Vec<NameId>,
}

/// One typed part, or several neighbouring ones written together, that is looked up.
struct Unit<'a> {
    part: &'a Part,
    first: usize,
    count: usize,
}

impl NameIndex {
    /// An empty index.
    pub fn new() -> NameIndex {
        NameIndex::default()
    }

    /// How many names are in it.
    pub fn len(&self) -> usize {
        self.names.len() - self.free_names.len()
    }

    /// Whether no name is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Enters a name; `None` if nothing of it can be compared.
    pub fn insert(&mut self, slot: u32, number: u16, class: u16, name: &Name) -> Option<NameId> {
        if name.parts().is_empty() {
            return None;
        }
        let parts: Box<[PartId]> = name.parts().iter().map(|part| self.part_id(part)).collect();
        let absence = name.parts().iter().map(record_absence).sum();
        let stored = StoredName { slot, number, class, live: true, absence, parts };
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
        for posting in self.postings_of(id, name) {
            self.parts[posting.0 as usize].postings.push(posting.1);
        }
        Some(id)
    }

    /// Takes a name out.
    pub fn remove(&mut self, id: NameId) {
        let Some(stored) = self.names.get_mut(id as usize).filter(|n| n.live) else { return };
        stored.live = false;
        let parts = std::mem::take(&mut stored.parts);
        let whole = Name::from_parts(parts.iter().map(|p| self.parts[*p as usize].part.clone()).collect());
        for (part, posting) in self.postings_of(id, &whole) {
            self.parts[part as usize].postings.retain(|p| *p != posting);
        }
        self.free_names.push(id);
    }

    /// The recorded parts of a name in the index.
    pub fn record_parts(&self, id: NameId) -> Vec<&Part> {
        self.names[id as usize].parts.iter().map(|p| &self.parts[*p as usize].part).collect()
    }

    /// All postings of a name: one per part, and one per joined form that writers use.
    fn postings_of(&mut self, id: NameId, name: &Name) -> Vec<(PartId, Posting)> {
        let parts = name.parts();
        let mut postings = Vec::with_capacity(parts.len() + 2);
        for (first, part) in parts.iter().enumerate() {
            postings.push((self.part_id(part), Posting { name: id, first: first as u8, count: 1 }));
        }
        for (first, count) in written_together(parts) {
            let neighbours: Vec<&Part> = parts[first..first + count].iter().collect();
            if let Some(joined) = Part::joined(&neighbours) {
                let posting = Posting { name: id, first: first as u8, count: count as u8 };
                postings.push((self.part_id(&joined), posting));
            }
        }
        postings
    }

    fn part_id(&mut self, part: &Part) -> PartId {
        let key = (part.script(), part.text().to_lowercase());
        if let Some(id) = self.part_ids.get(&key) {
            return *id;
        }
        let id = self.parts.len() as PartId;
        self.part_ids.insert(key, id);
        for latent in part.latents() {
            let spelling = self.spelling_id(&latent.letters, latent.log_background);
            self.spellings[spelling as usize].parts.push((id, latent.log_weight));
        }
        if part.script() != Script::Latin {
            self.native_parts.entry((part.script(), part.native().to_vec())).or_default().push(id);
        }
        self.parts.push(StoredPart { part: part.clone(), postings: Vec::new() });
        id
    }

    fn spelling_id(&mut self, letters: &[u8], log_background: f32) -> SpellingId {
        if let Some(id) = self.vocabulary.get(letters) {
            return id;
        }
        let id = self.spellings.len() as SpellingId;
        self.spellings.push(Spelling { log_background, parts: Vec::new() });
        self.vocabulary.insert(letters, id);
        id
    }

    /// Finds the recorded names that may be the typed one, best first, among classes for which `visible` is true.
    /// At most `most` are given; names of classes out of sight change nothing in the answer.
    pub fn candidates(
        &self,
        query: &PreparedQuery<'_>,
        visible: &[bool],
        most: usize,
        features: &dyn Fn(u32) -> f32,
        buffers: &mut SearchBuffers,
    ) -> Vec<NameCandidate> {
        let units = units_of(query);
        let mut known: IntegerMap<u64, f32> = IntegerMap::default();
        buffers.sums.resize(self.names.len(), 0.0);
        buffers.last_unit.resize(self.names.len(), 0);
        buffers.touched.clear();
        for (number, unit) in units.iter().enumerate() {
            let matches = self.matching_parts(unit, buffers);
            self.add_up(unit, number, &matches, visible, buffers);
            if unit.count == 1 {
                known.extend(matches.iter().map(|(part, evidence)| (key_of(unit.first, *part), *evidence)));
            }
        }
        let best = self.best_touched(most.max(COMPARED), features, buffers);
        let mut candidates: Vec<NameCandidate> = best
            .into_iter()
            .map(|name| {
                let record = self.record_parts(name);
                let ids = &self.names[name as usize].parts;
                let explained =
                    explained_parts(query, &record, |i, j| known.get(&key_of(i, ids[j])).copied());
                let evidence = |i: usize, j: usize| match known.get(&key_of(i, ids[j])) {
                    Some(evidence) => Some(*evidence),
                    None => (explained.0[i] || explained.1[j]).then_some(NO_EVIDENCE),
                };
                let assignment = assign(query, &record, evidence, &mut buffers.scoring);
                let StoredName { slot, number, .. } = self.names[name as usize];
                NameCandidate { slot, number, name, assignment }
            })
            .collect();
        candidates.sort_by(|a, b| {
            (b.assignment.score.total_cmp(&a.assignment.score))
                .then((a.slot, a.number).cmp(&(b.slot, b.number)))
        });
        candidates
    }

    /// The recorded parts that a typed part may stand for, with their evidence, most telling first.
    fn matching_parts(&self, unit: &Unit<'_>, buffers: &mut SearchBuffers) -> Vec<(PartId, f32)> {
        let part = unit.part;
        let window = if part.script() == Script::Latin { LATIN_WINDOW } else { NATIVE_WINDOW };
        let limits = WalkLimits { window, errors: part.error_costs() };
        let channel = tables().channel(part.script());
        buffers.found.clear();
        self.vocabulary.walk(channel, part.native(), &limits, &mut buffers.walk, &mut buffers.found);
        if part.script() == Script::Latin
            && let [_, respelt] = part.latents()
        {
            let letters: Vec<char> = respelt.letters.iter().map(|n| char::from(n + 96)).collect();
            self.vocabulary.walk(channel, &letters, &limits, &mut buffers.walk, &mut buffers.found);
        }
        for known in tables().attested(part.script(), part.native()) {
            if let Some(spelling) = self.vocabulary.get(&known.latin) {
                buffers.found.push(Found { spelling, log_probability: known.log_probability });
            }
        }
        let mut best: IntegerMap<PartId, f32> = IntegerMap::default();
        for found in &buffers.found {
            let spelling = &self.spellings[found.spelling as usize];
            for (id, log_weight) in &spelling.parts {
                let log_p = found.log_probability + log_weight;
                let evidence = log_p - log_add(-part.information(), log_p + spelling.log_background);
                let evidence = tempered(evidence, part, &self.parts[*id as usize].part);
                if evidence >= LEAST_EVIDENCE {
                    let entry = best.entry(*id).or_insert(evidence);
                    *entry = entry.max(evidence);
                }
            }
        }
        if part.script() != Script::Latin
            && let Some(same) = self.native_parts.get(&(part.script(), part.native().to_vec()))
        {
            let evidence = tempered((part.information() - 0.3).max(0.3), part, part);
            best.extend(same.iter().map(|id| (*id, evidence)));
        }
        let mut matches: Vec<(PartId, f32)> = best.into_iter().collect();
        matches.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        matches
    }

    fn add_up(
        &self,
        unit: &Unit<'_>,
        number: usize,
        matches: &[(PartId, f32)],
        visible: &[bool],
        buffers: &mut SearchBuffers,
    ) {
        let stamp = (number + 1) as u16;
        for (part, evidence) in matches {
            let part = &self.parts[*part as usize];
            let worth = evidence + 0.45 * weight(unit.part) + record_absence(&part.part);
            for posting in &part.postings {
                let name = &self.names[posting.name as usize];
                if !visible.get(usize::from(name.class)).copied().unwrap_or(false) {
                    continue;
                }
                let at = posting.name as usize;
                if buffers.last_unit[at] == 0 {
                    buffers.touched.push(posting.name);
                    buffers.sums[at] = -name.absence;
                }
                if buffers.last_unit[at] == stamp {
                    continue;
                }
                buffers.last_unit[at] = stamp;
                if unit.count == 1 && posting.count == 1 {
                    buffers.sums[at] += worth;
                } else {
                    buffers.sums[at] = buffers.sums[at].max(worth - name.absence);
                }
            }
        }
    }

    /// The names with the highest sums, what speaks besides the name counted in; clears the sums for the next search.
    ///
    /// Without the other features a hundred namesakes would be cut by chance, and the one whose birth date agrees with
    /// them. Names far below the best one are ranked by name alone: no feature lifts them to it.
    fn best_touched(
        &self,
        most: usize,
        features: &dyn Fn(u32) -> f32,
        buffers: &mut SearchBuffers,
    ) -> Vec<NameId> {
        let sum = |name: &NameId| buffers.sums[*name as usize];
        let highest = buffers.touched.iter().map(sum).fold(f32::NEG_INFINITY, f32::max);
        let mut ranked: Vec<(f32, NameId)> = buffers
            .touched
            .iter()
            .map(|name| {
                let by_name = sum(name);
                let is_near = by_name >= highest - FEATURE_REACH;
                let besides =
                    if is_near { features(self.names[*name as usize].slot) } else { -FEATURE_REACH };
                (by_name + besides, *name)
            })
            .collect();
        for name in &buffers.touched {
            buffers.last_unit[*name as usize] = 0;
        }
        let order = |a: &(f32, NameId), b: &(f32, NameId)| {
            let (x, y) = (&self.names[a.1 as usize], &self.names[b.1 as usize]);
            b.0.total_cmp(&a.0).then((x.slot, x.number).cmp(&(y.slot, y.number)))
        };
        if ranked.len() > most {
            ranked.select_nth_unstable_by(most - 1, order);
            ranked.truncate(most);
        }
        ranked.sort_by(order);
        ranked.into_iter().map(|(_, name)| name).collect()
    }

    /// Bytes held, roughly: for the figures, not for decisions.
    pub fn memory_bytes(&self) -> usize {
        let parts: usize = self
            .parts
            .iter()
            .map(|p| {
                size_of::<StoredPart>()
                    + p.postings.capacity() * size_of::<Posting>()
                    + p.part.memory_bytes()
                    + 2 * p.part.text().len()
                    + 48
            })
            .sum();
        let spellings: usize =
            self.spellings.iter().map(|s| size_of::<Spelling>() + s.parts.capacity() * 8).sum();
        let names: usize = self.names.iter().map(|n| size_of::<StoredName>() + n.parts.len() * 4).sum();
        self.vocabulary.memory_bytes() + parts + spellings + names
    }
}

/// Which parts of the query, and of the record, the walk has explained well enough: other pairs of them need no look.
fn explained_parts(
    query: &PreparedQuery<'_>,
    record: &[&Part],
    known: impl Fn(usize, usize) -> Option<f32>,
) -> (Vec<bool>, Vec<bool>) {
    let mut explained = (vec![false; query.parts().len()], vec![false; record.len()]);
    for (i, q) in query.parts().iter().enumerate() {
        for (j, r) in record.iter().enumerate() {
            let Some(evidence) = known(i, j) else { continue };
            if evidence > WELL_EXPLAINED * q.information().min(r.information()) {
                explained.0[i] = true;
                explained.1[j] = true;
            }
        }
    }
    explained
}

fn key_of(unit: usize, part: PartId) -> u64 {
    (unit as u64) << 32 | u64::from(part)
}

fn weight(part: &Part) -> f32 {
    part.role().absence_weight() * part.information().min(14.0)
}

fn record_absence(part: &Part) -> f32 {
    0.2 * weight(part)
}

/// Neighbouring parts that writers often put together: a particle with what follows or precedes, a servant's name
/// (`abd`) with its complement.
fn written_together(parts: &[Part]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let binds = |part: &Part| part.role() == Role::Particle || is_servant(part);
    for first in 0..parts.len() {
        if let Some(second) = parts.get(first + 1)
            && (binds(&parts[first]) || binds(second))
        {
            runs.push((first, 2));
            if let Some(third) = parts.get(first + 2)
                && (binds(second) || (binds(&parts[first]) && binds(third)))
            {
                runs.push((first, 3));
            }
        }
    }
    runs
}

fn is_servant(part: &Part) -> bool {
    matches!(
        part.text().to_lowercase().as_str(),
        "abd" | "abdul" | "abdel" | "abdal" | "abdol" | "عبد" | "абд" | "абдул"
    )
}

/// What is looked up for a typed name: every part, and neighbours where they may have been written together.
fn units_of<'a>(query: &'a PreparedQuery<'_>) -> Vec<Unit<'a>> {
    let parts = query.parts();
    let mut units: Vec<Unit<'a>> =
        parts.iter().enumerate().map(|(first, part)| Unit { part, first, count: 1 }).collect();
    for (first, count, part) in query.joined() {
        let members = &parts[first..first + count];
        let binding = members.iter().any(|p| p.role() == Role::Particle || is_servant(p));
        let short = members.iter().any(|p| p.native().len() <= 4);
        if binding || (count == 2 && short) {
            units.push(Unit { part, first, count });
        }
    }
    units
}
