//! Quality floors: on a small labelled sample every kind of search must find at least this share of the right names
//! first. The people in the sample were left out of training (`--hold-out 0/10`), so a fall is a fall in quality.

use std::collections::BTreeMap;

use barid_names::compare::PreparedQuery;
use barid_names::name::Name;
use barid_search::name_index::{NameIndex, SearchBuffers};

/// Least share found first, by set, in percent. Raise a floor when quality rises; never lower one to pass.
const FLOORS: &[(&str, u32)] = &[
    ("c.ar", 91),
    ("l.alias", 91),
    ("l.order", 91),
    ("l.roman", 83),
    ("l.sanc", 75),
    ("l.typo1", 91),
    ("l.typo2", 91),
    ("x.ar", 91),
    ("x.bg", 91),
    ("x.bo", 91),
    ("x.bn", 91),
    ("x.deva", 75),
    ("x.dv", 95),
    ("x.el", 91),
    ("x.fa", 91),
    ("x.he", 91),
    ("x.ja", 83),
    ("x.ko", 83),
    ("x.or", 91),
    ("x.other", 66),
    ("x.ru", 91),
    ("x.uk", 91),
    ("x.zh", 83),
];

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
        let found = index.candidates(&PreparedQuery::new(&typed), &[true], 10, None, &mut buffers);
        let first = found.first().map(|c| recorded[c.slot as usize]);
        let count = counts.entry(set).or_default();
        count.0 += 1;
        count.1 += u32::from(first == Some(right));
    }
    for (set, floor) in FLOORS {
        let (all, first) = counts[set];
        assert!(first * 100 >= floor * all, "{set}: {first} of {all} found first, the floor is {floor} %");
    }
    assert_eq!(counts.len(), FLOORS.len(), "every set of the sample has a floor");
}
