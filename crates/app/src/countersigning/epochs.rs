//! The ledger of this node's epochs: one leaf at a fixed cadence, whatever happened or did not.

use barid_domain::epochs::{EpochContent, EpochLeaf, EpochLog, StreamThen, epoch_of};
use barid_ledger::{Checkpoint, MerkleTree, SignedCheckpoint};
use barid_store::{CountersigningKind, StoreError, SystemChange};

use super::row;
use crate::App;
use crate::error::AppError;

/// Of how many epochs it is kept what they stand for, at least and at most; in between, back to the newest that was
/// countersigned.
const CONTENTS_LEAST: u64 = 48;
const CONTENTS_MOST: u64 = 1_000;
/// Rows that are read at once.
const PAGE: u32 = 10_000;
/// Why, in the journal.
const REFERENCE: &str = "epoch";

/// Is the ledger of epochs, read whole: a leaf is 40 bytes, and a year of hours has 8,760 of them.
pub(crate) struct Epochs {
    pub(crate) tree: MerkleTree,
    pub(crate) leaves: Vec<EpochLeaf>,
}

impl App {
    /// Names the ledger of this node's epochs.
    pub(crate) fn epoch_log(&self) -> Result<EpochLog, AppError> {
        Ok(EpochLog {
            organisation: self.host()?,
            node: self.store().node(),
            incarnation: self.store().incarnation(),
        })
    }

    /// Writes the leaf of the present epoch, once over all servers; `false` where it is there, or another server's to write.
    ///
    /// What it stands for and the leaf are one commit. Epochs in which no server ran have none.
    ///
    /// # Errors
    /// As the store has them.
    pub async fn keep_epoch(&self, cadence_seconds: u32) -> Result<bool, AppError> {
        if self.store().is_clock_wrong() || !self.is_first_to("epochs").await? {
            return Ok(false);
        }
        let at = epoch_of(self.now(), cadence_seconds);
        let newest = self.newest_epoch().await?;
        if newest.is_some_and(|(_, leaf)| !is_next(leaf.at, at.seconds(), cadence_seconds)) {
            return Ok(false);
        }
        self.fold_journal().await?;
        let heads = self.store().stream_heads().await.map_err(AppError::Store)?;
        let streams = heads.iter().map(|head| StreamThen {
            stream: head.stream,
            size: head.size,
            root: *head.root.as_bytes(),
        });
        let content = EpochContent { secret: self.ports().draw(), streams: streams.collect() };
        let number = newest.map_or(1, |(number, _)| number + 1);
        let name = self.epoch_name(number);
        let leaf = content.leaf(at).to_bytes();
        let kept = barid_domain::contents::encode(&content);
        let cut = self.first_content_kept(number).await?;
        let changes = vec![
            SystemChange::KeepCountersigning(row(CountersigningKind::Epoch, &name, leaf, None)),
            SystemChange::KeepCountersigning(row(CountersigningKind::EpochContent, &name, kept, None)),
            SystemChange::DropCountersigning {
                kind: CountersigningKind::EpochContent,
                before: self.epoch_name(cut),
            },
        ];
        self.keep_countersigning(REFERENCE, changes).await
    }

    fn epoch_name(&self, number: u64) -> String {
        format!("{}{number:012}", self.epoch_prefix())
    }

    fn epoch_prefix(&self) -> String {
        format!("{:010}/", self.store().incarnation())
    }

    async fn first_content_kept(&self, newest: u64) -> Result<u64, AppError> {
        let origin = self.epoch_log()?.to_string();
        let countersigners = self.countersigners().await?;
        let of_log = countersigners.iter().filter(|(_, kept)| kept.is_asked && kept.origin == origin);
        // The oldest of them: that epoch may be the one that most have countersigned.
        let countersigned = of_log.map(|(_, kept)| kept.size).min().unwrap_or(newest);
        Ok(countersigned.min(newest.saturating_sub(CONTENTS_LEAST)).max(newest.saturating_sub(CONTENTS_MOST)))
    }

