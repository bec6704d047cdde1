//! What readers of lists of several kinds of things have in common: the items they give, and the table of fates.
//!
//! An item becomes a person or an object by the rules of its database, or is refused with every fault, or is counted where
//! there is no database for it. What becomes of each field of an outside format stands in a table, which a test holds
//! against a whole sample and against the page that shows it.

use std::fmt::Display;

use barid_domain::codes::{NameKind, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::faults::Faults;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::{Object, identifiers};
use barid_domain::persons::{Person, PersonName};
use barid_domain::text::{LONG_CAP, LocalText, SHORT_CAP, clean};
use minicbor::{Decode, Encode};
use unicode_script::{Script, UnicodeScript};

use crate::report::{Consequence, Place, ReportCode, ReportRow, rows_of_faults};

pub use crate::un::Fate;

/// Is what an item of a list states, as a record of its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// A person.
    Person(Box<Person>),
    /// An object.
    Object(Box<Object>),
}

/// An array of the kind and the statement: what a fingerprint is made of, stored nowhere.
impl<C> Encode<C> for Stated {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?;
        match self {
            Self::Person(person) => e.u8(0)?.encode_with(person, ctx)?.ok(),
            Self::Object(object) => e.u8(1)?.encode_with(object, ctx)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Stated {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.array()?;
        match d.u8()? {
            0 => Ok(Self::Person(d.decode_with(ctx)?)),
            1 => Ok(Self::Object(d.decode_with(ctx)?)),
            _ => Err(minicbor::decode::Error::message("neither a person nor an object")),
        }
    }
}

/// Is one item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListItem {
    /// It holds by the rules of its database.
    Stated {
        /// Where it begins.
        place: Place,
        /// The list's own identifier of it.
        id: String,
        /// What it states.
        stated: Stated,
        /// What was cleaned or left out.
        report: Vec<ReportRow>,
    },
    /// It is refused, with every fault.
    Refused {
        /// Which item it is, as far as that can be read.
        about: AboutItem,
        /// The faults; values are not repeated.
        report: Vec<ReportRow>,
    },
    /// It was read, and there is no database for it.
    NotImported {
        /// What was cleaned or left out.
        report: Vec<ReportRow>,
    },
}

/// Which item of a list is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AboutItem {
    /// The one of this identifier.
    Item(String),
    /// One that an earlier item has the identifier of; the earlier one counts.
    EarlierItem,
    /// Its identifier can't be read: it may be any.
    Unreadable,
}

/// Reads a list, item by item: `Ok` items until the end, or one `Err` and then nothing more.
pub trait ListReader: Iterator<Item = Result<ListItem, Self::Error>> {
    /// Why the reading broke off; shown with its code and place.
    type Error: Display;

    /// Grows when the same content would be read as other records, so that the next import revises them.
    const MAPPING_VERSION: u32;

    /// Bytes consumed so far, for a progress display.
    fn bytes_read(&self) -> u64;

    /// Tells whether the last line had its line break, or the format needs none: what was cut off seldom has.
    fn ends_whole(&self) -> bool;

    /// How often each path of the format was met, unlisted ones included.
    fn paths(&self) -> Vec<(String, u64)>;
}

/// What becomes of one path of an outside format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldFate {
    /// The path, as the page of the format writes it.
    pub path: &'static str,
    /// What becomes of its content.
    pub fate: Fate,
}

pub(crate) const fn kept(path: &'static str, to: &'static str) -> FieldFate {
    FieldFate { path, fate: Fate::Kept(to) }
}

pub(crate) const fn mapped(path: &'static str, to: &'static str) -> FieldFate {
    FieldFate { path, fate: Fate::Mapped(to) }
}

pub(crate) const fn dropped(path: &'static str, why: &'static str) -> FieldFate {
    FieldFate { path, fate: Fate::Dropped(why) }
}

/// The most unlisted paths that are counted by their names.
const UNLISTED_CAP: usize = 100;

/// Counts how often the paths of a format are met.
#[derive(Debug)]
pub(crate) struct PathCounts {
    table: &'static [FieldFate],
    counts: Vec<u64>,
    unlisted: std::collections::BTreeMap<String, u64>,
}

impl PathCounts {
    pub(crate) fn of(table: &'static [FieldFate]) -> Self {
        Self { table, counts: vec![0; table.len()], unlisted: Default::default() }
    }

    /// Counts a path; `false` where the table does not list it.
    pub(crate) fn count(&mut self, path: &str) -> bool {
        if let Some(index) = self.table.iter().position(|row| row.path == path) {
            self.counts[index] += 1;
            return true;
        }
        let is_full = self.unlisted.len() >= UNLISTED_CAP && !self.unlisted.contains_key(path);
        let key = if is_full { "(further paths)".to_owned() } else { path.chars().take(120).collect() };
        *self.unlisted.entry(key).or_insert(0) += 1;
        false
    }

