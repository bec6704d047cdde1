//! Data directories as released versions wrote them (`tests/released`), opened by this one: people are found in every
//! script, what was withdrawn stays so, tokens, receipts and proofs hold. And the same answers after the database was
//! moved to a server and back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use barid_app::proofs::{ProofBundle, hex, verify_bundle};
use barid_app::{App, Ports};
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::dates::Timestamp;
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_store::{
    Destination, MasterKeySource, MigrationOptions, Store, StoreOptions, doctor, migrate_store,
};
use barid_testkit::world::acting;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::{run, said, typed};

/// 2026-11-28 08:00 UTC: after the last fixture of this format was made, before its records are to be reviewed.
const NOW: i64 = 1_795_852_800_000_000;

/// The fixtures, each with what must be found in it.
fn released() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/released");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<PathBuf> = entries.filter(|path| path.join("data").is_dir()).collect();
    fixtures.sort();
    let expected = |path: &PathBuf| serde_json::from_slice(&fs::read(path.join("expected.json")).unwrap());
    fixtures.iter().map(|path| (path.clone(), expected(path).unwrap())).collect()
}

/// Copies a fixture's data directory, closed to others as no repository keeps it; one of a server's is filled there.
async fn copy(fixture: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(fixture).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            Box::pin(copy(&path, &target)).await;
        } else {
            fs::copy(&path, &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    if let Ok(dump) = fs::read_to_string(fixture.with_file_name("database.sql"))
        && fixture.ends_with("data")
    {
        let cluster = Cluster::shared();
        let name = cluster.new_database().await;
        let mut connection = cluster.connect(&name).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(dump)).execute(&mut connection).await.unwrap();
        name_database(&to.join("database"), &cluster.address(&name));
    }
}

fn name_database(file: &Path, address: &str) {
    fs::write(file, format!("{address}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

async fn open(data: &Path) -> App {
    let clock = Arc::new(|| Timestamp(NOW));
    let options = StoreOptions {
        directory: data.to_owned(),
        master_key: MasterKeySource::DataDirectory,
        clock: clock.clone(),
    };
    let random = Arc::new(|buffer: &mut [u8]| {
        fs::File::open("/dev/urandom")
            .and_then(|mut file| std::io::Read::read_exact(&mut file, buffer))
            .unwrap();
    });
    let store = Store::open(options).await.unwrap();
    // The fixtures live at their own time, and the server does not.
    store.trust_own_clock();
    App::start(store, Ports { clock, random, tokens: std::sync::Arc::new(barid_app::NoTokens) })
        .await
        .unwrap()
}

async fn is_sound(data: &Path) {
    let report = doctor(data, &MasterKeySource::DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{}: {report}", data.display());
}

fn entry(text: &Value) -> EntryHash {
    let bytes = barid_app::proofs::unhex(text.as_str().unwrap()).unwrap();
    EntryHash(bytes.try_into().unwrap())
}

/// Asks a node for all that must be in it; gives its answers without what differs from act to act.
async fn ask(app: &App, expected: &Value) -> Vec<String> {
    let xa = acting("XA", Purpose::Exercise);
    let token = app.authenticate(expected["token"].as_str().unwrap()).await.unwrap();
    let xa_code = OrganisationCode::new("XA").unwrap();
    assert_eq!(token.map(|actor: Actor| actor.organisation), Some(xa_code), "its tokens sign in");
    let mut answers = Vec::new();
    let pair =
        |pair: &Value| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().parse::<RecordId>());
    let found = expected["found"].as_array().unwrap();
    assert!(found.len() >= 8);
    for (text, record) in found.iter().map(pair) {
        let record = record.unwrap();
        let answer = app.search(&xa, &typed(&text)).await.unwrap();
        assert_eq!(answer.candidates.first().map(|first| first.record), Some(record), "{text}");
        app.open(&xa, record).await.unwrap();
        answers.push(said(&answer));
    }
    for (text, record) in expected["withdrawn"].as_array().unwrap().iter().map(pair) {
        let record = record.unwrap();
        let answer = app.search(&xa, &typed(&text)).await.unwrap();
        assert!(answer.candidates.iter().all(|candidate| candidate.record != record), "{text} is withdrawn");
    }
    // New proofs of old entries and accesses.
    let genesis = entry(&expected["genesis"]);
    let proof = app.prove_entry(&xa, entry(&expected["entry"])).await.unwrap().unwrap();
    verify_bundle(&proof, Some(genesis)).unwrap();
    let proof = app.prove_access(&xa, entry(&expected["access"])).await.unwrap().unwrap();
    verify_bundle(&proof, Some(genesis)).unwrap();
    let key = expected["key"].as_str().unwrap().parse().unwrap();
    assert!(app.store().outcome(xa_code, key).await.unwrap().is_some(), "the outcome of an old write");
    answers
}

#[test]
fn directories_of_released_versions_are_opened_and_answer() {
    run(async {
        let fixtures = released();
        assert!(fixtures.len() >= 2, "a fixture of every released format");
        for (fixture, expected) in fixtures {
            // What the release proved, it proves still.
            let genesis = entry(&expected["genesis"]);
            for name in ["entry", "access"] {
                let bytes = fs::read(fixture.join(format!("{name}.proof"))).unwrap();
                let bundle: ProofBundle = serde_json::from_slice(&bytes).unwrap();
                let proven = verify_bundle(&bundle, Some(genesis)).unwrap();
                assert_eq!(proven.association, hex(&genesis.0), "{}", fixture.display());
            }
            let directory = tempfile::tempdir().unwrap();
            let data = directory.path().join("data");
            copy(&fixture.join("data"), &data).await;
            // No repository keeps a directory that is empty.
            fs::create_dir_all(data.join("snapshots")).unwrap();
            is_sound(&data).await;
            let app = open(&data).await;
            let answers = ask(&app, &expected).await;
            app.close().await.unwrap();
            is_sound(&data).await;

            let on_server = data.join("database").exists();
            for round in 0..2 {
                let to = if on_server == (round == 0) {
                    Destination::Directory
                } else {
                    let cluster = Cluster::shared();
                    let address = directory.path().join("address");
                    name_database(&address, &cluster.address(&cluster.new_database().await));
                    Destination::Server { address }
                };
                let master_key = MasterKeySource::DataDirectory;
                let options = MigrationOptions { directory: data.clone(), master_key, to };
                let left = migrate_store(options, |_| {}).await.unwrap().left;
                is_sound(&data).await;
                // What was saved of the index, and an index made anew.
                for remove in [false, true] {
                    if remove {
                        fs::remove_dir_all(data.join("snapshots")).unwrap();
                        fs::create_dir(data.join("snapshots")).unwrap();
                    }
                    let app = open(&data).await;
                    assert_eq!(ask(&app, &expected).await, answers, "{}", fixture.display());
                    app.close().await.unwrap();
                }
                if let Some(left) = left {
                    fs::remove_file(left).unwrap();
                }
            }
        }
    });
}
