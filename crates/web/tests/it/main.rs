//! The HTTP API from outside: a whole node behind its router, asked as a client asks.

mod bad_input;
mod credentials;
mod node;
mod two_worlds;
mod whole_ways;
