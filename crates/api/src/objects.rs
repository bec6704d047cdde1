//! Objects: what is stated about one, database by database, and as they are shown.
//!
//! Which fields there are says the domain's tables; reading, showing and the description here go by them.

use std::collections::BTreeSet;
use std::fmt;

use barid_domain::codes::{CodeList, Database, IdentifierKind};
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Codes, Field, FieldKind, Fields, Value};
use barid_domain::objects::identifiers::{WRITTEN_CAP, longest_key};
use barid_domain::objects::tables::{self, TABLES, Table};
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP, is_language_tag};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::codes::{Country, PurposeCode};
use crate::images::ImageStated;
use crate::patterns::{self, NOT_ALPHANUMERIC, NOT_LETTERS};
use crate::reading;
use crate::schemas::{
    self, Schemas, closed_object, closed_object_of, collect, one_of, optional, reference, required,
};
use crate::terms::{LocalLongText, LocalShortText, TermsOffered};
use crate::texts::{
    CaseReference, DayText, EntryHashText, IntervalText, Language, NameText, PastDayText, Script,
};

/// The most fields that are read of one object or group: more than any has.
const ENTRIES_CAP: usize = 64;
/// The most values that are read of one list: more than any field may have.
const LIST_CAP: usize = 250;
/// The field that names the database.
const DATABASE: &str = "database";

/// Enters an object.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectSubmission {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The terms of the record.
    pub terms: TermsOffered,
    /// What is stated.
    pub object: ObjectStated,
    /// The photographs and scans of it, each handed in before, or of the version before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub images: Vec<ImageStated>,
}

/// Revises the record of an object.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectRevision {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The entry the revision was made from; when another stands by now, nothing is written.
    pub expects: EntryHashText,
    /// The terms of the record.
    pub terms: TermsOffered,
    /// What is stated.
    pub object: ObjectStated,
    /// The photographs and scans of it, each handed in before, or of the version before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub images: Vec<ImageStated>,
}

/// Is what is stated about an object: its database, and the fields of that database.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectStated(Json);

/// A value of JSON as it came: fields in their order, also those that stand twice.
#[derive(Clone, PartialEq, Debug)]
enum Json {
    Null,
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Fields(Vec<(String, Json)>),
    /// What no field holds: a truth value, a number that is negative or broken.
    Other,
}

impl ObjectStated {
    /// Reads the object, noting faults under `place`: what does not fit the description. What contradicts the record's own
    /// rules is for the domain to say.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<Object> {
        let Json::Fields(stated) = &self.0 else {
            faults.add(place, FaultCode::BadCharacters);
            return None;
        };
        let named = format!("{place}.{DATABASE}");
        let database = match stated.iter().find(|(name, _)| name == DATABASE) {
            Some((_, Json::Text(name))) => Database::from_name(name),
            Some(_) => None,
            None => {
                faults.add(named, FaultCode::Missing);
                return None;
            }
        };
        let Some(table) = database.and_then(tables::table) else {
            faults.add(named, FaultCode::UnknownCode);
            return None;
        };
        let fields = read_fields(stated, table.fields, Some(DATABASE), place, faults);
        Some(Object { database: table.database, fields })
    }
}

fn read_fields(
    stated: &[(String, Json)],
    table: &[Field],
    besides: Option<&str>,
    place: &str,
    faults: &mut Faults,
) -> Fields {
    let mut fields = Fields::default();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (name, value) in stated {
        let is_known = besides == Some(name) || table.iter().any(|field| field.name == *name);
        // The name came from outside: it is not repeated.
        faults.require(is_known, format!("{place}.?"), FaultCode::UnknownCode);
        let is_again = is_known && !seen.insert(name);
        faults.require(!is_again, format!("{place}.{name}").as_str(), FaultCode::Duplicate);
        let Some(field) = table.iter().find(|field| field.name == *name).filter(|_| !is_again) else {
            continue;
        };
        let place = format!("{place}.{}", field.name);
        match value {
            Json::Null => {}
            Json::List(values) if field.most > 1 => {
                faults.count(place.as_str(), values.len(), field.most);
                faults.require(!values.is_empty(), place.as_str(), FaultCode::Missing);
                for (i, value) in values.iter().enumerate().take(field.most) {
                    let read = read_value(value, field.kind, &format!("{place}[{i}]"), faults);
                    read.into_iter().for_each(|value| fields.push(field.key, value));
                }
            }
            _ if field.most > 1 => faults.add(place, FaultCode::BadCharacters),
            value => {
                let read = read_value(value, field.kind, &place, faults);
                read.into_iter().for_each(|value| fields.push(field.key, value));
            }
        }
    }
    for field in table.iter().filter(|field| field.required) {
        let is_there = stated.iter().any(|(name, value)| name == field.name && *value != Json::Null);
        faults.require(is_there, format!("{place}.{}", field.name), FaultCode::Missing);
    }
    fields
}

