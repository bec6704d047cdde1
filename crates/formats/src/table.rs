//! Tables of rows and cells: lines within caps, the delimiter, quotation marks (CSV), or a sheet of a workbook (XLSX). What
//! the cells say is others' business.

use std::io::{self, BufRead};

use barid_domain::dates::{DateError, Day};
use barid_domain::typed_births::ascii_digit;

use crate::capped::Capped;
use crate::report::{Consequence, Place, ReportCode, ReportRow};
use crate::xlsx::{SheetRow, SheetRows, WorkbookErrorKind};

/// Reads a table line by line.
pub(crate) struct TableLines<R> {
    source: Capped<R>,
    row_bytes: usize,
    line: Vec<u8>,
    /// Whether the last line that was read ended with a line break.
    line_ended: bool,
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

impl CsvLimits {
    /// For objects, which have longer rows and are sealed one by one: 1 GiB, 32 KiB a row, a million rows.
    pub fn of_objects() -> Self {
        CsvLimits { total_bytes: 1 << 30, row_bytes: 32 << 10, rows: 1_000_000 }
    }
}

/// The table itself is at fault, or over a cap: the reading has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {code}: {kind} (rows read before: {rows_before})", line = place.line, code = kind.code())]
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
    /// A name in the header is none that the table may have.
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
    /// The workbook that the table is in can't be read on.
    #[error("{0}")]
    Workbook(WorkbookErrorKind),
}

impl From<WorkbookErrorKind> for CsvReadErrorKind {
    fn from(kind: WorkbookErrorKind) -> Self {
        CsvReadErrorKind::Workbook(kind)
    }
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
            CsvReadErrorKind::Workbook(kind) => kind.code(),
        }
    }
}

/// Is where the rows of a table come from.
pub enum TableSource<R: BufRead> {
    /// Lines of characters (CSV).
    Lines(R),
    /// A sheet of a workbook (XLSX).
    Sheet(Box<SheetRows<R>>),
}

impl<R: BufRead> TableSource<R> {
    /// The name of the sheet, of a workbook.
    pub fn sheet_name(&self) -> Option<&str> {
        match self {
            TableSource::Lines(_) => None,
            TableSource::Sheet(rows) => Some(rows.name()),
        }
    }
}

/// Reads the header of a table and its rows as cells, within the caps.
pub(crate) struct TableRows<R: BufRead> {
    source: Rows<R>,
    limits: CsvLimits,
    /// The number of columns.
    columns: usize,
    rows: u64,
    /// A byte that, alone in a line, ends the table.
    end_mark: Option<u8>,
}

enum Rows<R: BufRead> {
    Lines { lines: TableLines<R>, delimiter: char },
    Sheet { rows: Box<SheetRows<R>>, last: u64 },
}

/// A row as cells, or why it is none.
pub(crate) struct RawRow {
    /// Where it begins.
    pub(crate) place: Place,
    /// As many as there are columns.
    pub(crate) cells: Result<Vec<String>, ReportCode>,
    /// Cells of a sheet that can't be read, by column from 0; their texts are empty.
    pub(crate) unreadable: Vec<(usize, ReportCode)>,
    /// Cells of a sheet that are kept as numbers.
    pub(crate) numbers: Vec<usize>,
    /// Whether the spreadsheet hides the row.
    pub(crate) is_hidden: bool,
}

impl<R: BufRead> TableRows<R> {
    pub(crate) fn new(source: TableSource<R>, limits: CsvLimits) -> Self {
        let source = match source {
            TableSource::Lines(source) => Rows::Lines {
                lines: TableLines::new(source, limits.total_bytes, limits.row_bytes),
                delimiter: ',',
            },
            TableSource::Sheet(rows) => Rows::Sheet { rows, last: 1 },
        };
        TableRows { source, limits, columns: 0, rows: 0, end_mark: None }
    }

    /// A table of so many columns with commas between them, whose first row is a row.
    pub(crate) fn without_header(source: R, limits: CsvLimits, columns: usize, end_mark: u8) -> Self {
        let table = TableRows::new(TableSource::Lines(source), limits);
        TableRows { columns, end_mark: Some(end_mark), ..table }
    }

