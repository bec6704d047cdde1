//! PostgreSQL, one server or the leader of several: one writing connection at a time among all processes by the lock of the
//! node's row, a pool of reading ones.

mod address;
mod leader;
mod line;
mod readers;

use barid_domain::dates::Timestamp;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use self::address::Replication;
use self::leader::Use;
use super::Integrity;
use crate::error::StoreError;

pub(crate) use self::leader::Address;
pub(crate) use self::line::Line;
pub(crate) use self::readers::Readers;

/// The statement that finds a table.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_name = $1";

/// The statement that finds a column of a table.
pub(super) const HAS_COLUMN: &str = "SELECT 1 AS found FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2";

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

/// Opens a connection that asks whether the server is there.
pub(super) async fn open_for_pulse(address: &Address) -> Result<Line, StoreError> {
    address.connect(Use::Reading).await
}

/// Begins a writing transaction and waits for the lock of the node's row, which every writer takes. Each statement
/// behind it sees what the writer before committed. What the server does before it answers a commit is asked each time:
/// it may be set otherwise while a connection stands.
///
/// Gives the server's time at its beginning; `None` where the node's row is not there yet.
pub(super) async fn begin_writing(line: &mut Line) -> Result<Option<Timestamp>, StoreError> {
    run(line, "BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let locked = sqlx::query(settings!(
        ", moving, CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT) AS server_now
         FROM node WHERE id = 1 FOR UPDATE"
    ));
    let (connection, watch) = line.parts()?;
    let Some(row) = watch.over(locked.fetch_optional(connection)).await? else { return Ok(None) };
    // Whoever moved the database away took the lock too: nobody writes on what was moved.
    if row.try_get::<i64, _>("moving")? != 0 {
        run(line, "ROLLBACK").await?;
        return Err(StoreError::DatabaseMoved);
    }
    refuse_undurable(&row, line.hosts().replication)?;
    Ok(Some(Timestamp(row.try_get("server_now")?)))
}

/// Refuses a database in which something else has tables: they are another program's.
pub(super) async fn refuse_tables_of_others(address: &Address, ours: &[&str]) -> Result<(), StoreError> {
    let mut line = address.connect_at_start(Use::Reading).await?;
    let names = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()",
    );
    let (connection, watch) = line.parts()?;
    let names: Vec<String> = watch.over(names.fetch_all(connection)).await?;
    line.close().await?;
    let is_ours = |name: &String| name == "_sqlx_migrations" || ours.contains(&name.as_str());
    if names.iter().all(is_ours) { Ok(()) } else { Err(StoreError::DatabaseNotEmpty) }
}

/// Empties tables and gives their files back.
pub(super) async fn empty(line: &mut Line, tables: &[&str]) -> Result<(), StoreError> {
    let text = format!("TRUNCATE {}", tables.join(", "));
    let (connection, watch) = line.parts()?;
    watch.over(sqlx::query(AssertSqlSafe(text)).execute(connection)).await?;
    Ok(())
}

/// Counts what stands in tables that were filled at once, so that the next question is planned for it.
pub(super) async fn learn(line: &mut Line) -> Result<(), StoreError> {
    run(line, "ANALYZE").await
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

/// No connection, or one that ended: connection failures, a server that stops, starts or recovers, no connection to be had,
/// and a standby that was taken for the leader.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    let of_connection = matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Protocol(_)
    );
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    of_connection
        || code.is_some_and(|code| {
            code.starts_with("08") || ["57P01", "57P02", "57P03", "53300", "25006"].contains(&code.as_ref())
        })
}

/// Frees the rows of destroyed keys and pictures for others; `false` while an older transaction may still see one. What the server
/// keeps in its log and its copies is beyond this.
pub(super) async fn purge_overwritten_rows(line: &mut Line) -> Result<bool, StoreError> {
    for table in ["VACUUM data_keys", "VACUUM images", "VACUUM image_chunks"] {
        run(line, table).await?;
    }
    // What `VACUUM` leaves is what it tells: rows that are dead and could not be removed yet.
    let left = "SELECT CAST(COALESCE(SUM(n_dead_tup), 0) AS BIGINT) AS dead FROM pg_stat_user_tables
                WHERE schemaname = current_schema()
                AND relname IN ('data_keys', 'images', 'image_chunks')";
    let (connection, watch) = line.parts()?;
    let row = watch.over(sqlx::query(left).fetch_optional(connection)).await?;
    Ok(row.map(|row| row.try_get::<i64, _>("dead")).transpose()?.unwrap_or(0) == 0)
}

