//! Persons in memory: candidates by name within a scope, with a reason per feature.
//!
//! Inserting replaces an older version of the same record; both are visible to the next search. Records out of the
//! searcher's scope change nothing in the answer: neither counts nor ranks nor scores nor the cut of the list.

use std::collections::HashMap;
use std::sync::Mutex;

use barid_domain::codes::{AliasStrength, NameKind, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::DateInterval;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::persons::{Person, Place};
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_domain::typed_births::{AskedBirth, BirthReading};
use barid_names::compare::{MatchKind, PartMatch, PreparedQuery, explain};
use barid_names::letters::latin_text;
use barid_names::name::{Name, Part};
use barid_names::script::Script;
use barid_names::thresholds::BORDER_DESK;

use crate::births::{BirthAgreement, BirthComparison, PreparedBirth};
use crate::classes::{ClassId, Classes};
use crate::features::{
    Agreement, PlaceComparison, PreparedPlace, RecordedPlace, compare_nationality, compare_sex,
};
use crate::leak_tests::{Leak, Work, count, is_planted};
use crate::name_index::{Besides, NameCandidate, NameId, NameIndex, SearchBuffers};
use crate::slots::Slots;

/// Names of one record that are indexed; further ones are not found by name.
pub const MAX_NAMES: usize = 200;
/// The most candidates a search may ask for.
pub const MAX_CANDIDATES: usize = 1_000;
/// Texts of records taken out are given back from this many bytes on.
const MOST_UNUSED_BYTES: usize = 1 << 20;
/// Names are entered anew when more records than this, and more than there are, were taken out or replaced.
const MOST_REMOVED: usize = 5_000;
/// The most bytes that names may take: places in them are 32 bits.
const MOST_TEXT_BYTES: usize = u32::MAX as usize;
/// From this share of what it could tell on, a typed part fits a recorded one.
const FITS: f32 = 0.5;
/// Log odds beyond which a name alone tells no more: nine to one. Contradicting features start from here, because the
/// people who are stopped have more namesakes than the people who are listed.
const CERTAIN: f32 = 2.2;
/// What an alias that its source calls weak loses, in nats.
const WEAK_ALIAS: f32 = -1.5;

/// One name of a person as the index takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactName {
    /// The whole name.
    pub text: String,
    /// What the name is.
    pub kind: NameKind,
    /// How much an alias is worth.
    pub strength: Option<AliasStrength>,
}

/// What the index keeps of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFacts {
    /// All names.
    pub names: Vec<FactName>,
    /// The possible dates of birth.
    pub births: Vec<DateInterval>,
    /// Sex by ISO/IEC 5218.
    pub sex: Sex,
    /// The nationalities.
    pub nationalities: Vec<CountryCode>,
    /// The possible places of birth.
    pub birth_places: Vec<FactPlace>,
}

/// A place of birth as the index takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactPlace {
    /// The country.
    pub country: Option<CountryCode>,
    /// City, region and the source's words for the country, between commas.
    pub words: String,
}

impl From<&Place> for FactPlace {
    fn from(place: &Place) -> FactPlace {
        let words = [&place.city, &place.region, &place.country_text].into_iter().flatten();
        let words = words.map(String::as_str).collect::<Vec<_>>().join(", ");
        FactPlace { country: place.country, words }
    }
}

