"""`Call Tagged`, the event with which the platform gets a call's tags back, and `Caller Forgotten`,
by which it learns what it must forget. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain import timestamps
from shared.domain.calls import Call, Tag

SOURCE = "call-data-writing"
DETAIL_TYPE = "Call Tagged"

MAX_DETAIL_BYTES = 240_000
"""What fits in one event: EventBridge takes 256 KB, and wraps the detail in an envelope."""


FORGOTTEN_DETAIL_TYPE = "Caller Forgotten"


def forgotten_detail(call: Call) -> str:
    """The detail of the event that tells to forget a call's caller."""
    at = call.forgotten_at
    members = {"call_uuids": [call.call_uuid], "forgotten_at": at and timestamps.to_text(at)}
    return _to_json(members)


def event_detail(call: Call, at: datetime, longest_call: timedelta) -> str:
    """The event's detail as JSON; `tags_omitted` instead of the tags where they would not fit."""
    text = _to_json(detail(call, at, longest_call))
    if len(text.encode()) > MAX_DETAIL_BYTES:
        return _to_json(
            _about(call, at, longest_call) | {"tags": {}, "attribution": {}, "tags_omitted": True}
        )
    return text


def detail(call: Call, at: datetime, longest_call: timedelta) -> dict[str, Any]:
    """All that the platform is told of a call, its status as of `at`."""
    return _about(call, at, longest_call) | tags(call.tags)


def _about(call: Call, at: datetime, longest_call: timedelta) -> dict[str, Any]:
    return {
        "call_uuid": call.call_uuid,
        "caller_number": call.caller_number,
        "campaign_id": call.campaign_id,
        "call_status": call.status(at, longest_call),
        "version": call.version,
    }


def tags(tags: Mapping[str, Tag]) -> dict[str, Any]:
    """The values of tags, and where each came from."""
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
