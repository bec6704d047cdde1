//! The ledger's kept subtrees: hashes of 256, 65,536 ... leaves, so that a proof reads a few tiles and no whole stream.
//!
//! The leaves themselves are the entry hashes in the log. A tile of `barid_ledger::tiles` is a run of at most 256 rows:
//! of the log at level 0, of the kept subtrees above. Everything here follows from the log, so what is missing is made
//! at opening ([`fill`]).

use barid_domain::ids::EntryHash;
use barid_domain::streams::{Position, StreamId};
use barid_ledger::tiles::{
    self, TILE_HEIGHT, TILE_WIDTH, Tile, TileContent, TiledTree, tiles_of_consistency, tiles_of_inclusion,
    tiles_of_root,
};
use barid_ledger::{Frontier, Hash, NodeId};
use std::collections::{BTreeMap, HashMap};

use crate::engine::{self, Connection, Executor, Location, Pool, query};
use crate::error::StoreError;
use crate::store::Store;
use crate::streams::{fixed, leaf_of, number_from_row, to_i64};

/// Subtrees made in one transaction while filling.
const FILLED_AT_ONCE: u64 = 256;

/// Tells whether a node is one of those that are kept.
pub(crate) fn is_kept(node: NodeId) -> bool {
    node.level > 0 && node.level.is_multiple_of(TILE_HEIGHT)
}