impl From<&Person> for PersonFacts {
    fn from(person: &Person) -> PersonFacts {
        PersonFacts {
            names: person
                .names
                .iter()
                .map(|n| FactName { text: n.text.clone(), kind: n.kind, strength: n.strength })
                .collect(),
            births: person.births.clone(),
            sex: person.sex,
            nationalities: person.nationalities.clone(),
            birth_places: person.birth_places.iter().map(FactPlace::from).collect(),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonQuery {
    /// The name as typed, in any script.
    pub name: String,
    /// The date of birth, as far as known, in every way it can be read.
    pub birth: Option<AskedBirth>,
    /// A nationality.
    pub nationality: Option<CountryCode>,
    /// Sex.
    pub sex: Option<Sex>,
    /// The place of birth in words of any script, pieces between commas; a three-letter code is a country.
    pub birth_place: Option<String>,
}

/// How many candidates are given, and from which score on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CandidateLimit {
    /// The most candidates, at most [`MAX_CANDIDATES`].
    pub max: usize,
    /// The least score, 0 to 1, of candidates that lack something typed.
    pub min_score: f32,
}

/// A record that may be the person asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The record.
    pub record: RecordId,
    /// 0 to 1, calibrated; see [`barid_names::thresholds`].
    pub score: f32,
    /// Which of the record's names matched, counted from 0.
    pub name_number: usize,
    /// That name as recorded.
    pub name: String,
    /// Why, one reason per feature.
    pub reasons: Vec<Reason>,
    /// Whether this is a namesake: without the date of birth it would be an alert, with it, contradicted, it is none.
    pub cleared_by_birth: bool,
}

/// One feature's part in a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The names, part by part.
    Name {
        /// The parts that correspond, and those that don't.
        parts: Vec<PartReason>,
        /// The score by name alone.
        score: f32,
        /// Net evidence in nats.
        evidence: f32,
        /// Whether the name is an alias that its source calls weak.
        weak_alias: bool,
    },
    /// The date of birth.
    Birth {
        /// How it compares.
        agreement: BirthAgreement,
        /// Its weight in nats.
        weight: f32,
        /// The reading of what was asked for that agrees best.
        asked: Option<BirthReading>,
        /// The recorded date that agrees best.
        recorded: Option<DateInterval>,
    },
    /// The nationality.
    Nationality {
        /// How it compares.
        agreement: Agreement,
        /// Its weight in nats.
        weight: f32,
    },
    /// Sex.
    Sex {
        /// How it compares.
        agreement: Agreement,
        /// Its weight in nats.
        weight: f32,
    },
    /// The place of birth.
    BirthPlace {
        /// How it compares.
        agreement: Agreement,
        /// Its weight in nats.
        weight: f32,
        /// The recorded place that it was compared with.
        recorded: Option<FactPlace>,
    },
}

/// Corresponding parts of the two names, as a page can draw them.
#[derive(Debug, Clone, PartialEq)]
pub struct PartReason {
    /// The typed part or parts; empty if the record alone has it.
    pub query: String,
    /// The recorded part or parts; empty if the query alone has it.
    pub record: String,
    /// How they correspond, with weight and letters.
    pub detail: PartMatch,
    /// Which letters of the two correspond, in order; empty where one side has no part.
    pub letters: Vec<LetterReason>,
}

/// Corresponding letters of two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterReason {
    /// The letters asked for, folded as they are compared; empty if the record alone has them.
    pub query: String,
    /// The letters recorded; empty if the query alone has them.
    pub record: String,
    /// Whether they don't correspond in the tables: a slip, or a rare spelling.
    pub slip: bool,
}

/// A record in the index; its names and facts stand in the lists of [`Facts`].
#[derive(Debug, Clone, Copy)]
struct StoredPerson {
    id: RecordId,
    class: ClassId,
    sex: Sex,
    names: Run,
    births: Run,
    nationalities: Run,
    birth_places: Run,
}

/// A run in a list: where it begins and how long it is.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: u32,
    length: u16,
}

impl Run {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + usize::from(self.length)
    }
}

#[derive(Debug, Clone, Copy)]
struct StoredName {
    /// Where its text begins, and how many bytes it has.
    text: u32,
    bytes: u16,
    kind: NameKind,
    strength: Option<AliasStrength>,
    /// `None` if nothing of it can be compared.
    indexed: Option<NameId>,
}

#[derive(Debug, Clone, Copy)]
struct StoredPlace {
    country: Option<CountryCode>,
    text: u32,
    bytes: u16,
}

/// Names and facts of all records, one list each, so that a record costs no allocation of its own.
#[derive(Debug, Default)]
struct Facts {
    names: Vec<StoredName>,
    texts: String,
    births: Vec<DateInterval>,
    nationalities: Vec<CountryCode>,
    birth_places: Vec<StoredPlace>,
    /// Bytes of texts that belong to records taken out.
    unused: usize,
}

impl Facts {
    fn text(&self, name: &StoredName) -> &str {
        self.text_at(name.text, name.bytes)
    }

    fn text_at(&self, start: u32, bytes: u16) -> &str {
        let start = start as usize;
        self.texts.get(start..start + usize::from(bytes)).unwrap_or_default()
    }

