//! The accesses of an organisation: the lines of its access streams, in their order, a stretch at a time.

use barid_domain::audit::JournalLine;
use barid_domain::codes::CodeList as _;
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::streams::{Position, StreamClass};

use crate::engine::query;
use crate::error::StoreError;
use crate::journal::BegunAct;
use crate::reading::open_row;
use crate::store::Store;
use crate::streams::{fixed, number_from_row, to_i64};

/// Where the reading of accesses goes on: behind a number of a stream, by the short number the stream has in this database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct AccessPlace {
    /// The stream.
    pub stream: u64,
    /// The number in it.
    pub seq: u64,
}

/// Is a line of an access stream with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLine {
    /// Where reading goes on behind it.
    pub place: AccessPlace,
    /// The place in the ledger.
    pub position: Position,
    /// The hash under which it stands there.
    pub hash: EntryHash,
    /// The line.
    pub line: JournalLine,
}

/// Is a stretch of accesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessStretch {
    /// The lines, in their order.
    pub lines: Vec<AccessLine>,
    /// Where the next stretch begins; `None` behind the last.
    pub next: Option<AccessPlace>,
}

impl Store {
    /// The last place there is in the access streams of an organisation: what comes later stands behind it, whatever clock stamped
    /// it.
    ///
    /// # Errors
    /// Database errors.
    pub async fn last_access(&self, organisation: OrganisationCode) -> Result<AccessPlace, StoreError> {
        let stream = query(
            "SELECT number, size FROM streams WHERE organisation = $1 AND class = $2
             ORDER BY number DESC LIMIT 1",
        )
        .bind(organisation.as_str().to_owned())
        .bind(i64::from(StreamClass::Access.number()))
        .fetch_optional(&self.inner.pool)
        .await?;
        let Some(stream) = stream else { return Ok(AccessPlace::default()) };
        Ok(AccessPlace {
            stream: number_from_row(&stream, "number")?,
            seq: number_from_row(&stream, "size")?,
        })
    }

    /// The entries that a record stands in, as far as its present state and the log name them, for a begun act about the record.
    ///
    /// # Errors
    /// [`StoreError::ActDoesNotCover`] unless the act's line names the record; database errors.
    pub async fn entries_of(&self, act: &BegunAct, record: RecordId) -> Result<Vec<EntryHash>, StoreError> {
        if !act.covers_record(&record) {
            return Err(StoreError::ActDoesNotCover);
        }
        let rows = query(
            "SELECT l.entry_hash AS entry_hash FROM heads h JOIN log l ON l.stream = h.stream AND l.seq = h.seq
             WHERE h.record = $1
             UNION SELECT entry_hash FROM log WHERE record = $1",
        )
        .bind(record.0.to_vec())
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter().map(|row| Ok(EntryHash(fixed(row, "entry_hash")?))).collect()
    }

    /// Reads up to `most` lines of the access streams of an organisation behind a place, those of earlier incarnations first,
    /// for a begun act. What was erased of them is left out.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn accesses(
        &self,
        _act: &BegunAct,
        organisation: OrganisationCode,
        after: AccessPlace,
        most: u32,
    ) -> Result<AccessStretch, StoreError> {
        let stream = query(
            "SELECT number, size FROM streams WHERE organisation = $1 AND class = $2
             AND (number > $3 OR (number = $3 AND size > $4)) ORDER BY number LIMIT 1",
        )
        .bind(organisation.as_str().to_owned())
        .bind(i64::from(StreamClass::Access.number()))
        .bind(to_i64(after.stream)?)
        .bind(to_i64(after.seq)?)
        .fetch_optional(&self.inner.pool)
        .await?;
        let Some(stream) = stream else { return Ok(AccessStretch { lines: Vec::new(), next: None }) };
        let number: u64 = number_from_row(&stream, "number")?;
        let behind = if number == after.stream { after.seq } else { 0 };
        let size: u64 = number_from_row(&stream, "size")?;
        let last = behind.saturating_add(u64::from(most)).min(size);
        let rows = query(
            "SELECT s.organisation AS organisation, s.class AS class, s.node AS node,
                    s.incarnation AS incarnation, l.seq AS seq, l.entry_hash AS entry_hash, l.key_id AS key_id,
                    l.sealed AS sealed, k.scope AS scope, k.wrapped AS wrapped
             FROM log l JOIN streams s ON s.number = l.stream LEFT JOIN data_keys k ON k.key_id = l.key_id
             WHERE l.stream = $1 AND l.seq > $2 AND l.seq <= $3 ORDER BY l.seq",
        )
        .bind(to_i64(number)?)
        .bind(to_i64(behind)?)
        .bind(to_i64(last)?)
        .fetch_all(&self.inner.pool)
        .await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let (position, bytes) = open_row(&self.inner.ring, row)?;
            let Some(bytes) = bytes else { continue };
            let hash = EntryHash(fixed(row, "entry_hash")?);
            let line =
                JournalLine::from_bytes(&bytes).ok_or(StoreError::Damaged("a line of an access stream"))?;
            let place = AccessPlace { stream: number, seq: position.seq };
            lines.push(AccessLine { place, position, hash, line });
        }
        Ok(AccessStretch { lines, next: Some(AccessPlace { stream: number, seq: last }) })
    }
}
