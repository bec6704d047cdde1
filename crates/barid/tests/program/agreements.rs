//! An agreement at the command line: drafted in a minute, read, signed, used, opted out of, ended.

use std::path::Path;

use serde_json::Value;

use crate::readme::demo;
use crate::{barid, text};

/// The data directory of a demo, and what is said about it.
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

    fn finds(&self, organisation: &str) -> usize {
        let words = [
            "search",
            "--purpose",
            "exercise",
            "--reference",
            "DESK",
            "--organisation",
            organisation,
            "--json",
        ];
        let (code, said, why) = self.say(&[&words[..], &["Образцов Учебный"]].concat());
        assert!(code < 2, "{why}");
        serde_json::from_str::<Value>(&said).unwrap()["candidates"].as_array().unwrap().len()
    }
}

#[test]
fn an_agreement_is_drafted_signed_used_opted_out_of_and_ended() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    demo(&at("data"), &at("handover"));
    let data = at("data");
    let desk = Desk(&data);
    let draft = at("доступ.json");
    let draft = draft.to_str().unwrap();
    // The demo's own agreement is in force; this one is made beside it once that is ended.
    let own = desk.as_json(&["agreement", "list", "--reference", "F", "--organisation", "XPART"]);
    let own = own[0]["text"].as_str().unwrap().to_owned();
    assert_eq!(desk.finds("XPART"), 1);
    desk.done(&["agreement", "end", "--reference", "F", "--organisation", "XPART", &own]);
    let asks =
        ["search", "--purpose", "exercise", "--reference", "DESK", "--organisation", "XPART", "Образцов"];
    let (code, _, why) = desk.say(&asks);
    assert!(code == 3 && why.contains("no agreement in force"), "{why}");

    let drafted = desk.done(&[
        "agreement",
        "draft",
        "--title",
        "Прямой доступ",
        "--in",
        "ru",
        "--to",
        "XPART",
        "--from-owners",
        "all",
        "--except",
        "XB",
        "--databases",
        "persons,travel-documents",
        "--purposes",
        "exercise",
        draft,
    ]);
    assert!(drafted.contains("XPART may do this for exercise: search, open"), "{drafted}");
    assert!(drafted.contains("with records of XA, XC in persons, travel-documents"), "{drafted}");
    let again = desk.say(&[
        "agreement",
        "draft",
        "--title",
        "x",
        "--to",
        "XPART",
        "--from-owners",
        "all",
        "--databases",
        "persons",
        "--purposes",
        "exercise",
        draft,
    ]);
    assert_eq!(again.0, 3, "nothing is written over");
    let proposed = desk.as_json(&["agreement", "propose", "--reference", "F", "--organisation", "XA", draft]);
    let proposed = proposed["entry"].as_str().unwrap();
    for party in ["XA", "XC", "XPART"] {
        assert_eq!(desk.say(&asks).0, 3, "{party} has not signed yet");
        desk.done(&["agreement", "sign", "--reference", "F", "--organisation", party, proposed]);
    }
    assert_eq!(desk.finds("XPART"), 1);
    let shown = desk.done(&["agreement", "show", "--reference", "F", "--organisation", "XC", proposed]);
    for words in
        ["Agreement: Прямой доступ (version 1)", "In force.", "XC signed at 2", "between XA, XC, XPART"]
    {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    let (code, _, why) =
        desk.say(&["agreement", "show", "--reference", "F", "--organisation", "XB", proposed]);
    assert!(code == 3 && why.contains("absent"), "{why}");
    let odrl: Value = serde_json::from_str(&desk.done(&[
        "agreement",
        "show",
        "--odrl",
        "--reference",
        "F",
        "--organisation",
        "XC",
        proposed,
    ]))
    .unwrap();
    assert_eq!(odrl["permission"][0]["assigner"].as_array().unwrap().len(), 2);
    let opt_out = ["agreement", "opt-out", "--grant", "1", "--reference", "F", "--organisation", "XA"];
    desk.done(&[&opt_out[..], &["--reason", "Решение суда", proposed]].concat());
    assert_eq!(desk.finds("XPART"), 0, "the record is XA's");
    let (code, _, why) = desk.say(&[&opt_out[..], &[proposed]].concat());
    assert!(code == 3 && why.contains("does not follow"), "{why}");
    desk.done(&["agreement", "opt-in", "--grant", "1", "--reference", "F", "--organisation", "XA", proposed]);
    assert_eq!(desk.finds("XPART"), 1);
    // Amended: compared clause by clause, and in force when all have signed the new text.
    let mut amended: Value = serde_json::from_slice(&std::fs::read(draft).unwrap()).unwrap();
    amended["grants"][0]["databases"] = serde_json::json!(["travel-documents"]);
    let second = at("second.json");
    std::fs::write(&second, amended.to_string()).unwrap();
    let second = desk.as_json(&[
        "agreement",
        "propose",
        "--reference",
        "F",
        "--organisation",
        "XC",
        "--amends",
        proposed,
        second.to_str().unwrap(),
    ]);
    let second = second["entry"].as_str().unwrap();
    let compare = ["agreement", "compare", "--reference", "F", "--organisation", "XC", proposed, second];
    let (code, said, _) = desk.say(&compare);
    assert!(code == 1 && said.contains("grant 1 says otherwise: databases"), "{said}");
    for party in ["XA", "XC", "XPART"] {
        assert_eq!(desk.finds("XPART"), 1);
        desk.done(&["agreement", "sign", "--reference", "F", "--organisation", party, second]);
    }
    assert_eq!(desk.finds("XPART"), 0, "persons are in it no more");
    desk.done(&["agreement", "end", "--reference", "F", "--organisation", "XPART", second]);
    assert_eq!(desk.say(&asks).0, 3);
}
