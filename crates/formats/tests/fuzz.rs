//! Fuzz targets of the readers of outside formats: nothing makes them panic or run away.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "all/archive.rs"]
#[allow(dead_code)]
mod archive;
#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_domain::codes::Database;
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_formats::documents_csv::{CsvLimits, TableSource, TravelDocumentsReader};
use barid_formats::ftm::{FtmLimits, FtmReader, entities_of, to_lines};
use barid_formats::list_items::ListItem;
use barid_formats::mapping::TableMapping;
use barid_formats::mrz;
use barid_formats::notices_json::{NoticesLimits, NoticesReader};
use barid_formats::objects_csv::ObjectsReader;
use barid_formats::ofac::{OfacLimits, OfacReader, OfacTables};
use barid_formats::persons_csv::PersonsReader;
use barid_formats::screening_csv::{ListLimits, OtherColumns, ScreeningListReader};
use barid_formats::un::{Limits, UnItem, UnReader, to_group, to_person};
use barid_formats::xlsx::{WorkbookLimits, open_sheet};

fn today() -> Day {
    Day::new(2026, 11, 23).unwrap()
}

#[test]
fn fuzz_machine_readable_zone() {
    let seeds: [&[u8]; 3] = [
        b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
        b"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        b"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
    ];
    fuzz::run("mrz", &seeds, |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = mrz::parse(text, today());
            let _ = mrz::fold(text);
        }
    });
}

const LIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CONSOLIDATED_LIST dateGenerated=\"2026-02-27T00:00:00Z\">\
<INDIVIDUALS><INDIVIDUAL><DATAID>100</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>Учебный</FIRST_NAME>\
<UN_LIST_TYPE>Exercise</UN_LIST_TYPE><REFERENCE_NUMBER>XAi.001</REFERENCE_NUMBER><LISTED_ON>2020-01-01</LISTED_ON>\
<NAME_ORIGINAL_SCRIPT>تدريب نموذج</NAME_ORIGINAL_SCRIPT><INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY>\
<ALIAS_NAME>अभ्यास नमूना</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE>\
<FROM_YEAR>1965</FROM_YEAR><TO_YEAR>1969</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS>\
<ENTITIES><ENTITY><DATAID>2</DATAID><REFERENCE_NUMBER>XXe.001</REFERENCE_NUMBER><FIRST_NAME>УЧЕБНЫЙ ФОНД (УФ)</FIRST_NAME>
<COMMENTS1>SWIFT: DCBKKPPY. IMO number: 5987860. Tel. +850-2-381 (x), Tax Number: 12. a@b.c</COMMENTS1>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Proba (عينة (original script); b) P</ALIAS_NAME></ENTITY_ALIAS>
</ENTITY></ENTITIES></CONSOLIDATED_LIST>";

#[test]
fn fuzz_un_list() {
    fuzz::run("un_list", &[LIST.as_bytes()], |bytes| {
        for item in UnReader::new(bytes, today(), Limits::default()) {
            match item {
                Ok(UnItem::Individual(individual)) => {
                    let _ = to_person(&individual, today());
                }
                Ok(UnItem::Entity(entity)) => {
                    let _ = to_group(&entity, today());
                }
                Ok(UnItem::Refused(_)) => {}
                Err(_) => break,
            }
        }
    });
}

#[test]
fn fuzz_documents_table() {
    let table = "number,range_end,issuing_country,document_type,fraud_type,reason,reported_on\n\
                 XA 0012345,,XAX,passport,stolen,,2026-01-02\nC0001,C0099,XAX,passport,stolen-blank,,\n";
    fuzz::run("documents_table", &[table.as_bytes()], |bytes| {
        let country = CountryCode::new("XAX").ok();
        let rows =
            TravelDocumentsReader::new(TableSource::Lines(bytes), today(), country, CsvLimits::default());
        assert!(rows.count() <= bytes.len() + 2);
    });
}

