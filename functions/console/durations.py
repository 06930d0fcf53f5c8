"""Durations as people type and read them: 90s, 15m, 36h, 7d, 1h30m. Pure.

`cli/durations.py` reads and shows them alike. The command line must not import the service's code.
"""

import re

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PATTERN = re.compile("".join(rf"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS))


def parse(text: str) -> int:
    """Return seconds. Raises ValueError, which says what to write instead."""
    compact = "".join(text.split()).lower()
    if compact == "0":
        return 0
    match = _PATTERN.fullmatch(compact)
    if not compact or match is None:
        raise ValueError("write a number and a unit, such as 90s, 15m, 36h or 7d")
    return sum(int(n or 0) * each for n, each in zip(match.groups(), _UNITS.values(), strict=True))


def to_text(seconds: int) -> str:
    """Return whole days from two days up, otherwise hours, minutes and seconds."""
    if seconds >= 2 * _UNITS["d"] and seconds % _UNITS["d"] == 0:
        return f"{seconds // _UNITS['d']}d"
    parts = {"h": seconds // 3_600, "m": seconds // 60 % 60, "s": seconds % 60}
    return "".join(f"{number}{unit}" for unit, number in parts.items() if number) or "0"
