//! Numbers of cells: as texts, as days, and the ones that a spreadsheet has spoilt.

use barid_domain::dates::Day;

use crate::report::ReportCode;

/// From here on a spreadsheet keeps no more than the first fifteen digits.
const EXACT_BELOW: f64 = 1e15;
/// 31 December 9999, the last day a spreadsheet has.
const LAST_SERIAL: i32 = 2_958_465;
/// The day that never was, 29 February 1900, which the 1900 system counts.
const NO_SUCH_SERIAL: i32 = 60;

/// Is how a cell shows its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// As a number of whatever form.
    Number,
    /// As so many digits at least, zeros in front.
    Digits(usize),
    /// As a day, or a day with a time.
    Day,
    /// As a part of a date: without its year or its day, of which the number says more than anybody saw or meant.
    PartOfDate,
    /// As a time alone.
    Time,
}

/// Is which day a workbook counts days from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateSystem {
    /// From 1 January 1900, with a 29 February in that year.
    From1900,
    /// From 1 January 1904.
    From1904,
}

/// Reads the number of a cell as the text of a table: digits alone, `YYYY-MM-DD`.
pub(super) fn text_of(written: &str, format: NumberFormat, dates: DateSystem) -> Result<String, ReportCode> {
    let number: f64 = written.trim().parse().map_err(|_| ReportCode::NotANumber)?;
    if !number.is_finite() {
        return Err(ReportCode::NotANumber);
    }
    match format {
        NumberFormat::Day => day_of(number, dates).map(|day| day.to_string()),
        NumberFormat::Time => Err(ReportCode::TimeOfDay),
        NumberFormat::PartOfDate => Err(ReportCode::AmbiguousDate),
        NumberFormat::Number | NumberFormat::Digits(_) if number.abs() >= EXACT_BELOW => {
            Err(ReportCode::MangledNumber)
        }
        NumberFormat::Digits(digits) if number.fract() == 0.0 && number >= 0.0 => {
            Ok(format!("{number:0>digits$.0}"))
        }
        // The shortest digits that are this number: 1.1, where the file has 1.1000000000000001.
        NumberFormat::Number | NumberFormat::Digits(_) => Ok(format!("{}", number + 0.0)),
    }
}

fn day_of(serial: f64, dates: DateSystem) -> Result<Day, ReportCode> {
    if !(0.0..=f64::from(LAST_SERIAL) + 1.0).contains(&serial) {
        return Err(ReportCode::ImpossibleDate);
    }
    if serial.fract() != 0.0 {
        return Err(ReportCode::TimeOfDay);
    }
    let serial = serial as i32;
    let (year, month, day, since) = match dates {
        DateSystem::From1904 => (1904, 1, 1, serial),
        DateSystem::From1900 if serial == 0 || serial == NO_SUCH_SERIAL => {
            return Err(ReportCode::ImpossibleDate);
        }
        DateSystem::From1900 if serial < NO_SUCH_SERIAL => (1899, 12, 31, serial),
        DateSystem::From1900 => (1899, 12, 30, serial),
    };
    let first = Day::new(year, month, day).map_err(|_| ReportCode::ImpossibleDate)?;
    Day::from_days(first.days() + since).map_err(|_| ReportCode::ImpossibleDate)
}

/// Reads a format by its number, of those that no workbook writes down (ISO/IEC 29500-1, 18.8.30).
pub(super) fn built_in(id: u32) -> NumberFormat {
    match id {
        14 | 15 | 22 | 30 | 31 => NumberFormat::Day,
        // 16 and 17 show no year or no day; of the others some do, as the language of the workbook has it.
        16 | 17 | 27..=29 | 32..=36 | 50..=58 => NumberFormat::PartOfDate,
        18..=21 | 45..=47 => NumberFormat::Time,
        _ => NumberFormat::Number,
    }
}

