//! Keys that change: rotated, joined by one of another algorithm, stolen and recovered; and what becomes of what they signed.

use std::time::Duration;

use barid_app::proofs::verify_bundle;
use barid_app::{AppError, EarlierKeys, KeyChange, NewKey, PersonSubmission};
use barid_domain::audit::Operation;
use barid_domain::codes::{Database, Purpose, WithdrawalReason};
use barid_domain::contents::{EntryType, RecordVersion, encode, record_subject};
use barid_domain::entries::{Claims, KeyLookup, entry_hash, seal};
use barid_domain::ids::{EntryHash, KeyId, RecordId};
use barid_domain::keys::{Algorithm, Ed25519Signer, PublicKey, Signer};
use barid_domain::policy::Refusal;
use barid_domain::registry::{Aspect, KeyUsage, Limit, RegistryError};
use barid_domain::streams::{Position, StreamClass};
use barid_store::{HeadChange, HeadMeta, KeyScope, NewEntry};
use barid_testkit::world::{World, acting, code, person, stolen_passport};

use crate::{named, run};

const PURPOSE: Purpose = Purpose::BorderControl;
const HOSTED: NewKey = NewKey::Hosted(Algorithm::Ed25519, KeyUsage::Entries);
const HOSTED_P256: NewKey = NewKey::Hosted(Algorithm::EcdsaP256, KeyUsage::Entries);

async fn enter(world: &World, owner: &str, name: &str) -> RecordId {
    let submission = world.submission(PURPOSE, person(&[name]));
    world.app.submit_person(&acting(owner, PURPOSE), world.key(), submission).await.unwrap().records[0]
}

async fn finds(world: &World, name: &str) -> Vec<RecordId> {
    let answer = world.app.search(&acting("XB", PURPOSE), &named(name)).await.unwrap();
    answer.candidates.iter().map(|candidate| candidate.record).collect()
}

async fn state(world: &World, organisation: &str, change: &KeyChange) -> Result<(), AppError> {
    let ctx = acting("SEC", Purpose::Oversight);
    let draft = world.app.draft_key_change(&ctx, code(organisation), change).await?;
    world.app.complete_draft(&ctx, &draft, &draft, &[]).await
}

/// States a change and starts the node anew with it.
async fn changed(world: World, organisation: &str, change: KeyChange) -> World {
    // A second behind what was signed before.
    world.pass_days(1);
    state(&world, organisation, &change).await.unwrap();
    world.pass_days(1);
    world.restart().await
}

fn keys_of(world: &World, organisation: &str) -> Vec<(KeyId, PublicKey)> {
    let registry = world.app.registry();
    let keys = registry.keys().filter(|(_, key)| key.organisation == code(organisation));
    keys.filter(|(_, key)| key.usage == KeyUsage::Entries).map(|(id, key)| (id, key.key)).collect()
}

/// With how many signatures the entry at the head of a record was signed, and whether its proof holds elsewhere.
async fn signatures(world: &World, record: RecordId) -> (usize, bool) {
    let head = world.app.store().head(record).await.unwrap().unwrap();
    let change = world.app.store().change_at(&head.position).await.unwrap().unwrap();
    let entry = barid_domain::entries::Unverified::parse(&change.bytes.unwrap()).unwrap();
    (entry.key_ids().count(), proof_holds(world, head.current).await)
}

async fn proof_holds(world: &World, entry: EntryHash) -> bool {
    let ctx = acting("XA", Purpose::BorderControl);
    let bundle = world.app.prove_entry(&ctx, entry).await.unwrap().unwrap();
    verify_bundle(&bundle, Some(world.fingerprint)).is_ok()
}

