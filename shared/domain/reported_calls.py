"""Reads the values of a call report: the call's ID, its parties, its times and its leg. Pure.

Plain reports and those of all phone systems are read here alike.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from shared.domain import call_details, caller_numbers, e164, reported_times
from shared.domain.call_reports import CallReport, Direction
from shared.domain.calls import Call
from shared.domain.errors import InvalidCallerNumber, InvalidInput, Problem

if TYPE_CHECKING:
    from shared.domain.legs import Leg

_MAX_CALL_SECONDS = 7 * 24 * 60 * 60
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]+)?")
_EXTENSION = re.compile(r"[0-9]{0,6}")
"""A caller without a number, who is anonymous without a warning."""

NO_TEXT = "is neither text nor a number, so the caller is anonymous; send one phone number"

Value = TypeVar("Value")


class _Sides(NamedTuple):
    """The person outside, in E.164, and the other side as it was sent."""

    person: str | None
    other: str | None
    warnings: list[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCall:
    """A call as one report has it.

    With `parent_call_uuid` it is a leg of that call, and with `moved_leg` that leg goes on under
    this ID. `leg` is set where several legs share the call's ID.
    """

    call: Call
    leg: "Leg | None" = None
    parent_call_uuid: str | None = None
    moved_leg: str | None = None
    warnings: tuple[Problem, ...] = ()


def read(
    report: CallReport,
    *,
    default_region: str,
    arrived_at: datetime,
    reported_by: str,
    in_path: str | None = None,
    names: Mapping[str, str] | None = None,
) -> ReportedCall:
    """Return the reported call. `in_path` is the call ID in the request's path, if there is one.

    Without a start the call started at the time of arrival, or at its end if that is earlier.
    `reported_by` is the ID of a platform key, or `bus`. `names` are the names of sent members by
    ours, for messages. Raises InvalidInput with every problem.
    """
    reading = _Reading(report, names or {})
    call_uuid = reading.call_id(in_path)
    parent = reading.member("parent_call_uuid", report.parent_call_uuid, call_details.parse_call_id)
    moved_leg = reading.member("moved_leg", report.moved_leg, call_details.parse_call_id)
    started_at, ended_at = reading.times(arrived_at)
    if reading.problems or call_uuid is None:
        raise InvalidInput(*reading.problems)
    sides = _sides(report, report.direction or Direction.INBOUND, default_region)
    return ReportedCall(
        call=Call(
            call_uuid=call_uuid,
            caller_number=sides.person,
            campaign_id=call_details.text_or_none(report.campaign_id),
            dialed_number=sides.other,
            direction=report.direction,
            started_at=started_at or min(arrived_at, ended_at or arrived_at),
            ended_at=ended_at,
            is_start_assumed=not reading.has_start,
            reported_by=frozenset((reported_by,)),
        ),
        leg=_leg(report, default_region),
        parent_call_uuid=parent if parent != call_uuid else None,
        moved_leg=moved_leg,
        warnings=(*reading.warnings, *sides.warnings),
    )


class _Reading:
    """Reads the members of one report, and collects what is wrong with them."""

    def __init__(self, report: CallReport, names: Mapping[str, str]) -> None:
        self._report = report
        self._names = names
        self.has_start = False
        """Whether the report itself says when the call started."""
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def member(self, name: str, value: object, parse: Callable[[Any], Value]) -> Value | None:
        """Return a member's value; None if it was not sent, or is invalid and a problem."""
        if value in (None, ""):
            return None
        try:
            return parse(value)
        except ValueError as error:
            self.problems.append(Problem(self._names.get(name, name), str(error)))
            return None

    def call_id(self, in_path: str | None) -> str | None:
        name, sent = self._report.id_member, self._report.call_uuid
        in_body = self.member(name, sent, call_details.parse_call_id)
        if not in_path:
            if sent in (None, ""):
                message = "is required; send the call ID in the path or the body"
                self.problems.append(Problem(name, message))
            return in_body
        named = self.member("call_uuid", in_path, call_details.parse_call_id)
        if in_body and named and in_body != named:
            self.problems.append(Problem(name, "differs from the call ID in the path"))
        return named

    def times(self, arrived_at: datetime) -> tuple[datetime | None, datetime | None]:
        """Return start and end. A length without a start is counted back from the end."""
        report, parse = self._report, call_details.parse_timestamp
        started_at, ended_at, warnings = reported_times.settle(
            self.member("started_at", report.started_at, parse),
            self.member("ended_at", report.ended_at, parse),
            arrived_at,
        )
        self.has_start = bool(started_at) and all(w.param != "started_at" for w in warnings)
        self.warnings += warnings
        if report.has_ended and ended_at is None:
            ended_at = max(arrived_at, started_at or arrived_at)
        if started_at is None and ended_at and (length := self._length()):
            started_at = ended_at - length
        return started_at, ended_at

    def _length(self) -> timedelta | None:
        text = (call_details.as_text(self._report.seconds) or "").strip()
        if not text:
            return None
        if _SECONDS.fullmatch(text) and float(text) <= _MAX_CALL_SECONDS:
            return timedelta(seconds=float(text))
        name = self._names.get("seconds")
        self.warnings.append(Problem(name, "is not a call's length in seconds; it was ignored"))
        return None


def _leg(report: CallReport, default_region: str) -> "Leg | None":
    leg_id = call_details.as_text(report.leg_id)
    if not leg_id:
        return None
    # Loaded with the first leg. Both sides are read for a leg only: reading a number in an unusual
    # spelling loads numbering plans.
    from shared.domain.legs import Leg, Parties  # noqa: PLC0415

    inbound, outbound = (_sides(report, each, default_region) for each in Direction)
    return Leg(
        leg_id=leg_id,
        direction=report.direction,
        inbound=Parties(inbound.person, inbound.other),
        outbound=Parties(outbound.person, outbound.other),
        is_takeover=report.is_takeover,
    )


def _sides(report: CallReport, direction: Direction, default_region: str) -> _Sides:
    """Return which side is the person outside if the call has this direction."""
    calling, called = report.caller_number, report.dialed_number
    is_outbound = direction is Direction.OUTBOUND
    person, other = (called, calling) if is_outbound else (calling, called)
    name = "dialed_number" if is_outbound else "caller_number"
    text = call_details.as_text(person)
    is_unusable = text is None and person is not None
    number, messages = _number(text or "", default_region)
    messages = (NO_TEXT,) if is_unusable else messages
    return _Sides(
        person=number,
        other=call_details.text_or_none(other),
        warnings=[Problem(name, message) for message in messages],
    )


def _number(text: str, default_region: str) -> tuple[str | None, tuple[str, ...]]:
    """Return a number in E.164, or None for an anonymous caller, and messages for warnings."""
    try:
        reading = caller_numbers.read(text, default_region)
    except InvalidCallerNumber as error:
        is_meant = not _is_anonymous(text, str(error))
        return None, (f"{error}; the caller is anonymous",) if is_meant else ()
    return reading.number, reading.repairs


def _is_anonymous(text: str, message: str) -> bool:
    """Whether a caller withholds the number, or has none. `message` says why it was not read."""
    # Loaded already by the reading that failed.
    from shared.domain.spelled_digits import WITHHELD  # noqa: PLC0415

    digits = "".join(filter(str.isalnum, text))
    return message == WITHHELD or bool(_EXTENSION.fullmatch(digits)) or e164.is_withheld(digits)
