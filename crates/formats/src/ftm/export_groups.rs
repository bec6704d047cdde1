//! From the record of a group to entities.
//!
//! Numbers go into the properties that hold any register's; those of one register alone (`innCode`) are checked by the
//! format, which would drop what it does not know. Which register it was stands in the summary.

use barid_domain::codes::{AliasStrength, CodeList as _};
use barid_domain::objects::Object;
use barid_domain::objects::codes::{GroupKind, GroupNameKind, RegisterKind};
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::persons::Place;
use barid_domain::terms::Provenance;

use super::entities::FtmEntity;
use super::export::{Listing, address, code_of, dates_of, in_words, sanction};

pub(super) fn group_entities(id: &str, provenance: Option<&Provenance>, group: &Object) -> Vec<FtmEntity> {
    let mut writing = Writing {
        entity: FtmEntity::new(id.to_owned(), schema_of(group)),
        words: Vec::new(),
        behind: Vec::new(),
        is_named: false,
    };
    let table = group.table().map_or(&[][..], |table| table.fields);
    for field in table {
        for value in group.fields.get(field.key) {
            writing.take(field, value);
        }
    }
    let days = |name: &str| {
        let day = |value: &Value| if let Value::Day(day) = value { Some(*day) } else { None };
        group.values(name).filter_map(day).collect::<Vec<_>>()
    };
    let listing = Listing { listed_on: days("listed_on").first().copied(), amended_on: days("amended_on") };
    let Writing { mut entity, words, mut behind, .. } = writing;
    behind.extend(sanction(format!("{id}-sanction"), id, provenance, &listing));
    if !words.is_empty() {
        entity.add("summary", words.join("; "));
    }
    std::iter::once(entity).chain(behind).collect()
}

/// The schema of a company and of a body of a state; all others are organisations.
fn schema_of(group: &Object) -> &'static str {
    let kind = group.values("kind").find_map(|value| match value {
        Value::Code(number) => Some(GroupKind::from_number(*number)),
        _ => None,
    });
    match kind {
        Some(GroupKind::Company | GroupKind::ShippingCompany | GroupKind::FrontCompany) => "Company",
        Some(GroupKind::StateBody) => "PublicBody",
        _ => "Organization",
    }
}

struct Writing {
    entity: FtmEntity,
    words: Vec<String>,
    behind: Vec<FtmEntity>,
    /// Whether the primary name was written.
    is_named: bool,
}

impl Writing {
    fn take(&mut self, field: &Field, value: &Value) {
        let property = match (field.name, value) {
            ("listed_on" | "amended_on", _) => return,
            ("kind", Value::Code(number)) if is_said_by_schema(*number) => return,
            ("names", Value::Group(name)) => return self.name(field, name),
            ("addresses", Value::Group(place)) => return self.address(field, place),
            ("registrations", Value::Group(number)) => return self.registration(field, number),
            ("founded" | "dissolved", Value::Interval(interval)) => {
                let property = if field.name == "founded" { "incorporationDate" } else { "dissolutionDate" };
                match dates_of(interval) {
                    Some(dates) => dates.into_iter().for_each(|date| self.entity.add(property, date)),
                    None => self.words.push(format!("{} {interval}", field.name)),
                }
                return;
            }
            ("countries", Value::Country(country)) if code_of(*country).is_some() => "country",
            ("remarks", _) => "notes",
            ("statuses", _) => "status",
            ("sector", _) => "sector",
            ("leis", _) => "leiCode",
            ("bics", _) => "swiftBic",
            ("imo_companies", _) => "imoNumber",
            ("phones", _) => "phone",
            ("emails", _) => "email",
            ("websites", _) => "website",
            _ => return self.words.push(format!("{} {}", field.name, in_words(field, value))),
        };
        let written = match value {
            Value::Text(text) => as_cleaned(property, text),
            Value::Country(country) => code_of(*country).unwrap_or_default(),
            Value::Note(note) => note.text.clone(),
            _ => in_words(field, value),
        };
        self.entity.add(property, written);
    }

