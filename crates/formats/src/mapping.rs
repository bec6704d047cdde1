//! What a bureau's own columns and values stand for, and how the columns of a table lie to the fields of its database.
//!
//! The columns are those of the database's own table of fields and are described in `docs/formats/objects-csv.md` and
//! `docs/formats/persons-csv.md`. No column is passed over that was not left out by name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use barid_domain::codes::Database;
use barid_domain::countries::CountryCode;
use barid_domain::dates::DateInterval;
use barid_domain::objects::fields::{Field, FieldKind, Value};
use barid_domain::objects::identifiers::WRITTEN_CAP;
use barid_domain::objects::tables::{self, Table};
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP, TextError, clean, is_language_tag};
use sha2::{Digest, Sha256};

use crate::persons_csv;
use crate::report::ReportCode;
use crate::table::{CsvReadErrorKind, in_ascii_digits, read_day};

/// The mandatory column: the bureau's own number of the object.
pub const ID: &str = "id";
/// What the column of a note's language ends in.
const LANGUAGE: &str = "language";
/// The longest number of a row, in characters.
pub const ID_CAP: usize = 100;
/// What separates the values of a list within a cell.
const BETWEEN_VALUES: char = '|';
/// The language of a note of which nothing says it.
pub(crate) const NO_LANGUAGE: &str = "und";
/// The longest code of a currency, a script or substance, in characters.
const SHORT_CODE_CAP: usize = 12;
/// The longest language tag, in characters.
const LANGUAGE_CAP: usize = 35;
/// Finds the fields of a database whose tables may have a mapping.
pub fn table_of(database: Database) -> Option<&'static Table> {
    if database == Database::Persons { Some(&persons_csv::TABLE) } else { tables::table(database) }
}

/// What a bureau's own columns and values stand for. Own names and values are compared without regard to case and to
/// space at their ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableMapping {
    /// Own names of columns, and the columns that they stand for: `id`, `vin`, `plates.2.number`, `remarks.language`.
    pub columns: BTreeMap<String, String>,
    /// For a field (`kind`, `plates.country`) its own values, and what they stand for; nothing for an empty text.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Columns that the table doesn't have, and what every row would say in them.
    pub constants: BTreeMap<String, String>,
    /// Columns that are left out.
    pub left_out: BTreeSet<String>,
}

