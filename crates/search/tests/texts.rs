//! Quality floors of text screening on a labelled set, the scope of a searcher, and what no text may do.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use barid_search::text_screening::{Find, ScreeningBuffers, ScreeningIndex, ScreeningIndexBuilder};
use proptest::prelude::*;

const NAMES: &str = include_str!("data/texts/names.tsv");
const SENTENCES: &str = include_str!("data/texts/sentences.tsv");

struct Labelled {
    language: &'static str,
    text: String,
    /// First character, the one after the last, and the right ids.
    names: Vec<(u32, u32, Vec<&'static str>)>,
}

fn rows() -> Vec<(&'static str, &'static str)> {
    NAMES.lines().map(|row| row.split_once('\t').expect("a row in the form its file tells")).collect()
}

fn index_without(left_out: &str) -> ScreeningIndex {
    let mut builder = ScreeningIndexBuilder::new();
    for (slot, (id, name)) in rows().into_iter().enumerate() {
        if id != left_out {
            builder.insert(slot as u32, 0, name);
        }
    }
    builder.build()
}

fn labelled() -> Vec<Labelled> {
    let mut all = Vec::new();
    for line in SENTENCES.lines().filter(|line| !line.starts_with('#')) {
        let (language, marked) = line.split_once('\t').expect("a row in the form its file tells");
        let mut sentence = Labelled { language, text: String::new(), names: Vec::new() };
        let mut rest = marked;
        while let Some((before, after)) = rest.split_once('[') {
            let (ids, after) = after.split_once('|').expect("a row in the form its file tells");
            let (stretch, after) = after.split_once(']').expect("a row in the form its file tells");
            sentence.text.push_str(before);
            let start = sentence.text.chars().count() as u32;
            sentence.text.push_str(stretch);
            let end = start + stretch.chars().count() as u32;
            sentence.names.push((start, end, ids.split(' ').collect()));
            rest = after;
        }
        sentence.text.push_str(rest);
        all.push(sentence);
    }
    all
}

#[derive(Default, Clone, Copy, Debug)]
struct Tally {
    labels: u32,
    found: u32,
    wrong: u32,
}

/// Counts stretches: a label is found if a find on it names one of its ids; every other stretch found is wrong.
fn tally(find: impl Fn(&str) -> Vec<Find>) -> BTreeMap<&'static str, Tally> {
    let rows = rows();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for sentence in labelled() {
        let finds = find(&sentence.text);
        let tally = tallies.entry(sentence.language).or_default();
        tally.labels += sentence.names.len() as u32;
        let right = |find: &Find, (start, end, ids): &(u32, u32, Vec<&str>)| {
            find.start < *end && *start < find.end && ids.contains(&rows[find.slot as usize].0)
        };
        for name in &sentence.names {
            let found = finds.iter().any(|find| right(find, name));
            tally.found += u32::from(found);
            if !found {
                println!("missed {} {:?} in {}", sentence.language, name, sentence.text);
            }
        }
        let mut wrong: Vec<(u32, u32)> = finds
            .iter()
            .filter(|find| !sentence.names.iter().any(|name| right(find, name)))
            .map(|find| (find.start, find.end))
            .collect();
        wrong.dedup();
        tally.wrong += wrong.len() as u32;
    }
    tallies
}

fn whole(find: impl Fn(&str) -> Vec<Find>) -> (BTreeMap<&'static str, Tally>, f64, f64) {
    let tallies = tally(find);
    let sum = |count: fn(&Tally) -> u32| f64::from(tallies.values().map(count).sum::<u32>());
    let (labels, found, wrong) = (sum(|t| t.labels), sum(|t| t.found), sum(|t| t.wrong));
    (tallies, found / (found + wrong).max(1.0), found / labels)
}

fn index() -> &'static ScreeningIndex {
    static INDEX: OnceLock<ScreeningIndex> = OnceLock::new();
    INDEX.get_or_init(|| index_without(""))
}

fn screen(text: &str) -> Vec<Find> {
    index().screen(text, &[true], &mut ScreeningBuffers::default())
}

/// Most names that a language may miss and stretches it may find wrongly. Lower them when quality rises.
const MOST_MISSED: u32 = 1;
const MOST_WRONG: u32 = 1;

#[test]
fn every_language_keeps_its_floor() {
    let (tallies, precision, recall) = whole(screen);
    for (language, tally) in &tallies {
        println!("{language}: {tally:?}");
    }
    println!("precision {precision:.3} recall {recall:.3}");
    assert!(tallies.len() >= 14, "{} languages", tallies.len());
    assert!(precision >= 0.9 && recall >= 0.85, "precision {precision}, recall {recall}");
    for (language, tally) in &tallies {
        assert!(
            tally.labels - tally.found <= MOST_MISSED && tally.wrong <= MOST_WRONG,
            "{language} {tally:?}"
        );
    }
}

#[test]
fn the_floor_bites_where_a_finder_names_others_or_is_too_strict() {
    let records = rows().len() as u32;
    let mistaken = whole(|text| {
        let mut finds = screen(text);
        finds
            .iter_mut()
            .filter(|find| find.slot % 4 == 0)
            .for_each(|find| find.slot = (find.slot + 2) % records);
        finds
    });
    let strict = whole(|text| {
        let mut finds = screen(text);
        finds.retain(|find| find.score > 0.995);
        finds
    });
    assert!(mistaken.1 < 0.9, "a quarter of the records stand for others, and precision is {}", mistaken.1);
    assert!(strict.2 < 0.85, "found only what is all but certain, and recall is {}", strict.2);
}

#[test]
fn hidden_names_change_nothing() {
    let mut builder = ScreeningIndexBuilder::new();
    for (slot, (_, name)) in rows().into_iter().enumerate() {
        builder.insert(slot as u32, 0, name);
        for (copy, other) in [name.to_owned(), format!("{name} Ivanov")].iter().enumerate() {
            builder.insert(1_000 + 2 * slot as u32 + copy as u32, 1, other);
        }
    }
    let crowded = builder.build();
    let mut found = 0;
    for sentence in labelled() {
        let alone = screen(&sentence.text);
        found += alone.len();
        let seen = crowded.screen(&sentence.text, &[true, false], &mut ScreeningBuffers::default());
        assert_eq!(seen, alone, "{}", sentence.text);
        let none = crowded.screen(&sentence.text, &[], &mut ScreeningBuffers::default());
        assert_eq!(none, []);
    }
    assert!(found > 40);
}

proptest! {
    #[test]
    fn finds_stand_on_the_text(text in "[\\PC\n]{0,80}", at in 0usize..60) {
        let sentences = labelled();
        let sentence = &sentences[at % sentences.len()].text;
        let text = format!("{text} {sentence}{text}");
        let length = text.chars().count() as u32;
        let mut last = 0;
        for find in screen(&text) {
            prop_assert!(find.start < find.end && find.end <= length && find.start >= last);
            prop_assert!((0.0..=1.0).contains(&find.score));
            last = find.start;
        }
    }
}
