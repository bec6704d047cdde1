//! Comparing two names: evidence per pair of parts, the best assignment of parts, and one calibrated score.
//!
//! Evidence is a log-likelihood ratio in nats: how much better "the same name" explains the letters than "any name of
//! the published background". It never depends on the records searched.

use crate::background::log_add;
use crate::channel::{Channel, LetterMatch, MAX_NATIVE_CHUNK, ScoringBuffers};
use crate::name::{LookedUp, MAX_PARTS, Name, Part, PartDetails};
use crate::roles::Role;
use crate::script::Script;
use crate::tables::{AttestedSpelling, tables};
use crate::thresholds::{MatchedWords, ScoreFeatures, calibrated, first_look};

/// Evidence of parts that have nothing to do with each other.
pub const NO_EVIDENCE: f32 = -20.0;
/// The most parts of one side that the exact assignment takes; longer names are assigned greedily.
const EXACT_PARTS: usize = 8;
/// The most parts of a query: comparing costs as much as the parts of both sides multiplied.
pub const MAX_QUERY_PARTS: usize = 12;
/// In names of more parts than this, on either side, nothing is tried joined.
const MOST_TRIED_JOINED: usize = 12;
/// The most neighbouring parts that may have been written as one.
const MAX_JOINED: usize = 3;
/// Cost in nats of parts having been joined or cut apart: with a particle among them, and of names proper.
const JOIN_WITH_PARTICLE: f32 = 0.7;
const JOIN_OF_NAMES: f32 = 2.0;
/// Of the syllables of a name in characters or Hangul, which Latin letters separate as they like.
const JOIN_OF_SYLLABLES: f32 = 0.3;
/// Information beyond this many nats adds nothing when a part is missing.
const INFORMATION_CAP: f32 = 14.0;
/// Share of its information that an unexplained part of the query costs, and of the record.
const QUERY_ABSENCE: f32 = 0.45;
const RECORD_ABSENCE: f32 = 0.2;
/// Evidence in nats that makes no correspondence of two parts.
const LEAST_COUNTED: f32 = 0.3;

/// Cost in nats of parts standing in another order.
const TURNED: f32 = 0.7;

/// How two parts correspond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchKind {
    /// The same letters.
    Exact,
    /// The same name in another script or another usual spelling.
    Romanisation,
    /// Letters differ as slips of the pen or key do.
    Typo,
    /// One side has only the initial.
    Initial,
    /// Several parts of the query are one part of the record.
    Joined,
    /// One part of the query is several parts of the record.
    Split,
    /// The query has it, the record doesn't.
    QueryOnly,
    /// The record has it, the query doesn't.
    RecordOnly,
}

/// One line of the explanation of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct PartMatch {
    /// First query part and how many; none for `RecordOnly`.
    pub query: (usize, usize),
    /// First record part and how many; none for `QueryOnly`.
    pub record: (usize, usize),
    /// How they correspond.
    pub kind: MatchKind,
    /// Contribution to the evidence in nats; negative for parts without a counterpart.
    pub weight: f32,
    /// How alike the two are, 0 to 1: 1 for the same letters.
    pub likeness: f32,
    /// Which letters correspond, where one side is plain Latin and the other is what it is matched against.
    pub letters: Vec<LetterMatch>,
}

/// The outcome of comparing two names.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Calibrated score, 0 to 1; see [`crate::thresholds`].
    pub score: f32,
    /// Net evidence in nats.
    pub evidence: f32,
    /// What the score was worked out from.
    pub features: ScoreFeatures,
    /// The parts, query order first, then record parts without a counterpart.
    pub alignment: Vec<PartMatch>,
}

/// A query with its joined parts worked out once, for comparing it with many records.
#[derive(Debug)]
pub struct PreparedQuery<'a> {
    parts: Vec<&'a Part>,
    details: Vec<PartDetails>,
    /// Joined parts by (first, how many - 2).
    joined: Vec<[Option<Part>; MAX_JOINED - 1]>,
}

