//! Tables of objects (CSV): a bureau's own list of vehicles, firearms or any other database of objects.
//!
//! The columns are those of the database's own table of fields and are described in `docs/formats/objects-csv.md`; a
//! [`ObjectMapping`] says what a bureau's own columns and values stand for. One row is one object, known by the bureau's
//! own number of it; a bad row is refused with every fault named and the rest goes on. No column is passed over that was
//! not left out by name, no cell is ever evaluated, and no value is repeated in a report.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::BufRead;

use barid_domain::codes::Database;
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::identifiers::WRITTEN_CAP;
use barid_domain::objects::tables::{self, Table};
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP, TextError, clean, is_language_tag};
use sha2::{Digest, Sha256};

use crate::report::{Place, ReportCode, ReportRow};
use crate::table::{CsvLimits, CsvReadError, CsvReadErrorKind, RawRow, TableRows, read_day, row_fault};

/// The mandatory column: the bureau's own number of the object.
pub const ID: &str = "id";
/// What the column of a note's language ends in.
const LANGUAGE: &str = "language";
/// The longest number of a row, in characters.
pub const ID_CAP: usize = 100;
/// What separates the values of a list within a cell.
const BETWEEN_VALUES: char = '|';
/// The language of a note of which nothing says it.
const NO_LANGUAGE: &str = "und";
/// The longest code of a currency, a script or substance, in characters.
const SHORT_CODE_CAP: usize = 12;
/// The longest language tag, in characters.
const LANGUAGE_CAP: usize = 35;

/// What a bureau's own columns and values stand for. Own names and values are compared without regard to case and to
/// space at their ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectMapping {
    /// Own names of columns, and the columns that they stand for: `id`, `vin`, `plates.2.number`, `remarks.language`.
    pub columns: BTreeMap<String, String>,
    /// For a field (`kind`, `plates.country`) its own values, and what they stand for; nothing for an empty text.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Columns that the table doesn't have, and what every row would say in them.
    pub constants: BTreeMap<String, String>,
    /// Columns that are left out.
    pub left_out: BTreeSet<String>,
}

impl ObjectMapping {
    /// Checks that it fits a database.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self, database: Database) -> Result<(), MappingError> {
        Plan::new(database, self).map(drop)
    }

    /// A hash of all that it says: the same table under another mapping is another table.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(b"barid/object-mapping/v1\0");
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        let mut pairs = |pairs: &BTreeMap<String, String>| {
            part(&pairs.len().to_string());
            pairs.iter().for_each(|(name, text)| {
                part(name);
                part(text);
            });
        };
        pairs(&self.columns);
        pairs(&self.constants);
        self.values.values().for_each(&mut pairs);
        self.values.keys().chain(&self.left_out).for_each(|name| part(name));
        hash.finalize().into()
    }
}

/// A mapping does not fit the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {place}: {kind}", kind.code())]
pub struct MappingError {
    /// Where: `columns.VIN-код`, `values.kind`.
    pub place: String,
    /// What is wrong.
    pub kind: MappingErrorKind,
}

/// What is wrong with a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MappingErrorKind {
    /// The database is none of objects.
    #[error("the database is none of objects")]
    NoObjects,
    /// The database has no such column.
    #[error("the database has no such column")]
    UnknownField,
    /// The field can't hold the value.
    #[error("the field can not hold the value")]
    UnfitValue,
    /// The name stands twice, or is mapped and left out.
    #[error("the name stands twice")]
    Repeated,
}

impl MappingErrorKind {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            MappingErrorKind::NoObjects => "mapping-no-objects",
            MappingErrorKind::UnknownField => "mapping-unknown-field",
            MappingErrorKind::UnfitValue => "mapping-unfit-value",
            MappingErrorKind::Repeated => "mapping-repeated",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectRow {
    /// An object that holds by the rules of its database.
    Object {
        /// Where the row begins.
        place: Place,
        /// The bureau's own number of it.
        id: String,
        /// The object.
        object: Box<Object>,
    },
    /// A refused row, with every fault.
    Refused {
        /// Where the row begins.
        place: Place,
        /// Which object the row is about, as far as it can be read.
        about: AboutObject,
        /// The faults, by column; the values themselves are not repeated.
        report: Vec<ReportRow>,
    },
}

/// Which object a refused row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AboutObject {
    /// One that no row before was about, by its number.
    Object(String),
    /// The object of an earlier row, which alone counts.
    EarlierRow,
    /// The number can't be read.
    Unreadable,
}

