//! Questions about accesses: which lines of the journal are meant, and how a record comes into one.

use crate::audit::{JournalLine, Operation, Phase};
use crate::codes::Purpose;
use crate::dates::Day;
use crate::ids::{ActId, EntryHash, RecordId};

/// Is what is asked about the accesses of an organisation: lines for which everything holds that is named.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccessQuestion {
    /// By this officer or service.
    pub officer: Option<String>,
    /// About this record, or showing it, or writing it.
    pub record: Option<RecordId>,
    /// Of this act.
    pub act: Option<ActId>,
    /// Of this kind.
    pub operation: Option<Operation>,
    /// For this purpose.
    pub purpose: Option<Purpose>,
    /// Refused, or not.
    pub refused: Option<bool>,
    /// From the beginning of this day on, in UTC.
    pub from: Option<Day>,
    /// To the end of this day, in UTC.
    pub until: Option<Day>,
}

/// Is how a record comes into a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Involvement {
    /// The act was about it: it was to be opened, withdrawn, ordered about.
    Named,
    /// It was shown.
    Shown,
    /// It was written.
    Written,
    /// It was told that there is one, and whose.
    Told,
}

/// How a record comes into a line; `told` says whether the asker may know of which records was told only that they are there, and
/// `entries` are those that the record stands in: a line that wrote many records at once names the entry alone.
pub fn involvement(
    line: &JournalLine,
    record: RecordId,
    entries: &[EntryHash],
    told: ToldOf,
) -> Option<Involvement> {
    let is_committed = line.phase == Phase::Committed;
    let is_write = is_committed && writes_records(line.operation);
    let named = if is_write { Involvement::Written } else { Involvement::Named };
    if line.records.contains(&record) {
        return Some(if is_committed { named } else { Involvement::Shown });
    }
    if line.record == Some(record) {
        return Some(named);
    }
    // Of what it wrote itself alone. Which record another entry is about is not told: not to who asked for its proof in vain, and not
    // to who asked for consent to a hit.
    if is_write && line.entries.iter().any(|entry| entries.contains(entry)) {
        return Some(Involvement::Written);
    }
    (told == ToldOf::Known && line.hits.contains(&record)).then_some(Involvement::Told)
}

/// Tells whether an act writes the records that its line names. Others decide, order or say something about them.
fn writes_records(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::SubmitRecord
            | Operation::WithdrawRecord
            | Operation::ImportList
            | Operation::EraseRecord
            | Operation::DecideReviews
    )
}

/// Is whether an asker may know of which records was told only that they are there: the officers who were told may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ToldOf {
    /// It may: the commission.
    Known,
    /// It may not: the organisation whose officers were told.
    Unknown,
}

impl AccessQuestion {
    /// Tells whether a line is meant, where the record that is asked for stands in these entries.
    pub fn asks_for(&self, line: &JournalLine, entries: &[EntryHash], told: ToldOf) -> bool {
        let day = line.at.day();
        self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
            && self.act.is_none_or(|act| line.act == act)
            && self.operation.is_none_or(|operation| line.operation == operation)
            && self.purpose.is_none_or(|purpose| line.purpose == purpose)
            && self.refused.is_none_or(|refused| (line.phase == Phase::Refused) == refused)
            && self.officer.as_ref().is_none_or(|officer| line.actor.officer == *officer)
            && self.record.is_none_or(|record| involvement(line, record, entries, told).is_some())
    }

