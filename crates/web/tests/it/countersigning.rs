//! The countersigner over HTTP, to the letter of C2SP tlog-witness: every status, replays, two at once; and nothing of records.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use barid_app::countersigning::CountersigningChange;
use barid_domain::codes::Purpose;
use barid_domain::ledger::{
    Checkpoint, Ed25519NoteSigner, Hash, KeyName, MerkleTree, NoteSigner, Origin, SignatureType,
    SignedCheckpoint, VerifierKey, leaf_hash, read_countersignatures,
};
use barid_testkit::world::{World, acting, person};
use barid_web::{WebOptions, router};
use ed25519_dalek::SigningKey;
use tower::ServiceExt;

const ORIGIN: &str = "log.example/журнал";

/// Is another organisation's ledger, with a key of its own.
struct Ledger {
    signer: Ed25519NoteSigner,
    leaves: Vec<Hash>,
}

impl Ledger {
    fn new(origin: &str, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let signer = Ed25519NoteSigner::new(KeyName::new(origin).unwrap(), SignatureType::Ed25519, key);
        Self { signer, leaves: (0..20_u8).map(|number| leaf_hash(&[number])).collect() }
    }

    fn tree(&self) -> MerkleTree {
        MerkleTree::from_leaves(self.leaves.iter().copied()).unwrap()
    }

    fn checkpoint(&self, size: u64) -> SignedCheckpoint {
        let origin = Origin::new(self.signer.verifier_key().name().as_str()).unwrap();
        let root = self.tree().root_at(size).unwrap();
        SignedCheckpoint::sign(Checkpoint::new(origin, size, root).unwrap(), &self.signer).unwrap()
    }

    fn request(&self, old: u64, size: u64) -> String {
        let proof = match old {
            0 => Vec::new(),
            old => self.tree().consistency_proof(old, size).unwrap(),
        };
        let proof: String = proof.iter().map(|hash| hash.to_base64() + "\n").collect();
        format!("old {old}\n{proof}\n{}", self.checkpoint(size))
    }

    /// The same ledger, which goes on otherwise behind a size.
    fn forked(&self, from: usize) -> Self {
        let key = SigningKey::from_bytes(&[1; 32]);
        let name = self.signer.verifier_key().name().clone();
        let mut leaves = self.leaves.clone();
        leaves[from..].iter_mut().for_each(|leaf| *leaf = leaf_hash(leaf.as_bytes()));
        Self { signer: Ed25519NoteSigner::new(name, SignatureType::Ed25519, key), leaves }
    }
}

struct Countersigner {
    router: Router,
    key: VerifierKey,
    world: Arc<barid_app::App>,
    _hands: barid_testkit::world::Hands,
}

struct Answer {
    status: u16,
    content_type: String,
    body: String,
}

impl Countersigner {
    async fn new(seed: u64, ledgers: &[&Ledger], records: &[&str]) -> Self {
        let world = World::exercise().seed(seed).build().await;
        let console = world.acting("SEC", Purpose::Oversight);
        for ledger in ledgers {
            let key = ledger.signer.verifier_key().clone();
            let origin = Origin::new(key.name().as_str()).unwrap();
            let change = CountersigningChange::AddLedger { origin, keys: vec![key] };
            world.app.change_countersigning(&console, change).await.unwrap();
        }
        for name in records {
            let submission = world.submission(Purpose::BorderControl, person(&[name]));
            let xa = acting("XA", Purpose::BorderControl);
            world.app.submit_person(&xa, world.key(), submission).await.unwrap();
        }
        let shown = world.app.countersigning(&console).await.unwrap();
        let (hands, now) = (world.hands(), world.now());
        let world = Arc::new(world.app);
        let options = WebOptions { clock: Arc::new(move || now), ..WebOptions::default() };
        let router = router(world.clone(), options);
        Self { router, key: shown.own_countersigner_key.parse().unwrap(), world, _hands: hands }
    }

