//! Watching acts as they come, in bounded memory, with the time as an argument.
//!
//! What is kept is counts, and hashes under a key that lives as long as the process: of officers, of records, of the block of
//! a thousand numbers that a number lies in. No term is kept, and no hash that means anything elsewhere or later. A table that
//! is full takes in nobody new until what is old has gone: those that are in it are watched as before.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::AlarmKind;
use crate::codes::{CodeList, Database};
use crate::dates::Timestamp;
use crate::ids::{OrganisationCode, RecordId};

/// The most officers and services that are watched at once.
const OFFICERS_CAP: usize = 16_384;
/// The most records of which openings are counted at once.
const RECORDS_CAP: usize = 16_384;
/// The most pairs of organisation and database of which entries are counted.
const ENTERING_CAP: usize = 4_096;
/// The most organisations of one record, and the most officers of each of them, that are told apart.
const OPENING_ORGANISATIONS_CAP: usize = 64;
const OPENERS_CAP: usize = 24;
/// The blocks of numbers, and the records, that are remembered of one officer: as many others have to come between two acts before
/// these are taken for the first of their kind.
const BLOCKS: usize = 32;
const OWN_RECORDS: usize = 256;
/// How many numbers lie in a block.
const BLOCK_NUMBERS: u64 = 1_000;
/// The least digits of a number that lies in a block: shorter ones are no series.
const LEAST_DIGITS: usize = 4;
/// Days of which something must be known before a day is compared with them.
const KNOWN_DAYS: u8 = 3;
/// Officers that did nothing for so long are forgotten where room is needed, in days.
const FORGOTTEN_DAYS: i64 = 30;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What lies further ahead than this was noted by a clock that was wrong: it is over. A clock that is set back by less counts on.
const AHEAD: i64 = 5 * MINUTE;

/// Tells whether what began at a time is over after `window`.
fn is_over(begun: i64, window: i64, now: i64) -> bool {
    now.saturating_sub(begun) >= window || begun > now.saturating_add(AHEAD)
}

/// Tells whether another hour or day begins than the one that is counted.
fn is_another(counted: i64, window: i64, now: i64) -> bool {
    now.div_euclid(window) > counted || counted.saturating_mul(window) > now.saturating_add(AHEAD)
}

/// Is from how many on something is an alarm; 0 switches a kind off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    /// Searches and openings of one officer or service in an hour.
    pub acts_in_hour: u32,
    /// How many times as much as on a usual day an officer or service does in a day.
    pub times_usual: u32,
    /// The least acts in a day that are compared with usual days.
    pub usual_least: u32,
    /// Different numbers within a thousand that one officer searches for within ten minutes.
    pub numbers_in_order: u32,
    /// Openings of one record by one officer within a day.
    pub same_record: u32,
    /// Officers of one organisation that open one record within an hour; at most 24.
    pub officers_of_record: u32,
    /// Organisations whose officers open one record within an hour; at most 24.
    pub organisations_of_record: u32,
    /// Searches that showed somebody, in a day, of which less than one in fifty was followed by an opening.
    pub searches_unopened: u32,
    /// Records that one organisation enters into one database within an hour.
    pub entered_in_hour: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            acts_in_hour: 1_000,
            times_usual: 5,
            usual_least: 200,
            numbers_in_order: 20,
            same_record: 10,
            officers_of_record: 10,
            organisations_of_record: 8,
            searches_unopened: 500,
            entered_in_hour: 1_000,
        }
    }
}

/// Of so many searches that showed somebody one at least is followed by an opening.
const SEARCHES_PER_OPENING: u32 = 50;

/// Is the key under which a process hashes what it watches; drawn anew with each start.
#[derive(Clone, Copy)]
pub struct WatchKey(pub [u8; 32]);

impl WatchKey {
    fn hash(&self, what: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        what.hash(&mut hasher);
        hasher.finish()
    }
}

/// Is what stays of a number that was searched for: in which block it lies, and where about in it, both hashed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NumberTrace {
    block: u64,
    place: u8,
}