    /// What is asked, for the journal: ids, codes and days; no words.
    pub fn described(&self) -> String {
        let mut said = Vec::new();
        let mut say = |name: &str, value: Option<String>| {
            said.extend(value.map(|value| format!("{name}={value}")));
        };
        say("officer", self.officer.clone());
        say("act", self.act.map(|act| act.to_string()));
        say("operation", self.operation.map(|operation| operation.to_string()));
        say("purpose", self.purpose.map(|purpose| purpose.to_string()));
        say("refused", self.refused.map(|refused| refused.to_string()));
        say("from", self.from.map(|day| day.to_string()));
        say("until", self.until.map(|day| day.to_string()));
        said.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Actor;
    use crate::dates::Timestamp;
    use crate::ids::OrganisationCode;

    const SEEN: RecordId = RecordId([1; 16]);
    const TOLD: RecordId = RecordId([2; 16]);

    fn line(phase: Phase) -> JournalLine {
        JournalLine {
            salt: [0; 32],
            act: ActId([7; 16]),
            phase,
            at: Timestamp::from_seconds(1_795_000_000),
            actor: Actor::new(OrganisationCode::new("XA").unwrap(), "desk.1").unwrap(),
            operation: Operation::SearchPersons,
            purpose: Purpose::BorderControl,
            reference: "смена 7".into(),
            policy_version: 5,
            asked: Some("Калачев".into()),
            record: None,
            records: vec![SEEN],
            entries: vec![],
            refusal: None,
            grants: vec![],
            hits: vec![TOLD],
            consents: Vec::new(),
        }
    }

    #[test]
    fn every_part_of_a_question_narrows_it() {
        let line = line(Phase::Ended);
        let day = line.at.day();
        let all = AccessQuestion {
            officer: Some("desk.1".into()),
            record: Some(SEEN),
            act: Some(line.act),
            operation: Some(Operation::SearchPersons),
            purpose: Some(Purpose::BorderControl),
            refused: Some(false),
            from: Some(day),
            until: Some(day),
        };
        assert!(AccessQuestion::default().asks_for(&line, &[], ToldOf::Unknown));
        assert!(all.asks_for(&line, &[], ToldOf::Unknown));
        for other in [
            AccessQuestion { officer: Some("desk.2".into()), ..all.clone() },
            AccessQuestion { record: Some(RecordId([9; 16])), ..all.clone() },
            AccessQuestion { act: Some(ActId([8; 16])), ..all.clone() },
            AccessQuestion { operation: Some(Operation::OpenRecord), ..all.clone() },
            AccessQuestion { purpose: Some(Purpose::Exercise), ..all.clone() },
            AccessQuestion { refused: Some(true), ..all.clone() },
            AccessQuestion { from: Some(day.saturating_add(1)), ..all.clone() },
            AccessQuestion { until: Some(day.saturating_add(-1)), ..all.clone() },
        ] {
            assert!(!other.asks_for(&line, &[], ToldOf::Unknown), "{other:?}");
        }
        assert!(!all.described().contains("Калачев"), "no words");
    }

    #[test]
    fn of_what_was_only_told_the_commission_alone_knows_which_it_was() {
        let ended = line(Phase::Ended);
        assert_eq!(involvement(&ended, TOLD, &[], ToldOf::Unknown), None);
        assert_eq!(involvement(&ended, TOLD, &[], ToldOf::Known), Some(Involvement::Told));
        assert_eq!(involvement(&ended, SEEN, &[], ToldOf::Unknown), Some(Involvement::Shown));
        for (operation, how) in [
            (Operation::SubmitRecord, Involvement::Written),
            (Operation::WithdrawRecord, Involvement::Written),
            (Operation::ImportList, Involvement::Written),
            (Operation::EraseRecord, Involvement::Written),
            (Operation::DecideReviews, Involvement::Written),
            (Operation::DecideAlarm, Involvement::Named),
            (Operation::RaiseAlarm, Involvement::Named),
            (Operation::MarkRecord, Involvement::Named),
            (Operation::IssueOrder, Involvement::Named),
            (Operation::AskConsent, Involvement::Named),
        ] {
            let committed = JournalLine { operation, ..line(Phase::Committed) };
            assert_eq!(involvement(&committed, SEEN, &[], ToldOf::Unknown), Some(how), "{operation}");
            let about = JournalLine { record: Some(SEEN), records: vec![], ..committed.clone() };
            assert_eq!(involvement(&about, SEEN, &[], ToldOf::Unknown), Some(how), "{operation}");
            let entry = EntryHash([8; 32]);
            let many = JournalLine { records: vec![], entries: vec![EntryHash([7; 32]), entry], ..committed };
            let told = Some(how).filter(|how| *how == Involvement::Written);
            assert_eq!(involvement(&many, SEEN, &[entry], ToldOf::Unknown), told, "{operation}");
            assert_eq!(involvement(&many, SEEN, &[EntryHash([9; 32])], ToldOf::Unknown), None);
            let asked = JournalLine { phase: Phase::Begun, ..many };
            assert_eq!(involvement(&asked, SEEN, &[entry], ToldOf::Known), None, "an entry asked for");
        }
        let named = JournalLine { record: Some(SEEN), records: vec![], ..line(Phase::Refused) };
        assert_eq!(involvement(&named, SEEN, &[], ToldOf::Unknown), Some(Involvement::Named));
        let question = AccessQuestion { record: Some(TOLD), ..AccessQuestion::default() };
        assert!(
            !question.asks_for(&ended, &[], ToldOf::Unknown) && question.asks_for(&ended, &[], ToldOf::Known)
        );
    }
}
