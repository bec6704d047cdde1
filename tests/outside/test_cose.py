"""Entries are COSE as others understand it (RFC 9052, RFC 9596, RFC 9597, RFC 9679).

Three implementations that share no code with Barid or each other verify what Barid signed, and sign what Barid
has to accept: pycose, cwt and scitt-cose.
"""

import hashlib
import json

import cbor2
import cwt
import pytest
import scitt_cose
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pycose import algorithms, headers
from pycose.keys import EC2Key, OKPKey
from pycose.messages import CoseMessage, Sign1Message, SignMessage
from pycose.messages.signer import CoseSignature

from conftest import run

ENTRY_TYP = "application/vnd.barid.entry.v1+cose"
ALGORITHM, CONTENT_TYPE, KEY_ID, CLAIMS, TYP = 1, 3, 4, 15, 16
EDDSA, ES256 = -8, -7
# An uncompressed point of P-256; a key of Ed25519 is 32 bytes long.
P256_BYTES = 65
ISSUER, SUBJECT, ISSUED_AT = 1, 2, 6

# What each implementation raises for bytes that are no entry or a signature that does not hold.
REFUSALS = (scitt_cose.CoseError, cwt.VerifyError, cwt.DecodeError, InvalidSignature, ValueError, TypeError)


def is_p256(public_key):
    return len(public_key) == P256_BYTES


def cose_key(public_key):
    """What a COSE_Key must say of a public key (RFC 9053 7.1 and 7.2), in deterministic order."""
    if is_p256(public_key):
        return {1: 2, -1: 1, -2: public_key[1:33], -3: public_key[33:]}
    return {1: 1, -1: 6, -2: public_key}


def key_id(public_key):
    """The SHA-256 thumbprint of the COSE_Key (RFC 9679)."""
    return hashlib.sha256(cbor2.dumps(cose_key(public_key))).digest()


def algorithm_of(public_key):
    return ES256 if is_p256(public_key) else EDDSA


def raw(public_key):
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return public_key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    return public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def new_key_like(public_key):
    """The public half of another key of the same algorithm."""
    new = ec.generate_private_key(ec.SECP256R1()) if is_p256(public_key) else Ed25519PrivateKey.generate()
    return raw(new.public_key())


def pycose_key(public_key, private=None):
    if is_p256(public_key):
        return EC2Key(crv="P_256", x=public_key[1:33], y=public_key[33:], d=private or b"")
    return OKPKey(crv="ED25519", x=public_key, d=private or b"")


def pem(public_key):
    if is_p256(public_key):
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    else:
        key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_bytes(key):
    return key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# --- verifying with each implementation; returns the payload or raises -----------------------------------


def pycose_verifies(entry, public_keys):
    message = CoseMessage.decode(entry)
    if isinstance(message, SignMessage):
        parts = message.signers
        assert len(parts) == len(public_keys)
    else:
        parts = [message]
    for part, public_key in zip(parts, public_keys):
        part.key = pycose_key(public_key)
        if not part.verify_signature():
            raise InvalidSignature
    return message.payload


def cwt_verifies(entry, public_keys):
    # One signature that holds is enough for this library, so each key is tried alone.
    for public_key in public_keys:
        key = cwt.COSEKey.new(cose_key(public_key) | {3: algorithm_of(public_key), 2: key_id(public_key)})
        payload = cwt.COSE.new(verify_kid=True).decode(entry, key)
    return payload


def scitt_cose_verifies(entry, public_keys):
    (public_key,) = public_keys
    return scitt_cose.verify_sign1(entry, public_key_pem=pem(public_key)).payload


FOR_ONE_SIGNER = [pycose_verifies, cwt_verifies, scitt_cose_verifies]
FOR_SEVERAL_SIGNERS = [pycose_verifies, cwt_verifies]


def implementations_for(fixture):
    return FOR_SEVERAL_SIGNERS if fixture.has_several_signers else FOR_ONE_SIGNER


# --- what Barid signed ---------------------------------------------------------------------------------


