"""Plain values as DynamoDB's attribute values and back: text, whole numbers, booleans, null, lists
and maps, which is all that our items are made of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def to_attribute(value: object) -> "AttributeValueTypeDef":
    """Raises TypeError for a value of another kind: none is stored as something that it is not."""
    return cast("AttributeValueTypeDef", _to_attribute(value))


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """Raises TypeError for an attribute of another kind, such as a set."""
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
    raise TypeError(f"an attribute of type {kind} is none of ours")


def _to_attribute(value: object) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():  # before int, which it is too
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case dict():
            return {"M": {name: _to_attribute(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [_to_attribute(member) for member in value]}
    raise TypeError(f"a {type(value).__name__} cannot be an attribute")
