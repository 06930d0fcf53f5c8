"""A postback key's field has the same name and type in bodies, item and response.

The tests take the fields from the domain's classes, so that a new field fails here until it is
everywhere.
"""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from functions.operator_api.schemas import KeyChangesBody, KeyResponse, NewKeyBody
from shared.domain.keys import KeySettings, PostbackKey
from shared.stores.layout import Layout

SETTINGS = {field.name: field.type for field in fields(KeySettings)}
FIELDS = {field.name: field.type for field in fields(PostbackKey)}
LINKS = {"posting_link": str, "instructions_link": str}

# The attributes of the oldest stored keys.
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


def test_the_body_of_a_new_key_has_every_setting() -> None:
    assert members(NewKeyBody) == SETTINGS


def test_the_body_of_a_change_has_every_setting_and_the_pause() -> None:
    assert members(KeyChangesBody) == SETTINGS | {"paused": bool}


def test_a_response_has_every_field_the_type_and_the_links() -> None:
    assert members(KeyResponse) == FIELDS | {"type": str} | LINKS


@pytest.mark.parametrize("name", FIELDS)
def test_a_response_shows_the_keys_value(name: str) -> None:
    key = PostbackKey(**{name: an_example(annotation) for name, annotation in FIELDS.items()})

    assert getattr(KeyResponse.of(key, "https://example.com"), name) == getattr(key, name)


def test_stored_keys_are_read_without_the_fields_that_were_added_later() -> None:
    key = Layout(PostbackKey).read(FIRST_ITEM)

    assert (key.name, key.storage_duration) == ("main", timedelta(hours=24))
    assert (key.end_call_cutoff, key.default_region) == (timedelta(hours=1), "US")


def test_every_field_can_be_stored_and_read_again() -> None:
    layout = Layout(PostbackKey)
    key = PostbackKey(**{name: an_example(annotation) for name, annotation in FIELDS.items()})

    assert layout.read(layout.store_all(key)) == key


@pytest.mark.parametrize("name", SETTINGS)
def test_the_operators_guide_has_every_setting(name: str) -> None:
    assert f"| `{name}` |" in OPERATORS_PAGE.read_text("utf-8")
