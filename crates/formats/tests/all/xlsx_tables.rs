//! Tables in workbooks: those of others, every kind of cell, and the ones that are refused.

use std::io::{Cursor, Write};

use barid_domain::codes::{Database, NameKind};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::objects::Object;
use barid_domain::persons::Person;
use barid_formats::documents_csv::{CsvLimits, CsvReadErrorKind, CsvRow, TableSource, TravelDocumentsReader};
use barid_formats::mapped_rows::MappedRow;
use barid_formats::mapping::TableMapping;
use barid_formats::objects_csv::ObjectsReader;
use barid_formats::persons_csv::PersonsReader;
use barid_formats::report::{Consequence, ReportCode, ReportRow};
use barid_formats::xlsx::{WorkbookErrorKind, WorkbookLimits, is_workbook, open_sheet};

use crate::archive::{
    self, BOOK, PACKAGE, Part, RELATED, STYLES, TEXTS, TYPES, archive_of, workbook_of, workbook_with,
};

fn today() -> Day {
    Day::new(2026, 11, 26).unwrap()
}

fn source<'a>(
    book: &'a [u8],
    name: Option<&str>,
) -> Result<TableSource<Cursor<&'a [u8]>>, WorkbookErrorKind> {
    let sheet = open_sheet(Cursor::new(book), name, WorkbookLimits::default());
    sheet.map(|sheet| TableSource::Sheet(Box::new(sheet))).map_err(|error| error.kind)
}

fn objects(book: &[u8], mapping: &TableMapping) -> (Vec<MappedRow<Object>>, Option<CsvReadErrorKind>) {
    let limits = CsvLimits::of_objects();
    let reader =
        ObjectsReader::new(source(book, None).unwrap(), today(), Database::Vehicles, mapping, limits);
    let (mut rows, mut ended) = (Vec::new(), None);
    for row in reader.unwrap() {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => ended = Some(error.kind),
        }
    }
    (rows, ended)
}

/// A sheet whose first row are these names and whose second are these cells.
fn sheet_of(header: &[&str], cells: &str) -> String {
    let names: String = header.iter().map(|name| format!("<c t=\"str\"><v>{name}</v></c>")).collect();
    format!(
        "<worksheet><sheetData><row r=\"3\">{names}</row><row r=\"17\">{cells}</row></sheetData></worksheet>"
    )
}

