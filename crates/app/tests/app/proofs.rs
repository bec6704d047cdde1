//! Proofs that leave the node: whole ones verify offline, altered ones don't, foreign ones are not handed out.

use barid_app::proofs::{
    BundleKind, ConsistencyBundle, ProofBundle, VisibleHead, hex, unhex, verify_bundle,
    verify_consistency_bundle,
};
use barid_app::receipts::verify_receipt;
use barid_domain::codes::Purpose;
use barid_domain::entries::entry_hash;
use barid_domain::ids::EntryHash;
use barid_domain::registry::Standing;
use barid_domain::streams::StreamClass;
use barid_ledger::SignedCheckpoint;
use barid_testkit::world::{World, acting, person};

use crate::{named, run};

const PURPOSE: Purpose = Purpose::BorderControl;

/// A world in which some things happened, with a proof of an entry and of an access.
async fn happened() -> (World, ProofBundle, ProofBundle) {
    let world = World::exercise().build().await;
    let xa = acting("XA", PURPOSE);
    let mut entries = Vec::new();
    for name in ["Калачев", "কালাচেভ", "كالاتشيف", "卡拉切夫", "कालाचेव"]
    {
        let submission = world.submission(PURPOSE, person(&[name]));
        entries.push(world.app.submit_person(&xa, world.key(), submission).await.unwrap().entries[0].0);
        world.app.search(&acting("XB", PURPOSE), &named(name)).await.unwrap();
    }
    let access = world.app.search(&xa, &named("Kalachev")).await.unwrap().access;
    let entry = world.app.prove_entry(&xa, entries[2]).await.unwrap().unwrap();
    let access = world.app.prove_access(&xa, access).await.unwrap().unwrap();
    (world, entry, access)
}

fn fact<'a>(facts: &'a std::collections::BTreeMap<&'static str, String>, name: &str) -> &'a str {
    facts.get(name).map_or("", String::as_str)
}

#[test]
fn an_entry_and_an_access_are_proved_offline() {
    run(async {
        let (world, entry, access) = happened().await;
        let proven = verify_bundle(&entry, Some(world.fingerprint)).unwrap();
        assert_eq!(proven.association, world.fingerprint.to_string());
        assert_eq!((proven.seq, proven.tree_size), (3, 5));
        assert_eq!(fact(&proven.facts, "type"), "person.v1");
        assert_eq!(fact(&proven.facts, "issuer"), "XA");
        assert_eq!(fact(&proven.facts, "signed by"), "XA (key kept by SEC)", "custody is shown");

        let proven = verify_bundle(&access, Some(world.fingerprint)).unwrap();
        assert_eq!(fact(&proven.facts, "operation"), "search-persons");
        assert_eq!(fact(&proven.facts, "phase"), "begun");
        assert_eq!(fact(&proven.facts, "reference"), "дело 17/2026");
        assert!(!proven.facts.values().any(|value| value.contains("Kalachev")), "not what was asked");
        assert!(
            verify_bundle(&access, None).is_ok(),
            "without a pin the association is what the bundle says"
        );
    });
}

#[test]
fn a_registry_entry_is_proved_with_its_signers() {
    run(async {
        let world = World::exercise().build().await;
        let world = world.state_standing("XPART", Standing::Suspended).await;
        let xc = acting("XC", PURPOSE);
        let bundle = world.app.prove_entry(&xc, world.fingerprint).await.unwrap().unwrap();
        let proven = verify_bundle(&bundle, Some(world.fingerprint)).unwrap();
        assert_eq!(fact(&proven.facts, "type"), "genesis.v1");
        assert_eq!(proven.seq, 1);
        assert_eq!(fact(&proven.facts, "signed by").matches("key kept by SEC").count(), 3);
    });
}

fn flip(text: &str, at: usize) -> String {
    let mut bytes = unhex(text).unwrap();
    bytes[at] ^= 1;
    hex(&bytes)
}

