//! Backup and restore: consistent while writing, a new incarnation, nothing accepted that changed.

use std::fs;

use barid_domain::dates::Timestamp;
use barid_domain::officers::OfficerRights;
use barid_domain::streams::StreamClass;
use barid_store::MasterKeySource::DataDirectory;
use barid_store::{HeadChange, HeadState, RestoreOptions, Store, SystemChange, doctor, restore};

use crate::support::*;

pub async fn a_restored_node_begins_a_new_incarnation(fresh: Fresh) {
    let store = &fresh.store;
    let (record, hash) = create(store, "Калачев").await;
    store.put_secret("XA", b"signing key").unwrap();
    let token = b"a token of sufficient length".to_vec();
    let mut tx = store.begin_write(None);
    let (organisation, officer) = (code("XA"), "duty-officer".to_owned());
    let ends_at = Timestamp::from_seconds(1_795_000_060);
    tx.change_system(SystemChange::PutCredential {
        token,
        organisation,
        officer,
        ends_at,
        rights: OfficerRights::default(),
    });
    tx.commit(write_line()).await.unwrap();
    assert_eq!(store.credentials().await.unwrap().len(), 1);
    store.journal().begin(opening_of(record)).await.unwrap();
    store.fold_journal().await.unwrap();
    store.journal().begin(opening_of(record)).await.unwrap();
    let backup = store.backup(&fresh.directory.path().join("backup")).await.unwrap();
    // What comes after the backup takes numbers that a restored node must never give again.
    let (_, later) = create(store, "later").await;
    let old = store.find_entry(later).await.unwrap().unwrap();
    assert!(files_below(&backup.data).iter().all(|file| !file.ends_with("master.key")), "keys lie apart");

    for incarnation in [2, 3] {
        let directory = fresh.directory.path().join(format!("restored-{incarnation}"));
        let options = RestoreOptions {
            backup: backup.data.clone(),
            keys: backup.keys.clone(),
            directory: directory.clone(),
            now: Timestamp(0),
        };
        let report = restore(options.clone()).await.unwrap();
        assert_eq!((report.node, report.incarnation), (store.node(), incarnation));
        assert_eq!(restore(options).await.unwrap_err().code(), "directory-not-empty");
        let restored = Store::open(crate::support::options(&directory)).await.unwrap();
        assert_eq!(restored.incarnation(), incarnation);
        assert_eq!(restored.get_secret("XA").unwrap().unwrap().as_slice(), b"signing key");
        assert_eq!(restored.find_entry(later).await.unwrap(), None);
        assert_eq!(restored.credentials().await.unwrap(), [], "one that was taken back since stays so");
        let act = restored.journal().begin(opening_of(record)).await.unwrap();
        assert_eq!(restored.open_record(&act, record).await.unwrap().unwrap().hash, hash);
        assert_eq!(restored.fold_journal().await.unwrap(), 2, "the unfolded line and the new one");
        let next = person(HeadChange::Supersede { record, expects: hash }, "Калачев 2");
        let committed = write(&restored, vec![next]).await.unwrap();
        assert_eq!((committed.positions[0].stream.incarnation, committed.positions[0].seq), (incarnation, 1));
        assert_ne!(committed.positions[0], old);
        let old_stream = restored.stream_head(old.stream).await.unwrap().unwrap();
        assert_eq!(old_stream.size, 1, "the old stream stays as it was");
        restored.close().await;
        let report = doctor(&directory, &DataDirectory).await.unwrap();
        assert!(report.is_sound(), "{report}");
    }
}

