//! SHA-256 hashes of leaves, nodes and streams, each under its own prefix.
//!
//! What is hashed is the caller's affair; how hashes form trees is in `tree`.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::wire_text;

const LEAF_PREFIX: [u8; 1] = [0x00];
const NODE_PREFIX: [u8; 1] = [0x01];
const CHAIN_PREFIX: &[u8] = b"barid/chain/v1";

/// A SHA-256 hash of a leaf, of a node, or of a whole tree: 32 bytes.
///
/// Shown in lowercase hex; [`Hash::to_base64`] gives the spelling of the C2SP formats. Not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Wraps 32 bytes that are already a hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Gives the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Spells the hash in standard padded base64 (44 characters, RFC 4648 section 4).
    pub fn to_base64(&self) -> String {
        wire_text::encode_base64(&self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, out)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HashParseError;

    /// Reads 64 hex digits, or 44 characters of standard padded base64.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 64 {
            return parse_hex(text).map(Self).ok_or(HashParseError);
        }
        wire_text::parse_hash(text).ok_or(HashParseError)
    }
}

/// The text is neither 64 hex digits nor 44 characters of standard base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash in hex or base64")]
pub struct HashParseError;

/// Hashes one leaf: `SHA-256(0x00 || leaf)` (RFC 9162 section 2.1.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update(LEAF_PREFIX).chain_update(leaf).finalize().into())
}

/// Hashes two children: `SHA-256(0x01 || left || right)` (RFC 9162 section 2.1.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update(NODE_PREFIX).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Gives the root of the tree without leaves: SHA-256 of nothing (RFC 9162 section 2.1.1).
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The running hash of one stream: the per-stream chain of Barid, beside the Merkle tree.
///
/// `next = SHA-256("barid/chain/v1" || previous || leaf)`, starting from 32 zero bytes. A holder of one chain hash can
/// check that a run of entries is gap-free and in order without any tree. It is not a Merkle node: the
/// prefix is longer than one byte and begins with neither 0x00 nor 0x01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// The chain before its first entry.
    pub const START: Self = Self([0; 32]);

    /// Takes up a chain hash that was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Gives the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Gives the chain after one more leaf.
    #[must_use]
    pub fn next(self, leaf: &Hash) -> Self {
        Self(
            Sha256::new()
                .chain_update(CHAIN_PREFIX)
                .chain_update(self.0)
                .chain_update(leaf.0)
                .finalize()
                .into(),
        )
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, out)
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ChainHash({self})")
    }
}

pub(crate) fn write_hex(bytes: &[u8], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits = text.as_bytes();
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        // RFC 9162 section 2.1.1; values as published with certificate-transparency.
        assert_eq!(
            empty_root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            leaf_hash(b"").to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            node_hash(&leaf_hash(b""), &leaf_hash(b"\0")).to_string(),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn hex_and_base64_read_back() {
        let hash = leaf_hash("Калачев كلاتشيف".as_bytes());
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.to_string().to_uppercase().parse(), Ok(hash));
        assert_eq!(hash.to_base64().parse(), Ok(hash));
        for bad in ["", "00", &"g".repeat(64), &"+".repeat(44), &"é".repeat(32), &"A".repeat(45)] {
            assert_eq!(bad.parse::<Hash>(), Err(HashParseError), "{bad:?}");
        }
    }

    #[test]
    fn chain_is_the_documented_hash() {
        let leaf = leaf_hash(b"one");
        let mut bytes = b"barid/chain/v1".to_vec();
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(leaf.as_bytes());
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(ChainHash::START.next(&leaf), ChainHash::from_bytes(expected));
    }

    #[test]
    fn chain_knows_order_and_gaps() {
        let [one, two, three] = [leaf_hash(b"1"), leaf_hash(b"2"), leaf_hash(b"3")];
        let whole = ChainHash::START.next(&one).next(&two).next(&three);
        assert_ne!(whole, ChainHash::START.next(&two).next(&one).next(&three));
        assert_ne!(whole, ChainHash::START.next(&one).next(&three));
    }
}
