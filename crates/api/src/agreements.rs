//! Agreements: proposing a text, acting on it, reading and comparing what the caller's organisation is party of.

use barid_domain::agreements::{
    Agreement, AgreementStep, CLAUSES_CAP, Clause, DAILY_CAP_MOST, Duty, FieldGroup, GRANTS_CAP, Grant,
    GrantedOperation, LANGUAGES_CAP, PARTIES_CAP, REASONS_CAP,
};
use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, OrganisationCode};
use barid_domain::policy::GrantName;
use barid_domain::text::LocalText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{ClassificationCode, Code, DatabaseCode, HandlingCode, PurposeCode};
use crate::reading;
use crate::records::ReceiptShown;
use crate::terms::{LocalLongText, LocalShortText};
use crate::texts::{
    AgreementIdText, CaseReference, Cursor, DayText, EntryHashText, InstantText, OrganisationText,
};

/// What a grant lets be done.
pub type GrantedOperationCode = Code<GrantedOperation>;
/// A group of fields.
pub type FieldGroupCode = Code<FieldGroup>;
/// What has to be heeded.
pub type DutyCode = Code<Duty>;
/// What a party does about an agreement.
pub type AgreementStepCode = Code<AgreementStep>;

/// The most texts of one page.
pub const PAGE_CAP: u32 = 100;
/// The texts of a page when the caller doesn't say.
pub const PAGE_TEXTS: u32 = 20;

/// Is the text of an agreement: who is bound, from when until when, by what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "titles": [{"language": "en", "text": "Direct access for trafficking cases"}],
    "parties": ["XA", "XC", "XPART"], "from": "2026-12-01", "until": "2028-11-30",
    "clauses": [{"number": 1, "texts": [{"language": "en", "text": "What is shown stays the owner's."}]}],
    "grants": [{
        "number": 1, "recipients": ["XPART"], "owners": ["XA", "XC"], "databases": ["persons"],
        "operations": ["candidates", "open"], "fields": ["documents", "offences"],
        "purposes": ["drug-trafficking"], "held": ["drug-trafficking"],
        "handling": ["H0", "H1"], "classification": "official-use", "daily_cap": 500, "duties": ["confirm-with-owner"]
    }]
}))]
pub struct AgreementStated {
    /// What it is called, in one language or several.
    #[schema(min_items = 1, max_items = 20)]
    pub titles: Vec<LocalShortText>,
    /// The parties; the proposer is one of them.
    #[schema(min_items = 2, max_items = 250, value_type = BTreeSet<OrganisationText>)]
    pub parties: Vec<OrganisationText>,
    /// The first day of its period, in UTC.
    pub from: DayText,
    /// The last day of its period, in UTC; ten years behind the first at most.
    pub until: DayText,
    /// What it says in words.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub clauses: Vec<ClauseStated>,
    /// What it grants.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub grants: Vec<GrantStated>,
}

/// Is a clause in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseStated {
    /// Its number; higher than that of the clause before.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1)]
    pub number: u32,
    /// Its words, in one language or several.
    #[schema(min_items = 1, max_items = 20)]
    pub texts: Vec<LocalLongText>,
}

/// Is what some parties may do with records of others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantStated {
    /// Its number; higher than that of the grant before. An opt-out is from a number, and holds through all versions.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1)]
    pub number: u32,
    /// Who is granted it.
    #[schema(min_items = 1, max_items = 250, value_type = BTreeSet<OrganisationText>)]
    pub recipients: Vec<OrganisationText>,
    /// Whose records it is about.
    #[schema(min_items = 1, max_items = 250, value_type = BTreeSet<OrganisationText>)]
    pub owners: Vec<OrganisationText>,
    /// The databases.
    #[schema(min_items = 1, value_type = BTreeSet<DatabaseCode>)]
    pub databases: Vec<DatabaseCode>,
    /// What may be done.
    #[schema(min_items = 1, value_type = BTreeSet<GrantedOperationCode>)]
    pub operations: Vec<GrantedOperationCode>,
    /// What is shown besides what tells a record's subject apart.
    #[serde(default)]
    #[schema(value_type = BTreeSet<FieldGroupCode>)]
    pub fields: Vec<FieldGroupCode>,
    /// The purposes of searches that it is for.
    #[schema(min_items = 1, value_type = BTreeSet<PurposeCode>)]
    pub purposes: Vec<PurposeCode>,
    /// The purposes for which the records are held. Where one does not fit the purpose of the search, it is told at most
    /// that there is a record, and whose.
    #[schema(min_items = 1, value_type = BTreeSet<PurposeCode>)]
    pub held: Vec<PurposeCode>,
    /// The handling codes of the records.
    #[schema(min_items = 1, value_type = BTreeSet<HandlingCode>)]
    pub handling: Vec<HandlingCode>,
    /// The highest classification of the records.
    pub classification: ClassificationCode,
    /// The most searches of one recipient in one day, in UTC.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 10000000)]
    pub daily_cap: u32,
    /// What the recipients have to heed besides what a record's handling code says.
    #[serde(default)]
    #[schema(value_type = BTreeSet<DutyCode>)]
    pub duties: Vec<DutyCode>,
}

