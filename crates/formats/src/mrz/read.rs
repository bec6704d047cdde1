//! The reader: from the text of a scan to a [`Mrz`].
//!
//! Positions follow Doc 9303 parts 4 to 7 and are written from 1, as there.

use barid_domain::check_digits::icao_check_digit;
use barid_domain::codes::Sex;
use barid_domain::dates::Day;

use super::dates::{DateRole, read_date};
use super::{CheckResult, INPUT_CAP_BYTES, Mrz, MrzChecks, MrzDate, MrzError, MrzFormat, MrzNote};
use super::{StateCode, StateCodeKind};

/// Reads a machine readable zone.
///
/// `text` may have line breaks, spaces and lower case letters anywhere; the
/// layout is recognised from the length and the first letter. `reference` is
/// the day on which the document is looked at: it decides the century of the
/// two-digit years. A wrong check digit, an impossible date and an unknown code
/// are reported in the result; what breaks the layout is an error.
pub fn parse(text: &str, reference: Day) -> Result<Mrz, MrzError> {
    if text.len() > INPUT_CAP_BYTES {
        return Err(MrzError::TooLong { bytes: text.len() });
    }
    let zone = fold_zone(text)?;
    let format = recognise(&zone)?;
    check_line_lengths(text, format)?;
    let (_, width) = format.shape();
    let lines: Vec<&[u8]> = zone.as_bytes().chunks(width).collect();
    read_fields(format, &lines, reference)
}

/// Removes white space, folds lower case and refuses every foreign character.
fn fold_zone(text: &str) -> Result<String, MrzError> {
    let mut zone = String::with_capacity(text.len());
    for character in text.chars().filter(|c| !c.is_whitespace()) {
        let folded = character.to_ascii_uppercase();
        if !matches!(folded, 'A'..='Z' | '0'..='9' | '<') {
            return Err(MrzError::Character { position: zone.len() + 1 });
        }
        zone.push(folded);
    }
    Ok(zone)
}

fn recognise(zone: &str) -> Result<MrzFormat, MrzError> {
    let letter = zone.chars().next().ok_or(MrzError::Length { characters: 0 })?;
    match (zone.len(), letter) {
        (90, 'A' | 'C' | 'I') => Ok(MrzFormat::Td1),
        // `P` for the passport cards and small passports some states issue in these sizes.
        (90, 'P') => Ok(MrzFormat::Td1),
        (72, 'A' | 'C' | 'I' | 'P') => Ok(MrzFormat::Td2),
        (72, 'V') => Ok(MrzFormat::MrvB),
        (88, 'P') => Ok(MrzFormat::Td3),
        (88, 'V') => Ok(MrzFormat::MrvA),
        (72 | 88 | 90, letter) => Err(MrzError::DocumentCode { letter }),
        (characters, _) => Err(MrzError::Length { characters }),
    }
}

/// Where the text has as many lines as the layout, each must have its length.
fn check_line_lengths(text: &str, format: MrzFormat) -> Result<(), MrzError> {
    let (count, expected) = format.shape();
    let lengths: Vec<usize> = text
        .split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .map(|line| line.chars().filter(|c| !c.is_whitespace()).count())
        .filter(|length| *length > 0)
        .collect();
    if lengths.len() != count {
        return Ok(());
    }
    match lengths.iter().position(|length| *length != expected) {
        Some(index) => {
            Err(MrzError::LineLength { format, line: index + 1, characters: lengths[index], expected })
        }
        None => Ok(()),
    }
}

/// A field by line and columns, both from 1, the last column included.
#[derive(Clone, Copy)]
struct Place {
    line: usize,
    first: usize,
    last: usize,
}

const fn at(line: usize, first: usize, last: usize) -> Place {
    Place { line, first, last }
}

