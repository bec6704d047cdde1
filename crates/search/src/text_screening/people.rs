//! Recorded persons kept ready for texts, in step with the index of persons.
//!
//! Names stand in layers that never change, so that a text is passed over them without a lock; the newest records, in no
//! layer yet, are read from the index of persons. Layers only *propose* records ([`Proposer`]). What is found is decided by
//! one pass over one small index of the names proposed and the newest ones ([`PeopleFinder`]), as they are recorded now. So
//! it depends neither on the layer a record is in nor on records that may not be seen or are gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use barid_domain::codes::AliasStrength;
use barid_domain::ids::RecordId;
use barid_domain::policy::{SearchScope, VisibilityClass};

use crate::classes::Classes;
use crate::person_index::{FactName, weak_alias_score};

use super::finder::{Find, Reason, ScreeningBuffers};
use super::index::{ScreeningIndex, ScreeningIndexBuilder};

/// A layer is built of the newest records together with those before it that are at most so many times as large.
const GROWTH: usize = 4;

/// Records in an order that never changes, with their names laid out for texts.
struct Layer {
    index: ScreeningIndex,
    /// The record of every slot, in ascending order.
    records: Vec<RecordId>,
    classes: Classes,
}

/// The slots of a layer whose record was revised or taken out since.
#[derive(Clone)]
struct Gone {
    bits: Vec<u64>,
    count: usize,
}

struct Standing {
    layer: Arc<Layer>,
    gone: Arc<Gone>,
}

/// Which records are in which layer, and which in none. Asleep, it keeps nothing: nodes that screen no text pay nothing.
#[derive(Default)]
pub struct TextPeople {
    is_awake: bool,
    layers: Vec<Standing>,
    /// Records in no layer yet.
    unread: BTreeSet<RecordId>,
    /// Records entered, revised or taken out since a layer began to be built; `None` while none is.
    changed: Option<BTreeSet<RecordId>>,
}

/// A layer that is to be built.
pub struct Plan {
    records: Vec<RecordId>,
    /// How many of the last layers it replaces.
    replaces: usize,
}

/// Collects the names of a layer.
pub struct LayerBuilder {
    builder: ScreeningIndexBuilder,
    records: Vec<RecordId>,
    classes: Classes,
    replaces: usize,
    taken: Vec<RecordId>,
}

/// A layer that was built.
pub struct BuiltLayer {
    layer: Layer,
    replaces: usize,
    /// Records it was planned of.
    taken: Vec<RecordId>,
}

impl TextPeople {
    /// Whether it keeps track of records.
    pub fn is_awake(&self) -> bool {
        self.is_awake
    }

    /// Begins to keep track, with the records that stand; nothing where it does already.
    pub fn wake(&mut self, records: impl Iterator<Item = RecordId>) {
        if !self.is_awake {
            self.is_awake = true;
            self.unread = records.collect();
        }
    }

    /// Takes note of a record that was entered or revised.
    pub fn note(&mut self, record: RecordId) {
        if self.is_awake {
            self.change(record);
            self.unread.insert(record);
        }
    }

    /// Takes note of a record that was taken out.
    pub fn forget(&mut self, record: RecordId) {
        if self.is_awake {
            self.change(record);
            self.unread.remove(&record);
        }
    }

    fn change(&mut self, record: RecordId) {
        for standing in &mut self.layers {
            standing.leave_out(record);
        }
        if let Some(changed) = &mut self.changed {
            changed.insert(record);
        }
    }

    /// How many records are in no layer. Not for searchers: a count over what one may not see.
    pub fn unread(&self) -> usize {
        self.unread.len()
    }

    /// Whether a layer holds more names that are gone than others: they leave memory when it is built anew.
    pub fn is_worn(&self) -> bool {
        self.layers.iter().any(Standing::is_worn)
    }

    /// Says what the next layer is made of, and that it is being built; `None` where one is already, or nothing is to be.
    /// Who asks for a plan ends it with [`install`](Self::install) or [`give_up`](Self::give_up).
    pub fn plan(&mut self) -> Option<Plan> {
        let worn = self.layers.iter().position(Standing::is_worn);
        if self.changed.is_some() || self.unread.is_empty() && worn.is_none() {
            return None;
        }
        let mut records: Vec<RecordId> = self.unread.iter().copied().collect();
        let mut replaces = 0;
        for (at, standing) in self.layers.iter().enumerate().rev() {
            let is_small = standing.layer.records.len() - standing.gone.count <= GROWTH * records.len();
            if !is_small && worn.is_none_or(|worn| at < worn) {
                break;
            }
            records.extend(standing.records());
            replaces += 1;
        }
        records.sort_unstable();
        records.dedup();
        self.changed = Some(BTreeSet::new());
        Some(Plan { records, replaces })
    }

