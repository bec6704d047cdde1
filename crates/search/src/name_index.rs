//! Names in memory: from a typed name to the recorded names that it may be.
//!
//! Distinct parts are kept once; their Latin spellings stand in one vocabulary ([`barid_names::vocabulary`]); each part
//! has its postings. A search walks the vocabulary once per typed part, adds up evidence over the postings that the
//! searcher may see, and compares the best names exactly. Knows names, slots and visibility numbers; records, dates and
//! rights are the business of [`crate::person_index`].

use std::borrow::Cow;

use barid_names::background::log_add;
use barid_names::channel::{ErrorCosts, ScoringBuffers, error_costs};
use barid_names::compare::{
    AssignBuffers, Assignment, Correspondence, NO_EVIDENCE, PreparedQuery, assign, assign_known,
    evidence_for_native, initial_evidence, tempered_by,
};
use barid_names::hashing::IntegerMap;
use barid_names::name::{MAX_PART_LETTERS, Name, Part, PartDetails};
use barid_names::native_vocabulary::{NativeVocabulary, NativeWalkBuffers};
use barid_names::roles::Role;
use barid_names::script::{ALL_SCRIPTS, Script};
use barid_names::tables::{AttestedSpelling, tables};
use barid_names::vocabulary::{Found, SpellingId, Vocabulary, WalkBuffers, WalkLimits};

use crate::interner::Interner;
use crate::leak_tests::{Work, count};

/// The number of a recorded name in the index.
pub type NameId = u32;
type PartId = u32;

/// Evidence below this is not followed into the postings (nats).
const LEAST_EVIDENCE: f32 = 1.5;
/// Names looked at with the evidence at hand, per search, and how many of them are compared in full: the best by that
/// look, and the best by their sums.
const LOOKED_AT: usize = 600;
const COMPARED: usize = 14;
const COMPARED_BY_SUM: usize = 4;
/// How many of them also by letters of other scripts than Latin.
const NATIVE_LOOKED_AT: usize = 300;
/// How far below the best sum, in nats, a name may be after its letters were looked at and still matter.
const LETTER_REACH: f32 = 4.0;
/// The same where parts are looked up in pieces, whose sums say less.
const LETTER_REACH_IN_PIECES: f32 = 14.0;
/// Where names beyond that reach stand in the order.
const OUT_OF_REACH: f32 = -1_000.0;
/// How far below the best name, in nats, other features may still decide who is compared.
const FEATURE_REACH: f32 = 12.0;
/// How far below the best conceivable spelling a walk looks.
struct Windows {
    /// At the beginning of a part, nats.
    first: f32,
    /// At its end, as a share of what the part tells.
    last_share: f32,
    /// The same at least and at most, nats.
    last: (f32, f32),
}

/// Between Latin spellings a walk is cheap, and slips of the key are all there is to find.
const LATIN_WINDOWS: Windows = Windows { first: 6.5, last_share: 0.6, last: (5.0, 13.0) };
const NATIVE_WINDOWS: Windows = Windows { first: 4.5, last_share: 0.5, last: (5.5, 11.0) };
/// For short neighbours written together, of which only a good fit counts.
const JOINED_WINDOWS: Windows = Windows { first: 4.0, last_share: 0.4, last: (5.0, 8.0) };
/// From Latin letters to recorded native spellings.
const RECORDED_WINDOWS: Windows = Windows { first: 4.5, last_share: 0.45, last: (6.0, 10.0) };
/// What a letter of a recorded native part is taken to tell while looking for it, nats.
const TOLD_BY_RECORDED_LETTER: f32 = 3.5;
/// Latin readings of a typed part under which recorded native spellings are looked for.
const READINGS: usize = 3;
/// From a usual Latin spelling of a typed part to other spellings of it.
const USUAL_WINDOWS: Windows = Windows { first: 4.0, last_share: 0.4, last: (4.0, 7.0) };
/// From this log probability on, nats, a spelling is the usual one.
const USUAL: f32 = -2.0;
/// Evidence below this for a part that what was typed begins with is not followed, nats.
const LEAST_OF_BEGINNING: f32 = 7.0;
/// The class number of names that were taken out.
const GONE: u32 = u32::MAX;

/// A Latin spelling in the vocabulary.
#[derive(Debug)]
struct Spelling {
    log_background: f32,
    /// The part it may stand for, and [`MORE`]; with the log probability of that reading.
    part: u32,
    log_weight: f32,
}

/// A spelling stands for further parts: see `more_parts`.
const MORE: u32 = 1 << 31;

impl Spelling {
    fn part(&self) -> PartId {
        self.part & !MORE
    }

    fn has_more(&self) -> bool {
        self.part & MORE != 0
    }
}

/// Where a part stands: the name's number times two, plus one if the part is several of the name's parts joined.
#[derive(Debug, Default)]
enum Postings {
    #[default]
    None,
    One(u32),
    Many(Vec<u32>),
}

impl Postings {
    fn push(&mut self, posting: u32) {
        *self = match std::mem::take(self) {
            Postings::None => Postings::One(posting),
            Postings::One(first) => Postings::Many(vec![first, posting]),
            Postings::Many(mut all) => {
                all.push(posting);
                Postings::Many(all)
            }
        };
    }

    fn remove(&mut self, posting: u32) {
        match self {
            Postings::None => {}
            Postings::One(only) if *only == posting => *self = Postings::None,
            Postings::One(_) => {}
            Postings::Many(all) => all.retain(|p| *p != posting),
        }
    }

