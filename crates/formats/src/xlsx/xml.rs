//! The XML of a part: tags and texts, no document types, no entities but the five, nothing longer than its cap.

use std::io::{BufRead, BufReader};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::WorkbookErrorKind;
use super::archive::Part;
use crate::capped::{Capped, Tripped};

/// The longest tag, text or comment, in bytes: a cell holds 32,767 characters at most.
const TOKEN_BYTES: u64 = 256 << 10;
/// How deep elements may be nested.
const DEPTH: usize = 64;
/// The most attributes of an element.
const ATTRIBUTES: usize = 64;

/// Reads the XML of a part.
pub(super) struct Xml<S: BufRead> {
    reader: Reader<Capped<BufReader<Part<S>>>>,
    buffer: Vec<u8>,
    open: usize,
    root_seen: bool,
}

/// Is what stands next in a part.
pub(super) enum Node<'a> {
    /// A tag that opens an element.
    Open(&'a BytesStart<'a>),
    /// The end of an element, by its name without prefix.
    Close(&'a str),
    /// Characters.
    Text(&'a str),
    /// The end.
    End,
}

impl<S: BufRead> Xml<S> {
    pub(super) fn new(part: Part<S>) -> Self {
        let mut reader = Reader::from_reader(Capped::new(BufReader::new(part), u64::MAX, TOKEN_BYTES));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        config.allow_dangling_amp = false;
        config.allow_unmatched_ends = false;
        Self { reader, buffer: Vec::new(), open: 0, root_seen: false }
    }

    /// Bytes of XML that were read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.get_ref().consumed()
    }

    /// Reads what stands next and hands it to `take`.
    pub(super) fn step<T>(
        &mut self,
        take: impl FnOnce(Node<'_>) -> Result<T, WorkbookErrorKind>,
    ) -> Result<T, WorkbookErrorKind> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().start_token();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    let source = self.reader.get_ref();
                    return Err(kind_of(&error, source.tripped(), source.get_ref().get_ref().fault()));
                }
            };
            return match event {
                Event::Start(tag) => {
                    if (self.open == 0 && self.root_seen) || self.open >= DEPTH {
                        return Err(WorkbookErrorKind::Malformed);
                    }
                    self.root_seen = true;
                    self.open += 1;
                    take(Node::Open(&tag))
                }
                Event::End(tag) => {
                    self.open = self.open.checked_sub(1).ok_or(WorkbookErrorKind::Malformed)?;
                    take(Node::Close(local(tag.name().as_ref())))
                }
                Event::Text(text) => take(Node::Text(&text.xml10_content())),
                Event::CData(data) => take(Node::Text(&data.xml10_content())),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character,
                        Ok(None) => predefined(&reference).ok_or(WorkbookErrorKind::Malformed)?,
                        Err(_) => return Err(WorkbookErrorKind::Malformed),
                    };
                    take(Node::Text(character.encode_utf8(&mut [0; 4])))
                }
                Event::DocType(_) => Err(WorkbookErrorKind::Malformed),
                Event::Eof if self.root_seen && self.open == 0 => take(Node::End),
                Event::Eof => Err(WorkbookErrorKind::Malformed),
                // Never given with `expand_empty_elements`.
                Event::Empty(_) => Err(WorkbookErrorKind::Malformed),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => continue,
            };
        }
    }

    /// Reads to the end.
    pub(super) fn walk(
        mut self,
        mut take: impl FnMut(Node<'_>) -> Result<(), WorkbookErrorKind>,
    ) -> Result<(), WorkbookErrorKind> {
        loop {
            let is_end = self.step(|node| {
                let is_end = matches!(node, Node::End);
                take(node).map(|()| is_end)
            })?;
            if is_end {
                return Ok(());
            }
        }
    }
}

fn predefined(name: &str) -> Option<char> {
    let known = [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"'), ("apos", '\'')];
    known.iter().find(|(known, _)| *known == name).map(|(_, character)| *character)
}

fn kind_of(
    error: &quick_xml::Error,
    tripped: Option<Tripped>,
    fault: Option<WorkbookErrorKind>,
) -> WorkbookErrorKind {
    match (fault, tripped, error) {
        (Some(fault), _, _) => fault,
        (None, Some(_), _) => WorkbookErrorKind::TooLarge,
        (None, None, quick_xml::Error::Io(_)) => WorkbookErrorKind::Source,
        (None, None, _) => WorkbookErrorKind::Malformed,
    }
}

/// A name without its prefix: which prefix stands for which namespace is the writer's choice.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Reads an attribute by its name without prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Result<Option<String>, WorkbookErrorKind> {
    for (at, attribute) in tag.attributes().enumerate() {
        let attribute = attribute.map_err(|_| WorkbookErrorKind::Malformed)?;
        if at >= ATTRIBUTES {
            return Err(WorkbookErrorKind::Malformed);
        }
        if local(attribute.key.as_ref()) == wanted {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0);
            return Ok(Some(value.map_err(|_| WorkbookErrorKind::Malformed)?.into_owned()));
        }
    }
    Ok(None)
}

/// Whether an attribute is there and says yes.
pub(super) fn is_set(tag: &BytesStart<'_>, wanted: &str) -> Result<bool, WorkbookErrorKind> {
    Ok(attribute(tag, wanted)?.is_some_and(|value| matches!(value.as_str(), "1" | "true" | "on")))
}
