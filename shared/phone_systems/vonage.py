"""Vonage's Voice API: event webhooks, and the answer webhook, which has no status and no direction.

The legs of a caller's call share `conversation_uuid`; `uuid` is one leg's. Numbers have their
country code and no plus. Source: developer.vonage.com/en/voice/voice-api/webhook-reference.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.phone_systems import parties

_IN_PROGRESS = ("started", "ringing", "answered")
_OVER = ("completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered")
_OF_ANSWER = frozenset(
    ("campaign_id", "conversation_uuid", "custom_data", "direction", "endpoint_type", "from",
     "from_user", "region_url", "to", "uuid")
)  # fmt: skip
"""Members of the answer webhook, which asks what to do with a call. It may have SIP headers, and by
GET what the callback address says."""
_SIP_HEADER = "SipHeader_"


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    if members.get("conversation_uuid_from") and members.get("conversation_uuid_to"):
        return _transfer(members)
    conversation = members.get("conversation_uuid")
    status = str(members.get("status") or "").lower()
    status = "cancelled" if status == "canceled" else status
    direction = parties.direction_of(members.get("direction"))
    if not status and _is_answer(members):
        # The events before the answer of an outbound call had its direction, which stays.
        status, direction = "started", direction or Direction.INBOUND
    if status not in (*_IN_PROGRESS, *_OVER):
        return Ignored(parties.not_of_a_call("status", status), conversation)
    timestamp = members.get("timestamp")
    has_ended = status in _OVER
    return CallReport(
        call_uuid=conversation,
        id_member="conversation_uuid",
        leg_id=members.get("uuid"),
        **parties.sides(
            parties.with_plus(members.get("from")),
            parties.with_plus(members.get("to")),
            direction,
            has_legs=True,
        ),
        started_at=members.get("start_time") or (None if has_ended else timestamp),
        ended_at=(members.get("end_time") or timestamp) if has_ended else None,
        has_ended=has_ended,
    )


def _transfer(members: Mapping[str, Any]) -> CallReport | Ignored:
    """Read the event of a leg that moves to another conversation, which its later events name."""
    conversation = members["conversation_uuid_to"]
    if not members.get("uuid") or conversation == members["conversation_uuid_from"]:
        return Ignored("a transfer of no leg, or within a conversation", conversation)
    return CallReport(
        call_uuid=conversation,
        id_member="conversation_uuid_to",
        parent_call_uuid=members["conversation_uuid_from"],
        moved_leg=members["uuid"],
    )


def _is_answer(members: Mapping[str, Any]) -> bool:
    sent = {name for name, value in members.items() if value not in (None, "")}
    others = {name for name in sent - _OF_ANSWER if not name.startswith(_SIP_HEADER)}
    return {"uuid", "to"} <= sent and bool({"from", "from_user"} & sent) and not others