/// Every way to alter one field of a bundle, with a name.
fn altered(bundle: &ProofBundle, other: &ProofBundle) -> Vec<(String, ProofBundle)> {
    let mut all = Vec::new();
    let mut with = |name: String, change: &dyn Fn(&mut ProofBundle)| {
        let mut changed = bundle.clone();
        change(&mut changed);
        assert_ne!(changed, *bundle, "{name}");
        all.push((name, changed));
    };
    with("format".into(), &|b| b.format = "barid-proof.v2".into());
    with("kind".into(), &|b| {
        b.kind = match b.kind {
            BundleKind::Entry => BundleKind::Access,
            BundleKind::Access => BundleKind::Entry,
        }
    });
    for at in (0..bundle.statement.len() / 2).step_by(5) {
        with(format!("statement byte {at}"), &|b| b.statement = flip(&b.statement, at));
    }
    with("statement cut".into(), &|b| b.statement.truncate(b.statement.len() - 2));
    with("statement longer".into(), &|b| b.statement.push_str("00"));
    with("statement of odd length".into(), &|b| b.statement.push('0'));
    with("statement no hexadecimal".into(), &|b| b.statement.replace_range(0..1, "g"));
    with("another statement".into(), &|b| b.statement.clone_from(&other.statement));
    with("another stream".into(), &|b| b.stream = b.stream.replace("/XA/", "/XB/"));
    with("another class".into(), &|b| {
        b.stream = if b.stream.contains("persons") {
            b.stream.replace("persons", "travel-documents")
        } else {
            b.stream.replace("access", "persons")
        }
    });
    with("another incarnation".into(), &|b| b.stream = format!("{}2", &b.stream[..b.stream.len() - 1]));
    for seq in [0, bundle.seq - 1, bundle.seq + 1, bundle.seq + 4, u64::MAX] {
        with(format!("seq {seq}"), &|b| b.seq = seq);
    }
    for at in 0..bundle.inclusion.len() {
        with(format!("inclusion {at} altered"), &|b| b.inclusion[at] = flip_hash(&b.inclusion[at]));
        with(format!("inclusion {at} left out"), &|b| drop(b.inclusion.remove(at)));
        with(format!("inclusion {at} twice"), &|b| b.inclusion.insert(at, b.inclusion[at].clone()));
    }
    with("inclusion over its cap".into(), &|b| b.inclusion = vec![b.inclusion[0].clone(); 1_000]);
    with("inclusion no hash".into(), &|b| b.inclusion[0] = "00".into());
    for (at, altered) in with_each_letter_altered(&bundle.checkpoint) {
        with(format!("checkpoint letter {at}"), &|b| b.checkpoint.clone_from(&altered));
    }
    with("checkpoint of the other".into(), &|b| b.checkpoint.clone_from(&other.checkpoint));
    with("no registry".into(), &|b| b.registry.clear());
    for at in 0..bundle.registry.len() {
        with(format!("registry {at} altered"), &|b| {
            b.registry[at] = flip(&b.registry[at], b.registry[at].len() / 4)
        });
    }
    with("registry without its last statement".into(), &|b| drop(b.registry.pop()));
    with("registry without checkpoints".into(), &|b| b.registry_checkpoints.clear());
    for (at, altered) in with_each_letter_altered(&bundle.registry_checkpoints[0]) {
        with(format!("registry checkpoint letter {at}"), &|b| b.registry_checkpoints[0].clone_from(&altered));
    }
    with("another stream's checkpoint for the registry".into(), &|b| {
        b.registry_checkpoints[0].clone_from(&b.checkpoint)
    });
    with("registry without genesis".into(), &|b| drop(b.registry.remove(0)));
    with("registry reversed".into(), &|b| b.registry.reverse());
    with("registry statement twice".into(), &|b| b.registry.push(b.registry[1].clone()));
    with("registry head of the other".into(), &|b| b.registry_head.clone_from(&other.registry_head));
    with("a registry checkpoint as head".into(), &|b| {
        b.registry_head = Some(b.registry_checkpoints[0].clone());
    });
    let head = bundle.registry_head.clone().unwrap();
    with("registry head as a registry checkpoint".into(), &|b| b.registry_checkpoints[0].clone_from(&head));
    with("registry head as checkpoint".into(), &|b| b.checkpoint.clone_from(&head));
    for (at, altered) in with_each_letter_altered(&head) {
        with(format!("registry head letter {at}"), &|b| b.registry_head = Some(altered.clone()));
    }
    all
}