    /// The newest epoch with its number, from 1.
    pub(crate) async fn newest_epoch(&self) -> Result<Option<(u64, EpochLeaf)>, AppError> {
        let prefix = self.epoch_prefix();
        // The first name that is none of this incarnation's: `0` comes behind `/`.
        let end = format!("{:010}0", self.store().incarnation());
        let row = self.store().countersigning_newest(CountersigningKind::Epoch, &end).await;
        let Some((name, bytes)) = row.map_err(AppError::Store)? else { return Ok(None) };
        let Some(number) = name.strip_prefix(&prefix) else { return Ok(None) };
        let number = number.parse().map_err(|_| damaged_epoch())?;
        Ok(Some((number, EpochLeaf::parse(&bytes).map_err(|_| damaged_epoch())?)))
    }

    /// Reads the ledger of epochs.
    pub(crate) async fn epochs(&self) -> Result<Epochs, AppError> {
        let prefix = self.epoch_prefix();
        let (mut behind, mut leaves, mut tree) = (prefix.clone(), Vec::new(), MerkleTree::new());
        loop {
            let rows = self.store().countersigning_rows(CountersigningKind::Epoch, &behind, PAGE).await;
            let rows = rows.map_err(AppError::Store)?;
            let is_last = rows.len() < PAGE as usize;
            for (name, bytes) in rows {
                if !name.starts_with(&prefix) {
                    return Ok(Epochs { tree, leaves });
                }
                // Rows are gapless: a missing one is damage, and no ledger is signed without it.
                if name != self.epoch_name(tree.size() + 1) {
                    return Err(AppError::Store(StoreError::Damaged("the ledger of epochs")));
                }
                let leaf = EpochLeaf::parse(&bytes).map_err(|_| damaged_epoch())?;
                tree.push(leaf.hash()).map_err(|_| AppError::Proof("tree"))?;
                leaves.push(leaf);
                behind = name;
            }
            if is_last {
                return Ok(Epochs { tree, leaves });
            }
        }
    }

    /// Reads what an epoch stands for; `None` where that is kept no longer.
    pub(crate) async fn epoch_content(&self, number: u64) -> Result<Option<EpochContent>, AppError> {
        let name = self.epoch_name(number);
        let content = self.store().countersigning_row(CountersigningKind::EpochContent, &name).await;
        let damaged = || AppError::Store(StoreError::Damaged("what an epoch stands for"));
        let content = content.map_err(AppError::Store)?;
        content.map(|content| minicbor::decode(&content).map_err(|_| damaged())).transpose()
    }

    /// Signs the checkpoint of the first `size` epochs.
    pub(crate) fn sign_epochs(&self, epochs: &Epochs, size: u64) -> Result<SignedCheckpoint, AppError> {
        let origin = self.epoch_log()?.origin().ok_or(AppError::Proof("origin"))?;
        let root = epochs.tree.root_at(size).map_err(|_| AppError::Proof("tree"))?;
        let checkpoint = Checkpoint::new(origin, size, root).map_err(|_| AppError::Proof("checkpoint"))?;
        let note = self.sign_note(checkpoint)?;
        SignedCheckpoint::parse(note.as_bytes()).map_err(|_| AppError::Proof("checkpoint"))
    }
}

/// Tells whether an epoch follows the newest one. A clock that went back a little writes none until it is ahead again; a leaf
/// that a clock wrote far ahead holds up nothing, or no epoch would come until that time.
fn is_next(newest: i64, at: i64, cadence_seconds: u32) -> bool {
    if newest < at {
        return true;
    }
    let is_far_ahead = newest > at.saturating_add(i64::from(cadence_seconds));
    if is_far_ahead {
        tracing::error!(
            code = "epoch-ahead",
            "the last epoch is dated ahead of the clock: one of the two is wrong"
        );
    }
    is_far_ahead
}

fn damaged_epoch() -> AppError {
    AppError::Store(StoreError::Damaged("an epoch"))
}

#[cfg(test)]
mod tests {
    use super::is_next;

    #[test]
    fn an_epoch_dated_far_ahead_holds_up_no_other() {
        assert!(is_next(3_600, 7_200, 3_600));
        assert!(!is_next(7_200, 7_200, 3_600), "it is there");
        assert!(!is_next(10_800, 7_200, 3_600), "the clock went back a little");
        assert!(is_next(10_801, 7_200, 3_600));
        assert!(is_next(i64::MAX, 7_200, 3_600));
    }
}
