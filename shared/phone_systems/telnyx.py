"""Telnyx: webhooks of the Voice API (Call Control), version 2 and 1, and TeXML callbacks.

All legs of a caller's call share `call_session_id`; `call_leg_id` is one leg's. Only
`call.initiated` has a direction, so later events are understood by what is stored about their leg.
Source: developers.telnyx.com/docs/voice/programmable-voice/voice-api-webhooks.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Ignored
from shared.phone_systems import parties, twilio

_STARTS = ("call.initiated",)
_PROGRESS = ("call.answered", "call.bridged")
_ENDS = ("call.hangup",)


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    if "CallStatus" in members or "CallSid" in members:
        return _texml(members)
    event = members["data"] if isinstance(members.get("data"), Mapping) else members
    payload = event["payload"]
    # Older webhooks write call_initiated.
    name = str(event["event_type"]).replace("call_", "call.", 1)
    call_uuid = payload.get("call_session_id")
    if name not in (*_STARTS, *_PROGRESS, *_ENDS):
        return Ignored(f"{name} is not about a call's start or end", call_uuid)
    occurred_at = payload.get("occurred_at") or event.get("occurred_at") or event.get("created_at")
    has_ended = name in _ENDS
    direction = parties.direction_of(payload.get("direction"))
    return CallReport(
        call_uuid=call_uuid,
        id_member="call_session_id",
        leg_id=payload.get("call_leg_id") or payload.get("call_control_id"),
        **parties.sides(
            payload.get("from"), payload.get("to"), direction, has_legs=True, bare_names=True
        ),
        started_at=payload.get("start_time") or (None if has_ended else occurred_at),
        ended_at=(payload.get("end_time") or occurred_at) if has_ended else None,
        has_ended=has_ended,
    )


def _texml(members: Mapping[str, Any]) -> CallReport | Ignored:
    """Read a TeXML callback: Twilio's names, with the call's start in it and no direction."""
    report = twilio.read(members)
    if isinstance(report, Ignored):
        return report
    parent = members.get("ParentCallSid") or members.get("ParentCallSidLegacy")
    started_at = members.get("CallInitiatedAt") or report.started_at
    ended_at = (members.get("EndTime") or report.ended_at) if report.has_ended else None
    return CallReport(
        call_uuid=report.call_uuid,
        id_member=report.id_member,
        parent_call_uuid=parent if parent != report.call_uuid else None,
        caller_number=report.caller_number,
        dialed_number=report.dialed_number,
        direction=report.direction,
        started_at=started_at,
        ended_at=ended_at,
        has_ended=report.has_ended,
        seconds=None if started_at else report.seconds,
    )
