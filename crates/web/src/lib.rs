//! The HTTP API: routes, credentials, limits, problems, metrics, and the description that clients are made from.
//!
//! In scope: turning a request into the call of one use case and its answer into a response. Out of scope: what is
//! allowed, found or written (`barid-app`), the words of the API (`barid-api`).
//!
//! Invariants: a search term is in no URL, no log line and no metric; every error is a problem (RFC 9457) with a code;
//! nothing under `/v1` answers without a credential; what isn't there and what isn't the caller's answer alike.
#![warn(missing_docs)]

mod agreements;
mod answers;
mod backups;
mod bodies;
mod callers;
mod consents;
mod consultations;
mod countersigning;
mod description;
mod guard;
mod health;
mod images;
mod languages;
mod ledger;
mod lines;
mod links;
mod marks;
mod metering;
mod objects;
mod officers;
mod orders;
mod organisations;
mod oversight;
mod people;
mod persons;
mod records;
mod restrictions;
mod reviews;
mod screening;
mod screening_stream;
mod screening_table;
mod searching;
mod server;
mod sessions;
mod state;
mod subject_requests;
mod text_screening;
mod travel_documents;
mod workers;

pub use agreements::{change_shown, text_shown as agreement_shown};
pub use axum::http::HeaderName;
pub use backups::BackupWatch;
pub use consents::consent_shown;
pub use consultations::consultation_shown;
pub use description::{openapi, openapi_json};
pub use orders::re_entry_shown;
pub use oversight::{access_shown, alarm_decided, alarm_shown, canary_shown, mark_outcome};
pub use records::{receipt_shown, record_shown};
pub use reviews::{decided_shown, review_shown};
pub use searching::{candidate_shown, search_shown};
pub use server::{router, serve};
pub use state::{Clock, WebOptions};
pub use subject_requests::{candidates_shown, disclosure_shown, request_line, request_shown};
pub use workers::SearchThreads;
