//! Orders of the commission about single records, obeyed by every node over the record's owner.
//!
//! An order is an entry of the commission that more than half of its keys signed: each member of the commission keeps one, and
//! no member orders alone. Blocking hides a record from everybody until it is unblocked; ordering a correction hides the
//! version that is wrong, until its owner states another one; an annotation is shown with the record to whomever it is shown;
//! erasing destroys the content. What closes counts whenever it comes; what opens again answers the last order about the
//! record and no other, so that nothing is opened by an order that was signed before it was closed. An order not to enter a
//! person again describes whom (`described`), and a mark (`marks`) says whom the person at the desk may be; these and what was
//! said are lifted one by one.
//!
//! One act is the owner's too, of its own record and under its own key: marking it.
//!
//! A node attests in its own stream that it obeyed. Compare the Rules on the Control of Information of INTERPOL's commission
//! (articles 39 and 41 of its statute): its decisions bind, and the General Secretariat reports that they are implemented.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::agreements::check_texts;
use crate::codes::{CodeList, Database, code_list};
use crate::contents::{Content, ContentError};
use crate::described::Described;
use crate::entries::Verified;
use crate::faults::{FaultCode, Faults};
use crate::ids::{EntryHash, NodeId, OrganisationCode, RecordId};
use crate::marks::{MarkKind, check_mark};
use crate::registry::Compromises;
use crate::streams::Position;
use crate::terms::listed;
use crate::text::{LocalText, SHORT_CAP};

code_list!(
    /// Is what an order of the commission does about a record.
    OrderAct, "order-act" {
        /// It is shown to nobody until it is unblocked.
        1 Block "block",
        /// It is shown again, every version of it.
        2 Unblock "unblock",
        /// What the commission says is shown with it.
        3 Annotate "annotate",
        /// One version is wrong and shown to nobody; what its owner states after it is shown.
        4 Correct "correct",
        /// Its content is destroyed.
        5 Erase "erase",
        /// Whom it describes is not entered again, by no owner.
        6 DoNotReEnter "do-not-re-enter",
        /// What the order that it answers says is shown no more, or whom it describes may be entered again.
        7 Lift "lift",
        /// Whoever is shown the record is shown that the person at the desk may be another one.
        8 Mark "mark",
    }
);

/// By how much the clocks of two processes that issue orders may differ, in seconds.
pub const CLOCKS_DIFFER: i64 = 600;
/// For how long the draft of an order may wait for its signatures while other orders are issued, in seconds: 60 days.
pub const LONGEST_DRAFT: i64 = 60 * 86_400;

/// Orders something about a record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Order {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// The database it is in.
    #[n(2)]
    pub database: Database,
    /// What is ordered.
    #[n(3)]
    pub act: OrderAct,
    /// Of a correction: the version that is wrong; of an erasure: the version that it was decided on.
    #[n(4)]
    pub version: Option<EntryHash>,
    /// Of an unblocking: the last order of the same commission about the record, which it answers.
    #[n(5)]
    pub answers: Option<EntryHash>,
    /// Why, in the languages of the commission; of an annotation what is shown.
    #[n(6)]
    pub texts: Vec<LocalText>,
    /// Whose record it is: who reads the order besides the commission.
    #[n(7)]
    pub owner: OrganisationCode,
    /// Of an order not to enter somebody again: whom.
    #[n(8)]
    pub described: Option<Described>,
    /// Of a mark: which.
    #[n(9)]
    pub mark: Option<MarkKind>,
    /// Of a mark: the file that holds the other person's consent to what is said about it.
    #[n(10)]
    pub consent: Option<String>,
}

