//! Makes the two tables on Han characters from the Unihan database: which character stands for which, and how they are
//! read.
//!
//! ```text
//! cargo run --release -p barid-names --example han_data -- --unihan DIR --out crates/names/data
//! ```
//!
//! `DIR` holds `Unihan_Readings.txt`, `Unihan_Variants.txt` and `Unihan_DictionaryLikeData.txt` of the Unicode
//! Character Database. `han_variants.txt` has pairs of characters, the variant and what it is folded to (simplified
//! forms); `han_readings.tsv` has a character, then readings in plain Latin letters with their weights: Mandarin in
//! Pinyin and Wade-Giles, Cantonese as Hong Kong spells it, Japanese on and kun, Korean as Korea and Koreans spell it,
//! Vietnamese.
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

type Fields = BTreeMap<char, BTreeMap<String, String>>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|a| a == name).expect("an option");
        arguments.get(at + 1).expect("every option takes a value").clone()
    };
    let (unihan, out) = (option("--unihan"), option("--out"));
    let mut fields = Fields::new();
    for file in ["Unihan_Readings.txt", "Unihan_Variants.txt", "Unihan_DictionaryLikeData.txt"] {
        read(&fs::read_to_string(format!("{unihan}/{file}")).expect("a Unihan file"), &mut fields);
    }
    let folded = variants(&fields);
    let pairs: String = folded.iter().map(|(from, to)| format!("{from}{to}")).collect();
    fs::write(format!("{out}/han_variants.txt"), pairs + "\n").expect("writing");
    fs::write(format!("{out}/han_readings.tsv"), readings(&fields, &folded)).expect("writing");
}

fn read(text: &str, fields: &mut Fields) {
    for line in text.lines().filter(|line| line.starts_with("U+")) {
        let mut columns = line.split('\t');
        let (Some(code), Some(field), Some(value)) = (columns.next(), columns.next(), columns.next()) else {
            continue;
        };
        if let Some(c) = character(code) {
            fields.entry(c).or_default().insert(field.to_owned(), value.to_owned());
        }
    }
}

fn character(code: &str) -> Option<char> {
    let hexadecimal = code.strip_prefix("U+")?.split('<').next()?;
    char::from_u32(u32::from_str_radix(hexadecimal, 16).ok()?)
}

/// Characters in use in some standard of China, Taiwan, Hong Kong, Japan or Korea.
fn is_core(values: &BTreeMap<String, String>) -> bool {
    values.contains_key("kUnihanCore2020")
}

fn variants(fields: &Fields) -> BTreeMap<char, char> {
    let mut folded = BTreeMap::new();
    for (c, values) in fields {
        let Some(simplified) = values.get("kSimplifiedVariant") else { continue };
        let target = simplified.split(' ').filter_map(character).find(|target| target != c);
        if let Some(target) = target {
            folded.insert(*c, target);
        }
    }
    // A fold of a fold is one fold.
    let direct = folded.clone();
    for target in folded.values_mut() {
        if let Some(further) = direct.get(target) {
            *target = *further;
        }
    }
    folded
}

fn readings(fields: &Fields, folded: &BTreeMap<char, char>) -> String {
    let mut by_character: BTreeMap<char, BTreeMap<String, f32>> = BTreeMap::new();
    for (c, values) in fields.iter().filter(|(_, values)| is_core(values)) {
        let list = by_character.entry(folded.get(c).copied().unwrap_or(*c)).or_default();
        for (reading, weight) in readings_of(values) {
            let known = list.entry(reading).or_default();
            *known = known.max(weight);
        }
    }
    let mut text = String::new();
    for (c, list) in by_character.iter().filter(|(_, list)| !list.is_empty()) {
        text.push(*c);
        for (reading, weight) in list {
            text.push_str(&format!("\t{reading} {weight}"));
        }
        text.push('\n');
    }
    text
}

fn readings_of(values: &BTreeMap<String, String>) -> Vec<(String, f32)> {
    let mut found: Vec<(String, f32)> = Vec::new();
    let words = |field: &str| -> Vec<String> {
        values.get(field).map(|v| v.split(' ').map(str::to_owned).collect()).unwrap_or_default()
    };
    for (rank, pinyin) in words("kMandarin").iter().enumerate() {
        let plain = plain(pinyin);
        let weight = if rank == 0 { 1.0 } else { 0.5 };
        found.push((wade_giles(&plain), 0.35 * weight));
        found.push((plain, weight));
    }
    for (rank, jyutping) in words("kCantonese").iter().take(2).enumerate() {
        let weight = if rank == 0 { 0.3 } else { 0.1 };
        found.extend(hong_kong(&plain(jyutping)).into_iter().map(|r| (r, weight)));
    }
    for on in words("kJapaneseOn").iter().take(3) {
        found.push((plain(on), 0.25));
    }
    for kun in words("kJapaneseKun").iter().take(4).filter(|k| k.len() <= 6) {
        found.push((plain(kun), 0.2));
    }
    for hangul in words("kHangul").iter().take(2) {
        found.extend(hangul.chars().next().into_iter().flat_map(korean));
    }
    for vietnamese in words("kVietnamese").iter().take(1) {
        found.push((plain(vietnamese), 0.1));
    }
    found.retain(|(reading, _)| (1..=6).contains(&reading.len()));
    let mut seen = BTreeSet::new();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.retain(|(reading, _)| seen.insert(reading.clone()));
    found
}

/// Plain lower-case letters without tones and other marks.
fn plain(reading: &str) -> String {
    let text = reading.replace(['ü', 'ǖ', 'ǘ', 'ǚ', 'ǜ'], "u").replace(['đ', 'Đ'], "d");
    any_ascii::any_ascii(&text).to_lowercase().chars().filter(char::is_ascii_lowercase).collect()
}

