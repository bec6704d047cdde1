//! Accounts at the command line: the first administrator's is made, changed, and what is wrong is told apart.

use crate::readme::demo;
use crate::{barid, text};

#[test]
fn the_first_administrator_is_invited_suspended_and_given_another_code() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let say = |words: &[&str]| {
        let whose = ["--organisation", "XA", "--reference", "request 12", "--language", "en"];
        let answer = barid(&[words, &whose[..], &["--data-dir", data.to_str().unwrap()]].concat());
        (answer.status.code().unwrap(), text(&answer.stdout), text(&answer.stderr))
    };
    let invite = |officer: &str, more: &[&str]| {
        let words = ["admin", "people", "invite", "--officer", officer, "--shown-as", "রহিম আহমেদ"];
        say(&[&words[..], &["--rights", "search,administer"], more].concat())
    };
    let change = |officer: &str, act: &str, more: &[&str]| {
        say(&[&["admin", "people", "change", "--officer", officer, "--act", act][..], more].concat())
    };
    let (code, said, why) = invite("head", &["--json"]);
    assert_eq!(code, 0, "{said}{why}");
    let invited: serde_json::Value = serde_json::from_str(&said).unwrap();
    let first = invited["code"].as_str().unwrap();
    assert!(first.starts_with("barid_enrol_") && invited["officer"] == "head", "{said}");
    let (code, said, why) = invite("head", &[]);
    assert!(code != 0 && format!("{said}{why}").contains("duplicate"), "twice: {said}{why}");
    let (code, said, why) = invite("console", &[]);
    assert!(code != 0 && format!("{said}{why}").contains("duplicate"), "the node's own: {said}{why}");
    assert_eq!(change("head", "suspend", &[]).0, 0);
    let (code, said, why) = change("head", "new-code", &[]);
    assert!(code != 0 && format!("{said}{why}").contains("contradiction"), "{said}{why}");
    assert_eq!(change("head", "resume", &[]).0, 0);
    let (code, said, why) = change("head", "new-code", &["--json"]);
    assert_eq!(code, 0, "{said}{why}");
    let anew: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(anew["code"].as_str().unwrap() != first);
    assert_eq!(change("nobody", "suspend", &[]).0, 1, "there is none");
    assert_eq!(change("head", "promote", &[]).0, 2, "not an act");
}
