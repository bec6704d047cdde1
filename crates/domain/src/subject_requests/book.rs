//! The book of requests: which steps may follow, what is due, and what may be told.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Applicant, Concerned, Decision, Due, Inadmissible, NextStep, OwnerAnswer, OwnerReply, RECORDS_CAP,
    RequestKind, RequestStep, SubjectRequest,
};
use crate::codes::OrganisationKind;
use crate::dates::{Day, Timestamp};
use crate::faults::{Fault, FaultCode, Faults};
use crate::ids::{EntryHash, OrganisationCode, RecordId, RequestId};
use crate::orders::CLOCKS_DIFFER;
use crate::policy::Mask;
use crate::text::LocalText;

/// Months for a decision about access, from the day on which the request was found admissible (article 40 of the statute).
pub const MONTHS_FOR_ACCESS: u16 = 4;
/// Months for a decision about correction or deletion, from the same day.
pub const MONTHS_FOR_CORRECTION: u16 = 9;
/// Months within which the applicant is told what was decided.
pub const MONTHS_FOR_ANSWER: u16 = 1;

/// Is who signed a statement and when, as it was verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signed {
    /// The hash of the entry, by which it is named.
    pub entry: EntryHash,
    /// The organisation whose key signed it.
    pub issuer: OrganisationCode,
    /// What that organisation is in the registry.
    pub kind: OrganisationKind,
    /// When it was signed.
    pub at: Timestamp,
}

/// Why a statement does not belong into the book of requests. The book is unchanged then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no such request, or it is not the issuer's to act on: the same answer.
    #[error("there is no such request")]
    NoRequest,
    /// Only a commission takes requests in.
    #[error("only the commission takes requests in")]
    NotCommission,
    /// A request of that name stands already.
    #[error("that request stands already")]
    StandsAlready,
    /// Faults of the statement itself.
    #[error("the statement has faults")]
    Unfit(Vec<Fault>),
    /// The step does not follow on those that stand.
    #[error("this step does not follow on those that stand")]
    OutOfOrder,
    /// It gives itself a time before the step that it follows.
    #[error("it is dated back")]
    BackDated,
    /// The owner of a record was not consulted, or has time to answer still.
    #[error("an owner was not heard yet")]
    NotHeard,
    /// The decision contradicts what was found, or what may be told.
    #[error("the decision contradicts what was found or what may be told")]
    DecisionUnfit,
}

impl RequestError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRequest => "request-unknown",
            Self::NotCommission => "request-not-of-commission",
            Self::StandsAlready => "request-stands-already",
            Self::Unfit(_) => "request-unfit",
            Self::OutOfOrder => "request-out-of-order",
            Self::BackDated => "request-back-dated",
            Self::NotHeard => "request-owner-not-heard",
            Self::DecisionUnfit => "request-decision-unfit",
        }
    }
}

/// Is how far a request has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Received,
    Admissible { on: Day },
    Ended { on: Day, how: Ending },
    Answered { how: Ending },
    Closed { how: Ending },
}

/// Is how a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It was not admissible.
    Inadmissible(Inadmissible),
    /// The applicant does not ask any more.
    Withdrawn,
    /// It was decided.
    Decided(Decision),
}

/// Is what stands about one record of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
struct OnRecord {
    concerned: Concerned,
    consulted: Option<Consulted>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Consulted {
    entry: EntryHash,
    due: Day,
    tells_applicant: bool,
    texts: Vec<LocalText>,
    answer: Option<OwnerAnswer>,
}

impl OnRecord {
    /// What its owner lets be told of it; nothing while it is silent.
    fn mask(&self) -> Option<Mask> {
        let answer = self.consulted.as_ref()?.answer.as_ref()?;
        match answer.reply {
            OwnerReply::Consents => Some(Mask::ALL),
            OwnerReply::ConsentsToPart => Some(Mask::of(&answer.groups)),
            OwnerReply::Objects
            | OwnerReply::WillCorrect
            | OwnerReply::WillWithdraw
            | OwnerReply::Unlisted(_) => None,
        }
    }