/// Reads a format by its code: what stands in quotation marks, brackets or behind a sign of escape is no part of it.
pub(super) fn of_code(code: &str) -> NumberFormat {
    if (2..=15).contains(&code.len()) && code.bytes().all(|byte| byte == b'0') {
        return NumberFormat::Digits(code.len());
    }
    let (mut year, mut day, mut month, mut time) = (false, false, false, false);
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character.to_ascii_lowercase() {
            '"' => while characters.next().is_some_and(|inner| inner != '"') {},
            '\\' | '_' | '*' => drop(characters.next()),
            '[' => {
                let inner: String = characters.by_ref().take_while(|inner| *inner != ']').collect();
                // Hours, minutes, seconds that have passed; anything else is a colour, a condition or a language.
                time |=
                    !inner.is_empty() && inner.bytes().all(|byte| matches!(byte | 32, b'h' | b'm' | b's'));
            }
            'd' => day = true,
            'y' => year = true,
            'm' => month = true,
            'h' | 's' => time = true,
            // General, and the exponent of a number: neither has letters of dates.
            'g' | 'e' | '0' | '#' | '?' if !(year || day || month || time) => return NumberFormat::Number,
            ';' => break,
            _ => {}
        }
    }
    match (year, day, month, time) {
        (true, true, ..) => NumberFormat::Day,
        (true, false, ..) | (false, true, ..) | (_, _, true, false) => NumberFormat::PartOfDate,
        (false, false, _, true) => NumberFormat::Time,
        (false, false, false, false) => NumberFormat::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_spreadsheets_count_them() {
        let day = |serial: &str, dates| text_of(serial, NumberFormat::Day, dates);
        let ok = |text: &str| Ok(text.to_owned());
        for (serial, expected) in [
            ("1", ok("1900-01-01")),
            ("59", ok("1900-02-28")),
            ("60", Err(ReportCode::ImpossibleDate)),
            ("61", ok("1900-03-01")),
            ("46297", ok("2026-10-02")),
            ("46297.5", Err(ReportCode::TimeOfDay)),
            ("109574", ok("2199-12-31")),
            ("109575", Err(ReportCode::ImpossibleDate)),
            ("2958467", Err(ReportCode::ImpossibleDate)),
            ("0", Err(ReportCode::ImpossibleDate)),
            ("-1", Err(ReportCode::ImpossibleDate)),
            ("1e300", Err(ReportCode::ImpossibleDate)),
            ("NaN", Err(ReportCode::NotANumber)),
            ("৪৬", Err(ReportCode::NotANumber)),
        ] {
            assert_eq!(day(serial, DateSystem::From1900), expected, "{serial}");
        }
        assert_eq!(day("0", DateSystem::From1904), ok("1904-01-01"));
        assert_eq!(day("44835", DateSystem::From1904), ok("2026-10-02"));
    }

    #[test]
    fn numbers_are_digits_and_spoilt_ones_are_none() {
        let text = |written, format| text_of(written, format, DateSystem::From1900);
        use NumberFormat::{Digits, Number};
        for (written, format, expected) in [
            ("12345", Number, Ok("12345")),
            ("1.2345E4", Number, Ok("12345")),
            ("-0", Number, Ok("0")),
            ("1.1000000000000001", Number, Ok("1.1")),
            ("1E-7", Number, Ok("0.0000001")),
            ("999999999999999", Number, Ok("999999999999999")),
            ("1000000000000000", Number, Err(ReportCode::MangledNumber)),
            ("1.2345678901234599E+19", Number, Err(ReportCode::MangledNumber)),
            ("12345", Digits(9), Ok("000012345")),
            ("1234567890", Digits(9), Ok("1234567890")),
            ("1.5", Digits(9), Ok("1.5")),
        ] {
            assert_eq!(text(written, format), expected.map(str::to_owned), "{written}");
        }
    }

    #[test]
    fn formats_are_told_apart() {
        use NumberFormat::{Day, Digits, Number, PartOfDate, Time};
        for (code, expected) in [
            ("General", Number),
            ("0.00E+00", Number),
            ("#,##0 \"дн.\"", Number),
            ("000000000", Digits(9)),
            ("0", Number),
            ("dd.mm.yyyy", Day),
            ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", Day),
            ("[$-fa-IR,16]yyyy/mm/dd;@", Day),
            ("mmm", PartOfDate),
            ("mmm-yy", PartOfDate),
            ("d. mmmm", PartOfDate),
            ("yyyy", PartOfDate),
            ("yyyy\"年\"m\"月\"d\"日\"", Day),
            ("dd.mm.yyyy hh:mm", Day),
            ("hh:mm:ss", Time),
            ("[h]:mm", Time),
            ("[Red]0", Number),
            ("\"days\" 0", Number),
            ("@", Number),
            ("", Number),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
        assert_eq!([built_in(0), built_in(14), built_in(20), built_in(49)], [Number, Day, Time, Number]);
    }
}