    fn as_slice(&self) -> &[u32] {
        match self {
            Postings::None => &[],
            Postings::One(posting) => std::slice::from_ref(posting),
            Postings::Many(all) => all,
        }
    }
}

#[derive(Debug)]
struct StoredPart {
    details: PartDetails,
    postings: Postings,
}

/// A recorded name.
#[derive(Debug, Clone, Copy)]
struct StoredName {
    /// The caller's number of the record, and which of its names this is.
    slot: u32,
    number: u16,
    class: u32,
    /// What it costs if none of its parts is explained, nats.
    absence: f32,
    /// Where its parts end in `parts_of_names`; they begin where those of the name before end.
    parts_end: u32,
}

/// The index of names.
#[derive(Debug, Default)]
pub struct NameIndex {
    vocabulary: Vocabulary,
    spelling_letters: Interner,
    spellings: Vec<Spelling>,
    /// Further parts of spellings.
    more_parts: IntegerMap<SpellingId, Vec<(PartId, f32)>>,
    part_keys: Interner,
    /// Native spellings by number of script; a spelling's number is that of its part.
    natives: Vec<NativeVocabulary>,
    /// The other part with the same native letters: the joined one of that by itself, or the other way round.
    twins: IntegerMap<PartId, PartId>,
    parts: Vec<StoredPart>,
    names: Vec<StoredName>,
    parts_of_names: Vec<PartId>,
    /// Numbers of names that were taken out, by their count of parts: given again to names of as many.
    free: Vec<Vec<NameId>>,
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
    /// One for each unit of a typed name.
    walks: Vec<WalkBuffers>,
    native_walk: NativeWalkBuffers,
    usual_walk: WalkBuffers,
    scoring: ScoringBuffers,
    found: Vec<Found>,
    best: IntegerMap<PartId, f32>,
    /// By walk and part, what the letters gave in this search.
    by_letters: IntegerMap<u64, Option<f32>>,
    /// Whether letters of other scripts are looked at too: it takes longer.
    native_letters: bool,
    sums: Vec<f32>,
    last_unit: Vec<u16>,
    touched: Vec<NameId>,
}

/// One typed part, or several neighbouring ones written together, that is looked up.
struct Unit<'a> {
    part: Cow<'a, Part>,
    kind: UnitKind,
    first: usize,
    count: usize,
    /// Which of the walks was its.
    walk: usize,
    /// The recorded parts that it may stand for, with their evidence, by number.
    matches: Matches,
    /// The most that a recorded part can add to a name's sum that is not among its matches.
    beyond_matches: f32,
}

/// Recorded parts that a unit may stand for, with their evidence.
#[derive(Debug, Default)]
struct Matches {
    /// In ascending order of parts.
    rows: Vec<(PartId, f32)>,
    /// A bit by part, to pass over most that are not among them: few of the parts asked for are.
    filter: Vec<u64>,
    /// Whether one of them is several parts joined.
    joined: bool,
}

impl Matches {
    fn new(mut rows: Vec<(PartId, f32)>, keys: &Interner) -> Matches {
        rows.sort_unstable_by_key(|(id, _)| *id);
        let mut filter = vec![0; (rows.len() / 8 + 1).next_power_of_two()];
        for (id, _) in &rows {
            let (word, bit) = place_of_bit(*id, filter.len());
            filter[word] |= bit;
        }
        let joined = rows.iter().any(|(id, _)| Part::is_joined(keys.bytes(*id)));
        Matches { rows, filter, joined }
    }

    fn get(&self, part: PartId) -> Option<f32> {
        let (word, bit) = place_of_bit(part, self.filter.len());
        if self.filter.get(word)? & bit == 0 {
            return None;
        }
        self.rows.binary_search_by_key(&part, |(id, _)| *id).ok().map(|at| self.rows[at].1)
    }
}

fn place_of_bit(part: PartId, words: usize) -> (usize, u64) {
    let mixed = part.wrapping_mul(0x9e37_79b1);
    ((mixed >> 6) as usize & words.wrapping_sub(1), 1 << (mixed & 63))
}

/// What a unit is of the typed name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum UnitKind {
    /// A part by itself.
    Whole,
    /// A piece of a part, where writing leaves open how syllables go together.
    Piece,
    /// Several parts as one: a particle or servant with its noun, or short neighbours.
    Joined { bound: bool },
}

impl<'a> Unit<'a> {
    fn new(part: Cow<'a, Part>, kind: UnitKind, first: usize, count: usize) -> Unit<'a> {
        Unit { part, kind, first, count, walk: 0, matches: Matches::default(), beyond_matches: 0.0 }
    }
}

/// What besides the name speaks for a record, by slot.
pub type Besides<'a> = &'a dyn Fn(u32) -> f32;

impl NameIndex {
    /// An empty index.
    pub fn new() -> NameIndex {
        NameIndex::default()
    }

    /// How many names are in it.
    pub fn len(&self) -> usize {
        self.names.len() - self.free.iter().map(Vec::len).sum::<usize>()
    }

