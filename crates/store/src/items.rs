//! Items of batch entries, sealed 256 to a row; one item can be taken out of its row and its hash stays.

use barid_domain::ids::{DataKeyId, EntryHash, RecordId};
use sqlx::AssertSqlSafe;

use crate::data_keys::{self, DataKey};
use crate::engine::{Connection, Row, query};
use crate::error::{Conflict, StoreError};
use crate::item_roots;
use crate::sealing::{KeyRing, SealingKey};
use crate::streams::{fixed, number_from_row};
use crate::values::{HeadState, NewEntry, NewItem, StoredItem};

/// Items in one sealed row.
pub(crate) const ITEMS_PER_CHUNK: usize = 256;

/// The place of a batch in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogPlace {
    pub(crate) stream: i64,
    pub(crate) seq: i64,
}

fn chunk_place(batch: &EntryHash, chunk: i64, key: &DataKeyId) -> Vec<u8> {
    [b"barid/items/v1\0".as_slice(), &batch.0, &chunk.to_be_bytes(), &key.0].concat()
}

/// Encodes items: per item its length plus one (0 where erased) as 4 bytes big-endian, then its bytes.
fn encode_items<'a>(items: impl Iterator<Item = Option<&'a [u8]>>) -> Result<Vec<u8>, StoreError> {
    let mut plain = Vec::new();
    for item in items {
        let Some(bytes) = item else {
            plain.extend_from_slice(&[0; 4]);
            continue;
        };
        let length = u32::try_from(bytes.len() + 1).map_err(|_| StoreError::InvalidEntry("item too long"))?;
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(bytes);
    }
    Ok(plain)
}

fn decode_items(mut plain: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
    let mut items = Vec::new();
    while !plain.is_empty() {
        let (length, rest) = plain.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let taken = length.saturating_sub(1);
        items.push(
            (length > 0)
                .then(|| rest.get(..taken).map(<[u8]>::to_vec))
                .map_or(Some(None), |v| v.map(Some))?,
        );
        plain = rest.get(taken..)?;
    }
    Some(items)
}

/// Stores the items of a batch and begins their records.
pub(crate) async fn insert(
    connection: &mut Connection,
    entry: &NewEntry,
    place: LogPlace,
    key: &DataKey,
) -> Result<(), StoreError> {
    let mut seen = std::collections::HashSet::with_capacity(entry.items.len());
    if let Some(twice) = entry.items.iter().find(|item| !seen.insert(item.record)) {
        return Err(StoreError::conflict(twice.record, Conflict::AlreadyExists));
    }
    let mut roots = Vec::with_capacity(entry.items.len().div_ceil(ITEMS_PER_CHUNK));
    for (index, items) in entry.items.chunks(ITEMS_PER_CHUNK).enumerate() {
        // At most 100,000 items, so both numbers are small.
        let chunk = index as i64;
        refuse_known(connection, items).await?;
        insert_chunk(connection, entry, place, key, chunk, items).await?;
        insert_heads(connection, entry, place, index * ITEMS_PER_CHUNK, items).await?;
        let hashes: Vec<[u8; 32]> = items.iter().map(|item| item.hash).collect();
        roots.push(item_roots::chunk_root(&hashes)?);
    }
    item_roots::insert(connection, place, &roots).await
}

async fn refuse_known(connection: &mut Connection, items: &[NewItem]) -> Result<(), StoreError> {
    let places = placeholders(1, items.len());
    let known = format!("SELECT record, state FROM heads WHERE record IN ({places})");
    let mut statement = query(AssertSqlSafe(known));
    for item in items {
        statement = statement.bind(item.record.0.to_vec());
    }
    if let Some(row) = statement.fetch_optional(&mut *connection).await? {
        let record = RecordId(fixed(&row, "record")?);
        let erased = row.try_get::<i64>("state")? == HeadState::Erased.number();
        let conflict = if erased { Conflict::Erased } else { Conflict::AlreadyExists };
        return Err(StoreError::conflict(record, conflict));
    }
    let erased = format!("SELECT hash FROM tombstones WHERE hash IN ({places})");
    let mut statement = query(AssertSqlSafe(erased));
    for item in items {
        statement = statement.bind(item.hash.to_vec());
    }
    match statement.fetch_optional(connection).await? {
        Some(row) => Err(StoreError::ErasedEntry { hash: EntryHash(fixed(&row, "hash")?) }),
        None => Ok(()),
    }
}

