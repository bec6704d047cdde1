//! The association as its registry knows it.

use axum::Json as Out;
use axum::extract::State;
use barid_api::organisations::OrganisationsResponse;

use crate::answers::Answer;
use crate::callers::Caller;
use crate::state::Shared;

/// Lists the organisations of the association: code, kind, state, names, who keeps their keys, standing.
#[utoipa::path(get, path = "/v1/organisations", tag = "organisations",
    responses((status = 200, description = "The association.", body = OrganisationsResponse)))]
pub(crate) async fn list_organisations(
    State(web): State<Shared>,
    _: Caller,
) -> Answer<OrganisationsResponse> {
    Ok(Out(OrganisationsResponse::from(web.app.registry().as_ref())))
}
