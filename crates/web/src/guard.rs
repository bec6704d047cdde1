//! What stands round every request: its number, its limits, its log line, the headers of its response.

use std::any::Any;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use barid_api::problems;
use barid_app::leak_tests::{Leak, is_planted};

use crate::answers::Refused;
use crate::languages;
use crate::metering::Answered;
use crate::state::Shared;

/// The headers of every response: nothing is kept by caches, guessed by browsers, framed or told to others.
const HEADERS: &[(HeaderName, &str)] = &[
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The methods that are written to logs and metrics as they are; others are `OTHER`.
const METHODS: &[Method] = &[Method::GET, Method::POST, Method::HEAD, Method::OPTIONS];

/// What the machine that runs the node asks is answered however much there is to do: else a busy node looks dead.
const ALWAYS_ANSWERED: &[&str] = &["/healthz", "/readyz", "/metrics"];

static REQUEST_NAMES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Numbers the request, has it answered, sets the headers, counts it and writes its log line: method, template of the
/// path, status, duration and name of the request, and nothing of what was asked.
pub(crate) async fn observe(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let number = web.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let method =
        METHODS.iter().find(|known| *known == request.method()).map_or("OTHER", Method::as_str).to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let label = if is_planted(Leak::MetricLabel) { request.uri().path().to_owned() } else { route.clone() };
    let begun = Instant::now();
    let language = languages::asked_for(request.headers());
    let answer = async {
        if ALWAYS_ANSWERED.contains(&route.as_str()) {
            next.run(request).await
        } else {
            limited(&web, request, next).await
        }
    };
    let mut response = languages::within(language, answer).await;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    // Hashed with a secret, so that the name tells nobody how many requests the node has answered.
    let name = format!("{:016x}", REQUEST_NAMES.hash_one(number));
    set_headers(response.headers_mut(), &name);
    tracing::info!(method, route, status, micros = took.as_micros() as u64, request = name, "answered");
    web.meters.count(&Answered { method, route: label, status, took, number });
    response
}

async fn limited(web: &Shared, request: Request, next: Next) -> Response {
    let Ok(_permit) = web.permits.try_acquire() else {
        return Refused::plain(problems::BUSY).into_response();
    };
    let is_write = request.headers().contains_key("idempotency-key");
    let is_picture = request
        .extensions()
        .get::<MatchedPath>()
        .is_some_and(|route| route.as_str() == crate::images::HANDING_IN);
    let slow_line = if is_picture { crate::bodies::PICTURE_TIME } else { Duration::ZERO };
    match tokio::time::timeout(web.options.request_time + slow_line, next.run(request)).await {
        Ok(response) => response,
        // The write goes on without its caller; with its key, the caller can ask how it ended.
        Err(_) if is_write => Refused::plain(problems::OUTCOME_UNKNOWN).into_response(),
        Err(_) => Refused::plain(problems::BUSY).into_response(),
    }
}

fn set_headers(headers: &mut HeaderMap, request_name: &str) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(request_name) {
        headers.insert("x-request-id", value);
    }
}

/// Answers in place of a handler that panicked. The panic's own text stays out: it may hold what was asked.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Refused::plain(problems::INTERNAL).into_response()
}

/// Answers paths that lead nowhere.
pub(crate) async fn no_such_path() -> Refused {
    Refused::plain(problems::NO_ROUTE)
}

/// Answers methods that a path doesn't have.
pub(crate) async fn no_such_method() -> Refused {
    Refused::plain(problems::METHOD)
}
