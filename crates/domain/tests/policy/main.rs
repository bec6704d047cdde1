//! The whole policy, printed as a table and compared with the one that `docs/policy.md` shows; and what ends with an
//! agreement.

mod ended;
mod table;
mod world;
