//! Persons in the shape of INTERPOL's public notices (JSON), for a bureau's own use of its own data in that shape.
//!
//! In scope: pages of a list and single notices, as objects, arrays, or one after another. Out of scope: asking any server
//! for them, images, and what a notice asks for. Who is wanted by whom is quoted in a remark, with the country that says so; no
//! field, and above all no status, is made of it: a notice acts where it was reviewed, never because a file names it.

use std::collections::HashSet;
use std::fmt;
use std::io::{BufRead, Read};

use barid_domain::codes::{NameKind, PersonStatus, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::persons::{Person, PersonName, Place as PersonPlace, Reference, caps};
use barid_domain::text::{LONG_CAP, LocalText, NAME_CAP, SHORT_CAP};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::list_items::{
    AboutItem, FieldFate, ItemReport, ListItem, ListReader, PathCounts, Stated, cleaned, dropped,
    empty_person, kept, mapped, name, push_new, remarks_of,
};
use crate::report::{Consequence, Place, ReportCode};
use crate::un::is_minor;

/// The language of what is read, where the format does not say one.
const LANGUAGE: &str = "und";
/// Remarks made of fields that have no other place.
const REMARKS_OF_WORDS: usize = 10;

/// Every field of a notice: kept, mapped or dropped, and why.
#[rustfmt::skip]
pub const FIELDS: &[FieldFate] = &[
    mapped("entity_id", "identifier of the item, the reference of its provenance, and a reference"),
    kept("name", "primary name, behind the forename"),
    kept("forename", "primary name"),
    kept("birth_name", "name given at birth"),
    mapped("date_of_birth", "interval of birth: a day, a month or a year"),
    mapped("sex_id", "sex by ISO/IEC 5218: M, F; U is not known"),
    kept("place_of_birth", "place of birth"),
    mapped("country_of_birth_id", "country of birth"),
    mapped("nationalities", "nationality"),
    kept("height", "description, in metres"),
    kept("weight", "description, in kilogrammes"),
    kept("hairs_id", "description, as codes"),
    kept("eyes_colors_id", "description, as codes"),
    kept("distinguishing_marks", "description"),
    kept("languages_spoken_ids", "remark"),
    kept("arrest_warrants", "remark, quoted: wanted by a country according to the source; never a status, never a request"),
    kept("arrest_warrants.issuing_country_id", "in that remark"),
    kept("arrest_warrants.charge", "in that remark"),
    kept("arrest_warrants.charge_translation", "in that remark"),
    kept("father_name", "remark, with its name"),
    kept("father_forename", "remark, with its name"),
    kept("mother_name", "remark, with its name"),
    kept("mother_forename", "remark, with its name"),
    kept("place", "remark, with its name"),
    kept("country", "remark, with its name"),
    kept("date_of_event", "remark, with its name"),
    mapped("_links", "the kind of notice, out of the address of the notice itself, in a remark; other addresses are left out"),
    dropped("_embedded", "holds other elements: notices of a page, or nothing of a person"),
    dropped("total", "of a page: how many there are in the source"),
    dropped("query", "of a page: what was asked there"),
];

/// The caps of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticesLimits {
    /// Bytes of the whole source, which is read whole.
    pub total_bytes: u64,
    /// Notices.
    pub notices: usize,
    /// Elements of one document: objects, values and keys.
    pub elements: usize,
}

impl Default for NoticesLimits {
    /// 64 MiB, 200,000 notices, 5 million elements.
    fn default() -> Self {
        Self { total_bytes: 64 << 20, notices: 200_000, elements: 5_000_000 }
    }
}

/// The file is at fault, or over a cap: nothing of it is given out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {code}: {kind}", line = place.line, code = kind.code())]
pub struct NoticesReadError {
    /// What is wrong.
    pub kind: NoticesReadErrorKind,
    /// Where.
    pub place: Place,
}

/// What ended a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticesReadErrorKind {
    /// The source could not be read.
    #[error("the source cannot be read")]
    Source,
    /// Over [`NoticesLimits::total_bytes`].
    #[error("the file is larger than allowed")]
    TooLarge,
    /// Over [`NoticesLimits::notices`] or [`NoticesLimits::elements`].
    #[error("the file has more notices or elements than allowed")]
    TooMany,
    /// Bytes that are not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// It is no JSON, nests too deeply, or a key stands twice in one object.
    #[error("the file is not JSON of objects whose keys stand once each")]
    NotJson,
}

