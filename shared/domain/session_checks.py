"""When a console session must be checked at Cognito, and what it may do until then. Pure.

Times are seconds since the Unix epoch. A check counts from the time when it was sent.
"""

from enum import Enum, auto

CHECK_SECONDS = 60
"""A right that a person lost ends for their sessions within this time."""

MARGIN_SECONDS = 2
"""The time that a change may take to reach the operator API."""

RESPONSE_SECONDS = 5
"""Maximum time that Cognito has to respond. After it, the check counts as failed."""


class Step(Enum):
    """What a request does with its session."""

    USE = auto()
    ASK = auto()
    WAIT = auto()
    """Load the session again in a moment: another request is checking it, or this one may soon."""
    REFUSE = auto()


def next_step(*, now: float, checked_at: float, asked_at: float, is_change: bool) -> Step:
    """Return what a request does with a session.

    `checked_at` is the time of the last check that Cognito confirmed, and `asked_at` the time of
    the last one that was sent. They differ while a check is in progress, and after one has failed.
    """
    if now - checked_at < CHECK_SECONDS - (MARGIN_SECONDS if is_change else 0):
        return Step.USE
    if now - asked_at >= CHECK_SECONDS:
        return Step.ASK
    if asked_at > checked_at:
        if now - asked_at < RESPONSE_SECONDS:
            return Step.WAIT
        return Step.REFUSE if is_change else Step.USE
    return Step.WAIT


def is_in_time(*, now: float, checked_at: float) -> bool:
    """Return whether a change may still be sent to the operator API."""
    return now - checked_at < CHECK_SECONDS
