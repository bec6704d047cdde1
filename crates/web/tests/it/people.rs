//! Officers over HTTP, the whole way: invited by an administrator, enrolled, signed in, stepping up, signed out; streams that end.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::Request;
use barid_api::client::{Call, Client};
use barid_api::people::{
    AccountChangeRequest, AccountSubmission, EntitySubmission, InvitedShown, PeopleRequest,
};
use barid_api::search::SearchRequest;
use barid_api::sessions::{
    EnrolmentCompletion, EnrolmentRequest, SessionResponse, SignInRequest, SignOutRequest,
};
use barid_app::{App, TokenDays};
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::ids::IdempotencyKey;
use barid_domain::officers::OfficerRights;
use barid_domain::sign_in::{code_of, step_at};
use barid_testkit::world::{Hands, World};
use barid_web::{WebOptions, router};
use http_body::Frame;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::node::{Answered, key};

const PASSWORD: &str = "নদীর পাড়ে কাশফুল";

/// Is a node whose clock goes on when it is told to.
struct Desk {
    router: Router,
    app: Arc<App>,
    head: Client,
    hands: Hands,
}

impl Desk {
    async fn new(options: WebOptions) -> Self {
        let world = World::exercise().build().await;
        let secretariat = world.acting("SEC", Purpose::Oversight);
        let head = Actor::new("XA".parse().unwrap(), "head").unwrap();
        let rights = OfficerRights::all();
        let issued = world.app.issue_credential_with(&secretariat, &head, TokenDays::LONGEST, rights).await;
        let head = Client::new(&issued.unwrap().token);
        let hands = world.hands();
        let app = Arc::new(world.app);
        Self { router: router(app.clone(), options), app, head, hands }
    }

    async fn carry<A>(&self, call: &Call<A>) -> Answered {
        self.carry_from(call, None).await
    }

    async fn carry_from<A>(&self, call: &Call<A>, from: Option<&str>) -> Answered {
        let mut request = Request::builder().method(call.request.method).uri(&call.request.path);
        for (name, value) in &call.request.headers {
            request = request.header(*name, value);
        }
        if let Some(from) = from {
            request = request.header("x-client", from);
        }
        let mut request = request.body(Body::from(call.request.body.clone())).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answered { status: parts.status, headers: parts.headers, body }
    }

    async fn ask<A: DeserializeOwned>(&self, call: &Call<A>) -> A {
        let answered = self.carry(call).await;
        let text = answered.text();
        let response = barid_api::client::Response { status: answered.status.as_u16(), body: answered.body };
        call.parse(&response).unwrap_or_else(|error| panic!("{} {error:?} {text}", call.request.path))
    }

    /// Invites, enrols; answers the secret of the device.
    async fn enrol(&self, number: u8, invited: &AccountSubmission) -> (InvitedShown, [u8; 20]) {
        let invited = self.ask(&self.head.invite(key(number), invited)).await.invited.unwrap();
        let begin = EnrolmentRequest {
            organisation: "XA".into(),
            officer: invited.officer.clone(),
            code: invited.code.clone(),
        };
        let shown = self.ask(&Client::new("").begin_enrolment(&begin)).await;
        let secret = from_base32(&shown.secret);
        let completion = EnrolmentCompletion {
            organisation: begin.organisation,
            officer: begin.officer,
            code: begin.code,
            password: PASSWORD.into(),
            device_code: self.code(&secret).into(),
        };
        self.ask(&Client::new("").enrol(&completion)).await;
        (invited, secret)
    }

    fn code(&self, secret: &[u8; 20]) -> String {
        code_of(secret, step_at(self.hands.now()))
    }

    fn sign_in(&self, officer: &str, secret: &[u8; 20]) -> Call<SessionResponse> {
        self.hands.pass_seconds(30);
        Client::new("").sign_in(&SignInRequest {
            organisation: "XA".into(),
            officer: officer.into(),
            password: PASSWORD.into(),
            device_code: self.code(secret).into(),
        })
    }
}

fn from_base32(text: &str) -> [u8; 20] {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text.chars().map(|letter| format!("{:05b}", letters.find(letter).unwrap())).collect();
    std::array::from_fn(|i| u8::from_str_radix(&bits[i * 8..i * 8 + 8], 2).unwrap())
}

fn account(officer: &str, shown_as: &str, entity: Option<&str>, rights: &[&str]) -> AccountSubmission {
    let rights = json!({"rights": rights, "databases": ["persons"], "clearance": "official-use"});
    let mut body = json!({"reference": "FILE 7", "officer": officer, "shown_as": shown_as, "rights": rights});
    if let Some(entity) = entity {
        body["entity"] = json!(entity);
    }
    serde_json::from_value(body).unwrap()
}

