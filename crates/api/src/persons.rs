//! Persons: what an owner enters, and as they are shown (the same form).

use barid_domain::codes::PersonStatus;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference, caps};
use barid_domain::text::{NAME_CAP, SHORT_CAP, is_language_tag};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::codes::{
    AliasStrengthCode, Country, DocumentTypeCode, NameKindCode, OffenceCode, PersonStatusCode, PurposeCode,
    SexCode, WarningCode,
};
use crate::images::ImageStated;
use crate::patterns::{NOT_LETTERS, holds_other_than};
use crate::reading::{self, optional_text};
use crate::schemas::{Schemas, closed_object, collect, one_of, part_of_list, reference, required};
use crate::terms::{LocalLongText, LocalShortText, TermsOffered};
use crate::texts::{
    CaseReference, DayText, EntryHashText, IntervalText, Language, NamePart, NameText, REFERENCE_NUMBER_CAP,
    ReferenceNumber, Script, ShortText,
};

/// Enters a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonSubmission {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The terms of the record.
    pub terms: TermsOffered,
    /// What is stated.
    pub person: PersonStated,
    /// The photographs and scans of it, each handed in before, or of the version before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub images: Vec<ImageStated>,
}

/// Revises a person record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRevision {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The entry the revision was made from; when another stands by now, nothing is written.
    pub expects: EntryHashText,
    /// The terms of the record.
    pub terms: TermsOffered,
    /// What is stated.
    pub person: PersonStated,
    /// The photographs and scans of it, each handed in before, or of the version before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub images: Vec<ImageStated>,
}

/// Is what an owner states about a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonStated {
    /// The names, primary first. A name given twice counts once.
    #[serde(default)]
    #[schema(required = true, min_items = 1, max_items = 200)]
    pub names: Vec<NameStated>,
    /// The sex.
    #[serde(default)]
    #[schema(required = true)]
    pub sex: SexCode,
    /// What is known of the person's state.
    pub stated: Stated,
    /// The possible dates of birth.
    #[serde(default)]
    #[schema(max_items = 40)]
    pub births: Vec<IntervalText>,
    /// The possible places of birth. A place that says nothing is left out.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub birth_places: Vec<PlaceStated>,
    /// The nationalities.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub nationalities: Vec<Country>,
    /// Whether the person is a minor.
    #[serde(default)]
    pub minor: bool,
    /// What an officer who meets the person should know.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub warnings: Vec<WarningCode>,
    /// The documents the person holds or held.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub documents: Vec<HeldDocumentStated>,
    /// Where the person lives, lived or was seen. A place that says nothing is left out.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub addresses: Vec<PlaceStated>,
    /// Titles, functions, occupations.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub functions: Vec<LocalShortText>,
    /// What the person looks like.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub descriptions: Vec<LocalLongText>,
    /// What else is stated.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub remarks: Vec<LocalLongText>,
    /// The person's references in other systems.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub references: Vec<ReferenceStated>,
    /// When the source listed or entered the person.
    pub listed_on: Option<DayText>,
    /// When the source changed its statement.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub amended_on: Vec<DayText>,
}

/// Is what is known of a person's state, with the offences where it is about crime.
///
/// `wanted`, `suspect` and `convicted` need an offence; the others may go without.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// The statuses; at least one.
    #[serde(default)]
    pub statuses: Vec<PersonStatusCode>,
    /// The offences; at least one where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offences: Option<Vec<OffenceCode>>,
}

impl PartialSchema for Stated {
    fn schema() -> RefOr<Schema> {
        one_of("What is known of the person's state.", &["StatedWithOffences", "StatedWithoutOffences"])
    }
}
impl ToSchema for Stated {
    fn schemas(schemas: &mut Schemas) {
        let list = |items: RefOr<Schema>| {
            ArrayBuilder::new().items(items).min_items(Some(1)).max_items(Some(caps::CODES))
        };
        let with = [
            required("statuses", list(reference::<PersonStatusCode>())),
            required("offences", list(reference::<OffenceCode>())),
        ];
        let without =
            [required("statuses", list(part_of_list(|status: PersonStatus| !needs_offence(status))))];
        schemas.push(("StatedWithOffences".to_owned(), closed_object("Any statuses, with offences.", with)));
        schemas.push((
            "StatedWithoutOffences".to_owned(),
            closed_object("Statuses that stand without an offence.", without),
        ));
        collect::<PersonStatusCode>(schemas);
        collect::<OffenceCode>(schemas);
    }
}

