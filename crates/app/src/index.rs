//! The index as this node keeps it: persons and documents, in step with the streams.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use barid_domain::batches::read_item;
use barid_domain::codes::Database;
use barid_domain::contents::Content;
use barid_domain::dates::Day;
use barid_domain::entries::Unverified;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::objects::groups;
use barid_domain::policy::VisibilityClass;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_search::document_index::{DocumentFacts, DocumentIndex, HashKey};
use barid_search::document_snapshot;
use barid_search::follow::{FollowError, Follower, Reached, Step};
use barid_search::group_index::{GroupFactName, GroupIndex};
use barid_search::link_index::LinkIndex;
use barid_search::number_index::{NumberIndex, PersonNumber};
use barid_search::object_index::ObjectIndex;
use barid_search::person_index::{PersonFacts, PersonIndex};
use barid_search::snapshot::{self, SnapshotError};
use barid_search::text_screening::TextPeople;
use barid_store::{HeadChange, SnapshotKind, Store, StreamChange, StreamPositions};

use crate::App;
use crate::error::AppError;
use crate::reviews::Reviewed;

/// The classes of streams that the index follows.
const FOLLOWED: &[StreamClass] =
    &[StreamClass::Persons, StreamClass::TravelDocuments, StreamClass::Objects, StreamClass::Links];
/// How many entries are read at a time.
const RUN: u32 = 500;

/// Is the index in memory with the places it has followed the streams to.
pub(crate) struct Index {
    pub(crate) persons: PersonIndex,
    /// Persons by the numbers of their documents and by reference; followed and kept with persons.
    pub(crate) numbers: NumberIndex,
    pub(crate) documents: DocumentIndex,
    /// Objects by their numbers; built anew after each start.
    pub(crate) objects: ObjectIndex,
    /// Groups by their names, for searches and for texts; in step with objects.
    pub(crate) groups: GroupIndex,
    /// Links by the records they join; built anew after each start.
    pub(crate) links: LinkIndex,
    /// Persons as texts are screened for them; in step with persons, and built anew after each start.
    pub(crate) texts: TextPeople,
    /// How far each part has been followed; kept in its snapshot with it.
    persons_follower: Follower,
    documents_follower: Follower,
    objects_follower: Follower,
    links_follower: Follower,
    /// Tells this index from one that takes its place.
    pub(crate) identity: [u8; 16],
    /// What is hidden because its review passed.
    pub(crate) reviewed: Reviewed,
}

/// The bytes before a snapshot: the day before which reviews had passed when it was saved.
const SNAPSHOT_DAY_BYTES: usize = 4;

/// Is how much memory the index takes, part by part.
#[derive(Clone, Copy, Debug)]
pub struct IndexMemory {
    /// Persons in it.
    pub persons: usize,
    /// Bytes that persons take.
    pub person_bytes: usize,
    /// Bytes that their names take besides, laid out for texts: none before the first text was screened.
    pub text_bytes: usize,
    /// Documents in it.
    pub documents: usize,
    /// Bytes that documents take.
    pub document_bytes: usize,
}

impl Index {
    /// Begins empty; numbers are hashed under a key of this index.
    pub(crate) fn empty(key: [u8; 16]) -> Self {
        Self {
            persons: PersonIndex::new(),
            numbers: NumberIndex::new(HashKey(key)),
            documents: DocumentIndex::new(HashKey(key)),
            objects: ObjectIndex::new(HashKey(key)),
            groups: GroupIndex::new(),
            links: LinkIndex::new(),
            texts: TextPeople::default(),
            persons_follower: Follower::new(),
            documents_follower: Follower::new(),
            objects_follower: Follower::new(),
            links_follower: Follower::new(),
            identity: key,
            reviewed: Reviewed::new(),
        }
    }

    /// Takes up the sealed snapshots that are sound and of this store's history; a part without one begins empty.
    ///
    /// A snapshot that was saved on a later day than today lacks records that passed their review by a clock that was
    /// ahead: it is no use either.
    async fn load(store: &Store, key: [u8; 16], today: Day) -> Result<Self, AppError> {
        let mut index = Self::empty(key);
        let persons = read_snapshot(store, SnapshotKind::Persons, |pieces| {
            snapshot::read(&of_no_later_day(pieces, today)?.flatten().collect::<Vec<u8>>())
        });
        if let Some((persons, follower)) = persons.filter_history(store).await? {
            ((index.persons, index.numbers), index.persons_follower) = (persons, follower);
        }
        let documents = read_snapshot(store, SnapshotKind::Documents, |pieces| {
            document_snapshot::read(of_no_later_day(pieces, today)?)
        });
        if let Some((documents, follower)) = documents.filter_history(store).await? {
            (index.documents, index.documents_follower) = (documents, follower);
        }
        Ok(index)
    }

