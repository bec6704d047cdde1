//! What may not be seen and what doesn't exist answer alike: two worlds, one with a record that the purpose doesn't
//! fit and one without it, give the same bytes.

use barid_api::images::{HandedInShown, ImageStated};
use barid_api::records::{ActRequest, ListRequest};
use barid_api::screening::{ScreeningRequest, ScreeningRowOffered};
use barid_api::search::SearchRequest;
use barid_api::text_screening::TextScreeningRequest;
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use barid_domain::images::ImageKind;
use barid_testkit::pictures::picture;
use serde_json::json;

use crate::images::{hand_in_of, open};
use crate::links::link;
use crate::node::{Answered, Node, key, on_a_node, wanted};

/// Held for help to persons: a search for crime doesn't see it.
const HIDDEN: &str = "Калачева Вера";
const SEEN: &str = "Калачев Пётр";
const OTHER: &str = "شخص تمرین";
/// Entered after the hidden ones.
const LATER: &str = "আবুল অনুশীলন";
/// A company of the same name, held for help to persons as well.
const HIDDEN_GROUP: &str = "Калачева Вера и Ко";

/// Masks what is different in every answer: acts, their lines, entries, their times and streams, cursors, the request.
fn masked(answered: &Answered) -> String {
    fn mask(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    let differs =
                        ["act", "access", "entry", "signed_at", "next", "stream"].contains(&name.as_str());
                    if differs && value.is_string() {
                        *value = "masked".into();
                    }
                    mask(value);
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(mask),
            _ => {}
        }
    }
    let mut body: serde_json::Value = serde_json::from_slice(&answered.body).unwrap();
    mask(&mut body);
    let mut headers: Vec<String> =
        answered.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !header.starts_with("x-request-id"));
    format!("{} {headers:?} {body}", answered.status)
}

/// A picture that XB handed in, as a record names it.
async fn face_of_theirs(node: &Node) -> ImageStated {
    let answered = hand_in_of(node, "XB", 7, "", picture(1)).await;
    let HandedInShown { picture, .. } = serde_json::from_slice(&answered.body).unwrap();
    ImageStated { picture, kind: ImageKind::Portrait.into(), taken: None, caption: None }
}

