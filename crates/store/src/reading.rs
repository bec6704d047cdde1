//! Reading: records behind a journalled act, streams for the index, heads and hashes for proofs.

use std::ops::Range;

use barid_domain::codes::CodeList as _;
use barid_domain::dates::Timestamp;
use barid_domain::ids::{DataKeyId, EntryHash, OrganisationCode, RecordId};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::ChainHash;

use crate::data_keys;
use crate::engine::{Row, query};
use crate::error::StoreError;
use crate::items::{CHUNK_QUERY, ITEMS_PER_CHUNK, open_chunk};
use crate::journal::BegunAct;
use crate::sealing::KeyRing;
use crate::store::Store;
use crate::streams::{
    StreamState, database_from_row, day_from_row, fixed, fixed_or_null, number_from_row, position_from_row,
    stream_from_row, to_i64,
};
use crate::values::{
    Head, HeadChange, HeadState, StoredEntry, StoredItem, StreamChange, StreamHead, StreamPositions,
    entry_place,
};

/// Items in one answer of [`Store::changes_after`], beyond which it ends early.
const ITEMS_PER_ANSWER: usize = 50_000;

const ENTRY_QUERY: &str = "SELECT s.organisation AS organisation, s.class AS class, s.node AS node,
    s.incarnation AS incarnation, l.stream AS stream, l.seq AS seq, l.entry_hash AS entry_hash,
    l.chain AS chain, l.change AS change, l.record AS record, l.target AS target,
    l.target_item AS target_item, l.key_id AS key_id, l.sealed AS sealed, l.items AS items, l.at AS at,
    k.scope AS scope, k.wrapped AS wrapped
    FROM log l JOIN streams s ON s.number = l.stream LEFT JOIN data_keys k ON k.key_id = l.key_id
    WHERE l.entry_hash = $1";

pub(crate) const RUN_QUERY: &str = "SELECT s.organisation AS organisation, s.class AS class, s.node AS node,
    s.incarnation AS incarnation, l.stream AS stream, l.seq AS seq, l.entry_hash AS entry_hash,
    l.chain AS chain, l.change AS change, l.record AS record, l.target AS target,
    l.target_item AS target_item, l.key_id AS key_id, l.sealed AS sealed, l.items AS items, l.at AS at,
    k.scope AS scope, k.wrapped AS wrapped
    FROM log l JOIN streams s ON s.number = l.stream LEFT JOIN data_keys k ON k.key_id = l.key_id
    WHERE l.stream = $1 AND l.seq > $2 ORDER BY l.seq LIMIT $3";

/// Opens the sealed bytes of a log row; `None` when they were erased.
pub(crate) fn open_row(ring: &KeyRing, row: &Row) -> Result<(Position, Option<Vec<u8>>), StoreError> {
    let position = position_from_row(row)?;
    let hash = EntryHash(fixed(row, "entry_hash")?);
    let key_id = DataKeyId(fixed(row, "key_id")?);
    let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
    let scope: Option<Vec<u8>> = row.try_get("scope")?;
    let wrapped: Option<Vec<u8>> = row.try_get("wrapped")?;
    let (Some(sealed), Some(scope), Some(wrapped)) = (sealed, scope, wrapped) else {
        return Ok((position, None));
    };
    let key = data_keys::unwrap(ring, &key_id, &scope, &wrapped)?;
    let bytes = key
        .open(&entry_place(&position, &hash, &key_id), &sealed)
        .ok_or(StoreError::Damaged("a sealed entry"))?;
    Ok((position, Some(bytes)))
}

pub(crate) fn change_from_row(row: &Row) -> Result<HeadChange, StoreError> {
    let record = fixed_or_null(row, "record")?.map(RecordId);
    let target = fixed_or_null(row, "target")?.map(EntryHash);
    let item: Option<i64> = row.try_get("target_item")?;
    let item = item.map(u32::try_from).transpose().map_err(|_| StoreError::Damaged("target item"))?;
    HeadChange::from_parts(row.try_get("change")?, record, target, item).ok_or(StoreError::Damaged("change"))
}

impl Store {
    /// Opens a record that a begun act names: its last entry with content, and the item where it is one of a batch.
    /// `None` where no such record is.
    ///
    /// # Errors
    /// [`StoreError::ActDoesNotCover`] unless the act's line names the record; database errors.
    pub async fn open_record(
        &self,
        act: &BegunAct,
        record: RecordId,
    ) -> Result<Option<StoredEntry>, StoreError> {
        if !act.covers_record(&record) {
            return Err(StoreError::ActDoesNotCover);
        }
        self.load_record(record).await
    }