impl<'a> PreparedQuery<'a> {
    /// Prepares a name as the query.
    pub fn new(name: &'a Name) -> PreparedQuery<'a> {
        PreparedQuery::from_parts(name.parts().iter().collect())
    }

    /// Prepares parts as the query; further ones than [`MAX_QUERY_PARTS`] are left out.
    pub fn from_parts(mut parts: Vec<&'a Part>) -> PreparedQuery<'a> {
        parts.truncate(MAX_QUERY_PARTS);
        let joined = (0..parts.len())
            .map(|first| [2, 3].map(|count| parts.get(first..first + count).and_then(joinable)))
            .collect();
        let details = parts.iter().map(|part| part.details()).collect();
        PreparedQuery { parts, details, joined }
    }

    /// The parts in order.
    pub fn parts(&self) -> &[&'a Part] {
        &self.parts
    }

    /// Neighbouring parts as if written together: (first, how many, the part).
    pub fn joined(&self) -> impl Iterator<Item = (usize, usize, &Part)> {
        self.joined.iter().enumerate().flat_map(|(first, joins)| {
            joins.iter().enumerate().filter_map(move |(i, part)| part.as_ref().map(|p| (first, i + 2, p)))
        })
    }
}

/// The parts as one, unless one of them is a mere initial.
fn joinable(members: &[&Part]) -> Option<Part> {
    let initial = members.iter().any(|part| part.role() == Role::Initial);
    if initial { None } else { Part::joined(members) }
}

/// The same on the recorded side, whose readings are known.
fn joinable_with_readings(members: &[&Part]) -> Option<Part> {
    let initial = members.iter().any(|part| part.role() == Role::Initial);
    if initial { None } else { Part::joined_with_readings(members) }
}

/// Compares two names as a search does, with the full explanation.
pub fn compare(query: &Name, record: &Name) -> Comparison {
    let prepared = PreparedQuery::new(query);
    let record_parts: Vec<&Part> = record.parts().iter().collect();
    compare_prepared(&prepared, &record_parts, &mut ScoringBuffers::default())
}

/// Compares a prepared query with the parts of a recorded name, with the full explanation.
pub fn compare_prepared(
    query: &PreparedQuery<'_>,
    record: &[&Part],
    buffers: &mut ScoringBuffers,
) -> Comparison {
    let assignment = assign(query, record, |_, _| None, |_, _| None, buffers);
    explain(query, record, &assignment)
}

/// Corresponding parts: query (first, count), record (first, count), evidence in nats.
pub type Correspondence = ((usize, usize), (usize, usize), f32);

/// A choice of corresponding parts and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Corresponding parts: query (first, count), record (first, count), evidence in nats.
    pub matches: Vec<Correspondence>,
    /// Net evidence in nats: matches less what is unexplained on both sides.
    pub evidence: f32,
    /// Calibrated score.
    pub score: f32,
    /// What the score was worked out from.
    pub features: ScoreFeatures,
}

fn absence_cost(part: PartDetails, share: f32) -> f32 {
    share * part.role.absence_weight() * part.information.min(INFORMATION_CAP)
}

/// Finds the best assignment of parts. `known` may give the evidence of (query part, record part) where a caller has
/// it already, `likelihood` log P(query part | Latin letters); `None` means "work it out".
pub fn assign(
    query: &PreparedQuery<'_>,
    record: &[&Part],
    mut known: impl FnMut(usize, usize) -> Option<f32>,
    mut likelihood: impl FnMut(usize, &[u8]) -> Option<f32>,
    buffers: &mut ScoringBuffers,
) -> Assignment {
    let mut assigning = AssignBuffers::default();
    let options = &mut assigning.options;
    let mut best_of_query = vec![0.0f32; query.parts.len()];
    let mut best_of_record = vec![0.0f32; record.len()];
    for (i, q) in query.parts.iter().enumerate() {
        for (j, r) in record.iter().enumerate() {
            let evidence = known(i, j)
                .unwrap_or_else(|| tempered(part_evidence_at_least(LEAST_COUNTED, q, r, buffers), q, r));
            best_of_query[i] = best_of_query[i].max(evidence / q.information().max(1.0));
            best_of_record[j] = best_of_record[j].max(evidence / r.information().max(1.0));
            options.push(Choice { query: (i, 1), record: (j, 1), evidence });
        }
    }
    if query.parts.len().max(record.len()) > MOST_TRIED_JOINED {
        let record: Vec<PartDetails> = record.iter().map(|part| part.details()).collect();
        return choose(query, &record, &mut assigning).whole(&assigning);
    }
    let explained = BestShares { query: best_of_query, record: best_of_record };
    add_query_joins(query, record, &explained, options, buffers);
    add_record_joins(query, record, &explained, options, |i, joined| {
        evidence_by_likelihood(query.parts[i], joined, |letters| likelihood(i, letters))
            .unwrap_or_else(|| part_evidence_at_least(LEAST_COUNTED, query.parts[i], joined, buffers))
    });
    let record: Vec<PartDetails> = record.iter().map(|part| part.details()).collect();
    choose(query, &record, &mut assigning).whole(&assigning)
}

/// Reused memory for many assignments in a row.
#[derive(Debug, Default)]
pub struct AssignBuffers {
    options: Vec<Choice>,
    best: Vec<(f32, usize, usize)>,
    chosen: Vec<Choice>,
}

/// What a choice of corresponding parts is worth; the choice itself stands in the buffers.
struct Outcome {
    evidence: f32,
    features: ScoreFeatures,
}

impl Outcome {
    fn whole(self, buffers: &AssignBuffers) -> Assignment {
        let matches = buffers.chosen.iter().map(|c| (c.query, c.record, c.evidence)).collect();
        let Outcome { evidence, features } = self;
        Assignment { matches, evidence, score: calibrated(&features), features }
    }
}

/// The same from known evidence alone, without looking at any letters: for choosing whom to compare in full. `joined`
/// are runs of parts on either side, which stand against one part of the other. Gives log odds.
pub fn assign_known(
    query: &PreparedQuery<'_>,
    record: &[PartDetails],
    known: impl Fn(usize, usize) -> Option<f32>,
    joined: impl Iterator<Item = Correspondence>,
    buffers: &mut AssignBuffers,
) -> f32 {
    let options = &mut buffers.options;
    options.clear();
    for i in 0..query.parts.len() {
        for j in 0..record.len() {
            if let Some(evidence) = known(i, j) {
                options.push(Choice { query: (i, 1), record: (j, 1), evidence });
            }
        }
    }
    for (typed, recorded, evidence) in joined {
        let cost = if typed.1 > 1 {
            join_cost(&query.parts[typed.0..typed.0 + typed.1])
        } else if query.parts[typed.0].syllables() == Some(recorded.1) {
            JOIN_OF_SYLLABLES
        } else {
            cost_with_particle(record[recorded.0..recorded.0 + recorded.1].iter().map(|part| part.role))
        };
        options.push(Choice { query: typed, record: recorded, evidence: evidence - cost });
    }
    first_look(&choose(query, record, buffers).features)
}

#[derive(Debug, Clone, Copy)]
struct Choice {
    query: (usize, usize),
    record: (usize, usize),
    evidence: f32,
}

/// Parts count as explained on their own from this share of their information on.
const EXPLAINED: f32 = 0.55;

/// The best share of its information that each part has explained by a single part of the other side.
struct BestShares {
    query: Vec<f32>,
    record: Vec<f32>,
}

/// Several parts of the query as one of the record.
fn add_query_joins(
    query: &PreparedQuery<'_>,
    record: &[&Part],
    best: &BestShares,
    options: &mut Vec<Choice>,
    buffers: &mut ScoringBuffers,
) {
    for (first, count, joined) in query.joined() {
        if best.query[first..first + count].iter().all(|share| *share > EXPLAINED) {
            continue;
        }
        let members = &query.parts[first..first + count];
        for (j, r) in record.iter().enumerate() {
            if best.record[j] <= EXPLAINED && similar_lengths(joined.letters(), r.letters()) {
                let evidence = tempered(part_evidence_at_least(LEAST_COUNTED, joined, r, buffers), joined, r)
                    - join_cost_beside(members, r);
                options.push(Choice { query: (first, count), record: (j, 1), evidence });
            }
        }
    }
}

/// One part of the query as several of the record.
fn add_record_joins(
    query: &PreparedQuery<'_>,
    record: &[&Part],
    best: &BestShares,
    options: &mut Vec<Choice>,
    mut evidence_of: impl FnMut(usize, &Part) -> f32,
) {
    for first in 0..record.len() {
        for count in 2..=MAX_JOINED.min(record.len() - first) {
            if best.record[first..first + count].iter().all(|share| *share > EXPLAINED) {
                continue;
            }
            let members = &record[first..first + count];
            let length: usize = members.iter().map(|part| part.letters()).sum();
            let mut joined = None;
            for (i, q) in query.parts.iter().enumerate() {
                if best.query[i] <= EXPLAINED && similar_lengths(q.letters(), length) {
                    let joined = joined.get_or_insert_with(|| joinable_with_readings(members));
                    let Some(joined) = joined else { break };
                    let evidence = tempered(evidence_of(i, joined), q, joined) - join_cost_beside(members, q);
                    options.push(Choice { query: (i, 1), record: (first, count), evidence });
                }
            }
        }
    }
}

/// Evidence for a joined Latin part from the likelihood that a caller knows how to look up.
fn evidence_by_likelihood(
    q: &Part,
    joined: &Part,
    likelihood: impl FnOnce(&[u8]) -> Option<f32>,
) -> Option<f32> {
    if joined.script() != Script::Latin || q.role() == Role::Initial {
        return None;
    }
    let letters: Vec<u8> = joined.native().iter().map(|c| (*c as u32 - 96) as u8).collect();
    let log_p = likelihood(&letters)?;
    Some((log_p - log_add(-q.information(), log_p - joined.information())).max(NO_EVIDENCE))
}

/// What it costs that several parts stand against `whole`.
fn join_cost_beside(members: &[&Part], whole: &Part) -> f32 {
    if whole.syllables() == Some(members.len()) { JOIN_OF_SYLLABLES } else { join_cost(members) }
}

/// What it costs that several parts stand against one.
fn join_cost(members: &[&Part]) -> f32 {
    cost_with_particle(members.iter().map(|part| part.role()))
}

fn cost_with_particle(mut roles: impl Iterator<Item = Role>) -> f32 {
    if roles.any(|role| role == Role::Particle) { JOIN_WITH_PARTICLE } else { JOIN_OF_NAMES }
}

/// Whether two parts could be one name by their length in letters.
fn similar_lengths(a: usize, b: usize) -> bool {
    a * 5 >= b * 3 && b * 5 >= a * 3
}

fn choose(query: &PreparedQuery<'_>, record: &[PartDetails], buffers: &mut AssignBuffers) -> Outcome {
    let mut query_costs = [0.0f32; MAX_QUERY_PARTS];
    let mut record_costs = [0.0f32; MAX_PARTS];
    for (cost, part) in query_costs.iter_mut().zip(&query.details) {
        *cost = absence_cost(*part, QUERY_ABSENCE);
    }
    for (cost, part) in record_costs.iter_mut().zip(record) {
        *cost = absence_cost(*part, RECORD_ABSENCE);
    }
    let gain = |c: &Choice| {
        c.evidence
            + query_costs[c.query.0..c.query.0 + c.query.1].iter().sum::<f32>()
            + record_costs[c.record.0..c.record.0 + c.record.1].iter().sum::<f32>()
    };
    buffers.options.retain(|c| c.evidence > LEAST_COUNTED && gain(c) > 0.0);
    buffers.chosen.clear();
    if record.len() <= EXACT_PARTS {
        choose_exactly(query.parts.len(), record.len(), buffers, gain);
    } else {
        choose_greedily(buffers, gain);
    }
    let chosen = &buffers.chosen;
    let base = -query_costs.iter().sum::<f32>() - record_costs.iter().sum::<f32>();
    let turned = if is_turned(chosen) { TURNED } else { 0.0 };
    let evidence = base + chosen.iter().map(gain).sum::<f32>() - turned;
    let features = features(query, record, chosen, evidence);
    Outcome { evidence, features }
}

fn choose_exactly(
    query_parts: usize,
    record_parts: usize,
    buffers: &mut AssignBuffers,
    gain: impl Fn(&Choice) -> f32,
) {
    let AssignBuffers { options, best, chosen } = buffers;
    options.sort_by_key(|c| c.query.0);
    let masks = 1usize << record_parts;
    best.clear();
    best.resize((query_parts + 1) * masks, (f32::NEG_INFINITY, usize::MAX, 0usize));
    best[0].0 = 0.0;
    let mut first = 0;
    for i in 0..query_parts {
        let of_part = options[first..].iter().take_while(|c| c.query.0 == i).count();
        let here_options = first..first + of_part;
        first += of_part;
        for mask in 0..masks {
            let here = best[i * masks + mask].0;
            if here == f32::NEG_INFINITY {
                continue;
            }
            let next = &mut best[(i + 1) * masks + mask];
            if here > next.0 {
                *next = (here, usize::MAX, i * masks + mask);
            }
            for index in here_options.clone() {
                let choice = &options[index];
                let used = ((1usize << choice.record.1) - 1) << choice.record.0;
                if used & mask != 0 {
                    continue;
                }
                let value = here + gain(choice);
                let to = (i + choice.query.1) * masks + (mask | used);
                if value > best[to].0 {
                    best[to] = (value, index, i * masks + mask);
                }
            }
        }
    }
    let last = query_parts * masks;
    let mut at = (last..last + masks).max_by(|a, b| best[*a].0.total_cmp(&best[*b].0)).unwrap_or(last);
    while at != 0 && best[at].0 != f32::NEG_INFINITY {
        let (_, index, from) = best[at];
        if let Some(choice) = options.get(index) {
            chosen.push(*choice);
        }
        at = from;
    }
    chosen.reverse();
}

fn choose_greedily(buffers: &mut AssignBuffers, gain: impl Fn(&Choice) -> f32) {
    let AssignBuffers { options, chosen, .. } = buffers;
    options.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then((a.query, a.record).cmp(&(b.query, b.record))));
    let (mut query_used, mut record_used) = (0u64, 0u64);
    for choice in options {
        let bits = |(first, count): (usize, usize)| ((1u64 << count) - 1) << first;
        if query_used & bits(choice.query) == 0 && record_used & bits(choice.record) == 0 {
            query_used |= bits(choice.query);
            record_used |= bits(choice.record);
            chosen.push(*choice);
        }
    }
    chosen.sort_by_key(|c| c.query);
}

