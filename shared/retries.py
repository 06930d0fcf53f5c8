"""Trying again what others contend for, or what was only taken in part."""

import random
import time
from collections.abc import Iterator

from shared.errors import RetriesExhausted

_LONGEST_PAUSE_SECONDS = 0.4


def attempts(most: int) -> Iterator[int]:
    """Count attempts, with a pause between them that grows to 0.4 seconds and is jittered.

    Raises RetriesExhausted once they are used up.
    """
    for attempt in range(most):
        if attempt:
            pause = min(_LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt)
            time.sleep(random.uniform(0, pause))  # noqa: S311  # jitter, not a secret
        yield attempt
    raise RetriesExhausted(f"gave up after {most} attempts")