/// Is a text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAgreement {
    /// What it is called.
    pub titles: Vec<LocalText>,
    /// The parties, in order.
    pub parties: Vec<OrganisationCode>,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// The grants.
    pub grants: Vec<Grant>,
}

impl AgreementStated {
    /// Reads the text, noting faults under `place`; sets are put in order.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<ReadAgreement> {
        let at = |field: &str| format!("{place}.{field}");
        faults.count(at("titles"), self.titles.len(), LANGUAGES_CAP);
        faults.count(at("clauses"), self.clauses.len(), CLAUSES_CAP);
        faults.count(at("grants"), self.grants.len(), GRANTS_CAP);
        faults.require(!self.titles.is_empty(), at("titles"), FaultCode::Missing);
        let titles = numbered(&self.titles, LANGUAGES_CAP)
            .map(|(i, title)| title.read(&format!("{place}.titles[{i}]"), faults))
            .collect();
        let parties = organisations(&self.parties, 2, &at("parties"), faults);
        let from = reading::day(&self.from, &at("from"), faults);
        let until = reading::day(&self.until, &at("until"), faults);
        let clauses = numbered(&self.clauses, CLAUSES_CAP)
            .map(|(i, clause)| clause.read(&format!("{place}.clauses[{i}]"), faults))
            .collect();
        let grants: Option<Vec<Grant>> = numbered(&self.grants, GRANTS_CAP)
            .map(|(i, grant)| grant.read(&format!("{place}.grants[{i}]"), faults))
            .collect();
        Some(ReadAgreement {
            titles,
            parties: parties?,
            from: from?,
            until: until?,
            clauses,
            grants: grants?,
        })
    }
}

impl ClauseStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Clause {
        faults.require(self.number > 0, format!("{place}.number"), FaultCode::Impossible);
        faults.count(format!("{place}.texts"), self.texts.len(), LANGUAGES_CAP);
        faults.require(!self.texts.is_empty(), format!("{place}.texts"), FaultCode::Missing);
        let texts = numbered(&self.texts, LANGUAGES_CAP)
            .map(|(i, text)| text.read(&format!("{place}.texts[{i}]"), faults))
            .collect();
        Clause { number: self.number, texts }
    }
}

impl GrantStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<Grant> {
        let at = |field: &str| format!("{place}.{field}");
        faults.require(self.number > 0, at("number"), FaultCode::Impossible);
        let cap_fits = (1..=DAILY_CAP_MOST).contains(&self.daily_cap);
        faults.require(cap_fits, at("daily_cap"), FaultCode::Impossible);
        let recipients = organisations(&self.recipients, 1, &at("recipients"), faults);
        let owners = organisations(&self.owners, 1, &at("owners"), faults);
        let databases = codes::<Database>(&self.databases, 1, &at("databases"), faults);
        let operations = codes::<GrantedOperation>(&self.operations, 1, &at("operations"), faults);
        let fields = codes::<FieldGroup>(&self.fields, 0, &at("fields"), faults);
        let purposes = codes::<Purpose>(&self.purposes, 1, &at("purposes"), faults);
        let held = codes::<Purpose>(&self.held, 1, &at("held"), faults);
        let handling = codes::<Handling>(&self.handling, 1, &at("handling"), faults);
        let classification: Option<Classification> = self.classification.read(&at("classification"), faults);
        let duties = codes::<Duty>(&self.duties, 0, &at("duties"), faults);
        Some(Grant {
            number: self.number,
            recipients: recipients?,
            owners: owners?,
            databases: databases?,
            operations: operations?,
            fields: fields?,
            purposes: purposes?,
            held: held?,
            handling: handling?,
            classification: classification?,
            daily_cap: self.daily_cap,
            duties: duties?,
        })
    }
}

pub(crate) fn numbered<T>(items: &[T], cap: usize) -> impl Iterator<Item = (usize, &T)> {
    items.iter().enumerate().take(cap)
}

/// Reads a set of organisations; its order is no matter of the caller's, a code twice is a fault.
fn organisations(
    raw: &[OrganisationText],
    least: usize,
    place: &str,
    faults: &mut Faults,
) -> Option<Vec<OrganisationCode>> {
    let read = read_organisations(raw, PARTIES_CAP, place, faults);
    set(read?, least, place, faults)
}