impl NumberTrace {
    /// Traces a number in its compared form; `None` for one without a counter of four digits or more.
    pub fn of(key: &WatchKey, number: &str) -> Option<Self> {
        let end = number.rfind(|character: char| character.is_ascii_digit())? + 1;
        let begin = number[..end].rfind(|character: char| !character.is_ascii_digit());
        // The character before the counter is of any width.
        let begin = begin.map_or(0, |at| at + number[at..].chars().next().map_or(0, char::len_utf8));
        let digits = &number[begin..end];
        if digits.len() < LEAST_DIGITS {
            return None;
        }
        // The last digits count; what stands before them is part of the series. Fewer than nineteen are a number.
        let cut = digits.len().saturating_sub(18);
        let counter: u64 = digits[cut..].parse().ok()?;
        let series = &number[..begin + cut];
        let block = key.hash((series, digits.len(), counter / BLOCK_NUMBERS));
        let place = (key.hash((block, counter)) % 128) as u8;
        Some(Self { block, place })
    }
}

/// Is what was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Searched alone.
    Search {
        /// The number searched for, where it was one.
        number: Option<NumberTrace>,
        /// Whether anybody or anything was shown.
        showed: bool,
    },
    /// Searched for a row of a list.
    Row {
        /// The number searched for, where it was one.
        number: Option<NumberTrace>,
    },
    /// Opened a record.
    Open(RecordId),
    /// Asked for something and was refused, or for what is not there.
    Refused,
    /// Entered records.
    Enter {
        /// Into which database.
        database: Database,
        /// How many.
        count: u32,
    },
}

/// Is an act as it is watched.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// When.
    pub at: Timestamp,
    /// For which organisation.
    pub organisation: OrganisationCode,
    /// By whom.
    pub officer: &'a str,
    /// What.
    pub deed: Deed,
}

/// Is whom an alarm is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// The officer or service whose act it was.
    Officer,
    /// The organisation whose act it was.
    Organisation,
    /// Several organisations: for the commission alone.
    Several,
}

/// Is that a threshold was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raised {
    /// What of.
    pub kind: AlarmKind,
    /// By whom.
    pub subject: Subject,
    /// About which record.
    pub record: Option<RecordId>,
    /// In which database.
    pub database: Option<Database>,
    /// What was counted.
    pub counted: u32,
    /// The threshold.
    pub threshold: u32,
}

/// Keys are hashes already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Table<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

/// Watches acts and tells which of them reach a threshold.
pub struct Detector {
    key: WatchKey,
    thresholds: Thresholds,
    officers: Table<Officer>,
    records: Table<Openers>,
    entering: Table<Entering>,
    /// When tables were last cleared of what is old.
    cleared: i64,
    /// How many were not taken in because a table was full.
    unwatched: u64,
}

#[derive(Clone, Copy)]
struct Block {
    block: u64,
    begun: i64,
    places: u128,
}

/// Is one of the records that an officer opened: half of its hash, and since which minute.
#[derive(Clone, Copy)]
struct OwnRecord {
    record: u32,
    begun: u32,
    openings: u32,
}

impl OwnRecord {
    fn is_over(&self, now: i64) -> bool {
        is_over(i64::from(self.begun) * MINUTE, DAY, now)
    }
}

#[derive(Clone, Default)]
struct Officer {
    hour: i64,
    acts_in_hour: u32,
    day: i64,
    acts: u32,
    shown: u32,
    opened: u32,
    /// The acts of a usual day, times 16.
    usual: u64,
    known_days: u8,
    /// Kinds that were raised today, as bits.
    raised: u32,
    blocks: Vec<Block>,
    records: Vec<OwnRecord>,
}

/// Is who opened a record: organisations, with the officers of each. None of them takes the room of another.
struct Openers {
    begun: i64,
    organisations: Vec<(u32, Vec<u32>)>,
}

impl Openers {
    /// Takes in who opens it. Answers how many of its organisation, and how many organisations where it is the first of it; `None`
    /// where it is nobody new.
    fn take_in(&mut self, organisation: u32, officer: u32) -> Option<(u32, Option<u32>)> {
        let known = self.organisations.iter().position(|(own, _)| *own == organisation);
        let at = match known {
            Some(at) => at,
            None if self.organisations.len() >= OPENING_ORGANISATIONS_CAP => return None,
            None => {
                self.organisations.push((organisation, Vec::new()));
                self.organisations.len() - 1
            }
        };
        let organisations = self.organisations.len() as u32;
        let (_, officers) = self.organisations.get_mut(at)?;
        if officers.len() >= OPENERS_CAP || officers.contains(&officer) {
            return None;
        }
        officers.push(officer);
        Some((officers.len() as u32, known.is_none().then_some(organisations)))
    }
}

#[derive(Clone, Copy, Default)]
struct Entering {
    hour: i64,
    count: u32,
}

