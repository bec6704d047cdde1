//! Travel documents in memory: exact numbers, and ranges of stolen blanks, within a scope.
//!
//! Single documents stand in columns sorted by a keyed hash of number and issuing country: 8 bytes of hash, 2 of class,
//! 16 of record id, 4 of order by id, 30 bytes a document (`document_rows`); what came last stands in a small ordered
//! tail that becomes a run of its own when it has grown. Numbers themselves are not kept. The key is secret to the node:
//! it is drawn for an index and leaves it in the sealed snapshot only (`document_snapshot`). 49 bits of the row hash
//! come from the number and 15 are the country, so that a search without a country is one range; among 150 million
//! documents one search in four million meets a wrong row, and the number in the opened record shows it.
//! Ranges are few and are kept as prefix and counters.

use std::collections::{BTreeMap, HashMap};

use barid_domain::countries::CountryCode;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_domain::travel_documents::{DocumentNumber, NumberRange, TravelDocument};

use crate::classes::{ClassId, Classes};
use crate::document_rows::{DocumentClassId, REMOVED, Row, Run, Runs};

/// The tail becomes a sorted run when it has this many rows.
const TAIL_ROWS: usize = 4_096;
const COUNTRY_BITS: u32 = 15;

/// The key of the hash of numbers, drawn at random by the caller for an index and kept with its snapshots.
#[derive(Clone, Copy)]
pub struct HashKey(pub [u8; 16]);

/// What the index keeps of a document record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFacts {
    /// The number, or the first one of a range.
    pub number: DocumentNumber,
    /// The last number of a range.
    pub range_end: Option<DocumentNumber>,
    /// The issuing country.
    pub issuing_country: CountryCode,
}

impl From<&TravelDocument> for DocumentFacts {
    fn from(document: &TravelDocument) -> DocumentFacts {
        DocumentFacts {
            number: document.number.clone(),
            range_end: document.range_end.clone(),
            issuing_country: document.issuing_country,
        }
    }
}

/// A document record that covers the number asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentHit {
    /// The record.
    pub record: RecordId,
    /// Whether the number lies in a range rather than being entered itself.
    pub in_range: bool,
}

pub(crate) struct RangeRow {
    pub(crate) range: NumberRange,
    pub(crate) id: RecordId,
    pub(crate) class: DocumentClassId,
}

pub(crate) type RangeKey = (CountryCode, String, usize);

/// The index of documents.
pub struct DocumentIndex {
    pub(crate) key: HashKey,
    pub(crate) runs: Runs,
    tail: BTreeMap<(u64, RecordId), DocumentClassId>,
    tail_hashes: HashMap<RecordId, u64>,
    pub(crate) ranges: BTreeMap<RangeKey, Vec<RangeRow>>,
    range_keys: HashMap<RecordId, RangeKey>,
    /// The kinds of records, whoever their owners show them to.
    pub(crate) classes: Classes,
    /// Whom documents are shown to that are not shown to everybody: of many millions the fewest.
    audiences: HashMap<RecordId, Audience>,
}

impl DocumentIndex {
    /// An empty index.
    pub fn new(key: HashKey) -> DocumentIndex {
        DocumentIndex {
            key,
            runs: Runs::default(),
            tail: BTreeMap::new(),
            tail_hashes: HashMap::new(),
            ranges: BTreeMap::new(),
            range_keys: HashMap::new(),
            classes: Classes::default(),
            audiences: HashMap::new(),
        }
    }

    /// How many records are in it. Not for searchers: a count over what one may not see.
    pub fn len(&self) -> usize {
        self.runs.standing() + self.tail.len() + self.range_keys.len()
    }

