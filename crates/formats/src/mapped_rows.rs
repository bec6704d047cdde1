//! Tables whose columns are the fields of a database: read row by row through a mapping.
//!
//! One row is one record, known by the bureau's own number of it; a bad row is refused with every fault named and the rest
//! goes on. No cell is ever evaluated, and no value is repeated in a report.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufRead;
use std::marker::PhantomData;

use barid_domain::codes::Database;
use barid_domain::dates::Day;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::tables::Table;
use barid_domain::text::{clean, is_language_tag};
use sha2::{Digest, Sha256};

use crate::mapping::{
    Column, ID, ID_CAP, Layout, MappingError, NO_LANGUAGE, Path, Plan, Source, TableMapping, Target, folded,
    read_value, text_fault, values_of,
};
use crate::report::{Place, ReportCode, ReportRow};
use crate::table::{
    CsvLimits, CsvReadError, CsvReadErrorKind, RawRow, TableRows, TableSource, is_mangled_number, row_fault,
    row_remark,
};

/// Is what a row of a mapped table states.
pub trait Statement: Sized {
    /// The fields of the tables of a database; `None` where its rows state something else.
    fn table(database: Database) -> Option<&'static Table>;

    /// Makes it of the fields of a row, with every fault by its place in the fields: `plates[1].number`.
    fn of(table: &'static Table, fields: Fields, today: Day) -> (Option<Self>, Vec<(String, ReportCode)>);
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappedRow<S> {
    /// What it states holds by the rules of its database.
    Stated {
        /// Where the row begins.
        place: Place,
        /// The bureau's own number of it.
        id: String,
        /// What it states.
        statement: Box<S>,
        /// What somebody should look at.
        remarks: Vec<ReportRow>,
    },
    /// A refused row, with every fault.
    Refused {
        /// Where the row begins.
        place: Place,
        /// Which record the row is about, as far as it can be read.
        about: AboutRow,
        /// The faults, by column; the values themselves are not repeated.
        report: Vec<ReportRow>,
    },
}

/// Which record a refused row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AboutRow {
    /// One that no row before was about, by its number.
    Row(String),
    /// That of an earlier row, which alone counts.
    EarlierRow,
    /// The number can't be read.
    Unreadable,
}

/// Reads a table, one row at a time.
///
/// An iterator: `Ok` rows until the end, or one `Err` and then nothing more.
pub struct MappedReader<S, R: BufRead> {
    rows: TableRows<R>,
    today: Day,
    plan: Plan,
    layout: Option<Layout>,
    seen: HashSet<[u8; 16]>,
    ended: bool,
    states: PhantomData<fn() -> S>,
}

impl<S: Statement, R: BufRead> MappedReader<S, R> {
    /// Begins to read `source`, a table of `database` entered on `today`.
    ///
    /// # Errors
    /// The mapping does not fit the database.
    pub fn new(
        source: TableSource<R>,
        today: Day,
        database: Database,
        mapping: &TableMapping,
        limits: CsvLimits,
    ) -> Result<Self, MappingError> {
        Ok(MappedReader {
            rows: TableRows::new(source, limits),
            today,
            plan: Plan::new(S::table(database), mapping)?,
            layout: None,
            seen: HashSet::new(),
            ended: false,
            states: PhantomData,
        })
    }

    /// Tells whether the last row read ended with a line break: a table that was cut off seldom does.
    pub fn ends_with_line_break(&self) -> bool {
        self.rows.ends_with_line_break()
    }

    /// Bytes consumed so far, for a progress display.
    pub fn bytes_read(&self) -> u64 {
        self.rows.bytes_read()
    }

    fn next_row(&mut self) -> Result<Option<MappedRow<S>>, CsvReadErrorKind> {
        let layout = match self.layout.take() {
            Some(layout) => layout,
            None => self.plan.layout(&self.rows.header()?)?,
        };
        let row = self.rows.next_row();
        let read = row.map(|row| row.map(|row| self.read_row(row, &layout)));
        self.layout = Some(layout);
        read
    }

    fn read_row(&mut self, row: RawRow, layout: &Layout) -> MappedRow<S> {
        let mut read = self.read_cells(row, layout);
        let (place, report) = match &mut read {
            MappedRow::Stated { place, remarks, .. } => (*place, remarks),
            MappedRow::Refused { place, report, .. } => (*place, report),
        };
        for row in report {
            row.cell = self.rows.address(place, layout.place_of(&row.field));
        }
        read
    }

