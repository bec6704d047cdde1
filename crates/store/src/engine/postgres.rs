//! PostgreSQL: one writing connection at a time among all processes by the lock of the node's row, a pool of reading
//! ones.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Executor as _, Row as _};

use crate::error::StoreError;

const READING_CONNECTIONS: u32 = 4;
/// How long a question waits for a server that is away, or for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The statement that finds a table.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_name = $1";

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

/// Begins a writing transaction and waits for the lock of the node's row, which every writer takes. Each statement
/// behind it sees what the writer before committed.
pub(super) async fn begin_writing(connection: &mut PgConnection) -> Result<(), StoreError> {
    connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    sqlx::query("SELECT id FROM node WHERE id = 1 FOR UPDATE").fetch_optional(connection).await?;
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

/// Frees the rows of destroyed keys and pictures for others. What the server keeps in its log and its copies is beyond this.
pub(super) async fn purge_overwritten_rows(connection: &mut PgConnection) -> Result<bool, StoreError> {
    for table in ["VACUUM data_keys", "VACUUM images", "VACUUM image_chunks"] {
        sqlx::query(table).execute(&mut *connection).await?;
    }
    Ok(true)
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
