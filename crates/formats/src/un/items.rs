//! What the list says of an individual or an entity, in neutral types.

use barid_domain::codes::{DocumentType, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};

use crate::edition::Fingerprint;
use crate::report::{Place, ReportRow};

/// One individual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnIndividual {
    /// `DATAID`, decimal digits.
    pub data_id: String,
    /// Where the item begins.
    pub place: Place,
    /// SHA-256 over its content.
    pub fingerprint: Fingerprint,
    /// `VERSIONNUM`.
    pub version: Option<u32>,
    /// `REFERENCE_NUMBER`, such as `CDi.001`.
    pub reference_number: String,
    /// `UN_LIST_TYPE`: the regime, such as `Taliban`.
    pub regime: Option<String>,
    /// `LIST_TYPE/VALUE`.
    pub list_types: Vec<String>,
    /// `FIRST_NAME` to `FOURTH_NAME` in their order; none of them is said to be a surname.
    pub name_parts: Vec<String>,
    /// `NAME_ORIGINAL_SCRIPT`, split where it holds several.
    pub original_script_names: Vec<String>,
    /// `LISTED_ON`; a time zone behind it is left out.
    pub listed_on: Option<Day>,
    /// `LAST_DAY_UPDATED/VALUE`, in the order of the list.
    pub updated_on: Vec<Day>,
    /// `GENDER`.
    pub sex: Sex,
    /// `NATIONALITY/VALUE`.
    pub nationalities: Vec<UnCountry>,
    /// `DESIGNATION/VALUE`.
    pub designations: Vec<String>,
    /// `TITLE/VALUE`.
    pub titles: Vec<String>,
    /// `COMMENTS1`.
    pub comments: Option<String>,
    /// `INDIVIDUAL_ALIAS`, empty ones left out.
    pub aliases: Vec<UnAlias>,
    /// `INDIVIDUAL_ADDRESS`, empty ones left out.
    pub addresses: Vec<UnAddress>,
    /// `INDIVIDUAL_PLACE_OF_BIRTH`, empty ones left out.
    pub birth_places: Vec<UnAddress>,
    /// `INDIVIDUAL_DATE_OF_BIRTH`, empty ones left out.
    pub births: Vec<UnBirth>,
    /// `INDIVIDUAL_DOCUMENT`, empty ones left out.
    pub documents: Vec<UnDocument>,
    /// What was not taken as it came.
    pub report: Vec<ReportRow>,
}

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnEntity {
    /// `DATAID`, decimal digits.
    pub data_id: String,
    /// Where the item begins.
    pub place: Place,
    /// SHA-256 over its content.
    pub fingerprint: Fingerprint,
    /// `VERSIONNUM`.
    pub version: Option<u32>,
    /// `REFERENCE_NUMBER`, such as `QDe.004`.
    pub reference_number: String,
    /// `UN_LIST_TYPE`.
    pub regime: Option<String>,
    /// `LIST_TYPE/VALUE`.
    pub list_types: Vec<String>,
    /// `FIRST_NAME`: the whole name.
    pub name: String,
    /// `NAME_ORIGINAL_SCRIPT`, split where it holds several.
    pub original_script_names: Vec<String>,
    /// `LISTED_ON`.
    pub listed_on: Option<Day>,
    /// `LAST_DAY_UPDATED/VALUE`.
    pub updated_on: Vec<Day>,
    /// `COMMENTS1`.
    pub comments: Option<String>,
    /// `ENTITY_ALIAS`, empty ones left out.
    pub aliases: Vec<UnAlias>,
    /// `ENTITY_ADDRESS`, empty ones left out.
    pub addresses: Vec<UnAddress>,
    /// What was not taken as it came.
    pub report: Vec<ReportRow>,
}

/// A country as the list names it, with its code where the table knows the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnCountry {
    /// The words of the list.
    pub text: String,
    /// The code; `None` is not a guess but an unknown name.
    pub code: Option<CountryCode>,
}

/// How the list grades an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasQuality {
    /// `Good`.
    Good,
    /// `Low`.
    Low,
    /// `a.k.a.`, for organisations.
    AlsoKnownAs,
    /// `f.k.a.`, for organisations.
    FormerlyKnownAs,
    /// Empty.
    NotStated,
}

/// Another name, with what the list says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnAlias {
    /// `QUALITY`.
    pub quality: AliasQuality,
    /// `ALIAS_NAME`, whole.
    pub name: String,
    /// `NOTE`.
    pub note: Option<String>,
    /// `DATE_OF_BIRTH` that goes with this name.
    pub birth: Option<DateInterval>,
    /// `CITY_OF_BIRTH` that goes with this name.
    pub city_of_birth: Option<String>,
    /// `COUNTRY_OF_BIRTH` that goes with this name.
    pub country_of_birth: Option<UnCountry>,
}

/// An address or a place of birth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnAddress {
    /// `COUNTRY`.
    pub country: Option<UnCountry>,
    /// `STATE_PROVINCE`.
    pub region: Option<String>,
    /// `CITY`.
    pub city: Option<String>,
    /// `STREET`.
    pub street: Option<String>,
    /// `ZIP_CODE`.
    pub postal_code: Option<String>,
    /// `NOTE`.
    pub note: Option<String>,
}

/// How the list grades a date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateKind {
    /// `EXACT`: a day, or a year.
    Exact,
    /// `APPROXIMATELY`.
    Approximately,
    /// `BETWEEN`.
    Between,
    /// Empty.
    NotStated,
}

/// A possible date of birth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnBirth {
    /// `TYPE_OF_DATE`.
    pub kind: DateKind,
    /// From `DATE`, `YEAR`, `FROM_YEAR` and `TO_YEAR`, or a month named in the note; `None` where only words are left.
    pub interval: Option<DateInterval>,
    /// `NOTE`: the words, a date in another calendar among them.
    pub note: Option<String>,
}

/// An identity document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnDocument {
    /// The type from the closed list; `Other` where the words name none of it.
    pub document_type: DocumentType,
    /// `TYPE_OF_DOCUMENT`.
    pub type_text: Option<String>,
    /// `TYPE_OF_DOCUMENT2`.
    pub second_type_text: Option<String>,
    /// `NUMBER`, whole.
    pub number_text: Option<String>,
    /// The number without the words around it.
    pub number: Option<String>,
    /// `ISSUING_COUNTRY`.
    pub issuing_country: Option<UnCountry>,
    /// `COUNTRY_OF_ISSUE`: where, which is not by whom.
    pub country_of_issue: Option<UnCountry>,
    /// `CITY_OF_ISSUE`.
    pub city_of_issue: Option<String>,
    /// `DATE_OF_ISSUE`.
    pub issued_on: Option<Day>,
    /// `NOTE`.
    pub note: Option<String>,
}
