//! A list screened by the program against a server in a process of its own: killed, gone on with, the server killed too.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::text;

const ROWS: usize = 1_200;
const LIMIT: Duration = Duration::from_secs(300);

pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn start(arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.env("BARID_LOG", "off").spawn().unwrap())
}

/// Waits for something that another process does; its end is looked for every few milliseconds.
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < LIMIT, "{what} takes too long");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// Listed people as they are typed in seven scripts, one in ten; people whom nobody knows; three unreadable rows.
fn list() -> String {
    let known = [
        "Джозеф Кони",
        "طارق عزيز",
        "محسن فخری‌زاده مهابادی",
        "जोसेफ कोनी",
        "জোসেফ কোনি",
        "约瑟夫·科尼",
        "Joseph Kony",
    ];
    let mut list = String::from("\u{feff}reference,name,born,nationality,sex,document number\r\n");
    for row in 0..ROWS {
        list.push_str(&match row {
            7 => "A-7,Пример,31.02.1966,,,\r\n".to_owned(),
            450 => "A-450,\"Пример,1966,,,\r\n".to_owned(),
            ROWS.. => unreachable!(),
            _ if row == ROWS - 1 => "A-last,,1966,,,".to_owned(),
            _ if row % 10 == 0 => format!("A-{row},{},,,,\r\n", known[row / 10 % known.len()]),
            _ => format!(
                "A-{row},Образец Примеров {},19{:02},XAX,m,XA{row:07}\r\n",
                (b'a' + (row % 26) as u8) as char,
                row % 90
            ),
        });
    }
    list
}

struct Desk {
    directory: tempfile::TempDir,
    token: PathBuf,
    url: String,
}

impl Desk {
    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
        command
            .args(["screen", "--list", &self.path("list.csv"), "--out", &self.path(out)])
            .args(["--server", &self.url, "--token-file", self.token.to_str().unwrap()])
            .args(["--purpose", "border-control", "--reference", "УЧЕНИЕ игры"])
            .args(more)
            .stdin(Stdio::null())
            .env_remove("BARID_TOKEN");
        command
    }

    fn screen(&self, out: &str, more: &[&str]) -> Output {
        self.command(out, more).output().unwrap()
    }

    /// Starts a run and waits until some of its rows are safe, and not all.
    fn begin(&self, out: &str, more: &[&str]) -> Running {
        let mut command = self.command(out, more);
        command.args(["--at-once", "1"]);
        let mut run = Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        until("the first rows", || {
            assert!(run.0.try_wait().unwrap().is_none(), "the run is over");
            (self.rows_done(out)? > 0).then_some(())
        });
        run
    }

    fn rows_done(&self, out: &str) -> Option<u64> {
        let state = std::fs::read(self.path(&format!("{out}.state"))).ok()?;
        serde_json::from_slice::<serde_json::Value>(&state).ok()?["counts"]["rows"].as_u64()
    }

    /// What a run wrote, without the acts, which are others in every run.
    fn found(&self, out: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(out)).unwrap();
        text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
    }
}

