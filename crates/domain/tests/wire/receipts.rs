//! Receipts (RFC 9942): which bytes hold for ever, and which hold for nothing.

use barid_domain::entries::Unverified;
use barid_domain::ids::{EntryHash, NodeId};
use barid_domain::keys::Signer as _;
use barid_domain::receipts::{
    Inclusion, RECEIPT_BYTES_CAP, Receipt, ReceiptClaims, ReceiptError, sign_receipt,
};
use barid_domain::registry::KeyUsage;
use barid_domain::streams::{StreamClass, StreamId};
use barid_ledger::{MerkleTree, leaf_hash};
use coset::cbor::Value;
use serde_json::json;

use crate::description::Description;
use crate::fixtures::{hex, keep};
use crate::samples::{FOUNDED, Keys, org, p256_signer, sample, signer};

/// The entries that stand in the ledger, in this order: others that come to the samples change no receipt.
const LEAVES: [&str; 9] = [
    "genesis",
    "organisation",
    "key-add",
    "person",
    "person-bare",
    "travel-document",
    "withdrawal",
    "object",
    "link",
];

/// Some entries as the leaves of one ledger.
fn tree() -> (Vec<(EntryHash, String)>, MerkleTree) {
    let leaves: Vec<_> = LEAVES
        .iter()
        .map(|name| {
            let entry = Unverified::parse(&sample(name).seal()).unwrap();
            (entry.hash(), entry.claims().subject.clone())
        })
        .collect();
    let tree = MerkleTree::from_leaves(leaves.iter().map(|(hash, _)| leaf_hash(&hash.0))).unwrap();
    (leaves, tree)
}

fn stream() -> StreamId {
    let node = NodeId::from_random([4; 16]);
    StreamId { organisation: org("XA"), class: StreamClass::Persons, node, incarnation: 1 }
}

fn receipt_of(index: u64, size: u64) -> (Vec<u8>, EntryHash, String) {
    let (leaves, tree) = tree();
    let (hash, subject) = leaves[usize::try_from(index).unwrap()].clone();
    let path = tree.inclusion_proof(index, size).unwrap();
    let claims = ReceiptClaims { stream: stream(), subject: subject.clone(), issued_at: FOUNDED + 60 };
    let inclusion = Inclusion { tree_size: size, leaf_index: index, path };
    (sign_receipt(&claims, hash, &inclusion, &signer("ledger")).unwrap(), hash, subject)
}

/// A key that signs ledgers, and nothing else that is believed.
fn keys(what: &str) -> Keys {
    let mut keys = Keys::of([(org("XA"), signer(what).public_key())]);
    keys.0.values_mut().for_each(|key| key.usage = KeyUsage::Checkpoints);
    keys
}

fn places() -> Vec<(u64, u64)> {
    let size = LEAVES.len() as u64;
    vec![(0, 1), (0, 2), (1, 3), (4, 7), (6, 7), (3, size), (size - 1, size)]
}

#[test]
fn receipts_are_the_recorded_ones_and_hold() {
    let mut kept = Vec::new();
    for (index, size) in places() {
        let (bytes, hash, subject) = receipt_of(index, size);
        let verified = Receipt::parse(&bytes).unwrap().verify(hash, &subject, &keys("ledger")).unwrap();
        assert_eq!((verified.tree_size(), verified.position().seq), (size, index + 1));
        assert_eq!(*verified.root(), tree().1.root_at(size).unwrap());
        kept.push(json!({"receipt_hex": hex(&bytes), "leaf_hex": hash.to_string(), "subject": subject,
            "leaf_index": index, "tree_size": size, "root_hex": verified.root().to_string()}));
    }
    let key = signer("ledger").public_key().to_bytes();
    let vectors = json!({
        "note": "leaf_hex is the SHA-256 of the entry, the input of the leaf's hash; the payload that is signed and not carried is root_hex",
        "public_key_hex": hex(&key),
        "receipts": kept,
    });
    keep("receipts.json", &format!("{}\n", serde_json::to_string_pretty(&vectors).unwrap()));
}

