//! Text screening: a running text in one request, answered with the places where somebody or something known stands.

use barid_domain::faults::{FaultCode, Faults};
use barid_domain::text_screening::{StretchKind, TEXT_CAP};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agreements::GrantNamed;
use crate::codes::PurposeCode;
use crate::patterns::{NOT_ALPHANUMERIC, holds_other_than};
use crate::reading::{self, Why};
use crate::search::{CandidateShown, LIMIT_CAP};
use crate::texts::{ActIdText, CaseReference, EntryHashText, ScreenedText};

/// The least score that can be asked for.
const LEAST_SCORE_ASKED: f64 = 0.3;

/// Asks for a text to be screened.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "purpose": "border-control", "reference": "PRESS 2026/31",
    "text": "По данным следствия, встречался с Валерием Калачевым."
}))]
pub struct TextScreeningRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case, event or lane it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The text.
    #[serde(default)]
    #[schema(required = true)]
    pub text: ScreenedText,
    /// The least score of a candidate that is answered; the alert threshold when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.3, maximum = 1)]
    pub least_score: Option<f64>,
    /// The most candidates of a find; 10 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<u32>,
}

/// Is a request to screen a text that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct TextScreeningRead {
    /// Why it is asked.
    pub why: Why,
    /// The text as it was sent.
    pub text: String,
    /// The least score of a candidate that is answered.
    pub least_score: Option<f32>,
    /// The most candidates of a find.
    pub limit: Option<u32>,
}

impl TextScreeningRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<TextScreeningRead> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        // Checked as cleaned, screened as sent: places in it are counted.
        let cleaned = reading::text(&self.text.0, TEXT_CAP, "text", faults);
        let findable = cleaned.is_empty() || holds_other_than(&cleaned, NOT_ALPHANUMERIC);
        faults.require(findable, "text", FaultCode::BadCharacters);
        let score_fits = self.least_score.is_none_or(|score| (LEAST_SCORE_ASKED..=1.0).contains(&score));
        faults.require(score_fits, "least_score", FaultCode::Impossible);
        let limit_fits = self.limit.is_none_or(|limit| (1..=LIMIT_CAP).contains(&limit));
        faults.require(limit_fits, "limit", FaultCode::Impossible);
        let least_score = self.least_score.map(|score| score as f32);
        Some(TextScreeningRead { why: why?, text: self.text.0.clone(), least_score, limit: self.limit })
    }
}

/// Answers a text screening. What may not be seen and what doesn't exist answer alike, and nothing is counted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TextScreeningResponse {
    /// The act of screening.
    pub act: ActIdText,
    /// The act's line in the journal, by which it can be proved that this text was screened.
    pub access: EntryHashText,
    /// The score from which a candidate of a find of kind `name` or `group` is an alert; another one than that of searches. Candidates of
    /// numbers and machine-readable zones are scored as in a search, and are alerts from a search's threshold on: `alert` of
    /// a candidate says which ones are.
    pub alert_threshold: f32,
    /// The least score of the candidates that are answered, of whatever kind.
    pub least_score: f32,
    /// What was found, in the order of its place.
    pub finds: Vec<TextFindShown>,
    /// Whether more was found than an answer holds: the finds that score least are left out. Cut the text into smaller ones.
    pub cut: bool,
    /// Grants whose daily cap is reached: what these show was not looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps_reached: Vec<GrantNamed>,
}

/// Is a stretch of the text in which somebody or something known was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TextFindShown {
    /// The first character of the stretch, counted from 0 in Unicode code points.
    pub start: u32,
    /// The character after its last one.
    pub end: u32,
    /// The stretch as it stands in the text.
    pub text: String,
    /// What it was taken for.
    pub kind: TextFindKind,
    /// What a number says about its own soundness, as codes: of a zone those of a search; `letters-alike` where letters of
    /// another script were read as the Latin ones they look like.
    pub remarks: Vec<String>,
    /// Who or what it may be, best first; of a name the reasons name its parts in the form in which they were compared.
    pub candidates: Vec<CandidateShown>,
}

/// Is what a stretch of a text was taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextFindKind {
    /// The name of a person.
    Name,
    /// The name of a group: an organisation or network on record.
    Group,
    /// The number of a document.
    DocumentNumber,
    /// A machine-readable zone.
    MachineReadableZone,
    /// A vehicle identification number.
    Vin,
    /// A number plate.
    Plate,
    /// An international telephone number.
    Phone,
    /// The number of a mobile device.
    Imei,
}

impl From<StretchKind> for TextFindKind {
    fn from(kind: StretchKind) -> Self {
        match kind {
            StretchKind::Name => Self::Name,
            StretchKind::Group => Self::Group,
            StretchKind::DocumentNumber => Self::DocumentNumber,
            StretchKind::MachineReadableZone => Self::MachineReadableZone,
            StretchKind::Vin => Self::Vin,
            StretchKind::Plate => Self::Plate,
            StretchKind::Phone => Self::Phone,
            StretchKind::Imei => Self::Imei,
        }
    }
}

impl From<TextFindKind> for StretchKind {
    fn from(kind: TextFindKind) -> Self {
        match kind {
            TextFindKind::Name => Self::Name,
            TextFindKind::Group => Self::Group,
            TextFindKind::DocumentNumber => Self::DocumentNumber,
            TextFindKind::MachineReadableZone => Self::MachineReadableZone,
            TextFindKind::Vin => Self::Vin,
            TextFindKind::Plate => Self::Plate,
            TextFindKind::Phone => Self::Phone,
            TextFindKind::Imei => Self::Imei,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_called_as_in_the_domain() {
        for kind in StretchKind::ALL {
            let written = serde_json::to_string(&TextFindKind::from(kind)).unwrap();
            assert_eq!(written, format!("{:?}", kind.as_str()));
            assert_eq!(StretchKind::from(TextFindKind::from(kind)), kind);
        }
    }

    #[test]
    fn a_text_is_read_as_it_stands_up_to_its_cap() {
        let request = |text: String| TextScreeningRequest {
            purpose: barid_domain::codes::Purpose::Exercise.into(),
            reference: "УЧЕНИЕ 4".into(),
            text: text.into(),
            ..TextScreeningRequest::default()
        };
        for (text, expected) in [
            ("Встречался\r\n\tс Калачевым.\u{202e} ".to_owned(), ""),
            ("খ".repeat(TEXT_CAP), ""),
            ("খ".repeat(TEXT_CAP + 1), "text: too-long"),
            ("a\0b".to_owned(), "text: bad-characters"),
            (" … \n".to_owned(), "text: bad-characters"),
            (" ".to_owned(), "text: missing"),
        ] {
            let mut faults = Faults::default();
            let read = request(text.clone()).read(&mut faults);
            let named: Vec<String> =
                faults.into_result().err().into_iter().flatten().map(|fault| fault.to_string()).collect();
            assert_eq!(named.concat(), expected);
            assert_eq!(read.unwrap().text, text);
        }
    }
}
