//! The distinct spellings of a collection as tries, and the walk that finds those a typed part may stand for.
//!
//! A spelling is a row of letter numbers of the plain Latin alphabet. For every prefix a walk keeps one row of scores,
//! one for each number of typed letters used up, and works on the whole row at once; the letters' correspondences are
//! laid out per walk as such rows too (`WalkPlan`), with a table of the letters that can go on from there, so that
//! most of a trie is never looked at.
//!
//! The walk keeps every prefix whose score is within a window of the best *conceivable* spelling of the typed letters;
//! the window is narrow at the beginning, where most of a trie is, and grows with the letters used up.
//! The bound depends on the typed part alone, never on the collection, so spellings of records that a searcher may not
//! see can't crowd out others. New spellings go into small tries that are merged as they grow, so that entering one
//! costs little and a search sees it at once.

use crate::channel::{Channel, ErrorCosts};
use crate::lanes::{NEVER, Row};
use crate::layers::{Layer, Layers, NO_SPELLING, Spellings};
use crate::name::MAX_PART_LETTERS;
use crate::walk_plan::{Begun, State, WalkPlan};

pub use crate::layers::SpellingId;

/// Steps per nat in the rows of a walk.
pub(crate) const STEPS: f32 = 128.0;

/// A node of a trie. Most spellings part from all others long before they end: their last letters stand in a row.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Which letters go on from it, as bits, and [`ENDS`]; or [`TAIL`]; or nothing for a leaf.
    letters: u32,
    /// Where its children stand side by side, that of [`ENDS`] first; where its tail begins; the spelling of a leaf.
    at: u32,
}

/// A spelling ends at this node too.
const ENDS: u32 = 1;
/// One spelling goes on from this node.
const TAIL: u32 = 1 << 31;
const LEAF: Node = Node { letters: 0, at: NO_SPELLING };

/// A trie that is built once; node 0 is its root.
#[derive(Debug)]
struct Trie {
    nodes: Vec<Node>,
    /// How many letters are left, these letters, and the spelling in four bytes.
    tails: Vec<u8>,
    spellings: usize,
}

impl Layer<u8> for Trie {
    fn build(sorted: &[(&[u8], SpellingId)]) -> Trie {
        let mut trie = Trie { nodes: vec![LEAF], tails: Vec::new(), spellings: sorted.len() };
        trie.fill(0, sorted, 0);
        trie.nodes.shrink_to_fit();
        trie.tails.shrink_to_fit();
        trie
    }

    fn spellings(&self) -> usize {
        self.spellings
    }

    fn collect(&self) -> Spellings<u8> {
        let mut rows = Spellings::default();
        if self.spellings > 0 {
            self.collect_below(self.nodes[0], &mut Vec::new(), &mut rows);
        }
        rows
    }

    fn memory_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.tails.capacity()
    }
}

impl Trie {
    /// Fills in a node from the spellings below it, which share their first `depth` letters.
    fn fill(&mut self, node: usize, sorted: &[(&[u8], SpellingId)], depth: usize) {
        if let [(letters, spelling)] = sorted {
            self.nodes[node] = self.tail(&letters[depth..], *spelling);
            return;
        }
        let first_child = self.nodes.len();
        let letter_of = |spelling: &[u8]| spelling.get(depth).copied().unwrap_or(0);
        let letters = sorted.iter().fold(0u32, |bits, (spelling, _)| bits | 1 << letter_of(spelling));
        self.nodes[node] = Node { letters, at: first_child as u32 };
        self.nodes.resize(first_child + letters.count_ones() as usize, LEAF);
        let mut rest = sorted;
        let mut child = first_child;
        while let Some((spelling, _)) = rest.first() {
            let letter = letter_of(spelling);
            let (below, others) = rest.split_at(rest.partition_point(|(s, _)| letter_of(s) == letter));
            match letter {
                0 => self.nodes[child] = Node { letters: 0, at: below[0].1 },
                _ => self.fill(child, below, depth + 1),
            }
            child += 1;
            rest = others;
        }
    }

    /// A node from which one spelling goes on.
    fn tail(&mut self, letters: &[u8], spelling: SpellingId) -> Node {
        if letters.is_empty() {
            return Node { letters: 0, at: spelling };
        }
        let at = self.tails.len() as u32;
        self.tails.push(letters.len() as u8);
        self.tails.extend(letters);
        self.tails.extend(spelling.to_le_bytes());
        Node { letters: TAIL, at }
    }