/// Where a layout keeps its fields.
struct Layout {
    name: Place,
    number: Place,
    nationality: Place,
    birth: Place,
    sex: Place,
    expiry: Place,
    optional: Place,
    second_optional: Option<Place>,
    optional_check: Option<Place>,
    composite: Option<(Place, &'static [Place])>,
    /// Whether a number over nine characters goes on in the optional data.
    number_overflows: bool,
}

const TD1_COMPOSITE: &[Place] = &[at(1, 6, 30), at(2, 1, 7), at(2, 9, 15), at(2, 19, 29)];
const TD2_COMPOSITE: &[Place] = &[at(2, 1, 10), at(2, 14, 20), at(2, 22, 35)];
const TD3_COMPOSITE: &[Place] = &[at(2, 1, 10), at(2, 14, 20), at(2, 22, 43)];

fn layout(format: MrzFormat) -> Layout {
    // The second line of the two-line layouts is alike up to column 28.
    let two_lines = Layout {
        name: at(1, 6, format.shape().1),
        number: at(2, 1, 9),
        nationality: at(2, 11, 13),
        birth: at(2, 14, 19),
        sex: at(2, 21, 21),
        expiry: at(2, 22, 27),
        optional: at(2, 29, format.shape().1),
        second_optional: None,
        optional_check: None,
        composite: None,
        number_overflows: false,
    };
    match format {
        MrzFormat::Td1 => Layout {
            name: at(3, 1, 30),
            number: at(1, 6, 14),
            nationality: at(2, 16, 18),
            birth: at(2, 1, 6),
            sex: at(2, 8, 8),
            expiry: at(2, 9, 14),
            optional: at(1, 16, 30),
            second_optional: Some(at(2, 19, 29)),
            optional_check: None,
            composite: Some((at(2, 30, 30), TD1_COMPOSITE)),
            number_overflows: true,
        },
        MrzFormat::Td2 => Layout {
            optional: at(2, 29, 35),
            composite: Some((at(2, 36, 36), TD2_COMPOSITE)),
            number_overflows: true,
            ..two_lines
        },
        MrzFormat::Td3 => Layout {
            optional: at(2, 29, 42),
            optional_check: Some(at(2, 43, 43)),
            composite: Some((at(2, 44, 44), TD3_COMPOSITE)),
            ..two_lines
        },
        MrzFormat::MrvA | MrzFormat::MrvB => two_lines,
    }
}

/// The lines of a zone, already cut to the shape of its layout.
struct Zone<'z>(&'z [&'z [u8]]);

impl<'z> Zone<'z> {
    fn field(&self, place: Place) -> &'z [u8] {
        &self.0[place.line - 1][place.first - 1..place.last]
    }

    /// The character after a field, where the layouts keep its check digit.
    fn after(&self, place: Place) -> u8 {
        self.0[place.line - 1][place.last]
    }
}

fn read_fields(format: MrzFormat, lines: &[&[u8]], reference: Day) -> Result<Mrz, MrzError> {
    let zone = Zone(lines);
    let layout = layout(format);
    let document_code = text_without_fillers(zone.field(at(1, 1, 2)));
    let issuing_code = state_code(&zone, at(1, 3, 5), "issuing_code")?;
    let nationality = state_code(&zone, layout.nationality, "nationality")?;
    let name = zone.field(layout.name);
    let (surname, given_names) = split_name(name);
    if surname.is_empty() && given_names.is_empty() {
        return Err(empty("name", layout.name));
    }
    let number = read_number(&zone, &layout)?;
    let birth_date = date(&zone, layout.birth, "birth_date", DateRole::Birth, reference)?;
    let expiry_date = date(&zone, layout.expiry, "expiry_date", DateRole::Expiry, reference)?;
    let (sex, sex_known) = match zone.field(layout.sex)[0] {
        b'M' => (Sex::Male, true),
        b'F' => (Sex::Female, true),
        b'<' | b'X' => (Sex::NotKnown, true),
        _ => (Sex::NotKnown, false),
    };
    let notes = [
        (MrzNote::NameMayBeTruncated, name.last() != Some(&b'<')),
        (MrzNote::DigitInName, name.iter().any(u8::is_ascii_digit)),
        (MrzNote::UnknownIssuingCode, issuing_code.kind() == StateCodeKind::Unknown),
        (MrzNote::UnknownNationality, nationality.kind() == StateCodeKind::Unknown),
        (
            MrzNote::Specimen,
            issuing_code.kind() == StateCodeKind::Specimen || nationality.kind() == StateCodeKind::Specimen,
        ),
        (MrzNote::ImpossibleBirthDate, matches!(birth_date, MrzDate::Impossible(_))),
        (MrzNote::ImpossibleExpiryDate, matches!(expiry_date, MrzDate::Impossible(_))),
        (MrzNote::UnknownSexCharacter, !sex_known),
    ];
    Ok(Mrz {
        format,
        document_code,
        surname,
        given_names,
        checks: MrzChecks {
            document_number: number.check,
            birth_date: check(zone.field(layout.birth), zone.after(layout.birth)),
            expiry_date: check(zone.field(layout.expiry), zone.after(layout.expiry)),
            optional_data: optional_check(&zone, &layout),
            composite: composite_check(&zone, &layout),
        },
        document_number: number.text,
        birth_date,
        sex,
        expiry_date,
        optional_data: some_text(number.optional),
        second_optional_data: layout.second_optional.and_then(|place| some_text(zone.field(place))),
        issuing_code,
        nationality,
        notes: notes.into_iter().filter(|(_, holds)| *holds).map(|(note, _)| note).collect(),
        lines: lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect(),
    })
}

fn empty(field: &'static str, place: Place) -> MrzError {
    MrzError::EmptyField { field, line: place.line, column: place.first }
}

fn state_code(zone: &Zone<'_>, place: Place, field: &'static str) -> Result<StateCode, MrzError> {
    let text = String::from_utf8_lossy(zone.field(place));
    StateCode::new(text.trim_end_matches('<')).ok_or(MrzError::StateCode {
        field,
        line: place.line,
        column: place.first,
    })
}

fn date(
    zone: &Zone<'_>,
    place: Place,
    field: &'static str,
    role: DateRole,
    reference: Day,
) -> Result<MrzDate, MrzError> {
    let error = MrzError::Date { field, line: place.line, column: place.first };
    let characters: [u8; 6] = zone.field(place).try_into().map_err(|_| error.clone())?;
    read_date(characters, role, reference).ok_or(error)
}

/// Splits at the first `<<`; single fillers separate the parts within.
fn split_name(field: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(field);
    match text.split_once("<<") {
        Some((primary, secondary)) => (words(primary), words(secondary)),
        None => (words(&text), String::new()),
    }
}

fn words(field: &str) -> String {
    field.split('<').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

struct Number<'z> {
    text: String,
    check: CheckResult,
    optional: &'z [u8],
}

/// Reads the document number, following it into the optional data where it overflows.
///
/// A filler in the place of the check digit behind nine characters says so; the
/// rest of the number and then its digit stand in front of the optional data
/// (Doc 9303-5, 4.2.2 note j; Doc 9303-6, 4.2.2 note j).
fn read_number<'z>(zone: &Zone<'z>, layout: &Layout) -> Result<Number<'z>, MrzError> {
    let field = zone.field(layout.number);
    let printed = zone.after(layout.number);
    let optional = zone.field(layout.optional);
    if field.iter().all(|byte| *byte == b'<') {
        return Err(empty("document_number", layout.number));
    }
    let overflow = optional.iter().position(|byte| *byte == b'<').unwrap_or(optional.len());
    if layout.number_overflows && printed == b'<' && !field.contains(&b'<') && overflow >= 2 {
        let (rest, digit) = optional[..overflow].split_at(overflow - 1);
        let whole = [field, rest].concat();
        return Ok(Number {
            check: check(&whole, digit[0]),
            text: String::from_utf8_lossy(&whole).into_owned(),
            optional: optional.get(overflow + 1..).unwrap_or_default(),
        });
    }
    Ok(Number { text: text_without_fillers(field), check: check(field, printed), optional })
}

