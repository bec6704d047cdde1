//! Cutting names of organisations and texts into words with their places.
//!
//! Unlike names of persons, names of organisations have numbers, abbreviations with full stops (`L.L.C.`, `О.О.О.`) and
//! quotation marks that tell something. A word is a run of letters of one script with the marks and apostrophes inside
//! it, or a run of digits; single letters with full stops or strokes between them are one word.

use std::sync::OnceLock;

use unicode_normalization::char::is_combining_mark;

use crate::script::Script;

/// What stands before a word, as bits.
pub type Gap = u16;
/// White space.
pub const SPACE: Gap = 1;
/// A hyphen or dash.
pub const HYPHEN: Gap = 2;
/// The dot between parts of a foreign name in Han and kana.
pub const INTERPUNCT: Gap = 4;
/// A quotation mark that stands before the word.
pub const QUOTE: Gap = 8;
/// A comma.
pub const COMMA: Gap = 16;
/// A full stop.
pub const DOT: Gap = 32;
/// The end of a line.
pub const LINE: Gap = 64;
/// A bracket, a stroke, anything else.
pub const BREAK: Gap = 128;

/// A word and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupWord {
    /// First character and the one after the last, counted in the text given.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// The same in bytes.
    pub first_byte: u32,
    /// See `first_byte`.
    pub last_byte: u32,
    /// Its script; [`Script::Other`] for a number.
    pub script: Script,
    /// Whether it is a run of digits.
    pub is_number: bool,
    /// Whether single letters with full stops or strokes between them make it up.
    pub is_abbreviated: bool,
    /// Whether it begins with a capital.
    pub capital: bool,
    /// Whether it has no small letter.
    pub all_capitals: bool,
    /// What stands between it and the word before.
    pub gap: Gap,
}

impl GroupWord {
    /// The word as it stands.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.first_byte as usize..self.last_byte as usize).unwrap_or_default()
    }

    /// How many characters it has.
    pub fn chars(&self) -> u32 {
        self.end - self.start
    }
}

// Codes of characters that are no letters; letters have the number of their script.
const IGNORED: u8 = 32;
const MARK: u8 = 33;
const APOSTROPHE: u8 = 34;
const DIGIT: u8 = 35;
const BETWEEN: u8 = 40;
const UPPER: u8 = 0x80;

fn code_of(c: char) -> u8 {
    match c {
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => IGNORED,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{640}' => IGNORED,
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | 'ʻ' | 'ʿ' | 'ʾ' | '′' | '׳' => APOSTROPHE,
        '\n' | '\u{2028}' | '\u{2029}' => BETWEEN + 6,
        '-' | '‐' | '‑' | '־' | '–' | '—' => BETWEEN + 1,
        '·' | '•' | '・' | '･' | '‧' => BETWEEN + 2,
        '"' | '“' | '”' | '«' | '»' | '„' | '״' | '「' | '」' | '『' | '』' | '《' | '》' | '＂' => {
            BETWEEN + 3
        }
        ',' | '，' | '،' | '、' => BETWEEN + 4,
        '.' => BETWEEN + 5,
        _ if digit_of(c).is_some() => DIGIT,
        _ if c.is_whitespace() => BETWEEN,
        _ => letter_code(c),
    }
}

fn letter_code(c: char) -> u8 {
    match Script::of(c) {
        Some(script) if c.is_alphabetic() || is_combining_mark(c) => {
            script as u8 | if c.is_uppercase() { UPPER } else { 0 }
        }
        None if is_combining_mark(c) => MARK,
        _ => BETWEEN + 7,
    }
}

/// The value of a decimal digit of any script that our users write.
pub fn digit_of(c: char) -> Option<u32> {
    const ZEROS: [char; 7] = ['0', '٠', '۰', '०', '০', '０', '੦'];
    ZEROS.iter().map(|zero| (c as u32).wrapping_sub(*zero as u32)).find(|value| *value < 10)
}

fn codes() -> &'static [u8] {
    static CODES: OnceLock<Vec<u8>> = OnceLock::new();
    CODES.get_or_init(|| (0..0x1_0000u32).map(|n| char::from_u32(n).map_or(BETWEEN + 7, code_of)).collect())
}

/// Cuts a text into words.
pub fn group_words_of(text: &str, words: &mut Vec<GroupWord>) {
    words.clear();
    let codes = codes();
    let mut cutter = Cutter { words, open: None, gap: BREAK, letters_apart: None, is_elided: false };
    for (at, (byte, c)) in (0u32..).zip(text.char_indices()) {
        let code = match codes.get(c as usize) {
            Some(code) => *code,
            None => code_of(c),
        };
        if cutter.open.is_none() {
            cutter.is_elided = matches!(c, 'd' | 'D' | 'l' | 'L');
        }
        cutter.meet(code, at, byte as u32, c);
    }
    cutter.finish();
}

