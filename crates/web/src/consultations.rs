//! Consultations: what the commission asks the caller's organisation about its records.

use axum::Json as Out;
use axum::extract::State;
use barid_api::consultations::{
    ConsultationAnswer, ConsultationAnswered, ConsultationShown, ConsultationsPage, ConsultationsRequest,
    ConsultationsResponse,
};
use barid_api::reading::Why;
use barid_api::texts::{Cursor, IdempotencyKeyText};
use barid_app::{AppError, ConsultationRead};
use barid_domain::codes::Purpose;
use barid_domain::subject_requests::ConsultationPlace;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::{receipt_shown, to_its_end};
use crate::state::Shared;

/// Lists what the commission asks the caller's organisation about its own records, what waits for an answer first.
///
/// Nothing is told of other records, of other owners, or of which request it is; of who asks what the commission tells. What is
/// about a record above the clearance of the token is left out.
#[utoipa::path(post, path = "/v1/consultations/list", tag = "consultations",
    request_body = ConsultationsRequest,
    responses((status = 200, description = "A page, or null.", body = ConsultationsResponse)))]
pub(crate) async fn list_consultations(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ConsultationsRequest>,
) -> Answer<ConsultationsResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| plain.try_into().ok()) {
                Some(place) => Some(ConsultationPlace(place)),
                None => return Ok(Out(ConsultationsResponse { page: None })),
            }
        }
    };
    // An organisation answers for its records under a file of its own, for all its purposes.
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.consultations(&ctx, after, limit).await?;
    let consultations = page.consultations.iter().map(consultation_shown).collect();
    let next = page.next.map(|place| Cursor::from(web.app.seal_cursor(&ctx.actor, &place.0)));
    Ok(Out(ConsultationsResponse { page: Some(ConsultationsPage { consultations, next }) }))
}

/// Answers a consultation: all of the record may be told, a part of it, nothing; or it will be corrected or withdrawn. Answered
/// again, the last answer counts, until the commission decides. Silence is no consent.
///
/// Letting something be told needs a token that may bind its organisation, cleared for everything; keeping it back needs neither.
#[utoipa::path(post, path = "/v1/consultations/answer", tag = "consultations",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = ConsultationAnswer,
    responses((status = 200, description = "The receipt, or null.", body = ConsultationAnswered)))]
pub(crate) async fn answer_consultation(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<ConsultationAnswer>,
) -> Answer<ConsultationAnswered> {
    let (reference, answer) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let done = to_its_end(async move { web.app.answer_consultation(&ctx, key, answer).await }).await?;
    match done {
        Ok(receipt) => Ok(Out(ConsultationAnswered { answered: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(ConsultationAnswered { answered: None })),
        Err(error) => Err(error.into()),
    }
}

/// Puts a consultation into the words of the API.
pub fn consultation_shown(read: &ConsultationRead) -> ConsultationShown {
    ConsultationShown {
        consultation: read.entry.to_string().into(),
        commission: read.commission.as_str().into(),
        record: read.record.to_string().into(),
        version: read.version.to_string().into(),
        database: read.database.into(),
        due: read.due.to_string().into(),
        texts: read.texts.iter().map(Into::into).collect(),
        applicant: read.applicant.as_ref().map(Into::into),
        answer: read.answer.as_ref().map(Into::into),
        open: read.is_open,
    }
}
