//! Machine readable zones of travel documents (ICAO Doc 9303, parts 3 to 7).
//!
//! In scope: TD1, TD2, TD3, MRV-A and MRV-B as a scanner or a paste gives them;
//! every check digit with its own result; partial dates; long document numbers;
//! the legal Latin renderings of national letters, and a key that folds them.
//! Out of scope: repair of misread characters, national layouts that only look
//! like a Doc 9303 zone, and what a wrong digit should lead to: the caller decides.

use barid_domain::codes::Sex;

mod codes;
mod dates;
mod names;
mod read;
mod write;

pub use codes::{StateCode, StateCodeKind};
pub use dates::{MrzDate, PartialDate};
pub use names::{
    CyrillicLanguage, RENDERINGS_CAP, TransliterationError, fold, folded_keys, renderings, transliterate,
};
pub use read::parse;
pub use write::{MrzFields, MrzWriteError, write};

/// Longest input, in bytes, that [`parse`] looks at; anything longer is refused.
///
/// The longest zone has 90 characters; the rest is room for line breaks and spaces.
pub const INPUT_CAP_BYTES: usize = 512;

/// The five layouts of Doc 9303.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MrzFormat {
    /// Card, three lines of 30 (part 5).
    Td1,
    /// Card, two lines of 36 (part 6).
    Td2,
    /// Passport book, two lines of 44 (part 4).
    Td3,
    /// Full-page visa, two lines of 44 (part 7).
    MrvA,
    /// Small visa, two lines of 36 (part 7).
    MrvB,
}

impl MrzFormat {
    /// Every layout, in the order of the parts of Doc 9303 that describe them.
    pub const ALL: [MrzFormat; 5] =
        [MrzFormat::Td1, MrzFormat::Td2, MrzFormat::Td3, MrzFormat::MrvA, MrzFormat::MrvB];

    /// Gives the number of lines and the characters in each.
    pub fn shape(self) -> (usize, usize) {
        match self {
            MrzFormat::Td1 => (3, 30),
            MrzFormat::Td2 | MrzFormat::MrvB => (2, 36),
            MrzFormat::Td3 | MrzFormat::MrvA => (2, 44),
        }
    }

    /// Gives the name used in messages and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            MrzFormat::Td1 => "TD1",
            MrzFormat::Td2 => "TD2",
            MrzFormat::Td3 => "TD3",
            MrzFormat::MrvA => "MRV-A",
            MrzFormat::MrvB => "MRV-B",
        }
    }
}

/// What a check digit said about the characters it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// The printed digit is the computed one.
    Right,
    /// The printed character is not the computed digit: a misread, a misprint or a forgery.
    Wrong {
        /// The character printed in the place of the digit.
        printed: char,
        /// The digit that belongs there, 0 to 9.
        computed: u8,
    },
    /// The layout has no such digit.
    NotPrinted,
}

/// The result of each check digit of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MrzChecks {
    /// Over the whole document number, its overflow included.
    pub document_number: CheckResult,
    /// Over the date of birth.
    pub birth_date: CheckResult,
    /// Over the date of expiry.
    pub expiry_date: CheckResult,
    /// Over the optional data of a TD3 (its "personal number"); a filler may stand for zero there.
    pub optional_data: CheckResult,
    /// Over the numbers of the zone together; visas have none. No digit covers the names.
    pub composite: CheckResult,
}

impl MrzChecks {
    /// Says whether no printed digit is wrong.
    pub fn all_right(&self) -> bool {
        self.named().iter().all(|(_, result)| !matches!(result, CheckResult::Wrong { .. }))
    }

    /// Lists the results with the name of the field each covers.
    pub fn named(&self) -> [(&'static str, CheckResult); 5] {
        [
            ("document_number", self.document_number),
            ("birth_date", self.birth_date),
            ("expiry_date", self.expiry_date),
            ("optional_data", self.optional_data),
            ("composite", self.composite),
        ]
    }
}

/// Something readable that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MrzNote {
    /// The name field is full to its last position: names may be cut (Doc 9303-3, 4.6).
    NameMayBeTruncated,
    /// The name field holds a digit, which the standard forbids: probably a misread letter.
    DigitInName,
    /// The issuing code is in no list.
    UnknownIssuingCode,
    /// The nationality is in no list.
    UnknownNationality,
    /// The code `UTO` or another one kept for specimens: not a real document.
    Specimen,
    /// The six digits of the date of birth name no day.
    ImpossibleBirthDate,
    /// The six digits of the date of expiry name no day.
    ImpossibleExpiryDate,
    /// The sex is given by a character the standard does not know.
    UnknownSexCharacter,
}

