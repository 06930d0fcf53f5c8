"""Bandwidth's Voice V2 webhooks (BXML).

The leg of a `<Transfer>` has its own callId, and the numbers of the call that it belongs to; its
parentCallId names that call. Source: dev.bandwidth.com/docs/voice/webhooks.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Ignored
from shared.phone_systems import parties

_STARTS = ("initiate", "answer")
_ENDS = ("disconnect",)
_OTHER_TIMES = ("recordcomplete", "recordingavailable", "transcriptionavailable")
"""Events whose startTime and endTime are a recording's."""


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    event, call_id = str(members.get("eventType") or ""), members.get("callId")
    parent = members.get("parentCallId")
    kind = event.lower()
    is_of_call = kind in (*_STARTS, *_ENDS) or ("direction" in members and "startTime" in members)
    if not parent and (not is_of_call or kind in _OTHER_TIMES or kind.startswith("conference")):
        return Ignored(f"{event} is not about a call's start or end", call_id)
    has_ended = kind in _ENDS
    event_time = members.get("eventTime")
    return CallReport(
        call_uuid=call_id,
        id_member="callId",
        parent_call_uuid=parent if parent != call_id else None,
        **parties.sides(
            members.get("from"),
            members.get("to"),
            parties.direction_of(members.get("direction")),
        ),
        started_at=members.get("startTime") or (event_time if kind in _STARTS else None),
        ended_at=(members.get("endTime") or event_time) if has_ended else None,
        has_ended=has_ended,
    )