fn with_each_letter_altered(text: &str) -> Vec<(usize, String)> {
    let alter = |(at, character): (usize, char)| {
        let mut altered = text.to_owned();
        altered.replace_range(at..at + character.len_utf8(), if character == 'A' { "B" } else { "A" });
        (at, altered)
    };
    text.char_indices().map(alter).collect()
}

fn flip_hash(text: &str) -> String {
    let first = if text.starts_with('A') || text.starts_with('0') { "1" } else { "0" };
    format!("{first}{}", &text[1..])
}

#[test]
fn no_altered_bundle_verifies() {
    run(async {
        let (world, entry, access) = happened().await;
        for (bundle, other) in [(&entry, &access), (&access, &entry)] {
            verify_bundle(bundle, Some(world.fingerprint)).unwrap();
            for (name, altered) in altered(bundle, other) {
                let verified = verify_bundle(&altered, Some(world.fingerprint));
                assert!(verified.is_err(), "{name} of {:?}: {verified:?}", bundle.kind);
            }
        }
    });
}

/// An older checkpoint of the registry is signed for whoever asks. With it and the statements of its time a bundle
/// leaves out the newest of them: here, that a bureau was suspended.
#[test]
fn a_bundle_with_a_registry_of_yesterday_does_not_verify() {
    run(async {
        let (world, ..) = happened().await;
        let xa = acting("XA", PURPOSE);
        let pinned = Some(world.fingerprint);
        let prove = async |world: &World| {
            let submission = world.submission(PURPOSE, person(&["Калачев"]));
            let receipt = world.app.submit_person(&xa, world.key(), submission).await.unwrap();
            world.app.prove_entry(&xa, receipt.entries[0].0).await.unwrap().unwrap()
        };
        let before = prove(&world).await;
        let all = before.registry.len() as u64;
        world.pass_days(1);
        let world = world.state_standing("XC", Standing::Suspended).await;
        let suspended_at = world.now();
        let bundle = prove(&world).await;
        let proven = verify_bundle(&bundle, pinned).unwrap();
        assert_eq!(proven.registry.statements, all + 1);
        assert_eq!(proven.registry.newest_at, suspended_at.to_string());
        assert_eq!(proven.registry.attested_at, Some(world.now().to_string()));

        let registry = world.registry_stream();
        let consistency = world.app.prove_consistency(&xa, registry, all).await.unwrap().unwrap();
        let shortened = |head: Option<String>| ProofBundle {
            registry: bundle.registry[..all as usize].to_vec(),
            registry_checkpoints: vec![consistency.older.clone()],
            registry_head: head,
            ..bundle.clone()
        };
        let refused = verify_bundle(&shortened(bundle.registry_head.clone()), pinned).unwrap_err();
        assert!(refused.to_string().contains("attested head"), "{refused}");
        for head in [before.registry_head.clone(), consistency.registry_head.clone()] {
            let refused = verify_bundle(&shortened(head), pinned).unwrap_err();
            assert!(refused.to_string().contains("another bundle"), "{refused}");
        }
        // Robbed of its head it is like a bundle of an earlier version: it holds, and is shown as what it is.
        let proven = verify_bundle(&shortened(None), pinned).unwrap();
        assert_eq!((proven.registry.statements, proven.registry.attested_at), (all, None));

        // The same for a proof of consistency.
        let proven = verify_consistency_bundle(&consistency, None, pinned).unwrap();
        assert_eq!((proven.registry.statements, proven.registry.attested_at.is_some()), (all + 1, true));
        let shortened = ConsistencyBundle {
            registry: consistency.registry[..all as usize].to_vec(),
            registry_checkpoints: vec![consistency.older.clone()],
            ..consistency.clone()
        };
        assert!(verify_consistency_bundle(&shortened, None, pinned).is_err());
    });
}