/// Wade-Giles without marks from Pinyin without tones.
fn wade_giles(pinyin: &str) -> String {
    let whole = match pinyin {
        "zi" => "tzu",
        "ci" => "tzu",
        "si" => "szu",
        "zhi" | "chi" => "chih",
        "shi" => "shih",
        "ri" => "jih",
        "er" => "erh",
        "yi" => "i",
        "you" => "yu",
        "yan" => "yen",
        "ye" => "yeh",
        "yue" => "yueh",
        _ => "",
    };
    if !whole.is_empty() {
        return whole.to_owned();
    }
    let initials = [
        ("zh", "ch"),
        ("ch", "ch"),
        ("sh", "sh"),
        ("b", "p"),
        ("d", "t"),
        ("g", "k"),
        ("j", "ch"),
        ("q", "ch"),
        ("x", "hs"),
        ("z", "ts"),
        ("c", "ts"),
        ("r", "j"),
    ];
    let (initial, rest) = initials
        .iter()
        .find_map(|(from, to)| pinyin.strip_prefix(from).map(|rest| (*to, rest)))
        .unwrap_or(("", pinyin));
    let finals =
        [("iong", "iung"), ("ong", "ung"), ("ian", "ien"), ("ie", "ieh"), ("ue", "ueh"), ("uo", "o")];
    let rest = finals
        .iter()
        .find_map(|(from, to)| rest.strip_suffix(from).map(|before| format!("{before}{to}")))
        .unwrap_or_else(|| rest.to_owned());
    format!("{initial}{rest}")
}

/// The spellings of a Hangul syllable in names: Revised Romanisation first, then as people and the North spell it.
fn korean(syllable: char) -> Vec<(String, f32)> {
    const INITIALS: [&[&str]; 19] = [
        &["g", "k"],
        &["kk"],
        &["n"],
        &["d", "t"],
        &["tt"],
        &["r", "l"],
        &["m"],
        &["b", "p"],
        &["pp"],
        &["s"],
        &["ss"],
        &[""],
        &["j", "ch"],
        &["jj"],
        &["ch"],
        &["k"],
        &["t"],
        &["p"],
        &["h"],
    ];
    const VOWELS: [&[&str]; 21] = [
        &["a", "ah"],
        &["ae", "ai"],
        &["ya"],
        &["yae"],
        &["eo", "u", "o"],
        &["e"],
        &["yeo", "you", "yo", "yu"],
        &["ye"],
        &["o"],
        &["wa"],
        &["wae"],
        &["oe", "oi"],
        &["yo"],
        &["u", "oo", "woo"],
        &["wo"],
        &["we"],
        &["wi"],
        &["yu", "yoo"],
        &["eu", "u"],
        &["ui", "eui"],
        &["i", "ee"],
    ];
    const FINALS: [&str; 28] = [
        "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "p", "l", "l", "p", "l", "m", "p", "p", "t",
        "t", "ng", "t", "t", "k", "t", "p", "t",
    ];
    let Some(number) = (syllable as usize).checked_sub(0xac00).filter(|number| *number < 11_172) else {
        return Vec::new();
    };
    let end = FINALS[number % 28];
    let mut spelt = Vec::new();
    for (i, initial) in INITIALS[number / 588].iter().enumerate() {
        for (v, vowel) in VOWELS[number / 28 % 21].iter().enumerate() {
            if vowel.ends_with('h') && !end.is_empty() {
                continue;
            }
            let weight = if i + v == 0 { 0.2 } else { 0.15 };
            spelt.push((format!("{initial}{vowel}{end}"), weight));
        }
    }
    spelt
}

/// The spellings of Hong Kong's registries from Jyutping without tones.
fn hong_kong(jyutping: &str) -> Vec<String> {
    const INITIALS: [(&str, &[&str]); 9] = [
        ("gw", &["kw"]),
        ("g", &["k"]),
        ("z", &["ch", "ts", "j"]),
        ("c", &["ch", "ts"]),
        ("j", &["y"]),
        ("d", &["t", "d"]),
        ("b", &["p", "b"]),
        ("s", &["s", "sh"]),
        ("", &[""]),
    ];
    const FINALS: [(&str, &[&str]); 13] = [
        ("yun", &["uen", "un"]),
        ("yut", &["uet", "ut"]),
        ("yu", &["u", "ue"]),
        ("oeng", &["eung", "ong"]),
        ("oek", &["euk", "eok"]),
        ("eoi", &["ui", "oi"]),
        ("eon", &["un", "on"]),
        ("eot", &["ut"]),
        ("ou", &["o", "ou"]),
        ("ei", &["ei", "i"]),
        ("i", &["i", "ee"]),
        ("aa", &["a", "ah"]),
        ("oe", &["eu"]),
    ];
    let (initials, rest) = INITIALS
        .iter()
        .find_map(|(from, to)| jyutping.strip_prefix(from).map(|rest| (*to, rest)))
        .unwrap_or((&[""], jyutping));
    let at = FINALS.iter().find_map(|(from, to)| rest.strip_suffix(from).map(|before| (before, *to)));
    let (before, finals): (String, &[&str]) = match at {
        Some((before, finals)) if !before.ends_with(['a', 'e', 'o']) => (before.to_owned(), finals),
        _ => (rest.replace("aa", "a"), &[""]),
    };
    let mut spelt = Vec::new();
    for initial in initials {
        spelt.extend(finals.iter().map(|end| format!("{initial}{before}{end}")));
    }
    spelt
}
