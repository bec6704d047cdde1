//! The hostile and the merely wrong, handed to the use cases; `docs/bad-input.md` lists each with its rule.

use barid_app::proofs::ProofBundle;
use barid_app::{AppError, DocumentBatchSubmission, Reference};
use barid_domain::audit::Operation;
use barid_domain::batches::{Batch, BatchItem, BatchItems, item_hash, item_record};
use barid_domain::codes::{Database, Purpose};
use barid_domain::contents::{EntryType, RecordVersion, encode};
use barid_domain::entries::{Claims, entry_hash, seal};
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::keys::Signer;
use barid_domain::streams::StreamClass;
use barid_store::{HeadChange, HeadMeta, KeyScope, NewEntry, NewItem, StoreError};
use barid_testkit::world::{World, acting, code, person, stolen_passport};

use crate::{faults, import_un, named, numbered, run, typed};

const PURPOSE: Purpose = Purpose::BorderControl;

/// Puts an entry into the store past the use cases, as a damaged or malicious node would.
async fn smuggle(world: &World, entry: NewEntry) -> Result<EntryHash, StoreError> {
    let hash = entry.hash;
    let mut tx = world.app.store().begin_write(None);
    tx.append(entry);
    tx.commit(world.committed_line("XA", Operation::SubmitRecord)).await?;
    world.app.follow().await.expect("the index follows");
    Ok(hash)
}

fn new_entry(world: &World, class: StreamClass, bytes: Vec<u8>, change: HeadChange) -> NewEntry {
    let review_on = world.today().saturating_add(365);
    let database = match class {
        StreamClass::Persons => Database::Persons,
        _ => Database::TravelDocuments,
    };
    let key = match (class, change.record()) {
        (StreamClass::Persons, Some(record)) => KeyScope::Record(record),
        _ => KeyScope::owner_month(code("XA"), review_on),
    };
    let hash = entry_hash(&bytes);
    NewEntry {
        organisation: code("XA"),
        class,
        hash,
        bytes,
        key,
        change,
        items: Vec::new(),
        meta: HeadMeta { database, review_on },
    }
}

fn version(world: &World, record: RecordId, name: &str) -> Vec<u8> {
    encode(&RecordVersion {
        salt: world.draw(),
        record,
        version: 1,
        supersedes: None,
        terms: world.terms(PURPOSE),
        statement: person(&[name]),
        images: Vec::new(),
    })
}

fn sealed(world: &World, issuer: &str, record: RecordId, payload: Vec<u8>, signer: &dyn Signer) -> Vec<u8> {
    let claims = Claims {
        entry_type: EntryType::Person,
        issuer: OrganisationCode::new(issuer).unwrap(),
        subject: barid_domain::contents::record_subject(record),
        issued_at: world.now().seconds(),
    };
    seal(&claims, payload, &[signer]).unwrap()
}

#[test]
fn a_forged_signature_is_never_opened() {
    run(async {
        let world = World::exercise().build().await;
        let stranger = barid_domain::keys::Ed25519Signer::from_secret(&[7; 32]);
        let forgeries = [
            // XB's key under XA's name, a key that nobody registered, and a true entry with one bit of its seal turned.
            (world.entry_signer("XB"), 0),
            (stranger, 0),
            (world.entry_signer("XA"), 1),
        ];
        for (number, (signer, turned)) in forgeries.into_iter().enumerate() {
            let record = RecordId::from_random(world.draw());
            let mut bytes = sealed(&world, "XA", record, version(&world, record, "Подложный"), &signer);
            let last = bytes.len() - 1;
            bytes[last] ^= turned;
            let entry = new_entry(&world, StreamClass::Persons, bytes, HeadChange::Create { record });
            smuggle(&world, entry).await.unwrap();
            let opened = world.app.open(&acting("XC", PURPOSE), record).await;
            assert!(matches!(opened, Err(AppError::Seal(_))), "forgery {number}: {opened:?}");
            let opened = world.app.open(&acting("XA", PURPOSE), record).await;
            assert!(matches!(opened, Err(AppError::Seal(_))), "not even by its owner");
        }
        let lines = world.journal_of("XC").await;
        assert_eq!(lines.iter().filter(|line| line.refusal.is_some()).count(), 3, "and it is in the journal");
    });
}

