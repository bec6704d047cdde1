//! Travel documents that were stolen, lost, invalidated or revoked: single numbers and ranges of blanks.
//!
//! A document record never names its holder. Only the issuing country may enter it: others have no way to know.

use minicbor::{Decode, Encode};

use crate::codes::{DocumentType, FraudType, RevocationReason};
use crate::countries::CountryCode;
use crate::dates::Day;
use crate::faults::{FaultCode, Faults};
use crate::terms::listed;

/// Is what its issuer states about a travel document, or about a range of them.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct TravelDocument {
    /// The number, or the first number of a range.
    #[n(0)]
    pub number: DocumentNumber,
    /// The last number of a range, included; `None` for a single document.
    #[n(1)]
    pub range_end: Option<DocumentNumber>,
    /// The issuing country.
    #[n(2)]
    pub issuing_country: CountryCode,
    /// The type.
    #[n(3)]
    pub document_type: DocumentType,
    /// What befell it.
    #[n(4)]
    pub fraud_type: FraudType,
    /// Why it was invalidated or revoked; mandatory there, absent elsewhere.
    #[n(5)]
    pub reason: Option<RevocationReason>,
    /// The day of the theft, loss or decision.
    #[n(6)]
    pub reported_on: Option<Day>,
}

/// Is a document number, folded for comparison: 1 to 30 of `A-Z 0-9`.
///
/// Separators (spaces, hyphens, dots, slashes, `<`) and case are folded away, full-width forms are narrowed. Letters
/// that only look alike are *not* folded together here: that is for the search to offer, not for the record to claim.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode)]
#[cbor(transparent)]
pub struct DocumentNumber(#[n(0)] String);

/// The longest document number, in characters after folding.
pub const NUMBER_CAP: usize = 30;
/// The most documents in one range.
pub const RANGE_CAP: u64 = 10_000_000;

/// Why a text is no document number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing is left after folding.
    #[error("empty")]
    Empty,
    /// Longer than [`NUMBER_CAP`] after folding, or hopelessly long before.
    #[error("longer than {NUMBER_CAP} characters")]
    TooLong,
    /// Holds a character that is neither a Latin letter, a digit nor a separator.
    #[error("holds a character that is neither a Latin letter nor a digit")]
    BadCharacter,
}

impl DocumentNumber {
    /// Folds a number as written into the form that is compared.
    pub fn new(text: &str) -> Result<Self, NumberError> {
        if text.len() > 20 * NUMBER_CAP {
            return Err(NumberError::TooLong);
        }
        let mut folded = String::new();
        for character in text.chars() {
            match fold_character(character) {
                Some(Some(kept)) => folded.push(kept),
                Some(None) => {}
                None => return Err(NumberError::BadCharacter),
            }
        }
        match folded.len() {
            0 => Err(NumberError::Empty),
            1..=NUMBER_CAP => Ok(Self(folded)),
            _ => Err(NumberError::TooLong),
        }
    }

    /// Shows the folded number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Splits into the prefix and the trailing digits (at most 18) that a range counts through.
    pub fn split_counter(&self) -> (&str, &str) {
        let digits = self.0.bytes().rev().take_while(u8::is_ascii_digit).count().min(18);
        self.0.split_at(self.0.len() - digits)
    }
}

impl<'b, C> Decode<'b, C> for DocumentNumber {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = d.str()?;
        match DocumentNumber::new(text) {
            Ok(number) if number.0 == text => Ok(number),
            Ok(_) | Err(_) => Err(minicbor::decode::Error::message("document number")),
        }
    }
}

impl std::fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Folds one character of a document number as written: `Some(Some(c))` is kept as `c`, `Some(None)` is a separator or
/// invisible and dropped, `None` is of no document number. Digits of other scripts are read as digits.
pub fn fold_character(character: char) -> Option<Option<char>> {
    match character {
        'A'..='Z' | '0'..='9' => Some(Some(character)),
        'a'..='z' => Some(Some(character.to_ascii_uppercase())),
        ' ' | '-' | '.' | '/' | '<' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Some(None),
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            Some(None)
        }
        '\u{ff21}'..='\u{ff3a}' => offset(character, 0xff21, b'A'),
        '\u{ff41}'..='\u{ff5a}' => offset(character, 0xff41, b'A'),
        '\u{ff10}'..='\u{ff19}' => offset(character, 0xff10, b'0'),
        '\u{660}'..='\u{669}' => offset(character, 0x660, b'0'),
        '\u{6f0}'..='\u{6f9}' => offset(character, 0x6f0, b'0'),
        '\u{966}'..='\u{96f}' => offset(character, 0x966, b'0'),
        '\u{9e6}'..='\u{9ef}' => offset(character, 0x9e6, b'0'),
        _ => None,
    }
}

fn offset(character: char, from: u32, to: u8) -> Option<Option<char>> {
    // The callers' ranges are at most 26 wide.
    Some(Some((to + (character as u32 - from) as u8) as char))
}

/// Is the numbers from a first to a last, both included, that share a prefix and a width.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NumberRange {
    /// What stands before the counter.
    pub prefix: String,
    /// How many digits the counter has, leading zeros included.
    pub width: usize,
    /// The first counter.
    pub first: u64,
    /// The last counter, included.
    pub last: u64,
}

