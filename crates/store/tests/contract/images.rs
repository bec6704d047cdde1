//! Pictures: kept for a while, taken up with their record in one write, erased with it, named by the doctor.

use barid_domain::audit::Operation;
use barid_domain::dates::Timestamp;
use barid_domain::ids::{ImageHash, RecordId};
use barid_domain::images::{ImageFacts, ImageFormat};
use barid_store::MasterKeySource::DataDirectory;
use barid_store::{
    Committed, Conflict, HeadChange, ImageContent, ImagePart, KeptImage, RestoreOptions, Store, StoreError,
    SystemChange, WAITING_IMAGES_CAP, doctor, restore,
};

use crate::support::*;

/// When the tests of this process began, as the clocks of their stores have it: a server's is compared with them.
fn now() -> Timestamp {
    static BEGUN: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    let begun = BEGUN.get_or_init(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_micros()).unwrap()
    });
    Timestamp(*begun)
}

/// A day later.
fn soon() -> Timestamp {
    Timestamp(now().0 + 86_400_000_000)
}

/// A picture of three chunks; no chunk of it looks like another.
pub fn picture(seed: u8) -> KeptImage {
    let word = |i: u32| (i.wrapping_mul(2_654_435_761) ^ u32::from(seed)).to_le_bytes();
    let picture: Vec<u8> = (0..150_000).flat_map(word).collect();
    let thumbnail: Vec<u8> = (0..1_500).flat_map(|i| word(i + 7_777_777)).collect();
    let facts = ImageFacts {
        hash: ImageHash(hash_of(&picture).0),
        format: ImageFormat::Jpeg,
        bytes: picture.len() as u32,
        width: 640,
        height: 480,
        thumbnail: ImageHash(hash_of(&thumbnail).0),
    };
    KeptImage { organisation: code("XA"), facts, picture, thumbnail, ends_at: soon() }
}

pub async fn keep(store: &Store, kept: KeptImage) -> Result<Committed, StoreError> {
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::KeepImage(Box::new(kept)));
    tx.commit(line(barid_domain::audit::Phase::Committed, Operation::KeepImage)).await
}

/// Stores a record that takes pictures up.
async fn create_with(store: &Store, images: &[ImageContent]) -> Result<RecordId, StoreError> {
    let record = new_record();
    let mut tx = store.begin_write(None);
    tx.append(person(HeadChange::Create { record }, "Калачев"));
    for content in images {
        tx.change_system(SystemChange::TakeUpImage { organisation: code("XA"), record, content: *content });
    }
    tx.commit(write_line()).await.map(|_| record)
}

async fn open(store: &Store, record: RecordId, content: &ImageContent, part: ImagePart) -> Option<Vec<u8>> {
    let act = store.journal().begin(opening_of(record)).await.unwrap();
    store.open_image(&act, record, content, part).await.unwrap()
}

/// Puts in a picture that a record took up and one that waits.
pub async fn put_in_pictures(store: &Store) {
    let taken_up = picture(70);
    keep(store, taken_up.clone()).await.unwrap();
    create_with(store, &[ImageContent::from(taken_up.facts)]).await.unwrap();
    keep(store, picture(71)).await.unwrap();
}