    /// The letters of a tail and its spelling.
    fn tail_at(&self, at: u32) -> (&[u8], SpellingId) {
        let rest = &self.tails[at as usize..];
        let end = 1 + usize::from(rest[0]);
        let spelling = rest[end..end + 4].try_into().map_or(NO_SPELLING, SpellingId::from_le_bytes);
        (&rest[1..end], spelling)
    }

    /// Every spelling below a node in ascending order.
    fn collect_below(&self, node: Node, path: &mut Vec<u8>, rows: &mut Spellings<u8>) {
        match node.letters {
            0 => rows.push(path, node.at),
            TAIL => {
                let (letters, spelling) = self.tail_at(node.at);
                let length = path.len();
                path.extend(letters);
                rows.push(path, spelling);
                path.truncate(length);
            }
            letters => {
                let mut left = letters;
                let mut child = node.at as usize;
                while left != 0 {
                    let letter = left.trailing_zeros() as u8;
                    path.extend((letter > 0).then_some(letter));
                    self.collect_below(self.nodes[child], path, rows);
                    path.truncate(path.len() - usize::from(letter > 0));
                    left &= left - 1;
                    child += 1;
                }
            }
        }
    }
}

/// The spellings of a collection.
#[derive(Debug, Default)]
pub struct Vocabulary {
    layers: Layers<u8, Trie>,
}

/// What a walk looks for.
#[derive(Debug, Clone, Copy)]
pub struct WalkLimits {
    /// How far (nats) below the best conceivable spelling a prefix may fall while nothing typed is used up yet.
    pub first_window: f32,
    /// The same for a whole spelling; in between it grows letter by letter.
    pub last_window: f32,
    /// Costs of letters that fit nothing.
    pub errors: ErrorCosts,
    /// log P below which a spelling by itself is of no interest any more, nats.
    pub hopeless: f32,
}

/// A spelling found by a walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The caller's number of the spelling.
    pub spelling: SpellingId,
    /// log P(typed letters | spelling), nats.
    pub log_probability: f32,
}

/// A spelling that may be the beginning of what was typed, the rest being another part of the name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beginning {
    /// The caller's number of the spelling.
    pub spelling: SpellingId,
    /// How many of the typed letters it takes up.
    pub letters: usize,
    /// log P(those letters | spelling), nats.
    pub log_probability: f32,
}

/// The fewest typed letters that a beginning takes up, and that are left after it.
const LEAST_BEGINNING: usize = 3;

/// Buffers of a walk, reused between walks. They keep how the last typed part was laid out, so that single spellings can
/// be scored too.
#[derive(Debug, Default)]
pub struct WalkBuffers {
    last: Lane,
    short: LaneBuffers<1>,
    usual: LaneBuffers<2>,
    long: Box<LaneBuffers<6>>,
}

/// Which of the buffers hold the last typed part.
#[derive(Debug, Default, Clone, Copy)]
enum Lane {
    #[default]
    None,
    Short,
    Usual,
    Long,
}

impl WalkBuffers {
    /// What the last walk found to be the beginning of the typed part.
    pub fn beginnings(&self) -> impl Iterator<Item = Beginning> {
        let found = match self.last {
            Lane::None => &[],
            Lane::Short => self.short.beginnings.as_slice(),
            Lane::Usual => &self.usual.beginnings,
            Lane::Long => &self.long.beginnings,
        };
        found.iter().copied()
    }

    /// log P(letters of the last part walked | spelling), nats, however far from the best it is; minus infinity may be
    /// given for what is below the walk's [`WalkLimits::hopeless`].
    pub fn score(&mut self, spelling: &[u8]) -> f32 {
        match self.last {
            Lane::None => f32::NEG_INFINITY,
            Lane::Short => self.short.score(spelling),
            Lane::Usual => self.usual.score(spelling),
            Lane::Long => self.long.score(spelling),
        }
    }
}

impl Vocabulary {
    /// An empty vocabulary.
    pub fn new() -> Vocabulary {
        Vocabulary::default()
    }

    /// Enters a spelling that is not in it yet; letters beyond [`MAX_PART_LETTERS`] are not kept.
    pub fn insert(&mut self, letters: &[u8], spelling: SpellingId) {
        let letters: Vec<u8> =
            letters.iter().copied().filter(|n| (1..=26).contains(n)).take(MAX_PART_LETTERS).collect();
        if letters.is_empty() {
            return;
        }
        self.layers.insert(letters, spelling);
    }

