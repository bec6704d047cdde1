//! What dates of birth say for or against a candidate: how the date asked for compares with the recorded ones, and the
//! weight of that in nats.
//!
//! A weight is ln P(it compares so | the same person) - ln P(it compares so | another person of a like name).
//! `docs/dates.md` derives every constant; `crates/app/examples/birth_weights.rs` measures them anew on the list in
//! `data/watchlists`. What is not known on one side weighs nothing.

use barid_domain::calendars::{Calendar, WrittenDate};
use barid_domain::dates::{DateInterval, Day};
use barid_domain::typed_births::{AskedBirth, BirthReading};

/// How a birth date asked for compares with the recorded ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthAgreement {
    /// The same day.
    SameDay,
    /// The same first day of a year, which stands for a year of which no day is known.
    SameFirstOfYear,
    /// The intervals share days, at least one of them wider than a day.
    Possible,
    /// Day and month changed places.
    DayAndMonthSwapped,
    /// The first day of the same year on one side: a year entered as a day.
    YearAsFirstOfJanuary,
    /// Off by a slip: one number of the date, or a few days; or years that lie side by side.
    Near,
    /// The same once one of them is taken for a date of another calendar that was read, or converted, in the wrong one.
    OtherCalendar {
        /// The calendar that its numbers are of.
        meant: Calendar,
        /// The calendar in which somebody read them.
        taken: Calendar,
    },
    /// Another day of the same year.
    SameYear,
    /// Contradicted: this is more likely a namesake.
    Differs {
        /// Distance of the nearest recorded date in whole years.
        years: u32,
    },
    /// Not known on one side.
    Unknown,
}

/// How a date asked for compares with a record, and which of the readings and of the recorded dates agree best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BirthComparison {
    /// How the two that agree best compare.
    pub agreement: BirthAgreement,
    /// The weight of all readings and all recorded dates together, in nats.
    pub weight: f32,
    /// The reading of what was asked for; `None` when nothing was.
    pub asked: Option<BirthReading>,
    /// The recorded date; `None` when there is none.
    pub recorded: Option<DateInterval>,
}

/// The share of people of whom one source states the date that another does: of 396 listed persons with a day of birth, 54
/// have several.
const SAME_DATE: f32 = 0.86;
/// The chance that another person was born on a given day: years of birth are as uneven as if 39 were equally likely.
const CHANCE_PER_DAY: f32 = 1.0 / (39.0 * 365.25);
/// How often another person has the date for other reasons than chance: twins, borrowed papers, dates copied with a name.
/// Assumed; it holds the weight of a day below what chance alone would give.
const NOT_BY_CHANCE: f32 = 0.002;
/// Of 0.34 % of people, against 4 of 78,210 pairs, which would be 4.2: held below what so few pairs give.
const SWAPPED: f32 = 3.0;
/// Of 1.5 % of people, against 0.52 % of pairs.
const FIRST_OF_YEAR: f32 = 1.1;
/// Of 4.0 % of people, against 0.36 % of pairs.
const NEAR_DAYS: f32 = 2.4;
/// Assumed of one in a thousand people, as the list has no case, against 0.032 % of pairs.
const MISTAKEN_CALENDAR: f32 = 1.1;
/// Of 1.4 % of people, against 1.8 % of pairs.
const SAME_YEAR: f32 = -0.2;
/// Years side by side: of 3.2 % of people with several years, against 4.6 % of pairs.
const NEAR_YEARS: f32 = -0.3;
/// Days that differ by so many years at most, and what that weighs; beyond, the last: 5.5, of a single person, held at 5.
const DAYS_DIFFER: [(u32, f32); 4] = [(2, -1.4), (5, -2.0), (10, -2.7), (u32::MAX, -5.0)];
/// The same where one side is no day.
const YEARS_DIFFER: [(u32, f32); 4] = [(2, -0.5), (5, -1.1), (9, -1.7), (u32::MAX, -3.2)];
/// What is written as one day may be so many, where a moon was sighted or a year decreed.
const ONE_DAY: i32 = 7;
/// Days by which a slip or a sighting moves a date.
const FEW_DAYS: i32 = 3;
/// Calendars that clerks take for each other: what the numbers are of, and in which they are read.
const MISTAKEN: [(Calendar, Calendar); 6] = [
    (Calendar::SolarHijri, Calendar::LunarHijri),
    (Calendar::LunarHijri, Calendar::SolarHijri),
    (Calendar::VikramSamvat, Calendar::Gregorian),
    (Calendar::Gregorian, Calendar::VikramSamvat),
    (Calendar::Ethiopian, Calendar::Gregorian),
    (Calendar::Gregorian, Calendar::Ethiopian),
];

/// A date asked for with everything that is the same for every record worked out once.
#[derive(Debug)]
pub struct PreparedBirth {
    readings: Vec<PreparedReading>,
}

