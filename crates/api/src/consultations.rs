//! Consultations: what the commission asks an owner about one of its records, and what the owner answers.

use barid_domain::agreements::FieldGroup;
use barid_domain::codes::CodeList;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::subject_requests::{OwnerAnswer, OwnerReply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agreements::FieldGroupCode;
use crate::codes::DatabaseCode;
use crate::reading;
use crate::records::ReceiptShown;
use crate::subject_requests::{
    ApplicantStated, DisclosureRestrictionCode, OwnerAnswerShown, OwnerReplyCode, PAGE_CAP, PAGE_REQUESTS,
    read_texts,
};
use crate::terms::LocalShortText;
use crate::texts::{CaseReference, Cursor, DayText, EntryHashText, OrganisationText, RecordIdText};

/// Asks what the caller's organisation was asked about its records.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationsRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most consultations; 50 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl ConsultationsRequest {
    /// Reads the request, noting every fault; answers the file, the cursor and the number of consultations.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, Option<String>, u32)> {
        let reference = reading::file(&self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_REQUESTS);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((reference, after, limit))
    }
}

/// Answers with a page of consultations.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsultationsResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<ConsultationsPage>,
}

/// Is a page of consultations, what waits for an answer first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsultationsPage {
    /// The consultations.
    pub consultations: Vec<ConsultationShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is what the commission asks about one record of the caller's organisation. Which request it belongs to, and whether other
/// records or other owners have part in it, is not told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsultationShown {
    /// What names it: an answer names it too.
    pub consultation: EntryHashText,
    /// The commission that asks.
    pub commission: OrganisationText,
    /// The record.
    pub record: RecordIdText,
    /// The version of it that the answer is about, by its entry: another one is not told.
    pub version: EntryHashText,
    /// Its database.
    pub database: DatabaseCode,
    /// Until when an answer is waited for, that day included. Silence is no consent.
    pub due: DayText,
    /// What is asked.
    pub texts: Vec<LocalShortText>,
    /// Who asks, where the commission tells it.
    #[schema(required = true)]
    pub applicant: Option<ApplicantStated>,
    /// What was answered last.
    #[schema(required = true)]
    pub answer: Option<OwnerAnswerShown>,
    /// Whether an answer counts still.
    pub open: bool,
}

/// Answers a consultation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "R/26/12",
    "consultation": "4a1cc44ab5f4c4ee0bd5b7ed2ae6a0a6b5d4f3c2e1a0b9c8d7e6f5a4b3c2d1e0",
    "reply": "consents-to-part", "groups": ["documents"], "restriction": "inquiry",
    "texts": [{"language": "en", "text": "The inquiry goes on."}]}))]
pub struct ConsultationAnswer {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The consultation.
    pub consultation: EntryHashText,
    /// What is answered.
    #[serde(default)]
    #[schema(required = true)]
    pub reply: OwnerReplyCode,
    /// Of a consent to a part: which groups of fields may be told, besides what tells the subject apart.
    #[serde(default)]
    #[schema(value_type = BTreeSet<FieldGroupCode>)]
    pub groups: Vec<FieldGroupCode>,
    /// Why something is kept back; where something is.
    pub restriction: Option<DisclosureRestrictionCode>,
    /// Why, in words; where something is kept back.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub texts: Vec<LocalShortText>,
}

impl ConsultationAnswer {
    /// Reads the request, noting every fault; answers the file and the answer.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, OwnerAnswer)> {
        let reference = reading::file(&self.reference, faults);
        let consultation = reading::entry(&self.consultation, "consultation", faults);
        let reply: Option<OwnerReply> = self.reply.read("reply", faults);
        faults.count("groups", self.groups.len(), FieldGroup::LISTED.len());
        let numbered = self.groups.iter().enumerate().take(FieldGroup::LISTED.len());
        let groups: Option<Vec<_>> =
            numbered.map(|(i, group)| group.read(&format!("groups[{i}]"), faults)).collect();
        let restriction = match &self.restriction {
            None => None,
            Some(code) => Some(code.read("restriction", faults)?),
        };
        let texts = read_texts(&self.texts, "texts", faults);
        let mut groups = groups?;
        groups.sort_unstable();
        groups.dedup();
        let (consultation, reply) = (consultation?, reply?);
        Some((reference, OwnerAnswer { consultation, reply, groups, restriction, texts }))
    }
}

/// Answers an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsultationAnswered {
    /// The receipt; `null` where there is no such consultation of the caller's organisation, or it was superseded.
    #[schema(required = true)]
    pub answered: Option<ReceiptShown>,
}
