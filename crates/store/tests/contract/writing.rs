//! Writing: numbers, idempotency, conflicts, all or nothing.

use std::collections::BTreeSet;

use barid_domain::audit::Operation;
use barid_domain::codes::CodeList as _;
use barid_domain::dates::Timestamp;
use barid_domain::ids::EntryHash;
use barid_domain::officers::OfficerRights;
use barid_domain::streams::StreamClass;
use barid_store::{
    Conflict, Credential, ENTRY_BYTES_CAP, HeadChange, HeadState, ITEM_BYTES_CAP, ImportProgress, ImportRow,
    KeyScope, NewEntry, StoreError, SystemChange,
};

use crate::support::*;

fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Conflict {
    match result {
        Err(StoreError::Conflict { conflict, .. }) => conflict,
        other => panic!("a conflict was due, not {other:?}"),
    }
}

pub async fn numbers_are_gap_free_under_concurrent_writers(fresh: Fresh) {
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = fresh.store.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            for number in 0..10 {
                let entry = person(HeadChange::Create { record: new_record() }, "নাম");
                let entries = vec![entry; 1];
                let committed = write(&store, entries).await.unwrap();
                // Every third write fails and must not take a number.
                if (writer + number) % 3 == 0 {
                    let missing = HeadChange::Withdraw { record: new_record(), expects: EntryHash([0; 32]) };
                    assert_eq!(conflict(write(&store, vec![person(missing, "")]).await), Conflict::NotFound);
                }
                taken.push((committed.positions[0].seq, committed.audit.seq));
            }
            taken
        });
    }
    let taken: Vec<(u64, u64)> = tasks.join_all().await.into_iter().flatten().collect();
    let entries: BTreeSet<u64> = taken.iter().map(|(seq, _)| *seq).collect();
    let lines: BTreeSet<u64> = taken.iter().map(|(_, line)| *line).collect();
    assert_eq!(entries, (1..=80).collect());
    assert_eq!(lines, (1..=80).collect());
    let stream = fresh.store.stream(code("XA"), StreamClass::Persons);
    assert_eq!(fresh.store.stream_head(stream).await.unwrap().unwrap().size, 80);
}

pub async fn a_repeated_write_answers_its_first_outcome(fresh: Fresh) {
    let idempotency = idempotency(1);
    let entry = person(HeadChange::Create { record: new_record() }, "Калачев");
    let organisation = idempotency.organisation;
    assert_eq!(fresh.store.outcome(organisation, idempotency.key).await.unwrap(), None);
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let mut tx = fresh.store.begin_write(Some(idempotency));
        tx.append(entry.clone());
        outcomes.push(tx.commit(write_line()).await.unwrap());
    }
    assert!(!outcomes[0].replayed && outcomes[1].replayed);
    assert_eq!(outcomes[0].positions, outcomes[1].positions);
    assert_eq!(outcomes[0].audit, outcomes[1].audit);
    let fresh = fresh.reopened().await;
    let landed = fresh.store.outcome(organisation, idempotency.key).await.unwrap().unwrap();
    assert_eq!(landed.positions, outcomes[0].positions);
    assert_eq!(fresh.store.outcome(code("XB"), idempotency.key).await.unwrap(), None, "keys of others");
}

pub async fn repeated_writes_at_once_store_once(fresh: Fresh) {
    let idempotency = idempotency(1);
    let entry = person(HeadChange::Create { record: new_record() }, "Калачев");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, entry) = (fresh.store.clone(), entry.clone());
        tasks.spawn(async move {
            let mut tx = store.begin_write(Some(idempotency));
            tx.append(entry);
            tx.commit(write_line()).await.unwrap()
        });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| !outcome.replayed).count(), 1);
    assert!(outcomes.iter().all(|outcome| outcome.positions == outcomes[0].positions));
}

pub async fn a_key_used_for_another_request_is_refused(fresh: Fresh) {
    let first = idempotency(1);
    let mut tx = fresh.store.begin_write(Some(first));
    tx.append(person(HeadChange::Create { record: new_record() }, "كلاتشيف"));
    tx.commit(write_line()).await.unwrap();
    let second = barid_store::Idempotency { request: [2; 32], ..first };
    let mut tx = fresh.store.begin_write(Some(second));
    tx.append(person(HeadChange::Create { record: new_record() }, "كلاتشيف"));
    let refused = tx.commit(write_line()).await.unwrap_err();
    assert_eq!(refused.code(), "idempotency-mismatch");
}

