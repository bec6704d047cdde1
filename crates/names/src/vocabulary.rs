//! The distinct Latin spellings of a collection as a trie, and the walk that finds those a typed part may stand for.
//!
//! The walk follows the channel of the typed part's script through the trie, with slips of the pen, and keeps every
//! state whose score is within a window of the best *conceivable* spelling of the same letters. The bound depends on
//! the typed part alone, never on the collection, so spellings of records that a searcher may not see can't crowd out
//! others. Updatable in place.

use crate::channel::{Channel, ErrorCosts, MAX_NATIVE_CHUNK, unpack_latin};

/// The number a caller gives to a spelling.
pub type SpellingId = u32;

const NO_SPELLING: SpellingId = SpellingId::MAX;

/// A node: which letters go on from it, and where its children stand side by side.
#[derive(Debug, Clone, Copy)]
struct Node {
    letters: u32,
    first_child: u32,
    spelling: SpellingId,
}

const LEAF: Node = Node { letters: 0, first_child: 0, spelling: NO_SPELLING };

/// A trie of Latin spellings.
#[derive(Debug)]
pub struct Vocabulary {
    nodes: Vec<Node>,
    /// Blocks given up when a node got one more child, by their size, for reuse.
    free_blocks: Vec<Vec<u32>>,
}

impl Default for Vocabulary {
    fn default() -> Vocabulary {
        Vocabulary { nodes: vec![LEAF], free_blocks: vec![Vec::new(); 27] }
    }
}

/// What a walk looks for.
#[derive(Debug, Clone, Copy)]
pub struct WalkLimits {
    /// How far (nats) below the best conceivable spelling a state may fall.
    pub window: f32,
    /// Costs of letters that fit nothing.
    pub errors: ErrorCosts,
}

/// A spelling found by a walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The caller's number of the spelling.
    pub spelling: SpellingId,
    /// log P(typed letters | spelling), nats.
    pub log_probability: f32,
}

/// Buffers of a walk, reused between walks.
#[derive(Debug, Default)]
pub struct WalkBuffers {
    states: Vec<Frontier>,
}

/// The nodes reached after some typed letters, each with its best score, in the order they were first reached.
#[derive(Debug, Default)]
struct Frontier {
    reached: Vec<(u32, f32)>,
    /// Open addressing: place in `reached` plus one; zero is free. A power of two long.
    table: Vec<u32>,
}

impl Frontier {
    fn clear(&mut self) {
        if self.reached.len() * 8 > self.table.len() {
            self.table.fill(0);
        } else {
            for at in 0..self.reached.len() {
                let slot = self.slot(self.reached[at].0);
                // Entries met earlier on the same run of the table may be zero already: clear the whole run.
                let mut slot = slot;
                while self.table[slot] != 0 {
                    self.table[slot] = 0;
                    slot = (slot + 1) & (self.table.len() - 1);
                }
            }
        }
        self.reached.clear();
        if self.table.is_empty() {
            self.table.resize(256, 0);
        }
    }

    fn slot(&self, node: u32) -> usize {
        (node.wrapping_mul(0x9e37_79b1) as usize >> 7) & (self.table.len() - 1)
    }

