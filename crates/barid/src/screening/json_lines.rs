//! Lists of people to screen as lines of JSON: the columns of the table as fields of an object, a row a line.

use std::io::BufRead;

use barid_formats::report::{Place, ReportCode};
use barid_formats::screening_csv::{
    ListLimits, ListReadError, ListReadErrorKind, ListRow, OtherColumns, RowReading, read_named,
};
use serde_json::Value;

use crate::table_mapping::Pairs;

/// Reads a list, one row at a time.
///
/// An iterator: `Ok` rows until the end, or one `Err` and then nothing more.
pub struct JsonLinesReader<R: BufRead> {
    source: R,
    limits: ListLimits,
    other_fields: OtherColumns,
    place: Place,
    rows: u64,
    ended: bool,
}

impl<R: BufRead> JsonLinesReader<R> {
    /// Begins to read `source`.
    pub fn new(source: R, other_fields: OtherColumns, limits: ListLimits) -> Self {
        let place = Place { byte_offset: 0, line: 1 };
        Self { source, limits, other_fields, place, rows: 0, ended: false }
    }

    fn next_row(&mut self) -> Result<Option<ListRow>, ListReadErrorKind> {
        loop {
            let place = self.place;
            let Some(line) = self.next_line()? else { return Ok(None) };
            let line = line.as_deref();
            if line.is_ok_and(|line| line.trim_ascii().is_empty()) {
                continue;
            }
            if self.rows >= self.limits.rows {
                return Err(ListReadErrorKind::TooManyRows);
            }
            self.rows += 1;
            let (reference, row) = match line {
                Ok(line) => self.read_line(line),
                Err(code) => (String::new(), Err(vec![("row", *code)])),
            };
            return Ok(Some(ListRow { number: self.rows, place, reference, row }));
        }
    }

    /// The next line without its break; `None` at the end, a fault for one that is too long.
    fn next_line(&mut self) -> Result<Option<Result<Vec<u8>, ReportCode>>, ListReadErrorKind> {
        let mut line = Vec::new();
        let mut length = 0u64;
        loop {
            let available = self.source.fill_buf().map_err(|_| ListReadErrorKind::Source)?;
            let found = available.iter().position(|byte| *byte == b'\n');
            let taken = found.unwrap_or(available.len());
            let room = (self.limits.row_bytes + 1).saturating_sub(line.len());
            line.extend_from_slice(&available[..taken.min(room)]);
            let (is_end, consumed) = (available.is_empty(), taken + usize::from(found.is_some()));
            self.source.consume(consumed);
            length += taken as u64;
            self.place.byte_offset += consumed as u64;
            if self.place.byte_offset > self.limits.total_bytes {
                return Err(ListReadErrorKind::TooLarge);
            }
            if is_end && length == 0 {
                return Ok(None);
            }
            if found.is_some() || is_end {
                self.place.line += 1;
                let is_too_long = length > self.limits.row_bytes as u64;
                return Ok(Some(if is_too_long { Err(ReportCode::TooLong) } else { Ok(line) }));
            }
        }
    }

    fn read_line(&self, line: &[u8]) -> (String, RowReading) {
        let refused = |code| (String::new(), Err(vec![("row", code)]));
        let Ok(text) = std::str::from_utf8(line) else { return refused(ReportCode::NotUtf8) };
        let fields = serde_json::from_str::<Pairs<Value>>(text.trim_start_matches('\u{feff}'));
        let Ok(Pairs(fields)) = fields else { return refused(ReportCode::BadCharacters) };
        let mut cells = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            cells.push(match value {
                Value::String(text) => (name, text),
                // A fraction loses its last zero and a long number its last digits: such are written as texts.
                Value::Number(number) if number.is_u64() => (name, number.to_string()),
                Value::Null => continue,
                _ => return refused(ReportCode::BadCharacters),
            });
        }
        read_named(&cells, self.other_fields)
    }
}

impl<R: BufRead> Iterator for JsonLinesReader<R> {
    type Item = Result<ListRow, ListReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.next_row();
        self.ended = !matches!(read, Ok(Some(_)));
        match read {
            Ok(row) => row.map(Ok),
            Err(kind) => Some(Err(ListReadError { kind, place: self.place, rows_before: self.rows })),
        }
    }
}

/// Tells whether a list is lines of JSON: the first sign of it is a brace.
pub fn is_json_lines(first: &[u8]) -> bool {
    first.trim_ascii_start().strip_prefix("\u{feff}".as_bytes()).unwrap_or(first).trim_ascii_start().first()
        == Some(&b'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str, other: OtherColumns) -> Vec<String> {
        let rows = JsonLinesReader::new(list.as_bytes(), other, ListLimits::default());
        rows.map(|row| match row {
            Ok(row) => match row.row {
                Ok(read) => format!("{} {} {}", row.place.line, row.reference, read.name.unwrap_or_default()),
                Err(faults) => format!("{} {}: {}", row.place.line, faults[0].0, faults[0].1.as_str()),
            },
            Err(error) => error.kind.code().to_owned(),
        })
        .collect()
    }

    #[test]
    fn lines_are_rows_and_one_that_is_none_stops_no_other() {
        let list = "\u{feff}{\"reference\": \"A-1\", \"name\": \"Калачев\", \"born\": 1971}\n\n\
                    {\"surname\": \"উদাহরণ\", \"given_names\": \"নমুনা\", \"sex\": null}\r\n\
                    [\"Калачев\"]\n{\"name\": \"а\", \"arrest\": \"x\"}\n{\"name\": {}}\n{\"born\": \"1971\"}\n\
                    {\"name\": \"а\", \"Name\": \"б\"}\n{\"name\": \"التجربة\"}";
        assert!(is_json_lines(list.as_bytes()) && !is_json_lines("name\n{".as_bytes()));
        assert_eq!(
            read(list, OtherColumns::Refused),
            [
                "1 A-1 Калачев",
                "3  নমুনা উদাহরণ",
                "4 row: bad-characters",
                "5 row: unknown-value",
                "6 row: bad-characters",
                "7 name: missing",
                "8 name: duplicate",
                "9  التجربة",
            ]
        );
        assert_eq!(read("{\"name\": \"а\", \"arrest\": \"x\"}", OtherColumns::LeftOut), ["1  а"]);
        let limits = ListLimits { rows: 1, row_bytes: 20, total_bytes: 60 };
        let read = |list: &str| {
            let rows = JsonLinesReader::new(list.as_bytes(), OtherColumns::Refused, limits);
            rows.map(|row| row.map(|row| row.row.is_ok()).map_err(|error| error.kind.code()))
                .collect::<Vec<_>>()
        };
        assert_eq!(read("{\"name\": \"abcdefgh\"}\n"), [Ok(true)]);
        assert_eq!(read("{\"name\": \"abcdefghi\"}\n{}"), [Ok(false), Err("csv-too-many-rows")]);
        assert_eq!(read(&" ".repeat(61)), [Err("csv-too-large")]);
    }
}
