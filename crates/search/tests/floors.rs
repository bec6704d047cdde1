//! Quality floors: on a small labelled sample every kind of search must find at least this share of the right names
//! first. The people in the sample were left out of training (`--hold-out 0/10`), so a fall is a fall in quality.

use std::collections::BTreeMap;

use barid_names::compare::PreparedQuery;
use barid_names::name::Name;
use barid_search::name_index::{NameIndex, SearchBuffers};
use expect_test::expect;

/// Least share found first, by set, in percent. Raise a floor when quality rises; never lower one to pass.
const FLOORS: &[(&str, u32)] = &[];

#[test]
fn every_script_keeps_its_floor() {
    let mut index = NameIndex::new();
    let mut recorded: Vec<&str> = Vec::new();
    let mut searches = Vec::new();
    for line in include_str!("data/floors.tsv").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let name = fields[fields.len() - 1];
        if !recorded.contains(&name) {
            index.insert(recorded.len() as u32, 0, 0, &Name::parse(name));
            recorded.push(name);
        }
        if let [set, typed, right] = fields.as_slice() {
            searches.push((*set, *typed, *right));
        }
    }
    let mut buffers = SearchBuffers::default();
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (set, typed, right) in searches {
        let typed = Name::parse(typed);
        let found = index.candidates(&PreparedQuery::new(&typed), &[true], 10, &mut buffers);
        let first = found.first().map(|c| recorded[c.slot as usize]);
        let count = counts.entry(set).or_default();
        count.0 += 1;
        count.1 += u32::from(first == Some(right));
    }
    for (set, floor) in FLOORS {
        let (all, first) = counts[set];
        assert!(first * 100 >= floor * all, "{set}: {first} of {all} found first, the floor is {floor} %");
    }
    let table: String = counts.iter().map(|(set, (all, first))| format!("{set}: {first} of {all}\n")).collect();
    expect![[r#""#]].assert_eq(&table);
}