    /// Keeps the better score of a node; tells whether this one is better than what was known.
    fn reach(&mut self, node: u32, score: f32) -> bool {
        let mut slot = self.slot(node);
        loop {
            match self.table[slot] {
                0 => break,
                place => {
                    let known = &mut self.reached[place as usize - 1];
                    if known.0 == node {
                        let better = score > known.1;
                        known.1 = known.1.max(score);
                        return better;
                    }
                }
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
        self.reached.push((node, score));
        self.table[slot] = self.reached.len() as u32;
        if self.reached.len() * 2 > self.table.len() {
            self.grow();
        }
        true
    }

    fn grow(&mut self) {
        let size = self.table.len() * 4;
        self.table.clear();
        self.table.resize(size, 0);
        for place in 0..self.reached.len() {
            let mut slot = self.slot(self.reached[place].0);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.table[slot] = place as u32 + 1;
        }
    }
}

impl Vocabulary {
    /// An empty vocabulary.
    pub fn new() -> Vocabulary {
        Vocabulary::default()
    }

    /// The node after one letter.
    fn child(&self, node: u32, letter: u8) -> Option<u32> {
        let node = self.nodes[node as usize];
        let bit = 1u32 << letter;
        (node.letters & bit != 0).then(|| node.first_child + (node.letters & (bit - 1)).count_ones())
    }

    /// Enters a spelling under a number; an earlier number of the same spelling is replaced and given back.
    pub fn insert(&mut self, letters: &[u8], spelling: SpellingId) -> Option<SpellingId> {
        let mut node = 0;
        for letter in letters.iter().filter(|n| (1..=26).contains(*n)) {
            node = match self.child(node, *letter) {
                Some(child) => child,
                None => self.add_child(node, *letter),
            };
        }
        let old = std::mem::replace(&mut self.nodes[node as usize].spelling, spelling);
        (old != NO_SPELLING).then_some(old)
    }

    /// Takes a spelling out; its nodes stay for later spellings.
    pub fn remove(&mut self, letters: &[u8]) -> Option<SpellingId> {
        let node = self.node_of(letters)?;
        let old = std::mem::replace(&mut self.nodes[node as usize].spelling, NO_SPELLING);
        (old != NO_SPELLING).then_some(old)
    }

    /// The number of a spelling.
    pub fn get(&self, letters: &[u8]) -> Option<SpellingId> {
        let spelling = self.nodes[self.node_of(letters)? as usize].spelling;
        (spelling != NO_SPELLING).then_some(spelling)
    }

    fn node_of(&self, letters: &[u8]) -> Option<u32> {
        let mut node = 0;
        for letter in letters {
            node = self.child(node, *letter)?;
        }
        Some(node)
    }

    fn add_child(&mut self, parent: u32, letter: u8) -> u32 {
        let Node { letters, first_child, .. } = self.nodes[parent as usize];
        let count = letters.count_ones() as usize;
        let block = self.allocate(count + 1);
        let bit = 1u32 << letter;
        let position = (letters & (bit - 1)).count_ones() as usize;
        for i in 0..count {
            let target = block as usize + i + usize::from(i >= position);
            self.nodes[target] = self.nodes[first_child as usize + i];
        }
        self.nodes[block as usize + position] = LEAF;
        if count > 0 {
            self.free_blocks[count].push(first_child);
        }
        let node = &mut self.nodes[parent as usize];
        node.letters |= bit;
        node.first_child = block;
        block + position as u32
    }

    fn allocate(&mut self, size: usize) -> u32 {
        if let Some(block) = self.free_blocks[size].pop() {
            return block;
        }
        let block = self.nodes.len() as u32;
        self.nodes.resize(self.nodes.len() + size, LEAF);
        block
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + self.free_blocks.iter().map(|b| b.capacity() * size_of::<u32>()).sum::<usize>()
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
        let length = native.len();
        while buffers.states.len() < length + 1 {
            buffers.states.push(Frontier::default());
        }
        buffers.states.iter_mut().take(length + 1).for_each(Frontier::clear);
        let bounds = best_conceivable(channel, native, &limits.errors);
        let silent = silent_costs(channel, &limits.errors);
        buffers.states[0].reach(0, 0.0);
        for j in 0..=length {
            let threshold = bounds[j] - limits.window;
            let mut here = std::mem::take(&mut buffers.states[j]);
            self.leave_out_latin(&silent, threshold, &mut here);
            if j == length {
                found.extend(here.reached.iter().filter(|(_, score)| *score >= threshold).filter_map(
                    |(node, score)| {
                        let spelling = self.nodes[*node as usize].spelling;
                        (spelling != NO_SPELLING).then_some(Found { spelling, log_probability: *score })
                    },
                ));
            } else {
                let step = Step { channel, native, j, bounds: &bounds, limits };
                for state in &here.reached {
                    self.step(&step, *state, &mut buffers.states);
                }
            }
            buffers.states[j] = here;
        }
    }

    /// From every state, Latin letters that leave no trace in the native letters.
    fn leave_out_latin(&self, silent: &[f32; 27], threshold: f32, here: &mut Frontier) {
        // States reached on the way are appended and so are visited too; a state reached again with a better score
        // is not followed again: two letters left out in another order give the same sum.
        let mut at = 0;
        while at < here.reached.len() {
            let (node, score) = here.reached[at];
            at += 1;
            if score < threshold {
                continue;
            }
            let Node { letters, first_child, .. } = self.nodes[node as usize];
            let mut left = letters;
            let mut child = first_child;
            while left != 0 {
                let letter = left.trailing_zeros() as usize;
                left &= left - 1;
                let next = score + silent[letter];
                if next >= threshold {
                    here.reach(child, next);
                }
                child += 1;
            }
        }
    }

    fn step(&self, step: &Step<'_>, (node, score): (u32, f32), states: &mut [Frontier]) {
        let Step { channel, native, j, bounds, limits } = *step;
        let reach = |states: &mut [Frontier], to: usize, node: u32, score: f32| {
            if score >= bounds[to] - limits.window {
                states[to].reach(node, score);
            }
        };
        for length in 1..=MAX_NATIVE_CHUNK.min(native.len() - j) {
            let Some(chunk) = channel.chunk(&native[j..j + length]) else { continue };
            let least = bounds[j + length] - limits.window - score;
            if channel.likeliest(chunk) < least {
                continue;
            }
            // Only chunks that begin as the trie goes on from here (or the empty one).
            let mut begins = channel.first_letters(chunk) & (self.nodes[node as usize].letters | 1);
            while begins != 0 {
                let letter = begins.trailing_zeros() as usize;
                begins &= begins - 1;
                for (packed, cost) in
                    channel.options_from(chunk, letter).iter().take_while(|(_, c)| *c >= least)
                {
                    let end = unpack_latin(*packed).try_fold(node, |at, letter| self.child(at, letter));
                    if let Some(end) = end {
                        states[j + length].reach(end, score + cost);
                    }
                }
            }
        }
        reach(states, j + 1, node, score - limits.errors.insertion);
        let wrong = score - limits.errors.substitution;
        let Node { letters, first_child, .. } = self.nodes[node as usize];
        if wrong >= bounds[j + 1] - limits.window {
            for child in first_child..first_child + letters.count_ones() {
                states[j + 1].reach(child, wrong);
            }
        }
        let swapped = score - limits.errors.transposition;
        if j + 1 < native.len() && swapped >= bounds[j + 2] - limits.window {
            let number = |c: char| crate::letters::latin_number(c);
            if let (Some(a), Some(b)) = (number(native[j]), number(native[j + 1]))
                && let Some(end) = self.child(node, b).and_then(|at| self.child(at, a))
            {
                states[j + 2].reach(end, swapped);
            }
        }
    }
}

/// What stays the same for all states after `j` typed letters.
#[derive(Clone, Copy)]
struct Step<'a> {
    channel: &'a Channel,
    native: &'a [char],
    j: usize,
    bounds: &'a [f32],
    limits: &'a WalkLimits,
}

/// What it costs, by letter, that a Latin letter leaves no trace.
fn silent_costs(channel: &Channel, errors: &ErrorCosts) -> [f32; 27] {
    let mut silent = [-errors.deletion; 27];
    if let Some(chunk) = channel.chunk(&[]) {
        for (packed, cost) in channel.options(chunk) {
            let letter = (*packed & 31) as usize % 27;
            silent[letter] = silent[letter].max(*cost);
        }
    }
    silent
}

/// For every prefix of the typed letters, the log probability under the best Latin spelling there could be.
fn best_conceivable(channel: &Channel, native: &[char], errors: &ErrorCosts) -> Vec<f32> {
    let mut best = vec![f32::NEG_INFINITY; native.len() + 1];
    best[0] = 0.0;
    for j in 0..native.len() {
        for length in 1..=MAX_NATIVE_CHUNK.min(native.len() - j) {
            let cost = channel.chunk(&native[j..j + length]).map(|chunk| channel.likeliest(chunk));
            if let Some(cost) = cost {
                best[j + length] = best[j + length].max(best[j] + cost);
            }
        }
        best[j + 1] = best[j + 1].max(best[j] - errors.insertion.min(errors.substitution));
    }
    best
}
