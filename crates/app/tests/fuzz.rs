//! Fuzz targets of what the verifier and the founding read: altered proofs prove nothing, altered drafts are others.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_app::drafts::{Draft, DraftSignatures, read_public_key, shown};
use barid_app::proofs::{
    ConsistencyBundle, ProofBundle, Proven, hex, unhex, verify_bundle, verify_consistency_bundle,
};
use barid_app::{App, Query};
use barid_domain::codes::Purpose;
use barid_domain::contents::encode;
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::registry::{KeyAct, KeyStatement, KeyUsage};
use barid_domain::streams::StreamClass;
use barid_testkit::world::{World, acting, person};
use serde_json::json;

const PURPOSE: Purpose = Purpose::BorderControl;

/// What there is to prove: an entry, an access and the growth of a stream.
struct Proofs {
    world: World,
    entry: ProofBundle,
    access: ProofBundle,
    growth: ConsistencyBundle,
}

async fn growth_of(app: &App) -> ConsistencyBundle {
    let xa = acting("XA", PURPOSE);
    let streams = app.streams(&xa).await.unwrap();
    let persons = streams.iter().find(|head| head.stream.class == StreamClass::Persons).unwrap();
    app.prove_consistency(&xa, persons.stream, 1).await.unwrap().unwrap()
}

/// A world in which some things happened, and its proofs. The runtime is the caller's: a store lives no longer.
async fn proofs() -> Proofs {
    let world = World::exercise().build().await;
    let xa = acting("XA", PURPOSE);
    let mut entries = Vec::new();
    for name in ["Калачев", "কালাচেভ", "كالاتشيف"] {
        let submission = world.submission(PURPOSE, person(&[name]));
        entries.push(world.app.submit_person(&xa, world.key(), submission).await.unwrap().entries[0].0);
    }
    let query = Query { name: Some("Kalachev".to_owned()), ..Query::default() };
    let access = world.app.search(&xa, &query).await.unwrap().access;
    let entry = world.app.prove_entry(&xa, entries[1]).await.unwrap().unwrap();
    let access = world.app.prove_access(&xa, access).await.unwrap().unwrap();
    let growth = growth_of(&world.app).await;
    Proofs { world, entry, access, growth }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// What a proof says of the world; how the registry was attested may be left out, and is shown.
fn said(proven: &Proven) -> impl PartialEq + std::fmt::Debug + use<> {
    (proven.association.clone(), proven.stream.clone(), proven.seq, proven.root.clone(), proven.facts.clone())
}

#[test]
fn fuzz_proof_bundle() {
    let runtime = runtime();
    let proofs = runtime.block_on(proofs());
    let pinned = Some(proofs.world.fingerprint);
    let whole = [&proofs.entry, &proofs.access].map(|bundle| said(&verify_bundle(bundle, pinned).unwrap()));
    let seeds = [&proofs.entry, &proofs.access].map(|bundle| serde_json::to_vec(bundle).unwrap());
    fuzz::run("proof_bundle", &[&seeds[0], &seeds[1]], |bytes| {
        let Ok(bundle) = serde_json::from_slice::<ProofBundle>(bytes) else { return };
        if let Ok(proven) = verify_bundle(&bundle, pinned) {
            assert!(whole.contains(&said(&proven)), "an altered bundle proves something else");
        }
        let _ = verify_bundle(&bundle, None);
    });
    drop(proofs);
}

#[test]
fn fuzz_consistency_bundle() {
    let runtime = runtime();
    let proofs = runtime.block_on(proofs());
    let pinned = Some(proofs.world.fingerprint);
    let whole = said(&verify_consistency_bundle(&proofs.growth, None, pinned).unwrap());
    let seed = serde_json::to_vec(&proofs.growth).unwrap();
    let held = proofs.growth.older.clone();
    fuzz::run("consistency_bundle", &[&seed, held.as_bytes()], |bytes| {
        let altered_held = String::from_utf8_lossy(bytes);
        if let Ok(proven) = verify_consistency_bundle(&proofs.growth, Some(&altered_held), pinned) {
            assert_eq!(said(&proven), whole, "an altered checkpoint was believed");
        }
        let Ok(bundle) = serde_json::from_slice::<ConsistencyBundle>(bytes) else { return };
        if let Ok(proven) = verify_consistency_bundle(&bundle, None, pinned) {
            assert_eq!(said(&proven), whole, "an altered bundle proves something else");
        }
    });
    drop(proofs);
}

fn signer(number: u8) -> Ed25519Signer {
    Ed25519Signer::from_secret(&[number; 32])
}

/// A draft with one statement, as its file is written.
fn draft() -> Vec<u8> {
    let key = signer(9).public_key();
    let organisation = OrganisationCode::new("XA").unwrap();
    let (act, usage) = (KeyAct::Add, KeyUsage::Entries);
    let payload =
        encode(&KeyStatement { salt: [1; 32], organisation, key, act, from: 7, usage, up_to: None });
    let signers = [1, 2].map(|number| shown(&signer(number).public_key()));
    let file = json!({"format": "barid-draft.v1", "statements": [{
        "content_type": "application/vnd.barid.key.v1+cbor", "issuer": "XA", "subject": format!("key:{}", key.id()),
        "issued_at": 7, "payload": hex(&payload), "signers": signers,
    }]});
    serde_json::to_vec(&file).unwrap()
}

#[test]
fn fuzz_draft() {
    let seed = draft();
    let whole: Draft = serde_json::from_slice(&seed).unwrap();
    let signer = signer(1);
    assert!(whole.sign(&signer).unwrap().is_some());
    fuzz::run("draft", &[&seed], |bytes| {
        let Ok(draft) = serde_json::from_slice::<Draft>(bytes) else { return };
        assert!(draft == whole || draft.hash() != whole.hash(), "another draft with the same hash");
        let is_shown = draft.contents().is_ok();
        let is_signed = draft.sign(&signer).is_ok_and(|signed| signed.is_some());
        assert!(is_shown || !is_signed, "signed, and can not be shown");
        let written = serde_json::to_vec(&draft).unwrap();
        assert!(serde_json::from_slice::<Draft>(&written).is_ok_and(|again| again == draft));
    });
}

#[test]
fn fuzz_draft_signatures() {
    let whole: Draft = serde_json::from_slice(&draft()).unwrap();
    let signatures = whole.sign(&signer(1)).unwrap().unwrap();
    let seed = serde_json::to_vec(&signatures).unwrap();
    fuzz::run("draft_signatures", &[&seed], |bytes| {
        if let Ok(read) = serde_json::from_slice::<DraftSignatures>(bytes) {
            let written = serde_json::to_vec(&read).unwrap();
            assert!(serde_json::from_slice::<DraftSignatures>(&written).is_ok_and(|again| again == read));
        }
        let text = String::from_utf8_lossy(bytes);
        if let Some(key) = read_public_key(&text) {
            assert_eq!(shown(&key), text.to_ascii_lowercase());
        }
        if let Some(read) = unhex(&text) {
            assert_eq!(hex(&read), text.to_ascii_lowercase());
        }
    });
}
