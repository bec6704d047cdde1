//! From an organisation of the list to the record of a group.
//!
//! What it is, a company, a bank or an armed group, the list says in words at most; it is not guessed.

use barid_domain::codes::{AliasStrength, CodeList as _, Database, DocumentType, IdentifierKind};
use barid_domain::dates::Day;
use barid_domain::objects::codes::{GroupNameKind, GroupStatus, RegisterKind};
use barid_domain::objects::fields::Value;
use barid_domain::objects::{Object, identifiers};
use barid_domain::text::{LocalText, NAME_CAP, SHORT_CAP};

use super::countries::country_of_name;
use super::individuals::place;
use super::reader::{Address, Alias, Joined, LANGUAGE};
use super::remarks::{self, Registered, Remark, statements};
use crate::list_items::{ItemReport, ObjectBuilder, PathCounts, cleaned, script_of};
use crate::report::ReportCode;

pub(super) fn organisation(
    item: &Joined<'_>,
    today: Day,
    report: &mut ItemReport,
    paths: &mut PathCounts,
) -> Object {
    let mut group = ObjectBuilder::new(Database::OrganisationsAndNetworks);
    group.code("statuses", GroupStatus::Listed.number());
    name(&mut group, item.name, GroupNameKind::Primary, None, None, "sdn.SDN_Name", report);
    item.aliases.iter().for_each(|one| alias(&mut group, one, report));
    let number = Value::Text(item.id.to_owned());
    group.group("references", &[("scheme", Value::Text("OFAC-SDN".to_owned())), ("number", number)]);
    group.words.extend(item.programmes(report));
    group.words.extend(cleaned(item.title, SHORT_CAP, "sdn.Title", report));
    item.addresses.iter().for_each(|one| address(&mut group, one, report));
    for statement in statements(item.remarks) {
        let (remark, path) = remarks::read(statement, today);
        paths.count(path);
        if !add(&mut group, &remark, report) {
            group.words.push(statement.to_owned());
        }
    }
    group.finish(LANGUAGE, report)
}

fn name(
    group: &mut ObjectBuilder,
    text: &str,
    kind: GroupNameKind,
    strength: Option<AliasStrength>,
    note: Option<String>,
    field: &str,
    report: &mut ItemReport,
) {
    let Some(text) = cleaned(text, NAME_CAP, field, report) else { return };
    // Of the only name the rules of the record say it.
    if kind != GroupNameKind::Primary && !text.contains(char::is_alphabetic) {
        return report.left_out(field, ReportCode::NotAName);
    }
    if group.has_in("names", "text", &text) {
        return;
    }
    let script = script_of(&text);
    let mut values = vec![
        ("text", Value::Text(text.clone())),
        ("kind", Value::Code(kind.number())),
        ("script", Value::Text(script)),
    ];
    values.extend(strength.map(|strength| ("strength", Value::Code(strength.number()))));
    values.extend(note.map(|note| ("note", Value::Text(note))));
    if !group.group("names", &values) {
        group.words.push(format!("Other name: {text}"));
    }
}

fn alias(group: &mut ObjectBuilder, alias: &Alias, report: &mut ItemReport) {
    let note = cleaned(&alias.remarks, SHORT_CAP, "alt.alt_remarks", report);
    let (kind, strength, note) = match alias.kind.as_str() {
        "fka" => (GroupNameKind::Former, None, note),
        "nka" => {
            (GroupNameKind::Alias, Some(AliasStrength::Strong), note.or(Some("now known as".to_owned())))
        }
        "aka" => (GroupNameKind::Alias, Some(AliasStrength::Strong), note),
        _ => {
            report.kept("alt.alt_type", ReportCode::UnknownValue);
            (GroupNameKind::Alias, None, note)
        }
    };
    name(group, &alias.name, kind, strength, note, "alt.alt_name", report);
}

