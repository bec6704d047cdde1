//! Requests of persons to the commission: what is held about me, and correct or delete it.
//!
//! A request goes through steps that the commission signs: the identity is checked, the request is found admissible, everything
//! is searched, the owners of what was found are consulted, it is decided, answered and closed. An owner signs one step itself:
//! what of its record may be told. What no owner consented to is told to nobody: silence opens nothing.
//!
//! The clocks are those of the statute of INTERPOL's commission, articles 32 and 40: a month to find a request admissible; from the day on which the request was found
//! admissible, four months for access and nine for correction or deletion, longer only with reasons. Owners are consulted
//! before anything is told (article 35).
//!
//! The commission's steps stand in its stream; answers of owners stand in theirs. Nothing follows from the order between the two:
//! the decision names the answers that it rests on.

mod book;
mod statements;

pub use book::{
    Consultation, ConsultationPlace, Ending, GivenAnswer, LostRequest, MONTHS_FOR_ACCESS,
    MONTHS_FOR_ADMISSIBILITY, MONTHS_FOR_ANSWER, MONTHS_FOR_CORRECTION, RequestBook, RequestError,
    RequestPlace, Signed, StandingRequest, TakenStep, Tellable, YEARS_KEPT,
};
pub use statements::{
    RequestAct, RequestStatement, Said, StepStatement, consultation_subject, request_subject,
};

use minicbor::{Decode, Encode};

use crate::agreements::{FieldGroup, check_texts};
use crate::codes::{CodeList, Database, code_list};
use crate::countries::CountryCode;
use crate::dates::{DateInterval, Day};
use crate::faults::{FaultCode, Faults};
use crate::ids::{EntryHash, OrganisationCode, RecordId, RequestId};
use crate::terms::listed;
use crate::text::{LocalText, NAME_CAP, SHORT_CAP, is_language_tag};

code_list!(
    /// Is what a person asks the commission for.
    RequestKind, "subject-request-kind" {
        /// What is held about me?
        1 Access "access",
        /// Correct or delete it.
        2 CorrectionOrDeletion "correction-or-deletion",
    }
);

code_list!(
    /// Is how it was checked that an applicant is who it says.
    IdentityCheck, "identity-check" {
        /// By a copy of the passport.
        1 PassportCopy "passport-copy",
        /// By a copy of an identity card.
        2 IdentityCardCopy "identity-card-copy",
        /// By counsel, with a power of attorney and a copy of the applicant's document.
        3 PowerOfAttorney "power-of-attorney",
        /// The applicant came with a document.
        4 InPerson "in-person",
    }
);

code_list!(
    /// Is why a request is not admissible.
    Inadmissible, "inadmissible" {
        /// Who asks did not show who it is.
        1 IdentityNotShown "identity-not-shown",
        /// Who asks for somebody else did not show that it may.
        2 NoPowerOfAttorney "no-power-of-attorney",
        /// It is about something that the commission does not decide.
        3 OutsideCompetence "outside-competence",
        /// It was decided before, and nothing new is said.
        4 Repeated "repeated",
        /// A correction or deletion is asked for without a reason.
        5 NoReasons "no-reasons",
        /// It abuses the procedure.
        6 Abusive "abusive",
    }
);

code_list!(
    /// Is what an owner answers when it is consulted about its record.
    OwnerReply, "owner-reply" {
        /// All of it may be told.
        1 Consents "consents",
        /// The groups of fields that it names may be told, and what tells the person apart.
        2 ConsentsToPart "consents-to-part",
        /// Nothing may be told.
        3 Objects "objects",
        /// It will correct the record. Until it says more, nothing may be told.
        4 WillCorrect "will-correct",
        /// It will withdraw the record. Until it says more, nothing may be told.
        5 WillWithdraw "will-withdraw",
    }
);

code_list!(
    /// Is why an owner keeps something back: the grounds of article 35 of the statute.
    Restriction, "disclosure-restriction" {
        /// To protect public or national security, or to prevent crime.
        1 Security "security",
        /// To protect the confidentiality of an inquiry or prosecution.
        2 Inquiry "inquiry",
        /// To protect the rights and freedoms of the applicant or of others.
        3 RightsOfOthers "rights-of-others",
    }
);

code_list!(
    /// Is what the commission decides about a request.
    Decision, "request-decision" {
        /// All that was found is told.
        1 Disclosed "disclosed",
        /// A part of what was found is told.
        2 PartlyDisclosed "partly-disclosed",
        /// Nothing is told, not even whether something was found.
        3 NotDisclosed "not-disclosed",
        /// Orders about records were issued.
        4 OrdersIssued "orders-issued",
        /// Nothing was found.
        5 NoData "no-data",
        /// What was found may stay as it is.
        6 Compliant "compliant",
    }
);

