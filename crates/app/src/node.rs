//! The running node: its store, registry, keys and index, and how it starts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use barid_domain::agreements::{AgreementBook, AgreementsInForce};
use barid_domain::consents::ConsentBook;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::entries::{KeyLookup, RegisteredKey, SealError, Unverified};
use barid_domain::faults::{Fault, FaultCode};
use barid_domain::ids::{KeyId, OrganisationCode};
use barid_domain::officers::OfficerRights;
use barid_domain::orders::OrderBook;
use barid_domain::policy::{Circumstances, Refusal};
use barid_domain::registry::Registry;
use barid_domain::restrictions::DatabaseAudiences;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::ChainHash;
use barid_store::{Conflict, CredentialId, Head, Store, StoreError, StreamEnd, StreamHead};

use crate::answers::OwnRecord;
use crate::canaries::Canaries;
use crate::consents::read_consents;
use crate::context::{OpContext, Ports};
use crate::countersigning::{CountersigningHealth, CountersigningState};
use crate::credentials::RecentTokens;
use crate::error::AppError;
use crate::grant_uses::GrantUses;
use crate::index::StandingIndex;
use crate::key_ring::{EntrySigners, KeyRing};
use crate::orders::read_orders;
use crate::oversight::Oversight;
use crate::re_entry::BarredOfBook;
use crate::request_book::FollowedRequests;
use crate::reviews::{ERASED_AT_ONCE, ReviewClock};
use crate::sessions::Passwords;
use crate::workers::Workers;

/// For how long, by the database server's clock, a replica does what one does for all, before another one may: three upkeeps.
const LEASE_MICROS: i64 = 180_000_000;

/// How long an error waits for the pulse to say that the database is away.
const PULSE_TO_COME: Duration = Duration::from_secs(2);

/// Is a node that answers.
pub struct App {
    store: Store,
    ports: Ports,
    /// Replaced whole when the registry's stream goes on, at this replica or another.
    registered: RwLock<Arc<Registered>>,
    /// How often it was begun to be read anew.
    readings: AtomicU64,
    pub(crate) index: Arc<StandingIndex>,
    /// The threads for long computing, where some are lent.
    pub(crate) workers: OnceLock<Arc<dyn Workers>>,
    review_clock: ReviewClock,
    /// Tokens that were used on a day that is not written down yet.
    uses: Mutex<BTreeMap<CredentialId, Day>>,
    /// Up to which link the upkeep has looked for those whose records are gone; `None` to begin anew.
    pub(crate) links_looked_at: Mutex<Option<barid_domain::ids::RecordId>>,
    /// Tokens that were verified a moment ago, for the time in which the database is away.
    pub(crate) recent_tokens: RecentTokens,
    /// What passwords are hashed for.
    pub(crate) passwords: Passwords,
    /// How often grants of agreements were used today.
    pub(crate) grant_uses: GrantUses,
    /// How many bytes the cards of candidates may take.
    pub(crate) cards_room: AtomicUsize,
    /// Whom the commission ordered not to be entered again.
    pub(crate) barred: Mutex<BarredOfBook>,
    /// How countersigning goes.
    pub(crate) countersigning: CountersigningState,
    /// Which records no honest work would open.
    pub(crate) canaries: Canaries,
    /// What acts are watched with.
    pub(crate) oversight: Oversight,
    /// The book of persons' requests.
    pub(crate) requests: FollowedRequests,
}

/// Is what decisions rest on, as its streams say it: the registry, with the keys of it that this node holds, the book of
/// agreements, that of orders and that of consents.
struct Registered {
    registry: Arc<Registry>,
    entries: Vec<Vec<u8>>,
    agreements: Arc<AgreementBook>,
    orders: Arc<OrderBook>,
    consents: Arc<ConsentBook>,
    /// What of the book was in force on the day it was asked for last.
    in_force: Mutex<Option<(Day, Arc<AgreementsInForce>)>>,
    /// Where the streams ended before they were read.
    ends: RegistryEnds,
    /// The how manieth reading it is.
    turn: u64,
    keys: KeyRing,
}

