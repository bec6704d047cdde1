//! The index in memory: candidates by name, exact document numbers, scope, and how it follows the streams.
//!
//! In scope: what is found and why, for a searcher's scope. Out of scope: who may search (`barid_domain::policy`),
//! where records are kept, the journal. Everything here is pure: no clock, no disk, no network.
#![warn(missing_docs)]

pub mod births;
pub mod classes;
pub mod document_index;
mod document_rows;
pub mod document_snapshot;
pub mod eval;
pub mod features;
pub mod follow;
pub mod group_index;
pub(crate) mod interner;
pub mod leak_tests;
pub mod link_index;
pub mod name_index;
pub mod number_index;
pub mod object_index;
pub mod person_index;
mod slots;
pub mod snapshot;
pub mod text_screening;
