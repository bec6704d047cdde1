//! What is signed: a request as it is taken in, a step of the commission, an answer of an owner.

use minicbor::{Decode, Encode};

use super::{
    Concerned, Decision, IdentityCheck, Inadmissible, OwnerAnswer, OwnerReply, RequestStep, Restriction,
    SubjectRequest,
};
use crate::agreements::FieldGroup;
use crate::codes::{CodeList, code_list};
use crate::dates::Day;
use crate::ids::{EntryHash, RecordId, RequestId};
use crate::text::LocalText;

code_list!(
    /// Is what a step about a request does.
    RequestAct, "subject-request-act" {
        /// The identity was checked.
        1 ConfirmIdentity "confirm-identity",
        /// It was found admissible.
        2 FindAdmissible "find-admissible",
        /// It was found not admissible.
        3 FindInadmissible "find-inadmissible",
        /// Everything was searched.
        4 Search "search",
        /// The owner of a record is asked what may be told.
        5 Consult "consult",
        /// More time is needed.
        6 Extend "extend",
        /// It was decided.
        7 Decide "decide",
        /// The applicant does not ask any more.
        8 Withdraw "withdraw",
        /// The applicant was told the outcome.
        9 Answer "answer",
        /// Nothing follows.
        10 Close "close",
        /// An owner answers a consultation.
        11 AnswerConsultation "answer-consultation",
    }
);

/// Is a request as it is signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct RequestStatement {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The request.
    #[n(1)]
    pub request: SubjectRequest,
}

/// Is a step, or an owner's answer, as it is signed. Which fields stand depends on the act: [`StepStatement::read`] tells.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct StepStatement {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The request; an owner, who does not know it, names the consultation.
    #[n(1)]
    pub request: Option<RequestId>,
    /// What it does.
    #[n(2)]
    pub act: RequestAct,
    /// How the identity was checked.
    #[n(3)]
    pub identity: Option<IdentityCheck>,
    /// Why it is not admissible.
    #[n(4)]
    pub reason: Option<Inadmissible>,
    /// The records that concern the person.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub records: Vec<Concerned>,
    /// The record whose owner is asked.
    #[n(6)]
    pub record: Option<RecordId>,
    /// Until when an answer is waited for, or the new day by which it is decided.
    #[n(7)]
    pub day: Option<Day>,
    /// Whether the owner is told who asks.
    #[n(8)]
    pub tells_applicant: Option<bool>,
    /// What is asked, or why.
    #[cbor(n(9), default, skip_if = "Vec::is_empty")]
    pub texts: Vec<LocalText>,
    /// The consultation that an owner answers.
    #[n(10)]
    pub consultation: Option<EntryHash>,
    /// What the owner answers.
    #[n(11)]
    pub reply: Option<OwnerReply>,
    /// Of a consent to a part: which groups of fields may be told.
    #[cbor(n(12), default, skip_if = "Vec::is_empty")]
    pub groups: Vec<FieldGroup>,
    /// Why the owner keeps something back.
    #[n(13)]
    pub restriction: Option<Restriction>,
    /// What was decided.
    #[n(14)]
    pub decision: Option<Decision>,
    /// The orders that were issued.
    #[cbor(n(15), default, skip_if = "Vec::is_empty")]
    pub orders: Vec<EntryHash>,
    /// The answers that the decision rests on.
    #[cbor(n(16), default, skip_if = "Vec::is_empty")]
    pub answers: Vec<EntryHash>,
    /// Of a step: the entry of the step before it, or the one that took the request in.
    #[n(17)]
    pub follows: Option<EntryHash>,
    /// Of a consultation: the version of the record that is asked about, by its entry.
    #[n(18)]
    pub version: Option<EntryHash>,
}

/// Is what a statement says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// A step of the commission about a request, and the entry that it follows.
    Step(RequestId, EntryHash, RequestStep),
    /// An answer of an owner.
    Answer(OwnerAnswer),
}

impl StepStatement {
    fn bare(salt: [u8; 32], request: Option<RequestId>, act: RequestAct) -> Self {
        Self {
            salt,
            request,
            act,
            identity: None,
            reason: None,
            records: Vec::new(),
            record: None,
            day: None,
            tells_applicant: None,
            texts: Vec::new(),
            consultation: None,
            reply: None,
            groups: Vec::new(),
            restriction: None,
            decision: None,
            orders: Vec::new(),
            answers: Vec::new(),
            follows: None,
            version: None,
        }
    }