/// Reads a table, one row at a time.
///
/// An iterator: `Ok` rows until the end, or one `Err` and then nothing more.
pub struct ObjectsReader<R: BufRead> {
    rows: TableRows<R>,
    today: Day,
    plan: Plan,
    layout: Option<Layout>,
    seen: HashSet<[u8; 16]>,
    ended: bool,
}

impl<R: BufRead> ObjectsReader<R> {
    /// Begins to read `source`, a table of `database` entered on `today`.
    ///
    /// # Errors
    /// The mapping does not fit the database.
    pub fn new(
        source: R,
        today: Day,
        database: Database,
        mapping: &ObjectMapping,
        limits: CsvLimits,
    ) -> Result<Self, MappingError> {
        Ok(ObjectsReader {
            rows: TableRows::new(source, limits),
            today,
            plan: Plan::new(database, mapping)?,
            layout: None,
            seen: HashSet::new(),
            ended: false,
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

    fn next_row(&mut self) -> Result<Option<ObjectRow>, CsvReadErrorKind> {
        let layout = match self.layout.take() {
            Some(layout) => layout,
            None => self.plan.layout(&self.rows.header()?)?,
        };
        let row = self.rows.next_row();
        let read = row.map(|row| row.map(|row| self.read_row(row, &layout)));
        self.layout = Some(layout);
        read
    }

    fn read_row(&mut self, RawRow { place, cells }: RawRow, layout: &Layout) -> ObjectRow {
        let refused = |about, report| ObjectRow::Refused { place, about, report };
        let cells = match cells {
            Ok(cells) => cells,
            Err(code) => return refused(AboutObject::Unreadable, vec![row_fault(place, "row", code)]),
        };
        let mut reading = RowReading { plan: &self.plan, place, cells: &cells, report: Vec::new() };
        let id = reading.id(layout.id);
        let object = reading.object(&layout.columns, self.today);
        let Some(id) = id else { return refused(AboutObject::Unreadable, reading.report) };
        // A refused row counts as well: what a later row says of the same object would hide that it was refused.
        let is_first = self.seen.insert(key_of(&id));
        match object {
            Some(object) if is_first => ObjectRow::Object { place, id, object: Box::new(object) },
            Some(_) => {
                let twice = row_fault(place, ID, ReportCode::Duplicate);
                refused(AboutObject::EarlierRow, vec![twice])
            }
            None if is_first => refused(AboutObject::Object(id), reading.report),
            None => refused(AboutObject::EarlierRow, reading.report),
        }
    }
}

impl<R: BufRead> Iterator for ObjectsReader<R> {
    type Item = Result<ObjectRow, CsvReadError>;

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

/// Where a value belongs. Groups hold no groups.
#[derive(Debug, Clone)]
struct Path {
    /// The group and which one of its kind, from 0.
    group: Option<(&'static Field, usize)>,
    field: &'static Field,
    /// Which value of the field, from 0, where its values stand in several columns.
    number: usize,
}

impl Path {
    /// Reads `vin`, `plates.number`, `plates.2.number`, `colours.2`.
    fn parse(table: &Table, name: &str) -> Option<Self> {
        let mut parts = name.split('.').peekable();
        let (field, number) = step(table.fields, &mut parts)?;
        let path = match field.kind {
            FieldKind::Group(inner) => {
                let group = Some((field, number));
                let (field, number) = step(inner, &mut parts)?;
                Self { group, field, number }
            }
            _ => Self { group: None, field, number },
        };
        let is_value = !matches!(path.field.kind, FieldKind::Group(_));
        (is_value && parts.next().is_none()).then_some(path)
    }

    /// Its one name: a first one has no number.
    fn name(&self) -> String {
        let numbered = |name: &str, number: usize| match number {
            0 => name.to_owned(),
            number => format!("{name}.{}", number + 1),
        };
        let field = numbered(self.field.name, self.number);
        match self.group {
            Some((group, number)) => format!("{}.{field}", numbered(group.name, number)),
            None => field,
        }
    }

    /// The name of the field, whichever of several: values are mapped by it.
    fn field_name(&self) -> String {
        match self.group {
            Some((group, _)) => format!("{}.{}", group.name, self.field.name),
            None => self.field.name.to_owned(),
        }
    }

    /// The order of the database's table, groups and values by their numbers.
    fn order(&self) -> [usize; 4] {
        let number = |field: &Field| usize::from(field.key);
        match self.group {
            Some((group, at)) => [number(group), at, number(self.field), self.number],
            None => [number(self.field), self.number, 0, 0],
        }
    }
}

/// Reads the name of a field and, where it may have several values, which one.
fn step<'a>(
    table: &'static [Field],
    parts: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
) -> Option<(&'static Field, usize)> {
    let name = parts.next()?;
    let field = table.iter().find(|field| field.name == name)?;
    let written = parts.peek().filter(|part| part.starts_with(|first: char| first.is_ascii_digit()));
    let Some(written) = written else { return Some((field, 0)) };
    let number: usize = written.parse().ok()?;
    parts.next();
    let is_one_of_several = field.most > 1 && (1..=field.most).contains(&number);
    is_one_of_several.then(|| (field, number - 1))
}

/// What a column says.
#[derive(Debug, Clone)]
enum Target {
    Id,
    Value(Path),
    /// The language of the notes at a place.
    Language(Path),
}

impl Target {
    fn parse(table: &Table, name: &str) -> Option<Self> {
        if name == ID {
            return Some(Self::Id);
        }
        if let Some(path) = Path::parse(table, name) {
            return Some(Self::Value(path));
        }
        let path = Path::parse(table, name.strip_suffix(LANGUAGE)?.strip_suffix('.')?)?;
        matches!(path.field.kind, FieldKind::Note | FieldKind::LongNote).then_some(Self::Language(path))
    }

    fn name(&self) -> String {
        match self {
            Self::Id => ID.to_owned(),
            Self::Value(path) => path.name(),
            Self::Language(path) => format!("{}.{LANGUAGE}", path.name()),
        }
    }
}

/// How names and own values are compared.
fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A mapping that fits its database.
struct Plan {
    table: &'static Table,
    columns: HashMap<String, Target>,
    /// By the name of the field, by own value.
    values: HashMap<String, HashMap<String, String>>,
    constants: Vec<(Target, String)>,
    left_out: HashSet<String>,
}

impl Plan {
    fn new(database: Database, mapping: &ObjectMapping) -> Result<Self, MappingError> {
        let fault = |place: String, kind| Err(MappingError { place, kind });
        let Some(table) = tables::table(database) else {
            return fault("database".to_owned(), MappingErrorKind::NoObjects);
        };
        let mut plan = Plan {
            table,
            columns: HashMap::new(),
            values: HashMap::new(),
            constants: Vec::new(),
            left_out: HashSet::new(),
        };
        for (own, name) in &mapping.columns {
            let place = format!("columns.{own}");
            let Some(target) = Target::parse(table, name) else {
                return fault(place, MappingErrorKind::UnknownField);
            };
            if plan.columns.insert(folded(own), target).is_some() {
                return fault(place, MappingErrorKind::Repeated);
            }
        }
        for own in &mapping.left_out {
            if plan.columns.contains_key(&folded(own)) || !plan.left_out.insert(folded(own)) {
                return fault(format!("left_out.{own}"), MappingErrorKind::Repeated);
            }
        }
        plan.take_values(mapping)?;
        plan.take_constants(mapping)?;
        Ok(plan)
    }

    fn take_values(&mut self, mapping: &ObjectMapping) -> Result<(), MappingError> {
        for (name, values) in &mapping.values {
            let path = Path::parse(self.table, name).filter(|path| path.field_name() == *name);
            let Some(path) = path else {
                let place = format!("values.{name}");
                return Err(MappingError { place, kind: MappingErrorKind::UnknownField });
            };
            let mut known = HashMap::new();
            for (own, text) in values {
                let fault = |kind| Err(MappingError { place: format!("values.{name}.{own}"), kind });
                if !text.is_empty() && read_value(path.field.kind, NO_LANGUAGE, text).is_err() {
                    return fault(MappingErrorKind::UnfitValue);
                }
                if known.insert(folded(own), text.clone()).is_some() {
                    return fault(MappingErrorKind::Repeated);
                }
            }
            self.values.insert(name.clone(), known);
        }
        Ok(())
    }

    fn take_constants(&mut self, mapping: &ObjectMapping) -> Result<(), MappingError> {
        for (name, text) in &mapping.constants {
            let fault = |kind| Err(MappingError { place: format!("constants.{name}"), kind });
            let is_fit = match Target::parse(self.table, name) {
                None | Some(Target::Id) => return fault(MappingErrorKind::UnknownField),
                Some(Target::Language(_)) => is_language_tag(text),
                Some(Target::Value(path)) => {
                    let mut values = values_of(path.field, text).peekable();
                    values.peek().is_some()
                        && values.all(|value| read_value(path.field.kind, NO_LANGUAGE, value).is_ok())
                }
            };
            if !is_fit {
                return fault(MappingErrorKind::UnfitValue);
            }
            self.constants.extend(Target::parse(self.table, name).map(|target| (target, text.clone())));
        }
        Ok(())
    }

    /// Finds what each column of a header says.
    fn layout(&self, header: &[String]) -> Result<Layout, CsvReadErrorKind> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let mut said: Vec<(Target, Source)> = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let (column, name) = (at + 1, folded(name));
            if self.left_out.contains(&name) {
                continue;
            }
            let target = self.columns.get(&name).cloned().or_else(|| Target::parse(self.table, &name));
            let target = target.ok_or(CsvReadErrorKind::UnknownColumn { column })?;
            if found.insert(target.name(), column).is_some() {
                return Err(CsvReadErrorKind::RepeatedColumn { column });
            }
            said.push((target, Source::Cell(at)));
        }
        for (target, text) in &self.constants {
            if let Some(column) = found.get(&target.name()) {
                return Err(CsvReadErrorKind::RepeatedColumn { column: *column });
            }
            said.push((target.clone(), Source::Constant(text.clone())));
        }
        Layout::new(self.table, said)
    }
}

/// Where the text of a column comes from.
#[derive(Debug, Clone)]
enum Source {
    /// The cell at this place of the row, from 0.
    Cell(usize),
    Constant(String),
}

/// The values of one place, and the language of notes among them.
struct Column {
    path: Path,
    source: Source,
    language: Option<Source>,
}

/// What the columns of a table say, in the order of the database's fields.
struct Layout {
    /// The column of the row's number, from 0.
    id: usize,
    columns: Vec<Column>,
}

impl Layout {
    fn new(table: &Table, said: Vec<(Target, Source)>) -> Result<Self, CsvReadErrorKind> {
        let (mut id, mut columns, mut languages) = (None, Vec::new(), Vec::new());
        for (target, source) in said {
            match (target, source) {
                (Target::Id, Source::Cell(at)) => id = Some(at),
                // No mapping has such a constant.
                (Target::Id, Source::Constant(_)) => {}
                (Target::Value(path), source) => columns.push(Column { path, source, language: None }),
                (Target::Language(path), source) => languages.push((path, source)),
            }
        }
        let id = id.ok_or(CsvReadErrorKind::MissingColumn { name: ID })?;
        for (path, source) in languages {
            let column = columns.iter_mut().find(|column| column.path.order() == path.order());
            let column = column.ok_or(CsvReadErrorKind::MissingColumn { name: path.field.name })?;
            column.language = Some(source);
        }
        for field in table.fields.iter().filter(|field| field.required) {
            let is_said = |column: &Column| {
                let (field_or_group, _) = column.path.group.unwrap_or((column.path.field, 0));
                field_or_group.key == field.key
            };
            if !columns.iter().any(is_said) {
                return Err(CsvReadErrorKind::MissingColumn { name: field.name });
            }
        }
        columns.sort_by_key(|column| column.path.order());
        Ok(Self { id, columns })
    }
}

/// A row that is being read.
struct RowReading<'a> {
    plan: &'a Plan,
    place: Place,
    cells: &'a [String],
    report: Vec<ReportRow>,
}

impl RowReading<'_> {
    fn refuse(&mut self, column: &str, code: ReportCode) {
        self.report.push(row_fault(self.place, column, code));
    }

