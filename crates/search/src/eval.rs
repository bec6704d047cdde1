//! Measuring: a gallery and queries through the same [`PersonIndex::candidates_with`] that the server calls.
//!
//! Gallery rows are tab-separated: id, name, language, date of birth, country, kind; the last four may be empty, and the
//! language is not used. A row whose kind is `organisation` goes into a [`GroupIndex`]; a query asks both. Reading files, JSON and the clock are the caller's business.

use barid_domain::codes::{NameKind, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::DateInterval;
use barid_domain::ids::RecordId;
use barid_domain::policy::{SearchScope, VisibilityClass};

use crate::group_index::{GroupFactName, GroupIndex};
use crate::name_index::SearchBuffers;
use crate::person_index::{CandidateLimit, FactName, PersonFacts, PersonIndex, PersonQuery};

/// The most bytes of one gallery row.
pub const MAX_ROW_BYTES: usize = 16_384;

/// Why a gallery row can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GalleryError {
    /// The row has no name.
    #[error("row without a name")]
    NoName,
    /// The row is longer than [`MAX_ROW_BYTES`].
    #[error("row longer than {MAX_ROW_BYTES} bytes")]
    TooLong,
    /// The date of birth can't be read.
    #[error("date of birth not understood")]
    BadBirth,
    /// The kind is neither `person` nor `organisation`.
    #[error("kind not understood")]
    BadKind,
}

/// The rows' ids in one text.
#[derive(Debug, Default)]
struct Ids {
    text: String,
    ends: Vec<u32>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len() as u32);
    }

    fn get(&self, number: usize) -> Option<&str> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..*self.ends.get(number)? as usize)
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// A gallery being measured.
#[derive(Debug)]
pub struct Gallery {
    index: PersonIndex,
    groups: GroupIndex,
    ids: Ids,
    class: VisibilityClass,
    buffers: SearchBuffers,
}

impl Gallery {
    /// An empty gallery whose records are all of one class.
    pub fn new(class: VisibilityClass) -> Gallery {
        let (index, groups) = (PersonIndex::new(), GroupIndex::new());
        Gallery { index, groups, ids: Ids::default(), class, buffers: SearchBuffers::default() }
    }

    /// Has rows that are entered from now on be of another class.
    pub fn set_class(&mut self, class: VisibilityClass) {
        self.class = class;
    }

    /// Enters one row.
    ///
    /// # Errors
    /// [`GalleryError`]; the row is left out then.
    pub fn add_row(&mut self, row: &str) -> Result<(), GalleryError> {
        if row.len() > MAX_ROW_BYTES {
            return Err(GalleryError::TooLong);
        }
        let mut fields = row.trim_end_matches(['\r', '\n']).split('\t');
        let (Some(id), Some(name)) = (fields.next(), fields.next().filter(|n| !n.is_empty())) else {
            return Err(GalleryError::NoName);
        };
        let birth = fields.nth(1).filter(|b| !b.is_empty());
        let births: Vec<DateInterval> =
            birth.map(str::parse).transpose().map_err(|_| GalleryError::BadBirth)?.into_iter().collect();
        let nationalities = fields.next().and_then(|c| CountryCode::new(c).ok()).into_iter().collect();
        let record = RecordId((self.ids.len() as u128).to_be_bytes());
        match fields.next().unwrap_or_default() {
            "" | "person" => {}
            "organisation" => {
                self.groups.insert(
                    record,
                    self.class.clone(),
                    &[GroupFactName { text: name.to_owned(), is_weak: false }],
                );
                self.ids.push(id);
                return Ok(());
            }
            _ => return Err(GalleryError::BadKind),
        }
        let facts = PersonFacts {
            names: vec![FactName { text: name.to_owned(), kind: NameKind::Primary, strength: None }],
            births,
            sex: Sex::NotKnown,
            nationalities,
            birth_places: Vec::new(),
        };
        self.index.insert(record, self.class.clone(), facts);
        self.ids.push(id);
        Ok(())
    }

    /// Makes ready for searching, after the last row.
    pub fn settle(&mut self) {
        self.index.settle();
    }

