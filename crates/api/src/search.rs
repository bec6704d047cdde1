//! Searching: what is asked, and the candidates with the reasons for each.

use barid_domain::codes::Sex;
use barid_domain::countries::CountryCode;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::text::SHORT_CAP;
use barid_domain::typed_births::TYPED_BIRTH_CAP;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agreements::{DutyCode, GrantNamed};
use crate::codes::{
    CalendarCode, Country, DatabaseCode, DocumentTypeCode, FraudTypeCode, GroupStatusCode, HandlingCode,
    IdentifierKindCode, ObjectStatusCode, PersonStatusCode, PurposeCode, SexCode,
};
use crate::marks::MarkShown;
use crate::orders::AnnotationShown;
use crate::patterns::{NOT_ALPHANUMERIC, holds_other_than};
use crate::reading::{self, Why};
use crate::texts::{
    ActIdText, BirthText, CaseReference, EntryHashText, IntervalText, OrganisationText, QUERY_CAP, QueryText,
    RecordIdText, ShortText,
};

/// The most candidates of one search.
pub const LIMIT_CAP: u32 = 50;

/// Asks whether a person, a document, an object or a group is known.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "purpose": "border-control", "reference": "LANE 4", "query": "Калачев", "birth": "1971", "nationality": "XAX"
}))]
pub struct SearchRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case, shift or lane it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// What was typed or scanned.
    #[serde(default)]
    #[schema(required = true)]
    pub query: QueryText,
    /// A date of birth, whole or in part, in one of eight calendars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth: Option<BirthText>,
    /// A nationality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<Country>,
    /// A sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<SexCode>,
    /// A place of birth in any script, pieces between commas; a three-letter code is a country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_place: Option<ShortText>,
    /// The country that issued the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_country: Option<Country>,
    /// The most candidates; 10 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<u32>,
}

/// Is a search that was read: cleaned, every field in the domain's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRead {
    /// Why it is asked.
    pub why: Why,
    /// What was typed or scanned; line breaks, which two-line zones have, are kept.
    pub query: String,
    /// A date of birth as typed; what it means depends on the day it is read.
    pub birth: Option<String>,
    /// A place of birth.
    pub birth_place: Option<String>,
    /// A nationality.
    pub nationality: Option<CountryCode>,
    /// A sex.
    pub sex: Option<Sex>,
    /// The country that issued the document.
    pub issuing_country: Option<CountryCode>,
    /// The most candidates.
    pub limit: Option<u32>,
}

impl SearchRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<SearchRead> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        // Checked as cleaned, handed on as typed: the breaks between the lines of a zone mean something.
        let cleaned = reading::text(&self.query.0, QUERY_CAP, "query", faults);
        let findable = cleaned.is_empty() || holds_other_than(&cleaned, NOT_ALPHANUMERIC);
        faults.require(findable, "query", FaultCode::BadCharacters);
        let birth =
            self.birth.as_ref().map(|birth| reading::text(&birth.0, TYPED_BIRTH_CAP, "birth", faults));
        let told =
            birth.as_deref().is_none_or(|text| text.is_empty() || holds_other_than(text, NOT_ALPHANUMERIC));
        faults.require(told, "birth", FaultCode::BadCharacters);
        let place = self.birth_place.as_ref();
        let birth_place = place.map(|place| reading::text(&place.0, SHORT_CAP, "birth_place", faults));
        let nationality = self.nationality.as_ref().and_then(|code| code.read("nationality", faults));
        let sex = self.sex.as_ref().and_then(|code| code.read("sex", faults));
        let issuing_country =
            self.issuing_country.as_ref().and_then(|code| code.read("issuing_country", faults));
        let limit_fits = self.limit.is_none_or(|limit| (1..=LIMIT_CAP).contains(&limit));
        faults.require(limit_fits, "limit", FaultCode::Impossible);
        let query = self.query.0.clone();
        let limit = self.limit;
        Some(SearchRead { why: why?, query, birth, birth_place, nationality, sex, issuing_country, limit })
    }
}

/// Answers a search. What may not be seen and what doesn't exist answer alike, and nothing is counted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchResponse {
    /// The act of searching.
    pub act: ActIdText,
    /// The act's line in the journal, by which this access can be proved.
    pub access: EntryHashText,
    /// How the query was understood.
    pub recognised: Recognised,
    /// What a scanned zone says about its own soundness, as codes.
    pub remarks: Vec<String>,
    /// How the date of birth was read, or read out of a scanned zone: once, or in each calendar it can be of.
    #[serde(default)]
    pub birth_readings: Vec<BirthReadingShown>,
    /// The score from which a candidate is an alert.
    pub alert_threshold: f32,
    /// The candidates, best first: information, no action.
    pub candidates: Vec<CandidateShown>,
    /// Where there are records of which no more may be told than that. Each would be an alert; its owner can be asked.
    #[serde(default)]
    pub hits: Vec<HitShown>,
    /// Grants whose daily cap is reached: what these show was not looked for.
    #[serde(default)]
    pub caps_reached: Vec<GrantNamed>,
}

