//! Lists of people to screen (CSV): accreditations, visa applications, passengers.
//!
//! The columns are described in `docs/formats/screening-list-csv.md`. One row is one person or one document; a row that
//! can't be read is given out with every fault named and the reading goes on. Nothing is kept from row to row, so the
//! length of a list costs no memory.

use std::io::BufRead;

use barid_domain::codes::Sex;
use barid_domain::countries::CountryCode;
use barid_domain::dates::DateInterval;
use barid_domain::screening::ScreeningRow;
use barid_domain::text::{NAME_CAP, TextError, clean};
use barid_domain::travel_documents::{DocumentNumber, NumberError};

use crate::report::{Place, ReportCode};
use crate::table::{Line, LineError, TableLines, delimiter_of, split};

/// The columns a list may have. One of the names or the document number must be there.
pub const COLUMNS: [&str; 9] = [
    "name",
    "given_names",
    "surname",
    "born",
    "nationality",
    "sex",
    "document_number",
    "issuing_country",
    "reference",
];
/// Other words for columns.
const ALSO_CALLED: [(&str, &str); 3] =
    [("birth", "born"), ("date_of_birth", "born"), ("family_name", "surname")];
/// The columns of which one must be there.
const WHO: [&str; 4] = ["name", "given_names", "surname", "document_number"];
/// The longest reference of a row, in characters.
pub const REFERENCE_CAP: usize = 100;
/// The most columns, those that are left out among them.
pub const COLUMNS_CAP: usize = 100;

/// Says what becomes of columns that are not in [`COLUMNS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherColumns {
    /// The list is refused: the name may be a slip of the pen.
    Refused,
    /// They are not read.
    LeftOut,
}

/// The caps of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLimits {
    /// Bytes of the whole list.
    pub total_bytes: u64,
    /// Bytes of one row, its line break not counted.
    pub row_bytes: usize,
    /// Rows behind the header, empty lines not counted.
    pub rows: u64,
}

impl Default for ListLimits {
    /// 16 GiB, 16 KiB a row, 100 million rows.
    fn default() -> Self {
        ListLimits { total_bytes: 16 << 30, row_bytes: 16 << 10, rows: 100_000_000 }
    }
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Which row it is, from 1; the header and empty lines are not counted.
    pub number: u64,
    /// Where it begins; in a spreadsheet its line is the number at the left.
    pub place: Place,
    /// The list's own reference for the row; empty where there is none.
    pub reference: String,
    /// Whom it names, or every fault with its column.
    pub row: Result<ScreeningRow, Vec<(&'static str, ReportCode)>>,
}

/// The list itself is at fault, or over a cap: the reading has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind} (rows read before: {rows_before})", line = place.line)]
pub struct ListReadError {
    /// What is wrong.
    pub kind: ListReadErrorKind,
    /// Where.
    pub place: Place,
    /// Rows given out before.
    pub rows_before: u64,
}

/// What ended a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListReadErrorKind {
    /// The source could not be read.
    #[error("the source cannot be read")]
    Source,
    /// Over [`ListLimits::total_bytes`].
    #[error("the list is larger than allowed")]
    TooLarge,
    /// Over [`ListLimits::rows`].
    #[error("the list has more rows than allowed")]
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
    /// More columns than [`COLUMNS_CAP`].
    #[error("the header has more columns than allowed")]
    TooManyColumns,
    /// Neither a name nor a document number is among the columns.
    #[error("no column says who: name, surname, given_names or document_number")]
    MissingColumn,
}

impl ListReadErrorKind {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            ListReadErrorKind::Source => "csv-source",
            ListReadErrorKind::TooLarge => "csv-too-large",
            ListReadErrorKind::TooManyRows => "csv-too-many-rows",
            ListReadErrorKind::NoHeader => "csv-no-header",
            ListReadErrorKind::UnknownColumn { .. } => "csv-unknown-column",
            ListReadErrorKind::RepeatedColumn { .. } => "csv-repeated-column",
            ListReadErrorKind::TooManyColumns => "csv-too-many-columns",
            ListReadErrorKind::MissingColumn => "csv-missing-column",
        }
    }
}

impl From<LineError> for ListReadErrorKind {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Source => ListReadErrorKind::Source,
            LineError::TooLarge => ListReadErrorKind::TooLarge,
        }
    }
}

/// Reads a list, one row at a time.
///
/// An iterator: `Ok` rows until the end, or one `Err` and then nothing more.
pub struct ScreeningListReader<R: BufRead> {
    lines: TableLines<R>,
    limits: ListLimits,
    other_columns: OtherColumns,
    header: Option<ListHeader>,
    rows: u64,
    ended: bool,
}

/// Is the header of a list: which cell of a row is what.
#[derive(Debug, Clone)]
pub struct ListHeader {
    delimiter: char,
    /// For each column of the list its index in [`COLUMNS`]; `None` for one that is left out.
    columns: Vec<Option<usize>>,
}

