//! Fuzz targets of the bodies of the HTTP API: every request that can be read is read without a panic.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_api::agreements::{
    AgreementActRequest, AgreementRequest, AgreementStated, AgreementSubmission, AgreementsRequest,
};
use barid_api::consents::{ConsentAnswerRequest, ConsentAskingRequest, ConsentEndRequest, ConsentsRequest};
use barid_api::consultations::{ConsultationAnswer, ConsultationsRequest};
use barid_api::images::{self, OpenImageRequest};
use barid_api::ledger::{
    AccessProofRequest, CheckpointRequest, ConsistencyProofRequest, CoseReceiptRequest, EntryProofRequest,
};
use barid_api::links::{LinkRevision, LinkSubmission};
use barid_api::marks::{MarkLifting, MarkSubmission};
use barid_api::objects::{ObjectRevision, ObjectStated, ObjectSubmission};
use barid_api::officers::{OfficerRevocation, OfficerSubmission, OfficersRequest, RightsStated};
use barid_api::orders::OrdersRequest;
use barid_api::oversight::{
    AccessesRequest, AlarmDecisionRequest, AlarmsRequest, CanariesRequest, MarkCanaryRequest,
};
use barid_api::people::{
    AccountChangeRequest, AccountRightsRequest, AccountSubmission, EntitySubmission, PeopleRequest,
};
use barid_api::persons::{PersonRevision, PersonSubmission};
use barid_api::problems::Problem;
use barid_api::records::{ActRequest, ListRequest, OpenResponse, WithdrawalRequest};
use barid_api::restrictions::{RestrictionSubmission, RestrictionsRequest};
use barid_api::reviews::{DecisionsRequest, ReviewsRequest};
use barid_api::screening::{ScreeningRequest, ScreeningResponse};
use barid_api::screening_stream::{ScreeningStreamBegin, ScreeningStreamLine, read_row};
use barid_api::screening_table::{ScreeningTableForm, fields_as_json};
use barid_api::search::{SearchRequest, SearchResponse};
use barid_api::sessions::{EnrolmentCompletion, EnrolmentRequest, SignInRequest, SignOutRequest};
use barid_api::subject_requests::{
    ApplicantSearchRequest, StepSubmission, SubjectRequestRequest, SubjectRequestSubmission,
    SubjectRequestsRequest,
};
use barid_api::text_screening::{TextScreeningRequest, TextScreeningResponse};
use barid_api::travel_documents::{DocumentBatch, DocumentRevision, DocumentSubmission};
use barid_domain::agreements::Agreement;
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::faults::Faults;
use barid_domain::ids::AgreementId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn today() -> Day {
    Day::new(2026, 11, 23).unwrap()
}

fn country() -> CountryCode {
    CountryCode::new("XAX").unwrap()
}

fn why(rest: Value) -> Vec<u8> {
    let mut body = json!({"purpose": "border-control", "reference": "дело 17/2026"});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    serde_json::to_vec(&body).unwrap()
}

fn with_terms(rest: Value) -> Vec<u8> {
    let mut body = json!({"terms": {
        "purpose": "border-control", "handling": {"code": "H0"}, "classification": "official-use",
        "source_grade": "A", "information_grade": "1", "review_in_days": 365,
    }});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    why(body)
}

fn person() -> Value {
    json!({
        "names": [{"text": "Валерий Калачев", "kind": "primary", "script": "Cyrl"}],
        "sex": "male", "stated": {"statuses": ["wanted"], "offences": ["financial-crime.fraud"]},
        "births": ["1971", "1965/1969"], "nationalities": ["XAX"], "addresses": [{"city": "পল্টন"}],
    })
}

fn document() -> Value {
    json!({
        "range": {"prefix": "XA", "from": "0001200", "to": "0001299"},
        "document_type": "passport", "fraud": {"type": "stolen-blank"}, "reported_on": "2026-01-02",
    })
}

fn images() -> Value {
    json!([{
        "picture": {"hash": "5a".repeat(32), "format": "jpeg", "bytes": 9_000, "width": 640, "height": 480,
            "thumbnail": "5b".repeat(32)},
        "kind": "mark", "taken": "2024-05", "caption": {"language": "hi", "text": "गोदना"},
    }])
}

