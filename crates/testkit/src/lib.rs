//! Support for tests and fault runs; no part of the program.

pub mod crash;
pub mod fuzz;