/// Says that an organisation has a record in a database, and nothing else of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HitShown {
    /// The database.
    pub database: DatabaseCode,
    /// Whose record it is.
    pub owner: OrganisationText,
}

/// Is one way a date of birth was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BirthReadingShown {
    /// The calendar it was read in.
    pub calendar: CalendarCode,
    /// The Gregorian days it may mean.
    pub interval: IntervalText,
}

/// Is how a query was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recognised {
    /// As a name.
    Name,
    /// As a document number.
    DocumentNumber,
    /// As a machine-readable zone.
    MachineReadableZone,
}

/// Is a candidate: found by the engine, declared by nobody. It asks for nothing; opening the record is another act.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CandidateShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// The organisation that supplied it.
    pub owner: OrganisationText,
    /// Where the owner has it from, when not its own.
    pub provenance: Option<String>,
    /// The number by which people speak of the record.
    pub reference_number: Option<String>,
    /// How sure the engine is, 0 to 1; one meaning in every script.
    #[schema(minimum = 0, maximum = 1)]
    pub score: f32,
    /// Whether the score reaches the alert threshold.
    pub alert: bool,
    /// What cleared a namesake who would else be an alert: `birth` when the date of birth contradicts; `null` for all others.
    #[serde(default)]
    pub cleared_by: Option<Feature>,
    /// The name that was found, of a person or a group, for a person found by number alone the first one; or the number of a document or an object, of a range both ends.
    pub found: String,
    /// What is stated about a person.
    pub statuses: Vec<PersonStatusCode>,
    /// What befell a document.
    pub fraud: Option<FraudTypeCode>,
    /// The type of a document.
    pub document_type: Option<DocumentTypeCode>,
    /// The country that issued a document, or gave an object its number.
    pub issuing_country: Option<Country>,
    /// What befell an object.
    #[serde(default)]
    pub object_status: Option<ObjectStatusCode>,
    /// What is stated about a group: an organisation or network on record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_statuses: Vec<GroupStatusCode>,
    /// Why it is a candidate, feature by feature.
    pub reasons: Vec<ReasonShown>,
    /// Whether the record belongs to an exercise.
    pub exercise: bool,
    /// How the record is handled.
    #[serde(default)]
    pub handling: HandlingCode,
    /// What whoever is shown it has to heed.
    #[serde(default)]
    pub duties: Vec<DutyCode>,
    /// What whoever stands before the person should know first: that it may be another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<MarkShown>,
    /// What the commission says about the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<AnnotationShown>,
    /// Whether an agreement shows a part of it only.
    #[serde(default)]
    pub partial: bool,
}

/// Says how one feature of the query compares with the record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReasonShown {
    /// The feature.
    pub feature: Feature,
    /// How the two correspond, as a code: `exact`, `romanisation`, `typo`, `agrees`, `differs`, ...; of a group's name also
    /// `translated` (another word of the same meaning), `spelling`, `initials`; for a document, how
    /// the issuing country asked for and the recorded one do.
    pub relation: String,
    /// The part of the name that was asked for, or the days that the date of birth may mean; `null` for other features and
    /// for parts that the record alone has.
    pub asked: Option<String>,
    /// The part of the name, the date or the place of birth, the document's number or the reference that was found, as
    /// recorded; `null` for other features and for parts that the query alone has.
    pub found: Option<String>,
    /// Which letters of the two parts correspond, in order: a page can draw them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<LettersShown>,
    /// How alike the parts are, 0 to 1.
    pub likeness: Option<f32>,
    /// What it adds to the evidence, in nats (natural logarithm of the odds); negative speaks against.
    /// 0 for numbers: they are not weighed, one that is the same decides.
    pub weight: f32,
    /// The type of the document that was found.
    #[serde(default)]
    pub document_type: Option<DocumentTypeCode>,
    /// The country that issued it, as recorded.
    #[serde(default)]
    pub issuing_country: Option<Country>,
    /// The kind of the object's number that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<IdentifierKindCode>,
    /// The source whose reference was found.
    #[serde(default)]
    pub source: Option<String>,
    /// The calendar in which the date of birth asked for was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarCode>,
    /// For `other-calendar`: the calendar that the date's numbers are of, and the one somebody took them for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<CalendarCode>,
    /// See `meant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<CalendarCode>,
    /// How many whole years dates of birth lie apart that contradict each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<u32>,
}

/// Says which letters of two parts correspond.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LettersShown {
    /// The letters asked for, folded as they are compared; empty where the record alone has some.
    pub asked: String,
    /// The letters recorded; empty where the query alone has some.
    pub found: String,
    /// Whether they don't correspond: a slip, or a rare spelling.
    pub slip: bool,
}

/// Is a feature that is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// A part of the name, of a person or a group.
    Name,
    /// The date of birth.
    Birth,
    /// The nationality.
    Nationality,
    /// The sex.
    Sex,
    /// The place of birth.
    BirthPlace,
    /// The number of a document that the person holds or held.
    Document,
    /// A number of an object.
    Identifier,
    /// The reference by which its source speaks of the person.
    Reference,
}
