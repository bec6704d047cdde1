//! Enrolling, signing in, and sessions.

use std::net::{IpAddr, SocketAddr};

use axum::Json as Out;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use barid_api::problems;
use barid_api::sessions::{
    EnrolledResponse, EnrolmentCompletion, EnrolmentRequest, EnrolmentResponse, SessionResponse,
    SessionShown, SessionsResponse, SignInRequest, SignOutRequest, SignOutResponse,
};
use barid_app::{EnrolmentAsked, SignInAsked};
use tokio::sync::SemaphorePermit;

use crate::answers::{Answer, Refused, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::records::to_its_end;
use crate::state::{Shared, Web};

/// Is where a request comes from, as far as that can be told: by the header that a proxy sets, where the server was told its
/// name; else by the connection. A connection of the same machine is a proxy that tells nothing.
pub(crate) struct CameFrom(Option<IpAddr>);

impl FromRequestParts<Shared> for CameFrom {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Refused> {
        if let Some(name) = &web.options.client_address_header {
            // The last one is the proxy's own; whatever stands before it came with the request.
            let last = parts.headers.get_all(name).iter().next_back();
            let text = last.and_then(|value| value.to_str().ok()).unwrap_or_default();
            let last = text.rsplit(',').next().unwrap_or_default().trim();
            return Ok(Self(last.parse().ok()));
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
        Ok(Self(peer.filter(|address| !address.is_loopback())))
    }
}

/// Waits for its turn to hash a password, and not for long: each takes memory and a core.
async fn turn(web: &Web) -> Result<SemaphorePermit<'_>, Refused> {
    let waited = tokio::time::timeout(web.options.search_wait, web.passwords.acquire()).await;
    waited.ok().and_then(Result::ok).ok_or_else(|| problems::BUSY.into())
}

/// Begins to enrol with the code that an administrator handed over: shows the secret that the officer puts into a device.
///
/// It can be asked for again while the code is good.
#[utoipa::path(post, path = "/v1/enrolments", tag = "sessions", security(()),
    request_body = EnrolmentRequest,
    responses((status = 200, description = "The secret of the device.", body = EnrolmentResponse)))]
pub(crate) async fn begin_enrolment(
    State(web): State<Shared>,
    CameFrom(from): CameFrom,
    Json(request): Json<EnrolmentRequest>,
) -> Answer<EnrolmentResponse> {
    let (actor, code) = read_to_end(|faults| request.read(faults))?;
    let shown = web.app.begin_enrolment(&EnrolmentAsked { actor, code, from }).await?;
    Ok(Out(EnrolmentResponse { shown_as: shown.shown_as.into(), secret: shown.secret }))
}

/// Enrols: chooses a password, and shows that the device makes codes. The code of enrolment is good for nothing then.
#[utoipa::path(post, path = "/v1/enrolments/completion", tag = "sessions", security(()),
    request_body = EnrolmentCompletion,
    responses((status = 200, description = "The officer has enrolled.", body = EnrolledResponse)))]
pub(crate) async fn enrol(
    State(web): State<Shared>,
    CameFrom(from): CameFrom,
    Json(request): Json<EnrolmentCompletion>,
) -> Answer<EnrolledResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let officer = read.actor.officer.clone();
    let asked = EnrolmentAsked { actor: read.actor, code: read.code, from };
    to_its_end(async move {
        let _turn = turn(&web).await?;
        let enrolled = web.app.enrol(&asked, &read.password, &read.device_code).await;
        enrolled.map_err(Refused::from)
    })
    .await??;
    Ok(Out(EnrolledResponse { officer: officer.into() }))
}

/// Signs an officer in with password and device, and begins a session: its token is a bearer token.
///
/// Whatever is wrong, and whether there is such an account or not: the answer is the same.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", security(()),
    request_body = SignInRequest,
    responses((status = 200, description = "The session.", body = SessionResponse)))]
pub(crate) async fn sign_in(
    State(web): State<Shared>,
    CameFrom(from): CameFrom,
    Json(request): Json<SignInRequest>,
) -> Answer<SessionResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let asked = SignInAsked { actor: read.actor, password: read.password, code: read.device_code, from };
    let session = to_its_end(async move {
        let _turn = turn(&web).await?;
        web.app.sign_in_officer(asked).await.map_err(Refused::from)
    })
    .await??;
    Ok(Out(SessionResponse {
        token: session.token,
        session: session.id.to_string().into(),
        assurance: session.assurance.into(),
        ends_at: session.ends_at.to_string().into(),
        rests: session.rests,
        failed_before: session.failed_before,
    }))
}

/// Lists the sessions of the caller's own account.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions",
    responses((status = 200, description = "The sessions.", body = SessionsResponse)))]
pub(crate) async fn list_sessions(State(web): State<Shared>, caller: Caller) -> Answer<SessionsResponse> {
    let listed = web.app.own_sessions(caller.signed_in()).await?;
    let sessions = listed
        .iter()
        .map(|one| SessionShown {
            session: one.id.to_string().into(),
            assurance: one.session.assurance.into(),
            signed_in_at: one.session.signed_in_at.to_string().into(),
            seen_at: one.seen_at.to_string().into(),
            ends_at: one.session.ends_at().to_string().into(),
            is_own: one.is_own,
        })
        .collect();
    Ok(Out(SessionsResponse { sessions }))
}

/// Ends a session of the caller's own account, in streams that are open too: the one that asks, or another one.
#[utoipa::path(post, path = "/v1/sessions/end", tag = "sessions",
    request_body = SignOutRequest,
    responses((status = 200, description = "Whether there was one.", body = SignOutResponse)))]
pub(crate) async fn sign_out(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<SignOutRequest>,
) -> Answer<SignOutResponse> {
    let session = read_to_end(|faults| request.read(faults))?;
    let ended = to_its_end(async move {
        web.app.sign_out(caller.signed_in(), session.as_deref()).await.map_err(Refused::from)
    })
    .await??;
    Ok(Out(SignOutResponse { ended }))
}
