"""`Call Tagged`, the event with which the platform gets a call's tags back."""

import json
from datetime import datetime, timedelta
from typing import Any

from shared.domain import timestamps
from shared.domain.calls import Call

SOURCE = "call-data-writing"
DETAIL_TYPE = "Call Tagged"

MAX_DETAIL_BYTES = 240_000
"""What fits in one event: EventBridge takes 256 KB, and wraps the detail in an envelope."""


def call_tagged(call: Call, at: datetime, longest_call: timedelta) -> str:
    """The event's detail as JSON; `tags_omitted` instead of the tags where they would not fit."""
    about = {
        "call_uuid": call.call_uuid,
        "caller_number": call.caller_number,
        "campaign_id": call.campaign_id,
        "call_status": call.status(at, longest_call),
        "version": call.version,
    }
    detail = _to_json(about | _tags(call))
    if len(detail.encode()) > MAX_DETAIL_BYTES:
        return _to_json(about | {"tags": {}, "attribution": {}, "tags_omitted": True})
    return detail


def _tags(call: Call) -> dict[str, Any]:
    return {
        "tags": {name: tag.value for name, tag in call.tags.items()},
        "attribution": {
            name: {
                "publisher_id": tag.source.publisher_id,
                "key_id": tag.source.key_id,
                "posting_id": tag.source.posting_id,
                "posted_at": timestamps.to_text(tag.source.posted_at),
            }
            for name, tag in call.tags.items()
        },
    }


def _to_json(detail: dict[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=False, separators=(",", ":"))
