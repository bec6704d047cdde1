"""Hooks for schemathesis: most generated path parameters become values that exist.

A random id is always unknown, and an operation that only ever answers "unknown" is not tested. One in eight
generated values stays, and so does everything that is not even a well-formed value.
"""

import json
import os
import re
import struct
import uuid
import zlib
from pathlib import Path

import jsonschema_rs
import schemathesis
from hypothesis import strategies

COMPONENTS = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())["components"]
# As the description has them, of whatever is submitted.
IMAGES = jsonschema_rs.Draft202012Validator(
    COMPONENTS["schemas"]["PersonSubmission"]["properties"]["images"] | {"components": COMPONENTS}, validate_formats=True
)
EXISTING = json.loads(os.environ["BARID_PATH_PARAMETERS"])


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return {name: existing(name, value) for name, value in (path_parameters or {}).items()}


def png(colour):
    """A picture of one pixel. No bytes drawn at random are one; its type is told by its bytes, whatever the header says."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0" + bytes(colour))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


# A few pictures, not many: an organisation may have 500 that wait.
PICTURES = strategies.integers(0, 99).map(lambda red: png((red, 30, 40)))
for media_type in ("image/png", "image/jpeg", "image/webp"):
    schemathesis.openapi.media_type(media_type, PICTURES)


@schemathesis.hook
def map_body(context, body):
    """A record with a picture that nobody handed in is refused, and rightly so: one in eight stays. So it is with an audience of
    organisations that are none of the association, and with a review further off than this kind of record may have."""
    body = without_far_noncharacters(body)
    if context.operation.path == "/v1/reviews/decide":
        body = with_one_decision_about_each(body)
    if isinstance(body, dict):
        body = with_known_organisations(body)
        if isinstance(body.get("terms"), dict):
            body = body | {"terms": within_the_shortest_clock(with_known_organisations(body["terms"]))}
    if isinstance(body, dict) and is_code(body.get("organisation")):
        body = body | {"organisation": audited(body["organisation"])}
    if isinstance(body, dict) and body.get("images") and are_allowed_images(body["images"]) and zlib.crc32(json.dumps(body["images"]).encode()) % 8:
        return {name: value for name, value in body.items() if name != "images"}
    # What is forbidden is drawn as other types, and stays.
    if isinstance(body, dict) and hasattr(body.get("table"), "data"):
        return with_a_list(body)
    return body


def are_allowed_images(images):
    """Whether pictures are what the description allows: what is forbidden of them stays, or nothing of the request would be."""
    try:
        return IMAGES.is_valid(images)
    except (TypeError, ValueError):
        # Such as numbers larger than the validator reads.
        return False


def with_one_decision_about_each(body):
    """Two decisions about one record contradict each other and are refused, and the description's example is drawn for both: a
    second one becomes one about another record. Where none is drawn, which is refused too, there is one. One in eight stays."""
    if not isinstance(body, dict) or zlib.crc32(json.dumps(body, sort_keys=True, default=str).encode()) % 8 == 0:
        return body
    decided = set()
    changed = {}
    for name in ("keep", "withdraw"):
        decisions = body.get(name)
        if not isinstance(decisions, list):
            continue
        changed[name] = [about_another(decision, decided) for decision in decisions]
    if not any(changed.values()) and all(body.get(name, []) == [] for name in ("keep", "withdraw")):
        changed["withdraw"] = [ONE_DECISION]
    return body | changed


ONE_DECISION = {"record": "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34", "expects": "0" * 64, "reason": "expired"}


def about_another(decision, decided):
    record = decision.get("record") if isinstance(decision, dict) else None
    # What is forbidden there stays.
    if not isinstance(record, str) or not is_well_formed(record, "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10"):
        return decision
    if record.lower() in decided:
        record = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{record} {len(decided)}"))
    decided.add(record.lower())
    return decision | {"record": record}


def without_far_noncharacters(value):
    """Texts hold no noncharacters. The description's patterns name those of the first plane; how an expression names the last
    two of each further plane differs from client to client, so they are refused without being described."""
    # The tool's own kind of text that stands for bytes stays what it is.
    if type(value) is str:
        return "".join("-" if ord(one) > 0xFFFF and ord(one) & 0xFFFE == 0xFFFE else one for one in value)
    if isinstance(value, list):
        return [without_far_noncharacters(one) for one in value]
    if isinstance(value, dict):
        return {name: without_far_noncharacters(one) for name, one in value.items()}
    return value


MEMBERS = ["XB", "XC"]
# Persons have the shortest clock, of five years.
SHORTEST_CLOCK_DAYS = 1800


def with_known_organisations(value):
    """What stands where an audience is drawn, with organisations that the demo has."""
    audience = value.get("audience")
    named = audience.get("organisations") if isinstance(audience, dict) else None
    # What is forbidden there stays.
    is_drawn = isinstance(named, list) and len(named) <= 300 and all(map(is_code, named))
    if not is_drawn or not named or zlib.crc32(json.dumps(named).encode()) % 8 == 0:
        return value
    return value | {"audience": audience | {"organisations": MEMBERS[: len(named)]}}


def audited(code):
    """Whose accesses and alarms are asked for: those of who asks, the administrator of XB. Others' are for the commission alone."""
    return code if zlib.crc32(code.encode()) % 8 == 0 else "XB"


