//! Serves the exercise association out of a temporary directory, for tools that try the API from outside.
//!
//! Prints one line of JSON with the URL and a token of an officer of bureau XA, and serves until it is killed.
//! `cargo run -p barid-web --example serve_for_tests -- 8080`

use std::sync::Arc;

use barid_app::TokenDays;
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::ids::OrganisationCode;
use barid_testkit::world::World;
use barid_web::{WebOptions, router, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let world = World::exercise().build().await;
    let officer = Actor::new(OrganisationCode::new("XA")?, "schemathesis").ok_or("an officer's name")?;
    let secretariat = world.acting("SEC", Purpose::Oversight);
    let token = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await?.token;
    let now = world.now();
    let options = WebOptions { clock: Arc::new(move || now), ..WebOptions::default() };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!(r#"{{"url": "http://{}", "token": "{token}"}}"#, listener.local_addr()?);
    // The world's directory lives as long as this function does; its node moves into the server.
    serve(listener, router(Arc::new(world.app), options), std::future::pending()).await?;
    Ok(())
}
