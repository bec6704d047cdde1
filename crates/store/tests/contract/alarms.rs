//! Alarms: kept once, replaced only while they are what was read, listed newest first, each in its place; and the accesses of
//! an organisation, a stretch at a time.

use barid_domain::dates::Timestamp;
use barid_domain::ids::{ActId, RecordId};
use barid_store::{AccessPlace, AlarmId, AlarmRow, BegunAct, Canary, Store, StoreError, SystemChange};

use crate::doctor::change_either;
use crate::support::*;

pub fn row(number: u8, organisation: &str, at: i64, content: &str) -> AlarmRow {
    AlarmRow {
        alarm: AlarmId([number; 16]),
        organisation: code(organisation),
        at: Timestamp::from_seconds(at),
        content: content.as_bytes().to_vec(),
    }
}

pub async fn keep(store: &Store, row: AlarmRow, replaces: Option<&str>) -> Result<(), StoreError> {
    let replaces = replaces.map(|old| old.as_bytes().to_vec());
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::KeepAlarm { row, replaces });
    tx.commit(write_line()).await.map(|_| ())
}

pub async fn mark(store: &Store, record: RecordId) {
    let mut tx = store.begin_write(None);
    let at = Timestamp::from_seconds(7);
    tx.change_system(SystemChange::MarkCanary(Canary { record, owner: code("XA"), at }));
    tx.commit(write_line()).await.unwrap();
}

pub async fn a_canary_is_marked_once_and_unmarked_by_its_owner_alone(fresh: Fresh) {
    let store = &fresh.store;
    let record = new_record();
    mark(store, record).await;
    mark(store, record).await;
    let canary = Canary { record, owner: code("XA"), at: Timestamp::from_seconds(7) };
    assert_eq!(store.canaries().await.unwrap(), [canary]);
    let begun = act(store).await;
    assert_eq!(store.canaries_of(&begun, code("XA")).await.unwrap(), [canary]);
    assert_eq!(store.canaries_of(&begun, code("XB")).await.unwrap(), []);
    for (owner, left) in [("XB", 1), ("XA", 0), ("XA", 0)] {
        let mut tx = store.begin_write(None);
        tx.change_system(SystemChange::UnmarkCanary { owner: code(owner), record });
        tx.commit(write_line()).await.unwrap();
        assert_eq!(store.canaries().await.unwrap().len(), left);
    }
    fresh.closed().await;
}

pub async fn a_mark_that_is_damaged_silences_no_other(fresh: Fresh) {
    let (data, address) = (fresh.data(), fresh.address.clone());
    for _ in 0..3 {
        mark(&fresh.store, new_record()).await;
    }
    let _directory = fresh.closed().await;
    // One is another organisation's, says the table: its seal says otherwise.
    let damage = "UPDATE canaries SET organisation = 'XB'
                  WHERE canary IN (SELECT canary FROM canaries ORDER BY canary LIMIT 1)";
    change_either(&data, address.as_deref(), damage).await;
    let store = Store::open(options(&data)).await.unwrap();
    assert_eq!(store.canaries().await.unwrap().len(), 2);
    let begun = act(&store).await;
    assert_eq!(store.canaries_of(&begun, code("XA")).await.unwrap().len(), 2);
    assert_eq!(store.canaries_of(&begun, code("XB")).await.unwrap(), []);
    store.close().await;
}

async fn act(store: &Store) -> BegunAct {
    store.journal().begin(opening_of(new_record())).await.unwrap()
}

