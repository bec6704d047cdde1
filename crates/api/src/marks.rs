//! Marks of records: the person at the desk may be the victim whose identity was misused, or was compared before.

use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::marks::MarkKind;
use barid_domain::orders::StandingOrder;
use barid_domain::text::{LocalText, SHORT_CAP};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::Code;
use crate::orders::{instant, texts};
use crate::reading;
use crate::records::ReceiptShown;
use crate::terms::LocalShortText;
use crate::texts::{CaseReference, EntryHashText, InstantText, OrganisationText, RecordIdText, ShortText};

/// What a mark says.
pub type MarkKindCode = Code<MarkKind>;

/// The most texts of a mark: one for each language.
const TEXTS_CAP: usize = 20;

/// Marks a record of a person of the caller's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "CASE 2026/114", "record": "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34",
    "mark": "misused-identity", "consent": "CASE 2026/114, sheet 3",
    "texts": [{"language": "ru", "text": "Шрам на левой ладони есть только у потерпевшего."}]}))]
pub struct MarkSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The record.
    #[serde(default)]
    #[schema(required = true)]
    pub record: RecordIdText,
    /// What is said.
    #[serde(default)]
    #[schema(required = true)]
    pub mark: MarkKindCode,
    /// What tells the two persons apart, once for each language.
    #[serde(default)]
    #[schema(required = true, min_items = 1, max_items = 20)]
    pub texts: Vec<LocalShortText>,
    /// The file that holds the consent of the other person; mandatory for `misused-identity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ShortText>,
}

/// Is a mark as a caller states it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadMark {
    /// The file it is done under.
    pub reference: String,
    /// The record.
    pub record: RecordId,
    /// What is said.
    pub mark: MarkKind,
    /// What tells the two persons apart.
    pub texts: Vec<LocalText>,
    /// The file that holds the consent.
    pub consent: Option<String>,
}

impl MarkSubmission {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadMark> {
        let reference = reading::file(&self.reference, faults);
        let record = reading::record(&self.record, "record", faults);
        let mark = self.mark.read("mark", faults);
        let texts = read_texts(&self.texts, faults);
        let consent = reading::optional_text(
            self.consent.as_ref().map(|text| text.0.as_str()),
            SHORT_CAP,
            "consent",
            faults,
        );
        // Whether the mark needs one is asked with what stands.
        Some(ReadMark { reference, record: record?, mark: mark?, texts, consent })
    }
}

/// Lifts a mark of the caller's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkLifting {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The mark: its entry.
    #[serde(default)]
    #[schema(required = true)]
    pub mark: EntryHashText,
    /// Why, once for each language.
    #[serde(default)]
    #[schema(required = true, min_items = 1, max_items = 20)]
    pub texts: Vec<LocalShortText>,
}

impl MarkLifting {
    /// Reads the request, noting every fault; answers the file, the mark and the reasons.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, EntryHash, Vec<LocalText>)> {
        let reference = reading::file(&self.reference, faults);
        let mark = reading::entry(&self.mark, "mark", faults);
        let texts = read_texts(&self.texts, faults);
        Some((reference, mark?, texts))
    }
}

fn read_texts(raw: &[LocalShortText], faults: &mut Faults) -> Vec<LocalText> {
    faults.count("texts", raw.len(), TEXTS_CAP);
    faults.require(!raw.is_empty(), "texts", FaultCode::Missing);
    let numbered = raw.iter().enumerate().take(TEXTS_CAP);
    numbered.map(|(i, text)| text.read(&format!("texts[{i}]"), faults)).collect()
}

/// Answers a mark, or the lifting of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MarkResponse {
    /// The receipt, whose entry names the mark; `null` where there is no such record, or no such mark, of the caller's
    /// organisation.
    #[schema(required = true)]
    pub marked: Option<ReceiptShown>,
}

/// Is a mark that is shown with a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MarkShown {
    /// What it says, as a code: `misused-identity`: the person at the desk may be the victim whose identity was misused;
    /// `similar-person`: a person of these names was compared before and is not the one of the record.
    pub mark: MarkKindCode,
    /// Its entry, which names it.
    pub entry: EntryHashText,
    /// Who says it: the record's owner, or the commission.
    pub by: OrganisationText,
    /// When it was said.
    pub at: InstantText,
    /// What tells the two persons apart.
    pub texts: Vec<LocalShortText>,
}

impl MarkShown {
    /// Shows a mark; `None` for an order that is none.
    pub fn of(standing: &StandingOrder) -> Option<Self> {
        Some(Self {
            mark: standing.order.mark?.into(),
            entry: standing.entry.to_string().into(),
            by: standing.commission.as_str().into(),
            at: instant(standing.at),
            texts: texts(standing),
        })
    }
}
