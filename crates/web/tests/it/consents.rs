//! Consents over the API: a drug case meets a terrorism record, asks its owner, opens it, and loses it again.

use axum::http::StatusCode;
use barid_api::client::Client;
use barid_api::consents::{
    ConsentAnswerRequest, ConsentAskingRequest, ConsentEndRequest, ConsentShown, ConsentsRequest,
};
use barid_api::records::ActRequest;
use barid_api::search::SearchRequest;
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use serde_json::{Value, json};

use crate::node::{Node, key, on_a_node, wanted};

const DRUGS: Purpose = Purpose::DrugTrafficking;
const TERROR: Purpose = Purpose::CounterTerrorism;

fn read<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

/// The bureau tells the partner of hits on terrorism records for drug cases.
async fn agree(node: &Node) {
    let (bureau, partner) = (node.client("XA, head"), node.client("XPART, head"));
    let offered = read(json!({
        "reference": "FILE 7", "agreement": {
            "titles": [{"language": "ru", "text": "Совпадения по делам о наркотиках"}],
            "parties": ["XPART", "XA"], "from": "2026-11-01", "until": "2027-11-01",
            "grants": [{
                "number": 1, "recipients": ["XPART"], "owners": ["XA"], "databases": ["persons"],
                "operations": ["hit-no-hit"], "purposes": ["drug-trafficking"],
                "held": ["counter-terrorism"], "handling": ["H0", "H1"],
                "classification": "official-use", "daily_cap": 500,
            }],
        },
    }));
    let text = node.ask(&bureau.propose_agreement(key(101), &offered)).await.entry.0;
    for (number, client) in [(102, &bureau), (103, &partner)] {
        let sign = read(json!({"reference": "FILE 7", "text": text, "step": "sign"}));
        node.ask(&client.act_on_agreement(key(number), &sign)).await.written.unwrap();
    }
}

async fn told(node: &Node, client: &Client, name: &str) -> (String, usize, usize) {
    let query = SearchRequest {
        purpose: DRUGS.into(),
        reference: "CASE 9".into(),
        query: name.into(),
        ..SearchRequest::default()
    };
    let answer = node.ask(&client.search(&query)).await;
    (answer.access.0, answer.candidates.len(), answer.hits.len())
}

fn asking(access: &str, owner: &str) -> ConsentAskingRequest {
    read(
        json!({"purpose": "drug-trafficking", "reference": "CASE 9", "access": access, "database": "persons",
        "owner": owner, "reason": {"language": "ar", "text": "تطابق الاسم"}, "days": 30}),
    )
}

fn answer(request: &str, answer: Value) -> ConsentAnswerRequest {
    read(json!({"reference": "FILE 9", "request": request, "answer": answer}))
}

fn end(request: &str) -> ConsentEndRequest {
    read(json!({"reference": "FILE 9", "request": request}))
}

async fn listed(node: &Node, client: &Client, role: &str) -> Vec<ConsentShown> {
    let asked: ConsentsRequest = read(json!({"reference": "FILE 9", "role": role}));
    node.ask(&client.consents(&asked)).await.page.unwrap().requests
}

async fn opens(node: &Node, client: &Client, record: RecordId) -> bool {
    let opening = ActRequest { purpose: DRUGS.into(), reference: "CASE 9".into() };
    node.ask(&client.open(record, &opening)).await.record.is_some()
}