    /// Makes one trie of everything. A search sees all of it before too, at some cost; call it after the last of many.
    pub fn settle(&mut self) {
        self.layers.settle();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.layers.memory_bytes()
    }

    /// Finds every spelling within the window for the folded letters of one part.
    pub fn walk(
        &self,
        channel: &Channel,
        native: &[char],
        limits: &WalkLimits,
        buffers: &mut WalkBuffers,
        found: &mut Vec<Found>,
    ) {
        match native.len() {
            0 => buffers.last = Lane::None,
            1..8 => {
                buffers.last = Lane::Short;
                self.walk_in_lanes(channel, native, limits, &mut buffers.short, found);
            }
            8..16 => {
                buffers.last = Lane::Usual;
                self.walk_in_lanes(channel, native, limits, &mut buffers.usual, found);
            }
            _ => {
                buffers.last = Lane::Long;
                let native = &native[..native.len().min(47)];
                self.walk_in_lanes(channel, native, limits, &mut buffers.long, found);
            }
        }
    }

    fn walk_in_lanes<const V: usize>(
        &self,
        channel: &Channel,
        native: &[char],
        limits: &WalkLimits,
        buffers: &mut LaneBuffers<V>,
        found: &mut Vec<Found>,
    ) {
        buffers.plan.fill(channel, native, limits);
        buffers.beginnings.clear();
        self.layers.for_each(|trie| buffers.walk(trie, found));
    }
}

pub(crate) fn steps(nats: f32) -> i16 {
    (nats * STEPS).clamp(-30_000.0, 0.0) as i16
}

#[derive(Debug)]
struct LaneBuffers<const V: usize> {
    plan: WalkPlan<V>,
    path: Vec<Prefix<V>>,
    beginnings: Vec<Beginning>,
}

/// A prefix on the way through a trie.
#[derive(Debug, Clone, Copy)]
struct Prefix<const V: usize> {
    row: Row<V>,
    /// The lanes from which the threshold can still be reached, as bits.
    alive: u64,
    /// What its last letters are of chunks.
    state: State,
}

impl<const V: usize> Default for LaneBuffers<V> {
    fn default() -> LaneBuffers<V> {
        let prefix = Prefix { row: Row::of(NEVER), alive: 0, state: 0 };
        LaneBuffers {
            plan: WalkPlan::default(),
            path: vec![prefix; MAX_PART_LETTERS + 2],
            beginnings: Vec::new(),
        }
    }
}

impl<const V: usize> LaneBuffers<V> {
    fn walk(&mut self, trie: &Trie, found: &mut Vec<Found>) {
        self.start();
        self.below(trie, trie.nodes[0], 0, found);
    }

    fn start(&mut self) {
        let mut row = Row::of(NEVER);
        row.set(0, 0);
        let row = row.with_steps(&self.plan.insertion);
        self.path[0].row = row;
        self.path[0].alive = self.alive(&row);
    }

    /// Follows one spelling whatever its score.
    fn score(&mut self, spelling: &[u8]) -> f32 {
        self.start();
        let mut depth = 0;
        let mut hopeless = 0;
        for letter in spelling.iter().filter(|n| (1..=26).contains(*n)).take(MAX_PART_LETTERS) {
            let wrong = self.wrong_letter(depth);
            depth += 1;
            (self.path[depth].row, _) = self.row(&wrong, depth, u32::from(*letter));
            self.path[depth].alive = u64::MAX;
            // A chunk may yet begin at an earlier letter than those since when there is no hope.
            hopeless = if self.is_hopeless(depth) { hopeless + 1 } else { 0 };
            if hopeless >= self.plan.longest {
                return f32::NEG_INFINITY;
            }
        }
        f32::from(self.path[depth].row.get(self.plan.length)) / STEPS
    }

    fn is_hopeless(&self, depth: usize) -> bool {
        self.path[depth].row.reach(&self.plan.hopeless) == 0
    }