    /// Appends a run to one of the lists; at most 65,535 of it.
    fn append<T: Copy>(list: &mut Vec<T>, run: &[T]) -> Run {
        let run = &run[..run.len().min(usize::from(u16::MAX))];
        let start = list.len() as u32;
        list.extend(run);
        Run { start, length: run.len() as u16 }
    }

    fn append_text(&mut self, text: &str) -> (u32, u16) {
        let mut bytes = text.len().min(usize::from(u16::MAX));
        while !text.is_char_boundary(bytes) {
            bytes -= 1;
        }
        let start = self.texts.len() as u32;
        self.texts.push_str(&text[..bytes]);
        (start, bytes as u16)
    }
}

fn id_of(records: &[Option<StoredPerson>], slot: u32) -> Option<RecordId> {
    records.get(slot as usize)?.as_ref().map(|person| person.id)
}

/// The index of persons.
#[derive(Debug, Default)]
pub struct PersonIndex {
    names: NameIndex,
    records: Vec<Option<StoredPerson>>,
    free: Vec<u32>,
    slots: Slots,
    classes: Classes,
    facts: Facts,
    /// Records taken out or replaced since the names were last entered as a whole.
    removed: usize,
    /// Buffers that no search is using: they are as long as the list of names.
    buffers: Mutex<Vec<SearchBuffers>>,
}

impl PersonIndex {
    /// An empty index.
    pub fn new() -> PersonIndex {
        PersonIndex::default()
    }

