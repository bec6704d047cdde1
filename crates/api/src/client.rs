//! A client that does no input or output: it makes requests and reads responses, whoever carries them.

use std::marker::PhantomData;

use barid_domain::ids::{IdempotencyKey, RecordId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::agreements::{
    AgreementActRequest, AgreementActResponse, AgreementRequest, AgreementResponse, AgreementSubmission,
    AgreementWritten, AgreementsRequest, AgreementsResponse,
};
use crate::consents::{
    ConsentAnswerRequest, ConsentAnswerResponse, ConsentAskingRequest, ConsentAskingResponse,
    ConsentEndRequest, ConsentEndResponse, ConsentsRequest, ConsentsResponse,
};
use crate::consultations::{
    ConsultationAnswer, ConsultationAnswered, ConsultationsRequest, ConsultationsResponse,
};
use crate::ledger::{
    AccessProofRequest, CheckpointRequest, CheckpointResponse, ConsistencyProofRequest, ConsistencyResponse,
    CoseReceiptRequest, CoseReceiptResponse, EntryProofRequest, ProofResponse, StreamsResponse,
};
use crate::links::{LinkResponse, LinkRevision, LinkSubmission, LinksResponse};
use crate::marks::{MarkLifting, MarkResponse, MarkSubmission};
use crate::objects::{ObjectRevision, ObjectSubmission};
use crate::officers::{
    OfficerResponse, OfficerRevocation, OfficerRevocationResponse, OfficerSubmission, OfficersRequest,
    OfficersResponse,
};
use crate::orders::{OrdersRequest, OrdersResponse, ReEntriesResponse};
use crate::organisations::OrganisationsResponse;
use crate::oversight::{
    AccessesRequest, AccessesResponse, AlarmDecisionRequest, AlarmDecisionResponse, AlarmsRequest,
    AlarmsResponse, CanariesRequest, CanariesResponse, MarkCanaryRequest, MarkCanaryResponse,
};
use crate::people::{
    AccountChangeRequest, AccountChangeResponse, AccountResponse, AccountRightsRequest, AccountSubmission,
    EntitiesResponse, EntityResponse, EntitySubmission, PeopleRequest, PeopleResponse,
};
use crate::persons::{PersonRevision, PersonSubmission};
use crate::problems::Problem;
use crate::records::{
    ActRequest, ListRequest, ListResponse, OpenResponse, OutcomeResponse, ReceiptShown, RevisionResponse,
    WithdrawalRequest, WithdrawalResponse,
};
use crate::restrictions::{
    RestrictionResponse, RestrictionSubmission, RestrictionsRequest, RestrictionsResponse,
};
use crate::reviews::{DecisionsRequest, DecisionsResponse, ReviewsRequest, ReviewsResponse};
use crate::screening::{ScreeningRequest, ScreeningResponse};
use crate::screening_stream::{NDJSON, ScreeningStreamBegin};
use crate::search::{SearchRequest, SearchResponse};
use crate::sessions::{
    EnrolledResponse, EnrolmentCompletion, EnrolmentRequest, EnrolmentResponse, SessionResponse,
    SessionsResponse, SignInRequest, SignOutRequest, SignOutResponse,
};
use crate::subject_requests::{
    ApplicantSearchRequest, ApplicantSearchResponse, DisclosureResponse, StepResponse, StepSubmission,
    SubjectRequestRequest, SubjectRequestResponse, SubjectRequestSubmission, SubjectRequestTaken,
    SubjectRequestsRequest, SubjectRequestsResponse,
};
use crate::text_screening::{TextScreeningRequest, TextScreeningResponse};
use crate::texts::PositionText;
use crate::travel_documents::{DocumentBatch, DocumentRevision, DocumentSubmission};

/// The largest response that is read, in bytes.
pub const RESPONSE_BYTES_CAP: usize = 64 << 20;

/// The header that carries the position of a write.
pub const POSITION_HEADER: &str = "barid-position";

/// Makes the calls of one credential.
#[derive(Clone)]
pub struct Client {
    token: String,
}

/// Is a request to carry to the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, from `/v1` on.
    pub path: String,
    /// The headers, the credential among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
}

