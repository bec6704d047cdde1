//! Screening: the rows of a list of people, each looked for as a search of its own looks for one person.
//!
//! In scope: what a row says, and how many rows are screened in one act. Out of scope: how a list is written
//! (`barid-formats`), and what a row finds: exactly what the same search finds.

use crate::codes::Sex;
use crate::countries::CountryCode;
use crate::dates::DateInterval;

/// The most rows of one act of screening.
pub const ROWS_CAP: usize = 200;

/// Is one row of a list: whom it names. A name or a document number is there; the rest narrows down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreeningRow {
    /// The name as the list writes it, in any script.
    pub name: Option<String>,
    /// The number of a document as the list writes it.
    pub document_number: Option<String>,
    /// The country that issued the document.
    pub issuing_country: Option<CountryCode>,
    /// The date of birth, as far as the list has it.
    pub birth: Option<DateInterval>,
    /// A nationality.
    pub nationality: Option<CountryCode>,
    /// A sex.
    pub sex: Option<Sex>,
}
