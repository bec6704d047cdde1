//! The report of a reading: one row for each thing that was not taken as it came.

use std::fmt;

use barid_domain::faults::{Fault, FaultCode};

/// Where in a source something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Bytes before the item.
    pub byte_offset: u64,
    /// Line, from 1.
    pub line: u64,
}

/// What became of the thing a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consequence {
    /// Taken, cleaned or as it is; somebody should look.
    Kept,
    /// The field is left out, the rest of the item is taken.
    FieldLeftOut,
    /// The whole item is refused.
    ItemRefused,
}

impl Consequence {
    /// Gives the stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Consequence::Kept => "kept",
            Consequence::FieldLeftOut => "field-left-out",
            Consequence::ItemRefused => "item-refused",
        }
    }
}

/// What was found; the text forms are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportCode {
    /// The element or attribute is in no table of the reader.
    UnlistedPath,
    /// A field that must be there is not, or is empty.
    Missing,
    /// A date that no calendar has, or that is not written as a date.
    ImpossibleDate,
    /// A date after the day of the reading.
    FutureDate,
    /// The name of the country is in no table; its words are kept.
    UnknownCountry,
    /// A value outside its closed list; its words are kept where the record has room.
    UnknownValue,
    /// U+FFFD: the source itself lost a letter here.
    ReplacementCharacter,
    /// Controls of the writing direction were taken out.
    DirectionControlRemoved,
    /// A control character.
    ControlCharacter,
    /// Longer than the cap.
    TooLong,
    /// More items than the cap.
    TooMany,
    /// No letter where a name belongs.
    NotAName,
    /// The same identifier was there before, or a field that stands once says two things.
    Duplicate,
    /// A number is not a number.
    NotANumber,
    /// The columns of a row are not the columns of the table.
    WrongColumns,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Two fields contradict each other.
    Contradiction,
    /// Characters that do not belong in the field.
    BadCharacters,
    /// A quotation mark that is opened and not closed in its row.
    UnclosedQuote,
    /// A value that cannot be, such as a range that counts downwards.
    Impossible,
    /// A check digit is wrong.
    CheckDigit,
    /// The organisation that enters it is not entitled to.
    NotEntitled,
    /// The commission ordered that this person is not entered again.
    ReEntryBarred,
    /// It belongs to an item that is not in the list.
    NoSuchItem,
    /// Text that is not of the format.
    NotOfTheFormat,
    /// A number of more digits than a spreadsheet keeps, or written with an exponent.
    MangledNumber,
    /// A number where a text belongs: a spreadsheet keeps no zeros in front of it.
    NumberForText,
    /// A day with a time, where a day belongs.
    TimeOfDay,
    /// A date that is not Gregorian and does not name its calendar.
    AmbiguousDate,
    /// A formula whose value the workbook does not have.
    Formula,
    /// A cell that holds an error, or nothing that can be read.
    CellError,
    /// A row that the spreadsheet hides.
    HiddenRow,
}