fn features(
    query: &PreparedQuery<'_>,
    record: &[PartDetails],
    chosen: &[Choice],
    evidence: f32,
) -> ScoreFeatures {
    let weight = |part: &PartDetails| part.role.absence_weight() * part.information.min(INFORMATION_CAP);
    let total_query: f32 = query.details.iter().map(weight).sum();
    let total_record: f32 = record.iter().map(weight).sum();
    let mut matched_query = 0.0;
    let mut matched_record = 0.0;
    let mut matched = 0.0;
    let mut least_likeness: f32 = 1.0;
    let (mut misfit, mut worst_misfit) = (0.0f32, 0.0f32);
    let mut words = MatchedWords::default();
    let (mut typed_left, mut recorded_left) = (u64::MAX, u64::MAX);
    for choice in chosen {
        let typed = &query.details[choice.query.0..choice.query.0 + choice.query.1];
        let recorded = &record[choice.record.0..choice.record.0 + choice.record.1];
        matched_query += typed.iter().map(weight).sum::<f32>();
        matched_record += recorded.iter().map(weight).sum::<f32>();
        matched += choice.evidence;
        typed_left &= !(((1 << choice.query.1) - 1) << choice.query.0);
        recorded_left &= !(((1 << choice.record.1) - 1) << choice.record.0);
        let is_name = |part: &PartDetails| matches!(part.role, Role::Name | Role::Patronymic);
        let told = |parts: &[PartDetails]| parts.iter().map(|part| part.information).sum::<f32>();
        let full = told(typed).min(told(recorded)).max(1.0);
        if let (Some(typed_weight), Some(recorded_weight)) =
            (weight_of_words(typed), weight_of_words(recorded))
        {
            let most = full * typed_weight.min(recorded_weight);
            words.add(recorded, typed.len() + recorded.len() > 2, choice.evidence >= most - EXACT_WITHIN);
        }
        if typed.iter().all(is_name) && recorded.iter().all(is_name) {
            least_likeness = least_likeness.min((choice.evidence / full).clamp(0.0, 1.0));
            let lost = misfit_of(choice.evidence, told(typed), told(recorded));
            misfit += lost;
            worst_misfit = worst_misfit.max(lost);
        }
    }
    let script = query.parts.first().map_or(Script::Latin, |p| p.script());
    ScoreFeatures {
        evidence,
        matched,
        query_information: total_query,
        query_explained: matched_query / total_query.max(0.1),
        record_explained: matched_record / total_record.max(0.1),
        query_unexplained: total_query - matched_query,
        record_unexplained: total_record - matched_record,
        least_likeness,
        misfit,
        worst_misfit,
        query_missing: most_telling_name(&query.details, typed_left),
        record_missing: most_telling_name(record, recorded_left),
        turned: is_turned(chosen),
        matched_parts: chosen.len() as f32,
        words,
        script,
    }
}