def test_others_verify_every_entry(entries):
    for fixture in entries:
        for verifies in implementations_for(fixture):
            payload = verifies(fixture.entry, fixture.public_keys)
            assert payload == fixture.payload, f"{fixture.name} with {verifies.__name__}"


def test_others_refuse_every_entry_under_another_key(entries):
    for fixture in entries:
        others = tuple(new_key_like(public_key) for public_key in fixture.public_keys)
        for verifies in implementations_for(fixture):
            with pytest.raises(REFUSALS):
                verifies(fixture.entry, others)


def test_others_refuse_every_entry_with_another_payload(entries):
    for fixture in entries:
        message = cbor2.loads(fixture.entry)
        message.value[2] = fixture.payload[:-1] + bytes([fixture.payload[-1] ^ 1])
        changed = cbor2.dumps(message)
        for verifies in implementations_for(fixture):
            with pytest.raises(REFUSALS):
                verifies(changed, fixture.public_keys)


def test_headers_say_what_the_wire_format_promises(entries):
    for fixture in entries:
        message = cbor2.loads(fixture.entry)
        assert message.tag == (98 if fixture.has_several_signers else 18), fixture.name
        protected = cbor2.loads(message.value[0])
        assert message.value[1] == {}, "nothing stands unprotected"
        assert protected[CONTENT_TYPE] == fixture.content_type
        assert protected[TYP] == ENTRY_TYP
        assert set(protected[CLAIMS]) == {ISSUER, SUBJECT, ISSUED_AT}
        assert isinstance(protected[CLAIMS][ISSUER], str) and isinstance(protected[CLAIMS][SUBJECT], str)
        assert isinstance(protected[CLAIMS][ISSUED_AT], int)
        if fixture.has_several_signers:
            signing = [cbor2.loads(part) for part, _, _ in message.value[3]]
            assert set(protected) == {CONTENT_TYPE, CLAIMS, TYP}
        else:
            signing = [protected]
            assert set(protected) == {ALGORITHM, CONTENT_TYPE, KEY_ID, CLAIMS, TYP}
        for header, public_key in zip(signing, fixture.public_keys, strict=True):
            assert header[ALGORITHM] == algorithm_of(public_key)
            assert header[KEY_ID] == key_id(public_key), fixture.name


def test_bytes_are_deterministic_cbor(entries):
    """RFC 8949 4.2.1: writing what was read gives the same bytes, at every level."""
    for fixture in entries:
        message = cbor2.loads(fixture.entry)
        assert cbor2.dumps(message) == fixture.entry, fixture.name
        for part in (message.value[0], fixture.payload):
            value = cbor2.loads(part)
            assert cbor2.dumps(value) == part, f"{fixture.name}: lengths and integers are shortest"
            assert keys_ascend(value), f"{fixture.name}: map keys are not in bytewise order"


def keys_ascend(value):
    if isinstance(value, list):
        return all(map(keys_ascend, value))
    if not isinstance(value, dict):
        return True
    encoded = [cbor2.dumps(key) for key in value]
    return encoded == sorted(set(encoded)) and all(map(keys_ascend, value.values()))


# --- what others signed --------------------------------------------------------------------------------


def headers_like(fixture, **changes):
    """The protected header of an entry by someone else, in deterministic order, without the key."""
    claims = cbor2.loads(cbor2.loads(fixture.entry).value[0])[CLAIMS]
    header = {CONTENT_TYPE: fixture.content_type, CLAIMS: claims, TYP: ENTRY_TYP}
    return header | changes


def pycose_signs(fixture, keys):
    def key_of(key):
        return OKPKey(crv="ED25519", x=raw(key.public_key()), d=private_bytes(key))

    if len(keys) == 1:
        body = {
            headers.Algorithm: algorithms.EdDSA,
            headers.ContentType: fixture.content_type,
            headers.KID: key_id(raw(keys[0].public_key())),
            CLAIMS: headers_like(fixture)[CLAIMS],
            TYP: ENTRY_TYP,
        }
        return Sign1Message(phdr=body, uhdr={}, payload=fixture.payload, key=key_of(keys[0])).encode()
    signers = []
    for key in keys:
        signing = {headers.Algorithm: algorithms.EdDSA, headers.KID: key_id(raw(key.public_key()))}
        signers.append(CoseSignature(phdr=signing, uhdr={}, key=key_of(key)))
    body = {headers.ContentType if label == CONTENT_TYPE else label: v for label, v in headers_like(fixture).items()}
    return SignMessage(phdr=body, uhdr={}, payload=fixture.payload, signers=signers).encode()