fn needs_offence(status: PersonStatus) -> bool {
    matches!(status, PersonStatus::Wanted | PersonStatus::Suspect | PersonStatus::Convicted)
}

/// Is one name of a person, whole and as its source writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameStated {
    /// The whole name in the order of its source.
    pub text: NameText,
    /// What the name is.
    #[serde(default)]
    #[schema(required = true)]
    pub kind: NameKindCode,
    /// How much an alias is worth, where the source says so.
    pub strength: Option<AliasStrengthCode>,
    /// The script; `Zyyy` when absent.
    pub script: Option<Script>,
    /// The language, where the source says so.
    pub language: Option<Language>,
    /// The parts as the source cuts them, in its order.
    #[serde(default)]
    #[schema(max_items = 16)]
    pub parts: Vec<NamePart>,
    /// What the source remarks on this name.
    pub note: Option<ShortText>,
}

/// Is a place: a country and words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceStated {
    /// The country.
    pub country: Option<Country>,
    /// The source's words for the country, where they are not one of a code's names.
    pub country_text: Option<ShortText>,
    /// State, province, region.
    pub region: Option<ShortText>,
    /// City, town, village.
    pub city: Option<ShortText>,
    /// Street and house.
    pub street: Option<ShortText>,
    /// Postal code.
    pub postal_code: Option<ShortText>,
    /// What the source remarks on this place.
    pub note: Option<ShortText>,
}

/// Is a document that a person holds or held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldDocumentStated {
    /// The type.
    #[serde(default)]
    #[schema(required = true)]
    pub document_type: DocumentTypeCode,
    /// The number, as its source writes it.
    pub number: Option<ShortText>,
    /// The issuing country.
    pub issuing_country: Option<Country>,
    /// The source's words for the type, where they say more than the code.
    pub type_text: Option<ShortText>,
    /// The day of issue.
    pub issued_on: Option<IntervalText>,
    /// The day of expiry.
    pub expires_on: Option<IntervalText>,
    /// The place of issue, or the source's words for the issuing country.
    pub issued_at: Option<ShortText>,
    /// What the source remarks on this document.
    pub note: Option<ShortText>,
}

/// Is a number that another system gives the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceStated {
    /// The system.
    pub scheme: ReferenceNumber,
    /// Its number.
    pub number: ReferenceNumber,
}

impl PersonStated {
    /// Reads the person, noting faults under `person`.
    pub fn read(&self, faults: &mut Faults) -> Option<Person> {
        self.check_counts(faults);
        let sex = self.sex.read("person.sex", faults);
        let (statuses, offences) = self.stated.read(faults);
        Some(Person {
            names: self.read_names(faults),
            births: each("births", &self.births, caps::BIRTHS, faults, reading::interval),
            birth_places: read_places("birth_places", &self.birth_places, faults),
            nationalities: each(
                "nationalities",
                &self.nationalities,
                caps::NATIONALITIES,
                faults,
                Country::read,
            ),
            statuses,
            minor: self.minor,
            offences,
            warnings: each("warnings", &self.warnings, caps::CODES, faults, WarningCode::read),
            documents: each("documents", &self.documents, caps::DOCUMENTS, faults, HeldDocumentStated::read),
            addresses: read_places("addresses", &self.addresses, faults),
            functions: each("functions", &self.functions, caps::TEXTS, faults, |text, place, faults| {
                Some(text.read(place, faults))
            }),
            descriptions: each(
                "descriptions",
                &self.descriptions,
                caps::TEXTS,
                faults,
                |text, place, faults| Some(text.read(place, faults)),
            ),
            remarks: each("remarks", &self.remarks, caps::TEXTS, faults, |text, place, faults| {
                Some(text.read(place, faults))
            }),
            references: each(
                "references",
                &self.references,
                caps::REFERENCES,
                faults,
                |reference, place, faults| Some(reference.read(place, faults)),
            ),
            listed_on: self.listed_on.as_ref().and_then(|day| reading::day(day, "person.listed_on", faults)),
            amended_on: each("amended_on", &self.amended_on, caps::TEXTS, faults, reading::day),
            sex: sex?,
        })
    }