    pub(crate) fn all(&self) -> Vec<(String, u64)> {
        let listed = self.table.iter().zip(&self.counts).map(|(row, count)| (row.path.to_owned(), *count));
        listed.chain(self.unlisted.iter().map(|(path, count)| (path.clone(), *count))).collect()
    }
}

/// Gathers the report of one item.
pub(crate) struct ItemReport {
    id: Option<String>,
    place: Place,
    rows: Vec<ReportRow>,
}

impl ItemReport {
    pub(crate) fn new(id: Option<&str>, place: Place) -> Self {
        Self { id: id.map(str::to_owned), place, rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, field: &str, code: ReportCode, consequence: Consequence) {
        let (id, place) = (self.id.clone(), self.place);
        self.rows.push(ReportRow { id, place, cell: None, field: field.to_owned(), code, consequence });
    }

    pub(crate) fn left_out(&mut self, field: &str, code: ReportCode) {
        self.add(field, code, Consequence::FieldLeftOut);
    }

    pub(crate) fn kept(&mut self, field: &str, code: ReportCode) {
        self.add(field, code, Consequence::Kept);
    }

    pub(crate) fn into_rows(self) -> Vec<ReportRow> {
        self.rows
    }

    /// Makes the item of a statement: it holds by its own rules, or is refused with every fault of it.
    pub(crate) fn item_of(self, id: String, stated: Stated, today: Day) -> ListItem {
        let mut faults = Faults::default();
        match &stated {
            Stated::Person(person) => person.check(today, &mut faults),
            Stated::Object(object) => object.check(today, &mut faults),
        }
        match faults.into_result() {
            Ok(()) => ListItem::Stated { place: self.place, id, stated, report: self.rows },
            Err(faults) => {
                let mut report = self.rows;
                report.extend(rows_of_faults(Some(&id), self.place, &faults));
                ListItem::Refused { about: AboutItem::Item(id), report }
            }
        }
    }
}

/// Cleans a text of an item; what can't be is left out and reported. Empty ones are none.
pub(crate) fn cleaned(text: &str, cap: usize, field: &str, report: &mut ItemReport) -> Option<String> {
    use barid_domain::text::TextError;
    if text.trim().is_empty() {
        return None;
    }
    match clean(text, cap) {
        Ok(text) => Some(text),
        Err(TextError::Empty) => None,
        Err(TextError::TooLong(_)) => {
            report.left_out(field, ReportCode::TooLong);
            None
        }
        Err(TextError::ControlCharacter | TextError::Language) => {
            report.left_out(field, ReportCode::ControlCharacter);
            None
        }
    }
}

/// A name, whole and in its script.
pub(crate) fn name(text: &str, kind: NameKind) -> PersonName {
    PersonName {
        text: text.to_owned(),
        kind,
        strength: None,
        script: script_of(text),
        language: None,
        parts: Vec::new(),
        note: None,
    }
}

/// The one script of the letters, as an ISO 15924 code; `Zyyy` when there are several or none.
pub(crate) fn script_of(text: &str) -> String {
    let mut found = None;
    for character in text.chars().filter(|character| character.is_alphabetic()) {
        match (character.script(), found) {
            (Script::Common | Script::Inherited, _) => {}
            (script, None) => found = Some(script),
            (script, Some(known)) if script == known => {}
            (_, Some(_)) => return "Zyyy".to_owned(),
        }
    }
    found.map_or("Zyyy", |script| script.short_name()).to_owned()
}

pub(crate) fn push_new<T: PartialEq>(all: &mut Vec<T>, new: T) {
    if !all.contains(&new) {
        all.push(new);
    }
}

/// Texts joined into remarks of at most `most` texts of `cap` characters, broken between texts; what has no room is cut off
/// and said so by `false`.
pub(crate) fn remarks_of(
    texts: &[String],
    language: &str,
    most: usize,
    cap: usize,
) -> (Vec<LocalText>, bool) {
    let mut remarks: Vec<String> = Vec::new();
    let mut all_fit = true;
    for text in texts {
        let length = text.chars().count();
        let count = remarks.len();
        let last = remarks.last_mut().filter(|last| last.chars().count() + 2 + length <= cap);
        if let Some(last) = last {
            last.push_str("; ");
            last.push_str(text);
        } else if count < most && length <= cap {
            remarks.push(text.clone());
        } else {
            all_fit = false;
        }
    }
    let local = |text: String| LocalText { language: language.to_owned(), text };
    (remarks.into_iter().map(local).collect(), all_fit)
}

/// Fills the fields of an object, those it has and no others.
pub(crate) struct ObjectBuilder {
    object: Object,
    /// What has no field, or no sound value for it: goes into the remarks.
    pub(crate) words: Vec<String>,
}

impl ObjectBuilder {
    pub(crate) fn new(database: barid_domain::codes::Database) -> Self {
        Self { object: Object { database, fields: Default::default() }, words: Vec::new() }
    }