def cwt_signs(fixture, keys):
    (key,) = keys
    public_key = raw(key.public_key())
    signing_key = cwt.COSEKey.new(
        {1: 1, -1: 6, -2: public_key, -4: private_bytes(key), 3: EDDSA, 2: key_id(public_key)}
    )
    header = dict(sorted(({ALGORITHM: EDDSA, KEY_ID: key_id(public_key)} | headers_like(fixture)).items()))
    return cwt.COSE.new().encode_and_sign(fixture.payload, signing_key, protected=header, unprotected={})


def scitt_cose_signs(fixture, keys):
    (key,) = keys
    header = {ALGORITHM: EDDSA, KEY_ID: key_id(raw(key.public_key()))} | headers_like(fixture)
    header = dict(sorted(header.items()))
    return scitt_cose.sign_sign1(fixture.payload, alg="EdDSA", private_key_pem=private_pem(key), protected=header)


@pytest.mark.parametrize("signs", [pycose_signs, cwt_signs, scitt_cose_signs], ids=lambda f: f.__name__)
def test_barid_accepts_what_others_sign(entries, barid_verifies, signs):
    for fixture in (fixture for fixture in entries if not fixture.has_several_signers):
        key = Ed25519PrivateKey.generate()
        entry = signs(fixture, [key])
        assert barid_verifies(entry, [raw(key.public_key())]), fixture.name
        another = raw(Ed25519PrivateKey.generate().public_key())
        assert not barid_verifies(entry, [another]), f"{fixture.name} under another key"


def test_barid_accepts_what_several_others_sign(entries, barid_verifies):
    for fixture in (fixture for fixture in entries if fixture.has_several_signers):
        keys = [Ed25519PrivateKey.generate() for _ in fixture.public_keys]
        public_keys = [raw(key.public_key()) for key in keys]
        entry = pycose_signs(fixture, keys)
        assert barid_verifies(entry, public_keys), fixture.name
        another = raw(Ed25519PrivateKey.generate().public_key())
        assert not barid_verifies(entry, [*public_keys[:-1], another]), "one signature of several does not hold"


ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_s(signature, lower):
    """The one of the two forms of an ECDSA signature whose `s` is the lower, or the higher: an entry has one form alone."""
    s = int.from_bytes(signature[32:], "big")
    if (s <= ORDER_OF_P256 // 2) != lower:
        s = ORDER_OF_P256 - s
    return signature[:32] + s.to_bytes(32, "big")


def entry_with_s(entry, lower):
    """The last signature of an entry brought into one form."""
    message = cbor2.loads(entry)
    signed = message.value[3]
    if isinstance(signed, bytes):
        message.value[3] = with_s(signed, lower)
    else:
        signed[-1][2] = with_s(signed[-1][2], lower)
    return cbor2.dumps(message)


def test_barid_accepts_what_others_sign_with_the_second_algorithm(entries, barid_verifies):
    """One signature of P-256, and one beside one of Ed25519, both made by pycose."""
    fixture = next(fixture for fixture in entries if fixture.name == "person-p256")
    p256, ed25519 = ec.generate_private_key(ec.SECP256R1()), Ed25519PrivateKey.generate()
    secret = p256.private_numbers().private_value.to_bytes(32, "big")
    public, other = raw(p256.public_key()), raw(ed25519.public_key())
    key = pycose_key(public, secret)
    alone = headers_like(fixture)
    body = {
        headers.Algorithm: algorithms.Es256,
        headers.ContentType: fixture.content_type,
        headers.KID: key_id(public),
        CLAIMS: alone[CLAIMS],
        TYP: ENTRY_TYP,
    }
    entry = Sign1Message(phdr=body, uhdr={}, payload=fixture.payload, key=key).encode()
    assert barid_verifies(entry_with_s(entry, lower=True), [public])
    assert not barid_verifies(entry_with_s(entry, lower=False), [public]), "the other form of the same signature"
    assert not barid_verifies(entry_with_s(entry, lower=True), [new_key_like(public)])
    signers = [
        CoseSignature(phdr={headers.Algorithm: algorithms.EdDSA, headers.KID: key_id(other)}, uhdr={},
                      key=pycose_key(other, private_bytes(ed25519))),
        CoseSignature(phdr={headers.Algorithm: algorithms.Es256, headers.KID: key_id(public)}, uhdr={}, key=key),
    ]
    body = {headers.ContentType if label == CONTENT_TYPE else label: v for label, v in alone.items()}
    entry = SignMessage(phdr=body, uhdr={}, payload=fixture.payload, signers=signers).encode()
    entry = entry_with_s(entry, lower=True)
    assert barid_verifies(entry, [other, public])
    assert not barid_verifies(entry, [other, new_key_like(public)]), "one signature of two does not hold"


def test_barid_accepts_its_own(entries, barid_verifies):
    for fixture in entries:
        assert barid_verifies(fixture.entry, fixture.public_keys), fixture.name


# --- what is signed well and still no entry ------------------------------------------------------------


def signed_by_hand(key, header, payload, *, unprotected=None, protected_bytes=None, tag=18):
    """A COSE_Sign1 with a signature that holds, whatever else is wrong with it."""
    protected = cbor2.dumps(header) if protected_bytes is None else protected_bytes
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected or {}, payload, signature]))


