//! Marks and orders not to enter somebody again over the API: stated, shown to whoever stands before the person, refused at entry.

use barid_api::marks::{MarkLifting, MarkSubmission};
use barid_api::orders::OrdersRequest;
use barid_api::records::ActRequest;
use barid_api::search::{CandidateShown, SearchRequest};
use barid_app::{OpContext, OrderDetails, OrderPlan, record_of_described};
use barid_domain::codes::Purpose;
use barid_domain::described::{Described, DescribedDocument};
use barid_domain::ids::RecordId;
use barid_domain::orders::OrderAct;
use barid_domain::text::LocalText;
use barid_testkit::world::{World, acting, person};
use serde_json::{Value, json};

use crate::node::{Node, key, on_a_node_of, wanted};

const PURPOSE: Purpose = Purpose::BorderControl;
const OFFICERS: [&str; 5] = ["XA", "XB", "SEC", "XPART", "CCF"];

async fn order(world: &World, record: RecordId, act: OrderAct, details: OrderDetails) -> String {
    let ctx: OpContext = acting("CCF", Purpose::Oversight);
    let texts = vec![LocalText { language: "ar".into(), text: "قرار اللجنة".into() }];
    let plan = OrderPlan { record, act, texts, details, keys: Vec::new() };
    let draft = world.app.draft_order(&ctx, &plan).await.unwrap();
    world.app.complete_order(&ctx, &draft, &draft, &[]).await.unwrap().entry.to_string()
}

async fn candidates(node: &Node, organisation: &str, query: &str) -> Vec<CandidateShown> {
    let query = SearchRequest {
        purpose: PURPOSE.into(),
        reference: "LANE 4".into(),
        query: query.into(),
        ..SearchRequest::default()
    };
    node.ask(&node.client(organisation).search(&query)).await.candidates
}

fn mark(record: &str, mark: &str) -> MarkSubmission {
    serde_json::from_value(json!({"reference": "CASE 7", "record": record, "mark": mark, "consent": "CASE 7, sheet 3",
        "texts": [{"language": "ru", "text": "Шрам есть только у потерпевшего."}, {"language": "bn", "text": "দাগ"}]}))
    .unwrap()
}

fn lifting(mark: &str) -> MarkLifting {
    serde_json::from_value(json!({"reference": "CASE 7", "mark": mark,
        "texts": [{"language": "fa", "text": "برداشته شد"}]}))
    .unwrap()
}

