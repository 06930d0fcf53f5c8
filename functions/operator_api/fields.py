"""The types of the operator API's members and query parameters. Durations are whole seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from shared.domain import caller_numbers, keys, platform_keys, postings, timestamps


class ResponseModel(BaseModel):
    """A response, or a part of one. The validator is built when the first response needs it."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 50
MAX_NAMES = 1000

_LINE_BREAKS_AND_TABS = dict.fromkeys(map(ord, "\r\n\t"), " ")


def _check_region(code: str) -> str:
    if not caller_numbers.is_region(code):
        raise ValueError("is not a region with a numbering plan; send a code such as US or GB")
    return code


def _check_plain(name: str) -> str:
    if not postings.is_plain_text(name):
        raise ValueError("has a control character or is not valid Unicode; remove it")
    return name


def _check_lines(note: str) -> str:
    _check_plain(note.translate(_LINE_BREAKS_AND_TABS))
    return note


def _between(shortest: timedelta, longest: timedelta) -> Callable[[timedelta], timedelta]:
    def check(duration: timedelta) -> timedelta:
        if duration.microseconds or not shortest <= duration <= longest:
            raise ValueError(
                f"must be a whole number of seconds from {_to_seconds(shortest)} "
                f"to {_to_seconds(longest)}"
            )
        return duration

    return check


def _to_seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _none_or(check: Callable[[timedelta], timedelta]) -> Callable[[timedelta | None], Any]:
    return lambda duration: None if duration is None else check(duration)


def _to_optional_seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else _to_seconds(duration)


def _documented_range(
    shortest: timedelta, longest: timedelta, *, or_null: bool = False
) -> WithJsonSchema:
    """Describe a duration in a request for the OpenAPI document."""
    null = [{"type": "null"}] if or_null else []
    seconds = {
        "type": "integer",
        "minimum": _to_seconds(shortest),
        "maximum": _to_seconds(longest),
    }
    iso_8601 = {"type": "string", "format": "duration", "examples": ["PT36H"]}
    return WithJsonSchema({"anyOf": [seconds, iso_8601, *null]}, mode="validation")


def documented_default(duration: timedelta) -> Any:
    """Set a default duration, which the OpenAPI document shows in seconds."""
    return Field(duration, json_schema_extra={"default": _to_seconds(duration)})


def _read_timestamp(value: object) -> object:
    if value is None or isinstance(value, datetime):
        return value
    timestamp = timestamps.parse(value) if isinstance(value, str) else None
    if timestamp is None or not 2000 <= timestamp.year < 2100:
        raise ValueError(
            "must be a time with its UTC offset, such as 2026-11-23T08:05:31Z, or null"
        )
    return timestamps.to_milliseconds(timestamp)


def _to_text(timestamp: datetime | None) -> str | None:
    return timestamps.to_text(timestamp) if timestamp else None


def _read_seconds(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number of seconds")
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _in_order_if_known(scopes: object) -> object:
    """Return scopes once each, in the usual order; anything else as it is, to be refused."""
    if not isinstance(scopes, list | frozenset):
        return scopes
    if not all(isinstance(each, str) and each in platform_keys.ALL_SCOPES for each in scopes):
        return scopes
    return [scope for scope in platform_keys.Scope if scope in scopes]


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=keys.MAX_NAME_LENGTH),
    AfterValidator(_check_plain),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=keys.MAX_NOTE_LENGTH),
    AfterValidator(_check_lines),
]
"""Free text for colleagues, which may have several lines."""
Region = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True), AfterValidator(_check_region)
]
Rate = Annotated[float | None, Field(ge=keys.MIN_MATCH_RATE_FLOOR, le=1, strict=True)]

Timestamp = Annotated[
    datetime,
    PlainSerializer(timestamps.to_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
OptionalTimestamp = Annotated[
    datetime | None,
    BeforeValidator(_read_timestamp),
    PlainSerializer(_to_text, return_type=str | None),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]

Seconds = Annotated[
    timedelta, BeforeValidator(_read_seconds), PlainSerializer(_to_seconds, return_type=int)
]
OptionalSeconds = Annotated[
    timedelta | None,
    BeforeValidator(_read_seconds),
    AfterValidator(_none_or(_between(keys.MIN_EXPECTED, keys.MAX_EXPECTED))),
    PlainSerializer(_to_optional_seconds, return_type=int | None),
    _documented_range(keys.MIN_EXPECTED, keys.MAX_EXPECTED, or_null=True),
]
StorageDuration = Annotated[
    Seconds,
    AfterValidator(_between(keys.MIN_STORAGE_DURATION, keys.MAX_STORAGE_DURATION)),
    _documented_range(keys.MIN_STORAGE_DURATION, keys.MAX_STORAGE_DURATION),
]
EndCallCutoff = Annotated[
    Seconds,
    AfterValidator(_between(timedelta(0), keys.MAX_END_CALL_CUTOFF)),
    _documented_range(timedelta(0), keys.MAX_END_CALL_CUTOFF),
]
Overlap = Annotated[
    Seconds,
    AfterValidator(_between(timedelta(0), keys.MAX_OVERLAP)),
    _documented_range(timedelta(0), keys.MAX_OVERLAP),
]

Scopes = Annotated[
    list[platform_keys.Scope],
    BeforeValidator(_in_order_if_known),
    Field(min_length=1),
    WithJsonSchema(
        {
            "type": "array",
            "description": "What a platform key may do: report calls, read calls and tags.",
            "items": {"type": "string", "enum": [str(scope) for scope in platform_keys.Scope]},
            "minItems": 1,
        }
    ),
]

Limit = Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)]
NamesLimit = Annotated[int, Field(ge=1, le=MAX_NAMES)]
NamePart = Annotated[
    str | None,
    Query(
        description="Only publishers whose name contains this text, in any case",
        max_length=keys.MAX_NAME_LENGTH,
    ),
]
Cursor = Annotated[
    str | None, Query(description="`next_cursor` of the previous page", max_length=100)
]