fn read_value(value: &Json, kind: FieldKind, place: &str, faults: &mut Faults) -> Option<Value> {
    match (kind, value) {
        (FieldKind::Text(cap), Json::Text(text)) => {
            Some(Value::Text(reading::text(text, cap, place, faults)))
        }
        (FieldKind::Name, Json::Text(text)) => {
            let name = reading::text(text, NAME_CAP, place, faults);
            let sound = name.is_empty() || patterns::holds_other_than(&name, NOT_LETTERS);
            faults.require(sound, place, FaultCode::BadCharacters);
            Some(Value::Text(name))
        }
        (FieldKind::Script, Json::Text(code)) => {
            let sound = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
            faults.require(sound, place, FaultCode::BadCharacters);
            sound.then(|| Value::Text(code.clone()))
        }
        (FieldKind::Language, Json::Text(tag)) => {
            let sound = is_language(tag);
            faults.require(sound, place, FaultCode::BadCharacters);
            sound.then(|| Value::Text(tag.clone()))
        }
        (FieldKind::Interval, Json::Text(days)) => {
            reading::interval(&IntervalText(days.clone()), place, faults).map(Value::Interval)
        }
        (FieldKind::Identifier(_) | FieldKind::RangeEnd(_), Json::Text(text)) => {
            Some(Value::Text(reading::text(text, WRITTEN_CAP, place, faults)))
        }
        (FieldKind::Currency | FieldKind::Cas, Json::Text(text)) => {
            Some(Value::Text(reading::text(text, 12, place, faults)))
        }
        (FieldKind::Note, Json::Fields(_)) => read_note(value, SHORT_CAP, place, faults).map(Value::Note),
        (FieldKind::LongNote, Json::Fields(_)) => read_note(value, LONG_CAP, place, faults).map(Value::Note),
        (FieldKind::Code(codes), Json::Text(name)) => {
            let number = (codes.number)(name);
            faults.require(number.is_some(), place, FaultCode::UnknownCode);
            number.map(Value::Code)
        }
        (FieldKind::Day, Json::Text(day)) => {
            reading::day(&DayText(day.clone()), place, faults).map(Value::Day)
        }
        (FieldKind::Country, Json::Text(code)) => {
            Country(code.clone()).read(place, faults).map(Value::Country)
        }
        (FieldKind::Quantity { .. } | FieldKind::Year, Json::Number(number)) => {
            Some(Value::Quantity(*number))
        }
        (FieldKind::Group(table), Json::Fields(stated)) => {
            Some(Value::Group(read_fields(stated, table, None, place, faults)))
        }
        _ => {
            faults.add(place, FaultCode::BadCharacters);
            None
        }
    }
}

/// Up to three subtags behind the first: what the pattern of languages says.
fn is_language(tag: &str) -> bool {
    is_language_tag(tag) && tag.split('-').count() <= 4
}

fn read_note(value: &Json, cap: usize, place: &str, faults: &mut Faults) -> Option<LocalText> {
    let Json::Fields(stated) = value else { return None };
    let of = |name: &str| match stated.iter().find(|(field, _)| field == name) {
        Some((_, Json::Text(text))) => Some(text.as_str()),
        _ => None,
    };
    let is_closed = stated.len() == 2;
    faults.require(is_closed, place, FaultCode::BadCharacters);
    let (Some(language), Some(text)) = (of("language"), of("text")) else {
        faults.add(place, FaultCode::Missing);
        return None;
    };
    faults.require(is_language(language), format!("{place}.language"), FaultCode::BadCharacters);
    let text = reading::text(text, cap, &format!("{place}.text"), faults);
    Some(LocalText { language: language.to_owned(), text })
}

