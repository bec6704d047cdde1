//! Records by their day of review; rows of imports with the state of their records.

use std::collections::BTreeSet;

use barid_domain::dates::Day;
use barid_domain::ids::RecordId;
use barid_domain::streams::StreamClass;
use barid_store::{HeadChange, HeadState, ImportRow, KeyScope, StreamPositions, SystemChange};

use crate::support::{Fresh, batch, code, new_record, person, write, write_line};

fn day(number: u32) -> Day {
    Day::new(2027, 5, number).unwrap()
}

pub async fn records_are_listed_by_their_day_of_review(fresh: Fresh) {
    let store = &fresh.store;
    let mut due = Vec::new();
    for number in [3, 1, 2, 2, 1, 3, 2] {
        let record = new_record();
        let mut entry = person(HeadChange::Create { record }, "");
        entry.meta.review_on = day(number);
        write(store, vec![entry.clone()]).await.unwrap();
        due.push((day(number), record, entry.hash));
    }
    let mut items = batch(&["one".to_owned(), "two".to_owned()]);
    items.meta.review_on = day(2);
    due.extend(items.items.iter().map(|item| (day(2), item.record, items.hash)));
    write(store, vec![items]).await.unwrap();
    // One is withdrawn, one erased: neither is hidden any more, and the withdrawn one still has content.
    let (_, withdrawn, expects) = due[2];
    write(store, vec![person(HeadChange::Withdraw { record: withdrawn, expects }, "")]).await.unwrap();
    let erased = due[3].1;
    write(store, vec![person(HeadChange::Erase { record: erased, expects: None }, "")]).await.unwrap();

    let expected = |from, before| -> Vec<(Day, RecordId)> {
        let standing = due.iter().filter(|(_, record, _)| ![withdrawn, erased].contains(record));
        let within = standing.filter(|(day, ..)| (from..before).contains(day));
        within.map(|(day, record, _)| (*day, *record)).collect::<BTreeSet<_>>().into_iter().collect()
    };
    for (from, before) in [(Day::FIRST, day(4)), (Day::FIRST, day(2)), (day(2), day(3)), (day(4), day(9))] {
        for limit in 1..5 {
            let (mut listed, mut behind) = (Vec::new(), None);
            loop {
                let page = store.reviews_between(from, before, behind, limit).await.unwrap();
                behind = page.last().copied();
                listed.extend(page);
                if behind.is_none() || listed.len() > due.len() {
                    break;
                }
            }
            assert_eq!(listed, expected(from, before), "{limit} at a time");
        }
    }

    let long_past = store.reviews_long_past(code("XA"), day(3), 10).await.unwrap();
    let records: Vec<RecordId> = long_past.iter().map(|head| head.record).collect();
    assert!(records.contains(&withdrawn) && !records.contains(&erased));
    assert!(
        long_past.is_sorted_by_key(|head| head.review_on) && long_past.iter().all(|h| h.review_on < day(3))
    );
    assert_eq!(records.len(), 6);
    assert_eq!(store.reviews_long_past(code("XA"), day(3), 2).await.unwrap().len(), 2);
    assert_eq!(store.owners_long_past(day(3)).await.unwrap(), [code("XA")]);
    assert!(store.reviews_long_past(code("XB"), day(3), 10).await.unwrap().is_empty());
    assert!(store.owners_long_past(day(1)).await.unwrap().is_empty());
    assert!(store.newest_entry_at().await.unwrap().is_some());
}

pub async fn imported_rows_know_how_their_records_stand(fresh: Fresh) {
    let store = &fresh.store;
    let row = |number: usize, record, edition| ImportRow {
        organisation: code("XA"),
        source: "table-a".into(),
        source_id: format!("row {number}"),
        record,
        content: [number as u8; 32],
        edition,
    };
    let mut records = Vec::new();
    let mut tx = store.begin_write(None);
    for number in 0..300 {
        let record = new_record();
        tx.append(person(HeadChange::Create { record }, ""));
        tx.change_system(SystemChange::RememberImport(row(number, record, 1 + number as i64 / 100)));
        records.push(record);
    }
    tx.commit(write_line()).await.unwrap();
    write(store, vec![person(HeadChange::Erase { record: records[7], expects: None }, "")]).await.unwrap();

    let asked: Vec<String> = (0..301).rev().map(|number| format!("row {number}")).collect();
    let known = store.known_rows(code("XA"), "table-a", &asked).await.unwrap();
    assert_eq!(known[0], None);
    for (number, known) in (0..300).rev().zip(&known[1..]) {
        let known = known.unwrap();
        let state = if number == 7 { HeadState::Erased } else { HeadState::Active };
        assert_eq!((known.row.record, known.state), (records[number], state), "{number}");
        assert!(store.is_same_content(&known.row, &[number as u8; 32]));
    }
    assert!(store.known_rows(code("XA"), "table-b", &asked).await.unwrap().iter().all(Option::is_none));
    assert!(store.known_rows(code("XB"), "table-a", &asked).await.unwrap().iter().all(Option::is_none));
    for (before, standing) in [(1, 0), (2, 99), (3, 199), (i64::MAX, 299)] {
        assert_eq!(store.count_standing_rows(code("XA"), "table-a", before).await.unwrap(), standing);
    }
    let left_out = store.rows_left_out(code("XA"), "table-a", 2, 1_000).await.unwrap();
    let left_out: BTreeSet<RecordId> = left_out.iter().map(|row| row.record).collect();
    assert_eq!(left_out, records[..100].iter().copied().collect(), "erased ones too, to be forgotten");
    assert_eq!(store.rows_left_out(code("XA"), "table-a", 2, 10).await.unwrap().len(), 10);
}