pub async fn changes_must_fit_the_present_state(fresh: Fresh) {
    let store = &fresh.store;
    let (record, first) = create(store, "कलाचेव").await;
    let again = person(HeadChange::Create { record }, "कलाचेव");
    // The record's own key is there already, so a second beginning must be told before a key is made.
    assert_eq!(conflict(write(store, vec![again]).await), Conflict::AlreadyExists);

    let second = person(HeadChange::Supersede { record, expects: first }, "कलाचेव 2");
    let current = second.hash;
    write(store, vec![second]).await.unwrap();
    let stale = HeadChange::Supersede { record, expects: first };
    assert_eq!(conflict(write(store, vec![person(stale, "")]).await), Conflict::Stale { current });
    let stale = HeadChange::Withdraw { record, expects: first };
    assert_eq!(conflict(write(store, vec![person(stale, "")]).await), Conflict::Stale { current });
    let head = store.head(record).await.unwrap().unwrap();
    assert_eq!((head.current, head.version, head.state), (current, 2, HeadState::Active));

    let end = HeadChange::Withdraw { record, expects: current };
    write(store, vec![person(end, "")]).await.unwrap();
    let late = HeadChange::Supersede { record, expects: current };
    assert_eq!(conflict(write(store, vec![person(late, "")]).await), Conflict::Withdrawn);
    assert_eq!(conflict(write(store, vec![person(end, "")]).await), Conflict::Withdrawn);
    assert_eq!(store.head(record).await.unwrap().unwrap().state, HeadState::Withdrawn);

    let nobody = HeadChange::Erase { record: new_record(), expects: None };
    assert_eq!(conflict(write(store, vec![person(nobody, "")]).await), Conflict::NotFound);
}

pub async fn nothing_is_half_stored_when_an_append_in_the_middle_fails(fresh: Fresh) {
    let store = &fresh.store;
    let (kept, _) = create(store, "张").await;
    let heads = store.stream_heads().await.unwrap();
    let good = person(HeadChange::Create { record: new_record() }, "李");
    let HeadChange::Create { record: first } = good.change else { unreachable!() };
    let bad = person(HeadChange::Create { record: kept }, "王");
    let entries = vec![good.clone(), bad, person(HeadChange::Create { record: new_record() }, "刘")];
    assert_eq!(conflict(write(store, entries).await), Conflict::AlreadyExists);
    assert_eq!(store.stream_heads().await.unwrap(), heads);
    assert_eq!(store.head(first).await.unwrap(), None);
    assert_eq!(store.find_entry(good.hash).await.unwrap(), None);
    // The first entry is as good as ever.
    assert_eq!(write(store, vec![good]).await.unwrap().positions[0].seq, 2);
}

pub async fn one_failing_write_does_not_hurt_its_group(fresh: Fresh) {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40_u32 {
        let store = fresh.store.clone();
        tasks.spawn(async move {
            let mut entries = vec![person(HeadChange::Create { record: new_record() }, "Müller")];
            if number % 2 == 0 {
                entries.push(person(HeadChange::Erase { record: new_record(), expects: None }, ""));
            }
            write(&store, entries).await
        });
    }
    let results = tasks.join_all().await;
    let stored: BTreeSet<u64> =
        results.iter().filter_map(|result| result.as_ref().ok()).map(|done| done.positions[0].seq).collect();
    assert_eq!(stored, (1..=20).collect());
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 20);
}

