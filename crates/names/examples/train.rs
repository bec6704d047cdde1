//! Learns `data/tables.bin` from published transliterations.
//!
//! ```text
//! cargo run --release -p barid-names --example train -- --tokens train_tokens.tsv [--people dev_people.jsonl]
//!     [--hold-out K/N] --out crates/names/data/tables.bin
//! ```
//!
//! `--tokens`: lines "language TAB Latin token TAB native token TAB count". `--people`: JSON lines with `en`,
//! `names` (language to list of names), `latin_aliases`, `gid`. `--hold-out K/N` leaves out the people whose
//! FNV-1a hash of `gid` modulo N is K, for cross-validation. Nothing is random: the same files give the same bytes.
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods, clippy::type_complexity)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::hash::BuildHasherDefault;

use barid_names::background::{LetterModel, latin_key, symbol};
use barid_names::channel::{Channel, Correspondence, ErrorCosts, ScoringBuffers, pack_latin};
use barid_names::decode::spellings_by;
use barid_names::hashing::IntegerHasher;
use barid_names::letters::{fold_latin, fold_native, latin_letters};
use barid_names::name::words_of;
use barid_names::script::Script;
use unicode_normalization::UnicodeNormalization;

use barid_names::tables::{AttestedPair, StoredModel, TableContents};

/// One aligned pair of tokens with a weight.
#[derive(Clone)]
struct Pair {
    latin: Vec<u8>,
    native: Vec<char>,
    weight: f32,
    /// How often it was seen.
    count: f32,
    /// The language it is written in, as two letters of its code; 0: none in particular.
    language: u16,
}

impl Pair {
    /// Whether it is a rule or the reading of a single character, which is no observation: nothing to doubt in it.
    fn is_given(&self) -> bool {
        self.count == 0.0 && self.native.len() == 1
    }
}

/// The number of a language: the first two letters of its code.
fn language_number(language: &str) -> u16 {
    language.bytes().take(2).fold(0, |number, letter| number << 8 | u16::from(letter))
}

type Pairs = BTreeMap<u8, Vec<Pair>>;
/// Fixed hashing, so that sums are added in the same order in every run.
type FixedMap<K, V> = HashMap<K, V, BuildHasherDefault<IntegerHasher>>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut tokens, mut people, mut out, mut held) = (None, None, None, None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().expect("every option takes a value");
        match name.as_str() {
            "--tokens" => tokens = Some(value),
            "--people" => people = Some(value),
            "--out" => out = Some(value),
            "--hold-out" => {
                let (k, n) = value.split_once('/').expect("K/N");
                held = Some((k.parse::<u64>().expect("K"), n.parse::<u64>().expect("N")));
            }
            _ => panic!("unknown option {name}"),
        }
    }
    let tokens = fs::read_to_string(tokens.expect("--tokens")).expect("token file");
    let people = people.map(|path| fs::read_to_string(path).expect("people file")).unwrap_or_default();
    let contents = learn(&tokens, &people, held);
    let bytes = contents.encode();
    println!("{} bytes", bytes.len());
    fs::write(out.expect("--out"), bytes).expect("writing the tables");
}

fn learn(tokens: &str, people: &str, held: Option<(u64, u64)>) -> TableContents {
    let mut pairs = Pairs::new();
    let mut latin_counts: BTreeMap<Vec<u8>, f32> = BTreeMap::new();
    read_tokens(tokens, &mut pairs, &mut latin_counts);
    read_people(people, held, &mut pairs, &mut latin_counts);
    let spellings = spelling_pairs(&pairs);
    let romanised = romanised_pairs(&pairs);
    pairs.entry(Script::Latin as u8).or_default().extend(spellings.into_iter().chain(romanised));
    share_between_indic(&mut pairs);
    add_rules(include_str!("../data/rules.tsv"), &mut pairs);
    add_plain_letters(&mut pairs);
    add_han_readings(include_str!("../data/han_readings.tsv"), &mut pairs);
    add_southern_spellings(include_str!("../data/han_southern.tsv"), &mut pairs);
    align_people(people, held, &mut pairs);
    let korean = korean_pairs(&pairs);
    pairs.entry(Script::Hangul as u8).or_default().extend(korean);
    add_family_names(include_str!("../data/family_names.tsv"), &mut pairs);
    spelt_like_russian(&mut pairs);
    plain_romanisations(&mut pairs);
    if let Some(list) = pairs.get_mut(&(Script::Arabic as u8)) {
        let_languages_be_heard(list);
    }
    let mut contents = TableContents::default();
    let words =
        latin_counts.iter().map(|(l, c)| (l.iter().map(|n| u16::from(*n) + 96).collect(), c.min(20.0)));
    contents.models.push((Script::Latin, letter_model(Script::Latin, words)));
    let speaking = |number: &u8| SPEAKING.iter().any(|script| *script as u8 == *number);
    for (number, list) in pairs.iter().filter(|(number, _)| speaking(number)) {
        learn_script(*number, list, &mut contents);
    }
    let sounds = sounds(&pairs, &contents);
    spell_by_sound(&mut pairs, &sounds);
    for (number, list) in pairs.iter().filter(|(number, _)| !speaking(number)) {
        learn_script(*number, list, &mut contents);
    }
    contents.frequent = frequent_parts(&latin_counts);
    contents.attested = attested_pairs(&pairs);
    contents.attested.push((Script::Other, sounds));
    contents
}

/// Learns the table of a script, and its letter model unless it is Latin.
fn learn_script(number: u8, list: &[Pair], contents: &mut TableContents) {
    let script = Script::from_number(number).expect("own numbers");
    let entries = expectation_maximisation(script, list, ROUNDS);
    println!("{:<11} {:>7} pairs {:>6} entries", script.code(), list.len(), entries.len());
    contents.channels.push((script, entries));
    if script != Script::Latin {
        let words = list
            .iter()
            .filter(|p| p.count > 0.0)
            .map(|p| (p.native.iter().map(|c| symbol(*c)).collect(), p.weight));
        contents.models.push((script, letter_model(script, words)));
    }
}

/// The share of an observation that goes to the sound of a Latin part where the script has few observations.
const BY_SOUND: f32 = 0.6;

/// Lets scripts with few observations learn from how names sound: Campbell's letters tell them nothing.
fn spell_by_sound(pairs: &mut Pairs, sounds: &[AttestedPair]) {
    let sound_of: BTreeMap<Vec<u8>, &[u8]> = sounds
        .iter()
        .map(|sound| (sound.native.iter().map(|s| (s - 96) as u8).collect(), sound.latin.as_slice()))
        .collect();
    let learnt = [Script::Latin, Script::Han, Script::Other];
    for (number, list) in pairs.iter_mut() {
        if learnt.iter().chain(&SPEAKING).any(|script| *script as u8 == *number) {
            continue;
        }
        let mut spoken = Vec::new();
        for pair in list.iter_mut().filter(|pair| !pair.is_given()) {
            if let Some(sound) = sound_of.get(&pair.latin) {
                spoken.push(Pair {
                    latin: sound.to_vec(),
                    count: 0.0,
                    weight: BY_SOUND * pair.weight,
                    ..pair.clone()
                });
                pair.weight *= 1.0 - BY_SOUND;
            }
        }
        list.extend(spoken);
    }
}

/// The share of a script's observations that each of its languages has at least, and the most that an observation is
/// multiplied for it.
const HEARD: f32 = 0.1;
const MOST_MULTIPLIED: f32 = 8.0;

/// Persian and Urdu spell with Arabic's letters, but not as Arabic does; they have a hundredth of its observations.
fn let_languages_be_heard(list: &mut [Pair]) {
    let mut of_language: BTreeMap<u16, f32> = BTreeMap::new();
    for pair in list.iter().filter(|pair| pair.count > 0.0) {
        *of_language.entry(pair.language).or_default() += pair.weight;
    }
    let total: f32 = of_language.values().sum();
    for pair in list.iter_mut().filter(|pair| pair.count > 0.0 && pair.language != 0) {
        pair.weight *= (HEARD * total / of_language[&pair.language]).clamp(1.0, MOST_MULTIPLIED);
    }
}

