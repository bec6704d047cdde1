//! Every proof of every tree up to 130 leaves, against its own verifier, damaged, and against another implementation.

use barid_ledger::{
    Frontier, Hash, MAX_PROOF_HASHES, MAX_TREE_SIZE, ProofError, leaf_hash, verify_consistency,
    verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use crate::{leaf, tree};

const LEAVES: u64 = 130;

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

/// Every proof that differs from the given one by a flipped bit, a missing, spare or doubled hash.
fn damaged(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[proof, &[leaf_hash(b"spare")]].concat(), [&[leaf_hash(b"spare")], proof].concat()];
    for at in 0..proof.len() {
        let mut bit = proof.to_vec();
        bit[at] = flipped(&bit[at], (at * 37) % 256);
        let mut missing = proof.to_vec();
        missing.remove(at);
        let mut doubled = proof.to_vec();
        doubled.insert(at, proof[at]);
        all.extend([bit, missing, doubled]);
    }
    all
}

#[test]
fn frontier_and_tree_agree_on_every_size() {
    let whole = tree(0, LEAVES, LEAVES);
    let mut frontier = Frontier::new();
    for size in 0..=LEAVES {
        assert_eq!(frontier.root(), whole.root_at(size).unwrap());
        assert_eq!(frontier.size(), size);
        frontier.append(leaf(0, size)).unwrap();
    }
}

#[test]
fn every_inclusion_proof_holds_and_no_damaged_one() {
    let whole = tree(0, LEAVES, LEAVES);
    for size in 1..=LEAVES {
        let root = whole.root_at(size).unwrap();
        for index in 0..size {
            let proof = whole.inclusion_proof(index, size).unwrap();
            assert_eq!(verify_inclusion(&leaf(0, index), index, size, &proof, &root), Ok(()));
            if size % 13 == 0 || size < 20 {
                for bad in damaged(&proof) {
                    assert!(verify_inclusion(&leaf(0, index), index, size, &bad, &root).is_err());
                }
            }
            let longer = [proof.as_slice(), &[root]].concat();
            let too_long = verify_inclusion(&leaf(0, index), index, size, &longer, &root);
            assert_eq!(too_long, Err(ProofError::TooLong));
            if let Some((_, shorter)) = proof.split_last() {
                let too_short = verify_inclusion(&leaf(0, index), index, size, shorter, &root);
                assert_eq!(too_short, Err(ProofError::TooShort));
            }
            let other = (index + 1) % size;
            if other != index {
                assert!(verify_inclusion(&leaf(0, index), other, size, &proof, &root).is_err());
                assert!(verify_inclusion(&leaf(0, other), index, size, &proof, &root).is_err());
            }
            assert!(
                verify_inclusion(&leaf(0, index), index ^ (1 << (size % 8)), size, &proof, &root).is_err()
            );
            let last_bit = flipped(&root, 255);
            assert_eq!(
                verify_inclusion(&leaf(0, index), index, size, &proof, &last_bit),
                Err(ProofError::RootMismatch { computed: root })
            );
        }
    }
}

#[test]
fn an_inclusion_proof_holds_for_one_size_only() {
    let whole = tree(0, LEAVES, LEAVES);
    let roots: Vec<Hash> = (0..=LEAVES).map(|size| whole.root_at(size).unwrap()).collect();
    for size in 1..=40_u64 {
        for index in 0..size {
            let proof = whole.inclusion_proof(index, size).unwrap();
            for other in (0..=LEAVES).filter(|other| *other != size) {
                let root = &roots[other as usize];
                assert!(verify_inclusion(&leaf(0, index), index, other, &proof, root).is_err());
            }
        }
    }
}

#[test]
fn every_consistency_proof_holds_and_no_damaged_one() {
    let whole = tree(0, LEAVES, LEAVES);
    let roots: Vec<Hash> = (0..=LEAVES).map(|size| whole.root_at(size).unwrap()).collect();
    for new in 0..=LEAVES {
        let new_root = &roots[new as usize];
        for old in 0..=new {
            let old_root = &roots[old as usize];
            let proof = whole.consistency_proof(old, new).unwrap();
            assert_eq!(verify_consistency(old, old_root, new, new_root, &proof), Ok(()));
            if old == 0 || old == new {
                continue;
            }
            assert!(verify_consistency(old, &flipped(old_root, 7), new, new_root, &proof).is_err());
            assert!(verify_consistency(old, old_root, new, &flipped(new_root, 8), &proof).is_err());
            assert!(verify_consistency(old, new_root, new, old_root, &proof).is_err());
            let longer = [proof.as_slice(), &[*old_root]].concat();
            let too_long = verify_consistency(old, old_root, new, new_root, &longer);
            assert_eq!(too_long, Err(ProofError::TooLong));
            let too_short = verify_consistency(old, old_root, new, new_root, &proof[..proof.len() - 1]);
            assert_eq!(too_short, Err(ProofError::TooShort));
            let other = old - 1;
            assert!(verify_consistency(other, &roots[other as usize], new, new_root, &proof).is_err());
            if new % 13 == 0 || new < 20 {
                for bad in damaged(&proof) {
                    assert!(verify_consistency(old, old_root, new, new_root, &bad).is_err());
                }
            }
        }
    }
}

