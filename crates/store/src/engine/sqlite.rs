//! SQLite: one writing connection, a pool of reading ones, write-ahead log with a sync at every commit.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Row as _};

use crate::error::StoreError;

const READING_CONNECTIONS: u32 = 4;
const WAL_PAGES: &str = "4000";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The statement that finds a table.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = $1";
/// The statement that finds a column of a table.
pub(super) const HAS_COLUMN: &str = "SELECT 1 AS found FROM pragma_table_info($1) WHERE name = $2";
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Set in a process that runs the mutant.
#[cfg(feature = "mutant-unsynced-database")]
static UNSYNCED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Makes every store of this process answer a commit before its log is synced: a mutant, for the power suite to find.
#[cfg(feature = "mutant-unsynced-database")]
pub fn leave_database_unsynced() {
    UNSYNCED.store(true, std::sync::atomic::Ordering::Relaxed);
}

fn how_synced() -> SqliteSynchronous {
    #[cfg(feature = "mutant-unsynced-database")]
    if UNSYNCED.load(std::sync::atomic::Ordering::Relaxed) {
        return SqliteSynchronous::Normal;
    }
    SqliteSynchronous::Full
}

fn options(database: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(how_synced())
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("secure_delete", "ON")
        .pragma("cache_size", "-65536")
        // 16 MiB of log between checkpoints instead of 4: an import touches pages all over, and each is then written
        // back once for many changes.
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .disable_statement_logging()
}

/// Makes a file of the database, or one that is there, readable by its owner alone. SQLite gives the files of its log the
/// mode of the database; those of an earlier version are mended here.
fn make_private(database: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::file("make the database private")(error);
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(database).map_err(failed)?;
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match std::fs::set_permissions(&path, Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Opens the one writing connection and brings the tables up to date.
pub(super) async fn open_writing(database: &Path) -> Result<SqliteConnection, StoreError> {
    make_private(database)?;
    let mut connection = options(database).create_if_missing(true).connect().await?;
    // `run` asks for more than a spawned task can show; `run_direct` is the same on one connection.
    MIGRATIONS
        .run_direct(None, &mut connection, false)
        .await
        .map_err(|error| StoreError::from(sqlx::Error::from(error)))?;
    Ok(connection)
}

/// Opens the reading pool.
pub(super) async fn open_reading(database: &Path) -> Result<SqlitePool, StoreError> {
    let options = options(database).pragma("query_only", "ON");
    // A connection to a file does not go stale: asking it before every use would cost as much as most questions.
    let pool = SqlitePoolOptions::new().max_connections(READING_CONNECTIONS).test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}

/// Opens a database for reading without bringing its tables up to date or changing a setting kept in the file.
pub(super) async fn open_reading_untouched(database: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(false)
        .pragma("query_only", "ON")
        .disable_statement_logging();
    Ok(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?)
}

/// Begins a writing transaction, taking the write lock at once.
pub(super) async fn begin_writing(
    connection: &mut SqliteConnection,
    database: &Path,
) -> Result<(), StoreError> {
    #[cfg(feature = "planted-faults")]
    limit_room(connection, database).await?;
    let _ = database;
    sqlx::query("BEGIN IMMEDIATE").execute(connection).await?;
    Ok(())
}

/// Tells whether an error says that there is no room: a full disk, or a database at the size it may have.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    const SQLITE_FULL: &str = "13";
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == SQLITE_FULL)
}

#[cfg(feature = "planted-faults")]
async fn limit_room(connection: &mut SqliteConnection, database: &Path) -> Result<(), StoreError> {
    use crate::faults::{PlantedFault, take};
    let pragma = match take(database, |fault| !fault.is_of_commits()) {
        Some(PlantedFault::RoomFor { bytes }) => {
            let row = sqlx::query("PRAGMA page_count").fetch_one(&mut *connection).await?;
            let pages = row.try_get::<i64, _>(0)?.unsigned_abs() + bytes / 4096;
            format!("PRAGMA max_page_count = {pages}")
        }
        Some(PlantedFault::RoomAgain) => "PRAGMA max_page_count = 4294967294".to_owned(),
        Some(
            PlantedFault::CommitFails
            | PlantedFault::CommitAnswerLost
            | PlantedFault::FailedCommitGoesUnnoticed,
        )
        | None => return Ok(()),
    };
    sqlx::query(sqlx::AssertSqlSafe(pragma)).execute(connection).await?;
    Ok(())
}

/// Empties the write-ahead log, so that no earlier image of an overwritten page stays; `false` while a reader holds it.
pub(super) async fn purge_overwritten_pages(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// Writes a consistent copy of the whole database to a new file while writing goes on.
pub(super) async fn copy_into(database: &Path, target: &Path) -> Result<(), StoreError> {
    use sqlx::Connection as _;
    // An empty file is what `VACUUM INTO` fills; one it makes itself is readable by others.
    make_private(target)?;
    let target = target.to_str().ok_or(StoreError::InvalidName)?;
    // A connection that may only query may not copy either, so this one is opened for it.
    let mut connection = options(database).connect().await?;
    sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Runs the engine's own check; gives what it complains about.
pub(super) async fn check_integrity(pool: &SqlitePool) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("PRAGMA integrity_check").fetch_all(pool).await?;
    let mut complaints = Vec::new();
    for row in rows {
        let text: String = row.try_get(0)?;
        if text != "ok" {
            complaints.push(text);
        }
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tokens_of_the_first_version_end_ninety_days_after_they_were_made() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("barid.db");
        let mut connection = options(&database).create_if_missing(true).connect().await.unwrap();
        let first = MIGRATIONS.iter().take(1).cloned().collect();
        let mut migrator = sqlx::migrate::Migrator::DEFAULT;
        migrator.migrations = std::borrow::Cow::Owned(first);
        migrator.run_direct(None, &mut connection, false).await.unwrap();
        sqlx::query(
            "INSERT INTO credentials (token, organisation, officer, at) VALUES (x'01', 'XA', x'02', 5)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        let mut connection = open_writing(&database).await.unwrap();
        let row =
            sqlx::query("SELECT ends_at, last_used_on FROM credentials").fetch_one(&mut connection).await;
        let row = row.unwrap();
        assert_eq!(row.try_get::<i64, _>("ends_at").unwrap(), 5 + 90 * 86_400 * 1_000_000);
        assert_eq!(row.try_get::<Option<i64>, _>("last_used_on").unwrap(), None);
    }
}