impl Detector {
    /// Begins with nothing seen.
    pub fn new(key: WatchKey, thresholds: Thresholds) -> Self {
        Self {
            key,
            thresholds,
            officers: Table::default(),
            records: Table::default(),
            entering: Table::default(),
            cleared: i64::MIN,
            unwatched: 0,
        }
    }

    /// The key that numbers are traced under.
    pub fn key(&self) -> WatchKey {
        self.key
    }

    /// How many were not taken in because a table was full.
    pub fn unwatched(&self) -> u64 {
        self.unwatched
    }

    /// Takes in an act; tells which thresholds it reached.
    pub fn observe(&mut self, observed: &Observed<'_>) -> Vec<Raised> {
        let now = observed.at.seconds();
        let officer = self.key.hash((observed.organisation, observed.officer));
        match observed.deed {
            Deed::Enter { database, count } => self.entered(observed.organisation, database, count, now),
            Deed::Open(record) => {
                let mut raised = self.acted(officer, &observed.deed, now);
                raised.extend(self.opened(observed.organisation, officer, record, now));
                raised
            }
            Deed::Search { .. } | Deed::Row { .. } | Deed::Refused => {
                self.acted(officer, &observed.deed, now)
            }
        }
    }

    fn acted(&mut self, officer: u64, deed: &Deed, now: i64) -> Vec<Raised> {
        let (key, thresholds) = (self.key, self.thresholds);
        if self.officers.len() >= OFFICERS_CAP && !self.officers.contains_key(&officer) {
            self.clear(now);
            if self.officers.len() >= OFFICERS_CAP {
                self.unwatched += 1;
                return Vec::new();
            }
        }
        let officer = self.officers.entry(officer).or_default();
        officer.turn(now);
        officer.count(deed);
        let mut raised = Vec::new();
        officer.check_amounts(&thresholds, deed, &mut raised);
        match deed {
            Deed::Search { number: Some(number), .. } | Deed::Row { number: Some(number) } => {
                officer.check_numbers(&thresholds, *number, now, &mut raised);
            }
            Deed::Open(record) => {
                let hash = key.hash(record.0);
                officer.check_record(&thresholds, *record, hash, now, &mut raised);
            }
            Deed::Search { number: None, .. }
            | Deed::Row { number: None }
            | Deed::Refused
            | Deed::Enter { .. } => {}
        }
        raised
    }

    /// Who else opened a record.
    fn opened(
        &mut self,
        organisation: OrganisationCode,
        officer: u64,
        record: RecordId,
        now: i64,
    ) -> Vec<Raised> {
        let hash = self.key.hash(record.0);
        if self.records.len() >= RECORDS_CAP && !self.records.contains_key(&hash) {
            self.clear(now);
            if self.records.len() >= RECORDS_CAP {
                self.unwatched += 1;
                return Vec::new();
            }
        }
        let own = self.key.hash(organisation) as u32;
        let nobody = || Openers { begun: now, organisations: Vec::new() };
        let openers = self.records.entry(hash).or_insert_with(nobody);
        if is_over(openers.begun, HOUR, now) {
            *openers = nobody();
        }
        let Some((of_own, organisations)) = openers.take_in(own, officer as u32) else { return Vec::new() };
        let mut raised = Vec::new();
        let mut check = |kind, subject, counted: u32, threshold: u32| {
            if threshold > 0 && counted == threshold {
                let (record, database) = (Some(record), None);
                raised.push(Raised { kind, subject, record, database, counted, threshold });
            }
        };
        check(AlarmKind::ManyOfficers, Subject::Organisation, of_own, self.thresholds.officers_of_record);
        if let Some(organisations) = organisations {
            let threshold = self.thresholds.organisations_of_record;
            check(AlarmKind::ManyOrganisations, Subject::Several, organisations, threshold);
        }
        raised
    }

    fn entered(
        &mut self,
        organisation: OrganisationCode,
        database: Database,
        count: u32,
        now: i64,
    ) -> Vec<Raised> {
        let hash = self.key.hash((organisation, database.number()));
        if self.entering.len() >= ENTERING_CAP && !self.entering.contains_key(&hash) {
            self.clear(now);
            if self.entering.len() >= ENTERING_CAP {
                self.unwatched += 1;
                return Vec::new();
            }
        }
        let entering = self.entering.entry(hash).or_default();
        if is_another(entering.hour, HOUR, now) {
            *entering = Entering { hour: now.div_euclid(HOUR), count: 0 };
        }
        let before = entering.count;
        entering.count = before.saturating_add(count);
        let threshold = self.thresholds.entered_in_hour;
        if threshold == 0 || before >= threshold || entering.count < threshold {
            return Vec::new();
        }
        vec![Raised {
            kind: AlarmKind::ManyEntered,
            subject: Subject::Organisation,
            record: None,
            database: Some(database),
            counted: entering.count,
            threshold,
        }]
    }

