//! Days, intervals of days and instants.
//!
//! A birth date is a *set of intervals*: sources say "1971", "about 1958" or "between 1965 and 1969", and a day made
//! up out of a year sends the wrong person to a cell. Other calendars than the Gregorian are in [`crate::calendars`].

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use crate::codes::DatePrecision;

/// Is a day of the proleptic Gregorian calendar, counted from 1970-01-01; years 1800 to 2199.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode)]
#[cbor(transparent)]
pub struct Day(#[n(0)] i32);

/// Why a date is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text is not `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    #[error("not a date of the form YYYY-MM-DD")]
    Malformed,
    /// No such day, such as 1966-02-31.
    #[error("no such day in the calendar")]
    NoSuchDay,
    /// Outside the years 1800 to 2199.
    #[error("year outside 1800 to 2199")]
    OutOfRange,
    /// The interval ends before it begins.
    #[error("the interval ends before it begins")]
    Reversed,
}

impl Day {
    /// The first day that is accepted, 1800-01-01.
    pub const FIRST: Day = Day(-62_091);
    /// The last day that is accepted, 2199-12-31.
    pub const LAST: Day = Day(84_005);

    /// Makes a day from year, month (1-12) and day of the month (1-31).
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, DateError> {
        if !(1800..=2199).contains(&year) {
            return Err(DateError::OutOfRange);
        }
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
            return Err(DateError::NoSuchDay);
        };
        // The range check above makes the year fit.
        let date = Date::new(year as i16, month, day).map_err(|_| DateError::NoSuchDay)?;
        Ok(Self::from_date(date))
    }

    /// Makes a day from days since 1970-01-01.
    pub fn from_days(days: i32) -> Result<Self, DateError> {
        let day = Day(days);
        if day < Self::FIRST || day > Self::LAST { Err(DateError::OutOfRange) } else { Ok(day) }
    }

    /// Counts days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// Takes the day apart: year, month, day of the month.
    pub fn parts(self) -> (i32, u32, u32) {
        let date = self.date();
        (i32::from(date.year()), date.month() as u32, date.day() as u32)
    }

    /// Adds days, stopping at the ends of the accepted range.
    pub fn saturating_add(self, days: i32) -> Self {
        Day(self.0.saturating_add(days)).clamp(Self::FIRST, Self::LAST)
    }

    /// Adds months of the calendar, stopping at the ends of the accepted range: the same day of the month, or its last day where
    /// the month is shorter.
    pub fn saturating_add_months(self, months: u16) -> Self {
        let span = jiff::Span::new().try_months(i64::from(months));
        match span.and_then(|span| self.date().checked_add(span)) {
            Ok(date) => Self::from_date(date).clamp(Self::FIRST, Self::LAST),
            Err(_) => Self::LAST,
        }
    }

    fn from_date(date: Date) -> Self {
        let since = date.since(Date::constant(1970, 1, 1)).map(|span| span.get_days()).unwrap_or(0);
        Day(since)
    }

    fn date(self) -> Date {
        Date::constant(1970, 1, 1)
            .checked_add(jiff::Span::new().days(self.0))
            .unwrap_or(Date::constant(1970, 1, 1))
    }
}

impl<'b, C> Decode<'b, C> for Day {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Day::from_days(d.i32()?).map_err(|_| minicbor::decode::Error::message("day out of range"))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(DateError::Malformed);
        }
        let year = digits(&text[..4])?;
        Day::new(year as i32, digits(&text[5..7])?, digits(&text[8..])?)
    }
}

/// Is a closed interval of days with the precision its source gave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode)]
#[cbor(map)]
pub struct DateInterval {
    #[n(0)]
    earliest: Day,
    #[n(1)]
    latest: Day,
    #[n(2)]
    precision: DatePrecision,
}

impl DateInterval {
    /// Makes the interval from `earliest` to `latest`, both included.
    pub fn between(earliest: Day, latest: Day) -> Result<Self, DateError> {
        Self::with_precision(earliest, latest, DatePrecision::Between)
    }

    /// Makes an interval of a stated precision.
    pub fn with_precision(earliest: Day, latest: Day, precision: DatePrecision) -> Result<Self, DateError> {
        if latest < earliest {
            return Err(DateError::Reversed);
        }
        Ok(Self { earliest, latest, precision })
    }

    /// Makes the interval of one day.
    pub fn day(day: Day) -> Self {
        Self { earliest: day, latest: day, precision: DatePrecision::Day }
    }

    /// Makes the interval of one month.
    pub fn month(year: i32, month: u32) -> Result<Self, DateError> {
        let earliest = Day::new(year, month, 1)?;
        let following =
            if month == 12 { Day::new(year, 12, 31)?.0 + 1 } else { Day::new(year, month + 1, 1)?.0 };
        Ok(Self { earliest, latest: Day(following - 1), precision: DatePrecision::Month })
    }

    /// Makes the interval of one year.
    pub fn year(year: i32) -> Result<Self, DateError> {
        Ok(Self {
            earliest: Day::new(year, 1, 1)?,
            latest: Day::new(year, 12, 31)?,
            precision: DatePrecision::Year,
        })
    }

    /// Widens an interval by whole years on both sides, as "about" does; marks it approximate.
    pub fn about(self, years: i32) -> Self {
        Self {
            earliest: self.earliest.saturating_add(-366 * years),
            latest: self.latest.saturating_add(366 * years),
            precision: DatePrecision::Approximate,
        }
    }