    fn text<'b>(&'b self, source: &'b Source) -> &'b str {
        match source {
            Source::Cell(at) => self.cells.get(*at).map_or("", |cell| cell.trim()),
            Source::Constant(text) => text,
        }
    }

    fn id(&mut self, at: usize) -> Option<String> {
        match clean(self.text(&Source::Cell(at)), ID_CAP) {
            Ok(id) => Some(id),
            Err(error) => {
                self.refuse(ID, text_fault(error));
                None
            }
        }
    }

    /// Reads the object; `None` where the report says why not.
    fn object(&mut self, columns: &[Column], today: Day) -> Option<Object> {
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
        let object = Object { database: self.plan.table.database, fields };
        self.check(&object, &numbers, today);
        self.report.iter().all(|row| row.field == ID).then_some(object)
    }

    /// Notes the faults of an object by the rules of its database, at the columns where they stand.
    fn check(&mut self, object: &Object, numbers: &HashMap<&str, Vec<usize>>, today: Day) {
        let is_read = self.report.iter().all(|row| row.field == ID);
        let mut faults = Faults::default();
        object.check(today, &mut faults);
        for fault in faults.into_result().err().unwrap_or_default() {
            // What could not be read is not missing.
            if is_read || fault.code != FaultCode::Missing {
                self.refuse(&column_of(&fault.place, numbers), fault.code.into());
            }
        }
    }

