//! Three organisations' nodes that countersign one another; then one of them with a second history.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::screening::{Running, start, until};
use crate::{barid, text};

/// Is an organisation's node: its directory, its port, and what others name it by.
struct Node {
    data: PathBuf,
    port: u16,
    ledger: String,
    ledger_key: String,
    countersigner_key: String,
}

impl Node {
    /// Founds an association whose secretariat has a code of its own.
    fn found(directory: &Path, code: &str) -> Self {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/association.toml");
        let plan = std::fs::read_to_string(example).unwrap().replace("XSEC", code);
        let (file, data) = (directory.join(format!("{code}.toml")), directory.join(code));
        std::fs::write(&file, plan).unwrap();
        let founded = barid(&[
            "admin",
            "found",
            "--data-dir",
            data.to_str().unwrap(),
            "--file",
            file.to_str().unwrap(),
        ]);
        assert!(founded.status.success(), "{}", text(&founded.stderr));
        // Free now, and a moment later in all likelihood too.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let empty = String::new;
        let node = Self { data, port, ledger: empty(), ledger_key: empty(), countersigner_key: empty() };
        let shown = node.list();
        let said = |field: &str| shown[field].as_str().unwrap().to_owned();
        Self {
            ledger: said("own_ledger"),
            ledger_key: said("own_ledger_key"),
            countersigner_key: said("own_countersigner_key"),
            ..node
        }
    }

    fn admin(&self, arguments: &[&str]) -> std::process::Output {
        let data = self.data.to_str().unwrap();
        let all = [
            &["--json", "admin", "countersigning"],
            arguments,
            &["--data-dir", data, "--reference", "УЧЕНИЕ 4"],
        ];
        barid(&all.concat())
    }

    fn list(&self) -> Value {
        let listed = self.admin(&["list"]);
        assert!(listed.status.success(), "{}", text(&listed.stderr));
        serde_json::from_slice(&listed.stdout).unwrap()
    }

    /// Countersigns another node's epochs, and has its own countersigned by it.
    fn meet(&self, other: &Self) {
        let added = self.admin(&["add-ledger", "--ledger", &other.ledger, "--key", &other.ledger_key]);
        assert!(added.status.success(), "{}", text(&added.stderr));
        let url = format!("http://127.0.0.1:{}/witness/v1", other.port);
        let added = self.admin(&["add-countersigner", "--url", &url, "--key", &other.countersigner_key]);
        assert!(added.status.success(), "{}", text(&added.stderr));
    }

    fn serve(&self) -> Running {
        self.serve_from(&self.data, self.port)
    }

    fn serve_from(&self, data: &Path, port: u16) -> Running {
        let listen = format!("127.0.0.1:{port}");
        start(&["serve", "--data-dir", data.to_str().unwrap(), "--listen", &listen, "--epoch-seconds", "1"])
    }

    fn get(&self, path: &str) -> Option<String> {
        get(self.port, path)
    }

    fn gauge(&self, name: &str) -> Option<u64> {
        gauge(self.port, name)
    }
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.split_once("\r\n\r\n")?.1.to_owned())
}

