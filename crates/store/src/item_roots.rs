//! The Merkle roots of a batch's chunks, kept so that one item is proved out of its own chunk and a row of roots.
//!
//! A batch's tree (RFC 9162 2.1.1) splits at powers of two, so its chunks of 256 items are subtrees of it, the last one
//! too: its root is that of the tree over the roots of the chunks.

use barid_domain::ids::EntryHash;
use barid_ledger::{Hash, MerkleTree};

use crate::engine::{self, Connection, Location, query};
use crate::error::StoreError;
use crate::items::{ITEMS_PER_CHUNK, LogPlace};
use crate::store::Store;
use crate::subtrees::root_of;

/// Computes the root of one chunk from the hashes of its items.
pub(crate) fn chunk_root(hashes: &[[u8; 32]]) -> Result<Hash, StoreError> {
    let leaves: Vec<Hash> = hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect();
    root_of(&leaves)
}

/// Keeps the roots of a batch's chunks.
pub(crate) async fn insert(
    connection: &mut Connection,
    place: LogPlace,
    roots: &[Hash],
) -> Result<(), StoreError> {
    let bytes: Vec<u8> = roots.iter().flat_map(|root| *root.as_bytes()).collect();
    query("INSERT INTO item_roots (stream, seq, roots) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(place.stream)
        .bind(place.seq)
        .bind(bytes)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the roots that batches of an earlier version lack, one transaction each.
pub(crate) async fn fill(connection: &mut Connection, location: &Location) -> Result<(), StoreError> {
    let rows = query(
        "SELECT l.stream AS stream, l.seq AS seq FROM log l
         LEFT JOIN item_roots r ON r.stream = l.stream AND r.seq = l.seq
         WHERE l.items > 0 AND r.stream IS NULL ORDER BY l.stream, l.seq",
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        let place = LogPlace { stream: row.try_get("stream")?, seq: row.try_get("seq")? };
        let chunks = query("SELECT hashes FROM item_chunks WHERE stream = $1 AND seq = $2 ORDER BY chunk")
            .bind(place.stream)
            .bind(place.seq)
            .fetch_all(&mut *connection)
            .await?;
        let mut roots = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let hashes: Vec<u8> = chunk.try_get("hashes")?;
            roots.push(chunk_root(hashes.as_chunks::<32>().0)?);
        }
        engine::begin_writing(connection, location).await?;
        insert(connection, place, &roots).await?;
        engine::commit(connection, location).await?;
    }
    Ok(())
}

impl Store {
    /// Gives the hash of one item of a batch; `None` where no such item is.
    ///
    /// # Errors
    /// Database errors.
    pub async fn item_hash(&self, batch: EntryHash, item: u32) -> Result<Option<[u8; 32]>, StoreError> {
        let Some(place) = self.batch_place(&batch).await? else { return Ok(None) };
        let hashes = self.hashes_of_chunk(place, item).await?;
        Ok(hashes.get(item as usize % ITEMS_PER_CHUNK).copied())
    }

    /// Proves that the item at a place belongs to a batch (RFC 9162 2.1.3); `None` where no such item is. Reads one chunk
    /// of items' hashes and the roots of the others, however large the batch.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`] where roots are missing.
    pub async fn item_proof(&self, batch: EntryHash, item: u32) -> Result<Option<Vec<Hash>>, StoreError> {
        let Some(place) = self.batch_place(&batch).await? else { return Ok(None) };
        let hashes = self.hashes_of_chunk(place, item).await?;
        let row = query("SELECT roots FROM item_roots WHERE stream = $1 AND seq = $2")
            .bind(place.stream)
            .bind(place.seq)
            .fetch_optional(&self.inner.pool)
            .await?
            .ok_or(StoreError::Damaged("roots of a batch are missing"))?;
        let roots: Vec<u8> = row.try_get("roots")?;
        let (chunk, within) = (item as usize / ITEMS_PER_CHUNK, item as usize % ITEMS_PER_CHUNK);
        if within >= hashes.len() {
            return Ok(None);
        }
        let mut proof = proof_in(&hashes, within)?;
        proof.extend(proof_in(roots.as_chunks::<32>().0, chunk)?);
        Ok(Some(proof))
    }

    async fn hashes_of_chunk(&self, place: LogPlace, item: u32) -> Result<Vec<[u8; 32]>, StoreError> {
        let row = query("SELECT hashes FROM item_chunks WHERE stream = $1 AND seq = $2 AND chunk = $3")
            .bind(place.stream)
            .bind(place.seq)
            .bind(i64::from(item) / ITEMS_PER_CHUNK as i64)
            .fetch_optional(&self.inner.pool)
            .await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let hashes: Vec<u8> = row.try_get("hashes")?;
        Ok(hashes.as_chunks::<32>().0.to_vec())
    }

    async fn batch_place(&self, batch: &EntryHash) -> Result<Option<LogPlace>, StoreError> {
        let row = query("SELECT stream, seq FROM log WHERE entry_hash = $1 AND items > 0")
            .bind(batch.0.as_slice())
            .fetch_optional(&self.inner.pool)
            .await?;
        let place =
            |row: engine::Row| Ok(LogPlace { stream: row.try_get("stream")?, seq: row.try_get("seq")? });
        row.map(place).transpose()
    }
}

fn proof_in(hashes: &[[u8; 32]], index: usize) -> Result<Vec<Hash>, StoreError> {
    let damaged = StoreError::Damaged("the hashes of a batch");
    let tree = MerkleTree::from_leaves(hashes.iter().map(|hash| Hash::from_bytes(*hash)));
    let tree = tree.map_err(|_| damaged.clone())?;
    tree.inclusion_proof(index as u64, hashes.len() as u64).map_err(|_| damaged)
}
