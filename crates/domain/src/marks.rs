//! Marks of records: what whoever meets the person should know before taking it for the one that the record describes.
//!
//! A mark is stated as an order of the commission is, or by the record's owner under its own key, and shown to whoever is shown the
//! record. Compare article 62 of Regulation (EU) 2018/1862: where the subject of an alert may be mistaken for the person whose
//! identity was misused, that is added with the consent of that person, and for telling the two apart alone.

use crate::codes::{CodeList, code_list};
use crate::faults::{FaultCode, Faults};
use crate::terms::listed;
use crate::text::SHORT_CAP;

code_list!(
    /// Is what a mark says.
    MarkKind, "mark-kind" {
        /// The record is of somebody who uses names or documents of another person: who shows them may be the victim.
        1 MisusedIdentity "misused-identity",
        /// A person of these names was compared before, and is not the one of the record.
        2 SimilarPerson "similar-person",
    }
);

/// The most marks of one record by one organisation.
pub const MARKS_OF_RECORD_CAP: usize = 10;
/// The most marks and liftings of one record that its owner states on one day.
pub const MARKS_OF_DAY_CAP: usize = 20;
/// The most marks of one organisation that stand.
pub const MARKS_CAP: usize = 10_000;

/// Checks a mark with the file of the consent to it: what is said of a victim is said with its consent.
pub fn check_mark(mark: Option<MarkKind>, consent: Option<&str>, faults: &mut Faults) {
    if let Some(mark) = mark {
        faults.require(listed(mark), "mark", FaultCode::UnknownCode);
    }
    if let Some(consent) = consent {
        faults.text("consent", consent, SHORT_CAP);
    }
    let needs = mark == Some(MarkKind::MisusedIdentity);
    faults.require(!needs || consent.is_some(), "consent", FaultCode::Missing);
    faults.require(mark.is_some() || consent.is_none(), "consent", FaultCode::Contradiction);
}
