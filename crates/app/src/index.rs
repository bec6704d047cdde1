//! The index as this node keeps it: persons and documents, in step with the streams.

use barid_domain::batches::read_item;
use barid_domain::codes::Database;
use barid_domain::contents::Content;
use barid_domain::dates::Day;
use barid_domain::entries::Unverified;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::policy::VisibilityClass;
use barid_domain::streams::{Position, StreamClass};
use barid_search::document_index::{DocumentFacts, DocumentIndex, HashKey};
use barid_search::follow::{FollowError, Follower, Step};
use barid_search::person_index::{PersonFacts, PersonIndex};
use barid_store::{HeadChange, Store, StreamChange, StreamPositions};

use crate::App;
use crate::error::AppError;
use crate::reviews::Reviewed;

/// The classes of streams that the index follows.
const FOLLOWED: &[StreamClass] = &[StreamClass::Persons, StreamClass::TravelDocuments];
/// How many entries are read at a time.
const RUN: u32 = 500;

/// Is the index in memory with the places it has followed the streams to.
pub(crate) struct Index {
    pub(crate) persons: PersonIndex,
    pub(crate) documents: DocumentIndex,
    /// How far persons have been followed; kept in the snapshot with them.
    persons_follower: Follower,
    /// How far documents have been followed, since this start.
    documents_follower: Follower,
    /// Tells this index from one that takes its place.
    pub(crate) identity: [u8; 16],
    /// What is hidden because its review passed.
    pub(crate) reviewed: Reviewed,
}

/// The bytes before the snapshot: the day before which reviews had passed when it was saved.
const SNAPSHOT_DAY_BYTES: usize = 4;

impl Index {
    /// Begins empty; documents are hashed under a key of this process.
    pub(crate) fn empty(key: [u8; 16]) -> Self {
        Self {
            persons: PersonIndex::new(),
            documents: DocumentIndex::new(HashKey(key)),
            persons_follower: Follower::new(),
            documents_follower: Follower::new(),
            identity: key,
            reviewed: Reviewed::new(),
        }
    }

    /// Takes up the sealed snapshot where there is a sound one of this store's history, and begins empty otherwise.
    ///
    /// A snapshot that was saved on a later day than today lacks records that passed their review by a clock that was
    /// ahead: it is no use either.
    pub(crate) async fn load(store: &Store, key: [u8; 16], today: Day) -> Result<Self, AppError> {
        let index = Self::read_snapshot(store, key, today);
        if index.is_of_history(store).await? {
            return Ok(index);
        }
        tracing::warn!("the snapshot is of another history: the index is rebuilt");
        Ok(Self::empty(key))
    }

