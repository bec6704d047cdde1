//! Cutting a text into words with their places, in one pass over its characters.
//!
//! A word is a run of letters of one script with the marks and apostrophes inside it. What stands between two words is
//! kept as flags: names run over spaces, hyphens and interpuncts, but not over the end of a sentence.

use std::sync::OnceLock;

use barid_names::script::Script;
use unicode_normalization::char::is_combining_mark;

/// What stands before a word.
pub(super) type Gap = u16;
pub(super) const SPACE: Gap = 1;
pub(super) const HYPHEN: Gap = 2;
/// The dot between the parts of a foreign name in Han and kana.
pub(super) const INTERPUNCT: Gap = 4;
pub(super) const COMMA: Gap = 16;
pub(super) const DOT: Gap = 32;
pub(super) const LINE: Gap = 64;
/// The end of a sentence, a digit, a bracket, anything else.
pub(super) const BREAK: Gap = 128;

/// A word and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// First character and the one after the last, counted in the text given.
    pub(super) start: u32,
    pub(super) end: u32,
    /// The same in bytes.
    pub(super) first_byte: u32,
    pub(super) last_byte: u32,
    pub(super) script: Script,
    /// Whether it begins with a capital, and whether it has no small letter.
    pub(super) capital: bool,
    pub(super) all_capitals: bool,
    /// Whether capitals tell names from other words where it stands.
    pub(super) cased: bool,
    pub(super) gap: Gap,
}

impl Word {
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.first_byte as usize..self.last_byte as usize]
    }

    pub(super) fn chars(&self) -> u32 {
        self.end - self.start
    }
}

// Codes of characters that are no letters; letters have the number of their script.
const IGNORED: u8 = 32;
const MARK: u8 = 33;
const APOSTROPHE: u8 = 34;
const BETWEEN: u8 = 40;
const UPPER: u8 = 0x80;

fn code_of(c: char) -> u8 {
    match c {
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => IGNORED,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{640}' => IGNORED,
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | 'ʻ' | 'ʿ' | 'ʾ' | '′' | '׳' => APOSTROPHE,
        '\n' | '\u{2028}' | '\u{2029}' => BETWEEN + 6,
        '-' | '‐' | '‑' | '־' | '–' => BETWEEN + 1,
        '·' | '•' | '・' | '･' | '‧' | '=' | '＝' | '゠' => BETWEEN + 2,
        '"' | '“' | '”' | '«' | '»' | '„' | '״' => BETWEEN + 3,
        ',' | '，' | '،' | '、' => BETWEEN + 4,
        '.' => BETWEEN + 5,
        // Grammar is written in hiragana, foreign names in katakana and Japanese ones mostly in Han.
        'ぁ'..='ゖ' => BETWEEN + 7,
        _ if c.is_whitespace() => BETWEEN,
        _ if c.is_numeric() => BETWEEN + 7,
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

fn codes() -> &'static [u8] {
    static CODES: OnceLock<Vec<u8>> = OnceLock::new();
    CODES.get_or_init(|| (0..0x1_0000u32).map(|n| char::from_u32(n).map_or(BETWEEN + 7, code_of)).collect())
}

/// Cuts a text into words.
pub(super) fn words_of(text: &str, words: &mut Vec<Word>) {
    words.clear();
    let codes = codes();
    let mut cutter = Cutter { words, open: None, gap: BREAK };
    for (at, (byte, c)) in (0u32..).zip(text.char_indices()) {
        let code = match codes.get(c as usize) {
            Some(code) => *code,
            None => code_of(c),
        };
        cutter.meet(code, at, byte as u32, c);
    }
    cutter.finish();
    let mut first = 0;
    for at in 1..=words.len() {
        if words.get(at).is_none_or(|word| word.gap & LINE != 0) {
            note_case(&mut words[first..at]);
            first = at;
        }
    }
}

/// Whether a script has capitals.
pub(super) fn has_case(script: Script) -> bool {
    matches!(script, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian)
}

/// Words of a line from which on its capitals are looked at as a whole.
const LINE_WORDS: usize = 3;

/// A line that has no capital, or nothing but capitals, does not tell names by them.
fn note_case(line: &mut [Word]) {
    let long = line.iter().filter(|word| word.cased && word.chars() > 1);
    let (mut words, mut capitals, mut whole) = (0, 0, 0);
    for word in long {
        words += 1;
        capitals += usize::from(word.capital);
        whole += usize::from(word.all_capitals);
    }
    if words >= LINE_WORDS && (capitals == 0 || 5 * whole > 4 * words) {
        line.iter_mut().for_each(|word| word.cased = false);
    }
}

struct Cutter<'w> {
    words: &'w mut Vec<Word>,
    open: Option<Word>,
    gap: Gap,
}