#[tokio::test]
async fn a_hit_is_asked_about_consented_to_opened_and_taken_back() {
    on_a_node(|node| async move {
        agree(&node).await;
        let (owner, head, partner) = (node.client("XA"), node.client("XA, head"), node.client("XPART"));
        let mut records = Vec::new();
        for (number, name) in [(1, "Калачев Валерий"), (2, "وليد المثال التجريبي")]
        {
            let receipt = node.ask(&owner.submit_person(key(number), &wanted(name, TERROR))).await;
            records.push(receipt.records[0].0.parse::<RecordId>().unwrap());
        }
        for (number, name, record) in
            [(10, "Калачев Валерий", records[0]), (20, "وليد المثال التجريبي", records[1])]
        {
            let (access, candidates, hits) = told(&node, &partner, name).await;
            assert_eq!((candidates, hits), (0, 1), "{name}");
            assert!(!opens(&node, &partner, record).await);
            let asked = node.ask(&partner.ask_consent(key(number), &asking(&access, "XA"))).await;
            let request = asked.request.unwrap().0;
            let again = node.ask(&partner.ask_consent(key(number), &asking(&access, "XA"))).await;
            assert_eq!(again.request.unwrap().0, request);
            let mine = listed(&node, &partner, "asker").await.remove(0);
            assert_eq!((mine.request.0.as_str(), mine.state.as_str()), (request.as_str(), "waiting"));
            assert!(mine.records.is_empty() && mine.given.is_none());
            let theirs = listed(&node, &head, "owner").await.remove(0);
            assert_eq!(theirs.records[0].0, record.to_string());
            assert_eq!((theirs.reason.text.0.as_str(), theirs.case.0.as_str()), ("تطابق الاسم", "CASE 9"));

            let give = answer(&request, json!({"give": {"fields": ["offences"]}}));
            let refused = node.carry(&owner.answer_consent(key(number + 1), &give)).await;
            assert_eq!(refused.problem(), "may-not-bind");
            assert!(node.ask(&head.answer_consent(key(number + 2), &give)).await.answered.is_some());
            let opening = ActRequest { purpose: DRUGS.into(), reference: "CASE 9".into() };
            let opened = node.ask(&partner.open(record, &opening)).await.record.unwrap();
            assert!(opened.partial);
            let duties: Vec<_> = opened.duties.iter().map(|duty| duty.as_str()).collect();
            assert_eq!(duties, ["police-use-only", "no-judicial-use", "no-onward-transfer"]);
            let given = listed(&node, &partner, "asker").await.remove(0).given.unwrap();
            assert_eq!(given.records[0].0, record.to_string());
            assert_eq!(told(&node, &partner, name).await.1, 0, "a search shows what it showed");

            assert!(node.ask(&owner.end_consent(key(number + 3), &end(&request))).await.ended.is_some());
            assert!(!opens(&node, &partner, record).await);
            assert_eq!(listed(&node, &partner, "asker").await.remove(0).state.as_str(), "ended");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_yours_answer_alike() {
    on_a_node(|node| async move {
        agree(&node).await;
        let (owner, partner) = (node.client("XA"), node.client("XPART"));
        node.ask(&owner.submit_person(key(1), &wanted("Калачев Валерий", TERROR))).await;
        let (access, ..) = told(&node, &partner, "Калачев Валерий").await;
        let nothing = "7".repeat(64);
        let absent = |body: &str| (StatusCode::OK, body.to_owned());
        for (number, client, access, owner) in [
            (2, &partner, nothing.as_str(), "XA"),
            (3, &partner, access.as_str(), "XB"),
            (4, &partner, access.as_str(), "XQ"),
            (5, &node.client("XB"), access.as_str(), "XA"),
            (6, &node.client("SEC"), access.as_str(), "XA"),
        ] {
            let done = node.carry(&client.ask_consent(key(number), &asking(access, owner))).await;
            assert_eq!((done.status, done.text()), absent(r#"{"request":null}"#), "{number}");
        }
        let asked = node.ask(&partner.ask_consent(key(7), &asking(&access, "XA"))).await;
        let request = asked.request.unwrap().0;
        for (number, stranger) in [(20, node.client("XB")), (30, node.client("SEC"))] {
            for (further, of) in [(0, &request), (1, &nothing)] {
                let refuse = answer(of, json!({"refuse": {}}));
                let done = node.carry(&stranger.answer_consent(key(number + further), &refuse)).await;
                assert_eq!((done.status, done.text()), absent(r#"{"answered":null}"#));
                let done = node.carry(&stranger.end_consent(key(number + 2 + further), &end(of))).await;
                assert_eq!((done.status, done.text()), absent(r#"{"ended":null}"#));
            }
            for role in ["owner", "asker"] {
                assert!(listed(&node, &stranger, role).await.is_empty());
            }
        }
        assert_eq!(listed(&node, &owner, "owner").await.len(), 1);
        let cursor: ConsentsRequest = read(json!({"reference": "F", "role": "owner", "after": "AAAA"}));
        assert!(node.ask(&owner.consents(&cursor)).await.page.is_none());
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_request_is_named() {
    on_a_node(|node| async move {
        let sound = json!({"purpose": "drug-trafficking", "reference": "CASE 9", "access": "7".repeat(64),
            "database": "persons", "owner": "XB", "reason": {"language": "ru", "text": "Дело"}, "days": 30});
        let refused = async |field: &str, value: Value| {
            let mut body = sound.clone();
            body[field] = value;
            node.post("/v1/consents/ask", body.to_string()).await.problem()
        };
        assert_eq!(refused("days", json!(181)).await, "body-faulty days: impossible");
        assert_eq!(refused("owner", json!("XA")).await, "record-faulty owner: contradiction");
        let long = json!({"language": "ru", "text": "д".repeat(1_001)});
        assert_eq!(refused("reason", long).await, "body-faulty reason.text: too-long");
        let hidden = json!({"language": "ru", "text": "дело\u{0}"});
        assert_eq!(refused("reason", hidden).await, "body-faulty reason.text: bad-characters");
        assert_eq!(refused("purpose", json!("oversight")).await, "purpose-not-allowed");
        let body =
            json!({"reference": "F", "request": "7".repeat(64), "answer": {"give": {"records": ["x"]}}});
        assert_eq!(
            node.post("/v1/consents/answer", body.to_string()).await.problem(),
            "body-faulty answer.give.records[0]: bad-characters"
        );
    })
    .await;
}
