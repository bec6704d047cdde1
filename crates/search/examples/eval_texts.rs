//! Quality of text screening on labelled texts: precision and recall, in all and by language.
//!
//! ```text
//! cargo run --release -p barid-search --example eval_texts -- --labels DIR [--gallery gallery.tsv] [--least SCORE] [--misses] [--sweep]
//! ```
//!
//! `DIR/names.tsv` has `id TAB recorded name`, `DIR/texts.tsv` `language TAB text`, where `[p1 p2|stretch]` must be found
//! and `{p1|stretch}` may be. The gallery has rows as in `eval_names`; its people go in with the others, and whoever of
//! them is found is wrong, unless the same name is labelled there. A label is found if a find on it names one of its ids.
//! Every stretch on which anybody else is found is wrong, also where the right one is found as well.
//! `--misses` prints what went wrong, `--sweep` the figures at other least scores.
// A program, not the library: it reads the files it is given.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;

use barid_names::name::Name;
use barid_search::text_screening::{
    Find, LEAST_SCORE, ScreeningBuffers, ScreeningIndex, ScreeningIndexBuilder,
};

struct Label {
    start: u32,
    end: u32,
    /// The recorded names that are right, in their plain form.
    names: Vec<String>,
    required: bool,
}

struct Text {
    language: String,
    text: String,
    labels: Vec<Label>,
}

#[derive(Default, Clone, Copy)]
struct Tally {
    labels: u32,
    found: u32,
    wrong: u32,
}

impl Tally {
    fn row(&self) -> String {
        let (labels, found, wrong) = (f64::from(self.labels), f64::from(self.found), f64::from(self.wrong));
        let precision = found / (found + wrong).max(1.0);
        format!(
            "{:5} labels {:5} found {:4} wrong  precision {precision:.3}  recall {:.3}",
            self.labels,
            self.found,
            self.wrong,
            found / labels.max(1.0)
        )
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let flag = |name: &str| arguments.iter().any(|a| a == name);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let least: f32 = option("--least").map_or(LEAST_SCORE, |least| least.parse().expect("--least SCORE"));
    let directory = option("--labels").expect("--labels DIR");
    let recorded = read(&format!("{directory}/names.tsv"));
    let gallery = option("--gallery").map(read).unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    let mut plain_by_id: BTreeMap<&str, String> = BTreeMap::new();
    for (id, name) in recorded.lines().chain(gallery.lines()).filter_map(|row| {
        let mut fields = row.split('\t');
        Some((fields.next()?, fields.next()?))
    }) {
        names.push(name);
        plain_by_id.entry(id).or_insert_with(|| plain(name));
    }
    let mut builder = ScreeningIndexBuilder::new();
    for (slot, name) in names.iter().enumerate() {
        builder.insert(slot as u32, 0, name);
    }
    let index = builder.build();
    let texts: Vec<Text> = read(&format!("{directory}/texts.tsv"))
        .lines()
        .filter_map(|line| text_of(line, &plain_by_id))
        .collect();
    let lowest = if flag("--sweep") { 0.05 } else { least };
    let finds = screened(&index, &texts, lowest);
    if flag("--sweep") {
        for percent in [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95] {
            let all = sum(&tallies(&texts, &finds, &names, percent as f32 / 100.0, false));
            println!("{percent:3} %  {}", all.row());
        }
    }
    let tallies = tallies(&texts, &finds, &names, least, flag("--misses"));
    for (language, tally) in &tallies {
        println!("{language:8}{}", tally.row());
    }
    println!("{:8}{}", "all", sum(&tallies).row());
}

fn sum(tallies: &BTreeMap<&str, Tally>) -> Tally {
    tallies.values().fold(Tally::default(), |a, b| Tally {
        labels: a.labels + b.labels,
        found: a.found + b.found,
        wrong: a.wrong + b.wrong,
    })
}

/// A name by its folded parts in alphabetical order: the same for names that are written alike.
fn plain(name: &str) -> String {
    let name = Name::parse(name);
    let mut parts: Vec<String> = name.parts().iter().map(|part| part.native().iter().collect()).collect();
    parts.sort();
    parts.join(" ")
}

fn text_of(line: &str, plain_by_id: &BTreeMap<&str, String>) -> Option<Text> {
    let (language, marked) = line.split_once('\t').filter(|_| !line.starts_with('#'))?;
    let mut text = Text { language: language.to_owned(), text: String::new(), labels: Vec::new() };
    for piece in marked.split_inclusive([']', '}']) {
        let open = piece.find(['[', '{']).unwrap_or(piece.len());
        let (before, label) = piece.split_at(open);
        // Brackets without a bar are the text's own.
        let Some((ids, stretch)) =
            label.split_once('|').map(|(ids, rest)| (&ids[1..], &rest[..rest.len() - 1]))
        else {
            text.text.push_str(piece);
            continue;
        };
        text.text.push_str(before);
        let start = text.text.chars().count() as u32;
        text.text.push_str(stretch);
        let names = ids.split_whitespace().map(|id| plain_by_id[id].clone()).collect();
        let end = start + stretch.chars().count() as u32;
        text.labels.push(Label { start, end, names, required: label.starts_with('[') });
    }
    Some(text)
}

fn screened(index: &ScreeningIndex, texts: &[Text], least: f32) -> Vec<Vec<Find>> {
    let mut buffers = ScreeningBuffers::default();
    texts.iter().map(|text| index.screen_from(least, &text.text, &[true], &mut buffers)).collect()
}

fn tallies<'t>(
    texts: &'t [Text],
    finds: &[Vec<Find>],
    names: &[&str],
    least: f32,
    print: bool,
) -> BTreeMap<&'t str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (text, finds) in texts.iter().zip(finds) {
        let tally = tallies.entry(text.language.as_str()).or_default();
        let finds: Vec<(&Find, String)> = finds
            .iter()
            .filter(|find| find.score >= least)
            .map(|find| (find, plain(names[find.slot as usize])))
            .collect();
        let right = |(find, name): &(&Find, String), label: &Label| {
            find.start < label.end && label.start < find.end && label.names.contains(name)
        };
        for label in text.labels.iter().filter(|label| label.required) {
            let found = finds.iter().any(|find| right(find, label));
            tally.labels += 1;
            tally.found += u32::from(found);
            if print
                && std::env::var("ZZ").is_ok()
                && let Some((f, n)) = finds.iter().find(|find| right(find, label))
            {
                println!(
                    "RIGHT {:.3} {} {} ({n}) {:?}",
                    f.score,
                    text.language,
                    shown(text, label.start, label.end),
                    f.terms
                );
            }
            if print && !found {
                println!(
                    "{} missed: {} ({})",
                    text.language,
                    shown(text, label.start, label.end),
                    label.names.join("; ")
                );
            }
        }
        let mut last = (0, 0);
        for (find, name) in finds.iter().filter(|find| !text.labels.iter().any(|label| right(find, label))) {
            tally.wrong += u32::from((find.start, find.end) != last);
            last = (find.start, find.end);
            if print {
                println!(
                    "{} wrong: {} ({name}) {:.2} {:?}",
                    text.language,
                    shown(text, find.start, find.end),
                    find.score,
                    find.terms
                );
            }
        }
    }
    tallies
}

fn shown(text: &Text, start: u32, end: u32) -> String {
    let slice = |from: u32, to: u32| -> String {
        text.text.chars().skip(from as usize).take(to.saturating_sub(from) as usize).collect()
    };
    format!("{}<{}>{}", slice(start.saturating_sub(15), start), slice(start, end), slice(end, end + 15))
}
