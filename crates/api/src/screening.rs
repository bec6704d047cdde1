//! Screening: many rows of a list in one request, each answered as a search of its own.
//!
//! The fields of a row are plain texts in the description: what can't be read in one row is named in that row's answer,
//! and the other rows are looked for all the same.

use barid_domain::faults::{Fault, FaultCode, Faults};
use barid_domain::screening::{ROWS_CAP, ScreeningRow};
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::agreements::GrantNamed;
use crate::codes::{Country, PurposeCode, SexCode};
use crate::patterns::{NOT_LETTERS, holds_other_than};
use crate::problems::FaultShown;
use crate::reading::{self, Why};
use crate::search::{CandidateShown, HitShown, LIMIT_CAP};
use crate::texts::{ActIdText, CaseReference, EntryHashText, ListHashText, QUERY_CAP};

/// Asks for rows of a list to be screened.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "purpose": "border-control", "reference": "GAMES ACCREDITATION 4",
    "rows": [{"name": "Калачев Валерий", "birth": "1971", "nationality": "XAX"}, {"document_number": "XA 0012345"}]
}))]
pub struct ScreeningRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case, event or lane it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The list the rows are of, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListHashText>,
    /// Which row of the list the first of these is, for the journal; 1 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 1000000000)]
    pub first_row: Option<u32>,
    /// The rows.
    #[serde(default, deserialize_with = "rows_as_objects")]
    #[schema(required = true, min_items = 1, max_items = 200)]
    pub rows: Vec<ScreeningRowOffered>,
    /// The least score of a candidate that is answered; the alert threshold when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub least_score: Option<f64>,
    /// The most candidates of a row; 10 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<u32>,
}

/// Reads rows as objects only: a plain derive takes an array of the fields' values for a row too.
fn rows_as_objects<'de, D: Deserializer<'de>>(rows: D) -> Result<Vec<ScreeningRowOffered>, D::Error> {
    struct AsObject(ScreeningRowOffered);
    struct Object;
    impl<'de> Visitor<'de> for Object {
        type Value = AsObject;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<AsObject, A::Error> {
            ScreeningRowOffered::deserialize(MapAccessDeserializer::new(fields)).map(AsObject)
        }
    }
    impl<'de> Deserialize<'de> for AsObject {
        fn deserialize<D: Deserializer<'de>>(row: D) -> Result<AsObject, D::Error> {
            row.deserialize_map(Object)
        }
    }
    Ok(Vec::<AsObject>::deserialize(rows)?.into_iter().map(|AsObject(row)| row).collect())
}

/// The highest number of a first row.
const FIRST_ROW_CAP: u32 = 1_000_000_000;

/// Is a row as it is sent: a name or a document number, or both, and what else is known.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningRowOffered {
    /// A name in any script, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A document number as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    /// The country that issued the document, as in a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_country: Option<String>,
    /// A date of birth of the Gregorian calendar, whole or in part; a year that can't be one is read as in a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<String>,
    /// A nationality, as in a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// A sex, as in a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
}

/// Is a request to screen that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreeningRead {
    /// Why it is asked.
    pub why: Why,
    /// The list, by its SHA-256 in hexadecimal.
    pub list: Option<String>,
    /// Which row of the list the first one is.
    pub first_row: u32,
    /// The rows in their order; of one that can't be read, its faults.
    pub rows: Vec<Result<ScreeningRow, Vec<FaultShown>>>,
    /// The least score of a candidate that is answered.
    pub least_score: Option<f32>,
    /// The most candidates of a row.
    pub limit: Option<u32>,
}