fn change(officer: &str, act: &str) -> AccountChangeRequest {
    serde_json::from_value(json!({"reference": "FILE 7", "officer": officer, "act": act})).unwrap()
}

fn file() -> PeopleRequest {
    PeopleRequest { reference: "FILE 7".into() }
}

fn query() -> SearchRequest {
    SearchRequest {
        purpose: Purpose::BorderControl.into(),
        reference: "LANE 4".into(),
        query: "Калачев".into(),
        ..SearchRequest::default()
    }
}

#[tokio::test]
async fn an_officer_is_invited_enrols_signs_in_steps_up_and_out() {
    let desk = Desk::new(WebOptions::default()).await;
    let plan = account("rahim", "রহিম আহমেদ", None, &["search", "administer"]);
    let (invited, secret) = desk.enrol(1, &plan).await;
    assert!(desk.ask(&desk.head.invite(key(1), &plan)).await.invited.is_none(), "shown once");
    let session = desk.ask(&desk.sign_in("rahim", &secret)).await;
    let rahim = Client::new(&session.token);
    assert_eq!((session.rests, session.failed_before), (1_800, 0));
    desk.ask(&rahim.search(&query())).await;
    let listed = desk.carry(&rahim.people(&file())).await.text();
    assert!(listed.contains("রহিম আহমেদ") && listed.contains("\"enrolled\""), "{listed}");
    for secret in ["barid_enrol_", "barids_", invited.code.0.as_str(), PASSWORD] {
        assert!(!listed.contains(secret), "{secret}");
    }
    desk.hands.pass_seconds(16 * 60);
    let old = desk.carry(&rahim.people(&file())).await;
    assert_eq!((old.status.as_u16(), old.problem().as_str()), (403, "sign-in-anew"));
    desk.ask(&rahim.search(&query())).await;
    let anew = desk.ask(&desk.sign_in("rahim", &secret)).await;
    let anew = Client::new(&anew.token);
    desk.ask(&anew.people(&file())).await;
    let sessions = desk.ask(&anew.sessions()).await.sessions;
    assert_eq!(sessions.iter().map(|one| one.is_own).collect::<Vec<_>>(), [false, true]);
    let other = SignOutRequest { session: Some(sessions[0].session.clone()) };
    assert!(desk.ask(&anew.sign_out(&other)).await.ended);
    assert_eq!(desk.carry(&rahim.search(&query())).await.status, 401);
    assert!(desk.ask(&anew.sign_out(&SignOutRequest::default())).await.ended);
    assert_eq!(desk.carry(&anew.sessions()).await.status, 401);
}

#[tokio::test]
async fn an_entity_has_people_and_an_administrator_of_its_own() {
    let desk = Desk::new(WebOptions::default()).await;
    let ceiling =
        json!({"rights": ["search", "administer"], "databases": ["persons"], "clearance": "official-use"});
    let entity: EntitySubmission = serde_json::from_value(
        json!({"reference": "FILE 7", "entity": "port-1", "shown_as": "شرطة الميناء", "ceiling": ceiling}),
    )
    .unwrap();
    desk.ask(&desk.head.put_entity(key(1), &entity)).await;
    let fatima = account("fatima", "فاطمة الزهراء", Some("port-1"), &["search", "administer"]);
    let (invited, secret) = desk.enrol(2, &fatima).await;
    assert_eq!(invited.officer.0, "port-1.fatima");
    let session = desk.ask(&desk.sign_in("port-1.fatima", &secret)).await;
    let fatima = Client::new(&session.token);
    desk.ask(&fatima.invite(key(3), &account("ali", "علي حسن", Some("port-1"), &["search"]))).await;
    desk.ask(&desk.head.invite(key(4), &account("rahim", "রহিম আহমেদ", None, &["search"]))).await;
    let people = desk.ask(&fatima.people(&file())).await.people;
    assert_eq!(
        people.iter().map(|one| (one.officer.0.as_str(), one.shown_as.0.as_str())).collect::<Vec<_>>(),
        [("port-1.ali", "علي حسن"), ("port-1.fatima", "فاطمة الزهراء")]
    );
    let hidden = desk.carry(&fatima.change_person(key(5), &change("rahim", "suspend"))).await.text();
    let none = desk.carry(&fatima.change_person(key(6), &change("nobody", "suspend"))).await.text();
    assert_eq!(hidden, none, "what is not there and what is not theirs answer alike");
    let elsewhere = desk.carry(&fatima.invite(key(7), &account("b", "ب", None, &["search"]))).await;
    assert_eq!(elsewhere.problem(), "officer-not-entitled");
    assert_eq!(desk.ask(&fatima.entities(&file())).await.entities.len(), 1);
}

