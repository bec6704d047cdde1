//! Alarms, sealed: each replaced only while it is the one that was read, listed newest first.

use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;

use crate::engine::{Connection, Row, query};
use crate::error::StoreError;
use crate::journal::BegunAct;
use crate::sealing::KeyRing;
use crate::store::Store;
use crate::streams::fixed;

const ID_DOMAIN: &str = "barid/alarm/v1";
const TAG_DOMAIN: &str = "barid/alarm-tag/v1";
/// The longest content, in bytes: an alarm with all decisions there may be.
const CONTENT_BYTES_CAP: usize = 64 * 1024;
/// The most rows that are read at once.
const ROWS_CAP: u32 = 1_000;

/// Names an alarm: a keyed hash of what it is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AlarmId(pub [u8; 16]);

/// Is an alarm as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// Its name.
    pub alarm: AlarmId,
    /// Whose people it is about.
    pub organisation: OrganisationCode,
    /// When it was raised.
    pub at: Timestamp,
    /// What it says.
    pub content: Vec<u8>,
}

pub(crate) fn is_sound(row: &AlarmRow) -> bool {
    row.content.len() <= CONTENT_BYTES_CAP
}

/// Where an alarm stands: who writes the table can't give it to another organisation, or another time.
fn place(alarm: AlarmId, organisation: &str, at: Timestamp) -> Vec<u8> {
    [ID_DOMAIN.as_bytes(), &[0], &alarm.0, &at.0.to_be_bytes(), organisation.as_bytes()].concat()
}

fn tag(ring: &KeyRing, alarm: AlarmId, content: &[u8]) -> Vec<u8> {
    ring.keyed_hash(TAG_DOMAIN, &[&alarm.0, content].concat()).to_vec()
}

/// Keeps an alarm where there is none of its name, or where what it replaces still stands.
pub(crate) async fn keep(
    connection: &mut Connection,
    ring: &KeyRing,
    row: &AlarmRow,
    replaces: Option<&[u8]>,
) -> Result<(), StoreError> {
    let organisation = row.organisation.as_str().to_owned();
    let sealed = ring.secrets.seal(&place(row.alarm, &organisation, row.at), &row.content)?;
    let new_tag = tag(ring, row.alarm, &row.content);
    let changed = match replaces {
        None => {
            query(
                "INSERT INTO alarms (alarm, organisation, at, tag, content) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (alarm) DO NOTHING",
            )
            .bind(row.alarm.0.to_vec())
            .bind(organisation)
            .bind(row.at.0)
            .bind(new_tag)
            .bind(sealed)
            .execute(connection)
            .await?
        }
        Some(old) => {
            query(
                "UPDATE alarms SET tag = $4, content = $5
                 WHERE alarm = $1 AND organisation = $2 AND at = $3 AND tag = $6",
            )
            .bind(row.alarm.0.to_vec())
            .bind(organisation)
            .bind(row.at.0)
            .bind(new_tag)
            .bind(sealed)
            .bind(tag(ring, row.alarm, old))
            .execute(connection)
            .await?
        }
    };
    if changed == 1 { Ok(()) } else { Err(StoreError::Overtaken) }
}

/// Drops what was raised before a time.
pub(crate) async fn drop_before(connection: &mut Connection, before: Timestamp) -> Result<(), StoreError> {
    query("DELETE FROM alarms WHERE at < $1").bind(before.0).execute(connection).await?;
    Ok(())
}

fn open(ring: &KeyRing, row: &Row) -> Result<AlarmRow, StoreError> {
    let alarm = AlarmId(fixed(row, "alarm")?);
    let organisation: String = row.try_get("organisation")?;
    let at = Timestamp(row.try_get("at")?);
    let sealed: Vec<u8> = row.try_get("content")?;
    let content = ring.secrets.open(&place(alarm, &organisation, at), &sealed);
    let content = content.ok_or(StoreError::Damaged("an alarm"))?.to_vec();
    let organisation = organisation.parse().map_err(|_| StoreError::Damaged("an alarm"))?;
    Ok(AlarmRow { alarm, organisation, at, content })
}

impl Store {
    /// Names an alarm by what it is about.
    pub fn alarm_id(&self, identity: &[u8]) -> AlarmId {
        let hash = self.inner.ring.keyed_hash(ID_DOMAIN, identity);
        let (first, _) = hash.split_at(16);
        let mut id = [0; 16];
        id.copy_from_slice(first);
        AlarmId(id)
    }

    /// Tells whether there are alarms that were raised before a time.
    ///
    /// # Errors
    /// Database errors.
    pub async fn has_alarms_before(&self, before: Timestamp) -> Result<bool, StoreError> {
        let row = query("SELECT at FROM alarms WHERE at < $1 LIMIT 1")
            .bind(before.0)
            .fetch_optional(&self.inner.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Tells whether there is an alarm of a name.
    ///
    /// # Errors
    /// Database errors.
    pub async fn has_alarm(&self, alarm: AlarmId) -> Result<bool, StoreError> {
        let row = query("SELECT at FROM alarms WHERE alarm = $1")
            .bind(alarm.0.to_vec())
            .fetch_optional(&self.inner.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Reads an alarm, for a begun act.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn alarm(&self, _act: &BegunAct, alarm: AlarmId) -> Result<Option<AlarmRow>, StoreError> {
        let row = query("SELECT alarm, organisation, at, content FROM alarms WHERE alarm = $1")
            .bind(alarm.0.to_vec())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.map(|row| open(&self.inner.ring, &row)).transpose()
    }

    /// Lists alarms of an organisation, or of all, newest first, behind one of them, for a begun act.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn alarms(
        &self,
        _act: &BegunAct,
        of: Option<OrganisationCode>,
        after: Option<(Timestamp, AlarmId)>,
        limit: u32,
    ) -> Result<Vec<AlarmRow>, StoreError> {
        let (at, alarm) = after.map_or((i64::MAX, [u8::MAX; 16]), |(at, alarm)| (at.0, alarm.0));
        let limit = i64::from(limit.min(ROWS_CAP));
        let rows = match of {
            None => {
                query(
                    "SELECT alarm, organisation, at, content FROM alarms
                     WHERE (at, alarm) < ($1, $2) ORDER BY at DESC, alarm DESC LIMIT $3",
                )
                .bind(at)
                .bind(alarm.to_vec())
                .bind(limit)
                .fetch_all(&self.inner.pool)
                .await?
            }
            Some(of) => {
                query(
                    "SELECT alarm, organisation, at, content FROM alarms
                     WHERE organisation = $4 AND (at, alarm) < ($1, $2)
                     ORDER BY at DESC, alarm DESC LIMIT $3",
                )
                .bind(at)
                .bind(alarm.to_vec())
                .bind(limit)
                .bind(of.as_str().to_owned())
                .fetch_all(&self.inner.pool)
                .await?
            }
        };
        rows.iter().map(|row| open(&self.inner.ring, row)).collect()
    }
}
