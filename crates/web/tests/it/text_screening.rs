//! Texts over HTTP: people found in other scripts than they are recorded in, places, caps, who may not.

use axum::http::StatusCode;
use barid_api::records::WithdrawalRequest;
use barid_api::text_screening::{TextFindKind, TextScreeningRequest, TextScreeningResponse};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::RecordId;
use barid_domain::text_screening::TEXT_CAP;

use crate::node::{Node, key, on_a_node, wanted};

const PATH: &str = "/v1/text-screenings";

fn request(text: &str) -> TextScreeningRequest {
    TextScreeningRequest {
        purpose: Purpose::CriminalInvestigation.into(),
        reference: "СВОДКА 31".into(),
        text: text.into(),
        ..TextScreeningRequest::default()
    }
}

fn body(text: &str) -> String {
    format!(r#"{{"purpose": "border-control", "reference": "PRESS 31", "text": {text}}}"#)
}

async fn with_person(node: &Node, name: &str) -> RecordId {
    let submission = wanted(name, Purpose::CriminalInvestigation);
    let receipt = node.ask(&node.client("XB").submit_person(key(1), &submission)).await;
    receipt.records[0].0.parse().unwrap()
}

/// The stretches of a text that an answer names, which must be what stands there.
fn stretches(text: &str, answer: &TextScreeningResponse) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    answer
        .finds
        .iter()
        .map(|find| {
            let there: String = characters[find.start as usize..find.end as usize].iter().collect();
            assert_eq!(find.text, there);
            there
        })
        .collect()
}

#[tokio::test]
async fn news_in_other_scripts_find_a_person_recorded_in_cyrillic() {
    on_a_node(|node| async move {
        let record = with_person(&node, "Валерий Калачев").await;
        let ours = node.client("XA");
        for (text, stretch) in [
            ("ঢাকায় গতকাল পুলিশ ভালেরি কালাচেভকে জিজ্ঞাসাবাদ করেছে বলে জানা গেছে।", "ভালেরি কালাচেভ"),
            ("Вчера в порту видели Валерия Калачева с двумя спутниками.", "Валерия Калачева"),
            ("पुलिस ने कल वालेरी कलाचेव से पूछताछ की।", "वालेरी कलाचेव"),
            ("Police said on Monday that Valery Kalachev had left the country.", "Valery Kalachev"),
        ] {
            let answer = node.ask(&ours.screen_text(&request(text))).await;
            assert_eq!(stretches(text, &answer), [stretch], "{text}");
            let find = &answer.finds[0];
            assert_eq!((find.kind, find.candidates.len()), (TextFindKind::Name, 1));
            let candidate = &find.candidates[0];
            assert_eq!(
                (candidate.record.0.as_str(), candidate.found.as_str()),
                (&*record.to_string(), "Валерий Калачев")
            );
            assert!(
                candidate.alert && candidate.score >= answer.alert_threshold && candidate.reasons.len() >= 2
            );
            assert!(!answer.cut);
        }
        let text = "Никого из них в порту не видели: ни Петра Образцова, ни Калачевского района.";
        let answer = node.ask(&ours.screen_text(&request(text))).await;
        assert_eq!(answer.finds, []);
        let access = barid_api::ledger::AccessProofRequest {
            purpose: Purpose::CriminalInvestigation.into(),
            reference: "СВОДКА 31".into(),
            access: answer.access,
        };
        assert!(node.ask(&ours.prove_access(&access)).await.proof.is_some());
    })
    .await;
}

#[tokio::test]
async fn who_was_entered_is_found_at_once_and_who_was_withdrawn_is_not() {
    on_a_node(|node| async move {
        let ours = node.client("XA");
        let text = "Тут был Валерий Калачев.\r\nИ ещё раз Калачев Валерий.";
        assert_eq!(node.ask(&ours.screen_text(&request(text))).await.finds, []);
        let record = with_person(&node, "Валерий Калачев").await;
        let answer = node.ask(&ours.screen_text(&request(text))).await;
        assert_eq!(stretches(text, &answer), ["Валерий Калачев", "Калачев Валерий"]);
        let withdrawal = WithdrawalRequest {
            purpose: Purpose::CriminalInvestigation.into(),
            reference: "CASE 2026/114".into(),
            reason: WithdrawalReason::Mistaken.into(),
        };
        node.ask(&node.client("XB").withdraw(key(2), record, &withdrawal)).await;
        assert_eq!(node.ask(&ours.screen_text(&request(text))).await.finds, []);
    })
    .await;
}

#[tokio::test]
async fn a_request_is_refused_where_it_is_wrong() {
    on_a_node(|node| async move {
        let of_length = |length: usize| body(&format!("{:?}", "ж ".repeat(length / 2)));
        for (sent, status, problem) in [
            (of_length(TEXT_CAP), 200, ""),
            (of_length(TEXT_CAP + 2), 422, "body-faulty text: too-long"),
            (body(r#""""#), 422, "body-faulty text: missing"),
            (body(r#"" … ""#), 422, "body-faulty text: bad-characters"),
            (body(r#""a\u0000b""#), 422, "body-faulty text: bad-characters"),
            (body("7"), 422, "body-faulty text: wrong-type"),
            (body(r#""Проба", "least_score": 0.2"#), 422, "body-faulty least_score: impossible"),
            (body(r#""Проба", "least_score": 1.1"#), 422, "body-faulty least_score: impossible"),
            (body(r#""Проба", "limit": 0"#), 422, "body-faulty limit: impossible"),
            (body(r#""Проба", "Калачев": 1"#), 422, "body-faulty ?: unknown-field"),
            (r#"{"text": "Проба"}"#.to_owned(), 422, "body-faulty purpose: missing reference: missing"),
        ] {
            let shown: String = sent.chars().take(100).collect();
            let answered = node.post(PATH, sent).await;
            assert_eq!(answered.status.as_u16(), status, "{shown}");
            if status != 200 {
                assert_eq!(answered.problem(), problem, "{shown}");
            }
        }
        // The longest text there may be fits into a body, however it is escaped.
        let longest = r"\ud840\udc00".repeat(TEXT_CAP);
        let answered = node.post(PATH, body(&format!("\"{longest}\""))).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text());
    })
    .await;
}

#[tokio::test]
async fn a_partner_without_an_agreement_is_refused_as_in_a_search() {
    on_a_node(|node| async move {
        let refused =
            node.carry(&node.client("XPART").screen_text(&request("Тут был Валерий Калачев."))).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "not-entitled"));
    })
    .await;
}
