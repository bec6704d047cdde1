//! Dates of a machine readable zone: six characters `YYMMDD`, unknown parts as `<<`.
//!
//! The century is not printed; it follows from the field and from a reference
//! date given by the caller (Doc 9303-3, section 4.8). No clock is read here.

use barid_domain::dates::{DateInterval, Day};

/// A date with the parts that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDate {
    /// The full year, with its century inferred.
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: Option<u32>,
    /// 1 to 31, possible in the month where the month is known.
    pub day: Option<u32>,
}

/// A date field of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MrzDate {
    /// All three parts, a real day.
    Full(Day),
    /// At least one part known, at least one filled with `<<`.
    Partial(PartialDate),
    /// Fillers only.
    Unknown,
    /// Digits that name no day, such as 31 February; kept as printed.
    Impossible([u8; 6]),
}

impl MrzDate {
    /// Gives the days the field leaves possible; `None` when it does not say at least a year.
    pub fn interval(self) -> Option<DateInterval> {
        match self {
            MrzDate::Full(day) => Some(DateInterval::day(day)),
            MrzDate::Partial(PartialDate { year: Some(year), month: Some(month), day: None }) => {
                DateInterval::month(year, month).ok()
            }
            MrzDate::Partial(PartialDate { year: Some(year), .. }) => DateInterval::year(year).ok(),
            MrzDate::Partial(PartialDate { year: None, .. }) | MrzDate::Unknown | MrzDate::Impossible(_) => {
                None
            }
        }
    }
}

/// Says which century rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateRole {
    /// The latest year that is not after the reference date.
    Birth,
    /// The year nearest to the reference date.
    Expiry,
}

/// Reads six characters; `None` when a part is neither two digits nor two fillers.
pub(super) fn read_date(field: [u8; 6], role: DateRole, reference: Day) -> Option<MrzDate> {
    let [y1, y2, m1, m2, d1, d2] = field;
    let (year, month, day) = (part(y1, y2)?, part(m1, m2)?, part(d1, d2)?);
    if (year, month, day) == (None, None, None) {
        return Some(MrzDate::Unknown);
    }
    if month.is_some_and(|m| !(1..=12).contains(&m)) || day.is_some_and(|d| !(1..=31).contains(&d)) {
        return Some(MrzDate::Impossible(field));
    }
    let full_year = year.map(|yy| match role {
        DateRole::Birth => birth_year(yy, month, day, reference),
        DateRole::Expiry => nearest_year(yy, reference),
    });
    Some(match (full_year, month, day) {
        (Some(y), Some(m), Some(d)) => match Day::new(y, m, d) {
            Ok(date) => MrzDate::Full(date),
            Err(_) => MrzDate::Impossible(field),
        },
        // The day must exist in that month of some year: 2000 has all days a month can have.
        (None, Some(m), Some(d)) if Day::new(2000, m, d).is_err() => MrzDate::Impossible(field),
        (year, month, day) => MrzDate::Partial(PartialDate { year, month, day }),
    })
}

/// Two digits, or two fillers as `Some(None)`.
fn part(first: u8, second: u8) -> Option<Option<u32>> {
    match (first, second) {
        (b'<', b'<') => Some(None),
        (b'0'..=b'9', b'0'..=b'9') => Some(Some(u32::from((first - b'0') * 10 + (second - b'0')))),
        _ => None,
    }
}

/// The latest year ending in `yy` in which the known parts are not after the reference.
fn birth_year(yy: u32, month: Option<u32>, day: Option<u32>, reference: Day) -> i32 {
    let year = same_century(yy, reference);
    // An unknown part counts as its earliest value: the date could lie before the reference.
    let earliest = (year, month.unwrap_or(1), day.unwrap_or(1));
    if earliest > reference.parts() { year - 100 } else { year }
}

fn nearest_year(yy: u32, reference: Day) -> i32 {
    let year = same_century(yy, reference);
    match year - reference.parts().0 {
        50.. => year - 100,
        -99..=-51 => year + 100,
        _ => year,
    }
}

fn same_century(yy: u32, reference: Day) -> i32 {
    let year = reference.parts().0;
    // `yy` is two digits, so the conversion keeps it.
    year - year.rem_euclid(100) + yy as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u32, day: u32) -> Day {
        Day::new(year, month, day).unwrap()
    }

    fn birth(text: &[u8; 6]) -> Option<MrzDate> {
        read_date(*text, DateRole::Birth, date(2026, 2, 27))
    }

    fn expiry(text: &[u8; 6]) -> Option<MrzDate> {
        read_date(*text, DateRole::Expiry, date(2026, 2, 27))
    }

    #[test]
    fn a_birth_is_never_in_the_future() {
        assert_eq!(birth(b"260227"), Some(MrzDate::Full(date(2026, 2, 27))));
        assert_eq!(birth(b"260228"), Some(MrzDate::Full(date(1926, 2, 28))));
        assert_eq!(birth(b"270101"), Some(MrzDate::Full(date(1927, 1, 1))));
        assert_eq!(birth(b"740812"), Some(MrzDate::Full(date(1974, 8, 12))));
    }

    #[test]
    fn an_expiry_may_be_in_the_future() {
        assert_eq!(expiry(b"360227"), Some(MrzDate::Full(date(2036, 2, 27))));
        assert_eq!(expiry(b"751231"), Some(MrzDate::Full(date(2075, 12, 31))));
        assert_eq!(expiry(b"761231"), Some(MrzDate::Full(date(1976, 12, 31))));
        assert_eq!(expiry(b"120415"), Some(MrzDate::Full(date(2012, 4, 15))));
        // At the other end of a century.
        assert_eq!(
            read_date(*b"020101", DateRole::Expiry, date(1999, 1, 1)),
            Some(MrzDate::Full(date(2002, 1, 1)))
        );
    }

    #[test]
    fn unknown_parts_stay_unknown() {
        assert_eq!(birth(b"<<<<<<"), Some(MrzDate::Unknown));
        let partial = |year, month, day| Some(MrzDate::Partial(PartialDate { year, month, day }));
        assert_eq!(birth(b"74<<<<"), partial(Some(1974), None, None));
        assert_eq!(birth(b"7408<<"), partial(Some(1974), Some(8), None));
        assert_eq!(birth(b"26<<<<"), partial(Some(2026), None, None));
        assert_eq!(birth(b"2603<<"), partial(Some(1926), Some(3), None));
        assert_eq!(birth(b"<<0812"), partial(None, Some(8), Some(12)));
        assert_eq!(birth(b"74<<31"), partial(Some(1974), None, Some(31)));
    }

    #[test]
    fn impossible_days_are_told_from_malformed_fields() {
        for text in [b"660231", b"000000", b"741301", b"740832", b"<<0230", b"010229"] {
            assert_eq!(birth(text), Some(MrzDate::Impossible(*text)));
        }
        for text in [b"7<<<<<", b"74O812", b"74081<", b"      "] {
            assert_eq!(birth(text), None);
        }
    }
}