    /// Forgets what is old, at most once a minute: what is full stays full for a while rather than costing every act.
    fn clear(&mut self, now: i64) {
        if !is_over(self.cleared, MINUTE, now) {
            return;
        }
        self.cleared = now;
        self.officers.retain(|_, officer| !is_over(officer.day * DAY, FORGOTTEN_DAYS * DAY, now));
        self.records.retain(|_, openers| !is_over(openers.begun, HOUR, now));
        self.entering.retain(|_, entering| !is_another(entering.hour, HOUR, now));
    }
}

impl Officer {
    /// Begins a new hour or day; a clock that is set back a little begins none.
    fn turn(&mut self, now: i64) {
        if is_another(self.hour, HOUR, now) {
            (self.hour, self.acts_in_hour) = (now.div_euclid(HOUR), 0);
        }
        if !is_another(self.day, DAY, now) {
            return;
        }
        if self.acts > 0 {
            let acts = u64::from(self.acts) * 16;
            self.usual = if self.known_days == 0 { acts } else { (self.usual * 3 + acts) / 4 };
            self.known_days = self.known_days.saturating_add(1);
        }
        (self.day, self.acts, self.shown, self.opened, self.raised) = (now.div_euclid(DAY), 0, 0, 0, 0);
    }

    fn count(&mut self, deed: &Deed) {
        self.acts = self.acts.saturating_add(1);
        match deed {
            Deed::Search { showed, .. } => {
                self.acts_in_hour = self.acts_in_hour.saturating_add(1);
                self.shown = self.shown.saturating_add(u32::from(*showed));
            }
            Deed::Open(_) => {
                self.acts_in_hour = self.acts_in_hour.saturating_add(1);
                self.opened = self.opened.saturating_add(1);
            }
            Deed::Refused => self.acts_in_hour = self.acts_in_hour.saturating_add(1),
            // A list has as many rows as it has: it is compared with the lists of other days.
            Deed::Row { .. } | Deed::Enter { .. } => {}
        }
    }

    fn check_amounts(&mut self, thresholds: &Thresholds, deed: &Deed, raised: &mut Vec<Raised>) {
        let acts_in_hour = self.acts_in_hour;
        if !matches!(deed, Deed::Row { .. }) && acts_in_hour >= thresholds.acts_in_hour {
            self.raise(AlarmKind::ManyActs, acts_in_hour, thresholds.acts_in_hour, raised);
        }
        if self.known_days >= KNOWN_DAYS && thresholds.times_usual > 0 {
            let usual = self.usual * u64::from(thresholds.times_usual) / 16;
            let threshold = u32::try_from(usual).unwrap_or(u32::MAX).max(thresholds.usual_least);
            if self.acts > threshold {
                self.raise(AlarmKind::MoreThanUsual, self.acts, threshold, raised);
            }
        }
        let is_unopened = self.opened.saturating_mul(SEARCHES_PER_OPENING) < self.shown;
        if self.shown >= thresholds.searches_unopened && is_unopened {
            self.raise(AlarmKind::SearchesUnopened, self.shown, thresholds.searches_unopened, raised);
        }
    }

    /// Once a day for each kind.
    fn raise(&mut self, kind: AlarmKind, counted: u32, threshold: u32, raised: &mut Vec<Raised>) {
        let bit = 1_u32 << (kind.number() % 32);
        if threshold == 0 || self.raised & bit != 0 {
            return;
        }
        self.raised |= bit;
        let subject = Subject::Officer;
        raised.push(Raised { kind, subject, record: None, database: None, counted, threshold });
    }

