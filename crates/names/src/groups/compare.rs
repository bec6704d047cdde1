//! Comparing two names of organisations: which elements correspond, what that tells, and one calibrated score.

use super::concepts::{ConceptKind, concept};
use super::elements::{Element, ElementKind, GroupName};
use crate::channel::ScoringBuffers;
use crate::compare::part_evidence_at_least;
use crate::name::Part;
use crate::roles::Role;
use crate::script::{Script, Writing};

/// Neighbouring elements that may have been written as one.
pub const MAX_JOINED: usize = 3;
/// The same letters.
const EXACT: f32 = 1.0;
/// What it costs that several elements stand against one, nats.
const JOINED_COST: f32 = 0.8;
/// What a letter of initials tells, nats.
const INITIAL_WEIGHT: f32 = 1.0;
/// What a single letter tells where it is the same, nats.
const LETTER_WEIGHT: f32 = 1.2;
/// What the same letters tell of a legal form or particle, nats.
const BESIDES_WEIGHT: f32 = 0.1;

/// How elements correspond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupMatchKind {
    /// The same letters or digits.
    Exact,
    /// Another word of the same meaning: another language, ending or abbreviation.
    Translated,
    /// The same name in another script.
    Romanisation,
    /// The same script with other letters: a spelling, an ending, a slip.
    Spelling,
    /// Several elements of the query are one of the record.
    Joined,
    /// One element of the query is several of the record.
    Split,
    /// One side is the initials of the other: weak evidence.
    Initials,
    /// The query has it, the record doesn't.
    QueryOnly,
    /// The record has it, the query doesn't.
    RecordOnly,
}

/// One line of the explanation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupMatch {
    /// First query element and how many; none for `RecordOnly`.
    pub query: (usize, usize),
    /// First record element and how many; none for `QueryOnly`.
    pub record: (usize, usize),
    /// How they correspond.
    pub kind: GroupMatchKind,
    /// What it tells, nats; of elements without a counterpart what they would tell, negative.
    pub weight: f32,
    /// How alike they are, 0 to 1.
    pub likeness: f32,
}

/// What the calibration looks at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GroupFeatures {
    /// What corresponding elements tell, nats, and that of names proper and numbers alone.
    pub matched: f32,
    /// See `matched`.
    pub matched_names: f32,
    /// What all elements of the query would tell, and of the record.
    pub query_weight: f32,
    /// See `query_weight`.
    pub record_weight: f32,
    /// What the elements would tell that correspond to none, of the query and of the record.
    pub query_left: f32,
    /// See `query_left`.
    pub record_left: f32,
    /// The most telling of them.
    pub query_missing: f32,
    /// See `query_missing`.
    pub record_missing: f32,
    /// What corresponding elements tell less than the same letters would, nats.
    pub misfit: f32,
    /// Both have numbers, and they differ.
    pub other_number: bool,
    /// Elements stand in another order.
    pub turned: bool,
    /// Elements that stand joined on one side.
    pub joined: u8,
    /// All that counts has the same letters or digits, and nothing is left on either side.
    pub same: bool,
    /// One side is the initials of the other.
    pub initials: bool,
    /// Corresponding elements.
    pub matches: u8,
}

/// The outcome of comparing two names.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupComparison {
    /// Calibrated score, 0 to 1; see [`crate::thresholds::GROUP_ALERT`].
    pub score: f32,
    /// What the score was worked out from.
    pub features: GroupFeatures,
    /// The elements, query order first, then those that only the record has.
    pub alignment: Vec<GroupMatch>,
}

/// What two elements, or runs of them, tell of each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correspondence {
    /// Nats.
    pub weight: f32,
    /// 0 to 1.
    pub likeness: f32,
    /// How they correspond.
    pub kind: GroupMatchKind,
}

