//! The database engines. All that one engine alone knows stands in its module: how to open it, how a writing
//! transaction begins, how it is copied and emptied of old pages. The statements elsewhere are portable, and run on
//! either through [`query`].

mod postgres;
mod presence;
mod query;
mod sqlite;

use std::path::{Path, PathBuf};

use barid_domain::dates::Timestamp;
use sqlx::Connection as _;

pub(crate) use presence::Presence;
pub(crate) use query::{Executor, Row, Value, query};
#[cfg(feature = "mutant-unsynced-database")]
pub use sqlite::leave_database_unsynced;

use crate::error::StoreError;

/// Says where a database is.
#[derive(Clone)]
pub(crate) struct Location {
    /// Its file; of a database on a server the file it would have, by which tests name it.
    file: PathBuf,
    server: Option<postgres::Address>,
}

impl Location {
    /// A file of this machine.
    pub(crate) fn of_file(file: PathBuf) -> Self {
        Self { file, server: None }
    }

    /// A database of a server, as a `postgres://` address says it.
    pub(crate) fn of_server(file: PathBuf, address: &str) -> Result<Self, StoreError> {
        Ok(Self { file, server: Some(postgres::Address::parse(address)?) })
    }

    /// Tells whether the database is a server's, whose tools copy it, and which may go and come back.
    pub(crate) fn is_on_server(&self) -> bool {
        self.server.is_some()
    }

    /// The database's file; `None` where a server keeps it.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.server.is_none().then_some(self.file.as_path())
    }
}

/// Is a connection of its own.
pub(crate) enum Connection {
    Sqlite(sqlx::SqliteConnection),
    Postgres(Box<postgres::Line>),
}

impl Connection {
    /// Closes the connection.
    pub(crate) async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

/// Is a pool of reading connections.
pub(crate) enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(postgres::Readers, Presence),
}

impl Pool {
    /// Closes its connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(readers, _) => readers.close().await,
        }
    }
}

/// Opens the one writing connection and brings the tables up to date.
pub(crate) async fn open_writing(location: &Location) -> Result<Connection, StoreError> {
    match &location.server {
        None => sqlite::open_writing(&location.file).await.map(Connection::Sqlite),
        Some(address) => {
            postgres::open_writing(address).await.map(|connection| Connection::Postgres(Box::new(connection)))
        }
    }
}

/// Opens the writing connection anew after a failure, once what the one before had begun is over, whichever way.
pub(crate) async fn reopen_writing(location: &Location) -> Result<Connection, StoreError> {
    match &location.server {
        None => open_writing(location).await,
        Some(address) => postgres::reopen_writing(address)
            .await
            .map(|connection| Connection::Postgres(Box::new(connection))),
    }
}

/// Opens the reading pool.
pub(crate) async fn open_reading(location: &Location, presence: Presence) -> Result<Pool, StoreError> {
    match &location.server {
        None => sqlite::open_reading(&location.file).await.map(Pool::Sqlite),
        Some(address) => Ok(Pool::Postgres(postgres::open_reading(address).await?, presence)),
    }
}

/// Opens a connection of its own to a database on a server, for its pulse; `None` where the database is a file.
pub(crate) async fn open_for_pulse(location: &Location) -> Result<Option<Connection>, StoreError> {
    match &location.server {
        None => Ok(None),
        Some(address) => {
            let line = postgres::open_for_pulse(address).await?;
            Ok(Some(Connection::Postgres(Box::new(line))))
        }
    }
}

/// Opens a database for reading without bringing its tables up to date or changing a setting kept in it.
pub(crate) async fn open_reading_untouched(location: &Location) -> Result<Pool, StoreError> {
    match &location.server {
        None => sqlite::open_reading_untouched(&location.file).await.map(Pool::Sqlite),
        Some(address) => Ok(Pool::Postgres(postgres::open_reading(address).await?, Presence::there())),
    }
}

/// Begins a writing transaction, taking the one lock of writers at once. Gives the server's time at its beginning; of a
/// file there is none.
pub(crate) async fn begin_writing(
    connection: &mut Connection,
    location: &Location,
) -> Result<Option<Timestamp>, StoreError> {
    match connection {
        Connection::Sqlite(connection) => {
            sqlite::begin_writing(connection, &location.file).await.map(|()| None)
        }
        Connection::Postgres(line) => postgres::begin_writing(line).await,
    }
}

/// The server's time in microseconds: when the transaction began, which a statement by itself is.
pub(crate) const SERVER_NOW: &str = "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)";

