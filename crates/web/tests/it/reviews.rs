//! Reviews over HTTP: listed page by page, kept with a reason, withdrawn, and nobody else's.

use axum::http::StatusCode;
use barid_api::records::ActRequest;
use barid_api::reviews::{
    DecidedCode, DecisionsRequest, EndStated, KeepStated, ReviewStateShown, ReviewsRequest,
};
use barid_api::terms::LocalShortText;
use barid_api::texts::{Cursor, EntryHashText, RecordIdText};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::terms::KeepReason;
use serde_json::json;

use crate::node::{Node, key, on_a_node, wanted};

const PURPOSE: Purpose = Purpose::CriminalInvestigation;

/// Enters a person to be reviewed in some days.
async fn enter(node: &Node, number: u8, name: &str, days: u32) -> (RecordIdText, EntryHashText) {
    let mut submission = wanted(name, PURPOSE);
    submission.terms.review_in_days = days;
    let receipt = node.ask(&node.client("XA").submit_person(key(number), &submission)).await;
    (receipt.records[0].clone(), receipt.entries[0].entry.clone())
}

fn list(after: Option<Cursor>, limit: u32) -> ReviewsRequest {
    ReviewsRequest { reference: "पुनरीक्षण 5/2027".into(), after, limit: Some(limit) }
}

fn decisions(keep: Vec<KeepStated>, withdraw: Vec<EndStated>) -> DecisionsRequest {
    DecisionsRequest { purpose: PURPOSE.into(), reference: "дело 17".into(), keep, withdraw }
}

/// A day far enough ahead for a record to leave the list.
fn ahead(node: &Node, days: i32) -> String {
    node.today().saturating_add(days).to_string()
}

#[tokio::test]
async fn own_records_are_listed_kept_and_withdrawn_over_http() {
    on_a_node(|node| async move {
        let (first, expects) = enter(&node, 1, "Калачев", 30).await;
        let (second, beside) = enter(&node, 2, "محمود", 60).await;
        enter(&node, 3, "张伟", 300).await;
        let client = node.client("XA");
        let page = node.ask(&client.reviews(&list(None, 1))).await.page.unwrap();
        assert_eq!((page.reviews.len(), &page.reviews[0].record), (1, &first));
        let shown = &page.reviews[0];
        assert_eq!((shown.state, shown.item, &shown.entry), (ReviewStateShown::DueSoon, false, &expects));
        assert_eq!(shown.review_on.0, ahead(&node, 30));
        let next = page.next.unwrap();
        let page = node.ask(&client.reviews(&list(Some(next.clone()), 1))).await.page.unwrap();
        assert_eq!((&page.reviews[0].record, page.next), (&second, None));
        // A cursor is good for whom it was sealed for, and nobody else has these records.
        assert_eq!(node.ask(&node.client("XB").reviews(&list(Some(next), 1))).await.page, None);
        assert!(node.ask(&node.client("XB").reviews(&list(None, 9))).await.page.unwrap().reviews.is_empty());

        let keep = KeepStated {
            record: first.clone(),
            expects,
            review_on: ahead(&node, 400).as_str().into(),
            reason: KeepReason::Other.into(),
            text: Some(LocalShortText { language: "fa".into(), text: "پرونده باز است".into() }),
        };
        let end = EndStated {
            record: second.clone(),
            expects: beside.clone(),
            reason: WithdrawalReason::PurposeMet.into(),
        };
        // Another organisation is answered as if there were no such records.
        let asked = decisions(vec![keep.clone()], vec![end.clone()]);
        let others = node.ask(&node.client("XB").decide_reviews(key(4), &asked)).await;
        assert_eq!(
            (others.keep[0].outcome, others.withdraw[0].outcome),
            (DecidedCode::Absent, DecidedCode::Absent)
        );

        let unsaid = KeepStated { text: None, record: second, expects: beside, ..keep.clone() };
        let faulty = node.ask(&client.decide_reviews(key(5), &decisions(vec![unsaid], vec![]))).await;
        assert_eq!(faulty.keep[0].outcome, DecidedCode::Faulty);
        assert_eq!(faulty.keep[0].faults[0].place, "terms.kept.text");

        let decided = node.ask(&client.decide_reviews(key(6), &asked)).await;
        assert_eq!((decided.keep.len(), decided.withdraw.len()), (1, 1));
        assert_eq!(
            (decided.keep[0].outcome, &decided.keep[0].kept_as),
            (DecidedCode::Kept, &Some(first.clone()))
        );
        assert_eq!(decided.withdraw[0].outcome, DecidedCode::Withdrawn);
        assert_eq!(node.ask(&client.decide_reviews(key(6), &asked)).await, decided, "told again");
        assert!(node.ask(&client.outcome(key(6))).await.landed.is_some());
        let act = ActRequest { purpose: PURPOSE.into(), reference: "дело 17".into() };
        let opened = node.ask(&client.open(first.0.parse().unwrap(), &act)).await.record.unwrap();
        let kept = opened.terms.kept.unwrap();
        assert_eq!((kept.text.unwrap().text.0.as_str(), opened.version), ("پرونده باز است", 2));
        assert_eq!(opened.terms.review_on.0, ahead(&node, 400));
        assert!(node.ask(&client.reviews(&list(None, 9))).await.page.unwrap().reviews.is_empty());
        let stale = node.ask(&client.decide_reviews(key(7), &decisions(vec![keep], vec![]))).await;
        assert_eq!((stale.keep[0].outcome, &stale.keep[0].entry), (DecidedCode::Stale, &Some(opened.entry)));
    })
    .await;
}

#[tokio::test]
async fn decisions_that_are_none_are_refused_whole() {
    on_a_node(|node| async move {
        let (record, expects) = enter(&node, 1, "রহমান", 30).await;
        let keep = KeepStated {
            record,
            expects,
            review_on: ahead(&node, 100).as_str().into(),
            reason: KeepReason::Danger.into(),
            text: None,
        };
        let client = node.client("XA");
        for (asked, status, code) in [
            (decisions(vec![], vec![]), StatusCode::CONFLICT, "record-faulty decisions: missing"),
            (
                decisions(vec![keep.clone(); 2], vec![]),
                StatusCode::CONFLICT,
                "record-faulty decisions[1].record: duplicate",
            ),
            (
                decisions(vec![keep.clone(); 1_001], vec![]),
                StatusCode::UNPROCESSABLE_ENTITY,
                "body-faulty keep: too-many",
            ),
        ] {
            let answered = node.carry(&client.decide_reviews(key(2), &asked)).await;
            assert_eq!((answered.status, answered.problem().as_str()), (status, code));
        }
        let good = serde_json::to_value(decisions(vec![keep], vec![])).unwrap();
        for (place, spoilt) in [
            ("record", json!("18302177-DB24-4C4B-BE01-452A5E467C89")),
            ("expects", json!("5a")),
            ("review_on", json!("2027-02-30")),
            ("reason", json!("habit")),
            ("text", json!({"language": "русский", "text": "текст"})),
        ] {
            let mut body = good.clone();
            body["keep"][0][place] = spoilt;
            let request = axum::http::Request::builder()
                .method("POST")
                .uri("/v1/reviews/decide")
                .header("authorization", format!("Bearer {}", node.token("XA")))
                .header("content-type", "application/json")
                .header("idempotency-key", key(3).to_string())
                .body(axum::body::Body::from(body.to_string()))
                .unwrap();
            let answered = node.send(request).await;
            assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY, "{place}");
            let problem = answered.problem();
            assert!(problem.starts_with(&format!("body-faulty keep[0].{place}")), "{problem}");
        }
    })
    .await;
}
