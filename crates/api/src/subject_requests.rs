//! Requests of persons to the commission: taking them in, reading them, the steps about them, what may be told.

use barid_domain::agreements::LANGUAGES_CAP;
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, RecordId, RequestId};
use barid_domain::subject_requests::{
    Applicant, Decision, Due, Ending, IdentityCheck, Inadmissible, LostRequest, NAMES_CAP, NATIONALITIES_CAP,
    NextStep, ORDERS_CAP, OwnerReply, RECORDS_CAP, RequestKind, RequestStep, Restriction, TakenStep,
};
use barid_domain::text::{LocalText, NAME_CAP};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::agreements::FieldGroupCode;
use crate::codes::{Code, Country, DatabaseCode, OffenceCode, PersonStatusCode};
use crate::images::ImageStated;
use crate::links::LinkOpened;
use crate::objects::ObjectShown;
use crate::persons::PersonStated;
use crate::reading;
use crate::records::ReceiptShown;
use crate::schemas::{Schemas, closed_object, collect, one_of, optional, reference, required};
use crate::search::CandidateShown;
use crate::terms::LocalShortText;
use crate::texts::{
    CaseReference, Cursor, DayText, EntryHashText, InstantText, IntervalText, Language, NameText,
    OrganisationText, PastDayText, REFERENCE_NUMBER_CAP, RecordIdText, ReferenceNumber, RequestIdText,
    WrittenNumber,
};
use crate::travel_documents::DocumentShown;

/// What a person asks for.
pub type RequestKindCode = Code<RequestKind>;
/// How an identity was checked.
pub type IdentityCheckCode = Code<IdentityCheck>;
/// Why a request is not admissible.
pub type InadmissibleCode = Code<Inadmissible>;
/// What the commission decides.
pub type RequestDecisionCode = Code<Decision>;
/// What an owner answers.
pub type OwnerReplyCode = Code<OwnerReply>;
/// Why an owner keeps something back.
pub type DisclosureRestrictionCode = Code<Restriction>;

/// The most requests of one page.
pub const PAGE_CAP: u32 = 200;
/// The requests of a page when the caller doesn't say.
pub const PAGE_REQUESTS: u32 = 50;
/// The most numbers that a search for an applicant takes besides its names.
pub const NUMBERS_CAP: usize = 10;

/// Is who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicantStated {
    /// The names, in whatever script, the main one first.
    #[schema(min_items = 1, max_items = 20)]
    pub names: Vec<NameText>,
    /// When the person was born.
    pub birth: Option<IntervalText>,
    /// The nationalities.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub nationalities: Vec<Country>,
}

impl ApplicantStated {
    fn read(&self, faults: &mut Faults) -> Option<Applicant> {
        faults.count("applicant.names", self.names.len(), NAMES_CAP);
        faults.count("applicant.nationalities", self.nationalities.len(), NATIONALITIES_CAP);
        let names = self.names.iter().take(NAMES_CAP).enumerate();
        let names = names
            .map(|(i, name)| reading::text(&name.0, NAME_CAP, &format!("applicant.names[{i}]"), faults))
            .collect();
        let birth = match &self.birth {
            None => None,
            Some(birth) => Some(reading::interval(birth, "applicant.birth", faults)?),
        };
        let countries = self.nationalities.iter().take(NATIONALITIES_CAP).enumerate();
        let nationalities = countries
            .map(|(i, country)| country.read(&format!("applicant.nationalities[{i}]"), faults))
            .collect::<Option<Vec<_>>>()?;
        Some(Applicant { names, birth, nationalities })
    }
}

impl From<&Applicant> for ApplicantStated {
    fn from(applicant: &Applicant) -> Self {
        Self {
            names: applicant.names.iter().map(|name| name.as_str().into()).collect(),
            birth: applicant.birth.map(|birth| birth.to_string().into()),
            nationalities: applicant.nationalities.iter().map(|country| (*country).into()).collect(),
        }
    }
}

/// Takes in a request of a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "R/26/12", "kind": "access", "received_on": "2026-10-02",
    "applicant": {"names": ["اکبر تمرینی", "Акбар Упражнений"], "birth": "1971", "nationalities": ["XXA"]},
    "identity": "passport-copy", "language": "fa", "file": "R/26/12"}))]
