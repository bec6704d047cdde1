//! Letters of a token: the plain Latin alphabet everything is compared through, and the folded native letters.
//!
//! Latin letters are numbers 1 to 26 (`a` to `z`). Native letters are Unicode scalar values after folding away what
//! writers leave open: vowel signs of Arabic and Hebrew, hamza carriers, final forms, Persian and Arabic kaf and yeh,
//! ё and е. Says nothing about probabilities; those are in [`crate::channel`].

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::hashing::IntegerMap;
use crate::script::Script;
use crate::tibetan::fold_tibetan;

/// The number of a Latin letter (`a` = 1 ... `z` = 26); `None` for anything else.
pub fn latin_number(c: char) -> Option<u8> {
    match c {
        'a'..='z' => Some(c as u8 - b'a' + 1),
        'A'..='Z' => Some(c as u8 - b'A' + 1),
        _ => None,
    }
}

/// The text of Latin letter numbers.
pub fn latin_text(letters: &[u8]) -> String {
    letters.iter().filter(|n| (1..=26).contains(*n)).map(|n| char::from(b'a' + n - 1)).collect()
}

/// Letter numbers of a plain a-z text; other characters are left out.
pub fn latin_letters(text: &str) -> Vec<u8> {
    text.chars().filter_map(latin_number).collect()
}

/// The plain spelling of one Latin letter with its diacritics removed (`ž` is `z`, `ß` is `ss`, `þ` is `th`).
fn plain(c: char, out: &mut Vec<u8>) {
    if let Some(number) = latin_number(c) {
        out.push(number);
        return;
    }
    let special = match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' | 'ǽ' | 'Ǽ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' | 'ǿ' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ı' => "i",
        'ə' | 'Ə' | 'ǝ' => "a",
        'ŋ' | 'Ŋ' => "ng",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'ʻ' | 'ʼ' | 'ʿ' | 'ʾ' => "",
        _ => {
            let before = out.len();
            for base in c.nfd() {
                if let Some(number) = latin_number(base) {
                    out.push(number);
                }
            }
            if out.len() == before {
                out.extend(any_ascii::any_ascii_char(c).chars().filter_map(latin_number));
            }
            return;
        }
    };
    out.extend(special.chars().filter_map(latin_number));
}

/// The other usual spelling of a Latin letter with a diacritic, as passports, visas and foreign clerks write it
/// (ICAO Doc 9303 part 3 section 6: `ü` is `ue`; Slavic and Turkish letters by sound: `š` is `sh`, `ğ` is dropped).
fn respelt(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'Ä' => "ae",
        'ö' | 'Ö' | 'ø' | 'Ø' | 'ő' | 'Ő' => "oe",
        'ü' | 'Ü' | 'ű' | 'Ű' => "ue",
        'å' | 'Å' => "aa",
        'š' | 'Š' | 'ş' | 'Ş' | 'ș' | 'Ș' => "sh",
        'ž' | 'Ž' | 'ż' | 'Ż' => "zh",
        'č' | 'Č' | 'ć' | 'Ć' | 'ç' | 'Ç' => "ch",
        'đ' | 'Đ' => "dj",
        'ð' | 'Ð' => "th",
        'ñ' | 'Ñ' => "ny",
        'ł' | 'Ł' => "w",
        'ə' | 'Ə' => "e",
        'ț' | 'Ț' | 'ţ' | 'Ţ' => "ts",
        'ğ' | 'Ğ' => "gh",
        'ř' | 'Ř' => "rzh",
        _ => return None,
    })
}

/// The plain Latin spelling of a Latin-script token, and its respelling where a diacritic allows another one.
pub fn fold_latin(token: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let composed: String = token.nfc().collect();
    let mut folded = Vec::with_capacity(token.len());
    let mut second = Vec::with_capacity(token.len());
    let mut differs = false;
    // A Scottish and Irish Mc is a Mac that its writer cut short.
    let cut_short = composed.len() > 3 && composed.as_bytes()[..2].eq_ignore_ascii_case(b"mc");
    let composed = if cut_short { format!("Mac{}", &composed[2..]) } else { composed };
    for c in composed.chars() {
        plain(c, &mut folded);
        match respelt(c) {
            Some(text) => {
                differs = true;
                second.extend(text.chars().filter_map(latin_number));
            }
            None => plain(c, &mut second),
        }
    }
    (folded, differs.then_some(second))
}

