//! Names in the letters of a machine readable zone, and keys that fold the
//! several legal renderings of one letter.
//!
//! A state may print `Ü` as `UE`, `UXX` or `U` (Doc 9303-3, section 6 A), and
//! Cyrillic letters differ by language (section 6 B). A search that compares
//! one rendering alone misses the others: compare [`fold`] of what a document
//! shows with [`folded_keys`] of the name on record.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Most renderings that [`renderings`] and [`folded_keys`] give for one name.
///
/// A name with more keeps the first ones, which follow the order of the standard.
pub const RENDERINGS_CAP: usize = 64;

/// Longest name, in characters, looked at; later characters are left out.
const NAME_CAP_CHARACTERS: usize = 256;

/// The language whose column of Doc 9303-3 section 6 B is used for Cyrillic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CyrillicLanguage {
    /// The column without a name in the standard.
    #[default]
    Russian,
    /// `Г` is `H`, `Ё` is `IO`.
    Belarusian,
    /// `Щ` is `SHT`.
    Bulgarian,
    /// `Х` is `H`, `Ц` is `C`, `Ќ` is `KJ`.
    Macedonian,
    /// `Ж` is `Z`, `Ч` is `C`, `Ш` is `S`.
    Serbian,
    /// `Г` is `H`, `И` is `Y`, and five letters differ at the start of a name.
    Ukrainian,
}

impl CyrillicLanguage {
    /// Every language with a column of its own.
    pub const ALL: [CyrillicLanguage; 6] = [
        CyrillicLanguage::Russian,
        CyrillicLanguage::Belarusian,
        CyrillicLanguage::Bulgarian,
        CyrillicLanguage::Macedonian,
        CyrillicLanguage::Serbian,
        CyrillicLanguage::Ukrainian,
    ];
}

/// A character that no table of Doc 9303 gives in Latin letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("character {position} of the name has no rendering in a machine readable zone")]
pub struct TransliterationError {
    /// Position from 1, counted after upper-casing.
    pub position: usize,
}

/// Writes a name in the letters `A` to `Z`, its parts separated by one space.
///
/// Takes the first rendering the standard lists. Apostrophes and other
/// punctuation vanish, hyphens and commas separate (Doc 9303-3, 4.6). Digits and
/// letters of other scripts are errors.
///
/// ```
/// use barid_formats::mrz::{CyrillicLanguage, transliterate};
/// let name = transliterate("Müller-Ðurić", CyrillicLanguage::default());
/// assert_eq!(name.as_deref(), Ok("MUELLER DURIC"));
/// ```
pub fn transliterate(name: &str, language: CyrillicLanguage) -> Result<String, TransliterationError> {
    let mut out = String::with_capacity(name.len());
    for (index, (letter, starts)) in letters(name).into_iter().enumerate() {
        match piece(letter, language, starts) {
            Some(variants) => out.push_str(variants[0]),
            None => return Err(TransliterationError { position: index + 1 }),
        }
    }
    Ok(single_spaced(&out))
}

/// Gives the legal renderings of a name, at most [`RENDERINGS_CAP`].
///
/// Characters without a rendering are left out, so that a key can still be made
/// of a name that mixes scripts. The set is empty when nothing is left.
pub fn renderings(name: &str) -> BTreeSet<String> {
    combine(name, |variants| variants.to_vec())
}

/// Gives the keys under which a name on record can be met in a zone.
///
/// Usually one; several where the language of a Cyrillic name decides. For every
/// rendering `r` of [`renderings`], `fold(r)` is among them, up to the caps.
pub fn folded_keys(name: &str) -> BTreeSet<String> {
    let distinct_after_folding = |variants: &'static [&'static str]| {
        let mut kept: Vec<&'static str> = Vec::with_capacity(variants.len());
        for variant in variants {
            if kept.iter().all(|known| fold(known) != fold(variant)) {
                kept.push(variant);
            }
        }
        kept
    };
    combine(name, distinct_after_folding).iter().map(|rendering| fold(rendering)).collect()
}

