//! Names of organisations and networks across scripts.
//!
//! What persons' names have not: legal forms that tell little, common words that are *translated* (bank, front, Islamic),
//! numbers, initials. A name is cut into elements ([`elements`]); those in the table of common words ([`concepts`])
//! correspond by what they mean, names proper by their letters ([`crate::compare`]); what each tells is fixed and
//! published, and never depends on the records searched. Method and figures: `docs/group-names.md`.
//!
//! ```
//! use barid_names::groups::{GroupName, compare_groups};
//!
//! let query = GroupName::parse("Торговая компания «Калачев»");
//! let record = GroupName::parse("KALACHEV TRADING CO. L.L.C.");
//! assert!(compare_groups(&query, &record).score > 0.65);
//! let other = GroupName::parse("Sokolov Trading Co. L.L.C.");
//! assert!(compare_groups(&query, &other).score < 0.3);
//! ```

pub mod compare;
pub mod concepts;
pub mod elements;
pub(crate) mod stems;
pub mod words;

pub use compare::{GroupComparison, GroupFeatures, GroupMatch, GroupMatchKind, compare_groups};
pub use concepts::{ConceptId, ConceptKind};
pub use elements::{Element, ElementKind, GroupName};