/// The most names of one applicant.
pub const NAMES_CAP: usize = 20;
/// The most nationalities of one applicant.
pub const NATIONALITIES_CAP: usize = 10;
/// The most records that concern the person of one request.
pub const RECORDS_CAP: usize = 500;
/// The most orders of one decision.
pub const ORDERS_CAP: usize = RECORDS_CAP;

/// Is who asks.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Applicant {
    /// The names, in whatever script, the main one first.
    #[n(0)]
    pub names: Vec<String>,
    /// When the person was born.
    #[n(1)]
    pub birth: Option<DateInterval>,
    /// The nationalities.
    #[cbor(n(2), default, skip_if = "Vec::is_empty")]
    pub nationalities: Vec<CountryCode>,
}

/// Is a request as it was taken in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct SubjectRequest {
    /// What names it.
    #[n(0)]
    pub request: RequestId,
    /// What is asked for.
    #[n(1)]
    pub kind: RequestKind,
    /// When it was received.
    #[n(2)]
    pub received_on: Day,
    /// Who asks.
    #[n(3)]
    pub applicant: Applicant,
    /// How the identity was checked; `None` while it was not.
    #[n(4)]
    pub identity: Option<IdentityCheck>,
    /// The language of the answer, as a BCP 47 tag.
    #[n(5)]
    pub language: String,
    /// The commission's file.
    #[n(6)]
    pub reference: String,
}

impl SubjectRequest {
    /// Checks what a request must be, whatever stands, given the day on which it is signed.
    pub fn check(&self, today: Day, faults: &mut Faults) {
        faults.require(listed(self.kind), "kind", FaultCode::UnknownCode);
        faults.require(self.received_on <= today, "received_on", FaultCode::InFuture);
        faults.require(self.identity.is_none_or(listed), "identity", FaultCode::UnknownCode);
        faults.require(is_language_tag(&self.language), "language", FaultCode::UnknownCode);
        faults.text("reference", &self.reference, NAME_CAP);
        self.applicant.check(today, faults);
    }
}

impl Applicant {
    fn check(&self, today: Day, faults: &mut Faults) {
        faults.require(!self.names.is_empty(), "names", FaultCode::Missing);
        faults.count("names", self.names.len(), NAMES_CAP);
        for (i, name) in self.names.iter().enumerate().take(NAMES_CAP) {
            faults.text(format!("names[{i}]"), name, NAME_CAP);
        }
        faults.count("nationalities", self.nationalities.len(), NATIONALITIES_CAP);
        let is_born = self.birth.is_none_or(|birth| birth.earliest() <= today);
        faults.require(is_born, "birth", FaultCode::InFuture);
    }
}

/// Is a record that concerns the person of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Concerned {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The database it is in.
    #[n(1)]
    pub database: Database,
    /// Whose it is.
    #[n(2)]
    pub owner: OrganisationCode,
}

/// Is a step of a request, which its commission takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RequestStep {
    /// The identity was checked.
    IdentityConfirmed(IdentityCheck),
    /// It was found admissible: the clock starts.
    FoundAdmissible,
    /// It was found not admissible.
    FoundInadmissible(Inadmissible),
    /// Everything was searched; the records that concern the person. May be done again: what was found before stays.
    Searched(Vec<Concerned>),
    /// The owner of a record is asked what may be told.
    Consulted {
        /// The record.
        record: RecordId,
        /// The entry in which it stood then: the answer is about this version, and about no later one.
        version: EntryHash,
        /// Until when an answer is waited for.
        due: Day,
        /// Whether the owner is told who asks.
        tells_applicant: bool,
        /// What is asked.
        texts: Vec<LocalText>,
    },
    /// More time is needed.
    Extended {
        /// The new day.
        until: Day,
        /// Why.
        texts: Vec<LocalText>,
    },
    /// It was decided.
    Decided {
        /// What.
        decision: Decision,
        /// The orders that were issued, by their entries.
        orders: Vec<EntryHash>,
        /// The answers of owners that it rests on, by their entries: of each record one at most.
        answers: Vec<EntryHash>,
        /// Why.
        texts: Vec<LocalText>,
    },
    /// The applicant does not ask any more.
    Withdrawn,
    /// The applicant was told the outcome.
    Answered,
    /// Nothing follows.
    Closed,
}

