//! How names sound, carried from Russian to scripts with few pairs.
//!
//! Writers of Greek, Bengali or Persian follow the sound of a foreign name as Russian ones do, not its Latin letters:
//! Sean is Шон, Σον, शॉन. Of Russian there are tens of thousands of pairs. What a script writes for Russian letters is
//! learnt from names that both have; what it would write for every Russian token is then one more pair of the Latin
//! token, of little weight.

use std::collections::BTreeMap;

use barid_names::channel::{Channel, MAX_LATIN_CHUNK, MAX_NATIVE_CHUNK, pack_latin};
use barid_names::letters::fold_latin;
use barid_names::script::Script;

use super::{Pair, Pairs, expectation_maximisation, push, sizes};

/// Scripts that profit.
const TO: [Script; 9] = [
    Script::Greek,
    Script::Devanagari,
    Script::Bengali,
    Script::Georgian,
    Script::Armenian,
    Script::Thai,
    Script::Tamil,
    Script::Sinhala,
    Script::Gujarati,
];
/// What a carried pair weighs of one that was seen.
const WEIGHT: f32 = 0.012;
/// Fewer pairs of Russian and native tokens than this teach nothing.
const LEAST_PAIRS: usize = 60;

/// Russian letters as plain Latin ones, one for each sound; signs that have none are left out.
fn sounds(russian: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for c in russian.to_lowercase().chars() {
        let letters = match c {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'ё' => "e",
            'ж' => "j",
            'з' => "z",
            'и' => "i",
            'й' => "y",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "h",
            'ц' => "c",
            'ч' => "q",
            'ш' | 'щ' => "w",
            'ы' => "i",
            'э' => "x",
            'ю' => "yu",
            'я' => "ya",
            _ => "",
        };
        out.extend(letters.bytes().map(|b| b - b'`'));
    }
    // Doubled letters are a matter of spelling.
    out.dedup();
    out
}

/// A rule's Latin letters in the letters of [`sounds`].
fn rule_sounds(latin: &[u8]) -> Vec<u8> {
    let text: String = latin.iter().map(|n| char::from(n + 96)).collect();
    let text = text.replace("sh", "W").replace("zh", "J").replace("kh", "H").replace("ch", "Q");
    let text = text.replace("ts", "C").replace('j', "dj").replace('w', "v").replace('q', "k").replace('x', "ks");
    let text = text.replace('c', "k");
    text.to_lowercase().bytes().filter(u8::is_ascii_lowercase).map(|b| b - b'`').collect()
}

/// Adds the carried pairs.
pub fn transfer(tokens: &str, pairs: &mut Pairs) {
    let mut russian: BTreeMap<Vec<u8>, Vec<(Vec<u8>, f32)>> = BTreeMap::new();
    for line in tokens.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let ["ru", latin, native, count] = fields.as_slice() else { continue };
        let (latin, native) = (fold_latin(latin).0, sounds(native));
        let Ok(count) = count.trim().parse::<f32>() else { continue };
        if !latin.is_empty() && !native.is_empty() {
            russian.entry(latin).or_default().push((native, count));
        }
    }
    for list in russian.values_mut() {
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.dedup_by(|b, a| a.0 == b.0);
    }
    for script in TO {
        let known = pairs.get(&(script as u8)).cloned().unwrap_or_default();
        let mut both = Vec::new();
        for pair in &known {
            if pair.is_given() {
                let latin = rule_sounds(&pair.latin);
                both.push(Pair { latin, ..pair.clone() });
            } else if let Some((sound, _)) = russian.get(&pair.latin).and_then(|list| list.first()) {
                both.push(Pair { latin: sound.clone(), ..pair.clone() });
            }
        }
        both.retain(|pair| (1..=20).contains(&pair.latin.len()));
        let seen = both.iter().filter(|pair| !pair.is_given()).count();
        if seen < LEAST_PAIRS {
            println!("{:<11} {seen} pairs with Russian: nothing carried", script.code());
            continue;
        }
        let channel = Channel::new(expectation_maximisation(script, &both, 6, sizes(script)));
        let natives = by_latin(&channel, &both);
        let mut carried = 0;
        for (latin, list) in &russian {
            for (sound, count) in list.iter().take(2) {
                if let Some(native) = likeliest(&natives, sound) {
                    if carried % 9_000 == 0 {
                        let text: String = latin.iter().map(|n| char::from(n + 96)).collect();
                        println!("   {text} {}", native.iter().collect::<String>());
                    }
                    let weight = WEIGHT * count.sqrt().min(8.0);
                    push(pairs, script, Pair { latin: latin.clone(), native, weight, count: 0.0 });
                    carried += 1;
                }
            }
        }
        println!("{:<11} {seen} pairs with Russian, {carried} carried", script.code());
    }
}

type Natives = BTreeMap<u32, (Vec<char>, f32)>;

/// The likeliest native chunk of every Latin one.
fn by_latin(channel: &Channel, pairs: &[Pair]) -> Natives {
    let mut found: Natives = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for native in pairs.iter().map(|pair| &pair.native) {
        for length in 0..=MAX_NATIVE_CHUNK {
            for run in native.windows(length.max(1)).map(|run| &run[..length]) {
                if !seen.insert(run.to_vec()) {
                    continue;
                }
                let Some(chunk) = channel.chunk(run) else { continue };
                for (packed, log_probability) in channel.options(chunk) {
                    let best = found.entry(*packed).or_insert((Vec::new(), f32::NEG_INFINITY));
                    if *log_probability > best.1 {
                        *best = (run.to_vec(), *log_probability);
                    }
                }
            }
        }
    }
    found
}

/// What would most likely be written for some sounds.
fn likeliest(natives: &Natives, sounds: &[u8]) -> Option<Vec<char>> {
    let mut best: Vec<(f32, Vec<char>)> = vec![(f32::NEG_INFINITY, Vec::new()); sounds.len() + 1];
    best[0].0 = 0.0;
    for from in 0..sounds.len() {
        for length in 1..=MAX_LATIN_CHUNK.min(sounds.len() - from) {
            let Some((native, log_probability)) = natives.get(&pack_latin(&sounds[from..from + length])) else {
                continue;
            };
            let score = best[from].0 + log_probability;
            if score > best[from + length].0 {
                let mut written = best[from].1.clone();
                written.extend(native);
                best[from + length] = (score, written);
            }
        }
    }
    let (score, written) = best.pop()?;
    (score > f32::NEG_INFINITY && !written.is_empty()).then_some(with_vowels_by_themselves(&written))
}

/// In the scripts of India a vowel that follows no consonant has a letter of its own, not a sign.
fn with_vowels_by_themselves(written: &[char]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(written.len());
    let mut after_consonant = false;
    for c in written {
        let number = *c as u32;
        let indic = (0x900..0xD80).contains(&number);
        let place = number & 0x7F;
        if indic && (0x3E..=0x4C).contains(&place) && !after_consonant {
            out.push(char::from_u32((number & !0x7F) | (place - 0x38)).unwrap_or(*c));
        } else {
            out.push(*c);
        }
        after_consonant = indic && (0x15..=0x39).contains(&place);
    }
    out
}
