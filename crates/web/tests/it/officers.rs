//! Officers and services over the API: tokens given inside the administrator's own rights, used, and taken back.

use barid_api::agreements::AgreementsRequest;
use barid_api::client::Client;
use barid_api::officers::{OfficerRevocation, OfficerSubmission, OfficersRequest};
use barid_api::search::SearchRequest;
use barid_domain::codes::Purpose;
use serde_json::{Value, json};

use crate::node::{key, on_a_node, wanted};

fn token(rights: Value) -> OfficerSubmission {
    serde_json::from_value(json!({"reference": "FILE 7", "officer": "desk-4", "days": 30, "rights": rights}))
        .unwrap()
}

#[tokio::test]
async fn a_token_is_given_used_and_taken_back_inside_one_organisation() {
    on_a_node(|node| async move {
        let head = node.client("XA, head");
        let narrow =
            token(json!({"rights": ["search"], "databases": ["persons"], "clearance": "official-use"}));
        let refused = node.carry(&node.client("XA").issue_to_officer(key(1), &narrow)).await;
        assert_eq!(refused.problem(), "officer-not-entitled", "who may administer is told apart");
        let answer = node.carry(&head.issue_to_officer(key(1), &narrow)).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let issued: Value = serde_json::from_slice(&answer.body).unwrap();
        let desk = Client::new(issued["issued"]["token"].as_str().unwrap());
        assert!(node.ask(&head.issue_to_officer(key(1), &narrow)).await.issued.is_none(), "shown once");
        let query = SearchRequest {
            purpose: Purpose::BorderControl.into(),
            reference: "LANE 4".into(),
            query: "Калачев".into(),
            ..SearchRequest::default()
        };
        node.ask(&desk.search(&query)).await;
        let entered =
            node.carry(&desk.submit_person(key(2), &wanted("Калачев", Purpose::BorderControl))).await;
        assert_eq!(entered.problem(), "officer-not-entitled");
        // Everybody may know what holds for its organisation.
        node.ask(&desk.agreements(&AgreementsRequest { reference: "F".into(), ..Default::default() })).await;
        let all = OfficersRequest { reference: "FILE 7".into() };
        assert_eq!(node.carry(&desk.officers(&all)).await.problem(), "officer-not-entitled");
        let listed = node.ask(&head.officers(&all)).await.officers;
        let desk_4 = listed.iter().find(|one| one.officer.0 == "desk-4").unwrap();
        assert_eq!(desk_4.rights, narrow.rights);
        assert!(!serde_json::to_string(&listed).unwrap().contains("barid_"), "no token in the list");
        let end = OfficerRevocation { reference: "FILE 7".into(), credential: desk_4.credential.clone() };
        let partner = node.client("XPART, head");
        assert!(node.ask(&partner.revoke_officer(&end)).await.revoked.is_none(), "another organisation's");
        assert_eq!(node.ask(&head.revoke_officer(&end)).await.revoked.unwrap().0, "desk-4");
        assert!(node.ask(&head.revoke_officer(&end)).await.revoked.is_none());
        assert_eq!(node.carry(&desk.search(&query)).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_request_for_a_token_is_named() {
    on_a_node(|node| async move {
        let refused = async |field: &str, value: Value| {
            let rights = json!({"rights": ["search"], "clearance": "official-use"});
            let mut body = json!({"reference": "F", "officer": "desk-4", "days": 30, "rights": rights});
            *body.pointer_mut(field).unwrap() = value;
            node.post("/v1/officers", body.to_string()).await.problem()
        };
        assert_eq!(refused("/officer", json!("Дежурный")).await, "body-faulty officer: bad-characters");
        assert_eq!(refused("/days", json!(367)).await, "body-faulty days: impossible");
        assert_eq!(refused("/rights/rights", json!([])).await, "body-faulty rights.rights: missing");
        assert_eq!(
            refused("/rights/rights", json!(["root"])).await,
            "body-faulty rights.rights[0]: unknown-code"
        );
        let twice = json!(["search", "search"]);
        assert_eq!(refused("/rights/rights", twice).await, "body-faulty rights.rights: duplicate");
    })
    .await;
}