fn gauge(port: u16, name: &str) -> Option<u64> {
    let metrics = get(port, "/metrics")?;
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn three_nodes_countersign_one_another_and_no_second_history() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = ["XSA", "XSB", "XSC"].map(|code| Node::found(directory.path(), code));
    for one in &nodes {
        nodes.iter().filter(|other| other.port != one.port).for_each(|other| one.meet(other));
    }
    let [first, second, third] = &nodes;
    let mut servers: Vec<Running> = nodes.iter().map(Node::serve).collect();
    for node in &nodes {
        until("three epochs, countersigned by both", || {
            node.gauge("barid_epochs_countersigned").filter(|size| *size >= 3)
        });
        assert_eq!(node.gauge("barid_countersigners"), Some(2));
    }
    assert_eq!(first.get("/readyz").unwrap(), "ready\n");

    // What is proved with it holds offline, with the keys of both and with no more than these.
    drop(servers.remove(0));
    let bundle = directory.path().join("genesis.json");
    export_genesis(first, &bundle);
    let keys = [second, third].map(|node| node.countersigner_key.as_str());
    let verify = |arguments: &[&str]| {
        let verified = barid(&[&["verify", "--bundle", bundle.to_str().unwrap()], arguments].concat());
        (verified.status.code(), text(&verified.stdout))
    };
    let both = ["--countersigner", keys[0], "--countersigner", keys[1]];
    let (code, said) = verify(&[&both[..], &["--countersigned", "2"]].concat());
    assert_eq!(code, Some(0), "{said}");
    for name in ["barid.v1/XSB/countersigner", "barid.v1/XSC/countersigner", &first.ledger] {
        assert!(said.contains(name), "{name} is not in {said}");
    }
    assert_eq!(verify(&[&both[..], &["--countersigned", "3"]].concat()).0, Some(1), "nobody else signed");
    assert_eq!(verify(&["--countersigner", keys[1], "--countersigned", "2"]).0, Some(1), "one is believed");
    assert_eq!(verify(&["--countersigned", "1"]).0, Some(1), "whose key nobody knows counts for nothing");
    let (code, said) = verify(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(verify(&["--countersigner", "none"]).0, Some(2));

    // The directory is copied; the node goes on, and is countersigned; then the copy goes on in its place.
    let copied = directory.path().join("copied");
    copy(&first.data, &copied);
    let before = first.list()["countersigners"][0]["size"].as_u64().unwrap();
    let server = first.serve();
    until("more epochs", || first.gauge("barid_epochs_countersigned").filter(|size| *size > before + 2));
    drop(server);
    let second_history = first.serve_from(&copied, first.port);
    for node in [second, third] {
        until("evidence", || node.gauge("barid_countersigning_forks").filter(|forks| *forks >= 1));
        let ready = node.get("/readyz").unwrap();
        assert!(ready.contains("two histories"), "{ready}");
    }
    until("the copy waits", || first.gauge("barid_countersigners_behind").filter(|behind| *behind == 2));
    drop(second_history);
    drop(servers);
    let kept = second.list();
    let ledger =
        kept["ledgers"].as_array().unwrap().iter().find(|one| one["ledger"] == *first.ledger).unwrap();
    assert!(ledger["size"].as_u64().unwrap() > before + 2, "what was countersigned stands: {ledger}");
    let evidence = kept["forks"][0]["evidence"].as_str().unwrap();
    assert!(evidence.starts_with("barid/fork-evidence/v1\n") && kept["forks"][0]["ledger"] == *first.ledger);
    assert!(
        text(
            &barid(&[
                "admin",
                "countersigning",
                "list",
                "--data-dir",
                second.data.to_str().unwrap(),
                "--reference",
                "x"
            ])
            .stdout
        )
        .contains("TWO HISTORIES")
    );
    assert_eq!(
        Node {
            data: copied,
            port: 0,
            ledger: String::new(),
            ledger_key: String::new(),
            countersigner_key: String::new()
        }
        .list()["countersigners"][0]["size"],
        before,
        "the copy has no countersignature of its own"
    );
}

fn export_genesis(node: &Node, out: &Path) {
    let data = node.data.to_str().unwrap();
    let organisations = barid(&["--json", "admin", "organisations", "--data-dir", data]);
    let said: Value = serde_json::from_slice(&organisations.stdout).unwrap();
    let genesis = said["genesis"].as_str().unwrap();
    let exported = barid(&[
        "export",
        "--data-dir",
        data,
        "--purpose",
        "oversight",
        "--reference",
        "УЧЕНИЕ 4",
        "entry",
        genesis,
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
}

/// Copies a directory with everything in it, as a host could at any time.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn countersigners_elsewhere_are_asked_with_tls_only() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::found(directory.path(), "XSA");
    let key = Node::found(directory.path(), "XSB").countersigner_key;
    let refused =
        node.admin(&["add-countersigner", "--url", "http://barid.example/witness/v1", "--key", &key]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    let named =
        node.admin(&["add-countersigner", "--url", "https://barid.example/witness/v1", "--key", &key]);
    assert!(named.status.success(), "{}", text(&named.stderr));
    assert_eq!(node.list()["countersigners"][0]["url"], "https://barid.example/witness/v1");
    let removed = node.admin(&["remove-countersigner", "--name", "barid.v1/XSB/countersigner"]);
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    assert_eq!(node.list()["countersigners"], serde_json::json!([]));
    // With the type of a ledger's key it is none of a countersigner.
    let refused =
        node.admin(&["add-countersigner", "--url", "https://barid.example", "--key", &node.ledger_key]);
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused.stderr));
}
