//! The index as this node keeps it: persons and documents, in step with the streams.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use barid_domain::batches::read_item;
use barid_domain::codes::Database;
use barid_domain::contents::Content;
use barid_domain::dates::Day;
use barid_domain::entries::Unverified;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::objects::groups;
use barid_domain::orders::{OrderBook, digest_of_exclusions};
use barid_domain::policy::VisibilityClass;
use barid_domain::registry::Compromises;
use barid_domain::restrictions::{Audience, DatabaseAudiences, RestrictionBook};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_domain::terms::Terms;
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
use barid_store::{
    Head, HeadChange, HeadState, SnapshotKind, Store, StoreError, StreamChange, StreamEnd, StreamPositions,
};

use crate::App;
use crate::cards::Cards;
use crate::credentials::ALONE;
use crate::error::AppError;
use crate::reviews::Reviewed;

/// The classes of streams that the index follows.
const FOLLOWED: &[StreamClass] = &[
    StreamClass::Restrictions,
    StreamClass::Persons,
    StreamClass::TravelDocuments,
    StreamClass::Objects,
    StreamClass::Links,
    // Of orders, those to erase.
    StreamClass::Orders,
];
/// How many entries are read at a time.
const RUN: u32 = 500;

/// The book of restrictions of an index: read beside it, without waiting for it.
pub(crate) type SharedRestrictions = Arc<RwLock<RestrictionBook>>;

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
    orders_follower: Follower,
    restrictions_follower: Follower,
    /// Whom owners let see their records.
    restrictions: SharedRestrictions,
    /// Tells this index from one that takes its place.
    pub(crate) identity: [u8; 16],
    /// What is hidden because its review passed.
    pub(crate) reviewed: Reviewed,
    /// What candidates are shown with while the database is away.
    pub(crate) cards: Cards,
    /// Whether a part came out of a snapshot, which holds no cards.
    lacks_cards: bool,
    /// What keeps entries that are there out of it.
    excluded: Excluded,
    /// Records of which an order opened or closed something, and that were not put in again yet, with the how manieth time it
    /// was.
    to_put: BTreeMap<RecordId, u64>,
    /// How often something was closed or opened: what was put in before the last time is put in again.
    closings: u64,
    /// What was read last, to be taken back where the database loses it.
    trail: Trail,
    /// Whether both snapshots on this machine were taken up and it has not stood yet: they hold what it does.
    is_as_saved: bool,
    /// Whether an erasure was followed that snapshots on this machine do not know of yet.
    erased: bool,
    /// Whether what comes is taken unseen: a planted fault.
    #[cfg(feature = "planted-faults")]
    trusting: bool,
}

/// Is what keeps entries that are there from counting.
#[derive(Clone, Default)]
pub(crate) struct Excluded {
    /// The keys that are in other hands: what they signed behind their places counts no more.
    compromised: Compromises,
    /// What the commission ordered: what it closed is shown to nobody.
    orders: Arc<OrderBook>,
    /// The how manieth reading these orders are.
    turn: u64,
}

impl Excluded {
    /// Tells whether nothing is.
    fn is_empty(&self) -> bool {
        self.compromised.is_empty() && self.orders.hides_nothing()
    }

    /// Names it: another name means that other entries count.
    fn digest(&self) -> [u8; 32] {
        digest_of_exclusions(&self.compromised, &self.orders)
    }
}

/// How often an index that was built is brought further before it takes the place of one that had read more.
const MOST_ROUNDS: u32 = 10;
/// How many changes of each stream can be taken back.
const TRAIL_CHANGES: usize = 512;
/// A change to more records than this is not remembered, nor what stands before it.
const TRAIL_RECORDS: usize = 10_000;

/// Is the last changes that were read of each stream: what records they were about, and the chain before them.
#[derive(Default)]
struct Trail(BTreeMap<StreamId, VecDeque<Trodden>>);

struct Trodden {
    before: Reached,
    records: Vec<RecordId>,
}

impl Trail {
    fn note(&mut self, change: &StreamChange, before: Reached) {
        let trodden = self.0.entry(change.stream).or_default();
        if change.items.len() > TRAIL_RECORDS {
            trodden.clear();
            return;
        }
        if trodden.len() >= TRAIL_CHANGES {
            trodden.pop_front();
        }
        let items = change.items.iter().map(|item| item.record);
        let records = change.change.record().into_iter().chain(items).collect();
        trodden.push_back(Trodden { before, records });
    }

    /// The places in a stream that the index can go back to, the last one first.
    fn places(&self, stream: &StreamId) -> Vec<Reached> {
        self.0
            .get(stream)
            .into_iter()
            .flat_map(|trodden| trodden.iter().rev().map(|one| one.before))
            .collect()
    }

    /// The records that the changes behind a place were about.
    fn behind<'a>(&'a self, stream: &StreamId, to: &'a Reached) -> impl Iterator<Item = RecordId> + 'a {
        let trodden = self.0.get(stream).into_iter().flatten().rev();
        trodden.take_while(|last| last.before.seq >= to.seq).flat_map(|last| last.records.iter().copied())
    }

    /// Goes back to a place.
    fn go_back(&mut self, stream: &StreamId, to: &Reached) {
        let Some(trodden) = self.0.get_mut(stream) else { return };
        while trodden.back().is_some_and(|last| last.before.seq >= to.seq) {
            trodden.pop_back();
        }
    }
}

/// What it took to bring an index back in step with a database that lost something, or holds something else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mending {
    /// The last changes were taken back.
    RolledBack,
    /// Another index was built.
    Rebuilt,
}

/// Says where the index must go back to, and what it must read again there.
struct Partings {
    to: Vec<(StreamId, Reached)>,
    /// The records behind these places, as the store has them now: what stands is put in again.
    records: Vec<(RecordId, Option<StreamChange>)>,
}

