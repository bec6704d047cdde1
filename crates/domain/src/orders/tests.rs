//! What orders come to: who must sign them, what they close, and what opens again.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::contents::{EntryType, encode, record_subject};
use crate::entries::{Claims, KeyLookup, RegisteredKey, SealError, Unverified, seal};
use crate::ids::KeyId;
use crate::keys::{Ed25519Signer, Signer};
use crate::registry::KeyUsage;
use crate::streams::{StreamClass, StreamId};

struct Keys(BTreeMap<KeyId, RegisteredKey>);

impl KeyLookup for Keys {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        self.0.get(id).copied()
    }
}

fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn member(number: u8) -> Ed25519Signer {
    Ed25519Signer::from_secret(&[number; 32])
}

/// Three members of the commission, and a bureau with the key of number 9.
fn keys() -> Keys {
    let registered = |number: u8, code: &str| {
        let key = member(number).public_key();
        let usage = KeyUsage::Entries;
        (key.id(), RegisteredKey { organisation: org(code), key, not_before: 0, not_after: None, usage })
    };
    Keys(BTreeMap::from([
        registered(1, "CCF"),
        registered(2, "CCF"),
        registered(3, "CCF"),
        registered(9, "XA"),
    ]))
}

fn record() -> RecordId {
    RecordId::from_random([5; 16])
}

fn version(number: u8) -> EntryHash {
    EntryHash([number; 32])
}

fn order(act: OrderAct, salt: u8) -> Order {
    Order {
        salt: [salt; 32],
        record: record(),
        database: Database::Persons,
        act,
        version: matches!(act, OrderAct::Correct | OrderAct::Erase).then(|| version(1)),
        answers: None,
        texts: vec![LocalText { language: "fa".into(), text: "در دست بررسی".into() }],
        owner: org("XA"),
        described: None,
        mark: None,
        consent: None,
    }
}

fn sealed(issuer: &str, order: &Order, signers: &[u8]) -> Unverified {
    sealed_at(issuer, order, signers, 1_000)
}

fn sealed_at(issuer: &str, order: &Order, signers: &[u8], issued_at: i64) -> Unverified {
    let claims = Claims {
        entry_type: EntryType::Order,
        issuer: org(issuer),
        subject: record_subject(order.record),
        issued_at,
    };
    let signers: Vec<Ed25519Signer> = signers.iter().map(|number| member(*number)).collect();
    let signers: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    Unverified::parse(&seal(&claims, encode(order), &signers).unwrap()).unwrap()
}

fn place(organisation: &str) -> Position {
    let stream = StreamId {
        organisation: org(organisation),
        class: StreamClass::Orders,
        node: NodeId::from_random([8; 16]),
        incarnation: 1,
    };
    Position { stream, seq: 1 }
}

/// An order that two of three members signed.
fn verified(order: &Order) -> Verified {
    sealed("CCF", order, &[1, 3]).verify_keys(&keys(), None, 2).unwrap()
}

fn apply(book: &mut OrderBook, order: &Order) -> Result<EntryHash, OrderError> {
    let entry = verified(order);
    book.apply(&entry, &place("CCF")).map(|()| entry.hash())
}

#[test]
fn as_many_keys_as_needed_must_sign_each_once_and_no_other() {
    let block = order(OrderAct::Block, 1);
    let check = |signers: &[u8], needed| {
        sealed("CCF", &block, signers)
            .verify_keys(&keys(), None, needed)
            .map(|entry| entry.signers().to_vec())
    };
    assert_eq!(check(&[1, 2], 2), Ok(vec![org("CCF")]));
    assert_eq!(check(&[1, 2, 3], 2), Ok(vec![org("CCF")]));
    assert_eq!(check(&[1], 2), Err(SealError::TooFewSignatures), "no member orders alone");
    assert_eq!(check(&[1, 1], 2), Err(SealError::TooFewSignatures), "nor twice");
    assert_eq!(check(&[1, 9], 2), Err(SealError::UnknownKey), "nor with somebody else");
    assert_eq!(check(&[1, 4], 2), Err(SealError::UnknownKey));
    assert_eq!(check(&[1, 2], 0), Err(SealError::TooFewSignatures));
    let of_bureau = sealed("XA", &block, &[1, 2]).verify_keys(&keys(), None, 2);
    assert_eq!(of_bureau.map(|_| ()), Err(SealError::UnknownKey));
}

#[test]
fn an_order_counts_in_a_stream_of_who_signed_it_alone() {
    let (block, mut book) = (verified(&order(OrderAct::Block, 1)), OrderBook::default());
    assert_eq!(book.apply(&block, &place("XA")), Err(OrderError::NotOrder));
    assert_eq!(book, OrderBook::default());
    book.apply(&block, &place("CCF")).unwrap();
    assert!(book.hides(record(), version(7)));
}