#[test]
fn fuzz_objects_table() {
    let tables: [&[u8]; 3] = [
        "id,kind,reported_on,country,substances.substance,substances.2.weight,persons.name,persons.phones\n\
         ক-১,seizure,2026-10-02,XAX,heroin,12,Калачев,+992 37 221 00 00|+992 37 221 00 01\n"
            .as_bytes(),
        "id,status,vin,plates.number,plates.2.number,colours,remarks,remarks.language\n\
         1,stolen,XTA210990X1234567,А 123 ВС 77,١٢٣٤ د ر س,red|white,вмятина,ru\n"
            .as_bytes(),
        "\u{feff}№;Что случилось;plates.2.country;Госномер;Владелец\n৭;Угон;SAU;1234 АВ 01;x\n".as_bytes(),
    ];
    let pairs = |own: &str, name: &str| [(own.to_owned(), name.to_owned())].into();
    let mapping = TableMapping {
        columns: [("№", "id"), ("Что случилось", "status"), ("Госномер", "plates.number")]
            .map(|(own, name)| (own.to_owned(), name.to_owned()))
            .into(),
        values: [("status".to_owned(), pairs("угон", "stolen"))].into(),
        constants: pairs("country", "TJK"),
        left_out: ["Владелец".to_owned()].into(),
    };
    fuzz::run("objects_table", &tables, |bytes| {
        let plain = TableMapping::default();
        for (database, mapping) in [(Database::Vehicles, &mapping), (Database::Incidents, &plain)] {
            let rows = ObjectsReader::new(
                TableSource::Lines(bytes),
                today(),
                database,
                mapping,
                CsvLimits::of_objects(),
            )
            .unwrap();
            assert!(rows.count() <= bytes.len() + 2);
        }
        // The same bytes as names and values of a mapping.
        if let Ok(text) = std::str::from_utf8(bytes) {
            let mut lines = text.lines().map(str::to_owned);
            let mut pairs = || lines.next().into_iter().zip(lines.next()).collect();
            let mapping = TableMapping { columns: pairs(), constants: pairs(), ..TableMapping::default() };
            let made = ObjectsReader::new(
                TableSource::Lines(bytes),
                today(),
                Database::Vehicles,
                &mapping,
                CsvLimits::of_objects(),
            );
            let _ = (made.map(Iterator::count), mapping.fingerprint());
        }
    });
}

/// Four tables in one input, with a line of a section mark between them.
#[test]
fn fuzz_ofac_tables() {
    let set = "7,\"КАЛАЧЕВ, В\",\"individual\",\"SDGT] [IFSR\",\"Colonel\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB circa 1951; POB \
               Cali, Korea, North; Passport D1 (Libya) issued 22 Jan 2015 expires 2017; a.k.a. 'X'; Digital Currency \
               Address - XBT 1B.\"\n8,\"ARK\",\"vessel\",\"IRAN\",-0- ,\"9HDQ9\",\"Tanker\",\"99\",\"56\",\"Malta\",-0- ,\"Vessel \
               Registration Identification IMO 9187655; MMSI 256842000.\"\n9,\"MSN 615\",\"aircraft\",\"X\",-0- ,-0- ,-0- ,\
               -0- ,-0- ,-0- ,-0- ,\"Aircraft Manufacture Date Jul 1994\"\n\u{1a}\n§\n7,1,\"aka\",\"أحمد\",-0- \n§\n7,2,\"Street\",\
               \"City\",\"Syria\",-0- \n§\n7,\"; Gender Male\"\n";
    fuzz::run("ofac_tables", &[set.as_bytes()], |bytes| {
        let mark = "§\n".as_bytes();
        let mut rest = bytes;
        let mut table = || {
            let at = rest.windows(mark.len()).position(|window| window == mark);
            let (table, behind) = rest.split_at(at.unwrap_or(rest.len()));
            rest = behind.get(mark.len()..).unwrap_or_default();
            table
        };
        let tables = OfacTables { items: table(), aliases: table(), addresses: table(), comments: table() };
        if let Ok(reader) = OfacReader::new(tables, today(), OfacLimits::default()) {
            assert!(reader.count() <= bytes.len() + 2);
        }
    });
}

#[test]
fn fuzz_ftm_entities() {
    let entities = r#"{"id":"p","schema":"Person","properties":{"name":["Калачев","कालाचेव"],"birthDate":["1971-03"],"nationality":["ru"],"topics":["wanted"],"addressEntity":["a"],"height":1.8}}
{"id":"d","schema":"Passport","properties":{"holder":["p"],"number":["C1"],"country":["tj"],"startDate":["2019"]}}
{"id":"s","schema":"Sanction","properties":{"entity":["p"],"listingDate":["2020-02-02"]}}
{"id":"a","schema":"Address","properties":{"city":["Хуҷанд"]}}
{"id":"v","schema":"Vehicle","properties":{"registrationNumber":["А 1 ВС"],"country":["ru"],"buildDate":["2001"]}}
{"id":"o","schema":"Company","properties":{"name":["ООО «Проба»"],"weakAlias":["П."],"jurisdiction":["ru"],"innCode":["7707083893"],"incorporationDate":["1998-05"],"phone":["+992 372 21 00 00"],"website":["example.org"],"addressEntity":["a"]}}
{"id":"w","schema":"CryptoWallet","properties":{"publicKey":["149w62rY42aZBox8fGcmqNsXUzSStKeq8C"]}}"#;
    fuzz::run("ftm_entities", &[entities.as_bytes()], |bytes| {
        let items = FtmReader::new(bytes, today(), FtmLimits::default());
        for item in items.flatten() {
            if let ListItem::Stated { id, stated, .. } = item {
                // What was read can be written, and is read again.
                if let Ok(entities) = entities_of(&id, None, &stated) {
                    let lines = to_lines(&entities);
                    assert!(FtmReader::new(lines.as_bytes(), today(), FtmLimits::default()).count() >= 1);
                }
            }
        }
    });
}