pub async fn a_picture_waits_and_is_taken_up_with_its_record(fresh: Fresh) {
    let store = &fresh.store;
    let (kept, other) = (picture(1), picture(2));
    let hash = ImageContent::from(kept.facts);
    keep(store, kept.clone()).await.unwrap();
    keep(store, other.clone()).await.unwrap();
    let waiting = store.waiting_image(code("XA"), &hash, now()).await.unwrap().unwrap();
    assert_eq!((waiting.facts, waiting.ends_at), (kept.facts, soon()));
    assert_eq!(store.waiting_image(code("XB"), &hash, now()).await.unwrap(), None, "nobody else's");
    assert_eq!(store.waiting_image(code("XA"), &hash, soon()).await.unwrap(), None, "and not for ever");

    let record = create_with(store, &[hash]).await.unwrap();
    assert_eq!(store.waiting_image(code("XA"), &hash, now()).await.unwrap(), None, "taken up");
    let fresh = fresh.reopened().await;
    let store = &fresh.store;
    assert_eq!(store.image_of(record, &hash).await.unwrap(), Some(kept.facts));
    assert_eq!(open(store, record, &hash, ImagePart::Whole).await.as_ref(), Some(&kept.picture));
    assert_eq!(open(store, record, &hash, ImagePart::Thumbnail).await.as_ref(), Some(&kept.thumbnail));
    assert_eq!(open(store, record, &other.facts.into(), ImagePart::Whole).await, None);
    let act = store.journal().begin(opening_of(new_record())).await.unwrap();
    let refused = store.open_image(&act, record, &hash, ImagePart::Whole).await.unwrap_err();
    assert_eq!(refused.code(), "act-does-not-cover");

    // Another record has a copy of its own, handed in anew.
    assert!(create_with(store, &[hash]).await.is_err());
    keep(store, kept.clone()).await.unwrap();
    let second = create_with(store, &[hash]).await.unwrap();
    write(store, vec![person(HeadChange::Erase { record, expects: None }, "order")]).await.unwrap();
    assert_eq!(open(store, record, &hash, ImagePart::Whole).await, None);
    assert_eq!(open(store, second, &hash, ImagePart::Whole).await, Some(kept.picture));
}

/// Who reads the tables and has the file that was sent, maybe, can't compare them: the hash is nowhere in clear.
pub async fn requests_are_kept_as_hashes_under_the_nodes_key(fresh: Fresh) {
    let store = &fresh.store;
    let key = barid_domain::ids::IdempotencyKey::from_random([7; 16]);
    let request = hash_of(b"a photograph").0;
    let idempotency = barid_store::Idempotency { organisation: code("XA"), key, request };
    let keep = async || {
        let mut tx = store.begin_write(Some(idempotency));
        tx.change_system(SystemChange::KeepImage(Box::new(picture(1))));
        tx.commit(line(barid_domain::audit::Phase::Committed, Operation::KeepImage)).await.unwrap()
    };
    assert!(!keep().await.replayed);
    let pool = connect(&fresh.data()).await;
    let (kept,): (Vec<u8>,) =
        sqlx::query_as("SELECT request FROM idempotency").fetch_one(&pool).await.unwrap();
    assert_ne!(kept, request);
    assert!(keep().await.replayed && store.replay(&idempotency).await.unwrap().is_some());
    let other = barid_store::Idempotency { request: [9; 32], ..idempotency };
    assert_eq!(store.replay(&other).await.unwrap_err().code(), "idempotency-mismatch");
    // As an earlier version kept it.
    let change = sqlx::query("UPDATE idempotency SET request = $1").bind(request.to_vec());
    change.execute(&pool).await.unwrap();
    pool.close().await;
    assert!(keep().await.replayed && store.replay(&idempotency).await.unwrap().is_some());
}

pub async fn what_waits_is_capped_in_bytes_and_in_time(fresh: Fresh) {
    let store = &fresh.store;
    let mut for_ever = picture(1);
    for_ever.ends_at = Timestamp(i64::MAX);
    keep(store, for_ever.clone()).await.unwrap();
    let waiting = store.waiting_image(code("XA"), &for_ever.facts.into(), now()).await.unwrap().unwrap();
    assert!(waiting.ends_at < Timestamp(now().0 + 8 * 86_400_000_000), "a week at most");
    let pool = connect(&fresh.data()).await;
    let set = async |statement: &'static str| {
        sqlx::query(statement).execute(&pool).await.unwrap();
    };
    // As if it had as many chunks as may wait, but for the four of one more.
    set("UPDATE images SET chunks = 2044").await;
    keep(store, picture(2)).await.unwrap();
    assert_eq!(keep(store, picture(3)).await.unwrap_err().code(), "too-many-images");
    // What waits no longer and was not dropped yet does not count.
    set("UPDATE images SET ends_at = 7 WHERE chunks = 2044").await;
    keep(store, picture(3)).await.unwrap();
    pool.close().await;
}

