"""Converts plain values to DynamoDB's attribute values and back.

The items have only text, whole numbers, booleans, null, lists, maps and sets of text.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def to_attribute(value: object) -> "AttributeValueTypeDef":
    """Raises TypeError for a value of another type, instead of storing it as something else."""
    return cast("AttributeValueTypeDef", _to_attribute(value))


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """Raises TypeError for an attribute of another type, such as bytes."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "NULL":
            return None
        case "M":
            return {name: from_attribute(member) for name, member in value.items()}
        case "L":
            return [from_attribute(member) for member in value]
        case "SS":
            return frozenset(value)
    raise TypeError(f"attributes of type {kind} are not supported")


def _to_attribute(value: object) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():  # before int, of which it is a subclass
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case dict():
            return {"M": {name: _to_attribute(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [_to_attribute(member) for member in value]}
        case frozenset():
            return {"SS": sorted(value)}
    raise TypeError(f"values of type {type(value).__name__} are not supported")
