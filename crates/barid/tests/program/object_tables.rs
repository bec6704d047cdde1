//! A bureau's own table of vehicles, with its own columns and words: tried, imported, and a plate of it found.

use std::path::Path;

use crate::readme::demo;
use crate::{barid, text};

const TABLE: &str = "№ п/п;Что случилось;Госномер;Кузов;Цвет;Владелец\n\
                     1;угон;Ж 417 КХ 99;XTA210990X1234567;красный|белый;Сосед\n\
                     2;Утрачен;Ж 418 КХ 99;б/н;;\n\
                     3;угон;;;;\n";
const MAPPING: &str = r#"{
  "columns": {"№ п/п": "id", "Что случилось": "status", "Госномер": "plates.number", "Кузов": "vin", "Цвет": "colours"},
  "values": {"status": {"угон": "stolen", "утрачен": "lost"}, "colours": {"красный": "red", "белый": "white"}, "vin": {"б/н": ""}},
  "constants": {"plates.country": "XAX"},
  "left_out": ["Владелец"]
}"#;

/// Runs the program on a directory for the exercise; gives its exit code and what it says.
fn act(data: &Path, command: &str, words: &[&str]) -> (Option<i32>, String, String) {
    let acting = ["--data-dir", data.to_str().unwrap(), "--purpose", "exercise", "--reference", "УЧЕНИЕ"];
    let words = [&[command][..], &acting, &["--language", "en"], words].concat();
    let answer = barid(&words);
    (answer.status.code(), text(&answer.stdout), text(&answer.stderr))
}

#[test]
fn a_table_with_columns_in_cyrillic_goes_in_through_a_mapping_and_a_plate_of_it_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let data = at("data");
    demo(&data, &at("handover"));
    let (table, mapping) = (at("угон.csv"), at("mapping.json"));
    std::fs::write(&table, TABLE).unwrap();
    std::fs::write(&mapping, MAPPING).unwrap();
    let (table, mapping) = (table.to_str().unwrap(), mapping.to_str().unwrap());
    let found = || {
        let (code, said, why) = act(&data, "search", &["ж417кх99", "--json"]);
        assert!(code == Some(0) || code == Some(1), "{why}");
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["candidates"].as_array().unwrap().iter().filter(|one| one["database"] == "vehicles").count()
    };

    let plain = ["objects", "--database", "vehicles", table];
    let import = |more: &[&str]| act(&data, "import", &[&plain[..], &["--mapping", mapping], more].concat());
    let (code, said, why) = import(&["--full", "--dry-run"]);
    assert_eq!(code, Some(1), "a row is refused: {why}");
    assert!(said.starts_with("Dry run: nothing was written.") && said.contains("added 2,"), "{said}");
    assert!(said.contains("line 4, item -, vin: missing"), "{said}");
    assert_eq!(found(), 0);

    let (code, said, _) = import(&["--full", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &said["added"], &said["refused"]), (Some(1), &2.into(), &1.into()));
    assert_eq!(found(), 1);
    let (_, said, _) = import(&["--full", "--dry-run", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&said["dry_run"], &said["unchanged"], &said["rows"][0]["code"]),
        (&true.into(), &2.into(), &"missing".into())
    );

    let (code, said, _) = act(&data, "import", &plain);
    assert!(code == Some(1) && said.contains("csv-unknown-column"), "{said}");
    std::fs::write(mapping, MAPPING.replace("plates.number", "plate")).unwrap();
    let (code, _, why) = import(&[]);
    assert!(code == Some(3) && why.contains("mapping-unknown-field: columns.Госномер"), "{why}");
    let documents = act(&data, "import", &["objects", "--database", "travel-documents", table]);
    assert_eq!(documents.0, Some(2), "documents are no objects");
}

#[test]
fn a_table_of_documents_can_be_tried_first() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let table = directory.path().join("documents.csv");
    std::fs::write(&table, "number,issuing_country,document_type,fraud_type\nঅ১,XAX,passport,stolen\nXA 0417417,XAX,passport,lost\n").unwrap();
    let import = |more: &[&str]| {
        let words = ["--organisation", "XA", "documents", table.to_str().unwrap()];
        let (_, said, why) = act(&data, "import", &[&words, more, &["--json"]].concat());
        let said: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{why}"));
        [&said["added"], &said["unchanged"], &said["refused"]].map(|count| count.as_u64().unwrap())
    };
    assert_eq!(import(&["--dry-run"]), [1, 0, 1]);
    assert_eq!(import(&["--dry-run"]), [1, 0, 1]);
    assert_eq!(import(&[]), [1, 0, 1]);
    assert_eq!(import(&["--dry-run"]), [0, 1, 1]);
}
