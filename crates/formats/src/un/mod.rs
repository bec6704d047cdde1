//! The consolidated list of the United Nations Security Council (XML).
//!
//! In scope: a streaming reader with hard caps that loses nothing silently, neutral types for what the list says, and
//! the mapping of an individual to a person record and of an entity to that of a group. Out of scope: other formats the United Nations publish, deciding
//! what to do with a listing, and keeping it. A listing is reference information: no field of a record made here asks
//! anybody to do anything.

mod build;
mod countries;
mod dates;
mod documents;
mod group;
mod items;
mod names;
mod paths;
pub(crate) mod person;
mod reader;
mod tree;

pub use countries::country_of_name;
pub use documents::{NumberReading, document_type, read_number};
pub use group::to_group;
pub use items::{
    AliasQuality, DateKind, UnAddress, UnAlias, UnBirth, UnCountry, UnDocument, UnEntity, UnIndividual,
};
pub use paths::{Fate, PATHS, PathRule};
pub(crate) use person::is_minor;
pub use person::to_person;
pub use reader::{
    Limits, PathCount, ReadingSummary, Refusal, UnItem, UnReadError, UnReadErrorKind, UnReader,
};

/// Grows when the same source content would be read or mapped to other records.
///
/// It is part of every fingerprint, so that after an upgrade the next import revises what has to be revised.
pub const MAPPING_VERSION: u32 = 1;