fn script_of_language(language: &str) -> Option<Script> {
    Some(match language {
        "ru" | "uk" | "bg" | "be" | "sr" | "mk" | "mn" | "kk" | "ky" | "tg" => Script::Cyrillic,
        "ar" | "fa" | "ur" | "ps" | "arz" | "ckb" => Script::Arabic,
        "he" => Script::Hebrew,
        "ko" => Script::Hangul,
        "zh" => Script::Han,
        "ja" => Script::Kana,
        "el" => Script::Greek,
        "mr" | "hi" | "ne" => Script::Devanagari,
        "bn" => Script::Bengali,
        "pa" => Script::Gurmukhi,
        "gu" => Script::Gujarati,
        "ta" => Script::Tamil,
        "te" => Script::Telugu,
        "kn" => Script::Kannada,
        "ml" => Script::Malayalam,
        "si" => Script::Sinhala,
        "th" => Script::Thai,
        "lo" => Script::Lao,
        "my" => Script::Burmese,
        "km" => Script::Khmer,
        "ka" => Script::Georgian,
        "hy" => Script::Armenian,
        "am" | "ti" => Script::Ethiopic,
        "or" => Script::Odia,
        "dv" => Script::Thaana,
        "bo" | "dz" => Script::Tibetan,
        _ => return None,
    })
}

fn read_tokens(tokens: &str, pairs: &mut Pairs, counts: &mut BTreeMap<Vec<u8>, f32>) {
    for line in tokens.lines() {
        let mut fields = line.split('\t');
        let (Some(language), Some(latin), Some(native), Some(count)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let (Some(script), Ok(count)) = (script_of_language(language), count.trim().parse::<f32>()) else {
            continue;
        };
        let latin = fold_latin(latin).0;
        let pair = Pair {
            latin: latin.clone(),
            native: Vec::new(),
            weight: count.sqrt().min(8.0),
            count,
            language: language_number(language),
        };
        add_pair(pairs, script, pair, native);
        if !latin.is_empty() {
            *counts.entry(latin).or_default() += count;
        }
    }
}

/// Adds a pair whose native letters are still to be folded.
fn add_pair(pairs: &mut Pairs, script: Script, mut pair: Pair, native: &str) {
    pair.native = match words_of(native).as_slice() {
        [(word, found)] if *found == script => fold_native(word, script),
        [(_, a), (word, b)] if *a == Script::Arabic && *b == Script::Arabic && pair.latin.len() > 4 => {
            // The article was cut off: the pair still holds without it if the Latin side has it too.
            let without = pair.latin.strip_prefix(&[1u8, 12][..]).or(pair.latin.strip_prefix(&[5u8, 12][..]));
            let Some(rest) = without else { return };
            pair.latin = rest.to_vec();
            fold_native(word, script)
        }
        [(a, first), (b, second)] if first == second && *first == script => {
            fold_native(&format!("{a}{b}"), script)
        }
        _ => return,
    };
    push(pairs, script, pair);
}

fn push(pairs: &mut Pairs, script: Script, pair: Pair) {
    let fits = (1..=20).contains(&pair.latin.len()) && (1..=24).contains(&pair.native.len());
    if fits {
        pairs.entry(script as u8).or_default().push(pair);
    }
}

fn read_people(
    people: &str,
    held: Option<(u64, u64)>,
    pairs: &mut Pairs,
    counts: &mut BTreeMap<Vec<u8>, f32>,
) {
    for line in people.lines() {
        let person: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        let gid = person["gid"].as_str().unwrap_or_default();
        let hash = latin_key(gid.as_bytes());
        if held.is_some_and(|(k, n)| hash % n == k) {
            continue;
        }
        let english = plain_words(person["en"].as_str().unwrap_or_default());
        for word in &english {
            *counts.entry(word.clone()).or_default() += 1.0;
        }
        for alias in person["latin_aliases"].as_array().into_iter().flatten().filter_map(|a| a.as_str()) {
            pair_latin(&english, &plain_words(alias), pairs);
        }
        for (language, names) in person["names"].as_object().into_iter().flatten() {
            let Some(script) = script_of_language(language) else { continue };
            for name in names.as_array().into_iter().flatten().filter_map(|n| n.as_str()) {
                pair_native(&english, name, script, language_number(language), pairs);
            }
        }
    }
}

fn plain_words(name: &str) -> Vec<Vec<u8>> {
    words_of(name).iter().filter(|(_, s)| *s == Script::Latin).map(|(w, _)| fold_latin(w).0).collect()
}

fn pair_latin(english: &[Vec<u8>], alias: &[Vec<u8>], pairs: &mut Pairs) {
    if english.len() != alias.len() {
        return;
    }
    for (a, b) in english.iter().zip(alias) {
        if a != b && similar(a, b) {
            for (latin, other) in [(a, b), (b, a)] {
                let native = other.iter().map(|n| char::from(n + 96)).collect();
                push(
                    pairs,
                    Script::Latin,
                    Pair { latin: latin.clone(), native, weight: 1.0, count: 1.0, language: 0 },
                );
            }
        }
    }
}

fn pair_native(english: &[Vec<u8>], name: &str, script: Script, language: u16, pairs: &mut Pairs) {
    let turned: String = match name.split_once(',') {
        Some((family, given)) => format!("{} {}", given.trim(), family.trim()),
        None => name.to_owned(),
    };
    let words = words_of(&turned);
    if words.len() != english.len() || words.iter().any(|(_, s)| *s != script && script != Script::Other) {
        return;
    }
    for ((word, found), latin) in words.iter().zip(english) {
        let script = if script == Script::Other { Script::Other } else { *found };
        push(
            pairs,
            script,
            Pair {
                latin: latin.clone(),
                native: fold_native(word, script),
                weight: 1.5,
                count: 1.0,
                language,
            },
        );
    }
}

/// Edit distance at most 40 % of the longer word, and the same first letter or a short distance.
fn similar(a: &[u8], b: &[u8]) -> bool {
    let distance = edit_distance(a, b);
    distance * 5 <= a.len().max(b.len()) * 2
}

fn edit_distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

/// Two Latin spellings of one native token are spellings of one name: learn how they vary.
fn spelling_pairs(pairs: &Pairs) -> Vec<Pair> {
    let mut found = Vec::new();
    for (number, list) in pairs {
        if *number == Script::Han as u8 {
            continue;
        }
        let mut by_native: BTreeMap<&[char], Vec<&Pair>> = BTreeMap::new();
        for pair in list {
            by_native.entry(&pair.native).or_default().push(pair);
        }
        for group in by_native.values().filter(|g| g.len() > 1 && g[0].native.len() > 2) {
            for a in group.iter().take(8) {
                for b in group.iter().take(8) {
                    if a.latin != b.latin && similar(&a.latin, &b.latin) {
                        let native = b.latin.iter().map(|n| char::from(n + 96)).collect();
                        found.push(Pair {
                            latin: a.latin.clone(),
                            native,
                            weight: 1.0 / group.len() as f32,
                            count: 0.0,
                            language: 0,
                        });
                    }
                }
            }
        }
    }
    // Most writers spell a name one way: identity, in proportion.
    let mut seen = std::collections::BTreeSet::new();
    for pair in pairs.values().flatten() {
        if seen.insert(pair.latin.clone()) {
            let native = pair.latin.iter().map(|n| char::from(n + 96)).collect();
            found.push(Pair { latin: pair.latin.clone(), native, weight: 0.35, count: 0.0, language: 0 });
        }
    }
    found
}

/// Ways of writing Russian letters in Latin: BGN/PCGN, scientific (ISO 9 without marks), French, German, ICAO Doc 9303,
/// Polish. Letters not named are written as in the first.
const ROMANISATIONS: [&[(char, &str)]; 6] = [
    &[
        ('а', "a"),
        ('б', "b"),
        ('в', "v"),
        ('г', "g"),
        ('д', "d"),
        ('е', "e"),
        ('ж', "zh"),
        ('з', "z"),
        ('и', "i"),
        ('й', "y"),
        ('к', "k"),
        ('л', "l"),
        ('м', "m"),
        ('н', "n"),
        ('о', "o"),
        ('п', "p"),
        ('р', "r"),
        ('с', "s"),
        ('т', "t"),
        ('у', "u"),
        ('ф', "f"),
        ('х', "kh"),
        ('ц', "ts"),
        ('ч', "ch"),
        ('ш', "sh"),
        ('щ', "shch"),
        ('ъ', ""),
        ('ы', "y"),
        ('ь', ""),
        ('э', "e"),
        ('ю', "yu"),
        ('я', "ya"),
    ],
    &[
        ('ж', "z"),
        ('й', "j"),
        ('х', "x"),
        ('ц', "c"),
        ('ч', "c"),
        ('ш', "s"),
        ('щ', "sc"),
        ('ю', "ju"),
        ('я', "ja"),
    ],
    &[
        ('ж', "j"),
        ('у', "ou"),
        ('ч', "tch"),
        ('ш', "ch"),
        ('щ', "chtch"),
        ('ю', "iou"),
        ('я', "ia"),
        ('й', "i"),
    ],
    &[
        ('в', "w"),
        ('ж', "sch"),
        ('з', "s"),
        ('й', "i"),
        ('х', "ch"),
        ('ц', "z"),
        ('ч', "tsch"),
        ('ш', "sch"),
        ('щ', "schtsch"),
        ('ю', "ju"),
        ('я', "ja"),
    ],
    &[('й', "i"), ('ъ', "ie"), ('ю', "iu"), ('я', "ia")],
    &[
        ('в', "w"),
        ('ж', "z"),
        ('й', "j"),
        ('х', "ch"),
        ('ц', "c"),
        ('ч', "cz"),
        ('ш', "sz"),
        ('щ', "szcz"),
        ('ю', "ju"),
        ('я', "ja"),
    ],
];
const ROMANISED_WEIGHT: f32 = 0.12;

/// Names that went through Russian letters and came back in one of the usual ways.
fn romanised_pairs(pairs: &Pairs) -> Vec<Pair> {
    let mut found = Vec::new();
    for pair in pairs.get(&(Script::Cyrillic as u8)).into_iter().flatten() {
        for letters in ROMANISATIONS {
            let spelt = |c: &char| {
                let own = letters.iter().find(|(from, _)| from == c);
                own.or_else(|| ROMANISATIONS[0].iter().find(|(from, _)| from == c)).map(|(_, to)| *to)
            };
            let Some(text) = pair.native.iter().map(spelt).collect::<Option<String>>() else { continue };
            let native: Vec<char> = text.chars().collect();
            let plain: Vec<u8> = latin_letters(&text);
            if plain != pair.latin {
                let weight = ROMANISED_WEIGHT * pair.weight;
                found.push(Pair { latin: pair.latin.clone(), native, weight, count: 0.0, language: 0 });
            }
        }
    }
    found
}

/// Ways of writing Korean syllables in Latin: the Revised Romanisation, McCune-Reischauer without marks, that of the
/// North, and what passports have; each with its initial letters, vowels and finals where they differ from the first.
struct KoreanRomanisation {
    initials: [&'static str; 19],
    vowels: &'static [(usize, &'static str)],
}
const KOREAN_VOWELS: [&str; 21] = [
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi",
    "yu", "eu", "ui", "i",
];
const KOREAN_FINALS: [&str; 28] = [
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "p", "l", "l", "p", "l", "m", "p", "p", "t", "t",
    "ng", "t", "t", "k", "t", "p", "",
];
const KOREAN_ROMANISATIONS: [KoreanRomanisation; 4] = [
    KoreanRomanisation {
        initials: [
            "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p",
            "h",
        ],
        vowels: &[],
    },
    KoreanRomanisation {
        initials: [
            "k", "kk", "n", "t", "tt", "r", "m", "p", "pp", "s", "ss", "", "ch", "tch", "ch", "k", "t", "p",
            "h",
        ],
        vowels: &[(4, "o"), (6, "yo"), (18, "u")],
    },
    KoreanRomanisation {
        initials: [
            "k", "kk", "n", "t", "tt", "r", "m", "p", "pp", "s", "ss", "", "j", "jj", "ch", "kh", "th", "ph",
            "h",
        ],
        vowels: &[(4, "o"), (6, "yo"), (18, "u")],
    },
    KoreanRomanisation {
        initials: [
            "k", "kk", "n", "d", "tt", "l", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p",
            "h",
        ],
        vowels: &[(4, "u"), (6, "you"), (13, "oo"), (17, "yoo"), (18, "eu"), (19, "ee")],
    },
];
/// What a romanisation counts of the pair it was made from.
const KOREAN_WEIGHT: f32 = 0.3;

