//! Watched folders: files that are put down are imported once, whoever is killed when, and what is no table is refused.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::readme::demo;
use crate::screening::{Running, start, until};
use crate::{barid, text};

const ROWS: usize = 3_000;

struct Desk {
    directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Self { directory };
        demo(&desk.at("data"), &desk.at("handover"));
        for (name, mode) in [("inbox", 0o770), ("keep", 0o700)] {
            std::fs::create_dir(desk.at(name)).unwrap();
            std::fs::set_permissions(desk.at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let root = desk.directory.path().display().to_string();
        let mapping = r#"{"columns": {"№": "id", "Что": "status", "Госномер": "plates.number"},
            "values": {"status": {"угон": "stolen"}}, "constants": {"plates.country": "XAX"}}"#;
        std::fs::write(desk.at("mapping.json"), mapping).unwrap();
        let settings = format!(
            "[[folder]]\ndrop = \"{root}/inbox\"\nkeep = \"{root}/keep\"\ndatabase = \"vehicles\"\n\
             mapping = \"{root}/mapping.json\"\nservice = \"watch-vehicles\"\npurpose = \"exercise\"\n\
             reference = \"УЧЕНИЕ\"\nsettle_seconds = 1\n"
        );
        std::fs::write(desk.at("watch.toml"), settings).unwrap();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    fn serve(&self) -> Running {
        let (data, watch) = (self.path("data"), self.path("watch.toml"));
        start(&["serve", "--data-dir", &data, "--listen", "127.0.0.1:0", "--watch", &watch])
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        // As the page asks for: written under another name, then renamed.
        std::fs::write(self.at("inbox/.part"), bytes).unwrap();
        std::fs::rename(self.at("inbox/.part"), self.at("inbox").join(name)).unwrap();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.at(folder)).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The reports of files of this name, from the oldest on.
    fn reports(&self, folder: &str, name: &str) -> Vec<serde_json::Value> {
        let ending = format!("-{name}.report.json");
        let reports = self.names(folder).into_iter().filter(|report| report.ends_with(&ending));
        reports
            .map(|report| {
                serde_json::from_slice(&std::fs::read(self.at(folder).join(report)).unwrap()).unwrap()
            })
            .collect()
    }

    fn report(&self, folder: &str, name: &str) -> serde_json::Value {
        until(name, || self.reports(folder, name).pop())
    }

    fn is_worked_off(&self) -> bool {
        self.names("keep/work").is_empty()
    }

    /// How many of the vehicles of the table stand, by their plates.
    fn standing(&self, numbers: &[usize]) -> usize {
        let found = |number: &usize| {
            let answer = barid(&[
                "search",
                "--data-dir",
                &self.path("data"),
                "--purpose",
                "exercise",
                "--reference",
                "УЧЕНИЕ",
                "--json",
                &format!("ж{number:04}кх99"),
            ]);
            let said: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
            said["candidates"].as_array().unwrap().iter().filter(|one| one["database"] == "vehicles").count()
        };
        numbers.iter().map(found).sum()
    }
}

fn table(rows: std::ops::Range<usize>) -> String {
    let row = |number| format!("{number};угон;Ж {number:04} КХ 99\n");
    format!("№;Что;Госномер\n{}", rows.map(row).collect::<String>())
}

#[test]
fn files_are_imported_once_and_what_is_no_table_is_refused() {
    let desk = Desk::new();
    let running = desk.serve();
    desk.put("список.csv", table(0..5).as_bytes());
    desk.put("пометки.txt", b"x");
    let report = desk.report("keep/done", "список.csv");
    assert_eq!((&report["added"], &report["refused"]), (&5.into(), &0.into()));
    assert_eq!(report["sha256"].as_str().unwrap().len(), 64);

    // The same again, with one more and one that can't be read.
    desk.put("ещё.csv", format!("{}9;угон;\n", table(0..6)).as_bytes());
    let report = desk.report("keep/done", "ещё.csv");
    assert_eq!(
        (&report["added"], &report["unchanged"], &report["refused"]),
        (&1.into(), &5.into(), &1.into())
    );
    assert_eq!(report["rows"][0]["field"], "vin", "the first of what one of must be there");

    // Links are not followed, and neither are other names of a file; a workbook that is none says so.
    std::fs::write(desk.at("secret"), table(100..101)).unwrap();
    symlink(desk.at("secret"), desk.at("inbox/link.csv")).unwrap();
    std::fs::hard_link(desk.at("secret"), desk.at("inbox/second.csv")).unwrap();
    std::fs::create_dir(desk.at("inbox/folder.csv")).unwrap();
    desk.put("broken.xlsx", b"PK\x03\x04 and no more");
    desk.put("other.csv", "№;Что;Цвет\n1;угон;x\n".as_bytes());
    for (name, code) in [
        ("link.csv", "watch-no-file"),
        ("second.csv", "watch-linked"),
        ("folder.csv", "watch-no-file"),
        ("broken.xlsx", "xlsx-archive"),
    ] {
        assert_eq!(desk.report("keep/refused", name)["refused"], code, "{name}");
    }
    let broken = desk.report("keep/refused", "other.csv");
    assert!(broken["broken_off"].as_str().unwrap().contains("csv-unknown-column"), "{broken}");
    until("the end", || desk.is_worked_off().then_some(()));
    assert_eq!(desk.names("inbox"), ["пометки.txt"]);
    assert!(desk.at("secret").exists());
    for folder in ["keep/done", "keep/refused"] {
        let private =
            desk.names(folder).into_iter().filter(|name| name.ends_with(".json") || folder == "keep/done");
        for name in private {
            let mode = std::fs::metadata(desk.at(folder).join(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }
    drop(running);
    assert_eq!(desk.standing(&[0, 4, 5, 100]), 3);
    let lines = barid(&["doctor", "--data-dir", &desk.path("data")]);
    assert!(lines.status.success(), "{}", text(&lines.stdout));
}

#[test]
fn a_server_that_is_killed_at_any_point_enters_nothing_twice() {
    let desk = Desk::new();
    let whole = table(0..ROWS);
    desk.put("список.csv", whole.as_bytes());
    let mut running = Some(desk.serve());
    // Killed once it has claimed the file, then ever later.
    until("the claim", || (!desk.names("keep/work").is_empty()).then_some(()));
    for pause in [0, 40, 90, 160, 250] {
        std::thread::park_timeout(std::time::Duration::from_millis(pause));
        drop(running.take());
        assert!(!desk.at("inbox/список.csv").exists(), "what is claimed is claimed");
        running = Some(desk.serve());
        std::thread::park_timeout(std::time::Duration::from_millis(700 + 2 * pause));
    }
    let report = desk.report("keep/done", "список.csv");
    until("the end", || desk.is_worked_off().then_some(()));
    drop(running.take());
    let counted = report["added"].as_u64().unwrap() + report["unchanged"].as_u64().unwrap();
    assert_eq!((counted, &report["refused"]), (ROWS as u64, &0.into()));
    assert_eq!(desk.reports("keep/done", "список.csv").len(), 1);
    assert_eq!(desk.standing(&[0, 1, 249, 250, 1_234, ROWS - 1]), 6);
    let seen = Path::new(&desk.path("keep/refused")).read_dir().unwrap().count();
    assert_eq!(seen, 0);
}
