//! Acts that read: a line in the journal before, a line behind.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::ids::{ActId, EntryHash, RecordId};
use barid_domain::policy::{self, GrantName, SearchScope};
use barid_store::BegunAct;

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// Is an act whose begun line is on disk.
pub(crate) struct Act {
    begun: BegunAct,
    line: EntryHash,
    /// The grants that it was decided with.
    grants: OnceLock<Vec<GrantName>>,
    /// The records of which it told only that they are there.
    hits: Vec<RecordId>,
    /// The consents that let something be shown, by their requests.
    consents: Mutex<BTreeSet<EntryHash>>,
}

impl Act {
    pub(crate) fn begun(&self) -> &BegunAct {
        &self.begun
    }
    /// Notes what it was decided with, for its last line.
    pub(crate) fn decided_with(&self, scope: &SearchScope) {
        // Decided once; what comes behind is under the same decision.
        let _ = self.grants.set(scope.grant_names());
    }
    /// Notes the consents by which something is shown.
    pub(crate) fn shown_by(&self, consents: Vec<EntryHash>) {
        // A set that a panic left behind holds whole names all the same.
        self.consents.lock().unwrap_or_else(PoisonError::into_inner).extend(consents);
    }
    /// Notes records of which it told only that they are there.
    pub(crate) fn told_of(&mut self, records: impl IntoIterator<Item = RecordId>) {
        self.hits.extend(records);
    }
    pub(crate) fn id(&self) -> ActId {
        self.begun.act()
    }
    /// The hash of the begun line, by which the access can be proved.
    pub(crate) fn line(&self) -> EntryHash {
        self.line
    }
}

/// Is what an act is about, as its line says it.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) asked: Option<String>,
    pub(crate) record: Option<RecordId>,
    pub(crate) entry: Option<EntryHash>,
}

impl App {
    /// Writes the begun line and waits until it is on disk.
    pub(crate) async fn begin(
        &self,
        ctx: &OpContext,
        operation: Operation,
        asked: Option<String>,
        record: Option<RecordId>,
    ) -> Result<Act, AppError> {
        self.begin_about(ctx, operation, About { asked, record, entry: None }).await
    }

    pub(crate) async fn begin_about(
        &self,
        ctx: &OpContext,
        operation: Operation,
        about: About,
    ) -> Result<Act, AppError> {
        let line = JournalLine {
            salt: self.ports().draw(),
            act: ActId::from_random(self.ports().draw()),
            phase: Phase::Begun,
            at: self.now(),
            actor: ctx.actor.clone(),
            operation,
            purpose: ctx.purpose,
            reference: ctx.reference.as_str().to_owned(),
            policy_version: policy::VERSION,
            asked: about.asked,
            record: about.record,
            records: Vec::new(),
            entries: about.entry.into_iter().collect(),
            refusal: None,
            grants: Vec::new(),
            hits: Vec::new(),
            consents: Vec::new(),
        };
        let hash = line.hash();
        let begun = self.store().journal().begin(line).await.map_err(AppError::Store)?;
        Ok(Act { begun, line: hash, grants: OnceLock::new(), hits: Vec::new(), consents: Mutex::default() })
    }

    /// Writes the ended line with the records that were shown.
    pub(crate) async fn end(
        &self,
        ctx: &OpContext,
        act: Act,
        records: Vec<RecordId>,
    ) -> Result<(), AppError> {
        self.finish(ctx, act, Phase::Ended, records, None).await
    }

    /// Writes the line of a refusal, with its code.
    pub(crate) async fn refuse(&self, ctx: &OpContext, act: Act, refusal: &AppError) -> Result<(), AppError> {
        self.finish(ctx, act, Phase::Refused, Vec::new(), Some(refusal.code().to_owned())).await
    }

    /// Writes the lines of a write that was refused, and hands its outcome on. What was written has its line in its own
    /// transaction; what failed on the way is not the caller's doing and has none.
    pub(crate) async fn journal_refusal<T>(
        &self,
        ctx: &OpContext,
        operation: Operation,
        record: Option<RecordId>,
        done: Result<T, AppError>,
    ) -> Result<T, AppError> {
        match done {
            Err(refusal) if refusal.is_refusal() => {
                let act = self.begin(ctx, operation, None, record).await?;
                self.refuse(ctx, act, &refusal).await?;
                Err(refusal)
            }
            done => done,
        }
    }

    async fn finish(
        &self,
        ctx: &OpContext,
        act: Act,
        phase: Phase,
        records: Vec<RecordId>,
        refusal: Option<String>,
    ) -> Result<(), AppError> {
        self.watch_for_canaries(ctx, act.begun.operation(), &records, &act.hits);
        let consents = act.consents.into_inner().unwrap_or_else(PoisonError::into_inner);
        let line = JournalLine {
            salt: self.ports().draw(),
            act: act.begun.act(),
            phase,
            at: self.now(),
            actor: ctx.actor.clone(),
            operation: act.begun.operation(),
            purpose: ctx.purpose,
            reference: ctx.reference.as_str().to_owned(),
            policy_version: policy::VERSION,
            asked: None,
            // What was refused names what it was about, so that one question finds both.
            record: act.begun.line().record.filter(|_| phase == Phase::Refused),
            records,
            entries: Vec::new(),
            refusal,
            grants: act.grants.into_inner().unwrap_or_default(),
            hits: act.hits,
            consents: consents.into_iter().collect(),
        };
        self.store().journal().end(act.begun, line).await.map_err(AppError::Store)
    }
}