/// Keeps subtrees that became whole.
pub(crate) async fn insert(
    connection: &mut Connection,
    stream: i64,
    whole: &[(NodeId, Hash)],
) -> Result<(), StoreError> {
    for (node, hash) in whole {
        query("INSERT INTO subtrees (stream, level, idx, hash) VALUES ($1, $2, $3, $4)")
            .bind(stream)
            .bind(i64::from(node.level))
            .bind(to_i64(node.index)?)
            .bind(hash.as_bytes().to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Makes the subtrees that streams of an earlier version lack, in transactions of their own: interrupted, the next
/// opening goes on.
pub(crate) async fn fill(connection: &mut Connection, location: &Location) -> Result<(), StoreError> {
    let rows = query(
        "SELECT stream, level, COUNT(*) AS kept, MAX(idx) AS last FROM subtrees GROUP BY stream, level",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut kept = HashMap::new();
    for row in &rows {
        let (stream, level): (i64, u8) = (row.try_get("stream")?, number_from_row(row, "level")?);
        let (count, last): (u64, u64) = (number_from_row(row, "kept")?, number_from_row(row, "last")?);
        // Rows with a gap between them are made anew from the first.
        kept.insert((stream, level), if count == last + 1 { count } else { 0 });
    }
    let streams = query("SELECT number, size FROM streams ORDER BY number").fetch_all(&mut *connection);
    for row in streams.await? {
        let (stream, size): (i64, u64) = (row.try_get("number")?, number_from_row(&row, "size")?);
        let mut level = TILE_HEIGHT;
        while size >> level > 0 {
            let first = kept.get(&(stream, level)).copied().unwrap_or(0);
            fill_level((&mut *connection, location), stream, level, first, size >> level).await?;
            level += TILE_HEIGHT;
        }
    }
    Ok(())
}

async fn fill_level(
    (connection, location): (&mut Connection, &Location),
    stream: i64,
    level: u8,
    mut from: u64,
    to: u64,
) -> Result<(), StoreError> {
    while from < to {
        let end = to.min(from + FILLED_AT_ONCE);
        let mut whole = Vec::new();
        for index in from..end {
            let below = level / TILE_HEIGHT - 1;
            let hashes = tile_hashes(&mut *connection, stream, below, index, TILE_WIDTH).await?;
            whole.push((NodeId { level, index }, root_of(&hashes)?));
        }
        engine::begin_writing(connection, location).await?;
        query("DELETE FROM subtrees WHERE stream = $1 AND level = $2 AND idx >= $3")
            .bind(stream)
            .bind(i64::from(level))
            .bind(to_i64(from)?)
            .execute(&mut *connection)
            .await?;
        insert(connection, stream, &whole).await?;
        engine::commit(connection, location).await?;
        from = end;
    }
    Ok(())
}

/// Computes the Merkle root over hashes of leaves, or of complete subtrees of one height.
pub(crate) fn root_of(hashes: &[Hash]) -> Result<Hash, StoreError> {
    let mut frontier = Frontier::new();
    for hash in hashes {
        frontier.append(*hash).map_err(|_| StoreError::Damaged("a stream is full"))?;
    }
    Ok(frontier.root())
}

/// Reads the hashes of a tile: `width` of them from the tile's first on.
async fn tile_hashes<'e>(
    executor: impl Into<Executor<'e>> + Send,
    stream: i64,
    tile_level: u8,
    index: u64,
    width: u16,
) -> Result<Vec<Hash>, StoreError> {
    let first = to_i64(index * u64::from(TILE_WIDTH))?;
    let rows = if tile_level == 0 {
        query("SELECT entry_hash AS hash FROM log WHERE stream = $1 AND seq > $2 AND seq <= $3 ORDER BY seq")
            .bind(stream)
            .bind(first)
            .bind(first + i64::from(width))
            .fetch_all(executor)
            .await?
    } else {
        query(
            "SELECT hash FROM subtrees WHERE stream = $1 AND level = $2 AND idx >= $3 AND idx < $4 ORDER BY idx",
        )
        .bind(stream)
        .bind(i64::from(tile_level * TILE_HEIGHT))
        .bind(first)
        .bind(first + i64::from(width))
        .fetch_all(executor)
        .await?
    };
    if rows.len() != usize::from(width) {
        return Err(StoreError::Damaged("hashes of a ledger are missing"));
    }
    let leaf = |bytes| if tile_level == 0 { leaf_of(&EntryHash(bytes)) } else { Hash::from_bytes(bytes) };
    rows.iter().map(|row| fixed(row, "hash").map(leaf)).collect()
}

async fn read_tiles(
    pool: &Pool,
    stream: i64,
    wanted: Vec<Tile>,
) -> Result<BTreeMap<Tile, Vec<u8>>, StoreError> {
    let mut read = BTreeMap::new();
    for tile in wanted {
        let TileContent::Hashes { level } = tile.content() else { continue };
        let hashes = tile_hashes(pool, stream, level, tile.index(), tile.width()).await?;
        read.insert(tile, tiles::encode_tile(&hashes));
    }
    Ok(read)
}

impl Store {
    /// Proves that the entry at a place stands in its stream's ledger of the first `size` entries (RFC 9162 2.1.3);
    /// `None` where the stream is shorter, or the place not in it. Reads a few hundred hashes, however long the stream.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`] where hashes are missing.
    pub async fn inclusion_proof(
        &self,
        position: Position,
        size: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        let Some(stream) = self.stream_of_size(&position.stream, size).await? else { return Ok(None) };
        let Some(leaf) = position.seq.checked_sub(1).filter(|leaf| *leaf < size) else { return Ok(None) };
        let wanted = tiles_of_inclusion(leaf, size).map_err(|_| UNPROVABLE)?;
        let read = read_tiles(&self.inner.pool, stream, wanted).await?;
        let proof = barid_ledger::inclusion_proof(&TiledTree::new(&read, size), leaf, size);
        proof.map(Some).map_err(|_| UNPROVABLE)
    }

    /// Proves that a stream's ledger of `new_size` entries begins with its ledger of `old_size` (RFC 9162 2.1.4);
    /// `None` where the stream is shorter, or the sizes are out of order.
    ///
    /// # Errors
    /// As [`Store::inclusion_proof`].
    pub async fn consistency_proof(
        &self,
        stream: StreamId,
        old_size: u64,
        new_size: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        let Some(stream) = self.stream_of_size(&stream, new_size).await? else { return Ok(None) };
        if old_size > new_size {
            return Ok(None);
        }
        let wanted = tiles_of_consistency(old_size, new_size).map_err(|_| UNPROVABLE)?;
        let read = read_tiles(&self.inner.pool, stream, wanted).await?;
        let proof = barid_ledger::consistency_proof(&TiledTree::new(&read, new_size), old_size, new_size);
        proof.map(Some).map_err(|_| UNPROVABLE)
    }

    /// Gives the root of a stream's ledger of its first `size` entries; `None` where the stream is shorter.
    ///
    /// # Errors
    /// As [`Store::inclusion_proof`].
    pub async fn root_at(&self, stream: StreamId, size: u64) -> Result<Option<Hash>, StoreError> {
        let Some(stream) = self.stream_of_size(&stream, size).await? else { return Ok(None) };
        let wanted = tiles_of_root(size).map_err(|_| UNPROVABLE)?;
        let read = read_tiles(&self.inner.pool, stream, wanted).await?;
        barid_ledger::root_at(&TiledTree::new(&read, size), size).map(Some).map_err(|_| UNPROVABLE)
    }

    /// The short number of a stream that has at least `size` entries.
    async fn stream_of_size(&self, stream: &StreamId, size: u64) -> Result<Option<i64>, StoreError> {
        let row = self.stream_row(stream).await?;
        Ok(row.filter(|(_, state)| state.size >= size).map(|(number, _)| number))
    }
}

const UNPROVABLE: StoreError = StoreError::Damaged("the hashes of a ledger");