    /// How many rows are in it.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no row is in it.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Bytes held by the index of names, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.index.memory_bytes()
    }

    /// A runner with buffers of its own, so that several threads can share the gallery.
    pub fn runner(&self) -> Runner<'_> {
        Runner { gallery: self, buffers: SearchBuffers::default() }
    }

    /// The best rows for a typed name: gallery id and score, best first.
    pub fn run(&mut self, scope: &SearchScope, typed: &str, top: usize) -> Vec<(&str, f32)> {
        let query = PersonQuery { name: typed.to_owned(), ..PersonQuery::default() };
        let limit = CandidateLimit { max: top, min_score: 0.0 };
        let found = self.index.candidates_with(scope, &query, limit, &mut self.buffers);
        let found = found.into_iter().map(|c| (c.record, c.score)).collect();
        let ranked = with_groups(&self.groups, scope, typed, top, found);
        ranked
            .into_iter()
            .filter_map(|(record, score)| {
                Some((self.ids.get(u128::from_be_bytes(record.0) as usize)?, score))
            })
            .collect()
    }
}

/// Runs queries on a shared gallery.
#[derive(Debug)]
pub struct Runner<'a> {
    gallery: &'a Gallery,
    buffers: SearchBuffers,
}

impl Runner<'_> {
    /// The best rows for a typed name: gallery id and score, best first.
    pub fn run(&mut self, scope: &SearchScope, typed: &str, top: usize) -> Vec<(String, f32)> {
        let query = PersonQuery { name: typed.to_owned(), ..PersonQuery::default() };
        let limit = CandidateLimit { max: top, min_score: 0.0 };
        let found = self.gallery.index.candidates_with(scope, &query, limit, &mut self.buffers);
        let found = found.into_iter().map(|c| (c.record, c.score)).collect();
        let ranked = with_groups(&self.gallery.groups, scope, typed, top, found);
        let named = |record: RecordId| {
            self.gallery.ids.get(u128::from_be_bytes(record.0) as usize).map(str::to_owned)
        };
        ranked.into_iter().filter_map(|(record, score)| Some((named(record)?, score))).collect()
    }
}

/// The candidates among people with those among organisations, best first.
fn with_groups(
    groups: &GroupIndex,
    scope: &SearchScope,
    typed: &str,
    top: usize,
    mut found: Vec<(RecordId, f32)>,
) -> Vec<(RecordId, f32)> {
    if !groups.is_empty() {
        found.extend(groups.search(scope, typed, top).into_iter().map(|c| (c.record, c.score)));
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(top);
    }
    found
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
    use barid_domain::ids::OrganisationCode;

    use super::*;

    #[test]
    fn rows_are_read_with_their_optional_columns_and_bad_ones_are_refused() {
        let class = VisibilityClass {
            database: Database::Persons,
            owner: OrganisationCode::new("XA").unwrap(),
            purpose: Purpose::Exercise,
            handling: Handling::LISTED[0].0,
            classification: Classification::OfficialUse,
            exercise: true,
            audience: barid_domain::restrictions::Audience::EVERYBODY,
        };
        let mut gallery = Gallery::new(class);
        let cases = [
            ("g1\tВалерий Калачев\tru\t1971-03-02\tFRA", Ok(())),
            ("g2\tValery Kalachev\t\t\t", Ok(())),
            ("g3\tনাম", Ok(())),
            ("g4", Err(GalleryError::NoName)),
            ("g5\t\ten\t\t", Err(GalleryError::NoName)),
            ("g6\tName\ten\t1966-02-31\t", Err(GalleryError::BadBirth)),
            ("g8\tBanco Namuna\t\t\t\torganisation", Ok(())),
            ("g9\tWang\t\t\t\tperson", Ok(())),
            ("g10\tName\t\t\t\tship", Err(GalleryError::BadKind)),
        ];
        for (row, expected) in cases {
            assert_eq!(gallery.add_row(row), expected, "{row}");
        }
        let at_cap = format!("g7\t{}", "a".repeat(MAX_ROW_BYTES - 3));
        assert_eq!(gallery.add_row(&at_cap), Ok(()));
        assert_eq!(gallery.add_row(&format!("{at_cap}a")), Err(GalleryError::TooLong));
        assert_eq!(gallery.len(), 6);
    }
}
