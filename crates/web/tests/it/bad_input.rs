//! What doesn't belong is refused with a code, whole.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::node::on_a_node;

const SEARCH: &str = "/v1/search";

fn search(query: &str) -> String {
    format!(r#"{{"purpose": "border-control", "reference": "LANE 4", "query": {query}}}"#)
}

#[tokio::test]
async fn bad_bodies_are_refused_with_place_and_code() {
    on_a_node(|node| async move {
        let deep = format!(r#"{{"query": {}"#, r#"{"a":"#.repeat(50_000));
        let long = search(&format!("\"{}\"", "ж".repeat(301)));
        let cases = [
            (String::new(), 400, "json-malformed"),
            ("{".to_owned(), 400, "json-malformed"),
            (search(r#""\ud800""#), 400, "json-malformed"),
            (search(r#""\udc00\ud800""#), 400, "json-malformed"),
            (search("\"a\nb\""), 400, "json-malformed"),
            (format!("{} {{}}", search("\"a\"")), 400, "json-malformed"),
            (search(r#""a\u0000b""#), 422, "body-faulty query: bad-characters"),
            (search(r#""\u202e\u200f ""#), 422, "body-faulty query: missing"),
            (search(r#""- / -""#), 422, "body-faulty query: bad-characters"),
            (search("7"), 422, "body-faulty query: wrong-type"),
            (search("null"), 422, "body-faulty query: wrong-type"),
            (long, 422, "body-faulty query: too-long"),
            (deep, 422, "body-faulty query: wrong-type"),
            ("[]".to_owned(), 422, "body-faulty : wrong-type"),
            ("{}".to_owned(), 422, "body-faulty purpose: missing reference: missing query: missing"),
            (search(r#""a", "Калачев": 1"#), 422, "body-faulty ?: unknown-field"),
            (search(r#""a", "query": "b""#), 422, "body-faulty query: duplicate"),
            (search(r#""a", "birth": "1966-02-31""#), 409, "record-faulty birth: impossible"),
            (search(r#""a", "birth": "0000""#), 409, "record-faulty birth: impossible"),
            (search(r#""a", "birth": "3 Esfand 1350""#), 409, "record-faulty birth: impossible"),
            (search(r#""a", "birth": "2031 AD""#), 409, "record-faulty birth: in-future"),
            (search(r#""a", "birth": """#), 422, "body-faulty birth: missing"),
            (search(r#""a", "birth": "---""#), 422, "body-faulty birth: bad-characters"),
            (
                search(&format!(r#""a", "birth": "1971{}""#, "1".repeat(57))),
                422,
                "body-faulty birth: too-long",
            ),
            (search(r#""a", "birth_place": """#), 422, "body-faulty birth_place: missing"),
            (search(r#""a", "calendar": "solar-hijri""#), 422, "body-faulty calendar: unknown-field"),
            (search(r#""a", "nationality": "KZ""#), 422, "body-faulty nationality: unknown-code"),
            (search(r#""a", "limit": 51"#), 422, "body-faulty limit: impossible"),
        ];
        for (body, status, problem) in cases {
            let shown: String = body.chars().take(120).collect();
            let answered = node.post(SEARCH, body).await;
            assert_eq!((answered.status.as_u16(), answered.problem().as_str()), (status, problem), "{shown}");
        }
        let invalid = node.post(SEARCH, b"{\"query\": \"\xc3\x28\"}".to_vec()).await;
        assert_eq!(invalid.problem(), "json-malformed");
    })
    .await;
}

#[tokio::test]
async fn what_deceives_the_eye_is_cleaned_away() {
    on_a_node(|node| async move {
        let answered = node.post(SEARCH, search("\"\u{feff}حسین\u{200f} \u{202e}اشتری\"")).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text());
    })
    .await;
}

#[tokio::test]
async fn bodies_are_read_up_to_their_cap() {
    on_a_node(|node| async move {
        let mut body = search("\"Калачев\"");
        body.push_str(&" ".repeat((1 << 20) - body.len()));
        assert_eq!(node.post(SEARCH, body.clone()).await.status, StatusCode::OK);
        body.push(' ');
        let over = node.post(SEARCH, body.clone()).await;
        assert_eq!((over.status.as_u16(), over.problem().as_str()), (413, "body-too-large"));
        let batch = node.post("/v1/travel-documents/batches", body).await;
        assert_ne!(batch.status.as_u16(), 413, "a batch may be larger");
        let over = node.post("/v1/travel-documents/batches", vec![b' '; (16 << 20) + 1]).await;
        assert_eq!(over.status.as_u16(), 413);
    })
    .await;
}

#[tokio::test]
async fn wrong_methods_paths_media_types_and_keys_are_problems() {
    on_a_node(|node| async move {
        let bearer = format!("Bearer {}", node.token("XA"));
        let request = |method: &str, path: &str| {
            Request::builder().method(method).uri(path).header("authorization", &bearer)
        };
        for (method, path, allow) in [
            ("GET", SEARCH, "POST"),
            ("DELETE", SEARCH, "POST"),
            ("OPTIONS", SEARCH, "POST"),
            ("PATCH", "/v1/organisations", "GET,HEAD"),
        ] {
            let answered = node.send(request(method, path).body(Body::empty()).unwrap()).await;
            assert_eq!(answered.problem(), "method-not-allowed", "{method} {path}");
            assert_eq!(answered.headers["allow"], allow);
        }
        for path in ["/", "/v1", "/v2/search", "/v1/search/", "/v1/%00", "/console"] {
            let answered = node.send(request("GET", path).body(Body::empty()).unwrap()).await;
            assert_eq!(answered.problem(), "no-such-resource", "{path}");
        }
        for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""] {
            let sent = request("POST", SEARCH).header("content-type", media_type);
            let answered = node.send(sent.body(Body::from(search("\"a\""))).unwrap()).await;
            assert_eq!(answered.problem(), "media-type", "{media_type}");
        }
        let write = |keys: &[&str]| {
            let sent = request("POST", "/v1/persons").header("content-type", "application/json");
            keys.iter()
                .fold(sent, |sent, key| sent.header("idempotency-key", *key))
                .body(Body::from("{}"))
                .unwrap()
        };
        assert_eq!(node.send(write(&[])).await.problem(), "idempotency-key-missing");
        assert_eq!(node.send(write(&["1"])).await.problem(), "idempotency-key-malformed");
        let key = "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10";
        assert_eq!(node.send(write(&[key, key])).await.problem(), "idempotency-key-malformed");
        for path in
            ["/v1/records/7/open", "/v1/records//open", "/v1/records/%D0%9A/open", "/v1/records/%ff/open"]
        {
            assert_eq!(node.post(path, "{}").await.problem(), "path-malformed", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn problems_are_named_in_the_language_that_is_asked_for_and_their_codes_stay() {
    on_a_node(|node| async move {
        for (accepted, language, title) in [
            (None, "en", "A valid bearer token is needed."),
            (Some("fa-AF, en;q=0.5"), "fa", "نشانهٔ ورود معتبر لازم است."),
            (Some("ru"), "ru", "Нужен действующий токен (bearer)."),
            (Some("de"), "en", "A valid bearer token is needed."),
        ] {
            let mut request = Request::get("/v1/organisations");
            if let Some(accepted) = accepted {
                request = request.header("accept-language", accepted);
            }
            let answered = node.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answered.problem(), "unauthenticated");
            assert_eq!(answered.headers["content-language"], language);
            let problem: serde_json::Value = serde_json::from_slice(&answered.body).unwrap();
            assert_eq!(problem["title"], title, "{accepted:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_response_says_that_it_must_not_be_kept_guessed_or_framed() {
    on_a_node(|node| async move {
        for answered in [
            node.post(SEARCH, search("\"Калачев\"")).await,
            node.post(SEARCH, "{").await,
            node.post("/nowhere", "").await,
            node.send(Request::delete(SEARCH).body(Body::empty()).unwrap()).await,
            node.send(Request::get("/metrics").body(Body::empty()).unwrap()).await,
        ] {
            assert_eq!(answered.headers["cache-control"], "no-store");
            assert_eq!(answered.headers["x-content-type-options"], "nosniff");
            assert_eq!(
                answered.headers["content-security-policy"],
                "default-src 'none'; frame-ancestors 'none'; sandbox"
            );
            assert_eq!(answered.headers["referrer-policy"], "no-referrer");
            assert_eq!(answered.headers["x-request-id"].len(), 16);
        }
    })
    .await;
}

#[tokio::test]
async fn metrics_tell_routes_and_no_terms() {
    on_a_node(|node| async move {
        node.post(SEARCH, search("\"Калачев\"")).await;
        node.post("/v1/records/7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34/open", "{}").await;
        let text = node.send(Request::get("/metrics").body(Body::empty()).unwrap()).await.text();
        assert!(
            text.contains(r#"route="/v1/search""#) && text.contains(r#"route="/v1/records/{record}/open""#)
        );
        for hidden in ["Калачев", "%D0", "7d0a3d4e", "XA", "LANE"] {
            assert!(!text.contains(hidden), "{hidden} is in the metrics");
        }
    })
    .await;
}