    /// Reads the streams to their ends, without anybody waiting.
    async fn catch_up(&mut self, store: &Store) -> Result<Result<(), FollowError>, AppError> {
        loop {
            let changes =
                store.changes_after(&self.positions(), FOLLOWED, RUN).await.map_err(AppError::Store)?;
            if changes.is_empty() {
                self.persons.settle();
                return Ok(Ok(()));
            }
            for change in &changes {
                if let Err(error) = self.apply(change) {
                    return Ok(Err(error));
                }
            }
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
            StreamClass::Objects => &mut self.objects_follower,
            StreamClass::Links => &mut self.links_follower,
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
            HeadChange::Withdraw { record, .. } | HeadChange::WithdrawItem { record, .. } => {
                self.hide(record)
            }
            HeadChange::Erase { record, .. } => {
                self.hide(record);
                self.links.remove(record);
            }
        }
        Ok(())
    }

    /// Shows a record no more.
    pub(crate) fn hide(&mut self, record: RecordId) {
        self.persons.remove(record);
        self.numbers.remove(record);
        self.texts.forget(record);
        self.documents.remove(record);
        self.objects.remove(record);
        self.groups.remove(record);
        self.links.hide(record);
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
                let numbers = PersonNumber::all_of(&version.statement, version.terms.provenance.as_ref());
                self.numbers.insert(version.record, class, &numbers);
                self.texts.note(version.record);
            }
            Ok(Content::TravelDocument(version)) => {
                let class = VisibilityClass::of(Database::TravelDocuments, owner, &version.terms);
                self.documents.remove(version.record);
                self.documents.insert(version.record, class, &DocumentFacts::from(&version.statement));
            }
            Ok(Content::Object(version)) => {
                let class = VisibilityClass::of(version.statement.database, owner, &version.terms);
                let identifiers = version.statement.identifiers_with(version.terms.provenance.as_ref());
                self.objects.insert(version.record, class, &identifiers);
                let names: Vec<GroupFactName> = groups::names(&version.statement)
                    .into_iter()
                    .map(|name| GroupFactName { text: name.text, is_weak: name.is_weak })
                    .collect();
                if !names.is_empty() {
                    self.groups.insert(version.record, class, &names);
                }
            }
            Ok(Content::Link(version)) => {
                let class = VisibilityClass::of(Database::Links, owner, &version.terms);
                self.links.insert(version.record, class, &version.statement);
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
                // The store takes no item whose record is there already.
                self.documents.insert_new(item.record, class, &DocumentFacts::from(&read.document));
            }
        }
    }

    fn reached(&self) -> impl Iterator<Item = (&StreamId, &Reached)> {
        let followers =
            [&self.persons_follower, &self.documents_follower, &self.objects_follower, &self.links_follower];
        followers.into_iter().flat_map(|follower| follower.positions())
    }

    fn positions(&self) -> StreamPositions {
        self.reached().map(|(stream, reached)| (*stream, reached.seq)).collect()
    }
}

/// Is a part of the index out of its snapshot, with how far it had followed the streams; or nothing.
struct FromSnapshot<T>(Option<(T, Follower)>);

impl<T> FromSnapshot<T> {
    /// Keeps it where the store's streams, where the snapshot left them, have the chains that it followed: after a
    /// restore they may be shorter, or have gone on differently.
    async fn filter_history(self, store: &Store) -> Result<Option<(T, Follower)>, AppError> {
        let Some((part, follower)) = self.0 else { return Ok(None) };
        for (stream, reached) in follower.positions() {
            let position = Position { stream: *stream, seq: reached.seq };
            if store.chain_after(&position).await.map_err(AppError::Store)? != Some(reached.chain) {
                tracing::warn!(
                    "a snapshot is of another history: that part of the index is read from the streams"
                );
                return Ok(None);
            }
        }
        Ok(Some((part, follower)))
    }
}

