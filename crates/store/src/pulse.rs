//! The pulse of the database: is it there, what time is it there, is it still this node's and this directory its replica,
//! and where do its streams end?
//!
//! One small question, on a connection of its own, so that it has its answer where others wait for theirs.

use std::sync::atomic::Ordering;
use std::time::Duration;

use barid_domain::dates::Timestamp;
use barid_domain::streams::StreamId;
use barid_ledger::ChainHash;

use crate::engine::{self, Connection, SERVER_NOW, query};
use crate::error::StoreError;
use crate::server_clock::Comparison;
use crate::store::{Store, load_node};
use crate::streams::{class_from_number, fixed, fixed_or_null, number_from_row};

/// Is where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamEnd {
    /// The stream.
    pub stream: StreamId,
    /// The number of its last entry.
    pub size: u64,
    /// The chain after it.
    pub chain: ChainHash,
}

/// Is what the database said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Whether the node is in the incarnation that this store was opened in.
    pub is_same_incarnation: bool,
    /// Where each stream ends.
    pub ends: Vec<StreamEnd>,
    /// Whether the database had been away until now.
    pub came_back: bool,
}

impl Store {
    /// Asks the database where its streams end. Where it does not answer within `patience`, it is away: from then on all
    /// that needs it fails at once, until a later pulse has its answer.
    ///
    /// # Errors
    /// Database errors. [`StoreError::ReplicaUnknown`] and [`StoreError::ReplicaTaken`] where this directory is the replica no
    /// more: its journal is stopped then.
    pub async fn pulse(&self, patience: Duration) -> Result<Pulse, StoreError> {
        let taken = match tokio::time::timeout(patience, self.take_pulse()).await {
            Ok(taken) => taken,
            Err(_) => Err(StoreError::away()),
        };
        let is_away = taken.as_ref().is_err_and(StoreError::is_away);
        let is_new = self.inner.location.is_on_server() && self.inner.presence.note(is_away);
        if is_new && is_away {
            tracing::error!(
                code = "database-away",
                "the database is away: searches go on, writes are refused"
            );
        } else if is_new {
            tracing::warn!("the database is back");
        }
        if let Err(error) = &taken {
            self.stop_if_ended(error);
        }
        taken.map(|pulse| Pulse { came_back: is_new, ..pulse })
    }

    /// Tells whether the last pulse found the database away.
    pub fn is_away(&self) -> bool {
        self.inner.presence.is_away()
    }

    /// Tells whether a pulse finds the database away, now or within a time.
    pub async fn is_found_away(&self, within: Duration) -> bool {
        self.is_on_server() && self.inner.presence.is_found_away(within).await
    }

    /// Tells whether a server keeps the database, which may go and come back, and which others use too.
    pub fn is_on_server(&self) -> bool {
        self.inner.location.is_on_server()
    }

    async fn take_pulse(&self) -> Result<Pulse, StoreError> {
        // Taken out while it is asked: one that was given up in the middle of its answer is not used again.
        let mut kept = self.inner.pulse.lock().await;
        let mut connection = match kept.take() {
            Some(connection) => Some(connection),
            None => engine::open_for_pulse(&self.inner.location).await?,
        };
        let pulse = match &mut connection {
            Some(connection) => self.ask(connection).await?,
            None => self.ask_file().await?,
        };
        *kept = connection;
        Ok(pulse)
    }

    async fn ask(&self, connection: &mut Connection) -> Result<Pulse, StoreError> {
        let asked = (self.inner.clock)();
        let text = format!(
            "SELECT n.incarnation AS incarnation, {SERVER_NOW} AS server_now, r.holder AS holder
             FROM node n LEFT JOIN replicas r ON r.replica = $1 AND r.left_at IS NULL WHERE n.id = 1"
        );
        let row = query(sqlx::AssertSqlSafe(text)).bind(self.inner.replica.0.as_slice());
        let row = row.fetch_optional(&mut *connection).await?;
        let row = row.ok_or(StoreError::Damaged("the node has no identity"))?;
        let answered = (self.inner.clock)();
        let said = Timestamp(row.try_get("server_now")?);
        self.inner.server_clock.note(Comparison { asked, said, answered });
        self.must_be_replica(fixed_or_null(&row, "holder")?)?;
        let rows = query(ENDS).fetch_all(connection).await?;
        self.said(number_from_row(&row, "incarnation")?, &rows)
    }

    /// Who opened the replica last must be this store: not before the write by which it joins was seen.
    fn must_be_replica(&self, holder: Option<[u8; 16]>) -> Result<(), StoreError> {
        let is_ours = holder == Some(self.inner.holder);
        let was_ours = self.inner.was_named.fetch_or(is_ours, Ordering::Relaxed);
        match holder {
            Some(_) if was_ours && !is_ours => Err(StoreError::ReplicaTaken),
            None if was_ours => Err(StoreError::ReplicaUnknown),
            Some(_) | None => Ok(()),
        }
    }

    async fn ask_file(&self) -> Result<Pulse, StoreError> {
        let node = load_node(&self.inner.pool).await?;
        let rows = query(ENDS).fetch_all(&self.inner.pool).await?;
        self.said(node.incarnation, &rows)
    }

    fn said(&self, incarnation: u32, rows: &[engine::Row]) -> Result<Pulse, StoreError> {
        let end = |row: &engine::Row| {
            let organisation: String = row.try_get("organisation")?;
            let stream = StreamId {
                organisation: organisation.parse().map_err(|_| StoreError::Damaged("stream organisation"))?,
                class: class_from_number(row.try_get("class")?)?,
                node: barid_domain::ids::NodeId(fixed(row, "node")?),
                incarnation: number_from_row(row, "incarnation")?,
            };
            let chain = ChainHash::from_bytes(fixed(row, "chain")?);
            Ok(StreamEnd { stream, size: number_from_row(row, "size")?, chain })
        };
        let ends = rows.iter().map(end).collect::<Result<_, StoreError>>()?;
        Ok(Pulse { is_same_incarnation: incarnation == self.incarnation(), ends, came_back: false })
    }
}

const ENDS: &str = "SELECT organisation, class, node, incarnation, size, chain FROM streams ORDER BY number";
