//! Building proofs and roots from stored nodes, without holding the tree in memory.
//!
//! Any proof in a tree of any size is made of hashes of *complete* subtrees; those never change once the tree has grown
//! past them. A [`NodeReader`] gives those hashes; where it keeps them (rows, tiles, memory) is its own affair.

use crate::hash::{Hash, empty_root, node_hash};
use crate::verify::MAX_TREE_SIZE;

/// The place of one complete subtree: `level` 0 are leaf hashes, `index` counts from the left within the level.
///
/// It covers the leaves from `index * 2^level` up to, without, `(index + 1) * 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, 0 to 62.
    pub level: u8,
    /// Position within the level, from 0.
    pub index: u64,
}

impl NodeId {
    /// Gives the number of leaves a tree needs before this node is complete, or `None` past the largest tree.
    pub fn needed_size(self) -> Option<u64> {
        let width = 1_u64.checked_shl(u32::from(self.level))?;
        self.index.checked_add(1)?.checked_mul(width).filter(|size| *size <= MAX_TREE_SIZE)
    }
}

/// A place where hashes of complete subtrees can be read.
pub trait NodeReader {
    /// Why a read failed.
    type Error;

    /// Reads the hashes of the given nodes, as many and in the same order.
    ///
    /// Called once per proof with at most about 2,000 nodes (in practice: a few dozen), so that one query can fetch all.
    ///
    /// # Errors
    /// A node that isn't complete or isn't there is an error, never a made-up hash.
    fn read_nodes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error>;
}

/// Why a proof or root could not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The leaf asked for is not in a tree of that size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutOfRange {
        /// Index of the leaf, from 0.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The old size is above the new one.
    #[error("old size {old_size} is above new size {new_size}")]
    SizesOutOfOrder {
        /// Leaves in the older tree.
        old_size: u64,
        /// Leaves in the newer tree.
        new_size: u64,
    },
    /// The size is above [`MAX_TREE_SIZE`].
    #[error("tree size {size} is above the largest allowed")]
    SizeTooLarge {
        /// Leaves in the tree.
        size: u64,
    },
    /// The reader failed.
    #[error("nodes could not be read")]
    Read(#[source] E),
    /// The reader answered with another number of hashes than asked.
    #[error("asked for {asked} nodes, got {got}")]
    WrongNodeCount {
        /// Nodes asked for.
        asked: usize,
        /// Hashes received.
        got: usize,
    },
}

/// Computes the root of the tree of the first `size` leaves (RFC 9162 section 2.1.1).
///
/// # Errors
/// See [`ProveError`]; the reader must hold the complete subtrees of that size.
pub fn root_at<R: NodeReader>(reader: &R, size: u64) -> Result<Hash, ProveError<R::Error>> {
    check_size(size)?;
    if size == 0 {
        return Ok(empty_root());
    }
    let hashes = hashes_of_ranges(reader, &[Range { start: 0, end: size }])?;
    // One range in, one hash out: `hashes_of_ranges` gives exactly one hash per range.
    hashes.first().copied().ok_or(ProveError::WrongNodeCount { asked: 1, got: 0 })
}

/// Builds the inclusion proof of leaf `index` in the tree of the first `size` leaves (RFC 9162 section 2.1.3.1).
///
/// Hashes come in the order of the RFC, from the leaf's sibling up.
///
/// # Errors
/// See [`ProveError`].
pub fn inclusion_proof<R: NodeReader>(
    reader: &R,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, ProveError<R::Error>> {
    check_size(size)?;
    if index >= size {
        return Err(ProveError::IndexOutOfRange { index, size });
    }
    hashes_of_ranges(reader, &inclusion_ranges(index, size))
}

/// Builds the consistency proof between the trees of the first `old_size` and `new_size` leaves (RFC 9162 section 2.1.4.1).
///
/// Empty when the old tree is empty or both are the same.
///
/// # Errors
/// See [`ProveError`].
pub fn consistency_proof<R: NodeReader>(
    reader: &R,
    old_size: u64,
    new_size: u64,
) -> Result<Vec<Hash>, ProveError<R::Error>> {
    check_size(new_size)?;
    if old_size > new_size {
        return Err(ProveError::SizesOutOfOrder { old_size, new_size });
    }
    if old_size == 0 {
        return Ok(Vec::new());
    }
    hashes_of_ranges(reader, &consistency_ranges(old_size, new_size))
}

/// A run of leaves whose hash is one element of a proof; `start` is a multiple of the power of two that holds the run.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    end: u64,
}

fn check_size<E>(size: u64) -> Result<(), ProveError<E>> {
    if size > MAX_TREE_SIZE {
        return Err(ProveError::SizeTooLarge { size });
    }
    Ok(())
}

