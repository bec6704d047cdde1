//! From an individual of the list to a person.

use barid_domain::codes::{AliasStrength, NameKind, PersonStatus};
use barid_domain::dates::Day;
use barid_domain::persons::{HeldDocument, Person, PersonName, Place as PersonPlace, Reference, caps};
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP};

use super::countries::country_of_name;
use super::reader::{Address, Alias, Joined, LANGUAGE};
use super::remarks::{self, Remark, statements};
use crate::list_items::{ItemReport, PathCounts, cleaned, empty_person, name, push_new, remarks_of};
use crate::report::ReportCode;
use crate::un::is_minor;

/// Remarks that a record takes beside the programmes.
const REMARKS: usize = 20;

pub(super) fn person(
    item: &Joined<'_>,
    today: Day,
    report: &mut ItemReport,
    paths: &mut PathCounts,
) -> Person {
    let mut person = empty_person();
    person.statuses = vec![PersonStatus::Listed];
    if let Some(primary) = cleaned(item.name, NAME_CAP, "sdn.SDN_Name", report) {
        let parts =
            primary.split_once(", ").map(|(surname, given)| vec![surname.to_owned(), given.to_owned()]);
        let parts = parts.unwrap_or_default();
        person.names.push(PersonName { parts, ..name(&primary, NameKind::Primary) });
    }
    for alias in item.aliases {
        add_alias(&mut person, alias, report);
    }
    person.references.push(Reference { scheme: "OFAC-SDN".to_owned(), number: item.id.to_owned() });
    if let Some(title) = cleaned(item.title, SHORT_CAP, "sdn.Title", report) {
        person.functions.push(local(title));
    }
    for address in item.addresses {
        if let Some(place) = place(address, report) {
            push_new(&mut person.addresses, place);
        }
    }
    let mut words = Vec::new();
    for statement in statements(item.remarks) {
        let (remark, path) = remarks::read(statement, today);
        paths.count(path);
        if !add(&mut person, &remark, report) {
            words.extend(cleaned(statement, LONG_CAP, "sdn.Remarks", report));
        }
    }
    if let Some(programmes) = item.programmes(report) {
        person.remarks.push(local(programmes));
    }
    // The function stands a second time among the remarks.
    words.retain(|text| person.functions.iter().all(|function| text.trim_end_matches('.') != function.text));
    let (remarks, all_fit) = remarks_of(&words, LANGUAGE, REMARKS, LONG_CAP);
    if !all_fit {
        report.left_out("sdn.Remarks", ReportCode::TooMany);
    }
    person.remarks.extend(remarks);
    person.minor = is_minor(&person.births, today);
    person
}

fn local(text: String) -> LocalText {
    LocalText { language: LANGUAGE.to_owned(), text }
}

fn add_alias(person: &mut Person, alias: &Alias, report: &mut ItemReport) {
    let Some(text) = cleaned(&alias.name, NAME_CAP, "alt.alt_name", report) else { return };
    let note = cleaned(&alias.remarks, SHORT_CAP, "alt.alt_remarks", report);
    let (kind, strength, note) = match alias.kind.as_str() {
        "fka" => (NameKind::Former, None, note),
        "nka" => (NameKind::Alias, Some(AliasStrength::Strong), note.or(Some("now known as".to_owned()))),
        "aka" => (NameKind::Alias, Some(AliasStrength::Strong), note),
        _ => {
            report.kept("alt.alt_type", ReportCode::UnknownValue);
            (NameKind::Alias, None, note)
        }
    };
    push_name(person, PersonName { strength, note, ..name(&text, kind) }, report);
}

/// One over the cap is enough to be refused; more would only cost time.
fn push_name(person: &mut Person, name: PersonName, report: &mut ItemReport) {
    if !name.text.contains(char::is_alphabetic) {
        report.left_out("alt.alt_name", ReportCode::NotAName);
    } else if person.names.len() <= caps::NAMES {
        push_new(&mut person.names, name);
    }
}

