//! Reviews: which own records have to be looked at again, and what is decided about them, many at once.

use barid_domain::codes::WithdrawalReason;
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::terms::{KeepReason, Keeping};
use barid_domain::text::LocalText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{Code, DatabaseCode, PurposeCode, WithdrawalReasonCode};
use crate::problems::FaultShown;
use crate::reading::{self, Why};
use crate::terms::LocalShortText;
use crate::texts::{CaseReference, Cursor, DayText, EntryHashText, RecordIdText};

/// Why a record is kept.
pub type KeepReasonCode = Code<KeepReason>;

/// The most lines of one page.
pub const PAGE_CAP: u32 = 500;
/// The lines of a page when the caller doesn't say.
pub const PAGE_LINES: u32 = 100;
/// The most decisions of one request.
pub const DECISIONS_CAP: usize = 1_000;

/// Asks for the review list of the caller's organisation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewsRequest {
    /// The file it is asked under.
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

impl ReviewsRequest {
    /// Reads the request, noting every fault; answers the file, the cursor and the number of lines.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, Option<String>, u32)> {
        let reference = reading::file(&self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_LINES);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((reference, after, limit))
    }
}

/// Answers with a page of the review list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReviewsResponse {
    /// The page; `null` where the cursor is none of the caller's: begin anew.
    #[schema(required = true)]
    pub page: Option<ReviewsPage>,
}

/// Is a page of a review list: what is erased and not attested first, then records by the day of their review. It may hold
/// fewer lines than were asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReviewsPage {
    /// The lines.
    pub reviews: Vec<ReviewShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is how a record stands in the review list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewStateShown {
    /// Its day of review comes within six months.
    DueSoon,
    /// Its day has passed: it is hidden, and may be brought back.
    Overdue,
    /// Its ninety days have passed, and it is not erased yet.
    ErasureDue,
    /// It is erased, and the node has not attested it yet.
    ErasedUnattested,
}

/// Is a line of a review list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReviewShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// The entry that stands: what a decision expects. Of an item of a batch the batch.
    pub entry: EntryHashText,
    /// Whether it is an item of a batch: kept, it becomes another record.
    pub item: bool,
    /// The day by which it is looked at again.
    pub review_on: DayText,
    /// How it stands.
    pub state: ReviewStateShown,
    /// The last day on which it may be brought back, where it may.
    #[schema(required = true)]
    pub recoverable_until: Option<DayText>,
}

/// Keeps and withdraws own records at their review: at least one, and no more than a thousand together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionsRequest {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Records that are held further.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub keep: Vec<KeepStated>,
    /// Records that end.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub withdraw: Vec<EndStated>,
}

/// Keeps one record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepStated {
    /// The record.
    pub record: RecordIdText,
    /// The entry that it was decided on.
    pub expects: EntryHashText,
    /// The day by which it is looked at again: as far ahead as its database allows.
    pub review_on: DayText,
    /// Why it is kept.
    pub reason: KeepReasonCode,
    /// Why in words; mandatory with another reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<LocalShortText>,
}

/// Withdraws one record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndStated {
    /// The record.
    pub record: RecordIdText,
    /// The entry that it was decided on.
    pub expects: EntryHashText,
    /// Why it ends.
    pub reason: WithdrawalReasonCode,
}

/// Is a decision to keep a record, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeepRead {
    /// The record.
    pub record: RecordId,
    /// The entry that it was decided on.
    pub expects: EntryHash,
    /// The day by which it is looked at again.
    pub review_on: Day,
    /// Why it is kept.
    pub reason: KeepReason,
    /// Why in words.
    pub text: Option<LocalText>,
}

/// Is a decision to withdraw a record, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndRead {
    /// The record.
    pub record: RecordId,
    /// The entry that it was decided on.
    pub expects: EntryHash,
    /// Why it ends.
    pub reason: WithdrawalReason,
}

