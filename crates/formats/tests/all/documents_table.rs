//! Tables of travel documents: what is taken, what is refused and by which name.

use std::io::{BufRead, BufReader, Cursor, Read};

use barid_domain::codes::{DocumentType, FraudType, RevocationReason};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::travel_documents::TravelDocument;
use barid_formats::documents_csv::{
    About, COLUMNS, CsvLimits, CsvReadErrorKind, CsvRow, Presence, TableSource, TravelDocumentsReader,
};
use barid_formats::report::ReportCode;

const HEADER: &str = "number,range_end,issuing_country,document_type,fraud_type,reason,reported_on\n";

fn reader<R: BufRead>(source: R, limits: CsvLimits) -> TravelDocumentsReader<R> {
    let today = Day::new(2026, 11, 23).unwrap();
    TravelDocumentsReader::new(TableSource::Lines(source), today, CountryCode::new("XAX").ok(), limits)
}

fn read(table: &[u8]) -> (Vec<CsvRow>, Option<CsvReadErrorKind>) {
    let mut rows = Vec::new();
    for row in reader(table, CsvLimits::default()) {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => return (rows, Some(error.kind)),
        }
    }
    (rows, None)
}

fn document(row: &str) -> TravelDocument {
    match &read(format!("{HEADER}{row}\n").as_bytes()).0[..] {
        [CsvRow::Document { document, .. }] => (**document).clone(),
        other => panic!("{row}: {other:?}"),
    }
}

