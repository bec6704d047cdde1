//! An association of one's own, as the operations page describes it: founded in two steps with a founder who keeps its
//! key elsewhere, searched over HTTP, enlarged, and its tokens listed and taken back.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use barid_api::client::{Client, Response};
use barid_api::search::{SearchRequest, SearchResponse};
use barid_api::texts::{CaseReference, QueryText};
use barid_domain::codes::Purpose;
use serde_json::Value;

use crate::{barid, text};

pub(crate) const EXAMPLE: &str = include_str!("../../../../docs/operations/association.toml");
/// The key in the example's comment, of which everybody knows the secret half (RFC 8032, section 7.1, test 1).
pub(crate) const KEY_OF_THE_EXAMPLE: &str =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// A table with papers on it: the data directory and the files that go from hand to hand.
pub(crate) struct Table(pub(crate) tempfile::TempDir);

impl Table {
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the program with the paths of these names put in for `{name}`; gives exit code and answer.
    pub(crate) fn run(&self, words: &str) -> (i32, Value) {
        let put_in = |word: &str| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(name) => self.at(name).to_str().unwrap().to_owned(),
            None => word.to_owned(),
        };
        let words: Vec<String> = words.split(' ').map(put_in).chain(["--json".to_owned()]).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = barid(&words);
        let code = answer.status.code().unwrap();
        match serde_json::from_slice(&answer.stdout) {
            Ok(value) => (code, value),
            Err(_) => (code, Value::String(text(&answer.stderr))),
        }
    }

    pub(crate) fn run_well(&self, words: &str) -> Value {
        let (code, answer) = self.run(words);
        assert_eq!(code, 0, "{words}: {answer}");
        answer
    }

    pub(crate) fn refused(&self, words: &str, code: i32, why: &str) {
        let (found, answer) = self.run(words);
        assert!(found == code && answer.to_string().contains(why), "{words}: {found} {answer}");
    }
}

