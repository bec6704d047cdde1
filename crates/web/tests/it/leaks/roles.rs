//! Every operation by every role, as one table: a change of rights is a difference that anyone can read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use barid_app::TokenDays;
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, Database, Purpose};
use barid_domain::ids::OrganisationCode;
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::registry::Standing;
use barid_testkit::world::{World, acting};
use barid_web::{WebOptions, router};
use expect_test::expect_file;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::leaks::operations;
use crate::leaks::questions::{self, Ask, Things, person, proposal, terms};

/// What the token of a role lets.
#[derive(Clone, Copy)]
enum Rights {
    /// Those of every day.
    Daily,
    /// All, to bind and to administer too.
    All,
    /// To search for persons at the border.
    Desk,
    /// To take out proofs, and nothing else: an auditor's.
    Proofs,
}

impl Rights {
    fn stated(self) -> OfficerRights {
        match self {
            Rights::Daily => OfficerRights::default(),
            Rights::All => OfficerRights::all(),
            Rights::Desk => OfficerRights {
                rights: vec![OfficerRight::Search],
                databases: Some(vec![Database::Persons]),
                purposes: Some(vec![Purpose::BorderControl]),
                clearance: Classification::OfficialUse,
                ..OfficerRights::default()
            },
            Rights::Proofs => OfficerRights { rights: vec![OfficerRight::Prove], ..OfficerRights::default() },
        }
    }
}

/// Who asks: how the table calls them, the organisation, what the token lets.
const ROLES: &[(&str, Option<(&str, Rights)>)] = &[
    ("nobody", None),
    ("owner", Some(("XA", Rights::Daily))),
    ("owner, every right", Some(("XA", Rights::All))),
    ("owner, search at the border", Some(("XA", Rights::Desk))),
    ("owner, auditor", Some(("XA", Rights::Proofs))),
    ("other bureau", Some(("XB", Rights::Daily))),
    ("other bureau, every right", Some(("XB", Rights::All))),
    ("partner", Some(("XPART", Rights::All))),
    ("partner with an agreement", Some(("XHUB", Rights::Daily))),
    ("partner with an agreement, every right", Some(("XHUB", Rights::All))),
    ("secretariat", Some(("SEC", Rights::All))),
    ("commission", Some(("XCOM", Rights::All))),
    ("suspended bureau", Some(("XC", Rights::All))),
];

async fn send(router: &Router, request: axum::http::Request<axum::body::Body>) -> (u16, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    // Of lines the last one tells how it ended.
    let last = body.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap_or_default();
    let body = serde_json::from_slice(&body).or_else(|_| serde_json::from_slice(last));
    (status, body.unwrap_or(Value::Null))
}

fn short(status: u16, body: &Value) -> String {
    if let Some(code) = body["code"].as_str() {
        return format!("{status} {code}");
    }
    if let Some(code) = body["end"]["problem"]["code"].as_str() {
        return format!("{status}, ends with {code}");
    }
    let fields = body.as_object();
    let is_null = fields.is_some_and(|fields| !fields.is_empty() && fields.values().all(Value::is_null));
    if is_null { format!("{status} null") } else { status.to_string() }
}