/// Is a response that was carried back.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Is a call: its request, and how to read the answer.
pub struct Call<A> {
    /// The request.
    pub request: Request,
    answer: PhantomData<fn() -> A>,
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The server says what is wrong.
    #[error("{} ({})", .0.title, .0.code)]
    Problem(Problem),
    /// The response is not one of this API.
    #[error("status {0} with a body that is not of this API")]
    Unreadable(u16),
    /// The response is over [`RESPONSE_BYTES_CAP`].
    #[error("the response is larger than {RESPONSE_BYTES_CAP} bytes")]
    TooLarge,
}

impl<A: DeserializeOwned> Call<A> {
    /// Asks for an answer that shows a write: `position` is that of its receipt. A server that has not got there in time
    /// answers `behind`.
    pub fn at(mut self, position: &PositionText) -> Self {
        self.request.headers.retain(|(name, _)| *name != POSITION_HEADER);
        self.request.headers.push((POSITION_HEADER, position.0.clone()));
        self
    }

    /// Reads the answer out of the response.
    pub fn parse(&self, response: &Response) -> Result<A, ClientError> {
        if response.body.len() > RESPONSE_BYTES_CAP {
            return Err(ClientError::TooLarge);
        }
        let unreadable = |_| ClientError::Unreadable(response.status);
        if (200..300).contains(&response.status) {
            return serde_json::from_slice(&response.body).map_err(unreadable);
        }
        Err(serde_json::from_slice(&response.body).map_or_else(unreadable, ClientError::Problem))
    }
}

impl Client {
    /// Makes a client of a bearer token.
    pub fn new(token: &str) -> Self {
        Self { token: token.to_owned() }
    }

    /// Searches.
    pub fn search(&self, request: &SearchRequest) -> Call<SearchResponse> {
        self.post("/v1/search".to_owned(), None, request)
    }
    /// Begins to screen a stream: the body is its first line, and lines of rows go behind it. Whoever carries it reads the
    /// lines of the answer (`ScreeningStreamLine`) while it sends.
    pub fn screen_stream(&self, begin: &ScreeningStreamBegin) -> Request {
        let mut headers = vec![("authorization", format!("Bearer {}", self.token))];
        headers.extend([("accept", NDJSON.to_owned()), ("content-type", NDJSON.to_owned())]);
        // Writing it into a Vec can't fail.
        let mut body = serde_json::to_vec(begin).unwrap_or_default();
        body.push(b'\n');
        Request { method: "POST", path: "/v1/screenings/stream".to_owned(), headers, body }
    }