    /// Follows what goes on from a node whose prefix is `path[depth]`.
    fn below(&mut self, trie: &Trie, node: Node, depth: usize, found: &mut Vec<Found>) {
        let letters = match node.letters {
            0 => return self.end(node.at, depth, found),
            TAIL => return self.follow_tail(trie.tail_at(node.at), depth, found),
            letters => letters,
        };
        let children = &trie.nodes[node.at as usize..];
        if letters & ENDS != 0 {
            self.end(children[0].at, depth, found);
        }
        if depth >= MAX_PART_LETTERS {
            return;
        }
        let wrong = self.wrong_letter(depth);
        let ended = wrong.with_steps(&self.plan.insertion);
        let ahead = if self.alive(&ended) != 0 { u32::MAX } else { self.letters_ahead(depth) };
        let mut left = letters & ahead & !ENDS;
        while left != 0 {
            let letter = left.trailing_zeros();
            left &= left - 1;
            if self.step(&wrong, depth + 1, letter) {
                let child = (letters & ((1 << letter) - 1)).count_ones() as usize;
                self.below(trie, children[child], depth + 1, found);
            }
        }
    }

    /// Follows the only spelling that goes on from `path[depth]`.
    fn follow_tail(
        &mut self,
        (letters, spelling): (&[u8], SpellingId),
        mut depth: usize,
        found: &mut Vec<Found>,
    ) {
        for letter in letters {
            let wrong = self.wrong_letter(depth);
            depth += 1;
            if depth > MAX_PART_LETTERS || !self.step(&wrong, depth, u32::from(*letter)) {
                return;
            }
        }
        self.end(spelling, depth, found);
    }

    /// Makes `path[depth]` from the prefix before it and a letter; whether what was typed may yet be reached from it.
    #[inline(always)]
    fn step(&mut self, wrong: &Row<V>, depth: usize, letter: u32) -> bool {
        let (row, begun) = self.row(wrong, depth, letter);
        let alive = self.alive(&row);
        self.path[depth].row = row;
        self.path[depth].alive = alive;
        alive != 0 || begun
    }

    /// Notes a spelling that ends at `path[depth]`.
    fn end(&mut self, spelling: SpellingId, depth: usize, found: &mut Vec<Found>) {
        if spelling == NO_SPELLING {
            return;
        }
        let whole = self.path[depth].row.get(self.plan.length);
        if whole >= self.plan.least.get(self.plan.length) {
            found.push(Found { spelling, log_probability: f32::from(whole) / STEPS });
        }
        if depth >= LEAST_BEGINNING {
            self.note_beginnings(spelling, depth);
        }
    }

    /// Notes the places where a spelling ends and what was typed may go on with another part.
    fn note_beginnings(&mut self, spelling: SpellingId, depth: usize) {
        let last = self.plan.length.saturating_sub(LEAST_BEGINNING);
        let Prefix { row, alive, .. } = &self.path[depth];
        for letters in LEAST_BEGINNING..=last {
            if alive >> letters & 1 == 1 {
                let log_probability = f32::from(row.get(letters)) / STEPS;
                self.beginnings.push(Beginning { spelling, letters, log_probability });
            }
        }
    }

    /// The lanes from which the threshold can still be reached.
    #[inline(always)]
    fn alive(&self, row: &Row<V>) -> u64 {
        row.reach(&self.plan.least)
    }

    /// The letters by which a chunk can end that began in a lane alive.
    fn letters_ahead(&self, depth: usize) -> u32 {
        let plan = &self.plan;
        let lanes = |mut alive: u64| {
            std::iter::from_fn(move || {
                let lane = alive.trailing_zeros() as usize;
                let some = alive != 0;
                alive &= alive.wrapping_sub(1);
                some.then_some(lane)
            })
        };
        let mut ahead = lanes(self.path[depth].alive).fold(0, |bits, lane| bits | plan.alone[lane]);
        for begun in plan.begun(self.path[depth].state) {
            if self.path[depth - usize::from(begun.letters)].alive & begun.from != 0 {
                ahead |= begun.next;
            }
        }
        ahead
    }

    /// The row after a letter that fits nothing.
    #[inline(always)]
    fn wrong_letter(&self, depth: usize) -> Row<V> {
        let row = &self.path[depth].row;
        row.plus(&self.plan.deletion).max(&row.moved(1).plus(&self.plan.substitution))
    }