def hostile_entries(fixture, key):
    good = {ALGORITHM: EDDSA, KEY_ID: key_id(raw(key.public_key()))} | headers_like(fixture)
    good = dict(sorted(good.items()))
    payload = fixture.payload
    well = signed_by_hand(key, good, payload)
    yield "a byte behind the end", well + b"\0"
    yield "a byte missing", well[:-1]
    yield "no tag", cbor2.dumps(cbor2.loads(well).value)
    yield "another tag", signed_by_hand(key, good, payload, tag=17)
    yield "another algorithm", signed_by_hand(key, good | {ALGORITHM: -7}, payload)
    yield "another key id", signed_by_hand(key, good | {KEY_ID: bytes(32)}, payload)
    yield "an unprotected header", signed_by_hand(key, good, payload, unprotected={KEY_ID: b"x"})
    yield "an unknown header", signed_by_hand(key, good | {99: 1}, payload)
    yield "a critical header", signed_by_hand(key, {ALGORITHM: EDDSA, 2: [99]} | good | {99: 1}, payload)
    yield "another typ", signed_by_hand(key, good | {TYP: "application/vnd.barid.checkpoint.v1"}, payload)
    yield "an unknown content type", signed_by_hand(key, good | {CONTENT_TYPE: "text/plain"}, payload)
    yield "a numeric content type", signed_by_hand(key, good | {CONTENT_TYPE: 60}, payload)
    yield "no claims", signed_by_hand(key, {k: v for k, v in good.items() if k != CLAIMS}, payload)
    yield "no issuer", signed_by_hand(key, good | {CLAIMS: {SUBJECT: "record:x", ISSUED_AT: 1}}, payload)
    yield "headers out of order", signed_by_hand(key, dict(reversed(good.items())), payload)
    twice = b"\xa6" + cbor2.dumps(good)[1:] + cbor2.dumps(TYP) + cbor2.dumps(ENTRY_TYP)
    yield "a header twice", signed_by_hand(key, good, payload, protected_bytes=twice)
    long_length = b"\xb8\x05" + cbor2.dumps(good)[1:]
    yield "a length longer than needed", signed_by_hand(key, good, payload, protected_bytes=long_length)
    yield "a payload that is no CBOR", signed_by_hand(key, good, b"\xff")
    yield "a payload with a byte behind its end", signed_by_hand(key, good, payload + b"\0")
    yield "no bytes at all", b""


