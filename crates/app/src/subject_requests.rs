//! Requests of persons to the commission: taken in, searched for, put to the owners of what was found, decided, told.
//!
//! Nothing that a search finds is taken over: somebody compares, and names the records that concern the person. What is told
//! follows from what owners answered, and from nothing else.

use barid_domain::audit::Operation;
use barid_domain::codes::Database;
use barid_domain::contents::{Content, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::{Fault, FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode, RecordId, RequestId};
use barid_domain::orders::{OrderAct, StandingOrder};
use barid_domain::policy;
use barid_domain::streams::StreamClass;
use barid_domain::subject_requests::{
    Applicant, Concerned, Consultation, ConsultationPlace, Decision, Due, Ending, GivenAnswer, IdentityCheck,
    Inadmissible, LostRequest, OwnerAnswer, RECORDS_CAP, RequestBook, RequestError, RequestKind,
    RequestPlace, RequestStatement, RequestStep, Signed, StandingRequest, StepStatement, SubjectRequest,
    Tellable,
};
use barid_domain::text::LocalText;
use barid_store::{HeadChange, HeadMeta, HeadState, Idempotency, KeyScope, NewEntry, SystemChange};
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::{About, Act};
use crate::answers::{Candidate, OpenedRecord, Query, Receipt, Statement};
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::idempotency;
use crate::reviews::upkeep_context;
use crate::searching::Manner;

/// The most requests, or consultations, of one page.
pub const REQUESTS_PAGE_CAP: u32 = 200;
/// The most candidates of one search for an applicant.
const CANDIDATES_CAP: u32 = 50;
/// The most requests that one upkeep erases.
const ERASED_AT_ONCE: usize = 50;
/// Why, in the journal, where the upkeep erases.
const ERASING_REFERENCE: &str = "request of a person past its time";

/// Is a request as the commission takes it in.
#[derive(Clone, Debug)]
pub struct RequestPlan {
    /// What is asked for.
    pub kind: RequestKind,
    /// When it was received.
    pub received_on: Day,
    /// Who asks.
    pub applicant: Applicant,
    /// How the identity was checked; `None` while it was not.
    pub identity: Option<IdentityCheck>,
    /// The language of the answer.
    pub language: String,
    /// The commission's file.
    pub file: String,
}

/// Is a step that the commission wants to take.
#[derive(Clone, Debug)]
pub enum StepPlan {
    /// The identity was checked.
    ConfirmIdentity(IdentityCheck),
    /// It is found admissible.
    FindAdmissible,
    /// It is found not admissible.
    FindInadmissible(Inadmissible),
    /// Everything was searched, and these records concern the person.
    Search(Vec<RecordId>),
    /// The owner of a record is asked.
    Consult {
        /// The record.
        record: RecordId,
        /// Until when an answer is waited for.
        due: Day,
        /// Whether the owner is told who asks.
        tells_applicant: bool,
        /// What is asked.
        texts: Vec<LocalText>,
    },
    /// More time is needed.
    Extend {
        /// The new day.
        until: Day,
        /// Why.
        texts: Vec<LocalText>,
    },
    /// It is decided. It rests on the last answer of each owner.
    Decide {
        /// What.
        decision: Decision,
        /// The orders that were issued.
        orders: Vec<EntryHash>,
        /// Why.
        texts: Vec<LocalText>,
    },
    /// The applicant does not ask any more.
    Withdraw,
    /// The applicant was told.
    Answer,
    /// Nothing follows.
    Close,
}

/// Is a request as the commission reads it.
#[derive(Clone, Debug)]
pub struct RequestRead {
    /// What stands.
    pub standing: StandingRequest,
    /// What has to be done, and until when.
    pub due: Vec<Due>,
    /// Whether a day for it has passed.
    pub is_overdue: bool,
    /// What owners answered last, by the record.
    pub answers: Vec<(RecordId, GivenAnswer)>,
}

/// Is a page of requests.
#[derive(Clone, Debug)]
pub struct RequestPage {
    /// Those first whose day comes first.
    pub requests: Vec<RequestRead>,
    /// Those whose intake does not count; with the first page.
    pub lost: Vec<LostRequest>,
    /// The place behind which the next page begins.
    pub next: Option<RequestPlace>,
}

/// Is what an applicant is told. Where nothing was found, and where nothing may be told, it is the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequestOutcome {
    /// What may be told of records.
    Told,
    /// That there is nothing to tell.
    NothingToTell,
    /// That the commission had records corrected or erased.
    Corrected,
    /// That the request was not admissible, and why.
    Inadmissible(Inadmissible),
    /// That the request was withdrawn.
    Withdrawn,
}

