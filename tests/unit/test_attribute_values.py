"""Conversion of plain values to DynamoDB's attribute values, and back."""

from enum import StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from shared.stores.dynamodb import from_attribute, to_attribute


class Color(StrEnum):
    RED = "red"


VALUES = [
    "",
    "text, ünïcode, 😀",
    Color.RED,
    0,
    -1,
    10**37,
    True,
    False,
    None,
    [],
    ["a", 1, None],
    {},
    {"a": {"b": [True, {"c": ""}]}, "": "an empty name"},
    frozenset(("bus",)),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_written_as_boto3_would_write_it(value: Any) -> None:
    assert to_attribute(value) == TypeSerializer().serialize(value)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_read_back_as_it_was_and_as_boto3_would_read_it(value: Any) -> None:
    attribute = to_attribute(value)

    assert from_attribute(attribute) == value == TypeDeserializer().deserialize(attribute)
    assert type(from_attribute({"N": "7"})) is int


@pytest.mark.parametrize(
    "value", [1.5, b"bytes", {"a set"}, object()], ids=lambda v: type(v).__name__
)
def test_unsupported_values_are_refused_when_written(value: Any) -> None:
    with pytest.raises(TypeError, match="not supported"):
        to_attribute(value)


@pytest.mark.parametrize("attribute", [{"NS": ["1"]}, {"B": b"a"}])
def test_unsupported_attributes_are_refused_when_read(attribute: Any) -> None:
    with pytest.raises(TypeError, match="not supported"):
        from_attribute(attribute)