impl Order {
    /// Checks what an order must be, whatever stands.
    pub fn check(&self, faults: &mut Faults) {
        faults.require(listed(self.act), "act", FaultCode::UnknownCode);
        check_texts("texts", &self.texts, SHORT_CAP, faults);
        let names_version = matches!(self.act, OrderAct::Correct | OrderAct::Erase);
        faults.require(names_version == self.version.is_some(), "version", FaultCode::Missing);
        let answers = matches!(self.act, OrderAct::Unblock | OrderAct::Lift);
        faults.require(answers == self.answers.is_some(), "answers", FaultCode::Missing);
        let describes = self.act == OrderAct::DoNotReEnter;
        faults.require(describes == self.described.is_some(), "described", FaultCode::Missing);
        if let Some(described) = &self.described {
            described.check(faults);
        }
        let marks = self.act == OrderAct::Mark;
        faults.require(marks == self.mark.is_some(), "mark", FaultCode::Missing);
        check_mark(self.mark, self.consent.as_deref(), faults);
    }
}

/// Attests that a node obeyed an order.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct OrderAttestation {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The order.
    #[n(1)]
    pub order: EntryHash,
    /// The node that obeyed.
    #[n(2)]
    pub node: NodeId,
    /// When it was seen to, in seconds since 1970-01-01T00:00:00Z.
    #[n(3)]
    pub obeyed_at: i64,
}

/// The subject of attestations of an order.
pub fn order_subject(order: EntryHash) -> String {
    format!("order:{order}")
}

/// Is an order as the book has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandingOrder {
    /// The hash of its entry, by which it is named.
    pub entry: EntryHash,
    /// The commission that ordered it.
    pub commission: OrganisationCode,
    /// Where it stands.
    pub place: Position,
    /// When it was signed, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// What it says.
    pub order: Order,
    /// Which nodes attested that they obeyed, in the order in which they did.
    pub attested: Vec<Attested>,
}

/// Is one attestation as the book has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attested {
    /// The organisation that runs the node.
    pub organisation: OrganisationCode,
    /// The node.
    pub node: NodeId,
    /// When it was seen to, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
}

/// Is all orders, and what follows from them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct OrderBook {
    orders: BTreeMap<EntryHash, StandingOrder>,
    /// What each commission ordered about each record.
    records: BTreeMap<RecordId, BTreeMap<OrganisationCode, OnRecord>>,
    /// Of which records something is hidden, and what.
    closed: BTreeMap<RecordId, Closed>,
    /// When the newest order of each commission was signed.
    newest: BTreeMap<OrganisationCode, i64>,
    /// Which were lifted.
    lifted: BTreeSet<EntryHash>,
    /// The payloads that were taken in; each holds random bytes of its own.
    stated: BTreeSet<[u8; 32]>,
}

/// Is what one commission ordered about one record. What one closed another one does not open.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct OnRecord {
    /// In the order in which they came.
    orders: Vec<EntryHash>,
    closed: Closed,
}

/// Is what is hidden of a record.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Closed {
    /// Whether all of it is.
    is_blocked: bool,
    /// The versions that are wrong.
    wrong: BTreeSet<EntryHash>,
}

/// Why an entry does not belong into the book of orders.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The payload can't be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The entry is no order and no attestation.
    #[error("no order of the commission and no attestation of one")]
    NotOrder,
    /// There is no such order.
    #[error("there is no such order")]
    NoOrder,
    /// It answers another order than the last one about the record.
    #[error("another order about the record came in between, or none stands that could be answered")]
    Superseded,
    /// It gives itself a time before the order that it answers, or long before the newest one.
    #[error("it is dated back")]
    BackDated,
    /// It gives itself a time that has not come yet.
    #[error("it is dated ahead")]
    Ahead,
    /// The order says nothing new.
    #[error("that stands already")]
    StandsAlready,
}

impl OrderError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Content(error) => error.code(),
            Self::NotOrder => "order-unfit",
            Self::NoOrder => "order-unknown",
            Self::Superseded => "order-superseded",
            Self::BackDated => "order-back-dated",
            Self::Ahead => "order-dated-ahead",
            Self::StandsAlready => "order-stands-already",
        }
    }
}

