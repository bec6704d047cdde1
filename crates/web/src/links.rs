//! Links between records.

use axum::Json as Out;
use axum::extract::State;
use barid_api::links::{
    LinkResponse, LinkRevision, LinkShown, LinkSubmission, LinksPage, LinksResponse, ReadLink,
};
use barid_api::reading;
use barid_api::records::{ListRequest, RevisionResponse};
use barid_api::terms::{LocalShortText, TermsOffered};
use barid_api::texts::{Cursor, IdempotencyKeyText, RecordIdText};
use barid_app::{AppError, LinkPage, LinkPlace, OpContext, Receipt, ShownLink, StatedLink};
use barid_domain::audit::Actor;
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::terms::Terms;

use crate::answers::{Answer, read_to_end, under};
use crate::bodies::Json;
use crate::callers::{Caller, InPath, Key};
use crate::records::{receipt_shown, revised, to_its_end};
use crate::state::{Shared, Web};

/// States a link between two records that the caller may see.
///
/// The link is a record of its own: of the caller's organisation, with terms, grade and review. It changes neither of the two
/// records, and is undone by withdrawing it. Nothing is written, and `written` is `null`, where one of the two is not there or
/// may not be seen.
#[utoipa::path(post, path = "/v1/links", tag = "links",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = LinkSubmission,
    responses((status = 200, description = "The receipt, or null.", body = LinkResponse)))]
pub(crate) async fn submit_link(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<LinkSubmission>,
) -> Answer<LinkResponse> {
    let (why, terms, link, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let terms = request.terms.read(web.today(), faults);
        let link = request.link.read("link", faults);
        let audience = request.terms.audience(faults);
        Some((why?, terms?, link?, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission = barid_app::LinkSubmission { audience, ..submission(None, None, terms, link) };
    let written = to_its_end(async move { send(&web, ctx, key, submission, &request.terms).await }).await?;
    match written {
        Ok(receipt) => Ok(Out(LinkResponse { written: Some(receipt_shown(&receipt)) })),
        Err(AppError::Absent) => Ok(Out(LinkResponse { written: None })),
        Err(error) => Err(error.into()),
    }
}

/// Revises a link of the caller's own organisation.
///
/// Nothing is written, and `written` is `null`, when another entry stands by now (`current` names it), when there is no such
/// link of the caller's organisation, and where one of its two records is not there or may not be seen.
#[utoipa::path(post, path = "/v1/links/{record}/versions", tag = "links",
    params(
        ("record" = RecordIdText, Path, description = "The link."),
        ("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write."),
    ),
    request_body = LinkRevision,
    responses((status = 200, description = "The receipt, or what stands in the way.", body = RevisionResponse)))]
pub(crate) async fn revise_link(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Key(key): Key,
    Json(request): Json<LinkRevision>,
) -> Answer<RevisionResponse> {
    let (why, expects, terms, link, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let expects = reading::entry(&request.expects, "expects", faults);
        let terms = request.terms.read(web.today(), faults);
        let link = request.link.read("link", faults);
        let audience = request.terms.audience(faults);
        Some((why?, expects?, terms?, link?, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission = submission(Some(record), Some(expects), terms, link);
    let submission = barid_app::LinkSubmission { audience, ..submission };
    revised(to_its_end(async move { send(&web, ctx, key, submission, &request.terms).await }).await?)
}

/// Shows the links of a record, page by page, without a total: an act of its own, journalled whatever it finds.
///
/// A link is shown to whoever may see it and both of its records.
#[utoipa::path(post, path = "/v1/records/{record}/links", tag = "links",
    params(("record" = RecordIdText, Path, description = "The record.")),
    request_body = ListRequest,
    responses((status = 200, description = "A page, or null.", body = LinksResponse)))]
pub(crate) async fn list_links(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Json(request): Json<ListRequest>,
) -> Answer<LinksResponse> {
    let (why, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => match open_cursor(&web, caller.actor(), record, &cursor) {
            Some(place) => Some(place),
            None => return Ok(Out(LinksResponse { page: None })),
        },
    };
    let ctx = caller.context(why)?;
    match web.app.links_of(&ctx, record, after, limit).await {
        Ok(page) => Ok(Out(LinksResponse { page: Some(page_shown(&web.app, &ctx.actor, record, &page)) })),
        Err(AppError::Absent) => Ok(Out(LinksResponse { page: None })),
        Err(error) => Err(error.into()),
    }
}

fn submission(
    record: Option<RecordId>,
    expects: Option<EntryHash>,
    terms: Terms,
    link: ReadLink,
) -> barid_app::LinkSubmission {
    let ReadLink { kind, from, to, since, until, remarks } = link;
    let statement = StatedLink { kind, from, to, since, until, remarks };
    // A link has no pictures.
    barid_app::LinkSubmission { record, expects, terms, statement, images: Vec::new(), audience: None }
}

async fn send(
    web: &Web,
    ctx: OpContext,
    key: IdempotencyKey,
    submission: barid_app::LinkSubmission,
    offered: &TermsOffered,
) -> Result<Receipt, AppError> {
    let written = web.app.submit_link(&ctx, key, submission.clone()).await;
    let written = match (written, web.terms_of_yesterday(offered)) {
        // The day of review is counted from today: repeated after midnight, it is yesterday's request.
        (Err(AppError::KeyReused), Some(terms)) => {
            let repeated = barid_app::LinkSubmission { terms, ..submission };
            web.app.submit_link(&ctx, key, repeated).await
        }
        (written, _) => written,
    };
    written.map_err(|error| under("link", error))
}

/// Puts a page of links into the words of the API; its cursor is good for this record and this actor.
fn page_shown(app: &barid_app::App, actor: &Actor, record: RecordId, page: &LinkPage) -> LinksPage {
    let next = page.next.map(|place| {
        let plain = [&record.0[..], &place.to_bytes()].concat();
        Cursor::from(app.seal_cursor(actor, &plain))
    });
    LinksPage { links: page.links.iter().map(link_shown).collect(), next }
}

fn open_cursor(web: &Web, actor: &Actor, record: RecordId, cursor: &str) -> Option<LinkPlace> {
    let plain = web.app.open_cursor(actor, cursor)?;
    LinkPlace::from_bytes(plain.strip_prefix(&record.0[..])?)
}

pub(crate) fn link_shown(link: &ShownLink) -> LinkShown {
    LinkShown {
        link: link.link.to_string().into(),
        kind: link.kind.into(),
        leads_away: link.leads_away,
        other: link.other.to_string().into(),
        other_database: link.other_database.into(),
        other_found: link.other_found.clone(),
        other_changed: link.other_changed,
        owner: link.owner.as_str().into(),
        source_grade: link.source_grade.into(),
        information_grade: link.information_grade.into(),
        handling: link.handling.into(),
        since: link.since.as_ref().map(|since| since.to_string().into()),
        until: link.until.as_ref().map(|until| until.to_string().into()),
        remarks: link.remarks.iter().map(LocalShortText::from).collect(),
        entry: link.entry.to_string().into(),
        exercise: link.exercise,
    }
}