/// Is an object as it is shown: the fields of its database as its owner wrote them. What an owner may write is described
/// with what is entered; what stands may be of an earlier or a later version of that.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectShown(pub ObjectStated);

impl PartialSchema for ObjectShown {
    fn schema() -> RefOr<Schema> {
        let database = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .description(Some(
                "An object: its database, and the fields of that database as its owner wrote them.",
            ))
            .property(DATABASE, database)
            .required(DATABASE)
            .into()
    }
}

impl ToSchema for ObjectShown {}

impl From<&Object> for ObjectShown {
    fn from(object: &Object) -> Self {
        Self(object.into())
    }
}

impl From<&Object> for ObjectStated {
    fn from(object: &Object) -> Self {
        let mut stated = vec![(DATABASE.to_owned(), Json::Text(object.database.to_string()))];
        let table = object.table().map_or(&[][..], |table| table.fields);
        stated.extend(shown_fields(&object.fields, table));
        Self(Json::Fields(stated))
    }
}

fn shown_fields(fields: &Fields, table: &[Field]) -> Vec<(String, Json)> {
    let mut shown = Vec::new();
    for field in table {
        let values = fields.get(field.key).iter();
        let mut values: Vec<Json> = values.map(|value| shown_value(value, field.kind)).collect();
        match (field.most, values.is_empty()) {
            (_, true) => {}
            (1, false) => shown.push((field.name.to_owned(), values.swap_remove(0))),
            (_, false) => shown.push((field.name.to_owned(), Json::List(values))),
        }
    }
    shown
}

fn shown_value(value: &Value, kind: FieldKind) -> Json {
    match (value, kind) {
        (Value::Text(text), _) => Json::Text(text.clone()),
        (Value::Note(note), _) => Json::Fields(vec![
            ("language".to_owned(), Json::Text(note.language.clone())),
            ("text".to_owned(), Json::Text(note.text.clone())),
        ]),
        (Value::Code(number), FieldKind::Code(codes)) => {
            let name = (codes.name)(*number);
            Json::Text(name.map_or_else(|| format!("code-{number}"), str::to_owned))
        }
        (Value::Code(number), _) => Json::Number(u64::from(*number)),
        (Value::Day(day), _) => Json::Text(day.to_string()),
        (Value::Interval(days), _) => Json::Text(days.to_string()),
        (Value::Country(country), _) => Json::Text(country.to_string()),
        (Value::Quantity(number), _) => Json::Number(*number),
        (Value::Group(fields), FieldKind::Group(table)) => Json::Fields(shown_fields(fields, table)),
        (Value::Group(_), _) => Json::Null,
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Other => serializer.serialize_bool(false),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a field")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }
    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(u64::try_from(number).map_or(Json::Other, Json::Number))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        // `5.0` is the same integer as `5` (JSON Schema 2020-12, validation, 6.1.1).
        let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number);
        Ok(if is_whole { Json::Number(number as u64) } else { Json::Other })
    }
    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            if list.len() == LIST_CAP {
                return Err(A::Error::invalid_length(LIST_CAP + 1, &self));
            }
            list.push(value);
        }
        Ok(Json::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            if fields.len() == ENTRIES_CAP {
                return Err(A::Error::invalid_length(ENTRIES_CAP + 1, &self));
            }
            fields.push(entry);
        }
        Ok(Json::Fields(fields))
    }
}

impl PartialSchema for ObjectStated {
    fn schema() -> RefOr<Schema> {
        let forms: Vec<String> =
            TABLES.iter().flat_map(|table| (0..forms_of(table)).map(|at| form_name(table, at))).collect();
        let names: Vec<&str> = forms.iter().map(String::as_str).collect();
        one_of("What is stated about an object, by its database and by what it is told apart by.", &names)
    }
}

impl ToSchema for ObjectStated {
    fn schemas(schemas: &mut Schemas) {
        for table in TABLES {
            for at in 0..forms_of(table) {
                let form = described_form(table, at, schemas);
                schemas.push((form_name(table, at), form));
            }
        }
        collect::<PastDayText>(schemas);
        collect::<Country>(schemas);
        collect::<LocalShortText>(schemas);
        collect::<LocalLongText>(schemas);
        collect::<IntervalText>(schemas);
        collect::<NameText>(schemas);
        collect::<Script>(schemas);
        collect::<Language>(schemas);
    }
}