/// Folds the letters of a zone so that all legal renderings of one name agree.
///
/// `AA` and `AE` become `A`, `OE` becomes `O`, `UE` and `UXX` become `U`, `NXX`
/// becomes `N`, again and again. Anything but a letter separates words; words are
/// joined by one space. Unlike names may fold alike (`MANUEL`, `MANUL`): the key
/// finds candidates, it does not say that two names are the same.
pub fn fold(zone_text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(zone_text.len());
    for byte in zone_text.bytes() {
        let letter = byte.to_ascii_uppercase();
        if !letter.is_ascii_uppercase() {
            if out.last().is_some_and(|last| *last != b' ') {
                out.push(b' ');
            }
            continue;
        }
        match (out.as_slice(), letter) {
            ([.., b'A'], b'A' | b'E') | ([.., b'O' | b'U'], b'E') => {}
            ([.., b'U' | b'N', b'X'], b'X') => {
                out.pop();
            }
            _ => out.push(letter),
        }
    }
    if out.last() == Some(&b' ') {
        out.pop();
    }
    // Only letters and spaces were pushed.
    String::from_utf8_lossy(&out).into_owned()
}

/// Upper-cased, composed characters, each with whether it starts a word.
fn letters(name: &str) -> Vec<(char, bool)> {
    let mut starts = true;
    let mut out = Vec::with_capacity(name.len());
    let upper = name.nfc().flat_map(char::to_uppercase).nfc();
    for letter in upper.take(NAME_CAP_CHARACTERS) {
        out.push((letter, starts));
        starts = is_separator(letter);
    }
    out
}

fn combine(name: &str, choose: impl Fn(&'static [&'static str]) -> Vec<&'static str>) -> BTreeSet<String> {
    let letters = letters(name);
    let mut all = BTreeSet::new();
    for language in CyrillicLanguage::ALL {
        let mut texts = vec![String::new()];
        for (letter, starts) in &letters {
            let Some(variants) = piece(*letter, language, *starts) else { continue };
            let variants = choose(variants);
            let mut longer = Vec::with_capacity(texts.len() * variants.len());
            // The first variant of every text before the second of any: the cap keeps those.
            for variant in &variants {
                for text in texts.iter().take(RENDERINGS_CAP.saturating_sub(longer.len())) {
                    longer.push(format!("{text}{variant}"));
                }
            }
            texts = longer;
        }
        for text in texts {
            let text = single_spaced(&text);
            if all.len() < RENDERINGS_CAP && !text.is_empty() {
                all.insert(text);
            }
        }
    }
    all
}

fn single_spaced(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | ',' | '\u{2010}'..='\u{2015}' | '<' | '/')
}

/// The renderings of one upper case character, the standard's first one first.
fn piece(letter: char, language: CyrillicLanguage, starts: bool) -> Option<&'static [&'static str]> {
    if is_separator(letter) {
        return Some(&[" "]);
    }
    if is_dropped(letter) {
        return Some(&[""]);
    }
    latin(letter).or_else(|| cyrillic(letter, language, starts)).or_else(|| latin_base(letter))
}

/// Apostrophes, full stops, joiners, and the Cyrillic soft sign, which has no rendering.
fn is_dropped(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '.' | '`' | '´' | '"' | '(' | ')' | '\u{02B9}'..='\u{02BF}' | '\u{02C8}' | '\u{2018}'
            ..='\u{201F}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{0300}'..='\u{036F}' | 'Ь' | '·'
    )
}

/// Section 6 A where the rendering is not simply the letter without its mark.
fn latin(letter: char) -> Option<&'static [&'static str]> {
    Some(match letter {
        'Ä' => &["AE", "A"],
        'Å' => &["AA", "A"],
        'Æ' => &["AE"],
        'Ð' | 'Đ' => &["D"],
        'Ħ' => &["H"],
        'ı' => &["I"],
        'Ĳ' => &["IJ"],
        'Ł' | 'Ŀ' => &["L"],
        'Ñ' => &["N", "NXX"],
        'Ŋ' => &["N"],
        'Ö' => &["OE", "O"],
        'Ø' | 'Œ' => &["OE"],
        'Þ' => &["TH"],
        'Ŧ' => &["T"],
        'Ü' => &["UE", "UXX", "U"],
        'ẞ' => &["SS"],
        // Azerbaijani; not in the table, printed so by the issuing state.
        'Ə' => &["A", "E"],
        _ => return None,
    })
}

