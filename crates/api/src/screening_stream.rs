//! Screening a stream: a list of any length in one request, JSON line by line, answered line by line as it is read.
//!
//! The first line says what for; each further one is a row, as in [`ScreeningRequest`]. What can't be read in a row, or is
//! no row at all, is the fault of its line.

use std::borrow::Cow;

use barid_domain::faults::{FaultCode, Faults};
use barid_domain::screening::ScreeningRow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::agreements::GrantNamed;
use crate::codes::PurposeCode;
use crate::problems::{FaultShown, Problem};
use crate::screening::{ScreenedRowShown, ScreeningRequest, ScreeningRowOffered};
use crate::search::{CandidateShown, HitShown};
use crate::texts::{ActIdText, CaseReference, EntryHashText, ListHashText};

/// The media type of lines of JSON.
pub const NDJSON: &str = "application/x-ndjson";
/// The longest line, in bytes, its break not counted.
pub const LINE_BYTES_CAP: usize = 16 << 10;
/// The most rows of one stream.
pub const STREAM_ROWS_CAP: u64 = 10_000_000;

/// Is the first line of a stream: what its rows are screened for.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningStreamBegin {
    /// Why this is asked: for every row.
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
    /// Which row of the list the first of these is: whoever broke off goes on with the row behind the last answered; 1 when
    /// absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 1000000000)]
    pub first_row: Option<u32>,
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

impl ScreeningStreamBegin {
    /// Reads the line, noting every fault; the rows are none yet.
    pub fn read(&self, faults: &mut Faults) -> Option<crate::screening::ScreeningRead> {
        // One way to read what both have: a request with a row that is then taken out.
        let request = ScreeningRequest {
            purpose: self.purpose.clone(),
            reference: self.reference.clone(),
            list: self.list.clone(),
            first_row: self.first_row,
            rows: vec![ScreeningRowOffered::default()],
            least_score: self.least_score,
            limit: self.limit,
        };
        let mut read = request.read(faults)?;
        read.rows.clear();
        Some(read)
    }
}

/// Reads the line of a row, or names everything in it that can't be read; of a line that is no row, that.
pub fn read_row(line: &[u8]) -> Result<ScreeningRow, Vec<FaultShown>> {
    let no_row =
        |code: FaultCode| Err(vec![FaultShown { place: "row".to_owned(), code: code.as_str().to_owned() }]);
    // A derived reader would take an array of the values for a row.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return no_row(FaultCode::BadCharacters);
    }
    match serde_json::from_slice::<ScreeningRowOffered>(line) {
        Ok(row) => row.read(),
        Err(_) => no_row(FaultCode::BadCharacters),
    }
}

/// Is one line of the answer to a stream.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreeningStreamLine {
    /// Rows that follow were screened in one act.
    Part(StreamPart),
    /// The answer to a row.
    Row(StreamRow),
    /// The end: every row before `next_row` was answered.
    End(StreamEnd),
}

/// Is an act of screening, ahead of the rows that were screened in it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamPart {
    /// The act.
    pub act: ActIdText,
    /// The act's line in the journal.
    pub access: EntryHashText,
    /// The number of its first row.
    pub first_row: u64,
    /// How many rows it has.
    pub rows: u64,
    /// The score from which a candidate is an alert.
    pub alert_threshold: f32,
    /// The least score of the candidates that are answered.
    pub least_score: f32,
    /// Grants whose daily cap is reached: what these show was not looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps_reached: Vec<GrantNamed>,
}

/// Is the answer to one row, as in a [`ScreenedRowShown`], with its number.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamRow {
    /// The number of the row in the list.
    pub row: u64,
    /// The list's own number for the row, where a table has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The row's own line in the journal; `null` where it could not be read and was not looked for.
    pub access: Option<EntryHashText>,
    /// Why the row could not be read, field by field; empty where it was looked for.
    pub faults: Vec<FaultShown>,
    /// The candidates, best first.
    pub candidates: Vec<CandidateShown>,
    /// Where there are records of which no more may be told than that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<HitShown>,
}