    /// Whether the table ends as whole ones do. A workbook that is cut off is not opened.
    pub(crate) fn ends_with_line_break(&self) -> bool {
        match &self.source {
            Rows::Lines { lines, .. } => {
                lines.ends_with_line_break() || is_end_mark(lines.line(), self.end_mark)
            }
            Rows::Sheet { .. } => true,
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        match &self.source {
            Rows::Lines { lines, .. } => lines.consumed(),
            Rows::Sheet { rows, .. } => rows.bytes_read(),
        }
    }

    /// The address of a cell of a sheet by its column from 0, or of the whole row.
    pub(crate) fn address(&self, place: Place, column: Option<usize>) -> Option<String> {
        match &self.source {
            Rows::Lines { .. } => None,
            Rows::Sheet { rows, .. } => Some(rows.address(place.line, column)),
        }
    }

    /// What ends the reading here.
    pub(crate) fn error(&self, kind: CsvReadErrorKind) -> CsvReadError {
        let place = match &self.source {
            Rows::Lines { lines, .. } => lines.place(),
            Rows::Sheet { rows, last } => Place { byte_offset: rows.bytes_read(), line: *last },
        };
        CsvReadError { kind, place, rows_before: self.rows }
    }

    /// Reads the first row, the names of the columns as they are written; of lines it also tells the delimiter.
    pub(crate) fn header(&mut self) -> Result<Vec<String>, CsvReadErrorKind> {
        let names = match &mut self.source {
            Rows::Lines { lines, delimiter } => {
                match lines.next_line()? {
                    Line::Whole => {}
                    Line::TooLong | Line::End => return Err(CsvReadErrorKind::NoHeader),
                }
                let line = std::str::from_utf8(lines.line()).map_err(|_| CsvReadErrorKind::NoHeader)?;
                let line = line.trim_start_matches('\u{feff}');
                *delimiter = delimiter_of(line);
                split(line, *delimiter).map_err(|UnmatchedQuote| CsvReadErrorKind::NoHeader)?
            }
            Rows::Sheet { rows, last } => {
                let row = loop {
                    let row = rows.next_row()?.ok_or(CsvReadErrorKind::NoHeader)?;
                    *last = row.number;
                    // One cell alone is a title: every table has two columns at least.
                    if row.cells.len() > 1 {
                        break row;
                    }
                };
                if rows.is_merged_from(row.number) {
                    return Err(WorkbookErrorKind::MergedCells.into());
                }
                names_of(row)?
            }
        };
        self.columns = names.len();
        Ok(names)
    }

    /// Reads the next row that is not empty; the header is read before.
    pub(crate) fn next_row(&mut self) -> Result<Option<RawRow>, CsvReadErrorKind> {
        let columns = self.columns;
        let row = match &mut self.source {
            Rows::Lines { lines, delimiter } => next_line_row(lines, *delimiter, columns, self.end_mark)?,
            Rows::Sheet { rows, last } => {
                let offset = rows.bytes_read();
                rows.next_row()?.map(|row| {
                    *last = row.number;
                    sheet_row(row, offset, columns, self.limits.row_bytes)
                })
            }
        };
        if row.is_some() {
            if self.rows >= self.limits.rows {
                return Err(CsvReadErrorKind::TooManyRows);
            }
            self.rows += 1;
        }
        Ok(row)
    }
}

fn is_end_mark(line: &[u8], end_mark: Option<u8>) -> bool {
    matches!((line, end_mark), ([byte], Some(mark)) if *byte == mark)
}

fn next_line_row<R: BufRead>(
    lines: &mut TableLines<R>,
    delimiter: char,
    columns: usize,
    end_mark: Option<u8>,
) -> Result<Option<RawRow>, CsvReadErrorKind> {
    loop {
        let place = lines.place();
        let cells = match lines.next_line()? {
            Line::End => return Ok(None),
            Line::Whole if is_end_mark(lines.line(), end_mark) => return Ok(None),
            Line::Whole if lines.line().trim_ascii().is_empty() => continue,
            Line::Whole => cells_of(lines.line(), delimiter, columns),
            Line::TooLong => Err(ReportCode::TooLong),
        };
        let (unreadable, numbers) = (Vec::new(), Vec::new());
        return Ok(Some(RawRow { place, cells, unreadable, numbers, is_hidden: false }));
    }
}

fn cells_of(line: &[u8], delimiter: char, columns: usize) -> Result<Vec<String>, ReportCode> {
    let text = std::str::from_utf8(line).map_err(|_| ReportCode::NotUtf8)?;
    if text.chars().any(|character| character.is_control() && character != '\t') {
        return Err(ReportCode::ControlCharacter);
    }
    let cells = split(text, delimiter).map_err(|UnmatchedQuote| ReportCode::UnclosedQuote)?;
    if cells.len() == columns { Ok(cells) } else { Err(ReportCode::WrongColumns) }
}

/// The names in the header of a sheet; columns without one among them have an empty name.
fn names_of(row: SheetRow) -> Result<Vec<String>, CsvReadErrorKind> {
    let mut names = Vec::new();
    for (column, cell) in row.cells {
        names.resize(column, String::new());
        names.push(cell.text.map_err(|_| CsvReadErrorKind::NoHeader)?);
    }
    Ok(names)
}

fn sheet_row(row: SheetRow, byte_offset: u64, columns: usize, row_bytes: usize) -> RawRow {
    let place = Place { byte_offset, line: row.number };
    let (mut cells, mut bytes) = (vec![String::new(); columns], 0);
    let (mut unreadable, mut numbers, mut is_too_wide) = (Vec::new(), Vec::new(), false);
    for (column, cell) in row.cells {
        let Some(place) = cells.get_mut(column) else {
            is_too_wide = true;
            continue;
        };
        match cell.text {
            Ok(text) => {
                bytes += text.len();
                *place = text;
                if cell.is_number {
                    numbers.push(column);
                }
            }
            Err(code) => unreadable.push((column, code)),
        }
    }
    let cells = if is_too_wide {
        Err(ReportCode::WrongColumns)
    } else if bytes > row_bytes {
        Err(ReportCode::TooLong)
    } else {
        Ok(cells)
    };
    RawRow { place, cells, unreadable, numbers, is_hidden: row.is_hidden }
}

/// A fault for which a row is refused.
pub(crate) fn row_fault(place: Place, field: &str, code: ReportCode) -> ReportRow {
    let consequence = Consequence::ItemRefused;
    ReportRow { id: None, place, field: field.to_owned(), code, consequence, cell: None }
}

/// What somebody should look at in a row that is taken.
pub(crate) fn row_remark(place: Place, field: &str, code: ReportCode) -> ReportRow {
    ReportRow { consequence: Consequence::Kept, ..row_fault(place, field, code) }
}

/// Tells whether a text is what a spreadsheet writes for a number that was too long for its column: `1.23457E+14`.
pub(crate) fn is_mangled_number(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once("E+").or_else(|| text.split_once("e+")) else {
        return false;
    };
    let is_exponent = (1..=3).contains(&exponent.len()) && exponent.bytes().all(|byte| byte.is_ascii_digit());
    let mut digits = digits.chars();
    let begins = digits.next().is_some_and(|first| first.is_ascii_digit());
    is_exponent && begins && digits.all(|digit| digit.is_ascii_digit() || matches!(digit, '.' | ','))
}

/// A text with the decimal digits of any script as those of ASCII.
pub(crate) fn in_ascii_digits(text: &str) -> String {
    text.chars().map(|character| ascii_digit(character).unwrap_or(character)).collect()
}

pub(crate) fn read_day(text: &str) -> Result<Day, ReportCode> {
    in_ascii_digits(text).parse().map_err(|error: DateError| match error {
        DateError::Malformed | DateError::NoSuchDay | DateError::OutOfRange | DateError::Reversed => {
            ReportCode::ImpossibleDate
        }
    })
}

/// What a reading came to.
pub(crate) enum Line {
    Whole,
    TooLong,
    End,
}

/// Why no more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineError {
    Source,
    TooLarge,
}

