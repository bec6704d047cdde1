//! Who calls, with what key, about what: the parts of a request that are not its body.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Path};
use axum::http::header;
use axum::http::request::Parts;
use barid_api::client::POSITION_HEADER;
use barid_api::problems::{self, ProblemKind};
use barid_api::reading::Why;
use barid_app::{OpContext, Reference, SignedIn};
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::faults::{Fault, FaultCode};
use barid_domain::ids::{IdempotencyKey, RecordId};

use crate::answers::Refused;
use crate::state::Shared;

/// How often a request that waits for a position looks whether it is reached.
const POSITION_LOOK: Duration = Duration::from_millis(50);

/// Is an officer or service that a token signs in.
pub(crate) struct Caller(SignedIn);

impl Caller {
    pub(crate) fn signed_in(&self) -> &SignedIn {
        &self.0
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// Makes the context of an act.
    pub(crate) fn context(self, why: Why) -> Result<OpContext, Refused> {
        let reference = Reference::new(&why.reference).map_err(|_| {
            let fault = Fault { place: "reference".to_owned(), code: FaultCode::NotAName };
            Refused::with(problems::FAULTY, &[fault])
        })?;
        let SignedIn { actor, rights, entity, .. } = self.0;
        Ok(OpContext { actor, purpose: why.purpose, reference, rights, entity })
    }

    /// Makes the context of a question about the caller's own writes and streams, which needs no reason of its own.
    pub(crate) fn about_own_node(self) -> Result<OpContext, Refused> {
        self.context(Why { purpose: Purpose::Oversight, reference: "own organisation".to_owned() })
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refused;

    /// Every failure is the same 401: whether a token is malformed, unknown or no longer good is nobody's business. Where
    /// tokens can't be read at all, that is said (500 or 503), whatever the token.
    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Refused> {
        let token = bearer_token(parts).ok_or(problems::UNAUTHENTICATED)?;
        let signed_in = web.app.sign_in(token).await?.ok_or(problems::UNAUTHENTICATED)?;
        if let Some(position) = position(parts)? {
            reach(web, &signed_in.actor, position).await?;
        }
        Ok(Self(signed_in))
    }
}

/// Is the token itself, for an act that lasts: it is looked at again on the way.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl FromRequestParts<Shared> for Token {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refused> {
        Ok(Self(bearer_token(parts).ok_or(problems::UNAUTHENTICATED)?.into()))
    }
}

/// The position that the answer must show, where the caller names one.
fn position(parts: &Parts) -> Result<Option<&str>, Refused> {
    let mut values = parts.headers.get_all(POSITION_HEADER).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| problems::POSITION_MALFORMED.into()),
        (Some(_), Some(_)) => Err(problems::POSITION_MALFORMED.into()),
    }
}

/// Waits until this server shows what was written at a position, and not for ever.
async fn reach(web: &Shared, actor: &Actor, position: &str) -> Result<(), Refused> {
    let deadline = Instant::now() + web.options.position_wait;
    loop {
        if web.app.has_reached(actor, position).await? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(problems::BEHIND.into());
        }
        tokio::time::sleep(POSITION_LOOK).await;
    }
}

fn bearer_token(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Is the idempotency key of a write.
pub(crate) struct Key(pub(crate) IdempotencyKey);

impl FromRequestParts<Shared> for Key {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refused> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let value = values.next().ok_or(problems::KEY_MISSING)?;
        if values.next().is_some() {
            return Err(problems::KEY_MALFORMED.into());
        }
        let key = value.to_str().ok().and_then(|text| text.parse().ok());
        Ok(Self(key.ok_or(problems::KEY_MALFORMED)?))
    }
}

/// Is the record that the path names.
pub(crate) struct InPath<T>(pub(crate) T);

impl FromRequestParts<Shared> for InPath<RecordId> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Refused> {
        Ok(Self(parse_path(parts, web).await?))
    }
}

impl FromRequestParts<Shared> for InPath<IdempotencyKey> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Refused> {
        Ok(Self(parse_path(parts, web).await?))
    }
}

async fn parse_path<T: std::str::FromStr>(parts: &mut Parts, web: &Shared) -> Result<T, ProblemKind> {
    let text = Path::<String>::from_request_parts(parts, web).await.map_err(|_| problems::PATH_MALFORMED)?;
    text.0.parse().map_err(|_| problems::PATH_MALFORMED)
}