    fn read_cells(&mut self, row: RawRow, layout: &Layout) -> MappedRow<S> {
        let place = row.place;
        let refused = |about, report| MappedRow::Refused { place, about, report };
        let cells = match &row.cells {
            Ok(cells) => cells,
            Err(code) => return refused(AboutRow::Unreadable, vec![row_fault(place, "row", *code)]),
        };
        let mut reading =
            RowReading { plan: &self.plan, row: &row, cells, report: Vec::new(), remarks: Vec::new() };
        if row.is_hidden {
            reading.remarks.push(row_remark(place, "row", ReportCode::HiddenRow));
        }
        let id = reading.id(layout.id);
        let statement = reading.statement(&layout.columns, self.today);
        let RowReading { report, remarks, .. } = reading;
        let Some(id) = id else { return refused(AboutRow::Unreadable, report) };
        // A refused row counts as well: what a later row says of the same record would hide that it was refused.
        let is_first = self.seen.insert(key_of(&id));
        match statement {
            Some(statement) if is_first => {
                MappedRow::Stated { place, id, statement: Box::new(statement), remarks }
            }
            Some(_) => {
                let twice = row_fault(place, ID, ReportCode::Duplicate);
                refused(AboutRow::EarlierRow, vec![twice])
            }
            None if is_first => refused(AboutRow::Row(id), report),
            None => refused(AboutRow::EarlierRow, report),
        }
    }
}

impl<S: Statement, R: BufRead> Iterator for MappedReader<S, R> {
    type Item = Result<MappedRow<S>, CsvReadError>;

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
                Some(Err(self.rows.error(kind)))
            }
        }
    }
}

/// A row that is being read.
struct RowReading<'a> {
    plan: &'a Plan,
    row: &'a RawRow,
    cells: &'a [String],
    report: Vec<ReportRow>,
    remarks: Vec<ReportRow>,
}

