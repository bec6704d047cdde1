//! Sealing at rest: the master key, the keys derived from it, and XChaCha20-Poly1305 over what is kept.
//!
//! Which bytes are sealed under which key, and with what associated data, is said by the modules that keep them.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::StoreError;

const NONCE_BYTES: usize = 24;
/// Bytes that sealing adds: the nonce before and the tag behind (RFC 8439 with draft-irtf-cfrg-xchacha).
pub(crate) const SEAL_OVERHEAD_BYTES: usize = NONCE_BYTES + 16;

/// Fills an array from the operating system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Randomness)?;
    Ok(bytes)
}

/// A 32-byte key that seals and opens; wiped when dropped.
#[derive(Clone)]
pub(crate) struct SealingKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey")
    }
}

impl SealingKey {
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn generate() -> Result<Self, StoreError> {
        Ok(Self::from_bytes(random()?))
    }

    /// Seals: random nonce, ciphertext, tag.
    pub(crate) fn seal(&self, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = random::<NONCE_BYTES>()?;
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: associated })
            // The cipher refuses only messages of more than 256 GiB.
            .map_err(|_| StoreError::InvalidEntry("too large to seal"))?;
        let mut bytes = Vec::with_capacity(NONCE_BYTES + sealed.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Opens what `seal` gave; `None` when a byte of it, the key or the associated data is another.
    pub(crate) fn open(&self, associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: associated }).ok()
    }

    /// Seals this key under another.
    pub(crate) fn wrap(&self, under: &SealingKey, associated: &[u8]) -> Result<Vec<u8>, StoreError> {
        under.seal(associated, self.0.as_slice())
    }

    /// Opens a key sealed by `wrap`.
    pub(crate) fn unwrap_under(under: &SealingKey, associated: &[u8], wrapped: &[u8]) -> Option<Self> {
        let bytes = Zeroizing::new(under.open(associated, wrapped)?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}

/// The keys derived from the master key (HKDF-SHA256, RFC 5869; no salt, one `info` per use).
#[derive(Clone)]
pub(crate) struct KeyRing {
    extracted: Hkdf<Sha256>,
    /// Wraps data keys.
    pub(crate) wrapping: SealingKey,
    /// Seals small rows and named secrets.
    pub(crate) secrets: SealingKey,
    hashing: Zeroizing<[u8; 32]>,
}

impl KeyRing {
    pub(crate) fn new(master: &[u8; 32]) -> Self {
        let extracted = Hkdf::<Sha256>::new(None, master);
        let wrapping = SealingKey(expand(&extracted, "barid/wrap/v1", b""));
        let secrets = SealingKey(expand(&extracted, "barid/secrets/v1", b""));
        let hashing = expand(&extracted, "barid/keyed-hash/v1", b"");
        Self { extracted, wrapping, secrets, hashing }
    }

    /// Gives the key of one journal segment.
    pub(crate) fn journal_segment(&self, context: &[u8]) -> SealingKey {
        SealingKey(expand(&self.extracted, "barid/journal/v1", context))
    }

    /// Gives the key of the snapshots of one day.
    pub(crate) fn snapshots_of(&self, day: i32) -> SealingKey {
        SealingKey(expand(&self.extracted, "barid/snapshot/v1", &day.to_be_bytes()))
    }

    /// Hashes under a key (HMAC-SHA256): equal inputs of one domain give equal hashes, nothing else can be told.
    pub(crate) fn keyed_hash(&self, domain: &str, bytes: &[u8]) -> [u8; 32] {
        let mut mac = match <Hmac<Sha256> as KeyInit>::new_from_slice(self.hashing.as_slice()) {
            Ok(mac) => mac,
            // HMAC takes keys of any length.
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(&(domain.len() as u64).to_be_bytes());
        mac.update(domain.as_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    /// Tells a wrong master key at once: kept beside the node id.
    pub(crate) fn check_value(&self, node: &[u8; 16]) -> [u8; 32] {
        self.keyed_hash("barid/key-check/v1", node)
    }
}

fn expand(extracted: &Hkdf<Sha256>, purpose: &str, context: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let info = [purpose.as_bytes(), &[0], context].concat();
    // 32 bytes are far below the limit of 255 blocks, so this can't fail.
    if extracted.expand(&info, key.as_mut_slice()).is_err() {
        unreachable!("32 bytes are below HKDF's limit")
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_place() {
        let key = SealingKey::generate().unwrap();
        let plain = "Калачев كلاتشيف कलाचेव".as_bytes();
        let sealed = key.seal(b"place", plain).unwrap();
        assert_eq!(sealed.len(), plain.len() + SEAL_OVERHEAD_BYTES);
        assert_eq!(key.open(b"place", &sealed).as_deref(), Some(plain));
        assert_eq!(key.open(b"other", &sealed), None);
        assert_eq!(SealingKey::generate().unwrap().open(b"place", &sealed), None);
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(key.open(b"place", &damaged), None, "byte {at}");
        }
        assert_eq!(key.open(b"place", &sealed[..10]), None);
    }

    #[test]
    fn derived_keys_differ_by_use_and_by_master_key() {
        let (one, two) = (KeyRing::new(&[1; 32]), KeyRing::new(&[2; 32]));
        assert_ne!(one.keyed_hash("a", b"x"), two.keyed_hash("a", b"x"));
        assert_ne!(one.keyed_hash("a", b"x"), one.keyed_hash("b", b"x"));
        assert_ne!(one.keyed_hash("ab", b"x"), one.keyed_hash("a", b"bx"));
        let sealed = one.snapshots_of(1).seal(b"", b"x").unwrap();
        assert_eq!(one.snapshots_of(2).open(b"", &sealed), None);
        assert_eq!(one.journal_segment(b"1").open(b"", &sealed), None);
    }
}