fn faults(row: &[u8]) -> Vec<(String, ReportCode)> {
    match &read(&[HEADER.as_bytes(), row].concat()).0[..] {
        [CsvRow::Refused { report, .. }] => report.iter().map(|row| (row.field.clone(), row.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_ranges_and_reasons_are_read() {
    let stolen = document("XA 0012-345,,XAX,passport,stolen,,2026-11-01");
    assert_eq!((stolen.number.as_str(), stolen.fraud_type), ("XA0012345", FraudType::Stolen));
    assert_eq!(stolen.reported_on, Day::new(2026, 11, 1).ok());
    let blanks = document("B0001,B0500,XA,Identity-Card,STOLEN-BLANK,,");
    assert_eq!(blanks.range_end.map(|number| number.to_string()).as_deref(), Some("B0500"));
    assert_eq!(blanks.document_type, DocumentType::IdentityCard);
    let revoked = document("\"C\u{200e}१२३\",,XAX,passport,revoked,holder-dead,");
    assert_eq!((revoked.number.as_str(), revoked.reason), ("C123", Some(RevocationReason::HolderDead)));
}

#[test]
fn a_bad_row_is_refused_by_name_and_the_next_one_is_taken() {
    for (row, expected) in [
        (
            ",,,,,,",
            vec![
                ("number", ReportCode::Missing),
                ("issuing_country", ReportCode::Missing),
                ("document_type", ReportCode::Missing),
                ("fraud_type", ReportCode::Missing),
            ],
        ),
        ("=1+2,,XAX,passport,stolen,,", vec![("number", ReportCode::BadCharacters)]),
        ("@SUM(A1),,XAX,passport,stolen,,", vec![("number", ReportCode::BadCharacters)]),
        ("АВ123,,XAX,passport,stolen,,", vec![("number", ReportCode::BadCharacters)]),
        ("A1,,Кыргызстан,passport,stolen,,", vec![("issuing_country", ReportCode::UnknownCountry)]),
        (
            "A1,,XAX,паспорт,stolen,,1966-02-31",
            vec![("document_type", ReportCode::UnknownValue), ("reported_on", ReportCode::ImpossibleDate)],
        ),
        ("A1,,XAX,passport,stolen,,0000-01-01", vec![("reported_on", ReportCode::ImpossibleDate)]),
        ("A1,,XAX,passport,stolen,,2026-02-29", vec![("reported_on", ReportCode::ImpossibleDate)]),
        ("A\u{200d}1,,XAX,passport,stolen,,", vec![("number", ReportCode::BadCharacters)]),
        ("A1,,XA\u{202e}X,passport,stolen,,", vec![("issuing_country", ReportCode::UnknownCountry)]),
        ("A1,,XAX,passport,stolen,,2027-01-01", vec![("reported_on", ReportCode::FutureDate)]),
        ("A1,,XBX,passport,stolen,,", vec![("issuing_country", ReportCode::NotEntitled)]),
        (
            "A1,,UTO,passport,stolen,,",
            vec![("issuing_country", ReportCode::Impossible), ("issuing_country", ReportCode::NotEntitled)],
        ),
        ("A1,,XAX,passport,revoked,,", vec![("reason", ReportCode::Missing)]),
        ("A1,,XAX,passport,stolen,replaced,", vec![("reason", ReportCode::Contradiction)]),
        ("A9,A1,XAX,passport,stolen-blank,,", vec![("range_end", ReportCode::Impossible)]),
        ("A1,,XAX,passport,stolen,", vec![("row", ReportCode::WrongColumns)]),
        ("A1,,XAX,passport,stolen,,,", vec![("row", ReportCode::WrongColumns)]),
        ("\"A1,,XAX,passport,stolen,,", vec![("row", ReportCode::UnclosedQuote)]),
        ("A\u{0}1,,XAX,passport,stolen,,", vec![("row", ReportCode::ControlCharacter)]),
    ] {
        let expected: Vec<(String, ReportCode)> =
            expected.into_iter().map(|(field, code)| (field.to_owned(), code)).collect();
        assert_eq!(faults(row.as_bytes()), expected, "{row}");
    }
    assert_eq!(
        faults(b"A\xed\xa0\x801,,XAX,passport,stolen,,"),
        [("row".to_owned(), ReportCode::NotUtf8)],
        "a lone surrogate"
    );
    assert_eq!(faults(b"\xff\xfe,,XAX,passport,stolen,,"), [("row".to_owned(), ReportCode::NotUtf8)]);
    let (rows, error) = read(
        format!("{HEADER}bad\n\n  \r\nA1,,XAX,passport,stolen,,\r\nA-1,,XAX,passport,lost,,").as_bytes(),
    );
    assert_eq!(error, None);
    let [CsvRow::Refused { .. }, CsvRow::Document { place, .. }, CsvRow::Refused { report, .. }] = &rows[..]
    else {
        panic!("{rows:?}")
    };
    assert_eq!((place.line, report[0].code), (5, ReportCode::Duplicate));
    assert!(!report[0].to_string().contains("A1"), "a report repeats no number");
}

#[test]
fn a_refused_row_says_which_document_it_is_about() {
    let about = |rows: &str| -> Vec<Option<About>> {
        let (rows, error) = read(format!("{HEADER}{rows}").as_bytes());
        assert_eq!(error, None);
        let about = |row: CsvRow| match row {
            CsvRow::Document { .. } => None,
            CsvRow::Refused { about, .. } => Some(about),
        };
        rows.into_iter().map(about).collect()
    };
    let good = "A-1,,XAX,passport,stolen,,\n";
    let bad = "A1,,XAX,passport,revoked,,\n";
    let rows = about(good);
    assert_eq!(rows, [None]);
    let rows = about(&[bad, good, bad].concat());
    let Some(About::Document(identity)) = &rows[0] else { panic!("{rows:?}") };
    assert_eq!((identity.number.as_str(), identity.issuing_country.as_str()), ("A1", "XAX"));
    // The first row counts, be it refused: a table that says two things of one document says neither.
    assert_eq!(rows[1..], [Some(About::EarlierRow), Some(About::EarlierRow)]);
    // A range is known by its first number, whatever its last one.
    let ranges = "B1,B5,XAX,passport,stolen-blank,,\nB1,B6,XAX,passport,stolen-blank,,\nB1,B6,XAX,visa,stolen-blank,,\n";
    assert_eq!(about(ranges), [None, Some(About::EarlierRow), None]);
    for unreadable in
        ["=1,,XAX,passport,stolen,,\n", "A1,,Nowhere,passport,stolen,,\n", "A1,,XAX,pass,stolen,,\n", "A1\n"]
    {
        assert_eq!(about(unreadable), [Some(About::Unreadable)], "{unreadable}");
    }
}

#[test]
fn a_table_that_was_cut_off_ends_without_a_line_break() {
    let row = "A1,,XAX,passport,stolen,,";
    for (table, whole) in [
        (format!("{HEADER}{row}\n"), true),
        (format!("{HEADER}{row}\r\n\n"), true),
        (format!("{HEADER}{row}"), false),
        (format!("{HEADER}{row}\nA2"), false),
        (HEADER.to_owned(), true),
        (HEADER.trim_end().to_owned(), false),
    ] {
        let mut reader = reader(table.as_bytes(), CsvLimits::default());
        while reader.next().is_some() {}
        assert_eq!(reader.ends_with_line_break(), whole, "{table:?}");
    }
}

#[test]
fn the_header_decides_the_order_and_the_separator() {
    let table = "\u{feff}Fraud_Type;Issuing_Country;Document_Type;Number\r\nstolen;XAX;passport;A1\r\n";
    assert!(matches!(&read(table.as_bytes()).0[..], [CsvRow::Document { .. }]));
    use CsvReadErrorKind as Kind;
    for (header, kind) in [
        ("", Kind::NoHeader),
        ("\u{ff}\n", Kind::UnknownColumn { column: 1 }),
        ("number,holder\n", Kind::UnknownColumn { column: 2 }),
        ("number,number\n", Kind::RepeatedColumn { column: 2 }),
        ("number,issuing_country,fraud_type\n", Kind::MissingColumn { name: "document_type" }),
        ("number,,\n", Kind::UnknownColumn { column: 2 }),
    ] {
        assert_eq!(read(header.as_bytes()), (vec![], Some(kind)), "{header:?}");
    }
    assert_eq!(read(b"\xff\n").1, Some(Kind::NoHeader));
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(&[&b"\xff\xfe"[..], &utf16].concat()).1.is_some(), "another encoding is never guessed");
}

#[test]
fn the_caps_hold_to_the_last_one() {
    let row = "A1,,XAX,passport,stolen,,";
    let table = format!("{HEADER}{row}\r\nA2{}\n", &row[2..]);
    let outcome = |limits: CsvLimits| {
        let rows: Vec<_> = reader(table.as_bytes(), limits).collect();
        let refused = rows.iter().filter(|row| matches!(row, Ok(CsvRow::Refused { .. }))).count();
        (refused, rows.last().cloned().and_then(Result::err).map(|error| (error.kind, error.rows_before)))
    };
    let limits = CsvLimits::default();
    assert_eq!(outcome(CsvLimits { rows: 2, ..limits }), (0, None));
    assert_eq!(outcome(CsvLimits { rows: 1, ..limits }), (0, Some((CsvReadErrorKind::TooManyRows, 1))));
    let size = table.len() as u64;
    assert_eq!(outcome(CsvLimits { total_bytes: size, ..limits }), (0, None));
    assert_eq!(
        outcome(CsvLimits { total_bytes: size - 1, ..limits }),
        (0, Some((CsvReadErrorKind::TooLarge, 1)))
    );
    // The header is the longest line: its cap is tried on a row, padded with spaces.
    for (length, refused) in [(limits.row_bytes, 0), (limits.row_bytes + 1, 1)] {
        let padded =
            format!("{HEADER}{}{row}\r\n{}\n", " ".repeat(length - row.len()), row.replace("A1", "A2"));
        let rows: Vec<_> = reader(padded.as_bytes(), limits).map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows.iter().filter(|row| matches!(row, CsvRow::Refused { .. })).count(),
            refused,
            "{length}"
        );
    }
}

#[test]
fn an_endless_line_is_not_kept_in_memory() {
    let endless = Cursor::new(HEADER).chain(std::io::repeat(b'A').take(32 << 20));
    let limits = CsvLimits { total_bytes: 16 << 20, ..CsvLimits::default() };
    let last = reader(BufReader::new(endless), limits).last();
    assert_eq!(last.unwrap().unwrap_err().kind, CsvReadErrorKind::TooLarge);
}

#[test]
fn no_mutation_makes_it_panic() {
    let good = format!("{HEADER}{}", "AB12,AB34,XAX,passport,stolen-blank,,2026-01-01\n".repeat(3));
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    let mut random = |below: usize| {
        // xorshift64: the same places in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..3_000 {
        let mut bad = good.clone().into_bytes();
        for _ in 0..=random(4) {
            let at = random(bad.len());
            match random(3) {
                0 => bad[at] = random(256) as u8,
                1 => bad.insert(at, b"\",;\n\r\0="[random(7)]),
                _ => drop(bad.remove(at)),
            }
        }
        let _ = read(&bad);
    }
}

#[test]
fn the_page_names_every_column() {
    let page = include_str!("../../../../docs/formats/travel-documents-csv.md");
    let rows: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    for (index, (name, presence)) in COLUMNS.iter().enumerate() {
        let word = match presence {
            Presence::Mandatory => "yes",
            Presence::Optional => "no",
        };
        assert!(rows[index].starts_with(&format!("{name}` | {word} |")), "{name}: {}", rows[index]);
    }
}