/// The bytes before a snapshot: the day before which reviews had passed when it was saved, and the digest of what
/// was excluded.
const SNAPSHOT_HEAD_BYTES: usize = 4 + 32;

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
    pub(crate) fn empty(key: [u8; 16], cards: Cards, excluded: Excluded) -> Self {
        Self {
            cards,
            excluded,
            to_put: BTreeMap::new(),
            closings: 0,
            lacks_cards: false,
            trail: Trail::default(),
            is_as_saved: false,
            erased: false,
            #[cfg(feature = "planted-faults")]
            trusting: false,
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
            orders_follower: Follower::new(),
            restrictions_follower: Follower::new(),
            restrictions: SharedRestrictions::default(),
            identity: key,
            reviewed: Reviewed::new(),
        }
    }

    /// Takes up the sealed snapshots that are sound and of this store's history; a part without one begins empty.
    ///
    /// A snapshot that was saved on a later day than today lacks records that passed their review by a clock that was
    /// ahead: it is no use either.
    /// So is one that was saved while other keys were compromised, or other orders stood.
    async fn load(
        store: &Store,
        key: [u8; 16],
        cards: Cards,
        excluded: Excluded,
        today: Day,
    ) -> Result<Self, AppError> {
        let digest = excluded.digest();
        let mut index = Self::empty(key, cards, excluded);
        let persons = read_snapshot(store, SnapshotKind::Persons, |pieces| {
            snapshot::read(&of_no_later_day(pieces, today, &digest)?.flatten().collect::<Vec<u8>>())
        });
        if let Some((persons, follower)) = persons.filter_history(store).await? {
            ((index.persons, index.numbers), index.persons_follower) = (persons, follower);
            index.lacks_cards = true;
            index.is_as_saved = true;
        }
        let documents = read_snapshot(store, SnapshotKind::Documents, |pieces| {
            document_snapshot::read(of_no_later_day(pieces, today, &digest)?)
        });
        match documents.filter_history(store).await? {
            Some((documents, follower)) => {
                (index.documents, index.documents_follower) = (documents, follower);
                index.lacks_cards = true;
            }
            None => index.is_as_saved = false,
        }
        index.read_restrictions(store).await?;
        index.show_as_said();
        Ok(index)
    }

    /// Reads what owners said about whom their records are shown to, before any record is put in.
    async fn read_restrictions(&mut self, store: &Store) -> Result<(), AppError> {
        for change in restrictions_after(store, self.positions()).await? {
            self.restrict(&change).map_err(|_| AppError::NotReady)?;
        }
        Ok(())
    }

    /// Shows persons that came out of a snapshot to those whom their owners let see them now, whatever was said when it was
    /// saved. Of documents a snapshot holds no audience: reading the restrictions has shown each to its own.
    fn show_as_said(&mut self) {
        let persons = self.persons.records();
        let differ =
            persons.filter(|(record, class, _)| class.audience != self.audience(class.owner, *record));
        let differ: Vec<_> = differ.map(|(record, class, _)| (class.owner, record)).collect();
        for (owner, record) in differ {
            self.show_to_audience(owner, record);
        }
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
            let restrictions = restrictions_after(store, self.positions()).await?;
            for change in restrictions.iter().chain(&changes) {
                if let Err(error) = self.apply(change) {
                    return Ok(Err(error));
                }
            }
        }
    }

    /// Goes on to a change in its stream; answers the place before, `None` where it was read already.
    fn step_to(&mut self, change: &StreamChange) -> Result<Option<Reached>, FollowError> {
        let step = Step {
            stream: change.stream,
            seq: change.seq,
            entry_hash: change.entry_hash,
            chain: change.chain,
        };
        let is_trusting = self.is_trusting();
        let follower = self.follower_mut(change.stream.class);
        let before = follower.reached(&step.stream);
        if step.seq <= before.seq {
            // Another caller was quicker; the chain check of the next step covers this one too.
            return Ok(None);
        }
        if is_trusting {
            follower.rewind(step.stream, Reached { seq: step.seq, chain: step.chain });
        } else {
            follower.advance(&step)?;
        }
        Ok(Some(before))
    }

    /// Takes in what an owner says about whom its records are shown to. It is in no trail: where the database loses one, another
    /// index is built.
    fn restrict(&mut self, change: &StreamChange) -> Result<(), FollowError> {
        if self.step_to(change)?.is_none() {
            return Ok(());
        }
        let Some(entry) = change.bytes.as_deref().and_then(|bytes| Unverified::parse(bytes).ok()) else {
            return Ok(());
        };
        let Ok(Content::Restriction(restriction)) = Content::of_stored(&entry) else { return Ok(()) };
        let place = Position { stream: change.stream, seq: change.seq };
        let does_count = self.excluded.compromised.leave(&entry, &place);
        let (owner, at) = (entry.claims().issuer, entry.claims().issued_at);
        let changed = {
            let mut book = self.restrictions.write().unwrap_or_else(PoisonError::into_inner);
            book.apply(owner, &restriction, at, place, does_count)
        };
        for record in changed {
            self.show_to_audience(owner, record);
        }
        Ok(())
    }

    /// Tells whether this one has read more of what owners say about whom their records are shown to.
    fn restricts_more(&self, other: &Self) -> bool {
        let mut read = self.restrictions_follower.positions();
        read.any(|(stream, to)| other.restrictions_follower.reached(stream).seq < to.seq)
    }

    /// Shows a record, where it is there and its owner's, to those whom that lets see it: nothing is taken out meanwhile.
    fn show_to_audience(&mut self, owner: OrganisationCode, record: RecordId) {
        let audience = self.audience(owner, record);
        if self.persons.show_to(record, owner, &audience) {
            self.texts.note(record);
        }
        self.numbers.show_to(record, owner, &audience);
        self.documents.show_to(record, owner, &audience);
        self.objects.show_to(record, owner, &audience);
        self.groups.show_to(record, owner, &audience);
        self.links.show_to(record, owner, &audience);
    }

    /// Shows records no more until they are put in again.
    fn wait_to_be_put(&mut self, records: impl IntoIterator<Item = RecordId>) {
        self.closings += 1;
        for record in records {
            self.hide(record);
            self.to_put.insert(record, self.closings);
        }
    }

    /// Whom a record's owner lets see it.
    fn audience(&self, owner: OrganisationCode, record: RecordId) -> Audience {
        self.restrictions.read().unwrap_or_else(PoisonError::into_inner).audience(owner, record)
    }

    /// Takes in one change; the caller rebuilds when it does not continue what was read before.
    fn apply(&mut self, change: &StreamChange) -> Result<(), FollowError> {
        if change.stream.class == StreamClass::Restrictions {
            return self.restrict(change);
        }
        let Some(before) = self.step_to(change)? else { return Ok(()) };
        self.trail.note(change, before);
        match change.change {
            HeadChange::Attest { .. } => {}
            HeadChange::Create { .. } | HeadChange::Supersede { .. } | HeadChange::None => {
                self.reviewed.note(change.change.record());
                self.take(change);
            }
            HeadChange::Withdraw { record, .. } | HeadChange::WithdrawItem { record, .. } => {
                if self.hide(record) {
                    // A snapshot holds what is not here any more.
                    self.is_as_saved = false;
                }
            }
            HeadChange::Erase { record, .. } => {
                let was_there = self.hide(record);
                // Orders are read anew after each start: what both snapshots had forgotten by then needs no new ones.
                let is_old = change.stream.class == StreamClass::Orders && self.is_as_saved && !was_there;
                self.erased |= !is_old;
                self.links.remove(record);
            }
        }
        Ok(())
    }

    fn is_trusting(&self) -> bool {
        #[cfg(feature = "planted-faults")]
        return self.trusting;
        #[cfg(not(feature = "planted-faults"))]
        false
    }

    /// Shows a record no more; tells whether a part that is kept in a snapshot had it.
    pub(crate) fn hide(&mut self, record: RecordId) -> bool {
        let was_there = self.persons.remove(record) | self.documents.remove(record);
        self.numbers.remove(record);
        self.texts.forget(record);
        self.objects.remove(record);
        self.groups.remove(record);
        self.links.hide(record);
        self.cards.forget(record);
        was_there
    }

    /// Tells whether a place of a stream was read.
    pub(crate) fn has_reached(&self, place: &Position) -> bool {
        self.follower(place.stream.class).reached(&place.stream).seq >= place.seq
    }

    fn follower(&self, class: StreamClass) -> &Follower {
        match class {
            StreamClass::Persons => &self.persons_follower,
            StreamClass::Objects => &self.objects_follower,
            StreamClass::Links => &self.links_follower,
            StreamClass::Orders => &self.orders_follower,
            StreamClass::Restrictions => &self.restrictions_follower,
            _ => &self.documents_follower,
        }
    }

    fn follower_mut(&mut self, class: StreamClass) -> &mut Follower {
        match class {
            StreamClass::Persons => &mut self.persons_follower,
            StreamClass::Objects => &mut self.objects_follower,
            StreamClass::Links => &mut self.links_follower,
            StreamClass::Orders => &mut self.orders_follower,
            StreamClass::Restrictions => &mut self.restrictions_follower,
            _ => &mut self.documents_follower,
        }
    }

    /// Takes up the orders as they stand: records of which something else is closed now are shown no more, and wait to be put in
    /// again as far as they count. Answers the orders that were there before.
    fn take_up_orders(&mut self, orders: Arc<OrderBook>, turn: u64) -> Arc<OrderBook> {
        if turn < self.excluded.turn {
            // Another caller was quicker, with a later reading.
            return orders;
        }
        self.excluded.turn = turn;
        let before = std::mem::replace(&mut self.excluded.orders, orders);
        let (was, is) = (before.closed(), self.excluded.orders.closed());
        let changed = was.keys().chain(is.keys()).filter(|record| was.get(record) != is.get(record));
        let changed: BTreeSet<RecordId> = changed.copied().collect();
        self.wait_to_be_put(changed);
        before
    }

    /// Notes that a record was put in again, unless it was closed or opened once more in between.
    fn was_put(&mut self, record: RecordId, closing: u64) {
        if self.to_put.get(&record) == Some(&closing) {
            self.to_put.remove(&record);
        }
    }

    /// Puts in again how a record stands, as far as it counts. What was not read yet comes in by itself.
    fn put_again(&mut self, record: RecordId, mut change: StreamChange) {
        if self.has_reached(&Position { stream: change.stream, seq: change.seq }) {
            self.hide(record);
            self.reviewed.note(Some(record));
            change.items.retain(|item| item.record == record);
            self.take(&change);
        }
    }

    /// Goes back to where the streams part from the store's, and takes in again what stands there now.
    fn go_back(&mut self, partings: &Partings) {
        for (stream, to) in &partings.to {
            self.trail.go_back(stream, to);
            self.follower_mut(stream.class).rewind(*stream, *to);
        }
        for (record, standing) in &partings.records {
            // A link is kept among the hidden ones: it may be withdrawn in what is read again, and goes with its records.
            self.hide(*record);
            // What stands behind the place is read again with what follows.
            if let Some(change) = standing {
                self.put_again(*record, change.clone());
            }
        }
    }

    /// Puts in what an entry says, where it counts. Where it does not, its record is shown no more: the version before it
    /// was superseded, and is not the owner's last word either.
    fn take(&mut self, change: &StreamChange) {
        if self.counts(change) {
            match self.without_closed_items(change) {
                Some(rest) => self.put_whole(&rest),
                None => self.put_whole(change),
            }
        } else {
            if let Some(record) = change.change.record() {
                self.hide(record);
            }
        }
    }

    fn put_whole(&mut self, change: &StreamChange) {
        self.put(change);
        self.cards.note(change);
    }

    /// A batch without those of its items that an order closed; `None` where none is.
    fn without_closed_items(&self, change: &StreamChange) -> Option<StreamChange> {
        let is_closed = |record| self.excluded.orders.hides(record, change.entry_hash);
        if self.excluded.orders.hides_nothing() || !change.items.iter().any(|item| is_closed(item.record)) {
            return None;
        }
        let mut rest = change.clone();
        rest.items.retain(|item| !is_closed(item.record));
        Some(rest)
    }

    /// Tells whether an entry still counts, whoever has its key by now and whatever was ordered about its record.
    fn counts(&self, change: &StreamChange) -> bool {
        let is_closed = |record| self.excluded.orders.hides(record, change.entry_hash);
        if self.excluded.is_empty() {
            return true;
        }
        if change.change.record().is_some_and(is_closed) {
            return false;
        }
        let Some(bytes) = change.bytes.as_deref().filter(|_| !self.excluded.compromised.is_empty()) else {
            return true;
        };
        let place = Position { stream: change.stream, seq: change.seq };
        // What can't be read is not put in either.
        Unverified::parse(bytes).is_ok_and(|entry| self.excluded.compromised.leave(&entry, &place))
    }

    fn put(&mut self, change: &StreamChange) {
        // Erased since: what follows in the stream says so, and there is nothing to index.
        let Some(bytes) = &change.bytes else { return };
        // Verified by this node before it was stored, and sealed since: the shape is read again, not the signature.
        let Ok(entry) = Unverified::parse(bytes) else { return };
        let owner = entry.claims().issuer;
        match Content::of_stored(&entry) {
            Ok(Content::Person(version)) => {
                let class = self.class_of(Database::Persons, owner, &version.terms, version.record);
                self.persons.insert(version.record, class.clone(), PersonFacts::from(&version.statement));
                let numbers = PersonNumber::all_of(&version.statement, version.terms.provenance.as_ref());
                self.numbers.insert(version.record, class, &numbers);
                self.texts.note(version.record);
            }
            Ok(Content::TravelDocument(version)) => {
                let class = self.class_of(Database::TravelDocuments, owner, &version.terms, version.record);
                self.documents.remove(version.record);
                self.documents.insert(version.record, class, &DocumentFacts::from(&version.statement));
            }
            Ok(Content::Object(version)) => {
                let database = version.statement.database;
                let class = self.class_of(database, owner, &version.terms, version.record);
                let identifiers = version.statement.identifiers_with(version.terms.provenance.as_ref());
                self.objects.insert(version.record, class.clone(), &identifiers);
                let names: Vec<GroupFactName> = groups::names(&version.statement)
                    .into_iter()
                    .map(|name| GroupFactName { text: name.text, is_weak: name.is_weak })
                    .collect();
                if !names.is_empty() {
                    self.groups.insert(version.record, class, &names);
                }
            }
            Ok(Content::Link(version)) => {
                let class = self.class_of(Database::Links, owner, &version.terms, version.record);
                self.links.insert(version.record, class, &version.statement);
            }
            Ok(Content::Batch(batch)) => self.put_items(change, owner, &batch.terms),
            Ok(
                Content::Genesis(_)
                | Content::Organisation(_)
                | Content::Key(_)
                | Content::Withdrawal(_)
                | Content::ItemWithdrawal(_)
                | Content::Agreement(_)
                | Content::AgreementAct(_)
                | Content::Order(_)
                | Content::OrderAttestation(_)
                | Content::Restriction(_)
                | Content::ErasureAttestation(_)
                | Content::ConsentRequest(_)
                | Content::Consent(_)
                | Content::SubjectRequest(_)
                | Content::SubjectRequestStep(_)
                | Content::Unknown,
            )
            | Err(_) => {}
        }
    }

    fn put_items(&mut self, change: &StreamChange, owner: OrganisationCode, terms: &Terms) {
        for item in &change.items {
            if let Some(read) = item.bytes.as_deref().and_then(read_item) {
                let class = self.class_of(Database::TravelDocuments, owner, terms, item.record);
                // The store takes no item whose record is there already.
                self.documents.insert_new(item.record, class, &DocumentFacts::from(&read.document));
            }
        }
    }

    fn class_of(
        &self,
        database: Database,
        owner: OrganisationCode,
        terms: &Terms,
        record: RecordId,
    ) -> VisibilityClass {
        VisibilityClass::of(database, owner, terms, self.audience(owner, record))
    }

    fn reached(&self) -> impl Iterator<Item = (&StreamId, &Reached)> {
        let followers = [
            &self.persons_follower,
            &self.documents_follower,
            &self.objects_follower,
            &self.links_follower,
            &self.orders_follower,
            &self.restrictions_follower,
        ];
        followers.into_iter().flat_map(|follower| follower.positions())
    }

    fn positions(&self) -> StreamPositions {
        self.reached().map(|(stream, reached)| (*stream, reached.seq)).collect()
    }
}

