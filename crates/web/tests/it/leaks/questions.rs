//! What every operation is asked. An operation without a question here fails the suite.

use axum::body::Body;
use axum::http::Request;
use barid_domain::ids::IdempotencyKey;
use barid_testkit::pictures::picture;
use serde_json::{Value, json};

use crate::leaks::operations::Operation;

/// The names of hidden and of visible records, and what was typed of them.
pub const HIDDEN: &str = "Калачева Вера";
pub const HIDDEN_GROUP: &str = "Калачева Вера и Ко";
pub const HIDDEN_PASSPORT: &str = "XB7654321";
pub const HIDDEN_PLATE: &str = "У777УУ";
pub const SEEN: &str = "Калачев Пётр";
/// A passport that a visible person and a hidden one hold, and the picture of a hidden one.
pub const SHARED_PASSPORT: &str = "XA1112223";
pub const HIDDEN_PICTURE: u8 = 1;

/// Is what questions are about; of hidden records the same in both worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Things {
    pub purpose: &'static str,
    pub seen: String,
    pub seen_entry: String,
    /// A record that is seen and was entered behind the hidden ones.
    pub later: String,
    pub hidden: Vec<String>,
    pub hidden_entry: String,
    pub hidden_stream: String,
    pub hidden_key: String,
    pub hidden_agreement: String,
    /// A request of a person that concerns hidden records, and what one of their owners was asked.
    pub hidden_request: String,
    pub hidden_consultation: String,
    /// A token of others, by its id.
    pub hidden_credential: String,
    pub picture: Value,
}

/// Is one request.
pub struct Ask {
    pub says: String,
    path: String,
    body: Option<(&'static str, Vec<u8>)>,
    key: bool,
}

impl Ask {
    /// A write of JSON.
    pub fn new(path: &str, body: Value) -> Ask {
        let bytes = body.to_string().into_bytes();
        Ask {
            says: body.to_string(),
            path: path.to_owned(),
            body: Some(("application/json", bytes)),
            key: true,
        }
    }

    /// Whether it ends something that others are still to be asked about.
    pub fn ends(&self) -> bool {
        ["\"end\"", "\"suspend\"", "\"decline\""].iter().any(|step| self.says.contains(step))
    }

    /// The request as a post to a path.
    pub fn request_to(&self, path: &str, token: Option<&str>, number: u128) -> Request<Body> {
        let operation =
            Operation { id: String::new(), method: axum::http::Method::POST, path: path.to_owned() };
        self.request(&operation, token, number)
    }

