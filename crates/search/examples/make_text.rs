//! Makes a text for measuring the speed of text screening: labelled sentences over and over, every other word altered by
//! some letters, so that about half of the words never stood in it before.
//!
//! ```text
//! cargo run --release -p barid-search --example make_text -- --sentences texts.tsv [--bytes 3000000] [--seed 1] --out text.txt
//! ```
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods)]

#[path = "measuring/names.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod names;

use std::collections::{BTreeMap, HashSet};

use barid_names::script::Script;
use names::Random;

/// Letters altered in an altered word, at most.
const ALTERED: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let sentences =
        std::fs::read_to_string(option("--sentences").expect("--sentences FILE")).expect("sentences");
    let bytes = option("--bytes").map_or(3_000_000, |bytes| bytes.parse().expect("--bytes N"));
    let mut random = Random(option("--seed").map_or(1, |seed| seed.parse().expect("--seed N")));
    let plain: Vec<String> = sentences.lines().filter(|line| !line.starts_with('#')).map(unmarked).collect();
    let mut letters: BTreeMap<(Script, bool), Vec<char>> = BTreeMap::new();
    for c in plain.iter().flat_map(|text| text.chars()).filter(|c| c.is_alphabetic()) {
        if let Some(script) = Script::of(c) {
            letters.entry((script, c.is_uppercase())).or_default().push(c);
        }
    }
    let mut text = String::new();
    let (mut words, mut seen) = (0, HashSet::new());
    for sentence in plain.iter().cycle() {
        for (at, word) in sentence.split(' ').enumerate() {
            let word =
                if random.below(10) < 6 { altered(word, &letters, &mut random) } else { word.to_owned() };
            text.push_str(if at > 0 { " " } else { "" });
            text.push_str(&word);
            words += 1;
            seen.insert(word);
        }
        text.push('\n');
        if text.len() >= bytes {
            break;
        }
    }
    std::fs::write(option("--out").expect("--out FILE"), &text).expect("the text");
    let share = 100.0 * seen.len() as f64 / f64::from(words);
    eprintln!("{} bytes, {words} words between spaces, {share:.0} % of them distinct", text.len());
}

/// A sentence without its language and its marks (`[p01|stretch]`, `{p01|stretch}`).
fn unmarked(line: &str) -> String {
    let marked = line.split_once('\t').map_or(line, |(_, marked)| marked);
    let mut text = String::new();
    for piece in marked.split(['[', ']', '{', '}']) {
        text.push_str(piece.rsplit_once('|').map_or(piece, |(_, stretch)| stretch));
    }
    text
}

/// A word with some letters replaced by others that the text has in the same script and case.
fn altered(word: &str, letters: &BTreeMap<(Script, bool), Vec<char>>, random: &mut Random) -> String {
    let mut altered: Vec<char> = word.chars().collect();
    for _ in 0..ALTERED {
        let at = random.below(altered.len());
        let Some(c) = altered.get_mut(at).filter(|c| c.is_alphabetic()) else { continue };
        if let Some(others) = Script::of(*c).and_then(|script| letters.get(&(script, c.is_uppercase()))) {
            *c = others[random.below(others.len())];
        }
    }
    altered.into_iter().collect()
}
