"""Durations as people type and read them: 90s, 15m, 36h, 7d, 1h30m. Pure.

The command line reads and shows them alike (`cli/durations.py`), and may import nothing of this.
"""

import re

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPELLED = re.compile("".join(rf"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS))


def read(text: str) -> int:
    """Seconds. Raises ValueError, with what to write instead."""
    compact = "".join(text.split()).lower()
    if compact == "0":
        return 0
    match = _SPELLED.fullmatch(compact)
    if not compact or match is None:
        raise ValueError("write a number and its unit, such as 90s, 15m, 36h or 7d")
    return sum(int(n or 0) * each for n, each in zip(match.groups(), _UNITS.values(), strict=True))


def show(seconds: int) -> str:
    """In whole days from two days on, else in hours, minutes and seconds, as `read` reads it."""
    if seconds >= 2 * _UNITS["d"] and seconds % _UNITS["d"] == 0:
        return f"{seconds // _UNITS['d']}d"
    parts = {"h": seconds // 3_600, "m": seconds // 60 % 60, "s": seconds % 60}
    return "".join(f"{number}{unit}" for unit, number in parts.items() if number) or "0"