#[test]
fn a_key_is_rotated_and_what_the_old_one_signed_stands() {
    run(async {
        let world = World::exercise().build().await;
        let before = enter(&world, "XA", "Калачев").await;
        let first = keys_of(&world, "XA");
        let world =
            changed(world, "XA", KeyChange::Rotate { new: HOSTED, earlier: EarlierKeys::Retire }).await;
        let after = enter(&world, "XA", "কালাচেভ").await;
        assert_eq!((first.len(), keys_of(&world, "XA").len()), (1, 2));
        for record in [before, after] {
            assert_eq!(signatures(&world, record).await, (1, true));
            assert!(world.app.open(&acting("XB", PURPOSE), record).await.is_ok());
        }
        assert_eq!(finds(&world, "Калачев").await.len(), 2);
        let refused = state(&world, "XA", &KeyChange::Retire(first[0].0)).await;
        assert!(refused.is_ok(), "an end that is stated again changes nothing");
        let other = keys_of(&world, "XB")[0].0;
        let refused = state(&world, "XA", &KeyChange::Retire(other)).await.unwrap_err();
        assert!(matches!(refused, AppError::Registry(RegistryError::Contradiction("no such key"))));
    });
}

#[test]
fn an_organisation_goes_over_to_another_algorithm_day_by_day() {
    run(async {
        let world = World::exercise().build().await;
        let old = enter(&world, "XA", "Калачев").await;
        let old_key = keys_of(&world, "XA")[0].0;
        let early = KeyChange::SignWith(vec![Algorithm::Ed25519, Algorithm::EcdsaP256]);
        assert!(state(&world, "XA", &early).await.is_err(), "it has no key of the second yet");
        let world =
            changed(world, "XA", KeyChange::Rotate { new: HOSTED_P256, earlier: EarlierKeys::Keep }).await;
        let world = changed(world, "XA", early).await;
        let both = enter(&world, "XA", "Образцов").await;
        let world = changed(world, "XA", KeyChange::SignWith(vec![Algorithm::EcdsaP256])).await;
        // A founder's second key signs for the registry as well: its statements go on.
        let world = changed(world, "XA", KeyChange::Retire(old_key)).await;
        let new = enter(&world, "XA", "ظريف").await;
        assert_eq!(signatures(&world, old).await, (1, true));
        assert_eq!(signatures(&world, both).await, (2, true));
        assert_eq!(signatures(&world, new).await, (1, true));
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn who_signs_with_both_rotates_one_and_is_reached_by_the_association_without_it() {
    run(async {
        let world = World::exercise().build().await;
        let both = KeyChange::SignWith(vec![Algorithm::Ed25519, Algorithm::EcdsaP256]);
        let world =
            changed(world, "XA", KeyChange::Rotate { new: HOSTED_P256, earlier: EarlierKeys::Keep }).await;
        let world = changed(world, "XA", both).await;
        // The yearly rotation of one ends none of the other.
        let world =
            changed(world, "XA", KeyChange::Rotate { new: HOSTED, earlier: EarlierKeys::Retire }).await;
        let record = enter(&world, "XA", "Калачев").await;
        assert_eq!(signatures(&world, record).await, (2, true));
        // A key that it must sign with is gone: it signs nothing, and can be limited and suspended all the same.
        let keys = keys_of(&world, "XA");
        let lost = keys.iter().find(|(_, key)| key.algorithm() == Algorithm::EcdsaP256).unwrap().0;
        let place = world.app.store().head(record).await.unwrap().unwrap().position;
        let beyond = vec![Position { stream: place.stream, seq: place.seq + 1 }];
        let refused = state(&world, "XA", &KeyChange::Compromised { key: lost, up_to: Some(beyond) }).await;
        assert!(matches!(
            refused,
            Err(AppError::Registry(RegistryError::Contradiction("a place behind the end of its stream")))
        ));
        let up_to = Some(vec![Position { stream: place.stream, seq: place.seq }]);
        let world = changed(world, "XA", KeyChange::Compromised { key: lost, up_to }).await;
        let ctx = acting("SEC", Purpose::Oversight);
        let limits = vec![Limit { aspect: Aspect::Write, database: None }];
        let draft = world.app.draft_limits(&ctx, code("XA"), limits).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        assert_eq!(finds(&world, "Калачев").await, [record]);
    });
}

/// Seals an entry as who stole the key would, dated back by ten days, and puts it where the node keeps what it was given.
async fn plant(
    world: &World,
    thief: &Ed25519Signer,
    name: &str,
    over: Option<RecordId>,
) -> (RecordId, EntryHash) {
    let head = match over {
        Some(record) => world.app.store().head(record).await.unwrap(),
        None => None,
    };
    let record = over.unwrap_or_else(|| RecordId::from_random(world.draw()));
    let terms = world.terms(PURPOSE);
    let version = RecordVersion {
        salt: world.draw(),
        record,
        version: head.as_ref().map_or(1, |head| head.version + 1),
        supersedes: head.as_ref().map(|head| head.current),
        terms: terms.clone(),
        statement: person(&[name]),
        images: Vec::new(),
    };
    let claims = Claims {
        entry_type: EntryType::Person,
        issuer: code("XA"),
        subject: record_subject(record),
        issued_at: world.now().seconds() - 864_000,
    };
    let bytes = seal(&claims, encode(&version), &[thief]).unwrap();
    let hash = entry_hash(&bytes);
    let change = match head {
        Some(head) => HeadChange::Supersede { record, expects: head.current },
        None => HeadChange::Create { record },
    };
    let mut tx = world.app.store().begin_write(None);
    tx.append(NewEntry {
        organisation: code("XA"),
        class: StreamClass::Persons,
        hash,
        bytes,
        key: KeyScope::Record(record),
        change,
        items: Vec::new(),
        meta: HeadMeta { database: Database::Persons, review_on: terms.review_on },
    });
    tx.commit(world.committed_line("XA", Operation::SubmitRecord)).await.unwrap();
    world.app.follow().await.unwrap();
    (record, hash)
}

#[test]
fn a_thief_who_dates_back_is_caught_and_the_owner_states_its_records_again() {
    run(async {
        let world = World::exercise().build().await;
        world.pass_days(30);
        let kept = enter(&world, "XA", "Калачев").await;
        let overwritten = enter(&world, "XA", "Образцов").await;
        let stolen = keys_of(&world, "XA")[0].0;
        let last = world.app.store().head(overwritten).await.unwrap().unwrap().position;
        let thief = world.entry_signer("XA");
        let (planted, planted_entry) = plant(&world, &thief, "Невиновный", None).await;
        plant(&world, &thief, "Подменённый", Some(overwritten)).await;
        assert_eq!(finds(&world, "Невиновный").await, [planted], "until it is known");
        assert!(proof_holds(&world, planted_entry).await);

        world.pass_days(1);
        let up_to = Some(vec![Position { stream: last.stream, seq: last.seq }]);
        state(&world, "XA", &KeyChange::Compromised { key: stolen, up_to }).await.unwrap();
        // The node that runs finds it out by itself, as a replica would.
        world.app.keep_in_step(Duration::from_secs(5)).await.unwrap();
        hides_what_the_thief_signed(&world, kept, [planted, overwritten]).await;
        assert!(!proof_holds(&world, planted_entry).await);
        assert_eq!(signatures(&world, kept).await, (1, true));
        // So does one that starts: from the streams, and from a snapshot of its own.
        let world = world.restart().await;
        hides_what_the_thief_signed(&world, kept, [planted, overwritten]).await;
        let world = world.restart().await;
        hides_what_the_thief_signed(&world, kept, [planted, overwritten]).await;

        // Without a key the bureau enters nothing; the others give it a new one.
        let submission = world.submission(PURPOSE, person(&["Новый"]));
        let refused = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await;
        assert!(matches!(refused, Err(AppError::NoKey)));
        let world = changed(world, "XA", KeyChange::Recover(HOSTED)).await;
        let own = world.app.own_records(&acting("XA", PURPOSE), None, 10).await.unwrap();
        let lost: Vec<_> = own.iter().filter(|own| own.does_not_count).collect();
        assert_eq!((own.len(), lost.len()), (3, 2));
        let standing = lost.iter().find(|own| own.record == overwritten).unwrap();
        let again = PersonSubmission {
            record: Some(overwritten),
            expects: Some(standing.entry),
            terms: world.terms(PURPOSE),
            statement: person(&["Образцов"]),
            images: Vec::new(),
            audience: None,
        };
        world.app.submit_person(&acting("XA", PURPOSE), world.key(), again).await.unwrap();
        assert_eq!(finds(&world, "Образцов").await, [overwritten]);
        assert_eq!(signatures(&world, overwritten).await, (1, true));
        assert!(finds(&world, "Невиновный").await.is_empty());
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

async fn hides_what_the_thief_signed(world: &World, kept: RecordId, hidden: [RecordId; 2]) {
    assert_eq!(finds(world, "Калачев").await, [kept]);
    for name in ["Невиновный", "Подменённый", "Образцов"] {
        assert!(finds(world, name).await.is_empty(), "{name}");
    }
    for record in hidden {
        for organisation in ["XA", "XB"] {
            let opened = world.app.open(&acting(organisation, PURPOSE), record).await;
            assert!(matches!(opened, Err(AppError::Absent)), "{organisation}");
        }
    }
    assert!(world.app.open(&acting("XB", PURPOSE), kept).await.is_ok());
    assert!(world.app.index_equals_store().await.unwrap());
}

/// A founder's lost keys are replaced by the others; it signs nothing of that itself, whatever it still holds.
#[test]
fn lost_keys_are_recovered_by_the_other_founders() {
    run(async {
        let world = World::exercise().build().await;
        let ctx = acting("SEC", Purpose::Oversight);
        let lost = keys_of(&world, "XA")[0];
        world.pass_days(1);
        let new = Ed25519Signer::from_secret(&[7; 32]).public_key();
        let recover = KeyChange::Recover(NewKey::Given(new, KeyUsage::Entries));
        let draft = world.app.draft_key_change(&ctx, code("XA"), &recover).await.unwrap();
        for shown in draft.contents().unwrap() {
            assert!(!shown.signers.contains(&lost.1));
        }
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        let registry = world.app.registry();
        assert!(registry.key(&lost.0).unwrap().not_after.is_some());
        assert_eq!(registry.key(&new.id()).unwrap().not_after, None);
    });
}

/// What an organisation may not do for now it does not, database by database; everything else goes on.
#[test]
fn a_limited_organisation_does_only_what_is_left_to_it() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", "Калачев").await;
        let limit = |aspect, database| Limit { aspect, database };
        let ctx = acting("SEC", Purpose::Oversight);
        let limits =
            vec![limit(Aspect::Write, Some(Database::Persons)), limit(Aspect::Read, Some(Database::Persons))];
        let draft = world.app.draft_limits(&ctx, code("XA"), limits).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        let xa = acting("XA", PURPOSE);
        let found = world.app.search(&xa, &named("Калачев")).await.unwrap();
        assert!(found.candidates.is_empty(), "not even its own");
        let entry = world.app.store().head(record).await.unwrap().unwrap().current;
        assert_eq!(world.app.prove_entry(&xa, entry).await.unwrap(), None, "nor by its proof");
        assert_eq!(world.app.issue_receipt(&xa, entry).await.unwrap(), None);
        assert!(matches!(world.app.open(&xa, record).await, Err(AppError::Absent)));
        let submission = world.submission(PURPOSE, person(&["Новый"]));
        let refused = world.app.submit_person(&xa, world.key(), submission).await.unwrap_err();
        assert_eq!(refused.code(), AppError::from(Refusal::NotEntitled).code());
        let document = world.submission(PURPOSE, stolen_passport("XA0001", "XAX"));
        world.app.submit_travel_document(&xa, world.key(), document).await.unwrap();
        assert_eq!(finds(&world, "Калачев").await, [record], "others find it");
        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::PurposeMet).await.unwrap();
        let draft = world.app.draft_limits(&ctx, code("XA"), Vec::new()).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        let again = enter(&world, "XA", "Калачев").await;
        let found = world.app.search(&acting("XA", PURPOSE), &named("Калачев")).await.unwrap();
        assert_eq!(found.candidates.iter().map(|candidate| candidate.record).collect::<Vec<_>>(), [again]);
    });
}
