//! From an entity `Person`, and those that belong to it, to a person.

use barid_domain::codes::{AliasStrength, CodeList as _, DocumentType, NameKind, PersonStatus, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference, caps};
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP};

use super::entities::FtmEntity;
use super::import::Entities;
use crate::list_items::{ItemReport, cleaned, empty_person, name, push_new, remarks_of, script_of};
use crate::report::ReportCode;
use crate::un::{document_type, is_minor};

/// The language of what is read: the format does not say one.
pub(super) const LANGUAGE: &str = "und";
/// Remarks made of properties that have no field.
const REMARKS_OF_WORDS: usize = 10;

pub(super) fn person(entity: &FtmEntity, entities: &Entities, today: Day, report: &mut ItemReport) -> Person {
    let mut reading = Reading { person: empty_person(), words: Vec::new(), today, report };
    reading.person.statuses = vec![PersonStatus::Listed];
    reading.names(entity);
    for (property, values) in &entity.properties {
        for value in values {
            reading.take(entity, entities, property, value);
        }
    }
    reading.birth_places(entity);
    for belonging in entities.belonging_to(&entity.id) {
        match belonging.schema.as_str() {
            "Passport" | "Identification" => reading.document(belonging),
            "Sanction" => reading.sanction(belonging),
            _ => {}
        }
    }
    reading.finish()
}

struct Reading<'r> {
    person: Person,
    /// What has no field of its own.
    words: Vec<String>,
    today: Day,
    report: &'r mut ItemReport,
}