    /// How many records are in it. Not for searchers: a count over what one may not see.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether no record is in it.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Enters a record, in place of an older version of it.
    pub fn insert(&mut self, id: RecordId, class: VisibilityClass, facts: PersonFacts) {
        self.remove(id);
        // Without a free number the record stays out of the index, which hides it: the safe side. 4,294,967,295
        // combinations of owner, terms and audience are beyond any registry.
        let Some(class) = self.classes.id(class) else { return };
        let names: usize = facts.names.iter().map(|name| name.text.len()).sum();
        let bytes: usize = names + facts.birth_places.iter().map(|place| place.words.len()).sum::<usize>();
        if self.facts.texts.len() + bytes > MOST_TEXT_BYTES {
            return;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            (self.records.len() - 1) as u32
        });
        let mut names = Vec::with_capacity(facts.names.len().min(MAX_NAMES));
        for (number, name) in facts.names.iter().take(MAX_NAMES).enumerate() {
            let indexed = self.names.insert(slot, number as u16, class, &Name::parse(&name.text));
            let (text, bytes) = self.facts.append_text(&name.text);
            names.push(StoredName { text, bytes, kind: name.kind, strength: name.strength, indexed });
        }
        let mut places = Vec::with_capacity(facts.birth_places.len());
        for place in &facts.birth_places {
            let (text, bytes) = self.facts.append_text(&place.words);
            places.push(StoredPlace { country: place.country, text, bytes });
        }
        self.records[slot as usize] = Some(StoredPerson {
            id,
            class,
            sex: facts.sex,
            names: Facts::append(&mut self.facts.names, &names),
            births: Facts::append(&mut self.facts.births, &facts.births),
            nationalities: Facts::append(&mut self.facts.nationalities, &facts.nationalities),
            birth_places: Facts::append(&mut self.facts.birth_places, &places),
        });
        self.slots.insert(slot, |slot| id_of(&self.records, slot));
    }

    /// Shows a record to another audience, where it is its owner who says so; whether that changed anything.
    pub fn show_to(&mut self, id: RecordId, owner: OrganisationCode, audience: &Audience) -> bool {
        let Some(slot) = self.slots.get(id, |slot| id_of(&self.records, slot)) else { return false };
        let Some(person) = &mut self.records[slot as usize] else { return false };
        let Some(class) = self.classes.shown_to(person.class, owner, audience) else { return false };
        person.class = class;
        for at in person.names.range() {
            if let Some(indexed) = self.facts.names[at].indexed {
                self.names.set_class(indexed, class);
            }
        }
        true
    }

    /// Takes a record out; whether it was there.
    pub fn remove(&mut self, id: RecordId) -> bool {
        let Some(slot) = self.slots.remove(id, |slot| id_of(&self.records, slot)) else { return false };
        if let Some(person) = self.records[slot as usize].take() {
            for at in person.names.range() {
                let name = self.facts.names[at];
                self.facts.unused += usize::from(name.bytes);
                if let Some(indexed) = name.indexed {
                    self.names.remove(indexed);
                }
            }
            let places = &self.facts.birth_places[person.birth_places.range()];
            self.facts.unused += places.iter().map(|place| usize::from(place.bytes)).sum::<usize>();
        }
        self.free.push(slot);
        self.removed += 1;
        if self.removed > MOST_REMOVED.max(self.slots.len()) {
            self.rebuild_names();
        }
        if self.facts.unused > MOST_UNUSED_BYTES.max(self.facts.texts.len() / 2) {
            self.compact();
        }
        true
    }

    /// Enters all names anew: letters that no record has any more leave memory.
    fn rebuild_names(&mut self) {
        self.removed = 0;
        self.names = NameIndex::new();
        for (slot, person) in self.records.iter().enumerate() {
            let Some(person) = person else { continue };
            for (number, at) in person.names.range().enumerate() {
                let text = Name::parse(self.facts.text(&self.facts.names[at]));
                self.facts.names[at].indexed =
                    self.names.insert(slot as u32, number as u16, person.class, &text);
            }
        }
        self.names.settle();
    }

    /// Gives back the memory of records that were taken out, and what stood in it.
    fn compact(&mut self) {
        let old = std::mem::take(&mut self.facts);
        for person in self.records.iter_mut().flatten() {
            let mut names = old.names[person.names.range()].to_vec();
            for name in &mut names {
                (name.text, name.bytes) = self.facts.append_text(old.text(name));
            }
            person.names = Facts::append(&mut self.facts.names, &names);
            person.births = Facts::append(&mut self.facts.births, &old.births[person.births.range()]);
            let nationalities = &old.nationalities[person.nationalities.range()];
            person.nationalities = Facts::append(&mut self.facts.nationalities, nationalities);
            let mut places = old.birth_places[person.birth_places.range()].to_vec();
            for place in &mut places {
                (place.text, place.bytes) = self.facts.append_text(old.text_at(place.text, place.bytes));
            }
            person.birth_places = Facts::append(&mut self.facts.birth_places, &places);
        }
    }

    /// Makes ready for searching what was entered last, and gives back spare memory: it is found before too, at some
    /// cost per search.
    pub fn settle(&mut self) {
        self.names.settle();
        self.records.shrink_to_fit();
        self.facts.names.shrink_to_fit();
        self.facts.texts.shrink_to_fit();
        self.facts.births.shrink_to_fit();
        self.facts.nationalities.shrink_to_fit();
        self.facts.birth_places.shrink_to_fit();
    }

    /// Every record with its class and facts, in the order of ids.
    pub fn records(&self) -> impl Iterator<Item = (RecordId, &VisibilityClass, PersonFacts)> {
        let mut people: Vec<&StoredPerson> = self.records.iter().flatten().collect();
        people.sort_unstable_by_key(|person| person.id);
        people
            .into_iter()
            .filter_map(|person| Some((person.id, self.classes.class(person.class)?, self.facts_of(person))))
    }

    /// The records in it, in no order.
    pub fn ids(&self) -> impl Iterator<Item = RecordId> {
        self.records.iter().flatten().map(|person| person.id)
    }

    /// The class and the names of a record, if it is in the index.
    pub fn names_of(&self, id: RecordId) -> Option<(VisibilityClass, Vec<FactName>)> {
        let slot = self.slots.get(id, |slot| id_of(&self.records, slot))?;
        let person = self.records[slot as usize].as_ref()?;
        Some((self.classes.class(person.class)?.clone(), self.fact_names(person)))
    }

    fn fact_names(&self, person: &StoredPerson) -> Vec<FactName> {
        let name = |name: &StoredName| FactName {
            text: self.facts.text(name).to_owned(),
            kind: name.kind,
            strength: name.strength,
        };
        self.facts.names[person.names.range()].iter().map(name).collect()
    }

    fn facts_of(&self, person: &StoredPerson) -> PersonFacts {
        PersonFacts {
            names: self.fact_names(person),
            births: self.facts.births[person.births.range()].to_vec(),
            sex: person.sex,
            nationalities: self.facts.nationalities[person.nationalities.range()].to_vec(),
            birth_places: self.places(person).map(|place| place.fact()).collect(),
        }
    }

    fn places(&self, person: &StoredPerson) -> impl Iterator<Item = RecordedPlace<'_>> {
        self.facts.birth_places[person.birth_places.range()].iter().map(|place| RecordedPlace {
            country: place.country,
            words: self.facts.text_at(place.text, place.bytes),
        })
    }

    fn name(&self, person: &StoredPerson, number: u16) -> Option<&StoredName> {
        self.facts.names[person.names.range()].get(usize::from(number))
    }

    /// The records that may be the person asked for, best first, among those the scope permits.
    pub fn candidates(
        &self,
        scope: &SearchScope,
        query: &PersonQuery,
        limit: CandidateLimit,
    ) -> Vec<Candidate> {
        let spare = self.buffers.lock().ok().and_then(|mut spare| spare.pop());
        let mut buffers = spare.unwrap_or_default();
        let found = self.candidates_with(scope, query, limit, &mut buffers);
        // A search that panicked takes its buffers with it: what is in the list is clean.
        if let Ok(mut spare) = self.buffers.lock() {
            spare.push(buffers);
        }
        found
    }

    /// The same with buffers that are reused from search to search.
    pub fn candidates_with(
        &self,
        scope: &SearchScope,
        query: &PersonQuery,
        limit: CandidateLimit,
        buffers: &mut SearchBuffers,
    ) -> Vec<Candidate> {
        self.candidates_among(&self.classes.visible(scope), query, limit, buffers)
    }

    fn candidates_among(
        &self,
        visible: &[bool],
        query: &PersonQuery,
        limit: CandidateLimit,
        buffers: &mut SearchBuffers,
    ) -> Vec<Candidate> {
        let typed = Name::parse(&query.name);
        let prepared = PreparedQuery::new(&typed);
        let most = limit.max.min(MAX_CANDIDATES);
        let asked = Asked::new(query);
        // Comparing places costs as much as comparing names: it is left to those whose names are.
        let besides = |slot: u32| match &self.records[slot as usize] {
            Some(person) => self.feature_reasons(person, &asked).iter().map(Reason::weight).sum(),
            None => 0.0,
        };
        let besides: Option<Besides<'_>> = if query.has_features() { Some(&besides) } else { None };
        let by_name = self.names.candidates(&prepared, visible, most + most / 2, besides, buffers);
        count(Work::Comparisons, by_name.len());
        let mut best: HashMap<u32, (Score, NameCandidate)> = HashMap::new();
        for found in by_name {
            let Some(person) = &self.records[found.slot as usize] else { continue };
            let score = self.score(person, &asked, &found);
            let better = best
                .get(&found.slot)
                .is_none_or(|(other, c)| (score.value, c.number) > (other.value, found.number));
            let listed = score.value >= limit.min_score || score.cleared_by_birth || fits_all_typed(&found);
            if better && listed {
                best.insert(found.slot, (score, found));
            }
        }
        let mut ranked: Vec<(Score, RecordId, NameCandidate)> = best
            .into_iter()
            .filter_map(|(slot, (score, found))| {
                Some((score, self.records[slot as usize].as_ref()?.id, found))
            })
            .collect();
        ranked.sort_by(|a, b| b.0.value.total_cmp(&a.0.value).then(a.1.cmp(&b.1)));
        ranked.truncate(most);
        ranked
            .into_iter()
            .filter_map(|(score, _, found)| self.explained(&prepared, &asked, score, &found))
            .collect()
    }

    fn score(&self, person: &StoredPerson, asked: &Asked<'_>, found: &NameCandidate) -> Score {
        let by_name = found.assignment.score.clamp(1e-6, 1.0 - 1e-6);
        let log_odds = (by_name / (1.0 - by_name)).ln();
        let weak = if self.is_weak(person, found) { WEAK_ALIAS } else { 0.0 };
        let birth = self.compare_births(person, asked);
        let others: f32 = self.other_reasons(person, asked).iter().map(Reason::weight).sum();
        let weight = weak + others + self.compare_places(person, asked).weight;
        let mut value = combined(log_odds, weight + birth.weight);
        if is_planted(Leak::CorpusStatistics) {
            value *= 1.0 - self.names.len() as f32 / 1e4;
        }
        let cleared_by_birth =
            birth.agreement.contradicts() && value < BORDER_DESK && combined(log_odds, weight) >= BORDER_DESK;
        Score { value, cleared_by_birth }
    }

    fn explained(
        &self,
        prepared: &PreparedQuery<'_>,
        asked: &Asked<'_>,
        score: Score,
        found: &NameCandidate,
    ) -> Option<Candidate> {
        let person = self.records[found.slot as usize].as_ref()?;
        let text = self.facts.text(self.name(person, found.number)?).to_owned();
        let recorded = Name::parse(&text);
        let record_parts: Vec<&Part> = recorded.parts().iter().collect();
        let comparison = explain(prepared, &record_parts, &found.assignment);
        let parts = comparison
            .alignment
            .into_iter()
            .map(|detail| PartReason {
                query: words(prepared.parts(), detail.query),
                record: words(&record_parts, detail.record),
                letters: letters(prepared.parts(), &record_parts, &detail),
                detail,
            })
            .collect();
        let mut reasons = vec![Reason::Name {
            parts,
            score: comparison.score,
            evidence: comparison.evidence,
            weak_alias: self.is_weak(person, found),
        }];
        reasons.extend(self.feature_reasons(person, asked));
        let PlaceComparison { agreement, weight, recorded } = self.compare_places(person, asked);
        let recorded = recorded.and_then(|number| self.places(person).nth(number)).map(|place| place.fact());
        reasons.push(Reason::BirthPlace { agreement, weight, recorded });
        Some(Candidate {
            record: person.id,
            score: score.value,
            name_number: usize::from(found.number),
            name: text,
            reasons,
            cleared_by_birth: score.cleared_by_birth,
        })
    }

    fn is_weak(&self, person: &StoredPerson, found: &NameCandidate) -> bool {
        self.name(person, found.number).is_some_and(|name| name.strength == Some(AliasStrength::Weak))
    }

    fn compare_births(&self, person: &StoredPerson, asked: &Asked<'_>) -> BirthComparison {
        match &asked.birth {
            Some(birth) => birth.compare(&self.facts.births[person.births.range()]),
            None => BirthComparison::UNKNOWN,
        }
    }

    fn compare_places(&self, person: &StoredPerson, asked: &Asked<'_>) -> PlaceComparison {
        match &asked.place {
            Some(place) => place.compare(self.places(person)),
            None => PlaceComparison::UNKNOWN,
        }
    }

    /// What is cheap to compare: everything but names and places.
    fn feature_reasons(&self, person: &StoredPerson, asked: &Asked<'_>) -> [Reason; 3] {
        let BirthComparison { agreement, weight, asked: read, recorded } = self.compare_births(person, asked);
        let [nationality, sex] = self.other_reasons(person, asked);
        [Reason::Birth { agreement, weight, asked: read, recorded }, nationality, sex]
    }

    fn other_reasons(&self, person: &StoredPerson, asked: &Asked<'_>) -> [Reason; 2] {
        let nationalities = &self.facts.nationalities[person.nationalities.range()];
        let nationality = compare_nationality(asked.query.nationality, nationalities);
        let sex = compare_sex(asked.query.sex, person.sex);
        [
            Reason::Nationality { agreement: nationality, weight: nationality.nationality_weight() },
            Reason::Sex { agreement: sex, weight: sex.sex_weight() },
        ]
    }

    /// Bytes held by names and facts.
    pub fn memory_bytes(&self) -> usize {
        self.names.memory_bytes()
            + self.records.capacity() * size_of::<Option<StoredPerson>>()
            + self.slots.memory_bytes()
            + self.facts.texts.capacity()
            + self.facts.names.capacity() * size_of::<StoredName>()
            + self.facts.births.capacity() * size_of::<DateInterval>()
            + self.facts.nationalities.capacity() * size_of::<CountryCode>()
            + self.facts.birth_places.capacity() * size_of::<StoredPlace>()
    }
}

