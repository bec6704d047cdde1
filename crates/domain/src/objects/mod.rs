//! Objects: vehicles, vessels, aircraft, firearms, administrative documents, works of art, incidents, cash and accounts;
//! and groups, which alone of them are found by name as well ([`groups`](mod@groups)).
//!
//! One kind of record for all of them, told apart by its database: which fields it has says a table ([`tables`]), so that
//! reading, checking, storing, showing and converting are written once. What a field may hold and how it is checked is
//! in [`fields`], what objects are found by in [`identifiers`]. Travel documents are no objects here: they are entered by
//! their issuer alone, and by millions.

pub mod codes;
pub mod fields;
pub mod groups;
pub mod identifiers;
pub mod tables;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::codes::{CodeList, Database, IdentifierKind};
use crate::countries::CountryCode;
use crate::dates::Day;
use crate::faults::{FaultCode, Faults};
use crate::terms::Provenance;
use crate::travel_documents::NumberRange;
use codes::ObjectStatus;
use fields::{Field, FieldKind, Fields, Value};
use tables::Table;

/// The most numbers of one object: no table has more.
pub const IDENTIFIERS_CAP: usize = 1_500;

/// Is what is stated about an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    /// The database.
    pub database: Database,
    /// The values of its fields.
    pub fields: Fields,
}

/// Is a number by which an object is found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectIdentifier {
    /// Its kind.
    pub kind: IdentifierKind,
    /// As it was written.
    pub written: String,
    /// The country that gave it, where that is stated beside it.
    pub country: Option<CountryCode>,
    /// The range of numbers of which it is the first.
    pub range: Option<NumberRange>,
}

impl ObjectIdentifier {
    /// The forms in which it meets what is asked for.
    pub fn keys(&self) -> Vec<String> {
        identifiers::keys(self.kind, &self.written, self.country)
    }

    /// The number as it is shown: of a range the first one as it was written, and the last.
    pub fn shown(&self) -> String {
        match &self.range {
            None => self.written.clone(),
            Some(NumberRange { prefix, width, last, .. }) => {
                format!("{} – {prefix}{last:0width$}", self.written)
            }
        }
    }

    /// Tells whether it is the number that was asked for, given that number's forms.
    pub fn meets(&self, asked: &[String]) -> bool {
        let counts = |range: &NumberRange| asked.iter().any(|key| counts(range, key));
        self.range.as_ref().is_some_and(counts) || self.keys().iter().any(|key| asked.contains(key))
    }
}

fn counts(range: &NumberRange, key: &str) -> bool {
    crate::travel_documents::DocumentNumber::new(key).is_ok_and(|number| range.contains(&number))
}

impl Object {
    /// The table of its database; `None` for databases of a later version.
    pub fn table(&self) -> Option<&'static Table> {
        tables::table(self.database)
    }

    /// Checks an object entered on `today`, and names every fault.
    pub fn check(&self, today: Day, faults: &mut Faults) {
        let Some(table) = self.table() else {
            faults.add("database", FaultCode::UnknownCode);
            return;
        };
        let mut found = Faults::default();
        self.fields.check(table.fields, today, "", &mut found);
        let is_forged =
            self.values("status").any(|value| *value == Value::Code(ObjectStatus::Forged.number()));
        for fault in found.into_result().err().unwrap_or_default() {
            // A forged number is stated as it stands on the object.
            if !(is_forged && fault.code == FaultCode::CheckDigit) {
                faults.add(fault.place, fault.code);
            }
        }
        faults.require(is_forged || !self.is_of_wrong_length(), "vin", FaultCode::Impossible);
        let said = |name: &&str| self.values(name).next().is_some();
        let found_by = table.one_of.iter().any(said) || table.one_of.is_empty();
        faults.require(found_by, table.one_of.first().copied().unwrap_or_default(), FaultCode::Missing);
    }

    /// Tells whether the number of a frame has a place too few or too many for one of 17. Other lengths are those of makers
    /// who number by themselves, in Japan to this day.
    fn is_of_wrong_length(&self) -> bool {
        let is_late = self.values("year").any(|year| matches!(year, Value::Quantity(year) if *year >= 1981));
        let is_near = |written: &str| {
            let key = identifiers::keys(IdentifierKind::Vin, written, None);
            key.iter().any(|key| matches!(key.chars().count(), 15 | 16 | 18..))
        };
        is_late && self.values("vin").any(|vin| matches!(vin, Value::Text(written) if is_near(written)))
    }

    /// Leaves what tells the object apart: what must be stated of every one, and what it is found by. Nothing is left of an
    /// object of a later version.
    pub fn keep_identity(&mut self) {
        let (fields, one_of) = self.table().map_or((&[][..], &[][..]), |table| (table.fields, table.one_of));
        let tells_apart = |field: &Field| {
            let is_number = matches!(field.kind, FieldKind::Identifier(_) | FieldKind::RangeEnd(_));
            field.required || is_number || one_of.contains(&field.name)
        };
        let kept: Vec<u16> = fields.iter().filter(|one| tells_apart(one)).map(|field| field.key).collect();
        self.fields.keep(&kept);
    }

    /// The values of a field of the database, by its name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &Value> {
        let field = self.table().and_then(|table| table.fields.iter().find(|field| field.name == name));
        field.map(|field| self.fields.get(field.key)).unwrap_or_default().iter()
    }

    /// The numbers by which it is found, and the reference by which its source speaks of it.
    pub fn identifiers_with(&self, provenance: Option<&Provenance>) -> Vec<ObjectIdentifier> {
        let reference = provenance.map(|provenance| ObjectIdentifier {
            kind: IdentifierKind::Reference,
            written: provenance.reference.clone(),
            country: None,
            range: None,
        });
        self.identifiers().into_iter().chain(reference).collect()
    }

    /// The numbers by which it is found, those in groups included, in the order of the table.
    pub fn identifiers(&self) -> Vec<ObjectIdentifier> {
        let mut found = Vec::new();
        if let Some(table) = self.table() {
            collect_identifiers(&self.fields, table.fields, &mut found);
        }
        found
    }
}

