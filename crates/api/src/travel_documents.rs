//! Travel documents: what their issuer enters, and as they are shown.
//!
//! The issuing country is not a field: only the issuing country may enter a document, so it is the caller's.

use barid_domain::codes::FraudType;
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::codes::{Country, DocumentTypeCode, FraudTypeCode, PurposeCode, RevocationReasonCode};
use crate::reading;
use crate::schemas::{Schemas, closed_object, collect, one_of, optional, part_of_list, reference, required};
use crate::terms::TermsOffered;
use crate::texts::{CaseReference, Counter, DayText, EntryHashText, NumberPrefix, WrittenNumber};

/// The most documents in one request; larger sets go in several.
pub const BATCH_CAP: usize = 10_000;

/// Enters a document or a range of documents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentSubmission {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The terms of the record.
    pub terms: TermsOffered,
    /// What is stated.
    pub document: DocumentStated,
}

/// Revises a document record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRevision {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The entry the revision was made from; when another stands by now, nothing is written.
    pub expects: EntryHashText,
    /// The terms of the record.
    pub terms: TermsOffered,
    /// What is stated.
    pub document: DocumentStated,
}

/// Enters many documents under one signature; each becomes a record of its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentBatch {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The terms of every record.
    pub terms: TermsOffered,
    /// The documents.
    #[schema(min_items = 1, max_items = 10000)]
    pub documents: Vec<DocumentStated>,
}

/// Is a document, or a range of documents, that its issuer states something about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentStated {
    /// The number of a single document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<WrittenNumber>,
    /// The numbers of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<NumberRange>,
    /// The type.
    #[serde(default)]
    pub document_type: DocumentTypeCode,
    /// What befell it.
    pub fraud: FraudStated,
    /// The day of the theft, loss or decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_on: Option<DayText>,
}

/// Is what befell a document; why, where the issuer itself ended it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FraudStated {
    /// The type.
    #[serde(rename = "type")]
    pub fraud_type: FraudTypeCode,
    /// Why; with `invalid` and `revoked` and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RevocationReasonCode>,
}

/// Is a range of document numbers: a prefix, and a counter from one end to the other, both included.
///
/// The ends may come in either order; the shorter one is filled with zeros to the length of the longer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberRange {
    /// What stands before the counter.
    pub prefix: NumberPrefix,
    /// The counter at one end.
    pub from: Counter,
    /// The counter at the other end.
    pub to: Counter,
}

impl PartialSchema for DocumentStated {
    fn schema() -> RefOr<Schema> {
        one_of("A document, or a range of documents.", &["SingleDocument", "DocumentRange"])
    }
}
impl ToSchema for DocumentStated {
    fn schemas(schemas: &mut Schemas) {
        let fields = |what, fraud| {
            [
                what,
                required("document_type", reference::<DocumentTypeCode>()),
                fraud,
                optional("reported_on", reference::<DayText>()),
            ]
        };
        let single = fields(
            required("number", reference::<WrittenNumber>()),
            required("fraud", fraud_choice("PlainFraud")),
        );
        let range = fields(
            required("range", reference::<NumberRange>()),
            required("fraud", fraud_choice("RangeFraud")),
        );
        schemas.push(("SingleDocument".to_owned(), closed_object("One document.", single)));
        schemas.push((
            "DocumentRange".to_owned(),
            closed_object("A range of documents; never merely lost.", range),
        ));
        collect::<DocumentTypeCode>(schemas);
        collect::<DayText>(schemas);
        collect::<WrittenNumber>(schemas);
        collect::<NumberRange>(schemas);
        collect_fraud(schemas);
    }
}

fn fraud_choice(plain: &str) -> RefOr<Schema> {
    one_of("What befell it.", &[plain, "ReasonedFraud"])
}

