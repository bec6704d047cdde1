//! Acts on records whatever their database: opening, withdrawing, listing one's own, and the receipts of writes.

use barid_domain::codes::WithdrawalReason;
use barid_domain::faults::{FaultCode, Faults};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agreements::DutyCode;
use crate::codes::{DatabaseCode, PurposeCode, WithdrawalReasonCode};
use crate::images::ImageStated;
use crate::links::{LinkOpened, LinkShown};
use crate::marks::MarkShown;
use crate::objects::ObjectShown;
use crate::orders::AnnotationShown;
use crate::persons::PersonStated;
use crate::reading::{self, Why};
use crate::terms::TermsShown;
use crate::texts::{
    ActIdText, CaseReference, Cursor, DayText, EntryHashText, InstantText, OrganisationText, PositionText,
    RecordIdText, StreamText,
};
use crate::travel_documents::DocumentShown;

/// The most lines of one page of a list.
pub const PAGE_CAP: u32 = 500;
/// The lines of a page when the caller doesn't say.
pub const PAGE_LINES: u32 = 100;

/// Says why an act is done that needs nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "border-control", "reference": "LANE 4"}))]
pub struct ActRequest {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case, shift or lane it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
}

impl ActRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<Why> {
        reading::why(&self.purpose, &self.reference, faults)
    }
}

/// Answers an opening. It is an act whatever it finds, and journalled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenResponse {
    /// The record; `null` for one that isn't there and for one that may not be seen.
    #[schema(required = true)]
    pub record: Option<RecordShown>,
}

/// Is an opened record, verified before it is shown.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordShown {
    /// The act of opening.
    pub act: ActIdText,
    /// The act's line in the journal, by which this access can be proved.
    pub access: EntryHashText,
    /// The record.
    pub record: RecordIdText,
    /// The number of the version.
    pub version: u32,
    /// Its database.
    pub database: DatabaseCode,
    /// The organisation that supplied it.
    pub owner: OrganisationText,
    /// Who keeps the owner's keys: `self`, or `hosted-by` and a code.
    pub custody: String,
    /// The terms.
    pub terms: TermsShown,
    /// What is stated about a person.
    #[schema(required = true)]
    pub person: Option<PersonStated>,
    /// What is stated about a travel document.
    #[schema(required = true)]
    pub document: Option<DocumentShown>,
    /// What is stated about an object.
    #[serde(default)]
    pub object: Option<ObjectShown>,
    /// What is stated about two records.
    #[serde(default)]
    pub link: Option<LinkOpened>,
    /// The first of its links to other records; `null` for a link, and while the node is not ready: then they are not known.
    #[serde(default)]
    pub links: Option<Vec<LinkShown>>,
    /// Whether there are more links than these.
    #[serde(default)]
    pub more_links: bool,
    /// The photographs and scans of it; opening one is an act of its own.
    #[serde(default)]
    pub images: Vec<ImageStated>,
    /// What whoever is shown it has to heed.
    #[serde(default)]
    pub duties: Vec<DutyCode>,
    /// What whoever stands before the person should know first: that it may be another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<MarkShown>,
    /// What the commission says about it.
    #[serde(default)]
    pub annotations: Vec<AnnotationShown>,
    /// Whether an agreement shows a part of it only: what is not there may be there.
    #[serde(default)]
    pub partial: bool,
    /// The entry that stands.
    pub entry: EntryHashText,
    /// The stream it stands in.
    pub stream: StreamText,
    /// Its number in the stream, for its owner; `null` for everybody else: it tells how many entries the owner has made, those
    /// too that may not be seen.
    #[schema(required = true)]
    pub seq: Option<u64>,
    /// When it was signed.
    pub signed_at: InstantText,
}

/// Withdraws a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRequest {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Why the record ends.
    #[serde(default)]
    #[schema(required = true)]
    pub reason: WithdrawalReasonCode,
}

impl WithdrawalRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, WithdrawalReason)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let reason = self.reason.read("reason", faults);
        Some((why?, reason?))
    }
}

/// Is the receipt of a write: it is kept, and survives what the node survives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptShown {
    /// The records written, in the order of the request.
    pub records: Vec<RecordIdText>,
    /// The entries written, with their places.
    pub entries: Vec<EntryPlace>,
    /// What to send as the header `Barid-Position`, so that an answer shows this write, whichever server gives it.
    #[serde(default)]
    pub position: PositionText,
    /// Whether the same request had landed before, and this is the receipt it got then.
    pub replayed: bool,
}

/// Is an entry with its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryPlace {
    /// The entry.
    pub entry: EntryHashText,
    /// The stream.
    pub stream: StreamText,
    /// The number in the stream, from 1.
    pub seq: u64,
}

/// Answers a revision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevisionResponse {
    /// The receipt; `null` when nothing was written.
    #[schema(required = true)]
    pub written: Option<ReceiptShown>,
    /// When nothing was written because another entry stands by now: that entry. `null` where there is no such record
    /// of the caller's organisation, or it has ended.
    #[schema(required = true)]
    pub current: Option<EntryHashText>,
}

/// Answers a withdrawal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WithdrawalResponse {
    /// The receipt; `null` when there is no such record of the caller's organisation, or it had ended before.
    #[schema(required = true)]
    pub withdrawn: Option<ReceiptShown>,
}

/// Asks for a page of a list: of the caller's organisation's own records, or of the links of a record.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most lines; 100 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

impl ListRequest {
    /// Reads the request, noting every fault; answers why, the cursor and the number of lines.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, Option<String>, u32)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_LINES);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((why?, after, limit))
    }
}

/// Answers a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListResponse {
    /// The page; `null` when the cursor is none of the caller's organisation under today's policy: begin anew.
    #[schema(required = true)]
    pub page: Option<Page>,
}

/// Is a page of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// The lines.
    pub records: Vec<OwnRecordShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is a line of the list of an organisation's own records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnRecordShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// The entry that stands.
    pub entry: EntryHashText,
    /// The number of the version.
    pub version: u32,
    /// The day by which it is looked at again.
    pub review_on: DayText,
    /// Whether that day has passed: the record answers nobody, and is erased ninety days behind it, unless a revision
    /// with a new day brings it back.
    pub review_overdue: bool,
    /// Whether its last entry counts no more, because the key that signed it is in other hands: the record answers nothing
    /// else until its owner states it again.
    pub does_not_count: bool,
    /// Whether an order of the commission keeps it from everybody: `POST /v1/orders/list` says which.
    pub kept_back: bool,
}

/// Answers the question whether a write landed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutcomeResponse {
    /// The receipt of the write that landed; `null` when none of the caller's organisation did with this key.
    #[schema(required = true)]
    pub landed: Option<ReceiptShown>,
}
