//! A date of birth as somebody types it: in any of the [`calendars`](crate::calendars), with digits of any script, whole
//! or in part, with or without the name of its calendar.
//!
//! What can only be one thing is read as that; what can be several is read as each of them, and every reading is named,
//! so that nobody takes 1350 for a year he did not mean. Comparing with what is recorded is done in `barid-search`.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::calendars::{Calendar, WrittenDate};
use crate::dates::{DateError, DateInterval, Day};
use crate::faults::FaultCode;

/// The longest text that is read, in characters.
pub const TYPED_BIRTH_CAP: usize = 60;
/// Nobody older than this is looked for by a year that names no calendar.
const OLDEST_YEARS: i32 = 130;
/// Numbers in one date.
const NUMBERS_CAP: usize = 3;

/// Is one way to read a date of birth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BirthReading {
    /// The calendar it is read in.
    pub calendar: Calendar,
    /// The Gregorian days it may mean.
    pub interval: DateInterval,
}

/// Is a date of birth that is asked for, in every way it can be read: at least one, in a fixed order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskedBirth {
    readings: Vec<BirthReading>,
}

/// Why a typed date of birth is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TypedBirthError {
    /// No date: too long, other words than calendars' names, too few or too many numbers.
    #[error("not a date of birth")]
    Malformed,
    /// A date of a calendar that has no such day, is out of range, or ends before it begins.
    #[error(transparent)]
    Impossible(#[from] DateError),
    /// A date that is yet to come, in every calendar it can be of.
    #[error("a date of birth in the future")]
    InFuture,
}

impl TypedBirthError {
    /// The stable code.
    pub fn fault(self) -> FaultCode {
        match self {
            Self::Malformed | Self::Impossible(_) => FaultCode::Impossible,
            Self::InFuture => FaultCode::InFuture,
        }
    }
}

impl AskedBirth {
    /// Reads what was typed on `today`.
    ///
    /// Order of numbers: year first, or year last with the day first; with a `/` between two years, an interval; a `~`
    /// says about. A name or a short sign of a calendar may stand before or behind (`1391-04-05 AH`, `1350/12/11 ه.ش`,
    /// `वि.सं. 2028`, `1350-12-11 solar-hijri`). Without one, a year that can be of the Gregorian calendar and is not yet
    /// to come is Gregorian; another one is read in the calendars in which somebody living could have been born then.
    ///
    /// # Errors
    /// [`TypedBirthError`]; nothing of it is read then.
    pub fn read(text: &str, today: Day) -> Result<Self, TypedBirthError> {
        let typed = Typed::cut(text)?;
        let readings = match typed.calendar {
            Some(calendar) => vec![typed.within(calendar)?],
            None => typed.within_any(today)?,
        };
        let born: Vec<BirthReading> =
            readings.into_iter().filter(|reading| reading.interval.earliest() <= today).collect();
        if born.is_empty() { Err(TypedBirthError::InFuture) } else { Ok(Self { readings: born }) }
    }

    /// Every reading; there is at least one.
    pub fn readings(&self) -> &[BirthReading] {
        &self.readings
    }

    /// Whether it was read as anything but one Gregorian date: then whoever asked is to be told.
    pub fn is_interpreted(&self) -> bool {
        self.readings.len() > 1 || self.readings.iter().any(|reading| reading.calendar != Calendar::Gregorian)
    }
}

/// A date that is Gregorian to begin with, such as that of a machine-readable zone.
impl From<DateInterval> for AskedBirth {
    fn from(interval: DateInterval) -> Self {
        Self { readings: vec![BirthReading { calendar: Calendar::Gregorian, interval }] }
    }
}

/// Shows each reading; the calendar stands behind where it is another than the Gregorian.
impl fmt::Display for AskedBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, reading) in self.readings.iter().enumerate() {
            if number > 0 {
                f.write_str(" or ")?;
            }
            write!(f, "{}", reading.interval)?;
            if reading.calendar != Calendar::Gregorian {
                write!(f, " ({})", reading.calendar)?;
            }
        }
        Ok(())
    }
}

