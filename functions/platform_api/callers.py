"""What is known of a caller before there is a call: what one that started now would get."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain import platform_events, timestamps
from shared.domain.calls import Call, merge
from shared.runtime.concurrency import side_by_side
from shared.stores.calls import CallStore

LATEST = 10


def describe(
    calls: CallStore, caller_number: str, now: datetime, longest_call: timedelta
) -> dict[str, Any]:
    """The tags that wait for the caller's next call, and its latest calls. Consumes nothing."""
    found: list[Any] = side_by_side(
        [lambda: calls.pending_for(caller_number, now), lambda: calls.latest(caller_number)]
    )
    waiting, latest = found
    tags = merge({}, waiting).tags
    told = platform_events.tags(tags)
    until = {posting.posting_id: posting.stored_until for posting in waiting}
    for source in told["attribution"].values():
        source["stored_until"] = timestamps.to_text(until[source["posting_id"]])
    return {
        "caller_number": caller_number,
        **told,
        "calls": [_call(call, now, longest_call) for call in _as_known(calls, latest[:LATEST])],
    }


def _as_known(calls: CallStore, listed: Sequence[Call]) -> list[Call]:
    """A caller's list has mostly no ends."""
    if not listed:
        return []
    found = side_by_side([partial(calls.get, call.call_uuid) for call in listed])
    return [call for call in found if call]


def _call(call: Call, now: datetime, longest_call: timedelta) -> dict[str, Any]:
    return {
        "call_uuid": call.call_uuid,
        "campaign_id": call.campaign_id,
        "call_status": call.status(now, longest_call),
        "started_at": timestamps.to_text(call.started_at),
        "ended_at": timestamps.to_text(call.ended_at) if call.ended_at else None,
    }