/// How many forms the records of a database have: one for each field of which one must be there. They exclude each other,
/// so that a description in JSON Schema can say it: each has its own field and none of those before.
fn forms_of(table: &Table) -> usize {
    table.one_of.len().max(1)
}

/// `Vehicles` told apart by `plates` is `VehiclesByPlates`.
fn form_name(table: &Table, at: usize) -> String {
    let name = schema_name(&table.database.to_string());
    match table.one_of {
        [] | [_] => name,
        several => format!("{name}By{}", schema_name(several[at])),
    }
}

fn described_form(table: &'static Table, at: usize, schemas: &mut Schemas) -> RefOr<Schema> {
    let database = table.database.to_string();
    let own = table.one_of.get(at);
    let before = &table.one_of[..at.min(table.one_of.len())];
    let name =
        ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some([database.clone()]));
    let mut fields = vec![required(DATABASE, name)];
    for field in table.fields {
        if before.contains(&field.name) {
            fields.push(schemas::absent(field.name));
        } else {
            fields.push(described_field(&database, field, own == Some(&field.name), schemas));
        }
    }
    let by = own.map(|own| format!(", told apart by `{own}`")).unwrap_or_default();
    closed_object(&format!("A record of the database `{database}`{by}."), fields)
}

/// `works-of-art` becomes `WorksOfArt`, and `works-of-art.measures` `WorksOfArtMeasures`.
fn schema_name(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    name.split(['-', '.', '_']).map(word).collect()
}

fn described_fields(name: &str, table: &'static [Field], schemas: &mut Schemas) -> Vec<schemas::Field> {
    table.iter().map(|field| described_field(name, field, false, schemas)).collect()
}

fn described_field(name: &str, field: &'static Field, must: bool, schemas: &mut Schemas) -> schemas::Field {
    let one = described(&format!("{name}.{}", field.name), field, schemas);
    let schema: RefOr<Schema> = if field.most == 1 {
        one
    } else {
        let list = ArrayBuilder::new().items(one).min_items(Some(1)).max_items(Some(field.most));
        list.description(Some(field.says)).into()
    };
    if must || field.required { required(field.name, schema) } else { optional(field.name, schema) }
}

fn described(name: &str, field: &'static Field, schemas: &mut Schemas) -> RefOr<Schema> {
    let string =
        || ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).description(Some(field.says));
    let whole = |least: f64, most: f64| {
        let number = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
        number.minimum(Some(least)).maximum(Some(most))
    };
    match field.kind {
        FieldKind::Text(cap) => {
            string().min_length(Some(1)).max_length(Some(cap)).pattern(Some(patterns::text())).into()
        }
        FieldKind::Name => reference::<NameText>(),
        FieldKind::Note => reference::<LocalShortText>(),
        FieldKind::LongNote => reference::<LocalLongText>(),
        FieldKind::Interval => reference::<IntervalText>(),
        FieldKind::Script => reference::<Script>(),
        FieldKind::Language => reference::<Language>(),
        FieldKind::Code(codes) => code_reference(codes, schemas),
        FieldKind::Day => reference::<PastDayText>(),
        FieldKind::Country => reference::<Country>(),
        FieldKind::Year => whole(1800.0, 2049.0).description(Some(field.says)).into(),
        FieldKind::Quantity { unit, most } => {
            whole(0.0, most as f64).description(Some(format!("{} In {unit}.", field.says))).into()
        }
        FieldKind::Currency => string().pattern(Some("^[A-Z]{3}$")).into(),
        FieldKind::Cas => string().pattern(Some("^[0-9]{2,7}-[0-9]{2}-[0-9]$")).examples(["50-36-2"]).into(),
        FieldKind::Identifier(kind) => {
            let most = longest_key(kind).saturating_mul(2).min(WRITTEN_CAP);
            let identifier = string().max_length(Some(most)).pattern(Some(pattern_of(kind)));
            identifier.examples(example_of(kind)).into()
        }
        FieldKind::RangeEnd(_) => {
            string().max_length(Some(WRITTEN_CAP)).pattern(Some(patterns::DOCUMENT_NUMBER)).into()
        }
        FieldKind::Group(table) => {
            let fields = described_fields(name, table, schemas);
            schemas.push((schema_name(name), closed_object_of(field.says, fields, 1)));
            Ref::from_schema_name(schema_name(name)).into()
        }
    }
}

