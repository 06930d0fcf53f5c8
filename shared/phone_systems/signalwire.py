"""SignalWire's SWML: the request for a document, and the events of its `connect` method.

Its cXML callbacks have Twilio's form. Source: signalwire.com/docs (SWML methods, `call_state_url`).
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.phone_systems import parties

_STATES = ("created", "ringing", "answered", "ending", "ended")


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    if isinstance(members.get("call"), Mapping):
        return _document_request(members["call"])
    params = members.get("params")
    event_type = str(members.get("event_type", ""))
    if event_type != "calling.call.state" or not isinstance(params, Mapping):
        return Ignored(f"{event_type} is not about a call's start or end")
    return _call_state(params, members.get("timestamp"))


def _document_request(call: Mapping[str, Any]) -> CallReport | Ignored:
    if (state := _state(call)) not in _STATES:
        return Ignored(parties.not_of_a_call("call_state", state), call.get("call_id"))
    return CallReport(
        call_uuid=call.get("call_id"),
        id_member="call.call_id",
        **parties.sides(
            call.get("from"), call.get("to"), parties.direction_of(call.get("direction"))
        ),
        has_ended=state == "ended",
    )


def _call_state(params: Mapping[str, Any], timestamp: object) -> CallReport | Ignored:
    call_id, parent = params.get("call_id"), params.get("parent")
    if isinstance(parent, Mapping):
        parent = parent.get("call_id")
    direction = parties.direction_of(params.get("direction"))
    if direction is Direction.OUTBOUND and not parent:
        # Sent for the leg that `connect` dials: its from_number is the caller's.
        return Ignored("leg that another call dialed: direction is outbound", call_id)
    if (state := _state(params)) not in _STATES:
        return Ignored(parties.not_of_a_call("call_state", state), call_id)
    has_ended = state == "ended"
    device = params.get("device")
    ends = device.get("params") if isinstance(device, Mapping) else None
    ends = ends if isinstance(ends, Mapping) else {}
    return CallReport(
        call_uuid=call_id,
        id_member="params.call_id",
        parent_call_uuid=parent if parent != call_id else None,
        **parties.sides(ends.get("from_number"), ends.get("to_number"), direction),
        started_at=None if has_ended else timestamp,
        ended_at=timestamp if has_ended else None,
        has_ended=has_ended,
    )


def _state(call: Mapping[str, Any]) -> str:
    return str(call.get("call_state") or "created").lower()
