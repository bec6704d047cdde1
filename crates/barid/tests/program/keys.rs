//! The key ceremonies of the operations page, with its script: keys made elsewhere, rotated, stolen, lost and recovered.

use std::process::Command;

use serde_json::Value;

use crate::ceremony::{EXAMPLE, KEY_OF_THE_EXAMPLE, Table};
use crate::text;

/// Runs the script of the operations page; `{name}` is the path of that file on the table.
fn ceremony(table: &Table, words: &str) -> (i32, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations/key-ceremony.sh");
    let put_in = |word: &str| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
        Some(name) => table.at(name).to_str().unwrap().to_owned(),
        None => word.to_owned(),
    };
    let ran = Command::new("sh")
        .arg(script)
        .args(words.split(' ').map(put_in))
        .env("BARID", env!("CARGO_BIN_EXE_barid"))
        .env("BARID_LANGUAGE", "en")
        .env("MINUTES", table.at("minutes.txt"))
        .output()
        .unwrap();
    (ran.status.code().unwrap(), format!("{}{}", text(&ran.stdout), text(&ran.stderr)))
}

fn held(table: &Table, words: &str) -> String {
    let (code, said) = ceremony(table, words);
    assert_eq!(code, 0, "{words}: {said}");
    said
}

fn keys_of(table: &Table, organisation: &str) -> Vec<Value> {
    let listed = table.run_well(&format!("admin key list --data-dir {{data}} --organisation {organisation}"));
    listed["keys"].as_array().unwrap().clone()
}

fn states_of(table: &Table, organisation: &str) -> Vec<String> {
    let keys = keys_of(table, organisation);
    let mut states: Vec<String> = keys
        .iter()
        .map(|key| format!("{} {}", key["algorithm"].as_str().unwrap(), key["state"].as_str().unwrap()))
        .collect();
    states.sort();
    states
}

fn public_key(made: &str) -> String {
    let made: Value = serde_json::from_str(made).unwrap();
    made["public_key"].as_str().unwrap().to_owned()
}

#[test]
fn keys_are_rotated_stolen_lost_and_recovered() {
    let table = Table(tempfile::tempdir().unwrap());
    let first = public_key(&held(&table, "make {c.key} ecdsa-p256"));
    assert_eq!(first.len(), 130);
    let example = EXAMPLE.replace("# key = ", "key = ").replace(KEY_OF_THE_EXAMPLE, &first);
    std::fs::write(table.at("plan.toml"), example).unwrap();
    let found = "admin found --data-dir {data} --file {plan.toml}";
    held(&table, &format!("draft {{draft}} {found}"));
    let hash = table.run("admin sign --draft {draft}").1["draft"].as_str().unwrap().to_owned();
    assert!(held(&table, "read {draft}").contains(&hash));
    assert_ne!(ceremony(&table, &format!("sign {{draft}} {{c.key}} {} {{c.signed}}", "0".repeat(64))).0, 0);
    held(&table, &format!("sign {{draft}} {{c.key}} {hash} {{c.signed}}"));
    held(&table, &format!("complete {{draft}} {} {found}", table.at("c.signed").display()));
    assert_eq!(states_of(&table, "XC"), ["ecdsa-p256 active"]);

    who_keeps_its_own_key_rotates_it(&table);
    a_hosted_bureau_goes_over_to_another_algorithm(&table);
    who_is_limited_and_who_leaves(&table);
    a_stolen_key_counts_no_more(&table);

    let minutes = std::fs::read_to_string(table.at("minutes.txt")).unwrap();
    assert!(minutes.contains(&first) && minutes.contains("drafted admin key rotate"));
    let secret = std::fs::read_to_string(table.at("c.key")).unwrap();
    assert!(!minutes.contains(secret.split_whitespace().last().unwrap()), "nothing secret in the minutes");
}