pub struct SubjectRequestSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// What is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub kind: RequestKindCode,
    /// When it was received.
    pub received_on: PastDayText,
    /// Who asks.
    pub applicant: ApplicantStated,
    /// How the identity was checked; absent while it was not.
    pub identity: Option<IdentityCheckCode>,
    /// The language of the answer.
    pub language: Language,
    /// The commission's own number of the request.
    pub file: ReferenceNumber,
}

/// Is a request that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadSubmission {
    /// The file it is done under.
    pub reference: String,
    /// What is asked for.
    pub kind: RequestKind,
    /// When it was received.
    pub received_on: Day,
    /// Who asks.
    pub applicant: Applicant,
    /// How the identity was checked.
    pub identity: Option<IdentityCheck>,
    /// The language of the answer.
    pub language: String,
    /// The commission's own number of it.
    pub file: String,
}

impl SubjectRequestSubmission {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadSubmission> {
        let reference = reading::file(&self.reference, faults);
        let kind = self.kind.read("kind", faults);
        let received_on = reading::day(&self.received_on.0.as_str().into(), "received_on", faults);
        let applicant = self.applicant.read(faults);
        let identity = match &self.identity {
            None => None,
            Some(check) => Some(check.read("identity", faults)?),
        };
        let file = reading::text(&self.file.0, REFERENCE_NUMBER_CAP, "file", faults);
        let language = self.language.0.clone();
        let is_tag = barid_domain::text::is_language_tag(&language);
        faults.require(is_tag, "language", FaultCode::UnknownCode);
        let (kind, received_on, applicant) = (kind?, received_on?, applicant?);
        Some(ReadSubmission { reference, kind, received_on, applicant, identity, language, file })
    }
}

/// Answers with the request that was taken in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectRequestTaken {
    /// What names it.
    pub request: RequestIdText,
    /// The receipt.
    pub receipt: ReceiptShown,
}

/// Asks for the requests of the caller's commission.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRequestsRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Whether those that are closed are listed too.
    #[serde(default)]
    pub closed_too: bool,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most requests; 50 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl SubjectRequestsRequest {
    /// Reads the request, noting every fault; answers the file, the cursor and the number of requests.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, Option<String>, u32)> {
        let reference = reading::file(&self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_REQUESTS);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((reference, after, limit))
    }
}

/// Answers with a page of requests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectRequestsResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<SubjectRequestsPage>,
}

/// Is a page of requests, those first whose day comes first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectRequestsPage {
    /// The requests.
    pub requests: Vec<SubjectRequestLine>,
    /// Those whose intake does not count, because the key that signed it was in other hands: they have to be taken in anew. With
    /// the first page.
    pub not_counting: Vec<LostRequestShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is a request whose intake does not count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LostRequestShown {
    /// What names it.
    pub request: RequestIdText,
    /// The entry.
    pub entry: EntryHashText,
    /// On which day it was signed, as it says.
    pub signed_on: DayText,
    /// The last day on which it is kept.
    pub kept_until: DayText,
}

impl From<&LostRequest> for LostRequestShown {
    fn from(lost: &LostRequest) -> Self {
        Self {
            request: lost.request.to_string().into(),
            entry: lost.entry.to_string().into(),
            signed_on: lost.signed_on.to_string().into(),
            kept_until: lost.ends_on().to_string().into(),
        }
    }
}

/// Is what has to be done about a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DueShown {
    /// What.
    pub next: NextStepCode,
    /// The record, where it is about one.
    #[schema(required = true)]
    pub record: Option<RecordIdText>,
    /// Until which day, that day included; `null` where no rule says.
    #[schema(required = true)]
    pub by: Option<DayText>,
    /// Whether that day has passed.
    pub overdue: bool,
}

/// Is what has to be done next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NextStepCode {
    /// Check who asks.
    ConfirmIdentity,
    /// Find it admissible, or not.
    DecideAdmissibility,
    /// Search everything.
    Search,
    /// Consult the owner of a record.
    Consult,
    /// Wait for the answer of the owner of a record.
    AwaitOwner,
    /// Decide.
    Decide,
    /// Tell the applicant.
    Answer,
    /// Close it.
    Close,
}