impl ScreeningRequest {
    /// Reads the request, noting every fault of the whole; those of a row stay with the row.
    pub fn read(&self, faults: &mut Faults) -> Option<ScreeningRead> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let list = self.list.as_ref().and_then(|list| reading::list(list, "list", faults));
        let first_row = self.first_row.unwrap_or(1);
        faults.require((1..=FIRST_ROW_CAP).contains(&first_row), "first_row", FaultCode::Impossible);
        faults.require(!self.rows.is_empty(), "rows", FaultCode::Missing);
        faults.count("rows", self.rows.len(), ROWS_CAP);
        let score_fits = self.least_score.is_none_or(|score| (0.0..=1.0).contains(&score));
        faults.require(score_fits, "least_score", FaultCode::Impossible);
        let limit_fits = self.limit.is_none_or(|limit| (1..=LIMIT_CAP).contains(&limit));
        faults.require(limit_fits, "limit", FaultCode::Impossible);
        let rows = self.rows.iter().take(ROWS_CAP).map(ScreeningRowOffered::read).collect();
        let (least_score, limit) = (self.least_score.map(|score| score as f32), self.limit);
        Some(ScreeningRead { why: why?, list, first_row, rows, least_score, limit })
    }
}

impl ScreeningRowOffered {
    /// Reads the row, or names everything in it that can't be read; an empty field is one that is not there.
    pub fn read(&self) -> Result<ScreeningRow, Vec<FaultShown>> {
        let mut faults = Faults::default();
        let given = |field: &Option<String>| field.clone().filter(|text| !text.trim().is_empty());
        let name = given(&self.name).inspect(|name| check_name(name, &mut faults));
        let document_number = given(&self.document_number).inspect(|number| {
            reading::document_number(&number.as_str().into(), "document_number", &mut faults);
        });
        faults.require(name.is_some() || document_number.is_some(), "name", FaultCode::Missing);
        let country = |field: &Option<String>, place: &str, faults: &mut Faults| {
            given(field).and_then(|code| Country(code.trim().to_owned()).read(place, faults))
        };
        let issuing_country = country(&self.issuing_country, "issuing_country", &mut faults);
        let birth = given(&self.birth);
        let birth = birth.and_then(|text| reading::interval(&text.trim().into(), "birth", &mut faults));
        let nationality = country(&self.nationality, "nationality", &mut faults);
        let sex = given(&self.sex);
        let sex = sex.and_then(|text| SexCode::named(text.trim().to_owned()).read("sex", &mut faults));
        let shown = |faults: Vec<Fault>| faults.iter().map(FaultShown::from).collect::<Vec<_>>();
        faults.into_result().map_err(shown)?;
        Ok(ScreeningRow { name, document_number, issuing_country, birth, nationality, sex })
    }
}

/// Checked as cleaned, handed on as written, as a search does with what is typed.
fn check_name(name: &str, faults: &mut Faults) {
    let cleaned = reading::text(name, QUERY_CAP, "name", faults);
    let named = cleaned.is_empty()
        || holds_other_than(&cleaned, NOT_LETTERS) && cleaned.chars().any(char::is_alphabetic);
    faults.require(named, "name", FaultCode::NotAName);
    // The journal has a line for each field: a break within one would make two.
    faults.require(!name.trim().contains(['\n', '\r']), "name", FaultCode::BadCharacters);
}

impl From<&ScreeningRow> for ScreeningRowOffered {
    fn from(row: &ScreeningRow) -> Self {
        Self {
            name: row.name.clone(),
            document_number: row.document_number.clone(),
            issuing_country: row.issuing_country.map(|country| country.to_string()),
            birth: row.birth.map(|birth| birth.to_string()),
            nationality: row.nationality.map(|country| country.to_string()),
            sex: row.sex.map(|sex| sex.to_string()),
        }
    }
}

/// Answers a screening: as many rows as were sent, in their order. What may not be seen and what doesn't exist answer
/// alike, and nothing is counted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScreeningResponse {
    /// The act of screening.
    pub act: ActIdText,
    /// The act's line in the journal, by which it can be proved that these rows were screened.
    pub access: EntryHashText,
    /// The score from which a candidate is an alert.
    pub alert_threshold: f32,
    /// The least score of the candidates that are answered.
    pub least_score: f32,
    /// The rows.
    pub rows: Vec<ScreenedRowShown>,
    /// Grants whose daily cap is reached: what these show was not looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps_reached: Vec<GrantNamed>,
}

