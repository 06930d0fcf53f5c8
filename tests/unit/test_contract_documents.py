"""The contract's documents are up to date, valid, and compatible with the release."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from contract.compatibility import breaks, narrowed, widened
from tests import described
from tests.described import EVENTS, FOLDER, OPERATOR, PLATFORM, PUBLISHER, RELEASED, Document

STORED = (
    '{"tag_values":{"0":"","example_tag":"value123"},"caller_number":"+10123456789",'
    '"status":"call not found, tags stored"}'
)
APPLIED = (
    '{"tag_values":{"age":"39","utm_campaign":"auto"},'
    '"call_uuid":"9b653cf0-4835-493b-860c-aed9b7af2a4a",'
    '"status":"completed call found, tags applied"}'
)


def _nodes(node: Any, where: str = "#") -> Iterator[tuple[str, Document]]:
    """Yield every object in a document and its path."""
    if isinstance(node, dict):
        yield where, node
    members = node.items() if isinstance(node, dict) else enumerate(node)
    for name, member in members:
        if isinstance(member, dict | list):
            yield from _nodes(member, f"{where}/{name}")


def _examples(document: Document) -> Iterator[tuple[str, Any, Document]]:
    """Yield the path, the example and its schema."""
    for where, node in _nodes(document):
        match node:
            case {"schema": schema, "example": example}:
                yield where, example, schema
            case {"schema": schema, "examples": examples}:
                yield from ((where, example["value"], schema) for example in examples.values())
            case {"type": _, "examples": list(examples)}:
                yield from ((where, example, node) for example in examples)


def test_the_documents_are_up_to_date() -> None:
    """Runs in its own process: the functions read their settings at import."""
    check = subprocess.run(
        [sys.executable, "-m", "contract", "--check"],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize("path", [PUBLISHER, OPERATOR, PLATFORM])
def test_an_openapi_document_is_valid_by_a_public_validator(path: str) -> None:
    OpenAPIV31SpecValidator(described.load(path)).validate()


@pytest.mark.parametrize("path", [PUBLISHER, OPERATOR, PLATFORM])
def test_every_example_matches_its_schema(path: str) -> None:
    document = described.load(path)
    examples = list(_examples(document))

    assert len(examples) > 20
    for where, example, schema in examples:
        assert described.flaws(example, schema, document) == [], where


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_schema_and_its_examples_are_valid(name: str) -> None:
    schema = described.event(name)

    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        assert described.flaws(example, schema) == []


def test_the_vendors_two_responses_are_examples_byte_for_byte() -> None:
    examples = described.load(PUBLISHER)["components"]["responses"]["200"]["content"][
        "application/json"
    ]["examples"]
    texts = {
        json.dumps(example["value"], ensure_ascii=False, separators=(",", ":"))
        for example in examples.values()
    }

    assert texts >= {STORED, APPLIED}


@pytest.mark.parametrize("path", [PUBLISHER, OPERATOR, PLATFORM])
def test_the_released_document_is_not_broken(path: str) -> None:
    """For an intended break, run `make contract RELEASE=1` and have it reviewed."""
    assert breaks(described.load(path, RELEASED), described.load(path)) == []


@pytest.mark.parametrize(
    "name", [path.name.partition(".")[0] for path in RELEASED.glob("events/*")]
)
def test_the_released_event_is_not_broken(name: str) -> None:
    released = described.load(f"events/{name}.schema.json", RELEASED)
    current = described.event(name)

    # Events from the platform must stay accepted. Events to it must stay within the release.
    compare = widened if name in described.SENT else narrowed
    assert compare(released, current, name) == []


def _members(schema: Any, where: str = "") -> Iterator[tuple[str, Document]]:
    """Yield every member of every object in a schema, with its place."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from ((f"{where}.{name}", member) for name, member in properties.items())
        for name, part in schema.items():
            yield from _members(part, f"{where}/{name}")
    elif isinstance(schema, list):
        for part in schema:
            yield from _members(part, where)


def test_every_member_of_the_platform_api_has_a_description_and_a_type() -> None:
    members = dict(_members(described.load(PLATFORM)["components"]["schemas"]))

    assert len(members) > 50
    assert [where for where, each in members.items() if "description" not in each] == []
    assert [where for where, each in members.items() if not {"type", "anyOf"} & each.keys()] == []
