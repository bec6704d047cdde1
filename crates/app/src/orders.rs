//! Orders of the commission: drafted here, signed by its members wherever they keep their keys, obeyed at once, attested.
//!
//! What is ordered counts from when it is stored, at this node as soon as the command is done, at every replica as soon as it
//! has followed. Nothing of it is the owner's to refuse: an order is about the record, not to its owner.

use barid_domain::audit::Operation;
use barid_domain::codes::{Database, OrganisationKind};
use barid_domain::contents::{Content, EntryType, encode, record_subject};
use barid_domain::dates::Timestamp;
use barid_domain::described::Described;
use barid_domain::entries::{Claims, KeyLookup, SealError, Unverified, Verified};
use barid_domain::faults::Faults;
use barid_domain::ids::{EntryHash, IdempotencyKey, KeyId, OrganisationCode, RecordId};
use barid_domain::keys::PublicKey;
use barid_domain::marks::MarkKind;
use barid_domain::orders::{
    CLOCKS_DIFFER, Order, OrderAct, OrderAttestation, OrderBook, OrderError, StandingOrder,
};
use barid_domain::policy;
use barid_domain::registry::{KeyUsage, Organisation, Registry, RegistryError};
use barid_domain::streams::{Position, StreamClass};
use barid_domain::text::LocalText;
use barid_formats::list_items::Stated;
use barid_store::{Head, HeadChange, HeadMeta, HeadState, Idempotency, KeyScope, KnownRow, NewEntry, Store};
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::drafts::{Draft, DraftSignatures, DraftStatement, seal_all};
use crate::error::AppError;
use crate::marks::is_of_owner;
use crate::node::{EverValid, read_entries};
use crate::reviews::upkeep_context;

/// Why, in the journal, where the upkeep attests.
const ATTESTING_REFERENCE: &str = "order of the commission";
/// The most attestations of one upkeep.
const ATTESTED_AT_ONCE: usize = 100;
/// The most orders of one page.
pub const ORDERS_PAGE_CAP: u32 = 200;

/// Is what the commission wants to order.
#[derive(Clone, Debug)]
pub struct OrderPlan {
    /// The record.
    pub record: RecordId,
    /// What is ordered.
    pub act: OrderAct,
    /// Why; of an annotation what is shown.
    pub texts: Vec<LocalText>,
    /// What single acts need.
    pub details: OrderDetails,
    /// The keys that are to sign; without any, those first that are on this node.
    pub keys: Vec<KeyId>,
}

/// Is what single acts need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderDetails {
    /// Of an order not to enter somebody again: whom.
    pub described: Option<Described>,
    /// Of a mark: which.
    pub mark: Option<MarkKind>,
    /// Of a mark: the file that holds the consent to it.
    pub consent: Option<String>,
    /// Of a lifting: the order that is lifted.
    pub lifts: Option<EntryHash>,
}

/// Is a page of orders.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The orders, newest first.
    pub orders: Vec<StandingOrder>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<ListPlace>,
}

/// Is a place in a list of entries by their time: it stays where it is when the entry itself has gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ListPlace {
    /// When the entry was signed, in seconds since 1970-01-01T00:00:00Z.
    #[n(0)]
    pub at: i64,
    /// Where it stands.
    #[n(1)]
    pub place: Position,
}

impl ListPlace {
    /// As the content of a cursor.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
    /// Reads it back; `None` where it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

impl App {
    /// Drafts an order: more than half of the commission's keys are to sign it.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such record, [`AppError::Ended`] where it is erased, [`AppError::Order`] where
    /// the order says nothing new.
    pub async fn draft_order(&self, ctx: &OpContext, plan: &OrderPlan) -> Result<Draft, AppError> {
        let done = self.write_order(ctx, plan).await;
        self.journal_refusal(ctx, Operation::IssueOrder, Some(plan.record), done).await
    }

