//! The correspondences of one typed part, laid out for a walk: an automaton over the Latin chunks that stand for
//! something typed (Aho and Corasick, 1975). Its state tells which chunks end with the last letters of a prefix and
//! which have begun.

use crate::channel::{Channel, ErrorCosts, MAX_NATIVE_CHUNK, PackedLatin};
use crate::lanes::{NEVER, Row};
use crate::vocabulary::{WalkLimits, steps};

/// The number of a state; 0 is that of no letters.
pub(crate) type State = u16;

/// More states than any table makes of a part; further chunks would not be entered.
const MOST_STATES: usize = 65_000;

fn range((first, end): (u32, u32)) -> std::ops::Range<usize> {
    first as usize..end as usize
}

/// What was typed, for a walk.
#[derive(Debug)]
pub(crate) struct WalkPlan<const V: usize> {
    /// Typed letters.
    pub(crate) length: usize,
    /// Lowest score followed, by lane.
    pub(crate) least: Row<V>,
    /// The score below which nothing brings a lane back from being hopeless.
    pub(crate) hopeless: Row<V>,
    /// A typed letter that nothing stands for, by lane.
    pub(crate) insertion: Row<V>,
    /// A wrong letter, and one too many, in every lane.
    pub(crate) substitution: Row<V>,
    pub(crate) deletion: Row<V>,
    /// Letters of the longest chunk.
    pub(crate) longest: usize,
    /// By lane: the letters that stand for something typed from there on, or begin to, as bits.
    pub(crate) alone: Vec<u32>,
    nodes: Vec<ChunkNode>,
    /// What ends in a state, state by state.
    ends: Vec<Ended<V>>,
    /// What has begun in a state, state by state.
    begins: Vec<Begun>,
    /// While filling: what chunks stand for.
    entries: Vec<Entry>,
    /// While filling: states in the order of their letters.
    order: Vec<State>,
}

/// A state: the longest last letters of a prefix that are, or begin, a chunk.
#[derive(Debug, Clone, Copy)]
struct ChunkNode {
    /// The state after one more letter.
    next: [State; 27],
    /// The state of the longest shorter ending.
    shorter: State,
    /// Letters that go on within a chunk, as bits.
    letters: u32,
    /// The lanes from which a longer chunk begins with these letters, as bits.
    from: u64,
    depth: u8,
    ends: (u32, u32),
    begins: (u32, u32),
}

const ROOT: ChunkNode =
    ChunkNode { next: [0; 27], shorter: 0, letters: 0, from: 0, depth: 0, ends: (0, 0), begins: (0, 0) };

/// A chunk that ends with the last letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended<const V: usize> {
    /// Its letters.
    pub(crate) letters: u8,
    /// Typed letters it stands for.
    pub(crate) used: u8,
    /// Scores by the lane it ends in.
    pub(crate) scores: Row<V>,
}

/// The beginning of a chunk, with the last letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    /// How many letters it has by now.
    pub(crate) letters: u8,
    /// The lanes it begins from, as bits.
    pub(crate) from: u64,
    /// The letters it may go on with, as bits.
    pub(crate) next: u32,
}

