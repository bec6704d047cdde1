//! From records to entities.
//!
//! Only what the format has a property for goes into one; the rest goes into the summary in words, or is lost where the list of
//! losses (`docs/formats/follow-the-money.md`) says so. Every value is in the form that the format's own cleaning would
//! give it, so that none is dropped by who reads it.

use barid_domain::codes::{AliasStrength, Database, DocumentType, NameKind, Sex};
use barid_domain::countries::{CountryCode, ISO_3166};
use barid_domain::dates::{DateInterval, Day};
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::persons::{HeldDocument, Person, Place};
use barid_domain::terms::Provenance;

use super::entities::FtmEntity;
use super::export_groups::group_entities;
use crate::list_items::Stated;

/// The most years that a span of birth is written as; a longer one is left to the summary.
const YEARS_OF_SPAN: i32 = 10;

/// The format has no schema for a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the format has no schema for records of this database")]
pub struct NoSchema(pub Database);

/// Makes the entities of a record: itself first, then its documents, addresses and measures.
///
/// # Errors
/// Where the format has no schema for its database: firearms, administrative documents, works of art, incidents, cash.
pub fn entities_of(
    id: &str,
    provenance: Option<&Provenance>,
    stated: &Stated,
) -> Result<Vec<FtmEntity>, NoSchema> {
    match stated {
        Stated::Person(person) => Ok(person_entities(id, provenance, person)),
        Stated::Object(object) if object.database == Database::OrganisationsAndNetworks => {
            Ok(group_entities(id, provenance, object))
        }
        Stated::Object(object) => object_entity(id, object).map(|entity| vec![entity]),
    }
}

/// Writes entities, one a line.
pub fn to_lines(entities: &[FtmEntity]) -> String {
    // An entity is made of strings: serialising it can't fail.
    let line = |entity: &FtmEntity| serde_json::to_string(entity).unwrap_or_default() + "\n";
    entities.iter().map(line).collect()
}

fn person_entities(id: &str, provenance: Option<&Provenance>, person: &Person) -> Vec<FtmEntity> {
    let mut entity = FtmEntity::new(id.to_owned(), "Person");
    let mut words: Vec<String> = Vec::new();
    for (index, name) in person.names.iter().enumerate() {
        let property = match (index, name.kind, name.strength) {
            (0, ..) | (_, NameKind::OriginalScript, _) => "name",
            (_, NameKind::Former, _) => "previousName",
            (_, _, Some(AliasStrength::Weak)) => "weakAlias",
            _ => "alias",
        };
        entity.add(property, &name.text);
        words.extend(name.note.iter().map(|note| format!("{}: {note}", name.text)));
    }
    match person.sex {
        Sex::Male => entity.add("gender", "male"),
        Sex::Female => entity.add("gender", "female"),
        Sex::NotApplicable => entity.add("gender", "other"),
        Sex::NotKnown | Sex::Unlisted(_) => {}
    }
    for birth in &person.births {
        match dates_of(birth) {
            Some(dates) => dates.into_iter().for_each(|date| entity.add("birthDate", date)),
            None => words.push(format!("born {birth}")),
        }
    }
    for country in &person.nationalities {
        match code_of(*country) {
            Some(code) => entity.add("nationality", code),
            None => words.push(format!("nationality {country}")),
        }
    }
    for place in &person.birth_places {
        birth_place(&mut entity, place, &mut words);
    }
    person.statuses.iter().for_each(|status| entity.add("status", status.to_string()));
    words.extend(person.offences.iter().map(|offence| format!("offence {offence}")));
    words.extend(person.warnings.iter().map(|warning| format!("warning {warning}")));
    person.functions.iter().for_each(|function| entity.add("position", &function.text));
    person.descriptions.iter().for_each(|text| entity.add("appearance", &text.text));
    person.remarks.iter().for_each(|remark| entity.add("notes", &remark.text));
    words.extend(
        person.references.iter().map(|reference| format!("{} {}", reference.scheme, reference.number)),
    );
    let mut behind = Vec::new();
    for (index, place) in person.addresses.iter().enumerate() {
        let address = address(format!("{id}-address-{index}"), place);
        entity.add("addressEntity", &address.id);
        behind.push(address);
    }
    for (index, held) in person.documents.iter().enumerate() {
        match document(format!("{id}-document-{index}"), id, held) {
            Some(document) => behind.push(document),
            None => words.push(format!("document without a number: {}", held.document_type)),
        }
    }
    let listing = Listing { listed_on: person.listed_on, amended_on: person.amended_on.clone() };
    behind.extend(sanction(format!("{id}-sanction"), id, provenance, &listing));
    if !words.is_empty() {
        entity.add("summary", words.join("; "));
    }
    std::iter::once(entity).chain(behind).collect()
}