/// In which digits the numbers stand, as far as they tell the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Digits {
    Bengali,
    Other,
}

/// A typed date cut into what it consists of.
#[derive(Debug)]
struct Typed {
    from: WrittenDate,
    to: Option<WrittenDate>,
    about: bool,
    calendar: Option<Calendar>,
    digits: Digits,
}

impl Typed {
    fn cut(text: &str) -> Result<Self, TypedBirthError> {
        if text.chars().count() > TYPED_BIRTH_CAP {
            return Err(TypedBirthError::Malformed);
        }
        let text: String = text.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect();
        let text = text.trim();
        let (text, about) = match text.strip_suffix('~').or_else(|| text.strip_prefix('~')) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let cut = Cut::of(text)?;
        let calendar = cut.calendar()?;
        let (from, to) = match cut.slash {
            Some(at) if is_year(cut.numbers[0]) && cut.numbers.get(at).is_some_and(|n| is_year(*n)) => {
                let (from, to) = cut.numbers.split_at(at);
                (date_of(from, calendar)?, Some(date_of(to, calendar)?))
            }
            Some(_) | None => (date_of(&cut.numbers, calendar)?, None),
        };
        Ok(Self { from, to, about, calendar, digits: cut.digits })
    }

    /// Reads it in one calendar.
    fn within(&self, calendar: Calendar) -> Result<BirthReading, DateError> {
        let from = calendar.interval(self.from)?;
        let interval = match self.to {
            None if self.about => from.about(1),
            None => from,
            Some(to) => {
                use crate::codes::DatePrecision::{Approximate, Between};
                let to = calendar.interval(to)?;
                let precision = if self.about { Approximate } else { Between };
                DateInterval::with_precision(from.earliest(), to.latest(), precision)?
            }
        };
        Ok(BirthReading { calendar, interval })
    }

    /// Reads it in the calendar its year allows, or in each of them.
    fn within_any(&self, today: Day) -> Result<Vec<BirthReading>, TypedBirthError> {
        let this_year = today.parts().0;
        let year = self.from.year;
        let gregorian = self.within(Calendar::Gregorian);
        if (1800..=this_year).contains(&year) {
            let reading = gregorian?;
            if reading.interval.earliest() <= today {
                return Ok(vec![reading]);
            }
        }
        let readings: Vec<BirthReading> = self
            .calendars_of(year, this_year)
            .iter()
            .filter_map(|calendar| self.within(*calendar).ok())
            .filter(|reading| could_live(reading, today))
            .collect();
        match (readings.is_empty(), gregorian) {
            (false, _) => Ok(readings),
            (true, Ok(_)) => Err(TypedBirthError::InFuture),
            (true, Err(error)) => Err(error.into()),
        }
    }

    /// The calendars, other than the Gregorian, that years of this size are written in.
    fn calendars_of(&self, year: i32, this_year: i32) -> &'static [Calendar] {
        match (year, self.digits) {
            (1200..=1500, Digits::Bengali) => &[Calendar::Bengali],
            (1200..=1500, Digits::Other) => &[Calendar::SolarHijri, Calendar::LunarHijri],
            (2400..=2700, _) => &[Calendar::Buddhist],
            _ if year >= this_year => &[Calendar::VikramSamvat],
            _ => &[],
        }
    }
}

fn could_live(reading: &BirthReading, today: Day) -> bool {
    let oldest = today.saturating_add(-366 * OLDEST_YEARS);
    reading.interval.earliest() <= today && reading.interval.latest() >= oldest
}

/// The numbers and words of a text.
#[derive(Debug)]
struct Cut {
    /// Each with how many digits it was written in.
    numbers: Vec<(i32, usize)>,
    /// Before which number the only slash stands.
    slash: Option<usize>,
    words: String,
    digits: Digits,
}