/// What a chunk stands for, in one number that sorts by chunk and typed letters used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    /// `used` and `end`, the place after them, count typed letters.
    fn new(chunk: PackedLatin, used: usize, end: usize, score: i16) -> Entry {
        Entry(
            u64::from(chunk) << 32
                | (used as u64) << 28
                | (end as u64 & 0xff) << 16
                | u64::from(score as u16),
        )
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

impl<const V: usize> Default for WalkPlan<V> {
    fn default() -> WalkPlan<V> {
        WalkPlan {
            length: 0,
            least: Row::of(i16::MAX),
            hopeless: Row::of(i16::MAX),
            insertion: Row::of(NEVER),
            substitution: Row::of(NEVER),
            deletion: Row::of(NEVER),
            longest: 1,
            alone: Vec::new(),
            nodes: vec![ROOT],
            ends: Vec::new(),
            begins: Vec::new(),
            entries: Vec::new(),
            order: Vec::new(),
        }
    }
}

impl<const V: usize> WalkPlan<V> {
    pub(crate) fn fill(&mut self, channel: &Channel, native: &[char], limits: &WalkLimits) {
        let length = native.len();
        let best = best_conceivable(channel, native, &limits.errors);
        let whole = best[0];
        self.length = length;
        let widest = limits.first_window.max(limits.last_window);
        let growth = (limits.last_window - limits.first_window) / length.max(1) as f32;
        self.least = Row::from_fn(|j| match best.get(j) {
            Some(rest) => steps(whole - rest - limits.first_window - growth * j as f32),
            None => i16::MAX,
        });
        self.hopeless = Row::from_fn(|j| match best.get(j) {
            // A step more, for scores are rounded.
            Some(rest) => steps(limits.hopeless - rest).saturating_sub(2 * length as i16),
            None => i16::MAX,
        });
        self.substitution = Row::of(steps(-limits.errors.substitution));
        self.deletion = Row::of(steps(-limits.errors.deletion));
        self.insertion = Row::of(NEVER);
        self.entries.clear();
        for end in 1..=length {
            let nothing = channel.chunk(&native[end - 1..end]).and_then(|chunk| {
                channel.options_from(chunk, 0).first().map(|(_, log_probability)| *log_probability)
            });
            let insertion = nothing.unwrap_or(f32::NEG_INFINITY).max(-limits.errors.insertion);
            self.insertion.set(end, steps(insertion));
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

    /// Makes the automaton of the entries.
    fn lay_out(&mut self) {
        self.entries.sort_unstable();
        self.nodes.clear();
        self.nodes.push(ROOT);
        self.ends.clear();
        self.begins.clear();
        self.alone.clear();
        self.alone.resize(Row::<V>::LANES, 0);
        self.longest = 1;
        let mut at = 0;
        while at < self.entries.len() && self.nodes.len() < MOST_STATES {
            let chunk = self.entries[at].chunk();
            let mut lanes = 0;
            let first = self.ends.len();
            let mut letters = 0;
            while at < self.entries.len() && self.entries[at].chunk() == chunk {
                at = self.enter_rows(at, &mut lanes);
            }
            let state = self.enter_chunk(chunk, lanes, &mut letters);
            self.ends[first..].iter_mut().for_each(|ended| ended.letters = letters as u8);
            self.nodes[usize::from(state)].ends = (first as u32, self.ends.len() as u32);
            self.longest = self.longest.max(letters);
        }
        self.link();
    }

    /// Enters the scores of a chunk for one number of typed letters; gives the next entry.
    fn enter_rows(&mut self, first: usize, lanes: &mut u64) -> usize {
        let used = self.entries[first].used();
        let together = self.entries[first].0 >> 28;
        let mut scores = Row::of(NEVER);
        let mut at = first;
        while let Some(entry) = self.entries.get(at).filter(|entry| entry.0 >> 28 == together) {
            if used == 0 {
                (0..=self.length).for_each(|lane| scores.set(lane, entry.score()));
                *lanes |= (2 << self.length) - 1;
            } else {
                scores.set(entry.end(), scores.get(entry.end()).max(entry.score()));
                *lanes |= 1 << (entry.end() - used);
            }
            at += 1;
        }
        self.ends.push(Ended { letters: 0, used: used as u8, scores });
        at
    }

    /// Enters a chunk that begins in some lanes; gives the state at its end.
    fn enter_chunk(&mut self, chunk: PackedLatin, lanes: u64, letters: &mut usize) -> State {
        let mut state = 0;
        let mut rest = chunk;
        while rest != 0 {
            let letter = (rest & 31) as usize;
            rest >>= 5;
            self.nodes[usize::from(state)].letters |= 1 << letter;
            if state == 0 {
                (0..=self.length)
                    .filter(|lane| lanes >> lane & 1 == 1)
                    .for_each(|lane| self.alone[lane] |= 1 << letter);
            } else {
                self.nodes[usize::from(state)].from |= lanes;
            }
            *letters += 1;
            let known = self.nodes[usize::from(state)].next[letter];
            if known == 0 {
                let new = self.nodes.len() as State;
                self.nodes[usize::from(state)].next[letter] = new;
                self.nodes.push(ChunkNode { depth: *letters as u8, ..ROOT });
                state = new;
            } else {
                state = known;
            }
        }
        state
    }

    /// Links every state to that of its longest shorter ending, and takes over what ends and begins there.
    fn link(&mut self) {
        self.order.clear();
        self.order.push(0);
        let mut at = 0;
        while let Some(state) = self.order.get(at).copied() {
            at += 1;
            let node = self.nodes[usize::from(state)];
            // Of the root nothing is shorter.
            let shorter = self.nodes[usize::from(node.shorter)];
            let mut next = if state == 0 { [0; 27] } else { shorter.next };
            let mut left = node.letters;
            while left != 0 {
                let letter = left.trailing_zeros() as usize;
                left &= left - 1;
                let child = node.next[letter];
                self.nodes[usize::from(child)].shorter = next[letter];
                next[letter] = child;
                self.order.push(child);
            }
            let ends = self.ends.len();
            if state != 0 && shorter.ends.0 < shorter.ends.1 {
                self.ends.extend_from_within(range(node.ends));
                self.ends.extend_from_within(range(shorter.ends));
            }
            let begins = self.begins.len();
            if state != 0 {
                if node.letters != 0 {
                    self.begins.push(Begun { letters: node.depth, from: node.from, next: node.letters });
                }
                self.begins.extend_from_within(range(shorter.begins));
            }
            let own = &mut self.nodes[usize::from(state)];
            own.next = next;
            if ends < self.ends.len() {
                own.ends = (ends as u32, self.ends.len() as u32);
            }
            own.begins = (begins as u32, self.begins.len() as u32);
        }
    }

    /// The state after one more letter (1 to 26).
    #[inline(always)]
    pub(crate) fn next(&self, state: State, letter: u32) -> State {
        self.nodes[usize::from(state)].next[letter as usize]
    }

    /// The chunks that end in a state, longest first.
    #[inline(always)]
    pub(crate) fn ended(&self, state: State) -> &[Ended<V>] {
        &self.ends[range(self.nodes[usize::from(state)].ends)]
    }

    /// The chunks that have begun in a state and not ended, longest first.
    #[inline(always)]
    pub(crate) fn begun(&self, state: State) -> &[Begun] {
        &self.begins[range(self.nodes[usize::from(state)].begins)]
    }
}

/// For the letters from each place on, the log probability under the best Latin spelling there could be.
pub(crate) fn best_conceivable(channel: &Channel, native: &[char], errors: &ErrorCosts) -> Vec<f32> {
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