/// Is what decisions rest on, besides who asks.
pub(crate) struct StandingRights {
    registry: Arc<Registry>,
    agreements: Arc<AgreementsInForce>,
    audiences: Arc<DatabaseAudiences>,
}

impl StandingRights {
    /// For an officer or service.
    pub(crate) fn of<'a>(&'a self, officer: &'a OfficerRights) -> Circumstances<'a> {
        Circumstances {
            registry: &self.registry,
            agreements: &self.agreements,
            audiences: &self.audiences,
            officer,
        }
    }
}

/// Is how many entries a registry has, and the last of them.
pub(crate) type RegistryMark = (usize, Vec<u8>);

type RegistryEnds = BTreeMap<StreamId, (u64, ChainHash)>;

fn registry_ends(ends: impl Iterator<Item = StreamEnd>) -> RegistryEnds {
    let counts = |end: &StreamEnd| {
        matches!(
            end.stream.class,
            StreamClass::Registry | StreamClass::Agreements | StreamClass::Orders | StreamClass::Consents
        )
    };
    ends.filter(counts).map(|end| (end.stream, (end.size, end.chain))).collect()
}

impl Registered {
    async fn load(store: &Store, ports: &Ports) -> Result<Self, AppError> {
        let heads = store.stream_heads().await.map_err(AppError::Store)?;
        let end = |head: StreamHead| StreamEnd { stream: head.stream, size: head.size, chain: head.chain };
        let ends = registry_ends(heads.into_iter().map(end));
        let entries = read_entries(store, StreamClass::Registry).await?;
        let entries: Vec<Vec<u8>> = entries.into_iter().map(|(_, bytes)| bytes).collect();
        let mut entries_in_order = entries.iter();
        let genesis = entries_in_order.next().ok_or(AppError::NotReady)?;
        let (mut registry, _) = Registry::found(genesis, None)?;
        for bytes in entries_in_order {
            registry.apply(bytes)?;
        }
        let keys = KeyRing::load(store, ports, &registry)?;
        let agreements = Arc::new(read_book(store, &registry).await?);
        let orders = Arc::new(read_orders(store, &registry).await?);
        let consents = Arc::new(read_consents(store, &registry).await?);
        let (registry, in_force) = (Arc::new(registry), Mutex::default());
        Ok(Self { registry, entries, agreements, orders, consents, in_force, ends, keys, turn: 0 })
    }

    /// What is in force on a day. What parties do counts from when the book has it; with the day, periods begin and end.
    fn in_force(&self, now: Timestamp) -> Arc<AgreementsInForce> {
        let mut kept = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_ref() {
            Some((day, in_force)) if *day == now.day() => in_force.clone(),
            _ => {
                let is_active = |code| self.registry.active(code).is_some();
                let in_force = Arc::new(self.agreements.in_force(now, is_active));
                *kept = Some((now.day(), in_force.clone()));
                in_force
            }
        }
    }
}

/// Is how the node does, for whoever runs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Health {
    /// Whether the database is away: searches go on, writes are refused.
    pub database_away: bool,
    /// How often changes were taken back that the database had lost.
    pub rolled_back: u64,
    /// How often another index was built, because the database held something else than it had read.
    pub rebuilt: u64,
    /// Whether cards of candidates are missing for the time in which the database is away.
    pub cards_missing: bool,
    /// Whether the clock differs from the database server's by so much that writes are refused.
    pub clock_wrong: bool,
    /// By how many microseconds the clock is ahead of the database server's; negative where it is behind.
    pub clock_ahead_micros: i64,
    /// How countersigning goes.
    pub countersigning: CountersigningHealth,
}

impl App {
    /// Starts on a founded store and builds the index: ready when it returns.
    pub async fn start(store: Store, ports: Ports) -> Result<Self, AppError> {
        let app = Self::start_without_index(store, ports).await?;
        app.make_ready().await?;
        app.hide_overdue().await?;
        Ok(app)
    }

