//! The rows of a sheet, as texts.

use std::io::BufRead;

use barid_domain::text::clean;
use quick_xml::events::BytesStart;

use super::WorkbookErrorKind;
use super::archive::Part;
use super::numbers::{self, NumberFormat};
use super::workbook::Workbook;
use super::xml::{Node, Xml, attribute, is_set, local};
use crate::report::ReportCode;

/// The longest text of a cell, in characters, as spreadsheets have it.
const TEXT_CAP: usize = 32_767;
/// The longest name of a sheet that is shown, in characters.
const NAME_CAP: usize = 100;

/// Reads the rows of a sheet.
pub struct SheetRows<R: BufRead> {
    name: String,
    shown_name: String,
    workbook: Workbook,
    xml: Xml<R>,
    /// The last row of any cells that are merged; 0 where none are.
    merged_to: u64,
    columns: usize,
    in_table: bool,
    is_over: bool,
    last_row: u64,
}

/// Is a row that says something.
pub(crate) struct SheetRow {
    /// Its number at the left.
    pub(crate) number: u64,
    /// Whether the spreadsheet hides it.
    pub(crate) is_hidden: bool,
    /// What its cells say, by column from 0; empty ones are left out.
    pub(crate) cells: Vec<(usize, CellRead)>,
}

/// Is what a cell says.
pub(crate) struct CellRead {
    /// Its text, or why it has none.
    pub(crate) text: Result<String, ReportCode>,
    /// Whether it is kept as a number: zeros in front of it are lost.
    pub(crate) is_number: bool,
}

/// Is a cell that is being read.
#[derive(Default)]
struct Cell {
    column: usize,
    /// Its type.
    kind: String,
    style: usize,
    value: Option<String>,
    inline: Option<String>,
    has_formula: bool,
}

/// Where in a cell the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Value,
    Inline,
}

/// What a step within a row came to.
enum Step {
    Opened(Cell),
    Closed,
    RowEnded,
    Other,
}

impl<R: BufRead> SheetRows<R> {
    pub(super) fn new(
        name: String,
        workbook: Workbook,
        part: Part<R>,
        merged_to: u64,
        columns: usize,
    ) -> Self {
        let shown_name = quoted(&clean(&name, NAME_CAP).unwrap_or_else(|_| "?".to_owned()));
        Self {
            name,
            shown_name,
            workbook,
            xml: Xml::new(part),
            merged_to,
            columns,
            in_table: false,
            is_over: false,
            last_row: 0,
        }
    }

    /// The name of the sheet.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address of a cell, or of a whole row.
    pub(crate) fn address(&self, row: u64, column: Option<usize>) -> String {
        match column {
            Some(column) => format!("{}!{}{row}", self.shown_name, letters_of(column)),
            None => format!("{}!{row}:{row}", self.shown_name),
        }
    }

    /// Whether cells of this row or behind it are merged.
    pub(crate) fn is_merged_from(&self, row: u64) -> bool {
        self.merged_to >= row
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.xml.bytes_read()
    }

