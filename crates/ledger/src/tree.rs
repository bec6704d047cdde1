//! Trees in memory: the frontier (a few hashes, enough for the root) and the whole tree (all nodes, enough for proofs).
//!
//! Signing a root is in `checkpoint`; proofs from storage are in `prove`.

use crate::hash::{Hash, node_hash};
use crate::prove::{self, NodeId, NodeReader, ProveError, complete_subtrees, join_subtrees};
use crate::verify::MAX_TREE_SIZE;

const FRONTIER_VERSION: u8 = 1;
const FRONTIER_HEADER_BYTES: usize = 9;

/// The right edge of a growing tree: its size and one hash per set bit of the size, widest subtree first.
///
/// Appending is O(1) amortised, memory O(log n). It can't build proofs: for that keep nodes ([`MerkleTree`], [`NodeReader`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

/// Why a frontier could not be grown or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The tree has [`MAX_TREE_SIZE`] leaves and can't grow.
    #[error("the tree is full")]
    Full,
    /// The bytes begin with another version than 1.
    #[error("unknown frontier version")]
    UnknownVersion,
    /// The bytes are not as long as their size field asks.
    #[error("wrong frontier length")]
    WrongLength,
}

impl Frontier {
    /// Largest encoded length in bytes: version, size and 63 hashes.
    pub const MAX_BYTES: usize = FRONTIER_HEADER_BYTES + 63 * Hash::BYTES;

    /// Makes the frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf hash and gives its index, from 0.
    ///
    /// # Errors
    /// [`FrontierError::Full`] at [`MAX_TREE_SIZE`] leaves.
    pub fn append(&mut self, leaf: Hash) -> Result<u64, FrontierError> {
        self.append_reporting(leaf, |_, _| {})
    }

    /// Appends one leaf hash and reports every node that became complete, the leaf itself first.
    ///
    /// What is reported is exactly what a [`NodeReader`] must be able to give back later.
    ///
    /// # Errors
    /// [`FrontierError::Full`] at [`MAX_TREE_SIZE`] leaves; then nothing is reported.
    pub fn append_reporting(
        &mut self,
        leaf: Hash,
        mut completed: impl FnMut(NodeId, Hash),
    ) -> Result<u64, FrontierError> {
        if self.size >= MAX_TREE_SIZE {
            return Err(FrontierError::Full);
        }
        let index = self.size;
        let mut node = NodeId { level: 0, index };
        let mut hash = leaf;
        completed(node, hash);
        while node.index & 1 == 1 {
            let Some(left) = self.subtrees.pop() else { break };
            hash = node_hash(&left, &hash);
            node = NodeId { level: node.level + 1, index: node.index >> 1 };
            completed(node, hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
        Ok(index)
    }

    /// Computes the root (RFC 9162 section 2.1.1).
    pub fn root(&self) -> Hash {
        join_subtrees(&self.subtrees).unwrap_or_else(crate::hash::empty_root)
    }

    /// Encodes: version byte 0x01, size as 8 bytes big-endian, the hashes widest first.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FRONTIER_VERSION];
        bytes.extend_from_slice(&self.size.to_be_bytes());
        self.subtrees.iter().for_each(|hash| bytes.extend_from_slice(hash.as_bytes()));
        bytes
    }

    /// Decodes what [`Frontier::encode`] gave; the bytes carry no proof, so they must come from one's own store.
    ///
    /// # Errors
    /// [`FrontierError::UnknownVersion`], [`FrontierError::WrongLength`], or [`FrontierError::Full`] for a size above the cap.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (header, hashes) =
            bytes.split_first_chunk::<FRONTIER_HEADER_BYTES>().ok_or(FrontierError::WrongLength)?;
        let [version, size @ ..] = *header;
        if version != FRONTIER_VERSION {
            return Err(FrontierError::UnknownVersion);
        }
        let size = u64::from_be_bytes(size);
        if size > MAX_TREE_SIZE {
            return Err(FrontierError::Full);
        }
        // At most 63 ones, so no overflow.
        if hashes.len() != size.count_ones() as usize * Hash::BYTES {
            return Err(FrontierError::WrongLength);
        }
        let (hashes, _) = hashes.as_chunks::<32>();
        Ok(Self { size, subtrees: hashes.iter().copied().map(Hash::from_bytes).collect() })
    }
}

/// A whole tree in memory: every complete node, about two hashes per leaf.
#[derive(Clone, Debug, Default)]
pub struct MerkleTree {
    /// Complete nodes; the outer index is the level.
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

/// The tree is too small to hold this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {} of level {} is not complete", .0.index, .0.level)]
pub struct MissingNode(
    /// The node that was asked for.
    pub NodeId,
);

impl MerkleTree {
    /// Makes the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a tree of the given leaf hashes.
    ///
    /// # Errors
    /// [`FrontierError::Full`], not reachable with leaves that fit in memory.
    pub fn from_leaves(leaves: impl IntoIterator<Item = Hash>) -> Result<Self, FrontierError> {
        let mut tree = Self::new();
        for leaf in leaves {
            tree.push(leaf)?;
        }
        Ok(tree)
    }

