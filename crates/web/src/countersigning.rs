//! The countersigner's side of C2SP tlog-witness: one address, outside `/v1` and without credential, as the protocol has it.
//!
//! Who may is decided by the signature under the checkpoint. Nothing of any record is read, and an answer depends on nothing but the
//! ledgers that were named to this node and what their own checkpoints said before.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use barid_api::problems;
use barid_app::countersigning::REQUEST_BYTES_CAP;

use crate::answers::Refused;
use crate::bodies::read_whole;
use crate::state::Shared;

/// Where checkpoints are handed in; what stands before `/add-checkpoint` is the submission prefix.
pub(crate) const ADD_CHECKPOINT: &str = "/witness/v1/add-checkpoint";

/// How long a body may take at most: a kilobyte or two, from somebody who has not said who it is.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Countersigns a checkpoint, or says with the protocol's status why not.
pub(crate) async fn add_checkpoint(State(web): State<Shared>, request: Request) -> Result<Response, Refused> {
    // Who asks is known only after the body was read: a few at once, and nobody slowly.
    let Ok(_place) = web.countersignings.try_acquire() else { return Err(problems::BUSY.into()) };
    let reading = read_whole(request.into_body(), REQUEST_BYTES_CAP);
    let body = tokio::time::timeout(web.options.body_time.min(BODY_TIME), reading).await;
    let body = body.map_err(|_| problems::TOO_SLOW)??;
    let answer = web.app.add_checkpoint(&body).await?;
    let status = StatusCode::from_u16(answer.status).map_err(|_| problems::INTERNAL)?;
    Ok((status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response())
}