/// Reads a snapshot; one that can't be read is left aside, and its part of the index read from the streams.
fn read_snapshot<T>(
    store: &Store,
    kind: SnapshotKind,
    read: impl FnOnce(&mut dyn Iterator<Item = Vec<u8>>) -> Result<(T, Follower), SnapshotError>,
) -> FromSnapshot<T> {
    let opened = match store.load_snapshot(kind) {
        Ok(opened) => opened,
        Err(error) => {
            tracing::warn!(code = error.code(), "snapshot unreadable: the streams are read instead");
            None
        }
    };
    let Some(reader) = opened else { return FromSnapshot(None) };
    let mut failure = None;
    // A piece that does not open ends the snapshot: what is read then is too short.
    let mut pieces = reader.map_while(|piece| piece.map_err(|error| failure = Some(error)).ok());
    let part = read(&mut pieces);
    drop(pieces);
    match (part, failure) {
        (Ok(part), None) => FromSnapshot(Some(part)),
        (Err(error), None) => {
            tracing::warn!(code = error.code(), "snapshot malformed: the streams are read instead");
            FromSnapshot(None)
        }
        (_, Some(error)) => {
            tracing::warn!(code = error.code(), "snapshot damaged: the streams are read instead");
            FromSnapshot(None)
        }
    }
}

/// Takes the day off the front of a snapshot; one of a later day is refused.
fn of_no_later_day(
    pieces: &mut dyn Iterator<Item = Vec<u8>>,
    today: Day,
) -> Result<impl Iterator<Item = Vec<u8>>, SnapshotError> {
    let mut first = Vec::new();
    while first.len() < SNAPSHOT_DAY_BYTES {
        first.extend(pieces.next().ok_or(SnapshotError::NotSnapshot)?);
    }
    let rest = first.split_off(SNAPSHOT_DAY_BYTES);
    let day = first.as_slice().try_into().map_err(|_| SnapshotError::NotSnapshot)?;
    if i32::from_be_bytes(day) > today.days() {
        tracing::warn!("a snapshot is of a later day: it was saved by a clock that was ahead");
        return Err(SnapshotError::NotSnapshot);
    }
    Ok(std::iter::once(rest).chain(pieces))
}

/// Says that somebody builds an index, until it is dropped.
struct Building<'a>(&'a AtomicBool);

impl<'a> Building<'a> {
    /// `None` where somebody does already.
    fn begin(flag: &'a AtomicBool) -> Option<Self> {
        (!flag.swap(true, Ordering::AcqRel)).then_some(Self(flag))
    }
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Is the index that answers, and whether there is one yet.
pub(crate) struct StandingIndex {
    index: RwLock<Index>,
    /// Set once the first index stands, and never taken back: later ones are built beside it.
    stands: AtomicBool,
    building: AtomicBool,
    /// The day by which the index hides, to be read without waiting for the index.
    hidden_before: AtomicI32,
}

impl StandingIndex {
    /// Begins with none.
    pub(crate) fn none_yet() -> Self {
        let (stands, building) = (AtomicBool::new(false), AtomicBool::new(false));
        let hidden_before = AtomicI32::new(Day::FIRST.days());
        Self { index: RwLock::new(Index::empty([0; 16])), stands, building, hidden_before }
    }

    pub(crate) fn stands(&self) -> bool {
        self.stands.load(Ordering::Acquire)
    }

    pub(crate) fn hidden_before(&self) -> Day {
        // What is noted was a day.
        Day::from_days(self.hidden_before.load(Ordering::Acquire)).unwrap_or(Day::FIRST)
    }

