"""Durations as people type and read them: 90s, 15m, 36h, 7d, 1h30m. Pure."""

import re

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPELLED = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?")


def read(text: str) -> int:
    """Seconds. Raises ValueError, with what to write instead."""
    match = _SPELLED.fullmatch("".join(text.split()).lower())
    if not match or not match[0]:
        if re.fullmatch(r"0+", text.strip()):
            return 0
        raise ValueError("write a number and its unit, such as 90s, 15m, 36h or 7d")
    return sum(int(n or 0) * each for n, each in zip(match.groups(), _UNITS.values(), strict=True))


def show(seconds: int) -> str:
    """As `read` reads it, in whole hours up to three days: 24h, 36h, 7d, 1h30m."""
    if seconds <= 0:
        return "0s"
    parts, left = "", seconds
    for unit, size in _UNITS.items():
        if unit == "d" and (seconds % size or seconds < 4 * size):
            continue
        if left >= size:
            parts += f"{left // size}{unit}"
            left %= size
    return parts
