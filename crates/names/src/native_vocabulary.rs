//! The distinct native spellings of a collection in one script, and the walk from Latin letters to those that may stand
//! for them.
//!
//! The counterpart of [`crate::vocabulary`]: there what was typed is fixed and Latin spellings are walked, here the
//! Latin letters of what was typed are fixed and recorded native spellings are walked. Writing that leaves vowels open
//! has far more possible Latin spellings than could be kept with a record, but each typed one has few native forms.
//!
//! As there, a prefix is kept while it lies within a window below the best *conceivable* native spelling, which depends
//! on the typed letters alone, and no recorded spelling can crowd out another.

use crate::channel::{Channel, ErrorCosts, MAX_LATIN_CHUNK, PackedLatin, pack_latin};
use crate::hashing::IntegerMap;
use crate::lanes::{NEVER, Row};
use crate::layers::{Layer, Layers, NO_SPELLING, Spellings};
use crate::name::MAX_PART_LETTERS;
use crate::vocabulary::{Found, STEPS, SpellingId, WalkLimits, steps};

/// The most Latin letters of a walk; what follows is ignored.
const MAX_LATIN: usize = 31;

/// A node of a trie; its children stand side by side in the order of their letters.
#[derive(Debug, Clone, Copy)]
struct Node {
    letter: char,
    first_child: u32,
    children: u32,
    spelling: SpellingId,
}

/// A trie that is built once; node 0 is its root.
#[derive(Debug)]
struct Trie {
    nodes: Vec<Node>,
    spellings: usize,
}

impl Layer<char> for Trie {
    fn build(sorted: &[(&[char], SpellingId)]) -> Trie {
        let root = Node { letter: '\0', first_child: 0, children: 0, spelling: NO_SPELLING };
        let mut trie = Trie { nodes: vec![root], spellings: sorted.len() };
        trie.fill(0, sorted, 0);
        trie.nodes.shrink_to_fit();
        trie
    }

    fn spellings(&self) -> usize {
        self.spellings
    }

    fn collect(&self) -> Spellings<char> {
        let mut rows = Spellings::default();
        self.collect_below(0, &mut Vec::new(), &mut rows);
        rows
    }

    fn memory_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }
}

impl Trie {
    /// Makes the children of a node from the spellings below it, which share their first `depth` letters.
    fn fill(&mut self, node: usize, sorted: &[(&[char], SpellingId)], depth: usize) {
        let (ended, longer) = sorted.split_at(sorted.partition_point(|(letters, _)| letters.len() <= depth));
        if let Some((_, spelling)) = ended.first() {
            self.nodes[node].spelling = *spelling;
        }
        let first_child = self.nodes.len();
        for below in longer.chunk_by(|(a, _), (b, _)| a[depth] == b[depth]) {
            let letter = below[0].0[depth];
            self.nodes.push(Node { letter, first_child: 0, children: 0, spelling: NO_SPELLING });
        }
        self.nodes[node].first_child = first_child as u32;
        self.nodes[node].children = (self.nodes.len() - first_child) as u32;
        for (child, below) in longer.chunk_by(|(a, _), (b, _)| a[depth] == b[depth]).enumerate() {
            self.fill(first_child + child, below, depth + 1);
        }
    }

    fn children(&self, node: Node) -> std::ops::Range<usize> {
        node.first_child as usize..(node.first_child + node.children) as usize
    }

    fn collect_below(&self, node: usize, path: &mut Vec<char>, rows: &mut Spellings<char>) {
        if self.nodes[node].spelling != NO_SPELLING {
            rows.push(path, self.nodes[node].spelling);
        }
        for child in self.children(self.nodes[node]) {
            path.push(self.nodes[child].letter);
            self.collect_below(child, path, rows);
            path.pop();
        }
    }
}

/// The native spellings of a collection in one script.
#[derive(Debug, Default)]
pub struct NativeVocabulary {
    layers: Layers<char, Trie>,
}

/// Buffers of a walk, reused between walks.
#[derive(Debug, Default)]
pub struct NativeWalkBuffers {
    short: Walk<1>,
    usual: Walk<2>,
    long: Box<Walk<4>>,
}

impl NativeVocabulary {
    /// An empty vocabulary.
    pub fn new() -> NativeVocabulary {
        NativeVocabulary::default()
    }

    /// Enters a spelling that is not in it yet; letters beyond [`MAX_PART_LETTERS`] are not kept.
    pub fn insert(&mut self, letters: &[char], spelling: SpellingId) {
        if !letters.is_empty() {
            self.layers.insert(letters.iter().copied().take(MAX_PART_LETTERS).collect(), spelling);
        }
    }

    /// Makes one trie of everything. A search sees all of it before too, at some cost; call it after the last of many.
    pub fn settle(&mut self) {
        self.layers.settle();
    }