    /// Starts on a founded store: folds the registry, loads the keys. Everything but searches is answered from then on,
    /// searches once [`App::make_ready`] has built the index.
    pub async fn start_without_index(store: Store, ports: Ports) -> Result<Self, AppError> {
        let registered = Registered::load(&store, &ports).await?;
        let newest = store.newest_entry_at().await.map_err(AppError::Store)?;
        let review_clock = ReviewClock::new(newest, ports.now());
        let index = Arc::new(StandingIndex::none_yet(store.is_on_server()));
        let oversight = Oversight::new(ports.draw());
        let app = Self {
            store,
            ports,
            registered: RwLock::new(Arc::new(registered)),
            readings: AtomicU64::new(0),
            index,
            workers: OnceLock::new(),
            review_clock,
            uses: Mutex::default(),
            links_looked_at: Mutex::default(),
            recent_tokens: RecentTokens::default(),
            passwords: Passwords::default(),
            grant_uses: GrantUses::default(),
            barred: Mutex::default(),
            cards_room: AtomicUsize::new(0),
            countersigning: CountersigningState::default(),
            oversight,
            canaries: Canaries::default(),
            requests: FollowedRequests::default(),
        };
        app.follow_canaries_or_say_so().await;
        Ok(app)
    }

    /// Folds the journal, saves the index for the next start, and closes the store.
    pub async fn close(self) -> Result<(), AppError> {
        if !self.store.is_clock_wrong() {
            self.note_uses().await?;
            self.keep_alarms_or_say_so().await;
            self.fold_journal().await?;
        }
        // The index that is saved must not hold what was erased last: the erasure has removed the snapshots before it.
        self.follow_exclusions().await?;
        self.follow().await?;
        self.save_snapshot().await?;
        self.store.close().await;
        Ok(())
    }

    /// Does what must be done from time to time: folds the journal into the ledger, notes which tokens were used,
    /// follows the streams or builds the index where none stands yet, hides what passed its review, lays the newest names
    /// out for texts, erases a slice of what nobody brought back and drops pictures that no record took up.
    pub async fn upkeep(&self) -> Result<(), AppError> {
        // What a wrong clock would be written by waits in memory and in the journal: searches need no write.
        let may_write = !self.store.is_clock_wrong();
        let may_erase = may_write && self.may_erase().await?;
        if may_write {
            self.fold_journal().await?;
            self.note_uses().await?;
            self.keep_alarms_or_say_so().await;
        }
        if self.index.stands() {
            self.follow_exclusions().await?;
            self.follow_and_compare().await?
        } else {
            self.make_ready().await?
        }
        self.hide_overdue().await?;
        self.follow_canaries_or_say_so().await;
        self.tend_texts().await?;
        // What is shown of it must keep nothing else from being done.
        if let Err(error) = self.count_countersigning().await {
            tracing::warn!(code = error.code(), "countersigning could not be looked at");
        }
        if may_write && self.is_first_to("attesting").await? {
            // What keeps the host from signing must not keep what is overdue from being erased.
            if let Err(error) = self.attest_orders().await {
                tracing::error!(code = error.code(), "orders could not be attested");
            }
        }
        if may_erase && let Err(error) = self.drop_requests().await {
            tracing::error!(code = error.code(), "requests of persons past their time could not be dropped");
        }
        let mut more_to_come = false;
        if may_erase && self.is_first_to("erasing").await? {
            more_to_come = self.erase_overdue().await? >= ERASED_AT_ONCE;
            self.erase_loose_links().await?;
            self.drop_images().await?;
            // What keeps one request from being erased keeps nothing else from being done.
            if let Err(error) = self.erase_requests().await {
                tracing::error!(
                    code = error.code(),
                    "requests of persons past their time could not be erased"
                );
            }
            self.drop_alarms().await?;
        }
        if may_write && self.is_first_to("attesting").await? {
            // What keeps the host from signing keeps nothing from being erased; what is owed is on the overdue list.
            if let Err(error) = self.attest_erasures(more_to_come).await {
                tracing::error!(code = error.code(), "erasures could not be attested");
            }
        }
        Ok(())
    }