    /// The row of the prefix that one more letter makes, and whether a chunk has begun that may yet fit.
    #[inline(always)]
    fn row(&mut self, wrong: &Row<V>, depth: usize, letter: u32) -> (Row<V>, bool) {
        let mut row = *wrong;
        let state = self.plan.next(self.path[depth - 1].state, letter);
        self.path[depth].state = state;
        for ended in self.plan.ended(state) {
            let before = &self.path[depth - usize::from(ended.letters)];
            if before.alive == 0 {
                continue;
            }
            row = row.max(&before.row.moved(usize::from(ended.used)).plus(&ended.scores));
        }
        let row = row.with_steps(&self.plan.insertion);
        let alive_from =
            |begun: &Begun| self.path[depth - usize::from(begun.letters)].alive & begun.from != 0;
        (row, self.plan.begun(state).iter().any(alive_from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ScoringBuffers;
    use crate::name::Part;
    use crate::script::Script;
    use crate::tables::tables;
    use crate::walk_plan::best_conceivable;

    const SPELLINGS: &[&str] = &[
        "woodson",
        "woods",
        "wood",
        "wu",
        "crookes",
        "kalachev",
        "kalatschew",
        "kolache",
        "petrov",
        "petrova",
        "sawyer",
        "madison",
        "xiaoliang",
        "liang",
        "abdulrahman",
        "rahman",
        "ruhman",
        "macpherson",
        "mohammad",
        "muhammad",
        "li",
        "richard",
    ];
    const TYPED: &[(&str, Script)] = &[
        ("ウッドソン", Script::Kana),
        ("クルックス", Script::Kana),
        ("Калачев", Script::Cyrillic),
        ("Калачэв", Script::Cyrillic),
        ("麦迪逊", Script::Han),
        ("晓亮", Script::Han),
        ("عبدالرحمن", Script::Arabic),
        ("محمد", Script::Arabic),
        ("कालाचेव", Script::Devanagari),
        ("কালাচেভ", Script::Bengali),
        ("Kalachyov", Script::Latin),
        ("Macphesron", Script::Latin),
        ("Richatrd", Script::Latin),
    ];

    fn vocabulary(settled: bool) -> Vocabulary {
        let mut vocabulary = Vocabulary::new();
        for (id, spelling) in SPELLINGS.iter().enumerate() {
            vocabulary.insert(&crate::letters::latin_letters(spelling), id as SpellingId);
            if settled && id == SPELLINGS.len() / 2 {
                vocabulary.settle();
            }
        }
        vocabulary
    }

    /// What a walk finds is what scoring every spelling by itself gives, above the same bound; nothing is lost on the way
    /// through a chunk of several letters.
    #[test]
    fn a_walk_finds_every_spelling_within_its_window() {
        for vocabulary in [vocabulary(false), vocabulary(true)] {
            for (typed, script) in TYPED {
                let part = Part::new(typed, *script).unwrap();
                let channel = tables().channel(*script);
                let errors = part.error_costs();
                for window in [3.0, 7.0, 12.0] {
                    let limits =
                        WalkLimits { first_window: window, last_window: window, errors, hopeless: -45.0 };
                    let mut buffers = WalkBuffers::default();
                    let mut found = Vec::new();
                    vocabulary.walk(channel, part.native(), &limits, &mut buffers, &mut found);
                    let least = best_conceivable(channel, part.native(), &errors)[0] - window;
                    for (id, spelling) in SPELLINGS.iter().enumerate() {
                        let letters = crate::letters::latin_letters(spelling);
                        let whole =
                            channel.score(part.native(), &letters, &errors, &mut ScoringBuffers::default());
                        let walked = found.iter().find(|f| f.spelling == id as SpellingId);
                        // Scores are kept in steps; a walk puts in no more than two letters running.
                        if whole >= least + 0.2 {
                            let walked =
                                walked.unwrap_or_else(|| panic!("{typed} ~ {spelling}: {whole} is lost"));
                            assert!((walked.log_probability - whole).abs() < 0.2, "{typed} ~ {spelling}");
                        }
                        let alone = buffers.score(&letters);
                        assert!(
                            alone <= whole + 0.2 || whole < least - 40.0,
                            "{typed} ~ {spelling}: {alone} {whole}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn tries_give_back_what_was_entered() {
        let mut vocabulary = Vocabulary::new();
        for id in 0..2_000u32 {
            let letters: Vec<u8> = (0..4).map(|place| (id / 7u32.pow(place) % 7 + 1) as u8).collect();
            vocabulary.insert(&letters, id);
        }
        vocabulary.settle();
        assert_eq!(vocabulary.layers.tries().len(), 1);
        let rows = vocabulary.layers.tries()[0].collect();
        assert_eq!(rows.rows().len(), 2_000);
        assert!(rows.rows().windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
