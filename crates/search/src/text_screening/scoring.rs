//! From a comparison to the score of a find.
//!
//! A search asks who among all records was typed; a text asks whether the words are the name at all. So the score of a
//! find is a calibration of its own over the evidence of the comparison, what of both sides is explained, the worst
//! part, and what stands around it. It uses nothing of other records.

use barid_names::channel::LetterMatch;
use barid_names::compare::{Assignment, Comparison, MatchKind, PreparedQuery};
use barid_names::name::Part;
use barid_names::roles::Role;
use barid_names::script::{Script, Writing};

use super::words::has_case;

/// How many numbers the calibration looks at.
pub const TERMS: usize = 29;

/// What a find stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) script: Script,
    pub(super) same_script: bool,
    /// Words taken in another form than they stand in.
    pub(super) altered: f32,
    /// Words inside the stretch that were skipped.
    pub(super) skipped: f32,
    /// Whether a word before and after it looks as if it belonged to it.
    pub(super) before: bool,
    pub(super) after: bool,
    /// Whether capitals tell names from other words there.
    pub(super) cased: bool,
    /// Whether it is two characters in a run of them, and whether a dot stands between its parts.
    pub(super) short_run: bool,
    pub(super) interpunct: bool,
}

/// The numbers that [`COEFFICIENTS`] weigh, in their order.
pub(super) fn terms(
    comparison: &Comparison,
    query: &PreparedQuery<'_>,
    record: &[&Part],
    around: &Circumstances,
) -> [f32; TERMS] {
    let features = &comparison.features;
    let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
    let told = |part: &&Part| part.information();
    let least_told = record.iter().filter(|p| p.role() == Role::Name).map(told).fold(20.0, f32::min);
    let letters: usize = query.parts().iter().map(|part| part.native().len()).sum();
    let exact = comparison.alignment.iter().filter(|line| line.kind == MatchKind::Exact).count() as f32;
    let typos = comparison.alignment.iter().filter(|line| line.kind == MatchKind::Typo).count() as f32;
    let uncased = !matches!(around.script.writing(), Writing::Latin | Writing::Alphabet);
    let initials = query.parts().iter().any(|part| part.role() == Role::Initial);
    let turned = features.turned && !is_rotated(comparison);
    let lost = features.query_missing.min(features.record_missing);
    let likeness = match is_read(comparison, query, around) {
        true => features.least_likeness.max(READ),
        false => features.least_likeness,
    };
    [
        1.0,
        features.evidence.clamp(-5.0, 40.0) / 10.0,
        features.matched.clamp(0.0, 40.0) / 10.0,
        features.query_explained,
        features.record_explained,
        features.matched_parts.min(4.0),
        likeness,
        likeness * features.matched.clamp(0.0, 40.0) / 10.0,
        features.query_missing / 10.0,
        features.record_missing / 10.0,
        if turned { 1.0 - features.least_likeness } else { 0.0 },
        exact,
        typos,
        around.altered,
        around.skipped,
        flag(around.after),
        flag(uncased && !around.interpunct),
        (least_told.min(14.0) + letters.min(20) as f32 * if around.same_script { 0.3 } else { 0.0 }) / 10.0,
        lost / 10.0,
        flag(around.after && !around.cased),
        flag(around.after && features.record_missing > 3.0),
        flag(around.short_run),
        flag(initials),
        if around.cased { 0.0 } else { letters.min(14) as f32 / 10.0 },
        flag(!around.cased && has_case(around.script)),
        flag(around.before && around.cased),
        flag(around.before && !around.cased),
        flag(turned && uncased),
        flag(turned && !uncased),
    ]
}

/// The likeness of characters that are read as the recorded syllables. Many characters share a reading, so that it tells
/// less than the characters could; but a name of three that is read so is no other name in most texts.
const READ: f32 = 0.85;
/// Less likely readings, nats, are no usual ones.
const USUAL_READING: f32 = -6.5;