impl<R: BufRead> TableLines<R> {
    /// Begins to read; `row_bytes` is the cap of a line, its break not counted.
    pub(crate) fn new(source: R, total_bytes: u64, row_bytes: usize) -> Self {
        TableLines {
            source: Capped::new(source, total_bytes, u64::MAX),
            row_bytes,
            line: Vec::new(),
            line_ended: true,
        }
    }

    /// The line that was read last, without its break.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    pub(crate) fn ends_with_line_break(&self) -> bool {
        self.line_ended
    }

    pub(crate) fn consumed(&self) -> u64 {
        self.source.consumed()
    }

    /// Where the next line begins.
    pub(crate) fn place(&self) -> Place {
        Place { byte_offset: self.source.consumed(), line: self.source.line() }
    }

    /// Reads up to the next line break into `self.line`; of a line over the cap only the end is looked for.
    pub(crate) fn next_line(&mut self) -> Result<Line, LineError> {
        self.line.clear();
        let mut length = 0usize;
        loop {
            if let Err(error) = self.source.fill_buf() {
                match (error.kind(), self.source.tripped()) {
                    (io::ErrorKind::Interrupted, _) => continue,
                    (_, Some(_)) => return Err(LineError::TooLarge),
                    (_, None) => return Err(LineError::Source),
                }
            }
            // Filled by the call before: this one only lends it.
            let available = self.source.fill_buf().map_err(|_| LineError::Source)?;
            if available.is_empty() {
                self.line_ended &= length == 0;
                let state = if length == 0 { Line::End } else { self.whole_or_too_long(length) };
                return Ok(state);
            }
            let found = available.iter().position(|byte| *byte == b'\n');
            let taken = found.unwrap_or(available.len());
            // One more byte than the cap for the carriage return of a row that just fits.
            let room = (self.row_bytes + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&available[..taken.min(room)]);
            length = length.saturating_add(taken);
            self.source.consume(taken + usize::from(found.is_some()));
            if found.is_some() {
                return Ok(self.whole_or_too_long(length));
            }
        }
    }

    fn whole_or_too_long(&mut self, length: usize) -> Line {
        let mut length = length;
        if length == self.line.len() && self.line.last() == Some(&b'\r') {
            self.line.pop();
            length -= 1;
        }
        if length > self.row_bytes { Line::TooLong } else { Line::Whole }
    }
}