/// Is what may be told to the applicant.
#[derive(Clone, Debug)]
pub struct Disclosure {
    /// In which language.
    pub language: String,
    /// What.
    pub outcome: RequestOutcome,
    /// What of each record may be told; those that are gone since are not among them.
    pub records: Vec<OpenedRecord>,
}

/// Is what a search for an applicant found, to be compared by somebody.
#[derive(Clone, Debug)]
pub struct ApplicantCandidates {
    /// Best first, each record once.
    pub candidates: Vec<Candidate>,
    /// Whether a name found as many as one search gives: there may be more.
    pub may_be_more: bool,
    /// The names and numbers that nothing can be searched by, as they were written.
    pub not_searched: Vec<String>,
    /// Records that orders keep from everybody else: no search compares them.
    pub kept_back: Vec<RecordId>,
}

/// Is what an owner was asked about a record.
#[derive(Clone, Debug)]
pub struct ConsultationRead {
    /// The consultation, which the answer names.
    pub entry: EntryHash,
    /// The commission that asks.
    pub commission: OrganisationCode,
    /// The record.
    pub record: RecordId,
    /// The version of it that the answer is about, by its entry.
    pub version: EntryHash,
    /// Its database.
    pub database: Database,
    /// Until when an answer is waited for.
    pub due: Day,
    /// What is asked.
    pub texts: Vec<LocalText>,
    /// Who asks, where the commission tells it.
    pub applicant: Option<Applicant>,
    /// What was answered last.
    pub answer: Option<GivenAnswer>,
    /// Whether an answer counts still.
    pub is_open: bool,
}

/// Is a page of consultations.
#[derive(Clone, Debug)]
pub struct ConsultationPage {
    /// Those first that wait for an answer.
    pub consultations: Vec<ConsultationRead>,
    /// The place behind which the next page begins.
    pub next: Option<ConsultationPlace>,
}

impl ApplicantCandidates {
    /// Takes in what one search found: each record once, with its best score.
    fn take_in(&mut self, candidates: Vec<Candidate>) {
        self.may_be_more |= candidates.len() >= CANDIDATES_CAP as usize;
        for candidate in candidates {
            match self.candidates.iter_mut().find(|known| known.record == candidate.record) {
                Some(known) if known.score < candidate.score => *known = candidate,
                Some(_) => {}
                None => self.candidates.push(candidate),
            }
        }
    }
}

impl App {
    /// Takes in a request of a person.
    ///
    /// # Errors
    /// [`AppError::Refused`] for everybody but the commission's officers who hear requests; [`AppError::Faulty`] with every
    /// fault.
    pub async fn take_in_request(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: RequestPlan,
    ) -> Result<(RequestId, Receipt), AppError> {
        let done = self.enter_request(ctx, key, plan).await;
        self.journal_refusal(ctx, Operation::TakeInRequest, None, done).await
    }

    async fn enter_request(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: RequestPlan,
    ) -> Result<(RequestId, Receipt), AppError> {
        self.may_hear(ctx, Operation::TakeInRequest, false)?;
        let of_request = |request| SubjectRequest {
            request,
            kind: plan.kind,
            received_on: plan.received_on,
            applicant: plan.applicant.clone(),
            identity: plan.identity,
            language: plan.language.clone(),
            reference: plan.file.clone(),
        };
        let idempotency = idempotency(ctx, key, hash_of("take-in", &encode(&of_request(RequestId([0; 16])))));
        let book = self.request_book().await?;
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok((opened_by(&book, ctx, &receipt)?, receipt));
        }
        let (request, now) = (of_request(RequestId::from_random(self.ports().draw())), self.now());
        let mut faults = Faults::default();
        request.check(now.day(), &mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        let name = request.request;
        let statement = RequestStatement { salt: self.ports().draw(), request };
        let (payload, content) = (encode(&statement), Content::SubjectRequest(statement));
        let written = Written { operation: Operation::TakeInRequest, name, idempotency, records: Vec::new() };
        let receipt = self.write_to_requests(ctx, written, content, payload, now).await?;
        let book = self.request_book().await?;
        Ok((opened_by(&book, ctx, &receipt)?, receipt))
    }

    /// Takes a step about a request of the caller's commission.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such request of the caller's, or a record that it names is not there;
    /// [`AppError::Request`] where the step does not follow.
    pub async fn step_request(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        request: RequestId,
        plan: StepPlan,
    ) -> Result<Receipt, AppError> {
        let done = self.enter_step(ctx, key, request, plan).await;
        self.journal_refusal(ctx, Operation::StepRequest, None, done).await
    }