/// Names of one or two Korean syllables in the four ways of writing them, where the observed spelling is near to one.
fn korean_pairs(pairs: &Pairs) -> Vec<Pair> {
    let mut found = Vec::new();
    for pair in pairs.get(&(Script::Hangul as u8)).into_iter().flatten().filter(|pair| pair.count > 0.0) {
        let text: String = pair.native.iter().collect();
        let syllables: Vec<usize> = text.nfc().map(|c| (c as usize).wrapping_sub(0xAC00)).collect();
        if syllables.len() > 2 || syllables.iter().any(|syllable| *syllable >= 11_172) {
            continue;
        }
        let spelt: Vec<Vec<u8>> = KOREAN_ROMANISATIONS
            .iter()
            .map(|ways| {
                let letters: String =
                    syllables.iter().map(|syllable| romanised_syllable(*syllable, ways)).collect();
                latin_letters(&letters)
            })
            .collect();
        if spelt.iter().any(|letters| similar(letters, &pair.latin)) {
            for latin in spelt.into_iter().filter(|letters| *letters != pair.latin) {
                let weight = KOREAN_WEIGHT * pair.weight;
                found.push(Pair { latin, native: pair.native.clone(), weight, count: 0.0, language: 0 });
            }
        }
    }
    found
}

fn romanised_syllable(syllable: usize, ways: &KoreanRomanisation) -> String {
    let (initial, vowel, last) = (syllable / 588, syllable % 588 / 28, syllable % 28);
    let other = ways.vowels.iter().find(|(number, _)| *number == vowel);
    let vowel = other.map_or(KOREAN_VOWELS[vowel], |(_, spelling)| spelling);
    format!("{}{vowel}{}", ways.initials[initial], KOREAN_FINALS[last])
}

/// What a Russian observation counts in those scripts.
const LIKE_RUSSIAN_WEIGHT: f32 = 0.05;

/// Foreign names as scripts with few observations would write them, from the Russian spelling.
fn spelt_like_russian(pairs: &mut Pairs) {
    let rows: [(Script, [&str; 32], Option<char>); 2] = [
        (
            Script::Georgian,
            [
                "ა", "ბ", "ვ", "გ", "დ", "ე", "ჟ", "ზ", "ი", "ი", "კ", "ლ", "მ", "ნ", "ო", "პ", "რ", "ს",
                "ტ", "უ", "ფ", "ხ", "ც", "ჩ", "შ", "შჩ", "", "ი", "", "ე", "იუ", "ია",
            ],
            Some('ი'),
        ),
        (
            Script::Armenian,
            [
                "ա", "բ", "վ", "գ", "դ", "ե", "ժ", "զ", "ի", "յ", "կ", "լ", "մ", "ն", "ո", "պ", "ր", "ս",
                "տ", "ու", "ֆ", "խ", "ց", "չ", "շ", "շչ", "", "ի", "", "է", "յու", "յա",
            ],
            None,
        ),
    ];
    for (script, letters, ending) in rows {
        let mut found = Vec::new();
        for pair in &pairs[&(Script::Cyrillic as u8)] {
            if pair.count < 3.0 {
                continue;
            }
            let number = |c: &char| (*c as usize).checked_sub(0x430).filter(|number| *number < 32);
            let Some(native) =
                pair.native.iter().map(|c| number(c).map(|n| letters[n])).collect::<Option<String>>()
            else {
                continue;
            };
            let weight = LIKE_RUSSIAN_WEIGHT * pair.weight;
            let native: Vec<char> = native.chars().collect();
            let consonant = native.last().is_some_and(|c| !"აეიოუ".contains(*c));
            if let Some(ending) = ending.filter(|_| consonant) {
                // A family name takes the ending of its case.
                let native = native.iter().copied().chain([ending]).collect();
                let latin = pair.latin.clone();
                found.push((Pair { latin, native, weight: weight / 2.0, count: 0.0, language: 0 }, script));
            }
            found.push((Pair { latin: pair.latin.clone(), native, weight, count: 0.0, language: 0 }, script));
        }
        found.into_iter().for_each(|(pair, script)| push(pairs, script, pair));
    }
}

