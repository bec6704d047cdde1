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
    /// Gurmukhi: Punjabi.
    Gurmukhi = 11,
    /// Gujarati.
    Gujarati = 12,
    /// Tamil.
    Tamil = 13,
    /// Telugu.
    Telugu = 14,
    /// Kannada.
    Kannada = 15,
    /// Malayalam.
    Malayalam = 16,
    /// Sinhala.
    Sinhala = 17,
    /// Thai.
    Thai = 18,
    /// Lao.
    Lao = 19,
    /// Burmese and other languages in Myanmar letters.
    Burmese = 20,
    /// Khmer.
    Khmer = 21,
    /// Georgian.
    Georgian = 22,
    /// Armenian.
    Armenian = 23,
    /// Ethiopic: Amharic, Tigrinya.
    Ethiopic = 24,
    /// Odia (Oriya).
    Odia = 25,
    /// Thaana: Dhivehi, the language of the Maldives.
    Thaana = 26,
    /// Tibetan: Tibetan, Dzongkha.
    Tibetan = 27,
}

/// All classes in the order of their numbers.
pub const ALL_SCRIPTS: [Script; 28] = [
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
    Script::Gurmukhi,
    Script::Gujarati,
    Script::Tamil,
    Script::Telugu,
    Script::Kannada,
    Script::Malayalam,
    Script::Sinhala,
    Script::Thai,
    Script::Lao,
    Script::Burmese,
    Script::Khmer,
    Script::Georgian,
    Script::Armenian,
    Script::Ethiopic,
    Script::Odia,
    Script::Thaana,
    Script::Tibetan,
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
            UnicodeScript::Gurmukhi => Some(Script::Gurmukhi),
            UnicodeScript::Gujarati => Some(Script::Gujarati),
            UnicodeScript::Tamil => Some(Script::Tamil),
            UnicodeScript::Telugu => Some(Script::Telugu),
            UnicodeScript::Kannada => Some(Script::Kannada),
            UnicodeScript::Malayalam => Some(Script::Malayalam),
            UnicodeScript::Sinhala => Some(Script::Sinhala),
            UnicodeScript::Thai => Some(Script::Thai),
            UnicodeScript::Lao => Some(Script::Lao),
            UnicodeScript::Myanmar => Some(Script::Burmese),
            UnicodeScript::Khmer => Some(Script::Khmer),
            UnicodeScript::Georgian => Some(Script::Georgian),
            UnicodeScript::Armenian => Some(Script::Armenian),
            UnicodeScript::Ethiopic => Some(Script::Ethiopic),
            UnicodeScript::Oriya => Some(Script::Odia),
            UnicodeScript::Thaana => Some(Script::Thaana),
            UnicodeScript::Tibetan => Some(Script::Tibetan),
            _ => Some(Script::Other),
        }
    }

    /// How the script writes sounds.
    pub fn writing(self) -> Writing {
        match self {
            Script::Latin => Writing::Latin,
            Script::Cyrillic
            | Script::Greek
            | Script::Georgian
            | Script::Armenian
            | Script::Thaana
            | Script::Other => Writing::Alphabet,
            Script::Arabic | Script::Hebrew => Writing::Consonants,
            Script::Devanagari
            | Script::Bengali
            | Script::Gurmukhi
            | Script::Gujarati
            | Script::Tamil
            | Script::Telugu
            | Script::Kannada
            | Script::Malayalam
            | Script::Sinhala
            | Script::Thai
            | Script::Lao
            | Script::Burmese
            | Script::Khmer
            | Script::Odia
            | Script::Tibetan => Writing::ConsonantsWithVowelSigns,
            Script::Kana | Script::Hangul | Script::Ethiopic => Writing::Syllables,
            Script::Han => Writing::Characters,
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
            Script::Gurmukhi => "gurmukhi",
            Script::Gujarati => "gujarati",
            Script::Tamil => "tamil",
            Script::Telugu => "telugu",
            Script::Kannada => "kannada",
            Script::Malayalam => "malayalam",
            Script::Sinhala => "sinhala",
            Script::Thai => "thai",
            Script::Lao => "lao",
            Script::Burmese => "burmese",
            Script::Khmer => "khmer",
            Script::Georgian => "georgian",
            Script::Armenian => "armenian",
            Script::Ethiopic => "ethiopic",
            Script::Odia => "odia",
            Script::Thaana => "thaana",
            Script::Tibetan => "tibetan",
        }
    }
}

/// How a script writes sounds: what is left open, and how much one sign tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Plain Latin, which everything is compared through.
    Latin,
    /// A letter for each consonant and vowel.
    Alphabet,
    /// Short vowels are left out.
    Consonants,
    /// Vowels are signs on consonants; one of them is left out.
    ConsonantsWithVowelSigns,
    /// A sign, or a small cluster of signs, for each syllable.
    Syllables,
    /// A character for each syllable or word, with several readings.
    Characters,
}
