//! Tables of rows and cells (CSV): lines within caps, the delimiter, quotation marks. What the cells say is others' business.

use std::io::{self, BufRead};

use barid_domain::dates::{DateError, Day};

use crate::capped::Capped;
use crate::report::{Consequence, Place, ReportCode, ReportRow};

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

/// Reads the header of a table and its rows as cells, within the caps.
pub(crate) struct TableRows<R> {
    lines: TableLines<R>,
    limits: CsvLimits,
    delimiter: char,
    /// The number of columns.
    columns: usize,
    rows: u64,
    /// A byte that, alone in a line, ends the table.
    end_mark: Option<u8>,
}

/// A row as cells, or why it is none.
pub(crate) struct RawRow {
    /// Where it begins.
    pub(crate) place: Place,
    /// As many as there are columns.
    pub(crate) cells: Result<Vec<String>, ReportCode>,
}

impl<R: BufRead> TableRows<R> {
    pub(crate) fn new(source: R, limits: CsvLimits) -> Self {
        let lines = TableLines::new(source, limits.total_bytes, limits.row_bytes);
        TableRows { lines, limits, delimiter: ',', columns: 0, rows: 0, end_mark: None }
    }

    /// A table of so many columns with commas between them, whose first row is a row.
    pub(crate) fn without_header(source: R, limits: CsvLimits, columns: usize, end_mark: u8) -> Self {
        TableRows { columns, end_mark: Some(end_mark), ..TableRows::new(source, limits) }
    }

    pub(crate) fn ends_with_line_break(&self) -> bool {
        self.lines.ends_with_line_break() || self.is_end_mark()
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.lines.consumed()
    }

    /// What ends the reading here.
    pub(crate) fn error(&self, kind: CsvReadErrorKind) -> CsvReadError {
        CsvReadError { kind, place: self.lines.place(), rows_before: self.rows }
    }

    /// Reads the first row, the names of the columns as they are written; it also tells the delimiter.
    pub(crate) fn header(&mut self) -> Result<Vec<String>, CsvReadErrorKind> {
        match self.lines.next_line()? {
            Line::Whole => {}
            Line::TooLong | Line::End => return Err(CsvReadErrorKind::NoHeader),
        }
        let line = std::str::from_utf8(self.lines.line()).map_err(|_| CsvReadErrorKind::NoHeader)?;
        let line = line.trim_start_matches('\u{feff}');
        self.delimiter = delimiter_of(line);
        let names = split(line, self.delimiter).map_err(|UnmatchedQuote| CsvReadErrorKind::NoHeader)?;
        self.columns = names.len();
        Ok(names)
    }

    /// Reads the next row that is not empty; the header is read before.
    pub(crate) fn next_row(&mut self) -> Result<Option<RawRow>, CsvReadErrorKind> {
        loop {
            let place = self.lines.place();
            let end = self.lines.next_line()?;
            match end {
                Line::End => return Ok(None),
                Line::Whole if self.is_end_mark() => return Ok(None),
                Line::Whole if self.lines.line().trim_ascii().is_empty() => continue,
                Line::Whole | Line::TooLong => {}
            }
            if self.rows >= self.limits.rows {
                return Err(CsvReadErrorKind::TooManyRows);
            }
            self.rows += 1;
            let cells = match end {
                Line::TooLong => Err(ReportCode::TooLong),
                Line::Whole | Line::End => self.cells(),
            };
            return Ok(Some(RawRow { place, cells }));
        }
    }

    fn is_end_mark(&self) -> bool {
        matches!((self.lines.line(), self.end_mark), ([byte], Some(mark)) if *byte == mark)
    }

    fn cells(&self) -> Result<Vec<String>, ReportCode> {
        let text = std::str::from_utf8(self.lines.line()).map_err(|_| ReportCode::NotUtf8)?;
        if text.chars().any(|character| character.is_control() && character != '\t') {
            return Err(ReportCode::ControlCharacter);
        }
        let cells = split(text, self.delimiter).map_err(|UnmatchedQuote| ReportCode::UnclosedQuote)?;
        if cells.len() == self.columns { Ok(cells) } else { Err(ReportCode::WrongColumns) }
    }
}

/// A fault for which a row is refused.
pub(crate) fn row_fault(place: Place, field: &str, code: ReportCode) -> ReportRow {
    ReportRow { id: None, place, field: field.to_owned(), code, consequence: Consequence::ItemRefused }
}

pub(crate) fn read_day(text: &str) -> Result<Day, ReportCode> {
    text.parse().map_err(|error: DateError| match error {
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
