//! What countersigning keeps, sealed: rows with a name, each replaced only while it is the one that was read.
//!
//! That comparison, in the transaction of the write, is what lets no two servers and no two requests go past each other:
//! of two that read the same row, one is stored and the other is [`StoreError::Overtaken`].

use crate::engine::{Connection, Pool, Row, query};
use crate::error::StoreError;
use crate::sealing::KeyRing;
use crate::store::Store;

const TAG_DOMAIN: &str = "barid/countersigning/v1";
/// The longest name, in bytes: an origin.
const NAME_BYTES_CAP: usize = 255;
/// The longest content, in bytes: evidence of two notes of the largest size has room.
const CONTENT_BYTES_CAP: usize = 1024 * 1024;
/// The most rows that are read at once.
const ROWS_CAP: u32 = 10_000;

/// Is what a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountersigningKind {
    /// An epoch of this node: the leaf of its ledger.
    Epoch,
    /// What an epoch stands for: the streams with their sizes.
    EpochContent,
    /// A ledger of another node that this one countersigns.
    Ledger,
    /// A node that countersigns this one's epochs.
    Countersigner,
    /// Evidence that a ledger showed two histories.
    Fork,
}

impl CountersigningKind {
    fn number(self) -> i64 {
        match self {
            Self::Epoch => 1,
            Self::EpochContent => 2,
            Self::Ledger => 3,
            Self::Countersigner => 4,
            Self::Fork => 5,
        }
    }
}

/// Is a row to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountersigningRow {
    /// What it is about.
    pub kind: CountersigningKind,
    /// Its name among those of its kind: 1 to 255 bytes.
    pub name: String,
    /// What it says.
    pub content: Vec<u8>,
    /// The content it replaces; `None` where there is none yet.
    pub replaces: Option<Vec<u8>>,
}

pub(crate) fn is_sound(row: &CountersigningRow) -> bool {
    (1..=NAME_BYTES_CAP).contains(&row.name.len())
        && !row.name.chars().any(char::is_control)
        && row.content.len() <= CONTENT_BYTES_CAP
}

fn place(kind: CountersigningKind, name: &str) -> Vec<u8> {
    [TAG_DOMAIN.as_bytes(), &[0], &kind.number().to_be_bytes(), name.as_bytes()].concat()
}

fn tag(ring: &KeyRing, kind: CountersigningKind, name: &str, content: &[u8]) -> Vec<u8> {
    let place = place(kind, name);
    let length = (place.len() as u64).to_be_bytes();
    ring.keyed_hash(TAG_DOMAIN, &[&length, place.as_slice(), content].concat()).to_vec()
}

/// Keeps a row where what it replaces still stands.
pub(crate) async fn keep(
    connection: &mut Connection,
    ring: &KeyRing,
    row: &CountersigningRow,
) -> Result<(), StoreError> {
    let sealed = ring.secrets.seal(&place(row.kind, &row.name), &row.content)?;
    let (kind, new_tag) = (row.kind.number(), tag(ring, row.kind, &row.name, &row.content));
    let changed =
        match &row.replaces {
            None => {
                query(
                    "INSERT INTO countersigning (kind, name, tag, content) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (kind, name) DO NOTHING",
                )
                .bind(kind)
                .bind(row.name.clone())
                .bind(new_tag)
                .bind(sealed)
                .execute(connection)
                .await?
            }
            Some(old) => query(
                "UPDATE countersigning SET tag = $3, content = $4 WHERE kind = $1 AND name = $2 AND tag = $5",
            )
            .bind(kind)
            .bind(row.name.clone())
            .bind(new_tag)
            .bind(sealed)
            .bind(tag(ring, row.kind, &row.name, old))
            .execute(connection)
            .await?,
        };
    if changed == 1 { Ok(()) } else { Err(StoreError::Overtaken) }
}

/// Drops the rows of a kind whose names come before one.
pub(crate) async fn drop_before(
    connection: &mut Connection,
    kind: CountersigningKind,
    name: &str,
) -> Result<(), StoreError> {
    query("DELETE FROM countersigning WHERE kind = $1 AND name < $2")
        .bind(kind.number())
        .bind(name)
        .execute(connection)
        .await?;
    Ok(())
}

fn open(ring: &KeyRing, kind: CountersigningKind, row: &Row) -> Result<(String, Vec<u8>), StoreError> {
    let name: String = row.try_get("name")?;
    let sealed: Vec<u8> = row.try_get("content")?;
    let content = ring.secrets.open(&place(kind, &name), &sealed);
    Ok((name, content.ok_or(StoreError::Damaged("what countersigning keeps"))?.to_vec()))
}

async fn rows_after(
    pool: &Pool,
    ring: &KeyRing,
    kind: CountersigningKind,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let rows = query(
        "SELECT name, content FROM countersigning WHERE kind = $1 AND name > $2 ORDER BY name LIMIT $3",
    )
    .bind(kind.number())
    .bind(after)
    .bind(i64::from(limit.min(ROWS_CAP)))
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| open(ring, kind, row)).collect()
}

impl Store {
    /// Lists rows of a kind, in the order of their names, behind one of them.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn countersigning_rows(
        &self,
        kind: CountersigningKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        rows_after(&self.inner.pool, &self.inner.ring, kind, after, limit).await
    }

    /// Reads the last row of a kind, in the order of their names, before a name.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn countersigning_newest(
        &self,
        kind: CountersigningKind,
        before: &str,
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let row = query(
            "SELECT name, content FROM countersigning WHERE kind = $1 AND name < $2 ORDER BY name DESC LIMIT 1",
        )
        .bind(kind.number())
        .bind(before)
        .fetch_optional(&self.inner.pool)
        .await?;
        row.map(|row| open(&self.inner.ring, kind, &row)).transpose()
    }

    /// Reads the content of one row.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn countersigning_row(
        &self,
        kind: CountersigningKind,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = query("SELECT name, content FROM countersigning WHERE kind = $1 AND name = $2")
            .bind(kind.number())
            .bind(name)
            .fetch_optional(&self.inner.pool)
            .await?;
        Ok(row.map(|row| open(&self.inner.ring, kind, &row)).transpose()?.map(|(_, content)| content))
    }
}
