//! What the writer does with entries and lines: keys, numbers, sealed rows, heads; several rows to a statement where
//! they begin records of one stream.

use barid_domain::dates::Timestamp;
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::streams::{Position, StreamClass, StreamId};
use sqlx::AssertSqlSafe;

use crate::creating;
use crate::data_keys::{self, DataKey};
use crate::engine::query;
use crate::error::{Conflict, StoreError};
use crate::items::{self, LogPlace};
use crate::streams::{self, StreamState, to_i64};
use crate::values::{FoldedLine, HeadChange, KeyScope, NewEntry, entry_place};
use crate::writer::Writer;
use crate::{heads, subtrees};

/// The most lines of one statement; a power of two, so that few different statements stay prepared.
const LINES_AT_ONCE: usize = 16;
const LOG_COLUMNS: usize = 12;

/// What of an entry stands in its log row.
struct LogRow<'a> {
    hash: &'a EntryHash,
    bytes: &'a [u8],
    change: &'a HeadChange,
    /// The record with which its bytes go.
    record: Option<RecordId>,
    items: usize,
    key: DataKey,
}

/// The record that an entry is about: which it changes, or with whose key it is sealed beside it.
fn record_of(entry: &NewEntry) -> Option<RecordId> {
    let of_key = match entry.key {
        KeyScope::Record(record) => Some(record),
        KeyScope::OwnerMonth { .. }
        | KeyScope::Registry
        | KeyScope::Agreements
        | KeyScope::Orders
        | KeyScope::Restrictions
        | KeyScope::Consents
        | KeyScope::Request(_)
        | KeyScope::AccessMonth { .. } => None,
    };
    entry.change.record().or(of_key)
}

impl Writer {
    /// Stores entries in their order; each takes the next number of its stream.
    pub(crate) async fn store_entries(
        &mut self,
        entries: &[NewEntry],
        now: Timestamp,
    ) -> Result<Vec<Position>, StoreError> {
        let mut positions = Vec::with_capacity(entries.len());
        let mut rest = entries;
        while !rest.is_empty() {
            let run = creating::run_length(rest);
            let (taken, later) = rest.split_at(run.max(1));
            if run > 0 && creating::are_new(&mut self.connection, taken).await? {
                positions.extend(self.store_new_records(taken, now).await?);
            } else {
                for entry in taken {
                    positions.push(self.store_entry(entry, now).await?);
                }
            }
            rest = later;
        }
        Ok(positions)
    }

    async fn store_entry(&mut self, entry: &NewEntry, now: Timestamp) -> Result<Position, StoreError> {
        let step = heads::check(&mut self.connection, &entry.change).await?;
        if let HeadChange::Erase { .. } = entry.change {
            self.erasing = true;
        }
        let key = self.key_for(entry.key, &entry.change, now).await?;
        let row = LogRow {
            hash: &entry.hash,
            bytes: &entry.bytes,
            change: &entry.change,
            record: record_of(entry),
            items: entry.items.len(),
            key: key.clone(),
        };
        let stream = self.stream(entry.organisation, entry.class);
        let places = self.append_rows(stream, &[row], now).await?;
        let &[(position, place)] = places.as_slice() else {
            return Err(StoreError::Damaged("one row, one place"));
        };
        if !entry.items.is_empty() {
            items::insert(&mut self.connection, entry, place, &key).await?;
        }
        heads::carry_out(&mut self.connection, &self.ring, step, entry, place, now).await?;
        Ok(position)
    }

    /// Stores entries that begin records of one stream, which are known to be new.
    async fn store_new_records(
        &mut self,
        entries: &[NewEntry],
        now: Timestamp,
    ) -> Result<Vec<Position>, StoreError> {
        let Some(first) = entries.first() else { return Ok(Vec::new()) };
        let keys = match first.key {
            KeyScope::Record(_) => {
                let records: Vec<_> = entries.iter().filter_map(|entry| entry.change.record()).collect();
                creating::create_keys(&mut self.connection, &self.ring, &records, now).await?
            }
            KeyScope::OwnerMonth { .. }
            | KeyScope::Registry
            | KeyScope::Agreements
            | KeyScope::Orders
            | KeyScope::Restrictions
            | KeyScope::Consents
            | KeyScope::Request(_)
            | KeyScope::AccessMonth { .. } => {
                let mut keys = Vec::with_capacity(entries.len());
                for entry in entries {
                    keys.push(self.key_for(entry.key, &entry.change, now).await?);
                }
                keys
            }
        };
        let rows = entries.iter().zip(keys).map(|(entry, key)| LogRow {
            hash: &entry.hash,
            bytes: &entry.bytes,
            change: &entry.change,
            record: record_of(entry),
            items: 0,
            key,
        });
        let stream = self.stream(first.organisation, first.class);
        let places = self.append_rows(stream, &rows.collect::<Vec<_>>(), now).await?;
        let (positions, places): (Vec<Position>, Vec<LogPlace>) = places.into_iter().unzip();
        creating::insert_heads(&mut self.connection, entries, &places).await?;
        Ok(positions)
    }