/// Whether every typed part is found in the record, as far as it goes: a family name alone scores low among many people,
/// and is still what was asked for.
fn fits_all_typed(found: &NameCandidate) -> bool {
    let features = &found.assignment.features;
    features.query_explained > 0.99 && features.least_likeness >= FITS
}

impl PersonQuery {
    /// Tells whether anything besides the name was asked that is cheap to compare.
    fn has_features(&self) -> bool {
        self.birth.is_some() || self.nationality.is_some() || self.sex.is_some()
    }
}

/// A query with everything that is the same for every record worked out once.
struct Asked<'a> {
    query: &'a PersonQuery,
    birth: Option<PreparedBirth>,
    place: Option<PreparedPlace>,
}

impl Asked<'_> {
    fn new(query: &PersonQuery) -> Asked<'_> {
        let birth = query.birth.as_ref().map(PreparedBirth::new);
        let place = query.birth_place.as_deref().map(PreparedPlace::new);
        Asked { query, birth, place }
    }
}

/// What a candidate is worth, 0 to 1, and whether the date of birth cleared a namesake.
#[derive(Debug, Clone, Copy)]
struct Score {
    value: f32,
    cleared_by_birth: bool,
}

/// The score of a name that its source calls a weak alias.
pub(crate) fn weak_alias_score(score: f32) -> f32 {
    let by_name = score.clamp(1e-6, 1.0 - 1e-6);
    combined((by_name / (1.0 - by_name)).ln(), WEAK_ALIAS)
}