    /// The statement of a step that follows on an entry.
    pub fn step(salt: [u8; 32], request: RequestId, follows: EntryHash, step: RequestStep) -> Self {
        let of = |act| Self { follows: Some(follows), ..Self::bare(salt, Some(request), act) };
        match step {
            RequestStep::IdentityConfirmed(check) => {
                Self { identity: Some(check), ..of(RequestAct::ConfirmIdentity) }
            }
            RequestStep::FoundAdmissible => of(RequestAct::FindAdmissible),
            RequestStep::FoundInadmissible(reason) => {
                Self { reason: Some(reason), ..of(RequestAct::FindInadmissible) }
            }
            RequestStep::Searched(records) => Self { records, ..of(RequestAct::Search) },
            RequestStep::Consulted { record, version, due, tells_applicant, texts } => Self {
                record: Some(record),
                version: Some(version),
                day: Some(due),
                tells_applicant: Some(tells_applicant),
                texts,
                ..of(RequestAct::Consult)
            },
            RequestStep::Extended { until, texts } => {
                Self { day: Some(until), texts, ..of(RequestAct::Extend) }
            }
            RequestStep::Decided { decision, orders, answers, texts } => {
                Self { decision: Some(decision), orders, answers, texts, ..of(RequestAct::Decide) }
            }
            RequestStep::Withdrawn => of(RequestAct::Withdraw),
            RequestStep::Answered => of(RequestAct::Answer),
            RequestStep::Closed => of(RequestAct::Close),
        }
    }

    /// The statement of an answer.
    pub fn answer(salt: [u8; 32], answer: OwnerAnswer) -> Self {
        Self {
            consultation: Some(answer.consultation),
            reply: Some(answer.reply),
            groups: answer.groups,
            restriction: answer.restriction,
            texts: answer.texts,
            ..Self::bare(salt, None, RequestAct::AnswerConsultation)
        }
    }

    /// What it says; `None` where a field is missing, one stands that does not belong to the act, or the act is one of a later
    /// version: it changes nothing then.
    pub fn read(&self) -> Option<Said> {
        let said = self.read_act()?;
        let written = match said.clone() {
            Said::Step(request, follows, step) => Self::step(self.salt, request, follows, step),
            Said::Answer(answer) => Self::answer(self.salt, answer),
        };
        (written == *self).then_some(said)
    }

    fn read_act(&self) -> Option<Said> {
        let texts = || self.texts.clone();
        let step = match self.act {
            RequestAct::ConfirmIdentity => RequestStep::IdentityConfirmed(self.identity?),
            RequestAct::FindAdmissible => RequestStep::FoundAdmissible,
            RequestAct::FindInadmissible => RequestStep::FoundInadmissible(self.reason?),
            RequestAct::Search => RequestStep::Searched(self.records.clone()),
            RequestAct::Consult => RequestStep::Consulted {
                record: self.record?,
                version: self.version?,
                due: self.day?,
                tells_applicant: self.tells_applicant?,
                texts: texts(),
            },
            RequestAct::Extend => RequestStep::Extended { until: self.day?, texts: texts() },
            RequestAct::Decide => RequestStep::Decided {
                decision: self.decision?,
                orders: self.orders.clone(),
                answers: self.answers.clone(),
                texts: texts(),
            },
            RequestAct::Withdraw => RequestStep::Withdrawn,
            RequestAct::Answer => RequestStep::Answered,
            RequestAct::Close => RequestStep::Closed,
            RequestAct::AnswerConsultation => {
                return Some(Said::Answer(OwnerAnswer {
                    consultation: self.consultation?,
                    reply: self.reply?,
                    groups: self.groups.clone(),
                    restriction: self.restriction,
                    texts: texts(),
                }));
            }
            RequestAct::Unlisted(_) => return None,
        };
        Some(Said::Step(self.request?, self.follows?, step))
    }

    /// What its header says that it is about.
    pub fn subject(&self) -> String {
        match (self.request, self.consultation) {
            (Some(request), _) => request_subject(request),
            (None, Some(consultation)) => consultation_subject(consultation),
            // Of no act of this version.
            (None, None) => "subject-request".to_owned(),
        }
    }
}

/// The subject of a request and of the commission's steps about it.
pub fn request_subject(request: RequestId) -> String {
    format!("subject-request:{request}")
}

/// The subject of an owner's answer, which does not tell which request it is about.
pub fn consultation_subject(consultation: EntryHash) -> String {
    format!("consultation:{consultation}")
}