    /// Whether nothing was entered.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.layers.memory_bytes()
    }

    /// Finds every spelling within the window for plain Latin letters (`a` = 1): log P(native spelling | Latin letters),
    /// nats.
    pub fn walk(
        &self,
        channel: &Channel,
        latin: &[u8],
        limits: &WalkLimits,
        buffers: &mut NativeWalkBuffers,
        found: &mut Vec<Found>,
    ) {
        match latin.len() {
            0 => {}
            1..8 => self.walk_in_lanes(channel, latin, limits, &mut buffers.short, found),
            8..16 => self.walk_in_lanes(channel, latin, limits, &mut buffers.usual, found),
            _ => {
                let latin = &latin[..latin.len().min(MAX_LATIN)];
                self.walk_in_lanes(channel, latin, limits, &mut buffers.long, found);
            }
        }
    }

    fn walk_in_lanes<const V: usize>(
        &self,
        channel: &Channel,
        latin: &[u8],
        limits: &WalkLimits,
        walk: &mut Walk<V>,
        found: &mut Vec<Found>,
    ) {
        walk.plan.fill(channel, latin, limits);
        self.layers.for_each(|trie| {
            walk.start();
            walk.below(trie, 0, 0, found);
        });
    }
}

/// One or two native letters as a key; the last letter lowest.
type NativeKey = u64;

fn pair_key(first: char, second: char) -> NativeKey {
    u64::from(first as u32) << 21 | u64::from(second as u32)
}

/// The scores of one native chunk: rows by Latin letters used, and whether a longer chunk begins with it.
#[derive(Debug, Clone, Copy, Default)]
struct Chunk {
    first_row: u32,
    rows: u32,
    /// The lanes from which a chunk of two letters begins with this one, as bits.
    begins_from: u32,
}

/// The correspondences of some Latin letters, laid out for a walk.
#[derive(Debug)]
struct Plan<const V: usize> {
    length: usize,
    /// Lowest score followed, by lane.
    least: Row<V>,
    /// A Latin letter that nothing is written for, by lane.
    dropped: Row<V>,
    /// A wrong letter, and a native one that stands for nothing, in every lane.
    substitution: Row<V>,
    insertion: Row<V>,
    chunks: IntegerMap<NativeKey, Chunk>,
    rows: Vec<(usize, Row<V>)>,
    /// While filling: (chunk, Latin letters used, end, score).
    entries: Vec<(NativeKey, u8, u8, i16)>,
}

impl<const V: usize> Default for Plan<V> {
    fn default() -> Plan<V> {
        Plan {
            length: 0,
            least: Row::of(i16::MAX),
            dropped: Row::of(NEVER),
            substitution: Row::of(NEVER),
            insertion: Row::of(NEVER),
            chunks: IntegerMap::default(),
            rows: Vec::new(),
            entries: Vec::new(),
        }
    }
}

impl<const V: usize> Plan<V> {
    fn fill(&mut self, channel: &Channel, latin: &[u8], limits: &WalkLimits) {
        self.length = latin.len();
        let best = best_conceivable(channel, latin, &limits.errors);
        let whole = best[0];
        let widest = limits.first_window.max(limits.last_window);
        let growth = (limits.last_window - limits.first_window) / latin.len().max(1) as f32;
        self.least = Row::from_fn(|i| match best.get(i) {
            Some(rest) => steps(whole - rest - limits.first_window - growth * i as f32),
            None => i16::MAX,
        });
        self.substitution = Row::of(steps(-limits.errors.substitution));
        self.insertion = Row::of(steps(-limits.errors.insertion));
        self.dropped = Row::of(NEVER);
        self.entries.clear();
        for end in 1..=latin.len() {
            self.dropped.set(end, steps(drop_cost(channel, latin[end - 1], &limits.errors)));
            for used in 1..=MAX_LATIN_CHUNK.min(end) {
                let spare = widest + best[end] - best[end - used];
                for (native, log_probability) in channel.natives(pack_latin(&latin[end - used..end])) {
                    if *native != 0 && *log_probability + spare >= 0.0 {
                        self.entries.push((*native, used as u8, end as u8, steps(*log_probability)));
                    }
                }
            }
        }
        for (native, log_probability) in channel.natives(0) {
            if *native < 1 << 21 && *native != 0 && *log_probability > -limits.errors.insertion {
                self.entries.push((*native, 0, 0, steps(*log_probability)));
            }
        }
        self.lay_out();
    }

