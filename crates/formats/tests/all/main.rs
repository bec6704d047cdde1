//! The integration tests of this crate, in one binary.

// The helpers of tests are no tests by themselves, so the allowance of clippy.toml does not reach them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod documents_table;
mod ftm;
mod mrz_zones;
mod notices;
mod objects_table;
mod ofac_list;
mod persons_table;
mod screening_list;
mod un_list;
mod xlsx_tables;
