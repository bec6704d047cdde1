//! Roots and proofs published with the Certificate Transparency code (transparency-dev/merkle, proof/verify_test.go).

use barid_ledger::{
    Frontier, Hash, MerkleTree, ProofError, empty_root, leaf_hash, verify_consistency, verify_inclusion,
};

const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// (index, size, proof)
const INCLUSION: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// (old size, new size, proof)
const CONSISTENCY: [(u64, u64, &[&str]); 5] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
];

fn published_tree() -> MerkleTree {
    MerkleTree::from_leaves(LEAVES.iter().map(|leaf| leaf_hash(leaf))).unwrap()
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|hash| hash.parse().unwrap()).collect()
}

fn root(size: u64) -> Hash {
    match size {
        0 => empty_root(),
        size => ROOTS[size as usize - 1].parse().unwrap(),
    }
}

#[test]
fn roots() {
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), root(0));
    for (at, leaf) in LEAVES.iter().enumerate() {
        frontier.append(leaf_hash(leaf)).unwrap();
        assert_eq!(frontier.root(), root(at as u64 + 1));
        assert_eq!(published_tree().root_at(at as u64 + 1), Ok(root(at as u64 + 1)));
    }
}

#[test]
fn inclusion_proofs() {
    for (index, size, proof) in INCLUSION {
        let proof = hashes(proof);
        assert_eq!(published_tree().inclusion_proof(index, size).unwrap(), proof, "{index} of {size}");
        let leaf = leaf_hash(LEAVES[index as usize]);
        assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root(size)), Ok(()));
    }
}

#[test]
fn consistency_proofs() {
    for (old, new, proof) in CONSISTENCY {
        let proof = hashes(proof);
        assert_eq!(published_tree().consistency_proof(old, new).unwrap(), proof, "{old} to {new}");
        assert_eq!(verify_consistency(old, &root(old), new, &root(new), &proof), Ok(()));
    }
}

#[test]
fn consistency_of_trivial_sizes() {
    let (one, two, junk) = (root(1), root(2), [root(3)]);
    let check = |old, old_root: &Hash, new, new_root: &Hash, proof: &[Hash]| {
        verify_consistency(old, old_root, new, new_root, proof).map_err(|error| error.code())
    };
    assert_eq!(check(0, &empty_root(), 0, &empty_root(), &[]), Ok(()));
    assert_eq!(check(0, &empty_root(), 2, &two, &[]), Ok(()));
    assert_eq!(check(0, &one, 2, &two, &[]), Err("proof-old-root-mismatch"));
    assert_eq!(check(0, &empty_root(), 0, &one, &[]), Err("proof-new-root-mismatch"));
    assert_eq!(check(0, &empty_root(), 2, &two, &junk), Err("proof-too-long"));
    assert_eq!(check(1, &one, 1, &two, &[]), Err("proof-new-root-mismatch"));
    assert_eq!(check(1, &one, 1, &one, &junk), Err("proof-too-long"));
    assert_eq!(check(2, &two, 1, &one, &[]), Err("proof-sizes-out-of-order"));
    assert_eq!(check(1, &one, 2, &two, &[]), Err("proof-too-short"));
}

#[test]
fn a_leaf_outside_the_tree() {
    let leaf = leaf_hash(b"");
    for (index, size) in [(0, 0), (1, 1), (2, 1), (u64::MAX, 8)] {
        assert_eq!(
            verify_inclusion(&leaf, index, size, &[], &leaf),
            Err(ProofError::IndexOutOfRange { index, size })
        );
    }
}