/// Adds what a statement says; `false` where it has no field and is kept in its words.
fn add(person: &mut Person, remark: &Remark<'_>, report: &mut ItemReport) -> bool {
    let mut alias = |text: &str, kind, strength, note: Option<&str>| {
        let Some(text) = cleaned(text, NAME_CAP, "remarks: a.k.a.", report) else { return false };
        let note = note.map(str::to_owned);
        push_name(person, PersonName { strength, note, ..name(&text, kind) }, report);
        true
    };
    match remark {
        Remark::AlsoKnownAs(text) => alias(text, NameKind::Alias, Some(AliasStrength::Weak), None),
        Remark::FormerlyKnownAs(text) => alias(text, NameKind::Former, None, None),
        Remark::NowKnownAs(text) => alias(text, NameKind::Alias, None, Some("now known as")),
        Remark::Born(interval) => {
            if person.births.len() <= caps::BIRTHS {
                push_new(&mut person.births, *interval);
            }
            true
        }
        Remark::BornIn(words) => match birth_place(words, report) {
            Some(place) => {
                push_new(&mut person.birth_places, place);
                true
            }
            None => false,
        },
        Remark::Nationality(country) | Remark::Citizen(country) => match country_of_name(country) {
            Some(country) => {
                push_new(&mut person.nationalities, country);
                true
            }
            None => {
                report.kept("remarks: nationality", ReportCode::UnknownCountry);
                false
            }
        },
        Remark::Sex(sex) => {
            person.sex = *sex;
            true
        }
        Remark::Document(document) => {
            let Some(number) = cleaned(document.number, SHORT_CAP, "remarks: documents", report) else {
                return false;
            };
            push_new(
                &mut person.documents,
                HeldDocument {
                    document_type: document.document_type,
                    number: Some(number),
                    issuing_country: document.country,
                    type_text: (document.words != "Passport").then(|| document.words.to_owned()),
                    issued_on: document.issued_on,
                    expires_on: document.expires_on,
                    issued_at: None,
                    note: cleaned(&document.rest, SHORT_CAP, "remarks: documents", report),
                },
            );
            true
        }
        Remark::Wallet { currency, address } => {
            let currency = cleaned(currency, 60, "remarks: Digital Currency Address", report);
            let address = cleaned(address, 100, "remarks: Digital Currency Address", report);
            let (Some(scheme), Some(number)) = (currency, address) else { return false };
            push_new(&mut person.references, Reference { scheme, number });
            true
        }
        Remark::LinkedTo
        | Remark::Imo(_)
        | Remark::Mmsi(_)
        | Remark::CallSign(_)
        | Remark::SerialNumber(_)
        | Remark::ConstructionNumber(_)
        | Remark::TailNumber(_)
        | Remark::TransponderCode(_)
        | Remark::Model(_)
        | Remark::Made(_)
        | Remark::Registered(_)
        | Remark::RegisteredIn(_)
        | Remark::ImoCompany(_)
        | Remark::Website(_)
        | Remark::Email(_)
        | Remark::Bic(_)
        | Remark::Founded(_)
        | Remark::Words => false,
    }
}

/// Reads `Cali, Valle, Colombia`: the country last, where its name is known; the city first; the region between.
fn birth_place(words: &str, report: &mut ItemReport) -> Option<PersonPlace> {
    let parts: Vec<&str> = words.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    // `Korea, North` has a comma of its own.
    let with_comma = parts.len() >= 2 && {
        let last = parts[parts.len() - 2..].join(", ");
        country_of_name(&last).is_some()
    };
    let taken = if with_comma { 2 } else { 1 };
    let split = parts.len().checked_sub(taken)?;
    let country = country_of_name(&parts[split..].join(", "));
    let local = if country.is_some() { &parts[..split] } else { &parts[..] };
    if country.is_none() {
        report.kept("remarks: POB", ReportCode::UnknownCountry);
    }
    let (city, region) = match local {
        [] => (None, None),
        [city] => (Some((*city).to_owned()), None),
        [city, region @ ..] => (Some((*city).to_owned()), Some(region.join(", "))),
    };
    let mut text =
        |text: Option<String>| text.and_then(|text| cleaned(&text, SHORT_CAP, "remarks: POB", report));
    let place = PersonPlace { country, city: text(city), region: text(region), ..PersonPlace::default() };
    (place != PersonPlace::default()).then_some(place)
}

pub(super) fn place(address: &Address, report: &mut ItemReport) -> Option<PersonPlace> {
    let country = country_of_name(&address.country);
    if country.is_none() && !address.country.is_empty() {
        report.kept("add.Country", ReportCode::UnknownCountry);
    }
    let words = if country.is_none() { address.country.as_str() } else { "" };
    let mut text = |text: &str, field: &str| cleaned(text, SHORT_CAP, field, report);
    let place = PersonPlace {
        country,
        country_text: text(words, "add.Country"),
        region: None,
        city: text(&address.city, "add.City/State/Province/Postal Code"),
        street: text(&address.street, "add.Address"),
        postal_code: None,
        note: text(&address.remarks, "add.Add_remarks"),
    };
    (place != PersonPlace::default()).then_some(place)
}
