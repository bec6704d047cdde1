//! Attestations of erasures: a node's signed word that it destroyed what the ends in a stream say is destroyed.
//!
//! An erasure is an entry of the record's owner (a withdrawal whose time is over) and a change of the store. The attestation is
//! of the organisation that runs the node, stands in a stream of that organisation of the same class, and covers the erasures
//! of one stream from one place to another: their hashes under one Merkle root, so that a hundred thousand of them need one
//! entry, and each of them can be proved to be covered.

use barid_ledger::{Hash, MerkleTree, leaf_hash};
use minicbor::{Decode, Encode};

use crate::ids::{EntryHash, NodeId};
use crate::streams::StreamId;

/// The most erasures of one attestation.
pub const ERASURES_CAP: usize = 2_000;

/// Attests that a node erased records.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct ErasureAttestation {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The stream in which the erasures stand.
    #[n(1)]
    pub stream: StreamId,
    /// The number of the first of them.
    #[n(2)]
    pub from: u64,
    /// The number of the last of them.
    #[n(3)]
    pub to: u64,
    /// The last of them.
    #[n(4)]
    pub last: EntryHash,
    /// How many they are.
    #[n(5)]
    pub count: u32,
    /// The Merkle root (RFC 9162 2.1.1) over the hashes of their entries, in the order of their numbers.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// The node that erased.
    #[n(7)]
    pub node: NodeId,
    /// When it was seen to, in seconds since 1970-01-01T00:00:00Z.
    #[n(8)]
    pub attested_at: i64,
}

/// The subject of attestations of erasures: the last erasure that is covered.
pub fn erasure_subject(last: EntryHash) -> String {
    format!("erasure:{last}")
}

/// The root over erasures in the order of their numbers; `None` over none, and over more than one attestation may cover.
pub fn root_of(erasures: &[EntryHash]) -> Option<[u8; 32]> {
    if erasures.is_empty() || erasures.len() > ERASURES_CAP {
        return None;
    }
    let leaves: Vec<Hash> = erasures.iter().map(|hash| leaf_hash(&hash.0)).collect();
    Some(*MerkleTree::from_leaves(leaves).ok()?.root().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(count: usize) -> Vec<EntryHash> {
        (0..count)
            .map(|i| {
                let mut hash = [7; 32];
                hash[..8].copy_from_slice(&(i as u64).to_be_bytes());
                EntryHash(hash)
            })
            .collect()
    }

    #[test]
    fn a_root_covers_up_to_the_cap_and_not_one_more() {
        assert!(root_of(&[]).is_none());
        let all = hashes(ERASURES_CAP + 1);
        assert!(root_of(&all[..ERASURES_CAP]).is_some());
        assert!(root_of(&all).is_none());
    }

    #[test]
    fn another_erasure_or_another_order_is_another_root() {
        let all = hashes(5);
        let root = root_of(&all).unwrap();
        let mut turned = all.clone();
        turned.swap(1, 3);
        assert_ne!(root_of(&turned).unwrap(), root);
        assert_ne!(root_of(&all[..4]).unwrap(), root);
        assert_eq!(root_of(&all[..1]).unwrap(), *leaf_hash(&all[0].0).as_bytes(), "of one it is its leaf");
    }
}