/// The same picture came once more, and was scaled down otherwise: a version that names the later thumbnail shows it.
pub async fn one_picture_with_two_thumbnails_is_two(fresh: Fresh) {
    let store = &fresh.store;
    let first = picture(1);
    let mut second = first.clone();
    second.thumbnail = picture(2).thumbnail;
    second.facts.thumbnail = ImageHash(hash_of(&second.thumbnail).0);
    keep(store, first.clone()).await.unwrap();
    let record = create_with(store, &[first.facts.into()]).await.unwrap();
    keep(store, second.clone()).await.unwrap();
    let waiting = store.waiting_image(code("XA"), &second.facts.into(), now()).await.unwrap();
    assert_eq!(waiting.map(|waiting| waiting.facts), Some(second.facts));
    let expects = store.head(record).await.unwrap().unwrap().current;
    let mut tx = store.begin_write(None);
    tx.append(person(HeadChange::Supersede { record, expects }, "Калачев 2"));
    let (organisation, content) = (code("XA"), second.facts.into());
    tx.change_system(SystemChange::TakeUpImage { organisation, record, content });
    tx.commit(write_line()).await.unwrap();
    for kept in [&first, &second] {
        let shown = open(store, record, &kept.facts.into(), ImagePart::Thumbnail).await;
        assert_eq!(shown.as_ref(), Some(&kept.thumbnail));
    }
}

pub async fn a_record_without_its_picture_is_not_stored(fresh: Fresh) {
    let store = &fresh.store;
    let kept = picture(1);
    let mut of_another = picture(2);
    of_another.organisation = code("XB");
    keep(store, kept.clone()).await.unwrap();
    keep(store, of_another.clone()).await.unwrap();
    let refused = create_with(store, &[kept.facts.into(), of_another.facts.into()]).await.unwrap_err();
    let StoreError::Conflict { record, conflict: Conflict::ImageNotFound } = refused else {
        panic!("{refused}")
    };
    assert_eq!(store.head(record).await.unwrap(), None, "nothing is half stored");
    assert_eq!(store.image_of(record, &kept.facts.into()).await.unwrap(), None);
    assert!(
        store.waiting_image(code("XA"), &kept.facts.into(), now()).await.unwrap().is_some(),
        "it waits on"
    );

    // A later version keeps what the record has, and takes up what waits.
    let record = create_with(store, &[kept.facts.into()]).await.unwrap();
    let head = store.head(record).await.unwrap().unwrap();
    let mut tx = store.begin_write(None);
    tx.append(person(HeadChange::Supersede { record, expects: head.current }, "Калачев 2"));
    let organisation = code("XA");
    tx.change_system(SystemChange::TakeUpImage { organisation, record, content: kept.facts.into() });
    tx.commit(write_line()).await.unwrap();
    assert_eq!(open(store, record, &kept.facts.into(), ImagePart::Whole).await, Some(kept.picture));
}

pub async fn pictures_that_are_not_what_they_say_are_refused(fresh: Fresh) {
    let store = &fresh.store;
    let spoilt: [fn(&mut KeptImage); 5] = [
        |kept| kept.picture[7] ^= 1,
        |kept| kept.thumbnail[7] ^= 1,
        |kept| kept.facts.bytes += 1,
        |kept| kept.thumbnail.clear(),
        |kept| kept.facts.hash.0[0] ^= 1,
    ];
    for spoil in spoilt {
        let mut kept = picture(1);
        spoil(&mut kept);
        assert_eq!(keep(store, kept).await.unwrap_err().code(), "name-invalid");
    }
    for seed in 0..WAITING_IMAGES_CAP {
        let mut small = picture(0);
        small.picture = seed.to_le_bytes().to_vec();
        small.facts.bytes = 8;
        small.facts.hash = ImageHash(hash_of(&small.picture).0);
        keep(store, small).await.unwrap();
    }
    assert_eq!(keep(store, picture(1)).await.unwrap_err().code(), "too-many-images");
    let mut of_another = picture(1);
    of_another.organisation = code("XB");
    keep(store, of_another).await.unwrap();
}