fn address(group: &mut ObjectBuilder, address: &Address, report: &mut ItemReport) {
    let Some(place) = place(address, report) else { return };
    let mut values: Vec<(&str, Value)> = Vec::new();
    values.extend(place.country.map(|country| ("country", Value::Country(country))));
    for (field, text) in
        [("country_text", &place.country_text), ("city", &place.city), ("street", &place.street)]
    {
        values.extend(text.clone().map(|text| (field, Value::Text(text))));
    }
    let note = place.note.map(|text| LocalText { language: LANGUAGE.to_owned(), text });
    values.extend(note.map(|note| ("note", Value::Note(note))));
    if !group.group("addresses", &values) {
        report.left_out("add.Address", ReportCode::TooMany);
    }
}

/// Adds what a statement says; `false` where it has no field and is kept in its words.
fn add(group: &mut ObjectBuilder, remark: &Remark<'_>, report: &mut ItemReport) -> bool {
    let sound = |kind, text: &str| identifiers::fault(kind, text).is_none();
    let number = |group: &mut ObjectBuilder, field, kind, text: &str| {
        sound(kind, text) && group.value(field, Value::Text(text.to_owned()))
    };
    match remark {
        Remark::AlsoKnownAs(text) => {
            let weak = Some(AliasStrength::Weak);
            name(group, text, GroupNameKind::Alias, weak, None, "remarks: a.k.a.", report);
            true
        }
        Remark::FormerlyKnownAs(text) => {
            name(group, text, GroupNameKind::Former, None, None, "remarks: f.k.a.", report);
            true
        }
        Remark::NowKnownAs(text) => {
            let note = Some("now known as".to_owned());
            name(group, text, GroupNameKind::Alias, None, note, "remarks: n.k.a.", report);
            true
        }
        // The list has one wording for ships and for their owners; the check digit tells them apart.
        Remark::Imo(text) | Remark::ImoCompany(text) => {
            number(group, "imo_companies", IdentifierKind::ImoCompany, text)
        }
        Remark::Website(text) => number(group, "websites", IdentifierKind::Website, text),
        Remark::Email(text) => number(group, "emails", IdentifierKind::Email, text),
        Remark::Bic(text) => number(group, "bics", IdentifierKind::Bic, text),
        Remark::Founded(date) => group.value("founded", Value::Interval(*date)),
        Remark::RegisteredIn(country) => {
            country_of_name(country).is_some_and(|country| group.value("countries", Value::Country(country)))
        }
        Remark::Registered(Registered { kind, words, number, country }) => {
            register(group, *kind, words, number, *country)
        }
        Remark::Document(document) if document.document_type == DocumentType::TaxNumber => {
            let is_whole =
                document.rest.is_empty() && document.issued_on.is_none() && document.expires_on.is_none();
            is_whole && register(group, RegisterKind::Tax, document.words, document.number, document.country)
        }
        Remark::Born(_)
        | Remark::BornIn(_)
        | Remark::Nationality(_)
        | Remark::Citizen(_)
        | Remark::Sex(_)
        | Remark::Document(_)
        | Remark::Wallet { .. }
        | Remark::LinkedTo
        | Remark::Mmsi(_)
        | Remark::CallSign(_)
        | Remark::SerialNumber(_)
        | Remark::ConstructionNumber(_)
        | Remark::TailNumber(_)
        | Remark::TransponderCode(_)
        | Remark::Model(_)
        | Remark::Made(_)
        | Remark::Words => false,
    }
}

fn register(
    group: &mut ObjectBuilder,
    kind: RegisterKind,
    words: &str,
    number: &str,
    country: Option<barid_domain::countries::CountryCode>,
) -> bool {
    if identifiers::fault(IdentifierKind::Registration, number).is_some() {
        return false;
    }
    let mut values = vec![
        ("number", Value::Text(number.to_owned())),
        ("kind", Value::Code(kind.number())),
        ("register", Value::Text(words.trim_end_matches(" #").to_owned())),
    ];
    values.extend(country.map(|country| ("country", Value::Country(country))));
    group.group("registrations", &values)
}