#[tokio::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let world = World::exercise().commission("XCOM").partner("XHUB").build().await;
    let secretariat = acting("SEC", Purpose::Oversight);
    let mut tokens = BTreeMap::new();
    for (role, holder) in ROLES {
        let Some((organisation, rights)) = holder else { continue };
        let officer = Actor::new(OrganisationCode::new(organisation).unwrap(), "officer").unwrap();
        let days = TokenDays::DEFAULT;
        let issued = world.app.issue_credential_with(&secretariat, &officer, days, rights.stated()).await;
        tokens.insert(*role, issued.unwrap().token);
    }
    let credentials = world.app.list_credentials(&secretariat).await.unwrap();
    let hidden_credential = credentials.iter().find(|one| one.actor.organisation.as_str() == "XC");
    let world = world.state_standing("XC", Standing::Suspended).await;
    let now = world.now();
    let options = WebOptions { clock: Arc::new(move || now), ..WebOptions::default() };
    let router = router(Arc::new(world.app), options);
    let mut number = 0;
    let mut write = async |role: &str, path: &str, body: Value| {
        number += 1;
        let request = Ask::new(path, body).request_to(path, Some(&tokens[role]), number);
        let (status, answer) = send(&router, request).await;
        assert!(status < 300, "{path} {answer}");
        answer
    };
    let purpose = "drug-trafficking";
    let mut agreed = proposal(&["XA", "XHUB"], &["XA"], purpose);
    agreed["agreement"]["grants"][0]["daily_cap"] = json!(10_000);
    let text = write("owner, every right", "/v1/agreements", agreed).await["entry"].clone();
    for role in ["owner, every right", "partner with an agreement, every right"] {
        write(role, "/v1/agreements/acts", json!({"reference": "F 7", "text": text, "step": "sign"})).await;
    }
    let entering = json!({"purpose": purpose, "reference": "CASE 1", "person": person("Калачев Пётр", &[]),
        "terms": terms(purpose, json!({"code": "H0"}), "official-use", 90)});
    let entered = write("owner", "/v1/persons", entering).await;
    let entry = &entered["entries"][0];
    let record = &entered["records"][0];
    let taken_in = json!({"reference": "R 7", "kind": "access", "received_on": now.day().to_string(),
        "applicant": {"names": ["Калачев Пётр"]}, "identity": "in-person", "language": "ru", "file": "R 7"});
    let request = write("commission", "/v1/subject-requests", taken_in).await["request"].clone();
    let mut asked = Value::Null;
    let texts = json!([{"language": "ru", "text": "Можно ли сообщить?"}]);
    let consult =
        json!({"record": record, "until": now.day().to_string(), "tells_applicant": false, "texts": texts});
    for step in [
        json!({"find_admissible": {}}),
        json!({"search": {"records": [record]}}),
        json!({"consult": consult}),
    ] {
        let body = json!({"reference": "R 7", "request": request, "step": step});
        asked = write("commission", "/v1/subject-requests/steps", body).await;
    }
    let of = |value: &Value| value.as_str().unwrap().to_owned();
    let things = Things {
        purpose,
        seen: of(&entered["records"][0]),
        seen_entry: of(&entry["entry"]),
        later: of(&entered["records"][0]),
        hidden: vec![of(&entered["records"][0])],
        hidden_entry: of(&entry["entry"]),
        hidden_stream: of(&entry["stream"]),
        hidden_key: "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a35".into(),
        hidden_agreement: of(&text),
        hidden_request: of(&request),
        hidden_consultation: of(&asked["taken"]["entries"][0]["entry"]),
        hidden_credential: hidden_credential.unwrap().id.to_string(),
        picture: json!({"hash": "7".repeat(64), "format": "jpeg", "bytes": 1, "width": 1, "height": 1,
            "thumbnail": "7".repeat(64)}),
    };
    let mut table = String::new();
    for operation in operations::all() {
        // Ending what others are asked for afterwards comes last for each role's own row; who is refused changes nothing.
        table.push_str(&format!("{} {}\n", operation.method, operation.path));
        for (role, _) in ROLES {
            let mut answers = BTreeSet::new();
            for ask in questions::of(&operation, &things).into_iter().filter(|ask| !ask.ends()) {
                number += 1;
                let token = tokens.get(role).map(String::as_str);
                let (status, body) = send(&router, ask.request(&operation, token, number)).await;
                answers.insert(short(status, &body));
            }
            let answers: Vec<String> = answers.into_iter().collect();
            table.push_str(&format!("    {role}: {}\n", answers.join(", ")));
        }
    }
    expect_file!["roles.out"].assert_eq(&table);
}
