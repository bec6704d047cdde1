//! The two worlds: the same but for what is hidden in one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use barid_app::{App, RequestPlan, StepPlan, TokenDays};
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, Purpose};
use barid_domain::ids::{IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::officers::OfficerRights;
use barid_domain::subject_requests::{
    Applicant, IdentityCheck, OwnerAnswer, OwnerReply, RequestKind, Restriction,
};
use barid_domain::text::LocalText;
use barid_testkit::pictures::picture;
use barid_testkit::world::{Hands, World, acting};
use barid_web::{WebOptions, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::leaks::questions::{
    HIDDEN, HIDDEN_GROUP, HIDDEN_PASSPORT, HIDDEN_PICTURE, HIDDEN_PLATE, SEEN, SHARED_PASSPORT, Things,
    document, group, link, person, proposal, terms, vehicle,
};

/// Is a way in which records are hidden from who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Held for a purpose that the search doesn't fit.
    OtherPurpose,
    /// Records of an exercise.
    Exercise,
    Withdrawn,
    Overdue,
    Erased,
    /// Classified above what the officer is cleared for.
    Clearance,
    /// Kept from the asker by its owner, each record alone.
    Restricted,
    /// Not hidden: its owner marked it as one that no honest work would open.
    Canary,
    /// For a partner: the owner keeps all it has in these databases from it.
    DatabaseRestricted,
    /// For a partner: handled as H3, where the grant names H0 and H1.
    Handling,
    /// For a partner: classified above the grant's level.
    Classification,
    /// For a partner: the owner opted out of the grant.
    OptedOut,
    /// For a partner: the owner is no party.
    NotParty,
    /// For a partner: granted as hit or no hit, and found by no question well enough for an alert.
    BelowAlert,
    /// For a partner: not the records but the numbers of a person that it sees.
    MaskedNumber,
}

impl Way {
    pub const ALL: [Way; 15] = [
        Way::OtherPurpose,
        Way::Exercise,
        Way::Withdrawn,
        Way::Overdue,
        Way::Erased,
        Way::Clearance,
        Way::Restricted,
        Way::Canary,
        Way::DatabaseRestricted,
        Way::Handling,
        Way::Classification,
        Way::OptedOut,
        Way::NotParty,
        Way::BelowAlert,
        Way::MaskedNumber,
    ];

    pub fn is_for_partner(self) -> bool {
        match self {
            Way::OtherPurpose
            | Way::Exercise
            | Way::Withdrawn
            | Way::Overdue
            | Way::Erased
            | Way::Restricted
            | Way::Canary
            | Way::Clearance => false,
            Way::Handling
            | Way::DatabaseRestricted
            | Way::Classification
            | Way::OptedOut
            | Way::NotParty
            | Way::BelowAlert
            | Way::MaskedNumber => true,
        }
    }

    /// Whose token asks.
    pub fn asker(self) -> &'static str {
        if self == Way::Clearance {
            CLEARED_LITTLE
        } else if self.is_for_partner() {
            "XPART"
        } else {
            "XA"
        }
    }

    fn owner(self) -> &'static str {
        match self {
            Way::Handling | Way::Classification | Way::BelowAlert | Way::MaskedNumber => "XA",
            Way::OptedOut
            | Way::Restricted
            | Way::Canary
            | Way::DatabaseRestricted
            | Way::OtherPurpose
            | Way::Exercise
            | Way::Withdrawn
            | Way::Overdue
            | Way::Erased
            | Way::Clearance => "XB",
            Way::NotParty => "XC",
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Way::OtherPurpose => "humanitarian",
            Way::Exercise => "exercise",
            Way::BelowAlert => "counter-terrorism",
            Way::Withdrawn | Way::Overdue | Way::Erased | Way::Clearance | Way::Canary | Way::Restricted => {
                "criminal-investigation"
            }
            Way::DatabaseRestricted
            | Way::Handling
            | Way::Classification
            | Way::OptedOut
            | Way::NotParty
            | Way::MaskedNumber => "drug-trafficking",
        }
    }

    fn terms(self) -> Value {
        let days = match self {
            Way::Overdue | Way::Erased => 1,
            _ => 365,
        };
        let handling = match self {
            Way::Handling => json!({"code": "H3", "conditions": [{"language": "fa", "text": "با مالک"}]}),
            _ => json!({"code": "H1"}),
        };
        let level = match self {
            Way::Classification | Way::Clearance => "confidential",
            _ => "official-use",
        };
        let mut terms = terms(self.purpose(), handling, level, days);
        if self == Way::Restricted {
            terms["audience"] = json!({"mode": "all-but", "organisations": ["XA"]});
        }
        terms
    }
}

