//! Fields: what a database of objects may say of one, as data.
//!
//! A database is a table of fields. Whoever reads, checks, stores, shows or converts objects goes by the table; so a
//! field, or a database, is added in one place. Numbers of fields go into signed bytes: once given they keep their
//! meaning, and a field of a later version is kept in the bytes and skipped when read.

use std::collections::BTreeMap;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::identifiers;
use crate::codes::{CodeList, IdentifierKind};
use crate::countries::CountryCode;
use crate::dates::{DateInterval, Day};
use crate::faults::{FaultCode, Faults};
use crate::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP, is_language_tag};
use crate::travel_documents::{DocumentNumber, NumberRange};

/// Is a field of a database.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The number in signed bytes, unique within its group.
    pub key: u16,
    /// The name in the API and in tables.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// How many values it may have; 1 for a single one.
    pub most: usize,
    /// Whether it must be there.
    pub required: bool,
    /// What it says, for whoever fills it in.
    pub says: &'static str,
}

/// Is what a field holds.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// A text in no particular language, of so many characters at most.
    Text(usize),
    /// A name: a text with a letter in it, of [`NAME_CAP`] characters at most.
    Name,
    /// A text in a language that is named, of [`SHORT_CAP`] characters at most.
    Note,
    /// The same, of [`LONG_CAP`] characters at most.
    LongNote,
    /// A code of a list.
    Code(Codes),
    /// A day, not in the future.
    Day,
    /// Days as exactly as they are known, not all of them in the future.
    Interval,
    /// A year from 1800 to today's; works of art have texts for their dates.
    Year,
    /// A country.
    Country,
    /// A script: four letters (ISO 15924).
    Script,
    /// A language (BCP 47).
    Language,
    /// The code of a currency: three capitals (ISO 4217).
    Currency,
    /// A whole number of some unit.
    Quantity {
        /// The unit.
        unit: &'static str,
        /// The largest.
        most: u64,
    },
    /// A CAS registry number.
    Cas,
    /// A number that an object is told apart by.
    Identifier(IdentifierKind),
    /// The last number of a range whose first one is the field with this key in the same group.
    RangeEnd(u16),
    /// A group of fields.
    Group(&'static [Field]),
}

/// Is a code list as fields refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// The name of the list.
    pub list: &'static str,
    /// Finds a number by its name.
    pub number: fn(&str) -> Option<u16>,
    /// Finds a name by its number.
    pub name: fn(u16) -> Option<&'static str>,
    /// Every name.
    pub names: fn() -> Vec<&'static str>,
}

impl Codes {
    /// The codes of a list.
    pub const fn of<T: CodeList>() -> Self {
        Self {
            list: T::LIST,
            number: |name| T::from_name(name).map(T::number),
            name: |number| T::LISTED.iter().find(|(code, _)| code.number() == number).map(|(_, name)| *name),
            names: || T::LISTED.iter().map(|(_, name)| *name).collect(),
        }
    }
}

/// Is the value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A text, a name, an identifier as written, a CAS number, the code of a currency, of a script, of a language.
    Text(String),
    /// A text in a named language.
    Note(LocalText),
    /// The number of a code.
    Code(u16),
    /// A day.
    Day(Day),
    /// Days, as exactly as they are known.
    Interval(DateInterval),
    /// A country.
    Country(CountryCode),
    /// A whole number of the field's unit, or a year.
    Quantity(u64),
    /// A group.
    Group(Fields),
}

/// Is the values of the fields of an object, or of a group: by the number of the field, in the order they were given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields(BTreeMap<u16, Vec<Value>>);

impl Fields {
    /// Adds a value to a field.
    pub fn push(&mut self, key: u16, value: Value) {
        self.0.entry(key).or_default().push(value);
    }

