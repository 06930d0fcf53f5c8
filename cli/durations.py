"""Parses and formats durations such as 36h, 15m, 7d and 1h30m. Pure."""

import re
from datetime import timedelta

EXAMPLES = "such as 36h, 15m, 7d, 90s or 1h30m"

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile("".join(rf"(?:(?P<{name}>\d+){letter})?" for letter, name in _UNITS.items()))


def parse(text: str) -> timedelta:
    """Parse a duration. Every number but 0 needs a unit. Raises ValueError with a message."""
    compact = "".join(text.lower().split())
    if compact == "0":
        return timedelta(0)
    if compact.isdecimal():
        raise ValueError(f"{text!r} has no unit. Give a duration {EXAMPLES}")
    match = _DURATION.fullmatch(compact) if compact.isascii() else None
    if not compact or match is None:
        raise ValueError(f"{text!r} is not a duration. Give one {EXAMPLES}")
    try:
        return timedelta(**{name: int(number or 0) for name, number in match.groupdict().items()})
    except (OverflowError, ValueError) as error:
        raise ValueError(f"the duration {text!r} is too long") from error


def to_text(duration: timedelta) -> str:
    """Format in days if the duration is two or more whole days, else in hours, minutes, seconds."""
    seconds = int(duration.total_seconds())
    if seconds >= 2 * 86400 and seconds % 86400 == 0:
        return f"{seconds // 86400}d"
    parts = {"h": seconds // 3600, "m": seconds // 60 % 60, "s": seconds % 60}
    return "".join(f"{number}{unit}" for unit, number in parts.items() if number) or "0"
