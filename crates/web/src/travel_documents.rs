//! Entering and revising travel documents, one by one or many under one signature.

use axum::extract::State;
use barid_api::problems;
use barid_api::reading;
use barid_api::records::{ReceiptShown, RevisionResponse};
use barid_api::texts::{IdempotencyKeyText, RecordIdText};
use barid_api::travel_documents::{
    BATCH_CAP, DocumentBatch, DocumentRevision, DocumentStated, DocumentSubmission,
};
use barid_app::{AppError, DocumentBatchSubmission, TravelDocumentSubmission};
use barid_domain::audit::Actor;
use barid_domain::countries::CountryCode;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::RecordId;
use barid_domain::travel_documents::TravelDocument;

use crate::answers::{Answer, Refused, read_to_end, under};
use crate::bodies::{Json, LARGE_BODY_CAP};
use crate::callers::{Caller, InPath, Key};
use crate::records::{Created, created, revised, to_its_end};
use crate::state::{Shared, Web};

/// Enters a document, or a range of documents, of the caller's own state.
#[utoipa::path(post, path = "/v1/travel-documents", tag = "travel-documents",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = DocumentSubmission,
    responses((status = 201, description = "The receipt.", body = ReceiptShown)))]
pub(crate) async fn submit_travel_document(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<DocumentSubmission>,
) -> Created {
    let country = issuing_country(&web, caller.actor())?;
    let (why, terms, statement, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let terms = request.terms.read(web.today(), faults);
        let document = request.document.read(country, "document", faults);
        let audience = request.terms.audience(faults);
        Some((why?, terms?, document?, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission = TravelDocumentSubmission {
        record: None,
        expects: None,
        terms,
        statement,
        images: Vec::new(),
        audience,
    };
    let yesterday = web.terms_of_yesterday(&request.terms);
    let write = async move {
        let written = web.app.submit_travel_document(&ctx, key, submission.clone()).await;
        match (written, yesterday) {
            (Err(AppError::KeyReused), Some(terms)) => {
                let repeated = TravelDocumentSubmission { terms, ..submission };
                web.app.submit_travel_document(&ctx, key, repeated).await
            }
            (written, _) => written,
        }
    };
    created(to_its_end(write).await?.map_err(|error| under("document", error)))
}

/// Revises a document record of the caller's own organisation.
///
/// Nothing is written, and `written` is `null`, when another entry stands by now (`current` names it), and when there
/// is no such record of the caller's organisation. Documents of a batch are withdrawn and entered anew, not revised.
#[utoipa::path(post, path = "/v1/travel-documents/{record}/versions", tag = "travel-documents",
    params(
        ("record" = RecordIdText, Path, description = "The record."),
        ("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write."),
    ),
    request_body = DocumentRevision,
    responses((status = 200, description = "The receipt, or what stands in the way.", body = RevisionResponse)))]
pub(crate) async fn revise_travel_document(
    State(web): State<Shared>,
    caller: Caller,
    InPath(record): InPath<RecordId>,
    Key(key): Key,
    Json(request): Json<DocumentRevision>,
) -> Answer<RevisionResponse> {
    let country = issuing_country(&web, caller.actor())?;
    let (why, expects, terms, statement, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let expects = reading::entry(&request.expects, "expects", faults);
        let terms = request.terms.read(web.today(), faults);
        let document = request.document.read(country, "document", faults);
        let audience = request.terms.audience(faults);
        Some((why?, expects?, terms?, document?, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission = TravelDocumentSubmission {
        record: Some(record),
        expects: Some(expects),
        terms,
        statement,
        images: Vec::new(),
        audience,
    };
    let yesterday = web.terms_of_yesterday(&request.terms);
    let write = async move {
        let written = web.app.submit_travel_document(&ctx, key, submission.clone()).await;
        match (written, yesterday) {
            (Err(AppError::KeyReused), Some(terms)) => {
                let repeated = TravelDocumentSubmission { terms, ..submission };
                web.app.submit_travel_document(&ctx, key, repeated).await
            }
            (written, _) => written,
        }
    };
    revised(to_its_end(write).await?.map_err(|error| under("document", error)))
}

/// Enters many documents of the caller's own state under one signature; each becomes a record of its own.
#[utoipa::path(post, path = "/v1/travel-documents/batches", tag = "travel-documents",
    params(("Idempotency-Key" = IdempotencyKeyText, Header, description = "Chosen by the client, new for each write.")),
    request_body = DocumentBatch,
    responses((status = 201, description = "The receipt.", body = ReceiptShown)))]
pub(crate) async fn submit_travel_documents(
    State(web): State<Shared>,
    caller: Caller,
    Key(key): Key,
    Json(request): Json<DocumentBatch, LARGE_BODY_CAP>,
) -> Created {
    let country = issuing_country(&web, caller.actor())?;
    let (why, terms, documents, audience) = read_to_end(|faults| {
        let why = reading::why(&request.purpose, &request.reference, faults);
        let terms = request.terms.read(web.today(), faults);
        let documents = read_documents(&request.documents, country, faults);
        let audience = request.terms.audience(faults);
        Some((why?, terms?, documents?, audience))
    })?;
    let ctx = caller.context(why)?;
    let submission = DocumentBatchSubmission { terms, documents, audience };
    let yesterday = web.terms_of_yesterday(&request.terms);
    let write = async move {
        let written = web.app.submit_document_batch(&ctx, key, submission.clone()).await;
        match (written, yesterday) {
            (Err(AppError::KeyReused), Some(terms)) => {
                let repeated = DocumentBatchSubmission { terms, ..submission };
                web.app.submit_document_batch(&ctx, key, repeated).await
            }
            (written, _) => written,
        }
    };
    created(to_its_end(write).await?.map_err(|error| under("documents", error)))
}

fn read_documents(
    stated: &[DocumentStated],
    country: CountryCode,
    faults: &mut Faults,
) -> Option<Vec<TravelDocument>> {
    faults.require(!stated.is_empty(), "documents", FaultCode::Missing);
    faults.count("documents", stated.len(), BATCH_CAP);
    let numbered = stated.iter().take(BATCH_CAP).enumerate();
    numbered.map(|(i, document)| document.read(country, &format!("documents[{i}]"), faults)).collect()
}

/// The state whose documents the caller may enter; organisations without one enter none.
fn issuing_country(web: &Web, actor: &Actor) -> Result<CountryCode, Refused> {
    let registry = web.app.registry();
    let country = registry.active(actor.organisation).and_then(|organisation| organisation.country);
    country.ok_or(Refused::plain(problems::NOT_ENTITLED))
}