    async fn enter_step(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        request: RequestId,
        plan: StepPlan,
    ) -> Result<Receipt, AppError> {
        let binds = ends_request(&plan);
        self.may_hear(ctx, Operation::StepRequest, binds)?;
        let idempotency = idempotency(ctx, key, hash_of_step(ctx, request, &plan));
        let book = self.request_book().await?;
        let (commission, now) = (ctx.actor.organisation, self.now());
        let standing = book.request(commission, request).ok_or(AppError::Absent)?;
        if let Some(receipt) = self.replay(&idempotency).await? {
            must_count(&*self.request_book().await?, &receipt)?;
            return Ok(receipt);
        }
        let step = self.step_of(ctx, &book, standing, plan).await?;
        let follows = standing.last_entry();
        let statement = StepStatement::step(self.ports().draw(), request, follows, step.clone());
        let (payload, content) = (encode(&statement), Content::SubjectRequestStep(statement));
        let registry = self.registry();
        let kind = registry.active(commission).ok_or(policy::Refusal::NotActive)?.kind;
        // Its own hash is not known before it is signed, and decides nothing.
        let signed = Signed { entry: EntryHash([0; 32]), issuer: commission, kind, at: whole_seconds(now) };
        book.may_step(signed, request, &step)?;
        let records = named_by(&step);
        let written = Written { operation: Operation::StepRequest, name: request, idempotency, records };
        let receipt = self.write_to_requests(ctx, written, content, payload, now).await?;
        let book = self.request_book().await?;
        must_count(&book, &receipt)?;
        Ok(receipt)
    }

    /// The step that a plan comes to: the records' owners, and the answers that a decision rests on, are looked up.
    async fn step_of(
        &self,
        ctx: &OpContext,
        book: &RequestBook,
        standing: &StandingRequest,
        plan: StepPlan,
    ) -> Result<RequestStep, AppError> {
        Ok(match plan {
            StepPlan::ConfirmIdentity(check) => RequestStep::IdentityConfirmed(check),
            StepPlan::FindAdmissible => RequestStep::FoundAdmissible,
            StepPlan::FindInadmissible(reason) => RequestStep::FoundInadmissible(reason),
            StepPlan::Search(records) => RequestStep::Searched(self.concerned(standing, &records).await?),
            StepPlan::Consult { record, due, tells_applicant, texts } => {
                let head = self.store().head(record).await.map_err(AppError::Store)?;
                let version = head.ok_or_else(|| faulty("record", FaultCode::Impossible))?.current;
                RequestStep::Consulted { record, version, due, tells_applicant, texts }
            }
            StepPlan::Extend { until, texts } => RequestStep::Extended { until, texts },
            StepPlan::Decide { decision, orders, texts } => {
                self.must_be_orders(ctx, standing, &orders)?;
                let answers = book.answers_about(standing);
                let answers = answers.into_iter().map(|(_, given)| given.signed.entry).collect();
                RequestStep::Decided { decision, orders, answers, texts }
            }
            StepPlan::Withdraw => RequestStep::Withdrawn,
            StepPlan::Answer => RequestStep::Answered,
            StepPlan::Close => RequestStep::Closed,
        })
    }

    /// Looks up the owners of records. One that was named before is as it was then.
    async fn concerned(
        &self,
        standing: &StandingRequest,
        records: &[RecordId],
    ) -> Result<Vec<Concerned>, AppError> {
        if records.len() > RECORDS_CAP {
            return Err(faulty("records", FaultCode::TooMany));
        }
        let mut found = Vec::with_capacity(records.len());
        for (at, record) in records.iter().enumerate() {
            if let Some(known) = standing.concerned().find(|one| one.record == *record) {
                found.push(*known);
                continue;
            }
            let head = self.store().head(*record).await.map_err(AppError::Store)?;
            let head = head.filter(|head| head.state != HeadState::Erased);
            let head = head.ok_or_else(|| faulty(&format!("records[{at}]"), FaultCode::Impossible))?;
            found.push(Concerned { record: *record, database: head.database, owner: head.owner });
        }
        Ok(found)
    }

