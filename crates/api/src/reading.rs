//! Reading what came in: texts cleaned, dates and ids parsed, every fault noted with its place.

use barid_domain::audit::REFERENCE_CAP;
use barid_domain::codes::Purpose;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::streams::StreamId;
use barid_domain::text::{TextError, clean};
use barid_domain::travel_documents::DocumentNumber;

use crate::codes::PurposeCode;
use crate::patterns::{NOT_ALPHANUMERIC, holds_other_than};
use crate::texts::{
    CaseReference, Cursor, DayText, EntryHashText, IntervalText, ListHashText, RecordIdText, StreamText,
    WRITTEN_NUMBER_CAP, WrittenNumber,
};

/// Cleans a text by the domain's rule; `cap` counts characters, before and after cleaning.
pub fn text(raw: &str, cap: usize, place: &str, faults: &mut Faults) -> String {
    if raw.chars().count() > cap {
        faults.add(place, FaultCode::TooLong);
        return String::new();
    }
    clean(raw, cap).unwrap_or_else(|error| {
        let code = match error {
            TextError::Empty => FaultCode::Missing,
            TextError::TooLong(_) => FaultCode::TooLong,
            TextError::ControlCharacter | TextError::Language => FaultCode::BadCharacters,
        };
        faults.add(place, code);
        String::new()
    })
}

/// Cleans a text that may be absent.
pub fn optional_text(raw: Option<&str>, cap: usize, place: &str, faults: &mut Faults) -> Option<String> {
    raw.map(|raw| text(raw, cap, place, faults))
}

/// Reads a day.
pub fn day(raw: &DayText, place: &str, faults: &mut Faults) -> Option<Day> {
    noted(raw.0.parse().ok(), place, FaultCode::Impossible, faults)
}

/// Reads an interval; the two ends of one may come in either order.
pub fn interval(raw: &IntervalText, place: &str, faults: &mut Faults) -> Option<DateInterval> {
    let text = raw.0.as_str();
    let parsed = text.parse().ok().or_else(|| swapped(text)?.parse().ok());
    // The domain would read an interval of intervals, and "about" inside one; the API has one writing.
    let single =
        text.matches('/').count() <= 1 && !text.trim_end_matches('~').contains('~') && !text.ends_with("~~");
    noted(parsed.filter(|_| single), place, FaultCode::Impossible, faults)
}

fn swapped(text: &str) -> Option<String> {
    let (body, about) = match text.strip_suffix('~') {
        Some(body) => (body, "~"),
        None => (text, ""),
    };
    let (from, to) = body.split_once('/')?;
    Some(format!("{to}/{from}{about}"))
}

/// Reads a document number as written.
pub fn document_number(raw: &WrittenNumber, place: &str, faults: &mut Faults) -> Option<DocumentNumber> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || " ./<-".contains(character);
    if raw.0.chars().count() > WRITTEN_NUMBER_CAP {
        faults.add(place, FaultCode::TooLong);
        return None;
    }
    let parsed = DocumentNumber::new(&raw.0).ok().filter(|_| raw.0.chars().all(allowed));
    noted(parsed, place, FaultCode::BadCharacters, faults)
}

/// Reads why an act is done: its purpose and the case, shift or lane.
pub fn why(purpose: &PurposeCode, reference: &CaseReference, faults: &mut Faults) -> Option<Why> {
    let purpose = purpose.read("purpose", faults);
    let reference = file(reference, faults);
    Some(Why { purpose: purpose?, reference })
}

/// Reads the file that something is done under.
pub fn file(reference: &CaseReference, faults: &mut Faults) -> String {
    let file = text(&reference.0, REFERENCE_CAP, "reference", faults);
    let sound = file.is_empty() || holds_other_than(&file, NOT_ALPHANUMERIC);
    faults.require(sound, "reference", FaultCode::BadCharacters);
    file
}

/// Reads where a list goes on.
pub fn cursor(raw: Option<&Cursor>, faults: &mut Faults) -> Option<String> {
    let cursor = raw.map(|cursor| cursor.0.clone())?;
    let fits = (1..=1000).contains(&cursor.len())
        && cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    faults.require(fits, "after", FaultCode::BadCharacters);
    Some(cursor)
}

/// Is why an act is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// As a code.
    pub purpose: Purpose,
    /// As the case, shift or lane, cleaned.
    pub reference: String,
}

/// Reads the id of a record, in its one writing.
pub fn record(raw: &RecordIdText, place: &str, faults: &mut Faults) -> Option<RecordId> {
    let parsed = raw.0.parse().ok().filter(|id: &RecordId| id.to_string() == raw.0);
    noted(parsed, place, FaultCode::BadCharacters, faults)
}

/// Reads the name of an entry: lower-case hexadecimal only.
pub fn entry(raw: &EntryHashText, place: &str, faults: &mut Faults) -> Option<EntryHash> {
    let parsed = raw.0.parse().ok().filter(|hash: &EntryHash| hash.to_string() == raw.0);
    noted(parsed, place, FaultCode::BadCharacters, faults)
}

/// Reads the name of a list: lower-case hexadecimal only.
pub fn list(raw: &ListHashText, place: &str, faults: &mut Faults) -> Option<String> {
    let parsed = entry(&raw.0.as_str().into(), place, faults);
    parsed.map(|hash| hash.to_string())
}

/// Reads the name of a stream.
pub fn stream(raw: &StreamText, place: &str, faults: &mut Faults) -> Option<StreamId> {
    let parsed =
        raw.0.parse().ok().filter(|stream: &StreamId| (1..1_000_000_000).contains(&stream.incarnation));
    noted(parsed, place, FaultCode::BadCharacters, faults)
}

fn noted<T>(value: Option<T>, place: &str, code: FaultCode, faults: &mut Faults) -> Option<T> {
    faults.require(value.is_some(), place, code);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_an_interval_may_come_in_either_order() {
        let mut faults = Faults::default();
        for (text, shown) in [
            ("1969/1965", "1965-01-01/1969-12-31"),
            ("1965/1969~", "1965-01-01/1969-12-31~"),
            ("1969~", "1968-01-01/1971-01-01~"),
            ("1971-02", "1971-02"),
        ] {
            let read = interval(&text.into(), "births[0]", &mut faults);
            assert!(read.is_some(), "{text}");
            let read = read.unwrap().to_string();
            assert_eq!(read, shown, "{text}");
        }
        assert!(faults.into_result().is_ok());
        let mut faults = Faults::default();
        for bad in ["1966-02-31", "", "1965/1966/1967", "1965~~", "١٩٧١", "0000", "2200", "1971-13"] {
            assert_eq!(interval(&bad.into(), "births[0]", &mut faults), None, "{bad}");
        }
        assert_eq!(faults.into_result().unwrap_err().len(), 8);
    }

    #[test]
    fn caps_count_what_was_sent() {
        let mut faults = Faults::default();
        assert_eq!(text(&"ж".repeat(60), 60, "a", &mut faults).chars().count(), 60);
        assert_eq!(text(&" ".repeat(61), 60, "a", &mut faults), "");
        assert_eq!(text("a\0", 60, "b", &mut faults), "");
        assert_eq!(text("\u{202e}", 60, "c", &mut faults), "");
        let named: Vec<String> = faults.into_result().unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(named, ["a: too-long", "b: bad-characters", "c: missing"]);
    }
}
