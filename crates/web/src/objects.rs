//! Entering and revising objects: vehicles, vessels, firearms, incidents and the others.

use axum::extract::State;
use barid_api::images;
use barid_api::objects::{ObjectRevision, ObjectSubmission};
use barid_api::reading;
use barid_api::records::{ReceiptShown, RevisionResponse};
use barid_api::terms::TermsOffered;
use barid_api::texts::{IdempotencyKeyText, RecordIdText};
use barid_app::{AppError, OpContext, Receipt};
use barid_domain::ids::{IdempotencyKey, RecordId};

use crate::answers::{Answer, read_to_end, under};
use crate::bodies::{Json, LARGE_BODY_CAP};
use crate::callers::{Caller, InPath, Key};
use crate::records::{Created, created, revised, to_its_end};
use crate::state::{Shared, Web};

/// Enters an object.
///
/// Which fields there are depends on its database. Refused whole, with every fault named. Repeating the request with the
/// same key is harmless and gets the same receipt.
#[utoipa::path(post, path = "/v1/objects", tag = "objects",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = ObjectSubmission,
    responses((status = 201, description = "The receipt.", body = ReceiptShown)))]
pub(crate) async fn submit_object(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<ObjectSubmission, LARGE_BODY_CAP>,
) -> Created {
    let (why, terms, statement, images, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let terms = request.terms.read(web.today(), faults);
        let object = request.object.read("object", faults);
        let images = images::read_all(&request.images, faults);
        let audience = request.terms.audience(faults);
        Some((why?, terms?, object?, images, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission =
        barid_app::ObjectSubmission { record: None, expects: None, terms, statement, images, audience };
    created(to_its_end(async move { send(&web, ctx, key, submission, &request.terms).await }).await?)
}

/// Revises the record of an object of the caller's own organisation; its database stays.
///
/// Nothing is written, and `written` is `null`, when another entry stands by now (`current` names it), and when there
/// is no such record of the caller's organisation in that database.
#[utoipa::path(post, path = "/v1/objects/{record}/versions", tag = "objects",
    params(
        ("record" = RecordIdText, Path, description = "The record."),
        ("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write."),
    ),
    request_body = ObjectRevision,
    responses((status = 200, description = "The receipt, or what stands in the way.", body = RevisionResponse)))]
pub(crate) async fn revise_object(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Key(key): Key,
    Json(request): Json<ObjectRevision, LARGE_BODY_CAP>,
) -> Answer<RevisionResponse> {
    let (why, expects, terms, statement, images, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let expects = reading::entry(&request.expects, "expects", faults);
        let terms = request.terms.read(web.today(), faults);
        let object = request.object.read("object", faults);
        let images = images::read_all(&request.images, faults);
        let audience = request.terms.audience(faults);
        Some((why?, expects?, terms?, object?, images, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission = barid_app::ObjectSubmission {
        record: Some(record),
        expects: Some(expects),
        terms,
        statement,
        images,
        audience,
    };
    revised(to_its_end(async move { send(&web, ctx, key, submission, &request.terms).await }).await?)
}

async fn send(
    web: &Web,
    ctx: OpContext,
    key: IdempotencyKey,
    submission: barid_app::ObjectSubmission,
    offered: &TermsOffered,
) -> Result<Receipt, AppError> {
    let written = web.app.submit_object(&ctx, key, submission.clone()).await;
    let written = match (written, web.terms_of_yesterday(offered)) {
        // The day of review is counted from today: repeated after midnight, it is yesterday's request.
        (Err(AppError::KeyReused), Some(terms)) => {
            let repeated = barid_app::ObjectSubmission { terms, ..submission };
            web.app.submit_object(&ctx, key, repeated).await
        }
        (written, _) => written,
    };
    written.map_err(|error| under("object", error))
}