impl NoticesReadErrorKind {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Source => "notices-source",
            Self::TooLarge => "notices-too-large",
            Self::TooMany => "notices-too-many",
            Self::NotUtf8 => "notices-not-utf-8",
            Self::NotJson => "notices-not-json",
        }
    }
}

/// Reads a file of notices, one at a time.
pub struct NoticesReader {
    notices: std::vec::IntoIter<(Place, Object)>,
    seen: HashSet<String>,
    today: Day,
    paths: PathCounts,
    bytes: u64,
}

type Object = Vec<(String, Json)>;

/// Is a JSON value whose objects keep the order of their keys.
#[derive(Debug, Clone)]
enum Json {
    Null,
    Text(String),
    Array(Vec<Json>),
    Object(Object),
}

impl NoticesReader {
    /// Reads `source` on `today`.
    ///
    /// # Errors
    /// Where the file is at fault as a whole: nothing of half a file is imported.
    pub fn new(source: impl BufRead, today: Day, limits: NoticesLimits) -> Result<Self, NoticesReadError> {
        let at = |line: usize, kind| {
            let place = Place { byte_offset: 0, line: u64::try_from(line).unwrap_or(u64::MAX) };
            NoticesReadError { kind, place }
        };
        let mut bytes = Vec::new();
        let read = source.take(limits.total_bytes.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|_| at(1, NoticesReadErrorKind::Source))?;
        if bytes.len() as u64 > limits.total_bytes {
            return Err(at(1, NoticesReadErrorKind::TooLarge));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| at(1, NoticesReadErrorKind::NotUtf8))?;
        let text = text.trim_start_matches('\u{feff}');
        let mut notices = Vec::new();
        let mut elements = 0;
        let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Json>();
        let mut from = 0;
        let mut line = 1;
        while let Some(document) = documents.next() {
            let document = document.map_err(|error| at(error.line(), NoticesReadErrorKind::NotJson))?;
            elements += document.count();
            collect(document, Place { byte_offset: from as u64, line }, &mut notices);
            if elements > limits.elements || notices.len() > limits.notices {
                return Err(at(usize::try_from(line).unwrap_or(usize::MAX), NoticesReadErrorKind::TooMany));
            }
            let offset = documents.byte_offset();
            line += text.as_bytes()[from..offset].iter().filter(|byte| **byte == b'\n').count() as u64;
            from = offset;
        }
        Ok(Self {
            notices: notices.into_iter(),
            seen: HashSet::new(),
            today,
            paths: PathCounts::of(FIELDS),
            bytes: bytes.len() as u64,
        })
    }

    fn item(&mut self, place: Place, notice: &[(String, Json)]) -> ListItem {
        let id = text_of(notice, "entity_id").map(str::trim).unwrap_or_default();
        let is_id = (1..=40).contains(&id.chars().count()) && !id.chars().any(char::is_control);
        let mut report = ItemReport::new(is_id.then_some(id), place);
        for (key, value) in notice {
            if !self.paths.count(key) {
                report.kept(key, ReportCode::UnlistedPath);
            }
            if key == "arrest_warrants" {
                self.count_warrants(value, &mut report);
            }
        }
        if !is_id {
            report.add("entity_id", ReportCode::Missing, Consequence::ItemRefused);
            return ListItem::Refused { about: AboutItem::Unreadable, report: report.into_rows() };
        }
        // `2021/1` in a list is `2021-1` in an address.
        let id = id.replace('-', "/");
        if !self.seen.insert(id.clone()) {
            report.add("entity_id", ReportCode::Duplicate, Consequence::ItemRefused);
            return ListItem::Refused { about: AboutItem::EarlierItem, report: report.into_rows() };
        }
        let person = person(notice, &id, self.today, &mut report);
        report.item_of(id, Stated::Person(Box::new(person)), self.today)
    }

    fn count_warrants(&mut self, warrants: &Json, report: &mut ItemReport) {
        let Json::Array(warrants) = warrants else { return };
        for (key, _) in warrants.iter().filter_map(Json::as_object).flatten() {
            let path = format!("arrest_warrants.{key}");
            if !self.paths.count(&path) {
                report.kept(&path, ReportCode::UnlistedPath);
            }
        }
    }
}