    async fn post(&self, body: impl Into<Body>) -> Answer {
        let request = Request::post("/witness/v1/add-checkpoint").body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, content_type, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn a_ledger_that_grows_is_countersigned_and_its_holder_can_check_it() {
    let ledger = Ledger::new(ORIGIN, 1);
    let countersigner = Countersigner::new(1, &[&ledger], &[]).await;
    for (old, size) in [(0, 1), (1, 7), (7, 8), (8, 20)] {
        let answer = countersigner.post(ledger.request(old, size)).await;
        assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/plain; charset=utf-8"));
        assert!(answer.body.starts_with("\u{2014} barid.v1/SEC/countersigner "), "{}", answer.body);
        assert_eq!(answer.body.matches('\n').count(), 1);
        let signed = read_countersignatures(
            ledger.checkpoint(size),
            answer.body.as_bytes(),
            std::slice::from_ref(&countersigner.key),
        );
        assert_eq!(
            signed.unwrap().countersignatures(std::slice::from_ref(&countersigner.key)).unwrap().len(),
            1
        );
        // Asked again from the new size, it signs the same again, and keeps nothing.
        assert_eq!(countersigner.post(ledger.request(size, size)).await.status, 200);
        // The same request a second time starts from a size that is gone.
        let replayed = countersigner.post(ledger.request(old, size)).await;
        assert_eq!((replayed.status, replayed.body), (409, format!("{size}\n")));
    }
}

#[tokio::test]
async fn an_empty_ledger_is_countersigned_as_the_protocol_has_it() {
    let ledger = Ledger::new(ORIGIN, 1);
    let countersigner = Countersigner::new(1, &[&ledger], &[]).await;
    assert_eq!(countersigner.post(ledger.request(0, 0)).await.status, 200);
    let origin = Origin::new(ORIGIN).unwrap();
    let wrong = Checkpoint::new(origin, 0, leaf_hash(b"")).unwrap();
    let wrong = SignedCheckpoint::sign(wrong, &ledger.signer).unwrap();
    assert_eq!(countersigner.post(format!("old 0\n\n{wrong}")).await.status, 422);
    assert_eq!(countersigner.post(ledger.request(0, 3)).await.status, 200);
}

#[tokio::test]
async fn every_refusal_has_the_status_of_the_protocol_and_changes_nothing() {
    let ledger = Ledger::new(ORIGIN, 1);
    let countersigner = Countersigner::new(1, &[&ledger], &[]).await;
    assert_eq!(countersigner.post(ledger.request(0, 7)).await.status, 200);
    let good = ledger.request(7, 12);
    let checkpoint = ledger.checkpoint(12).to_string();
    let signature = checkpoint.lines().last().unwrap().to_owned();
    let stranger = Ledger::new(ORIGIN, 2);
    let unknown = Ledger::new("unknown.example/log", 1);
    let proof: String = good
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .fold(String::new(), |all, line| all + line + "\n");
    let many = format!("{}\n", leaf_hash(b"x").to_base64()).repeat(64);
    // The last bytes of the signature are others.
    let broken = {
        let (front, _) = signature.split_at(signature.len() - 8);
        checkpoint.replace(&signature, &format!("{front}AAAAAAA="))
    };
    let refused: Vec<(u16, String, &str)> = vec![
        (400, String::new(), "nothing"),
        (400, good.replace("old 7", "old 07"), "a leading zero"),
        (400, good.replace("old 7", "old  7"), "two spaces"),
        (400, good.replace("old 7", "size 7"), "another word"),
        (400, good.replace('\n', "\r\n"), "other line ends"),
        (400, good.trim_end().to_owned(), "no last line end"),
        (400, format!("old 7\nnone\n\n{checkpoint}"), "a proof line that is none"),
        (400, format!("old 7\n{many}\n{checkpoint}"), "64 proof lines"),
        (400, format!("old 7\n{checkpoint}"), "no empty line"),
        (400, good.replacen("\n12\n", "\n012\n", 1), "a size with a leading zero"),
        (400, format!("old 13\n\n{checkpoint}"), "an old size above the new one"),
        (403, stranger.request(7, 12), "signed by another key of that name"),
        (403, format!("old 7\n{proof}\n{broken}"), "a signature of the key that does not verify"),
        (404, unknown.request(7, 12), "an unknown origin"),
        (409, ledger.request(0, 12), "from nothing"),
        (409, ledger.request(6, 12), "from an older size"),
        (409, ledger.request(8, 12), "from a later size"),
        (422, format!("old 7\n\n{checkpoint}"), "without a proof"),
        (
            422,
            format!("old 7\n{proof}{}\n\n{checkpoint}", leaf_hash(b"x").to_base64()),
            "with more than the proof",
        ),
        (422, ledger.forked(3).request(7, 12), "another history"),
        (422, ledger.forked(3).request(7, 7), "another root of the same size"),
    ];
    for (status, body, what) in refused {
        let answer = countersigner.post(body).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        match status {
            409 => assert_eq!(
                (answer.content_type.as_str(), answer.body.as_str()),
                ("text/x.tlog.size", "7\n"),
                "{what}"
            ),
            _ => {
                assert_eq!(answer.content_type, "text/plain; charset=utf-8", "{what}");
                assert!(!answer.body.contains('\u{2014}'), "{what}: nothing is signed");
            }
        }
    }
    let fresh = Countersigner::new(2, &[&ledger], &[]).await;
    let from_nothing =
        ledger.request(0, 3).replacen("old 0\n", &format!("old 0\n{}\n", leaf_hash(b"x").to_base64()), 1);
    assert_eq!(fresh.post(from_nothing).await.status, 422, "a proof from nothing");
    let too_large = vec![b'x'; barid_app::countersigning::REQUEST_BYTES_CAP + 1];
    assert_eq!(countersigner.post(too_large).await.status, 413);
    // A GET is answered like any method that a path doesn't have, and the good one after all of them is signed.
    assert_eq!(countersigner.get("/witness/v1/add-checkpoint").await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(countersigner.post(good).await.status, 200);
    // A line by a key that nobody knows is ignored.
    let other = format!("{}\u{2014} other.example AAAAAAAA\n", ledger.request(12, 20));
    assert_eq!(countersigner.post(other).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_histories_at_once_one_is_signed() {
    let ledger = Ledger::new(ORIGIN, 1);
    let countersigner = Arc::new(Countersigner::new(1, &[&ledger], &[]).await);
    assert_eq!(countersigner.post(ledger.request(0, 5)).await.status, 200);
    let bodies = [
        ledger.request(5, 9),
        ledger.forked(5).request(5, 9),
        ledger.request(5, 11),
        ledger.forked(5).request(5, 11),
    ];
    let asked = bodies.map(|body| {
        let countersigner = countersigner.clone();
        tokio::spawn(async move { countersigner.post(body).await.status })
    });
    let mut statuses = Vec::new();
    for one in asked {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409], "one went ahead, the others start from a size that is gone");
}

#[tokio::test]
async fn what_the_protocol_shows_to_nobody_is_shown_to_whoever_runs_the_node() {
    let ledger = Ledger::new(ORIGIN, 1);
    let countersigner = Countersigner::new(1, &[&ledger], &[]).await;
    assert_eq!(countersigner.post(ledger.request(0, 7)).await.status, 200);
    assert_eq!(countersigner.get("/readyz").await.1, "ready\n");
    for _ in 0..10 {
        assert_eq!(countersigner.post(ledger.forked(3).request(7, 12)).await.status, 422);
    }
    let ready = countersigner.get("/readyz").await;
    assert_eq!(
        ready,
        (StatusCode::OK, "ready\na ledger that is countersigned here showed two histories\n".to_owned())
    );
    let metrics = countersigner.get("/metrics").await.1;
    assert!(metrics.contains("\nbarid_countersigning_forks 1\n"), "the same evidence counts once: {metrics}");
    assert!(!metrics.contains("log.example"), "no metric names a ledger");
    let console = acting("SEC", Purpose::Oversight);
    let forks = countersigner.world.countersigning(&console).await.unwrap().forks;
    assert_eq!((forks.len(), forks[0].origin.as_str()), (1, ORIGIN));
}

#[tokio::test]
async fn no_answer_depends_on_a_record() {
    assert!(!barid_web::openapi_json().contains("/witness/"), "it is none of the API's operations");
    let ledger = Ledger::new(ORIGIN, 1);
    let (one, other) = (
        Countersigner::new(7, &[&ledger], &[]).await,
        Countersigner::new(7, &[&ledger], &["Калачев", "كالاتشيف", "नरगिसपुर", "赵测试人"]).await,
    );
    let requests = [
        ledger.request(0, 3),
        ledger.request(3, 9),
        ledger.request(0, 9),
        ledger.forked(1).request(9, 12),
        Ledger::new(ORIGIN, 2).request(9, 12),
        Ledger::new("unknown.example", 2).request(9, 12),
        "old".to_owned(),
    ];
    for body in requests {
        let (here, there) = (one.post(body.clone()).await, other.post(body).await);
        assert_eq!(
            (here.status, here.content_type, here.body),
            (there.status, there.content_type, there.body)
        );
    }
}
