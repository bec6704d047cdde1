//! Entering and revising persons.

use axum::extract::State;
use barid_api::images;
use barid_api::persons::{PersonRevision, PersonStated, PersonSubmission};
use barid_api::reading;
use barid_api::records::{ReceiptShown, RevisionResponse};
use barid_api::terms::TermsOffered;
use barid_api::texts::{IdempotencyKeyText, RecordIdText};
use barid_app::{AppError, OpContext, Receipt};
use barid_domain::dates::Day;
use barid_domain::faults::Faults;
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::images::Image;
use barid_domain::persons::Person;
use barid_domain::restrictions::Audience;
use barid_domain::terms::Terms;

use crate::answers::{Answer, read_to_end, under};
use crate::bodies::{Json, LARGE_BODY_CAP};
use crate::callers::{Caller, InPath, Key};
use crate::records::{Created, created, revised, to_its_end};
use crate::state::{Shared, Web};

/// Enters a person.
///
/// Refused whole, with every fault named. Repeating the request with the same key is harmless and gets the same
/// receipt.
#[utoipa::path(post, path = "/v1/persons", tag = "persons",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = PersonSubmission,
    responses((status = 201, description = "The receipt.", body = ReceiptShown)))]
pub(crate) async fn submit_person(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<PersonSubmission, LARGE_BODY_CAP>,
) -> Created {
    let today = web.today();
    let (why, terms, person, images, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let images = images::read_all(&request.images, faults);
        let audience = request.terms.audience(faults);
        let (terms, person) = read(&request.terms, &request.person, today, faults)?;
        Some((why?, terms, person, images, audience))
    })?;
    let ctx = caller.context(why)?;
    let write = Write { ctx, key, record: None, expects: None, terms, person, images, audience };
    created(to_its_end(async move { write.send(&web, &request.terms).await }).await?)
}

/// Revises a person record of the caller's own organisation.
///
/// Nothing is written, and `written` is `null`, when another entry stands by now (`current` names it), and when there
/// is no such record of the caller's organisation.
#[utoipa::path(post, path = "/v1/persons/{record}/versions", tag = "persons",
    params(
        ("record" = RecordIdText, Path, description = "The record."),
        ("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write."),
    ),
    request_body = PersonRevision,
    responses((status = 200, description = "The receipt, or what stands in the way.", body = RevisionResponse)))]
pub(crate) async fn revise_person(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Key(key): Key,
    Json(request): Json<PersonRevision, LARGE_BODY_CAP>,
) -> Answer<RevisionResponse> {
    let today = web.today();
    let (why, expects, terms, person, images, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let expects = reading::entry(&request.expects, "expects", faults);
        let images = images::read_all(&request.images, faults);
        let audience = request.terms.audience(faults);
        let (terms, person) = read(&request.terms, &request.person, today, faults)?;
        Some((why?, expects?, terms, person, images, audience))
    })?;
    let ctx = caller.context(why)?;
    let write =
        Write { ctx, key, record: Some(record), expects: Some(expects), terms, person, images, audience };
    revised(to_its_end(async move { write.send(&web, &request.terms).await }).await?)
}

fn read(
    terms: &TermsOffered,
    person: &PersonStated,
    today: Day,
    faults: &mut Faults,
) -> Option<(Terms, Person)> {
    let terms = terms.read(today, faults);
    let person = person.read(faults);
    Some((terms?, person?))
}

struct Write {
    ctx: OpContext,
    key: IdempotencyKey,
    record: Option<RecordId>,
    expects: Option<EntryHash>,
    terms: Terms,
    person: Person,
    images: Vec<Image>,
    audience: Option<Audience>,
}

impl Write {
    async fn send(self, web: &Web, offered: &TermsOffered) -> Result<Receipt, AppError> {
        let submission = barid_app::PersonSubmission {
            record: self.record,
            expects: self.expects,
            terms: self.terms,
            statement: self.person,
            images: self.images,
            audience: self.audience,
        };
        let written = web.app.submit_person(&self.ctx, self.key, submission.clone()).await;
        let written = match (written, web.terms_of_yesterday(offered)) {
            // The day of review is counted from today: repeated after midnight, it is yesterday's request.
            (Err(AppError::KeyReused), Some(terms)) => {
                let repeated = barid_app::PersonSubmission { terms, ..submission };
                web.app.submit_person(&self.ctx, self.key, repeated).await
            }
            (written, _) => written,
        };
        written.map_err(|error| under("person", error))
    }
}