    /// Refuses a decision that names anything but orders of the commission by which a record of the request was corrected, erased
    /// or blocked: that is what the applicant is told.
    fn must_be_orders(
        &self,
        ctx: &OpContext,
        standing: &StandingRequest,
        orders: &[EntryHash],
    ) -> Result<(), AppError> {
        let book = self.order_book();
        let issued = book.orders();
        for (at, order) in orders.iter().enumerate() {
            let about = |one: &&&StandingOrder| {
                one.commission == ctx.actor.organisation
                    && standing.concerned().any(|concerned| concerned.record == one.order.record)
            };
            let found = issued.iter().find(|one| one.entry == *order).filter(about);
            let corrects = found.is_some_and(|one| match one.order.act {
                OrderAct::Correct | OrderAct::Erase => true,
                OrderAct::Block => book.blocks(one.order.record),
                OrderAct::Unblock
                | OrderAct::Annotate
                | OrderAct::DoNotReEnter
                | OrderAct::Lift
                | OrderAct::Mark
                | OrderAct::Unlisted(_) => false,
            });
            if !corrects {
                return Err(faulty(&format!("orders[{at}]"), FaultCode::Impossible));
            }
        }
        Ok(())
    }

    /// Lists the requests of the caller's commission, those first whose day comes first.
    ///
    /// # Errors
    /// [`AppError::Refused`] for everybody but the commission's officers who hear requests.
    pub async fn subject_requests(
        &self,
        ctx: &OpContext,
        is_closed_too: bool,
        after: Option<RequestPlace>,
        limit: u32,
    ) -> Result<RequestPage, AppError> {
        self.may_hear(ctx, Operation::ReadRequests, false)?;
        let act = self.begin(ctx, Operation::ReadRequests, None, None).await?;
        let (book, today) = (self.request_book().await?, self.now().day());
        let most = limit.clamp(1, REQUESTS_PAGE_CAP) as usize;
        let mut standing = book.requests_of(ctx.actor.organisation);
        standing.retain(|one| is_closed_too || one.ends_on().is_none());
        standing.retain(|one| after.is_none_or(|after| book.place(one) > after));
        let is_cut = standing.len() > most;
        standing.truncate(most);
        let next = standing.last().filter(|_| is_cut).map(|last| book.place(last));
        let lost = match after {
            None => book.lost_of(ctx.actor.organisation).copied().collect(),
            Some(_) => Vec::new(),
        };
        let requests = standing.into_iter().map(|one| read(&book, one, today)).collect();
        self.end(ctx, act, Vec::new()).await?;
        Ok(RequestPage { requests, lost, next })
    }

    /// Opens a request of the caller's commission.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is none.
    pub async fn subject_request(
        &self,
        ctx: &OpContext,
        request: RequestId,
    ) -> Result<RequestRead, AppError> {
        self.may_hear(ctx, Operation::ReadRequests, false)?;
        let (book, today) = (self.request_book().await?, self.now().day());
        let found = book.request(ctx.actor.organisation, request);
        let act = self.begin_about(ctx, Operation::ReadRequests, about(found)).await?;
        let read = found.map(|one| read(&book, one, today));
        let records = found.map(|one| one.concerned().map(|one| one.record).collect()).unwrap_or_default();
        self.end(ctx, act, records).await?;
        read.ok_or(AppError::Absent)
    }

    /// Searches what stands for the applicant of a request, by each of its names; a number finds what holds it besides. Each search
    /// has its own lines in the journal, which name the request and which name it was, and not whom was searched for. What no
    /// search compares is named: records that orders keep back, and names and numbers that nothing can be searched by.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such request of the caller's.
    pub async fn applicant_candidates(
        &self,
        ctx: &OpContext,
        request: RequestId,
        numbers: &[String],
    ) -> Result<ApplicantCandidates, AppError> {
        let applicant = self.subject_request(ctx, request).await?.standing.request.applicant;
        let kept_back: Vec<_> = self.order_book().closed().keys().copied().take(RECORDS_CAP + 1).collect();
        let mut found = ApplicantCandidates {
            candidates: Vec::new(),
            may_be_more: kept_back.len() > RECORDS_CAP,
            not_searched: Vec::new(),
            kept_back: kept_back.into_iter().take(RECORDS_CAP).collect(),
        };
        let terms = applicant.names.iter().chain(numbers);
        for ((what, query), term) in self.queries_for(&applicant, numbers).zip(terms) {
            let manner = Manner::Applicant(format!("subject-request={request}\n{what}"));
            match self.search_in(ctx, &query, &manner).await {
                Ok(answer) => found.take_in(answer.candidates),
                // Nothing can be searched by it; the others are searched for all the same.
                Err(AppError::Query(_) | AppError::Faulty(_)) => found.not_searched.push(term.clone()),
                Err(error) => return Err(error),
            }
        }
        found.candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(found)
    }

