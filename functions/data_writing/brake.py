"""The brake: how often one key may post for one caller. Each process counts on its own, in
memory that is bounded, so it slows a flood down and is no quota."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from shared.domain.errors import Problem, TooManyPostings

MAX_POSTINGS = 60
"""Maximum postings of one key for one caller, or one call, in a minute."""

TOO_MANY = Problem(
    None,
    f"more than {MAX_POSTINGS} postings for this caller in a minute; this one was not stored; send "
    "all tags in one posting, or retry after the seconds in Retry-After",
)

_PERIOD_SECONDS = 60.0
_MAX_COUNTED = 4096


class Brake:
    """Counts the postings of the last minute by key and caller. The clock is wall time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times = OrderedDict[tuple[str, str], list[float]]()

    def admit(self, key_id: str, target: str) -> None:
        """Count a posting for a caller number or a call ID. Raises TooManyPostings instead."""
        now = self._clock()
        counted = (key_id, target)
        times = self._times.setdefault(counted, [])
        self._times.move_to_end(counted)
        if len(times) == MAX_POSTINGS:
            remaining = times[0] + _PERIOD_SECONDS - now
            # More remains only if the clock was set back.
            if 0 < remaining <= _PERIOD_SECONDS:
                raise TooManyPostings(TOO_MANY, retry_after=ceil(remaining))
            del times[0]
        times.append(now)
        if len(self._times) > _MAX_COUNTED:
            self._times.popitem(last=False)