pub async fn malformed_entries_are_refused(fresh: Fresh) {
    let create = || person(HeadChange::Create { record: new_record() }, "x");
    let mut cases = Vec::new();
    let mut entry = create();
    entry.bytes.push(0);
    cases.push(entry);
    let mut entry = create();
    entry.bytes = vec![1; ENTRY_BYTES_CAP + 1];
    entry.hash = hash_of(&entry.bytes);
    cases.push(entry);
    let mut entry = create();
    entry.class = StreamClass::Access;
    cases.push(entry);
    let mut entry = create();
    entry.class = StreamClass::from_number(999);
    cases.push(entry);
    let mut entry = create();
    entry.key = KeyScope::Record(new_record());
    cases.push(entry);
    let mut entry = create();
    entry.key = KeyScope::AccessMonth { owner: code("XA"), year: 2026, month: 1 };
    cases.push(entry);
    let record = new_record();
    let mut entry = person(HeadChange::Erase { record, expects: None }, "");
    entry.key = KeyScope::Record(record);
    cases.push(entry);
    let mut entry = batch(&["x".into()]);
    entry.items[0].bytes = vec![0; ITEM_BYTES_CAP + 1];
    cases.push(entry);
    let mut entry = batch(&["x".into()]);
    entry.change = HeadChange::Create { record: new_record() };
    cases.push(entry);
    for (number, entry) in cases.into_iter().enumerate() {
        let refused = write(&fresh.store, vec![entry]).await.unwrap_err();
        assert_eq!(refused.code(), "entry-invalid", "case {number}");
    }
    let mut at_cap = create();
    at_cap.bytes = vec![1; ENTRY_BYTES_CAP];
    at_cap.hash = hash_of(&at_cap.bytes);
    write(&fresh.store, vec![at_cap.clone()]).await.unwrap();
    let refused = write(&fresh.store, vec![at_cap]).await.unwrap_err();
    assert_eq!(refused.code(), "entry-duplicate");
}

pub async fn batches_are_stored_opened_and_withdrawn_item_by_item(fresh: Fresh) {
    let store = &fresh.store;
    let texts: Vec<String> = (0..600).map(|number| format!("XB{number:07}")).collect();
    let entry = batch(&texts);
    write(store, vec![entry.clone()]).await.unwrap();
    for index in [0_usize, 255, 256, 599] {
        let item = &entry.items[index];
        let act = store.journal().begin(opening_of(item.record)).await.unwrap();
        let found = store.open_record(&act, item.record).await.unwrap().unwrap();
        assert_eq!(found.bytes.as_ref(), Some(&entry.bytes));
        let found = found.item.unwrap();
        assert_eq!(found.bytes.as_ref(), Some(&item.bytes));
        assert_eq!((found.index as usize, found.hash), (index, item.hash));
    }
    let hashes: Vec<[u8; 32]> = entry.items.iter().map(|item| item.hash).collect();
    assert_eq!(store.item_hashes(entry.hash).await.unwrap(), Some(hashes));

    let record = entry.items[300].record;
    let end = |item| HeadChange::WithdrawItem { batch: entry.hash, item, record };
    assert_eq!(conflict(write(store, vec![person(end(301), "")]).await), Conflict::NotThatItem);
    let whole = HeadChange::Withdraw { record, expects: entry.hash };
    assert_eq!(conflict(write(store, vec![person(whole, "")]).await), Conflict::BatchItem);
    write(store, vec![person(end(300), "")]).await.unwrap();
    assert_eq!(conflict(write(store, vec![person(end(300), "")]).await), Conflict::Withdrawn);
    assert_eq!(store.head(entry.items[301].record).await.unwrap().unwrap().state, HeadState::Active);

    let mut twice = batch(&["a".into(), "b".into()]);
    twice.items[1].record = twice.items[0].record;
    assert_eq!(conflict(write(store, vec![twice]).await), Conflict::AlreadyExists);
    let mut known = batch(&["a".into(), "b".into()]);
    known.items[1].record = record;
    assert_eq!(conflict(write(store, vec![known]).await), Conflict::AlreadyExists);
}

