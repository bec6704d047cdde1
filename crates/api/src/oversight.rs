//! Oversight: who of an organisation did what, asked by whoever audits there or by the commission; and alarms.

use barid_domain::audit::{Operation, Phase};
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{ActId, OrganisationCode, RecordId};
use barid_domain::oversight::{AccessQuestion, AlarmKind, AlarmState};
use barid_domain::text::LocalText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{Code, DatabaseCode, PurposeCode};
use crate::reading;
use crate::terms::LocalShortText;
use crate::texts::{
    ActIdText, AlarmIdText, CaseReference, Cursor, DayText, EntryHashText, InstantText, OfficerText,
    OrganisationText, RecordIdText,
};

/// What was done.
pub type OperationCode = Code<Operation>;
/// How far an act had got.
pub type PhaseCode = Code<Phase>;
/// What was out of the ordinary.
pub type AlarmKindCode = Code<AlarmKind>;
/// How an alarm stands.
pub type AlarmStateCode = Code<AlarmState>;

/// The most accesses of one page.
pub const ACCESSES_PAGE_CAP: u32 = 500;
/// The most alarms of one page.
pub const ALARMS_PAGE_CAP: u32 = 200;
/// The lines of a page when the caller doesn't say.
pub const PAGE_LINES: u32 = 100;

/// Asks who of an organisation did what. Everything that is named narrows what is answered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessesRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Whose accesses: the caller's own where absent. Of others the commission alone may ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationText>,
    /// By this officer or service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<OfficerText>,
    /// About this record, or showing or writing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordIdText>,
    /// Of this act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActIdText>,
    /// Of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationCode>,
    /// For this purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeCode>,
    /// Refused ones alone, or those alone that were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<bool>,
    /// From this day on, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DayText>,
    /// Up to and with this day, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DayText>,
    /// Where to go on: the cursor of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most accesses; 100 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Is a question about accesses, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessesRead {
    /// The file.
    pub reference: String,
    /// Whose.
    pub organisation: Option<OrganisationCode>,
    /// Which of them.
    pub lines: AccessQuestion,
    /// The cursor.
    pub after: Option<String>,
    /// The most accesses.
    pub limit: u32,
}

impl AccessesRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<AccessesRead> {
        let reference = reading::file(&self.reference, faults);
        let organisation = organisation(self.organisation.as_ref(), faults);
        let officer = self.officer.as_ref().map(|officer| read_officer(officer, faults));
        let record = self.record.as_ref().and_then(|record| reading::record(record, "record", faults));
        let act = self.act.as_ref().and_then(|act| read_act(act, faults));
        let operation = self.operation.as_ref().and_then(|code| code.read("operation", faults));
        let purpose = self.purpose.as_ref().and_then(|code| code.read("purpose", faults));
        let mut day = |raw: &Option<DayText>, place| -> Option<Day> {
            raw.as_ref().and_then(|day| reading::day(day, place, faults))
        };
        let (from, until) = (day(&self.from, "from"), day(&self.until, "until"));
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = page(self.limit, ACCESSES_PAGE_CAP, faults);
        let refused = self.refused;
        let lines = AccessQuestion { officer, record, act, operation, purpose, refused, from, until };
        Some(AccessesRead { reference, organisation, lines, after, limit })
    }
}

fn organisation(raw: Option<&OrganisationText>, faults: &mut Faults) -> Option<OrganisationCode> {
    let code = OrganisationCode::new(&raw?.0).ok();
    faults.require(code.is_some(), "organisation", FaultCode::BadCharacters);
    code
}

fn read_officer(raw: &OfficerText, faults: &mut Faults) -> String {
    let name = &raw.0;
    let fits = (1..=60).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    faults.require(fits, "officer", FaultCode::BadCharacters);
    name.clone()
}

fn read_act(raw: &ActIdText, faults: &mut Faults) -> Option<ActId> {
    let act = raw.0.parse().ok().filter(|act: &ActId| act.to_string() == raw.0);
    faults.require(act.is_some(), "act", FaultCode::BadCharacters);
    act
}

