//! The node's own small tables: credentials, rows of imported lists, progress of imports.

use barid_domain::audit::Actor;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{OrganisationCode, RecordId};
use sqlx::Row as _;

use crate::engine::{Connection, Pool, Row};
use crate::error::StoreError;
use crate::sealing::KeyRing;
use crate::streams::{fixed, number_from_row, to_i64};
use crate::values::{Credential, CredentialId, ImportProgress, ImportedRow, SystemChange};

const TOKEN_DOMAIN: &str = "barid/token/v1";
const SOURCE_ID_DOMAIN: &str = "barid/import-source-id/v1";
const CONTENT_DOMAIN: &str = "barid/import-content/v1";
const TOKEN_BYTES_CAP: usize = 1024;
const SOURCE_ID_BYTES_CAP: usize = 1024;

/// Refuses changes with names outside their alphabets or values over their caps.
pub(crate) fn check_change(change: &SystemChange) -> Result<(), StoreError> {
    let fits = match change {
        SystemChange::PutCredential { token, organisation, officer, .. } => {
            (16..=TOKEN_BYTES_CAP).contains(&token.len()) && Actor::new(*organisation, officer).is_some()
        }
        SystemChange::RemoveCredential { .. } => true,
        SystemChange::RememberImport(row) => {
            is_source(&row.source) && row.source_id.len() <= SOURCE_ID_BYTES_CAP
        }
        SystemChange::ForgetImport { source, .. } => is_source(source),
        SystemChange::SetImportProgress(progress) => is_source(&progress.source),
    };
    if fits { Ok(()) } else { Err(StoreError::InvalidName) }
}