fn code_reference(codes: Codes, schemas: &mut Schemas) -> RefOr<Schema> {
    let name = schema_name(codes.list);
    let list = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .enum_values(Some((codes.names)()))
        .description(Some(format!("A code of the list `{}`.", codes.list)));
    schemas.push((name.clone(), list.into()));
    Ref::from_schema_name(name).into()
}

/// How a number of a kind is written; check digits are beyond a pattern, and a number with a wrong one is 409.
fn pattern_of(kind: IdentifierKind) -> String {
    let pattern = match kind {
        IdentifierKind::Vin => "^[A-HJ-NPR-Z0-9]{3,16}$|^[A-HJ-NPR-Z0-9 -]{17,24}$",
        IdentifierKind::Imo => "^(?:IMO ?)?[0-9]{7}$",
        IdentifierKind::Hin => "^[A-Z0-9]{11,15}$|^[A-Z]{2}-[A-Z0-9]{12,13}$",
        IdentifierKind::Mmsi => "^[0-9]{9}$",
        IdentifierKind::CallSign => "^[A-Z0-9]{3,10}$",
        IdentifierKind::AircraftMark => "^[A-Z0-9]{1,2}-?[A-Z0-9]{1,8}$",
        IdentifierKind::AircraftAddress => "^[0-9A-Fa-f]{6}$",
        IdentifierKind::Iban => "^[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}$",
        IdentifierKind::Wallet => "^[A-Za-z0-9]{20,120}$",
        IdentifierKind::Phone => r"^(?:\+|00)[0-9](?:[ -]?[0-9]){7,12}$",
        IdentifierKind::Imei => "^[0-9]{14,16}$",
        IdentifierKind::Lei => "^[A-Z0-9]{18}[0-9]{2}$",
        IdentifierKind::Bic => "^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$",
        IdentifierKind::ImoCompany => "^(?:IMO ?)?[0-9]{7}$",
        IdentifierKind::Email => r"^[A-Za-z0-9._%+-]{1,50}@[A-Za-z0-9-]{1,30}(?:\.[A-Za-z0-9-]{1,20}){1,2}$",
        IdentifierKind::Website => {
            r"^(?:https?://)?[A-Za-z0-9-]{1,30}(?:\.[A-Za-z0-9-]{1,20}){1,2}(?:/[A-Za-z0-9._~-]{0,20}){0,2}$"
        }
        IdentifierKind::Plate
        | IdentifierKind::Engine
        | IdentifierKind::Serial
        | IdentifierKind::DocumentNumber
        | IdentifierKind::Registration
        | IdentifierKind::Banknote => return patterns::text_with_others(NOT_ALPHANUMERIC, 2),
        IdentifierKind::Account => return patterns::text_with_others(NOT_ALPHANUMERIC, 3),
        IdentifierKind::VesselName
        | IdentifierKind::Inventory
        | IdentifierKind::Case
        | IdentifierKind::Reference
        | IdentifierKind::Unlisted(_) => return patterns::text_with_other_than(NOT_ALPHANUMERIC),
    };
    pattern.to_owned()
}

