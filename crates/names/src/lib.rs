//! Names of persons across scripts: cutting into parts, letter correspondences learnt from published
//! transliterations, comparison with reasons, and the walk over a vocabulary that finds candidates.
//!
//! In scope: one name against another, one part against a vocabulary of parts. Out of scope: records, storage,
//! rights, dates: `barid-search` and others put those together. No input or output, no clock, no randomness.
//!
//! ```
//! use barid_names::name::Name;
//!
//! let query = Name::parse("Пётр Калачев");
//! let record = Name::parse("KALACHEV, Petr");
//! let score = barid_names::compare::compare(&query, &record).score;
//! assert!(score > barid_names::thresholds::BORDER_DESK);
//! ```
#![warn(missing_docs)]

pub mod background;
pub mod channel;
pub mod compare;
pub mod decode;
pub mod groups;
pub mod hashing;
pub mod laid_out;
mod lanes;
mod layers;
pub mod letters;
pub mod name;
pub mod native_vocabulary;
pub mod roles;
pub mod script;
pub mod tables;
pub mod thresholds;
mod tibetan;
pub mod vocabulary;
mod walk_plan;
