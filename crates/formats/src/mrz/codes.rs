//! Codes of states, organisations and persons without a nationality in a
//! machine readable zone: ISO 3166-1 alpha-3 and what Doc 9303-3 section 5 adds.

use barid_domain::countries::CountryCode;

/// What kind of issuer or status a code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateCodeKind {
    /// A country or territory of ISO 3166-1.
    Country,
    /// A code Doc 9303 keeps for a state beside ISO 3166-1: `D`, `GBD` ..., `RKS`, `EUE`.
    State,
    /// An organisation: the United Nations family, `XPO` (INTERPOL), regional bodies.
    Organisation,
    /// No nationality stands behind the code: stateless, refugee, unspecified.
    NoNationality,
    /// Kept for specimens: `UTO`.
    Specimen,
    /// In no list.
    Unknown,
}

/// Codes beyond ISO 3166-1 with their kind (Doc 9303-3, section 5, parts A to D).
const SPECIAL_CODES: &[(&str, StateCodeKind)] = &[
    ("D", StateCodeKind::State),
    ("EUE", StateCodeKind::Organisation),
    ("GBD", StateCodeKind::State),
    ("GBN", StateCodeKind::State),
    ("GBO", StateCodeKind::State),
    ("GBP", StateCodeKind::State),
    ("GBS", StateCodeKind::State),
    ("RKS", StateCodeKind::State),
    ("UNA", StateCodeKind::Organisation),
    ("UNK", StateCodeKind::Organisation),
    ("UNO", StateCodeKind::Organisation),
    ("UTO", StateCodeKind::Specimen),
    ("XBA", StateCodeKind::Organisation),
    ("XCC", StateCodeKind::Organisation),
    ("XCE", StateCodeKind::Organisation),
    ("XCO", StateCodeKind::Organisation),
    ("XDC", StateCodeKind::Organisation),
    ("XEC", StateCodeKind::Organisation),
    ("XIM", StateCodeKind::Organisation),
    ("XMP", StateCodeKind::Organisation),
    ("XOM", StateCodeKind::Organisation),
    ("XPO", StateCodeKind::Organisation),
    ("XXA", StateCodeKind::NoNationality),
    ("XXB", StateCodeKind::NoNationality),
    ("XXC", StateCodeKind::NoNationality),
    ("XXX", StateCodeKind::NoNationality),
];

/// One to three letters from a zone, with what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StateCode {
    text: String,
    kind: StateCodeKind,
}

impl StateCode {
    /// Builds a code from one to three capital letters; `None` for anything else.
    pub fn new(text: &str) -> Option<StateCode> {
        if !(1..=3).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let kind = match SPECIAL_CODES.binary_search_by_key(&text, |(code, _)| code) {
            Ok(index) => SPECIAL_CODES[index].1,
            // The exercise states of this exchange count as countries.
            Err(_) if text.len() == 3 && CountryCode::new(text).is_ok() => StateCodeKind::Country,
            Err(_) => StateCodeKind::Unknown,
        };
        Some(StateCode { text: text.to_owned(), kind })
    }

    /// Gives the letters as printed, without fillers: `UTO`, `D`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives what the code stands for.
    pub fn kind(&self) -> StateCodeKind {
        self.kind
    }

    /// Gives the code as records hold it; `D` becomes `DEU`, an unknown code gives `None`.
    ///
    /// The British codes other than `GBR` stay apart: they name a status under
    /// British law and must not be read as citizenship.
    pub fn country(&self) -> Option<CountryCode> {
        match self.kind {
            StateCodeKind::Unknown => None,
            StateCodeKind::Country
            | StateCodeKind::State
            | StateCodeKind::Organisation
            | StateCodeKind::NoNationality
            | StateCodeKind::Specimen => CountryCode::new(&self.text).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use barid_domain::countries::ISO_3166;

    #[test]
    fn the_table_is_sorted_and_disjoint_from_iso_3166() {
        assert!(SPECIAL_CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(SPECIAL_CODES.iter().all(|(code, _)| ISO_3166.iter().all(|(iso, _)| iso != code)));
        assert!(SPECIAL_CODES.iter().all(|(code, _)| CountryCode::new(code).is_ok()));
    }

    #[test]
    fn codes_are_told_apart() {
        for (text, kind) in [
            ("D", StateCodeKind::State),
            ("KGZ", StateCodeKind::Country),
            ("XPO", StateCodeKind::Organisation),
            ("XXA", StateCodeKind::NoNationality),
            ("UTO", StateCodeKind::Specimen),
            ("QQQ", StateCodeKind::Unknown),
            ("DE", StateCodeKind::Unknown),
        ] {
            assert_eq!(StateCode::new(text).map(|code| code.kind()), Some(kind), "{text}");
        }
        for text in ["", "uto", "UT<", "UTOX", "Ä", "A1B"] {
            assert_eq!(StateCode::new(text), None, "{text}");
        }
        assert_eq!(StateCode::new("D").unwrap().country(), CountryCode::new("DEU").ok());
        assert_eq!(StateCode::new("GBD").unwrap().country(), CountryCode::new("GBD").ok());
        assert_eq!(StateCode::new("QQQ").unwrap().country(), None);
    }
}