/// A commission of three members, of whom each keeps a key elsewhere: two sign, one alone does nothing.
#[test]
fn two_of_three_members_of_the_commission_order_over_a_bureau() {
    let table = Table(tempfile::tempdir().unwrap());
    std::fs::write(table.at("plan.toml"), EXAMPLE).unwrap();
    table.run_well("admin found --data-dir {data} --file {plan.toml}");
    let keys =
        ["m1.key", "m2.key", "m3.key"].map(|name| public_key(&held(&table, &format!("make {{{name}}}"))));
    let joining = "code = \"COM\"\nkind = \"commission\"\nnames = { fr = \"Commission\" }\n";
    std::fs::write(table.at("com.toml"), format!("{joining}key = \"{}\"\n", keys[0])).unwrap();
    table.run_well("admin organisation add --data-dir {data} --file {com.toml} --reference founding");
    for key in &keys[1..] {
        let rotate =
            "admin key rotate --data-dir {data} --organisation COM --keep-earlier --reference member";
        table.run_well(&format!("{rotate} --public-key {key}"));
    }
    assert_eq!(states_of(&table, "COM"), ["ed25519 active"; 3]);
    let list =
        "id,names.text,births,statuses,offences\n1,Калачев Валерий,1971-03-02,wanted,financial-crime.fraud\n";
    std::fs::write(table.at("list.csv"), list).unwrap();
    let acting = "--data-dir {data} --organisation XA --purpose criminal-investigation --reference 12";
    table.run_well(&format!("import {acting} persons {{list.csv}}"));
    let found = || table.run(&format!("search {acting} Калачев")).1["candidates"].clone();
    let record = found()[0]["record"].as_str().unwrap().to_owned();

    let block = format!(
        "admin order block --data-dir {{data}} --record {record} --text fr=vérification --reference 12"
    );
    table.refused(&block.replace("fr=", ""), 2, "LANGUAGE=TEXT");
    table.refused(&block.replace(&record, "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10"), 3, "absent");
    table.refused(&block, 3, "a signature is missing");
    // Two of them are asked, and both sign what they are shown.
    held(&table, &format!("draft {{order}} {block}"));
    let shown = held(&table, "read {order}");
    assert!(shown.contains(&record) && shown.contains("vérification"), "{shown}");
    let hash = table.run("admin sign --draft {order}").1["draft"].as_str().unwrap().to_owned();
    let signed: Vec<String> = ["m1.key", "m2.key", "m3.key"]
        .iter()
        .filter(|key| ceremony(&table, &format!("sign {{order}} {{{key}}} {hash} {{{key}.signed}}")).0 == 0)
        .map(|key| table.at(&format!("{key}.signed")).display().to_string())
        .collect();
    assert_eq!(signed.len(), 2);
    assert_ne!(ceremony(&table, &format!("complete {{order}} {} {block}", signed[0])).0, 0, "one alone");
    assert_eq!(found().as_array().unwrap().len(), 1);
    held(&table, &format!("complete {{order}} {} {block}", signed.join(",")));
    assert!(found().as_array().unwrap().is_empty());
    let listed = table.run_well("admin order list --data-dir {data} --organisation XA --reference 12");
    assert_eq!((&listed["orders"][0]["act"], &listed["orders"][0]["owner"]), (&"block".into(), &"XA".into()));
}

/// The founder signs for its own new key here, because one of the others is asked for nothing.
fn who_keeps_its_own_key_rotates_it(table: &Table) {
    let new = public_key(&held(table, "make {c2.key}"));
    let rotate = format!(
        "admin key rotate --data-dir {{data}} --organisation XC --public-key {new} --reference yearly"
    );
    table.refused(
        "admin key rotate --data-dir {data} --organisation XC --reference yearly",
        3,
        "keeps its own keys",
    );
    table.refused(&rotate.replace(&new, "00"), 2, "not a public key");
    held(table, &format!("draft {{rotation}} {rotate}"));
    assert_eq!(states_of(table, "XC"), ["ecdsa-p256 active"], "a draft states nothing");
    let shown = held(table, "read {rotation}");
    assert!(shown.contains(&new) && shown.contains("signs no more from"), "{shown}");
    // The keys of XA and XB are on the node: two of three founders sign, and XC is asked for nothing.
    table.run_well(&rotate);
    assert_eq!(states_of(table, "XC"), ["ecdsa-p256 retired", "ed25519 active"]);
    table.refused(&rotate, 3, "registry-contradiction");
    // Everything is lost.
    let recovered = public_key(&held(table, "make {c3.key}"));
    table.run_well(&format!(
        "admin key recover --data-dir {{data}} --organisation XC --public-key {recovered} --reference fire"
    ));
    assert_eq!(states_of(table, "XC"), ["ecdsa-p256 retired", "ed25519 active", "ed25519 retired"]);
    // What k founders sign for in two steps is signed with the new key, and with no other.
    let suspend = "admin organisation suspend --data-dir {data} --organisation XB --reference 9";
    held(table, &format!("draft {{suspension}} {suspend}"));
    let hash = table.run("admin sign --draft {suspension}").1["draft"].as_str().unwrap().to_owned();
    let sign =
        |key: &str| ceremony(table, &format!("sign {{suspension}} {{{key}}} {hash} {{{key}.signed}}")).0;
    assert_ne!(sign("c.key"), 0);
    assert_ne!(sign("c2.key"), 0);
    assert_eq!(sign("c3.key"), 0);
    let signed = table.at("c3.key.signed").display().to_string();
    held(table, &format!("complete {{suspension}} {signed} {suspend}"));
    let readmit = suspend.replace("suspend", "readmit");
    held(table, &format!("draft {{readmission}} {readmit}"));
    let hash = table.run("admin sign --draft {readmission}").1["draft"].as_str().unwrap().to_owned();
    held(table, &format!("sign {{readmission}} {{c3.key}} {hash} {{readmitted}}"));
    held(table, &format!("complete {{readmission}} {} {readmit}", table.at("readmitted").display()));
}

