//! The streaming reader: XML in, items out, nothing unbounded in between.
//!
//! A fault of the XML itself ends the reading with an error that says up to where items were taken. A fault inside one
//! item refuses that item, or leaves out one field, and the reading goes on.

use std::collections::{BTreeMap, HashSet};
use std::io::BufRead;

use barid_domain::dates::Day;
use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::build::{build_entity, build_individual};
use super::items::{UnEntity, UnIndividual};
use super::paths::{self, PATHS};
use super::tree::Element;
use crate::capped::{Capped, Tripped};
use crate::report::{Consequence, Place, ReportCode, ReportRow};

const ROOT: &str = "CONSOLIDATED_LIST";
const INDIVIDUAL: &str = "/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL";
const ENTITY: &str = "/CONSOLIDATED_LIST/ENTITIES/ENTITY";
/// Distinct unlisted paths remembered by name; further ones are counted together.
const UNLISTED_CAP: usize = 200;
/// Longest name of an element or attribute, in bytes.
const NAME_CAP_BYTES: usize = 200;

/// The caps of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole source.
    pub total_bytes: u64,
    /// Bytes of one tag, text or comment.
    pub token_bytes: u64,
    /// Bytes of text of one element.
    pub text_bytes: usize,
    /// Depth of nesting, the root being 1.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Elements within one item.
    pub item_elements: usize,
    /// Aliases of one item.
    pub aliases: usize,
    /// Items in the list.
    pub items: u64,
}

impl Default for Limits {
    /// 64 MiB, 32 KiB a text, depth 16: some thirty times what the list of 2026 needs.
    fn default() -> Self {
        Limits {
            total_bytes: 64 << 20,
            token_bytes: 64 << 10,
            text_bytes: 32 << 10,
            depth: 16,
            attributes: 8,
            item_elements: 4_000,
            aliases: 190,
            items: 200_000,
        }
    }
}

/// One result of the reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnItem {
    /// An individual, with the rows about what was cleaned or left out.
    Individual(Box<UnIndividual>),
    /// An organisation.
    Entity(Box<UnEntity>),
    /// An item that was refused, and why.
    Refused(Refusal),
}

/// A refused item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `DATAID`, where it could be read.
    pub data_id: Option<String>,
    /// Where the item begins.
    pub place: Place,
    /// At least one row whose consequence is that the item is refused.
    pub report: Vec<ReportRow>,
}

/// The XML itself is at fault, or over a cap: the reading has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, byte {byte_offset}: {kind} (items taken before: {items_before})", line = place.line, byte_offset = place.byte_offset)]
pub struct UnReadError {
    /// What is wrong.
    pub kind: UnReadErrorKind,
    /// Where.
    pub place: Place,
    /// Items given out before; they stand.
    pub items_before: u64,
}

/// What ended a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnReadErrorKind {
    /// The source could not be read.
    #[error("the source cannot be read")]
    Source,
    /// The source is over [`Limits::total_bytes`].
    #[error("the source is larger than allowed")]
    TooLarge,
    /// A tag, text or comment is over its cap.
    #[error("a tag or text is longer than allowed")]
    TokenTooLong,
    /// Over [`Limits::depth`].
    #[error("elements are nested deeper than allowed")]
    TooDeep,
    /// Over [`Limits::attributes`].
    #[error("an element has more attributes than allowed")]
    TooManyAttributes,
    /// Over [`Limits::items`].
    #[error("the list has more items than allowed")]
    TooManyItems,
    /// A `DOCTYPE`: never needed here, and the door of entity bombs.
    #[error("a document type declaration is refused")]
    DocumentType,
    /// A reference to anything but the five predefined entities and characters.
    #[error("a reference to an entity is refused")]
    Entity,
    /// A reference to no character: NUL, a surrogate, out of range.
    #[error("a reference to a character that XML does not allow")]
    CharacterReference,
    /// A character XML does not allow.
    #[error("a character that XML does not allow")]
    Character,
    /// Bytes that are not UTF-8, or a declaration of another encoding.
    #[error("not UTF-8")]
    NotUtf8,
    /// Tags that do not match, attributes written wrongly, text outside the root ...
    #[error("the XML is not well-formed")]
    NotWellFormed,
    /// The source ends before the root does.
    #[error("the source ends too early")]
    Truncated,
    /// The root element is not that of the list.
    #[error("not the consolidated list of the United Nations Security Council")]
    NotTheList,
}

