//! The node's own small tables: credentials, rows of imported lists, progress of imports.

use std::collections::{HashMap, HashSet};

use barid_domain::audit::Actor;
use barid_domain::contents::encode;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::officers::OfficerRights;
use sqlx::AssertSqlSafe;

use crate::alarms;
use crate::canaries;
use crate::countersigning;
use crate::engine::{Connection, Pool, Row, query};
use crate::error::StoreError;
use crate::images;
use crate::people;
use crate::re_entries;
use crate::replicas::{self, ReplicaId};
use crate::requests;
use crate::sealing::KeyRing;
use crate::streams::{fixed, number_from_row, to_i64};
use crate::values::{Credential, CredentialId, ImportProgress, ImportRow, ImportedRow, SystemChange};

const TOKEN_DOMAIN: &str = "barid/token/v1";
/// Stands between the name of an officer or service and its rights; no name holds it. Tokens of earlier programs have
/// neither, and the rights of every day.
const NAME_END: u8 = 0;
const SOURCE_ID_DOMAIN: &str = "barid/import-source-id/v1";
const CONTENT_DOMAIN: &str = "barid/import-content/v1";
const TOKEN_BYTES_CAP: usize = 1024;
const SOURCE_ID_BYTES_CAP: usize = 1024;
const KEPT_BYTES_CAP: usize = 64 * 1024;
/// The most rows of one statement; a power of two, so that few different statements stay prepared.
const ROWS_AT_ONCE: usize = 16;
/// Rows looked up in one statement; a power of two.
const LOOKED_UP_AT_ONCE: usize = 256;

