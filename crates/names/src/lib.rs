//! Names of persons across scripts: cutting into parts, letter correspondences learnt from published
//! transliterations, comparison with reasons, and the walk over a vocabulary that finds candidates.
//!
//! In scope: one name against another, one part against a vocabulary of parts. Out of scope: records, storage,
//! rights, dates: `barid-search` and others put those together. No input or output, no clock, no randomness.
//!
//! ```
//! use barid_names::name::Name;
//!
//! let query = Name::parse("Калачев");
//! let record = Name::parse("KALACHEV, Petr");
//! assert!(barid_names::compare::compare(&query, &record).score > 0.3);
//! ```
#![warn(missing_docs)]

pub mod name;
pub mod script;
pub mod roles;
pub mod letters;
pub mod channel;
pub mod background;
pub mod decode;
pub mod tables;
pub mod vocabulary;
pub mod compare;
pub mod thresholds;
pub mod hashing;
