//! Streams as the writer holds them: number, size, chain, frontier; grown in memory, written back once per group.

use barid_domain::codes::{CodeList as _, Database};
use barid_domain::dates::Day;
use barid_domain::ids::EntryHash;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::{ChainHash, Frontier, Hash, NodeId, leaf_hash};

use crate::engine::{Connection, Row, query};
use crate::error::StoreError;
use crate::subtrees;

/// A stream after its last entry.
#[derive(Debug, Clone)]
pub(crate) struct StreamState {
    /// The short number its rows carry in this database.
    pub(crate) number: i64,
    pub(crate) size: u64,
    pub(crate) chain: ChainHash,
    pub(crate) frontier: Frontier,
}

impl StreamState {
    /// Takes the next entry: number, chain and frontier move together. Subtrees that are kept and became whole with it
    /// are added to `whole`.
    pub(crate) fn advance(
        &mut self,
        hash: &EntryHash,
        whole: &mut Vec<(NodeId, Hash)>,
    ) -> Result<u64, StoreError> {
        let report = |node: NodeId, hash| {
            if subtrees::is_kept(node) {
                whole.push((node, hash));
            }
        };
        let appended = self.frontier.append_reporting(leaf_of(hash), report);
        appended.map_err(|_| StoreError::Damaged("a stream is full"))?;
        self.size += 1;
        self.chain = self.chain.next(&chain_leaf(hash));
        Ok(self.size)
    }
}

/// The Merkle leaf of an entry: RFC 9162's leaf hash over the 32 bytes of the entry's hash. So the leaf can be
/// computed, and the ledger proven, after the entry itself is erased.
pub fn leaf_of(hash: &EntryHash) -> Hash {
    leaf_hash(&hash.0)
}

/// What the stream's chain takes in: the entry's hash itself.
pub fn chain_leaf(hash: &EntryHash) -> Hash {
    Hash::from_bytes(hash.0)
}

/// Reads a stream row with all its columns.
pub(crate) fn stream_from_row(row: &Row) -> Result<(StreamId, StreamState), StoreError> {
    let organisation: String = row.try_get("organisation")?;
    let stream = StreamId {
        organisation: organisation.parse().map_err(|_| StoreError::Damaged("stream organisation"))?,
        class: class_from_number(row.try_get("class")?)?,
        node: barid_domain::ids::NodeId(fixed(row, "node")?),
        incarnation: number_from_row(row, "incarnation")?,
    };
    let frontier: Vec<u8> = row.try_get("frontier")?;
    let state = StreamState {
        number: row.try_get("number")?,
        size: number_from_row(row, "size")?,
        chain: ChainHash::from_bytes(fixed(row, "chain")?),
        frontier: Frontier::decode(&frontier).map_err(|_| StoreError::Damaged("stream frontier"))?,
    };
    Ok((stream, state))
}

/// Finds a stream.
pub(crate) async fn load(
    connection: &mut Connection,
    stream: &StreamId,
) -> Result<Option<StreamState>, StoreError> {
    let row = query(
        "SELECT number, organisation, class, node, incarnation, size, chain, frontier FROM streams
         WHERE organisation = $1 AND class = $2 AND node = $3 AND incarnation = $4",
    )
    .bind(stream.organisation.as_str())
    .bind(i64::from(stream.class.number()))
    .bind(stream.node.0.as_slice())
    .bind(i64::from(stream.incarnation))
    .fetch_optional(connection)
    .await?;
    row.map(|row| stream_from_row(&row).map(|(_, state)| state)).transpose()
}

/// The chain of a stream after one of its entries.
pub(crate) async fn chain_at(
    connection: &mut Connection,
    number: i64,
    seq: u64,
) -> Result<Option<ChainHash>, StoreError> {
    let row = query("SELECT chain FROM log WHERE stream = $1 AND seq = $2");
    // Sizes came out of the database as positive numbers.
    let row = row.bind(number).bind(seq as i64).fetch_optional(connection).await?;
    row.map(|row| Ok(ChainHash::from_bytes(fixed(&row, "chain")?))).transpose()
}

/// Begins a stream under the next free short number.
pub(crate) async fn create(
    connection: &mut Connection,
    stream: &StreamId,
) -> Result<StreamState, StoreError> {
    let row =
        query("SELECT COALESCE(MAX(number), 0) AS last FROM streams").fetch_one(&mut *connection).await?;
    let last: i64 = row.try_get("last")?;
    let state = StreamState { number: last + 1, size: 0, chain: ChainHash::START, frontier: Frontier::new() };
    query(
        "INSERT INTO streams (number, organisation, class, node, incarnation, size, chain, frontier)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(state.number)
    .bind(stream.organisation.as_str())
    .bind(i64::from(stream.class.number()))
    .bind(stream.node.0.as_slice())
    .bind(i64::from(stream.incarnation))
    .bind(0_i64)
    .bind(state.chain.as_bytes().as_slice())
    .bind(state.frontier.encode())
    .execute(connection)
    .await?;
    Ok(state)
}

/// Writes a stream's new size, chain and frontier.
pub(crate) async fn save(connection: &mut Connection, state: &StreamState) -> Result<(), StoreError> {
    query("UPDATE streams SET size = $1, chain = $2, frontier = $3 WHERE number = $4")
        .bind(to_i64(state.size)?)
        .bind(state.chain.as_bytes().as_slice())
        .bind(state.frontier.encode())
        .bind(state.number)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) fn class_from_number(number: i64) -> Result<StreamClass, StoreError> {
    u16::try_from(number).map(StreamClass::from_number).map_err(|_| StoreError::Damaged("stream class"))
}

/// Reads a column of exactly N bytes.
pub(crate) fn fixed<const N: usize>(row: &Row, column: &'static str) -> Result<[u8; N], StoreError> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::Damaged(column))
}

/// Reads a column of exactly N bytes that may be NULL.
pub(crate) fn fixed_or_null<const N: usize>(
    row: &Row,
    column: &'static str,
) -> Result<Option<[u8; N]>, StoreError> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    bytes.map(|bytes| bytes.try_into().map_err(|_| StoreError::Damaged(column))).transpose()
}

/// Reads an integer column into a narrower type.
pub(crate) fn number_from_row<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    let number: i64 = row.try_get(column)?;
    T::try_from(number).map_err(|_| StoreError::Damaged(column))
}

pub(crate) fn to_i64(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Damaged("a number is too large"))
}

/// Reads a place from a log row joined with its stream.
pub(crate) fn position_from_row(row: &Row) -> Result<Position, StoreError> {
    let organisation: String = row.try_get("organisation")?;
    let stream = StreamId {
        organisation: organisation.parse().map_err(|_| StoreError::Damaged("stream organisation"))?,
        class: class_from_number(row.try_get("class")?)?,
        node: barid_domain::ids::NodeId(fixed(row, "node")?),
        incarnation: number_from_row(row, "incarnation")?,
    };
    Ok(Position { stream, seq: number_from_row(row, "seq")? })
}

/// Reads a day column.
pub(crate) fn day_from_row(row: &Row, column: &'static str) -> Result<Day, StoreError> {
    Day::from_days(number_from_row(row, column)?).map_err(|_| StoreError::Damaged(column))
}

/// Reads a database column.
pub(crate) fn database_from_row(row: &Row, column: &'static str) -> Result<Database, StoreError> {
    Ok(Database::from_number(number_from_row(row, column)?))
}
