//! Persons: what is stated about a human being, who may be innocent.
//!
//! A record states and carries no action: nothing in here asks to arrest, locate, watch or refuse. Names keep the
//! order and the parts their source gave them; no part is called a surname unless the source does so.

use minicbor::{Decode, Encode};

use crate::codes::{AliasStrength, DocumentType, NameKind, Offence, PersonStatus, Sex, Warning};
use crate::countries::CountryCode;
use crate::dates::{DateInterval, Day};
use crate::faults::{FaultCode, Faults};
use crate::terms::listed;
use crate::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP, is_language_tag};

/// Caps on the lists of a person record, in items.
pub mod caps {
    /// Names and aliases.
    pub const NAMES: usize = 200;
    /// Parts of one name.
    pub const NAME_PARTS: usize = 16;
    /// Intervals of birth.
    pub const BIRTHS: usize = 40;
    /// Places of birth, addresses.
    pub const PLACES: usize = 60;
    /// Nationalities.
    pub const NATIONALITIES: usize = 20;
    /// Documents.
    pub const DOCUMENTS: usize = 60;
    /// Texts of any kind.
    pub const TEXTS: usize = 60;
    /// Statuses, offences, warnings.
    pub const CODES: usize = 30;
    /// References to other systems.
    pub const REFERENCES: usize = 30;
}

/// Is what an owner states about a person.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// The names, primary first; at least one.
    #[cbor(n(0), default, skip_if = "Vec::is_empty")]
    pub names: Vec<PersonName>,
    /// Sex by ISO/IEC 5218.
    #[n(1)]
    pub sex: Sex,
    /// The possible dates of birth, as a set of intervals; empty when unknown.
    #[cbor(n(2), default, skip_if = "Vec::is_empty")]
    pub births: Vec<DateInterval>,
    /// The possible places of birth.
    #[cbor(n(3), default, skip_if = "Vec::is_empty")]
    pub birth_places: Vec<Place>,
    /// The nationalities.
    #[cbor(n(4), default, skip_if = "Vec::is_empty")]
    pub nationalities: Vec<CountryCode>,
    /// What is known of the person's state, each a statement of the owner; at least one.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub statuses: Vec<PersonStatus>,
    /// Whether the person is a minor; such records are shown with care.
    #[n(6)]
    pub minor: bool,
    /// The offences, from the list of crime areas; mandatory where wanted, suspected or convicted.
    #[cbor(n(7), default, skip_if = "Vec::is_empty")]
    pub offences: Vec<Offence>,
    /// What an officer who meets the person should know.
    #[cbor(n(8), default, skip_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The documents the person holds or held.
    #[cbor(n(9), default, skip_if = "Vec::is_empty")]
    pub documents: Vec<HeldDocument>,
    /// Where the person lives, lived or was seen.
    #[cbor(n(10), default, skip_if = "Vec::is_empty")]
    pub addresses: Vec<Place>,
    /// Titles, functions, occupations.
    #[cbor(n(11), default, skip_if = "Vec::is_empty")]
    pub functions: Vec<LocalText>,
    /// What the person looks like.
    #[cbor(n(12), default, skip_if = "Vec::is_empty")]
    pub descriptions: Vec<LocalText>,
    /// What else is stated.
    #[cbor(n(13), default, skip_if = "Vec::is_empty")]
    pub remarks: Vec<LocalText>,
    /// The person's references in other systems.
    #[cbor(n(14), default, skip_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// When the source listed or entered the person.
    #[n(15)]
    pub listed_on: Option<Day>,
    /// When the source changed its statement, each time it says so.
    #[cbor(n(16), default, skip_if = "Vec::is_empty")]
    pub amended_on: Vec<Day>,
}

