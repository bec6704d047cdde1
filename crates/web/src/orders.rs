//! Orders of the commission about records.

use axum::Json as Out;
use axum::extract::State;
use barid_api::orders::{OrderShown, OrdersPage, OrdersRequest, OrdersResponse};
use barid_api::reading::Why;
use barid_api::texts::Cursor;
use barid_domain::codes::Purpose;
use barid_domain::ids::EntryHash;

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
            match opened.and_then(|plain| plain.try_into().ok()) {
                Some(hash) => Some(EntryHash(hash)),
                None => return Ok(Out(OrdersResponse { page: None })),
            }
        }
    };
    // An organisation reads them under a file of its own, for all its purposes.
    let ctx = caller.context(Why { purpose: Purpose::Oversight, reference })?;
    let page = web.app.orders(&ctx, after, limit).await?;
    let next = page.next.map(|order| Cursor::from(web.app.seal_cursor(&ctx.actor, &order.0)));
    let orders = page.orders.iter().map(OrderShown::of).collect();
    Ok(Out(OrdersResponse { page: Some(OrdersPage { orders, next }) }))
}