#[test]
fn a_true_entry_about_another_record_is_not_opened_in_its_place() {
    run(async {
        let world = World::exercise().build().await;
        let (stated, claimed) = (RecordId::from_random(world.draw()), RecordId::from_random(world.draw()));
        let bytes =
            sealed(&world, "XA", stated, version(&world, stated, "Образцов"), &world.entry_signer("XA"));
        let entry = new_entry(&world, StreamClass::Persons, bytes, HeadChange::Create { record: claimed });
        smuggle(&world, entry).await.unwrap();
        let opened = world.app.open(&acting("XC", PURPOSE), claimed).await;
        assert!(matches!(opened, Err(AppError::Absent)), "{opened:?}");
    });
}

#[test]
fn an_entry_that_was_erased_does_not_come_back_by_replay() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let receipt = world
            .app
            .submit_person(&xa, world.key(), world.submission(PURPOSE, person(&["Калачев"])))
            .await
            .unwrap();
        let (record, hash) = (receipt.records[0], receipt.entries[0].0);
        let bundle = world.app.prove_entry(&xa, hash).await.unwrap().unwrap();
        let bytes = barid_app::proofs::unhex(&bundle.statement).unwrap();

        let order = new_entry(
            &world,
            StreamClass::Persons,
            world.draw::<64>().to_vec(),
            HeadChange::Erase { record, expects: None },
        );
        smuggle(&world, NewEntry { key: KeyScope::owner_month(code("XA"), world.today()), ..order })
            .await
            .unwrap();
        assert!(matches!(world.app.open(&xa, record).await, Err(AppError::Absent)));
        assert!(world.app.search(&xa, &named("Калачев")).await.unwrap().candidates.is_empty());

        for change in [HeadChange::Create { record }, HeadChange::Create { record: RecordId([5; 16]) }] {
            let replayed =
                smuggle(&world, new_entry(&world, StreamClass::Persons, bytes.clone(), change)).await;
            assert_eq!(replayed.unwrap_err().code(), "entry-erased");
        }
        let world = world.restart().await;
        let replay = new_entry(&world, StreamClass::Persons, bytes, HeadChange::Create { record });
        assert_eq!(smuggle(&world, replay).await.unwrap_err().code(), "entry-erased");
        assert_eq!(world.app.prove_entry(&xa, hash).await.unwrap(), None, "its content is gone");
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

/// A batch as its owner signed it, with items that may not be those of the manifest.
fn batch(world: &World, signed: &[&str], delivered: &[usize]) -> NewEntry {
    let items: Vec<BatchItem> = signed
        .iter()
        .map(|number| BatchItem { salt: world.draw(), document: stolen_passport(number, "XAX") })
        .collect();
    let laid_out = BatchItems::lay_out(&items).unwrap();
    let manifest = Batch {
        salt: world.draw(),
        database: Database::TravelDocuments,
        count: laid_out.count(),
        root: laid_out.root(),
        terms: world.terms(PURPOSE),
    };
    let claims = Claims {
        entry_type: EntryType::Batch,
        issuer: code("XA"),
        subject: String::new(),
        issued_at: world.now().seconds(),
    };
    let signer = world.entry_signer("XA");
    let content = barid_domain::contents::Content::Batch(manifest.clone());
    let claims = Claims { subject: content.subject().unwrap_or_default(), ..claims };
    let bytes = seal(&claims, encode(&manifest), &[&signer]).unwrap();
    let item = |at: &usize| {
        let bytes = laid_out.items()[*at].clone();
        let hash = item_hash(&bytes);
        NewItem { record: item_record(&laid_out.root(), &hash), hash, bytes }
    };
    let mut entry = new_entry(world, StreamClass::TravelDocuments, bytes, HeadChange::None);
    entry.items = delivered.iter().map(item).collect();
    entry
}

