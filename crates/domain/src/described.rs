//! Whom an order of the commission describes who is not to be entered again: as the commission was told, by names with the
//! possible dates of birth, and by the numbers of documents.
//!
//! It stands in the sealed order and nowhere else. How it is compared with whoever is entered is the application's to do, with
//! the comparison of names that searches have.

use minicbor::{Decode, Encode};

use crate::countries::CountryCode;
use crate::dates::DateInterval;
use crate::faults::{FaultCode, Faults};
use crate::text::NAME_CAP;

/// The most names of one person.
pub const NAMES_CAP: usize = 20;
/// The most dates of birth.
pub const BIRTHS_CAP: usize = 10;
/// The most documents.
pub const DOCUMENTS_CAP: usize = 20;
/// The longest number, in characters.
pub const NUMBER_CAP: usize = 60;
/// The widest date of birth that tells anybody apart, in days: a year.
pub const WIDEST_BIRTH: i32 = 366;

/// Describes a person.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Described {
    /// The names, each whole.
    #[cbor(n(0), default, skip_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The possible dates of birth.
    #[cbor(n(1), default, skip_if = "Vec::is_empty")]
    pub births: Vec<DateInterval>,
    /// The documents.
    #[cbor(n(2), default, skip_if = "Vec::is_empty")]
    pub documents: Vec<DescribedDocument>,
}

/// Is a document by its number.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct DescribedDocument {
    /// The number as it was told.
    #[n(0)]
    pub number: String,
    /// The country that issued it.
    #[n(1)]
    pub issuing_country: Option<CountryCode>,
}

impl Described {
    /// Checks that it can tell a person from others: by a document, or by a name with a date of birth no wider than a year.
    pub fn check(&self, faults: &mut Faults) {
        faults.count("described.names", self.names.len(), NAMES_CAP);
        faults.count("described.births", self.births.len(), BIRTHS_CAP);
        faults.count("described.documents", self.documents.len(), DOCUMENTS_CAP);
        for (i, name) in self.names.iter().enumerate().take(NAMES_CAP) {
            let place = format!("described.names[{i}]");
            faults.text(place.as_str(), name, NAME_CAP);
            faults.require(name.chars().any(char::is_alphabetic), place, FaultCode::NotAName);
        }
        for (i, birth) in self.births.iter().enumerate().take(BIRTHS_CAP) {
            let width = birth.latest().days() - birth.earliest().days() + 1;
            faults.require(width <= WIDEST_BIRTH, format!("described.births[{i}]"), FaultCode::Impossible);
        }
        for (i, document) in self.documents.iter().enumerate().take(DOCUMENTS_CAP) {
            let place = format!("described.documents[{i}]");
            faults.text(place.as_str(), &document.number, NUMBER_CAP);
            faults.require(document.number.chars().any(char::is_numeric), place, FaultCode::BadCharacters);
        }
        let is_by_name = !self.names.is_empty() && !self.births.is_empty();
        faults.require(is_by_name || !self.documents.is_empty(), "described", FaultCode::Missing);
        faults.require(self.names.is_empty() != is_by_name, "described.births", FaultCode::Missing);
    }
}