/// Refuses changes with names outside their alphabets or values over their caps.
pub(crate) fn check_change(change: &SystemChange) -> Result<(), StoreError> {
    let fits = match change {
        SystemChange::PutCredential { token, organisation, officer, .. } => {
            (16..=TOKEN_BYTES_CAP).contains(&token.len()) && Actor::new(*organisation, officer).is_some()
        }
        SystemChange::RemoveCredential { .. }
        | SystemChange::JoinReplica
        | SystemChange::EndReplica { .. } => true,
        SystemChange::RememberImport(row) => {
            is_source(&row.source) && row.source_id.len() <= SOURCE_ID_BYTES_CAP
        }
        SystemChange::KeepImport { source, .. } | SystemChange::ForgetImport { source, .. } => {
            is_source(source)
        }
        SystemChange::SetImportProgress(progress) => {
            is_source(&progress.source) && progress.kept.len() <= KEPT_BYTES_CAP
        }
        SystemChange::KeepImage(kept) => images::is_sound(kept),
        SystemChange::PutPerson(row) => people::is_sound(row),
        SystemChange::KeepCountersigning(row) => countersigning::is_sound(row),
        SystemChange::KeepAlarm { row, .. } => alarms::is_sound(row),
        SystemChange::TakeUpImage { .. }
        | SystemChange::DropSessions { .. }
        | SystemChange::KnowNetwork { .. }
        | SystemChange::UncountAttempt { .. }
        | SystemChange::DropImages { .. }
        | SystemChange::MoveImport { .. }
        | SystemChange::DropAlarms { .. }
        | SystemChange::MarkCanary(_)
        | SystemChange::UnmarkCanary { .. }
        | SystemChange::NoteReEntry { .. }
        | SystemChange::DropCountersigning { .. }
        | SystemChange::EraseRequest { .. } => true,
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

/// Where a name with rights stands: at a token, of an organisation, until a time. Who writes the tables can't move it.
fn officer_place(token: &[u8; 32], organisation: &str, ends_at: i64) -> Vec<u8> {
    let until = ends_at.to_be_bytes();
    [b"barid/credential/v2\0".as_slice(), token, &until, organisation.as_bytes()].concat()
}

/// Where earlier programs kept the name alone.
fn name_place(token: &[u8; 32]) -> Vec<u8> {
    [b"barid/credential/v1\0".as_slice(), token].concat()
}

/// Makes the changes of a write inside its transaction, in their order, for the replica that writes, with its holder; rows of a list that follow each other go in
/// together.
pub(crate) async fn apply_all(
    connection: &mut Connection,
    ring: &KeyRing,
    changes: &[SystemChange],
    own: (ReplicaId, [u8; 16]),
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rest = changes;
    while !rest.is_empty() {
        let rows = rows_at_front(rest);
        let (taken, later) = rest.split_at(rows.len().max(1));
        match rows.as_slice() {
            [] => apply(connection, ring, &taken[0], own, now).await?,
            rows => remember_rows(connection, ring, rows).await?,
        }
        rest = later;
    }
    Ok(())
}

/// Gives the rows of lists that stand at the front, a power of two of them and none twice: one statement changes no row
/// a second time.
fn rows_at_front(changes: &[SystemChange]) -> Vec<&ImportRow> {
    let mut seen = HashSet::new();
    let mut rows: Vec<&ImportRow> = changes
        .iter()
        .take(ROWS_AT_ONCE)
        .map_while(|change| match change {
            SystemChange::RememberImport(row) => {
                seen.insert((row.organisation, &row.source, &row.source_id)).then_some(row)
            }
            SystemChange::PutCredential { .. }
            | SystemChange::RemoveCredential { .. }
            | SystemChange::PutPerson(_)
            | SystemChange::DropSessions { .. }
            | SystemChange::KnowNetwork { .. }
            | SystemChange::UncountAttempt { .. }
            | SystemChange::KeepImport { .. }
            | SystemChange::ForgetImport { .. }
            | SystemChange::MoveImport { .. }
            | SystemChange::SetImportProgress(_)
            | SystemChange::KeepImage(_)
            | SystemChange::TakeUpImage { .. }
            | SystemChange::DropImages { .. }
            | SystemChange::KeepCountersigning(_)
            | SystemChange::DropCountersigning { .. }
            | SystemChange::KeepAlarm { .. }
            | SystemChange::DropAlarms { .. }
            | SystemChange::MarkCanary(_)
            | SystemChange::UnmarkCanary { .. }
            | SystemChange::NoteReEntry { .. }
            | SystemChange::EraseRequest { .. }
            | SystemChange::JoinReplica
            | SystemChange::EndReplica { .. } => None,
        })
        .collect();
    if !rows.is_empty() {
        rows.truncate(1 << rows.len().ilog2());
    }
    rows
}

async fn remember_rows(
    connection: &mut Connection,
    ring: &KeyRing,
    rows: &[&ImportRow],
) -> Result<(), StoreError> {
    let text = format!(
        "INSERT INTO import_rows (organisation, source, source_id, record, content, edition) VALUES {}
         ON CONFLICT (organisation, source, source_id)
         DO UPDATE SET record = excluded.record, content = excluded.content, edition = excluded.edition",
        crate::creating::rows(rows.len(), 6)
    );
    let mut statement = query(AssertSqlSafe(text));
    for row in rows {
        statement = statement
            .bind(row.organisation.as_str().to_owned())
            .bind(row.source.clone())
            .bind(source_id_hash(ring, &row.source_id).to_vec())
            .bind(row.record.0.to_vec())
            .bind(content_hash(ring, &row.content).to_vec())
            .bind(row.edition);
    }
    statement.execute(connection).await?;
    Ok(())
}

/// Makes one change.
async fn apply(
    connection: &mut Connection,
    ring: &KeyRing,
    change: &SystemChange,
    own: (ReplicaId, [u8; 16]),
    now: Timestamp,
) -> Result<(), StoreError> {
    match change {
        SystemChange::PutCredential { token, organisation, officer, ends_at, rights } => {
            let token = ring.keyed_hash(TOKEN_DOMAIN, token);
            // Sealed with the name: who reads and writes the tables can't give rights to a token.
            let named = [officer.as_bytes(), &[NAME_END], &encode(rights)].concat();
            let place = officer_place(&token, organisation.as_str(), ends_at.0);
            let officer = ring.secrets.seal(&place, &named)?;
            query(
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
            query("DELETE FROM credentials WHERE token = $1")
                .bind(credential.0.as_slice())
                .execute(connection)
                .await?;
        }
        SystemChange::PutPerson(row) => people::put(connection, ring, row, now).await?,
        SystemChange::DropSessions { owner, session } => {
            people::drop_sessions(connection, owner, session.as_ref()).await?;
        }
        SystemChange::KnowNetwork { name } => people::know_network(connection, name, now).await?,
        SystemChange::UncountAttempt { name, counted, at, before } => {
            people::uncount_attempt(connection, name, *counted, (*at, *before)).await?;
        }
        SystemChange::RememberImport(row) => remember_rows(connection, ring, &[row]).await?,
        SystemChange::KeepImport { organisation, source, source_id, edition } => {
            query(
                "UPDATE import_rows SET edition = $1 WHERE organisation = $2 AND source = $3 AND source_id = $4",
            )
            .bind(*edition)
            .bind(organisation.as_str())
            .bind(source.as_str())
            .bind(source_id.as_slice())
            .execute(connection)
            .await?;
        }
        SystemChange::ForgetImport { organisation, source, source_id } => {
            query("DELETE FROM import_rows WHERE organisation = $1 AND source = $2 AND source_id = $3")
                .bind(organisation.as_str())
                .bind(source.as_str())
                .bind(source_id.as_slice())
                .execute(connection)
                .await?;
        }
        SystemChange::MoveImport { organisation, from, to } => {
            query("UPDATE import_rows SET record = $1 WHERE record = $2 AND organisation = $3")
                .bind(to.0.as_slice())
                .bind(from.0.as_slice())
                .bind(organisation.as_str())
                .execute(connection)
                .await?;
        }
        SystemChange::SetImportProgress(progress) => set_progress(connection, ring, progress, now).await?,
        SystemChange::KeepImage(kept) => images::keep(connection, ring, kept, now).await?,
        SystemChange::TakeUpImage { organisation, record, content } => {
            images::take_up(connection, ring, *organisation, *record, content).await?;
        }
        SystemChange::DropImages { organisation, before, most } => {
            images::drop_waiting(connection, *organisation, *before, *most).await?;
        }
        SystemChange::KeepCountersigning(row) => countersigning::keep(connection, ring, row).await?,
        SystemChange::DropCountersigning { kind, before } => {
            countersigning::drop_before(connection, *kind, before).await?;
        }
        SystemChange::KeepAlarm { row, replaces } => {
            alarms::keep(connection, ring, row, replaces.as_deref()).await?;
        }
        SystemChange::DropAlarms { before } => alarms::drop_before(connection, *before).await?,
        SystemChange::MarkCanary(canary) => canaries::mark(connection, ring, canary).await?,
        SystemChange::UnmarkCanary { owner, record } => {
            canaries::unmark(connection, ring, *owner, *record).await?;
        }
        SystemChange::NoteReEntry { organisation, order } => {
            re_entries::note(connection, *organisation, *order, now).await?;
        }
        SystemChange::EraseRequest { request } => requests::erase(connection, *request, now).await?,
        SystemChange::JoinReplica => replicas::join(connection, &own.0, &own.1, now).await?,
        SystemChange::EndReplica { replica } => replicas::leave(connection, replica, now).await?,
    }
    Ok(())
}

async fn set_progress(
    connection: &mut Connection,
    ring: &KeyRing,
    progress: &ImportProgress,
    now: Timestamp,
) -> Result<(), StoreError> {
    let place = kept_place(&progress.organisation, &progress.source);
    let kept = match progress.kept.as_slice() {
        [] => None,
        kept => Some(ring.secrets.seal(&place, kept)?),
    };
    query(
        "INSERT INTO import_progress (organisation, source, edition, file_hash, rows_done, finished, at, kept)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (organisation, source)
         DO UPDATE SET edition = $3, file_hash = $4, rows_done = $5, finished = $6, at = $7, kept = $8",
    )
    .bind(progress.organisation.as_str())
    .bind(progress.source.as_str())
    .bind(progress.edition)
    .bind(progress.file_hash.as_slice())
    .bind(to_i64(progress.rows_done)?)
    .bind(i64::from(progress.finished))
    .bind(now.0)
    .bind(kept)
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
    let row = query(
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
    let rows = query(
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
    let ends_at: i64 = row.try_get("ends_at")?;
    let named = ring.secrets.open(&officer_place(&id, &organisation, ends_at), &sealed);
    let named = named.and_then(|named| read_named(&named)).or_else(|| {
        // The name alone, whatever stands behind it.
        let name = String::from_utf8(ring.secrets.open(&name_place(&id), &sealed)?).ok()?;
        Some((name, OfficerRights::default()))
    });
    let (officer, rights) = named.unzip();
    let actor = organisation.parse().ok().zip(officer).and_then(|(code, officer)| Actor::new(code, &officer));
    let used: Option<i64> = row.try_get("last_used_on")?;
    let last_used_on = used.and_then(|days| Day::from_days(i32::try_from(days).ok()?).ok());
    Ok(Credential {
        id: CredentialId(id),
        actor: actor.ok_or(StoreError::Damaged("credential"))?,
        made_at: Timestamp(row.try_get("at")?),
        ends_at: Timestamp(ends_at),
        last_used_on,
        rights: rights.ok_or(StoreError::Damaged("credential"))?,
    })
}

/// Reads a name with the rights behind it.
fn read_named(named: &[u8]) -> Option<(String, OfficerRights)> {
    let end = named.iter().position(|byte| *byte == NAME_END)?;
    let rights = minicbor::decode(&named[end + 1..]).ok()?;
    Some((String::from_utf8(named[..end].to_vec()).ok()?, rights))
}

/// Notes on which day credentials were used; a day that is noted already stays.
pub(crate) async fn note_uses(
    connection: &mut Connection,
    uses: &[(CredentialId, Day)],
) -> Result<(), StoreError> {
    for (credential, day) in uses {
        query(
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
    let row = query(
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

/// Finds what rows of a list became, in the order asked.
pub(crate) async fn imported_among(
    pool: &Pool,
    ring: &KeyRing,
    organisation: &OrganisationCode,
    source: &str,
    source_ids: &[&str],
) -> Result<Vec<Option<ImportedRow>>, StoreError> {
    let hashes: Vec<[u8; 32]> = source_ids.iter().map(|id| source_id_hash(ring, id)).collect();
    let mut found = HashMap::with_capacity(hashes.len());
    for hashes in hashes.chunks(LOOKED_UP_AT_ONCE) {
        // Few different statements, so that each stays prepared: the count is rounded up, the last hash repeated.
        let count = hashes.len().next_power_of_two();
        let places: Vec<String> = (3..count + 3).map(|number| format!("${number}")).collect();
        let text = format!(
            "SELECT source_id, record, content, edition FROM import_rows
             WHERE organisation = $1 AND source = $2 AND source_id IN ({})",
            places.join(", ")
        );
        let mut statement =
            query(AssertSqlSafe(text)).bind(organisation.as_str().to_owned()).bind(source.to_owned());
        for index in 0..count {
            statement = statement.bind(hashes[index.min(hashes.len() - 1)].to_vec());
        }
        for row in statement.fetch_all(pool).await? {
            let row = imported_from_row(&row)?;
            found.insert(row.source_id, row);
        }
    }
    Ok(hashes.iter().map(|hash| found.get(hash).copied()).collect())
}

/// Lists the rows of a list last seen before an edition: what a newer edition no longer has.
pub(crate) async fn imported_before(
    pool: &Pool,
    organisation: &OrganisationCode,
    source: &str,
    edition: i64,
) -> Result<Vec<ImportedRow>, StoreError> {
    let rows = query(
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

fn kept_place(organisation: &OrganisationCode, source: &str) -> Vec<u8> {
    [b"barid/import-kept/v1\0".as_slice(), organisation.as_str().as_bytes(), &[0], source.as_bytes()].concat()
}

/// Reads how far the last import of a list got.
pub(crate) async fn import_progress(
    pool: &Pool,
    ring: &KeyRing,
    organisation: &OrganisationCode,
    source: &str,
) -> Result<Option<ImportProgress>, StoreError> {
    let row = query(
        "SELECT edition, file_hash, rows_done, finished, kept FROM import_progress
         WHERE organisation = $1 AND source = $2",
    )
    .bind(organisation.as_str())
    .bind(source)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kept = match row.try_get::<Option<Vec<u8>>>("kept")? {
        None => Vec::new(),
        Some(sealed) => ring
            .secrets
            .open(&kept_place(organisation, source), &sealed)
            .ok_or(StoreError::Damaged("what an import keeps"))?,
    };
    Ok(Some(ImportProgress {
        organisation: *organisation,
        source: source.to_owned(),
        edition: row.try_get("edition")?,
        file_hash: fixed(&row, "file_hash")?,
        rows_done: number_from_row(&row, "rows_done")?,
        finished: row.try_get::<i64>("finished")? != 0,
        kept,
    }))
}