impl Cut {
    fn of(text: &str) -> Result<Self, TypedBirthError> {
        let mut cut = Self { numbers: Vec::new(), slash: None, words: String::new(), digits: Digits::Other };
        let mut number: Option<(i32, usize)> = None;
        let mut slashes = 0;
        for c in text.chars().chain([' ']) {
            if let Some((digit, digits)) = digit_of(c) {
                let (value, length) = number.unwrap_or((0, 0));
                if length == 4 {
                    return Err(TypedBirthError::Malformed);
                }
                number = Some((value * 10 + digit, length + 1));
                if digits == Digits::Bengali {
                    cut.digits = digits;
                }
                continue;
            }
            cut.numbers.extend(number.take());
            if c == '/' {
                slashes += 1;
                cut.slash = Some(cut.numbers.len());
            }
            if !is_separator(c) {
                cut.words.push(c);
            }
        }
        if slashes != 1 {
            cut.slash = None;
        }
        if cut.numbers.is_empty() || cut.numbers.len() > 2 * NUMBERS_CAP {
            return Err(TypedBirthError::Malformed);
        }
        Ok(cut)
    }

    fn calendar(&self) -> Result<Option<Calendar>, TypedBirthError> {
        if self.words.is_empty() {
            return Ok(None);
        }
        let found = SIGNS.iter().find(|(_, signs)| signs.contains(&self.words.as_str()));
        found.map(|(calendar, _)| Some(*calendar)).ok_or(TypedBirthError::Malformed)
    }
}

/// Years of two digits could be of any century.
fn is_year((_, digits): (i32, usize)) -> bool {
    digits >= 3
}

/// Puts one to three numbers in their places: the year first, or last behind the month and the day.
fn date_of(numbers: &[(i32, usize)], calendar: Option<Calendar>) -> Result<WrittenDate, TypedBirthError> {
    let small = |(value, _): (i32, usize)| u8::try_from(value).map_err(|_| TypedBirthError::Malformed);
    // Years of the Republic of China have two digits, and stand first.
    let first_is_year =
        numbers.first().is_some_and(|number| is_year(*number)) || calendar == Some(Calendar::Minguo);
    match numbers {
        [year] if first_is_year => Ok(WrittenDate { year: year.0, month: None, day: None }),
        [year, month] if first_is_year => {
            Ok(WrittenDate { year: year.0, month: Some(small(*month)?), day: None })
        }
        [year, month, day] if first_is_year => {
            Ok(WrittenDate { year: year.0, month: Some(small(*month)?), day: Some(small(*day)?) })
        }
        [month, year] if is_year(*year) => {
            Ok(WrittenDate { year: year.0, month: Some(small(*month)?), day: None })
        }
        [day, month, year] if is_year(*year) => {
            Ok(WrittenDate { year: year.0, month: Some(small(*month)?), day: Some(small(*day)?) })
        }
        _ => Err(TypedBirthError::Malformed),
    }
}

/// What separates numbers; the points of abbreviations too.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '/' | '.' | ',' | '،' | '۔' | '።' | '‐' | '–' | '(' | ')' | '年' | '月' | '日')
}

/// Marks of direction, joiners and the stroke that lengthens Arabic words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{640}' | '\u{feff}')
}