impl TableMapping {
    /// Checks that it fits a database.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self, database: Database) -> Result<(), MappingError> {
        Plan::new(table_of(database), self).map(drop)
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
    /// Tables of the database have no mapping.
    #[error("tables of this database have no mapping")]
    NoMapping,
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
            MappingErrorKind::NoMapping => "mapping-no-mapping",
            MappingErrorKind::UnknownField => "mapping-unknown-field",
            MappingErrorKind::UnfitValue => "mapping-unfit-value",
            MappingErrorKind::Repeated => "mapping-repeated",
        }
    }
}
/// Where a value belongs. Groups hold no groups.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// The group and which one of its kind, from 0.
    pub(crate) group: Option<(&'static Field, usize)>,
    pub(crate) field: &'static Field,
    /// Which value of the field, from 0, where its values stand in several columns.
    pub(crate) number: usize,
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
    pub(crate) fn name(&self) -> String {
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
    pub(crate) fn field_name(&self) -> String {
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
pub(crate) enum Target {
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

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Id => ID.to_owned(),
            Self::Value(path) => path.name(),
            Self::Language(path) => format!("{}.{LANGUAGE}", path.name()),
        }
    }
}

/// How names and own values are compared.
pub(crate) fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Is a column of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateColumn {
    /// Its name.
    pub name: String,
    /// Whether a table must have it.
    pub is_mandatory: bool,
    /// What its cells hold.
    pub holds: String,
    /// What it says.
    pub says: String,
}

/// Lists the columns that a table of a database may have, of groups and lists those of the first one.
pub fn template(table: &Table) -> Vec<TemplateColumn> {
    let id = TemplateColumn {
        name: ID.to_owned(),
        is_mandatory: true,
        holds: format!("at most {ID_CAP} characters"),
        says: "the bureau's own number of the row".to_owned(),
    };
    let mut columns = vec![id];
    for field in table.fields {
        match field.kind {
            FieldKind::Group(inner) => {
                let several = match field.most {
                    1 => String::new(),
                    most => format!("; further ones as {}.2 to {}.{most}", field.name, field.name),
                };
                for inner in inner {
                    let name = format!("{}.{}", field.name, inner.name);
                    let is_mandatory = field.required && inner.required;
                    let says = format!("{}: {}{several}", field.says, inner.says);
                    columns.push(TemplateColumn { name, is_mandatory, holds: holds(inner), says });
                }
            }
            FieldKind::Note | FieldKind::LongNote => {
                let name = format!("{}.{LANGUAGE}", field.name);
                let (is_mandatory, says) = (field.required, field.says.to_owned());
                columns.push(TemplateColumn {
                    name: field.name.to_owned(),
                    is_mandatory,
                    holds: holds(field),
                    says,
                });
                let (holds, says) =
                    ("a language tag (BCP 47)".to_owned(), "the language of the note".to_owned());
                columns.push(TemplateColumn { name, is_mandatory: false, holds, says });
            }
            _ => columns.push(TemplateColumn {
                name: field.name.to_owned(),
                is_mandatory: field.required,
                holds: holds(field),
                says: field.says.to_owned(),
            }),
        }
    }
    columns
}

fn holds(field: &Field) -> String {
    let one = match field.kind {
        FieldKind::Text(cap) => format!("a text of at most {cap} characters"),
        FieldKind::Note => format!("a text of at most {SHORT_CAP} characters"),
        FieldKind::LongNote => format!("a text of at most {LONG_CAP} characters"),
        FieldKind::Name => format!("a name of at most {NAME_CAP} characters"),
        FieldKind::Interval => "a day, month or year, or two of them with / between".to_owned(),
        FieldKind::Script => "a script (ISO 15924)".to_owned(),
        FieldKind::Language => "a language tag (BCP 47)".to_owned(),
        FieldKind::Identifier(_) | FieldKind::RangeEnd(_) => "a number as written".to_owned(),
        FieldKind::Code(codes) => format!("one of {}", (codes.names)().join(" ")),
        FieldKind::Day => "a day, YYYY-MM-DD".to_owned(),
        FieldKind::Year => "a year, YYYY".to_owned(),
        FieldKind::Country => "a country (ISO 3166-1, or of ICAO Doc 9303-3)".to_owned(),
        FieldKind::Currency => "a currency (ISO 4217)".to_owned(),
        FieldKind::Quantity { unit, most } => format!("a whole number of {unit}, at most {most}"),
        FieldKind::Cas => "a CAS registry number".to_owned(),
        FieldKind::Group(_) => "a group".to_owned(),
    };
    match field.most {
        1 => one,
        most => format!("{one}; at most {most}, between {BETWEEN_VALUES}"),
    }
}

/// A mapping that fits its database.
pub(crate) struct Plan {
    pub(crate) table: &'static Table,
    columns: HashMap<String, Target>,
    /// By the name of the field, by own value.
    pub(crate) values: HashMap<String, HashMap<String, String>>,
    constants: Vec<(Target, String)>,
    left_out: HashSet<String>,
}

impl Plan {
    pub(crate) fn new(table: Option<&'static Table>, mapping: &TableMapping) -> Result<Self, MappingError> {
        let fault = |place: String, kind| Err(MappingError { place, kind });
        let Some(table) = table else {
            return fault("database".to_owned(), MappingErrorKind::NoMapping);
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

    fn take_values(&mut self, mapping: &TableMapping) -> Result<(), MappingError> {
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

    fn take_constants(&mut self, mapping: &TableMapping) -> Result<(), MappingError> {
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
    pub(crate) fn layout(&self, header: &[String]) -> Result<Layout, CsvReadErrorKind> {
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
pub(crate) enum Source {
    /// The cell at this place of the row, from 0.
    Cell(usize),
    Constant(String),
}

/// The values of one place, and the language of notes among them.
pub(crate) struct Column {
    pub(crate) path: Path,
    pub(crate) source: Source,
    pub(crate) language: Option<Source>,
}

/// What the columns of a table say, in the order of the database's fields.
pub(crate) struct Layout {
    /// The column of the row's number, from 0.
    pub(crate) id: usize,
    pub(crate) columns: Vec<Column>,
    /// By the name of what it says, the column of the table, from 0.
    places: HashMap<String, usize>,
}

impl Layout {
    fn new(table: &Table, said: Vec<(Target, Source)>) -> Result<Self, CsvReadErrorKind> {
        let place = |(target, source): &(Target, Source)| match source {
            Source::Cell(at) => Some((target.name(), *at)),
            Source::Constant(_) => None,
        };
        let places = said.iter().filter_map(place).collect();
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
        Ok(Self { id, columns, places })
    }

    /// The column of the table, from 0, in which something is said: `colours.3` may stand in that of `colours`.
    pub(crate) fn place_of(&self, name: &str) -> Option<usize> {
        let mut name = name;
        loop {
            if let Some(at) = self.places.get(name) {
                return Some(*at);
            }
            let (before, last) = name.rsplit_once('.')?;
            if !last.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            name = before;
        }
    }
}

/// The values of a cell: several only in a field that may have several. Empty ones say nothing.
pub(crate) fn values_of<'a>(field: &Field, text: &'a str) -> impl Iterator<Item = &'a str> {
    let most = if field.most > 1 { usize::MAX } else { 1 };
    text.splitn(most, BETWEEN_VALUES).map(str::trim).filter(|value| !value.is_empty())
}

pub(crate) fn read_value(kind: FieldKind, language: &str, text: &str) -> Result<Value, ReportCode> {
    let cleaned = |cap| clean(text, cap).map_err(text_fault);
    Ok(match kind {
        FieldKind::Text(cap) => Value::Text(cleaned(cap)?),
        FieldKind::Identifier(_) | FieldKind::RangeEnd(_) => Value::Text(cleaned(WRITTEN_CAP)?),
        FieldKind::Currency => Value::Text(cleaned(SHORT_CODE_CAP)?.to_ascii_uppercase()),
        FieldKind::Cas => Value::Text(cleaned(SHORT_CODE_CAP)?),
        FieldKind::Note => Value::Note(LocalText::new(language, text, SHORT_CAP).map_err(text_fault)?),
        FieldKind::LongNote => Value::Note(LocalText::new(language, text, LONG_CAP).map_err(text_fault)?),
        FieldKind::Name => Value::Text(cleaned(NAME_CAP)?),
        FieldKind::Interval => {
            Value::Interval(text.parse::<DateInterval>().map_err(|_| ReportCode::ImpossibleDate)?)
        }
        FieldKind::Script => Value::Text(cleaned(SHORT_CODE_CAP)?),
        FieldKind::Language => Value::Text(cleaned(LANGUAGE_CAP)?),
        FieldKind::Code(codes) => {
            Value::Code((codes.number)(&text.to_ascii_lowercase()).ok_or(ReportCode::UnknownValue)?)
        }
        FieldKind::Day => Value::Day(read_day(text)?),
        FieldKind::Country => Value::Country(CountryCode::new(text).map_err(|_| ReportCode::UnknownCountry)?),
        FieldKind::Year | FieldKind::Quantity { .. } => {
            let text = in_ascii_digits(text);
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| is_number);
            Value::Quantity(number.ok_or(ReportCode::NotANumber)?)
        }
        // No path ends there.
        FieldKind::Group(_) => return Err(ReportCode::UnknownValue),
    })
}

pub(crate) fn text_fault(error: TextError) -> ReportCode {
    match error {
        TextError::Empty => ReportCode::Missing,
        TextError::TooLong(_) => ReportCode::TooLong,
        TextError::ControlCharacter => ReportCode::BadCharacters,
        TextError::Language => ReportCode::UnknownValue,
    }
}