/// Is one name of a person, whole and as its source writes it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct PersonName {
    /// The whole name in the order of its source.
    #[n(0)]
    pub text: String,
    /// What the name is.
    #[n(1)]
    pub kind: NameKind,
    /// How much an alias is worth; `None` for other kinds and where the source doesn't say.
    #[n(2)]
    pub strength: Option<AliasStrength>,
    /// The script, as an ISO 15924 code (`Cyrl`); `Zyyy` when mixed or unknown.
    #[n(3)]
    pub script: String,
    /// The language, as a BCP 47 tag, where the source says so.
    #[n(4)]
    pub language: Option<String>,
    /// The parts as the source numbers or names them, in its order; empty when it gives the name whole.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// What the source remarks on this name.
    #[n(6)]
    pub note: Option<String>,
}

/// Is a place: a country and words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// The country, where it could be told from the source's words.
    #[n(0)]
    pub country: Option<CountryCode>,
    /// The source's words for the country, where they are not one of a code's names.
    #[n(1)]
    pub country_text: Option<String>,
    /// State, province, region.
    #[n(2)]
    pub region: Option<String>,
    /// City, town, village.
    #[n(3)]
    pub city: Option<String>,
    /// Street and house.
    #[n(4)]
    pub street: Option<String>,
    /// Postal code.
    #[n(5)]
    pub postal_code: Option<String>,
    /// What the source remarks on this place.
    #[n(6)]
    pub note: Option<String>,
}

/// Is a document that a person holds or held.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct HeldDocument {
    /// The type, from the closed list.
    #[n(0)]
    pub document_type: DocumentType,
    /// The number, as its source writes it.
    #[n(1)]
    pub number: Option<String>,
    /// The issuing country.
    #[n(2)]
    pub issuing_country: Option<CountryCode>,
    /// The source's words for the type, where they say more than the code.
    #[n(3)]
    pub type_text: Option<String>,
    /// The day of issue.
    #[n(4)]
    pub issued_on: Option<DateInterval>,
    /// The day of expiry.
    #[n(5)]
    pub expires_on: Option<DateInterval>,
    /// The place of issue, or the source's words for the issuing country.
    #[n(6)]
    pub issued_at: Option<String>,
    /// What the source remarks on this document.
    #[n(7)]
    pub note: Option<String>,
}

/// Is a number that another system gives the person.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Reference {
    /// The system: `UN`, `UN-DATAID`.
    #[n(0)]
    pub scheme: String,
    /// Its number.
    #[n(1)]
    pub number: String,
}

impl Person {
    /// Checks a person entered on `today` and names every fault.
    pub fn check(&self, today: Day, faults: &mut Faults) {
        self.check_mandatory(faults);
        self.check_counts(faults);
        self.check_names(faults);
        for (i, birth) in self.births.iter().enumerate().take(caps::BIRTHS) {
            faults.require(birth.earliest() <= today, format!("births[{i}]"), FaultCode::InFuture);
        }
        faults.require(listed(self.sex), "sex", FaultCode::UnknownCode);
        self.check_codes(faults);
        self.check_documents(today, faults);
        for (field, places) in [("birth_places", &self.birth_places), ("addresses", &self.addresses)] {
            for (i, place) in places.iter().enumerate().take(caps::PLACES) {
                place.check(&format!("{field}[{i}]"), faults);
            }
        }
        self.check_texts(faults);
    }

    fn check_mandatory(&self, faults: &mut Faults) {
        faults.require(!self.names.is_empty(), "names", FaultCode::Missing);
        faults.require(!self.statuses.is_empty(), "statuses", FaultCode::Missing);
        let needs_offence = self.statuses.iter().any(|status| {
            matches!(status, PersonStatus::Wanted | PersonStatus::Suspect | PersonStatus::Convicted)
        });
        faults.require(!needs_offence || !self.offences.is_empty(), "offences", FaultCode::Missing);
        let dead_and_missing =
            self.statuses.contains(&PersonStatus::Dead) && self.statuses.contains(&PersonStatus::Missing);
        faults.require(!dead_and_missing, "statuses", FaultCode::Contradiction);
    }

