//! Keys and algorithms: who can sign, and how a public key is named.
//!
//! A key is named by the SHA-256 thumbprint of its COSE_Key (RFC 9679). `Signer` is a trait over keys *and*
//! algorithms: files, PKCS#11 tokens and further algorithms join without a change here but a variant.
//!
//! Two algorithms are known, so that the exchange outlives either of them. Each has one form of a signature and of a key:
//! a second one would be a second entry hash for the same statement.

use ed25519_dalek::Signer as _;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::ids::KeyId;

/// Is a signature algorithm that entries may carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Algorithm {
    /// EdDSA with a key registered as Ed25519 (COSE algorithm -8, RFC 9053 2.2).
    Ed25519,
    /// ECDSA with SHA-256 and a key registered as P-256 (COSE algorithm -7, RFC 9053 2.1).
    EcdsaP256,
}

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: &'static [Self] = &[Self::Ed25519, Self::EcdsaP256];

    /// The COSE algorithm number.
    pub fn cose(self) -> i64 {
        match self {
            Self::Ed25519 => -8,
            Self::EcdsaP256 => -7,
        }
    }

    /// The name by which commands and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-p256",
        }
    }

    /// Finds an algorithm by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }
}

/// The bytes of a signature of either algorithm.
pub const SIGNATURE_BYTES: usize = 64;
/// How the COSE_Key of an Ed25519 key begins: `{1: 1 (OKP), -1: 6 (Ed25519), -2: x`.
const ED25519_KEY_HEAD: &[u8] = &[0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
/// How the COSE_Key of a P-256 key begins: `{1: 2 (EC2), -1: 1 (P-256), -2: x`.
const P256_KEY_HEAD: &[u8] = &[0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20];
/// What stands between its coordinates: `-3:`.
const P256_KEY_MIDDLE: &[u8] = &[0x22, 0x58, 0x20];
/// What stands before the coordinates of a point in its uncompressed form (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Is a public key of a known algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PublicKey {
    /// An Ed25519 public key (RFC 8032 5.1.5).
    Ed25519([u8; 32]),
    /// A point of P-256, other than the one at infinity: its two coordinates (SEC 1 section 2.3.3, without the first byte).
    P256([u8; 64]),
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

    /// Makes a P-256 public key of its coordinates, refusing what is no point of the curve.
    pub fn p256(coordinates: [u8; 64]) -> Result<Self, KeyError> {
        p256_key(&coordinates)?;
        Ok(Self::P256(coordinates))
    }

    /// Reads the form that [`PublicKey::to_bytes`] writes; its length tells the algorithm.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if let Ok(ed25519) = bytes.try_into() {
            return Self::ed25519(ed25519);
        }
        let coordinates = bytes.strip_prefix(&[UNCOMPRESSED]).ok_or(KeyError::Malformed)?;
        Self::p256(coordinates.try_into().map_err(|_| KeyError::Malformed)?)
    }

    /// The key as other programs write it: 32 bytes of an Ed25519 key (RFC 8032 5.1.5), 65 of a P-256 key (SEC 1
    /// section 2.3.3, uncompressed).
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(bytes) => bytes.to_vec(),
            Self::P256(coordinates) => sec1(coordinates).to_vec(),
        }
    }

    /// The algorithm the key is registered for.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256(_) => Algorithm::EcdsaP256,
        }
    }

    /// Encodes as a COSE_Key with the required parameters only (RFC 9679 section 3), deterministically.
    pub fn to_cose_key(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(x) => [ED25519_KEY_HEAD, x].concat(),
            Self::P256(coordinates) => {
                let (x, y) = coordinates.split_at(32);
                [P256_KEY_HEAD, x, P256_KEY_MIDDLE, y].concat()
            }
        }
    }

    /// Reads a COSE_Key in exactly the form that [`PublicKey::to_cose_key`] writes.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        if let Some(x) = bytes.strip_prefix(ED25519_KEY_HEAD) {
            return Self::ed25519(x.try_into().map_err(|_| KeyError::Malformed)?);
        }
        let rest = bytes.strip_prefix(P256_KEY_HEAD).ok_or(KeyError::Malformed)?;
        let (x, rest) = rest.split_at_checked(32).ok_or(KeyError::Malformed)?;
        let y = rest.strip_prefix(P256_KEY_MIDDLE).ok_or(KeyError::Malformed)?;
        Self::p256([x, y].concat().try_into().map_err(|_| KeyError::Malformed)?)
    }

    /// The key's thumbprint (RFC 9679).
    pub fn id(&self) -> KeyId {
        KeyId(Sha256::digest(self.to_cose_key()).into())
    }

    /// Verifies a signature over `message`, strictly (no malleable forms): of the two values of `s` that ECDSA accepts only
    /// the lower one is a signature here.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        match self {
            Self::Ed25519(bytes) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Malformed)?;
                let signature =
                    ed25519_dalek::Signature::from_slice(signature).map_err(|_| KeyError::BadSignature)?;
                key.verify_strict(message, &signature).map_err(|_| KeyError::BadSignature)
            }
            Self::P256(coordinates) => {
                use p256::ecdsa::signature::Verifier as _;
                let signature =
                    p256::ecdsa::Signature::from_slice(signature).map_err(|_| KeyError::BadSignature)?;
                if signature.normalize_s() != signature {
                    return Err(KeyError::BadSignature);
                }
                p256_key(coordinates)?.verify(message, &signature).map_err(|_| KeyError::BadSignature)
            }
        }
    }
}

fn sec1(coordinates: &[u8; 64]) -> [u8; 65] {
    let mut bytes = [UNCOMPRESSED; 65];
    bytes[1..].copy_from_slice(coordinates);
    bytes
}