impl DueShown {
    /// Shows it on a day.
    pub fn of(due: &Due, today: Day) -> Self {
        let (next, record) = match due.next {
            NextStep::ConfirmIdentity => (NextStepCode::ConfirmIdentity, None),
            NextStep::DecideAdmissibility => (NextStepCode::DecideAdmissibility, None),
            NextStep::Search => (NextStepCode::Search, None),
            NextStep::Consult(record) => (NextStepCode::Consult, Some(record)),
            NextStep::AwaitOwner(record) => (NextStepCode::AwaitOwner, Some(record)),
            NextStep::Decide => (NextStepCode::Decide, None),
            NextStep::Answer => (NextStepCode::Answer, None),
            NextStep::Close => (NextStepCode::Close, None),
        };
        Self {
            next,
            record: record.map(|record| record.to_string().into()),
            by: due.by.map(|day| day.to_string().into()),
            overdue: due.is_overdue(today),
        }
    }
}

/// Is a request in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectRequestLine {
    /// What names it.
    pub request: RequestIdText,
    /// What is asked for.
    pub kind: RequestKindCode,
    /// When it was received.
    pub received_on: DayText,
    /// The commission's own number of it.
    pub file: String,
    /// The main name of who asks.
    pub name: String,
    /// What has to be done, and until when.
    pub due: Vec<DueShown>,
    /// Whether a day for it has passed.
    pub overdue: bool,
    /// How it ended; `null` while it has not.
    #[schema(required = true)]
    pub ended: Option<EndingShown>,
    /// Of a closed one the last day on which it is kept.
    #[schema(required = true)]
    pub kept_until: Option<DayText>,
}

/// Is how a request ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndingShown {
    /// It was not admissible.
    Inadmissible(InadmissibleCode),
    /// It was withdrawn.
    Withdrawn,
    /// It was decided.
    Decided(RequestDecisionCode),
}

impl From<Ending> for EndingShown {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Inadmissible(reason) => Self::Inadmissible(reason.into()),
            Ending::Withdrawn => Self::Withdrawn,
            Ending::Decided(decision) => Self::Decided(decision.into()),
        }
    }
}

/// Asks for one request of the caller's commission.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRequestRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The request.
    pub request: RequestIdText,
}

impl SubjectRequestRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, RequestId)> {
        let reference = reading::file(&self.reference, faults);
        let request = read_request(&self.request, faults);
        Some((reference, request?))
    }
}

fn read_request(raw: &RequestIdText, faults: &mut Faults) -> Option<RequestId> {
    let parsed = raw.0.parse().ok().filter(|id: &RequestId| id.to_string() == raw.0);
    faults.require(parsed.is_some(), "request", FaultCode::BadCharacters);
    parsed
}

/// Answers with one request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectRequestResponse {
    /// The request; `null` for one that isn't there and for one that is another commission's.
    #[schema(required = true)]
    pub request: Option<SubjectRequestShown>,
}

/// Is a request with its steps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectRequestShown {
    /// What a list says of it.
    pub line: SubjectRequestLine,
    /// Who asks.
    pub applicant: ApplicantStated,
    /// How the identity was checked.
    #[schema(required = true)]
    pub identity: Option<IdentityCheckCode>,
    /// The language of the answer.
    pub language: Language,
    /// By when it has to be decided; `null` before it is admissible and once it has ended.
    #[schema(required = true)]
    pub decide_by: Option<DayText>,
    /// The records that concern the person.
    pub records: Vec<ConcernedShown>,
    /// The steps, in the order in which they came.
    pub steps: Vec<StepShown>,
}

/// Is a record that concerns the person, with what its owner answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConcernedShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// Its owner.
    pub owner: OrganisationText,
    /// What the owner answered last; `null` while it has not.
    #[schema(required = true)]
    pub answer: Option<OwnerAnswerShown>,
}

