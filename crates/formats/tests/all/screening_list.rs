//! Lists of people to screen: what is read, what is named as unreadable, and where a reading ends.

use std::io::Read;

use barid_domain::codes::Sex;
use barid_formats::report::ReportCode;
use barid_formats::screening_csv::{
    COLUMNS_CAP, ListLimits, ListReadErrorKind, ListRow, OtherColumns, ScreeningListReader,
};

fn read_with(
    list: &[u8],
    other: OtherColumns,
    limits: ListLimits,
) -> (Vec<ListRow>, Option<ListReadErrorKind>) {
    let mut rows = Vec::new();
    for row in ScreeningListReader::new(list, other, limits) {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => return (rows, Some(error.kind)),
        }
    }
    (rows, None)
}

fn read(list: &str) -> (Vec<ListRow>, Option<ListReadErrorKind>) {
    read_with(list.as_bytes(), OtherColumns::Refused, ListLimits::default())
}

#[test]
fn rows_are_read_in_every_script_and_writing() {
    let list = "\u{feff}Reference,Name,Born,Nationality,Sex,Document number,issuing-country\r\n\
        A-1,Калачев Валерий,1971-03-02,XAX,M,XA 0012-345,XA\r\n\
        \r\n\
        A-2,\"التجربة, أحمد\",1984,xbx,female,,\r\n\
        А-3,উদাহরণ নমুনা,02.03.1971,,,,\r\n\
        ,नमूना उदाहरण,1965/1969,,x,,\n\
        ,,,,,XB7654321,\n\
        六,示例 无名,,,,,";
    let (rows, error) = read(list);
    assert_eq!((rows.len(), error), (6, None));
    let first = rows[0].row.as_ref().unwrap();
    assert_eq!((rows[0].number, rows[0].place.line, rows[0].reference.as_str()), (1, 2, "A-1"));
    assert_eq!(first.name.as_deref(), Some("Калачев Валерий"));
    assert_eq!(first.birth.map(|birth| birth.to_string()).as_deref(), Some("1971-03-02"));
    assert_eq!(
        (first.nationality.map(|c| c.to_string()).as_deref(), first.sex),
        (Some("XAX"), Some(Sex::Male))
    );
    assert_eq!(first.document_number.as_deref(), Some("XA0012345"));
    assert_eq!(first.issuing_country.map(|c| c.to_string()).as_deref(), Some("XAX"));
    let second = rows[1].row.as_ref().unwrap();
    assert_eq!((rows[1].number, rows[1].place.line), (2, 4), "empty lines are lines and no rows");
    assert_eq!((second.name.as_deref(), second.sex), (Some("التجربة, أحمد"), Some(Sex::Female)));
    let third = rows[2].row.as_ref().unwrap();
    assert_eq!(third.birth.map(|birth| birth.to_string()).as_deref(), Some("1971-03-02"), "day first");
    assert_eq!(rows[4].row.as_ref().unwrap().name, None, "a number alone is a row");
    assert_eq!(rows[5].reference, "六");
}

#[test]
fn a_name_in_two_columns_is_one_and_tabs_and_semicolons_separate() {
    for delimiter in [',', ';', '\t'] {
        let list = "given names,surname,date of birth\nВалерий,Калачев,1971\nAnna Maria,,\n,Обручев,\n"
            .replace(',', &delimiter.to_string());
        let names: Vec<_> = read(&list).0.into_iter().map(|row| row.row.unwrap().name.unwrap()).collect();
        assert_eq!(names, ["Валерий Калачев", "Anna Maria", "Обручев"], "{delimiter:?}");
    }
}