impl Reading<'_> {
    /// Names in the order in which the format ranks them: one that is first, others, former and weak ones.
    fn names(&mut self, entity: &FtmEntity) {
        for (property, values) in &entity.properties {
            let kind = match property.as_str() {
                "name" => NameKind::Primary,
                "alias" | "weakAlias" | "abbreviation" => NameKind::Alias,
                "previousName" => NameKind::Former,
                _ => continue,
            };
            for value in values {
                self.name(property, kind, value);
            }
        }
        // A former name or an alias may stand in front; what is called the name is the primary one.
        self.person.names.sort_by_key(|name| match name.kind {
            NameKind::Primary => 0,
            NameKind::OriginalScript => 1,
            _ => 2,
        });
        if self.person.names.is_empty() {
            let parts = ["firstName", "secondName", "middleName", "fatherName", "lastName"];
            let parts: Vec<&str> = parts.iter().filter_map(|part| entity.first(part)).collect();
            self.name("name", NameKind::Primary, &parts.join(" "));
        }
    }

    fn name(&mut self, property: &str, kind: NameKind, value: &str) {
        let Some(text) = cleaned(value, NAME_CAP, property, self.report) else { return };
        if !text.contains(char::is_alphabetic) {
            self.report.left_out(property, ReportCode::NotAName);
            return;
        }
        let first = self.person.names.iter().find(|name| name.kind == NameKind::Primary);
        let kind = match (kind, first) {
            (NameKind::Primary, Some(first)) if script_of(&first.text) == script_of(&text) => NameKind::Alias,
            (NameKind::Primary, Some(_)) => NameKind::OriginalScript,
            (kind, _) => kind,
        };
        let strength = (property == "weakAlias").then_some(AliasStrength::Weak);
        let is_known = self.person.names.iter().any(|name| name.text == text);
        if !is_known && self.person.names.len() <= caps::NAMES {
            self.person.names.push(PersonName { strength, ..name(&text, kind) });
        }
    }

    fn take(&mut self, entity: &FtmEntity, entities: &Entities, property: &str, value: &str) {
        match property {
            "name" | "alias" | "weakAlias" | "abbreviation" | "previousName" | "birthPlace"
            | "birthCountry" => {}
            "birthDate" => match date(value) {
                Some(birth) if birth.earliest() > self.today => {
                    self.report.left_out("Person.birthDate", ReportCode::FutureDate);
                }
                Some(birth) => push_new(&mut self.person.births, birth),
                None => {
                    self.report.kept("Person.birthDate", ReportCode::ImpossibleDate);
                    self.word(property, value);
                }
            },
            "gender" => match value {
                "male" => self.person.sex = Sex::Male,
                "female" => self.person.sex = Sex::Female,
                "other" => self.person.sex = Sex::NotApplicable,
                _ => {
                    self.report.kept("Person.gender", ReportCode::UnknownValue);
                    self.word(property, value);
                }
            },
            "nationality" | "citizenship" => match country(value) {
                Some(country) => push_new(&mut self.person.nationalities, country),
                None => {
                    self.report.kept("Person.nationality", ReportCode::UnknownCountry);
                    self.word(property, value);
                }
            },
            "position" | "title" | "profession" => {
                let function = cleaned(value, SHORT_CAP, property, self.report).map(local);
                if let Some(function) = function {
                    push_new(&mut self.person.functions, function);
                }
            }
            "appearance" => {
                let description = cleaned(value, LONG_CAP, property, self.report).map(local);
                self.person.descriptions.extend(description);
            }
            "height" | "weight" | "eyeColor" | "hairColor" => {
                let words = cleaned(&format!("{property}: {value}"), LONG_CAP, property, self.report);
                self.person.descriptions.extend(words.map(local));
            }
            "notes" => {
                let remark = cleaned(value, LONG_CAP, property, self.report).map(local);
                self.person.remarks.extend(remark);
            }
            "address" => {
                let street = cleaned(value, SHORT_CAP, property, self.report);
                let place = Place { street, ..Place::default() };
                if place != Place::default() {
                    push_new(&mut self.person.addresses, place);
                }
            }
            "addressEntity" => match entities.of_id(value) {
                Some(address) => self.address(address),
                None => self.report.left_out("Thing.addressEntity", ReportCode::NoSuchItem),
            },
            "passportNumber" => self.number(entity, entities, DocumentType::Passport, None, value),
            "idNumber" => self.number(entity, entities, DocumentType::NationalNumber, None, value),
            "socialSecurityNumber" => {
                self.number(
                    entity,
                    entities,
                    DocumentType::NationalNumber,
                    Some("social security number"),
                    value,
                );
            }
            "taxNumber" => self.number(entity, entities, DocumentType::TaxNumber, None, value),
            "innCode" => self.number(entity, entities, DocumentType::TaxNumber, Some("INN"), value),
            "wikidataId" | "icijId" | "leiCode" | "ogrnCode" | "npiCode" | "uniqueEntityId" => {
                let number = cleaned(value, 100, property, self.report);
                let reference = number.map(|number| Reference { scheme: property.to_owned(), number });
                if let Some(reference) = reference {
                    push_new(&mut self.person.references, reference);
                }
            }
            // What somebody else says is quoted with its author: it asks nobody here for anything.
            "topics" => self.word("topic given by the source", value),
            "status" => self.word("status given by the source", value),
            _ => self.word(property, value),
        }
    }

    fn word(&mut self, label: &str, value: &str) {
        self.words.extend(cleaned(&format!("{label}: {value}"), LONG_CAP, label, self.report));
    }

    /// A number without a document of its own among those that belong to the person.
    fn number(
        &mut self,
        entity: &FtmEntity,
        entities: &Entities,
        document_type: DocumentType,
        words: Option<&str>,
        value: &str,
    ) {
        let is_document = |document: &FtmEntity| document.values("number").any(|number| number == value);
        if entities.belonging_to(&entity.id).any(is_document) {
            return;
        }
        let Some(number) = cleaned(value, SHORT_CAP, "number", self.report) else { return };
        push_new(
            &mut self.person.documents,
            HeldDocument {
                document_type,
                number: Some(number),
                issuing_country: None,
                type_text: words.map(str::to_owned),
                issued_on: None,
                expires_on: None,
                issued_at: None,
                note: None,
            },
        );
    }

    fn document(&mut self, document: &FtmEntity) {
        let types: Vec<&str> = document.values("type").collect();
        let code = types.iter().find_map(|text| DocumentType::from_name(text));
        let words: Vec<&str> =
            types.iter().copied().filter(|text| DocumentType::from_name(text).is_none()).collect();
        let words = words.join("; ");
        let by_schema = match document.schema.as_str() {
            "Passport" => DocumentType::Passport,
            _ => DocumentType::Other,
        };
        let by_words =
            || Some(document_type(Some(&words), None, None)).filter(|found| *found != DocumentType::Other);
        let text = |property: &str, report: &mut ItemReport| {
            let values: Vec<&str> = document.values(property).collect();
            cleaned(&values.join("; "), SHORT_CAP, property, report)
        };
        let first = document.values("number").chain(document.values("passportNumber"));
        let issuing = document.first("country");
        let issuing_country = issuing.and_then(country);
        if issuing.is_some() && issuing_country.is_none() {
            self.report.kept("Identification.country", ReportCode::UnknownCountry);
        }
        let mut note: Vec<String> = text("summary", self.report).into_iter().collect();
        note.extend(issuing.filter(|_| issuing_country.is_none()).map(|words| format!("country: {words}")));
        for property in [
            "date",
            "birthDate",
            "birthPlace",
            "gender",
            "givenName",
            "surname",
            "personalNumber",
            "description",
        ] {
            note.extend(document.values(property).map(|value| format!("{property}: {value}")));
        }
        let note = cleaned(&note.join("; "), SHORT_CAP, "note", self.report);
        let type_text = cleaned(&words, SHORT_CAP, "type", self.report);
        let issued_at = text("authority", self.report);
        let date_of = |property: &str| document.first(property).and_then(date);
        let issued_on = date_of("startDate").filter(|date| date.earliest() <= self.today);
        let expires_on = date_of("endDate");
        let mut numbers: Vec<&str> = Vec::new();
        first.for_each(|number| push_new(&mut numbers, number));
        for number in numbers {
            let Some(number) = cleaned(number, SHORT_CAP, "Identification.number", self.report) else {
                continue;
            };
            push_new(
                &mut self.person.documents,
                HeldDocument {
                    document_type: code.or_else(by_words).unwrap_or(by_schema),
                    number: Some(number),
                    issuing_country,
                    type_text: type_text.clone(),
                    issued_on,
                    expires_on,
                    issued_at: issued_at.clone(),
                    note: note.clone(),
                },
            );
        }
    }

    fn sanction(&mut self, sanction: &FtmEntity) {
        let day = |text: &str| {
            date(text).filter(|date| date.earliest() == date.latest()).map(|date| date.earliest())
        };
        let listed = sanction.values("listingDate").chain(sanction.values("startDate")).find_map(day);
        self.person.listed_on = match (self.person.listed_on, listed) {
            (Some(known), Some(listed)) => Some(known.min(listed)),
            (known, listed) => known.or(listed),
        };
        for amended in sanction.values("modifiedAt").filter_map(day) {
            if self.person.amended_on.len() < caps::TEXTS {
                push_new(&mut self.person.amended_on, amended);
            }
        }
        let mut words = Vec::new();
        for (property, values) in &sanction.properties {
            let is_read = matches!(property.as_str(), "entity" | "listingDate" | "modifiedAt");
            if !is_read && !values.is_empty() {
                words.push(format!("{property} {}", values.join(", ")));
            }
        }
        if !words.is_empty() {
            self.word("measure stated by the source", &words.join("; "));
        }
    }

    fn address(&mut self, address: &FtmEntity) {
        let place = place_of(address, self.report);
        if place != Place::default() {
            push_new(&mut self.person.addresses, place);
        }
    }

    /// One place and one country belong together; of several nobody can tell which with which.
    fn birth_places(&mut self, entity: &FtmEntity) {
        let mut places: Vec<Option<String>> = Vec::new();
        for words in entity.values("birthPlace") {
            places.push(cleaned(words, SHORT_CAP, "Person.birthPlace", self.report));
        }
        places.retain(Option::is_some);
        let mut countries = Vec::new();
        for words in entity.values("birthCountry") {
            match country(words) {
                Some(country) => countries.push(country),
                None => {
                    self.report.kept("Person.birthCountry", ReportCode::UnknownCountry);
                    self.word("birthCountry", words);
                }
            }
        }
        let all: Vec<Place> = match (places.as_slice(), countries.as_slice()) {
            ([city], [country]) => {
                vec![Place { city: city.clone(), country: Some(*country), ..Place::default() }]
            }
            (cities, countries) => {
                let cities = cities.iter().map(|city| Place { city: city.clone(), ..Place::default() });
                let countries =
                    countries.iter().map(|country| Place { country: Some(*country), ..Place::default() });
                cities.chain(countries).collect()
            }
        };
        for place in all {
            push_new(&mut self.person.birth_places, place);
        }
    }

    fn finish(mut self) -> Person {
        let (remarks, all_fit) = remarks_of(&self.words, LANGUAGE, REMARKS_OF_WORDS, LONG_CAP);
        if !all_fit {
            self.report.left_out("remarks", ReportCode::TooMany);
        }
        self.person.remarks.extend(remarks);
        self.person.minor = is_minor(&self.person.births, self.today);
        self.person
    }
}

