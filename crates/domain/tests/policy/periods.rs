//! The table of periods on the page about retention is that of the program.

use barid_domain::retention::Period;

#[test]
fn the_page_shows_the_periods() {
    let mut table = String::from("| what | years | why |\n|---|---:|---|\n");
    for period in Period::ALL {
        table.push_str(&format!("| {} | {} | {} |\n", period.about(), period.years(), period.reason()));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/retention.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- periods -->\n").unwrap();
    let (shown, behind) = rest.split_once("<!-- end of periods -->").unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() && shown != table {
        let page = format!("{before}<!-- periods -->\n{table}<!-- end of periods -->{behind}");
        std::fs::write(path, page).unwrap();
        return;
    }
    assert_eq!(shown, table, "the table in docs/retention.md: UPDATE_EXPECT=1 writes it");
}
