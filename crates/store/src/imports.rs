//! What imports ask about the rows they remember: what became of each, how many stand, which ones an edition left out.

use std::collections::HashMap;

use barid_domain::dates::Day;
use barid_domain::ids::{OrganisationCode, RecordId};
use sqlx::AssertSqlSafe;

use crate::engine::{Row, query};
use crate::error::StoreError;
use crate::store::Store;
use crate::streams::{day_from_row, fixed, to_i64};
use crate::system_tables::source_id_hash;
use crate::values::{HeadState, ImportedRow};

/// Rows looked up in one statement; a power of two.
const LOOKED_UP_AT_ONCE: usize = 256;

/// Is an imported row with the present state of the record it became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRow {
    /// The row.
    pub row: ImportedRow,
    /// How its record stands.
    pub state: HeadState,
    /// The day its record is reviewed.
    pub review_on: Day,
    /// Of a record that was erased: whether it was withdrawn before.
    pub was_withdrawn: bool,
}

impl Store {
    /// Finds what rows of an outside list became and how their records stand, in the order asked.
    ///
    /// # Errors
    /// Database errors.
    pub async fn known_rows(
        &self,
        organisation: OrganisationCode,
        source: &str,
        source_ids: &[String],
    ) -> Result<Vec<Option<KnownRow>>, StoreError> {
        let hashes: Vec<[u8; 32]> =
            source_ids.iter().map(|id| source_id_hash(&self.inner.ring, id)).collect();
        let mut found = HashMap::with_capacity(hashes.len());
        for hashes in hashes.chunks(LOOKED_UP_AT_ONCE) {
            // Few different statements, so that each stays prepared: the count is rounded up, the last hash repeated.
            let count = hashes.len().next_power_of_two();
            let places: Vec<String> = (3..count + 3).map(|number| format!("${number}")).collect();
            let text = format!(
                "SELECT i.source_id AS source_id, i.record AS record, i.content AS content,
                        i.edition AS edition, h.state AS state, h.review_on AS review_on,
                        CASE WHEN h.state <> 3 THEN 0 ELSE
                            (SELECT COUNT(*) FROM log w WHERE w.record = i.record AND w.change IN (3, 4))
                        END AS withdrawals
                 FROM import_rows i JOIN heads h ON h.record = i.record
                 WHERE i.organisation = $1 AND i.source = $2 AND i.source_id IN ({})",
                places.join(", ")
            );
            let mut statement =
                query(AssertSqlSafe(text)).bind(organisation.as_str().to_owned()).bind(source.to_owned());
            for index in 0..count {
                statement = statement.bind(hashes[index.min(hashes.len() - 1)].to_vec());
            }
            for row in statement.fetch_all(&self.inner.pool).await? {
                let known = known_from_row(&row)?;
                found.insert(known.row.source_id, known);
            }
        }
        Ok(hashes.iter().map(|hash| found.get(hash).copied()).collect())
    }

    /// Counts the rows of a list last seen before an edition whose records stand.
    ///
    /// # Errors
    /// Database errors.
    pub async fn count_standing_rows(
        &self,
        organisation: OrganisationCode,
        source: &str,
        before_edition: i64,
    ) -> Result<u64, StoreError> {
        let row = query(
            "SELECT COUNT(*) AS standing FROM import_rows i JOIN heads h ON h.record = i.record
             WHERE i.organisation = $1 AND i.source = $2 AND i.edition < $3 AND h.state = 1",
        )
        .bind(organisation.as_str())
        .bind(source)
        .bind(before_edition)
        .fetch_one(&self.inner.pool)
        .await?;
        crate::streams::number_from_row(&row, "standing")
    }

    /// Lists rows of a list last seen before an edition, at most `limit`; those forgotten since are passed over.
    ///
    /// # Errors
    /// Database errors.
    pub async fn rows_left_out(
        &self,
        organisation: OrganisationCode,
        source: &str,
        edition: i64,
        limit: u32,
    ) -> Result<Vec<ImportedRow>, StoreError> {
        let rows = query(
            "SELECT source_id, record, content, edition FROM import_rows
             WHERE organisation = $1 AND source = $2 AND edition < $3 ORDER BY source_id LIMIT $4",
        )
        .bind(organisation.as_str())
        .bind(source)
        .bind(edition)
        .bind(to_i64(u64::from(limit))?)
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter().map(imported_from_row).collect()
    }
}

fn imported_from_row(row: &Row) -> Result<ImportedRow, StoreError> {
    Ok(ImportedRow {
        source_id: fixed(row, "source_id")?,
        record: RecordId(fixed(row, "record")?),
        content: fixed(row, "content")?,
        edition: row.try_get("edition")?,
    })
}

fn known_from_row(row: &Row) -> Result<KnownRow, StoreError> {
    Ok(KnownRow {
        row: imported_from_row(row)?,
        state: HeadState::from_number(row.try_get("state")?).ok_or(StoreError::Damaged("head state"))?,
        review_on: day_from_row(row, "review_on")?,
        was_withdrawn: row.try_get::<i64>("withdrawals")? > 0,
    })
}
