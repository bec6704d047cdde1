//! Tables of persons (CSV, XLSX): a bureau's own list of persons.
//!
//! The columns are described in `docs/formats/persons-csv.md`; how they are read is that of every mapped table:
//! `mapped_rows`. Dates of birth are read as the exchange reads typed ones, in eight calendars; one that is not Gregorian
//! bears its calendar's name, since a record states what its owner knows. A name is whole in one column, or its parts are in several.

use barid_domain::calendars::Calendar;
use barid_domain::codes::{
    AliasStrength, CodeList, Database, DocumentType, NameKind, Offence, PersonStatus, Sex, Warning,
};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::faults::Faults;
use barid_domain::objects::fields::{Codes, Field, FieldKind, Fields, Value};
use barid_domain::objects::tables::Table;
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference, caps};
use barid_domain::text::{LocalText, NAME_CAP, SHORT_CAP};
use barid_domain::typed_births::{AskedBirth, TYPED_BIRTH_CAP, TypedBirthError};

use crate::list_items::script_of;
use crate::mapped_rows::{MappedReader, MappedRow, Statement};
use crate::report::ReportCode;
use crate::table::in_ascii_digits;

/// Reads a table of persons.
pub type PersonsReader<R> = MappedReader<Person, R>;
/// One row of a table of persons.
pub type PersonRow = MappedRow<Person>;

/// The columns. Their numbers stand in no signed bytes: a row becomes a [`Person`].
pub static TABLE: Table =
    Table { database: Database::Persons, fields: FIELDS, one_of: &["names", "aliases"] };

const NAMES: u16 = 1;
const ALIASES: u16 = 2;
const SEX: u16 = 3;
const BIRTHS: u16 = 4;
const BIRTH_PLACES: u16 = 5;
const NATIONALITIES: u16 = 6;
const STATUSES: u16 = 7;
const MINOR: u16 = 8;
const OFFENCES: u16 = 9;
const WARNINGS: u16 = 10;
const DOCUMENTS: u16 = 11;
const ADDRESSES: u16 = 12;
const FUNCTIONS: u16 = 13;
const DESCRIPTIONS: u16 = 14;
const REMARKS: u16 = 15;
const REFERENCES: u16 = 16;
const LISTED_ON: u16 = 17;

const fn one(key: u16, name: &'static str, kind: FieldKind, says: &'static str) -> Field {
    Field { key, name, kind, most: 1, required: false, says }
}

const fn many(key: u16, name: &'static str, most: usize, kind: FieldKind, says: &'static str) -> Field {
    Field { key, name, kind, most, required: false, says }
}

const SHORT: FieldKind = FieldKind::Text(SHORT_CAP);
const DATE: FieldKind = FieldKind::Text(TYPED_BIRTH_CAP);

const FIELDS: &[Field] = &[
    many(NAMES, "names", caps::NAMES, FieldKind::Group(NAME), "A name, the primary one first"),
    many(ALIASES, "aliases", caps::NAMES, FieldKind::Text(NAME_CAP), "Further names the person uses or used"),
    one(SEX, "sex", FieldKind::Code(Codes::of::<Sex>()), "Sex by ISO/IEC 5218; not known without it"),
    many(BIRTHS, "births", caps::BIRTHS, DATE, "A date of birth, whole or in part, in any calendar"),
    many(BIRTH_PLACES, "birth_places", caps::PLACES, FieldKind::Group(PLACE), "A possible place of birth"),
    many(NATIONALITIES, "nationalities", caps::NATIONALITIES, FieldKind::Country, "A nationality"),
    Field {
        key: STATUSES,
        name: "statuses",
        kind: FieldKind::Code(Codes::of::<PersonStatus>()),
        most: caps::CODES,
        required: true,
        says: "What is known of the person's state",
    },
    one(MINOR, "minor", FieldKind::Code(YES_OR_NO), "Whether the person is a minor; no without it"),
    many(OFFENCES, "offences", caps::CODES, FieldKind::Code(Codes::of::<Offence>()), "An offence"),
    many(
        WARNINGS,
        "warnings",
        caps::CODES,
        FieldKind::Code(Codes::of::<Warning>()),
        "What an officer who meets the person should know",
    ),
    many(DOCUMENTS, "documents", caps::DOCUMENTS, FieldKind::Group(DOCUMENT), "A document the person holds"),
    many(
        ADDRESSES,
        "addresses",
        caps::PLACES,
        FieldKind::Group(PLACE),
        "Where the person lives, lived or was seen",
    ),
    many(FUNCTIONS, "functions", caps::TEXTS, FieldKind::Note, "A title, function or occupation"),
    many(DESCRIPTIONS, "descriptions", caps::TEXTS, FieldKind::Note, "What the person looks like"),
    many(REMARKS, "remarks", caps::TEXTS, FieldKind::Note, "What else is stated"),
    many(
        REFERENCES,
        "references",
        caps::REFERENCES,
        FieldKind::Group(REFERENCE),
        "The person's number in another system",
    ),
    one(LISTED_ON, "listed_on", FieldKind::Day, "When the source listed or entered the person"),
];