    fn name(&mut self, field: &Field, name: &Fields) {
        let Some(text) = text_of(field, name, "text") else { return };
        let kind = code_in(field, name, "kind").map_or(GroupNameKind::Primary, GroupNameKind::from_number);
        let is_weak = code_in(field, name, "strength") == Some(AliasStrength::Weak.number());
        let is_first = !std::mem::replace(&mut self.is_named, true);
        let property = match kind {
            _ if is_first => "name",
            GroupNameKind::OriginalScript => "name",
            GroupNameKind::Former => "previousName",
            GroupNameKind::Acronym => "abbreviation",
            _ if is_weak => "weakAlias",
            _ => "alias",
        };
        if let Some(note) = text_of(field, name, "note") {
            self.words.push(format!("{text}: {note}"));
        }
        self.entity.add(property, text);
    }

    fn address(&mut self, field: &Field, fields: &Fields) {
        let text = |name: &str| text_of(field, fields, name);
        let country = first(field, fields, "country").and_then(|value| match value {
            Value::Country(country) => Some(*country),
            _ => None,
        });
        let place = Place {
            country,
            country_text: text("country_text"),
            region: text("region"),
            city: text("city"),
            street: text("street"),
            postal_code: text("postal_code"),
            note: text("note"),
        };
        let id = format!("{}-address-{}", self.entity.id, self.behind.len());
        let address = address(id, &place);
        self.entity.add("addressEntity", &address.id);
        self.behind.push(address);
    }

    fn registration(&mut self, field: &Field, fields: &Fields) {
        let Some(number) = text_of(field, fields, "number") else { return };
        let property = match code_in(field, fields, "kind").map(RegisterKind::from_number) {
            Some(RegisterKind::Tax) => "taxNumber",
            Some(RegisterKind::Licences) => "licenseNumber",
            _ => "registrationNumber",
        };
        let mut said: Vec<String> = Vec::new();
        for name in ["kind", "register", "country"] {
            let inner = inner_of(field).iter().find(|inner| inner.name == name);
            let value = first(field, fields, name);
            let (Some(inner), Some(value)) = (inner, value) else { continue };
            // Said by the property.
            if name != "kind" || property == "registrationNumber" {
                said.push(format!("{name} {}", in_words(inner, value)));
            }
        }
        if !said.is_empty() {
            self.words.push(format!("number {number}: {}", said.join(", ")));
        }
        self.entity.add(property, number);
    }
}

fn is_said_by_schema(kind: u16) -> bool {
    matches!(GroupKind::from_number(kind), GroupKind::Company | GroupKind::StateBody)
}

/// The form that the format's own cleaning gives a number or an address.
fn as_cleaned(property: &str, text: &str) -> String {
    let characters = || text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    match property {
        "leiCode" => characters().to_ascii_uppercase(),
        "swiftBic" => {
            let code = characters().to_ascii_uppercase();
            // The head office may be written with or without its letters.
            code.strip_suffix("XXX").filter(|short| short.len() == 8).map_or(code.clone(), str::to_owned)
        }
        "imoNumber" => format!("IMO{}", characters().trim_start_matches(|c: char| !c.is_ascii_digit())),
        "phone" => {
            let digits = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect::<String>();
            let is_with_zeros = text.trim_start().starts_with("00");
            format!("+{}", if is_with_zeros { &digits[2..] } else { &digits[..] })
        }
        "email" => {
            let address = text.trim().trim_start_matches("mailto:");
            match address.rsplit_once('@') {
                Some((who, host)) => format!("{who}@{}", host.to_lowercase()),
                None => address.to_owned(),
            }
        }
        "website" => {
            let text = text.trim();
            let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
            let stroke = if rest.contains(['/', '?', '#']) { "" } else { "/" };
            format!("{scheme}://{rest}{stroke}")
        }
        _ => text.to_owned(),
    }
}

fn inner_of(field: &Field) -> &'static [Field] {
    match field.kind {
        FieldKind::Group(fields) => fields,
        _ => &[],
    }
}

fn first<'f>(field: &Field, fields: &'f Fields, name: &str) -> Option<&'f Value> {
    let inner = inner_of(field).iter().find(|inner| inner.name == name)?;
    fields.get(inner.key).first()
}

fn text_of(field: &Field, fields: &Fields, name: &str) -> Option<String> {
    match first(field, fields, name)? {
        Value::Text(text) => Some(text.clone()),
        Value::Note(note) => Some(note.text.clone()),
        _ => None,
    }
}

fn code_in(field: &Field, fields: &Fields, name: &str) -> Option<u16> {
    match first(field, fields, name)? {
        Value::Code(number) => Some(*number),
        _ => None,
    }
}
