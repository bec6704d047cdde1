//! Restrictions over the API: said at the entering of a record and afterwards, read by its owner, met by nobody else.

use barid_api::client::Client;
use barid_api::records::ActRequest;
use barid_api::restrictions::{RestrictionSubmission, RestrictionsRequest};
use barid_api::search::SearchRequest;
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use serde_json::{Value, json};

use crate::node::{Node, key, on_a_node, wanted};

const PURPOSE: Purpose = Purpose::BorderControl;

async fn sees(node: &Node, client: &Client, record: RecordId) -> bool {
    let query = SearchRequest {
        purpose: PURPOSE.into(),
        reference: "LANE 4".into(),
        query: "Калачев Валерий".into(),
        ..SearchRequest::default()
    };
    let found = node.ask(&client.search(&query)).await.candidates;
    let found = found.iter().any(|candidate| candidate.record.0 == record.to_string());
    let opening = ActRequest { purpose: PURPOSE.into(), reference: "LANE 4".into() };
    let opened = node.ask(&client.open(record, &opening)).await.record.is_some();
    assert_eq!(found, opened);
    opened
}

fn restriction(records: Value, audience: Value) -> RestrictionSubmission {
    let about = if records.is_null() { json!({"whole_database": {}}) } else { json!({"records": records}) };
    let body = json!({"reference": "CASE 7", "database": "persons", "about": about, "audience": audience});
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn an_owner_keeps_a_record_from_a_bureau_from_the_moment_it_is_there() {
    on_a_node(|node| async move {
        let (owner, other, third) = (node.client("XA"), node.client("XB"), node.client("SEC"));
        let mut person = wanted("Калачев Валерий", PURPOSE);
        let kept = json!({"mode": "all-but", "organisations": ["XB", "XB"]});
        person.terms.audience = Some(serde_json::from_value(kept).unwrap());
        let receipt = node.ask(&owner.submit_person(key(1), &person)).await;
        assert_eq!(receipt.entries.len(), 2, "the record, and whom it is shown to");
        let again = node.ask(&owner.submit_person(key(1), &person)).await;
        assert!(again.replayed && again.entries == receipt.entries);
        let record: RecordId = receipt.records[0].0.parse().unwrap();
        let seen = async || {
            (
                sees(&node, &owner, record).await,
                sees(&node, &other, record).await,
                sees(&node, &third, record).await,
            )
        };
        assert_eq!(seen().await, (true, false, true));

        let asked = RestrictionsRequest { reference: "F 7".into(), ..RestrictionsRequest::default() };
        let page = node.ask(&owner.restrictions(&asked)).await.page.unwrap();
        let said: Vec<&str> =
            page.records[0].audience.organisations.iter().map(|code| code.0.as_str()).collect();
        assert_eq!((page.records.len(), said, page.next), (1, vec!["XB"], None));
        assert!(node.ask(&other.restrictions(&asked)).await.page.unwrap().records.is_empty());

        let only = json!({"mode": "only", "organisations": []});
        let said = restriction(json!([record.to_string()]), only.clone());
        assert!(node.ask(&other.restrict(key(2), &said)).await.restricted.is_none(), "another's record");
        assert!(node.ask(&owner.restrict(key(3), &said)).await.restricted.is_some());
        assert_eq!(seen().await, (true, false, false));
        let everybody = json!({"mode": "all-but", "organisations": []});
        let said = restriction(json!([record.to_string()]), everybody.clone());
        node.ask(&owner.restrict(key(4), &said)).await.restricted.unwrap();
        assert_eq!(seen().await, (true, true, true));

        // The whole database: closed by everybody who enters records, opened by who may bind.
        node.ask(&owner.restrict(key(5), &restriction(Value::Null, only))).await.restricted.unwrap();
        assert_eq!(seen().await, (true, false, false));
        let opened = restriction(Value::Null, everybody);
        assert_eq!(node.carry(&owner.restrict(key(6), &opened)).await.problem(), "may-not-bind");
        let head = node.client("XA, head");
        node.ask(&head.restrict(key(7), &opened)).await.restricted.unwrap();
        assert_eq!(seen().await, (true, true, true));
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_restriction_is_named() {
    on_a_node(|node| async move {
        let refused = async |audience: Value| {
            let about = json!({"whole_database": {}});
            let body = json!({"reference": "F", "database": "persons", "about": about, "audience": audience});
            node.post("/v1/restrictions", body.to_string()).await.problem()
        };
        assert_eq!(
            refused(json!({"mode": "all-but", "organisations": ["xb"]})).await,
            "body-faulty audience.organisations[0]: bad-characters"
        );
        assert_eq!(
            refused(json!({"mode": "all-but", "organisations": ["XQ"]})).await,
            "record-faulty audience.organisations[0]: unknown-code"
        );
        assert_eq!(
            refused(json!({"mode": "all-but", "organisations": ["XA"]})).await,
            "record-faulty audience.organisations: contradiction"
        );
        let mut person = serde_json::to_value(wanted("Калачев", PURPOSE)).unwrap();
        person["terms"]["audience"] = json!({"mode": "only", "organisations": ["XQ"]});
        assert_eq!(
            node.post("/v1/persons", person.to_string()).await.problem(),
            "record-faulty terms.audience.organisations[0]: unknown-code"
        );
        let cursor = RestrictionsRequest {
            reference: "F".into(),
            after: Some("AAAA".into()),
            ..RestrictionsRequest::default()
        };
        assert!(node.ask(&node.client("XA").restrictions(&cursor)).await.page.is_none());
    })
    .await;
}