fn page(limit: Option<u32>, cap: u32, faults: &mut Faults) -> u32 {
    let limit = limit.unwrap_or(PAGE_LINES);
    faults.require((1..=cap).contains(&limit), "limit", FaultCode::Impossible);
    limit
}

/// Answers with a page of accesses.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessesResponse {
    /// The page; `null` where the cursor is none of the caller's: begin anew.
    #[schema(required = true)]
    pub page: Option<AccessesPage>,
}

/// Is a page of accesses, in the order of the ledger. It may hold fewer than were asked for, even none, and go on all the
/// same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessesPage {
    /// The accesses.
    pub accesses: Vec<AccessShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is how the record that was asked for comes into an access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InvolvementShown {
    /// The act was about it.
    Named,
    /// It was shown.
    Shown,
    /// It was written.
    Written,
    /// It was told that there is one, and whose; the commission alone learns which.
    Told,
}

/// Is an access: a line of the journal, without what was asked in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessShown {
    /// The line, by the hash under which its organisation, or the commission, takes out the proof; `null` for a line that names
    /// records of which was told only that they are there, but for the commission.
    #[schema(required = true)]
    pub entry: Option<EntryHashText>,
    /// The act; its begun and its last line share it.
    pub act: ActIdText,
    /// How far it had got.
    pub phase: PhaseCode,
    /// When.
    pub at: InstantText,
    /// By whom.
    pub officer: OfficerText,
    /// What.
    pub operation: OperationCode,
    /// Why, as a code.
    pub purpose: PurposeCode,
    /// Why, in the officer's own numbering.
    pub reference: String,
    /// The record it was about.
    #[schema(required = true)]
    pub record: Option<RecordIdText>,
    /// The records shown or written, the first hundred.
    #[schema(max_items = 100)]
    pub records: Vec<RecordIdText>,
    /// Whether there are more of these.
    pub more_records: bool,
    /// How the record that was asked for comes into it; `null` where none was asked for.
    #[schema(required = true)]
    pub involvement: Option<InvolvementShown>,
    /// Why it was refused, as a code.
    #[schema(required = true)]
    pub refusal: Option<String>,
}

/// Asks for alarms: those about the caller's organisation; as the commission those about any, or about the one that is named.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmsRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// About whose people. Of others than its own the commission alone may ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationText>,
    /// Where to go on: the cursor of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most alarms; 100 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Is a question about alarms, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmsRead {
    /// The file.
    pub reference: String,
    /// About whose people.
    pub organisation: Option<OrganisationCode>,
    /// The cursor.
    pub after: Option<String>,
    /// The most alarms.
    pub limit: u32,
}

impl AlarmsRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<AlarmsRead> {
        let reference = reading::file(&self.reference, faults);
        let organisation = organisation(self.organisation.as_ref(), faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = page(self.limit, ALARMS_PAGE_CAP, faults);
        Some(AlarmsRead { reference, organisation, after, limit })
    }
}

/// Answers with a page of alarms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmsResponse {
    /// The page; `null` where the cursor is none of the caller's: begin anew.
    #[schema(required = true)]
    pub page: Option<AlarmsPage>,
}

/// Is a page of alarms, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmsPage {
    /// The alarms.
    pub alarms: Vec<AlarmShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is something out of the ordinary: by codes and numbers, never by what was searched for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmShown {
    /// Its name.
    pub alarm: AlarmIdText,
    /// What.
    pub kind: AlarmKindCode,
    /// Whose people it is about.
    pub organisation: OrganisationText,
    /// The officer or service, where it is about one.
    #[schema(required = true)]
    pub officer: Option<OfficerText>,
    /// The record, where it is about one.
    #[schema(required = true)]
    pub record: Option<RecordIdText>,
    /// The database, where it is about one.
    #[schema(required = true)]
    pub database: Option<DatabaseCode>,
    /// Whose officer it was, where the commission alone reads of it; `null` where it is one of `organisation`.
    #[schema(required = true)]
    pub acting: Option<OrganisationText>,
    /// When the threshold was reached.
    pub at: InstantText,
    /// What was counted by then.
    pub counted: u32,
    /// From how many on it is an alarm.
    pub threshold: u32,
    /// How it stands.
    pub state: AlarmStateCode,
    /// What was said about it, in the order in which it was.
    pub decisions: Vec<AlarmDecisionShown>,
}

