//! Fuzz targets of the snapshots of the index (altered bytes are refused, also where their hash was made to fit), of the
//! screening of texts (finds stand on the text, and hidden names change none), of names of organisations (the same, in searches
//! and texts), and of what looks for numbers in texts.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_domain::codes::{Classification, CodeList, Database, Handling, NameKind, Purpose, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::ids::{EntryHash, NodeId, OrganisationCode, RecordId};
use barid_domain::ledger::{ChainHash, Hash, leaf_hash};
use barid_domain::policy::VisibilityClass;
use barid_domain::streams::{StreamClass, StreamId};
use barid_domain::travel_documents::DocumentNumber;
use barid_search::document_index::{DocumentFacts, DocumentIndex, HashKey};
use barid_search::follow::{Follower, Step};
use barid_search::group_index::{GroupFactName, GroupIndex};
use barid_search::number_index::NumberIndex;
use barid_search::person_index::{FactName, FactPlace, PersonFacts, PersonIndex};
use barid_search::text_screening::identifiers::{IdentifierKind, identifiers};
use barid_search::text_screening::{ScreeningBuffers, ScreeningIndexBuilder};
use barid_search::{document_snapshot, snapshot};

#[path = "../examples/measuring/scope.rs"]
mod measuring;

const HASH_BYTES: usize = 32;

fn class(database: Database, owner: &str) -> VisibilityClass {
    VisibilityClass {
        database,
        owner: OrganisationCode::new(owner).unwrap(),
        purpose: Purpose::Exercise,
        handling: Handling::LISTED[0].0,
        classification: Classification::OfficialUse,
        exercise: true,
        audience: barid_domain::restrictions::Audience::EVERYBODY,
    }
}

fn follower() -> Follower {
    let stream = StreamId {
        organisation: OrganisationCode::new("XA").unwrap(),
        class: StreamClass::Persons,
        node: NodeId::from_random([1; 16]),
        incarnation: 1,
    };
    let entry_hash = EntryHash([5; 32]);
    let chain = ChainHash::START.next(&Hash::from_bytes(entry_hash.0));
    let mut follower = Follower::new();
    follower.advance(&Step { stream, seq: 1, entry_hash, chain }).unwrap();
    follower
}

fn persons() -> PersonIndex {
    let mut index = PersonIndex::new();
    for (number, text) in ["Валерий Калачев", "رضا نمونه‌زاده", "শফিকুল নমুনাপুর", "王晓亮"].iter().enumerate()
    {
        let facts = PersonFacts {
            names: vec![FactName { text: (*text).into(), kind: NameKind::Primary, strength: None }],
            births: vec!["1971".parse().unwrap()],
            sex: Sex::Female,
            nationalities: vec![CountryCode::new("FRA").unwrap()],
            birth_places: vec![FactPlace {
                country: None, words: "কুমিল্লা, Chattogram".into()
            }],
        };
        let class = class(Database::Persons, ["XA", "XB"][number % 2]);
        index.insert(RecordId::from_random([number as u8; 16]), class, facts);
    }
    index
}

#[test]
fn fuzz_persons_snapshot() {
    let seed = snapshot::write(&persons(), &NumberIndex::new(HashKey([9; 16])), &follower());
    let body = &seed[..seed.len() - HASH_BYTES];
    fuzz::run("persons_snapshot", &[&seed, body], |bytes| {
        assert!(snapshot::read(bytes).is_err() || bytes == seed, "altered, and read");
        // Whoever wrote it could make the hash fit.
        let forged = [bytes, leaf_hash(bytes).as_bytes()].concat();
        if let Ok(((index, numbers), follower)) = snapshot::read(&forged) {
            let again = snapshot::write(&index, &numbers, &follower);
            assert!(snapshot::read(&again).is_ok_and(|((read, _), _)| read.records().eq(index.records())));
        }
    });
}

fn documents() -> DocumentIndex {
    let facts = |number: &str, end: Option<&str>| DocumentFacts {
        number: DocumentNumber::new(number).unwrap(),
        range_end: end.map(|end| DocumentNumber::new(end).unwrap()),
        issuing_country: CountryCode::new("FRA").unwrap(),
    };
    let mut index = DocumentIndex::new(HashKey([7; 16]));
    for number in 0..40u8 {
        let class = class(Database::TravelDocuments, ["XA", "XB"][usize::from(number) % 2]);
        index.insert(RecordId::from_random([number; 16]), class, &facts(&format!("P{number:07}"), None));
    }
    let class = class(Database::TravelDocuments, "XC");
    index.insert(RecordId::from_random([99; 16]), class, &facts("C0099", Some("C0105")));
    index
}

#[test]
fn fuzz_documents_snapshot() {
    let mut seed = Vec::new();
    let sink = |bytes: &[u8]| {
        seed.extend_from_slice(bytes);
        Ok::<(), std::convert::Infallible>(())
    };
    document_snapshot::write(&documents(), &follower(), sink).unwrap();
    assert!(document_snapshot::read(std::iter::once(seed.clone())).is_ok());
    fuzz::run("documents_snapshot", &[&seed], |bytes| {
        // Everything but the last comparison, that of the digest, stands on the way of altered bytes.
        for piece in [7, 4_096] {
            let read = document_snapshot::read(bytes.chunks(piece).map(<[u8]>::to_vec));
            assert!(read.is_err() || bytes == seed, "altered, and read");
        }
    });
}

