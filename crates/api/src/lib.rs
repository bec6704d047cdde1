//! The words of Barid's HTTP API: what a request and an answer say, how they become the domain's own values, the
//! codes of everything that can go wrong, and a client that does no input or output of its own.
//!
//! In scope: types, their JSON and their description (OpenAPI schemas), conversions with every fault named. Out of
//! scope: routes and sockets (`barid-web`), who may do what (`barid_domain::policy`).
//!
//! Two rules hold everywhere. *What doesn't fit the description is answered with 422; what fits it and still can't be
//! done, because it contradicts itself, the record or the day, is answered with 409.* And *what isn't there and what
//! isn't yours answer alike*: `null` in the one field of the answer.
#![warn(missing_docs)]

pub mod agreements;
pub mod client;
pub mod codes;
pub mod consents;
pub mod consultations;
pub mod images;
pub mod ledger;
pub mod links;
pub mod marks;
pub mod numbers;
pub mod objects;
pub mod officers;
pub mod orders;
pub mod organisations;
pub mod oversight;
pub mod patterns;
pub mod people;
pub mod persons;
pub mod problems;
pub mod reading;
pub mod records;
pub mod restrictions;
pub mod reviews;
pub mod schemas;
pub mod screening;
pub mod screening_stream;
pub mod screening_table;
pub mod search;
pub mod sessions;
pub mod subject_requests;
pub mod terms;
pub mod text_screening;
pub mod texts;
pub mod travel_documents;
