//! PostgreSQL: one writing connection at a time among all processes by the lock of the node's row, a pool of reading
//! ones.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::Integrity;
use crate::error::StoreError;

const READING_CONNECTIONS: u32 = 4;
/// How long a question waits for a server that is away, or for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The statement that finds a table.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_name = $1";

/// The statement that finds a column of a table.
pub(super) const HAS_COLUMN: &str = "SELECT 1 AS found FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2";

/// Says where the server is, and how to be let in. It is never shown: it may hold a password.
#[derive(Clone)]
pub(crate) struct Address(PgConnectOptions);

impl Address {
    /// Reads a `postgres://` address of a socket, or of a port of this machine: what goes between is not encrypted.
    pub(super) fn parse(text: &str) -> Result<Self, StoreError> {
        let refused = |_| StoreError::DatabaseAddress("it is no postgres:// address");
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(StoreError::DatabaseAddress("it is no postgres:// address"));
        }
        // The driver logs what it does not know, and an unescaped `&` may have cut a password in two.
        let parameters = text.split_once('?').map_or("", |(_, parameters)| parameters);
        let keys = parameters.split('&').filter(|one| !one.is_empty()).map(|one| one.split('=').next());
        if keys.flatten().any(|key| !PARAMETERS.contains(&key)) {
            return Err(StoreError::DatabaseAddress("it has a parameter that is not known"));
        }
        let options = PgConnectOptions::from_str(text).map_err(refused)?;
        let host = options.get_host().trim_matches(['[', ']']);
        let is_here = options.get_socket().is_some()
            || host.starts_with('/')
            || host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if !is_here {
            return Err(StoreError::DatabaseAddress(
                "the server is reached neither by a socket nor on this machine",
            ));
        }
        Ok(Self(options.ssl_mode(PgSslMode::Disable).application_name("barid").disable_statement_logging()))
    }
}

/// The parameters that an address may have.
const PARAMETERS: [&str; 6] = ["host", "port", "dbname", "user", "password", "sslmode"];

/// Opens the writing connection and brings the tables up to date.
pub(super) async fn open_writing(address: &Address) -> Result<PgConnection, StoreError> {
    let mut connection = address.0.connect().await?;
    refuse_undurable(&mut connection).await?;
    let mut migrator = sqlx::migrate!("migrations/postgres");
    // The lock of sqlx is an advisory one, which not every server of this protocol has. Two first starts at once: the
    // second is refused by the tables of the first, and finds them there when it is started again.
    migrator.set_locking(false);
    let run = migrator.run_direct(None, &mut connection, false).await;
    run.map_err(|error| StoreError::from(sqlx::Error::from(error)))?;
    Ok(connection)
}

/// A server that answers before it has synced would lose what was acknowledged.
async fn refuse_undurable(connection: &mut PgConnection) -> Result<(), StoreError> {
    for setting in ["SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes"] {
        let value: String = sqlx::query(setting).fetch_one(&mut *connection).await?.try_get(0)?;
        if value == "off" {
            return Err(StoreError::DatabaseNotDurable);
        }
    }
    Ok(())
}

/// Opens the writing connection anew. What the one before had begun may be at work on the server still: its lock is
/// waited for, so that it is over, and "did it land?" has its answer.
pub(super) async fn reopen_writing(address: &Address) -> Result<PgConnection, StoreError> {
    let mut connection = address.0.connect().await?;
    // It may have been started anew, and otherwise.
    refuse_undurable(&mut connection).await?;
    begin_writing(&mut connection).await?;
    sqlx::query("ROLLBACK").execute(&mut connection).await?;
    Ok(connection)
}

/// Opens a pool that can't write.
pub(super) async fn open_reading(address: &Address) -> Result<PgPool, StoreError> {
    let options = address.0.clone().options([("default_transaction_read_only", "on")]);
    Ok(PgPoolOptions::new()
        .max_connections(READING_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await?)
}

/// Opens a connection that asks whether the server is there.
pub(super) async fn open_for_pulse(address: &Address) -> Result<PgConnection, StoreError> {
    let options = address.0.clone().options([("default_transaction_read_only", "on")]);
    Ok(options.connect().await?)
}

/// Begins a writing transaction and waits for the lock of the node's row, which every writer takes. Each statement
/// behind it sees what the writer before committed.
pub(super) async fn begin_writing(connection: &mut PgConnection) -> Result<(), StoreError> {
    connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let row = sqlx::query("SELECT moving FROM node WHERE id = 1 FOR UPDATE").fetch_optional(&mut *connection);
    // Whoever moved the database away took the lock too: nobody writes on what was moved.
    if let Some(row) = row.await?
        && row.try_get::<i64, _>("moving")? != 0
    {
        connection.execute("ROLLBACK").await?;
        return Err(StoreError::DatabaseMoved);
    }
    Ok(())
}

/// Refuses a database in which something else has tables: they are another program's.
pub(super) async fn refuse_tables_of_others(address: &Address, ours: &[&str]) -> Result<(), StoreError> {
    let mut connection = address.0.connect().await?;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()",
    )
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    let is_ours = |name: &String| name == "_sqlx_migrations" || ours.contains(&name.as_str());
    if names.iter().all(is_ours) { Ok(()) } else { Err(StoreError::DatabaseNotEmpty) }
}

