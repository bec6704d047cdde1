//! Screening over HTTP: rows in, answers of the same searches out, faults by row, caps, shares.

use axum::http::StatusCode;
use barid_api::screening::{ScreeningRequest, ScreeningRowOffered};
use barid_api::search::SearchRequest;
use barid_domain::codes::Purpose;
use barid_domain::screening::ROWS_CAP;

use crate::node::{Node, key, on_a_node, wanted};

const PATH: &str = "/v1/screenings";

fn row(name: &str) -> ScreeningRowOffered {
    ScreeningRowOffered { name: Some(name.to_owned()), ..ScreeningRowOffered::default() }
}

fn request(rows: Vec<ScreeningRowOffered>) -> ScreeningRequest {
    ScreeningRequest {
        purpose: Purpose::CriminalInvestigation.into(),
        reference: "АККРЕДИТАЦИЯ 4".into(),
        rows,
        ..ScreeningRequest::default()
    }
}

fn body(rows: &str) -> String {
    format!(r#"{{"purpose": "border-control", "reference": "LANE 4", "rows": {rows}}}"#)
}

async fn with_persons(node: &Node) {
    for (number, name) in ["Валерий Калачев", "Учебный Образец", "أحمد التجربة"].iter().enumerate()
    {
        let submission = wanted(name, Purpose::CriminalInvestigation);
        node.ask(&node.client("XB").submit_person(key(number as u8 + 1), &submission)).await;
    }
}

#[tokio::test]
async fn a_row_is_answered_as_the_search_for_it_and_one_that_can_not_be_read_stops_no_other() {
    on_a_node(|node| async move {
        with_persons(&node).await;
        let ours = node.client("XA");
        let names = [
            "Kalachev Valery",
            "कलाचेव वालेरी",
            "احمد التجربة",
            "Ахмед ат-Таджриба",
            "Uchebny Obrazets",
            "无名氏",
        ];
        let mut rows: Vec<ScreeningRowOffered> = names.iter().map(|name| row(name)).collect();
        rows.insert(2, ScreeningRowOffered { birth: Some("31.02.1966".into()), ..row("Калачев") });
        let answer =
            node.ask(&ours.screen(&ScreeningRequest { least_score: Some(0.0), ..request(rows) })).await;
        assert_eq!(answer.rows.len(), names.len() + 1);
        let unreadable = &answer.rows[2];
        assert_eq!((&unreadable.access, unreadable.candidates.len()), (&None, 0));
        let fault = &unreadable.faults[0];
        assert_eq!((fault.place.as_str(), fault.code.as_str()), ("birth", "impossible"));
        let screened = answer.rows.iter().filter(|row| row.faults.is_empty());
        let mut found = 0;
        for (name, screened) in names.iter().zip(screened) {
            let search = SearchRequest {
                purpose: Purpose::CriminalInvestigation.into(),
                reference: "АККРЕДИТАЦИЯ 4".into(),
                query: (*name).into(),
                ..SearchRequest::default()
            };
            let alone = node.ask(&ours.search(&search)).await;
            assert_eq!(screened.candidates, alone.candidates, "{name}");
            found += usize::from(!alone.candidates.is_empty());
        }
        assert!(found >= 4, "there is something to compare: {found}");
        let proof = barid_api::ledger::AccessProofRequest {
            purpose: Purpose::CriminalInvestigation.into(),
            reference: "АККРЕДИТАЦИЯ 4".into(),
            access: answer.rows[0].access.clone().unwrap(),
        };
        assert!(node.ask(&ours.prove_access(&proof)).await.proof.is_some(), "a row's access can be proved");
    })
    .await;
}

/// A date that no calendar has today is the fault of its row, and no reason to refuse the others.
#[tokio::test]
async fn a_birth_in_no_calendar_is_the_fault_of_its_row_alone() {
    on_a_node(|node| async move {
        with_persons(&node).await;
        let born = |birth: &str| ScreeningRowOffered {
            birth: Some(birth.into()), ..row("Калачев Валерий")
        };
        // 2028 is a year of Vikram Samvat; in 9000 nobody was born yet, whoever counts.
        let rows = vec![born("9000-01-01"), born("2028"), born("1971")];
        let answer = node.ask(&node.client("XA").screen(&request(rows))).await;
        let faults: Vec<Vec<&str>> = answer
            .rows
            .iter()
            .map(|row| row.faults.iter().map(|fault| fault.place.as_str()).collect())
            .collect();
        assert_eq!(faults, [vec!["birth"], vec![], vec![]]);
        assert!(answer.rows[0].access.is_none() && answer.rows[1].access.is_some());
    })
    .await;
}

#[tokio::test]
async fn only_what_reaches_the_least_score_is_answered() {
    on_a_node(|node| async move {
        with_persons(&node).await;
        let ours = node.client("XA");
        let rows = vec![row("Калачев Валерий"), row("Калачева")];
        for least_score in [None, Some(0.0), Some(0.9), Some(1.0)] {
            let asked = ScreeningRequest { least_score, ..request(rows.clone()) };
            let answer = node.ask(&ours.screen(&asked)).await;
            let least = least_score.map_or(answer.alert_threshold, |score: f64| score as f32);
            assert_eq!(answer.least_score, least);
            let scores = answer.rows.iter().flat_map(|row| &row.candidates).map(|candidate| candidate.score);
            assert!(scores.clone().all(|score| score >= answer.least_score));
            assert_eq!(scores.count() > 0, least_score != Some(1.0));
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_is_refused_whole_where_the_whole_is_wrong() {
    on_a_node(|node| async move {
        let rows = |count: usize| body(&format!("[{}]", vec![r#"{"name": "Проба"}"#; count].join(",")));
        for (sent, status, problem) in [
            (rows(ROWS_CAP), 200, ""),
            (rows(ROWS_CAP + 1), 422, "body-faulty rows: too-many"),
            (body("[]"), 422, "body-faulty rows: missing"),
            (body("{}"), 422, "body-faulty rows: wrong-type"),
            (body("[1]"), 422, "body-faulty rows[0]: wrong-type"),
            (body(r#"[{"name": 1}]"#), 422, "body-faulty rows[0].name: wrong-type"),
            (body(r#"[{"name": "a"}, {"Калачев": "a"}]"#), 422, "body-faulty rows[1].?: unknown-field"),
            (body(r#"[{"name": "a"}], "least_score": 1.5"#), 422, "body-faulty least_score: impossible"),
            (body(r#"[{"name": "a"}], "limit": 51"#), 422, "body-faulty limit: impossible"),
            (body(r#"[{"name": "a"}], "list": "Калачев""#), 422, "body-faulty list: bad-characters"),
            (body(r#"[{"name": "a"}], "first_row": 0"#), 422, "body-faulty first_row: impossible"),
            (
                r#"{"rows": [{"name": "a"}]}"#.to_owned(),
                422,
                "body-faulty purpose: missing reference: missing",
            ),
        ] {
            let shown: String = sent.chars().take(100).collect();
            let answered = node.post(PATH, sent).await;
            assert_eq!(answered.status.as_u16(), status, "{shown}");
            if status != 200 {
                assert_eq!(answered.problem(), problem, "{shown}");
            }
        }
        let mut sent = body(r#"[{"name": "Проба"}]"#);
        sent.push_str(&" ".repeat((1 << 20) - sent.len()));
        assert_eq!(node.post(PATH, sent.clone()).await.status, StatusCode::OK);
        sent.push(' ');
        assert_eq!(node.post(PATH, sent).await.problem(), "body-too-large");
        // The longest rows there may be fit into a body, however they are escaped.
        let longest = format!(r#"{{"name": "{}"}}"#, r"\ud840\udc00".repeat(300));
        let answered = node.post(PATH, body(&format!("[{}]", vec![longest; ROWS_CAP].join(",")))).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text());
    })
    .await;
}

#[tokio::test]
async fn a_partner_without_an_agreement_is_refused_as_in_a_search() {
    on_a_node(|node| async move {
        let refused = node.carry(&node.client("XPART").screen(&request(vec![row("Калачев")]))).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "not-entitled"));
    })
    .await;
}