    /// Notes the day by which the index hides; the caller holds its lock.
    pub(crate) fn note_hidden(&self, index: &Index) {
        self.hidden_before.store(index.reviewed.hidden_before.days(), Ordering::Release);
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Index> {
        // A panic while the index was being changed leaves it in doubt: a poisoned index stops the node.
        self.index.read().expect("the index is whole")
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Index> {
        // As above.
        self.index.write().expect("the index is whole")
    }

    /// Puts an index in place of the one before, which is dropped when nobody waits for it. Where that one hides by a
    /// later day by now, the index is given back, to hide more first: unless it `may_hide_less`.
    fn put(&self, index: Index, may_hide_less: bool) -> Option<Index> {
        let mut standing = self.write();
        if !may_hide_less && standing.reviewed.hidden_before > index.reviewed.hidden_before {
            return Some(index);
        }
        self.note_hidden(&index);
        let before = std::mem::replace(&mut *standing, index);
        self.stands.store(true, Ordering::Release);
        drop(standing);
        drop(before);
        None
    }
}

impl App {
    /// Builds the first index from its snapshots and the streams: from then on searches are answered. Nothing where one
    /// stands or is being built.
    pub async fn make_ready(&self) -> Result<(), AppError> {
        let Some(_building) = Building::begin(&self.index.building) else { return Ok(()) };
        if self.index.stands() {
            return Ok(());
        }
        let mut index = Index::load(self.store(), self.ports().draw(), self.now().day()).await?;
        if index.catch_up(self.store()).await?.is_err() {
            tracing::warn!("a snapshot and the store differ: the index is read from the streams");
            index = self.index_of_the_streams().await?;
        }
        let day = self.first_hidden_before().await?;
        self.put_hidden(index, day, false).await?;
        // What was written since found no index to go into.
        self.follow_on().await?.map_err(|_| AppError::NotReady)
    }

    /// Brings the index to the ends of the streams. Where its history is not the store's, a new one is built beside it,
    /// and it answers until that one stands. Before the first index stands there is nothing to follow with.
    pub async fn follow(&self) -> Result<(), AppError> {
        if !self.index.stands() || self.follow_on().await?.is_ok() {
            Ok(())
        } else {
            self.build_beside(None).await
        }
    }

    /// Follows, and looks whether the streams still are what was read: one that became shorter, or ends otherwise at the
    /// same length, has nothing more to read and would not be noticed.
    pub(crate) async fn follow_and_compare(&self) -> Result<(), AppError> {
        self.follow().await?;
        let heads = self.store().stream_heads().await.map_err(AppError::Store)?;
        let differs = self.aside(move |index| {
            index.read().reached().any(|(stream, reached)| {
                let head = heads.iter().find(|head| head.stream == *stream);
                head.is_none_or(|head| {
                    head.size < reached.seq || (head.size == reached.seq && head.chain != reached.chain)
                })
            })
        });
        let differs = differs.await?;
        if differs { self.build_beside(None).await } else { Ok(()) }
    }

    /// Builds another index, which hides by the day of the one that stands, or by the day `to` of a clock that came back.
    pub(crate) async fn build_beside(&self, to: Option<Day>) -> Result<(), AppError> {
        let Some(_building) = Building::begin(&self.index.building) else { return Ok(()) };
        tracing::warn!("the index and the store differ: another index is built beside it");
        let index = self.index_of_the_streams().await?;
        self.put_hidden(index, to.unwrap_or_else(|| self.hidden_before()), to.is_some()).await?;
        self.follow_on().await?.map_err(|_| AppError::NotReady)
    }

    /// Hides what passed its review in a new index, then puts it in place: a search that is under way looked what is to
    /// be hidden before it began.
    async fn put_hidden(&self, mut index: Index, mut day: Day, may_hide_less: bool) -> Result<(), AppError> {
        loop {
            index.hide_before(self.store(), day).await?;
            let given_back = self.aside(move |standing| standing.put(index, may_hide_less)).await?;
            let Some(less_hidden) = given_back else { return Ok(()) };
            (index, day) = (less_hidden, self.hidden_before());
        }
    }

    async fn index_of_the_streams(&self) -> Result<Index, AppError> {
        let mut index = Index::empty(self.ports().draw());
        index.catch_up(self.store()).await?.map_err(|_| AppError::NotReady)?;
        Ok(index)
    }

    async fn follow_on(&self) -> Result<Result<(), FollowError>, AppError> {
        loop {
            let positions = self.aside(|index| index.read().positions()).await?;
            let changes =
                self.store().changes_after(&positions, FOLLOWED, RUN).await.map_err(AppError::Store)?;
            if changes.is_empty() {
                return Ok(Ok(()));
            }
            let applied = self.aside(move |index| {
                let mut index = index.write();
                changes.iter().try_for_each(|change| index.apply(change))
            });
            if let Err(error) = applied.await? {
                return Ok(Err(error));
            }
        }
    }

    /// Refuses while no index stands: a search that finds nothing must mean that there is nothing.
    pub(crate) fn must_stand(&self) -> Result<(), AppError> {
        if self.index.stands() { Ok(()) } else { Err(AppError::NotReady) }
    }

    pub(crate) fn write_index(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write()
    }

    pub(crate) fn read_index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read()
    }

    /// Saves the index, sealed, so that the next start is quick. Nothing where none stands yet.
    ///
    /// An index that is behind the store is refused: it may hold what was erased since, and the erasure has removed the
    /// snapshots already. What is written to the store meanwhile makes the new ones go again.
    pub async fn save_snapshot(&self) -> Result<(), AppError> {
        if !self.index.stands() {
            return Ok(());
        }
        let positions = self.aside(|index| index.read().positions()).await?;
        if self.is_behind(&positions).await? {
            return Err(AppError::NotReady);
        }
        let positions = self.write_snapshots()?;
        if self.is_behind(&positions).await? {
            tracing::warn!("the store was written to while snapshots were saved: they are removed");
            self.store().remove_snapshots().map_err(AppError::Store)?;
        }
        Ok(())
    }

    async fn is_behind(&self, positions: &StreamPositions) -> Result<bool, AppError> {
        let changes = self.store().changes_after(positions, FOLLOWED, 1).await.map_err(AppError::Store)?;
        Ok(!changes.is_empty())
    }

    /// Writes the snapshots; answers how far the index that is in them had followed the streams.
    fn write_snapshots(&self) -> Result<StreamPositions, AppError> {
        let index = self.read_index();
        let day = index.reviewed.hidden_before.days().to_be_bytes();
        let persons = snapshot::write(&index.persons, &index.numbers, &index.persons_follower);
        let saved = self.store().save_snapshot(SnapshotKind::Persons, |writer| {
            writer.write(&day)?;
            writer.write(&persons)
        });
        saved.map_err(AppError::Store)?;
        let saved = self.store().save_snapshot(SnapshotKind::Documents, |writer| {
            writer.write(&day)?;
            document_snapshot::write(&index.documents, &index.documents_follower, |part| writer.write(part))
        });
        saved.map_err(AppError::Store)?;
        Ok(index.positions())
    }

    /// Tells how much memory the index takes.
    pub fn index_memory(&self) -> IndexMemory {
        let index = self.read_index();
        IndexMemory {
            persons: index.persons.len(),
            person_bytes: index.persons.memory_bytes() + index.numbers.memory_bytes(),
            text_bytes: index.texts.memory_bytes(),
            documents: index.documents.len(),
            document_bytes: index.documents.memory_bytes(),
        }
    }

    /// Tells whether the index holds exactly the records that stand in the store and are not past their review; for
    /// tests and `doctor`.
    pub async fn index_equals_store(&self) -> Result<bool, AppError> {
        self.hide_overdue().await?;
        let hidden_before = self.hidden_before();
        let (mut standing, mut numberless) = (BTreeSet::new(), BTreeSet::new());
        let mut after = None;
        loop {
            let heads = self.store().heads(after, 5_000).await.map_err(AppError::Store)?;
            let Some(last) = heads.last() else { break };
            after = Some(last.record);
            let shown = heads.iter().filter(|head| {
                head.state == barid_store::HeadState::Active && head.review_on >= hidden_before
            });
            for head in shown {
                // Of these alone some have no number to be found by, and are not in the index.
                let may_be_numberless = matches!(head.database, Database::WorksOfArt | Database::Incidents);
                if may_be_numberless { &mut numberless } else { &mut standing }.insert(head.record);
            }
        }
        let index = self.read_index();
        let persons: BTreeSet<_> = index.persons.records().map(|(record, _, _)| record).collect();
        let numbers_stand = index.numbers.records().is_subset(&persons);
        let objects = index.objects.records();
        let groups = index.groups.records();
        let indexed: BTreeSet<RecordId> = persons
            .into_iter()
            .chain(index.documents.records())
            .chain(objects)
            .chain(groups)
            .chain(index.links.records())
            .collect();
        let all_stand = indexed.difference(&standing).all(|record| numberless.contains(record));
        Ok(numbers_stand && all_stand && standing.is_subset(&indexed))
    }
}