#[test]
fn items_that_are_not_those_of_the_signed_manifest_are_not_opened() {
    run(async {
        let world = World::exercise().build().await;
        let sound = batch(&world, &["XA1", "XA2", "XA3"], &[0, 1, 2]);
        let records: Vec<RecordId> = sound.items.iter().map(|item| item.record).collect();
        smuggle(&world, sound).await.unwrap();
        for record in records {
            assert!(world.app.open(&acting("XB", PURPOSE), record).await.is_ok());
        }
        let mut invented = batch(&world, &["XA4", "XA5"], &[0, 1]);
        let other = encode(&BatchItem { salt: [1; 16], document: stolen_passport("XA666", "XAX") });
        let hash = item_hash(&other);
        invented.items[1] = NewItem { record: item_record(&[0; 32], &hash), hash, bytes: other };
        let reordered = batch(&world, &["XA7", "XA8", "XA9"], &[1, 0, 2]);
        let left_out = batch(&world, &["XA10", "XA11", "XA12"], &[0, 1]);
        for (what, entry) in [("invented", invented), ("re-ordered", reordered), ("left out", left_out)] {
            let records: Vec<RecordId> = entry.items.iter().map(|item| item.record).collect();
            smuggle(&world, entry).await.unwrap();
            for record in records {
                let opened = world.app.open(&acting("XB", PURPOSE), record).await;
                assert!(matches!(opened, Err(AppError::Batch(_))), "{what}: {opened:?}");
            }
        }
    });
}

#[test]
fn a_batch_item_that_says_what_was_said_twice_is_two_items() {
    run(async {
        let world = World::exercise().build().await;
        let document = stolen_passport("XA1", "XAX");
        let submission = DocumentBatchSubmission {
            terms: world.terms(PURPOSE),
            documents: vec![document.clone(), document],
            audience: None,
        };
        let receipt =
            world.app.submit_document_batch(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        assert_ne!(receipt.records[0], receipt.records[1], "each has a salt of its own");
        let found = world.app.search(&acting("XB", PURPOSE), &numbered("XA1")).await.unwrap();
        assert_eq!(found.candidates.len(), 2);
    });
}

/// Searches take what people and scanners send: nothing in it may break anything, and nothing of it is obeyed.
#[test]
fn hostile_questions_are_answered_or_refused() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        world
            .app
            .submit_person(&xa, world.key(), world.submission(PURPOSE, person(&["Калачев Валерий"])))
            .await
            .unwrap();
        for hidden in [
            "Калачев\u{202e} Валерий",
            "Кала\u{200d}чев Ва\u{200c}лерий",
            "\u{2067}Калачев\u{2069} Валерий",
            "Кала\u{ad}чев Валерий\u{feff}",
        ] {
            let answer = world.app.search(&xa, &typed(hidden)).await.unwrap();
            assert!(answer.candidates.first().is_some_and(|c| c.alert), "{hidden:?}: controls hide nobody");
        }
        for hostile in [
            "Калачев\0Валерий",
            "'; DROP TABLE heads; --",
            "\u{1b}[31mКалачев",
            "<script>alert(1)</script>",
            "P<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
            "%s%n%x",
            "\u{fdd0}\u{ffff}a",
            &"\u{301}".repeat(900),
            &"ﷺ".repeat(600),
            &"<".repeat(1_999),
            &"а ".repeat(600),
        ] {
            let answer = world.app.search(&xa, &typed(hostile)).await;
            assert!(matches!(answer, Ok(_) | Err(AppError::Query(_))), "{hostile:?}: {answer:?}");
            let answer = world.app.search(&xa, &named(hostile)).await;
            assert!(matches!(answer, Ok(_) | Err(AppError::Query(_))), "{hostile:?}: {answer:?}");
        }
        assert!(world.app.ready());
    });
}

#[test]
fn references_and_officers_have_a_shape() {
    for bad in ["", "   ", "...", "\u{202e}", "a\0b", "a\nb\u{7}", &"x".repeat(101)] {
        assert!(Reference::new(bad).is_err(), "{bad:?}");
    }
    assert!(Reference::new(&"ж".repeat(100)).is_ok());
    assert_eq!(Reference::new(" дело\u{202e} 17 ").unwrap().as_str(), "дело 17");
    let xa = code("XA");
    for bad in ["", "Officer", "офицер", "a b", "a/b", &"a".repeat(61)] {
        assert!(barid_domain::audit::Actor::new(xa, bad).is_none(), "{bad:?}");
    }
    assert!(barid_domain::audit::Actor::new(xa, &"a".repeat(60)).is_some());
}

