//! From an entity that is an organisation to the record of a group.
//!
//! What it is, the schema says for a company and a public body. `LegalEntity` may be a person as well: that stands in a remark, and
//! nothing is guessed.

use barid_domain::codes::{AliasStrength, CodeList as _, Database, IdentifierKind};
use barid_domain::dates::Day;
use barid_domain::objects::codes::{GroupKind, GroupNameKind, GroupStatus, RegisterKind};
use barid_domain::objects::fields::Value;
use barid_domain::objects::{Object, identifiers};
use barid_domain::persons::Place;
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP};

use super::entities::FtmEntity;
use super::import::Entities;
use super::persons::{LANGUAGE, country, date, place_of};
use crate::list_items::{ItemReport, ObjectBuilder, cleaned, script_of};
use crate::report::ReportCode;

/// The longest words for a trade, in characters.
const SECTOR_CAP: usize = 200;
/// The longest number in another system, in characters.
const REFERENCE_CAP: usize = 100;

pub(super) fn group(entity: &FtmEntity, entities: &Entities, today: Day, report: &mut ItemReport) -> Object {
    let mut group = ObjectBuilder::new(Database::OrganisationsAndNetworks);
    group.code("statuses", GroupStatus::Listed.number());
    match entity.schema.as_str() {
        "Company" => group.code("kind", GroupKind::Company.number()),
        "PublicBody" => group.code("kind", GroupKind::StateBody.number()),
        "LegalEntity" => {
            group.words.push("a person or an organisation, by the schema of the source".to_owned())
        }
        _ => {}
    }
    let mut reading = Reading { group, today, report };
    reading.names(entity);
    for (property, values) in &entity.properties {
        for value in values {
            reading.take(entities, property, value);
        }
    }
    reading.sanctions(entity, entities);
    let Reading { group, report, .. } = reading;
    group.finish(LANGUAGE, report)
}

struct Reading<'r> {
    group: ObjectBuilder,
    today: Day,
    report: &'r mut ItemReport,
}

