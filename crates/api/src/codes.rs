//! Codes of the domain's closed lists, and of countries, as strings whose schema names every one.

use std::borrow::Cow;
use std::marker::PhantomData;

use barid_domain::calendars::Calendar;
use barid_domain::codes::{self, CodeList};
use barid_domain::countries::{CountryCode, EXERCISE, ICAO_SPECIAL, ISO_3166};
use barid_domain::faults::{FaultCode, Faults};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Is a code as it stands in JSON: its name. An empty one stands for a code that was not given.
#[derive(PartialEq, Eq, Debug)]
pub struct Code<T> {
    name: String,
    list: PhantomData<fn() -> T>,
}

/// Why a record is held, why an act is done.
pub type PurposeCode = Code<codes::Purpose>;
/// The database of a record.
pub type DatabaseCode = Code<codes::Database>;
/// What a name is.
pub type NameKindCode = Code<codes::NameKind>;
/// How much an alias is worth.
pub type AliasStrengthCode = Code<codes::AliasStrength>;
/// A person's sex (ISO/IEC 5218).
pub type SexCode = Code<codes::Sex>;
/// What is stated of a person.
pub type PersonStatusCode = Code<codes::PersonStatus>;
/// An offence.
pub type OffenceCode = Code<codes::Offence>;
/// A warning.
pub type WarningCode = Code<codes::Warning>;
/// The type of a document.
pub type DocumentTypeCode = Code<codes::DocumentType>;
/// What befell a document.
pub type FraudTypeCode = Code<codes::FraudType>;
/// Why a document was invalidated or revoked.
pub type RevocationReasonCode = Code<codes::RevocationReason>;
/// What befell an object.
pub type ObjectStatusCode = Code<barid_domain::objects::codes::ObjectStatus>;
/// What is stated of a group.
pub type GroupStatusCode = Code<barid_domain::objects::codes::GroupStatus>;
/// What a number tells apart.
pub type ImageKindCode = Code<barid_domain::images::ImageKind>;
/// A code of how a picture is written.
pub type ImageFormatCode = Code<barid_domain::images::ImageFormat>;
/// A code of identifier kinds.
pub type IdentifierKindCode = Code<codes::IdentifierKind>;
/// What a link says of its two records.
pub type LinkKindCode = Code<barid_domain::links::LinkKind>;
/// A handling code.
pub type HandlingCode = Code<codes::Handling>;
/// A classification.
pub type ClassificationCode = Code<codes::Classification>;
/// The grade of a source.
pub type SourceGradeCode = Code<codes::SourceGrade>;
/// The grade of a piece of information.
pub type InformationGradeCode = Code<codes::InformationGrade>;
/// Why a record is withdrawn.
pub type WithdrawalReasonCode = Code<codes::WithdrawalReason>;
/// The kind of an organisation.
pub type OrganisationKindCode = Code<codes::OrganisationKind>;
/// The standing of an organisation.
pub type StandingCode = Code<barid_domain::registry::Standing>;

impl<T: CodeList> Code<T> {
    /// Reads the code, noting a fault at `place` when it is none of this version's list.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<T> {
        let code = T::from_name(&self.name);
        if code.is_none() {
            let fault = if self.name.is_empty() { FaultCode::Missing } else { FaultCode::UnknownCode };
            faults.add(place, fault);
        }
        code
    }
}

impl<T> Code<T> {
    /// Takes a text for the name of a code; reading it says whether it is one.
    pub fn named(name: String) -> Self {
        Self { name, list: PhantomData }
    }
    /// Shows the name.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl<T: CodeList + std::fmt::Display> From<T> for Code<T> {
    fn from(code: T) -> Self {
        Self { name: code.to_string(), list: PhantomData }
    }
}

// Derives would ask `T` for what only the name needs.
impl<T> Clone for Code<T> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), list: PhantomData }
    }
}
impl<T> Default for Code<T> {
    fn default() -> Self {
        Self { name: String::new(), list: PhantomData }
    }
}
impl<T> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}
impl<'de, T> Deserialize<'de> for Code<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { name: String::deserialize(deserializer)?, list: PhantomData })
    }
}

impl<T: CodeList> PartialSchema for Code<T> {
    fn schema() -> RefOr<Schema> {
        enumeration(T::LISTED.iter().map(|(_, name)| *name), &format!("A code of the list `{}`.", T::LIST))
    }
}
impl<T: CodeList> ToSchema for Code<T> {
    /// `name-kind` becomes `NameKind`.
    fn name() -> Cow<'static, str> {
        let word = |word: &str| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        };
        T::LIST.split('-').map(word).collect::<String>().into()
    }
}

/// Is a calendar as it stands in JSON: its name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CalendarCode(pub String);

impl From<Calendar> for CalendarCode {
    fn from(calendar: Calendar) -> Self {
        Self(calendar.name().to_owned())
    }
}

impl PartialSchema for CalendarCode {
    fn schema() -> RefOr<Schema> {
        enumeration(
            Calendar::LISTED.iter().map(|(_, name)| *name),
            "A calendar that dates of birth are written in.",
        )
    }
}
impl ToSchema for CalendarCode {}

/// Is a country as it stands in JSON: three letters (ISO 3166-1 alpha-3, or a special code of ICAO Doc 9303-3).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(pub String);

impl Country {
    /// Reads the code, noting a fault at `place` when it is none. Only the three-letter writing is one.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<CountryCode> {
        let code = CountryCode::new(&self.0).ok().filter(|code| code.as_str() == self.0);
        faults.require(code.is_some(), place, FaultCode::UnknownCode);
        code
    }
}

impl From<CountryCode> for Country {
    fn from(code: CountryCode) -> Self {
        Self(code.to_string())
    }
}
impl PartialSchema for Country {
    fn schema() -> RefOr<Schema> {
        let iso = EXERCISE.iter().chain(ISO_3166).map(|(alpha_3, _)| *alpha_3);
        let mut all: Vec<&str> = iso.chain(ICAO_SPECIAL.iter().copied()).collect();
        all.sort_unstable();
        let says = "A state, or what stands in its place on a document: ISO 3166-1 alpha-3, the special codes of ICAO \
                    Doc 9303-3, and the exercise states XAX, XBX, XCX.";
        enumeration(all.into_iter(), says)
    }
}
impl ToSchema for Country {}

fn enumeration<'a>(names: impl Iterator<Item = &'a str>, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .enum_values(Some(names))
        .description(Some(description))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use barid_domain::codes::Purpose;

    #[test]
    fn a_code_reads_back_and_what_is_none_is_named() {
        let mut faults = Faults::default();
        assert_eq!(
            PurposeCode::from(Purpose::Sanctions).read("purpose", &mut faults),
            Some(Purpose::Sanctions)
        );
        let unknown: PurposeCode = serde_json::from_str("\"арест\"").unwrap();
        assert_eq!(unknown.read("purpose", &mut faults), None);
        assert_eq!(PurposeCode::default().read("terms.purpose", &mut faults), None);
        assert_eq!(Country("kaz".into()).read("nationality", &mut faults), None);
        assert_eq!(Country("D".into()).read("nationality", &mut faults), None);
        let named: Vec<String> = faults.into_result().unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            named,
            [
                "purpose: unknown-code",
                "terms.purpose: missing",
                "nationality: unknown-code",
                "nationality: unknown-code"
            ]
        );
    }

    #[test]
    fn schemas_are_called_after_their_list() {
        assert_eq!(NameKindCode::name(), "NameKind");
        assert_eq!(PurposeCode::name(), "Purpose");
    }
}
