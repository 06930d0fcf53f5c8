"""What is wrong with a message, in words for whoever sent it, where pydantic has words of its own
for whoever wrote the model. Pure; knows no model."""

from collections.abc import Mapping
from typing import Any

_OBJECT = "must be a JSON object"
_WHOLE = "must be a whole number"
_TRUTH = "must be true or false"
_DURATION = "must be a number of seconds, or an ISO 8601 duration such as PT36H"
_TIME = "must be a time with its offset from UTC, such as 2026-11-23T08:05:31Z"

_MESSAGES: Mapping[str, str] = {
    "missing": "is missing, and is needed",
    "extra_forbidden": "is not known here; mend its name or leave it out",
    "json_invalid": "is not valid JSON: {error}",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "string_type": "must be text",
    "string_unicode": "is not valid Unicode",
    "string_too_short": "is too short; the least is {min_length} character",
    "string_too_long": "is too long; {max_length} characters are the most",
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
    "timezone_aware": "lacks its offset from UTC: add Z, or one such as -05:00",
}

_FAMILIES: Mapping[str, str] = {"time_delta_": _DURATION, "datetime_": _TIME}
"""By what the types of their errors start with."""


def message(error: Mapping[str, Any]) -> str:
    """The words for one of a ValidationError's errors. They quote nothing that was sent."""
    kind = error["type"]
    if kind in _MESSAGES:
        return _MESSAGES[kind].format(**error.get("ctx", {}))
    for start, text in _FAMILIES.items():
        if kind.startswith(start):
            return text
    return str(error["msg"]).removeprefix("Value error, ")
