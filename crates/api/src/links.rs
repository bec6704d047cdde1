//! Links between records: stating them, and those of a record.

use barid_domain::dates::DateInterval;
use barid_domain::faults::Faults;
use barid_domain::ids::RecordId;
use barid_domain::links::{Link, LinkKind, REMARKS_CAP};
use barid_domain::text::LocalText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{
    DatabaseCode, HandlingCode, InformationGradeCode, LinkKindCode, PurposeCode, SourceGradeCode,
};
use crate::reading;
use crate::records::ReceiptShown;
use crate::terms::{LocalShortText, TermsOffered};
use crate::texts::{CaseReference, Cursor, EntryHashText, IntervalText, OrganisationText, RecordIdText};

/// States a link between two records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkSubmission {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The terms of the link; its grade is theirs.
    pub terms: TermsOffered,
    /// What is stated.
    pub link: LinkStated,
}

/// Revises a link.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRevision {
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
    /// The terms of the link.
    pub terms: TermsOffered,
    /// What is stated.
    pub link: LinkStated,
}

/// Is what is stated about two records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "related-to",
    "from": "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10", "to": "9c1f5e02-77aa-4c2b-b2f5-0d6a3f1c2b11",
    "since": "2026-03",
    "remarks": [{"language": "fa", "text": "با هم دیده شدند"}]
}))]
pub struct LinkStated {
    /// What the link says, read from the first record to the second.
    #[serde(default)]
    #[schema(required = true)]
    pub kind: LinkKindCode,
    /// The first record.
    pub from: RecordIdText,
    /// The second record.
    pub to: RecordIdText,
    /// Since when, as far as that is known.
    pub since: Option<IntervalText>,
    /// Until when, as far as that is known.
    pub until: Option<IntervalText>,
    /// What else is stated; mandatory with `related-to`.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub remarks: Vec<LocalShortText>,
}

/// Is a link that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadLink {
    /// What it says.
    pub kind: LinkKind,
    /// The first record.
    pub from: RecordId,
    /// The second record.
    pub to: RecordId,
    /// Since when.
    pub since: Option<DateInterval>,
    /// Until when.
    pub until: Option<DateInterval>,
    /// What else is stated.
    pub remarks: Vec<LocalText>,
}

impl LinkStated {
    /// Reads the link, noting faults under `place`.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<ReadLink> {
        let kind = self.kind.read(&format!("{place}.kind"), faults);
        let from = reading::record(&self.from, &format!("{place}.from"), faults);
        let to = reading::record(&self.to, &format!("{place}.to"), faults);
        let mut interval = |raw: &Option<IntervalText>, field: &str| {
            raw.as_ref().and_then(|raw| reading::interval(raw, &format!("{place}.{field}"), faults))
        };
        let (since, until) = (interval(&self.since, "since"), interval(&self.until, "until"));
        faults.count(format!("{place}.remarks"), self.remarks.len(), REMARKS_CAP);
        let remarks = self.remarks.iter().enumerate().take(REMARKS_CAP);
        let remarks =
            remarks.map(|(i, remark)| remark.read(&format!("{place}.remarks[{i}]"), faults)).collect();
        Some(ReadLink { kind: kind?, from: from?, to: to?, since, until, remarks })
    }
}

/// Answers a link that was to be stated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkResponse {
    /// The receipt; `null` where one of the two records is not there or may not be seen, whichever it is.
    #[schema(required = true)]
    pub written: Option<ReceiptShown>,
}

/// Is what an opened link states.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkOpened {
    /// What it says, read from the first record to the second.
    pub kind: LinkKindCode,
    /// The first record.
    pub from: LinkedRecordShown,
    /// The second record.
    pub to: LinkedRecordShown,
    /// Since when.
    #[schema(required = true)]
    pub since: Option<IntervalText>,
    /// Until when.
    #[schema(required = true)]
    pub until: Option<IntervalText>,
    /// What else is stated.
    pub remarks: Vec<LocalShortText>,
}

/// Is one of a link's two records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkedRecordShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// The entry that stood when the link was stated; of a document of a batch the batch.
    pub entry: EntryHashText,
}

impl From<&Link> for LinkOpened {
    fn from(link: &Link) -> Self {
        let end = |end: &barid_domain::links::LinkedRecord| LinkedRecordShown {
            record: end.record.to_string().into(),
            database: end.database.into(),
            entry: end.entry.to_string().into(),
        };
        Self {
            kind: link.kind.into(),
            from: end(&link.from),
            to: end(&link.to),
            since: link.since.as_ref().map(|since| since.to_string().into()),
            until: link.until.as_ref().map(|until| until.to_string().into()),
            remarks: link.remarks.iter().map(LocalShortText::from).collect(),
        }
    }
}

/// Answers with the links of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinksResponse {
    /// The page; `null` where the record is not there or may not be seen, and where the cursor is none of the caller's for
    /// this record.
    #[schema(required = true)]
    pub page: Option<LinksPage>,
}

/// Is a page of the links of a record: those first that say who is the same or another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinksPage {
    /// The links.
    pub links: Vec<LinkShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is a link as it is shown at one of its records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkShown {
    /// The link, a record of its own: opened, revised and withdrawn as such.
    pub link: RecordIdText,
    /// What it says, read from its first record to its second.
    pub kind: LinkKindCode,
    /// Whether the record it is shown at is the first one.
    pub leads_away: bool,
    /// The other record.
    pub other: RecordIdText,
    /// Its database.
    pub other_database: DatabaseCode,
    /// What it goes by: its first name, its number; empty where it has neither.
    pub other_found: String,
    /// Whether it has changed since the link was stated.
    pub other_changed: bool,
    /// Who states the link.
    pub owner: OrganisationText,
    /// How good the link's source is.
    pub source_grade: SourceGradeCode,
    /// How good its information is.
    pub information_grade: InformationGradeCode,
    /// What may be done with it.
    pub handling: HandlingCode,
    /// Since when.
    #[schema(required = true)]
    pub since: Option<IntervalText>,
    /// Until when.
    #[schema(required = true)]
    pub until: Option<IntervalText>,
    /// What else is stated.
    pub remarks: Vec<LocalShortText>,
    /// The entry that stands.
    pub entry: EntryHashText,
    /// Whether it belongs to an exercise.
    pub exercise: bool,
}
