//! The review list of an organisation's own records, and decisions about them.

use axum::Json as Out;
use axum::extract::State;
use barid_api::problems::FaultShown;
use barid_api::reading::Why;
use barid_api::reviews::{
    DecidedCode, DecidedShown, DecisionsRequest, DecisionsResponse, EndRead, KeepRead, ReviewShown,
    ReviewStateShown, ReviewsPage, ReviewsRequest, ReviewsResponse,
};
use barid_api::texts::Cursor;
use barid_app::{Decided, ReviewAct, ReviewCursor, ReviewDecision, ReviewLine, ReviewState};
use barid_domain::codes::Purpose;
use barid_domain::faults::{Fault, FaultCode};
use barid_domain::ids::RecordId;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::to_its_end;
use crate::state::Shared;

/// Lists those of the caller's own records that have to be looked at again: from six months before their day of review on,
/// until they are erased and the node has attested it.
///
/// The cursor is sealed, good for the caller and today's policy; with any other the page is `null`: begin anew.
#[utoipa::path(post, path = "/v1/reviews/list", tag = "reviews",
    request_body = ReviewsRequest,
    responses((status = 200, description = "A page, or null.", body = ReviewsResponse)))]
pub(crate) async fn list_reviews(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ReviewsRequest>,
) -> Answer<ReviewsResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| ReviewCursor::from_bytes(&plain)) {
                Some(place) => Some(place),
                None => return Ok(Out(ReviewsResponse { page: None })),
            }
        }
    };
    // An organisation looks after its records under a file of its own, for all its purposes.
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.reviews(&ctx, after, limit).await?;
    let next = page.next.map(|place| Cursor::from(web.app.seal_cursor(&ctx.actor, &place.to_bytes())));
    let reviews = page.lines.iter().map(review_shown).collect();
    Ok(Out(ReviewsResponse { page: Some(ReviewsPage { reviews, next }) }))
}

/// Keeps and withdraws own records at their review, up to a thousand at once. Each decision is answered on its own; what can
/// be done is done in one write.
///
/// A kept record gets a new version in which its day of review is another one and the reason is stated. A record of somebody
/// else, one that isn't there and one that has ended already are all `absent`.
#[utoipa::path(post, path = "/v1/reviews/decide", tag = "reviews",
    params(("Idempotency-Key" = barid_api::texts::IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = DecisionsRequest,
    responses((status = 200, description = "What became of each.", body = DecisionsResponse)))]
pub(crate) async fn decide_reviews(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<DecisionsRequest>,
) -> Answer<DecisionsResponse> {
    let (why, kept, ended) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let records: Vec<RecordId> =
        kept.iter().map(|one| one.record).chain(ended.iter().map(|one| one.record)).collect();
    let count = kept.len();
    let decisions = kept.into_iter().map(keeping).chain(ended.into_iter().map(ending)).collect();
    let decided = to_its_end(async move { web.app.decide_reviews(&ctx, key, decisions).await }).await??;
    let mut keep: Vec<_> =
        records.iter().zip(&decided).map(|(record, decided)| decided_shown(*record, decided)).collect();
    let withdraw = keep.split_off(count.min(keep.len()));
    Ok(Out(DecisionsResponse { keep, withdraw }))
}

fn keeping(read: KeepRead) -> ReviewDecision {
    let KeepRead { record, expects, review_on, reason, text } = read;
    ReviewDecision { record, expects, act: ReviewAct::Keep { review_on, reason, text } }
}

fn ending(read: EndRead) -> ReviewDecision {
    let EndRead { record, expects, reason } = read;
    ReviewDecision { record, expects, act: ReviewAct::Withdraw { reason } }
}

/// Puts a line of a review list into the words of the API.
pub fn review_shown(line: &ReviewLine) -> ReviewShown {
    ReviewShown {
        record: line.record.to_string().into(),
        database: line.database.into(),
        entry: line.entry.to_string().into(),
        item: line.is_item,
        review_on: line.review_on.to_string().into(),
        state: match line.state {
            ReviewState::DueSoon => ReviewStateShown::DueSoon,
            ReviewState::Overdue => ReviewStateShown::Overdue,
            ReviewState::ErasureDue => ReviewStateShown::ErasureDue,
            ReviewState::ErasedUnattested => ReviewStateShown::ErasedUnattested,
        },
        recoverable_until: line.recoverable_until.map(|day| day.to_string().into()),
    }
}

/// Puts what became of a decision into the words of the API.
pub fn decided_shown(record: RecordId, decided: &Decided) -> DecidedShown {
    let shown = |outcome| DecidedShown {
        record: record.to_string().into(),
        outcome,
        entry: None,
        kept_as: None,
        faults: Vec::new(),
        order: None,
        refusal: None,
    };
    match decided {
        Decided::Kept { record, entry } => DecidedShown {
            entry: Some(entry.to_string().into()),
            kept_as: Some(record.to_string().into()),
            ..shown(DecidedCode::Kept)
        },
        Decided::Withdrawn { entry } => {
            DecidedShown { entry: Some(entry.to_string().into()), ..shown(DecidedCode::Withdrawn) }
        }
        Decided::Stale { current } => {
            DecidedShown { entry: Some(current.to_string().into()), ..shown(DecidedCode::Stale) }
        }
        Decided::Absent => shown(DecidedCode::Absent),
        Decided::TooLate => shown(DecidedCode::TooLate),
        Decided::NotKept => shown(DecidedCode::NotKept),
        Decided::Faulty(faults) => DecidedShown {
            faults: faults.iter().map(FaultShown::from).collect(),
            ..shown(DecidedCode::Faulty)
        },
        Decided::Barred { order } => DecidedShown {
            faults: vec![FaultShown::from(&Fault {
                place: "record".to_owned(),
                code: FaultCode::ReEntryBarred,
            })],
            order: Some(order.to_string().into()),
            ..shown(DecidedCode::Faulty)
        },
        Decided::Refused(refusal) => {
            DecidedShown { refusal: Some(refusal.code().to_owned()), ..shown(DecidedCode::Refused) }
        }
    }
}
