"""A field of a postback key has the same name and type from the bodies to the item and the answer.

Each test takes the fields from the domain's classes, so that one that is added there fails here
wherever else it is missing.
"""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from functions.operator_api.schemas import KeyAnswer, KeyChangesBody, NewKeyBody
from shared.domain.keys import KeySettings, PostbackKey
from shared.stores.layout import Layout

SETTINGS = {field.name: field.type for field in fields(KeySettings)}
FIELDS = {field.name: field.type for field in fields(PostbackKey)}
LINKS = {"posting_link": str, "instructions_link": str}

# What every key that was ever stored has.
FIRST_ITEM = {
    "key": "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f",
    "key_id": "pbk_exact7dfhyuz",
    "type": "call_data_writing",
    "publisher_id": "pub_aaaqeayeauda",
    "name": "main",
    "storage_duration_seconds": 86400,
    "end_call_cutoff_seconds": 3600,
    "default_region": "US",
    "paused": False,
    "created_at": "2026-11-23T12:00:00.000Z",
}
OPERATORS_PAGE = Path(__file__).parents[2] / "docs" / "operators.md"

EXAMPLES: dict[Any, Any] = {
    str: "example",
    bool: True,
    float: 0.1,
    timedelta: timedelta(minutes=17),
    datetime: datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
}


def an_example(annotation: Any) -> Any:
    (kind,) = (each for each in get_args(annotation) or [annotation] if each is not NoneType)
    return EXAMPLES[kind]


def members(model: type[BaseModel]) -> dict[str, Any]:
    return {name: field.annotation for name, field in model.model_fields.items()}


def test_a_new_keys_body_has_every_setting() -> None:
    assert members(NewKeyBody) == SETTINGS


def test_a_changes_body_has_every_setting_and_the_pause() -> None:
    assert members(KeyChangesBody) == SETTINGS | {"paused": bool}


def test_an_answer_has_every_field_its_type_and_the_links() -> None:
    assert members(KeyAnswer) == FIELDS | {"type": str} | LINKS


@pytest.mark.parametrize("name", FIELDS)
def test_an_answer_shows_what_the_key_has(name: str) -> None:
    key = PostbackKey(**{name: an_example(annotation) for name, annotation in FIELDS.items()})

    assert getattr(KeyAnswer.of(key, "https://example.com"), name) == getattr(key, name)


def test_the_keys_that_are_stored_are_read_whatever_fields_came_later() -> None:
    key = Layout(PostbackKey).read(FIRST_ITEM)

    assert (key.name, key.storage_duration) == ("main", timedelta(hours=24))
    assert (key.end_call_cutoff, key.default_region) == (timedelta(hours=1), "US")


def test_every_field_can_be_stored_and_read_again() -> None:
    layout = Layout(PostbackKey)
    key = PostbackKey(**{name: an_example(annotation) for name, annotation in FIELDS.items()})

    assert layout.read(layout.store_all(key)) == key


@pytest.mark.parametrize("name", SETTINGS)
def test_operators_are_told_of_every_setting(name: str) -> None:
    assert f"| `{name}` |" in OPERATORS_PAGE.read_text("utf-8")
