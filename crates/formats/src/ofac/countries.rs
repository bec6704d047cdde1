//! Names of countries as this list writes them, where they are not those in use by the United Nations.
//!
//! What is here and there not gives no code: its words are kept and reported, never guessed. A territory that the list
//! names without a state (a region, the West Bank, Gaza) stays in words.

use barid_domain::countries::CountryCode;

use crate::un;

/// Finds the code of a country by its name, case and white space apart.
pub(super) fn country_of_name(name: &str) -> Option<CountryCode> {
    if let Some(country) = un::country_of_name(name) {
        return Some(country);
    }
    let folded = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (_, code) = NAMES.iter().find(|(known, _)| *known == folded)?;
    CountryCode::new(code).ok()
}

const NAMES: &[(&str, &str)] = &[
    ("aruba", "ABW"),
    ("bahamas, the", "BHS"),
    ("bosnia-herzegovina", "BIH"),
    ("burma", "MMR"),
    ("congo, democratic republic of the", "COD"),
    ("congo, republic of the", "COG"),
    ("cote d ivoire", "CIV"),
    ("dprk", "PRK"),
    ("drc", "COD"),
    ("jersey", "JEY"),
    ("korea, north", "PRK"),
    ("korea, south", "KOR"),
    ("kosovo", "RKS"),
    ("laos", "LAO"),
    ("macau", "MAC"),
    ("macedonia", "MKD"),
    ("macedonia, the former yugoslav republic of", "MKD"),
    ("man, isle of", "IMN"),
    ("moldova", "MDA"),
    ("north korea", "PRK"),
    ("palestine", "PSE"),
    ("palestinian", "PSE"),
    ("russia", "RUS"),
    ("syria", "SYR"),
    ("taiwan", "TWN"),
    ("tanzania", "TZA"),
    ("the gambia", "GMB"),
    ("the philippines", "PHL"),
    ("the russian federation", "RUS"),
    ("uk", "GBR"),
    ("united states", "USA"),
    ("usa", "USA"),
    ("venezuela", "VEN"),
    ("vietnam", "VNM"),
    ("virgin islands, british", "VGB"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_tables_are_found_and_no_others() {
        for (name, code) in [
            ("Korea,  North", "PRK"),
            ("Syria", "SYR"),
            ("Iran (Islamic Republic of)", "IRN"),
            ("Iran", "IRN"),
        ] {
            assert_eq!(
                country_of_name(name).map(|country| country.to_string()).as_deref(),
                Some(code),
                "{name}"
            );
        }
        for name in ["undetermined", "Region: Crimea", "West Bank", "None Identified", ""] {
            assert_eq!(country_of_name(name), None, "{name}");
        }
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(NAMES.iter().all(|(_, code)| CountryCode::new(code).is_ok()));
    }
}
