//! Tables of rows and cells (CSV): lines within caps, the delimiter, quotation marks. What the cells say is others' business.

use std::io::{self, BufRead};

use crate::capped::Capped;
use crate::report::Place;

/// Reads a table line by line.
pub(crate) struct TableLines<R> {
    source: Capped<R>,
    row_bytes: usize,
    line: Vec<u8>,
    /// Whether the last line that was read ended with a line break.
    line_ended: bool,
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