    /// Reads the next row that says something.
    pub(crate) fn next_row(&mut self) -> Result<Option<SheetRow>, WorkbookErrorKind> {
        while !self.is_over {
            let (in_table, last_row) = (self.in_table, self.last_row);
            let row = self.xml.step(|node| {
                Ok(match node {
                    Node::Open(tag) if local(tag.name().as_ref()) == "sheetData" => Found::Table,
                    Node::Open(tag) if in_table && local(tag.name().as_ref()) == "row" => {
                        let number = attribute(tag, "r")?.map_or(Ok(last_row + 1), |number| {
                            number.parse().map_err(|_| WorkbookErrorKind::Malformed)
                        })?;
                        Found::Row(number, is_set(tag, "hidden")?)
                    }
                    Node::Close("sheetData") | Node::End => Found::End,
                    Node::Open(_) | Node::Close(_) | Node::Text(_) => Found::Other,
                })
            })?;
            match row {
                Found::Table => self.in_table = true,
                Found::End => self.is_over = true,
                Found::Other => {}
                Found::Row(number, is_hidden) => {
                    if number <= last_row || number > 10_000_000 {
                        return Err(WorkbookErrorKind::Malformed);
                    }
                    self.last_row = number;
                    let cells = self.cells()?;
                    if !cells.is_empty() {
                        return Ok(Some(SheetRow { number, is_hidden, cells }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Reads the cells of a row up to its end.
    fn cells(&mut self) -> Result<Vec<(usize, CellRead)>, WorkbookErrorKind> {
        let mut cells = Vec::new();
        let (mut open, mut within, mut next_column) = (None::<Cell>, Within::Nothing, 0);
        let mut in_reading_aid = false;
        loop {
            let step = self.xml.step(|node| {
                match (node, &mut open) {
                    (Node::Open(tag), None) if local(tag.name().as_ref()) == "c" => {
                        return Ok(Step::Opened(cell_of(tag, next_column)?));
                    }
                    (Node::Open(tag), Some(cell)) => match local(tag.name().as_ref()) {
                        "v" => {
                            within = Within::Value;
                            cell.value.get_or_insert_default();
                        }
                        "t" if !in_reading_aid => {
                            within = Within::Inline;
                            cell.inline.get_or_insert_default();
                        }
                        "rPh" => in_reading_aid = true,
                        "f" => cell.has_formula = true,
                        _ => {}
                    },
                    (Node::Text(text), Some(cell)) => {
                        let into = match within {
                            Within::Nothing => return Ok(Step::Other),
                            Within::Value => cell.value.get_or_insert_default(),
                            Within::Inline => cell.inline.get_or_insert_default(),
                        };
                        // Longer ones are refused: so much of them is enough to tell.
                        if into.len() <= 4 * TEXT_CAP {
                            into.push_str(text);
                        }
                    }
                    (Node::Close("v" | "t"), Some(_)) => within = Within::Nothing,
                    (Node::Close("rPh"), Some(_)) => in_reading_aid = false,
                    (Node::Close("c"), Some(_)) => return Ok(Step::Closed),
                    (Node::Close("row"), None) => return Ok(Step::RowEnded),
                    (Node::End | Node::Close("row"), _) => return Err(WorkbookErrorKind::Malformed),
                    (Node::Open(_) | Node::Text(_) | Node::Close(_), _) => {}
                }
                Ok(Step::Other)
            })?;
            match step {
                Step::Opened(cell) => {
                    if cell.column < next_column {
                        return Err(WorkbookErrorKind::Malformed);
                    }
                    if cell.column >= self.columns {
                        return Err(WorkbookErrorKind::TooManyColumns);
                    }
                    next_column = cell.column + 1;
                    open = Some(cell);
                }
                Step::Closed => {
                    let cell = open.take().map(|cell| (cell.column, self.read(cell)));
                    let says =
                        |read: &CellRead| read.text.as_ref().map_or(true, |text| !text.trim().is_empty());
                    cells.extend(cell.filter(|(_, read)| says(read)));
                }
                Step::RowEnded => return Ok(cells),
                Step::Other => {}
            }
        }
    }

    fn read(&self, cell: Cell) -> CellRead {
        let Cell { kind, style, value, inline, has_formula, .. } = cell;
        let has_value = value.is_some();
        let value = value.unwrap_or_default();
        let is_number = matches!(kind.as_str(), "" | "n");
        let format = self.workbook.formats.get(style).copied().unwrap_or(NumberFormat::Number);
        let text = match kind.as_str() {
            // What the formula came to when the workbook was saved; without that there is nothing to read.
            _ if has_formula && (!has_value || is_number && value.trim().is_empty()) => {
                Err(ReportCode::Formula)
            }
            "e" => Err(ReportCode::CellError),
            "inlineStr" => Ok(unescaped(&inline.unwrap_or_default())),
            "s" if !has_value => Ok(String::new()),
            "s" => {
                let number = value.trim().parse().ok();
                let text = number.and_then(|number| self.workbook.texts.get(number));
                match text {
                    // Before it is copied: a text that many cells share is read once for each of them.
                    Some(text) if text.len() > 4 * TEXT_CAP => Err(ReportCode::TooLong),
                    text => text.map(unescaped).ok_or(ReportCode::CellError),
                }
            }
            "str" => Ok(unescaped(&value)),
            "b" => Ok(if value.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned()),
            "d" => day_of_text(value.trim()),
            "" | "n" if value.trim().is_empty() => Ok(String::new()),
            "" | "n" => numbers::text_of(&value, format, self.workbook.dates),
            _ => Err(ReportCode::CellError),
        };
        let is_shown_as_it_is = matches!(format, NumberFormat::Digits(_) | NumberFormat::Day);
        CellRead { text: text.and_then(one_line), is_number: is_number && !is_shown_as_it_is }
    }
}

/// What stands next in a sheet.
enum Found {
    Table,
    Row(u64, bool),
    Other,
    End,
}

/// Reads a sheet through: that it is whole, within its caps, and XML; and the last row of its merged cells.
pub(super) fn look_through<S: BufRead>(part: Part<S>) -> Result<u64, WorkbookErrorKind> {
    let (mut merged_to, mut is_sheet) = (0, false);
    Xml::new(part).walk(|node| {
        let Node::Open(tag) = node else { return Ok(()) };
        match local(tag.name().as_ref()) {
            "worksheet" => is_sheet = true,
            _ if !is_sheet => return Err(WorkbookErrorKind::Malformed),
            "mergeCell" => {
                let cells = attribute(tag, "ref")?.unwrap_or_default();
                let last = cells.rsplit(':').next().and_then(place_of);
                let (row, _) = last.ok_or(WorkbookErrorKind::Malformed)?;
                merged_to = merged_to.max(row);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(merged_to)
}

fn cell_of(tag: &BytesStart<'_>, next_column: usize) -> Result<Cell, WorkbookErrorKind> {
    let column = match attribute(tag, "r")? {
        Some(place) => place_of(&place).ok_or(WorkbookErrorKind::Malformed)?.1,
        None => next_column,
    };
    let style = attribute(tag, "s")?.and_then(|style| style.parse().ok()).unwrap_or(0);
    Ok(Cell { column, kind: attribute(tag, "t")?.unwrap_or_default(), style, ..Cell::default() })
}

/// Reads `C17` as row 17 and column 2.
fn place_of(text: &str) -> Option<(u64, usize)> {
    let at = text.find(|character: char| character.is_ascii_digit())?;
    let (letters, number) = text.split_at(at);
    if !(1..=3).contains(&letters.len()) || !letters.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return None;
    }
    let column = letters.bytes().fold(0, |column, letter| column * 26 + usize::from(letter - b'A') + 1);
    Some((number.parse().ok()?, column - 1))
}

/// Writes column 2 as `C`.
fn letters_of(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(b'A' + (left % 26) as u8);
        left /= 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// A name as spreadsheets write it in addresses.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|character| character.is_alphanumeric() || character == '_');
    if is_plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}

/// Resolves `_x000D_`, which stands for a character that XML does not have.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|_| rest.get(at + 6..at + 7) == Some("_"));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let (kept, length) = match code {
            Some(character) => (character.to_string(), 7),
            None => ("_x".to_owned(), 2),
        };
        out.push_str(&rest[..at]);
        out.push_str(&kept);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// A text on one line: line breaks within a cell are spaces. Other controls have no place in a table.
fn one_line(text: String) -> Result<String, ReportCode> {
    if text.chars().count() > TEXT_CAP {
        return Err(ReportCode::TooLong);
    }
    let text = text.replace(['\r', '\n', '\t'], " ");
    if text.chars().any(char::is_control) { Err(ReportCode::ControlCharacter) } else { Ok(text) }
}

/// A cell of the type of days (ISO 8601), whose time, if there is one, is midnight.
fn day_of_text(text: &str) -> Result<String, ReportCode> {
    match text.split_once('T') {
        None => Ok(text.to_owned()),
        Some((day, time)) if time.chars().all(|character| matches!(character, '0' | ':' | '.' | 'Z')) => {
            Ok(day.to_owned())
        }
        Some(_) => Err(ReportCode::TimeOfDay),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_letters_are_each_others_way_back() {
        for column in [0, 1, 25, 26, 51, 52, 701, 702, 16_383] {
            assert_eq!(place_of(&format!("{}17", letters_of(column))), Some((17, column)));
        }
        assert_eq!([letters_of(0), letters_of(26), letters_of(702)], ["A", "AA", "AAA"]);
        for bad in ["", "17", "C", "c17", "C-1", "ABCD1", "Ж1", "C99999999999999999999"] {
            assert_eq!(place_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn texts_of_cells_are_brought_on_one_line() {
        assert_eq!(unescaped("а_x000D__x0416_б_xZZ_c_x"), "а\rЖб_xZZ_c_x");
        assert_eq!(unescaped("_x_x0041_"), "_xA");
        assert_eq!(unescaped("_xЖЖ"), "_xЖЖ");
        assert_eq!(one_line("а\r\nб".to_owned()), Ok("а  б".to_owned()));
        assert_eq!(one_line("а\u{7}".to_owned()), Err(ReportCode::ControlCharacter));
        assert_eq!(quoted("Лист1"), "Лист1");
        assert_eq!(quoted("Mär's 26"), "'Mär''s 26'");
    }
}
