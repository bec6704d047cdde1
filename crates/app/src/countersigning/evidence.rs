//! Evidence that a ledger this node countersigns has two histories, both signed by its key.

use barid_domain::contents::encode;
use barid_domain::dates::Timestamp;
use barid_ledger::{AddCheckpointRequest, CountersignRefusal, ForkEvidence, SignedCheckpoint};
use barid_store::{CountersigningKind, StoreError, SystemChange};
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use super::{KeptLedger, row};
use crate::App;
use crate::error::AppError;
use crate::proofs::hex;

/// The most pieces of evidence about one ledger: one is proof enough, and who forks can't fill the table.
const EVIDENCE_CAP: usize = 4;
/// Why, in the journal.
const REFERENCE: &str = "another history";

/// Is evidence that this node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownFork {
    /// The ledger.
    pub origin: String,
    /// When it came to light.
    pub at: Timestamp,
    /// The evidence, for passing on: whoever knows the ledger's key can check it.
    pub evidence: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct KeptFork {
    #[n(0)]
    origin: String,
    #[n(1)]
    at: i64,
    #[n(2)]
    evidence: String,
}

impl App {
    /// Lists the evidence that this node holds.
    pub(crate) async fn forks(&self) -> Result<Vec<ShownFork>, AppError> {
        let rows = self.store().countersigning_rows(CountersigningKind::Fork, "", 10_000).await;
        let rows = rows.map_err(AppError::Store)?.into_iter();
        rows.map(|(_, content)| {
            let kept: KeptFork = minicbor::decode(&content)
                .map_err(|_| AppError::Store(StoreError::Damaged("evidence of a fork")))?;
            Ok(ShownFork { origin: kept.origin, at: Timestamp(kept.at), evidence: kept.evidence })
        })
        .collect()
    }

    /// Keeps evidence where a refused checkpoint and the last one that was countersigned contradict each other.
    pub(super) async fn look_for_fork(
        &self,
        request: &AddCheckpointRequest,
        refusal: &CountersignRefusal,
        ledger: &KeptLedger,
    ) -> Result<(), AppError> {
        match refusal {
            // What the ledger did not sign shows nothing of it.
            CountersignRefusal::UnknownOrigin | CountersignRefusal::Forbidden(_) => return Ok(()),
            CountersignRefusal::OldSizeAboveCheckpoint { .. }
            | CountersignRefusal::Conflict { .. }
            | CountersignRefusal::Unprocessable(_) => {}
        }
        let Ok(latest) = SignedCheckpoint::parse(ledger.checkpoint.as_bytes()) else { return Ok(()) };
        let found = ForkEvidence::find(&latest, request.checkpoint(), request.proof());
        let Some(evidence) = found else { return Ok(()) };
        let origin = latest.claimed().origin().clone();
        let Some(trusted) = self.trusted_ledger(&origin, ledger, true) else { return Ok(()) };
        // Nobody is accused by what does not hold.
        let Ok(fork) = evidence.verify(&trusted) else { return Ok(()) };
        self.keep_fork(origin.as_str(), fork.evidence()).await
    }

    async fn keep_fork(&self, origin: &str, evidence: &ForkEvidence) -> Result<(), AppError> {
        let evidence = evidence.to_string();
        let known = self.forks().await?;
        let of_ledger: Vec<_> = known.iter().filter(|fork| fork.origin == origin).collect();
        if of_ledger.len() >= EVIDENCE_CAP || of_ledger.iter().any(|fork| fork.evidence == evidence) {
            return Ok(());
        }
        let name = format!("{}/{}", hex(&Sha256::digest(origin)), of_ledger.len());
        let content = encode(&KeptFork { origin: origin.to_owned(), at: self.now().0, evidence });
        let change = SystemChange::KeepCountersigning(row(CountersigningKind::Fork, &name, content, None));
        if self.keep_countersigning(REFERENCE, vec![change]).await? {
            tracing::error!(
                code = "ledger-forked",
                ledger = origin,
                "a ledger that this node countersigns has two histories: see barid admin countersigning list"
            );
        }
        self.count_countersigning().await
    }
}