/// Any Latin letter with marks: the letter alone, as all other rows of section 6 A have it.
fn latin_base(letter: char) -> Option<&'static [&'static str]> {
    const ALONE: [&[&str]; 26] = [
        &["A"],
        &["B"],
        &["C"],
        &["D"],
        &["E"],
        &["F"],
        &["G"],
        &["H"],
        &["I"],
        &["J"],
        &["K"],
        &["L"],
        &["M"],
        &["N"],
        &["O"],
        &["P"],
        &["Q"],
        &["R"],
        &["S"],
        &["T"],
        &["U"],
        &["V"],
        &["W"],
        &["X"],
        &["Y"],
        &["Z"],
    ];
    let base = letter.nfd().next().filter(char::is_ascii_uppercase)?;
    ALONE.get((base as usize) - ('A' as usize)).copied()
}

/// Section 6 B, and letters of Central Asian languages as the states there print them.
fn cyrillic(letter: char, language: CyrillicLanguage, starts: bool) -> Option<&'static [&'static str]> {
    if let Some(own) = cyrillic_of_language(letter, language, starts) {
        return Some(own);
    }
    Some(match letter {
        'А' => &["A"],
        'Б' => &["B"],
        'В' => &["V"],
        'Г' | 'Ґ' | 'Ғ' | 'Ѓ' => &["G"],
        'Д' | 'Ђ' => &["D"],
        'Е' | 'Ё' | 'Э' => &["E"],
        'Ж' => &["ZH"],
        'З' => &["Z"],
        'И' | 'Й' | 'І' | 'Ї' | 'Ӣ' => &["I"],
        'Ј' => &["J"],
        'К' | 'Ќ' => &["K"],
        'Л' => &["L"],
        'Љ' => &["LJ"],
        'М' => &["M"],
        'Н' => &["N"],
        'Њ' => &["NJ"],
        'О' => &["O"],
        'П' => &["P"],
        'Р' => &["R"],
        'С' => &["S"],
        'Т' => &["T"],
        'У' | 'Ў' | 'Ѫ' | 'Ӯ' => &["U"],
        'Ф' => &["F"],
        'Х' => &["KH"],
        'Ц' => &["TS"],
        'Ч' => &["CH"],
        'Ћ' | 'Һ' => &["C"],
        'Ш' => &["SH"],
        'Щ' => &["SHCH"],
        'Ъ' | 'Є' => &["IE"],
        'Ы' | 'Ѵ' => &["Y"],
        'Ю' => &["IU"],
        'Я' => &["IA"],
        'Ѕ' | 'Џ' => &["DZ"],
        // Not in the standard: Kazakh, Kyrgyz, Tajik, Tatar, Uzbek letters.
        'Ә' => &["A", "AE"],
        'Ң' => &["N", "NG"],
        'Ө' => &["O"],
        'Ү' => &["U", "Y"],
        'Ұ' => &["U"],
        'Қ' => &["K", "Q"],
        'Ҳ' => &["H", "KH"],
        'Ҷ' => &["J", "DZH"],
        _ => return None,
    })
}

