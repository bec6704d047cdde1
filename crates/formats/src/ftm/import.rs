//! Reads a file of entities and joins those that refer to others.
//!
//! Passports, identifications, sanctions and addresses may stand before or behind whom they belong to: so the file is read
//! whole first, within its caps, and then given out in the order of its entities.

use std::collections::HashMap;
use std::io::BufRead;

use barid_domain::dates::Day;

use super::entities::{FtmEntity, FtmLimits, FtmReadError, FtmReadErrorKind, ParsedLine};
use super::paths::{PATHS, lineage};
use super::{groups, objects, persons};
use crate::list_items::{AboutItem, ItemReport, ListItem, ListReader, PathCounts, Stated};
use crate::report::{Consequence, Place, ReportCode};
use crate::table::{Line, LineError, TableLines, row_fault};

/// The longest identifier of an entity, in characters.
const ID_CAP: usize = 255;

/// Is an entity with its place, and those that refer to it.
pub(super) struct Placed {
    pub(super) entity: FtmEntity,
    place: Place,
}

/// Is the entities by their identifiers.
#[derive(Default)]
pub(super) struct Entities {
    all: Vec<Placed>,
    by_id: HashMap<String, usize>,
    /// For an entity, those that name it as their holder or subject.
    belonging: HashMap<String, Vec<usize>>,
}

impl Entities {
    pub(super) fn belonging_to<'e>(&'e self, id: &str) -> impl Iterator<Item = &'e FtmEntity> + use<'e> {
        let indexes = self.belonging.get(id).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().map(move |index| &self.all[*index].entity)
    }

    pub(super) fn of_id(&self, id: &str) -> Option<&FtmEntity> {
        self.by_id.get(id).map(|index| &self.all[*index].entity)
    }
}

/// Reads a file, one entity at a time.
pub struct FtmReader {
    entities: Entities,
    /// What could not be read, with what ended the reading last.
    pending: std::vec::IntoIter<ListItem>,
    error: Option<FtmReadError>,
    next: usize,
    today: Day,
    paths: PathCounts,
    bytes: u64,
    ends_whole: bool,
}

/// Which property of an entity names whom it belongs to.
fn owner_property(schema: &str) -> Option<&'static str> {
    match schema {
        "Passport" | "Identification" => Some("holder"),
        "Sanction" => Some("entity"),
        _ => None,
    }
}

impl FtmReader {
    /// Reads `source` on `today`; what ends the reading before its end is given out last.
    pub fn new(source: impl BufRead, today: Day, limits: FtmLimits) -> Self {
        let mut lines = TableLines::new(source, limits.total_bytes, limits.line_bytes);
        let mut reader = Self {
            entities: Entities::default(),
            pending: Vec::new().into_iter(),
            error: None,
            next: 0,
            today,
            paths: PathCounts::of(PATHS),
            bytes: 0,
            ends_whole: true,
        };
        let mut refused = Vec::new();
        loop {
            let place = lines.place();
            let broken_off = |kind| Some(FtmReadError { kind, place });
            match lines.next_line() {
                Ok(Line::End) => break,
                Ok(Line::Whole) if lines.line().trim_ascii().is_empty() => {}
                Ok(Line::Whole) if reader.entities.all.len() + refused.len() >= limits.entities => {
                    reader.error = broken_off(FtmReadErrorKind::TooManyEntities);
                    break;
                }
                Ok(Line::Whole) => {
                    if let Err(item) = reader.take_line(lines.line(), place, limits) {
                        refused.push(item);
                    }
                }
                Ok(Line::TooLong) => refused.push(unreadable(place, ReportCode::TooLong)),
                Err(LineError::Source) => {
                    reader.error = broken_off(FtmReadErrorKind::Source);
                    break;
                }
                Err(LineError::TooLarge) => {
                    reader.error = broken_off(FtmReadErrorKind::TooLarge);
                    break;
                }
            }
        }
        reader.bytes = lines.consumed();
        reader.ends_whole = lines.ends_with_line_break();
        reader.pending = refused.into_iter();
        reader
    }

