//! The writer: from fields to the lines of a zone, check digits included.
//!
//! Made for exercise data and for tests of the reader; issuing documents is not
//! what Barid does.

use barid_domain::check_digits::icao_check_digit;
use barid_domain::codes::Sex;

use super::names::{CyrillicLanguage, TransliterationError, transliterate};
use super::{MrzDate, MrzFormat, PartialDate};

/// What a zone is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MrzFields {
    /// One or two letters, `P`, `ID`, `V` ...
    pub document_code: String,
    /// One to three letters.
    pub issuing_code: String,
    /// The primary identifier in any Latin or Cyrillic spelling.
    pub surname: String,
    /// The secondary identifier; may be empty.
    pub given_names: String,
    /// Letters and digits; over nine only on TD1 and TD2.
    pub document_number: String,
    /// One to three letters.
    pub nationality: String,
    /// The date of birth.
    pub birth_date: MrzDate,
    /// The sex.
    pub sex: Sex,
    /// The date of expiry.
    pub expiry_date: MrzDate,
    /// Letters, digits and inner fillers.
    pub optional_data: String,
    /// The second element, for TD1 alone.
    pub second_optional_data: String,
    /// The column used for Cyrillic names.
    pub cyrillic_language: CyrillicLanguage,
}

/// A reason why fields fit no zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MrzWriteError {
    /// A letter of a name has no rendering.
    #[error("{field}: {source}")]
    Name {
        /// `surname` or `given_names`.
        field: &'static str,
        /// Where.
        source: TransliterationError,
    },
    /// A field is longer than its place, the overflow included.
    #[error("{field} does not fit its {width} characters")]
    TooLong {
        /// Name of the field.
        field: &'static str,
        /// Characters there are.
        width: usize,
    },
    /// A field that may not be empty is.
    #[error("{field} is empty")]
    Empty {
        /// Name of the field.
        field: &'static str,
    },
    /// A field holds something other than capital letters and digits.
    #[error("{field} holds a character a zone cannot show")]
    Character {
        /// Name of the field.
        field: &'static str,
    },
}

/// Writes the lines of a zone, separated by `\n`.
///
/// Names too long for their field are cut so that at least one letter of the
/// given names stays (Doc 9303-3, 4.6).
pub fn write(format: MrzFormat, fields: &MrzFields) -> Result<String, MrzWriteError> {
    let (_, width) = format.shape();
    let code = padded("document_code", &fields.document_code, 2)?;
    let issuing = padded("issuing_code", &fields.issuing_code, 3)?;
    let nationality = padded("nationality", &fields.nationality, 3)?;
    if fields.document_number.is_empty() {
        return Err(MrzWriteError::Empty { field: "document_number" });
    }
    let birth = with_digit(&date_text("birth_date", fields.birth_date)?);
    let expiry = with_digit(&date_text("expiry_date", fields.expiry_date)?);
    let sex = sex_text(fields.sex);
    match format {
        MrzFormat::Td1 => {
            let (number, optional) = number_and_optional(fields, 15)?;
            let second = padded("second_optional_data", &fields.second_optional_data, 11)?;
            let composite = digit(&format!("{number}{optional}{birth}{expiry}{second}"));
            let name = name_text(fields, 30)?;
            Ok(format!(
                "{code}{issuing}{number}{optional}\n{birth}{sex}{expiry}{nationality}{second}{composite}\n{name}"
            ))
        }
        MrzFormat::Td2 => {
            let (number, optional) = number_and_optional(fields, 7)?;
            let composite = digit(&format!("{number}{birth}{expiry}{optional}"));
            let name = name_text(fields, width - 5)?;
            Ok(format!(
                "{code}{issuing}{name}\n{number}{nationality}{birth}{sex}{expiry}{optional}{composite}"
            ))
        }
        MrzFormat::Td3 => {
            let number = with_digit(&padded("document_number", &fields.document_number, 9)?);
            let optional = with_digit(&padded("optional_data", &fields.optional_data, 14)?);
            let composite = digit(&format!("{number}{birth}{expiry}{optional}"));
            let name = name_text(fields, width - 5)?;
            Ok(format!(
                "{code}{issuing}{name}\n{number}{nationality}{birth}{sex}{expiry}{optional}{composite}"
            ))
        }
        MrzFormat::MrvA | MrzFormat::MrvB => {
            let number = with_digit(&padded("document_number", &fields.document_number, 9)?);
            let optional = padded("optional_data", &fields.optional_data, width - 28)?;
            let name = name_text(fields, width - 5)?;
            Ok(format!("{code}{issuing}{name}\n{number}{nationality}{birth}{sex}{expiry}{optional}"))
        }
    }
}

