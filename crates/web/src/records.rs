//! Acts on records whatever their database, and what became of writes.

use std::future::Future;

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use barid_api::links::LinkOpened;
use barid_api::objects::ObjectShown;
use barid_api::persons::PersonStated;
use barid_api::problems;
use barid_api::records::{
    ActRequest, EntryPlace, ListRequest, ListResponse, OpenResponse, OutcomeResponse, OwnRecordShown, Page,
    ReceiptShown, RecordShown, RevisionResponse, WithdrawalRequest, WithdrawalResponse,
};
use barid_api::texts::RecordIdText;
use barid_api::travel_documents::DocumentShown;
use barid_app::{AppError, LinkPage, OpenedRecord, Receipt, Statement};
use barid_domain::dates::Timestamp;
use barid_domain::ids::{IdempotencyKey, RecordId};

use crate::answers::{Answer, Refused, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, InPath, Key};
use crate::links::link_shown;
use crate::marks;
use crate::state::Shared;

/// What an entering handler answers: the receipt, as something made.
pub(crate) type Created = Result<(StatusCode, Out<ReceiptShown>), Refused>;

/// Opens a record: an act of its own, journalled whatever it finds.
///
/// A record that isn't there, one that is withdrawn and one that the purpose doesn't fit are all `null`, byte for byte.
#[utoipa::path(post, path = "/v1/records/{record}/open", tag = "records",
    params(("record" = RecordIdText, Path, description = "The record.")),
    request_body = ActRequest,
    responses((status = 200, description = "The record, or null.", body = OpenResponse)))]
pub(crate) async fn open_record(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Json(request): Json<ActRequest>,
) -> Answer<OpenResponse> {
    let why = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    match web.app.open(&ctx, record).await {
        Ok(opened) => Ok(Out(OpenResponse { record: Some(record_shown(&opened)) })),
        Err(AppError::Absent | AppError::Ended) => Ok(Out(OpenResponse { record: None })),
        Err(error) => Err(error.into()),
    }
}

/// Withdraws a record, or one document of a batch: hidden at once, wherever this node answers.
///
/// A record of somebody else, one that isn't there and one that has ended already are all `null`.
#[utoipa::path(post, path = "/v1/records/{record}/withdrawal", tag = "records",
    params(
        ("record" = RecordIdText, Path, description = "The record."),
        ("Idempotency-Key" = barid_api::texts::IdempotencyKeyText, Header, description = "Chosen by the client, new for each write."),
    ),
    request_body = WithdrawalRequest,
    responses((status = 200, description = "The receipt, or null.", body = WithdrawalResponse)))]
