"""Plivo's callbacks, and those of systems that are compatible with it.

Numbers have their country code and no plus. StartTime, AnswerTime and EndTime are in the account's
local time, SessionStart is in UTC; both lack an offset. Source: plivo.com/docs/voice (callbacks).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from shared.domain.call_reports import CallReport, Ignored
from shared.phone_systems import parties

_IN_PROGRESS = ("queued", "ringing", "in-progress", "answered")
_OVER = ("completed", "busy", "failed", "timeout", "no-answer", "cancel", "canceled", "cancelled")
_EVENTS = ("", "startapp", "ring", "callinitiated", "hangup", "redirect", "answer")
_QUARTER = timedelta(minutes=15)
_MOST_BETWEEN_STARTS = timedelta(minutes=5)
_MOST_OFFSET = timedelta(hours=14)


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    call_uuid = members.get("CallUUID")
    event = str(members.get("Event") or "").lower()
    is_dial = {"DialALegUUID", "DialBLegUUID", "DialAction", "DialBLegStatus"} & members.keys()
    if is_dial or event not in _EVENTS:
        return Ignored("an event of a dialed leg, a conference or a recording", call_uuid)
    status = str(members.get("CallStatus") or "").lower()
    if status not in (*_IN_PROGRESS, *_OVER) and event != "hangup":
        return Ignored(parties.not_of_a_call("CallStatus", status), call_uuid)
    a_leg = members.get("ParentCallUUID") or members.get("ALegUUID")
    has_ended = status in _OVER or event == "hangup"
    started_at, ended_at = _times(members)
    return CallReport(
        call_uuid=call_uuid,
        id_member="CallUUID",
        parent_call_uuid=a_leg if a_leg and a_leg != call_uuid else None,
        **parties.sides(
            parties.with_plus(members.get("From")),
            parties.with_plus(members.get("To")),
            parties.direction_of(members.get("Direction")),
        ),
        started_at=started_at,
        ended_at=ended_at if has_ended else None,
        has_ended=has_ended,
        seconds=members.get("Duration") if has_ended and not started_at else None,
    )


def _times(members: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return start and end in UTC, as texts.

    The account's offset from UTC is the difference of StartTime and SessionStart, to a quarter of
    an hour. Without it local times cannot be read.
    """
    session, start, end = (_naive(members.get(n)) for n in ("SessionStart", "StartTime", "EndTime"))
    if session is None:
        return None, None
    if start is None:
        return session.replace(tzinfo=UTC).isoformat(), None
    offset = round((start - session) / _QUARTER) * _QUARTER
    if abs(start - session - offset) > _MOST_BETWEEN_STARTS or abs(offset) > _MOST_OFFSET:
        return session.replace(tzinfo=UTC).isoformat(), None
    zone = timezone(offset)
    ended_at = end.replace(tzinfo=zone).isoformat() if end else None
    return start.replace(tzinfo=zone).isoformat(), ended_at


def _naive(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value or "").strip()).replace(tzinfo=None)
    except ValueError:
        return None
