//! The log says that something was asked and how long it took, and nothing of what was asked.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use barid_domain::codes::Purpose;
use tracing_subscriber::fmt::MakeWriter;

use crate::node::{key, on_a_node, wanted};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_term_no_record_and_nobody_is_in_the_log() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(written.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .finish();
    // For the whole program: what the other tests log is held to the same.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    on_a_node(|node| async move {
        let receipt = node
            .ask(&node.client("XA").submit_person(key(1), &wanted("Калачев", Purpose::Humanitarian)))
            .await;
        let record = &receipt.records[0].0;
        let act = r#"{"purpose": "humanitarian", "reference": "CASE 114"}"#;
        node.post(&format!("/v1/records/{record}/open"), act).await;
        node.post(
            "/v1/search",
            r#"{"purpose": "humanitarian", "reference": "CASE 114", "query": "Калачев"}"#,
        )
        .await;
        let rows = r#"[{"name": "Калачев"}, {"name": "Калачев", "birth": "CASE"}]"#;
        let screening = format!(r#"{{"purpose": "humanitarian", "reference": "CASE 114", "rows": {rows}}}"#);
        assert_eq!(node.post("/v1/screenings", screening).await.status, axum::http::StatusCode::OK);
        let sent =
            r#"{"purpose": "humanitarian", "reference": "CASE 114", "text": "Тут был Валерий Калачев."}"#;
        assert_eq!(node.post("/v1/text-screenings", sent).await.status, axum::http::StatusCode::OK);
        node.post("/v1/search", r#"{"Калачев": "CASE 114"}"#).await;
        node.post("/v1/search?q=CASE%20114", "{").await;
        node.send(Request::get("/v1/CASE-114").body(Body::empty()).unwrap()).await;
        node.send(Request::get(format!("/v1/outcomes/{}", key(1))).body(Body::empty()).unwrap()).await;
        for hidden in [record.as_str(), &key(1).to_string(), node.token("XA")] {
            assert!(!text(&written).contains(hidden), "{hidden} is in the log");
        }
        let log = text(&written);
        for hidden in ["Калачев", "CASE", "duty-officer", "XA", "humanitarian"] {
            assert!(!log.contains(hidden), "{hidden} is in the log: {log}");
        }
        assert!(log.matches("answered").count() >= 7, "{log}");
        assert!(log.contains(r#"route="/v1/records/{record}/open""#), "{log}");
    })
    .await;
}

fn text(written: &Written) -> String {
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}