mod name {
    pub(super) const TEXT: u16 = 1;
    pub(super) const PARTS: u16 = 2;
    pub(super) const KIND: u16 = 3;
    pub(super) const STRENGTH: u16 = 4;
    pub(super) const LANGUAGE: u16 = 5;
    pub(super) const NOTE: u16 = 6;
}

const NAME: &[Field] = &[
    one(name::TEXT, "text", FieldKind::Text(NAME_CAP), "The whole name in the order of its source"),
    many(
        name::PARTS,
        "parts",
        caps::NAME_PARTS,
        FieldKind::Text(NAME_CAP),
        "The parts in their order; joined by spaces where the whole name is not there",
    ),
    one(
        name::KIND,
        "kind",
        FieldKind::Code(Codes::of::<NameKind>()),
        "What the name is; without it the first is the primary one, others are aliases",
    ),
    one(
        name::STRENGTH,
        "strength",
        FieldKind::Code(Codes::of::<AliasStrength>()),
        "How much an alias is worth",
    ),
    one(name::LANGUAGE, "in_language", FieldKind::Text(35), "The language of the name (BCP 47)"),
    one(name::NOTE, "note", SHORT, "A remark on the name"),
];

mod place {
    pub(super) const COUNTRY: u16 = 1;
    pub(super) const COUNTRY_TEXT: u16 = 2;
    pub(super) const REGION: u16 = 3;
    pub(super) const CITY: u16 = 4;
    pub(super) const STREET: u16 = 5;
    pub(super) const POSTAL_CODE: u16 = 6;
    pub(super) const NOTE: u16 = 7;
}

const PLACE: &[Field] = &[
    one(place::COUNTRY, "country", FieldKind::Country, "The country"),
    one(place::COUNTRY_TEXT, "country_text", SHORT, "The country in words, where no code says it"),
    one(place::REGION, "region", SHORT, "State, province, region"),
    one(place::CITY, "city", SHORT, "City, town, village"),
    one(place::STREET, "street", SHORT, "Street and house"),
    one(place::POSTAL_CODE, "postal_code", SHORT, "Postal code"),
    one(place::NOTE, "note", SHORT, "A remark on the place"),
];

mod document {
    pub(super) const TYPE: u16 = 1;
    pub(super) const NUMBER: u16 = 2;
    pub(super) const ISSUING_COUNTRY: u16 = 3;
    pub(super) const TYPE_TEXT: u16 = 4;
    pub(super) const ISSUED_ON: u16 = 5;
    pub(super) const EXPIRES_ON: u16 = 6;
    pub(super) const ISSUED_AT: u16 = 7;
    pub(super) const NOTE: u16 = 8;
}

const DOCUMENT: &[Field] = &[
    Field {
        key: document::TYPE,
        name: "type",
        kind: FieldKind::Code(Codes::of::<DocumentType>()),
        most: 1,
        required: true,
        says: "The type",
    },
    one(document::NUMBER, "number", SHORT, "The number as written"),
    one(document::ISSUING_COUNTRY, "issuing_country", FieldKind::Country, "The issuing country"),
    one(document::TYPE_TEXT, "type_text", SHORT, "The type in words, where they say more than the code"),
    one(document::ISSUED_ON, "issued_on", DATE, "The day of issue, whole or in part"),
    one(document::EXPIRES_ON, "expires_on", DATE, "The day of expiry, whole or in part"),
    one(document::ISSUED_AT, "issued_at", SHORT, "The place of issue"),
    one(document::NOTE, "note", SHORT, "A remark on the document"),
];

mod reference {
    pub(super) const SCHEME: u16 = 1;
    pub(super) const NUMBER: u16 = 2;
}