impl NumberRange {
    /// Makes a range of two numbers; `None` unless they share prefix and width and count upwards within the cap.
    pub fn new(first: &DocumentNumber, last: &DocumentNumber) -> Option<Self> {
        let ((prefix, low), (last_prefix, high)) = (first.split_counter(), last.split_counter());
        if prefix != last_prefix || low.len() != high.len() || low.is_empty() {
            return None;
        }
        let (low_count, high_count) = (low.parse::<u64>().ok()?, high.parse::<u64>().ok()?);
        let fits = high_count >= low_count && high_count - low_count < RANGE_CAP;
        fits.then(|| Self { prefix: prefix.to_owned(), width: low.len(), first: low_count, last: high_count })
    }

    /// Tells whether a number lies in the range.
    pub fn contains(&self, number: &DocumentNumber) -> bool {
        let Some(counter) = number.as_str().strip_prefix(self.prefix.as_str()) else { return false };
        counter.len() == self.width
            && counter.bytes().all(|b| b.is_ascii_digit())
            && counter.parse::<u64>().is_ok_and(|n| (self.first..=self.last).contains(&n))
    }
}

impl TravelDocument {
    /// Checks a document entered on `today` by an organisation of `entering_country`, and names every fault.
    pub fn check(&self, today: Day, entering_country: Option<CountryCode>, faults: &mut Faults) {
        faults.require(listed(self.document_type), "document_type", FaultCode::UnknownCode);
        faults.require(listed(self.fraud_type), "fraud_type", FaultCode::UnknownCode);
        faults.require(!self.issuing_country.is_specimen(), "issuing_country", FaultCode::Impossible);
        faults.require(
            entering_country == Some(self.issuing_country),
            "issuing_country",
            FaultCode::NotEntitled,
        );
        let needs_reason = matches!(self.fraud_type, FraudType::Invalid | FraudType::Revoked);
        match (needs_reason, self.reason) {
            (true, None) => faults.add("reason", FaultCode::Missing),
            (false, Some(_)) => faults.add("reason", FaultCode::Contradiction),
            (true, Some(reason)) => faults.require(listed(reason), "reason", FaultCode::UnknownCode),
            (false, None) => {}
        }
        if let Some(end) = &self.range_end {
            let sound = NumberRange::new(&self.number, end).is_some();
            faults.require(sound, "range_end", FaultCode::Impossible);
            faults.require(self.fraud_type != FraudType::Lost, "range_end", FaultCode::Contradiction);
        }
        let in_future = self.reported_on.is_some_and(|day| day > today);
        faults.require(!in_future, "reported_on", FaultCode::InFuture);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> DocumentNumber {
        DocumentNumber::new(text).unwrap()
    }

    #[test]
    fn writings_of_one_number_fold_together() {
        for text in [
            "AB 123-456",
            "ab123456",
            "ＡＢ１２３４５６",
            "AB١٢٣٤٥٦",
            "AB१२३४५६",
            "\u{202a}AB123456\u{202c}",
            "AB<123456<",
        ] {
            assert_eq!(number(text).as_str(), "AB123456", "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!(DocumentNumber::new(" - "), Err(NumberError::Empty));
        assert_eq!(
            DocumentNumber::new("АВ123"),
            Err(NumberError::BadCharacter),
            "Cyrillic letters that look Latin"
        );
        assert_eq!(DocumentNumber::new("A\0B"), Err(NumberError::BadCharacter));
        assert!(DocumentNumber::new(&"9".repeat(NUMBER_CAP)).is_ok());
        assert_eq!(DocumentNumber::new(&"9".repeat(NUMBER_CAP + 1)), Err(NumberError::TooLong));
    }

    #[test]
    fn ranges_count_through_their_digits_and_keep_leading_zeros() {
        let range = NumberRange::new(&number("C0099"), &number("C0105")).unwrap();
        assert!(
            range.contains(&number("C0100"))
                && range.contains(&number("C0099"))
                && range.contains(&number("C0105"))
        );
        for outside in ["C0098", "C0106", "C100", "D0100", "C00100", "C01O0"] {
            assert!(!range.contains(&number(outside)), "{outside}");
        }
        assert_eq!(NumberRange::new(&number("C0105"), &number("C0099")), None);
        assert_eq!(NumberRange::new(&number("C01"), &number("D02")), None);
        assert_eq!(NumberRange::new(&number("C00000000"), &number("C10000000")), None, "over the cap");
    }

    #[test]
    fn only_the_issuing_country_enters_and_reasons_stand_where_they_belong() {
        let today = "2026-11-23".parse().unwrap();
        let (xa, xb) = (CountryCode::new("XAX").unwrap(), CountryCode::new("XBX").unwrap());
        let document = TravelDocument {
            number: number("XA0001"),
            range_end: None,
            issuing_country: xa,
            document_type: DocumentType::Passport,
            fraud_type: FraudType::Revoked,
            reason: None,
            reported_on: Some("2027-01-01".parse().unwrap()),
        };
        let mut faults = Faults::default();
        document.check(today, Some(xb), &mut faults);
        let named: Vec<String> = faults.into_result().unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(named, ["issuing_country: not-entitled", "reason: missing", "reported_on: in-future"]);
    }
}
