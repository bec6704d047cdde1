//! The journal: no reading without a line on disk; torn tails, damage, folding.

use std::fs;

use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::streams::StreamClass;
use barid_store::{Store, StoreError};

use crate::support::*;

fn search(reference: &str) -> JournalLine {
    JournalLine { reference: reference.into(), ..line(Phase::Begun, Operation::SearchPersons) }
}

fn ended(begun: &JournalLine) -> JournalLine {
    JournalLine { salt: random(), phase: Phase::Ended, ..begun.clone() }
}

pub async fn an_opening_needs_an_act_that_names_it(fresh: Fresh) {
    let store = &fresh.store;
    let (record, hash) = create(store, "刘").await;
    let (other, _) = create(store, "陈").await;
    let act = store.journal().begin(opening_of(other)).await.unwrap();
    assert_eq!(store.open_record(&act, record).await.unwrap_err().code(), "act-does-not-cover");
    assert_eq!(store.open_entry(&act, hash).await.unwrap_err().code(), "act-does-not-cover");
    let act = store.journal().begin(opening_of(record)).await.unwrap();
    assert_eq!(store.open_record(&act, record).await.unwrap().unwrap().hash, hash);
    assert_eq!(store.open_entry(&act, hash).await.unwrap().unwrap().hash, hash);
    let absent = new_record();
    let act = store.journal().begin(opening_of(absent)).await.unwrap();
    assert_eq!(store.open_record(&act, absent).await.unwrap(), None);

    let other_act = ended(&search("x"));
    assert_eq!(store.journal().end(act, other_act).await.unwrap_err().code(), "journal-line-invalid");
    let not_begun = store.journal().begin(ended(&search("x"))).await.unwrap_err();
    assert_eq!(not_begun.code(), "journal-line-invalid");
    let mut long = search("x");
    long.asked = Some("ж".repeat(40_000));
    assert_eq!(store.journal().begin(long).await.unwrap_err().code(), "journal-line-invalid");
}

pub async fn begun_lines_survive_and_fold_once(fresh: Fresh) {
    let mut hashes = Vec::new();
    for number in 0..10 {
        let begun = search(&format!("case {number}"));
        hashes.push(begun.hash());
        let end = ended(&begun);
        hashes.push(end.hash());
        let act = fresh.store.journal().begin(begun).await.unwrap();
        fresh.store.journal().end(act, end).await.unwrap();
    }
    let fresh = fresh.reopened().await;
    assert_eq!(fresh.store.fold_journal().await.unwrap(), 20);
    assert_eq!(fresh.store.fold_journal().await.unwrap(), 0);
    let access = fresh.store.stream(code("XB"), StreamClass::Access);
    assert_eq!(fresh.store.leaf_hashes(access, 0..100).await.unwrap(), hashes);
    let fresh = fresh.reopened().await;
    assert_eq!(fresh.store.fold_journal().await.unwrap(), 0, "remembered in the same transaction");
    let begun = search("later");
    let hash = begun.hash();
    fresh.store.journal().begin(begun).await.unwrap();
    let (one, two) = tokio::join!(fresh.store.fold_journal(), fresh.store.fold_journal());
    assert_eq!(one.unwrap() + two.unwrap(), 1, "two foldings at once fold once");
    assert_eq!(fresh.store.find_entry(hash).await.unwrap().unwrap().seq, 21);
}

pub async fn a_torn_tail_is_cut_at_every_offset(fresh: Fresh) {
    let segment = fresh.data().join("journal/00000001.seg");
    let mut ends = vec![fs::metadata(&segment).unwrap().len()];
    for number in 0..3 {
        fresh.store.journal().begin(search(&format!("case {number}"))).await.unwrap();
        ends.push(fs::metadata(&segment).unwrap().len());
    }
    let data = fresh.data();
    let _directory = fresh.closed().await;
    let whole = fs::read(&segment).unwrap();
    for cut in (ends[0]..=ends[3]).step_by(7).chain(ends.clone()) {
        fs::write(&segment, &whole[..cut as usize]).unwrap();
        let store = Store::open(options(&data)).await.unwrap();
        let lines = ends.iter().filter(|end| **end <= cut).count() as u64 - 1;
        assert_eq!(store.journal().durable_lines(), lines, "cut at {cut}");
        assert_eq!(store.torn_journal_bytes(), cut - ends[lines as usize]);
        // It goes on from there.
        store.journal().begin(search("after")).await.unwrap();
        store.close().await;
        let store = Store::open(options(&data)).await.unwrap();
        assert_eq!((store.journal().durable_lines(), store.torn_journal_bytes()), (lines + 1, 0));
        store.close().await;
    }
    fs::write(&segment, &whole).unwrap();
    let store = Store::open(options(&data)).await.unwrap();
    assert_eq!(store.fold_journal().await.unwrap(), 3);
    store.close().await;
    // Lines that were folded can't be missing: that is no crash.
    fs::write(&segment, &whole[..ends[2] as usize]).unwrap();
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "journal-damaged");
    // And one that looks torn is not cut before that is asked: the bytes are what happened.
    let mut flipped = whole.clone();
    flipped[ends[2] as usize + 30] ^= 4;
    fs::write(&segment, &flipped).unwrap();
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "journal-damaged");
    assert!(fs::read(&segment).unwrap() == flipped, "nothing was cut");
}

pub async fn many_callers_share_syncs(fresh: Fresh) {
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..32 {
        let store = fresh.store.clone();
        tasks.spawn(async move {
            for number in 0..10 {
                let begun = search(&format!("{caller}-{number}"));
                let end = ended(&begun);
                let act = store.journal().begin(begun).await.unwrap();
                store.journal().end(act, end).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(fresh.store.fold_journal().await.unwrap(), 640);
    let access = fresh.store.stream(code("XB"), StreamClass::Access);
    assert_eq!(fresh.store.stream_head(access).await.unwrap().unwrap().size, 640);
}

pub async fn damage_in_the_middle_is_refused_at_opening_and_named(fresh: Fresh) {
    let segment = fresh.data().join("journal/00000001.seg");
    let mut ends = vec![fs::metadata(&segment).unwrap().len()];
    for number in 0..3 {
        fresh.store.journal().begin(search(&format!("case {number}"))).await.unwrap();
        ends.push(fs::metadata(&segment).unwrap().len());
    }
    let data = fresh.data();
    let _directory = fresh.closed().await;
    let mut bytes = fs::read(&segment).unwrap();
    bytes[ends[1] as usize + 30] ^= 4;
    fs::write(&segment, &bytes).unwrap();
    match Store::open(options(&data)).await {
        Err(StoreError::JournalDamaged { segment: 1, offset, .. }) => assert_eq!(offset, ends[1]),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&segment).unwrap(), bytes, "nothing was cut");
}
