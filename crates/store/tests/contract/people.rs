//! Rows about people, and attempts to sign in.

use barid_domain::dates::Timestamp;
use barid_domain::sign_in::{Attempts, Counted};
use barid_store::{PersonKind, PersonRow, Store, StoreError, SystemChange};

use crate::support::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

pub fn row(number: u8, version: i64) -> PersonRow {
    PersonRow {
        kind: PersonKind::Account,
        id: [number; 32],
        organisation: code("XA"),
        owner: [0; 32],
        version,
        ends_at: Timestamp(i64::MAX),
        seen_at: NOW,
        content: format!("রহিম {version}").into_bytes(),
    }
}

fn session(number: u8, ends_at: Timestamp) -> PersonRow {
    PersonRow { kind: PersonKind::Session, owner: [1; 32], ends_at, ..row(number, 1) }
}

pub async fn keep(store: &Store, row: PersonRow) -> Result<(), StoreError> {
    change(store, SystemChange::PutPerson(row)).await
}

async fn change(store: &Store, change: SystemChange) -> Result<(), StoreError> {
    let mut tx = store.begin_write(None);
    tx.change_system(change);
    tx.commit(write_line()).await.map(drop)
}

pub async fn a_row_about_people_is_replaced_by_its_next_version_only(fresh: Fresh) {
    let store = fresh.store.clone();
    keep(&store, row(1, 1)).await.unwrap();
    for wrong in [row(1, 1), row(1, 3), row(2, 2)] {
        assert!(matches!(keep(&store, wrong).await, Err(StoreError::Overtaken)));
    }
    keep(&store, row(1, 2)).await.unwrap();
    assert_eq!(store.person(PersonKind::Account, &[1; 32]).await.unwrap(), Some(row(1, 2)));
    assert_eq!(store.person(PersonKind::Session, &[1; 32]).await.unwrap(), None, "it is no session");
    assert_eq!(store.people(PersonKind::Account, code("XA")).await.unwrap(), [row(1, 2)]);
    assert!(store.people(PersonKind::Account, code("XB")).await.unwrap().is_empty());
}

pub async fn sessions_end_one_by_one_together_and_by_themselves(fresh: Fresh) {
    let store = fresh.store.clone();
    let later = Timestamp(i64::MAX);
    for (number, ends_at) in [(2, Timestamp(1)), (3, later), (4, later)] {
        keep(&store, session(number, ends_at)).await.unwrap();
    }
    let ids = async || {
        let rows = store.sessions_of(&[1; 32]).await.unwrap();
        rows.iter().map(|row| row.id[0]).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [3, 4], "what was over went when another one came");
    let seen = Timestamp(NOW.0 + 5);
    store.note_seen([3; 32], seen).await.unwrap();
    store.note_seen([3; 32], NOW).await.unwrap();
    assert_eq!(store.person(PersonKind::Session, &[3; 32]).await.unwrap().unwrap().seen_at, seen);
    change(&store, SystemChange::DropSessions { owner: [9; 32], session: Some([3; 32]) }).await.unwrap();
    assert_eq!(ids().await, [3, 4], "another's");
    change(&store, SystemChange::DropSessions { owner: [1; 32], session: Some([3; 32]) }).await.unwrap();
    assert_eq!(ids().await, [4]);
    change(&store, SystemChange::DropSessions { owner: [1; 32], session: None }).await.unwrap();
    assert!(ids().await.is_empty());
}

pub async fn attempts_are_counted_all_or_none_and_taken_back(fresh: Fresh) {
    let store = fresh.store.clone();
    let names = vec![([1; 32], Counted::NameFromAddress), ([2; 32], Counted::Name)];
    let at = |seconds: i64| Timestamp(NOW.0 + seconds * 1_000_000);
    let elsewhere = [8; 32];
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, names) = (store.clone(), names.clone());
        tries.spawn(async move { store.begin_attempt(names, elsewhere, at(0)).await.unwrap().is_some() });
    }
    let admitted = tries.join_all().await.into_iter().filter(|admitted| *admitted).count();
    assert_eq!(admitted, 5, "many at once are counted like many one after another");
    let other = vec![([3; 32], Counted::NameFromAddress), ([2; 32], Counted::Name)];
    let before = store.begin_attempt(other.clone(), elsewhere, at(1)).await.unwrap().unwrap();
    assert_eq!(before[0], Attempts::NONE);
    assert_eq!((before[1].failed, before[1].last_at), (5, at(0)));
    let taken_back = SystemChange::UncountAttempt {
        name: [2; 32],
        counted: Counted::Name,
        at: at(1),
        before: before[1].last_at,
    };
    change(&store, taken_back).await.unwrap();
    let again = store.begin_attempt(other.clone(), elsewhere, at(2)).await.unwrap().unwrap();
    assert_eq!(again[1], before[1], "as if it had not been");
}

pub async fn a_name_does_not_pause_where_it_signed_in(fresh: Fresh) {
    let store = fresh.store.clone();
    let (known, elsewhere) = ([7; 32], [8; 32]);
    // Noted at the time of the line, and kept for some weeks.
    let now = write_line().at;
    change(&store, SystemChange::KnowNetwork { name: known }).await.unwrap();
    let name = || vec![([2; 32], Counted::Name)];
    for _ in 0..50 {
        assert!(store.begin_attempt(name(), elsewhere, now).await.unwrap().is_some());
    }
    assert_eq!(store.begin_attempt(name(), elsewhere, now).await.unwrap(), None);
    assert!(store.begin_attempt(name(), known, now).await.unwrap().is_some());
    // What pauses for who guesses there pauses there too.
    let pair = || vec![([1; 32], Counted::NameFromAddress)];
    for _ in 0..5 {
        assert!(store.begin_attempt(pair(), known, now).await.unwrap().is_some());
    }
    assert_eq!(store.begin_attempt(pair(), known, now).await.unwrap(), None);
}

pub async fn where_a_name_signed_in_is_forgotten(fresh: Fresh) {
    let store = fresh.store.clone();
    change(&store, SystemChange::KnowNetwork { name: [7; 32] }).await.unwrap();
    // Long after whatever time the store wrote it at.
    let later = Timestamp::from_seconds(4_000_000_000);
    let asked = || vec![([2; 32], Counted::Name)];
    let mut let_in = 0;
    while store.begin_attempt(asked(), [7; 32], later).await.unwrap().is_some() {
        let_in += 1;
        assert!(let_in < 1_000, "the name never pauses");
    }
    assert!(let_in > 1);
}
