//! Attempts to enter somebody again: counted by order, day and organisation, read page by page, the newest day first.

use barid_domain::ids::EntryHash;
use barid_store::{ReEntryPlace, Store, SystemChange};

use crate::support::*;

async fn note(store: &Store, organisation: &str, order: u8) {
    let mut tx = store.begin_write(None);
    let (organisation, order) = (code(organisation), EntryHash([order; 32]));
    tx.change_system(SystemChange::NoteReEntry { organisation, order });
    tx.commit(write_line()).await.unwrap();
}

pub async fn attempts_are_counted_and_read_page_by_page(fresh: Fresh) {
    let store = &fresh.store;
    assert!(store.re_entries(None, 10).await.unwrap().is_empty());
    for (organisation, order) in [("XB", 2), ("XA", 1), ("XB", 1), ("XB", 1), ("XA", 2)] {
        note(store, organisation, order).await;
    }
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let rows = store.re_entries(after, 1).await.unwrap();
        let Some(row) = rows.first() else { break };
        after = Some(ReEntryPlace { day: row.day, order: row.order, organisation: row.organisation });
        read.push((row.order.0[0], row.organisation.as_str().to_owned(), row.attempts));
    }
    let expected = [(1, "XA", 1), (1, "XB", 2), (2, "XA", 1), (2, "XB", 1)];
    assert_eq!(
        read,
        expected.map(|(order, organisation, attempts)| (order, organisation.to_owned(), attempts))
    );
    assert_eq!(store.re_entries(None, 10).await.unwrap().len(), 4);
    fresh.closed().await;
}