#[test]
fn a_bundle_of_an_earlier_version_keeps_verifying() {
    run(async {
        let (world, entry, access) = happened().await;
        for bundle in [entry, access] {
            let mut earlier = serde_json::to_value(&bundle).unwrap();
            assert!(earlier.as_object_mut().unwrap().remove("registry_head").is_some());
            let earlier: ProofBundle = serde_json::from_value(earlier).unwrap();
            let proven = verify_bundle(&earlier, Some(world.fingerprint)).unwrap();
            assert_eq!(proven.registry.attested_at, None);
        }
    });
}

/// Statements about the same second that do not depend on one another may come in either order: both orders give one
/// registry. Whatever changes the registry that comes out breaks the proof or is another registry's.
#[test]
fn a_registry_in_another_order_gives_the_same_facts_or_none() {
    run(async {
        let (world, entry, _) = happened().await;
        let proven = verify_bundle(&entry, Some(world.fingerprint)).unwrap();
        for at in 0..entry.registry.len() - 1 {
            let mut swapped = entry.clone();
            swapped.registry.swap(at, at + 1);
            if let Ok(other) = verify_bundle(&swapped, Some(world.fingerprint)) {
                assert_eq!(other, proven, "swapped at {at}");
            }
        }
        let mut without_checkpoint_key = entry.clone();
        without_checkpoint_key.registry.pop();
        assert!(verify_bundle(&without_checkpoint_key, Some(world.fingerprint)).is_err());
    });
}

#[test]
fn another_genesis_proves_nothing() {
    run(async {
        let (world, entry, access) = happened().await;
        let foreign = World::exercise().seed(99).build().await;
        for bundle in [&entry, &access] {
            let refused = verify_bundle(bundle, Some(foreign.fingerprint)).unwrap_err();
            assert_eq!(refused.code(), "bundle-registry");
        }
        // Nor does the foreign association's registry vouch for this one's statements.
        let ctx = acting("SEC", PURPOSE);
        let foreign_bundle = foreign.app.prove_entry(&ctx, foreign.fingerprint).await.unwrap().unwrap();
        for bundle in [&entry, &access] {
            let mixed = ProofBundle { registry: foreign_bundle.registry.clone(), ..bundle.clone() };
            assert!(verify_bundle(&mixed, Some(foreign.fingerprint)).is_err());
            assert!(verify_bundle(&mixed, Some(world.fingerprint)).is_err());
        }
    });
}

#[test]
fn nothing_is_proved_about_others_or_about_nothing() {
    run(async {
        let (world, entry, access) = happened().await;
        let hash = |bundle: &ProofBundle| {
            use sha2::Digest;
            EntryHash(sha2::Sha256::digest(unhex(&bundle.statement).unwrap()).into())
        };
        let (entry, access) = (hash(&entry), hash(&access));
        for other in ["XB", "SEC", "XPART"] {
            let ctx = acting(other, PURPOSE);
            assert_eq!(world.app.prove_entry(&ctx, entry).await.unwrap(), None, "{other}");
            assert_eq!(world.app.prove_access(&ctx, access).await.unwrap(), None, "{other}");
        }
        let xa = acting("XA", PURPOSE);
        assert_eq!(world.app.prove_entry(&xa, access).await.unwrap(), None, "an access is no entry");
        assert_eq!(world.app.prove_access(&xa, entry).await.unwrap(), None, "an entry is no access");
        assert_eq!(world.app.prove_entry(&xa, EntryHash([3; 32])).await.unwrap(), None);
    });
}