/// The number with its digit, and the optional data behind what overflows.
fn number_and_optional(fields: &MrzFields, width: usize) -> Result<(String, String), MrzWriteError> {
    let number = &fields.document_number;
    if number.len() <= 9 {
        let number = with_digit(&padded("document_number", number, 9)?);
        return Ok((number, padded("optional_data", &fields.optional_data, width)?));
    }
    let field = "document_number";
    if !number.bytes().all(is_letter_or_digit) {
        return Err(MrzWriteError::Character { field });
    }
    let (principal, rest) = number.split_at(9);
    // The digit and the filler behind it need room as well.
    if rest.len() + 2 > width {
        return Err(MrzWriteError::TooLong { field, width: 9 + width - 2 });
    }
    let overflow = format!("{rest}{}<{}", digit(number), fields.optional_data);
    Ok((format!("{principal}<"), padded("optional_data", &overflow, width)?))
}

fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn padded(field: &'static str, text: &str, width: usize) -> Result<String, MrzWriteError> {
    if !text.bytes().all(|byte| is_letter_or_digit(byte) || byte == b'<') {
        return Err(MrzWriteError::Character { field });
    }
    if text.len() > width {
        return Err(MrzWriteError::TooLong { field, width });
    }
    Ok(format!("{text:<<width$}"))
}

fn name_text(fields: &MrzFields, width: usize) -> Result<String, MrzWriteError> {
    let part = |field, text: &str| {
        transliterate(text, fields.cyrillic_language)
            .map(|name| name.replace(' ', "<"))
            .map_err(|source| MrzWriteError::Name { field, source })
    };
    let mut surname = part("surname", &fields.surname)?;
    let given = part("given_names", &fields.given_names)?;
    if surname.is_empty() {
        return Err(MrzWriteError::Empty { field: "surname" });
    }
    if given.is_empty() {
        surname.truncate(width);
        return Ok(format!("{surname:<<width$}"));
    }
    // Two fillers and one letter of the given names must find room.
    surname.truncate(width - 3);
    let surname = surname.trim_end_matches('<');
    let mut name = format!("{surname}<<{given}");
    name.truncate(width);
    Ok(format!("{name:<<width$}"))
}

fn date_text(field: &'static str, date: MrzDate) -> Result<String, MrzWriteError> {
    let two = |part: Option<i32>| part.map_or("<<".to_owned(), |part| format!("{:02}", part.rem_euclid(100)));
    let known = match date {
        MrzDate::Full(day) => {
            let (year, month, day) = day.parts();
            PartialDate { year: Some(year), month: Some(month), day: Some(day) }
        }
        MrzDate::Partial(known) => known,
        MrzDate::Unknown => PartialDate { year: None, month: None, day: None },
        MrzDate::Impossible(printed) => return padded(field, &String::from_utf8_lossy(&printed), 6),
    };
    // Months and days are below 100.
    let small = |part: Option<u32>| two(part.map(|part| (part % 100) as i32));
    Ok([two(known.year), small(known.month), small(known.day)].concat())
}

fn sex_text(sex: Sex) -> char {
    match sex {
        Sex::Male => 'M',
        Sex::Female => 'F',
        Sex::NotKnown | Sex::NotApplicable | Sex::Unlisted(_) => '<',
    }
}

fn with_digit(field: &str) -> String {
    format!("{field}{}", digit(field))
}

/// Every field was checked before, so the digit exists; `Impossible` dates come from a reader.
fn digit(field: &str) -> u8 {
    icao_check_digit(field.as_bytes()).unwrap_or(0)
}