/// The score of a name with what speaks besides it.
fn combined(log_odds: f32, weight: f32) -> f32 {
    let combined = if weight < 0.0 { log_odds.min(CERTAIN) + weight } else { log_odds + weight };
    // Names alone decide nothing beyond their own odds when they barely match: features don't lift strangers.
    let combined = if log_odds < 0.0 { combined.min(log_odds + 2.0) } else { combined };
    1.0 / (1.0 + (-combined).exp())
}

impl RecordedPlace<'_> {
    fn fact(&self) -> FactPlace {
        FactPlace { country: self.country, words: self.words.to_owned() }
    }
}

impl Reason {
    /// What the feature adds to the log odds, in nats; the name's own odds are not counted here.
    pub fn weight(&self) -> f32 {
        match self {
            Reason::Name { .. } => 0.0,
            Reason::Birth { weight, .. }
            | Reason::Nationality { weight, .. }
            | Reason::Sex { weight, .. }
            | Reason::BirthPlace { weight, .. } => *weight,
        }
    }
}

impl PartReason {
    /// One line in plain text, for logs of tests and terminals: `Калачев ~ Kalachev: romanisation 0.98`.
    pub fn line(&self) -> String {
        let kind = match self.detail.kind {
            MatchKind::Exact => "same",
            MatchKind::Romanisation => "romanisation",
            MatchKind::Typo => "slip",
            MatchKind::Initial => "initial",
            MatchKind::Joined => "joined",
            MatchKind::Split => "split",
            MatchKind::QueryOnly => "asked only",
            MatchKind::RecordOnly => "recorded only",
        };
        format!("{} ~ {}: {} {:.2}", self.query, self.record, kind, self.detail.likeness)
    }
}

