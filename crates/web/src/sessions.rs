//! Enrolling, signing in, and sessions.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json as Out;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use barid_api::problems;
use barid_api::sessions::{
    EnrolledResponse, EnrolmentCompletion, EnrolmentRequest, EnrolmentResponse, SessionResponse,
    SessionShown, SessionsResponse, SignInRequest, SignOutRequest, SignOutResponse,
};
use barid_app::{AppError, EnrolmentAsked, SignInAsked};
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};

use crate::answers::{Answer, Refused, read_to_end};
use crate::bodies::{Json, is_of_type, parse, read_whole};
use crate::callers::Caller;
use crate::records::to_its_end;
use crate::state::{Shared, Web};

/// Is where a request comes from, as far as that can be told: by the header that a proxy sets, where the server was told its
/// name and it can be read; else by the connection. A connection of the same machine is a proxy that tells nothing.
pub(crate) struct CameFrom(Option<IpAddr>);

impl FromRequestParts<Shared> for CameFrom {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Refused> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
        let Some(name) = &web.options.client_address_header else {
            return Ok(Self(peer.filter(|address| !address.is_loopback())));
        };
        // The last one is the proxy's own; whatever stands before it came with the request.
        let last = parts.headers.get_all(name).iter().next_back();
        let text = last.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let told = read_address(text.rsplit(',').next().unwrap_or_default());
        if told.is_none() && web.untold.fetch_add(1, Ordering::Relaxed).is_multiple_of(UNTOLD_EACH) {
            tracing::warn!(
                "the header for clients' addresses is missing or none: the connection's own counts"
            );
        }
        Ok(Self(told.or(peer)))
    }
}

/// Each how many requests without an address it is logged again.
const UNTOLD_EACH: u64 = 1_000;

/// Reads an address as proxies write it: with a port or without, of IPv6 in brackets too.
fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok();
    address.or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

/// The largest body of somebody who is not signed in, in bytes: the longest password takes a few hundred.
const OPEN_BODY_CAP: usize = 8 * 1024;
/// How long such a body may take at most.
const OPEN_BODY_TIME: Duration = Duration::from_secs(8);

/// Is a request of somebody who is not signed in, in one of few places that it holds until it is answered: strangers leave
/// everybody else's requests alone.
pub(crate) struct Open<T> {
    request: T,
    place: OwnedSemaphorePermit,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Open<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Refused> {
        let place = web.open_places.clone().try_acquire_owned().map_err(|_| problems::BUSY)?;
        if !is_of_type(&request, "application/json") {
            return Err(problems::MEDIA_TYPE.into());
        }
        let reading = read_whole(request.into_body(), OPEN_BODY_CAP);
        let bytes = tokio::time::timeout(web.options.body_time.min(OPEN_BODY_TIME), reading).await;
        Ok(Self { request: parse(&bytes.map_err(|_| problems::TOO_SLOW)??)?, place })
    }
}

/// Waits for its turn to hash a password, and not for long: each takes memory and a core.
async fn turn(web: &Web) -> Result<SemaphorePermit<'_>, AppError> {
    let waited = tokio::time::timeout(web.options.search_wait, web.passwords.acquire()).await;
    waited.ok().and_then(Result::ok).ok_or(AppError::Overloaded)
}

/// Begins to enrol with the code that an administrator handed over: shows the secret that the officer puts into a device.
///
/// Once: whoever asks again with the same code ends it, and an administrator makes another one.
#[utoipa::path(post, path = "/v1/enrolments", tag = "sessions", security(()),
    request_body = EnrolmentRequest,
    responses((status = 200, description = "The secret of the device.", body = EnrolmentResponse)))]
pub(crate) async fn begin_enrolment(
    State(web): State<Shared>,
    CameFrom(from): CameFrom,
    Open { request, place }: Open<EnrolmentRequest>,
) -> Answer<EnrolmentResponse> {
    let (actor, code) = read_to_end(|faults| request.read(faults))?;
    let shown = to_its_end(async move {
        let _place = place;
        web.app.begin_enrolment(&EnrolmentAsked { actor, code, from }).await.map_err(Refused::from)
    })
    .await??;
    Ok(Out(EnrolmentResponse { shown_as: shown.shown_as.into(), secret: shown.secret }))
}

/// Enrols: chooses a password, and shows that the device makes codes. The code of enrolment is good for nothing then.
#[utoipa::path(post, path = "/v1/enrolments/completion", tag = "sessions", security(()),
    request_body = EnrolmentCompletion,
    responses((status = 200, description = "The officer has enrolled.", body = EnrolledResponse)))]
pub(crate) async fn enrol(
    State(web): State<Shared>,
    CameFrom(from): CameFrom,
    Open { request, place }: Open<EnrolmentCompletion>,
) -> Answer<EnrolledResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let officer = read.actor.officer.clone();
    let asked = EnrolmentAsked { actor: read.actor, code: read.code, from };
    to_its_end(async move {
        let _place = place;
        let (password, device_code) = (&read.password, &read.device_code);
        let enrolled = web.app.enrol_in_turn(&asked, password, device_code, turn(&web)).await;
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
    Open { request, place }: Open<SignInRequest>,
) -> Answer<SessionResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let asked = SignInAsked { actor: read.actor, password: read.password, code: read.device_code, from };
    let session = to_its_end(async move {
        let _place = place;
        web.app.sign_in_in_turn(asked, turn(&web)).await.map_err(Refused::from)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        let v4: IpAddr = "192.0.2.7".parse().unwrap();
        let v6: IpAddr = "2001:db8::7".parse().unwrap();
        for (text, address) in [
            (" 192.0.2.7", Some(v4)),
            ("192.0.2.7:4711", Some(v4)),
            ("2001:db8::7", Some(v6)),
            ("[2001:db8::7]", Some(v6)),
            ("[2001:db8::7]:4711", Some(v6)),
            ("unknown", None),
            ("", None),
            ("192.0.2.7.1", None),
        ] {
            assert_eq!(read_address(text), address, "{text}");
        }
    }
}