#[test]
fn what_can_not_be_read_is_named_by_column_and_the_next_row_is_read() {
    let faults = |row: &[u8]| {
        let list = [b"name,born,nationality,sex,document_number,reference\n".as_slice(), row, b"\nn,,,,,\n"];
        let (rows, error) = read_with(&list.concat(), OtherColumns::Refused, ListLimits::default());
        assert_eq!((rows.len(), error), (2, None));
        assert!(rows[1].row.is_ok());
        rows[0].row.clone().unwrap_err()
    };
    for (row, expected) in [
        (",1971,,,,", vec![("name", ReportCode::Missing)]),
        ("2026,,,,,", vec![("name", ReportCode::NotAName)]),
        ("a,31.02.1966,,,,", vec![("born", ReportCode::ImpossibleDate)]),
        ("a,03/02/1966,,,,", vec![("born", ReportCode::ImpossibleDate)]),
        (
            "a,1971-13,Кыргызстан,м,АВ1,",
            vec![
                ("document_number", ReportCode::BadCharacters),
                ("born", ReportCode::ImpossibleDate),
                ("nationality", ReportCode::UnknownCountry),
                ("sex", ReportCode::UnknownValue),
            ],
        ),
        ("a,,,,", vec![("row", ReportCode::WrongColumns)]),
        ("a,,,,,,", vec![("row", ReportCode::WrongColumns)]),
        ("\"a,,,,,", vec![("row", ReportCode::UnclosedQuote)]),
        ("a\u{1b},,,,,", vec![("row", ReportCode::ControlCharacter)]),
    ] {
        assert_eq!(faults(row.as_bytes()), expected, "{row}");
    }
    assert_eq!(faults(b"\xff,,,,,"), [("row", ReportCode::NotUtf8)]);
    assert_eq!(faults(format!("{},,,,,", "ж".repeat(301)).as_bytes()), [("name", ReportCode::TooLong)]);
    let long = format!("a,,,,,{}", "р".repeat(101));
    assert_eq!(faults(long.as_bytes()), [("reference", ReportCode::TooLong)]);
}

#[test]
fn columns_of_other_names_are_refused_unless_they_are_to_be_left_out() {
    use ListReadErrorKind::*;
    for (list, expected) in [
        ("", NoHeader),
        ("\"name", NoHeader),
        ("name,photo\n", UnknownColumn { column: 2 }),
        ("name,nationalty\n", UnknownColumn { column: 2 }),
        ("name,born,Date of Birth\n", RepeatedColumn { column: 3 }),
        ("born,sex\n", MissingColumn),
    ] {
        assert_eq!(read(list), (Vec::new(), Some(expected)), "{list}");
    }
    let left_out = |list: &str| read_with(list.as_bytes(), OtherColumns::LeftOut, ListLimits::default());
    let (rows, error) = left_out("photo,name,employer,photo\np.jpg,Проба,Театр,x\n");
    assert_eq!((rows[0].row.as_ref().unwrap().name.as_deref(), error), (Some("Проба"), None));
    assert_eq!(left_out("photo,employer\n"), (Vec::new(), Some(MissingColumn)));
    assert_eq!(left_out("name,born,birth\n").1, Some(RepeatedColumn { column: 3 }));
    let wide = |columns: usize| format!("name{}\n", ",x".repeat(columns - 1));
    assert_eq!(left_out(&wide(COLUMNS_CAP)).1, None);
    assert_eq!(left_out(&wide(COLUMNS_CAP + 1)).1, Some(TooManyColumns));
}

#[test]
fn caps_hold_at_the_cap_and_one_above() {
    let with = |limits, list: &str| read_with(list.as_bytes(), OtherColumns::Refused, limits);
    let two_rows = ListLimits { rows: 2, ..ListLimits::default() };
    assert_eq!(with(two_rows, "name\na\nb\n").1, None);
    let (rows, error) = with(two_rows, "name\na\nb\nc\n");
    assert_eq!((rows.len(), error), (2, Some(ListReadErrorKind::TooManyRows)));
    let ten_bytes = ListLimits { row_bytes: 10, ..ListLimits::default() };
    let rows = with(ten_bytes, "name\nabcdefghij\r\nabcdefghijk\nb\n").0;
    let is_read: Vec<bool> = rows.iter().map(|row| row.row.is_ok()).collect();
    assert_eq!(is_read, [true, false, true]);
    assert_eq!(rows[1].row.clone().unwrap_err(), [("row", ReportCode::TooLong)]);
    let all = ListLimits { total_bytes: 7, ..ListLimits::default() };
    assert_eq!(with(all, "name\na\n").1, None);
    assert_eq!(with(all, "name\na\nb\n").1, Some(ListReadErrorKind::TooLarge));
}

#[test]
fn an_endless_line_is_one_unreadable_row() {
    let endless = std::io::repeat(b'a').take(50 << 20);
    let list = "name\n".as_bytes().chain(endless).chain("\nПроба\n".as_bytes());
    let reader = std::io::BufReader::new(list);
    let rows: Vec<_> = ScreeningListReader::new(reader, OtherColumns::Refused, ListLimits::default())
        .map(|row| row.unwrap().row.is_ok())
        .collect();
    assert_eq!(rows, [false, true]);
}
