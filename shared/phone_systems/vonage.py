"""Vonage's Voice API: event webhooks.

The legs of a caller's call share `conversation_uuid`; `uuid` is one leg's. Numbers have their
country code and no plus. Source: developer.vonage.com/en/voice/voice-api/webhook-reference.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.phone_systems import parties

_IN_PROGRESS = ("started", "ringing", "answered")
_OVER = ("completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered")
_DIRECTIONS = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    conversation = members.get("conversation_uuid")
    status = str(members.get("status") or "").lower()
    status = "cancelled" if status == "canceled" else status
    if status not in (*_IN_PROGRESS, *_OVER):
        what = f"status {status}" if status.isalpha() else "an event without status"
        return Ignored(f"{what} is not about a call's start or end", conversation)
    timestamp = members.get("timestamp")
    has_ended = status in _OVER
    return CallReport(
        call_uuid=conversation,
        id_member="conversation_uuid",
        leg_id=members.get("uuid"),
        **parties.sides(
            parties.with_plus(members.get("from")),
            parties.with_plus(members.get("to")),
            _DIRECTIONS.get(str(members.get("direction") or "").lower()),
        ),
        started_at=members.get("start_time") or (None if has_ended else timestamp),
        ended_at=(members.get("end_time") or timestamp) if has_ended else None,
        has_ended=has_ended,
    )
