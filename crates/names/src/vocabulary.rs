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

use crate::channel::{Channel, ErrorCosts, MAX_LATIN_CHUNK, MAX_NATIVE_CHUNK, PackedLatin};
use crate::layers::{Layer, Layers, NO_SPELLING, Spellings};
use crate::name::MAX_PART_LETTERS;

pub use crate::layers::SpellingId;

/// Steps per nat in the rows of a walk.
pub(crate) const STEPS: f32 = 128.0;
/// A score that nothing brings back.
pub(crate) const NEVER: i16 = i16::MIN;

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
    short: LaneBuffers<8>,
    usual: LaneBuffers<16>,
    long: Box<LaneBuffers<48>>,
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

    fn walk_in_lanes<const N: usize>(
        &self,
        channel: &Channel,
        native: &[char],
        limits: &WalkLimits,
        buffers: &mut LaneBuffers<N>,
        found: &mut Vec<Found>,
    ) {
        buffers.plan.fill(channel, native, limits);
        buffers.beginnings.clear();
        self.layers.for_each(|trie| buffers.walk(trie, found));
    }
}

/// A row of scores, by typed letters used up, in steps.
pub(crate) type Lanes<const N: usize> = [i16; N];

pub(crate) fn steps(nats: f32) -> i16 {
    (nats * STEPS).clamp(-30_000.0, 0.0) as i16
}

/// The correspondences of one typed part, laid out for a walk.
#[derive(Debug)]
struct WalkPlan<const N: usize> {
    /// Typed letters.
    length: usize,
    /// Lowest score followed, by lane.
    least: Lanes<N>,
    /// The score below which nothing brings a lane back from being hopeless.
    hopeless: Lanes<N>,
    /// A typed letter that nothing stands for, by lane.
    insertion: Lanes<N>,
    substitution: i16,
    deletion: i16,
    /// Latin chunks that stand for something typed, and their beginnings: open addressing; key 0 is free.
    table: Vec<Chunk>,
    /// Hashes of the keys as bits, to pass over most lookups.
    filter: [u64; 64],
    longest: usize,
    /// By lane: the letters that stand for something typed from there on, or begin to, as bits.
    alone: [u32; N],
    /// By lane and letter before: the second letters of chunks from there on, and the later ones.
    second: Vec<[u32; 27]>,
    later: Vec<[u32; 27]>,
    /// Rows of the chunks: typed letters used, and the scores by the lane they end in.
    rows: Vec<(usize, Lanes<N>)>,
    /// While filling: what chunks stand for.
    entries: Vec<Entry>,
    /// While filling: beginnings of chunks, and the lanes they start from as bits.
    beginnings: Vec<(PackedLatin, u64)>,
}

/// What a chunk stands for, in one number that sorts by chunk and typed letters used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    /// `used` and `end`, the place after them, count typed letters.
    fn new(chunk: PackedLatin, used: usize, end: usize, score: i16) -> Entry {
        Entry(u64::from(chunk) << 32 | (used as u64) << 28 | (end as u64 & 0xff) << 16 | u64::from(score as u16))
    }

    fn chunk(self) -> PackedLatin {
        (self.0 >> 32) as PackedLatin
    }

    fn used(self) -> usize {
        (self.0 >> 28 & 15) as usize
    }

    fn end(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }

    fn score(self) -> i16 {
        self.0 as u16 as i16
    }
}

/// Latin letters that stand for something typed, or begin to.
#[derive(Debug, Clone, Copy, Default)]
struct Chunk {
    key: PackedLatin,
    first_row: u16,
    rows: u16,
    /// The lanes from which a longer chunk begins with these letters, as bits.
    begins_from: u64,
}

impl<const N: usize> Default for WalkPlan<N> {
    fn default() -> WalkPlan<N> {
        WalkPlan {
            length: 0,
            least: [i16::MAX; N],
            hopeless: [i16::MAX; N],
            insertion: [NEVER; N],
            substitution: 0,
            deletion: 0,
            table: Vec::new(),
            filter: [0; 64],
            longest: 1,
            alone: [0; N],
            second: vec![[0; 27]; N],
            later: vec![[0; 27]; N],
            rows: Vec::new(),
            entries: Vec::new(),
            beginnings: Vec::new(),
        }
    }
}

fn letters_in(packed: PackedLatin) -> usize {
    (32 - packed.leading_zeros()).div_ceil(5) as usize
}

fn hash(key: PackedLatin) -> u32 {
    key.wrapping_mul(0x9e37_79b1)
}