#[derive(Debug)]
struct PreparedReading {
    reading: BirthReading,
    /// The day it means, or the middle one of the few that it may mean.
    day: Option<AskedDay>,
}

#[derive(Debug)]
struct AskedDay {
    day: Day,
    /// The calendars in which its numbers are compared: the Gregorian, and the one it was read in.
    numbers: Vec<(Calendar, Parts)>,
    mistaken: Vec<(BirthAgreement, DateInterval)>,
}

type Parts = (i32, u32, u32);

impl PreparedBirth {
    /// Prepares a date for comparing it with many records.
    pub fn new(asked: &AskedBirth) -> PreparedBirth {
        PreparedBirth { readings: asked.readings().iter().map(|reading| prepare(*reading)).collect() }
    }

    /// Compares it with all recorded dates.
    ///
    /// Readings of a text are as likely as each other, and so are the dates of a record; what they say together is the
    /// logarithm of the mean of their likelihood ratios. One of many that agrees counts for less than the only one.
    pub fn compare(&self, recorded: &[DateInterval]) -> BirthComparison {
        let mut best: Option<BirthComparison> = None;
        let mut ratios = 0.0;
        for prepared in &self.readings {
            for birth in recorded {
                let (agreement, weight) = prepared.compare(birth);
                ratios += weight.exp();
                if best.is_none_or(|best| weight > best.weight) {
                    let asked = Some(prepared.reading);
                    best = Some(BirthComparison { agreement, weight, asked, recorded: Some(*birth) });
                }
            }
        }
        let pairs = self.readings.len() * recorded.len();
        match best {
            Some(best) if pairs > 1 => BirthComparison { weight: (ratios / pairs as f32).ln(), ..best },
            Some(best) => best,
            None => BirthComparison {
                asked: self.readings.first().map(|prepared| prepared.reading),
                ..BirthComparison::UNKNOWN
            },
        }
    }
}

impl BirthComparison {
    /// Nothing was asked, or nothing is recorded.
    pub const UNKNOWN: BirthComparison =
        BirthComparison { agreement: BirthAgreement::Unknown, weight: 0.0, asked: None, recorded: None };
}

impl BirthAgreement {
    /// Tells whether the dates speak against each other.
    pub fn contradicts(self) -> bool {
        match self {
            BirthAgreement::Differs { .. } => true,
            BirthAgreement::SameDay
            | BirthAgreement::SameFirstOfYear
            | BirthAgreement::Possible
            | BirthAgreement::DayAndMonthSwapped
            | BirthAgreement::YearAsFirstOfJanuary
            | BirthAgreement::Near
            | BirthAgreement::OtherCalendar { .. }
            | BirthAgreement::SameYear
            | BirthAgreement::Unknown => false,
        }
    }
}

fn prepare(reading: BirthReading) -> PreparedReading {
    let (first, last) = (reading.interval.earliest(), reading.interval.latest());
    if last.days() - first.days() >= ONE_DAY {
        return PreparedReading { reading, day: None };
    }
    let day = first.saturating_add((last.days() - first.days()) / 2);
    let calendars = [Some(Calendar::Gregorian), Some(reading.calendar)];
    let mut numbers: Vec<(Calendar, Parts)> =
        calendars.into_iter().flatten().map(|calendar| (calendar, calendar.parts(day))).collect();
    numbers.dedup();
    let mistaken = MISTAKEN.iter().filter_map(|(meant, taken)| {
        let (year, month, of_month) = meant.parts(day);
        let written = WrittenDate { year, month: u8::try_from(month).ok(), day: u8::try_from(of_month).ok() };
        let interval = taken.interval(written).ok()?;
        Some((BirthAgreement::OtherCalendar { meant: *meant, taken: *taken }, interval))
    });
    let mistaken = mistaken.collect();
    PreparedReading { reading, day: Some(AskedDay { day, numbers, mistaken }) }
}

impl PreparedReading {
    fn compare(&self, recorded: &DateInterval) -> (BirthAgreement, f32) {
        let asked = &self.reading.interval;
        if asked.overlaps(recorded) {
            return self.compare_overlapping(recorded);
        }
        let years = asked.distance_days(recorded) / 365;
        match &self.day {
            Some(day) if is_day(recorded) => day.compare(recorded.earliest(), years),
            Some(_) | None if years == 0 => (BirthAgreement::Near, NEAR_YEARS),
            Some(_) | None => (BirthAgreement::Differs { years }, step(&YEARS_DIFFER, years)),
        }
    }

