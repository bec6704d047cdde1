//! What is kept of ledgers and countersigners, as bytes in the store's sealed rows.

use barid_domain::contents::encode;
use barid_domain::dates::Timestamp;
use barid_ledger::{Hash, KnownHead, VerifierKey};
use barid_store::StoreError;
use minicbor::{Decode, Encode};

use super::{ShownCountersigner, ShownLedger};
use crate::error::AppError;

/// Is a ledger that this node countersigns, or did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct KeptLedger {
    /// Its keys; none where they are the registry's.
    #[n(0)]
    pub(crate) keys: Vec<String>,
    /// Whether it is countersigned.
    #[n(1)]
    pub(crate) is_countersigned: bool,
    /// The size of the last checkpoint that was countersigned.
    #[n(2)]
    pub(crate) size: u64,
    /// Its root; empty before the first.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) root: Vec<u8>,
    /// That checkpoint, signed.
    #[n(4)]
    pub(crate) checkpoint: String,
    /// When it was countersigned, in microseconds.
    #[n(5)]
    pub(crate) at: i64,
    /// The incarnation of this node that countersigned it.
    #[n(6)]
    pub(crate) incarnation: u32,
}

impl KeptLedger {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, AppError> {
        minicbor::decode(bytes).map_err(|_| damaged())
    }

    /// The head that was countersigned last.
    pub(crate) fn head(&self) -> Result<Option<KnownHead>, AppError> {
        if self.root.is_empty() {
            return Ok(None);
        }
        let root: [u8; 32] = self.root.as_slice().try_into().map_err(|_| damaged())?;
        Ok(Some(KnownHead { size: self.size, root: Hash::from_bytes(root) }))
    }

    pub(crate) fn shown(self, origin: String, incarnation: u32) -> ShownLedger {
        let at = (!self.root.is_empty()).then_some(Timestamp(self.at));
        ShownLedger { origin, keys: self.keys, size: self.size, at, waits: self.incarnation != incarnation }
    }
}

/// Is a node that countersigns this one's epochs, or did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct KeptCountersigner {
    /// Its submission prefix.
    #[n(0)]
    pub(crate) url: String,
    /// Its key.
    #[n(1)]
    pub(crate) key: String,
    /// Whether it is asked.
    #[n(2)]
    pub(crate) is_asked: bool,
    /// How many epochs it has countersigned.
    #[n(3)]
    pub(crate) size: u64,
    /// Its last countersignature, with the checkpoint.
    #[n(4)]
    pub(crate) checkpoint: String,
    /// When it made it, in seconds by its clock.
    #[n(5)]
    pub(crate) at: u64,
    /// The ledger that was: a node that was restored has another one.
    #[n(6)]
    pub(crate) origin: String,
}

impl KeptCountersigner {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, AppError> {
        minicbor::decode(bytes).map_err(|_| damaged())
    }

    pub(crate) fn verifier_key(&self) -> Option<VerifierKey> {
        self.key.parse().ok()
    }

    pub(crate) fn shown(self) -> ShownCountersigner {
        let at = i64::try_from(self.at).ok().filter(|_| self.size > 0).map(Timestamp::from_seconds);
        ShownCountersigner { key: self.key, url: self.url, size: self.size, at }
    }
}

fn damaged() -> AppError {
    AppError::Store(StoreError::Damaged("what countersigning keeps"))
}