pub async fn imports_are_remembered_with_their_write(fresh: Fresh) {
    let store = &fresh.store;
    let row = |source_id: &str, edition| ImportRow {
        organisation: code("SEC"),
        source: "un-sc".into(),
        source_id: source_id.into(),
        record: new_record(),
        content: [1; 32],
        edition,
    };
    let progress = ImportProgress {
        organisation: code("SEC"),
        source: "un-sc".into(),
        edition: 2,
        file_hash: [5; 32],
        rows_done: 2,
        finished: false,
        kept: b"kept sealed".to_vec(),
    };
    let (old, new) = (row("QDi.001", 1), row("QDi.002", 2));
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::RememberImport(old.clone()));
    tx.change_system(SystemChange::RememberImport(new.clone()));
    tx.change_system(SystemChange::SetImportProgress(progress.clone()));
    tx.commit(line_of_import()).await.unwrap();
    let found = store.imported(code("SEC"), "un-sc", "QDi.001").await.unwrap().unwrap();
    assert_eq!(found.record, old.record);
    assert!(store.is_same_content(&found, &[1; 32]) && !store.is_same_content(&found, &[2; 32]));
    assert_eq!(store.imported(code("XA"), "un-sc", "QDi.001").await.unwrap(), None);
    let gone = store.imported_before(code("SEC"), "un-sc", 2).await.unwrap();
    assert_eq!(gone.iter().map(|row| row.record).collect::<Vec<_>>(), [old.record]);
    assert_eq!(store.import_progress(code("SEC"), "un-sc").await.unwrap(), Some(progress));
    assert!(files_below(&fresh.data()).iter().all(|file| !holds(file, b"kept sealed")));
    let mut tx = store.begin_write(None);
    let source_id = gone[0].source_id;
    let (organisation, source) = (code("SEC"), "un-sc".to_owned());
    tx.change_system(SystemChange::ForgetImport { organisation, source, source_id });
    tx.append(person(HeadChange::Erase { record: new_record(), expects: None }, ""));
    tx.commit(line_of_import()).await.unwrap_err();
    assert!(
        store.imported(code("SEC"), "un-sc", "QDi.001").await.unwrap().is_some(),
        "not without its write"
    );
    // One that an edition left out and that is remembered all the same.
    let (organisation, source) = (code("SEC"), "un-sc".to_owned());
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::KeepImport { organisation, source, source_id, edition: 2 });
    tx.commit(line_of_import()).await.unwrap();
    assert!(store.imported_before(code("SEC"), "un-sc", 2).await.unwrap().is_empty());
    let kept = store.imported(code("SEC"), "un-sc", "QDi.001").await.unwrap().unwrap();
    assert_eq!((kept.record, kept.edition, kept.content), (old.record, 2, found.content));
}

fn line_of_import() -> barid_domain::audit::JournalLine {
    line(barid_domain::audit::Phase::Committed, Operation::ImportList)
}

pub async fn credentials_come_and_go(fresh: Fresh) {
    let token = b"a token of sufficient length".to_vec();
    let now = Timestamp::from_seconds(1_795_000_000);
    let ends_at = Timestamp::from_seconds(1_795_000_060);
    assert_eq!(fresh.store.credential(&token, now).await.unwrap(), None);
    let mut tx = fresh.store.begin_write(None);
    let (organisation, officer) = (code("XA"), "duty-officer".to_owned());
    tx.change_system(SystemChange::PutCredential {
        token: token.clone(),
        organisation,
        officer,
        ends_at,
        rights: OfficerRights::all(),
    });
    tx.commit(write_line()).await.unwrap();
    let credential = fresh.store.credential(&token, now).await.unwrap().unwrap();
    assert_eq!(credential.actor.organisation, code("XA"));
    assert_eq!(credential.rights, OfficerRights::all());
    assert_eq!(credential.actor.officer, "duty-officer");
    assert_eq!((credential.ends_at, credential.last_used_on), (ends_at, None));
    assert!(
        files_below(&fresh.data()).iter().all(|file| !holds(file, b"duty-officer") && !holds(file, &token))
    );
    assert_eq!(fresh.store.credential(&token, ends_at).await.unwrap(), None, "it ends at that moment");
    fresh.store.note_uses(vec![(credential.id, now.day())]).await.unwrap();
    fresh.store.note_uses(vec![(credential.id, now.day().saturating_add(-1))]).await.unwrap();
    let listed = fresh.store.credentials().await.unwrap();
    assert_eq!(listed, [Credential { last_used_on: Some(now.day()), ..credential.clone() }]);
    let mut tx = fresh.store.begin_write(None);
    tx.change_system(SystemChange::RemoveCredential { credential: credential.id });
    tx.commit(write_line()).await.unwrap();
    assert_eq!(fresh.store.credential(&token, now).await.unwrap(), None);
    assert_eq!(fresh.store.credentials().await.unwrap(), []);
    let mut tx = fresh.store.begin_write(None);
    let officer = "Müller".to_owned();
    tx.change_system(SystemChange::PutCredential {
        token,
        organisation,
        officer,
        ends_at,
        rights: OfficerRights::default(),
    });
    assert_eq!(tx.commit(write_line()).await.unwrap_err().code(), "name-invalid");
}