impl UnReadErrorKind {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            UnReadErrorKind::Source => "un-source",
            UnReadErrorKind::TooLarge => "un-too-large",
            UnReadErrorKind::TokenTooLong => "un-token-too-long",
            UnReadErrorKind::TooDeep => "un-too-deep",
            UnReadErrorKind::TooManyAttributes => "un-too-many-attributes",
            UnReadErrorKind::TooManyItems => "un-too-many-items",
            UnReadErrorKind::DocumentType => "un-document-type",
            UnReadErrorKind::Entity => "un-entity",
            UnReadErrorKind::CharacterReference => "un-character-reference",
            UnReadErrorKind::Character => "un-character",
            UnReadErrorKind::NotUtf8 => "un-not-utf-8",
            UnReadErrorKind::NotWellFormed => "un-not-well-formed",
            UnReadErrorKind::Truncated => "un-truncated",
            UnReadErrorKind::NotTheList => "un-not-the-list",
        }
    }
}

/// How often a path was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathCount {
    /// The path, as in [`PATHS`].
    pub path: String,
    /// Times met.
    pub count: u64,
}

/// What a reading met, whole or broken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingSummary {
    /// Individuals given out.
    pub individuals: u64,
    /// Organisations given out.
    pub entities: u64,
    /// Items refused.
    pub refused: u64,
    /// Whether the source was read to its regular end.
    pub complete: bool,
    /// `dateGenerated`, its day.
    pub generated_on: Option<Day>,
    /// Counts of listed paths, in the order of [`PATHS`], zero included.
    pub listed_paths: Vec<PathCount>,
    /// Paths that no table knows, with their counts; empty when all is well.
    pub unlisted_paths: Vec<PathCount>,
    /// Bytes read.
    pub bytes: u64,
}

/// Reads the list, one item at a time.
///
/// An iterator: `Ok` items until the end, or one `Err` and then nothing more.
pub struct UnReader<R: BufRead> {
    xml: Reader<Capped<R>>,
    limits: Limits,
    today: Day,
    buffer: Vec<u8>,
    path: String,
    open: usize,
    item: Option<ItemUnderWay>,
    seen_ids: HashSet<String>,
    counts: Vec<u64>,
    unlisted: BTreeMap<String, u64>,
    individuals: u64,
    entities: u64,
    refused: u64,
    generated_on: Option<Day>,
    root_seen: bool,
    ended: bool,
    complete: bool,
}

/// The open elements of the item that is being read, the item first.
struct ItemUnderWay {
    is_entity: bool,
    depth: usize,
    place: Place,
    stack: Vec<Element>,
    elements: usize,
    unlisted: Vec<String>,
}

enum Step {
    Went(Option<UnItem>),
    Ended,
}

impl<R: BufRead> UnReader<R> {
    /// Begins to read `source`; `today` is the day against which dates are in the future.
    pub fn new(source: R, today: Day, limits: Limits) -> Self {
        let mut xml = Reader::from_reader(Capped::new(source, limits.total_bytes, limits.token_bytes));
        let config = xml.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        config.check_comments = true;
        config.allow_dangling_amp = false;
        config.allow_unmatched_ends = false;
        UnReader {
            xml,
            limits,
            today,
            buffer: Vec::new(),
            path: String::new(),
            open: 0,
            item: None,
            seen_ids: HashSet::new(),
            counts: vec![0; PATHS.len()],
            unlisted: BTreeMap::new(),
            individuals: 0,
            entities: 0,
            refused: 0,
            generated_on: None,
            root_seen: false,
            ended: false,
            complete: false,
        }
    }

    /// Bytes consumed so far, for a progress display.
    pub fn bytes_read(&self) -> u64 {
        self.xml.get_ref().consumed()
    }

    /// The day the source says it was generated, once the root element is read.
    pub fn generated_on(&self) -> Option<Day> {
        self.generated_on
    }