impl ReportCode {
    /// Gives the stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            ReportCode::UnlistedPath => "unlisted-path",
            ReportCode::Missing => "missing",
            ReportCode::ImpossibleDate => "impossible-date",
            ReportCode::FutureDate => "future-date",
            ReportCode::UnknownCountry => "unknown-country",
            ReportCode::UnknownValue => "unknown-value",
            ReportCode::ReplacementCharacter => "replacement-character",
            ReportCode::DirectionControlRemoved => "direction-control-removed",
            ReportCode::ControlCharacter => "control-character",
            ReportCode::TooLong => "too-long",
            ReportCode::TooMany => "too-many",
            ReportCode::NotAName => "not-a-name",
            ReportCode::Duplicate => "duplicate",
            ReportCode::NotANumber => "not-a-number",
            ReportCode::WrongColumns => "wrong-columns",
            ReportCode::NotUtf8 => "not-utf-8",
            ReportCode::Contradiction => "contradiction",
            ReportCode::BadCharacters => "bad-characters",
            ReportCode::UnclosedQuote => "unclosed-quote",
            ReportCode::Impossible => "impossible",
            ReportCode::CheckDigit => "check-digit",
            ReportCode::NotEntitled => "not-entitled",
            ReportCode::ReEntryBarred => "re-entry-barred",
            ReportCode::NoSuchItem => "no-such-item",
            ReportCode::NotOfTheFormat => "not-of-the-format",
            ReportCode::MangledNumber => "mangled-number",
            ReportCode::NumberForText => "number-for-text",
            ReportCode::TimeOfDay => "time-of-day",
            ReportCode::AmbiguousDate => "ambiguous-date",
            ReportCode::Formula => "formula",
            ReportCode::CellError => "cell-error",
            ReportCode::HiddenRow => "hidden-row",
        }
    }

    /// Gives the reason in words; never the value, which may be personal data.
    pub fn reason(self) -> &'static str {
        match self {
            ReportCode::UnlistedPath => "the table of paths does not know this element or attribute",
            ReportCode::Missing => "mandatory and empty",
            ReportCode::ImpossibleDate => "not a day, month or year of the calendar",
            ReportCode::FutureDate => "after the day of the reading",
            ReportCode::UnknownCountry => "the words name no country of the table; kept as words",
            ReportCode::UnknownValue => "not a value of the closed list",
            ReportCode::ReplacementCharacter => "the source lost a letter here (U+FFFD)",
            ReportCode::DirectionControlRemoved => "controls of the writing direction were taken out",
            ReportCode::ControlCharacter => "holds a control character",
            ReportCode::TooLong => "longer than the cap",
            ReportCode::TooMany => "more than the cap",
            ReportCode::NotAName => "no letter where a name belongs",
            ReportCode::Duplicate => "read before: an identifier, or a field that stands once",
            ReportCode::NotANumber => "not a number of the expected form",
            ReportCode::WrongColumns => "the row does not have the columns of the table",
            ReportCode::NotUtf8 => "bytes that are not UTF-8",
            ReportCode::Contradiction => "contradicts another field of the row",
            ReportCode::BadCharacters => "characters that do not belong in the field",
            ReportCode::UnclosedQuote => "a quotation mark is opened and not closed in its row",
            ReportCode::Impossible => "a value that cannot be",
            ReportCode::CheckDigit => "the check digit is not the one that the number has",
            ReportCode::NotEntitled => "only the issuing country may enter it",
            ReportCode::ReEntryBarred => "the commission ordered that this person is not entered again",
            ReportCode::NoSuchItem => "belongs to an item that the list does not have",
            ReportCode::NotOfTheFormat => "not of the form that the format has",
            ReportCode::MangledNumber => "a spreadsheet has made a number of it and lost digits",
            ReportCode::NumberForText => {
                "kept as a number: zeros in front of it, if there were any, are lost"
            }
            ReportCode::TimeOfDay => "a time of day where a day belongs",
            ReportCode::AmbiguousDate => {
                "no whole Gregorian date: show day, month and year, or write the calendar's name behind it"
            }
            ReportCode::Formula => "a formula whose value the workbook does not have",
            ReportCode::CellError => "the cell holds an error or nothing that can be read",
            ReportCode::HiddenRow => "the spreadsheet hides this row; it is read like the others",
        }
    }
}

impl From<FaultCode> for ReportCode {
    fn from(code: FaultCode) -> ReportCode {
        match code {
            FaultCode::Missing => ReportCode::Missing,
            FaultCode::TooMany => ReportCode::TooMany,
            FaultCode::TooLong => ReportCode::TooLong,
            FaultCode::BadCharacters | FaultCode::NotClean => ReportCode::BadCharacters,
            // No reader names pictures, or reads passwords.
            FaultCode::UnknownCode
            | FaultCode::UnknownImage
            | FaultCode::TooShort
            | FaultCode::TooCommon
            | FaultCode::NotThisOne => ReportCode::UnknownValue,
            FaultCode::NotAName => ReportCode::NotAName,
            FaultCode::InFuture => ReportCode::FutureDate,
            FaultCode::Impossible => ReportCode::Impossible,
            FaultCode::Duplicate => ReportCode::Duplicate,
            FaultCode::Contradiction => ReportCode::Contradiction,
            FaultCode::CheckDigit => ReportCode::CheckDigit,
            FaultCode::NotEntitled => ReportCode::NotEntitled,
            FaultCode::ReEntryBarred => ReportCode::ReEntryBarred,
        }
    }
}

/// Makes report rows of the faults for which a record was refused by its own rules.
pub fn rows_of_faults(id: Option<&str>, place: Place, faults: &[Fault]) -> Vec<ReportRow> {
    let row = |fault: &Fault| ReportRow {
        id: id.map(str::to_owned),
        place,
        field: fault.place.clone(),
        code: fault.code.into(),
        consequence: Consequence::ItemRefused,
        cell: None,
    };
    faults.iter().map(row).collect()
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The source's identifier of the item, where it could be read.
    pub id: Option<String>,
    /// Where the item begins.
    pub place: Place,
    /// The path or column within the item.
    pub field: String,
    /// What was found.
    pub code: ReportCode,
    /// What became of it.
    pub consequence: Consequence,
    /// The cell of a workbook, or the row: `Sheet1!C17`, `Sheet1!17:17`.
    pub cell: Option<String>,
}

impl fmt::Display for ReportRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.as_deref().unwrap_or("-");
        match &self.cell {
            Some(cell) => write!(f, "{cell}")?,
            None => write!(f, "line {}", self.place.line)?,
        }
        let (code, reason) = (self.code.as_str(), self.code.reason());
        write!(f, ", item {id}, {}: {code} ({}): {reason}", self.field, self.consequence.as_str())
    }
}