    /// Sorts the entries into rows, one for each chunk and number of Latin letters used.
    fn lay_out(&mut self) {
        self.entries.sort_unstable();
        self.chunks.clear();
        self.rows.clear();
        for of_chunk in self.entries.chunk_by(|a, b| a.0 == b.0) {
            let first_row = self.rows.len() as u32;
            let mut lanes = 0;
            for of_used in of_chunk.chunk_by(|a, b| a.1 == b.1) {
                let used = of_used[0].1;
                let mut row = Row::of(NEVER);
                for (_, _, end, score) in of_used {
                    match used {
                        0 => (0..=self.length).for_each(|lane| row.set(lane, *score)),
                        _ => row.set(usize::from(*end), row.get(usize::from(*end)).max(*score)),
                    }
                    lanes |= if used == 0 { u32::MAX } else { 1 << (end - used) };
                }
                self.rows.push((usize::from(used), row));
            }
            let key = of_chunk[0].0;
            let rows = self.rows.len() as u32 - first_row;
            let chunk = self.chunks.entry(key).or_default();
            (chunk.first_row, chunk.rows) = (first_row, rows);
            if key >> 21 != 0 {
                self.chunks.entry(key >> 21).or_default().begins_from |= lanes;
            }
        }
    }

    fn rows_of(&self, chunk: Chunk) -> &[(usize, Row<V>)] {
        &self.rows[chunk.first_row as usize..(chunk.first_row + chunk.rows) as usize]
    }
}

/// What it costs that a Latin letter is not written, nats.
fn drop_cost(channel: &Channel, letter: u8, errors: &ErrorCosts) -> f32 {
    let known = channel.natives(PackedLatin::from(letter)).iter().find(|(native, _)| *native == 0);
    known.map_or(f32::NEG_INFINITY, |(_, log_probability)| *log_probability).max(-errors.deletion)
}

/// For the letters from each place on, the log probability of the best native spelling there could be.
fn best_conceivable(channel: &Channel, latin: &[u8], errors: &ErrorCosts) -> Vec<f32> {
    let length = latin.len();
    let mut best = vec![f32::NEG_INFINITY; length + 1];
    best[length] = 0.0;
    for i in (0..length).rev() {
        best[i] = best[i + 1] + drop_cost(channel, latin[i], errors).max(-errors.substitution);
        for used in 1..=MAX_LATIN_CHUNK.min(length - i) {
            let likeliest = channel.natives(pack_latin(&latin[i..i + used])).first();
            if let Some((_, log_probability)) = likeliest {
                best[i] = best[i].max(best[i + used] + log_probability);
            }
        }
    }
    best
}

/// A prefix on the way through a trie.
#[derive(Debug, Clone, Copy)]
struct Prefix<const V: usize> {
    letter: char,
    row: Row<V>,
    /// The lanes from which the threshold can still be reached, as bits.
    alive: u32,
}

#[derive(Debug)]
struct Walk<const V: usize> {
    plan: Plan<V>,
    path: Vec<Prefix<V>>,
}

impl<const V: usize> Default for Walk<V> {
    fn default() -> Walk<V> {
        let prefix = Prefix { letter: '\0', row: Row::of(NEVER), alive: 0 };
        Walk { plan: Plan::default(), path: vec![prefix; MAX_PART_LETTERS + 2] }
    }
}

/// Latin letters left out running: vowels and an h among them.
const DROPPED_RUNNING: usize = 3;

impl<const V: usize> Walk<V> {
    fn start(&mut self) {
        let mut row = Row::of(NEVER);
        row.set(0, 0);
        let row = self.drop_letters(row);
        self.path[0].row = row;
        self.path[0].alive = self.alive(&row);
    }

    fn drop_letters(&self, row: Row<V>) -> Row<V> {
        (0..DROPPED_RUNNING.div_ceil(2)).fold(row, |row, _| row.with_steps(&self.plan.dropped))
    }

    fn alive(&self, row: &Row<V>) -> u32 {
        row.reach(&self.plan.least) as u32
    }

    /// Follows the children of a node whose prefix is `path[depth]`.
    fn below(&mut self, trie: &Trie, node: usize, depth: usize, found: &mut Vec<Found>) {
        let Node { spelling, .. } = trie.nodes[node];
        let whole = self.path[depth].row.get(self.plan.length);
        if spelling != NO_SPELLING && whole >= self.plan.least.get(self.plan.length) {
            found.push(Found { spelling, log_probability: f32::from(whole) / STEPS });
        }
        if depth >= MAX_PART_LETTERS {
            return;
        }
        let wrong = self.wrong_letter(depth);
        let any_may_follow = self.alive(&self.drop_letters(wrong)) != 0;
        for child in trie.children(trie.nodes[node]) {
            let letter = trie.nodes[child].letter;
            let single = self.plan.chunks.get(&u64::from(letter as u32)).copied();
            let pair = match depth {
                0 => None,
                _ => self.plan.chunks.get(&pair_key(self.path[depth].letter, letter)).copied(),
            };
            if single.is_none() && pair.is_none() && !any_may_follow {
                continue;
            }
            let mut row = wrong;
            let begins = single.map_or(0, |chunk| chunk.begins_from);
            if let Some(chunk) = single {
                self.take(chunk, depth, &mut row);
            }
            if let Some(chunk) = pair {
                self.take(chunk, depth - 1, &mut row);
            }
            let row = self.drop_letters(row);
            let alive = self.alive(&row);
            if alive != 0 || begins & self.path[depth].alive != 0 {
                self.path[depth + 1] = Prefix { letter, row, alive };
                self.below(trie, child, depth + 1, found);
            }
        }
    }