pub async fn pictures_that_waited_in_vain_are_dropped(fresh: Fresh) {
    let store = &fresh.store;
    let (early, mut late) = (picture(1), picture(2));
    late.ends_at = Timestamp(soon().0 + 1);
    keep(store, early.clone()).await.unwrap();
    keep(store, late.clone()).await.unwrap();
    assert!(store.owners_of_dropped_images(now()).await.unwrap().is_empty());
    assert_eq!(store.owners_of_dropped_images(soon()).await.unwrap(), [code("XA")]);
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::DropImages { organisation: code("XA"), before: soon(), most: 10 });
    tx.commit(line(barid_domain::audit::Phase::Committed, Operation::DropImages)).await.unwrap();
    assert_eq!(store.waiting_image(code("XA"), &early.facts.into(), now()).await.unwrap(), None);
    assert!(store.waiting_image(code("XA"), &late.facts.into(), now()).await.unwrap().is_some());
    // Handed in once more it waits longer.
    late.ends_at = Timestamp(soon().0 + 9);
    keep(store, late.clone()).await.unwrap();
    let waiting = store.waiting_image(code("XA"), &late.facts.into(), now()).await.unwrap().unwrap();
    assert_eq!(waiting.ends_at, late.ends_at);
}

/// Every chunk of every picture, sealed, and every wrapped key, as they stand in the database.
async fn kept_bytes(fresh: &Fresh) -> Vec<Vec<u8>> {
    let pool = connect(&fresh.data()).await;
    let chunks = sqlx::query_as::<_, (Vec<u8>,)>("SELECT sealed FROM image_chunks").fetch_all(&pool).await;
    let keys = sqlx::query_as::<_, (Vec<u8>,)>(
        "SELECT wrapped FROM data_keys k JOIN images i ON i.key_id = k.key_id",
    );
    let all = chunks.unwrap().into_iter().chain(keys.fetch_all(&pool).await.unwrap());
    let all = all.map(|(bytes,)| bytes).collect();
    pool.close().await;
    all
}

/// Pieces of what is kept, from its start, its middle and its end.
fn pieces(kept: &[Vec<u8>]) -> Vec<&[u8]> {
    let of_one = |bytes: &'_ Vec<u8>| [0, bytes.len() / 2, bytes.len() - 40];
    kept.iter().flat_map(|bytes| of_one(bytes).map(|at| &bytes[at..(at + 40).min(bytes.len())])).collect()
}

pub async fn erased_pictures_are_in_no_file(fresh: Fresh) {
    let store = &fresh.store;
    let (of_record, waiting) = (picture(1), picture(2));
    keep(store, of_record.clone()).await.unwrap();
    let record = create_with(store, &[of_record.facts.into()]).await.unwrap();
    keep(store, waiting.clone()).await.unwrap();
    for kept in [&of_record, &waiting] {
        for bytes in [&kept.picture[100..140], &kept.thumbnail[100..140]] {
            assert!(files_below(&fresh.data()).iter().all(|file| !holds(file, bytes)), "in clear in a file");
        }
    }
    let kept = kept_bytes(&fresh).await;
    // Two pictures of four chunks, and their keys.
    assert_eq!(kept.len(), 10);
    let held = |piece: &[u8]| files_below(&fresh.data()).iter().any(|file| holds(file, piece));
    assert!(pieces(&kept).iter().all(|piece| held(piece)), "all there before");

    write(store, vec![person(HeadChange::Erase { record, expects: None }, "order")]).await.unwrap();
    let mut tx = store.begin_write(None);
    tx.change_system(SystemChange::DropImages { organisation: code("XA"), before: soon(), most: 10 });
    tx.commit(line(barid_domain::audit::Phase::Committed, Operation::DropImages)).await.unwrap();
    for (number, piece) in pieces(&kept).iter().enumerate() {
        assert!(!held(piece), "piece {number} is still in a file");
    }
}