/// Devanagari letters and the Sinhala ones that stand for the same.
const SINHALA: &str =
    "කकඛखගगඝघචचඡछජजඣझඤञටटඨठඩडඪढණणතतථथදदධधනनපपෆफබबභभමमයयරरලलවवශशෂषසसහहළळඅअආआඉइඊईඋउඌऊඒएඕओඓऐඖऔාािිීීුුූूේेෛैෝोෞौංंැॅ";

/// Scripts of India with their blocks, which run in parallel from these first code points on.
const INDIC: [(Script, u32); 9] = [
    (Script::Devanagari, 0x900),
    (Script::Bengali, 0x980),
    (Script::Gurmukhi, 0xA00),
    (Script::Gujarati, 0xA80),
    (Script::Odia, 0xB00),
    (Script::Tamil, 0xB80),
    (Script::Telugu, 0xC00),
    (Script::Kannada, 0xC80),
    (Script::Malayalam, 0xD00),
];

/// What Devanagari and Bengali have learnt helps each other and the scripts of their family.
fn share_between_indic(pairs: &mut Pairs) {
    let mut shared: Vec<(Script, Vec<Pair>)> = Vec::new();
    for (from, from_block) in &INDIC[..2] {
        let seen: Vec<Pair> = pairs
            .get(&(*from as u8))
            .into_iter()
            .flatten()
            .filter(|pair| pair.count > 0.0)
            .cloned()
            .collect();
        for (to, to_block) in INDIC.iter().filter(|(to, _)| to != from) {
            let moved = |pair: &Pair| Pair {
                latin: pair.latin.clone(),
                native: pair
                    .native
                    .iter()
                    .map(|c| moved_between_blocks(*c, *from_block, *to, *to_block))
                    .collect(),
                weight: pair.weight * 0.3,
                count: 0.0,
                language: 0,
            };
            shared.push((*to, seen.iter().map(moved).collect()));
        }
    }
    let letters: Vec<char> = SINHALA.chars().collect();
    let sinhala: BTreeMap<char, char> = letters.chunks_exact(2).map(|pair| (pair[1], pair[0])).collect();
    for pair in pairs.get(&(Script::Devanagari as u8)).into_iter().flatten().filter(|pair| pair.count > 0.0) {
        if let Some(native) =
            pair.native.iter().map(|c| sinhala.get(c).copied()).collect::<Option<Vec<char>>>()
        {
            let weight = pair.weight * 0.3;
            let pair = Pair { latin: pair.latin.clone(), native, weight, count: 0.0, language: 0 };
            shared.push((Script::Sinhala, vec![pair]));
        }
    }
    for (script, list) in shared {
        pairs.entry(script as u8).or_default().extend(list);
    }
}

fn moved_between_blocks(c: char, from: u32, script: Script, to: u32) -> char {
    let moved = char::from_u32((c as u32).wrapping_sub(from).wrapping_add(to)).unwrap_or(c);
    match (script, moved) {
        // Bengali has no letter for v; Tamil writes a whole series of stops with one letter.
        (Script::Bengali, '\u{9b5}') => 'ভ',
        (Script::Bengali, '\u{9b3}') => 'ল',
        (Script::Tamil, '\u{b96}'..='\u{b98}') => 'க',
        (Script::Tamil, '\u{b9b}' | '\u{b9d}') => 'ச',
        (Script::Tamil, '\u{ba0}'..='\u{ba2}') => 'ட',
        (Script::Tamil, '\u{ba5}'..='\u{ba7}') => 'த',
        (Script::Tamil, '\u{bab}'..='\u{bad}') => 'ப',
        _ => moved,
    }
}

/// Blocks of scripts with few pairs or none: their letters are given the plain romanisation of each as a rule.
const PLAIN_BLOCKS: &[(Script, u32, u32)] = &[
    (Script::Devanagari, 0x904, 0x963),
    (Script::Bengali, 0x985, 0x9E3),
    (Script::Gurmukhi, 0xA05, 0xA71),
    (Script::Gujarati, 0xA85, 0xAE3),
    (Script::Tamil, 0xB83, 0xBCD),
    (Script::Telugu, 0xC05, 0xC63),
    (Script::Kannada, 0xC85, 0xCE3),
    (Script::Malayalam, 0xD05, 0xD7F),
    (Script::Sinhala, 0xD85, 0xDDF),
    (Script::Thai, 0xE01, 0xE46),
    (Script::Lao, 0xE81, 0xEDF),
    (Script::Burmese, 0x1000, 0x104F),
    (Script::Khmer, 0x1780, 0x17D2),
    (Script::Georgian, 0x10D0, 0x10FA),
    (Script::Armenian, 0x561, 0x587),
    (Script::Ethiopic, 0x1200, 0x135A),
    (Script::Odia, 0xB05, 0xB71),
    (Script::Thaana, 0x780, 0x7B1),
    (Script::Cyrillic, 0x430, 0x4FF),
    (Script::Greek, 0x3B1, 0x3C9),
];

/// How often the usual spellings of family names count as seen, and what each weighs.
const FAMILY_NAME_SEEN: f32 = 3.0;

/// Usual spellings of family names, as if seen a few times.
fn add_family_names(lines: &str, pairs: &mut Pairs) {
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [script, native, spellings] = fields.as_slice() else { panic!("not understood: {line}") };
        let script =
            barid_names::script::ALL_SCRIPTS.into_iter().find(|s| s.code() == *script).expect("a script");
        let language = language_number(if script == Script::Hangul { "ko" } else { "zh" });
        for spelling in spellings.split(' ') {
            let (latin, native) = (latin_letters(spelling), fold_native(native, script));
            push(pairs, script, Pair { latin, native, weight: 1.0, count: FAMILY_NAME_SEEN, language });
        }
    }
}

fn add_plain_letters(pairs: &mut Pairs) {
    for (script, first, last) in PLAIN_BLOCKS {
        for c in (*first..=*last).filter_map(char::from_u32).filter(|c| Script::of(*c) == Some(*script)) {
            let native = fold_native(&c.to_string(), *script);
            let latin = latin_letters(&any_ascii::any_ascii_char(c).to_lowercase());
            if native.len() == 1 && (1..=4).contains(&latin.len()) {
                push(pairs, *script, Pair { latin, native, weight: 2.0, count: 0.0, language: 0 });
            }
        }
    }
}

fn add_rules(rules: &str, pairs: &mut Pairs) {
    for line in rules.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [script, native, spellings] = fields.as_slice() else { panic!("rule not understood: {line}") };
        let script =
            barid_names::script::ALL_SCRIPTS.into_iter().find(|s| s.code() == *script).expect("a script");
        // Rules of Tibetan are of the letters that are heard: folding makes them of whole syllables.
        let heard = script == Script::Tibetan;
        let native = if heard { native.chars().collect() } else { fold_native(native, script) };
        for (rank, spelling) in spellings.split(' ').enumerate() {
            let weight = if rank == 0 { 3.0 } else { 1.0 };
            push(
                pairs,
                script,
                Pair {
                    latin: latin_letters(spelling),
                    native: native.clone(),
                    weight,
                    count: 0.0,
                    language: 0,
                },
            );
        }
    }
}

