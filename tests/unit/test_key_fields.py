"""A field of a postback key has the same name and type from the bodies to the item and the answer.

Each test takes the fields from the domain's classes, so that one that is added there fails here
wherever else it is missing.
"""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from functions.operator_api.schemas import KeyAnswer, KeyChangesBody, NewKeyBody
from shared.domain.keys import KeySettings, PostbackKey

SETTINGS = {field.name: field.type for field in fields(KeySettings)}
FIELDS = {field.name: field.type for field in fields(PostbackKey)}
LINKS = {"posting_link": str, "instructions_link": str}

EXAMPLES: dict[Any, Any] = {
    str: "example",
    bool: True,
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
