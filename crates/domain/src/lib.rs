//! Barid's vocabulary and rules, without a clock, a disk or a network.
//!
//! In scope: records and their identifiers, the signed entries that carry them, batches, the registry of
//! organisations and keys, streams, withdrawals, the terms under which a record is shared, the policy that decides
//! who may know what, the agreements it decides by, the orders of the commission, requests of persons to it, and the lines of the journal. Out of scope: how anything is kept (`barid-store`), found
//! (`barid-search`), carried (`barid-web`) or read from outside formats (`barid-formats`).
//!
//! Time, randomness and keys are arguments everywhere.
#![warn(missing_docs)]

// In the order to read them on the first day.
pub mod agreements;
pub mod audit;
pub mod batches;
pub mod calendars;
pub mod canonical;
pub mod check_digits;
pub mod codes;
pub mod consents;
pub mod contents;
pub mod countries;
pub mod dates;
pub mod described;
pub mod entries;
pub mod epochs;
pub mod erasures;
pub mod faults;
pub mod ids;
pub mod images;
pub mod keys;
pub mod links;
pub mod lookalikes;
pub mod marks;
pub mod objects;
pub mod officers;
pub mod orders;
pub mod oversight;
pub mod people;
pub mod persons;
pub mod policy;
pub mod receipts;
pub mod registry;
pub mod restrictions;
pub mod retention;
pub mod reviews;
pub mod screening;
pub mod sign_in;
pub mod streams;
pub mod subject_requests;
pub mod terms;
pub mod text;
pub mod text_screening;
pub mod travel_documents;
pub mod typed_births;
pub mod withdrawals;

pub use barid_ledger as ledger;
