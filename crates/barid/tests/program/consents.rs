//! Consents at the command line: a hit is asked about, consented to, opened, and taken back.

use std::path::Path;

use serde_json::Value;

use crate::readme::demo;
use crate::{barid, text};

struct Desk<'a>(&'a Path);

impl Desk<'_> {
    fn say(&self, words: &[&str]) -> (i32, String, String) {
        let data = ["--data-dir", self.0.to_str().unwrap(), "--language", "en"];
        let answer = barid(&[words, &data].concat());
        (answer.status.code().unwrap(), text(&answer.stdout), text(&answer.stderr))
    }

    fn done(&self, words: &[&str]) -> String {
        let (code, said, why) = self.say(words);
        assert_eq!(code, 0, "{words:?}: {said}{why}");
        said
    }

    fn as_json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[words, &["--json"]].concat())).unwrap()
    }

    fn list(&self, organisation: &str, role: &str) -> Value {
        let words = ["admin", "consents", "list", "--organisation", organisation, "--role", role];
        let listed = self.as_json(&[&words[..], &["--reference", "F"]].concat());
        listed["requests"].clone()
    }

    fn opens(&self, record: &str) -> i32 {
        let words =
            ["open", "--purpose", "exercise", "--reference", "DESK", "--organisation", "XPART", record];
        self.say(&words).0
    }
}

/// The partner is told of hits alone, in place of what the demo's own agreement shows it.
fn agree(desk: &Desk<'_>, draft: &str) {
    let own = desk.as_json(&["agreement", "list", "--reference", "F", "--organisation", "XPART"]);
    let own = own[0]["text"].as_str().unwrap().to_owned();
    desk.done(&["agreement", "end", "--reference", "F", "--organisation", "XPART", &own]);
    let what = ["agreement", "draft", "--title", "Совпадения", "--in", "ru", "--to", "XPART"];
    let whose = ["--from-owners", "all", "--databases", "persons", "--purposes", "exercise"];
    desk.done(&[&what[..], &whose, &["--operations", "hit-no-hit", draft]].concat());
    let proposed = desk.as_json(&["agreement", "propose", "--reference", "F", "--organisation", "XA", draft]);
    let proposed = proposed["entry"].as_str().unwrap();
    for party in ["XA", "XB", "XC", "XPART"] {
        desk.done(&["agreement", "sign", "--reference", "F", "--organisation", party, proposed]);
    }
}

#[test]
fn a_hit_is_asked_about_answered_and_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let (data, draft) = (directory.path().join("data"), directory.path().join("совпадения.json"));
    demo(&data, &directory.path().join("handover"));
    let desk = Desk(&data);
    agree(&desk, draft.to_str().unwrap());
    let words =
        ["search", "--purpose", "exercise", "--reference", "DESK", "--organisation", "XPART", "--json"];
    let (_, said, why) = desk.say(&[&words[..], &["Образцов Учебный"]].concat());
    let answer: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{why}"));
    assert_eq!(answer["candidates"].as_array().unwrap().len(), 0, "{said}");
    let owner = answer["hits"][0]["owner"].as_str().unwrap();
    let access = answer["access"].as_str().unwrap();

    let asking = ["admin", "consents", "ask", "--organisation", "XPART", "--purpose", "exercise", "--access"];
    let what = ["--database", "persons", "--days", "30", "--reason", "ru=То же имя", "--reference", "CASE 7"];
    let asked = desk.as_json(&[&asking[..], &[access, "--owner", owner], &what].concat());
    let request = asked["request"].as_str().unwrap();
    let (code, _, why) = desk.say(&[&asking[..], &[&"7".repeat(64), "--owner", owner], &what].concat());
    assert!(code == 3 && why.contains("no such search"), "{code} {why}");
    assert!(desk.list("XPART", "asker")[0]["records"].as_array().unwrap().is_empty());
    let of_owner = desk.list(owner, "owner");
    let record = of_owner[0]["records"][0].as_str().unwrap();
    assert_ne!(desk.opens(record), 0);

    let answering = ["admin", "consents", "answer", "--reference", "FILE 9", "--request", request];
    let (code, _, why) = desk.say(&[&answering[..], &["--organisation", "XPART", "--give"]].concat());
    assert!(code == 3 && why.contains("no such request"), "{code} {why}");
    let both = ["--organisation", owner, "--give", "--refuse"];
    assert_eq!(desk.say(&[&answering[..], &both].concat()).0, 2);
    desk.done(&[&answering[..], &["--organisation", owner, "--give", "--field", "offences"]].concat());
    let given = desk.list("XPART", "asker")[0].clone();
    assert_eq!(
        (given["state"].as_str(), given["given"]["records"][0].as_str()),
        (Some("given"), Some(record))
    );
    assert_eq!(desk.opens(record), 0);
    let words =
        ["admin", "consents", "list", "--organisation", "XPART", "--role", "asker", "--reference", "F"];
    let said = desk.done(&words);
    assert!(said.contains("То же имя") && said.contains(record), "{said}");

    let ending = ["admin", "consents", "end", "--organisation", owner, "--request", request];
    desk.done(&[&ending[..], &["--reference", "FILE 9"]].concat());
    assert_ne!(desk.opens(record), 0);
    assert_eq!(desk.list("XPART", "asker")[0]["state"], "ended");
}