def test_barid_refuses_hostile_entries_that_are_signed_well(entries, barid_verifies):
    fixture = next(fixture for fixture in entries if not fixture.has_several_signers)
    key = Ed25519PrivateKey.generate()
    public_keys = [raw(key.public_key())]
    header = dict(sorted(({ALGORITHM: EDDSA, KEY_ID: key_id(public_keys[0])} | headers_like(fixture)).items()))
    assert barid_verifies(signed_by_hand(key, header, fixture.payload), public_keys), "the unspoilt one holds"
    accepted = [what for what, entry in hostile_entries(fixture, key) if barid_verifies(entry, public_keys)]
    assert not accepted


# --- receipts (RFC 9942) -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def receipts(vectors):
    document = json.loads((vectors / "receipts.json").read_text())
    assert len(document["receipts"]) > 10
    return bytes.fromhex(document["public_key_hex"]), document["receipts"]


def others_verify(receipt, leaf_hex, public_key):
    return scitt_cose.verify_receipt(receipt, leaf_entry_hex=leaf_hex, log_public_key_pem=pem(public_key))


def test_scitt_cose_verifies_every_receipt(receipts):
    public_key, found = receipts
    for one in found:
        result = others_verify(bytes.fromhex(one["receipt_hex"]), one["leaf_hex"], public_key)
        assert result.ok, result.errors
        told = (result.root, result.tree_size, result.leaf_index, result.issuer, result.subject, result.iat)
        expected = ("root_hex", "tree_size", "leaf_index", "stream", "subject", "issued_at")
        assert told == tuple(one[name] for name in expected)


def test_pycose_verifies_the_signature_over_the_root(receipts):
    public_key, found = receipts
    for one in found:
        message = CoseMessage.decode(bytes.fromhex(one["receipt_hex"]))
        message.key = OKPKey(crv="ED25519", x=public_key)
        assert message.verify_signature(detached_payload=bytes.fromhex(one["root_hex"]))


def test_a_receipt_of_another_entry_or_key_is_refused_by_both(receipts, barid_verifies_receipt):
    public_key, found = receipts
    another = raw(Ed25519PrivateKey.generate().public_key())
    for one, other in zip(found, found[1:] + found[:1]):
        receipt, entry = bytes.fromhex(one["receipt_hex"]), bytes.fromhex(one["entry_hex"])
        assert barid_verifies_receipt(receipt, entry, public_key)
        assert not barid_verifies_receipt(receipt, entry, another)
        assert not barid_verifies_receipt(receipt, bytes.fromhex(other["entry_hex"]), public_key)
        assert not others_verify(receipt, one["leaf_hex"], another).ok
        assert not others_verify(receipt, other["leaf_hex"], public_key).ok


def test_an_altered_receipt_is_refused_by_both(receipts, barid_verifies_receipt):
    public_key, found = receipts
    receipt, entry = (bytes.fromhex(found[3][name]) for name in ("receipt_hex", "entry_hex"))
    for at in range(0, len(receipt), 11):
        altered = bytearray(receipt)
        altered[at] ^= 1
        assert not others_verify(bytes(altered), found[3]["leaf_hex"], public_key).ok, f"byte {at}"
        assert not barid_verifies_receipt(bytes(altered), entry, public_key), f"byte {at}"


@pytest.fixture
def barid_verifies_receipt(tmp_path):
    """A function: does `barid verify` accept this receipt for this entry under this key of a ledger?"""

    def verifies(receipt, entry, public_key):
        (tmp_path / "entry.cose").write_bytes(entry)
        (tmp_path / "receipt.cose").write_bytes(receipt)
        files = ["--entry", tmp_path / "entry.cose", "--receipt", tmp_path / "receipt.cose"]
        ended = run(["verify", *files, "--key", public_key.hex()])
        assert ended.returncode in (0, 1), f"exit code {ended.returncode}: {ended.stderr}"
        return ended.returncode == 0

    return verifies
