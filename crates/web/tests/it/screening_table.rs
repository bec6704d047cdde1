//! Tables that are screened: a form whose last part is a list, answered as a stream of the same rows is.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use barid_api::screening_stream::{LINE_BYTES_CAP, ScreeningStreamLine, StreamRow};
use barid_domain::codes::Purpose;

use crate::node::{Answered, Node, key, on_a_node, wanted};

const PATH: &str = "/v1/screenings/table";
const BOUNDARY: &str = "рубеж-4";
const WHY: [(&str, &str); 2] = [("purpose", "criminal-investigation"), ("reference", "АККРЕДИТАЦИЯ 4")];

/// Writes a form: the parts in their order.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in parts {
        body.extend(format!("--{}\r\ncontent-disposition: form-data; name=\"{name}\"", boundary()).bytes());
        if *name == "table" {
            body.extend(b"; filename=\"list.csv\"\r\ncontent-type: text/csv");
        }
        body.extend(b"\r\n\r\n");
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{}--\r\n", boundary()).bytes());
    body
}

/// A boundary is of ASCII.
fn boundary() -> String {
    BOUNDARY.bytes().map(|byte| char::from(b'a' + byte % 26)).collect()
}

async fn ask(node: &Node, organisation: &str, body: Vec<u8>) -> Answered {
    let request = Request::post(PATH)
        .header("authorization", format!("Bearer {}", node.token(organisation)))
        .header("content-type", format!("multipart/form-data; boundary={}", boundary()))
        .body(Body::from(body));
    node.send(request.unwrap()).await
}

async fn screened(node: &Node, more: &[(&str, &str)], table: &[u8]) -> Answered {
    let mut parts: Vec<(&str, &[u8])> =
        WHY.iter().chain(more).map(|(name, text)| (*name, text.as_bytes())).collect();
    parts.push(("table", table));
    ask(node, "XA", form(&parts)).await
}

fn rows_of(answered: &Answered) -> (Vec<StreamRow>, u64) {
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text());
    let (mut rows, mut next_row) = (Vec::new(), 0);
    for line in answered.text().lines() {
        match serde_json::from_str(line).unwrap() {
            ScreeningStreamLine::Part(_) => {}
            ScreeningStreamLine::Row(row) => rows.push(row),
            ScreeningStreamLine::End(end) => {
                assert_eq!(end.problem, None);
                next_row = end.next_row;
            }
        }
    }
    (rows, next_row)
}

#[tokio::test]
async fn a_table_of_a_spreadsheet_is_answered_row_by_row_with_its_own_references() {
    on_a_node(|node| async move {
        for (number, name) in ["Валерий Калачев", "أحمد التجربة"].iter().enumerate()
        {
            let submission = wanted(name, Purpose::CriminalInvestigation);
            node.ask(&node.client("XB").submit_person(key(number as u8 + 1), &submission)).await;
        }
        let too_long = format!("{};;", "ж".repeat(LINE_BYTES_CAP));
        let lines = [
            "\u{feff}Surname;Given names;Reference;Born\r",
            "Kalachev;Valery;A-1;\r",
            "\r",
            "\"التجربة\";احمد;А-2;\r",
            "無名氏;;;\r",
            "Калачев;Валерий;A-4;31.02.1966\r",
            "Калачев;Валерий\r",
            &too_long,
            "Калачев;Валерий;A-7;02.03.1971",
        ];
        let answered =
            screened(&node, &[("first_row", "401"), ("limit", "3")], lines.join("\n").as_bytes()).await;
        let (rows, next_row) = rows_of(&answered);
        assert_eq!((rows.len(), next_row), (7, 408));
        assert_eq!(rows.iter().map(|row| row.row).collect::<Vec<_>>(), (401..408).collect::<Vec<_>>());
        let references: Vec<_> = rows.iter().map(|row| row.reference.as_deref().unwrap_or("-")).collect();
        assert_eq!(references, ["A-1", "А-2", "-", "A-4", "-", "-", "A-7"]);
        let found: Vec<_> = rows.iter().map(|row| row.candidates.len()).collect();
        assert_eq!(found, [1, 1, 0, 0, 0, 0, 1]);
        let faults: Vec<_> = rows
            .iter()
            .filter(|row| !row.faults.is_empty())
            .map(|row| {
                (row.row, row.faults[0].place.as_str(), row.faults[0].code.as_str(), row.access.is_some())
            })
            .collect();
        let expected = [
            (404, "born", "impossible-date", false),
            (405, "row", "wrong-columns", false),
            (406, "row", "too-long", false),
        ];
        assert_eq!(faults, expected);
        // The same row in a stream of JSON has the same answer.
        let stream = format!(
            "{}\n{}",
            r#"{"purpose": "criminal-investigation", "reference": "АККРЕДИТАЦИЯ 4"}"#,
            r#"{"name": "Valery Kalachev"}"#
        );
        let request = Request::post("/v1/screenings/stream")
            .header("authorization", format!("Bearer {}", node.token("XA")))
            .header("content-type", "application/x-ndjson");
        let alone = rows_of(&node.send(request.body(Body::from(stream)).unwrap()).await);
        assert_eq!(alone.0[0].candidates, rows[0].candidates);
    })
    .await;
}