impl MrzNote {
    /// Gives the stable code of the note.
    pub fn code(self) -> &'static str {
        match self {
            MrzNote::NameMayBeTruncated => "name-may-be-truncated",
            MrzNote::DigitInName => "digit-in-name",
            MrzNote::UnknownIssuingCode => "unknown-issuing-code",
            MrzNote::UnknownNationality => "unknown-nationality",
            MrzNote::Specimen => "specimen",
            MrzNote::ImpossibleBirthDate => "impossible-birth-date",
            MrzNote::ImpossibleExpiryDate => "impossible-expiry-date",
            MrzNote::UnknownSexCharacter => "unknown-sex-character",
        }
    }
}

/// A zone, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mrz {
    /// The layout recognised.
    pub format: MrzFormat,
    /// One or two letters: `P`, `PD`, `I`, `ID`, `AC`, `V` ... without fillers.
    pub document_code: String,
    /// The state or organisation that issued the document.
    pub issuing_code: StateCode,
    /// The primary identifier in the letters of the zone, parts separated by one space.
    pub surname: String,
    /// The secondary identifier, written alike; empty where the zone has none.
    pub given_names: String,
    /// The whole document number without fillers, overflow included.
    pub document_number: String,
    /// The nationality, or the reason why there is none (`XXA` stateless ...).
    pub nationality: StateCode,
    /// The date of birth, never after the reference date.
    pub birth_date: MrzDate,
    /// The sex stated; `<` and the `X` some issuers print are "not known".
    pub sex: Sex,
    /// The date of expiry, within fifty years of the reference date.
    pub expiry_date: MrzDate,
    /// Optional data without trailing fillers and without an overflowed document number.
    pub optional_data: Option<String>,
    /// The second optional data element, which only a TD1 has.
    pub second_optional_data: Option<String>,
    /// What the check digits said.
    pub checks: MrzChecks,
    /// What a person should look at.
    pub notes: Vec<MrzNote>,
    /// The lines as read, upper case, nothing repaired.
    pub lines: Vec<String>,
}

impl Mrz {
    /// Says whether the zone carries the note.
    pub fn has_note(&self, note: MrzNote) -> bool {
        self.notes.contains(&note)
    }
}

/// A reason why a text is no machine readable zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MrzError {
    /// The input is over [`INPUT_CAP_BYTES`].
    #[error("the text has {bytes} bytes; a machine readable zone has at most {cap}", cap = INPUT_CAP_BYTES)]
    TooLong {
        /// Length of the input in bytes.
        bytes: usize,
    },
    /// The number of characters fits no layout.
    #[error("{characters} characters; a zone has 72, 88 or 90")]
    Length {
        /// Characters without spaces and line breaks.
        characters: usize,
    },
    /// The total fits, but the lines as given do not.
    #[error("line {line} has {characters} characters; a {format} has {expected}", format = format.as_str())]
    LineLength {
        /// The layout the total length and the first letter ask for.
        format: MrzFormat,
        /// Line, from 1.
        line: usize,
        /// Characters in it.
        characters: usize,
        /// Characters it should have.
        expected: usize,
    },
    /// A character outside `A` to `Z`, `0` to `9` and `<`.
    #[error("character {position} is not one of A-Z, 0-9 and <")]
    Character {
        /// Position from 1, spaces and line breaks not counted.
        position: usize,
    },
    /// The zone does not begin as any document of its length does.
    #[error("line 1, column 1: no document of this length begins with {letter}")]
    DocumentCode {
        /// The first character.
        letter: char,
    },
    /// A date holds a letter, or digits and fillers mixed within one part.
    #[error("line {line}, column {column}: {field} is not six digits or fillers")]
    Date {
        /// `birth_date` or `expiry_date`.
        field: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column of its first character, from 1.
        column: usize,
    },
    /// A field that must be filled has fillers only.
    #[error("line {line}, column {column}: {field} is empty")]
    EmptyField {
        /// Name of the field.
        field: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column of its first character, from 1.
        column: usize,
    },
    /// A code of a state holds a digit or a filler before a letter.
    #[error("line {line}, column {column}: {field} is not a code of one to three letters")]
    StateCode {
        /// `issuing_code` or `nationality`.
        field: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column of its first character, from 1.
        column: usize,
    },
}

impl MrzError {
    /// Gives the stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            MrzError::TooLong { .. } => "mrz-too-long",
            MrzError::Length { .. } => "mrz-length",
            MrzError::LineLength { .. } => "mrz-line-length",
            MrzError::Character { .. } => "mrz-character",
            MrzError::DocumentCode { .. } => "mrz-document-code",
            MrzError::Date { .. } => "mrz-date",
            MrzError::EmptyField { .. } => "mrz-empty-field",
            MrzError::StateCode { .. } => "mrz-state-code",
        }
    }
}
