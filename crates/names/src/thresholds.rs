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
pub const TERMS: usize = 1 + PLAIN + BENDS + MULTIPLIED * (MULTIPLIED + 1) / 2 + APART.len() * COUNTED_APART;

/// What the calibration looks at, each in a unit that keeps it at about one. Outside the range of the fit coefficients
/// mean nothing (a name of thirty parts against one of two), so everything is held within it.
fn quantities(features: &ScoreFeatures) -> [f32; PLAIN] {
    [
        features.evidence.clamp(0.0, 40.0) / 20.0,
        features.matched.clamp(0.0, 40.0) / 20.0,
        features.query_explained,
        features.record_explained,
        features.matched_parts.min(4.0) / 2.0,
        features.query_information.min(45.0) / 20.0,
        features.query_unexplained.min(30.0) / 10.0,
        features.record_unexplained.min(30.0) / 10.0,
        features.least_likeness,
        if features.turned { 1.0 } else { 0.0 },
        features.query_missing / 7.0,
        features.record_missing / 7.0,
        features.misfit.min(40.0) / 10.0,
        features.worst_misfit.min(20.0) / 6.0,
        features.names.joined.min(4.0),
        features.names.short.min(3.0) / 2.0,
        features.names.letters.min(40.0) / 15.0,
        features.names.exact.min(4.0),
    ]
}

/// The terms that the coefficients in [`COEFFICIENTS`] weigh, in their order: 1, the quantities, how far they go beyond
/// some values, products of two, and what counts differently in some scripts.
pub fn terms(features: &ScoreFeatures) -> [f32; TERMS] {
    let plain = quantities(features);
    let [evidence, _, _, _, parts, information, query_left, record_left, likeness, ..] = plain;
    let [.., query_missing, record_missing, misfit, worst, _, short, _, _] = plain;
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

    let mut all = [1.0; TERMS];
    all[1..=PLAIN].copy_from_slice(&plain);
    let (bends, rest) = all[1 + PLAIN..].split_at_mut(BENDS);
    let beyond = bent.iter().flat_map(|of| of.beyond.iter().map(|from| (of.value - from).max(0.0)));
    bends.iter_mut().zip(beyond).for_each(|(to, value)| *to = value);
    let mut rest = rest.iter_mut();
    for (first, value) in multiplied.iter().enumerate() {
        multiplied[first..].iter().zip(&mut rest).for_each(|(other, to)| *to = value * other);
    }
    for script in APART {
        let here = if features.script == script { 1.0 } else { 0.0 };
        apart.iter().zip(&mut rest).for_each(|(value, to)| *to = here * value);
    }
    all
}

/// Coefficients of the logistic calibration, in the order of [`terms`]: fitted by `crates/search/examples/calibrate.rs` on
/// labelled searches over 100,000 people who were left out of training (`docs/names.md`).
pub const COEFFICIENTS: [f32; TERMS] = [
    -16.4484, 3.4124, 5.2108, 2.3300, 9.2479, -2.9177, 0.4620, -2.5844, -0.7113, 1.8691, -1.0494, -0.7531,
    0.1306, 2.3138, -0.0822, -1.3741, 1.3712, 1.9492, 0.1249, 3.2450, -0.4133, -3.9888, 3.9027, 3.2573,
    0.0542, 1.0143, 3.8771, 5.3879, -1.1709, 5.2542, -1.2012, -3.8266, -0.2903, 0.8888, -1.5653, 0.9135,
    0.0027, -0.6624, -0.6593, 1.1623, 0.4950, -2.7645, 2.5005, -1.0627, 0.5265, 1.3850, 7.4337, 6.1738,
    -2.3334, -0.5127, -1.9721, -1.0158, -0.5137, 0.0249, -0.0367, 0.6007, 0.6003, -1.4654, 0.0150, -0.2382,
    1.2873, 0.6699, 0.2516, -2.9924, -0.9232, -0.5962, -0.0134, -0.9960, -0.4147, 0.0290, 1.4592, 0.4727,
    0.4482, -1.0685, 0.3618, -0.0314, 0.2533, -0.2247, -7.7727, -0.7476, -0.2666, -0.7206, 0.4446, -0.3963,
    -0.5927, -0.3380, -0.3978, 0.1731, 0.2031, 0.0371, 2.3447, 0.0743, -1.0641, -0.1940, 0.1406, 0.3938,
    -0.0563, -0.0721, -0.3123, 1.3923, -0.9039, -1.5911, 1.0970, 0.2694, 0.7509, -0.2480, -0.4768, 0.5374,
];

/// Scripts differ in how much their writing leaves open: what keeps one threshold to one rate of false alarms. By number
/// of the query's script; scripts with few labelled searches share that of `Other`.
pub const SCRIPT_OFFSETS: [f32; 11] =
    [-0.0895, 0.2469, -0.0007, -0.1429, 0.3814, -0.5292, -0.0536, -0.7393, 0.5417, -0.4571, -0.2999];

/// The offset's number of a script.
pub fn offset_number(script: Script) -> usize {
    (script as usize).min(Script::Other as usize)
}

/// The terms by their coefficients, added up in lanes: one sum after the other would take four times as long.
fn weighed(terms: &[f32; TERMS]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0f32; LANES];
    for (terms, coefficients) in terms.chunks(LANES).zip(COEFFICIENTS.chunks(LANES)) {
        sums.iter_mut().zip(terms.iter().zip(coefficients)).for_each(|(sum, (term, c))| *sum += term * c);
    }
    sums.iter().sum()
}

/// Coefficients of [`first_look`]: of one, and of the quantities. From the same fit.
pub const FIRST_LOOK: [f32; 1 + PLAIN] = [
    -21.1735, -3.1037, 7.1883, 6.1541, 11.9805, -1.9898, 0.2283, -0.2762, 0.9256, 1.9430, -1.1136, -0.5940,
    0.3257, -0.6807, -0.5431, -1.0418, -0.0946, 2.3571, 0.1705,
];

/// How many terms [`first_look`] weighs: the first ones of [`terms`].
pub const FIRST_TERMS: usize = 1 + PLAIN;

/// The log odds by the plain quantities alone: an eighth of the work, for choosing whom to look at again.
pub(crate) fn first_look(features: &ScoreFeatures) -> f32 {
    let weighed = quantities(features).iter().zip(&FIRST_LOOK[1..]).map(|(value, c)| value * c).sum::<f32>();
    held(FIRST_LOOK[0] + weighed, features)
}

/// The score, 0 to 1: the chance that a candidate is the person asked for, among 100,000 people.
pub fn calibrated(features: &ScoreFeatures) -> f32 {
    let odds = held(weighed(&terms(features)) + SCRIPT_OFFSETS[offset_number(features.script)], features);
    1.0 / (1.0 + (-odds).exp())
}

/// Log odds with an order among equals, more evidence first. Beyond certainty only the order matters: they grow slowly, so
/// that scores stay distinct.
fn held(odds: f32, features: &ScoreFeatures) -> f32 {
    let odds = odds + 0.02 * features.evidence.clamp(-50.0, 150.0);
    if odds > 4.0 { 4.0 + (1.0 + (odds - 4.0) / 2.0).ln() } else { odds }
}
