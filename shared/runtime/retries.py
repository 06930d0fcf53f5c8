"""Retries writes that lost a race against another writer, and batches that were done in part.

What the SDK retries, such as throttling, is in `time_limits.CLIENT`.
"""

import random
import time
from collections.abc import Iterator

from shared.domain.errors import RetriesExhausted
from shared.runtime import time_limits

_MAX_PAUSE_SECONDS = 0.4


def attempts(maximum: int) -> Iterator[int]:
    """Yield the numbers of attempts, with jittered pauses that grow to 0.4 seconds between them.

    Raises RetriesExhausted after the last attempt, or when the time limit would be exceeded.
    """
    made = 0
    for attempt in range(maximum):
        if attempt:
            longest = min(_MAX_PAUSE_SECONDS, 0.01 * 2**attempt)
            pause = random.uniform(0, longest)  # noqa: S311  # jitter, not a secret
            if time_limits.is_up(after=pause):
                break
            time.sleep(pause)
        yield attempt
        made += 1
    raise RetriesExhausted(f"gave up after {made} attempts")
