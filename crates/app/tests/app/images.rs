//! Pictures: handed in, named by a record, shown to whom the record is shown, gone with it.

use barid_app::{AppError, HandedIn, ImagePart, ImageSubmission, Intake, PersonSubmission};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::{ImageHash, RecordId};
use barid_domain::images::{Image, ImageKind};
use barid_domain::reviews::RESTORABLE_DAYS;
use barid_domain::text::{LocalText, SHORT_CAP};
use barid_testkit::pictures::picture;
use barid_testkit::world::{World, acting, person, stolen_car, terms};
use sha2::{Digest, Sha256};

use crate::run;

const PURPOSE: Purpose = Purpose::CriminalInvestigation;

async fn hand_in(world: &World, organisation: &str, seed: u8) -> HandedIn {
    let submission = ImageSubmission { bytes: picture(seed), intake: Intake::Photograph };
    world.app.hand_in_image(&acting(organisation, PURPOSE), world.key(), submission).await.unwrap()
}

fn portrait(handed_in: &HandedIn) -> Image {
    Image {
        picture: handed_in.facts,
        kind: ImageKind::Portrait,
        taken: "2024-05".parse().ok(),
        caption: LocalText::new("bn", "মুখ", SHORT_CAP).ok(),
    }
}

fn pictured(world: &World, images: Vec<Image>) -> PersonSubmission {
    PersonSubmission { images, ..world.submission(PURPOSE, person(&["Калачев Валерий"])) }
}

async fn enter(world: &World, organisation: &str, images: Vec<Image>) -> Result<RecordId, AppError> {
    let submission = pictured(world, images);
    let ctx = acting(organisation, PURPOSE);
    Ok(world.app.submit_person(&ctx, world.key(), submission).await?.records[0])
}

async fn open(
    world: &World,
    organisation: &str,
    purpose: Purpose,
    record: RecordId,
    hash: ImageHash,
) -> Result<Vec<u8>, AppError> {
    let ctx = acting(organisation, purpose);
    Ok(world.app.open_image(&ctx, record, hash, ImagePart::Whole).await?.bytes)
}

fn faults(refused: AppError) -> Vec<String> {
    let AppError::Faulty(faults) = refused else { panic!("{refused}") };
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_picture_is_shown_to_whom_its_record_is_shown_and_each_time_with_a_line() {
    run(async {
        let world = World::exercise().build().await;
        let handed_in = hand_in(&world, "XA", 1).await;
        let hash = handed_in.facts.hash;
        let record = enter(&world, "XA", vec![portrait(&handed_in)]).await.unwrap();
        let opened = world.app.open(&acting("XB", Purpose::BorderControl), record).await.unwrap();
        assert_eq!(opened.images, [portrait(&handed_in)]);
        let bytes = open(&world, "XB", Purpose::BorderControl, record, hash).await.unwrap();
        assert_eq!(ImageHash(Sha256::digest(&bytes).into()), hash);
        let ctx = acting("XB", Purpose::BorderControl);
        let small = world.app.open_image(&ctx, record, hash, ImagePart::Thumbnail).await.unwrap();
        assert_eq!(small.hash, handed_in.facts.thumbnail);
        assert_eq!((small.media_type, small.bytes.starts_with(b"\xff\xd8\xff")), ("image/jpeg", true));
        assert!(open(&world, "XB", Purpose::Exercise, record, hash).await.is_err());

        world.app.upkeep().await.unwrap();
        let lines = world.journal_of("XB").await;
        let of_images: Vec<_> = lines.iter().filter(|line| line.operation == Operation::OpenImage).collect();
        let phases: Vec<Phase> = of_images.iter().map(|line| line.phase).collect();
        let (begun, ended) = (Phase::Begun, Phase::Ended);
        assert_eq!(phases, [begun, ended, begun, ended, begun, Phase::Refused]);
        assert_eq!(of_images[0].record, Some(record));
        assert_eq!(of_images[0].asked, Some(hash.to_string()));
        assert_eq!(of_images[5].refusal.as_deref(), Some("absent"));
        let kept = world.journal_of("XA").await;
        let kept = kept.iter().find(|line| line.operation == Operation::KeepImage).unwrap();
        assert_eq!((kept.phase, kept.asked.clone()), (Phase::Committed, Some(hash.to_string())));
    });
}

#[test]
fn objects_have_pictures_and_a_later_version_keeps_what_it_names() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let (first, second) = (hand_in(&world, "XA", 1).await, hand_in(&world, "XA", 2).await);
        let mut submission = world.submission(PURPOSE, stolen_car("А 001 ВС 77", "XAX"));
        submission.images = vec![portrait(&first)];
        let receipt = world.app.submit_object(&xa, world.key(), submission.clone()).await.unwrap();
        let record = receipt.records[0];
        submission.record = Some(record);
        submission.expects = Some(receipt.entries[0].0);
        submission.images = vec![portrait(&first), portrait(&second)];
        let receipt = world.app.submit_object(&xa, world.key(), submission.clone()).await.unwrap();
        for handed_in in [&first, &second] {
            open(&world, "XB", Purpose::BorderControl, record, handed_in.facts.hash).await.unwrap();
        }
        // What the standing version does not name is not shown, and can be named again.
        submission.expects = Some(receipt.entries[0].0);
        submission.images = vec![portrait(&second)];
        let receipt = world.app.submit_object(&xa, world.key(), submission.clone()).await.unwrap();
        let gone = open(&world, "XA", PURPOSE, record, first.facts.hash).await.unwrap_err();
        assert_eq!(gone.code(), "absent");
        submission.expects = Some(receipt.entries[0].0);
        submission.images = vec![portrait(&first)];
        world.app.submit_object(&xa, world.key(), submission).await.unwrap();
        open(&world, "XA", PURPOSE, record, first.facts.hash).await.unwrap();
    });
}