    /// Appends one leaf hash and gives its index, from 0.
    ///
    /// # Errors
    /// [`FrontierError::Full`] at [`MAX_TREE_SIZE`] leaves.
    pub fn push(&mut self, leaf: Hash) -> Result<u64, FrontierError> {
        let levels = &mut self.levels;
        self.frontier.append_reporting(leaf, |node, hash| {
            let level = usize::from(node.level);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            levels[level].push(hash);
        })
    }

    /// Gives the number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Gives the root over all leaves.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Gives a leaf hash, or `None` past the end.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.node(NodeId { level: 0, index })
    }

    /// Computes the root over the first `size` leaves.
    ///
    /// # Errors
    /// [`ProveError::Read`] when the tree has fewer leaves.
    pub fn root_at(&self, size: u64) -> Result<Hash, ProveError<MissingNode>> {
        prove::root_at(self, size)
    }

    /// Builds an inclusion proof; see [`prove::inclusion_proof`](crate::inclusion_proof).
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, ProveError<MissingNode>> {
        prove::inclusion_proof(self, index, size)
    }

    /// Builds a consistency proof; see [`prove::consistency_proof`](crate::consistency_proof).
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn consistency_proof(
        &self,
        old_size: u64,
        new_size: u64,
    ) -> Result<Vec<Hash>, ProveError<MissingNode>> {
        if new_size > self.size() {
            // An old size of zero needs no node, so the reader alone would not notice.
            let missing = complete_subtrees(0, new_size.min(MAX_TREE_SIZE)).first().copied();
            let missing = missing.unwrap_or(NodeId { level: 0, index: 0 });
            return Err(ProveError::Read(MissingNode(missing)));
        }
        prove::consistency_proof(self, old_size, new_size)
    }

    fn node(&self, node: NodeId) -> Option<Hash> {
        let level = self.levels.get(usize::from(node.level))?;
        level.get(usize::try_from(node.index).ok()?).copied()
    }
}

impl NodeReader for MerkleTree {
    type Error = MissingNode;

    fn read_nodes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error> {
        nodes.iter().map(|node| self.node(*node).ok_or(MissingNode(*node))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    fn frontier_of(leaves: u64) -> Frontier {
        let mut frontier = Frontier::new();
        for leaf in 0..leaves {
            assert_eq!(frontier.append(leaf_hash(&leaf.to_be_bytes())), Ok(leaf));
        }
        frontier
    }

    #[test]
    fn frontier_reads_back_and_goes_on() {
        for size in 0..70 {
            let frontier = frontier_of(size);
            let mut read = Frontier::decode(&frontier.encode()).unwrap();
            assert_eq!(read, frontier);
            read.append(leaf_hash(&size.to_be_bytes())).unwrap();
            assert_eq!(read.root(), frontier_of(size + 1).root());
        }
    }

    #[test]
    fn frontier_bytes_are_exact() {
        let bytes = frontier_of(11).encode();
        assert_eq!(bytes.len(), 9 + 3 * 32);
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Frontier::decode(&longer), Err(FrontierError::WrongLength));
        assert_eq!(Frontier::decode(&bytes[..bytes.len() - 1]), Err(FrontierError::WrongLength));
        assert_eq!(Frontier::decode(&[]), Err(FrontierError::WrongLength));
        let mut other_version = bytes;
        other_version[0] = 2;
        assert_eq!(Frontier::decode(&other_version), Err(FrontierError::UnknownVersion));
    }

    #[test]
    fn frontier_at_the_cap_and_above() {
        let mut bytes = vec![1];
        bytes.extend_from_slice(&MAX_TREE_SIZE.to_be_bytes());
        bytes.extend_from_slice(&[7; 63 * 32]);
        assert_eq!(bytes.len(), Frontier::MAX_BYTES);
        let mut full = Frontier::decode(&bytes).unwrap();
        assert_eq!(full.append(leaf_hash(b"")), Err(FrontierError::Full));
        bytes[1..9].copy_from_slice(&(MAX_TREE_SIZE + 1).to_be_bytes());
        assert_eq!(Frontier::decode(&bytes), Err(FrontierError::Full));
    }

    #[test]
    fn tree_refuses_what_it_does_not_hold() {
        let tree = MerkleTree::from_leaves((0..5_u8).map(|leaf| leaf_hash(&[leaf]))).unwrap();
        assert!(matches!(tree.root_at(6), Err(ProveError::Read(MissingNode(_)))));
        assert!(matches!(tree.inclusion_proof(0, 6), Err(ProveError::Read(_))));
        assert_eq!(tree.inclusion_proof(5, 5), Err(ProveError::IndexOutOfRange { index: 5, size: 5 }));
        assert!(matches!(tree.consistency_proof(0, 6), Err(ProveError::Read(_))));
        assert!(matches!(tree.consistency_proof(0, u64::MAX), Err(ProveError::Read(_))));
        assert_eq!(
            tree.consistency_proof(4, 3),
            Err(ProveError::SizesOutOfOrder { old_size: 4, new_size: 3 })
        );
        assert_eq!(tree.leaf(5), None);
    }
}