/// Words that tell all they could but so many nats count as exact.
const EXACT_WITHIN: f32 = 0.5;

/// How much the evidence of parts counts that stand as one; `None` if an initial is among them.
fn weight_of_words(parts: &[PartDetails]) -> Option<f32> {
    let initial = parts.iter().any(|part| part.role == Role::Initial);
    let least = parts.iter().map(|part| evidence_weight(part.role)).fold(1.0, f32::min);
    (!initial).then_some(if parts.len() > 1 { 1.0 } else { least })
}

/// How much worse than the best conceivable the typed letters fit the recorded ones, nats: what two parts could tell is
/// bounded by how rare the recorded one is, but which of two records fits better is not.
fn misfit_of(evidence: f32, typed: f32, recorded: f32) -> f32 {
    let full = typed.min(recorded).max(1.0);
    let whole = FULL_LIKENESS * full;
    let evidence = if evidence < whole { (evidence.max(0.0) * whole).sqrt() } else { evidence };
    let open = (-evidence).exp() - (-recorded).exp();
    let unbounded = if open > 0.0 { -open.ln() } else { typed };
    (typed - unbounded).clamp(0.0, typed)
}

/// What the most telling of the names proper among some parts tells; the parts are given as bits.
fn most_telling_name(parts: &[PartDetails], which: u64) -> f32 {
    let chosen = parts
        .iter()
        .take(64)
        .enumerate()
        .filter(|(at, part)| which >> at & 1 == 1 && part.role == Role::Name);
    chosen.map(|(_, part)| part.information.min(INFORMATION_CAP)).fold(0.0, f32::max)
}

