//! From an entity that is a thing to an object.

use barid_domain::codes::{CodeList, Database, IdentifierKind};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::objects::codes::{AccountKind, AircraftKind, ObjectStatus, VehicleKind, VesselKind};
use barid_domain::objects::fields::{FieldKind, Fields, Value};
use barid_domain::objects::{Object, identifiers, tables};
use barid_domain::text::SHORT_CAP;

use super::entities::FtmEntity;
use super::import::Entities;
use super::persons::{LANGUAGE, country, date};
use crate::list_items::{ItemReport, ObjectBuilder, cleaned};
use crate::report::ReportCode;

pub(super) fn object(
    entity: &FtmEntity,
    entities: &Entities,
    today: Day,
    report: &mut ItemReport,
) -> Option<Object> {
    let database = match entity.schema.as_str() {
        "Vehicle" => Database::Vehicles,
        "Vessel" => Database::Vessels,
        "Airplane" => Database::Aircraft,
        "BankAccount" | "CryptoWallet" => Database::CashAndAccounts,
        _ => return None,
    };
    let mut object = ObjectBuilder::new(database);
    object.code("status", ObjectStatus::Listed.number());
    match entity.schema.as_str() {
        "BankAccount" => object.code("kind", AccountKind::BankAccount.number()),
        "CryptoWallet" => object.code("kind", AccountKind::Wallet.number()),
        _ => {}
    }
    for (property, values) in &entity.properties {
        for value in values {
            take(&mut object, entity, property, value, today, report);
        }
    }
    for sanction in entities.belonging_to(&entity.id).filter(|entity| entity.schema == "Sanction") {
        let said = sanction.properties.iter().filter(|(name, _)| name != "entity");
        let said: Vec<String> = said.map(|(name, values)| format!("{name} {}", values.join(", "))).collect();
        object.words.push(format!("measure stated by the source: {}", said.join("; ")));
    }
    Some(object.finish(LANGUAGE, report))
}

fn take(
    object: &mut ObjectBuilder,
    entity: &FtmEntity,
    property: &str,
    value: &str,
    today: Day,
    report: &mut ItemReport,
) {
    let Some(value) = cleaned(value, SHORT_CAP, property, report) else { return };
    let field = match (entity.schema.as_str(), property) {
        // It stands with the plates.
        ("Vehicle", "country") if plates_country(entity).is_some() => return,
        ("Vehicle", "registrationNumber") => return plate(object, entity, &value, report),
        ("Vehicle" | "Airplane" | "Vessel", "type") => return kind(object, entity, &value),
        ("Vehicle" | "Airplane" | "Vessel", "buildDate") => {
            match date(&value).filter(|date| date.earliest() <= today) {
                Some(date) if date.earliest().parts().0 == date.latest().parts().0 => {
                    object.year("year", date.earliest().parts().0);
                    if value.len() > 4 {
                        object.words.push(format!("{property}: {value}"));
                    }
                }
                _ => {
                    report.kept("Vehicle.buildDate", ReportCode::ImpossibleDate);
                    object.words.push(format!("{property}: {value}"));
                }
            }
            return;
        }
        ("Vessel", "flag") => {
            match country(&value) {
                Some(country) => object.country("flag", country),
                None => {
                    report.kept("Vessel.flag", ReportCode::UnknownCountry);
                    object.words.push(format!("{property}: {value}"));
                }
            }
            return;
        }
        ("Vehicle" | "Airplane" | "Vessel", "model") => "model",
        ("Airplane", "manufacturer") => "make",
        ("Airplane", "registrationNumber") => "mark",
        ("Airplane", "serialNumber") => "serial",
        ("Airplane", "icaoCode") => "address",
        ("Vessel", "name" | "alias" | "previousName" | "weakAlias") => "names",
        ("Vessel", "imoNumber") => "imo",
        ("Vessel", "mmsi") => "mmsi",
        ("Vessel", "callSign") => "call_sign",
        ("Vessel", "registrationNumber") => "registration",
        ("BankAccount", "iban") => "iban",
        ("BankAccount", "accountNumber") => "account",
        ("BankAccount", "bankName") => "bank",
        ("CryptoWallet", "publicKey" | "cryptoAddress" | "accountId") => "wallet",
        ("CryptoWallet", "blockchain") => "network",
        ("BankAccount" | "CryptoWallet", "currency") if is_currency(&value) => "currency",
        // Quoted with its author, as of a person.
        (_, "topics") => return object.words.push(format!("topic given by the source: {value}")),
        (_, "notes") => return object.words.push(value),
        _ => return object.words.push(format!("{property}: {value}")),
    };
    object.text(field, property, &value, report);
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A plate, with the country of the vehicle where there is one alone.
fn plate(object: &mut ObjectBuilder, entity: &FtmEntity, number: &str, report: &mut ItemReport) {
    let table = tables::table(Database::Vehicles);
    let plates = table.and_then(|table| table.fields.iter().find(|field| field.name == "plates"));
    let Some(FieldKind::Group(fields)) = plates.map(|field| field.kind) else { return };
    let key = |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.key);
    let fault = identifiers::fault(IdentifierKind::Plate, number);
    if let Some(fault) = fault {
        report.kept("Vehicle.registrationNumber", fault.into());
        object.words.push(format!("registrationNumber: {number}"));
        return;
    }
    let mut group = Fields::default();
    if let Some(key) = key("number") {
        group.push(key, Value::Text(number.to_owned()));
    }
    if let (Some(country), Some(key)) = (plates_country(entity), key("country")) {
        group.push(key, Value::Country(country));
    }
    if !object.value("plates", Value::Group(group)) {
        object.words.push(format!("registrationNumber: {number}"));
    }
}

/// The country of a vehicle, where it has plates and one country alone.
fn plates_country(entity: &FtmEntity) -> Option<CountryCode> {
    entity.first("registrationNumber")?;
    let mut countries = entity.values("country");
    match (countries.next(), countries.next()) {
        (Some(only), None) => country(only),
        _ => None,
    }
}

fn kind(object: &mut ObjectBuilder, entity: &FtmEntity, words: &str) {
    let code = match entity.schema.as_str() {
        "Vehicle" => VehicleKind::from_name(words).map(CodeList::number),
        "Vessel" => VesselKind::from_name(words).map(CodeList::number),
        _ => AircraftKind::from_name(words).map(CodeList::number),
    };
    match code {
        Some(code) => object.code("kind", code),
        None => object.words.push(format!("type: {words}")),
    }
}
