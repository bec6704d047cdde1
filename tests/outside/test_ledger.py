"""Proofs of the ledger are RFC 9162 proofs: an outside implementation computes and verifies the same.

The oracle is scitt_cose.merkle, which shares no code with Barid. Checkpoints and countersignatures (C2SP tlog-checkpoint,
tlog-witness, tlog-cosignature) are read here by the letter of their texts, and verified with `cryptography`.
"""

import base64
import hashlib
import json
import re

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
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


class Key:
    """A verifier key of C2SP signed-note: name, hexadecimal id, type and public key."""

    def __init__(self, text, signature_type):
        self.name, key_id, material = text.split("+", 2)
        raw = base64.b64decode(material, validate=True)
        assert raw[0] == signature_type and len(raw) == 33, text
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        assert key_id == self.id.hex(), text
        self.public = Ed25519PublicKey.from_public_bytes(raw[1:])

    def signature(self, line):
        """What stands behind the id in a signature line of this key."""
        dash, name, blob = line.split(" ")
        raw = base64.b64decode(blob, validate=True)
        assert dash == "\u2014" and name == self.name and raw[:4] == self.id, line
        return raw[4:]


def read_request(body):
    """The old size, the hashes of the proof, and the checkpoint's text and signature lines."""
    head, _, rest = body.partition("\n\n")
    old, *proof = head.split("\n")
    match = re.fullmatch("old (0|[1-9][0-9]*)", old)
    text, _, signatures = rest.rpartition("\n\n")
    assert signatures.endswith("\n")
    hashes = [base64.b64decode(line, validate=True).hex() for line in proof]
    return int(match[1]), hashes, text + "\n", signatures[:-1].split("\n")


def test_checkpoints_are_signed_as_c2sp_has_it(ledger):
    for vector in ledger["countersigning"]:
        key = Key(vector["ledger_key"], 1)
        old, proof, text, (signature,) = read_request(vector["request"])
        origin, size, root = text.removesuffix("\n").split("\n")
        assert origin == key.name and size == str(vector["tree_size"])
        assert base64.b64decode(root, validate=True).hex() == vector["root_hex"]
        key.public.verify(key.signature(signature), text.encode())
        assert old == vector["old_size"]
        if old:
            roots = vector["old_root_hex"], vector["root_hex"]
            assert merkle.verify_consistency(*roots, old, vector["tree_size"], proof), vector
        else:
            assert proof == []
    assert len(ledger["countersigning"]) == 4


def test_countersignatures_are_those_of_c2sp(ledger):
    for vector in ledger["countersigning"]:
        key = Key(vector["countersigner_key"], 4)
        text = read_request(vector["request"])[2]
        assert vector["answer"].endswith("\n") and vector["answer"].count("\n") == 1
        raw = key.signature(vector["answer"][:-1])
        time, signature = int.from_bytes(raw[:8]), raw[8:]
        assert time == vector["time"] and len(signature) == 64
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        key.public.verify(signature, message)
        for other in [text.encode(), message.replace(b"time ", b"time 1"), message[:-1]]:
            with pytest.raises(InvalidSignature):
                key.public.verify(signature, other)