    /// Tells whether its owner answered, or let the time for it pass.
    fn is_heard(&self, today: Day) -> bool {
        self.consulted.as_ref().is_some_and(|one| one.answer.is_some() || one.due < today)
    }

    fn due(&self) -> Option<Due> {
        let record = self.concerned.record;
        match &self.consulted {
            None => Some(Due { next: NextStep::Consult(record), by: None }),
            Some(one) if one.answer.is_none() => {
                Some(Due { next: NextStep::AwaitOwner(record), by: Some(one.due) })
            }
            Some(_) => None,
        }
    }
}

/// Is a step as it was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenStep {
    /// Who signed it, and when.
    pub signed: Signed,
    /// What it says.
    pub step: RequestStep,
}

/// Is a request as the book has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandingRequest {
    /// The commission that took it in.
    pub commission: OrganisationCode,
    /// What was taken in; the identity as it was checked since.
    pub request: SubjectRequest,
    /// Who took it in, and when.
    pub opened: Signed,
    /// Its steps with their reasons, in the order in which they came.
    pub steps: Vec<TakenStep>,
    last: Timestamp,
    stage: Stage,
    is_searched: bool,
    records: BTreeMap<RecordId, OnRecord>,
    extended: Option<Day>,
}

/// Is what an owner reads of a consultation: about its record, and of the applicant only what the commission tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consultation<'a> {
    /// The step that consults, which the answer names.
    pub entry: EntryHash,
    /// The commission that asks.
    pub commission: OrganisationCode,
    /// The record.
    pub concerned: Concerned,
    /// Until when an answer is waited for.
    pub due: Day,
    /// What is asked.
    pub texts: &'a [LocalText],
    /// Who asks, where the commission tells it.
    pub applicant: Option<&'a Applicant>,
    /// What the owner answered.
    pub answer: Option<&'a OwnerAnswer>,
}

/// Is all requests and their steps.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RequestBook {
    requests: BTreeMap<RequestId, StandingRequest>,
    /// The entries that were taken in: each counts once.
    taken: BTreeSet<EntryHash>,
}

impl RequestBook {
    /// Takes in a request.
    ///
    /// # Errors
    /// The book is unchanged then.
    pub fn open(&mut self, signed: Signed, request: SubjectRequest) -> Result<(), RequestError> {
        if self.taken.contains(&signed.entry) {
            return Ok(());
        }
        if signed.kind != OrganisationKind::Commission {
            return Err(RequestError::NotCommission);
        }
        let mut faults = Faults::default();
        request.check(signed.at.day(), &mut faults);
        faults.into_result().map_err(RequestError::Unfit)?;
        if self.requests.contains_key(&request.request) {
            return Err(RequestError::StandsAlready);
        }
        self.taken.insert(signed.entry);
        let standing = StandingRequest {
            commission: signed.issuer,
            opened: signed,
            steps: Vec::new(),
            last: signed.at,
            stage: Stage::Received,
            is_searched: false,
            records: BTreeMap::new(),
            extended: None,
            request,
        };
        self.requests.insert(standing.request.request, standing);
        Ok(())
    }

    /// Takes in a step of the commission about one of its requests.
    ///
    /// # Errors
    /// The book is unchanged then.
    pub fn step(
        &mut self,
        signed: Signed,
        request: RequestId,
        step: RequestStep,
    ) -> Result<(), RequestError> {
        if self.taken.contains(&signed.entry) {
            return Ok(());
        }
        let standing = self
            .requests
            .get_mut(&request)
            .filter(|standing| standing.may_take(signed, &step))
            .ok_or(RequestError::NoRequest)?;
        let mut faults = Faults::default();
        step.check(&mut faults);
        faults.into_result().map_err(RequestError::Unfit)?;
        // An owner's answer names the consultation that it follows. Its clock must not hold up the commission's steps.
        let is_commissions = !matches!(step, RequestStep::OwnerAnswered(_));
        if is_commissions && signed.at.seconds() < standing.last.seconds().saturating_sub(CLOCKS_DIFFER) {
            return Err(RequestError::BackDated);
        }
        standing.take(signed, step.clone())?;
        if is_commissions {
            standing.last = standing.last.max(signed.at);
        }
        standing.steps.push(TakenStep { signed, step });
        self.taken.insert(signed.entry);
        Ok(())
    }