/// Is the answer to one row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScreenedRowShown {
    /// The row's own line in the journal; `null` where it could not be read and was not looked for.
    pub access: Option<EntryHashText>,
    /// Why the row could not be read, field by field; empty where it was looked for.
    pub faults: Vec<FaultShown>,
    /// The candidates, best first: those of the same search that reach the least score.
    pub candidates: Vec<CandidateShown>,
    /// Where there are records of which no more may be told than that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<HitShown>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> ScreeningRowOffered {
        ScreeningRowOffered { name: Some(name.to_owned()), ..ScreeningRowOffered::default() }
    }

    fn faults_of(row: &ScreeningRowOffered) -> String {
        match row.read() {
            Ok(_) => "read".to_owned(),
            Err(faults) => faults.iter().map(|fault| format!("{}: {}; ", fault.place, fault.code)).collect(),
        }
    }

    #[test]
    fn a_row_names_all_that_can_not_be_read_in_it() {
        for (name, expected) in [
            ("Калачев Валерий", "read"),
            ("أيمن", "read"),
            ("  ", "name: missing; "),
            ("2026", "name: not-a-name; "),
            ("a\u{0}b", "name: bad-characters; "),
            ("উদাহরণ\nbirth=1970", "name: bad-characters; "),
            ("示例\u{202e}", "read"),
        ] {
            assert_eq!(faults_of(&row(name)), expected, "{name:?}");
        }
        assert_eq!(faults_of(&row(&"ж".repeat(QUERY_CAP))), "read");
        assert_eq!(faults_of(&row(&"ж".repeat(QUERY_CAP + 1))), "name: too-long; ");
        let text = |text: &str| Some(text.to_owned());
        let all = ScreeningRowOffered {
            name: None,
            document_number: text("АВ123"),
            issuing_country: text("kaz"),
            birth: text("1966-02-31"),
            nationality: text("Кыргызстан"),
            sex: text("м"),
        };
        assert_eq!(
            faults_of(&all),
            "document_number: bad-characters; issuing_country: unknown-code; birth: impossible; \
             nationality: unknown-code; sex: unknown-code; "
        );
        let empty = ScreeningRowOffered { birth: text(""), sex: text(" "), ..row("नमूना") };
        assert_eq!(faults_of(&empty), "read", "an empty field is not there");
    }

    #[test]
    fn a_row_that_was_read_reads_back() {
        let text = |text: &str| Some(text.to_owned());
        let offered = ScreeningRowOffered {
            name: text("Проба Пример"),
            document_number: text("XA 12-34"),
            issuing_country: text("XAX"),
            birth: text("1971-03"),
            nationality: text("XBX"),
            sex: text("female"),
        };
        assert_eq!(ScreeningRowOffered::from(&offered.read().unwrap()), offered);
    }

    #[test]
    fn rows_are_read_up_to_their_cap() {
        let request = |count: usize| ScreeningRequest {
            purpose: barid_domain::codes::Purpose::Exercise.into(),
            reference: "УЧЕНИЕ 4".into(),
            rows: vec![row("Проба"); count],
            ..ScreeningRequest::default()
        };
        for (count, expected) in
            [(0, "rows: missing"), (1, ""), (ROWS_CAP, ""), (ROWS_CAP + 1, "rows: too-many")]
        {
            let mut faults = Faults::default();
            let read = request(count).read(&mut faults);
            let named: Vec<String> =
                faults.into_result().err().into_iter().flatten().map(|fault| fault.to_string()).collect();
            assert_eq!(named.concat(), expected, "{count}");
            assert!(read.is_some_and(|read| read.rows.len() == count.min(ROWS_CAP)));
        }
    }

    #[test]
    fn a_row_is_an_object() {
        let sent = |rows: &str| format!(r#"{{"purpose": "exercise", "reference": "A 1", "rows": [{rows}]}}"#);
        assert!(serde_json::from_str::<ScreeningRequest>(&sent(r#"{"name": "Калачев"}"#)).is_ok());
        assert!(serde_json::from_str::<ScreeningRequest>(&sent("[null, null]")).is_err());
    }
}
