//! Streams of rows: answered as they come, with the same answers as single requests, and no further read than the caller reads.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, StatusCode};
use barid_api::screening::{ScreeningRequest, ScreeningRowOffered};
use barid_api::screening_stream::{LINE_BYTES_CAP, NDJSON, ScreeningStreamBegin, ScreeningStreamLine};
use barid_domain::codes::Purpose;
use http_body::Frame;
use serde_json::json;

use crate::images::Silent;
use crate::node::{Answered, Node, key, on_a_node, wanted};

const PATH: &str = "/v1/screenings/stream";
const BEGIN: &str = r#"{"purpose": "criminal-investigation", "reference": "АККРЕДИТАЦИЯ 4"}"#;

fn request(node: &Node, organisation: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(PATH)
        .header("authorization", format!("Bearer {}", node.token(organisation)))
        .header("content-type", NDJSON)
        .body(body.into())
        .unwrap()
}

async fn stream(node: &Node, lines: &[String]) -> Answered {
    node.send(request(node, "XA", lines.join("\n"))).await
}

fn lines_of(answered: &Answered) -> Vec<ScreeningStreamLine> {
    assert_eq!(
        (answered.status, &answered.headers["content-type"]),
        (StatusCode::OK, &NDJSON.parse().unwrap())
    );
    answered.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn with_persons(node: &Node) {
    for (number, name) in ["Валерий Калачев", "Учебный Образец", "أحمد التجربة"].iter().enumerate()
    {
        let submission = wanted(name, Purpose::CriminalInvestigation);
        node.ask(&node.client("XB").submit_person(key(number as u8 + 1), &submission)).await;
    }
}

fn row(name: &str) -> String {
    json!({ "name": name }).to_string()
}

#[tokio::test]
async fn a_stream_answers_what_requests_answer_and_a_line_that_is_no_row_stops_no_other() {
    on_a_node(|node| async move {
        with_persons(&node).await;
        let names = ["Kalachev Valery", "कलाचेव वालेरी", "احمد التجربة", "无名氏", "উদাহরণ নমুনা"];
        let mut lines = vec![BEGIN.replace('}', ", \"first_row\": 401, \"least_score\": 0}")];
        lines.extend((0..450).map(|at| row(names[at % names.len()])));
        lines[3] = "Калачев;1971".to_owned();
        lines[5] = json!({"name": "Калачев", "birth": "31.02.1966"}).to_string();
        lines.insert(6, "  ".to_owned());
        lines[8] = format!("{{\"name\": \"{}\"}}", "ж".repeat(LINE_BYTES_CAP));
        let answered = lines_of(&stream(&node, &lines).await);
        let (mut rows, mut parts) = (Vec::new(), Vec::new());
        for line in &answered {
            match line {
                ScreeningStreamLine::Part(part) => parts.push((part.first_row, part.rows)),
                ScreeningStreamLine::Row(row) => rows.push(row),
                ScreeningStreamLine::End(end) => assert_eq!((end.next_row, &end.problem), (851, &None)),
            }
        }
        assert!(matches!(answered.last(), Some(ScreeningStreamLine::End(_))));
        assert_eq!(parts.iter().map(|(_, rows)| rows).sum::<u64>(), 450);
        assert!(parts.iter().all(|(_, rows)| *rows <= 200) && parts[0].0 == 401);
        assert_eq!(rows.iter().map(|row| row.row).collect::<Vec<_>>(), (401..851).collect::<Vec<_>>());
        let faults: Vec<_> = rows
            .iter()
            .filter(|row| !row.faults.is_empty())
            .map(|row| (row.row, row.faults[0].place.as_str(), row.faults[0].code.as_str()))
            .collect();
        assert_eq!(
            faults,
            [(403, "row", "bad-characters"), (405, "birth", "impossible"), (407, "row", "too-long")]
        );
        let single = ScreeningRequest {
            purpose: Purpose::CriminalInvestigation.into(),
            reference: "АККРЕДИТАЦИЯ 4".into(),
            rows: vec![ScreeningRowOffered {
                name: Some(names[0].to_owned()),
                ..ScreeningRowOffered::default()
            }],
            least_score: Some(0.0),
            ..ScreeningRequest::default()
        };
        let alone = node.ask(&node.client("XA").screen(&single)).await;
        assert_eq!(rows[0].candidates, alone.rows[0].candidates);
        assert!(
            !rows[0].candidates.is_empty() && rows.iter().filter(|row| row.access.is_some()).count() == 447
        );
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_begins_wrongly_is_refused_with_every_fault() {
    on_a_node(|node| async move {
        let refused = async |body: &str| node.send(request(&node, "XA", body.to_owned())).await.problem();
        let row = row("Калачев");
        assert_eq!(refused("").await, "json-malformed");
        assert_eq!(refused("x\n").await, "json-malformed");
        assert_eq!(refused(BEGIN).await, "body-faulty rows: missing");
        assert_eq!(
            refused(&format!("{}\n{row}", r#"{"rows": []}"#)).await,
            "body-faulty rows: unknown-field"
        );
        let wrong = r#"{"purpose": "because", "reference": "A 1", "limit": 51}"#;
        let said = refused(&format!("{wrong}\n{row}")).await;
        assert!(said.contains("purpose: unknown-code") && said.contains("limit: impossible"), "{said}");
        let json = Request::post(PATH)
            .header("authorization", format!("Bearer {}", node.token("XA")))
            .header("content-type", "application/json");
        assert_eq!(node.send(json.body(Body::from(BEGIN)).unwrap()).await.problem(), "media-type");
        // Who may not screen learns it in the answer, before any row is searched for.
        let answered = node.send(request(&node, "XPART", format!("{BEGIN}\n{row}"))).await;
        let lines = lines_of(&answered);
        let [ScreeningStreamLine::End(end)] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((end.next_row, end.problem.as_ref().unwrap().code.as_str()), (1, "not-entitled"));
    })
    .await;
}

/// Is a body without end that counts how much of it was read, and says when nobody holds it any more.
struct Endless {
    rows: Arc<AtomicUsize>,
    gone: Arc<AtomicBool>,
    is_begun: bool,
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let text = match std::mem::replace(&mut self.is_begun, true) {
            false => format!("{BEGIN}\n"),
            true => {
                self.rows.fetch_add(100, Ordering::Relaxed);
                format!("{}\n", row("Kalachev Valery")).repeat(100)
            }
        };
        Poll::Ready(Some(Ok(Frame::data(text.into()))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn no_more_is_read_than_the_caller_reads_and_nothing_behind_one_who_went_away() {
    on_a_node(|node| async move {
        with_persons(&node).await;
        let (rows, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let endless = Endless { rows: rows.clone(), gone: gone.clone(), is_begun: false };
        let response = node.response(request(&node, "XA", Body::new(endless))).await;
        assert_eq!(response.status(), StatusCode::OK);
        // Nobody reads the answer: the body is read no further than some parts.
        let mut before = usize::MAX;
        while before != rows.load(Ordering::Relaxed) {
            before = rows.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        assert!((200..=2_000).contains(&before), "{before} rows were read");
        // Some is read: some more is read of the body.
        let mut body = response.into_body();
        for _ in 0..4 {
            std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await.unwrap().unwrap();
        }
        while rows.load(Ordering::Relaxed) == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(body);
        while !gone.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn slow_streams_of_one_organisation_leave_half_of_the_places_to_others() {
    on_a_node(|node| async move {
        with_persons(&node).await;
        let mut slow = Vec::new();
        for _ in 0..4 {
            let (asked, comes) = tokio::sync::oneshot::channel();
            let waiting = request(&node, "XA", Body::new(Silent(Some(asked))));
            slow.push(tokio::spawn(tower::ServiceExt::oneshot(node.router.clone(), waiting)));
            comes.await.unwrap();
        }
        let lines = [BEGIN.to_owned(), row("Калачев")];
        let fifth = stream(&node, &lines).await;
        assert_eq!((fifth.status.as_u16(), fifth.problem().as_str()), (503, "busy"));
        let other = request(&node, "XB", lines.join("\n"));
        let other = tower::ServiceExt::oneshot(node.router.clone(), other).await.unwrap();
        assert_eq!(other.status().as_u16(), 200);
        for request in slow {
            request.abort();
            assert!(request.await.unwrap_err().is_cancelled());
        }
        assert_eq!(stream(&node, &lines).await.status.as_u16(), 200);
    })
    .await;
}

#[test]
fn the_first_line_reads_back() {
    let begin: ScreeningStreamBegin = serde_json::from_str(BEGIN).unwrap();
    let client = barid_api::client::Client::new("token");
    let request = client.screen_stream(&begin);
    assert_eq!((request.path.as_str(), request.body.last()), (PATH, Some(&b'\n')));
    assert_eq!(serde_json::from_slice::<ScreeningStreamBegin>(&request.body).unwrap(), begin);
}