    fn compare_overlapping(&self, recorded: &DateInterval) -> (BirthAgreement, f32) {
        let asked = &self.reading.interval;
        if !is_day(asked) || !is_day(recorded) {
            return (BirthAgreement::Possible, weight_of_overlap(shared_chance_days(asked, recorded)));
        }
        let first_of_year = |calendar: Calendar| {
            let (_, month, day) = calendar.parts(recorded.earliest());
            (month, day) == (1, 1)
        };
        if first_of_year(Calendar::Gregorian) || first_of_year(self.reading.calendar) {
            (BirthAgreement::SameFirstOfYear, weight_of_overlap(365))
        } else {
            (BirthAgreement::SameDay, weight_of_overlap(1))
        }
    }
}

impl AskedDay {
    /// Compares two days that are not the same, so many whole years apart.
    fn compare(&self, recorded: Day, years: u32) -> (BirthAgreement, f32) {
        let of = |test: fn(Parts, Parts) -> bool| {
            self.numbers.iter().any(|(calendar, parts)| test(*parts, calendar.parts(recorded)))
        };
        if of(swapped) {
            (BirthAgreement::DayAndMonthSwapped, SWAPPED)
        } else if of(one_is_the_first_of_the_year) {
            (BirthAgreement::YearAsFirstOfJanuary, FIRST_OF_YEAR)
        } else if (self.day.days() - recorded.days()).abs() <= FEW_DAYS || of(one_number_slipped) {
            (BirthAgreement::Near, NEAR_DAYS)
        } else if let Some((agreement, _)) = self.mistaken.iter().find(|(_, interval)| {
            let few = |day: Day, days: i32| day.saturating_add(days);
            few(interval.earliest(), -1) <= recorded && recorded <= few(interval.latest(), 1)
        }) {
            (*agreement, MISTAKEN_CALENDAR)
        } else if of(|a, b| a.0 == b.0) {
            (BirthAgreement::SameYear, SAME_YEAR)
        } else {
            (BirthAgreement::Differs { years }, step(&DAYS_DIFFER, years))
        }
    }
}

fn is_day(interval: &DateInterval) -> bool {
    interval.earliest() == interval.latest()
}

/// How many days a stranger could be born on for the two to share one: the wider one where it holds the other, else both.
fn shared_chance_days(a: &DateInterval, b: &DateInterval) -> i32 {
    let length = |interval: &DateInterval| interval.latest().days() - interval.earliest().days() + 1;
    let holds = |outer: &DateInterval, inner: &DateInterval| {
        outer.earliest() <= inner.earliest() && inner.latest() <= outer.latest()
    };
    if holds(a, b) || holds(b, a) { length(a).max(length(b)) } else { length(a) + length(b) - 1 }
}

/// The weight of sharing a day, where a stranger does so by being born on one of so many.
fn weight_of_overlap(days: i32) -> f32 {
    (SAME_DATE / (CHANCE_PER_DAY * days as f32 + NOT_BY_CHANCE).min(SAME_DATE)).ln()
}

fn step(steps: &[(u32, f32)], years: u32) -> f32 {
    steps.iter().find(|(most, _)| years <= *most).map_or(0.0, |(_, weight)| *weight)
}

fn swapped(a: Parts, b: Parts) -> bool {
    a.0 == b.0 && a.1 == b.2 && a.2 == b.1
}

fn one_is_the_first_of_the_year(a: Parts, b: Parts) -> bool {
    a.0 == b.0 && ((a.1, a.2) == (1, 1) || (b.1, b.2) == (1, 1))
}

