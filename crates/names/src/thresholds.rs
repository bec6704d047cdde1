//! One meaning for one score: the calibration of evidence and the published thresholds.

use crate::name::PartDetails;
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
    /// The names proper among them.
    pub names: MatchedNames,
    /// Script of the query.
    pub script: Script,
}

/// What there is to tell of the matched names proper, without initials, particles and titles.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MatchedNames {
    /// How many stand joined on one side.
    pub joined: f32,
    /// How many have a short part in the record: syllables of East Asian names, which tell less than their letters seem to.
    pub short: f32,
    /// Letters of the recorded parts.
    pub letters: f32,
    /// How many tell all they could.
    pub exact: f32,
}

/// Recorded parts of at most so many letters are short.
const SHORT: u8 = 5;

impl MatchedNames {
    pub(crate) fn add(&mut self, recorded: &[PartDetails], joined: bool, exact: bool) {
        let one_if = |holds: bool| if holds { 1.0 } else { 0.0 };
        self.joined += one_if(joined);
        self.short += one_if(recorded.iter().any(|part| part.letters <= SHORT));
        self.letters += recorded.iter().map(|part| f32::from(part.letters)).sum::<f32>();
        self.exact += one_if(exact);
    }
}

/// A quantity that counts by its size and by how far it goes beyond some values.
struct Bent {
    value: f32,
    beyond: &'static [f32],
}

/// How many quantities the calibration looks at, at how many values they bend in all, and how many quantities are
/// multiplied with each other.
const PLAIN: usize = 18;
const BENDS: usize = 29;
const MULTIPLIED: usize = 9;
/// Scripts in which some quantities count by themselves, and how many do.
const APART: [Script; 3] = [Script::Latin, Script::Hangul, Script::Han];
const COUNTED_APART: usize = 5;

/// How many numbers the calibration looks at.
pub const TERMS: usize =
    1 + PLAIN + BENDS + MULTIPLIED * (MULTIPLIED + 1) / 2 + APART.len() * COUNTED_APART;

/// The terms that the coefficients in [`COEFFICIENTS`] weigh, in their order: quantities, how far they go beyond some
/// values, products of two, and what counts differently in some scripts. Outside the range of the fit coefficients
/// mean nothing (a name of thirty parts against one of two), so every term is held within it.
pub fn terms(features: &ScoreFeatures) -> [f32; TERMS] {
    let evidence = features.evidence.clamp(0.0, 40.0) / 20.0;
    let matched = features.matched.clamp(0.0, 40.0) / 20.0;
    let parts = features.matched_parts.min(4.0) / 2.0;
    let information = features.query_information.min(45.0) / 20.0;
    let query_left = features.query_unexplained.min(30.0) / 10.0;
    let record_left = features.record_unexplained.min(30.0) / 10.0;
    let likeness = features.least_likeness;
    let query_missing = features.query_missing / 7.0;
    let record_missing = features.record_missing / 7.0;
    let misfit = features.misfit.min(40.0) / 10.0;
    let worst = features.worst_misfit.min(20.0) / 6.0;
    let short = features.names.short.min(3.0) / 2.0;
    let plain: [f32; PLAIN] = [
        evidence,
        matched,
        features.query_explained,
        features.record_explained,
        parts,
        information,
        query_left,
        record_left,
        likeness,
        if features.turned { 1.0 } else { 0.0 },
        query_missing,
        record_missing,
        misfit,
        worst,
        features.names.joined.min(4.0),
        short,
        features.names.letters.min(40.0) / 15.0,
        features.names.exact.min(4.0),
    ];
    let bent = [
        Bent { value: evidence, beyond: &[0.4, 0.7, 1.0, 1.3] },
        Bent { value: information, beyond: &[0.5, 0.8, 1.1, 1.5] },
        Bent { value: query_left, beyond: &[0.3, 0.8] },
        Bent { value: record_left, beyond: &[0.3, 0.8, 1.4] },
        Bent { value: query_missing, beyond: &[0.6, 1.3] },
        Bent { value: record_missing, beyond: &[0.6, 1.3] },
        Bent { value: misfit, beyond: &[0.1, 0.3, 0.6, 1.0, 2.0] },
        Bent { value: worst, beyond: &[0.17, 0.5, 1.0, 1.67] },
        Bent { value: likeness, beyond: &[0.2, 0.4, 0.7] },
    ];
    let multiplied: [f32; MULTIPLIED] =
        [evidence, information, query_left, record_left, likeness, misfit, worst, parts, short];
    let apart: [f32; COUNTED_APART] = [evidence, information, likeness, misfit, worst];

    let bends = bent.iter().flat_map(|of| of.beyond.iter().map(|from| (of.value - from).max(0.0)));
    let products =
        (0..MULTIPLIED).flat_map(|first| multiplied[first..].iter().map(move |other| multiplied[first] * other));
    let apart = APART.iter().flat_map(|script| {
        let here = features.script == *script;
        apart.map(|value| if here { value } else { 0.0 })
    });
    let mut all = [1.0; TERMS];
    let values = plain.into_iter().chain(bends).chain(products).chain(apart);
    all[1..].iter_mut().zip(values).for_each(|(to, value)| *to = value);
    all
}

/// Coefficients of the logistic calibration, in the order of [`terms`]: fitted by `crates/search/examples/calibrate.rs` on
/// labelled searches over 100,000 people who were left out of training (`docs/names.md`).
pub const COEFFICIENTS: [f32; TERMS] = [-16.6552, 3.4668, 6.1123, 0.2146, 12.5079, -3.6554, 0.5066, -2.8522, 0.6389, 3.4293, -0.8805, -1.2173, -0.6292, 2.4521, 0.0359, -1.6102, 0.9707, 2.1505, 0.0963, -0.1257, 0.9535, -5.0210, 4.3331, 2.3094, 2.1158, 1.0944, 2.6684, 1.7857, 0.6611, 4.7208, -1.6430, -3.5928, 1.1846, -0.1203, -0.0450, 0.2331, -0.5928, 0.7070, 0.0121, 2.3743, 3.3457, -3.5085, 2.8609, -0.8508, 0.8511, -0.5530, 10.1662, 7.3148, -1.9424, -1.2806, -1.3547, -0.8632, -0.1560, 1.0240, -0.3924, 0.7476, 0.8464, -0.7612, -0.1895, -0.7061, 1.0720, 0.8155, -0.2163, -3.6610, -0.7808, -0.2698, 0.2449, -0.8923, -0.1444, 0.1089, 1.2419, 0.3915, 0.3895, -0.8228, 0.4794, -0.0549, 0.6526, -0.3071, -10.1152, -1.5861, 0.4697, -0.0752, 0.3460, -1.0499, -0.9781, -1.3425, -0.4474, 0.0712, 1.5454, 0.0075, 2.3121, 0.3492, -1.1635, -0.0759, 0.0468, 0.4589, -0.0368, -0.2031, -0.7792, 1.3928, -0.2060, -1.6410, 1.3251, 0.1229, 0.7800, -0.4765, -0.1744, 0.2311];

/// Scripts differ in how much their writing leaves open: what keeps one threshold to one rate of false alarms. By number
/// of the query's script; scripts with few labelled searches share that of `Other`.
pub const SCRIPT_OFFSETS: [f32; 11] = [0.0000, -0.3253, 0.2980, -0.2578, -0.4280, -0.1664, 0.2892, -0.5335, 0.2940, -1.0470, -0.2940];

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