impl ListHeader {
    /// Reads the first line of a list, its break left out.
    ///
    /// # Errors
    /// What makes the whole list unreadable: a line that is no row of names, unknown or repeated names, too many of them, none
    /// that says who.
    pub fn read(line: &[u8], other_columns: OtherColumns) -> Result<Self, ListReadErrorKind> {
        let line = std::str::from_utf8(line).map_err(|_| ListReadErrorKind::NoHeader)?;
        let line = line.trim_start_matches('\u{feff}');
        let line = line.strip_suffix('\r').unwrap_or(line);
        let delimiter = delimiter_of(line);
        let names = split(line, delimiter).map_err(|_| ListReadErrorKind::NoHeader)?;
        if names.len() > COLUMNS_CAP {
            return Err(ListReadErrorKind::TooManyColumns);
        }
        let mut columns = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let column = index + 1;
            let known = column_of(name);
            if known.is_none() && other_columns == OtherColumns::Refused {
                return Err(ListReadErrorKind::UnknownColumn { column });
            }
            if known.is_some() && columns.contains(&known) {
                return Err(ListReadErrorKind::RepeatedColumn { column });
            }
            columns.push(known);
        }
        if !columns.iter().flatten().any(|known| WHO.contains(&COLUMNS[*known])) {
            return Err(ListReadErrorKind::MissingColumn);
        }
        Ok(ListHeader { delimiter, columns })
    }

    /// Reads a row of the list, its break left out, with the list's own reference for it.
    pub fn row(&self, line: &[u8]) -> (String, RowReading) {
        match self.cells(line) {
            Ok(cells) => read_cells(&cells),
            Err(code) => (String::new(), Err(vec![("row", code)])),
        }
    }

    /// The cells of a row in the order of [`COLUMNS`], trimmed.
    fn cells(&self, line: &[u8]) -> Result<[String; COLUMNS.len()], ReportCode> {
        let text = std::str::from_utf8(line).map_err(|_| ReportCode::NotUtf8)?;
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.chars().any(|character| character.is_control() && character != '\t') {
            return Err(ReportCode::ControlCharacter);
        }
        let written = split(text, self.delimiter).map_err(|_| ReportCode::UnclosedQuote)?;
        if written.len() != self.columns.len() {
            return Err(ReportCode::WrongColumns);
        }
        let mut cells = [const { String::new() }; COLUMNS.len()];
        for (column, cell) in self.columns.iter().zip(&written) {
            if let Some(column) = column {
                cells[*column] = cell.trim().to_owned();
            }
        }
        Ok(cells)
    }
}

impl<R: BufRead> ScreeningListReader<R> {
    /// Begins to read `source`.
    pub fn new(source: R, other_columns: OtherColumns, limits: ListLimits) -> Self {
        let lines = TableLines::new(source, limits.total_bytes, limits.row_bytes);
        ScreeningListReader { lines, limits, other_columns, header: None, rows: 0, ended: false }
    }

    /// Bytes consumed so far, for a progress display.
    pub fn bytes_read(&self) -> u64 {
        self.lines.consumed()
    }

    fn next_row(&mut self) -> Result<Option<ListRow>, ListReadErrorKind> {
        let header = match &self.header {
            Some(header) => header,
            None => match self.lines.next_line()? {
                Line::Whole => self.header.insert(ListHeader::read(self.lines.line(), self.other_columns)?),
                Line::TooLong | Line::End => return Err(ListReadErrorKind::NoHeader),
            },
        };
        loop {
            let place = self.lines.place();
            let end = self.lines.next_line()?;
            match end {
                Line::End => return Ok(None),
                Line::Whole if self.lines.line().trim_ascii().is_empty() => continue,
                Line::Whole | Line::TooLong => {}
            }
            if self.rows >= self.limits.rows {
                return Err(ListReadErrorKind::TooManyRows);
            }
            self.rows += 1;
            let (reference, row) = match end {
                Line::TooLong => (String::new(), Err(vec![("row", ReportCode::TooLong)])),
                Line::Whole | Line::End => header.row(self.lines.line()),
            };
            return Ok(Some(ListRow { number: self.rows, place, reference, row }));
        }
    }
}

impl<R: BufRead> Iterator for ScreeningListReader<R> {
    type Item = Result<ListRow, ListReadError>;

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
                Some(Err(ListReadError { kind, place: self.lines.place(), rows_before: self.rows }))
            }
        }
    }
}

/// Which column a name of the header means: case, spaces and hyphens make no difference.
fn column_of(name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    let also = ALSO_CALLED.iter().find(|(also, _)| *also == name).map(|(_, known)| *known);
    COLUMNS.iter().position(|known| *known == also.unwrap_or(&name))
}

