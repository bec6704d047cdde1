//! What an object is told apart by: numbers as written, what must be true of them, and the forms in which they meet.
//!
//! A number is kept as it was written. Two writings meet where they share a key: letters and digits in capitals, digits of
//! other scripts as digits, and letters that look Latin read as Latin ones, since the same plate is typed in both.

use crate::check_digits::{cas_is_right, iban_is_right, imo_is_right, luhn_is_right, vin_check_character};
use crate::codes::IdentifierKind;
use crate::countries::CountryCode;
use crate::faults::FaultCode;
use crate::lookalikes::fold_lookalikes;
use crate::text::is_clean;
use crate::travel_documents::{DocumentNumber, fold_character};

/// The longest identifier as written, in characters.
pub const WRITTEN_CAP: usize = 120;
/// The length of a vehicle identification number (ISO 3779).
const VIN_LENGTH: usize = 17;
/// The state whose plates have a Latin letter beside each Arabic one.
const SAUDI_ARABIA: &str = "SAU";

/// Is the form in which numbers of one kind are compared: as many as there are ways to type it.
pub fn keys(kind: IdentifierKind, written: &str, country: Option<CountryCode>) -> Vec<String> {
    if kind == IdentifierKind::Wallet {
        return vec![wallet_key(written)];
    }
    let folded = folded(written);
    let body = match kind {
        IdentifierKind::Imo => folded.strip_prefix("IMO").unwrap_or(&folded).to_owned(),
        IdentifierKind::Phone => folded.strip_prefix("00").unwrap_or(&folded).to_owned(),
        _ => folded,
    };
    let latin = fold_lookalikes(&body).unwrap_or_else(|| body.clone());
    let mut keys = vec![latin];
    if kind == IdentifierKind::Plate && country.is_some_and(|country| country.as_str() == SAUDI_ARABIA) {
        // On these plates both stand: whoever reads it types one of them.
        keys.extend(saudi_latin(&body));
    }
    keys.retain(|key| !key.is_empty());
    keys.dedup();
    keys
}

/// Letters and digits in capitals; digits of other scripts as digits.
fn folded(written: &str) -> String {
    let folded = |c: char| fold_character(c).flatten().unwrap_or(c);
    // Capitals of some letters are several characters, marks among them.
    let capitals = written.chars().map(folded).flat_map(char::to_uppercase);
    capitals.filter(|c| c.is_alphanumeric()).collect()
}

/// Addresses in hexadecimal or Bech32 have one case, whichever; in Base58 the case tells letters apart.
fn wallet_key(written: &str) -> String {
    let written = written.trim();
    let hexadecimal =
        written.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let bech32 = ["bc1", "tb1", "ltc1", "addr1"].iter().any(|prefix| {
        written.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && (written.chars().all(|c| !c.is_uppercase()) || written.chars().all(|c| !c.is_lowercase()))
    });
    if hexadecimal || bech32 { written.to_ascii_lowercase() } else { written.to_owned() }
}

/// The Latin letters that Saudi plates have beside the Arabic ones; `None` where a letter has none.
fn saudi_latin(folded: &str) -> Option<String> {
    let latin = |c: char| {
        Some(match c {
            'ا' | 'أ' => 'A',
            'ب' => 'B',
            'ح' => 'J',
            'د' => 'D',
            'ر' => 'R',
            'س' => 'S',
            'ص' => 'X',
            'ط' => 'T',
            'ع' => 'E',
            'ق' => 'G',
            'ك' | 'ک' => 'K',
            'ل' => 'L',
            'م' => 'Z',
            'ن' => 'N',
            'ه' | 'ة' => 'H',
            'و' => 'U',
            'ى' | 'ي' | 'ی' => 'V',
            c if c.is_ascii() => c,
            _ => return None,
        })
    };
    if folded.is_ascii() { None } else { folded.chars().map(latin).collect() }
}

/// The most letters and digits that a number of a kind has.
pub fn longest_key(kind: IdentifierKind) -> usize {
    Shape::of(kind).longest
}

