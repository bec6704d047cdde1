//! Objects in memory: exact numbers of every kind, and ranges of them, within a scope.
//!
//! As in the index of persons' numbers, a number is 64 bits of a keyed hash: who asks compares the opened record. Ranges
//! are few and are kept as prefix and counters. Records out of the searcher's scope change nothing in the answer, its cut
//! included.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use barid_domain::codes::{CodeList, IdentifierKind};
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::objects::{IDENTIFIERS_CAP, ObjectIdentifier};
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_domain::travel_documents::{DocumentNumber, NumberRange};

use crate::classes::{ClassId, Classes};
use crate::document_index::HashKey;
use crate::number_index::{IndexedNumber, NumberIndex};

/// A number of an object, folded for comparison.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ObjectNumber {
    /// Its kind.
    pub kind: IdentifierKind,
    /// One of the forms in which it is compared.
    pub key: String,
}

impl IndexedNumber for ObjectNumber {
    /// Every number of an object, in its three forms at most.
    const MOST: usize = 3 * IDENTIFIERS_CAP;

    fn to_indexed(&self) -> Vec<u8> {
        [&self.kind.number().to_be_bytes(), self.key.as_bytes()].concat()
    }
}

/// What range rows are sorted by: kind, prefix, digits of the counter.
type RangeKey = (IdentifierKind, String, usize);

struct RangeRow {
    range: NumberRange,
    id: RecordId,
    class: ClassId,
}

/// The index of the numbers of objects.
pub struct ObjectIndex {
    numbers: NumberIndex<ObjectNumber>,
    ranges: BTreeMap<RangeKey, Vec<RangeRow>>,
    ranges_of: HashMap<RecordId, BTreeSet<RangeKey>>,
    classes: Classes,
}

impl ObjectIndex {
    /// An empty index.
    pub fn new(key: HashKey) -> Self {
        Self {
            numbers: NumberIndex::new(key),
            ranges: BTreeMap::new(),
            ranges_of: HashMap::new(),
            classes: Classes::default(),
        }
    }

    /// Enters the numbers of a record in place of those of an older version of it.
    pub fn insert(&mut self, id: RecordId, class: VisibilityClass, identifiers: &[ObjectIdentifier]) {
        self.remove(id);
        let numbers: BTreeSet<ObjectNumber> = identifiers.iter().flat_map(numbers_of).collect();
        self.numbers.insert(id, class.clone(), &numbers.into_iter().collect::<Vec<_>>());
        let ranges = identifiers.iter().filter_map(|one| Some((one.kind, one.range.clone()?)));
        for (kind, range) in ranges {
            // Without a free number the record stays hidden: the safe side.
            let Some(class) = self.classes.id(class.clone()) else { return };
            let key = (kind, range.prefix.clone(), range.width);
            self.ranges_of.entry(id).or_default().insert(key.clone());
            self.ranges.entry(key).or_default().push(RangeRow { range, id, class });
        }
    }

    /// Shows a record to another audience, where it is its owner who says so; whether that changed anything.
    pub fn show_to(&mut self, id: RecordId, owner: OrganisationCode, audience: &Audience) -> bool {
        let mut has_changed = self.numbers.show_to(id, owner, audience);
        for key in self.ranges_of.get(&id).into_iter().flatten() {
            for row in self.ranges.get_mut(key).into_iter().flatten().filter(|row| row.id == id) {
                if let Some(class) = self.classes.shown_to(row.class, owner, audience) {
                    row.class = class;
                    has_changed = true;
                }
            }
        }
        has_changed
    }

    /// Takes a record out; whether it was there.
    pub fn remove(&mut self, id: RecordId) -> bool {
        let keys = self.ranges_of.remove(&id).unwrap_or_default();
        for key in &keys {
            let Some(rows) = self.ranges.get_mut(key) else { continue };
            rows.retain(|row| row.id != id);
            if rows.is_empty() {
                self.ranges.remove(key);
            }
        }
        self.numbers.remove(id) || !keys.is_empty()
    }

    /// The records in scope that seem to have a number, in the order of ids, at most so many.
    pub fn lookup(&self, scope: &SearchScope, number: &ObjectNumber, most: usize) -> Vec<RecordId> {
        self.lookup_where(|class| scope.permits(class), number, most)
    }

    fn lookup_where(
        &self,
        permits: impl Fn(&VisibilityClass) -> bool,
        number: &ObjectNumber,
        most: usize,
    ) -> Vec<RecordId> {
        let found = self.numbers.lookup_where(&permits, number, most);
        let mut found: BTreeSet<RecordId> = found.into_iter().collect();
        found.extend(self.in_ranges(permits, number));
        found.into_iter().take(most).collect()
    }

