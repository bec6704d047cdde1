//! Which script a letter is written in, in the classes that matching distinguishes.

use unicode_script::{Script as UnicodeScript, UnicodeScript as _};

/// The writing systems that have their own table of letter correspondences, and `Other` for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Script {
    /// Latin letters with any diacritics.
    Latin = 0,
    /// Cyrillic: Russian, Ukrainian, Bulgarian, Serbian, Kazakh, Tajik, Mongolian and other letters.
    Cyrillic = 1,
    /// Greek.
    Greek = 2,
    /// Arabic letters: Arabic, Persian, Pashto, Urdu, Uyghur, Kurdish.
    Arabic = 3,
    /// Hebrew.
    Hebrew = 4,
    /// Devanagari: Hindi, Marathi, Nepali.
    Devanagari = 5,
    /// Bengali and Assamese.
    Bengali = 6,
    /// Han characters: Chinese, and names in kanji or hanja.
    Han = 7,
    /// Japanese kana.
    Kana = 8,
    /// Korean, as jamo.
    Hangul = 9,
    /// Every other script, matched through one plain romanisation.
    Other = 10,
}

/// All classes in the order of their numbers.
pub const ALL_SCRIPTS: [Script; 11] = [
    Script::Latin,
    Script::Cyrillic,
    Script::Greek,
    Script::Arabic,
    Script::Hebrew,
    Script::Devanagari,
    Script::Bengali,
    Script::Han,
    Script::Kana,
    Script::Hangul,
    Script::Other,
];

impl Script {
    /// The class of one character; `None` for characters that belong to no script (digits, marks, punctuation).
    pub fn of(c: char) -> Option<Script> {
        match c {
            'a'..='z' | 'A'..='Z' => return Some(Script::Latin),
            'ー' => return Some(Script::Kana),
            '々' | '〆' => return Some(Script::Han),
            _ => {}
        }
        match c.script() {
            UnicodeScript::Common | UnicodeScript::Inherited | UnicodeScript::Unknown => None,
            UnicodeScript::Latin => Some(Script::Latin),
            UnicodeScript::Cyrillic => Some(Script::Cyrillic),
            UnicodeScript::Greek => Some(Script::Greek),
            UnicodeScript::Arabic => Some(Script::Arabic),
            UnicodeScript::Hebrew => Some(Script::Hebrew),
            UnicodeScript::Devanagari => Some(Script::Devanagari),
            UnicodeScript::Bengali => Some(Script::Bengali),
            UnicodeScript::Han => Some(Script::Han),
            UnicodeScript::Hiragana | UnicodeScript::Katakana => Some(Script::Kana),
            UnicodeScript::Hangul => Some(Script::Hangul),
            _ => Some(Script::Other),
        }
    }

    /// The class with this number, as written in the table files; `None` for an unknown number.
    pub fn from_number(number: u8) -> Option<Script> {
        ALL_SCRIPTS.get(usize::from(number)).copied()
    }

    /// The short name used in files and reports.
    pub fn code(self) -> &'static str {
        match self {
            Script::Latin => "latin",
            Script::Cyrillic => "cyrillic",
            Script::Greek => "greek",
            Script::Arabic => "arabic",
            Script::Hebrew => "hebrew",
            Script::Devanagari => "devanagari",
            Script::Bengali => "bengali",
            Script::Han => "han",
            Script::Kana => "kana",
            Script::Hangul => "hangul",
            Script::Other => "other",
        }
    }
}