    fn check_numbers(
        &mut self,
        thresholds: &Thresholds,
        number: NumberTrace,
        now: i64,
        raised: &mut Vec<Raised>,
    ) {
        self.blocks.retain(|block| !is_over(block.begun, 10 * MINUTE, now));
        let known = self.blocks.iter().position(|block| block.block == number.block);
        let at = known.unwrap_or_else(|| {
            if self.blocks.len() >= BLOCKS {
                // In the place of the one with the fewest numbers, the oldest of these: a few here and there hide no series.
                let fewest = |(_, block): &(usize, &Block)| (block.places.count_ones(), block.begun);
                let fewest = self.blocks.iter().enumerate().min_by_key(fewest).map_or(0, |(at, _)| at);
                self.blocks.remove(fewest);
            }
            self.blocks.push(Block { block: number.block, begun: now, places: 0 });
            self.blocks.len() - 1
        });
        let Some(block) = self.blocks.get_mut(at) else { return };
        block.places |= 1_u128 << (number.place % 128);
        let counted = block.places.count_ones();
        if counted >= thresholds.numbers_in_order {
            self.raise(AlarmKind::NumbersInOrder, counted, thresholds.numbers_in_order, raised);
        }
    }

    fn check_record(
        &mut self,
        thresholds: &Thresholds,
        record: RecordId,
        hash: u64,
        now: i64,
        raised: &mut Vec<Raised>,
    ) {
        self.records.retain(|own| !own.is_over(now));
        let half = hash as u32;
        let known = self.records.iter().position(|own| own.record == half);
        let at = known.unwrap_or_else(|| {
            if self.records.len() >= OWN_RECORDS {
                // In the place of the one opened least, the oldest of these.
                let least = |(_, own): &(usize, &OwnRecord)| (own.openings, own.begun);
                let least = self.records.iter().enumerate().min_by_key(least).map_or(0, |(at, _)| at);
                self.records.remove(least);
            }
            let begun = u32::try_from(now.div_euclid(MINUTE)).unwrap_or(0);
            self.records.push(OwnRecord { record: half, begun, openings: 0 });
            self.records.len() - 1
        });
        let Some(own) = self.records.get_mut(at) else { return };
        own.openings = own.openings.saturating_add(1);
        let (counted, threshold) = (own.openings, thresholds.same_record);
        if threshold > 0 && counted == threshold {
            let (kind, subject) = (AlarmKind::SameRecord, Subject::Officer);
            raised.push(Raised { kind, subject, record: Some(record), database: None, counted, threshold });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: WatchKey = WatchKey([7; 32]);
    /// The beginning of a day, in UTC.
    const BEGIN: i64 = 20_780 * DAY;

    fn code(text: &str) -> OrganisationCode {
        OrganisationCode::new(text).unwrap()
    }

    fn detector() -> Detector {
        Detector::new(KEY, Thresholds::default())
    }

    fn act(
        detector: &mut Detector,
        seconds: i64,
        organisation: &str,
        officer: &str,
        deed: Deed,
    ) -> Vec<Raised> {
        let at = Timestamp::from_seconds(BEGIN + seconds);
        detector.observe(&Observed { at, organisation: code(organisation), officer, deed })
    }

    fn number(text: &str) -> Deed {
        Deed::Search { number: NumberTrace::of(&KEY, text), showed: false }
    }

    const SHOWED: Deed = Deed::Search { number: None, showed: true };
    const FOUND_NOTHING: Deed = Deed::Search { number: None, showed: false };

    fn kinds(raised: &[Raised]) -> Vec<AlarmKind> {
        raised.iter().map(|one| one.kind).collect()
    }

    #[test]
    fn numbers_side_by_side_are_told_in_whatever_order_and_far_ones_are_not() {
        let (mut forward, mut jumbled, mut far) = (detector(), detector(), detector());
        let first = |detector: &mut Detector, numbers: &mut dyn Iterator<Item = u32>| {
            let mut told = numbers.enumerate().map(|(at, value)| {
                act(detector, at as i64, "XA", "desk.1", number(&format!("AB{value:07}")))
            });
            told.position(|raised| kinds(&raised) == [AlarmKind::NumbersInOrder])
        };
        let at = first(&mut forward, &mut (4_000_100..4_000_160)).unwrap();
        assert!((19..27).contains(&at), "places of a few numbers may be the same: {at}");
        assert!(first(&mut jumbled, &mut (0..60).map(|at| 4_000_000 + at * 617 % 1_000)).is_some());
        assert_eq!(first(&mut far, &mut (0..200).map(|at| 4_000_000 + at * 1_000)), None);
        // The same number again and again is one number.
        assert_eq!(first(&mut far, &mut std::iter::repeat_n(7_000_001, 100)), None);
    }

    #[test]
    fn numbers_that_come_slowly_or_from_several_officers_are_not_in_order() {
        let mut slow = detector();
        for at in 0..100_u32 {
            let deed = number(&format!("AB{:07}", 4_000_000 + at));
            assert_eq!(act(&mut slow, i64::from(at) * 45, "XA", "desk.1", deed), [], "{at}");
        }
        let mut several = detector();
        for at in 0..100_u32 {
            let deed = number(&format!("AB{:07}", 4_000_000 + at));
            assert_eq!(act(&mut several, 1, "XA", &format!("desk.{}", at % 8), deed), [], "{at}");
        }
        // A row of a list counts as a search does.
        let mut rows = detector();
        let told = (0..60_u32).any(|at| {
            let number = NumberTrace::of(&KEY, &format!("AB{:07}", 4_000_000 + at));
            !act(&mut rows, 1, "XA", "service", Deed::Row { number }).is_empty()
        });
        assert!(told);
    }

    #[test]
    fn a_trace_needs_a_counter_and_knows_its_series() {
        let trace = |text: &str| NumberTrace::of(&KEY, text);
        let block = |text: &str| trace(text).unwrap().block;
        assert_eq!(block("AB4000100"), block("AB4000999"));
        assert_ne!(block("AB4000999"), block("AB4001000"));
        assert_ne!(block("AB4000100"), block("AC4000100"));
        assert_eq!(block("12345678Z"), block("12345679S"), "a letter behind is a check");
        assert_ne!(block("0004000100"), block("4000100"), "another length is another series");
        for short in ["", "AB", "AB123", "A1B2C3", "жж", "ж123"] {
            assert_eq!(trace(short), None, "{short}");
        }
        assert!(trace("ж1234").is_some() && trace("١٢٣٤5678").is_some());
        assert!(trace(&"9".repeat(40)).is_some());
        let other = NumberTrace::of(&WatchKey([8; 32]), "AB4000100");
        assert_ne!(other, trace("AB4000100"), "another start knows it by another name");
    }

    #[test]
    fn a_ceiling_in_an_hour_is_told_once_a_day() {
        let mut detector = detector();
        let mut told = Vec::new();
        for at in 0..2_500 {
            told.extend(kinds(&act(&mut detector, at, "XA", "desk.1", FOUND_NOTHING)));
        }
        assert_eq!(told, [AlarmKind::ManyActs]);
        // Beside it others are not touched, nor is the next day.
        assert_eq!(act(&mut detector, 2_600, "XB", "desk.1", FOUND_NOTHING), []);
        assert_eq!(act(&mut detector, DAY, "XA", "desk.1", FOUND_NOTHING), []);
        // Rows of a list do not count towards it.
        for at in 0..3_000 {
            assert_eq!(act(&mut detector, DAY + at % 60, "XA", "service", Deed::Row { number: None }), []);
        }
    }

    #[test]
    fn a_day_is_compared_with_those_before() {
        let mut detector = detector();
        for day in 0..5 {
            for at in 0..100 {
                assert_eq!(act(&mut detector, day * DAY + at * 60, "XA", "desk.1", FOUND_NOTHING), []);
            }
        }
        let mut told = None;
        for at in 0..600 {
            let raised = act(&mut detector, 5 * DAY + at * 30, "XA", "desk.1", FOUND_NOTHING);
            if let Some(one) = raised.first() {
                assert_eq!((one.kind, told), (AlarmKind::MoreThanUsual, None), "once");
                told = Some((at, one.threshold));
            }
        }
        assert_eq!(told, Some((500, 500)), "five times a hundred");
        // Of somebody new nothing is usual.
        for at in 0..600 {
            assert_eq!(act(&mut detector, 5 * DAY + at * 30, "XA", "desk.2", FOUND_NOTHING), []);
        }
    }

    #[test]
    fn one_record_opened_again_and_again_is_told_with_the_record() {
        let mut detector = detector();
        let record = RecordId([1; 16]);
        let mut told = Vec::new();
        for at in 0..30 {
            told.extend(act(&mut detector, at * 60, "XA", "desk.1", Deed::Open(record)));
            // An officer's other work in between, from the first opening on, does not hide it.
            for other in 0..8_u8 {
                let mut id = [100 + other; 16];
                id[0] = at as u8;
                let raised = act(&mut detector, at * 60, "XA", "desk.1", Deed::Open(RecordId(id)));
                assert_eq!(raised, [], "{at}");
            }
        }
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            (told[0].kind, told[0].record, told[0].counted),
            (AlarmKind::SameRecord, Some(record), 10)
        );
    }

    #[test]
    fn a_record_that_many_open_is_told_to_each_of_its_own_and_to_the_commission() {
        let record = Deed::Open(RecordId([1; 16]));
        let mut own = detector();
        let mut told = Vec::new();
        for officer in 0..7 {
            told.extend(act(&mut own, officer, "XA", &format!("desk.{officer}"), record));
            assert_eq!(act(&mut own, officer, "XA", "desk.0", record), [], "again is nobody new");
        }
        for officer in 10..14 {
            told.extend(act(&mut own, officer, "XA", &format!("desk.{officer}"), record));
        }
        assert_eq!(kinds(&told), [AlarmKind::ManyOfficers]);
        assert_eq!(told[0].subject, Subject::Organisation);

        let mut many = detector();
        let mut told = Vec::new();
        for at in 0..10 {
            told.extend(act(&mut many, at, &format!("X{at}"), "desk.1", record));
        }
        assert_eq!((kinds(&told), told[0].subject), (vec![AlarmKind::ManyOrganisations], Subject::Several));
        // An hour later it begins anew.
        assert_eq!(act(&mut many, HOUR + 60, "XQ", "desk.1", record), []);
    }

    #[test]
    fn one_organisations_many_openers_take_nobody_elses_room() {
        let record = Deed::Open(RecordId([1; 16]));
        let mut detector = detector();
        let mut told = Vec::new();
        for officer in 0..40 {
            told.extend(act(&mut detector, officer, "XA", &format!("desk.{officer}"), record));
        }
        assert_eq!(kinds(&told), [AlarmKind::ManyOfficers]);
        told.clear();
        for officer in 0..10 {
            told.extend(act(&mut detector, 50, "XB", &format!("desk.{officer}"), record));
        }
        for at in 0..6 {
            told.extend(act(&mut detector, 60, &format!("Y{at}"), "desk.1", record));
        }
        assert_eq!(kinds(&told), [AlarmKind::ManyOfficers, AlarmKind::ManyOrganisations]);
        // The organisations of one record have an end too.
        for at in 0..100 {
            act(&mut detector, 70, &format!("Z{at}"), "desk.1", record);
        }
        assert_eq!(detector.records.values().next().unwrap().organisations.len(), OPENING_ORGANISATIONS_CAP);
    }

    #[test]
    fn a_few_numbers_elsewhere_hide_no_series() {
        let mut detector = detector();
        let mut told = Vec::new();
        for at in 0..30_i64 {
            told.extend(act(&mut detector, at, "XA", "desk.1", number(&format!("AB{:07}", 4_000_000 + at))));
            for decoy in 0..20_i64 {
                let other = number(&format!("AB{:07}", (decoy + 1) * 1_000 + at * 100_000));
                told.extend(act(&mut detector, at, "XA", "desk.1", other));
            }
        }
        assert_eq!(kinds(&told), [AlarmKind::NumbersInOrder]);
    }

    #[test]
    fn after_a_leap_ahead_and_back_everything_is_watched_again() {
        let year = 365 * DAY;
        let record = Deed::Open(RecordId([1; 16]));
        let mut detector = detector();
        let enter = Deed::Enter { database: Database::Persons, count: 1_500 };
        act(&mut detector, 0, "XA", "desk.1", FOUND_NOTHING);
        // A clock that is a year ahead for an act of each kind.
        for deed in [FOUND_NOTHING, record, number("AB4000000"), enter] {
            act(&mut detector, year, "XA", "desk.1", deed);
        }
        let mut told = Vec::new();
        for at in 0..30_i64 {
            told.extend(act(&mut detector, at, "XA", "desk.1", number(&format!("AB{:07}", 4_000_000 + at))));
            told.extend(act(&mut detector, at, "XA", "desk.1", record));
        }
        for officer in 2..12 {
            told.extend(act(&mut detector, 40, "XA", &format!("desk.{officer}"), record));
        }
        told.extend(act(&mut detector, 50, "XA", "desk.1", enter));
        for _ in 0..1_200 {
            told.extend(act(&mut detector, 60, "XA", "desk.1", FOUND_NOTHING));
        }
        let mut kinds = kinds(&told);
        kinds.sort_by_key(|kind| kind.number());
        assert_eq!(
            kinds,
            [
                AlarmKind::ManyActs,
                AlarmKind::NumbersInOrder,
                AlarmKind::SameRecord,
                AlarmKind::ManyOfficers,
                AlarmKind::ManyEntered,
            ]
        );
    }

    #[test]
    fn searches_of_which_nothing_is_opened_are_told_and_others_not() {
        let (mut looking, mut working) = (detector(), detector());
        let mut told = Vec::new();
        for at in 0..700 {
            told.extend(act(&mut looking, at * 60, "XA", "desk.1", SHOWED));
            let mut honest = act(&mut working, at * 60, "XA", "desk.1", SHOWED);
            if at % 20 == 0 {
                let record = RecordId([(at / 20) as u8; 16]);
                honest.extend(act(&mut working, at * 60, "XA", "desk.1", Deed::Open(record)));
            }
            assert_eq!(honest, [], "{at}");
        }
        assert_eq!(kinds(&told), [AlarmKind::SearchesUnopened]);
    }

    #[test]
    fn a_burst_of_entries_is_told_once_an_hour_and_by_database() {
        let mut detector = detector();
        let enter = |database, count| Deed::Enter { database, count };
        let mut told = |at, deed| kinds(&act(&mut detector, at, "XA", "desk.1", deed));
        assert_eq!(told(0, enter(Database::Persons, 999)), []);
        assert_eq!(told(1, enter(Database::TravelDocuments, 999)), []);
        assert_eq!(told(2, enter(Database::Persons, 1)), [AlarmKind::ManyEntered]);
        assert_eq!(told(3, enter(Database::Persons, 5_000)), []);
        assert_eq!(told(HOUR, enter(Database::Persons, 999)), []);
        assert_eq!(told(HOUR + 1, enter(Database::Persons, 5_000)), [AlarmKind::ManyEntered]);
    }

    #[test]
    fn nothing_is_told_of_what_is_switched_off() {
        let off = Thresholds {
            acts_in_hour: 0,
            times_usual: 0,
            usual_least: 0,
            numbers_in_order: 0,
            same_record: 0,
            officers_of_record: 0,
            organisations_of_record: 0,
            searches_unopened: 0,
            entered_in_hour: 0,
        };
        let mut detector = Detector::new(KEY, off);
        for at in 0..3_000 {
            for deed in [
                SHOWED,
                Deed::Open(RecordId([1; 16])),
                number(&format!("AB{at:07}")),
                Deed::Enter { database: Database::Persons, count: 100 },
            ] {
                let (organisation, officer) = (format!("X{}", at % 30), format!("desk.{}", at % 40));
                assert_eq!(act(&mut detector, at * 200, &organisation, &officer, deed), []);
            }
        }
    }

    #[test]
    fn tables_do_not_grow_beyond_their_caps_and_go_on_watching_who_is_in_them() {
        let mut detector = detector();
        act(&mut detector, 0, "XA", "desk.1", FOUND_NOTHING);
        for at in 0..(OFFICERS_CAP + 100) {
            act(&mut detector, 1, "XA", &format!("o.{at}"), Deed::Open(RecordId((at as u128).to_be_bytes())));
        }
        assert_eq!((detector.officers.len(), detector.records.len()), (OFFICERS_CAP, RECORDS_CAP));
        assert!(detector.unwatched() > 0);
        let told = (0..1_000).flat_map(|_| act(&mut detector, 2, "XA", "desk.1", FOUND_NOTHING)).count();
        assert_eq!(told, 1);
        // A month later there is room again.
        act(&mut detector, 31 * DAY, "XA", "new", Deed::Open(RecordId([9; 16])));
        assert!(detector.officers.len() < 10 && detector.records.len() < 10);
    }

    #[test]
    fn a_clock_that_is_set_back_a_little_counts_on() {
        let mut detector = detector();
        let mut told = 0;
        for at in 0..1_200 {
            let seconds = if at % 2 == 0 { HOUR } else { HOUR - 4 * MINUTE };
            told += act(&mut detector, seconds, "XA", "desk.1", FOUND_NOTHING).len();
        }
        assert_eq!(told, 1);
    }

    #[test]
    fn the_same_acts_raise_the_same() {
        let run = || {
            let mut detector = detector();
            (0..4_000_u32)
                .flat_map(|at| {
                    let deed = match at % 3 {
                        0 => Deed::Open(RecordId([(at % 7) as u8; 16])),
                        1 => number(&format!("AB{:07}", at / 3)),
                        _ => SHOWED,
                    };
                    act(&mut detector, i64::from(at), "XA", &format!("desk.{}", at % 5), deed)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(!run().is_empty());
    }
}
