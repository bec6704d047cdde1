"""Proofs of the ledger are RFC 9162 proofs: an outside implementation computes and verifies the same.

The oracle is scitt_cose.merkle, which shares no code with Barid.
"""

import json

import pytest
from scitt_cose import merkle


@pytest.fixture(scope="module")
def ledger(vectors):
    return json.loads((vectors / "ledger.json").read_text())


def test_there_is_enough_to_compare(ledger):
    sizes = {proof["tree_size"] for proof in ledger["inclusion"]}
    assert {1, 2, 3} <= sizes
    assert any(size & (size - 1) for size in sizes if size > 4), "no size between powers of two"
    assert len(ledger["inclusion"]) >= 20 and len(ledger["consistency"]) >= 20


def test_roots_agree(ledger):
    leaves = ledger["leaves_hex"]
    for root in ledger["roots"]:
        assert merkle.merkle_root(leaves[: root["tree_size"]]) == root["root_hex"], root


def test_inclusion_proofs_agree(ledger):
    leaves = ledger["leaves_hex"]
    for proof in ledger["inclusion"]:
        index, size, path = proof["index"], proof["tree_size"], proof["path_hex"]
        assert path == merkle.inclusion_proof(leaves[:size], index), proof
        assert merkle.verify_inclusion(leaves[index], index, size, path, proof["root_hex"]), proof


def test_inclusion_proofs_prove_nothing_else(ledger):
    leaves = ledger["leaves_hex"]
    for proof in ledger["inclusion"]:
        index, size, path, root = proof["index"], proof["tree_size"], proof["path_hex"], proof["root_hex"]
        other = leaves[index] + "00"
        assert not merkle.verify_inclusion(other, index, size, path, root)
        if size > 1:
            assert not merkle.verify_inclusion(leaves[index], (index + 1) % size, size, path, root)


def test_consistency_proofs_agree(ledger):
    leaves = ledger["leaves_hex"]
    for proof in ledger["consistency"]:
        first, second, path = proof["first_size"], proof["second_size"], proof["path_hex"]
        assert path == merkle.consistency_proof(leaves, first, second), proof
        roots = proof["first_root_hex"], proof["second_root_hex"]
        assert merkle.verify_consistency(*roots, first, second, path), proof
        if 0 < first < second:
            assert not merkle.verify_consistency(roots[1], roots[1], first, second, path), "a rewritten past"
