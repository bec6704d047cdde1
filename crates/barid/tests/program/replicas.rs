//! Several servers on one PostgreSQL database: what one writes, takes back and revokes, another one knows; one is killed,
//! the database goes and comes back, and loses what was acknowledged.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::cluster::Cluster;
use crate::screening::{Running, handed_over, start, until};
use crate::text;

/// How long another server may take to know of something.
const SOON: Duration = Duration::from_secs(1);

struct Server {
    url: String,
    _running: Running,
}

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("none")
    }
}

impl Server {
    fn start(data: &Path) -> Self {
        let ready = data.with_extension("ready");
        let (data, path) = (data.to_str().unwrap(), ready.to_str().unwrap());
        let running = start(&["serve", "--data-dir", data, "--listen", "127.0.0.1:0", "--ready-file", path]);
        // The server removes what the one before left, before it writes its own.
        let url = until("the server", || {
            let url = std::fs::read_to_string(&ready).ok()?;
            let host = url.trim().strip_prefix("http://")?;
            TcpStream::connect(host).ok().map(|_| host.to_owned())
        });
        Self { url, _running: running }
    }

    fn ask(&self, method: &str, path: &str, token: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        head += &format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        head += &format!("content-length: {}\r\n\r\n", body.len());
        let mut stream = TcpStream::connect(&self.url).unwrap();
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_lowercase(),
            body: serde_json::from_str(body).unwrap_or_else(|_| json!(body)),
        }
    }

    fn search(&self, token: &str, typed: &str, position: Option<&str>) -> Answer {
        let headers: Vec<_> = position.into_iter().map(|position| ("barid-position", position)).collect();
        let body = json!({ "purpose": "criminal-investigation", "reference": "УЧЕНИЕ 1", "query": typed });
        self.ask("POST", "/v1/search", token, &headers, &body)
    }

    /// The records that a search finds with an alert.
    fn found(&self, token: &str, typed: &str, position: Option<&str>) -> Vec<String> {
        let answer = self.search(token, typed, position);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let candidates = answer.body["candidates"].as_array().unwrap();
        let alerts = candidates.iter().filter(|candidate| candidate["alert"].as_bool().unwrap());
        alerts.map(|candidate| candidate["record"].as_str().unwrap().to_owned()).collect()
    }

    fn enter(&self, token: &str, name: &str) -> Answer {
        let body = json!({
            "purpose": "criminal-investigation", "reference": "УЧЕНИЕ 1",
            "terms": {
                "purpose": "criminal-investigation", "handling": { "code": "H1" }, "classification": "official-use",
                "source_grade": "A", "information_grade": "1", "review_in_days": 365,
            },
            "person": {
                "names": [{ "text": name, "kind": "primary" }], "sex": "female", "births": ["1971"],
                "stated": { "statuses": ["wanted"], "offences": ["financial-crime.fraud"] },
            },
        });
        self.ask("POST", "/v1/persons", token, &[("idempotency-key", &new_key())], &body)
    }

    /// States that two were seen together.
    fn link(&self, token: &str, from: &str, to: &str, position: Option<&str>) -> Answer {
        let body = json!({
            "purpose": "criminal-investigation", "reference": "УЧЕНИЕ 1",
            "terms": {
                "purpose": "criminal-investigation", "handling": { "code": "H1" }, "classification": "official-use",
                "source_grade": "B", "information_grade": "2", "review_in_days": 90,
            },
            "link": { "kind": "associate-of", "from": from, "to": to },
        });
        let key = new_key();
        let mut headers = vec![("idempotency-key", key.as_str())];
        headers.extend(position.map(|position| ("barid-position", position)));
        self.ask("POST", "/v1/links", token, &headers, &body)
    }

    /// The links that are shown at a record.
    fn links(&self, token: &str, record: &str, position: Option<&str>) -> Vec<String> {
        let headers: Vec<_> = position.into_iter().map(|position| ("barid-position", position)).collect();
        let body = json!({ "purpose": "criminal-investigation", "reference": "УЧЕНИЕ 1" });
        let answer = self.ask("POST", &format!("/v1/records/{record}/links"), token, &headers, &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let links = answer.body["page"]["links"].as_array().unwrap_or_else(|| panic!("{}", answer.body));
        links.iter().map(|link| link["link"].as_str().unwrap().to_owned()).collect()
    }

    fn withdraw(&self, token: &str, record: &str) -> Answer {
        let body =
            json!({ "purpose": "criminal-investigation", "reference": "УЧЕНИЕ 1", "reason": "purpose-met" });
        let path = format!("/v1/records/{record}/withdrawal");
        self.ask("POST", &path, token, &[("idempotency-key", &new_key())], &body)
    }

    fn metric(&self, name: &str) -> u64 {
        let text = self.ask("GET", "/metrics", "", &[], &Value::Null).body;
        let line = text.as_str().unwrap().lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

fn new_key() -> String {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    barid_domain::ids::IdempotencyKey::from_random(bytes).to_string()
}

fn barid(arguments: &[&str], input: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
    command.args(arguments).arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    program.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let answer = program.wait_with_output().unwrap();
    assert!(answer.status.success(), "{arguments:?}: {}", text(&answer.stderr));
    serde_json::from_slice(&answer.stdout).unwrap()
}

/// A database with the demo in it, served by nobody yet: the first directory, and a token.
struct Exchange {
    runtime: tokio::runtime::Runtime,
    cluster: Cluster,
    address: String,
    directory: tempfile::TempDir,
    token: String,
}

impl Exchange {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cluster = Cluster::start();
        let address = cluster.address(&runtime.block_on(cluster.new_database()));
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("first");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("database"), &address).unwrap();
        std::fs::set_permissions(data.join("database"), PermissionsExt::from_mode(0o600)).unwrap();
        let handover = directory.path().join("handover.json");
        let (path, handed) = (data.to_str().unwrap(), handover.to_str().unwrap());
        let demo = start(&["demo", "--data-dir", path, "--port", "0", "--handover", handed]);
        let handed = until("the demo", || handed_over(&handover));
        drop(demo);
        let token = handed["token"].as_str().unwrap().to_owned();
        Self { runtime, cluster, address, directory, token }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Lets another directory join, as an operator does.
    fn join(&self, name: &str) -> PathBuf {
        let (first, data) = (self.path("first"), self.path(name));
        let (first, invitation) = (first.to_str().unwrap(), self.path(&format!("{name}.invitation")));
        let invitation = invitation.to_str().unwrap();
        let invited = barid(&["admin", "replica", "invite", "--data-dir", first, "--to", invitation], "");
        let code = invited["code"].as_str().unwrap();
        let joining = ["admin", "replica", "join", "--data-dir", data.to_str().unwrap()];
        let joined =
            barid(&[&joining[..], &["--invitation", invitation, "--reference", "второй"]].concat(), code);
        assert_eq!(joined["replica"].as_str().unwrap().len(), 32);
        data
    }

    fn run(&self, statements: &[&str]) {
        self.runtime.block_on(async {
            let mut connection = <PgConnection as sqlx::Connection>::connect(&self.address).await.unwrap();
            for statement in statements {
                sqlx::raw_sql(AssertSqlSafe((*statement).to_owned())).execute(&mut connection).await.unwrap();
            }
        });
    }
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < SOON * 5, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn two_servers_on_one_database_are_one_exchange() {
    let exchange = Exchange::new();
    let second = exchange.join("second");
    let (one, two) = (Server::start(&exchange.path("first")), Server::start(&second));
    let token = exchange.token.as_str();

    // What is written at one is found at the other at once by its position, and soon without.
    for name in ["Ондатрова Пелагея", "مروارید آزمونی", "পদ্মলোচনা অনুশীলন"]
    {
        let entered = one.enter(token, name);
        assert_eq!(entered.status, 201, "{}", entered.body);
        let position = entered.body["position"].as_str().unwrap();
        let record = entered.body["records"][0].as_str().unwrap();
        assert!(two.found(token, name, Some(position)).iter().any(|found| found == record), "{name}");
    }
    let entered = two.enter(token, "赵测试珠");
    let begun = Instant::now();
    let record = entered.body["records"][0].as_str().unwrap();
    until("the other server", || {
        one.found(token, "赵测试珠", None).iter().find(|found| *found == record).map(drop)
    });
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());

    // A position is the organisation's own, and nothing that could be made up.
    let position = entered.body["position"].as_str().unwrap();
    for wrong in ["", "XA", "XA.", "XA.AAAA", &format!("{position}A"), &position.replacen('X', "Y", 1)] {
        let refused = one.search(token, "Марфа", Some(wrong));
        assert_eq!((refused.status, refused.code()), (400, "position-malformed"), "{wrong}");
    }

    // A token that is taken back at one signs in nobody at the other.
    let first = exchange.path("first");
    let listed = {
        let third = exchange.join("third");
        let command = ["admin", "token", "issue", "--data-dir", third.to_str().unwrap()];
        let issued = barid(
            &[&command[..], &["--organisation", "XA", "--officer", "desk-9", "--reference", "9"]].concat(),
            "",
        );
        let command = ["admin", "token", "list", "--data-dir", third.to_str().unwrap(), "--reference", "9"];
        let all = barid(&command, "");
        let of = |one: &&Value| one["officer"] == "desk-9";
        let id = all.as_array().unwrap().iter().find(of).unwrap()["id"].as_str().unwrap().to_owned();
        (issued["token"].as_str().unwrap().to_owned(), id)
    };
    assert_eq!(two.search(&listed.0, "Марфа", None).status, 200);
    let revoke = ["admin", "token", "revoke", "--data-dir", first.to_str().unwrap(), "--reference", "9"];
    barid(&[&revoke[..], &[&listed.1]].concat(), "");
    assert_eq!(two.search(&listed.0, "Марфа", None).status, 401);

    // A withdrawal too; and whoever is left goes on when one is killed.
    let gone = one.withdraw(token, record);
    let position = gone.body["withdrawn"]["position"].as_str().unwrap().to_owned();
    assert!(two.found(token, "赵测试珠", Some(&position)).iter().all(|found| found != record));
    drop(one);
    let entered = two.enter(token, "Выхухолева Аграфена");
    assert_eq!(entered.status, 201);
    let one = Server::start(&first);
    let record = entered.body["records"][0].as_str().unwrap();
    let found = one.found(token, "Выхухолева Аграфена", entered.body["position"].as_str());
    assert!(found.iter().any(|found| found == record));
    assert_eq!(
        (two.metric("barid_index_mended_total{how=\"rolled-back\"}"), two.metric("barid_database_away")),
        (0, 0)
    );
}

#[test]
fn an_order_of_the_commission_empties_every_server() {
    let exchange = Exchange::new();
    let (second, third) = (exchange.join("second"), exchange.join("third"));
    let servers = [Server::start(&exchange.path("first")), Server::start(&second)];
    let token = exchange.token.as_str();
    let enter = |name: &str| {
        let entered = servers[0].enter(token, name);
        let position = entered.body["position"].as_str().unwrap().to_owned();
        (entered.body["records"][0].as_str().unwrap().to_owned(), position)
    };
    let (innocent, _) = enter("Ондатрова Пелагея");
    let (wrong, position) = enter("مروارید آزمونی");
    let open = |server: &Server, record: &str| {
        let body = json!({ "purpose": "criminal-investigation", "reference": "УЧЕНИЕ 1" });
        server.ask("POST", &format!("/v1/records/{record}/open"), token, &[], &body).body["record"].clone()
    };
    let order = |act: &str, record: &str, text: &str| {
        let command = ["admin", "order", act, "--data-dir", third.to_str().unwrap(), "--record", record];
        barid(&[&command[..], &["--text", text, "--reference", "обращение 12"]].concat(), "")
    };
    let is_gone = |record: &str, name: &str| {
        let shows = |server: &Server| {
            server.found(token, name, None).iter().any(|found| found == record)
                || !open(server, record).is_null()
        };
        !servers.iter().any(shows)
    };
    for server in &servers {
        assert!(server.found(token, "مروارید آزمونی", Some(&position)).contains(&wrong));
    }

    // From a directory beside: what is ordered there holds at every server, over the bureau that owns the records.
    let blocked = order("block", &wrong, "fa=در دست بررسی");
    assert!(blocked["attested"].as_array().unwrap().is_empty(), "no server had looked yet");
    eventually("it is blocked everywhere", || is_gone(&wrong, "مروارید آزمونی"));
    let lifted = order("unblock", &wrong, "fa=بررسی شد");
    assert_eq!(lifted["answers"], blocked["order"]);
    eventually("it is back everywhere", || servers.iter().all(|server| !open(server, &wrong).is_null()));
    order("annotate", &wrong, "fa=همان شخص نیست");
    eventually("it is annotated everywhere", || {
        let said = |server: &Server| open(server, &wrong)["annotations"][0]["texts"][0]["text"].clone();
        servers.iter().all(|server| said(server) == "همان شخص نیست")
    });
    order("erase", &innocent, "ru=Лицо не то");
    eventually("it is erased everywhere", || is_gone(&innocent, "Ондатрова Пелагея"));

    // The owner reads why, with who attested it; nobody else learns that there was a record.
    let body = json!({ "reference": "УЧЕНИЕ 1" });
    let read = || servers[1].ask("POST", "/v1/orders/list", token, &[], &body).body;
    eventually("the order is read everywhere", || read()["page"]["orders"].as_array().unwrap().len() == 4);
    let read = read();
    let orders = read["page"]["orders"].as_array().unwrap();
    let acts: Vec<&str> = orders.iter().map(|order| order["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["erase", "annotate", "unblock", "block"]);
    assert_eq!(read["page"]["orders"][0]["texts"][0]["text"], "Лицо не то");
    for (reader, count) in [("COM", 4), ("XA", 4), ("XB", 0), ("SEC", 0)] {
        let command =
            ["admin", "order", "list", "--data-dir", third.to_str().unwrap(), "--organisation", reader];
        let listed = barid(&[&command[..], &["--reference", "отчёт"]].concat(), "");
        assert_eq!(listed["orders"].as_array().unwrap().len(), count, "{reader}");
    }
}

#[test]
fn what_is_kept_from_a_bureau_at_one_server_is_kept_from_it_at_every_server() {
    let exchange = Exchange::new();
    let (second, third) = (exchange.join("second"), exchange.join("third"));
    let servers = [Server::start(&exchange.path("first")), Server::start(&second)];
    let third = third.to_str().unwrap();
    let issued = [
        "admin",
        "token",
        "issue",
        "--data-dir",
        third,
        "--organisation",
        "XB",
        "--officer",
        "desk-1",
        "--reference",
        "заявка 7",
    ];
    let issued = barid(&issued, "");
    let (owner, other) = (exchange.token.as_str(), issued["token"].as_str().unwrap());
    let entered = servers[0].enter(owner, "Ондатрова Пелагея");
    let record = entered.body["records"][0].as_str().unwrap().to_owned();
    let sees = |token: &str| {
        let shows = |server: &Server| server.found(token, "Ондатрова Пелагея", None).contains(&record);
        servers.iter().map(shows).collect::<Vec<_>>()
    };
    eventually("both bureaus meet it everywhere", || sees(owner) == [true; 2] && sees(other) == [true; 2]);
    let set = |audience: &[&str]| {
        let command = [
            "admin",
            "restriction",
            "set",
            "--data-dir",
            third,
            "--organisation",
            "XA",
            "--database",
            "persons",
            "--record",
            &record,
            "--reference",
            "дело 7",
        ];
        barid(&[&command[..], audience].concat(), "")
    };
    set(&["--all-but", "XB"]);
    eventually("one bureau meets it nowhere", || sees(other) == [false; 2]);
    eventually("its owner meets it everywhere", || sees(owner) == [true; 2]);
    set(&["--everybody"]);
    eventually("both meet it again", || sees(owner) == [true; 2] && sees(other) == [true; 2]);
}

#[test]
fn what_is_said_of_a_record_at_one_server_is_shown_and_heeded_at_the_other() {
    let exchange = Exchange::new();
    let (second, third) = (exchange.join("second"), exchange.join("third"));
    let (one, two) = (Server::start(&exchange.path("first")), Server::start(&second));
    let token = exchange.token.as_str();
    let name = "مروارید آزمونی";
    let entered = one.enter(token, name);
    let record = entered.body["records"][0].as_str().unwrap();
    let position = entered.body["position"].as_str().unwrap();
    assert!(two.found(token, name, Some(position)).iter().any(|found| found == record));
    let write = |server: &Server, path: &str, body: &Value| {
        let written = server.ask("POST", path, token, &[("idempotency-key", &new_key())], body);
        let receipt = &written.body["marked"];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{}", written.body)).to_owned();
        (text(&receipt["entries"][0]["entry"]), text(&receipt["position"]))
    };
    let marks = |server: &Server, position: &str| {
        let answer = server.search(token, name, Some(position));
        assert_eq!(answer.status, 200, "a position of a mark is reached: {}", answer.body);
        let candidates = answer.body["candidates"].as_array().unwrap();
        let shown = candidates.iter().find(|candidate| candidate["record"] == record);
        let shown = shown.unwrap_or_else(|| panic!("{record}: {}", answer.body));
        shown["marks"].as_array().map_or(0, Vec::len)
    };
    let texts = json!([{ "language": "fa", "text": "جای زخم" }]);
    let body = json!({ "reference": "УЧЕНИЕ 1", "record": record, "mark": "similar-person", "texts": texts });
    let (mark, position) = write(&one, "/v1/marks", &body);
    assert_eq!((marks(&two, &position), marks(&one, &position)), (1, 1));
    let body = json!({ "reference": "УЧЕНИЕ 1", "mark": mark, "texts": texts });
    let (_, position) = write(&two, "/v1/marks/lift", &body);
    assert_eq!((marks(&one, &position), marks(&two, &position)), (0, 0));

    // An order from a directory beside: whoever is entered at once after it is held against it, at every server.
    let order = ["admin", "order", "do-not-re-enter", "--data-dir", third.to_str().unwrap()];
    let whom = ["--name", "Ондатрова Пелагея", "--birth", "1971", "--text", "ru=решение 12"];
    let barring = barid(&[&order[..], &whom, &["--reference", "обращение 12"]].concat(), "");
    for server in [&one, &two] {
        let refused = server.enter(token, "Ондатрова Пелагея");
        assert_eq!((refused.status, refused.code()), (409, "re-entry-barred"));
        assert_eq!(refused.body["order"], barring["order"]);
    }
}

#[test]
fn a_consent_that_is_asked_for_at_one_server_and_given_at_another_opens_the_record() {
    let exchange = Exchange::new();
    let (second, third) = (exchange.join("second"), exchange.join("third"));
    let admin = |words: &[&str]| {
        let data = ["--data-dir", third.to_str().unwrap(), "--reference", "заявка 7"];
        barid(&[words, &data].concat(), "")
    };
    // The partner is told of hits alone.
    let draft = exchange.path("совпадения.json");
    let draft = draft.to_str().unwrap();
    let own = admin(&["agreement", "list", "--organisation", "XPART"]);
    admin(&["agreement", "end", "--organisation", "XPART", own[0]["text"].as_str().unwrap()]);
    let what = ["agreement", "draft", "--title", "Совпадения", "--in", "ru", "--to", "XPART"];
    let whose = ["--from-owners", "all", "--databases", "persons", "--purposes", "exercise"];
    let data = ["--data-dir", third.to_str().unwrap()];
    barid(&[&what[..], &whose, &["--operations", "hit-no-hit", draft], &data].concat(), "");
    let proposed = admin(&["agreement", "propose", "--organisation", "XA", draft]);
    for party in ["XA", "XB", "XC", "XPART"] {
        admin(&["agreement", "sign", "--organisation", party, proposed["entry"].as_str().unwrap()]);
    }
    let token = |organisation: &str, rights: &str| {
        let issue = ["admin", "token", "issue", "--organisation", organisation, "--officer", "desk-1"];
        let rights = ["--rights", rights, "--clearance", "confidential"];
        admin(&[&issue[..], &rights].concat())["token"].as_str().unwrap().to_owned()
    };
    let partner = token("XPART", "search,open");
    let (one, two) = (Server::start(&exchange.path("first")), Server::start(&second));
    let body = json!({ "purpose": "exercise", "reference": "дело 7", "query": "Образцов Учебный" });
    let searched = one.ask("POST", "/v1/search", &partner, &[], &body).body;
    assert_eq!(searched["candidates"].as_array().unwrap().len(), 0, "{searched}");
    let owner = searched["hits"][0]["owner"].as_str().unwrap();
    let owners = token(owner, "enter,bind");

    let write = |server: &Server, path: &str, token: &str, body: &Value| {
        let answer = server.ask("POST", path, token, &[("idempotency-key", &new_key())], body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    };
    let asking = json!({
        "purpose": "exercise", "reference": "дело 7", "access": searched["access"], "database": "persons",
        "owner": owner, "days": 30, "reason": { "language": "ru", "text": "То же имя" },
    });
    let asked = write(&one, "/v1/consents/ask", &partner, &asking);
    let request = asked["request"].as_str().unwrap();
    let listed = |server: &Server, token: &str, role: &str| {
        let body = json!({ "reference": "дело 7", "role": role });
        server.ask("POST", "/v1/consents/list", token, &[], &body).body["page"]["requests"][0].clone()
    };
    eventually("the owner reads it at the other server", || {
        listed(&two, &owners, "owner")["state"] == "waiting"
    });
    let record = listed(&two, &owners, "owner")["records"][0].as_str().unwrap().to_owned();
    let opens = |server: &Server| {
        let body = json!({ "purpose": "exercise", "reference": "дело 7" });
        !server.ask("POST", &format!("/v1/records/{record}/open"), &partner, &[], &body).body["record"]
            .is_null()
    };
    assert!(!opens(&one) && !opens(&two));
    let giving = json!({ "reference": "дело 9", "request": request, "answer": { "give": {} } });
    let given = write(&two, "/v1/consents/answer", &owners, &giving);
    let position = given["answered"]["position"].as_str().unwrap();
    let body = json!({ "reference": "дело 7", "role": "owner" });
    let reached = one.ask("POST", "/v1/consents/list", &owners, &[("barid-position", position)], &body);
    assert_eq!(reached.status, 200, "the position is reached: {}", reached.body);
    assert_eq!(reached.body["page"]["requests"][0]["state"], "given");
    assert!(opens(&one) && opens(&two), "what the position told of is taken up");
    assert_eq!(listed(&one, &partner, "asker")["given"]["records"], json!([record]));
    let ending = json!({ "reference": "дело 9", "request": request });
    write(&one, "/v1/consents/end", &owners, &ending);
    assert!(!opens(&one));
    eventually("it is taken back at every server", || !opens(&two));
    assert_eq!(listed(&two, &partner, "asker")["state"], "ended");
}

/// What is written in an answer to one who states a link: its record, and the position.
fn written(answer: &Answer) -> (String, String) {
    let written = &answer.body["written"];
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
    (text(&written["records"][0]), text(&written["position"]))
}

#[test]
fn a_link_stated_at_one_server_is_shown_at_the_other() {
    let exchange = Exchange::new();
    let second = exchange.join("second");
    let (one, two) = (Server::start(&exchange.path("first")), Server::start(&second));
    let token = exchange.token.as_str();
    let [man, friend, other] = ["Ондатрова Пелагея", "مروارید آزمونی", "赵测试珠"].map(|name| {
        let entered = one.enter(token, name);
        let record = entered.body["records"][0].as_str().unwrap().to_owned();
        (record, entered.body["position"].as_str().unwrap().to_owned())
    });

    // At once by its position, and soon without; from both of its records.
    let (link, position) = written(&two.link(token, &man.0, &friend.0, Some(&friend.1)));
    assert_eq!(one.links(token, &man.0, Some(&position)), std::slice::from_ref(&link));
    assert_eq!(one.links(token, &friend.0, None), std::slice::from_ref(&link));
    let (later, _) = written(&one.link(token, &other.0, &man.0, Some(&other.1)));
    eventually("the other server", || two.links(token, &man.0, None).len() == 2);
    assert_eq!(two.links(token, &other.0, None), std::slice::from_ref(&later));

    // While the database is away they are shown as they stood.
    exchange.cluster.crash();
    eventually("it is noticed", || two.metric("barid_database_away") == 1);
    assert_eq!(two.links(token, &friend.0, None), std::slice::from_ref(&link));
    assert_eq!(two.links(token, &man.0, None).len(), 2);
    exchange.cluster.start_again();
    eventually("it is back", || [&one, &two].iter().all(|server| server.metric("barid_database_away") == 0));

    // What is withdrawn at one goes at the other, and a link goes out of sight with one of its records.
    let gone = one.withdraw(token, &later);
    let position = gone.body["withdrawn"]["position"].as_str().unwrap_or_else(|| panic!("{}", gone.body));
    assert_eq!(two.links(token, &man.0, Some(position)), std::slice::from_ref(&link));
    let gone = one.withdraw(token, &friend.0);
    let position = gone.body["withdrawn"]["position"].as_str().unwrap_or_else(|| panic!("{}", gone.body));
    assert!(two.links(token, &man.0, Some(position)).is_empty());

    // A server that starts later has them from the streams.
    let (link, position) = written(&one.link(token, &man.0, &other.0, None));
    drop(two);
    let two = Server::start(&second);
    assert_eq!(two.links(token, &other.0, Some(&position)), [link]);
}

#[test]
fn searches_outlive_the_database_and_writes_say_that_it_is_away() {
    let exchange = Exchange::new();
    let data = exchange.join("second");
    let two = Server::start(&data);
    let token = exchange.token.as_str();
    let entered = two.enter(token, "Ондатрова Пелагея");
    let record = entered.body["records"][0].as_str().unwrap();
    let whole = two.search(token, "Ондатрова Пелагея", None).body["candidates"].clone();
    let listed = two.search(token, "Джозеф Кони", None).body["candidates"].clone();
    assert!(whole[0]["record"] == record && listed[0]["alert"] == true);

    // Looked at with each look at the database.
    eventually("every record has its card", || two.metric("barid_cards_missing ") == 0);

    exchange.cluster.crash();
    eventually("it is noticed", || two.metric("barid_database_away") == 1);
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(two.search(token, "Ондатрова Пелагея", None).body["candidates"], whole);
        assert_eq!(two.search(token, "Джозеф Кони", None).body["candidates"], listed);
        assert_eq!(two.search(token, "Никто Неизвестный", None).status, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let refused = two.enter(token, "Выхухолева Аграфена");
    assert_eq!((refused.status, refused.code()), (503, "database-away"));
    assert!(refused.head.contains("retry-after:"), "{}", refused.head);
    let unknown = two.search(&format!("barid_{}", "A".repeat(43)), "Марфа", None);
    assert_eq!((unknown.status, unknown.code()), (503, "database-away"), "nobody says that it is none");
    let behind = two.search(token, "Марфа", entered.body["position"].as_str());
    assert_eq!(behind.status, 200, "what was followed is followed");

    exchange.cluster.start_again();
    eventually("it is back", || two.metric("barid_database_away") == 0);
    until("a write", || (two.enter(token, "Выхухолева Аграфена").status == 201).then_some(()));
    assert_eq!(two.found(token, "Выхухолева Аграфена", None).len(), 1);
    drop(two);
    let report = barid(&["doctor", "--data-dir", data.to_str().unwrap()], "");
    assert_eq!(report["sound"], true, "{report}");
}

#[test]
fn a_database_that_lost_what_was_acknowledged_is_noticed_and_followed() {
    let exchange = Exchange::new();
    let data = exchange.join("second");
    let token = exchange.token.as_str();
    let (one, two) = (Server::start(&exchange.path("first")), Server::start(&data));
    let kept = one.enter(token, "Ондатрова Пелагея");
    assert_eq!(two.found(token, "Ондатрова Пелагея", kept.body["position"].as_str()).len(), 1);
    let other = one.enter(token, "Выхухолева Аграфена");
    let records = [&kept, &other].map(|entered| entered.body["records"][0].as_str().unwrap());
    let (link, _) = written(&one.link(token, records[0], records[1], None));
    exchange.run(&["CREATE TABLE before AS SELECT number, size, chain, frontier FROM streams"]);
    let lost = one.enter(token, "Потерянная Запись");
    assert_eq!(two.found(token, "Потерянная Запись", lost.body["position"].as_str()).len(), 1);
    let (_, position) = written(&one.link(token, records[1], records[0], None));
    assert_eq!(two.links(token, records[0], Some(&position)).len(), 2);
    exchange.run(&[
        "DELETE FROM heads h USING before b WHERE h.stream = b.number AND h.seq > b.size",
        "DELETE FROM log l USING before b WHERE l.stream = b.number AND l.seq > b.size",
        "DELETE FROM data_keys k WHERE NOT EXISTS (SELECT 1 FROM log l WHERE l.key_id = k.key_id)",
        "DELETE FROM subtrees",
        "UPDATE streams s SET size = b.size, chain = b.chain, frontier = b.frontier FROM before b
         WHERE b.number = s.number",
    ]);
    let mended = || two.metric("barid_index_mended_total{how=\"rolled-back\"}");
    eventually("it is noticed", || mended() == 1);
    assert!(two.found(token, "Потерянная Запись", None).is_empty());
    assert_eq!(two.links(token, records[0], None), [link]);
    assert_eq!(two.found(token, "Ондатрова Пелагея", None).len(), 1);
    let behind = two.search(token, "Потерянная Запись", lost.body["position"].as_str());
    assert_eq!((behind.status, behind.code()), (503, "behind"), "what is lost is not waited for for ever");
    // Whoever acknowledged it gives its number to nothing else.
    let refused = one.enter(token, "Другая Запись");
    assert!(refused.status >= 500, "{}", refused.body);
    assert_eq!(mended(), 1, "once");
}