/// Empties tables and gives their files back.
pub(super) async fn empty(connection: &mut PgConnection, tables: &[&str]) -> Result<(), StoreError> {
    let text = format!("TRUNCATE {}", tables.join(", "));
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(connection).await?;
    Ok(())
}

/// Counts what stands in tables that were filled at once, so that the next question is planned for it.
pub(super) async fn learn(connection: &mut PgConnection) -> Result<(), StoreError> {
    connection.execute("ANALYZE").await?;
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

/// Frees the rows of destroyed keys for others; `false` while an older transaction may still see one. What the server
/// keeps in its log and its copies is beyond this.
pub(super) async fn purge_overwritten_rows(connection: &mut PgConnection) -> Result<bool, StoreError> {
    sqlx::query("VACUUM data_keys").execute(&mut *connection).await?;
    // What `VACUUM` leaves is what it tells: rows that are dead and could not be removed yet.
    let left = "SELECT CAST(n_dead_tup AS BIGINT) AS dead FROM pg_stat_user_tables
                WHERE schemaname = current_schema() AND relname = 'data_keys'";
    let row = sqlx::query(left).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get::<i64, _>("dead")).transpose()?.unwrap_or(0) == 0)
}

/// Asks the server for its own checks of its files: checksums of pages, and `amcheck` where that is installed and may be
/// used.
pub(super) async fn check_integrity(pool: &PgPool) -> Result<Integrity, StoreError> {
    let mut found = Integrity::default();
    let version: String = sqlx::query_scalar("SELECT version()::text").fetch_one(pool).await?;
    found.notes.push(version);
    match sqlx::query_scalar::<_, String>("SELECT current_setting('data_checksums')").fetch_one(pool).await {
        Ok(setting) if setting == "on" => {}
        Ok(_) => found.notes.push("its pages have no checksums: it would not notice a flipped bit".into()),
        Err(_) => found.notes.push("it does not say whether its pages have checksums".into()),
    }
    let failures = "SELECT COALESCE(checksum_failures, 0)::bigint FROM pg_stat_database
                    WHERE datname = current_database()";
    match sqlx::query_scalar::<_, i64>(failures).fetch_one(pool).await {
        Ok(0) | Err(_) => {}
        Ok(count) => found.complaints.push(format!("the server met {count} pages with wrong checksums")),
    }
    let installed = sqlx::query("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'").fetch_optional(pool);
    match installed.await {
        Ok(Some(_)) => check_with_amcheck(pool, &mut found).await?,
        Ok(None) | Err(_) => {
            found.notes.push("amcheck is not installed in it: tables and indexes were not checked".into());
        }
    }
    Ok(found)
}

/// Lets `amcheck` look at every table and every index of our schema.
async fn check_with_amcheck(pool: &PgPool, found: &mut Integrity) -> Result<(), StoreError> {
    let named = |kind: &str| {
        format!(
            "SELECT c.oid::regclass::text FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = '{kind}' ORDER BY 1"
        )
    };
    let names = async |kind: &str| {
        sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(named(kind))).fetch_all(pool).await
    };
    for table in names("r").await? {
        let rows = "SELECT 'block ' || blkno || ': ' || msg FROM verify_heapam($1::text::regclass) LIMIT 100";
        match sqlx::query_scalar::<_, String>(rows).bind(&table).fetch_all(pool).await {
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
    for index in names("i").await? {
        let checked = sqlx::query("SELECT bt_index_check($1::text::regclass, true)").bind(&index);
        if let Err(error) = checked.execute(pool).await {
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
    use super::*;

    #[test]
    fn addresses_of_other_machines_are_refused() {
        for here in [
            "postgres:///barid?host=/run/postgresql",
            "postgres://barid@%2Frun%2Fpostgresql/barid",
            "postgresql://barid:secret@localhost:5432/barid",
            "postgres://barid@127.0.0.1/barid",
            "postgres://barid@[::1]/barid",
        ] {
            assert!(Address::parse(here).is_ok(), "{here}");
        }
        for elsewhere in [
            "postgres://barid:secret@db.example/barid",
            "postgres://10.0.0.1/barid",
            "mysql://localhost/x",
            "",
            "postgres:///barid?host=/run/postgresql&password=se&secret=cret",
            "postgres://barid@localhost/barid?passwd=secret",
        ] {
            let refused = Address::parse(elsewhere).err();
            let refused = refused.map(|error| (error.code(), format!("{error} {error:?}")));
            assert!(
                refused.is_some_and(|(code, text)| code == "database-address" && !text.contains("secret")),
                "{elsewhere}"
            );
        }
    }
}
