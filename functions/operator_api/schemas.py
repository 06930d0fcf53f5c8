"""The operator's contract: what requests carry and answers show. Durations are whole seconds.

A model's validator is built when its first request comes: no process answers all of them.
"""

from collections.abc import Callable
from dataclasses import asdict
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
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)

from shared.domain import caller_numbers, keys, postings, timestamps
from shared.domain.errors import InvalidInput, Problem
from shared.domain.keys import PostbackKey, Publisher
from shared.domain.platform_keys import PlatformKey
from shared.instructions import links

MOST_ON_A_PAGE = 100
DEFAULT_PAGE = 50
MOST_NAMES = 1000

_BREAKS = dict.fromkeys(map(ord, "\r\n\t"), " ")


def _check_region(code: str) -> str:
    if not caller_numbers.is_region(code):
        raise ValueError("is not a region with a numbering plan, such as US or GB")
    return code


def _check_plain(name: str) -> str:
    if not postings.is_plain_text(name):
        raise ValueError("has a control character or is not valid Unicode; send it without")
    return name


def _check_lines(note: str) -> str:
    if not postings.is_plain_text(note.translate(_BREAKS)):
        raise ValueError("has a control character or is not valid Unicode; send it without")
    return note


def _between(least: timedelta, most: timedelta) -> Callable[[timedelta], timedelta]:
    def check(duration: timedelta) -> timedelta:
        if duration.microseconds or not least <= duration <= most:
            raise ValueError(
                f"must be a whole number of seconds from {least.total_seconds():.0f} "
                f"to {most.total_seconds():.0f}"
            )
        return duration

    return check


def _to_seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _none_or(check: Callable[[timedelta], timedelta]) -> Callable[[timedelta | None], Any]:
    return lambda duration: None if duration is None else check(duration)


def _to_optional_seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else _to_seconds(duration)


def _told_between(least: timedelta, most: timedelta, *, or_null: bool = False) -> WithJsonSchema:
    """What the description of the API says of a duration in a request."""
    null = [{"type": "null"}] if or_null else []
    seconds = {"type": "integer", "minimum": _to_seconds(least), "maximum": _to_seconds(most)}
    iso_8601 = {"type": "string", "format": "duration", "examples": ["PT36H"]}
    return WithJsonSchema({"anyOf": [seconds, iso_8601, *null]}, mode="validation")


def _told_default(duration: timedelta) -> Any:
    return Field(duration, json_schema_extra={"default": _to_seconds(duration)})


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_check_plain),
]


def _read_moment(value: object) -> object:
    if value is None or isinstance(value, datetime):
        return value
    moment = timestamps.parse(value) if isinstance(value, str) else None
    if moment is None or not 2000 <= moment.year < 2100:
        raise ValueError(
            "must be a time with its offset from UTC, such as 2026-11-23T08:05:31Z, or null"
        )
    return timestamps.to_milliseconds(moment)


def _to_text(moment: datetime | None) -> str | None:
    return timestamps.to_text(moment) if moment else None


def _read_seconds(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number of seconds")
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Seconds = Annotated[
    timedelta, BeforeValidator(_read_seconds), PlainSerializer(_to_seconds, return_type=int)
]
Moment = Annotated[
    datetime,
    PlainSerializer(timestamps.to_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
StorageDuration = Annotated[
    Seconds,
    AfterValidator(_between(keys.MIN_STORAGE_DURATION, keys.MAX_STORAGE_DURATION)),
    _told_between(keys.MIN_STORAGE_DURATION, keys.MAX_STORAGE_DURATION),
]
EndCallCutoff = Annotated[
    Seconds,
    AfterValidator(_between(timedelta(0), keys.MAX_END_CALL_CUTOFF)),
    _told_between(timedelta(0), keys.MAX_END_CALL_CUTOFF),
]
Region = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True), AfterValidator(_check_region)
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=keys.MAX_NOTE_LENGTH),
    AfterValidator(_check_lines),
]
"""What colleagues should know; it may have lines."""
OptionalMoment = Annotated[
    datetime | None,
    BeforeValidator(_read_moment),
    PlainSerializer(_to_text, return_type=str | None),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]
