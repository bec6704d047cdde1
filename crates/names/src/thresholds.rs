//! One meaning for one score: the calibration of evidence and the published thresholds.

use crate::script::Script;

/// Candidates at or above this score are shown as an alert at a border desk.
pub const BORDER_DESK: f32 = 0.65;
/// Candidates at or above this score are listed for an investigation, where a miss costs more than a false alarm.
pub const INVESTIGATION: f32 = 0.3;

/// What score keeps to how many false alarms among so many people, measured on searches for people who are not there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nominal {
    /// People searched.
    pub people: u32,
    /// Threshold for 100 alarms in 10,000 searches.
    pub one_percent: f32,
    /// Threshold for 500 alarms in 10,000 searches.
    pub five_percent: f32,
}

/// The published thresholds by nominal size (`docs/names.md` has how they were measured). A desk picks the row of the
/// size its association has agreed on: the true number of records is nobody's to know.
pub const NOMINAL: [Nominal; 4] = [
    Nominal { people: 1_000, one_percent: 0.05, five_percent: 0.01 },
    Nominal { people: 10_000, one_percent: 0.57, five_percent: 0.08 },
    Nominal { people: 100_000, one_percent: 0.93, five_percent: 0.62 },
    Nominal { people: 1_000_000, one_percent: 0.94, five_percent: 0.70 },
];

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
    /// What the query's unmatched parts weigh, nats.
    pub query_unexplained: f32,
    /// What the record's unmatched parts weigh, nats.
    pub record_unexplained: f32,
    /// The least share of what two names proper could tell that their match tells, 0 to 1.
    pub least_likeness: f32,
    /// How much worse than the best conceivable the matched names proper fit, nats, and the one that fits worst.
    pub misfit: f32,
    /// See `misfit`.
    pub worst_misfit: f32,
    /// What the most telling unmatched name proper of the query tells, nats, and of the record.
    pub query_missing: f32,
    /// See `query_missing`.
    pub record_missing: f32,
    /// Whether the parts stand in another order.
    pub turned: bool,
    /// Number of matched parts.
    pub matched_parts: f32,
    /// Script of the query.
    pub script: Script,
}

/// How many numbers the calibration looks at.
pub const TERMS: usize = 24;

/// The terms that the coefficients in [`COEFFICIENTS`] weigh, in their order. Outside the range of the fit coefficients
/// mean nothing (a name of thirty parts against one of two), so every term is held within it.
pub fn terms(features: &ScoreFeatures) -> [f32; TERMS] {
    let evidence = features.evidence.clamp(0.0, 40.0);
    let matched = features.matched.clamp(0.0, 40.0);
    let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
    [
        1.0,
        evidence,
        matched,
        evidence.ln_1p(),
        features.query_explained,
        features.record_explained,
        features.query_explained * features.record_explained,
        features.matched_parts.min(4.0),
        flag(features.matched_parts < 2.0),
        features.query_information.min(45.0),
        features.query_unexplained.min(30.0),
        features.record_unexplained.min(30.0),
        features.least_likeness,
        flag(features.turned),
        features.least_likeness * matched,
        features.query_missing,
        features.record_missing,
        (features.query_missing * features.record_missing).sqrt(),
        features.misfit.min(40.0),
        features.worst_misfit.min(20.0),
        features.misfit.min(40.0) / features.matched_parts.max(1.0),
        (0.7 - features.least_likeness).max(0.0),
        (0.4 - features.least_likeness).max(0.0),
        (0.7 - features.least_likeness).max(0.0) * matched,
    ]
}

/// Coefficients of the logistic calibration, in the order of [`terms`]: fitted by `crates/search/examples/calibrate.rs` on
/// labelled searches over 100,000 people who were left out of training (`docs/names.md`).
pub const COEFFICIENTS: [f32; TERMS] = [
    -19.3789, -0.0889, 0.4752, 0.0476, -1.4326, 5.6162, 9.6343, -0.4878, -0.6347, -0.0140, 0.0113, 0.1365,
    5.5763, -1.1915, -0.1694, -0.0318, 0.0864, -0.0485, -0.1119, -0.0871, 0.1102, 1.3200, 4.1569, -0.0344,
];

/// Scripts differ in how much their writing leaves open: what keeps one threshold to one rate of false alarms. By number
/// of the query's script; scripts with few labelled searches share that of `Other`.
pub const SCRIPT_OFFSETS: [f32; 11] =
    [-0.0643, 0.2062, 0.1408, -0.2231, 0.3291, -0.1589, -0.0228, 0.2587, 0.3930, -0.3708, -0.2598];

/// The offset's number of a script.
pub fn offset_number(script: Script) -> usize {
    (script as usize).min(Script::Other as usize)
}

/// The score, 0 to 1: the chance that a candidate is the person asked for, among 100,000 people.
pub fn calibrated(features: &ScoreFeatures) -> f32 {
    let weighed: f32 = terms(features).iter().zip(COEFFICIENTS).map(|(term, c)| term * c).sum();
    let odds = weighed
        + SCRIPT_OFFSETS[offset_number(features.script)]
        // The order among equals: more evidence first.
        + 0.02 * features.evidence.clamp(-50.0, 150.0);
    // Beyond certainty only the order matters: grow slowly, so that scores stay distinct.
    let odds = if odds > 4.0 { 4.0 + (1.0 + (odds - 4.0) / 2.0).ln() } else { odds };
    1.0 / (1.0 + (-odds).exp())
}