/// Whether the corresponding parts stand in another order in the record. `chosen` is in the order of the query.
fn is_turned(chosen: &[Choice]) -> bool {
    chosen.windows(2).any(|pair| pair[0].record.0 > pair[1].record.0)
}

/// Evidence in nats that two parts are the same name; the same whichever comes first. Between two native scripts each is
/// read through its likely Latin spellings, and the better reading counts.
pub fn part_evidence(a: &Part, b: &Part, buffers: &mut ScoringBuffers) -> f32 {
    part_evidence_at_least(f32::NEG_INFINITY, a, b, buffers)
}

/// The same where it is `least` at least; else something below it, as soon as that is known.
pub fn part_evidence_at_least(least: f32, a: &Part, b: &Part, buffers: &mut ScoringBuffers) -> f32 {
    if a.role() == Role::Initial || b.role() == Role::Initial {
        return initial_evidence(a, b);
    }
    if a.script() == b.script() && a.native() == b.native() {
        return (a.information() - 0.3).max(0.3);
    }
    match (a.script(), b.script()) {
        (Script::Latin, Script::Latin) => latin_evidence(least, a, b, buffers),
        (Script::Latin, _) => best_of_latents(least, b, a, buffers),
        (_, Script::Latin) => best_of_latents(least, a, b, buffers),
        _ => best_of_latents(least, a, b, buffers).max(best_of_latents(least, b, a, buffers)),
    }
    .max(NO_EVIDENCE)
}

