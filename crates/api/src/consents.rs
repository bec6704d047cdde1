//! Consents: asking the owner of a hit, answering, taking back, and reading what was asked.

use barid_domain::agreements::{Duty, FieldGroup, REASONS_CAP};
use barid_domain::codes::Database;
use barid_domain::consents::{ConsentState, DAYS_CAP, RECORDS_CAP};
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::text::LocalText;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::agreements::{DutyCode, FieldGroupCode, codes, numbered, read_organisations};
use crate::codes::{Code, DatabaseCode, PurposeCode};
use crate::reading::{self, Why};
use crate::records::ReceiptShown;
use crate::schemas::{Schemas, closed_object, collect, one_of, reference, required};
use crate::terms::LocalShortText;
use crate::texts::{
    CaseReference, Cursor, DayText, EntryHashText, InstantText, OrganisationText, RecordIdText,
};

/// How a request for consent stands.
pub type ConsentStateCode = Code<ConsentState>;

/// The most requests of one page.
pub const PAGE_CAP: u32 = 100;
/// The requests of a page when the caller doesn't say.
pub const PAGE_REQUESTS: u32 = 20;

/// Asks the owner of a hit for its consent to show what it is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentAskingRequest {
    /// The purpose: that of the search.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case that it is wanted for; the owner reads it.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The search that told of the hit: `access` of its answer. Not older than 30 days.
    #[serde(default)]
    #[schema(required = true)]
    pub access: EntryHashText,
    /// The database of the hit.
    #[serde(default)]
    #[schema(required = true)]
    pub database: DatabaseCode,
    /// Whose it is.
    #[serde(default)]
    #[schema(required = true)]
    pub owner: OrganisationText,
    /// Why, in the asker's words; the owner reads it.
    pub reason: LocalShortText,
    /// For how many days it is wanted; without an answer by then it ends.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 180)]
    pub days: u32,
}

/// Is what an asker wants, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadConsentAsking {
    /// Why it is asked.
    pub why: Why,
    /// The search that told of the hit.
    pub access: EntryHash,
    /// The database.
    pub database: Database,
    /// Whose it is.
    pub owner: OrganisationCode,
    /// Why, in the asker's words.
    pub reason: LocalText,
    /// For how many days.
    pub days: i32,
}

impl ConsentAskingRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadConsentAsking> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let access = reading::entry(&self.access, "access", faults);
        let database = self.database.read("database", faults);
        let owner = read_organisations(std::slice::from_ref(&self.owner), 1, "owner", faults);
        let reason = self.reason.read("reason", faults);
        let days = i32::try_from(self.days).ok().filter(|days| (1..=DAYS_CAP).contains(days));
        faults.require(days.is_some(), "days", FaultCode::Impossible);
        let owner = owner?.into_iter().next();
        Some(ReadConsentAsking {
            why: why?,
            access: access?,
            database: database?,
            owner: owner?,
            reason,
            days: days?,
        })
    }
}

/// Answers an asking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentAskingResponse {
    /// The name of the request; `null` where the caller has no such search, where it told of no such hit, or where that is no hit
    /// any more.
    #[schema(required = true)]
    pub request: Option<EntryHashText>,
}

/// Answers a request that is addressed to the caller's organisation and waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "FILE 9",
    "request": "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
    "answer": {"give": {"fields": ["offences"], "duties": ["confirm-with-owner"]}}}))]
pub struct ConsentAnswerRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The request.
    #[serde(default)]
    #[schema(required = true)]
    pub request: EntryHashText,
    /// The answer.
    pub answer: ConsentAnswerStated,
}

/// Is what an owner answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum ConsentAnswerStated {
    /// It consents.
    Give(ConsentGivenStated),
    /// It refuses.
    Refuse(ConsentRefused),
}

/// Is what an owner consents to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentGivenStated {
    /// To which of the records that are asked about; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 20)]
    pub records: Option<Vec<RecordIdText>>,
    /// What is shown besides what tells a record's subject apart.
    #[serde(default)]
    #[schema(value_type = BTreeSet<FieldGroupCode>)]
    pub fields: Vec<FieldGroupCode>,
    /// The last day, in UTC; as long as was asked for when absent, and never longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DayText>,
    /// What has to be heeded, besides what the handling code says; that nothing is passed on is a duty under every consent.
    #[serde(default)]
    #[schema(value_type = BTreeSet<DutyCode>)]
    pub duties: Vec<DutyCode>,
    /// Conditions in words, in one language or several; the asker reads them.
    #[serde(default)]
    #[schema(max_items = 7)]
    pub conditions: Vec<LocalShortText>,
}

/// Is a refusal.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRefused {
    /// Why; the asker reads it where `tells` says so, and nobody else outside the caller's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<LocalShortText>,
    /// Whether the asker is told why; says nothing without a reason.
    #[serde(default)]
    pub tells: bool,
}

