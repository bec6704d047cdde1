//! Oversight over HTTP: who of an organisation saw a record, with a proof that holds offline; alarms, and who reads them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use barid_app::proofs::{ProofBundle, verify_bundle};
use barid_app::{App, TokenDays};
use barid_domain::audit::Actor;
use barid_domain::codes::Purpose;
use barid_domain::ids::{EntryHash, OrganisationCode};
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::oversight::Thresholds;
use barid_testkit::world::{Hands, World, acting};
use barid_web::{WebOptions, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::node::{key, wanted};

const REFERENCE: &str = "दिवानी वाद 17/2026";
const NAME: &str = "Калачев Валерий";

/// Is a node with a commission, and officers of two bureaus: one who works, one who audits.
struct Overseen {
    router: Router,
    tokens: BTreeMap<(&'static str, &'static str), String>,
    fingerprint: EntryHash,
    app: Arc<App>,
    /// Keeps the directory until the test is over.
    _hands: Hands,
}

fn auditing() -> OfficerRights {
    OfficerRights { rights: vec![OfficerRight::Prove, OfficerRight::Audit], ..OfficerRights::default() }
}

async fn overseen(thresholds: Thresholds) -> Overseen {
    let world = World::exercise().commission("XCOM").build().await;
    world.app.watch_by(thresholds);
    let secretariat = acting("SEC", Purpose::Oversight);
    let mut tokens = BTreeMap::new();
    for (organisation, officer, rights) in [
        ("XA", "desk.1", OfficerRights::default()),
        ("XA", "desk.2", OfficerRights::default()),
        ("XA", "dpo", auditing()),
        ("XB", "desk.1", OfficerRights::default()),
        ("XB", "dpo", auditing()),
        ("XCOM", "member", OfficerRights::all()),
    ] {
        let actor = Actor::new(OrganisationCode::new(organisation).unwrap(), officer).unwrap();
        let issued = world.app.issue_credential_with(&secretariat, &actor, TokenDays::DEFAULT, rights).await;
        tokens.insert((organisation, officer), issued.unwrap().token);
    }
    let now = world.now();
    let fingerprint = world.app.registry().fingerprint();
    let options = WebOptions { clock: Arc::new(move || now), ..WebOptions::default() };
    let hands = world.hands();
    let app = Arc::new(world.app);
    Overseen { router: router(app.clone(), options), tokens, fingerprint, app, _hands: hands }
}

impl Overseen {
    async fn post(&self, who: (&'static str, &'static str), path: &str, body: Value) -> (u16, Value) {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.tokens[&who]))
            .header("content-type", "application/json")
            .header("idempotency-key", key(1).to_string());
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The record of a person that XB enters.
    async fn enter(&self) -> String {
        let body = serde_json::to_value(wanted(NAME, Purpose::CriminalInvestigation)).unwrap();
        let (status, receipt) = self.post(("XB", "desk.1"), "/v1/persons", body).await;
        assert_eq!(status, 201, "{receipt}");
        receipt["records"][0].as_str().unwrap().to_owned()
    }

    async fn search(&self, who: (&'static str, &'static str), text: &str) -> Value {
        let body = json!({"purpose": "criminal-investigation", "reference": "LANE 4", "query": text});
        let (status, answer) = self.post(who, "/v1/search", body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn open(&self, who: (&'static str, &'static str), record: &str) -> Value {
        let body = json!({"purpose": "criminal-investigation", "reference": "CASE 7"});
        self.post(who, &format!("/v1/records/{record}/open"), body).await.1
    }

    async fn accesses(&self, who: (&'static str, &'static str), more: Value) -> (u16, Value) {
        let mut body = json!({"reference": REFERENCE});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(who, "/v1/audit/accesses", body).await
    }

    /// The alarms as they are after an upkeep, which keeps them.
    async fn alarms(&self, who: (&'static str, &'static str), more: Value) -> (u16, Value) {
        self.app.upkeep().await.unwrap();
        let mut body = json!({"reference": REFERENCE});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(who, "/v1/audit/anomalies/list", body).await
    }
}

fn list(page: &Value) -> Vec<Value> {
    page["page"]["accesses"].as_array().unwrap().clone()
}

fn said(accesses: &[Value]) -> Vec<String> {
    let of = |one: &Value, field: &str| one[field].as_str().unwrap_or("-").to_owned();
    accesses
        .iter()
        .map(|one| ["officer", "operation", "phase", "involvement"].map(|field| of(one, field)).join(" "))
        .collect()
}

#[tokio::test]
async fn an_organisation_proves_who_of_its_people_saw_a_record_and_nobody_learns_who_of_others_did() {
    let node = overseen(Thresholds::default()).await;
    let record = node.enter().await;
    node.search(("XA", "desk.1"), "Kalachev Valeriy").await;
    node.open(("XA", "desk.2"), &record).await;
    node.open(("XB", "desk.1"), &record).await;

    let (status, page) = node.accesses(("XA", "dpo"), json!({"record": record})).await;
    assert_eq!(status, 200, "{page}");
    let accesses = list(&page);
    assert_eq!(
        said(&accesses),
        [
            "desk.1 search-anything ended shown",
            "desk.2 open-record begun named",
            "desk.2 open-record ended shown",
        ]
    );
    // What was typed is in none of it.
    let text = page.to_string();
    assert!(!text.contains("Kalachev") && !text.contains("Калачев"), "{text}");
    // A court checks each offline, with nothing but the fingerprint of the association.
    for access in &accesses {
        let body = json!({"purpose": "oversight", "reference": REFERENCE, "access": access["entry"]});
        let (_, proof) = node.post(("XA", "dpo"), "/v1/proofs/access", body.clone()).await;
        let bundle: ProofBundle = serde_json::from_value(proof["proof"].clone()).unwrap();
        let proven = verify_bundle(&bundle, Some(node.fingerprint)).unwrap();
        assert_eq!(proven.facts["officer"], access["officer"].as_str().unwrap());
        let (_, others) = node.post(("XB", "dpo"), "/v1/proofs/access", body).await;
        assert_eq!(others["proof"], Value::Null, "of another organisation's people there is no proof");
    }
    // Whose record it is asks for its own people, and gets them.
    let (_, own) = node.accesses(("XB", "dpo"), json!({"record": record})).await;
    let own = list(&own);
    assert!(own.iter().all(|one| one["officer"] == "desk.1"), "{own:?}");
    assert_eq!(said(&own)[0], "desk.1 submit-record committed written");
    for named in ["XA", "XC", "XQ-NOBODY"] {
        let (status, refused) = node.accesses(("XB", "dpo"), json!({"organisation": named})).await;
        assert_eq!((status, &refused["code"]), (403, &json!("not-entitled")), "there or not: {named}");
    }
    // The commission asks about anybody.
    let (_, page) = node.accesses(("XCOM", "member"), json!({"record": record, "organisation": "XA"})).await;
    let all = said(&list(&page));
    assert!(all.starts_with(&said(&accesses)), "{all:?}");
    // That somebody asked who saw it is an act about it too.
    assert_eq!(all[accesses.len()], "dpo read-accesses begun named");
    // Who does not audit does not ask, whatever else it may do.
    let (status, refused) = node.accesses(("XA", "desk.1"), json!({})).await;
    assert_eq!((status, &refused["code"]), (403, &json!("officer-not-entitled")));
    // The auditors are audited: asking is an act, with its reference, refused or not.
    let (_, asked) = node.accesses(("XA", "dpo"), json!({"operation": "read-accesses"})).await;
    let asked = list(&asked);
    assert!(asked.iter().all(|one| one["reference"] == REFERENCE), "{asked:?}");
    let phases: Vec<String> = said(&asked);
    assert!(phases.contains(&"desk.1 read-accesses refused -".to_owned()), "{phases:?}");
    assert!(phases.contains(&"dpo read-accesses ended -".to_owned()), "{phases:?}");
}

#[tokio::test]
async fn a_question_narrows_pages_end_and_cursors_are_good_for_one() {
    let node = overseen(Thresholds::default()).await;
    let record = node.enter().await;
    for _ in 0..5 {
        node.open(("XA", "desk.1"), &record).await;
    }
    let nobody = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
    node.open(("XA", "desk.2"), nobody).await;
    let count = async |more: Value| list(&node.accesses(("XA", "dpo"), more).await.1).len();
    assert_eq!(count(json!({"officer": "desk.1", "operation": "open-record"})).await, 10);
    assert_eq!(count(json!({"officer": "desk.1", "purpose": "border-control"})).await, 0);
    let refused = list(&node.accesses(("XA", "dpo"), json!({"refused": true})).await.1);
    assert_eq!((refused.len(), &refused[0]["refusal"]), (1, &json!("absent")));
    assert_eq!(refused[0]["record"], nobody, "what was refused names what it was about");
    assert_eq!(count(json!({"act": refused[0]["act"]})).await, 2);
    assert_eq!(count(json!({"from": "2199-01-01"})).await, 0);
    assert_eq!(count(json!({"until": "1900-01-01"})).await, 0);

    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut more = json!({"limit": 3, "record": record});
        if !after.is_null() {
            more["after"] = after.clone();
        }
        let (_, page) = node.accesses(("XA", "dpo"), more).await;
        seen.extend(said(&list(&page)));
        after = page["page"]["next"].clone();
        if after.is_null() {
            break;
        }
        let (_, others) = node.accesses(("XB", "dpo"), json!({"record": record, "after": after})).await;
        assert_eq!(others["page"], Value::Null);
        // Good for the question that was asked, and for no other.
        let (_, other) = node.accesses(("XA", "dpo"), json!({"after": after})).await;
        assert_eq!(other["page"], Value::Null);
        let (_, other) = node.alarms(("XA", "dpo"), json!({"after": after})).await;
        assert_eq!(other["page"], Value::Null);
    }
    let opened = seen.iter().filter(|one| one.starts_with("desk.1 open-record")).count();
    assert_eq!(opened, 10, "{seen:?}");
    for (field, value, fault) in [
        ("officer", json!("Дежурный"), "officer: bad-characters"),
        ("record", json!("7"), "record: bad-characters"),
        ("operation", json!("spy"), "operation: unknown-code"),
        ("limit", json!(501), "limit: impossible"),
        ("from", json!("2026-02-30"), "from: impossible"),
        ("organisation", json!("xa"), "organisation: bad-characters"),
        ("reference", json!(""), "reference: missing"),
    ] {
        let (status, problem) = node.accesses(("XA", "dpo"), json!({field: value})).await;
        let faults = &problem["faults"][0];
        let told = format!("{}: {}", faults["place"].as_str().unwrap(), faults["code"].as_str().unwrap());
        assert_eq!((status, told.as_str()), (422, fault), "{problem}");
    }
}

#[tokio::test]
async fn an_alarm_is_read_and_decided_by_its_organisation_and_the_commission_alone() {
    let node = overseen(Thresholds { numbers_in_order: 8, ..Thresholds::default() }).await;
    for number in 0..16 {
        node.search(("XA", "desk.1"), &format!("XA{}", 4_000_100 + number)).await;
    }
    let (status, page) = node.alarms(("XA", "dpo"), json!({})).await;
    assert_eq!(status, 200, "{page}");
    let alarms = page["page"]["alarms"].as_array().unwrap();
    assert_eq!(alarms.len(), 1, "{page}");
    let alarm = &alarms[0];
    let told = (&alarm["kind"], &alarm["officer"], &alarm["state"], &alarm["threshold"]);
    assert_eq!(told, (&json!("numbers-in-order"), &json!("desk.1"), &json!("open"), &json!(8)));
    assert!(!page.to_string().contains("40001"), "no number in it: {page}");
    // The alarm has a line of its own, in the commission's ledger: nobody reads it from the size of another.
    let (_, lines) = node.accesses(("XA", "dpo"), json!({"operation": "raise-alarm"})).await;
    assert_eq!(list(&lines).len(), 0);
    let (_, lines) = node.accesses(("XCOM", "member"), json!({"operation": "raise-alarm"})).await;
    assert_eq!(list(&lines).len(), 1);
    let (_, others) = node.alarms(("XB", "dpo"), json!({})).await;
    assert_eq!(others["page"]["alarms"], json!([]));
    let (status, _) = node.alarms(("XB", "dpo"), json!({"organisation": "XA"})).await;
    assert_eq!(status, 403);
    let (status, _) = node.alarms(("XA", "desk.1"), json!({})).await;
    assert_eq!(status, 403);
    let (_, all) = node.alarms(("XCOM", "member"), json!({})).await;
    assert_eq!(all["page"]["alarms"][0]["alarm"], alarm["alarm"]);
    let (_, none) = node.alarms(("XCOM", "member"), json!({"organisation": "XB"})).await;
    assert_eq!(none["page"]["alarms"], json!([]));

    let decision = |expects: u32, state: &str| {
        json!({"reference": REFERENCE, "alarm": alarm["alarm"], "expects": expects, "state": state,
            "reason": {"language": "ar", "text": "فوج من المسافرين"}})
    };
    let path = "/v1/audit/anomalies/decide";
    let decide = async |who, expects, state: &str| node.post(who, path, decision(expects, state)).await.1;
    assert_eq!(decide(("XB", "dpo"), 0, "explained").await["outcome"], "absent");
    assert_eq!(decide(("XA", "desk.1"), 0, "explained").await["code"], "officer-not-entitled");
    let decided = decide(("XA", "dpo"), 0, "explained").await;
    assert_eq!((&decided["outcome"], &decided["alarm"]["state"]), (&json!("decided"), &json!("explained")));
    assert_eq!(decide(("XA", "dpo"), 0, "explained").await, decided, "said twice is said once");
    assert_eq!(decide(("XA", "dpo"), 0, "pursued").await["outcome"], "stale");
    let again = decide(("XCOM", "member"), 1, "open").await;
    assert_eq!(again["alarm"]["decisions"][1]["organisation"], "XCOM", "{again}");
    let unknown = json!({"reference": REFERENCE, "alarm": "7".repeat(32), "expects": 0, "state": "open",
        "reason": {"language": "ar", "text": "لا شيء"}});
    assert_eq!(node.post(("XA", "dpo"), path, unknown).await.1["outcome"], "absent");
}

#[tokio::test]
async fn what_many_organisations_open_the_commission_alone_reads_of() {
    let thresholds = Thresholds { organisations_of_record: 2, same_record: 3, ..Thresholds::default() };
    let node = overseen(thresholds).await;
    let record = node.enter().await;
    node.open(("XA", "desk.1"), &record).await;
    node.open(("XB", "desk.1"), &record).await;
    for _ in 0..5 {
        node.open(("XA", "desk.2"), &record).await;
    }
    let kinds = async |who, more: Value| -> Vec<String> {
        let (_, page) = node.alarms(who, more).await;
        let alarms = page["page"]["alarms"].as_array().unwrap().clone();
        alarms.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(("XA", "dpo"), json!({})).await, ["same-record"]);
    assert!(kinds(("XB", "dpo"), json!({})).await.is_empty(), "its owner learns nothing of it");
    let mut all = kinds(("XCOM", "member"), json!({})).await;
    all.sort_unstable();
    assert_eq!(all, ["many-organisations", "same-record"]);
    // Nor does the ledger of anybody else have a line of it.
    for (who, lines) in [(("XA", "dpo"), 0), (("XB", "dpo"), 0), (("XCOM", "member"), 2)] {
        let (_, raised) = node.accesses(who, json!({"operation": "raise-alarm", "record": record})).await;
        assert_eq!(list(&raised).len(), lines, "{who:?}");
    }
}

#[tokio::test]
async fn nobody_decides_about_an_alarm_that_names_itself() {
    let node = overseen(Thresholds { acts_in_hour: 2, ..Thresholds::default() }).await;
    for _ in 0..3 {
        node.search(("XCOM", "member"), "Калачев").await;
    }
    let (_, page) = node.alarms(("XCOM", "member"), json!({})).await;
    let alarm = &page["page"]["alarms"][0];
    assert_eq!((&alarm["kind"], &alarm["officer"]), (&json!("many-acts"), &json!("member")));
    let decision = json!({"reference": REFERENCE, "alarm": alarm["alarm"], "expects": 0,
        "state": "explained", "reason": {"language": "zh", "text": "本人"}});
    let (status, refused) = node.post(("XCOM", "member"), "/v1/audit/anomalies/decide", decision).await;
    assert_eq!((status, &refused["code"]), (403, &json!("officer-not-entitled")));
}

#[tokio::test]
async fn a_canary_sings_to_its_owner_of_its_own_people_and_of_others_to_the_commission_alone() {
    let node = overseen(Thresholds::default()).await;
    let record = node.enter().await;
    let mark =
        |record: &str, marking: &str| json!({"reference": REFERENCE, "record": record, "marking": marking});
    let path = "/v1/audit/canaries";
    let marked = async |who, record: &str| node.post(who, path, mark(record, "mark")).await.1;
    assert_eq!(marked(("XA", "dpo"), &record).await["outcome"], "absent", "another organisation's");
    let nobody = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
    assert_eq!(marked(("XB", "dpo"), nobody).await["outcome"], "absent");
    assert_eq!(marked(("XB", "desk.1"), &record).await["code"], "officer-not-entitled");
    assert_eq!(marked(("XCOM", "member"), &record).await["code"], "not-entitled");
    for _ in 0..2 {
        assert_eq!(marked(("XB", "dpo"), &record).await["outcome"], "done");
    }
    let list = async |who| {
        let (_, listed) = node.post(who, "/v1/audit/canaries/list", json!({"reference": REFERENCE})).await;
        listed["canaries"].as_array().map(Vec::len)
    };
    assert_eq!((list(("XB", "dpo")).await, list(("XA", "dpo")).await), (Some(1), Some(0)));
    assert_eq!(list(("XB", "desk.1")).await, None);

    // Seen as a candidate: an alarm with the commission, and with nobody else.
    node.search(("XA", "desk.1"), "Калачев Валерий").await;
    let told = async |who| -> Vec<(String, String, String)> {
        let (_, page) = node.alarms(who, json!({})).await;
        let alarms = page["page"]["alarms"].as_array().unwrap().clone();
        let of = |one: &Value, field: &str| one[field].as_str().unwrap_or("-").to_owned();
        let mut told: Vec<_> =
            alarms.iter().map(|one| (of(one, "kind"), of(one, "officer"), of(one, "record"))).collect();
        told.sort_unstable();
        told
    };
    let sung = |officer: &str, record: &str| ("canary".to_owned(), officer.to_owned(), record.to_owned());
    assert_eq!(told(("XA", "dpo")).await, [], "it would learn which record of others is a canary");
    assert_eq!(told(("XB", "dpo")).await, [], "its owner learns nothing of who of others looked");
    assert_eq!(told(("XCOM", "member")).await, [sung("desk.1", &record)]);
    let (_, page) = node.alarms(("XCOM", "member"), json!({})).await;
    assert_eq!(page["page"]["alarms"][0]["acting"], "XA", "whose officer that is");
    // Of its own people it learns, with the record.
    node.open(("XB", "desk.1"), &record).await;
    assert_eq!(told(("XB", "dpo")).await, [sung("desk.1", &record)]);
    // An owner's list of its own is no looking.
    let body = json!({"purpose": "criminal-investigation", "reference": "CASE 7"});
    node.post(("XB", "dpo"), "/v1/records/list", body).await;
    assert_eq!(told(("XB", "dpo")).await.len(), 1);

    assert_eq!(node.post(("XB", "dpo"), path, mark(&record, "unmark")).await.1["outcome"], "done");
    node.open(("XA", "desk.2"), &record).await;
    assert_eq!(told(("XCOM", "member")).await.len(), 2, "it is none any more");
}
