"""A clock that moves only when code sleeps or a test advances it."""

import time

import pytest


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def replace_clock(patch: pytest.MonkeyPatch) -> Clock:
    """Replace time.monotonic and time.sleep by a clock, and return it."""
    clock = Clock()
    patch.setattr(time, "monotonic", lambda: clock.now)
    patch.setattr(time, "sleep", clock.pass_by)
    return clock
