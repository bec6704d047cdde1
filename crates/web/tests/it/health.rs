//! What the machine that runs the node asks is answered when everything else is turned away, and says how backups go.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use barid_domain::dates::Timestamp;
use barid_testkit::world::World;
use barid_web::{BackupWatch, WebOptions, router};
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;

async fn get(router: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn health_is_answered_when_every_permit_is_taken() {
    let world = World::exercise().build().await;
    let secretariat = world.acting("SEC", barid_domain::codes::Purpose::Oversight);
    let officer = world.acting("XA", barid_domain::codes::Purpose::Exercise).actor;
    let days = barid_app::TokenDays::DEFAULT;
    let token = world.app.issue_credential(&secretariat, &officer, days).await.unwrap().token;
    let now = world.now();
    let options = WebOptions { requests_at_once: 1, clock: Arc::new(move || now), ..WebOptions::default() };
    let router = router(Arc::new(world.app), options);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(barid_web::serve(listener, router.clone(), std::future::pending()));

    // A body that does not come holds the one permit there is.
    let mut holder = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    );
    holder.write_all(head.as_bytes()).await.unwrap();
    while get(&router, "/v1/organisations").await.0 != StatusCode::SERVICE_UNAVAILABLE {
        tokio::task::yield_now().await;
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(get(&router, path).await.0, StatusCode::OK, "{path}");
    }
    let (status, text) = get(&router, "/v1/openapi.json").await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && text.contains("\"busy\""), "{text}");
    drop(holder);
}

#[tokio::test]
async fn a_failed_backup_is_shown_until_one_succeeds() {
    let world = World::exercise().build().await;
    let watch = Arc::new(BackupWatch::default());
    let options = WebOptions { backups: Some(watch.clone()), ..WebOptions::default() };
    let router = router(Arc::new(world.app), options);
    assert_eq!(get(&router, "/readyz").await, (StatusCode::OK, "ready\n".to_owned()));
    watch.failed();
    assert_eq!(
        get(&router, "/readyz").await,
        (StatusCode::OK, "ready\nthe last backup failed\n".to_owned()),
        "a node that answers stays in service"
    );
    watch.taken(Timestamp::from_seconds(1_795_000_000));
    assert_eq!(get(&router, "/readyz").await.1, "ready\n");
    let metrics = get(&router, "/metrics").await.1;
    for line in [
        "barid_backups_total{result=\"ok\"} 1",
        "barid_backups_total{result=\"failed\"} 1",
        "barid_backup_last_success_timestamp_seconds 1795000000",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
}
