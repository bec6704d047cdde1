//! A request of a person at the command line of the demo, from its intake to what is told.

use std::path::Path;

use serde_json::Value;

use crate::readme::demo;
use crate::{barid, text};

/// Runs a command on the data directory of a demo; answers how it ended and what it said.
fn say(data: &Path, words: &[&str]) -> (i32, String, String) {
    let all = [words, &["--data-dir", data.to_str().unwrap(), "--language", "en"]].concat();
    let answer = barid(&all);
    let said = text(&answer.stdout).replace(['\u{2068}', '\u{2069}', '\u{2066}'], "");
    (answer.status.code().unwrap(), said, text(&answer.stderr))
}

fn done(data: &Path, words: &[&str]) -> String {
    let (code, said, why) = say(data, words);
    assert_eq!(code, 0, "{words:?}: {said}{why}");
    said
}

fn read(data: &Path, words: &[&str]) -> Value {
    serde_json::from_str(&done(data, &[words, &["--json"]].concat())).unwrap()
}

/// A record of a person, and whose it is.
fn record_of(data: &Path) -> (String, String) {
    let search = [
        "search",
        "--purpose",
        "exercise",
        "--reference",
        "DESK",
        "--organisation",
        "XB",
        "--json",
        "Образцов",
    ];
    let (code, said, why) = say(data, &search);
    assert!(code < 2, "{why}");
    let found: Value = serde_json::from_str(&said).unwrap();
    let found = found["candidates"].as_array().unwrap();
    let one = found.iter().find(|one| one["database"] == "persons" && one["owner"] != "XB").unwrap();
    (one["record"].as_str().unwrap().to_owned(), one["owner"].as_str().unwrap().to_owned())
}

#[test]
fn a_request_goes_its_way_and_what_the_owner_keeps_back_is_not_told() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let (record, owner) = record_of(&data);
    let organisations = read(&data, &["admin", "organisations"]);
    let listed = organisations["organisations"].as_array().or(organisations.as_array()).unwrap();
    let commission = listed.iter().find(|one| one["kind"] == "commission").unwrap();
    let commission = commission["code"].as_str().unwrap();
    let acts = ["--organisation", commission, "--reference", "R/26/12"];
    let run = |words: &[&str]| read(&data, &[words, &acts].concat());

    let who = ["--name", "Образцов", "--name", "٭٭٭", "--received-on", "2025-10-02"];
    let more = ["--kind", "access", "--identity", "in-person", "--answer-in", "fa", "--file", "R/26/12"];
    let taken = run(&[&["admin", "request", "take-in"][..], &who, &more].concat());
    let request = taken["request"].as_str().unwrap();
    let step = |name: &str, words: &[&str]| {
        run(&[&["admin", "request", "step", name, "--request", request][..], words].concat())
    };
    step("find-admissible", &[]);
    let found = run(&["admin", "request", "candidates", "--request", request]);
    // What the demo holds is an exercise, which nobody finds who asks for anything else.
    assert_eq!(
        (&found["candidates"], &found["kept_back"]),
        (&Value::Array(Vec::new()), &Value::Array(Vec::new()))
    );
    assert_eq!(found["not_searched"][0], "٭٭٭");
    step("search", &["--record", &record]);
    let until = run(&["admin", "request", "show", "--request", request]);
    let until = until["decide_by"].as_str().unwrap();
    let asks = step("consult", &["--record", &record, "--until", until, "--text", "bn=এটি কি জানানো যায়?"]);
    let asks = asks["entries"][0]["entry"].as_str().unwrap();
    let early = ["admin", "request", "disclosure", "--request", request];
    let (code, _, why) = say(&data, &[&early[..], &acts].concat());
    assert!(code != 0 && why.contains("request-out-of-order"), "{code} {why}");

    let own = ["--organisation", &owner, "--reference", "CASE 7"];
    let listed = done(&data, &[&["admin", "consultation", "list"][..], &own].concat());
    assert!(listed.contains(asks) && listed.contains(&record) && !listed.contains("Образцов"), "{listed}");
    let objects =
        ["--consultation", asks, "--reply", "objects", "--restriction", "inquiry", "--text", "hi=जाँच"];
    let answer = ["admin", "consultation", "answer"];
    done(&data, &[&answer[..], &objects, &own].concat());

    let decide = ["--decision", "disclosed", "--text", "en=So decided."];
    let (code, _, why) = say(
        &data,
        &[&["admin", "request", "step", "decide", "--request", request][..], &decide, &acts].concat(),
    );
    assert!(code != 0 && why.contains("request-decision-unfit"), "more than the owner lets: {code} {why}");
    step("decide", &["--decision", "not-disclosed", "--text", "en=So decided."]);
    let told = run(&early);
    assert_eq!((&told["outcome"], told["records"].as_array().unwrap().len()), (&"nothing-to-tell".into(), 0));
    step("answer", &[]);
    step("close", &[]);
    let due = done(&data, &[&["admin", "request", "due"][..], &acts].concat());
    assert!(!due.contains(request), "{due}");
    let foreign = ["admin", "request", "show", "--request", request, "--organisation", &owner];
    let (code, said, _) = say(&data, &[&foreign[..], &["--reference", "R"]].concat());
    assert!(code != 0 && !said.contains("Образцов"), "nobody else reads it: {code}");
}