    pub(crate) async fn load_record(&self, record: RecordId) -> Result<Option<StoredEntry>, StoreError> {
        let Some(head) = self.head(record).await? else { return Ok(None) };
        let Some((mut entry, place)) = self.load_entry(&head.current).await? else { return Ok(None) };
        // The place of a record is kept once: what stands there must say itself that it is about the record.
        let about = match head.item {
            Some(item) => {
                entry.item = self.load_item(&head.current, place, item).await?;
                entry.item.as_ref().map(|item| item.record)
            }
            None => self.record_of(&head.current).await?,
        };
        if about != Some(record) {
            return Err(StoreError::Damaged("a record points at another"));
        }
        Ok(Some(entry))
    }

    /// Opens an entry that a begun act names, by itself or by its record; `None` where no such entry is.
    ///
    /// # Errors
    /// [`StoreError::ActDoesNotCover`] unless the act's line names the entry or its record; database errors.
    pub async fn open_entry(
        &self,
        act: &BegunAct,
        hash: EntryHash,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let covered = act.covers_entry(&hash)
            || match self.record_of(&hash).await? {
                Some(record) => act.covers_record(&record),
                None => false,
            };
        if !covered {
            return Err(StoreError::ActDoesNotCover);
        }
        Ok(self.load_entry(&hash).await?.map(|(entry, _)| entry))
    }

    async fn record_of(&self, hash: &EntryHash) -> Result<Option<RecordId>, StoreError> {
        let row = query("SELECT record FROM log WHERE entry_hash = $1")
            .bind(hash.0.as_slice())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.map_or(Ok(None), |row| Ok(fixed_or_null(&row, "record")?.map(RecordId)))
    }

    async fn load_entry(&self, hash: &EntryHash) -> Result<Option<(StoredEntry, i64)>, StoreError> {
        let row = query(ENTRY_QUERY).bind(hash.0.as_slice()).fetch_optional(&self.inner.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let (position, bytes) = open_row(&self.inner.ring, &row)?;
        let stored_at = Timestamp(row.try_get("at")?);
        let entry = StoredEntry { position, hash: *hash, bytes, stored_at, item: None };
        Ok(Some((entry, row.try_get("stream")?)))
    }

    async fn load_item(
        &self,
        batch: &EntryHash,
        stream: i64,
        item: u32,
    ) -> Result<Option<StoredItem>, StoreError> {
        let row = query("SELECT seq FROM log WHERE entry_hash = $1")
            .bind(batch.0.as_slice())
            .fetch_one(&self.inner.pool)
            .await?;
        let chunk = i64::from(item) / ITEMS_PER_CHUNK as i64;
        let items = self.chunks(batch, stream, row.try_get("seq")?, chunk..chunk + 1).await?;
        Ok(items.into_iter().find(|found| found.index == item))
    }

    async fn chunks(
        &self,
        batch: &EntryHash,
        stream: i64,
        seq: i64,
        chunks: Range<i64>,
    ) -> Result<Vec<StoredItem>, StoreError> {
        let rows = query(CHUNK_QUERY)
            .bind(stream)
            .bind(seq)
            .bind(chunks.start)
            .bind(chunks.end - 1)
            .fetch_all(&self.inner.pool)
            .await?;
        let mut items = Vec::new();
        for row in rows {
            items.extend(open_chunk(&self.inner.ring, batch, &row)?.items);
        }
        Ok(items)
    }

    /// Gives every item hash of a batch entry, in order, for proofs; `None` where no such entry is.
    ///
    /// # Errors
    /// Database errors.
    pub async fn item_hashes(&self, batch: EntryHash) -> Result<Option<Vec<[u8; 32]>>, StoreError> {
        let Some(position) = self.find_entry(batch).await? else { return Ok(None) };
        let Some((number, _)) = self.stream_row(&position.stream).await? else { return Ok(None) };
        let rows = query("SELECT hashes FROM item_chunks WHERE stream = $1 AND seq = $2 ORDER BY chunk")
            .bind(number)
            .bind(to_i64(position.seq)?)
            .fetch_all(&self.inner.pool)
            .await?;
        let mut hashes = Vec::new();
        for row in rows {
            let bytes: Vec<u8> = row.try_get("hashes")?;
            hashes.extend_from_slice(bytes.as_chunks::<32>().0);
        }
        Ok(Some(hashes))
    }

    /// Gives the present state of a record, without content; `None` where no such record is.
    ///
    /// # Errors
    /// Database errors.
    pub async fn head(&self, record: RecordId) -> Result<Option<Head>, StoreError> {
        let row = query(
            "SELECT h.record AS record, h.item AS item, h.version AS version, h.state AS state,
                    h.dataset AS dataset, h.owner AS owner, h.review_on AS review_on, l.seq AS seq,
                    l.entry_hash AS entry_hash, s.organisation AS organisation, s.class AS class,
                    s.node AS node, s.incarnation AS incarnation
             FROM heads h JOIN log l ON l.stream = h.stream AND l.seq = h.seq
                          JOIN streams s ON s.number = h.stream
             WHERE h.record = $1",
        )
        .bind(record.0.as_slice())
        .fetch_optional(&self.inner.pool)
        .await?;
        row.map(|row| head_from_row(&row)).transpose()
    }

    /// Lists the present state of records in the order of their ids, after one and at most `limit`: what the index
    /// is proven equal to.
    ///
    /// # Errors
    /// Database errors.
    pub async fn heads(&self, after: Option<RecordId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let rows = query(
            "SELECT h.record AS record, h.item AS item, h.version AS version, h.state AS state,
                    h.dataset AS dataset, h.owner AS owner, h.review_on AS review_on, l.seq AS seq,
                    l.entry_hash AS entry_hash, s.organisation AS organisation, s.class AS class,
                    s.node AS node, s.incarnation AS incarnation
             FROM heads h JOIN log l ON l.stream = h.stream AND l.seq = h.seq
                          JOIN streams s ON s.number = h.stream
             WHERE h.record > $1 ORDER BY h.record LIMIT $2",
        )
        .bind(after.map(|record| record.0.to_vec()).unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter().map(head_from_row).collect()
    }

    /// Reads what was committed after the given places, stream by stream in order, at most `limit` entries; streams
    /// that are missing from the places are read from their beginning. For the node's own index, not for officers.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn changes_after(
        &self,
        positions: &StreamPositions,
        classes: &[StreamClass],
        limit: u32,
    ) -> Result<Vec<StreamChange>, StoreError> {
        let mut changes = Vec::new();
        let mut items = 0;
        for (stream, state) in self.stream_rows().await? {
            let after = positions.get(&stream).copied().unwrap_or(0);
            let room = (limit as usize).saturating_sub(changes.len());
            if !classes.contains(&stream.class) || after >= state.size || room == 0 {
                continue;
            }
            let mut chain = self.chain_at(state.number, after).await?;
            let rows = query(RUN_QUERY)
                .bind(state.number)
                .bind(to_i64(after)?)
                .bind(room as i64)
                .fetch_all(&self.inner.pool)
                .await?;
            for row in rows {
                let change = self.change(&row, chain).await?;
                chain = change.chain;
                items += change.items.len();
                changes.push(change);
                if items >= ITEMS_PER_ANSWER {
                    return Ok(changes);
                }
            }
        }
        Ok(changes)
    }

    /// Reads one entry as a follower of the streams sees it; `None` where the stream is shorter.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn change_at(&self, position: &Position) -> Result<Option<StreamChange>, StoreError> {
        let Some((number, state)) = self.stream_row(&position.stream).await? else { return Ok(None) };
        let Some(before) = position.seq.checked_sub(1).filter(|_| position.seq <= state.size) else {
            return Ok(None);
        };
        let chain = self.chain_at(number, before).await?;
        let row = query(RUN_QUERY).bind(number).bind(to_i64(before)?).bind(1_i64);
        match row.fetch_optional(&self.inner.pool).await? {
            Some(row) => self.change(&row, chain).await.map(Some),
            None => Ok(None),
        }
    }

