//! What a text may hold, as tables and as the patterns of the API's description.
//!
//! The patterns say exactly what the server accepts, so that a client can check before it sends. They use `\uXXXX`
//! and plain classes only, because the engines behind code generators know no Unicode properties.

/// Ranges of code points that hold the letters of every script (Unicode `Alphabetic`), gaps of up to 16 filled.
///
/// A name must hold one of these. What fills the gaps (a digit among the Thai letters, an unassigned place) passes
/// here and is named `not-a-name` by the record's own check.
#[rustfmt::skip]
pub const LETTERS: &[(u32, u32)] = &[
    (0x41, 0x5a), (0x61, 0x7a), (0xaa, 0xac), (0xae, 0x2ee), (0x345, 0x345), (0x363, 0x588), (0x5b0, 0x5f2),
    (0x610, 0x61b), (0x61d, 0x7b1), (0x7ca, 0x82c), (0x840, 0xa5e), (0xa70, 0xae3), (0xaf9, 0xbd7),
    (0xc00, 0xc63), (0xc80, 0xd63), (0xd7a, 0xddf), (0xdf2, 0xe4d), (0xe81, 0xedf), (0xf00, 0xf00),
    (0xf40, 0xfbc), (0x1000, 0x135a), (0x1380, 0x167f), (0x1681, 0x17dc), (0x1820, 0x1938),
    (0x1950, 0x19c9), (0x1a00, 0x1a74), (0x1aa7, 0x1aa7), (0x1abf, 0x1ace), (0x1b00, 0x1b4c),
    (0x1b80, 0x1c36), (0x1c4d, 0x1cbf), (0x1ce9, 0x1dbf), (0x1dd3, 0x1ffc), (0x2071, 0x209c),
    (0x2102, 0x214e), (0x2160, 0x2188), (0x24b6, 0x24e9), (0x2c00, 0x2dff), (0x2e2f, 0x2e2f),
    (0x3005, 0x3007), (0x3021, 0x318e), (0x31a0, 0x31bf), (0x31f0, 0x31ff), (0x3400, 0x4dbf),
    (0x4e00, 0xa48c), (0xa4d0, 0xa62b), (0xa640, 0xa6ef), (0xa717, 0xa7dc), (0xa7f1, 0xa827),
    (0xa840, 0xa8c5), (0xa8f2, 0xaa4d), (0xaa60, 0xaac2), (0xaadb, 0xabea), (0xac00, 0xd7fb),
    (0xf900, 0xfad9), (0xfb00, 0xfbb1), (0xfbd3, 0xfd3d), (0xfd50, 0xfdc7), (0xfdf0, 0xfdfb),
    (0xfe70, 0xfefc), (0xff21, 0xffdc), (0x10000, 0x1005d), (0x10080, 0x100fa), (0x10140, 0x10174),
    (0x10280, 0x102d0), (0x10300, 0x103d5), (0x10400, 0x1049d), (0x104b0, 0x10767), (0x10780, 0x107ba),
    (0x10800, 0x1089e), (0x108e0, 0x10959), (0x10980, 0x109bf), (0x10a00, 0x10a35), (0x10a60, 0x10a9c),
    (0x10ac0, 0x10ae4), (0x10b00, 0x10b91), (0x10c00, 0x10c48), (0x10c80, 0x10d27), (0x10d4a, 0x10d85),
    (0x10e80, 0x10ec7), (0x10efa, 0x10f45), (0x10f70, 0x10f81), (0x10fb0, 0x10fc4), (0x10fe0, 0x11045),
    (0x11071, 0x110e8), (0x11100, 0x11132), (0x11144, 0x111dc), (0x11200, 0x11241), (0x11280, 0x112e8),
    (0x11300, 0x11363), (0x11380, 0x113d3), (0x11400, 0x1144a), (0x1145f, 0x11461), (0x11480, 0x114c7),
    (0x11580, 0x115be), (0x115d8, 0x115dd), (0x11600, 0x11644), (0x11680, 0x116b8), (0x11700, 0x1172a),
    (0x11740, 0x11746), (0x11800, 0x11838), (0x118a0, 0x118df), (0x118ff, 0x11942), (0x119a0, 0x119e4),
    (0x11a00, 0x11a3e), (0x11a50, 0x11a9d), (0x11ab0, 0x11af8), (0x11b60, 0x11b67), (0x11bc0, 0x11be0),
    (0x11c00, 0x11c40), (0x11c72, 0x11cb6), (0x11d00, 0x11d47), (0x11d60, 0x11d98), (0x11db0, 0x11ddb),
    (0x11ee0, 0x11f40), (0x11fb0, 0x11fb0), (0x12000, 0x12399), (0x12400, 0x1246e), (0x12480, 0x12543),
    (0x12f90, 0x1342f), (0x13441, 0x13446), (0x13460, 0x14646), (0x16100, 0x1612e), (0x16800, 0x16a5e),
    (0x16a70, 0x16abe), (0x16ad0, 0x16aed), (0x16b00, 0x16b43), (0x16b63, 0x16b8f), (0x16d40, 0x16d6c),
    (0x16e40, 0x16e7f), (0x16ea0, 0x16ed3), (0x16f00, 0x16f9f), (0x16fe0, 0x18cd5), (0x18cff, 0x18d1e),
    (0x18d80, 0x18df2), (0x1aff0, 0x1b132), (0x1b150, 0x1b2fb), (0x1bc00, 0x1bc9e), (0x1d400, 0x1d7cb),
    (0x1df00, 0x1df2a), (0x1e000, 0x1e06d), (0x1e08f, 0x1e08f), (0x1e100, 0x1e14e), (0x1e290, 0x1e2ad),
    (0x1e2c0, 0x1e2eb), (0x1e4d0, 0x1e4eb), (0x1e5d0, 0x1e5f0), (0x1e6c0, 0x1e6ff), (0x1e7e0, 0x1e8c4),
    (0x1e900, 0x1e94b), (0x1ee00, 0x1eebb), (0x1f130, 0x1f189), (0x20000, 0x2a6df), (0x2a700, 0x2ee5d),
    (0x2f800, 0x2fa1d), (0x30000, 0x33479),
];

