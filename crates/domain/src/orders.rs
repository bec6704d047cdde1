//! Orders of the commission about single records, obeyed by every node over the record's owner.
//!
//! An order is an entry of the commission that more than half of its keys signed: each member of the commission keeps one, and
//! no member orders alone. Blocking hides a record from everybody until it is unblocked; ordering a correction hides the
//! version that is wrong, until its owner states another one; an annotation is shown with the record to whomever it is shown;
//! erasing destroys the content. What closes counts whenever it comes; what opens again answers the last order about the
//! record and no other, so that nothing is opened by an order that was signed before it was closed.
//!
//! A node attests in its own stream that it obeyed. Compare the Rules on the Control of Information of INTERPOL's commission
//! (articles 39 and 41 of its statute): its decisions bind, and the General Secretariat reports that they are implemented.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::agreements::check_texts;
use crate::codes::{CodeList, Database, code_list};
use crate::contents::{Content, ContentError};
use crate::entries::Verified;
use crate::faults::{FaultCode, Faults};
use crate::ids::{EntryHash, NodeId, OrganisationCode, RecordId};
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
    }
);

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
    /// Of an unblocking: the last order about the record, which it answers.
    #[n(5)]
    pub answers: Option<EntryHash>,
    /// Why, in the languages of the commission; of an annotation what is shown.
    #[n(6)]
    pub texts: Vec<LocalText>,
}

impl Order {
    /// Checks what an order must be, whatever stands.
    pub fn check(&self, faults: &mut Faults) {
        faults.require(listed(self.act), "act", FaultCode::UnknownCode);
        check_texts("texts", &self.texts, SHORT_CAP, faults);
        let names_version = matches!(self.act, OrderAct::Correct | OrderAct::Erase);
        faults.require(names_version == self.version.is_some(), "version", FaultCode::Missing);
        let answers = self.act == OrderAct::Unblock;
        faults.require(answers == self.answers.is_some(), "answers", FaultCode::Missing);
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
    /// What stands about each record, in the order in which it came.
    records: BTreeMap<RecordId, OnRecord>,
    /// Those of them of which something is hidden.
    closed: BTreeSet<RecordId>,
    /// The payloads that were taken in; each holds random bytes of its own.
    stated: BTreeSet<[u8; 32]>,
}

/// Is what stands about one record.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct OnRecord {
    orders: Vec<EntryHash>,
    is_blocked: bool,
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
        self.take_in(entry, place, |_| true)
    }

    /// Takes in what an order closes, and nothing that it opens or shows: for orders signed with a key that does not count any
    /// more. Whoever has taken a key must not open anything with it, and what was closed stays closed.
    pub fn apply_restricting(&mut self, entry: &Verified, place: &Position) -> Result<(), OrderError> {
        self.take_in(entry, place, |act| matches!(act, OrderAct::Block | OrderAct::Correct | OrderAct::Erase))
    }

    fn take_in(
        &mut self,
        entry: &Verified,
        place: &Position,
        counts: impl Fn(OrderAct) -> bool,
    ) -> Result<(), OrderError> {
        if place.stream.organisation != entry.claims().issuer {
            return Err(OrderError::NotOrder);
        }
        let (hash, issuer, at) = (entry.hash(), entry.claims().issuer, entry.claims().issued_at);
        let statement: [u8; 32] = Sha256::digest(entry.payload()).into();
        match Content::read(entry)? {
            // A statement counts once: nothing old comes back by replay.
            Content::Order(_) | Content::OrderAttestation(_) if self.stated.contains(&statement) => {}
            Content::Order(order) => {
                if !counts(order.act) {
                    return Err(OrderError::NotOrder);
                }
                self.may_answer(&order)?;
                let on = self.records.entry(order.record).or_default();
                on.orders.push(hash);
                match order.act {
                    OrderAct::Block => on.is_blocked = true,
                    OrderAct::Unblock => {
                        on.is_blocked = false;
                        on.wrong.clear();
                    }
                    OrderAct::Correct => on.wrong.extend(order.version),
                    // What is erased is the store's to say. An act of a later version changes nothing here.
                    OrderAct::Annotate | OrderAct::Erase | OrderAct::Unlisted(_) => {}
                }
                if on.is_blocked || !on.wrong.is_empty() {
                    self.closed.insert(order.record);
                } else {
                    self.closed.remove(&order.record);
                }
                let standing = StandingOrder {
                    entry: hash,
                    commission: issuer,
                    place: *place,
                    at,
                    order,
                    attested: Vec::new(),
                };
                self.orders.insert(hash, standing);
                self.stated.insert(statement);
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

    /// Decides whether an order may be stated as things stand.
    pub fn may_order(&self, order: &Order) -> Result<(), OrderError> {
        self.may_answer(order)?;
        let stands = match order.act {
            OrderAct::Block => self.is_blocked(order.record),
            OrderAct::Unblock => !self.closed.contains(&order.record),
            OrderAct::Correct => order.version.is_some_and(|version| self.is_wrong(order.record, version)),
            OrderAct::Annotate | OrderAct::Erase | OrderAct::Unlisted(_) => false,
        };
        if stands { Err(OrderError::StandsAlready) } else { Ok(()) }
    }

    fn may_answer(&self, order: &Order) -> Result<(), OrderError> {
        let is_last = order.act != OrderAct::Unblock || order.answers == self.last_about(order.record);
        if is_last { Ok(()) } else { Err(OrderError::Superseded) }
    }

    /// The last order about a record.
    pub fn last_about(&self, record: RecordId) -> Option<EntryHash> {
        self.records.get(&record)?.orders.last().copied()
    }

    /// Tells whether a version of a record is shown to nobody.
    pub fn hides(&self, record: RecordId, version: EntryHash) -> bool {
        self.is_blocked(record) || self.is_wrong(record, version)
    }

    fn is_blocked(&self, record: RecordId) -> bool {
        self.records.get(&record).is_some_and(|on| on.is_blocked)
    }

    fn is_wrong(&self, record: RecordId, version: EntryHash) -> bool {
        self.records.get(&record).is_some_and(|on| on.wrong.contains(&version))
    }

    /// The records of which some version is hidden.
    pub fn closed(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.closed.iter().copied()
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

    /// The orders about a record, in the order in which they came.
    pub fn about(&self, record: RecordId) -> impl Iterator<Item = &StandingOrder> {
        let on = self.records.get(&record).into_iter().flat_map(|on| &on.orders);
        on.filter_map(|order| self.orders.get(order))
    }

    /// What the commission says that is shown with a record, in the order in which it was said.
    pub fn annotations(&self, record: RecordId) -> impl Iterator<Item = &StandingOrder> {
        self.about(record).filter(|standing| standing.order.act == OrderAct::Annotate)
    }

    /// Names what is hidden: another name means that other versions are.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new_with_prefix(b"barid/closed-by-order/v1\0");
        for (record, on) in self.records.iter().filter(|(record, _)| self.closed.contains(record)) {
            hasher.update(record.0);
            hasher.update([u8::from(on.is_blocked)]);
            hasher.update((on.wrong.len() as u64).to_be_bytes());
            on.wrong.iter().for_each(|version| hasher.update(version.0));
        }
        hasher.finalize().into()
    }
}

/// Names everything that keeps entries that are there from counting: keys in other hands and orders.
pub fn digest_of_exclusions(compromised: &Compromises, orders: &OrderBook) -> [u8; 32] {
    Sha256::new().chain_update(compromised.digest()).chain_update(orders.digest()).finalize().into()
}

#[cfg(test)]
mod tests;