    /// The request, with a token and the number of its idempotency key.
    pub fn request(&self, operation: &Operation, token: Option<&str>, number: u128) -> Request<Body> {
        let mut request = Request::builder().method(operation.method.clone()).uri(&self.path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.key {
            let key = IdempotencyKey::from_random(number.to_be_bytes());
            request = request.header("idempotency-key", key.to_string());
        }
        match &self.body {
            Some((kind, body)) => {
                request.header("content-type", *kind).body(Body::from(body.clone())).unwrap()
            }
            None => request.body(Body::empty()).unwrap(),
        }
    }
}

pub fn terms(purpose: &str, handling: Value, classification: &str, days: u32) -> Value {
    json!({
        "purpose": purpose, "handling": handling, "classification": classification,
        "source_grade": "A", "information_grade": "1", "review_in_days": days,
    })
}

pub fn person(name: &str, passports: &[&str]) -> Value {
    let held = |number: &&str| json!({"document_type": "passport", "number": number});
    json!({
        "names": [{"text": name, "kind": "primary"}], "sex": "female", "births": ["1971"],
        "documents": passports.iter().map(held).collect::<Vec<_>>(),
        "stated": {"statuses": ["wanted"], "offences": ["financial-crime.fraud"]},
    })
}

pub fn document(number: &str) -> Value {
    json!({"document_type": "passport", "fraud": {"type": "stolen-blank"}, "number": number})
}

pub fn group(name: &str) -> Value {
    json!({"database": "organisations-and-networks", "names": [{"text": name, "kind": "primary"}],
        "statuses": ["under-investigation"]})
}

pub fn vehicle(plate: &str) -> Value {
    json!({"database": "vehicles", "status": "stolen", "plates": [{"number": plate, "country": "XBX"}]})
}

pub fn link(from: &str, to: &str) -> Value {
    json!({"kind": "associate-of", "from": from, "to": to})
}

/// What is asked of an operation.
///
/// # Panics
/// For an operation that nothing was written for: a channel without a case.
pub fn of(operation: &Operation, things: &Things) -> Vec<Ask> {
    let act = json!({"purpose": things.purpose, "reference": "CASE 7"});
    let with = |more: Value| {
        let mut body = act.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let own = terms(things.purpose, json!({"code": "H0"}), "official-use", 90);
    let ask = |body: Value| Ask {
        says: body.to_string(),
        path: operation.path.clone(),
        body: Some(("application/json", body.to_string().into_bytes())),
        key: false,
    };
    let write = |body: Value| Ask { key: true, ..ask(body) };
    let get = |path: String| Ask { says: path.clone(), path, body: None, key: false };
    // At every hidden record, at one that is seen and at one that never was.
    let nobody = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34".to_owned();
    let records: Vec<&String> = things.hidden.iter().chain([&things.seen, &things.later, &nobody]).collect();
    let at = |ask: Ask, record: &str| Ask {
        says: format!("{record} {}", ask.says),
        path: ask.path.replace("{record}", record),
        ..ask
    };
    let at_each =
        |body: &dyn Fn() -> Ask| records.iter().map(|record| at(body(), record)).collect::<Vec<_>>();
    let revision = |part: &str, stated: Value| {
        let mut body = with(json!({"expects": things.hidden_entry, "terms": own}));
        body[part] = stated;
        at_each(&|| write(body.clone()))
    };
    let texts = [
        HIDDEN,
        HIDDEN_GROUP,
        "Kalacheva Vera",
        "Kalacheva",
        "कलाचेव",
        "Вера",
        "Калачева Вероника",
        SEEN,
        HIDDEN_PASSPORT,
        SHARED_PASSPORT,
        HIDDEN_PLATE,
    ];
    match operation.id.as_str() {
        "search" => {
            let plain = texts.iter().map(|text| ask(with(json!({"query": text}))));
            let one = texts.iter().map(|text| ask(with(json!({"query": text, "limit": 1}))));
            let other = ask(json!({"purpose": "financial-crime", "reference": "CASE 7", "query": HIDDEN}));
            plain.chain(one).chain([other]).collect()
        }
        "screen" => {
            let rows: Vec<Value> = texts.iter().map(|text| json!({"name": text})).collect();
            let numbers = [HIDDEN_PASSPORT, SHARED_PASSPORT].map(|number| json!({"document_number": number}));
            vec![
                ask(with(json!({"rows": rows, "least_score": 0}))),
                ask(with(json!({"rows": numbers, "least_score": 0}))),
            ]
        }
        "screen_stream" => {
            let lines: Vec<String> = std::iter::once(act.to_string())
                .chain(texts.iter().map(|text| json!({"name": text}).to_string()))
                .collect();
            vec![Ask {
                body: Some(("application/x-ndjson", lines.join("\n").into_bytes())),
                ..ask(act.clone())
            }]
        }
        "screen_table" => {
            let part = |name: &str, value: &str| {
                format!("--rows\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            let number = |number: &&str| format!(",{number}\n");
            let rows: String = texts.iter().map(|text| format!("{text},\n")).collect();
            let numbers: String = [HIDDEN_PASSPORT, SHARED_PASSPORT].iter().map(number).collect();
            let form = [
                part("purpose", things.purpose),
                part("reference", "CASE 7"),
                part("table", &format!("name,document_number\n{rows}{numbers}")),
                "--rows--\r\n".to_owned(),
            ];
            vec![Ask {
                body: Some(("multipart/form-data; boundary=rows", form.concat().into_bytes())),
                ..ask(act.clone())
            }]
        }
        "screen_text" => {
            let text = format!(
                "Говорили с Верой Калачевой и Петром Калачевым. Фирма «{HIDDEN_GROUP}» закрыта. {HIDDEN_PASSPORT} {HIDDEN_PLATE}"
            );
            vec![ask(with(json!({"text": text, "least_score": 0.3})))]
        }
        "open_record" => at_each(&|| ask(act.clone())),
        "list_links" => {
            let small = at_each(&|| ask(with(json!({"limit": 1}))));
            small.into_iter().chain(at_each(&|| ask(act.clone()))).collect()
        }
        "open_image" => {
            let hash = &things.picture["hash"];
            let whole = at_each(&|| ask(with(json!({"image": hash}))));
            whole
                .into_iter()
                .chain(at_each(&|| ask(with(json!({"image": hash, "size": "thumbnail"})))))
                .collect()
        }
        "withdraw_record" => at_each(&|| write(with(json!({"reason": "mistaken"})))),
        "list_own_records" => vec![ask(act.clone()), ask(with(json!({"limit": 1})))],
        "get_outcome" => {
            let key = &things.hidden_key;
            vec![get(operation.path.replace("{key}", key)), get(operation.path.replace("{key}", &nobody))]
        }
        "submit_person" => vec![
            write(with(json!({"terms": own, "person": person(HIDDEN, &[HIDDEN_PASSPORT])}))),
            write(with(json!({"terms": own, "person": person("Учебный Третий", &[]), "images": [
                {"picture": things.picture, "kind": "portrait"}]}))),
        ],
        "revise_person" => revision("person", person(HIDDEN, &[])),
        "submit_travel_document" => {
            vec![write(with(json!({"terms": own, "document": document(HIDDEN_PASSPORT)})))]
        }
        "revise_travel_document" => revision("document", document(HIDDEN_PASSPORT)),
        "submit_travel_documents" => {
            vec![write(with(json!({"terms": own, "documents": [document(HIDDEN_PASSPORT)]})))]
        }
        "submit_object" => vec![
            write(with(json!({"terms": own, "object": vehicle(HIDDEN_PLATE)}))),
            write(with(json!({"terms": own, "object": group(HIDDEN_GROUP)}))),
        ],
        "revise_object" => revision("object", vehicle(HIDDEN_PLATE)),
        "submit_link" => records
            .iter()
            .map(|record| write(with(json!({"terms": own, "link": link(&things.seen, record)}))))
            .collect(),
        "revise_link" => revision("link", link(&things.seen, &things.hidden[0])),
        "hand_in_image" => vec![Ask {
            says: "the picture of a hidden record".into(),
            path: operation.path.clone(),
            body: Some(("image/png", picture(HIDDEN_PICTURE))),
            key: true,
        }],
        "list_organisations" | "list_streams" | "healthz" | "readyz" | "metrics" => {
            vec![get(operation.path.clone())]
        }
        "propose_agreement" => vec![write(proposal(&["XA", "XPART"], &["XA"], things.purpose))],
        "act_on_agreement" => ["sign", "decline", "suspend", "end"]
            .iter()
            .map(|step| write(json!({"reference": "F 7", "text": things.hidden_agreement, "step": step})))
            .collect(),
        "list_agreements" => {
            vec![ask(json!({"reference": "F 7"})), ask(json!({"reference": "F 7", "limit": 1}))]
        }
        "list_reviews" => {
            vec![ask(json!({"reference": "F 7"})), ask(json!({"reference": "F 7", "limit": 1}))]
        }
        "decide_reviews" => records
            .iter()
            .flat_map(|record| {
                let keep = json!({"record": record, "expects": things.hidden_entry, "reason": "danger",
                    "review_on": "2027-01-01"});
                let end = json!({"record": record, "expects": things.hidden_entry, "reason": "mistaken"});
                [write(with(json!({"keep": [keep]}))), write(with(json!({"withdraw": [end]})))]
            })
            .collect(),
        "list_accesses" => {
            let about = |more: Value| {
                let mut body = json!({"reference": "F 7"});
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                ask(body)
            };
            let each = records.iter().map(|record| about(json!({"record": record})));
            let others = ["XA", "XB", "XC", "XNONE"].map(|code| about(json!({"organisation": code})));
            each.chain(others).chain([about(json!({})), about(json!({"limit": 1}))]).collect()
        }
        "list_alarms" => vec![
            ask(json!({"reference": "F 7"})),
            ask(json!({"reference": "F 7", "organisation": "XA"})),
            ask(json!({"reference": "F 7", "organisation": "XB"})),
        ],
        "decide_alarm" => vec![ask(json!({"reference": "F 7", "alarm": "7".repeat(32), "expects": 0,
            "state": "explained", "reason": {"language": "hi", "text": "समूह यात्रा"}}))],
        // What is marked stays so: it is asked with the other questions, and answers none of them otherwise.
        "mark_canary" => records
            .iter()
            .map(|record| ask(json!({"reference": "F 7", "record": record, "marking": "mark"})))
            .collect(),
        "list_canaries" => vec![ask(json!({"reference": "F 7"}))],
        "list_orders" => {
            vec![ask(json!({"reference": "F 7"})), ask(json!({"reference": "F 7", "limit": 1}))]
        }
        "list_re_entries" => {
            vec![ask(json!({"reference": "F 7"})), ask(json!({"reference": "F 7", "limit": 1}))]
        }
        "mark_record" => records
            .iter()
            .flat_map(|record| {
                ["similar-person", "misused-identity"].map(|mark| {
                    let texts = json!([{"language": "fa", "text": "با او مقایسه شد"}]);
                    write(json!({"reference": "F 7", "record": record, "mark": mark, "consent": "CASE 7",
                        "texts": texts}))
                })
            })
            .collect(),
        "lift_mark" => [&things.hidden_entry, &"7".repeat(64)]
            .iter()
            .map(|mark| {
                let texts = json!([{"language": "zh", "text": "已撤销"}]);
                write(json!({"reference": "F 7", "mark": mark, "texts": texts}))
            })
            .collect(),
        "restrict_records" => {
            let everybody = json!({"mode": "all-but", "organisations": []});
            let said = |more: Value| {
                let mut body = json!({"reference": "F 7", "database": "persons", "audience": everybody});
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                write(body)
            };
            let each = records.iter().map(|record| said(json!({"about": {"records": [record]}})));
            each.chain([said(json!({"about": {"whole_database": {}}}))]).collect()
        }
        "list_restrictions" => {
            vec![ask(json!({"reference": "F 7"})), ask(json!({"reference": "F 7", "limit": 1}))]
        }
        "ask_consent" => [&things.hidden_entry, &"7".repeat(64)]
            .iter()
            .flat_map(|access| {
                ["persons", "vehicles"].map(|database| {
                    let reason = json!({"language": "ru", "text": "Совпадают имя и дата рождения"});
                    write(with(json!({"access": access, "database": database, "owner": "XC",
                        "reason": reason, "days": 30})))
                })
            })
            .collect(),
        "list_consents" => ["owner", "asker"]
            .iter()
            .flat_map(|role| {
                let page = json!({"reference": "F 7", "role": role, "limit": 1});
                [ask(json!({"reference": "F 7", "role": role})), ask(page)]
            })
            .collect(),
        "answer_consent" => [&things.hidden_entry, &"7".repeat(64)]
            .iter()
            .flat_map(|request| {
                [json!({"give": {"fields": ["offences"]}}), json!({"refuse": {}})]
                    .map(|answer| write(json!({"reference": "F 7", "request": request, "answer": answer})))
            })
            .collect(),
        "end_consent" => [&things.hidden_entry, &"7".repeat(64)]
            .iter()
            .map(|request| write(json!({"reference": "F 7", "request": request})))
            .collect(),
        "take_in_request" => {
            vec![write(json!({"reference": "R 7", "kind": "access", "received_on": "2026-10-02",
            "applicant": {"names": [HIDDEN]}, "language": "ru", "file": "R 7"}))]
        }
        "list_requests" => {
            vec![ask(json!({"reference": "R 7"})), ask(json!({"reference": "R 7", "closed_too": true}))]
        }
        "list_consultations" => {
            vec![ask(json!({"reference": "R 7"})), ask(json!({"reference": "R 7", "limit": 1}))]
        }
        "open_request" | "search_for_applicant" | "disclose_request" => [&things.hidden_request, &nobody]
            .iter()
            .map(|request| ask(json!({"reference": "R 7", "request": request})))
            .collect(),
        "step_request" => [&things.hidden_request, &nobody]
            .iter()
            .flat_map(|request| {
                let step = |step: Value| write(json!({"reference": "R 7", "request": request, "step": step}));
                let found = json!({"search": {"records": things.hidden}});
                [step(json!({"find_admissible": {}})), step(found), step(json!({"close": {}}))]
            })
            .collect(),
        "answer_consultation" => [&things.hidden_consultation, &things.hidden_entry, &"7".repeat(64)]
            .iter()
            .map(|consultation| {
                let (reply, texts) = ("objects", json!([{"language": "en", "text": "No."}]));
                write(json!({"reference": "R 7", "consultation": consultation, "reply": reply,
                    "restriction": "inquiry", "texts": texts}))
            })
            .collect(),
        "open_agreement" => [&things.hidden_agreement, &"7".repeat(64)]
            .iter()
            .map(|text| ask(json!({"reference": "F 7", "text": text})))
            .collect(),
        "issue_to_officer" => [json!(["search"]), json!(["search", "withdraw"])]
            .iter()
            .map(|rights| {
                let given = json!({"rights": rights, "databases": ["persons"], "clearance": "official-use"});
                write(json!({"reference": "F 7", "officer": "desk.1", "days": 30, "rights": given}))
            })
            .collect(),
        "invite_person" => [json!(["search"]), json!(["search", "withdraw"])]
            .iter()
            .map(|rights| {
                let given = json!({"rights": rights, "databases": ["persons"], "clearance": "official-use"});
                write(json!({"reference": "F 7", "officer": format!("asha-{}", rights.as_array().unwrap().len()),
                    "shown_as": "আশা খাতুন", "rights": given}))
            })
            .collect(),
        "list_people" | "list_entities" => vec![ask(json!({"reference": "F 7"}))],
        "change_person" => ["asha-1", "nobody"]
            .iter()
            .flat_map(|officer| {
                ["attest", "suspend"]
                    .map(|act| write(json!({"reference": "F 7", "officer": officer, "act": act})))
            })
            .collect(),
        "change_rights" => ["asha-1", "nobody"]
            .iter()
            .map(|officer| {
                let rights = json!({"rights": ["search"], "databases": ["persons"], "clearance": "official-use"});
                write(json!({"reference": "F 7", "officer": officer, "rights": rights}))
            })
            .collect(),
        "put_entity" => {
            let ceiling = json!({"rights": ["search"], "databases": ["persons"], "clearance": "official-use"});
            vec![write(json!({"reference": "F 7", "entity": "port-1", "shown_as": "بندر", "ceiling": ceiling}))]
        }
        "begin_enrolment" => {
            let code = format!("barid_enrol_{}", "A".repeat(43));
            vec![ask(json!({"organisation": "XA", "officer": "asha-1", "code": code}))]
        }
        "enrol" => {
            let code = format!("barid_enrol_{}", "A".repeat(43));
            vec![ask(json!({"organisation": "XA", "officer": "asha-1", "code": code,
                "password": "куст сирени у ворот", "device_code": "123456"}))]
        }
        "sign_in" => vec![ask(json!({"organisation": "XA", "officer": "asha-1",
            "password": "куст сирени у ворот", "device_code": "123456"}))],
        "list_sessions" => vec![get(operation.path.clone())],
        "sign_out" => vec![ask(json!({})), ask(json!({"session": "7".repeat(16)}))],
        "list_officers" => vec![ask(json!({"reference": "F 7"}))],
        "revoke_officer" => [&things.hidden_credential, &"7".repeat(16)]
            .iter()
            .map(|credential| ask(json!({"reference": "F 7", "credential": credential})))
            .collect(),
        "get_checkpoint" => vec![ask(with(json!({"stream": things.hidden_stream})))],
        "prove_entry" | "issue_receipt" => vec![ask(with(json!({"entry": things.hidden_entry})))],
        "prove_access" => vec![ask(with(json!({"access": things.hidden_entry})))],
        "prove_consistency" => vec![ask(with(json!({"stream": things.hidden_stream, "old_size": 1})))],
        other => panic!(
            "the operation {other} has no case in the leak suite: write what hidden records might change"
        ),
    }
}

/// An agreement that grants its last party candidates and openings, and hits of another purpose.
pub fn proposal(parties: &[&str], owners: &[&str], purpose: &str) -> Value {
    let recipients = &parties[parties.len() - 1..];
    json!({
        "reference": "F 7", "agreement": {
            "titles": [{"language": "fa", "text": "دسترسی مستقیم"}],
            "parties": parties, "from": "2026-11-01", "until": "2027-11-01", "clauses": [],
            "grants": [{
                "number": 1, "recipients": recipients, "owners": owners,
                "databases": ["persons", "travel-documents", "vehicles", "organisations-and-networks", "links"],
                "operations": ["candidates", "open"], "fields": ["offences", "images", "details"],
                "purposes": [purpose], "held": [purpose],
                "handling": ["H0", "H1"], "classification": "official-use", "daily_cap": 10000, "duties": [],
            }, {
                "number": 2, "recipients": recipients, "owners": owners, "databases": ["persons"],
                "operations": ["hit-no-hit"], "fields": [], "purposes": [purpose], "held": ["counter-terrorism"],
                "handling": ["H0", "H1"], "classification": "official-use", "daily_cap": 10000, "duties": [],
            }],
        },
    })
}
