//! Data directories as released versions wrote them (`tests/released`): brought up to date from wherever a start was
//! interrupted, each entry verified. Migrations that were released never change.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use barid_store::{MasterKeySource, Store, doctor};
use sha2::{Digest as _, Sha256};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::cluster::Cluster;
use crate::support::*;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/released")
}

fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<PathBuf> = entries.filter(|path| path.join("data").is_dir()).collect();
    fixtures.sort();
    fixtures
}

/// Copies files, closed to others as no repository keeps them.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// The migrations up to a version: what a start has done that ended between two of them.
fn up_to(all: &'static Migrator, version: i64) -> Migrator {
    let mut some = Migrator::DEFAULT;
    some.migrations = all.iter().filter(|one| one.version <= version).cloned().collect::<Vec<_>>().into();
    some.set_ignore_missing(true);
    some.set_locking(false);
    some
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_released_directory_is_brought_up_to_date_from_any_migration() {
    crate::cluster::in_a_case(bring_up_to_date()).await;
}

async fn bring_up_to_date() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 2, "{fixtures:?}");
    let versions: Vec<i64> = SQLITE.iter().map(|migration| migration.version).collect();
    for fixture in fixtures {
        let dump = fs::read_to_string(fixture.join("database.sql")).ok();
        for last in &versions {
            let directory = tempfile::tempdir().unwrap();
            let data = directory.path().join("data");
            copy(&fixture.join("data"), &data);
            if let Some(dump) = &dump {
                let cluster = Cluster::shared();
                let name = cluster.new_database().await;
                let mut connection = cluster.connect(&name).await;
                sqlx::raw_sql(AssertSqlSafe(dump.clone())).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                let mut connection = cluster.connect(&name).await;
                up_to(&POSTGRES, *last).run_direct(None, &mut connection, false).await.unwrap();
                connection.close().await.unwrap();
                name_database(&data, &cluster.address(&name));
            } else {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("barid.db"));
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                up_to(&SQLITE, *last).run_direct(None, &mut connection, false).await.unwrap();
                connection.close().await.unwrap();
            }
            let is_sound = async || {
                let report = doctor(&data, &MasterKeySource::DataDirectory).await.unwrap();
                assert!(report.is_sound(), "{} {last}: {report}", fixture.display());
                let mut examined: BTreeMap<_, _> = report.examined.into_iter().collect();
                // Of an earlier version none is counted before its first start.
                examined.remove("replicas");
                if examined.get("pictures") == Some(&0) {
                    examined.remove("pictures");
                }
                examined
            };
            let before = is_sound().await;
            assert!(before["entries"] > 60 && before["heads"] > 300 && before["journal lines"] > 20);
            // Twice: what is up to date stays as it is.
            for _ in 0..2 {
                let store = Store::open(options(&data)).await.unwrap();
                assert!(!store.credentials().await.unwrap().is_empty());
                store.close().await;
                assert_eq!(is_sound().await, before);
            }
        }
    }
}

/// Migrations that a release carried are the same for ever: a database that has run one refuses another of its number.
#[test]
fn released_migrations_are_never_changed() {
    let text = fs::read_to_string(folder().join("migrations.sha256")).unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let listed: BTreeMap<&str, &str> =
        text.lines().map(|line| line.split_once("  ").unwrap()).map(|(hash, name)| (name, hash)).collect();
    assert!(listed.len() >= 8);
    for (name, hash) in listed {
        let bytes =
            fs::read(migrations.join(name)).unwrap_or_else(|_| panic!("{name} was released and is gone"));
        let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, hash, "{name} was released; what it did not do, a new one does");
    }
    for migrator in [&SQLITE, &POSTGRES] {
        let versions: Vec<i64> = migrator.iter().map(|migration| migration.version).collect();
        assert!(versions.is_sorted_by(|a, b| a < b), "each version once: {versions:?}");
    }
}