/// The databases of what is hidden.
const HIDDEN_IN: [&str; 5] =
    ["persons", "travel-documents", "vehicles", "organisations-and-networks", "links"];

/// Is a world with its node.
pub struct Stage {
    pub router: Router,
    pub hands: Hands,
    pub tokens: BTreeMap<&'static str, String>,
    pub things: Things,
    /// The id of the node's store, which is random: it stands in the names of streams.
    pub node: String,
    app: Arc<App>,
    writes: u128,
}

/// Is like what is asked for, and not enough for an alert.
const DOUBTFUL: &str = "Образцова Вера";

/// The token of an officer of XA with a clearance for official use alone.
const CLEARED_LITTLE: &str = "XA, cleared for official use";

/// Who signs in as whom, in which order of tokens.
const BINDING: &[(&str, &str)] =
    &[("XA", "XA"), ("XB", "XB"), ("XC", "XC"), ("XPART", "XPART"), ("SEC", "SEC")];

impl Stage {
    /// A world; with what is hidden in this way, or without it but knowing its ids.
    pub async fn new(way: Way, without: Option<&Things>) -> Stage {
        let world = World::exercise().commission("CCF").build().await;
        let hands = world.hands();
        let app = Arc::new(world.app);
        let clock = {
            let hands = hands.clone();
            move || hands.now()
        };
        let options = WebOptions { clock: Arc::new(clock), ..WebOptions::default() };
        let purpose = if way.is_for_partner() { "drug-trafficking" } else { "criminal-investigation" };
        let things = Things {
            purpose,
            seen: String::new(),
            seen_entry: String::new(),
            later: String::new(),
            hidden: Vec::new(),
            hidden_entry: String::new(),
            hidden_stream: String::new(),
            hidden_key: String::new(),
            hidden_agreement: String::new(),
            hidden_request: String::new(),
            hidden_consultation: String::new(),
            hidden_credential: String::new(),
            picture: Value::Null,
        };
        let node = router(app.clone(), options.clone());
        let mut stage = Stage {
            router: node,
            hands,
            tokens: BTreeMap::new(),
            things,
            node: String::new(),
            app,
            writes: 0,
        };
        stage.sign_in().await;
        stage.hands.draw_from(1 << 20);
        if way.is_for_partner() {
            let text = stage.agree(&["XA", "XB", "XPART"], &["XA", "XB"], purpose).await;
            for grant in [1, 2].into_iter().filter(|_| way == Way::OptedOut) {
                stage.step("XB", &text, json!({"step": "opt-out", "grant": grant})).await;
            }
        }
        let owner = if way.is_for_partner() { "XA" } else { "XB" };
        let masked = way == Way::MaskedNumber && without.is_none();
        stage.enter_seen(purpose, owner, if masked { HIDDEN_PASSPORT } else { SHARED_PASSPORT }).await;
        stage.hands.draw_from(1 << 21);
        match without {
            // The number alone is hidden.
            None if way == Way::MaskedNumber => stage.things.hidden = vec![stage.things.seen.clone()],
            None if way == Way::Canary => {
                let record = stage.things.seen.clone();
                let mark = json!({"reference": "F 7", "record": record, "marking": "mark"});
                stage.write("XB", "/v1/audit/canaries", mark).await;
                stage.things.hidden = vec![record];
            }
            None => {
                stage.enter_hidden(way).await;
                stage.ask_about_hidden().await;
            }
            Some(known) => {
                let Things { seen, seen_entry, .. } = stage.things;
                let hidden_stream = in_node(&known.hidden_stream, &stage.node);
                stage.things = Things { seen, seen_entry, hidden_stream, ..known.clone() };
            }
        }
        stage.pass_time(way).await;
        stage.hands.draw_from(1 << 22);
        stage.sign_in().await;
        // What is entered behind hidden records says nothing of them.
        stage.hands.draw_from(1 << 23);
        stage.writes = 500;
        stage.enter_later(purpose, owner).await;
        stage.writes = 1_000;
        // Its metrics begin here: what was done to come here is not part of the question.
        stage.router = router(stage.app.clone(), options);
        stage
    }

