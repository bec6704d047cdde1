//! Links over the API: stated, shown page by page and with an opened record, revised, withdrawn.

use barid_api::links::{LinkRevision, LinkSubmission};
use barid_api::records::{ActRequest, ListRequest, WithdrawalRequest};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::RecordId;
use serde_json::{Value, json};

use crate::node::{key, on_a_node, wanted};

const PURPOSE: Purpose = Purpose::CriminalInvestigation;

fn stated(purpose: Purpose, link: Value) -> Value {
    json!({
        "purpose": purpose, "reference": "CASE 2026/114", "link": link,
        "terms": {
            "purpose": purpose, "handling": {"code": "H0"}, "classification": "official-use",
            "source_grade": "B", "information_grade": "2", "review_in_days": 90,
        },
    })
}

/// Two who were seen together.
pub fn link(purpose: Purpose, from: RecordId, to: RecordId) -> LinkSubmission {
    let link = json!({"kind": "associate-of", "from": from.to_string(), "to": to.to_string()});
    serde_json::from_value(stated(purpose, link)).unwrap()
}

#[tokio::test]
async fn a_link_is_stated_shown_revised_and_withdrawn() {
    on_a_node(|node| async move {
        let (ours, theirs) = (node.client("XA"), node.client("XB"));
        let mut records = Vec::new();
        for (number, name) in ["Калачев Пётр", "محمد رضایی", "আনিস রহমান"].into_iter().enumerate()
        {
            let receipt = node.ask(&ours.submit_person(key(number as u8), &wanted(name, PURPOSE))).await;
            records.push(receipt.records[0].0.parse::<RecordId>().unwrap());
        }
        let [man, friend, other] = records[..] else { panic!("three") };
        let first =
            node.ask(&theirs.submit_link(key(10), &link(PURPOSE, man, friend))).await.written.unwrap();
        let again =
            node.ask(&theirs.submit_link(key(10), &link(PURPOSE, man, friend))).await.written.unwrap();
        assert_eq!((again.replayed, &again.records), (true, &first.records));
        node.ask(&ours.submit_link(key(11), &link(PURPOSE, other, man))).await.written.unwrap();
        let act = ActRequest { purpose: PURPOSE.into(), reference: "CASE 2026/114".into() };
        let opened = node.ask(&ours.open(man, &act)).await.record.unwrap();
        assert_eq!((opened.links.unwrap().len(), opened.more_links), (2, false));
        let request = |after| ListRequest {
            purpose: act.purpose.clone(),
            reference: act.reference.clone(),
            after,
            limit: Some(1),
        };
        let page = node.ask(&ours.links_of(man, &request(None))).await.page.unwrap();
        let next = page.next.clone().unwrap();
        let last = node.ask(&ours.links_of(man, &request(Some(next.clone())))).await.page.unwrap();
        assert!(last.next.is_none());
        let mut found = [&page.links[0].other_found, &last.links[0].other_found];
        found.sort();
        assert_eq!(found, ["محمد رضایی", "আনিস রহমান"]);
        // A cursor is good for one actor and one record.
        assert!(node.ask(&theirs.links_of(man, &request(Some(next.clone())))).await.page.is_none());
        assert!(node.ask(&ours.links_of(friend, &request(Some(next)))).await.page.is_none());
        let id: RecordId = first.records[0].0.parse().unwrap();
        let stated_link = node.ask(&ours.open(id, &act)).await.record.unwrap().link.unwrap();
        assert_eq!(
            (stated_link.kind.as_str(), &stated_link.from.record.0),
            ("associate-of", &man.to_string())
        );
        let mut revision = stated(
            PURPOSE,
            json!({
                "kind": "relative-of", "from": man.to_string(), "to": friend.to_string(), "since": "2019",
                "remarks": [{"language": "ru", "text": "двоюродный брат"}],
            }),
        );
        revision["expects"] = json!(first.entries[0].entry.0);
        let revision: LinkRevision = serde_json::from_value(revision).unwrap();
        assert!(node.ask(&ours.revise_link(key(12), id, &revision)).await.written.is_none(), "not theirs");
        assert!(node.ask(&theirs.revise_link(key(13), id, &revision)).await.written.is_some());
        let opened = node.ask(&ours.open(id, &act)).await.record.unwrap();
        assert_eq!((opened.version, opened.link.unwrap().remarks.len()), (2, 1));
        let withdrawal = WithdrawalRequest {
            purpose: act.purpose.clone(),
            reference: act.reference.clone(),
            reason: WithdrawalReason::PurposeMet.into(),
        };
        assert!(node.ask(&theirs.withdraw(key(14), id, &withdrawal)).await.withdrawn.is_some());
        let opened = node.ask(&ours.open(man, &act)).await.record.unwrap();
        assert_eq!(opened.links.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_place() {
    on_a_node(|node| async move {
        let ours = node.client("XA");
        let receipt = node.ask(&ours.submit_person(key(1), &wanted("Калачев", PURPOSE))).await;
        let man: RecordId = receipt.records[0].0.parse().unwrap();
        let itself = node.carry(&ours.submit_link(key(2), &link(PURPOSE, man, man))).await;
        assert_eq!(
            (itself.status.as_u16(), itself.problem().as_str()),
            (409, "record-faulty link.to: duplicate")
        );
        let malformed: LinkSubmission = serde_json::from_value(stated(
            PURPOSE,
            json!({"kind": "enemy-of", "from": "nobody", "to": man.to_string(), "since": "2026-02-31"}),
        ))
        .unwrap();
        let refused = node.carry(&ours.submit_link(key(3), &malformed)).await;
        assert_eq!(refused.status.as_u16(), 422);
        for place in ["link.kind", "link.from", "link.since"] {
            assert!(refused.text().contains(place), "{place}: {}", refused.text());
        }
    })
    .await;
}
