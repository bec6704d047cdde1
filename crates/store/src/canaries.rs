//! Canaries: which records of an organisation no honest work would open, sealed; no id stands in clear beside the mark.

use barid_domain::dates::Timestamp;
use barid_domain::ids::{OrganisationCode, RecordId};

use crate::engine::{Connection, Row, query};
use crate::error::StoreError;
use crate::journal::BegunAct;
use crate::sealing::KeyRing;
use crate::store::Store;
use crate::streams::fixed;

const NAME_DOMAIN: &str = "barid/canary/v1";
/// The most rows that are read: of every organisation as many as it may mark, for more organisations than there are.
const ROWS_CAP: i64 = 100_000;

/// Is a record that is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    /// The record.
    pub record: RecordId,
    /// Whose it is.
    pub owner: OrganisationCode,
    /// Since when it is marked.
    pub at: Timestamp,
}

fn name(ring: &KeyRing, record: RecordId) -> [u8; 32] {
    ring.keyed_hash(NAME_DOMAIN, &record.0)
}

/// Where a mark stands: who writes the table can't give it to another organisation.
fn place(name: &[u8; 32], owner: &str) -> Vec<u8> {
    [NAME_DOMAIN.as_bytes(), &[0], name, owner.as_bytes()].concat()
}

/// Marks a record; one that is marked stays so.
pub(crate) async fn mark(
    connection: &mut Connection,
    ring: &KeyRing,
    canary: &Canary,
) -> Result<(), StoreError> {
    let name = name(ring, canary.record);
    let content = [canary.record.0.as_slice(), &canary.at.0.to_be_bytes()].concat();
    let sealed = ring.secrets.seal(&place(&name, canary.owner.as_str()), &content)?;
    query(
        "INSERT INTO canaries (canary, organisation, content) VALUES ($1, $2, $3)
         ON CONFLICT (canary) DO NOTHING",
    )
    .bind(name.to_vec())
    .bind(canary.owner.as_str().to_owned())
    .bind(sealed)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a mark away; where there is none, none is left.
pub(crate) async fn unmark(
    connection: &mut Connection,
    ring: &KeyRing,
    owner: OrganisationCode,
    record: RecordId,
) -> Result<(), StoreError> {
    query("DELETE FROM canaries WHERE canary = $1 AND organisation = $2")
        .bind(name(ring, record).to_vec())
        .bind(owner.as_str().to_owned())
        .execute(connection)
        .await?;
    Ok(())
}

fn open(ring: &KeyRing, row: &Row) -> Result<Canary, StoreError> {
    let damaged = || StoreError::Damaged("a canary");
    let owner: String = row.try_get("organisation")?;
    let sealed: Vec<u8> = row.try_get("content")?;
    let content = ring.secrets.open(&place(&fixed(row, "canary")?, &owner), &sealed).ok_or_else(damaged)?;
    let (record, at) = content.split_first_chunk::<16>().ok_or_else(damaged)?;
    let at = i64::from_be_bytes(at.try_into().map_err(|_| damaged())?);
    let owner = owner.parse().map_err(|_| damaged())?;
    Ok(Canary { record: RecordId(*record), owner, at: Timestamp(at) })
}

/// Leaves out what can't be read: one row that is damaged must not silence all others.
fn sound(ring: &KeyRing, rows: &[Row]) -> Vec<Canary> {
    let canaries: Vec<Canary> = rows.iter().filter_map(|row| open(ring, row).ok()).collect();
    let damaged = rows.len() - canaries.len();
    if damaged > 0 {
        tracing::error!(records = damaged, "marks of canaries can't be read: these records are not watched");
    }
    canaries
}

impl Store {
    /// Reads which records are marked, for the node's own watching; nobody is shown them but their owner's auditor. Rows that can't be
    /// read are left out, and told of in the log.
    ///
    /// # Errors
    /// Database errors.
    pub async fn canaries(&self) -> Result<Vec<Canary>, StoreError> {
        let rows = query("SELECT canary, organisation, content FROM canaries ORDER BY canary LIMIT $1")
            .bind(ROWS_CAP)
            .fetch_all(&self.inner.pool)
            .await?;
        Ok(sound(&self.inner.ring, &rows))
    }

    /// Reads which records one organisation marked, for a begun act; as [`Store::canaries`] otherwise.
    ///
    /// # Errors
    /// Database errors.
    pub async fn canaries_of(
        &self,
        _act: &BegunAct,
        owner: OrganisationCode,
    ) -> Result<Vec<Canary>, StoreError> {
        let rows = query(
            "SELECT canary, organisation, content FROM canaries WHERE organisation = $1 ORDER BY canary LIMIT $2",
        )
        .bind(owner.as_str().to_owned())
        .bind(ROWS_CAP)
        .fetch_all(&self.inner.pool)
        .await?;
        Ok(sound(&self.inner.ring, &rows))
    }
}