pub async fn a_backup_is_taken_while_writing_goes_on(fresh: Fresh) {
    let writing = {
        let store = fresh.store.clone();
        tokio::spawn(async move {
            for number in 0..60 {
                let (record, _) = create(&store, "নাম").await;
                store.journal().begin(opening_of(record)).await.unwrap();
                if number % 10 == 0 {
                    store.fold_journal().await.unwrap();
                }
            }
        })
    };
    let backup = fresh.store.backup(&fresh.directory.path().join("backup")).await.unwrap();
    writing.await.unwrap();
    let directory = fresh.directory.path().join("restored");
    restore(RestoreOptions {
        backup: backup.data,
        keys: backup.keys,
        directory: directory.clone(),
        now: Timestamp(0),
    })
    .await
    .unwrap();
    let report = doctor(&directory, &DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
    let store = Store::open(options(&directory)).await.unwrap();
    store.fold_journal().await.unwrap();
    let stream =
        barid_domain::streams::StreamId { incarnation: 1, ..store.stream(code("XA"), StreamClass::Persons) };
    let size = store.stream_head(stream).await.unwrap().map_or(0, |head| head.size);
    assert_eq!(store.heads(None, 1_000).await.unwrap().len() as u64, size, "heads and streams agree");
}

pub async fn a_changed_backup_is_refused(fresh: Fresh) {
    create(&fresh.store, "x").await;
    let backup = fresh.store.backup(&fresh.directory.path().join("backup")).await.unwrap();
    let try_restore = |name: &str| {
        let directory = fresh.directory.path().join(name);
        restore(RestoreOptions {
            backup: backup.data.clone(),
            keys: backup.keys.clone(),
            directory,
            now: Timestamp(0),
        })
    };
    for (number, file) in ["barid.db", "journal/00000001.seg", "FORMAT"].into_iter().enumerate() {
        let path = backup.data.join(file);
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, &changed).unwrap();
        let refused = try_restore(&format!("changed-{number}")).await.unwrap_err();
        assert_eq!(refused.code(), "backup-damaged");
        assert!(refused.to_string().contains(file), "{refused}");
        fs::remove_file(&path).unwrap();
        assert_eq!(try_restore(&format!("gone-{number}")).await.unwrap_err().code(), "backup-damaged");
        fs::write(&path, whole).unwrap();
    }
    let other = Fresh::sqlite().await;
    let foreign = other.store.backup(&other.directory.path().join("backup")).await.unwrap();
    let options = RestoreOptions {
        backup: backup.data.clone(),
        keys: foreign.keys,
        directory: fresh.directory.path().join("foreign"),
        now: Timestamp(0),
    };
    assert_eq!(restore(options).await.unwrap_err().code(), "master-key-wrong");
    assert_eq!(
        Store::open(crate::support::options(&fresh.directory.path().join("foreign")))
            .await
            .unwrap_err()
            .code(),
        "directory-not-data",
        "a failed restore leaves nothing that opens"
    );
    try_restore("whole").await.unwrap();
}

pub async fn two_backups_of_one_node_never_give_one_incarnation(fresh: Fresh) {
    let day = 86_400;
    let restored = async |name: &str, seconds: i64| {
        // Each beside its own keys.
        let place = fresh.directory.path().join(format!("backups-{name}"));
        fs::create_dir(&place).unwrap();
        let backup = fresh.store.backup(&place.join("backup")).await.unwrap();
        let options = RestoreOptions {
            backup: backup.data,
            keys: backup.keys,
            directory: fresh.directory.path().join(format!("restored-{name}")),
            now: Timestamp::from_seconds(seconds),
        };
        restore(options).await.unwrap().incarnation
    };
    let monday = restored("monday", 1_795_000_000).await;
    let tuesday = restored("tuesday", 1_795_000_000 + day).await;
    assert!(tuesday > monday && monday > 1, "{monday} {tuesday}");
}

pub async fn what_was_erased_before_a_backup_stays_erased_and_what_after_is_erased_again(fresh: Fresh) {
    let store = &fresh.store;
    let erased = person(HeadChange::Create { record: new_record() }, "Калачев");
    let (early, entry) = (erased.change.record().unwrap(), erased.clone());
    write(store, vec![erased]).await.unwrap();
    let (late, late_hash) = create(store, "Сидоров").await;
    let order = |record, text| person(HeadChange::Erase { record, expects: None }, text);
    write(store, vec![order(early, "before")]).await.unwrap();
    let backup = store.backup(&fresh.directory.path().join("backup")).await.unwrap();
    write(store, vec![order(late, "after")]).await.unwrap();
    let directory = fresh.directory.path().join("restored");
    let options = RestoreOptions {
        backup: backup.data,
        keys: backup.keys,
        directory: directory.clone(),
        now: Timestamp(0),
    };
    restore(options).await.unwrap();
    let restored = Store::open(crate::support::options(&directory)).await.unwrap();
    let state = async |record| restored.head(record).await.unwrap().unwrap().state;
    let opened = async |record, hash| {
        let mut line = opening_of(record);
        line.entries = vec![hash];
        let act = restored.journal().begin(line).await.unwrap();
        restored.open_entry(&act, hash).await.unwrap().and_then(|entry| entry.bytes)
    };
    assert_eq!(state(early).await, HeadState::Erased);
    assert_eq!(opened(early, entry.hash).await, None);
    let refused = write(&restored, vec![entry]).await.unwrap_err();
    assert_eq!(refused.code(), "entry-erased", "the same bytes never come back");
    // What the backup can't know (docs/operations/data-directory.md, "Restore"): the order is carried out again.
    assert_eq!(state(late).await, HeadState::Active);
    assert!(opened(late, late_hash).await.is_some());
    write(&restored, vec![order(late, "again")]).await.unwrap();
    assert_eq!(state(late).await, HeadState::Erased);
    assert_eq!(opened(late, late_hash).await, None);
    restored.close().await;
    let report = doctor(&directory, &DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
}
