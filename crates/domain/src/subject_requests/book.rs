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

/// Months within which a request is found admissible or not, from the day on which it was received (article 32 of the statute).
pub const MONTHS_FOR_ADMISSIBILITY: u16 = 1;
/// Months for a decision about access, from the day on which the request was found admissible (article 40 of the statute).
pub const MONTHS_FOR_ACCESS: u16 = 4;
/// Months for a decision about correction or deletion, from the same day.
pub const MONTHS_FOR_CORRECTION: u16 = 9;
/// Months within which the applicant is told what was decided.
pub const MONTHS_FOR_ANSWER: u16 = 1;
/// Years for which a request is kept from the day on which it was closed; then it is erased. No article of the statute names a
/// period: this one is the association's own, long enough for a request that repeats an earlier one to be known as such.
pub const YEARS_KEPT: u16 = 5;

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
    /// Another statement came in between.
    #[error("another statement came in between")]
    Superseded,
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
            Self::Superseded => "request-superseded",
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
    Closed { on: Day, how: Ending },
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
    version: EntryHash,
    due: Day,
    tells_applicant: bool,
    texts: Vec<LocalText>,
}

/// Is an answer of an owner as it was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenAnswer {
    /// Who signed it, and when.
    pub signed: Signed,
    /// What it says.
    pub answer: OwnerAnswer,
}

impl GivenAnswer {
    /// What its owner lets be told of the record.
    fn mask(&self) -> Option<Mask> {
        match self.answer.reply {
            OwnerReply::Consents => Some(Mask::ALL),
            OwnerReply::ConsentsToPart => Some(Mask::of(&self.answer.groups)),
            OwnerReply::Objects
            | OwnerReply::WillCorrect
            | OwnerReply::WillWithdraw
            | OwnerReply::Unlisted(_) => None,
        }
    }
}

/// The answers of owners, by the consultations that they name, each in the order in which its owner signed them.
type Answers = BTreeMap<EntryHash, Vec<GivenAnswer>>;

/// The last answer of the owner of a record to a consultation: what others signed is none.
fn last_answer(answers: &Answers, owner: OrganisationCode, consultation: EntryHash) -> Option<&GivenAnswer> {
    answers.get(&consultation)?.iter().rfind(|one| one.signed.issuer == owner)
}

impl OnRecord {
    fn answer<'a>(&self, answers: &'a Answers) -> Option<&'a GivenAnswer> {
        last_answer(answers, self.concerned.owner, self.consulted.as_ref()?.entry)
    }

    /// Tells whether its owner answered, or let the time for it pass.
    fn is_heard(&self, answers: &Answers, today: Day) -> bool {
        self.consulted.as_ref().is_some_and(|one| one.due < today) || self.answer(answers).is_some()
    }

    fn due(&self, answers: &Answers) -> Option<Due> {
        let record = self.concerned.record;
        match &self.consulted {
            None => Some(Due { next: NextStep::Consult(record), by: None }),
            Some(one) if self.answer(answers).is_none() => {
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
    /// The answers that the decision names.
    rests_on: Vec<EntryHash>,
}

/// Is what an applicant may be told of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tellable {
    /// The record.
    pub concerned: Concerned,
    /// The version that its owner was asked about: one that stands in another entry is not told.
    pub version: EntryHash,
    /// Which groups of fields of it.
    pub mask: Mask,
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
    /// The version of it that the answer is about.
    pub version: EntryHash,
    /// Until when an answer is waited for.
    pub due: Day,
    /// What is asked.
    pub texts: &'a [LocalText],
    /// Who asks, where the commission tells it.
    pub applicant: Option<&'a Applicant>,
    /// What the owner answered last.
    pub answer: Option<&'a GivenAnswer>,
    /// Whether an answer counts still: nothing was decided yet.
    pub is_open: bool,
}

/// Is where a request comes in the list of its commission: those first whose day comes first, those without any last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RequestPlace(pub [u8; 25]);

/// Is where a consultation comes in the list of its owner: what waits for an answer first, then by its day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ConsultationPlace(pub [u8; 37]);

/// The days as bytes that sort as they do.
fn sorting(day: Day) -> [u8; 4] {
    (day.days().cast_unsigned() ^ 0x8000_0000).to_be_bytes()
}

impl Consultation<'_> {
    /// Where it comes in the list.
    pub fn place(&self) -> ConsultationPlace {
        let mut place = [0; 37];
        place[0] = u8::from(self.answer.is_some() || !self.is_open);
        place[1..5].copy_from_slice(&sorting(self.due));
        place[5..].copy_from_slice(&self.entry.0);
        ConsultationPlace(place)
    }
}