#[tokio::test]
async fn a_table_that_begins_wrongly_is_refused_before_any_row() {
    on_a_node(|node| async move {
        let list = "name\nКалачев\n".as_bytes();
        let said = async |more: &[(&str, &str)], table: &[u8]| screened(&node, more, table).await.problem();
        assert_eq!(said(&[], b"").await, "list-refused table: csv-no-header");
        assert_eq!(said(&[], b"name\n\n \n").await, "list-refused rows: missing");
        assert_eq!(
            said(&[], "name,телефон\nа,1\n".as_bytes()).await,
            "list-refused table: csv-unknown-column"
        );
        assert_eq!(said(&[], b"born,sex\n1971,m\n").await, "list-refused table: csv-missing-column");
        assert_eq!(said(&[], b"name,NAME\na,b\n").await, "list-refused table: csv-repeated-column");
        let ignored =
            screened(&node, &[("ignore_other_columns", "true")], "name,телефон\nКалачев,1\n".as_bytes())
                .await;
        assert_eq!(rows_of(&ignored).1, 2);
        assert_eq!(said(&[("limit", "51")], list).await, "body-faulty limit: impossible");
        assert_eq!(said(&[("limit", "ten")], list).await, "body-faulty limit: wrong-type");
        assert_eq!(said(&[("reference", "B")], list).await, "body-faulty reference: wrong-type");
        assert_eq!(said(&[("arrest", "true")], list).await, "body-faulty ?: unknown-field");
        // A table that is not the last part, none at all, and what is no form.
        let early = form(&[("table", list), ("purpose", b"exercise")]);
        assert!(ask(&node, "XA", early).await.problem().starts_with("body-faulty purpose"));
        assert_eq!(
            ask(&node, "XA", form(&[("purpose", b"exercise")])).await.problem(),
            "body-faulty table: missing"
        );
        assert_eq!(ask(&node, "XA", b"name\n".to_vec()).await.problem(), "form-malformed");
        let large = "а".repeat(LINE_BYTES_CAP);
        assert_eq!(said(&[("reference", &large)], list).await, "body-too-large");
        let many: Vec<_> = (0..20).map(|_| ("list", "")).collect();
        assert_eq!(said(&many, list).await, "body-too-large");
        let wrong = Request::post(PATH)
            .header("authorization", format!("Bearer {}", node.token("XA")))
            .header("content-type", "text/csv");
        assert_eq!(node.send(wrong.body(Body::from("name\n")).unwrap()).await.problem(), "form-media-type");
    })
    .await;
}

/// Before a boundary, and within the headers of a part, nothing is kept without end.
#[tokio::test]
async fn a_form_that_says_nothing_is_broken_off() {
    on_a_node(|node| async move {
        let much = || vec![b'a'; 4 << 20];
        let headers = [format!("--{}\r\nx-long: ", boundary()).into_bytes(), much()].concat();
        for body in [much(), headers] {
            // As a connection gives it: piece by piece, and no further than it is taken.
            let pieces: Vec<_> =
                body.chunks(64 << 10).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
            let count = pieces.len();
            let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let counted = taken.clone();
            let pieces = pieces.into_iter().inspect(move |_| {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            });
            let request = Request::post(PATH)
                .header("authorization", format!("Bearer {}", node.token("XA")))
                .header("content-type", format!("multipart/form-data; boundary={}", boundary()))
                .body(Body::from_stream(futures_util::stream::iter(pieces)));
            let said = node.send(request.unwrap()).await.problem();
            assert!(said == "body-unreadable" || said == "form-malformed", "{said}");
            let taken = taken.load(std::sync::atomic::Ordering::Relaxed);
            assert!(taken < count / 2, "{taken} of {count} pieces were read");
        }
    })
    .await;
}

#[tokio::test]
async fn what_breaks_off_or_goes_on_behind_the_table_is_said_at_the_end() {
    on_a_node(|node| async move {
        let parts: Vec<(&str, &[u8])> = WHY.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let mut whole = parts.clone();
        whole.push(("table", "name\nКалачев\n".as_bytes()));
        let cut = form(&whole);
        let cut = cut[..cut.len() - boundary().len() - 8].to_vec();
        let mut behind = whole.clone();
        behind.push(("limit", b"3"));
        for body in [cut, form(&behind)] {
            let answered = ask(&node, "XA", body).await;
            let end = answered.text().lines().last().map(str::to_owned).unwrap_or_default();
            assert!(end.contains("body-unreadable"), "{end}");
        }
    })
    .await;
}
