//! Marks and orders not to enter somebody again at the command line of the demo, whose commission's key is on the node.

use std::path::Path;

use serde_json::Value;

use crate::readme::demo;
use crate::{barid, text};

/// Runs a command on the data directory of a demo; answers how it ended and what it said.
fn say(data: &Path, words: &[&str]) -> (i32, String, String) {
    let all = [words, &["--data-dir", data.to_str().unwrap(), "--language", "en"]].concat();
    let answer = barid(&all);
    (answer.status.code().unwrap(), text(&answer.stdout), text(&answer.stderr))
}

fn done(data: &Path, words: &[&str]) -> String {
    let (code, said, why) = say(data, words);
    assert_eq!(code, 0, "{words:?}: {said}{why}");
    said.replace(['\u{2068}', '\u{2069}', '\u{2066}'], "")
}

fn search(data: &Path, form: &[&str]) -> String {
    let words =
        ["search", "--purpose", "exercise", "--reference", "DESK", "--organisation", "XB", "Образцов"];
    let (code, said, why) = say(data, &[&words, form].concat());
    assert!(code < 2, "{why}");
    said
}

#[test]
fn a_record_is_marked_by_its_owner_and_by_the_commission_and_a_person_is_kept_out() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let found: Value = serde_json::from_str(&search(&data, &["--json"])).unwrap();
    let found = found["candidates"].as_array().unwrap();
    let of_owner = found.iter().find(|one| one["database"] == "persons" && one["owner"] != "XB").unwrap();
    let (record, owner) = (of_owner["record"].as_str().unwrap(), of_owner["owner"].as_str().unwrap());

    let set = ["admin", "mark", "set", "--organisation", owner, "--record", record, "--reference", "F 7"];
    let victim = ["--mark", "misused-identity", "--text", "ru=Шрам есть только у потерпевшего."];
    let (code, _, why) = say(&data, &[&set[..], &victim].concat());
    assert!(code != 0 && why.contains("[record-faulty]"), "without consent: {code} {why}");
    let said = done(&data, &[&set[..], &victim, &["--consent", "F 7, sheet 3", "--json"]].concat());
    let stated: Value = serde_json::from_str(&said).unwrap();
    let mark = stated["entries"][0]["entry"].as_str().unwrap();
    let shown = search(&data, &[]);
    assert!(shown.contains("CAREFUL: the person before you may be the victim"), "{shown}");
    assert!(shown.contains("Шрам есть только у потерпевшего."), "{shown}");
    let opened = ["open", record, "--purpose", "exercise", "--reference", "DESK", "--organisation", "XB"];
    assert!(done(&data, &opened).contains("CAREFUL"), "first of all");
    let lift = ["admin", "mark", "lift", "--organisation", owner, "--mark", mark, "--text", "en=taken back"];
    done(&data, &[&lift[..], &["--reference", "F 7"]].concat());
    assert!(!search(&data, &[]).contains("CAREFUL"));
    let foreign = ["admin", "mark", "set", "--organisation", "XB", "--record", record, "--reference", "F 7"];
    let similar = ["--mark", "similar-person", "--text", "en=Compared on 3 March: another man."];
    assert_eq!(say(&data, &[&foreign[..], &similar].concat()).0, 3);

    let ordered = ["admin", "order", "mark", "--record", record, "--reference", "request 12", "--json"];
    let ordered: Value = serde_json::from_str(&done(&data, &[&ordered[..], &similar].concat())).unwrap();
    assert!(search(&data, &[]).contains("a person of these names was compared before"));
    let order = ordered["order"].as_str().unwrap();
    let lift =
        ["admin", "order", "lift", "--order", order, "--text", "en=decided anew", "--reference", "r 15"];
    done(&data, &lift);
    assert!(!search(&data, &[]).contains("CAREFUL"));

    let keep_out = ["admin", "order", "do-not-re-enter", "--name", "كالاتشيف فاليري", "--birth", "1961-04-12"];
    let more =
        ["--document", "XAX:P1234567", "--text", "en=decision 12", "--reference", "request 12", "--json"];
    let kept_out: Value = serde_json::from_str(&done(&data, &[&keep_out[..], &more].concat())).unwrap();
    assert_eq!(
        (&kept_out["act"], &kept_out["described"]["names"][0]),
        (&"do-not-re-enter".into(), &"كالاتشيف فاليري".into())
    );
}
