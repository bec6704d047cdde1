//! Data keys: random, wrapped under a key derived from the master key; destroying one erases what it sealed.

use barid_domain::dates::Timestamp;
use barid_domain::ids::DataKeyId;

use crate::engine::{Connection, query};
use crate::error::StoreError;
use crate::sealing::{KeyRing, SealingKey, random};
use crate::streams::fixed;
use crate::values::KeyScope;

/// A data key ready to use.
#[derive(Clone)]
pub(crate) struct DataKey {
    pub(crate) id: DataKeyId,
    pub(crate) key: SealingKey,
}

fn wrapping_place(id: &DataKeyId, scope: &[u8]) -> Vec<u8> {
    [b"barid/data-key/v1\0".as_slice(), &id.0, scope].concat()
}

/// Opens a wrapped key as its row has it.
pub(crate) fn unwrap(
    ring: &KeyRing,
    id: &DataKeyId,
    scope: &[u8],
    wrapped: &[u8],
) -> Result<SealingKey, StoreError> {
    SealingKey::unwrap_under(&ring.wrapping, &wrapping_place(id, scope), wrapped)
        .ok_or(StoreError::Damaged("a wrapped data key"))
}

/// Seals a key as its row has it.
pub(crate) fn wrap(
    ring: &KeyRing,
    id: &DataKeyId,
    scope: &[u8],
    key: &SealingKey,
) -> Result<Vec<u8>, StoreError> {
    key.wrap(&ring.wrapping, &wrapping_place(id, scope))
}

/// Finds the key of a scope, or makes it; `None` where it was destroyed.
pub(crate) async fn find_or_create(
    connection: &mut Connection,
    ring: &KeyRing,
    scope: KeyScope,
    now: Timestamp,
) -> Result<Option<DataKey>, StoreError> {
    let scope = scope.to_bytes();
    let row = query("SELECT key_id, wrapped FROM data_keys WHERE scope = $1")
        .bind(scope.as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = row {
        let id = DataKeyId(fixed(&row, "key_id")?);
        let wrapped: Option<Vec<u8>> = row.try_get("wrapped")?;
        return wrapped
            .map(|wrapped| Ok(DataKey { id, key: unwrap(ring, &id, &scope, &wrapped)? }))
            .transpose();
    }
    create(connection, ring, scope, now).await
}

/// Makes the key of a scope; `None` where it has or had one.
pub(crate) async fn create(
    connection: &mut Connection,
    ring: &KeyRing,
    scope: Vec<u8>,
    now: Timestamp,
) -> Result<Option<DataKey>, StoreError> {
    let id = DataKeyId(random()?);
    let key = SealingKey::generate()?;
    let wrapped = wrap(ring, &id, &scope, &key)?;
    let done = query(
        "INSERT INTO data_keys (key_id, scope, wrapped, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope) DO NOTHING",
    )
    .bind(id.0.as_slice())
    .bind(scope)
    .bind(wrapped)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok((done == 1).then_some(DataKey { id, key }))
}

/// Destroys the key of a scope, if it has one.
pub(crate) async fn destroy(
    connection: &mut Connection,
    scope: KeyScope,
    now: Timestamp,
) -> Result<(), StoreError> {
    query("UPDATE data_keys SET wrapped = NULL, destroyed_at = $1 WHERE scope = $2 AND wrapped IS NOT NULL")
        .bind(now.0)
        .bind(scope.to_bytes())
        .execute(connection)
        .await?;
    Ok(())
}
