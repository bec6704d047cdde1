//! The terms under which a record is held and shared; they are inside the signed bytes and travel with it.

use minicbor::{Decode, Encode};

use crate::codes::{Classification, CodeList, Handling, InformationGrade, Purpose, SourceGrade, code_list};
use crate::dates::Day;
use crate::faults::{FaultCode, Faults};
use crate::retention::Held;
use crate::text::{LocalText, SHORT_CAP, is_language_tag};

/// Says why a record is held, how it may be handled, how good it is and until when it is looked at again.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Terms {
    /// Why the record is held.
    #[n(0)]
    pub purpose: Purpose,
    /// What may be done with it.
    #[n(1)]
    pub handling: Handling,
    /// How it is classified.
    #[n(2)]
    pub classification: Classification,
    /// How good the source is.
    #[n(3)]
    pub source_grade: SourceGrade,
    /// How good the information is.
    #[n(4)]
    pub information_grade: InformationGrade,
    /// The day by which the owner must look at it again; silence hides it.
    #[n(5)]
    pub review_on: Day,
    /// Where the owner has it from, when not its own.
    #[n(6)]
    pub provenance: Option<Provenance>,
    /// The conditions in words; mandatory with H3.
    #[cbor(n(7), default, skip_if = "Vec::is_empty")]
    pub conditions: Vec<LocalText>,
    /// Why it is still held, where its owner decided that at a review.
    #[n(8)]
    pub kept: Option<Keeping>,
}

code_list!(
    /// Is why an owner keeps a record at its review (RPD, article 50).
    KeepReason, "keep-reason" {
        /// Proceedings are under way.
        1 ProceedingsContinue "proceedings-continue",
        /// The person or the thing is still looked for.
        2 StillSought "still-sought",
        /// The person or the thing is a danger to others.
        3 Danger "danger",
        /// Another reason, given in words.
        4 Other "other",
    }
);

/// Says why an owner decided to keep a record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Keeping {
    /// The day it was decided on.
    #[n(0)]
    pub decided_on: Day,
    /// Why.
    #[n(1)]
    pub reason: KeepReason,
    /// Why in words; mandatory with another reason.
    #[n(2)]
    pub text: Option<LocalText>,
}

/// Says where an owner has a record from.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Provenance {
    /// The source's short name: `UN`.
    #[n(0)]
    pub source: String,
    /// The source's own reference: `CDi.001`.
    #[n(1)]
    pub reference: String,
    /// The day of the source's edition.
    #[n(2)]
    pub edition: Option<Day>,
}

/// The most conditions of one record.
pub const CONDITIONS_CAP: usize = 10;
impl Terms {
    /// Checks the terms of a record entered on `today`, noting every fault under `terms`. How far its review may be put off
    /// follows from what is held.
    pub fn check(&self, today: Day, held: Held<'_>, faults: &mut Faults) {
        faults.require(listed(self.purpose), "terms.purpose", FaultCode::UnknownCode);
        faults.require(listed(self.handling), "terms.handling", FaultCode::UnknownCode);
        faults.require(listed(self.classification), "terms.classification", FaultCode::UnknownCode);
        faults.require(listed(self.source_grade), "terms.source_grade", FaultCode::UnknownCode);
        faults.require(listed(self.information_grade), "terms.information_grade", FaultCode::UnknownCode);
        faults.require(self.review_on > today, "terms.review_on", FaultCode::Impossible);
        let is_within = self.review_on <= held.last_review(today);
        faults.require(is_within, "terms.review_on", FaultCode::Impossible);
        faults.count("terms.conditions", self.conditions.len(), CONDITIONS_CAP);
        for (i, condition) in self.conditions.iter().enumerate().take(CONDITIONS_CAP) {
            faults.text(format!("terms.conditions[{i}]"), &condition.text, SHORT_CAP);
        }
        let bare_h3 = self.handling == Handling::H3 && self.conditions.is_empty();
        faults.require(!bare_h3, "terms.conditions", FaultCode::Missing);
        let names_no_list = self.purpose == Purpose::OutsideReference && self.provenance.is_none();
        faults.require(!names_no_list, "terms.provenance", FaultCode::Missing);
        if let Some(provenance) = &self.provenance {
            faults.text("terms.provenance.source", &provenance.source, 60);
            faults.text("terms.provenance.reference", &provenance.reference, 60);
        }
        if let Some(kept) = &self.kept {
            kept.check("terms.kept", faults);
        }
    }
}

impl Keeping {
    /// Checks why a record is kept, noting every fault under `place`.
    pub fn check(&self, place: &str, faults: &mut Faults) {
        faults.require(listed(self.reason), format!("{place}.reason"), FaultCode::UnknownCode);
        let is_said = self.reason != KeepReason::Other || self.text.is_some();
        faults.require(is_said, format!("{place}.text"), FaultCode::Missing);
        if let Some(text) = &self.text {
            let is_tag = is_language_tag(&text.language);
            faults.require(is_tag, format!("{place}.text.language"), FaultCode::UnknownCode);
            faults.text(format!("{place}.text.text"), &text.text, SHORT_CAP);
        }
    }
}

impl Terms {
    /// Notes a fault at `place` where what is held as a list of one state has it, says more than that somebody is listed:
    /// another's decision is quoted, never adopted.
    pub fn check_reference(&self, place: &str, is_listed_alone: bool, faults: &mut Faults) {
        let adopts = self.purpose == Purpose::OutsideReference && !is_listed_alone;
        faults.require(!adopts, place, FaultCode::Contradiction);
    }
}

/// Tells whether a code is one this version knows.
pub fn listed<T: CodeList + PartialEq>(code: T) -> bool {
    T::LISTED.iter().any(|(known, _)| *known == code)
}