#[test]
fn a_receipt_holds_for_its_entry_in_its_place_under_its_key_alone() {
    let (bytes, hash, subject) = receipt_of(4, 7);
    let verify = |bytes: &[u8], hash, subject: &str, keys: &Keys| {
        Receipt::parse(bytes).and_then(|receipt| receipt.verify(hash, subject, keys)).map(|_| ()).unwrap_err()
    };
    let other = tree().0[5].0;
    assert_eq!(verify(&bytes, other, &subject, &keys("ledger")), ReceiptError::BadSignature);
    assert_eq!(verify(&bytes, hash, "другое", &keys("ledger")), ReceiptError::Malformed("subject"));
    assert_eq!(verify(&bytes, hash, &subject, &keys("another")), ReceiptError::UnknownKey);
    // A key that signs entries signs no ledger; one that began later did not sign then.
    let entries_key = Keys::of([(org("XA"), signer("ledger").public_key())]);
    assert_eq!(verify(&bytes, hash, &subject, &entries_key), ReceiptError::UnknownKey);
    let mut later = keys("ledger");
    later.0.values_mut().for_each(|key| key.not_before = FOUNDED + 61);
    assert_eq!(verify(&bytes, hash, &subject, &later), ReceiptError::KeyNotValid);
    // Whatever bit is turned, it is another receipt or none.
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut altered = bytes.clone();
            altered[at] ^= bit;
            let holds = Receipt::parse(&altered)
                .and_then(|receipt| receipt.verify(hash, &subject, &keys("ledger")))
                .is_ok();
            assert!(!holds, "byte {at}");
        }
    }
    for length in 0..bytes.len() {
        assert!(Receipt::parse(&bytes[..length]).is_err(), "cut to {length} bytes");
    }
    let padded = [bytes.clone(), vec![0; RECEIPT_BYTES_CAP]].concat();
    assert!(matches!(Receipt::parse(&padded), Err(ReceiptError::TooLarge)));
}

#[test]
fn a_receipt_of_the_second_algorithm_holds_under_its_key_and_says_which_it_is() {
    let signer = p256_signer("ledger");
    let (hash, subject) = tree().0[4].clone();
    let path = tree().1.inclusion_proof(4, 7).unwrap();
    let claims = ReceiptClaims { stream: stream(), subject: subject.clone(), issued_at: FOUNDED + 60 };
    let inclusion = Inclusion { tree_size: 7, leaf_index: 4, path };
    let bytes = sign_receipt(&claims, hash, &inclusion, &signer).unwrap();
    let mut keys = Keys::of([(org("XA"), signer.public_key())]);
    keys.0.values_mut().for_each(|key| key.usage = KeyUsage::Checkpoints);
    let verify = |bytes: &[u8], keys: &Keys| {
        Receipt::parse(bytes).and_then(|receipt| receipt.verify(hash, &subject, keys)).map(|_| ())
    };
    assert_eq!(verify(&bytes, &keys), Ok(()));
    // The header names one algorithm and the key is of the other: whatever the signature, it is none.
    let Value::Tag(_, body) = ciborium_of(&bytes) else { panic!("no tag") };
    let Some([Value::Bytes(protected), ..]) = body.as_array().map(Vec::as_slice) else { panic!("no header") };
    let place = protected.windows(2).position(|two| two == [0x01, 0x26]).unwrap();
    let other = changed(&bytes, |parts| {
        let mut protected = protected.clone();
        protected[place + 1] = 0x27;
        parts[0] = Value::from(protected);
    });
    assert_eq!(verify(&other, &keys), Err(ReceiptError::BadSignature));
}