    /// A request of a commission; what is another one's is not there.
    pub fn request(&self, commission: OrganisationCode, request: RequestId) -> Option<&StandingRequest> {
        self.requests.get(&request).filter(|standing| standing.commission == commission)
    }

    /// The requests of a commission: those first whose day comes first, those without any last.
    pub fn requests_of(&self, commission: OrganisationCode) -> Vec<&StandingRequest> {
        let mut all: Vec<_> =
            self.requests.values().filter(|standing| standing.commission == commission).collect();
        all.sort_by_key(|standing| {
            let first = standing.due().iter().filter_map(|due| due.by).min();
            (first.is_none(), first, standing.request.received_on, standing.request.request)
        });
        all
    }

    /// In which request a consultation stands that an owner may answer; one that was superseded, or is another owner's, is not
    /// there.
    pub fn consulted_in(&self, owner: OrganisationCode, consultation: EntryHash) -> Option<RequestId> {
        let is_it = |on: &OnRecord| {
            on.concerned.owner == owner && on.consulted.as_ref().is_some_and(|one| one.entry == consultation)
        };
        self.requests.iter().find(|(_, one)| one.records.values().any(is_it)).map(|(id, _)| *id)
    }

    /// What an owner was asked about its records.
    pub fn consultations_of(&self, owner: OrganisationCode) -> Vec<Consultation<'_>> {
        let mut all: Vec<_> = self.requests.values().flat_map(|one| one.consultations_of(owner)).collect();
        all.sort_by_key(|one| (one.answer.is_some(), one.due, one.entry));
        all
    }
}

impl StandingRequest {
    /// Only the commission that took a request in takes steps about it, but for the answers of owners that it consulted.
    fn may_take(&self, signed: Signed, step: &RequestStep) -> bool {
        match step {
            RequestStep::OwnerAnswered(answer) => {
                self.consultations_of(signed.issuer).any(|one| one.entry == answer.consultation)
            }
            RequestStep::IdentityConfirmed(_)
            | RequestStep::FoundAdmissible
            | RequestStep::FoundInadmissible(_)
            | RequestStep::Searched(_)
            | RequestStep::Consulted { .. }
            | RequestStep::Extended { .. }
            | RequestStep::Decided { .. }
            | RequestStep::Withdrawn
            | RequestStep::Answered
            | RequestStep::Closed => {
                signed.kind == OrganisationKind::Commission && signed.issuer == self.commission
            }
        }
    }

    fn take(&mut self, signed: Signed, step: RequestStep) -> Result<(), RequestError> {
        let today = signed.at.day();
        match (self.stage, step) {
            (Stage::Received, RequestStep::IdentityConfirmed(check)) if self.request.identity.is_none() => {
                self.request.identity = Some(check);
            }
            (Stage::Received, RequestStep::FoundAdmissible) if self.request.identity.is_some() => {
                self.stage = Stage::Admissible { on: today };
            }
            (Stage::Received, RequestStep::FoundInadmissible(reason)) => {
                self.stage = Stage::Ended { on: today, how: Ending::Inadmissible(reason) };
            }
            (Stage::Received | Stage::Admissible { .. }, RequestStep::Withdrawn) => {
                self.stage = Stage::Ended { on: today, how: Ending::Withdrawn };
            }
            (Stage::Admissible { .. }, RequestStep::Searched(found)) => self.note_found(found)?,
            (Stage::Admissible { .. }, RequestStep::Consulted { record, due, tells_applicant, texts }) => {
                let entry = signed.entry;
                let consulted = Consulted { entry, due, tells_applicant, texts, answer: None };
                self.consult(record, consulted, today)?;
            }
            (Stage::Admissible { .. }, RequestStep::OwnerAnswered(answer)) => self.note_answer(answer)?,
            (Stage::Admissible { .. }, RequestStep::Extended { until, .. }) => self.extend(until, today)?,
            (Stage::Admissible { .. }, RequestStep::Decided { decision, .. }) => {
                self.may_decide(decision, today)?;
                self.stage = Stage::Ended { on: today, how: Ending::Decided(decision) };
            }
            (Stage::Ended { how, .. }, RequestStep::Answered) => self.stage = Stage::Answered { how },
            (Stage::Answered { how }, RequestStep::Closed) => self.stage = Stage::Closed { how },
            (
                Stage::Received
                | Stage::Admissible { .. }
                | Stage::Ended { .. }
                | Stage::Answered { .. }
                | Stage::Closed { .. },
                _,
            ) => return Err(RequestError::OutOfOrder),
        }
        Ok(())
    }

