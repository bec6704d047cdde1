//! Numbers in running text that identify something: where they stand, and what they say once folded.
//!
//! In scope: document numbers, machine-readable zones (their lines; `barid-formats` reads them), vehicle identification
//! numbers, number plates, international telephone numbers, numbers of mobile devices. What only looks like one (a sum of
//! money, a date, a piece of a longer number) is left out where its writing tells. Out of scope: which of them are known.
//! The caller says so by a look-up within the searcher's scope, and nothing else comes out of [`known`]: a number that is
//! not there and one that may not be seen are the same.
//!
//! One pass, in time linear in the text: a number begins at a block of letters and digits and ends at most
//! [`MOST_BLOCKS`] blocks later. National telephone numbers are not looked for: without their country they are any digits.

mod blocks;
mod devices;
mod documents;
mod phones;
mod vehicles;
mod zones;

pub use barid_domain::lookalikes::fold_lookalikes;
pub use barid_domain::text_screening::StretchKind as IdentifierKind;
pub use vehicles::plate_key;

use std::collections::BTreeMap;

use blocks::{Block, blocks_of};

/// The most blocks of letters and digits that one number is written in.
pub const MOST_BLOCKS: usize = 6;

/// What the check digit of a number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDigit {
    /// The number has none, or it is not required where it comes from and does not fit, or another crate reads it.
    None,
    /// It is the right one.
    Right,
    /// It is required and wrong: a slip, or made up.
    Wrong,
}

/// What may be a number that identifies something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// First character and the one after the last, in Unicode scalar values.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// What it looks like.
    pub kind: IdentifierKind,
    /// As it stands in the text.
    pub written: String,
    /// Folded for comparison: of documents as the domain folds them, else letters and digits in upper case; of plates
    /// [`plate_key`]; of telephones and devices the digits; of zones the lines with a line break between.
    pub number: String,
    /// The same with letters that only look Latin read as Latin, where there are some; to be offered, not claimed.
    pub alike: Option<String>,
    /// What its check digit says.
    pub check: CheckDigit,
}

/// Finds what looks like a number of one of some kinds, in the order of beginnings; the same characters may be several.
pub fn identifiers(text: &str, kinds: &[IdentifierKind]) -> Vec<Identifier> {
    let blocks = blocks_of(text);
    let mut found = Vec::new();
    for kind in kinds {
        match kind {
            IdentifierKind::DocumentNumber => documents::find(text, &blocks, &mut found),
            IdentifierKind::MachineReadableZone => zones::find(text, &mut found),
            IdentifierKind::Vin => vehicles::find_vins(text, &blocks, &mut found),
            IdentifierKind::Plate => vehicles::find_plates(text, &blocks, &mut found),
            IdentifierKind::Phone => phones::find(text, &mut found),
            IdentifierKind::Imei => devices::find(text, &blocks, &mut found),
            // Names are found by other means.
            IdentifierKind::Name | IdentifierKind::Group => {}
        }
    }
    found.sort_by_key(|identifier| (identifier.start, std::cmp::Reverse(identifier.end), identifier.kind));
    found
}

/// Keeps what is known: of numbers of one kind that share characters the longest, else the first.
pub fn known(found: Vec<Identifier>, mut knows: impl FnMut(&Identifier) -> bool) -> Vec<Identifier> {
    let mut kept: Vec<Identifier> = Vec::new();
    // In the order of beginnings, so it is the last one of a kind that may share characters.
    let mut last: BTreeMap<IdentifierKind, usize> = BTreeMap::new();
    for identifier in found.into_iter().filter(|identifier| knows(identifier)) {
        let length = |identifier: &Identifier| identifier.end - identifier.start;
        match last.get(&identifier.kind) {
            Some(at) if kept[*at].end > identifier.start => {
                if length(&identifier) > length(&kept[*at]) {
                    kept[*at] = identifier;
                }
            }
            Some(_) | None => {
                last.insert(identifier.kind, kept.len());
                kept.push(identifier);
            }
        }
    }
    kept
}

/// The text of some neighbouring blocks, what stands between them included.
fn written<'t>(text: &'t str, blocks: &[Block]) -> &'t str {
    match (blocks.first(), blocks.last()) {
        (Some(first), Some(last)) => &text[first.first_byte..last.last_byte],
        _ => "",
    }
}

fn identifier(kind: IdentifierKind, text: &str, blocks: &[Block], number: String) -> Option<Identifier> {
    let (first, last) = (blocks.first()?, blocks.last()?);
    let written = written(text, blocks).to_owned();
    Some(Identifier {
        start: first.start,
        end: last.end,
        kind,
        written,
        number,
        alike: None,
        check: CheckDigit::None,
    })
}

#[cfg(test)]
mod tests;