#[tokio::test]
async fn nobody_learns_by_signing_in_who_has_an_account() {
    let header =
        WebOptions { client_address_header: Some("x-client".parse().unwrap()), ..WebOptions::default() };
    let desk = Desk::new(header).await;
    let (_, secret) = desk.enrol(1, &account("rahim", "রহিম আহমেদ", None, &["search"])).await;
    let guess = |officer: &str| {
        let body = json!({"organisation": "XA", "officer": officer, "password": "другие слова", "device_code": "123456"});
        Client::new("").sign_in(&serde_json::from_value(body).unwrap())
    };
    let mut answers = Vec::new();
    for officer in ["rahim", "nobody"] {
        let mut seen = Vec::new();
        for _ in 0..7 {
            let before = desk.app.passwords_hashed();
            let answered = desk.carry_from(&guess(officer), Some("198.51.100.1, 192.0.2.7")).await;
            let mut headers: Vec<_> =
                answered.headers.iter().filter(|(name, _)| *name != "x-request-id").collect();
            headers.sort_by_key(|(name, _)| name.as_str());
            let headers = format!("{headers:?}");
            seen.push((answered.status, headers, answered.body, desk.app.passwords_hashed() - before));
        }
        answers.push(seen);
    }
    assert_eq!(answers[0], answers[1], "same bytes, same work");
    let statuses: Vec<u16> = answers[0].iter().map(|one| one.0.as_u16()).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
    // What stands before the proxy's own address came with the request and frees nobody.
    let right = SignInRequest {
        organisation: "XA".into(),
        officer: "rahim".into(),
        password: PASSWORD.into(),
        device_code: desk.code(&secret).into(),
    };
    let paused = desk.carry_from(&Client::new("").sign_in(&right), Some("203.0.113.1, 192.0.2.7")).await;
    assert_eq!(paused.problem(), "too-many-attempts");
    let elsewhere = desk.carry_from(&desk.sign_in("rahim", &secret), Some("192.0.2.7, 203.0.113.1")).await;
    assert_eq!(elsewhere.status, 200, "the officer at another desk is not held up");
}

/// Is a body that is fed from the test.
struct Fed(tokio::sync::mpsc::UnboundedReceiver<String>);

impl HttpBody for Fed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|text| text.map(|text| Ok(Frame::data(text.into()))))
    }
}

#[tokio::test]
async fn who_is_not_signed_in_holds_no_place_of_others() {
    let desk = Desk::new(WebOptions { sign_ins_at_once: 1, ..WebOptions::default() }).await;
    let (_, secret) = desk.enrol(1, &account("rahim", "রহিম আহমেদ", None, &["search"])).await;
    let session = desk.ask(&desk.sign_in("rahim", &secret)).await;
    let (feed, fed) = tokio::sync::mpsc::unbounded_channel::<String>();
    let slow = Request::post("/v1/sessions").header("content-type", "application/json");
    let slow = desk.router.clone().oneshot(slow.body(Body::new(Fed(fed))).unwrap());
    let mut slow = std::pin::pin!(slow);
    // It is asked once, and waits for its body.
    let is_waiting = std::future::poll_fn(|context| Poll::Ready(slow.as_mut().poll(context).is_pending()));
    assert!(is_waiting.await);
    let kept_out = desk.carry(&desk.sign_in("rahim", &secret)).await;
    assert_eq!(kept_out.problem(), "busy", "the places of who is not signed in are taken");
    desk.ask(&Client::new(&session.token).search(&query())).await;
    drop(feed);
    slow.await.unwrap();
    desk.ask(&desk.sign_in("rahim", &secret)).await;
    let large =
        json!({"organisation": "XA", "officer": "a".repeat(9_000), "password": "p", "device_code": "123456"});
    let large = desk.carry(&Client::new("").sign_in(&serde_json::from_value(large).unwrap())).await;
    assert_eq!(large.problem(), "body-too-large");
}

