//! Records by their day of review: which pass it, which are past it for so long that they are erased; and the time of
//! the newest entry, by which a clock is known to be behind.

use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::reviews::ClockSeen;

use crate::engine::{Connection, query};
use crate::error::StoreError;
use crate::reading::head_from_row;
use crate::store::Store;
use crate::streams::{day_from_row, fixed};
use crate::values::{Head, HeadState};

const DAMAGED_OWNER: StoreError = StoreError::Damaged("head owner");

impl Store {
    /// Lists records in force whose day of review lies from `from` up to and without `before`, in the order of day and
    /// record, behind the one given, at most `limit`.
    ///
    /// # Errors
    /// Database errors.
    pub async fn reviews_between(
        &self,
        from: Day,
        before: Day,
        behind: Option<(Day, RecordId)>,
        limit: u32,
    ) -> Result<Vec<(Day, RecordId)>, StoreError> {
        let (day, record) = behind.map_or((from, Vec::new()), |(day, record)| (day, record.0.to_vec()));
        let rows = query(
            "SELECT review_on, record FROM heads
             WHERE state <> 3 AND state = 1 AND (review_on, record) > ($1, $3) AND review_on < $2
             ORDER BY review_on, record LIMIT $4",
        )
        .bind(i64::from(day.days()))
        .bind(i64::from(before.days()))
        .bind(record)
        .bind(i64::from(limit))
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((day_from_row(row, "review_on")?, RecordId(fixed(row, "record")?))))
            .collect()
    }

    /// Lists an owner's records in force whose day of review lies before a day, in the order of day and record, behind the one
    /// given, at most `limit`.
    ///
    /// # Errors
    /// Database errors.
    pub async fn reviews_of(
        &self,
        owner: OrganisationCode,
        before: Day,
        behind: Option<(Day, RecordId)>,
        limit: u32,
    ) -> Result<Vec<Head>, StoreError> {
        let (day, record) = behind.map_or((Day::FIRST, Vec::new()), |(day, record)| (day, record.0.to_vec()));
        let rows = query(
            "SELECT h.record AS record, h.item AS item, h.version AS version, h.state AS state,
                    h.dataset AS dataset, h.owner AS owner, h.review_on AS review_on, l.seq AS seq,
                    l.entry_hash AS entry_hash, s.organisation AS organisation, s.class AS class,
                    s.node AS node, s.incarnation AS incarnation
             FROM heads h JOIN log l ON l.stream = h.stream AND l.seq = h.seq
                          JOIN streams s ON s.number = h.stream
             WHERE h.state <> 3 AND h.state = 1 AND h.owner = $1 AND (h.review_on, h.record) > ($2, $4)
               AND h.review_on < $3
             ORDER BY h.review_on, h.record LIMIT $5",
        )
        .bind(owner.as_str())
        .bind(i64::from(day.days()))
        .bind(i64::from(before.days()))
        .bind(record)
        .bind(i64::from(limit))
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter().map(head_from_row).collect()
    }

    /// Names the owners of records that still have content, in force or withdrawn, and whose day of review lies before
    /// a day. It goes from owner to owner: how many records each has does not matter.
    ///
    /// # Errors
    /// Database errors.
    pub async fn owners_long_past(&self, before: Day) -> Result<Vec<OrganisationCode>, StoreError> {
        let (mut owners, mut behind) = (Vec::new(), String::new());
        loop {
            let row = query("SELECT owner FROM heads WHERE state <> 3 AND owner > $1 ORDER BY owner LIMIT 1")
                .bind(behind)
                .fetch_optional(&self.inner.pool)
                .await?;
            let Some(row) = row else { return Ok(owners) };
            let owner: OrganisationCode =
                row.try_get::<String>("owner")?.parse().map_err(|_| DAMAGED_OWNER)?;
            // Of the list alone: what stands first in it may be revised in the same moment, and what is behind it is due all the same.
            let due = query(
                "SELECT record FROM heads WHERE state <> 3 AND review_on < $1 AND owner = $2
                 ORDER BY review_on, record LIMIT 1",
            )
            .bind(i64::from(before.days()))
            .bind(owner.as_str())
            .fetch_optional(&self.inner.pool)
            .await?;
            if due.is_some() {
                owners.push(owner);
            }
            behind = owner.as_str().to_owned();
        }
    }

    /// Lists records of an owner that still have content, in force or withdrawn, whose day of review lies before a day:
    /// the longest past it first, at most `limit`.
    ///
    /// # Errors
    /// Database errors.
    pub async fn reviews_long_past(
        &self,
        owner: OrganisationCode,
        before: Day,
        limit: u32,
    ) -> Result<Vec<Head>, StoreError> {
        let rows = query(
            "SELECT record FROM heads WHERE state <> 3 AND review_on < $1 AND owner = $2
             ORDER BY review_on, record LIMIT $3",
        )
        .bind(i64::from(before.days()))
        .bind(owner.as_str())
        .bind(i64::from(limit))
        .fetch_all(&self.inner.pool)
        .await?;
        let mut heads = Vec::with_capacity(rows.len());
        for row in rows {
            // Revised since the list was read: it is long past no more.
            let head = self.head(RecordId(fixed(&row, "record")?)).await?;
            heads.extend(head.filter(|head| head.review_on < before && head.state != HeadState::Erased));
        }
        Ok(heads)
    }

    /// Reads what the upkeep saw of the clock last, on whichever replica; `None` before the first.
    ///
    /// # Errors
    /// Database errors.
    pub async fn clock_seen(&self) -> Result<Option<ClockSeen>, StoreError> {
        let row = query("SELECT clock_seen_at, erase_from FROM node WHERE id = 1")
            .fetch_optional(&self.inner.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (at, from): (Option<i64>, Option<i64>) =
            (row.try_get("clock_seen_at")?, row.try_get("erase_from")?);
        Ok(at.zip(from).map(|(at, from)| ClockSeen { at: Timestamp(at), erase_from: Timestamp(from) }))
    }

    /// Tells when the newest entry was stored, over the last entries of all streams; `None` in an empty store.
    ///
    /// # Errors
    /// Database errors.
    pub async fn newest_entry_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = query(
            "SELECT MAX(l.at) AS newest FROM streams s JOIN log l ON l.stream = s.number AND l.seq = s.size",
        )
        .fetch_one(&self.inner.pool)
        .await?;
        Ok(row.try_get::<Option<i64>>("newest")?.map(Timestamp))
    }
}

pub(crate) async fn note_clock(connection: &mut Connection, seen: ClockSeen) -> Result<(), StoreError> {
    query("UPDATE node SET clock_seen_at = $1, erase_from = $2 WHERE id = 1")
        .bind(seen.at.0)
        .bind(seen.erase_from.0)
        .execute(connection)
        .await?;
    Ok(())
}
