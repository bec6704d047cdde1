//! Reviews on the command line: a person of a table is due, kept with a reason, withdrawn, and nothing is owed.

use crate::ceremony::{EXAMPLE, Table};

#[test]
fn a_record_is_listed_kept_and_withdrawn_on_the_command_line() {
    let table = Table(tempfile::tempdir().unwrap());
    std::fs::write(table.at("plan.toml"), EXAMPLE).unwrap();
    table.run_well("admin found --data-dir {data} --file {plan.toml}");
    let rows = "id,names.text,births,statuses,offences\n\
                1,Калачев Валерий,1971-03-02,wanted,financial-crime.fraud\n\
                2,محمود الكاتب,1980,wanted,financial-crime.fraud\n";
    std::fs::write(table.at("list.csv"), rows).unwrap();
    let acting = "--data-dir {data} --organisation XA --purpose criminal-investigation --reference 12";
    table.run_well(&format!("import {acting} persons --review-in-days 30 {{list.csv}}"));
    let reading = "--data-dir {data} --organisation XA --reference 12";
    let due = || table.run_well(&format!("admin reviews list {reading}"))["reviews"].clone();
    let listed = due();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["state"]), (2, &"due-soon".into()));
    let records = [0, 1].map(|i| listed[i]["record"].as_str().unwrap().to_owned());

    let day = "--review-on 2099-01-01";
    let keep = format!("admin reviews keep {acting} --record {}", records[0]);
    table.refused(&format!("{keep} {day} --reason habit"), 2, "not a keep-reason");
    table.refused(&format!("{keep} {day} --reason other"), 1, "terms.kept.text");
    table.refused(&format!("{keep} {day} --reason danger"), 1, "terms.review_on");
    let year: u32 = listed[0]["review_on"].as_str().unwrap()[..4].parse().unwrap();
    let far = format!("{}-01-15", year + 2);
    let kept = table.run_well(&format!("{keep} --review-on {far} --reason other --text hi=लंबित"));
    assert_eq!(kept["decided"][0]["outcome"], "kept");
    let withdraw = format!("admin reviews withdraw {acting} --reason purpose-met --record {}", records[1]);
    assert_eq!(table.run_well(&withdraw)["decided"][0]["outcome"], "withdrawn");
    table.refused(&withdraw, 1, "absent");
    assert_eq!(due(), serde_json::json!([]));
    let owed = table.run_well(&format!("admin reviews overdue {reading}"));
    assert_eq!((&owed["reviews"], &owed["more"]), (&serde_json::json!([]), &false.into()));
}
