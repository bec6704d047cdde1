//! Fuzz targets of the readers of outside formats: nothing makes them panic or run away.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_domain::codes::Database;
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_formats::documents_csv::{CsvLimits, TravelDocumentsReader};
use barid_formats::mrz;
use barid_formats::objects_csv::{ObjectMapping, ObjectsReader};
use barid_formats::screening_csv::{ListLimits, OtherColumns, ScreeningListReader};
use barid_formats::un::{Limits, UnItem, UnReader, to_group, to_person};

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
        let rows = TravelDocumentsReader::new(bytes, today(), country, CsvLimits::default());
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
    let mapping = ObjectMapping {
        columns: [("№", "id"), ("Что случилось", "status"), ("Госномер", "plates.number")]
            .map(|(own, name)| (own.to_owned(), name.to_owned()))
            .into(),
        values: [("status".to_owned(), pairs("угон", "stolen"))].into(),
        constants: pairs("country", "TJK"),
        left_out: ["Владелец".to_owned()].into(),
    };
    fuzz::run("objects_table", &tables, |bytes| {
        let plain = ObjectMapping::default();
        for (database, mapping) in [(Database::Vehicles, &mapping), (Database::Incidents, &plain)] {
            let rows =
                ObjectsReader::new(bytes, today(), database, mapping, CsvLimits::of_objects()).unwrap();
            assert!(rows.count() <= bytes.len() + 2);
        }
        // The same bytes as names and values of a mapping.
        if let Ok(text) = std::str::from_utf8(bytes) {
            let mut lines = text.lines().map(str::to_owned);
            let mut pairs = || lines.next().into_iter().zip(lines.next()).collect();
            let mapping = ObjectMapping { columns: pairs(), constants: pairs(), ..ObjectMapping::default() };
            let made =
                ObjectsReader::new(bytes, today(), Database::Vehicles, &mapping, CsvLimits::of_objects());
            let _ = (made.map(Iterator::count), mapping.fingerprint());
        }
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
