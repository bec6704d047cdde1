//! Agreements of the caller's organisation.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use barid_api::agreements::{
    AgreementActRequest, AgreementActResponse, AgreementRequest, AgreementResponse, AgreementShown,
    AgreementStated, AgreementSubmission, AgreementWritten, AgreementsPage, AgreementsRequest,
    AgreementsResponse, ChangeShown, PartShown, PartyActShown, PartyShown, PartyStandingShown,
    TextStandingShown,
};
use barid_api::reading::{self, Why};
use barid_api::terms::LocalShortText;
use barid_api::texts::{Cursor, IdempotencyKeyText};
use barid_app::{AgreementDeed, AgreementProposal, AgreementReceipt, AppError};
use barid_domain::agreements::{Change, Part, PartyAct, PartyStanding, PartyState, TextStanding, TextState};
use barid_domain::codes::Purpose;
use barid_domain::dates::Timestamp;
use barid_domain::ids::EntryHash;

use crate::answers::{Answer, Refused, read_to_end, under};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::{receipt_shown, to_its_end};
use crate::state::Shared;

/// What an organisation does about its agreements it does under a file of its own, for all its purposes.
fn why(reference: String) -> Why {
    Why { purpose: Purpose::Oversight, reference }
}

/// Proposes the text of an agreement, new or in the place of another one.
///
/// The text is signed by the caller's organisation as its proposal, and shown to its parties. It is in force once every party,
/// the proposer too, has signed it by an act, and for its period. It never changes: another text is proposed to take its place.
#[utoipa::path(post, path = "/v1/agreements", tag = "agreements",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = AgreementSubmission,
    responses((status = 201, description = "The text's name and the receipt.", body = AgreementWritten)))]
pub(crate) async fn propose_agreement(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<AgreementSubmission>,
) -> Result<(StatusCode, Out<AgreementWritten>), Refused> {
    let (reference, amends, read) = read_to_end(|faults| {
        let reference = reading::file(&request.reference, faults);
        let amends = request.amends.as_ref().map(|text| reading::entry(text, "amends", faults));
        let read = request.agreement.read("agreement", faults);
        let amends = match amends {
            None => None,
            Some(amends) => Some(amends?),
        };
        Some((reference, amends, read?))
    })?;
    let ctx = caller.context(why(reference))?;
    let proposal = AgreementProposal {
        amends,
        titles: read.titles,
        parties: read.parties,
        from: read.from,
        until: read.until,
        clauses: read.clauses,
        grants: read.grants,
    };
    let written = to_its_end(async move { web.app.propose_agreement(&ctx, key, proposal).await }).await?;
    let written = written.map_err(|error| under("agreement", error))?;
    Ok((StatusCode::CREATED, Out(written_shown(&written))))
}

/// Does something about an agreement, as a party of it: signs its text, declines, suspends its part, resumes, ends, opts its
/// records out of a grant or in again.
///
/// Signing, resuming, ending and opting in need a token that may bind its organisation. Suspending and opting out need none:
/// they hold at once, and take back no more than they can give again.
#[utoipa::path(post, path = "/v1/agreements/acts", tag = "agreements",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = AgreementActRequest,
    responses((status = 200, description = "The receipt, or null.", body = AgreementActResponse)))]
pub(crate) async fn act_on_agreement(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<AgreementActRequest>,
) -> Answer<AgreementActResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(read.reference))?;
    let deed = AgreementDeed { text: read.text, step: read.step, grant: read.grant, reasons: read.reasons };
    let done = async move { web.app.act_on_agreement(&ctx, key, deed).await };
    match to_its_end(done).await? {
        Ok(written) => Ok(Out(AgreementActResponse { written: Some(written_shown(&written)) })),
        Err(AppError::Absent) => Ok(Out(AgreementActResponse { written: None })),
        Err(error) => Err(error.into()),
    }
}

/// Lists the texts that the caller's organisation is a party of, newest proposal first, as they stand.
#[utoipa::path(post, path = "/v1/agreements/list", tag = "agreements",
    request_body = AgreementsRequest,
    responses((status = 200, description = "A page, or null.", body = AgreementsResponse)))]