type Faults = Vec<(&'static str, ReportCode)>;

/// Is what a row says: whom it names, or every fault with its column.
pub type RowReading = Result<ScreeningRow, Vec<(&'static str, ReportCode)>>;

/// Reads a row whose cells are named one by one, with its reference.
pub fn read_named(cells: &[(String, String)], other_columns: OtherColumns) -> (String, RowReading) {
    let mut row = [const { String::new() }; COLUMNS.len()];
    let mut seen = [false; COLUMNS.len()];
    for (name, cell) in cells {
        let Some(column) = column_of(name) else {
            match other_columns {
                OtherColumns::LeftOut => continue,
                OtherColumns::Refused => {
                    return (String::new(), Err(vec![("row", ReportCode::UnknownValue)]));
                }
            }
        };
        if std::mem::replace(&mut seen[column], true) {
            return (String::new(), Err(vec![(COLUMNS[column], ReportCode::Duplicate)]));
        }
        if cell.chars().any(|character| character.is_control() && character != '\t') {
            return (String::new(), Err(vec![(COLUMNS[column], ReportCode::ControlCharacter)]));
        }
        row[column] = cell.trim().to_owned();
    }
    read_cells(&row)
}

fn read_cells(cells: &[String; COLUMNS.len()]) -> (String, Result<ScreeningRow, Faults>) {
    let [name, given_names, surname, born, nationality, sex, document_number, issuing_country, reference] =
        cells;
    let mut faults = Vec::new();
    let joined = [given_names.as_str(), surname].join(" ");
    let name = if name.is_empty() { joined.trim() } else { name };
    let country =
        |text: &str| CountryCode::new(&text.to_ascii_uppercase()).map_err(|_| ReportCode::UnknownCountry);
    let reference = read(reference, "reference", &mut faults, |text| cleaned(text, REFERENCE_CAP));
    let row = ScreeningRow {
        name: read(name, "name", &mut faults, read_name),
        document_number: read(document_number, "document_number", &mut faults, read_number),
        issuing_country: read(issuing_country, "issuing_country", &mut faults, country),
        birth: read(born, "born", &mut faults, read_birth),
        nationality: read(nationality, "nationality", &mut faults, country),
        sex: read(sex, "sex", &mut faults, read_sex),
    };
    if name.is_empty() && document_number.is_empty() {
        faults.push(("name", ReportCode::Missing));
    }
    (reference.unwrap_or_default(), if faults.is_empty() { Ok(row) } else { Err(faults) })
}

/// Reads a cell; an empty one is not there.
fn read<T>(
    cell: &str,
    column: &'static str,
    faults: &mut Faults,
    read: impl Fn(&str) -> Result<T, ReportCode>,
) -> Option<T> {
    if cell.is_empty() {
        return None;
    }
    read(cell).map_err(|code| faults.push((column, code))).ok()
}

fn cleaned(text: &str, cap: usize) -> Result<String, ReportCode> {
    clean(text, cap).map_err(|error| match error {
        TextError::Empty => ReportCode::Missing,
        TextError::TooLong(_) => ReportCode::TooLong,
        TextError::ControlCharacter | TextError::Language => ReportCode::BadCharacters,
    })
}

fn read_name(text: &str) -> Result<String, ReportCode> {
    let name = cleaned(text, NAME_CAP)?;
    if name.chars().any(char::is_alphabetic) { Ok(name) } else { Err(ReportCode::NotAName) }
}

fn read_number(text: &str) -> Result<String, ReportCode> {
    DocumentNumber::new(text).map(|number| number.as_str().to_owned()).map_err(|error| match error {
        NumberError::Empty => ReportCode::Missing,
        NumberError::TooLong => ReportCode::TooLong,
        NumberError::BadCharacter => ReportCode::BadCharacters,
    })
}

/// Reads a date of birth as the exchange writes it, or `DD.MM.YYYY`: with full stops the day stands first everywhere.
fn read_birth(text: &str) -> Result<DateInterval, ReportCode> {
    let turned = match text.split('.').collect::<Vec<_>>()[..] {
        [day, month, year] if year.len() == 4 => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    };
    turned.parse().map_err(|_| ReportCode::ImpossibleDate)
}

/// Reads a sex: `m`, `f`, `x` of travel documents, the words, or the codes of ISO/IEC 5218.
fn read_sex(text: &str) -> Result<Sex, ReportCode> {
    match text.to_ascii_lowercase().as_str() {
        "m" | "male" | "1" => Ok(Sex::Male),
        "f" | "female" | "2" => Ok(Sex::Female),
        "x" | "<" | "not-known" | "0" => Ok(Sex::NotKnown),
        "not-applicable" | "9" => Ok(Sex::NotApplicable),
        _ => Err(ReportCode::UnknownValue),
    }
}
