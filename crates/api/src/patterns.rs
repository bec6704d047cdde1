//! What a text may hold, as tables and as the patterns of the API's description.
//!
//! The patterns say exactly what the server accepts, so that a client can check before it sends. They use `\uXXXX`
//! and plain classes only, because the engines behind code generators know no Unicode properties.

/// Ranges of code points without a letter of any script (Unicode `Alphabetic`), the longer ones below the Han block.
///
/// A name must hold a character outside of them. They leave out short and far ranges, to keep the pattern cheap for
/// whoever runs it; what slips through (a lone emoji) is named `not-a-name` by the record's own check.
#[rustfmt::skip]
pub const NOT_LETTERS: &[(u32, u32)] = &[
    (0x0, 0x40), (0x5b, 0x60), (0x7b, 0xa9), (0xab, 0xb4), (0xb6, 0xb9), (0xbb, 0xbf), (0xd7, 0xd7),
    (0xf7, 0xf7), (0x2d2, 0x2df), (0x2ef, 0x344), (0x346, 0x362), (0x589, 0x5af), (0x5f3, 0x60f),
    (0x660, 0x66d), (0x700, 0x70f), (0x740, 0x74c), (0x7b2, 0x7c9), (0x82d, 0x83f), (0x964, 0x970),
    (0x9e4, 0x9ef), (0xa5f, 0xa6f), (0xad1, 0xadf), (0xae4, 0xaf8), (0xb64, 0xb70), (0xb72, 0xb81),
    (0xbd8, 0xbff), (0xc64, 0xc7f), (0xce4, 0xcf0), (0xcf4, 0xcff), (0xd64, 0xd79), (0xde0, 0xdf1),
    (0xdf4, 0xe00), (0xe4e, 0xe80), (0xece, 0xedb), (0xee0, 0xeff), (0xf01, 0xf3f), (0xfbd, 0xfff),
    (0x1040, 0x104f), (0x135b, 0x137f), (0x1390, 0x139f), (0x1734, 0x173f), (0x1754, 0x175f),
    (0x1774, 0x177f), (0x17c9, 0x17d6), (0x17dd, 0x181f), (0x1939, 0x194f), (0x19ca, 0x19ff),
    (0x1a75, 0x1aa6), (0x1aa8, 0x1abe), (0x1acf, 0x1aff), (0x1b4d, 0x1b7f), (0x1bf2, 0x1bff),
    (0x1c37, 0x1c4c), (0x1cc0, 0x1ce8), (0x1dc0, 0x1dd2), (0x1ffd, 0x2070), (0x2072, 0x207e),
    (0x2080, 0x208f), (0x209d, 0x2101), (0x214f, 0x215f), (0x2189, 0x24b5), (0x24ea, 0x2bff),
    (0x2cf4, 0x2cff), (0x2d70, 0x2d7f), (0x2e00, 0x2e2e), (0x2e30, 0x3004), (0x3008, 0x3020),
    (0xfe00, 0xfe6f), (0xfeff, 0xff0f),
];

/// Ranges of code points without a letter or a number of any script, cut as [`NOT_LETTERS`] is.
#[rustfmt::skip]
pub const NOT_ALPHANUMERIC: &[(u32, u32)] = &[
    (0x0, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0xa9), (0xab, 0xb1), (0xb4, 0xb4), (0xb6, 0xb8),
    (0xbb, 0xbb), (0xbf, 0xbf), (0xd7, 0xd7), (0xf7, 0xf7), (0x2d2, 0x2df), (0x2ef, 0x344), (0x346, 0x362),
    (0x589, 0x5af), (0x5f3, 0x60f), (0x700, 0x70f), (0x740, 0x74c), (0x7b2, 0x7bf), (0x82d, 0x83f),
    (0xad1, 0xadf), (0xbd8, 0xbe5), (0xbf3, 0xbff), (0xcf4, 0xcff), (0xdf4, 0xe00), (0xe5a, 0xe80),
    (0xee0, 0xeff), (0xf01, 0xf1f), (0xf34, 0xf3f), (0xfbd, 0xfff), (0x135b, 0x1368), (0x1390, 0x139f),
    (0x1734, 0x173f), (0x1754, 0x175f), (0x1774, 0x177f), (0x17c9, 0x17d6), (0x17fa, 0x180f),
    (0x1939, 0x1945), (0x19db, 0x19ff), (0x1a9a, 0x1aa6), (0x1aa8, 0x1abe), (0x1acf, 0x1aff),
    (0x1b5a, 0x1b7f), (0x1bf2, 0x1bff), (0x1cc0, 0x1ce8), (0x1dc0, 0x1dd2), (0x1ffd, 0x206f),
    (0x209d, 0x2101), (0x218a, 0x245f), (0x249c, 0x24b5), (0x2500, 0x2775), (0x2794, 0x2bff),
    (0x2d70, 0x2d7f), (0x2e00, 0x2e2e), (0x2e30, 0x3004), (0x3008, 0x3020), (0xfe00, 0xfe6f),
    (0xfeff, 0xff0f),
];

