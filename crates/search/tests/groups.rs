//! Quality floors of organisations' names: in searches across scripts, and in labelled texts.

use std::collections::BTreeMap;

use barid_domain::codes::Database;
use barid_domain::ids::RecordId;
use barid_search::group_index::{GroupFactName, GroupIndex};

#[path = "../examples/measuring/scope.rs"]
mod measuring;

const CASES: &str = include_str!("data/groups/cross_script.tsv");
const NAMES: &str = include_str!("data/groups/names.tsv");

fn rows(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn id(number: usize) -> RecordId {
    RecordId((number as u128).to_be_bytes())
}

fn names(texts: &[&str]) -> Vec<GroupFactName> {
    texts.iter().map(|text| GroupFactName { text: (*text).to_owned(), is_weak: false }).collect()
}

#[test]
fn names_are_found_across_scripts() {
    let (scope, class) = measuring::exercise_scope(Database::Persons);
    let mut index = GroupIndex::new();
    let mut recorded: Vec<&str> = rows(CASES).map(|row| row[2]).collect();
    recorded.sort_unstable();
    recorded.dedup();
    for (number, name) in recorded.iter().enumerate() {
        index.insert(id(number), class.clone(), &names(&[name]));
    }
    let (mut searches, mut first) = (0, 0);
    for row in rows(CASES) {
        let found = index.search(&scope, row[1], 10);
        let right =
            found.first().is_some_and(|c| recorded[u128::from_be_bytes(c.record.0) as usize] == row[2]);
        searches += 1;
        first += usize::from(right);
        if !right {
            println!("{} {} not {}: {:?}", row[0], row[1], row[2], found.first().map(|c| (&c.name, c.score)));
        }
    }
    assert!(first * 100 >= searches * CROSS_SCRIPT_FIRST, "{first} of {searches} first");
}

/// Least share of cases whose record comes first, in hundredths.
const CROSS_SCRIPT_FIRST: usize = 88;

/// Least precision and recall, in hundredths, of the texts looked at and of those held out.
const FLOORS: [(&str, &str, usize, usize); 2] = [
    ("looked at", include_str!("data/groups/texts.tsv"), 94, 83),
    ("held out", include_str!("data/groups/texts_held_out.tsv"), 94, 90),
];

#[test]
fn organisations_are_found_in_texts() {
    let (scope, class) = measuring::exercise_scope(Database::Persons);
    let mut index = GroupIndex::new();
    let mut by_id: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows(NAMES) {
        by_id.entry(row[0]).or_default().push(row[1]);
    }
    let ids: Vec<&str> = by_id.keys().copied().collect();
    for (number, texts) in by_id.values().enumerate() {
        index.insert(id(number), class.clone(), &names(texts));
    }
    for (what, texts, least_precision, least_recall) in FLOORS {
        let (mut labels, mut found, mut wrong) = (0, 0, 0);
        for row in rows(texts) {
            let (text, marked) = labelled(row[1]);
            let finds = index.screen(&scope, &text, 0.45);
            let right = |find: &barid_search::text_screening::GroupFind, label: &(u32, u32, &str)| {
                let id = ids[u128::from_be_bytes(find.record.0) as usize];
                find.start < label.1 && label.0 < find.end && label.2 == id
            };
            for label in &marked {
                labels += 1;
                found += usize::from(finds.iter().any(|find| right(find, label)));
            }
            let mut places: Vec<(u32, u32)> = finds
                .iter()
                .filter(|find| !marked.iter().any(|label| right(find, label)))
                .map(|find| (find.start, find.end))
                .collect();
            places.dedup();
            wrong += places.len();
        }
        println!("{what}: {labels} labels, {found} found, {wrong} wrong");
        assert!(found * 100 >= labels * least_recall, "{what}: {found} of {labels}");
        assert!(found * 100 >= (found + wrong) * least_precision, "{what}: {wrong} wrong beside {found}");
    }
}

/// A text without its marks, and its labels: first character, the one after the last, the record.
fn labelled(marked: &'static str) -> (String, Vec<(u32, u32, &'static str)>) {
    let (mut text, mut labels) = (String::new(), Vec::new());
    for piece in marked.split_inclusive(']') {
        let (before, label) = piece.split_at(piece.find('[').unwrap_or(piece.len()));
        text.push_str(before);
        if let Some((id, stretch)) = label.split_once('|') {
            let start = text.chars().count() as u32;
            text.push_str(&stretch[..stretch.len() - 1]);
            labels.push((start, text.chars().count() as u32, &id[1..]));
        }
    }
    (text, labels)
}