fn a_hosted_bureau_goes_over_to_another_algorithm(table: &Table) {
    let sign_with = "admin key sign-with --data-dir {data} --organisation XA --reference plan-3";
    table.refused(&format!("{sign_with} --algorithm ecdsa-p256"), 3, "registry-contradiction");
    let old = keys_of(table, "XA")[0]["key_id"].as_str().unwrap().to_owned();
    table.run_well(
        "admin key rotate --data-dir {data} --organisation XA --algorithm ecdsa-p256 --keep-earlier --reference plan-3",
    );
    assert_eq!(states_of(table, "XA"), ["ecdsa-p256 active", "ed25519 active"]);
    table.run_well(&format!("{sign_with} --algorithm ed25519 --algorithm ecdsa-p256"));
    // Its statements as a founder bear both from now on.
    table.run_well("admin organisation suspend --data-dir {data} --organisation XPART --reference 1");
    table.run_well(&format!("{sign_with} --algorithm ecdsa-p256"));
    table.run_well(&format!(
        "admin key retire --data-dir {{data}} --organisation XA --key-id {old} --reference plan-3"
    ));
    assert_eq!(states_of(table, "XA"), ["ecdsa-p256 active", "ed25519 retired"]);
    assert!(table.run_well("admin organisations --data-dir {data}")["organisations"].is_array());
}

/// A partner is limited, the limit is lifted, and it leaves for good with its key.
fn who_is_limited_and_who_leaves(table: &Table) {
    let limits = |code: &str| {
        let listed = table.run_well("admin organisations --data-dir {data}");
        let rows = listed["organisations"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["code"] == code).unwrap()
    };
    let limit = "admin organisation limit --data-dir {data} --organisation XB --reference 8";
    table.refused(&format!("{limit} --no-read people"), 2, "not a database");
    // XC signs beside XA: XB is not asked about itself.
    let signed_by_two = |name: &str, words: &str| {
        held(table, &format!("draft {{{name}}} {words}"));
        let hash =
            table.run(&format!("admin sign --draft {{{name}}}")).1["draft"].as_str().unwrap().to_owned();
        held(table, &format!("sign {{{name}}} {{c3.key}} {hash} {{{name}.signed}}"));
        let signed = table.at(&format!("{name}.signed")).display().to_string();
        held(table, &format!("complete {{{name}}} {signed} {words}"));
    };
    signed_by_two("limiting", &format!("{limit} --no-write persons --no-read all"));
    assert_eq!(limits("XB")["limits"], serde_json::json!(["read all", "write persons"]));
    signed_by_two("lifting", limit);
    assert_eq!(limits("XB")["limits"], serde_json::json!([]));
    let leave = "admin organisation leave --data-dir {data} --organisation XPART --reference 11";
    held(table, &format!("draft {{leaving}} {leave}"));
    assert!(held(table, "read {leaving}").contains("left"));
    table.run_well(leave);
    assert_eq!(limits("XPART")["standing"], "left");
    assert_eq!(states_of(table, "XPART"), ["ed25519 retired"]);
    table.refused(&leave.replace("leave", "readmit"), 3, "needs a new code");
}

fn a_stolen_key_counts_no_more(table: &Table) {
    let stolen = keys_of(table, "XB")[0]["key_id"].as_str().unwrap().to_owned();
    let stated = format!(
        "admin key compromised --data-dir {{data}} --organisation XB --key-id {stolen} --reference case-7"
    );
    table.refused(&stated, 2, "required");
    table.refused(&format!("{stated} --up-to x=1"), 2, "not STREAM=NUMBER");
    let draft = format!("{stated} --nothing-counts --draft {{theft}}");
    table.run_well(&draft);
    let shown = held(table, "read {theft}");
    assert!(shown.contains("nothing that it signed counts"), "{shown}");
    // XC signs beside XA: XB is not asked about its own key.
    let hash = table.run("admin sign --draft {theft}").1["draft"].as_str().unwrap().to_owned();
    held(table, &format!("sign {{theft}} {{c3.key}} {hash} {{theft.signed}}"));
    table.run_well(&format!("{draft} --with {{theft.signed}}"));
    assert_eq!(states_of(table, "XB"), ["ed25519 compromised"]);
}