/// Digits that are read as digits wherever a number is expected: ASCII, Arabic, Persian, Devanagari, Bengali, full width.
pub const DIGITS: &[(u32, u32)] =
    &[(0x30, 0x39), (0x660, 0x669), (0x6f0, 0x6f9), (0x966, 0x96f), (0x9e6, 0x9ef), (0xff10, 0xff19)];

/// Controls and noncharacters that no text may hold, as the inside of a class.
const REFUSED: &str = r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufdd0-\ufdef\ufffe\uffff";
/// White space and invisible characters that cleaning takes out, as the inside of a class.
const VANISHING: &str = concat!(
    r"\u0009-\u000d\u0020\u0085\u00a0\u00ad\u061c\u1680\u2000-\u200a\u200e\u200f\u2028-\u202f\u205f\u2066-\u2069",
    r"\u3000\ufeff"
);

/// Tells whether a text holds a character of a table.
pub fn holds(text: &str, tables: &[&[(u32, u32)]]) -> bool {
    text.chars().any(|character| {
        let code = character as u32;
        tables.iter().any(|table| table.iter().any(|(first, last)| (*first..=*last).contains(&code)))
    })
}

/// The pattern of a text of which something remains after cleaning.
pub fn text() -> String {
    format!("^[^{REFUSED}]*[^{REFUSED}{VANISHING}][^{REFUSED}]*$")
}

/// The pattern of a text that holds a character of the tables.
pub fn text_with(tables: &[&[(u32, u32)]]) -> String {
    let class: String =
        tables.iter().flat_map(|table| table.iter()).map(|range| class_item(*range)).collect();
    format!("^[^{REFUSED}]*[{class}][^{REFUSED}]*$")
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
    r"^barid\.v1/[A-Z][A-Z0-9-]{1,11}/(?:registry|persons|travel-documents|access)/",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[1-9][0-9]{0,8}$"
);
/// The pattern of a cursor.
pub const CURSOR: &str = "^[A-Za-z0-9_-]{1,1000}$";
/// The pattern of an organisation's code.
pub const ORGANISATION: &str = "^[A-Z][A-Z0-9-]{1,11}$";

const YEAR: &str = "(?:18[0-9]{2}|19[0-9]{2}|200[0-9]|201[0-9]|20[2-9][0-9]|21[0-9]{2})";
/// Leap years from 1800 to 2199: 1800, 1900 and 2100 are none.
const LEAP_YEAR: &str = "(?:(?:18|19|21)(?:0[48]|[2468][048]|[13579][26])|20(?:[02468][048]|[13579][26]))";
const MONTH: &str = "(?:0[1-9]|1[0-2])";

fn day_body() -> String {
    format!(
        "(?:{YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|\
         02-(?:0[1-9]|1[0-9]|2[0-8]))|{LEAP_YEAR}-02-29)"
    )
}

fn class_item((first, last): (u32, u32)) -> String {
    let show = |code: u32| match char::from_u32(code) {
        Some(astral) if code > 0xffff => astral.to_string(),
        Some(plain) if plain.is_ascii_alphanumeric() => plain.to_string(),
        _ => format!("\\u{code:04x}"),
    };
    if first == last { show(first) } else { format!("{}-{}", show(first), show(last)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use barid_domain::dates::{DateInterval, Day};

    #[test]
    fn the_letters_of_our_users_are_letters() {
        for name in ["Калачев", "حسين", "حسین", "कलाचेव", "মমি", "习", "Đorđe", "გ", "김", "ก", "אב", "ʻ"]
        {
            assert!(holds(name, &[LETTERS]), "{name}");
        }
        for not in ["", "123", "-", "+49 30", "\u{202e}", "\u{ad}", "😀"] {
            assert!(!holds(not, &[LETTERS]), "{not:?}");
        }
    }

    #[test]
    fn the_table_of_letters_is_sorted_and_nearly_exact() {
        assert!(LETTERS.windows(2).all(|pair| pair[0].1 < pair[1].0));
        let listed: u32 = LETTERS.iter().map(|(first, last)| last - first + 1).sum();
        let letters = LETTERS
            .iter()
            .flat_map(|(first, last)| *first..=*last)
            .filter_map(char::from_u32)
            .filter(|character| character.is_alphabetic())
            .count();
        assert!(letters as f64 / f64::from(listed) > 0.97);
    }

    #[test]
    fn leap_days_in_the_pattern_are_those_of_the_calendar() {
        let two = |text: &str, alternatives: &[&str]| alternatives.iter().any(|a| *a == text);
        for year in 1800..=2199 {
            let text = format!("{year}");
            let (century, rest) = text.split_at(2);
            let by_four = rest.parse::<u32>().unwrap() % 4 == 0 && (rest != "00" || two(century, &["20"]));
            assert_eq!(Day::new(year, 2, 29).is_ok(), by_four, "{year}");
        }
        assert!("2000/1999".parse::<DateInterval>().is_err());
    }
}