#[test]
fn a_record_names_only_pictures_that_wait_for_its_owner() {
    run(async {
        let world = World::exercise().commission("COM").build().await;
        let own = hand_in(&world, "XA", 1).await;
        let foreign = hand_in(&world, "XB", 2).await;
        let refused = enter(&world, "XA", vec![portrait(&own), portrait(&foreign)]).await.unwrap_err();
        assert_eq!(faults(refused), ["images[1].picture.hash: unknown-image"]);
        let mut otherwise = portrait(&own);
        otherwise.picture.width += 1;
        let refused = enter(&world, "XA", vec![otherwise.clone(), otherwise]).await.unwrap_err();
        let named = faults(refused);
        assert!(named.contains(&"images[0].picture: contradiction".to_owned()), "{named:?}");
        assert!(named.contains(&"images[1].picture.hash: duplicate".to_owned()), "{named:?}");

        // Taken up by one record it waits for no other; and nobody else's record gives it.
        enter(&world, "XA", vec![portrait(&own)]).await.unwrap();
        for organisation in ["XA", "XB"] {
            let refused = enter(&world, organisation, vec![portrait(&own)]).await.unwrap_err();
            assert_eq!(faults(refused), ["images[0].picture.hash: unknown-image"], "{organisation}");
        }
        let partner = ImageSubmission { bytes: picture(3), intake: Intake::Scan };
        let refused = world.app.hand_in_image(&acting("COM", PURPOSE), world.key(), partner).await;
        assert!(matches!(refused, Err(AppError::Refused(_))));
    });
}

#[test]
fn the_same_file_again_is_harmless_and_another_under_its_key_is_refused() {
    run(async {
        let world = World::exercise().build().await;
        let (xa, key) = (acting("XA", PURPOSE), world.key());
        let submission = |seed| ImageSubmission { bytes: picture(seed), intake: Intake::Scan };
        let first = world.app.hand_in_image(&xa, key, submission(1)).await.unwrap();
        let again = world.app.hand_in_image(&xa, key, submission(1)).await.unwrap();
        assert_eq!((again.facts, again.waits_until), (first.facts, first.waits_until));
        assert!(again.replayed && !first.replayed);
        let refused = world.app.hand_in_image(&xa, key, submission(2)).await.unwrap_err();
        assert_eq!(refused.code(), "idempotency-key-reused");
        let torn = ImageSubmission { bytes: picture(1)[..90].to_vec(), intake: Intake::Scan };
        let refused = world.app.hand_in_image(&xa, world.key(), torn).await.unwrap_err();
        assert_eq!(refused.code(), "image-truncated");
        let lines = world.journal_of("XA").await;
        assert!(lines.iter().any(|line| line.refusal.as_deref() == Some("image-truncated")));
        // The same submission again, once its picture is taken up, gets its receipt.
        let (key, named) = (world.key(), pictured(&world, vec![portrait(&first)]));
        let receipt = world.app.submit_person(&xa, key, named.clone()).await.unwrap();
        let again = world.app.submit_person(&xa, key, named.clone()).await.unwrap();
        assert_eq!((again.records, again.replayed), (receipt.records, true));
        let without = world.app.submit_person(&xa, key, pictured(&world, Vec::new())).await.unwrap_err();
        assert_eq!(without.code(), "idempotency-key-reused");
    });
}

#[test]
fn a_picture_waits_for_a_day_and_is_dropped_by_the_upkeep() {
    run(async {
        let world = World::exercise().build().await;
        let handed_in = hand_in(&world, "XA", 1).await;
        world.pass_days(1);
        let refused = enter(&world, "XA", vec![portrait(&handed_in)]).await.unwrap_err();
        assert_eq!(faults(refused), ["images[0].picture.hash: unknown-image"]);
        world.app.upkeep().await.unwrap();
        let lines = world.journal_of("XA").await;
        let dropped = lines.iter().find(|line| line.operation == Operation::DropImages).unwrap();
        assert_eq!(dropped.actor.officer, "upkeep");
        // Handed in again it is another one.
        let again = hand_in(&world, "XA", 1).await;
        assert_eq!(again.facts, handed_in.facts);
        enter(&world, "XA", vec![portrait(&again)]).await.unwrap();
    });
}