    /// Screens rows of a list.
    pub fn screen(&self, request: &ScreeningRequest) -> Call<ScreeningResponse> {
        self.post("/v1/screenings".to_owned(), None, request)
    }
    /// Screens a text.
    pub fn screen_text(&self, request: &TextScreeningRequest) -> Call<TextScreeningResponse> {
        self.post("/v1/text-screenings".to_owned(), None, request)
    }
    /// Opens a record.
    pub fn open(&self, record: RecordId, request: &ActRequest) -> Call<OpenResponse> {
        self.post(format!("/v1/records/{record}/open"), None, request)
    }
    /// Enters a person.
    pub fn submit_person(&self, key: IdempotencyKey, request: &PersonSubmission) -> Call<ReceiptShown> {
        self.post("/v1/persons".to_owned(), Some(key), request)
    }
    /// Revises a person record.
    pub fn revise_person(
        &self,
        key: IdempotencyKey,
        record: RecordId,
        request: &PersonRevision,
    ) -> Call<RevisionResponse> {
        self.post(format!("/v1/persons/{record}/versions"), Some(key), request)
    }
    /// Enters a document or a range of documents.
    pub fn submit_document(&self, key: IdempotencyKey, request: &DocumentSubmission) -> Call<ReceiptShown> {
        self.post("/v1/travel-documents".to_owned(), Some(key), request)
    }
    /// Revises a document record.
    pub fn revise_document(
        &self,
        key: IdempotencyKey,
        record: RecordId,
        request: &DocumentRevision,
    ) -> Call<RevisionResponse> {
        self.post(format!("/v1/travel-documents/{record}/versions"), Some(key), request)
    }
    /// Enters many documents.
    pub fn submit_documents(&self, key: IdempotencyKey, request: &DocumentBatch) -> Call<ReceiptShown> {
        self.post("/v1/travel-documents/batches".to_owned(), Some(key), request)
    }
    /// Enters an object.
    pub fn submit_object(&self, key: IdempotencyKey, request: &ObjectSubmission) -> Call<ReceiptShown> {
        self.post("/v1/objects".to_owned(), Some(key), request)
    }
    /// Revises the record of an object.
    pub fn revise_object(
        &self,
        key: IdempotencyKey,
        record: RecordId,
        request: &ObjectRevision,
    ) -> Call<RevisionResponse> {
        self.post(format!("/v1/objects/{record}/versions"), Some(key), request)
    }
    /// States a link between two records.
    pub fn submit_link(&self, key: IdempotencyKey, request: &LinkSubmission) -> Call<LinkResponse> {
        self.post("/v1/links".to_owned(), Some(key), request)
    }
    /// Revises a link.
    pub fn revise_link(
        &self,
        key: IdempotencyKey,
        record: RecordId,
        request: &LinkRevision,
    ) -> Call<RevisionResponse> {
        self.post(format!("/v1/links/{record}/versions"), Some(key), request)
    }
    /// Asks for the links of a record.
    pub fn links_of(&self, record: RecordId, request: &ListRequest) -> Call<LinksResponse> {
        self.post(format!("/v1/records/{record}/links"), None, request)
    }
    /// Proposes the text of an agreement.
    pub fn propose_agreement(
        &self,
        key: IdempotencyKey,
        request: &AgreementSubmission,
    ) -> Call<AgreementWritten> {
        self.post("/v1/agreements".to_owned(), Some(key), request)
    }
    /// Does something about an agreement.
    pub fn act_on_agreement(
        &self,
        key: IdempotencyKey,
        request: &AgreementActRequest,
    ) -> Call<AgreementActResponse> {
        self.post("/v1/agreements/acts".to_owned(), Some(key), request)
    }
    /// Lists agreements.
    pub fn agreements(&self, request: &AgreementsRequest) -> Call<AgreementsResponse> {
        self.post("/v1/agreements/list".to_owned(), None, request)
    }
    /// Asks for one text of an agreement.
    pub fn agreement(&self, request: &AgreementRequest) -> Call<AgreementResponse> {
        self.post("/v1/agreements/open".to_owned(), None, request)
    }
    /// Lists own records that have to be looked at again.
    pub fn reviews(&self, request: &ReviewsRequest) -> Call<ReviewsResponse> {
        self.post("/v1/reviews/list".to_owned(), None, request)
    }
    /// Keeps and withdraws own records at their review.
    pub fn decide_reviews(&self, key: IdempotencyKey, request: &DecisionsRequest) -> Call<DecisionsResponse> {
        self.post("/v1/reviews/decide".to_owned(), Some(key), request)
    }
    /// Lists who of an organisation did what.
    pub fn accesses(&self, request: &AccessesRequest) -> Call<AccessesResponse> {
        self.post("/v1/audit/accesses".to_owned(), None, request)
    }
    /// Lists alarms.
    pub fn alarms(&self, request: &AlarmsRequest) -> Call<AlarmsResponse> {
        self.post("/v1/audit/anomalies/list".to_owned(), None, request)
    }
    /// Says what an alarm was.
    pub fn decide_alarm(&self, request: &AlarmDecisionRequest) -> Call<AlarmDecisionResponse> {
        self.post("/v1/audit/anomalies/decide".to_owned(), None, request)
    }
    /// Marks a canary, or takes its mark away.
    pub fn mark_canary(&self, request: &MarkCanaryRequest) -> Call<MarkCanaryResponse> {
        self.post("/v1/audit/canaries".to_owned(), None, request)
    }
    /// Lists canaries.
    pub fn canaries(&self, request: &CanariesRequest) -> Call<CanariesResponse> {
        self.post("/v1/audit/canaries/list".to_owned(), None, request)
    }
    /// Lists orders of the commission.
    pub fn orders(&self, request: &OrdersRequest) -> Call<OrdersResponse> {
        self.post("/v1/orders/list".to_owned(), None, request)
    }
    /// Lists attempts to enter somebody again.
    pub fn re_entries(&self, request: &OrdersRequest) -> Call<ReEntriesResponse> {
        self.post("/v1/orders/re-entries/list".to_owned(), None, request)
    }
    /// Marks a record.
    pub fn mark(&self, key: IdempotencyKey, request: &MarkSubmission) -> Call<MarkResponse> {
        self.post("/v1/marks".to_owned(), Some(key), request)
    }
    /// Lifts a mark.
    pub fn lift_mark(&self, key: IdempotencyKey, request: &MarkLifting) -> Call<MarkResponse> {
        self.post("/v1/marks/lift".to_owned(), Some(key), request)
    }
    /// Says whom records are shown to.
    pub fn restrict(
        &self,
        key: IdempotencyKey,
        request: &RestrictionSubmission,
    ) -> Call<RestrictionResponse> {
        self.post("/v1/restrictions".to_owned(), Some(key), request)
    }
    /// Lists whom records are shown to.
    pub fn restrictions(&self, request: &RestrictionsRequest) -> Call<RestrictionsResponse> {
        self.post("/v1/restrictions/list".to_owned(), None, request)
    }
    /// Asks the owner of a hit for its consent.
    pub fn ask_consent(
        &self,
        key: IdempotencyKey,
        request: &ConsentAskingRequest,
    ) -> Call<ConsentAskingResponse> {
        self.post("/v1/consents/ask".to_owned(), Some(key), request)
    }
    /// Lists requests for consent.
    pub fn consents(&self, request: &ConsentsRequest) -> Call<ConsentsResponse> {
        self.post("/v1/consents/list".to_owned(), None, request)
    }
    /// Answers a request for consent.
    pub fn answer_consent(
        &self,
        key: IdempotencyKey,
        request: &ConsentAnswerRequest,
    ) -> Call<ConsentAnswerResponse> {
        self.post("/v1/consents/answer".to_owned(), Some(key), request)
    }
    /// Takes a consent back, or a request for one.
    pub fn end_consent(&self, key: IdempotencyKey, request: &ConsentEndRequest) -> Call<ConsentEndResponse> {
        self.post("/v1/consents/end".to_owned(), Some(key), request)
    }
    /// Takes in a request of a person.
    pub fn take_in_request(
        &self,
        key: IdempotencyKey,
        request: &SubjectRequestSubmission,
    ) -> Call<SubjectRequestTaken> {
        self.post("/v1/subject-requests".to_owned(), Some(key), request)
    }
    /// Lists requests of persons.
    pub fn subject_requests(&self, request: &SubjectRequestsRequest) -> Call<SubjectRequestsResponse> {
        self.post("/v1/subject-requests/list".to_owned(), None, request)
    }
    /// Opens a request of a person.
    pub fn subject_request(&self, request: &SubjectRequestRequest) -> Call<SubjectRequestResponse> {
        self.post("/v1/subject-requests/open".to_owned(), None, request)
    }
    /// Takes a step about a request of a person.
    pub fn step_request(&self, key: IdempotencyKey, request: &StepSubmission) -> Call<StepResponse> {
        self.post("/v1/subject-requests/steps".to_owned(), Some(key), request)
    }
    /// Searches for the applicant of a request.
    pub fn search_for_applicant(&self, request: &ApplicantSearchRequest) -> Call<ApplicantSearchResponse> {
        self.post("/v1/subject-requests/candidates".to_owned(), None, request)
    }
    /// Asks what the applicant of a request may be told.
    pub fn disclosure(&self, request: &SubjectRequestRequest) -> Call<DisclosureResponse> {
        self.post("/v1/subject-requests/disclosure".to_owned(), None, request)
    }
    /// Lists what the commission asks about own records.
    pub fn consultations(&self, request: &ConsultationsRequest) -> Call<ConsultationsResponse> {
        self.post("/v1/consultations/list".to_owned(), None, request)
    }
    /// Answers what the commission asks about an own record.
    pub fn answer_consultation(
        &self,
        key: IdempotencyKey,
        request: &ConsultationAnswer,
    ) -> Call<ConsultationAnswered> {
        self.post("/v1/consultations/answer".to_owned(), Some(key), request)
    }
    /// Asks for a token for an officer or service.
    pub fn issue_to_officer(
        &self,
        key: IdempotencyKey,
        request: &OfficerSubmission,
    ) -> Call<OfficerResponse> {
        self.post("/v1/officers".to_owned(), Some(key), request)
    }
    /// Lists tokens.
    pub fn officers(&self, request: &OfficersRequest) -> Call<OfficersResponse> {
        self.post("/v1/officers/list".to_owned(), None, request)
    }
    /// Takes a token back.
    pub fn revoke_officer(&self, request: &OfficerRevocation) -> Call<OfficerRevocationResponse> {
        self.post("/v1/officers/revocations".to_owned(), None, request)
    }
    /// Asks for an account.
    pub fn invite(&self, key: IdempotencyKey, request: &AccountSubmission) -> Call<AccountResponse> {
        self.post("/v1/people".to_owned(), Some(key), request)
    }
    /// Lists accounts.
    pub fn people(&self, request: &PeopleRequest) -> Call<PeopleResponse> {
        self.post("/v1/people/list".to_owned(), None, request)
    }
    /// Does something about an account.
    pub fn change_person(
        &self,
        key: IdempotencyKey,
        request: &AccountChangeRequest,
    ) -> Call<AccountChangeResponse> {
        self.post("/v1/people/changes".to_owned(), Some(key), request)
    }
    /// Changes what an officer may do.
    pub fn change_rights(
        &self,
        key: IdempotencyKey,
        request: &AccountRightsRequest,
    ) -> Call<AccountChangeResponse> {
        self.post("/v1/people/rights".to_owned(), Some(key), request)
    }
    /// Makes an entity, or changes it.
    pub fn put_entity(&self, key: IdempotencyKey, request: &EntitySubmission) -> Call<EntityResponse> {
        self.post("/v1/entities".to_owned(), Some(key), request)
    }
    /// Lists entities.
    pub fn entities(&self, request: &PeopleRequest) -> Call<EntitiesResponse> {
        self.post("/v1/entities/list".to_owned(), None, request)
    }
    /// Begins to enrol; the client's own token does not matter.
    pub fn begin_enrolment(&self, request: &EnrolmentRequest) -> Call<EnrolmentResponse> {
        self.post("/v1/enrolments".to_owned(), None, request)
    }
    /// Enrols.
    pub fn enrol(&self, request: &EnrolmentCompletion) -> Call<EnrolledResponse> {
        self.post("/v1/enrolments/completion".to_owned(), None, request)
    }
    /// Signs in.
    pub fn sign_in(&self, request: &SignInRequest) -> Call<SessionResponse> {
        self.post("/v1/sessions".to_owned(), None, request)
    }
    /// Lists the sessions of the caller's own account.
    pub fn sessions(&self) -> Call<SessionsResponse> {
        self.get("/v1/sessions".to_owned())
    }
    /// Ends a session of the caller's own account.
    pub fn sign_out(&self, request: &SignOutRequest) -> Call<SignOutResponse> {
        self.post("/v1/sessions/end".to_owned(), None, request)
    }
    /// Withdraws a record.
    pub fn withdraw(
        &self,
        key: IdempotencyKey,
        record: RecordId,
        request: &WithdrawalRequest,
    ) -> Call<WithdrawalResponse> {
        self.post(format!("/v1/records/{record}/withdrawal"), Some(key), request)
    }
    /// Lists own records.
    pub fn list(&self, request: &ListRequest) -> Call<ListResponse> {
        self.post("/v1/records/list".to_owned(), None, request)
    }
    /// Asks whether a write landed.
    pub fn outcome(&self, key: IdempotencyKey) -> Call<OutcomeResponse> {
        self.get(format!("/v1/outcomes/{key}"))
    }
    /// Lists the association.
    pub fn organisations(&self) -> Call<OrganisationsResponse> {
        self.get("/v1/organisations".to_owned())
    }
    /// Lists streams.
    pub fn streams(&self) -> Call<StreamsResponse> {
        self.get("/v1/streams".to_owned())
    }
    /// Asks for a checkpoint.
    pub fn checkpoint(&self, request: &CheckpointRequest) -> Call<CheckpointResponse> {
        self.post("/v1/checkpoints".to_owned(), None, request)
    }
    /// Asks for the proof of an entry.
    pub fn prove_entry(&self, request: &EntryProofRequest) -> Call<ProofResponse> {
        self.post("/v1/proofs/entry".to_owned(), None, request)
    }
    /// Asks for the proof of an access.
    pub fn prove_access(&self, request: &AccessProofRequest) -> Call<ProofResponse> {
        self.post("/v1/proofs/access".to_owned(), None, request)
    }
    /// Asks for the receipt of an entry.
    pub fn receipt(&self, request: &CoseReceiptRequest) -> Call<CoseReceiptResponse> {
        self.post("/v1/proofs/receipt".to_owned(), None, request)
    }
    /// Asks for a proof of consistency.
    pub fn prove_consistency(&self, request: &ConsistencyProofRequest) -> Call<ConsistencyResponse> {
        self.post("/v1/proofs/consistency".to_owned(), None, request)
    }

