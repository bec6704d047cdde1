//! Epochs and countersignatures between nodes: what is signed, what is not, and what is proved with it afterwards.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use barid_app::countersigning::{CountersigningChange, ShownCountersigning, Submitted};
use barid_app::proofs::{ProofBundle, Proven, verify_bundle, verify_bundle_by};
use barid_app::{App, AppError, EarlierKeys, KeyChange, NewKey, NoTokens, OpContext, Ports, hosted_profile};
use barid_domain::codes::{OrganisationKind, Purpose};
use barid_domain::countries::CountryCode;
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::{Ed25519Signer, Signer as _};
use barid_domain::registry::{KeyUsage, Profile};
use barid_domain::text::LocalText;
use barid_ledger::{
    AddCheckpointRequest, Ed25519NoteSigner, ForkEvidence, NoteSigner as _, Origin, SignatureType,
    TrustedLog, VerifierKey, countersign,
};
use barid_store::{MasterKeySource, RestoreOptions, Store, StoreOptions};
use barid_testkit::world::{Hands, World, acting, person};

use crate::run;

const HOUR: u32 = 3_600;
/// Is what came of a request: status and body, or nothing.
type Came = Option<(u16, Vec<u8>)>;

const PURPOSE: Purpose = Purpose::BorderControl;

fn console() -> OpContext {
    acting("SEC", Purpose::Oversight)
}

async fn shown(app: &App) -> ShownCountersigning {
    app.countersigning(&console()).await.unwrap()
}

/// Lets `asked` countersign the epochs of `asking`, which asks it from then on.
async fn introduce(asking: &App, asked: &App) {
    let (ledger, countersigner) = (shown(asking).await, shown(asked).await);
    let change = CountersigningChange::AddLedger {
        origin: Origin::new(ledger.own_ledger).unwrap(),
        keys: vec![ledger.own_ledger_key.parse().unwrap()],
    };
    asked.change_countersigning(&console(), change).await.unwrap();
    let key = countersigner.own_countersigner_key.parse().unwrap();
    let change = CountersigningChange::AddCountersigner { url: "https://b.example/witness/v1/".into(), key };
    asking.change_countersigning(&console(), change).await.unwrap();
}

/// Carries everything that waits from one node to the other, until nothing is to be sent again.
async fn carry(asking: &App, asked: &App) -> Vec<Submitted> {
    let mut ends = Vec::new();
    for mut submission in asking.submissions().await.unwrap() {
        assert_eq!(submission.url, "https://b.example/witness/v1/add-checkpoint");
        loop {
            let answer = asked.add_checkpoint(&submission.body).await.unwrap();
            let answer = Some((answer.status, answer.body.into_bytes()));
            match asking.take_countersignature(submission, answer).await.unwrap() {
                Submitted::Again(again) => submission = *again,
                end => {
                    ends.push(end);
                    break;
                }
            }
        }
    }
    ends
}

fn failed(ends: &[Submitted]) -> &'static str {
    match ends {
        [Submitted::Failed(code)] => code,
        other => panic!("{other:?}"),
    }
}

async fn two_worlds() -> (World, World) {
    let (asking, asked) =
        (World::exercise().seed(11).build().await, World::exercise().seed(12).build().await);
    introduce(&asking.app, &asked.app).await;
    (asking, asked)
}

fn key_of(shown: &ShownCountersigning) -> VerifierKey {
    shown.own_countersigner_key.parse().unwrap()
}

async fn enter(world: &World, name: &str) -> barid_domain::ids::EntryHash {
    let submission = world.submission(PURPOSE, person(&[name]));
    let receipt = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
    receipt.entries[0].0
}

async fn proof(world: &World, entry: barid_domain::ids::EntryHash) -> ProofBundle {
    world.app.prove_entry(&acting("XA", PURPOSE), entry).await.unwrap().unwrap()
}

fn countersigned_by(proven: &Proven) -> Vec<&String> {
    proven.countersigned.as_ref().unwrap().by.keys().collect()
}

