"""FollowTheMoney written by Barid, held against the format's own package: its model knows every property, and its cleaning
drops and changes no value. The page of the format lists every property of the model and no other."""

import json
import re

import pytest
from followthemoney import model

from conftest import ROOT, run

PAGE = ROOT / "docs/formats/follow-the-money.md"
READ = [
    "Thing", "LegalEntity", "Organization", "Company", "PublicBody", "Person", "Vehicle", "Vessel", "Airplane", "Value", "BankAccount", "CryptoWallet", "Interval",
    "Identification", "Passport", "Sanction", "Address",
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The entities that `barid admin vectors` writes of its samples: every schema, every script."""
    folder = tmp_path_factory.mktemp("vectors")
    ended = run(["admin", "vectors", "--out", folder])
    assert ended.returncode == 0, ended.stderr
    lines = (folder / "entities.ftm.json").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_every_schema_that_is_written_is_among_the_samples(exported):
    assert {entity["schema"] for entity in exported} == {
        "Person", "Passport", "Identification", "Sanction", "Address", "Vehicle", "Vessel", "Airplane", "BankAccount",
        "CryptoWallet", "Company", "PublicBody", "Organization",
    }


def test_the_model_takes_every_value_as_it_is(exported):
    values = 0
    for entity in exported:
        proxy = model.make_entity(entity["schema"])
        proxy.id = entity["id"]
        for name, written in entity["properties"].items():
            proxy.add(name, written, cleaned=False, quiet=False)
            assert proxy.get(name) == written, (entity["schema"], name)
            values += len(written)
        proxy.schema.validate(proxy.to_dict())
        assert model.get_proxy(entity, cleaned=False).to_dict()["properties"] == proxy.to_dict()["properties"]
    assert values > 100


def test_a_value_that_the_model_drops_would_be_noticed():
    proxy = model.make_entity("Person")
    proxy.add("nationality", "XAX", cleaned=False, quiet=False)
    assert proxy.get("nationality") != ["XAX"]


def test_references_lead_to_entities_of_the_right_schema(exported):
    by_id = {entity["id"]: entity["schema"] for entity in exported}
    assert len(by_id) == len(exported)
    followed = 0
    for entity in exported:
        for name, values in entity["properties"].items():
            prop = model.get(entity["schema"]).get(name)
            for value in values if prop.type.name == "entity" else []:
                assert model.get(by_id[value]).is_a(prop.range), (entity["schema"], name)
                followed += 1
    assert followed > 5


def test_the_page_lists_every_schema_and_property_of_the_model_and_no_other():
    paths = set(re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(), re.MULTILINE))
    schemata = {path.removeprefix("schema ") for path in paths if path.startswith("schema ")}
    assert schemata == set(model.schemata)
    defined = set()
    for name in READ:
        schema = model.get(name)
        defined |= {f"{name}.{prop.name}" for prop in schema.properties.values() if not prop.stub and prop.schema == schema}
    assert {path for path in paths if not path.startswith(("schema ", "entity."))} == defined
