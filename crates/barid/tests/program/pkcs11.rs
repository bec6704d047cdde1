//! Keys in a PKCS#11 token, with SoftHSM in the place of one: made in it, signed with, and the token pulled out.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ceremony::{EXAMPLE, KEY_OF_THE_EXAMPLE};
use crate::text;

/// Where Debian's package `softhsm2` puts the module; `cargo xtask test` installs it.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "90417";

/// A directory with a token in it, and the papers of a ceremony.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        assert!(Path::new(MODULE).exists(), "SoftHSM is missing: install Debian's softhsm2");
        let desk = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(desk.at("tokens")).unwrap();
        let configuration = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            desk.at("tokens").display()
        );
        std::fs::write(desk.at("softhsm2.conf"), configuration).unwrap();
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "barid-test", "--so-pin", "5678", "--pin", PIN])
            .env("SOFTHSM2_CONF", desk.at("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        std::fs::write(desk.at("pin"), format!("{PIN}\n")).unwrap();
        set_mode(&desk.at("pin"), 0o600);
        desk.name_token(&desk.at("token.toml"), "barid-test");
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name_token(&self, file: &Path, label: &str) {
        let pin = self.at("pin");
        let named = format!("module = \"{MODULE}\"\ntoken = \"{label}\"\npin_file = \"{}\"\n", pin.display());
        std::fs::write(file, named).unwrap();
    }

    fn command(&self, words: &str) -> Command {
        let put_in = |word: &str| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(name) => self.at(name).to_str().unwrap().to_owned(),
            None => word.to_owned(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
        command.args(words.split(' ').map(put_in)).env("SOFTHSM2_CONF", self.at("softhsm2.conf"));
        command
    }

    fn run(&self, words: &str) -> (i32, Value) {
        let answer = self.command(&format!("{words} --json")).output().unwrap();
        let said = [&answer.stdout[..], &answer.stderr].concat();
        assert!(!text(&said).contains(PIN), "the PIN is nowhere in what is said");
        let code = answer.status.code().unwrap();
        (code, serde_json::from_slice(&answer.stdout).unwrap_or_else(|_| text(&answer.stderr).into()))
    }

    fn run_well(&self, words: &str) -> Value {
        let (code, answer) = self.run(words);
        assert!(code == 0, "{words}: {code} {answer}");
        answer
    }

    fn refused(&self, words: &str, why: &str) {
        let (code, answer) = self.run(words);
        assert!(code == 3 && answer.to_string().contains(why), "{words}: {code} {answer}");
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn keys_in_a_token_found_sign_and_enter_and_without_it_nothing_is_written() {
    let desk = Desk::new();
    let made = |algorithm: &str| {
        let words = format!("admin key new --pkcs11 {{token.toml}} --algorithm {algorithm}");
        desk.run_well(&words)["public_key"].as_str().unwrap().to_owned()
    };
    // A founder whose key is in a token of its own signs the founding with it.
    let founder = made("ed25519");
    let example = EXAMPLE.replace("# key = ", "key = ").replace(KEY_OF_THE_EXAMPLE, &founder);
    std::fs::write(desk.at("plan.toml"), example).unwrap();
    let found = "admin found --data-dir {data} --file {plan.toml} --draft {draft}";
    let hash = desk.run_well(found)["draft"].as_str().unwrap().to_owned();
    desk.run_well(&format!(
        "admin sign --draft {{draft}} --pkcs11 {{token.toml}} --hash {hash} --out {{signed}}"
    ));
    let founded = desk.run_well(&format!("{found} --with {{signed}}"));
    let token = founded["tokens"][0]["token"].as_str().unwrap().to_owned();
    refuse_bad_settings(&desk);

    // A hosted bureau's keys go over into the node's token: one of each algorithm, and both are asked for.
    desk.name_token(&desk.at("data").join("pkcs11.toml"), "barid-test");
    for algorithm in ["ecdsa-p256", "ed25519"] {
        let earlier = if algorithm == "ed25519" { " --keep-earlier" } else { "" };
        let rotate = "admin key rotate --data-dir {data} --organisation XA --reference yearly --public-key";
        desk.run_well(&format!("{rotate} {}{earlier}", made(algorithm)));
    }
    desk.run_well(
        "admin key sign-with --data-dir {data} --organisation XA --reference plan-3 --algorithm ed25519 --algorithm ecdsa-p256",
    );
    let suspend = "admin organisation suspend --data-dir {data} --organisation XPART --reference decision-7";
    desk.run_well(suspend);

    let mut server = Server::start(&desk);
    assert_eq!(server.enter(&token, "XA0000001").0, 201);
    assert_eq!(server.records(&token), 1);
    // Pulled out while the server runs.
    std::fs::rename(desk.at("tokens"), desk.at("pulled-out")).unwrap();
    std::fs::create_dir(desk.at("tokens")).unwrap();
    let (status, problem) = server.enter(&token, "XA0000002");
    assert!(status >= 500 && problem.contains("signer-unusable"), "{status} {problem}");
    assert_eq!(server.records(&token), 1, "nothing was half-written");
    // Put in again, it signs again.
    std::fs::remove_dir_all(desk.at("tokens")).unwrap();
    std::fs::rename(desk.at("pulled-out"), desk.at("tokens")).unwrap();
    server.stop();
    let server = Server::start(&desk);
    assert_eq!(server.enter(&token, "XA0000002").0, 201);
    assert_eq!(server.records(&token), 2);
    drop(server);

    // Not there at the start: nothing starts, nothing is stated.
    std::fs::rename(desk.at("tokens"), desk.at("pulled-out")).unwrap();
    std::fs::create_dir(desk.at("tokens")).unwrap();
    desk.refused(&suspend.replace("suspend", "readmit"), "token-unusable");
    std::fs::remove_dir_all(desk.at("tokens")).unwrap();
    std::fs::rename(desk.at("pulled-out"), desk.at("tokens")).unwrap();
    desk.run_well(&suspend.replace("suspend", "readmit"));
    assert!(desk.run_well("doctor --data-dir {data}")["sound"].as_bool().unwrap());
}

fn refuse_bad_settings(desk: &Desk) {
    let sign = |file: &str| format!("admin sign --draft {{draft}} --pkcs11 {{{file}}} --out {{x}} --hash");
    let hash = desk.run("admin sign --draft {draft}").1["draft"].as_str().unwrap().to_owned();
    desk.name_token(&desk.at("other.toml"), "another");
    desk.refused(&format!("{} {hash}", sign("other.toml")), "token-unusable");
    let sound = std::fs::read_to_string(desk.at("token.toml")).unwrap();
    for (from, to, why) in [
        (MODULE, "/nowhere.so", "nowhere.so"),
        ("pin_file", "pin", "unknown field"),
        ("token =", "tokens =", "unknown field"),
    ] {
        std::fs::write(desk.at("other.toml"), sound.replace(from, to)).unwrap();
        desk.refused(&format!("{} {hash}", sign("other.toml")), why);
    }
    set_mode(&desk.at("pin"), 0o640);
    desk.refused(&format!("{} {hash}", sign("token.toml")), "can be read by others");
    std::fs::write(desk.at("pin"), "00000").unwrap();
    set_mode(&desk.at("pin"), 0o600);
    desk.refused(&format!("{} {hash}", sign("token.toml")), "token-unusable");
    std::fs::write(desk.at("pin"), PIN).unwrap();
}

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(desk: &Desk) -> Self {
        let ready = desk.at("ready");
        let _ = std::fs::remove_file(&ready);
        let words = "serve --listen 127.0.0.1:0 --data-dir {data} --ready-file {ready}";
        let process = desk.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
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

    fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn post(&self, token: &str, path: &str, body: &Value) -> (u16, String) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let answer = ureq::Agent::new_with_config(config)
            .post(format!("{}{path}", self.url))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .header(
                "Idempotency-Key",
                std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap().trim(),
            )
            .send(body.to_string().as_bytes());
        let mut answer = answer.unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    fn enter(&self, token: &str, number: &str) -> (u16, String) {
        let body = json!({
            "purpose": "exercise", "reference": "CASE 2026/114",
            "terms": {"purpose": "exercise", "handling": {"code": "H0"}, "classification": "official-use",
                "source_grade": "A", "information_grade": "1", "review_in_days": 365},
            "document": {"number": number, "document_type": "passport", "fraud": {"type": "stolen"}},
        });
        self.post(token, "/v1/travel-documents", &body)
    }

    fn records(&self, token: &str) -> usize {
        let body = json!({ "purpose": "exercise", "reference": "CASE 2026/114" });
        let (status, answer) = self.post(token, "/v1/records/list", &body);
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["page"]["records"].as_array().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
