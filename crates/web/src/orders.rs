//! Orders of the commission about records.

use axum::Json as Out;
use axum::extract::State;
use barid_api::orders::{
    OrderShown, OrdersPage, OrdersRequest, OrdersResponse, ReEntriesPage, ReEntriesResponse, ReEntryShown,
};
use barid_api::reading::Why;
use barid_api::texts::Cursor;
use barid_app::{ListPlace, ReEntryPlace, ReEntryRow};
use barid_domain::codes::Purpose;
use barid_domain::dates::Day;
use barid_domain::ids::{EntryHash, OrganisationCode};

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::state::Shared;

/// Lists the orders of the commission, newest first: those about records of the caller's organisation, or all of them for the
/// commission.
///
/// What an order blocks, and a version that it orders to be corrected, is shown to nobody; the owner learns of it here, and in
/// the list of its own records.
#[utoipa::path(post, path = "/v1/orders/list", tag = "orders",
    request_body = OrdersRequest,
    responses((status = 200, description = "A page, or null.", body = OrdersResponse)))]
pub(crate) async fn list_orders(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<OrdersRequest>,
) -> Answer<OrdersResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| ListPlace::from_bytes(&plain)) {
                Some(place) => Some(place),
                None => return Ok(Out(OrdersResponse { page: None })),
            }
        }
    };
    // An organisation reads them under a file of its own, for all its purposes.
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.orders(&ctx, after, limit).await?;
    let next = page.next.map(|place| Cursor::from(web.app.seal_cursor(&ctx.actor, &place.to_bytes())));
    let orders = page.orders.iter().map(OrderShown::of).collect();
    Ok(Out(OrdersResponse { page: Some(OrdersPage { orders, next }) }))
}

/// Lists who tried to enter somebody again whom the commission ordered not to, the newest day first: for the commission alone.
#[utoipa::path(post, path = "/v1/orders/re-entries/list", tag = "orders",
    request_body = OrdersRequest,
    responses((status = 200, description = "A page, or null.", body = ReEntriesResponse)))]
pub(crate) async fn list_re_entries(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<OrdersRequest>,
) -> Answer<ReEntriesResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => match web.app.open_cursor(caller.actor(), &cursor).and_then(|plain| place_of(&plain))
        {
            Some(place) => Some(place),
            None => return Ok(Out(ReEntriesResponse { page: None })),
        },
    };
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.re_entries(&ctx, after, limit).await?;
    let next = page.next.map(|place| Cursor::from(web.app.seal_cursor(&ctx.actor, &plain_of(&place))));
    let attempts = page.attempts.iter().map(re_entry_shown).collect();
    Ok(Out(ReEntriesResponse { page: Some(ReEntriesPage { attempts, next }) }))
}

/// Puts an attempt into the words of the API.
pub fn re_entry_shown(row: &ReEntryRow) -> ReEntryShown {
    ReEntryShown {
        order: row.order.to_string().into(),
        organisation: row.organisation.as_str().into(),
        day: row.day.to_string().into(),
        attempts: row.attempts,
        last_at: row.last_at.to_string().into(),
    }
}

fn plain_of(place: &ReEntryPlace) -> Vec<u8> {
    let day = place.day.days().to_be_bytes();
    [day.as_slice(), &place.order.0, place.organisation.as_str().as_bytes()].concat()
}

fn place_of(plain: &[u8]) -> Option<ReEntryPlace> {
    let (day, rest) = plain.split_first_chunk::<4>()?;
    let (order, organisation) = rest.split_first_chunk::<32>()?;
    Some(ReEntryPlace {
        day: Day::from_days(i32::from_be_bytes(*day)).ok()?,
        order: EntryHash(*order),
        organisation: OrganisationCode::new(std::str::from_utf8(organisation).ok()?).ok()?,
    })
}
