//! Keys in a PKCS#11 token, with SoftHSM in the place of one: made in it, signed with, and the token pulled out.

use std::io::Write as _;
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
        assert!(
            Path::new(MODULE).exists(),
            "SoftHSM is missing: `cargo xtask test` installs it (Debian's name: softhsm2)"
        );
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

    fn words(&self, words: &str) -> Vec<String> {
        let put_in = |word: &str| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(name) => self.at(name).to_str().unwrap().to_owned(),
            None => word.to_owned(),
        };
        words.split(' ').map(put_in).collect()
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
        command.args(self.words(words)).env("SOFTHSM2_CONF", self.at("softhsm2.conf")).stdin(Stdio::null());
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

/// Runs an act of the ceremonies' script; `{name}` is the path of that file on the desk.
fn ceremony(desk: &Desk, words: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations/key-ceremony.sh");
    let ran = Command::new("sh")
        .arg(script)
        .args(desk.words(words))
        .env("BARID", env!("CARGO_BIN_EXE_barid"))
        .env("SOFTHSM2_CONF", desk.at("softhsm2.conf"))
        .env("MINUTES", desk.at("minutes.txt"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{words}: {}", text(&ran.stderr));
    text(&ran.stdout)
}

impl Desk {
    fn make(&self, algorithm: &str) -> String {
        let made = ceremony(self, &format!("make-in-token {{token.toml}} {algorithm}"));
        let made: Value = serde_json::from_str(&made).unwrap();
        made["public_key"].as_str().unwrap().to_owned()
    }

    fn pull_out(&self) {
        std::fs::rename(self.at("tokens"), self.at("pulled-out")).unwrap();
        std::fs::create_dir(self.at("tokens")).unwrap();
    }

    fn put_in(&self) {
        std::fs::remove_dir_all(self.at("tokens")).unwrap();
        std::fs::rename(self.at("pulled-out"), self.at("tokens")).unwrap();
    }

    /// The files in which SoftHSM keeps what is in its tokens.
    fn objects(&self) -> Vec<PathBuf> {
        let mut objects = Vec::new();
        for token in std::fs::read_dir(self.at("tokens")).unwrap() {
            let files = std::fs::read_dir(token.unwrap().path()).unwrap();
            objects.extend(files.map(|file| file.unwrap().path()));
        }
        objects.retain(|path| path.extension().is_some_and(|ending| ending == "object"));
        objects
    }
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

#[test]
fn keys_in_a_token_found_sign_and_enter_and_without_it_nothing_is_written() {
    let desk = Desk::new();
    // A founder whose key is in a token of its own signs the founding with it.
    let founder = desk.make("ed25519");
    let example = EXAMPLE.replace("# key = ", "key = ").replace(KEY_OF_THE_EXAMPLE, &founder);
    std::fs::write(desk.at("plan.toml"), example).unwrap();
    let found = "admin found --data-dir {data} --file {plan.toml} --draft {draft}";
    let hash = desk.run_well(found)["draft"].as_str().unwrap().to_owned();
    ceremony(&desk, &format!("sign-in-token {{draft}} {{token.toml}} {hash} {{signed}}"));
    let founded = desk.run_well(&format!("{found} --with {{signed}}"));
    let token = founded["tokens"][0]["token"].as_str().unwrap().to_owned();
    refuse_bad_settings(&desk);

    // A hosted bureau's keys go over into the node's token: one of each algorithm, and both are asked for.
    desk.name_token(&desk.at("data").join("pkcs11.toml"), "barid-test");
    for algorithm in ["ecdsa-p256", "ed25519"] {
        let earlier = if algorithm == "ed25519" { " --keep-earlier" } else { "" };
        let rotate = "admin key rotate --data-dir {data} --organisation XA --reference yearly --public-key";
        desk.run_well(&format!("{rotate} {}{earlier}", desk.make(algorithm)));
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
    desk.pull_out();
    let (status, problem) = server.enter(&token, "XA0000002");
    assert!(status == 503 && problem.contains("signer-unusable"), "{status} {problem}");
    assert_eq!(server.records(&token), 1, "nothing was half-written, and what is there is still answered");
    // Put in again, it signs again, in a new session.
    desk.put_in();
    assert_eq!(server.enter(&token, "XA0000002").0, 201);
    assert_eq!(server.records(&token), 2);
    server.stop();
    let log = std::fs::read_to_string(desk.at("log")).unwrap();
    assert!(log.contains("\"code\":\"token-"), "the log says why");
    assert!(!log.contains(PIN));

    // Not there at the start: nothing starts, nothing is stated.
    desk.pull_out();
    desk.refused(&suspend.replace("suspend", "readmit"), "token-away");
    desk.refused("serve --listen 127.0.0.1:0 --data-dir {data}", "token-away");
    desk.put_in();
    desk.run_well(&suspend.replace("suspend", "readmit"));
    assert!(desk.run_well("doctor --data-dir {data}")["sound"].as_bool().unwrap());
}

#[test]
fn an_association_is_founded_with_keys_in_the_nodes_token_from_the_first_day() {
    let desk = Desk::new();
    let (bureau, host) = (desk.make("ecdsa-p256"), desk.make("ed25519"));
    let in_token = |after: &str, key: &str, example: &str| {
        example.replace(after, &format!("{after}\nkey_in_token = \"{key}\""))
    };
    let example = in_token("code = \"XA\"", &bureau, EXAMPLE);
    let example = in_token("code = \"XSEC\"", &host, &example);
    std::fs::write(desk.at("plan.toml"), &example).unwrap();
    let found = "admin found --data-dir {data} --file {plan.toml}";
    let (code, said) = desk.run(found);
    assert!(code == 2 && said.to_string().contains("--pkcs11"), "{said}");
    // Of a key that is in no token here nobody is told that this node keeps it.
    let elsewhere = desk.run_well("admin key new --out {c.key}")["public_key"].as_str().unwrap().to_owned();
    std::fs::write(desk.at("plan.toml"), example.replace(&bureau, &elsewhere)).unwrap();
    desk.refused(&format!("{found} --pkcs11 {{token.toml}}"), "token-key-missing");
    assert!(!desk.at("data").exists(), "what can't be done leaves nothing behind");

    std::fs::write(desk.at("plan.toml"), &example).unwrap();
    let founded = desk.run_well(&format!("{found} --pkcs11 {{token.toml}}"));
    let rows = founded["organisations"].as_array().unwrap();
    let custody = |code: &str| rows.iter().find(|row| row["code"] == code).unwrap()["custody"].clone();
    assert_eq!((custody("XA"), custody("XSEC")), ("hosted-by XSEC".into(), "self".into()));
    let keys = desk.run_well("admin key list --data-dir {data} --organisation XA")["keys"].clone();
    assert_eq!((keys[0]["public_key"].as_str(), keys.as_array().unwrap().len()), (Some(bureau.as_str()), 1));

    let token = founded["tokens"][0]["token"].as_str().unwrap().to_owned();
    let server = Server::start(&desk);
    assert_eq!(server.enter(&token, "XA0000001").0, 201);
    drop(server);
    // A member joins whose key is in the token too.
    let joins = "code = \"XD\"\nkind = \"bureau\"\ncountry = \"XAX\"\nnames = { fa = \"دفتر تمرین دال\" }\nkey_in_token = ";
    let add = "admin organisation add --data-dir {data} --file {xd.toml} --reference decision-4";
    std::fs::write(desk.at("xd.toml"), format!("{joins}\"{elsewhere}\"\n")).unwrap();
    desk.refused(add, "no-key");
    std::fs::write(desk.at("xd.toml"), format!("{joins}\"{}\"\n", desk.make("ed25519"))).unwrap();
    desk.run_well(add);
}

#[test]
fn what_a_broken_token_signs_goes_nowhere() {
    let desk = Desk::new();
    let held = desk.make("ed25519");
    // From now on the token says that it has this key, and signs with the other.
    let claimed = desk.run_well("admin key new --out {c.key}")["public_key"].as_str().unwrap().to_owned();
    let (from, to) = (bytes_of(&held), bytes_of(&claimed));
    let mut changed = 0;
    for object in desk.objects() {
        let mut bytes = std::fs::read(&object).unwrap();
        let places: Vec<usize> =
            (0..bytes.len().saturating_sub(32)).filter(|at| bytes[*at..].starts_with(&from)).collect();
        changed += places.len();
        for at in places {
            bytes[at..at + 32].copy_from_slice(&to);
        }
        std::fs::write(&object, bytes).unwrap();
    }
    assert!(changed >= 1, "the public half stands in clear in a public object");
    let example = EXAMPLE.replace("# key = ", "key = ").replace(KEY_OF_THE_EXAMPLE, &claimed);
    std::fs::write(desk.at("plan.toml"), example).unwrap();
    let drafted = desk.run_well("admin found --data-dir {data} --file {plan.toml} --draft {draft}");
    let hash = drafted["draft"].as_str().unwrap();
    let sign = format!("admin sign --draft {{draft}} --pkcs11 {{token.toml}} --out {{signed}} --hash {hash}");
    desk.refused(&sign, "token-broken");
    assert!(!desk.at("signed").exists());
}

fn refuse_bad_settings(desk: &Desk) {
    let hash = desk.run("admin sign --draft {draft}").1["draft"].as_str().unwrap().to_owned();
    let sign =
        |file: &str| format!("admin sign --draft {{draft}} --pkcs11 {{{file}}} --out {{x}} --hash {hash}");
    desk.name_token(&desk.at("other.toml"), "another");
    desk.refused(&sign("other.toml"), "token-away");
    let sound = std::fs::read_to_string(desk.at("token.toml")).unwrap();
    for (from, to, why) in [
        (MODULE, "/nowhere.so", "nowhere.so"),
        (MODULE, "libsofthsm2.so", "begin with /"),
        ("pin_file", "pin", "unknown field"),
        ("token =", "tokens =", "unknown field"),
        // Where somebody writes the PIN into the file it is not repeated.
        ("pin_file", "pin = \"90417\"\npin_file", "unknown field"),
    ] {
        std::fs::write(desk.at("other.toml"), sound.replace(from, to)).unwrap();
        desk.refused(&sign("other.toml"), why);
    }
    // A key that the draft does not ask for.
    let other = desk.make("ecdsa-p256");
    let (code, said) = desk.run(&format!("{} --public-key {other}", sign("token.toml")));
    assert!(code == 3 && said.to_string().contains("token-key-missing"), "{said}");

    set_mode(&desk.at("token.toml"), 0o664);
    desk.refused(&sign("token.toml"), "can be written by others");
    set_mode(&desk.at("token.toml"), 0o644);
    set_mode(&desk.at("pin"), 0o640);
    desk.refused(&sign("token.toml"), "can be read by others");
    std::fs::write(desk.at("pin"), "00000").unwrap();
    set_mode(&desk.at("pin"), 0o600);
    desk.refused(&sign("token.toml"), "token-pin-refused");
    std::fs::write(desk.at("pin"), PIN).unwrap();

    // Without a file of its own the PIN comes through standard input.
    let without: String =
        sound.lines().filter(|line| !line.starts_with("pin_file")).map(|line| format!("{line}\n")).collect();
    std::fs::write(desk.at("asking.toml"), without).unwrap();
    desk.refused(&sign("asking.toml"), "gives no PIN");
    for (pin, ends) in [("00000\n", 3), (PIN, 0)] {
        let mut command = desk.command(&sign("asking.toml"));
        let mut signing =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        signing.stdin.take().unwrap().write_all(pin.as_bytes()).unwrap();
        assert_eq!(signing.wait().unwrap().code(), Some(ends));
    }
    std::fs::remove_file(desk.at("x")).unwrap();
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
        let log = std::fs::File::create(desk.at("log")).unwrap();
        let process = desk.command(words).stdout(Stdio::null()).stderr(log).spawn().unwrap();
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
