//! Keys of signed notes: names, key ids, verifier keys, and the wall behind which signing keys stay.
//!
//! Which key is to be trusted for which ledger is said in `checkpoint` ([`crate::TrustedLog`]); where private keys live is the
//! affair of whoever implements [`NoteSigner`].

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::hash::write_hex;
use crate::wire_text::{decode_base64, encode_base64, has_control};

/// Longest key name in bytes (also the limit of the post-quantum countersignature format).
pub const MAX_KEY_NAME_BYTES: usize = 255;

/// Type byte and 32 key bytes.
const ED25519_KEY_MATERIAL_BYTES: usize = 33;

/// The name of a key: not empty, no Unicode space, no plus, no control character, at most 255 bytes (C2SP signed-note).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Checks a key name.
    ///
    /// # Errors
    /// [`KeyError::MalformedName`].
    pub fn new(name: impl Into<String>) -> Result<Self, KeyError> {
        let name = name.into();
        let forbidden = name.chars().any(|character| character.is_whitespace() || character == '+');
        if name.is_empty() || name.len() > MAX_KEY_NAME_BYTES || forbidden || has_control(&name) {
            return Err(KeyError::MalformedName);
        }
        Ok(Self(name))
    }

    /// Gives the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The short identifier of a key, 4 bytes big-endian; a hint for finding the key, not a proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Wraps 4 bytes.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// Gives the 4 bytes.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    /// Computes `SHA-256(name || 0x0A || type || public key)[:4]` (C2SP signed-note).
    pub fn compute(name: &KeyName, signature_type: SignatureType, public_key: &[u8; 32]) -> Self {
        let digest = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', signature_type.byte()])
            .chain_update(public_key)
            .finalize();
        let digest: [u8; 32] = digest.into();
        let [a, b, c, d, ..] = digest;
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, out)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyId({self})")
    }
}

/// The signature types this crate makes and checks; all others are kept and ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureType {
    /// 0x01: Ed25519 over the note text (C2SP signed-note).
    Ed25519,
    /// 0x04: Ed25519 over a timestamp and a checkpoint (C2SP tlog-cosignature).
    TimestampedEd25519,
}

impl SignatureType {
    /// Gives the assigned type byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::TimestampedEd25519 => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::TimestampedEd25519),
            _ => None,
        }
    }
}

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty, too long, or has a space, a plus or a control character.
    #[error("malformed key name")]
    MalformedName,
    /// The text is not `name+id+base64`.
    #[error("malformed verifier key")]
    MalformedKey,
    /// The type byte is neither 0x01 nor 0x04.
    #[error("unsupported signature type")]
    UnsupportedType,
    /// The bytes are no usable Ed25519 key (not a point, not in canonical form, or of small order).
    #[error("unusable public key")]
    UnusablePublicKey,
    /// The key id is not the one computed from name, type and key.
    #[error("key id does not fit the key")]
    WrongKeyId,
}

impl KeyError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedName => "key-malformed-name",
            Self::MalformedKey => "key-malformed",
            Self::UnsupportedType => "key-unsupported-type",
            Self::UnusablePublicKey => "key-unusable",
            Self::WrongKeyId => "key-wrong-id",
        }
    }
}

/// A public key with its name and signature type, written `name+hex(id)+base64(type || key)` (C2SP signed-note, vkey).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    signature_type: SignatureType,
    public_key: VerifyingKey,
}

impl VerifierKey {
    /// Makes a verifier key from 32 bytes of an Ed25519 public key (RFC 8032).
    ///
    /// # Errors
    /// [`KeyError::UnusablePublicKey`].
    pub fn new(
        name: KeyName,
        signature_type: SignatureType,
        public_key: &[u8; 32],
    ) -> Result<Self, KeyError> {
        let point = VerifyingKey::from_bytes(public_key).map_err(|_| KeyError::UnusablePublicKey)?;
        let canonical = point.to_edwards().compress().to_bytes() == *public_key;
        if point.is_weak() || !canonical {
            return Err(KeyError::UnusablePublicKey);
        }
        Ok(Self::of_point(name, signature_type, point))
    }

