"""The start and end of a reported call: wrong times are replaced, so that they never lose a call.

Pure. The caller says when the report arrived.
"""

from datetime import datetime, timedelta

from shared.domain.errors import Problem

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far in the future a time may be. A call that starts later would hide the caller's real calls
until then."""

WHOLE_SECOND = timedelta(seconds=1)
"""An end that is less before its start is cut to whole seconds, as Twilio's times are."""

IN_FUTURE = (
    "is more than five minutes in the future, so the time of arrival was used; check its UTC offset"
)
ENDS_BEFORE_START = (
    "is before started_at, so the time of arrival was used; check the UTC offsets of both"
)
ENDS_BEFORE_KNOWN_START = (
    "is before the start that the call is known with, so the time of arrival was used; check the "
    "UTC offsets of both"
)


def settle(
    started_at: datetime | None,
    ended_at: datetime | None,
    arrived_at: datetime,
    now: datetime | None = None,
) -> tuple[datetime | None, datetime | None, list[Problem]]:
    """Return a report's times, wrong ones replaced by the time of arrival, and a warning for each.

    A missing time stays None. An end is never before its start. `now` is given if the report is
    handled later than it arrived: what is in the past by then is no wrong time.
    """
    warnings: list[Problem] = []
    now = now or arrived_at
    if started_at and _is_in_future(started_at, now):
        warnings.append(Problem("started_at", IN_FUTURE))
        started_at = arrived_at
    if ended_at and _is_in_future(ended_at, now):
        warnings.append(Problem("ended_at", IN_FUTURE))
        ended_at = max(arrived_at, started_at or arrived_at)
    if started_at and ended_at and timedelta(0) < started_at - ended_at < WHOLE_SECOND:
        ended_at = started_at
    if started_at and ended_at and ended_at < started_at:
        warnings.append(Problem("ended_at", ENDS_BEFORE_START))
        # Within the allowed skew, the start may be later than the arrival.
        ended_at = max(arrived_at, started_at)
    return started_at, ended_at, warnings


def _is_in_future(time: datetime, now: datetime) -> bool:
    return time > now + MAX_CLOCK_SKEW
