"""How many caller numbers a viewer may look up. Pure."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

MAX_LOOK_UPS = 30
"""Maximum different numbers that a viewer may look up within WINDOW."""
WINDOW = timedelta(hours=1)


def recent(looked_up: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    """Return the look-ups that still count, by number."""
    return {number: at for number, at in looked_up.items() if now - at < WINDOW}


def wait_seconds(looked_up: Mapping[str, datetime], number: str, now: datetime) -> int:
    """Return how long a viewer must wait before looking up this number: 0 if they need not.

    A number that was looked up within the window may be looked up again, such as for its next page.
    """
    counted = recent(looked_up, now)
    if number in counted or len(counted) < MAX_LOOK_UPS:
        return 0
    until_free = min(counted.values()) + WINDOW - now
    return max(1, math.ceil(until_free.total_seconds()))
