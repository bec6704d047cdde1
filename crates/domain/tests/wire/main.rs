//! Wire v1, nailed down: what every entry looks like, which bytes verify for ever, and which bytes are refused.
//!
//! `samples` builds the entries with fixed keys and salts; every other module holds them against one rule.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test may stop at what must not be; tests read the checked-in fixtures and the one variable that guards writing them"
)]

mod samples;

mod batches;
mod description;
mod example;
mod fixtures;
mod ledger_vectors;
mod objects;
mod receipts;
mod registry;
mod seals;
mod values;
