//! Consents: what may follow a hit.

use axum::Json as Out;
use axum::extract::State;
use barid_api::agreements::shown;
use barid_api::consents::{
    ConsentAnswerRequest, ConsentAnswerResponse, ConsentAskingRequest, ConsentAskingResponse,
    ConsentEndRequest, ConsentEndResponse, ConsentGivenShown, ConsentShown, ConsentSide, ConsentsPage,
    ConsentsRequest, ConsentsResponse, ReadConsentAnswer,
};
use barid_api::reading::Why;
use barid_api::texts::{Cursor, IdempotencyKeyText, RecordIdText};
use barid_app::{AppError, ConsentAnswer, ConsentAsking, ConsentRole, ListPlace, ShownConsent};
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::{receipt_shown, to_its_end};
use crate::state::Shared;

/// Asks the owner of a hit of which was told only that there is a record, and whose, for its consent to show it.
///
/// The records that the hit was about are found in the caller's own journal, for the owner's eyes: the answer is the name of the
/// request, whether one record is asked about or several. Without an answer by its day the request ends.
#[utoipa::path(post, path = "/v1/consents/ask", tag = "consents",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = ConsentAskingRequest,
    responses((status = 200, description = "The name of the request, or null.", body = ConsentAskingResponse)))]
pub(crate) async fn ask_consent(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<ConsentAskingRequest>,
) -> Answer<ConsentAskingResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(read.why)?;
    let asking = ConsentAsking {
        access: read.access,
        database: read.database,
        owner: read.owner,
        reason: read.reason,
        days: read.days,
    };
    match to_its_end(async move { web.app.ask_consent(&ctx, key, asking).await }).await? {
        Ok(request) => Ok(Out(ConsentAskingResponse { request: Some(request.to_string().into()) })),
        Err(AppError::Absent) => Ok(Out(ConsentAskingResponse { request: None })),
        Err(error) => Err(error.into()),
    }
}

/// Lists the requests of the caller's organisation, or those addressed to it, newest first.
///
/// An owner reads which of its records are asked about, by whom, for what and why; an asker what became of its requests, and
/// while a consent holds which records it may open (`POST /v1/records/{record}/open`, for the purpose of the request).
#[utoipa::path(post, path = "/v1/consents/list", tag = "consents",
    request_body = ConsentsRequest,
    responses((status = 200, description = "A page, or null.", body = ConsentsResponse)))]
pub(crate) async fn list_consents(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ConsentsRequest>,
) -> Answer<ConsentsResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| ListPlace::from_bytes(&plain)) {
                Some(place) => Some(place),
                None => return Ok(Out(ConsentsResponse { page: None })),
            }
        }
    };
    let role = match request.role {
        ConsentSide::Owner => ConsentRole::Owner,
        ConsentSide::Asker => ConsentRole::Asker,
    };
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.consents(&ctx, role, after, limit).await?;
    let next = page.next.map(|place| Cursor::from(web.app.seal_cursor(&ctx.actor, &place.to_bytes())));
    let requests = page.requests.iter().map(consent_shown).collect();
    Ok(Out(ConsentsResponse { page: Some(ConsentsPage { requests, next }) }))
}

/// Answers a request that is addressed to the caller's organisation and waits: consents, to all of the records or to some, or
/// refuses.
///
/// Consenting needs a token that may bind the organisation and is cleared for every classification. The asker may then open exactly
/// these records, for the purpose of its request, until the day, and for as long as the hit itself would be told.
#[utoipa::path(post, path = "/v1/consents/answer", tag = "consents",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = ConsentAnswerRequest,
    responses((status = 200, description = "The receipt, or null.", body = ConsentAnswerResponse)))]
pub(crate) async fn answer_consent(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<ConsentAnswerRequest>,
) -> Answer<ConsentAnswerResponse> {
    let (reference, request, answer) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let answer = match answer {
        ReadConsentAnswer::Give { records, fields, until, duties, conditions } => {
            ConsentAnswer::Give { records, fields, until, duties, conditions }
        }
        ReadConsentAnswer::Refuse { reason, tells } => ConsentAnswer::Refuse { reason, tells },
    };
    match to_its_end(async move { web.app.answer_consent(&ctx, key, request, answer).await }).await? {
        Ok(receipt) => Ok(Out(ConsentAnswerResponse { answered: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(ConsentAnswerResponse { answered: None })),
        Err(error) => Err(error.into()),
    }
}

/// Takes a consent of the caller's organisation back, or its own request, whether it was answered or not. It counts at once.
#[utoipa::path(post, path = "/v1/consents/end", tag = "consents",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = ConsentEndRequest,
    responses((status = 200, description = "The receipt, or null.", body = ConsentEndResponse)))]
pub(crate) async fn end_consent(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<ConsentEndRequest>,
) -> Answer<ConsentEndResponse> {
    let (reference, request, (reason, tells)) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    match to_its_end(async move { web.app.end_consent(&ctx, key, request, reason, tells).await }).await? {
        Ok(receipt) => Ok(Out(ConsentEndResponse { ended: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(ConsentEndResponse { ended: None })),
        Err(error) => Err(error.into()),
    }
}

/// What one side of a request sees of it.
pub fn consent_shown(one: &ShownConsent) -> ConsentShown {
    ConsentShown {
        request: one.request.to_string().into(),
        asker: one.asker.as_str().into(),
        owner: one.owner.as_str().into(),
        asked_at: one.asked_at.to_string().into(),
        database: one.database.into(),
        purpose: one.purpose.into(),
        case: one.reference.as_str().into(),
        reason: (&one.reason).into(),
        until: one.until.to_string().into(),
        state: one.state.into(),
        records: ids(&one.records),
        given: one.given.as_ref().map(|given| ConsentGivenShown {
            records: ids(&given.records),
            fields: shown(&given.fields),
            until: given.until.to_string().into(),
            duties: shown(&given.duties),
            conditions: given.conditions.iter().map(Into::into).collect(),
        }),
        answer_reason: one.answer_reason.as_ref().map(Into::into),
    }
}

fn ids(records: &[RecordId]) -> Vec<RecordIdText> {
    records.iter().map(|record| record.to_string().into()).collect()
}