    /// What was met so far; after the last item it is the whole account.
    pub fn summary(&self) -> ReadingSummary {
        let count = |(path, count): (&str, &u64)| PathCount { path: path.to_owned(), count: *count };
        ReadingSummary {
            individuals: self.individuals,
            entities: self.entities,
            refused: self.refused,
            complete: self.complete,
            generated_on: self.generated_on,
            listed_paths: PATHS.iter().map(|rule| rule.path).zip(&self.counts).map(count).collect(),
            unlisted_paths: self.unlisted.iter().map(|(path, n)| count((path, n))).collect(),
            bytes: self.bytes_read(),
        }
    }

    fn place(&self) -> Place {
        Place { byte_offset: self.xml.get_ref().consumed(), line: self.xml.get_ref().line() }
    }

    /// Reads one event and follows it.
    fn step(&mut self, buffer: &mut Vec<u8>) -> Result<Step, UnReadErrorKind> {
        buffer.clear();
        self.xml.get_mut().start_token();
        let place = self.place();
        let event = match self.xml.read_event_into(buffer) {
            Ok(event) => event,
            Err(error) => return Err(self.kind_of(&error)),
        };
        match event {
            Event::Start(tag) => self.open_element(&tag, place).map(|()| Step::Went(None)),
            // Never given with `expand_empty_elements`.
            Event::Empty(_) => Err(UnReadErrorKind::NotWellFormed),
            Event::End(_) => self.close_element().map(Step::Went),
            Event::Text(text) => self.add_text(&text.xml10_content(), place).map(|()| Step::Went(None)),
            Event::CData(data) => {
                if self.open == 0 {
                    return Err(UnReadErrorKind::NotWellFormed);
                }
                self.add_characters(&data.xml10_content()).map(|()| Step::Went(None))
            }
            Event::GeneralRef(reference) => {
                let character = resolve(&reference)?;
                if self.open == 0 {
                    return Err(UnReadErrorKind::NotWellFormed);
                }
                self.add_characters(character.encode_utf8(&mut [0; 4])).map(|()| Step::Went(None))
            }
            Event::Comment(text) => check_characters(&text).map(|()| Step::Went(None)),
            Event::PI(text) => check_characters(&text).map(|()| Step::Went(None)),
            Event::Decl(declaration) => check_declaration(&declaration, place).map(|()| Step::Went(None)),
            Event::DocType(_) => Err(UnReadErrorKind::DocumentType),
            Event::Eof if self.root_seen && self.open == 0 => Ok(Step::Ended),
            Event::Eof => Err(UnReadErrorKind::Truncated),
        }
    }

    fn kind_of(&self, error: &quick_xml::Error) -> UnReadErrorKind {
        use quick_xml::Error;
        match (self.xml.get_ref().tripped(), error) {
            (Some(Tripped::Total), _) => UnReadErrorKind::TooLarge,
            (Some(Tripped::Token), _) => UnReadErrorKind::TokenTooLong,
            (None, Error::Io(_)) => UnReadErrorKind::Source,
            (None, Error::Encoding(_)) => UnReadErrorKind::NotUtf8,
            // The syntax errors of this library all say that the input ended within a tag.
            (None, Error::Syntax(_)) => UnReadErrorKind::Truncated,
            (None, _) => UnReadErrorKind::NotWellFormed,
        }
    }

    fn open_element(&mut self, tag: &BytesStart<'_>, place: Place) -> Result<(), UnReadErrorKind> {
        let name = tag.name();
        let name = name.as_ref();
        check_name(name)?;
        if self.open == 0 {
            if self.root_seen {
                return Err(UnReadErrorKind::NotWellFormed);
            }
            if name != ROOT {
                return Err(UnReadErrorKind::NotTheList);
            }
            self.root_seen = true;
        }
        self.open += 1;
        if self.open > self.limits.depth {
            return Err(UnReadErrorKind::TooDeep);
        }
        self.path.push('/');
        self.path.push_str(name);
        self.count_path();
        self.read_attributes(tag)?;
        if let Some(item) = &mut self.item {
            item.elements += 1;
            // Over the cap only the shape is followed; the item is refused at its end.
            let kept = item.elements <= self.limits.item_elements;
            item.stack.push(if kept { Element::new(name) } else { Element::default() });
        } else if self.path == INDIVIDUAL || self.path == ENTITY {
            if self.individuals + self.entities + self.refused >= self.limits.items {
                return Err(UnReadErrorKind::TooManyItems);
            }
            self.item = Some(ItemUnderWay {
                is_entity: self.path == ENTITY,
                depth: self.open,
                place,
                stack: vec![Element::new(name)],
                elements: 1,
                unlisted: Vec::new(),
            });
        }
        Ok(())
    }

