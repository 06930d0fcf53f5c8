"""Messages for pydantic's validation errors, written for the sender. Pure; knows no model."""

from collections.abc import Mapping
from typing import Any

_OBJECT = "must be a JSON object"
_WHOLE = "must be a whole number"
_TRUTH = "must be true or false"
_DURATION = "must be a number of seconds, or an ISO 8601 duration such as PT36H"
_TIME = "must be a time with its UTC offset, such as 2026-11-23T08:05:31Z"

_MESSAGES: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is unknown; fix its name or leave it out",
    "json_invalid": "is not valid JSON: {error}",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "string_type": "must be text",
    "string_unicode": "is not valid Unicode",
    "string_too_short": "is too short; send {min_length} or more characters",
    "string_too_long": "is too long; send {max_length} or fewer characters",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "timezone_aware": "has no UTC offset; add Z, or an offset such as -05:00",
}

_FAMILIES: Mapping[str, str] = {"time_delta_": _DURATION, "datetime_": _TIME}
"""Messages by the start of the error's type."""


def message(error: Mapping[str, Any]) -> str:
    """Return the message for one error of a ValidationError. It quotes nothing that was sent."""
    kind = error["type"]
    if kind in _MESSAGES:
        return _MESSAGES[kind].format(**error.get("ctx", {}))
    for start, text in _FAMILIES.items():
        if kind.startswith(start):
            return text
    return str(error["msg"]).removeprefix("Value error, ")