/// Readings of single Han characters, each as a fraction of an observed pair.
fn add_han_readings(readings: &str, pairs: &mut Pairs) {
    for line in readings.lines() {
        let mut fields = line.split('\t');
        let Some(c) = fields.next().and_then(|f| f.chars().next()) else { continue };
        for field in fields {
            let (reading, weight) = field.split_once(' ').expect("a reading and its weight");
            let weight: f32 = weight.parse().expect("a weight");
            let latin = latin_letters(reading);
            let weight = READING_WEIGHT * weight;
            push(pairs, Script::Han, Pair { latin, native: vec![c], weight, count: 0.0, language: 0 });
        }
    }
}

/// How families from the south of China spell given names.
fn add_southern_spellings(lines: &str, pairs: &mut Pairs) {
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let (native, spellings) = line.split_once('\t').expect("a character and its spellings");
        for spelling in spellings.split(' ') {
            let (latin, native) = (latin_letters(spelling), native.chars().collect());
            let weight = READING_WEIGHT * SOUTHERN;
            push(pairs, Script::Han, Pair { latin, native, weight, count: 0.0, language: 0 });
        }
    }
}

const READING_WEIGHT: f32 = 1.5;
/// The weight of a southern spelling beside that of the Mandarin reading.
const SOUTHERN: f32 = 0.3;
/// Observations that a character borrows from those read like it.
const POOLED: f32 = 5.0;

/// Characters that are read alike write the same syllables: each borrows from all of its reading.
fn pool_by_reading(counts: &mut FixedMap<Key, f32>) {
    let reading_of = pinyin_readings();
    let mut by_reading: BTreeMap<(&str, u32), f32> = BTreeMap::new();
    let mut totals: BTreeMap<&str, f32> = BTreeMap::new();
    for ((native, latin), count) in counts.iter() {
        let reading = char::from_u32(*native as u32).and_then(|c| reading_of.get(&c).copied());
        if let Some(reading) = reading {
            *by_reading.entry((reading, *latin)).or_default() += count;
            *totals.entry(reading).or_default() += count;
        }
    }
    let mut by_character: BTreeMap<&str, Vec<(u32, f32)>> = BTreeMap::new();
    for ((reading, latin), count) in &by_reading {
        if *count >= 1.0 {
            by_character.entry(reading).or_default().push((*latin, count / totals[reading]));
        }
    }
    let mut seen: BTreeMap<char, f32> = BTreeMap::new();
    for ((native, _), count) in counts.iter() {
        if let Some(c) = char::from_u32(*native as u32) {
            *seen.entry(c).or_default() += count;
        }
    }
    for (c, count) in seen {
        // Characters that only readings attest are not used to spell foreign names.
        if count < 1.0 {
            continue;
        }
        for (latin, share) in reading_of.get(&c).and_then(|r| by_character.get(*r)).into_iter().flatten() {
            *counts.entry((u64::from(c as u32), *latin)).or_default() += POOLED * share;
        }
    }
}

/// Characters that spell foreign syllables were seen at least this often.
const SPELLING_CHARACTER: f32 = 4.0;
/// Runs of Latin letters that were seen at least this often as a syllable.
const SYLLABLE: f32 = 1.5;
/// Log probability that a character is chosen by its reading alone, and the least that an entry so found may have.
const BY_READING: f32 = -1.0;
const LEAST_BY_READING: f32 = -7.0;

/// Lets every character that spells foreign names stand for syllables that it was not seen for, by how its reading
/// sounds: a table from Latin syllables to Pinyin is learnt from what was seen.
fn add_near_readings(counts: &FixedMap<Key, f32>, entries: &mut Vec<Correspondence>) {
    let reading_of = pinyin_readings();
    let mut of_pair: BTreeMap<(&str, u32), f32> = BTreeMap::new();
    let mut of_character: BTreeMap<char, f32> = BTreeMap::new();
    let mut of_reading: BTreeMap<&str, f32> = BTreeMap::new();
    let mut of_syllable: BTreeMap<u32, f32> = BTreeMap::new();
    let mut sorted: Vec<(&Key, &f32)> = counts.iter().collect();
    sorted.sort_by_key(|(key, _)| **key);
    for ((native, latin), count) in sorted {
        let Some(c) = char::from_u32(*native as u32) else { continue };
        let Some(reading) = reading_of.get(&c) else { continue };
        *of_pair.entry((reading, *latin)).or_default() += count;
        *of_character.entry(c).or_default() += count;
        *of_reading.entry(reading).or_default() += count;
        *of_syllable.entry(*latin).or_default() += count;
    }
    let pairs: Vec<Pair> = of_pair
        .iter()
        .filter(|((_, latin), count)| **count >= 1.0 && *latin != 0)
        .map(|((reading, latin), count)| Pair {
            latin: barid_names::channel::unpack_latin(*latin).collect(),
            native: reading.chars().collect(),
            weight: *count,
            count: *count,
            language: 0,
        })
        .collect();
    let channel = Channel::new(expectation_maximisation(Script::Other, &pairs, 6));
    let errors =
        ErrorCosts { substitution: 9.0, deletion: 5.0, insertion: 9.0, transposition: f32::INFINITY };
    let mut buffers = ScoringBuffers::default();
    let readings: BTreeSet<&str> = of_character
        .iter()
        .filter(|(_, count)| **count >= SPELLING_CHARACTER)
        .map(|(c, _)| reading_of[c])
        .collect();
    let mut near: BTreeMap<&str, Vec<(Vec<u8>, f32)>> = BTreeMap::new();
    for reading in readings {
        let native: Vec<char> = reading.chars().collect();
        for (latin, _) in of_syllable.iter().filter(|(latin, count)| **count >= SYLLABLE && **latin != 0) {
            let letters: Vec<u8> = barid_names::channel::unpack_latin(*latin).collect();
            let score = channel.score(&native, &letters, &errors, &mut buffers) + BY_READING;
            if score > LEAST_BY_READING {
                near.entry(reading).or_default().push((letters, score));
            }
        }
    }
    let mut known: BTreeMap<(char, Vec<u8>), usize> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let [c] = entry.native[..] {
            known.insert((c, entry.latin.clone()), at);
        }
    }
    let mut added = 0;
    for (c, count) in of_character.iter().filter(|(_, count)| **count >= SPELLING_CHARACTER) {
        let reading = reading_of[c];
        let share = (count / of_reading[reading]).ln();
        for (letters, score) in near.get(reading).into_iter().flatten() {
            let log_probability = score + share;
            if log_probability <= LEAST_BY_READING {
                continue;
            }
            match known.get(&(*c, letters.clone())) {
                Some(at) => entries[*at].log_probability = entries[*at].log_probability.max(log_probability),
                None => {
                    entries.push(Correspondence {
                        native: vec![*c],
                        latin: letters.clone(),
                        log_probability,
                    });
                    added += 1;
                }
            }
        }
    }
    entries.sort_by(|a, b| a.native.cmp(&b.native).then(a.latin.cmp(&b.latin)));
    println!("{added} correspondences by near readings");
}

/// The Pinyin reading without tones of every character that has one.
fn pinyin_readings() -> BTreeMap<char, &'static str> {
    let mut reading_of: BTreeMap<char, &str> = BTreeMap::new();
    for line in include_str!("../data/han_readings.tsv").lines() {
        let mut fields = line.split('\t');
        let Some(c) = fields.next().and_then(|f| f.chars().next()) else { continue };
        // Pinyin is the one with the full weight.
        let pinyin = fields.find_map(|field| field.strip_suffix(" 1"));
        if let Some(pinyin) = pinyin {
            reading_of.insert(c, pinyin);
        }
    }
    reading_of
}

