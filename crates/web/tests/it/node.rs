//! A node to ask, with officers of three bureaus.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use barid_api::client::{Call, Client};
use barid_api::codes::PurposeCode;
use barid_api::persons::PersonSubmission;
use barid_app::{OpContext, TokenDays};
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::dates::Day;
use barid_domain::ids::{IdempotencyKey, OrganisationCode};
use barid_domain::officers::OfficerRights;
use barid_domain::registry::Registry;
use barid_testkit::world::{Hands, World};
use barid_web::{WebOptions, router};
use serde::de::DeserializeOwned;
use serde_json::json;
use tower::ServiceExt;

/// Is a running node and the tokens of its officers, by organisation.
#[derive(Clone)]
pub struct Node {
    pub router: Router,
    tokens: BTreeMap<&'static str, String>,
    pub registry: Arc<Registry>,
    /// A token of an officer of XA that has ended, and one that was taken back.
    pub ended: Vec<String>,
    hands: Hands,
}

/// Is a response, whole.
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Runs a test on a node of the exercise association.
pub async fn on_a_node<F: Future<Output = ()>>(test: impl FnOnce(Node) -> F) {
    on_a_node_of(World::exercise().build().await, &["XA", "XB", "SEC", "XPART"], test).await;
}

/// The same where the association has a commission, with officers of day-to-day rights and heads.
pub async fn on_a_node_with_a_commission<F: Future<Output = ()>>(test: impl FnOnce(Node) -> F) {
    let world = World::exercise().commission("CCF").build().await;
    on_a_node_of(world, &["XA", "XB", "SEC", "XPART", "CCF"], test).await;
}

/// Runs a test on the node of a world, with officers of these organisations, among them XA and XPART, and with heads.
pub async fn on_a_node_of<F: Future<Output = ()>>(
    world: World,
    organisations: &[&'static str],
    test: impl FnOnce(Node) -> F,
) {
    let secretariat = world.acting("SEC", Purpose::Oversight);
    let ended = ended_tokens(&world, &secretariat).await;
    let mut tokens = BTreeMap::new();
    for organisation in organisations.iter().copied() {
        let officer = Actor::new(OrganisationCode::new(organisation).unwrap(), "duty-officer").unwrap();
        let issued = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
        tokens.insert(organisation, issued.token);
    }
    let heads = [("XA, head", "XA"), ("XPART, head", "XPART"), ("CCF, head", "CCF"), ("XB, head", "XB")];
    for (name, organisation) in heads {
        let with_commission = organisations.contains(&"CCF");
        if !(with_commission || name == "XA, head" || name == "XPART, head") {
            continue;
        }
        let head = Actor::new(OrganisationCode::new(organisation).unwrap(), "head").unwrap();
        let issued = world
            .app
            .issue_credential_with(&secretariat, &head, TokenDays::DEFAULT, OfficerRights::all())
            .await;
        tokens.insert(name, issued.unwrap().token);
    }
    let hands = world.hands();
    let clock = {
        let hands = hands.clone();
        move || hands.now()
    };
    let options = WebOptions { clock: Arc::new(clock), ..WebOptions::default() };
    // The rest of the world, its directory, stays until the test is over.
    let registry = world.app.registry();
    test(Node { router: router(Arc::new(world.app), options), tokens, registry, ended, hands }).await;
}

async fn ended_tokens(world: &World, secretariat: &OpContext) -> Vec<String> {
    let officer = Actor::new(OrganisationCode::new("XA").unwrap(), "duty-officer").unwrap();
    let one_day = TokenDays::new(1).unwrap();
    let past = world.app.issue_credential(secretariat, &officer, one_day).await.unwrap();
    world.pass_days(1);
    let taken_back = world.app.issue_credential(secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
    let listed = world.app.list_credentials(secretariat).await.unwrap();
    let id = listed.iter().find(|one| one.ends_at == taken_back.ends_at).unwrap().id;
    world.app.revoke_credential(secretariat, &id.to_string()).await.unwrap();
    vec![past.token, taken_back.token]
}

impl Node {
    /// The day by the node's clock, which stands until it is moved on.
    pub fn today(&self) -> Day {
        self.hands.now().day()
    }

    /// Moves the node's clock on.
    pub fn pass_days(&self, days: i64) {
        self.hands.pass_days(days);
    }

    pub fn client(&self, organisation: &str) -> Client {
        Client::new(self.token(organisation))
    }

    pub fn token(&self, organisation: &str) -> &str {
        &self.tokens[organisation]
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answered { status: parts.status, headers: parts.headers, body }
    }

    /// Has a request answered, whose answer may still be written.
    pub async fn response(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn carry<A>(&self, call: &Call<A>) -> Answered {
        let mut request = Request::builder().method(call.request.method).uri(&call.request.path);
        for (name, value) in &call.request.headers {
            request = request.header(*name, value);
        }
        self.send(request.body(Body::from(call.request.body.clone())).unwrap()).await
    }

    /// Carries a call and reads its answer, which must be one.
    pub async fn ask<A: DeserializeOwned>(&self, call: &Call<A>) -> A {
        let answered = self.carry(call).await;
        let response = barid_api::client::Response { status: answered.status.as_u16(), body: answered.body };
        call.parse(&response).unwrap_or_else(|error| panic!("{} {error:?}", call.request.path))
    }

    /// Posts a body of any kind as an officer of XA.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answered {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token("XA")))
            .header("content-type", "application/json")
            .header("idempotency-key", key(1).to_string());
        self.send(request.body(body.into()).unwrap()).await
    }
}

impl Answered {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The code of the problem this is, with its faults: `body-faulty query: missing`.
    pub fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text());
        let problem: barid_api::problems::Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        let faults = problem.faults.iter().map(|fault| format!(" {}: {}", fault.place, fault.code));
        format!("{}{}", problem.code, faults.collect::<String>())
    }
}

pub fn key(number: u8) -> IdempotencyKey {
    IdempotencyKey::from_random([number; 16])
}

/// The submission of a person wanted for fraud, held for a purpose.
pub fn wanted(name: &str, purpose: Purpose) -> PersonSubmission {
    let submission = json!({
        "purpose": "criminal-investigation", "reference": "CASE 2026/114",
        "terms": {
            "purpose": PurposeCode::from(purpose).as_str(), "handling": {"code": "H1"},
            "classification": "official-use", "source_grade": "A", "information_grade": "1", "review_in_days": 365,
        },
        "person": {
            "names": [{"text": name, "kind": "primary"}], "sex": "male", "births": ["1971"],
            "stated": {"statuses": ["wanted"], "offences": ["financial-crime.fraud"]},
        },
    });
    serde_json::from_value(submission).unwrap()
}