    fn in_ranges(&self, permits: impl Fn(&VisibilityClass) -> bool, number: &ObjectNumber) -> Vec<RecordId> {
        let Ok(asked) = DocumentNumber::new(&number.key) else { return Vec::new() };
        let digits = asked.split_counter().1.len();
        let mut found = Vec::new();
        // A prefix may end in digits itself, so the counter may be shorter than the digits at the end.
        for width in 1..=digits {
            let prefix = &asked.as_str()[..asked.as_str().len() - width];
            let rows = self.ranges.get(&(number.kind, prefix.to_owned(), width)).into_iter().flatten();
            let seen = rows.filter(|row| self.classes.permits(row.class, &permits));
            found.extend(seen.filter(|row| row.range.contains(&asked)).map(|row| row.id));
        }
        found
    }

    /// The records in it, each once; for proving the index equal to the store.
    pub fn records(&self) -> BTreeSet<RecordId> {
        let mut records = self.numbers.records();
        records.extend(self.ranges_of.keys());
        records
    }

    /// How many numbers are in it, of ranges the first ones. Not for searchers: a count over what one may not see.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether no number is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.numbers.memory_bytes() + self.ranges_of.len() * 200
    }
}

fn numbers_of(identifier: &ObjectIdentifier) -> Vec<ObjectNumber> {
    let numbers = identifier.keys().into_iter();
    numbers.map(|key| ObjectNumber { kind: identifier.kind, key }).collect()
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{Classification, Database, Handling, Purpose};
    use barid_domain::ids::OrganisationCode;

    use super::*;

    fn class(owner: &str) -> VisibilityClass {
        VisibilityClass {
            database: Database::Vehicles,
            owner: OrganisationCode::new(owner).unwrap(),
            purpose: Purpose::Exercise,
            handling: Handling::LISTED[0].0,
            classification: Classification::OfficialUse,
            exercise: true,
            audience: barid_domain::restrictions::Audience::EVERYBODY,
        }
    }

    fn id(number: u8) -> RecordId {
        RecordId([number; 16])
    }

    fn identifier(kind: IdentifierKind, written: &str) -> ObjectIdentifier {
        ObjectIdentifier { kind, written: written.to_owned(), country: None, range: None }
    }

    fn range(kind: IdentifierKind, first: &str, last: &str) -> ObjectIdentifier {
        let number = |text| DocumentNumber::new(text).unwrap();
        let range = NumberRange::new(&number(first), &number(last));
        ObjectIdentifier { range, ..identifier(kind, first) }
    }

    fn look(index: &ObjectIndex, owner: &str, kind: IdentifierKind, key: &str) -> Vec<RecordId> {
        let number = ObjectNumber { kind, key: key.to_owned() };
        index.lookup_where(|class| class.owner.as_str() == owner, &number, 2)
    }

    #[test]
    fn numbers_meet_in_any_writing_and_only_among_their_kind() {
        use IdentifierKind::{Engine, Plate};
        let mut index = ObjectIndex::new(HashKey([7; 16]));
        index.insert(id(1), class("XA"), &[identifier(Plate, "А 123 ВС 77"), identifier(Engine, "E 1")]);
        assert_eq!(look(&index, "XA", Plate, "A123BC77"), [id(1)]);
        assert_eq!(look(&index, "XA", Engine, "A123BC77"), []);
        assert_eq!(look(&index, "XB", Plate, "A123BC77"), []);
        index.insert(id(1), class("XA"), &[identifier(Engine, "E 2")]);
        assert_eq!(look(&index, "XA", Plate, "A123BC77"), []);
        assert_eq!((look(&index, "XA", Engine, "E2"), index.len()), (vec![id(1)], 1));
        assert!(index.remove(id(1)) && !index.remove(id(1)) && index.is_empty());
    }

    #[test]
    fn ranges_hold_what_lies_in_them_and_hidden_records_cut_nothing_off() {
        use IdentifierKind::{Banknote, DocumentNumber as Document};
        let mut index = ObjectIndex::new(HashKey([7; 16]));
        for number in 1..=6 {
            let owner = if number % 2 == 0 { "XA" } else { "XB" };
            index.insert(id(number), class(owner), &[range(Document, "DL1000100", "DL1000199")]);
        }
        assert_eq!(look(&index, "XA", Document, "DL1000150"), [id(2), id(4)], "cut at two");
        assert_eq!(look(&index, "XB", Document, "DL1000199"), [id(1), id(3)]);
        for outside in ["DL1000200", "DL1000099", "DL100150", "1000150", "DL"] {
            assert_eq!(look(&index, "XA", Document, outside), [], "{outside}");
        }
        assert_eq!(look(&index, "XA", Banknote, "DL1000150"), []);
        index.insert(id(2), class("XA"), &[range(Document, "DL2000000", "DL2000009")]);
        assert_eq!(look(&index, "XA", Document, "DL1000150"), [id(4), id(6)]);
        assert_eq!(look(&index, "XA", Document, "DL2000009"), [id(2)]);
        assert_eq!(index.records().len(), 6);
        assert!(index.remove(id(2)));
        assert_eq!((look(&index, "XA", Document, "DL2000009"), index.records().len()), (vec![], 5));
    }
}
