//! Records that begin, many to a statement: the quick way for what imports write.
//!
//! It is a shortcut and nothing more: where a record, or the key of one, is there already, the caller goes the slow way,
//! entry by entry, which says what is wrong.

use barid_domain::dates::Timestamp;
use barid_domain::ids::RecordId;
use sqlx::AssertSqlSafe;

use crate::engine::{Connection, query};
use crate::error::StoreError;
use crate::heads::database_number;
use crate::items::LogPlace;
use crate::sealing::{KeyRing, SealingKey, random};
use crate::values::{HeadChange, KeyScope, NewEntry};

/// The most rows of one statement; a power of two, so that few different statements stay prepared.
const ROWS_AT_ONCE: usize = 16;

/// Gives how many entries at the front begin records of their own in one stream: a power of two of them, 0 for fewer
/// than two.
pub(crate) fn run_length(entries: &[NewEntry]) -> usize {
    let Some(first) = entries.first() else { return 0 };
    let mut records = std::collections::HashSet::new();
    let run = entries.iter().take(ROWS_AT_ONCE).take_while(|entry| {
        entry.organisation == first.organisation
            && entry.class == first.class
            && entry.items.is_empty()
            && is_own(entry) == is_own(first)
            && matches!(entry.change, HeadChange::Create { record } if records.insert(record))
    });
    match run.count() {
        0 | 1 => 0,
        length => 1 << length.ilog2(),
    }
}

fn is_own(entry: &NewEntry) -> bool {
    matches!(entry.key, KeyScope::Record(_))
}

/// Writes `count` rows of `columns` placeholders each: `($1, $2), ($3, $4)`.
pub(crate) fn rows(count: usize, columns: usize) -> String {
    let mut text = String::with_capacity(count * columns * 6);
    for row in 0..count {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            use std::fmt::Write as _;
            // Writing into a String can't fail.
            let _ = write!(text, "{}${}", if column == 1 { "" } else { ", " }, row * columns + column);
        }
        text.push(')');
    }
    text
}

/// Tells whether none of the records, and no key of their own, is there yet.
pub(crate) async fn are_new(connection: &mut Connection, entries: &[NewEntry]) -> Result<bool, StoreError> {
    let records: Vec<RecordId> = entries.iter().filter_map(|entry| entry.change.record()).collect();
    let places = rows(1, records.len());
    let heads = format!("SELECT 1 AS known FROM heads WHERE record IN {places} LIMIT 1");
    let keys = format!("SELECT 1 AS known FROM data_keys WHERE scope IN {places} LIMIT 1");
    let mut statement = query(AssertSqlSafe(heads));
    for record in &records {
        statement = statement.bind(record.0.to_vec());
    }
    if statement.fetch_optional(&mut *connection).await?.is_some() {
        return Ok(false);
    }
    let mut statement = query(AssertSqlSafe(keys));
    for record in records {
        statement = statement.bind(KeyScope::Record(record).to_bytes());
    }
    Ok(statement.fetch_optional(connection).await?.is_none())
}

/// Makes the keys of new records.
pub(crate) async fn create_keys(
    connection: &mut Connection,
    ring: &KeyRing,
    records: &[RecordId],
    now: Timestamp,
) -> Result<Vec<crate::data_keys::DataKey>, StoreError> {
    let text = format!(
        "INSERT INTO data_keys (key_id, scope, wrapped, created_at) VALUES {}",
        rows(records.len(), 4)
    );
    let mut statement = query(AssertSqlSafe(text));
    let mut keys = Vec::with_capacity(records.len());
    for record in records {
        let scope = KeyScope::Record(*record).to_bytes();
        let id = barid_domain::ids::DataKeyId(random()?);
        let key = SealingKey::generate()?;
        let wrapped = crate::data_keys::wrap(ring, &id, &scope, &key)?;
        statement = statement.bind(id.0.to_vec()).bind(scope).bind(wrapped).bind(now.0);
        keys.push(crate::data_keys::DataKey { id, key });
    }
    statement.execute(connection).await?;
    Ok(keys)
}

/// Begins the heads of new records, each with the entry at its place.
pub(crate) async fn insert_heads(
    connection: &mut Connection,
    entries: &[NewEntry],
    places: &[LogPlace],
) -> Result<(), StoreError> {
    let text = format!(
        "INSERT INTO heads (record, stream, seq, item, version, state, dataset, owner, review_on) VALUES {}",
        rows(entries.len(), 9)
    );
    let mut statement = query(AssertSqlSafe(text));
    for (entry, place) in entries.iter().zip(places) {
        statement = statement
            .bind(entry.change.record().map(|record| record.0.to_vec()))
            .bind(place.stream)
            .bind(place.seq)
            .bind(-1_i64)
            .bind(1_i64)
            .bind(crate::values::HeadState::Active.number())
            .bind(database_number(entry.meta.database))
            .bind(entry.organisation.as_str().to_owned())
            .bind(i64::from(entry.meta.review_on.days()));
    }
    statement.execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_through() {
        assert_eq!(rows(1, 3), "($1, $2, $3)");
        assert_eq!(rows(3, 2), "($1, $2), ($3, $4), ($5, $6)");
    }
}
