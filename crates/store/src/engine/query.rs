//! Statements with their values, run on whichever engine is there, and rows read back from it. Values are of the few
//! types that both engines keep alike: bytes, whole numbers, text, each of them NULL where allowed.

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite};

use super::postgres::{Line, Readers};
use super::{Connection, Pool, Presence};
use crate::error::StoreError;

/// Is a value of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Bytes(Option<Vec<u8>>),
    Integer(Option<i64>),
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

fn add<'t, A: Arguments>(arguments: &mut A, value: Value) -> Result<(), sqlx::Error>
where
    Option<Vec<u8>>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<i64>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    String: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
{
    let added = match value {
        Value::Bytes(bytes) => arguments.add(bytes),
        Value::Integer(number) => arguments.add(number),
        Value::Text(text) => arguments.add(text),
    };
    added.map_err(sqlx::Error::Encode)
}

/// Is what runs a statement: a connection, or a pool of them.
pub(crate) enum Executor<'e> {
    SqliteConnection(&'e mut sqlx::SqliteConnection),
    SqlitePool(&'e sqlx::SqlitePool),
    PostgresConnection(&'e mut Line),
    PostgresPool(&'e Readers, &'e Presence),
}

impl<'e> From<&'e mut Connection> for Executor<'e> {
    fn from(connection: &'e mut Connection) -> Self {
        match connection {
            Connection::Sqlite(connection) => Self::SqliteConnection(connection),
            Connection::Postgres(line) => Self::PostgresConnection(line),
        }
    }
}

impl<'e> From<&'e Pool> for Executor<'e> {
    fn from(pool: &'e Pool) -> Self {
        match pool {
            Pool::Sqlite(pool) => Self::SqlitePool(pool),
            Pool::Postgres(readers, presence) => Self::PostgresPool(readers, presence),
        }
    }
}

/// Begins a statement: portable SQL with `$1`, `$2` ... for its values.
pub(crate) fn query(text: impl SqlSafeStr) -> Query {
    Query { text: text.into_sql_str(), values: Vec::new() }
}

/// Is a statement with its values.
#[derive(Clone)]
#[must_use = "a statement does nothing before it is run"]
pub(crate) struct Query {
    text: SqlStr,
    values: Vec<Value>,
}

/// Runs a statement on any engine by the named method of sqlx; `$row` makes our value of the engine's.
macro_rules! run {
    ($query:expr, $executor:expr, $method:ident, $value:ident, $sqlite:expr, $postgres:expr) => {
        match $executor {
            Executor::SqliteConnection(connection) => {
                let $value = $query.sqlite()?.$method(connection).await?;
                Ok($sqlite)
            }
            Executor::SqlitePool(pool) => {
                let $value = $query.sqlite()?.$method(pool).await?;
                Ok($sqlite)
            }
            Executor::PostgresConnection(line) => {
                let (connection, watch) = line.parts()?;
                let $value = watch.over($query.postgres()?.$method(connection)).await?;
                Ok($postgres)
            }
            Executor::PostgresPool(readers, presence) => {
                let asked = async {
                    loop {
                        let mut reader = readers.take().await?;
                        // One whose server has a successor since it was taken is left.
                        let Ok((connection, watch)) = reader.line.parts() else { continue };
                        let answered = watch.over($query.clone().postgres()?.$method(connection)).await;
                        // A question changes nothing: it is asked again where the connection had been lost before it was
                        // used.
                        if !reader.give_back() {
                            break answered;
                        }
                    }
                };
                let $value = presence.unless_away(asked).await?;
                Ok($postgres)
            }
        }
    };
}

impl Query {
    /// Gives the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    fn sqlite(self) -> Result<sqlx::query::Query<'static, Sqlite, SqliteArguments>, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        self.values.into_iter().try_for_each(|value| add(&mut arguments, value))?;
        Ok(sqlx::query_with(self.text, arguments))
    }

    fn postgres(self) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>, sqlx::Error> {
        let mut arguments = PgArguments::default();
        self.values.into_iter().try_for_each(|value| add(&mut arguments, value))?;
        Ok(sqlx::query_with(self.text, arguments))
    }

    /// Runs the statement; gives how many rows it changed.
    pub(crate) async fn execute<'e>(
        self,
        executor: impl Into<Executor<'e>> + Send,
    ) -> Result<u64, StoreError> {
        let executor = executor.into();
        run!(self, executor, execute, done, done.rows_affected(), done.rows_affected())
    }

    /// Runs the statement; gives its one row.
    pub(crate) async fn fetch_one<'e>(
        self,
        executor: impl Into<Executor<'e>> + Send,
    ) -> Result<Row, StoreError> {
        let executor = executor.into();
        run!(self, executor, fetch_one, row, Row::Sqlite(row), Row::Postgres(row))
    }

    /// Runs the statement; gives its first row, where it has one.
    pub(crate) async fn fetch_optional<'e>(
        self,
        executor: impl Into<Executor<'e>> + Send,
    ) -> Result<Option<Row>, StoreError> {
        let executor = executor.into();
        run!(self, executor, fetch_optional, row, row.map(Row::Sqlite), row.map(Row::Postgres))
    }

    /// Runs the statement; gives all its rows.
    pub(crate) async fn fetch_all<'e>(
        self,
        executor: impl Into<Executor<'e>> + Send,
    ) -> Result<Vec<Row>, StoreError> {
        let executor = executor.into();
        run!(
            self,
            executor,
            fetch_all,
            rows,
            rows.into_iter().map(Row::Sqlite).collect(),
            rows.into_iter().map(Row::Postgres).collect()
        )
    }
}

impl Query {
    /// Runs the statement; gives its rows one after another, however many there are. A server that hangs meanwhile is
    /// waited for.
    pub(crate) fn fetch(self, connection: &mut Connection) -> Result<Rows<'_>, StoreError> {
        Ok(match connection {
            Connection::Sqlite(connection) => Rows::Sqlite(self.sqlite()?.fetch(connection)),
            Connection::Postgres(line) => Rows::Postgres(self.postgres()?.fetch(line.parts()?.0)),
        })
    }
}

/// Are the rows of an answer, read as they are asked for.
pub(crate) enum Rows<'c> {
    Sqlite(BoxStream<'c, Result<SqliteRow, sqlx::Error>>),
    Postgres(BoxStream<'c, Result<PgRow, sqlx::Error>>),
}

impl Rows<'_> {
    /// Gives the next row.
    pub(crate) async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.try_next().await?.map(Row::Sqlite),
            Self::Postgres(rows) => rows.try_next().await?.map(Row::Postgres),
        })
    }
}

/// Is a row of an answer.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// Reads a column: bytes, a whole number, text, or an `Option` of one.
    pub(crate) fn try_get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
        T: for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}