/// Takes the notices out of a document: of a page, of an array, or the document itself.
fn collect(document: Json, place: Place, notices: &mut Vec<(Place, Object)>) {
    match document {
        Json::Array(documents) => {
            documents.into_iter().for_each(|document| collect(document, place, notices));
        }
        Json::Object(object) => {
            let embedded = object.iter().find(|(key, _)| key == "_embedded");
            let page = embedded.and_then(|(_, embedded)| embedded.as_object());
            let page = page.and_then(|page| page.iter().find(|(key, _)| key == "notices"));
            match page {
                Some((_, Json::Array(found))) => {
                    let found = found.iter().filter_map(Json::as_object).map(<[_]>::to_vec);
                    notices.extend(found.map(|notice| (place, notice)));
                }
                _ => notices.push((place, object)),
            }
        }
        // Refused as an item that has no identifier.
        Json::Text(_) | Json::Null => notices.push((place, Vec::new())),
    }
}

fn person(notice: &[(String, Json)], id: &str, today: Day, report: &mut ItemReport) -> Person {
    let mut person = empty_person();
    person.statuses = vec![PersonStatus::Listed];
    let mut words: Vec<String> = Vec::new();
    let parts: Vec<String> = ["forename", "name"]
        .into_iter()
        .filter_map(|part| cleaned(text_of(notice, part)?, NAME_CAP, part, report))
        .collect();
    if let Some(text) = cleaned(&parts.join(" "), NAME_CAP, "name", report) {
        person.names.push(PersonName { parts, ..name(&text, NameKind::Primary) });
    }
    if let Some(text) =
        text_of(notice, "birth_name").and_then(|text| cleaned(text, NAME_CAP, "birth_name", report))
    {
        push_new(&mut person.names, name(&text, NameKind::Birth));
    }
    person.references.push(Reference { scheme: "notice".to_owned(), number: id.to_owned() });
    let mut birth_place = PersonPlace::default();
    for (key, value) in notice {
        for text in value.texts() {
            match key.as_str() {
                "date_of_birth" => match birth(text) {
                    Some(birth) if birth.earliest() <= today => push_new(&mut person.births, birth),
                    Some(_) => report.left_out(key, ReportCode::FutureDate),
                    None => {
                        report.kept(key, ReportCode::ImpossibleDate);
                        words.push(format!("{key}: {text}"));
                    }
                },
                "sex_id" => match text {
                    "M" => person.sex = Sex::Male,
                    "F" => person.sex = Sex::Female,
                    "U" => {}
                    _ => {
                        report.kept(key, ReportCode::UnknownValue);
                        words.push(format!("{key}: {text}"));
                    }
                },
                "nationalities" => match CountryCode::new(text) {
                    Ok(country) => push_new(&mut person.nationalities, country),
                    Err(_) => {
                        report.kept(key, ReportCode::UnknownCountry);
                        words.push(format!("nationality: {text}"));
                    }
                },
                "country_of_birth_id" => match CountryCode::new(text) {
                    Ok(country) => birth_place.country = Some(country),
                    Err(_) => {
                        report.kept(key, ReportCode::UnknownCountry);
                        birth_place.country_text = cleaned(text, SHORT_CAP, key, report);
                    }
                },
                "place_of_birth" => birth_place.city = cleaned(text, SHORT_CAP, key, report),
                "height" | "weight" | "hairs_id" | "eyes_colors_id" if is_nothing(text) => {}
                "height" | "weight" | "hairs_id" | "eyes_colors_id" | "distinguishing_marks" => {
                    let text = if key == "distinguishing_marks" {
                        text.to_owned()
                    } else {
                        format!("{key}: {text}")
                    };
                    if person.descriptions.len() < caps::TEXTS {
                        person.descriptions.extend(cleaned(&text, LONG_CAP, key, report).map(local));
                    }
                }
                "entity_id" | "name" | "forename" | "birth_name" | "total" | "query" => {}
                _ => words.push(format!("{key}: {text}")),
            }
        }
        match (key.as_str(), value) {
            ("arrest_warrants", Json::Array(warrants)) => {
                words.extend(warrants.iter().filter_map(Json::as_object).map(quoted));
            }
            ("_links", Json::Object(links)) => words.extend(kind_of(links)),
            ("_embedded", _) => {}
            (_, Json::Object(_)) => report.left_out(key, ReportCode::NotOfTheFormat),
            _ => {}
        }
    }
    if birth_place != PersonPlace::default() {
        person.birth_places.push(birth_place);
    }
    let words: Vec<String> =
        words.iter().filter_map(|text| cleaned(text, LONG_CAP, "remarks", report)).collect();
    let (remarks, all_fit) = remarks_of(&words, LANGUAGE, REMARKS_OF_WORDS, LONG_CAP);
    if !all_fit {
        report.left_out("remarks", ReportCode::TooMany);
    }
    person.remarks = remarks;
    person.minor = is_minor(&person.births, today);
    person
}

