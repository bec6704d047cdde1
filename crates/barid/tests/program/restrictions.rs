//! Restrictions at the command line: a record, and a whole database, kept from an organisation and shown again.

use std::path::Path;

use serde_json::{Value, json};

use crate::readme::demo;
use crate::{barid, text};

/// Runs a command on the data directory of a demo; answers how it ended and what it said.
fn say(data: &Path, words: &str) -> (i32, String, String) {
    let mut all: Vec<&str> = words.split(' ').collect();
    all.extend(["--data-dir", data.to_str().unwrap(), "--language", "en"]);
    let answer = barid(&all);
    (answer.status.code().unwrap(), text(&answer.stdout), text(&answer.stderr))
}

fn done(data: &Path, words: &str) -> String {
    let (code, said, why) = say(data, words);
    assert_eq!(code, 0, "{words}: {said}{why}");
    said
}

fn candidates(data: &Path, organisation: &str) -> Vec<Value> {
    let words =
        format!("search --purpose exercise --reference DESK --organisation {organisation} --json Образцов");
    let (code, said, why) = say(data, &words);
    assert!(code < 2, "{why}");
    serde_json::from_str::<Value>(&said).unwrap()["candidates"].as_array().unwrap().clone()
}

#[test]
fn a_record_and_a_database_are_kept_from_an_organisation_and_shown_again() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let found = candidates(&data, "XB");
    let of_owner = found.iter().find(|one| one["owner"] != "XB").expect("a record of another bureau");
    let (record, owner) = (of_owner["record"].as_str().unwrap(), of_owner["owner"].as_str().unwrap());
    let sees = |organisation: &str| {
        candidates(&data, organisation).iter().any(|candidate| candidate["record"] == record)
    };
    let set = format!("admin restriction set --organisation {owner} --database persons --reference F");
    let list = format!("admin restriction list --organisation {owner} --reference F");
    assert!(sees("XB") && sees(owner));
    assert!(done(&data, &list).contains("nothing is kept from anybody"));

    let said = done(&data, &format!("{set} --record {record} --all-but XB"));
    let plain = said.replace(['\u{2068}', '\u{2069}'], "");
    assert!(plain.contains(record) && plain.contains("but XB"), "{said}");
    assert!(!sees("XB") && sees(owner));
    let listed: Value = serde_json::from_str(&done(&data, &format!("{list} --json"))).unwrap();
    assert_eq!(listed["records"][0]["audience"], json!({"mode": "all-but", "organisations": ["XB"]}));
    let others = done(&data, "admin restriction list --organisation XB --reference F");
    assert!(others.contains("nothing is kept from anybody"), "{others}");
    done(&data, &format!("{set} --record {record} --everybody"));
    assert!(sees("XB"));

    done(&data, &format!("{set} --whole-database --nobody"));
    assert!(!sees("XB") && sees(owner));
    assert!(done(&data, &list).contains("all records in persons: shown to nobody but the owner"));
    done(&data, &format!("{set} --whole-database --everybody"));
    assert!(sees("XB"));

    let (code, _, why) = say(&data, &format!("{set} --whole-database --all-but XB --only XC"));
    assert_eq!(code, 2, "{why}");
    let (code, _, why) = say(&data, &format!("{set} --whole-database --all-but XQ"));
    assert!(code != 0 && why.contains("[record-faulty]"), "{code} {why}");
    let foreign = format!(
        "admin restriction set --organisation XB --database persons --reference F --nobody --record {record}"
    );
    assert_eq!(say(&data, &foreign).0, 3);
    assert!(sees(owner) && sees("XB"));
}
