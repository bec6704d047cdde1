//! The HTTP API from outside: a whole node behind its router, asked as a client asks.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod agreements;
mod bad_input;
mod consents;
mod countersigning;
mod credentials;
mod groups;
mod health;
mod images;
mod leaks;
mod links;
mod logging;
mod marks;
mod measuring;
mod node;
mod objects;
mod officers;
mod oversight;
mod people;
mod readiness;
mod restrictions;
mod reviews;
mod screening;
mod screening_stream;
mod screening_table;
mod searching_at_once;
mod subject_requests;
mod text_screening;
mod two_worlds;
mod whole_ways;
