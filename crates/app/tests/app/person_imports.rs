//! Importing tables of persons: new, again, changed, left out, out of a workbook, and found across scripts.

use std::io::{BufRead, Cursor};

use barid_app::{ImportReport, PersonsImport, Query, TableEdition};
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use barid_formats::documents_csv::TableSource;
use barid_formats::mapping::TableMapping;
use barid_formats::report::ReportCode;
use barid_formats::xlsx::{WorkbookLimits, open_sheet};
use barid_testkit::world::{World, acting};
use sha2::{Digest, Sha256};

use crate::imports::{FULL, counts, sizes};
use crate::run;

const PURPOSE: Purpose = Purpose::CriminalInvestigation;

fn table_import<R: BufRead>(
    world: &World,
    source: TableSource<R>,
    hash: [u8; 32],
    edition: TableEdition,
) -> PersonsImport<R> {
    PersonsImport {
        source,
        file_hash: hash,
        mapping: TableMapping::default(),
        terms: world.terms(PURPOSE),
        list: "wanted".to_owned(),
        edition,
    }
}

async fn import(world: &World, import: PersonsImport<impl BufRead>) -> ImportReport {
    world.app.import_persons(&acting("XA", PURPOSE), import, |_, _| {}).await.unwrap()
}

fn table_of(rows: &[&str]) -> String {
    format!("id,names.text,aliases,births,statuses,documents.type,documents.number\n{}\n", rows.join("\n"))
}

pub(crate) async fn dry_run_rows(world: &World, rows: &[&str]) -> ImportReport {
    let table = table_of(rows);
    let source = TableSource::Lines(table.as_bytes());
    let order = table_import(world, source, Sha256::digest(&table).into(), TableEdition::Part);
    world.app.dry_run_persons(&acting("XA", PURPOSE), order, |_, _| {}).await.unwrap()
}

pub(crate) async fn import_lines(world: &World, lines: impl BufRead, hash: [u8; 32]) -> ImportReport {
    import(world, table_import(world, TableSource::Lines(lines), hash, TableEdition::Part)).await
}

pub(crate) async fn import_rows(world: &World, rows: &[&str], edition: TableEdition) -> ImportReport {
    let table = table_of(rows);
    let source = TableSource::Lines(table.as_bytes());
    import(world, table_import(world, source, Sha256::digest(&table).into(), edition)).await
}

pub(crate) async fn find(world: &World, typed: &str) -> Vec<RecordId> {
    let query = Query { text: Some(typed.to_owned()), ..Query::default() };
    let answer = world.app.search(&acting("XB", PURPOSE), &query).await.unwrap();
    answer.candidates.iter().map(|candidate| candidate.record).collect()
}

pub(crate) const ROWS: [&str; 3] = [
    "1,Калачев Валерий,কালাচেভ,১৯৭১,missing,passport,XA 0012345",
    "2,উদাহরণ নমুনা,,1350-12-11 solar-hijri,missing,,",
    "3,التجربة أحمد,,02.03.1984,witness,,",
];

#[test]
fn persons_go_in_once_are_found_in_other_scripts_and_go_with_what_a_full_table_leaves_out() {
    run(async {
        let world = World::exercise().build().await;
        assert_eq!(counts(&import_rows(&world, &ROWS, FULL).await), [3, 0, 0, 0, 0]);
        let before = sizes(&world).await;
        assert_eq!(counts(&import_rows(&world, &ROWS, FULL).await)[..3], [0, 0, 3]);
        assert_eq!(sizes(&world).await, before, "the same table writes nothing");
        let kalachev = find(&world, "Kalachev Valery").await[0];
        assert_eq!(find(&world, "XA0012345").await, [kalachev]);

        let changed = ["1,Калачев Валерий,কালাচেভ,1971,missing,passport,XA 0099999", ROWS[1], ROWS[2]];
        assert_eq!(counts(&import_rows(&world, &changed, FULL).await)[..3], [0, 1, 2]);
        assert_eq!(find(&world, "XA0099999").await, [kalachev], "a new version of the same record");
        let report = import_rows(&world, &[changed[0], ROWS[1]], FULL).await;
        assert_eq!((report.withdrawn, find(&world, "التجربة أحمد").await), (1, vec![]));
    });
}

#[test]
fn a_dry_run_of_persons_writes_nothing_and_says_the_same() {
    run(async {
        let world = World::exercise().build().await;
        let table = format!(
            "id,names.text,aliases,births,statuses,documents.type,documents.number\n{}\n4,Намуна,,1350,missing,,\n",
            ROWS.join("\n")
        );
        let before = sizes(&world).await;
        let source = TableSource::Lines(table.as_bytes());
        let order = table_import(&world, source, [1; 32], TableEdition::Part);
        let dry = world.app.dry_run_persons(&acting("XA", PURPOSE), order, |_, _| {}).await.unwrap();
        assert_eq!((counts(&dry), dry.rows[0].code), ([3, 0, 0, 0, 1], ReportCode::AmbiguousDate));
        assert_eq!(sizes(&world).await, before);
    });
}

#[test]
fn a_sheet_of_a_workbook_is_a_table_of_its_own() {
    run(async {
        let world = World::exercise().build().await;
        let book = include_bytes!("../../../formats/tests/data/persons-xlsxwriter.xlsx");
        let sheet = || {
            let sheet =
                open_sheet(Cursor::new(&book[..]), Some("Sheet1"), WorkbookLimits::default()).unwrap();
            TableSource::Sheet(Box::new(sheet))
        };
        let names = [
            ("№", "id"),
            ("Фамилия", "names.parts"),
            ("Имя", "names.parts.2"),
            ("Отчество", "names.parts.3"),
            ("Name (Latin)", "names.2.text"),
            ("الاسم", "names.3.text"),
            ("জন্ম তারিখ", "births"),
            ("Пол", "sex"),
            ("Гражданство", "nationalities"),
            ("Паспорт", "documents.number"),
            ("Статус", "statuses"),
            ("Статья", "offences"),
        ];
        let pair = |(own, name): (&str, &str)| (own.to_owned(), name.to_owned());
        let values = |pairs: &[(&str, &str)]| pairs.iter().map(|both| pair(*both)).collect();
        let order = || PersonsImport {
            mapping: TableMapping {
                columns: names.iter().map(|both| pair(*both)).collect(),
                values: [
                    ("sex".to_owned(), values(&[("м", "male")])),
                    ("statuses".to_owned(), values(&[("розыск", "wanted"), ("пропал", "missing")])),
                    ("offences".to_owned(), values(&[("мошенничество", "financial-crime.fraud")])),
                ]
                .into(),
                constants: values(&[("documents.type", "passport")]),
                left_out: Default::default(),
            },
            ..table_import(&world, sheet(), Sha256::digest(book).into(), FULL)
        };
        let report = import(&world, order()).await;
        assert_eq!(counts(&report), [2, 0, 0, 0, 1]);
        assert_eq!(report.rows[0].cell.as_deref(), Some("Sheet1!G4"));
        assert_eq!(find(&world, "0012345").await.len(), 1);
        assert_eq!(counts(&import(&world, order()).await)[..3], [0, 0, 2]);
    });
}