    async fn write_order(&self, ctx: &OpContext, plan: &OrderPlan) -> Result<Draft, AppError> {
        self.may_write(ctx, Operation::IssueOrder)?;
        let (commission, now) = (ctx.actor.organisation, self.now());
        let book = self.order_book();
        let about = self.about(commission, plan, &book).await?;
        let names_version = matches!(plan.act, OrderAct::Correct | OrderAct::Erase);
        let order = Order {
            salt: self.ports().draw(),
            record: plan.record,
            owner: about.owner,
            database: about.database,
            act: plan.act,
            version: about.current.filter(|_| names_version),
            answers: if plan.act == OrderAct::Unblock {
                book.last_of(commission, plan.record)
            } else {
                plan.details.lifts
            },
            texts: plan.texts.clone(),
            described: plan.details.described.clone(),
            mark: plan.details.mark,
            consent: plan.details.consent.clone(),
        };
        if plan.act == OrderAct::Unblock && order.answers.is_none() {
            return Err(OrderError::StandsAlready.into());
        }
        let mut faults = Faults::default();
        order.check(&mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        book.may_order(commission, &order)?;
        let signers = self.order_signers(commission, &plan.keys, now)?;
        let claims = Claims {
            entry_type: EntryType::Order,
            issuer: commission,
            subject: record_subject(plan.record),
            issued_at: now.seconds(),
        };
        Ok(Draft::new(vec![DraftStatement { claims, payload: encode(&order), signers }]))
    }

    /// The record that an order is about; `None` where there is no such order.
    pub fn record_of_order(&self, order: EntryHash) -> Option<RecordId> {
        self.order_book().order(order).map(|standing| standing.order.record)
    }

    /// What an order is about: a record that was not erased; of those that forbid a person to be entered again, and of what lifts
    /// one, also an erased record, or none at all.
    async fn about(
        &self,
        commission: OrganisationCode,
        plan: &OrderPlan,
        book: &OrderBook,
    ) -> Result<OrderAbout, AppError> {
        let head = self.store().head(plan.record).await.map_err(AppError::Store)?;
        let is_lifting = plan.act == OrderAct::Lift;
        let lifted = plan.details.lifts.filter(|_| is_lifting).and_then(|lifts| book.order(lifts));
        let takes_any = is_lifting || plan.act == OrderAct::DoNotReEnter;
        match head {
            Some(head) if head.state == HeadState::Erased && !takes_any => Err(AppError::Ended),
            Some(head) => {
                let (owner, database) = (head.owner, head.database);
                if database != Database::Persons
                    && (plan.details.described.is_some() || plan.details.mark.is_some())
                {
                    return Err(AppError::Absent);
                }
                Ok(OrderAbout { owner, database, current: Some(head.current) })
            }
            None if lifted.is_some_and(|lifted| lifted.order.record == plan.record) || is_by_itself(plan) => {
                Ok(OrderAbout { owner: commission, database: Database::Persons, current: None })
            }
            None => Err(AppError::Absent),
        }
    }

    /// The keys that are to sign an order: as many as must, those first that are on this node, or the ones that are named.
    fn order_signers(
        &self,
        commission: OrganisationCode,
        named: &[KeyId],
        now: Timestamp,
    ) -> Result<Vec<PublicKey>, AppError> {
        let registry = self.registry();
        let held = self.hosted_keys()?;
        let needed = registry.keys_for_order(commission, now.seconds()).ok_or(AppError::NoKey)?;
        let mut usable: Vec<(KeyId, PublicKey)> = registry
            .keys()
            .filter(|(id, key)| {
                key.organisation == commission
                    && key.usage == KeyUsage::Entries
                    && key.valid_at(now.seconds())
                    && registry.compromised().of(id).is_none()
            })
            .map(|(id, key)| (id, key.key))
            .collect();
        if !named.is_empty() {
            if named.iter().any(|id| !usable.iter().any(|(known, _)| known == id)) {
                return Err(RegistryError::Contradiction("no such key of the commission").into());
            }
            usable.retain(|(id, _)| named.contains(id));
        }
        if usable.len() < needed {
            return Err(
                RegistryError::Contradiction("more than half of the commission's keys must sign").into()
            );
        }
        usable.sort_by_key(|(id, key)| (!held.holds(key), *id));
        // One of each algorithm that it has to sign with stands first.
        for algorithm in registry.must_sign_with(commission, now.seconds()).iter().rev() {
            if let Some(at) = usable.iter().position(|(_, key)| key.algorithm() == *algorithm) {
                usable[..=at].rotate_right(1);
            }
        }
        let count = if named.is_empty() { needed } else { usable.len() };
        Ok(usable.into_iter().take(count).map(|(_, key)| key).collect())
    }

    /// Stores the order of a draft, and obeys it. `wanted` is what would be drafted now; see [`App::complete_draft`].
    ///
    /// # Errors
    /// As [`App::draft_order`], for what became of the record and its orders since the draft was written.
    pub async fn complete_order(
        &self,
        ctx: &OpContext,
        wanted: &Draft,
        draft: &Draft,
        signed: &[DraftSignatures],
    ) -> Result<StandingOrder, AppError> {
        let done = self.enter_order(ctx, wanted, draft, signed).await;
        self.journal_refusal(ctx, Operation::IssueOrder, None, done).await
    }

    async fn enter_order(
        &self,
        ctx: &OpContext,
        wanted: &Draft,
        draft: &Draft,
        signed: &[DraftSignatures],
    ) -> Result<StandingOrder, AppError> {
        self.may_write(ctx, Operation::IssueOrder)?;
        // Another command may have written since this one began.
        self.read_rights_again().await?;
        if draft != wanted {
            draft.require_known(self.store())?;
            draft.require_same(wanted)?;
        }
        let [bytes] = seal_all(draft, &self.hosted_keys()?, signed)?.try_into().map_err(|_| NO_ORDER)?;
        let entry = verify_order(&self.registry(), Unverified::parse(&bytes)?, None)?;
        let Content::Order(order) = Content::read(&entry)? else { return Err(NO_ORDER) };
        let (record, hash) = (order.record, entry.hash());
        let (book, issued_at) = (self.order_book(), entry.claims().issued_at);
        book.may_order(ctx.actor.organisation, &order)?;
        book.follows_in_time(ctx.actor.organisation, &order, issued_at)?;
        if issued_at > self.now().seconds().saturating_add(CLOCKS_DIFFER) {
            return Err(OrderError::Ahead.into());
        }
        let change = match order.act {
            OrderAct::Erase => HeadChange::Erase { record, expects: order.version },
            OrderAct::Block
            | OrderAct::Unblock
            | OrderAct::Annotate
            | OrderAct::Correct
            | OrderAct::DoNotReEnter
            | OrderAct::Lift
            | OrderAct::Mark
            | OrderAct::Unlisted(_) => HeadChange::None,
        };
        let now = self.now();
        let mut tx = self.store().begin_write(Some(once(ctx.actor.organisation, &entry)));
        tx.append(orders_entry(ctx.actor.organisation, &entry, order.database, change, now));
        let line = self.write_line(ctx, Operation::IssueOrder, now, vec![record], vec![hash]);
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        // It is stored: whatever keeps this process from obeying it at once, the next look or upkeep does.
        if let Err(error) = self.obey_at_once().await {
            tracing::warn!(code = error.code(), "an order is stored and not obeyed or attested here yet");
        }
        let book = self.order_book();
        book.about(record).find(|standing| standing.entry == hash).cloned().ok_or(AppError::NotReady)
    }

    /// Takes up what was just stored. Where other processes serve the same database, one of them attests it, not this one.
    async fn obey_at_once(&self) -> Result<(), AppError> {
        self.read_rights_again().await?;
        self.follow_exclusions().await?;
        self.follow().await?;
        if self.store().is_on_server() { Ok(()) } else { self.attest_orders().await }
    }

    /// Lists the orders that the caller's organisation may read: the commission reads all, everybody else those about its
    /// own records, newest first.
    pub async fn orders(
        &self,
        ctx: &OpContext,
        after: Option<ListPlace>,
        limit: u32,
    ) -> Result<OrderPage, AppError> {
        self.may_write(ctx, Operation::ReadOrders)?;
        let act = self.begin(ctx, Operation::ReadOrders, None, None).await?;
        let reader = ctx.actor.organisation;
        let reads_all = self.is_commission(reader);
        let book = self.order_book();
        let most = limit.clamp(1, ORDERS_PAGE_CAP) as usize;
        let mut orders = book.orders();
        orders.reverse();
        orders.retain(|order| after.is_none_or(|after| place_of(order) < after));
        let mut shown: Vec<StandingOrder> = Vec::new();
        for order in orders {
            // One more tells whether there is another page.
            if shown.len() > most {
                break;
            }
            let is_readers = reads_all || order.order.owner == reader;
            if is_readers && ctx.rights.reach(order.order.database) && !self.is_forgotten_mark(order).await? {
                let mut order = order.clone();
                if !reads_all {
                    // Whoever had to erase somebody is not told by the order whom it was.
                    order.order.described = None;
                }
                shown.push(order);
            }
        }
        let is_cut = shown.len() > most;
        shown.truncate(most);
        let next = shown.last().filter(|_| is_cut).map(place_of);
        self.end(ctx, act, shown.iter().map(|shown| shown.order.record).collect()).await?;
        Ok(OrderPage { orders: shown, next })
    }

    /// Tells whether a row of an import would show again what the commission closed: in the place of a record that it had erased,
    /// of one that is blocked, or as the very statement that it ordered to be corrected. `content` is the hash that the row is
    /// remembered with; `stays_as_it_is`: nothing would be written for it.
    pub(crate) async fn row_goes_against_order(
        &self,
        known: &KnownRow,
        content: &[u8; 32],
        stays_as_it_is: bool,
    ) -> Result<bool, AppError> {
        let (book, record) = (self.order_book(), known.row.record);
        if known.state == HeadState::Erased {
            // One that was blocked may have passed its review meanwhile: it does not come back as another record.
            return Ok(book.erases(record) || book.closes(record));
        }
        if !book.closes(record) || stays_as_it_is {
            return Ok(false);
        }
        if book.blocks(record) {
            return Ok(true);
        }
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        let Some(head) = head.filter(|head| book.hides(record, head.current)) else { return Ok(false) };
        if self.store().is_same_content(&known.row, content) {
            return Ok(true);
        }
        // What the row said when it could not be read is not known: the record says it.
        let is_unknown = self.store().is_same_content(&known.row, &[0; 32]);
        Ok(is_unknown && self.says(&head, content).await?)
    }

    /// Tells whether a record states what hashes to this, as imports of tables and of lists hash it.
    async fn says(&self, head: &Head, content: &[u8; 32]) -> Result<bool, AppError> {
        let change = self.store().change_at(&head.position).await.map_err(AppError::Store)?;
        let Some(bytes) = change.and_then(|change| change.bytes) else { return Ok(false) };
        let hashes: Vec<[u8; 32]> = match Content::of_stored(&Unverified::parse(&bytes)?)? {
            Content::Person(version) => {
                let statement = Box::new(version.statement);
                vec![
                    Sha256::digest(encode(statement.as_ref())).into(),
                    hash_of_listed(Stated::Person(statement)),
                ]
            }
            Content::Object(version) => {
                let statement = Box::new(version.statement);
                vec![
                    Sha256::digest(encode(statement.as_ref())).into(),
                    hash_of_listed(Stated::Object(statement)),
                ]
            }
            // A document that was ordered to be corrected and says something else now is another item.
            _ => Vec::new(),
        };
        Ok(hashes.contains(content))
    }

    /// Tells whether an import has to remember a row whose record it ends: what the commission closed or had erased must not come
    /// back as new with a later edition.
    pub(crate) fn must_remember_row(&self, record: RecordId) -> bool {
        let book = self.order_book();
        book.closes(record) || book.erases(record)
    }

    /// Attests the orders that this node obeys and has not attested yet.
    pub(crate) async fn attest_orders(&self) -> Result<(), AppError> {
        let (book, node) = (self.order_book(), self.store().node());
        if !self.index.stands() || !self.knows_exclusions().await? {
            return Ok(());
        }
        let host = self.host()?;
        let is_attested = |order: &&StandingOrder| {
            order.attested.iter().any(|one| one.node == node && one.organisation == host)
        };
        let mut obeyed = Vec::new();
        let to_attest = |order: &&StandingOrder| !is_attested(order) && !is_of_owner(order);
        for order in book.orders().into_iter().filter(to_attest) {
            if obeyed.len() < ATTESTED_AT_ONCE && self.obeys(order).await? {
                obeyed.push(order.entry);
            }
        }
        if obeyed.is_empty() {
            return Ok(());
        }
        let (ctx, now) = (upkeep_context(host, ATTESTING_REFERENCE)?, self.now());
        let mut tx = self.store().begin_write(None);
        let mut hashes = Vec::with_capacity(obeyed.len());
        for order in obeyed {
            let attestation =
                OrderAttestation { salt: self.ports().draw(), order, node, obeyed_at: now.seconds() };
            let payload = encode(&attestation);
            let entry = self.seal(&ctx, &Content::OrderAttestation(attestation), payload, now)?;
            hashes.push(entry.hash());
            tx.append(orders_entry(host, &entry, Database::Persons, HeadChange::None, now));
        }
        let line = self.write_line(&ctx, Operation::AttestOrder, now, Vec::new(), hashes);
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        self.read_rights_again().await
    }

    /// Tells whether this node does what an order says. What is hidden follows from the book, which the index has.
    async fn obeys(&self, order: &StandingOrder) -> Result<bool, AppError> {
        if order.order.act != OrderAct::Erase {
            return Ok(true);
        }
        let head = self.store().head(order.order.record).await.map_err(AppError::Store)?;
        Ok(head.is_none_or(|head| head.state == HeadState::Erased))
    }
}

/// Is what an order is about.
struct OrderAbout {
    owner: OrganisationCode,
    database: Database,
    /// The version that stands.
    current: Option<EntryHash>,
}

fn place_of(order: &StandingOrder) -> ListPlace {
    ListPlace { at: order.at, place: order.place }
}

/// The id under which an order about no record stands: whom it describes, and nothing else.
pub fn record_of_described(described: &Described) -> RecordId {
    let hash = Sha256::new_with_prefix(b"barid/described/v1\0").chain_update(encode(described)).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    RecordId::from_random(bytes)
}

fn is_by_itself(plan: &OrderPlan) -> bool {
    let described = plan.details.described.as_ref().filter(|_| plan.act == OrderAct::DoNotReEnter);
    described.is_some_and(|described| plan.record == record_of_described(described))
}

fn hash_of_listed(stated: Stated) -> [u8; 32] {
    Sha256::digest(encode(&stated)).into()
}

/// The same signed order is stored once, however often it is handed in.
fn once(organisation: OrganisationCode, entry: &Verified) -> Idempotency {
    let request = entry.hash().0;
    let mut key = [0; 16];
    key.copy_from_slice(&request[..16]);
    Idempotency { organisation, key: IdempotencyKey::from_random(key), request }
}

const NO_ORDER: AppError = AppError::Draft("it is no order");

fn orders_entry(
    organisation: OrganisationCode,
    entry: &Verified,
    database: Database,
    change: HeadChange,
    now: Timestamp,
) -> NewEntry {
    NewEntry {
        organisation,
        class: StreamClass::Orders,
        hash: entry.hash(),
        bytes: entry.bytes().to_vec(),
        key: KeyScope::Orders,
        change,
        items: Vec::new(),
        meta: HeadMeta { database, review_on: now.day() },
    }
}

/// Verifies an order: more than half of the keys that the commission had then must have signed it.
pub(crate) fn verify_order(
    registry: &Registry,
    entry: Unverified,
    place: Option<&Position>,
) -> Result<Verified, SealError> {
    let claims = entry.claims();
    let needed = registry.keys_for_order(claims.issuer, claims.issued_at).ok_or(SealError::UnknownKey)?;
    entry.verify_keys(registry, place, needed)
}

/// Reads the book of orders. An entry that does not hold comes to nothing, and is told to whoever runs the node; of an order
/// whose keys count no more stays what it closed.
pub(crate) async fn read_orders(store: &Store, registry: &Registry) -> Result<OrderBook, AppError> {
    let mut book = OrderBook::default();
    let mut attestations = Vec::new();
    for (place, bytes) in read_entries(store, StreamClass::Orders).await? {
        // Attestations stand in other streams than what they are about.
        match Unverified::parse(&bytes) {
            Ok(entry) if entry.claims().entry_type == EntryType::OrderAttestation => {
                attestations.push((place, entry));
            }
            parsed => note(
                parsed
                    .map_err(AppError::from)
                    .and_then(|entry| take_order(&mut book, registry, &place, entry)),
            ),
        }
    }
    for (place, entry) in attestations {
        let verified = entry.verify_at(registry, &place).map_err(AppError::from);
        note(verified.and_then(|entry| Ok(book.apply(&entry, &place)?)));
    }
    Ok(book)
}

fn take_order(
    book: &mut OrderBook,
    registry: &Registry,
    place: &Position,
    entry: Unverified,
) -> Result<(), AppError> {
    let issuer = entry.claims().issuer;
    if let Content::Order(order) = Content::of_stored(&entry)? {
        if !policy::may_order(registry, issuer, &order) {
            return Err(OrderError::NotOrder.into());
        }
        // Of its own records an owner says what it may under its own key; `may_order` has looked at which act it is.
        let is_owners = |(code, found): (OrganisationCode, &Organisation)| {
            code == issuer && found.kind != OrganisationKind::Commission
        };
        if registry.organisations().any(is_owners) {
            let entry = entry.verify_at(registry, place)?;
            return Ok(book.apply(&entry, place)?);
        }
    }
    match verify_order(registry, entry.clone(), Some(place)) {
        Ok(entry) => Ok(book.apply(&entry, place)?),
        // The last: where the commission had no key any more at that time.
        Err(
            SealError::KeyNotValid
            | SealError::AfterCompromise
            | SealError::MissingAlgorithm
            | SealError::UnknownKey,
        ) => {
            // As many as had to sign then: keys that came since, by rotation, make no earlier order too few.
            let claims = entry.claims();
            let needed = registry
                .keys_for_order(claims.issuer, claims.issued_at)
                .unwrap_or_else(|| registry.majority_of_all_keys(claims.issuer));
            let entry = entry.verify_keys(&EverValid(registry), None, needed)?;
            Ok(book.apply_restricting(&entry, place)?)
        }
        Err(error) => Err(error.into()),
    }
}

fn note(taken_in: Result<(), AppError>) {
    if let Err(error) = taken_in {
        tracing::error!(code = error.code(), "an entry about an order does not hold, and counts for nothing");
    }
}
