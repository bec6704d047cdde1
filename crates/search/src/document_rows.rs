//! Rows of single documents in sorted runs: columns that are merged as they grow, each row some few times.
//!
//! A new run is merged with the one before it while that one is less than four times as long. So there are few runs
//! (eight for 150 million rows), and a row is copied O(log n) times in its life.

use barid_domain::ids::RecordId;

/// The number of a class of documents: of these there are many millions, in fewer classes than of anything else.
pub(crate) type DocumentClassId = u16;

/// Marks a row that was taken out.
pub(crate) const REMOVED: DocumentClassId = DocumentClassId::MAX;
/// A run is merged into the one before it unless that one is this many times as long.
const GROWTH: usize = 4;
/// The first step when looking for the place that a hash should have.
const FIRST_STEP: usize = 64;
const GONE: u32 = u32::MAX;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) hash: u64,
    pub(crate) id: RecordId,
    pub(crate) class: DocumentClassId,
}

/// Rows in the order of their hashes, as columns.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) hashes: Vec<u64>,
    pub(crate) classes: Vec<DocumentClassId>,
    pub(crate) ids: Vec<RecordId>,
    /// Row numbers in the order of record ids.
    pub(crate) by_id: Vec<u32>,
    pub(crate) removed: usize,
}

impl Run {
    fn with_capacity(rows: usize) -> Self {
        Self {
            hashes: Vec::with_capacity(rows),
            classes: Vec::with_capacity(rows),
            ids: Vec::with_capacity(rows),
            by_id: Vec::with_capacity(rows),
            removed: 0,
        }
    }

    /// Makes a run of rows that come in the order of their hashes.
    pub(crate) fn from_sorted(rows: impl ExactSizeIterator<Item = Row>) -> Self {
        let mut run = Self::with_capacity(rows.len());
        rows.for_each(|row| run.push(row));
        run.by_id.extend(0..run.ids.len() as u32);
        let ids = &run.ids;
        run.by_id.sort_unstable_by_key(|row| ids[*row as usize]);
        run
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    fn push(&mut self, row: Row) {
        self.hashes.push(row.hash);
        self.ids.push(row.id);
        self.classes.push(row.class);
    }

    fn row(&self, at: usize) -> Row {
        Row { hash: self.hashes[at], id: self.ids[at], class: self.classes[at] }
    }

    /// Takes a record out; whether it was there.
    pub(crate) fn remove(&mut self, id: RecordId) -> bool {
        let at = self.by_id.partition_point(|row| self.ids[*row as usize] < id);
        let of_id = self.by_id[at..].iter().take_while(|row| self.ids[**row as usize] == id);
        for row in of_id {
            let class = &mut self.classes[*row as usize];
            if *class != REMOVED {
                *class = REMOVED;
                self.removed += 1;
                return true;
            }
        }
        false
    }

    /// The class of a record that stands.
    pub(crate) fn class_of(&self, id: RecordId) -> Option<DocumentClassId> {
        let at = self.by_id.partition_point(|row| self.ids[*row as usize] < id);
        let of_id = self.by_id[at..].iter().take_while(|row| self.ids[**row as usize] == id);
        of_id.map(|row| self.classes[*row as usize]).find(|class| *class != REMOVED)
    }

    /// The rows with hashes from `low` to `high`, those taken out among them.
    pub(crate) fn between(&self, low: u64, high: u64) -> impl Iterator<Item = Row> {
        let start = first_at_least(&self.hashes, low);
        (start..self.len()).take_while(move |at| self.hashes[*at] <= high).map(|at| self.row(at))
    }

    /// The rows that stand.
    pub(crate) fn standing(&self) -> impl Iterator<Item = Row> {
        (0..self.len()).map(|at| self.row(at)).filter(|row| row.class != REMOVED)
    }

    /// Merges two runs; rows that were taken out are left behind.
    fn merge(self, other: Self) -> Self {
        let rows = self.len() + other.len() - self.removed - other.removed;
        let mut merged = Self::with_capacity(rows);
        let (mut placed, mut other_placed) =
            (Vec::with_capacity(self.len()), Vec::with_capacity(other.len()));
        while placed.len() < self.len() || other_placed.len() < other.len() {
            let own_first = match (self.hashes.get(placed.len()), other.hashes.get(other_placed.len())) {
                (Some(own), Some(others)) => own <= others,
                (own, _) => own.is_some(),
            };
            let (from, placed) = if own_first { (&self, &mut placed) } else { (&other, &mut other_placed) };
            let row = from.row(placed.len());
            placed.push(if row.class == REMOVED { GONE } else { merged.len() as u32 });
            if row.class != REMOVED {
                merged.push(row);
            }
        }
        merged.by_id = merge_orders(&merged.ids, self.by_id_as(&placed), other.by_id_as(&other_placed), rows);
        merged
    }

    /// The order of ids in the numbers that the rows have in another run.
    fn by_id_as(&self, placed: &[u32]) -> impl Iterator<Item = u32> {
        self.by_id.iter().map(|row| placed[*row as usize]).filter(|row| *row != GONE)
    }

    fn memory_bytes(&self) -> usize {
        self.hashes.capacity() * size_of::<u64>()
            + self.classes.capacity() * size_of::<DocumentClassId>()
            + self.ids.capacity() * size_of::<RecordId>()
            + self.by_id.capacity() * size_of::<u32>()
    }
}

fn merge_orders(
    ids: &[RecordId],
    one: impl Iterator<Item = u32>,
    other: impl Iterator<Item = u32>,
    rows: usize,
) -> Vec<u32> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    let mut order = Vec::with_capacity(rows);
    loop {
        let next = match (one.peek(), other.peek()) {
            (Some(a), Some(b)) if ids[*b as usize] < ids[*a as usize] => other.next(),
            (Some(_), _) => one.next(),
            (None, _) => other.next(),
        };
        match next {
            Some(row) => order.push(row),
            None => return order,
        }
    }
}

