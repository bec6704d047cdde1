//! PostgreSQL, one server or the leader of several: one writing connection at a time among all processes by the lock of the
//! node's row, a pool of reading ones.

mod address;
mod leader;
mod line;
mod readers;

use sqlx::Row as _;

use self::address::Replication;
use self::leader::Use;
use crate::error::StoreError;

pub(crate) use self::leader::Address;
pub(crate) use self::line::Line;
pub(crate) use self::readers::Readers;

/// The statement that finds a table.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_name = $1";

/// What a server is asked about what it does before it answers a commit.
macro_rules! settings {
    ($rest:literal) => {
        concat!(
            "SELECT current_setting('fsync', true) AS fsync, current_setting('full_page_writes', true) AS whole_pages,
             current_setting('synchronous_commit', true) AS synced,
             current_setting('synchronous_standby_names', true) AS standbys ",
            $rest
        )
    };
}

/// Opens the writing connection and brings the tables up to date.
pub(super) async fn open_writing(address: &Address) -> Result<Line, StoreError> {
    let mut line = address.connect_at_start(Use::Writing).await?;
    let (connection, watch) = line.parts()?;
    let row = watch.over(sqlx::query(settings!("")).fetch_one(connection)).await?;
    refuse_undurable(&row, line.hosts().replication)?;
    let mut migrator = sqlx::migrate!("migrations/postgres");
    // The lock of sqlx is an advisory one, which not every server of this protocol has. Two first starts at once: the
    // second is refused by the tables of the first, and finds them there when it is started again.
    migrator.set_locking(false);
    let (connection, watch) = line.parts()?;
    let run = async { migrator.run_direct(None, connection, false).await.map_err(sqlx::Error::from) };
    watch.over(run).await?;
    Ok(line)
}

/// A server that answers before it has synced, or before a second one has, would lose what was acknowledged.
fn refuse_undurable(row: &sqlx::postgres::PgRow, replication: Replication) -> Result<(), StoreError> {
    let value = |column: &str| row.try_get::<Option<String>, _>(column);
    let synced = value("synced")?;
    let synced = synced.as_deref();
    let is_off =
        [value("fsync")?.as_deref(), value("whole_pages")?.as_deref(), synced].contains(&Some("off"));
    if is_off {
        return Err(StoreError::DatabaseNotDurable);
    }
    let is_replicated = matches!(synced, Some("on" | "remote_apply"))
        && value("standbys")?.is_some_and(|names| !names.is_empty());
    match replication {
        Replication::Synchronous if !is_replicated => Err(StoreError::DatabaseNotReplicated),
        Replication::Synchronous | Replication::Asynchronous | Replication::Unasked => Ok(()),
    }
}

/// Opens the writing connection anew. What the one before had begun may be at work on the server still: its lock is
/// waited for, so that it is over.
pub(super) async fn reopen_writing(address: &Address) -> Result<Line, StoreError> {
    let mut line = address.connect(Use::Writing).await?;
    begin_writing(&mut line).await?;
    run(&mut line, "ROLLBACK").await?;
    Ok(line)
}

/// Opens a pool that can't write.
pub(super) async fn open_reading(address: &Address) -> Result<Readers, StoreError> {
    Readers::open(address).await
}

/// Begins a writing transaction and waits for the lock of the node's row, which every writer takes. Each statement
/// behind it sees what the writer before committed. What the server does before it answers a commit is asked each time:
/// it may be set otherwise while a connection stands.
pub(super) async fn begin_writing(line: &mut Line) -> Result<(), StoreError> {
    run(line, "BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let locked = sqlx::query(settings!("FROM node WHERE id = 1 FOR UPDATE"));
    let (connection, watch) = line.parts()?;
    match watch.over(locked.fetch_optional(connection)).await? {
        Some(row) => refuse_undurable(&row, line.hosts().replication),
        None => Ok(()),
    }
}

async fn run(line: &mut Line, statement: &'static str) -> Result<(), StoreError> {
    let (connection, watch) = line.parts()?;
    watch.over(sqlx::query(statement).execute(connection)).await?;
    Ok(())
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}

/// `disk_full`.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    has_code(error, &["53100"])
}

/// `serialization_failure` and `deadlock_detected`.
pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    has_code(error, &["40001", "40P01"])
}

/// Frees the rows of destroyed keys for others. What the server keeps in its log and its copies is beyond this.
pub(super) async fn purge_overwritten_rows(line: &mut Line) -> Result<bool, StoreError> {
    run(line, "VACUUM data_keys").await?;
    Ok(true)
}
