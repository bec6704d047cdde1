//! Heads: the present state of every record, changed only by an entry that was made from that state.

use barid_domain::codes::{CodeList as _, Database};
use barid_domain::dates::Timestamp;
use barid_domain::ids::{EntryHash, RecordId};

use crate::data_keys;
use crate::engine::{Connection, query};
use crate::error::{Conflict, StoreError};
use crate::images;
use crate::items::{self, LogPlace};
use crate::sealing::KeyRing;
use crate::streams::{fixed, number_from_row};
use crate::values::{ERASE_CHANGE, HeadChange, HeadState, KeyScope, NewEntry};

/// A head as the writer looks at it.
struct PresentHead {
    current: EntryHash,
    place: LogPlace,
    item: Option<u32>,
    version: i64,
    state: HeadState,
}

pub(crate) fn database_number(database: Database) -> i64 {
    i64::from(database.number())
}

async fn load(connection: &mut Connection, record: &RecordId) -> Result<Option<PresentHead>, StoreError> {
    let row = query(
        "SELECT h.stream AS stream, h.seq AS seq, h.item AS item, h.version AS version, h.state AS state,
                l.entry_hash AS entry_hash
         FROM heads h JOIN log l ON l.stream = h.stream AND l.seq = h.seq WHERE h.record = $1",
    )
    .bind(record.0.as_slice())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let item: i64 = row.try_get("item")?;
    Ok(Some(PresentHead {
        current: EntryHash(fixed(&row, "entry_hash")?),
        place: LogPlace { stream: row.try_get("stream")?, seq: row.try_get("seq")? },
        item: if item < 0 { None } else { Some(number_from_row(&row, "item")?) },
        version: row.try_get("version")?,
        state: HeadState::from_number(row.try_get("state")?).ok_or(StoreError::Damaged("head state"))?,
    }))
}

/// What is to be done to a head once the entry stands in the log.
pub(crate) enum HeadStep {
    Nothing,
    Insert { record: RecordId },
    Replace { record: RecordId, version: i64 },
    SetState { record: RecordId, state: HeadState },
    Erase { record: RecordId, place: LogPlace, batch: EntryHash, item: Option<u32> },
}

/// Checks that a change fits the present state of its record.
pub(crate) async fn check(connection: &mut Connection, change: &HeadChange) -> Result<HeadStep, StoreError> {
    let Some(record) = change.record() else { return Ok(HeadStep::Nothing) };
    if let HeadChange::Create { .. } = change {
        // Seldom wrong, so not looked up before: the row itself refuses a second one.
        return Ok(HeadStep::Insert { record });
    }
    let refuse = |conflict| Err(StoreError::conflict(record, conflict));
    let Some(head) = load(connection, &record).await? else {
        return refuse(Conflict::NotFound);
    };
    if head.state == HeadState::Erased {
        return refuse(Conflict::Erased);
    }
    if let HeadChange::Erase { expects, .. } = change {
        // What was decided on an older version is not carried out on a newer one: that would be gone for good.
        if expects.is_some_and(|expects| expects != head.current) {
            return refuse(Conflict::Stale { current: head.current });
        }
        return Ok(HeadStep::Erase { record, place: head.place, batch: head.current, item: head.item });
    }
    if head.state == HeadState::Withdrawn {
        return refuse(Conflict::Withdrawn);
    }
    match *change {
        HeadChange::None
        | HeadChange::Attest { .. }
        | HeadChange::Create { .. }
        | HeadChange::Erase { .. } => Ok(HeadStep::Nothing),
        HeadChange::Supersede { .. } | HeadChange::Withdraw { .. } if head.item.is_some() => {
            refuse(Conflict::BatchItem)
        }
        HeadChange::Supersede { expects, .. } | HeadChange::Withdraw { expects, .. }
            if expects != head.current =>
        {
            refuse(Conflict::Stale { current: head.current })
        }
        HeadChange::Supersede { .. } => Ok(HeadStep::Replace { record, version: head.version + 1 }),
        HeadChange::Withdraw { .. } => Ok(HeadStep::SetState { record, state: HeadState::Withdrawn }),
        HeadChange::WithdrawItem { batch, item, .. } if head.current != batch || head.item != Some(item) => {
            refuse(Conflict::NotThatItem)
        }
        HeadChange::WithdrawItem { .. } => Ok(HeadStep::SetState { record, state: HeadState::Withdrawn }),
    }
}