/// Compares two names as a search does.
pub fn compare_groups(query: &GroupName, record: &GroupName) -> GroupComparison {
    let mut buffers = ScoringBuffers::default();
    let (q, r) = (query.elements(), record.elements());
    let mut options = Vec::new();
    for (i, a) in q.iter().enumerate() {
        for (j, b) in r.iter().enumerate() {
            if let Some(found) = correspondence(a, b, &mut buffers) {
                options.push(Choice { query: (i, 1), record: (j, 1), found });
            }
        }
    }
    add_joined(q, r, &mut options, &mut buffers);
    let mut comparison = choose(q, r, &mut options);
    if let Some(initials) = initials_between(query, record)
        && comparison.score < initials.score
    {
        comparison = initials;
    }
    comparison
}

/// A possible pair of runs of elements: first and how many of each side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// See [`Choice`].
    pub query: (usize, usize),
    /// See [`Choice`].
    pub record: (usize, usize),
    /// What it tells.
    pub found: Correspondence,
}

/// What two elements tell of each other; `None` if nothing.
pub fn correspondence(a: &Element, b: &Element, buffers: &mut ScoringBuffers) -> Option<Correspondence> {
    match (a.kind, b.kind) {
        (ElementKind::Number, ElementKind::Number) => (a.digits() == b.digits()).then_some(Correspondence {
            weight: a.weight,
            likeness: EXACT,
            kind: GroupMatchKind::Exact,
        }),
        (ElementKind::Number, _) | (_, ElementKind::Number) => None,
        (ElementKind::Concept(one, kind), ElementKind::Concept(other, _)) if one == other => {
            let same = same_letters(a, b);
            let besides = matches!(kind, ConceptKind::LegalForm | ConceptKind::Particle);
            Some(Correspondence {
                weight: if besides { BESIDES_WEIGHT } else { concept(one).weight },
                likeness: EXACT,
                kind: if same { GroupMatchKind::Exact } else { GroupMatchKind::Translated },
            })
        }
        _ => {
            if !(a.counts() && b.counts()) {
                return None;
            }
            let (x, y) = (a.part.as_ref()?, b.part.as_ref()?);
            let common = match (a.concept(), b.concept()) {
                (Some(_), Some(_)) => return None,
                (None, None) => false,
                (Some(_), None) | (None, Some(_)) => true,
            };
            by_letters(x, y, a.weight.min(b.weight), buffers)
                .filter(|found| !common || is_spelt(x, y, found.likeness))
        }
    }
}

fn same_letters(a: &Element, b: &Element) -> bool {
    match (&a.part, &b.part) {
        (Some(x), Some(y)) => x.script() == y.script() && x.native() == y.native(),
        _ => a.text.to_lowercase() == b.text.to_lowercase(),
    }
}

/// Whether all that counts corresponds, in its order and in all it tells.
fn is_whole(features: &GroupFeatures) -> bool {
    let left = features.query_left + features.record_left + features.misfit;
    features.matches > 0 && left < 0.05 && !features.turned && !features.other_number
}

/// Whether a common word is spelt by sound on the other side (`Тахрир` for *tahrir*, liberation), and not merely alike.
pub fn is_spelt(x: &Part, y: &Part, likeness: f32) -> bool {
    likeness >= LEAST_OF_COMMON && x.letters().min(y.letters()) >= LETTERS_OF_COMMON
}

const LEAST_OF_COMMON: f32 = 0.7;
const LETTERS_OF_COMMON: usize = 5;

/// What two parts tell of each other by their letters, of `full` nats at most.
pub fn by_letters(x: &Part, y: &Part, full: f32, buffers: &mut ScoringBuffers) -> Option<Correspondence> {
    let same_script = x.script() == y.script();
    if same_script && x.native() == y.native() {
        let letter = x.native().len() == 1 && x.script() != Script::Han;
        let weight = if letter { full.min(LETTER_WEIGHT) } else { full };
        return Some(Correspondence { weight, likeness: EXACT, kind: GroupMatchKind::Exact });
    }
    if x.role() == Role::Initial || y.role() == Role::Initial {
        return None;
    }
    let told = x.information().min(y.information()).max(1.0);
    let (least, whole) = range_of_likeness(x, y);
    let least = least + for_short(x.letters().min(y.letters()));
    let share = part_evidence_at_least(least * told, x, y, buffers) / told;
    if share < least {
        return None;
    }
    // The same value says the same of every pair of scripts.
    let likeness = (0.5 + 0.5 * (share - least) / (whole - least).max(0.1)).clamp(0.5, 0.99);
    let weight = full * (0.45 + 1.5 * (likeness - 0.5)).clamp(0.0, 1.0);
    let kind = if same_script { GroupMatchKind::Spelling } else { GroupMatchKind::Romanisation };
    Some(Correspondence { weight, likeness, kind })
}

