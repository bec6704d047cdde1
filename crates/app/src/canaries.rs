//! Canaries: records that no honest work would open, known to whoever audits at their owner. Who is shown one raises an alarm with
//! whoever audits over its own people, and with the commission; its owner learns nothing of what others do.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use barid_domain::audit::Operation;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::oversight::{Alarm, AlarmKind};
use barid_domain::policy;
use barid_search::leak_tests::{Leak, Work, count, is_planted};
use barid_store::{Canary, HeadState, SystemChange};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// The most records that one organisation marks.
pub const CANARIES_CAP: usize = 100;

/// Is which records are marked, as far as this node has read it.
#[derive(Default)]
pub(crate) struct Canaries(RwLock<Arc<HashMap<RecordId, Canary>>>);

impl Canaries {
    fn all(&self) -> Arc<HashMap<RecordId, Canary>> {
        // Replaced in one step: what a panic leaves is whole.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, canaries: Vec<Canary>) {
        let canaries = canaries.into_iter().map(|canary| (canary.record, canary)).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(canaries);
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
    /// Reads which records are marked anew: at the start, after marking, and with each upkeep for what other servers marked.
    pub(crate) async fn follow_canaries(&self) -> Result<(), AppError> {
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
        self.may_audit_own(ctx, Operation::MarkCanary)?;
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        let is_own = head.is_some_and(|head| head.owner == owner && head.state != HeadState::Erased);
        self.follow_canaries().await?;
        let canaries = self.canaries.all();
        let is_marked = canaries.get(&record).is_some_and(|canary| canary.owner == owner);
        if !is_own && !is_marked {
            return Ok(Marked::Absent);
        }
        let change = match (marking, is_marked) {
            (Marking::Mark, true) | (Marking::Unmark, false) => return Ok(Marked::Done),
            (Marking::Mark, false) => {
                let own = canaries.values().filter(|canary| canary.owner == owner).count();
                if own >= CANARIES_CAP {
                    return Ok(Marked::Full);
                }
                SystemChange::MarkCanary(Canary { record, owner, at: self.now() })
            }
            (Marking::Unmark, true) => SystemChange::UnmarkCanary { owner, record },
        };
        let mut tx = self.store().begin_write(None);
        tx.change_system(change);
        // The line does not name the record: who reads lines of writes by other ways than auditing learns nothing.
        let line = self.write_line(ctx, Operation::MarkCanary, self.now(), Vec::new(), Vec::new());
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        self.follow_canaries().await?;
        Ok(Marked::Done)
    }

    /// Lists the canaries of the caller's own organisation, for who may audit.
    pub async fn own_canaries(&self, ctx: &OpContext) -> Result<Vec<Canary>, AppError> {
        self.may_audit_own(ctx, Operation::ReadCanaries)?;
        let act = self.begin(ctx, Operation::ReadCanaries, None, None).await?;
        self.follow_canaries().await?;
        let canaries = self.canaries.all();
        let own = canaries.values().filter(|canary| canary.owner == ctx.actor.organisation);
        let mut own: Vec<Canary> = own.copied().collect();
        own.sort_by_key(|canary| (canary.at, canary.record));
        self.end(ctx, act, Vec::new()).await?;
        Ok(own)
    }

    fn may_audit_own(&self, ctx: &OpContext, operation: Operation) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let of = ctx.actor.organisation;
        Ok(policy::may_audit(rights.of(&ctx.rights), &ctx.actor, operation, of)?)
    }

    /// Looks whether a canary is among what an act showed or told of. The same work whether one is or not.
    pub(crate) fn watch_for_canaries(
        &self,
        ctx: &OpContext,
        operation: Operation,
        shown: &[RecordId],
        told: &[RecordId],
    ) {
        let canaries = self.canaries.all();
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

    fn touched(&self, ctx: &OpContext, canary: &Canary) {
        let at = self.now();
        let alarm =
            |organisation: OrganisationCode, officer: Option<String>, record: Option<RecordId>| Alarm {
                kind: AlarmKind::Canary,
                organisation,
                officer,
                record,
                at,
                counted: 1,
                threshold: 1,
                decisions: Vec::new(),
            };
        let own = ctx.actor.organisation;
        let officer = Some(ctx.actor.officer.clone());
        // Which record it was is its owner's to know, and the commission's.
        self.wait_to_be_kept(alarm(own, officer, Some(canary.record).filter(|_| canary.owner == own)));
        if let Some(commission) =
            self.commission().filter(|commission| canary.owner != own && *commission != own)
        {
            self.wait_to_be_kept(alarm(commission, None, Some(canary.record)));
        }
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