impl DecisionsRequest {
    /// Reads the request, noting every fault; what is kept and what ends, each in its order.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, Vec<KeepRead>, Vec<EndRead>)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        faults.count("keep", self.keep.len(), DECISIONS_CAP);
        faults.count("withdraw", self.withdraw.len(), DECISIONS_CAP);
        let kept: Vec<_> = self.keep.iter().enumerate().take(DECISIONS_CAP).collect();
        let ended: Vec<_> = self.withdraw.iter().enumerate().take(DECISIONS_CAP).collect();
        let kept: Option<Vec<KeepRead>> =
            kept.into_iter().map(|(i, one)| one.read(&format!("keep[{i}]"), faults)).collect();
        let ended: Option<Vec<EndRead>> =
            ended.into_iter().map(|(i, one)| one.read(&format!("withdraw[{i}]"), faults)).collect();
        Some((why?, kept?, ended?))
    }
}

impl KeepStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<KeepRead> {
        let record = reading::record(&self.record, &format!("{place}.record"), faults);
        let expects = reading::entry(&self.expects, &format!("{place}.expects"), faults);
        let review_on = reading::day(&self.review_on, &format!("{place}.review_on"), faults);
        let reason = self.reason.read(&format!("{place}.reason"), faults);
        let text = self.text.as_ref().map(|text| text.read(&format!("{place}.text"), faults));
        Some(KeepRead { record: record?, expects: expects?, review_on: review_on?, reason: reason?, text })
    }
}

impl EndStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<EndRead> {
        let record = reading::record(&self.record, &format!("{place}.record"), faults);
        let expects = reading::entry(&self.expects, &format!("{place}.expects"), faults);
        let reason = self.reason.read(&format!("{place}.reason"), faults);
        Some(EndRead { record: record?, expects: expects?, reason: reason? })
    }
}

/// Answers decisions, each on its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecisionsResponse {
    /// What became of those to keep, in their order.
    pub keep: Vec<DecidedShown>,
    /// What became of those to withdraw, in their order.
    pub withdraw: Vec<DecidedShown>,
}

/// Is what became of one decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecidedCode {
    /// The record is kept.
    Kept,
    /// The record is withdrawn.
    Withdrawn,
    /// Another entry stands than the decision expects.
    Stale,
    /// There is no such record of the caller's organisation, or it has ended.
    Absent,
    /// It is too late: the record is waiting to be erased.
    TooLate,
    /// An order of the commission keeps the record back, or its last version counts no more: it is stated anew, not kept.
    NotKept,
    /// The decision is not sound; see the faults.
    Faulty,
    /// The caller may not; see the refusal.
    Refused,
}

/// Tells what became of one decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecidedShown {
    /// The record that was decided about.
    pub record: RecordIdText,
    /// What became of the decision.
    pub outcome: DecidedCode,
    /// The entry that was written; where another one stands, that one.
    #[schema(required = true)]
    pub entry: Option<EntryHashText>,
    /// The record as it is kept: of an item of a batch another one.
    #[schema(required = true)]
    pub kept_as: Option<RecordIdText>,
    /// What is wrong with the decision.
    pub faults: Vec<FaultShown>,
    /// The order of the commission that nobody enters this person again, where that is why it is not kept.
    #[schema(required = true)]
    pub order: Option<EntryHashText>,
    /// Why the caller may not, as a code.
    #[schema(required = true)]
    pub refusal: Option<String>,
}

/// Says why an owner decided to keep a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeptShown {
    /// The day it was decided on.
    pub decided_on: DayText,
    /// Why.
    pub reason: KeepReasonCode,
    /// Why in words.
    pub text: Option<LocalShortText>,
}

impl From<&Keeping> for KeptShown {
    fn from(kept: &Keeping) -> Self {
        Self {
            decided_on: kept.decided_on.to_string().into(),
            reason: kept.reason.into(),
            text: kept.text.as_ref().map(LocalShortText::from),
        }
    }
}