/// The folded native letters of a token in `script`; for Latin and scripts without a table the plain romanisation.
pub fn fold_native(token: &str, script: Script) -> Vec<char> {
    match script {
        Script::Latin => fold_latin(token).0.iter().map(|n| char::from(b'a' + n - 1)).collect(),
        Script::Other => romanise_plainly(token),
        Script::Hangul => token.nfd().filter(|c| !c.is_whitespace()).collect(),
        Script::Kana => token.nfc().filter_map(fold_kana).collect(),
        Script::Han => token.nfc().map(fold_han).collect(),
        Script::Cyrillic | Script::Greek | Script::Hebrew => {
            let mut letters = Vec::with_capacity(token.len());
            for c in token.nfc().flat_map(char::to_lowercase) {
                fold_alphabetic(c, script, &mut letters);
            }
            letters
        }
        Script::Arabic => token.nfc().filter_map(fold_arabic).collect(),
        Script::Thai | Script::Lao => fold_thai(token),
        Script::Thaana => fold_thaana(token),
        Script::Tibetan => fold_tibetan(token),
        Script::Georgian | Script::Armenian => token.nfc().flat_map(char::to_lowercase).collect(),
        Script::Devanagari
        | Script::Bengali
        | Script::Gurmukhi
        | Script::Gujarati
        | Script::Tamil
        | Script::Telugu
        | Script::Kannada
        | Script::Malayalam
        | Script::Sinhala
        | Script::Burmese
        | Script::Khmer
        | Script::Odia
        | Script::Ethiopic => token.nfc().filter_map(fold_sign).collect(),
    }
}

fn romanise_plainly(token: &str) -> Vec<char> {
    let lower: String = token.nfc().flat_map(char::to_lowercase).collect();
    any_ascii::any_ascii(&lower)
        .chars()
        .filter_map(|c| latin_number(c).map(|n| char::from(b'a' + n - 1)))
        .collect()
}

/// The simplified form of a Han character (Unihan's `kSimplifiedVariant`), or the character itself.
fn fold_han(c: char) -> char {
    static VARIANTS: LazyLock<IntegerMap<u32, char>> = LazyLock::new(|| {
        let characters: Vec<char> = include_str!("../data/han_variants.txt").trim_end().chars().collect();
        characters.chunks_exact(2).map(|pair| (pair[0] as u32, pair[1])).collect()
    });
    VARIANTS.get(&(c as u32)).copied().unwrap_or(c)
}

/// Signs of India and its neighbours: the mark that takes a consonant's vowel away goes (writers leave it out, and what it
/// says the next letter says too), vowels of foreign names are those next to them, Devanagari's dot below goes.
fn fold_sign(c: char) -> Option<char> {
    Some(match c {
        '\u{200c}' | '\u{200d}' => return None,
        '\u{94d}' | '\u{9cd}' | '\u{a4d}' | '\u{acd}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}' | '\u{ccd}'
        | '\u{d4d}' | '\u{dca}' | '\u{1039}' | '\u{103a}' | '\u{17d2}' => return None,
        '\u{93c}' | '\u{b3c}' => return None,
        '\u{901}' => '\u{902}',
        '\u{981}' => '\u{982}',
        '\u{b01}' => '\u{b02}',
        '\u{945}' => '\u{947}',
        '\u{949}' => '\u{94b}',
        '\u{90d}' | '\u{972}' => '\u{90f}',
        '\u{911}' => '\u{913}',
        _ => c,
    })
}

/// Thai and Lao in the order of sounds: vowels that are written before their consonant go behind it; tone marks go, and
/// the mark of a silent letter: foreign names keep the letter in Latin (`จอห์น` is John), Thai ones leave it out.
fn fold_thai(token: &str) -> Vec<char> {
    let mut letters: Vec<char> = Vec::with_capacity(token.len());
    let mut waiting = None;
    for c in token.chars() {
        match c {
            '\u{e47}'..='\u{e4c}' | '\u{ec8}'..='\u{ecc}' => {}
            'เ'..='ไ' | 'ເ'..='ໄ' => letters.extend(waiting.replace(c)),
            _ => {
                letters.push(c);
                letters.extend(waiting.take());
            }
        }
    }
    letters.extend(waiting);
    letters
}

/// Thaana in the order of sounds: the sign that no vowel follows goes, as do the letters that carry a vowel (އ, ޢ) or
/// double the next consonant; so does the u that Dhivehi puts behind names that end in a consonant.
fn fold_thaana(token: &str) -> Vec<char> {
    let is_vowel = |c: char| ('\u{7a6}'..='\u{7af}').contains(&c);
    let letters: Vec<char> = token.nfc().filter(|c| *c != '\u{7b0}').collect();
    let u_behind_consonant = matches!(letters.as_slice(), [.., before, '\u{7aa}']
        if !is_vowel(*before) && !matches!(before, 'އ' | 'ޢ'))
        && letters.len() > 3;
    let end = letters.len() - usize::from(u_behind_consonant);
    letters[..end].iter().copied().filter(|c| !matches!(c, 'އ' | 'ޢ')).collect()
}