pub fn handed_over(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[test]
fn a_list_is_screened_to_its_end_whoever_is_killed_on_the_way() {
    let directory = tempfile::tempdir().unwrap();
    let (data, handover) = (directory.path().join("data"), directory.path().join("handover.json"));
    let (data, handover_path) = (data.to_str().unwrap(), handover.to_str().unwrap());
    let server = start(&["demo", "--data-dir", data, "--port", "0", "--handover", handover_path]);
    let handed = until("the demo", || handed_over(&handover));
    let token = directory.path().join("token");
    std::fs::write(&token, format!("{}\n", handed["token"].as_str().unwrap())).unwrap();
    let url = handed["url"].as_str().unwrap().to_owned();
    let mut desk = Desk { directory: tempfile::tempdir().unwrap(), token, url };
    std::fs::write(desk.path("list.csv"), list()).unwrap();

    // To the end in one go: two parts and more at a time, the same in the same order.
    let whole = desk.screen("whole.csv", &["--json", "--at-once", "3"]);
    assert_eq!(whole.status.code(), Some(1), "some rows can't be read: {}", text(&whole.stderr));
    let said: serde_json::Value = serde_json::from_slice(&whole.stdout).unwrap();
    assert_eq!((said["rows"].as_u64(), said["unreadable"].as_u64()), (Some(ROWS as u64), Some(3)));
    assert!(said["rows_with_candidates"].as_u64().unwrap() >= 100, "{said}");
    let found = desk.found("whole.csv");
    let rows: Vec<u64> =
        found[1..].iter().map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert!(rows.is_sorted());
    for line in
        ["8,9,A-7,,,,,unreadable,born: impossible-date,", "451,452,,,,,,unreadable,row: unclosed-quote,"]
    {
        assert!(found.iter().any(|found| found.starts_with(line)), "{line} in {found:#?}");
    }
    assert!(found.iter().any(|line| line.starts_with("1200,1201,A-last,") && line.contains("name: missing")));
    assert!(found.iter().any(|line| line.contains("Джозеф Кони") && line.contains("CFi.009")));

    // The program is killed, then the server; the same command goes on both times.
    let mut run = desk.begin("killed.csv", &[]);
    run.0.kill().unwrap();
    run.0.wait().unwrap();
    let first = desk.rows_done("killed.csv").unwrap();
    assert!(first > 0 && first < ROWS as u64, "{first}");
    let other = desk.screen("killed.csv", &["--least-score", "0.5"]);
    assert!(other.status.code() == Some(3) && text(&other.stderr).contains("other-settings"));
    let mut run = desk.begin("killed.csv", &["--patience", "0"]);
    drop(server);
    assert_eq!(run.0.wait().unwrap().code(), Some(3), "the server is gone");
    let second = desk.rows_done("killed.csv").unwrap();
    assert!(second >= first && second < ROWS as u64, "{first} {second}");

    let ready = directory.path().join("ready");
    let arguments =
        ["serve", "--data-dir", data, "--listen", "127.0.0.1:0", "--ready-file", ready.to_str().unwrap()];
    let server = start(&arguments);
    desk.url = until("the server", || std::fs::read_to_string(&ready).ok());
    let last = desk.screen("killed.csv", &[]);
    assert_eq!(last.status.code(), Some(1), "{}", text(&last.stderr));
    assert!(text(&last.stdout).contains(&format!("goes on behind row {second}")), "{}", text(&last.stdout));
    assert_eq!(desk.found("killed.csv"), found, "nothing is lost and nothing is there twice");
    assert_eq!(desk.rows_done("killed.csv"), None, "no state is left");
    let again = desk.screen("killed.csv", &[]);
    assert!(again.status.code() == Some(3) && text(&again.stderr).contains("is there already"));

    // A list that is another one by now.
    let mut run = desk.begin("other.csv", &["--form", "jsonl"]);
    run.0.kill().unwrap();
    run.0.wait().unwrap();
    std::fs::write(desk.path("list.csv"), list().replace("A-999", "B-999")).unwrap();
    let other = desk.screen("other.csv", &["--form", "jsonl"]);
    assert!(other.status.code() == Some(3) && text(&other.stderr).contains("other-list"));
    let lines = std::fs::read_to_string(desk.path("other.csv")).unwrap();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((first["row"].as_u64(), first["asked"]["name"].as_str()), (Some(1), Some("Джозеф Кони")));

    // Who may not: refused at once, whatever patience there is.
    std::fs::write(&desk.token, format!("barid_{}", "A".repeat(43))).unwrap();
    let refused = desk.screen("refused.csv", &[]);
    assert!(refused.status.code() == Some(3) && text(&refused.stderr).contains("unauthenticated"));
    drop(server);
}

#[test]
fn a_screening_without_a_token_a_list_or_a_server_here_is_not_begun() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (list, out, token) = (path("list.csv"), path("out.csv"), path("token"));
    std::fs::write(&token, "barid_x").unwrap();
    let screen = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
        command.args(["screen", "--list", &list, "--out", &out, "--reference", "УЧЕНИЕ"]).args(more);
        let answer = command.env_remove("BARID_TOKEN").output().unwrap();
        (answer.status.code(), text(&answer.stderr))
    };
    let purpose = ["--purpose", "exercise"];
    let with_token = [&purpose[..], &["--token-file", &token]].concat();
    assert_eq!(screen(&[]).0, Some(2), "no purpose");
    let (code, said) = screen(&purpose);
    assert!(code == Some(2) && said.contains("no token"), "{said}");
    let (code, said) = screen(&[&with_token[..], &["--server", "http://192.0.2.7:8640"]].concat());
    assert!(code == Some(2) && said.contains("not http:// on this machine"), "{said}");
    assert_eq!(screen(&[&with_token[..], &["--at-once", "9"]].concat()).0, Some(2));
    assert_eq!(screen(&[&with_token[..], &["--least-score", "1.5"]].concat()).0, Some(2));
    let (code, said) = screen(&with_token);
    assert!(code == Some(3) && said.contains("can not read"), "{said}");
    assert!(!Path::new(&out).exists());
    std::fs::write(&list, "имя,born\n").unwrap();
    let (code, said) = screen(&with_token);
    assert!(code == Some(3) && said.contains("csv-unknown-column"), "{said}");
}