/// Controls and noncharacters that no text may hold, as the inside of a class.
const REFUSED: &str = r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufdd0-\ufdef\ufffe\uffff";
/// White space and invisible characters that cleaning takes out, as the inside of a class.
const VANISHING: &str = concat!(
    r"\u0009-\u000d\u0020\u0085\u00a0\u00ad\u061c\u1680\u2000-\u200a\u200e\u200f\u2028-\u202f\u205f\u2066-\u2069",
    r"\u3000\ufeff"
);

/// Tells whether a text holds a character outside of a table.
pub fn holds_other_than(text: &str, table: &[(u32, u32)]) -> bool {
    text.chars().any(|character| {
        let code = character as u32;
        !table.iter().any(|(first, last)| (*first..=*last).contains(&code))
    })
}

/// The pattern of a text of which something remains after cleaning.
pub fn text() -> String {
    format!("^[^{REFUSED}]*[^{REFUSED}{VANISHING}][^{REFUSED}]*$")
}

/// The pattern of a text that holds a character outside of a table.
pub fn text_with_other_than(table: &[(u32, u32)]) -> String {
    let class: String = table.iter().map(|range| class_item(*range)).collect();
    format!("^[^{REFUSED}]*[^{REFUSED}{class}][^{REFUSED}]*$")
}

/// The pattern of a text that holds so many characters outside of a table.
pub fn text_with_others(table: &[(u32, u32)], count: usize) -> String {
    let class: String = table.iter().map(|range| class_item(*range)).collect();
    let one = format!("[^{REFUSED}{class}][^{REFUSED}]*");
    format!("^[^{REFUSED}]*{}$", one.repeat(count))
}

/// The pattern of a day that exists in the calendar, 1800-01-01 to 2049-12-31: of a day that has passed.
pub fn past_day() -> String {
    format!("^(?:{})$", days_of(PAST_YEAR, PAST_LEAP_YEAR))
}

/// The pattern of a day that exists in the calendar, 1800-01-01 to 2199-12-31.
pub fn day() -> String {
    format!("^(?:{})$", day_body())
}

/// The pattern of an interval of days: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or two of them with `/` between; `~` for about.
pub fn interval() -> String {
    let part = format!("(?:{}|{YEAR}-{MONTH}|{YEAR})", day_body());
    format!("^{part}(?:/{part})?~?$")
}