fn collect_fraud(schemas: &mut Schemas) {
    let plain = |code: FraudType| !needs_reason(code);
    let plain_of_range = |code: FraudType| !needs_reason(code) && code != FraudType::Lost;
    let forms = [
        ("PlainFraud", "Stolen or lost.", vec![required("type", part_of_list(plain))]),
        ("RangeFraud", "Stolen, of a range.", vec![required("type", part_of_list(plain_of_range))]),
        (
            "ReasonedFraud",
            "Ended by its issuer, with the reason.",
            vec![
                required("type", part_of_list(needs_reason)),
                required("reason", reference::<RevocationReasonCode>()),
            ],
        ),
    ];
    schemas.extend(forms.map(|(name, says, fields)| (name.to_owned(), closed_object(says, fields))));
    collect::<RevocationReasonCode>(schemas);
}

fn needs_reason(code: FraudType) -> bool {
    matches!(code, FraudType::Invalid | FraudType::Revoked)
}

impl DocumentStated {
    /// Reads the document as entered by its issuing country, noting faults under `place`.
    pub fn read(
        &self,
        issuing_country: CountryCode,
        place: &str,
        faults: &mut Faults,
    ) -> Option<TravelDocument> {
        let numbers = self.read_numbers(place, faults);
        let document_type = self.document_type.read(&format!("{place}.document_type"), faults);
        let fraud_type = self.fraud.fraud_type.read(&format!("{place}.fraud.type"), faults);
        let reason_place = format!("{place}.fraud.reason");
        let reason = self.fraud.reason.as_ref().and_then(|reason| reason.read(&reason_place, faults));
        if let Some(code) = fraud_type {
            // The form in which these would stand together isn't offered.
            let missing = needs_reason(code) && self.fraud.reason.is_none();
            faults.require(!missing, reason_place.as_str(), FaultCode::Missing);
            let superfluous = !needs_reason(code) && self.fraud.reason.is_some();
            faults.require(!superfluous, reason_place.as_str(), FaultCode::BadCharacters);
            let lost_range = code == FraudType::Lost && self.range.is_some();
            faults.require(!lost_range, format!("{place}.fraud.type"), FaultCode::UnknownCode);
        }
        let reported_place = format!("{place}.reported_on");
        let reported_on =
            self.reported_on.as_ref().and_then(|day| reading::day(day, &reported_place, faults));
        let (number, range_end) = numbers?;
        Some(TravelDocument {
            number,
            range_end,
            issuing_country,
            document_type: document_type?,
            fraud_type: fraud_type?,
            reason,
            reported_on,
        })
    }

    fn read_numbers(
        &self,
        place: &str,
        faults: &mut Faults,
    ) -> Option<(DocumentNumber, Option<DocumentNumber>)> {
        match (&self.number, &self.range) {
            (Some(number), None) => {
                Some((reading::document_number(number, &format!("{place}.number"), faults)?, None))
            }
            (None, Some(range)) => {
                let (first, last) = range.read(&format!("{place}.range"), faults)?;
                Some((first, Some(last)))
            }
            (None, None) => {
                faults.add(format!("{place}.number"), FaultCode::Missing);
                None
            }
            (Some(_), Some(_)) => {
                faults.add(format!("{place}.range"), FaultCode::TooMany);
                None
            }
        }
    }
}

impl NumberRange {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<(DocumentNumber, DocumentNumber)> {
        let prefix = self.prefix.0.as_str();
        let prefix_fits =
            prefix.len() <= 20 && prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        faults.require(prefix_fits, format!("{place}.prefix"), FaultCode::BadCharacters);
        for (name, counter) in [("from", &self.from), ("to", &self.to)] {
            let fits = (1..=7).contains(&counter.0.len()) && counter.0.bytes().all(|b| b.is_ascii_digit());
            faults.require(fits, format!("{place}.{name}"), FaultCode::BadCharacters);
            if !fits {
                return None;
            }
        }
        if !prefix_fits {
            return None;
        }
        let width = self.from.0.len().max(self.to.0.len());
        let mut ends = [&self.from, &self.to].map(|counter| format!("{prefix}{:0>width$}", counter.0));
        // Of the same length, so the order of the letters is the order of the numbers.
        ends.sort_unstable();
        let [first, last] = ends.map(|end| DocumentNumber::new(&end).ok());
        Some((first?, last?))
    }
}

