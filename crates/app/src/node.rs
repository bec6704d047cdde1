//! The running node: its store, registry, keys and index, and how it starts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::OrganisationCode;
use barid_domain::policy::Refusal;
use barid_domain::registry::Registry;
use barid_domain::streams::StreamClass;
use barid_store::{Conflict, CredentialId, Store, StoreError};

use crate::answers::OwnRecord;
use crate::context::{OpContext, Ports};
use crate::error::AppError;
use crate::index::Index;
use crate::signing::KeyRing;

/// Is a node that answers.
pub struct App {
    store: Store,
    ports: Ports,
    registry: Arc<Registry>,
    registry_entries: Vec<Vec<u8>>,
    keys: KeyRing,
    pub(crate) index: RwLock<Index>,
    /// Tokens that were used on a day that is not written down yet.
    uses: Mutex<BTreeMap<CredentialId, Day>>,
}

impl App {
    /// Starts on a founded store: folds the registry, takes up the snapshot, follows the streams to their ends.
    pub async fn start(store: Store, ports: Ports) -> Result<Self, AppError> {
        let entries = read_registry_entries(&store).await?;
        let mut entries_in_order = entries.iter();
        let genesis = entries_in_order.next().ok_or(AppError::NotReady)?;
        let (mut registry, _) = Registry::found(genesis, None)?;
        for bytes in entries_in_order {
            registry.apply(bytes)?;
        }
        let keys = KeyRing::load(&store, &registry)?;
        let index = Index::load(&store, ports.draw()).await?;
        let app = Self {
            store,
            ports,
            registry: Arc::new(registry),
            registry_entries: entries,
            keys,
            index: RwLock::new(index),
            uses: Mutex::default(),
        };
        app.follow().await?;
        Ok(app)
    }

    /// Folds the journal, saves the index for the next start, and closes the store.
    pub async fn close(self) -> Result<(), AppError> {
        self.note_uses().await?;
        self.fold_journal().await?;
        self.save_snapshot()?;
        self.store.close().await;
        Ok(())
    }

    /// Does what must be done from time to time: folds the journal into the ledger, follows the streams, notes which
    /// tokens were used.
    pub async fn upkeep(&self) -> Result<(), AppError> {
        self.fold_journal().await?;
        self.note_uses().await?;
        self.follow().await
    }

    /// Saves the index, sealed, so that the next start is quick.
    pub fn save_snapshot(&self) -> Result<(), AppError> {
        let bytes = self.read_index().to_snapshot();
        self.store.save_snapshot(&bytes).map_err(AppError::Store)
    }

    /// The registry at its present position.
    pub fn registry(&self) -> Arc<Registry> {
        self.registry.clone()
    }

    /// Tells whether searches can be answered: the index is there and the journal takes lines.
    pub fn ready(&self) -> bool {
        self.store.journal().is_running()
    }

    /// Lists an organisation's own records that stand, in the order of their ids.
    pub async fn own_records(
        &self,
        ctx: &OpContext,
        after: Option<barid_domain::ids::RecordId>,
        limit: u32,
    ) -> Result<Vec<OwnRecord>, AppError> {
        self.must_take_part(ctx)?;
        let act = self.begin(ctx, barid_domain::audit::Operation::ReadRegistry, None, None).await?;
        let heads = self.store.heads_of(ctx.actor.organisation, after, limit.clamp(1, 500)).await;
        let heads = heads.map_err(AppError::Store)?;
        let list: Vec<OwnRecord> = heads
            .into_iter()
            .map(|head| OwnRecord {
                record: head.record,
                database: head.database,
                entry: head.current,
                version: head.version,
                review_on: head.review_on,
            })
            .collect();
        self.end(ctx, act, list.iter().map(|own| own.record).collect()).await?;
        Ok(list)
    }

    /// The node's store, for the program's own upkeep (backup, credentials); use cases go through `App`.
    pub fn store(&self) -> &Store {
        &self.store
    }
    /// The organisation whose node this is: its key signs the checkpoints.
    pub fn host(&self) -> Result<OrganisationCode, AppError> {
        Ok(self.keys.checkpoint_key()?.0)
    }
    pub(crate) fn remember_use(&self, credential: CredentialId, day: Day) {
        // A map that a panic left behind holds whole days all the same.
        self.uses.lock().unwrap_or_else(PoisonError::into_inner).insert(credential, day);
    }
    pub(crate) fn take_uses(&self) -> Vec<(CredentialId, Day)> {
        std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
    }
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.now()
    }
    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }
    pub(crate) async fn registry_entries(&self) -> Result<&[Vec<u8>], AppError> {
        Ok(&self.registry_entries)
    }
    pub(crate) async fn fold_journal(&self) -> Result<(), AppError> {
        self.store.fold_journal().await.map(|_| ()).map_err(AppError::Store)
    }

    /// What an organisation asks about its own records, writes and ledgers it asks as one that takes part.
    pub(crate) fn must_take_part(&self, ctx: &OpContext) -> Result<(), Refusal> {
        self.registry.active(ctx.actor.organisation).map(|_| ()).ok_or(Refusal::NotActive)
    }

    /// Turns the store's refusal of a write into the caller's.
    pub(crate) fn refused_by_store(&self, error: StoreError) -> AppError {
        match error {
            StoreError::Conflict { conflict: Conflict::Stale { current }, .. } => AppError::Stale { current },
            StoreError::Conflict { conflict: Conflict::Withdrawn | Conflict::Erased, .. } => AppError::Ended,
            StoreError::Conflict { conflict: Conflict::NotFound, .. } => AppError::Absent,
            StoreError::IdempotencyMismatch => AppError::KeyReused,
            StoreError::OutcomeUnknown => AppError::OutcomeUnknown,
            other => AppError::Store(other),
        }
    }
}

async fn read_registry_entries(store: &Store) -> Result<Vec<Vec<u8>>, AppError> {
    let mut positions = barid_store::StreamPositions::new();
    let mut entries = Vec::new();
    loop {
        let changes = store
            .changes_after(&positions, &[StreamClass::Registry], 1_000)
            .await
            .map_err(AppError::Store)?;
        if changes.is_empty() {
            return Ok(entries);
        }
        for change in changes {
            positions.insert(change.stream, change.seq);
            entries.extend(change.bytes);
        }
    }
}
