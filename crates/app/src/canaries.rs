//! Canaries: records that no honest work would open, known to whoever audits at their owner. Who of its own people is shown one raises
//! an alarm with it; who of others is, with the commission alone.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use barid_domain::audit::Operation;
use barid_domain::ids::RecordId;
use barid_domain::oversight::{Alarm, AlarmKind};
use barid_search::leak_tests::{Leak, Work, count, is_planted};
use barid_store::{Canary, HeadState, SystemChange};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// The most records that one organisation marks.
pub const CANARIES_CAP: usize = 100;

/// Is which records are marked, as far as this node has read it.
#[derive(Default)]
pub(crate) struct Canaries(RwLock<HashMap<RecordId, Canary>>);

impl Canaries {
    // Each change is one step: what a panic leaves is whole.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<RecordId, Canary>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<RecordId, Canary>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, canaries: Vec<Canary>) {
        let canaries = canaries.into_iter().map(|canary| (canary.record, canary)).collect();
        *self.write() = canaries;
    }
}

/// Is what becomes of a record's mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Marking {
    /// It is a canary from now on.
    Mark,
    /// It is none any more.
    Unmark,
}

/// Is what became of marking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Marked {
    /// It is as was asked for.
    Done,
    /// There is no such record of the caller's organisation.
    Absent,
    /// As many are marked as may be.
    Full,
}

impl App {
    /// Reads which records are marked anew: at the start, and with each upkeep for what other servers marked. Never for an answer: it
    /// takes the longer the more others marked.
    async fn follow_canaries(&self) -> Result<(), AppError> {
        let canaries = self.store().canaries().await.map_err(AppError::Store)?;
        self.canaries.replace(canaries);
        Ok(())
    }

    /// The same for the start and the upkeep: marks that can't be read must keep nothing from being answered.
    pub(crate) async fn follow_canaries_or_say_so(&self) {
        if let Err(error) = self.follow_canaries().await {
            tracing::error!(
                code = error.code(),
                "which records are canaries could not be read: those known before are watched"
            );
        }
    }

    /// Marks a record of the caller's own organisation as a canary, or as none any more, for who may audit.
    pub async fn mark_canary(
        &self,
        ctx: &OpContext,
        record: RecordId,
        marking: Marking,
    ) -> Result<Marked, AppError> {
        let done = self.enter_canary(ctx, record, marking).await;
        self.journal_refusal(ctx, Operation::MarkCanary, None, done).await
    }

    async fn enter_canary(
        &self,
        ctx: &OpContext,
        record: RecordId,
        marking: Marking,
    ) -> Result<Marked, AppError> {
        let owner = ctx.actor.organisation;
        self.may_audit(ctx, Operation::MarkCanary, owner)?;
        // No line names the record: who reads lines by other ways than auditing learns nothing.
        let act = self.begin(ctx, Operation::MarkCanary, None, None).await?;
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        let own = self.store().canaries_of(act.begun(), owner).await.map_err(AppError::Store)?;
        self.end(ctx, act, Vec::new()).await?;
        let is_own = head.is_some_and(|head| head.owner == owner && head.state != HeadState::Erased);
        let is_marked = own.iter().any(|canary| canary.record == record);
        if !is_own && !is_marked {
            return Ok(Marked::Absent);
        }
        let canary = Canary { record, owner, at: self.now() };
        let change = match (marking, is_marked) {
            (Marking::Mark, true) | (Marking::Unmark, false) => return Ok(Marked::Done),
            (Marking::Mark, false) if own.len() >= CANARIES_CAP => return Ok(Marked::Full),
            (Marking::Mark, false) => SystemChange::MarkCanary(canary),
            (Marking::Unmark, true) => SystemChange::UnmarkCanary { owner, record },
        };
        let mut tx = self.store().begin_write(None);
        tx.change_system(change);
        let line = self.write_line(ctx, Operation::MarkCanary, self.now(), Vec::new(), Vec::new());
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        match marking {
            Marking::Mark => self.canaries.write().insert(record, canary),
            Marking::Unmark => self.canaries.write().remove(&record),
        };
        Ok(Marked::Done)
    }

    /// Lists the canaries of the caller's own organisation, for who may audit.
    pub async fn own_canaries(&self, ctx: &OpContext) -> Result<Vec<Canary>, AppError> {
        self.must_take_part(ctx)?;
        let owner = ctx.actor.organisation;
        let act = self.begin(ctx, Operation::ReadCanaries, None, None).await?;
        let act = self.audited(ctx, act, Operation::ReadCanaries, owner).await?;
        let mut own = self.store().canaries_of(act.begun(), owner).await.map_err(AppError::Store)?;
        own.sort_by_key(|canary| (canary.at, canary.record));
        self.end(ctx, act, Vec::new()).await?;
        Ok(own)
    }

    /// Looks whether a canary is among what an act showed or told of. The same work whether one is or not.
    pub(crate) fn watch_for_canaries(
        &self,
        ctx: &OpContext,
        operation: Operation,
        shown: &[RecordId],
        told: &[RecordId],
    ) {
        let canaries = self.canaries.read();
        if canaries.is_empty() || !looks_at_records(operation) {
            return;
        }
        for record in shown.iter().chain(told) {
            if let Some(canary) = canaries.get(record) {
                if is_planted(Leak::CanaryRead) {
                    count(Work::RowsRead, 1);
                }
                self.touched(ctx, canary);
            }
        }
    }

    /// Raises the alarm: with its owner's auditor where the officer is its own, otherwise with the commission alone. Told to whoever
    /// audits over the officer, it would tell there which record of others is a canary: who has one opened and reads of an alarm
    /// knows it.
    fn touched(&self, ctx: &OpContext, canary: &Canary) {
        let own = ctx.actor.organisation;
        let reader = if canary.owner == own { Some(own) } else { self.commission() };
        // Where there is no commission nobody may read of it.
        let Some(organisation) = reader else { return };
        self.wait_to_be_kept(Alarm {
            kind: AlarmKind::Canary,
            organisation,
            officer: Some(ctx.actor.officer.clone()),
            record: Some(canary.record),
            at: self.now(),
            counted: 1,
            threshold: 1,
            decisions: Vec::new(),
            database: None,
            acting: Some(own).filter(|own| *own != organisation),
        });
    }
}

/// Tells whether an act looks at records for what they say: an owner's lists of its own are none.
fn looks_at_records(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::SearchPersons
            | Operation::SearchDocuments
            | Operation::SearchAnything
            | Operation::ScreenText
            | Operation::OpenRecord
            | Operation::ReadLinks
            | Operation::OpenImage
    )
}
