//! Names of records found in running text of any script (`docs/text-screening.md`).
//!
//! [`ScreeningIndexBuilder`] takes the recorded names, [`ScreeningIndex`] keeps them as pairs of parts,
//! [`screen`](ScreeningIndex::screen) passes a text over them once. Pure: reading files in pieces is the caller's
//! business, and so is who may see which record: `visible` says so by number of class, as in
//! [`crate::name_index::NameIndex::candidates`], and records that may not be seen change nothing in what is found.

pub mod identifiers;

mod endings;
mod ethiopic;
mod finder;
pub(crate) mod groups;
mod index;
mod people;
mod scoring;
mod skeleton;
mod stop_words;
mod unspaced;
mod weighed;
pub(crate) mod word_keys;
mod words;

pub use finder::{Counts, Find, LEAST_SCORE, MAX_TEXT_CHARS, Reason, ScreeningBuffers};
pub use groups::{GroupFind, LEAST_GROUP_SCORE};
pub use index::{MAX_NAME_CHARS, ScreeningIndex, ScreeningIndexBuilder};
pub use people::{
    BuiltLayer, LayerBuilder, PeopleFinder, PersonFind, Piece, Plan, Proposer, TextPeople, pieces,
};
pub use scoring::{COEFFICIENTS, TERMS};