    /// The commission asks the owner of a hidden record what of it may be told, and the owner answers.
    async fn ask_about_hidden(&mut self) {
        let ctx = acting("CCF", Purpose::Oversight);
        let today = self.hands.now().day();
        let record: RecordId = self.things.hidden[0].parse().unwrap();
        let texts =
            || vec![LocalText { language: "ru".into(), text: "Можно ли сообщить?".into() }];
        let applicant = Applicant { names: vec![HIDDEN.into()], birth: None, nationalities: Vec::new() };
        let plan = RequestPlan {
            kind: RequestKind::Access,
            received_on: today,
            applicant,
            identity: Some(IdentityCheck::InPerson),
            language: "ru".into(),
            file: "R 7".into(),
        };
        let key = |number: u8| IdempotencyKey::from_random([number; 16]);
        let (request, _) = self.app.take_in_request(&ctx, key(1), plan).await.unwrap();
        let consult = StepPlan::Consult { record, due: today, tells_applicant: true, texts: texts() };
        let steps = [StepPlan::FindAdmissible, StepPlan::Search(vec![record]), consult];
        let mut entry = None;
        for (number, step) in (2..).zip(steps) {
            let receipt = self.app.step_request(&ctx, key(number), request, step).await.unwrap();
            entry = Some(receipt.entries[0].0);
        }
        let (consultation, book) = (entry.unwrap(), self.app.subject_request(&ctx, request).await.unwrap());
        let owner = book.standing.concerned().next().unwrap().owner;
        let answer = OwnerAnswer {
            consultation,
            reply: OwnerReply::Objects,
            groups: Vec::new(),
            restriction: Some(Restriction::Inquiry),
            texts: texts(),
        };
        let owner = acting(owner.as_str(), Purpose::Oversight);
        self.app.answer_consultation(&owner, key(9), answer).await.unwrap();
        self.things.hidden_request = request.to_string();
        self.things.hidden_consultation = consultation.to_string();
    }

    /// Keeps what was raised, among other things.
    pub async fn upkeep(&self) {
        self.app.upkeep().await.unwrap();
    }

    async fn sign_in(&mut self) {
        let secretariat = acting("SEC", Purpose::Oversight);
        for (name, organisation) in BINDING {
            let head = Actor::new(OrganisationCode::new(organisation).unwrap(), "head").unwrap();
            let rights = OfficerRights::all();
            let issued =
                self.app.issue_credential_with(&secretariat, &head, TokenDays::DEFAULT, rights).await;
            self.tokens.insert(name, issued.unwrap().token);
        }
        let desk = Actor::new(OrganisationCode::new("XA").unwrap(), "desk").unwrap();
        let rights = OfficerRights { clearance: Classification::OfficialUse, ..OfficerRights::all() };
        let issued = self.app.issue_credential_with(&secretariat, &desk, TokenDays::DEFAULT, rights).await;
        self.tokens.insert(CLEARED_LITTLE, issued.unwrap().token);
        self.app.upkeep().await.unwrap();
    }

    /// Writes as an organisation; the answer must be a success.
    async fn write(&mut self, who: &str, path: &str, body: Value) -> Value {
        self.send(who, path, "application/json", body.to_string().into_bytes()).await
    }

