//! Screening texts.

use axum::Json as Out;
use axum::extract::State;
use barid_api::problems;
use barid_api::text_screening::{TextFindShown, TextScreeningRequest, TextScreeningResponse};
use barid_app::{Stretch, TextScreening};

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::searching::candidate_shown;
use crate::state::Shared;

/// Screens a text for people and documents that are known.
///
/// What is found comes with its place in the text and with candidates as a search has them: information, no action. The
/// text itself is not kept: the journal has its SHA-256.
#[utoipa::path(post, path = "/v1/text-screenings", tag = "search",
    request_body = TextScreeningRequest,
    responses((status = 200, description = "What was found, in the order of its place.", body = TextScreeningResponse)))]
pub(crate) async fn screen_text(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<TextScreeningRequest>,
) -> Answer<TextScreeningResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(read.why)?;
    // With lists it shares the few places there are for long work; not waited for.
    let _permit = web.screenings.try_acquire().map_err(|_| problems::BUSY)?;
    let screening = TextScreening { text: read.text, least_score: read.least_score, limit: read.limit };
    let answer = web.app.screen_text(&ctx, &screening).await?;
    Ok(Out(TextScreeningResponse {
        act: answer.act.to_string().into(),
        access: answer.access.to_string().into(),
        alert_threshold: answer.alert_threshold,
        least_score: answer.least_score,
        caps_reached: answer.caps_reached.iter().map(Into::into).collect(),
        finds: answer.stretches.iter().map(find).collect(),
        cut: answer.is_cut,
    }))
}

fn find(stretch: &Stretch) -> TextFindShown {
    TextFindShown {
        start: stretch.start,
        end: stretch.end,
        text: stretch.text.clone(),
        kind: stretch.kind.into(),
        remarks: stretch.remarks.clone(),
        candidates: stretch.candidates.iter().map(candidate_shown).collect(),
    }
}
