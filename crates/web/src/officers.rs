//! Officers and services of the caller's organisation.

use axum::Json as Out;
use axum::extract::State;
use barid_api::officers::{
    IssuedShown, OfficerResponse, OfficerRevocation, OfficerRevocationResponse, OfficerShown,
    OfficerSubmission, OfficersRequest, OfficersResponse, RightsStated,
};
use barid_api::problems;
use barid_api::reading::Why;
use barid_api::texts::IdempotencyKeyText;
use barid_app::{AppError, OfficerToken, TokenDays};
use barid_domain::codes::Purpose;

use crate::answers::{Answer, Refused, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::to_its_end;
use crate::state::Shared;

/// Who looks after an organisation's people does so for all its purposes.
fn why(reference: String) -> Why {
    Why { purpose: Purpose::Oversight, reference }
}

/// Makes a token for an officer or service of the caller's organisation, with rights that the caller has itself.
///
/// It is shown this once. Repeated with its key the request makes no other one, and shows none.
#[utoipa::path(post, path = "/v1/officers", tag = "officers",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = OfficerSubmission,
    responses((status = 200, description = "The token, or null.", body = OfficerResponse)))]
pub(crate) async fn issue_to_officer(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<OfficerSubmission>,
) -> Answer<OfficerResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(read.reference))?;
    let days = TokenDays::new(read.days).ok_or_else(|| Refused::plain(problems::INTERNAL))?;
    let asked = OfficerToken { officer: read.officer, days, rights: read.rights };
    let issued = to_its_end(async move { web.app.issue_to_officer(&ctx, key, asked).await }).await??;
    let shown =
        issued.map(|issued| IssuedShown { token: issued.token, ends_at: issued.ends_at.to_string().into() });
    Ok(Out(OfficerResponse { issued: shown }))
}

/// Lists the tokens of the caller's organisation without their secrets, those that have ended too.
#[utoipa::path(post, path = "/v1/officers/list", tag = "officers",
    request_body = OfficersRequest,
    responses((status = 200, description = "The tokens.", body = OfficersResponse)))]
pub(crate) async fn list_officers(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<OfficersRequest>,
) -> Answer<OfficersResponse> {
    let reference = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let own = web.app.officers(&ctx).await?;
    let officers = own
        .iter()
        .map(|one| OfficerShown {
            credential: one.id.to_string().into(),
            officer: one.actor.officer.as_str().into(),
            rights: RightsStated::from(&one.rights),
            made_at: one.made_at.to_string().into(),
            ends_at: one.ends_at.to_string().into(),
            last_used_on: one.last_used_on.map(|day| day.to_string().into()),
        })
        .collect();
    Ok(Out(OfficersResponse { officers }))
}

/// Takes back a token of the caller's organisation: it signs in nobody from now on.
#[utoipa::path(post, path = "/v1/officers/revocations", tag = "officers",
    request_body = OfficerRevocation,
    responses((status = 200, description = "Whom it signed in, or null.", body = OfficerRevocationResponse)))]
pub(crate) async fn revoke_officer(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<OfficerRevocation>,
) -> Answer<OfficerRevocationResponse> {
    let (reference, id) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    match to_its_end(async move { web.app.revoke_officer(&ctx, &id).await }).await? {
        Ok(actor) => Ok(Out(OfficerRevocationResponse { revoked: Some(actor.officer.as_str().into()) })),
        Err(AppError::Absent) => Ok(Out(OfficerRevocationResponse { revoked: None })),
        Err(error) => Err(error.into()),
    }
}