fn local(text: String) -> LocalText {
    LocalText { language: LANGUAGE.to_owned(), text }
}

/// What a warrant says, in the mouth of who says it.
fn quoted(warrant: &[(String, Json)]) -> String {
    let country = text_of(warrant, "issuing_country_id").unwrap_or("a country that is not named");
    let charges = ["charge", "charge_translation"];
    let charges: Vec<&str> = charges.iter().filter_map(|charge| text_of(warrant, charge)).collect();
    format!("wanted by {country} according to the source, for: {}", charges.join(" / "))
}

/// The kind of notice, out of its own address: `.../notices/v1/red/2021-1`.
fn kind_of(links: &[(String, Json)]) -> Option<String> {
    let own = links.iter().find(|(key, _)| key == "self").and_then(|(_, own)| own.as_object())?;
    let address = text_of(own, "href")?;
    let behind = &address[address.find("/notices/v1/")? + "/notices/v1/".len()..];
    let kind: String = behind.chars().take_while(char::is_ascii_alphabetic).take(20).collect();
    (!kind.is_empty()).then(|| format!("named in a notice of the kind {kind} according to the source"))
}

/// Zero stands for a measure that nobody took.
fn is_nothing(text: &str) -> bool {
    text.trim().is_empty() || text.parse::<f64>().is_ok_and(|number| number == 0.0)
}

/// Reads `1971/03/02`, `1971/03`, `1971`.
fn birth(text: &str) -> Option<DateInterval> {
    let text = text.trim();
    if text.contains(['-', '~']) { None } else { text.replace('/', "-").parse().ok() }
}

/// The first text of a field.
fn text_of<'o>(object: &'o [(String, Json)], key: &str) -> Option<&'o str> {
    let (_, value) = object.iter().find(|(known, _)| known == key)?;
    value.texts().next()
}

impl Json {
    fn as_object(&self) -> Option<&[(String, Json)]> {
        match self {
            Self::Object(object) => Some(object),
            Self::Null | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// The text itself, or the texts of an array.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::Text(text) => (Some(text.as_str()), &[][..]),
            Self::Array(values) => (None, values.as_slice()),
            Self::Null | Self::Object(_) => (None, &[][..]),
        };
        let many = many.iter().filter_map(|value| match value {
            Self::Text(text) => Some(text.as_str()),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        });
        one.into_iter().chain(many)
    }

    fn count(&self) -> usize {
        match self {
            Self::Null | Self::Text(_) => 1,
            Self::Array(values) => 1 + values.iter().map(Self::count).sum::<usize>(),
            Self::Object(object) => 1 + object.iter().map(|(_, value)| value.count()).sum::<usize>(),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonVisitor;
        impl<'de> Visitor<'de> for JsonVisitor {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Json::Array(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut object = Object::new();
                let mut keys = HashSet::new();
                while let Some(key) = map.next_key::<String>()? {
                    if !keys.insert(key.clone()) {
                        return Err(de::Error::custom("a key stands twice"));
                    }
                    object.push((key, map.next_value()?));
                }
                Ok(Json::Object(object))
            }
        }
        deserializer.deserialize_any(JsonVisitor)
    }
}

impl Iterator for NoticesReader {
    type Item = Result<ListItem, NoticesReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (place, notice) = self.notices.next()?;
        Some(Ok(self.item(place, &notice)))
    }
}

impl ListReader for NoticesReader {
    type Error = NoticesReadError;

    const MAPPING_VERSION: u32 = 1;

    fn bytes_read(&self) -> u64 {
        self.bytes
    }

    fn ends_whole(&self) -> bool {
        // What is cut off is no JSON.
        true
    }

    fn paths(&self) -> Vec<(String, u64)> {
        self.paths.all()
    }
}
