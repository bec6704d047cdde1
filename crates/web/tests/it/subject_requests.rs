//! Requests of persons over the API: the whole way with two owners, of which one answers and one is silent.

use barid_api::client::Client;
use barid_api::consultations::{ConsultationAnswer, ConsultationsRequest};
use barid_api::subject_requests::{
    ApplicantSearchRequest, DisclosureShown, OutcomeCode, StepSubmission, SubjectRequestRequest,
    SubjectRequestShown, SubjectRequestSubmission, SubjectRequestsRequest,
};
use barid_domain::codes::Purpose;
use barid_domain::dates::Day;
use serde_json::{Value, json};

use crate::node::{Node, key, on_a_node_with_a_commission, wanted};

const PURPOSE: Purpose = Purpose::CriminalInvestigation;

fn submission(kind: &str, today: Day) -> SubjectRequestSubmission {
    let body = json!({"reference": "R/26/12", "kind": kind, "received_on": today.to_string(),
        "applicant": {"names": ["Калачев Валерий", "कलाचेव वालेरी"], "birth": "1971"},
        "language": "hi", "file": "R/26/12"});
    serde_json::from_value(body).unwrap()
}

fn step(request: &str, step: Value) -> StepSubmission {
    serde_json::from_value(json!({"reference": "R/26/12", "request": request, "step": step})).unwrap()
}

fn texts(language: &str, text: &str) -> Value {
    json!([{"language": language, "text": text}])
}

fn one(request: &str) -> SubjectRequestRequest {
    SubjectRequestRequest { reference: "R/26/12".into(), request: request.into() }
}

/// Is a commission's desk on a node, and its head, who may bind it.
struct Desk<'a> {
    node: &'a Node,
    client: Client,
    head: Client,
    writes: std::cell::Cell<u8>,
}

impl<'a> Desk<'a> {
    fn new(node: &'a Node) -> Self {
        let writes = std::cell::Cell::new(100);
        Self { node, client: node.client("CCF"), head: node.client("CCF, head"), writes }
    }

    fn key(&self) -> barid_domain::ids::IdempotencyKey {
        self.writes.set(self.writes.get() + 1);
        key(self.writes.get())
    }

    async fn take_in(&self, kind: &str) -> String {
        let submission = submission(kind, self.node.today());
        self.node.ask(&self.client.take_in_request(self.key(), &submission)).await.request.0
    }

    /// Takes a step that may be taken; answers its entry.
    async fn step(&self, request: &str, said: Value) -> String {
        let call = self.head.step_request(self.key(), &step(request, said.clone()));
        let taken = self.node.ask(&call).await.taken;
        taken.unwrap_or_else(|| panic!("{said}")).entries[0].entry.0.clone()
    }

    async fn refused(&self, request: &str, said: Value) -> String {
        self.node.carry(&self.head.step_request(self.key(), &step(request, said))).await.problem()
    }

    async fn open(&self, request: &str) -> SubjectRequestShown {
        self.node.ask(&self.client.subject_request(&one(request))).await.request.unwrap()
    }

    async fn disclosure(&self, request: &str) -> DisclosureShown {
        self.node.ask(&self.client.disclosure(&one(request))).await.disclosure.unwrap()
    }

    /// Takes in a request that is found admissible.
    async fn admissible(&self, kind: &str) -> String {
        let request = self.take_in(kind).await;
        self.step(&request, json!({"confirm_identity": {"check": "passport-copy"}})).await;
        self.step(&request, json!({"find_admissible": {}})).await;
        request
    }
}

