"""jambonz: application webhooks and call status events.

A leg of `dial` has parent_call_sid. The events have no times. Sources: jambonz.org (webhooks),
jambonz-feature-server lib/session/call-info.js and lib/utils/constants.json.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Ignored
from shared.phone_systems import parties

_IN_PROGRESS = ("trying", "queued", "ringing", "early-media", "in-progress")
_OVER = ("completed", "failed", "busy", "no-answer", "canceled", "cancelled")


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    call_sid, parent = members.get("call_sid"), members.get("parent_call_sid")
    status = str(members.get("call_status") or "").lower()
    if status not in (*_IN_PROGRESS, *_OVER):
        return Ignored(parties.not_of_a_call("call_status", status), call_sid)
    has_ended = status in _OVER
    return CallReport(
        call_uuid=call_sid,
        id_member="call_sid",
        parent_call_uuid=parent if parent != call_sid else None,
        **parties.sides(
            members.get("from"),
            members.get("to"),
            parties.direction_of(members.get("direction")),
            bare_names=True,
        ),
        has_ended=has_ended,
        seconds=members.get("duration") if has_ended else None,
    )
