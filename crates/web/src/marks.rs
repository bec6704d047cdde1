//! Marks of records: the person at the desk may be the victim whose identity was misused, or was compared before.

use axum::Json as Out;
use axum::extract::State;
use barid_api::marks::{MarkLifting, MarkResponse, MarkShown, MarkSubmission};
use barid_api::orders::AnnotationShown;
use barid_api::reading::Why;
use barid_api::texts::IdempotencyKeyText;
use barid_app::{AppError, MarkPlan, Receipt, Said};
use barid_domain::codes::Purpose;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::{receipt_shown, to_its_end};
use crate::state::Shared;

/// Marks a record of a person of the caller's own: whoever meets the person is shown it, on the candidate and with the opened
/// record.
///
/// `misused-identity` says that the one who shows these names or documents may be the victim, and needs the victim's consent;
/// what is said of the victim serves to tell the two apart and nothing else. `similar-person` says that a person of these names
/// was compared before and is not the one of the record. A mark ends with its record, or when it is lifted.
#[utoipa::path(post, path = "/v1/marks", tag = "marks",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = MarkSubmission,
    responses((status = 200, description = "The receipt, or null.", body = MarkResponse)))]
pub(crate) async fn mark_record(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<MarkSubmission>,
) -> Answer<MarkResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    // It is said under a file, for all purposes.
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference: read.reference })?;
    let plan = MarkPlan { record: read.record, mark: read.mark, texts: read.texts, consent: read.consent };
    marked(to_its_end(async move { web.app.mark_record(&ctx, key, plan).await }).await?)
}

/// Lifts a mark of the caller's own: it is shown no more.
#[utoipa::path(post, path = "/v1/marks/lift", tag = "marks",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = MarkLifting,
    responses((status = 200, description = "The receipt, or null.", body = MarkResponse)))]
pub(crate) async fn lift_mark(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<MarkLifting>,
) -> Answer<MarkResponse> {
    let (reference, mark, texts) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    marked(to_its_end(async move { web.app.lift_mark(&ctx, key, mark, texts).await }).await?)
}

fn marked(written: Result<Receipt, AppError>) -> Answer<MarkResponse> {
    match written {
        Ok(receipt) => Ok(Out(MarkResponse { marked: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(MarkResponse { marked: None })),
        Err(error) => Err(error.into()),
    }
}

/// What the commission says of a record.
pub(crate) fn annotations(said: &Said) -> Vec<AnnotationShown> {
    said.annotations.iter().map(AnnotationShown::from).collect()
}

/// The marks of a record.
pub(crate) fn marks(said: &Said) -> Vec<MarkShown> {
    said.marks.iter().filter_map(MarkShown::of).collect()
}