/// From which share of what their letters could tell on two parts correspond, and from which on they do in full: writing that
/// leaves vowels out tells less of the same name.
fn range_of_likeness(x: &Part, y: &Part) -> (f32, f32) {
    let leaves_out = |part: &Part| part.script().writing() == Writing::Consonants;
    match (x.script() == y.script(), leaves_out(x) || leaves_out(y)) {
        (true, _) => (0.42, 0.95),
        (false, true) => (0.28, 0.62),
        (false, false) => (0.36, 0.75),
    }
}

/// Short words are alike by chance.
fn for_short(letters: usize) -> f32 {
    match letters {
        0..=2 => 0.4,
        3 => 0.25,
        4 => 0.12,
        _ => 0.0,
    }
}

/// Neighbouring elements as if they were written together.
pub fn joined_part(elements: &[Element]) -> Option<Part> {
    let parts: Vec<&Part> = elements.iter().map(|element| element.part.as_ref()).collect::<Option<_>>()?;
    let letters: usize = parts.iter().map(|part| part.native().len()).sum();
    (letters <= crate::name::MAX_PART_LETTERS).then(|| Part::joined(&parts)).flatten()
}

/// What neighbours tell together: no more than one rare word.
pub fn joined_weight(elements: &[Element]) -> f32 {
    elements.iter().filter(|element| element.counts()).map(|element| element.weight).sum::<f32>()
}

fn add_joined(q: &[Element], r: &[Element], options: &mut Vec<Choice>, buffers: &mut ScoringBuffers) {
    let best = |side: fn(&Choice) -> usize, at: usize, options: &[Choice]| {
        options.iter().filter(|c| side(c) == at).map(|c| c.found.likeness).fold(0.0f32, f32::max)
    };
    let best_q: Vec<f32> = (0..q.len()).map(|at| best(|c| c.query.0, at, options)).collect();
    let best_r: Vec<f32> = (0..r.len()).map(|at| best(|c| c.record.0, at, options)).collect();
    for (turned, (many, one), (best_many, best_one)) in
        [(false, (q, r), (&best_q, &best_r)), (true, (r, q), (&best_r, &best_q))]
    {
        for first in 0..many.len() {
            for count in 2..=MAX_JOINED.min(many.len() - first) {
                let run = &many[first..first + count];
                if best_many[first..first + count].iter().all(|likeness| *likeness > 0.8) {
                    continue;
                }
                let mut joined = None;
                for (at, single) in one.iter().enumerate() {
                    let Some(part) = single.part.as_ref().filter(|_| single.counts() && best_one[at] < 0.8)
                    else {
                        continue;
                    };
                    let Some(joined) = joined.get_or_insert_with(|| joined_part(run)) else { break };
                    let full = single.weight.max(2.0).min(joined_weight(run).max(2.0));
                    if let Some(found) = joined_correspondence(joined, part, full, turned, buffers) {
                        let (run, single) = ((first, count), (at, 1));
                        let (query, record) = if turned { (single, run) } else { (run, single) };
                        options.push(Choice { query, record, found });
                    }
                }
            }
        }
    }
}

/// What a part made of several tells of another; `split` says that the several are the record's.
pub fn joined_correspondence(
    joined: &Part,
    part: &Part,
    full: f32,
    split: bool,
    buffers: &mut ScoringBuffers,
) -> Option<Correspondence> {
    let (a, b) = (joined.letters(), part.letters());
    if a * 5 < b * 3 || b * 5 < a * 3 {
        return None;
    }
    let found = by_letters(joined, part, full, buffers)?;
    let kind = if split { GroupMatchKind::Split } else { GroupMatchKind::Joined };
    (found.weight > JOINED_COST).then_some(Correspondence {
        weight: found.weight - JOINED_COST,
        kind,
        ..found
    })
}