    /// Notes what was found. A record that was found before keeps what its owner answered, and its owner.
    fn note_found(&mut self, found: Vec<Concerned>) -> Result<(), RequestError> {
        let contradicts =
            |one: &Concerned| self.records.get(&one.record).is_some_and(|before| before.concerned != *one);
        if found.iter().any(contradicts) {
            return Err(unfit("records", FaultCode::Contradiction));
        }
        let new = found.iter().filter(|one| !self.records.contains_key(&one.record)).count();
        if self.records.len() + new > RECORDS_CAP {
            return Err(unfit("records", FaultCode::TooMany));
        }
        for concerned in found {
            self.records.entry(concerned.record).or_insert(OnRecord { concerned, consulted: None });
        }
        self.is_searched = true;
        Ok(())
    }

    /// Consults an owner, again where it was heard: its earlier answer counts no more.
    fn consult(&mut self, record: RecordId, consulted: Consulted, today: Day) -> Result<(), RequestError> {
        let is_in_time = consulted.due >= today && self.deadline().is_none_or(|last| consulted.due <= last);
        let on = self.records.get_mut(&record).ok_or_else(|| unfit("record", FaultCode::Impossible))?;
        if !is_in_time {
            return Err(unfit("due", FaultCode::Impossible));
        }
        if on.consulted.is_some() && !on.is_heard(today) {
            return Err(RequestError::OutOfOrder);
        }
        on.consulted = Some(consulted);
        Ok(())
    }

    /// Notes an owner's answer; it may say it differently until it is decided.
    fn note_answer(&mut self, answer: OwnerAnswer) -> Result<(), RequestError> {
        let consulted = self
            .records
            .values_mut()
            .filter_map(|on| on.consulted.as_mut())
            .find(|one| one.entry == answer.consultation)
            .ok_or(RequestError::NoRequest)?;
        consulted.answer = Some(answer);
        Ok(())
    }

    fn extend(&mut self, until: Day, today: Day) -> Result<(), RequestError> {
        let is_longer = self.deadline().is_some_and(|deadline| until > deadline) && until > today;
        if !is_longer {
            return Err(unfit("until", FaultCode::Impossible));
        }
        self.extended = Some(until);
        Ok(())
    }

    fn may_decide(&self, decision: Decision, today: Day) -> Result<(), RequestError> {
        if !self.is_searched {
            return Err(RequestError::OutOfOrder);
        }
        let is_heard = || self.records.values().all(|on| on.is_heard(today));
        let found = !self.records.is_empty();
        let shown = |on: &OnRecord| on.mask().is_some();
        let whole = |on: &OnRecord| on.mask() == Some(Mask::ALL);
        let is_correction = self.request.kind == RequestKind::CorrectionOrDeletion;
        let (fits, needs_owners) = match decision {
            Decision::Disclosed => (found && self.records.values().all(whole), true),
            Decision::PartlyDisclosed => {
                (self.records.values().any(shown) && !self.records.values().all(whole), true)
            }
            // Also where nothing was found: else that answer alone would tell that there is something.
            Decision::NotDisclosed => (true, true),
            Decision::OrdersIssued | Decision::Compliant => (found && is_correction, false),
            Decision::NoData => (!found, false),
            Decision::Unlisted(_) => (false, false),
        };
        if needs_owners && !is_heard() {
            return Err(RequestError::NotHeard);
        }
        if fits { Ok(()) } else { Err(RequestError::DecisionUnfit) }
    }

