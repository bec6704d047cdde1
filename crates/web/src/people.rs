//! The people of the caller's organisation: accounts and national entities.

use axum::Json as Out;
use axum::extract::State;
use barid_api::officers::RightsStated;
use barid_api::people::{
    AccountChangeRequest, AccountChangeResponse, AccountResponse, AccountRightsRequest, AccountShown,
    AccountSubmission, EntitiesResponse, EntityResponse, EntityShown, EntitySubmission, InvitedShown,
    PeopleRequest, PeopleResponse,
};
use barid_api::problems;
use barid_api::reading::Why;
use barid_api::texts::IdempotencyKeyText;
use barid_app::{
    AppError, EntityPlan, Invited, ListedAccount, OpContext, PersonAct, PersonChange, PersonPlan,
};
use barid_domain::codes::Purpose;
use barid_domain::ids::IdempotencyKey;
use barid_domain::people::EntityCode;

use crate::answers::{Answer, Refused, read_to_end};
use crate::bodies::Json;
use crate::callers::{Caller, Key};
use crate::records::to_its_end;
use crate::state::Shared;

/// Who looks after an organisation's people does so for all its purposes.
fn why(reference: String) -> Why {
    Why { purpose: Purpose::Oversight, reference }
}

fn invited_shown(invited: Invited) -> InvitedShown {
    InvitedShown {
        officer: invited.actor.officer.into(),
        code: invited.code.into(),
        ends_at: invited.ends_at.to_string().into(),
    }
}

/// Reads the code of an entity that was found to be one.
fn entity_code(text: &str) -> Result<EntityCode, Refused> {
    EntityCode::new(text).ok_or_else(|| Refused::plain(problems::INTERNAL))
}

/// Makes an account for an officer of the caller's organisation or entity, with rights that the caller and the entity have.
///
/// The code by which the officer enrols is shown this once, and good for 72 hours. Repeated with its key the request makes no
/// other one, and shows none.
#[utoipa::path(post, path = "/v1/people", tag = "people",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = AccountSubmission,
    responses((status = 200, description = "The code, or null.", body = AccountResponse)))]
pub(crate) async fn invite_person(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<AccountSubmission>,
) -> Answer<AccountResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(read.reference))?;
    let entity = read.entity.as_deref().map(entity_code).transpose()?;
    let plan = PersonPlan {
        name: read.name,
        entity,
        shown_as: read.shown_as,
        rights: read.rights,
        valid_from: read.valid_from,
        valid_until: read.valid_until,
    };
    let invited = to_its_end(async move { web.app.invite(&ctx, key, plan).await }).await??;
    Ok(Out(AccountResponse { invited: invited.map(invited_shown) }))
}

/// Lists the accounts that the caller looks after: those of its organisation, or of its own entity. Secrets are not among them.
#[utoipa::path(post, path = "/v1/people/list", tag = "people",
    request_body = PeopleRequest,
    responses((status = 200, description = "The accounts.", body = PeopleResponse)))]
pub(crate) async fn list_people(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<PeopleRequest>,
) -> Answer<PeopleResponse> {
    let reference = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let listed = web.app.people(&ctx).await?;
    Ok(Out(PeopleResponse { people: listed.into_iter().map(account_shown).collect() }))
}

fn account_shown(listed: ListedAccount) -> AccountShown {
    let ListedAccount { account, code_ends_at, due } = listed;
    AccountShown {
        entity: account.entity.as_ref().map(|entity| entity.as_str().into()),
        rights: RightsStated::from(&account.rights),
        state: account.state.into(),
        made_at: account.made_at.to_string().into(),
        valid_from: account.valid_from.to_string().into(),
        valid_until: account.valid_until.map(|day| day.to_string().into()),
        attested_on: account.attested_on.to_string().into(),
        attest_until: account.attest_until().to_string().into(),
        due,
        code_ends_at: code_ends_at.map(|at| at.to_string().into()),
        officer: account.actor.officer.into(),
        shown_as: account.shown_as.into(),
    }
}

/// Attests, suspends, resumes or ends an account, signs it out everywhere, or makes it enrol anew.
///
/// Suspended, ended and made to enrol anew it is signed out at once, in streams that are open too.
#[utoipa::path(post, path = "/v1/people/changes", tag = "people",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = AccountChangeRequest,
    responses((status = 200, description = "Whose account, or null.", body = AccountChangeResponse)))]
pub(crate) async fn change_person(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<AccountChangeRequest>,
) -> Answer<AccountChangeResponse> {
    let (reference, officer, step) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    // A step that is not listed is a fault of the body.
    let act = PersonAct::of(step).ok_or_else(|| Refused::plain(problems::INTERNAL))?;
    change(web, ctx, key, PersonChange { officer, act }).await
}

/// Changes what an officer may do, and until when; the session in which it acts too.
#[utoipa::path(post, path = "/v1/people/rights", tag = "people",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = AccountRightsRequest,
    responses((status = 200, description = "Whose account, or null.", body = AccountChangeResponse)))]
pub(crate) async fn change_rights(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<AccountRightsRequest>,
) -> Answer<AccountChangeResponse> {
    let (reference, officer, rights, valid_until) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    change(web, ctx, key, PersonChange { officer, act: PersonAct::Rights { rights, valid_until } }).await
}

async fn change(
    web: Shared,
    ctx: OpContext,
    key: IdempotencyKey,
    change: PersonChange,
) -> Answer<AccountChangeResponse> {
    let officer = change.officer.clone();
    match to_its_end(async move { web.app.change_person(&ctx, key, change).await }).await? {
        Ok(invited) => Ok(Out(AccountChangeResponse {
            changed: Some(officer.into()),
            invited: invited.map(invited_shown),
        })),
        Err(AppError::Absent) => Ok(Out(AccountChangeResponse { changed: None, invited: None })),
        Err(error) => Err(error.into()),
    }
}

/// Makes a national entity of the caller's organisation, or changes its name and ceiling, which counts for its people at once.
#[utoipa::path(post, path = "/v1/entities", tag = "people",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = EntitySubmission,
    responses((status = 200, description = "The entity.", body = EntityResponse)))]
pub(crate) async fn put_entity(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<EntitySubmission>,
) -> Answer<EntityResponse> {
    let (reference, code, shown_as, ceiling) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let plan = EntityPlan { code: entity_code(&code)?, shown_as, ceiling };
    to_its_end(async move { web.app.put_entity(&ctx, key, plan).await }).await??;
    Ok(Out(EntityResponse { entity: code.into() }))
}

/// Lists the national entities of the caller's organisation, or the one that the caller belongs to.
#[utoipa::path(post, path = "/v1/entities/list", tag = "people",
    request_body = PeopleRequest,
    responses((status = 200, description = "The entities.", body = EntitiesResponse)))]
pub(crate) async fn list_entities(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<PeopleRequest>,
) -> Answer<EntitiesResponse> {
    let reference = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why(reference))?;
    let entities = web.app.entities(&ctx).await?;
    let shown = |entity: barid_domain::people::Entity| EntityShown {
        entity: entity.code.as_str().into(),
        shown_as: entity.shown_as.into(),
        ceiling: RightsStated::from(&entity.ceiling),
        made_at: entity.made_at.to_string().into(),
    };
    Ok(Out(EntitiesResponse { entities: entities.into_iter().map(shown).collect() }))
}
