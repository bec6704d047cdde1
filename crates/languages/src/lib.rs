//! What people are shown, in their language: one catalogue for the terminal, and for pages when there are any.
//!
//! In scope: the texts with their arguments ([`Text`]), one file of them per language (`texts/`, in the form of Project
//! Fluent), choosing a language. Out of scope: codes, which are the same in every language and stand in JSON; what is
//! said about whom.
//!
//! Invariant: every text is in every language with the same arguments, and none is there that nobody shows. The tests
//! hold it.
#![warn(missing_docs)]

mod catalogue;
mod language;
mod text;

pub use catalogue::{Catalogue, Marks};
pub use language::Language;
pub use text::Text;