/// Is what an owner answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnerAnswerShown {
    /// The entry.
    pub entry: EntryHashText,
    /// When it was signed.
    pub answered_at: InstantText,
    /// What it answers.
    pub reply: OwnerReplyCode,
    /// Which groups of fields may be told, of a consent to a part.
    pub groups: Vec<FieldGroupCode>,
    /// Why something is kept back.
    #[schema(required = true)]
    pub restriction: Option<DisclosureRestrictionCode>,
    /// Why, in words.
    pub texts: Vec<LocalShortText>,
}

impl From<&barid_domain::subject_requests::GivenAnswer> for OwnerAnswerShown {
    fn from(given: &barid_domain::subject_requests::GivenAnswer) -> Self {
        let answer = &given.answer;
        Self {
            entry: given.signed.entry.to_string().into(),
            answered_at: given.signed.at.to_string().into(),
            reply: answer.reply.into(),
            groups: answer.groups.iter().map(|group| (*group).into()).collect(),
            restriction: answer.restriction.map(Into::into),
            texts: answer.texts.iter().map(Into::into).collect(),
        }
    }
}

/// Is a step that was taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StepShown {
    /// The entry. That of a consultation is what an owner answers.
    pub entry: EntryHashText,
    /// When it was signed.
    pub at: InstantText,
    /// What it did.
    pub step: String,
    /// The code that it gave: a check, a reason, a decision.
    #[schema(required = true)]
    pub code: Option<String>,
    /// The records that it is about.
    pub records: Vec<RecordIdText>,
    /// The day that it set.
    #[schema(required = true)]
    pub until: Option<DayText>,
    /// The orders, the answers of owners, or the version of the record, that it names.
    pub entries: Vec<EntryHashText>,
    /// What was asked, or why.
    pub texts: Vec<LocalShortText>,
}

impl From<&TakenStep> for StepShown {
    fn from(taken: &TakenStep) -> Self {
        let bare = |step: &str| Self {
            entry: taken.signed.entry.to_string().into(),
            at: taken.signed.at.to_string().into(),
            step: step.to_owned(),
            code: None,
            records: Vec::new(),
            until: None,
            entries: Vec::new(),
            texts: Vec::new(),
        };
        let said = |texts: &[LocalText]| texts.iter().map(Into::into).collect();
        match &taken.step {
            RequestStep::IdentityConfirmed(check) => {
                Self { code: Some(check.to_string()), ..bare("confirm-identity") }
            }
            RequestStep::FoundAdmissible => bare("find-admissible"),
            RequestStep::FoundInadmissible(reason) => {
                Self { code: Some(reason.to_string()), ..bare("find-inadmissible") }
            }
            RequestStep::Searched(found) => {
                let records = found.iter().map(|one| one.record.to_string().into()).collect();
                Self { records, ..bare("search") }
            }
            RequestStep::Consulted { record, version, due, tells_applicant, texts } => Self {
                code: tells_applicant.then(|| "tells-applicant".to_owned()),
                records: vec![record.to_string().into()],
                until: Some(due.to_string().into()),
                entries: vec![version.to_string().into()],
                texts: said(texts),
                ..bare("consult")
            },
            RequestStep::Extended { until, texts } => {
                Self { until: Some(until.to_string().into()), texts: said(texts), ..bare("extend") }
            }
            RequestStep::Decided { decision, orders, answers, texts } => Self {
                code: Some(decision.to_string()),
                entries: orders.iter().chain(answers).map(|entry| entry.to_string().into()).collect(),
                texts: said(texts),
                ..bare("decide")
            },
            RequestStep::Withdrawn => bare("withdraw"),
            RequestStep::Answered => bare("answer"),
            RequestStep::Closed => bare("close"),
        }
    }
}

/// Takes a step about a request of the caller's commission.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "R/26/12", "request": "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34",
    "step": {"consult": {"record": "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10", "until": "2027-01-15", "tells_applicant": false,
        "texts": [{"language": "en", "text": "May this be told to the person it is about?"}]}}}))]
pub struct StepSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The request.
    pub request: RequestIdText,
    /// The step.
    pub step: StepStated,
}