    /// Takes a chunk that begins after the prefix of length `from`.
    fn take(&self, chunk: Chunk, from: usize, row: &mut Row<V>) {
        if self.path[from].alive == 0 {
            return;
        }
        for (used, scores) in self.plan.rows_of(chunk) {
            *row = row.max(&self.path[from].row.moved(*used).plus(scores));
        }
    }

    /// The row after a letter that fits nothing.
    fn wrong_letter(&self, depth: usize) -> Row<V> {
        let row = &self.path[depth].row;
        row.plus(&self.plan.insertion).max(&row.moved(1).plus(&self.plan.substitution))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ScoringBuffers;
    use crate::letters::latin_letters;
    use crate::name::Part;
    use crate::script::Script;
    use crate::tables::tables;

    const RECORDED: &[(Script, &[&str])] = &[
        (Script::Arabic, &["محمد", "محمود", "كالاتشيف", "عبدالرحمن", "القذافي", "ويليام", "مادورو"]),
        (Script::Han, &["卡拉切夫", "麦迪逊", "李", "克强", "穆罕默德", "威廉"]),
        (Script::Cyrillic, &["Калачев", "Мухаммед", "Уильям", "Мэдисон", "Ли"]),
        (Script::Bengali, &["কালাচেভ", "মুহাম্মদ", "উইলিয়াম"]),
    ];
    const TYPED: &[&str] =
        &["kalachev", "muhammad", "mahmud", "william", "madison", "li", "keqiang", "abdulrahman", "gaddafi"];

    /// What a walk finds is what scoring every spelling by itself gives, above the same bound.
    #[test]
    fn a_walk_finds_every_native_spelling_within_its_window() {
        let errors =
            ErrorCosts { substitution: 8.0, deletion: 5.0, insertion: 7.0, transposition: f32::INFINITY };
        let mut compared = 0;
        for settled in [false, true] {
            for (script, recorded) in RECORDED {
                let channel = tables().channel(*script);
                let parts: Vec<Part> =
                    recorded.iter().map(|text| Part::new(text, *script).unwrap()).collect();
                let mut vocabulary = NativeVocabulary::new();
                for (id, part) in parts.iter().enumerate() {
                    vocabulary.insert(part.native(), id as SpellingId);
                }
                if settled {
                    vocabulary.settle();
                }
                for typed in TYPED {
                    let latin = latin_letters(typed);
                    for window in [3.0, 7.0, 12.0] {
                        let limits =
                            WalkLimits { first_window: window, last_window: window, errors, hopeless: -45.0 };
                        let mut found = Vec::new();
                        let buffers = &mut NativeWalkBuffers::default();
                        vocabulary.walk(channel, &latin, &limits, buffers, &mut found);
                        let least = best_conceivable(channel, &latin, &errors)[0] - window;
                        for (id, part) in parts.iter().enumerate() {
                            let whole =
                                channel.score(part.native(), &latin, &errors, &mut ScoringBuffers::default());
                            let walked = found.iter().find(|f| f.spelling == id as SpellingId);
                            if whole >= least + 0.2 {
                                let walked = walked
                                    .unwrap_or_else(|| panic!("{typed} ~ {}: {whole} is lost", part.text()));
                                assert!(
                                    (walked.log_probability - whole).abs() < 0.2,
                                    "{typed} ~ {}",
                                    part.text()
                                );
                                compared += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(compared > 40, "{compared}");
    }

    #[test]
    fn tries_give_back_what_was_entered() {
        let mut vocabulary = NativeVocabulary::new();
        let letters: Vec<char> = "ابتثجحخ".chars().collect();
        for id in 0..2_000usize {
            let spelling: Vec<char> = (0..4).map(|place| letters[id / 7usize.pow(place) % 7]).collect();
            vocabulary.insert(&spelling, id as SpellingId);
        }
        vocabulary.settle();
        let rows = vocabulary.layers.tries()[0].collect();
        assert_eq!(rows.rows().len(), 2_000);
        assert!(rows.rows().windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