/// Commits the writing transaction. An error leaves open whether it happened, unless it [can be tried again].
///
/// [can be tried again]: StoreError::is_transient
pub(crate) async fn commit(connection: &mut Connection, location: &Location) -> Result<(), StoreError> {
    #[cfg(feature = "planted-faults")]
    {
        use crate::faults::{PlantedFault, take};
        let failed = || Err(sqlx::Error::Io(std::io::Error::other("planted")).into());
        match take(&location.file, PlantedFault::is_of_commits) {
            Some(PlantedFault::CommitFails) => return failed(),
            Some(PlantedFault::CommitAnswerLost) => {
                query("COMMIT").execute(&mut *connection).await?;
                return failed();
            }
            Some(PlantedFault::FailedCommitGoesUnnoticed) => {
                query("ROLLBACK").execute(&mut *connection).await?;
                return Ok(());
            }
            Some(PlantedFault::RoomFor { .. } | PlantedFault::RoomAgain) | None => {}
        }
    }
    let _ = location;
    query("COMMIT").execute(connection).await?;
    Ok(())
}

/// Tells whether an error says that there is no room: a full disk, or a database at the size it may have.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    sqlite::is_full(error) || postgres::is_full(error)
}

/// Tells whether an error says that the transaction stood in the way of another and is gone: it can be tried again.
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    postgres::is_transient(error)
}

/// Tells whether an error says that the database can't be asked now, and may be later.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    postgres::is_away(error)
}

/// Makes durable what a process before wrote and may have left unsynced; no reader is there yet. A server does so itself.
pub(crate) async fn settle(connection: &mut Connection) -> Result<(), StoreError> {
    if let Connection::Sqlite(connection) = connection {
        sqlite::purge_overwritten_pages(connection).await?;
    }
    Ok(())
}

/// Removes what an erasure overwrote and the engine still keeps; `false` while a reader holds it.
pub(crate) async fn purge_overwritten(connection: &mut Connection) -> Result<bool, StoreError> {
    match connection {
        Connection::Sqlite(connection) => sqlite::purge_overwritten_pages(connection).await,
        Connection::Postgres(line) => postgres::purge_overwritten_rows(line).await,
    }
}

/// Writes a consistent copy of a whole database file to a new file while writing goes on.
pub(crate) async fn copy_into(location: &Location, target: &Path) -> Result<(), StoreError> {
    match location.file() {
        Some(file) => sqlite::copy_into(file, target).await,
        None => Err(StoreError::BackupElsewhere),
    }
}

/// Tells whether a table is there; one that a later version added is missing until the directory is opened with it.
pub(crate) async fn has_table(pool: &Pool, name: &str) -> Result<bool, StoreError> {
    let text = match pool {
        Pool::Sqlite(_) => sqlite::HAS_TABLE,
        Pool::Postgres(..) => postgres::HAS_TABLE,
    };
    Ok(query(text).bind(name).fetch_optional(pool).await?.is_some())
}

/// Tells whether a table has a column; one that a later version added is missing until the directory is opened with it.
pub(crate) async fn has_column(pool: &Pool, table: &str, column: &str) -> Result<bool, StoreError> {
    let text = match pool {
        Pool::Sqlite(_) => sqlite::HAS_COLUMN,
        Pool::Postgres(..) => postgres::HAS_COLUMN,
    };
    Ok(query(text).bind(table).bind(column).fetch_optional(pool).await?.is_some())
}

/// Opens the database that a move is to fill. One that holds tables of something else is refused, and left as it is.
pub(crate) async fn open_for_filling(location: &Location, ours: &[&str]) -> Result<Connection, StoreError> {
    if let Some(address) = &location.server {
        postgres::refuse_tables_of_others(address, ours).await?;
    }
    open_writing(location).await
}

/// Empties tables that a move began to fill.
pub(crate) async fn empty(connection: &mut Connection, tables: &[&str]) -> Result<(), StoreError> {
    match connection {
        // Files that were begun are removed whole.
        Connection::Sqlite(_) => Err(StoreError::DatabaseNotEmpty),
        Connection::Postgres(line) => postgres::empty(line, tables).await,
    }
}

/// Lets the engine learn what stands in tables that were filled at once.
pub(crate) async fn filled(connection: &mut Connection) -> Result<(), StoreError> {
    match connection {
        Connection::Sqlite(connection) => sqlite::purge_overwritten_pages(connection).await.map(drop),
        Connection::Postgres(line) => postgres::learn(line).await,
    }
}

/// Is what an engine's own check of its files came to.
#[derive(Debug, Default)]
pub(crate) struct Integrity {
    /// What is wrong.
    pub(crate) complaints: Vec<String>,
    /// What was not or can't be checked.
    pub(crate) notes: Vec<String>,
}

/// Runs the engine's own check of its files, as far as it has one.
pub(crate) async fn check_integrity(pool: &Pool) -> Result<Integrity, StoreError> {
    match pool {
        Pool::Sqlite(pool) => {
            Ok(Integrity { complaints: sqlite::check_integrity(pool).await?, notes: Vec::new() })
        }
        Pool::Postgres(readers, _) => postgres::check_integrity(readers).await,
    }
}
