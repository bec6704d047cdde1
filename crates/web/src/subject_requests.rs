//! Requests of persons to the commission.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use barid_api::reading::Why;
use barid_api::subject_requests::{
    ApplicantCandidatesShown, ApplicantSearchRequest, ApplicantSearchResponse, ApplicantStated,
    ConcernedShown, DisclosedShown, DisclosureResponse, DisclosureShown, DueShown, OutcomeCode, ReadStep,
    StepResponse, StepSubmission, SubjectRequestLine, SubjectRequestRequest, SubjectRequestResponse,
    SubjectRequestShown, SubjectRequestSubmission, SubjectRequestTaken, SubjectRequestsPage,
    SubjectRequestsRequest, SubjectRequestsResponse,
};
use barid_api::texts::{Cursor, IdempotencyKeyText};
use barid_app::{
    AppError, ApplicantCandidates, Disclosure, OpenedRecord, RequestOutcome, RequestPlan, RequestRead,
    StepPlan,
};
use barid_domain::codes::Purpose;
use barid_domain::dates::Day;
use barid_domain::subject_requests::RequestPlace;

use crate::answers::{Answer, Refused, read_to_end, under};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::{receipt_shown, record_shown, to_its_end};
use crate::searching;
use crate::state::Shared;

/// Requests are heard for oversight, and for nothing else.
fn why(reference: String) -> Why {
    Why { purpose: Purpose::Oversight, reference }
}

/// Takes in a request of a person: what is held about me, or correct or delete it.
///
/// For the commission's officers alone, with rights in every database. It is sealed under a key of its own.
#[utoipa::path(post, path = "/v1/subject-requests", tag = "subject-requests",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = SubjectRequestSubmission,
    responses((status = 201, description = "The request's name and the receipt.", body = SubjectRequestTaken)))]
pub(crate) async fn take_in_request(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<SubjectRequestSubmission>,
) -> Result<(StatusCode, Out<SubjectRequestTaken>), Refused> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(read.reference))?;
    let plan = RequestPlan {
        kind: read.kind,
        received_on: read.received_on,
        applicant: read.applicant,
        identity: read.identity,
        language: read.language,
        file: read.file,
    };
    let done = to_its_end(async move { web.app.take_in_request(&ctx, key, plan).await }).await?;
    let (name, receipt) = done?;
    let taken = SubjectRequestTaken { request: name.to_string().into(), receipt: receipt_shown(&receipt) };
    Ok((StatusCode::CREATED, Out(taken)))
}

/// Lists the requests of the caller's commission with what has to be done about each and until when, those first whose day comes
/// first.
#[utoipa::path(post, path = "/v1/subject-requests/list", tag = "subject-requests",
    request_body = SubjectRequestsRequest,
    responses((status = 200, description = "A page, or null.", body = SubjectRequestsResponse)))]
pub(crate) async fn list_requests(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<SubjectRequestsRequest>,
) -> Answer<SubjectRequestsResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| plain.try_into().ok()) {
                Some(place) => Some(RequestPlace(place)),
                None => return Ok(Out(SubjectRequestsResponse { page: None })),
            }
        }
    };
    let ctx = caller.context(why(reference))?;
    let page = web.app.subject_requests(&ctx, request.closed_too, after, limit).await?;
    let today = web.today();
    let requests = page.requests.iter().map(|read| request_line(read, today)).collect();
    let not_counting = page.lost.iter().map(Into::into).collect();
    let next = page.next.map(|place| Cursor::from(web.app.seal_cursor(&ctx.actor, &place.0)));
    Ok(Out(SubjectRequestsResponse { page: Some(SubjectRequestsPage { requests, not_counting, next }) }))
}

/// Opens a request with its steps, the records that concern the person, and what their owners answered.
#[utoipa::path(post, path = "/v1/subject-requests/open", tag = "subject-requests",
    request_body = SubjectRequestRequest,
    responses((status = 200, description = "The request, or null.", body = SubjectRequestResponse)))]
pub(crate) async fn open_request(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<SubjectRequestRequest>,
) -> Answer<SubjectRequestResponse> {
    let (reference, name) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    match web.app.subject_request(&ctx, name).await {
        Ok(read) => Ok(Out(SubjectRequestResponse { request: Some(request_shown(&read, web.today())) })),
        Err(AppError::Absent) => Ok(Out(SubjectRequestResponse { request: None })),
        Err(error) => Err(error.into()),
    }
}

/// Takes a step about a request: identity, admissibility, search, consultation of an owner, more time, decision, answer, close, or
/// that the applicant does not ask any more.
///
/// Deciding, finding a request not admissible, and that the applicant does not ask any more need a token that may bind the
/// commission. A step that does not follow is
/// refused, and nothing is written.
#[utoipa::path(post, path = "/v1/subject-requests/steps", tag = "subject-requests",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = StepSubmission,
    responses((status = 200, description = "The receipt, or null.", body = StepResponse)))]