pub async fn many_records_that_begin_at_once_are_checked_like_single_ones(fresh: Fresh) {
    let store = &fresh.store;
    let (there, _) = create(store, "ألف").await;
    let (gone, _) = create(store, "باء").await;
    write(store, vec![person(HeadChange::Erase { record: gone, expects: None }, "order")]).await.unwrap();
    let new = || person(HeadChange::Create { record: new_record() }, "নতুন");
    let streams = store.stream_heads().await.unwrap();
    for (record, conflict) in [(there, Conflict::AlreadyExists), (gone, Conflict::Erased)] {
        for at in [0, 1, 15, 16, 39] {
            let mut entries: Vec<_> = (0..40).map(|_| new()).collect();
            entries[at] = person(HeadChange::Create { record }, "x");
            let refused = write(store, entries).await.unwrap_err();
            assert!(
                matches!(refused, StoreError::Conflict { record: r, conflict: c } if (r, c) == (record, conflict)),
                "{at}: {refused}"
            );
        }
    }
    // The same record twice, side by side and far apart.
    for (one, other) in [(3, 4), (3, 30)] {
        let mut entries: Vec<_> = (0..40).map(|_| new()).collect();
        let record = entries[one].change.record().unwrap();
        entries[other] = person(HeadChange::Create { record }, "x");
        let refused = write(store, entries).await.unwrap_err();
        let conflict = Conflict::AlreadyExists;
        assert!(
            matches!(refused, StoreError::Conflict { record: r, conflict: c } if (r, c) == (record, conflict)),
            "{refused}"
        );
    }
    assert_eq!(store.stream_heads().await.unwrap(), streams, "nothing of a refused write is stored");

    // Records with keys of their own, records under the month's key, and a revision in the middle of them.
    let first = new();
    let record = first.change.record().unwrap();
    let revised = person(HeadChange::Supersede { record, expects: first.hash }, "x");
    let under_month = |_| NewEntry { key: KeyScope::owner_month(code("XA"), review_day()), ..new() };
    let mut entries = vec![first];
    entries.extend((0..20).map(|_| new()));
    entries.push(revised.clone());
    entries.extend((0..20).map(under_month));
    entries.extend((0..3).map(|_| new()));
    let committed = write(store, entries.clone()).await.unwrap();
    let numbers: Vec<u64> = committed.positions.iter().map(|position| position.seq).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    for entry in &entries {
        let record = entry.change.record().unwrap();
        let current =
            if entry.change.record() == revised.change.record() { revised.hash } else { entry.hash };
        assert_eq!(store.head(record).await.unwrap().unwrap().current, current);
        let act = store.journal().begin(opening_of(record)).await.unwrap();
        let opened = store.open_record(&act, record).await.unwrap().unwrap();
        assert_eq!(opened.hash, current);
        assert!(opened.bytes.is_some());
    }
}

pub async fn writes_handed_over_one_after_another_are_stored_in_that_order(fresh: Fresh) {
    let store = &fresh.store;
    let mut expects = None;
    let mut on_their_way = Vec::new();
    let record = new_record();
    for text in ["один", "два", "три", "четыре"] {
        let change = match expects {
            None => HeadChange::Create { record },
            Some(expects) => HeadChange::Supersede { record, expects },
        };
        let entry = person(change, text);
        expects = Some(entry.hash);
        let mut tx = store.begin_write(None);
        tx.append(entry);
        on_their_way.push(tx.hand_over(write_line()).await.unwrap());
    }
    for (seq, handed) in (1..).zip(on_their_way) {
        assert_eq!(handed.answer().await.unwrap().positions[0].seq, seq);
    }
    assert_eq!(store.head(record).await.unwrap().unwrap().version, 4);
    // A write nobody asks after lands all the same.
    let mut tx = store.begin_write(None);
    tx.append(person(HeadChange::Supersede { record, expects: expects.unwrap() }, "пять"));
    drop(tx.hand_over(write_line()).await.unwrap());
    create(store, "after it").await;
    assert_eq!(store.head(record).await.unwrap().unwrap().version, 5);
}
