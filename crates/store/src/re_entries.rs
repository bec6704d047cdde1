//! How often organisations tried to enter somebody whom an order of the commission says not to: a row for each order, day and
//! organisation, so that a list that is imported over and over makes no more rows than days.

use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{EntryHash, OrganisationCode};

use crate::engine::{Connection, Row, query};
use crate::error::StoreError;
use crate::store::Store;
use crate::streams::fixed;

/// The most rows that are read at once.
const ROWS_CAP: u32 = 1_000;

/// Is how often an organisation tried on a day to enter whom one order describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReEntryRow {
    /// The order that stood in the way.
    pub order: EntryHash,
    /// The day, in UTC.
    pub day: Day,
    /// Who tried.
    pub organisation: OrganisationCode,
    /// How often.
    pub attempts: u32,
    /// When last.
    pub last_at: Timestamp,
}

/// Names a row, to go on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReEntryPlace {
    /// The day.
    pub day: Day,
    /// The order.
    pub order: EntryHash,
    /// Who tried.
    pub organisation: OrganisationCode,
}

/// Notes one attempt.
pub(crate) async fn note(
    connection: &mut Connection,
    organisation: OrganisationCode,
    order: EntryHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO re_entries (order_entry, day, organisation, attempts, last_at) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (order_entry, day, organisation)
         DO UPDATE SET attempts = re_entries.attempts + 1, last_at = excluded.last_at",
    )
    .bind(order.0.to_vec())
    .bind(i64::from(now.day().days()))
    .bind(organisation.as_str())
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &Row) -> Result<ReEntryRow, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("a row of attempts to enter somebody again");
    let day: i64 = row.try_get("day")?;
    let day = i32::try_from(day).ok().and_then(|days| Day::from_days(days).ok()).ok_or(DAMAGED)?;
    let organisation: String = row.try_get("organisation")?;
    let attempts: i64 = row.try_get("attempts")?;
    Ok(ReEntryRow {
        order: EntryHash(fixed(row, "order_entry")?),
        day,
        organisation: OrganisationCode::new(&organisation).map_err(|_| DAMAGED)?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        last_at: Timestamp(row.try_get("last_at")?),
    })
}

impl Store {
    /// Lists attempts, the newest day first, behind one of them.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn re_entries(
        &self,
        after: Option<ReEntryPlace>,
        limit: u32,
    ) -> Result<Vec<ReEntryRow>, StoreError> {
        let (day, order, organisation) = match after {
            None => (i64::MAX, Vec::new(), String::new()),
            Some(after) => {
                (i64::from(after.day.days()), after.order.0.to_vec(), after.organisation.as_str().to_owned())
            }
        };
        let rows = query(
            "SELECT order_entry, day, organisation, attempts, last_at FROM re_entries
             WHERE day < $1 OR (day = $1 AND (order_entry > $2 OR (order_entry = $2 AND organisation > $3)))
             ORDER BY day DESC, order_entry, organisation LIMIT $4",
        )
        .bind(day)
        .bind(order)
        .bind(organisation)
        .bind(i64::from(limit.min(ROWS_CAP)))
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}