#[test]
fn an_association_is_founded_in_two_steps_and_searched() {
    let table = Table(tempfile::tempdir().unwrap());
    let key = table.run_well("admin key new --out {c.key}")["public_key"].as_str().unwrap().to_owned();
    table.refused("admin key new --out {c.key}", 3, "is there already");
    let example = EXAMPLE.replace("# key = ", "key = ").replace(KEY_OF_THE_EXAMPLE, &key);
    std::fs::write(table.at("plan.toml"), example).unwrap();

    let found = "admin found --data-dir {data} --file {plan.toml}";
    table.refused(found, 2, "--draft");
    assert!(!table.at("data").exists(), "what can't be done leaves nothing behind");
    let hash = table.run_well(&format!("{found} --draft {{draft}}"))["draft"].as_str().unwrap().to_owned();
    let complete = format!("{found} --draft {{draft}} --with {{c.signed}}");
    refuse_what_is_not_signed(&table, &hash, &complete);

    let (code, founded) = table.run(&complete);
    assert_eq!(code, 0, "{founded}");
    let custody = |code: &str| {
        let rows = founded["organisations"].as_array().unwrap();
        rows.iter().find(|row| row["code"] == code).unwrap()["custody"].clone()
    };
    assert_eq!((custody("XA"), custody("XC")), ("hosted-by XSEC".into(), "self".into()));
    table.refused(&complete, 3, "registry-contradiction");
    table.refused(&format!("{found} --draft {{another}}"), 3, "registry-contradiction");

    let organisations = table.run_well("admin organisations --data-dir {data}");
    assert_eq!(organisations["genesis"], founded["genesis"]);
    let tokens = founded["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2);
    assert!(search_over_http(&table.at("data"), tokens[0]["token"].as_str().unwrap()));

    an_organisation_joins(&table);
    an_organisation_is_suspended_and_readmitted(&table);
    tokens_are_listed_and_taken_back(&table, tokens);
}

fn refuse_what_is_not_signed(table: &Table, hash: &str, complete: &str) {
    table.refused("admin organisations --data-dir {data}", 1, "\"genesis\":null");
    let (code, shown) = table.run("admin sign --draft {draft}");
    assert_eq!((code, shown["draft"].as_str(), &shown["signed"]), (1, Some(hash), &Value::Bool(false)));
    let sign = "admin sign --draft {draft} --out {c.signed}";
    table.refused(&format!("{sign} --key {{c.key}} --hash {}", "0".repeat(64)), 3, "another hash");
    table.run_well("admin key new --out {stranger.key}");
    table.refused(&format!("{sign} --key {{stranger.key}} --hash {hash}"), 3, "no signature of this key");
    assert!(!table.at("c.signed").exists());
    table.run_well(&format!("{sign} --key {{c.key}} --hash {hash}"));

    // Signatures that were altered, of another draft, or missing complete nothing.
    let signed = std::fs::read_to_string(table.at("c.signed")).unwrap();
    let mut altered: Value = serde_json::from_str(&signed).unwrap();
    altered["signatures"][0] = "00".repeat(64).into();
    for (spoilt, why) in [
        (altered.to_string(), "a signature does not hold"),
        (signed.replace(hash, &"0".repeat(64)), "signatures of another draft"),
        (
            signed.replace("barid-draft-signatures.v1", "barid-draft-signatures.v2"),
            "file of signatures is none",
        ),
        ("{}".to_owned(), "is no file of signatures"),
    ] {
        std::fs::write(table.at("c.signed"), spoilt).unwrap();
        table.refused(complete, 3, why);
        table.refused("admin organisations --data-dir {data}", 1, "\"genesis\":null");
    }
    std::fs::write(table.at("c.signed"), signed).unwrap();
    // A draft that somebody altered on the way is another draft.
    let draft = std::fs::read_to_string(table.at("draft")).unwrap();
    std::fs::write(table.at("draft"), draft.replace("\"issuer\": \"XA\"", "\"issuer\": \"XB\"")).unwrap();
    table.refused(complete, 3, "this node did not write it");
    // So is one with a statement more, even where who keeps a key elsewhere was brought to sign it.
    let mut longer: Value = serde_json::from_str(&draft).unwrap();
    let last = longer["statements"].as_array().unwrap().last().unwrap().clone();
    longer["statements"].as_array_mut().unwrap().push(last);
    std::fs::write(table.at("draft"), longer.to_string()).unwrap();
    let hash = table.run("admin sign --draft {draft}").1["draft"].as_str().unwrap().to_owned();
    table.run_well(&format!("admin sign --draft {{draft}} --out {{longer}} --key {{c.key}} --hash {hash}"));
    table.refused(&complete.replace("{c.signed}", "{longer}"), 3, "this node did not write it");
    std::fs::write(table.at("draft"), draft).unwrap();
    // The draft was written here, and now something else is asked.
    let plan = std::fs::read_to_string(table.at("plan.toml")).unwrap();
    std::fs::write(table.at("other.toml"), plan.replace("threshold = 2", "threshold = 3")).unwrap();
    table.refused(&complete.replace("{plan.toml}", "{other.toml}"), 3, "something else than is asked");
    table.refused("admin organisations --data-dir {data}", 1, "\"genesis\":null");
}

fn an_organisation_joins(table: &Table) {
    let joining =
        "code = \"XD\"\nkind = \"national-entity\"\ncountry = \"XAX\"\nnames = { fa = \"دفتر تمرین دال\" }\n";
    std::fs::write(table.at("d.toml"), joining).unwrap();
    let add = "admin organisation add --data-dir {data} --file {d.toml} --reference decision-4";
    assert_eq!(table.run_well(add)["added"], "XD");
    table.refused(add, 3, "registry-contradiction");
    let organisations = table.run_well("admin organisations --data-dir {data}");
    let rows = organisations["organisations"].as_array().unwrap();
    let row = rows.iter().find(|row| row["code"] == "XD").unwrap();
    refuse_a_draft_that_grew(table);
    assert_eq!((&row["custody"], &row["names"][0]), (&"hosted-by XSEC".into(), &"دفتر تمرین دال".into()));
    assert_eq!(rows.len(), 6);
}

/// A statement more in the draft of an addition: the node's own keys would be enough to sign it.
fn refuse_a_draft_that_grew(table: &Table) {
    let joining = "code = \"XE\"\nkind = \"national-entity\"\ncountry = \"XAX\"\nnames = { en = \"E\" }\n";
    std::fs::write(table.at("e.toml"), joining).unwrap();
    let add =
        "admin organisation add --data-dir {data} --file {e.toml} --reference decision-5 --draft {e.draft}";
    table.run_well(add);
    let draft = std::fs::read_to_string(table.at("e.draft")).unwrap();
    let mut longer: Value = serde_json::from_str(&draft).unwrap();
    let last = longer["statements"].as_array().unwrap().last().unwrap().clone();
    longer["statements"].as_array_mut().unwrap().push(last);
    std::fs::write(table.at("e.draft"), longer.to_string()).unwrap();
    table.refused(&format!("{add} --with {{c.signed}}"), 3, "this node did not write it");
    std::fs::write(table.at("e.draft"), draft).unwrap();
    table.refused(&format!("{add} --with {{c.signed}}"), 3, "signatures of another draft");
}

fn an_organisation_is_suspended_and_readmitted(table: &Table) {
    let standing = || {
        let organisations = table.run_well("admin organisations --data-dir {data}");
        let rows = organisations["organisations"].as_array().unwrap();
        rows.iter().find(|row| row["code"] == "XD").unwrap()["standing"].clone()
    };
    let suspend = "admin organisation suspend --data-dir {data} --organisation XD --reference decision-7";
    let readmit = "admin organisation readmit --data-dir {data} --organisation XD --reference decision-9";
    table.refused(readmit, 3, "registry-contradiction");
    table.refused(&format!("{suspend} --draft {{draft}} --with {{c.signed}}"), 3, "something else");
    assert_eq!(standing(), "active");
    assert!(table.run_well(&format!("{suspend} --draft {{suspension}}"))["draft"].is_string());
    assert_eq!(standing(), "active", "a draft states nothing");
    table.refused(&format!("{suspend} --draft {{suspension}}"), 3, "is there already");
    assert_eq!(table.run_well(suspend)["standing"], "suspended");
    assert_eq!(standing(), "suspended");
    assert_eq!(table.run_well(readmit)["standing"], "active");
    assert_eq!(standing(), "active");
    // A founder who keeps its key elsewhere is not asked to sign that it is suspended itself.
    let founder = suspend.replace("XD", "XC");
    table.run_well(&format!("{founder} --draft {{of-founder}}"));
    let hash = table.run("admin sign --draft {of-founder}").1["draft"].as_str().unwrap().to_owned();
    let sign = format!("admin sign --draft {{of-founder}} --out {{its-own}} --key {{c.key}} --hash {hash}");
    table.refused(&sign, 3, "no signature of this key");
    for wrong in ["XSEC", "XNONE"] {
        table.refused(&suspend.replace("XD", wrong), 3, "registry-contradiction");
    }
    table.refused(&suspend.replace("XD", "x"), 2, "code of an organisation");
}

#[test]
fn a_server_that_does_not_start_is_not_said_to_be_ready() {
    let table = Table(tempfile::tempdir().unwrap());
    // As a server that was killed left it.
    std::fs::write(table.at("ready"), "http://127.0.0.1:1").unwrap();
    assert_eq!(table.run("serve --data-dir {nowhere} --ready-file {ready} --listen 127.0.0.1:0").0, 3);
    assert!(!table.at("ready").exists());
}

fn tokens_are_listed_and_taken_back(table: &Table, first: &[Value]) {
    let issue =
        "admin token issue --data-dir {data} --organisation XD --officer desk-1 --reference request-12";
    for days in ["0", "367", "-1", "x"] {
        assert_eq!(table.run(&format!("{issue} --days={days}")).0, 2, "{days}");
    }
    let issued = table.run_well(&format!("{issue} --days 366"));
    let list = "admin token list --data-dir {data} --reference review";
    let (code, listed) = table.run(list);
    let listed_text = listed.to_string();
    assert_eq!((code, listed.as_array().unwrap().len()), (0, 3));
    for token in first.iter().chain([&issued]) {
        assert!(!listed_text.contains(token["token"].as_str().unwrap()), "no token in the list");
    }
    let row = listed.as_array().unwrap().iter().find(|row| row["ends_at"] == first[0]["ends_at"]).unwrap();
    assert_eq!(row["organisation"], "XA");
    assert!(row["last_used_on"].is_string(), "it was used for the search");
    let id = row["id"].as_str().unwrap();
    let revoke = format!("admin token revoke --data-dir {{data}} --reference lost {id}");
    {
        // While the server runs: a lost token can't wait.
        let server = Server::start(&table.at("data"));
        let lost = first[0]["token"].as_str().unwrap();
        assert!(server.search(lost));
        assert_eq!(table.run_well(&revoke)["revoked"], true);
        assert!(!server.search(lost), "at once");
        assert_eq!(table.run(&revoke), (1, serde_json::json!({ "revoked": false })));
        table.refused(list, 3, "directory-locked");
        assert_eq!(
            std::fs::read_dir(table.at("data").join("errands")).unwrap().count(),
            0,
            "nothing is left"
        );
    }
    assert_eq!(table.run(&revoke), (1, serde_json::json!({ "revoked": false })));
    assert!(!search_over_http(&table.at("data"), first[0]["token"].as_str().unwrap()));
    assert!(search_over_http(&table.at("data"), issued["token"].as_str().unwrap()));
}

/// Serves the directory and searches over HTTP; `false` where the token signs in nobody.
fn search_over_http(data: &Path, token: &str) -> bool {
    Server::start(data).search(token)
}

fn search(url: &str, token: &str) -> bool {
    let request = SearchRequest {
        purpose: Purpose::BorderControl.into(),
        reference: CaseReference("lane 4".to_owned()),
        query: QueryText("Образцов Учебный".to_owned()),
        ..SearchRequest::default()
    };
    let call = Client::new(token).search(&request);
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent = ureq::Agent::new_with_config(config);
    let mut post = agent.post(format!("{url}{}", call.request.path));
    for (name, value) in &call.request.headers {
        post = post.header(*name, value);
    }
    let mut response = post.send(&call.request.body[..]).unwrap();
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_vec().unwrap();
    if status == 401 {
        return false;
    }
    let answer: SearchResponse = call.parse(&Response { status, body }).unwrap();
    assert!(answer.candidates.is_empty(), "nobody was entered");
    true
}

/// Is a server that is asked to stop when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let ready = data.join("ready-for-test");
        let _ = std::fs::remove_file(&ready);
        let process = Command::new(env!("CARGO_BIN_EXE_barid"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Whatever happens below, it is stopped and waited for when this goes.
        let mut server = Self { process, url: String::new() };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if let Ok(url) = std::fs::read_to_string(&ready) {
                server.url = url;
                return server;
            }
            assert!(server.process.try_wait().unwrap().is_none(), "the server ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server did not answer in time");
    }

    fn search(&self, token: &str) -> bool {
        search(&self.url, token)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // In order, so that what it noted of tokens is written down.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}