/// Is a request with its reader, as the server calls it.
trait Body: Serialize + DeserializeOwned + PartialEq {
    fn is_read(&self, faults: &mut Faults) -> bool;
}

macro_rules! bodies {
    ($($body:ty: |$request:ident, $faults:ident| $read:expr;)+) => {
        $(impl Body for $body {
            fn is_read(&self, $faults: &mut Faults) -> bool {
                let $request = self;
                $read
            }
        })+
    };
}

bodies! {
    SearchRequest: |request, faults| request.read(faults).is_some();
    ScreeningRequest: |request, faults| request.read(faults).is_some();
    TextScreeningRequest: |request, faults| request.read(faults).is_some();
    OpenImageRequest: |request, faults| request.read(faults).is_some();
    ActRequest: |request, faults| request.read(faults).is_some();
    ListRequest: |request, faults| request.read(faults).is_some();
    WithdrawalRequest: |request, faults| request.read(faults).is_some();
    CheckpointRequest: |request, faults| request.read(faults).is_some();
    EntryProofRequest: |request, faults| request.read(faults).is_some();
    AccessProofRequest: |request, faults| request.read(faults).is_some();
    CoseReceiptRequest: |request, faults| request.read(faults).is_some();
    ConsistencyProofRequest: |request, faults| request.read(faults).is_some();
    PersonSubmission: |request, faults| {
        let images = images::read_all(&request.images, faults).len() == request.images.len();
        images & request.terms.read(today(), faults).is_some() & request.person.read(faults).is_some()
    };
    PersonRevision: |request, faults| {
        let images = images::read_all(&request.images, faults).len() == request.images.len();
        images & request.terms.read(today(), faults).is_some() & request.person.read(faults).is_some()
    };
    DocumentSubmission: |request, faults| {
        request.terms.read(today(), faults).is_some()
            & request.document.read(country(), "document", faults).is_some()
    };
    DocumentRevision: |request, faults| {
        request.terms.read(today(), faults).is_some()
            & request.document.read(country(), "document", faults).is_some()
    };
    OfficerSubmission: |request, faults| request.read(faults).is_some();
    OfficersRequest: |request, faults| request.read(faults).is_some();
    OfficerRevocation: |request, faults| request.read(faults).is_some();
    AccountSubmission: |request, faults| request.read(faults).is_some();
    PeopleRequest: |request, faults| request.read(faults).is_some();
    AccountChangeRequest: |request, faults| request.read(faults).is_some();
    AccountRightsRequest: |request, faults| request.read(faults).is_some();
    EntitySubmission: |request, faults| request.read(faults).is_some();
    EnrolmentRequest: |request, faults| request.read(faults).is_some();
    EnrolmentCompletion: |request, faults| request.read(faults).is_some();
    SignInRequest: |request, faults| request.read(faults).is_some();
    SignOutRequest: |request, faults| request.read(faults).is_some();
    AgreementSubmission: |request, faults| request.agreement.read("agreement", faults).is_some();
    AgreementActRequest: |request, faults| request.read(faults).is_some();
    AgreementsRequest: |request, faults| request.read(faults).is_some();
    AgreementRequest: |request, faults| request.read(faults).is_some();
    OrdersRequest: |request, faults| request.read(faults).is_some();
    MarkSubmission: |request, faults| request.read(faults).is_some();
    MarkLifting: |request, faults| request.read(faults).is_some();
    RestrictionsRequest: |request, faults| request.read(faults).is_some();
    RestrictionSubmission: |request, faults| request.read(faults).is_some();
    MarkCanaryRequest: |request, faults| request.read(faults).is_some();
    CanariesRequest: |request, faults| request.read(faults).is_some();
    AccessesRequest: |request, faults| request.read(faults).is_some();
    AlarmsRequest: |request, faults| request.read(faults).is_some();
    AlarmDecisionRequest: |request, faults| request.read(faults).is_some();
    ConsentAskingRequest: |request, faults| request.read(faults).is_some();
    ConsentsRequest: |request, faults| request.read(faults).is_some();
    ConsentAnswerRequest: |request, faults| request.read(faults).is_some();
    ConsentEndRequest: |request, faults| request.read(faults).is_some();
    SubjectRequestSubmission: |request, faults| request.read(faults).is_some();
    SubjectRequestsRequest: |request, faults| request.read(faults).is_some();
    StepSubmission: |request, faults| request.read(faults).is_some();
    ApplicantSearchRequest: |request, faults| request.read(faults).is_some();
    SubjectRequestRequest: |request, faults| request.read(faults).is_some();
    ConsultationsRequest: |request, faults| request.read(faults).is_some();
    ConsultationAnswer: |request, faults| request.read(faults).is_some();
    ReviewsRequest: |request, faults| request.read(faults).is_some();
    DecisionsRequest: |request, faults| request.read(faults).is_some();
    LinkSubmission: |request, faults| {
        request.terms.read(today(), faults).is_some() & request.link.read("link", faults).is_some()
    };
    LinkRevision: |request, faults| {
        request.terms.read(today(), faults).is_some() & request.link.read("link", faults).is_some()
    };
    ObjectSubmission: |request, faults| {
        let images = images::read_all(&request.images, faults).len() == request.images.len();
        images
            & request.terms.read(today(), faults).is_some()
            & request.object.read("object", faults).is_some()
    };
    ObjectRevision: |request, faults| {
        let images = images::read_all(&request.images, faults).len() == request.images.len();
        images
            & request.terms.read(today(), faults).is_some()
            & request.object.read("object", faults).is_some()
    };
    DocumentBatch: |request, faults| {
        let terms = request.terms.read(today(), faults).is_some();
        request.documents.iter().fold(terms, |all, one| all & one.read(country(), "documents[0]", faults).is_some())
    };
}