#[tokio::test]
async fn a_desk_sees_on_the_candidate_that_the_person_may_be_the_victim() {
    let world = World::exercise().commission("CCF").build().await;
    let submission = world.submission(PURPOSE, person(&["Калачев", "কালাচেভ", "كالاتشيف"]));
    let entered = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
    let record = entered.records[0];
    let noted = order(&world, record, OrderAct::Annotate, OrderDetails::default()).await;
    on_a_node_of(world, &OFFICERS, |node| async move {
        let (owner, other) = (node.client("XA"), node.client("XB"));
        let id = record.to_string();
        assert!(node.ask(&other.mark(key(1), &mark(&id, "misused-identity"))).await.marked.is_none());
        let nowhere = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
        assert!(node.ask(&owner.mark(key(2), &mark(nowhere, "similar-person"))).await.marked.is_none());
        let bare = MarkSubmission { consent: None, ..mark(&id, "misused-identity") };
        let refused = node.carry(&owner.mark(key(4), &bare)).await.problem();
        assert_eq!(refused, "record-faulty consent: missing");
        let stated = node.ask(&owner.mark(key(3), &mark(&id, "misused-identity"))).await.marked.unwrap();
        assert_eq!(stated.records[0].0, id);
        let named = stated.entries[0].entry.0.clone();
        for (desk, query) in ["XB", "SEC", "XA"].into_iter().zip(["كالاتشيف", "কালাচেভ", "Kalachev"])
        {
            let shown = candidates(&node, desk, query).await.remove(0);
            assert_eq!(shown.marks.len(), 1, "{desk}");
            assert_eq!((shown.marks[0].mark.as_str(), &shown.marks[0].entry.0), ("misused-identity", &named));
            assert_eq!((shown.marks[0].by.0.as_str(), shown.marks[0].texts.len()), ("XA", 2));
            assert_eq!(shown.annotations[0].order.0, noted, "what the commission says, too");
            let opening = ActRequest { purpose: PURPOSE.into(), reference: "LANE 4".into() };
            let opened = node.ask(&node.client(desk).open(record, &opening)).await.record.unwrap();
            assert_eq!((&opened.marks, &opened.annotations), (&shown.marks, &shown.annotations));
            // Where the consent lies is for its owner.
            assert!(!serde_json::to_string(&opened).unwrap().contains("sheet 3"));
        }
        let twice = node.carry(&owner.mark(key(4), &mark(&id, "misused-identity"))).await;
        assert_eq!(twice.problem(), "order-refused : order-stands-already");
        assert!(node.ask(&other.lift_mark(key(5), &lifting(&named))).await.marked.is_none());
        assert!(node.ask(&owner.lift_mark(key(6), &lifting(&named))).await.marked.is_some());
        assert!(candidates(&node, "XB", "Калачев").await[0].marks.is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_enters_somebody_again_is_told_which_order_stands_in_the_way() {
    let world = World::exercise().commission("CCF").build().await;
    let described = Described {
        names: vec!["Валерий Калачев".to_owned()],
        births: vec!["1971-02-03".parse().unwrap()],
        documents: vec![DescribedDocument {
            number: "XA0012345".to_owned(),
            issuing_country: "XAX".parse().ok(),
        }],
    };
    let record = record_of_described(&described);
    let details = OrderDetails { described: Some(described), ..OrderDetails::default() };
    let barring = order(&world, record, OrderAct::DoNotReEnter, details).await;
    on_a_node_of(world, &OFFICERS, |node| async move {
        let born = |name: &str, birth: &str| {
            let mut body = serde_json::to_value(wanted(name, PURPOSE)).unwrap();
            body["person"]["births"] = json!([birth]);
            serde_json::from_value(body).unwrap()
        };
        for (number, name) in ["Калачев Валерий", "كالاتشيف فاليري", "Kalachev Valery"].into_iter().enumerate()
        {
            let client = node.client(if number == 1 { "XB" } else { "XA" });
            let refused =
                node.carry(&client.submit_person(key(number as u8), &born(name, "1971-02-03"))).await;
            assert_eq!(
                (refused.status.as_u16(), refused.problem().as_str()),
                (409, "re-entry-barred"),
                "{name}"
            );
            let body: Value = serde_json::from_slice(&refused.body).unwrap();
            assert_eq!(body["order"], barring);
        }
        let other = born("Калачев Валерий", "1971-02-04");
        assert_eq!(node.carry(&node.client("XA").submit_person(key(9), &other)).await.status.as_u16(), 201);
        let asked = OrdersRequest { reference: "F 7".into(), ..OrdersRequest::default() };
        let page = node.ask(&node.client("CCF").re_entries(&asked)).await.page.unwrap();
        let found: Vec<_> =
            page.attempts.iter().map(|row| (row.organisation.0.as_str(), row.attempts)).collect();
        assert_eq!((found, page.next), (vec![("XA", 2), ("XB", 1)], None));
        assert_eq!(node.carry(&node.client("XA").re_entries(&asked)).await.problem(), "not-entitled");
        let shown = node.ask(&node.client("CCF").orders(&asked)).await.page.unwrap().orders.remove(0);
        assert_eq!(shown.described.unwrap().names, ["Валерий Калачев"]);
        let cursor = OrdersRequest { after: Some("AAAA".into()), ..asked };
        assert!(node.ask(&node.client("CCF").re_entries(&cursor)).await.page.is_none());
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_mark_is_named() {
    let world = World::exercise().commission("CCF").build().await;
    on_a_node_of(world, &OFFICERS, |node| async move {
        let sound =
            serde_json::to_value(mark("7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34", "misused-identity")).unwrap();
        let refused = async |field: &str, value: Value| {
            let mut body = sound.clone();
            body[field] = value;
            node.post("/v1/marks", body.to_string()).await.problem()
        };
        assert_eq!(refused("mark", json!("victim")).await, "body-faulty mark: unknown-code");
        assert_eq!(refused("record", json!("x")).await, "body-faulty record: bad-characters");
        assert_eq!(refused("texts", json!([])).await, "body-faulty texts: missing");
        let long = json!([{"language": "en", "text": "x".repeat(5_000)}]);
        assert_eq!(refused("texts", long).await, "body-faulty texts[0].text: too-long");
        let control = json!([{"language": "ar", "text": "قرار\u{7}"}]);
        assert_eq!(refused("texts", control).await, "body-faulty texts[0].text: bad-characters");
        let many: Vec<Value> = (0..21).map(|_| json!({"language": "en", "text": "x"})).collect();
        assert_eq!(refused("texts", json!(many)).await, "body-faulty texts: too-many");
        let unknown = refused("instruct", json!(1)).await;
        assert!(unknown.starts_with("body-malformed") || unknown.starts_with("body-faulty"), "{unknown}");
    })
    .await;
}