    /// Whether no name is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Enters a name; `None` if nothing of it can be compared. `class` is below 4,294,967,295.
    pub fn insert(&mut self, slot: u32, number: u16, class: u32, name: &Name) -> Option<NameId> {
        if name.parts().is_empty() || class == GONE {
            return None;
        }
        let ids: Vec<PartId> = name.parts().iter().map(|part| self.part_id(part)).collect();
        let absence = ids.iter().map(|id| record_absence(self.parts[*id as usize].details)).sum();
        let id = self.place(StoredName { slot, number, class, absence, parts_end: 0 }, &ids);
        for (part, posting) in self.postings_of(id, name) {
            self.parts[part as usize].postings.push(posting);
        }
        Some(id)
    }

    /// Gives a number to a name, an earlier one's if that had as many parts.
    fn place(&mut self, name: StoredName, parts: &[PartId]) -> NameId {
        if let Some(id) = self.free.get_mut(parts.len()).and_then(Vec::pop) {
            let parts_end = self.names[id as usize].parts_end;
            self.names[id as usize] = StoredName { parts_end, ..name };
            self.parts_of_names[parts_end as usize - parts.len()..parts_end as usize].copy_from_slice(parts);
            return id;
        }
        self.parts_of_names.extend(parts);
        self.names.push(StoredName { parts_end: self.parts_of_names.len() as u32, ..name });
        self.names.len() as NameId - 1
    }

    /// One posting per part, and one per joined form that writers use.
    fn postings_of(&mut self, id: NameId, name: &Name) -> Vec<(PartId, u32)> {
        let mut postings: Vec<(PartId, u32)> =
            self.part_ids(id).iter().map(|part| (*part, id << 1)).collect();
        for (first, count) in written_together(name.parts()) {
            let neighbours: Vec<&Part> = name.parts()[first..first + count].iter().collect();
            if let Some(joined) = Part::joined(&neighbours) {
                postings.push((self.part_id(&joined), id << 1 | 1));
            }
        }
        postings
    }

    /// Takes a name out.
    pub fn remove(&mut self, id: NameId) {
        if self.names.get(id as usize).is_none_or(|name| name.class == GONE) {
            return;
        }
        let name = Name::from_parts(self.record_parts(id));
        for (part, posting) in self.postings_of(id, &name) {
            self.parts[part as usize].postings.remove(posting);
        }
        let count = self.part_ids(id).len();
        if self.free.len() <= count {
            self.free.resize(count + 1, Vec::new());
        }
        self.free[count].push(id);
        self.names[id as usize].class = GONE;
    }

    /// Puts a name that stands into another class.
    pub fn set_class(&mut self, id: NameId, class: u32) {
        if let Some(name) = self.names.get_mut(id as usize).filter(|name| name.class != GONE) {
            name.class = class;
        }
    }

    /// Parts that stand in a name, and parts that no name has any more but that still take memory.
    pub fn parts_in_use(&self) -> (usize, usize) {
        let unused = self.parts.iter().filter(|part| part.postings.as_slice().is_empty()).count();
        (self.parts.len() - unused, unused)
    }

    /// Makes ready for searching what was entered last: it is found before too, at some cost per search.
    pub fn settle(&mut self) {
        self.vocabulary.settle();
        self.natives.iter_mut().for_each(NativeVocabulary::settle);
        self.spellings.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.names.shrink_to_fit();
        self.parts_of_names.shrink_to_fit();
        self.spelling_letters.shrink_to_fit();
        self.part_keys.shrink_to_fit();
        for part in &mut self.parts {
            if let Postings::Many(all) = &mut part.postings {
                all.shrink_to_fit();
            }
        }
    }

    fn part_ids(&self, id: NameId) -> &[PartId] {
        let start = match id {
            0 => 0,
            _ => self.names[id as usize - 1].parts_end,
        };
        &self.parts_of_names[start as usize..self.names[id as usize].parts_end as usize]
    }

    /// The recorded parts of a name in the index, without their texts as written.
    pub fn record_parts(&self, id: NameId) -> Vec<Part> {
        let part = |id: &PartId| Part::from_key(self.part_keys.bytes(*id), self.parts[*id as usize].details);
        self.part_ids(id).iter().filter_map(part).collect()
    }

    fn part_id(&mut self, part: &Part) -> PartId {
        let mut key = Vec::with_capacity(32);
        part.write_key(&mut key);
        let (id, new) = self.part_keys.insert(&key);
        if new {
            self.parts.push(StoredPart { details: part.details(), postings: Postings::None });
            for latent in part.recorded_spellings() {
                self.add_spelling(&latent.letters, latent.log_background, id, latent.log_weight);
            }
            if part.script() != Script::Latin {
                self.add_native(part, &mut key, id);
            }
        }
        id
    }

    fn add_native(&mut self, part: &Part, key: &mut [u8], id: PartId) {
        Part::turn_joined(key);
        if let Some(twin) = self.part_keys.get(key) {
            self.twins.insert(twin, id);
            self.twins.insert(id, twin);
            return;
        }
        let number = part.script() as usize;
        if self.natives.len() <= number {
            self.natives.resize_with(number + 1, NativeVocabulary::default);
        }
        self.natives[number].insert(part.native(), id);
    }

    fn add_spelling(&mut self, letters: &[u8], log_background: f32, part: PartId, log_weight: f32) {
        let (id, new) = self.spelling_letters.insert(letters);
        if new {
            self.spellings.push(Spelling { log_background, part, log_weight });
            self.vocabulary.insert(letters, id);
        } else {
            self.spellings[id as usize].part |= MORE;
            self.more_parts.entry(id).or_default().push((part, log_weight));
        }
    }