pub async fn pictures_go_with_the_backup_and_those_erased_before_it_do_not(fresh: Fresh) {
    let store = &fresh.store;
    let kept = picture(1);
    keep(store, kept.clone()).await.unwrap();
    let record = create_with(store, &[kept.facts.into()]).await.unwrap();
    let gone = picture(2);
    keep(store, gone.clone()).await.unwrap();
    let erased = create_with(store, &[gone.facts.into()]).await.unwrap();
    write(store, vec![person(HeadChange::Erase { record: erased, expects: None }, "order")]).await.unwrap();
    let at = |name: &str| fresh.directory.path().join(name);
    store.backup_apart(&at("backup"), &at("keys")).await.unwrap();
    let options =
        RestoreOptions { backup: at("backup"), keys: at("keys"), directory: at("restored"), now: now() };
    restore(options).await.unwrap();
    let restored = Store::open(crate::support::options(&at("restored"))).await.unwrap();
    assert_eq!(open(&restored, record, &kept.facts.into(), ImagePart::Whole).await, Some(kept.picture));
    assert_eq!(open(&restored, erased, &gone.facts.into(), ImagePart::Whole).await, None);
    // An order that the backup can't know is carried out again, and reaches the picture too.
    write(&restored, vec![person(HeadChange::Erase { record, expects: None }, "again")]).await.unwrap();
    assert_eq!(open(&restored, record, &kept.facts.into(), ImagePart::Whole).await, None);
    restored.close().await;
    let report = doctor(&at("restored"), &DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
    assert!(report.examined.contains(&("pictures", 0)), "{report}");
}

pub async fn the_doctor_names_pictures_that_are_damaged_missing_or_left(fresh: Fresh) {
    let (of_record, waiting) = (picture(1), picture(2));
    keep(&fresh.store, of_record.clone()).await.unwrap();
    create_with(&fresh.store, &[of_record.facts.into()]).await.unwrap();
    keep(&fresh.store, waiting).await.unwrap();
    let data = fresh.data();
    let directory = fresh.closed().await;
    let sound = directory.path().join("sound");
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for name in ["barid.db", "barid.db-wal", "barid.db-shm"] {
            let _ = std::fs::remove_file(to.join(name));
            if from.join(name).exists() {
                std::fs::copy(from.join(name), to.join(name)).unwrap();
            }
        }
    };
    std::fs::create_dir(&sound).unwrap();
    copy(&data, &sound);
    let report = doctor(&data, &DataDirectory).await.unwrap();
    assert!(report.is_sound(), "{report}");
    assert!(report.examined.contains(&("pictures", 2)), "{report}");
    let of = "image = (SELECT image FROM images WHERE record IS NOT NULL)";
    let cases = [
        (format!("UPDATE image_chunks SET sealed = CAST(substr(sealed, 1, 40) || X'00' || substr(sealed, 42) AS BLOB) WHERE chunk = 2 AND {of}"), "image-damaged", " of record "),
        (format!("DELETE FROM image_chunks WHERE chunk = 1 AND {of}"), "image-missing", " of record "),
        (format!("DELETE FROM image_chunks WHERE chunk = 0 AND {of}"), "image-missing", " of record "),
        ("UPDATE image_chunks SET sealed = zeroblob(99) WHERE chunk = 0 AND image = (SELECT image FROM images WHERE record IS NULL)".to_owned(), "image-damaged", "which waits"),
        ("DELETE FROM images WHERE record IS NOT NULL".to_owned(), "image-missing", "picture "),
        ("DELETE FROM images WHERE record IS NOT NULL".to_owned(), "image-orphaned", "picture "),
        ("UPDATE images SET facts = zeroblob(120) WHERE record IS NOT NULL".to_owned(), "image-damaged", " of record "),
        ("UPDATE images SET record = zeroblob(16) WHERE record IS NOT NULL".to_owned(), "image-orphaned", "picture "),
        ("UPDATE heads SET state = 3".to_owned(), "image-orphaned", "picture "),
        ("DELETE FROM data_keys WHERE scope < X'6A' AND scope >= X'69'".to_owned(), "image-damaged", "picture "),
    ];
    for (statement, code, place) in cases {
        copy(&sound, &data);
        let pool = connect(&data).await;
        let changed = sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(&pool).await.unwrap();
        assert!(changed.rows_affected() > 0, "{statement}");
        pool.close().await;
        let report = doctor(&data, &DataDirectory).await.unwrap();
        let named = report.faults.iter().any(|fault| fault.code == code && fault.place.contains(place));
        assert!(named, "{statement}\n{report}");
    }
}
