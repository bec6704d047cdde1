//! Withdrawals: an owner's signed end of a record.
//!
//! A withdrawal hides the record everywhere at once. Erasure, which destroys the data key and leaves a tombstone hash,
//! follows by its day of review (`reviews`); its entry is a withdrawal too, with the reason that the time is over.

use minicbor::{Decode, Encode};

use crate::codes::{Database, WithdrawalReason};
use crate::ids::{EntryHash, RecordId};

/// Ends a record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Withdrawal {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// The database it was in.
    #[n(2)]
    pub database: Database,
    /// The version that stood when it was withdrawn.
    #[n(3)]
    pub supersedes: EntryHash,
    /// Why.
    #[n(4)]
    pub reason: WithdrawalReason,
}