fn cyrillic_of_language(
    letter: char,
    language: CyrillicLanguage,
    starts: bool,
) -> Option<&'static [&'static str]> {
    use CyrillicLanguage::{Belarusian, Bulgarian, Macedonian, Russian, Serbian, Ukrainian};
    Some(match (language, letter) {
        (Belarusian, 'Ё') => &["IO"],
        (Belarusian | Serbian | Ukrainian, 'Г') => &["H"],
        (Bulgarian, 'Щ') => &["SHT"],
        (Macedonian, 'Ѓ') | (Macedonian, 'Ғ') => &["GJ"],
        (Macedonian, 'Ќ') => &["KJ"],
        (Macedonian, 'Џ') => &["DJ"],
        (Macedonian | Serbian, 'Х') => &["H"],
        (Macedonian | Serbian, 'Ц') => &["C"],
        (Serbian, 'Ж') => &["Z"],
        (Serbian, 'Ч') => &["C"],
        (Serbian, 'Ш') => &["S"],
        (Ukrainian, 'И') => &["Y"],
        (Ukrainian, 'Є') if starts => &["YE"],
        (Ukrainian, 'Ї') if starts => &["YI"],
        (Ukrainian, 'Й') if starts => &["Y"],
        (Ukrainian, 'Ю') if starts => &["YU"],
        (Ukrainian, 'Я') if starts => &["YA"],
        (Russian | Belarusian | Bulgarian | Macedonian | Serbian | Ukrainian, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_in_latin_and_cyrillic() {
        let russian = CyrillicLanguage::Russian;
        for (name, expected) in [
            ("Müller Ðurić", "MUELLER DURIC"),
            ("Łukasz Åsa", "LUKASZ AASA"),
            ("O'Connor", "OCONNOR"),
            ("Smith-Jones", "SMITH JONES"),
            ("Straße", "STRASSE"),
            ("Þórunn Ægisdóttir", "THORUNN AEGISDOTTIR"),
            ("Nguyễn Thị Ánh", "NGUYEN THI ANH"),
            ("Șerban", "SERBAN"),
            ("İbrahim Işık", "IBRAHIM ISIK"),
            ("Калачев", "KALACHEV"),
            ("Щукин Юрий", "SHCHUKIN IURII"),
            ("Өмүрбек", "OMURBEK"),
            ("  van   der  Berg ", "VAN DER BERG"),
        ] {
            assert_eq!(transliterate(name, russian).as_deref(), Ok(expected), "{name}");
        }
        assert_eq!(transliterate("Юрій", CyrillicLanguage::Ukrainian).as_deref(), Ok("YURII"));
        assert_eq!(transliterate("Живков", CyrillicLanguage::Serbian).as_deref(), Ok("ZIVKOV"));
        for (name, position) in [("कालाचेव", 1), ("Иван 3", 6), ("王", 1), ("كالاتشيف", 1)]
        {
            assert_eq!(transliterate(name, russian), Err(TransliterationError { position }), "{name}");
        }
    }

    #[test]
    fn every_legal_rendering_folds_to_a_key_of_the_name() {
        for (name, expected) in [
            ("Müller", vec!["MUELLER", "MULLER", "MUXXLLER"]),
            ("Ñáñez", vec!["NANEZ", "NANXXEZ", "NXXANEZ", "NXXANXXEZ"]),
            ("Åse", vec!["AASE", "ASE"]),
        ] {
            let renderings = renderings(name);
            assert_eq!(renderings.iter().map(String::as_str).collect::<Vec<_>>(), expected);
            assert_eq!(folded_keys(name).len(), 1, "{name}");
        }
        assert!(
            folded_keys("Гончар").is_superset(&["GONCHAR", "HONCHAR", "HONCAR"].map(String::from).into())
        );
        assert!(folded_keys("王小明").is_empty());
    }

    #[test]
    fn the_number_of_renderings_is_capped() {
        assert_eq!(renderings(&"Ü".repeat(3)).len(), 27);
        assert_eq!(renderings(&"Ü".repeat(4)).len(), RENDERINGS_CAP);
        assert_eq!(folded_keys(&"Ü".repeat(10_000)).len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn folding_agrees_for_all_renderings(name in "[A-ZÄÅÆÑÖØÜßÞáéŁЖГХЯ -]{0,9}") {
            let keys = folded_keys(&name);
            for rendering in renderings(&name) {
                prop_assert!(keys.contains(&fold(&rendering)), "{rendering} of {name}: {keys:?}");
            }
        }

        #[test]
        fn folding_is_idempotent(text in "[A-Z< ]{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = (transliterate(&text, CyrillicLanguage::Ukrainian), folded_keys(&text));
        }
    }
}
