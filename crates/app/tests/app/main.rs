//! The use cases, tried from outside: what a caller can ask for, and what it gets.
//!
//! Every test runs on worlds of its own or reads the one world that has the UN list in it; all share one runtime,
//! because a store lives as long as the runtime it was opened on.
#![allow(clippy::unwrap_used)]

mod founding;
mod key_changes;
mod records;
mod travel_documents;

mod agreements;
mod agreements_and_keys;
mod consents;
mod countersigning;
mod groups;
mod held_numbers;
mod holding;
mod marks;
mod officers;
mod orders;
mod oversight;
mod people;
mod re_entry;
mod restrictions;
mod screening;
mod searching;
mod searching_scripts;
mod subject_requests;
mod text_screening;
mod visibility;

mod images;
mod journal;
mod links;
mod objects;
mod person_imports;
mod proofs;

mod imports;
mod index;
mod list_imports;
mod object_imports;
mod retention;
mod reviews;

#[path = "../../../store/tests/contract/cluster.rs"]
#[allow(dead_code, reason = "the contract suite of the store uses more of it")]
mod cluster;
mod released;

mod at_rest;
mod bad_input;
mod credentials;
mod cursors;

use std::future::Future;
use std::sync::LazyLock;

use barid_app::{AppError, ImportReport, Query, SearchAnswer};
use barid_domain::codes::Purpose;
use barid_testkit::world::{ClosedWorld, World, acting};
use sha2::{Digest, Sha256};

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// Runs a test on the runtime that all share.
fn run<F: Future>(test: F) -> F::Output {
    RUNTIME.block_on(test)
}

/// The edition of the UN list that is in the repository.
const UN_LIST: &[u8] = include_bytes!("../../../../data/watchlists/UN_consolidated.xml");
/// The persons in it.
const UN_PERSONS: u64 = 730;
/// The organisations in it.
const UN_ENTITIES: u64 = 273;

/// A world with the UN list in it: one that all may read, and its closed twin, to be copied by those who change it.
struct UnWorld {
    world: World,
    closed: ClosedWorld,
    report: ImportReport,
}

/// Imports the UN list once for all tests.
async fn un() -> &'static UnWorld {
    static UN: tokio::sync::OnceCell<UnWorld> = tokio::sync::OnceCell::const_new();
    UN.get_or_init(|| async {
        let world = World::exercise().seed(730).build().await;
        let report = import_un(&world, UN_LIST).await.unwrap();
        let closed = world.close().await;
        let world = closed.start_copy(731).await;
        UnWorld { world, closed, report }
    })
    .await
}

/// Imports an edition of the UN list as the secretariat does.
async fn import_un(world: &World, edition: &[u8]) -> Result<ImportReport, AppError> {
    let ctx = acting("SEC", Purpose::Sanctions);
    let file_hash = Sha256::digest(edition).into();
    world.app.import_un(&ctx, edition, file_hash, |_, _| {}).await
}

/// What is typed into the one box.
fn typed(text: &str) -> Query {
    Query { text: Some(text.to_owned()), ..Query::default() }
}

/// A name, asked for as one.
fn named(name: &str) -> Query {
    Query { name: Some(name.to_owned()), ..Query::default() }
}

/// A document number, asked for as one.
fn numbered(number: &str) -> Query {
    Query { document_number: Some(number.to_owned()), ..Query::default() }
}

/// An answer without what differs from act to act: the act, its line, the time.
fn said(answer: &SearchAnswer) -> String {
    let candidates: Vec<String> =
        answer.candidates.iter().map(|candidate| format!("{candidate:?}")).collect();
    format!(
        "{:?} {:?} {}\n{}",
        answer.recognised,
        answer.remarks,
        answer.alert_threshold,
        candidates.join("\n")
    )
}

/// The places and codes of the faults a record was refused for.
fn faults(error: AppError) -> Vec<String> {
    match error {
        AppError::Faulty(faults) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("not refused for its faults: {other:?}"),
    }
}