impl PartialSchema for ConsentAnswerStated {
    fn schema() -> RefOr<Schema> {
        one_of("What an owner answers.", &["ConsentGiving", "ConsentRefusing"])
    }
}
impl ToSchema for ConsentAnswerStated {
    fn schemas(schemas: &mut Schemas) {
        let giving = closed_object("Consents.", [required("give", reference::<ConsentGivenStated>())]);
        let refusing = closed_object("Refuses.", [required("refuse", reference::<ConsentRefused>())]);
        schemas.push(("ConsentGiving".to_owned(), giving));
        schemas.push(("ConsentRefusing".to_owned(), refusing));
        collect::<ConsentGivenStated>(schemas);
        collect::<ConsentRefused>(schemas);
    }
}

/// Is an owner's answer, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadConsentAnswer {
    /// It consents.
    Give {
        /// To which of the records; `None` for all.
        records: Option<Vec<RecordId>>,
        /// What is shown.
        fields: Vec<FieldGroup>,
        /// The last day; `None` for the one that was asked for.
        until: Option<Day>,
        /// What has to be heeded.
        duties: Vec<Duty>,
        /// Conditions in words.
        conditions: Vec<LocalText>,
    },
    /// It refuses.
    Refuse {
        /// Why.
        reason: Option<LocalText>,
        /// Whether the asker is told why.
        tells: bool,
    },
}

impl ConsentAnswerRequest {
    /// Reads the request, noting every fault; answers the file, the request and the answer.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, EntryHash, ReadConsentAnswer)> {
        let file = reading::file(&self.reference, faults);
        let request = reading::entry(&self.request, "request", faults);
        let answer = match &self.answer {
            ConsentAnswerStated::Give(given) => given.read("answer.give", faults),
            ConsentAnswerStated::Refuse(refused) => {
                let (reason, tells) = refused.read("answer.refuse", faults);
                Some(ReadConsentAnswer::Refuse { reason, tells })
            }
        };
        Some((file, request?, answer?))
    }
}

impl ConsentGivenStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<ReadConsentAnswer> {
        let records = match &self.records {
            None => None,
            Some(raw) => {
                let at = format!("{place}.records");
                faults.require(!raw.is_empty(), at.as_str(), FaultCode::Missing);
                faults.count(at.as_str(), raw.len(), RECORDS_CAP);
                let read = numbered(raw, RECORDS_CAP);
                let read = read.map(|(i, record)| reading::record(record, &format!("{at}[{i}]"), faults));
                Some(read.collect::<Option<Vec<_>>>()?)
            }
        };
        let fields = codes(&self.fields, 0, &format!("{place}.fields"), faults);
        let duties = codes(&self.duties, 0, &format!("{place}.duties"), faults);
        let until = match &self.until {
            None => None,
            Some(day) => Some(reading::day(day, &format!("{place}.until"), faults)?),
        };
        faults.count(format!("{place}.conditions"), self.conditions.len(), REASONS_CAP);
        let conditions = numbered(&self.conditions, REASONS_CAP)
            .map(|(i, condition)| condition.read(&format!("{place}.conditions[{i}]"), faults))
            .collect();
        Some(ReadConsentAnswer::Give { records, fields: fields?, until, duties: duties?, conditions })
    }
}

impl ConsentRefused {
    fn read(&self, place: &str, faults: &mut Faults) -> (Option<LocalText>, bool) {
        read_reason(self.reason.as_ref(), self.tells, place, faults)
    }
}

fn read_reason(
    reason: Option<&LocalShortText>,
    tells: bool,
    place: &str,
    faults: &mut Faults,
) -> (Option<LocalText>, bool) {
    let at = if place.is_empty() { "reason".to_owned() } else { format!("{place}.reason") };
    // A reason that there is not can't be told.
    (reason.map(|reason| reason.read(&at, faults)), tells && reason.is_some())
}

/// Answers an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentAnswerResponse {
    /// The receipt; `null` where no such request waits for the caller's organisation.
    #[schema(required = true)]
    pub answered: Option<ReceiptShown>,
}

/// Takes a consent of the caller's organisation back, or its own request.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentEndRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The request.
    #[serde(default)]
    #[schema(required = true)]
    pub request: EntryHashText,
    /// Why; of an owner the asker reads it where `tells` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<LocalShortText>,
    /// Whether the asker is told why; says nothing without a reason.
    #[serde(default)]
    pub tells: bool,
}

impl ConsentEndRequest {
    /// Reads the request, noting every fault; answers the file, the request, and why with whether it is told.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, EntryHash, (Option<LocalText>, bool))> {
        let file = reading::file(&self.reference, faults);
        let request = reading::entry(&self.request, "request", faults);
        let reason = read_reason(self.reason.as_ref(), self.tells, "", faults);
        Some((file, request?, reason))
    }
}

/// Answers a taking back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentEndResponse {
    /// The receipt; `null` where there is nothing that the caller's organisation could take back.
    #[schema(required = true)]
    pub ended: Option<ReceiptShown>,
}

/// Is on which side of requests the caller's organisation reads them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentSide {
    /// It is asked.
    #[default]
    Owner,
    /// It asks.
    Asker,
}

impl PartialSchema for ConsentSide {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("On which side of requests the caller's organisation reads them."))
            .enum_values(Some(["owner", "asker"]))
            .into()
    }
}
impl ToSchema for ConsentSide {}

