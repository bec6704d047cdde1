//! What goes wrong, as a caller gets to read it (RFC 9457): a code that stays, faults by place, no personal data.

use barid_domain::faults::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Is a problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem: `urn:barid:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Says it in words, the same for every problem of the code, in the language of `Accept-Language` or in English.
    pub title: String,
    /// Repeats the status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The code.
    pub code: String,
    /// What is wrong, place by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultShown>,
    /// The order of the commission that stands in the way, by its entry: what an appeal is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub order: Option<Box<str>>,
}

/// Is one thing wrong with a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FaultShown {
    /// Where: a path in the body, such as `person.names[2].text`; empty for the whole.
    pub place: String,
    /// What: a code.
    pub code: String,
}

impl From<&Fault> for FaultShown {
    fn from(fault: &Fault) -> Self {
        Self { place: fault.place.clone(), code: fault.code.as_str().to_owned() }
    }
}

/// Is a code of a problem, with its status and its words; the whole table is [`PROBLEMS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProblemKind {
    /// The code.
    pub code: &'static str,
    /// The status of answers with it.
    pub status: u16,
    /// What it means.
    pub title: &'static str,
}

macro_rules! problems {
    ($($name:ident $code:literal $status:literal $title:literal;)+) => {
        $(#[doc = $title] pub const $name: ProblemKind = ProblemKind { code: $code, status: $status, title: $title };)+
        /// Every kind of problem, in the order of the statuses.
        pub const PROBLEMS: &[ProblemKind] = &[$($name),+];
    };
}

problems! {
    JSON_MALFORMED "json-malformed" 400 "The body is not JSON.";
    BODY_UNREADABLE "body-unreadable" 400 "The body could not be read to its end.";
    FORM_MALFORMED "form-malformed" 400 "The body is not a form of parts (RFC 7578).";
    KEY_MISSING "idempotency-key-missing" 400 "A write needs the header Idempotency-Key, a UUID chosen by the client.";
    KEY_MALFORMED "idempotency-key-malformed" 400 "The header Idempotency-Key is not a UUID.";
    POSITION_MALFORMED "position-malformed" 400 "The header Barid-Position is no position of this organisation.";
    PATH_MALFORMED "path-malformed" 400 "The identifier in the path is not a UUID.";
    QUERY_MALFORMED "parameter-malformed" 400 "A parameter behind the path is not one of this operation.";
    UNAUTHENTICATED "unauthenticated" 401 "A valid bearer token is needed.";
    SIGN_IN_REFUSED "sign-in-refused" 401 "Nobody is signed in by that.";
    NOT_ACTIVE "organisation-not-active" 403 "The organisation does not take part in the association now.";
    NOT_ENTITLED "not-entitled" 403 "Organisations of this kind may not do this, and no agreement in force lets this one.";
    PURPOSE "purpose-not-allowed" 403 "The purpose does not allow this.";
    DAILY_CAP "daily-cap-reached" 403 "The daily cap of the agreement is reached.";
    OFFICER "officer-not-entitled" 403 "The organisation may do this; this officer or service may not.";
    MAY_NOT_BIND "may-not-bind" 403 "This needs a token that may bind its organisation.";
    SIGN_IN_ANEW "sign-in-anew" 403 "This needs a sign-in not older than a quarter of an hour: sign in anew.";
    NO_ROUTE "no-such-resource" 404 "There is nothing under this path.";
    METHOD "method-not-allowed" 405 "The method is not one of this path; see the header Allow.";
    TOO_SLOW "request-too-slow" 408 "The body took too long to arrive.";
    SUBJECT_REQUEST "subject-request-refused" 409 "That does not follow from how the request stands; see the fault.";
    AGREEMENT "agreement-refused" 409 "That does not follow from how the agreement stands; see the fault.";
    ORDER "order-refused" 409 "That does not follow from the orders and marks that stand; see the fault.";
    RE_ENTRY "re-entry-barred" 409 "The commission ordered that this person is not entered again; see the order.";
    FAULTY "record-faulty" 409 "The request fits the description but contradicts itself, the record or the day.";
    UNSEARCHABLE "query-malformed" 409 "There is nothing in the query to search for.";
    KEY_REUSED "idempotency-key-reused" 409 "The idempotency key was used for another request.";
    BATCH "batch-refused" 409 "The documents do not make a batch.";
    IMAGE_REFUSED "image-refused" 409 "The file is not taken in as a picture; see the fault.";
    LIST_REFUSED "list-refused" 409 "The list can not be screened; see the fault.";
    TOO_MANY_IMAGES "too-many-images" 409 "Too many pictures of the organisation wait for their records.";
    ENTRY_TOO_LARGE "entry-too-large" 409 "The record is larger than an entry may be.";
    BODY_TOO_LARGE "body-too-large" 413 "The body is larger than this operation takes.";
    MEDIA_TYPE "media-type" 415 "The body must be application/json.";
    IMAGE_MEDIA_TYPE "image-media-type" 415 "The body must be image/jpeg, image/png or image/webp.";
    FORM_MEDIA_TYPE "form-media-type" 415 "The body must be multipart/form-data.";
    BODY_FAULTY "body-faulty" 422 "The body does not fit the description; see the faults.";
    TOO_MANY_ATTEMPTS "too-many-attempts" 429 "Too many attempts to sign in failed; try again later.";
    INTERNAL "internal" 500 "The exchange failed; nothing is known to be written.";
    NOT_READY "not-ready" 503 "The node is not ready.";
    BUSY "busy" 503 "The node has too much to do; try again.";
    BEHIND "behind" 503 "This server has not followed up to the position asked for; try again or ask another one.";
    DATABASE_AWAY "database-away" 503 "The database can't be reached now; nothing was written.";
    CLOCK_WRONG "clock-wrong" 503 "This server's clock is wrong and it takes no writes; nothing was written. Ask another one.";
    OUTCOME_UNKNOWN "outcome-unknown" 503 "The write may or may not have landed: ask with the same idempotency key.";
    NO_KEY "no-key" 503 "This node does not hold the organisation's key.";
    SIGNER_UNUSABLE "signer-unusable" 503 "The key that signs can't be used now; nothing was written.";
}

impl ProblemKind {
    /// Makes a problem of this kind.
    pub fn with_faults(self, faults: Vec<FaultShown>) -> Problem {
        Problem {
            kind: format!("urn:barid:problem:{}", self.code),
            title: self.title.to_owned(),
            status: self.status,
            code: self.code.to_owned(),
            faults,
            order: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_the_documentation_is_this_one() {
        let documented = include_str!("../../../docs/api.md");
        for problem in PROBLEMS {
            let row = format!("| {} | `{}` | {} |", problem.status, problem.code, problem.title);
            assert!(documented.contains(&row), "docs/api.md lacks the row {row}");
        }
        let rows =
            documented.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")).count();
        assert_eq!(rows, PROBLEMS.len(), "docs/api.md has a row that is no problem");
    }

    #[test]
    fn codes_are_different_and_ordered_by_status() {
        assert!(PROBLEMS.windows(2).all(|pair| pair[0].status <= pair[1].status));
        for (i, problem) in PROBLEMS.iter().enumerate() {
            assert!(PROBLEMS[..i].iter().all(|other| other.code != problem.code), "{}", problem.code);
        }
    }
}