struct Cutter<'w> {
    words: &'w mut Vec<GroupWord>,
    open: Option<GroupWord>,
    gap: Gap,
    /// Whether a full stop or stroke stands right behind a single letter: the place after it.
    letters_apart: Option<u32>,
    /// Whether the word begins with a letter that French cuts short before a vowel.
    is_elided: bool,
}

impl Cutter<'_> {
    fn meet(&mut self, code: u8, at: u32, byte: u32, c: char) {
        let last_byte = byte + c.len_utf8() as u32;
        match code {
            // The French article and preposition are words of their own.
            APOSTROPHE
                if self.open.is_some_and(|word| word.chars() == 1 && word.end == at) && self.is_elided =>
            {
                self.finish();
            }
            // Kept open: they belong to the word only if a letter follows.
            IGNORED | APOSTROPHE => {}
            MARK => {
                if let Some(word) = &mut self.open {
                    (word.end, word.last_byte) = (at + 1, last_byte);
                }
            }
            DIGIT => self.letter(Script::Other, false, true, at, byte, last_byte),
            BETWEEN.. if code & UPPER == 0 => {
                self.letters_apart = match (&self.open, c) {
                    (Some(word), '.' | '/')
                        if word.end == at && (word.chars() == 1 || word.is_abbreviated) =>
                    {
                        Some(at + 1)
                    }
                    _ => None,
                };
                self.finish();
                let flag = 1 << (code - BETWEEN);
                // An empty line ends a sentence, the end of a line does not.
                self.gap |= if flag == LINE && self.gap & LINE != 0 { BREAK } else { flag };
            }
            _ => {
                let Some(script) = Script::from_number(code & !UPPER) else { return };
                self.letter(script, code & UPPER != 0, false, at, byte, last_byte);
            }
        }
    }

    fn letter(&mut self, script: Script, upper: bool, is_number: bool, at: u32, byte: u32, last_byte: u32) {
        if let Some(word) = &mut self.open {
            let lookalike = matches!(
                (word.script, script),
                (Script::Latin, Script::Cyrillic) | (Script::Cyrillic, Script::Latin)
            );
            if word.is_number == is_number && (word.script == script || lookalike) {
                if word.is_abbreviated {
                    // `S.A.Bank`: the abbreviation ended before this word.
                    word.is_abbreviated = false;
                }
                (word.end, word.last_byte) = (at + 1, last_byte);
                word.all_capitals &= upper;
                if lookalike {
                    word.script = Script::Cyrillic;
                }
                return;
            }
        }
        self.finish();
        let apart = self.letters_apart.take() == Some(at) && !is_number;
        if let Some(word) = self.words.last().copied().filter(|word| {
            apart
                && word.script == script
                && (word.is_abbreviated || word.chars() == 1)
                && word.capital == upper
        }) {
            self.words.pop();
            let all_capitals = word.all_capitals && upper;
            self.open =
                Some(GroupWord { end: at + 1, last_byte, is_abbreviated: true, all_capitals, ..word });
            self.gap = 0;
            return;
        }
        let gap = std::mem::take(&mut self.gap);
        self.open = Some(GroupWord {
            start: at,
            end: at + 1,
            first_byte: byte,
            last_byte,
            script,
            is_number,
            is_abbreviated: false,
            capital: upper,
            all_capitals: upper,
            gap,
        });
    }

    fn finish(&mut self) {
        self.words.extend(self.open.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let mut words = Vec::new();
        group_words_of(text, &mut words);
        words.iter().map(|word| word.text(text)).collect()
    }

    #[test]
    fn words_numbers_and_abbreviations() {
        assert_eq!(cut("Acme L.L.C., Dubai"), ["Acme", "L.L.C", "Dubai"]);
        assert_eq!(cut("О.О.О. «Факел-7»"), ["О.О.О", "Факел", "7"]);
        assert_eq!(cut("Nordhavn A/S"), ["Nordhavn", "A/S"]);
        assert_eq!(cut("البنك ٣١٣"), ["البنك", "٣١٣"]);
        assert_eq!(cut("Al-Qa'ida"), ["Al", "Qa'ida"]);
        assert_eq!(cut("আল-কায়েদার নেতা"), ["আল", "কায়েদার", "নেতা"]);
        assert_eq!(cut("J. Smith"), ["J", "Smith"]);
        assert_eq!(cut("Mouvement d'Ouzbékistan"), ["Mouvement", "d", "Ouzbékistan"]);
        assert_eq!(cut("Oʻzbekiston"), ["Oʻzbekiston"]);
        assert_eq!(cut("天津进出口有限公司"), ["天津进出口有限公司"]);
    }
}