#[test]
fn what_is_closed_is_opened_by_who_answers_the_last_order_and_by_no_replay() {
    let mut book = OrderBook::default();
    let block = order(OrderAct::Block, 1);
    let first = apply(&mut book, &block).unwrap();
    let early = Order { answers: Some(first), ..order(OrderAct::Unblock, 2) };
    // Signed before another order came in between, and stored behind it.
    let second = apply(&mut book, &order(OrderAct::Correct, 3)).unwrap();
    assert_eq!(apply(&mut book, &early), Err(OrderError::Superseded));
    let unblock = Order { answers: Some(second), ..order(OrderAct::Unblock, 4) };
    apply(&mut book, &unblock).unwrap();
    assert!(!book.hides(record(), version(1)) && book.hides_nothing());
    apply(&mut book, &block).unwrap();
    assert!(book.hides_nothing(), "what was stated once counts once");
    assert_eq!(apply(&mut book, &unblock).map(|_| book.about(record()).count()), Ok(3));
    apply(&mut book, &order(OrderAct::Block, 5)).unwrap();
    assert!(book.hides(record(), version(1)));
}

#[test]
fn a_correction_hides_one_version_and_a_later_one_is_shown() {
    let mut book = OrderBook::default();
    apply(&mut book, &order(OrderAct::Correct, 1)).unwrap();
    assert!(book.hides(record(), version(1)) && !book.hides(record(), version(2)));
    assert_eq!(book.may_order(org("CCF"), &order(OrderAct::Correct, 2)), Err(OrderError::StandsAlready));
    let later = Order { version: Some(version(2)), ..order(OrderAct::Correct, 2) };
    assert_eq!(book.may_order(org("CCF"), &later), Ok(()));
    assert_eq!(book.may_order(org("CCF"), &order(OrderAct::Unblock, 3)), Err(OrderError::Superseded));
}

#[test]
fn under_a_key_that_counts_no_more_what_was_closed_stays_and_nothing_is_opened_or_said() {
    let mut book = OrderBook::default();
    let first = apply(&mut book, &order(OrderAct::Block, 1)).unwrap();
    let restricting =
        |book: &mut OrderBook, order: &Order| book.apply_restricting(&verified(order), &place("CCF"));
    let unblock = Order { answers: Some(first), ..order(OrderAct::Unblock, 2) };
    assert_eq!(restricting(&mut book, &unblock), Err(OrderError::NotOrder));
    let said = verified(&order(OrderAct::Annotate, 3));
    assert_eq!(book.apply_restricting(&said, &place("CCF")), Err(OrderError::NotOrder));
    assert!(book.hides(record(), version(2)) && book.annotations(record()).next().is_none());
    // What answered the annotation before it was known to be void stands all the same.
    let sound = Order { answers: Some(said.hash()), ..order(OrderAct::Unblock, 5) };
    apply(&mut book, &sound).unwrap();
    assert!(book.hides_nothing());
    let mut other = OrderBook::default();
    assert_eq!(restricting(&mut other, &order(OrderAct::Correct, 4)), Ok(()));
    assert!(other.hides(record(), version(1)));
}

#[test]
fn an_order_says_why_and_names_what_it_must() {
    let faults = |order: &Order| {
        let mut faults = Faults::default();
        order.check(&mut faults);
        let found = faults.into_result().err().unwrap_or_default();
        found.into_iter().map(|fault| fault.place).collect::<Vec<_>>()
    };
    for act in [OrderAct::Block, OrderAct::Annotate, OrderAct::Correct, OrderAct::Erase] {
        assert_eq!(faults(&order(act, 1)), Vec::<String>::new(), "{act}");
    }
    assert_eq!(faults(&order(OrderAct::Unblock, 1)), ["answers"]);
    assert_eq!(faults(&Order { version: Some(version(1)), ..order(OrderAct::Block, 1) }), ["version"]);
    assert_eq!(faults(&Order { version: None, ..order(OrderAct::Erase, 1) }), ["version"]);
    assert_eq!(faults(&Order { texts: vec![], ..order(OrderAct::Block, 1) }), ["texts"]);
    assert_eq!(faults(&order(OrderAct::Unlisted(40), 1)), ["act"]);
}