fn p256_key(coordinates: &[u8; 64]) -> Result<p256::ecdsa::VerifyingKey, KeyError> {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(&sec1(coordinates)).map_err(|_| KeyError::Malformed)
}

/// Brings an ECDSA signature on P-256 (`r` and `s`, 32 bytes each) into the one form that verifies here, with the lower `s`.
/// For signatures made by tokens, which take whichever comes.
pub fn lower_s(signature: &[u8]) -> Result<Vec<u8>, KeyError> {
    let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|_| KeyError::BadSignature)?;
    Ok(signature.normalize_s().to_bytes().to_vec())
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

/// Is a P-256 key held in memory; wiped when dropped. Signs without chance (RFC 6979).
pub struct P256Signer(p256::ecdsa::SigningKey);

impl P256Signer {
    /// Makes a key from its 32 secret bytes; an error where they are zero or not below the order of the curve, which of
    /// 2^32 draws about one is.
    pub fn from_secret(secret: &[u8; 32]) -> Result<Self, KeyError> {
        p256::ecdsa::SigningKey::from_slice(secret).map(Self).map_err(|_| KeyError::Malformed)
    }
}

impl Signer for P256Signer {
    fn public_key(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(false);
        let mut coordinates = [0; 64];
        // Uncompressed, a point has 65 bytes.
        if let Some(bytes) = point.as_bytes().get(1..65) {
            coordinates.copy_from_slice(bytes);
        }
        PublicKey::P256(coordinates)
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature: p256::ecdsa::Signature = self.0.try_sign(message).map_err(|_| KeyError::Unusable)?;
        Ok(signature.normalize_s().to_bytes().to_vec())
    }
}

/// Makes the signer of a secret of 32 bytes.
///
/// # Errors
/// [`KeyError::Malformed`] for the one in 2^32 that is no key of P-256: who draws secrets draws another one.
pub fn signer_of(algorithm: Algorithm, secret: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
    Ok(match algorithm {
        Algorithm::Ed25519 => Box::new(Ed25519Signer::from_secret(secret)),
        Algorithm::EcdsaP256 => Box::new(P256Signer::from_secret(secret)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signers() -> Vec<Box<dyn Signer>> {
        Algorithm::ALL.iter().map(|algorithm| signer_of(*algorithm, &[9; 32]).unwrap()).collect()
    }

    #[test]
    fn keys_read_back_and_have_one_writing() {
        for signer in signers() {
            let key = signer.public_key();
            let bytes = key.to_cose_key();
            assert_eq!(PublicKey::from_cose_key(&bytes), Ok(key));
            assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));
            assert!(crate::canonical::check(&bytes).is_ok());
            for length in 0..bytes.len() {
                assert_eq!(PublicKey::from_cose_key(&bytes[..length]), Err(KeyError::Malformed));
            }
            assert_eq!(PublicKey::from_cose_key(&[&bytes[..], &[0]].concat()), Err(KeyError::Malformed));
            assert_eq!(Algorithm::from_name(key.algorithm().name()), Some(key.algorithm()));
        }
    }

    #[test]
    fn the_key_that_verifies_everything_is_refused() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::ed25519(identity), Err(KeyError::Weak));
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_no_key() {
        let PublicKey::P256(point) = signers()[1].public_key() else { panic!("not the second algorithm") };
        let mut beside = point;
        beside[63] ^= 1;
        for bytes in [beside, [0; 64], [0xff; 64]] {
            assert_eq!(PublicKey::p256(bytes), Err(KeyError::Malformed));
        }
        let compressed = [&[2 | (point[63] & 1)][..], &point[..32]].concat();
        assert_eq!(PublicKey::from_bytes(&compressed), Err(KeyError::Malformed), "one writing");
        assert!(P256Signer::from_secret(&[0; 32]).is_err());
        assert!(P256Signer::from_secret(&[0xff; 32]).is_err());
    }

    #[test]
    fn a_signature_holds_for_its_message_only() {
        for signer in signers() {
            let signature = signer.sign(b"one").unwrap();
            assert_eq!(signature.len(), SIGNATURE_BYTES);
            assert_eq!(signature, signer.sign(b"one").unwrap(), "without chance");
            let key = signer.public_key();
            assert_eq!(key.verify(b"one", &signature), Ok(()));
            assert_eq!(key.verify(b"two", &signature), Err(KeyError::BadSignature));
            assert_eq!(key.verify(b"one", &signature[1..]), Err(KeyError::BadSignature));
            for other in signers().iter().filter(|other| other.public_key() != key) {
                assert_eq!(other.public_key().verify(b"one", &signature), Err(KeyError::BadSignature));
            }
        }
    }

    /// RFC 6979 appendix A.2.5: the key, and the signature of "sample" with SHA-256; its `s` is the higher one.
    #[test]
    fn signing_is_that_of_rfc_6979() {
        let hex = |text: &str| {
            let mut bytes = vec![0; text.len() / 2];
            crate::ids::decode_hex(text, &mut bytes).unwrap();
            bytes
        };
        let secret = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        let signer = P256Signer::from_secret(&secret.try_into().unwrap()).unwrap();
        let x = hex("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6");
        let y = hex("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
        assert_eq!(signer.public_key().to_bytes(), [&[4][..], &x, &y].concat());
        let r = hex("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
        let s = hex("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
        let published = [r, s].concat();
        let signed = signer.sign(b"sample").unwrap();
        assert_eq!(signed, lower_s(&published).unwrap());
        assert_ne!(signed, published);
        let key = signer.public_key();
        assert_eq!(key.verify(b"sample", &signed), Ok(()));
        assert_eq!(key.verify(b"sample", &published), Err(KeyError::BadSignature), "the second form");
    }
}
