"""Parses the platform's call events, as they come from the bus."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from shared.domain import call_details, reported_times, timestamps, validation
from shared.domain.calls import INBOUND, OUTBOUND, Call, CallEventType
from shared.domain.errors import InvalidInput, Problem


def _timestamp_or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


def _unquoted(value: object) -> object:
    """Parse a detail that is a string of JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError("is a string that is not valid JSON; send a JSON object") from error


def _parent_or_none(value: object) -> str | None:
    """Parse an optional call ID. An invalid one is an error: without it a leg would be a call."""
    return None if value in (None, "") else call_details.parse_call_id(value)


def _direction_or_none(value: object) -> str | None:
    text = (call_details.as_text(value) or "").strip().lower()
    return text if text in (INBOUND, OUTBOUND) else None


CallId = Annotated[str, BeforeValidator(call_details.parse_call_id)]
ParentId = Annotated[str | None, BeforeValidator(_parent_or_none)]
CallDirection = Annotated[str | None, BeforeValidator(_direction_or_none)]
CallerNumber = Annotated[str | None, BeforeValidator(call_details.as_text)]
OptionalText = Annotated[str | None, BeforeValidator(call_details.text_or_none)]
Timestamp = Annotated[datetime, BeforeValidator(call_details.parse_timestamp)]
OptionalTimestamp = Annotated[
    datetime | None, BeforeValidator(timestamps.parse), WrapValidator(_timestamp_or_none)
]


class CallDetail(BaseModel):
    """The members of both events. Without a valid caller number, the caller is anonymous.

    `caller_number` is the calling side and `dialed_number` the called side, whatever the direction.
    """

    call_uuid: CallId
    parent_call_uuid: ParentId = None
    direction: CallDirection = None
    caller_number: CallerNumber = None
    campaign_id: OptionalText = None
    dialed_number: OptionalText = None
    started_at: Timestamp


class EndedCallDetail(CallDetail):
    ended_at: Timestamp


class Envelope(BaseModel):
    """What the bus adds. `time` is when the event was put on it, to the second."""

    time: OptionalTimestamp = None


class CallStarted(Envelope):
    type: Literal[CallEventType.STARTED] = Field(alias="detail-type")
    detail: Annotated[CallDetail, BeforeValidator(_unquoted)]


class CallEnded(Envelope):
    type: Literal[CallEventType.ENDED] = Field(alias="detail-type")
    detail: Annotated[EndedCallDetail, BeforeValidator(_unquoted)]


CallEvent = CallStarted | CallEnded

BUS = "bus"
"""Who has reported a call, if not a platform key."""

_call_event: TypeAdapter[CallEvent] = TypeAdapter(Annotated[CallEvent, Field(discriminator="type")])


def parse(text: str) -> CallEvent:
    """Parse an event. Raises InvalidInput, which names what is wrong but does not quote it."""
    try:
        return _call_event.validate_json(text)
    except ValidationError as error:
        errors = error.errors(include_input=False, include_url=False)
        raise InvalidInput(*map(_problem, errors)) from error


def _problem(error: Mapping[str, Any]) -> Problem:
    if error["type"].startswith("union_tag_"):
        return Problem("detail-type", f"must be {' or '.join(CallEventType)}")
    # The union's tag, which is the event's type, comes before the names of members.
    where = [str(part) for part in error["loc"] if part not in tuple(CallEventType)]
    return Problem(".".join(where) or None, validation.message(error))


def arrived_at(sent_at: datetime | None, now: datetime) -> datetime:
    """Return when an event that is handled now was put on the bus."""
    return call_details.to_milliseconds(min(sent_at or now, now))


def settle_times(event: CallEvent, now: datetime) -> list[Problem]:
    """Replace wrong times of an event that is handled now, and return a warning for each.

    A time in the future, or an end before its start, becomes the time when the event was put on the
    bus, or without it the present time: a sender's wrong clock must not cost the call its tags.
    """
    detail = event.detail
    started_at, ended_at, warnings = reported_times.settle(
        detail.started_at,
        detail.ended_at if isinstance(detail, EndedCallDetail) else None,
        arrived_at(event.time, now),
        now,
    )
    if started_at:
        detail.started_at = started_at
    if isinstance(detail, EndedCallDetail) and ended_at:
        detail.ended_at = ended_at
    return warnings


def to_call(detail: CallDetail, default_region: str) -> Call:
    """Return the reported call. Its caller is the person outside: in an outbound call the dialed
    number, if there is one."""
    person, other = detail.caller_number, detail.dialed_number
    if detail.direction == OUTBOUND and other:
        person, other = other, call_details.text_or_none(person)
    return Call(
        call_uuid=detail.call_uuid,
        caller_number=call_details.parse_caller_number(person, default_region),
        campaign_id=detail.campaign_id,
        dialed_number=other,
        direction=detail.direction or INBOUND,
        started_at=detail.started_at,
        ended_at=detail.ended_at if isinstance(detail, EndedCallDetail) else None,
        reported_by=frozenset((BUS,)),
    )