/// The delimiter that a header uses most: spreadsheets of many languages separate by semicolons. Of equals the last wins,
/// the comma.
pub(crate) fn delimiter_of(header: &str) -> char {
    let uses = |delimiter: &char| header.chars().filter(|character| character == delimiter).count();
    ['\t', ';', ','].into_iter().max_by_key(uses).unwrap_or(',')
}

/// A row whose quotation marks do not match.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnmatchedQuote;

/// Splits one row as RFC 4180 writes it, except that no cell holds a line break.
///
/// A quotation mark within a cell that does not begin with one is a character like any other.
pub(crate) fn split(line: &str, delimiter: char) -> Result<Vec<String>, UnmatchedQuote> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let cell_end = match rest.strip_prefix('"') {
            None => {
                let end = rest.find(delimiter).unwrap_or(rest.len());
                cells.push(rest[..end].to_owned());
                end
            }
            Some(quoted) => {
                let (cell, length) = unquote(quoted)?;
                cells.push(cell);
                // The opening mark, the content, the closing mark.
                length + 2
            }
        };
        rest = &rest[cell_end..];
        match rest.strip_prefix(delimiter) {
            Some(more) => rest = more,
            None if rest.is_empty() => return Ok(cells),
            None => return Err(UnmatchedQuote),
        }
    }
}

/// The content of a quoted cell, doubled marks as one, and its length as written.
fn unquote(text: &str) -> Result<(String, usize), UnmatchedQuote> {
    let mut cell = String::new();
    let mut at = 0;
    loop {
        let end = at + text[at..].find('"').ok_or(UnmatchedQuote)?;
        cell.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('"') {
            return Ok((cell, end));
        }
        cell.push('"');
        at = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_that_a_spreadsheet_spoilt_are_known() {
        for text in ["1.23457E+14", "1,23457E+14", "5E+10", "9.9e+100"] {
            assert!(is_mangled_number(text), "{text}");
        }
        for text in ["1.23457E14", "AE+14", "E+1", "1E+", "1E+1A", "12345", "1.2.3", "", "১E+১"] {
            assert!(!is_mangled_number(text), "{text}");
        }
    }

    #[test]
    fn cells_and_quotation_marks() {
        let cells = |line| split(line, ',').map(|cells| cells.join("|"));
        assert_eq!(cells(""), Ok(String::new()));
        assert_eq!(cells("a,,б,"), Ok("a||б|".to_owned()));
        assert_eq!(cells("\"a,\"\"б\"\"\",\"\""), Ok("a,\"б\"|".to_owned()));
        assert_eq!(cells("a\"b,c"), Ok("a\"b|c".to_owned()));
        for line in ["\"a", "a,\"b\"c", "\"", "\"a\"\""] {
            assert_eq!(cells(line), Err(UnmatchedQuote), "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// What an outside library writes, with quotation marks wherever they are needed, reads back.
        #[test]
        fn an_outside_writer_is_understood(cells in prop::collection::vec("[a-zৰঅ,;\" =-]{0,6}", 1..6)) {
            let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(split(line.trim_end_matches('\n'), ';'), Ok(cells));
        }
    }
}