    /// What is searched for an applicant, and what the journal says of it: each of its names, then each of its numbers.
    fn queries_for<'a>(
        &self,
        applicant: &'a Applicant,
        numbers: &'a [String],
    ) -> impl Iterator<Item = (String, Query)> + use<'a> {
        let nationality = match applicant.nationalities.as_slice() {
            [one] => Some(*one),
            // Of several each could be the one that is recorded: none is asked for.
            _ => None,
        };
        let birth = applicant.birth.map(|birth| birth.to_string());
        // One that can't be asked for narrows nothing.
        let birth = birth.filter(|typed| self.birth_fault(typed).is_none());
        let by_name = applicant.names.iter().enumerate().map(move |(at, name)| {
            let (name, birth) = (Some(name.clone()), birth.clone());
            let query = Query { name, birth, nationality, limit: Some(CANDIDATES_CAP), ..Query::default() };
            (format!("name={}", at + 1), query)
        });
        let by_number = numbers.iter().enumerate().map(|(at, number)| {
            let document_number = Some(number.clone());
            let query = Query { document_number, limit: Some(CANDIDATES_CAP), ..Query::default() };
            (format!("number={}", at + 1), query)
        });
        by_name.chain(by_number)
    }

    /// What the applicant of a request may be told: of each record what its owner consented to, and nothing before it was decided.
    /// Each record is opened, which has lines of its own in the journal.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such request of the caller's; [`AppError::Request`] while it has not ended.
    pub async fn disclosure(&self, ctx: &OpContext, request: RequestId) -> Result<Disclosure, AppError> {
        self.may_hear(ctx, Operation::ReadRequests, false)?;
        self.hide_overdue().await?;
        let book = self.request_book().await?;
        let found = book.request(ctx.actor.organisation, request);
        let act = self.begin_about(ctx, Operation::ReadRequests, about(found)).await?;
        let decided = found
            .ok_or(AppError::Absent)
            .and_then(|standing| Ok((standing, standing.ending().ok_or(RequestError::OutOfOrder)?)));
        let (standing, ending) = match decided {
            Ok(decided) => decided,
            Err(error) => {
                self.refuse(ctx, act, &error).await?;
                return Err(error);
            }
        };
        self.end(ctx, act, Vec::new()).await?;
        let mut records = Vec::new();
        for tellable in book.told(standing) {
            // Gone since, or changed, it is not told.
            if let Some(mut opened) = self.open_to_tell(ctx, &tellable).await? {
                opened.hide_from_subject(tellable.mask);
                records.push(opened);
            }
        }
        keep_links_between_told(&mut records);
        let language = standing.request.language.clone();
        Ok(Disclosure { language, outcome: outcome(ending, records.is_empty()), records })
    }

    /// Opens a record that is to be told; `None` where it is not there, is another owner's than consented, or is not the version
    /// that this owner was asked about.
    async fn open_to_tell(
        &self,
        ctx: &OpContext,
        tellable: &Tellable,
    ) -> Result<Option<OpenedRecord>, AppError> {
        let concerned = &tellable.concerned;
        let act = self.begin(ctx, Operation::OpenRecord, None, Some(concerned.record)).await?;
        let opened = match self.scope_to_open(ctx) {
            Ok(scope) => self.open_visible(&scope, &act, concerned.record).await,
            Err(refusal) => Err(refusal.into()),
        };
        match opened {
            Ok(opened) => {
                self.end(ctx, act, vec![concerned.record]).await?;
                let is_asked = opened.owner == concerned.owner && opened.entry == tellable.version;
                Ok(Some(opened).filter(|_| is_asked))
            }
            Err(error) => {
                self.refuse(ctx, act, &error).await?;
                if matches!(error, AppError::Absent) { Ok(None) } else { Err(error) }
            }
        }
    }

    /// Lists what the caller's organisation was asked about its records, what waits for an answer first; not of records above the
    /// officer's clearance.
    ///
    /// # Errors
    /// [`AppError::Refused`] for the commission, which has no records.
    pub async fn consultations(
        &self,
        ctx: &OpContext,
        after: Option<ConsultationPlace>,
        limit: u32,
    ) -> Result<ConsultationPage, AppError> {
        self.may_write(ctx, Operation::ReadConsultations)?;
        let act = self.begin(ctx, Operation::ReadConsultations, None, None).await?;
        let (book, most) = (self.request_book().await?, limit.clamp(1, REQUESTS_PAGE_CAP) as usize);
        let asked = book.consultations_of(ctx.actor.organisation);
        let (mut shown, mut next) = (Vec::<Consultation<'_>>::new(), None);
        for one in asked {
            let is_behind = after.is_none_or(|after| one.place() > after);
            if !is_behind || !self.reads_consultation(ctx, &act, &one.concerned).await? {
                continue;
            }
            if shown.len() == most {
                next = shown.last().map(Consultation::place);
                break;
            }
            shown.push(one);
        }
        let consultations: Vec<_> = shown.into_iter().map(consultation_read).collect();
        self.end(ctx, act, consultations.iter().map(|one| one.record).collect()).await?;
        Ok(ConsultationPage { consultations, next })
    }

    /// Tells whether the caller may read that its organisation was asked about a record: what it says is looked at only where the
    /// officer is not cleared for everything.
    async fn reads_consultation(
        &self,
        ctx: &OpContext,
        act: &Act,
        concerned: &Concerned,
    ) -> Result<bool, AppError> {
        let may = |level| policy::reads_consultation(&ctx.rights, concerned.database, level);
        if may(None) {
            return Ok(true);
        }
        let head = self.store().head(concerned.record).await.map_err(AppError::Store)?;
        let Some(head) = head.filter(|head| head.state != HeadState::Erased) else { return Ok(false) };
        match self.read_own(act, &head).await {
            Ok(opened) => Ok(may(Some(opened.terms.classification))),
            Err(AppError::Absent) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The same for an answer, under lines of its own.
    async fn must_read_consultation(&self, ctx: &OpContext, concerned: &Concerned) -> Result<(), AppError> {
        if policy::reads_consultation(&ctx.rights, concerned.database, None) {
            return Ok(());
        }
        let act = self.begin(ctx, Operation::ReadConsultations, None, None).await?;
        let may = self.reads_consultation(ctx, &act, concerned).await?;
        self.end(ctx, act, if may { vec![concerned.record] } else { Vec::new() }).await?;
        // What it may not read is not on its list either.
        if may { Ok(()) } else { Err(AppError::Absent) }
    }

    /// Answers what the caller's organisation was asked about one of its records; again, in place of what it answered before.
    ///
    /// # Errors
    /// [`AppError::Absent`] where the consultation is none of the caller's, or was superseded; [`AppError::Request`] where it
    /// was decided already.
    pub async fn answer_consultation(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        answer: OwnerAnswer,
    ) -> Result<Receipt, AppError> {
        let done = self.enter_owner_answer(ctx, key, answer).await;
        self.journal_refusal(ctx, Operation::AnswerConsultation, None, done).await
    }

    async fn enter_owner_answer(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        answer: OwnerAnswer,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::AnswerConsultation)?;
        let plain = encode(&StepStatement::answer([0; 32], answer.clone()));
        let idempotency = idempotency(ctx, key, hash_of("answer", &plain));
        let book = self.request_book().await?;
        let (owner, now) = (ctx.actor.organisation, self.now());
        if let Some(receipt) = self.replay(&idempotency).await? {
            must_be_counted(&*self.request_book().await?, owner, &receipt)?;
            return Ok(receipt);
        }
        let asked = book.may_answer(owner, answer.consultation, whole_seconds(now))?;
        self.must_read_consultation(ctx, &asked).await?;
        let rights = self.standing_rights();
        policy::may_answer(rights.of(&ctx.rights), &ctx.actor, asked.database, answer.opens())?;
        let mut faults = Faults::default();
        answer.check(&mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        let (_, name) = book.consulted_in(owner, answer.consultation).ok_or(AppError::Absent)?;
        let statement = StepStatement::answer(self.ports().draw(), answer);
        let (payload, content) = (encode(&statement), Content::SubjectRequestStep(statement));
        let records = vec![asked.record];
        let written = Written { operation: Operation::AnswerConsultation, name, idempotency, records };
        let receipt = self.write_to_requests(ctx, written, content, payload, now).await?;
        let book = self.request_book().await?;
        must_be_counted(&book, owner, &receipt)?;
        Ok(receipt)
    }

    async fn write_to_requests(
        &self,
        ctx: &OpContext,
        written: Written,
        content: Content,
        payload: Vec<u8>,
        now: Timestamp,
    ) -> Result<Receipt, AppError> {
        let entry = self.seal(ctx, &content, payload, now)?;
        let hash = entry.hash();
        let mut tx = self.store().begin_write(Some(written.idempotency));
        tx.append(NewEntry {
            organisation: ctx.actor.organisation,
            class: StreamClass::Requests,
            hash,
            bytes: entry.bytes().to_vec(),
            key: KeyScope::Request(written.name),
            change: HeadChange::None,
            items: Vec::new(),
            meta: HeadMeta { database: Database::Persons, review_on: now.day() },
        });
        let line = self.write_line(ctx, written.operation, now, written.records, vec![hash]);
        self.commit(tx, line, Vec::new(), vec![hash]).await
    }

    fn may_hear(&self, ctx: &OpContext, operation: Operation, binds: bool) -> Result<(), AppError> {
        let rights = self.standing_rights();
        Ok(policy::may_hear(rights.of(&ctx.rights), &ctx.actor, operation, binds)?)
    }

    /// Tells whether the caller may take out what stands in an entry about a person's request that is its organisation's own: the
    /// commission's officers who hear requests, and an owner's who may answer whatever it is asked.
    pub(crate) fn may_take_out_of_requests(&self, ctx: &OpContext) -> bool {
        let is_owners = self.may_write(ctx, Operation::ReadConsultations).is_ok();
        is_owners && ctx.rights.databases.is_none()
            || self.may_hear(ctx, Operation::ReadRequests, false).is_ok()
    }

    /// Erases the requests whose time is over, with the steps about them and what owners answered. One that can't be erased keeps
    /// no other one.
    pub(crate) async fn erase_requests(&self) -> Result<(), AppError> {
        let over = self.requests_to_erase().await?;
        let (mut erased, mut failed) = (0, 0);
        for (commission, request) in over {
            if erased + failed >= ERASED_AT_ONCE {
                break;
            }
            match self.erase_request(commission, request).await {
                Ok(()) => erased += 1,
                Err(error) => {
                    tracing::error!(
                        code = error.code(),
                        "a request of a person past its time was not erased"
                    );
                    failed += 1;
                }
            }
        }
        if erased > 0 {
            tracing::info!(requests = erased, "requests of persons past their time were erased");
        }
        Ok(())
    }

    async fn erase_request(&self, commission: OrganisationCode, request: RequestId) -> Result<(), AppError> {
        let (ctx, now) = (upkeep_context(commission, ERASING_REFERENCE)?, self.now());
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::EraseRequest { request });
        let line = self.write_line(&ctx, Operation::EraseRecord, now, Vec::new(), Vec::new());
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok(())
    }
}

/// Is what a write to the streams of requests is besides its entry.
struct Written {
    operation: Operation,
    name: RequestId,
    idempotency: Idempotency,
    records: Vec<RecordId>,
}

fn read(book: &RequestBook, standing: &StandingRequest, today: Day) -> RequestRead {
    let answers = book.answers_about(standing);
    RequestRead {
        due: book.due(standing),
        is_overdue: book.is_overdue(standing, today),
        answers: answers.into_iter().map(|(record, given)| (record, given.clone())).collect(),
        standing: standing.clone(),
    }
}

/// What the line of the journal names: the entry that took the request in.
fn about(found: Option<&StandingRequest>) -> About {
    About { entry: found.map(|one| one.opened.entry), ..About::default() }
}

/// What an applicant is told of how its request ended. What would tell that there is something is said alike where there is nothing.
///
/// What may be told of no record any more is told as nothing: "something, but not a word of it" would tell that there is something.
fn outcome(ending: Ending, is_empty: bool) -> RequestOutcome {
    match ending {
        Ending::Decided(Decision::Disclosed | Decision::PartlyDisclosed) if is_empty => {
            RequestOutcome::NothingToTell
        }
        Ending::Inadmissible(reason) => RequestOutcome::Inadmissible(reason),
        Ending::Withdrawn => RequestOutcome::Withdrawn,
        Ending::Decided(Decision::Disclosed | Decision::PartlyDisclosed) => RequestOutcome::Told,
        Ending::Decided(Decision::OrdersIssued) => RequestOutcome::Corrected,
        Ending::Decided(
            Decision::NotDisclosed | Decision::NoData | Decision::Compliant | Decision::Unlisted(_),
        ) => RequestOutcome::NothingToTell,
    }
}

/// Leaves out links of which a record is not told: they name it, and nobody was asked whether that may be.
fn keep_links_between_told(records: &mut Vec<OpenedRecord>) {
    let is_link = |one: &&OpenedRecord| matches!(one.statement, Statement::Link(_));
    let told: Vec<_> = records.iter().filter(|one| !is_link(one)).map(|one| one.record).collect();
    records.retain(|one| match &one.statement {
        Statement::Link(link) => told.contains(&link.from.record) && told.contains(&link.to.record),
        Statement::Person(_) | Statement::TravelDocument(_) | Statement::Object(_) => true,
    });
}

fn consultation_read(one: Consultation<'_>) -> ConsultationRead {
    ConsultationRead {
        entry: one.entry,
        commission: one.commission,
        record: one.concerned.record,
        version: one.version,
        database: one.concerned.database,
        due: one.due,
        texts: one.texts.to_vec(),
        applicant: one.applicant.cloned(),
        answer: one.answer.cloned(),
        is_open: one.is_open,
    }
}

fn opened_by(book: &RequestBook, ctx: &OpContext, receipt: &Receipt) -> Result<RequestId, AppError> {
    let entry = receipt.entries.first().map(|(entry, _)| *entry);
    // A receipt of a request that was erased since.
    entry.and_then(|entry| book.opened_by(ctx.actor.organisation, entry)).ok_or(AppError::Absent)
}

/// Whether what was written counts: another replica may have written in between.
fn must_count(book: &RequestBook, receipt: &Receipt) -> Result<(), AppError> {
    let counts = receipt.entries.iter().all(|(entry, _)| book.has_taken(*entry));
    if counts { Ok(()) } else { Err(RequestError::Superseded.into()) }
}

/// The same for an answer: it may have come while the commission decided, or asked anew.
fn must_be_counted(book: &RequestBook, owner: OrganisationCode, receipt: &Receipt) -> Result<(), AppError> {
    let counts = receipt.entries.iter().all(|(entry, _)| book.is_answer_counted(owner, *entry));
    if counts { Ok(()) } else { Err(RequestError::Superseded.into()) }
}

/// Tells whether a step ends its request, which is for who may bind the commission.
fn ends_request(plan: &StepPlan) -> bool {
    match plan {
        StepPlan::Decide { .. } | StepPlan::FindInadmissible(_) | StepPlan::Withdraw => true,
        StepPlan::ConfirmIdentity(_)
        | StepPlan::FindAdmissible
        | StepPlan::Search(_)
        | StepPlan::Consult { .. }
        | StepPlan::Extend { .. }
        | StepPlan::Answer
        | StepPlan::Close => false,
    }
}

fn named_by(step: &RequestStep) -> Vec<RecordId> {
    match step {
        RequestStep::Searched(found) => found.iter().map(|one| one.record).collect(),
        RequestStep::Consulted { record, .. } => vec![*record],
        RequestStep::IdentityConfirmed(_)
        | RequestStep::FoundAdmissible
        | RequestStep::FoundInadmissible(_)
        | RequestStep::Extended { .. }
        | RequestStep::Decided { .. }
        | RequestStep::Withdrawn
        | RequestStep::Answered
        | RequestStep::Closed => Vec::new(),
    }
}

fn faulty(place: &str, code: FaultCode) -> AppError {
    AppError::Faulty(vec![Fault { place: place.to_owned(), code }])
}

/// The time as an entry has it.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.seconds())
}

