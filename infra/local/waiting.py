"""Polling for a result, as long as it takes and no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

PATIENCE_SECONDS = 30.0


def eventually(
    check: Callable[[], Result | None],
    what: str,
    *,
    within: float = PATIENCE_SECONDS,
    every: float = 0.05,
) -> Result:
    """Call `check` until its result is not None, and return that result. Times are in seconds.

    Raises TimeoutError, and the errors of `check`.
    """
    deadline = time.monotonic() + within
    while True:
        result = check()
        if result is not None:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"timed out after {within:g} seconds waiting for {what}")
        time.sleep(every)
