//! Screening a table: a form (RFC 7578) whose last part is a list (CSV) of any length; the parts before it say what for.
//!
//! The answer is that of a stream: [`crate::screening_stream`].

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use utoipa::ToSchema;

use crate::codes::PurposeCode;
use crate::screening_stream::ScreeningStreamBegin;
use crate::texts::{CaseReference, ListHashText};

/// The part that holds the list.
pub const TABLE: &str = "table";
/// The most parts before the table.
pub const FIELDS_CAP: usize = 16;
/// The parts that are numbers.
const NUMBERS: [&str; 3] = ["first_row", "least_score", "limit"];
/// The part that is `true` or `false`.
const IGNORE_OTHER_COLUMNS: &str = "ignore_other_columns";

/// Is the form of a table that is screened. `table` comes last.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningTableForm {
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
    #[schema(value_type = ListHashText, required = false)]
    pub list: Option<ListHashText>,
    /// Which row of the list the first of these is: whoever broke off sends the names of the columns again and then the
    /// rows behind the last that was answered; 1 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(value_type = u32, required = false, minimum = 1, maximum = 1000000000)]
    pub first_row: Option<u32>,
    /// The least score of a candidate that is answered; the alert threshold when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false, minimum = 0, maximum = 1)]
    pub least_score: Option<f64>,
    /// The most candidates of a row; 10 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(value_type = u32, required = false, minimum = 1, maximum = 50)]
    pub limit: Option<u32>,
    /// Whether columns that no list has are left out; else such a list is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub ignore_other_columns: Option<bool>,
    /// The list: names of columns, then a row a line; UTF-8, at most 16 KiB a line.
    #[serde(default)]
    #[schema(required = true, value_type = String, format = Binary)]
    pub table: (),
}

impl ScreeningTableForm {
    /// Takes the form apart: what the rows are screened for, and whether other columns are left out.
    pub fn into_begin(self) -> (ScreeningStreamBegin, bool) {
        let Self { purpose, reference, list, first_row, least_score, limit, ignore_other_columns, table: () } =
            self;
        let begin = ScreeningStreamBegin { purpose, reference, list, first_row, least_score, limit };
        (begin, ignore_other_columns.unwrap_or(false))
    }
}

/// Writes the parts of a form as JSON, so that they are read as every body is: numbers and truth values by their names, a
/// part that comes twice as an array, which is of no field's type.
pub fn fields_as_json(fields: &[(String, String)]) -> Vec<u8> {
    let mut object = Map::new();
    for (name, text) in fields {
        let value = match name.as_str() {
            number if NUMBERS.contains(&number) => {
                serde_json::from_str::<Number>(text).map(Value::Number).ok()
            }
            IGNORE_OTHER_COLUMNS => text.parse().map(Value::Bool).ok(),
            _ => None,
        };
        let value = value.unwrap_or_else(|| Value::String(text.clone()));
        object.entry(name).and_modify(|before| *before = Value::Array(Vec::new())).or_insert(value);
    }
    Value::Object(object).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_the_fields_of_a_body() {
        let json = |fields: &[(&str, &str)]| {
            let fields: Vec<_> =
                fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            String::from_utf8(fields_as_json(&fields)).unwrap()
        };
        let written = json(&[
            ("purpose", "border-control"),
            ("reference", "ИГРЫ 2026, стол 4"),
            ("first_row", "801"),
            ("least_score", "0.5"),
            ("ignore_other_columns", "true"),
        ]);
        let form: ScreeningTableForm = serde_json::from_str(&written).unwrap();
        let (begin, ignores_others) = form.into_begin();
        assert_eq!((begin.first_row, begin.least_score, ignores_others), (Some(801), Some(0.5), true));
        assert_eq!(begin.reference, "ИГРЫ 2026, стол 4".into());
        for wrong in [
            json(&[("limit", "ten")]),
            json(&[("first_row", "1"), ("first_row", "1")]),
            json(&[("ignore_other_columns", "yes")]),
            json(&[("arrest", "true")]),
        ] {
            assert!(serde_json::from_str::<ScreeningTableForm>(&wrong).is_err(), "{wrong}");
        }
    }
}
