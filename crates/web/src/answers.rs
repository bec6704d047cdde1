//! Answers: problems as RFC 9457 has them, and what each error of a use case is to a caller.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use barid_api::problems::{self, FaultShown, PROBLEM_JSON, Problem, ProblemKind};
use barid_app::AppError;
use barid_domain::entries::SealError;
use barid_domain::faults::{Fault, Faults};
use barid_domain::policy::Refusal;

use crate::languages;

/// The most faults of one answer; who has more has made one mistake many times.
const FAULTS_SHOWN: usize = 200;

/// Is a request that was not done, with the problem that says why.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Problem);

/// What a handler answers.
pub(crate) type Answer<T> = Result<axum::Json<T>, Refused>;

impl Refused {
    pub(crate) fn plain(kind: ProblemKind) -> Self {
        Self(kind.with_faults(Vec::new()))
    }

    pub(crate) fn with(kind: ProblemKind, faults: &[Fault]) -> Self {
        Self(kind.with_faults(faults.iter().take(FAULTS_SHOWN).map(FaultShown::from).collect()))
    }
}

impl From<ProblemKind> for Refused {
    fn from(kind: ProblemKind) -> Self {
        Self::plain(kind)
    }
}

impl IntoResponse for Refused {
    fn into_response(mut self) -> Response {
        let said = languages::title(&self.0.code);
        if let Some((_, title)) = &said {
            self.0.title.clone_from(title);
        }
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Problems are strings and numbers; writing them can't fail.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some((language, _)) = said {
            headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<AppError> for Refused {
    fn from(error: AppError) -> Self {
        match &error {
            AppError::Refused(refusal) => Self::plain(refusal_kind(*refusal)),
            AppError::Faulty(faults) => Self::with(problems::FAULTY, faults),
            AppError::Absent | AppError::Stale { .. } | AppError::Ended => Self::plain(problems::NO_ROUTE),
            AppError::KeyReused => Self::plain(problems::KEY_REUSED),
            AppError::Position => Self::plain(problems::POSITION_MALFORMED),
            AppError::OutcomeUnknown => Self::plain(problems::OUTCOME_UNKNOWN),
            AppError::Query(_) => Self::plain(problems::UNSEARCHABLE),
            AppError::Batch(error) => {
                let fault = FaultShown { place: "documents".to_owned(), code: error.code().to_owned() };
                Self(problems::BATCH.with_faults(vec![fault]))
            }
            AppError::Image(error) => {
                let fault = FaultShown { place: "image".to_owned(), code: error.code().to_owned() };
                Self(problems::IMAGE_REFUSED.with_faults(vec![fault]))
            }
            AppError::Agreement(error) => {
                let fault = FaultShown { place: String::new(), code: error.code().to_owned() };
                Self(problems::AGREEMENT.with_faults(vec![fault]))
            }
            AppError::Order(error) => {
                let fault = FaultShown { place: String::new(), code: error.code().to_owned() };
                Self(problems::ORDER.with_faults(vec![fault]))
            }
            AppError::ReEntry { order } => {
                let mut problem = problems::RE_ENTRY.with_faults(Vec::new());
                problem.order = Some(order.to_string().into());
                Self(problem)
            }
            AppError::Request(error) => {
                let fault = FaultShown { place: String::new(), code: error.code().to_owned() };
                Self(problems::SUBJECT_REQUEST.with_faults(vec![fault]))
            }
            AppError::SignInRefused => Self::plain(problems::SIGN_IN_REFUSED),
            AppError::TooManyAttempts => Self::plain(problems::TOO_MANY_ATTEMPTS),
            AppError::TooManyImages => Self::plain(problems::TOO_MANY_IMAGES),
            AppError::Seal(SealError::TooLarge) => Self::plain(problems::ENTRY_TOO_LARGE),
            AppError::Seal(SealError::SignerUnusable) => Self::plain(problems::SIGNER_UNUSABLE),
            AppError::NoKey => Self::plain(problems::NO_KEY),
            AppError::NotReady => Self::plain(problems::NOT_READY),
            AppError::Overloaded => Self::plain(problems::BUSY),
            AppError::Store(store) if store.is_away() => Self::plain(problems::DATABASE_AWAY),
            AppError::Store(store) if store.code() == "clock-wrong" => Self::plain(problems::CLOCK_WRONG),
            AppError::Store(store) if is_stopped(store.code()) => {
                // Why it is not ready is for whoever runs the node: a full disk is told from a stopped journal here.
                tracing::error!(code = store.code(), "the store takes nothing now");
                Self::plain(problems::NOT_READY)
            }
            AppError::Seal(_)
            | AppError::Content(_)
            | AppError::Registry(_)
            | AppError::Import(_)
            | AppError::Draft(_)
            | AppError::Countersigning(_)
            | AppError::Proof(_)
            | AppError::ImageLost
            | AppError::Store(_) => {
                // The code alone: texts of lower layers are for whoever runs the node, and only where they are caused.
                tracing::error!(code = error.code(), "a use case failed");
                Self::plain(problems::INTERNAL)
            }
        }
    }
}

fn refusal_kind(refusal: Refusal) -> ProblemKind {
    match refusal {
        Refusal::NotActive => problems::NOT_ACTIVE,
        Refusal::NotEntitled => problems::NOT_ENTITLED,
        Refusal::Purpose => problems::PURPOSE,
        Refusal::DailyCap => problems::DAILY_CAP,
        Refusal::MayNotBind => problems::MAY_NOT_BIND,
        Refusal::Officer => problems::OFFICER,
        Refusal::SignInAnew => problems::SIGN_IN_ANEW,
    }
}

/// Codes of the store's errors after which nothing was written and the same request may succeed later: it is stopped,
/// the write was given up, there is no room.
const STOPPED: [&str; 5] =
    ["store-stopped", "journal-stopped", "write-aborted", "disk-full", "incarnation-ended"];

fn is_stopped(code: &str) -> bool {
    STOPPED.contains(&code)
}

/// Ends the reading of a request: its value, or every fault in it.
pub(crate) fn read_to_end<T>(read: impl FnOnce(&mut Faults) -> Option<T>) -> Result<T, Refused> {
    let mut faults = Faults::default();
    let value = read(&mut faults);
    match (faults.into_result(), value) {
        (Ok(()), Some(value)) => Ok(value),
        (Err(faults), _) => Err(Refused::with(problems::BODY_FAULTY, &faults)),
        // A reader that gives nothing has noted why; this is the one branch that would be our mistake.
        (Ok(()), None) => Err(Refused::plain(problems::INTERNAL)),
    }
}

/// Puts the places of the domain's faults into the words of the API: `names[0].text` stands under `person`.
pub(crate) fn under(part: &str, error: AppError) -> AppError {
    match error {
        AppError::Faulty(faults) => {
            AppError::Faulty(faults.into_iter().map(|fault| move_under(part, fault)).collect())
        }
        other => other,
    }
}

fn move_under(part: &str, fault: Fault) -> Fault {
    let moved = if fault.place.starts_with("terms.")
        || fault.place.starts_with("images")
        || fault.place.starts_with("documents[") && part == "documents"
    {
        fault.place
    } else if fault.place.starts_with("statuses") || fault.place.starts_with("offences") {
        format!("{part}.stated.{}", fault.place)
    } else {
        format!("{part}.{}", fault.place)
    };
    Fault { place: moved, code: fault.code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_a_stopped_store_are_codes_of_the_store() {
        let errors = include_str!("../../store/src/error.rs");
        for code in STOPPED {
            assert!(errors.contains(&format!("=> \"{code}\",")), "no error of the store has the code {code}");
        }
    }
}