/// Carries a checked change out; `place` is where its entry stands.
pub(crate) async fn carry_out(
    connection: &mut Connection,
    ring: &KeyRing,
    step: HeadStep,
    entry: &NewEntry,
    place: LogPlace,
    now: Timestamp,
) -> Result<(), StoreError> {
    match step {
        HeadStep::Nothing => Ok(()),
        HeadStep::Insert { record } => insert(connection, record, entry, place).await,
        HeadStep::Replace { record, version } => replace(connection, record, version, entry, place).await,
        HeadStep::SetState { record, state } => set_state(connection, record, state).await,
        HeadStep::Erase { record, place, batch, item } => {
            match item {
                Some(item) => {
                    let hash = items::erase(connection, ring, &batch, place, item).await?;
                    put_tombstone(connection, &hash, now).await?;
                }
                None => erase_versions(connection, record, now).await?,
            }
            set_state(connection, record, HeadState::Erased).await
        }
    }
}

async fn insert(
    connection: &mut Connection,
    record: RecordId,
    entry: &NewEntry,
    place: LogPlace,
) -> Result<(), StoreError> {
    let done = query(
        "INSERT INTO heads (record, stream, seq, item, version, state, dataset, owner, review_on)
         VALUES ($1, $2, $3, -1, 1, 1, $4, $5, $6) ON CONFLICT (record) DO NOTHING",
    )
    .bind(record.0.as_slice())
    .bind(place.stream)
    .bind(place.seq)
    .bind(database_number(entry.meta.database))
    .bind(entry.organisation.as_str())
    .bind(i64::from(entry.meta.review_on.days()))
    .execute(&mut *connection)
    .await?;
    if done == 1 { Ok(()) } else { refuse_existing(connection, record).await }
}

/// Says why a record can't begin; nothing where it can.
pub(crate) async fn refuse_existing(connection: &mut Connection, record: RecordId) -> Result<(), StoreError> {
    match load(connection, &record).await?.map(|head| head.state) {
        None => Ok(()),
        Some(HeadState::Erased) => Err(StoreError::conflict(record, Conflict::Erased)),
        Some(HeadState::Active | HeadState::Withdrawn) => {
            Err(StoreError::conflict(record, Conflict::AlreadyExists))
        }
    }
}

async fn replace(
    connection: &mut Connection,
    record: RecordId,
    version: i64,
    entry: &NewEntry,
    place: LogPlace,
) -> Result<(), StoreError> {
    query(
        "UPDATE heads SET stream = $1, seq = $2, version = $3, dataset = $4, review_on = $5
         WHERE record = $6",
    )
    .bind(place.stream)
    .bind(place.seq)
    .bind(version)
    .bind(database_number(entry.meta.database))
    .bind(i64::from(entry.meta.review_on.days()))
    .bind(record.0.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_state(
    connection: &mut Connection,
    record: RecordId,
    state: HeadState,
) -> Result<(), StoreError> {
    query("UPDATE heads SET state = $1 WHERE record = $2")
        .bind(state.number())
        .bind(record.0.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// Destroys a record's key and pictures, and the sealed bytes of its versions; orders to erase stay readable.
async fn erase_versions(
    connection: &mut Connection,
    record: RecordId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = query("SELECT entry_hash FROM log WHERE record = $1 AND change <> $2")
        .bind(record.0.as_slice())
        .bind(ERASE_CHANGE)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        put_tombstone(connection, &fixed(&row, "entry_hash")?, now).await?;
    }
    query("UPDATE log SET sealed = NULL WHERE record = $1 AND change <> $2")
        .bind(record.0.as_slice())
        .bind(ERASE_CHANGE)
        .execute(&mut *connection)
        .await?;
    images::erase_of(connection, record).await?;
    data_keys::destroy(connection, KeyScope::Record(record), now).await
}

pub(crate) async fn put_tombstone(
    connection: &mut Connection,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    query("INSERT INTO tombstones (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(hash.as_slice())
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(())
}
