"""A clock that stands still until something sleeps, or a test moves it on."""

import time

import pytest


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def replace_clock(patch: pytest.MonkeyPatch) -> Clock:
    """A clock for all that reads time.monotonic, or sleeps; what sleeps moves it on."""
    clock = Clock()
    patch.setattr(time, "monotonic", lambda: clock.now)
    patch.setattr(time, "sleep", clock.pass_by)
    return clock