/// Names of people whose parts don't stand in one order or number: each native part with the Latin part or parts that a
/// first table finds for it.
fn align_people(people: &str, held: Option<(u64, u64)>, pairs: &mut Pairs) {
    let mut channels: BTreeMap<u8, Channel> = BTreeMap::new();
    for (number, list) in
        pairs.iter().filter(|(n, _)| **n != Script::Latin as u8 && **n != Script::Other as u8)
    {
        let script = Script::from_number(*number).expect("own numbers");
        channels.insert(*number, Channel::new(expectation_maximisation(script, list, 4)));
    }
    let mut buffers = ScoringBuffers::default();
    let mut found = 0;
    for line in people.lines() {
        let person: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        let gid = person["gid"].as_str().unwrap_or_default();
        if held.is_some_and(|(k, n)| latin_key(gid.as_bytes()) % n == k) {
            continue;
        }
        let english = plain_words(person["en"].as_str().unwrap_or_default());
        for (language, names) in person["names"].as_object().into_iter().flatten() {
            for name in names.as_array().into_iter().flatten().filter_map(|n| n.as_str()) {
                let words = words_of(name);
                let in_order = words.len() == english.len() && !words.iter().any(|(_, s)| *s == Script::Han);
                if in_order || words.len() > 5 || english.len() > 6 {
                    continue;
                }
                for (word, script) in &words {
                    let Some(channel) = channels.get(&(*script as u8)) else { continue };
                    let native = fold_native(word, *script);
                    if let Some(latin) = best_span(channel, *script, &native, &english, &mut buffers) {
                        let language = language_number(language);
                        push(pairs, *script, Pair { latin, native, weight: 1.5, count: 1.0, language });
                        found += 1;
                    }
                }
            }
        }
    }
    println!("{found} parts aligned with a first table");
}

/// The Latin part, or run of parts, that a native part most likely stands for; `None` if none is likely.
fn best_span(
    channel: &Channel,
    script: Script,
    native: &[char],
    english: &[Vec<u8>],
    buffers: &mut ScoringBuffers,
) -> Option<Vec<u8>> {
    let errors =
        ErrorCosts { substitution: 7.0, deletion: 5.0, insertion: 7.0, transposition: f32::INFINITY };
    let per_letter = if script == Script::Han { 3.4 } else { 1.3 };
    let mut best = (f32::NEG_INFINITY, None);
    for first in 0..english.len() {
        for count in 1..=3.min(english.len() - first) {
            let latin: Vec<u8> = english[first..first + count].concat();
            let score = channel.score(native, &latin, &errors, buffers);
            // A longer run explains more letters: each letter told counts for it.
            let worth = score + 1.0 * latin.len() as f32;
            if score > -per_letter * native.len() as f32 - 2.0 && worth > best.0 {
                best = (worth, Some(latin));
            }
        }
    }
    best.1
}

/// Scripts without a table of their own are matched through plain romanisation: learn how it relates to Latin names
/// from the scripts that spell out vowels.
fn plain_romanisations(pairs: &mut Pairs) {
    let mut found = Vec::new();
    for script in [Script::Cyrillic, Script::Greek, Script::Devanagari, Script::Bengali] {
        let list = pairs.get(&(script as u8)).cloned().unwrap_or_default();
        let weight = if script == Script::Cyrillic { 0.05 } else { 0.3 };
        for pair in list {
            let romanised = any_ascii::any_ascii(&pair.native.iter().collect::<String>()).to_lowercase();
            let native: Vec<char> = latin_letters(&romanised).iter().map(|n| char::from(n + 96)).collect();
            if !native.is_empty() {
                found.push(Pair {
                    latin: pair.latin,
                    native,
                    weight: pair.weight * weight,
                    count: 0.0,
                    language: 0,
                });
            }
        }
    }
    pairs.entry(Script::Other as u8).or_default().extend(found);
}

// ---- sounds ----

/// Scripts whose spellings of foreign names tell how those are spoken.
const SPEAKING: [Script; 6] =
    [Script::Cyrillic, Script::Greek, Script::Arabic, Script::Hebrew, Script::Kana, Script::Hangul];

/// Likelier than this per native letter, nats, a part is written as it is spelt: nothing to look for.
const SPOKEN_AS_SPELT: f32 = 0.4;
/// What the plainer spelling explains better at least, nats per script.
const LEAST_GAIN: f32 = 1.8;
/// Log probability that a name is written by that sound, nats.
const SOUND_WEIGHT: f32 = -0.7;

/// Latin parts that are not spoken as they are spelt, with a plainer spelling that explains better how several scripts
/// write them: `campbell` is `kambel`. Scripts with few observations profit: they write the sound too.
fn sounds(pairs: &Pairs, contents: &TableContents) -> Vec<AttestedPair> {
    let channels: BTreeMap<u8, Channel> = contents
        .channels
        .iter()
        .filter(|(script, _)| SPEAKING.contains(script))
        .map(|(script, entries)| (*script as u8, Channel::new(entries.clone())))
        .collect();
    let model = contents.models.iter().find(|(script, _)| *script == Script::Latin).map(|(_, stored)| {
        let ngrams = stored.ngrams.iter().map(|(ngram, count)| (ngram.clone(), f32::from(*count)));
        LetterModel::new(usize::from(stored.order), stored.alphabet, ngrams)
    });
    let model = model.expect("a model of Latin letters");
    // Latin part: script and native letters: how often.
    let mut written: BTreeMap<&[u8], BTreeMap<(u8, &[char]), f32>> = BTreeMap::new();
    for script in SPEAKING {
        for pair in pairs[&(script as u8)].iter().filter(|pair| pair.count > 0.0) {
            let seen = written.entry(&pair.latin).or_default();
            *seen.entry((script as u8, &pair.native)).or_default() += pair.count;
        }
    }
    let errors =
        ErrorCosts { substitution: 7.0, deletion: 5.0, insertion: 7.0, transposition: f32::INFINITY };
    let mut buffers = ScoringBuffers::default();
    let mut found = Vec::new();
    for (latin, natives) in written.iter().filter(|(latin, _)| latin.len() > 2) {
        // The commonest spelling in every script.
        let mut by_script: BTreeMap<u8, (&[char], f32)> = BTreeMap::new();
        for ((script, native), count) in natives {
            let best = by_script.entry(*script).or_insert((native, 0.0));
            if *count > best.1 {
                *best = (native, *count);
            }
        }
        if by_script.len() < 2 {
            continue;
        }
        let mut scores = |letters: &[u8]| -> Vec<f32> {
            by_script
                .iter()
                .map(|(script, (native, _))| channels[script].score(native, letters, &errors, &mut buffers))
                .collect()
        };
        let before = scores(latin);
        let letters: usize = by_script.values().map(|(native, _)| native.len()).sum();
        if before.iter().sum::<f32>() > -SPOKEN_AS_SPELT * letters as f32 {
            continue;
        }
        let mut candidates: BTreeSet<Vec<u8>> = BTreeSet::new();
        for (script, (native, _)) in &by_script {
            candidates.extend(spellings_by(&channels[script], &model, native).into_iter().map(|(l, _)| l));
        }
        let mut best: Option<(f32, Vec<u8>)> = None;
        for candidate in candidates {
            if candidate.len() > 20 || candidate.len() < 2 || candidate == *latin {
                continue;
            }
            let after = scores(&candidate);
            let agreeing = after.iter().zip(&before).filter(|(a, b)| **a > **b + 0.7).count();
            let gain = after.iter().zip(&before).map(|(a, b)| (a - b).clamp(-6.0, 6.0)).sum::<f32>()
                / after.len() as f32;
            if agreeing >= 2 && best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, candidate));
            }
        }
        if let Some((_, sound)) = best.filter(|(gain, _)| *gain >= LEAST_GAIN) {
            found.push(AttestedPair {
                native: latin.iter().map(|n| u16::from(*n) + 96).collect(),
                latin: sound,
                log_probability: SOUND_WEIGHT,
                log_frequency: -30.0,
            });
        }
    }
    println!("{:>6} parts not spoken as they are spelt", found.len());
    found
}

// ---- expectation maximisation ----

/// Rounds of expectation maximisation; the last one gives the table.
const ROUNDS: usize = 9;

struct Sizes {
    latin: usize,
    native: usize,
}

fn sizes(script: Script) -> Sizes {
    match script {
        Script::Han => Sizes { latin: 6, native: 1 },
        Script::Latin => Sizes { latin: 2, native: 2 },
        _ => Sizes { latin: 3, native: 2 },
    }
}

type Key = (u64, u32);