    fn check_counts(&self, faults: &mut Faults) {
        faults.require(!self.names.is_empty(), "person.names", FaultCode::Missing);
        for (field, count, cap) in [
            ("names", self.names.len(), caps::NAMES),
            ("births", self.births.len(), caps::BIRTHS),
            ("birth_places", self.birth_places.len(), caps::PLACES),
            ("addresses", self.addresses.len(), caps::PLACES),
            ("nationalities", self.nationalities.len(), caps::NATIONALITIES),
            ("warnings", self.warnings.len(), caps::CODES),
            ("documents", self.documents.len(), caps::DOCUMENTS),
            ("functions", self.functions.len(), caps::TEXTS),
            ("descriptions", self.descriptions.len(), caps::TEXTS),
            ("remarks", self.remarks.len(), caps::TEXTS),
            ("references", self.references.len(), caps::REFERENCES),
            ("amended_on", self.amended_on.len(), caps::TEXTS),
        ] {
            faults.count(format!("person.{field}"), count, cap);
        }
    }

    fn read_names(&self, faults: &mut Faults) -> Vec<PersonName> {
        let mut names: Vec<PersonName> = Vec::new();
        for name in each("names", &self.names, caps::NAMES, faults, NameStated::read) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Reads every item of a list up to its cap, with its place; what is behind the cap is not looked at.
fn each<T, U>(
    field: &str,
    items: &[T],
    cap: usize,
    faults: &mut Faults,
    read: impl Fn(&T, &str, &mut Faults) -> Option<U>,
) -> Vec<U> {
    let numbered = items.iter().take(cap).enumerate();
    numbered.filter_map(|(i, item)| read(item, &format!("person.{field}[{i}]"), faults)).collect()
}

fn read_places(field: &str, places: &[PlaceStated], faults: &mut Faults) -> Vec<Place> {
    let read = each(field, places, caps::PLACES, faults, |place, at, faults| Some(place.read(at, faults)));
    read.into_iter().filter(|place| *place != Place::default()).collect()
}

impl Stated {
    fn read(&self, faults: &mut Faults) -> (Vec<PersonStatus>, Vec<barid_domain::codes::Offence>) {
        let statuses = each("stated.statuses", &self.statuses, caps::CODES, faults, PersonStatusCode::read);
        let given = self.offences.as_deref().unwrap_or_default();
        let offences = each("stated.offences", given, caps::CODES, faults, OffenceCode::read);
        faults.require(!self.statuses.is_empty(), "person.stated.statuses", FaultCode::Missing);
        faults.count("person.stated.statuses", self.statuses.len(), caps::CODES);
        faults.count("person.stated.offences", given.len(), caps::CODES);
        let empty = self.offences.as_ref().is_some_and(Vec::is_empty);
        let needed = self.offences.is_none() && statuses.iter().copied().any(needs_offence);
        faults.require(!empty && !needed, "person.stated.offences", FaultCode::Missing);
        (statuses, offences)
    }
}

impl NameStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<PersonName> {
        let text = reading::text(&self.text.0, NAME_CAP, &format!("{place}.text"), faults);
        let named = text.is_empty() || holds_other_than(&text, NOT_LETTERS);
        faults.require(named, format!("{place}.text"), FaultCode::NotAName);
        let kind = self.kind.read(&format!("{place}.kind"), faults);
        let strength = self.strength.as_ref().map(|code| code.read(&format!("{place}.strength"), faults));
        let script = self.script.as_ref().map_or("Zyyy", |script| script.0.as_str());
        let script_fits = script.len() == 4 && script.bytes().all(|b| b.is_ascii_alphabetic());
        faults.require(script_fits, format!("{place}.script"), FaultCode::BadCharacters);
        let language = self.language.as_ref().map(|language| language.0.clone());
        let language_fits =
            language.as_deref().is_none_or(|tag| is_language_tag(tag) && tag.split('-').count() <= 4);
        faults.require(language_fits, format!("{place}.language"), FaultCode::BadCharacters);
        faults.count(format!("{place}.parts"), self.parts.len(), caps::NAME_PARTS);
        let numbered = self.parts.iter().take(caps::NAME_PARTS).enumerate();
        let parts = numbered
            .map(|(i, part)| reading::text(&part.0, NAME_CAP, &format!("{place}.parts[{i}]"), faults))
            .collect();
        let note = short(&self.note, place, "note", faults);
        Some(PersonName {
            text,
            kind: kind?,
            strength: strength.flatten(),
            script: script.to_owned(),
            language,
            parts,
            note,
        })
    }
}

impl PlaceStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Place {
        Place {
            country: self.country.as_ref().and_then(|code| code.read(&format!("{place}.country"), faults)),
            country_text: short(&self.country_text, place, "country_text", faults),
            region: short(&self.region, place, "region", faults),
            city: short(&self.city, place, "city", faults),
            street: short(&self.street, place, "street", faults),
            postal_code: short(&self.postal_code, place, "postal_code", faults),
            note: short(&self.note, place, "note", faults),
        }
    }
}