Overlap = Annotated[
    Seconds,
    AfterValidator(_between(timedelta(0), keys.MAX_OVERLAP)),
    _told_between(timedelta(0), keys.MAX_OVERLAP),
]
OptionalSeconds = Annotated[
    timedelta | None,
    BeforeValidator(_read_seconds),
    AfterValidator(_none_or(_between(keys.MIN_EXPECTED, keys.MAX_EXPECTED))),
    PlainSerializer(_to_optional_seconds, return_type=int | None),
    _told_between(keys.MIN_EXPECTED, keys.MAX_EXPECTED, or_null=True),
]
Share = Annotated[float | None, Field(ge=keys.MIN_MATCH_RATE_FLOOR, le=1, strict=True)]
Limit = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)]
NamesLimit = Annotated[int, Field(ge=1, le=MOST_NAMES)]
NamePart = Annotated[
    str | None,
    Query(description="only publishers with this in their names, in any case", max_length=200),
]
Cursor = Annotated[
    str | None, Query(description="`next_cursor` of the page before", max_length=100)
]


def _at_least_one(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 1
    _without_defaults(schema)


def _without_defaults(schema: dict[str, Any]) -> None:
    """They are there for pydantic alone: a change does not set what it leaves out."""
    for member in schema["properties"].values():
        del member["default"]


class _Body(BaseModel):
    """A member that is not known is refused: it is a misspelt one that is."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class PlatformKeyBody(_Body):
    name: Name


class _Changes(_Body):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    def changes(self) -> dict[str, Any]:
        """Raises InvalidInput if there are none."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if not changes:
            names = ", ".join(type(self).model_fields)
            raise InvalidInput(Problem(None, f"there is nothing to change: send any of {names}"))
        return changes


class PublisherBody(_Body):
    name: Name
    note: Note = ""


class PublisherChangesBody(_Changes):
    name: Name = ""
    note: Note = ""


class _KeySettings(_Body):
    """The fields of the domain's KeySettings, by their names, with the defaults of a new key."""

    name: Name = ""
    storage_duration: StorageDuration = _told_default(keys.DEFAULT_STORAGE_DURATION)
    end_call_cutoff: EndCallCutoff = _told_default(keys.DEFAULT_END_CALL_CUTOFF)
    default_region: Region = keys.DEFAULT_REGION
    note: Note = ""
    expires_at: OptionalMoment = None
    expects_every: OptionalSeconds = None
    match_rate_floor: Share = None


class NewKeyBody(_KeySettings):
    name: Name


class KeyChangesBody(_KeySettings, _Changes):
    """A null clears what may be null."""

    model_config = ConfigDict(json_schema_extra=_at_least_one)

    paused: StrictBool = False


class RotationBody(_Body):
    overlap: Overlap = _told_default(keys.DEFAULT_OVERLAP)


class _Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)


class PublisherAnswer(_Answer):
    publisher_id: str
    name: str
    created_at: Moment
    note: str

    @classmethod
    def of(cls, publisher: Publisher) -> "PublisherAnswer":
        return cls.model_validate(publisher, from_attributes=True)


class PublisherName(_Answer):
    model_config = ConfigDict(from_attributes=True)

    publisher_id: str
    name: str


class PublisherNames(_Answer):
    """`next_cursor`, given as `cursor`, asks for the next page; null on the last one."""

    publishers: list[PublisherName]
    next_cursor: str | None


class KeyAnswer(_Answer):
    key_id: str
    publisher_id: str
    type: str = keys.KEY_TYPE
    name: str
    key: str
    posting_link: str
    instructions_link: str
    storage_duration: Seconds
    end_call_cutoff: Seconds
    default_region: str
    paused: bool
    created_at: Moment
    note: str
    expires_at: OptionalMoment
    expects_every: OptionalSeconds
    match_rate_floor: Share
    replaces: str | None
    replaced_by: str | None

    @classmethod
    def of(cls, key: PostbackKey, posting_url: str) -> "KeyAnswer":
        return cls(
            **asdict(key),
            posting_link=links.posting_link(posting_url, key.key),
            instructions_link=links.instructions_link(posting_url, key.key),
        )


class PlatformKeyAnswer(_Answer):
    platform_key_id: str
    name: str
    paused: bool
    created_at: Moment

    @classmethod
    def of(cls, key: PlatformKey) -> "PlatformKeyAnswer":
        return cls.model_validate(key, from_attributes=True)


class NewPlatformKeyAnswer(PlatformKeyAnswer):
    """`key` is the credential. It is kept nowhere, and told here alone."""

    key: str

    @classmethod
    def made(cls, key: PlatformKey, credential: str) -> "NewPlatformKeyAnswer":
        return cls(**PlatformKeyAnswer.of(key).model_dump(mode="python"), key=credential)


class PlatformKeyList(_Answer):
    """`next_cursor`, given as `cursor`, asks for the next page; null on the last one."""

    platform_keys: list[PlatformKeyAnswer]
    next_cursor: str | None