impl OrderBook {
    /// Takes in an entry that was verified as one of the commission's orders, or as an attestation, where it stands: an order
    /// in a stream of the commission, an attestation in one of the organisation that runs the node, given by that node.
    ///
    /// # Errors
    /// The book is unchanged then.
    pub fn apply(&mut self, entry: &Verified, place: &Position) -> Result<(), OrderError> {
        self.take_in(entry, place, true, |_| true)
    }

    /// Takes in what an order closes, and nothing that it opens or shows: for orders signed with a key that does not count any
    /// more. Whoever has taken a key must not open anything with it, and what was closed stays closed.
    pub fn apply_restricting(&mut self, entry: &Verified, place: &Position) -> Result<(), OrderError> {
        self.take_in(entry, place, false, |act| {
            matches!(act, OrderAct::Block | OrderAct::Correct | OrderAct::Erase | OrderAct::DoNotReEnter)
        })
    }

    fn take_in(
        &mut self,
        entry: &Verified,
        place: &Position,
        is_of_sound_keys: bool,
        counts: impl Fn(OrderAct) -> bool,
    ) -> Result<(), OrderError> {
        let (issuer, at) = (entry.claims().issuer, entry.claims().issued_at);
        if place.stream.organisation != issuer {
            return Err(OrderError::NotOrder);
        }
        let statement: [u8; 32] = Sha256::digest(entry.payload()).into();
        match Content::read(entry)? {
            // A statement counts once: nothing old comes back by replay.
            Content::Order(_) | Content::OrderAttestation(_) if self.stated.contains(&statement) => {}
            Content::Order(order) => {
                self.follows_in_time(issuer, &order, at)?;
                self.may_answer(issuer, &order)?;
                let does_count = counts(order.act);
                self.note(entry.hash(), issuer, &order, does_count);
                self.stated.insert(statement);
                if !does_count {
                    return Err(OrderError::NotOrder);
                }
                if is_of_sound_keys {
                    let newest = self.newest.entry(issuer).or_insert(at);
                    *newest = at.max(*newest);
                }
                let (entry, attested) = (entry.hash(), Vec::new());
                let standing =
                    StandingOrder { entry, commission: issuer, place: *place, at, order, attested };
                self.orders.insert(entry, standing);
            }
            Content::OrderAttestation(attestation) => {
                if attestation.node != place.stream.node {
                    return Err(OrderError::NotOrder);
                }
                let order = self.orders.get_mut(&attestation.order).ok_or(OrderError::NoOrder)?;
                let (node, at) = (attestation.node, attestation.obeyed_at);
                order.attested.push(Attested { organisation: issuer, node, at });
                self.stated.insert(statement);
            }
            // A type of a later version is kept in the stream and changes nothing here.
            Content::Unknown => {}
            _ => return Err(OrderError::NotOrder),
        }
        Ok(())
    }

    /// Notes an order about its record. One that does not count is in the way of no later one that answers it.
    fn note(&mut self, entry: EntryHash, commission: OrganisationCode, order: &Order, does_count: bool) {
        let by_commission = self.records.entry(order.record).or_default();
        let on = by_commission.entry(commission).or_default();
        on.orders.push(entry);
        match order.act {
            _ if !does_count => {}
            OrderAct::Block => on.closed.is_blocked = true,
            OrderAct::Unblock => on.closed = Closed::default(),
            OrderAct::Correct => on.closed.wrong.extend(order.version),
            OrderAct::Lift => self.lifted.extend(order.answers),
            // What is erased is the store's to say. An act of a later version changes nothing here.
            OrderAct::Annotate
            | OrderAct::Erase
            | OrderAct::DoNotReEnter
            | OrderAct::Mark
            | OrderAct::Unlisted(_) => {}
        }
        let mut closed = Closed::default();
        for on in by_commission.values() {
            closed.is_blocked |= on.closed.is_blocked;
            closed.wrong.extend(&on.closed.wrong);
        }
        if closed == Closed::default() {
            self.closed.remove(&order.record);
        } else {
            self.closed.insert(order.record, closed);
        }
    }