#[test]
fn a_receipt_is_given_to_who_may_prove_the_entry_and_holds_beside_its_bundle_alone() {
    run(async {
        let (world, bundle, access) = happened().await;
        let xa = acting("XA", PURPOSE);
        let statement = unhex(&bundle.statement).unwrap();
        let hash = entry_hash(&statement);
        let issued = world.app.issue_receipt(&xa, hash).await.unwrap().unwrap();
        assert_eq!((&issued.statement, issued.position.seq), (&statement, 3));
        let pinned = Some(world.fingerprint);
        let proven = verify_receipt(&issued.receipt, &bundle, pinned).unwrap();
        assert_eq!((proven.seq, proven.tree_size), (3, 5));
        assert_eq!(fact(&proven.facts, "receipt by"), "SEC (own key)");
        // Later than the bundle, it is of a larger ledger and of the same place.
        let submission = world.submission(PURPOSE, person(&["Ещё"]));
        world.app.submit_person(&xa, world.key(), submission).await.unwrap();
        let later = world.app.issue_receipt(&xa, hash).await.unwrap().unwrap();
        let proven = verify_receipt(&later.receipt, &bundle, pinned).unwrap();
        assert_eq!((proven.seq, proven.tree_size), (3, 6));
        // Not of another entry, of an access, or in another association.
        let other = world.app.prove_entry(&xa, world.fingerprint).await.unwrap().unwrap();
        assert_eq!(verify_receipt(&issued.receipt, &other, pinned).unwrap_err().code(), "bundle-receipt");
        assert_eq!(verify_receipt(&issued.receipt, &access, pinned).unwrap_err().code(), "bundle-receipt");
        assert!(verify_receipt(&issued.receipt, &bundle, Some(EntryHash([3; 32]))).is_err());
        assert!(verify_receipt(&statement, &bundle, pinned).is_err(), "an entry is no receipt");
        let foreign = World::exercise().seed(9).build().await;
        let foreign = foreign.app.issue_receipt(&acting("XA", PURPOSE), foreign.fingerprint).await.unwrap();
        let foreign = foreign.unwrap().receipt;
        assert_eq!(verify_receipt(&foreign, &other, pinned).unwrap_err().code(), "bundle-receipt");
    });
}

#[test]
fn no_receipt_is_given_about_others_or_about_nothing() {
    run(async {
        let (world, bundle, access) = happened().await;
        let entry = entry_hash(&unhex(&bundle.statement).unwrap());
        for other in ["XB", "SEC", "XPART"] {
            let given = world.app.issue_receipt(&acting(other, PURPOSE), entry).await.unwrap();
            assert_eq!(given, None, "{other}");
        }
        let xa = acting("XA", PURPOSE);
        let access = entry_hash(&unhex(&access.statement).unwrap());
        assert_eq!(world.app.issue_receipt(&xa, access).await.unwrap(), None, "an access is no entry");
        assert_eq!(world.app.issue_receipt(&xa, EntryHash([3; 32])).await.unwrap(), None);
    });
}

async fn own_stream(world: &World, organisation: &str, class: StreamClass) -> VisibleHead {
    let streams = world.app.streams(&acting(organisation, PURPOSE)).await.unwrap();
    streams.into_iter().find(|head| head.stream.class == class).unwrap()
}

#[test]
fn a_checkpoint_is_signed_for_its_stream_and_reads_back() {
    run(async {
        let (world, ..) = happened().await;
        let xa = acting("XA", PURPOSE);
        let head = own_stream(&world, "XA", StreamClass::Persons).await;
        let note = world.app.checkpoint(&xa, head.stream).await.unwrap().unwrap();
        let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
        assert_eq!(signed.to_string(), note, "reads back to the same bytes");
        assert_eq!(signed.claimed().size(), 5);
        assert_eq!(*signed.claimed().root(), head.root);
        assert_eq!(signed.claimed().origin().as_str(), head.stream.to_string());
        // As any verifier reads it: inside a proof that the stream has not changed since.
        let bundle = world.app.prove_consistency(&xa, head.stream, 5).await.unwrap().unwrap();
        verify_consistency_bundle(&bundle, Some(&note), Some(world.fingerprint)).unwrap();
        assert_eq!(world.app.checkpoint(&acting("XB", PURPOSE), head.stream).await.unwrap(), None);
        let visible = world.app.streams(&acting("XB", PURPOSE)).await.unwrap();
        assert!(visible.iter().all(|head| matches!(head.stream.organisation.as_str(), "XB" | "SEC")));
        assert!(visible.iter().all(|head| {
            head.stream.organisation.as_str() == "XB" || head.stream.class == StreamClass::Registry
        }));
    });
}

