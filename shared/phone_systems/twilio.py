"""Twilio's voice webhooks and status callbacks, and SignalWire's cXML, which has the same form.

Sources: twilio.com/docs/voice/twiml (request parameters), twilio.com/docs/voice/api/call-resource
(StatusCallback), signalwire.com/docs/compatibility-api (voice status callback).
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.phone_systems import parties

IN_PROGRESS = ("queued", "initiated", "ringing", "in-progress", "answered")
OVER = ("completed", "busy", "failed", "no-answer", "canceled")
"""All values of CallStatus; `answered` is the name of the event, which some senders put there."""
_OVER_ELSEWHERE = (
    "cancel", "cancelled", "disconnected", "ended", "finished", "hangup", "noanswer", "rejected",
    "terminated", "timeout", "unanswered",
)  # fmt: skip
"""What other systems write in this form for a call that is over."""


_OF_INBOUND = ("ShakenStirAttestation", "ShakenStirValidated", "StirVerstat", "StirPassportToken")
_OF_OUTBOUND = ("AnsweredBy", "MachineDetectionDuration")
"""Members that only callbacks of such calls have: how the caller's number was verified, and who has
answered."""


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    status = text(members, "CallStatus").replace("_", "-")
    call_sid, parent = members.get("CallSid"), members.get("ParentCallSid")
    has_ended = status in OVER or status in _OVER_ELSEWHERE
    if status not in IN_PROGRESS and not has_ended:
        return Ignored(parties.not_of_a_call("CallStatus", status), call_sid)
    if not parent and text(members, "Direction").replace("_", "-") == "outbound-dial":
        return Ignored("leg of an unknown call: Direction is outbound-dial", call_sid)
    timestamp = members.get("Timestamp")
    return CallReport(
        call_uuid=call_sid,
        id_member="CallSid",
        parent_call_uuid=parent if parent != call_sid else None,
        **parties.sides(members.get("From"), members.get("To"), _direction(members)),
        started_at=None if has_ended else timestamp,
        ended_at=timestamp if has_ended else None,
        has_ended=has_ended,
        seconds=members.get("CallDuration") if has_ended else None,
    )


def _direction(members: Mapping[str, Any]) -> Direction | None:
    """Return the call's direction, or None if it is missing, as in Telnyx's TeXML callbacks."""
    direction = parties.direction_of(members.get("Direction"))
    if direction is None and any(members.get(name) for name in _OF_OUTBOUND):
        return Direction.OUTBOUND
    if direction is None and any(members.get(name) for name in _OF_INBOUND):
        return Direction.INBOUND
    return direction


def text(members: Mapping[str, Any], name: str) -> str:
    return str(members.get(name) or "").strip().lower()
