//! Asking for countersignatures: what to send to whom, and what an answer comes to. Carrying it is the program's.

use barid_ledger::{
    AddCheckpointRequest, CheckpointError, SignedCheckpoint, read_countersignatures, read_size,
};
use barid_store::{CountersigningKind, SystemChange};

use super::epochs::Epochs;
use super::{KeptCountersigner, row};
use crate::App;
use crate::error::AppError;

/// Why, in the journal.
const REFERENCE: &str = "countersigned";

/// Is a checkpoint on its way to a countersigner.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The name of the countersigner's key.
    pub countersigner: String,
    /// Where to send it: a POST to this address.
    pub url: String,
    /// The body.
    pub body: Vec<u8>,
    checkpoint: SignedCheckpoint,
    /// How often it was sent with another size already.
    turns: u32,
}

/// Is what the answer of a countersigner came to.
#[derive(Debug)]
pub enum Submitted {
    /// Its countersignature is kept.
    Countersigned,
    /// It knows another size: this is to be sent instead.
    Again(Box<Submission>),
    /// It did not countersign; a stable code says why.
    Failed(&'static str),
}

/// How often one checkpoint is sent with another size: between two answers another server may have been countersigned.
const MOST_TURNS: u32 = 3;

impl App {
    /// Lists what is to be sent: the checkpoint of the newest epoch, to each countersigner that has not countersigned it.
    ///
    /// # Errors
    /// As the store has them.
    pub async fn submissions(&self) -> Result<Vec<Submission>, AppError> {
        // Whoever writes the epochs sends them: another server might look before they are there.
        if self.store().is_clock_wrong() || !self.is_first_to("epochs").await? {
            return Ok(Vec::new());
        }
        let Some((newest, _)) = self.newest_epoch().await? else { return Ok(Vec::new()) };
        let origin = self.epoch_log()?.to_string();
        let known = |kept: &KeptCountersigner| if kept.origin == origin { kept.size } else { 0 };
        let mut behind = self.countersigners().await?;
        behind.retain(|(_, kept)| kept.is_asked && known(kept) < newest);
        if behind.is_empty() {
            return Ok(Vec::new());
        }
        let epochs = self.epochs().await?;
        behind
            .into_iter()
            .map(|(name, kept)| self.submission(&epochs, name, &kept, known(&kept), 0))
            .collect()
    }

    fn submission(
        &self,
        epochs: &Epochs,
        countersigner: String,
        kept: &KeptCountersigner,
        old_size: u64,
        turns: u32,
    ) -> Result<Submission, AppError> {
        let size = epochs.tree.size();
        let checkpoint = self.sign_epochs(epochs, size)?;
        let proof = if old_size == 0 {
            Vec::new()
        } else {
            epochs.tree.consistency_proof(old_size, size).map_err(|_| AppError::Proof("tree"))?
        };
        let request = AddCheckpointRequest::new(old_size, proof, checkpoint.clone())
            .map_err(|_| AppError::Proof("consistency"))?;
        Ok(Submission {
            countersigner,
            url: format!("{}/add-checkpoint", kept.url),
            body: request.to_string().into_bytes(),
            checkpoint,
            turns,
        })
    }

    /// Takes the answer of a countersigner: `answer` is the status and the body, or `None` where none came.
    ///
    /// # Errors
    /// As the store has them; the answer is then lost, and the next round asks again.
    pub async fn take_countersignature(
        &self,
        submission: Submission,
        answer: Option<(u16, Vec<u8>)>,
    ) -> Result<Submitted, AppError> {
        let name = submission.countersigner.clone();
        let submitted = self.weigh_answer(submission, answer).await?;
        match &submitted {
            Submitted::Countersigned => {
                if self.countersigning.note(&name, None) {
                    tracing::info!(countersigner = name, "countersigns again");
                }
            }
            Submitted::Failed(code) => {
                // The same trouble is said once.
                if self.countersigning.note(&name, Some(code)) {
                    tracing::error!(code, countersigner = name, "an epoch was not countersigned");
                }
            }
            Submitted::Again(_) => {}
        }
        self.count_countersigning().await?;
        Ok(submitted)
    }

    async fn weigh_answer(
        &self,
        submission: Submission,
        answer: Option<(u16, Vec<u8>)>,
    ) -> Result<Submitted, AppError> {
        let mut all = self.countersigners().await?.into_iter();
        let found = all.find(|(name, kept)| *name == submission.countersigner && kept.is_asked);
        let Some((name, kept)) = found else { return Ok(Submitted::Failed("countersigner-removed")) };
        match answer {
            None => Ok(Submitted::Failed("countersigner-away")),
            Some((200, body)) => self.keep_countersignature(submission, name, kept, &body).await,
            Some((409, body)) => self.submit_again(&submission, name, &kept, &body).await,
            Some((404, _)) => Ok(Submitted::Failed("countersigner-does-not-know-us")),
            Some((403, _)) => Ok(Submitted::Failed("countersigner-does-not-know-our-key")),
            Some((422, _)) => Ok(Submitted::Failed("countersigner-saw-another-history")),
            Some((400, _)) => Ok(Submitted::Failed("countersigner-refuses")),
            Some(_) => Ok(Submitted::Failed("countersigner-fails")),
        }
    }

    async fn submit_again(
        &self,
        submission: &Submission,
        name: String,
        kept: &KeptCountersigner,
        body: &[u8],
    ) -> Result<Submitted, AppError> {
        let Some(size) = read_size(body) else { return Ok(Submitted::Failed("countersigner-malformed")) };
        let epochs = self.epochs().await?;
        if size > epochs.tree.size() {
            // It has seen epochs that this node does not have: this is an older copy, or there are two.
            return Ok(Submitted::Failed("countersigner-saw-later-epochs"));
        }
        if submission.turns >= MOST_TURNS {
            return Ok(Submitted::Failed("countersigner-never-content"));
        }
        let again = self.submission(&epochs, name, kept, size, submission.turns + 1)?;
        Ok(Submitted::Again(Box::new(again)))
    }

    async fn keep_countersignature(
        &self,
        submission: Submission,
        name: String,
        kept: KeptCountersigner,
        body: &[u8],
    ) -> Result<Submitted, AppError> {
        let Some(key) = kept.verifier_key() else { return Ok(Submitted::Failed("countersigner-key")) };
        let keys = [key];
        let (size, origin) = {
            let claimed = submission.checkpoint.claimed();
            (claimed.size(), claimed.origin().to_string())
        };
        let signed = match read_countersignatures(submission.checkpoint, body, &keys) {
            Ok(signed) => signed,
            Err(CheckpointError::TooFewCountersignatures { .. }) => {
                return Ok(Submitted::Failed("countersigner-signed-with-another-key"));
            }
            Err(_) => return Ok(Submitted::Failed("countersignature-does-not-hold")),
        };
        let by = signed.countersignatures(&keys).map_err(|_| AppError::Proof("countersignature"))?;
        let at = by.first().map_or(0, |by| by.timestamp_seconds());
        if at == 0 {
            return Ok(Submitted::Failed("countersignature-without-time"));
        }
        let replaces = Some(kept.to_bytes());
        let is_older = kept.origin == origin && kept.size > size;
        let new = KeptCountersigner { size, checkpoint: signed.to_string(), at, origin, ..kept };
        // Another server was quicker, and has a newer one or the same.
        if !is_older {
            let row = row(CountersigningKind::Countersigner, &name, new.to_bytes(), replaces);
            self.keep_countersigning(REFERENCE, vec![SystemChange::KeepCountersigning(row)]).await?;
        }
        Ok(Submitted::Countersigned)
    }
}
