//! Smaller questions that use cases ask: what a repeated write did, what stands at a place, what a candidate says.

use barid_domain::audit::Operation;
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::streams::Position;

use crate::engine::query;
use crate::error::StoreError;
use crate::journal::BegunAct;
use crate::outcomes::is_same_request;
use crate::store::Store;
use crate::streams::{fixed, fixed_or_null, to_i64};
use crate::values::{Committed, Head, Idempotency, StoredEntry};

/// Is what a write left at one place of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The entry.
    pub entry: EntryHash,
    /// The record it is about, or the records of its items in their order.
    pub records: Vec<RecordId>,
}

impl Store {
    /// Finds the outcome of an earlier write with the same key and the same request.
    ///
    /// # Errors
    /// [`StoreError::IdempotencyMismatch`] when the key was used for another request; database errors.
    pub async fn replay(&self, idempotency: &Idempotency) -> Result<Option<Committed>, StoreError> {
        let row = query("SELECT request FROM idempotency WHERE organisation = $1 AND idem_key = $2")
            .bind(idempotency.organisation.as_str())
            .bind(idempotency.key.0.as_slice())
            .fetch_optional(&self.inner.pool)
            .await?;
        match row {
            None => Ok(None),
            Some(row) if is_same_request(&self.inner.ring, idempotency, &fixed(&row, "request")?) => {
                self.outcome(idempotency.organisation, idempotency.key).await
            }
            Some(_) => Err(StoreError::IdempotencyMismatch),
        }
    }

    /// Tells what stands at a place, without its content; `None` where nothing does.
    ///
    /// # Errors
    /// Database errors.
    pub async fn written_at(&self, position: Position) -> Result<Option<Written>, StoreError> {
        let Some((number, _)) = self.stream_row(&position.stream).await? else { return Ok(None) };
        let seq = to_i64(position.seq)?;
        let row = query("SELECT entry_hash, record, items FROM log WHERE stream = $1 AND seq = $2")
            .bind(number)
            .bind(seq)
            .fetch_optional(&self.inner.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut records: Vec<RecordId> = fixed_or_null(&row, "record")?.map(RecordId).into_iter().collect();
        let items: i64 = row.try_get("items")?;
        if items > 0 {
            let chunks = "SELECT records FROM item_chunks WHERE stream = $1 AND seq = $2 ORDER BY chunk";
            let rows = query(chunks).bind(number).bind(seq).fetch_all(&self.inner.pool).await?;
            for row in rows {
                let bytes: Vec<u8> = row.try_get("records")?;
                records.extend(bytes.as_chunks::<16>().0.iter().map(|id| RecordId(*id)));
            }
        }
        Ok(Some(Written { entry: EntryHash(fixed(&row, "entry_hash")?), records }))
    }

    /// Reads what a candidate of a search says, under the search's own begun line, that of the screening of a text, or that of a
    /// reading of links, of an opening that shows them of decisions about own records, of asking about hits, or of reading what an
    /// owner was asked about its records; its ended line names the records.
    ///
    /// # Errors
    /// [`StoreError::ActDoesNotCover`] unless the act is one of these; database errors.
    pub async fn open_candidate(
        &self,
        act: &BegunAct,
        record: RecordId,
    ) -> Result<Option<StoredEntry>, StoreError> {
        match act.operation() {
            Operation::SearchPersons
            | Operation::SearchDocuments
            | Operation::SearchAnything
            | Operation::ScreenText
            | Operation::ReadLinks
            | Operation::OpenRecord
            | Operation::AskConsent
            | Operation::ReadConsultations
            // Nothing of it is shown: whether it could be opened is decided on it.
            | Operation::ReadConsents
            | Operation::DecideReviews => self.load_record(record).await,
            _ => Err(StoreError::ActDoesNotCover),
        }
    }

    /// Lists the records of one owner that stand, in the order of their ids, after one and at most `limit`.
    ///
    /// # Errors
    /// Database errors.
    pub async fn heads_of(
        &self,
        owner: OrganisationCode,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<Head>, StoreError> {
        let text = "SELECT record FROM heads WHERE owner = $1 AND record > $2 AND state = 1 ORDER BY record LIMIT $3";
        let rows = query(text)
            .bind(owner.as_str())
            .bind(after.map(|record| record.0.to_vec()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.inner.pool)
            .await?;
        let mut heads = Vec::with_capacity(rows.len());
        for row in rows {
            heads.extend(self.head(RecordId(fixed(&row, "record")?)).await?);
        }
        Ok(heads)
    }
}
