//! Alarms: what was out of the ordinary, by codes and numbers, and what became of it. Never what was searched for.

use minicbor::{Decode, Encode};

use crate::audit::Actor;
use crate::codes::{CodeList, Database, code_list};
use crate::dates::Timestamp;
use crate::ids::{OrganisationCode, RecordId};
use crate::text::LocalText;

code_list!(
    /// Is what was out of the ordinary.
    AlarmKind, "alarm-kind" {
        /// An officer or service did more in an hour than anybody should.
        1 ManyActs "many-acts",
        /// An officer or service did much more in a day than it used to.
        2 MoreThanUsual "more-than-usual",
        /// Numbers of documents that lie side by side were searched for in a short time.
        3 NumbersInOrder "numbers-in-order",
        /// An officer or service opened one record again and again.
        4 SameRecord "same-record",
        /// Many officers of one organisation opened one record in a short time.
        5 ManyOfficers "many-officers",
        /// Officers of many organisations opened one record in a short time; the commission alone reads of it.
        6 ManyOrganisations "many-organisations",
        /// Much was searched for and found, and hardly anything opened.
        7 SearchesUnopened "searches-unopened",
        /// An organisation entered more in an hour than it should.
        8 ManyEntered "many-entered",
        /// A record was shown that no honest work would open.
        9 Canary "canary",
    }
);
code_list!(
    /// Is how an alarm stands.
    AlarmState, "alarm-state" {
        /// Nobody has said anything about it, or it is to be looked at again.
        1 Open "open",
        /// It was looked at, and was honest work or a mistake.
        2 Explained "explained",
        /// It was looked at, and goes on elsewhere.
        3 Pursued "pursued",
    }
);

/// The most decisions about one alarm.
pub const DECISIONS_CAP: usize = 20;

/// Is something out of the ordinary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Alarm {
    /// What.
    #[n(0)]
    pub kind: AlarmKind,
    /// Whose people it is about; whoever may audit there reads it, and the commission.
    #[n(1)]
    pub organisation: OrganisationCode,
    /// The officer or service, where it is about one.
    #[n(2)]
    pub officer: Option<String>,
    /// The record, where it is about one.
    #[n(3)]
    pub record: Option<RecordId>,
    /// When the threshold was reached.
    #[n(4)]
    pub at: Timestamp,
    /// What was counted.
    #[n(5)]
    pub counted: u32,
    /// From how many on it is an alarm.
    #[n(6)]
    pub threshold: u32,
    /// What was said about it, in the order in which it was.
    #[cbor(n(7), default, skip_if = "Vec::is_empty")]
    pub decisions: Vec<AlarmDecision>,
    /// The database, where it is about one.
    #[n(8)]
    pub database: Option<Database>,
    /// Whose officer it was, where the commission alone reads of it.
    #[n(9)]
    pub acting: Option<OrganisationCode>,
}

/// Is what somebody said about an alarm who had looked at it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct AlarmDecision {
    /// Who.
    #[n(0)]
    pub by: Actor,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// How it stands since.
    #[n(2)]
    pub state: AlarmState,
    /// Why.
    #[n(3)]
    pub reason: LocalText,
}

/// Why a decision about an alarm is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AlarmError {
    /// Somebody decided since it was read.
    #[error("somebody decided about the alarm since it was read")]
    Stale,
    /// As many decisions as there may be.
    #[error("there are too many decisions about the alarm")]
    TooMany,
}

impl Alarm {
    /// How it stands.
    pub fn state(&self) -> AlarmState {
        self.decisions.last().map_or(AlarmState::Open, |last| last.state)
    }

    /// Takes in a decision made when there were `expects` of them.
    pub fn decide(&mut self, expects: u32, decision: AlarmDecision) -> Result<(), AlarmError> {
        if self.decisions.len() != expects as usize {
            return Err(AlarmError::Stale);
        }
        if self.decisions.len() >= DECISIONS_CAP {
            return Err(AlarmError::TooMany);
        }
        self.decisions.push(decision);
        Ok(())
    }

