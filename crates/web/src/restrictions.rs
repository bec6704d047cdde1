//! Restrictions: whom an owner's records are shown to.

use axum::Json as Out;
use axum::extract::State;
use barid_api::reading::Why;
use barid_api::restrictions::{
    RestrictedDatabase, RestrictedRecordShown, RestrictionResponse, RestrictionSubmission, RestrictionsPage,
    RestrictionsRequest, RestrictionsResponse,
};
use barid_api::texts::{Cursor, IdempotencyKeyText};
use barid_app::{AppError, RestrictionPlan};
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::{receipt_shown, to_its_end};
use crate::state::Shared;

/// Says whom records of the caller's organisation are shown to, single ones or all it has in a database.
///
/// It takes the place of what was said about the same records, or the same database, before; a record is shown to those alone
/// whom both let through. Whoever is kept out meets the record as one that is not there, whatever was agreed. Nobody but the
/// owner's own officers learns of it; the commission sees for oversight what it likes. Showing a whole database to more than
/// before needs a token that may bind the organisation. Whom a record is shown to from the moment it is entered is in its terms
/// (`audience`).
#[utoipa::path(post, path = "/v1/restrictions", tag = "restrictions",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = RestrictionSubmission,
    responses((status = 200, description = "The receipt, or null.", body = RestrictionResponse)))]
pub(crate) async fn restrict_records(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<RestrictionSubmission>,
) -> Answer<RestrictionResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    // It is said under a file, for all purposes.
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference: read.reference })?;
    let plan = RestrictionPlan { database: read.database, records: read.records, audience: read.audience };
    let written = to_its_end(async move { web.app.restrict(&ctx, key, plan).await }).await?;
    match written {
        Ok(receipt) => Ok(Out(RestrictionResponse { restricted: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(RestrictionResponse { restricted: None })),
        Err(error) => Err(error.into()),
    }
}

/// Lists whom the records of the caller's organisation are shown to, where not to everybody, page by page, without a total.
#[utoipa::path(post, path = "/v1/restrictions/list", tag = "restrictions",
    request_body = RestrictionsRequest,
    responses((status = 200, description = "A page, or null.", body = RestrictionsResponse)))]
pub(crate) async fn list_restrictions(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<RestrictionsRequest>,
) -> Answer<RestrictionsResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| plain.try_into().ok()) {
                Some(record) => Some(RecordId(record)),
                None => return Ok(Out(RestrictionsResponse { page: None })),
            }
        }
    };
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.restrictions(&ctx, after, limit).await?;
    let databases = page.databases.iter().map(|(database, audience)| RestrictedDatabase {
        database: (*database).into(),
        audience: audience.into(),
    });
    let records = page.records.iter().map(|restricted| RestrictedRecordShown {
        record: restricted.record.to_string().into(),
        database: restricted.database.into(),
        audience: (&restricted.audience).into(),
    });
    let next = page.next.map(|record| Cursor::from(web.app.seal_cursor(&ctx.actor, &record.0)));
    let page = RestrictionsPage { databases: databases.collect(), records: records.collect(), next };
    Ok(Out(RestrictionsResponse { page: Some(page) }))
}