const REFERENCE: &[Field] = &[
    Field {
        key: reference::SCHEME,
        name: "scheme",
        kind: FieldKind::Text(60),
        most: 1,
        required: true,
        says: "The system",
    },
    Field {
        key: reference::NUMBER,
        name: "number",
        kind: FieldKind::Text(100),
        most: 1,
        required: true,
        says: "Its number",
    },
];

const YES: u16 = 1;
const YES_OR_NO: Codes = Codes {
    list: "yes-or-no",
    number: |name| match name {
        "yes" | "true" | "1" => Some(YES),
        "no" | "false" | "0" => Some(0),
        _ => None,
    },
    name: |number| match number {
        YES => Some("yes"),
        0 => Some("no"),
        _ => None,
    },
    names: || vec!["yes", "no"],
};

impl Statement for Person {
    fn table(database: Database) -> Option<&'static Table> {
        (database == Database::Persons).then_some(&TABLE)
    }

    fn of(table: &'static Table, fields: Fields, today: Day) -> (Option<Self>, Vec<(String, ReportCode)>) {
        let mut faults = Faults::default();
        fields.check(table.fields, today, "", &mut faults);
        let mut found: Vec<(String, ReportCode)> = faults
            .into_result()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|fault| (fault.place, fault.code.into()))
            .collect();
        let person = person_of(&fields, today, &mut found);
        if !found.is_empty() {
            return (None, found);
        }
        let mut faults = Faults::default();
        person.check(today, &mut faults);
        let written = fields.get(NAMES).len();
        let found = faults.into_result().err().unwrap_or_default();
        let found: Vec<_> =
            found.into_iter().map(|fault| (column_place(&fault.place, written), fault.code.into())).collect();
        (found.is_empty().then_some(person), found)
    }
}

/// Aliases are names behind the others: a fault of one is a fault of its column.
fn column_place(place: &str, names: usize) -> String {
    let number = place.strip_prefix("names[").and_then(|rest| rest.split_once(']'));
    let number = number.and_then(|(number, _)| number.parse::<usize>().ok());
    match number.and_then(|number| number.checked_sub(names)) {
        Some(alias) => format!("aliases[{alias}]"),
        None => place.to_owned(),
    }
}

fn person_of(fields: &Fields, today: Day, faults: &mut Vec<(String, ReportCode)>) -> Person {
    let mut births = Vec::new();
    for (at, text) in texts(fields, BIRTHS).enumerate() {
        match read_birth(text, today) {
            Ok(birth) => births.push(birth),
            Err(code) => faults.push((format!("births[{at}]"), code)),
        }
    }
    let mut documents = Vec::new();
    for (at, group) in groups(fields, DOCUMENTS).enumerate() {
        let mut date = |key, name: &str| {
            let read = text(group, key).map(|text| read_interval(&text));
            let fault = read.as_ref().and_then(|read| read.as_ref().err());
            faults.extend(fault.map(|code| (format!("documents[{at}].{name}"), *code)));
            read.and_then(Result::ok)
        };
        let (issued_on, expires_on) =
            (date(document::ISSUED_ON, "issued_on"), date(document::EXPIRES_ON, "expires_on"));
        documents.push(HeldDocument {
            document_type: code(group, document::TYPE).unwrap_or(DocumentType::Unlisted(0)),
            number: text(group, document::NUMBER),
            issuing_country: country(group, document::ISSUING_COUNTRY),
            type_text: text(group, document::TYPE_TEXT),
            issued_on,
            expires_on,
            issued_at: text(group, document::ISSUED_AT),
            note: text(group, document::NOTE),
        });
    }
    let reference = |group: &Fields| Reference {
        scheme: text(group, reference::SCHEME).unwrap_or_default(),
        number: text(group, reference::NUMBER).unwrap_or_default(),
    };
    Person {
        names: names_of(fields),
        sex: code(fields, SEX).unwrap_or(Sex::NotKnown),
        births,
        birth_places: groups(fields, BIRTH_PLACES).map(place_of).collect(),
        nationalities: fields.get(NATIONALITIES).iter().filter_map(country_of).collect(),
        statuses: codes(fields, STATUSES),
        minor: matches!(fields.get(MINOR), [Value::Code(YES)]),
        offences: codes(fields, OFFENCES),
        warnings: codes(fields, WARNINGS),
        documents,
        addresses: groups(fields, ADDRESSES).map(place_of).collect(),
        functions: notes(fields, FUNCTIONS),
        descriptions: notes(fields, DESCRIPTIONS),
        remarks: notes(fields, REMARKS),
        references: groups(fields, REFERENCES).map(reference).collect(),
        listed_on: match fields.get(LISTED_ON) {
            [Value::Day(day)] => Some(*day),
            _ => None,
        },
        amended_on: Vec::new(),
    }
}

