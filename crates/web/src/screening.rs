//! Screening rows of a list.

use axum::Json as Out;
use axum::extract::State;
use barid_api::problems;
use barid_api::screening::{ScreenedRowShown, ScreeningRequest, ScreeningResponse};
use barid_app::{App, ScreenedRow, Screening};
use barid_domain::screening::ScreeningRow;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::searching::{candidate_shown, hit};
use crate::state::Shared;

/// Screens up to 200 rows of a list of people.
///
/// Every row is searched for, journalled and answered as a search of its own; candidates below the least score are left
/// out. A row that can't be read is answered with its faults, and the others are searched for.
#[utoipa::path(post, path = "/v1/screenings", tag = "search",
    request_body = ScreeningRequest,
    responses((status = 200, description = "As many answers as rows, in their order.", body = ScreeningResponse)))]
pub(crate) async fn screen(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ScreeningRequest>,
) -> Answer<ScreeningResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(read.why)?;
    // Not waited for: the client has its rows and sends them again.
    let _permit = web.screenings.try_acquire().map_err(|_| problems::BUSY)?;
    let mut faults = Vec::with_capacity(read.rows.len());
    let mut rows = Vec::with_capacity(read.rows.len());
    for row in read.rows {
        let (row, wrong) = row.map_or_else(|wrong| (None, wrong), |row| birth_checked(&web.app, row));
        rows.push(row);
        faults.push(wrong);
    }
    let (list, first_row) = (read.list, u64::from(read.first_row));
    let screening = Screening { list, first_row, rows, least_score: read.least_score, limit: read.limit };
    let answer = web.app.screen(&ctx, &screening).await?;
    Ok(Out(ScreeningResponse {
        act: answer.act.to_string().into(),
        access: answer.access.to_string().into(),
        alert_threshold: answer.alert_threshold,
        least_score: answer.least_score,
        caps_reached: answer.caps_reached.iter().map(Into::into).collect(),
        rows: answer.rows.iter().zip(faults).map(|(row, faults)| row_shown(row.as_ref(), faults)).collect(),
    }))
}

/// A date that no calendar has today makes the one row faulty, not all of them.
pub(crate) fn birth_checked(
    app: &App,
    row: ScreeningRow,
) -> (Option<ScreeningRow>, Vec<problems::FaultShown>) {
    let fault = row.birth.and_then(|birth| app.birth_fault(&birth.to_string()));
    match fault {
        Some(fault) => (None, vec![problems::FaultShown::from(&fault)]),
        None => (Some(row), Vec::new()),
    }
}

pub(crate) fn row_shown(row: Option<&ScreenedRow>, faults: Vec<problems::FaultShown>) -> ScreenedRowShown {
    ScreenedRowShown {
        access: row.map(|row| row.access.to_string().into()),
        faults,
        candidates: row.into_iter().flat_map(|row| &row.candidates).map(candidate_shown).collect(),
        hits: row.into_iter().flat_map(|row| &row.hits).map(hit).collect(),
    }
}