    /// Whether no record is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records in it, in no order; for proving the index equal to the store.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        let sorted = self.runs.iter().flat_map(|run| run.standing().map(|row| row.id));
        sorted.chain(self.tail_hashes.keys().copied()).chain(self.range_keys.keys().copied())
    }

    /// Enters a record, in place of an older version of it. A range whose ends do not fit each other is entered as
    /// its first number alone; the domain refuses such records before they get here.
    pub fn insert(&mut self, id: RecordId, class: VisibilityClass, facts: &DocumentFacts) {
        self.remove(id);
        self.insert_new(id, class, facts);
    }

    /// Enters a record that is not in the index, as the items of a new batch are: nothing older is looked for.
    pub fn insert_new(&mut self, id: RecordId, mut class: VisibilityClass, facts: &DocumentFacts) {
        let audience = std::mem::take(&mut class.audience);
        // The last class number marks removed rows; without a free number the record stays hidden: the safe side.
        let class = self.classes.id(class).and_then(|class| DocumentClassId::try_from(class).ok());
        let Some(class) = class.filter(|class| *class != REMOVED) else { return };
        if !audience.is_everybody() {
            self.audiences.insert(id, audience);
        }
        let range = facts.range_end.as_ref().and_then(|end| NumberRange::new(&facts.number, end));
        match range {
            Some(range) => self.insert_range(facts.issuing_country, RangeRow { range, id, class }),
            None => {
                let hash = self.row_hash(&facts.number, facts.issuing_country);
                self.tail.insert((hash, id), class);
                self.tail_hashes.insert(id, hash);
                if self.tail.len() >= TAIL_ROWS {
                    let tail = std::mem::take(&mut self.tail);
                    self.tail_hashes = HashMap::new();
                    self.runs.push(run_of(&tail));
                }
            }
        }
    }

    pub(crate) fn insert_range(&mut self, country: CountryCode, row: RangeRow) {
        let key = (country, row.range.prefix.clone(), row.range.width);
        self.range_keys.insert(row.id, key.clone());
        self.ranges.entry(key).or_default().push(row);
    }

    /// Shows a record to another audience, where it is its owner who says so; whether that changed anything.
    pub fn show_to(&mut self, id: RecordId, owner: OrganisationCode, audience: &Audience) -> bool {
        if self.class_of(id).is_none_or(|class| class.owner != owner) {
            return false;
        }
        let before = match audience.is_everybody() {
            true => self.audiences.remove(&id),
            false => self.audiences.insert(id, audience.clone()),
        };
        before.unwrap_or_default() != *audience
    }

    /// The records that are not shown to everybody, with their owners; for proving the index equal to the store.
    pub fn audiences(&self) -> impl Iterator<Item = (RecordId, OrganisationCode, &Audience)> {
        self.audiences.iter().filter_map(|(id, audience)| Some((*id, self.class_of(*id)?.owner, audience)))
    }

    fn class_of(&self, id: RecordId) -> Option<&VisibilityClass> {
        let in_ranges = |key: &RangeKey| self.ranges.get(key)?.iter().find(|row| row.id == id);
        let class = match (self.tail_hashes.get(&id), self.range_keys.get(&id)) {
            (Some(hash), _) => self.tail.get(&(*hash, id)).copied(),
            (None, Some(key)) => in_ranges(key).map(|row| row.class),
            (None, None) => self.runs.class_of(id),
        };
        self.classes.class(ClassId::from(class?))
    }

    /// Takes a record out; whether it was there.
    pub fn remove(&mut self, id: RecordId) -> bool {
        self.audiences.remove(&id);
        if let Some(hash) = self.tail_hashes.remove(&id) {
            return self.tail.remove(&(hash, id)).is_some();
        }
        if let Some(key) = self.range_keys.remove(&id) {
            if let Some(rows) = self.ranges.get_mut(&key) {
                rows.retain(|row| row.id != id);
                if rows.is_empty() {
                    self.ranges.remove(&key);
                }
            }
            return true;
        }
        self.runs.remove(id)
    }

    /// The records in scope that cover a number, in the order of ids; without a country, of every country.
    pub fn lookup(
        &self,
        scope: &SearchScope,
        number: &DocumentNumber,
        country: Option<CountryCode>,
    ) -> Vec<DocumentHit> {
        self.lookup_where(|class| scope.permits(class), number, country)
    }

    pub(crate) fn lookup_where(
        &self,
        permits: impl Fn(&VisibilityClass) -> bool,
        number: &DocumentNumber,
        country: Option<CountryCode>,
    ) -> Vec<DocumentHit> {
        let sees = |class: DocumentClassId, id: RecordId| {
            let Some(kind) = self.classes.class(ClassId::from(class)) else { return false };
            match self.audiences.get(&id) {
                None => permits(kind),
                Some(audience) => permits(&VisibilityClass { audience: audience.clone(), ..kind.clone() }),
            }
        };
        let (low, high) = match country {
            Some(country) => {
                let hash = self.row_hash(number, country);
                (hash, hash)
            }
            None => {
                let hash = self.number_hash(number) << COUNTRY_BITS;
                (hash, hash | ((1 << COUNTRY_BITS) - 1))
            }
        };
        let mut hits = Vec::new();
        let rows = self.runs.iter().flat_map(|run| run.between(low, high));
        let rows = rows.filter(|row| row.class != REMOVED && sees(row.class, row.id));
        hits.extend(rows.map(|row| DocumentHit { record: row.id, in_range: false }));
        let tail = self.tail.range((low, RecordId([0; 16]))..=(high, RecordId([0xff; 16])));
        hits.extend(
            tail.filter(|((_, id), class)| sees(**class, *id))
                .map(|((_, id), _)| DocumentHit { record: *id, in_range: false }),
        );
        for row in self.covering(number, country).filter(|row| sees(row.class, row.id)) {
            hits.push(DocumentHit { record: row.id, in_range: true });
        }
        hits.sort_unstable();
        hits
    }

    fn covering<'a>(
        &'a self,
        number: &'a DocumentNumber,
        country: Option<CountryCode>,
    ) -> impl Iterator<Item = &'a RangeRow> {
        let (prefix, counter) = number.split_counter();
        let width = counter.len();
        let rows: Box<dyn Iterator<Item = &Vec<RangeRow>>> = match country {
            Some(country) => Box::new(self.ranges.get(&(country, prefix.to_owned(), width)).into_iter()),
            None => Box::new(
                self.ranges
                    .iter()
                    .filter(move |((_, p, w), _)| p == prefix && *w == width)
                    .map(|(_, rows)| rows),
            ),
        };
        rows.flatten().filter(|row| row.range.contains(number))
    }

    fn number_hash(&self, number: &DocumentNumber) -> u64 {
        keyed_hash(&self.key, number.as_str().as_bytes()) >> COUNTRY_BITS
    }

    fn row_hash(&self, number: &DocumentNumber, country: CountryCode) -> u64 {
        self.number_hash(number) << COUNTRY_BITS | country_number(country)
    }

    /// The tail as the run it will become; for snapshots, which hold runs only.
    pub(crate) fn tail_run(&self) -> Run {
        run_of(&self.tail)
    }

    /// Bytes held by single documents.
    pub fn memory_bytes(&self) -> usize {
        // A row of the tail: its two entries and their share of the maps' own structure.
        self.runs.memory_bytes() + self.tail.len() * 96
    }
}