    fn field(&self, name: &str) -> Option<&'static Field> {
        self.object.table()?.fields.iter().find(|field| field.name == name)
    }

    fn has_room(&self, field: &Field) -> bool {
        self.object.fields.get(field.key).len() < field.most
    }

    /// Sets a code by its number.
    pub(crate) fn code(&mut self, name: &str, number: u16) {
        self.value(name, Value::Code(number));
    }

    pub(crate) fn country(&mut self, name: &str, country: CountryCode) {
        self.value(name, Value::Country(country));
    }

    pub(crate) fn year(&mut self, name: &str, year: i32) {
        if let Ok(year) = u64::try_from(year) {
            self.value(name, Value::Quantity(year));
        }
    }

    /// Sets a value where the field is there and has room; says whether it did.
    pub(crate) fn value(&mut self, name: &str, value: Value) -> bool {
        let Some(field) = self.field(name) else { return false };
        let is_new = !self.object.fields.get(field.key).contains(&value);
        if is_new && self.has_room(field) {
            self.object.fields.push(field.key, value);
            return true;
        }
        !is_new
    }

    /// Adds a group of values where the field has room; says whether it did. What the group has no field for is left out.
    pub(crate) fn group(&mut self, name: &str, values: &[(&str, Value)]) -> bool {
        let Some(inner) = self.inner(name) else { return false };
        let mut fields = Fields::default();
        for (name, value) in values {
            let field = inner.iter().find(|field| field.name == *name);
            debug_assert!(field.is_some(), "{name}");
            field.into_iter().for_each(|field| fields.push(field.key, value.clone()));
        }
        self.value(name, Value::Group(fields))
    }

    /// Tells whether one of the groups of a field says a text.
    pub(crate) fn has_in(&self, name: &str, inner: &str, text: &str) -> bool {
        let key = self.inner(name).and_then(|fields| fields.iter().find(|field| field.name == inner));
        let (Some(field), Some(key)) = (self.field(name), key.map(|field| field.key)) else { return false };
        self.object.fields.get(field.key).iter().any(|value| match value {
            Value::Group(fields) => {
                fields.get(key).iter().any(|value| *value == Value::Text(text.to_owned()))
            }
            _ => false,
        })
    }

    fn inner(&self, name: &str) -> Option<&'static [Field]> {
        match self.field(name)?.kind {
            FieldKind::Group(fields) => Some(fields),
            _ => None,
        }
    }

    /// Sets a number or a text by its own rules; what does not fit is kept as words behind `label` and reported.
    pub(crate) fn text(&mut self, name: &str, label: &str, text: &str, report: &mut ItemReport) {
        let fault = match self.field(name).map(|field| field.kind) {
            Some(FieldKind::Identifier(kind)) => identifiers::fault(kind, text),
            Some(FieldKind::Text(cap)) if text.chars().count() > cap => {
                Some(barid_domain::faults::FaultCode::TooLong)
            }
            _ => None,
        };
        match fault {
            Some(code) => {
                report.kept(name, code.into());
                self.words.push(format!("{label}: {text}"));
            }
            None => {
                if !self.value(name, Value::Text(text.to_owned())) {
                    self.words.push(format!("{label}: {text}"));
                }
            }
        }
    }

    /// Ends the object: the words go into its remarks.
    pub(crate) fn finish(mut self, language: &str, report: &mut ItemReport) -> Object {
        let most = self.field("remarks").map_or(0, |field| field.most);
        let cap = match self.field("remarks").map(|field| field.kind) {
            Some(FieldKind::LongNote) => LONG_CAP,
            _ => SHORT_CAP,
        };
        let words: Vec<String> =
            self.words.iter().filter_map(|text| cleaned(text, cap, "remarks", report)).collect();
        let (remarks, all_fit) = remarks_of(&words, language, most, cap);
        if !all_fit {
            report.left_out("remarks", ReportCode::TooMany);
        }
        for remark in remarks {
            self.value("remarks", Value::Note(remark));
        }
        self.object
    }
}

/// A person about whom nothing is stated yet.
pub(crate) fn empty_person() -> Person {
    Person {
        names: Vec::new(),
        sex: Sex::NotKnown,
        births: Vec::new(),
        birth_places: Vec::new(),
        nationalities: Vec::new(),
        statuses: Vec::new(),
        minor: false,
        offences: Vec::new(),
        warnings: Vec::new(),
        documents: Vec::new(),
        addresses: Vec::new(),
        functions: Vec::new(),
        descriptions: Vec::new(),
        remarks: Vec::new(),
        references: Vec::new(),
        listed_on: None,
        amended_on: Vec::new(),
    }
}