impl HeldDocumentStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<HeldDocument> {
        let document_type = self.document_type.read(&format!("{place}.document_type"), faults);
        let country_place = format!("{place}.issuing_country");
        let issuing_country =
            self.issuing_country.as_ref().and_then(|code| code.read(&country_place, faults));
        let mut interval = |raw: &Option<IntervalText>, field: &str| {
            raw.as_ref().and_then(|raw| reading::interval(raw, &format!("{place}.{field}"), faults))
        };
        let (issued_on, expires_on) =
            (interval(&self.issued_on, "issued_on"), interval(&self.expires_on, "expires_on"));
        let number = short(&self.number, place, "number", faults);
        let type_text = short(&self.type_text, place, "type_text", faults);
        let issued_at = short(&self.issued_at, place, "issued_at", faults);
        let note = short(&self.note, place, "note", faults);
        let document_type = document_type?;
        Some(HeldDocument {
            document_type,
            number,
            issuing_country,
            type_text,
            issued_on,
            expires_on,
            issued_at,
            note,
        })
    }
}

impl ReferenceStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Reference {
        Reference {
            scheme: reading::text(&self.scheme.0, REFERENCE_NUMBER_CAP, &format!("{place}.scheme"), faults),
            number: reading::text(&self.number.0, REFERENCE_NUMBER_CAP, &format!("{place}.number"), faults),
        }
    }
}

fn short(raw: &Option<ShortText>, place: &str, field: &str, faults: &mut Faults) -> Option<String> {
    optional_text(raw.as_ref().map(|text| text.0.as_str()), SHORT_CAP, &format!("{place}.{field}"), faults)
}

impl From<&Person> for PersonStated {
    fn from(person: &Person) -> Self {
        let offences: Vec<OffenceCode> = person.offences.iter().map(|code| (*code).into()).collect();
        Self {
            names: person.names.iter().map(NameStated::from).collect(),
            sex: person.sex.into(),
            stated: Stated {
                statuses: person.statuses.iter().map(|code| (*code).into()).collect(),
                offences: (!offences.is_empty()).then_some(offences),
            },
            births: person.births.iter().map(|birth| birth.to_string().into()).collect(),
            birth_places: person.birth_places.iter().map(PlaceStated::from).collect(),
            nationalities: person.nationalities.iter().map(|code| (*code).into()).collect(),
            minor: person.minor,
            warnings: person.warnings.iter().map(|code| (*code).into()).collect(),
            documents: person.documents.iter().map(HeldDocumentStated::from).collect(),
            addresses: person.addresses.iter().map(PlaceStated::from).collect(),
            functions: person.functions.iter().map(LocalShortText::from).collect(),
            descriptions: person.descriptions.iter().map(LocalLongText::from).collect(),
            remarks: person.remarks.iter().map(LocalLongText::from).collect(),
            references: person.references.iter().map(ReferenceStated::from).collect(),
            listed_on: person.listed_on.map(|day| day.to_string().into()),
            amended_on: person.amended_on.iter().map(|day| day.to_string().into()).collect(),
        }
    }
}

impl From<&PersonName> for NameStated {
    fn from(name: &PersonName) -> Self {
        Self {
            text: name.text.as_str().into(),
            kind: name.kind.into(),
            strength: name.strength.map(Into::into),
            script: Some(name.script.as_str().into()),
            language: name.language.as_deref().map(Into::into),
            parts: name.parts.iter().map(|part| part.as_str().into()).collect(),
            note: shown(&name.note),
        }
    }
}