    fn check_counts(&self, faults: &mut Faults) {
        faults.count("names", self.names.len(), caps::NAMES);
        faults.count("births", self.births.len(), caps::BIRTHS);
        faults.count("birth_places", self.birth_places.len(), caps::PLACES);
        faults.count("addresses", self.addresses.len(), caps::PLACES);
        faults.count("nationalities", self.nationalities.len(), caps::NATIONALITIES);
        faults.count("documents", self.documents.len(), caps::DOCUMENTS);
        faults.count("statuses", self.statuses.len(), caps::CODES);
        faults.count("offences", self.offences.len(), caps::CODES);
        faults.count("warnings", self.warnings.len(), caps::CODES);
        faults.count("references", self.references.len(), caps::REFERENCES);
        faults.count("amended_on", self.amended_on.len(), caps::TEXTS);
    }

    fn check_names(&self, faults: &mut Faults) {
        for (i, name) in self.names.iter().enumerate().take(caps::NAMES) {
            let place = format!("names[{i}]");
            faults.text(format!("{place}.text"), &name.text, NAME_CAP);
            let has_letter = name.text.chars().any(char::is_alphabetic);
            faults.require(has_letter, format!("{place}.text"), FaultCode::NotAName);
            faults.require(listed(name.kind), format!("{place}.kind"), FaultCode::UnknownCode);
            let script_shape = name.script.len() == 4 && name.script.bytes().all(|b| b.is_ascii_alphabetic());
            faults.require(script_shape, format!("{place}.script"), FaultCode::UnknownCode);
            let language_shape = name.language.as_deref().is_none_or(is_language_tag);
            faults.require(language_shape, format!("{place}.language"), FaultCode::UnknownCode);
            faults.count(format!("{place}.parts"), name.parts.len(), caps::NAME_PARTS);
            for (k, part) in name.parts.iter().enumerate().take(caps::NAME_PARTS) {
                faults.text(format!("{place}.parts[{k}]"), part, NAME_CAP);
            }
            check_optional(&name.note, &format!("{place}.note"), faults);
            let repeated = self.names[..i].iter().any(|other| other == name);
            faults.require(!repeated, place, FaultCode::Duplicate);
        }
    }

    fn check_codes(&self, faults: &mut Faults) {
        for (i, status) in self.statuses.iter().enumerate().take(caps::CODES) {
            faults.require(listed(*status), format!("statuses[{i}]"), FaultCode::UnknownCode);
        }
        for (i, offence) in self.offences.iter().enumerate().take(caps::CODES) {
            faults.require(listed(*offence), format!("offences[{i}]"), FaultCode::UnknownCode);
        }
        for (i, warning) in self.warnings.iter().enumerate().take(caps::CODES) {
            faults.require(listed(*warning), format!("warnings[{i}]"), FaultCode::UnknownCode);
        }
    }

    fn check_documents(&self, today: Day, faults: &mut Faults) {
        for (i, document) in self.documents.iter().enumerate().take(caps::DOCUMENTS) {
            let place = format!("documents[{i}]");
            faults.require(listed(document.document_type), format!("{place}.type"), FaultCode::UnknownCode);
            check_optional(&document.number, &format!("{place}.number"), faults);
            check_optional(&document.type_text, &format!("{place}.type_text"), faults);
            check_optional(&document.issued_at, &format!("{place}.issued_at"), faults);
            check_optional(&document.note, &format!("{place}.note"), faults);
            let issued_later = document.issued_on.is_some_and(|issued| issued.earliest() > today);
            faults.require(!issued_later, format!("{place}.issued_on"), FaultCode::InFuture);
        }
    }

