//! The router with everything round it, and the loop that serves it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use barid_app::App;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::countersigning;
use crate::description;
use crate::guard;
use crate::health;
use crate::state::{Web, WebOptions};
use crate::workers::SearchThreads;

/// Makes the router of a node, which searches on threads of its own from then on.
pub fn router(app: Arc<App>, options: WebOptions) -> Router {
    app.work_on(Arc::new(SearchThreads::new(options.searches_at_once, options.search_wait)));
    let (routes, described) = description::described_routes();
    let web = Web::new(app, options, description::to_json(&described));
    routes
        .route("/v1/openapi.json", get(health::description))
        // Not of the API: its bodies are those of C2SP, and so are its answers.
        .route(countersigning::ADD_CHECKPOINT, post(countersigning::add_checkpoint))
        .fallback(guard::no_such_path)
        .method_not_allowed_fallback(guard::no_such_method)
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn_with_state(web.clone(), guard::observe))
        .with_state(web)
}

/// Serves a router until `shutdown` is there; requests that were begun are answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}