    /// Takes work that one replica does for all; `false` where another one does it. Two that did would come to the same,
    /// with more trouble.
    pub(crate) async fn is_first_to(&self, work: &'static str) -> Result<bool, AppError> {
        if !self.store.is_on_server() {
            return Ok(true);
        }
        self.store.take_lease(work, LEASE_MICROS).await.map_err(AppError::Store)
    }

    /// The registry at its present position.
    pub fn registry(&self) -> Arc<Registry> {
        self.registered().registry.clone()
    }

    /// The registry with what tells it from every other one: how many entries it has, and the last of them.
    pub(crate) fn registry_marked(&self) -> (Arc<Registry>, RegistryMark) {
        let registered = self.registered();
        let last = registered.entries.last().cloned().unwrap_or_default();
        (registered.registry.clone(), (registered.entries.len(), last))
    }

    /// The book of agreements at its present position.
    pub(crate) fn agreement_book(&self) -> Arc<AgreementBook> {
        self.registered().agreements.clone()
    }

    /// The book of orders at its present position.
    pub(crate) fn order_book(&self) -> Arc<OrderBook> {
        self.registered().orders.clone()
    }

    /// The same, with the how manieth reading it is.
    pub(crate) fn order_book_read(&self) -> (Arc<OrderBook>, u64) {
        let registered = self.registered();
        (registered.orders.clone(), registered.turn)
    }

    /// The book of consents at its present position.
    pub(crate) fn consent_book(&self) -> Arc<ConsentBook> {
        self.registered().consents.clone()
    }

    /// What decisions rest on now, besides who asks.
    pub(crate) fn standing_rights(&self) -> StandingRights {
        let registered = self.registered();
        let (registry, agreements) = (registered.registry.clone(), registered.in_force(self.now()));
        StandingRights { registry, agreements, audiences: self.database_audiences() }
    }

    /// Tells whether an entry of the registry or of one of the books counts here already.
    pub(crate) fn has_taken_up(&self, place: &Position) -> bool {
        self.registered().ends.get(&place.stream).is_some_and(|(size, _)| *size >= place.seq)
    }

    /// Takes up what was just written to the registry or to the book.
    pub(crate) async fn read_rights_again(&self) -> Result<(), AppError> {
        let heads = self.store.stream_heads().await.map_err(AppError::Store)?;
        let end = |head: StreamHead| StreamEnd { stream: head.stream, size: head.size, chain: head.chain };
        self.follow_registry(&heads.into_iter().map(end).collect::<Vec<_>>()).await
    }

