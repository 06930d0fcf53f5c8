"""Trying again what others contend for, or what was only taken in part."""

import random
import time
from collections.abc import Iterator

from shared.domain.errors import RetriesExhausted
from shared.runtime import time_limits

_LONGEST_PAUSE_SECONDS = 0.4


def attempts(most: int) -> Iterator[int]:
    """Count attempts, with a pause between them that grows to 0.4 seconds and is jittered.

    Raises RetriesExhausted once they are used up, or the time is.
    """
    made = 0
    for attempt in range(most):
        if attempt:
            longest = min(_LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt)
            pause = random.uniform(0, longest)  # noqa: S311  # jitter, not a secret
            if time_limits.is_up(after=pause):
                break
            time.sleep(pause)
        yield attempt
        made += 1
    raise RetriesExhausted(f"gave up after {made} attempts")
