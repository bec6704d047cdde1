//! Roots and proofs of the ledger for outside implementations, checked in and held against `barid_ledger`.

use barid_ledger::{ChainHash, Hash, MerkleTree, leaf_hash, verify_consistency, verify_inclusion};
use serde_json::{Value, json};

use crate::fixtures::{hex, keep};

const SIZES: u64 = 20;

fn leaf(index: u64) -> Vec<u8> {
    // Leaf 0 is empty; the others grow, so that no length is special.
    (0..index).map(|i| (i * 37 + index) as u8).collect()
}

fn hashes(path: &[Hash]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

fn vectors() -> Value {
    let leaves: Vec<Vec<u8>> = (0..SIZES).map(leaf).collect();
    let tree = MerkleTree::from_leaves(leaves.iter().map(|leaf| leaf_hash(leaf))).unwrap();
    let root = |size| tree.root_at(size).unwrap();
    let roots: Vec<Value> =
        (1..=SIZES).map(|size| json!({"tree_size": size, "root_hex": root(size).to_string()})).collect();
    let mut inclusion = Vec::new();
    let mut consistency = Vec::new();
    for size in 1..=SIZES {
        for index in 0..size {
            let path = tree.inclusion_proof(index, size).unwrap();
            assert!(verify_inclusion(&tree.leaf(index).unwrap(), index, size, &path, &root(size)).is_ok());
            inclusion.push(json!({"index": index, "tree_size": size, "path_hex": hashes(&path),
                "root_hex": root(size).to_string()}));
        }
        for first in 1..=size {
            let path = tree.consistency_proof(first, size).unwrap();
            assert!(verify_consistency(first, &root(first), size, &root(size), &path).is_ok());
            consistency.push(json!({"first_size": first, "second_size": size, "path_hex": hashes(&path),
                "first_root_hex": root(first).to_string(), "second_root_hex": root(size).to_string()}));
        }
    }
    let mut chain = ChainHash::START;
    let chained: Vec<String> = leaves
        .iter()
        .map(|leaf| {
            chain = chain.next(&leaf_hash(leaf));
            hex(chain.as_bytes())
        })
        .collect();
    json!({
        "note": "leaves_hex are the leaf inputs; their leaf hashes, roots and proofs are those of RFC 9162 section 2.1",
        "leaves_hex": leaves.iter().map(|leaf| hex(leaf)).collect::<Vec<_>>(),
        "leaf_hashes_hex": leaves.iter().map(|leaf| leaf_hash(leaf).to_string()).collect::<Vec<_>>(),
        "chain_hex": chained,
        "roots": roots,
        "inclusion": inclusion,
        "consistency": consistency,
    })
}

#[test]
fn the_ledgers_roots_and_proofs_are_the_recorded_ones() {
    keep("ledger_vectors.json", &format!("{}\n", serde_json::to_string_pretty(&vectors()).unwrap()));
}