    /// Refuses an order that gives itself a time in which other keys counted than when it came: signed long before the newest
    /// order of its commission, or before the one that it answers. Clocks may differ a little. One that was dated ahead with keys
    /// that do not count is answered with the time of the newest order that does: it keeps nobody from opening.
    pub fn follows_in_time(
        &self,
        commission: OrganisationCode,
        order: &Order,
        at: i64,
    ) -> Result<(), OrderError> {
        let newest = self.newest.get(&commission).copied().unwrap_or(i64::MIN);
        let answered = order.answers.and_then(|answers| self.orders.get(&answers));
        let is_late = at < newest.saturating_sub(LONGEST_DRAFT)
            || answered.is_some_and(|one| at < one.at.min(newest).saturating_sub(CLOCKS_DIFFER));
        if is_late { Err(OrderError::BackDated) } else { Ok(()) }
    }

    /// Decides whether a commission may state an order as things stand.
    pub fn may_order(&self, commission: OrganisationCode, order: &Order) -> Result<(), OrderError> {
        self.may_answer(commission, order)?;
        let closed = self.by(commission, order.record).map(|on| &on.closed);
        let stands = match order.act {
            OrderAct::Block => closed.is_some_and(|closed| closed.is_blocked),
            OrderAct::Unblock => closed.is_none_or(|closed| *closed == Closed::default()),
            OrderAct::Correct => order
                .version
                .is_some_and(|version| closed.is_some_and(|closed| closed.wrong.contains(&version))),
            OrderAct::Mark => self
                .marks(order.record)
                .any(|standing| standing.commission == commission && standing.order.mark == order.mark),
            OrderAct::DoNotReEnter => self.standing(order.record).any(|standing| {
                standing.commission == commission && standing.order.described == order.described
            }),
            OrderAct::Annotate | OrderAct::Erase | OrderAct::Lift | OrderAct::Unlisted(_) => false,
        };
        if stands { Err(OrderError::StandsAlready) } else { Ok(()) }
    }

    fn may_answer(&self, commission: OrganisationCode, order: &Order) -> Result<(), OrderError> {
        let may = match order.act {
            OrderAct::Unblock => order.answers == self.last_of(commission, order.record),
            // It answers the very one that it lifts: whatever came in between is not touched.
            OrderAct::Lift => self.standing(order.record).any(|one| {
                one.commission == commission && is_lifted_by_name(one) && order.answers == Some(one.entry)
            }),
            OrderAct::Block
            | OrderAct::Annotate
            | OrderAct::Correct
            | OrderAct::Erase
            | OrderAct::DoNotReEnter
            | OrderAct::Mark
            | OrderAct::Unlisted(_) => true,
        };
        if may { Ok(()) } else { Err(OrderError::Superseded) }
    }

    fn by(&self, commission: OrganisationCode, record: RecordId) -> Option<&OnRecord> {
        self.records.get(&record)?.get(&commission)
    }

    /// The last order of a commission about a record.
    pub fn last_of(&self, commission: OrganisationCode, record: RecordId) -> Option<EntryHash> {
        self.by(commission, record)?.orders.last().copied()
    }

    /// When the newest order of a commission was signed, in seconds since 1970-01-01T00:00:00Z.
    pub fn newest_of(&self, commission: OrganisationCode) -> Option<i64> {
        self.newest.get(&commission).copied()
    }

    /// Tells whether a version of a record is shown to nobody.
    pub fn hides(&self, record: RecordId, version: EntryHash) -> bool {
        self.closed.get(&record).is_some_and(|closed| closed.is_blocked || closed.wrong.contains(&version))
    }

    /// Tells whether some version of a record is hidden.
    pub fn closes(&self, record: RecordId) -> bool {
        self.closed.contains_key(&record)
    }

    /// Tells whether every version of a record is hidden.
    pub fn blocks(&self, record: RecordId) -> bool {
        self.closed.get(&record).is_some_and(|closed| closed.is_blocked)
    }

