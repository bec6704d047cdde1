//! What an object is told apart by: numbers as written, what must be true of them, and the forms in which they meet.
//!
//! A number is kept as it was written. Two writings meet where they share a key: letters and digits in capitals, digits of
//! other scripts as digits, and letters that look Latin read as Latin ones, since the same plate is typed in both.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::check_digits::{
    cas_is_right, iban_is_right, imo_company_is_right, imo_is_right, lei_is_right, luhn_is_right,
    vin_check_character,
};
use crate::codes::IdentifierKind;
use crate::countries::CountryCode;
use crate::faults::FaultCode;
use crate::lookalikes::fold_each_lookalike;
use crate::text::is_clean;
use crate::travel_documents::fold_character;

/// The longest identifier as written, in characters.
pub const WRITTEN_CAP: usize = 120;
/// The length of a vehicle identification number (ISO 3779).
const VIN_LENGTH: usize = 17;
/// What tells a device apart of the digits of its number (3GPP TS 23.003).
const IMEI_DIGITS: usize = 14;
/// The state whose plates have a Latin letter beside each Arabic one.
const SAUDI_ARABIA: &str = "SAU";

/// The forms in which a number of one kind is compared: as many as there are ways to type it.
pub fn keys(kind: IdentifierKind, written: &str, country: Option<CountryCode>) -> Vec<String> {
    use IdentifierKind as Kind;
    let mut keys = match kind {
        Kind::Wallet => vec![wallet_key(written)],
        Kind::Plate => plate_keys(&folded(written), country),
        Kind::Phone => vec![phone_key(written)],
        // `A-1/23` is not `A-12/3`.
        Kind::Reference => vec![written.trim().to_uppercase()],
        Kind::Email => vec![email_key(written)],
        Kind::Website => vec![website_key(written)],
        Kind::Imo | Kind::Mmsi | Kind::ImoCompany => {
            vec![folded(written).trim_start_matches(char::is_alphabetic).to_owned()]
        }
        // The last digits of a device are its check digit or its software's version.
        Kind::Imei => vec![folded(written).chars().take(IMEI_DIGITS).collect()],
        Kind::Vin => vec![vin_key(&fold_each_lookalike(&folded(written)))],
        Kind::Iban => {
            let key = fold_each_lookalike(&folded(written));
            vec![key.strip_prefix("IBAN").unwrap_or(&key).to_owned()]
        }
        _ => vec![fold_each_lookalike(&folded(written))],
    };
    keys.retain(|key| !key.is_empty());
    keys.dedup();
    keys
}

/// A vehicle identification number has no `I`, `O` and `Q`: whoever types one means a digit.
fn vin_key(folded: &str) -> String {
    if folded.chars().count() != VIN_LENGTH {
        return folded.to_owned();
    }
    let digit = |c| match c {
        'O' | 'Q' => '0',
        'I' => '1',
        other => other,
    };
    folded.chars().map(digit).collect()
}

/// Country and number without the sign or the zeros in front, and without the zero for calls within the country.
fn phone_key(written: &str) -> String {
    let folded = folded(&written.replace("(0)", ""));
    folded.strip_prefix("00").unwrap_or(&folded).to_owned()
}

/// Plates in the Latin, Cyrillic and Greek scripts meet by the letters that look alike, without marks (`Ü` is typed `U`
/// abroad). Those with Arabic letters meet whichever stands first, digits or letters, and without the state's name.
fn plate_keys(folded: &str, country: Option<CountryCode>) -> Vec<String> {
    let bare: String = folded.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let latin = fold_each_lookalike(&bare);
    let is_arabic = |c: char| matches!(c, '\u{600}'..='\u{6ff}');
    if !latin.contains(is_arabic) {
        return vec![latin];
    }
    let plain: String = latin.chars().map(plain_arabic).collect();
    let plain = plain.replace("ايران", "");
    let (digits, letters): (String, String) = plain.chars().partition(char::is_ascii_digit);
    let mut keys = vec![format!("{digits}{letters}")];
    if country.is_some_and(|country| country.as_str() == SAUDI_ARABIA)
        && let Some(latin) = saudi_latin(&letters)
    {
        // On these plates both stand: whoever reads it types one of them.
        keys.extend([format!("{digits}{latin}"), format!("{latin}{digits}")]);
    }
    keys
}