impl StreamRow {
    /// Numbers the answer to a row.
    pub fn new(row: u64, reference: Option<String>, shown: ScreenedRowShown) -> Self {
        let ScreenedRowShown { access, faults, candidates, hits } = shown;
        Self { row, reference, access, faults, candidates, hits }
    }
}

/// Is the last line of an answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamEnd {
    /// The number of the row that would come next: of the first that was not answered.
    pub next_row: u64,
    /// Why no more was answered; `null` where all that was sent is.
    pub problem: Option<Problem>,
}

/// Describes the body: lines as the items of an array, the first one apart. What a row may be is said by its faults, so
/// that one that is none stops no other.
pub struct ScreeningStreamBody;

impl PartialSchema for ScreeningStreamBody {
    fn schema() -> RefOr<Schema> {
        let begin = AllOfBuilder::new().item(Ref::from_schema_name(ScreeningStreamBegin::name())).build();
        let anything = ObjectBuilder::new().schema_type(SchemaType::AnyValue).build();
        let example = json!([
            {"purpose": "border-control", "reference": "GAMES ACCREDITATION 4", "first_row": 1},
            {"name": "Калачев Валерий", "birth": "1971", "nationality": "XAX"},
            {"document_number": "XA 0012345"}
        ]);
        let lines = ArrayBuilder::new()
            .prefix_items([Schema::AllOf(begin)])
            .items(RefOr::T(Schema::Object(anything)))
            .min_items(Some(2))
            .description(Some(
                "Lines of JSON, an item a line: the first says what for, each further one is a row, as in \
                 ScreeningRowOffered. A line that is no row is answered with its faults.",
            ))
            .examples([example])
            .build();
        RefOr::T(Schema::Array(lines))
    }
}

impl ToSchema for ScreeningStreamBody {
    fn name() -> Cow<'static, str> {
        "ScreeningStreamBody".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ScreeningStreamBegin::name().into_owned(), ScreeningStreamBegin::schema()));
        ScreeningStreamBegin::schemas(schemas);
        schemas.push((ScreeningRowOffered::name().into_owned(), ScreeningRowOffered::schema()));
        ScreeningRowOffered::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_row_or_says_what_is_wrong_with_it() {
        let faults = |line: &str| match read_row(line.as_bytes()) {
            Ok(_) => "read".to_owned(),
            Err(faults) => faults.iter().map(|fault| format!("{}: {}; ", fault.place, fault.code)).collect(),
        };
        for (line, expected) in [
            (r#"{"name": "Калачев", "birth": "1971"}"#, "read"),
            (r#" {"name": "কালাচেভ"} "#, "read"),
            (r#"{"name": "2026", "sex": "м"}"#, "name: not-a-name; sex: unknown-code; "),
            ("{}", "name: missing; "),
            (r#"{"name": 7}"#, "row: bad-characters; "),
            (r#"{"name": "а", "arrest": true}"#, "row: bad-characters; "),
            (r#"["Калачев"]"#, "row: bad-characters; "),
            ("Калачев;1971", "row: bad-characters; "),
            (r#"{"name": "#, "row: bad-characters; "),
            ("\u{0}", "row: bad-characters; "),
        ] {
            assert_eq!(faults(line), expected, "{line}");
        }
    }

    #[test]
    fn the_first_line_says_what_for() {
        let read = |line: &str| {
            let mut faults = Faults::default();
            let begin: ScreeningStreamBegin = serde_json::from_str(line).unwrap();
            let read = begin.read(&mut faults);
            let faults = faults.into_result().err().unwrap_or_default();
            (
                read.map(|read| (read.first_row, read.rows.len())),
                faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
        };
        let (begun, faults) = read(r#"{"purpose": "exercise", "reference": "УЧЕНИЕ 4", "first_row": 801}"#);
        assert_eq!((begun, faults.len()), (Some((801, 0)), 0));
        let (begun, faults) = read(r#"{"purpose": "exercise", "reference": "", "limit": 51}"#);
        assert!(begun.is_some() && faults.len() == 2, "{faults:?}");
    }
}
