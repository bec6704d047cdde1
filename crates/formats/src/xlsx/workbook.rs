//! The parts of a workbook that say what its sheets are: relationships, sheets, shared texts, formats.

use std::io::{BufRead, Seek};

use quick_xml::events::BytesStart;

use super::archive::Archive;
use super::numbers::{self, DateSystem, NumberFormat};
use super::xml::{Node, Xml, attribute, is_set, local};
use super::{WorkbookErrorKind, WorkbookLimits};

/// The most sheets of a workbook.
const SHEETS: usize = 1_000;
/// The most formats of cells.
const FORMATS: usize = 100_000;
/// The most relationships of a part.
const RELATIONSHIPS: usize = 10_000;

/// Is a sheet as the workbook names it.
pub(super) struct SheetEntry {
    pub(super) name: String,
    pub(super) is_hidden: bool,
    /// The part that it is in; `None` for charts and the like.
    pub(super) part: Option<String>,
}

/// Is what a workbook says of itself.
pub(super) struct Workbook {
    pub(super) sheets: Vec<SheetEntry>,
    pub(super) dates: DateSystem,
    pub(super) formats: Vec<NumberFormat>,
    pub(super) texts: SharedTexts,
}

impl Workbook {
    pub(super) fn read<R: BufRead + Seek>(
        archive: &mut Archive<R>,
        limits: &WorkbookLimits,
    ) -> Result<Self, WorkbookErrorKind> {
        refuse_other_kinds(archive, limits)?;
        let of_package = relationships(archive, "", limits)?;
        let main = of_package.iter().find(|related| related.kind == "officeDocument");
        let main = main.ok_or(WorkbookErrorKind::NotAWorkbook)?.target.clone();
        if main.ends_with(".bin") {
            return Err(WorkbookErrorKind::Binary);
        }
        let related = relationships(archive, &main, limits)?;
        let (sheets, dates) = read_sheets(archive, &main, &related, limits)?;
        let target = |kind: &str| related.iter().find(|related| related.kind == kind);
        let formats = match target("styles") {
            Some(styles) => read_formats(archive, &styles.target, limits)?,
            None => Vec::new(),
        };
        let texts = match target("sharedStrings") {
            Some(texts) => SharedTexts::read(archive, &texts.target, limits)?,
            None => SharedTexts::default(),
        };
        Ok(Self { sheets, dates, formats, texts })
    }

    /// The sheet of this name; without a name the only one that is not hidden.
    pub(super) fn sheet(&self, wanted: Option<&str>) -> Result<&SheetEntry, WorkbookErrorKind> {
        let mut found = self.sheets.iter().filter(|sheet| match wanted {
            Some(name) => sheet.name == name && sheet.part.is_some(),
            None => !sheet.is_hidden && sheet.part.is_some(),
        });
        let sheet = found.next().ok_or(WorkbookErrorKind::NoSheet)?;
        if found.next().is_some() { Err(WorkbookErrorKind::WhichSheet) } else { Ok(sheet) }
    }
}

/// Macros, and workbooks that are not XML, are refused by what the package says of itself.
fn refuse_other_kinds<R: BufRead + Seek>(
    archive: &mut Archive<R>,
    limits: &WorkbookLimits,
) -> Result<(), WorkbookErrorKind> {
    if archive.names().any(|name| name.ends_with("vbaproject.bin") || name.contains("/macrosheets/")) {
        return Err(WorkbookErrorKind::Macros);
    }
    if !archive.has("[content_types].xml") {
        return Err(WorkbookErrorKind::NotAWorkbook);
    }
    Xml::new(archive.part("[content_types].xml", limits.small_part_bytes)?).walk(|node| match node {
        Node::Open(tag) => {
            let said = attribute(tag, "ContentType")?.unwrap_or_default().to_lowercase();
            let is_macro = said.contains("macroenabled") || said.contains("vbaproject");
            if is_macro { Err(WorkbookErrorKind::Macros) } else { Ok(()) }
        }
        Node::Close(_) | Node::Text(_) | Node::End => Ok(()),
    })
}

struct Related {
    id: String,
    /// The last step of the relationship's address.
    kind: String,
    /// A part of the package.
    target: String,
}

/// Reads the relationships of a part, those that lead out of the package left out; of the package itself for an empty name.
fn relationships<R: BufRead + Seek>(
    archive: &mut Archive<R>,
    part: &str,
    limits: &WorkbookLimits,
) -> Result<Vec<Related>, WorkbookErrorKind> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let slash = if folder.is_empty() { "" } else { "/" };
    let name = format!("{folder}{slash}_rels/{file}.rels");
    if !archive.has(&name) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    Xml::new(archive.part(&name, limits.small_part_bytes)?).walk(|node| {
        let Node::Open(tag) = node else { return Ok(()) };
        let is_outside = attribute(tag, "TargetMode")?.is_some_and(|mode| mode == "External");
        if local(tag.name().as_ref()) != "Relationship" || is_outside {
            return Ok(());
        }
        if found.len() >= RELATIONSHIPS {
            return Err(WorkbookErrorKind::TooLarge);
        }
        let said = |name| attribute(tag, name).map(Option::unwrap_or_default);
        let (kind, target) = (said("Type")?, said("Target")?);
        let kind = kind.rsplit('/').next().unwrap_or("").to_owned();
        found.push(Related { id: said("Id")?, kind, target: resolved(folder, &target) });
        Ok(())
    })?;
    Ok(found)
}

