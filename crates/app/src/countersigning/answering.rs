//! Countersigning others' ledgers (C2SP tlog-witness, `add-checkpoint`): check, keep, and only then sign.

use barid_domain::dates::Timestamp;
use barid_ledger::{
    AcceptedCheckpoint, AddCheckpointRequest, CountersignRefusal, SIZE_CONTENT_TYPE, check_add_checkpoint,
};
use barid_store::{CountersigningKind, SystemChange};

use super::{KeptLedger, row};
use crate::App;
use crate::error::AppError;

/// Why, in the journal.
const REFERENCE: &str = "countersigning";
/// How often a request is looked at anew because another one was kept in between.
const MOST_TURNS: u32 = 16;
const PLAIN: &str = "text/plain; charset=utf-8";

/// Is an answer as the protocol has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountersignerAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The content type of the body.
    pub content_type: &'static str,
    /// The body: signature lines, a size, or a code.
    pub body: String,
}

impl CountersignerAnswer {
    fn refused(status: u16, code: &str) -> Self {
        Self { status, content_type: PLAIN, body: format!("{code}\n") }
    }

    fn of(refusal: &CountersignRefusal) -> Self {
        match refusal.conflict_body() {
            Some(body) => Self { status: refusal.http_status(), content_type: SIZE_CONTENT_TYPE, body },
            None => Self::refused(refusal.http_status(), refusal.code()),
        }
    }
}

impl App {
    /// Answers a request to countersign a checkpoint. Only ledgers that were named are, and nothing of any record is read.
    ///
    /// # Errors
    /// Failures of this node: then nothing was signed, and the sender asks again.
    pub async fn add_checkpoint(&self, body: &[u8]) -> Result<CountersignerAnswer, AppError> {
        let request = match AddCheckpointRequest::parse(body) {
            Ok(request) => request,
            Err(error) => return Ok(CountersignerAnswer::refused(400, error.code())),
        };
        if self.store().is_clock_wrong() {
            return Err(AppError::NotReady);
        }
        for _ in 0..MOST_TURNS {
            if let Some(answer) = self.weigh_checkpoint(&request).await? {
                return Ok(answer);
            }
        }
        Err(AppError::Overloaded)
    }

    /// Answers by the head that stands; `None` where another request replaced it in between.
    async fn weigh_checkpoint(
        &self,
        request: &AddCheckpointRequest,
    ) -> Result<Option<CountersignerAnswer>, AppError> {
        let origin = request.checkpoint().claimed().origin();
        let incarnation = self.store().incarnation();
        // One that was last countersigned before a restore may have grown since: it waits until it is added again.
        let ledger = self.ledger(origin.as_str()).await?;
        let ledger = ledger.filter(|kept| kept.is_countersigned && kept.incarnation == incarnation);
        let trusted = ledger.as_ref().and_then(|ledger| self.trusted_ledger(origin, ledger, false));
        let latest = ledger.as_ref().map(KeptLedger::head).transpose()?.flatten();
        match (check_add_checkpoint(request.clone(), trusted.as_ref(), latest), ledger) {
            (Ok(accepted), Some(ledger)) => self.keep_and_countersign(&accepted, ledger).await,
            // Without a ledger there is nothing trusted.
            (Ok(_), None) => Ok(Some(CountersignerAnswer::of(&CountersignRefusal::UnknownOrigin))),
            (Err(refusal), ledger) => {
                if let Some(ledger) = ledger {
                    self.look_for_fork(request, &refusal, &ledger).await?;
                }
                Ok(Some(CountersignerAnswer::of(&refusal)))
            }
        }
    }

    /// Keeps the new head where the one that was checked against still stands, and only then signs.
    async fn keep_and_countersign(
        &self,
        accepted: &AcceptedCheckpoint,
        ledger: KeptLedger,
    ) -> Result<Option<CountersignerAnswer>, AppError> {
        let (head, now) = (accepted.head(), self.now());
        let signer = self.countersigning_signer()?;
        if accepted.replaces() != Some(head) {
            let replaces = Some(ledger.to_bytes());
            let kept = KeptLedger {
                size: head.size,
                root: head.root.as_bytes().to_vec(),
                checkpoint: accepted.signed().to_string(),
                at: now.0,
                ..ledger
            };
            let origin = accepted.signed().claimed().origin();
            let row = row(CountersigningKind::Ledger, origin.as_str(), kept.to_bytes(), replaces);
            let change = SystemChange::KeepCountersigning(row);
            if !self.keep_countersigning(REFERENCE, vec![change]).await? {
                return Ok(None);
            }
        }
        let line =
            accepted.countersign(&signer, seconds(now)).map_err(|_| AppError::Proof("countersigning"))?;
        Ok(Some(CountersignerAnswer { status: 200, content_type: PLAIN, body: format!("{line}\n") }))
    }
}

/// Whole seconds; what is before 1970 is refused as zero.
fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.seconds()).unwrap_or(0)
}
