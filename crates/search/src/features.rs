//! What besides name and birth speaks for or against a candidate: nationality, sex, place of birth.
//!
//! Every feature gives a weight in nats to the log odds of the name score: ln P(it compares so | the same person) less
//! ln P(it compares so | another person of a like name). What is missing on either side weighs nothing and says so.
//! `docs/dates.md` derives the weights; they are explained with the candidate. Dates of birth are in [`crate::births`].

use barid_domain::codes::Sex;
use barid_domain::countries::CountryCode;
use barid_names::compare::compare;
use barid_names::name::Name;

/// How a closed feature (nationality, sex) compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The same.
    Agrees,
    /// Different.
    Differs,
    /// Not known on one side.
    Unknown,
}

/// Of listed persons that share a part of their names 49 % share a nationality, of those that share two 85 %; 96 % have no
/// other. Agreement counts as among the first, which is less; difference as among the second, which is less too.
const SAME_NATIONALITY: f32 = 0.7;
const OTHER_NATIONALITY: f32 = -1.1;
/// Assumed: the sex of 5 in 1,000 is recorded wrongly, that of 6 in 100 namesakes is another.
const SAME_SEX: f32 = 0.1;
const OTHER_SEX: f32 = -2.5;
/// Of listed persons that share two parts of their names 29 % share a place of birth; assumed that three of five sources
/// name a place as another does: others name the village, the district or the province.
const SAME_PLACE: f32 = 0.7;
const OTHER_PLACE: f32 = -0.6;
/// Of the same persons 75 % share a country of birth; assumed that nine of ten sources name the country another does.
const SAME_COUNTRY_OF_BIRTH: f32 = 0.2;
const OTHER_COUNTRY_OF_BIRTH: f32 = -0.9;

impl Agreement {
    /// The weight of nationalities in nats: many hold several, so a difference says little.
    pub fn nationality_weight(self) -> f32 {
        self.weight(SAME_NATIONALITY, OTHER_NATIONALITY)
    }

    /// The weight of sex in nats: names tell it mostly, so agreement says little.
    pub fn sex_weight(self) -> f32 {
        self.weight(SAME_SEX, OTHER_SEX)
    }

    fn weight(self, agrees: f32, differs: f32) -> f32 {
        match self {
            Agreement::Agrees => agrees,
            Agreement::Differs => differs,
            Agreement::Unknown => 0.0,
        }
    }
}

/// Compares a nationality asked for with the recorded ones.
pub fn compare_nationality(asked: Option<CountryCode>, recorded: &[CountryCode]) -> Agreement {
    match asked {
        Some(_) if recorded.is_empty() => Agreement::Unknown,
        Some(country) if recorded.contains(&country) => Agreement::Agrees,
        Some(_) => Agreement::Differs,
        None => Agreement::Unknown,
    }
}

/// Compares sex; anything but male or female says nothing.
pub fn compare_sex(asked: Option<Sex>, recorded: Sex) -> Agreement {
    match (asked, recorded) {
        (Some(Sex::Male), Sex::Male) | (Some(Sex::Female), Sex::Female) => Agreement::Agrees,
        (Some(Sex::Male), Sex::Female) | (Some(Sex::Female), Sex::Male) => Agreement::Differs,
        _ => Agreement::Unknown,
    }
}

/// The most pieces of a place asked for, and of one recorded, that are compared.
const PIECES_CAP: usize = 6;
/// From this share of what it could tell on, a piece fits another, as parts of names do.
const FITS: f32 = 0.5;

/// A place of birth asked for, cut into pieces: `Kunduz, Chahar Darah`; a three-letter code is a country.
#[derive(Debug)]
pub struct PreparedPlace {
    country: Option<CountryCode>,
    pieces: Vec<Name>,
}

/// A place of birth as the index keeps it.
#[derive(Debug, Clone, Copy)]
pub struct RecordedPlace<'a> {
    /// The country.
    pub country: Option<CountryCode>,
    /// Its words, pieces between commas.
    pub words: &'a str,
}

/// How a place asked for compares with the recorded ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaceComparison {
    /// How it compares.
    pub agreement: Agreement,
    /// Its weight in nats.
    pub weight: f32,
    /// Which recorded place agrees, or was looked at first; `None` where nothing is known.
    pub recorded: Option<usize>,
}

impl PlaceComparison {
    /// Nothing was asked, or nothing is recorded.
    pub const UNKNOWN: PlaceComparison =
        PlaceComparison { agreement: Agreement::Unknown, weight: 0.0, recorded: None };
}

impl PreparedPlace {
    /// Prepares a place for comparing it with many records.
    pub fn new(typed: &str) -> PreparedPlace {
        let is_country = |piece: &&str| piece.len() == 3 && CountryCode::new(piece).is_ok();
        let country = pieces(typed).find(is_country).and_then(|piece| CountryCode::new(piece).ok());
        let others = pieces(typed).filter(|piece| !is_country(piece));
        PreparedPlace {
            country,
            pieces: others.map(Name::parse).filter(|name| !name.parts().is_empty()).collect(),
        }
    }

