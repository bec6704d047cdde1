//! A node whose index does not stand yet: it lives, says that it is not ready, and refuses searches rather than find
//! too little.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use barid_app::TokenDays;
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::ids::OrganisationCode;
use barid_testkit::world::World;
use barid_web::{WebOptions, router};
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_an_index_refuses_searches_and_says_that_it_is_not_ready() {
    let world = World::exercise().build().await;
    let officer = Actor::new(OrganisationCode::new("XA").unwrap(), "duty-officer").unwrap();
    let secretariat = world.acting("SEC", Purpose::Oversight);
    let issued = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
    let token = issued.token;
    let world = world.close().await.start_without_index().await;
    let now = world.now();
    let options = WebOptions { clock: Arc::new(move || now), ..WebOptions::default() };
    let app = Arc::new(world.app);
    let router = router(app.clone(), options);
    let ask = async |method: &str, path: &str, body: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec();
        (status, String::from_utf8(body).unwrap())
    };
    let search = r#"{"purpose": "border-control", "reference": "полоса 4", "query": "Калачев"}"#;
    assert_eq!(ask("GET", "/healthz", "").await.0, StatusCode::OK);
    for (method, path, body) in [("GET", "/readyz", ""), ("POST", "/v1/search", search)] {
        let (status, body) = ask(method, path, body).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(body.contains(r#""code":"not-ready""#), "{body}");
    }
    assert_eq!(
        ask("GET", "/v1/organisations", "").await.0,
        StatusCode::OK,
        "what needs no index is answered"
    );
    app.make_ready().await.unwrap();
    for (method, path, body) in [("GET", "/readyz", ""), ("POST", "/v1/search", search)] {
        assert_eq!(ask(method, path, body).await.0, StatusCode::OK, "{path}");
    }
}