/// Is a document record as it is shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentShown {
    /// The number, folded for comparison; the first of a range.
    pub number: String,
    /// The last number of a range.
    pub last_number: Option<String>,
    /// The issuing country.
    pub issuing_country: Country,
    /// The type.
    pub document_type: DocumentTypeCode,
    /// What befell it.
    pub fraud_type: FraudTypeCode,
    /// Why its issuer ended it.
    pub reason: Option<RevocationReasonCode>,
    /// The day of the theft, loss or decision.
    pub reported_on: Option<DayText>,
}

impl From<&TravelDocument> for DocumentShown {
    fn from(document: &TravelDocument) -> Self {
        Self {
            number: document.number.to_string(),
            last_number: document.range_end.as_ref().map(ToString::to_string),
            issuing_country: document.issuing_country.into(),
            document_type: document.document_type.into(),
            fraud_type: document.fraud_type.into(),
            reason: document.reason.map(Into::into),
            reported_on: document.reported_on.map(|day: Day| day.to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<TravelDocument, Vec<String>> {
        let stated: DocumentStated = serde_json::from_str(json).map_err(|error| vec![error.to_string()])?;
        let mut faults = Faults::default();
        let document = stated.read(CountryCode::new("XAX").unwrap(), "document", &mut faults);
        faults.into_result().map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        Ok(document.unwrap())
    }

    #[test]
    fn a_range_counts_from_the_lower_end_to_the_higher_in_one_width() {
        let json = r#"{"range": {"prefix": "C", "from": "105", "to": "0099"}, "document_type": "passport",
            "fraud": {"type": "stolen-blank"}}"#;
        let document = read(json).unwrap();
        assert_eq!(document.number.as_str(), "C0099");
        assert_eq!(document.range_end.as_ref().unwrap().as_str(), "C0105");
        let mut faults = Faults::default();
        document.check("2026-11-23".parse().unwrap(), CountryCode::new("XAX").ok(), &mut faults);
        assert!(faults.into_result().is_ok());
    }

    #[test]
    fn the_widest_range_the_form_can_say_is_within_the_cap() {
        let json = r#"{"range": {"prefix": "99999999999999999999", "from": "0", "to": "9999999"},
            "document_type": "passport", "fraud": {"type": "stolen-blank"}}"#;
        let mut faults = Faults::default();
        read(json).unwrap().check("2026-11-23".parse().unwrap(), CountryCode::new("XAX").ok(), &mut faults);
        assert!(faults.into_result().is_ok());
    }

    #[test]
    fn what_no_form_offers_is_refused() {
        let cases = [
            (r#"{"document_type":"passport","fraud":{"type":"lost"}}"#, "document.number: missing"),
            (
                r#"{"number":"A1","document_type":"passport","fraud":{"type":"revoked"}}"#,
                "document.fraud.reason: missing",
            ),
            (
                r#"{"number":"A1","document_type":"passport","fraud":{"type":"lost","reason":"replaced"}}"#,
                "document.fraud.reason: bad-characters",
            ),
            (
                r#"{"range":{"prefix":"A","from":"1","to":"2"},"document_type":"visa","fraud":{"type":"lost"}}"#,
                "document.fraud.type: unknown-code",
            ),
            (
                r#"{"number":"А1","document_type":"passport","fraud":{"type":"lost"}}"#,
                "document.number: bad-characters",
            ),
        ];
        for (json, fault) in cases {
            assert_eq!(read(json).unwrap_err(), [fault], "{json}");
        }
    }
}