    async fn change(&self, row: &Row, previous_chain: ChainHash) -> Result<StreamChange, StoreError> {
        let (position, bytes) = open_row(&self.inner.ring, row)?;
        let entry_hash = EntryHash(fixed(row, "entry_hash")?);
        let count: i64 = row.try_get("items")?;
        let items = match count {
            0 => Vec::new(),
            _ => self.chunks(&entry_hash, row.try_get("stream")?, to_i64(position.seq)?, 0..i64::MAX).await?,
        };
        Ok(StreamChange {
            stream: position.stream,
            seq: position.seq,
            entry_hash,
            previous_chain,
            chain: ChainHash::from_bytes(fixed(row, "chain")?),
            change: change_from_row(row)?,
            bytes,
            items,
        })
    }

    async fn chain_at(&self, number: i64, seq: u64) -> Result<ChainHash, StoreError> {
        if seq == 0 {
            return Ok(ChainHash::START);
        }
        let row = query("SELECT chain FROM log WHERE stream = $1 AND seq = $2")
            .bind(number)
            .bind(to_i64(seq)?)
            .fetch_one(&self.inner.pool)
            .await?;
        Ok(ChainHash::from_bytes(fixed(&row, "chain")?))
    }

    /// Gives the chain of a stream after its entry `seq`; `None` where the stream is shorter: a follower that has
    /// another chain at its place has read a history that was rolled back.
    ///
    /// # Errors
    /// Database errors.
    pub async fn chain_after(&self, position: &Position) -> Result<Option<ChainHash>, StoreError> {
        match self.stream_row(&position.stream).await? {
            Some((number, state)) if position.seq <= state.size => {
                self.chain_at(number, position.seq).await.map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    async fn stream_rows(&self) -> Result<Vec<(StreamId, StreamState)>, StoreError> {
        let rows = query(
            "SELECT number, organisation, class, node, incarnation, size, chain, frontier FROM streams
             ORDER BY number",
        )
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter().map(stream_from_row).collect()
    }

    pub(crate) async fn stream_row(
        &self,
        stream: &StreamId,
    ) -> Result<Option<(i64, StreamState)>, StoreError> {
        let row = query(
            "SELECT number, organisation, class, node, incarnation, size, chain, frontier FROM streams
             WHERE organisation = $1 AND class = $2 AND node = $3 AND incarnation = $4",
        )
        .bind(stream.organisation.as_str())
        .bind(i64::from(stream.class.number()))
        .bind(stream.node.0.as_slice())
        .bind(i64::from(stream.incarnation))
        .fetch_optional(&self.inner.pool)
        .await?;
        row.map(|row| stream_from_row(&row).map(|(_, state)| (state.number, state))).transpose()
    }

    /// Names the stream that this node writes for an organisation and a class in its present incarnation.
    pub fn stream(&self, organisation: OrganisationCode, class: StreamClass) -> StreamId {
        StreamId { organisation, class, node: self.node(), incarnation: self.incarnation() }
    }

    /// Lists the heads of all streams, those of earlier incarnations too.
    ///
    /// # Errors
    /// Database errors.
    pub async fn stream_heads(&self) -> Result<Vec<StreamHead>, StoreError> {
        Ok(self.stream_rows().await?.into_iter().map(|(stream, state)| head_of(stream, &state)).collect())
    }

    /// Gives the head of a stream's ledger; `None` for a stream without entries.
    ///
    /// # Errors
    /// Database errors.
    pub async fn stream_head(&self, stream: StreamId) -> Result<Option<StreamHead>, StoreError> {
        Ok(self.stream_row(&stream).await?.map(|(_, state)| head_of(stream, &state)))
    }

    /// Gives the entry hashes of a stream for a range of leaf indexes, counted from 0 (entry `seq` is leaf `seq - 1`).
    /// [`crate::leaf_of`] makes Merkle leaves of them.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`] where one is missing.
    pub async fn leaf_hashes(
        &self,
        stream: StreamId,
        leaves: Range<u64>,
    ) -> Result<Vec<EntryHash>, StoreError> {
        let Some((number, state)) = self.stream_row(&stream).await? else { return Ok(Vec::new()) };
        let end = leaves.end.min(state.size);
        let rows =
            query("SELECT entry_hash FROM log WHERE stream = $1 AND seq > $2 AND seq <= $3 ORDER BY seq")
                .bind(number)
                .bind(to_i64(leaves.start)?)
                .bind(to_i64(end)?)
                .fetch_all(&self.inner.pool)
                .await?;
        if rows.len() as u64 != end.saturating_sub(leaves.start) {
            return Err(StoreError::Damaged("a stream has a gap"));
        }
        rows.iter().map(|row| fixed(row, "entry_hash").map(EntryHash)).collect()
    }

    /// Finds where an entry (or a folded journal line, by its hash) stands.
    ///
    /// # Errors
    /// Database errors.
    pub async fn find_entry(&self, hash: EntryHash) -> Result<Option<Position>, StoreError> {
        let row = query(
            "SELECT s.organisation AS organisation, s.class AS class, s.node AS node,
                    s.incarnation AS incarnation, l.seq AS seq
             FROM log l JOIN streams s ON s.number = l.stream WHERE l.entry_hash = $1",
        )
        .bind(hash.0.as_slice())
        .fetch_optional(&self.inner.pool)
        .await?;
        row.map(|row| position_from_row(&row)).transpose()
    }
}

fn head_of(stream: StreamId, state: &StreamState) -> StreamHead {
    StreamHead { stream, size: state.size, root: state.frontier.root(), chain: state.chain }
}

pub(crate) fn head_from_row(row: &Row) -> Result<Head, StoreError> {
    let item: i64 = row.try_get("item")?;
    let owner: String = row.try_get("owner")?;
    Ok(Head {
        record: RecordId(fixed(row, "record")?),
        current: EntryHash(fixed(row, "entry_hash")?),
        position: position_from_row(row)?,
        item: if item < 0 { None } else { Some(number_from_row(row, "item")?) },
        version: number_from_row(row, "version")?,
        state: HeadState::from_number(row.try_get("state")?).ok_or(StoreError::Damaged("head state"))?,
        database: database_from_row(row, "dataset")?,
        owner: owner.parse().map_err(|_| StoreError::Damaged("head owner"))?,
        review_on: day_from_row(row, "review_on")?,
    })
}
