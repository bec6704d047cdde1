//! What besides the name speaks for or against a candidate: date of birth, nationality, sex.
//!
//! Every feature gives a weight in nats to the log odds of the name score. What is missing on either side weighs
//! nothing and says so. Weights are stated here, in one table, and explained with the candidate.

use barid_domain::codes::Sex;
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};

/// How a birth date asked for compares with the recorded ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthAgreement {
    /// The same day.
    SameDay,
    /// The intervals share days, at least one of them wider than a day.
    Possible,
    /// Day and month changed places.
    DayAndMonthSwapped,
    /// 1 January of the same year on one side: a year entered as a day.
    YearAsFirstOfJanuary,
    /// Off by one digit or by a year at most: a slip or another calendar.
    Near,
    /// Contradicted: this is more likely a namesake.
    Differs {
        /// Distance of the nearest recorded date in whole years.
        years: u32,
    },
    /// Not known on one side.
    Unknown,
}

/// How a closed feature (nationality, sex) compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The same.
    Agrees,
    /// Different.
    Differs,
    /// Not known on one side.
    Unknown,
}

impl BirthAgreement {
    /// The weight in nats.
    pub fn weight(self) -> f32 {
        match self {
            BirthAgreement::SameDay => 4.0,
            BirthAgreement::Possible => 1.5,
            BirthAgreement::DayAndMonthSwapped => 2.0,
            BirthAgreement::YearAsFirstOfJanuary => 1.0,
            BirthAgreement::Near => 0.0,
            BirthAgreement::Differs { years: 0..=2 } => -2.0,
            BirthAgreement::Differs { years: 3..=5 } => -3.5,
            BirthAgreement::Differs { .. } => -5.0,
            BirthAgreement::Unknown => 0.0,
        }
    }
}

impl Agreement {
    /// The weight of nationalities in nats: many hold several, so a difference says little.
    pub fn nationality_weight(self) -> f32 {
        match self {
            Agreement::Agrees => 0.8,
            Agreement::Differs => -0.6,
            Agreement::Unknown => 0.0,
        }
    }

    /// The weight of sex in nats.
    pub fn sex_weight(self) -> f32 {
        match self {
            Agreement::Agrees => 0.2,
            Agreement::Differs => -2.5,
            Agreement::Unknown => 0.0,
        }
    }
}

/// Compares a birth date asked for with all recorded ones; the best agreement counts.
pub fn compare_births(asked: Option<DateInterval>, recorded: &[DateInterval]) -> BirthAgreement {
    let Some(asked) = asked else { return BirthAgreement::Unknown };
    recorded
        .iter()
        .map(|birth| compare_birth(&asked, birth))
        .max_by(|a, b| a.weight().total_cmp(&b.weight()))
        .unwrap_or(BirthAgreement::Unknown)
}

fn is_day(interval: &DateInterval) -> bool {
    interval.earliest() == interval.latest()
}

fn compare_birth(asked: &DateInterval, recorded: &DateInterval) -> BirthAgreement {
    if asked.overlaps(recorded) {
        return if is_day(asked) && is_day(recorded) {
            BirthAgreement::SameDay
        } else {
            BirthAgreement::Possible
        };
    }
    let years = asked.distance_days(recorded) / 365;
    if !is_day(asked) || !is_day(recorded) {
        return if years == 0 { BirthAgreement::Near } else { BirthAgreement::Differs { years } };
    }
    let (a, b) = (asked.earliest().parts(), recorded.earliest().parts());
    if a.0 == b.0 && a.1 == b.2 && a.2 == b.1 {
        BirthAgreement::DayAndMonthSwapped
    } else if a.0 == b.0 && (first_of_january(a) || first_of_january(b)) {
        BirthAgreement::YearAsFirstOfJanuary
    } else if near(asked.earliest(), recorded.earliest()) {
        BirthAgreement::Near
    } else {
        BirthAgreement::Differs { years }
    }
}

fn first_of_january(parts: (i32, u32, u32)) -> bool {
    (parts.1, parts.2) == (1, 1)
}

/// One of year, month, day differs by one digit, or the days lie at most three days apart.
fn near(a: Day, b: Day) -> bool {
    let (x, y) = (a.parts(), b.parts());
    let same = [x.0 == y.0, x.1 == y.1, x.2 == y.2].into_iter().filter(|s| *s).count();
    let one_year = x.0.abs_diff(y.0) <= 1;
    (a.days() - b.days()).abs() <= 3 || (same == 2 && (one_year || x.0 % 10 == y.0 % 10))
}

/// Compares a nationality asked for with the recorded ones.
pub fn compare_nationality(asked: Option<CountryCode>, recorded: &[CountryCode]) -> Agreement {
    match asked {
        Some(_) if recorded.is_empty() => Agreement::Unknown,
        Some(country) if recorded.contains(&country) => Agreement::Agrees,
        Some(_) => Agreement::Differs,
        None => Agreement::Unknown,
    }
}

/// Compares sex; anything but male or female says nothing.
pub fn compare_sex(asked: Option<Sex>, recorded: Sex) -> Agreement {
    match (asked, recorded) {
        (Some(Sex::Male), Sex::Male) | (Some(Sex::Female), Sex::Female) => Agreement::Agrees,
        (Some(Sex::Male), Sex::Female) | (Some(Sex::Female), Sex::Male) => Agreement::Differs,
        _ => Agreement::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn births_compare_as_officers_would() {
        let cases: [(&str, &[&str], BirthAgreement); 9] = [
            ("1971-03-02", &["1971-03-02"], BirthAgreement::SameDay),
            ("1971-03-02", &["1971"], BirthAgreement::Possible),
            ("1971-03-02", &["1971-02-03"], BirthAgreement::DayAndMonthSwapped),
            ("1971-03-02", &["1971-01-01"], BirthAgreement::YearAsFirstOfJanuary),
            ("1971-03-02", &["1972-03-02"], BirthAgreement::Near),
            ("1971-03-02", &["1985-07-20"], BirthAgreement::Differs { years: 14 }),
            ("1971-03-02", &["1985-07-20", "1971"], BirthAgreement::Possible),
            ("1971-03-02", &[], BirthAgreement::Unknown),
            ("1960", &["1963/1968"], BirthAgreement::Differs { years: 2 }),
        ];
        for (asked, recorded, expected) in cases {
            let recorded: Vec<DateInterval> = recorded.iter().map(|r| r.parse().unwrap()).collect();
            assert_eq!(
                compare_births(Some(asked.parse().unwrap()), &recorded),
                expected,
                "{asked} {recorded:?}"
            );
        }
        assert_eq!(compare_births(None, &["1971".parse().unwrap()]), BirthAgreement::Unknown);
    }
}
