//! The whole policy, printed as a table and compared with the one that `docs/policy.md` shows.

mod table;
mod world;
