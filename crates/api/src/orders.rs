//! Orders of the commission about records: reading those about one's own, or all of them as the commission.

use barid_domain::described::Described;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::orders::{OrderAct, StandingOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{Code, Country, DatabaseCode};
use crate::marks::MarkKindCode;
use crate::reading;
use crate::terms::LocalShortText;
use crate::texts::{
    CaseReference, Cursor, DayText, EntryHashText, InstantText, IntervalText, OrganisationText, RecordIdText,
};

/// What an order does about a record.
pub type OrderActCode = Code<OrderAct>;

/// The most orders of one page.
pub const PAGE_CAP: u32 = 100;
/// The orders of a page when the caller doesn't say.
pub const PAGE_ORDERS: u32 = 20;

/// Asks for the orders that the caller's organisation may read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrdersRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most orders; 20 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl OrdersRequest {
    /// Reads the request, noting every fault; answers the file, the cursor and the number of orders.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, Option<String>, u32)> {
        let reference = reading::file(&self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_ORDERS);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((reference, after, limit))
    }
}

/// Answers with a page of orders.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrdersResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<OrdersPage>,
}

/// Is a page of orders, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrdersPage {
    /// The orders.
    pub orders: Vec<OrderShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is an order of the commission.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderShown {
    /// The entry: it names the order.
    pub order: EntryHashText,
    /// Who states it: the commission; of marks and what lifts them also the record's owner.
    pub commission: OrganisationText,
    /// When it was signed.
    pub ordered_at: InstantText,
    /// What is ordered.
    pub act: OrderActCode,
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// Its owner.
    pub owner: OrganisationText,
    /// The version that is wrong, or that the erasure was decided on; `null` for other acts.
    #[schema(required = true)]
    pub version: Option<EntryHashText>,
    /// Of an unblocking: the order that it answers; of a lifting the one that is lifted.
    #[schema(required = true)]
    pub answers: Option<EntryHashText>,
    /// Of an order not to enter somebody again: whom, for the commission; `null` for everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<DescribedShown>,
    /// Of a mark: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkKindCode>,
    /// Of a mark: the file that holds the consent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// Why; of an annotation what is shown.
    pub texts: Vec<LocalShortText>,
    /// Which nodes attested that they obeyed.
    pub attested: Vec<AttestedShown>,
}

/// Describes whom an order says not to enter again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DescribedShown {
    /// The names.
    pub names: Vec<String>,
    /// The possible dates of birth.
    pub births: Vec<IntervalText>,
    /// The documents.
    pub documents: Vec<DescribedDocumentShown>,
}

/// Is a document of whom an order says not to enter again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DescribedDocumentShown {
    /// The number as it was told.
    pub number: String,
    /// The country that issued it.
    #[schema(required = true)]
    pub issuing_country: Option<Country>,
}

impl From<&Described> for DescribedShown {
    fn from(described: &Described) -> Self {
        Self {
            names: described.names.clone(),
            births: described.births.iter().map(|birth| birth.to_string().into()).collect(),
            documents: described
                .documents
                .iter()
                .map(|document| DescribedDocumentShown {
                    number: document.number.clone(),
                    issuing_country: document.issuing_country.map(Into::into),
                })
                .collect(),
        }
    }
}

/// Answers with a page of attempts to enter somebody again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReEntriesResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<ReEntriesPage>,
}

/// Is a page of attempts, the newest day first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReEntriesPage {
    /// The attempts.
    pub attempts: Vec<ReEntryShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is how often an organisation tried on a day to enter whom an order says not to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReEntryShown {
    /// The order.
    pub order: EntryHashText,
    /// Who tried.
    pub organisation: OrganisationText,
    /// The day, in UTC.
    pub day: DayText,
    /// How often.
    #[schema(minimum = 1)]
    pub attempts: u32,
    /// When last.
    pub last_at: InstantText,
}

/// Is a node's word that it obeyed an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AttestedShown {
    /// The organisation that runs the node.
    pub organisation: OrganisationText,
    /// The node, as streams name it.
    pub node: String,
    /// When it was seen to.
    pub at: InstantText,
}

/// Is what the commission says that is shown with a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnnotationShown {
    /// The order that says it.
    pub order: EntryHashText,
    /// The commission.
    pub commission: OrganisationText,
    /// When it was said.
    pub at: InstantText,
    /// What it says.
    pub texts: Vec<LocalShortText>,
}

impl From<&StandingOrder> for AnnotationShown {
    fn from(standing: &StandingOrder) -> Self {
        Self {
            order: standing.entry.to_string().into(),
            commission: standing.commission.as_str().into(),
            at: instant(standing.at),
            texts: texts(standing),
        }
    }
}

impl OrderShown {
    /// Shows an order.
    pub fn of(standing: &StandingOrder) -> Self {
        let order = &standing.order;
        Self {
            order: standing.entry.to_string().into(),
            commission: standing.commission.as_str().into(),
            ordered_at: instant(standing.at),
            act: order.act.into(),
            record: order.record.to_string().into(),
            database: order.database.into(),
            owner: order.owner.as_str().into(),
            version: order.version.map(|version| version.to_string().into()),
            answers: order.answers.map(|answers| answers.to_string().into()),
            described: order.described.as_ref().map(Into::into),
            mark: order.mark.map(Into::into),
            consent: order.consent.clone(),
            texts: texts(standing),
            attested: standing
                .attested
                .iter()
                .map(|one| AttestedShown {
                    organisation: one.organisation.as_str().into(),
                    node: one.node.to_string(),
                    at: instant(one.at),
                })
                .collect(),
        }
    }
}

/// What an order says in words.
pub(crate) fn texts(standing: &StandingOrder) -> Vec<LocalShortText> {
    standing.order.texts.iter().map(LocalShortText::from).collect()
}

/// A time as it is shown.
pub(crate) fn instant(seconds: i64) -> InstantText {
    barid_domain::dates::Timestamp::from_seconds(seconds).to_string().into()
}
