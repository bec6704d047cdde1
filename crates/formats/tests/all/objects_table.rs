//! Tables of objects: what is taken, what is refused and by which name, and what a bureau's own words stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Cursor, Read};

use barid_domain::codes::{CodeList, Database};
use barid_domain::dates::Day;
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::tables::TABLES;
use barid_formats::documents_csv::{CsvLimits, CsvReadErrorKind, TableSource};
use barid_formats::mapped_rows::AboutRow;
use barid_formats::mapping::{ID, ID_CAP, MappingErrorKind, TableMapping};
use barid_formats::objects_csv::{ObjectRow, ObjectsReader};
use barid_formats::report::ReportCode;

fn today() -> Day {
    Day::new(2026, 11, 26).unwrap()
}

fn reader<R: BufRead>(source: R, database: Database, limits: CsvLimits) -> ObjectsReader<R> {
    ObjectsReader::new(TableSource::Lines(source), today(), database, &TableMapping::default(), limits)
        .unwrap()
}

fn read_mapped(
    table: &[u8],
    database: Database,
    mapping: &TableMapping,
) -> (Vec<ObjectRow>, Option<CsvReadErrorKind>) {
    let mut rows = Vec::new();
    for row in
        ObjectsReader::new(TableSource::Lines(table), today(), database, mapping, CsvLimits::of_objects())
            .unwrap()
    {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => return (rows, Some(error.kind)),
        }
    }
    (rows, None)
}

fn read(table: &[u8], database: Database) -> (Vec<ObjectRow>, Option<CsvReadErrorKind>) {
    read_mapped(table, database, &TableMapping::default())
}

/// What is said: `vin=..`, `plates=(number=.. country=..)`.
fn shown(object: &Object) -> Vec<String> {
    said(object.table().unwrap().fields, &object.fields)
}

fn said(table: &[Field], fields: &Fields) -> Vec<String> {
    let shown = |field: &Field, value: &Value| match (field.kind, value) {
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Note(note)) => format!("{}:{}", note.language, note.text),
        (FieldKind::Code(codes), Value::Code(number)) => (codes.name)(*number).unwrap().to_owned(),
        (_, Value::Day(day)) => day.to_string(),
        (_, Value::Interval(days)) => days.to_string(),
        (_, Value::Country(country)) => country.to_string(),
        (_, Value::Quantity(number)) => number.to_string(),
        (FieldKind::Group(inner), Value::Group(fields)) => format!("({})", said(inner, fields).join(" ")),
        other => panic!("{other:?}"),
    };
    let all = table.iter().flat_map(|field| fields.get(field.key).iter().map(move |value| (field, value)));
    all.map(|(field, value)| format!("{}={}", field.name, shown(field, value))).collect()
}