    /// Counts the current path; an unlisted one is remembered for the item and for the summary.
    fn count_path(&mut self) {
        match paths::find(&self.path) {
            Some(index) => self.counts[index] += 1,
            None => {
                if let Some(item) = &mut self.item
                    && item.unlisted.len() < UNLISTED_CAP
                    && !item.unlisted.contains(&self.path)
                {
                    item.unlisted.push(self.path.clone());
                }
                let full = self.unlisted.len() >= UNLISTED_CAP && !self.unlisted.contains_key(&self.path);
                let key = if full { "(further paths)".to_owned() } else { self.path.clone() };
                *self.unlisted.entry(key).or_insert(0) += 1;
            }
        }
    }

    fn read_attributes(&mut self, tag: &BytesStart<'_>) -> Result<(), UnReadErrorKind> {
        for (index, attribute) in tag.attributes().enumerate() {
            if index >= self.limits.attributes {
                return Err(UnReadErrorKind::TooManyAttributes);
            }
            let attribute = attribute.map_err(|_| UnReadErrorKind::NotWellFormed)?;
            let name = attribute.key.as_ref();
            check_name(name)?;
            if attribute.value.contains('<') {
                return Err(UnReadErrorKind::NotWellFormed);
            }
            check_characters(&attribute.value)?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Explicit1_0)
                .map_err(|_| UnReadErrorKind::Entity)?;
            if self.open == 1 && name == "dateGenerated" {
                self.generated_on = value.get(..10).and_then(|day| day.parse().ok());
            }
            let length = self.path.len();
            self.path.push_str("/@");
            self.path.push_str(name);
            self.count_path();
            self.path.truncate(length);
        }
        Ok(())
    }

    fn close_element(&mut self) -> Result<Option<UnItem>, UnReadErrorKind> {
        let depth = self.open;
        // The library refuses an end tag without its start tag.
        self.open = depth.checked_sub(1).ok_or(UnReadErrorKind::NotWellFormed)?;
        self.path.truncate(self.path.rfind('/').unwrap_or(0));
        let Some(item) = &mut self.item else { return Ok(None) };
        if depth > item.depth {
            if let Some(element) = item.stack.pop()
                && item.elements <= self.limits.item_elements
                && let Some(parent) = item.stack.last_mut()
            {
                parent.children.push(element);
            }
            return Ok(None);
        }
        Ok(self.item.take().map(|item| self.finish_item(item)))
    }

    fn add_text(&mut self, text: &str, place: Place) -> Result<(), UnReadErrorKind> {
        if self.open == 0 {
            // A byte order mark that came in a chunk of its own, and line breaks round the root.
            let text = if place.byte_offset == 0 { text.trim_start_matches('\u{feff}') } else { text };
            return if text.trim_ascii().is_empty() { Ok(()) } else { Err(UnReadErrorKind::NotWellFormed) };
        }
        if text.contains("]]>") {
            return Err(UnReadErrorKind::NotWellFormed);
        }
        self.add_characters(text)
    }

    fn add_characters(&mut self, text: &str) -> Result<(), UnReadErrorKind> {
        check_characters(text)?;
        let text_cap = self.limits.text_bytes;
        let Some(item) = &mut self.item else { return Ok(()) };
        let kept = item.elements <= self.limits.item_elements;
        let Some(element) = item.stack.last_mut() else { return Ok(()) };
        if element.text.len() + text.len() > text_cap {
            return Err(UnReadErrorKind::TokenTooLong);
        }
        if kept {
            element.text.push_str(text);
        }
        Ok(())
    }

    fn finish_item(&mut self, mut item: ItemUnderWay) -> UnItem {
        let root = item.stack.pop().unwrap_or_default();
        let mut report: Vec<ReportRow> = Vec::new();
        let row = |field: &str, code, consequence| ReportRow {
            id: None,
            place: item.place,
            field: field.to_owned(),
            code,
            consequence,
            cell: None,
        };
        for path in &item.unlisted {
            report.push(row(path, ReportCode::UnlistedPath, Consequence::Kept));
        }
        if item.elements > self.limits.item_elements {
            report.push(row("elements", ReportCode::TooMany, Consequence::ItemRefused));
        }
        let alias = if item.is_entity { "ENTITY_ALIAS" } else { "INDIVIDUAL_ALIAS" };
        if root.all(alias).count() > self.limits.aliases {
            report.push(row(alias, ReportCode::TooMany, Consequence::ItemRefused));
        }
        if let Some(id) = root.text_of("DATAID")
            && !self.seen_ids.insert(id.chars().take(NAME_CAP_BYTES).collect())
        {
            report.push(row("DATAID", ReportCode::Duplicate, Consequence::ItemRefused));
        }
        let refusal = if item.is_entity {
            match build_entity(&root, item.place, self.today, report) {
                Ok(entity) => {
                    self.entities += 1;
                    return UnItem::Entity(Box::new(entity));
                }
                Err(refusal) => refusal,
            }
        } else {
            match build_individual(&root, item.place, self.today, report) {
                Ok(individual) => {
                    self.individuals += 1;
                    return UnItem::Individual(Box::new(individual));
                }
                Err(refusal) => refusal,
            }
        };
        self.refused += 1;
        UnItem::Refused(refusal)
    }
}

