"""The console's forms have all settings of keys and publishers, with the operator API's limits."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields as dataclass_fields
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import BaseModel

from functions.console import fields
from functions.console.rendering import Renderer
from functions.operator_api.schemas import (
    KeyChangesBody,
    NewKeyBody,
    PlatformKeyBody,
    PublisherBody,
)
from shared.domain.keys import KeySettings
from tests.unit.console_pages import VALUES

CONTROLS = ("input", "textarea", "select")


class _Forms(HTMLParser):
    """Collects the controls of each form by the end of its action, and their maximum lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.controls: dict[str, dict[str, int | None]] = {}
        self._action: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self._action = str(attributes["action"])
            self.controls.setdefault(self._action, {})
        elif tag in CONTROLS and self._action is not None and attributes.get("name"):
            longest = attributes.get("maxlength")
            name = str(attributes["name"])
            self.controls[self._action][name] = int(longest) if longest else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._action = None


def _controls(template: str, action: str) -> Mapping[str, int | None]:
    forms = _Forms()
    forms.feed(Renderer("").render(template, **VALUES))
    return forms.controls[action]


def _max_lengths(schema: type[BaseModel]) -> Iterator[tuple[str, int]]:
    for name, member in schema.model_json_schema()["properties"].items():
        if "maxLength" in member:
            yield name, member["maxLength"]


FORMS = [
    ("key.html", "/keys/pbk_a/change", fields.KEY, KeyChangesBody),
    ("publisher.html", "/publishers/pub_a/keys", fields.NEW_KEY, NewKeyBody),
    ("publisher.html", "/publishers/pub_a", fields.PUBLISHER, PublisherBody),
    ("publishers.html", "/publishers", fields.PUBLISHER, PublisherBody),
    ("platform_keys.html", "/platform-keys", fields.PLATFORM_KEY, PlatformKeyBody),
]


def test_a_keys_form_has_every_setting_of_a_key() -> None:
    settings = {field.name for field in dataclass_fields(KeySettings)}

    assert settings == {*fields.KEY}
    assert settings == {*KeyChangesBody.model_fields} - {"paused"}  # has buttons of its own
    assert settings <= {*_controls("key.html", "/keys/pbk_a/change")}


@pytest.mark.parametrize(("template", "action", "parsers", "schema"), FORMS)
def test_a_form_has_the_fields_that_are_read_from_it_and_the_api_knows_them(
    template: str, action: str, parsers: Mapping[str, fields.Parser], schema: type[BaseModel]
) -> None:
    assert {*parsers} <= {*_controls(template, action)}
    assert {*parsers} <= {*schema.model_fields}


@pytest.mark.parametrize(("template", "action", "_", "schema"), FORMS)
def test_a_text_can_be_typed_as_long_as_the_operator_api_accepts_it(
    template: str, action: str, _: Any, schema: type[BaseModel]
) -> None:
    typed = _controls(template, action)

    limits = {name: longest for name, longest in _max_lengths(schema) if name in typed}

    assert limits
    assert {name: typed[name] for name in limits} == limits


def test_the_form_of_a_new_key_starts_with_the_operator_apis_defaults() -> None:
    page = Renderer("").render("publisher.html", **VALUES)
    members = fields.read({"name": "main"}, fields.NEW_KEY)

    for name in ("storage_duration", "end_call_cutoff", "default_region"):
        assert re.search(f'name="{name}" type="text" value="{fields.DEFAULTS[name]}"', page)
    defaults = NewKeyBody(name="main")
    assert NewKeyBody(**members) == defaults
