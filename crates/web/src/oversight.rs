//! Who of an organisation did what, and alarms: for whoever audits there, and for the commission.

use axum::Json as Out;
use axum::extract::State;
use barid_api::oversight::{
    AccessShown, AccessesPage, AccessesRequest, AccessesResponse, AlarmDecisionRequest,
    AlarmDecisionResponse, AlarmDecisionShown, AlarmOutcome, AlarmShown, AlarmsPage, AlarmsRequest,
    AlarmsResponse, CanariesRequest, CanariesResponse, CanaryShown, InvolvementShown, MarkCanaryRequest,
    MarkCanaryResponse, MarkOutcome, MarkingStated,
};
use barid_api::reading::Why;
use barid_api::terms::LocalShortText;
use barid_api::texts::Cursor;
use barid_app::proofs::hex;
use barid_app::{
    Access, AccessCursor, AlarmCursor, AlarmDecided, AlarmDeed, AlarmId, AuditQuestion, Canary, Marked,
    Marking, NamedAlarm,
};
use barid_domain::codes::Purpose;
use barid_domain::oversight::{AlarmDecision, AlarmError, Involvement};

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::records::to_its_end;
use crate::state::Shared;

/// Whoever audits does so for all purposes of the organisation.
fn why(reference: String) -> Why {
    Why { purpose: Purpose::Oversight, reference }
}

/// Lists who of the caller's organisation did what with which record: line by line of the journal, in the order of the ledger.
///
/// The commission may ask about any organisation of this exchange. What was searched for is not told. The cursor is sealed,
/// good for the caller, the question and today's policy; with any other the page is `null`: begin anew. What was done since the first page
/// was asked for is not on the later ones.
#[utoipa::path(post, path = "/v1/audit/accesses", tag = "oversight",
    request_body = AccessesRequest,
    responses((status = 200, description = "A page, or null.", body = AccessesResponse)))]
pub(crate) async fn list_accesses(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<AccessesRequest>,
) -> Answer<AccessesResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let question = AuditQuestion { organisation: read.organisation, lines: read.lines };
    let after = match read.after {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| AccessCursor::from_bytes(&plain, &question)) {
                Some(place) => Some(place),
                None => return Ok(Out(AccessesResponse { page: None })),
            }
        }
    };
    let ctx = caller.context(why(read.reference))?;
    let page = web.app.accesses(&ctx, &question, after, read.limit).await?;
    let seal = |place: AccessCursor| web.app.seal_cursor(&ctx.actor, &place.to_bytes(&question));
    let next = page.next.map(|place| Cursor::from(seal(place)));
    let accesses = page.accesses.iter().map(access_shown).collect();
    Ok(Out(AccessesResponse { page: Some(AccessesPage { accesses, next }) }))
}

/// Lists what was out of the ordinary about the caller's organisation, newest first; as the commission about any.
#[utoipa::path(post, path = "/v1/audit/anomalies/list", tag = "oversight",
    request_body = AlarmsRequest,
    responses((status = 200, description = "A page, or null.", body = AlarmsResponse)))]
pub(crate) async fn list_alarms(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<AlarmsRequest>,
) -> Answer<AlarmsResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let after = match read.after {
        None => None,
        Some(cursor) => {
            let opened = web.app.open_cursor(caller.actor(), &cursor);
            match opened.and_then(|plain| AlarmCursor::from_bytes(&plain, read.organisation)) {
                Some(place) => Some(place),
                None => return Ok(Out(AlarmsResponse { page: None })),
            }
        }
    };
    let ctx = caller.context(why(read.reference))?;
    let page = web.app.alarms(&ctx, read.organisation, after, read.limit).await?;
    let seal = |place: AlarmCursor| web.app.seal_cursor(&ctx.actor, &place.to_bytes(read.organisation));
    let next = page.next.map(|place| Cursor::from(seal(place)));
    let alarms = page.alarms.iter().map(alarm_shown).collect();
    Ok(Out(AlarmsResponse { page: Some(AlarmsPage { alarms, next }) }))
}

/// Says what an alarm was looked at to be, with a reason; nobody does so about an alarm that names itself. Said twice it is said
/// once.
#[utoipa::path(post, path = "/v1/audit/anomalies/decide", tag = "oversight",
    request_body = AlarmDecisionRequest,
    responses((status = 200, description = "What became of it.", body = AlarmDecisionResponse)))]
pub(crate) async fn decide_alarm(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<AlarmDecisionRequest>,
) -> Answer<AlarmDecisionResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(read.reference))?;
    let deed = AlarmDeed {
        alarm: AlarmId(read.alarm),
        expects: read.expects,
        state: read.state,
        reason: read.reason,
    };
    let decided = to_its_end(async move { web.app.decide_alarm(&ctx, &deed).await }).await??;
    Ok(Out(alarm_decided(&decided)))
}

