//! Auditing at the command line: who saw a record, with proofs that `barid verify` takes, and nobody else's people.

use std::path::Path;

use serde_json::Value;

use crate::readme::demo;
use crate::{barid, text};

/// Runs a command on the data directory of a demo; answers how it ended and what it said.
fn say(data: &Path, words: &[&str]) -> (i32, String, String) {
    let answer = barid(&[words, &["--data-dir", data.to_str().unwrap(), "--language", "en"]].concat());
    (answer.status.code().unwrap(), text(&answer.stdout), text(&answer.stderr))
}

fn done(data: &Path, words: &[&str]) -> Value {
    let (code, said, why) = say(data, &[words, &["--json"]].concat());
    assert_eq!(code, 0, "{words:?}: {said}{why}");
    serde_json::from_str(&said).unwrap()
}

fn canaries_are_marked_listed_and_unmarked(data: &Path, candidate: &Value) {
    let (record, owner) = (candidate["record"].as_str().unwrap(), candidate["owner"].as_str().unwrap());
    let by = |who: &str, what: &[&str]| -> (i32, Value) {
        let words = [&["admin", "audit"], what, &["--organisation", who, "--reference", "план 3", "--json"]];
        let (code, said, why) = say(data, &words.concat());
        (code, serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{why}")))
    };
    let other = if owner == "XB" { "XA" } else { "XB" };
    let mark = ["canary", "--record", record];
    assert_eq!(by(other, &mark), (1, serde_json::json!({"outcome": "absent"})), "it is not its own");
    assert_eq!(by(owner, &mark).1["outcome"], "done");
    assert_eq!(by(owner, &["canaries"]).1["canaries"][0]["record"], record);
    assert_eq!(by(other, &["canaries"]).1["canaries"], serde_json::json!([]));
    assert_eq!(by(owner, &[&mark[..], &["--unmark"]].concat()).1["outcome"], "done");
    assert_eq!(by(owner, &["canaries"]).1["canaries"], serde_json::json!([]));
}

#[test]
fn a_court_is_shown_who_saw_a_record_and_checks_it_offline() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let search = ["search", "--purpose", "exercise", "--reference", "DESK", "--organisation", "XB"];
    let (code, said, why) =
        say(&data, &[&search[..], &["--officer", "desk.1", "--json", "Образцов"]].concat());
    assert!(code < 2, "{why}");
    let found: Value = serde_json::from_str(&said).unwrap();
    let record = found["candidates"][0]["record"].as_str().unwrap().to_owned();

    let proofs = directory.path().join("proofs");
    let asking = ["admin", "audit", "accesses", "--reference", "суд 4-17/2026", "--record", &record];
    let own = [&asking[..], &["--organisation", "XB", "--by", "desk.1"]].concat();
    let listed = done(&data, &[&own[..], &["--prove-into", proofs.to_str().unwrap()]].concat());
    let accesses = listed["accesses"].as_array().unwrap();
    assert!(!accesses.is_empty() && accesses.iter().all(|one| one["officer"] == "desk.1"), "{listed}");
    assert_eq!(listed["proved"], accesses.len());
    assert!(!listed.to_string().contains("Образцов"), "{listed}");
    let beside = std::fs::read_to_string(proofs.join("accesses.json")).unwrap();
    let beside: Value = serde_json::from_str(&beside).unwrap();
    for one in beside["accesses"].as_array().unwrap() {
        let file = proofs.join(one["proof"].as_str().unwrap());
        let answer = barid(&["verify", "--bundle", file.to_str().unwrap(), "--json"]);
        let verified = text(&answer.stdout);
        assert!(answer.status.success() && verified.contains("desk.1"), "{verified}");
    }
    // Others are asked about by the commission alone.
    let (code, _, why) = say(&data, &[&asking[..], &["--organisation", "XA", "--of", "XB"]].concat());
    assert!(code == 3 && why.contains("not-entitled"), "{code} {why}");
    let (code, said, _) = say(&data, &[&asking[..], &["--organisation", "XB", "--by", "nobody.0"]].concat());
    assert!(code == 0 && said.contains("nobody did what was asked for"), "{said}");
    canaries_are_marked_listed_and_unmarked(&data, &found["candidates"][0]);
    let anomalies = ["admin", "audit", "anomalies", "--organisation", "XB", "--reference", "weekly"];
    let (code, said, why) = say(&data, &anomalies);
    assert!(code == 0 && said.contains("nothing was out of the ordinary"), "{said}{why}");
    let decide = ["admin", "audit", "decide", "--organisation", "XB", "--reference", "weekly", "--alarm"];
    let unknown = "7".repeat(32);
    let (code, said, _) =
        say(&data, &[&decide[..], &[&unknown, "--state", "explained", "--reason", "hi=समूह"]].concat());
    assert!(code == 1 && said.contains("absent"), "{said}");
}