/// What is wrong with a number of some kind as written, if anything.
///
/// A check digit is required only where the standard requires it: of vehicle identification numbers those of makers in
/// North America and China (49 CFR 565.15, GB 16735), never of European ones.
pub fn fault(kind: IdentifierKind, written: &str) -> Option<FaultCode> {
    if written.chars().count() > WRITTEN_CAP {
        return Some(FaultCode::TooLong);
    }
    if !is_clean(written, WRITTEN_CAP) {
        return Some(if written.trim().is_empty() { FaultCode::Missing } else { FaultCode::NotClean });
    }
    let key = keys(kind, written, None).into_iter().next();
    let Some(key) = key else { return Some(FaultCode::BadCharacters) };
    let shape = Shape::of(kind);
    let length = key.chars().count();
    if length > shape.longest {
        return Some(FaultCode::TooLong);
    }
    if length < shape.shortest || !key.chars().all(shape.allows) {
        return Some(FaultCode::BadCharacters);
    }
    let sound = match kind {
        IdentifierKind::Vin if key.len() == VIN_LENGTH => return vin_fault(&key),
        IdentifierKind::Imo => imo_is_right(key.as_bytes()),
        IdentifierKind::Iban => iban_is_right(key.as_bytes()),
        IdentifierKind::Imei if key.len() == 15 => luhn_is_right(key.as_bytes()),
        IdentifierKind::DocumentNumber | IdentifierKind::Banknote => {
            return DocumentNumber::new(&key).is_err().then_some(FaultCode::BadCharacters);
        }
        _ => true,
    };
    (!sound).then_some(FaultCode::CheckDigit)
}

fn vin_fault(key: &str) -> Option<FaultCode> {
    let Some(check) = vin_check_character(key.as_bytes()) else { return Some(FaultCode::BadCharacters) };
    let is_required = matches!(key.as_bytes()[0], b'1'..=b'5' | b'L');
    (is_required && key.as_bytes()[8] != check).then_some(FaultCode::CheckDigit)
}

/// Says whether a text is a CAS registry number with its check digit: `50-36-2`.
pub fn is_cas_number(written: &str) -> bool {
    cas_is_right(written.as_bytes())
}

/// Is what the key of a number of one kind may look like.
struct Shape {
    shortest: usize,
    longest: usize,
    allows: fn(char) -> bool,
}

impl Shape {
    const fn new(shortest: usize, longest: usize, allows: fn(char) -> bool) -> Self {
        Self { shortest, longest, allows }
    }