impl Reading<'_> {
    /// The first name is the primary one, wherever aliases stand; names in its own script come behind it, then the others.
    fn names(&mut self, entity: &FtmEntity) {
        let mut names = entity.values("name").filter(|name| name.contains(char::is_alphabetic));
        let first = names.next();
        let script = first.map(script_of);
        let is_same = |name: &str| script.as_deref() == Some(script_of(name).as_str());
        let (same, other): (Vec<&str>, Vec<&str>) = names.partition(|name| is_same(name));
        if let Some(name) = first {
            self.name("name", GroupNameKind::Primary, None, name);
        }
        for name in other {
            self.name("name", GroupNameKind::OriginalScript, None, name);
        }
        for name in same {
            self.name("name", GroupNameKind::Alias, None, name);
        }
        let weak = Some(AliasStrength::Weak);
        for (property, kind, strength) in [
            ("alias", GroupNameKind::Alias, None),
            ("previousName", GroupNameKind::Former, None),
            ("abbreviation", GroupNameKind::Acronym, None),
            ("weakAlias", GroupNameKind::Alias, weak),
        ] {
            for name in entity.values(property) {
                self.name(property, kind, strength, name);
            }
        }
        for name in entity.values("name").filter(|name| !name.contains(char::is_alphabetic)) {
            self.name("name", GroupNameKind::Alias, None, name);
        }
    }

    fn name(&mut self, property: &str, kind: GroupNameKind, strength: Option<AliasStrength>, text: &str) {
        let Some(text) = cleaned(text, NAME_CAP, property, self.report) else { return };
        if !text.contains(char::is_alphabetic) {
            return self.report.left_out(property, ReportCode::NotAName);
        }
        if self.group.has_in("names", "text", &text) {
            return;
        }
        let mut values = vec![
            ("text", Value::Text(text.clone())),
            ("kind", Value::Code(kind.number())),
            ("script", Value::Text(script_of(&text))),
        ];
        values.extend(strength.map(|strength| ("strength", Value::Code(strength.number()))));
        if !self.group.group("names", &values) {
            self.word(property, &text);
        }
    }

    fn take(&mut self, entities: &Entities, property: &str, value: &str) {
        let register = |kind, register| Register { kind, register };
        match property {
            "name" | "alias" | "weakAlias" | "abbreviation" | "previousName" => {}
            "country" | "jurisdiction" | "mainCountry" => match country(value) {
                Some(country) => {
                    if !self.group.value("countries", Value::Country(country)) {
                        self.word(property, value);
                    }
                }
                None => {
                    self.report.kept("Thing.country", ReportCode::UnknownCountry);
                    self.word(property, value);
                }
            },
            "incorporationDate" => self.date("founded", property, value),
            "dissolutionDate" => self.date("dissolved", property, value),
            "address" => {
                let street = cleaned(value, SHORT_CAP, property, self.report);
                self.address(&Place { street, ..Place::default() });
            }
            "addressEntity" => match entities.of_id(value) {
                Some(address) => {
                    let place = place_of(address, self.report);
                    self.address(&place);
                }
                None => self.report.left_out("Thing.addressEntity", ReportCode::NoSuchItem),
            },
            "registrationNumber" => self.number(register(None, None), property, value),
            "idNumber" => self.number(register(None, Some("idNumber")), property, value),
            "taxNumber" => self.number(register(Some(RegisterKind::Tax), None), property, value),
            "licenseNumber" => self.number(register(Some(RegisterKind::Licences), None), property, value),
            "innCode" => self.number(register(Some(RegisterKind::Tax), Some("INN")), property, value),
            "vatCode" => self.number(register(Some(RegisterKind::Tax), Some("VAT")), property, value),
            "ogrnCode" => self.number(register(Some(RegisterKind::Companies), Some("OGRN")), property, value),
            "uscCode" => self.number(register(Some(RegisterKind::Companies), Some("USC")), property, value),
            "okpoCode" => self.number(register(Some(RegisterKind::Other), Some("OKPO")), property, value),
            "leiCode" => self.text("leis", property, value),
            "swiftBic" => self.text("bics", property, value),
            "imoNumber" => self.text("imo_companies", property, value),
            "phone" => self.text("phones", property, value),
            "email" => self.text("emails", property, value),
            "website" => self.text("websites", property, value),
            "sector" if value.chars().count() <= SECTOR_CAP => self.text("sector", property, value),
            "wikidataId" | "icijId" | "npiCode" | "uniqueEntityId" => self.reference(property, value),
            "notes" => self.group.words.extend(cleaned(value, LONG_CAP, property, self.report)),
            // What somebody else says is quoted with its author: it asks nobody here for anything.
            "topics" => self.word("topic given by the source", value),
            "status" => self.word("status given by the source", value),
            _ => self.word(property, value),
        }
    }

    fn word(&mut self, label: &str, value: &str) {
        self.group.words.extend(cleaned(&format!("{label}: {value}"), LONG_CAP, label, self.report));
    }

    fn text(&mut self, field: &str, property: &str, value: &str) {
        if let Some(text) = cleaned(value, SHORT_CAP, property, self.report) {
            self.group.text(field, property, &text, self.report);
        }
    }

    fn date(&mut self, field: &str, property: &str, value: &str) {
        match date(value) {
            Some(date) if date.earliest() > self.today => {
                self.report.kept(&format!("LegalEntity.{property}"), ReportCode::FutureDate);
                self.word(property, value);
            }
            Some(date) => {
                if !self.group.value(field, Value::Interval(date)) {
                    self.word(property, value);
                }
            }
            None => {
                self.report.kept(&format!("LegalEntity.{property}"), ReportCode::ImpossibleDate);
                self.word(property, value);
            }
        }
    }

    fn number(&mut self, register: Register, property: &str, value: &str) {
        let Some(number) = cleaned(value, SHORT_CAP, property, self.report) else { return };
        if let Some(fault) = identifiers::fault(IdentifierKind::Registration, &number) {
            self.report.kept(&format!("LegalEntity.{property}"), fault.into());
            return self.word(property, &number);
        }
        let mut values = vec![("number", Value::Text(number.clone()))];
        values.extend(register.kind.map(|kind| ("kind", Value::Code(kind.number()))));
        values.extend(register.register.map(|name| ("register", Value::Text(name.to_owned()))));
        if !self.group.group("registrations", &values) {
            self.word(property, &number);
        }
    }

    fn reference(&mut self, property: &str, value: &str) {
        let Some(number) = cleaned(value, REFERENCE_CAP, property, self.report) else { return };
        let values = [("scheme", Value::Text(property.to_owned())), ("number", Value::Text(number.clone()))];
        if !self.group.group("references", &values) {
            self.word(property, &number);
        }
    }

    fn address(&mut self, place: &Place) {
        let mut values: Vec<(&str, Value)> = Vec::new();
        values.extend(place.country.map(|country| ("country", Value::Country(country))));
        for (field, text) in [
            ("country_text", &place.country_text),
            ("region", &place.region),
            ("city", &place.city),
            ("street", &place.street),
            ("postal_code", &place.postal_code),
        ] {
            values.extend(text.clone().map(|text| (field, Value::Text(text))));
        }
        let note = |text: &String| LocalText { language: LANGUAGE.to_owned(), text: text.clone() };
        values.extend(place.note.as_ref().map(|text| ("note", Value::Note(note(text)))));
        if !values.is_empty() && !self.group.group("addresses", &values) {
            self.report.left_out("Thing.addressEntity", ReportCode::TooMany);
        }
    }

    /// Days of listing and of changes; the rest of a measure is quoted.
    fn sanctions(&mut self, entity: &FtmEntity, entities: &Entities) {
        let day = |text: &str| {
            date(text).filter(|date| date.earliest() == date.latest()).map(|date| date.earliest())
        };
        let is_past = |day: &Day| *day <= self.today;
        let measures: Vec<&FtmEntity> =
            entities.belonging_to(&entity.id).filter(|entity| entity.schema == "Sanction").collect();
        let listed = measures.iter().filter_map(|measure| {
            measure.values("listingDate").chain(measure.values("startDate")).find_map(day)
        });
        let listed = listed.filter(is_past).min();
        let amended: Vec<Day> =
            measures.iter().flat_map(|measure| measure.values("modifiedAt")).filter_map(day).collect();
        let amended: Vec<Day> = amended.into_iter().filter(is_past).collect();
        if let Some(day) = listed {
            self.group.value("listed_on", Value::Day(day));
        }
        for day in amended {
            self.group.value("amended_on", Value::Day(day));
        }
        for measure in measures {
            let is_read = |name: &str| matches!(name, "entity" | "listingDate" | "modifiedAt");
            let said =
                measure.properties.iter().filter(|(name, values)| !is_read(name) && !values.is_empty());
            let said: Vec<String> =
                said.map(|(name, values)| format!("{name} {}", values.join(", "))).collect();
            if !said.is_empty() {
                self.word("measure stated by the source", &said.join("; "));
            }
        }
    }
}

/// What register a number stands in, as far as the property says it.
struct Register {
    kind: Option<RegisterKind>,
    register: Option<&'static str>,
}