fn optional_check(zone: &Zone<'_>, layout: &Layout) -> CheckResult {
    let Some(place) = layout.optional_check else { return CheckResult::NotPrinted };
    let (field, printed) = (zone.field(layout.optional), zone.field(place)[0]);
    // The one field whose digit may be a filler when it is empty (Doc 9303-4, 4.2.2).
    if printed == b'<' && field.iter().all(|byte| *byte == b'<') {
        return CheckResult::Right;
    }
    check(field, printed)
}

fn composite_check(zone: &Zone<'_>, layout: &Layout) -> CheckResult {
    let Some((place, parts)) = layout.composite else { return CheckResult::NotPrinted };
    let covered: Vec<u8> = parts.iter().flat_map(|part| zone.field(*part)).copied().collect();
    check(&covered, zone.field(place)[0])
}

fn check(field: &[u8], printed: u8) -> CheckResult {
    // The zone holds no foreign byte any more, so the digit always exists.
    let computed = icao_check_digit(field).unwrap_or(0);
    if printed == b'0' + computed {
        CheckResult::Right
    } else {
        CheckResult::Wrong { printed: char::from(printed), computed }
    }
}

/// Removes fillers at the end; those inside a number are kept out as well, as
/// they stand for characters a zone cannot show (hyphens, spaces).
fn text_without_fillers(field: &[u8]) -> String {
    field.iter().filter(|byte| **byte != b'<').map(|byte| char::from(*byte)).collect()
}

/// Optional data keep their inner fillers: only the issuer knows what they mean.
fn some_text(field: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(field);
    let trimmed = text.trim_end_matches('<');
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
