//! Comparison of a new edition of a list with the one imported before.
//!
//! Knows identifiers and fingerprints only. The caller keeps the fingerprints
//! of what it took, feeds the items of the new edition as they are read, and
//! learns what to add, revise, leave and withdraw. Importing the same file twice
//! changes nothing; what a reading refused is never taken for withdrawn.

use std::collections::{BTreeMap, BTreeSet};

/// SHA-256 over the content of an item, its place in the file left out.
pub type Fingerprint = [u8; 32];

/// What an item of the new edition is, seen from the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The old edition did not have it.
    Added,
    /// The old edition had it with other content.
    Revised,
    /// The same content as before: nothing to write.
    Unchanged,
    /// The new edition had it already; the first one counts.
    Repeated,
}

/// Says how a reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingEnd {
    /// The source was read to its regular end.
    Complete,
    /// The reading broke off: what is missing may stand behind the break.
    BrokenOff,
}

/// Why items that are missing are not withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// The reading broke off.
    BrokenOff,
    /// An item was refused and its identifier could not be read: it may be any of them.
    RefusedWithoutId,
    /// The new edition has no items at all, which is more likely a wrong file than an empty list.
    EmptyEdition,
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionOutcome {
    /// Items the old edition did not have.
    pub added: u64,
    /// Items with other content than before.
    pub revised: u64,
    /// Items with the same content.
    pub unchanged: u64,
    /// Items that came more than once.
    pub repeated: u64,
    /// Refused items; those known before stay as they are.
    pub refused: u64,
    /// Identifiers of the old edition that the new one leaves out: to be withdrawn.
    pub withdrawn: Vec<String>,
    /// Identifiers that are missing, but not withdrawn, and why.
    pub held_back: Option<(HeldBack, Vec<String>)>,
}

/// A comparison under way.
#[derive(Debug)]
pub struct EditionComparison {
    previous: BTreeMap<String, Fingerprint>,
    seen: BTreeSet<String>,
    refused_ids: BTreeSet<String>,
    refused_without_id: u64,
    refused: u64,
    counts: [u64; 4],
}

impl EditionComparison {
    /// Begins with the fingerprints of what was taken from the edition before; none at first.
    pub fn new(previous: BTreeMap<String, Fingerprint>) -> Self {
        EditionComparison {
            previous,
            seen: BTreeSet::new(),
            refused_ids: BTreeSet::new(),
            refused_without_id: 0,
            refused: 0,
            counts: [0; 4],
        }
    }

    /// Takes an item that was read and says what it is.
    pub fn item(&mut self, id: &str, fingerprint: &Fingerprint) -> Change {
        let change = if !self.seen.insert(id.to_owned()) {
            Change::Repeated
        } else {
            match self.previous.get(id) {
                None => Change::Added,
                Some(known) if known == fingerprint => Change::Unchanged,
                Some(_) => Change::Revised,
            }
        };
        self.counts[change as usize] += 1;
        change
    }

    /// Takes an item that was refused, by the reader or later by the records' own rules.
    ///
    /// With its identifier that one item stays as it is; without one, nothing is withdrawn.
    pub fn refused(&mut self, id: Option<&str>) {
        self.refused += 1;
        match id {
            Some(id) => {
                self.refused_ids.insert(id.to_owned());
            }
            None => self.refused_without_id += 1,
        }
    }

    /// Ends the comparison.
    pub fn finish(self, end: ReadingEnd) -> EditionOutcome {
        let missing: Vec<String> = self
            .previous
            .keys()
            .filter(|id| !self.seen.contains(*id) && !self.refused_ids.contains(*id))
            .cloned()
            .collect();
        let reason = match end {
            ReadingEnd::BrokenOff => Some(HeldBack::BrokenOff),
            ReadingEnd::Complete if self.refused_without_id > 0 => Some(HeldBack::RefusedWithoutId),
            ReadingEnd::Complete if self.seen.is_empty() => Some(HeldBack::EmptyEdition),
            ReadingEnd::Complete => None,
        };
        let [added, revised, unchanged, repeated] = self.counts;
        let (withdrawn, held_back) = match reason {
            Some(reason) if !missing.is_empty() => (Vec::new(), Some((reason, missing))),
            Some(_) | None => (missing, None),
        };
        EditionOutcome { added, revised, unchanged, repeated, refused: self.refused, withdrawn, held_back }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn previous() -> BTreeMap<String, Fingerprint> {
        ["a", "b", "c"].iter().zip(1u8..).map(|(id, n)| ((*id).to_owned(), [n; 32])).collect()
    }

    #[test]
    fn the_same_edition_twice_changes_nothing() {
        let mut comparison = EditionComparison::new(previous());
        for (id, fingerprint) in previous() {
            assert_eq!(comparison.item(&id, &fingerprint), Change::Unchanged);
        }
        let outcome = comparison.finish(ReadingEnd::Complete);
        assert_eq!((outcome.added, outcome.revised, outcome.unchanged), (0, 0, 3));
        assert!(outcome.withdrawn.is_empty() && outcome.held_back.is_none());
    }

    #[test]
    fn a_newer_edition_adds_revises_and_withdraws() {
        let mut comparison = EditionComparison::new(previous());
        assert_eq!(comparison.item("a", &[1; 32]), Change::Unchanged);
        assert_eq!(comparison.item("b", &[9; 32]), Change::Revised);
        assert_eq!(comparison.item("г", &[4; 32]), Change::Added);
        assert_eq!(comparison.item("г", &[5; 32]), Change::Repeated);
        let outcome = comparison.finish(ReadingEnd::Complete);
        assert_eq!(outcome.withdrawn, ["c"]);
        assert_eq!((outcome.added, outcome.revised, outcome.unchanged, outcome.repeated), (1, 1, 1, 1));
    }

    #[test]
    fn a_refused_item_is_never_withdrawn() {
        let mut comparison = EditionComparison::new(previous());
        comparison.item("a", &[1; 32]);
        comparison.refused(Some("b"));
        let outcome = comparison.finish(ReadingEnd::Complete);
        assert_eq!((outcome.withdrawn, outcome.refused), (vec!["c".to_owned()], 1));
    }

    #[test]
    fn nothing_is_withdrawn_on_doubt() {
        let all = |reason| Some((reason, vec!["b".to_owned(), "c".to_owned()]));
        let one_read = || {
            let mut comparison = EditionComparison::new(previous());
            comparison.item("a", &[1; 32]);
            comparison
        };
        assert_eq!(one_read().finish(ReadingEnd::BrokenOff).held_back, all(HeldBack::BrokenOff));
        let mut nameless = one_read();
        nameless.refused(None);
        assert_eq!(nameless.finish(ReadingEnd::Complete).held_back, all(HeldBack::RefusedWithoutId));
        let outcome = EditionComparison::new(previous()).finish(ReadingEnd::Complete);
        assert_eq!(
            outcome.held_back.map(|(reason, ids)| (reason, ids.len())),
            Some((HeldBack::EmptyEdition, 3))
        );
        assert!(outcome.withdrawn.is_empty());
    }
}