pub(crate) async fn list_agreements(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<AgreementsRequest>,
) -> Answer<AgreementsResponse> {
    let (reference, cursor, limit) = read_to_end(|faults| request.read(faults))?;
    let after = match cursor {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| plain.try_into().ok()) {
                Some(hash) => Some(EntryHash(hash)),
                None => return Ok(Out(AgreementsResponse { page: None })),
            }
        }
    };
    let ctx = caller.context(why(reference))?;
    let page = web.app.agreements(&ctx, after, limit).await?;
    let next = page.next.map(|text| Cursor::from(web.app.seal_cursor(&ctx.actor, &text.0)));
    let texts = page.texts.iter().map(text_shown).collect();
    Ok(Out(AgreementsResponse { page: Some(AgreementsPage { texts, next }) }))
}

/// Shows one text of an agreement as it stands, and what it says otherwise than another one.
#[utoipa::path(post, path = "/v1/agreements/open", tag = "agreements",
    request_body = AgreementRequest,
    responses((status = 200, description = "The text, or null.", body = AgreementResponse)))]
pub(crate) async fn open_agreement(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<AgreementRequest>,
) -> Answer<AgreementResponse> {
    let (reference, text, earlier) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let text = match web.app.agreement(&ctx, text).await {
        Ok(text) => text,
        Err(AppError::Absent) => return Ok(Out(AgreementResponse { agreement: None, changes: None })),
        Err(error) => return Err(error.into()),
    };
    let changes = match earlier {
        None => None,
        Some(earlier) => match web.app.agreement(&ctx, earlier).await {
            Ok(earlier) => Some(barid_domain::agreements::compare(&earlier.agreement, &text.agreement)),
            Err(AppError::Absent) => None,
            Err(error) => return Err(error.into()),
        },
    };
    let changes = changes.map(|changes| changes.iter().map(change_shown).collect());
    Ok(Out(AgreementResponse { agreement: Some(text_shown(&text)), changes }))
}

fn written_shown(written: &AgreementReceipt) -> AgreementWritten {
    AgreementWritten {
        agreement: written.agreement.to_string().into(),
        entry: written.entry.to_string().into(),
        receipt: receipt_shown(&written.receipt),
    }
}

/// Puts a text into the words of the API.
pub fn text_shown(state: &TextState) -> AgreementShown {
    AgreementShown {
        agreement: state.agreement.agreement.to_string().into(),
        text: state.text.to_string().into(),
        version: state.agreement.version,
        amends: state.agreement.amends.map(|text| text.to_string().into()),
        standing: match state.standing {
            TextStanding::Proposed => TextStandingShown::Proposed,
            TextStanding::Signed => TextStandingShown::Signed,
            TextStanding::InForce => TextStandingShown::InForce,
            TextStanding::Superseded => TextStandingShown::Superseded,
            TextStanding::Over => TextStandingShown::Over,
            TextStanding::Ended => TextStandingShown::Ended,
        },
        proposer: state.proposer.as_str().into(),
        proposed_at: Timestamp::from_seconds(state.proposed_at).to_string().into(),
        stated: AgreementStated::from(state.agreement.as_ref()),
        parties: state.parties.iter().map(party_shown).collect(),
    }
}

/// The acts of one party that are shown.
const ACTS_SHOWN: usize = 100;

fn act_shown(act: &PartyAct) -> PartyActShown {
    PartyActShown {
        entry: act.entry.to_string().into(),
        at: Timestamp::from_seconds(act.at).to_string().into(),
        text: act.text.to_string().into(),
        step: act.step.into(),
        grant: act.grant,
        reasons: act.reasons.iter().map(LocalShortText::from).collect(),
    }
}

fn party_shown(state: &PartyState) -> PartyShown {
    PartyShown {
        party: state.party.as_str().into(),
        signed_at: state.signed_at.map(|at| Timestamp::from_seconds(at).to_string().into()),
        declined: state.declined,
        standing: match state.standing {
            PartyStanding::Active => PartyStandingShown::Active,
            PartyStanding::Suspended => PartyStandingShown::Suspended,
            PartyStanding::Ended => PartyStandingShown::Ended,
        },
        opted_out: state.opted_out.clone(),
        acts: state.acts.iter().rev().take(ACTS_SHOWN).rev().map(act_shown).collect(),
    }
}

/// Puts a difference of two texts into the words of the API.
pub fn change_shown(change: &Change) -> ChangeShown {
    let (part, number) = match change.part {
        Part::Titles => (PartShown::Titles, None),
        Part::Parties => (PartShown::Parties, None),
        Part::Period => (PartShown::Period, None),
        Part::Clause(number) => (PartShown::Clause, Some(number)),
        Part::Grant(number) => (PartShown::Grant, Some(number)),
    };
    let fields = change.fields.iter().map(|field| (*field).to_owned()).collect();
    ChangeShown { part, number, fields, was: change.was, is: change.is }
}
