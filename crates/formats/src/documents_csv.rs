//! Tables of travel documents (CSV), for entering stolen, lost and revoked documents in bulk.
//!
//! The columns are described in `docs/formats/travel-documents-csv.md`. One row is one document or one range of
//! blanks, known by its number (of a range the first), issuing country and type; a bad row is refused with every fault
//! named and the rest goes on. No cell is ever evaluated: what looks like
//! a formula is a text that is no document number.

use std::collections::HashSet;
use std::io::BufRead;

use barid_domain::codes::{CodeList, DocumentType, FraudType, RevocationReason};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateError, Day};
use barid_domain::faults::Faults;
use barid_domain::travel_documents::{DocumentNumber, NumberError, TravelDocument};
use sha2::{Digest, Sha256};

use crate::report::{Consequence, Place, ReportCode, ReportRow, rows_of_faults};
use crate::table::{Line, LineError, TableLines, UnmatchedQuote, delimiter_of, split};

/// The columns a table may have, in the order of the documentation; those marked must be there.
pub const COLUMNS: [(&str, Presence); 7] = [
    ("number", Presence::Mandatory),
    ("range_end", Presence::Optional),
    ("issuing_country", Presence::Mandatory),
    ("document_type", Presence::Mandatory),
    ("fraud_type", Presence::Mandatory),
    ("reason", Presence::Optional),
    ("reported_on", Presence::Optional),
];

/// Says whether a table must have a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Every table has it, and no row leaves it empty.
    Mandatory,
    /// A table may leave it out, a row may leave it empty.
    Optional,
}

/// The caps of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvLimits {
    /// Bytes of the whole source.
    pub total_bytes: u64,
    /// Bytes of one row, its line break not counted.
    pub row_bytes: usize,
    /// Rows behind the header, empty lines not counted.
    pub rows: u64,
}

impl Default for CsvLimits {
    /// 1 GiB, 2 KiB a row, 5 million rows.
    fn default() -> Self {
        CsvLimits { total_bytes: 1 << 30, row_bytes: 2 << 10, rows: 5_000_000 }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvRow {
    /// A document that holds by the rules of its database.
    Document {
        /// Where the row begins.
        place: Place,
        /// The document.
        document: Box<TravelDocument>,
    },
    /// A refused row, with every fault.
    Refused {
        /// Where the row begins.
        place: Place,
        /// Which document the row is about, as far as it can be read.
        about: About,
        /// The faults; the numbers themselves are not repeated.
        report: Vec<ReportRow>,
    },
}

/// What a row is known by, in this table and from one table to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentIdentity {
    /// The number; of a range the first.
    pub number: DocumentNumber,
    /// The issuing country.
    pub issuing_country: CountryCode,
    /// The type.
    pub document_type: DocumentType,
}

impl DocumentIdentity {
    /// What a document is known by.
    pub fn of(document: &TravelDocument) -> Self {
        Self {
            number: document.number.clone(),
            issuing_country: document.issuing_country,
            document_type: document.document_type,
        }
    }
}

/// Which document a refused row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A document that no row before was about.
    Document(DocumentIdentity),
    /// The document of an earlier row, which alone counts.
    EarlierRow,
    /// Number, country or type can't be read.
    Unreadable,
}

/// The table itself is at fault, or over a cap: the reading has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind} (rows read before: {rows_before})", line = place.line)]
pub struct CsvReadError {
    /// What is wrong.
    pub kind: CsvReadErrorKind,
    /// Where.
    pub place: Place,
    /// Rows given out before; they stand.
    pub rows_before: u64,
}

/// What ended a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CsvReadErrorKind {
    /// The source could not be read.
    #[error("the source cannot be read")]
    Source,
    /// Over [`CsvLimits::total_bytes`].
    #[error("the table is larger than allowed")]
    TooLarge,
    /// Over [`CsvLimits::rows`].
    #[error("the table has more rows than allowed")]
    TooManyRows,
    /// There is no header, or it is no row of names.
    #[error("the first row is not a header of column names")]
    NoHeader,
    /// A name in the header is not one of [`COLUMNS`].
    #[error("column {column} of the header has a name that is not known")]
    UnknownColumn {
        /// Column, from 1.
        column: usize,
    },
    /// A name stands twice in the header.
    #[error("column {column} of the header repeats a name")]
    RepeatedColumn {
        /// Column, from 1.
        column: usize,
    },
    /// A mandatory column is not there.
    #[error("the column {name} is missing")]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
}

impl From<LineError> for CsvReadErrorKind {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Source => CsvReadErrorKind::Source,
            LineError::TooLarge => CsvReadErrorKind::TooLarge,
        }
    }
}

impl CsvReadErrorKind {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            CsvReadErrorKind::Source => "csv-source",
            CsvReadErrorKind::TooLarge => "csv-too-large",
            CsvReadErrorKind::TooManyRows => "csv-too-many-rows",
            CsvReadErrorKind::NoHeader => "csv-no-header",
            CsvReadErrorKind::UnknownColumn { .. } => "csv-unknown-column",
            CsvReadErrorKind::RepeatedColumn { .. } => "csv-repeated-column",
            CsvReadErrorKind::MissingColumn { .. } => "csv-missing-column",
        }
    }
}

