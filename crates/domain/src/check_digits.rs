//! Check digits of identifiers: the arithmetic alone, over bytes.
//!
//! Holds ICAO 7-3-1, which several databases share, that of vehicle identification
//! numbers and that of mobile devices. Which characters of a document a digit
//! covers, and what follows from a wrong one, is left to whoever knows the
//! document (`barid-formats` for machine readable zones).

/// The weights of Doc 9303-3 section 4.9, repeated over the field from the left.
const ICAO_WEIGHTS: [u32; 3] = [7, 3, 1];

/// Computes the check digit (0 to 9) of a machine readable zone field.
///
/// The value of a character is 0 to 9 for a digit, 10 to 35 for `A` to `Z` and
/// 0 for the filler `<`. Returns `None` when the field holds any other byte,
/// lower case included: fold the case before. An empty field gives 0.
/// Source: ICAO Doc 9303-3, section 4.9 and appendix A.
///
/// ```
/// use barid_domain::check_digits::icao_check_digit;
/// assert_eq!(icao_check_digit(b"L898902C3"), Some(6));
/// assert_eq!(icao_check_digit(b"l898902c3"), None);
/// ```
pub fn icao_check_digit(field: &[u8]) -> Option<u8> {
    let mut sum: u32 = 0;
    for (index, byte) in field.iter().enumerate() {
        // The remainder keeps the sum small for fields of any length.
        sum = (sum + icao_value(*byte)? * ICAO_WEIGHTS[index % ICAO_WEIGHTS.len()]) % 10;
    }
    u8::try_from(sum).ok()
}

/// Says whether `printed` is the ICAO check digit of `field`.
///
/// Anything but an ASCII digit is wrong, the filler included: the one field
/// where a filler may stand for zero is for the reader of that document to know.
pub fn icao_check_digit_is_right(field: &[u8], printed: u8) -> bool {
    printed.is_ascii_digit() && icao_check_digit(field) == Some(printed - b'0')
}

/// The weights of 49 CFR 565.15 (c), place by place; the ninth is that of the check digit itself.
const VIN_WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Computes the check character (`0` to `9` or `X`) that belongs into the ninth place of a vehicle identification number.
///
/// `None` unless it has 17 characters of `0` to `9` and `A` to `Z` without `I`, `O` and `Q`. Required in North America and
/// China only; elsewhere the place is the maker's to use. Source: 49 CFR 565.15 (c), GB 16735.
///
/// ```
/// use barid_domain::check_digits::vin_check_character;
/// assert_eq!(vin_check_character(b"1M8GDM9AXKP042788"), Some(b'X'));
/// assert_eq!(vin_check_character(b"1M8GDM9AXKP04278"), None);
/// ```
pub fn vin_check_character(vin: &[u8]) -> Option<u8> {
    if vin.len() != VIN_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (byte, weight) in vin.iter().zip(VIN_WEIGHTS) {
        sum += vin_value(*byte)? * weight;
    }
    Some(match sum % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).ok()?,
    })
}

fn vin_value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'N' => u32::from(byte - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => return None,
    })
}

