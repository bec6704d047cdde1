//! The fixed background: how likely a part is among names at large, never in the searchable records.
//!
//! Letter n-gram models (Witten-Bell interpolation) per script and a list of the commonest Latin parts, learnt by
//! `examples/train.rs` from published transliterations. Because it is fixed, records that a searcher may not see can't
//! move the scores of those they may.

use crate::hashing::IntegerMap;
use crate::script::Script;

/// Longest n-gram of the letter models.
pub const MAX_ORDER: usize = 4;
const EDGE: u16 = 1;

/// A letter n-gram model with Witten-Bell interpolation.
#[derive(Debug, Default)]
pub struct LetterModel {
    order: usize,
    uniform: f32,
    counts: IntegerMap<u64, f32>,
    contexts: IntegerMap<u64, (f32, f32)>,
    /// For plain Latin: log P(letter | letters before), by how many are before.
    plain: Vec<Vec<f32>>,
}

/// Letters of plain Latin and the edge of a word.
const PLAIN: usize = 27;

/// The number of a plain Latin letter or of the edge.
fn plain_number(symbol: u16) -> Option<usize> {
    match symbol {
        EDGE => Some(0),
        97..=122 => Some(usize::from(symbol) - 96),
        _ => None,
    }
}

fn pack(symbols: &[u16]) -> u64 {
    symbols.iter().fold(1, |packed, s| packed << 16 | u64::from(*s)) ^ (symbols.len() as u64) << 60
}

/// The number of a letter in the models: the low 16 bits of its scalar value.
pub fn symbol(c: char) -> u16 {
    (c as u32 & 0xFFFF) as u16
}

impl LetterModel {
    /// Builds a model from n-gram counts of every order up to `order`; `alphabet` is the number of letters assumed.
    pub fn new(
        order: usize,
        alphabet: u32,
        ngrams: impl IntoIterator<Item = (Vec<u16>, f32)>,
    ) -> LetterModel {
        let mut model = LetterModel {
            order: order.clamp(1, MAX_ORDER),
            uniform: 1.0 / alphabet.max(2) as f32,
            ..LetterModel::default()
        };
        for (ngram, count) in ngrams {
            if ngram.is_empty() || ngram.len() > model.order || !count.is_finite() || count <= 0.0 {
                continue;
            }
            model.counts.insert(pack(&ngram), count);
            let context = model.contexts.entry(pack(&ngram[..ngram.len() - 1])).or_insert((0.0, 0.0));
            context.0 += count;
            context.1 += 1.0;
        }
        model
    }

    /// P(letter | up to `order - 1` letters before it).
    pub fn probability(&self, before: &[u16], letter: u16) -> f32 {
        let mut probability = self.uniform;
        let longest = before.len().min(self.order.saturating_sub(1));
        let mut ngram = [0u16; MAX_ORDER];
        for length in 0..=longest {
            let context = &before[before.len() - length..];
            let Some((total, types)) = self.contexts.get(&pack(context)) else { break };
            ngram[..length].copy_from_slice(context);
            ngram[length] = letter;
            let count = self.counts.get(&pack(&ngram[..=length])).copied().unwrap_or(0.0);
            probability = (count + types * probability) / (total + types);
        }
        probability
    }

    /// log P(letter | up to `order - 1` letters before it), looked up where the model is laid out.
    pub fn log_step(&self, before: &[u16], letter: u16) -> f32 {
        self.laid_out(before, letter).unwrap_or_else(|| self.probability(before, letter).ln())
    }

    fn laid_out(&self, before: &[u16], letter: u16) -> Option<f32> {
        let longest = self.plain.len().checked_sub(1)?;
        let before = &before[before.len().saturating_sub(longest)..];
        let mut context = 0;
        for symbol in before {
            context = context * PLAIN + plain_number(*symbol)?;
        }
        Some(self.plain[before.len()][context * PLAIN + plain_number(letter)?])
    }

    /// Works out every probability of a model of plain Latin once: words are then looked up letter by letter.
    pub fn lay_out_plain(&mut self) {
        let symbol = |number: usize| if number == 0 { EDGE } else { number as u16 + 96 };
        let mut plain = Vec::new();
        for before in 0..self.order {
            let contexts = PLAIN.pow(before as u32);
            let mut table = Vec::with_capacity(contexts * PLAIN);
            let mut symbols = vec![0u16; before];
            for context in 0..contexts {
                for (place, s) in symbols.iter_mut().enumerate() {
                    *s = symbol(context / PLAIN.pow((before - 1 - place) as u32) % PLAIN);
                }
                table.extend((0..PLAIN).map(|letter| self.probability(&symbols, symbol(letter)).ln()));
            }
            plain.push(table);
        }
        self.plain = plain;
    }

