//! Oversight: who of an organisation did what, and what of it is out of the ordinary.
//!
//! A question goes over lines of the journal ([`AccessQuestion`]); a [`Detector`] watches acts as they come and raises
//! [`Alarm`]s, which somebody looks at. Nothing here knows a search term: a line's words are never asked for, and of a number
//! that was searched for there is a keyed [`NumberTrace`] at most.

mod alarms;
mod detector;
mod questions;

pub use alarms::{Alarm, AlarmDecision, AlarmError, AlarmKind, AlarmState, DECISIONS_CAP};
pub use detector::{Deed, Detector, NumberTrace, Observed, Raised, Subject, Thresholds, WatchKey};
pub use questions::{AccessQuestion, Involvement, ToldOf, involvement};