/// Finds the first place whose hash is not below `low`. Hashes are evenly spread, so the search begins where they ought
/// to be and goes out from there.
fn first_at_least(hashes: &[u64], low: u64) -> usize {
    let rows = hashes.len();
    // Below `rows`, because `low` is below 2^64.
    let guess = ((u128::from(low) * rows as u128) >> 64) as usize;
    let (mut from, mut to) = (guess, guess);
    let mut step = FIRST_STEP;
    while from > 0 && hashes[from] >= low {
        from = from.saturating_sub(step);
        step *= 2;
    }
    step = FIRST_STEP;
    while to < rows && hashes[to] < low {
        to = (to + step).min(rows);
        step *= 2;
    }
    from + hashes[from..to].partition_point(|hash| *hash < low)
}

/// All runs, the longest first.
#[derive(Default)]
pub(crate) struct Runs(Vec<Run>);

impl Runs {
    /// Adds a run, merging while the one before is not much longer.
    pub(crate) fn push(&mut self, run: Run) {
        self.0.push(run);
        while let [.., before, last] = self.0.as_slice()
            && before.len() < last.len().saturating_mul(GROWTH)
        {
            self.merge_last();
        }
    }

    fn merge_last(&mut self) {
        if let (Some(last), Some(before)) = (self.0.pop(), self.0.pop()) {
            self.0.push(before.merge(last));
        }
    }

    /// Takes a record out; whether it was there. A run of which most was taken out is written anew.
    pub(crate) fn remove(&mut self, id: RecordId) -> bool {
        let Some(run) = self.0.iter_mut().rev().find_map(|run| run.remove(id).then_some(run)) else {
            return false;
        };
        if run.removed > run.len() / 2 {
            *run = std::mem::take(run).merge(Run::default());
        }
        true
    }

