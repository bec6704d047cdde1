//! Countersignatures: another node's timestamped word that a checkpoint extends all it saw before (C2SP tlog-cosignature v1).
//!
//! Makes the message and the line. When a node may countersign is decided in `countersigner`.

use crate::checkpoint::Checkpoint;
use crate::keys::{KeyId, KeyName, NoteSigner, SignatureType, sign_checked};
use crate::note::{NoteError, SignatureLine, VerifiedSignature};

/// Latest timestamp the format allows: 2^63 - 1 seconds.
pub const MAX_TIMESTAMP_SECONDS: u64 = i64::MAX as u64;

/// A countersignature that verified: whose, and when by the countersigner's own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countersignature {
    name: KeyName,
    id: KeyId,
    timestamp_seconds: u64,
}

/// The time to sign at is zero or above [`MAX_TIMESTAMP_SECONDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("countersigning time is out of range")]
pub struct TimestampOutOfRange;

impl Countersignature {
    /// Takes over a verified signature, or gives `None` if its type has no timestamp.
    pub(crate) fn from_verified(signature: &VerifiedSignature) -> Option<Self> {
        Some(Self {
            name: signature.key().name().clone(),
            id: signature.key().id(),
            timestamp_seconds: signature.timestamp_seconds()?,
        })
    }

    /// Gives the countersigner's key name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Gives the key id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the time of signing, seconds since 1970-01-01T00:00:00Z by the countersigner's clock.
    pub fn timestamp_seconds(&self) -> u64 {
        self.timestamp_seconds
    }
}

/// Gives the message a countersigner signs: header line, time line, and the whole checkpoint text.
///
/// `timestamp_seconds` counts from 1970-01-01T00:00:00Z; `checkpoint_text` ends in a newline.
pub fn countersignature_message(timestamp_seconds: u64, checkpoint_text: &str) -> String {
    format!("cosignature/v1\ntime {timestamp_seconds}\n{checkpoint_text}")
}

/// Countersigns a checkpoint; whoever calls this has checked that it extends the last one and has stored it.
///
/// # Errors
/// [`CountersignError::Timestamp`] for zero (the countersigner protocol forbids it) or beyond the format;
/// [`CountersignError::Note`] if the signer has another type or fails.
pub fn countersign(
    checkpoint: &Checkpoint,
    signer: &impl NoteSigner,
    now_seconds: u64,
) -> Result<SignatureLine, CountersignError> {
    if now_seconds == 0 || now_seconds > MAX_TIMESTAMP_SECONDS {
        return Err(TimestampOutOfRange.into());
    }
    let key = signer.verifier_key();
    if key.signature_type() != SignatureType::TimestampedEd25519 {
        return Err(NoteError::WrongSignerType.into());
    }
    let message = countersignature_message(now_seconds, &checkpoint.to_string());
    let signature = sign_checked(signer, message.as_bytes()).map_err(NoteError::from)?;
    let timestamped = [now_seconds.to_be_bytes().as_slice(), &signature].concat();
    Ok(SignatureLine::new(key, timestamped))
}

/// Why a checkpoint was not countersigned; always on the countersigner's own side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountersignError {
    /// The time given is out of range.
    #[error(transparent)]
    Timestamp(#[from] TimestampOutOfRange),
    /// The signer is of the wrong type or failed.
    #[error(transparent)]
    Note(#[from] NoteError),
}
