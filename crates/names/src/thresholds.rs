//! One meaning for one score: the calibration of evidence and the published thresholds.

use crate::script::Script;

/// Candidates at or above this score are shown as an alert at a border desk.
pub const BORDER_DESK: f32 = 0.75;
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

/// The score, 0 to 1, increasing with evidence.
pub fn calibrated(features: &ScoreFeatures) -> f32 {
    let linear = (features.evidence - 11.0) / 2.5;
    // Beyond certainty only the order matters: grow slowly, so that scores stay distinct.
    let logit = if linear > 4.0 { 4.0 + (1.0 + (linear - 4.0) / 2.0).ln() } else { linear };
    1.0 / (1.0 + (-logit).exp())
}
