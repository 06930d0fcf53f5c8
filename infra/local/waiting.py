"""Waiting for what comes about by itself, as long as it takes and no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

PATIENCE_SECONDS = 30.0


def eventually(
    look: Callable[[], Result | None],
    what: str,
    *,
    within: float = PATIENCE_SECONDS,
    every: float = 0.05,
) -> Result:
    """The first result of `look` that is not None. Both times are seconds.

    Raises TimeoutError, and whatever `look` raises.
    """
    deadline = time.monotonic() + within
    while True:
        result = look()
        if result is not None:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within:g} seconds in vain for {what}")
        time.sleep(every)