/// Forms of one Arabic letter that keyboards tell apart.
fn plain_arabic(letter: char) -> char {
    match letter {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' | 'ئ' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        'ؤ' => 'و',
        other => other,
    }
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

/// An address of mail has one case, whichever: the part before the sign might have two by RFC 5321, and nobody gives one out
/// that does.
fn email_key(written: &str) -> String {
    let address = written.trim();
    address.strip_prefix("mailto:").unwrap_or(address).to_lowercase()
}

/// A site without what stands in front of its name and without what follows the last stroke.
fn website_key(written: &str) -> String {
    let address = written.trim().to_lowercase();
    let rest = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/').to_owned()
}

/// The Latin letters that Saudi plates have beside the Arabic ones; `None` where a letter has none.
fn saudi_latin(letters: &str) -> Option<String> {
    let latin = |c: char| {
        Some(match c {
            'ا' => 'A',
            'ب' => 'B',
            'ح' => 'J',
            'د' => 'D',
            'ر' => 'R',
            'س' => 'S',
            'ص' => 'X',
            'ط' => 'T',
            'ع' => 'E',
            'ق' => 'G',
            'ك' => 'K',
            'ل' => 'L',
            'م' => 'Z',
            'ن' => 'N',
            'ه' => 'H',
            'و' => 'U',
            'ي' => 'V',
            _ => return None,
        })
    };
    letters.chars().map(latin).collect()
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
        IdentifierKind::ImoCompany => imo_company_is_right(key.as_bytes()),
        IdentifierKind::Lei => lei_is_right(key.as_bytes()),
        IdentifierKind::Bic if !is_bic(&key) => return Some(FaultCode::BadCharacters),
        IdentifierKind::Email if !is_email(&key) => return Some(FaultCode::BadCharacters),
        IdentifierKind::Website if !is_website(&key) => return Some(FaultCode::BadCharacters),
        IdentifierKind::Imei => {
            let digits = folded(written);
            digits.len() != 15 || luhn_is_right(digits.as_bytes())
        }
        IdentifierKind::Phone if !is_international(written) => return Some(FaultCode::BadCharacters),
        _ => true,
    };
    (!sound).then_some(FaultCode::CheckDigit)
}

/// A number without its country would be anybody's: `8 926 ...` is a call within one.
fn is_international(written: &str) -> bool {
    let written = written.trim_start();
    written.starts_with('+') || written.starts_with("00")
}

/// Four letters of the party, two of its country, two letters or digits of the place, three of the branch or none.
fn is_bic(key: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase());
    matches!(key.len(), 8 | 11) && key.get(..6).is_some_and(letters)
}

/// One sign with something on either side, and a name of a host behind it.
fn is_email(key: &str) -> bool {
    key.split_once('@').is_some_and(|(who, host)| !who.is_empty() && is_host(host))
}

/// The name of a host, with a port and a path or without.
fn is_website(key: &str) -> bool {
    let host = key.split(['/', '?', '#']).next().unwrap_or_default();
    is_host(host.split_once(':').map_or(host, |(host, _)| host))
}