/// Says whether the last of some ASCII digits is the check digit of the others (ISO/IEC 7812-1 annex B, as mobile devices
/// have it by 3GPP TS 23.003 annex B). Anything but digits is wrong, and so is nothing.
pub fn luhn_is_right(digits: &[u8]) -> bool {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Says whether seven digits are a ship's number: the last is that of the sum of the others, each times its place from the
/// right (IMO Resolution A.1117(30)).
///
/// ```
/// use barid_domain::check_digits::imo_is_right;
/// assert!(imo_is_right(b"9074729") && !imo_is_right(b"9074728"));
/// ```
pub fn imo_is_right(digits: &[u8]) -> bool {
    if digits.len() != 7 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighed =
        digits[..6].iter().zip((2..=7u32).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    weighed.sum::<u32>() % 10 == u32::from(digits[6] - b'0')
}

/// Says whether seven digits are the number of a company that owns or manages ships: the last is 11 less the remainder by 11
/// of the sum of the others, each weighed by its place, and of that the last digit (IMO Resolution MSC.160(78); the scheme
/// is that of the numbers that are published).
///
/// ```
/// use barid_domain::check_digits::imo_company_is_right;
/// assert!(imo_company_is_right(b"5987860") && !imo_company_is_right(b"5987861"));
/// ```
pub fn imo_company_is_right(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 6] = [8, 6, 4, 2, 9, 7];
    if digits.len() != 7 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighed = digits[..6].iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    (11 - weighed.sum::<u32>() % 11) % 10 == u32::from(digits[6] - b'0')
}

/// Says whether a legal entity identifier, in capitals and without spaces, has the right check digits: 18 letters and digits
/// and two digits, of which the remainder by 97 is 1 with letters as 10 to 35 (ISO 17442-1, ISO/IEC 7064).
///
/// ```
/// use barid_domain::check_digits::lei_is_right;
/// assert!(lei_is_right(b"5493001KJTIIGC8Y1R12") && !lei_is_right(b"5493001KJTIIGC8Y1R21"));
/// ```
pub fn lei_is_right(lei: &[u8]) -> bool {
    lei.len() == 20 && lei[18..].iter().all(u8::is_ascii_digit) && remainder_by_97(lei.iter()) == Some(1)
}

/// The remainder by 97 of a number whose letters stand for 10 to 35; `None` for other characters (ISO/IEC 7064).
fn remainder_by_97<'a>(mut characters: impl Iterator<Item = &'a u8>) -> Option<u32> {
    characters.try_fold(0u32, |remainder, byte| match byte {
        b'0'..=b'9' => Some((remainder * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((remainder * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    })
}

/// Says whether an international bank account number, in capitals and without spaces, has the right check digits: the
/// remainder by 97 of its digits is 1, with the first four characters at the end and letters as 10 to 35 (ISO 13616-1,
/// ISO/IEC 7064). Whether the state has accounts of that length is not looked at.
///
/// ```
/// use barid_domain::check_digits::iban_is_right;
/// assert!(iban_is_right(b"GB82WEST12345698765432") && !iban_is_right(b"GB82WEST12345698765423"));
/// ```
pub fn iban_is_right(iban: &[u8]) -> bool {
    let shaped = (15..=34).contains(&iban.len())
        && iban[..2].iter().all(u8::is_ascii_uppercase)
        && iban[2..4].iter().all(u8::is_ascii_digit);
    shaped && remainder_by_97(iban[4..].iter().chain(&iban[..4])) == Some(1)
}

/// Says whether a text is a CAS registry number with its check digit: two to seven digits, two, and the last digit of the
/// sum of the others, each times its place from the right.
///
/// ```
/// use barid_domain::check_digits::cas_is_right;
/// assert!(cas_is_right(b"50-36-2") && cas_is_right(b"148553-50-8"));
/// assert!(!cas_is_right(b"50-36-3") && !cas_is_right(b"50362"));
/// ```
pub fn cas_is_right(number: &[u8]) -> bool {
    let mut parts = number.split(|byte| *byte == b'-');
    let (Some(first), Some(second), Some(check), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let shaped = (2..=7).contains(&first.len()) && second.len() == 2 && check.len() == 1;
    let digits = first.iter().chain(second);
    if !shaped || !digits.clone().chain(check).all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits.rev().zip(1..).map(|(digit, place)| u32::from(digit - b'0') * place).sum();
    sum % 10 == u32::from(check[0] - b'0')
}

fn icao_value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'<' => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples of Doc 9303-3 appendix A and of the specimens.
    #[test]
    fn the_examples_of_the_standard_hold() {
        for (field, digit) in [
            ("AB2134<<<", 5),
            ("520727", 3),
            ("740812", 2),
            ("120415", 9),
            ("D23145890", 7),
            ("L898902C3", 6),
            ("ZE184226B<<<<<", 1),
            ("<<<<<<<<<<<<<<", 0),
            ("", 0),
        ] {
            assert_eq!(icao_check_digit(field.as_bytes()), Some(digit), "{field}");
            assert!(icao_check_digit_is_right(field.as_bytes(), b'0' + digit));
            assert!(!icao_check_digit_is_right(field.as_bytes(), b'0' + (digit + 1) % 10));
        }
    }

    #[test]
    fn vehicles_and_devices_have_their_examples() {
        // 49 CFR 565.15, and numbers that makers and 3GPP publish as examples.
        for vin in ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715", "1HGCM82633A004352"] {
            assert_eq!(vin_check_character(vin.as_bytes()), Some(vin.as_bytes()[8]), "{vin}");
        }
        for none in ["1M8GDM9AXKPO42788", "1M8GDM9AXKP04278", "", "1m8gdm9axkp042788"] {
            assert_eq!(vin_check_character(none.as_bytes()), None, "{none}");
        }
        assert!(luhn_is_right(b"490154203237518") && luhn_is_right(b"352099001761481"));
        for wrong in ["490154203237517", "", "49015420323751X", "490145203237518"] {
            assert!(!luhn_is_right(wrong.as_bytes()), "{wrong}");
        }
        assert!(luhn_is_right(&[b'0'; 1 << 16]));
    }

    /// Numbers of companies as the Security Council's list states them, and identifiers that their owners publish.
    #[test]
    fn companies_have_their_examples() {
        for number in ["5342883", "5571322", "5963351", "5787684", "5676084", "5985863", "5954061", "5434358"]
        {
            assert!(imo_company_is_right(number.as_bytes()), "{number}");
        }
        for wrong in ["5342884", "9074729", "", "534288", "53428833", "534288X"] {
            assert!(!imo_company_is_right(wrong.as_bytes()), "{wrong}");
        }
        for lei in ["5493001KJTIIGC8Y1R12", "213800WAVVOPS85N2205", "7ZW8QJWVPR4P1J1KQY45"] {
            assert!(lei_is_right(lei.as_bytes()), "{lei}");
            for place in 0..lei.len() {
                let mut wrong = lei.as_bytes().to_vec();
                wrong[place] = match wrong[place] {
                    b'7' => b'8',
                    b'0'..=b'9' => b'7',
                    b'Q' => b'R',
                    _ => b'Q',
                };
                assert!(!lei_is_right(&wrong), "{lei} at {place}");
            }
        }
        for none in ["", "5493001KJTIIGC8Y1R1", "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1RXX"] {
            assert!(!lei_is_right(none.as_bytes()), "{none}");
        }
    }

    #[test]
    fn a_foreign_byte_has_no_check_digit() {
        for field in ["ab2134", "AB 134", "ÄB2134", "52-727"] {
            assert_eq!(icao_check_digit(field.as_bytes()), None, "{field}");
        }
        assert!(!icao_check_digit_is_right(b"<<<", b'<'));
    }

    #[test]
    fn every_single_wrong_digit_is_seen() {
        let good = *b"740812";
        for place in 0..good.len() {
            for digit in b'0'..=b'9' {
                let mut bad = good;
                bad[place] = digit;
                let same = digit == good[place];
                // Weights 7, 3 and 1 have no factor in common with 10.
                assert_eq!(icao_check_digit(&bad) == icao_check_digit(&good), same);
            }
        }
    }

    #[test]
    fn a_very_long_field_neither_panics_nor_overflows() {
        assert!(icao_check_digit(&vec![b'Z'; 1 << 20]).is_some());
    }
}
