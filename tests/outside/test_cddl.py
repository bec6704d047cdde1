"""Every entry the program makes is what docs/wire says, in the eyes of a CDDL tool by someone else (zcbor).

All files of docs/wire are read as one description. The rule for a whole entry is `entry`, the rule for the payload
of `application/vnd.barid.<type>.v1+cbor` is `<type>-payload`.
"""

import json

import cbor2
import pytest
from zcbor.zcbor import zcbor

from conftest import ROOT

NO_LIMIT = 0xFFFF_FFFF


@pytest.fixture(scope="module")
def rules():
    """The rules of docs/wire by name."""
    files = sorted((ROOT / "docs/wire").glob("*.cddl"))
    assert files, "docs/wire holds no CDDL"
    text = "\n".join([zcbor.PRELUDE_PATH.read_text(), *(path.read_text() for path in files)])
    return zcbor.DataTranslator.from_cddl(cddl_string=text, default_max_qty=NO_LIMIT).my_types


def conforms(rule, data):
    """Whether bytes are exactly one item that a rule allows."""
    try:
        if cbor2.dumps(cbor2.loads(data)) != data:
            return False
        return rule.validate_str(data)
    except (zcbor.CddlValidationError, cbor2.CBORDecodeError, ValueError, TypeError, UnicodeError):
        return False


def payload_rule(rules, fixture):
    name = f"{fixture.type_name}-payload"
    assert name in rules, f"docs/wire has no rule {name}"
    return rules[name]


def test_every_entry_and_payload_conforms(entries, rules):
    for fixture in entries:
        rules["entry"].validate_str(fixture.entry)
        payload_rule(rules, fixture).validate_str(fixture.payload)


def test_every_receipt_conforms_and_no_entry_is_one(vectors, entries, rules):
    receipts = json.loads((vectors / "receipts.json").read_text())["receipts"]
    assert len(receipts) == len(entries)
    for receipt in receipts:
        rules["receipt"].validate_str(bytes.fromhex(receipt["receipt_hex"]))
    for fixture in entries:
        assert not conforms(rules["receipt"], fixture.entry), fixture.name


def test_every_kind_of_content_in_the_description_has_an_entry(entries, rules):
    described = {name.removesuffix("-payload") for name in rules if name.endswith("-payload")}
    assert described == {fixture.type_name for fixture in entries}


def test_truncated_payloads_do_not_conform(entries, rules):
    for fixture in entries:
        rule = payload_rule(rules, fixture)
        for length in range(0, len(fixture.payload), 7):
            assert not conforms(rule, fixture.payload[:length]), f"{fixture.name} cut to {length} bytes"


def test_payloads_without_their_random_bytes_or_with_short_ones_do_not_conform(entries, rules):
    """Every payload carries 32 random bytes, so that a leaf hash cannot be guessed."""
    for fixture in entries:
        rule = payload_rule(rules, fixture)
        payload = cbor2.loads(fixture.payload)
        salted = [key for key, value in payload.items() if isinstance(value, bytes) and len(value) == 32]
        assert salted, f"{fixture.name} has no 32 bytes at its top level"
        short = [payload | {key: payload[key][:31]} for key in salted]
        missing = [{k: v for k, v in payload.items() if k != key} for key in salted]
        assert any(not conforms(rule, cbor2.dumps(changed)) for changed in short), fixture.name
        assert any(not conforms(rule, cbor2.dumps(changed)) for changed in missing), fixture.name


def test_payloads_of_another_shape_do_not_conform(entries, rules):
    for fixture in entries:
        rule = payload_rule(rules, fixture)
        payload = cbor2.loads(fixture.payload)
        others = [[], {}, None, "text", 7, [payload], {str(key): value for key, value in payload.items()}]
        for other in others:
            assert not conforms(rule, cbor2.dumps(other)), f"{fixture.name} as {type(other).__name__}"


def test_most_fields_are_of_one_type(entries, rules):
    """A field with a value of a type that nothing uses there does not conform."""
    for fixture in entries:
        rule = payload_rule(rules, fixture)
        payload = cbor2.loads(fixture.payload)
        refused = [key for key in payload if not conforms(rule, cbor2.dumps(payload | {key: 1.5}))]
        # Optional fields may fall through to "unknown fields are kept"; the mandatory ones may not.
        assert refused, f"{fixture.name}: any value goes anywhere"


@pytest.mark.parametrize(
    "what",
    ["a short signature", "a detached payload", "an unprotected header", "a key id too short", "five parts", "tag 17"],
)
def test_spoilt_entries_do_not_conform(entries, rules, what):
    for fixture in (fixture for fixture in entries if not fixture.has_several_signers):
        message = cbor2.loads(fixture.entry)
        protected = cbor2.loads(message.value[0])
        if what == "a short signature":
            message.value[3] = message.value[3][:-1]
        elif what == "a detached payload":
            message.value[2] = None
        elif what == "an unprotected header":
            message.value[1] = {4: b"x"}
        elif what == "a key id too short":
            message.value[0] = cbor2.dumps(protected | {4: protected[4][:-1]})
        elif what == "five parts":
            message.value.append(0)
        elif what == "tag 17":
            message = cbor2.CBORTag(17, message.value)
        assert not conforms(rules["entry"], cbor2.dumps(message)), fixture.name
