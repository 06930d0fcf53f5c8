"""Genesys Cloud: detail events of conversations, by its EventBridge partner bus or a workflow.

`conversationId` is the call's ID, shared by all participants; the customer's participant is the
main leg. Source: developer.genesys.cloud, notifications (v2.detail.events.conversation).
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.phone_systems import parties

_START, _END = "customer.start", "customer.end"
_OTHER_PARTICIPANTS = frozenset(("userId", "queueId", "flowId", "voicemailId", "wrapupCode"))


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    body, topic = members, str(members.get("topicName") or "")
    if isinstance(members.get("eventBody"), Mapping):
        body = members["eventBody"]
    call_uuid = body.get("conversationId")
    kind = _kind(topic, body)
    if kind is None or str(body.get("mediaType") or "VOICE").upper() != "VOICE":
        return Ignored("not about the start or end of a customer's phone call", call_uuid)
    has_ended = kind == _END
    is_outbound = str(body.get("direction") or "").upper() == "OUTBOUND"
    return CallReport(
        call_uuid=call_uuid,
        id_member="conversationId",
        leg_id=body.get("participantId"),
        **parties.sides(
            body.get("ani"),
            body.get("dnis"),
            Direction.OUTBOUND if is_outbound else Direction.INBOUND,
        ),
        started_at=None if has_ended else body.get("eventTime"),
        ended_at=body.get("eventTime") if has_ended else None,
        has_ended=has_ended,
    )


def _kind(topic: str, body: Mapping[str, Any]) -> str | None:
    """Return which of the two topics this is. A body without topic says it by its members."""
    if topic:
        return next((kind for kind in (_START, _END) if topic.endswith("." + kind)), None)
    if _OTHER_PARTICIPANTS & body.keys():
        return None
    return _END if "disconnectType" in body else _START