    fn registered(&self) -> Arc<Registered> {
        // Replaced in one step: what a panic leaves is whole.
        self.registered.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up what was added to the registry or to the book of agreements, by this replica's commands or another one.
    pub(crate) async fn follow_registry(&self, ends: &[StreamEnd]) -> Result<(), AppError> {
        if self.registered().ends == registry_ends(ends.iter().copied()) {
            return Ok(());
        }
        self.read_rights_anew().await
    }

    /// Reads the registry and the books anew: they have gone on, or something in them was erased.
    pub(crate) async fn read_rights_anew(&self) -> Result<(), AppError> {
        let turn = self.readings.fetch_add(1, Ordering::AcqRel) + 1;
        let registered = Arc::new(Registered { turn, ..Registered::load(&self.store, &self.ports).await? });
        let mut standing = self.registered.write().unwrap_or_else(PoisonError::into_inner);
        // One that began to read earlier and ended later would put back what was changed in between.
        if standing.turn < turn {
            *standing = registered;
        }
        drop(standing);
        tracing::info!("the registry, or the book of agreements, of orders or of consents, has gone on");
        Ok(())
    }

    /// Sets how many bytes of candidates' cards are kept for the time in which the database is away. Before the index is
    /// built; a node whose database is a file of its own keeps none.
    pub fn keep_cards(&self, bytes: usize) {
        self.cards_room.store(bytes, Ordering::Relaxed);
    }

    /// Tells how the node does.
    pub fn health(&self) -> Health {
        let (rolled_back, rebuilt) = self.index_mended();
        Health {
            database_away: self.store.is_away(),
            rolled_back,
            rebuilt,
            cards_missing: self.are_cards_missing(),
            clock_wrong: self.store.is_clock_wrong(),
            clock_ahead_micros: self.store.clock_ahead_micros(),
            countersigning: self.countersigning.shown(),
        }
    }

    /// Tells whether an error is of a database that is away, as the pulse finds it: one that is only busy can be asked, and
    /// what is kept for the time without it is not used.
    pub(crate) async fn is_without_database(&self, error: &AppError) -> bool {
        error.is_away() && self.store.is_found_away(PULSE_TO_COME).await
    }

    /// Tells whether searches can be answered: the index is there and the journal takes lines.
    pub fn ready(&self) -> bool {
        self.index.answers() && self.store.journal().is_running()
    }

    /// Tells whether the entry at the head of a record still counts, whoever has its key by now.
    pub(crate) async fn counts(&self, head: &Head) -> Result<bool, AppError> {
        let registry = self.registry();
        if registry.compromised().is_empty() {
            return Ok(true);
        }
        let change = self.store().change_at(&head.position).await.map_err(AppError::Store)?;
        let Some(bytes) = change.and_then(|change| change.bytes) else { return Ok(true) };
        Ok(registry.compromised().leave(&Unverified::parse(&bytes)?, &head.position))
    }

    /// Lists an organisation's own records that stand, in the order of their ids; those past their review too, and those
    /// whose last entry counts no more because its key is in other hands: they answer nothing else, and a revision brings
    /// one back.
    pub async fn own_records(
        &self,
        ctx: &OpContext,
        after: Option<barid_domain::ids::RecordId>,
        limit: u32,
    ) -> Result<Vec<OwnRecord>, AppError> {
        self.must_take_part(ctx)?;
        self.hide_overdue().await?;
        let act = self.begin(ctx, barid_domain::audit::Operation::ReadRegistry, None, None).await?;
        let heads = self.store.heads_of(ctx.actor.organisation, after, limit.clamp(1, 500)).await;
        let heads = heads.map_err(AppError::Store)?;
        let orders = self.order_book();
        let mut list = Vec::with_capacity(heads.len());
        for head in heads {
            list.push(OwnRecord {
                record: head.record,
                database: head.database,
                entry: head.current,
                version: head.version,
                review_on: head.review_on,
                review_overdue: self.is_overdue(&head),
                does_not_count: !self.counts(&head).await?,
                is_kept_back: orders.hides(head.record, head.current),
            });
        }
        self.end(ctx, act, list.iter().map(|own| own.record).collect()).await?;
        Ok(list)
    }

    /// The node's store, for the program's own upkeep (backup, credentials); use cases go through `App`.
    pub fn store(&self) -> &Store {
        &self.store
    }
    /// The organisation whose node this is: its key signs the checkpoints.
    pub fn host(&self) -> Result<OrganisationCode, AppError> {
        self.registered().keys.host()
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
    pub(crate) fn review_clock(&self) -> &ReviewClock {
        &self.review_clock
    }
    /// The secret of the key that signs this node's checkpoints.
    pub(crate) fn checkpoint_key(&self) -> Result<zeroize::Zeroizing<[u8; 32]>, AppError> {
        Ok(zeroize::Zeroizing::new(*self.registered().keys.checkpoint_key()?))
    }
    /// The keys with which an organisation signs now.
    pub(crate) fn signers(
        &self,
        organisation: OrganisationCode,
        now: Timestamp,
    ) -> Result<EntrySigners, AppError> {
        let registered = self.registered();
        registered.keys.signers(&registered.registry, organisation, now)
    }
    pub(crate) fn registry_entries(&self) -> Vec<Vec<u8>> {
        self.registered().entries.clone()
    }
    pub(crate) async fn fold_journal(&self) -> Result<(), AppError> {
        self.store.fold_journal().await.map(|_| ()).map_err(AppError::Store)
    }

    /// What an organisation asks about its own records, writes and ledgers it asks as one that takes part.
    pub(crate) fn must_take_part(&self, ctx: &OpContext) -> Result<(), Refusal> {
        self.registry().active(ctx.actor.organisation).map(|_| ()).ok_or(Refusal::NotActive)
    }

    /// Turns the store's refusal of a write into the caller's.
    pub(crate) fn refused_by_store(&self, error: StoreError) -> AppError {
        match error {
            StoreError::Conflict { conflict: Conflict::Stale { current }, .. } => AppError::Stale { current },
            StoreError::Conflict { conflict: Conflict::Withdrawn | Conflict::Erased, .. } => AppError::Ended,
            StoreError::Conflict { conflict: Conflict::NotFound, .. } => AppError::Absent,
            StoreError::Conflict { conflict: Conflict::ImageNotFound, .. } => {
                // It waited when the record was checked, and no longer when it was stored.
                AppError::Faulty(vec![Fault { place: "images".to_owned(), code: FaultCode::UnknownImage }])
            }
            StoreError::TooManyImages => AppError::TooManyImages,
            StoreError::IdempotencyMismatch => AppError::KeyReused,
            StoreError::OutcomeUnknown => AppError::OutcomeUnknown,
            other => AppError::Store(other),
        }
    }
}

/// Reads the book of agreements. An entry that does not hold, such as one signed with a key that was in other hands by
/// then, comes to nothing, and is told to whoever runs the node.
async fn read_book(store: &Store, registry: &Registry) -> Result<AgreementBook, AppError> {
    let mut book = AgreementBook::default();
    for (place, bytes) in read_entries(store, StreamClass::Agreements).await? {
        let verified = Unverified::parse(&bytes).and_then(|entry| entry.verify_at(registry, &place));
        let taken_in = match verified {
            Ok(entry) => book.apply(&entry).map_err(AppError::from),
            Err(SealError::KeyNotValid | SealError::AfterCompromise | SealError::MissingAlgorithm) => {
                apply_restricting(&mut book, registry, &bytes)
            }
            Err(error) => Err(error.into()),
        };
        if let Err(error) = taken_in {
            tracing::error!(
                code = error.code(),
                "an entry about an agreement does not hold, and counts for nothing"
            );
        }
    }
    Ok(book)
}

/// Takes in what was closed under a key that did not count any more by then.
fn apply_restricting(book: &mut AgreementBook, registry: &Registry, bytes: &[u8]) -> Result<(), AppError> {
    let entry = Unverified::parse(bytes)?.verify(&EverValid(registry))?;
    Ok(book.apply_restricting(&entry)?)
}

/// Knows the registered keys as if each had always been valid.
pub(crate) struct EverValid<'a>(pub(crate) &'a Registry);

impl KeyLookup for EverValid<'_> {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        let key = self.0.key(id)?;
        Some(RegisteredKey { not_before: i64::MIN, not_after: None, ..key })
    }
}

/// The entries of all streams of a class with their places, those of one stream in their order.
pub(crate) async fn read_entries(
    store: &Store,
    class: StreamClass,
) -> Result<Vec<(Position, Vec<u8>)>, AppError> {
    let mut positions = barid_store::StreamPositions::new();
    let mut entries = Vec::new();
    loop {
        let changes = store.changes_after(&positions, &[class], 1_000).await.map_err(AppError::Store)?;
        if changes.is_empty() {
            return Ok(entries);
        }
        for change in changes {
            positions.insert(change.stream, change.seq);
            let place = Position { stream: change.stream, seq: change.seq };
            entries.extend(change.bytes.map(|bytes| (place, bytes)));
        }
    }
}
