//! From a vessel or an aircraft of the list to an object.

use barid_domain::codes::{CodeList as _, Database, IdentifierKind};
use barid_domain::dates::{DateInterval, Day};
use barid_domain::objects::Object;
use barid_domain::objects::codes::{ObjectStatus, VesselKind};
use barid_domain::objects::identifiers;
use barid_domain::text::{NAME_CAP, SHORT_CAP};

use super::countries::country_of_name;
use super::reader::{Joined, LANGUAGE};
use super::remarks::{self, Remark, statements};
use crate::list_items::{ItemReport, ObjectBuilder, PathCounts, cleaned};
use crate::report::ReportCode;

pub(super) fn vessel(
    item: &Joined<'_>,
    today: Day,
    report: &mut ItemReport,
    paths: &mut PathCounts,
) -> Object {
    let mut object = begin(Database::Vessels, item, report);
    if let Some(name) = cleaned(item.name, NAME_CAP, "sdn.SDN_Name", report) {
        object.text("names", "Name", &name, report);
    }
    for alias in item.aliases {
        if let Some(name) = cleaned(&alias.name, NAME_CAP, "alt.alt_name", report) {
            object.text("names", "Other name", &name, report);
        }
    }
    if let Some(sign) = cleaned(item.call_sign, SHORT_CAP, "sdn.Call_Sign", report) {
        object.text("call_sign", "Call sign", &sign, report);
    }
    if let Some(words) = cleaned(item.vessel_type, SHORT_CAP, "sdn.Vess_type", report) {
        object.code("kind", kind_of(&words).number());
        object.words.push(format!("Vessel type: {words}"));
    }
    if let Some(flag) = cleaned(item.flag, SHORT_CAP, "sdn.Vess_flag", report) {
        match country_of_name(&flag) {
            Some(country) => object.country("flag", country),
            None => {
                report.kept("sdn.Vess_flag", ReportCode::UnknownCountry);
                object.words.push(format!("Flag: {flag}"));
            }
        }
    }
    for (label, field, text) in [
        ("Tonnage", "sdn.Tonnage", item.tonnage),
        ("Gross register tonnage", "sdn.GRT", item.gross_tonnage),
        ("Owner", "sdn.Vess_owner", item.owner),
    ] {
        object.words.extend(cleaned(text, SHORT_CAP, field, report).map(|text| format!("{label}: {text}")));
    }
    for statement in statements(item.remarks) {
        let (remark, path) = remarks::read(statement, today);
        paths.count(path);
        match remark {
            Remark::Imo(number) => object.text("imo", "IMO", number, report),
            Remark::Mmsi(number) => object.text("mmsi", "MMSI", number, report),
            Remark::CallSign(sign) => object.text("call_sign", "Other call sign", sign, report),
            Remark::AlsoKnownAs(name) | Remark::FormerlyKnownAs(name) | Remark::NowKnownAs(name) => {
                object.text("names", "Other name", name, report);
            }
            _ => object.words.push(statement.to_owned()),
        }
    }
    object.finish(LANGUAGE, report)
}

pub(super) fn aircraft(
    item: &Joined<'_>,
    today: Day,
    report: &mut ItemReport,
    paths: &mut PathCounts,
) -> Object {
    let mut object = begin(Database::Aircraft, item, report);
    if let Some(name) = cleaned(item.name, NAME_CAP, "sdn.SDN_Name", report) {
        match name.strip_prefix("MSN ") {
            Some(serial) => object.text("serial", "Serial number", serial, report),
            None if is_mark(&name) => object.text("mark", "Mark", &name, report),
            None => object.words.push(format!("Name: {name}")),
        }
    }
    let other_names =
        item.aliases.iter().filter_map(|alias| cleaned(&alias.name, NAME_CAP, "alt.alt_name", report));
    let other_names: Vec<String> = other_names.map(|name| format!("Other name: {name}")).collect();
    object.words.extend(other_names);
    let mut construction_numbers = Vec::new();
    for statement in statements(item.remarks) {
        let (remark, path) = remarks::read(statement, today);
        paths.count(path);
        match remark {
            Remark::SerialNumber(number) => object.text("serial", "Serial number (MSN)", number, report),
            Remark::ConstructionNumber(number) => construction_numbers.push(number),
            Remark::TailNumber(mark) => object.text("mark", "Tail number", mark, report),
            Remark::TransponderCode(code) => object.text("address", "Transponder code", code, report),
            Remark::Model(model) => object.text("model", "Model", model, report),
            Remark::Made(date) => made(&mut object, &date, statement),
            _ => object.words.push(statement.to_owned()),
        }
    }
    // Behind the maker's own number, whichever stands first in the remark.
    for number in construction_numbers {
        object.text("serial", "Construction number", number, report);
    }
    object.finish(LANGUAGE, report)
}

fn begin(database: Database, item: &Joined<'_>, report: &mut ItemReport) -> ObjectBuilder {
    let mut object = ObjectBuilder::new(database);
    object.code("status", ObjectStatus::Listed.number());
    object.words.extend(item.programmes(report));
    object.words.extend(cleaned(item.title, SHORT_CAP, "sdn.Title", report));
    for address in item.addresses {
        let parts = [&address.street, &address.city, &address.country, &address.remarks];
        let parts: Vec<&str> =
            parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            object.words.push(format!("Address: {}", parts.join(", ")));
        }
    }
    object
}

/// Letters and digits with one stroke between them, as Annex 7 writes marks: `EP-MNV`, `YK-AGF`, `N123AB`.
fn is_mark(text: &str) -> bool {
    let shape = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    shape && identifiers::fault(IdentifierKind::AircraftMark, text).is_none()
}

fn made(object: &mut ObjectBuilder, date: &DateInterval, statement: &str) {
    let (year, ..) = date.earliest().parts();
    if date.latest().parts().0 == year {
        object.year("year", year);
    }
    if date.earliest() != date.latest() || date.earliest().parts() != (year, 1, 1) {
        object.words.push(statement.to_owned());
    }
}

fn kind_of(words: &str) -> VesselKind {
    let words = words.to_lowercase();
    let is = |names: &[&str]| names.iter().any(|name| words.contains(name));
    match () {
        () if is(&["tanker"]) => VesselKind::Tanker,
        () if is(&["cargo", "carrier", "container", "roll-on", "ro-ro"]) => VesselKind::Cargo,
        () if is(&["passenger", "ferry"]) => VesselKind::Passenger,
        () if is(&["fishing"]) => VesselKind::Fishing,
        () if is(&["tug", "dredger", "supply"]) => VesselKind::Working,
        () => VesselKind::Other,
    }
}
