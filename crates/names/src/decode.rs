//! From native letters back to likely Latin spellings: the latent form in which records of different scripts meet.
//!
//! A best-first beam over the letters with the channel of the script and the letter model of Latin names; the answer is
//! a handful of spellings with normalised log probabilities.

use crate::background::LetterModel;
use crate::channel::{Channel, MAX_LATIN_CHUNK, MAX_NATIVE_CHUNK, unpack_latin};
use crate::name::Latent;
use crate::script::Script;
use crate::tables::tables;

const BEAM: usize = 12;
const OPTIONS: usize = 8;
/// Spellings kept of one part.
pub const MAX_SPELLINGS: usize = 6;
const MAX_LETTERS: usize = 48;
/// Spellings this much less likely than the best are dropped (nats).
const SPREAD: f32 = 4.0;

#[derive(Clone)]
struct Hypothesis {
    letters: Vec<u8>,
    score: f32,
}

/// The likeliest Latin spellings of folded native letters, best first; weights are log probabilities that add to one.
pub fn latin_spellings(script: Script, native: &[char]) -> Vec<Latent> {
    let spellings = spellings_by(tables().channel(script), &tables().background.latin, native);
    spellings.into_iter().map(|(letters, log_weight)| Latent::new(letters, log_weight)).collect()
}

/// The same by any table and letter model: spellings with their log weights, nats.
pub fn spellings_by(channel: &Channel, model: &LetterModel, native: &[char]) -> Vec<(Vec<u8>, f32)> {
    let mut beams: Vec<Vec<Hypothesis>> = vec![Vec::new(); native.len() + 1];
    beams[0].push(Hypothesis { letters: Vec::new(), score: 0.0 });
    for j in 0..native.len() {
        prune(&mut beams[j]);
        let here = std::mem::take(&mut beams[j]);
        for length in 1..=MAX_NATIVE_CHUNK.min(native.len() - j) {
            let Some(chunk) = channel.chunk(&native[j..j + length]) else {
                if length == 1 {
                    extend_unknown(&here, &mut beams[j + 1], native[j]);
                }
                continue;
            };
            let mut options = channel.options(chunk).to_vec();
            options.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            for (packed, cost) in options.iter().take(OPTIONS) {
                for hypothesis in &here {
                    beams[j + length].push(extended(hypothesis, unpack_latin(*packed), *cost, model));
                }
            }
            if length == 1 {
                // A letter may also stand for nothing in Latin (an inserted vowel sign, a silent letter).
                beams[j + 1].extend(
                    here.iter().map(|h| Hypothesis { letters: h.letters.clone(), score: h.score - 6.0 }),
                );
            }
        }
    }
    let mut finished = std::mem::take(&mut beams[native.len()]);
    finished.retain(|h| !h.letters.is_empty());
    prune(&mut finished);
    normalised(finished)
}

fn extended(
    from: &Hypothesis,
    chunk: impl Iterator<Item = u8>,
    cost: f32,
    model: &LetterModel,
) -> Hypothesis {
    let mut letters = Vec::with_capacity(from.letters.len() + MAX_LATIN_CHUNK);
    letters.extend_from_slice(&from.letters);
    let mut score = from.score + cost;
    for letter in chunk {
        let (symbols, count) = context(&letters);
        score += model.log_step(&symbols[..count], u16::from(letter) + 96);
        letters.push(letter);
    }
    letters.truncate(MAX_LETTERS);
    Hypothesis { letters, score }
}

/// The last three symbols, the edge of the word among them, and how many there are.
fn context(letters: &[u8]) -> ([u16; 3], usize) {
    let symbol = |n: u8| u16::from(n) + 96;
    match *letters {
        [] => ([1, 0, 0], 1),
        [a] => ([1, symbol(a), 0], 2),
        [a, b] => ([1, symbol(a), symbol(b)], 3),
        [.., a, b, c] => ([symbol(a), symbol(b), symbol(c)], 3),
    }
}

fn extend_unknown(from: &[Hypothesis], to: &mut Vec<Hypothesis>, letter: char) {
    let plain: Vec<u8> = crate::letters::latin_letters(&any_ascii::any_ascii_char(letter).to_lowercase());
    for hypothesis in from {
        let mut letters = hypothesis.letters.clone();
        letters.extend(plain.iter().take(6));
        letters.truncate(MAX_LETTERS);
        to.push(Hypothesis { letters, score: hypothesis.score - 8.0 });
    }
}

fn prune(beam: &mut Vec<Hypothesis>) {
    beam.sort_by(|a, b| a.letters.cmp(&b.letters).then(b.score.total_cmp(&a.score)));
    beam.dedup_by(|a, b| a.letters == b.letters);
    beam.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.letters.cmp(&b.letters)));
    beam.truncate(BEAM);
}

fn normalised(finished: Vec<Hypothesis>) -> Vec<(Vec<u8>, f32)> {
    let Some(best) = finished.first().map(|h| h.score) else { return Vec::new() };
    let kept: Vec<Hypothesis> =
        finished.into_iter().take_while(|h| h.score >= best - SPREAD).take(MAX_SPELLINGS).collect();
    let total: f32 = kept.iter().map(|h| (h.score - best).exp()).sum();
    kept.into_iter().map(|h| (h.letters, h.score - best - total.ln())).collect()
}