#[test]
fn an_order_is_dated_behind_what_it_answers_and_not_long_before_the_newest() {
    let mut book = OrderBook::default();
    let dated = |book: &mut OrderBook, order: &Order, at: i64| {
        let entry = sealed_at("CCF", order, &[1, 2], at).verify_keys(&keys(), None, 2).unwrap();
        book.apply(&entry, &place("CCF")).map(|()| entry.hash())
    };
    let newest = 10 * LONGEST_DRAFT;
    let blocked = dated(&mut book, &order(OrderAct::Block, 1), newest).unwrap();
    let unblock = Order { answers: Some(blocked), ..order(OrderAct::Unblock, 2) };
    assert_eq!(dated(&mut book, &unblock, newest - CLOCKS_DIFFER - 1), Err(OrderError::BackDated));
    let late = order(OrderAct::Block, 3);
    assert_eq!(dated(&mut book, &late, newest - LONGEST_DRAFT - 1), Err(OrderError::BackDated));
    assert!(dated(&mut book, &late, newest - LONGEST_DRAFT).is_ok(), "a draft that waited");
    let unblock = Order { answers: book.last_of(org("CCF"), record()), ..unblock };
    assert!(dated(&mut book, &unblock, newest).is_ok());
    assert!(book.hides_nothing());
    // One that does not count, or counts by what it closes alone, puts no later one into the past.
    let ahead = sealed_at("CCF", &order(OrderAct::Block, 9), &[1, 2], 100 * newest);
    let ahead = ahead.verify_keys(&keys(), None, 2).unwrap();
    book.apply_restricting(&ahead, &place("CCF")).unwrap();
    assert_eq!(book.newest_of(org("CCF")), Some(newest));
    assert!(dated(&mut book, &order(OrderAct::Annotate, 10), newest).is_ok());
    // Nor is what it closed closed until then; and no time is so early that it can't be compared.
    let answers = book.last_of(org("CCF"), record());
    dated(&mut book, &Order { answers, ..order(OrderAct::Unblock, 11) }, newest).unwrap();
    assert!(book.hides_nothing());
    assert_eq!(
        book.follows_in_time(org("CCF"), &order(OrderAct::Block, 12), i64::MIN),
        Err(OrderError::BackDated)
    );
    assert_eq!(
        OrderBook::default().follows_in_time(org("CCF"), &order(OrderAct::Block, 12), i64::MIN),
        Ok(())
    );
}

#[test]
fn what_one_commission_closed_another_one_does_not_open() {
    let mut book = OrderBook::default();
    let first = apply(&mut book, &order(OrderAct::Block, 1)).unwrap();
    let unblock = Order { answers: Some(first), ..order(OrderAct::Unblock, 2) };
    let other = sealed("XA", &unblock, &[9]).verify_keys(&keys(), None, 1).unwrap();
    assert_eq!(book.apply(&other, &place("XA")), Err(OrderError::Superseded));
    let block = sealed("XA", &order(OrderAct::Block, 3), &[9]).verify_keys(&keys(), None, 1).unwrap();
    book.apply(&block, &place("XA")).unwrap();
    apply(&mut book, &unblock).unwrap();
    assert!(book.hides(record(), version(1)), "the other one's stands");
}

fn acts() -> impl Strategy<Value = Vec<(OrderAct, u8)>> {
    let act = prop_oneof![
        Just(OrderAct::Block),
        Just(OrderAct::Unblock),
        Just(OrderAct::Annotate),
        Just(OrderAct::Correct)
    ];
    prop::collection::vec((act, 1..4u8), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is ordered in whatever order: a version is hidden exactly where it was closed since the last unblocking, and
    /// the digest tells two states apart exactly where they hide other things.
    #[test]
    fn the_book_is_what_its_orders_say(acts in acts()) {
        let (mut book, mut blocked, mut wrong) = (OrderBook::default(), false, BTreeSet::new());
        for (i, (act, named)) in acts.into_iter().enumerate() {
            let mut next = order(act, i as u8 + 1);
            if act == OrderAct::Correct {
                next.version = Some(version(named));
            }
            if act == OrderAct::Unblock {
                next.answers = book.last_of(org("CCF"), record());
            }
            let before = (book.digest(), blocked, wrong.clone());
            if apply(&mut book, &next).is_ok() {
                match act {
                    OrderAct::Block => blocked = true,
                    OrderAct::Unblock => {
                        blocked = false;
                        wrong.clear();
                    }
                    OrderAct::Correct => drop(wrong.insert(version(named))),
                    _ => {}
                }
            }
            for one in 1..4 {
                prop_assert_eq!(book.hides(record(), version(one)), blocked || wrong.contains(&version(one)));
            }
            prop_assert_eq!(book.hides_nothing(), !blocked && wrong.is_empty());
            let is_same = before.1 == blocked && before.2 == wrong;
            prop_assert_eq!(before.0 == book.digest(), is_same);
        }
    }
}
