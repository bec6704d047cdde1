//! Records by number: persons by the documents they hold or held and by the reference under which their source speaks of
//! them; other records by whatever an [`IndexedNumber`] is made for (`object_index`).
//!
//! Numbers themselves are not kept: 64 bits of a keyed hash, the record, its class. The key is secret to the node, as that
//! of the index of documents is. A hash may meet a wrong record: who asks compares the number in the opened record.
//! Records out of the searcher's scope change nothing in the answer, its cut included.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::persons::Person;
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_domain::terms::Provenance;
use barid_domain::travel_documents::DocumentNumber;

use crate::classes::{ClassId, Classes};
use crate::document_index::{HashKey, keyed_hash};
use crate::leak_tests::{Leak, Work, count, is_planted};

/// Numbers of one record that are indexed; further ones find nobody.
pub const MAX_NUMBERS: usize = 200;
/// The longest number or reference that is folded, in bytes as written and in characters after it.
const WRITTEN_CAP: usize = 600;
const FOLDED_CAP: usize = 60;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum NumberKind {
    Document = 1,
    Reference = 2,
}

/// A number of a person, folded for comparison.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PersonNumber {
    kind: NumberKind,
    folded: String,
}

impl PersonNumber {
    /// The number of a document that a person holds, folded as [`DocumentNumber`] is. Numbers with letters of other
    /// scripts, which that refuses, are folded to letters and digits in upper case. `None` for what is no number.
    pub fn document(written: &str) -> Option<PersonNumber> {
        if written.len() > WRITTEN_CAP {
            return None;
        }
        let folded = match DocumentNumber::new(written) {
            Ok(number) => number.as_str().to_owned(),
            Err(_) => written.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect(),
        };
        let sound = folded.chars().any(char::is_numeric) && folded.chars().count() <= FOLDED_CAP;
        sound.then_some(PersonNumber { kind: NumberKind::Document, folded })
    }

    /// The reference by which a source speaks of a person. Case and white space around it are folded away, nothing
    /// else: `A-1/23` is not `A-12/3`.
    pub fn reference(written: &str) -> Option<PersonNumber> {
        let written = written.trim();
        if written.len() > WRITTEN_CAP {
            return None;
        }
        let folded: String = written.chars().flat_map(char::to_uppercase).collect();
        let sound = !folded.is_empty() && folded.chars().count() <= FOLDED_CAP;
        sound.then_some(PersonNumber { kind: NumberKind::Reference, folded })
    }

    /// The numbers by which a person is found, each once.
    pub fn all_of(person: &Person, provenance: Option<&Provenance>) -> Vec<PersonNumber> {
        let held = person.documents.iter().filter_map(|held| PersonNumber::document(held.number.as_deref()?));
        let reference = provenance.and_then(|provenance| PersonNumber::reference(&provenance.reference));
        let all: BTreeSet<PersonNumber> = reference.into_iter().chain(held).take(MAX_NUMBERS).collect();
        all.into_iter().collect()
    }
}

/// Is a number that is folded for comparison, in bytes that no other number has.
pub trait IndexedNumber {
    /// Numbers of one record that are indexed; further ones find nobody.
    const MOST: usize = MAX_NUMBERS;
    /// The bytes that are hashed.
    fn to_indexed(&self) -> Vec<u8>;
}

impl IndexedNumber for PersonNumber {
    fn to_indexed(&self) -> Vec<u8> {
        [&[self.kind as u8], self.folded.as_bytes()].concat()
    }
}

/// The index of the numbers of records.
pub struct NumberIndex<N = PersonNumber> {
    pub(crate) key: HashKey,
    of: PhantomData<fn(&N)>,
    rows: BTreeMap<(u64, RecordId), ClassId>,
    by_record: BTreeSet<(RecordId, u64)>,
    classes: Classes,
}

impl<N: IndexedNumber> NumberIndex<N> {
    /// An empty index.
    pub fn new(key: HashKey) -> Self {
        let (rows, by_record) = (BTreeMap::new(), BTreeSet::new());
        Self { key, of: PhantomData, rows, by_record, classes: Classes::default() }
    }

    /// Enters the numbers of a record in place of those of an older version of it; none takes it out.
    pub fn insert(&mut self, id: RecordId, class: VisibilityClass, numbers: &[N]) {
        self.remove(id);
        for number in numbers.iter().take(N::MOST) {
            self.insert_hash(id, class.clone(), self.hash(number));
        }
    }

    pub(crate) fn insert_hash(&mut self, id: RecordId, class: VisibilityClass, hash: u64) {
        // Without a free number the record stays hidden: the safe side.
        let Some(class) = self.classes.id(class) else { return };
        self.rows.insert((hash, id), class);
        self.by_record.insert((id, hash));
    }

    /// Shows a record to another audience, where it is its owner who says so; whether that changed anything.
    pub fn show_to(&mut self, id: RecordId, owner: OrganisationCode, audience: &Audience) -> bool {
        let hashes: Vec<u64> =
            self.by_record.range((id, 0)..=(id, u64::MAX)).map(|(_, hash)| *hash).collect();
        let mut has_changed = false;
        for hash in hashes {
            let Some(class) = self.rows.get_mut(&(hash, id)) else { continue };
            let Some(shown) = self.classes.shown_to(*class, owner, audience) else { continue };
            *class = shown;
            has_changed = true;
        }
        has_changed
    }

