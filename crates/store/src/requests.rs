//! Requests of persons: erased whole, with the steps about them and what owners answered, in whichever streams these stand.

use barid_domain::codes::CodeList;
use barid_domain::dates::Timestamp;
use barid_domain::ids::RequestId;
use barid_domain::streams::StreamClass;

use crate::data_keys;
use crate::engine::{Connection, query};
use crate::error::StoreError;
use crate::heads::put_tombstone;
use crate::streams::fixed;
use crate::values::KeyScope;

/// The rows of the log that one request's key seals; they stand in streams of requests alone.
const OF_REQUEST: &str = "key_id = (SELECT key_id FROM data_keys WHERE scope = $1)
    AND stream IN (SELECT number FROM streams WHERE class = $2)";

/// Destroys the key of a request and the sealed bytes of all that it sealed; the hashes stay where they stand.
pub(crate) async fn erase(
    connection: &mut Connection,
    request: RequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let scope = KeyScope::Request(request);
    let class = i64::from(StreamClass::Requests.number());
    let rows = query(sqlx::AssertSqlSafe(format!("SELECT entry_hash FROM log WHERE {OF_REQUEST}")))
        .bind(scope.to_bytes())
        .bind(class)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        put_tombstone(connection, &fixed(&row, "entry_hash")?, now).await?;
    }
    query(sqlx::AssertSqlSafe(format!("UPDATE log SET sealed = NULL WHERE {OF_REQUEST}")))
        .bind(scope.to_bytes())
        .bind(class)
        .execute(&mut *connection)
        .await?;
    data_keys::destroy(connection, scope, now).await
}