pub async fn an_alarm_is_kept_once_and_replaced_only_while_it_is_what_was_read(fresh: Fresh) {
    let store = &fresh.store;
    let overtaken = |kept: Result<(), StoreError>| matches!(kept, Err(StoreError::Overtaken));
    keep(store, row(1, "XA", 10, "открыт"), None).await.unwrap();
    assert!(overtaken(keep(store, row(1, "XA", 10, "another"), None).await));
    assert!(overtaken(keep(store, row(1, "XA", 10, "new"), Some("never")).await));
    assert!(overtaken(keep(store, row(1, "XB", 10, "new"), Some("открыт")).await), "of another's people");
    keep(store, row(1, "XA", 10, "решён"), Some("открыт")).await.unwrap();
    let begun = act(store).await;
    let found = store.alarm(&begun, AlarmId([1; 16])).await.unwrap().unwrap();
    assert_eq!(found, row(1, "XA", 10, "решён"));
    assert!(store.has_alarm(AlarmId([1; 16])).await.unwrap());
    assert!(!store.has_alarm(AlarmId([2; 16])).await.unwrap());
    let large = AlarmRow { content: vec![0; 64 * 1024 + 1], ..row(3, "XA", 1, "") };
    assert!(matches!(keep(store, large, None).await, Err(StoreError::InvalidName)));
    assert_ne!(store.alarm_id(b"one"), store.alarm_id(b"two"));

    for (number, organisation, at) in [(4, "XB", 11), (5, "XA", 12), (6, "XA", 12), (7, "XB", 9)] {
        keep(store, row(number, organisation, at, "тревога"), None).await.unwrap();
    }
    let listed = async |of: Option<&str>, after: Option<(i64, u8)>, limit| {
        let after = after.map(|(at, number)| (Timestamp::from_seconds(at), AlarmId([number; 16])));
        let rows = store.alarms(&begun, of.map(code), after, limit).await.unwrap();
        rows.iter().map(|row| row.alarm.0[0]).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None, 10).await, [6, 5, 4, 1, 7]);
    assert_eq!(listed(None, Some((12, 5)), 2).await, [4, 1]);
    assert_eq!(listed(Some("XA"), None, 10).await, [6, 5, 1]);
    assert_eq!(listed(Some("XA"), Some((12, 6)), 1).await, [5]);
    assert_eq!(listed(Some("XC"), None, 10).await, [0; 0]);
    for (before, is_any) in [(9, false), (10, true)] {
        assert_eq!(
            store.has_alarms_before(Timestamp::from_seconds(before)).await.unwrap(),
            is_any,
            "{before}"
        );
    }
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::DropAlarms { before: Timestamp::from_seconds(11) });
    tx.commit(write_line()).await.unwrap();
    assert_eq!(listed(None, None, 10).await, [6, 5, 4]);
    fresh.closed().await;
}

pub async fn accesses_are_read_a_stretch_at_a_time_and_nobody_elses(fresh: Fresh) {
    let store = &fresh.store;
    let mut begun = Vec::new();
    for _ in 0..7 {
        begun.push(act(store).await.act());
    }
    // A write has its line at once, before those of the journal are folded.
    create(store, "Калачев").await;
    store.fold_journal().await.unwrap();
    let reading = act(store).await;
    let organisation = reading.line().actor.organisation;
    let (mut place, mut seen) = (AccessPlace::default(), Vec::<ActId>::new());
    loop {
        let stretch = store.accesses(&reading, organisation, place, 3).await.unwrap();
        assert!(stretch.lines.len() <= 3);
        for one in &stretch.lines {
            assert_eq!(one.line.hash(), one.hash);
            assert_eq!(one.position.seq, one.place.seq);
            assert_eq!(one.line.actor.organisation, organisation);
        }
        seen.extend(stretch.lines.iter().map(|one| one.line.act));
        let Some(next) = stretch.next else { break };
        place = next;
    }
    assert!(begun.iter().all(|act| seen.iter().filter(|one| *one == act).count() == 1), "{seen:?}");
    assert_eq!(store.last_access(organisation).await.unwrap(), place);
    assert_eq!(store.last_access(code("XQ")).await.unwrap(), AccessPlace::default());
    let other = store.entries_of(&reading, new_record()).await;
    assert!(matches!(other, Err(StoreError::ActDoesNotCover)), "of the record that the act names alone");
    // What is folded later goes on behind the place where reading ended.
    let later = act(store).await;
    store.fold_journal().await.unwrap();
    let stretch = store.accesses(&reading, organisation, place, 10).await.unwrap();
    let acts: Vec<ActId> = stretch.lines.iter().map(|one| one.line.act).collect();
    assert!(acts.contains(&later.act()) && !acts.iter().any(|act| begun.contains(act)), "{acts:?}");
    let nobody = store.accesses(&reading, code("XQ"), AccessPlace::default(), 10).await.unwrap();
    assert_eq!((nobody.lines.len(), nobody.next), (0, None));
    fresh.closed().await;
}