/// Asks for the requests of the caller's organisation, or for those addressed to it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentsRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// As whom.
    pub role: ConsentSide,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most requests; 20 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl ConsentsRequest {
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
pub struct ConsentsResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<ConsentsPage>,
}

/// Is a page of requests, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentsPage {
    /// The requests.
    pub requests: Vec<ConsentShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is a request for consent as one side of it sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentShown {
    /// Its name.
    pub request: EntryHashText,
    /// Who asks.
    pub asker: OrganisationText,
    /// Who is asked.
    pub owner: OrganisationText,
    /// When it was asked.
    pub asked_at: InstantText,
    /// The database.
    pub database: DatabaseCode,
    /// For what it is asked.
    pub purpose: PurposeCode,
    /// The case that it is asked for.
    pub case: CaseReference,
    /// Why, in the asker's words.
    pub reason: LocalShortText,
    /// The last day on which it is wanted, in UTC.
    pub until: DayText,
    /// How it stands today.
    pub state: ConsentStateCode,
    /// The records that it is about: for the owner. The asker reads in `given` what it may open.
    pub records: Vec<RecordIdText>,
    /// What was consented to; for the asker while it holds. `null` otherwise.
    #[schema(required = true)]
    pub given: Option<ConsentGivenShown>,
    /// Why the owner refused or took back; for the asker where it is told. `null` otherwise.
    #[schema(required = true)]
    pub answer_reason: Option<LocalShortText>,
}

/// Is what an owner consented to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentGivenShown {
    /// The records that may be opened for the purpose of the request; for the asker without those that have ended.
    pub records: Vec<RecordIdText>,
    /// What is shown besides what tells a record's subject apart.
    pub fields: Vec<FieldGroupCode>,
    /// The last day, in UTC.
    pub until: DayText,
    /// What has to be heeded, besides what the handling code of each record says.
    pub duties: Vec<DutyCode>,
    /// Conditions in words.
    pub conditions: Vec<LocalShortText>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn faults_of(body: Value) -> Vec<String> {
        let request: ConsentAskingRequest = serde_json::from_value(body).unwrap();
        let mut faults = Faults::default();
        request.read(&mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect()
    }

    fn faults_of_answer(answer: Value) -> Vec<String> {
        let body = json!({"reference": "F", "request": "5a".repeat(32), "answer": answer});
        let request: ConsentAnswerRequest = serde_json::from_value(body).unwrap();
        let mut faults = Faults::default();
        request.read(&mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_deviation_of_an_asking_has_a_place_and_a_code() {
        let sound = json!({"purpose": "drug-trafficking", "reference": "CASE 7", "access": "5a".repeat(32),
            "database": "persons", "owner": "XA", "days": 180,
            "reason": {"language": "ru", "text": "Партия и подозреваемый совпадают"}});
        assert_eq!(faults_of(sound.clone()), Vec::<String>::new());
        let with = |field: &str, value: Value| {
            let mut body = sound.clone();
            body[field] = value;
            faults_of(body)
        };
        assert_eq!(with("days", json!(181)), ["days: impossible"]);
        assert_eq!(with("days", json!(0)), ["days: impossible"]);
        assert_eq!(with("access", json!("5A")), ["access: bad-characters"]);
        assert_eq!(with("owner", json!("xa")), ["owner[0]: bad-characters"]);
        assert_eq!(with("reason", json!({"language": "ru", "text": ""})), ["reason.text: missing"]);
        let long = json!({"language": "ar", "text": "ن".repeat(1_001)});
        assert_eq!(with("reason", long), ["reason.text: too-long"]);
    }

    #[test]
    fn every_deviation_of_an_answer_has_a_place_and_a_code() {
        let id = "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34";
        assert_eq!(faults_of_answer(json!({"give": {}})), Vec::<String>::new());
        assert_eq!(faults_of_answer(json!({"refuse": {}})), Vec::<String>::new());
        assert_eq!(faults_of_answer(json!({"give": {"records": []}})), ["answer.give.records: missing"]);
        assert_eq!(
            faults_of_answer(json!({"give": {"records": vec![id; 21]}})),
            ["answer.give.records: too-many"]
        );
        let twice = json!({"give": {"fields": ["offences", "offences"]}});
        assert_eq!(faults_of_answer(twice), ["answer.give.fields: duplicate"]);
        let unknown = json!({"give": {"duties": ["be-nice"]}});
        assert_eq!(faults_of_answer(unknown), ["answer.give.duties[0]: unknown-code"]);
        let empty = json!({"refuse": {"tells": true, "reason": {"language": "ar", "text": " "}}});
        assert_eq!(faults_of_answer(empty), ["answer.refuse.reason.text: missing"]);
        for answer in [json!({}), json!(null), json!({"give": {}, "refuse": {}}), json!({"give": null})] {
            let body = json!({"reference": "F", "request": "5a".repeat(32), "answer": answer});
            assert!(serde_json::from_value::<ConsentAnswerRequest>(body).is_err(), "{answer}");
        }
    }
}