impl<const N: usize> WalkPlan<N> {
    fn fill(&mut self, channel: &Channel, native: &[char], limits: &WalkLimits) {
        let length = native.len();
        let best = best_conceivable(channel, native, &limits.errors);
        let whole = best[0];
        self.length = length;
        let widest = limits.first_window.max(limits.last_window);
        let growth = (limits.last_window - limits.first_window) / length.max(1) as f32;
        self.least = std::array::from_fn(|j| match best.get(j) {
            Some(rest) => steps(whole - rest - limits.first_window - growth * j as f32),
            None => i16::MAX,
        });
        self.hopeless = std::array::from_fn(|j| match best.get(j) {
            // A step more, for scores are rounded.
            Some(rest) => steps(limits.hopeless - rest).saturating_sub(2 * length as i16),
            None => i16::MAX,
        });
        self.substitution = steps(-limits.errors.substitution);
        self.deletion = steps(-limits.errors.deletion);
        self.insertion = [NEVER; N];
        self.entries.clear();
        for end in 1..=length {
            let nothing = channel.chunk(&native[end - 1..end]).and_then(|chunk| {
                channel.options_from(chunk, 0).first().map(|(_, log_probability)| *log_probability)
            });
            let insertion = nothing.unwrap_or(f32::NEG_INFINITY).max(-limits.errors.insertion);
            self.insertion[end] = steps(insertion);
            for used in 1..=MAX_NATIVE_CHUNK.min(end) {
                let Some(chunk) = channel.chunk(&native[end - used..end]) else { continue };
                // What the best way through this piece loses against the best conceivable whole.
                let spare = widest + best[end] - best[end - used];
                for (packed, log_probability) in channel.options(chunk) {
                    if *packed != 0 && *log_probability + spare >= 0.0 {
                        self.entries.push(Entry::new(*packed, used, end, steps(*log_probability)));
                    }
                }
            }
            self.swapped(native, end, &limits.errors);
        }
        if let Some(chunk) = channel.chunk(&[]) {
            for (packed, log_probability) in channel.options(chunk) {
                if *packed != 0 && *packed < 32 && *log_probability > -limits.errors.deletion {
                    self.entries.push(Entry::new(*packed, 0, 0, steps(*log_probability)));
                }
            }
        }
        self.lay_out();
    }

    /// Two neighbouring letters that changed places (Latin letters only).
    fn swapped(&mut self, native: &[char], end: usize, errors: &ErrorCosts) {
        if end < 2 || !errors.transposition.is_finite() {
            return;
        }
        let number = crate::letters::latin_number;
        if let (Some(a), Some(b)) = (number(native[end - 2]), number(native[end - 1]))
            && a != b
        {
            let packed = u32::from(b) | u32::from(a) << 5;
            self.entries.push(Entry::new(packed, 2, end, steps(-errors.transposition)));
        }
    }

    /// Sorts the entries into rows, one for each chunk and number of typed letters used.
    fn lay_out(&mut self) {
        self.entries.sort_unstable();
        self.note_beginnings();
        self.rows.clear();
        self.longest = 1;
        self.filter = [0; 64];
        let chunks = 1 + self.entries.windows(2).filter(|pair| pair[0].chunk() != pair[1].chunk()).count();
        let size = (2 * (chunks + self.beginnings.len())).next_power_of_two().max(16);
        self.table.clear();
        self.table.resize(size, Chunk::default());
        let mut at = 0;
        while at < self.entries.len() {
            let packed = self.entries[at].chunk();
            let first_row = self.rows.len();
            while at < self.entries.len() && self.entries[at].chunk() == packed {
                let used = self.entries[at].used();
                let together = self.entries[at].0 >> 28;
                let mut row = [NEVER; N];
                while at < self.entries.len() && self.entries[at].0 >> 28 == together {
                    let (end, score) = (self.entries[at].end(), self.entries[at].score());
                    if used == 0 {
                        row[..=self.length].fill(score);
                    } else {
                        row[end] = row[end].max(score);
                    }
                    at += 1;
                }
                self.rows.push((used, row));
            }
            let rows = (self.rows.len() - first_row) as u16;
            let chunk = self.slot(packed);
            (chunk.first_row, chunk.rows) = (first_row as u16, rows);
            self.longest = self.longest.max(letters_in(packed));
        }
        let beginnings = std::mem::take(&mut self.beginnings);
        for (packed, lanes) in &beginnings {
            self.slot(*packed).begins_from |= lanes;
        }
        self.beginnings = beginnings;
        self.note_letters();
    }