/// Shows that a seed is one that the server takes.
fn good<T: Body>(bytes: &[u8]) {
    let value = serde_json::from_slice::<T>(bytes).unwrap();
    let mut faults = Faults::default();
    assert!(value.is_read(&mut faults), "a seed that can not be read");
    assert_eq!(faults.into_result(), Ok(()));
}

/// Reads a body; one that was read says the same when it is written and read again, and names what it lacks.
fn meet<T: Body>(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else { return };
    let mut faults = Faults::default();
    let is_read = value.is_read(&mut faults);
    assert!(is_read || faults.into_result().is_err(), "nothing read and nothing noted");
    let again = serde_json::from_slice::<T>(&serde_json::to_vec(&value).unwrap());
    assert!(again.is_ok_and(|again| again == value), "written and read again it is another body");
}

#[test]
fn fuzz_lines_of_streams() {
    let seeds: [&[u8]; 4] = [
        "{\"name\": \"উদাহরণ\", \"birth\": \"1971\", \"sex\": \"male\"}".as_bytes(),
        b"{\"document_number\": \"XA 1\", \"issuing_country\": \"XAX\"}",
        br#"{"purpose": "exercise", "reference": "A 4", "first_row": 201, "least_score": 0.5, "limit": 3}"#,
        br#"{"end": {"next_row": 7, "problem": null}}"#,
    ];
    fuzz::run("lines_of_streams", &seeds, |bytes| {
        let _ = read_row(bytes);
        if let Ok(begin) = serde_json::from_slice::<ScreeningStreamBegin>(bytes) {
            let _ = begin.read(&mut Faults::default());
        }
        let _ = serde_json::from_slice::<ScreeningStreamLine>(bytes);
        let fields: Vec<_> = String::from_utf8_lossy(bytes)
            .split('"')
            .map(|part| part.split_once(':').unwrap_or((part, part)))
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        if let Ok(form) = serde_json::from_slice::<ScreeningTableForm>(&fields_as_json(&fields)) {
            let _ = form.into_begin().0.read(&mut Faults::default());
        }
    });
}

