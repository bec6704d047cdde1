//! Keys and algorithms: who can sign, and how a public key is named.
//!
//! A key is named by the SHA-256 thumbprint of its COSE_Key (RFC 9679). `Signer` is a trait over keys *and*
//! algorithms: files, PKCS#11 tokens and further algorithms join without a change here but a variant.

use ed25519_dalek::Signer as _;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::ids::KeyId;

/// Is a signature algorithm that entries may carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Algorithm {
    /// EdDSA with a key registered as Ed25519 (COSE algorithm -8, RFC 9053 2.2).
    Ed25519,
}

impl Algorithm {
    /// The COSE algorithm number.
    pub fn cose(self) -> i64 {
        match self {
            Self::Ed25519 => -8,
        }
    }
}

/// Is a public key of a known algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PublicKey {
    /// An Ed25519 public key (RFC 8032 5.1.5).
    Ed25519([u8; 32]),
}

/// Why bytes are not a public key, or a signature is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a COSE_Key of a known kind in its deterministic encoding.
    #[error("not a public key of a known kind")]
    Malformed,
    /// A point of small order or outside the curve: such keys verify what nobody signed.
    #[error("a weak public key")]
    Weak,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    BadSignature,
    /// The key could not be used: a token was pulled out, a file is gone.
    #[error("the key can not be used")]
    Unusable,
}

impl PublicKey {
    /// Makes an Ed25519 public key, refusing weak ones.
    pub fn ed25519(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Malformed)?;
        if key.is_weak() { Err(KeyError::Weak) } else { Ok(Self::Ed25519(bytes)) }
    }

    /// The algorithm the key is registered for.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Encodes as a COSE_Key with the required parameters only (RFC 9679 section 3), deterministically.
    pub fn to_cose_key(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(x) => {
                // {1: 1 (OKP), -1: 6 (Ed25519), -2: x}
                let mut bytes = vec![0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
                bytes.extend_from_slice(x);
                bytes
            }
        }
    }

    /// Reads a COSE_Key in exactly the form that [`PublicKey::to_cose_key`] writes.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        let Some(x) = bytes.strip_prefix(&[0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20]) else {
            return Err(KeyError::Malformed);
        };
        Self::ed25519(x.try_into().map_err(|_| KeyError::Malformed)?)
    }

    /// The key's thumbprint (RFC 9679).
    pub fn id(&self) -> KeyId {
        KeyId(Sha256::digest(self.to_cose_key()).into())
    }

    /// Verifies a signature over `message`, strictly (no malleable forms).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        match self {
            Self::Ed25519(bytes) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Malformed)?;
                let signature =
                    ed25519_dalek::Signature::from_slice(signature).map_err(|_| KeyError::BadSignature)?;
                key.verify_strict(message, &signature).map_err(|_| KeyError::BadSignature)
            }
        }
    }
}

impl<C> Encode<C> for PublicKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.to_cose_key())?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_cose_key(d.bytes()?).map_err(|_| minicbor::decode::Error::message("public key"))
    }
}

/// Signs; implemented by keys in files, on tokens and in test worlds.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> PublicKey;
    /// Signs a message; an error when the key can't be used now.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Is an Ed25519 key held in memory; wiped when dropped.
pub struct Ed25519Signer(ed25519_dalek::SigningKey);

impl Ed25519Signer {
    /// Makes a key from its 32 secret bytes.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }
    /// Hands out the 32 secret bytes, to be sealed at once.
    pub fn secret(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }
}

impl Signer for Ed25519Signer {
    fn public_key(&self) -> PublicKey {
        PublicKey::Ed25519(self.0.verifying_key().to_bytes())
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_have_one_writing() {
        let key = Ed25519Signer::from_secret(&[9; 32]).public_key();
        let bytes = key.to_cose_key();
        assert_eq!(PublicKey::from_cose_key(&bytes), Ok(key));
        assert!(crate::canonical::check(&bytes).is_ok());
        assert_eq!(PublicKey::from_cose_key(&bytes[..39]), Err(KeyError::Malformed));
        assert_eq!(PublicKey::from_cose_key(&[&bytes[..], &[0]].concat()), Err(KeyError::Malformed));
    }

    #[test]
    fn the_key_that_verifies_everything_is_refused() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::ed25519(identity), Err(KeyError::Weak));
    }

    #[test]
    fn a_signature_holds_for_its_message_only() {
        let signer = Ed25519Signer::from_secret(&[9; 32]);
        let signature = signer.sign(b"one").unwrap();
        assert_eq!(signer.public_key().verify(b"one", &signature), Ok(()));
        assert_eq!(signer.public_key().verify(b"two", &signature), Err(KeyError::BadSignature));
        assert_eq!(signer.public_key().verify(b"one", &signature[1..]), Err(KeyError::BadSignature));
    }
}
