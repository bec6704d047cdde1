//! At rest: what can be read from the files without the master key, and who may open them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_store::{HeadChange, MasterKeySource, SnapshotKind, Store, StoreOptions, SystemChange};

use crate::support::*;

/// Made-up names in the scripts our users write, and document numbers.
const NEEDLES: [&str; 10] = [
    "Ондатров",
    "مرجانوف",
    "पुष्पकोव",
    "পদ্মলোচন",
    "赵测试人",
    "نرگس‌پور",
    "Musterperson",
    "XA7712345",
    "P<XBAEXERCISE",
    "QDi.990",
];

fn assert_hidden(directory: &std::path::Path) {
    let files = files_below(directory);
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        for needle in NEEDLES {
            assert!(!holds(&file, needle.as_bytes()), "{needle} stands in {}", file.display());
            for encode in [u16::to_le_bytes, u16::to_be_bytes] {
                let wide: Vec<u8> = needle.encode_utf16().flat_map(encode).collect();
                assert!(!holds(&file, &wide), "{needle} stands in {} as UTF-16", file.display());
            }
        }
    }
}

pub async fn no_name_and_no_number_stands_in_any_file(fresh: Fresh) {
    let store = &fresh.store;
    for needle in NEEDLES {
        let (record, hash) = create(store, needle).await;
        let change = HeadChange::Supersede { record, expects: hash };
        let mut tx = store.begin_write(Some(idempotency(1)));
        tx.append(person(change, needle));
        tx.append(batch(&[needle.to_owned(), needle.to_owned()]));
        tx.change_system(SystemChange::RememberImport(barid_store::ImportRow {
            organisation: code("SEC"),
            source: "un-sc".into(),
            source_id: needle.into(),
            record,
            content: [1; 32],
            edition: 1,
        }));
        tx.commit(JournalLine { asked: Some(needle.into()), ..write_line() }).await.unwrap();
        let begun =
            JournalLine { asked: Some(needle.into()), ..line(Phase::Begun, Operation::SearchPersons) };
        store.journal().begin(begun).await.unwrap();
    }
    store.fold_journal().await.unwrap();
    store.save_snapshot(SnapshotKind::Persons, |writer| writer.write(NEEDLES.join("\n").as_bytes())).unwrap();
    store.put_secret("XA", NEEDLES[0].as_bytes()).unwrap();
    assert_hidden(&fresh.data());
    let data = fresh.data();
    let _directory = fresh.closed().await;
    assert_hidden(&data);
}