    fn check_texts(&self, faults: &mut Faults) {
        let lists = [
            ("functions", &self.functions, SHORT_CAP),
            ("descriptions", &self.descriptions, LONG_CAP),
            ("remarks", &self.remarks, LONG_CAP),
        ];
        for (field, texts, cap) in lists {
            faults.count(field, texts.len(), caps::TEXTS);
            for (i, text) in texts.iter().enumerate().take(caps::TEXTS) {
                faults.text(format!("{field}[{i}]"), &text.text, cap);
                faults.require(
                    is_language_tag(&text.language),
                    format!("{field}[{i}].language"),
                    FaultCode::UnknownCode,
                );
            }
        }
        for (i, reference) in self.references.iter().enumerate().take(caps::REFERENCES) {
            faults.text(format!("references[{i}].scheme"), &reference.scheme, 60);
            faults.text(format!("references[{i}].number"), &reference.number, 100);
        }
    }
}

impl Place {
    fn check(&self, place: &str, faults: &mut Faults) {
        let fields = [
            ("country_text", &self.country_text),
            ("region", &self.region),
            ("city", &self.city),
            ("street", &self.street),
            ("postal_code", &self.postal_code),
            ("note", &self.note),
        ];
        for (field, text) in fields {
            check_optional(text, &format!("{place}.{field}"), faults);
        }
        faults.require(*self != Place::default(), place, FaultCode::Missing);
    }
}

fn check_optional(text: &Option<String>, place: &str, faults: &mut Faults) {
    if let Some(text) = text {
        faults.text(place, text, SHORT_CAP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PersonName {
        PersonName {
            text: text.into(),
            kind: NameKind::Primary,
            strength: None,
            script: "Zyyy".into(),
            language: None,
            parts: vec![],
            note: None,
        }
    }

    fn person() -> Person {
        Person {
            names: vec![name("Валерий Калачев")],
            sex: Sex::Male,
            births: vec!["1971".parse().unwrap()],
            birth_places: vec![],
            nationalities: vec![],
            statuses: vec![PersonStatus::Wanted],
            minor: false,
            offences: vec![Offence::Fraud],
            warnings: vec![],
            documents: vec![],
            addresses: vec![],
            functions: vec![],
            descriptions: vec![],
            remarks: vec![],
            references: vec![],
            listed_on: None,
            amended_on: vec![],
        }
    }

    fn faults_of(person: &Person) -> Vec<String> {
        let mut faults = Faults::default();
        person.check("2026-11-23".parse().unwrap(), &mut faults);
        faults.into_result().err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_record_has_no_faults() {
        assert_eq!(faults_of(&person()), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_named_not_only_the_first() {
        let mut bad = person();
        bad.names = vec![name("12345"), name("বালেরি\u{202e}"), name("12345")];
        bad.births = vec!["2031-01-01".parse().unwrap()];
        bad.offences = vec![];
        bad.statuses = vec![PersonStatus::Wanted, PersonStatus::Unlisted(77)];
        assert_eq!(
            faults_of(&bad),
            [
                "offences: missing",
                "names[0].text: not-a-name",
                "names[1].text: not-clean",
                "names[2].text: not-a-name",
                "names[2]: duplicate",
                "births[0]: in-future",
                "statuses[1]: unknown-code",
            ]
        );
    }

    #[test]
    fn ten_thousand_aliases_are_one_fault() {
        let mut bad = person();
        bad.names = (0..10_000).map(|i| name(&format!("Алиас {i}"))).collect();
        assert_eq!(faults_of(&bad), ["names: too-many"]);
        bad.names.truncate(caps::NAMES);
        assert_eq!(faults_of(&bad), Vec::<String>::new());
        bad.names.push(name("Ещё"));
        assert_eq!(faults_of(&bad), ["names: too-many"]);
    }

    #[test]
    fn bytes_read_back_to_the_same_record() {
        let bytes = minicbor::to_vec(person()).unwrap();
        assert_eq!(minicbor::decode::<Person>(&bytes).unwrap(), person());
    }
}