pub(crate) async fn step_request(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<StepSubmission>,
) -> Answer<StepResponse> {
    let (reference, name, step) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let plan = plan_of(step);
    let done = to_its_end(async move { web.app.step_request(&ctx, key, name, plan).await }).await?;
    match done {
        Ok(receipt) => Ok(Out(StepResponse { taken: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(StepResponse { taken: None })),
        Err(error) => Err(under("step", error).into()),
    }
}

fn plan_of(step: ReadStep) -> StepPlan {
    match step {
        ReadStep::ConfirmIdentity(check) => StepPlan::ConfirmIdentity(check),
        ReadStep::FindAdmissible => StepPlan::FindAdmissible,
        ReadStep::FindInadmissible(reason) => StepPlan::FindInadmissible(reason),
        ReadStep::Search(records) => StepPlan::Search(records),
        ReadStep::Consult { record, due, tells_applicant, texts } => {
            StepPlan::Consult { record, due, tells_applicant, texts }
        }
        ReadStep::Extend { until, texts } => StepPlan::Extend { until, texts },
        ReadStep::Decide { decision, orders, texts } => StepPlan::Decide { decision, orders, texts },
        ReadStep::Withdraw => StepPlan::Withdraw,
        ReadStep::Answer => StepPlan::Answer,
        ReadStep::Close => StepPlan::Close,
    }
}

/// Searches every database for the applicant of a request, by each of its names.
///
/// Not searched is what does not stand (withdrawn, erased, past its review), what stands in free text and in pictures, and what
/// orders keep back: these records are named. What is found is to be compared by somebody, who names the records that concern the person in a step; nothing is taken over.
#[utoipa::path(post, path = "/v1/subject-requests/candidates", tag = "subject-requests",
    request_body = ApplicantSearchRequest,
    responses((status = 200, description = "What was found, or null.", body = ApplicantSearchResponse)))]
pub(crate) async fn search_for_applicant(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ApplicantSearchRequest>,
) -> Answer<ApplicantSearchResponse> {
    let (reference, name, numbers) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    match web.app.applicant_candidates(&ctx, name, &numbers).await {
        Ok(found) => Ok(Out(ApplicantSearchResponse { found: Some(candidates_shown(found)) })),
        Err(AppError::Absent) => Ok(Out(ApplicantSearchResponse { found: None })),
        Err(error) => Err(error.into()),
    }
}

/// Says what the applicant of a request may be told: of each record what its owner consented to, and nothing else.
///
/// A record that is not the version any more that its owner was asked about is not told, nor is a link of which a record is not
/// told. Where nothing was found and where nothing may be told the outcome is the same.
#[utoipa::path(post, path = "/v1/subject-requests/disclosure", tag = "subject-requests",
    request_body = SubjectRequestRequest,
    responses((status = 200, description = "What may be told, or null.", body = DisclosureResponse)))]
pub(crate) async fn disclose_request(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<SubjectRequestRequest>,
) -> Answer<DisclosureResponse> {
    let (reference, name) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    match web.app.disclosure(&ctx, name).await {
        Ok(disclosure) => Ok(Out(DisclosureResponse { disclosure: Some(disclosure_shown(&disclosure)) })),
        Err(AppError::Absent) => Ok(Out(DisclosureResponse { disclosure: None })),
        Err(error) => Err(error.into()),
    }
}

/// Puts what a search for an applicant found into the words of the API.
pub fn candidates_shown(found: ApplicantCandidates) -> ApplicantCandidatesShown {
    ApplicantCandidatesShown {
        candidates: found.candidates.iter().map(searching::candidate_shown).collect(),
        may_be_more: found.may_be_more,
        not_searched: found.not_searched,
        kept_back: found.kept_back.iter().map(|record| record.to_string().into()).collect(),
    }
}

/// Puts what a list says of a request into the words of the API.
pub fn request_line(read: &RequestRead, today: Day) -> SubjectRequestLine {
    let standing = &read.standing;
    SubjectRequestLine {
        request: standing.request.request.to_string().into(),
        kind: standing.request.kind.into(),
        received_on: standing.request.received_on.to_string().into(),
        file: standing.request.reference.clone(),
        name: standing.request.applicant.names.first().cloned().unwrap_or_default(),
        due: read.due.iter().map(|due| DueShown::of(due, today)).collect(),
        overdue: read.is_overdue,
        ended: standing.ending().map(Into::into),
        kept_until: standing.ends_on().map(|day| day.to_string().into()),
    }
}

/// Puts a request into the words of the API.
pub fn request_shown(read: &RequestRead, today: Day) -> SubjectRequestShown {
    let standing = &read.standing;
    let answer = |record| read.answers.iter().find(|(of, _)| *of == record).map(|(_, given)| given.into());
    let records = standing.concerned().map(|one| ConcernedShown {
        record: one.record.to_string().into(),
        database: one.database.into(),
        owner: one.owner.as_str().into(),
        answer: answer(one.record),
    });
    SubjectRequestShown {
        line: request_line(read, today),
        applicant: ApplicantStated::from(&standing.request.applicant),
        identity: standing.request.identity.map(Into::into),
        language: standing.request.language.as_str().into(),
        decide_by: standing.deadline().map(|day| day.to_string().into()),
        records: records.collect(),
        steps: standing.steps.iter().map(Into::into).collect(),
    }
}

/// Puts what an applicant may be told into the words of the API.
pub fn disclosure_shown(disclosure: &Disclosure) -> DisclosureShown {
    let (outcome, reason) = match disclosure.outcome {
        RequestOutcome::Told => (OutcomeCode::Told, None),
        RequestOutcome::NothingToTell => (OutcomeCode::NothingToTell, None),
        RequestOutcome::Corrected => (OutcomeCode::Corrected, None),
        RequestOutcome::Inadmissible(reason) => (OutcomeCode::Inadmissible, Some(reason.into())),
        RequestOutcome::Withdrawn => (OutcomeCode::Withdrawn, None),
    };
    DisclosureShown {
        language: disclosure.language.as_str().into(),
        outcome,
        reason,
        records: disclosure.records.iter().map(disclosed).collect(),
    }
}

/// What a record states, without what the exchange says of it: its terms, its place in the ledger, who opened it.
fn disclosed(opened: &OpenedRecord) -> DisclosedShown {
    let shown = record_shown(opened);
    DisclosedShown {
        record: shown.record,
        database: shown.database,
        owner: shown.owner,
        person: shown.person,
        document: shown.document,
        object: shown.object,
        link: shown.link,
        images: shown.images,
    }
}