/// Is a step about a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum StepStated {
    /// The identity was checked.
    ConfirmIdentity(IdentityStated),
    /// It is found admissible: the clock starts.
    FindAdmissible(NothingMore),
    /// It is found not admissible.
    FindInadmissible(InadmissibleStated),
    /// Everything was searched; these records concern the person.
    Search(FoundStated),
    /// The owner of a record is asked what may be told.
    Consult(ConsultationStated),
    /// More time is needed.
    Extend(ExtensionStated),
    /// It is decided.
    Decide(DecisionStated),
    /// The applicant does not ask any more.
    Withdraw(NothingMore),
    /// The applicant was told the outcome.
    Answer(NothingMore),
    /// Nothing follows.
    Close(NothingMore),
}

/// Is nothing but the word for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NothingMore {}

/// Says how an identity was checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityStated {
    /// How.
    pub check: IdentityCheckCode,
}

/// Says why a request is not admissible.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InadmissibleStated {
    /// Why.
    pub reason: InadmissibleCode,
}

/// Names the records that concern a person; none where nothing was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundStated {
    /// The records, each once.
    #[schema(max_items = 500, value_type = BTreeSet<RecordIdText>)]
    pub records: Vec<RecordIdText>,
}

/// Asks the owner of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationStated {
    /// The record.
    pub record: RecordIdText,
    /// Until when an answer is waited for, that day included.
    pub until: DayText,
    /// Whether the owner is told who asks.
    pub tells_applicant: bool,
    /// What is asked, in one language or several.
    #[schema(min_items = 1, max_items = 20)]
    pub texts: Vec<LocalShortText>,
}

/// Takes more time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionStated {
    /// The new day.
    pub until: DayText,
    /// Why, in one language or several.
    #[schema(min_items = 1, max_items = 20)]
    pub texts: Vec<LocalShortText>,
}

/// Decides. What is told follows from the last answer of each owner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionStated {
    /// What.
    pub decision: RequestDecisionCode,
    /// The orders that were issued, by their entries.
    #[serde(default)]
    #[schema(max_items = 500, value_type = BTreeSet<EntryHashText>)]
    pub orders: Vec<EntryHashText>,
    /// Why, in one language or several.
    #[schema(min_items = 1, max_items = 20)]
    pub texts: Vec<LocalShortText>,
}

/// The names of the forms of a step, with the fields that they have.
const STEPS: [(&str, &str); 10] = [
    ("StepConfirmIdentity", "confirm_identity"),
    ("StepFindAdmissible", "find_admissible"),
    ("StepFindInadmissible", "find_inadmissible"),
    ("StepSearch", "search"),
    ("StepConsult", "consult"),
    ("StepExtend", "extend"),
    ("StepDecide", "decide"),
    ("StepWithdraw", "withdraw"),
    ("StepAnswer", "answer"),
    ("StepClose", "close"),
];

impl PartialSchema for StepStated {
    fn schema() -> RefOr<Schema> {
        one_of("A step about a request.", &STEPS.map(|(name, _)| name))
    }
}
impl ToSchema for StepStated {
    fn schemas(schemas: &mut Schemas) {
        for (name, field) in STEPS {
            let inner = match field {
                "confirm_identity" => reference::<IdentityStated>(),
                "find_inadmissible" => reference::<InadmissibleStated>(),
                "search" => reference::<FoundStated>(),
                "consult" => reference::<ConsultationStated>(),
                "extend" => reference::<ExtensionStated>(),
                "decide" => reference::<DecisionStated>(),
                _ => closed_object("Nothing but the word for it.", []),
            };
            schemas.push((name.to_owned(), closed_object("A step of one kind.", [required(field, inner)])));
        }
        collect::<IdentityStated>(schemas);
        collect::<InadmissibleStated>(schemas);
        collect::<FoundStated>(schemas);
        collect::<ConsultationStated>(schemas);
        collect::<ExtensionStated>(schemas);
        collect::<DecisionStated>(schemas);
    }
}

