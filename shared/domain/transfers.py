"""The start of a call that was transferred, after which another leg is its main leg. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.calls import Call

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def is_transferred(call: Call) -> bool:
    return call.main_leg_started_at not in (None, call.started_at)


def main_leg_since(call: Call) -> datetime:
    """Return the start of the main leg. A transfer is later than a start that was assumed."""
    if call.is_start_assumed and not is_transferred(call):
        return _LONG_AGO
    return call.main_leg_started_at or call.started_at


def with_start_before(call: Call, transferred: Call) -> Call:
    """Return a call after a transfer. If its start was assumed before, it still is, and is before
    the transfer."""
    transferred_at = transferred.main_leg_started_at
    if not call.is_start_assumed or transferred_at is None:
        return transferred
    started_at = min(call.started_at, transferred_at - _MILLISECOND)
    return replace(transferred, started_at=started_at, is_start_assumed=True)