    fn of_point(name: KeyName, signature_type: SignatureType, public_key: VerifyingKey) -> Self {
        let id = KeyId::compute(&name, signature_type, public_key.as_bytes());
        Self { name, id, signature_type, public_key }
    }

    /// Gives the name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Gives the key id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the signature type.
    pub fn signature_type(&self) -> SignatureType {
        self.signature_type
    }

    /// Gives the 32 bytes of the public key.
    pub fn public_key(&self) -> &[u8; 32] {
        self.public_key.as_bytes()
    }

    /// Checks an Ed25519 signature over a message, strictly (no small-order parts).
    pub(crate) fn is_signature_of(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.public_key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![self.signature_type.byte()];
        material.extend_from_slice(self.public_key.as_bytes());
        write!(out, "{}+{}+{}", self.name, self.id, encode_base64(&material))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::MalformedKey)?;
        let (id, material) = rest.split_once('+').ok_or(KeyError::MalformedKey)?;
        let name = KeyName::new(name)?;
        // Longer material belongs to types not supported here.
        let material = decode_base64(material, 8192).ok_or(KeyError::MalformedKey)?;
        let (type_byte, public_key) = material.split_first().ok_or(KeyError::MalformedKey)?;
        let signature_type = SignatureType::from_byte(*type_byte).ok_or(KeyError::UnsupportedType)?;
        if material.len() != ED25519_KEY_MATERIAL_BYTES {
            return Err(KeyError::UnusablePublicKey);
        }
        let public_key = public_key.try_into().map_err(|_| KeyError::UnusablePublicKey)?;
        let key = Self::new(name, signature_type, public_key)?;
        if key.id.to_string() != id {
            return Err(KeyError::WrongKeyId);
        }
        Ok(key)
    }
}

/// The holder of a private key could not sign, or gave a signature that does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key holder could not sign")]
pub struct SigningFailed;

/// A holder of a private key: in memory, in a token, in another process.
///
/// The holder signs the exact message it is given. Whether the message may be signed (a checkpoint that extends all earlier ones)
/// was decided before.
pub trait NoteSigner {
    /// Gives the public half, with the name and type under which the signature will be filed.
    fn verifier_key(&self) -> &VerifierKey;

    /// Signs a message with Ed25519 (RFC 8032): 64 bytes.
    ///
    /// # Errors
    /// [`SigningFailed`], whatever the reason.
    fn sign_message(&self, message: &[u8]) -> Result<[u8; 64], SigningFailed>;
}

/// A signer whose Ed25519 key is in memory (wiped on drop by `ed25519-dalek`).
pub struct Ed25519NoteSigner {
    signing_key: SigningKey,
    verifier_key: VerifierKey,
}

impl Ed25519NoteSigner {
    /// Takes a key that the caller made or loaded.
    ///
    /// Use a key for one signature type and one name only: the countersignature format does not sign the name.
    pub fn new(name: KeyName, signature_type: SignatureType, signing_key: SigningKey) -> Self {
        let verifier_key = VerifierKey::of_point(name, signature_type, signing_key.verifying_key());
        Self { signing_key, verifier_key }
    }
}

impl NoteSigner for Ed25519NoteSigner {
    fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    fn sign_message(&self, message: &[u8]) -> Result<[u8; 64], SigningFailed> {
        self.signing_key.try_sign(message).map(|signature| signature.to_bytes()).map_err(|_| SigningFailed)
    }
}

impl fmt::Debug for Ed25519NoteSigner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Ed25519NoteSigner")
            .field("verifier_key", &self.verifier_key)
            .finish_non_exhaustive()
    }
}

/// Signs and checks what came back: a holder that signs with another key must not put out a broken note.
pub(crate) fn sign_checked(signer: &impl NoteSigner, message: &[u8]) -> Result<[u8; 64], SigningFailed> {
    let signature = signer.sign_message(message)?;
    if !signer.verifier_key().is_signature_of(message, &signature) {
        return Err(SigningFailed);
    }
    Ok(signature)
}