#[test]
fn fuzz_notices() {
    let notices = r#"{"_embedded":{"notices":[{"entity_id":"2021/1","forename":"Валерий","name":"Калачев","date_of_birth":"1971/03/02","nationalities":["RU"],"sex_id":"M","arrest_warrants":[{"issuing_country_id":"XA","charge":"x"}],"_links":{"self":{"href":"https://x/notices/v1/red/1"}}}]}}"#;
    fuzz::run("notices", &[notices.as_bytes()], |bytes| {
        if let Ok(reader) = NoticesReader::new(bytes, today(), NoticesLimits::default()) {
            assert!(reader.count() <= bytes.len() + 2);
        }
    });
}

#[test]
fn fuzz_persons_table() {
    let table = "id,names.text,names.parts,names.parts.2,aliases,births,sex,nationalities,statuses,offences,documents.type,\
                 documents.number,birth_places.city,remarks\nক-১,Калачев Валерий,,,Kalachev|কালাচেভ,১৯৭১,male,XAX,wanted,\
                 financial-crime.fraud,passport,XA 0012345,Душанбе,x\n2,,নমুনা,উদাহরণ,,1350-12-11 solar-hijri,,,missing,,,,,\n";
    fuzz::run("persons_table", &[table.as_bytes()], |bytes| {
        let (limits, mapping) = (CsvLimits::of_objects(), TableMapping::default());
        let source = TableSource::Lines(bytes);
        let rows = PersonsReader::new(source, today(), Database::Persons, &mapping, limits).unwrap();
        assert!(rows.count() <= bytes.len() + 2);
    });
}

#[test]
fn fuzz_workbook() {
    let books: [&[u8]; 2] =
        [include_bytes!("data/vehicles-openpyxl.xlsx"), include_bytes!("data/persons-xlsxwriter.xlsx")];
    // What a damaged archive may unpack to is capped far below what an honest one has.
    let limits = WorkbookLimits {
        small_part_bytes: 1 << 20,
        shared_part_bytes: 1 << 20,
        sheet_bytes: 1 << 20,
        ..WorkbookLimits::default()
    };
    fuzz::run("workbook", &books, |bytes| {
        for name in [None, Some("Угон")] {
            let Ok(sheet) = open_sheet(std::io::Cursor::new(bytes), name, limits) else { continue };
            let (source, mapping) = (TableSource::Sheet(Box::new(sheet)), TableMapping::default());
            let rows =
                ObjectsReader::new(source, today(), Database::Vehicles, &mapping, CsvLimits::of_objects());
            assert!(rows.unwrap().count() <= (1 << 20));
        }
    });
}

/// The XML of a sheet, within an archive that is sound: damage behind the archive's own checks.
#[test]
fn fuzz_sheet() {
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c>\
                 <c r=\"B1\" t=\"str\"><v>status</v></c><c r=\"C1\" t=\"inlineStr\"><is><r><t>v</t></r><r><t>in</t></r></is></c>\
                 </row><row hidden=\"1\"><c><v>7</v></c><c t=\"s\"><v>0</v></c><c s=\"1\"><f>1+1</f><v>46297</v></c></row>\
                 </sheetData><mergeCells><mergeCell ref=\"A9:B9\"/></mergeCells></worksheet>";
    fuzz::run("sheet", &[sheet.as_bytes()], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let book = archive::workbook_of(text);
        let Ok(sheet) = open_sheet(std::io::Cursor::new(&book), None, WorkbookLimits::default()) else {
            return;
        };
        let (source, mapping) = (TableSource::Sheet(Box::new(sheet)), TableMapping::default());
        let rows = ObjectsReader::new(source, today(), Database::Vehicles, &mapping, CsvLimits::of_objects());
        assert!(rows.unwrap().count() <= bytes.len() + 2);
    });
}

#[test]
fn fuzz_screening_list() {
    let lists: [&[u8]; 2] = [
        "\u{feff}name,born,nationality,sex,document number,reference\nКалачев,02.03.1971,XAX,m,XA 1,A-1\n"
            .as_bytes(),
        "given names\tsurname\tphoto\n\"أحمد\"\tالتجربة\tx\n".as_bytes(),
    ];
    fuzz::run("screening_list", &lists, |bytes| {
        for other in [OtherColumns::Refused, OtherColumns::LeftOut] {
            let rows = ScreeningListReader::new(bytes, other, ListLimits::default());
            assert!(rows.count() <= bytes.len() + 2);
        }
    });
}