    /// Puts a layer in the place of those it was made of. What changed meanwhile is in no layer.
    pub fn install(&mut self, built: BuiltLayer) {
        let Some(changed) = self.changed.take() else { return };
        let kept = self.layers.len().saturating_sub(built.replaces);
        self.layers.truncate(kept);
        for record in built.taken.iter().filter(|record| !changed.contains(record)) {
            self.unread.remove(record);
        }
        let slots = built.layer.records.len();
        let gone = Gone { bits: vec![0; slots.div_ceil(64)], count: 0 };
        let mut standing = Standing { layer: Arc::new(built.layer), gone: Arc::new(gone) };
        changed.iter().for_each(|record| standing.leave_out(*record));
        if standing.gone.count < slots {
            self.layers.push(standing);
        }
    }

    /// Ends a plan that came to nothing.
    pub fn give_up(&mut self) {
        self.changed = None;
    }

    /// What a text is passed over, and the records in no layer: as they are now, to be used without a lock.
    pub fn proposer(&self, scope: &SearchScope) -> (Proposer, Vec<RecordId>) {
        self.proposer_among(|classes| classes.visible(scope))
    }

    #[cfg(test)]
    fn proposer_where(&self, permits: impl Fn(&VisibilityClass) -> bool) -> (Proposer, Vec<RecordId>) {
        self.proposer_among(|classes| classes.visible_where(&permits))
    }

    fn proposer_among(&self, visible: impl Fn(&Classes) -> Vec<bool>) -> (Proposer, Vec<RecordId>) {
        let layers = self.layers.iter().map(|standing| Proposing {
            layer: standing.layer.clone(),
            gone: standing.gone.clone(),
            visible: visible(&standing.layer.classes),
            buffers: ScreeningBuffers::default(),
        });
        (Proposer { layers: layers.collect() }, self.unread.iter().copied().collect())
    }

    /// Bytes held by layers.
    pub fn memory_bytes(&self) -> usize {
        let of = |s: &Standing| {
            s.layer.index.memory_bytes()
                + s.layer.records.capacity() * size_of::<RecordId>()
                + s.gone.bits.capacity() * 8
        };
        self.layers.iter().map(of).sum()
    }
}

impl Standing {
    fn is_worn(&self) -> bool {
        2 * self.gone.count > self.layer.records.len()
    }

    fn slots_of(&self, record: RecordId) -> std::ops::Range<usize> {
        let records = &self.layer.records;
        let first = records.partition_point(|other| *other < record);
        first..first + records[first..].iter().take_while(|other| **other == record).count()
    }

    fn leave_out(&mut self, record: RecordId) {
        let slots = self.slots_of(record);
        if slots.is_empty() {
            return;
        }
        let gone = Arc::make_mut(&mut self.gone);
        for slot in slots {
            let bit = 1 << (slot % 64);
            gone.count += usize::from(gone.bits[slot / 64] & bit == 0);
            gone.bits[slot / 64] |= bit;
        }
    }

    /// The records that are not gone.
    fn records(&self) -> impl Iterator<Item = RecordId> {
        let is_gone = |slot: usize| self.gone.bits[slot / 64] >> (slot % 64) & 1 == 1;
        self.layer
            .records
            .iter()
            .enumerate()
            .filter(move |(slot, _)| !is_gone(*slot))
            .map(|(_, record)| *record)
    }
}

impl Plan {
    /// The records to read, in the order to enter them in.
    pub fn records(&self) -> &[RecordId] {
        &self.records
    }

    /// Begins to collect their names.
    pub fn builder(self) -> LayerBuilder {
        let (builder, classes) = (ScreeningIndexBuilder::new(), Classes::default());
        LayerBuilder { builder, records: Vec::new(), classes, replaces: self.replaces, taken: self.records }
    }
}

impl LayerBuilder {
    /// Enters the names of a record, whose id is higher than those before.
    pub fn insert(&mut self, record: RecordId, class: VisibilityClass, names: &[FactName]) {
        // Without a free number the record stays out of the layer, which hides it: the safe side.
        let Some(class) = self.classes.id(class) else { return };
        for name in names {
            self.builder.insert(self.records.len() as u32, class, &name.text);
            self.records.push(record);
        }
    }

    /// Sorts what was entered.
    pub fn build(self) -> BuiltLayer {
        let LayerBuilder { builder, records, classes, replaces, taken } = self;
        BuiltLayer { layer: Layer { index: builder.build(), records, classes }, replaces, taken }
    }
}

struct Proposing {
    layer: Arc<Layer>,
    gone: Arc<Gone>,
    visible: Vec<bool>,
    buffers: ScreeningBuffers,
}

/// The layers as they were at a moment, within the scope of a searcher.
pub struct Proposer {
    layers: Vec<Proposing>,
}

impl Proposer {
    /// Adds the records whose names may stand in a piece of a text with such a score; the pass that decides asks for the same.
    pub fn propose(&mut self, piece: &Piece, least_score: f32, proposed: &mut BTreeSet<RecordId>) {
        for Proposing { layer, gone, visible, buffers } in &mut self.layers {
            let slots = layer.index.propose(least_score, &piece.text, visible, &gone.bits, buffers);
            proposed.extend(slots.into_iter().map(|slot| layer.records[slot as usize]));
        }
    }
}