fn is_source(source: &str) -> bool {
    (1..=40).contains(&source.len())
        && source.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

pub(crate) fn source_id_hash(ring: &KeyRing, source_id: &str) -> [u8; 32] {
    ring.keyed_hash(SOURCE_ID_DOMAIN, source_id.as_bytes())
}

pub(crate) fn content_hash(ring: &KeyRing, content: &[u8; 32]) -> [u8; 32] {
    ring.keyed_hash(CONTENT_DOMAIN, content)
}

fn officer_place(token: &[u8; 32]) -> Vec<u8> {
    [b"barid/credential/v1\0".as_slice(), token].concat()
}

/// Makes one change inside the transaction of a write.
pub(crate) async fn apply(
    connection: &mut Connection,
    ring: &KeyRing,
    change: &SystemChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    match change {
        SystemChange::PutCredential { token, organisation, officer, ends_at } => {
            let token = ring.keyed_hash(TOKEN_DOMAIN, token);
            let officer = ring.secrets.seal(&officer_place(&token), officer.as_bytes())?;
            sqlx::query(
                "INSERT INTO credentials (token, organisation, officer, at, ends_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (token) DO UPDATE SET organisation = $2, officer = $3, at = $4, ends_at = $5",
            )
            .bind(token.to_vec())
            .bind(organisation.as_str())
            .bind(officer)
            .bind(now.0)
            .bind(ends_at.0)
            .execute(connection)
            .await?;
        }
        SystemChange::RemoveCredential { credential } => {
            sqlx::query("DELETE FROM credentials WHERE token = $1")
                .bind(credential.0.as_slice())
                .execute(connection)
                .await?;
        }
        SystemChange::RememberImport(row) => {
            sqlx::query(
                "INSERT INTO import_rows (organisation, source, source_id, record, content, edition)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (organisation, source, source_id)
                 DO UPDATE SET record = $4, content = $5, edition = $6",
            )
            .bind(row.organisation.as_str())
            .bind(row.source.as_str())
            .bind(source_id_hash(ring, &row.source_id).to_vec())
            .bind(row.record.0.as_slice())
            .bind(content_hash(ring, &row.content).to_vec())
            .bind(row.edition)
            .execute(connection)
            .await?;
        }
        SystemChange::ForgetImport { organisation, source, source_id } => {
            sqlx::query("DELETE FROM import_rows WHERE organisation = $1 AND source = $2 AND source_id = $3")
                .bind(organisation.as_str())
                .bind(source.as_str())
                .bind(source_id.as_slice())
                .execute(connection)
                .await?;
        }
        SystemChange::SetImportProgress(progress) => set_progress(connection, progress, now).await?,
    }
    Ok(())
}

async fn set_progress(
    connection: &mut Connection,
    progress: &ImportProgress,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO import_progress (organisation, source, edition, file_hash, rows_done, finished, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (organisation, source)
         DO UPDATE SET edition = $3, file_hash = $4, rows_done = $5, finished = $6, at = $7",
    )
    .bind(progress.organisation.as_str())
    .bind(progress.source.as_str())
    .bind(progress.edition)
    .bind(progress.file_hash.as_slice())
    .bind(to_i64(progress.rows_done)?)
    .bind(i64::from(progress.finished))
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Finds the credential of a token; one that has ended is found as little as one that never was.
pub(crate) async fn credential(
    pool: &Pool,
    ring: &KeyRing,
    token: &[u8],
    now: Timestamp,
) -> Result<Option<Credential>, StoreError> {
    if token.len() > TOKEN_BYTES_CAP {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT token, organisation, officer, at, ends_at, last_used_on FROM credentials
         WHERE token = $1 AND ends_at > $2",
    )
    .bind(ring.keyed_hash(TOKEN_DOMAIN, token).to_vec())
    .bind(now.0)
    .fetch_optional(pool)
    .await?;
    row.map(|row| credential_from_row(ring, &row)).transpose()
}

/// Lists every credential that is kept, those that have ended too, in the order in which they end.
pub(crate) async fn credentials(pool: &Pool, ring: &KeyRing) -> Result<Vec<Credential>, StoreError> {
    let rows = sqlx::query(
        "SELECT token, organisation, officer, at, ends_at, last_used_on FROM credentials
         ORDER BY ends_at, token",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| credential_from_row(ring, row)).collect()
}

fn credential_from_row(ring: &KeyRing, row: &Row) -> Result<Credential, StoreError> {
    let id: [u8; 32] = fixed(row, "token")?;
    let organisation: String = row.try_get("organisation")?;
    let sealed: Vec<u8> = row.try_get("officer")?;
    let officer = ring.secrets.open(&officer_place(&id), &sealed);
    let officer = officer.and_then(|bytes| String::from_utf8(bytes).ok());
    let actor = organisation.parse().ok().zip(officer).and_then(|(code, officer)| Actor::new(code, &officer));
    let used: Option<i64> = row.try_get("last_used_on")?;
    let last_used_on = used.and_then(|days| Day::from_days(i32::try_from(days).ok()?).ok());
    Ok(Credential {
        id: CredentialId(id),
        actor: actor.ok_or(StoreError::Damaged("credential"))?,
        made_at: Timestamp(row.try_get("at")?),
        ends_at: Timestamp(row.try_get("ends_at")?),
        last_used_on,
    })
}

/// Notes on which day credentials were used; a day that is noted already stays.
pub(crate) async fn note_uses(
    connection: &mut Connection,
    uses: &[(CredentialId, Day)],
) -> Result<(), StoreError> {
    for (credential, day) in uses {
        sqlx::query(
            "UPDATE credentials SET last_used_on = $1
             WHERE token = $2 AND (last_used_on IS NULL OR last_used_on < $1)",
        )
        .bind(i64::from(day.days()))
        .bind(credential.0.as_slice())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn imported_from_row(row: &Row) -> Result<ImportedRow, StoreError> {
    Ok(ImportedRow {
        source_id: fixed(row, "source_id")?,
        record: RecordId(fixed(row, "record")?),
        content: fixed(row, "content")?,
        edition: row.try_get("edition")?,
    })
}

/// Finds what a row of a list became.
pub(crate) async fn imported(
    pool: &Pool,
    ring: &KeyRing,
    organisation: &OrganisationCode,
    source: &str,
    source_id: &str,
) -> Result<Option<ImportedRow>, StoreError> {
    let row = sqlx::query(
        "SELECT source_id, record, content, edition FROM import_rows
         WHERE organisation = $1 AND source = $2 AND source_id = $3",
    )
    .bind(organisation.as_str())
    .bind(source)
    .bind(source_id_hash(ring, source_id).to_vec())
    .fetch_optional(pool)
    .await?;
    row.map(|row| imported_from_row(&row)).transpose()
}

/// Lists the rows of a list last seen before an edition: what a newer edition no longer has.
pub(crate) async fn imported_before(
    pool: &Pool,
    organisation: &OrganisationCode,
    source: &str,
    edition: i64,
) -> Result<Vec<ImportedRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT source_id, record, content, edition FROM import_rows
         WHERE organisation = $1 AND source = $2 AND edition < $3 ORDER BY source_id",
    )
    .bind(organisation.as_str())
    .bind(source)
    .bind(edition)
    .fetch_all(pool)
    .await?;
    rows.iter().map(imported_from_row).collect()
}

/// Reads how far the last import of a list got.
pub(crate) async fn import_progress(
    pool: &Pool,
    organisation: &OrganisationCode,
    source: &str,
) -> Result<Option<ImportProgress>, StoreError> {
    let row = sqlx::query(
        "SELECT edition, file_hash, rows_done, finished FROM import_progress
         WHERE organisation = $1 AND source = $2",
    )
    .bind(organisation.as_str())
    .bind(source)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ImportProgress {
        organisation: *organisation,
        source: source.to_owned(),
        edition: row.try_get("edition")?,
        file_hash: fixed(&row, "file_hash")?,
        rows_done: number_from_row(&row, "rows_done")?,
        finished: row.try_get::<i64, _>("finished")? != 0,
    }))
}