#[test]
fn an_epoch_is_written_once_whatever_happened_and_once_over_its_time() {
    run(async {
        let world = World::exercise().build().await;
        assert!(world.app.keep_epoch(HOUR).await.unwrap());
        assert!(!world.app.keep_epoch(HOUR).await.unwrap(), "it is there");
        world.pass_days(1);
        assert!(world.app.keep_epoch(HOUR).await.unwrap(), "nothing happened, and there is one");
        world.pass_days(-1);
        assert!(world.app.keep_epoch(HOUR).await.unwrap(), "a leaf that is dated far ahead holds up none");
        assert!(!world.app.keep_epoch(HOUR).await.unwrap(), "and only once");
        assert_eq!(shown(&world.app).await.epochs, 3);
        // Two that begin at once: one is written.
        world.pass_days(2);
        let both = tokio::join!(world.app.keep_epoch(HOUR), world.app.keep_epoch(HOUR));
        assert_eq!([both.0.unwrap(), both.1.unwrap()].iter().filter(|kept| **kept).count(), 1);
        let world = world.restart().await;
        assert_eq!(shown(&world.app).await.epochs, 4);
    });
}

#[test]
fn what_stands_in_a_countersigned_epoch_is_proved_offline() {
    run(async {
        let (asking, asked) = two_worlds().await;
        let earlier = enter(&asking, "Калачев").await;
        assert!(proof(&asking, earlier).await.countersigned.is_none(), "no epoch yet");
        asking.app.keep_epoch(HOUR).await.unwrap();
        assert!(matches!(carry(&asking.app, &asked.app).await[..], [Submitted::Countersigned]));
        assert!(carry(&asking.app, &asked.app).await.is_empty(), "nothing is left to be sent");
        let later = enter(&asking, "مرجانوف").await;

        let key = key_of(&shown(&asked.app).await);
        let bundle = proof(&asking, earlier).await;
        let proven = verify_bundle_by(&bundle, Some(asking.fingerprint), std::slice::from_ref(&key)).unwrap();
        assert_eq!((proven.countersigners(), proven.tree_size), (1, 2));
        assert_eq!(countersigned_by(&proven), ["barid.v1/SEC/countersigner"]);
        let epoch = proven.countersigned.unwrap();
        assert_eq!((epoch.epoch, epoch.stream_size, epoch.covers), (1, 1, true));
        assert_eq!(epoch.by.values().next().unwrap(), &asked.now().to_string());

        // Whose key is not believed counts for nothing, and the bundle holds all the same.
        let proven = verify_bundle(&bundle, Some(asking.fingerprint)).unwrap();
        assert_eq!((proven.countersigners(), countersigned_by(&proven).len()), (0, 0));
        // The same holder under two names counts once.
        let other = barid_ledger::KeyName::new("other.example").unwrap();
        let twice = VerifierKey::new(other, key.signature_type(), key.public_key()).unwrap();
        let proven = verify_bundle_by(&bundle, None, &[key.clone(), twice]).unwrap();
        assert_eq!(proven.countersigners(), 1);

        let proven = verify_bundle_by(&proof(&asking, later).await, None, &[key]).unwrap();
        assert_eq!(proven.countersigners(), 0, "it is newer than the epoch");
        assert!(!proven.countersigned.unwrap().covers);
    });
}