    /// Takes a record out; whether it had a number.
    pub fn remove(&mut self, id: RecordId) -> bool {
        let hashes: Vec<u64> =
            self.by_record.range((id, 0)..=(id, u64::MAX)).map(|(_, hash)| *hash).collect();
        for hash in &hashes {
            self.by_record.remove(&(id, *hash));
            self.rows.remove(&(*hash, id));
        }
        !hashes.is_empty()
    }

    /// The records in scope that seem to have a number, in the order of ids, at most so many.
    pub fn lookup(&self, scope: &SearchScope, number: &N, most: usize) -> Vec<RecordId> {
        self.lookup_where(|class| scope.permits(class), number, most)
    }

    pub(crate) fn lookup_where(
        &self,
        permits: impl Fn(&VisibilityClass) -> bool,
        number: &N,
        most: usize,
    ) -> Vec<RecordId> {
        let hash = self.hash(number);
        let rows = self.rows.range((hash, RecordId([0; 16]))..=(hash, RecordId([0xff; 16])));
        // The leaks: a hidden record takes a place; a hidden record is handed on to be refused later.
        let rows = rows.take(if is_planted(Leak::PlaceTaken) { 1 } else { usize::MAX });
        let seen = rows.filter(|(_, class)| {
            let is_seen = self.classes.permits(**class, &permits);
            count(if is_seen { Work::VisiblePostings } else { Work::HiddenPostings }, 1);
            is_seen || is_planted(Leak::HiddenRead)
        });
        seen.map(|((_, id), _)| *id).take(most).collect()
    }

    /// Every row: the record, its class and one hash, in the order of ids and hashes.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (RecordId, &VisibilityClass, u64)> {
        self.by_record
            .iter()
            .filter_map(|(id, hash)| Some((*id, self.classes.class(*self.rows.get(&(*hash, *id))?)?, *hash)))
    }

    /// The records in it, each once; for proving the index equal to the store.
    pub fn records(&self) -> BTreeSet<RecordId> {
        self.by_record.iter().map(|(id, _)| *id).collect()
    }

    /// How many numbers are in it. Not for searchers: a count over what one may not see.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no number is in it.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes held by numbers: two entries each, with their share of the structure of maps.
    pub fn memory_bytes(&self) -> usize {
        self.rows.len() * 80
    }

    fn hash(&self, number: &N) -> u64 {
        keyed_hash(&self.key, &number.to_indexed())
    }
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
    use barid_domain::ids::OrganisationCode;

    use super::*;

    fn class(owner: &str) -> VisibilityClass {
        VisibilityClass {
            database: Database::Persons,
            owner: OrganisationCode::new(owner).unwrap(),
            purpose: Purpose::Exercise,
            handling: Handling::LISTED[0].0,
            classification: Classification::OfficialUse,
            exercise: true,
            audience: barid_domain::restrictions::Audience::EVERYBODY,
        }
    }

    fn look(index: &NumberIndex, owner: &str, number: Option<PersonNumber>, most: usize) -> Vec<RecordId> {
        index.lookup_where(|class| class.owner.as_str() == owner, &number.unwrap(), most)
    }

    #[test]
    fn writings_of_one_number_fold_together_and_references_stay_as_written() {
        let folded = PersonNumber::document("AB 123-456");
        assert!(folded.is_some());
        for text in ["ab123456", "AB<123456<", "ＡＢ١٢٣٤٥٦"] {
            assert_eq!(PersonNumber::document(text), folded, "{text}");
        }
        assert_eq!(PersonNumber::document("МР 1234-567"), PersonNumber::document("мр1234567"));
        assert_eq!(PersonNumber::document("passport"), None, "no digit");
        assert_eq!(PersonNumber::document(&"9".repeat(FOLDED_CAP + 1)), None);
        assert_eq!(PersonNumber::reference(" qdi.345 "), PersonNumber::reference("QDi.345"));
        assert_ne!(PersonNumber::reference("A-1/23"), PersonNumber::reference("A-12/3"));
        assert_ne!(PersonNumber::reference("AB123456"), folded, "a reference is no document");
        assert_eq!(PersonNumber::reference("  "), None);
    }

    #[test]
    fn numbers_come_go_and_change_with_their_record_and_hidden_ones_cut_nothing_off() {
        let mut index: NumberIndex = NumberIndex::new(HashKey([7; 16]));
        let number = |text: &str| PersonNumber::document(text);
        let id = |n: u8| RecordId([n; 16]);
        for n in 0..20 {
            let owner = if n % 2 == 0 { "XA" } else { "XB" };
            index.insert(id(n), class(owner), &[number("P111").unwrap(), number(&format!("Q{n}")).unwrap()]);
        }
        assert_eq!(look(&index, "XB", number("p-111"), 3), [id(1), id(3), id(5)]);
        assert_eq!(look(&index, "XA", number("Q1"), 3), []);
        index.insert(id(1), class("XB"), &[number("R1").unwrap()]);
        assert_eq!(look(&index, "XB", number("P111"), 3), [id(3), id(5), id(7)]);
        assert_eq!(look(&index, "XB", number("R1"), 3), [id(1)]);
        assert!(index.remove(id(1)) && !index.remove(id(1)));
        assert_eq!((look(&index, "XB", number("R1"), 3), index.len()), (Vec::new(), 38));
        index.insert(id(3), class("XA"), &[number("P111").unwrap()]);
        assert_eq!(look(&index, "XB", number("P111"), 1), [id(5)], "the class is the newest version's");
    }
}