    /// The beginnings of all chunks of several letters: while one is on its way, no row tells that it may yet fit.
    fn note_beginnings(&mut self) {
        self.beginnings.clear();
        for entry in &self.entries {
            let lanes = match entry.used() {
                0 => u64::MAX,
                used => 1 << (entry.end() - used),
            };
            for length in 1..letters_in(entry.chunk()) {
                self.beginnings.push((entry.chunk() & ((1 << (5 * length)) - 1), lanes));
            }
        }
        self.beginnings.sort_unstable();
        self.beginnings.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 |= next.1;
            }
            same
        });
    }

    /// The place of a key in the table, taken now if it had none.
    fn slot(&mut self, packed: PackedLatin) -> &mut Chunk {
        let hashed = hash(packed);
        self.filter[(hashed >> 26) as usize] |= 1 << (hashed >> 20 & 63);
        let mask = self.table.len() - 1;
        let mut slot = (hashed >> 8) as usize & mask;
        while self.table[slot].key != 0 && self.table[slot].key != packed {
            slot = (slot + 1) & mask;
        }
        self.table[slot].key = packed;
        &mut self.table[slot]
    }

    /// Fills the tables of which letters can go on from which lane.
    fn note_letters(&mut self) {
        self.alone = [0; N];
        self.second.iter_mut().for_each(|lane| *lane = [0; 27]);
        self.later.iter_mut().for_each(|lane| *lane = [0; 27]);
        for entry in &self.entries {
            let packed = entry.chunk();
            let whole = letters_in(packed);
            for length in 1..=whole {
                let last = 1u32 << (packed >> (5 * (length - 1)) & 31);
                let before = if length > 1 { (packed >> (5 * (length - 2)) & 31) as usize } else { 0 };
                let lanes = match entry.used() {
                    0 => 0..=self.length,
                    used => entry.end() - used..=entry.end() - used,
                };
                for lane in lanes {
                    match length {
                        1 => self.alone[lane] |= last,
                        2 => self.second[lane][before] |= last,
                        _ => self.later[lane][before] |= last,
                    }
                }
            }
        }
    }

    /// What is known of some letters.
    fn chunk(&self, packed: PackedLatin) -> Option<Chunk> {
        let hashed = hash(packed);
        if self.filter[(hashed >> 26) as usize] >> (hashed >> 20 & 63) & 1 == 0 {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut slot = (hashed >> 8) as usize & mask;
        loop {
            let chunk = self.table[slot];
            match chunk.key {
                key if key == packed => return Some(chunk),
                0 => return None,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn rows_of(&self, chunk: Chunk) -> &[(usize, Lanes<N>)] {
        &self.rows[usize::from(chunk.first_row)..usize::from(chunk.first_row) + usize::from(chunk.rows)]
    }
}

/// For the letters from each place on, the log probability under the best Latin spelling there could be.
fn best_conceivable(channel: &Channel, native: &[char], errors: &ErrorCosts) -> Vec<f32> {
    let length = native.len();
    let mut best = vec![f32::NEG_INFINITY; length + 1];
    best[length] = 0.0;
    for j in (0..length).rev() {
        for used in 1..=MAX_NATIVE_CHUNK.min(length - j) {
            let cost = channel.chunk(&native[j..j + used]).map(|chunk| channel.likeliest(chunk));
            if let Some(cost) = cost {
                best[j] = best[j].max(best[j + used] + cost);
            }
        }
        best[j] = best[j].max(best[j + 1] - errors.insertion.min(errors.substitution));
    }
    best
}

#[derive(Debug)]
struct LaneBuffers<const N: usize> {
    plan: WalkPlan<N>,
    path: Vec<Prefix<N>>,
    beginnings: Vec<Beginning>,
}

/// A prefix on the way through a trie.
#[derive(Debug, Clone, Copy)]
struct Prefix<const N: usize> {
    row: Lanes<N>,
    /// The lanes from which the threshold can still be reached, as bits.
    alive: u64,
    /// Its last letters, packed, by how many.
    suffixes: [PackedLatin; MAX_LATIN_CHUNK],
}

impl<const N: usize> Default for LaneBuffers<N> {
    fn default() -> LaneBuffers<N> {
        let prefix = Prefix { row: [NEVER; N], alive: 0, suffixes: [0; MAX_LATIN_CHUNK] };
        LaneBuffers {
            plan: WalkPlan::default(),
            path: vec![prefix; MAX_PART_LETTERS + 2],
            beginnings: Vec::new(),
        }
    }
}

impl<const N: usize> LaneBuffers<N> {
    fn walk(&mut self, trie: &Trie, found: &mut Vec<Found>) {
        self.start();
        self.below(trie, trie.nodes[0], 0, found);
    }

    fn start(&mut self) {
        let mut row = [NEVER; N];
        row[0] = 0;
        insert_letters(&mut row, &self.plan.insertion);
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
        f32::from(self.path[depth].row[self.plan.length]) / STEPS
    }

    fn is_hopeless(&self, depth: usize) -> bool {
        let row = &self.path[depth].row;
        (0..N).fold(true, |none, j| none & (row[j] < self.plan.hopeless[j]))
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
        let mut ended = wrong;
        insert_letters(&mut ended, &self.plan.insertion);
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
    fn step(&mut self, wrong: &Lanes<N>, depth: usize, letter: u32) -> bool {
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
        let whole = self.path[depth].row[self.plan.length];
        if whole >= self.plan.least[self.plan.length] {
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
        for (letters, score) in row.iter().enumerate().take(last + 1).skip(LEAST_BEGINNING) {
            if alive >> letters & 1 == 1 {
                let log_probability = f32::from(*score) / STEPS;
                self.beginnings.push(Beginning { spelling, letters, log_probability });
            }
        }
    }

    /// The lanes from which the threshold can still be reached.
    #[inline(always)]
    fn alive(&self, row: &Lanes<N>) -> u64 {
        let mut bits = [0u16; N];
        for j in 0..N {
            bits[j] = if row[j] >= self.plan.least[j] { 1 << (j % 16) } else { 0 };
        }
        let sixteen = |bits: &[u16]| u64::from(bits.iter().fold(0, |all, bit| all | bit));
        (0..).zip(bits.chunks(16)).fold(0, |all, (at, bits)| all | sixteen(bits) << (16 * at))
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
        if depth == 0 {
            return ahead;
        }
        let before = self.path[depth].suffixes[0] as usize & 31;
        for lane in lanes(self.path[depth - 1].alive) {
            ahead |= plan.second[lane][before];
        }
        for length in 3..=plan.longest.min(depth + 1) {
            for lane in lanes(self.path[depth + 1 - length].alive) {
                ahead |= plan.later[lane][before];
            }
        }
        ahead
    }

    /// The row after a letter that fits nothing.
    #[inline(always)]
    fn wrong_letter(&self, depth: usize) -> Lanes<N> {
        let row = &self.path[depth].row;
        let moved = moved(row, 1);
        std::array::from_fn(|j| {
            let left_out = row[j].saturating_add(self.plan.deletion);
            left_out.max(moved[j].saturating_add(self.plan.substitution))
        })
    }

    /// The row of the prefix that one more letter makes, and whether a chunk has begun that may yet fit.
    #[inline(always)]
    fn row(&mut self, wrong: &Lanes<N>, depth: usize, letter: u32) -> (Lanes<N>, bool) {
        let mut row = *wrong;
        let mut begun = false;
        for length in 1..=self.plan.longest.min(depth) {
            let shorter = if length == 1 { 0 } else { self.path[depth - 1].suffixes[length - 2] };
            let packed = shorter | letter << (5 * (length - 1));
            self.path[depth].suffixes[length - 1] = packed;
            let alive = self.path[depth - length].alive;
            if alive == 0 {
                continue;
            }
            let Some(chunk) = self.plan.chunk(packed) else { continue };
            begun |= chunk.begins_from & alive != 0;
            for (used, scores) in self.plan.rows_of(chunk) {
                let from = moved_by(&self.path[depth - length].row, *used);
                for j in 0..N {
                    row[j] = row[j].max(from[j].saturating_add(scores[j]));
                }
            }
        }
        insert_letters(&mut row, &self.plan.insertion);
        (row, begun)
    }
}

/// Typed letters that nothing stands for: at most two running.
#[inline(always)]
pub(crate) fn insert_letters<const N: usize>(row: &mut Lanes<N>, insertion: &Lanes<N>) {
    for _ in 0..2 {
        let mut next = *row;
        for j in 1..N {
            next[j] = row[j].max(row[j - 1].saturating_add(insertion[j]));
        }
        *row = next;
    }
}

/// A row moved to the right by one lane.
#[inline(always)]
pub(crate) fn moved<const N: usize>(row: &Lanes<N>, by: usize) -> Lanes<N> {
    let mut out = [NEVER; N];
    out[by..].copy_from_slice(&row[..N - by]);
    out
}

/// A row moved to the right by the letters a chunk uses.
#[inline(always)]
pub(crate) fn moved_by<const N: usize>(row: &Lanes<N>, by: usize) -> Lanes<N> {
    match by {
        0 => *row,
        1 => moved(row, 1),
        2 => moved(row, 2),
        _ => moved(row, by.min(N)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ScoringBuffers;
    use crate::name::Part;
    use crate::script::Script;
    use crate::tables::tables;

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