/// Reads a table, one row at a time.
///
/// An iterator: `Ok` rows until the end, or one `Err` and then nothing more.
pub struct TravelDocumentsReader<R: BufRead> {
    lines: TableLines<R>,
    limits: CsvLimits,
    today: Day,
    entering_country: Option<CountryCode>,
    header: Option<Header>,
    seen: HashSet<[u8; 16]>,
    rows: u64,
    ended: bool,
}

struct Header {
    delimiter: char,
    /// For each column of the table its index in [`COLUMNS`].
    columns: Vec<usize>,
}

impl<R: BufRead> TravelDocumentsReader<R> {
    /// Begins to read `source`, entered on `today` by an organisation of `entering_country`.
    ///
    /// Only the issuing country may enter a document; with `None` every row is refused.
    pub fn new(source: R, today: Day, entering_country: Option<CountryCode>, limits: CsvLimits) -> Self {
        TravelDocumentsReader {
            lines: TableLines::new(source, limits.total_bytes, limits.row_bytes),
            limits,
            today,
            entering_country,
            header: None,
            seen: HashSet::new(),
            rows: 0,
            ended: false,
        }
    }

    /// Tells whether the last row read ended with a line break: a table that was cut off seldom does.
    pub fn ends_with_line_break(&self) -> bool {
        self.lines.ends_with_line_break()
    }

    /// Bytes consumed so far, for a progress display.
    pub fn bytes_read(&self) -> u64 {
        self.lines.consumed()
    }

    fn place(&self) -> Place {
        self.lines.place()
    }

    fn next_row(&mut self) -> Result<Option<CsvRow>, CsvReadErrorKind> {
        if self.header.is_none() {
            self.header = Some(self.read_header()?);
        }
        loop {
            let place = self.place();
            let end = self.lines.next_line()?;
            match end {
                Line::End => return Ok(None),
                Line::Whole if self.lines.line().trim_ascii().is_empty() => continue,
                Line::Whole | Line::TooLong => {}
            }
            if self.rows >= self.limits.rows {
                return Err(CsvReadErrorKind::TooManyRows);
            }
            self.rows += 1;
            let outcome = match end {
                Line::TooLong => Err(row_refused(place, ReportCode::TooLong)),
                Line::Whole | Line::End => self.read_document(place),
            };
            return Ok(Some(match outcome {
                Ok(document) => CsvRow::Document { place, document: Box::new(document) },
                Err((about, report)) => CsvRow::Refused { place, about, report },
            }));
        }
    }

    fn read_header(&mut self) -> Result<Header, CsvReadErrorKind> {
        match self.lines.next_line()? {
            Line::Whole => {}
            Line::TooLong | Line::End => return Err(CsvReadErrorKind::NoHeader),
        }
        let line = std::str::from_utf8(self.lines.line()).map_err(|_| CsvReadErrorKind::NoHeader)?;
        let line = line.trim_start_matches('\u{feff}');
        let delimiter = delimiter_of(line);
        let names = split(line, delimiter).map_err(|UnmatchedQuote| CsvReadErrorKind::NoHeader)?;
        let mut columns = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let column = index + 1;
            let name = name.trim().to_ascii_lowercase();
            let known = COLUMNS.iter().position(|(known, _)| *known == name);
            let known = known.ok_or(CsvReadErrorKind::UnknownColumn { column })?;
            if columns.contains(&known) {
                return Err(CsvReadErrorKind::RepeatedColumn { column });
            }
            columns.push(known);
        }
        for (index, (name, presence)) in COLUMNS.iter().enumerate() {
            if *presence == Presence::Mandatory && !columns.contains(&index) {
                return Err(CsvReadErrorKind::MissingColumn { name });
            }
        }
        Ok(Header { delimiter, columns })
    }

    fn read_document(&mut self, place: Place) -> Result<TravelDocument, (About, Vec<ReportRow>)> {
        let refused = |code| row_refused(place, code);
        let text = std::str::from_utf8(self.lines.line()).map_err(|_| refused(ReportCode::NotUtf8))?;
        if text.chars().any(|character| character.is_control() && character != '\t') {
            return Err(refused(ReportCode::ControlCharacter));
        }
        // The header is read before the first row.
        let Some(header) = &self.header else { return Err(refused(ReportCode::WrongColumns)) };
        let cells =
            split(text, header.delimiter).map_err(|UnmatchedQuote| refused(ReportCode::UnclosedQuote))?;
        if cells.len() != header.columns.len() {
            return Err(refused(ReportCode::WrongColumns));
        }
        let mut row = Row { place, cells: [const { String::new() }; COLUMNS.len()], report: Vec::new() };
        for (column, cell) in header.columns.iter().zip(&cells) {
            row.cells[*column] = cell.trim().to_owned();
        }
        let (identity, read) = row.document(self.today, self.entering_country);
        let Some(identity) = identity else {
            return read.map_err(|report| (About::Unreadable, report));
        };
        // A refused row counts as well: what a later row says of the same document would hide that it was refused.
        let is_first = self.seen.insert(key_of(&identity));
        match read {
            Ok(document) if is_first => Ok(document),
            Ok(_) => {
                let twice = row_fault(place, "number", ReportCode::Duplicate);
                Err((About::EarlierRow, vec![twice]))
            }
            Err(report) if is_first => Err((About::Document(identity), report)),
            Err(report) => Err((About::EarlierRow, report)),
        }
    }
}

