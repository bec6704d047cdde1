//! From a comparison to the score of a find.
//!
//! A search asks who among all records was typed; a text asks whether the words are the name at all. So the score of a
//! find is a calibration of its own over the evidence of the comparison, what of both sides is explained, the worst
//! part, and what stands around it. It uses nothing of other records.

use barid_names::compare::{Comparison, MatchKind, PreparedQuery};
use barid_names::name::Part;
use barid_names::roles::Role;
use barid_names::script::{Script, Writing};

use super::words::has_case;

/// How many numbers the calibration looks at.
pub const TERMS: usize = 25;

/// What a find stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) script: Script,
    pub(super) same_script: bool,
    /// Words taken in another form than they stand in.
    pub(super) altered: f32,
    /// Words inside the stretch that were skipped.
    pub(super) skipped: f32,
    /// Words beside it that look as if they belonged to it.
    pub(super) beside: f32,
    /// Whether capitals tell names from other words there.
    pub(super) cased: bool,
    /// Whether its words stand in a run of letters.
    pub(super) unspaced: bool,
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
    let lost = features.query_missing.min(features.record_missing);
    [
        1.0,
        features.evidence.clamp(-5.0, 40.0) / 10.0,
        features.matched.clamp(0.0, 40.0) / 10.0,
        features.query_explained,
        features.record_explained,
        features.matched_parts.min(4.0),
        features.least_likeness,
        features.least_likeness * features.matched.clamp(0.0, 40.0) / 10.0,
        features.query_missing / 10.0,
        features.record_missing / 10.0,
        flag(features.turned),
        exact,
        typos,
        around.altered,
        around.skipped,
        around.beside,
        flag(uncased),
        (least_told.min(14.0) + letters.min(20) as f32 * if around.same_script { 0.3 } else { 0.0 }) / 10.0,
        lost / 10.0,
        if around.cased { 0.0 } else { around.beside },
        if features.record_missing > 3.0 { around.beside } else { 0.0 },
        flag(around.unspaced),
        flag(initials),
        if around.cased { 0.0 } else { letters.min(14) as f32 / 10.0 },
        flag(!around.cased && has_case(around.script)),
    ]
}

/// Coefficients of the logistic calibration, in the order of [`terms`]: fitted on the names of 6,805 labelled people, two
/// in five of them not in the gallery of 100,000, set into sentences (`docs/text-screening.md`).
pub const COEFFICIENTS: [f32; TERMS] = [
    -7.794, 0.273, 0.673, -1.834, 5.993, -0.263, 4.678, 0.762, -2.075, -0.232, -1.985, -0.257, -1.345, -0.064, 0.077, -2.430, -2.201, -0.329, -0.020, 2.176, -1.150, -0.305, -2.026, 1.734, -2.944,
];

/// The score, 0 to 1.
pub(super) fn score(terms: &[f32; TERMS]) -> f32 {
    let odds: f32 = terms.iter().zip(COEFFICIENTS).map(|(term, c)| term * c).sum();
    1.0 / (1.0 + (-odds).exp())
}