fn birth_place(entity: &mut FtmEntity, place: &Place, words: &mut Vec<String>) {
    let parts =
        [&place.city, &place.region, &place.country_text, &place.street, &place.postal_code, &place.note];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    if !parts.is_empty() {
        entity.add("birthPlace", parts.join(", "));
    }
    match place.country.map(|country| (country, code_of(country))) {
        Some((_, Some(code))) => entity.add("birthCountry", code),
        Some((country, None)) => words.push(format!("born in {country}")),
        None => {}
    }
}

pub(super) fn address(id: String, place: &Place) -> FtmEntity {
    let mut address = FtmEntity::new(id, "Address");
    let mut remarks: Vec<String> = place.note.iter().cloned().collect();
    for (property, text) in [
        ("street", &place.street),
        ("city", &place.city),
        ("region", &place.region),
        ("postalCode", &place.postal_code),
    ] {
        if let Some(text) = text {
            address.add(property, text);
        }
    }
    remarks.extend(place.country_text.iter().map(|text| format!("country: {text}")));
    match place.country.map(|country| (country, code_of(country))) {
        Some((_, Some(code))) => address.add("country", code),
        Some((country, None)) => remarks.push(format!("country: {country}")),
        None => {}
    }
    if !remarks.is_empty() {
        address.add("remarks", remarks.join("; "));
    }
    address
}

fn document(id: String, holder: &str, held: &HeldDocument) -> Option<FtmEntity> {
    let number = held.number.as_deref()?;
    let is_passport = matches!(
        held.document_type,
        DocumentType::Passport | DocumentType::DiplomaticPassport | DocumentType::ServicePassport
    );
    let mut document = FtmEntity::new(id, if is_passport { "Passport" } else { "Identification" });
    document.add("holder", holder);
    document.add("number", number);
    if is_passport {
        document.add("passportNumber", number);
    }
    document.add("type", held.document_type.to_string());
    if let Some(words) = &held.type_text {
        document.add("type", words);
    }
    let mut words: Vec<String> = held.note.iter().cloned().collect();
    match held.issuing_country.map(|country| (country, code_of(country))) {
        Some((_, Some(code))) => document.add("country", code),
        Some((country, None)) => words.push(format!("country {country}")),
        None => {}
    }
    for (property, date) in [("startDate", held.issued_on), ("endDate", held.expires_on)] {
        let Some(date) = date else { continue };
        match exact(&date) {
            Some(date) => document.add(property, date),
            None => words.push(format!("{property} {date}")),
        }
    }
    if let Some(place) = &held.issued_at {
        document.add("authority", place);
    }
    if !words.is_empty() {
        document.add("summary", words.join("; "));
    }
    Some(document)
}

/// The days on which a source listed somebody, and changed what it states.
pub(super) struct Listing {
    pub(super) listed_on: Option<Day>,
    pub(super) amended_on: Vec<Day>,
}

/// What a source decided, where the record names a source or the days of a listing.
pub(super) fn sanction(
    id: String,
    of: &str,
    provenance: Option<&Provenance>,
    listing: &Listing,
) -> Option<FtmEntity> {
    if provenance.is_none() && listing.listed_on.is_none() && listing.amended_on.is_empty() {
        return None;
    }
    let mut sanction = FtmEntity::new(id, "Sanction");
    sanction.add("entity", of);
    if let Some(provenance) = provenance {
        sanction.add("authority", &provenance.source);
        sanction.add("recordId", &provenance.reference);
    }
    let day = |day: &Day| day.to_string();
    listing.listed_on.iter().for_each(|listed| sanction.add("listingDate", day(listed)));
    listing.amended_on.iter().for_each(|amended| sanction.add("modifiedAt", day(amended)));
    Some(sanction)
}

/// The dates that an interval is written as; `None` where it spans too many years.
pub(super) fn dates_of(interval: &DateInterval) -> Option<Vec<String>> {
    if let Some(date) = exact(interval) {
        return Some(vec![date]);
    }
    let (first, last) = (interval.earliest().parts().0, interval.latest().parts().0);
    (last - first < YEARS_OF_SPAN).then(|| (first..=last).map(|year| format!("{year:04}")).collect())
}

/// A day, a month or a year as the format writes it.
fn exact(interval: &DateInterval) -> Option<String> {
    let text = interval.to_string();
    (!text.contains(['/', '~'])).then_some(text)
}

/// The format's code of a country: ISO 3166-1 alpha-2 in lower case.
pub(super) fn code_of(country: CountryCode) -> Option<String> {
    if country.as_str() == "RKS" {
        return Some("xk".to_owned());
    }
    let found = ISO_3166.iter().find(|(alpha_3, _)| *alpha_3 == country.as_str())?;
    Some(found.1.to_ascii_lowercase())
}

