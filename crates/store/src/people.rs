//! What is kept of people: accounts, entities and sessions, each a sealed row under a keyed hash; and who tried to sign in,
//! counted by keyed hashes of names and addresses, whether there is such a name or not.
//!
//! The store does not read what a row says. A row is written at a version, and replaced only by the next one: what was read and
//! changed meanwhile is not overwritten.

use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::sign_in::{Attempts, Counted};

use crate::engine::{Connection, Row, query};
use crate::error::StoreError;
use crate::sealing::KeyRing;
use crate::store::Store;
use crate::streams::fixed;
use crate::writer::Job;

const CONTENT_BYTES_CAP: usize = 64 * 1024;
const DAY: i64 = 86_400_000_000;
/// How long attempts from somewhere are kept: longer than any pause, and until nearly all are forgotten.
const FROM_KEPT: i64 = 2 * DAY;
/// How long those of a name are kept, which its officer is told of, and from where it signed in.
const NAMES_KEPT: i64 = 30 * DAY;
/// The most rows of one kind: for names that strangers make up.
const ATTEMPTS_CAP: i64 = 50_000;
/// The kind of a row that notes from where a name signed in.
const KNOWN: i64 = 5;
/// The most rows that one write clears away.
const CLEARED_AT_ONCE: i64 = 100;

/// Is what a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonKind {
    /// An account.
    Account,
    /// A national entity.
    Entity,
    /// A session.
    Session,
}

impl PersonKind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Account => 1,
            Self::Entity => 2,
            Self::Session => 3,
        }
    }
}

/// Is a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// What it is.
    pub kind: PersonKind,
    /// Its name: a keyed hash.
    pub id: [u8; 32],
    /// The organisation it is of.
    pub organisation: OrganisationCode,
    /// What it belongs to: of a session, the account.
    pub owner: [u8; 32],
    /// Which version it is: 1 for a new one.
    pub version: i64,
    /// From when it is nothing; far off for what does not end.
    pub ends_at: Timestamp,
    /// When it was last used, as far as that was noted.
    pub seen_at: Timestamp,
    /// What it says.
    pub content: Vec<u8>,
}

pub(crate) fn is_sound(row: &PersonRow) -> bool {
    row.version >= 1 && row.content.len() <= CONTENT_BYTES_CAP
}

/// Where a row stands: who writes the tables can't make it another one, or last longer.
fn place(
    kind: i64,
    id: &[u8; 32],
    owner: &[u8; 32],
    numbers: (i64, Timestamp),
    organisation: &str,
) -> Vec<u8> {
    let (version, ends_at) = numbers;
    [
        b"barid/person/v1\0".as_slice(),
        &kind.to_be_bytes(),
        id,
        owner,
        &version.to_be_bytes(),
        &ends_at.0.to_be_bytes(),
        organisation.as_bytes(),
    ]
    .concat()
}

/// Keeps a row where the version before it stands. Sessions that are over go when a new one comes.
pub(crate) async fn put(
    connection: &mut Connection,
    ring: &KeyRing,
    row: &PersonRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let organisation = row.organisation.as_str();
    let kind = row.kind.number();
    let place = place(kind, &row.id, &row.owner, (row.version, row.ends_at), organisation);
    let sealed = ring.secrets.seal(&place, &row.content)?;
    if row.kind == PersonKind::Session {
        query(
            "DELETE FROM people WHERE id IN
             (SELECT id FROM people WHERE kind = $1 AND ends_at <= $2 ORDER BY ends_at LIMIT $3)",
        )
        .bind(kind)
        .bind(now.0)
        .bind(CLEARED_AT_ONCE)
        .execute(&mut *connection)
        .await?;
    }
    let text = if row.version == 1 {
        "INSERT INTO people (id, kind, organisation, owner, version, ends_at, seen_at, sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING"
    } else {
        "UPDATE people SET version = $5, ends_at = $6, seen_at = $7, sealed = $8
         WHERE id = $1 AND kind = $2 AND organisation = $3 AND owner = $4 AND version = $5 - 1"
    };
    let changed = query(text)
        .bind(row.id.to_vec())
        .bind(kind)
        .bind(organisation)
        .bind(row.owner.to_vec())
        .bind(row.version)
        .bind(row.ends_at.0)
        .bind(row.seen_at.0)
        .bind(sealed)
        .execute(connection)
        .await?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Overtaken) }
}