    /// Compares it with all recorded places: a piece that both have is enough, whichever script it stands in.
    pub fn compare<'a>(&self, recorded: impl Iterator<Item = RecordedPlace<'a>>) -> PlaceComparison {
        let mut known = None;
        let mut country = None;
        for (number, place) in recorded.enumerate() {
            let mut words =
                pieces(place.words).map(Name::parse).filter(|name| !name.parts().is_empty()).peekable();
            if !self.pieces.is_empty() && words.peek().is_some() {
                if words.any(|word| self.pieces.iter().any(|piece| same_place(piece, &word))) {
                    let (agreement, weight) = (Agreement::Agrees, SAME_PLACE);
                    return PlaceComparison { agreement, weight, recorded: Some(number) };
                }
                known = known.or(Some(number));
            }
            if let (Some(asked), Some(found)) = (self.country, place.country)
                && !matches!(country, Some((true, _)))
            {
                country =
                    Some((asked == found, number)).filter(|(same, _)| *same || country.is_none()).or(country);
            }
        }
        match (known, country) {
            (Some(number), _) => {
                PlaceComparison { agreement: Agreement::Differs, weight: OTHER_PLACE, recorded: Some(number) }
            }
            (None, Some((same, number))) => {
                let agreement = if same { Agreement::Agrees } else { Agreement::Differs };
                let weight = agreement.weight(SAME_COUNTRY_OF_BIRTH, OTHER_COUNTRY_OF_BIRTH);
                PlaceComparison { agreement, weight, recorded: Some(number) }
            }
            (None, None) => PlaceComparison::UNKNOWN,
        }
    }
}

fn pieces(words: &str) -> impl Iterator<Item = &str> {
    words
        .split([',', '،', '、', ';', '(', ')', '/'])
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .take(PIECES_CAP)
}

/// Whether all words of one are found in the other: `Kandahar` and `Kandahar province`.
fn same_place(a: &Name, b: &Name) -> bool {
    let features = compare(a, b).features;
    features.query_explained.max(features.record_explained) > 0.99 && features.least_likeness >= FITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(asked: &str, recorded: &[(&str, &str)]) -> PlaceComparison {
        let recorded = recorded
            .iter()
            .map(|(country, words)| RecordedPlace { country: CountryCode::new(country).ok(), words });
        PreparedPlace::new(asked).compare(recorded)
    }

    #[test]
    fn places_compare_across_scripts_and_by_any_piece() {
        let agrees = [
            ("Kandahar", "Kandahar province, Panjwai district"),
            ("قندهار", "Kandahar"),
            ("Кабул", "Kabul"),
            ("काठमांडू", "Kathmandu"),
            ("ঢাকা", "Dhaka"),
            ("Kabul, Karte Parwan", "Kabul"),
            ("北京", "Beijing"),
        ];
        for (asked, recorded) in agrees {
            let found = place(asked, &[("", "Herat"), ("", recorded)]);
            assert_eq!((found.agreement, found.recorded), (Agreement::Agrees, Some(1)), "{asked} {recorded}");
        }
        let differs = [("Kandahar", "Baghdad"), ("Кабул", "Mosul"), ("Herat province", "Helmand province")];
        for (asked, recorded) in differs {
            let found = place(asked, &[("", recorded)]);
            assert_eq!(found.agreement, Agreement::Differs, "{asked} {recorded}");
        }
    }

    #[test]
    fn a_country_is_compared_by_its_code_and_what_is_missing_says_nothing() {
        assert_eq!(place("AFG", &[("IRQ", ""), ("AFG", "Kabul")]).agreement, Agreement::Agrees);
        assert_eq!(place("AFG", &[("IRQ", "Mosul")]).agreement, Agreement::Differs);
        assert_eq!(place("Kabul, AFG", &[("AFG", "")]).agreement, Agreement::Agrees);
        for (asked, recorded) in [("Kabul", ("AFG", "")), ("AFG", ("", "Kabul")), ("", ("AFG", "Kabul"))] {
            assert_eq!(place(asked, &[recorded]), PlaceComparison::UNKNOWN, "{asked}");
        }
        assert_eq!(place("Kabul", &[]), PlaceComparison::UNKNOWN);
    }

    #[test]
    fn what_disagrees_weighs_against_and_what_is_unknown_not_at_all() {
        for weight in [Agreement::nationality_weight, Agreement::sex_weight] {
            assert!(weight(Agreement::Agrees) > 0.0 && weight(Agreement::Differs) < 0.0);
            assert_eq!(weight(Agreement::Unknown), 0.0);
        }
    }
}