#[test]
fn no_altered_way_to_an_epoch_holds_and_a_bundle_without_one_does() {
    run(async {
        let (asking, asked) = two_worlds().await;
        let entry = enter(&asking, "नरगिसपुर").await;
        enter(&asking, "赵测试人").await;
        asking.app.keep_epoch(HOUR).await.unwrap();
        carry(&asking.app, &asked.app).await;
        asking.pass_days(1);
        asking.app.keep_epoch(HOUR).await.unwrap();
        carry(&asking.app, &asked.app).await;
        enter(&asking, "পদ্মলোচন").await;
        let bundle = proof(&asking, entry).await;
        let keys = [key_of(&shown(&asked.app).await)];
        assert_eq!(verify_bundle_by(&bundle, None, &keys).unwrap().countersigners(), 1);

        let whole = serde_json::to_value(bundle.countersigned.as_ref().unwrap()).unwrap();
        let mut tried = 0;
        for (field, value) in whole.as_object().unwrap() {
            for altered in alterations(value) {
                let mut other = whole.clone();
                other[field] = altered.clone();
                let countersigned = serde_json::from_value(other).ok();
                let bundle = ProofBundle { countersigned, ..bundle.clone() };
                let verdict = verify_bundle_by(&bundle, None, &keys);
                let holds = verdict.is_ok_and(|proven| proven.countersigners() > 0);
                assert!(!holds, "{field}: {altered}");
                tried += 1;
            }
        }
        assert!(tried > 20, "{tried}");
        let without = ProofBundle { countersigned: None, ..bundle };
        let proven = verify_bundle_by(&without, None, &keys).unwrap();
        assert_eq!((proven.countersigned.is_none(), proven.countersigners()), (true, 0));
    });
}