    async fn send(&mut self, who: &str, path: &str, kind: &str, body: Vec<u8>) -> Value {
        self.writes += 1;
        let key = barid_domain::ids::IdempotencyKey::from_random(self.writes.to_be_bytes());
        self.things.hidden_key = key.to_string();
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.tokens[who]))
            .header("content-type", kind)
            .header("idempotency-key", key.to_string());
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let answer = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(status.is_success(), "{path} {status} {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap()
    }

    async fn agree(&mut self, parties: &[&str], owners: &[&str], purpose: &str) -> String {
        let proposed = self.write(parties[0], "/v1/agreements", proposal(parties, owners, purpose)).await;
        let text = proposed["entry"].as_str().unwrap().to_owned();
        for party in parties {
            self.step(party, &text, json!({"step": "sign"})).await;
        }
        self.things.hidden_agreement.clone_from(&text);
        text
    }

    async fn step(&mut self, who: &str, text: &str, step: Value) {
        let mut body = json!({"reference": "F 7", "text": text});
        body.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
        let done = self.write(who, "/v1/agreements/acts", body).await;
        assert!(!done["written"].is_null(), "{done}");
    }

    async fn enter_seen(&mut self, purpose: &str, owner: &str, passport: &str) {
        let own = terms(purpose, json!({"code": "H0"}), "official-use", 1_000);
        let with = |part: &str, stated: Value| {
            let mut body = json!({"purpose": purpose, "reference": "CASE 1", "terms": own});
            body[part] = stated;
            body
        };
        let seen = self.write(owner, "/v1/persons", with("person", person(SEEN, &[passport]))).await;
        self.things.seen = seen["records"][0].as_str().unwrap().to_owned();
        self.node = node_of(seen["entries"][0]["stream"].as_str().unwrap()).to_owned();
        self.things.seen_entry = seen["entries"][0]["entry"].as_str().unwrap().to_owned();
        for name in ["Калач Вероника", "أحمد التجربة"] {
            self.write(owner, "/v1/persons", with("person", person(name, &[]))).await;
        }
        let other = self.write(owner, "/v1/persons", with("person", person("আনিস রহমান", &[]))).await;
        let between = link(&self.things.seen, other["records"][0].as_str().unwrap());
        self.write(owner, "/v1/links", with("link", between)).await;
    }

    async fn enter_later(&mut self, purpose: &str, owner: &str) {
        let hidden_key = self.things.hidden_key.clone();
        let later = json!({"purpose": purpose, "reference": "CASE 5", "person": person("Калачев Павел", &[]),
            "terms": terms(purpose, json!({"code": "H0"}), "official-use", 1_000)});
        let entered = self.write(owner, "/v1/persons", later).await;
        self.things.later = entered["records"][0].as_str().unwrap().to_owned();
        self.things.hidden_key = hidden_key;
    }

    async fn enter_hidden(&mut self, way: Way) {
        let (owner, purpose, own) = (way.owner(), way.purpose(), way.terms());
        for database in HIDDEN_IN.into_iter().filter(|_| way == Way::DatabaseRestricted) {
            let audience = json!({"mode": "all-but", "organisations": ["XPART"]});
            let about = json!({"whole_database": {}});
            let body =
                json!({"reference": "F 7", "database": database, "about": about, "audience": audience});
            let done = self.write(owner, "/v1/restrictions", body).await;
            assert!(!done["restricted"].is_null(), "{done}");
        }
        // Of others: who asks is no party.
        let others = if way.is_for_partner() { ["XA", "XB"] } else { ["XB", "XPART"] };
        self.agree(&others, &others[..1], "cybercrime").await;
        let given = json!({"rights": ["search"], "clearance": "official-use"});
        let officer = json!({"reference": "F 7", "officer": "desk", "days": 30, "rights": given});
        self.write(others[0], "/v1/officers", officer).await;
        let officers = self.write(others[0], "/v1/officers/list", json!({"reference": "F 7"})).await;
        let made = officers["officers"].as_array().unwrap().iter().find(|one| one["officer"] == "desk");
        self.things.hidden_credential = made.unwrap()["credential"].as_str().unwrap().to_owned();
        let kept = self.send(owner, "/v1/images", "image/png", picture(HIDDEN_PICTURE)).await;
        self.things.picture = kept["picture"].clone();
        let with = |part: &str, stated: Value| {
            let mut body = json!({"purpose": purpose, "reference": "CASE 2", "terms": own});
            body[part] = stated;
            body
        };
        let doubtful = person(DOUBTFUL, &[]);
        let certain = person(HIDDEN, &[HIDDEN_PASSPORT, SHARED_PASSPORT]);
        let mut hidden = with("person", if way == Way::BelowAlert { doubtful } else { certain });
        hidden["images"] = json!([{"picture": self.things.picture, "kind": "portrait"}]);
        let entered = self.write(owner, "/v1/persons", hidden).await;
        self.note(&entered);
        self.things.hidden_entry = entered["entries"][0]["entry"].as_str().unwrap().to_owned();
        self.things.hidden_stream = entered["entries"][0]["stream"].as_str().unwrap().to_owned();
        for (path, part, stated) in [
            ("/v1/travel-documents", "document", document(HIDDEN_PASSPORT)),
            ("/v1/objects", "object", vehicle(HIDDEN_PLATE)),
            ("/v1/objects", "object", group(HIDDEN_GROUP)),
        ] {
            let entered = self.write(owner, path, with(part, stated)).await;
            self.note(&entered);
        }
        // The link's own terms would be seen: it is hidden with the record that it leads to. A member states it who sees both.
        let between = link(&self.things.hidden[0].clone(), &self.things.seen.clone());
        let asked = if way == Way::OtherPurpose { "border-control" } else { purpose };
        if way.links_can_be_stated() {
            let open = terms(self.things.purpose, json!({"code": "H0"}), "official-use", 365);
            let body = json!({"purpose": asked, "reference": "CASE 3", "terms": open, "link": between});
            let entered = self.write(owner, "/v1/links", body).await;
            self.note(&entered["written"].clone());
        }
        self.writes += 1;
        if way == Way::Withdrawn {
            for record in self.things.hidden.clone() {
                let body = json!({"purpose": purpose, "reference": "CASE 4", "reason": "mistaken"});
                let done = self.write(owner, &format!("/v1/records/{record}/withdrawal"), body).await;
                assert!(!done["withdrawn"].is_null(), "{done}");
            }
        }
    }

    fn note(&mut self, entered: &Value) {
        let records = entered["records"].as_array().unwrap();
        self.things.hidden.extend(records.iter().map(|record| record.as_str().unwrap().to_owned()));
    }

    async fn pass_time(&mut self, way: Way) {
        let days: &[i64] = match way {
            Way::Overdue => &[3],
            Way::Erased => &[100, 2, 2],
            _ => &[],
        };
        for days in days {
            self.hands.pass_days(*days);
            self.app.upkeep().await.unwrap();
        }
        self.app.upkeep().await.unwrap();
    }
}

impl Way {
    /// Whether somebody sees both the hidden person and the visible one for one purpose.
    fn links_can_be_stated(self) -> bool {
        match self {
            Way::Exercise | Way::BelowAlert => false,
            Way::OtherPurpose
            | Way::Withdrawn
            | Way::Overdue
            | Way::Erased
            | Way::Clearance
            | Way::Restricted
            | Way::Canary
            | Way::DatabaseRestricted
            | Way::Handling
            | Way::Classification
            | Way::OptedOut
            | Way::NotParty
            | Way::MaskedNumber => true,
        }
    }
}

fn node_of(stream: &str) -> &str {
    stream.split('/').nth(3).unwrap_or_default()
}

/// A stream's name as it would be on another node.
fn in_node(stream: &str, node: &str) -> String {
    let own = node_of(stream);
    if own.is_empty() { stream.to_owned() } else { stream.replace(own, node) }
}
