//! What the machine that runs the node asks: does it live, can it answer, how much does it do.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use barid_api::problems;

use crate::answers::Refused;
use crate::callers::Caller;
use crate::state::Shared;

/// Tells that the process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "The process lives.", body = String, content_type = "text/plain")))]
pub(crate) async fn healthz() -> &'static str {
    "lives\n"
}

/// Tells whether the node can answer searches and take writes.
///
/// Further lines say that the last backup failed, that the database is away, and that the clock differs from the database
/// server's, that a ledger it countersigns showed two histories, and that its epochs wait for countersignatures: a node that answers searches stays in service, and somebody has to look.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, description = "The node is ready.", body = String, content_type = "text/plain")))]
pub(crate) async fn readyz(State(web): State<Shared>) -> Result<String, Refused> {
    if !web.app.ready() {
        return Err(problems::NOT_READY.into());
    }
    let failing = web.options.backups.as_ref().is_some_and(|watch| watch.is_failing());
    let mut said = String::from("ready\n");
    if failing {
        said.push_str("the last backup failed\n");
    }
    let health = web.app.health();
    if health.database_away {
        said.push_str("the database is away: no writes\n");
    }
    if health.clock_wrong {
        said.push_str("the clock differs from the database server's: no writes\n");
    }
    if health.countersigning.forks > 0 {
        said.push_str("a ledger that is countersigned here showed two histories\n");
    }
    if health.countersigning.behind > 0 {
        said.push_str("epochs are not countersigned by all who were asked\n");
    }
    Ok(said)
}

/// Gives the node's metrics: requests by route, method and status, and how long they took. Nothing about who or what.
#[utoipa::path(get, path = "/metrics", tag = "health", security(()),
    responses((status = 200, description = "Metrics in the Prometheus text format.", body = String,
        content_type = "text/plain")))]
pub(crate) async fn metrics(State(web): State<Shared>) -> String {
    web.meters.render(&web.app.health(), web.options.backups.as_deref())
}

/// Gives this description.
pub(crate) async fn description(_: Caller, State(web): State<Shared>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::OK, headers, web.description.clone()).into_response()
}
