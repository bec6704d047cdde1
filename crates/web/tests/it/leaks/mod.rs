//! The leak suite: nothing is visible beyond the right to see it, on no channel.
//!
//! Channels are not listed by hand. Operations come from the router's own description, metrics from what `/metrics` answers, fields of
//! the log from the source; one without a case fails. Every operation is asked in two worlds, one with hidden records and one
//! without, and has to answer the same bytes with the same work. Leaks that are planted have to be caught.

mod channels;
mod operations;
mod planted;
mod questions;
mod roles;
mod stage;
mod worlds;