/// What a review lists, and the place of a row of a table that another record took.
pub async fn an_owners_reviews_are_read_from_their_place(fresh: Fresh) {
    let store = &fresh.store;
    let mut due = Vec::new();
    for (number, owner) in [(3, "XA"), (1, "XB"), (2, "XA"), (2, "XB"), (1, "XA")] {
        let record = new_record();
        let mut entry = person(HeadChange::Create { record }, "");
        entry.organisation = code(owner);
        entry.meta.review_on = day(number);
        write(store, vec![entry]).await.unwrap();
        due.extend((owner == "XA").then_some((day(number), record)));
    }
    due.sort();
    let (mut listed, mut behind) = (Vec::new(), None);
    while let Some(head) = store.reviews_of(code("XA"), day(4), behind, 1).await.unwrap().first() {
        behind = Some((head.review_on, head.record));
        listed.push((head.review_on, head.record));
    }
    assert_eq!(listed, due);
    assert_eq!(store.reviews_of(code("XA"), day(3), None, 9).await.unwrap().len(), 2, "the third is later");

    let row = |organisation: &str, record| ImportRow {
        organisation: code(organisation),
        source: "table-a".into(),
        source_id: "row 1".into(),
        record,
        content: [1; 32],
        edition: 1,
    };
    let (from, to) = (due[0].1, due[1].1);
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::RememberImport(row("XA", from)));
    tx.change_system(SystemChange::RememberImport(row("XB", from)));
    tx.change_system(SystemChange::MoveImport { organisation: code("XA"), from, to });
    tx.commit(write_line()).await.unwrap();
    for (organisation, expected) in [("XA", to), ("XB", from)] {
        let known = store.known_rows(code(organisation), "table-a", &["row 1".to_owned()]).await.unwrap();
        assert_eq!(known[0].unwrap().row.record, expected, "{organisation}'s own rows alone");
    }
}

pub async fn erasures_are_owed_until_they_are_attested(fresh: Fresh) {
    let store = &fresh.store;
    let mut records: Vec<RecordId> = (0..3).map(|_| new_record()).collect();
    for record in &records {
        write(store, vec![person(HeadChange::Create { record: *record }, "")]).await.unwrap();
    }
    let items = batch(&["one".to_owned(), "two".to_owned()]);
    let [item, left] = [items.items[0].record, items.items[1].record];
    write(store, vec![items]).await.unwrap();
    let streams = store.erasing_streams(None).await.unwrap();
    assert_eq!(store.erasing_streams(Some(code("XB"))).await.unwrap(), []);
    let stream = *streams.iter().find(|stream| stream.class == StreamClass::Persons).unwrap();
    assert!(store.unattested_erasures(&stream, 9).await.unwrap().is_empty());

    let stays = records[1];
    records.push(item);
    let mut hashes = Vec::new();
    for record in records.iter().filter(|record| **record != stays) {
        assert!(!store.is_destroyed(*record).await.unwrap());
        let mut entry = person(HeadChange::Erase { record: *record, expects: None }, "");
        entry.organisation = code("XA");
        write(store, vec![entry.clone()]).await.unwrap();
        hashes.push(entry.hash);
        assert!(store.is_destroyed(*record).await.unwrap());
    }
    assert!(!store.is_destroyed(stays).await.unwrap() && !store.is_destroyed(left).await.unwrap());
    assert!(!store.is_destroyed(new_record()).await.unwrap());
    let owed = store.unattested_erasures(&stream, 9).await.unwrap();
    assert_eq!(owed.iter().map(|one| one.entry).collect::<Vec<_>>(), hashes);
    assert_eq!(store.unattested_erasures(&stream, 2).await.unwrap(), owed[..2]);
    assert_eq!(store.unattested_erasures_of(code("XA"), None, 9).await.unwrap(), owed);
    assert_eq!(store.unattested_erasures_of(code("XA"), Some(hashes[0]), 1).await.unwrap(), owed[1..2]);
    assert!(store.unattested_erasures_of(code("XB"), None, 9).await.unwrap().is_empty());

    // What is attested up to one of them is owed no more; what comes behind it is.
    for (up_to, rest) in [(1, 1), (2, 0)] {
        let mut attested = person(HeadChange::Attest { erasure: hashes[up_to] }, "");
        attested.key = KeyScope::Orders;
        write(store, vec![attested]).await.unwrap();
        assert_eq!(store.unattested_erasures(&stream, 9).await.unwrap(), owed[owed.len() - rest..]);
        let of_owner = store.unattested_erasures_of(code("XA"), None, 9).await.unwrap();
        assert_eq!(of_owner.len(), rest);
    }
    let read = store.changes_after(&StreamPositions::new(), &[StreamClass::Persons], 100).await.unwrap();
    assert_eq!(read.last().unwrap().change, HeadChange::Attest { erasure: hashes[2] });
}