fn example_of(kind: IdentifierKind) -> Option<&'static str> {
    Some(match kind {
        IdentifierKind::Vin => "WVWZZZ1JZ3W386752",
        IdentifierKind::Plate => "А 123 ВС 77",
        IdentifierKind::Engine => "BKC 123456",
        IdentifierKind::Imo => "IMO 9074729",
        IdentifierKind::Hin => "FR-ABC12345D606",
        IdentifierKind::Mmsi => "636014932",
        IdentifierKind::CallSign => "A8ZZ9",
        IdentifierKind::VesselName => "Нур",
        IdentifierKind::AircraftMark => "EY-754",
        IdentifierKind::AircraftAddress => "3c6ef1",
        IdentifierKind::Serial => "АК 123456",
        IdentifierKind::DocumentNumber => "DL 0001200",
        IdentifierKind::Inventory => "КП-1204",
        IdentifierKind::Case => "2026/114",
        IdentifierKind::Iban => "DE89 3704 0044 0532 0130 00",
        IdentifierKind::Account => "40817810099910004312",
        IdentifierKind::Wallet => "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae",
        IdentifierKind::Banknote => "XA 1234567 890",
        IdentifierKind::Phone => "+992 37 221 00 00",
        IdentifierKind::Imei => "490154203237518",
        IdentifierKind::Registration => "ОГРН 1027700132195",
        IdentifierKind::Lei => "5493001KJTIIGC8Y1R12",
        IdentifierKind::Bic => "DCBKKPPY",
        IdentifierKind::ImoCompany => "IMO 5987860",
        IdentifierKind::Email => "office@example.org",
        IdentifierKind::Website => "https://example.org",
        IdentifierKind::Reference => "QDe.004",
        IdentifierKind::Unlisted(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Option<Object>, Vec<String>) {
        let stated: ObjectStated = serde_json::from_str(json).unwrap();
        let mut faults = Faults::default();
        let object = stated.read("object", &mut faults);
        let faults = faults.into_result().err().unwrap_or_default();
        (object, faults.iter().map(ToString::to_string).collect())
    }

    const CAR: &str = r#"{"database":"vehicles","status":"stolen","reported_on":"2026-10-02","remarks":[{"language":"fa","text":"فرورفتگی"}],"kind":"car","vin":"XTA210990X1234567","plates":[{"number":"А 123 ВС 77","country":"RUS"}],"year":1999,"colours":["red","white"]}"#;

    #[test]
    fn what_is_stated_is_shown_again() {
        let (object, faults) = read(CAR);
        assert_eq!(faults, [""; 0]);
        let object = object.unwrap();
        let shown = serde_json::to_string(&ObjectStated::from(&object)).unwrap();
        assert_eq!(shown, CAR);
        assert_eq!(object.identifiers().len(), 2);
        let whole =
            CAR.replace("1999", "1999.0").replace(r#""kind":"car","#, r#""kind":"car","place":null,"#);
        assert_eq!(read(&whole).0.as_ref(), Some(&object));
    }

    #[test]
    fn what_does_not_fit_the_description_is_named() {
        for (json, faults) in [
            ("[]", &["object: bad-characters"][..]),
            ("{}", &["object.database: missing"]),
            (r#"{"database":"persons"}"#, &["object.database: unknown-code"]),
            (r#"{"database":7}"#, &["object.database: unknown-code"]),
            (r#"{"database":"vehicles"}"#, &["object.status: missing"]),
            (r#"{"database":"vehicles","status":"stolen","status":"lost"}"#, &["object.status: duplicate"]),
            (
                r#"{"database":"vehicles","status":"арест","Калачев":1,"year":-1,"plates":{},"colours":[]}"#,
                &[
                    "object.status: unknown-code",
                    "object.?: unknown-code",
                    "object.year: bad-characters",
                    "object.plates: bad-characters",
                    "object.colours: missing",
                ],
            ),
            (
                r#"{"database":"vehicles","status":"stolen","plates":[{"country":"RU"},{"number":"1","x":2}]}"#,
                &[
                    "object.plates[0].country: unknown-code",
                    "object.plates[0].number: missing",
                    "object.plates[1].?: unknown-code",
                ],
            ),
            (
                r#"{"database":"vehicles","status":"stolen","remarks":[{"text":"x"},{"language":"12","text":" "}]}"#,
                &[
                    "object.remarks[0]: bad-characters",
                    "object.remarks[0]: missing",
                    "object.remarks[1].language: bad-characters",
                    "object.remarks[1].text: missing",
                ],
            ),
        ] {
            assert_eq!(read(json).1, faults, "{json}");
        }
    }

    #[test]
    fn examples_are_numbers_of_their_kind() {
        for (kind, _) in IdentifierKind::LISTED {
            let example = example_of(*kind).unwrap();
            assert_eq!(barid_domain::objects::identifiers::fault(*kind, example), None, "{kind}");
        }
    }
}
