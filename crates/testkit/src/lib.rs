//! Support for tests and fault runs; no part of the program.

pub mod pictures;
pub mod world;

pub mod crash;
pub mod flips;
pub mod fuzz;
pub mod lossy_disk;
pub mod power;

pub mod cluster_faults;
mod cluster_load;
mod cluster_servers;
pub mod patroni;