#[test]
fn texts_of_a_record_are_refused_unless_clean() {
    run(async {
        let world = World::exercise().build().await;
        let cases = [
            ("Про\0ба", "names[0].text: bad-characters"),
            ("Проба\u{fdd0}", "names[0].text: bad-characters"),
            ("Проба\u{202e}", "names[0].text: not-clean"),
            ("Про\u{ad}ба", "names[0].text: not-clean"),
            ("  Проба", "names[0].text: not-clean"),
            ("И\u{306}од", "names[0].text: not-clean"),
            ("+7 495 000", "names[0].text: not-a-name"),
            ("٠١٢٣", "names[0].text: not-a-name"),
        ];
        for (text, fault) in cases {
            let submission = world.submission(PURPOSE, person(&[text]));
            let refused =
                world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap_err();
            assert_eq!(faults(refused), [fault], "{text:?}");
        }
        for spelt in ["می\u{200c}رضا", "ক্\u{200d}যামেলিয়া"] {
            let submission = world.submission(PURPOSE, person(&[spelt]));
            world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        }
    });
}

#[test]
fn ten_thousand_aliases_are_one_fault() {
    run(async {
        let world = World::exercise().build().await;
        let names: Vec<String> = (0..10_000).map(|i| format!("Проба {}", "а".repeat(i % 250 + 1))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let submission = world.submission(PURPOSE, person(&names));
        let refused =
            world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap_err();
        assert!(faults(refused).contains(&"names: too-many".to_owned()));
    });
}

#[test]
fn a_lone_surrogate_is_refused_wherever_text_comes_in() {
    // JSON: by its escape; XML: by its reference and by its bytes. (CSV: not UTF-8, refused by row.)
    let bundle = r#"{"format":"\ud800","kind":"entry","statement":"","stream":"","seq":1,"inclusion":[],"checkpoint":"","registry":[],"registry_checkpoints":[]}"#;
    assert!(serde_json::from_str::<ProofBundle>(bundle).is_err());
    assert!(serde_json::from_str::<ProofBundle>(&bundle.replace(r"\ud800", "x")).is_ok(), "all else is well");
    run(async {
        let world = World::exercise().build().await;
        let list = |name: &[u8]| {
            [
                &b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><CONSOLIDATED_LIST dateGenerated=\"2026-02-27T00:00:00Z\"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>"[..],
                name,
                b"</FIRST_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE><REFERENCE_NUMBER>CDi.900</REFERENCE_NUMBER><LISTED_ON>2020-01-01</LISTED_ON></INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>",
            ]
            .concat()
        };
        for name in [&b"A&#xD800;B"[..], b"A\xed\xa0\x80B", b"A&#0;B", b"A\0B", b"A\xc3\x28B"] {
            let report = import_un(&world, &list(name)).await;
            let added = report.as_ref().map_or(0, |report| report.added);
            assert_eq!(added, 0, "{name:?}: {report:?}");
            let said = report.map_or(true, |report| report.refused > 0 || report.broken_off.is_some());
            assert!(said, "{name:?}: refused or broken off, and said so");
        }
        assert_eq!(import_un(&world, &list("Проба".as_bytes())).await.unwrap().added, 1, "all else is well");
    });
}

#[test]
fn duplicate_keys_are_refused() {
    let twice = r#"{"format":"a","format":"b","kind":"entry","statement":"","stream":"","seq":1,"inclusion":[],"checkpoint":"","registry":[],"registry_checkpoints":[]}"#;
    assert!(serde_json::from_str::<ProofBundle>(twice).is_err());
    let unknown = r#"{"format":"a","more":1,"kind":"entry","statement":"","stream":"","seq":1,"inclusion":[],"checkpoint":"","registry":[],"registry_checkpoints":[]}"#;
    assert!(serde_json::from_str::<ProofBundle>(unknown).is_err(), "nor a field that no bundle has");
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/bad-input.md")).unwrap();
    let named: Vec<(&str, &str)> = page.split('`').filter_map(|span| span.split_once(".rs::")).collect();
    assert!(named.len() > 60, "{}", named.len());
    for (file, test) in named {
        let source = std::fs::read_to_string(root.join(format!("{file}.rs"))).unwrap_or_default();
        assert!(source.contains(&format!("fn {test}(")), "{file}.rs::{test}");
    }
}