    /// Tells whether the store's streams, where the index left them, have the chains that the index followed: after a
    /// restore they may be shorter, or have gone on differently.
    async fn is_of_history(&self, store: &Store) -> Result<bool, AppError> {
        for (stream, reached) in self.persons_follower.positions() {
            let position = Position { stream: *stream, seq: reached.seq };
            if store.chain_after(&position).await.map_err(AppError::Store)? != Some(reached.chain) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_snapshot(store: &Store, key: [u8; 16], today: Day) -> Self {
        let snapshot = match store.load_snapshot() {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::warn!(code = error.code(), "snapshot unreadable: the index is rebuilt");
                None
            }
        };
        match snapshot.map(|bytes| Self::from_snapshot(&bytes, key, today)) {
            Some(Some(index)) => index,
            Some(None) => {
                tracing::warn!("snapshot malformed, or of a later day: the index is rebuilt");
                Self::empty(key)
            }
            None => Self::empty(key),
        }
    }

    /// Takes in one change; the caller rebuilds when it does not continue what was read before.
    fn apply(&mut self, change: &StreamChange) -> Result<(), FollowError> {
        let step = Step {
            stream: change.stream,
            seq: change.seq,
            entry_hash: change.entry_hash,
            chain: change.chain,
        };
        let follower = match change.stream.class {
            StreamClass::Persons => &mut self.persons_follower,
            _ => &mut self.documents_follower,
        };
        if step.seq <= follower.reached(&step.stream).seq {
            // Another caller was quicker; the chain check of the next step covers this one too.
            return Ok(());
        }
        follower.advance(&step)?;
        match change.change {
            HeadChange::Create { .. } | HeadChange::Supersede { .. } | HeadChange::None => {
                self.reviewed.note(change.change.record());
                self.put(change);
            }
            HeadChange::Withdraw { record, .. }
            | HeadChange::WithdrawItem { record, .. }
            | HeadChange::Erase { record } => self.remove(record),
        }
        Ok(())
    }

    /// Takes a record out.
    pub(crate) fn remove(&mut self, record: RecordId) {
        self.persons.remove(record);
        self.documents.remove(record);
    }

    fn put(&mut self, change: &StreamChange) {
        // Erased since: what follows in the stream says so, and there is nothing to index.
        let Some(bytes) = &change.bytes else { return };
        // Verified by this node before it was stored, and sealed since: the shape is read again, not the signature.
        let Ok(entry) = Unverified::parse(bytes) else { return };
        let owner = entry.claims().issuer;
        match Content::of_stored(&entry) {
            Ok(Content::Person(version)) => {
                let class = VisibilityClass::of(Database::Persons, owner, &version.terms);
                self.persons.insert(version.record, class, PersonFacts::from(&version.statement));
            }
            Ok(Content::TravelDocument(version)) => {
                let class = VisibilityClass::of(Database::TravelDocuments, owner, &version.terms);
                self.documents.remove(version.record);
                self.documents.insert(version.record, class, &DocumentFacts::from(&version.statement));
            }
            Ok(Content::Batch(batch)) => self.put_items(change, owner, &batch.terms),
            Ok(
                Content::Genesis(_)
                | Content::Organisation(_)
                | Content::Key(_)
                | Content::Withdrawal(_)
                | Content::ItemWithdrawal(_)
                | Content::Unknown,
            )
            | Err(_) => {}
        }
    }

    fn put_items(
        &mut self,
        change: &StreamChange,
        owner: OrganisationCode,
        terms: &barid_domain::terms::Terms,
    ) {
        let class = VisibilityClass::of(Database::TravelDocuments, owner, terms);
        for item in &change.items {
            if let Some(read) = item.bytes.as_deref().and_then(read_item) {
                self.documents.insert(item.record, class, &DocumentFacts::from(&read.document));
            }
        }
    }

    fn positions(&self) -> StreamPositions {
        let followed = self.persons_follower.positions().chain(self.documents_follower.positions());
        followed.map(|(stream, reached)| (*stream, reached.seq)).collect()
    }

    /// Writes what the next start can take up: the persons. Documents are read from their streams at every start.
    pub(crate) fn to_snapshot(&self) -> Vec<u8> {
        let mut bytes = self.reviewed.hidden_before.days().to_be_bytes().to_vec();
        bytes.extend_from_slice(&barid_search::snapshot::write(&self.persons, &self.persons_follower));
        bytes
    }

    fn from_snapshot(bytes: &[u8], key: [u8; 16], today: Day) -> Option<Self> {
        let (day, bytes) = bytes.split_first_chunk::<SNAPSHOT_DAY_BYTES>()?;
        if i32::from_be_bytes(*day) > today.days() {
            return None;
        }
        let (persons, persons_follower) = barid_search::snapshot::read(bytes).ok()?;
        Some(Self { persons, persons_follower, ..Self::empty(key) })
    }
}

impl App {
    /// Brings the index to the ends of the streams; rebuilds it when its history is not the store's.
    pub async fn follow(&self) -> Result<(), AppError> {
        if self.follow_on().await?.is_ok() {
            return Ok(());
        }
        tracing::warn!("the index and the store differ: the index is rebuilt");
        self.rebuild().await
    }

    /// Builds the index anew out of the streams.
    pub(crate) async fn rebuild(&self) -> Result<(), AppError> {
        *self.write_index() = Index::empty(self.ports().draw());
        self.follow_on().await?.map_err(|_| AppError::NotReady)
    }

    async fn follow_on(&self) -> Result<Result<(), FollowError>, AppError> {
        loop {
            let positions = self.read_index().positions();
            let changes =
                self.store().changes_after(&positions, FOLLOWED, RUN).await.map_err(AppError::Store)?;
            if changes.is_empty() {
                return Ok(Ok(()));
            }
            let mut index = self.write_index();
            for change in &changes {
                if let Err(error) = index.apply(change) {
                    return Ok(Err(error));
                }
            }
        }
    }

    pub(crate) fn read_index(&self) -> std::sync::RwLockReadGuard<'_, Index> {
        // A panic while the index was being changed leaves it in doubt: a poisoned index stops the node.
        self.index.read().expect("the index is whole")
    }

    pub(crate) fn write_index(&self) -> std::sync::RwLockWriteGuard<'_, Index> {
        // As above.
        self.index.write().expect("the index is whole")
    }

    /// Tells whether the index holds exactly the records that stand in the store and are not past their review; for
    /// tests and `doctor`.
    pub async fn index_equals_store(&self) -> Result<bool, AppError> {
        self.hide_overdue().await?;
        let hidden_before = self.hidden_before();
        let mut standing = std::collections::BTreeSet::new();
        let mut after = None;
        loop {
            let heads = self.store().heads(after, 5_000).await.map_err(AppError::Store)?;
            let Some(last) = heads.last() else { break };
            after = Some(last.record);
            standing.extend(
                heads
                    .iter()
                    .filter(|head| head.state == barid_store::HeadState::Active)
                    .filter(|head| head.review_on >= hidden_before)
                    .map(|head| head.record),
            );
        }
        let index = self.read_index();
        let persons = index.persons.records().map(|(record, _, _)| record);
        let indexed: std::collections::BTreeSet<_> = persons.chain(index.documents.records()).collect();
        Ok(indexed == standing)
    }
}