/// Asks the server for its own checks of its files: checksums of pages, and `amcheck` where that is installed and may be
/// used.
pub(super) async fn check_integrity(readers: &Readers) -> Result<Integrity, StoreError> {
    let mut reader = readers.take().await?;
    let (connection, watch) = reader.line.parts()?;
    let found = watch.over(check_with_server(connection)).await;
    reader.give_back();
    found
}

async fn check_with_server(connection: &mut PgConnection) -> Result<Integrity, sqlx::Error> {
    let mut found = Integrity::default();
    let version: String = sqlx::query_scalar("SELECT version()::text").fetch_one(&mut *connection).await?;
    found.notes.push(version);
    match sqlx::query_scalar::<_, String>("SELECT current_setting('data_checksums')")
        .fetch_one(&mut *connection)
        .await
    {
        Ok(setting) if setting == "on" => {}
        Ok(_) => found.notes.push("its pages have no checksums: it would not notice a flipped bit".into()),
        Err(_) => found.notes.push("it does not say whether its pages have checksums".into()),
    }
    let failures = "SELECT COALESCE(checksum_failures, 0)::bigint FROM pg_stat_database
                    WHERE datname = current_database()";
    match sqlx::query_scalar::<_, i64>(failures).fetch_one(&mut *connection).await {
        Ok(0) | Err(_) => {}
        Ok(count) => found.complaints.push(format!("the server met {count} pages with wrong checksums")),
    }
    let installed =
        sqlx::query("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'").fetch_optional(&mut *connection);
    match installed.await {
        Ok(Some(_)) => check_with_amcheck(connection, &mut found).await?,
        Ok(None) | Err(_) => {
            found.notes.push("amcheck is not installed in it: tables and indexes were not checked".into());
        }
    }
    Ok(found)
}

/// Names what our schema has of a kind, as `pg_class` counts them.
async fn names(connection: &mut PgConnection, kind: &str) -> Result<Vec<String>, sqlx::Error> {
    let text = format!(
        "SELECT c.oid::regclass::text FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = '{kind}' ORDER BY 1"
    );
    sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(connection).await
}

/// Lets `amcheck` look at every table and every index of our schema.
async fn check_with_amcheck(connection: &mut PgConnection, found: &mut Integrity) -> Result<(), sqlx::Error> {
    for table in names(connection, "r").await? {
        let rows = "SELECT 'block ' || blkno || ': ' || msg FROM verify_heapam($1::text::regclass) LIMIT 100";
        match sqlx::query_scalar::<_, String>(rows).bind(&table).fetch_all(&mut *connection).await {
            Ok(messages) => {
                found.complaints.extend(messages.into_iter().map(|message| format!("{table} {message}")));
            }
            Err(error) if has_code(&error, &["42501"]) => {
                found.notes.push("amcheck is not for this role: tables and indexes were not checked".into());
                return Ok(());
            }
            Err(error) => found.complaints.push(format!("{table}: {}", said_by_server(&error))),
        }
    }
    for index in names(connection, "i").await? {
        let checked = sqlx::query("SELECT bt_index_check($1::text::regclass, true)").bind(&index);
        if let Err(error) = checked.execute(&mut *connection).await {
            found.complaints.push(format!("{index}: {}", said_by_server(&error)));
        }
    }
    Ok(())
}

fn said_by_server(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_for_an_erasure_that_matters_names_every_table_that_erasures_touch() {
        let documented = include_str!("../../../../docs/operations/postgresql.md");
        let start = "VACUUM FULL ";
        let command = documented.lines().find_map(|line| line.trim().strip_prefix(start)).unwrap();
        let named: Vec<&str> = command.trim_end_matches(';').split(", ").collect();
        let purged =
            include_str!("postgres.rs").split("\"VACUUM ").skip(1).filter_map(|rest| rest.split('"').next());
        let erased =
            purged.filter(|table| !table.is_empty() && !table.contains("FULL")).chain(["log", "item_chunks"]);
        let missing: Vec<&str> = erased.filter(|table| !named.contains(table)).collect();
        assert_eq!(missing, [""; 0], "{named:?}");
    }
}