/// One of year, month and day differs, the year by one or in its tens.
fn one_number_slipped(a: Parts, b: Parts) -> bool {
    let same = [a.0 == b.0, a.1 == b.1, a.2 == b.2].into_iter().filter(|same| *same).count();
    same == 2 && (a.0.abs_diff(b.0) <= 1 || a.0 % 10 == b.0 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(asked: &str, recorded: &[&str]) -> BirthComparison {
        let asked = AskedBirth::read(asked, "2026-11-26".parse().unwrap()).unwrap();
        let recorded: Vec<DateInterval> = recorded.iter().map(|r| r.parse().unwrap()).collect();
        PreparedBirth::new(&asked).compare(&recorded)
    }

    #[test]
    fn births_compare_as_officers_would() {
        let (solar, lunar) = (Calendar::SolarHijri, Calendar::LunarHijri);
        let (nepal, gregorian) = (Calendar::VikramSamvat, Calendar::Gregorian);
        let cases: [(&str, &[&str], BirthAgreement); 28] = [
            ("1971-03-02", &["1971-03-02"], BirthAgreement::SameDay),
            ("1971-01-01", &["1971-01-01"], BirthAgreement::SameFirstOfYear),
            ("1971-03-02", &["1971"], BirthAgreement::Possible),
            ("1971-03-02", &["1971-02-03"], BirthAgreement::DayAndMonthSwapped),
            ("1971-03-02", &["1971-01-01"], BirthAgreement::YearAsFirstOfJanuary),
            ("1971-03-02", &["1972-03-02"], BirthAgreement::Near),
            ("1971-03-02", &["1971-03-05"], BirthAgreement::Near),
            ("1971-03-02", &["1961-03-02"], BirthAgreement::Near),
            ("1971-03-02", &["1971-08-20"], BirthAgreement::SameYear),
            ("1971-03-02", &["1985-07-20"], BirthAgreement::Differs { years: 14 }),
            ("1971-03-02", &["1985-07-20", "1971"], BirthAgreement::Possible),
            ("1971-03-02", &[], BirthAgreement::Unknown),
            ("1960", &["1963/1968"], BirthAgreement::Differs { years: 2 }),
            ("1960", &["1961"], BirthAgreement::Near),
            // Solar Hijri: the day, the year as its first day, a slip of its year or its day, months swapped.
            ("1349/12/11 SH", &["1971-03-02"], BirthAgreement::SameDay),
            ("1349/12/11", &["1971-03-02"], BirthAgreement::SameDay),
            ("1350", &["1971-08-20"], BirthAgreement::Possible),
            ("1350/05/29 SH", &["1971-03-21"], BirthAgreement::YearAsFirstOfJanuary),
            ("1350/12/11 SH", &["1971-03-02"], BirthAgreement::Near),
            ("1350/12/11 SH", &["1971-02-20"], BirthAgreement::Differs { years: 1 }),
            ("1350/05/07 SH", &["1971-09-27"], BirthAgreement::DayAndMonthSwapped),
            // Lunar Hijri: a day by sighting is one of some.
            ("1391-04-05 AH", &["1971-05-30"], BirthAgreement::Possible),
            ("1391-04-05 AH", &["1971-06-03"], BirthAgreement::Near),
            // Solar numbers that a clerk took for lunar ones, and the other way; numbers that nobody converted.
            ("1350/05/29 SH", &["1931-10-12"], BirthAgreement::OtherCalendar { meant: solar, taken: lunar }),
            ("1971-05-30", &["2012-06-25"], BirthAgreement::OtherCalendar { meant: lunar, taken: solar }),
            (
                "2010-03-18 BS",
                &["2010-03-18"],
                BirthAgreement::OtherCalendar { meant: nepal, taken: gregorian },
            ),
            ("2028", &["1971"], BirthAgreement::Possible),
            ("2514-03-02", &["1971-03-02"], BirthAgreement::SameDay),
        ];
        for (asked, recorded, expected) in cases {
            assert_eq!(compare(asked, recorded).agreement, expected, "{asked} {recorded:?}");
        }
    }

    #[test]
    fn weights_are_the_ratios_that_the_page_derives() {
        let weights: Vec<String> = [
            ("1971-03-02", "1971-03-02"),
            ("1391-04-05 AH", "1971-05-30"),
            ("1971", "1971-08-20"),
            ("1971-01-01", "1971-01-01"),
            ("1350 SH", "1971"),
            ("1971-03-02", "1968-01-01/1974-01-01~"),
            ("1971-03-02", "1971-09-01"),
            ("1971-03-02", "1979-09-01"),
            ("1971-03-02", "1990-09-01"),
            ("1971", "1990"),
        ]
        .iter()
        .map(|(asked, recorded)| format!("{:+.1}", compare(asked, &[recorded]).weight))
        .collect();
        assert_eq!(weights, ["+6.0", "+5.9", "+3.4", "+3.4", "+2.8", "+1.7", "-0.2", "-2.7", "-5.0", "-3.2"]);
    }

    #[test]
    fn what_can_be_read_or_was_stated_in_several_ways_counts_for_less() {
        let certain = compare("1349/12/11 SH", &["1971-03-02"]);
        let ambiguous = compare("1349/12/11", &["1971-03-02"]);
        assert!((certain.weight - ambiguous.weight - 2f32.ln()).abs() < 0.01, "{ambiguous:?}");
        assert_eq!(ambiguous.asked.map(|reading| reading.calendar), Some(Calendar::SolarHijri));
        let one_of_two = compare("1971-03-02", &["1985-07-20", "1971-03-02"]);
        assert!((certain.weight - one_of_two.weight - 2f32.ln()).abs() < 0.01, "{one_of_two:?}");
        assert_eq!(one_of_two.recorded, "1971-03-02".parse().ok());
        // When no reading fits, being ambiguous excuses nothing.
        assert_eq!(compare("1349/12/11", &["1990-05-05"]).weight, -5.0);
    }

    #[test]
    fn nothing_known_weighs_nothing() {
        let unknown = compare("1971-03-02", &[]);
        assert_eq!((unknown.agreement, unknown.weight), (BirthAgreement::Unknown, 0.0));
    }
}