/// Evidence as it counts: less where it is small for parts that could tell much (letters that merely resemble each
/// other), and little for particles and titles.
pub fn tempered(evidence: f32, a: &Part, b: &Part) -> f32 {
    tempered_by(evidence, a.details(), b.details())
}

/// The same from what the two parts' letters tell.
pub fn tempered_by(evidence: f32, a: PartDetails, b: PartDetails) -> f32 {
    if evidence <= 0.0 || a.role == Role::Initial || b.role == Role::Initial {
        return evidence;
    }
    let role = evidence_weight(a.role).min(evidence_weight(b.role));
    let full = a.information.min(b.information).max(1.0);
    let likeness = ((evidence / full - LEAST_LIKENESS) / (FULL_LIKENESS - LEAST_LIKENESS)).clamp(0.0, 1.0);
    evidence * role * likeness
}

/// Evidence below this share of what the parts could tell counts nothing; from the second on it counts in full.
const LEAST_LIKENESS: f32 = 0.0;
const FULL_LIKENESS: f32 = 0.4;

fn evidence_weight(role: Role) -> f32 {
    match role {
        Role::Name | Role::Initial | Role::Patronymic => 1.0,
        Role::Generation => 0.5,
        Role::Title => 0.3,
        Role::Particle => 0.2,
    }
}

