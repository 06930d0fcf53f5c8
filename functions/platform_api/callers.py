"""A caller's pending tags and latest calls: what a call that starts now would get."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain import platform_events, timestamps
from shared.domain.calls import Call
from shared.domain.merging import merge
from shared.runtime.concurrency import side_by_side
from shared.stores.calls import CallStore

MAX_CALLS = 10


def describe(
    calls: CallStore, numbers: Sequence[str], now: datetime, longest_call: timedelta
) -> dict[str, Any]:
    """Return the tags pending for the caller's next call, and the caller's latest calls.

    Reads only: the tags stay pending. Of several numbers, the first is used that has any of them.
    """
    found = [_describe(calls, number, now, longest_call) for number in numbers]
    return next((each for each in found if each["tags"] or each["calls"]), found[0])


def _describe(
    calls: CallStore, caller_number: str, now: datetime, longest_call: timedelta
) -> dict[str, Any]:
    reads: list[Any] = side_by_side(
        [lambda: calls.pending_for(caller_number, now), lambda: calls.latest(caller_number)]
    )
    pending, latest = reads
    tags = platform_events.tags(merge({}, pending).tags)
    stored_until = {posting.posting_id: posting.stored_until for posting in pending}
    for source in tags["attribution"].values():
        source["stored_until"] = timestamps.to_text(stored_until[source["posting_id"]])
    return {
        "caller_number": caller_number,
        **tags,
        "calls": [_call(call, now, longest_call) for call in _load(calls, latest[:MAX_CALLS])],
    }


def _load(calls: CallStore, listed: Sequence[Call]) -> list[Call]:
    """Load the calls, since the entries in a caller's list mostly lack the end."""
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