/// Is what somebody said about an alarm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmDecisionShown {
    /// For which organisation.
    pub organisation: OrganisationText,
    /// By whom.
    pub officer: OfficerText,
    /// When.
    pub at: InstantText,
    /// How the alarm stands since.
    pub state: AlarmStateCode,
    /// Why.
    pub reason: LocalShortText,
}

/// Says what an alarm was looked at to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmDecisionRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The alarm.
    pub alarm: AlarmIdText,
    /// How many decisions there were when it was read: where there are others by now, nothing is taken in.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 0, maximum = 20)]
    pub expects: u32,
    /// How it stands from now on.
    pub state: AlarmStateCode,
    /// Why.
    pub reason: LocalShortText,
}

/// Is a decision about an alarm, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmDecisionRead {
    /// The file.
    pub reference: String,
    /// The alarm.
    pub alarm: [u8; 16],
    /// How many decisions there were.
    pub expects: u32,
    /// How it stands from now on.
    pub state: AlarmState,
    /// Why.
    pub reason: LocalText,
}

impl AlarmDecisionRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<AlarmDecisionRead> {
        let reference = reading::file(&self.reference, faults);
        let mut id = [0; 16];
        let is_id = barid_domain::ids::decode_hex(&self.alarm.0, &mut id).is_some()
            && !self.alarm.0.bytes().any(|byte| byte.is_ascii_uppercase());
        faults.require(is_id, "alarm", FaultCode::BadCharacters);
        let most = barid_domain::oversight::DECISIONS_CAP as u32;
        faults.require(self.expects <= most, "expects", FaultCode::Impossible);
        let state = self.state.read("state", faults);
        let reason = self.reason.read("reason", faults);
        Some(AlarmDecisionRead { reference, alarm: id, expects: self.expects, state: state?, reason })
    }
}

/// Is what becomes of a record's mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkingStated {
    /// It is a canary from now on.
    Mark,
    /// It is none any more.
    Unmark,
}

/// Marks a record of the caller's organisation as a canary, which no honest work would open, or as none any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkCanaryRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The record.
    pub record: RecordIdText,
    /// What becomes of its mark.
    pub marking: MarkingStated,
}

impl MarkCanaryRequest {
    /// Reads the request, noting every fault; answers the file and the record.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, RecordId)> {
        let reference = reading::file(&self.reference, faults);
        Some((reference, reading::record(&self.record, "record", faults)?))
    }
}

/// Is what became of marking a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkOutcome {
    /// It is as was asked for.
    Done,
    /// There is no such record of the caller's organisation.
    Absent,
    /// A hundred are marked, and no more may be.
    Full,
}

/// Answers the marking of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MarkCanaryResponse {
    /// What became of it.
    pub outcome: MarkOutcome,
}

/// Asks for the canaries of the caller's organisation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CanariesRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
}

impl CanariesRequest {
    /// Reads the request, noting every fault; answers the file.
    pub fn read(&self, faults: &mut Faults) -> Option<String> {
        Some(reading::file(&self.reference, faults))
    }
}

/// Answers with the canaries of the caller's organisation, in the order in which they were marked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CanariesResponse {
    /// The canaries.
    #[schema(max_items = 100)]
    pub canaries: Vec<CanaryShown>,
}

/// Is a record that is marked as a canary.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CanaryShown {
    /// The record.
    pub record: RecordIdText,
    /// Since when.
    pub marked_at: InstantText,
}

/// Is what became of a decision about an alarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmOutcome {
    /// It is taken in.
    Decided,
    /// Somebody decided since the alarm was read.
    Stale,
    /// There are as many decisions as there may be.
    TooMany,
    /// There is no such alarm that the caller may read.
    Absent,
}

/// Answers a decision about an alarm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmDecisionResponse {
    /// What became of it.
    pub outcome: AlarmOutcome,
    /// The alarm as it is now, where the decision is taken in.
    #[schema(required = true)]
    pub alarm: Option<AlarmShown>,
}