fn object(database: Database, header: &str, row: &str) -> Vec<String> {
    match &read(format!("{header}\n{row}\n").as_bytes(), database).0[..] {
        [ObjectRow::Stated { statement: object, .. }] => shown(object),
        other => panic!("{row}: {other:?}"),
    }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn fields_groups_lists_and_notes_are_read() {
    let header = "id,Status,VIN,plates.number,plates.country,plates.2.number,plates.2.country,colours,remarks,remarks.language,year,reported_on";
    let row = "7,Stolen,XTA210990X1234567,А 123 ВС 77,RUS,١٢٣٤ د ر س,SAU,Red|white,вмятина на крыле,ru,1999,2026-10-02";
    assert_eq!(
        object(Database::Vehicles, header, row),
        [
            "status=stolen",
            "reported_on=2026-10-02",
            "remarks=ru:вмятина на крыле",
            "vin=XTA210990X1234567",
            "plates=(number=А 123 ВС 77 country=RUS)",
            "plates=(number=١٢٣٤ د ر س country=SAU)",
            "year=1999",
            "colours=red",
            "colours=white",
        ]
    );
    let firearm = object(
        Database::Firearms,
        "id;status;serial;other_numbers;other_numbers.2;remarks",
        "क-१;lost;АК 4711;৪৭১২ | B-1;B-2;हत्था टूटा है|\"दूसरा\"",
    );
    assert_eq!(
        firearm,
        [
            "status=lost",
            "remarks=und:हत्था टूटा है",
            "remarks=und:\"दूसरा\"",
            "serial=АК 4711",
            "other_numbers=৪৭১২",
            "other_numbers=B-1",
            "other_numbers=B-2",
        ]
    );
    // A group that stands alone in the second place is the first one of its object.
    let cash = object(
        Database::CashAndAccounts,
        "id,status,kind,banknotes.number,banknotes.2.number,banknotes.2.range_end,currency,amount,remarks,remarks.language",
        "1,seized,cash,,AB 0000100,AB 0000200,eur,150000,一|二,zh|ja",
    );
    assert_eq!(
        cash,
        [
            "status=seized",
            "remarks=zh:一",
            "remarks=ja:二",
            "kind=cash",
            "banknotes=(number=AB 0000100 range_end=AB 0000200)",
            "amount=150000",
            "currency=EUR",
        ]
    );
}

#[test]
fn every_field_of_every_database_has_a_column() {
    for table in TABLES {
        let mut names = vec![ID.to_owned()];
        for field in table.fields {
            assert_ne!(field.name, ID);
            match field.kind {
                FieldKind::Group(inner) => {
                    let first = inner.iter().map(|inner| format!("{}.{}", field.name, inner.name));
                    names.extend(first);
                    let last =
                        inner.iter().map(|inner| format!("{}.{}.{}", field.name, field.most, inner.name));
                    names.extend(last.filter(|_| field.most > 1));
                }
                FieldKind::Note | FieldKind::LongNote => {
                    names.extend([field.name.to_owned(), format!("{}.language", field.name)])
                }
                _ => names.push(field.name.to_owned()),
            }
        }
        let header = format!("{}\n", names.join(","));
        assert_eq!(read(header.as_bytes(), table.database), (vec![], None), "{}", table.database);
    }
}

const HEADER: &str = "id,status,vin,plates.number,plates.2.number,plates.2.country,colours,year,reported_on,remarks,remarks.language\n";

fn faults(row: &[u8]) -> Vec<(String, ReportCode)> {
    match &read(&[HEADER.as_bytes(), row].concat(), Database::Vehicles).0[..] {
        [ObjectRow::Refused { report, .. }] => {
            report.iter().map(|row| (row.field.clone(), row.code)).collect()
        }
        other => panic!("{}: {other:?}", String::from_utf8_lossy(row)),
    }
}

#[test]
fn a_bad_row_is_refused_with_every_fault_and_its_column() {
    for (row, expected) in [
        (
            ",,,,,,,,,,",
            vec![("id", ReportCode::Missing), ("status", ReportCode::Missing), ("vin", ReportCode::Missing)],
        ),
        ("1,угнан,Ж,,,,,,,,", vec![("status", ReportCode::UnknownValue), ("vin", ReportCode::BadCharacters)]),
        ("1,stolen,1M8GDM9A1KP042788,,,,,,,,", vec![("vin", ReportCode::CheckDigit)]),
        ("1,stolen,=1+2,,,,,,,,", vec![("vin", ReportCode::BadCharacters)]),
        ("1,stolen,,,--,,,,,,", vec![("plates.2.number", ReportCode::BadCharacters)]),
        ("1,stolen,,,,XAX,,,,,", vec![("plates.2.number", ReportCode::Missing)]),
        ("1,stolen,,A12,B1!,Россия,,,,,", vec![("plates.2.country", ReportCode::UnknownCountry)]),
        (
            "1,stolen,,A12,,,red|жёлтый|синий,19 99,1966-02-31,,",
            vec![
                ("reported_on", ReportCode::ImpossibleDate),
                ("year", ReportCode::NotANumber),
                ("colours.2", ReportCode::UnknownValue),
                ("colours.3", ReportCode::UnknownValue),
            ],
        ),
        ("1,stolen,,A12,,,red|red|red|red,,,,", vec![("colours", ReportCode::TooMany)]),
        ("1,stolen,,A12,,,,+1999,,,", vec![("year", ReportCode::NotANumber)]),
        ("1,stolen,,A12,,,,99999999999999999999,,,", vec![("year", ReportCode::NotANumber)]),
        (
            "1,stolen,,A12,,,,1066,2027-01-01,,",
            vec![("reported_on", ReportCode::FutureDate), ("year", ReportCode::Impossible)],
        ),
        ("1,stolen,,A12,,,,,,текст,русский", vec![("remarks.language", ReportCode::UnknownValue)]),
        ("1,stolen,,A12,,,,,,один|два,ru|uz|tg", vec![("remarks.language", ReportCode::Contradiction)]),
        ("1,stolen,,A12,,,,,,", vec![("row", ReportCode::WrongColumns)]),
        ("1,stolen,,A12,,,,,,,,", vec![("row", ReportCode::WrongColumns)]),
        ("1,stolen,\"A12,,,,,,,,", vec![("row", ReportCode::UnclosedQuote)]),
        ("1,stolen,,A\u{0}2,,,,,,,", vec![("row", ReportCode::ControlCharacter)]),
    ] {
        let expected: Vec<(String, ReportCode)> =
            expected.into_iter().map(|(field, code)| (field.to_owned(), code)).collect();
        assert_eq!(faults(row.as_bytes()), expected, "{row}");
    }
    assert_eq!(faults(b"1,stolen,,\xff,,,,,,,"), [("row".to_owned(), ReportCode::NotUtf8)]);
    let long = format!("1,stolen,,A12,,,,,,{},", "я".repeat(1_001));
    assert_eq!(faults(long.as_bytes()), [("remarks".to_owned(), ReportCode::TooLong)]);
    let long = format!("{},stolen,,A12,,,,,,,", "9".repeat(ID_CAP + 1));
    assert_eq!(faults(long.as_bytes()), [(ID.to_owned(), ReportCode::TooLong)]);
}

#[test]
fn a_report_repeats_no_value_and_the_rows_behind_a_bad_one_are_taken() {
    let table = format!(
        "{HEADER}A1,угнан,SECRET17,SECRET18,,,SECRET19,SECRET20,SECRET21,SECRET22,SECRET23\n\n  \r\nA2,stolen,,А 123 ВС,,,,,,,\r\nA2,lost,,А 124 ВС,,,,,,,"
    );
    let (rows, error) = read(table.as_bytes(), Database::Vehicles);
    assert_eq!(error, None);
    let [
        ObjectRow::Refused { report, .. },
        ObjectRow::Stated { place, id, .. },
        ObjectRow::Refused { report: again, about, .. },
    ] = &rows[..]
    else {
        panic!("{rows:?}")
    };
    assert_eq!((place.line, id.as_str(), again[0].code), (5, "A2", ReportCode::Duplicate));
    assert_eq!((again[0].field.as_str(), about), (ID, &AboutRow::EarlierRow));
    let said: Vec<String> = report.iter().chain(again).map(ToString::to_string).collect();
    assert!(
        report.len() >= 4 && said.iter().all(|said| !said.contains("SECRET") && !said.contains("A2")),
        "{said:?}"
    );
}

#[test]
fn a_refused_row_says_which_object_it_is_about() {
    let about = |rows: &str| -> Vec<Option<AboutRow>> {
        let (rows, error) = read(format!("id,status,vin\n{rows}").as_bytes(), Database::Vehicles);
        assert_eq!(error, None);
        let about = |row: ObjectRow| match row {
            ObjectRow::Stated { .. } => None,
            ObjectRow::Refused { about, .. } => Some(about),
        };
        rows.into_iter().map(about).collect()
    };
    // The first row counts, be it refused: a table that says two things of one object says neither.
    let rows = about("৭,угнан,105-4711\n ৭ ,stolen,105-4711\n8,stolen,105-4711\n,stolen,105-4711\n9\n");
    assert_eq!(
        rows,
        [
            Some(AboutRow::Row("৭".to_owned())),
            Some(AboutRow::EarlierRow),
            None,
            Some(AboutRow::Unreadable),
            Some(AboutRow::Unreadable),
        ]
    );
}

#[test]
fn a_header_is_read_whole_or_refused_with_its_code() {
    use CsvReadErrorKind as Kind;
    for (header, kind) in [
        ("", Kind::NoHeader),
        ("\"id\n", Kind::NoHeader),
        ("id,status,Владелец\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,plates\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,plates.0.number\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,plates.11.number\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,plates.number.x\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,vin.2\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,vin.language\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,plates.1,\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,serial\n", Kind::UnknownColumn { column: 3 }),
        ("id,status,vin,VIN\n", Kind::RepeatedColumn { column: 4 }),
        ("id,status,plates.number,plates.1.number\n", Kind::RepeatedColumn { column: 4 }),
        ("status,vin\n", Kind::MissingColumn { name: "id" }),
        ("id,vin\n", Kind::MissingColumn { name: "status" }),
        ("id,status,remarks.language\n", Kind::MissingColumn { name: "remarks" }),
    ] {
        assert_eq!(read(header.as_bytes(), Database::Vehicles), (vec![], Some(kind)), "{header:?}");
    }
    assert_eq!(read(b"\xff\n", Database::Vehicles).1, Some(Kind::NoHeader));
    let error = reader(&b"id,status,x\n"[..], Database::Vehicles, CsvLimits::of_objects()).next();
    assert!(error.unwrap().unwrap_err().to_string().contains("csv-unknown-column"));
}

/// A list as a bureau keeps it: its own columns, its own words.
fn own_mapping() -> TableMapping {
    TableMapping {
        columns: pairs(&[
            ("№ п/п", "id"),
            ("Что случилось", "status"),
            ("Госномер", "plates.number"),
            ("Страна", "plates.country"),
            ("Старый номер", "plates.2.number"),
            ("Кузов", "vin"),
            ("Цвет", "colours"),
            ("Приметы", "remarks"),
        ]),
        values: [
            ("status".to_owned(), pairs(&[("угон", "stolen"), ("Утрачен", "lost")])),
            ("plates.country".to_owned(), pairs(&[("Таджикистан", "TJK"), ("Россия", "RUS")])),
            ("colours".to_owned(), pairs(&[("красный", "red"), ("белый", "white"), ("не указан", "")])),
            ("vin".to_owned(), pairs(&[("б/н", "")])),
        ]
        .into(),
        constants: pairs(&[("country", "TJK"), ("remarks.language", "ru"), ("plates.2.country", "RUS")]),
        left_out: BTreeSet::from(["Владелец".to_owned(), String::new()]),
    }
}

const OWN_HEADER: &str = "№ п/п;Что случилось;ГОСНОМЕР;Страна;Старый номер;Кузов;Цвет;Приметы;владелец ;\n";

#[test]
fn a_mapping_says_what_own_columns_and_values_stand_for() {
    let mapping = own_mapping();
    let rows = "12;Угон;1234 АВ 01;таджикистан;;б/н;красный|БЕЛЫЙ;вмятина;Сосед;\n\
                13;утрачен;;;А 123 ВС 77;;не указан;;;\n\
                14;stolen;;;;;;;;\n";
    let (rows, error) = read_mapped(format!("{OWN_HEADER}{rows}").as_bytes(), Database::Vehicles, &mapping);
    assert_eq!(error, None);
    let [
        ObjectRow::Stated { statement: object, .. },
        ObjectRow::Stated { statement: second, .. },
        ObjectRow::Refused { report, .. },
    ] = &rows[..]
    else {
        panic!("{rows:?}")
    };
    assert_eq!(
        shown(object),
        [
            "status=stolen",
            "country=TJK",
            "remarks=ru:вмятина",
            "plates=(number=1234 АВ 01 country=TJK)",
            "colours=red",
            "colours=white",
        ]
    );
    assert_eq!(
        shown(second),
        ["status=lost", "country=TJK", "plates=(number=А 123 ВС 77 country=RUS)"],
        "what every row would say begins no group"
    );
    assert_eq!((report[0].field.as_str(), report[0].code), ("vin", ReportCode::Missing));
    // A column that is not mapped, known or left out refuses the table all the same, and so does one that is constant.
    let other = OWN_HEADER.replace("владелец", "Телефон");
    let unknown = CsvReadErrorKind::UnknownColumn { column: 9 };
    assert_eq!(read_mapped(other.as_bytes(), Database::Vehicles, &mapping), (vec![], Some(unknown)));
    let other = OWN_HEADER.replace("Кузов", "country");
    let repeated = CsvReadErrorKind::RepeatedColumn { column: 6 };
    assert_eq!(read_mapped(other.as_bytes(), Database::Vehicles, &mapping), (vec![], Some(repeated)));
    let both = OWN_HEADER.replace("Кузов", "plates.number");
    assert_eq!(read_mapped(both.as_bytes(), Database::Vehicles, &mapping), (vec![], Some(repeated)));
}

#[test]
fn a_mapping_that_does_not_fit_is_refused_by_place() {
    let refused = |mapping: TableMapping, database| {
        let made = ObjectsReader::new(
            TableSource::Lines(&b""[..]),
            today(),
            database,
            &mapping,
            CsvLimits::of_objects(),
        );
        let error = made.err().unwrap_or_else(|| panic!("{mapping:?}"));
        (error.place, error.kind)
    };
    use MappingErrorKind as Kind;
    let with = |change: fn(&mut TableMapping)| {
        let mut mapping = TableMapping::default();
        change(&mut mapping);
        refused(mapping, Database::Vehicles)
    };
    let to = |place: &str, kind| (place.to_owned(), kind);
    let bad = with(|mapping| mapping.columns = pairs(&[("Калибр", "calibre")]));
    assert_eq!(bad, to("columns.Калибр", Kind::UnknownField));
    let bad = with(|mapping| mapping.columns = pairs(&[("ЦВЕТ", "colours"), ("Цвет ", "vin")]));
    assert_eq!(bad, to("columns.Цвет ", Kind::Repeated));
    let bad = with(|mapping| {
        mapping.columns = pairs(&[("ЦВЕТ", "colours")]);
        mapping.left_out = BTreeSet::from(["цвет".to_owned()]);
    });
    assert_eq!(bad, to("left_out.цвет", Kind::Repeated));
    let bad = with(|mapping| mapping.values = [("plates.2.country".to_owned(), pairs(&[]))].into());
    assert_eq!(bad, to("values.plates.2.country", Kind::UnknownField));
    let bad = with(|mapping| mapping.values = [("status".to_owned(), pairs(&[("угон", "угнан")]))].into());
    assert_eq!(bad, to("values.status.угон", Kind::UnfitValue));
    let twice = |mapping: &mut TableMapping| {
        mapping.values = [("status".to_owned(), pairs(&[("Угон", "stolen"), ("угон", "lost")]))].into();
    };
    assert_eq!(with(twice), to("values.status.угон", Kind::Repeated));
    let bad = with(|mapping| mapping.constants = pairs(&[("id", "1")]));
    assert_eq!(bad, to("constants.id", Kind::UnknownField));
    for (name, text) in
        [("status", "угнан"), ("country", "Россия"), ("status", ""), ("remarks.language", "по-русски")]
    {
        let mapping = TableMapping { constants: pairs(&[(name, text)]), ..TableMapping::default() };
        assert_eq!(refused(mapping, Database::Vehicles), to(&format!("constants.{name}"), Kind::UnfitValue));
    }
    let none = refused(TableMapping::default(), Database::TravelDocuments);
    assert_eq!(none, to("database", Kind::NoMapping));
}

#[test]
fn another_mapping_has_another_fingerprint() {
    let mut fingerprints =
        BTreeSet::from([TableMapping::default().fingerprint(), own_mapping().fingerprint()]);
    let changes: [fn(&mut TableMapping); 5] = [
        |mapping| drop(mapping.columns.remove("Кузов")),
        |mapping| drop(mapping.constants.insert("country".to_owned(), "UZB".to_owned())),
        |mapping| assert!(mapping.left_out.insert("x".to_owned())),
        |mapping| drop(mapping.values.insert("kind".to_owned(), BTreeMap::new())),
        |mapping| drop(mapping.values.get_mut("status").unwrap().insert("x".to_owned(), "found".to_owned())),
    ];
    for change in changes {
        let mut mapping = own_mapping();
        change(&mut mapping);
        assert!(fingerprints.insert(mapping.fingerprint()), "{mapping:?}");
    }
    assert_eq!(own_mapping().fingerprint(), own_mapping().fingerprint());
}

#[test]
fn a_table_that_was_cut_off_ends_without_a_line_break() {
    for (table, whole) in
        [("id,status\n1,x\n", true), ("id,status\n1,x", false), ("id,status\n1,x\n2", false)]
    {
        let mut reader = reader(table.as_bytes(), Database::Vehicles, CsvLimits::of_objects());
        while reader.next().is_some() {}
        assert_eq!((reader.ends_with_line_break(), reader.bytes_read()), (whole, table.len() as u64));
    }
}

#[test]
fn the_caps_hold_to_the_last_one() {
    let table = "id,status,vin\n1,stolen,105-4711\n2,stolen,105-4712\n";
    let outcome = |limits: CsvLimits| {
        let last = reader(table.as_bytes(), Database::Vehicles, limits).last().unwrap();
        last.err().map(|error| (error.kind, error.rows_before))
    };
    let limits = CsvLimits::of_objects();
    assert_eq!(outcome(CsvLimits { rows: 2, ..limits }), None);
    assert_eq!(outcome(CsvLimits { rows: 1, ..limits }), Some((CsvReadErrorKind::TooManyRows, 1)));
    let size = table.len() as u64;
    assert_eq!(outcome(CsvLimits { total_bytes: size, ..limits }), None);
    assert_eq!(outcome(CsvLimits { total_bytes: size - 1, ..limits }), Some((CsvReadErrorKind::TooLarge, 1)));
    for (padding, is_refused) in [(0, false), (1, true)] {
        let row = "1,stolen,105-4711";
        let pad = " ".repeat(limits.row_bytes - row.len() + padding);
        let padded = format!("id,status,vin\n{row}{pad}\n");
        let rows: Vec<_> =
            reader(padded.as_bytes(), Database::Vehicles, limits).map(Result::unwrap).collect();
        assert_eq!(matches!(&rows[..], [ObjectRow::Refused { .. }]), is_refused, "{padding}");
    }
    let endless = Cursor::new("id,status,vin\n").chain(std::io::repeat(b'A').take(32 << 20));
    let limits = CsvLimits { total_bytes: 16 << 20, ..limits };
    let last = reader(BufReader::new(endless), Database::Vehicles, limits).last();
    assert_eq!(last.unwrap().unwrap_err().kind, CsvReadErrorKind::TooLarge);
}

#[test]
fn the_page_names_every_database_and_code() {
    let page = include_str!("../../../../docs/formats/objects-csv.md");
    for table in TABLES {
        let name = Database::LISTED.iter().find(|(database, _)| *database == table.database).unwrap().1;
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    for kind in [
        CsvReadErrorKind::Source,
        CsvReadErrorKind::TooLarge,
        CsvReadErrorKind::TooManyRows,
        CsvReadErrorKind::NoHeader,
        CsvReadErrorKind::UnknownColumn { column: 1 },
        CsvReadErrorKind::RepeatedColumn { column: 1 },
        CsvReadErrorKind::MissingColumn { name: ID },
    ] {
        assert!(page.contains(&format!("`{}`", kind.code())), "{}", kind.code());
    }
    use MappingErrorKind as Kind;
    for kind in [Kind::NoMapping, Kind::UnknownField, Kind::UnfitValue, Kind::Repeated] {
        assert!(page.contains(&format!("`{}`", kind.code())), "{}", kind.code());
    }
}
