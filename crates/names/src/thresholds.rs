//! One meaning for one score: the calibration of evidence and the published thresholds.

use crate::script::Script;

/// Candidates at or above this score are shown as an alert at a border desk.
pub const BORDER_DESK: f32 = 0.7;
/// Candidates at or above this score are listed for an investigation, where a miss costs more than a false alarm.
pub const INVESTIGATION: f32 = 0.4;

/// What the calibration looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreFeatures {
    /// Net evidence, nats.
    pub evidence: f32,
    /// Evidence of the matched parts alone, nats.
    pub matched: f32,
    /// Information of the whole query, nats, weighted by role.
    pub query_information: f32,
    /// Share of the query's weight that is matched, 0 to 1.
    pub query_explained: f32,
    /// Share of the record's weight that is matched, 0 to 1.
    pub record_explained: f32,
    /// Number of matched parts.
    pub matched_parts: f32,
    /// Script of the query.
    pub script: Script,
    /// Whether the record is in another script.
    pub across: bool,
}

/// Coefficients of the logistic calibration, fitted by `examples/features.rs` and maximum likelihood on labelled
/// searches over 100,000 people (`docs/names.md`): the best right candidate against the best wrong one, searches for
/// people who are not there counting threefold.
const INTERCEPT: f32 = -10.23;
const EVIDENCE: f32 = -0.30;
const MATCHED: f32 = 0.634;
const LOG_EVIDENCE: f32 = -0.66;
const QUERY_EXPLAINED: f32 = 2.44;
const RECORD_EXPLAINED: f32 = 4.08;
const BOTH_EXPLAINED: f32 = 4.77;
const PARTS: f32 = -0.31;
const SINGLE_PART: f32 = -1.14;
const QUERY_INFORMATION: f32 = -0.138;

/// Scripts differ in how much their writing leaves open: what keeps one threshold to one rate of false alarms.
fn script_offset(script: Script) -> f32 {
    match script {
        Script::Latin => 0.0,
        Script::Cyrillic => -0.13,
        Script::Greek => 0.21,
        Script::Arabic => -0.18,
        Script::Hebrew => -0.54,
        Script::Devanagari => 0.91,
        Script::Bengali => 0.93,
        Script::Han => -0.74,
        Script::Kana => 0.03,
        Script::Hangul => -0.46,
        Script::Other => 0.27,
    }
}

/// The score, 0 to 1: the chance that a candidate is the person asked for, among 100,000 people.
pub fn calibrated(features: &ScoreFeatures) -> f32 {
    // Outside the range of the fit its coefficients mean nothing (a name of thirty parts against one of two).
    let evidence = features.evidence.clamp(0.0, 40.0);
    let single = if features.matched_parts < 2.0 { SINGLE_PART } else { 0.0 };
    let odds = INTERCEPT
        + EVIDENCE * evidence
        + MATCHED * features.matched.min(40.0)
        + LOG_EVIDENCE * evidence.ln_1p()
        + QUERY_EXPLAINED * features.query_explained
        + RECORD_EXPLAINED * features.record_explained
        + BOTH_EXPLAINED * features.query_explained * features.record_explained
        + PARTS * features.matched_parts.min(4.0)
        + single
        + QUERY_INFORMATION * features.query_information.min(45.0)
        + script_offset(features.script)
        // The order among equals: more evidence first.
        + 0.02 * features.evidence.clamp(-50.0, 150.0);
    // Beyond certainty only the order matters: grow slowly, so that scores stay distinct.
    let odds = if odds > 4.0 { 4.0 + (1.0 + (odds - 4.0) / 2.0).ln() } else { odds };
    1.0 / (1.0 + (-odds).exp())
}
