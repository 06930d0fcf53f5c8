"""The platform's call events as they arrive on the bus, and why one of them cannot be read."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from shared.domain import call_ids, caller_numbers, timestamps, validation
from shared.domain.calls import Call, CallEventType
from shared.domain.errors import InvalidCallerNumber, InvalidInput, Problem
from shared.domain.postings import is_plain_text

FURTHEST_AHEAD = timedelta(days=1)
"""No clock is this wrong; a call that starts later would hide the caller's real calls till then."""

MOST_CHARACTERS = 256


def _text_or_none(value: object) -> str | None:
    """An optional member that cannot be used is as good as missing: the call matters more."""
    is_usable = isinstance(value, str | int | float) and not isinstance(value, bool)
    text = str(value) if is_usable else ""
    return text if 0 < len(text) <= MOST_CHARACTERS and is_plain_text(text) else None


def _number_or_none(value: object) -> str | None:
    """As it stands: what is around a number, white space above all, is read over later."""
    is_usable = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_usable else None


def _to_milliseconds(moment: datetime) -> datetime:
    try:
        return timestamps.to_milliseconds(moment)
    except OverflowError as error:
        raise ValueError("lies outside the calendar") from error


def _moment_or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


def _call_id(value: object) -> str:
    # A number that is not whole has lost the zeros that it ended in.
    is_usable = isinstance(value, str | int) and not isinstance(value, bool)
    canonical = call_ids.canonical(str(value)) if is_usable else None
    if canonical is None:
        raise ValueError(f"must be a call's id: {call_ids.RULE}")
    return canonical


def _unquoted(value: object) -> object:
    """A detail that is JSON in a string is what the string holds."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError("is a string that is not valid JSON; send a JSON object") from error


CallId = Annotated[str, BeforeValidator(_call_id)]
CallerNumber = Annotated[str | None, BeforeValidator(_number_or_none)]
OptionalText = Annotated[str | None, BeforeValidator(_text_or_none)]
Moment = Annotated[datetime, BeforeValidator(timestamps.read), AfterValidator(_to_milliseconds)]
OptionalMoment = Annotated[
    datetime | None, BeforeValidator(timestamps.read), WrapValidator(_moment_or_none)
]


class CallDetail(BaseModel):
    """What both events tell. A caller number that cannot be read is an anonymous caller's."""

    call_uuid: CallId
    caller_number: CallerNumber = None
    campaign_id: OptionalText = None
    dialed_number: OptionalText = None
    started_at: Moment


class EndedCallDetail(CallDetail):
    ended_at: Moment


class Envelope(BaseModel):
    """What the bus adds. `time` is when it was given the event, to the second."""

    time: OptionalMoment = None


class CallStarted(Envelope):
    type: Literal[CallEventType.STARTED] = Field(alias="detail-type")
    detail: Annotated[CallDetail, BeforeValidator(_unquoted)]


class CallEnded(Envelope):
    type: Literal[CallEventType.ENDED] = Field(alias="detail-type")
    detail: Annotated[EndedCallDetail, BeforeValidator(_unquoted)]


CallEvent = CallStarted | CallEnded

_call_event: TypeAdapter[CallEvent] = TypeAdapter(Annotated[CallEvent, Field(discriminator="type")])


def parse(text: str, now: datetime) -> CallEvent:
    """Raises InvalidInput, which names what is wrong but does not quote it."""
    try:
        event = _call_event.validate_json(text)
    except ValidationError as error:
        errors = error.errors(include_input=False, include_url=False)
        raise InvalidInput(*map(_problem, errors)) from error
    for name in ("started_at", "ended_at"):
        moment = getattr(event.detail, name, None)
        if moment and moment > now + FURTHEST_AHEAD:
            raise InvalidInput(
                Problem(
                    f"detail.{name}",
                    "lies more than a day ahead; is it in the offset that it says?",
                )
            )
    return event


def _problem(error: Mapping[str, Any]) -> Problem:
    if error["type"].startswith("union_tag_"):
        return Problem("detail-type", f"must be {' or '.join(CallEventType)}")
    # The union's tag comes first; it is the event's type, and no member of it.
    where = [str(part) for part in error["loc"] if part not in tuple(CallEventType)]
    return Problem(".".join(where) or None, validation.message(error))


def to_call(detail: CallDetail, default_region: str) -> Call:
    return Call(
        call_uuid=detail.call_uuid,
        caller_number=_usable(detail.caller_number, default_region),
        campaign_id=detail.campaign_id,
        dialed_number=detail.dialed_number,
        started_at=detail.started_at,
        ended_at=detail.ended_at if isinstance(detail, EndedCallDetail) else None,
    )


def _usable(caller_number: str | None, default_region: str) -> str | None:
    try:
        return caller_numbers.normalize(caller_number or "", default_region)
    except InvalidCallerNumber:
        return None