impl<R: BufRead> Iterator for TravelDocumentsReader<R> {
    type Item = Result<CsvRow, CsvReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.next_row() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(kind) => {
                self.ended = true;
                Some(Err(CsvReadError { kind, place: self.place(), rows_before: self.rows }))
            }
        }
    }
}

/// The cells of one row, in the order of [`COLUMNS`].
struct Row {
    place: Place,
    cells: [String; COLUMNS.len()],
    report: Vec<ReportRow>,
}

impl Row {
    /// Reads the document, or its faults, and what the row is known by where that much can be read.
    fn document(
        mut self,
        today: Day,
        entering: Option<CountryCode>,
    ) -> (Option<DocumentIdentity>, Result<TravelDocument, Vec<ReportRow>>) {
        let number = self.read("number", 0, read_number);
        let range_end = self.read("range_end", 1, read_number);
        let country = |text: &str| CountryCode::new(text).map_err(|_| ReportCode::UnknownCountry);
        let issuing_country = self.read("issuing_country", 2, country);
        let document_type = self.read("document_type", 3, code::<DocumentType>);
        let fraud_type = self.read("fraud_type", 4, code::<FraudType>);
        let reason = self.read("reason", 5, code::<RevocationReason>);
        let reported_on = self.read("reported_on", 6, read_day);
        let (Some(number), Some(issuing_country), Some(document_type)) =
            (number, issuing_country, document_type)
        else {
            return (None, Err(self.report));
        };
        let identity = DocumentIdentity { number: number.clone(), issuing_country, document_type };
        let (Some(fraud_type), true) = (fraud_type, self.report.is_empty()) else {
            return (Some(identity), Err(self.report));
        };
        let document = TravelDocument {
            number,
            range_end,
            issuing_country,
            document_type,
            fraud_type,
            reason,
            reported_on,
        };
        let mut faults = Faults::default();
        document.check(today, entering, &mut faults);
        let read = match faults.into_result() {
            Ok(()) => Ok(document),
            Err(faults) => Err(rows_of_faults(None, self.place, &faults)),
        };
        (Some(identity), read)
    }

    /// Reads a cell; an empty one is `None`, and a fault where the column is mandatory.
    fn read<T>(
        &mut self,
        name: &str,
        index: usize,
        read: impl Fn(&str) -> Result<T, ReportCode>,
    ) -> Option<T> {
        let code = match (self.cells[index].as_str(), COLUMNS[index].1) {
            ("", Presence::Optional) => return None,
            ("", Presence::Mandatory) => ReportCode::Missing,
            (cell, Presence::Optional | Presence::Mandatory) => match read(cell) {
                Ok(value) => return Some(value),
                Err(code) => code,
            },
        };
        self.report.push(row_fault(self.place, name, code));
        None
    }
}

/// A row that can't be read at all.
fn row_refused(place: Place, code: ReportCode) -> (About, Vec<ReportRow>) {
    (About::Unreadable, vec![row_fault(place, "row", code)])
}

fn row_fault(place: Place, field: &str, code: ReportCode) -> ReportRow {
    ReportRow { id: None, place, field: field.to_owned(), code, consequence: Consequence::ItemRefused }
}

fn read_number(text: &str) -> Result<DocumentNumber, ReportCode> {
    DocumentNumber::new(text).map_err(|error| match error {
        NumberError::Empty => ReportCode::Missing,
        NumberError::TooLong => ReportCode::TooLong,
        NumberError::BadCharacter => ReportCode::BadCharacters,
    })
}

fn read_day(text: &str) -> Result<Day, ReportCode> {
    text.parse().map_err(|error: DateError| match error {
        DateError::Malformed | DateError::NoSuchDay | DateError::OutOfRange | DateError::Reversed => {
            ReportCode::ImpossibleDate
        }
    })
}

fn code<T: CodeList>(text: &str) -> Result<T, ReportCode> {
    T::from_name(&text.to_ascii_lowercase()).ok_or(ReportCode::UnknownValue)
}

/// Sixteen bytes that stand for a document within one table; two rows with the same ones are one document.
fn key_of(identity: &DocumentIdentity) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in [identity.issuing_country.as_str(), identity.number.as_str()] {
        hasher.update([0]);
        hasher.update(part.as_bytes());
    }
    hasher.update(identity.document_type.number().to_be_bytes());
    let hash: [u8; 32] = hasher.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&hash[..16]);
    key
}