#[test]
fn fuzz_bodies_of_acts() {
    let stream = "barid.v1/XA/persons/01010101-0101-4101-8101-010101010101/2";
    let hash = "5a".repeat(32);
    let seeds = [
        why(json!({"query": "P<UTOERIKSSON<<ANNA", "birth": "1965/1969", "nationality": "XAX",
            "sex": "female", "issuing_country": "XBX", "limit": 10})),
        why(json!({})),
        why(json!({"after": "Zm9v", "limit": 100})),
        why(json!({"reason": "mistaken"})),
        why(json!({"stream": stream})),
        why(json!({"entry": hash})),
        why(json!({"access": hash})),
        why(json!({"stream": stream, "old_size": 9_007_199_254_740_991_u64})),
        why(json!({"rows": [{"name": "উদাহরণ", "birth": "1971", "sex": "male"}, {"document_number": "XA 1"}],
            "list": hash, "first_row": 201, "least_score": 0.5, "limit": 3})),
        why(json!({"text": "পাসপোর্ট XA০০১২৩৪৫\nВалерий Калачев", "least_score": 0.5, "limit": 3})),
        why(json!({"image": hash, "size": "thumbnail", "from": 9})),
    ];
    good::<SearchRequest>(&seeds[0]);
    good::<ActRequest>(&seeds[1]);
    good::<ListRequest>(&seeds[2]);
    good::<WithdrawalRequest>(&seeds[3]);
    good::<CheckpointRequest>(&seeds[4]);
    good::<EntryProofRequest>(&seeds[5]);
    good::<CoseReceiptRequest>(&seeds[5]);
    good::<AccessProofRequest>(&seeds[6]);
    good::<ConsistencyProofRequest>(&seeds[7]);
    good::<ScreeningRequest>(&seeds[8]);
    good::<TextScreeningRequest>(&seeds[9]);
    good::<OpenImageRequest>(&seeds[10]);
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    fuzz::run("bodies_of_acts", &seeds, |bytes| {
        meet::<SearchRequest>(bytes);
        meet::<ScreeningRequest>(bytes);
        meet::<TextScreeningRequest>(bytes);
        meet::<OpenImageRequest>(bytes);
        meet::<ActRequest>(bytes);
        meet::<ListRequest>(bytes);
        meet::<WithdrawalRequest>(bytes);
        meet::<CheckpointRequest>(bytes);
        meet::<EntryProofRequest>(bytes);
        meet::<CoseReceiptRequest>(bytes);
        meet::<AccessProofRequest>(bytes);
        meet::<ConsistencyProofRequest>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_links() {
    let link = json!({
        "kind": "related-to", "since": "2026-03", "until": "2026-07-03/2026-07-09",
        "from": "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10", "to": "9c1f5e02-77aa-4c2b-b2f5-0d6a3f1c2b11",
        "remarks": [{"language": "fa", "text": "با هم دیده شدند"}],
    });
    let submission = with_terms(json!({"link": link}));
    let revision = with_terms(json!({"link": link, "expects": "5a".repeat(32)}));
    good::<LinkSubmission>(&submission);
    good::<LinkRevision>(&revision);
    fuzz::run("bodies_of_links", &[&submission, &revision], |bytes| {
        meet::<LinkSubmission>(bytes);
        meet::<LinkRevision>(bytes);
        let Ok(request) = serde_json::from_slice::<LinkSubmission>(bytes) else { return };
        let Some(read) = request.link.read("link", &mut Faults::default()) else { return };
        assert_eq!((read.from.to_string(), read.to.to_string()), (request.link.from.0, request.link.to.0));
    });
}

#[test]
fn fuzz_bodies_of_reviews() {
    let list = serde_json::to_vec(&json!({"reference": "FILE 7", "limit": 5, "after": "AAAA"})).unwrap();
    let one = json!({
        "record": "18302177-db24-4c4b-be01-452a5e467c89", "expects": "5a".repeat(32),
        "review_on": "2028-02-29", "reason": "other",
        "text": {"language": "hi", "text": "न्यायालय का उत्तर शेष है"},
    });
    let other = json!({
        "record": "18302177-db24-4c4b-be01-452a5e467c8a", "expects": "5b".repeat(32), "reason": "purpose-met",
    });
    let decisions = why(json!({"keep": [one], "withdraw": [other]}));
    good::<ReviewsRequest>(&list);
    good::<DecisionsRequest>(&decisions);
    fuzz::run("bodies_of_reviews", &[&list, &decisions], |bytes| {
        meet::<ReviewsRequest>(bytes);
        meet::<DecisionsRequest>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_oversight() {
    let accesses = serde_json::to_vec(&json!({
        "reference": "FILE 7", "organisation": "XB", "officer": "desk-4",
        "record": "18302177-db24-4c4b-be01-452a5e467c89", "act": "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10",
        "operation": "open-record", "purpose": "border-control", "refused": false, "from": "2026-02-28",
        "until": "2028-02-29", "after": "AAAA", "limit": 5,
    }))
    .unwrap();
    let alarms = serde_json::to_vec(
        &json!({"reference": "FILE 7", "organisation": "XB", "after": "AAAA", "limit": 5}),
    )
    .unwrap();
    let decision = serde_json::to_vec(&json!({
        "reference": "FILE 7", "alarm": "5a".repeat(16), "expects": 0, "state": "explained",
        "reason": {"language": "bn", "text": "একই দলের যাত্রী"},
    }))
    .unwrap();
    let mark =
        json!({"reference": "FILE 7", "record": "18302177-db24-4c4b-be01-452a5e467c89", "marking": "unmark"});
    let mark = serde_json::to_vec(&mark).unwrap();
    let canaries = serde_json::to_vec(&json!({"reference": "FILE 7"})).unwrap();
    good::<MarkCanaryRequest>(&mark);
    good::<CanariesRequest>(&canaries);
    good::<AccessesRequest>(&accesses);
    good::<AlarmsRequest>(&alarms);
    good::<AlarmDecisionRequest>(&decision);
    fuzz::run("bodies_of_oversight", &[&accesses, &alarms, &decision, &mark, &canaries], |bytes| {
        meet::<MarkCanaryRequest>(bytes);
        meet::<CanariesRequest>(bytes);
        meet::<AccessesRequest>(bytes);
        meet::<AlarmsRequest>(bytes);
        meet::<AlarmDecisionRequest>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_requests() {
    let id = "18302177-db24-4c4b-be01-452a5e467c89";
    let texts = json!([{"language": "bn", "text": "এটি কি জানানো যায়?"}]);
    let submission = json!({"reference": "R/26/12", "kind": "access", "received_on": "2026-10-02",
        "applicant": {"names": ["اکبر تمرینی", "练习"], "birth": "1971", "nationalities": ["RUS"]},
        "identity": "passport-copy", "language": "fa", "file": "R/26/12"});
    let list = json!({"reference": "R", "closed_too": true, "limit": 5, "after": "AAAA"});
    let consult = json!({"reference": "R", "request": id, "step": {"consult": {
        "record": id, "until": "2027-01-15", "tells_applicant": true, "texts": texts}}});
    let decide = json!({"reference": "R", "request": id, "step": {"decide": {
        "decision": "orders-issued", "orders": ["5a".repeat(32)], "texts": texts}}});
    let search = json!({"reference": "R", "request": id, "numbers": ["XA 0012345"]});
    let one = json!({"reference": "R", "request": id});
    let consultations = json!({"reference": "R", "limit": 5, "after": "AAAA"});
    let answer = json!({"reference": "R", "consultation": "5a".repeat(32), "reply": "consents-to-part",
        "groups": ["documents"], "restriction": "inquiry", "texts": texts});
    let bodies = [&submission, &list, &consult, &decide, &search, &one, &consultations, &answer];
    let bodies = bodies.map(|body| serde_json::to_vec(body).unwrap());
    good::<SubjectRequestSubmission>(&bodies[0]);
    good::<SubjectRequestsRequest>(&bodies[1]);
    good::<StepSubmission>(&bodies[2]);
    good::<StepSubmission>(&bodies[3]);
    good::<ApplicantSearchRequest>(&bodies[4]);
    good::<SubjectRequestRequest>(&bodies[5]);
    good::<ConsultationsRequest>(&bodies[6]);
    good::<ConsultationAnswer>(&bodies[7]);
    let seeds: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
    fuzz::run("bodies_of_requests", &seeds, |bytes| {
        meet::<SubjectRequestSubmission>(bytes);
        meet::<SubjectRequestsRequest>(bytes);
        meet::<StepSubmission>(bytes);
        meet::<ApplicantSearchRequest>(bytes);
        meet::<SubjectRequestRequest>(bytes);
        meet::<ConsultationsRequest>(bytes);
        meet::<ConsultationAnswer>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_agreements() {
    let proposal = json!({"reference": "FILE 7", "amends": "5a".repeat(32), "agreement": {
        "titles": [{"language": "ar", "text": "وصول مباشر"}], "parties": ["XA", "XPART"],
        "from": "2026-12-01", "until": "2028-11-30",
        "clauses": [{"number": 1, "texts": [{"language": "ru", "text": "Запись остаётся у владельца."}]}],
        "grants": [{
            "number": 1, "recipients": ["XPART"], "owners": ["XA"], "databases": ["persons"],
            "operations": ["candidates", "open"], "fields": ["documents"], "purposes": ["drug-trafficking"],
            "held": ["drug-trafficking"], "handling": ["H0"], "classification": "official-use",
            "daily_cap": 500, "duties": ["confirm-with-owner"],
        }],
    }});
    let act = json!({
        "reference": "FILE 7", "text": "5a".repeat(32), "step": "opt-out", "grant": 1,
        "reasons": [{"language": "zh", "text": "法院裁定"}],
    });
    let list = json!({"reference": "FILE 7", "limit": 5, "after": "AAAA"});
    let one = json!({"reference": "FILE 7", "text": "5a".repeat(32), "compare_with": "5b".repeat(32)});
    let [proposal, act, list, one] =
        [proposal, act, list, one].map(|body| serde_json::to_vec(&body).unwrap());
    good::<AgreementSubmission>(&proposal);
    good::<AgreementActRequest>(&act);
    good::<AgreementsRequest>(&list);
    good::<AgreementRequest>(&one);
    good::<OrdersRequest>(&list);
    good::<RestrictionsRequest>(&list);
    let restriction = json!({"reference": "F 7", "database": "persons",
        "about": {"records": ["7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34"]},
        "audience": {"mode": "all-but", "organisations": ["XB"]}});
    let restriction = serde_json::to_vec(&restriction).unwrap();
    good::<RestrictionSubmission>(&restriction);
    let mark = json!({"reference": "F 7", "record": "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34",
        "mark": "misused-identity", "consent": "CASE 7",
        "texts": [{"language": "bn", "text": "বাঁ হাতে দাগ"}]});
    let lifting = json!({"reference": "F 7", "mark": "5a".repeat(32),
        "texts": [{"language": "ru", "text": "снято"}]});
    let [mark, lifting] = [mark, lifting].map(|body| serde_json::to_vec(&body).unwrap());
    good::<MarkSubmission>(&mark);
    good::<MarkLifting>(&lifting);
    let seeds = [&proposal, &act, &list, &one, &restriction, &mark, &lifting];
    fuzz::run("bodies_of_agreements", &seeds.map(Vec::as_slice), |bytes| {
        meet::<MarkSubmission>(bytes);
        meet::<MarkLifting>(bytes);
        meet::<RestrictionsRequest>(bytes);
        meet::<RestrictionSubmission>(bytes);
        meet::<OrdersRequest>(bytes);
        meet::<AgreementSubmission>(bytes);
        meet::<AgreementActRequest>(bytes);
        meet::<AgreementsRequest>(bytes);
        meet::<AgreementRequest>(bytes);
        let Ok(request) = serde_json::from_slice::<AgreementSubmission>(bytes) else { return };
        let Some(read) = request.agreement.read("agreement", &mut Faults::default()) else { return };
        let text = Agreement {
            salt: [0; 32],
            agreement: AgreementId([0; 16]),
            version: 1,
            amends: None,
            titles: read.titles.clone(),
            parties: read.parties.clone(),
            from: read.from,
            until: read.until,
            clauses: read.clauses.clone(),
            grants: read.grants.clone(),
        };
        text.check(today(), &mut Faults::default());
        let again = AgreementStated::from(&text).read("agreement", &mut Faults::default());
        assert!(again == Some(read), "shown and read again it is another text");
    });
}

#[test]
fn fuzz_bodies_of_consents() {
    let ask = json!({"purpose": "drug-trafficking", "reference": "CASE 7", "access": "5a".repeat(32),
        "database": "persons", "owner": "XA", "days": 30,
        "reason": {"language": "ar", "text": "تطابق الاسم وتاريخ الميلاد"}});
    let list = json!({"reference": "F 7", "role": "asker", "after": "AAAA", "limit": 5});
    let give = json!({"reference": "F 7", "request": "5a".repeat(32), "answer": {"give": {
        "records": ["7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34"], "fields": ["offences"], "until": "2026-12-31",
        "duties": ["confirm-with-owner"], "conditions": [{"language": "fa", "text": "تماس بگیرید"}]}}});
    let reason = json!({"language": "zh", "text": "涉及线人"});
    let refuse = json!({"reference": "F 7", "request": "5a".repeat(32),
        "answer": {"refuse": {"reason": reason, "tells": true}}});
    let end = json!({"reference": "F 7", "request": "5a".repeat(32), "reason": reason, "tells": true});
    let [ask, list, give, refuse, end] =
        [ask, list, give, refuse, end].map(|body| serde_json::to_vec(&body).unwrap());
    good::<ConsentAskingRequest>(&ask);
    good::<ConsentsRequest>(&list);
    good::<ConsentAnswerRequest>(&give);
    good::<ConsentAnswerRequest>(&refuse);
    good::<ConsentEndRequest>(&end);
    fuzz::run("bodies_of_consents", &[&ask, &list, &give, &refuse, &end], |bytes| {
        meet::<ConsentAskingRequest>(bytes);
        meet::<ConsentsRequest>(bytes);
        meet::<ConsentAnswerRequest>(bytes);
        meet::<ConsentEndRequest>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_officers() {
    let token = json!({"reference": "FILE 7", "officer": "desk-4", "days": 30, "rights": {
        "rights": ["search", "open"], "databases": ["persons"], "purposes": ["border-control"],
        "clearance": "restricted",
    }});
    let list = json!({"reference": "FILE 7"});
    let end = json!({"reference": "FILE 7", "credential": "0123456789abcdef"});
    let [token, list, end] = [token, list, end].map(|body| serde_json::to_vec(&body).unwrap());
    good::<OfficerSubmission>(&token);
    good::<OfficersRequest>(&list);
    good::<OfficerRevocation>(&end);
    fuzz::run("bodies_of_officers", &[&token, &list, &end], |bytes| {
        meet::<OfficerSubmission>(bytes);
        meet::<OfficersRequest>(bytes);
        meet::<OfficerRevocation>(bytes);
        let Ok(request) = serde_json::from_slice::<OfficerSubmission>(bytes) else { return };
        let Some(read) = request.rights.read("rights", &mut Faults::default()) else { return };
        let again = RightsStated::from(&read).read("rights", &mut Faults::default());
        assert!(again == Some(read), "shown and read again they are other rights");
    });
}

#[test]
fn fuzz_bodies_of_people() {
    let rights = json!({"rights": ["search", "open"], "databases": ["persons"], "clearance": "restricted"});
    let account = json!({"reference": "FILE 7", "officer": "r-ahmed", "entity": "port-1", "shown_as": "রহিম আহমেদ",
        "rights": rights, "valid_from": "2026-11-23", "valid_until": "2027-11-23"});
    let list = json!({"reference": "FILE 7"});
    let change = json!({"reference": "FILE 7", "officer": "port-1.r-ahmed", "act": "attest"});
    let other =
        json!({"reference": "FILE 7", "officer": "r-ahmed", "rights": rights, "valid_until": "2027-11-23"});
    let entity =
        json!({"reference": "FILE 7", "entity": "port-1", "shown_as": "شرطة الميناء", "ceiling": rights});
    let bodies = [account, list, change, other, entity].map(|body| serde_json::to_vec(&body).unwrap());
    good::<AccountSubmission>(&bodies[0]);
    good::<PeopleRequest>(&bodies[1]);
    good::<AccountChangeRequest>(&bodies[2]);
    good::<AccountRightsRequest>(&bodies[3]);
    good::<EntitySubmission>(&bodies[4]);
    fuzz::run("bodies_of_people", &bodies.each_ref().map(Vec::as_slice), |bytes| {
        meet::<AccountSubmission>(bytes);
        meet::<PeopleRequest>(bytes);
        meet::<AccountChangeRequest>(bytes);
        meet::<AccountRightsRequest>(bytes);
        meet::<EntitySubmission>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_sessions() {
    let code = format!("barid_enrol_{}", "a_-Z".repeat(11).get(..43).unwrap());
    let who = json!({"organisation": "XA", "officer": "port-1.r-ahmed"});
    let with = |more: Value| {
        let mut body = who.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::to_vec(&body).unwrap()
    };
    let begin = with(json!({"code": code}));
    let end = with(json!({"code": code, "password": "куст сирени у ворот", "device_code": "123456"}));
    let sign_in = with(json!({"password": "ﬁsch im teich", "device_code": "123456"}));
    let out = serde_json::to_vec(&json!({"session": "0123456789abcdef"})).unwrap();
    good::<EnrolmentRequest>(&begin);
    good::<EnrolmentCompletion>(&end);
    good::<SignInRequest>(&sign_in);
    good::<SignOutRequest>(&out);
    fuzz::run("bodies_of_sessions", &[&begin, &end, &sign_in, &out], |bytes| {
        meet::<EnrolmentRequest>(bytes);
        meet::<EnrolmentCompletion>(bytes);
        meet::<SignInRequest>(bytes);
        meet::<SignOutRequest>(bytes);
    });
}

#[test]
fn fuzz_bodies_of_objects() {
    let object = json!({
        "database": "incidents", "kind": "seizure", "reported_on": "2026-10-02", "country": "XAX",
        "substances": [{"substance": "heroin", "cas": "561-27-3", "weight": 12_500_000, "currency": "XTS"}],
        "concealment": {"language": "ru", "text": "тайник"}, "vehicles": [{"plate": "۱۲ ب ۳۴۵"}],
    });
    let submission = with_terms(json!({"object": object, "images": images()}));
    let revision = with_terms(json!({"object": object, "images": images(), "expects": "5a".repeat(32)}));
    good::<ObjectSubmission>(&submission);
    good::<ObjectRevision>(&revision);
    fuzz::run("bodies_of_objects", &[&submission, &revision], |bytes| {
        meet::<ObjectSubmission>(bytes);
        meet::<ObjectRevision>(bytes);
        let Ok(request) = serde_json::from_slice::<ObjectSubmission>(bytes) else { return };
        let mut faults = Faults::default();
        if let Some(object) = request.object.read("object", &mut faults) {
            let is_described = faults.into_result().is_ok();
            object.check(today(), &mut Faults::default());
            let again = ObjectStated::from(&object).read("object", &mut Faults::default());
            assert!(!is_described || again == Some(object), "shown and read again it is another object");
        }
    });
}

#[test]
fn fuzz_bodies_of_persons() {
    let submission = with_terms(json!({"person": person(), "images": images()}));
    let revision = with_terms(json!({"person": person(), "expects": "5a".repeat(32)}));
    good::<PersonSubmission>(&submission);
    good::<PersonRevision>(&revision);
    fuzz::run("bodies_of_persons", &[&submission, &revision], |bytes| {
        meet::<PersonSubmission>(bytes);
        meet::<PersonRevision>(bytes);
        let Ok(request) = serde_json::from_slice::<PersonSubmission>(bytes) else { return };
        let mut faults = Faults::default();
        if let Some(person) = request.person.read(&mut faults) {
            person.check(today(), &mut faults);
        }
    });
}

#[test]
fn fuzz_bodies_of_travel_documents() {
    let submission = with_terms(json!({"document": document()}));
    let revision = with_terms(json!({"document": document(), "expects": "5a".repeat(32)}));
    let batch = with_terms(json!({"documents": [document(), document()]}));
    good::<DocumentSubmission>(&submission);
    good::<DocumentRevision>(&revision);
    good::<DocumentBatch>(&batch);
    fuzz::run("bodies_of_travel_documents", &[&submission, &revision, &batch], |bytes| {
        meet::<DocumentSubmission>(bytes);
        meet::<DocumentRevision>(bytes);
        meet::<DocumentBatch>(bytes);
    });
}

/// What a client reads, from a server it need not trust.
#[test]
fn fuzz_answers() {
    let problem = json!({"type": "urn:barid:problem:busy", "title": "x", "status": 503, "code": "busy",
        "faults": [{"place": "person.names[2].text", "code": "missing"}]});
    let problem = serde_json::to_vec(&problem).unwrap();
    fuzz::run("answers", &[&problem, b"{\"record\": null}"], |bytes| {
        let _ = serde_json::from_slice::<Problem>(bytes);
        let _ = serde_json::from_slice::<SearchResponse>(bytes);
        let _ = serde_json::from_slice::<ScreeningResponse>(bytes);
        let _ = serde_json::from_slice::<TextScreeningResponse>(bytes);
        let _ = serde_json::from_slice::<OpenResponse>(bytes);
    });
}