    fn take_line(&mut self, line: &[u8], place: Place, limits: FtmLimits) -> Result<(), ListItem> {
        let text = std::str::from_utf8(line).map_err(|_| unreadable(place, ReportCode::NotUtf8))?;
        let text = text.trim_start_matches('\u{feff}');
        let parsed: ParsedLine =
            serde_json::from_str(text).map_err(|_| unreadable(place, ReportCode::NotOfTheFormat))?;
        let ParsedLine { entity, other_keys, has_repeated_key, values } = parsed;
        let is_id = !entity.id.is_empty()
            && entity.id.chars().count() <= ID_CAP
            && !entity.id.chars().any(char::is_control);
        if !is_id {
            return Err(unreadable(place, ReportCode::Missing));
        }
        let mut report = ItemReport::new(Some(&entity.id), place);
        let code = match () {
            () if self.entities.by_id.contains_key(&entity.id) => Some(("id", ReportCode::Duplicate)),
            () if entity.schema.is_empty() => Some(("schema", ReportCode::Missing)),
            () if has_repeated_key => Some(("properties", ReportCode::Duplicate)),
            () if values > limits.values => Some(("properties", ReportCode::TooMany)),
            () => None,
        };
        if let Some((field, code)) = code {
            report.add(field, code, Consequence::ItemRefused);
            let about = match (field, code) {
                ("id", _) => AboutItem::EarlierItem,
                _ => AboutItem::Item(entity.id.clone()),
            };
            return Err(ListItem::Refused { about, report: report.into_rows() });
        }
        for key in ["id", "schema", "properties"].into_iter().chain(other_keys.iter().map(String::as_str)) {
            self.paths.count(&format!("entity.{key}"));
        }
        let index = self.entities.all.len();
        self.entities.by_id.insert(entity.id.clone(), index);
        if let Some(property) = owner_property(&entity.schema) {
            for owner in entity.values(property) {
                self.entities.belonging.entry(owner.to_owned()).or_default().push(index);
            }
        }
        self.entities.all.push(Placed { entity, place });
        Ok(())
    }

    /// Counts the properties of an entity under the schema that defines each; unlisted ones are reported.
    fn count(&mut self, index: usize, report: &mut ItemReport) {
        let entity = &self.entities.all[index].entity;
        let Some(schemata) = lineage(&entity.schema) else {
            self.paths.count(&format!("schema {}", entity.schema));
            return;
        };
        self.paths.count(&format!("schema {}", entity.schema));
        for (name, values) in &entity.properties {
            let mut defined = schemata.iter().map(|schema| format!("{schema}.{name}"));
            let listed = defined.find(|path| PATHS.iter().any(|row| row.path == path));
            let path = listed.clone().unwrap_or_else(|| format!("{}.{name}", entity.schema));
            for _ in values {
                self.paths.count(&path);
            }
            if listed.is_none() {
                report.kept(&path, ReportCode::UnlistedPath);
            }
        }
    }

    fn item(&mut self, index: usize) -> Option<ListItem> {
        let placed = &self.entities.all[index];
        let mut report = ItemReport::new(Some(&placed.entity.id), placed.place);
        self.count(index, &mut report);
        let (entities, today) = (&self.entities, self.today);
        let entity = &entities.all[index].entity;
        let stated = match entity.schema.as_str() {
            "Person" => Stated::Person(Box::new(persons::person(entity, entities, today, &mut report))),
            "Vehicle" | "Vessel" | "Airplane" | "BankAccount" | "CryptoWallet" => {
                Stated::Object(Box::new(objects::object(entity, entities, today, &mut report)?))
            }
            "LegalEntity" | "Organization" | "Company" | "PublicBody" => {
                Stated::Object(Box::new(groups::group(entity, entities, today, &mut report)))
            }
            "Passport" | "Identification" | "Sanction" => return self.belonging(index, report),
            // Goes into whoever names it; nobody is missed where none does.
            "Address" => return None,
            schema => {
                if lineage(schema).is_none() && !super::paths::is_left_out(schema) {
                    report.kept(&format!("schema {schema}"), ReportCode::UnlistedPath);
                }
                return Some(ListItem::NotImported { report: report.into_rows() });
            }
        };
        Some(report.item_of(entity.id.clone(), stated, today))
    }

    /// An entity that belongs to others: nothing by itself, unless none of them is there.
    fn belonging(&self, index: usize, mut report: ItemReport) -> Option<ListItem> {
        let entity = &self.entities.all[index].entity;
        let property = owner_property(&entity.schema)?;
        let is_known = entity.values(property).any(|owner| self.entities.by_id.contains_key(owner));
        if is_known {
            return None;
        }
        report.add(property, ReportCode::NoSuchItem, Consequence::ItemRefused);
        Some(ListItem::Refused { about: AboutItem::EarlierItem, report: report.into_rows() })
    }
}

fn unreadable(place: Place, code: ReportCode) -> ListItem {
    ListItem::Refused { about: AboutItem::Unreadable, report: vec![row_fault(place, "entity", code)] }
}

impl Iterator for FtmReader {
    type Item = Result<ListItem, FtmReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Behind the cut may stand documents and listings of whoever was read: nothing of it is given out.
        if let Some(error) = self.error.take() {
            self.pending = Vec::new().into_iter();
            self.next = self.entities.all.len();
            return Some(Err(error));
        }
        if let Some(item) = self.pending.next() {
            return Some(Ok(item));
        }
        while self.next < self.entities.all.len() {
            let index = self.next;
            self.next += 1;
            if let Some(item) = self.item(index) {
                return Some(Ok(item));
            }
        }
        None
    }
}

impl ListReader for FtmReader {
    type Error = FtmReadError;

    const MAPPING_VERSION: u32 = 2;

    fn bytes_read(&self) -> u64 {
        self.bytes
    }

    fn ends_whole(&self) -> bool {
        self.ends_whole
    }

    fn paths(&self) -> Vec<(String, u64)> {
        self.paths.all()
    }
}