    fn post<A>(&self, path: String, key: Option<IdempotencyKey>, body: &impl Serialize) -> Call<A> {
        let mut headers = self.headers();
        headers.push(("content-type", "application/json".to_owned()));
        headers.extend(key.map(|key| ("idempotency-key", key.to_string())));
        // Writing these types into a Vec can't fail: their keys are strings and nothing in them refuses.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Call { request: Request { method: "POST", path, headers, body }, answer: PhantomData }
    }

    fn get<A>(&self, path: String) -> Call<A> {
        let request = Request { method: "GET", path, headers: self.headers(), body: Vec::new() };
        Call { request, answer: PhantomData }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", self.token)), ("accept", "application/json".to_owned())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_term_is_in_the_body_and_nowhere_else() {
        let request = SearchRequest { query: "Калачев".into(), ..SearchRequest::default() };
        let call = Client::new("token").search(&request);
        assert_eq!(call.request.path, "/v1/search");
        assert!(String::from_utf8(call.request.body).unwrap().contains("Калачев"));
        assert!(call.request.headers.iter().all(|(_, value)| !value.contains("Калачев")));
    }

    #[test]
    fn problems_come_back_as_problems_and_rubbish_as_rubbish() {
        let call = Client::new("token").organisations();
        let problem = crate::problems::UNAUTHENTICATED.with_faults(Vec::new());
        let response = Response { status: 401, body: serde_json::to_vec(&problem).unwrap() };
        assert_eq!(call.parse(&response).err(), Some(ClientError::Problem(problem)));
        let rubbish = Response { status: 502, body: b"<html>".to_vec() };
        assert_eq!(call.parse(&rubbish).err(), Some(ClientError::Unreadable(502)));
    }
}