/// Reads codes of organisations, at most so many.
pub(crate) fn read_organisations(
    raw: &[OrganisationText],
    most: usize,
    place: &str,
    faults: &mut Faults,
) -> Option<Vec<OrganisationCode>> {
    faults.count(place, raw.len(), most);
    numbered(raw, most)
        .map(|(i, code)| {
            let read = OrganisationCode::new(&code.0).ok();
            faults.require(read.is_some(), format!("{place}[{i}]"), FaultCode::BadCharacters);
            read
        })
        .collect()
}

pub(crate) fn codes<T: CodeList + Ord>(
    raw: &[Code<T>],
    least: usize,
    place: &str,
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let most = T::LISTED.len();
    faults.count(place, raw.len(), most);
    let read: Option<Vec<T>> =
        numbered(raw, most).map(|(i, code)| code.read(&format!("{place}[{i}]"), faults)).collect();
    set(read?, least, place, faults)
}

fn set<T: Ord>(mut items: Vec<T>, least: usize, place: &str, faults: &mut Faults) -> Option<Vec<T>> {
    faults.require(items.len() >= least, place, FaultCode::Missing);
    items.sort_unstable();
    let twice = items.windows(2).any(|pair| pair[0] == pair[1]);
    faults.require(!twice, place, FaultCode::Duplicate);
    Some(items)
}

/// Proposes the text of an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The text that this one is to take the place of; absent for a new agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<EntryHashText>,
    /// The text.
    pub agreement: AgreementStated,
}

/// Does something about an agreement, as a party of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementActRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The text that is before the party.
    pub text: EntryHashText,
    /// What it does.
    #[serde(default)]
    #[schema(required = true)]
    pub step: AgreementStepCode,
    /// The number of the grant, for an opt-out and its end; absent for other steps.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1)]
    pub grant: Option<u32>,
    /// Why, in one language or several.
    #[serde(default)]
    #[schema(max_items = 7)]
    pub reasons: Vec<LocalShortText>,
}

/// Is an act that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAgreementAct {
    /// The file.
    pub reference: String,
    /// The text.
    pub text: EntryHash,
    /// What is done.
    pub step: AgreementStep,
    /// The grant.
    pub grant: Option<u32>,
    /// Why.
    pub reasons: Vec<LocalText>,
}

impl AgreementActRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadAgreementAct> {
        let reference = reading::file(&self.reference, faults);
        let text = reading::entry(&self.text, "text", faults);
        let step = self.step.read("step", faults);
        faults.require(self.grant != Some(0), "grant", FaultCode::Impossible);
        faults.count("reasons", self.reasons.len(), REASONS_CAP);
        let reasons = numbered(&self.reasons, REASONS_CAP)
            .map(|(i, reason)| reason.read(&format!("reasons[{i}]"), faults))
            .collect();
        Some(ReadAgreementAct { reference, text: text?, step: step?, grant: self.grant, reasons })
    }
}

/// Asks for the agreements of the caller's organisation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementsRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most texts; 20 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl AgreementsRequest {
    /// Reads the request, noting every fault; answers the file, the cursor and the number of texts.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, Option<String>, u32)> {
        let reference = reading::file(&self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_TEXTS);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((reference, after, limit))
    }
}

/// Asks for one text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The text.
    pub text: EntryHashText,
    /// An earlier text to compare it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_with: Option<EntryHashText>,
}

impl AgreementRequest {
    /// Reads the request, noting every fault; answers the file, the text and the one to compare it with.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, EntryHash, Option<EntryHash>)> {
        let reference = reading::file(&self.reference, faults);
        let text = reading::entry(&self.text, "text", faults);
        let earlier = self.compare_with.as_ref().map(|text| reading::entry(text, "compare_with", faults));
        match earlier {
            None => Some((reference, text?, None)),
            Some(earlier) => Some((reference, text?, Some(earlier?))),
        }
    }
}

/// Is the receipt of a proposal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementWritten {
    /// The agreement.
    pub agreement: AgreementIdText,
    /// The entry: it names the text that was proposed, or the act.
    pub entry: EntryHashText,
    /// The receipt.
    pub receipt: ReceiptShown,
}

/// Answers an act about an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementActResponse {
    /// The receipt; `null` where there is no such text for the caller's organisation.
    #[schema(required = true)]
    pub written: Option<AgreementWritten>,
}

/// Answers with a page of texts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementsResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<AgreementsPage>,
}

/// Is a page of the texts that the caller's organisation is a party of, newest proposal first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementsPage {
    /// The texts.
    pub texts: Vec<AgreementShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Answers with one text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementResponse {
    /// The text; `null` where there is none for the caller's organisation.
    #[schema(required = true)]
    pub agreement: Option<AgreementShown>,
    /// What it says otherwise than the text it was to be compared with; `null` where it was to be compared with none, or with
    /// one that is none for the caller's organisation.
    #[schema(required = true)]
    pub changes: Option<Vec<ChangeShown>>,
}

