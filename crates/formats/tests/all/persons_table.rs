//! Tables of persons: names whole and in parts, dates of several calendars, and what is refused.

use barid_domain::codes::{AliasStrength, Database, DocumentType, NameKind, Offence, PersonStatus, Sex};
use barid_domain::dates::Day;
use barid_domain::persons::Person;
use barid_formats::documents_csv::{CsvLimits, CsvReadErrorKind, TableSource};
use barid_formats::mapped_rows::MappedRow;
use barid_formats::mapping::{TableMapping, table_of, template};
use barid_formats::persons_csv::{PersonRow, PersonsReader};
use barid_formats::report::ReportCode;

fn read(table: &str) -> (Vec<PersonRow>, Option<CsvReadErrorKind>) {
    let (today, mapping) = (Day::new(2026, 11, 26).unwrap(), TableMapping::default());
    let source = TableSource::Lines(table.as_bytes());
    let reader = PersonsReader::new(source, today, Database::Persons, &mapping, CsvLimits::of_objects());
    let (mut rows, mut ended) = (Vec::new(), None);
    for row in reader.unwrap() {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => ended = Some(error.kind),
        }
    }
    (rows, ended)
}

fn person(header: &str, row: &str) -> Person {
    match read(&format!("{header}\n{row}\n")).0.remove(0) {
        MappedRow::Stated { statement, .. } => *statement,
        refused => panic!("{row}: {refused:?}"),
    }
}

fn faults(header: &str, row: &str) -> Vec<(String, ReportCode)> {
    match read(&format!("{header}\n{row}\n")).0.remove(0) {
        MappedRow::Refused { report, .. } => report.into_iter().map(|row| (row.field, row.code)).collect(),
        taken => panic!("{row}: {taken:?}"),
    }
}

#[test]
fn a_row_says_all_that_a_record_of_a_person_has() {
    let header = "id,names.text,names.2.parts.1,names.2.parts.2,names.2.kind,names.2.strength,names.2.in_language,aliases,sex,\
                  births,birth_places.city,birth_places.country,nationalities,statuses,minor,offences,warnings,\
                  documents.type,documents.number,documents.issuing_country,documents.issued_on,documents.expires_on,\
                  documents.2.type,documents.2.number,addresses.country_text,functions,descriptions,remarks,\
                  remarks.language,references.scheme,references.number,listed_on";
    let row = "ক-১,Калачев Валерий,التجربة,أحمد,birth,weak,ar,Kalachev Valery|কালাচেভ,Male,1971-03-02|১৯৭২,Душанбе,TJK,TJK|RU,\
               wanted|suspect,no,financial-crime.fraud,,passport,XA 0012345,XAX,02.03.2020,2030,identity-card,,Хатлон,\
               ক|খ,high,видел сосед|ещё,ru,CASE,12/7,2026-10-02";
    let person = person(header, row);
    let names: Vec<_> =
        person.names.iter().map(|name| (name.text.as_str(), name.kind, name.script.as_str())).collect();
    assert_eq!(
        names,
        [
            ("Калачев Валерий", NameKind::Primary, "Cyrl"),
            ("التجربة أحمد", NameKind::Birth, "Arab"),
            ("Kalachev Valery", NameKind::Alias, "Latn"),
            ("কালাচেভ", NameKind::Alias, "Beng"),
        ]
    );
    let second = &person.names[1];
    assert_eq!((second.parts.len(), second.strength), (2, Some(AliasStrength::Weak)));
    assert_eq!((second.language.as_deref(), person.sex), (Some("ar"), Sex::Male));
    let births: Vec<String> = person.births.iter().map(ToString::to_string).collect();
    assert_eq!(births, ["1971-03-02", "1972"]);
    assert_eq!(person.birth_places[0].city.as_deref(), Some("Душанбе"));
    assert_eq!(person.nationalities.iter().map(ToString::to_string).collect::<Vec<_>>(), ["TJK", "RUS"]);
    assert_eq!(person.statuses, [PersonStatus::Wanted, PersonStatus::Suspect]);
    assert_eq!((person.offences[0], person.minor), (Offence::Fraud, false));
    let document = &person.documents[0];
    assert_eq!(
        (document.document_type, document.number.as_deref()),
        (DocumentType::Passport, Some("XA 0012345"))
    );
    assert_eq!(document.issued_on.unwrap().to_string(), "2020-03-02");
    assert_eq!(document.expires_on.unwrap().to_string(), "2030");
    assert_eq!(person.addresses[0].country_text.as_deref(), Some("Хатлон"));
    assert_eq!((person.functions.len(), person.remarks.len()), (2, 2));
    assert_eq!((person.remarks[1].language.as_str(), person.references[0].number.as_str()), ("ru", "12/7"));
    assert_eq!(person.listed_on, Some("2026-10-02".parse().unwrap()));
}