pub(crate) async fn withdraw_record(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Key(key): Key,
    Json(request): Json<WithdrawalRequest>,
) -> Answer<WithdrawalResponse> {
    let (why, reason) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let written = to_its_end(async move { web.app.withdraw(&ctx, key, record, reason).await }).await?;
    match written {
        Ok(receipt) => Ok(Out(WithdrawalResponse { withdrawn: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent | AppError::Ended | AppError::Stale { .. }) => {
            Ok(Out(WithdrawalResponse { withdrawn: None }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Lists the records of the caller's own organisation, page by page, without a total.
///
/// The cursor is sealed, good for the caller and today's policy; with any other the page is `null`: begin anew.
#[utoipa::path(post, path = "/v1/records/list", tag = "records",
    request_body = ListRequest,
    responses((status = 200, description = "A page, or null.", body = ListResponse)))]
pub(crate) async fn list_own_records(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ListRequest>,
) -> Answer<ListResponse> {
    let (why, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            match web.app.open_cursor(caller.actor(), &cursor).and_then(|plain| record_of(&plain)) {
                Some(record) => Some(record),
                None => return Ok(Out(ListResponse { page: None })),
            }
        }
    };
    let ctx = caller.context(why)?;
    let mut lines = web.app.own_records(&ctx, after, limit.saturating_add(1)).await?;
    let more = lines.len() > limit as usize;
    lines.truncate(limit as usize);
    let last = lines.last().filter(|_| more);
    let next = last.map(|last| web.app.seal_cursor(&ctx.actor, &last.record.0).into());
    let records = lines
        .iter()
        .map(|own| OwnRecordShown {
            record: own.record.to_string().into(),
            database: own.database.into(),
            entry: own.entry.to_string().into(),
            version: own.version,
            review_on: own.review_on.to_string().into(),
            review_overdue: own.review_overdue,
            does_not_count: own.does_not_count,
            kept_back: own.is_kept_back,
        })
        .collect();
    Ok(Out(ListResponse { page: Some(Page { records, next }) }))
}

/// Tells whether a write landed: what to ask when no answer came back.
///
/// Knows the writes of the caller's own organisation; a key of somebody else and one never used are both `null`.
#[utoipa::path(get, path = "/v1/outcomes/{key}", tag = "records",
    params(("key" = barid_api::texts::IdempotencyKeyText, Path, description = "The idempotency key of the write.")),
    responses((status = 200, description = "The receipt, or null.", body = OutcomeResponse)))]
pub(crate) async fn get_outcome(
    State(web): State<Shared>,
    caller: Caller,
    InPath(key): InPath<IdempotencyKey>,
) -> Answer<OutcomeResponse> {
    let ctx = caller.about_own_node()?;
    let outcome = web.app.outcome(&ctx, key).await?;
    Ok(Out(OutcomeResponse { landed: outcome.map(|outcome| receipt_shown(&outcome.receipt)) }))
}

/// Does a write to its end, even when the caller hangs up in the middle.
pub(crate) async fn to_its_end<T: Send + 'static>(
    write: impl Future<Output = T> + Send + 'static,
) -> Result<T, Refused> {
    tokio::spawn(write).await.map_err(|_| {
        tracing::error!("a write panicked");
        Refused::plain(problems::OUTCOME_UNKNOWN)
    })
}

/// Answers an entering write.
pub(crate) fn created(written: Result<Receipt, AppError>) -> Created {
    let receipt = written?;
    Ok((StatusCode::CREATED, Out(receipt_shown(&receipt))))
}

/// Answers a revision: written, or what stands in its way.
pub(crate) fn revised(written: Result<Receipt, AppError>) -> Answer<RevisionResponse> {
    match written {
        Ok(receipt) => Ok(Out(RevisionResponse { written: Some(receipt_shown(&receipt)), current: None })),
        Err(AppError::Stale { current }) => {
            Ok(Out(RevisionResponse { written: None, current: Some(current.to_string().into()) }))
        }
        Err(AppError::Absent | AppError::Ended) => Ok(Out(RevisionResponse { written: None, current: None })),
        Err(error) => Err(error.into()),
    }
}

fn record_of(plain: &[u8]) -> Option<RecordId> {
    plain.try_into().ok().map(RecordId)
}

/// Puts a receipt into the words of the API.
pub fn receipt_shown(receipt: &Receipt) -> ReceiptShown {
    ReceiptShown {
        records: receipt.records.iter().map(|record| record.to_string().into()).collect(),
        entries: receipt
            .entries
            .iter()
            .map(|(entry, position)| EntryPlace {
                entry: entry.to_string().into(),
                stream: position.stream.to_string().into(),
                seq: position.seq,
            })
            .collect(),
        position: receipt.position.as_str().into(),
        replayed: receipt.replayed,
    }
}

/// Puts an opened record into the words of the API.
pub fn record_shown(opened: &OpenedRecord) -> RecordShown {
    let (mut person, mut document, mut object, mut link) = (None, None, None, None);
    match &opened.statement {
        Statement::Person(stated) => person = Some(PersonStated::from(stated.as_ref())),
        Statement::TravelDocument(stated) => document = Some(DocumentShown::from(stated)),
        Statement::Object(stated) => object = Some(ObjectShown::from(stated.as_ref())),
        Statement::Link(stated) => link = Some(LinkOpened::from(stated.as_ref())),
    }
    let shown = |page: &LinkPage| page.links.iter().map(link_shown).collect();
    RecordShown {
        act: opened.act.to_string().into(),
        access: opened.access.to_string().into(),
        record: opened.record.to_string().into(),
        version: opened.version,
        database: opened.database.into(),
        owner: opened.owner.as_str().into(),
        custody: opened.custody.to_string(),
        terms: (&opened.terms).into(),
        person,
        document,
        object,
        link,
        links: opened.links.as_ref().map(shown),
        more_links: opened.links.as_ref().is_some_and(|page| page.next.is_some()),
        images: barid_api::images::show_all(&opened.images),
        duties: barid_api::agreements::shown(&opened.duties),
        marks: marks::marks(&opened.said),
        annotations: marks::annotations(&opened.said),
        partial: opened.is_partial,
        entry: opened.entry.to_string().into(),
        stream: opened.stream.to_string().into(),
        seq: opened.number,
        signed_at: Timestamp::from_seconds(opened.signed_at).to_string().into(),
    }
}