#[test]
fn a_proof_of_a_smaller_tree_does_not_pass_for_a_larger_one() {
    // Right hashes, right root, false size: only the length of the path tells.
    let whole = tree(0, 4, 4);
    let root = |size| whole.root_at(size).unwrap();
    let proof = whole.consistency_proof(1, 2).unwrap();
    assert_eq!(verify_consistency(1, &root(1), 3, &root(2), &proof), Err(ProofError::TooShort));
    let above = leaf_hash(b"above the root");
    let grown = |below: &Hash| barid_ledger::node_hash(&above, below);
    let proof = [whole.consistency_proof(3, 4).unwrap(), vec![above]].concat();
    let result = verify_consistency(3, &grown(&root(3)), 4, &grown(&root(4)), &proof);
    assert_eq!(result, Err(ProofError::TooLong));
}

#[test]
fn another_history_is_never_consistent() {
    let honest = tree(0, 64, 64);
    for fork_at in 0..64 {
        let forked = tree(1, fork_at, 64);
        for old in fork_at + 1..64 {
            let proof = forked.consistency_proof(old, 64).unwrap();
            let old_root = honest.root_at(old).unwrap();
            let error = verify_consistency(old, &old_root, 64, &forked.root(), &proof).unwrap_err();
            // A perfect old tree is left out of the proof, so the verifier can't tell which root is wrong.
            if old.is_power_of_two() {
                assert!(matches!(error, ProofError::NewRootMismatch { .. }));
            } else {
                assert_eq!(error, ProofError::OldRootMismatch { computed: forked.root_at(old).unwrap() });
            }
        }
    }
}

#[test]
fn another_implementation_builds_the_same_roots_and_proofs() {
    let ours = tree(0, LEAVES, LEAVES);
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=LEAVES {
        let number = size - 1;
        theirs.push(format!("{} 0 {number}", crate::NAMES[number as usize % 7]).into_bytes());
        let root = ours.root_at(size).unwrap();
        assert_eq!(theirs.root().as_bytes().as_slice(), root.as_bytes());
        for index in 0..size {
            let proof = ours.inclusion_proof(index, size).unwrap();
            assert_eq!(theirs.prove_inclusion(index as usize).as_bytes(), bytes(&proof));
        }
        for old in 1..size {
            let proof = ours.consistency_proof(old, size).unwrap();
            assert_eq!(theirs.prove_consistency((size - old) as usize).as_bytes(), bytes(&proof));
        }
    }
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[test]
fn proofs_at_the_caps_and_above() {
    let hash = leaf_hash(b"");
    let at_cap = vec![hash; MAX_PROOF_HASHES];
    let above = vec![hash; MAX_PROOF_HASHES + 1];
    let too_many = Err(ProofError::TooManyHashes { count: 65 });
    assert_eq!(verify_inclusion(&hash, 0, MAX_TREE_SIZE, &at_cap, &hash), Err(ProofError::TooLong));
    assert_eq!(verify_inclusion(&hash, 0, MAX_TREE_SIZE, &above, &hash), too_many);
    assert!(matches!(
        verify_consistency(MAX_TREE_SIZE - 1, &hash, MAX_TREE_SIZE, &hash, &at_cap),
        Err(ProofError::NewRootMismatch { .. } | ProofError::TooLong)
    ));
    assert_eq!(verify_consistency(1, &hash, MAX_TREE_SIZE, &hash, &above), too_many);
    let size = MAX_TREE_SIZE + 1;
    assert_eq!(verify_inclusion(&hash, 0, size, &[], &hash), Err(ProofError::SizeTooLarge { size }));
    assert_eq!(verify_consistency(1, &hash, size, &hash, &[]), Err(ProofError::SizeTooLarge { size }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn verifiers_take_any_numbers(index: u64, size: u64, old: u64, count in 0_usize..70) {
        let hash = leaf_hash(&index.to_be_bytes());
        let proof = vec![hash; count];
        prop_assert!(verify_inclusion(&hash, index, size, &proof, &hash).is_err() || (size == 1 && count == 0));
        let result = verify_consistency(old, &hash, size, &hash, &proof);
        prop_assert!(result.is_err() || old == size);
    }

    #[test]
    fn frontier_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::decode(&bytes) {
            prop_assert_eq!(frontier.encode(), bytes);
        }
    }
}
