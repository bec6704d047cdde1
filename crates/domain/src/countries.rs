//! Codes of states and of what stands in a state's place on a travel document.
//!
//! ISO 3166-1 alpha-3, the special codes of ICAO Doc 9303-3 section 5, and the alpha-3 codes that this exchange gives
//! to exercise states out of ISO's user-assigned range. Names of states live in the language catalogues.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Is the code of a state, or of what stands in its place: three letters, always from the tables of this module.
///
/// Germany's `D` of machine-readable documents is read as `DEU`; the British nationalities (`GBD`, `GBN`, ...) stay apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 3]);

/// Why a text is no country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a country code of ISO 3166-1 alpha-3 or ICAO Doc 9303-3")]
pub struct UnknownCountry;

impl CountryCode {
    /// Reads an alpha-3 code, an ICAO special code, `D`, or an alpha-2 code; upper case only.
    pub fn new(text: &str) -> Result<Self, UnknownCountry> {
        let alpha_3 = match text.len() {
            1 if text == "D" => "DEU",
            2 => EXERCISE
                .iter()
                .chain(ISO_3166)
                .find(|(_, alpha_2)| *alpha_2 == text)
                .map(|(alpha_3, _)| *alpha_3)
                .ok_or(UnknownCountry)?,
            3 => text,
            _ => return Err(UnknownCountry),
        };
        let listed = ISO_3166.binary_search_by(|(code, _)| (*code).cmp(alpha_3)).is_ok()
            || ICAO_SPECIAL.contains(&alpha_3)
            || EXERCISE.iter().any(|(code, _)| *code == alpha_3);
        if !listed {
            return Err(UnknownCountry);
        }
        let mut bytes = [0u8; 3];
        bytes.copy_from_slice(alpha_3.as_bytes());
        Ok(Self(bytes))
    }

    /// Shows the three letters.
    pub fn as_str(&self) -> &str {
        // Built from ASCII only, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Tells whether the code belongs to an exercise state.
    pub fn is_exercise(&self) -> bool {
        EXERCISE.iter().any(|(code, _)| *code == self.as_str())
    }

    /// Tells whether the code is the specimen code `UTO`, never found on a real document.
    pub fn is_specimen(&self) -> bool {
        self.as_str() == "UTO"
    }

    /// The alpha-2 code, for the codes that have one.
    pub fn alpha_2(&self) -> Option<&'static str> {
        EXERCISE
            .iter()
            .chain(ISO_3166)
            .find(|(alpha_3, _)| *alpha_3 == self.as_str())
            .map(|(_, alpha_2)| *alpha_2)
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CountryCode({})", self.as_str())
    }
}
impl FromStr for CountryCode {
    type Err = UnknownCountry;
    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        Self::new(text)
    }
}
impl Serialize for CountryCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
impl<C> Encode<C> for CountryCode {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for CountryCode {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::new(d.str()?).map_err(|_| minicbor::decode::Error::message("country code"))
    }
}

/// The special codes of ICAO Doc 9303-3 section 5 (8th edition) that may stand for an issuer or a nationality.
pub const ICAO_SPECIAL: &[&str] = &[
    "EUE", "GBD", "GBN", "GBO", "GBP", "GBS", "RKS", "UNA", "UNK", "UNO", "UTO", "XBA", "XCC", "XCE", "XCO",
    "XDC", "XEC", "XIM", "XMP", "XOM", "XPO", "XXA", "XXB", "XXC", "XXX",
];

/// The exercise states, alpha-3 and alpha-2, out of ISO 3166-1's user-assigned ranges XAA-XZZ and XA-XZ; none of them
/// is used by ICAO.
pub const EXERCISE: &[(&str, &str)] = &[("XAX", "XA"), ("XBX", "XB"), ("XCX", "XC")];