/// The zeros of the scripts whose digits follow one another.
const ZEROS: [char; 19] =
    ['0', '٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '෦', '๐', '໐', '༠', '၀', '០', '᠐'];

/// The digit of ASCII that a decimal digit of another script stands for.
pub fn ascii_digit(c: char) -> Option<char> {
    let (digit, _) = digit_of(c)?;
    char::from_digit(digit.unsigned_abs(), 10)
}

fn digit_of(c: char) -> Option<(i32, Digits)> {
    let zero = ZEROS.iter().find(|zero| (**zero as u32..=**zero as u32 + 9).contains(&(c as u32)))?;
    let digits = if *zero == '০' { Digits::Bengali } else { Digits::Other };
    Some(((c as u32 - *zero as u32) as i32, digits))
}

/// How each calendar is named: in lower case, without separators and invisible marks. A sign stands for one calendar.
#[rustfmt::skip]
const SIGNS: [(Calendar, &[&str]); 8] = [
    (Calendar::Gregorian, &["ad", "ce", "gregorian", "م", "میلادی", "ميلادي", "ميلادية", "عیسوی", "ई", "ईस्वी", "খ্রিস্টাব্দ", "ค\u{e28}", "公元", "西元", "нэ"]),
    (Calendar::SolarHijri, &["sh", "ap", "hs", "ahs", "solarhijri", "jalali", "shamsi", "ش", "هش", "شمسی", "شمسي", "هجریشمسی", "هجريشمسي", "خورشیدی", "لمریز"]),
    (Calendar::LunarHijri, &["ah", "lunarhijri", "hijri", "qamari", "ه", "ق", "هق", "قمری", "قمري", "هجریقمری", "هجريقمري", "هجري", "هجرية"]),
    (Calendar::VikramSamvat, &["bs", "vs", "vikramsamvat", "bikramsambat", "विसं", "संवत", "सम्वत", "विक्रमसंवत", "विक्रमसम्वत"]),
    (Calendar::Bengali, &["bengali", "bangla", "bangabda", "বঙ্গাব্দ", "বাংলা", "বাংলাসন"]),
    (Calendar::Buddhist, &["be", "buddhist", "พศ", "ពស", "ພສ"]),
    (Calendar::Minguo, &["roc", "minguo", "民國", "民国", "中華民國"]),
    (Calendar::Ethiopian, &["ec", "ethiopian", "ዓም"]),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> Day {
        "2026-11-26".parse().unwrap()
    }

    fn read(text: &str) -> String {
        match AskedBirth::read(text, today()) {
            Ok(asked) => asked.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn dates_are_read_in_the_calendars_they_can_be_of() {
        let cases = [
            // Gregorian, as ever and in other orders and digits.
            ("1971", "1971"),
            ("1971-03", "1971-03"),
            ("1971-03-02", "1971-03-02"),
            ("02.03.1971", "1971-03-02"),
            ("2/3/1971", "1971-03-02"),
            ("3/1971", "1971-03"),
            ("1965/1969", "1965-01-01/1969-12-31"),
            ("1957-01-01/1959-12-31~", "1957-01-01/1959-12-31~"),
            ("1958~", "1956-12-31/1960-01-01~"),
            ("١٩٧١-٠٣-٠٢", "1971-03-02"),
            ("১৯৭১", "1971"),
            ("१९७१-०३-०२", "1971-03-02"),
            ("1971年3月2日", "1971-03-02"),
            // Named.
            ("1350/12/11 SH", "1972-03-01 (solar-hijri)"),
            ("۱۳۵۰/۱۲/۱۱ ه‍.ش", "1972-03-01 (solar-hijri)"),
            ("1349-12-11 solar-hijri", "1971-03-02 (solar-hijri)"),
            ("1391-04-05 AH", "1971-05-29/1971-06-01~ (lunar-hijri)"),
            ("٥/٤/١٣٩١ هـ", "1971-05-29/1971-06-01~ (lunar-hijri)"),
            ("2028-11-18 BS", "1972-02-29/1972-03-02~ (vikram-samvat)"),
            ("वि.सं. २०२८", "1971-04-13/1972-04-13~ (vikram-samvat)"),
            ("বঙ্গাব্দ ১৩৭৮", "1971-04-13/1972-04-14~ (bengali)"),
            ("1378 bangla", "1971-04-13/1972-04-14~ (bengali)"),
            ("พ.ศ. ๒๕๑๔", "1971 (buddhist)"),
            ("民國60年10月25日", "1971-10-25 (minguo)"),
            ("60 ROC", "1971 (minguo)"),
            ("1963-06-23 E.C.", "1971-03-02 (ethiopian)"),
            ("1963 ዓ.ም.", "1970-09-11/1971-09-11 (ethiopian)"),
            ("1350/1352 AP", "1971-03-21/1974-03-20 (solar-hijri)"),
            // Of no name, and of one calendar alone.
            ("2514", "1971 (buddhist)"),
            ("๒ มี", "not a date of birth"),
            ("2028-11-18", "1972-02-29/1972-03-02~ (vikram-samvat)"),
            ("২০২৮", "1971-04-13/1972-04-13~ (vikram-samvat)"),
            ("১৩৭৮", "1971-04-13/1972-04-14~ (bengali)"),
            ("1300", "1921-03-21/1922-03-21 (solar-hijri)"),
            ("1350-02-31", "1971-05-21 (solar-hijri)"),
            ("1420", "1999-04-16/2000-04-06~ (lunar-hijri)"),
            // Of several.
            ("1350", "1971-03-21/1972-03-20 (solar-hijri) or 1931-05-18/1932-05-07~ (lunar-hijri)"),
            ("1391-04-05", "2012-06-25 (solar-hijri) or 1971-05-29/1971-06-01~ (lunar-hijri)"),
            // Of none.
            ("2999", "year outside 1800 to 2199"),
            ("2190", "a date of birth in the future"),
            ("2030 AD", "a date of birth in the future"),
            ("1966-02-31", "no such day in the calendar"),
            ("0000", "year outside 1800 to 2199"),
            ("60", "not a date of birth"),
            ("12", "not a date of birth"),
            ("", "not a date of birth"),
            ("Esfand 1350", "not a date of birth"),
            ("1350 AH SH", "not a date of birth"),
            ("12345", "not a date of birth"),
            ("1969/1965", "the interval ends before it begins"),
            ("1-2-3-4", "not a date of birth"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_year_to_come_is_one_only_until_it_comes() {
        let of = |day: &str| AskedBirth::read("2028", day.parse().unwrap()).unwrap().to_string();
        assert_eq!(of("2026-11-26"), "1971-04-13/1972-04-13~ (vikram-samvat)");
        assert_eq!(of("2028-01-01"), "2028");
    }

    #[test]
    fn every_sign_stands_for_one_calendar_and_is_found() {
        let mut seen = std::collections::BTreeSet::new();
        for (calendar, signs) in SIGNS {
            for sign in signs {
                let folded: String = sign.nfkc().filter(|c| !is_invisible(*c)).collect();
                assert_eq!(folded, **sign, "{calendar}");
                assert!(seen.insert(*sign), "{sign}");
                let typed = Typed::cut(&format!("1350 {sign}")).unwrap();
                assert_eq!(typed.calendar, Some(calendar), "{sign}");
            }
            let typed = Typed::cut(&format!("1350-12-11 {calendar}")).unwrap();
            assert_eq!(typed.calendar, Some(calendar));
        }
    }

    #[test]
    fn texts_are_read_up_to_their_cap() {
        let padded = |length: usize| format!("1971{}", " ".repeat(length - 4));
        assert_eq!(read(&padded(TYPED_BIRTH_CAP)), "1971");
        assert_eq!(read(&padded(TYPED_BIRTH_CAP + 1)), "not a date of birth");
    }

    proptest! {
        /// What the Gregorian reader takes and lies in the past is read as it reads it.
        #[test]
        fn gregorian_intervals_stay_what_they_are(first in -42_000i32..20_000, more in 0i32..4_000, about: bool) {
            let (from, to) = (Day::from_days(first).unwrap(), Day::from_days(first + more).unwrap());
            let text = format!("{from}/{to}{}", if about { "~" } else { "" });
            let expected: DateInterval = text.parse().unwrap();
            prop_assert_eq!(AskedBirth::read(&text, today()), Ok(AskedBirth::from(expected)));
            let day = from.to_string();
            prop_assert_eq!(AskedBirth::read(&day, today()), Ok(AskedBirth::from(DateInterval::day(from))));
        }

        /// A day written in a calendar under its name is found again.
        #[test]
        fn days_written_in_a_calendar_are_found_again(days in -42_000i32..20_000) {
            let day = Day::from_days(days).unwrap();
            for (calendar, name) in Calendar::LISTED {
                let (year, month, of_month) = calendar.parts(day);
                if year < 1 {
                    continue;
                }
                let asked = AskedBirth::read(&format!("{year}-{month:02}-{of_month:02} {name}"), today()).unwrap();
                let [reading] = asked.readings() else { panic!("{asked}") };
                prop_assert!(reading.calendar == calendar);
                prop_assert!(reading.interval.earliest() <= day && day <= reading.interval.latest());
            }
        }
    }
}