fn run_of(tail: &BTreeMap<(u64, RecordId), DocumentClassId>) -> Run {
    Run::from_sorted(tail.iter().map(|((hash, id), class)| Row { hash: *hash, id: *id, class: *class }))
}

/// Three letters as a number below 2^15.
fn country_number(country: CountryCode) -> u64 {
    country.as_str().bytes().fold(0, |number, b| number * 27 + u64::from(b.saturating_sub(b'A') % 26) + 1)
}

/// SipHash-2-4 (Aumasson and Bernstein 2012), 64 bits.
pub(crate) fn keyed_hash(key: &HashKey, data: &[u8]) -> u64 {
    let word = |bytes: &[u8]| {
        let mut filled = [0u8; 8];
        filled[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(filled)
    };
    let (k0, k1) = (word(&key.0[..8]), word(&key.0[8..]));
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let chunks = data.chunks_exact(8);
    let last = word(chunks.remainder()) | (data.len() as u64) << 56;
    for m in chunks.map(word).chain([last]) {
        v[3] ^= m;
        sip_rounds(&mut v, 2);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    sip_rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn sip_rounds(v: &mut [u64; 4], rounds: usize) {
    for _ in 0..rounds {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
    use barid_domain::ids::OrganisationCode;

    use super::*;

    fn class(owner: &str) -> VisibilityClass {
        VisibilityClass {
            database: Database::TravelDocuments,
            owner: OrganisationCode::new(owner).unwrap(),
            purpose: Purpose::Exercise,
            handling: Handling::LISTED[0].0,
            classification: Classification::OfficialUse,
            exercise: true,
            audience: barid_domain::restrictions::Audience::EVERYBODY,
        }
    }

    fn facts(number: &str, end: Option<&str>, country: &str) -> DocumentFacts {
        DocumentFacts {
            number: DocumentNumber::new(number).unwrap(),
            range_end: end.map(|e| DocumentNumber::new(e).unwrap()),
            issuing_country: CountryCode::new(country).unwrap(),
        }
    }

    fn id(number: u32) -> RecordId {
        let mut bytes = [0; 16];
        bytes[12..].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
        RecordId(bytes)
    }

    fn look(index: &DocumentIndex, owners: &[&str], number: &str, country: Option<&str>) -> Vec<DocumentHit> {
        let permits = |class: &VisibilityClass| owners.contains(&class.owner.as_str());
        let number = DocumentNumber::new(number).unwrap();
        index.lookup_where(permits, &number, country.map(|c| CountryCode::new(c).unwrap()))
    }

    #[test]
    fn the_hash_is_siphash_2_4() {
        // First and ninth vector of the reference implementation: key 00..0f, data 00..n.
        let mut key = [0u8; 16];
        key.iter_mut().enumerate().for_each(|(i, b)| *b = i as u8);
        let data: Vec<u8> = (0..15).collect();
        assert_eq!(keyed_hash(&HashKey(key), &[]), 0x726f_db47_dd0e_0e31);
        assert_eq!(keyed_hash(&HashKey(key), &data), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn numbers_are_found_exactly_in_any_writing_and_only_in_their_country() {
        let mut index = DocumentIndex::new(HashKey([7; 16]));
        index.insert(id(1), class("XA"), &facts("AB 123-456", None, "FRA"));
        assert_eq!(look(&index, &["XA"], "ab123456", Some("FRA")).len(), 1);
        assert_eq!(look(&index, &["XA"], "ＡＢ١٢٣٤٥٦", None).len(), 1);
        assert!(look(&index, &["XA"], "AB123456", Some("DEU")).is_empty());
        assert!(look(&index, &["XA"], "AB123457", Some("FRA")).is_empty());
        assert!(look(&index, &["XB"], "AB123456", Some("FRA")).is_empty());
    }

    #[test]
    fn ranges_of_blanks_cover_their_numbers() {
        let mut index = DocumentIndex::new(HashKey([7; 16]));
        index.insert(id(1), class("XA"), &facts("C0099", Some("C0105"), "FRA"));
        let hit = DocumentHit { record: id(1), in_range: true };
        assert_eq!(look(&index, &["XA"], "C0100", Some("FRA")), [hit]);
        assert_eq!(look(&index, &["XA"], "C0105", None), [hit]);
        assert!(look(&index, &["XA"], "C0106", None).is_empty());
        assert!(index.remove(id(1)) && look(&index, &["XA"], "C0100", None).is_empty() && index.is_empty());
    }

    #[test]
    fn many_documents_survive_merging_replacing_and_removing() {
        let mut index = DocumentIndex::new(HashKey([7; 16]));
        let count = 3 * TAIL_ROWS as u32 + 100;
        for n in 0..count {
            index.insert(id(n), class("XA"), &facts(&format!("P{n:07}"), None, "FRA"));
        }
        for n in (0..count).step_by(7) {
            assert!(index.remove(id(n)));
        }
        for n in (1..count).step_by(7) {
            index.insert(id(n), class("XA"), &facts(&format!("Q{n:07}"), None, "FRA"));
        }
        for n in 0..count {
            let (p, q) = (format!("P{n:07}"), format!("Q{n:07}"));
            let expected = match n % 7 {
                0 => (0, 0),
                1 => (0, 1),
                _ => (1, 0),
            };
            let found = (look(&index, &["XA"], &p, Some("FRA")).len(), look(&index, &["XA"], &q, None).len());
            assert_eq!(found, expected, "{n}");
        }
        let removed = count.div_ceil(7) as usize;
        assert_eq!(index.len(), count as usize - removed);
        assert!(!index.remove(id(0)));
    }
}
