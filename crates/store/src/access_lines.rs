//! The lines of one act in its organisation's access stream, for a use case that goes on from what the act told.

use barid_domain::audit::{JournalLine, is_final};
use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamClass;

use crate::engine::query;
use crate::error::StoreError;
use crate::journal::BegunAct;
use crate::reading::{RUN_QUERY, open_row};
use crate::store::Store;
use crate::streams::to_i64;

/// Lines read at a time.
const RUN: u64 = 256;
/// The most lines behind the first line of an act among which its last one is looked for.
const LOOKED_AT: u64 = 20_000;

/// Is an act that ended, as its organisation's access stream has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedAct {
    /// The line that was written before it.
    pub begun: JournalLine,
    /// The line that was written when it ended.
    pub ended: JournalLine,
}

impl Store {
    /// Reads the first and the last line of an act by the hash of the first, which a begun act names; `None` where there is no such
    /// line, where it has not ended, and where the lines are erased. What the journal holds has to be folded before.
    ///
    /// # Errors
    /// [`StoreError::ActDoesNotCover`] unless the act's line names the line; database errors.
    pub async fn ended_act(&self, act: &BegunAct, line: EntryHash) -> Result<Option<EndedAct>, StoreError> {
        let Some(stored) = self.open_entry(act, line).await? else { return Ok(None) };
        if stored.position.stream.class != StreamClass::Access {
            return Ok(None);
        }
        let Some(begun) = stored.bytes.as_deref().and_then(JournalLine::from_bytes) else { return Ok(None) };
        let Some((number, _)) = self.stream_row(&stored.position.stream).await? else { return Ok(None) };
        let first = stored.position.seq;
        let mut after = first;
        while after - first < LOOKED_AT {
            let run = query(RUN_QUERY).bind(number).bind(to_i64(after)?).bind(to_i64(RUN)?);
            let rows = run.fetch_all(&self.inner.pool).await?;
            if rows.is_empty() {
                return Ok(None);
            }
            for row in &rows {
                let (_, bytes) = open_row(&self.inner.ring, row)?;
                let Some(read) = bytes.as_deref().and_then(JournalLine::from_bytes) else { continue };
                if read.act == begun.act && is_final(read.phase) {
                    return Ok(Some(EndedAct { begun, ended: read }));
                }
            }
            after += rows.len() as u64;
        }
        Ok(None)
    }
}