/// Is a request whose intake does not count: its key was in other hands by then, or is none of its commission's. It has to be
/// taken in anew; nothing of it can be read but its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LostRequest {
    /// In whose stream it stands.
    pub commission: OrganisationCode,
    /// What it names itself.
    pub request: RequestId,
    /// The entry.
    pub entry: EntryHash,
    /// On which day it was signed, as it says.
    pub signed_on: Day,
}

impl LostRequest {
    /// The last day on which it is kept.
    pub fn ends_on(&self) -> Day {
        self.signed_on.saturating_add_months(YEARS_KEPT * 12)
    }
}

/// Is all requests, their steps, and what owners answered.
///
/// The steps of one commission are taken in in the order of its streams; when answers come in between makes no difference, as
/// long as those are there that a decision names.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RequestBook {
    requests: BTreeMap<(OrganisationCode, RequestId), StandingRequest>,
    answers: Answers,
    /// The entries that were taken in: each counts once.
    taken: BTreeSet<EntryHash>,
    /// Those whose intake does not count.
    lost: BTreeSet<LostRequest>,
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
        let name = (signed.issuer, request.request);
        if self.requests.contains_key(&name) {
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
            rests_on: Vec::new(),
            request,
        };
        self.requests.insert(name, standing);
        Ok(())
    }

    /// Takes in a step of the commission about one of its requests, which names the entry that it follows: of two that name the
    /// same one, the first counts, on every replica. What it must be in view of the answers of owners was asked
    /// when it was taken ([`Self::may_step`]) and is not asked again: an answer that does not count any more undoes no decision,
    /// and what it let be told is told no more.
    ///
    /// # Errors
    /// The book is unchanged then.
    pub fn step(
        &mut self,
        signed: Signed,
        request: RequestId,
        follows: EntryHash,
        step: RequestStep,
    ) -> Result<(), RequestError> {
        if self.taken.contains(&signed.entry) {
            return Ok(());
        }
        // Only the commission that took a request in takes steps about it.
        let standing = self
            .requests
            .get_mut(&(signed.issuer, request))
            .filter(|_| signed.kind == OrganisationKind::Commission)
            .ok_or(RequestError::NoRequest)?;
        standing.take(signed, follows, step)?;
        self.taken.insert(signed.entry);
        Ok(())
    }

    /// Decides whether a step may be taken as things stand.
    ///
    /// # Errors
    /// Why not.
    pub fn may_step(
        &self,
        signed: Signed,
        request: RequestId,
        step: &RequestStep,
    ) -> Result<(), RequestError> {
        let standing = self
            .request(signed.issuer, request)
            .filter(|_| signed.kind == OrganisationKind::Commission)
            .ok_or(RequestError::NoRequest)?;
        standing.clone().take(signed, standing.last_entry(), step.clone())?;
        standing.must_follow(step, &self.answers, signed.at.day())
    }

    /// Takes in an answer of an owner, whether or not the consultation that it names is known yet. What somebody else signed is
    /// no answer.
    ///
    /// # Errors
    /// The book is unchanged then.
    pub fn answer(&mut self, signed: Signed, answer: OwnerAnswer) -> Result<(), RequestError> {
        if self.taken.contains(&signed.entry) {
            return Ok(());
        }
        let mut faults = Faults::default();
        answer.check(&mut faults);
        faults.into_result().map_err(RequestError::Unfit)?;
        let given = self.answers.entry(answer.consultation).or_default();
        given.push(GivenAnswer { signed, answer });
        given.sort_by_key(|one| (one.signed.at, one.signed.entry));
        self.taken.insert(signed.entry);
        Ok(())
    }

    /// Decides whether an organisation may answer a consultation as things stand; gives the record that it is about.
    ///
    /// # Errors
    /// [`RequestError::NoRequest`] where it is none of its own, or was superseded; [`RequestError::OutOfOrder`] where it was decided
    /// without its answer; [`RequestError::BackDated`] where the answer would not be the last one.
    pub fn may_answer(
        &self,
        owner: OrganisationCode,
        consultation: EntryHash,
        at: Timestamp,
    ) -> Result<Concerned, RequestError> {
        let asked = self
            .consultations_of(owner)
            .into_iter()
            .find(|one| one.entry == consultation)
            .ok_or(RequestError::NoRequest)?;
        if !asked.is_open {
            return Err(RequestError::OutOfOrder);
        }
        if asked.answer.is_some_and(|earlier| earlier.signed.at >= at) {
            return Err(RequestError::BackDated);
        }
        Ok(asked.concerned)
    }

    /// Tells whether an answer that was taken in counts: its consultation stands, and nothing was decided without it. One that
    /// its owner answered anew counts as long as the other one does.
    pub fn is_answer_counted(&self, owner: OrganisationCode, answer: EntryHash) -> bool {
        let of_owner = |given: &&GivenAnswer| given.signed.issuer == owner && given.signed.entry == answer;
        let Some(given) = self.answers.values().flatten().find(of_owner) else { return false };
        let consultation = given.answer.consultation;
        let Some(name) = self.consulted_in(owner, consultation) else { return false };
        let Some(standing) = self.requests.get(&name) else { return false };
        let is_last =
            last_answer(&self.answers, owner, consultation).is_some_and(|last| last.signed.entry == answer);
        standing.ending().is_none() || standing.rests_on.contains(&answer) || !is_last
    }

    /// Names the requests whose time is over on a day.
    pub fn over(&self, today: Day) -> Vec<(OrganisationCode, RequestId)> {
        let is_over = |one: &StandingRequest| one.ends_on().is_some_and(|last| last < today);
        let over = self.requests.iter().filter(|(_, one)| is_over(one)).map(|(name, _)| *name);
        // Whoever had the key could have named a request that stands: that one's time decides then.
        let stands = |lost: &LostRequest| self.requests.keys().any(|(_, request)| *request == lost.request);
        let lost = self.lost.iter().filter(|one| one.ends_on() < today && !stands(one));
        over.chain(lost.map(|one| (one.commission, one.request)))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Notes a request whose intake does not count.
    pub fn note_lost(&mut self, lost: LostRequest) {
        self.lost.insert(lost);
    }

    /// The requests of a commission whose intake does not count, by their names.
    pub fn lost_of(&self, commission: OrganisationCode) -> impl Iterator<Item = &LostRequest> {
        self.lost.iter().filter(move |one| one.commission == commission)
    }

    /// Forgets requests, with what owners answered about them.
    pub fn forget(&mut self, names: &[(OrganisationCode, RequestId)]) {
        for name in names {
            self.lost.retain(|one| (one.commission, one.request) != *name);
            let Some(standing) = self.requests.remove(name) else { continue };
            self.taken.remove(&standing.opened.entry);
            for taken in &standing.steps {
                self.taken.remove(&taken.signed.entry);
                for given in self.answers.remove(&taken.signed.entry).unwrap_or_default() {
                    self.taken.remove(&given.signed.entry);
                }
            }
        }
    }

    /// Tells whether an entry was taken in.
    pub fn has_taken(&self, entry: EntryHash) -> bool {
        self.taken.contains(&entry)
    }

    /// A request of a commission; what is another one's is not there.
    pub fn request(&self, commission: OrganisationCode, request: RequestId) -> Option<&StandingRequest> {
        self.requests.get(&(commission, request))
    }

    /// The request of a commission that an entry took in.
    pub fn opened_by(&self, commission: OrganisationCode, entry: EntryHash) -> Option<RequestId> {
        let found =
            self.requests.iter().find(|((of, _), one)| *of == commission && one.opened.entry == entry);
        found.map(|((_, request), _)| *request)
    }

    /// The requests of a commission: those first whose day comes first, those without any last.
    pub fn requests_of(&self, commission: OrganisationCode) -> Vec<&StandingRequest> {
        let of_it = self.requests.range((commission, RequestId([0; 16]))..);
        let of_it = of_it.take_while(|((of, _), _)| *of == commission);
        let mut all: Vec<_> = of_it.map(|(_, standing)| standing).collect();
        all.sort_by_cached_key(|standing| self.place(standing));
        all
    }

    /// Where a request comes in the list of its commission.
    pub fn place(&self, standing: &StandingRequest) -> RequestPlace {
        let first = self.due(standing).iter().filter_map(|due| due.by).min();
        let mut place = [0; 25];
        place[0] = u8::from(first.is_none());
        place[1..5].copy_from_slice(&first.map(sorting).unwrap_or_default());
        place[5..9].copy_from_slice(&sorting(standing.request.received_on));
        place[9..].copy_from_slice(&standing.request.request.0);
        RequestPlace(place)
    }

    /// In which request a consultation stands that an owner may answer; one that was superseded, or is another owner's, is not
    /// there.
    pub fn consulted_in(
        &self,
        owner: OrganisationCode,
        consultation: EntryHash,
    ) -> Option<(OrganisationCode, RequestId)> {
        let is_it = |on: &OnRecord| {
            on.concerned.owner == owner && on.consulted.as_ref().is_some_and(|one| one.entry == consultation)
        };
        self.requests.iter().find(|(_, one)| one.records.values().any(is_it)).map(|(name, _)| *name)
    }

    /// What an owner was asked about its records.
    pub fn consultations_of(&self, owner: OrganisationCode) -> Vec<Consultation<'_>> {
        let mut all: Vec<_> =
            self.requests.values().flat_map(|one| one.consultations_of(owner, &self.answers)).collect();
        all.sort_by_key(Consultation::place);
        all
    }

    /// What owners answered last about the records of a request, by the record.
    pub fn answers_about(&self, standing: &StandingRequest) -> Vec<(RecordId, &GivenAnswer)> {
        let given = standing.records.values();
        given.filter_map(|on| Some((on.concerned.record, on.answer(&self.answers)?))).collect()
    }

    /// What the applicant may be told of each record of a request: nothing before it was decided, and never more than its owner
    /// consented to.
    pub fn told(&self, standing: &StandingRequest) -> Vec<Tellable> {
        standing.told(&self.answers)
    }

    /// What has to be done about a request, and until when.
    pub fn due(&self, standing: &StandingRequest) -> Vec<Due> {
        standing.due(&self.answers)
    }

    /// Tells whether a day has passed by which something had to be done about a request.
    pub fn is_overdue(&self, standing: &StandingRequest, today: Day) -> bool {
        self.due(standing).iter().any(|due| due.is_overdue(today))
    }
}