fn native_key(native: &[char]) -> u64 {
    native.iter().enumerate().fold(0, |packed, (i, c)| packed | u64::from(*c as u32) << (21 * i))
}

fn prior(native: &[char], latin: &[u8], script: Script) -> f32 {
    let by_size = match (latin.len(), native.len()) {
        (0, _) => 0.02,
        (_, 0) => 0.03,
        (1, 1) => 1.0,
        (2, 1) => 0.3,
        (3, 1) => 0.06,
        (1, 2) => 0.15,
        (2, 2) => 0.03,
        (_, 1) => 0.03,
        (_, _) => 0.006,
    };
    if native.is_empty() || latin.is_empty() {
        return by_size;
    }
    let romanised = latin_letters(&any_ascii::any_ascii(&native.iter().collect::<String>()).to_lowercase());
    let same_start = romanised.first() == latin.first();
    let by_sound = match (romanised == latin, same_start, script) {
        (true, _, Script::Han) => 200.0,
        (true, _, _) => 60.0,
        (false, true, _) => 6.0,
        (false, false, _) => 1.0,
    };
    by_size * by_sound
}

fn expectation_maximisation(script: Script, pairs: &[Pair], rounds: usize) -> Vec<Correspondence> {
    let sizes = sizes(script);
    let mut weights: FixedMap<Key, f32> = FixedMap::default();
    let mut pairs: Vec<Pair> = pairs.to_vec();
    let given: BTreeSet<Key> = pairs
        .iter()
        .filter(|pair| pair.is_given() && pair.latin.len() <= sizes.latin)
        .map(|pair| (native_key(&pair.native), pack_latin(&pair.latin)))
        .collect();
    for round in 0..rounds {
        let mut counts: FixedMap<Key, f32> = FixedMap::default();
        let mut fits: Vec<f32> = Vec::with_capacity(pairs.len());
        for pair in &pairs {
            fits.push(expect(pair, script, &sizes, round == 0, &weights, &mut counts));
        }
        if round == 2 || round == 5 {
            drop_misfits(&mut pairs, &fits);
        }
        let total: f32 = counts.values().sum();
        weights.clear();
        for (key, count) in &counts {
            let latin_length = (32 - key.1.leading_zeros()).div_ceil(5) as usize;
            let native_length = if key.0 == 0 {
                0
            } else if key.0 >> 21 == 0 {
                1
            } else {
                2
            };
            let discount = match latin_length + native_length {
                _ if given.contains(key) => 0.02,
                0..=2 => 0.02,
                3 => 0.3,
                _ => 0.7,
            };
            let kept = count - discount;
            if kept > 0.0 {
                weights.insert(*key, kept / total);
            }
        }
        if round + 1 == rounds {
            if script == Script::Han {
                pool_by_reading(&mut counts);
            }
            let mut entries = conditional(&counts, &occurrences(&pairs, sizes.latin), &given);
            if script == Script::Han {
                add_near_readings(&counts, &mut entries);
            }
            return entries;
        }
    }
    Vec::new()
}

fn drop_misfits(pairs: &mut Vec<Pair>, fits: &[f32]) {
    let finite: Vec<f32> = fits.iter().copied().filter(|f| f.is_finite()).collect();
    let mean = finite.iter().sum::<f32>() / finite.len().max(1) as f32;
    let deviation =
        (finite.iter().map(|f| (f - mean).powi(2)).sum::<f32>() / finite.len().max(1) as f32).sqrt();
    let mut index = 0;
    pairs.retain(|pair| {
        index += 1;
        pair.is_given() || (fits[index - 1].is_finite() && fits[index - 1] > mean - 2.0 * deviation)
    });
}

/// Adds the expected counts of one pair; gives its log likelihood per letter.
fn expect(
    pair: &Pair,
    script: Script,
    sizes: &Sizes,
    first: bool,
    weights: &FixedMap<Key, f32>,
    counts: &mut FixedMap<Key, f32>,
) -> f32 {
    let (rows, columns) = (pair.native.len() + 1, pair.latin.len() + 1);
    let mut arcs: Vec<(usize, usize, Key, f32)> = Vec::new();
    for j in 0..rows {
        for i in 0..columns {
            // A syllable's spelling is learnt whole: Latin letters that leave no trace belong to one.
            let least = usize::from(script == Script::Han);
            for dj in least..=sizes.native.min(rows - 1 - j) {
                let longest = if dj == 0 { 1 } else { sizes.latin };
                for di in 0..=longest.min(columns - 1 - i) {
                    if di + dj == 0 || (di == 0 && dj > 1) {
                        continue;
                    }
                    let (native, latin) = (&pair.native[j..j + dj], &pair.latin[i..i + di]);
                    let key = (native_key(native), pack_latin(latin));
                    let weight = if first {
                        prior(native, latin, script) * 0.02
                    } else {
                        weights.get(&key).copied().unwrap_or(0.0)
                    };
                    if weight > 0.0 {
                        arcs.push((j * columns + i, (j + dj) * columns + i + di, key, weight));
                    }
                }
            }
        }
    }
    let cells = rows * columns;
    let mut forward = vec![0.0f64; cells];
    let mut backward = vec![0.0f64; cells];
    forward[0] = 1.0;
    backward[cells - 1] = 1.0;
    for (from, to, _, weight) in &arcs {
        forward[*to] += forward[*from] * f64::from(*weight);
    }
    for (from, to, _, weight) in arcs.iter().rev() {
        backward[*from] += backward[*to] * f64::from(*weight);
    }
    let total = forward[cells - 1];
    if total <= 0.0 {
        return f32::NEG_INFINITY;
    }
    for (from, to, key, weight) in &arcs {
        let share = forward[*from] * f64::from(*weight) * backward[*to] / total;
        if share > 1e-4 {
            *counts.entry(*key).or_default() += share as f32 * pair.weight;
        }
    }
    (total.ln() / (rows + columns - 2) as f64) as f32
}

fn unpack_native(key: u64) -> Vec<char> {
    [key & 0x1F_FFFF, key >> 21]
        .into_iter()
        .filter(|c| *c != 0)
        .filter_map(|c| char::from_u32(c as u32))
        .collect()
}

/// How much it counts, 0 to 1, that the letters of a chunk rarely go together. The best way to cut a word is scored
/// instead of the sum over all ways, which makes up for a part of it.
const TOGETHER: f32 = 0.4;

/// How often each run of Latin letters stands in the pairs, by weight; under 0 the number of letters.
fn occurrences(pairs: &[Pair], longest: usize) -> FixedMap<u32, f32> {
    let mut found: FixedMap<u32, f32> = FixedMap::default();
    for pair in pairs {
        *found.entry(0).or_default() += pair.weight * pair.latin.len() as f32;
        for length in 1..=longest.min(pair.latin.len()) {
            for run in pair.latin.windows(length) {
                *found.entry(pack_latin(run)).or_default() += pair.weight;
            }
        }
    }
    found
}

/// log P(these Latin letters go together here, and are written so | the Latin letters), smoothed; rare chunks of several
/// letters are left to their pieces. Given the chunk alone, chunks that hardly ever go together would look certain.
fn conditional(
    counts: &FixedMap<Key, f32>,
    occurrences: &FixedMap<u32, f32>,
    given: &BTreeSet<Key>,
) -> Vec<Correspondence> {
    let mut as_chunk: FixedMap<u32, f32> = FixedMap::default();
    for ((_, latin), count) in counts {
        *as_chunk.entry(*latin).or_default() += count;
    }
    let mut entries: Vec<Correspondence> = Vec::new();
    for (key, count) in counts {
        let (native, latin) = (unpack_native(key.0), &key.1);
        let latin_chunk: Vec<u8> = barid_names::channel::unpack_latin(*latin).collect();
        let long = latin_chunk.len() + native.len() > 2;
        let (least, smoothing) = if long { (0.9, 3.0) } else { (0.3, 1.0) };
        if *count < least && !given.contains(key) {
            continue;
        }
        let as_chunk = if *latin == 0 { 0.0 } else { as_chunk[latin] };
        let all = occurrences.get(latin).copied().unwrap_or(0.0).max(as_chunk);
        let as_chunk = if *latin == 0 { all } else { as_chunk };
        let log_probability =
            count.ln() - TOGETHER * (all + smoothing).ln() - (1.0 - TOGETHER) * (as_chunk + smoothing).ln();
        if log_probability > -9.5 {
            entries.push(Correspondence { native, latin: latin_chunk, log_probability });
        }
    }
    entries.sort_by(|a, b| a.native.cmp(&b.native).then(a.latin.cmp(&b.latin)));
    entries
}