    /// Tells whether a record was ordered to be erased.
    pub fn erases(&self, record: RecordId) -> bool {
        self.about(record).any(|standing| standing.order.act == OrderAct::Erase)
    }

    /// The records of which some version is hidden, with what.
    pub fn closed(&self) -> &BTreeMap<RecordId, Closed> {
        &self.closed
    }

    /// Tells whether nothing is hidden.
    pub fn hides_nothing(&self) -> bool {
        self.closed.is_empty()
    }

    /// All orders, oldest first.
    pub fn orders(&self) -> Vec<&StandingOrder> {
        let mut all: Vec<_> = self.orders.values().collect();
        all.sort_by_key(|order| (order.at, order.place));
        all
    }

    /// The orders about a record, commission by commission in the order in which they came.
    pub fn about(&self, record: RecordId) -> impl Iterator<Item = &StandingOrder> {
        let by_commission = self.records.get(&record).into_iter().flat_map(BTreeMap::values);
        by_commission.flat_map(|on| &on.orders).filter_map(|order| self.orders.get(order))
    }

    /// The orders about a record that were not lifted.
    fn standing(&self, record: RecordId) -> impl Iterator<Item = &StandingOrder> {
        self.about(record).filter(|standing| !self.lifted.contains(&standing.entry))
    }

    /// Tells whether an order was lifted.
    pub fn is_lifted(&self, order: EntryHash) -> bool {
        self.lifted.contains(&order)
    }

    /// What the commission says that is shown with a record, in the order in which it was said.
    pub fn annotations(&self, record: RecordId) -> impl Iterator<Item = &StandingOrder> {
        self.standing(record).filter(|standing| standing.order.act == OrderAct::Annotate)
    }

    /// The marks of a record, of whoever stated them.
    pub fn marks(&self, record: RecordId) -> impl Iterator<Item = &StandingOrder> {
        self.standing(record).filter(|standing| standing.order.act == OrderAct::Mark)
    }

    /// How many marks an organisation has stated that were not lifted.
    pub fn marks_by(&self, organisation: OrganisationCode) -> usize {
        let by_it = |one: &&StandingOrder| one.order.act == OrderAct::Mark && one.commission == organisation;
        self.orders.values().filter(by_it).filter(|one| !self.lifted.contains(&one.entry)).count()
    }

    /// The orders not to enter somebody again that stand.
    pub fn not_to_re_enter(&self) -> impl Iterator<Item = &StandingOrder> {
        let of_kind = self.orders.values().filter(|one| one.order.act == OrderAct::DoNotReEnter);
        of_kind.filter(|one| !self.lifted.contains(&one.entry))
    }

    /// An order by its entry.
    pub fn order(&self, entry: EntryHash) -> Option<&StandingOrder> {
        self.orders.get(&entry)
    }

    /// Names what is hidden: another name means that other versions are.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new_with_prefix(b"barid/closed-by-order/v1\0");
        for (record, closed) in &self.closed {
            hasher.update(record.0);
            hasher.update([u8::from(closed.is_blocked)]);
            hasher.update((closed.wrong.len() as u64).to_be_bytes());
            closed.wrong.iter().for_each(|version| hasher.update(version.0));
        }
        hasher.finalize().into()
    }
}

/// Tells whether an order is lifted by name. What is closed is opened by unblocking, which answers the last order.
fn is_lifted_by_name(standing: &StandingOrder) -> bool {
    match standing.order.act {
        OrderAct::Annotate | OrderAct::DoNotReEnter | OrderAct::Mark => true,
        OrderAct::Block
        | OrderAct::Unblock
        | OrderAct::Correct
        | OrderAct::Erase
        | OrderAct::Lift
        | OrderAct::Unlisted(_) => false,
    }
}

/// Names everything that keeps entries that are there from counting: keys in other hands and orders.
pub fn digest_of_exclusions(compromised: &Compromises, orders: &OrderBook) -> [u8; 32] {
    Sha256::new().chain_update(compromised.digest()).chain_update(orders.digest()).finalize().into()
}

#[cfg(test)]
mod tests;