/// Is a step that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadStep {
    /// The identity was checked.
    ConfirmIdentity(IdentityCheck),
    /// It is found admissible.
    FindAdmissible,
    /// It is found not admissible.
    FindInadmissible(Inadmissible),
    /// These records concern the person.
    Search(Vec<RecordId>),
    /// The owner of a record is asked.
    Consult {
        /// The record.
        record: RecordId,
        /// Until when.
        due: Day,
        /// Whether the owner is told who asks.
        tells_applicant: bool,
        /// What is asked.
        texts: Vec<LocalText>,
    },
    /// More time is needed.
    Extend {
        /// The new day.
        until: Day,
        /// Why.
        texts: Vec<LocalText>,
    },
    /// It is decided.
    Decide {
        /// What.
        decision: Decision,
        /// The orders.
        orders: Vec<EntryHash>,
        /// Why.
        texts: Vec<LocalText>,
    },
    /// The applicant does not ask any more.
    Withdraw,
    /// The applicant was told.
    Answer,
    /// Nothing follows.
    Close,
}

impl StepSubmission {
    /// Reads the request, noting every fault; answers the file, the request and the step.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, RequestId, ReadStep)> {
        let reference = reading::file(&self.reference, faults);
        let request = read_request(&self.request, faults);
        let step = self.step.read(faults);
        Some((reference, request?, step?))
    }
}

impl StepStated {
    fn read(&self, faults: &mut Faults) -> Option<ReadStep> {
        Some(match self {
            Self::ConfirmIdentity(one) => {
                ReadStep::ConfirmIdentity(one.check.read("step.confirm_identity.check", faults)?)
            }
            Self::FindAdmissible(NothingMore {}) => ReadStep::FindAdmissible,
            Self::FindInadmissible(one) => {
                ReadStep::FindInadmissible(one.reason.read("step.find_inadmissible.reason", faults)?)
            }
            Self::Search(found) => ReadStep::Search(found.read(faults)?),
            Self::Consult(one) => one.read(faults)?,
            Self::Extend(one) => {
                let until = reading::day(&one.until, "step.extend.until", faults);
                let texts = read_texts(&one.texts, "step.extend.texts", faults);
                ReadStep::Extend { until: until?, texts }
            }
            Self::Decide(one) => one.read(faults)?,
            Self::Withdraw(NothingMore {}) => ReadStep::Withdraw,
            Self::Answer(NothingMore {}) => ReadStep::Answer,
            Self::Close(NothingMore {}) => ReadStep::Close,
        })
    }
}

impl FoundStated {
    fn read(&self, faults: &mut Faults) -> Option<Vec<RecordId>> {
        faults.count("step.search.records", self.records.len(), RECORDS_CAP);
        let numbered = self.records.iter().enumerate().take(RECORDS_CAP);
        let read =
            numbered.map(|(i, record)| reading::record(record, &format!("step.search.records[{i}]"), faults));
        read.collect()
    }
}

impl ConsultationStated {
    fn read(&self, faults: &mut Faults) -> Option<ReadStep> {
        let record = reading::record(&self.record, "step.consult.record", faults);
        let due = reading::day(&self.until, "step.consult.until", faults);
        let texts = read_texts(&self.texts, "step.consult.texts", faults);
        let tells_applicant = self.tells_applicant;
        Some(ReadStep::Consult { record: record?, due: due?, tells_applicant, texts })
    }
}

impl DecisionStated {
    fn read(&self, faults: &mut Faults) -> Option<ReadStep> {
        let decision = self.decision.read("step.decide.decision", faults);
        faults.count("step.decide.orders", self.orders.len(), ORDERS_CAP);
        let numbered = self.orders.iter().enumerate().take(ORDERS_CAP);
        let orders: Option<Vec<_>> = numbered
            .map(|(i, order)| reading::entry(order, &format!("step.decide.orders[{i}]"), faults))
            .collect();
        let texts = read_texts(&self.texts, "step.decide.texts", faults);
        Some(ReadStep::Decide { decision: decision?, orders: orders?, texts })
    }
}

/// Reads texts in one language or several, noting every fault.
pub(crate) fn read_texts(raw: &[LocalShortText], place: &str, faults: &mut Faults) -> Vec<LocalText> {
    faults.count(place, raw.len(), LANGUAGES_CAP);
    let numbered = raw.iter().enumerate().take(LANGUAGES_CAP);
    numbered.map(|(i, text)| text.read(&format!("{place}[{i}]"), faults)).collect()
}

