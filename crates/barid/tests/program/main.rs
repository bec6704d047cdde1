//! The program as people and scripts call it: help, exit codes, contracts and vectors.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod agreements;
mod audit;
mod ceremony;
#[path = "../../../store/tests/contract/cluster.rs"]
#[allow(dead_code, reason = "the store's tests use the rest of it")]
mod cluster;
mod consents;
mod countersigning;
mod images;
mod keys;
mod marks;
mod object_tables;
mod people;
mod pkcs11;
mod readme;
mod replicas;
mod requests;
mod restrictions;
mod reviews;
mod screening;
mod text_screening;
mod texts;
mod watching;

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn barid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_barid")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_command_has_help() {
    let help = text(&barid(&["--help"]).stdout);
    for command in [
        "demo",
        "serve",
        "import",
        "template",
        "search",
        "screen",
        "screen-text",
        "open",
        "agreement",
        "image",
        "verify",
        "export",
        "backup",
        "restore",
        "doctor",
        "migrate-store",
        "eval",
        "bench",
        "admin",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in the help");
        let answer = barid(&[command, "--help"]);
        assert!(answer.status.success(), "{command}");
        assert!(text(&answer.stdout).contains("Usage: barid"), "{command}");
    }
}

#[test]
fn wrong_usage_is_2_and_a_missing_directory_is_3() {
    assert_eq!(barid(&["search", "Калачев"]).status.code(), Some(2), "no purpose, no search");
    assert_eq!(barid(&["verify"]).status.code(), Some(2));
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none");
    let answer = barid(&["admin", "organisations", "--data-dir", missing.to_str().unwrap()]);
    assert_eq!(answer.status.code(), Some(3));
    assert!(text(&answer.stderr).contains("directory-not-data"), "{}", text(&answer.stderr));
}

#[test]
fn a_database_is_moved_to_one_place_and_never_over_another() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data").to_str().unwrap().to_owned();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/association.toml");
    let answer = barid(&["admin", "found", "--data-dir", &data, "--file", example.to_str().unwrap()]);
    assert!(answer.status.success(), "{}", text(&answer.stderr));
    let moved = ["migrate-store", "--data-dir", &data];
    assert_eq!(barid(&moved).status.code(), Some(2), "where to?");
    let both = [&moved[..], &["--to-directory", "--to-server", "address"]].concat();
    assert_eq!(barid(&both).status.code(), Some(2));
    for (to, code) in
        [(&["--to-directory"][..], "database-not-empty"), (&["--to-server", "missing"], "database-address")]
    {
        let answer = barid(&[&moved[..], to].concat());
        assert_eq!(answer.status.code(), Some(3));
        assert!(text(&answer.stderr).contains(code), "{}", text(&answer.stderr));
    }
    assert!(barid(&["doctor", "--data-dir", &data]).status.success());
}

#[test]
fn the_printed_description_is_the_checked_in_one() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let printed = text(&barid(&["admin", "openapi"]).stdout);
    assert_eq!(printed.trim(), std::fs::read_to_string(checked_in).unwrap().trim());
}

#[test]
fn vectors_verify_with_their_keys_and_with_no_others() {
    let directory = tempfile::tempdir().unwrap();
    assert!(barid(&["admin", "vectors", "--out", directory.path().to_str().unwrap()]).status.success());
    let mut seen = 0;
    for file in std::fs::read_dir(directory.path().join("entries")).unwrap() {
        let vector: serde_json::Value =
            serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        let keys: Vec<String> = match vector["public_key_hex"].as_str() {
            Some(key) => vec![key.to_owned()],
            None => vector["public_keys_hex"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key.as_str().unwrap().to_owned())
                .collect(),
        };
        let entry = directory.path().join("entry.cose");
        let hex = vector["entry_hex"].as_str().unwrap();
        let mut bytes: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        let verify = |bytes: &[u8], keys: &[String]| {
            std::fs::write(&entry, bytes).unwrap();
            let mut arguments = vec!["verify", "--entry", entry.to_str().unwrap()];
            arguments.extend(keys.iter().flat_map(|key| ["--key", key.as_str()]));
            barid(&arguments).status.code()
        };
        assert_eq!(verify(&bytes, &keys), Some(0), "{}", vector["name"]);
        // Another good point of the curve, of which nobody here has the key.
        let foreign = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".to_owned();
        assert_eq!(verify(&bytes, &[foreign]), Some(1), "{}", vector["name"]);
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert_eq!(verify(&bytes, &keys), Some(1), "{}", vector["name"]);
        seen += 1;
    }
    assert_eq!(seen, 22, "a vector of every type, and of each way to sign");
}

#[test]
fn completions_are_written_for_a_shell() {
    assert!(text(&barid(&["admin", "completions", "bash"]).stdout).contains("_barid"));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    use std::io::Read;
    for arguments in [&["admin", "completions", "bash"][..], &["admin", "openapi"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_barid"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Longer than a pipe holds, so that the writing meets the closed end.
        program.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
        let answer = program.wait_with_output().unwrap();
        assert!(answer.status.success() && answer.stderr.is_empty(), "{}", text(&answer.stderr));
    }
}

#[test]
fn a_check_that_can_not_be_made_ends_with_1() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for (name, cases, why) in [
        ("missing", None, "can not read"),
        ("empty", Some(""), "cases, not 0"),
        ("malformed", Some("\u{feff}{\"q\": \"Калачев\"\n"), "line 1 is malformed"),
    ] {
        let file = directory.path().join(name);
        if let Some(cases) = cases {
            std::fs::write(&file, cases).unwrap();
        }
        let arguments = ["demo", "--check", "--data-dir", data.to_str().unwrap(), "--cases"];
        let answer = barid(&[&arguments[..], &[file.to_str().unwrap()]].concat());
        assert_eq!(answer.status.code(), Some(1), "{name}");
        assert!(text(&answer.stderr).contains(why), "{name}: {}", text(&answer.stderr));
    }
    assert!(!data.exists(), "nothing is made for cases that can't be asked");
}

#[test]
fn a_demo_whose_port_is_taken_names_the_option_and_makes_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let answer = barid(&["demo", "--data-dir", data.to_str().unwrap(), "--port", &port]);
    assert_eq!(answer.status.code(), Some(3));
    assert!(text(&answer.stderr).contains("--port"), "{}", text(&answer.stderr));
    assert!(answer.stdout.is_empty() && !data.exists());
}

#[test]
fn a_directory_with_a_draft_alone_says_that_nothing_is_founded() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/association.toml");
    let (data, draft) = (path("data"), path("draft.json"));
    let made =
        ["admin", "found", "--data-dir", &data, "--file", example.to_str().unwrap(), "--draft", &draft];
    let answer = barid(&made);
    assert!(answer.status.success(), "{}", text(&answer.stderr));
    let answer = barid(&["admin", "organisations", "--data-dir", &data]);
    assert_eq!(answer.status.code(), Some(1), "{}", text(&answer.stderr));
    assert_eq!(text(&answer.stdout), "Nothing is founded here yet.\n");
    // And the example, tried as it stands, founds.
    let tried = path("tried");
    let answer = barid(&["admin", "found", "--data-dir", &tried, "--file", example.to_str().unwrap()]);
    assert!(answer.status.success(), "{}", text(&answer.stderr));
}