impl<R: BufRead> Iterator for UnReader<R> {
    type Item = Result<UnItem, UnReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Taken out, so that an event may borrow it while `self` follows the event.
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = loop {
            if self.ended {
                break None;
            }
            match self.step(&mut buffer) {
                Ok(Step::Went(None)) => {}
                Ok(Step::Went(Some(item))) => break Some(Ok(item)),
                Ok(Step::Ended) => {
                    self.ended = true;
                    self.complete = true;
                }
                Err(kind) => {
                    self.ended = true;
                    let items_before = self.individuals + self.entities + self.refused;
                    break Some(Err(UnReadError { kind, place: self.place(), items_before }));
                }
            }
        };
        self.buffer = buffer;
        result
    }
}

/// Only the five predefined entities and characters XML allows.
fn resolve(reference: &BytesRef<'_>) -> Result<char, UnReadErrorKind> {
    if !reference.is_char_ref() {
        return match reference.as_ref() {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(UnReadErrorKind::Entity),
        };
    }
    match reference.resolve_char_ref() {
        Ok(Some(character)) if is_xml_character(character) => Ok(character),
        Ok(_) | Err(_) => Err(UnReadErrorKind::CharacterReference),
    }
}

fn check_declaration(declaration: &BytesDecl<'_>, place: Place) -> Result<(), UnReadErrorKind> {
    // A declaration stands first; three bytes for a byte order mark.
    if place.byte_offset > 3 || !declaration.version().is_ok_and(|version| version == "1.0") {
        return Err(UnReadErrorKind::NotWellFormed);
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(_) | Err(_)) => Err(UnReadErrorKind::NotUtf8),
    }
}

fn check_name(name: &str) -> Result<(), UnReadErrorKind> {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | ':'));
    let goes_on = characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'));
    if !starts || !goes_on {
        return Err(UnReadErrorKind::NotWellFormed);
    }
    if name.len() > NAME_CAP_BYTES { Err(UnReadErrorKind::TokenTooLong) } else { Ok(()) }
}

fn check_characters(text: &str) -> Result<(), UnReadErrorKind> {
    if text.chars().all(is_xml_character) { Ok(()) } else { Err(UnReadErrorKind::Character) }
}

/// The production `Char` of XML 1.0, section 2.2.
fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
