//! The integration tests of this crate, in one binary.

mod mrz_zones;
mod un_list;