/// Takes a receipt apart, changes something and puts it together again.
fn changed(bytes: &[u8], change: impl Fn(&mut Vec<Value>)) -> Vec<u8> {
    let Value::Tag(tag, body) = ciborium_of(bytes) else { panic!("no tag") };
    let Value::Array(mut parts) = *body else { panic!("no array") };
    change(&mut parts);
    coset::CborSerializable::to_vec(Value::Tag(tag, Box::new(Value::Array(parts)))).unwrap()
}

fn ciborium_of(bytes: &[u8]) -> Value {
    coset::CborSerializable::from_slice(bytes).unwrap()
}

#[test]
fn what_a_receipt_may_not_say_is_refused_by_name() {
    let (bytes, hash, subject) = receipt_of(4, 7);
    let refused = |change: &dyn Fn(&mut Vec<Value>)| {
        Receipt::parse(&changed(&bytes, change))
            .and_then(|receipt| receipt.verify(hash, &subject, &keys("ledger")))
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    // An attached payload ties nothing to the entry; an entry's bytes are no receipt.
    assert_eq!(refused(&|parts| parts[2] = Value::from(vec![0; 32])), "not a receipt: payload");
    let entry = sample("person").seal();
    assert!(matches!(Receipt::parse(&entry), Err(ReceiptError::Malformed("payload"))));
    assert!(refused(&|parts| parts[1] = Value::Map(Vec::new())).contains("unprotected header"));
    let proof = |proofs: Vec<Value>| {
        Value::Map(vec![(Value::from(396), Value::Map(vec![(Value::from(-1), Value::Array(proofs))]))])
    };
    let written = |size: u64, index: u64, path: usize| {
        let path = (0..path).map(|_| Value::from(vec![7; 32])).collect();
        let value = Value::Array(vec![Value::from(size), Value::from(index), Value::Array(path)]);
        Value::from(coset::CborSerializable::to_vec(value).unwrap())
    };
    for proofs in [
        vec![],
        vec![written(7, 4, 3), written(7, 4, 3)],
        vec![Value::from(7)],
        vec![written(u64::MAX, 4, 3)],
        vec![written(7, 4, 65)],
    ] {
        let said = refused(&|parts| parts[1] = proof(proofs.clone()));
        assert!(said.starts_with("not a receipt"), "{said}");
    }
    for (size, index, path) in [(7, 7, 3), (7, 4, 2), (7, 4, 4)] {
        let said = refused(&|parts| parts[1] = proof(vec![written(size, index, path)]));
        assert!(said.starts_with("inclusion proof"), "{said}");
    }
    assert!(refused(&|parts| parts[1] = proof(vec![written(7, 4, 3)])).contains("does not hold"));
    // Nothing that could not be read again is signed.
    let inclusion = Inclusion { tree_size: 1, leaf_index: 0, path: Vec::new() };
    for wrong in [String::new(), "ы".repeat(101)] {
        let claims = ReceiptClaims { stream: stream(), subject: wrong, issued_at: FOUNDED };
        assert!(sign_receipt(&claims, hash, &inclusion, &signer("ledger")).is_err());
    }
    let claims = ReceiptClaims { stream: stream(), subject, issued_at: FOUNDED };
    let wrong = Inclusion { leaf_index: 1, ..inclusion };
    assert!(matches!(sign_receipt(&claims, hash, &wrong, &signer("ledger")), Err(ReceiptError::Proof(_))));
}

#[test]
fn the_description_allows_receipts_and_nothing_that_is_spoilt() {
    let description = Description::read();
    for (index, size) in places() {
        let (bytes, _, _) = receipt_of(index, size);
        let Value::Tag(18, body) = ciborium_of(&bytes) else { panic!("no COSE_Sign1") };
        assert!(description.allows("receipt-body", &body), "{index} of {size}");
        let Value::Array(parts) = *body else { panic!("no array") };
        for spoilt in 0..parts.len() {
            let mut parts = parts.clone();
            parts[spoilt] = Value::from("нет");
            assert!(!description.allows("receipt-body", &Value::Array(parts)), "part {spoilt}");
        }
    }
}
