//! From a comparison to the score of a find.
//!
//! A search asks who among all records was typed; a text asks whether the words are the name at all. So the score of a
//! find is a calibration of its own over the evidence of the comparison, what of both sides is explained, the worst
//! part, and what stands around it. It uses nothing of other records.

use barid_names::compare::{Comparison, MatchKind, PreparedQuery};
use barid_names::name::Part;
use barid_names::roles::Role;
use barid_names::script::{Script, Writing};

/// How many numbers the calibration looks at.
pub const TERMS: usize = 18;

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
    ]
}

/// Coefficients of the logistic calibration, in the order of [`terms`]: fitted on the names of 6,805 labelled people, two
/// in five of them not in the gallery of 100,000, set into sentences (`docs/text-screening.md`).
pub const COEFFICIENTS: [f32; TERMS] = [
    -10.075, 1.365, 1.323, 0.999, 3.110, 0.665, 3.191, -0.187, 0.755, -1.699, -1.495, -0.172, -1.062, -0.783,
    -1.727, -1.333, -0.730, 1.163,
];

/// The score, 0 to 1.
pub(super) fn score(terms: &[f32; TERMS]) -> f32 {
    let odds: f32 = terms.iter().zip(COEFFICIENTS).map(|(term, c)| term * c).sum();
    1.0 / (1.0 + (-odds).exp())
}
