//! Erasing: content gone from every file, hashes there for ever, nothing comes back.

use barid_domain::codes::CodeList as _;
use barid_domain::ids::RequestId;
use barid_domain::streams::StreamClass;
use barid_store::{
    Conflict, HeadChange, HeadState, KeyScope, NewEntry, SnapshotKind, Store, StoreError, SystemChange,
};

use crate::support::*;

pub async fn an_erased_record_leaves_hashes_and_never_comes_back(fresh: Fresh) {
    let store = &fresh.store;
    let record = new_record();
    let first = person(HeadChange::Create { record }, "Калачев");
    let second = person(HeadChange::Supersede { record, expects: first.hash }, "Калачев 2");
    write(store, vec![first.clone(), second.clone()]).await.unwrap();
    let stream = store.stream(code("XA"), StreamClass::Persons);
    let before = store.leaf_hashes(stream, 0..2).await.unwrap();
    let order = person(HeadChange::Erase { record, expects: None }, "order");
    write(store, vec![order.clone()]).await.unwrap();

    assert_eq!(store.head(record).await.unwrap().unwrap().state, HeadState::Erased);
    let act = store.journal().begin(opening_of(record)).await.unwrap();
    assert_eq!(store.open_record(&act, record).await.unwrap().unwrap().bytes, None);
    for hash in [first.hash, second.hash] {
        assert_eq!(store.open_entry(&act, hash).await.unwrap().unwrap().bytes, None);
    }
    let found = store.open_entry(&act, order.hash).await.unwrap().unwrap();
    assert_eq!(found.bytes, Some(order.bytes), "the order to erase is kept");
    assert_eq!(store.leaf_hashes(stream, 0..2).await.unwrap(), before);

    // Neither the same bytes, nor new bytes about the record, nor after a restart.
    let fresh = fresh.reopened().await;
    for replay in [first, second] {
        let refused = write(&fresh.store, vec![replay]).await.unwrap_err();
        assert_eq!(refused.code(), "entry-erased");
    }
    for change in [HeadChange::Create { record }, HeadChange::Erase { record, expects: None }] {
        let refused = write(&fresh.store, vec![person(change, "Калачев")]).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict { conflict: Conflict::Erased, .. })),
            "{refused:?}"
        );
    }
}

pub async fn an_erasure_names_the_version_it_was_decided_on(fresh: Fresh) {
    let store = &fresh.store;
    let record = new_record();
    let first = person(HeadChange::Create { record }, "Калачев");
    let second = person(HeadChange::Supersede { record, expects: first.hash }, "Калачев 2");
    write(store, vec![first.clone()]).await.unwrap();
    // Decided on the first version; the second is acknowledged before the order arrives.
    let late = person(HeadChange::Erase { record, expects: Some(first.hash) }, "order");
    write(store, vec![second.clone()]).await.unwrap();
    let (beside, _) = create(store, "beside").await;
    let other = person(HeadChange::Erase { record: beside, expects: None }, "order beside");
    let refused = write(store, vec![other, late]).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict { record: of, conflict: Conflict::Stale { current } })
            if of == record && current == second.hash),
        "{refused:?}"
    );
    let act = store.journal().begin(opening_of(record)).await.unwrap();
    assert_eq!(store.open_record(&act, record).await.unwrap().unwrap().bytes.as_ref(), Some(&second.bytes));
    for record in [record, beside] {
        assert_eq!(store.head(record).await.unwrap().unwrap().state, HeadState::Active);
    }

    let change = HeadChange::Erase { record, expects: Some(second.hash) };
    write(store, vec![person(change, "order 2")]).await.unwrap();
    assert_eq!(store.head(record).await.unwrap().unwrap().state, HeadState::Erased);
    // Of an item the batch is named.
    let entry = batch(&["XB0000001".into()]);
    let record = entry.items[0].record;
    write(store, vec![entry.clone()]).await.unwrap();
    let wrong = person(HeadChange::Erase { record, expects: Some(first.hash) }, "order 3");
    assert_eq!(write(store, vec![wrong]).await.unwrap_err().code(), "record-stale");
    let right = person(HeadChange::Erase { record, expects: Some(entry.hash) }, "order 4");
    write(store, vec![right.clone()]).await.unwrap();
    let stored = store.changes_after(&Default::default(), &[StreamClass::Persons], 100).await.unwrap();
    assert_eq!(stored.last().unwrap().change, right.change, "and followers are told");
}

pub async fn an_erased_item_leaves_its_batch_whole(fresh: Fresh) {
    let store = &fresh.store;
    let texts: Vec<String> = (0..300).map(|number| format!("XB{number:07}")).collect();
    let entry = batch(&texts);
    write(store, vec![entry.clone()]).await.unwrap();
    let item = &entry.items[258];
    write(store, vec![person(HeadChange::Erase { record: item.record, expects: None }, "order")])
        .await
        .unwrap();
    let act = store.journal().begin(opening_of(item.record)).await.unwrap();
    let found = store.open_record(&act, item.record).await.unwrap().unwrap().item.unwrap();
    assert_eq!((found.bytes, found.hash), (None, item.hash));
    let beside = &entry.items[257];
    let act = store.journal().begin(opening_of(beside.record)).await.unwrap();
    let found = store.open_record(&act, beside.record).await.unwrap().unwrap().item.unwrap();
    assert_eq!(found.bytes.as_ref(), Some(&beside.bytes));
    let hashes: Vec<[u8; 32]> = entry.items.iter().map(|item| item.hash).collect();
    assert_eq!(store.item_hashes(entry.hash).await.unwrap(), Some(hashes));

    let mut replay = batch(&["XB0000001".into()]);
    replay.items[0] = item.clone();
    let refused = write(store, vec![replay.clone()]).await.unwrap_err();
    assert_eq!(refused.code(), "record-erased");
    replay.items[0].record = new_record();
    let refused = write(store, vec![replay]).await.unwrap_err();
    assert_eq!(refused.code(), "entry-erased", "the item's hash is known under any record");
}

