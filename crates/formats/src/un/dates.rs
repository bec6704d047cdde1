//! Dates of the list: days with or without a time zone, years, spans of years, months named in words.

use barid_domain::dates::{DateError, DateInterval, Day};

use crate::report::ReportCode;

/// Reads `YYYY-MM-DD`, also with the zone some items carry (`2015-07-01-04:00`, `...Z`).
pub(super) fn read_day(text: &str, today: Day) -> Result<Day, ReportCode> {
    let (date, zone) = text.split_at_checked(10).ok_or(ReportCode::ImpossibleDate)?;
    if !is_zone(zone) {
        return Err(ReportCode::ImpossibleDate);
    }
    let day: Day = date.parse().map_err(|error: DateError| match error {
        DateError::Malformed | DateError::NoSuchDay | DateError::OutOfRange | DateError::Reversed => {
            ReportCode::ImpossibleDate
        }
    })?;
    not_in_future(day, today)
}

/// Reads a year of four digits.
pub(super) fn read_year(text: &str, today: Day) -> Result<DateInterval, ReportCode> {
    let interval =
        year_number(text).and_then(|year| DateInterval::year(year).ok()).ok_or(ReportCode::ImpossibleDate)?;
    not_in_future(interval.earliest(), today)?;
    Ok(interval)
}

/// Reads a day or a year, as the dates of birth at aliases are.
pub(super) fn read_day_or_year(text: &str, today: Day) -> Result<DateInterval, ReportCode> {
    if text.len() == 4 { read_year(text, today) } else { read_day(text, today).map(DateInterval::day) }
}

/// Reads the span from the first day of one year to the last day of another.
pub(super) fn read_years(from: &str, to: &str, today: Day) -> Result<DateInterval, ReportCode> {
    let (from, to) = (read_year(from, today)?, read_year(to, today)?);
    DateInterval::between(from.earliest(), to.latest()).map_err(|_| ReportCode::ImpossibleDate)
}

/// Reads a month in English words out of a note: `Nov. 1973`, `August 1961`, or `Sep.` beside a year.
///
/// Anything else, a date in another calendar among it, stays in words: nothing is guessed.
pub(super) fn month_in_note(note: &str, year: Option<&str>, today: Day) -> Option<DateInterval> {
    let mut words = note.split_whitespace();
    let month = month_number(words.next()?)?;
    let year = year_number(words.next().or(year)?)?;
    if words.next().is_some() {
        return None;
    }
    let interval = DateInterval::month(year, month).ok()?;
    not_in_future(interval.earliest(), today).ok()?;
    Some(interval)
}

fn not_in_future(day: Day, today: Day) -> Result<Day, ReportCode> {
    if day > today { Err(ReportCode::FutureDate) } else { Ok(day) }
}

fn year_number(text: &str) -> Option<i32> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        b"" | b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

fn month_number(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.').to_lowercase();
    let matches =
        |month: &str| month == word || (word.len() >= 3 && word.len() <= 4 && month.starts_with(&word));
    MONTHS.iter().position(|month| matches(month)).and_then(|index| u32::try_from(index + 1).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Day {
        Day::new(2026, 2, 27).unwrap()
    }

    #[test]
    fn days_with_and_without_a_zone() {
        for text in ["2015-07-01", "2015-07-01-04:00", "2015-07-01Z", "2015-07-01+05:30"] {
            assert_eq!(
                read_day(text, today()).map(|day| day.to_string()).as_deref(),
                Ok("2015-07-01"),
                "{text}"
            );
        }
        for text in [
            "",
            "1966-02-31",
            "0000-01-01",
            "2015-7-1",
            "2015-07-01T",
            "2015-07-01-4",
            "१९६६-०१-०१",
            "не дата",
        ] {
            assert_eq!(read_day(text, today()), Err(ReportCode::ImpossibleDate), "{text}");
        }
        assert_eq!(read_day("2026-02-28", today()), Err(ReportCode::FutureDate));
        assert!(read_day("2026-02-27", today()).is_ok());
    }

    #[test]
    fn years_and_spans() {
        assert_eq!(read_year("1971", today()).unwrap().to_string(), "1971");
        assert_eq!(read_year("2027", today()), Err(ReportCode::FutureDate));
        assert_eq!(read_year("0000", today()), Err(ReportCode::ImpossibleDate));
        assert_eq!(read_year("71", today()), Err(ReportCode::ImpossibleDate));
        assert_eq!(read_years("1958", "1963", today()).unwrap().to_string(), "1958-01-01/1963-12-31");
        assert_eq!(read_years("1963", "1958", today()), Err(ReportCode::ImpossibleDate));
        assert_eq!(read_day_or_year("1984", today()).unwrap().to_string(), "1984");
    }

    #[test]
    fn months_in_words() {
        let month = |note, year| month_in_note(note, year, today()).map(|month| month.to_string());
        assert_eq!(month("Nov. 1973 ", None).as_deref(), Some("1973-11"));
        assert_eq!(month("August 1961", None).as_deref(), Some("1961-08"));
        assert_eq!(month("Sep.", Some("1977")).as_deref(), Some("1977-09"));
        for note in [
            "Approximately",
            "24/06/1402 (Hijri Calendar)",
            "Between Aug. and Sep. 1977",
            "from false passport",
            "Ma 1961",
            "",
            "May 2030",
        ] {
            assert_eq!(month(note, Some("1977")), None, "{note}");
        }
    }
}