/// Whether a name of two to four characters is read as the recorded one, syllable by syllable.
fn is_read(comparison: &Comparison, query: &PreparedQuery<'_>, around: &Circumstances) -> bool {
    let characters: usize = query.parts().iter().map(|part| part.native().len()).sum();
    if around.script != Script::Han || around.same_script || !(3..=4).contains(&characters) {
        return false;
    }
    let features = &comparison.features;
    let whole = features.query_missing == 0.0 && features.record_missing == 0.0;
    let usual = |letter: &LetterMatch| {
        let both = letter.latin.1 > 0 && letter.native.1 > 0;
        both && !letter.error && letter.log_probability > USUAL_READING
    };
    whole && comparison.alignment.iter().all(|line| line.letters.iter().all(usual))
}

/// Whether three parts or more stand in the order of the record but for the surname, which some write first.
fn is_rotated(comparison: &Comparison) -> bool {
    let both = comparison.alignment.iter().filter(|line| line.query.1 > 0 && line.record.1 > 0);
    let order: Vec<usize> = both.map(|line| line.record.0).collect();
    let falls = order.windows(2).filter(|pair| pair[0] > pair[1]).count();
    order.len() >= 3 && falls == 1 && order.last() < order.first()
}

/// Coefficients of the logistic calibration, in the order of the terms of a score: fitted by
/// `examples/fit_texts.rs` on the names of 13,497 people, two in five of them not in the gallery of 100,000, set into
/// sentences, and on sentences without names (`docs/text-screening.md`).
pub const COEFFICIENTS: [f32; TERMS] = [
    -9.277, 0.003, 0.914, -2.447, 6.365, 0.171, 4.556, 0.755, -2.191, -0.460, -0.852, -0.126, -1.510, -0.020,
    -0.088, -2.971, -1.420, 0.300, -0.873, 1.847, -2.452, -4.781, -1.821, 1.105, -2.558, -0.884, 0.216,
    -2.169, -1.332,
];

/// The score, 0 to 1.
pub(super) fn score(terms: &[f32; TERMS]) -> f32 {
    1.0 / (1.0 + (-odds(terms)).exp())
}

fn odds(terms: &[f32; TERMS]) -> f32 {
    terms.iter().zip(COEFFICIENTS).map(|(term, c)| term * c).sum()
}

/// The best score that a comparison can come to whose explanation is not worked out yet: what an explanation tells can
/// only lower it.
pub(super) fn score_before_explanation(
    assignment: &Assignment,
    query: &PreparedQuery<'_>,
    record: &[&Part],
    around: &Circumstances,
) -> f32 {
    let Assignment { score: calibrated, evidence, mut features, .. } = *assignment;
    features.turned = false;
    let comparison = Comparison { score: calibrated, evidence, features, alignment: Vec::new() };
    score(&terms(&comparison, query, record, around))
}

/// What is known of two words and the parts they may stand for before the name is compared in full.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstLook {
    /// Evidence for both parts, nats, and what further parts of the record could add.
    pub(super) evidence: f32,
    pub(super) more: f32,
    pub(super) least_likeness: f32,
    /// Letters of both words.
    pub(super) letters: usize,
    pub(super) script: Script,
}

/// More than what a first look leaves out can add to the odds.
const MARGIN: f32 = 0.5;

/// The best score that a name can come to after a first look: all of both sides explained, nothing against it.
pub(super) fn best_score(look: &FirstLook) -> f32 {
    1.0 / (1.0 + (-best_odds(look)).exp())
}