    /// Appends lines to the access streams of their organisations; gives the place of the last one.
    pub(crate) async fn store_access_lines(
        &mut self,
        lines: &[FoldedLine],
        now: Timestamp,
    ) -> Result<Option<Position>, StoreError> {
        let mut last = None;
        let mut rest = lines;
        while let Some(first) = rest.first() {
            let of_one = rest.iter().take(LINES_AT_ONCE);
            let run = of_one.take_while(|line| line.organisation == first.organisation).count();
            let (taken, later) = rest.split_at(1 << run.ilog2());
            let mut rows = Vec::with_capacity(taken.len());
            for line in taken {
                let scope = KeyScope::access_month(line.organisation, line.at);
                let key = self.key_for(scope, &HeadChange::None, now).await?;
                let (hash, bytes) = (&line.hash, line.bytes.as_slice());
                rows.push(LogRow { hash, bytes, change: &HeadChange::None, record: None, items: 0, key });
            }
            let stream = self.stream(first.organisation, StreamClass::Access);
            let places = self.append_rows(stream, &rows, now).await?;
            last = places.last().map(|(position, _)| *position);
            rest = later;
        }
        Ok(last)
    }

    fn stream(&self, organisation: OrganisationCode, class: StreamClass) -> StreamId {
        StreamId { organisation, class, node: self.node, incarnation: self.incarnation }
    }

    async fn key_for(
        &mut self,
        scope: KeyScope,
        change: &HeadChange,
        now: Timestamp,
    ) -> Result<DataKey, StoreError> {
        if let KeyScope::Record(record) = scope {
            // A record that begins has no key yet; where it has one, its head says what is wrong.
            if let HeadChange::Create { .. } = change {
                let created =
                    data_keys::create(&mut self.connection, &self.ring, scope.to_bytes(), now).await?;
                if let Some(key) = created {
                    return Ok(key);
                }
                heads::refuse_existing(&mut self.connection, record).await?;
            }
            let key = data_keys::find_or_create(&mut self.connection, &self.ring, scope, now).await?;
            return key.ok_or(StoreError::conflict(record, Conflict::Erased));
        }
        if let KeyScope::Request(_) = scope {
            // Not kept at hand: another replica may have destroyed it.
            let key = data_keys::find_or_create(&mut self.connection, &self.ring, scope, now).await?;
            return key.ok_or(StoreError::InvalidEntry("the request was erased"));
        }
        if let Some(key) = self.keys.get(&scope) {
            return Ok(key.clone());
        }
        let key = data_keys::find_or_create(&mut self.connection, &self.ring, scope, now)
            .await?
            .ok_or(StoreError::InvalidEntry("the key of this month was destroyed"))?;
        self.keys.set(scope, key.clone());
        Ok(key)
    }

    /// Appends rows to one stream: numbers, chain, frontier, sealed bytes, and the ledger's subtrees that became whole.
    async fn append_rows(
        &mut self,
        stream: StreamId,
        rows: &[LogRow<'_>],
        now: Timestamp,
    ) -> Result<Vec<(Position, LogPlace)>, StoreError> {
        let mut state = self.stream_state(&stream).await?;
        let mut places = Vec::with_capacity(rows.len());
        let text = format!(
            "INSERT INTO log (stream, seq, entry_hash, chain, change, record, target, target_item, key_id,
                              sealed, items, at) VALUES {}",
            creating::rows(rows.len(), LOG_COLUMNS)
        );
        let mut statement = query(AssertSqlSafe(text));
        let mut whole = Vec::new();
        for row in rows {
            let seq = state.advance(row.hash, &mut whole)?;
            let position = Position { stream, seq };
            let place = LogPlace { stream: state.number, seq: to_i64(seq)? };
            let sealed = row.key.key.seal(&entry_place(&position, row.hash, &row.key.id), row.bytes)?;
            let (target, target_item) = row.change.target();
            statement = statement
                .bind(place.stream)
                .bind(place.seq)
                .bind(row.hash.0.to_vec())
                .bind(state.chain.as_bytes().to_vec())
                .bind(row.change.number())
                .bind(row.record.map(|record| record.0.to_vec()))
                .bind(target.map(|hash| hash.0.to_vec()))
                .bind(target_item.map(i64::from))
                .bind(row.key.id.0.to_vec())
                .bind(sealed)
                // Capped far below the range of i64.
                .bind(row.items as i64)
                .bind(now.0);
            places.push((position, place));
        }
        statement.execute(&mut self.connection).await?;
        subtrees::insert(&mut self.connection, state.number, &whole).await?;
        self.streams.set(stream, state);
        Ok(places)
    }

    async fn stream_state(&mut self, stream: &StreamId) -> Result<StreamState, StoreError> {
        if let Some(state) = self.streams.get(stream) {
            return Ok(state.clone());
        }
        let loaded = streams::load(&mut self.connection, stream).await?;
        if let Some((size, chain)) = self.witnessed.get(stream) {
            let goes_on = match &loaded {
                Some(state) if state.size == *size => state.chain == *chain,
                Some(state) if state.size > *size => {
                    streams::chain_at(&mut self.connection, state.number, *size).await?.as_ref()
                        == Some(chain)
                }
                Some(_) | None => false,
            };
            if !goes_on {
                tracing::error!(
                    "a stream does not go on from what was committed to it: the database went back"
                );
                return Err(StoreError::Damaged("a stream does not go on from what was committed to it"));
            }
        }
        match loaded {
            Some(state) => Ok(state),
            None => streams::create(&mut self.connection, stream).await,
        }
    }
}