fn hash_of(what: &str, bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(what).chain_update([0]).chain_update(bytes).finalize().into()
}

/// What was asked for, without what is looked up.
fn hash_of_step(ctx: &OpContext, request: RequestId, plan: &StepPlan) -> [u8; 32] {
    let (database, owner) = (Database::Persons, ctx.actor.organisation);
    let step = match plan.clone() {
        StepPlan::ConfirmIdentity(check) => RequestStep::IdentityConfirmed(check),
        StepPlan::FindAdmissible => RequestStep::FoundAdmissible,
        StepPlan::FindInadmissible(reason) => RequestStep::FoundInadmissible(reason),
        StepPlan::Search(records) => {
            let one = |record| Concerned { record, database, owner };
            RequestStep::Searched(records.into_iter().map(one).collect())
        }
        StepPlan::Consult { record, due, tells_applicant, texts } => {
            RequestStep::Consulted { record, version: EntryHash([0; 32]), due, tells_applicant, texts }
        }
        StepPlan::Extend { until, texts } => RequestStep::Extended { until, texts },
        StepPlan::Decide { decision, orders, texts } => {
            RequestStep::Decided { decision, orders, answers: Vec::new(), texts }
        }
        StepPlan::Withdraw => RequestStep::Withdrawn,
        StepPlan::Answer => RequestStep::Answered,
        StepPlan::Close => RequestStep::Closed,
    };
    hash_of("step", &encode(&StepStatement::step([0; 32], request, EntryHash([0; 32]), step)))
}
