//! Erasures are attested: what the upkeep destroyed, the node says so with its signature, many at once.

use barid_domain::audit::Operation;
use barid_domain::codes::Database;
use barid_domain::contents::{Content, encode};
use barid_domain::erasures::{ERASURES_CAP, ErasureAttestation, root_of};
use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamId;
use barid_store::{Erasure, HeadChange, HeadMeta, KeyScope, NewEntry};

use crate::App;
use crate::error::AppError;
use crate::reviews::upkeep_context;

/// Why, in the journal.
const ATTESTING_REFERENCE: &str = "erased records";
/// For how long erasures wait for more of the same stream before they are attested: a day, in microseconds.
const WAIT_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

impl App {
    /// Attests the erasures of this node that are not attested yet, stream by stream. While more are being erased, what there
    /// is waits for them, a day at most or until one attestation is full. Answers how many were attested.
    pub(crate) async fn attest_erasures(&self, more_to_come: bool) -> Result<u32, AppError> {
        let streams = self.store().erasing_streams(None).await.map_err(AppError::Store)?;
        let mut attested = 0;
        for stream in streams {
            let found = self.store().unattested_erasures(&stream, ERASURES_CAP as u32).await;
            let found = found.map_err(AppError::Store)?;
            let Some(first) = found.first() else { continue };
            let is_old = self.now().0.saturating_sub(first.at.0) >= WAIT_MICROS;
            if more_to_come && found.len() < ERASURES_CAP && !is_old {
                continue;
            }
            attested += self.attest_stream(stream, &found).await?;
        }
        Ok(attested)
    }

    /// Attests erasures of one stream, up to the first whose content is still there.
    async fn attest_stream(&self, stream: StreamId, found: &[Erasure]) -> Result<u32, AppError> {
        let mut gone: Vec<EntryHash> = Vec::with_capacity(found.len());
        for erasure in found {
            if !self.store().is_destroyed(erasure.record).await.map_err(AppError::Store)? {
                // It stays on the overdue list.
                tracing::error!(code = "not-destroyed", "content of an erased record is still there");
                break;
            }
            gone.push(erasure.entry);
        }
        let (Some(first), Some(last), Some(root)) =
            (found.first(), found.get(gone.len().wrapping_sub(1)), root_of(&gone))
        else {
            return Ok(0);
        };
        let (host, now) = (self.host()?, self.now());
        let ctx = upkeep_context(host, ATTESTING_REFERENCE)?;
        let count = gone.len() as u32;
        let attestation = ErasureAttestation {
            salt: self.ports().draw(),
            stream,
            from: first.position.seq,
            to: last.position.seq,
            last: last.entry,
            count,
            root,
            node: self.store().node(),
            attested_at: now.seconds(),
        };
        let payload = encode(&attestation);
        let entry = self.seal(&ctx, &Content::ErasureAttestation(attestation), payload, now)?;
        let mut tx = self.store().begin_write(None);
        tx.append(NewEntry {
            organisation: host,
            class: stream.class,
            hash: entry.hash(),
            bytes: entry.bytes().to_vec(),
            key: KeyScope::Orders,
            change: HeadChange::Attest { erasure: last.entry },
            items: Vec::new(),
            meta: HeadMeta { database: Database::Persons, review_on: now.day() },
        });
        let line = self.write_line(&ctx, Operation::AttestErasure, now, Vec::new(), vec![entry.hash()]);
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        tracing::info!(records = count, "erasures were attested");
        Ok(count)
    }
}
