//! The whole policy, printed as a table and compared with the one that `docs/policy.md` shows; and what ends with an
//! agreement.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop at what must not be; it reads the checked-in page"
)]

mod consents;
mod ended;
mod periods;
mod table;
mod world;