/// About so many characters of a text are passed over at a time, and so many again with the next ones: more than a name
/// and what stands around it has.
const PIECE_CHARS: usize = 4_000;
const OVERLAP_CHARS: usize = 400;

/// A piece of a text. It overlaps with its neighbours, so that a name on a border stands whole in one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    text: String,
    /// The character of the whole text it begins at.
    start: u32,
    /// The characters of the whole text whose finds are this piece's.
    own: Range<u32>,
}

impl Piece {
    /// The piece itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a find in the piece stands in the whole text; `None` where it is another piece's.
    pub fn place(&self, start: u32, end: u32) -> Option<(u32, u32)> {
        let (start, end) = (self.start + start, self.start + end);
        self.own.contains(&start).then_some((start, end))
    }
}

/// Cuts a text into pieces, to be passed over one by one so that nobody waits for a long text.
pub fn pieces(text: &str) -> Vec<Piece> {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let length = ends.len() - 1;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut from = 0;
    while from < length {
        let to = length.min(from + PIECE_CHARS);
        let start = from as u32;
        let mut own = start..length as u32;
        if let Some(before) = pieces.last_mut() {
            own.start += OVERLAP_CHARS as u32 / 2;
            before.own.end = own.start;
        }
        pieces.push(Piece { text: text[ends[from]..ends[to]].to_owned(), start, own });
        if to == length {
            break;
        }
        // Words stay whole where there are spaces between them.
        let overlap = &text[ends[to - OVERLAP_CHARS]..ends[to]];
        let beginning = overlap.chars().take(OVERLAP_CHARS / 4);
        from = to - OVERLAP_CHARS + beginning.clone().position(char::is_whitespace).unwrap_or(0);
    }
    pieces
}

/// A recorded person found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonFind {
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
    /// Evidence in nats.
    pub evidence: f32,
    /// Which parts of the text stand for which of the record, and how.
    pub reasons: Vec<Reason>,
}

/// The names that decide: of the people whom the searcher may see, those proposed and those in no layer.
pub struct PeopleFinder {
    index: ScreeningIndex,
    /// By slot, who bears the name and how.
    bearers: Vec<Vec<(RecordId, FactName)>>,
    least_score: f32,
    buffers: ScreeningBuffers,
    best: BTreeMap<(u32, u32, RecordId), PersonFind>,
}

impl PeopleFinder {
    /// Lays the names of people out.
    pub fn new(people: BTreeMap<RecordId, Vec<FactName>>, least_score: f32) -> PeopleFinder {
        let mut builder = ScreeningIndexBuilder::new();
        let mut slots: HashMap<String, usize> = HashMap::new();
        let mut bearers: Vec<Vec<(RecordId, FactName)>> = Vec::new();
        let names =
            people.into_iter().flat_map(|(record, names)| names.into_iter().map(move |name| (record, name)));
        for (record, name) in names {
            // A name that many bear is compared once.
            let slot = *slots.entry(name.text.clone()).or_insert_with(|| {
                builder.insert(bearers.len() as u32, 0, &name.text);
                bearers.push(Vec::new());
                bearers.len() - 1
            });
            bearers[slot].push((record, name));
        }
        let (index, buffers) = (builder.build(), ScreeningBuffers::default());
        PeopleFinder { index, bearers, least_score, buffers, best: BTreeMap::new() }
    }

    /// Passes over the next piece of a text.
    pub fn pass(&mut self, piece: &Piece) {
        for mut find in self.index.screen_from(self.least_score, &piece.text, &[true], &mut self.buffers) {
            find.start += piece.start;
            find.end += piece.start;
            if piece.own.contains(&find.start) {
                self.take(&find);
            }
        }
    }

    fn take(&mut self, find: &Find) {
        for (record, name) in &self.bearers[find.slot as usize] {
            let weak_alias = name.strength == Some(AliasStrength::Weak);
            let score = if weak_alias { weak_alias_score(find.score) } else { find.score };
            let place = (find.start, find.end, *record);
            if score < self.least_score || self.best.get(&place).is_some_and(|other| other.score >= score) {
                continue;
            }
            let (evidence, reasons) = (find.evidence, find.reasons.clone());
            let (start, end, record) = place;
            let name = name.text.clone();
            let found = PersonFind { start, end, record, name, weak_alias, score, evidence, reasons };
            self.best.insert(place, found);
        }
    }

    /// What was found, by place and then best first; of one record and stretch the best name.
    pub fn found(self) -> Vec<PersonFind> {
        let mut finds: Vec<PersonFind> = self.best.into_values().collect();
        // Stable: those of equal score stay in the order of ids.
        finds.sort_by(|a, b| (a.start, a.end).cmp(&(b.start, b.end)).then(b.score.total_cmp(&a.score)));
        finds
    }
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