pub async fn another_master_key_is_refused(fresh: Fresh) {
    let data = fresh.data();
    let directory = fresh.closed().await;
    let other = directory.path().join("other.key");
    fs::write(&other, format!("barid-master-key 1 {}\n", "ab".repeat(32))).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
    let with = |path| StoreOptions { master_key: MasterKeySource::File(path), ..options(&data) };
    assert_eq!(Store::open(with(other)).await.unwrap_err().code(), "master-key-wrong");
    let missing = with(directory.path().join("missing.key"));
    assert_eq!(Store::open(missing).await.unwrap_err().code(), "master-key-missing");
    let malformed = directory.path().join("malformed.key");
    fs::write(&malformed, "barid-master-key 1 00\n").unwrap();
    fs::set_permissions(&malformed, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(Store::open(with(malformed)).await.unwrap_err().code(), "master-key-malformed");
}

pub async fn exposed_master_keys_are_refused(fresh: Fresh) {
    let key = fresh.data().join("keys/master.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600, "made for the owner alone");
    let data = fresh.data();
    let _directory = fresh.closed().await;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "master-key-exposed");
}

pub async fn directories_that_others_may_enter_are_closed_to_them(fresh: Fresh) {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let expose = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    let data = fresh.data();
    let directory = fresh.closed().await;
    let parts = ["", "keys", "journal", "snapshots"];
    parts.iter().for_each(|part| expose(&data.join(part)));
    let store = Store::open(options(&data)).await.unwrap();
    for part in parts {
        assert_eq!(mode(&data.join(part)), 0o700, "{part:?} of a data directory that is opened");
    }

    // Made by somebody else before, as installers and operators do.
    let made = |name: &str| {
        let path = directory.path().join(name);
        fs::create_dir(&path).unwrap();
        expose(&path);
        path
    };
    let (backup, keys, other, vault) = (made("backup"), made("backup-keys"), made("other"), made("vault"));
    store.backup_apart(&backup, &keys).await.unwrap();
    assert_eq!((mode(&backup), mode(&keys)), (0o700, 0o700));
    store.close().await;
    let key = MasterKeySource::File(vault.join("master.key"));
    Store::create(StoreOptions { master_key: key, ..options(&other) }).await.unwrap().close().await;
    assert_eq!(mode(&other), 0o700);
    assert_eq!(mode(&vault), 0o755, "the key's directory is somebody else's; the key itself is looked at");
}

pub async fn a_second_opening_is_refused(fresh: Fresh) {
    assert_eq!(Store::open(options(&fresh.data())).await.unwrap_err().code(), "directory-locked");
    assert_eq!(Store::create(options(&fresh.data())).await.unwrap_err().code(), "directory-not-empty");
    fresh.reopened().await;
}

pub async fn unknown_formats_are_refused(fresh: Fresh) {
    let data = fresh.data();
    let directory = fresh.closed().await;
    for format in ["barid-data 2\n", "barid-data 11\n", "", "barid"] {
        fs::write(data.join("FORMAT"), format).unwrap();
        let refused = Store::open(options(&data)).await.unwrap_err();
        assert_eq!(refused.code(), "directory-format-unknown", "{format:?}");
    }
    let nothing = Store::open(options(&directory.path().join("elsewhere"))).await.unwrap_err();
    assert_eq!(nothing.code(), "directory-not-data");
}

pub async fn secrets_have_strict_names(fresh: Fresh) {
    let store = &fresh.store;
    store.put_secret("XA", b"one").unwrap();
    store.put_secret("XA", b"two").unwrap();
    assert_eq!(store.get_secret("XA").unwrap().unwrap().as_slice(), b"two");
    assert!(store.get_secret("XB").unwrap().is_none());
    for name in ["", "../XA", "master", "Master", "X A", "ХА", &"x".repeat(41)] {
        assert_eq!(store.put_secret(name, b"x").unwrap_err().code(), "name-invalid", "{name}");
        assert_eq!(store.get_secret(name).unwrap_err().code(), "name-invalid", "{name}");
    }
    fs::rename(fresh.data().join("keys/XA.key"), fresh.data().join("keys/XB.key")).unwrap();
    assert_eq!(store.get_secret("XB").unwrap_err().code(), "data-damaged", "sealed under its own name");
}

pub async fn a_half_made_directory_is_finished_and_others_are_left_alone(fresh: Fresh) {
    create(&fresh.store, "x").await;
    let backup = fresh.store.backup(&fresh.directory.path().join("backup")).await.unwrap();
    let node = fresh.store.node();
    let data = fresh.data();
    let directory = fresh.closed().await;
    fs::remove_file(data.join("FORMAT")).unwrap();
    assert_eq!(Store::open(options(&data)).await.unwrap_err().code(), "directory-not-data");
    let store = Store::create(options(&data)).await.unwrap();
    assert_eq!(store.node(), node, "nothing was made anew");
    store.close().await;

    let other = directory.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "x").unwrap();
    assert_eq!(Store::create(options(&other)).await.unwrap_err().code(), "directory-not-empty");
    // A restore that was interrupted keeps the old incarnation: nothing may write in it.
    fs::remove_file(data.join("FORMAT")).unwrap();
    fs::write(data.join("RESTORING"), "").unwrap();
    assert_eq!(Store::create(options(&data)).await.unwrap_err().code(), "directory-not-empty");
    let in_place = StoreOptions {
        master_key: MasterKeySource::File(backup.keys.join("master.key")),
        ..options(&backup.data)
    };
    assert_eq!(Store::open(in_place).await.unwrap_err().code(), "directory-not-data");
}

pub async fn every_file_of_a_directory_and_of_a_backup_is_its_owners_alone(fresh: Fresh) {
    let store = &fresh.store;
    let (record, _) = create(store, "Калачев").await;
    store.journal().begin(opening_of(record)).await.unwrap();
    store.fold_journal().await.unwrap();
    let backup = store.backup(&fresh.directory.path().join("backup")).await.unwrap();
    let files = |directory: &std::path::Path| {
        let files = files_below(directory);
        assert!(files.len() >= 2, "{files:?}");
        files
    };
    let others = |file: &std::path::Path| fs::metadata(file).unwrap().permissions().mode() & 0o077;
    let data = files(store.directory());
    assert!(data.iter().any(|file| file.ends_with("barid.db-wal")), "{data:?}");
    for file in data.into_iter().chain(files(&backup.data)).chain(files(&backup.keys)) {
        assert_eq!(others(&file), 0, "{}", file.display());
    }

    // A directory of an earlier version is mended when it is opened.
    let database = store.directory().join("barid.db");
    let directory = store.directory().to_owned();
    fresh.store.close().await;
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
    let reopened = Store::open(crate::support::options(&directory)).await.unwrap();
    assert_eq!(others(&database), 0);
    reopened.close().await;
}