async fn insert_chunk(
    connection: &mut Connection,
    entry: &NewEntry,
    place: LogPlace,
    key: &DataKey,
    chunk: i64,
    items: &[NewItem],
) -> Result<(), StoreError> {
    let plain = encode_items(items.iter().map(|item| Some(item.bytes.as_slice())))?;
    let sealed = key.key.seal(&chunk_place(&entry.hash, chunk, &key.id), &plain)?;
    let records: Vec<u8> = items.iter().flat_map(|item| item.record.0).collect();
    let hashes: Vec<u8> = items.iter().flat_map(|item| item.hash).collect();
    query(
        "INSERT INTO item_chunks (stream, seq, chunk, records, hashes, key_id, sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(place.stream)
    .bind(place.seq)
    .bind(chunk)
    .bind(records)
    .bind(hashes)
    .bind(key.id.0.as_slice())
    .bind(sealed)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_heads(
    connection: &mut Connection,
    entry: &NewEntry,
    place: LogPlace,
    first: usize,
    items: &[NewItem],
) -> Result<(), StoreError> {
    let rows: Vec<String> = (0..items.len())
        .map(|row| format!("(${}, $1, $2, ${}, 1, 1, $3, $4, $5)", 6 + 2 * row, 7 + 2 * row))
        .collect();
    let text = format!(
        "INSERT INTO heads (record, stream, seq, item, version, state, dataset, owner, review_on) VALUES {}",
        rows.join(", ")
    );
    let mut statement = query(AssertSqlSafe(text))
        .bind(place.stream)
        .bind(place.seq)
        .bind(crate::heads::database_number(entry.meta.database))
        .bind(entry.organisation.as_str().to_owned())
        .bind(i64::from(entry.meta.review_on.days()));
    for (offset, item) in items.iter().enumerate() {
        statement = statement.bind(item.record.0.to_vec()).bind((first + offset) as i64);
    }
    statement.execute(connection).await?;
    Ok(())
}

fn placeholders(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    names.join(", ")
}

/// A chunk row, opened.
pub(crate) struct OpenedChunk {
    pub(crate) items: Vec<StoredItem>,
}

/// The columns `open_chunk` reads, with the chunk's key beside it.
pub(crate) const CHUNK_QUERY: &str = "SELECT c.chunk AS chunk, c.records AS records, c.hashes AS hashes,
    c.key_id AS key_id, c.sealed AS sealed, k.scope AS scope, k.wrapped AS wrapped
    FROM item_chunks c JOIN data_keys k ON k.key_id = c.key_id
    WHERE c.stream = $1 AND c.seq = $2 AND c.chunk >= $3 AND c.chunk <= $4 ORDER BY c.chunk";

/// Opens a chunk row as `CHUNK_QUERY` selects it.
pub(crate) fn open_chunk(ring: &KeyRing, batch: &EntryHash, row: &Row) -> Result<OpenedChunk, StoreError> {
    let chunk: i64 = row.try_get("chunk")?;
    let records: Vec<u8> = row.try_get("records")?;
    let hashes: Vec<u8> = row.try_get("hashes")?;
    let (records, records_rest) = records.as_chunks::<16>();
    let (hashes, hashes_rest) = hashes.as_chunks::<32>();
    if records.len() != hashes.len() || !records_rest.is_empty() || !hashes_rest.is_empty() {
        return Err(StoreError::Damaged("item chunk"));
    }
    let contents = match chunk_key(ring, row)? {
        Some((id, key)) => {
            let sealed: Vec<u8> = row.try_get("sealed")?;
            let plain = key
                .open(&chunk_place(batch, chunk, &id), &sealed)
                .ok_or(StoreError::Damaged("sealed item chunk"))?;
            decode_items(&plain).filter(|items| items.len() == records.len())
        }
        None => Some(vec![None; records.len()]),
    };
    let contents = contents.ok_or(StoreError::Damaged("item chunk"))?;
    let first = u32::try_from(chunk).map_err(|_| StoreError::Damaged("item chunk"))? * ITEMS_PER_CHUNK as u32;
    let items =
        records.iter().zip(hashes).zip(contents).zip(first..).map(|(((record, hash), bytes), index)| {
            StoredItem { index, record: RecordId(*record), hash: *hash, bytes }
        });
    Ok(OpenedChunk { items: items.collect() })
}

fn chunk_key(ring: &KeyRing, row: &Row) -> Result<Option<(DataKeyId, SealingKey)>, StoreError> {
    let wrapped: Option<Vec<u8>> = row.try_get("wrapped")?;
    let Some(wrapped) = wrapped else { return Ok(None) };
    let id = DataKeyId(fixed(row, "key_id")?);
    let scope: Vec<u8> = row.try_get("scope")?;
    Ok(Some((id, data_keys::unwrap(ring, &id, &scope, &wrapped)?)))
}

/// Takes one item's bytes out of its chunk; its hash stays. Gives the hash.
pub(crate) async fn erase(
    connection: &mut Connection,
    ring: &KeyRing,
    batch: &EntryHash,
    place: LogPlace,
    item: u32,
) -> Result<[u8; 32], StoreError> {
    let chunk = i64::from(item) / ITEMS_PER_CHUNK as i64;
    let row = query(CHUNK_QUERY)
        .bind(place.stream)
        .bind(place.seq)
        .bind(chunk)
        .bind(chunk)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(StoreError::Damaged("item chunk missing"))?;
    let number: i64 = number_from_row(&row, "chunk")?;
    let mut opened = open_chunk(ring, batch, &row)?;
    let erased = opened
        .items
        .get_mut(item as usize % ITEMS_PER_CHUNK)
        .ok_or(StoreError::Damaged("item missing in its chunk"))?;
    erased.bytes = None;
    let hash = erased.hash;
    let Some((id, key)) = chunk_key(ring, &row)? else { return Ok(hash) };
    let plain = encode_items(opened.items.iter().map(|item| item.bytes.as_deref()))?;
    let sealed = key.seal(&chunk_place(batch, number, &id), &plain)?;
    query("UPDATE item_chunks SET sealed = $1 WHERE stream = $2 AND seq = $3 AND chunk = $4")
        .bind(sealed)
        .bind(place.stream)
        .bind(place.seq)
        .bind(number)
        .execute(connection)
        .await?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_read_back_empty_and_erased_ones_apart() {
        let items: [Option<&[u8]>; 4] = [Some(b"one"), Some(b""), None, Some("四".as_bytes())];
        let plain = encode_items(items.into_iter()).unwrap();
        let read = decode_items(&plain).unwrap();
        assert_eq!(read.iter().map(Option::as_deref).collect::<Vec<_>>(), items);
        for cut in 1..plain.len() {
            if let Some(shorter) = decode_items(&plain[..cut]) {
                assert!(shorter.len() < items.len(), "cut at {cut}");
            }
        }
    }
}