    /// Finds the recorded names that may be the typed one, best first, among classes for which `visible` is true.
    /// At most `most` are given; names of classes out of sight change nothing in the answer.
    pub fn candidates(
        &self,
        query: &PreparedQuery<'_>,
        visible: &[bool],
        most: usize,
        besides: Option<Besides<'_>>,
        buffers: &mut SearchBuffers,
    ) -> Vec<NameCandidate> {
        let looked_at = LOOKED_AT.max(2 * most);
        let mut units = units_of(query);
        buffers.walks.resize_with(buffers.walks.len().max(units.len()), WalkBuffers::default);
        for (number, unit) in units.iter_mut().enumerate() {
            unit.walk = number;
            self.match_parts(unit, buffers);
        }
        let mut beginnings = Vec::new();
        for unit in units.iter().filter(|unit| unit.kind == UnitKind::Whole) {
            beginnings.extend(self.beginnings_of(unit, buffers));
        }
        units.extend(beginnings);
        // In an order that no match moves: what hidden records add to a unit's matches changes nothing for others.
        units.sort_by_key(|unit| (unit.kind, unit.first, unit.count));
        buffers.sums.resize(self.names.len(), 0.0);
        buffers.last_unit.resize(self.names.len(), 0);
        buffers.touched.clear();
        buffers.by_letters.clear();
        for (number, unit) in units.iter().enumerate() {
            self.add_up(unit, (number + 1) as u16, visible, buffers);
        }
        let mut best = self.best_touched(looked_at, besides, buffers);
        self.keep_likeliest(query, &units, (most.max(COMPARED), besides), &mut best, buffers);
        let whole = whole_units(&units);
        let compared = |name: NameId| self.compared(query, name, &whole, buffers);
        let mut candidates: Vec<NameCandidate> = best.into_iter().map(compared).collect();
        candidates.sort_by(|a, b| {
            (b.assignment.score.total_cmp(&a.assignment.score))
                .then((a.slot, a.number).cmp(&(b.slot, b.number)))
        });
        candidates
    }