/// Tells whether everything that objects of a database are found by is left of them by [`Object::keep_identity`].
pub fn is_told_apart_by_every_number(database: Database) -> bool {
    let Some(table) = tables::table(database) else { return database == Database::TravelDocuments };
    let has_hidden = |field: &Field| match field.kind {
        FieldKind::Group(fields) => {
            let is_kept = field.required || table.one_of.contains(&field.name);
            !is_kept && fields.iter().any(|field| matches!(field.kind, FieldKind::Identifier(_)))
        }
        _ => false,
    };
    !table.fields.iter().any(has_hidden)
}

fn collect_identifiers(fields: &Fields, table: &[Field], found: &mut Vec<ObjectIdentifier>) {
    for field in table {
        for value in fields.get(field.key) {
            match (field.kind, value) {
                (FieldKind::Identifier(kind), Value::Text(written)) => {
                    found.push(ObjectIdentifier {
                        kind,
                        written: written.clone(),
                        country: country_beside(fields, table, kind),
                        range: range_from(fields, table, field.key),
                    });
                }
                (FieldKind::Group(table), Value::Group(fields)) => collect_identifiers(fields, table, found),
                _ => {}
            }
        }
    }
}

/// The country that gave a number: of plates and documents it stands beside them; elsewhere a country is where it was lost.
fn country_beside(fields: &Fields, table: &[Field], kind: IdentifierKind) -> Option<CountryCode> {
    let name = match kind {
        IdentifierKind::Plate => "country",
        IdentifierKind::DocumentNumber => "issuing_country",
        IdentifierKind::Registration => "country",
        _ => return None,
    };
    let field = table.iter().find(|field| field.name == name)?;
    match fields.get(field.key).first()? {
        Value::Country(country) => Some(*country),
        _ => None,
    }
}

fn range_from(fields: &Fields, table: &[Field], first: u16) -> Option<NumberRange> {
    let end = table.iter().find(|field| matches!(field.kind, FieldKind::RangeEnd(of) if of == first))?;
    match fields.get(end.key).first()? {
        Value::Text(last) => fields.range(first, last),
        _ => None,
    }
}

/// A map of the database and its fields.
impl<C> Encode<C> for Object {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.map(2)?.u8(0)?.u16(self.database.number())?.u8(1)?;
        self.fields.encode(e, self.table().map_or(&[], |table| table.fields))
    }
}

/// Fields of a database of a later version are skipped: the bytes keep them.
impl<'b, C> Decode<'b, C> for Object {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let count = d.map()?.filter(|count| *count >= 2);
        let Some(count) = count else { return Err(decode::Error::message("object")) };
        if d.u16()? != 0 {
            return Err(decode::Error::message("object without database"));
        }
        let database = Database::from_number(d.u16()?);
        if d.u16()? != 1 {
            return Err(decode::Error::message("object without fields"));
        }
        let fields = match tables::table(database) {
            Some(table) => Fields::decode(d, table.fields)?,
            None => {
                d.skip()?;
                Fields::default()
            }
        };
        for _ in 2..count {
            d.u16()?;
            d.skip()?;
        }
        Ok(Self { database, fields })
    }
}

#[cfg(test)]
mod tests;
