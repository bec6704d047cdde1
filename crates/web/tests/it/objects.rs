//! Objects over the API: entered with the fields of their database, found in another script, opened, revised.

use axum::http::StatusCode;
use barid_api::objects::{ObjectRevision, ObjectSubmission};
use barid_api::problems::Problem;
use barid_api::records::ActRequest;
use barid_api::search::{Feature, SearchRequest};
use barid_domain::codes::Purpose;
use serde_json::{Value, json};

use crate::node::{Answered, key, on_a_node};

fn act() -> ActRequest {
    ActRequest { purpose: Purpose::CriminalInvestigation.into(), reference: "CASE 2026/114".into() }
}

fn submission(object: Value) -> Value {
    json!({
        "purpose": "criminal-investigation", "reference": "CASE 2026/114", "object": object,
        "terms": {
            "purpose": "criminal-investigation", "handling": {"code": "H0"}, "classification": "official-use",
            "source_grade": "A", "information_grade": "1", "review_in_days": 90,
        },
    })
}

fn faults(refused: &Answered) -> Vec<String> {
    let problem: Problem = serde_json::from_str(&refused.text()).unwrap();
    problem.faults.iter().map(|fault| format!("{}: {}", fault.place, fault.code)).collect()
}

fn seizure() -> Value {
    json!({
        "database": "incidents", "kind": "seizure", "reported_on": "2026-10-02", "country": "XAX",
        "substances": [{
            "substance": "heroin", "cas": "561-27-3", "form": "powder", "weight": 12_500_000, "purity": 640,
            "packaging": "брикеты", "logo": "555", "price": 1_500_000, "currency": "XTS",
        }],
        "concealment": {"language": "ru", "text": "тайник в топливном баке"},
        "route": [{"from_country": "AFG", "to_country": "XAX", "to_place": "درواز", "mode": "road"}],
        "persons": [{"name": "Учебный Водитель", "role": "водитель", "phones": ["+992 37 221 00 00"]}],
        "vehicles": [{"plate": "۱۲ ب ۳۴۵ ایران ۶۷", "country": "IRN"}],
    })
}

#[tokio::test]
async fn a_seizure_is_entered_found_by_what_it_involves_opened_and_revised() {
    on_a_node(|node| async move {
        let request: ObjectSubmission = serde_json::from_value(submission(seizure())).unwrap();
        let receipt = node.ask(&node.client("XA").submit_object(key(1), &request)).await;
        let record = receipt.records[0].0.parse().unwrap();
        let ActRequest { purpose, reference } = act();
        for (query, kind) in [("12 ب 345 ایران 67", "plate"), ("00992372210000", "phone")] {
            let asked = SearchRequest {
                purpose: purpose.clone(),
                reference: reference.clone(),
                query: query.into(),
                ..SearchRequest::default()
            };
            let found = node.ask(&node.client("XB").search(&asked)).await.candidates;
            assert_eq!((found.len(), found[0].database.as_str()), (1, "incidents"), "{query}");
            let reason = &found[0].reasons[0];
            assert_eq!(reason.feature, Feature::Identifier);
            assert_eq!(reason.identifier.as_ref().map(|kind| kind.as_str()), Some(kind));
        }
        let opened = node.ask(&node.client("XB").open(record, &act())).await.record.unwrap();
        assert_eq!(serde_json::to_value(opened.object.unwrap()).unwrap(), seizure());
        assert!(opened.person.is_none() && opened.document.is_none());
        let mut revised = seizure();
        revised["substances"][0]["purity"] = json!(655);
        let mut revision = submission(revised.clone());
        revision["expects"] = json!(opened.entry.0);
        let revision: ObjectRevision = serde_json::from_value(revision).unwrap();
        let answer = node.ask(&node.client("XA").revise_object(key(2), record, &revision)).await;
        assert!(answer.written.is_some());
        let stale = node.ask(&node.client("XA").revise_object(key(3), record, &revision)).await;
        assert!(stale.written.is_none() && stale.current.is_some());
        let opened = node.ask(&node.client("XB").open(record, &act())).await.record.unwrap();
        assert_eq!(serde_json::to_value(opened.object.unwrap()).unwrap(), revised);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_written() {
    on_a_node(|node| async move {
        let mut wrong = seizure();
        wrong["substances"][0]["substance"] = json!("sugar");
        wrong["Калачев"] = json!(1);
        wrong["route"] = json!([]);
        let request: ObjectSubmission = serde_json::from_value(submission(wrong)).unwrap();
        let refused = node.carry(&node.client("XA").submit_object(key(1), &request)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            faults(&refused),
            [
                "object.route: missing",
                "object.substances[0].substance: unknown-code",
                "object.?: unknown-code",
            ]
        );
        let mut wrong = seizure();
        wrong["substances"][0]["cas"] = json!("561-27-4");
        let request: ObjectSubmission = serde_json::from_value(submission(wrong)).unwrap();
        let refused = node.carry(&node.client("XA").submit_object(key(1), &request)).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(faults(&refused), ["object.substances[0].cas: check-digit"]);
    })
    .await;
}