/// Marks a record of the caller's organisation as a canary, which no honest work would open, or as none any more.
///
/// Nobody else can tell it from other records. Who of its own people is shown one raises an alarm here; who of others is, with the
/// commission alone.
#[utoipa::path(post, path = "/v1/audit/canaries", tag = "oversight",
    request_body = MarkCanaryRequest,
    responses((status = 200, description = "What became of it.", body = MarkCanaryResponse)))]
pub(crate) async fn mark_canary(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<MarkCanaryRequest>,
) -> Answer<MarkCanaryResponse> {
    let (reference, record) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let marking = match request.marking {
        MarkingStated::Mark => Marking::Mark,
        MarkingStated::Unmark => Marking::Unmark,
    };
    let marked = to_its_end(async move { web.app.mark_canary(&ctx, record, marking).await }).await??;
    Ok(Out(MarkCanaryResponse { outcome: mark_outcome(marked) }))
}

/// Lists the canaries of the caller's organisation, for who may audit.
#[utoipa::path(post, path = "/v1/audit/canaries/list", tag = "oversight",
    request_body = CanariesRequest,
    responses((status = 200, description = "The canaries.", body = CanariesResponse)))]
pub(crate) async fn list_canaries(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<CanariesRequest>,
) -> Answer<CanariesResponse> {
    let reference = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let own = web.app.own_canaries(&ctx).await?;
    Ok(Out(CanariesResponse { canaries: own.iter().map(canary_shown).collect() }))
}

/// Puts what became of a mark into the words of the API.
pub fn mark_outcome(marked: Marked) -> MarkOutcome {
    match marked {
        Marked::Done => MarkOutcome::Done,
        Marked::Absent => MarkOutcome::Absent,
        Marked::Full => MarkOutcome::Full,
    }
}

/// Puts a canary into the words of the API.
pub fn canary_shown(canary: &Canary) -> CanaryShown {
    CanaryShown { record: canary.record.to_string().into(), marked_at: canary.at.to_string().into() }
}

/// Puts an access into the words of the API.
pub fn access_shown(access: &Access) -> AccessShown {
    AccessShown {
        entry: access.entry.map(|entry| entry.to_string().into()),
        act: access.act.to_string().into(),
        phase: access.phase.into(),
        at: access.at.to_string().into(),
        officer: access.officer.as_str().into(),
        operation: access.operation.into(),
        purpose: access.purpose.into(),
        reference: access.reference.clone(),
        record: access.record.map(|record| record.to_string().into()),
        records: access.records.iter().map(|record| record.to_string().into()).collect(),
        more_records: access.is_cut,
        involvement: access.involvement.map(|involvement| match involvement {
            Involvement::Named => InvolvementShown::Named,
            Involvement::Shown => InvolvementShown::Shown,
            Involvement::Written => InvolvementShown::Written,
            Involvement::Told => InvolvementShown::Told,
        }),
        refusal: access.refusal.clone(),
    }
}

/// Puts an alarm into the words of the API.
pub fn alarm_shown(named: &NamedAlarm) -> AlarmShown {
    let alarm = &named.alarm;
    AlarmShown {
        alarm: hex(&named.id.0).into(),
        kind: alarm.kind.into(),
        organisation: alarm.organisation.as_str().into(),
        officer: alarm.officer.as_deref().map(Into::into),
        record: alarm.record.map(|record| record.to_string().into()),
        database: alarm.database.map(Into::into),
        acting: alarm.acting.map(|code| code.as_str().into()),
        at: alarm.at.to_string().into(),
        counted: alarm.counted,
        threshold: alarm.threshold,
        state: alarm.state().into(),
        decisions: alarm.decisions.iter().map(decision_shown).collect(),
    }
}

fn decision_shown(decision: &AlarmDecision) -> AlarmDecisionShown {
    AlarmDecisionShown {
        organisation: decision.by.organisation.as_str().into(),
        officer: decision.by.officer.as_str().into(),
        at: decision.at.to_string().into(),
        state: decision.state.into(),
        reason: LocalShortText::from(&decision.reason),
    }
}

/// Puts what became of a decision about an alarm into the words of the API.
pub fn alarm_decided(decided: &AlarmDecided) -> AlarmDecisionResponse {
    let without = |outcome| AlarmDecisionResponse { outcome, alarm: None };
    match decided {
        AlarmDecided::Decided(named) => {
            AlarmDecisionResponse { outcome: AlarmOutcome::Decided, alarm: Some(alarm_shown(named)) }
        }
        AlarmDecided::Absent => without(AlarmOutcome::Absent),
        AlarmDecided::NotTaken(AlarmError::Stale) => without(AlarmOutcome::Stale),
        AlarmDecided::NotTaken(AlarmError::TooMany) => without(AlarmOutcome::TooMany),
    }
}
