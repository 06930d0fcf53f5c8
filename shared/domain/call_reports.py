"""What one request or event says about a call, before its values are read. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """The direction of a call, seen from the platform."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """One report of a call, with its values as they were sent.

    `caller_number` is the calling side and `dialed_number` the called side, as phone systems have
    it. `direction` is None where the body does not say; what is stored about the call's leg then
    decides, or without `leg_id` the callback address. `leg_id` is set where several legs share the
    call's ID. `is_takeover` marks a leg that continues the call after another one (a transfer), so
    that from then on its end is the call's. A report with `parent_call_uuid` is about a leg of that
    call; with `moved_leg`, that leg goes on under this report's ID. `has_ended` without `ended_at`
    means at the time of the request; `seconds` is the call's length, counted back from its end.
    """

    call_uuid: object = None
    caller_number: object = None
    dialed_number: object = None
    direction: Direction | None = Direction.INBOUND
    campaign_id: object = None
    started_at: object = None
    ended_at: object = None
    has_ended: bool = False
    seconds: object = None
    leg_id: object = None
    is_takeover: bool = False
    parent_call_uuid: object = None
    moved_leg: object = None
    id_member: str = "call_uuid"
    """The name of the member that has the call's ID, for error messages."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A request or event that says nothing about a call's start or end, or is about a leg whose
    parent is unknown."""

    reason: str
    call_uuid: object = None
