//! Outcomes: what became of a write, kept with it under the key its client chose.

use barid_domain::dates::Timestamp;
use barid_domain::ids::{IdempotencyKey, OrganisationCode};
use barid_domain::streams::{Position, StreamId};

use crate::engine::{Connection, Executor, query};
use crate::error::StoreError;
use crate::sealing::KeyRing;
use crate::streams::fixed;
use crate::values::{Committed, ENTRIES_PER_WRITE_CAP, Idempotency};

const REQUEST_DOMAIN: &str = "barid/request/v1";

/// Gives what is kept of a request: a hash under the node's key, for whoever reads the tables and guesses what was sent (a
/// photograph, a short record) could try the guess on the hash itself.
fn kept_request(ring: &KeyRing, idempotency: &Idempotency) -> [u8; 32] {
    let Idempotency { organisation, key, request } = idempotency;
    let parts = [organisation.as_str().as_bytes(), &[0], &key.0, request];
    ring.keyed_hash(REQUEST_DOMAIN, &parts.concat())
}

/// Tells whether a kept request is this one. Earlier versions kept the hash itself.
pub(crate) fn is_same_request(ring: &KeyRing, idempotency: &Idempotency, kept: &[u8; 32]) -> bool {
    *kept == kept_request(ring, idempotency) || *kept == idempotency.request
}

/// Finds what an earlier write with the same key and request came to.
pub(crate) async fn earlier_outcome(
    connection: &mut Connection,
    ring: &KeyRing,
    idempotency: &Idempotency,
) -> Result<Option<Committed>, StoreError> {
    let row = query("SELECT request, outcome FROM idempotency WHERE organisation = $1 AND idem_key = $2")
        .bind(idempotency.organisation.as_str())
        .bind(idempotency.key.0.as_slice())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    if !is_same_request(ring, idempotency, &fixed(&row, "request")?) {
        return Err(StoreError::IdempotencyMismatch);
    }
    let outcome: Vec<u8> = row.try_get("outcome")?;
    let (positions, audit) = decode_outcome(&outcome).ok_or(StoreError::Damaged("an outcome"))?;
    Ok(Some(Committed { positions, audit, replayed: true }))
}

/// Finds what a write came to, whatever its request was.
pub(crate) async fn find_outcome<'e>(
    executor: impl Into<Executor<'e>> + Send,
    organisation: OrganisationCode,
    key: IdempotencyKey,
) -> Result<Option<Committed>, StoreError> {
    let row = query("SELECT outcome FROM idempotency WHERE organisation = $1 AND idem_key = $2")
        .bind(organisation.as_str())
        .bind(key.0.as_slice())
        .fetch_optional(executor)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let outcome: Vec<u8> = row.try_get("outcome")?;
    let (positions, audit) = decode_outcome(&outcome).ok_or(StoreError::Damaged("an outcome"))?;
    Ok(Some(Committed { positions, audit, replayed: true }))
}

/// Keeps what a write came to, in its own transaction.
pub(crate) async fn remember_outcome(
    connection: &mut Connection,
    ring: &KeyRing,
    idempotency: &Idempotency,
    positions: &[Position],
    audit: &Position,
    now: Timestamp,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO idempotency (organisation, idem_key, request, outcome, at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(idempotency.organisation.as_str())
    .bind(idempotency.key.0.as_slice())
    .bind(kept_request(ring, idempotency).to_vec())
    .bind(encode_outcome(positions, audit))
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Encodes an outcome as runs: the audit place, then per run a stream, a first number and a count.
pub(crate) fn encode_outcome(positions: &[Position], audit: &Position) -> Vec<u8> {
    let mut runs: Vec<(StreamId, u64, u64)> = Vec::new();
    for position in positions {
        match runs.last_mut() {
            Some((stream, first, count)) if *stream == position.stream && *first + *count == position.seq => {
                *count += 1;
            }
            _ => runs.push((position.stream, position.seq, 1)),
        }
    }
    // Writing into a Vec can't fail and the derived encoders have no other errors.
    minicbor::to_vec((audit, runs)).unwrap_or_default()
}

pub(crate) fn decode_outcome(bytes: &[u8]) -> Option<(Vec<Position>, Position)> {
    let (audit, runs): (Position, Vec<(StreamId, u64, u64)>) = minicbor::decode(bytes).ok()?;
    let mut positions = Vec::new();
    for (stream, first, count) in runs {
        // The cap is the write's, over all its runs: a few bytes must not become many places.
        let room = (ENTRIES_PER_WRITE_CAP - positions.len()) as u64;
        let end = first.checked_add(count).filter(|_| count <= room)?;
        positions.extend((first..end).map(|seq| Position { stream, seq }));
    }
    Some((positions, audit))
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::{NodeId, OrganisationCode};
    use barid_domain::streams::StreamClass;

    use super::*;

    fn stream(code: &str) -> StreamId {
        StreamId {
            organisation: OrganisationCode::new(code).unwrap(),
            class: StreamClass::Persons,
            node: NodeId([1; 16]),
            incarnation: 1,
        }
    }

    #[test]
    fn outcomes_of_more_places_than_a_write_has_are_refused() {
        let audit = Position { stream: stream("XB"), seq: 9 };
        let forged = |runs: &[(u64, u64)]| {
            let runs: Vec<(StreamId, u64, u64)> =
                runs.iter().map(|(first, count)| (stream("XA"), *first, *count)).collect();
            decode_outcome(&minicbor::to_vec((audit, runs)).unwrap())
        };
        let cap = ENTRIES_PER_WRITE_CAP as u64;
        assert_eq!(forged(&[(1, cap)]).unwrap().0.len(), ENTRIES_PER_WRITE_CAP);
        assert!(forged(&[(1, cap + 1)]).is_none());
        assert!(forged(&[(1, cap), (cap + 1, 1)]).is_none(), "in two runs");
        assert!(forged(&[(u64::MAX, 2)]).is_none(), "beyond every number");
    }

    #[test]
    fn outcomes_read_back_in_their_order() {
        let place = |code: &str, seq| Position { stream: stream(code), seq };
        let audit = place("XB", 9);
        for positions in [
            vec![],
            vec![place("XA", 1)],
            vec![place("XA", 1), place("XA", 2), place("XB", 1), place("XA", 3), place("XA", 5)],
        ] {
            let bytes = encode_outcome(&positions, &audit);
            assert_eq!(decode_outcome(&bytes), Some((positions, audit)));
            assert_eq!(decode_outcome(&bytes[..bytes.len() - 1]), None);
        }
        let hundreds: Vec<Position> = (1..=1_000).map(|seq| place("XA", seq)).collect();
        assert!(encode_outcome(&hundreds, &audit).len() < 120, "a run is kept as a run");
    }
}
