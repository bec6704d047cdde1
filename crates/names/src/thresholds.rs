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
    Nominal { people: 1_000, one_percent: 0.03, five_percent: 0.01 },
    Nominal { people: 10_000, one_percent: 0.41, five_percent: 0.05 },
    Nominal { people: 100_000, one_percent: 0.88, five_percent: 0.55 },
    Nominal { people: 1_000_000, one_percent: 0.93, five_percent: 0.64 },
];

/// Organisations at or above this score are shown as an alert (`docs/group-names.md`).
pub const GROUP_ALERT: f32 = 0.65;

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
    /// Those that are written out.
    pub words: MatchedWords,
    /// Script of the query.
    pub script: Script,
}

/// What there is to tell of the matched parts that are no initials.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MatchedWords {
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

impl MatchedWords {
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
        features.words.joined.min(4.0),
        features.words.short.min(3.0) / 2.0,
        features.words.letters.min(40.0) / 15.0,
        features.words.exact.min(4.0),
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
    -16.7926, 2.5377, 5.7282, 2.8123, 9.9063, -4.0366, 0.5812, -2.1815, -0.3644, 2.0183, -1.0489, -0.8121,
    -0.0258, 2.0556, -0.2007, -1.7262, 0.8499, 2.0673, 0.2157, 3.7639, -0.2485, -3.9722, 3.8435, 3.0904,
    -0.2834, 0.7161, 3.8388, 4.9190, -0.7487, 4.5861, -0.6360, -4.0656, 0.0537, 0.6424, -1.1907, 1.0045,
    -0.0420, -0.4638, -0.5264, 1.3866, 0.6906, -2.6856, 2.4230, -1.0585, 0.3684, 1.5935, 8.1337, 6.0560,
    -2.1406, -1.0057, -1.6606, -1.1274, -0.7447, 0.0694, -0.0326, 0.9086, -0.1792, -1.2035, -0.2377, -0.1902,
    1.5774, 0.3929, 0.3890, -2.3438, -1.3424, -0.5001, -0.1542, -1.2139, -0.3158, 0.0539, 1.0553, 0.5724,
    0.3669, -1.0061, 0.3385, -0.0466, 0.3534, -0.0910, -8.7741, -0.8644, -0.2213, -0.7530, 0.7748, -0.4433,
    -0.6024, -0.1091, -0.3281, 0.2068, 0.0815, 0.1411, 1.8571, 1.1113, -0.8336, -0.2741, 0.2276, 0.4214,
    -0.0496, -0.0704, 0.0202, 1.4295, -1.0715, -1.3926, 0.9164, 0.4963, 0.8050, -0.4945, -0.5196, 0.5119,
];

/// Scripts differ in how much their writing leaves open: what keeps one threshold to one rate of false alarms. By number
/// of the query's script; scripts with few labelled searches share that of `Other`.
pub const SCRIPT_OFFSETS: [f32; 11] =
    [-0.0978, 0.2930, 0.0968, -0.0462, 0.4891, -0.4563, -0.0834, -0.5954, 0.7047, -0.4607, -0.2624];

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

/// Coefficients of the first look: of one, and of the quantities. From the same fit.
pub const FIRST_LOOK: [f32; 1 + PLAIN] = [
    -21.3992, -3.3160, 7.3583, 6.6969, 12.1361, -2.6591, 0.3977, -0.2257, 0.8111, 1.8231, -1.0912, -0.6095,
    0.4332, -0.6446, -0.5872, -1.6245, 0.0067, 2.4051, 0.2436,
];

/// How many terms the first look weighs: the first ones of [`terms`].
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