    fn of(kind: IdentifierKind) -> Self {
        let any: fn(char) -> bool = char::is_alphanumeric;
        let latin: fn(char) -> bool = |c| c.is_ascii_alphanumeric();
        let digits: fn(char) -> bool = |c| c.is_ascii_digit();
        match kind {
            // Before 1981 makers numbered as they liked.
            IdentifierKind::Vin => Self::new(3, 20, latin),
            IdentifierKind::Plate => Self::new(2, 15, any),
            IdentifierKind::Engine | IdentifierKind::Serial => Self::new(2, 40, any),
            IdentifierKind::Imo => Self::new(7, 7, digits),
            IdentifierKind::Hin => Self::new(11, 15, latin),
            IdentifierKind::Mmsi => Self::new(9, 9, digits),
            IdentifierKind::CallSign => Self::new(3, 10, latin),
            IdentifierKind::VesselName => Self::new(1, 60, any),
            IdentifierKind::AircraftMark => Self::new(2, 10, latin),
            IdentifierKind::AircraftAddress => Self::new(6, 6, |c| c.is_ascii_hexdigit()),
            IdentifierKind::DocumentNumber | IdentifierKind::Banknote => Self::new(2, 30, latin),
            IdentifierKind::Inventory | IdentifierKind::Case => Self::new(1, 60, any),
            IdentifierKind::Iban => Self::new(15, 34, latin),
            IdentifierKind::Account => Self::new(3, 40, any),
            IdentifierKind::Wallet => Self::new(20, 120, |c| c.is_ascii_graphic()),
            IdentifierKind::Phone => Self::new(8, 15, digits),
            IdentifierKind::Imei => Self::new(14, 16, digits),
            IdentifierKind::Unlisted(_) => Self::new(1, 0, any),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: IdentifierKind, written: &str) -> String {
        keys(kind, written, None).remove(0)
    }

    #[test]
    fn plates_meet_across_scripts() {
        let plate = |written| key(IdentifierKind::Plate, written);
        assert_eq!(plate("А 123 ВС 77"), plate("a123bc77"));
        assert_eq!(plate("ΥΖΑ-4321"), plate("YZA 4321"));
        assert_eq!(plate("١٢٣٤ د ر س"), plate("1234 درس"));
        assert_eq!(plate("۱۲ ب ۳۴۵ ایران ۶۷"), plate("12 ب 345 ایران 67"));
        assert_ne!(plate("Ж123ЯЮ"), plate("K123RU"));
        let saudi = CountryCode::new("SAU").ok();
        let both = keys(IdentifierKind::Plate, "١٢٣٤ د ر س", saudi);
        assert_eq!(both, ["1234درس", "1234DRS"]);
        assert_eq!(keys(IdentifierKind::Plate, "1234 DRS", saudi), ["1234DRS"]);
    }

    #[test]
    fn check_digits_bind_where_the_standard_says_so() {
        use IdentifierKind::*;
        for (kind, written) in [
            (Vin, "1M8GDM9AXKP042788"),
            (Vin, "WVWZZZ1JZ3W386752"),
            (Vin, "VF1 BB05CF 26010203"),
            (Vin, "ХТА210990Х1234567"),
            (Vin, "XTA210990X1234567"),
            (Vin, "105-4711"),
            (Imo, "IMO 9074729"),
            (Iban, "DE89 3704 0044 0532 0130 00"),
            (Iban, "gb82west12345698765432"),
            (Imei, "49-015420-323751-8"),
            (Imei, "4901542032375180"),
            (Mmsi, "636014932"),
            (AircraftAddress, "3c6ef1"),
            (Wallet, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
            (Phone, "+992 37 221 00 00"),
            (Serial, "АК-74 № 123456"),
        ] {
            assert_eq!(fault(kind, written), None, "{kind} {written}");
        }
        for (kind, written, code) in [
            (Vin, "1M8GDM9A1KP042788", FaultCode::CheckDigit),
            (Vin, "LVSHCAMB2CE054249", FaultCode::CheckDigit),
            (Vin, "WVWZZZ1JZ3W38675O", FaultCode::BadCharacters),
            (Vin, "ШВВЗЗЗ", FaultCode::BadCharacters),
            (Imo, "9074728", FaultCode::CheckDigit),
            (Imo, "907472", FaultCode::BadCharacters),
            (Iban, "DE88370400440532013000", FaultCode::CheckDigit),
            (Imei, "490154203237517", FaultCode::CheckDigit),
            (Wallet, "short", FaultCode::BadCharacters),
            (Plate, "--", FaultCode::BadCharacters),
            (Plate, "", FaultCode::Missing),
            (Plate, "A1\u{202e}", FaultCode::NotClean),
            (Phone, "221000", FaultCode::BadCharacters),
        ] {
            assert_eq!(fault(kind, written), Some(code), "{kind} {written}");
        }
        assert_eq!(fault(Serial, &"7".repeat(121)), Some(FaultCode::TooLong));
        assert_eq!(fault(Serial, &"7".repeat(41)), Some(FaultCode::TooLong));
    }

    #[test]
    fn wallets_keep_the_case_that_tells_letters_apart() {
        let wallet = |written| key(IdentifierKind::Wallet, written);
        assert_eq!(
            wallet("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
            wallet("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
        );
        assert_eq!(
            wallet("0xDE0B295669a9FD93d5F28D9Ec85E40f4cb697BAe"),
            wallet("0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae")
        );
        assert_ne!(
            wallet("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
            wallet("1bvbmseystwetqtfn5au4m4gfg7xjanvn2")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_keys_that_are_their_own_keys(text in "\\PC{0,40}", kind in 1u16..=20) {
            use crate::codes::CodeList;
            let kind = IdentifierKind::from_number(kind);
            let _ = fault(kind, &text);
            for key in keys(kind, &text, None) {
                proptest::prop_assert_eq!(keys(kind, &key, None), vec![key.clone()]);
            }
        }
    }
}
