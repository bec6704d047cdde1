//! Blocks of letters and digits, and what stands between them.

use barid_domain::travel_documents::fold_character;

/// What separates a block from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Something that no number is written across, or nothing: another script begins.
    Break,
    /// One space.
    Space,
    /// One hyphen or dash.
    Hyphen,
    /// One full stop.
    Stop,
    /// One slash.
    Slash,
}

/// Latin letters, digits of any script that the domain folds, and letters of scripts with capitals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) gap: Gap,
    /// Characters and bytes it covers.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) first_byte: usize,
    pub(super) last_byte: usize,
    pub(super) digits: u32,
    /// Latin letters, and letters of other scripts with capitals.
    pub(super) latin: u32,
    pub(super) other: u32,
    /// Letters that are not capitals.
    pub(super) small: u32,
}

impl Block {
    pub(super) fn letters(&self) -> u32 {
        self.latin + self.other
    }

    pub(super) fn length(&self) -> u32 {
        self.digits + self.letters()
    }

    /// Digits and nothing else.
    pub(super) fn is_digits(&self) -> bool {
        self.letters() == 0
    }

    /// Nothing but capitals, few enough to be a series or a region.
    pub(super) fn is_series(&self) -> bool {
        self.digits == 0 && self.small == 0 && self.letters() <= 3
    }
}

enum Class {
    Digit,
    Latin,
    Other,
    /// Changes what the eye sees and not what is meant.
    Invisible,
    Between(Gap),
}

fn class_of(character: char) -> Class {
    match fold_character(character) {
        Some(Some('0'..='9')) => Class::Digit,
        Some(Some(_)) => Class::Latin,
        Some(None) => match character {
            ' ' | '\u{a0}' => Class::Between(Gap::Space),
            '.' => Class::Between(Gap::Stop),
            '/' => Class::Between(Gap::Slash),
            '<' => Class::Between(Gap::Break),
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Class::Between(Gap::Hyphen),
            _ => Class::Invisible,
        },
        // Scripts without capitals write suffixes onto numbers: they are words beside it.
        None if character.is_uppercase() || character.is_lowercase() => Class::Other,
        None if character == '\u{202f}' || character == '\u{2009}' => Class::Between(Gap::Space),
        None => Class::Between(Gap::Break),
    }
}

/// Cuts a text into blocks.
pub(super) fn blocks_of(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // What was seen since the last block; two separators are a break.
    let mut gap = Some(Gap::Break);
    for (number, (at, character)) in text.char_indices().enumerate() {
        let class = class_of(character);
        let counted = match class {
            Class::Invisible => continue,
            Class::Between(between) => {
                gap = Some(if gap.is_none() { between } else { Gap::Break });
                continue;
            }
            Class::Digit => (1, 0, 0),
            Class::Latin => (0, 1, 0),
            Class::Other => (0, 0, 1),
        };
        let start = number as u32;
        if let Some(gap) = gap.take() {
            let (digits, latin, other, small) = (0, 0, 0, 0);
            let (end, last_byte) = (start, at);
            blocks.push(Block { gap, start, end, first_byte: at, last_byte, digits, latin, other, small });
        }
        let Some(block) = blocks.last_mut() else { continue };
        block.digits += counted.0;
        block.latin += counted.1;
        block.other += counted.2;
        block.small += u32::from(character.is_lowercase());
        (block.end, block.last_byte) = (start + 1, at + character.len_utf8());
    }
    blocks
}