/// The part that a target means, seen from a folder.
fn resolved(folder: &str, target: &str) -> String {
    let mut steps: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/")
}

fn read_sheets<R: BufRead + Seek>(
    archive: &mut Archive<R>,
    main: &str,
    related: &[Related],
    limits: &WorkbookLimits,
) -> Result<(Vec<SheetEntry>, DateSystem), WorkbookErrorKind> {
    let (mut sheets, mut dates, mut root_seen) = (Vec::new(), DateSystem::From1900, false);
    Xml::new(archive.part(main, limits.small_part_bytes)?).walk(|node| {
        let Node::Open(tag) = node else { return Ok(()) };
        match local(tag.name().as_ref()) {
            "workbook" => root_seen = true,
            _ if !root_seen => return Err(WorkbookErrorKind::NotAWorkbook),
            "workbookPr" if is_set(tag, "date1904")? => dates = DateSystem::From1904,
            "sheet" if sheets.len() >= SHEETS => return Err(WorkbookErrorKind::TooLarge),
            "sheet" => sheets.push(sheet_entry(tag, related)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok((sheets, dates))
}

fn sheet_entry(tag: &BytesStart<'_>, related: &[Related]) -> Result<SheetEntry, WorkbookErrorKind> {
    let id = attribute(tag, "id")?.unwrap_or_default();
    let part = related.iter().find(|related| related.id == id && related.kind == "worksheet");
    Ok(SheetEntry {
        name: attribute(tag, "name")?.unwrap_or_default(),
        is_hidden: attribute(tag, "state")?.is_some_and(|state| state != "visible"),
        part: part.map(|part| part.target.clone()),
    })
}

/// Reads how the cells of each style show their numbers.
fn read_formats<R: BufRead + Seek>(
    archive: &mut Archive<R>,
    part: &str,
    limits: &WorkbookLimits,
) -> Result<Vec<NumberFormat>, WorkbookErrorKind> {
    let mut own: Vec<(u32, NumberFormat)> = Vec::new();
    let mut formats = Vec::new();
    let mut in_cells = false;
    Xml::new(archive.part(part, limits.small_part_bytes)?).walk(|node| {
        match node {
            Node::Open(tag) => {
                let id = |tag| Ok(attribute(tag, "numFmtId")?.and_then(|id| id.parse().ok()).unwrap_or(0));
                match local(tag.name().as_ref()) {
                    "numFmt" if own.len() < FORMATS => {
                        let code = attribute(tag, "formatCode")?.unwrap_or_default();
                        own.push((id(tag)?, numbers::of_code(&code)));
                    }
                    "cellXfs" => in_cells = true,
                    "xf" if in_cells && formats.len() < FORMATS => {
                        let id = id(tag)?;
                        let format = own.iter().find(|(own, _)| *own == id).map(|(_, format)| *format);
                        formats.push(format.unwrap_or_else(|| numbers::built_in(id)));
                    }
                    "numFmt" => return Err(WorkbookErrorKind::TooLarge),
                    "xf" if in_cells => return Err(WorkbookErrorKind::TooLarge),
                    _ => {}
                }
            }
            Node::Close("cellXfs") => in_cells = false,
            Node::Close(_) | Node::Text(_) | Node::End => {}
        }
        Ok(())
    })?;
    Ok(formats)
}

/// Is the texts that cells refer to by number.
#[derive(Default)]
pub(super) struct SharedTexts {
    all: String,
    /// Where each ends.
    ends: Vec<u32>,
}

impl SharedTexts {
    fn read<R: BufRead + Seek>(
        archive: &mut Archive<R>,
        part: &str,
        limits: &WorkbookLimits,
    ) -> Result<Self, WorkbookErrorKind> {
        let mut texts = Self::default();
        let (mut in_text, mut in_reading_aid) = (false, false);
        let part = archive.part(part, limits.shared_part_bytes)?;
        Xml::new(part).walk(|node| {
            match node {
                Node::Open(tag) => match local(tag.name().as_ref()) {
                    "t" => in_text = true,
                    "rPh" => in_reading_aid = true,
                    _ => {}
                },
                Node::Text(text) if in_text && !in_reading_aid => {
                    if texts.all.len() + text.len() > limits.shared_bytes {
                        return Err(WorkbookErrorKind::TooLarge);
                    }
                    texts.all.push_str(text);
                }
                Node::Close("t") => in_text = false,
                Node::Close("rPh") => in_reading_aid = false,
                Node::Close("si") => {
                    if texts.ends.len() >= limits.shared_texts {
                        return Err(WorkbookErrorKind::TooLarge);
                    }
                    // Within the cap, which is below 4 GiB.
                    texts.ends.push(u32::try_from(texts.all.len()).unwrap_or(u32::MAX));
                }
                Node::Text(_) | Node::Close(_) | Node::End => {}
            }
            Ok(())
        })?;
        Ok(texts)
    }

    /// The text of a number.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.all.get(begin..end)
    }
}