fn latin_evidence(least: f32, a: &Part, b: &Part, buffers: &mut ScoringBuffers) -> f32 {
    one_way(least, a, b, buffers).max(one_way(least, b, a, buffers))
}

/// Evidence that `a` was written for a name that `b` spells in Latin: the best over the spellings of both.
fn one_way(least: f32, a: &Part, b: &Part, buffers: &mut ScoringBuffers) -> f32 {
    if a.script() != Script::Latin {
        return best_of_latents(least, a, b, buffers);
    }
    let channel = tables().channel(Script::Latin);
    let mut best = NO_EVIDENCE;
    for x in a.latents() {
        let respelt: Option<(Vec<char>, LookedUp)> = (x.log_weight != 0.0).then(|| {
            let native: Vec<char> = x.letters.iter().map(|n| char::from(n + 96)).collect();
            let prepared = channel.prepare(&native, &a.error_costs());
            let attested = tables().attested(Script::Latin, &native);
            (native, LookedUp { prepared, attested })
        });
        let (native, looked_up) = match &respelt {
            Some((native, looked_up)) => (native.as_slice(), looked_up),
            None => (a.native(), a.looked_up()),
        };
        for y in b.latents() {
            // Evidence is never more than the letters' log probability and what the written part tells.
            let enough = least - a.information() - x.log_weight - y.log_weight;
            let log_p = log_probability(enough, channel, native, looked_up, &y.letters, buffers)
                + x.log_weight
                + y.log_weight;
            if log_p > f32::NEG_INFINITY {
                best = best.max(log_p - log_add(-a.information(), log_p + y.log_background));
            }
        }
    }
    best
}

/// log P of native letters as a Latin spelling, by letters or as published transliterations have it; less than `enough`
/// may be anything less.
fn log_probability(
    enough: f32,
    channel: &Channel,
    native: &[char],
    looked_up: &LookedUp,
    latin: &[u8],
    buffers: &mut ScoringBuffers,
) -> f32 {
    let LookedUp { prepared, attested } = looked_up;
    let by_letters = channel.prepared_score_at_least(enough, native, prepared, latin, buffers);
    by_letters.max(attested_spelling(attested, latin))
}

/// log P of a Latin spelling among published ones.
pub(crate) fn attested_spelling(attested: &[AttestedSpelling], latin: &[u8]) -> f32 {
    let known = attested.iter().find(|spelling| spelling.latin == latin);
    known.map_or(f32::NEG_INFINITY, |spelling| spelling.log_probability)
}

/// Evidence in nats that a recorded part in a native script was written for a typed one in another script, by the likely
/// Latin spellings of the typed one alone, so many of them.
pub fn evidence_for_native(
    recorded: &Part,
    typed: &Part,
    readings: usize,
    buffers: &mut ScoringBuffers,
) -> f32 {
    best_of_readings(f32::NEG_INFINITY, recorded, typed, readings, buffers)
}

/// Evidence of native letters against the Latin spellings of the other part.
fn best_of_latents(least: f32, native: &Part, other: &Part, buffers: &mut ScoringBuffers) -> f32 {
    best_of_readings(least, native, other, usize::MAX, buffers)
}

fn best_of_readings(
    least: f32,
    native: &Part,
    other: &Part,
    readings: usize,
    buffers: &mut ScoringBuffers,
) -> f32 {
    let channel = tables().channel(native.script());
    let mut best = NO_EVIDENCE;
    for latent in other.latents().iter().take(readings) {
        let enough = least - native.information() - latent.log_weight;
        let log_p =
            log_probability(enough, channel, native.native(), native.looked_up(), &latent.letters, buffers)
                + latent.log_weight;
        if log_p > f32::NEG_INFINITY {
            best = best.max(log_p - log_add(-native.information(), log_p + latent.log_background));
        }
    }
    best
}

/// What an initial tells: one letter in some twenty.
const SAME_INITIAL: f32 = 2.2;
const INITIAL_ACROSS: f32 = 1.5;