/// Chooses the pairs that tell most, and scores them. The order of `options` does not matter.
pub fn choose(q: &[Element], r: &[Element], options: &mut [Choice]) -> GroupComparison {
    let away = |c: &Choice| c.query.0.abs_diff(c.record.0);
    options.sort_by(|a, b| {
        (b.found.weight.total_cmp(&a.found.weight))
            .then(b.found.likeness.total_cmp(&a.found.likeness))
            .then(away(a).cmp(&away(b)))
            .then((a.query, a.record).cmp(&(b.query, b.record)))
    });
    let (mut q_used, mut r_used) = (0u64, 0u64);
    let mut chosen: Vec<Choice> = Vec::new();
    for choice in options.iter() {
        let (a, b) = (bits(choice.query), bits(choice.record));
        if q_used & a == 0 && r_used & b == 0 {
            q_used |= a;
            r_used |= b;
            chosen.push(*choice);
        }
    }
    chosen.sort_by_key(|choice| choice.query);
    let features = features(q, r, &chosen, q_used, r_used);
    GroupComparison {
        score: group_score(&features),
        features,
        alignment: alignment(q, r, &chosen, q_used, r_used),
    }
}

fn bits((first, count): (usize, usize)) -> u64 {
    ((1u64 << count) - 1) << first
}

fn alignment(q: &[Element], r: &[Element], chosen: &[Choice], q_used: u64, r_used: u64) -> Vec<GroupMatch> {
    let mut lines: Vec<GroupMatch> = chosen
        .iter()
        .map(|choice| GroupMatch {
            query: choice.query,
            record: choice.record,
            kind: choice.found.kind,
            weight: choice.found.weight,
            likeness: choice.found.likeness,
        })
        .collect();
    let alone = |query, record, kind, element: &Element| GroupMatch {
        query,
        record,
        kind,
        weight: if element.counts() { -element.weight } else { 0.0 },
        likeness: 0.0,
    };
    for (at, element) in q.iter().enumerate().filter(|(at, _)| q_used >> at & 1 == 0) {
        lines.push(alone((at, 1), (0, 0), GroupMatchKind::QueryOnly, element));
    }
    lines.sort_by_key(|line| line.query.0);
    for (at, element) in r.iter().enumerate().filter(|(at, _)| r_used >> at & 1 == 0) {
        lines.push(alone((0, 0), (at, 1), GroupMatchKind::RecordOnly, element));
    }
    lines
}

fn features(q: &[Element], r: &[Element], chosen: &[Choice], q_used: u64, r_used: u64) -> GroupFeatures {
    let weight = |elements: &[Element]| -> f32 {
        elements.iter().filter(|element| element.counts()).map(|element| element.weight).sum()
    };
    let mut features = GroupFeatures {
        query_weight: weight(q),
        record_weight: weight(r),
        matches: chosen.iter().filter(|choice| q[choice.query.0].counts()).count().min(255) as u8,
        turned: !chosen
            .iter()
            .filter(|choice| q[choice.query.0].counts())
            .map(|choice| choice.record.0)
            .is_sorted(),
        ..GroupFeatures::default()
    };
    for choice in chosen {
        let run = &q[choice.query.0..choice.query.0 + choice.query.1];
        let full = weight(run).min(weight(&r[choice.record.0..choice.record.0 + choice.record.1]));
        features.matched += choice.found.weight;
        if run.iter().any(|element| matches!(element.kind, ElementKind::Name | ElementKind::Number)) {
            features.matched_names += choice.found.weight;
        }
        features.misfit += (full - choice.found.weight).max(0.0);
        features.joined += u8::from(choice.query.1 + choice.record.1 > 2);
    }
    let left = |elements: &[Element], used: u64| {
        let left = elements.iter().enumerate().filter(|(at, e)| used >> at & 1 == 0 && e.counts());
        left.fold((0.0f32, 0.0f32), |(sum, most), (_, e)| (sum + e.weight, most.max(e.weight)))
    };
    (features.query_left, features.query_missing) = left(q, q_used);
    (features.record_left, features.record_missing) = left(r, r_used);
    let number_left = |elements: &[Element], used: u64| {
        elements.iter().enumerate().any(|(at, e)| used >> at & 1 == 0 && e.kind == ElementKind::Number)
    };
    let same = |c: &Choice| c.found.kind == GroupMatchKind::Exact || !q[c.query.0].counts();
    features.same = chosen.iter().all(same) && is_whole(&features);
    features.other_number = number_left(q, q_used) && number_left(r, r_used);
    features
}