fn words(parts: &[&Part], (first, count): (usize, usize)) -> String {
    let chosen = parts.get(first..first + count).unwrap_or_default();
    chosen.iter().map(|part| part.text()).collect::<Vec<_>>().join(" ")
}

/// The letters of two parts side by side. [`explain`] aligns the letters of one with the Latin spelling of the other.
fn letters(query: &[&Part], record: &[&Part], detail: &PartMatch) -> Vec<LetterReason> {
    let part = |parts: &[&Part], (first, count): (usize, usize)| {
        let chosen = parts.get(first..first + count).unwrap_or_default();
        if chosen.len() > 1 { Part::joined(chosen) } else { chosen.first().map(|part| (*part).clone()) }
    };
    let (Some(asked), Some(found)) = (part(query, detail.query), part(record, detail.record)) else {
        return Vec::new();
    };
    let turned = asked.script() == Script::Latin && found.script() != Script::Latin;
    let (native, other) = if turned { (&found, &asked) } else { (&asked, &found) };
    let latin = other.latents().first().map(|latent| latent.letters.as_slice()).unwrap_or_default();
    detail
        .letters
        .iter()
        .map(|pair| {
            let chars = native.native().get(pair.native.0..pair.native.0 + pair.native.1);
            let native: String = chars.unwrap_or_default().iter().collect();
            let numbers = latin.get(pair.latin.0..pair.latin.0 + pair.latin.1);
            let latin = latin_text(numbers.unwrap_or_default());
            let (query, record) = if turned { (latin, native) } else { (native, latin) };
            LetterReason { query, record, slip: pair.error }
        })
        .collect()
}

#[cfg(test)]
#[path = "person_index_tests.rs"]
mod tests;