    fn consultations_of(&self, owner: OrganisationCode) -> impl Iterator<Item = Consultation<'_>> {
        self.records.values().filter(move |on| on.concerned.owner == owner).filter_map(|on| {
            let consulted = on.consulted.as_ref()?;
            Some(Consultation {
                entry: consulted.entry,
                commission: self.commission,
                concerned: on.concerned,
                due: consulted.due,
                texts: &consulted.texts,
                applicant: consulted.tells_applicant.then_some(&self.request.applicant),
                answer: consulted.answer.as_ref(),
            })
        })
    }

    /// The records that concern the person.
    pub fn concerned(&self) -> impl Iterator<Item = &Concerned> {
        self.records.values().map(|on| &on.concerned)
    }

    /// How it ended; `None` while it has not.
    pub fn ending(&self) -> Option<Ending> {
        match self.stage {
            Stage::Ended { how, .. } | Stage::Answered { how } | Stage::Closed { how } => Some(how),
            Stage::Received | Stage::Admissible { .. } => None,
        }
    }

    /// Until when it has to be decided, that day included; `None` before it is admissible and once it has ended.
    pub fn deadline(&self) -> Option<Day> {
        let Stage::Admissible { on } = self.stage else { return None };
        let months = match self.request.kind {
            RequestKind::Access => MONTHS_FOR_ACCESS,
            // A kind of a later version is not refused here, where it can't come in.
            RequestKind::CorrectionOrDeletion | RequestKind::Unlisted(_) => MONTHS_FOR_CORRECTION,
        };
        Some(self.extended.unwrap_or_else(|| on.saturating_add_months(months)))
    }

    /// What has to be done, and until when.
    pub fn due(&self) -> Vec<Due> {
        let soon = |next| vec![Due { next, by: None }];
        match self.stage {
            Stage::Received if self.request.identity.is_none() => soon(NextStep::ConfirmIdentity),
            Stage::Received => soon(NextStep::DecideAdmissibility),
            Stage::Admissible { .. } => {
                let mut due = if self.is_searched { Vec::new() } else { soon(NextStep::Search) };
                due.extend(self.records.values().filter_map(OnRecord::due));
                due.push(Due { next: NextStep::Decide, by: self.deadline() });
                due
            }
            Stage::Ended { on, .. } => {
                vec![Due { next: NextStep::Answer, by: Some(on.saturating_add_months(MONTHS_FOR_ANSWER)) }]
            }
            Stage::Answered { .. } => soon(NextStep::Close),
            Stage::Closed { .. } => Vec::new(),
        }
    }

    /// Tells whether a day has passed by which something had to be done.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.due().iter().any(|due| due.is_overdue(today))
    }

    /// What the applicant may be told of each record: nothing before it was decided, and never more than its owner consented to.
    pub fn told(&self) -> Vec<(Concerned, Mask)> {
        let Some(Ending::Decided(decision)) = self.ending() else { return Vec::new() };
        match decision {
            Decision::Disclosed | Decision::PartlyDisclosed => {
                self.records.values().filter_map(|on| Some((on.concerned, on.mask()?))).collect()
            }
            Decision::NotDisclosed
            | Decision::OrdersIssued
            | Decision::NoData
            | Decision::Compliant
            | Decision::Unlisted(_) => Vec::new(),
        }
    }
}

fn unfit(place: &str, code: FaultCode) -> RequestError {
    RequestError::Unfit(vec![Fault { place: place.to_owned(), code }])
}