    /// Keeps the names that are likeliest when what the walks left unexplained is looked at too, and the first few.
    fn keep_likeliest(
        &self,
        query: &PreparedQuery<'_>,
        units: &[Unit<'_>],
        (most, besides): (usize, Option<Besides<'_>>),
        names: &mut Vec<NameId>,
        buffers: &mut SearchBuffers,
    ) {
        if names.len() <= most {
            return;
        }
        let joined: Vec<&Unit<'_>> =
            units.iter().filter(|unit| matches!(unit.kind, UnitKind::Joined { .. })).collect();
        let whole = whole_units(units);
        let mut looked_at: Vec<(f32, usize)> = Vec::with_capacity(names.len());
        let mut assigning = AssignBuffers::default();
        let mut record = Vec::new();
        let is_piece = |unit: &Unit<'_>| unit.kind == UnitKind::Piece && unit.beyond_matches > 0.0;
        let in_pieces = units.iter().any(is_piece);
        let reach = if in_pieces { LETTER_REACH_IN_PIECES } else { LETTER_REACH };
        let evidence_of: Vec<Vec<Option<f32>>> =
            names.iter().map(|name| from_matches(&whole, self.part_ids(*name))).collect();
        // A sum may count what was typed twice, as a part and as a piece of it: it is no measure for others.
        let highest = names
            .iter()
            .zip(&evidence_of)
            .map(|(name, evidence)| self.sum_of_whole(&whole, *name, evidence))
            .fold(f32::NEG_INFINITY, f32::max);
        for ((at, name), mut evidence) in names.iter().enumerate().zip(evidence_of) {
            let ids = self.part_ids(*name);
            let sum = buffers.sums[*name as usize];
            let more = besides.map_or(0.0, |features| features(self.names[*name as usize].slot));
            if sum + beyond_matches(&whole, &evidence) + more.max(0.0) < highest - reach {
                looked_at.push((OUT_OF_REACH + sum, at));
                continue;
            }
            buffers.native_letters = at < NATIVE_LOOKED_AT;
            self.look_at_letters(&whole, ids, &mut evidence, buffers);
            record.clear();
            record.extend(ids.iter().map(|id| self.parts[*id as usize].details));
            let typed_joined = joined.iter().flat_map(|unit| {
                ids.iter()
                    .enumerate()
                    .filter_map(|(j, id)| Some(((unit.first, unit.count), (j, 1), unit.matches.get(*id)?)))
            });
            let runs = typed_joined.chain(self.recorded_joined(&whole, *name));
            let known = |i: usize, j: usize| evidence[i * ids.len() + j];
            let log_odds = assign_known(query, &record, known, runs, &mut assigning);
            looked_at.push((log_odds + more, at));
        }
        looked_at.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut kept: Vec<usize> = looked_at.iter().take(most).map(|(_, at)| *at).collect();
        kept.extend(
            (0..COMPARED_BY_SUM).filter(|at| !looked_at[..most].iter().any(|(_, other)| other == at)),
        );
        kept.sort_unstable();
        *names = kept.into_iter().map(|at| names[at]).collect();
    }

    /// The typed parts that may be two neighbouring recorded ones written together, where this very name is entered so:
    /// what other records join must not count.
    fn recorded_joined(&self, whole: &[&Unit<'_>], name: NameId) -> impl Iterator<Item = Correspondence> {
        let ids = self.part_ids(name);
        let with_joined = whole.iter().enumerate().filter(|(_, unit)| unit.matches.joined);
        with_joined.flat_map(move |(i, unit)| {
            ids.windows(2).enumerate().filter_map(move |(j, pair)| {
                let key = Part::joined_key(self.part_keys.bytes(pair[0]), self.part_keys.bytes(pair[1]))?;
                let joined = self.part_keys.get(&key)?;
                let evidence = unit.matches.get(joined)?;
                let entered = self.parts[joined as usize].postings.as_slice().contains(&(name << 1 | 1));
                entered.then_some(((i, 1), (j, 2), evidence))
            })
        })
    }

    /// Fills in, for parts that no walk explained on either side, the evidence that their letters give.
    fn look_at_letters(
        &self,
        whole: &[&Unit<'_>],
        ids: &[PartId],
        evidence: &mut [Option<f32>],
        buffers: &mut SearchBuffers,
    ) {
        let parts = ids.len();
        let of_query: u64 = (0..whole.len().min(64))
            .filter(|i| evidence[i * parts..(i + 1) * parts].iter().all(Option::is_none))
            .fold(0, |bits, i| bits | 1 << i);
        let of_record: u64 = (0..parts.min(64))
            .filter(|j| (0..whole.len()).all(|i| evidence[i * parts + j].is_none()))
            .fold(0, |bits, j| bits | 1 << j);
        if of_query == 0 || of_record == 0 {
            return;
        }
        let pairs = (0..whole.len()).flat_map(|i| (0..parts).map(move |j| (i, j)));
        for (i, j) in pairs.filter(|(i, j)| of_query >> i & of_record >> j & 1 == 1) {
            let recorded = self.parts[ids[j] as usize].details;
            let initial = whole[i].part.role() == Role::Initial || recorded.role == Role::Initial;
            evidence[i * ids.len() + j] = match initial {
                true => self.evidence_of_initial(&whole[i].part, ids[j]),
                false => {
                    let key = (whole[i].walk as u64) << 32 | u64::from(ids[j]);
                    match buffers.by_letters.get(&key) {
                        Some(known) => *known,
                        None => {
                            let worked_out = self.evidence_by_letters(whole[i], ids[j], buffers);
                            if buffers.native_letters {
                                buffers.by_letters.insert(key, worked_out);
                            }
                            worked_out
                        }
                    }
                }
            };
        }
    }

    fn evidence_of_initial(&self, typed: &Part, id: PartId) -> Option<f32> {
        let recorded = Part::from_key(self.part_keys.bytes(id), self.parts[id as usize].details)?;
        Some(initial_evidence(typed, &recorded)).filter(|evidence| *evidence > 0.0)
    }

    /// The evidence of a typed part for a recorded Latin one by its letters.
    fn evidence_by_letters(&self, unit: &Unit<'_>, id: PartId, buffers: &mut SearchBuffers) -> Option<f32> {
        let (script, letters) = self.part_keys.bytes(id).split_first()?;
        if *script != Script::Latin as u8 {
            if !buffers.native_letters {
                return None;
            }
            return self.evidence_of_native_letters(&unit.part, id, &mut buffers.scoring);
        }
        let mut plain = [0u8; MAX_PART_LETTERS];
        let mut length = 0;
        for (to, letter) in plain.iter_mut().zip(letters.iter().take_while(|letter| **letter != 0)) {
            *to = letter - b'`';
            length += 1;
        }
        let log_p = buffers.walks[unit.walk].score(&plain[..length]);
        let (typed, recorded) = (unit.part.details(), self.parts[id as usize].details);
        let evidence = log_p - log_add(-typed.information, log_p - recorded.information);
        let evidence = tempered_by(evidence, typed, recorded);
        (evidence > 0.0).then_some(evidence)
    }

    /// The evidence of a typed part for a recorded one in another script by its letters.
    fn evidence_of_native_letters(
        &self,
        typed: &Part,
        id: PartId,
        scoring: &mut ScoringBuffers,
    ) -> Option<f32> {
        let details = self.parts[id as usize].details;
        let recorded = Part::from_key(self.part_keys.bytes(id), details)?;
        if recorded.script() == typed.script() {
            return None;
        }
        let evidence =
            tempered_by(evidence_for_native(&recorded, typed, 1, scoring), typed.details(), details);
        (evidence > 0.0).then_some(evidence)
    }

    fn compared(
        &self,
        query: &PreparedQuery<'_>,
        name: NameId,
        whole: &[&Unit<'_>],
        buffers: &mut SearchBuffers,
    ) -> NameCandidate {
        let parts = self.record_parts(name);
        let record: Vec<&Part> = parts.iter().collect();
        let ids = self.part_ids(name);
        let mut at_hand = from_matches(whole, ids);
        buffers.native_letters = true;
        self.look_at_letters(whole, ids, &mut at_hand, buffers);
        let by_letters = |j: usize| record[j].script() == Script::Latin && record[j].role() != Role::Initial;
        let evidence = |i: usize, j: usize| match at_hand[i * ids.len() + j] {
            Some(evidence) => Some(evidence),
            None => by_letters(j).then_some(NO_EVIDENCE),
        };
        let walks = &mut buffers.walks;
        let likelihood = |i: usize, letters: &[u8]| Some(walks[whole[i].walk].score(letters));
        let assignment = assign(query, &record, evidence, likelihood, &mut buffers.scoring);
        let StoredName { slot, number, .. } = self.names[name as usize];
        NameCandidate { slot, number, name, assignment }
    }

    /// Fills in the recorded parts that a typed part may stand for.
    fn match_parts(&self, unit: &mut Unit<'_>, buffers: &mut SearchBuffers) {
        let part = unit.part.clone();
        if part.role() == Role::Initial {
            // One letter finds too much; it counts where other parts have found a name.
            return;
        }
        let script = part.script();
        let limits = limits_of(unit.kind, &part);
        unit.beyond_matches = beyond_window(part.details(), &limits);
        let channel = tables().channel(script);
        buffers.found.clear();
        let walk = &mut buffers.walks[unit.walk];
        if script == Script::Latin
            && let [_, respelt] = part.latents()
        {
            let letters: Vec<char> = respelt.letters.iter().map(|n| char::from(n + 96)).collect();
            self.vocabulary.walk(channel, &letters, &limits, walk, &mut buffers.found);
        }
        self.vocabulary.walk(channel, part.native(), &limits, walk, &mut buffers.found);
        for known in tables().attested(script, part.native()) {
            if script != Script::Latin && known.log_probability > USUAL {
                self.walk_from_usual(known, buffers);
            }
            self.add_attested(&known.latin, known.log_probability, &mut buffers.found);
            if script != Script::Latin && known.log_probability > USUAL {
                // A usual spelling has familiar forms of its own: Билл is Bill is William.
                let letters: Vec<char> = known.latin.iter().map(|n| char::from(b'`' + n)).collect();
                for other in tables().attested(Script::Latin, &letters) {
                    let log_probability = known.log_probability + other.log_probability;
                    self.add_attested(&other.latin, log_probability, &mut buffers.found);
                }
            }
        }
        let details = part.details();
        buffers.best.clear();
        let best = &mut buffers.best;
        for found in &buffers.found {
            let spelling = &self.spellings[found.spelling as usize];
            let mut keep = |id: PartId, log_weight: f32| {
                let log_p = found.log_probability + log_weight;
                let evidence = log_p - log_add(-details.information, log_p + spelling.log_background);
                let evidence = tempered_by(evidence, details, self.parts[id as usize].details);
                if evidence >= LEAST_EVIDENCE {
                    let entry = best.entry(id).or_insert(evidence);
                    *entry = entry.max(evidence);
                }
            };
            keep(spelling.part(), spelling.log_weight);
            if spelling.has_more() {
                self.more_parts[&found.spelling].iter().for_each(|(id, log_weight)| keep(*id, *log_weight));
            }
        }
        self.match_native_records(&part, buffers);
        let best = &mut buffers.best;
        let mut key = Vec::with_capacity(32);
        part.write_key(&mut key);
        if let Some(same) = self.part_keys.get(&key) {
            best.insert(same, tempered_by((details.information - 0.3).max(0.3), details, details));
        }
        unit.matches =
            Matches::new(best.iter().map(|(id, evidence)| (*id, *evidence)).collect(), &self.part_keys);
    }

    /// The recorded parts that a typed part may begin with, as a unit of their own: several parts may have been written as
    /// one.
    fn beginnings_of<'a>(&self, unit: &Unit<'a>, buffers: &mut SearchBuffers) -> Option<Unit<'a>> {
        if unit.part.role() == Role::Initial || unit.part.script() == Script::Han {
            return None;
        }
        let typed = unit.part.details();
        let per_letter = unit.part.information_per_letter();
        buffers.best.clear();
        for beginning in buffers.walks[unit.walk].beginnings() {
            let information = per_letter * beginning.letters as f32;
            let spelling = &self.spellings[beginning.spelling as usize];
            let best = &mut buffers.best;
            let mut keep = |id: PartId, log_weight: f32| {
                let log_p = beginning.log_probability + log_weight;
                let evidence = log_p - log_add(-information, log_p + spelling.log_background);
                if evidence >= LEAST_OF_BEGINNING {
                    let entry = best.entry(id).or_insert(evidence);
                    *entry = entry.max(evidence);
                }
            };
            keep(spelling.part(), spelling.log_weight);
            if spelling.has_more() {
                self.more_parts[&beginning.spelling].iter().for_each(|(id, weight)| keep(*id, *weight));
            }
        }
        if buffers.best.is_empty() {
            return None;
        }
        let mut found = Unit::new(unit.part.clone(), UnitKind::Piece, unit.first, 1);
        found.walk = unit.walk;
        let most = |(id, evidence): (&PartId, &f32)| (*id, evidence.min(typed.information));
        found.matches = Matches::new(buffers.best.iter().map(most).collect(), &self.part_keys);
        Some(found)
    }

    /// Finds the other spellings of a usual Latin spelling of a typed part: عاطف is Atef, so it may be Atif.
    fn walk_from_usual(&self, known: &AttestedSpelling, buffers: &mut SearchBuffers) {
        let letters: Vec<char> = known.latin.iter().map(|n| char::from(b'`' + n)).collect();
        let Some(usual) = Part::from_plain(letters) else { return };
        let limits = limits_within(&USUAL_WINDOWS, usual.information(), usual.error_costs());
        let channel = tables().channel(Script::Latin);
        let first = buffers.found.len();
        self.vocabulary.walk(channel, usual.native(), &limits, &mut buffers.usual_walk, &mut buffers.found);
        for found in &mut buffers.found[first..] {
            found.log_probability += known.log_probability;
        }
    }

    /// Adds the recorded parts in other scripts that the Latin readings of a typed part may be written as.
    fn match_native_records(&self, part: &Part, buffers: &mut SearchBuffers) {
        let typed = part.details();
        for (vocabulary, script) in self.natives.iter().zip(ALL_SCRIPTS) {
            if vocabulary.is_empty() || script == part.script() {
                continue;
            }
            let channel = tables().channel(script);
            let errors = error_costs(script, TOLD_BY_RECORDED_LETTER);
            for latent in part.latents().iter().take(READINGS) {
                let limits = limits_within(&RECORDED_WINDOWS, -latent.log_background, errors);
                buffers.found.clear();
                vocabulary.walk(
                    channel,
                    &latent.letters,
                    &limits,
                    &mut buffers.native_walk,
                    &mut buffers.found,
                );
                for found in &buffers.found {
                    let twin = self.twins.get(&found.spelling).copied();
                    for id in [Some(found.spelling), twin].into_iter().flatten() {
                        let recorded = self.parts[id as usize].details;
                        let log_p = found.log_probability + latent.log_weight;
                        let evidence = log_p - log_add(-recorded.information, log_p + latent.log_background);
                        let evidence = tempered_by(evidence, typed, recorded);
                        if evidence >= LEAST_EVIDENCE {
                            let entry = buffers.best.entry(id).or_insert(evidence);
                            *entry = entry.max(evidence);
                        }
                    }
                }
            }
        }
    }

    fn add_attested(&self, latin: &[u8], log_probability: f32, found: &mut Vec<Found>) {
        if let Some(spelling) = self.spelling_letters.get(latin) {
            found.push(Found { spelling, log_probability });
        }
    }

    /// What a match adds to a name's sum: its evidence, and that neither side stays unexplained.
    fn worth(&self, typed: PartDetails, recorded: PartId, evidence: f32) -> f32 {
        evidence + 0.45 * weight(typed) + record_absence(self.parts[recorded as usize].details)
    }

    /// What the parts typed are worth to a name, each counted once by the recorded part it fits best.
    fn sum_of_whole(&self, whole: &[&Unit<'_>], name: NameId, evidence: &[Option<f32>]) -> f32 {
        let ids = self.part_ids(name);
        let best_of = |(unit, evidence): (&&Unit<'_>, &[Option<f32>])| {
            let worth = |(id, known): (&PartId, &Option<f32>)| {
                known.map(|evidence| self.worth(unit.part.details(), *id, evidence))
            };
            ids.iter().zip(evidence).filter_map(worth).fold(0.0, f32::max)
        };
        let all: f32 = whole.iter().zip(evidence.chunks(ids.len())).map(best_of).sum();
        all - self.names[name as usize].absence
    }

    fn add_up(&self, unit: &Unit<'_>, stamp: u16, visible: &[bool], buffers: &mut SearchBuffers) {
        let typed = unit.part.details();
        let joined = matches!(unit.kind, UnitKind::Joined { .. });
        let mut by_worth: Vec<(f32, PartId)> =
            unit.matches.rows.iter().map(|(id, evidence)| (self.worth(typed, *id, *evidence), *id)).collect();
        by_worth.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (worth, id) in by_worth {
            for posting in self.parts[id as usize].postings.as_slice() {
                let at = (posting >> 1) as usize;
                let name = &self.names[at];
                if !visible.get(name.class as usize).copied().unwrap_or(false) {
                    count(Work::HiddenPostings, 1);
                    continue;
                }
                count(Work::VisiblePostings, 1);
                if buffers.last_unit[at] == 0 {
                    buffers.touched.push(at as NameId);
                    buffers.sums[at] = -name.absence;
                }
                if buffers.last_unit[at] == stamp {
                    continue;
                }
                buffers.last_unit[at] = stamp;
                if !joined {
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
        besides: Option<Besides<'_>>,
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
                let more = match besides {
                    None => 0.0,
                    Some(features) if is_near => features(self.names[*name as usize].slot),
                    Some(_) => -FEATURE_REACH,
                };
                (by_name + more, *name)
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

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let postings = |part: &StoredPart| match &part.postings {
            Postings::None | Postings::One(_) => 0,
            Postings::Many(all) => all.capacity() * 4 + 16,
        };
        self.vocabulary.memory_bytes()
            + self.spelling_letters.memory_bytes()
            + self.spellings.capacity() * size_of::<Spelling>()
            + self.more_parts.values().map(|all| all.capacity() * 8 + 48).sum::<usize>()
            + self.part_keys.memory_bytes()
            + self.natives.iter().map(NativeVocabulary::memory_bytes).sum::<usize>()
            + self.twins.capacity() * 8
            + self.parts.capacity() * size_of::<StoredPart>()
            + self.parts.iter().map(postings).sum::<usize>()
            + self.names.capacity() * size_of::<StoredName>()
            + self.parts_of_names.capacity() * size_of::<PartId>()
    }
}

fn limits_of(kind: UnitKind, part: &Part) -> WalkLimits {
    let windows = match (kind, part.script()) {
        (UnitKind::Joined { bound: false }, _) => JOINED_WINDOWS,
        (_, Script::Latin) => LATIN_WINDOWS,
        _ => NATIVE_WINDOWS,
    };
    limits_within(&windows, part.information(), part.error_costs())
}

fn limits_within(windows: &Windows, information: f32, errors: ErrorCosts) -> WalkLimits {
    let (least, most) = windows.last;
    let last_window = (windows.last_share * information).clamp(least, most);
    let first_window = windows.first.min(last_window);
    WalkLimits { first_window, last_window, errors, hopeless: -information }
}

/// What the letters of a recorded part below the window of a walk can still be worth to a name's sum.
fn beyond_window(typed: PartDetails, limits: &WalkLimits) -> f32 {
    let evidence = (typed.information - limits.last_window).max(0.0);
    let tempered = tempered_by(evidence, typed, typed);
    tempered + 0.45 * weight(typed) + record_absence(PartDetails { information: 14.0, ..typed })
}

/// The evidence of every typed part for every recorded one that the walks found, typed part by typed part.
fn from_matches(whole: &[&Unit<'_>], ids: &[PartId]) -> Vec<Option<f32>> {
    let of_unit = |unit: &&Unit<'_>| ids.iter().map(|id| unit.matches.get(*id)).collect::<Vec<_>>();
    whole.iter().flat_map(of_unit).collect()
}

/// The most that the letters of the typed parts can add to a name's sum that none of its parts explains.
fn beyond_matches(whole: &[&Unit<'_>], evidence: &[Option<f32>]) -> f32 {
    let parts = evidence.len() / whole.len().max(1);
    let unexplained = |i: &usize| evidence[i * parts..(i + 1) * parts].iter().all(Option::is_none);
    (0..whole.len()).filter(unexplained).map(|i| whole[i].beyond_matches).sum()
}

/// The units that are parts by themselves, in the order typed.
fn whole_units<'u, 'a>(units: &'u [Unit<'a>]) -> Vec<&'u Unit<'a>> {
    let mut whole: Vec<&Unit<'a>> = units.iter().filter(|unit| unit.kind == UnitKind::Whole).collect();
    whole.sort_by_key(|unit| unit.first);
    whole
}

fn weight(details: PartDetails) -> f32 {
    details.role.absence_weight() * details.information.min(14.0)
}

fn record_absence(details: PartDetails) -> f32 {
    0.2 * weight(details)
}

/// The most letters of a syllable in Latin letters.
const SYLLABLE: usize = 6;

/// Neighbouring parts that writers often put together: a particle with what follows or precedes, a servant's name
/// (`abd`) with its complement, the syllables of an East Asian name.
fn written_together(parts: &[Part]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let binds = |part: &Part| part.role() == Role::Particle || is_servant(part);
    let is_syllable = |part: &Part| {
        let letters = part.native().len();
        part.script() == Script::Latin && part.role() != Role::Initial && (2..=SYLLABLE).contains(&letters)
    };
    let syllables = parts.len() == 3 && parts.iter().all(is_syllable);
    for first in 0..parts.len() {
        if let Some(second) = parts.get(first + 1)
            && (syllables || binds(&parts[first]) || binds(second))
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
    let is =
        |servants: &[&str]| servants.iter().any(|servant| servant.chars().eq(part.native().iter().copied()));
    is(&["abd", "abdul", "abdel", "abdal", "abdol", "عبد", "абд", "абдул"])
}

/// What is looked up for a typed name: every part, neighbours where they may have been written together, and pieces of
/// parts whose syllables may have been written apart.
fn units_of<'a>(query: &'a PreparedQuery<'_>) -> Vec<Unit<'a>> {
    let parts = query.parts();
    let whole =
        |(first, part): (usize, &&'a Part)| Unit::new(Cow::Borrowed(*part), UnitKind::Whole, first, 1);
    let mut units: Vec<Unit<'a>> = parts.iter().enumerate().map(whole).collect();
    let syllables = parts.iter().map(|part| part.text().chars().count()).sum();
    for (first, part) in parts.iter().enumerate() {
        let pieces = pieces_of(part, parts.len(), syllables);
        units.extend(pieces.into_iter().map(|piece| Unit::new(Cow::Owned(piece), UnitKind::Piece, first, 1)));
    }
    for (first, count, part) in query.joined() {
        let members = &parts[first..first + count];
        let binding = members.iter().any(|p| p.role() == Role::Particle || is_servant(p));
        let short = members.iter().any(|p| p.native().len() <= 4);
        if binding || (count == 2 && short) {
            let kind = UnitKind::Joined { bound: binding };
            units.push(Unit::new(Cow::Borrowed(part), kind, first, count));
        }
    }
    units
}

/// Pieces of a part in Han or Hangul: the two syllables of a given name (`영칠` may be recorded as Yong Chil), the
/// beginnings and ends of a longer Han word in a name without separators.
fn pieces_of(part: &Part, parts: usize, syllables_of_name: usize) -> Vec<Part> {
    let syllables: Vec<char> = part.text().chars().collect();
    let piece = |range: std::ops::Range<usize>| {
        let text: String = syllables[range].iter().collect();
        Part::new(&text, part.script())
    };
    let length = syllables.len();
    match part.script() {
        Script::Han | Script::Hangul if length == 2 && parts == 2 && syllables_of_name <= 4 => {
            (0..length).filter_map(|at| piece(at..at + 1)).collect()
        }
        Script::Han if (5..=10).contains(&length) && parts == 1 => {
            let beginnings = (2..length - 1).map(|end| 0..end);
            let ends = (2..length - 1).map(|start| start..length);
            beginnings.chain(ends).filter_map(piece).collect()
        }
        _ => Vec::new(),
    }
}