    /// The first day of the interval.
    pub fn earliest(&self) -> Day {
        self.earliest
    }
    /// The last day of the interval.
    pub fn latest(&self) -> Day {
        self.latest
    }
    /// The precision its source gave.
    pub fn precision(&self) -> DatePrecision {
        self.precision
    }
    /// Tells whether two intervals share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.earliest <= other.latest && other.earliest <= self.latest
    }
    /// Counts the days between two intervals that don't overlap; 0 where they do.
    pub fn distance_days(&self, other: &Self) -> u32 {
        if self.overlaps(other) {
            return 0;
        }
        let gap = if self.latest < other.earliest {
            other.earliest.0 - self.latest.0
        } else {
            self.earliest.0 - other.latest.0
        };
        gap.unsigned_abs()
    }
}

impl<'b, C> Decode<'b, C> for DateInterval {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        #[derive(Decode)]
        #[cbor(map)]
        struct Wire {
            #[n(0)]
            earliest: Day,
            #[n(1)]
            latest: Day,
            #[n(2)]
            precision: DatePrecision,
        }
        let wire = Wire::decode(d, ctx)?;
        DateInterval::with_precision(wire.earliest, wire.latest, wire.precision)
            .map_err(|_| minicbor::decode::Error::message("interval reversed"))
    }
}

/// Shows `1971`, `1971-03`, `1971-03-02`, `about 1970-1972` or `1965-1969`, as the precision says.
impl fmt::Display for DateInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.earliest.parts(), self.latest.parts());
        match self.precision {
            DatePrecision::Day => write!(f, "{}", self.earliest),
            DatePrecision::Month => write!(f, "{:04}-{:02}", from.0, from.1),
            DatePrecision::Year => write!(f, "{:04}", from.0),
            DatePrecision::Approximate | DatePrecision::Between | DatePrecision::Unlisted(_) => {
                write!(f, "{}/{}", self.earliest, self.latest)?;
                let _ = to;
                if self.precision == DatePrecision::Approximate { f.write_str("~") } else { Ok(()) }
            }
        }
    }
}

/// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, and `from/to` of two days, with `~` behind for "about"
/// (the interval notation of ISO 8601-1 and the qualifier of ISO 8601-2).
impl FromStr for DateInterval {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        let (body, approximate) = match text.strip_suffix('~') {
            Some(body) => (body, true),
            None => (text, false),
        };
        if let Some((from, to)) = body.split_once('/') {
            let from: DateInterval = from.parse()?;
            let to: DateInterval = to.parse()?;
            let precision = if approximate { DatePrecision::Approximate } else { DatePrecision::Between };
            return Self::with_precision(from.earliest, to.latest, precision);
        }
        let interval = match body.len() {
            4 => Self::year(digits(body)? as i32)?,
            7 if body.as_bytes()[4] == b'-' => Self::month(digits(&body[..4])? as i32, digits(&body[5..])?)?,
            10 => Self::day(body.parse()?),
            _ => return Err(DateError::Malformed),
        };
        Ok(if approximate { interval.about(1) } else { interval })
    }
}

/// Is an instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub i64);

impl Timestamp {
    /// Counts whole seconds since 1970-01-01T00:00:00Z, as CWT `iat` does (RFC 8392).
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// Makes an instant from whole seconds, stopping at the ends of the range.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }
    /// The day it falls on, in UTC.
    pub fn day(self) -> Day {
        Day(i32::try_from(self.0.div_euclid(86_400_000_000)).unwrap_or(0)).clamp(Day::FIRST, Day::LAST)
    }
}

/// Shows RFC 3339 in UTC with microseconds, `2026-11-23T22:12:28.000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.day();
        let micros = self.0.rem_euclid(86_400_000_000);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        write!(f, "{day}T{:02}:{:02}:{:02}.{fraction:06}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

fn digits(text: &str) -> Result<u32, DateError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DateError::Malformed);
    }
    text.parse().map_err(|_| DateError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_days_are_refused() {
        let cases = [
            ("1966-02-31", DateError::NoSuchDay),
            ("0000-01-01", DateError::OutOfRange),
            ("1799-12-31", DateError::OutOfRange),
            ("2200-01-01", DateError::OutOfRange),
            ("1966-13-01", DateError::NoSuchDay),
            ("1966-2-31", DateError::Malformed),
            ("١٩٦٦-٠٢-٠١", DateError::Malformed),
            ("", DateError::Malformed),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<DateInterval>().unwrap_err(), error, "{text}");
        }
        assert_eq!("1900-02-29".parse::<Day>(), Err(DateError::NoSuchDay));
        assert!("2000-02-29".parse::<Day>().is_ok());
    }

    #[test]
    fn the_ends_of_the_range_are_what_their_names_say() {
        assert_eq!(Day::FIRST.to_string(), "1800-01-01");
        assert_eq!(Day::LAST.to_string(), "2199-12-31");
    }

    #[test]
    fn intervals_read_back_what_they_show() {
        for text in ["1971", "1971-12", "1971-03-02", "1965-01-01/1969-12-31", "1957-01-01/1959-12-31~"] {
            assert_eq!(text.parse::<DateInterval>().unwrap().to_string(), text);
        }
        assert_eq!("1969/1965".parse::<DateInterval>(), Err(DateError::Reversed));
        assert_eq!("1971-12".parse::<DateInterval>().unwrap().latest().to_string(), "1971-12-31");
    }

    #[test]
    fn distance_is_zero_inside_and_counts_days_outside() {
        let year: DateInterval = "1971".parse().unwrap();
        assert_eq!(year.distance_days(&"1971-05-05".parse().unwrap()), 0);
        assert_eq!(year.distance_days(&"1972-01-02".parse().unwrap()), 2);
        assert_eq!(year.distance_days(&"1970".parse().unwrap()), 1);
    }

    #[test]
    fn instants_show_their_zone() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::from_seconds(1_795_471_948).to_string(), "2026-11-23T22:12:28.000000Z");
    }
}