#[test]
fn fuzz_identifiers() {
    let seeds: [&[u8]; 4] = [
        "Паспорт ХА 0012345, 45 08 №123456, 12.03.2026, 1 234 567 руб.".as_bytes(),
        "পাসপোর্ট XA০০১২৩৪৫এর, ফোন +৮৮০ ১৭১২-৩৪৫৬৭৮, +44 (0)20 7946 0000".as_bytes(),
        b"VIN 1M8GDM9AXKP042788, A123BC 77, IMEI 49-015420-323751-8",
        b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ];
    fuzz::run("identifiers", &seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let characters = text.chars().count() as u32;
        for found in identifiers(&text, &IdentifierKind::ALL) {
            assert!(found.start < found.end && found.end <= characters);
            let there = text.chars().skip(found.start as usize).take((found.end - found.start) as usize);
            assert!(there.eq(found.written.chars()));
        }
    });
}

#[test]
fn fuzz_screened_text() {
    let names = ["Валерий Калачев", "رضا نمونه‌زاده", "শফিকুল নমুনাপুর", "王晓亮", "小野寺千尋", "KIM, Yeong-suk"];
    let (mut alone, mut crowded) = (ScreeningIndexBuilder::new(), ScreeningIndexBuilder::new());
    for (slot, name) in (0..).zip(names) {
        crowded.insert(100 + slot, 1, &format!("{name} Иванов"));
        crowded.insert(slot, 0, name);
        crowded.insert(200 + slot, 1, name);
        alone.insert(slot, 0, name);
    }
    let (alone, crowded) = (alone.build(), crowded.build());
    let seed = "В. Калачев и Kim Yong Suk: با رضا نمونه‌زاده، শফিকুল নমুনাপুরকে 王晓亮、小野寺千尋。KALACHEV V.";
    // Words stay known from one text to the next, as they do in use.
    let buffers = std::cell::RefCell::new([ScreeningBuffers::default(), ScreeningBuffers::default()]);
    fuzz::run("screened_text", &[seed.as_bytes()], |bytes| {
        let mut buffers = buffers.borrow_mut();
        let text = String::from_utf8_lossy(bytes);
        let finds = alone.screen(&text, &[true], &mut buffers[0]);
        let length = text.chars().count() as u32;
        assert!(finds.iter().all(|find| find.start < find.end && find.end <= length));
        let seen = crowded.screen(&text, &[true, false], &mut buffers[1]);
        assert_eq!(seen, finds, "hidden names change what is found");
    });
}

#[test]
fn fuzz_group_names() {
    let (scope, seen) = measuring::exercise_scope(Database::Persons);
    let hidden = VisibilityClass { database: Database::TravelDocuments, ..seen.clone() };
    let names = [
        "AL-QAIDA",
        "ООО «Меркурий»",
        "شركة النموناوي للتجارة",
        "BRIGADE 313",
        "天津华宇贸易有限公司",
        "Namuna (NXQ)",
    ];
    let enter = |index: &mut GroupIndex, number: u8, class: VisibilityClass, text: &str| {
        index.insert(
            RecordId::from_random([number; 16]),
            class,
            &[GroupFactName { text: text.into(), is_weak: false }],
        );
    };
    let (mut alone, mut crowded) = (GroupIndex::new(), GroupIndex::new());
    let add = |alone: &mut GroupIndex, crowded: &mut GroupIndex, number: u8, name: &str| {
        enter(alone, number, seen.clone(), name);
        enter(crowded, 100 + number, hidden.clone(), name);
        enter(crowded, number, seen.clone(), name);
        enter(crowded, 200 + number, hidden.clone(), &format!("{name} Namuna"));
    };
    (0..).zip(names).for_each(|(number, name)| add(&mut alone, &mut crowded, number, name));
    let indexes = std::cell::RefCell::new((alone, crowded));
    let seed =
        "Боевики «Аль-Каиды», ООО «Меркурий» и شركة النموناوي، 天津华宇贸易公司 / Brigade 313 (NXQ) L.L.C.";
    fuzz::run("group_names", &[seed.as_bytes(), b"A/S & Co. (x) [y"], |bytes| {
        let (alone, crowded) = &mut *indexes.borrow_mut();
        let text: String = String::from_utf8_lossy(bytes).chars().take(2_000).collect();
        // Entered in place of the one of the input before.
        add(alone, crowded, 50, &text);
        let length = text.chars().count() as u32;
        let finds = alone.screen(&scope, &text, 0.3);
        assert!(finds.iter().all(|find| find.start < find.end && find.end <= length));
        assert_eq!(crowded.screen(&scope, &text, 0.3), finds, "hidden names change what is found");
        let found = alone.search(&scope, &text, 10);
        assert!(found.iter().all(|candidate| (0.0..=1.0).contains(&candidate.score)));
        assert_eq!(crowded.search(&scope, &text, 10), found, "hidden names change an answer");
    });
}