fn object_entity(id: &str, object: &Object) -> Result<FtmEntity, NoSchema> {
    let has = |name: &str| object.values(name).next().is_some();
    let schema = match object.database {
        Database::Vehicles => "Vehicle",
        Database::Vessels => "Vessel",
        Database::Aircraft => "Airplane",
        Database::CashAndAccounts if has("wallet") => "CryptoWallet",
        Database::CashAndAccounts if has("iban") || has("account") => "BankAccount",
        other => return Err(NoSchema(other)),
    };
    let mut entity = FtmEntity::new(id.to_owned(), schema);
    let mut words = Vec::new();
    let table = object.table().map_or(&[][..], |table| table.fields);
    for field in table {
        for value in object.fields.get(field.key) {
            if !property(&mut entity, schema, field, value) {
                words.push(format!("{} {}", field.name, in_words(field, value)));
            }
        }
    }
    if schema == "Vessel" && !has("names") {
        // The format asks every vessel for a name.
        let number = object.identifiers().first().map(|number| number.shown()).unwrap_or_default();
        entity.add("name", number);
    }
    if !words.is_empty() {
        entity.add("summary", words.join("; "));
    }
    Ok(entity)
}

/// Puts a value into the property that the format has for it; `false` where it has none.
fn property(entity: &mut FtmEntity, schema: &str, field: &Field, value: &Value) -> bool {
    let name = match (schema, field.name) {
        ("Vehicle", "plates") => return plate(entity, field, value),
        (_, "remarks") => "notes",
        ("Vehicle" | "Vessel" | "Airplane", "kind") => "type",
        ("Vehicle" | "Vessel" | "Airplane", "model") => "model",
        ("Vehicle" | "Vessel" | "Airplane", "year") => "buildDate",
        ("Airplane", "make") => "manufacturer",
        ("Airplane", "mark") => "registrationNumber",
        ("Airplane", "serial") => "serialNumber",
        ("Airplane", "address") => "icaoCode",
        ("Vessel", "names") if entity.first("name").is_none() => "name",
        ("Vessel", "names") => "alias",
        ("Vessel", "imo") => "imoNumber",
        ("Vessel", "mmsi") => "mmsi",
        ("Vessel", "call_sign") => "callSign",
        ("Vessel", "registration") => "registrationNumber",
        ("Vessel", "flag") => "flag",
        ("BankAccount", "iban") => "iban",
        ("BankAccount", "account") => "accountNumber",
        ("BankAccount", "bank") => "bankName",
        ("CryptoWallet", "wallet") => "publicKey",
        ("CryptoWallet", "network") => "blockchain",
        ("BankAccount" | "CryptoWallet", "currency") => "currency",
        _ => return false,
    };
    let written = match (name, value) {
        ("imoNumber", Value::Text(number)) => {
            format!("IMO{}", number.trim_start_matches(|c: char| !c.is_ascii_digit()))
        }
        ("iban", Value::Text(number)) => {
            number.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
        }
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Note(note)) => note.text.clone(),
        (_, Value::Quantity(year)) => format!("{year:04}"),
        (_, Value::Country(country)) => match code_of(*country) {
            Some(code) => code,
            None => return false,
        },
        (_, Value::Code(_)) => in_words(field, value),
        (_, Value::Day(_) | Value::Interval(_) | Value::Group(_)) => return false,
    };
    entity.add(name, written);
    true
}

/// A plate goes with its country; of several plates the countries go together.
fn plate(entity: &mut FtmEntity, field: &Field, value: &Value) -> bool {
    let (FieldKind::Group(fields), Value::Group(values)) = (field.kind, value) else { return false };
    let first = |name: &str| {
        let field = fields.iter().find(|field| field.name == name)?;
        values.get(field.key).first()
    };
    let Some(Value::Text(number)) = first("number") else { return false };
    entity.add("registrationNumber", number);
    if let Some(Value::Country(country)) = first("country")
        && let Some(code) = code_of(*country)
    {
        entity.add("country", code);
    }
    true
}

pub(super) fn in_words(field: &Field, value: &Value) -> String {
    match (field.kind, value) {
        (FieldKind::Code(codes), Value::Code(number)) => (codes.name)(*number).unwrap_or_default().to_owned(),
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Note(note)) => note.text.clone(),
        (_, Value::Day(day)) => day.to_string(),
        (_, Value::Interval(interval)) => interval.to_string(),
        (_, Value::Country(country)) => country.to_string(),
        (FieldKind::Quantity { unit, .. }, Value::Quantity(number)) => format!("{number} {unit}"),
        (_, Value::Quantity(number)) => number.to_string(),
        (FieldKind::Group(fields), Value::Group(values)) => group_in_words(fields, values),
        (_, Value::Code(number)) => number.to_string(),
        (_, Value::Group(_)) => String::new(),
    }
}

fn group_in_words(fields: &[Field], values: &Fields) -> String {
    let said = fields.iter().flat_map(|field| {
        values.get(field.key).iter().map(move |value| format!("{} {}", field.name, in_words(field, value)))
    });
    said.collect::<Vec<_>>().join(", ")
}