impl StandingRequest {
    /// The entry of its last step, which the next one names; of a request without any, the one that took it in.
    pub fn last_entry(&self) -> EntryHash {
        self.steps.last().map_or(self.opened.entry, |taken| taken.signed.entry)
    }

    fn take(&mut self, signed: Signed, follows: EntryHash, step: RequestStep) -> Result<(), RequestError> {
        if follows != self.last_entry() {
            return Err(RequestError::Superseded);
        }
        let mut faults = Faults::default();
        step.check(&mut faults);
        faults.into_result().map_err(RequestError::Unfit)?;
        if signed.at.seconds() < self.last.seconds().saturating_sub(CLOCKS_DIFFER) {
            return Err(RequestError::BackDated);
        }
        self.change(signed, step.clone())?;
        self.last = self.last.max(signed.at);
        self.steps.push(TakenStep { signed, step });
        Ok(())
    }

    fn change(&mut self, signed: Signed, step: RequestStep) -> Result<(), RequestError> {
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
            (
                Stage::Admissible { .. },
                RequestStep::Consulted { record, version, due, tells_applicant, texts },
            ) => {
                let entry = signed.entry;
                self.consult(record, Consulted { entry, version, due, tells_applicant, texts }, today)?;
            }
            (Stage::Admissible { .. }, RequestStep::Extended { until, .. }) => self.extend(until, today)?,
            (Stage::Admissible { .. }, RequestStep::Decided { decision, answers, .. })
                if self.is_searched =>
            {
                self.rests_on = answers;
                self.stage = Stage::Ended { on: today, how: Ending::Decided(decision) };
            }
            (Stage::Ended { how, .. }, RequestStep::Answered) => self.stage = Stage::Answered { how },
            (Stage::Answered { how }, RequestStep::Closed) => self.stage = Stage::Closed { on: today, how },
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

    /// Decides whether a step may be taken in view of what owners answered.
    fn must_follow(&self, step: &RequestStep, answers: &Answers, today: Day) -> Result<(), RequestError> {
        match step {
            RequestStep::Consulted { record, .. } => {
                let asked = self.records.get(record).filter(|on| on.consulted.is_some());
                let waits = asked.is_some_and(|on| !on.is_heard(answers, today));
                if waits { Err(RequestError::OutOfOrder) } else { Ok(()) }
            }
            RequestStep::Decided { decision, answers: named, .. } => {
                let found = self.named(named, answers);
                // One that is none, one twice, or two of one record.
                if found.len() != named.len() {
                    return Err(unfit("answers", FaultCode::Contradiction));
                }
                self.may_decide(*decision, &found, today)
            }
            RequestStep::IdentityConfirmed(_)
            | RequestStep::FoundAdmissible
            | RequestStep::FoundInadmissible(_)
            | RequestStep::Searched(_)
            | RequestStep::Extended { .. }
            | RequestStep::Withdrawn
            | RequestStep::Answered
            | RequestStep::Closed => Ok(()),
        }
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
        on.consulted = Some(consulted);
        Ok(())
    }

    /// The answers that a decision names, by the records that they are about.
    fn named<'a>(&self, named: &[EntryHash], answers: &'a Answers) -> BTreeMap<RecordId, &'a GivenAnswer> {
        let mut found = BTreeMap::new();
        for on in self.records.values() {
            let Some(consulted) = &on.consulted else { continue };
            let given = answers.get(&consulted.entry).map_or(&[][..], Vec::as_slice);
            let is_named = |one: &&GivenAnswer| {
                one.signed.issuer == on.concerned.owner && named.contains(&one.signed.entry)
            };
            found.extend(given.iter().filter(is_named).map(|one| (on.concerned.record, one)));
        }
        found
    }

    fn extend(&mut self, until: Day, today: Day) -> Result<(), RequestError> {
        let is_longer = self.deadline().is_some_and(|deadline| until > deadline) && until > today;
        if !is_longer {
            return Err(unfit("until", FaultCode::Impossible));
        }
        self.extended = Some(until);
        Ok(())
    }

    fn may_decide(
        &self,
        decision: Decision,
        named: &BTreeMap<RecordId, &GivenAnswer>,
        today: Day,
    ) -> Result<(), RequestError> {
        let is_heard = |on: &OnRecord| {
            let is_silent = on.consulted.as_ref().is_some_and(|one| one.due < today);
            is_silent || named.contains_key(&on.concerned.record)
        };
        let mask = |on: &OnRecord| named.get(&on.concerned.record).and_then(|one| one.mask());
        let found = !self.records.is_empty();
        let is_any = self.records.values().any(|on| mask(on).is_some());
        let is_whole = found && self.records.values().all(|on| mask(on) == Some(Mask::ALL));
        let is_correction = self.request.kind == RequestKind::CorrectionOrDeletion;
        let fits = match decision {
            Decision::Disclosed => is_whole,
            Decision::PartlyDisclosed => is_any && !is_whole,
            // Also where nothing was found: else that answer alone would tell that there is something.
            Decision::NotDisclosed => true,
            Decision::OrdersIssued | Decision::Compliant => found && is_correction,
            Decision::NoData => !found,
            Decision::Unlisted(_) => false,
        };
        if !self.records.values().all(is_heard) {
            return Err(RequestError::NotHeard);
        }
        if fits { Ok(()) } else { Err(RequestError::DecisionUnfit) }
    }

    fn consultations_of<'a>(
        &'a self,
        owner: OrganisationCode,
        answers: &'a Answers,
    ) -> impl Iterator<Item = Consultation<'a>> {
        let is_open = matches!(self.stage, Stage::Admissible { .. });
        self.records.values().filter(move |on| on.concerned.owner == owner).filter_map(move |on| {
            let consulted = on.consulted.as_ref()?;
            Some(Consultation {
                entry: consulted.entry,
                commission: self.commission,
                concerned: on.concerned,
                version: consulted.version,
                due: consulted.due,
                texts: &consulted.texts,
                applicant: consulted.tells_applicant.then_some(&self.request.applicant),
                answer: on.answer(answers),
                is_open,
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
            Stage::Ended { how, .. } | Stage::Answered { how } | Stage::Closed { how, .. } => Some(how),
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

    fn due(&self, answers: &Answers) -> Vec<Due> {
        let soon = |next| vec![Due { next, by: None }];
        match self.stage {
            Stage::Received => {
                let is_known = self.request.identity.is_some();
                let next = if is_known { NextStep::DecideAdmissibility } else { NextStep::ConfirmIdentity };
                let by = self.request.received_on.saturating_add_months(MONTHS_FOR_ADMISSIBILITY);
                vec![Due { next, by: Some(by) }]
            }
            Stage::Admissible { .. } => {
                let mut due = if self.is_searched { Vec::new() } else { soon(NextStep::Search) };
                due.extend(self.records.values().filter_map(|on| on.due(answers)));
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

    /// What the applicant may be told of each record: nothing before it was decided, never more than the answers let that the
    /// decision names, and never more than what its owner said last: an objection that was accepted while the commission decided
    /// shuts, whichever of the two came first.
    fn told(&self, answers: &Answers) -> Vec<Tellable> {
        let named = match self.ending() {
            Some(Ending::Decided(Decision::Disclosed | Decision::PartlyDisclosed)) => {
                self.named(&self.rests_on, answers)
            }
            Some(Ending::Decided(
                Decision::NotDisclosed
                | Decision::OrdersIssued
                | Decision::NoData
                | Decision::Compliant
                | Decision::Unlisted(_),
            ))
            | Some(Ending::Inadmissible(_) | Ending::Withdrawn)
            | None => BTreeMap::new(),
        };
        let tellable = |on: &OnRecord| {
            let decided = named.get(&on.concerned.record)?.mask()?;
            let last = on.answer(answers)?.mask()?;
            let version = on.consulted.as_ref()?.version;
            Some(Tellable { concerned: on.concerned, version, mask: decided.and(last) })
        };
        self.records.values().filter_map(tellable).collect()
    }

    /// The last day on which it is kept; `None` while it is not closed.
    pub fn ends_on(&self) -> Option<Day> {
        let Stage::Closed { on, .. } = self.stage else { return None };
        Some(on.saturating_add_months(YEARS_KEPT * 12))
    }

    /// On which day it was found admissible, while nothing is decided.
    pub fn admissible_on(&self) -> Option<Day> {
        let Stage::Admissible { on } = self.stage else { return None };
        Some(on)
    }
}

fn unfit(place: &str, code: FaultCode) -> RequestError {
    RequestError::Unfit(vec![Fault { place: place.to_owned(), code }])
}
