//! Rows of countersigning: replaced only while they are what was read, sealed, and gone with their write.

use barid_store::{CountersigningKind, CountersigningRow, Store, StoreError, SystemChange};

use crate::replicas::join;
use crate::support::*;

pub fn row(name: &str, content: &str, replaces: Option<&str>) -> CountersigningRow {
    CountersigningRow {
        kind: CountersigningKind::Ledger,
        name: name.to_owned(),
        content: content.as_bytes().to_vec(),
        replaces: replaces.map(|old| old.as_bytes().to_vec()),
    }
}

pub async fn keep(store: &Store, rows: Vec<CountersigningRow>) -> Result<(), StoreError> {
    let mut tx = store.begin_write(None);
    rows.into_iter().for_each(|row| tx.change_system(SystemChange::KeepCountersigning(row)));
    tx.commit(write_line()).await.map(|_| ())
}

async fn read(store: &Store, name: &str) -> Option<String> {
    let content = store.countersigning_row(CountersigningKind::Ledger, name).await.unwrap();
    content.map(|content| String::from_utf8(content).unwrap())
}

pub async fn a_row_is_replaced_only_while_it_is_what_was_read(fresh: Fresh) {
    let store = &fresh.store;
    let overtaken = |kept: Result<(), StoreError>| matches!(kept, Err(StoreError::Overtaken));
    keep(store, vec![row("журнал", "one", None)]).await.unwrap();
    assert!(overtaken(keep(store, vec![row("журнал", "other", None)]).await), "it is there");
    assert!(overtaken(keep(store, vec![row("журнал", "three", Some("two"))]).await), "it was never that");
    assert!(overtaken(keep(store, vec![row("elsewhere", "two", Some("one"))]).await), "there is none");
    keep(store, vec![row("журнал", "two", Some("one"))]).await.unwrap();
    assert!(overtaken(keep(store, vec![row("журнал", "two", Some("one"))]).await), "a second time");
    // One that is refused takes the others of its write with it.
    assert!(overtaken(keep(store, vec![row("دفتر", "new", None), row("журнал", "x", None)]).await));
    assert_eq!((read(store, "журнал").await.as_deref(), read(store, "دفتر").await), (Some("two"), None));
    for name in [String::new(), "a\nb".to_owned(), "n".repeat(256)] {
        assert!(matches!(keep(store, vec![row(&name, "", None)]).await, Err(StoreError::InvalidName)));
    }

    keep(store, ["b", "a", "c"].map(|name| row(name, name, None)).to_vec()).await.unwrap();
    let names = async |after: &str, limit| {
        let rows = store.countersigning_rows(CountersigningKind::Ledger, after, limit).await.unwrap();
        rows.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names("", 2).await, ["a", "b"]);
    assert_eq!(names("b", 10).await, ["c", "журнал"]);
    let newest = store.countersigning_newest(CountersigningKind::Ledger, "c").await.unwrap();
    assert_eq!(newest, Some(("b".to_owned(), b"b".to_vec())));
    let mut tx = store.begin_write(None);
    let kind = CountersigningKind::Ledger;
    tx.change_system(SystemChange::DropCountersigning { kind, before: "c".to_owned() });
    tx.commit(write_line()).await.unwrap();
    assert_eq!(names("", 10).await, ["c", "журнал"]);
    assert!(store.countersigning_rows(CountersigningKind::Fork, "", 10).await.unwrap().is_empty());
    fresh.closed().await;
}

pub async fn of_servers_that_replace_a_row_at_once_one_does(fresh: Fresh) {
    let (_, second) = join(&fresh, "second").await;
    keep(&fresh.store, vec![row("log", "0", None)]).await.unwrap();
    for turn in 0..20 {
        let (old, here, there) =
            (read(&fresh.store, "log").await.unwrap(), format!("a{turn}"), format!("b{turn}"));
        let (one, other) = tokio::join!(
            keep(&fresh.store, vec![row("log", &here, Some(&old))]),
            keep(&second, vec![row("log", &there, Some(&old))]),
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|kept| **kept).count(), 1);
        let stands = if one.is_ok() { here } else { there };
        assert_eq!(read(&second, "log").await, Some(stands));
    }
    second.close().await;
    fresh.closed().await;
}