/// One name as the initials of the other.
pub fn initials_between(query: &GroupName, record: &GroupName) -> Option<GroupComparison> {
    let (short, long, query_is_short) = match (query.as_initials(), record.as_initials()) {
        (Some(short), None) => (short, record, true),
        (None, Some(short)) => (short, query, false),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    let fits = long.initials().contains(&short);
    fits.then(|| by_initials(query, record, short.chars().count(), query_is_short))
}

fn by_initials(
    query: &GroupName,
    record: &GroupName,
    letters: usize,
    query_is_short: bool,
) -> GroupComparison {
    let (q, r) = (query.elements(), record.elements());
    let told = letters as f32 * INITIAL_WEIGHT;
    let features = GroupFeatures {
        matched: told,
        query_weight: told,
        record_weight: told,
        initials: true,
        matches: 1,
        ..GroupFeatures::default()
    };
    let line = GroupMatch {
        query: (0, q.len()),
        record: (0, r.len()),
        kind: GroupMatchKind::Initials,
        weight: told,
        likeness: if query_is_short { 0.5 } else { 0.4 },
    };
    GroupComparison { score: group_score(&features), features, alignment: vec![line] }
}

/// How many numbers the calibration looks at.
pub const GROUP_TERMS: usize = 19;

/// The numbers that [`GROUP_COEFFICIENTS`] weigh: 1 first.
pub fn group_terms(features: &GroupFeatures) -> [f32; GROUP_TERMS] {
    let one_if = |holds: bool| if holds { 1.0 } else { 0.0 };
    let share = |left: f32, whole: f32| (1.0 - left / whole.max(0.5)).clamp(0.0, 1.0);
    let query = share(features.query_left, features.query_weight);
    let record = share(features.record_left, features.record_weight);
    let matched = features.matched.min(30.0) / 10.0;
    let names = features.matched_names.min(25.0) / 10.0;
    [
        1.0,
        query,
        record,
        query * record,
        matched,
        names,
        matched * query * record,
        names * query,
        features.query_left.min(25.0) / 10.0,
        features.record_left.min(25.0) / 10.0,
        features.query_missing / 10.0,
        features.record_missing / 10.0,
        features.misfit.min(12.0) / 5.0,
        one_if(features.other_number),
        one_if(features.turned),
        f32::from(features.joined.min(3)),
        f32::from(features.matches.min(5)) / 3.0,
        (matched - 0.8).max(0.0),
        (matched - 1.6).max(0.0),
    ]
}

/// Fitted by `crates/search/examples/eval_groups.rs --fit` (`docs/group-names.md`).
pub const GROUP_COEFFICIENTS: [f32; GROUP_TERMS] =
    [-9.0, 2.0, 1.5, 3.5, 1.5, 1.5, 0.5, 0.5, -0.8, -0.5, -1.5, -1.0, -1.2, -3.0, -0.3, -0.2, 0.3, 0.0, 0.0];

/// The least odds of a name that is the same in all that counts: a score of .7.
const WHOLE_NAME: f32 = 0.85;
/// The same where words of the same meaning stand for each other, or another spelling: a score of .6.
const WHOLE_MEANING: f32 = 0.41;

/// The score, 0 to 1. Initials alone are no more than a hint.
pub fn group_score(features: &GroupFeatures) -> f32 {
    if features.initials {
        return (0.12 + 0.04 * features.matched / INITIAL_WEIGHT).clamp(0.0, 0.4);
    }
    if features.matches == 0 {
        return 0.0;
    }
    let odds: f32 = group_terms(features).iter().zip(&GROUP_COEFFICIENTS).map(|(term, c)| term * c).sum();
    // Among equals more evidence comes first; beyond certainty only the order matters.
    let odds = odds + 0.01 * features.matched.min(60.0);
    // The whole name is the name, however common its words: the same letters are an alert, the same meaning is shown.
    let least = match features {
        _ if features.same => WHOLE_NAME,
        _ if is_whole(features) => WHOLE_MEANING,
        _ => f32::MIN,
    };
    let odds = if odds < least { least + 0.01 * features.matched.min(20.0) } else { odds };
    let odds = if odds > 4.0 { 4.0 + (1.0 + (odds - 4.0) / 2.0).ln() } else { odds };
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 10] = [
        "AL-QAIDA",
        "Аль-Каида",
        "Kalachev Trading LLC",
        "ООО «Торговая компания Калачев»",
        "شركة كالاتشيف للتجارة",
        "Namunapur Islamic Relief Foundation",
        "নমুনাপুর ইসলামিক রিলিফ ফাউন্ডেশন",
        "Brigade 313",
        "天津华宇国际贸易有限公司",
        "Tianjin Huayu International Trading Co., Ltd.",
    ];

    #[test]
    fn what_corresponds_is_the_same_from_either_side() {
        for a in NAMES {
            for b in NAMES {
                let (x, y) = (GroupName::parse(a), GroupName::parse(b));
                let (there, back) = (compare_groups(&x, &y).features, compare_groups(&y, &x).features);
                assert!((there.matched - back.matched).abs() < 0.01, "{a} {b}");
                assert!((there.misfit - back.misfit).abs() < 0.01, "{a} {b}");
                assert!((there.query_left - back.record_left).abs() < 0.01, "{a} {b}");
            }
        }
    }

    #[test]
    fn every_element_stands_in_the_alignment_once() {
        for a in NAMES {
            for b in NAMES {
                let (x, y) = (GroupName::parse(a), GroupName::parse(b));
                let comparison = compare_groups(&x, &y);
                let count = |side: fn(&GroupMatch) -> (usize, usize)| -> usize {
                    comparison.alignment.iter().map(|line| side(line).1).sum()
                };
                assert_eq!(count(|line| line.query), x.elements().len(), "{a} {b}");
                assert_eq!(count(|line| line.record), y.elements().len(), "{a} {b}");
                assert!((0.0..=1.0).contains(&comparison.score));
            }
        }
    }

    /// Words may be as common as they like: who types the recorded name finds it.
    #[test]
    fn the_whole_name_is_an_alert() {
        for name in ["al-Shabaab", "The Base", "Ansar al-Islam", "Jemaah Islamiyah", "Islamic Jihad Group"] {
            let score = |query: &str| compare_groups(&GroupName::parse(query), &GroupName::parse(name)).score;
            assert!(score(name) >= crate::thresholds::GROUP_ALERT, "{name} {}", score(name));
            assert!(score(&name.to_uppercase()) >= crate::thresholds::GROUP_ALERT, "{name}");
        }
        let score = |a: &str, b: &str| compare_groups(&GroupName::parse(a), &GroupName::parse(b)).score;
        let translated = score("Исламский фронт", "Islamic Front");
        assert!((0.59..0.66).contains(&translated), "{translated}");
        assert!(score("Islamic Front", "Islamic Front 12") < 0.59);
    }

    #[test]
    fn initials_are_a_hint() {
        let whole = GroupName::parse("Islamic State of Iraq and the Levant");
        for (short, right) in [("ISIL", true), ("ISIS", false)] {
            let score = compare_groups(&GroupName::parse(short), &whole).score;
            assert_eq!(score > 0.2, right, "{short} {score}");
            assert!(score < 0.45);
        }
    }
}