def is_code(value):
    return isinstance(value, str) and re.fullmatch("[A-Z][A-Z0-9-]{1,11}", value) is not None


def within_the_shortest_clock(terms):
    days = terms.get("review_in_days")
    if not isinstance(days, int) or days <= SHORTEST_CLOCK_DAYS or days > 5490 or days % 8 == 0:
        return terms
    return terms | {"review_in_days": days % SHORTEST_CLOCK_DAYS + 1}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every client draws a new key for each write; the same key with another request is refused, and rightly so."""
    key = (case.headers or {}).get("Idempotency-Key")
    if key and is_well_formed(str(key), "0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10"):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


# A list that is screened. No bytes drawn at random are one.
LIST = "reference;surname;given names;born\nA-1;Калачев;Валерий;1971\nA-2;التجربة;أحمد;\n".encode()


def with_a_list(form):
    """The table comes last, and is a list: one in eight stays as it was drawn."""
    table = form["table"]
    rest = {name: value for name, value in form.items() if name != "table"}
    rest = {name: as_forbidden_text(name, value) for name, value in rest.items()}
    drawn = json.dumps(rest, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    # The tool's own kind of text that stands for bytes.
    return rest | {"table": table if zlib.crc32(drawn) % 8 == 0 else type(table)(LIST)}


TEXTS = {"purpose", "reference", "list"}


def as_forbidden_text(name, value):
    """A form has texts alone: what is forbidden as another type might come as a text that is allowed (a number as its digits,
    an array of one value as that value, no value as no field). It becomes a text that is forbidden there."""
    is_of_type = isinstance(value, str) if name in TEXTS else isinstance(value, (bool, int, float))
    if is_of_type:
        return value
    return "" if name == "reference" else "[]"


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(context, value):
    """The description has lines as the items of an array; anything else is one line."""
    lines = value if isinstance(value, list) else [value]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def existing(name, value):
    choices = EXISTING.get(name)
    if not choices or not isinstance(value, str) or not is_well_formed(value, choices[0]):
        return value
    number = zlib.crc32(value.encode("utf-8", "surrogatepass"))
    return value if number % 8 == 0 else choices[number // 8 % len(choices)]


def is_well_formed(value, example):
    """Whether a value looks like the example: UUIDs are told from texts made to be refused."""
    parts, example_parts = value.split("-"), example.split("-")
    return value.isascii() and value.isprintable() and list(map(len, parts)) == list(map(len, example_parts))