fn names_of(fields: &Fields) -> Vec<PersonName> {
    let named = |whole: String, kind| PersonName {
        script: script_of(&whole),
        text: whole,
        kind,
        strength: None,
        language: None,
        parts: Vec::new(),
        note: None,
    };
    let written = groups(fields, NAMES).enumerate().map(|(at, group)| {
        let parts: Vec<String> = texts(group, name::PARTS).map(str::to_owned).collect();
        let whole = text(group, name::TEXT).unwrap_or_else(|| parts.join(" "));
        let usual = if at == 0 { NameKind::Primary } else { NameKind::Alias };
        PersonName {
            strength: code(group, name::STRENGTH),
            language: text(group, name::LANGUAGE),
            note: text(group, name::NOTE),
            parts,
            ..named(whole, code(group, name::KIND).unwrap_or(usual))
        }
    });
    let aliases = texts(fields, ALIASES).map(|alias| named(alias.to_owned(), NameKind::Alias));
    written.chain(aliases).collect()
}

fn place_of(group: &Fields) -> Place {
    Place {
        country: country(group, place::COUNTRY),
        country_text: text(group, place::COUNTRY_TEXT),
        region: text(group, place::REGION),
        city: text(group, place::CITY),
        street: text(group, place::STREET),
        postal_code: text(group, place::POSTAL_CODE),
        note: text(group, place::NOTE),
    }
}

fn texts(fields: &Fields, key: u16) -> impl Iterator<Item = &str> {
    fields.get(key).iter().filter_map(|value| match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

fn text(fields: &Fields, key: u16) -> Option<String> {
    texts(fields, key).next().map(str::to_owned)
}

fn groups(fields: &Fields, key: u16) -> impl Iterator<Item = &Fields> {
    fields.get(key).iter().filter_map(|value| match value {
        Value::Group(fields) => Some(fields),
        _ => None,
    })
}

fn notes(fields: &Fields, key: u16) -> Vec<LocalText> {
    let note = |value: &Value| match value {
        Value::Note(note) => Some(note.clone()),
        _ => None,
    };
    fields.get(key).iter().filter_map(note).collect()
}

fn codes<T: CodeList>(fields: &Fields, key: u16) -> Vec<T> {
    let code = |value: &Value| match value {
        Value::Code(number) => Some(T::from_number(*number)),
        _ => None,
    };
    fields.get(key).iter().filter_map(code).collect()
}

fn code<T: CodeList>(fields: &Fields, key: u16) -> Option<T> {
    codes(fields, key).into_iter().next()
}

fn country_of(value: &Value) -> Option<CountryCode> {
    match value {
        Value::Country(country) => Some(*country),
        _ => None,
    }
}

fn country(fields: &Fields, key: u16) -> Option<CountryCode> {
    fields.get(key).first().and_then(country_of)
}

/// Reads a date of birth of any calendar: one that is not Gregorian bears its calendar's name, so that a slip of the pen in
/// a year is not taken for another calendar.
fn read_birth(text: &str, today: Day) -> Result<DateInterval, ReportCode> {
    let asked = AskedBirth::read(text, today).map_err(|error| match error {
        TypedBirthError::Malformed | TypedBirthError::Impossible(_) => ReportCode::ImpossibleDate,
        TypedBirthError::InFuture => ReportCode::FutureDate,
    })?;
    // The only words that a date may have are calendars' names.
    let is_named = text.chars().any(char::is_alphabetic);
    match asked.readings() {
        [reading] if is_named || reading.calendar == Calendar::Gregorian => Ok(reading.interval),
        _ => Err(ReportCode::AmbiguousDate),
    }
}

/// Reads a date as the exchange writes it, or `DD.MM.YYYY`.
fn read_interval(text: &str) -> Result<DateInterval, ReportCode> {
    let text = in_ascii_digits(text);
    let turned = match text.split('.').collect::<Vec<_>>()[..] {
        [day, month, year] if year.len() == 4 => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text,
    };
    turned.parse().map_err(|_| ReportCode::ImpossibleDate)
}