/// Labels of letters, digits and hyphens with a full stop between, in any script (RFC 5890).
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || is_combining_mark(c))
    };
    host.contains('.') && host.split('.').all(label)
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
            IdentifierKind::DocumentNumber | IdentifierKind::Banknote => Self::new(2, 30, any),
            IdentifierKind::Inventory | IdentifierKind::Case => Self::new(1, 60, any),
            IdentifierKind::Iban => Self::new(15, 34, latin),
            IdentifierKind::Account => Self::new(3, 40, any),
            IdentifierKind::Wallet => Self::new(20, 120, |c| c.is_ascii_graphic()),
            IdentifierKind::Phone => Self::new(8, 15, digits),
            IdentifierKind::Imei => Self::new(IMEI_DIGITS, IMEI_DIGITS, digits),
            IdentifierKind::Registration => Self::new(2, 40, any),
            IdentifierKind::Lei => Self::new(20, 20, latin),
            IdentifierKind::Bic => Self::new(8, 11, latin),
            IdentifierKind::ImoCompany => Self::new(7, 7, digits),
            IdentifierKind::Reference => Self::new(1, 60, |c| !c.is_control()),
            IdentifierKind::Email | IdentifierKind::Website => {
                Self::new(4, WRITTEN_CAP, |c| !c.is_whitespace())
            }
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
        assert_eq!(both, ["1234درس", "1234DRS", "DRS1234"]);
        assert_eq!(keys(IdentifierKind::Plate, "1234 DRS", saudi), ["1234DRS"]);
        assert_eq!(plate("د ر س ١٢٣٤"), plate("1234 درس"), "letters first");
        assert_eq!(plate("12 ب 345 ایران 67"), plate("۱۲ب۳۴۵ ۶۷"), "without the name of the state");
        assert_eq!(plate("ي 12"), plate("ی 12"), "of whichever keyboard");
        assert_eq!(plate("Я 1234 МО"), plate("Я 1234 MO"), "one letter that is its own");
        assert_eq!(plate("WÜ-AB 123"), plate("WU AB 123"));
    }

    #[test]
    fn usual_writings_of_one_number_meet() {
        use IdentifierKind::*;
        for (kind, one, other) in [
            (Vin, "WVWZZZ1JZ3W386750", "wvw zzz iJZ 3W38675O"),
            (Imei, "49-015420-323751-8", "4901542032375180"),
            (Imei, "49015420323751", "490154203237518"),
            (Imo, "ІМО 9074729", "9074729"),
            (Imo, "ИМО № 9074729", "IMO No. 9074729"),
            (Iban, "IBAN DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
            (Phone, "+49 (0)30 1234567", "0049 30 1234567"),
            (DocumentNumber, "IV-АГ 654321", "IV АГ 654321"),
            (ImoCompany, "IMO 5987860", "5987860"),
            (Bic, "DCBK KP PY", "dcbkkppy"),
            (Email, "Sales@Проба.Example", "mailto:sales@проба.example"),
            (Website, "https://www.Example.org/", "example.org"),
            (Reference, "QDe.004", " qdE.004"),
        ] {
            assert_eq!(key(kind, one), key(kind, other), "{kind}");
        }
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
            (Lei, "5493001KJTIIGC8Y1R12"),
            (Bic, "DCBKKPPY"),
            (Bic, "DEUTDEFF500"),
            (ImoCompany, "IMO 5987860"),
            (Email, "mhs-ip@star-co.net.kp"),
            (Website, "http://नमूना.example/काम?a=1"),
            (Website, "example.org:8443"),
            (Registration, "৪৭১১-ক"),
        ] {
            assert_eq!(fault(kind, written), None, "{kind} {written}");
        }
        for (kind, written, code) in [
            (Vin, "1M8GDM9A1KP042788", FaultCode::CheckDigit),
            (Vin, "LVSHCAMB2CE054249", FaultCode::CheckDigit),
            (Vin, "WVWZZZ1JZ3W38675Ü", FaultCode::BadCharacters),
            (Phone, "8 926 123 45 67", FaultCode::BadCharacters),
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
            (Lei, "5493001KJTIIGC8Y1R21", FaultCode::CheckDigit),
            (Lei, "5493001KJTIIGC8Y1R1", FaultCode::BadCharacters),
            (ImoCompany, "5987861", FaultCode::CheckDigit),
            (Bic, "DCBK1PPY", FaultCode::BadCharacters),
            (Bic, "DCBKKPPY1", FaultCode::BadCharacters),
            (Email, "mhs-ip at star-co.net.kp", FaultCode::BadCharacters),
            (Email, "@star-co.net.kp", FaultCode::BadCharacters),
            (Website, "example", FaultCode::BadCharacters),
            (Website, "..example.org", FaultCode::BadCharacters),
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
