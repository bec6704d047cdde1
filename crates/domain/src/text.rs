//! Text that came from outside: cleaned by one documented rule, capped, and tagged with its language.
//!
//! The rule (also in `docs/terms.md`): Unicode NFC; bidi controls (U+061C, U+200E, U+200F, U+202A-202E, U+2066-2069),
//! byte order marks and soft hyphens are taken out, because they change what the eye sees and not what is meant;
//! other controls, NUL and noncharacters are refused; runs of white space become one space; ends are trimmed.
//! Joiners U+200C and U+200D stay: Persian and the Indic scripts spell with them. Matching ignores them.

use minicbor::{Decode, Encode};
use unicode_normalization::UnicodeNormalization;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after cleaning.
    #[error("empty")]
    Empty,
    /// Longer than its cap, in characters.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// Holds NUL, another control or a noncharacter.
    #[error("holds a control character")]
    ControlCharacter,
    /// Not a language tag (BCP 47).
    #[error("not a language tag")]
    Language,
}

/// The longest name, in characters.
pub const NAME_CAP: usize = 300;
/// The longest short text (a place, a note), in characters.
pub const SHORT_CAP: usize = 1_000;
/// The longest free text, in characters.
pub const LONG_CAP: usize = 20_000;

/// Cleans a text by the rule of this module and refuses what is longer than `cap` characters.
pub fn clean(text: &str, cap: usize) -> Result<String, TextError> {
    // A byte cap first, so that normalising can't be made to do unbounded work.
    if text.len() > cap.saturating_mul(16) {
        return Err(TextError::TooLong(cap));
    }
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for character in text.nfc() {
        if character.is_whitespace() {
            space = true;
        } else if is_dropped(character) {
        } else if is_refused(character) {
            return Err(TextError::ControlCharacter);
        } else {
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            out.push(character);
        }
    }
    if out.is_empty() {
        return Err(TextError::Empty);
    }
    if out.chars().count() > cap {
        return Err(TextError::TooLong(cap));
    }
    // Dropping a character can bring two marks together that compose or reorder.
    Ok(out.nfc().collect())
}

/// Tells whether a text is exactly what `clean` would make of it.
pub fn is_clean(text: &str, cap: usize) -> bool {
    clean(text, cap).is_ok_and(|cleaned| cleaned == text)
}

fn is_dropped(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{ad}')
}

fn is_refused(character: char) -> bool {
    let code = character as u32;
    character.is_control() || (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// Is a free text with the language it is written in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct LocalText {
    /// The language, as a BCP 47 tag; `und` where the source doesn't say.
    #[n(0)]
    pub language: String,
    /// The text, cleaned.
    #[n(1)]
    pub text: String,
}

impl LocalText {
    /// Makes a text of a stated language, cleaning it.
    pub fn new(language: &str, text: &str, cap: usize) -> Result<Self, TextError> {
        if !is_language_tag(language) {
            return Err(TextError::Language);
        }
        Ok(Self { language: language.to_owned(), text: clean(text, cap)? })
    }
}

/// Tells whether a text has the shape of a BCP 47 tag: subtags of 1-8 letters or digits, the first of 2-8 letters.
pub fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let first = subtags.next().unwrap_or("");
    text.len() <= 35
        && (2..=8).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_the_eye_is_taken_out_and_what_spells_stays() {
        assert_eq!(clean("Калачев\u{202e}", 50).unwrap(), "Калачев");
        assert_eq!(clean("\u{feff} حسين\u{200f}  علي ", 50).unwrap(), "حسين علي");
        assert_eq!(clean("می\u{200c}ر", 50).unwrap(), "می\u{200c}ر");
        assert_eq!(clean("ক্\u{200d}য", 50).unwrap(), "ক্\u{200d}য");
        assert_eq!(clean("й", 50).unwrap(), "й");
    }

    #[test]
    fn controls_and_noncharacters_are_refused() {
        for bad in ["a\0b", "a\u{7}b", "a\u{fdd0}", "a\u{ffff}", "\u{1b}[31m"] {
            assert_eq!(clean(bad, 50), Err(TextError::ControlCharacter), "{bad:?}");
        }
        assert_eq!(clean(" \u{202e}\t", 50), Err(TextError::Empty));
    }

    #[test]
    fn the_cap_counts_characters() {
        assert!(clean(&"ж".repeat(300), NAME_CAP).is_ok());
        assert_eq!(clean(&"ж".repeat(301), NAME_CAP), Err(TextError::TooLong(300)));
        assert_eq!(clean(&"\u{301}".repeat(100_000), NAME_CAP), Err(TextError::TooLong(300)));
    }

    #[test]
    fn language_tags() {
        for good in ["und", "ru", "zh-Hans", "fa-AF", "sr-Latn-RS"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "r", "русский", "en_US", "en-", "12"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{0,40}|[\u{0}-\u{10ffff}]{0,40}") {
            if let Ok(once) = clean(&text, 300) {
                proptest::prop_assert_eq!(clean(&once, 300), Ok(once.clone()));
            }
        }
    }
}