/// Ends a session, or all of an account.
pub(crate) async fn drop_sessions(
    connection: &mut Connection,
    owner: &[u8; 32],
    one: Option<&[u8; 32]>,
) -> Result<(), StoreError> {
    let text = match one {
        None => "DELETE FROM people WHERE owner = $1 AND kind = $2",
        Some(_) => "DELETE FROM people WHERE owner = $1 AND kind = $2 AND id = $3",
    };
    let mut asked = query(text).bind(owner.to_vec()).bind(PersonKind::Session.number());
    if let Some(id) = one {
        asked = asked.bind(id.to_vec());
    }
    asked.execute(connection).await?;
    Ok(())
}

fn kind_of(counted: Counted) -> i64 {
    match counted {
        Counted::NameFromAddress => 1,
        Counted::Name => 2,
        Counted::Address => 3,
        Counted::Network => 4,
    }
}

/// Notes from where somebody signed in.
pub(crate) async fn know_network(
    connection: &mut Connection,
    name: &[u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO sign_in_attempts (name, kind, failed, last_at, forgotten_at) VALUES ($1, $2, 0, $3, 0)
         ON CONFLICT (name) DO UPDATE SET last_at = $3",
    )
    .bind(name.to_vec())
    .bind(KNOWN)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes one attempt back, and the pause after it where no other one began since.
pub(crate) async fn uncount_attempt(
    connection: &mut Connection,
    name: &[u8; 32],
    counted: Counted,
    (at, before): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    query(
        "UPDATE sign_in_attempts SET failed = failed - 1, forgotten_at = forgotten_at - $2,
         last_at = CASE WHEN last_at = $3 THEN $4 ELSE last_at END WHERE name = $1 AND failed > 0",
    )
    .bind(name.to_vec())
    .bind(counted.forgets_one_in())
    .bind(at.0)
    .bind(before.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Clears away what is old, a few rows at a time, and now and then what is too much.
async fn clear_attempts(
    connection: &mut Connection,
    names: &[([u8; 32], Counted)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let clear = "DELETE FROM sign_in_attempts WHERE name IN
        (SELECT name FROM sign_in_attempts WHERE kind = $1 AND last_at < $2 ORDER BY last_at LIMIT $3)";
    for (kind, kept) in [(1, FROM_KEPT), (2, NAMES_KEPT), (3, FROM_KEPT), (4, FROM_KEPT), (KNOWN, NAMES_KEPT)]
    {
        query(clear)
            .bind(kind)
            .bind(now.0.saturating_sub(kept))
            .bind(CLEARED_AT_ONCE)
            .execute(&mut *connection)
            .await?;
    }
    // Nobody can choose these hashes: one in sixty-four, so that rows are not counted with every attempt.
    if names.iter().all(|(name, _)| name[0] >= 4) {
        return Ok(());
    }
    for (_, what) in names {
        cut_attempts(connection, kind_of(*what), ATTEMPTS_CAP).await?;
    }
    Ok(())
}

/// Clears the oldest rows of a kind away, beyond so many.
async fn cut_attempts(connection: &mut Connection, kind: i64, cap: i64) -> Result<(), StoreError> {
    let row = query("SELECT COUNT(*) AS count FROM sign_in_attempts WHERE kind = $1")
        .bind(kind)
        .fetch_optional(&mut *connection)
        .await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("count"))?;
    if count > cap {
        query(
            "DELETE FROM sign_in_attempts WHERE name IN
             (SELECT name FROM sign_in_attempts WHERE kind = $1 ORDER BY last_at LIMIT $2)",
        )
        .bind(kind)
        .bind(count - cap)
        .execute(connection)
        .await?;
    }
    Ok(())
}

async fn attempts_of(connection: &mut Connection, name: &[u8; 32]) -> Result<Attempts, StoreError> {
    let row = query("SELECT failed, last_at, forgotten_at FROM sign_in_attempts WHERE name = $1")
        .bind(name.to_vec())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(Attempts::NONE) };
    Ok(Attempts {
        failed: u32::try_from(row.try_get::<i64>("failed")?).unwrap_or(u32::MAX),
        last_at: Timestamp(row.try_get("last_at")?),
        forgotten_at: Timestamp(row.try_get("forgotten_at")?),
    })
}

/// Counts an attempt under each name, all of them or, where one of them pauses, none. A name does not pause where its officer signed
/// in lately; that is looked up for every name alike.
pub(crate) async fn begin_attempt(
    connection: &mut Connection,
    names: &[([u8; 32], Counted)],
    known: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<Attempts>>, StoreError> {
    clear_attempts(connection, names, now).await?;
    let is_known = attempts_of(connection, known).await? != Attempts::NONE;
    let mut before = Vec::with_capacity(names.len());
    for (name, what) in names {
        let earlier = attempts_of(connection, name).await?;
        let is_free = is_known && *what == Counted::Name;
        if !is_free && earlier.pauses(*what, now) {
            return Ok(None);
        }
        before.push(earlier);
    }
    for ((name, what), earlier) in names.iter().zip(&before) {
        let next = earlier.counting(*what, now);
        query(
            "INSERT INTO sign_in_attempts (name, kind, failed, last_at, forgotten_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO UPDATE SET failed = $3, last_at = $4, forgotten_at = $5",
        )
        .bind(name.to_vec())
        .bind(kind_of(*what))
        .bind(i64::from(next.failed))
        .bind(next.last_at.0)
        .bind(next.forgotten_at.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(Some(before))
}

/// Notes that a session was used.
pub(crate) async fn note_seen(
    connection: &mut Connection,
    id: &[u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    query("UPDATE people SET seen_at = $1 WHERE id = $2 AND seen_at < $1")
        .bind(now.0)
        .bind(id.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

fn row_of(ring: &KeyRing, kind: PersonKind, row: &Row) -> Result<PersonRow, StoreError> {
    let (id, owner) = (fixed(row, "id")?, fixed(row, "owner")?);
    let organisation: String = row.try_get("organisation")?;
    let version: i64 = row.try_get("version")?;
    let ends_at = Timestamp(row.try_get("ends_at")?);
    let sealed: Vec<u8> = row.try_get("sealed")?;
    let place = place(kind.number(), &id, &owner, (version, ends_at), &organisation);
    let content = ring.secrets.open(&place, &sealed).ok_or(StoreError::Damaged("a row about people"))?;
    Ok(PersonRow {
        kind,
        id,
        organisation: organisation.parse().map_err(|_| StoreError::Damaged("a row about people"))?,
        owner,
        version,
        ends_at,
        seen_at: Timestamp(row.try_get("seen_at")?),
        content: content.to_vec(),
    })
}

const COLUMNS: &str = "id, organisation, owner, version, ends_at, seen_at, sealed";

impl Store {
    /// Reads a row.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn person(&self, kind: PersonKind, id: &[u8; 32]) -> Result<Option<PersonRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM people WHERE kind = $1 AND id = $2");
        let row = query(sqlx::AssertSqlSafe(text))
            .bind(kind.number())
            .bind(id.to_vec())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.map(|row| row_of(&self.inner.ring, kind, &row)).transpose()
    }

    /// Lists rows of a kind of an organisation.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn people(
        &self,
        kind: PersonKind,
        organisation: OrganisationCode,
    ) -> Result<Vec<PersonRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM people WHERE kind = $1 AND organisation = $2 ORDER BY id");
        let rows = query(sqlx::AssertSqlSafe(text))
            .bind(kind.number())
            .bind(organisation.as_str())
            .fetch_all(&self.inner.pool)
            .await?;
        rows.iter().map(|row| row_of(&self.inner.ring, kind, row)).collect()
    }

    /// Lists the sessions of an account, the oldest first, those that are over too.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn sessions_of(&self, account: &[u8; 32]) -> Result<Vec<PersonRow>, StoreError> {
        let text =
            format!("SELECT {COLUMNS} FROM people WHERE kind = $1 AND owner = $2 ORDER BY ends_at, id");
        let rows = query(sqlx::AssertSqlSafe(text))
            .bind(PersonKind::Session.number())
            .bind(account.to_vec())
            .fetch_all(&self.inner.pool)
            .await?;
        rows.iter().map(|row| row_of(&self.inner.ring, PersonKind::Session, row)).collect()
    }

    /// Counts an attempt to sign in as failed, before anything is looked at; answers what was counted before, and `None` where
    /// one of the names pauses. Where the name signed in from the network `known` lately, it does not pause itself. Nobody is signed in,
    /// so it is no act of anybody: it has no line. A sign-in has one.
    ///
    /// # Errors
    /// Database errors.
    pub async fn begin_attempt(
        &self,
        names: Vec<([u8; 32], Counted)>,
        known: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Vec<Attempts>>, StoreError> {
        if self.is_away() {
            return Err(StoreError::away());
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        let job = Job::BeginAttempt { names, known, now, reply };
        self.inner.writer.send(job).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }

    /// Notes that a session was used: no act of its own, so no line; the acts have theirs.
    ///
    /// # Errors
    /// Database errors.
    pub async fn note_seen(&self, session: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
        if self.is_away() {
            return Err(StoreError::away());
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        let job = Job::NoteSeen { session, now, reply };
        self.inner.writer.send(job).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }
}