/// Evidence of an initial and another part, in nats.
pub fn initial_evidence(a: &Part, b: &Part) -> f32 {
    if a.script() == b.script() {
        return match (a.native().first(), b.native().first()) {
            (Some(x), Some(y)) if x == y => SAME_INITIAL,
            _ => NO_EVIDENCE,
        };
    }
    if first_letters(a) & first_letters(b) != 0 { INITIAL_ACROSS } else { NO_EVIDENCE }
}

/// Likelier than this, nats, a Latin chunk counts for what a part may begin with.
const LIKELY_BEGINNING: f32 = -2.5;

/// The Latin letters that a part may begin with, as bits.
fn first_letters(part: &Part) -> u32 {
    let native = part.native();
    if part.script() == Script::Latin {
        return native.first().map_or(0, |c| 1 << (*c as u32 - 96));
    }
    let channel = tables().channel(part.script());
    let mut letters = 0;
    for length in 1..=MAX_NATIVE_CHUNK.min(native.len()) {
        let Some(chunk) = channel.chunk(&native[..length]) else { continue };
        for (packed, log_probability) in channel.options(chunk) {
            if *packed != 0 && *log_probability > LIKELY_BEGINNING {
                letters |= 1 << (packed & 31);
            }
        }
    }
    letters
}

/// Turns an assignment into the explanation shown with a candidate.
pub fn explain(query: &PreparedQuery<'_>, record: &[&Part], assignment: &Assignment) -> Comparison {
    let mut alignment = Vec::new();
    let mut query_seen = vec![false; query.parts.len()];
    let mut record_seen = vec![false; record.len()];
    for (q, r, evidence) in &assignment.matches {
        query_seen[q.0..q.0 + q.1].fill(true);
        record_seen[r.0..r.0 + r.1].fill(true);
        alignment.push(explain_match(query, record, *q, *r, *evidence));
    }
    for (i, part) in query.parts.iter().enumerate().filter(|(i, _)| !query_seen[*i]) {
        alignment.push(unmatched(
            (i, 1),
            (0, 0),
            MatchKind::QueryOnly,
            -absence_cost(part.details(), QUERY_ABSENCE),
        ));
    }
    alignment.sort_by_key(|m| m.query.0);
    for (j, part) in record.iter().enumerate().filter(|(j, _)| !record_seen[*j]) {
        alignment.push(unmatched(
            (0, 0),
            (j, 1),
            MatchKind::RecordOnly,
            -absence_cost(part.details(), RECORD_ABSENCE),
        ));
    }
    let Assignment { score, evidence, features, .. } = *assignment;
    Comparison { score, evidence, features, alignment }
}

fn unmatched(query: (usize, usize), record: (usize, usize), kind: MatchKind, weight: f32) -> PartMatch {
    PartMatch { query, record, kind, weight, likeness: 0.0, letters: Vec::new() }
}

fn explain_match(
    query: &PreparedQuery<'_>,
    record: &[&Part],
    q: (usize, usize),
    r: (usize, usize),
    weight: f32,
) -> PartMatch {
    let joined_query = (q.1 > 1).then(|| Part::joined(&query.parts[q.0..q.0 + q.1])).flatten();
    let joined_record = (r.1 > 1).then(|| Part::joined(&record[r.0..r.0 + r.1])).flatten();
    let a = joined_query.as_ref().unwrap_or(query.parts[q.0]);
    let b = joined_record.as_ref().unwrap_or(record[r.0]);
    let (native, other) =
        if a.script() == Script::Latin && b.script() != Script::Latin { (b, a) } else { (a, b) };
    let errors = native.error_costs();
    let latin = other.latents().first().map(|l| l.letters.as_slice()).unwrap_or_default();
    let (_, letters) = tables().channel(native.script()).align(native.native(), latin, &errors);
    let same = a.script() == b.script() && a.native() == b.native();
    let initial = a.role() == Role::Initial || b.role() == Role::Initial;
    let kind = if q.1 > 1 {
        MatchKind::Joined
    } else if r.1 > 1 {
        MatchKind::Split
    } else if same {
        MatchKind::Exact
    } else if initial {
        MatchKind::Initial
    } else if letters.iter().any(|l| l.error) {
        MatchKind::Typo
    } else {
        MatchKind::Romanisation
    };
    let fullest = a.information().max(b.information()).max(1.0);
    let likeness = if same { 1.0 } else { ((weight + 1.0) / fullest).clamp(0.0, 0.99) };
    PartMatch { query: q, record: r, kind, weight, likeness, letters }
}