#[tokio::test]
async fn a_header_that_tells_nothing_leaves_the_connections_address() {
    let header =
        WebOptions { client_address_header: Some("x-client".parse().unwrap()), ..WebOptions::default() };
    let desk = Desk::new(header).await;
    let guess = |number: u32| {
        let body = json!({"organisation": "XA", "officer": format!("nobody-{number}"), "password": "другие слова", "device_code": "123456"});
        Client::new("").sign_in(&serde_json::from_value(body).unwrap())
    };
    for number in 0..30 {
        let from = [None, Some("unknown"), Some("")][number as usize % 3];
        assert_eq!(desk.carry_from(&guess(number), from).await.problem(), "sign-in-refused");
    }
    assert_eq!(desk.carry_from(&guess(30), None).await.problem(), "too-many-attempts");
    let told = desk.carry_from(&guess(31), Some("192.0.2.7:4711")).await;
    assert_eq!(told.problem(), "sign-in-refused", "one that is told is counted by itself");
}

#[tokio::test]
async fn a_stream_that_is_open_ends_with_the_account() {
    for (number, act) in ["suspend", "sign-out", "end", "new-code"].iter().enumerate() {
        let desk = Desk::new(WebOptions::default()).await;
        let (_, secret) = desk.enrol(1, &account("rahim", "রহিম আহমেদ", None, &["screen"])).await;
        let session = desk.ask(&desk.sign_in("rahim", &secret)).await;
        let (feed, fed) = tokio::sync::mpsc::unbounded_channel();
        let request = Request::post("/v1/screenings/stream")
            .header("authorization", format!("Bearer {}", session.token))
            .header("content-type", "application/x-ndjson")
            .body(Body::new(Fed(fed)))
            .unwrap();
        feed.send("{\"purpose\": \"border-control\", \"reference\": \"LANE 4\"}\n".to_owned()).unwrap();
        let rows = format!("{}\n", json!({"name": "Калачев Валерий"})).repeat(400);
        feed.send(rows.clone()).unwrap();
        let response = desk.router.clone().oneshot(request).await.unwrap();
        let mut body = response.into_body();
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let mut text = frame.unwrap().unwrap().into_data().unwrap().to_vec();
        desk.ask(&desk.head.change_person(key(9 + number as u8), &change("rahim", act))).await;
        feed.send(rows).unwrap();
        drop(feed);
        text.extend(axum::body::to_bytes(body, usize::MAX).await.unwrap());
        let last = text.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap();
        let last: Value = serde_json::from_slice(last).unwrap();
        assert_eq!(last["end"]["problem"]["code"], "unauthenticated", "{act}: {last}");
    }
}

#[tokio::test]
async fn every_fault_of_a_body_is_named_and_no_secret_comes_back() {
    let desk = Desk::new(WebOptions::default()).await;
    let (_, _) = desk.enrol(1, &account("rahim", "রহিম আহমেদ", None, &["search"])).await;
    let post = async |path: &str, body: Value| {
        let request = Request::post(path)
            .header("authorization", desk.head.people(&file()).request.headers[0].1.clone())
            .header("content-type", "application/json")
            .header("idempotency-key", IdempotencyKey::from_random([7; 16]).to_string())
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = desk.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answered { status: parts.status, headers: parts.headers, body }.problem()
    };
    let rights = json!({"rights": ["search"], "clearance": "official-use"});
    let faulty = json!({"reference": "F", "officer": "Рахим", "entity": "a.b", "shown_as": "—", "rights": rights,
        "valid_until": "2026-02-30"});
    assert_eq!(
        post("/v1/people", faulty).await,
        "body-faulty officer: bad-characters entity: bad-characters shown_as: not-a-name valid_until: impossible"
    );
    let taken = json!({"reference": "F", "officer": "rahim", "shown_as": "রহিম", "rights": rights});
    assert_eq!(post("/v1/people", taken).await, "record-faulty officer: duplicate");
    let past = json!({"reference": "F", "officer": "b", "shown_as": "ব", "rights": rights, "valid_until": "2020-01-01"});
    assert_eq!(post("/v1/people", past).await, "record-faulty valid_until: contradiction");
    let sign_in = json!({"organisation": "xa", "officer": "rahim", "password": "", "device_code": "12345"});
    assert_eq!(
        post("/v1/sessions", sign_in).await,
        "body-faulty organisation: bad-characters password: missing device_code: bad-characters"
    );
    let long = json!({"organisation": "XA", "officer": "rahim", "password": "щ".repeat(513), "device_code": "123456"});
    assert_eq!(post("/v1/sessions", long).await, "body-faulty password: too-long");
    let code = json!({"organisation": "XA", "officer": "rahim", "code": "barid_enrol_kurz"});
    assert_eq!(post("/v1/enrolments", code).await, "body-faulty code: bad-characters");
}