impl RowReading<'_> {
    fn refuse(&mut self, column: &str, code: ReportCode) {
        self.report.push(row_fault(self.row.place, column, code));
    }

    fn text<'b>(&'b self, source: &'b Source) -> &'b str {
        match source {
            Source::Cell(at) => self.cells.get(*at).map_or("", |cell| cell.trim()),
            Source::Constant(text) => text,
        }
    }

    /// Why the cell of a sheet can't be read.
    fn unreadable(&self, source: &Source) -> Option<ReportCode> {
        let Source::Cell(at) = source else { return None };
        self.row.unreadable.iter().find(|(column, _)| column == at).map(|(_, code)| *code)
    }

    fn id(&mut self, at: usize) -> Option<String> {
        let source = Source::Cell(at);
        let read = match self.unreadable(&source) {
            Some(code) => Err(code),
            None if is_mangled_number(self.text(&source)) => Err(ReportCode::MangledNumber),
            None => clean(self.text(&source), ID_CAP).map_err(text_fault),
        };
        read.map_err(|code| self.refuse(ID, code)).ok()
    }

    /// Reads what the row states; `None` where the report says why not.
    fn statement<S: Statement>(&mut self, columns: &[Column], today: Day) -> Option<S> {
        let mut fields = Fields::default();
        let mut groups: BTreeMap<[usize; 2], Group> = BTreeMap::new();
        for column in columns {
            let values = self.values(column);
            let Some((field, number)) = column.path.group else {
                values.into_iter().for_each(|value| fields.push(column.path.field.key, value));
                continue;
            };
            let new = || Group { field, number, is_said: false, fields: Fields::default() };
            let group = groups.entry([field.key.into(), number]).or_insert_with(new);
            // What every row would say begins no group: a country alone is no plate.
            group.is_said |= !values.is_empty() && matches!(column.source, Source::Cell(_));
            values.into_iter().for_each(|value| group.fields.push(column.path.field.key, value));
        }
        let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
        for group in groups.into_values().filter(|group| group.is_said) {
            numbers.entry(group.field.name).or_default().push(group.number);
            fields.push(group.field.key, Value::Group(group.fields));
        }
        let is_read = self.report.iter().all(|row| row.field == ID);
        let (statement, faults) = S::of(self.plan.table, fields, today);
        for (place, code) in faults {
            // What could not be read is not missing.
            if is_read || code != ReportCode::Missing {
                self.refuse(&column_of(&place, &numbers), code);
            }
        }
        statement.filter(|_| self.report.iter().all(|row| row.field == ID))
    }

    /// Reads the values of a column, noting those that can't be read.
    fn values(&mut self, column: &Column) -> Vec<Value> {
        let path = &column.path;
        if let Some(code) = self.unreadable(&column.source) {
            self.refuse(&path.name(), code);
            return Vec::new();
        }
        let own = self.plan.values.get(&path.field_name());
        let written: Vec<String> = values_of(path.field, self.text(&column.source))
            .map(|value| match (&column.source, own.and_then(|own| own.get(&folded(value)))) {
                (Source::Cell(_), Some(mapped)) => mapped.clone(),
                _ => value.to_owned(),
            })
            .filter(|value| !value.is_empty())
            .collect();
        let Some(languages) = self.languages(column, written.len()) else { return Vec::new() };
        let is_text =
            matches!(path.field.kind, FieldKind::Text(_) | FieldKind::Identifier(_) | FieldKind::RangeEnd(_));
        let is_number = matches!(column.source, Source::Cell(at) if self.row.numbers.contains(&at));
        if is_text && is_number && !written.is_empty() {
            self.remarks.push(row_remark(self.row.place, &path.name(), ReportCode::NumberForText));
        }
        let mut values = Vec::with_capacity(written.len());
        for (at, (value, language)) in written.iter().zip(&languages).enumerate() {
            // A number keeps no zeros at its end: 1971.10 is 1971.1 in the workbook.
            let has_lost = is_mangled_number(value) || is_number && value.contains('.');
            let read = match is_text && has_lost {
                true => Err(ReportCode::MangledNumber),
                false => read_value(path.field.kind, language, value),
            };
            match read {
                Ok(value) => values.push(value),
                Err(code) => {
                    let place = Path { number: path.number + at, ..path.clone() };
                    self.refuse(&place.name(), code);
                }
            }
        }
        values
    }

    /// The languages of so many notes: one for all of them, or as many as they are.
    fn languages(&mut self, column: &Column, notes: usize) -> Option<Vec<String>> {
        let name = || Target::Language(column.path.clone()).name();
        if let Some(code) = column.language.as_ref().and_then(|source| self.unreadable(source)) {
            self.refuse(&name(), code);
            return None;
        }
        let text = column.language.as_ref().map_or("", |source| self.text(source));
        let mut languages: Vec<String> = values_of(column.path.field, text).map(str::to_owned).collect();
        if !languages.iter().all(|language| is_language_tag(language)) {
            self.refuse(&name(), ReportCode::UnknownValue);
            return None;
        }
        match languages.len() {
            0 => languages = vec![NO_LANGUAGE.to_owned(); notes],
            1 => languages = vec![languages.remove(0); notes],
            count if count == notes => {}
            _ => {
                self.refuse(&name(), ReportCode::Contradiction);
                return None;
            }
        }
        Some(languages)
    }
}

/// A group of a row.
struct Group {
    field: &'static Field,
    number: usize,
    is_said: bool,
    fields: Fields,
}

/// The column of a place that the domain names: `plates.3.number` for `plates[1].number`, where the second plate of the
/// row stands in the columns of the third.
fn column_of(place: &str, numbers: &HashMap<&str, Vec<usize>>) -> String {
    let column = |part: &str| {
        let Some((name, number)) = part.strip_suffix(']').and_then(|part| part.split_once('[')) else {
            return part.to_owned();
        };
        let at: usize = number.parse().unwrap_or(0);
        let at = numbers.get(name).and_then(|numbers| numbers.get(at)).copied().unwrap_or(at);
        if at == 0 { name.to_owned() } else { format!("{name}.{}", at + 1) }
    };
    place.split('.').map(column).collect::<Vec<_>>().join(".")
}

/// Sixteen bytes that stand for the number of a row within one table.
fn key_of(id: &str) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::digest(id).into();
    let mut key = [0; 16];
    key.copy_from_slice(&hash[..16]);
    key
}
