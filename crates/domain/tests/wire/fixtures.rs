//! Old bytes verify for ever: the checked-in entries, their hashes, and that today's program still makes them.
//!
//! With `BARID_REGENERATE_FIXTURES=1` missing fixtures are written; a fixture that is there is never overwritten,
//! because bytes that somebody signed once have to hold as they are.

use barid_domain::batches::{item_hash, item_record};
use barid_domain::contents::Content;
use barid_domain::entries::{Unverified, entry_hash};
use barid_domain::ids::{KeyId, decode_hex};
use barid_domain::keys::PublicKey;
use barid_domain::ledger::Hash;
use serde_json::{Value, json};

use crate::samples::{Keys, Sample, batch_items, here, holds, org, sample, samples};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let mut bytes = vec![0; text.len() / 2];
    decode_hex(text, &mut bytes).expect("hex");
    bytes
}

/// Holds a text against the checked-in file of that name; writes it where it is missing and writing is switched on.
pub fn keep(file: &str, text: &str) {
    let path = here("tests/wire/v1").join(file);
    if !path.exists() && std::env::var("BARID_REGENERATE_FIXTURES").is_ok_and(|value| value == "1") {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{file} is missing or is not what this program makes");
}

fn public_keys(sample: &Sample) -> Vec<PublicKey> {
    sample.signers.iter().map(|signer| signer.public_key()).collect()
}

fn key_hex(key: &PublicKey) -> String {
    hex(&key.to_bytes())
}

fn describe(sample: &Sample, entry: &[u8]) -> Value {
    let claims = &sample.claims;
    json!({
        "name": sample.name,
        "content_type": claims.entry_type.content_type(),
        "cose": if sample.signers.len() > 1 { "sign" } else { "sign1" },
        "issuer": claims.issuer.as_str(),
        "subject": claims.subject,
        "issued_at": claims.issued_at,
        "entry_hash": entry_hash(entry).to_string(),
        "key_ids": public_keys(sample).iter().map(|key| key.id().to_string()).collect::<Vec<_>>(),
        "public_keys_hex": public_keys(sample).iter().map(key_hex).collect::<Vec<_>>(),
        "payload_hex": hex(&sample.payload),
    })
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

#[test]
fn sealing_again_gives_the_recorded_bytes() {
    let mut vectors = Vec::new();
    for sample in samples() {
        let entry = sample.seal();
        let mut description = describe(&sample, &entry);
        keep(&format!("{}.hex", sample.name), &format!("{}\n", hex(&entry)));
        keep(&format!("{}.json", sample.name), &pretty(&description));
        description["entry_hex"] = Value::from(hex(&entry));
        vectors.push(description);
    }
    keep("vectors.json", &pretty(&Value::from(vectors)));
}

/// Reads the folder and not the samples: a fixture whose sample is gone must verify all the same.
#[test]
fn every_recorded_entry_verifies_and_has_its_recorded_hash() {
    let mut seen = 0;
    for file in std::fs::read_dir(here("tests/wire/v1")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        seen += 1;
        let entry = unhex(std::fs::read_to_string(&path).unwrap().trim_end());
        let recorded: Value =
            serde_json::from_str(&std::fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
        let keys: Vec<PublicKey> = recorded["public_keys_hex"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| PublicKey::from_bytes(&unhex(key.as_str().unwrap())).unwrap())
            .collect();
        assert!(holds(&entry, &keys), "{path:?}");
        let parsed = Unverified::parse(&entry).unwrap();
        assert_eq!(parsed.hash().to_string(), recorded["entry_hash"], "{path:?}");
        assert_eq!(parsed.claims().entry_type.content_type(), recorded["content_type"], "{path:?}");
        assert_eq!(parsed.claims().issuer.as_str(), recorded["issuer"], "{path:?}");
        assert_eq!(parsed.claims().subject, recorded["subject"], "{path:?}");
        assert_eq!(parsed.claims().issued_at, recorded["issued_at"], "{path:?}");
        assert_eq!(hex(parsed.payload()), recorded["payload_hex"], "{path:?}");
        let ids: Vec<String> = parsed.key_ids().map(|id: KeyId| id.to_string()).collect();
        assert_eq!(Value::from(ids), recorded["key_ids"], "{path:?}");
    }
    assert!(seen >= samples().len());
}

#[test]
fn every_recorded_entry_reads_as_its_type() {
    for sample in samples() {
        let entry = Unverified::parse(&sample.seal()).unwrap();
        let verified = if sample.signers.len() == 1 {
            entry.verify(&sample.keys()).unwrap()
        } else {
            let codes: Vec<_> = (0..sample.signers.len()).map(|i| org(&format!("X{i}"))).collect();
            let keys = Keys::of(codes.iter().copied().zip(public_keys(&sample)));
            entry.verify_threshold(&keys, &codes, codes.len()).unwrap()
        };
        let content = Content::read(&verified).unwrap();
        assert_ne!(content, Content::Unknown, "{}", sample.name);
        assert_eq!(content.subject(), Some(sample.claims.subject.clone()), "{}", sample.name);
    }
}

#[test]
fn the_items_of_the_recorded_batch_keep_their_bytes_proofs_and_record_ids() {
    let items = batch_items();
    let described: Vec<Value> = items
        .items()
        .iter()
        .enumerate()
        .map(|(i, item)| {
            let proof: Vec<String> =
                items.proof(i as u32).unwrap().iter().map(|hash: &Hash| hash.to_string()).collect();
            let leaf = item_hash(item);
            json!({"index": i, "item_hex": hex(item), "leaf_hash_hex": hex(&leaf), "path_hex": proof,
                "record": item_record(&items.root(), &leaf).to_string()})
        })
        .collect();
    let batch = entry_hash(&sample("batch").seal()).to_string();
    let text = pretty(&json!({"batch": batch, "root_hex": hex(&items.root()), "items": described}));
    keep("batch-items.json", &text);
}