/// What an officer of XA gets to see of a node where XB entered records.
async fn seen_by_xa(node: &Node, hidden: bool) -> Vec<String> {
    let theirs = node.client("XB");
    let seen = node.ask(&theirs.submit_person(key(1), &wanted(SEEN, Purpose::CriminalInvestigation))).await;
    let mut absent = RecordId::from_random([9; 16]);
    let mut absent_link = RecordId::from_random([8; 16]);
    let theirs_of = |from: RecordId, to: RecordId| link(Purpose::CriminalInvestigation, from, to);
    let other = node.ask(&theirs.submit_person(key(3), &wanted(OTHER, Purpose::CriminalInvestigation))).await;
    let [seen_id, other_id] =
        [&seen, &other].map(|receipt| receipt.records[0].0.parse::<RecordId>().unwrap());
    node.ask(&theirs.submit_link(key(4), &theirs_of(seen_id, other_id))).await.written.unwrap();
    let face = face_of_theirs(node).await;
    if hidden {
        let mut submission = wanted(HIDDEN, Purpose::Humanitarian);
        submission.images = vec![face.clone()];
        let entered = node.ask(&theirs.submit_person(key(2), &submission)).await;
        absent = entered.records[0].0.parse().unwrap();
        // Its own terms would be seen: it is hidden with the record it leads to.
        let linked = node.ask(&theirs.submit_link(key(5), &theirs_of(absent, seen_id))).await;
        absent_link = linked.written.unwrap().records[0].0.parse().unwrap();
        let group = crate::groups::group(&[HIDDEN_GROUP, "Kalacheva Vera LLC"], Purpose::Humanitarian);
        node.ask(&theirs.submit_object(key(10), &group)).await;
    }
    let ours = node.client("XA");
    let mut answers = Vec::new();
    // Entered behind the hidden ones: nothing says how many its owner had entered before.
    let later =
        node.ask(&theirs.submit_person(key(11), &wanted(LATER, Purpose::CriminalInvestigation))).await;
    let later_id = later.records[0].0.parse::<RecordId>().unwrap();
    for query in [HIDDEN, HIDDEN_GROUP, "Kalacheva", "कलाचेव", SEEN, "Вера"] {
        for purpose in [Purpose::CriminalInvestigation, Purpose::FinancialCrime, Purpose::Exercise] {
            let request = SearchRequest {
                purpose: purpose.into(),
                reference: "CASE 7".into(),
                query: query.into(),
                ..SearchRequest::default()
            };
            answers.push(masked(&node.carry(&ours.search(&request)).await));
        }
    }
    let row = |name: &str| ScreeningRowOffered { name: Some(name.into()), ..ScreeningRowOffered::default() };
    let screening = ScreeningRequest {
        purpose: Purpose::CriminalInvestigation.into(),
        reference: "CASE 7".into(),
        rows: [HIDDEN, HIDDEN_GROUP, "Kalacheva", SEEN].map(row).to_vec(),
        least_score: Some(0.0),
        ..ScreeningRequest::default()
    };
    answers.push(masked(&node.carry(&ours.screen(&screening)).await));
    let text = TextScreeningRequest {
        purpose: Purpose::CriminalInvestigation.into(),
        reference: "CASE 7".into(),
        text: "Говорили с Верой Калачевой и Петром Калачевым. Vera Kalacheva left. Фирма «Калачева Вера и Ко» закрыта.".into(),
        least_score: Some(0.3),
        ..TextScreeningRequest::default()
    };
    answers.push(masked(&node.carry(&ours.screen_text(&text)).await));
    let act = ActRequest { purpose: Purpose::CriminalInvestigation.into(), reference: "CASE 7".into() };
    let opened = node.carry(&ours.open(absent, &act)).await;
    assert_eq!(opened.text(), r#"{"record":null}"#);
    answers.push(masked(&opened));
    answers.push(masked(&node.carry(&ours.open(absent_link, &act)).await));
    let opened = node.carry(&ours.open(later_id, &act)).await;
    assert!(opened.text().contains(r#""seq":null"#), "{}", opened.text());
    answers.push(masked(&opened).replace(&later.records[0].0, "masked"));
    answers.push(masked(&node.carry(&ours.open(seen_id, &act)).await));
    for (record, limit) in [(absent, 1), (absent_link, 1), (seen_id, 1), (seen_id, 2)] {
        let ActRequest { purpose, reference } = act.clone();
        let request = ListRequest { purpose, reference, limit: Some(limit), ..ListRequest::default() };
        answers.push(masked(&node.carry(&ours.links_of(record, &request)).await));
    }
    let hash = face.picture.hash.0.as_str();
    for (record, size) in [(absent, "whole"), (absent, "thumbnail"), (seen_id, "whole")] {
        let opened = json!({"image": hash, "size": size, "purpose": "criminal-investigation"});
        let opened = open(node, "XA", &record.to_string(), opened).await;
        assert_eq!(opened.text(), r#"{"image":null}"#);
        answers.push(masked(&opened));
    }
    // Theirs waits for nobody else; the same file handed in is one's own, whoever has it.
    let mut naming = wanted("Учебный Третий", Purpose::CriminalInvestigation);
    naming.images = vec![face];
    answers.push(masked(&node.carry(&ours.submit_person(key(8), &naming)).await));
    answers.push(masked(&hand_in_of(node, "XA", 9, "", picture(1)).await));
    let linking = link(Purpose::CriminalInvestigation, seen_id, absent);
    answers.push(masked(&node.carry(&ours.submit_link(key(6), &linking)).await));
    let list = ListRequest {
        purpose: act.purpose.clone(),
        reference: act.reference.clone(),
        ..ListRequest::default()
    };
    answers.push(masked(&node.carry(&ours.list(&list)).await));
    assert!(answers.iter().any(|answer| answer.contains(&seen.records[0].0)), "the other record is seen");
    answers
}

#[tokio::test]
async fn a_hidden_record_changes_no_byte() {
    let (sender, receiver) = std::sync::mpsc::channel();
    for hidden in [true, false] {
        let sender = sender.clone();
        on_a_node(|node| async move { sender.send(seen_by_xa(&node, hidden).await).unwrap() }).await;
    }
    let (with, without) = (receiver.recv().unwrap(), receiver.recv().unwrap());
    for (with, without) in with.iter().zip(&without) {
        assert_eq!(with, without);
    }
    assert_eq!(with.len(), without.len());
}