/// The pattern of days of the Solar Hijri years 1200 to 1399 that exist in every year, with the calendar's sign: one of
/// the many texts that a date of birth in a search may be.
pub const SOLAR_HIJRI_DAY: &str = r"^1[23][0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-9]) SH$";
/// The pattern of a document number as written: 1 to 30 Latin letters and digits, with separators anywhere.
pub const DOCUMENT_NUMBER: &str = r"^[ ./<-]*(?:[A-Za-z0-9][ ./<-]*){1,30}$";
/// The pattern of what stands before the counter in a range of document numbers.
pub const NUMBER_PREFIX: &str = "^[A-Z0-9]{0,20}$";
/// The pattern of the counter at an end of a range of document numbers.
pub const COUNTER: &str = "^[0-9]{1,7}$";
/// The pattern of a SHA-256 in lower-case hexadecimal.
pub const HASH: &str = "^[0-9a-f]{64}$";
/// The pattern of a language tag (BCP 47).
pub const LANGUAGE: &str = "^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$";
/// The pattern of a script (ISO 15924).
pub const SCRIPT: &str = "^[A-Za-z]{4}$";
/// The pattern of a stream.
pub const STREAM: &str = concat!(
    r"^barid\.v1/[A-Z][A-Z0-9-]{1,11}/(?:registry|persons|travel-documents|access|objects|links|agreements|orders|restrictions|requests|consents)/",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[1-9][0-9]{0,8}$"
);
/// The pattern of a cursor.
pub const CURSOR: &str = "^[A-Za-z0-9_-]{1,1000}$";
/// The pattern of a position.
pub const POSITION: &str = "^[A-Z][A-Z0-9-]{1,11}\\.[A-Za-z0-9_-]{1,380}$";
/// The pattern of an organisation's code.
pub const ORGANISATION: &str = "^[A-Z][A-Z0-9-]{1,11}$";
/// The pattern of an alarm.
pub const ALARM: &str = "^[0-9a-f]{32}$";
/// An officer or service.
pub const OFFICER: &str = "^[a-z0-9._-]{1,60}$";
/// The name of an account, without that of its entity.
pub const PERSON_NAME: &str = "^[a-z0-9_-]{1,39}$";
/// A national entity.
pub const ENTITY: &str = "^[a-z0-9-]{1,20}$";
/// A code of enrolment.
pub const ENROLMENT_CODE: &str = "^barid_enrol_[A-Za-z0-9_-]{43}$";
/// A code of a device.
pub const DEVICE_CODE: &str = "^[0-9]{6}$";
/// The id of a token.
pub const CREDENTIAL: &str = "^[0-9a-f]{16}$";

const YEAR: &str = "(?:18[0-9]{2}|19[0-9]{2}|200[0-9]|201[0-9]|20[2-9][0-9]|21[0-9]{2})";
/// Leap years from 1800 to 2199: 1800, 1900 and 2100 are none.
const LEAP_YEAR: &str = "(?:(?:18|19|21)(?:0[48]|[2468][048]|[13579][26])|20(?:[02468][048]|[13579][26]))";
const MONTH: &str = "(?:0[1-9]|1[0-2])";

/// Years that may have passed, in this version's time.
const PAST_YEAR: &str = "(?:18[0-9]{2}|19[0-9]{2}|20[0-4][0-9])";
const PAST_LEAP_YEAR: &str = "(?:(?:18|19)(?:0[48]|[2468][048]|[13579][26])|20(?:[024][048]|[13][26]))";

fn day_body() -> String {
    days_of(YEAR, LEAP_YEAR)
}

fn days_of(year: &str, leap_year: &str) -> String {
    format!(
        "(?:{year}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|\
         02-(?:0[1-9]|1[0-9]|2[0-8]))|{leap_year}-02-29)"
    )
}

fn class_item((first, last): (u32, u32)) -> String {
    if first == last { format!("\\u{first:04x}") } else { format!("\\u{first:04x}-\\u{last:04x}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_streams_is_in_the_pattern() {
        use barid_domain::codes::CodeList as _;
        for (_, name) in barid_domain::streams::StreamClass::LISTED {
            let is_there = STREAM.split(['|', ':', ')']).any(|part| part == *name);
            assert!(is_there, "{name}");
        }
    }

    #[test]
    fn the_letters_of_our_users_are_letters() {
        for name in ["Калачев", "حسين", "حسین", "कलाचेव", "মমি", "习", "Đorđe", "გ", "김", "ก", "אב", "ʻ", "𑄌"]
        {
            assert!(holds_other_than(name, NOT_LETTERS), "{name}");
        }
        for not in ["", "123", "-", "+49 30", "\u{202e}", "\u{ad}", "١٢٣", "…", "№ 7".trim_start_matches('№')]
        {
            assert!(!holds_other_than(not, NOT_LETTERS), "{not:?}");
        }
        assert!(holds_other_than("7", NOT_ALPHANUMERIC) && holds_other_than("٧", NOT_ALPHANUMERIC));
        assert!(!holds_other_than("- / …", NOT_ALPHANUMERIC));
    }

    #[test]
    fn no_letter_and_no_number_stands_in_the_tables() {
        let all = |table: &'static [(u32, u32)]| {
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
            table.iter().flat_map(|(first, last)| *first..=*last).filter_map(char::from_u32)
        };
        assert_eq!(all(NOT_LETTERS).find(|character| character.is_alphabetic()), None);
        assert_eq!(all(NOT_ALPHANUMERIC).find(|character| character.is_alphanumeric()), None);
    }
}