#[test]
fn pictures_that_may_not_be_seen_answer_like_those_that_are_not_there() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let handed_in = hand_in(&world, "XA", 1).await;
        let hash = handed_in.facts.hash;
        let record = enter(&world, "XA", vec![portrait(&handed_in)]).await.unwrap();
        let nobody = RecordId::from_random([9; 16]);
        let codes = async |purpose, record, hash| {
            open(&world, "XB", purpose, record, hash).await.map_or_else(|error| error.code(), |_| "shown")
        };
        assert_eq!(codes(Purpose::BorderControl, record, hash).await, "shown");
        assert_eq!(codes(Purpose::Exercise, record, hash).await, "absent");
        assert_eq!(codes(Purpose::BorderControl, nobody, hash).await, "absent");
        assert_eq!(codes(Purpose::BorderControl, record, ImageHash([7; 32])).await, "absent");
        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::PurposeMet).await.unwrap();
        assert_eq!(codes(Purpose::BorderControl, record, hash).await, "absent");
        assert_eq!(open(&world, "XA", PURPOSE, record, hash).await.unwrap_err().code(), "absent");
    });
}

#[test]
fn pictures_are_erased_with_their_record() {
    run(async {
        let world = World::exercise().build().await;
        let handed_in = hand_in(&world, "XA", 1).await;
        let hash = handed_in.facts.hash;
        let mut submission = pictured(&world, vec![portrait(&handed_in)]);
        submission.terms = terms(PURPOSE, world.today().saturating_add(30));
        let xa = acting("XA", PURPOSE);
        let record = world.app.submit_person(&xa, world.key(), submission).await.unwrap().records[0];
        for _ in 0..31 + i64::from(RESTORABLE_DAYS) + 2 {
            world.pass_days(1);
            world.app.upkeep().await.unwrap();
        }
        assert_eq!(world.app.store().image_of(record, &handed_in.facts.into()).await.unwrap(), None);
        assert_eq!(open(&world, "XA", PURPOSE, record, hash).await.unwrap_err().code(), "absent");
    });
}

#[test]
fn a_picture_that_is_not_the_signed_one_is_not_shown() {
    run(async {
        let world = World::exercise().build().await;
        let handed_in = hand_in(&world, "XA", 1).await;
        let other = hand_in(&world, "XA", 2).await;
        let hash = handed_in.facts.hash;
        let record = enter(&world, "XA", vec![portrait(&handed_in), portrait(&other)]).await.unwrap();
        let closed = world.close().await;
        // Somebody who can write the database exchanges the pictures, and cannot sign or seal.
        let address = format!("sqlite://{}", closed.data().join("barid.db").display());
        let pool = sqlx::SqlitePool::connect(&address).await.unwrap();
        let images: Vec<(Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT image, address FROM images ORDER BY image")
                .fetch_all(&pool)
                .await
                .unwrap();
        for (image, address) in [(&images[0].0, vec![0; 32]), (&images[1].0, images[0].1.clone())] {
            let change = sqlx::query("UPDATE images SET address = $1 WHERE image = $2");
            change.bind(address).bind(image.clone()).execute(&pool).await.unwrap();
        }
        let change = sqlx::query("UPDATE images SET address = $1 WHERE image = $2");
        change.bind(images[1].1.clone()).bind(images[0].0.clone()).execute(&pool).await.unwrap();
        pool.close().await;
        let world = closed.start().await;
        for hash in [hash, other.facts.hash] {
            let refused = open(&world, "XB", Purpose::BorderControl, record, hash).await.unwrap_err();
            assert_eq!(refused.code(), "image-lost");
        }
    });
}

#[test]
fn the_doctor_misses_a_picture_of_which_nothing_is_left() {
    run(async {
        let world = World::exercise().build().await;
        let handed_in = hand_in(&world, "XA", 1).await;
        let record = enter(&world, "XA", vec![portrait(&handed_in)]).await.unwrap();
        let closed = world.close().await;
        let key = barid_store::MasterKeySource::DataDirectory;
        let report = barid_store::doctor(&closed.data(), &key).await.unwrap();
        assert!(report.is_sound(), "{report}");
        let address = format!("sqlite://{}", closed.data().join("barid.db").display());
        let pool = sqlx::SqlitePool::connect(&address).await.unwrap();
        for statement in [
            "DELETE FROM image_chunks",
            "DELETE FROM data_keys WHERE key_id IN (SELECT key_id FROM images)",
            "DELETE FROM images",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        pool.close().await;
        let report = barid_store::doctor(&closed.data(), &key).await.unwrap();
        let named = |fault: &barid_store::Fault| {
            fault.code == "image-missing" && fault.what.contains(&record.to_string())
        };
        assert!(report.faults.iter().any(named), "{report}");
    });
}