/// Answers a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StepResponse {
    /// The receipt; `null` where there is no such request of the caller's commission.
    #[schema(required = true)]
    pub taken: Option<ReceiptShown>,
}

/// Asks for what a search for the applicant finds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicantSearchRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The request.
    pub request: RequestIdText,
    /// Numbers of the applicant's documents, searched for besides its names.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub numbers: Vec<WrittenNumber>,
}

impl ApplicantSearchRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, RequestId, Vec<String>)> {
        let reference = reading::file(&self.reference, faults);
        let request = read_request(&self.request, faults);
        faults.count("numbers", self.numbers.len(), NUMBERS_CAP);
        let numbered = self.numbers.iter().enumerate().take(NUMBERS_CAP);
        let read = |(i, number): (usize, &WrittenNumber)| {
            reading::document_number(number, &format!("numbers[{i}]"), faults).map(|_| number.0.clone())
        };
        let numbers: Option<Vec<_>> = numbered.map(read).collect();
        Some((reference, request?, numbers?))
    }
}

/// Answers a search for an applicant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApplicantSearchResponse {
    /// What was found; `null` where there is no such request of the caller's commission.
    #[schema(required = true)]
    pub found: Option<ApplicantCandidatesShown>,
}

/// Is what was found, to be compared by somebody: nothing of it is taken over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApplicantCandidatesShown {
    /// The candidates, best first, each record once.
    pub candidates: Vec<CandidateShown>,
    /// Whether a name found as many as one search gives: there may be more.
    pub may_be_more: bool,
    /// Names and numbers that nothing can be searched by, as they are written.
    pub not_searched: Vec<String>,
    /// Records that orders keep from everybody else, whomever they are about: no search compares them, so they are to be opened.
    pub kept_back: Vec<RecordIdText>,
}

/// Answers what the applicant may be told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisclosureResponse {
    /// What; `null` where there is no such request of the caller's commission.
    #[schema(required = true)]
    pub disclosure: Option<DisclosureShown>,
}

/// Is what an applicant is told. Where nothing was found, and where nothing may be told, it is the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeCode {
    /// What may be told of records.
    Told,
    /// That there is nothing to tell.
    NothingToTell,
    /// That the commission had records corrected or erased.
    Corrected,
    /// That the request was not admissible.
    Inadmissible,
    /// That the request was withdrawn.
    Withdrawn,
}

/// Is what may be told to the applicant, and nothing else.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisclosureShown {
    /// In which language.
    pub language: Language,
    /// What.
    pub outcome: OutcomeCode,
    /// Why it was not admissible.
    #[schema(required = true)]
    pub reason: Option<InadmissibleCode>,
    /// What of each record may be told.
    pub records: Vec<DisclosedShown>,
}

/// Is what of one record may be told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisclosedShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// Its owner.
    pub owner: OrganisationText,
    /// Of a person; how it stands and what it is accused of where that may be told.
    #[schema(required = true, value_type = Option<PersonTold>)]
    pub person: Option<PersonStated>,
    /// Of a travel document.
    #[schema(required = true)]
    pub document: Option<DocumentShown>,
    /// Of an object.
    #[schema(required = true)]
    pub object: Option<ObjectShown>,
    /// Of a link.
    #[schema(required = true)]
    pub link: Option<LinkOpened>,
    /// The pictures, where these may be told.
    pub images: Vec<ImageStated>,
}

/// Is what of a person may be told: as it is stated, where every list may be empty.
pub struct PersonTold;

impl PartialSchema for PersonTold {
    fn schema() -> RefOr<Schema> {
        let stated = [
            required("statuses", ArrayBuilder::new().items(reference::<PersonStatusCode>())),
            optional("offences", ArrayBuilder::new().items(reference::<OffenceCode>())),
        ];
        let stated = closed_object("What is known of the person's state, as far as it is told.", stated);
        let mut told = PersonStated::schema();
        if let RefOr::T(Schema::Object(person)) = &mut told {
            person.properties.insert("stated".to_owned(), stated);
        }
        told
    }
}
impl ToSchema for PersonTold {
    fn schemas(schemas: &mut Schemas) {
        PersonStated::schemas(schemas);
    }
}