#[test]
fn two_checkpoints_agree_and_altered_ones_do_not() {
    run(async {
        let (world, ..) = happened().await;
        let xa = acting("XA", PURPOSE);
        let stream = own_stream(&world, "XA", StreamClass::Persons).await.stream;
        let held = world.app.checkpoint(&xa, stream).await.unwrap().unwrap();
        for name in ["Kalachev", "Kaláčev"] {
            let submission = world.submission(PURPOSE, person(&[name]));
            world.app.submit_person(&xa, world.key(), submission).await.unwrap();
        }
        let pinned = Some(world.fingerprint);
        let bundle = world.app.prove_consistency(&xa, stream, 5).await.unwrap().unwrap();
        let proven = verify_consistency_bundle(&bundle, Some(&held), pinned).unwrap();
        assert_eq!((proven.seq, fact(&proven.facts, "older size")), (7, "5"));

        let alter = |change: &dyn Fn(&mut ConsistencyBundle)| {
            let mut altered = bundle.clone();
            change(&mut altered);
            assert_ne!(altered, bundle);
            altered
        };
        let mut all = vec![
            alter(&|b| b.format = "barid-proof".into()),
            alter(&|b| b.consistency.clear()),
            alter(&|b| b.consistency.push(b.consistency[0].clone())),
            alter(&|b| b.consistency.swap(0, 1)),
            alter(&|b| b.registry.clear()),
            alter(&|b| std::mem::swap(&mut b.older, &mut b.newer)),
        ];
        for at in 0..bundle.consistency.len() {
            all.push(alter(&|b| b.consistency[at] = flip_hash(&b.consistency[at])));
        }
        for at in (0..bundle.newer.len()).step_by(7) {
            all.push(alter(&|b| {
                b.newer.replace_range(at..at + 1, if &b.newer[at..at + 1] == "A" { "B" } else { "A" })
            }));
            all.push(alter(&|b| {
                b.older.replace_range(at..at + 1, if &b.older[at..at + 1] == "A" { "B" } else { "A" })
            }));
        }
        for altered in &all {
            assert!(verify_consistency_bundle(altered, None, pinned).is_err(), "{altered:?}");
        }
        assert!(verify_consistency_bundle(&bundle, None, Some(EntryHash([1; 32]))).is_err());
        // A checkpoint of another stream that the verifier held does not agree with this one.
        let other = own_stream(&world, "XA", StreamClass::Access).await.stream;
        let other = world.app.checkpoint(&xa, other).await.unwrap().unwrap();
        assert!(verify_consistency_bundle(&bundle, Some(&other), pinned).is_err());

        let beyond = world.app.prove_consistency(&xa, stream, 8).await.unwrap();
        assert_eq!(beyond, None, "no proof from a future head");
        let foreign = world.app.prove_consistency(&acting("XB", PURPOSE), stream, 1).await.unwrap();
        assert_eq!(foreign, None);
    });
}

#[test]
fn what_was_proved_before_a_restart_stays_provable() {
    run(async {
        let (world, entry, _) = happened().await;
        let world = world.restart().await;
        let xa = acting("XA", PURPOSE);
        let stream: barid_domain::streams::StreamId = entry.stream.parse().unwrap();
        let bundle = world.app.prove_consistency(&xa, stream, 5).await.unwrap().unwrap();
        verify_consistency_bundle(&bundle, Some(&entry.checkpoint), Some(world.fingerprint)).unwrap();
    });
}