/// Values like a value, and none of them it.
fn alterations(value: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::json;
    match value {
        serde_json::Value::Number(number) => {
            let number = number.as_u64().unwrap();
            vec![json!(number + 1), json!(number.wrapping_sub(1)), json!(u64::MAX)]
        }
        serde_json::Value::String(text) if text.starts_with("barid.v1/") => {
            let lines: Vec<&str> = text.lines().collect();
            let without_last = lines[..lines.len() - 1].join("\n") + "\n";
            vec![
                json!(without_last),
                json!(text.replacen("\n2\n", "\n3\n", 1)),
                json!(text.replace("SEC", "XA")),
            ]
        }
        serde_json::Value::String(text) => {
            let at = text.len() - 1;
            let last = if text.ends_with('0') { '1' } else { '0' };
            vec![
                json!(format!("{}{last}", &text[..at])),
                json!(text[..at - 1]),
                json!(format!("{text}00")),
                json!(""),
            ]
        }
        serde_json::Value::Array(hashes) => {
            let mut all = vec![json!([hashes.as_slice(), &[json!("00".repeat(32))]].concat())];
            for at in 0..hashes.len() {
                let mut other = hashes.clone();
                other[at] = json!("11".repeat(32));
                all.push(json!(other));
                let mut shorter = hashes.clone();
                shorter.remove(at);
                all.push(json!(shorter));
            }
            all
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_ledger_with_two_histories_is_countersigned_in_one_and_the_other_is_evidence() {
    run(async {
        let (asking, asked) = two_worlds().await;
        for _ in 0..3 {
            asking.pass_days(1);
            asking.app.keep_epoch(HOUR).await.unwrap();
        }
        assert!(matches!(carry(&asking.app, &asked.app).await[..], [Submitted::Countersigned]));
        let ledger = shown(&asking.app).await;
        // A copy of the directory, with the same key, goes on beside it.
        let closed = asking.close().await;
        let copy = closed.start_copy(99).await;
        let asking = closed.start().await;

        asking.pass_days(1);
        asking.app.keep_epoch(HOUR).await.unwrap();
        assert!(matches!(carry(&asking.app, &asked.app).await[..], [Submitted::Countersigned]));
        // The copy has as many epochs as were countersigned, then fewer, then more: in each case it gets nothing.
        copy.pass_days(1);
        copy.app.keep_epoch(HOUR).await.unwrap();
        assert_eq!(failed(&carry(&copy.app, &asked.app).await), "countersigner-saw-another-history");
        asking.pass_days(1);
        asking.app.keep_epoch(HOUR).await.unwrap();
        carry(&asking.app, &asked.app).await;
        assert_eq!(failed(&carry(&copy.app, &asked.app).await), "countersigner-saw-later-epochs");
        for _ in 0..2 {
            copy.pass_days(1);
            copy.app.keep_epoch(HOUR).await.unwrap();
        }
        assert_eq!(failed(&carry(&copy.app, &asked.app).await), "countersigner-saw-another-history");

        let seen = shown(&asked.app).await;
        assert_eq!(seen.ledgers[0].size, 5, "what was countersigned stands");
        assert_eq!(seen.forks.len(), 2, "of one size, and of two sizes");
        assert_eq!(asked.app.health().countersigning.forks, 2);
        let keys = vec![ledger.own_ledger_key.parse().unwrap()];
        let trusted = TrustedLog::new(Origin::new(ledger.own_ledger).unwrap(), keys).unwrap();
        for fork in &seen.forks {
            let evidence = ForkEvidence::parse(fork.evidence.as_bytes()).unwrap();
            evidence.verify(&trusted).unwrap();
        }
        assert_eq!(
            shown(&copy.app).await.countersigners[0].size,
            3,
            "the copy has what was countersigned before"
        );
        // The one that was countersigned goes on.
        asking.pass_days(1);
        asking.app.keep_epoch(HOUR).await.unwrap();
        assert!(matches!(carry(&asking.app, &asked.app).await[..], [Submitted::Countersigned]));
    });
}

/// Starts a node on a directory, by the clock of a world and with randomness of its own.
async fn start(data: &Path, hands: &Hands) -> App {
    let clock = {
        let hands = hands.clone();
        Arc::new(move || hands.now())
    };
    let drawn = AtomicU64::new(0);
    let ports = Ports {
        clock: clock.clone(),
        random: Arc::new(move |buffer| {
            let number = drawn.fetch_add(1, Ordering::Relaxed);
            buffer.iter_mut().enumerate().for_each(|(at, byte)| *byte = 90 ^ number as u8 ^ at as u8);
        }),
        tokens: Arc::new(NoTokens),
    };
    let options =
        StoreOptions { directory: data.to_owned(), master_key: MasterKeySource::DataDirectory, clock };
    App::start(Store::open(options).await.unwrap(), ports).await.unwrap()
}

#[test]
fn only_who_was_named_is_countersigned_and_no_longer_than_that() {
    run(async {
        let (asking, asked) = two_worlds().await;
        asking.app.keep_epoch(HOUR).await.unwrap();
        let submission = asking.app.submissions().await.unwrap().remove(0);
        let origin = Origin::new(shown(&asking.app).await.own_ledger).unwrap();
        let remove = CountersigningChange::RemoveLedger { origin: origin.clone() };
        let console = console();
        asked.app.change_countersigning(&console, remove.clone()).await.unwrap();
        assert_eq!(asked.app.add_checkpoint(&submission.body).await.unwrap().status, 404);
        let twice = asked.app.change_countersigning(&console, remove).await;
        assert!(matches!(twice, Err(AppError::Absent)), "{twice:?}");

        // With another key than its own it is known and not believed.
        let mine = shown(&asked.app).await.own_ledger_key;
        let key: VerifierKey = mine.parse().unwrap();
        let name = barid_ledger::KeyName::new(origin.as_str()).unwrap();
        let foreign = VerifierKey::new(name, key.signature_type(), key.public_key()).unwrap();
        let add = |keys| CountersigningChange::AddLedger { origin: origin.clone(), keys };
        asked.app.change_countersigning(&console, add(vec![foreign])).await.unwrap();
        assert_eq!(asked.app.add_checkpoint(&submission.body).await.unwrap().status, 403);

        // Without keys of the registry there must be one given; and nobody countersigns itself.
        let elsewhere = Origin::new("example.org/log").unwrap();
        let refused = [
            CountersigningChange::AddLedger { origin: elsewhere, keys: Vec::new() },
            CountersigningChange::AddLedger {
                origin: Origin::new(shown(&asked.app).await.own_ledger).unwrap(),
                keys: vec![mine.parse().unwrap()],
            },
            CountersigningChange::AddCountersigner {
                url: "https://a.example".into(),
                key: mine.parse().unwrap(),
            },
            CountersigningChange::AddCountersigner {
                url: "https://a.example".into(),
                key: key_of(&shown(&asked.app).await),
            },
        ];
        for change in refused {
            let verdict = asked.app.change_countersigning(&console, change.clone()).await;
            assert!(matches!(verdict, Err(AppError::Countersigning(_))), "{change:?}: {verdict:?}");
        }
        // Who does not administer changes nothing.
        let officer = OpContext { rights: Default::default(), ..console };
        let verdict = asked.app.change_countersigning(&officer, add(Vec::new())).await;
        assert!(matches!(verdict, Err(AppError::Refused(_))), "{verdict:?}");
    });
}

#[test]
fn answers_that_are_none_are_not_kept() {
    run(async {
        let (asking, asked) = two_worlds().await;
        asking.app.keep_epoch(HOUR).await.unwrap();
        let good = asked.app.add_checkpoint(&asking.app.submissions().await.unwrap()[0].body).await.unwrap();
        assert_eq!(good.status, 200);
        let (dash, blob) = good.body.trim_end().rsplit_once(' ').unwrap();
        let flipped = format!("{dash} {}{}\n", &blob[..blob.len() - 6], "AAAAA=");
        let unknown = good.body.replace("barid.v1/SEC", "barid.v1/XX");
        let cases: [(Came, &str); 14] = [
            (None, "countersigner-away"),
            (Some((200, Vec::new())), "countersignature-does-not-hold"),
            (Some((200, b"signed\n".to_vec())), "countersignature-does-not-hold"),
            (Some((200, flipped.into_bytes())), "countersignature-does-not-hold"),
            (Some((200, unknown.into_bytes())), "countersigner-signed-with-another-key"),
            (Some((409, b"none\n".to_vec())), "countersigner-malformed"),
            (Some((409, b"01\n".to_vec())), "countersigner-malformed"),
            (Some((409, b"9\n".to_vec())), "countersigner-saw-later-epochs"),
            (Some((404, Vec::new())), "countersigner-does-not-know-us"),
            (Some((403, Vec::new())), "countersigner-does-not-know-our-key"),
            (Some((422, Vec::new())), "countersigner-saw-another-history"),
            (Some((400, Vec::new())), "countersigner-refuses"),
            (Some((503, Vec::new())), "countersigner-fails"),
            (Some((302, Vec::new())), "countersigner-fails"),
        ];
        for (answer, code) in cases {
            let submission = asking.app.submissions().await.unwrap().remove(0);
            let taken = asking.app.take_countersignature(submission, answer.clone()).await.unwrap();
            assert_eq!(failed(&[taken]), code, "{answer:?}");
        }
        // One that always names another size is not followed for ever.
        let mut submission = asking.app.submissions().await.unwrap().remove(0);
        let mut turns = 0;
        let end = loop {
            let answer = Some((409, b"1\n".to_vec()));
            match asking.app.take_countersignature(submission, answer).await.unwrap() {
                Submitted::Again(again) => (submission, turns) = (*again, turns + 1),
                end => break end,
            }
        };
        assert_eq!((turns, failed(&[end])), (3, "countersigner-never-content"));
        // And the right answer is kept after all of them.
        let submission = asking.app.submissions().await.unwrap().remove(0);
        let taken = asking.app.take_countersignature(submission, Some((200, good.body.into_bytes()))).await;
        assert!(matches!(taken, Ok(Submitted::Countersigned)), "{taken:?}");
        assert_eq!(asking.app.health().countersigning.countersigned, 1);
    });
}

#[test]
fn a_countersigner_that_was_restored_waits_until_it_is_told() {
    run(async {
        let (asking, asked) = two_worlds().await;
        asking.app.keep_epoch(HOUR).await.unwrap();
        carry(&asking.app, &asked.app).await;
        let aside = tempfile::tempdir().unwrap();
        let [backup, keys, directory] = ["backup", "keys", "data"].map(|name| aside.path().join(name));
        asked.app.store().backup_apart(&backup, &keys).await.unwrap();
        let (hands, now) = (asked.hands(), asked.now());
        asked.close().await;
        let options = RestoreOptions { backup, keys, directory: directory.clone(), now };
        barid_store::restore(options).await.unwrap();
        let asked = start(&directory, &hands).await;
        asking.pass_days(1);
        asking.app.keep_epoch(HOUR).await.unwrap();
        assert_eq!(failed(&carry(&asking.app, &asked).await), "countersigner-does-not-know-us");
        assert!(shown(&asked).await.ledgers[0].waits);
        let ledger = shown(&asking.app).await;
        let change = CountersigningChange::AddLedger {
            origin: Origin::new(ledger.own_ledger).unwrap(),
            keys: vec![ledger.own_ledger_key.parse().unwrap()],
        };
        asked.change_countersigning(&console(), change).await.unwrap();
        assert!(matches!(carry(&asking.app, &asked).await[..], [Submitted::Countersigned]));
    });
}

#[test]
fn a_countersigner_of_the_registry_counts_by_itself_until_its_key_is_stolen() {
    run(async {
        let world = World::exercise().seed(11).build().await;
        let secret = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
        let console = console();
        // XD keeps its keys itself, and the registry has its checkpoint key.
        let code = |code: &str| OrganisationCode::new(code).unwrap();
        let names = vec![LocalText::new("en", "Exercise entity D", 100).unwrap()];
        let profile = hosted_profile(
            code("XD"),
            OrganisationKind::NationalEntity,
            Some(CountryCode::new("XAX").unwrap()),
            names,
            code("SEC"),
        );
        let profile = Profile { hosted_by: None, ..profile };
        let entries = Ed25519Signer::from_secret(&[76; 32]).public_key();
        let draft = world.app.draft_organisation(&console, &profile, Some(entries)).await.unwrap();
        world.app.complete_draft(&console, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        let key = Ed25519Signer::from_secret(&[77; 32]).public_key();
        let new = NewKey::Given(key, KeyUsage::Checkpoints);
        let change = KeyChange::Rotate { new, earlier: EarlierKeys::Retire };
        let world = state(world, &change).await;

        let name = barid_domain::epochs::countersigner_name(code("XD")).unwrap();
        let signer = Ed25519NoteSigner::new(name.clone(), SignatureType::TimestampedEd25519, secret);
        let change = CountersigningChange::AddCountersigner {
            url: "https://d.example".into(),
            key: signer.verifier_key().clone(),
        };
        world.app.change_countersigning(&console, change).await.unwrap();
        let entry = enter(&world, "Ондатров").await;
        world.app.keep_epoch(HOUR).await.unwrap();
        let submission = world.app.submissions().await.unwrap().remove(0);
        let request = AddCheckpointRequest::parse(&submission.body).unwrap();
        let line = countersign(request.checkpoint().claimed(), &signer, 1_795_500_000).unwrap();
        let answer = Some((200, format!("{line}\n").into_bytes()));
        let taken = world.app.take_countersignature(submission, answer).await.unwrap();
        assert!(matches!(taken, Submitted::Countersigned));

        let bundle = proof(&world, entry).await;
        let proven = verify_bundle(&bundle, Some(world.fingerprint)).unwrap();
        assert_eq!((countersigned_by(&proven), proven.countersigners()), (vec![&name.to_string()], 1));
        // Given once more, it is still one.
        let given = [signer.verifier_key().clone()];
        assert_eq!(verify_bundle_by(&bundle, None, &given).unwrap().countersigners(), 1);
        // In other hands it counts no more, whatever time it says.
        let world = state(world, &KeyChange::Compromised { key: key.id(), up_to: None }).await;
        let proven = verify_bundle(&proof(&world, entry).await, Some(world.fingerprint)).unwrap();
        assert_eq!(proven.countersigners(), 0);
    });
}

/// States a change of XD's keys, and starts the node anew with it.
async fn state(world: World, change: &KeyChange) -> World {
    world.pass_days(1);
    let xd = OrganisationCode::new("XD").unwrap();
    let draft = world.app.draft_key_change(&console(), xd, change).await.unwrap();
    world.app.complete_draft(&console(), &draft, &draft, &[]).await.unwrap();
    world.pass_days(1);
    world.restart().await
}