/// ISO 3166-1: alpha-3 and alpha-2, in the order of the alpha-3 codes.
#[rustfmt::skip]
pub const ISO_3166: &[(&str, &str)] = &[
    ("ABW", "AW"), ("AFG", "AF"), ("AGO", "AO"), ("AIA", "AI"), ("ALA", "AX"), ("ALB", "AL"),
    ("AND", "AD"), ("ARE", "AE"), ("ARG", "AR"), ("ARM", "AM"), ("ASM", "AS"), ("ATA", "AQ"),
    ("ATF", "TF"), ("ATG", "AG"), ("AUS", "AU"), ("AUT", "AT"), ("AZE", "AZ"), ("BDI", "BI"),
    ("BEL", "BE"), ("BEN", "BJ"), ("BES", "BQ"), ("BFA", "BF"), ("BGD", "BD"), ("BGR", "BG"),
    ("BHR", "BH"), ("BHS", "BS"), ("BIH", "BA"), ("BLM", "BL"), ("BLR", "BY"), ("BLZ", "BZ"),
    ("BMU", "BM"), ("BOL", "BO"), ("BRA", "BR"), ("BRB", "BB"), ("BRN", "BN"), ("BTN", "BT"),
    ("BVT", "BV"), ("BWA", "BW"), ("CAF", "CF"), ("CAN", "CA"), ("CCK", "CC"), ("CHE", "CH"),
    ("CHL", "CL"), ("CHN", "CN"), ("CIV", "CI"), ("CMR", "CM"), ("COD", "CD"), ("COG", "CG"),
    ("COK", "CK"), ("COL", "CO"), ("COM", "KM"), ("CPV", "CV"), ("CRI", "CR"), ("CUB", "CU"),
    ("CUW", "CW"), ("CXR", "CX"), ("CYM", "KY"), ("CYP", "CY"), ("CZE", "CZ"), ("DEU", "DE"),
    ("DJI", "DJ"), ("DMA", "DM"), ("DNK", "DK"), ("DOM", "DO"), ("DZA", "DZ"), ("ECU", "EC"),
    ("EGY", "EG"), ("ERI", "ER"), ("ESH", "EH"), ("ESP", "ES"), ("EST", "EE"), ("ETH", "ET"),
    ("FIN", "FI"), ("FJI", "FJ"), ("FLK", "FK"), ("FRA", "FR"), ("FRO", "FO"), ("FSM", "FM"),
    ("GAB", "GA"), ("GBR", "GB"), ("GEO", "GE"), ("GGY", "GG"), ("GHA", "GH"), ("GIB", "GI"),
    ("GIN", "GN"), ("GLP", "GP"), ("GMB", "GM"), ("GNB", "GW"), ("GNQ", "GQ"), ("GRC", "GR"),
    ("GRD", "GD"), ("GRL", "GL"), ("GTM", "GT"), ("GUF", "GF"), ("GUM", "GU"), ("GUY", "GY"),
    ("HKG", "HK"), ("HMD", "HM"), ("HND", "HN"), ("HRV", "HR"), ("HTI", "HT"), ("HUN", "HU"),
    ("IDN", "ID"), ("IMN", "IM"), ("IND", "IN"), ("IOT", "IO"), ("IRL", "IE"), ("IRN", "IR"),
    ("IRQ", "IQ"), ("ISL", "IS"), ("ISR", "IL"), ("ITA", "IT"), ("JAM", "JM"), ("JEY", "JE"),
    ("JOR", "JO"), ("JPN", "JP"), ("KAZ", "KZ"), ("KEN", "KE"), ("KGZ", "KG"), ("KHM", "KH"),
    ("KIR", "KI"), ("KNA", "KN"), ("KOR", "KR"), ("KWT", "KW"), ("LAO", "LA"), ("LBN", "LB"),
    ("LBR", "LR"), ("LBY", "LY"), ("LCA", "LC"), ("LIE", "LI"), ("LKA", "LK"), ("LSO", "LS"),
    ("LTU", "LT"), ("LUX", "LU"), ("LVA", "LV"), ("MAC", "MO"), ("MAF", "MF"), ("MAR", "MA"),
    ("MCO", "MC"), ("MDA", "MD"), ("MDG", "MG"), ("MDV", "MV"), ("MEX", "MX"), ("MHL", "MH"),
    ("MKD", "MK"), ("MLI", "ML"), ("MLT", "MT"), ("MMR", "MM"), ("MNE", "ME"), ("MNG", "MN"),
    ("MNP", "MP"), ("MOZ", "MZ"), ("MRT", "MR"), ("MSR", "MS"), ("MTQ", "MQ"), ("MUS", "MU"),
    ("MWI", "MW"), ("MYS", "MY"), ("MYT", "YT"), ("NAM", "NA"), ("NCL", "NC"), ("NER", "NE"),
    ("NFK", "NF"), ("NGA", "NG"), ("NIC", "NI"), ("NIU", "NU"), ("NLD", "NL"), ("NOR", "NO"),
    ("NPL", "NP"), ("NRU", "NR"), ("NZL", "NZ"), ("OMN", "OM"), ("PAK", "PK"), ("PAN", "PA"),
    ("PCN", "PN"), ("PER", "PE"), ("PHL", "PH"), ("PLW", "PW"), ("PNG", "PG"), ("POL", "PL"),
    ("PRI", "PR"), ("PRK", "KP"), ("PRT", "PT"), ("PRY", "PY"), ("PSE", "PS"), ("PYF", "PF"),
    ("QAT", "QA"), ("REU", "RE"), ("ROU", "RO"), ("RUS", "RU"), ("RWA", "RW"), ("SAU", "SA"),
    ("SDN", "SD"), ("SEN", "SN"), ("SGP", "SG"), ("SGS", "GS"), ("SHN", "SH"), ("SJM", "SJ"),
    ("SLB", "SB"), ("SLE", "SL"), ("SLV", "SV"), ("SMR", "SM"), ("SOM", "SO"), ("SPM", "PM"),
    ("SRB", "RS"), ("SSD", "SS"), ("STP", "ST"), ("SUR", "SR"), ("SVK", "SK"), ("SVN", "SI"),
    ("SWE", "SE"), ("SWZ", "SZ"), ("SXM", "SX"), ("SYC", "SC"), ("SYR", "SY"), ("TCA", "TC"),
    ("TCD", "TD"), ("TGO", "TG"), ("THA", "TH"), ("TJK", "TJ"), ("TKL", "TK"), ("TKM", "TM"),
    ("TLS", "TL"), ("TON", "TO"), ("TTO", "TT"), ("TUN", "TN"), ("TUR", "TR"), ("TUV", "TV"),
    ("TWN", "TW"), ("TZA", "TZ"), ("UGA", "UG"), ("UKR", "UA"), ("UMI", "UM"), ("URY", "UY"),
    ("USA", "US"), ("UZB", "UZ"), ("VAT", "VA"), ("VCT", "VC"), ("VEN", "VE"), ("VGB", "VG"),
    ("VIR", "VI"), ("VNM", "VN"), ("VUT", "VU"), ("WLF", "WF"), ("WSM", "WS"), ("YEM", "YE"),
    ("ZAF", "ZA"), ("ZMB", "ZM"), ("ZWE", "ZW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_free_of_duplicates() {
        assert_eq!(ISO_3166.len(), 249);
        assert!(ISO_3166.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ICAO_SPECIAL.iter().all(|special| ISO_3166.iter().all(|(code, _)| code != special)));
        assert!(EXERCISE.iter().all(|(code, _)| !ICAO_SPECIAL.contains(code)));
    }

    #[test]
    fn codes_of_passports_are_read() {
        assert_eq!(CountryCode::new("D").unwrap().as_str(), "DEU");
        assert_eq!(CountryCode::new("KZ").unwrap().as_str(), "KAZ");
        for special in ["XPO", "XXA", "XXB", "XXC", "XXX", "UNO", "RKS", "GBD"] {
            assert_eq!(CountryCode::new(special).unwrap().as_str(), special);
        }
        assert!(CountryCode::new("XA").unwrap().is_exercise());
        for bad in ["", "kaz", "ZZZ", "Россия", "XAA", "D<<", "\u{0}"] {
            assert_eq!(CountryCode::new(bad), Err(UnknownCountry), "{bad:?}");
        }
    }
}
