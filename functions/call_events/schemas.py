"""The platform's call events as they arrive on the bus, and why one of them cannot be read."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from shared import caller_numbers, timestamps
from shared.calls import Call, CallEventType
from shared.errors import InvalidCallerNumber, InvalidInput, Problem

FURTHEST_AHEAD = timedelta(days=1)
"""No clock is this wrong; a call that starts later would hide the caller's real calls till then."""

Text = Annotated[str, StringConstraints(max_length=256)]


class CallDetail(BaseModel):
    """What both events tell. A caller number that cannot be read is an anonymous caller's."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    call_uuid: UUID
    caller_number: Any = None
    campaign_id: Text | None = None
    dialed_number: Text | None = None
    started_at: AwareDatetime


class EndedCallDetail(CallDetail):
    ended_at: AwareDatetime


class CallStarted(BaseModel):
    type: Literal[CallEventType.STARTED] = Field(alias="detail-type")
    detail: CallDetail


class CallEnded(BaseModel):
    type: Literal[CallEventType.ENDED] = Field(alias="detail-type")
    detail: EndedCallDetail


CallEvent = CallStarted | CallEnded

_call_event: TypeAdapter[CallEvent] = TypeAdapter(Annotated[CallEvent, Field(discriminator="type")])


def parse(text: str, now: datetime) -> CallEvent:
    """Raises InvalidInput, which names what is wrong but does not quote it."""
    try:
        event = _call_event.validate_json(text)
    except ValidationError as error:
        raise InvalidInput(
            *(
                Problem(".".join(map(str, problem["loc"])) or None, problem["msg"])
                for problem in error.errors(include_input=False, include_url=False)
            )
        ) from error
    for name in ("started_at", "ended_at"):
        moment = getattr(event.detail, name, None)
        if moment and moment > now + FURTHEST_AHEAD:
            raise InvalidInput(Problem(f"detail.{name}", "lies more than a day ahead"))
    return event


def to_call(detail: CallDetail, default_region: str) -> Call:
    ended_at = detail.ended_at if isinstance(detail, EndedCallDetail) else None
    return Call(
        call_uuid=str(detail.call_uuid),
        caller_number=_usable(detail.caller_number, default_region),
        campaign_id=detail.campaign_id,
        dialed_number=detail.dialed_number,
        started_at=timestamps.to_milliseconds(detail.started_at),
        ended_at=timestamps.to_milliseconds(ended_at) if ended_at else None,
    )


def _usable(caller_number: object, default_region: str) -> str | None:
    try:
        return caller_numbers.normalize(str(caller_number or ""), default_region)
    except InvalidCallerNumber:
        return None