fn best_odds(look: &FirstLook) -> f32 {
    let matched = (look.evidence + look.more).clamp(0.0, 40.0) / 10.0;
    let mut terms = [0.0; TERMS];
    (terms[0], terms[1], terms[2], terms[3], terms[4]) = (1.0, matched, matched, 1.0, 1.0);
    let likeness =
        if look.script == Script::Han { look.least_likeness.max(READ) } else { look.least_likeness };
    (terms[5], terms[6], terms[7]) = (2.0, likeness, likeness * matched);
    terms[17] = 2.0;
    if !has_case(look.script) {
        let spaced = !matches!(look.script, Script::Han | Script::Thai);
        let uncased = !matches!(look.script.writing(), Writing::Latin | Writing::Alphabet);
        terms[16] = if spaced && uncased { 1.0 } else { 0.0 };
        terms[21] = if look.script == Script::Han && look.letters == 2 { 1.0 } else { 0.0 };
        terms[23] = look.letters.min(14) as f32 / 10.0;
    }
    odds(&terms) + MARGIN
}

/// How alike a word has to be to a part so that a name can still reach a score: [`best_score`] turned about.
#[derive(Debug, Clone, Copy)]
pub(super) struct LikenessNeeded {
    /// The odds without any evidence, less those of the score.
    missing: f32,
}

impl LikenessNeeded {
    /// For two words with so many letters, and a score.
    pub(super) fn new(script: Script, letters: usize, least_score: f32) -> LikenessNeeded {
        let nothing = FirstLook { evidence: 0.0, more: 0.0, least_likeness: 0.0, letters, script };
        let least_odds = (least_score / (1.0 - least_score)).ln();
        // Characters are alike by their readings whatever their letters tell: of those nothing is asked here.
        let missing = if script == Script::Han { 0.0 } else { best_odds(&nothing) - least_odds };
        LikenessNeeded { missing: if missing.is_finite() { missing } else { 0.0 } }
    }

    /// What is needed of a part that can tell so many nats, beside `others`: nats of all other parts at most.
    pub(super) fn of(&self, told: f32, others: f32) -> f32 {
        // The odds by likeness, which is the least one at most: square * l^2 + slope * l + start.
        let (matched, alike) = (COEFFICIENTS[1] + COEFFICIENTS[2], COEFFICIENTS[6]);
        let (by_part, by_others) = (told / 10.0, others / 10.0);
        let start = self.missing + matched * by_others;
        let slope = matched * by_part + alike + COEFFICIENTS[7] * by_others;
        let square = COEFFICIENTS[7] * by_part;
        if start >= 0.0 {
            return 0.0;
        }
        -2.0 * start / (slope + (slope * slope - 4.0 * square * start).sqrt()) - ROUNDING
    }
}

/// More than what rounding makes of a likeness.
const ROUNDING: f32 = 0.001;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_of_a_part_is_what_the_best_score_asks() {
        let tenths = |most: u32| (1..=most).map(|n| n as f32 / 10.0);
        let mut rejected = 0;
        for script in [Script::Latin, Script::Arabic, Script::Thai, Script::Han, Script::Devanagari] {
            for (letters, least_score) in [(5, 0.3), (9, 0.5), (16, 0.8)] {
                let needed = LikenessNeeded::new(script, letters, least_score);
                for (told, other_told, more) in [(4.0, 9.0, 0.0), (9.0, 9.0, 0.0), (12.0, 7.0, 9.0)] {
                    for (likeness, other) in tenths(12).flat_map(|l| tenths(12).map(move |o| (l, o))) {
                        let least_likeness = likeness.min(other).min(1.0);
                        let evidence = likeness * told + other * other_told;
                        let look = FirstLook { evidence, more, least_likeness, letters, script };
                        let is_needed = likeness < needed.of(told, other * other_told + more);
                        assert!(!is_needed || best_score(&look) < least_score, "{look:?}");
                        rejected += u32::from(is_needed);
                    }
                }
            }
        }
        assert!(rejected > 1_000, "{rejected}");
    }

    #[test]
    fn an_explanation_can_only_lower_a_score() {
        // Equal parts, slips, turned order: what a score is told before its explanation leaves them out.
        assert!([10, 11, 12, 27, 28].iter().all(|term| COEFFICIENTS[*term] <= 0.0));
        // What more evidence and likeness can only raise.
        assert!([1, 2, 6, 7].iter().all(|term| COEFFICIENTS[*term] >= 0.0));
    }
}