    /// The values of a field.
    pub fn get(&self, key: u16) -> &[Value] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Leaves the values of these fields only.
    pub(super) fn keep(&mut self, keys: &[u16]) {
        self.0.retain(|key, _| keys.contains(key));
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks values against a table, noting faults under `place` (empty, or ending in a full stop).
    pub fn check(&self, table: &[Field], today: Day, place: &str, faults: &mut Faults) {
        for key in self.0.keys().filter(|key| table.iter().all(|field| field.key != **key)) {
            faults.add(format!("{place}{key}"), FaultCode::UnknownCode);
        }
        for field in table {
            let values = self.get(field.key);
            let named = format!("{place}{}", field.name);
            faults.require(!field.required || !values.is_empty(), named.as_str(), FaultCode::Missing);
            faults.count(named.as_str(), values.len(), field.most);
            for (i, value) in values.iter().enumerate().take(field.most) {
                let named = if field.most == 1 { named.clone() } else { format!("{named}[{i}]") };
                self.check_value(field, value, today, &named, faults);
            }
        }
    }

    fn check_value(&self, field: &Field, value: &Value, today: Day, place: &str, faults: &mut Faults) {
        let fault = match (field.kind, value) {
            (FieldKind::Text(cap), Value::Text(text)) => {
                faults.text(place, text, cap);
                None
            }
            (FieldKind::Name, Value::Text(name)) => {
                faults.text(place, name, NAME_CAP);
                let is_name = name.is_empty() || name.chars().any(char::is_alphabetic);
                (!is_name).then_some(FaultCode::NotAName)
            }
            (FieldKind::Note, Value::Note(note)) => {
                check_note(note, SHORT_CAP, place, faults);
                None
            }
            (FieldKind::LongNote, Value::Note(note)) => {
                check_note(note, LONG_CAP, place, faults);
                None
            }
            (FieldKind::Code(codes), Value::Code(number)) => {
                (codes.name)(*number).is_none().then_some(FaultCode::UnknownCode)
            }
            (FieldKind::Day, Value::Day(day)) => (*day > today).then_some(FaultCode::InFuture),
            (FieldKind::Interval, Value::Interval(days)) => {
                (days.earliest() > today).then_some(FaultCode::InFuture)
            }
            (FieldKind::Year, Value::Quantity(year)) => year_fault(*year, today),
            (FieldKind::Country, Value::Country(_)) => None,
            (FieldKind::Script, Value::Text(code)) => {
                let sound = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
                (!sound).then_some(FaultCode::UnknownCode)
            }
            (FieldKind::Language, Value::Text(tag)) => {
                (!is_language_tag(tag)).then_some(FaultCode::UnknownCode)
            }
            (FieldKind::Currency, Value::Text(code)) => {
                let sound = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
                (!sound).then_some(FaultCode::UnknownCode)
            }
            (FieldKind::Quantity { most, .. }, Value::Quantity(number)) => {
                (*number > most).then_some(FaultCode::TooMany)
            }
            (FieldKind::Cas, Value::Text(number)) => {
                (!identifiers::is_cas_number(number)).then_some(FaultCode::CheckDigit)
            }
            (FieldKind::Identifier(kind), Value::Text(written)) => identifiers::fault(kind, written),
            (FieldKind::RangeEnd(first), Value::Text(last)) => {
                let range = self.range(first, last);
                range.is_none().then_some(FaultCode::Impossible)
            }
            (FieldKind::Group(table), Value::Group(fields)) => {
                faults.require(!fields.is_empty(), place, FaultCode::Missing);
                fields.check(table, today, &format!("{place}."), faults);
                None
            }
            _ => Some(FaultCode::BadCharacters),
        };
        if let Some(fault) = fault {
            faults.add(place, fault);
        }
    }

    /// The range from the number in a field to a last one.
    pub(super) fn range(&self, first: u16, last: &str) -> Option<NumberRange> {
        let [Value::Text(first)] = self.get(first) else { return None };
        let number = |written: &str| {
            let key = identifiers::keys(IdentifierKind::DocumentNumber, written, None).into_iter().next()?;
            DocumentNumber::new(&key).ok()
        };
        NumberRange::new(&number(first)?, &number(last)?)
    }

    /// Reads the values of the fields in a table; those of other fields are skipped.
    pub(super) fn decode(d: &mut Decoder<'_>, table: &[Field]) -> Result<Self, decode::Error> {
        let count = d.map()?.ok_or_else(|| decode::Error::message("a map of no stated length"))?;
        let mut fields = Self::default();
        for _ in 0..count {
            let key = d.u16()?;
            match table.iter().find(|field| field.key == key) {
                None => d.skip()?,
                Some(field) if field.most == 1 => fields.push(key, Value::decode(d, field.kind)?),
                Some(field) => {
                    let values =
                        d.array()?.ok_or_else(|| decode::Error::message("an array of no stated length"))?;
                    for _ in 0..values {
                        fields.push(key, Value::decode(d, field.kind)?);
                    }
                }
            }
        }
        Ok(fields)
    }

    /// Writes the values of the fields in a table: a value where there can be one, else an array.
    pub(super) fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        table: &[Field],
    ) -> Result<(), encode::Error<W::Error>> {
        let said: Vec<&Field> = {
            let mut said: Vec<&Field> =
                table.iter().filter(|field| !self.get(field.key).is_empty()).collect();
            said.sort_by_key(|field| field.key);
            said
        };
        e.map(said.len() as u64)?;
        for field in said {
            let values = self.get(field.key);
            e.u16(field.key)?;
            if field.most > 1 {
                e.array(values.len() as u64)?;
            }
            for value in values.iter().take(if field.most == 1 { 1 } else { values.len() }) {
                value.encode(e, field.kind)?;
            }
        }
        Ok(())
    }
}

