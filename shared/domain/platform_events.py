"""The events for the platform: `Call Tagged` and `Call Ended`, with a call's tags, and
`Caller Forgotten`. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain import timestamps
from shared.domain.calls import INBOUND, Call, CallEventType, Tag

SOURCE = "call-data-writing"
DETAIL_TYPE = "Call Tagged"
ENDED_DETAIL_TYPE = CallEventType.ENDED
"""As the platform's own event, which has another source."""

MAX_DETAIL_BYTES = 1_000_000
"""Maximum bytes of an event's detail: EventBridge accepts 1 MB including the envelope. All tags of
a call fit, however JSON has to escape them."""

FORGOTTEN_DETAIL_TYPE = "Caller Forgotten"


def forgotten_detail(call: Call) -> str:
    """Return the detail of the event that asks the platform to forget a call's caller."""
    at = call.forgotten_at
    members = {"call_uuids": [call.call_uuid], "forgotten_at": at and timestamps.to_text(at)}
    return _to_json(members)


def event_detail(call: Call, at: datetime, longest_call: timedelta) -> str:
    """Return the event's detail as JSON, with `tags_omitted` instead of tags that do not fit."""
    text = _to_json(detail(call, at, longest_call))
    if len(text.encode()) > MAX_DETAIL_BYTES:
        return detail_without_tags(call, at, longest_call)
    return text


def detail_without_tags(call: Call, at: datetime, longest_call: timedelta) -> str:
    """Return the detail of an event that says that its call's tags are omitted."""
    omitted = {"tags": {}, "attribution": {}, "tags_omitted": True}
    return _to_json(_about(call, at, longest_call) | omitted)


def detail(call: Call, at: datetime, longest_call: timedelta) -> dict[str, Any]:
    """Return all that is sent to the platform about a call, with its status at `at`."""
    return _about(call, at, longest_call) | tags(call.tags)


def _about(call: Call, at: datetime, longest_call: timedelta) -> dict[str, Any]:
    return {
        "call_uuid": call.call_uuid,
        "caller_number": call.caller_number,
        "campaign_id": call.campaign_id,
        "dialed_number": call.dialed_number,
        "direction": call.direction or INBOUND,
        "call_status": call.status(at, longest_call),
        "started_at": timestamps.to_text(call.started_at),
        "ended_at": timestamps.to_text(call.ended_at) if call.ended_at else None,
        "version": call.version,
    }


def tags(tags: Mapping[str, Tag]) -> dict[str, Any]:
    """Return the tags' values, and the source of each."""
    return {
        "tags": {name: tag.value for name, tag in tags.items()},
        "attribution": {
            name: {
                "publisher_id": tag.source.publisher_id,
                "key_id": tag.source.key_id,
                "posting_id": tag.source.posting_id,
                "posted_at": timestamps.to_text(tag.source.posted_at),
            }
            for name, tag in tags.items()
        },
    }


def _to_json(members: Mapping[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
