//! Comparing two texts of an agreement clause by clause and grant by grant, so that who signs sees what has changed.

use super::{Agreement, Clause, Grant};

/// Is a part of an agreement that two texts say differently.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// What it is called.
    Titles,
    /// Who is bound.
    Parties,
    /// Its first and last day.
    Period,
    /// The clause of this number.
    Clause(u32),
    /// The grant of this number.
    Grant(u32),
}

/// Is a difference of two texts, with what either says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Where.
    pub part: Part,
    /// The fields that differ, by their names in the text; empty where the part is in one text alone.
    pub fields: Vec<&'static str>,
    /// Whether the part is in the earlier text.
    pub was: bool,
    /// Whether it is in the later one.
    pub is: bool,
}

/// Compares an earlier text with a later one; nothing where they say the same.
pub fn compare(earlier: &Agreement, later: &Agreement) -> Vec<Change> {
    let whole = |part, fields| Change { part, fields, was: true, is: true };
    let mut changes = Vec::new();
    if earlier.titles != later.titles {
        changes.push(whole(Part::Titles, vec!["titles"]));
    }
    if earlier.parties != later.parties {
        changes.push(whole(Part::Parties, vec!["parties"]));
    }
    let period: Vec<_> = [("from", earlier.from != later.from), ("until", earlier.until != later.until)]
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect();
    if !period.is_empty() {
        changes.push(whole(Part::Period, period));
    }
    let differs = |a: &Clause, b: &Clause| if a.texts == b.texts { vec![] } else { vec!["texts"] };
    pair(&earlier.clauses, &later.clauses, |one| one.number, differs, Part::Clause, &mut changes);
    pair(&earlier.grants, &later.grants, |one| one.number, differing_fields, Part::Grant, &mut changes);
    changes
}

fn pair<T>(
    earlier: &[T],
    later: &[T],
    number: impl Fn(&T) -> u32,
    differing: impl Fn(&T, &T) -> Vec<&'static str>,
    part: impl Fn(u32) -> Part,
    changes: &mut Vec<Change>,
) {
    let mut numbers: Vec<u32> = earlier.iter().chain(later).map(&number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for one in numbers {
        let find = |list: &'_ [T]| list.iter().position(|item| number(item) == one);
        let (was, is) = (find(earlier), find(later));
        let fields = match (was, is) {
            (Some(was), Some(is)) => {
                let fields = differing(&earlier[was], &later[is]);
                if fields.is_empty() {
                    continue;
                }
                fields
            }
            _ => Vec::new(),
        };
        changes.push(Change { part: part(one), fields, was: was.is_some(), is: is.is_some() });
    }
}

fn differing_fields(a: &Grant, b: &Grant) -> Vec<&'static str> {
    // Taken apart, so that a field that joins is compared or does not compile.
    let Grant {
        number: _,
        recipients,
        owners,
        databases,
        operations,
        fields,
        purposes,
        held,
        handling,
        classification,
        daily_cap,
        duties,
    } = a;
    let differing = [
        ("recipients", *recipients != b.recipients),
        ("owners", *owners != b.owners),
        ("databases", *databases != b.databases),
        ("operations", *operations != b.operations),
        ("fields", *fields != b.fields),
        ("purposes", *purposes != b.purposes),
        ("held", *held != b.held),
        ("handling", *handling != b.handling),
        ("classification", *classification != b.classification),
        ("daily_cap", *daily_cap != b.daily_cap),
        ("duties", *duties != b.duties),
    ];
    differing.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
}