fn check_note(note: &LocalText, cap: usize, place: &str, faults: &mut Faults) {
    faults.require(is_language_tag(&note.language), place, FaultCode::BadCharacters);
    faults.text(place, &note.text, cap);
}

fn year_fault(year: u64, today: Day) -> Option<FaultCode> {
    let (this_year, ..) = today.parts();
    // Makers sell next year's models.
    let latest = u64::try_from(this_year).unwrap_or(0) + 1;
    if year > latest {
        Some(FaultCode::InFuture)
    } else if year < 1800 {
        Some(FaultCode::Impossible)
    } else {
        None
    }
}

impl Value {
    fn decode(d: &mut Decoder<'_>, kind: FieldKind) -> Result<Self, decode::Error> {
        Ok(match kind {
            FieldKind::Text(_)
            | FieldKind::Name
            | FieldKind::Currency
            | FieldKind::Script
            | FieldKind::Language
            | FieldKind::Cas
            | FieldKind::Identifier(_)
            | FieldKind::RangeEnd(_) => Self::Text(d.str()?.to_owned()),
            FieldKind::Note | FieldKind::LongNote => Self::Note(LocalText::decode(d, &mut ())?),
            FieldKind::Code(_) => Self::Code(d.u16()?),
            FieldKind::Day => Self::Day(Day::decode(d, &mut ())?),
            FieldKind::Interval => Self::Interval(DateInterval::decode(d, &mut ())?),
            FieldKind::Country => Self::Country(CountryCode::decode(d, &mut ())?),
            FieldKind::Quantity { .. } | FieldKind::Year => Self::Quantity(d.u64()?),
            FieldKind::Group(table) => Self::Group(Fields::decode(d, table)?),
        })
    }

    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        kind: FieldKind,
    ) -> Result<(), encode::Error<W::Error>> {
        match (self, kind) {
            (Self::Text(text), _) => e.str(text)?.ok(),
            (Self::Note(note), _) => note.encode(e, &mut ()),
            (Self::Code(number), _) => e.u16(*number)?.ok(),
            (Self::Day(day), _) => day.encode(e, &mut ()),
            (Self::Interval(days), _) => days.encode(e, &mut ()),
            (Self::Country(country), _) => country.encode(e, &mut ()),
            (Self::Quantity(number), _) => e.u64(*number)?.ok(),
            (Self::Group(fields), FieldKind::Group(table)) => fields.encode(e, table),
            // No check lets it through; without its table a group has nothing to say.
            (Self::Group(_), _) => e.map(0)?.ok(),
        }
    }
}