    /// log P(word) by the tables of plain Latin; `None` if there are none, or another letter stands in it.
    fn plain_log_probability(&self, letters: &[u16]) -> Option<f32> {
        let longest = self.plain.len().checked_sub(1)?;
        let mut total = 0.0;
        let mut context = 0;
        let mut before = 1.min(longest);
        for letter in letters.iter().chain(&[EDGE]) {
            let letter = plain_number(*letter)?;
            total += self.plain[before][context * PLAIN + letter];
            before = (before + 1).min(longest);
            context = (context * PLAIN + letter) % PLAIN.pow(before as u32);
        }
        Some(total)
    }

    /// log P(word) in nats, with the edges of the word.
    pub fn log_probability(&self, letters: impl IntoIterator<Item = u16>) -> f32 {
        let letters: Vec<u16> = letters.into_iter().collect();
        if let Some(total) = self.plain_log_probability(&letters) {
            return total;
        }
        let mut history = vec![EDGE; 1];
        let mut total = 0.0;
        for letter in letters.into_iter().chain([EDGE]) {
            let start = history.len().saturating_sub(MAX_ORDER - 1);
            total += self.probability(&history[start..], letter).ln();
            history.push(letter);
        }
        total
    }

    /// Whether it was learnt from anything.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// All background models.
#[derive(Debug, Default)]
pub struct Background {
    /// Letters of plain Latin parts.
    pub latin: LetterModel,
    /// Letters of native parts, by number of [`Script`].
    pub native: Vec<LetterModel>,
    /// log P of the commonest Latin parts, by [`latin_key`].
    pub frequent: IntegerMap<u64, f32>,
    /// log P of the commonest native parts, by [`native_key`].
    pub native_frequent: IntegerMap<u64, f32>,
}

/// A 64-bit key of native letters in a script.
pub fn native_key(script: Script, symbols: impl Iterator<Item = u16>) -> u64 {
    symbols.fold(0x9e37_79b9_7f4a_7c15 ^ script as u64, |hash, s| {
        (hash ^ u64::from(s)).wrapping_mul(0x100_0000_01b3).rotate_left(23)
    })
}

/// A 64-bit key of plain Latin letters (FNV-1a).
pub fn latin_key(letters: &[u8]) -> u64 {
    letters
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, letter| (hash ^ u64::from(*letter)).wrapping_mul(0x100_0000_01b3))
}

/// Share of the letter model in the Latin background; the rest is the list of common parts.
const LETTER_SHARE: f32 = 0.35;

impl Background {
    /// log P of a plain Latin part, nats.
    pub fn latin_log_probability(&self, letters: &[u8]) -> f32 {
        let by_letters =
            self.latin.log_probability(letters.iter().map(|n| u16::from(*n) + 96)) + LETTER_SHARE.ln();
        match self.frequent.get(&latin_key(letters)) {
            Some(listed) => log_add(by_letters, listed + (1.0 - LETTER_SHARE).ln()),
            None => by_letters,
        }
    }

    /// log P of folded letters of `script`, nats.
    pub fn log_probability(&self, script: Script, native: &[char]) -> f32 {
        if script == Script::Latin {
            let letters: Vec<u8> = native.iter().map(|c| (*c as u32).wrapping_sub(96) as u8).collect();
            return self.latin_log_probability(&letters);
        }
        let by_letters = match self.native.get(script as usize) {
            Some(model) if !model.is_empty() => model.log_probability(native.iter().map(|c| symbol(*c))),
            _ => -2.7 * (native.len() as f32 + 1.0),
        };
        match self.native_frequent.get(&native_key(script, native.iter().map(|c| symbol(*c)))) {
            Some(listed) => log_add(by_letters + LETTER_SHARE.ln(), listed + (1.0 - LETTER_SHARE).ln()),
            None => by_letters + LETTER_SHARE.ln(),
        }
    }

    /// -log P, nats.
    pub fn information(&self, script: Script, native: &[char]) -> f32 {
        -self.log_probability(script, native)
    }
}

/// log(exp(a) + exp(b)).
pub fn log_add(a: f32, b: f32) -> f32 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == f32::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::tables;

    #[test]
    fn words_of_plain_latin_are_looked_up_as_they_are_worked_out() {
        let laid_out = &tables().background.latin;
        assert!(!laid_out.plain.is_empty());
        for word in ["", "a", "li", "kalachev", "rajendra", "xqzzj"] {
            let symbols: Vec<u16> = word.bytes().map(u16::from).collect();
            let mut history = vec![EDGE];
            let mut expected = 0.0;
            for letter in symbols.iter().copied().chain([EDGE]) {
                let start = history.len().saturating_sub(MAX_ORDER - 1);
                expected += laid_out.probability(&history[start..], letter).ln();
                history.push(letter);
            }
            let found = laid_out.log_probability(symbols);
            assert!((found - expected).abs() < 1e-3, "{word}: {found} {expected}");
        }
    }
}