/// How an index stands to the ends of the streams.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Same,
    /// There is more to read.
    More,
    /// What was read is not what the streams hold.
    Differs,
}

/// Compares how far an index has read with where the streams ended after that.
fn compare(reached: &BTreeMap<StreamId, Reached>, ends: &[StreamEnd]) -> Compared {
    let by_stream: BTreeMap<StreamId, &StreamEnd> = ends.iter().map(|end| (end.stream, end)).collect();
    let differs = reached.iter().any(|(stream, reached)| {
        by_stream.get(stream).is_none_or(|end| {
            end.size < reached.seq || (end.size == reached.seq && end.chain != reached.chain)
        })
    });
    let followed = ends.iter().filter(|end| FOLLOWED.contains(&end.stream.class));
    let mut sizes = followed.map(|end| (end.size, reached.get(&end.stream).map_or(0, |reached| reached.seq)));
    match (differs, sizes.any(|(size, read)| read < size)) {
        (true, _) => Compared::Differs,
        (false, true) => Compared::More,
        (false, false) => Compared::Same,
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

/// Takes the head off the front of a snapshot; one of a later day, or of other exclusions, is refused.
fn of_no_later_day(
    pieces: &mut dyn Iterator<Item = Vec<u8>>,
    today: Day,
    excluded: &[u8; 32],
) -> Result<impl Iterator<Item = Vec<u8>>, SnapshotError> {
    let mut first = Vec::new();
    while first.len() < SNAPSHOT_HEAD_BYTES {
        first.extend(pieces.next().ok_or(SnapshotError::NotSnapshot)?);
    }
    let rest = first.split_off(SNAPSHOT_HEAD_BYTES);
    let (day, digest) = first.split_at(4);
    let day = day.try_into().map_err(|_| SnapshotError::NotSnapshot)?;
    if digest != excluded {
        tracing::warn!("a snapshot was saved while other keys were compromised, or other orders stood");
        return Err(SnapshotError::NotSnapshot);
    }
    if i32::from_be_bytes(day) > today.days() {
        tracing::warn!("a snapshot is of a later day: it was saved by a clock that was ahead");
        return Err(SnapshotError::NotSnapshot);
    }
    Ok(std::iter::once(rest).chain(pieces))
}

/// Reads the restrictions behind some places. Asked after other changes were read, it answers all that were stored with these
/// or before: a record never comes in before what its owner said about whom it is shown to.
async fn restrictions_after(
    store: &Store,
    mut positions: StreamPositions,
) -> Result<Vec<StreamChange>, AppError> {
    let mut all = Vec::new();
    loop {
        let changes = store.changes_after(&positions, &[StreamClass::Restrictions], RUN).await;
        let changes = changes.map_err(AppError::Store)?;
        if changes.is_empty() {
            return Ok(all);
        }
        positions.extend(changes.iter().map(|change| (change.stream, change.seq)));
        all.extend(changes);
    }
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
    /// The book of restrictions of the index that stands, to be read without waiting for it.
    restrictions: RwLock<SharedRestrictions>,
    /// Set once the first index stands, and never taken back: later ones are built beside it.
    stands: AtomicBool,
    building: AtomicBool,
    /// Set while the index is known to differ from the store: it answers nothing then.
    in_doubt: AtomicBool,
    /// Set once the node began a new incarnation under this process.
    ended: AtomicBool,
    /// Set while the registry and the books can't be taken up.
    rights_unknown: AtomicBool,
    rolled_back: AtomicU64,
    rebuilt: AtomicU64,
    /// Whether cards of some records are missing, as it was at the last pulse: read without waiting for the index.
    cards_missing: AtomicBool,
    /// The day by which the index hides, to be read without waiting for the index.
    hidden_before: AtomicI32,
    /// When it was begun with: what the two below are counted from, whatever becomes of the clock.
    begun: Instant,
    /// The milliseconds after which it was last seen in step with the database.
    in_step: AtomicU64,
    /// For how many milliseconds from then on it answers.
    longest_age: AtomicU64,
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl StandingIndex {
    /// Begins with none. Where nobody else writes to the database an index does not age.
    pub(crate) fn none_yet(is_on_server: bool) -> Self {
        let (stands, building) = (AtomicBool::new(false), AtomicBool::new(false));
        let hidden_before = AtomicI32::new(Day::FIRST.days());
        Self {
            index: RwLock::new(Index::empty([0; 16], Cards::new([0; 32], 0), Excluded::default())),
            restrictions: RwLock::default(),
            stands,
            building,
            in_doubt: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            rights_unknown: AtomicBool::new(false),
            rolled_back: AtomicU64::new(0),
            rebuilt: AtomicU64::new(0),
            cards_missing: AtomicBool::new(true),
            hidden_before,
            begun: Instant::now(),
            in_step: AtomicU64::new(0),
            longest_age: AtomicU64::new(if is_on_server { millis(ALONE) } else { u64::MAX }),
        }
    }

    /// Notes that it is in step with what the database held at a time.
    fn note_in_step(&self, at: Instant) {
        if self.rights_unknown.load(Ordering::Acquire) {
            return;
        }
        self.in_step.fetch_max(millis(at.saturating_duration_since(self.begun)), Ordering::Release);
    }

    fn is_too_old(&self) -> bool {
        let age = millis(self.begun.elapsed()).saturating_sub(self.in_step.load(Ordering::Acquire));
        age > self.longest_age.load(Ordering::Relaxed)
    }

    pub(crate) fn stands(&self) -> bool {
        self.stands.load(Ordering::Acquire)
    }

    /// Tells whether the index may answer: it stands, nothing says that it differs from the store, and it was in step with
    /// it not long ago.
    pub(crate) fn answers(&self) -> bool {
        let is_doubtful = self.in_doubt.load(Ordering::Acquire) || self.ended.load(Ordering::Acquire);
        self.stands() && !is_doubtful && !self.is_too_old()
    }

    /// How often the index was brought back in step, by taking changes back and by building another one.
    pub(crate) fn mended(&self) -> (u64, u64) {
        (self.rolled_back.load(Ordering::Relaxed), self.rebuilt.load(Ordering::Relaxed))
    }

    pub(crate) fn hidden_before(&self) -> Day {
        // What is noted was a day.
        Day::from_days(self.hidden_before.load(Ordering::Acquire)).unwrap_or(Day::FIRST)
    }

    /// Looks something up in the book of restrictions.
    fn of_restrictions<T>(&self, look: impl FnOnce(&RestrictionBook) -> T) -> T {
        // Written in one step each: what a panic leaves is whole.
        let book = self.restrictions.read().unwrap_or_else(PoisonError::into_inner).clone();
        let book = book.read().unwrap_or_else(PoisonError::into_inner);
        look(&book)
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
    /// later day by now, the index is given back, to hide more first: unless it `may_hide_less`. So it is where that one has
    /// read more of what owners say about whom their records are shown to: unless it `may_show_more`.
    fn put(&self, index: Index, may_hide_less: bool, may_show_more: bool) -> Option<Index> {
        let mut standing = self.write();
        let hides_less = standing.reviewed.hidden_before > index.reviewed.hidden_before;
        if (hides_less && !may_hide_less)
            || (!may_show_more && self.answers() && standing.restricts_more(&index))
        {
            return Some(index);
        }
        self.note_hidden(&index);
        *self.restrictions.write().unwrap_or_else(PoisonError::into_inner) = index.restrictions.clone();
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
        let cards = self.new_cards();
        let mut index =
            Index::load(self.store(), self.ports().draw(), cards, self.excluded(), self.now().day()).await?;
        if index.catch_up(self.store()).await?.is_err() {
            tracing::warn!("a snapshot and the store differ: the index is read from the streams");
            index = self.index_of_the_streams().await?;
        }
        index.is_as_saved = false;
        if std::mem::take(&mut index.erased) {
            self.store().remove_snapshots().map_err(AppError::Store)?;
        }
        let day = self.first_hidden_before().await?;
        self.put_hidden(index, day, false).await?;
        // What was written since found no index to go into.
        self.follow_on().await?.map_err(|_| AppError::NotReady)
    }

    /// Brings the index to the ends of the streams. Where its history is not the store's, what differs is taken back, or a new
    /// one is built; until then it answers nothing. Before the first index stands there is nothing to follow with.
    pub async fn follow(&self) -> Result<(), AppError> {
        let in_doubt = self.index.in_doubt.load(Ordering::Acquire);
        if !self.index.stands() || (!in_doubt && self.follow_on().await?.is_ok()) {
            Ok(())
        } else {
            // It holds a whole index on its way, and is seldom gone.
            Box::pin(self.mend()).await
        }
    }

    /// Follows, and looks whether the streams still are what was read: one that became shorter, or ends otherwise at the
    /// same length, has nothing more to read and would not be noticed.
    pub(crate) async fn follow_and_compare(&self) -> Result<(), AppError> {
        self.follow().await?;
        if self.is_different().await? { Box::pin(self.mend()).await } else { Ok(()) }
    }

    async fn is_different(&self) -> Result<bool, AppError> {
        let reached = self.reached_now().await?;
        let heads = self.store().stream_heads().await.map_err(AppError::Store)?;
        let ends =
            heads.iter().map(|head| StreamEnd { stream: head.stream, size: head.size, chain: head.chain });
        Ok(compare(&reached, &ends.collect::<Vec<_>>()) == Compared::Differs)
    }

    /// How far the index has read. Noted before the streams are asked where they end: what is written and read between the
    /// two would look like a loss.
    async fn reached_now(&self) -> Result<BTreeMap<StreamId, Reached>, AppError> {
        self.aside(|standing| {
            let index = standing.read();
            standing.cards_missing.store(index.lacks_cards || index.cards.left_some_out(), Ordering::Relaxed);
            let is_trusting = index.is_trusting();
            let reached = index.reached().filter(|_| !is_trusting);
            reached.map(|(stream, reached)| (*stream, *reached)).collect()
        })
        .await
    }

    /// Takes the pulse of the database, and follows what others wrote: for a task that does so all the time. Nothing where
    /// no index stands yet.
    ///
    /// # Errors
    /// [`StoreError::IncarnationEnded`] where the node began anew under this process, which answers nothing from then on.
    pub async fn keep_in_step(&self, patience: Duration) -> Result<(), AppError> {
        let reached = self.reached_now().await?;
        let asked_at = Instant::now();
        let pulse = self.store().pulse(patience).await.map_err(AppError::Store)?;
        if !pulse.is_same_incarnation {
            self.index.ended.store(true, Ordering::Release);
            return Err(AppError::Store(StoreError::IncarnationEnded));
        }
        // What happens to the registry's stream is no reason to fall behind with the others; it is told behind them.
        let registry = match self.follow_registry(&pulse.ends).await {
            Ok(()) => self.follow_exclusions().await,
            Err(error) => Err(error),
        };
        // One that can't take up what was ordered, or who takes part, answers for as long as one without its database.
        self.index.rights_unknown.store(registry.is_err(), Ordering::Release);
        if self.index.stands() {
            match compare(&reached, &pulse.ends) {
                _ if self.index.in_doubt.load(Ordering::Acquire) => Box::pin(self.mend()).await?,
                Compared::Same => self.index.note_in_step(asked_at),
                Compared::More => self.follow().await?,
                Compared::Differs => Box::pin(self.mend()).await?,
            }
        }
        registry
    }

    /// Sets for how long searches go on while the database can't be asked: so long an index answers that can't be followed,
    /// and a token signs in that was verified last. [`ALONE`] where nobody says otherwise. A database that is a file of
    /// its own is always there.
    pub fn limit_searches_alone(&self, longest: Duration) {
        self.index.longest_age.store(millis(longest), Ordering::Relaxed);
        self.recent_tokens.keep_for(longest);
    }

    /// Brings an index that differs from the store back in step. It answers nothing until then; what fails on the way is
    /// tried again at the next look.
    async fn mend(&self) -> Result<(), AppError> {
        self.index.in_doubt.store(true, Ordering::Release);
        let Some(building) = Building::begin(&self.index.building) else { return Ok(()) };
        tracing::error!(code = "index-differs", "the database lost or changed what the index had read");
        let mending =
            if self.roll_back().await? && self.follow_on().await?.is_ok() && !self.is_different().await? {
                Mending::RolledBack
            } else {
                let index = self.index_of_the_streams().await?;
                self.put_hidden(index, self.hidden_before(), false).await?;
                self.follow_on().await?.map_err(|_| AppError::NotReady)?;
                if self.is_different().await? {
                    // The streams contradict themselves: no index is in step with them.
                    return Err(AppError::NotReady);
                }
                Mending::Rebuilt
            };
        let (count, how) = match mending {
            Mending::RolledBack => (&self.index.rolled_back, "rolled back"),
            Mending::Rebuilt => (&self.index.rebuilt, "rebuilt"),
        };
        count.fetch_add(1, Ordering::Relaxed);
        // First: whoever finds another difference from now on has its doubt stand.
        self.index.in_doubt.store(false, Ordering::Release);
        drop(building);
        tracing::warn!(how, "the index is in step with the database again");
        Ok(())
    }

    /// Takes back what the index read and the store has no more; `false` where it can't go back as far.
    async fn roll_back(&self) -> Result<bool, AppError> {
        let reached = self.aside(|index| {
            let index = index.read();
            let place =
                |(stream, reached): (&StreamId, &Reached)| (*stream, *reached, index.trail.places(stream));
            index.reached().map(place).collect::<Vec<_>>()
        });
        let mut to = Vec::new();
        for (stream, reached, places) in reached.await? {
            if self.is_of_store(&stream, &reached).await? {
                continue;
            }
            // The longest common past: whether a place is one of the store's is asked of ever fewer of them.
            let (mut kept, mut lost) = (places.len(), 0);
            while lost < kept {
                let middle = lost.midpoint(kept);
                let common = self.is_of_store(&stream, &places[middle]).await?;
                if common { kept = middle } else { lost = middle + 1 }
            }
            match places.get(kept) {
                Some(place) => to.push((stream, *place)),
                None => return Ok(false),
            }
        }
        let behind = to.clone();
        let records = self.aside(move |index| {
            let index = index.read();
            let records = behind.iter().flat_map(|(stream, place)| index.trail.behind(stream, place));
            records.collect::<BTreeSet<RecordId>>()
        });
        let mut standing = Vec::new();
        for record in records.await? {
            standing.push((record, self.standing_change(record).await?));
        }
        let partings = Partings { to, records: standing };
        self.aside(move |index| index.write().go_back(&partings)).await?;
        Ok(true)
    }

    async fn is_of_store(&self, stream: &StreamId, reached: &Reached) -> Result<bool, AppError> {
        let position = Position { stream: *stream, seq: reached.seq };
        if reached.seq == 0 {
            return Ok(true);
        }
        Ok(self.store().chain_after(&position).await.map_err(AppError::Store)? == Some(reached.chain))
    }

    /// The entry by which a record answers now, where it does.
    async fn standing_change(&self, record: RecordId) -> Result<Option<StreamChange>, AppError> {
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        let answers = |head: &Head| head.state == HeadState::Active && !self.is_overdue(head);
        match head.filter(answers) {
            None => Ok(None),
            Some(head) => self.store().change_at(&head.position).await.map_err(AppError::Store),
        }
    }

    /// Builds another index, which hides by the day `to` of a clock that came back.
    pub(crate) async fn build_beside(&self, to: Day) -> Result<(), AppError> {
        let Some(_building) = Building::begin(&self.index.building) else { return Ok(()) };
        tracing::warn!("the day went back: another index is built beside it");
        let index = self.index_of_the_streams().await?;
        self.put_hidden(index, to, true).await?;
        self.follow_on().await?.map_err(|_| AppError::NotReady)
    }

    /// What keeps entries from counting, as the registry and the orders say it now.
    fn excluded(&self) -> Excluded {
        let (orders, turn) = self.order_book_read();
        Excluded { compromised: self.registry().compromised().clone(), orders, turn }
    }

    /// Takes up what the registry and the commission said since about what counts.
    pub async fn follow_exclusions(&self) -> Result<(), AppError> {
        if !self.index.stands() {
            return Ok(());
        }
        self.follow_orders().await?;
        self.follow_compromises().await
    }

    /// Takes out what an order closed since, and puts in again what one opened. What was not put in, because the database could
    /// not be asked, waits for the next call.
    async fn follow_orders(&self) -> Result<(), AppError> {
        let (orders, turn) = self.order_book_read();
        let known = orders.clone();
        let (is_known, waiting) = self
            .aside(move |index| {
                let index = index.read();
                (Arc::ptr_eq(&index.excluded.orders, &known), !index.to_put.is_empty())
            })
            .await?;
        if is_known && !waiting {
            return Ok(());
        }
        let taken_up = orders.clone();
        if !is_known {
            // What was there before is dropped without the lock.
            let before = self.aside(move |index| index.write().take_up_orders(taken_up, turn)).await?;
            drop(before);
        }
        self.put_what_waits().await
    }

    /// Puts in again the records of which something was closed or opened.
    async fn put_what_waits(&self) -> Result<(), AppError> {
        let waiting = self.aside(|index| index.read().to_put.clone()).await?;
        for (record, closing) in waiting {
            match self.put_again(record).await {
                Ok(()) => {}
                // One that can't be read stays out, and keeps no other one out.
                Err(error @ (AppError::Store(StoreError::Damaged(_)) | AppError::Seal(_))) => {
                    tracing::error!(code = error.code(), "a record could not be put in again");
                }
                // It waits for the next time.
                Err(error) => return Err(error),
            }
            self.aside(move |index| index.write().was_put(record, closing)).await?;
        }
        Ok(())
    }

    /// Puts in again how a record stands. What is stated meanwhile comes in by itself: what was read before must not take its
    /// place.
    async fn put_again(&self, record: RecordId) -> Result<(), AppError> {
        let mut put: Option<Position> = None;
        loop {
            match (self.standing_change(record).await?, put.take()) {
                (None, None) => return Ok(()),
                // It ended while it was read: what was put in is not what stands.
                (None, Some(_)) => {
                    self.aside(move |index| index.write().hide(record)).await?;
                }
                (Some(change), before) => {
                    let place = Position { stream: change.stream, seq: change.seq };
                    if before == Some(place) {
                        return Ok(());
                    }
                    put = Some(place);
                    self.aside(move |index| index.write().put_again(record, change)).await?;
                }
            }
        }
    }

    /// Builds another index where the registry says since that a key is in other hands. Until it stands the one there is
    /// answers, and what is shown of it is held against the registry candidate by candidate.
    async fn follow_compromises(&self) -> Result<(), AppError> {
        let registry = self.registry();
        let is_known =
            self.aside(move |index| index.read().excluded.compromised == *registry.compromised()).await?;
        if is_known {
            return Ok(());
        }
        tracing::warn!(
            code = "key-compromised",
            "a key is in other hands: another index is built beside this one"
        );
        let Some(_building) = Building::begin(&self.index.building) else { return Ok(()) };
        let index = self.index_of_the_streams().await?;
        self.put_hidden(index, self.hidden_before(), false).await?;
        self.follow_on().await?.map_err(|_| AppError::NotReady)
    }

    /// Tells whether the index leaves out what the registry and the orders say does not count.
    pub(crate) async fn knows_exclusions(&self) -> Result<bool, AppError> {
        let (registry, orders) = (self.registry(), self.order_book());
        self.aside(move |index| {
            let index = index.read();
            let known = &index.excluded.orders;
            let knows_orders = Arc::ptr_eq(known, &orders) || known.closed() == orders.closed();
            knows_orders && index.to_put.is_empty() && index.excluded.compromised == *registry.compromised()
        })
        .await
    }

    /// Keeps the cards of records that came out of a snapshot, which holds none. For a task beside the searches: the whole
    /// of the streams is read once.
    pub async fn fill_cards(&self) -> Result<(), AppError> {
        let room = self.cards_room.load(Ordering::Relaxed);
        if room == 0 || !self.store().is_on_server() || !self.aside(|index| index.read().lacks_cards).await? {
            return Ok(());
        }
        let mut positions = StreamPositions::new();
        loop {
            let changes =
                self.store().changes_after(&positions, FOLLOWED, RUN).await.map_err(AppError::Store)?;
            let Some(_) = changes.last() else { break };
            positions.extend(changes.iter().map(|change| (change.stream, change.seq)));
            self.aside(move |index| {
                let mut index = index.write();
                for change in &changes {
                    match change.change {
                        HeadChange::Attest { .. } => {}
                        HeadChange::Create { .. } | HeadChange::Supersede { .. } | HeadChange::None => {
                            if index.counts(change) {
                                match index.without_closed_items(change) {
                                    Some(rest) => index.cards.note(&rest),
                                    None => index.cards.note(change),
                                }
                            } else {
                                change
                                    .change
                                    .record()
                                    .into_iter()
                                    .for_each(|record| index.cards.forget(record));
                            }
                        }
                        HeadChange::Withdraw { record, .. }
                        | HeadChange::WithdrawItem { record, .. }
                        | HeadChange::Erase { record, .. } => index.cards.forget(record),
                    }
                }
            })
            .await?;
        }
        self.aside(|index| index.write().lacks_cards = false).await
    }

    /// Makes this index take what comes, whatever its number and chain: a fault that the tests must find.
    #[cfg(feature = "planted-faults")]
    pub fn follow_without_checks(&self) {
        self.write_index().trusting = true;
    }

    /// Whether cards of some records are missing for the time in which the database is away: they are still being read, or there
    /// is no room for them. How many there are is told to nobody, for it would count records that may not be seen. Without a
    /// server that could be away none is kept, and none is missing.
    pub fn are_cards_missing(&self) -> bool {
        self.store().is_on_server() && self.index.cards_missing.load(Ordering::Relaxed)
    }

    /// How often the index was brought back in step with a database that had lost or changed what it had read: by taking
    /// changes back, and by building another one.
    pub fn index_mended(&self) -> (u64, u64) {
        self.index.mended()
    }

    /// Hides what passed its review in a new index, then puts it in place: a search that is under way looked what is to
    /// be hidden before it began.
    async fn put_hidden(&self, mut index: Index, mut day: Day, may_hide_less: bool) -> Result<(), AppError> {
        for round in 0.. {
            index.hide_before(self.store(), day).await?;
            // The one that stands may have read what the database has lost since: that is found out by others.
            let may_show_more = round >= MOST_ROUNDS;
            let put = move |standing: &StandingIndex| standing.put(index, may_hide_less, may_show_more);
            let given_back = self.aside(put).await?;
            let Some(less_hidden) = given_back else { return Ok(()) };
            (index, day) = (less_hidden, self.hidden_before());
            // What owners said meanwhile is in the one that stands.
            index.catch_up(self.store()).await?.map_err(|_| AppError::NotReady)?;
        }
        Ok(())
    }

    async fn index_of_the_streams(&self) -> Result<Index, AppError> {
        let mut index = Index::empty(self.ports().draw(), self.new_cards(), self.excluded());
        index.read_restrictions(self.store()).await?;
        index.catch_up(self.store()).await?.map_err(|_| AppError::NotReady)?;
        if std::mem::take(&mut index.erased) {
            // The snapshots on this machine may be older than what was erased.
            self.store().remove_snapshots().map_err(AppError::Store)?;
        }
        Ok(index)
    }

    async fn follow_on(&self) -> Result<Result<(), FollowError>, AppError> {
        loop {
            let (positions, waits) = self
                .aside(|index| {
                    let index = index.read();
                    (index.positions(), !index.to_put.is_empty())
                })
                .await?;
            let asked_at = Instant::now();
            let changes =
                self.store().changes_after(&positions, FOLLOWED, RUN).await.map_err(AppError::Store)?;
            if changes.is_empty() {
                self.index.note_in_step(asked_at);
                if waits {
                    self.put_what_waits().await?;
                }
                return Ok(Ok(()));
            }
            let restrictions = restrictions_after(self.store(), positions).await?;
            let gone = changes.iter().filter_map(|change| erased_record(change.change)).collect::<Vec<_>>();
            let applied = self.aside(move |index| {
                let mut index = index.write();
                let changes = restrictions.iter().chain(&changes);
                let applied = changes.into_iter().try_for_each(|change| index.apply(change));
                (applied, std::mem::take(&mut index.erased))
            });
            let (applied, erased) = applied.await?;
            if erased {
                // Whoever erased has removed its own; those of this machine hold what was erased as well.
                self.store().remove_snapshots().map_err(AppError::Store)?;
            }
            if let Err(error) = applied {
                return Ok(Err(error));
            }
            if let Err(error) = self.forget_marks_of(&gone).await {
                tracing::warn!(code = error.code(), "marks of erased records could not be forgotten yet");
            }
        }
    }

    /// Refuses while no index stands: a search that finds nothing must mean that there is nothing.
    pub(crate) fn must_stand(&self) -> Result<(), AppError> {
        if self.index.answers() { Ok(()) } else { Err(AppError::NotReady) }
    }

    fn new_cards(&self) -> Cards {
        let room = self.cards_room.load(Ordering::Relaxed);
        Cards::new(self.ports().draw(), if self.store().is_on_server() { room } else { 0 })
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
        if !index.to_put.is_empty() {
            // Without them the next start would not find them.
            return Err(AppError::NotReady);
        }
        let mut head = index.reviewed.hidden_before.days().to_be_bytes().to_vec();
        head.extend(index.excluded.digest());
        let persons = snapshot::write(&index.persons, &index.numbers, &index.persons_follower);
        let saved = self.store().save_snapshot(SnapshotKind::Persons, |writer| {
            writer.write(&head)?;
            writer.write(&persons)
        });
        saved.map_err(AppError::Store)?;
        let saved = self.store().save_snapshot(SnapshotKind::Documents, |writer| {
            writer.write(&head)?;
            document_snapshot::write(&index.documents, &index.documents_follower, |part| writer.write(part))
        });
        saved.map_err(AppError::Store)?;
        Ok(index.positions())
    }

    /// Looks something up in what owners said about whom their records are shown to, as far as it was followed.
    pub(crate) fn of_restrictions<T>(&self, look: impl FnOnce(&RestrictionBook) -> T) -> T {
        self.index.of_restrictions(look)
    }

    /// Whom owners let see what they have in whole databases.
    pub(crate) fn database_audiences(&self) -> Arc<DatabaseAudiences> {
        self.of_restrictions(RestrictionBook::of_databases)
    }

    /// Whom a record's owner lets see it, as a single record.
    pub(crate) fn audience(&self, owner: OrganisationCode, record: RecordId) -> Audience {
        self.of_restrictions(|book| book.audience(owner, record))
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
        let (hidden_before, orders) = (self.hidden_before(), self.order_book());
        let (mut standing, mut numberless) = (BTreeSet::new(), BTreeSet::new());
        let mut after = None;
        loop {
            let heads = self.store().heads(after, 5_000).await.map_err(AppError::Store)?;
            let Some(last) = heads.last() else { break };
            after = Some(last.record);
            let shown = heads
                .iter()
                .filter(|head| head.state == HeadState::Active && head.review_on >= hidden_before);
            for head in shown {
                if !self.counts(head).await? || orders.hides(head.record, head.current) {
                    continue;
                }
                // Of these alone some have no number to be found by, and are not in the index.
                let may_be_numberless = matches!(head.database, Database::WorksOfArt | Database::Incidents);
                if may_be_numberless { &mut numberless } else { &mut standing }.insert(head.record);
            }
        }
        let index = self.read_index();
        let of_persons = index.persons.records();
        let mut of_persons =
            of_persons.map(|(record, class, _)| (record, class.owner, class.audience.clone()));
        let of_documents = index.documents.audiences();
        let mut of_documents =
            of_documents.map(|(record, owner, audience)| (record, owner, audience.clone()));
        let stands = |(record, owner, audience): (RecordId, OrganisationCode, Audience)| {
            audience == index.audience(owner, record)
        };
        let audiences_stand = of_persons.all(stands) && of_documents.all(stands);
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
        Ok(audiences_stand && numbers_stand && all_stand && standing.is_subset(&indexed))
    }
}

/// The record that a change erased.
fn erased_record(change: HeadChange) -> Option<RecordId> {
    match change {
        HeadChange::Erase { record, .. } => Some(record),
        HeadChange::Create { .. }
        | HeadChange::Supersede { .. }
        | HeadChange::Withdraw { .. }
        | HeadChange::WithdrawItem { .. }
        | HeadChange::Attest { .. }
        | HeadChange::None => None,
    }
}