impl From<&Place> for PlaceStated {
    fn from(place: &Place) -> Self {
        Self {
            country: place.country.map(Into::into),
            country_text: shown(&place.country_text),
            region: shown(&place.region),
            city: shown(&place.city),
            street: shown(&place.street),
            postal_code: shown(&place.postal_code),
            note: shown(&place.note),
        }
    }
}

impl From<&HeldDocument> for HeldDocumentStated {
    fn from(document: &HeldDocument) -> Self {
        Self {
            document_type: document.document_type.into(),
            number: shown(&document.number),
            issuing_country: document.issuing_country.map(Into::into),
            type_text: shown(&document.type_text),
            issued_on: document.issued_on.map(|days| days.to_string().into()),
            expires_on: document.expires_on.map(|days| days.to_string().into()),
            issued_at: shown(&document.issued_at),
            note: shown(&document.note),
        }
    }
}

impl From<&Reference> for ReferenceStated {
    fn from(reference: &Reference) -> Self {
        Self { scheme: reference.scheme.as_str().into(), number: reference.number.as_str().into() }
    }
}

fn shown(text: &Option<String>) -> Option<ShortText> {
    text.as_deref().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(json: &str) -> Vec<String> {
        let stated: PersonStated = serde_json::from_str(json).unwrap();
        let mut faults = Faults::default();
        let _ = stated.read(&mut faults);
        faults.into_result().err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_person_reads_and_shows_the_same() {
        let json = r#"{"names": [{"text": " Валерий  Калачев\u202e", "kind": "primary", "script": "Cyrl"},
            {"text": "Валерий Калачев", "kind": "primary", "script": "Cyrl"}],
            "sex": "male", "stated": {"statuses": ["wanted"], "offences": ["financial-crime.fraud"]},
            "births": ["1971", "1969/1965"], "nationalities": ["XAX"], "addresses": [{}]}"#;
        let stated: PersonStated = serde_json::from_str(json).unwrap();
        let mut faults = Faults::default();
        let person = stated.read(&mut faults).unwrap();
        assert!(faults.into_result().is_ok());
        assert_eq!(person.names.len(), 1, "cleaned to the same name");
        assert!(person.addresses.is_empty());
        let mut faults = Faults::default();
        person.check("2026-11-23".parse().unwrap(), &mut faults);
        assert!(faults.into_result().is_ok());
        let mut faults = Faults::default();
        assert_eq!(PersonStated::from(&person).read(&mut faults), Some(person));
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let json = r#"{"names": [{"text": "12345", "kind": "primary"}, {"text": "a\u0000", "kind": "nick"}],
            "sex": "", "stated": {"statuses": ["wanted"]}, "births": ["1966-02-31"], "nationalities": ["ZZZ"]}"#;
        let mut faults = faults_of(json);
        faults.sort();
        assert_eq!(
            faults,
            [
                "person.births[0]: impossible",
                "person.names[0].text: not-a-name",
                "person.names[1].kind: unknown-code",
                "person.names[1].text: bad-characters",
                "person.nationalities[0]: unknown-code",
                "person.sex: missing",
                "person.stated.offences: missing",
            ]
        );
        let bare = faults_of(r#"{"stated": {}}"#);
        assert_eq!(bare, ["person.names: missing", "person.sex: missing", "person.stated.statuses: missing"]);
    }

    #[test]
    fn lists_are_read_up_to_their_cap_and_refused_beyond_it() {
        let names = |count: usize| {
            let one: Vec<String> =
                (0..count).map(|i| format!(r#"{{"text": "নাম {i}", "kind": "alias"}}"#)).collect();
            let stated = r#""stated": {"statuses": ["missing"]}"#;
            format!(r#"{{"names": [{}], "sex": "male", {stated}}}"#, one.join(","))
        };
        assert_eq!(faults_of(&names(200)), Vec::<String>::new());
        assert_eq!(faults_of(&names(201)), ["person.names: too-many"]);
        assert_eq!(faults_of(&names(10_000)), ["person.names: too-many"]);
    }
}