// ---- background ----

fn letter_model(script: Script, words: impl Iterator<Item = (Vec<u16>, f32)>) -> StoredModel {
    let (order, alphabet, least) = match script {
        Script::Han => (2, 4_000, 1.5),
        Script::Latin => (4, 27, 2.5),
        _ => (3, 60, 1.5),
    };
    let mut counts: BTreeMap<Vec<u16>, f32> = BTreeMap::new();
    for (word, weight) in words {
        let padded: Vec<u16> = [1].into_iter().chain(word).chain([1]).collect();
        for length in 1..=usize::from(order as u8) {
            for window in padded.windows(length) {
                if window != [1] {
                    *counts.entry(window.to_vec()).or_default() += weight;
                }
            }
        }
        *counts.entry(vec![1]).or_default() += weight;
    }
    let ngrams = counts
        .into_iter()
        .filter(|(ngram, count)| ngram.len() < 2 || *count >= least)
        .map(|(ngram, count)| (ngram, count.round().clamp(1.0, 65_535.0) as u16))
        .collect();
    StoredModel { order: order as u8, alphabet, ngrams }
}

fn frequent_parts(counts: &BTreeMap<Vec<u8>, f32>) -> Vec<(Vec<u8>, f32)> {
    let total: f32 = counts.values().sum();
    let mut list: Vec<(&Vec<u8>, &f32)> = counts.iter().filter(|(l, c)| **c >= 4.0 && l.len() < 30).collect();
    list.sort_by(|a, b| b.1.total_cmp(a.1).then(a.0.cmp(b.0)));
    list.truncate(20_000);
    list.into_iter().map(|(letters, count)| (letters.clone(), (count / total).ln())).collect()
}

/// Share of re-spellings that go through another script.
const RESPELLING: f32 = 0.3;

/// Observations from which on a language is known well: a part seen once in another is taken at its word.
const KNOWN_WELL: f32 = 10_000.0;

/// Whole parts as published transliterations write them, where they do so more than once.
fn attested_pairs(pairs: &Pairs) -> Vec<(Script, Vec<AttestedPair>)> {
    let mut attested = Vec::new();
    let mut respellings: BTreeMap<(&[u8], &[u8]), (f32, u32)> = BTreeMap::new();
    for (number, list) in
        pairs.iter().filter(|(n, _)| **n != Script::Latin as u8 && **n != Script::Other as u8)
    {
        let mut counts: BTreeMap<(&[char], &[u8]), BTreeMap<u16, f32>> = BTreeMap::new();
        let mut of_latin: BTreeMap<&[u8], f32> = BTreeMap::new();
        let mut of_latin_in: BTreeMap<(&[u8], u16), f32> = BTreeMap::new();
        let mut of_native: BTreeMap<&[char], f32> = BTreeMap::new();
        let mut of_language: BTreeMap<u16, f32> = BTreeMap::new();
        for pair in list.iter().filter(|pair| pair.count > 0.0) {
            *counts.entry((&pair.native, &pair.latin)).or_default().entry(pair.language).or_default() +=
                pair.count;
            *of_latin.entry(&pair.latin).or_default() += pair.count;
            *of_latin_in.entry((&pair.latin, pair.language)).or_default() += pair.count;
            *of_native.entry(&pair.native).or_default() += pair.count;
            *of_language.entry(pair.language).or_default() += pair.count;
        }
        let total: f32 = of_native.values().sum();
        let mut known: BTreeMap<&[char], Vec<(&[u8], f32)>> = BTreeMap::new();
        let mut kept = Vec::new();
        for ((native, latin), in_languages) in &counts {
            let count: f32 = in_languages.values().sum();
            // Each language has its own usual spelling: Arabic's says nothing about Persian's.
            let probability = in_languages
                .iter()
                .map(|(language, count)| count / (of_latin_in[&(*latin, *language)] + 2.0))
                .fold(0.0f32, f32::max);
            known.entry(native).or_default().push((latin, count));
            let once = in_languages.keys().any(|language| of_language[language] < KNOWN_WELL);
            let seen_enough = count >= if once { 1.0 } else { 2.0 };
            if seen_enough && probability >= 0.03 && native.len() < 30 && latin.len() < 30 {
                kept.push(AttestedPair {
                    native: native.iter().map(|c| symbol(*c)).collect(),
                    latin: latin.to_vec(),
                    log_probability: probability.ln(),
                    log_frequency: (of_native[native] / total).ln(),
                });
            }
        }
        if *number != Script::Han as u8 {
            for (native, spellings) in &known {
                add_respellings(spellings, of_native[native], &of_latin, &mut respellings);
            }
        }
        println!("{:>6} attested pairs in {number}", kept.len());
        attested.push((Script::from_number(*number).expect("own numbers"), kept));
    }
    let kept: Vec<AttestedPair> = respellings
        .into_iter()
        .filter(|(_, (sum, scripts))| *scripts >= 2 && RESPELLING * sum / *scripts as f32 >= 0.01)
        .map(|((from, to), (sum, scripts))| AttestedPair {
            native: to.iter().map(|n| u16::from(*n) + 96).collect(),
            latin: from.to_vec(),
            log_probability: (RESPELLING * sum / scripts as f32).ln(),
            log_frequency: 0.0,
        })
        .collect();
    println!("{:>6} respellings", kept.len());
    let mut kept = kept;
    add_nicknames(include_str!("../data/nicknames.tsv"), &mut kept);
    attested.push((Script::Latin, kept));
    attested
}

/// How often one of the familiar forms of a name is written instead of another, altogether.
const FAMILIAR: f32 = 0.15;

/// Familiar forms of a name as spellings of it; what is attested as a spelling already stays.
fn add_nicknames(groups: &str, kept: &mut Vec<AttestedPair>) {
    let mut known: BTreeSet<(Vec<u16>, Vec<u8>)> =
        kept.iter().map(|pair| (pair.native.clone(), pair.latin.clone())).collect();
    for line in groups.lines().filter(|line| !line.starts_with('#')) {
        let forms: Vec<&str> = line.split('\t').collect();
        let others = forms.len() as f32 - 1.0;
        for (at, written) in forms.iter().enumerate() {
            for (of, meant) in forms.iter().enumerate().filter(|(of, _)| *of != at) {
                // Two familiar forms of one name stand for each other less often than one stands for the full name.
                let share =
                    if at == 0 || of == 0 { FAMILIAR / others.sqrt() } else { FAMILIAR / 4.0 / others };
                let native: Vec<u16> = latin_letters(written).iter().map(|n| u16::from(*n) + 96).collect();
                let latin = latin_letters(meant);
                if known.insert((native.clone(), latin.clone())) {
                    kept.push(AttestedPair {
                        native,
                        latin,
                        log_probability: share.ln(),
                        log_frequency: 0.0,
                    });
                }
            }
        }
    }
}

/// P(spelling b | spelling a) through one native form: P(native | a) P(b | native).
fn add_respellings<'a>(
    spellings: &[(&'a [u8], f32)],
    of_native: f32,
    of_latin: &BTreeMap<&[u8], f32>,
    respellings: &mut BTreeMap<(&'a [u8], &'a [u8]), (f32, u32)>,
) {
    for (a, count_a) in spellings.iter().take(30) {
        for (b, count_b) in spellings.iter().take(30) {
            if a != b && of_latin[a] >= 2.0 {
                let share = count_a / of_latin[a] * count_b / (of_native + 1.0);
                let entry = respellings.entry((a, b)).or_default();
                entry.0 += share;
                entry.1 += u32::from(share > 0.005);
            }
        }
    }
}
