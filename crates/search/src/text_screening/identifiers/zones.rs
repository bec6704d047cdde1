//! Lines of machine-readable zones (ICAO Doc 9303): two of 36 or 44 characters, or three of 30.

use super::{CheckDigit, Identifier, IdentifierKind};

/// Longer lines are not looked at.
const LONGEST_LINE_CHARS: usize = 120;

/// A line that may be one of a zone.
struct Line {
    start: u32,
    end: u32,
    first_byte: usize,
    last_byte: usize,
    /// Without spaces.
    characters: String,
}

pub(super) fn find(text: &str, found: &mut Vec<Identifier>) {
    let lines = lines_of(text);
    let mut at = 0;
    while at < lines.len() {
        match zone_at(&lines[at..]) {
            Some(count) => {
                found.push(zone_of(text, &lines[at..at + count]));
                at += count;
            }
            None => at += 1,
        }
    }
}

/// How many lines from the first on are a zone.
fn zone_at(lines: &[Option<Line>]) -> Option<usize> {
    let length = lines.first()?.as_ref()?.characters.len();
    let count = match length {
        30 => 3,
        36 | 44 => 2,
        // All of it on one line.
        72 | 88 | 90 => 1,
        _ => return None,
    };
    let together = lines.get(..count)?;
    let fits = together.iter().flatten().filter(|line| line.characters.len() == length).count() == count;
    // Fillers end a zone's name and stand in no other line of capitals.
    let filled = together.iter().flatten().any(|line| line.characters.contains("<<"));
    (fits && filled).then_some(count)
}

fn zone_of(text: &str, lines: &[Option<Line>]) -> Identifier {
    let mut lines = lines.iter().flatten();
    let first = lines.next();
    let (start, first_byte) = first.map_or((0, 0), |line| (line.start, line.first_byte));
    let (mut end, mut last_byte) = first.map_or((0, 0), |line| (line.end, line.last_byte));
    let mut number = first.map(|line| line.characters.clone()).unwrap_or_default();
    for line in lines {
        number.push('\n');
        number.push_str(&line.characters);
        (end, last_byte) = (line.end, line.last_byte);
    }
    Identifier {
        start,
        end,
        kind: IdentifierKind::MachineReadableZone,
        written: text[first_byte..last_byte].to_owned(),
        number,
        alike: None,
        check: CheckDigit::None,
    }
}

/// The lines of a text, `None` for those of other characters; spaces within and around are passed over.
fn lines_of(text: &str) -> Vec<Option<Line>> {
    let (mut lines, mut byte, mut character) = (Vec::new(), 0, 0u32);
    for whole in text.split_inclusive('\n') {
        lines.push(line_of(whole, byte, character));
        byte += whole.len();
        character += whole.chars().count() as u32;
    }
    lines
}

fn line_of(whole: &str, byte: usize, character: u32) -> Option<Line> {
    let ahead = whole.len() - whole.trim_start().len();
    let inside = whole.trim();
    let characters: String = inside.chars().filter(|c| *c != ' ').take(LONGEST_LINE_CHARS + 1).collect();
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<';
    if characters.len() < 30 || characters.len() > LONGEST_LINE_CHARS || !characters.chars().all(fits) {
        return None;
    }
    let start = character + whole[..ahead].chars().count() as u32;
    let (first_byte, last_byte) = (byte + ahead, byte + ahead + inside.len());
    Some(Line { start, end: start + inside.chars().count() as u32, first_byte, last_byte, characters })
}
