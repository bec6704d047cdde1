//! Faults: what is wrong with a record somebody wants to enter, each named with its place and its code.

use std::fmt;

/// Is one thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a path such as `names[2].text`.
    pub place: String,
    /// What: a stable code.
    pub code: FaultCode,
}

/// Says what is wrong; the text forms are stable and used by the API and by import reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// Mandatory data is missing.
    Missing,
    /// More items than allowed.
    TooMany,
    /// Longer than allowed.
    TooLong,
    /// Holds characters that are not allowed there.
    BadCharacters,
    /// Not cleaned by the rule for text.
    NotClean,
    /// Not a code of its list.
    UnknownCode,
    /// Digits where a name belongs.
    NotAName,
    /// A date in the future.
    InFuture,
    /// A date that can't be.
    Impossible,
    /// Said twice.
    Duplicate,
    /// Contradicts another field.
    Contradiction,
    /// A check digit that is not the one the number has.
    CheckDigit,
    /// This organisation may not enter it.
    NotEntitled,
    /// A picture that was not handed in, or was and waits no longer.
    UnknownImage,
    /// The commission ordered that this person is not entered again.
    ReEntryBarred,
    /// It is shorter than it may be.
    TooShort,
    /// It is among the first that are guessed.
    TooCommon,
    /// It is not, or no longer, the one that is wanted.
    NotThisOne,
}

impl FaultCode {
    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooMany => "too-many",
            Self::TooLong => "too-long",
            Self::BadCharacters => "bad-characters",
            Self::NotClean => "not-clean",
            Self::UnknownCode => "unknown-code",
            Self::NotAName => "not-a-name",
            Self::InFuture => "in-future",
            Self::Impossible => "impossible",
            Self::Duplicate => "duplicate",
            Self::Contradiction => "contradiction",
            Self::CheckDigit => "check-digit",
            Self::NotEntitled => "not-entitled",
            Self::UnknownImage => "unknown-image",
            Self::ReEntryBarred => "re-entry-barred",
            Self::TooShort => "too-short",
            Self::TooCommon => "too-common",
            Self::NotThisOne => "not-this-one",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.code.as_str())
    }
}

/// Collects faults, so that a record is refused with each of them named and not only the first.
#[derive(Default, Debug)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, place: impl Into<String>, code: FaultCode) {
        self.0.push(Fault { place: place.into(), code });
    }
    /// Notes a fault unless `holds`.
    pub fn require(&mut self, holds: bool, place: impl Into<String>, code: FaultCode) {
        if !holds {
            self.add(place, code);
        }
    }
    /// Checks a text: cleaned by the rule, not longer than `cap` characters.
    pub fn text(&mut self, place: impl Into<String>, text: &str, cap: usize) {
        use crate::text::{TextError, clean};
        match clean(text, cap) {
            Ok(cleaned) if cleaned == text => {}
            Ok(_) => self.add(place, FaultCode::NotClean),
            Err(TextError::Empty) => self.add(place, FaultCode::Missing),
            Err(TextError::TooLong(_)) => self.add(place, FaultCode::TooLong),
            Err(TextError::ControlCharacter | TextError::Language) => {
                self.add(place, FaultCode::BadCharacters)
            }
        }
    }
    /// Checks a count against its cap.
    pub fn count(&mut self, place: impl Into<String>, count: usize, cap: usize) {
        self.require(count <= cap, place, FaultCode::TooMany);
    }
    /// Ends the collecting: `Ok` without faults, all of them otherwise.
    pub fn into_result(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
