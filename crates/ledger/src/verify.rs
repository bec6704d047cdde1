//! Verifying inclusion and consistency proofs, by the algorithms of RFC 9162.
//!
//! Whether the roots are to be believed is another question: see `checkpoint`.

use crate::hash::{Hash, empty_root, node_hash};

/// Largest tree size this crate works with: 2^63 - 1 leaves, as in the other implementations of the C2SP formats.
pub const MAX_TREE_SIZE: u64 = i64::MAX as u64;

/// Largest number of hashes in any proof (a consistency proof between two trees near [`MAX_TREE_SIZE`]).
pub const MAX_PROOF_HASHES: usize = 64;

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A size is above [`MAX_TREE_SIZE`].
    #[error("tree size {size} is above the largest allowed")]
    SizeTooLarge {
        /// Leaves in the tree.
        size: u64,
    },
    /// The proof has more than [`MAX_PROOF_HASHES`] hashes.
    #[error("proof has {count} hashes, more than any tree needs")]
    TooManyHashes {
        /// Hashes in the proof.
        count: usize,
    },
    /// The leaf is not in a tree of that size.
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
    /// The proof ends before the root is reached.
    #[error("proof is too short")]
    TooShort,
    /// The proof goes on after the root was reached.
    #[error("proof is too long")]
    TooLong,
    /// The leaf and the proof lead to another root.
    #[error("leaf and proof lead to another root")]
    RootMismatch {
        /// The root they lead to.
        computed: Hash,
    },
    /// The proof leads to the new root but has another root for the old size: the new tree does not extend the old one.
    #[error("the new tree has another root at the old size")]
    OldRootMismatch {
        /// The root the new tree has at the old size.
        computed: Hash,
    },
    /// The proof does not lead to the new root.
    #[error("proof does not lead to the new root")]
    NewRootMismatch {
        /// The root it leads to.
        computed: Hash,
    },
}

impl ProofError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SizeTooLarge { .. } => "proof-size-too-large",
            Self::TooManyHashes { .. } => "proof-too-many-hashes",
            Self::IndexOutOfRange { .. } => "proof-index-out-of-range",
            Self::SizesOutOfOrder { .. } => "proof-sizes-out-of-order",
            Self::TooShort => "proof-too-short",
            Self::TooLong => "proof-too-long",
            Self::RootMismatch { .. } => "proof-root-mismatch",
            Self::OldRootMismatch { .. } => "proof-old-root-mismatch",
            Self::NewRootMismatch { .. } => "proof-new-root-mismatch",
        }
    }
}

/// Verifies that the leaf with hash `leaf` stands at `index` in the tree of `size` leaves with root `root`.
///
/// Algorithm of RFC 9162 section 2.1.3.2. `leaf` is a leaf *hash*: a caller computes it from the leaf's own bytes.
///
/// # Errors
/// See [`ProofError`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let computed = inclusion_root(leaf, index, size, proof)?;
    if computed != *root {
        return Err(ProofError::RootMismatch { computed });
    }
    Ok(())
}

/// Computes the root that a leaf and its inclusion proof lead to, for formats that carry a signature over the root and not
/// the root itself (RFC 9942). The result proves nothing until a signature over it holds.
///
/// # Errors
/// See [`ProofError`]; never [`ProofError::RootMismatch`].
pub fn inclusion_root(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Result<Hash, ProofError> {
    check_caps(size, proof)?;
    if index >= size {
        return Err(ProofError::IndexOutOfRange { index, size });
    }
    let mut leaf_number = index;
    let mut last_number = size - 1;
    let mut computed = *leaf;
    for hash in proof {
        if last_number == 0 {
            return Err(ProofError::TooLong);
        }
        if leaf_number & 1 == 1 || leaf_number == last_number {
            computed = node_hash(hash, &computed);
            skip_right_edge(&mut leaf_number, &mut last_number);
        } else {
            computed = node_hash(&computed, hash);
        }
        leaf_number >>= 1;
        last_number >>= 1;
    }
    if last_number != 0 {
        return Err(ProofError::TooShort);
    }
    Ok(computed)
}

/// Verifies that the tree of `new_size` leaves with `new_root` begins with the tree of `old_size` leaves with `old_root`.
///
/// Algorithm of RFC 9162 section 2.1.4.2. An old size of zero needs an empty proof and the root of the empty tree; equal sizes
/// need an empty proof and equal roots.
///
/// # Errors
/// See [`ProofError`]. [`ProofError::OldRootMismatch`] means more than a bad proof: the proof itself shows that the
/// tree with `new_root` had another root at the old size.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    check_caps(new_size, proof)?;
    if old_size > new_size {
        return Err(ProofError::SizesOutOfOrder { old_size, new_size });
    }
    if old_size == 0 || old_size == new_size {
        return verify_trivial_consistency(old_size, old_root, new_size, new_root, proof);
    }
    // A perfect old tree is itself the first node of the path, and left out of the proof.
    let (first, rest) = match proof.split_first() {
        None => return Err(ProofError::TooShort),
        Some(_) if old_size.is_power_of_two() => (*old_root, proof),
        Some((first, rest)) => (*first, rest),
    };
    let (old_computed, new_computed) = consistency_roots(old_size, new_size, first, rest)?;
    if new_computed != *new_root {
        return Err(ProofError::NewRootMismatch { computed: new_computed });
    }
    if old_computed != *old_root {
        return Err(ProofError::OldRootMismatch { computed: old_computed });
    }
    Ok(())
}

fn verify_trivial_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::TooLong);
    }
    if old_size == 0 && *old_root != empty_root() {
        return Err(ProofError::OldRootMismatch { computed: empty_root() });
    }
    if old_size == new_size && old_root != new_root {
        return Err(ProofError::NewRootMismatch { computed: *old_root });
    }
    Ok(())
}

/// Gives the roots of the old and the new tree that a consistency path leads to; `0 < old_size < new_size`.
fn consistency_roots(
    old_size: u64,
    new_size: u64,
    first: Hash,
    rest: &[Hash],
) -> Result<(Hash, Hash), ProofError> {
    let mut old_number = old_size - 1;
    let mut new_number = new_size - 1;
    while old_number & 1 == 1 {
        old_number >>= 1;
        new_number >>= 1;
    }
    let mut old_computed = first;
    let mut new_computed = first;
    for hash in rest {
        if new_number == 0 {
            return Err(ProofError::TooLong);
        }
        if old_number & 1 == 1 || old_number == new_number {
            old_computed = node_hash(hash, &old_computed);
            new_computed = node_hash(hash, &new_computed);
            skip_right_edge(&mut old_number, &mut new_number);
        } else {
            new_computed = node_hash(&new_computed, hash);
        }
        old_number >>= 1;
        new_number >>= 1;
    }
    if new_number != 0 {
        return Err(ProofError::TooShort);
    }
    Ok((old_computed, new_computed))
}

/// Climbs past the levels on which a node at the right edge has no sibling.
fn skip_right_edge(number: &mut u64, last_number: &mut u64) {
    while *number & 1 == 0 && *number != 0 {
        *number >>= 1;
        *last_number >>= 1;
    }
}

fn check_caps(size: u64, proof: &[Hash]) -> Result<(), ProofError> {
    if size > MAX_TREE_SIZE {
        return Err(ProofError::SizeTooLarge { size });
    }
    if proof.len() > MAX_PROOF_HASHES {
        return Err(ProofError::TooManyHashes { count: proof.len() });
    }
    Ok(())
}