fn answer(consultation: &str, reply: &str, more: Value) -> ConsultationAnswer {
    let mut body = json!({"reference": "CASE 7", "consultation": consultation, "reply": reply});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

async fn enter(node: &Node, owner: &str, name: &str, number: u8) -> String {
    let mut person = wanted(name, PURPOSE);
    let passport = json!([{"document_type": "passport", "number": "XA1234567"}]);
    person.person.documents = serde_json::from_value(passport).unwrap();
    node.ask(&node.client(owner).submit_person(key(number), &person)).await.records[0].0.clone()
}

fn consult(record: &str, until: Day, tells_applicant: bool) -> Value {
    json!({"consult": {"record": record, "until": until.to_string(), "tells_applicant": tells_applicant,
        "texts": texts("hi", "क्या यह बताया जा सकता है?")}})
}

fn asked() -> ConsultationsRequest {
    ConsultationsRequest { reference: "CASE 7".into(), ..ConsultationsRequest::default() }
}

#[tokio::test]
async fn one_owner_answers_and_one_is_silent() {
    on_a_node_with_a_commission(|node| async move {
        let of_xa = enter(&node, "XA", "Калачев Валерий", 1).await;
        let of_xb = enter(&node, "XB", "वालेरी कलाचेव", 2).await;
        let desk = Desk::new(&node);
        let request = desk.admissible("access").await;

        let search = ApplicantSearchRequest {
            reference: "R/26/12".into(),
            request: request.as_str().into(),
            numbers: vec!["XA 1234567".into()],
        };
        let found = node.ask(&desk.client.search_for_applicant(&search)).await.found.unwrap().candidates;
        let found: Vec<&str> = found.iter().map(|candidate| candidate.record.0.as_str()).collect();
        assert!(found.contains(&of_xa.as_str()) && found.contains(&of_xb.as_str()), "{found:?}");
        assert!(desk.open(&request).await.records.is_empty(), "nothing is taken over");

        desk.step(&request, json!({"search": {"records": [of_xa, of_xb]}})).await;
        let until = node.today().saturating_add(30);
        let asks_xa = desk.step(&request, consult(&of_xa, until, true)).await;
        let asks_xb = desk.step(&request, consult(&of_xb, until, false)).await;
        let decide = |decision: &str| {
            json!({"decide": {"decision": decision, "texts": texts("ru", "Частично сообщить")}})
        };
        let early = desk.refused(&request, decide("partly-disclosed")).await;
        assert_eq!(early, "subject-request-refused : request-owner-not-heard");

        // Each owner reads its own record, and of the applicant what it is told.
        let (xa, xb) = (node.client("XA, head"), node.client("XB, head"));
        let page = node.ask(&xa.consultations(&asked())).await.page.unwrap();
        let read = page.consultations.iter().map(|one| (one.consultation.0.as_str(), one.record.0.as_str()));
        assert_eq!(read.collect::<Vec<_>>(), [(asks_xa.as_str(), of_xa.as_str())]);
        assert_eq!(page.consultations[0].applicant.as_ref().unwrap().names[0].0, "Калачев Валерий");
        let raw = node.carry(&xb.consultations(&asked())).await.text();
        for hidden in [&request, &of_xa, &asks_xa, "Калачев", "R/26/12"] {
            assert!(!raw.contains(hidden), "{hidden} in {raw}");
        }

        let objects = json!({"restriction": "inquiry", "texts": texts("hi", "जाँच चल रही है")});
        let foreign = answer(&asks_xa, "objects", objects.clone());
        assert!(node.ask(&xb.answer_consultation(key(3), &foreign)).await.answered.is_none());
        let whole = answer(&asks_xa, "consents", json!({}));
        let desk_of_xa = node.client("XA");
        let unbound = node.carry(&desk_of_xa.answer_consultation(key(4), &whole)).await.problem();
        assert_eq!(unbound, "may-not-bind", "letting something be told binds the owner");
        let closed = answer(&asks_xa, "objects", objects);
        assert!(node.ask(&desk_of_xa.answer_consultation(key(5), &closed)).await.answered.is_some());
        node.pass_days(1);
        let part = json!({"groups": ["offences"], "restriction": "inquiry", "texts": texts("ru", "Идёт расследование")});
        let part = answer(&asks_xa, "consents-to-part", part);
        let answered = node.ask(&xa.answer_consultation(key(6), &part)).await.answered.unwrap();
        let again = node.ask(&xa.answer_consultation(key(6), &part)).await.answered.unwrap();
        assert!(again.replayed && again.entries == answered.entries);

        // XB is silent: its day passes, and nothing of its record is told.
        node.pass_days(31);
        let line = desk.open(&request).await.line;
        assert!(line.overdue && line.due.iter().any(|due| due.record.is_some() && due.overdue));
        let pending = node.carry(&desk.client.disclosure(&one(&request))).await.problem();
        assert_eq!(pending, "subject-request-refused : request-out-of-order");
        let unfit = desk.refused(&request, decide("disclosed")).await;
        assert_eq!(unfit, "subject-request-refused : request-decision-unfit");
        desk.step(&request, decide("partly-disclosed")).await;
        let late = answer(&asks_xb, "consents", json!({}));
        let late = node.carry(&xb.answer_consultation(key(7), &late)).await.problem();
        assert_eq!(late, "subject-request-refused : request-out-of-order");

        let disclosure = desk.disclosure(&request).await;
        assert_eq!((disclosure.outcome, disclosure.language.0.as_str()), (OutcomeCode::Told, "hi"));
        assert_eq!(disclosure.records.len(), 1);
        let told = &disclosure.records[0];
        let person = told.person.as_ref().unwrap();
        assert_eq!(told.record.0, of_xa);
        assert!(person.documents.is_empty(), "no group that was kept back");
        assert!(!serde_json::to_string(person).unwrap().contains("XA1234567"));
        assert!(serde_json::to_string(person).unwrap().contains("financial-crime.fraud"));

        desk.step(&request, json!({"answer": {}})).await;
        desk.step(&request, json!({"close": {}})).await;
        let line = desk.open(&request).await.line;
        assert!(line.due.is_empty() && line.kept_until.is_some());
        let listed = |closed_too| SubjectRequestsRequest {
            reference: "R".into(),
            closed_too,
            ..SubjectRequestsRequest::default()
        };
        let open = node.ask(&desk.client.subject_requests(&listed(false))).await.page.unwrap();
        let all = node.ask(&desk.client.subject_requests(&listed(true))).await.page.unwrap();
        assert_eq!((open.requests.len(), all.requests.len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn nothing_found_and_nothing_told_are_the_same_to_the_applicant() {
    on_a_node_with_a_commission(|node| async move {
        let record = enter(&node, "XA", "Калачев Валерий", 1).await;
        let desk = Desk::new(&node);
        let mut told = Vec::new();
        for (found, decision) in [(vec![], "no-data"), (vec![record.clone()], "not-disclosed")] {
            let request = desk.admissible("access").await;
            desk.step(&request, json!({"search": {"records": found}})).await;
            for record in &found {
                let asks = desk.step(&request, consult(record, node.today(), false)).await;
                let objects = json!({"restriction": "security", "texts": texts("zh", "不予告知")});
                let objects = answer(&asks, "objects", objects);
                let call = node.client("XA").answer_consultation(key(3), &objects);
                node.ask(&call).await.answered.unwrap();
            }
            let decide = json!({"decide": {"decision": decision, "texts": texts("en", "So decided.")}});
            desk.step(&request, decide).await;
            told.push(node.carry(&desk.client.disclosure(&one(&request))).await.text());
        }
        assert_eq!(told[0], told[1]);
        assert!(told[0].contains("nothing-to-tell"), "{}", told[0]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_the_commission_meets_nothing() {
    on_a_node_with_a_commission(|node| async move {
        let record = enter(&node, "XA", "Калачев Валерий", 1).await;
        let desk = Desk::new(&node);
        let request = desk.admissible("access").await;
        desk.step(&request, json!({"search": {"records": [record]}})).await;
        let asks = desk.step(&request, consult(&record, node.today(), false)).await;
        let nobody = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
        for other in ["XA, head", "XB, head", "SEC", "XPART, head"] {
            let client = node.client(other);
            for name in [request.as_str(), nobody] {
                let opened = node.carry(&client.subject_request(&one(name))).await.problem();
                let stepped = step(name, json!({"close": {}}));
                let stepped = node.carry(&client.step_request(key(50), &stepped)).await.problem();
                let told = node.carry(&client.disclosure(&one(name))).await.problem();
                assert_eq!([opened, stepped, told], ["not-entitled", "not-entitled", "not-entitled"]);
            }
            let taken = client.take_in_request(key(51), &submission("access", node.today()));
            assert_eq!(node.carry(&taken).await.problem(), "not-entitled");
            if other != "XA, head" {
                let page = node.ask(&client.consultations(&asked())).await.page.unwrap();
                assert!(page.consultations.is_empty(), "{other}");
                let texts = json!({"restriction": "inquiry", "texts": texts("en", "No.")});
                let refused = answer(&asks, "objects", texts);
                let call = client.answer_consultation(key(52), &refused);
                assert!(node.ask(&call).await.answered.is_none(), "{other}");
            }
        }
        let desk_alone = node.client("CCF");
        let decide = json!({"decide": {"decision": "not-disclosed", "texts": texts("en", "So decided.")}});
        let unbound = desk_alone.step_request(key(53), &step(&request, decide));
        assert_eq!(node.carry(&unbound).await.problem(), "may-not-bind");
        let unknown = desk_alone.step_request(key(54), &step(nobody, json!({"close": {}})));
        assert!(node.ask(&unknown).await.taken.is_none());
        assert!(node.ask(&desk_alone.subject_request(&one(nobody))).await.request.is_none());
        let own = node.carry(&desk_alone.consultations(&asked())).await.problem();
        assert_eq!(own, "not-entitled", "the commission has no records");
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_request_is_named() {
    on_a_node_with_a_commission(|node| async move {
        let desk = Desk::new(&node);
        let with = |field: &str, value: Value| {
            let mut body = serde_json::to_value(submission("access", node.today())).unwrap();
            body[field] = value;
            serde_json::from_value::<SubjectRequestSubmission>(body).unwrap()
        };
        let refused = async |submission: SubjectRequestSubmission| {
            node.carry(&desk.client.take_in_request(desk.key(), &submission)).await.problem()
        };
        assert_eq!(refused(with("kind", json!("gossip"))).await, "body-faulty kind: unknown-code");
        let hidden = with("applicant", json!({"names": ["نا\u{7}ديا"]}));
        assert_eq!(refused(hidden).await, "body-faulty applicant.names[0]: bad-characters");
        let many = with("applicant", json!({"names": vec!["अ"; 21]}));
        assert_eq!(refused(many).await, "body-faulty applicant.names: too-many");
        let none = with("applicant", json!({"names": []}));
        assert_eq!(refused(none).await, "record-faulty names: missing");
        let ahead = with("received_on", json!(node.today().saturating_add(1).to_string()));
        assert_eq!(refused(ahead).await, "record-faulty received_on: in-future");

        let request = desk.admissible("access").await;
        let nobody = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
        let unknown = desk.refused(&request, json!({"search": {"records": [nobody]}})).await;
        assert_eq!(unknown, "record-faulty step.records[0]: impossible");
        let order = json!({"decide": {"decision": "orders-issued", "orders": ["5a".repeat(32)],
            "texts": texts("en", "So decided.")}});
        assert_eq!(desk.refused(&request, order).await, "record-faulty step.orders[0]: impossible");
        let early = desk.refused(&request, json!({"close": {}})).await;
        assert_eq!(early, "subject-request-refused : request-out-of-order");
    })
    .await;
}
