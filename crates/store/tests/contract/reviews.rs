//! Records by their day of review; rows of imports with the state of their records.

use std::collections::BTreeSet;

use barid_domain::dates::Day;
use barid_domain::ids::RecordId;
use barid_store::{HeadChange, HeadState, ImportRow, SystemChange};

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