fn fold_kana(c: char) -> Option<char> {
    let katakana = match c {
        'ぁ'..='ゖ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => c,
    };
    Some(katakana)
}

fn fold_alphabetic(c: char, script: Script, out: &mut Vec<char>) {
    match (script, c) {
        (Script::Cyrillic, 'ё') => out.push('е'),
        (Script::Cyrillic, 'ґ') => out.push('г'),
        (Script::Cyrillic, 'ѓ') => out.push('ѓ'),
        (Script::Hebrew, 'ך') => out.push('כ'),
        (Script::Hebrew, 'ם') => out.push('מ'),
        (Script::Hebrew, 'ן') => out.push('נ'),
        (Script::Hebrew, 'ף') => out.push('פ'),
        (Script::Hebrew, 'ץ') => out.push('צ'),
        (Script::Hebrew, '\'' | '׳' | '’' | '`') => out.push('\''),
        (Script::Greek, 'ς') => out.push('σ'),
        (Script::Greek, _) => {
            for base in c.nfd() {
                // Keep the dialytika (U+0308): it separates αϊ from the digraph αι.
                if !is_combining_mark(base) || base == '\u{308}' {
                    out.push(base);
                }
            }
        }
        _ if is_combining_mark(c) => {}
        _ => out.push(c),
    }
}

fn fold_arabic(c: char) -> Option<char> {
    if is_combining_mark(c) {
        return None;
    }
    Some(match c {
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' => 'ا',
        'ي' | 'ى' | 'ی' | 'ې' | 'ۍ' | 'ے' | 'ئ' | 'ێ' | 'ۓ' => 'ي',
        'ك' | 'ک' | 'ڪ' => 'ك',
        // Pashto.
        'ګ' => 'گ',
        'ة' | 'ه' | 'ہ' | 'ھ' | 'ە' | 'ۀ' | 'ۂ' | 'ۃ' => 'ه',
        'ؤ' | 'ۇ' | 'ۆ' | 'ۈ' | 'ۋ' => 'و',
        'ں' | 'ڼ' => 'ن',
        'ټ' => 'ط',
        'ډ' | 'ڈ' => 'د',
        'ړ' | 'ڑ' => 'ر',
        'ٹ' => 'ت',
        'ښ' => 'ش',
        'ڵ' => 'ل',
        'ء' | 'ـ' | '\'' | '’' | '`' | 'ʼ' => return None,
        _ => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_is_folded_and_respelt() {
        let cases = [
            ("Müller", "muller", Some("mueller")),
            ("Kalachev", "kalachev", None),
            ("Straße", "strasse", None),
            ("McDonald", "macdonald", None),
            ("Šarić", "saric", Some("sharich")),
            ("Əliyev", "aliyev", Some("eliyev")),
        ];
        for (text, first, second) in cases {
            let (folded, other) = fold_latin(text);
            assert_eq!(latin_text(&folded), first);
            assert_eq!(other.map(|l| latin_text(&l)).as_deref(), second);
        }
    }

    #[test]
    fn native_letters_are_folded() {
        let cases = [
            ("Артём", Script::Cyrillic, "артем"),
            ("أَحْمَد", Script::Arabic, "احمد"),
            ("یوسف", Script::Arabic, "يوسف"),
            ("שלום", Script::Hebrew, "שלומ"),
            ("Γιώργος", Script::Greek, "γιωργοσ"),
            ("馬歇爾", Script::Han, "马歇尔"),
            ("เลดี้", Script::Thai, "ลเดี"),
            ("จอห์น", Script::Thai, "จอหน"),
            ("अॅलेक्स फ़ॉक्स", Script::Devanagari, "अेलेकस फोकस"),
            ("ବିଶ୍ୱନାଥ", Script::Odia, "ବିଶୱନାଥ"),
            ("އަޙްމަދު", Script::Thaana, "ަޙމަދ"),
            ("ޢަބްދުއްލާ", Script::Thaana, "ަބދުލާ"),
            ("ޝަފީޢު", Script::Thaana, "ޝަފީު"),
        ];
        for (text, script, folded) in cases {
            assert_eq!(fold_native(text, script).into_iter().collect::<String>(), folded);
        }
    }
}
