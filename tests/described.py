"""The contract's documents, and checks against them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

Document = dict[str, Any]

FOLDER = Path(__file__).parent.parent / "contract"
RELEASED = FOLDER / "released"

PUBLISHER = "publisher.openapi.json"
OPERATOR = "operator.openapi.json"
PLATFORM = "platform.openapi.json"
RECEIVED = ("call-started", "call-ended")
SENT = (
    "call-tagged",
    "call-ended-announcement",
    "caller-forgotten",
    "key-silent",
    "key-silent-ended",
    "match-rate-low",
    "match-rate-low-ended",
)
EVENTS = (*RECEIVED, *SENT)


def load(path: str, folder: Path = FOLDER) -> Document:
    document: Document = json.loads((folder / path).read_text("utf-8"))
    return document


def event(name: str) -> Document:
    return load(f"events/{name}.schema.json")


def validator(schema: Mapping[str, Any], document: Document | None = None) -> Draft202012Validator:
    """Return a validator for a schema that may refer to others of its document. Checks formats."""
    parts = {"components": document["components"]} if document else {}
    return Draft202012Validator({**schema, **parts}, format_checker=FormatChecker())


def flaws(value: Any, schema: Mapping[str, Any], document: Document | None = None) -> list[str]:
    """Return the reasons why a value does not match a schema."""
    errors = validator(schema, document).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in errors]


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def responses(document: Document, operation: Document) -> dict[str, Document]:
    """Return the responses that an operation documents, by status code."""
    shared = document.get("components", {}).get("responses", {})
    return {
        code: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for code, response in operation["responses"].items()
    }


def flaws_of_response(
    document: Document,
    operation: Document,
    status_code: int,
    headers: Mapping[str, str],
    text: str,
) -> list[str]:
    """Return the reasons why a response does not match the operation's documentation."""
    described = responses(document, operation).get(str(status_code))
    if described is None:
        return [f"{status_code} is not in the document"]
    sent = {name.lower(): value for name, value in headers.items()}
    missing = [
        f"header {name} is missing"
        for name, header in described.get("headers", {}).items()
        if header["required"] and name.lower() not in sent
    ]
    content = described.get("content", {}).get(sent["content-type"].partition(";")[0])
    if content is None:
        return [*missing, f"{sent['content-type']} is not in the document"]
    is_json = sent["content-type"] == "application/json"
    return missing + flaws(json.loads(text) if is_json else text, content["schema"], document)
