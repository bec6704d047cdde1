//! Spellings entered one by one into tries that are built whole.
//!
//! A new spelling waits in a short list; when that is full it becomes a trie, into which smaller tries are merged. So
//! entering one costs little, a search sees it at once, and few tries are to be walked.

/// The number a caller gives to a spelling.
pub type SpellingId = u32;

/// Marks a node of a trie at which no spelling ends.
pub(crate) const NO_SPELLING: SpellingId = SpellingId::MAX;
/// Spellings that wait unsorted before they become a trie.
const MAX_PENDING: usize = 128;
/// A trie is merged into a new one unless it has this many times its spellings: few tries to walk, at the cost of
/// writing each spelling some dozens of times.
const MERGED: usize = 8;

/// A trie that is built once from spellings in ascending order without duplicates.
pub(crate) trait Layer<L> {
    /// Builds it.
    fn build(sorted: &[(&[L], SpellingId)]) -> Self;
    /// How many spellings it holds.
    fn spellings(&self) -> usize;
    /// Every spelling in ascending order.
    fn collect(&self) -> Spellings<L>;
    /// Bytes held.
    fn memory_bytes(&self) -> usize;
}

/// Spellings in one run of letters.
#[derive(Debug)]
pub(crate) struct Spellings<L> {
    letters: Vec<L>,
    ends: Vec<(usize, SpellingId)>,
}

impl<L> Default for Spellings<L> {
    fn default() -> Spellings<L> {
        Spellings { letters: Vec::new(), ends: Vec::new() }
    }
}

impl<L: Copy + Ord> Spellings<L> {
    pub(crate) fn push(&mut self, letters: &[L], spelling: SpellingId) {
        self.letters.extend(letters);
        self.ends.push((self.letters.len(), spelling));
    }

    pub(crate) fn rows(&self) -> Vec<(&[L], SpellingId)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, id))| (&self.letters[start..*end], *id)).collect()
    }

    fn merged(&self, other: &Spellings<L>) -> Spellings<L> {
        let mut merged = Spellings::default();
        let (a, b) = (self.rows(), other.rows());
        let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(x), Some(y)) if x <= y => left.next(),
                (_, Some(_)) => right.next(),
                (_, None) => left.next(),
            };
            let Some((letters, id)) = next else { break };
            merged.push(letters, *id);
        }
        merged
    }
}

/// The spellings of a collection: tries, larger ones first, and what waits.
#[derive(Debug)]
pub(crate) struct Layers<L, T> {
    tries: Vec<T>,
    pending: Vec<(Vec<L>, SpellingId)>,
}

impl<L, T> Default for Layers<L, T> {
    fn default() -> Layers<L, T> {
        Layers { tries: Vec::new(), pending: Vec::new() }
    }
}

impl<L: Copy + Ord, T: Layer<L>> Layers<L, T> {
    /// Enters a spelling that is not in it yet.
    pub(crate) fn insert(&mut self, letters: Vec<L>, spelling: SpellingId) {
        self.pending.push((letters, spelling));
        if self.pending.len() >= MAX_PENDING {
            self.merge(MERGED);
        }
    }

    /// Makes one trie of everything.
    pub(crate) fn settle(&mut self) {
        if !self.pending.is_empty() || self.tries.len() > 1 {
            self.merge(usize::MAX);
        }
    }

    /// Makes a trie of the spellings that wait, merging into it every trie of less than `factor` times their number.
    fn merge(&mut self, factor: usize) {
        let mut merged = Spellings::default();
        self.pending.sort_unstable();
        self.pending.drain(..).for_each(|(letters, id)| merged.push(&letters, id));
        let small = |trie: &T, merged: &Spellings<L>| {
            trie.spellings() < factor.saturating_mul(merged.ends.len().max(1))
        };
        while self.tries.last().is_some_and(|trie| small(trie, &merged)) {
            let Some(smaller) = self.tries.pop() else { break };
            merged = merged.merged(&smaller.collect());
        }
        self.tries.push(T::build(&merged.rows()));
    }

    /// Every trie, one of what waits included.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&T)) {
        self.tries.iter().for_each(&mut visit);
        if !self.pending.is_empty() {
            let mut sorted: Vec<(&[L], SpellingId)> =
                self.pending.iter().map(|(letters, id)| (letters.as_slice(), *id)).collect();
            sorted.sort_unstable();
            visit(&T::build(&sorted));
        }
    }

    /// Whether nothing was entered.
    pub(crate) fn is_empty(&self) -> bool {
        self.tries.is_empty() && self.pending.is_empty()
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.tries.iter().map(T::memory_bytes).sum::<usize>()
            + self.pending.iter().map(|(letters, _)| letters.capacity() * size_of::<L>() + 32).sum::<usize>()
    }

    #[cfg(test)]
    pub(crate) fn tries(&self) -> &[T] {
        &self.tries
    }
}
