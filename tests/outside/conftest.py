"""Where the program under test is, and the fixtures it writes about itself.

`cargo xtask test` builds `target/release/barid` before it runs these tests; `BARID` names another one.

`barid admin vectors --out DIR` writes, with keys made for the purpose:

- `DIR/entries/<name>.json`: `name`, `content_type`, `entry_hex`, `payload_hex`, and `public_key_hex` (one signer) or
  `public_keys_hex` (several, in the order of their signatures); keys are the 32 bytes of Ed25519, or the 65 of a
  point of P-256.
- `DIR/ledger.json`: `leaves_hex`; `roots` of `tree_size`, `root_hex`; `inclusion` of `index`, `tree_size`, `path_hex`,
  `root_hex`; `consistency` of `first_size`, `second_size`, `first_root_hex`, `second_root_hex`, `path_hex`; `countersigning` of
  `ledger_key`, `countersigner_key` (C2SP verifier keys), `old_size`, `old_root_hex`, `tree_size`, `root_hex`, `time`, `request`, `answer`.
- `DIR/receipts.json`: `public_key_hex`; `receipts` of `receipt_hex`, `entry_hex`, `leaf_hex` (its SHA-256), `subject`, `stream`,
  `issued_at`, `leaf_index`, `tree_size`, `root_hex`.
- `DIR/entities.ftm.json`: what an export in FollowTheMoney writes of samples, one entity a line.

`barid verify --entry FILE --key HEX...` ends with 0 if every signature holds under one of the keys, else with 1.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(arguments, **options):
    """Runs the program and returns how it ended; it gets no standard input."""
    program = os.environ.get("BARID", str(ROOT / "target/release/barid"))
    return subprocess.run(
        [program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


@dataclass(frozen=True)
class EntryFixture:
    """One signed entry as the program made it, and what is in it."""

    name: str
    content_type: str
    entry: bytes
    payload: bytes
    public_keys: tuple[bytes, ...]

    @property
    def has_several_signers(self):
        return len(self.public_keys) > 1

    @property
    def type_name(self):
        """`person` for `application/vnd.barid.person.v1+cbor`."""
        return self.content_type.removeprefix("application/vnd.barid.").removesuffix(".v1+cbor")


def read_entry(document):
    keys = document.get("public_keys_hex") or [document["public_key_hex"]]
    return EntryFixture(
        name=document["name"],
        content_type=document["content_type"],
        entry=bytes.fromhex(document["entry_hex"]),
        payload=bytes.fromhex(document["payload_hex"]),
        public_keys=tuple(bytes.fromhex(key) for key in keys),
    )


@pytest.fixture(scope="session")
def vectors(tmp_path_factory):
    """The folder `barid admin vectors` wrote."""
    folder = tmp_path_factory.mktemp("vectors")
    ended = run(["admin", "vectors", "--out", folder])
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="session")
def entries(vectors):
    """Every entry the program wrote, at least one of each shape."""
    found = [read_entry(json.loads(path.read_text())) for path in sorted((vectors / "entries").glob("*.json"))]
    assert any(entry.has_several_signers for entry in found), "no entry with several signers"
    assert any(not entry.has_several_signers for entry in found), "no entry with one signer"
    return found


@pytest.fixture
def barid_verifies(tmp_path):
    """A function: does `barid verify` accept these bytes under these keys? Any exit code but 0 and 1 fails."""

    def verifies(entry, public_keys):
        path = tmp_path / "entry.cose"
        path.write_bytes(entry)
        keys = [word for key in public_keys for word in ("--key", key.hex())]
        ended = run(["verify", "--entry", path, *keys])
        assert ended.returncode in (0, 1), f"exit code {ended.returncode}: {ended.stderr}"
        return ended.returncode == 0

    return verifies