/// Is what an owner answers about its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnerAnswer {
    /// The step in which it was consulted: an answer to an earlier consultation does not count.
    pub consultation: EntryHash,
    /// What it answers.
    pub reply: OwnerReply,
    /// Of a consent to a part: which groups of fields may be told.
    pub groups: Vec<FieldGroup>,
    /// Why something is kept back.
    pub restriction: Option<Restriction>,
    /// The reasons in words.
    pub texts: Vec<LocalText>,
}

impl OwnerAnswer {
    /// Tells whether it lets something be told.
    pub fn opens(&self) -> bool {
        match self.reply {
            OwnerReply::Consents | OwnerReply::ConsentsToPart => true,
            OwnerReply::Objects
            | OwnerReply::WillCorrect
            | OwnerReply::WillWithdraw
            | OwnerReply::Unlisted(_) => false,
        }
    }

    /// Checks what an answer must be, whatever stands.
    pub fn check(&self, faults: &mut Faults) {
        faults.require(listed(self.reply), "reply", FaultCode::UnknownCode);
        faults.require(self.restriction.is_none_or(listed), "restriction", FaultCode::UnknownCode);
        let is_part = self.reply == OwnerReply::ConsentsToPart;
        faults.require(is_part || self.groups.is_empty(), "groups", FaultCode::Contradiction);
        faults.require(self.groups.iter().all(|group| listed(*group)), "groups", FaultCode::UnknownCode);
        faults.require(self.groups.is_sorted_by(|a, b| a < b), "groups", FaultCode::Duplicate);
        let restricts = matches!(self.reply, OwnerReply::ConsentsToPart | OwnerReply::Objects);
        faults.require(restricts || self.restriction.is_none(), "restriction", FaultCode::Contradiction);
        faults.require(!restricts || self.restriction.is_some(), "restriction", FaultCode::Missing);
        if restricts || !self.texts.is_empty() {
            check_texts("texts", &self.texts, SHORT_CAP, faults);
        }
    }
}

impl RequestStep {
    /// Checks what a step must be, whatever stands.
    pub fn check(&self, faults: &mut Faults) {
        match self {
            Self::IdentityConfirmed(check) => {
                faults.require(listed(*check), "identity", FaultCode::UnknownCode);
            }
            Self::FoundInadmissible(reason) => {
                faults.require(listed(*reason), "reason", FaultCode::UnknownCode);
            }
            Self::Searched(found) => check_found(found, faults),
            Self::Consulted { texts, .. } | Self::Extended { texts, .. } => {
                check_texts("texts", texts, SHORT_CAP, faults);
            }
            Self::Decided { decision, orders, answers, texts } => {
                faults.require(listed(*decision), "decision", FaultCode::UnknownCode);
                faults.count("orders", orders.len(), ORDERS_CAP);
                faults.count("answers", answers.len(), RECORDS_CAP);
                let issues = *decision == Decision::OrdersIssued;
                faults.require(issues || orders.is_empty(), "orders", FaultCode::Contradiction);
                faults.require(!issues || !orders.is_empty(), "orders", FaultCode::Missing);
                let twice = orders.iter().enumerate().any(|(i, one)| orders[..i].contains(one));
                faults.require(!twice, "orders", FaultCode::Duplicate);
                check_texts("texts", texts, SHORT_CAP, faults);
            }
            Self::FoundAdmissible | Self::Withdrawn | Self::Answered | Self::Closed => {}
        }
    }
}

fn check_found(found: &[Concerned], faults: &mut Faults) {
    faults.count("records", found.len(), RECORDS_CAP);
    for (i, one) in found.iter().enumerate().take(RECORDS_CAP) {
        faults.require(listed(one.database), format!("records[{i}].database"), FaultCode::UnknownCode);
        let twice = found[..i].iter().any(|earlier| earlier.record == one.record);
        faults.require(!twice, format!("records[{i}].record"), FaultCode::Duplicate);
    }
}

/// Is what has to be done next about a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NextStep {
    /// Check who asks.
    ConfirmIdentity,
    /// Find it admissible, or not.
    DecideAdmissibility,
    /// Search everything.
    Search,
    /// Consult the owner of a record.
    Consult(RecordId),
    /// Wait for the answer of the owner of a record.
    AwaitOwner(RecordId),
    /// Decide.
    Decide,
    /// Tell the applicant.
    Answer,
    /// Close it.
    Close,
}

/// Is something that has to be done, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// What.
    pub next: NextStep,
    /// Until which day, that day included; `None` where no rule says.
    pub by: Option<Day>,
}

impl Due {
    /// Tells whether its day has passed.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.by.is_some_and(|by| by < today)
    }
}