/// The largest power of two below `leaves`, which is at least 2 (`k` of RFC 9162 section 2.1.1).
fn split_point(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

fn inclusion_ranges(index: u64, size: u64) -> Vec<Range> {
    let mut whole = Range { start: 0, end: size };
    let mut ranges = Vec::new();
    while whole.end - whole.start > 1 {
        let middle = whole.start + split_point(whole.end - whole.start);
        if index < middle {
            ranges.push(Range { start: middle, end: whole.end });
            whole.end = middle;
        } else {
            ranges.push(Range { start: whole.start, end: middle });
            whole.start = middle;
        }
    }
    ranges.reverse();
    ranges
}

fn consistency_ranges(old_size: u64, new_size: u64) -> Vec<Range> {
    let mut whole = Range { start: 0, end: new_size };
    let mut ranges = Vec::new();
    while whole.end != old_size {
        let middle = whole.start + split_point(whole.end - whole.start);
        if old_size <= middle {
            ranges.push(Range { start: middle, end: whole.end });
            whole.end = middle;
        } else {
            ranges.push(Range { start: whole.start, end: middle });
            whole.start = middle;
        }
    }
    // The subtree that ends the old tree is known to the verifier only if it *is* the old tree.
    if whole.start != 0 {
        ranges.push(whole);
    }
    ranges.reverse();
    ranges
}

/// Splits a range into its complete subtrees, widest (leftmost) first.
pub(crate) fn complete_subtrees(start: u64, end: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2();
        nodes.push(NodeId { level: u8::try_from(level).unwrap_or(u8::MAX), index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// Joins the hashes of neighbouring complete subtrees, widest first, into the hash of the whole run.
pub(crate) fn join_subtrees(hashes: &[Hash]) -> Option<Hash> {
    let (last, wider) = hashes.split_last()?;
    Some(wider.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

fn hashes_of_ranges<R: NodeReader>(reader: &R, ranges: &[Range]) -> Result<Vec<Hash>, ProveError<R::Error>> {
    let parts: Vec<Vec<NodeId>> =
        ranges.iter().map(|range| complete_subtrees(range.start, range.end)).collect();
    let nodes = parts.concat();
    let hashes = reader.read_nodes(&nodes).map_err(ProveError::Read)?;
    let miscount = ProveError::WrongNodeCount { asked: nodes.len(), got: hashes.len() };
    if hashes.len() != nodes.len() {
        return Err(miscount);
    }
    let mut rest = hashes.as_slice();
    let mut joined = Vec::with_capacity(parts.len());
    for part in &parts {
        let (own, others) = rest.split_at(part.len());
        rest = others;
        let Some(hash) = join_subtrees(own) else {
            return Err(miscount);
        };
        joined.push(hash);
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    /// Answers with too few hashes.
    struct Forgetful;

    impl NodeReader for Forgetful {
        type Error = std::convert::Infallible;
        fn read_nodes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error> {
            Ok(vec![leaf_hash(b""); nodes.len().saturating_sub(1)])
        }
    }

    #[test]
    fn a_reader_that_forgets_is_noticed() {
        let miscount =
            |result: Result<_, ProveError<_>>| matches!(result, Err(ProveError::WrongNodeCount { .. }));
        assert!(miscount(inclusion_proof(&Forgetful, 3, 7)));
        assert!(miscount(consistency_proof(&Forgetful, 3, 7)));
        assert!(miscount(root_at(&Forgetful, 7).map(|root| vec![root])));
    }

    #[test]
    fn sizes_are_capped() {
        let size = MAX_TREE_SIZE + 1;
        assert_eq!(root_at(&Forgetful, size), Err(ProveError::SizeTooLarge { size }));
        assert_eq!(inclusion_proof(&Forgetful, 0, size), Err(ProveError::SizeTooLarge { size }));
        assert_eq!(consistency_proof(&Forgetful, 1, size), Err(ProveError::SizeTooLarge { size }));
        // At the cap the plan is made (and only the reader fails).
        assert!(matches!(
            inclusion_proof(&Forgetful, 0, MAX_TREE_SIZE),
            Err(ProveError::WrongNodeCount { .. })
        ));
    }

    #[test]
    fn needed_size_of_a_node() {
        assert_eq!(NodeId { level: 3, index: 1 }.needed_size(), Some(16));
        assert_eq!(NodeId { level: 63, index: 0 }.needed_size(), None);
        assert_eq!(NodeId { level: 64, index: 0 }.needed_size(), None);
        assert_eq!(NodeId { level: 1, index: u64::MAX }.needed_size(), None);
    }
}