    /// What makes it another alarm than any other: one a day of each kind about the same people and record. To be hashed with
    /// a key before it stands anywhere, for it can be guessed.
    pub fn identity(&self) -> Vec<u8> {
        let officer = self.officer.as_deref().unwrap_or_default();
        let day = self.at.day().days();
        // What an alarm does not name adds nothing: it has the identity that it had before there was such a name.
        let acting = self.acting.map_or(Vec::new(), |code| [&[1], code.as_str().as_bytes()].concat());
        let database =
            self.database.map_or(Vec::new(), |database| [[2, 0], database.number().to_be_bytes()].concat());
        [
            self.organisation.as_str().as_bytes(),
            &[0],
            officer.as_bytes(),
            &[0],
            self.record.map_or(Vec::new(), |record| record.0.to_vec()).as_slice(),
            &[0],
            &day.to_be_bytes(),
            &self.kind.number().to_be_bytes(),
            &acting,
            &database,
        ]
        .concat()
    }

    /// The officer of whoever reads it that it names, who decides nothing about it.
    pub fn own_officer(&self) -> Option<&str> {
        let is_own = self.acting.is_none_or(|acting| acting == self.organisation);
        self.officer.as_deref().filter(|_| is_own)
    }

    /// The bytes that are kept, sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        crate::contents::encode(self)
    }

    /// Reads what was kept; `None` where it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm() -> Alarm {
        Alarm {
            kind: AlarmKind::NumbersInOrder,
            organisation: OrganisationCode::new("XA").unwrap(),
            officer: Some("desk.1".into()),
            record: None,
            at: Timestamp::from_seconds(1_795_000_000),
            counted: 20,
            threshold: 20,
            decisions: vec![],
            database: None,
            acting: None,
        }
    }

    fn decision(state: AlarmState) -> AlarmDecision {
        AlarmDecision {
            by: Actor::new(OrganisationCode::new("XA").unwrap(), "dpo").unwrap(),
            at: Timestamp::from_seconds(1_795_000_500),
            state,
            reason: LocalText::new("ru", "группа туристов", 300).unwrap(),
        }
    }

    #[test]
    fn an_alarm_reads_back_with_what_was_decided() {
        let mut alarm = alarm();
        assert_eq!(alarm.state(), AlarmState::Open);
        alarm.decide(0, decision(AlarmState::Explained)).unwrap();
        assert_eq!(alarm.state(), AlarmState::Explained);
        let bytes = alarm.to_bytes();
        assert!(crate::canonical::check(&bytes).is_ok());
        assert_eq!(Alarm::from_bytes(&bytes), Some(alarm));
        assert_eq!(Alarm::from_bytes(&bytes[1..]), None);
    }

    #[test]
    fn an_alarm_that_was_kept_before_databases_were_named_reads_on() {
        // Without the fields 8 and 9, as earlier versions wrote it.
        let bytes = alarm().to_bytes();
        assert_eq!(bytes[0], 0xa6, "a map of what there is and no more");
        let named = Alarm { database: Some(Database::Persons), ..alarm() };
        assert_eq!(named.to_bytes()[0], 0xa7);
        assert_eq!(Alarm::from_bytes(&bytes).unwrap().database, None);
        assert_eq!(Alarm::from_bytes(&named.to_bytes()), Some(named));
    }

    #[test]
    fn who_read_an_older_state_decides_nothing_and_there_is_an_end() {
        let mut alarm = alarm();
        alarm.decide(0, decision(AlarmState::Pursued)).unwrap();
        assert_eq!(alarm.decide(0, decision(AlarmState::Open)), Err(AlarmError::Stale));
        for number in 1..DECISIONS_CAP {
            alarm.decide(number as u32, decision(AlarmState::Open)).unwrap();
        }
        assert_eq!(alarm.decide(DECISIONS_CAP as u32, decision(AlarmState::Open)), Err(AlarmError::TooMany));
    }

    #[test]
    fn one_alarm_a_day_of_each_kind_about_the_same() {
        let one = alarm();
        let later = Alarm { at: Timestamp(one.at.0 + 1), counted: 40, ..one.clone() };
        assert_eq!(one.identity(), later.identity());
        for other in [
            Alarm { officer: None, ..one.clone() },
            Alarm { record: Some(RecordId([1; 16])), ..one.clone() },
            Alarm { kind: AlarmKind::SameRecord, ..one.clone() },
            Alarm { organisation: OrganisationCode::new("XB").unwrap(), ..one.clone() },
            Alarm { at: Timestamp::from_seconds(1_795_100_000), ..one.clone() },
            Alarm { database: Some(Database::Persons), ..one.clone() },
            Alarm { database: Some(Database::TravelDocuments), ..one.clone() },
            Alarm { acting: Some(OrganisationCode::new("XB").unwrap()), ..one.clone() },
        ] {
            assert_ne!(other.identity(), one.identity(), "{other:?}");
        }
    }
}
