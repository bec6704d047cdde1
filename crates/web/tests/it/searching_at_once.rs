//! Searches that compute for long hold up nobody but one another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use barid_app::{Job, TokenDays, Workers, Working};
use barid_domain::codes::Purpose;
use barid_testkit::world::World;
use barid_web::{SearchThreads, WebOptions, router};
use tower::ServiceExt;

/// How many searches compute at once here, and how many more wait.
const AT_ONCE: usize = 2;
const WAITING: usize = 6;

/// Makes every search as long as the test likes.
#[derive(Default)]
struct Gate {
    begun: AtomicUsize,
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let is_open = self.is_open.lock().unwrap();
        // The limit is for a node that computes on the thread that would open the gate.
        let _ = self.opened.wait_timeout_while(is_open, Duration::from_secs(20), |open| !*open).unwrap();
    }

    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

struct Gated {
    threads: SearchThreads,
    gate: Arc<Gate>,
}

impl Workers for Gated {
    fn compute(&self, job: Job) -> Working {
        let gate = self.gate.clone();
        self.threads.compute(Box::new(move || {
            gate.pass();
            job();
        }))
    }

    fn compute_behind(&self, job: Job) -> Working {
        let gate = self.gate.clone();
        self.threads.compute_behind(Box::new(move || {
            gate.pass();
            job();
        }))
    }

    fn wait(&self, job: Job) -> Working {
        self.threads.wait(job)
    }
}

async fn ask(router: Router, token: String, method: &str, path: &str, body: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec();
    (status, String::from_utf8(body).unwrap())
}

/// On one thread: a search that computed on it would keep everything else from being answered.
#[tokio::test]
async fn while_searches_compute_everything_else_is_answered_and_too_many_are_turned_away() {
    let world = World::exercise().build().await;
    let secretariat = world.acting("SEC", Purpose::Oversight);
    let officer = world.acting("XA", Purpose::Exercise).actor;
    let issued = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
    let now = world.now();
    let options = WebOptions { clock: Arc::new(move || now), ..WebOptions::default() };
    let gate = Arc::new(Gate::default());
    let threads = SearchThreads::new(AT_ONCE, Duration::from_millis(300));
    world.app.work_on(Arc::new(Gated { threads, gate: gate.clone() }));
    let router = router(Arc::new(world.app), options);
    let search = r#"{"purpose": "border-control", "reference": "lane 4", "query": "Калачев Валерий"}"#;
    let mut searches = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE + WAITING {
        searches.spawn(ask(router.clone(), issued.token.clone(), "POST", "/v1/search", search));
    }
    let begun = async {
        while gate.begun.load(Ordering::SeqCst) < AT_ONCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), begun).await.expect("searches compute beside this thread");

    // Both compute, until the gate opens; all this is answered before.
    for path in ["/healthz", "/readyz", "/metrics", "/v1/organisations"] {
        let (status, body) = ask(router.clone(), issued.token.clone(), "GET", path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
    }
    for _ in 0..WAITING {
        let (status, body) = searches.join_next().await.unwrap().unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains(r#""code":"busy""#), "{body}");
    }
    assert_eq!(gate.begun.load(Ordering::SeqCst), AT_ONCE, "no more compute at once");
    assert!(!*gate.is_open.lock().unwrap() && searches.len() == AT_ONCE);
    gate.open();
    while let Some(answered) = searches.join_next().await {
        assert_eq!(answered.unwrap().0, StatusCode::OK);
    }
    let (status, _) = ask(router, issued.token, "POST", "/v1/search", search).await;
    assert_eq!(status, StatusCode::OK, "the places are free again");
}

/// Lists that are screened take the places of as many rows as there are threads, and no more: a search alone comes next.
#[tokio::test]
async fn a_search_alone_has_its_turn_however_many_lists_are_screened() {
    let threads = Arc::new(SearchThreads::new(AT_ONCE, Duration::from_secs(20)));
    let (gate, order) = (Arc::new(Gate::default()), Arc::new(Mutex::new(Vec::new())));
    let mut working = tokio::task::JoinSet::new();
    let job = |kind: &'static str| -> Job {
        let (gate, order) = (gate.clone(), order.clone());
        Box::new(move || {
            gate.pass();
            order.lock().unwrap().push(kind);
        })
    };
    let rows = 40;
    for _ in 0..rows {
        let (threads, job) = (threads.clone(), job("row"));
        working.spawn(async move { threads.compute_behind(job).await });
    }
    let begun = async {
        while gate.begun.load(Ordering::SeqCst) < AT_ONCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), begun).await.expect("rows compute");
    // Every row waits by now, for a thread or for a place; the search comes last of all.
    let alone = threads.compute(job("alone"));
    let mut alone = std::pin::pin!(alone);
    let waits = tokio::time::timeout(Duration::ZERO, &mut alone).await;
    assert!(waits.is_err(), "both threads are taken");
    gate.open();
    assert!(alone.await);
    while let Some(done) = working.join_next().await {
        assert!(done.unwrap());
    }
    let order = order.lock().unwrap();
    let place = order.iter().position(|kind| *kind == "alone").unwrap();
    assert_eq!(order.len(), rows + 1);
    assert!(place <= 3 * AT_ONCE, "behind {place} rows of {rows}");
}

#[tokio::test]
async fn parts_of_lists_beyond_those_at_once_are_busy_and_searches_are_not() {
    let world = World::exercise().build().await;
    let secretariat = world.acting("SEC", Purpose::Oversight);
    let officer = world.acting("XA", Purpose::Exercise).actor;
    let issued = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
    let now = world.now();
    let options = WebOptions { clock: Arc::new(move || now), screenings_at_once: 2, ..WebOptions::default() };
    let gate = Arc::new(Gate::default());
    let threads = SearchThreads::new(AT_ONCE, Duration::from_secs(20));
    world.app.work_on(Arc::new(Gated { threads, gate: gate.clone() }));
    let router = router(Arc::new(world.app), options);
    let screening = r#"{"purpose": "border-control", "reference": "lane 4",
        "rows": [{"name": "Калачев Валерий"}, {"name": "أيمن"}, {"name": "উদাহরণ"}]}"#;
    let mut lists = tokio::task::JoinSet::new();
    for _ in 0..3 {
        lists.spawn(ask(router.clone(), issued.token.clone(), "POST", "/v1/screenings", screening));
    }
    let (status, body) = lists.join_next().await.unwrap().unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "the third is turned away at once");
    assert!(body.contains(r#""code":"busy""#), "{body}");
    let search = r#"{"purpose": "border-control", "reference": "lane 4", "query": "XA1234567"}"#;
    let searched = tokio::spawn(ask(router.clone(), issued.token.clone(), "POST", "/v1/search", search));
    gate.open();
    assert_eq!(searched.await.unwrap().0, StatusCode::OK);
    while let Some(answered) = lists.join_next().await {
        assert_eq!(answered.unwrap().0, StatusCode::OK);
    }
    let (status, _) = ask(router, issued.token, "POST", "/v1/screenings", screening).await;
    assert_eq!(status, StatusCode::OK, "the places are free again");
}
