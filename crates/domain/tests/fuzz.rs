//! Fuzz targets of the domain's readers: nothing makes them panic, nothing altered verifies.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_domain::audit::JournalLine;
use barid_domain::batches::read_item;
use barid_domain::canonical;
use barid_domain::dates::DateInterval;
use barid_domain::entries::{KeyLookup, RegisteredKey, Unverified};
use barid_domain::epochs::{EpochItem, EpochLeaf, EpochLog};
use barid_domain::ids::{EntryHash, KeyId, OrganisationCode};
use barid_domain::keys::PublicKey;
use barid_domain::receipts::Receipt;
use barid_domain::registry::{KeyUsage, Registry};
use barid_domain::streams::StreamId;
use barid_domain::text;
use barid_domain::travel_documents::DocumentNumber;
use barid_domain::typed_births::AskedBirth;

/// The checked-in entries of wire version 1, as bytes.
fn entries() -> Vec<Vec<u8>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/v1");
    let mut entries: Vec<Vec<u8>> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hex"))
        .map(|path| unhex(std::fs::read_to_string(path).unwrap().trim()))
        .collect();
    entries.sort();
    assert!(entries.len() >= 8, "one entry of every type");
    entries
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

struct NoKeys;

impl KeyLookup for NoKeys {
    fn key(&self, _: &KeyId) -> Option<RegisteredKey> {
        None
    }
}

#[test]
fn fuzz_entry() {
    let entries = entries();
    let seeds: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    fuzz::run("entry", &seeds, |bytes| {
        if let Ok(entry) = Unverified::parse(bytes) {
            let _ = barid_domain::contents::Content::of_stored(&entry);
            assert!(entry.verify(&NoKeys).is_err());
        }
    });
}

#[test]
fn fuzz_receipt() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/v1");
    let kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(format!("{directory}/receipts.json")).unwrap()).unwrap();
    let receipts = kept["receipts"].as_array().unwrap();
    let seeds: Vec<Vec<u8>> =
        receipts.iter().map(|receipt| unhex(receipt["receipt_hex"].as_str().unwrap())).collect();
    let entry = &receipts[0];
    let hash: EntryHash = entry["leaf_hex"].as_str().unwrap().parse().unwrap();
    let mut key = [0; 32];
    key.copy_from_slice(&unhex(kept["public_key_hex"].as_str().unwrap()));
    let keys = LedgerKey(PublicKey::ed25519(key).unwrap());
    let subject = entry["subject"].as_str().unwrap();
    Receipt::parse(&seeds[0]).unwrap().verify(hash, subject, &keys).unwrap();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    fuzz::run("receipt", &seeds, |bytes| {
        let Ok(receipt) = Receipt::parse(bytes) else { return };
        let holds = receipt.verify(hash, subject, &keys).is_ok();
        // Receipts of the same entry in ledgers of other sizes hold, too.
        assert!(!holds || seeds.contains(&bytes), "an altered receipt holds");
    });
}

/// Believes one key, as one that signs a ledger.
struct LedgerKey(PublicKey);

impl KeyLookup for LedgerKey {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        (self.0.id() == *id).then(|| RegisteredKey {
            organisation: OrganisationCode::new("XA").unwrap(),
            key: self.0,
            not_before: i64::MIN,
            not_after: None,
            usage: KeyUsage::Checkpoints,
        })
    }
}

#[test]
fn fuzz_genesis() {
    let entries = entries();
    let seeds: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    fuzz::run("genesis", &seeds, |bytes| {
        let is_seed = entries.iter().any(|entry| entry == bytes);
        assert!(is_seed || Registry::found(bytes, None).is_err(), "an altered genesis founds nothing");
    });
}

#[test]
fn fuzz_canonical_and_payloads() {
    let entries = entries();
    let payloads: Vec<Vec<u8>> =
        entries.iter().map(|entry| Unverified::parse(entry).unwrap().payload().to_vec()).collect();
    let leaf = EpochLeaf { version: 1, at: 3_600, root: [1; 32] }.to_bytes();
    let item =
        EpochItem { salt: [1; 32], stream: "barid.v1/XA".to_owned(), size: 7, root: [2; 32] }.to_bytes();
    let seeds: Vec<&[u8]> = payloads.iter().chain([&leaf, &item]).map(Vec::as_slice).collect();
    fuzz::run("payload", &seeds, |bytes| {
        let _ = canonical::check(bytes);
        let _ = read_item(bytes);
        let _ = JournalLine::from_bytes(bytes);
        if let Ok(leaf) = EpochLeaf::parse(bytes) {
            assert_eq!(leaf.to_bytes(), bytes);
        }
        if let Ok(item) = EpochItem::parse(bytes) {
            assert_eq!(item.to_bytes(), bytes);
        }
    });
}

#[test]
fn fuzz_texts() {
    let seeds: [&[u8]; 8] = [
        "Калачев Валерий".as_bytes(),
        "1965-01-01/1969-12-31~".as_bytes(),
        "XA 00-12345".as_bytes(),
        "می\u{200c}ر حسین".as_bytes(),
        "barid.v1/XA/persons/01010101-0101-4101-8101-010101010101/2".as_bytes(),
        "演习样本".as_bytes(),
        "۱۳۵۰/۱۲/۱۱ ه.ش".as_bytes(),
        "1391-04/1392 AH~".as_bytes(),
    ];
    let today = "2026-11-26".parse().unwrap();
    fuzz::run("texts", &seeds, |bytes| {
        let Ok(typed) = std::str::from_utf8(bytes) else { return };
        if let Ok(cleaned) = text::clean(typed, 300) {
            assert_eq!(text::clean(&cleaned, 300).as_deref(), Ok(cleaned.as_str()));
        }
        if let Ok(interval) = typed.parse::<DateInterval>() {
            assert!(interval.earliest() <= interval.latest());
        }
        if let Ok(asked) = AskedBirth::read(typed, today) {
            assert!(!asked.readings().is_empty());
            assert!(asked.readings().iter().all(|r| r.interval.earliest() <= r.interval.latest().min(today)));
        }
        if let Ok(number) = DocumentNumber::new(typed) {
            assert_eq!(DocumentNumber::new(number.as_str()), Ok(number));
        }
        if let Ok(stream) = typed.parse::<StreamId>() {
            assert_eq!(stream.to_string(), typed);
        }
        if let Ok(log) = typed.parse::<EpochLog>() {
            assert_eq!(log.to_string(), typed);
        }
    });
}