/// Is a text as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgreementShown {
    /// The agreement, the same through all its versions.
    pub agreement: AgreementIdText,
    /// The entry of the text, by which it is named.
    pub text: EntryHashText,
    /// The number of the version.
    pub version: u32,
    /// The text that it takes the place of.
    #[schema(required = true)]
    pub amends: Option<EntryHashText>,
    /// How it stands.
    pub standing: TextStandingShown,
    /// Who proposed it.
    pub proposer: OrganisationText,
    /// When.
    pub proposed_at: InstantText,
    /// What it says.
    pub stated: AgreementStated,
    /// What its parties did about it.
    pub parties: Vec<PartyShown>,
}

/// Is how a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextStandingShown {
    /// Waits for signatures.
    Proposed,
    /// Signed by all; its period has not begun.
    Signed,
    /// In force, for the parties that take part.
    InForce,
    /// Another text has taken its place.
    Superseded,
    /// Its period is over.
    Over,
    /// Fewer than two parties are left.
    Ended,
}

/// Is what a party did about a text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PartyShown {
    /// The party.
    pub party: OrganisationText,
    /// When it signed the text; `null` while it has not.
    #[schema(required = true)]
    pub signed_at: Option<InstantText>,
    /// Whether it has declined to.
    pub declined: bool,
    /// How it stands.
    pub standing: PartyStandingShown,
    /// The grants that it has taken its records out of.
    pub opted_out: Vec<u32>,
    /// What it did about the agreement, the newest hundred.
    pub acts: Vec<PartyActShown>,
}

/// Is how a party stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartyStandingShown {
    /// Takes part as far as it has signed.
    Active,
    /// Has suspended its part.
    Suspended,
    /// Has ended its part.
    Ended,
}

/// Is a part that two texts say differently.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeShown {
    /// The part.
    pub part: PartShown,
    /// The number of the clause or grant; `null` for other parts.
    #[schema(required = true)]
    pub number: Option<u32>,
    /// The fields that differ; empty where the part is in one of the two alone.
    pub fields: Vec<String>,
    /// Whether the part is in the earlier text.
    pub was: bool,
    /// Whether it is in the later one.
    pub is: bool,
}

/// Names a grant of an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantNamed {
    /// The agreement.
    pub agreement: AgreementIdText,
    /// The number of the grant.
    pub grant: u32,
}

impl From<&GrantName> for GrantNamed {
    fn from(name: &GrantName) -> Self {
        Self { agreement: name.agreement.to_string().into(), grant: name.grant }
    }
}

/// Is an act of a party.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PartyActShown {
    /// The entry.
    pub entry: EntryHashText,
    /// When.
    pub at: InstantText,
    /// The text that the party had before it.
    pub text: EntryHashText,
    /// What it did.
    pub step: AgreementStepCode,
    /// The grant, of an opt-out and of its end.
    #[schema(required = true)]
    pub grant: Option<u32>,
    /// Why.
    pub reasons: Vec<LocalShortText>,
}

/// Is a kind of part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartShown {
    /// What it is called.
    Titles,
    /// Who is bound.
    Parties,
    /// Its first and last day.
    Period,
    /// A clause.
    Clause,
    /// A grant.
    Grant,
}

impl From<&Agreement> for AgreementStated {
    fn from(text: &Agreement) -> Self {
        let code = |code: &OrganisationCode| OrganisationText::from(code.as_str());
        let grant = |grant: &Grant| GrantStated {
            number: grant.number,
            recipients: grant.recipients.iter().map(code).collect(),
            owners: grant.owners.iter().map(code).collect(),
            databases: shown(&grant.databases),
            operations: shown(&grant.operations),
            fields: shown(&grant.fields),
            purposes: shown(&grant.purposes),
            held: shown(&grant.held),
            handling: shown(&grant.handling),
            classification: grant.classification.into(),
            daily_cap: grant.daily_cap,
            duties: shown(&grant.duties),
        };
        let clause = |clause: &Clause| ClauseStated {
            number: clause.number,
            texts: clause.texts.iter().map(LocalLongText::from).collect(),
        };
        Self {
            titles: text.titles.iter().map(LocalShortText::from).collect(),
            parties: text.parties.iter().map(code).collect(),
            from: text.from.to_string().into(),
            until: text.until.to_string().into(),
            clauses: text.clauses.iter().map(clause).collect(),
            grants: text.grants.iter().map(grant).collect(),
        }
    }
}

/// Codes as they stand in JSON.
pub fn shown<T: CodeList + std::fmt::Display>(codes: &[T]) -> Vec<Code<T>> {
    codes.iter().map(|code| (*code).into()).collect()
}