fn pairs(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Cells and what is found in them: address, column, code.
fn found(report: &[ReportRow]) -> Vec<(&str, &str, ReportCode)> {
    report.iter().map(|row| (row.cell.as_deref().unwrap_or(""), row.field.as_str(), row.code)).collect()
}

#[test]
fn a_workbook_of_another_program_is_read_through_a_mapping() {
    let book = include_bytes!("../data/vehicles-openpyxl.xlsx");
    assert!(is_workbook(book));
    let mapping = TableMapping {
        columns: pairs(&[
            ("№ п/п", "id"),
            ("Что случилось", "status"),
            ("Госномер", "plates.number"),
            ("Дата", "reported_on"),
            ("رقم الهيكل", "vin"),
            ("রং", "colours"),
        ]),
        values: [
            ("status".to_owned(), pairs(&[("угон", "stolen"), ("утрачен", "lost")])),
            ("colours".to_owned(), pairs(&[("লাল", "red"), ("সাদা", "white")])),
        ]
        .into(),
        constants: pairs(&[("plates.country", "TJK")]),
        left_out: ["Владелец".to_owned()].into(),
    };
    let (rows, ended) = objects(book, &mapping);
    assert_eq!(ended, None);
    let [
        MappedRow::Stated { id, statement, place, .. },
        MappedRow::Stated { id: second, remarks, .. },
        third,
    ] = &rows[..]
    else {
        panic!("{rows:?}")
    };
    assert_eq!((id.as_str(), second.as_str(), place.line), ("КС-1", "7", 4));
    let said = format!("{statement:?}");
    for what in ["XTA210990X1234567", "1234 АВ 01", "TJK", "2026-10-02"] {
        let day = what.parse::<Day>().map(|day| format!("{day:?}"));
        assert!(said.contains(day.as_deref().unwrap_or(what)), "{what}: {said}");
    }
    // The second row: its frame number is kept as a number, and the spreadsheet hides it.
    assert_eq!(
        found(remarks),
        [("Угон!5:5", "row", ReportCode::HiddenRow), ("Угон!E5", "vin", ReportCode::NumberForText)]
    );
    assert!(remarks.iter().all(|remark| remark.consequence == Consequence::Kept));
    let MappedRow::Refused { report, .. } = third else { panic!("{third:?}") };
    assert_eq!(
        found(report),
        [("Угон!D6", "reported_on", ReportCode::TimeOfDay), ("Угон!E6", "vin", ReportCode::MangledNumber),]
    );
    assert!(report[0].to_string().starts_with("Угон!D6, item -, reported_on: time-of-day"));
    // A sheet is chosen by its name; a hidden one only so.
    assert_eq!(source(book, Some("Нет такого")).err(), Some(WorkbookErrorKind::NoSheet));
    assert!(source(book, Some("Справочник")).is_ok());
}

#[test]
fn persons_of_another_program_have_their_names_in_several_columns_and_scripts() {
    let book = include_bytes!("../data/persons-xlsxwriter.xlsx");
    let mapping = TableMapping {
        columns: pairs(&[
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
        ]),
        values: [
            ("sex".to_owned(), pairs(&[("м", "male"), ("ж", "female")])),
            ("statuses".to_owned(), pairs(&[("розыск", "wanted"), ("пропал", "missing")])),
            ("offences".to_owned(), pairs(&[("мошенничество", "financial-crime.fraud")])),
        ]
        .into(),
        constants: pairs(&[("documents.type", "passport"), ("names.2.kind", "alias")]),
        left_out: Default::default(),
    };
    let reader = PersonsReader::new(
        source(book, None).unwrap(),
        today(),
        Database::Persons,
        &mapping,
        CsvLimits::of_objects(),
    );
    let rows: Vec<MappedRow<Person>> = reader.unwrap().map(Result::unwrap).collect();
    let [MappedRow::Stated { id, statement: person, .. }, second, third] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert_eq!(id, "1");
    let names: Vec<_> =
        person.names.iter().map(|name| (name.text.as_str(), name.kind, name.script.as_str())).collect();
    assert_eq!(
        names,
        [
            ("Калачев Валерий Петрович", NameKind::Primary, "Cyrl"),
            ("Kalachev Valery", NameKind::Alias, "Latn"),
            ("كالاتشيف", NameKind::Alias, "Arab"),
        ]
    );
    assert_eq!(person.names[0].parts, ["Калачев", "Валерий", "Петрович"]);
    assert_eq!(person.births[0].to_string(), "1971-03-02", "a day of the spreadsheet");
    assert_eq!(person.documents[0].number.as_deref(), Some("0012345"), "zeros that its format shows");
    // Bengali digits; no document, since the type alone is what every row would say.
    let MappedRow::Stated { statement: person, .. } = second else { panic!("{second:?}") };
    assert_eq!((person.births[0].to_string().as_str(), person.documents.len()), ("1971-03-02", 0));
    // A year that is solar or lunar, and a status that needs an offence.
    let MappedRow::Refused { report, .. } = third else { panic!("{third:?}") };
    assert_eq!(found(report), [("Sheet1!G4", "births", ReportCode::AmbiguousDate)]);
}

#[test]
fn every_kind_of_cell_is_read_or_refused_with_its_address() {
    let header = ["id", "status", "vin", "year", "reported_on", "make"];
    let row = |cells: &str| match &objects(&workbook_of(&sheet_of(&header, cells)), &TableMapping::default())
        .0[..]
    {
        [MappedRow::Stated { statement, remarks, .. }] => Ok((format!("{statement:?}"), remarks.clone())),
        [MappedRow::Refused { report, .. }] => {
            Err(found(report).iter().map(|(cell, _, code)| ((*cell).to_owned(), *code)).collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    let good = "<c><v>7</v></c><c t=\"s\"><v>1</v></c><c r=\"C17\" t=\"inlineStr\"><is><t>105-</t><rPh><t>x</t></rPh><t>4711</t></is></c>";
    let (said, remarks) = row(good).unwrap();
    assert!(said.contains("105-4711") && remarks.is_empty(), "{said}");
    let (said, remarks) = row(&format!(
        "{good}<c><f>1990+9</f><v>1999</v></c><c s=\"1\"><v>46297</v></c>\
                     <c s=\"2\"><v>2101</v></c>"
    ))
    .unwrap();
    assert!(said.contains("1999") && said.contains("000002101") && remarks.is_empty(), "{said} {remarks:?}");
    let (_, remarks) = row(&format!("{good}<c r=\"F17\"><v>2101</v></c>")).unwrap();
    assert_eq!(found(&remarks), [("Лист1!F17", "make", ReportCode::NumberForText)]);
    let at = |cell: &str, code| Err(vec![(format!("Лист1!{cell}"), code)]);
    for (cells, expected) in [
        ("<c r=\"D17\"><f>A1</f></c>", at("D17", ReportCode::Formula)),
        ("<c r=\"D17\"><f>A1</f><v></v></c>", at("D17", ReportCode::Formula)),
        ("<c r=\"F17\"><v>1971.10</v></c>", at("F17", ReportCode::MangledNumber)),
        ("<c r=\"D17\" t=\"e\"><v>#REF!</v></c>", at("D17", ReportCode::CellError)),
        ("<c r=\"D17\" t=\"s\"><v>99</v></c>", at("D17", ReportCode::CellError)),
        ("<c r=\"D17\"><v>x</v></c>", at("D17", ReportCode::NotANumber)),
        ("<c r=\"E17\" s=\"3\"><v>46297.5</v></c>", at("E17", ReportCode::TimeOfDay)),
        ("<c r=\"E17\" s=\"4\"><v>0.5</v></c>", at("E17", ReportCode::TimeOfDay)),
        ("<c r=\"E17\" s=\"1\"><v>60</v></c>", at("E17", ReportCode::ImpossibleDate)),
        ("<c r=\"E17\"><v>46297</v></c>", at("E17", ReportCode::ImpossibleDate)),
        ("<c r=\"F17\"><v>1.23456789012345E+15</v></c>", at("F17", ReportCode::MangledNumber)),
        ("<c r=\"F17\" t=\"str\"><v>1.23457E+14</v></c>", at("F17", ReportCode::MangledNumber)),
        ("<c r=\"F17\" t=\"str\"><v>a&#x1;</v></c>", at("F17", ReportCode::ControlCharacter)),
    ] {
        let read = row(&format!("{good}{cells}")).map(|(said, _)| said);
        // A character that XML does not have ends the reading where the library says so.
        assert_eq!(read, expected, "{cells}");
    }
    let wide = row(&format!("{good}<c r=\"H17\"><v>1</v></c>")).map(|(said, _)| said);
    assert_eq!(wide, at("17:17", ReportCode::WrongColumns));
    // The years of a workbook that counts from 1904.
    let book = BOOK.replace("<sheets>", "<workbookPr date1904=\"1\"/><sheets>");
    let sheet = sheet_of(&header, &format!("{good}<c r=\"E17\" s=\"1\"><v>44835</v></c>"));
    let (rows, _) = objects(&workbook_with(&book, &sheet), &TableMapping::default());
    assert!(
        matches!(&rows[..], [MappedRow::Stated { statement, .. }] if format!("{statement:?}").contains(&format!("{:?}", Day::new(2026, 10, 2).unwrap()))),
        "{rows:?}"
    );
}

#[test]
fn documents_come_in_workbooks_too() {
    let header = ["number", "issuing_country", "document_type", "fraud_type", "reported_on"];
    let sheet = sheet_of(
        &header,
        "<c s=\"2\"><v>12345</v></c><c t=\"str\"><v>XAX</v></c><c t=\"str\"><v>passport</v></c>\
         <c t=\"s\"><v>1</v></c><c s=\"1\"><v>46297</v></c>",
    );
    let sheet = sheet.replace(
        "</sheetData>",
        "<row r=\"18\"><c><v>12346</v></c><c t=\"str\"><v>XAX</v></c><c t=\"str\"><v>passport</v></c>\
         <c t=\"s\"><v>0</v></c></row><row r=\"20\"><c><v>1e20</v></c><c t=\"str\"><v>Россия</v></c></row></sheetData>",
    );
    let book = workbook_of(&sheet);
    let country = CountryCode::new("XAX").ok();
    let rows =
        TravelDocumentsReader::new(source(&book, None).unwrap(), today(), country, CsvLimits::default());
    let rows: Vec<CsvRow> = rows.map(Result::unwrap).collect();
    let [
        CsvRow::Document { document, remarks, .. },
        CsvRow::Document { remarks: second, .. },
        CsvRow::Refused { report, .. },
    ] = &rows[..]
    else {
        panic!("{rows:?}")
    };
    assert_eq!((document.number.as_str(), remarks.len()), ("000012345", 0));
    assert_eq!(found(second), [("Лист1!A18", "number", ReportCode::NumberForText)]);
    assert_eq!(
        found(report)[..2],
        [
            ("Лист1!A20", "number", ReportCode::MangledNumber),
            ("Лист1!B20", "issuing_country", ReportCode::UnknownCountry),
        ]
    );
}

#[test]
fn a_workbook_that_can_not_be_read_is_refused_with_its_code() {
    use WorkbookErrorKind as Kind;
    let parts = |replaced: &[(&str, &str)]| {
        let usual = [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", PACKAGE),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", RELATED),
            ("xl/sharedStrings.xml", TEXTS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", "<worksheet/>"),
        ];
        let mut all: Vec<(&str, &str)> = usual.to_vec();
        for (name, text) in replaced {
            match all.iter_mut().find(|(known, _)| known == name) {
                Some(part) => part.1 = text,
                None => all.push((name, text)),
            }
        }
        let parts: Vec<Part<'_>> =
            all.iter().map(|(name, text)| Part::stored(name, text.as_bytes())).collect();
        archive_of(&parts)
    };
    let refused = |book: &[u8]| source(book, None).err();
    assert_eq!(refused(&parts(&[])), None);
    let two = BOOK.replace("</sheets>", "<sheet name=\"b\" sheetId=\"2\" r:id=\"b\"/></sheets>");
    let hidden = BOOK.replace("sheetId", "state=\"veryHidden\" sheetId");
    let binary = PACKAGE.replace("workbook.xml", "workbook.bin");
    let macros = TYPES.replace("application/xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml");
    let entity = "<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet>&a;</worksheet>";
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    for (replaced, kind) in [
        (vec![("xl/vbaProject.bin", "")], Kind::Macros),
        (vec![("[Content_Types].xml", macros.as_str())], Kind::Macros),
        (vec![("_rels/.rels", binary.as_str())], Kind::Binary),
        (vec![("_rels/.rels", "<Relationships/>")], Kind::NotAWorkbook),
        (vec![("xl/workbook.xml", "<html/>")], Kind::NotAWorkbook),
        (vec![("xl/workbook.xml", two.as_str())], Kind::WhichSheet),
        (vec![("xl/workbook.xml", hidden.as_str())], Kind::NoSheet),
        (vec![("xl/workbook.xml", "<workbook>")], Kind::Malformed),
        (vec![("xl/worksheets/sheet1.xml", entity)], Kind::Malformed),
        (vec![("xl/worksheets/sheet1.xml", deep.as_str())], Kind::Malformed),
        (
            vec![("xl/worksheets/sheet1.xml", "<worksheet><mergeCell ref=\"A\"/></worksheet>")],
            Kind::Malformed,
        ),
        (vec![("xl/sharedStrings.xml", "<sst><si><t>")], Kind::Malformed),
    ] {
        assert_eq!(refused(&parts(&replaced)), Some(kind), "{replaced:?}");
    }
    let whole = parts(&[]);
    for cut in [0, 3, 22, 100, whole.len() - 23, whole.len() - 1] {
        assert_eq!(refused(&whole[..cut]), Some(Kind::Archive), "cut at {cut}");
    }
    assert_eq!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 EncryptedPackage"), Some(Kind::Compound));
    let mut part = Part::stored("[Content_Types].xml", b"<Types/>");
    part.flags = 1;
    assert_eq!(refused(&archive_of(&[part])), Some(Kind::Encrypted));
    let twice = [Part::stored("a.xml", b"<a/>"), Part::stored("A.XML", b"<b/>")];
    assert_eq!(refused(&archive_of(&twice)), Some(Kind::Archive), "two parts of one name");
    // One byte of a sheet that is not what its checksum says.
    let mut damaged = parts(&[("xl/worksheets/sheet1.xml", "<worksheet><!--0123456789--></worksheet>")]);
    let at = damaged.windows(10).position(|window| window == b"0123456789").unwrap();
    damaged[at] = b'9';
    assert_eq!(refused(&damaged), Some(Kind::Archive));
}

#[test]
fn merged_cells_of_the_table_refuse_it_and_those_of_a_title_do_not() {
    let sheet = |merged: &str| {
        let sheet = sheet_of(
            &["id", "status", "vin"],
            "<c><v>1</v></c><c t=\"s\"><v>0</v></c><c t=\"str\"><v>105-4711</v></c>",
        );
        sheet.replace(
            "</worksheet>",
            &format!("<mergeCells><mergeCell ref=\"{merged}\"/></mergeCells></worksheet>"),
        )
    };
    let ended = |merged: &str| objects(&workbook_of(&sheet(merged)), &TableMapping::default()).1;
    assert_eq!(ended("A1:C2"), None);
    let merged = Some(CsvReadErrorKind::Workbook(WorkbookErrorKind::MergedCells));
    assert_eq!([ended("A3:B3"), ended("B16:B18")], [merged, merged]);
}

#[test]
fn the_caps_of_a_workbook_hold() {
    let sheet = sheet_of(&["id", "status", "vin"], "<c><v>1</v></c>");
    let book = workbook_of(&sheet);
    let with = |change: fn(&mut WorkbookLimits)| {
        let mut limits = WorkbookLimits::default();
        change(&mut limits);
        let opened = open_sheet(Cursor::new(&book[..]), None, limits).map_err(|error| error.kind);
        opened.map(drop).err()
    };
    let large = Some(WorkbookErrorKind::TooLarge);
    assert_eq!(with(|limits| limits.file_bytes = 100), large);
    assert_eq!([with(|limits| limits.parts = 7), with(|limits| limits.parts = 6)], [None, large]);
    assert_eq!(with(|limits| limits.directory_bytes = 100), large);
    assert_eq!(with(|limits| limits.small_part_bytes = 60), large);
    assert_eq!(
        [with(|limits| limits.shared_texts = 2), with(|limits| limits.shared_texts = 1)],
        [None, large]
    );
    assert_eq!(
        [with(|limits| limits.shared_bytes = 10), with(|limits| limits.shared_bytes = 9)],
        [None, large]
    );
    let columns: String = (0..1_001).map(|_| "<c t=\"str\"><v>id</v></c>").collect();
    let wide = format!("<worksheet><sheetData><row>{columns}</row></sheetData></worksheet>");
    let ended = objects(&workbook_of(&wide), &TableMapping::default()).1;
    assert_eq!(ended, Some(CsvReadErrorKind::Workbook(WorkbookErrorKind::TooManyColumns)));

    // A bomb: half a gigabyte of spaces in half a megabyte, said to be small; and one that says how large it is.
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..64 {
        packer.write_all(&spaces).unwrap();
    }
    let packed = packer.finish().unwrap();
    for said in [Some(1_000), Some(64 << 20)] {
        let bomb = Part {
            name: "xl/worksheets/sheet1.xml",
            bytes: b"",
            packed: Some(packed.clone()),
            flags: 0,
            said_bytes: said,
        };
        let mut parts = vec![
            Part::stored("[Content_Types].xml", TYPES.as_bytes()),
            Part::stored("_rels/.rels", PACKAGE.as_bytes()),
            Part::stored("xl/workbook.xml", BOOK.as_bytes()),
            Part::stored("xl/_rels/workbook.xml.rels", RELATED.as_bytes()),
            Part::stored("xl/sharedStrings.xml", TEXTS.as_bytes()),
            Part::stored("xl/styles.xml", STYLES.as_bytes()),
        ];
        parts.push(bomb);
        let book = archive_of(&parts);
        let limits = WorkbookLimits { sheet_bytes: 16 << 20, ..WorkbookLimits::default() };
        let opened = open_sheet(Cursor::new(&book[..]), None, limits);
        assert_eq!(
            opened.map(drop).map_err(|error| error.kind),
            Err(WorkbookErrorKind::TooLarge),
            "{said:?}"
        );
    }
    let _ = archive::workbook_of("");
}

#[test]
fn the_page_names_every_code() {
    let page = include_str!("../../../../docs/formats/xlsx.md");
    for kind in WorkbookErrorKind::ALL {
        assert!(page.contains(&format!("`{}`", kind.code())), "{}", kind.code());
    }
    for code in [
        ReportCode::MangledNumber,
        ReportCode::NumberForText,
        ReportCode::TimeOfDay,
        ReportCode::Formula,
        ReportCode::CellError,
        ReportCode::HiddenRow,
    ] {
        assert!(page.contains(&format!("`{}`", code.as_str())), "{}", code.as_str());
    }
}
