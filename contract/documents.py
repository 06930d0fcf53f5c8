"""Builds the contract's documents from the code, and writes or checks their files."""

import json
from collections.abc import Iterator
from pathlib import Path

from contract import events, operators, platforms, publishers
from contract.fragments import Schema

FOLDER = Path(__file__).parent
RELEASED = FOLDER / "released"
"""The documents of the last release, which current ones must not break."""


def build() -> dict[str, Schema]:
    """Return the documents by their paths in the folder."""
    return {
        "publisher.openapi.json": publishers.document(),
        "operator.openapi.json": operators.document(),
        "platform.openapi.json": platforms.document(),
        **{f"events/{name}.schema.json": schema for name, schema in events.documents().items()},
    }


def write(folder: Path) -> None:
    for path, document in build().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_to_text(document), "utf-8")


def stale() -> Iterator[str]:
    """Yield the files that differ from what the code generates."""
    for path, document in build().items():
        file = FOLDER / path
        if not file.exists() or file.read_text("utf-8") != _to_text(document):
            yield path


def _to_text(document: Schema) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