/// The place that an entity `Address` says; an empty one where it says none.
pub(super) fn place_of(address: &FtmEntity, report: &mut ItemReport) -> Place {
    let mut text = |properties: &[&str]| {
        let values: Vec<&str> = properties.iter().flat_map(|property| address.values(property)).collect();
        cleaned(&values.join(", "), SHORT_CAP, "Thing.addressEntity", report)
    };
    let words = address.first("country");
    let code = words.and_then(country);
    let mut place = Place {
        country: code,
        country_text: None,
        region: text(&["region", "state"]),
        city: text(&["city"]),
        street: text(&["street", "street2", "postOfficeBox"]),
        postal_code: text(&["postalCode"]),
        note: text(&["remarks"]),
    };
    place.country_text = match (code, words) {
        (None, Some(words)) => cleaned(words, SHORT_CAP, "Address.country", report),
        _ => None,
    };
    if place == Place::default() {
        let full = address.values("full").chain(address.values("name")).next().unwrap_or_default();
        place.street = cleaned(full, SHORT_CAP, "Address.full", report);
    }
    place
}

fn local(text: String) -> LocalText {
    LocalText { language: LANGUAGE.to_owned(), text }
}

/// Reads `1971`, `1971-03`, `1971-03-02`, and the day of an instant.
pub(super) fn date(text: &str) -> Option<DateInterval> {
    let text = text.trim();
    let day = match text.get(10..11) {
        Some("T" | " ") => text.get(..10)?,
        _ => text,
    };
    if day.contains(['/', '~']) { None } else { day.parse().ok() }
}

/// Reads the format's codes: ISO 3166-1 alpha-2 in lower case, and `xk`.
pub(super) fn country(text: &str) -> Option<CountryCode> {
    match text {
        "xk" => CountryCode::new("RKS").ok(),
        _ if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            CountryCode::new(&text.to_ascii_uppercase()).ok()
        }
        _ => None,
    }
}