    /// The class of a record that stands.
    pub(crate) fn class_of(&self, id: RecordId) -> Option<DocumentClassId> {
        self.0.iter().rev().find_map(|run| run.class_of(id))
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Run> {
        self.0.iter()
    }

    /// How many rows stand.
    pub(crate) fn standing(&self) -> usize {
        self.0.iter().map(|run| run.len() - run.removed).sum()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.iter().map(Run::memory_bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(hash: u64, number: u32) -> Row {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
        Row { hash, id: RecordId(id), class: (number % 7) as DocumentClassId }
    }

    fn run(mut rows: Vec<Row>) -> Run {
        rows.sort_unstable();
        Run::from_sorted(rows.into_iter())
    }

    fn is_in_order(run: &Run) -> bool {
        run.hashes.is_sorted()
            && run.by_id.len() == run.len()
            && run.by_id.windows(2).all(|pair| run.ids[pair[0] as usize] <= run.ids[pair[1] as usize])
    }

    proptest! {
        #[test]
        fn the_place_of_a_hash_is_found_wherever_the_hashes_lie(
            mut hashes in proptest::collection::vec(any::<u64>(), 0..600), low in any::<u64>(), narrow in 0..64u32,
        ) {
            // Narrow ones all lie at one end, where the guess is far off.
            hashes.iter_mut().for_each(|hash| *hash >>= narrow);
            hashes.sort_unstable();
            let ends = [0, u64::MAX, low, low >> narrow];
            for low in hashes.iter().copied().chain(ends) {
                prop_assert_eq!(first_at_least(&hashes, low), hashes.partition_point(|hash| *hash < low));
            }
        }

        #[test]
        fn merging_keeps_every_row_that_stands_and_both_orders(
            one in proptest::collection::vec((0..50u64, 0..1_000u32), 0..60),
            other in proptest::collection::vec((0..50u64, 1_000..2_000u32), 0..60),
            removed in proptest::collection::vec(0..2_000u32, 0..40),
        ) {
            let rows = |of: &[(u64, u32)]| of.iter().map(|(hash, number)| row(*hash, *number)).collect::<Vec<_>>();
            let (mut a, mut b) = (run(rows(&one)), run(rows(&other)));
            for number in removed {
                let id = row(0, number).id;
                while a.remove(id) || b.remove(id) {}
            }
            let mut expected: Vec<Row> = a.standing().chain(b.standing()).collect();
            expected.sort_unstable();
            let merged = a.merge(b);
            prop_assert!(is_in_order(&merged) && merged.removed == 0);
            let mut found: Vec<Row> = merged.standing().collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn rows_are_copied_a_logarithmic_number_of_times() {
        let (mut runs, mut copied, small) = (Runs::default(), 0, 64);
        let pushes = 1 << 10;
        for number in 0..pushes {
            runs.0.push(run((0..small).map(|n| row(u64::from(n) << 58, number * small + n)).collect()));
            while let [.., before, last] = runs.0.as_slice()
                && before.len() < last.len() * GROWTH
            {
                copied += before.len() + last.len();
                runs.merge_last();
            }
        }
        let rows = (pushes * small) as usize;
        assert_eq!(runs.standing(), rows);
        assert!(runs.0.len() <= 6, "{} runs", runs.0.len());
        // 4 copies a level at most, log 4 of 1,024 levels.
        assert!(copied <= rows * 20, "{copied} copies of {rows} rows");
        assert!(runs.iter().all(is_in_order));
    }

    #[test]
    fn a_run_of_which_most_was_taken_out_is_written_anew() {
        let mut runs = Runs::default();
        runs.push(run((0..100).map(|n| row(u64::from(n), n)).collect()));
        for number in 0..60 {
            assert!(runs.remove(row(0, number).id) && !runs.remove(row(0, number).id));
        }
        assert_eq!((runs.standing(), runs.0[0].len()), (40, 49));
    }
}