pub async fn erasure_removes_sealed_bytes_and_snapshots_from_the_files(fresh: Fresh) {
    let store = &fresh.store;
    let record = new_record();
    let text = "x".repeat(20_000);
    write(store, vec![person(HeadChange::Create { record }, &text)]).await.unwrap();
    create(store, "beside").await;
    let url = format!("sqlite://{}", fresh.data().join("barid.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let query = "SELECT l.sealed, k.wrapped FROM log l JOIN data_keys k USING (key_id) WHERE l.record = $1";
    let row = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(query).bind(record.0.to_vec());
    let (sealed, wrapped) = row.fetch_one(&pool).await.unwrap();
    pool.close().await;
    let places = [&wrapped[..32], &sealed[..64], &sealed[10_000..10_064], &sealed[sealed.len() - 64..]];
    let held = |place: &[u8]| files_below(&fresh.data()).iter().any(|file| holds(file, place));
    assert!(places.iter().all(|place| held(place)), "all there before");
    for kind in [SnapshotKind::Persons, SnapshotKind::Documents] {
        store.save_snapshot(kind, |writer| writer.write(b"an index with the record in it")).unwrap();
    }

    write(store, vec![person(HeadChange::Erase { record, expects: None }, "order")]).await.unwrap();
    for (number, place) in places.iter().enumerate() {
        assert!(!held(place), "place {number} is still in a file");
    }
    for kind in [SnapshotKind::Persons, SnapshotKind::Documents] {
        assert!(store.load_snapshot(kind).unwrap().is_none());
    }
    // Orders are about records and stay: what they say in words is the commission's to keep short.
    // So do requests for consent and their answers, which name records by their ids and say why in words.
    // Requests of persons have a key each, which dies with the request.
    assert_eq!(StreamClass::LISTED.len(), 11, "a new class needs a look at what erasing reaches");
}

/// All of a request goes at once, the owner's answer in another stream too; another request stays.
pub async fn a_request_is_erased_with_what_owners_answered(fresh: Fresh) {
    let store = &fresh.store;
    let (request, other) = (RequestId::from_random(random()), RequestId::from_random(random()));
    let about = |request, organisation: &str, text: &str| {
        let bytes = [random::<32>().as_slice(), text.as_bytes()].concat();
        NewEntry {
            organisation: code(organisation),
            class: StreamClass::Requests,
            hash: hash_of(&bytes),
            bytes,
            key: KeyScope::Request(request),
            ..person(HeadChange::None, text)
        }
    };
    let intake = about(request, "XB", "اکبر تمرینی");
    let answer = about(request, "XA", "जाँच चल रही है");
    let kept = about(other, "XB", "Акбар Упражнений");
    for entry in [&intake, &answer, &kept] {
        write(store, vec![entry.clone()]).await.unwrap();
    }
    let bytes = async |store: &Store| {
        let all = store.changes_after(&Default::default(), &[StreamClass::Requests], 100).await.unwrap();
        let mut found = Vec::new();
        for entry in [&intake, &answer, &kept] {
            let change = all.iter().find(|change| change.entry_hash == entry.hash).unwrap();
            found.push(change.bytes.as_ref().map(|bytes| *bytes == entry.bytes));
        }
        found
    };
    assert_eq!(bytes(store).await, [Some(true), Some(true), Some(true)]);
    // Its key is for streams of requests, and these for nothing else: erasing it reaches nothing that is not its own.
    let strays = [
        NewEntry { class: StreamClass::Persons, ..about(request, "XA", "stray") },
        NewEntry { key: KeyScope::owner_month(code("XA"), review_day()), ..about(request, "XA", "stray") },
    ];
    for stray in strays {
        assert!(write(store, vec![stray]).await.is_err());
    }
    let erase = async |store: &Store| {
        let mut tx = store.begin_write(None);
        tx.change_system(SystemChange::EraseRequest { request });
        tx.commit(write_line()).await.unwrap();
    };
    erase(store).await;
    assert_eq!(bytes(store).await, [None, None, Some(true)]);
    // Done again it changes nothing, and nothing of it comes back.
    let fresh = fresh.reopened().await;
    erase(&fresh.store).await;
    assert_eq!(bytes(&fresh.store).await, [None, None, Some(true)]);
    let refused = write(&fresh.store, vec![intake.clone()]).await.unwrap_err();
    assert_eq!(refused.code(), "entry-erased");
    let late = write(&fresh.store, vec![about(request, "XA", "answer that comes late")]).await;
    assert!(late.is_err(), "its key is gone and no other one is made");
}