#[test]
fn dates_of_birth_are_read_in_the_calendar_they_name() {
    let births = |text: &str| {
        person("id,names.text,statuses,births", &format!("1,Намуна,missing,{text}")).births[0].to_string()
    };
    for (text, expected) in [
        ("1971-03-02", "1971-03-02"),
        ("02.03.1971", "1971-03-02"),
        ("1350-12-11 solar-hijri", "1972-03-01"),
        ("१९७१", "1971"),
        ("2514 พ.ศ.", "1971"),
        ("১৯৭১", "1971"),
    ] {
        assert_eq!(births(text), expected, "{text}");
    }
    for (text, code) in [
        ("1350-12-11", ReportCode::AmbiguousDate),
        ("31.02.1971", ReportCode::ImpossibleDate),
        ("вчера", ReportCode::ImpossibleDate),
        ("2514", ReportCode::AmbiguousDate),
        ("১৩৭৮", ReportCode::AmbiguousDate),
        // Of Vikram Samvat it would be 1974.
        ("2031-01-01", ReportCode::AmbiguousDate),
        ("2031-01-01 AD", ReportCode::FutureDate),
    ] {
        let header = "id,names.text,statuses,births";
        assert_eq!(
            faults(header, &format!("1,Намуна,missing,1971|{text}")),
            [("births.2".to_owned(), code)],
            "{text}"
        );
    }
}

#[test]
fn a_bad_row_is_refused_with_every_fault_and_its_column() {
    let header =
        "id,names.text,names.2.text,aliases,sex,statuses,offences,documents.number,minor,references.scheme";
    for (row, expected) in [
        (",,,,,,,,,", vec![("id", ReportCode::Missing), ("statuses", ReportCode::Missing)]),
        ("1,,,,,missing,,,,", vec![("names", ReportCode::Missing)]),
        ("1,Намуна,,,,wanted,,,,", vec![("offences", ReportCode::Missing)]),
        ("1,12345,,,,missing,,,,", vec![("names.text", ReportCode::NotAName)]),
        (
            "1,Намуна,,777|কালাচেভ|777,,missing,,,,",
            vec![
                ("aliases", ReportCode::NotAName),
                ("aliases.3", ReportCode::NotAName),
                ("aliases.3", ReportCode::Duplicate),
            ],
        ),
        ("1,,7,,,missing,,,,", vec![("names.2.text", ReportCode::NotAName)]),
        (
            "1,Намуна,,,мужской,missing|dead,кража,,может быть,",
            vec![
                ("sex", ReportCode::UnknownValue),
                ("minor", ReportCode::UnknownValue),
                ("offences", ReportCode::UnknownValue),
                ("statuses", ReportCode::Contradiction),
            ],
        ),
        ("1,Намуна,,,,missing|dead,,,,", vec![("statuses", ReportCode::Contradiction)]),
        ("1,Намуна,,,,missing,,1.23457E+14,,", vec![("documents.number", ReportCode::MangledNumber)]),
        ("1,Намуна,,,,missing,,XA 1,,", vec![("documents.type", ReportCode::Missing)]),
        ("1,Намуна,,,,missing,,,,CASE", vec![("references.number", ReportCode::Missing)]),
    ] {
        let expected: Vec<(String, ReportCode)> =
            expected.into_iter().map(|(field, code)| (field.to_owned(), code)).collect();
        assert_eq!(faults(header, row), expected, "{row}");
    }
    // No column asks for an action, and none that is not known is passed over.
    let (_, ended) = read("id,names.text,statuses,arrest\n");
    assert_eq!(ended, Some(CsvReadErrorKind::UnknownColumn { column: 4 }));
    let (_, ended) = read("id,names.text\n");
    assert_eq!(ended, Some(CsvReadErrorKind::MissingColumn { name: "statuses" }));
}

#[test]
fn a_template_is_a_header_that_is_read() {
    for database in [Database::Persons, Database::Vehicles, Database::Incidents] {
        let columns = template(table_of(database).unwrap());
        assert!(columns.iter().all(|column| !column.says.is_empty() && !column.holds.is_empty()));
    }
    let names: Vec<String> =
        template(table_of(Database::Persons).unwrap()).into_iter().map(|column| column.name).collect();
    assert_eq!(read(&format!("{}\n", names.join(","))), (vec![], None));
}

#[test]
fn the_page_names_every_column() {
    let page = include_str!("../../../../docs/formats/persons-csv.md");
    for column in template(table_of(Database::Persons).unwrap()) {
        assert!(page.contains(&format!("`{}`", column.name)), "{}", column.name);
    }
    assert!(page.contains("`ambiguous-date`"));
}