    /// Reads the values of a column, noting those that can't be read.
    fn values(&mut self, column: &Column) -> Vec<Value> {
        let path = &column.path;
        let own = self.plan.values.get(&path.field_name());
        let written: Vec<String> = values_of(path.field, self.text(&column.source))
            .map(|value| match (&column.source, own.and_then(|own| own.get(&folded(value)))) {
                (Source::Cell(_), Some(mapped)) => mapped.clone(),
                _ => value.to_owned(),
            })
            .filter(|value| !value.is_empty())
            .collect();
        let Some(languages) = self.languages(column, written.len()) else { return Vec::new() };
        let mut values = Vec::with_capacity(written.len());
        for (at, (value, language)) in written.iter().zip(&languages).enumerate() {
            match read_value(path.field.kind, language, value) {
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
        let text = column.language.as_ref().map_or("", |source| self.text(source));
        let mut languages: Vec<String> = values_of(column.path.field, text).map(str::to_owned).collect();
        let name = || Target::Language(column.path.clone()).name();
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

/// The values of a cell: several only in a field that may have several. Empty ones say nothing.
fn values_of<'a>(field: &Field, text: &'a str) -> impl Iterator<Item = &'a str> {
    let most = if field.most > 1 { usize::MAX } else { 1 };
    text.splitn(most, BETWEEN_VALUES).map(str::trim).filter(|value| !value.is_empty())
}

fn read_value(kind: FieldKind, language: &str, text: &str) -> Result<Value, ReportCode> {
    let cleaned = |cap| clean(text, cap).map_err(text_fault);
    Ok(match kind {
        FieldKind::Text(cap) => Value::Text(cleaned(cap)?),
        FieldKind::Identifier(_) | FieldKind::RangeEnd(_) => Value::Text(cleaned(WRITTEN_CAP)?),
        FieldKind::Currency => Value::Text(cleaned(SHORT_CODE_CAP)?.to_ascii_uppercase()),
        FieldKind::Cas => Value::Text(cleaned(SHORT_CODE_CAP)?),
        FieldKind::Name => Value::Text(cleaned(NAME_CAP)?),
        FieldKind::Note => Value::Note(LocalText::new(language, text, SHORT_CAP).map_err(text_fault)?),
        FieldKind::LongNote => Value::Note(LocalText::new(language, text, LONG_CAP).map_err(text_fault)?),
        FieldKind::Code(codes) => {
            Value::Code((codes.number)(&text.to_ascii_lowercase()).ok_or(ReportCode::UnknownValue)?)
        }
        FieldKind::Day => Value::Day(read_day(text)?),
        FieldKind::Interval => {
            Value::Interval(text.parse::<DateInterval>().map_err(|_| ReportCode::ImpossibleDate)?)
        }
        FieldKind::Script => Value::Text(cleaned(SHORT_CODE_CAP)?),
        FieldKind::Language => Value::Text(cleaned(LANGUAGE_CAP)?),
        FieldKind::Country => Value::Country(CountryCode::new(text).map_err(|_| ReportCode::UnknownCountry)?),
        FieldKind::Year | FieldKind::Quantity { .. } => {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| is_number);
            Value::Quantity(number.ok_or(ReportCode::NotANumber)?)
        }
        // No path ends there.
        FieldKind::Group(_) => return Err(ReportCode::UnknownValue),
    })
}

fn text_fault(error: TextError) -> ReportCode {
    match error {
        TextError::Empty => ReportCode::Missing,
        TextError::TooLong(_) => ReportCode::TooLong,
        TextError::ControlCharacter => ReportCode::BadCharacters,
        TextError::Language => ReportCode::UnknownValue,
    }
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