impl Cutter<'_> {
    fn meet(&mut self, code: u8, at: u32, byte: u32, c: char) {
        let last_byte = byte + c.len_utf8() as u32;
        match code {
            IGNORED | APOSTROPHE if self.open.is_none() => {}
            // Kept open: they belong to the word only if a letter follows.
            IGNORED | APOSTROPHE => {}
            MARK => {
                if let Some(word) = &mut self.open {
                    (word.end, word.last_byte) = (at + 1, last_byte);
                }
            }
            BETWEEN.. if code & UPPER == 0 => {
                self.finish();
                let flag = 1 << (code - BETWEEN);
                // An empty line ends a sentence, the end of a line does not.
                self.gap |= if flag == LINE && self.gap & LINE != 0 { BREAK } else { flag };
            }
            _ => self.letter(code, at, byte, last_byte),
        }
    }

    fn letter(&mut self, code: u8, at: u32, byte: u32, last_byte: u32) {
        let Some(script) = Script::from_number(code & !UPPER) else { return };
        let upper = code & UPPER != 0;
        if let Some(word) = &mut self.open {
            let lookalike = matches!(
                (word.script, script),
                (Script::Latin, Script::Cyrillic) | (Script::Cyrillic, Script::Latin)
            );
            // Whatever was left out in between (an apostrophe, a joiner) is part of the word.
            if word.script == script || lookalike {
                (word.end, word.last_byte) = (at + 1, last_byte);
                word.all_capitals &= upper;
                if lookalike {
                    word.script = Script::Cyrillic;
                }
                return;
            }
        }
        self.finish();
        let gap = std::mem::take(&mut self.gap);
        self.open = Some(Word {
            start: at,
            end: at + 1,
            first_byte: byte,
            last_byte,
            script,
            capital: upper,
            all_capitals: upper,
            cased: has_case(script),
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

    fn cut(text: &str) -> Vec<(String, u32, Gap)> {
        let mut words = Vec::new();
        words_of(text, &mut words);
        words.iter().map(|w| (w.text(text).to_owned(), w.start, w.gap)).collect()
    }

    #[test]
    fn words_have_their_places_and_what_stands_before_them() {
        let word = |text: &str, start, gap| (text.to_owned(), start, gap);
        assert_eq!(
            cut("Жан-Поль. В Киеве"),
            [
                word("Жан", 0, BREAK),
                word("Поль", 4, HYPHEN),
                word("В", 10, DOT | SPACE),
                word("Киеве", 12, SPACE)
            ]
        );
        assert_eq!(cut("Kalachev'in evi"), [word("Kalachev'in", 0, BREAK), word("evi", 12, SPACE)]);
        assert_eq!(
            cut("瓦列里·卡拉切夫ヴァレリー"),
            [word("瓦列里", 0, BREAK), word("卡拉切夫", 4, INTERPUNCT), word("ヴァレリー", 8, 0)]
        );
        assert_eq!(cut("خانه‌های او"), [word("خانه‌های", 0, BREAK), word("او", 9, SPACE)]);
        assert_eq!(cut("কালাচেভকে, ৭"), [word("কালাচেভকে", 0, BREAK)]);
        assert_eq!(cut("a\n\nb"), [word("a", 0, BREAK), word("b", 3, LINE | BREAK)]);
    }
}
