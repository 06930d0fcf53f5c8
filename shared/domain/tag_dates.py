"""Dates as publishers write them, to ISO 8601. Pure."""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

# A time of day is only read where it is midnight: another one may be the next day elsewhere.
_YEAR_FIRST = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?"
)
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_DAY_AND_NAME = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -]([0-9]{4})", re.IGNORECASE
)
_NAME_AND_DAY = re.compile(
    r"([a-z]{3,9})\.?[ -]([0-9]{1,2})(?:st|nd|rd|th)?(?:, ?|[ -])([0-9]{4})", re.IGNORECASE
)

_UNREAD = "is not a date; send it as 2026-11-30"


def read(text: str, *, day_first: bool) -> str:
    """Return the date in ISO 8601. Raises ValueError, with a message for the sender."""
    year, month, day = _parts(text, day_first=day_first)
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise ValueError(_UNREAD) from error


def _parts(text: str, *, day_first: bool) -> tuple[int, int, int]:
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _COMPACT.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _YEAR_LAST.fullmatch(text):
        return int(match[4]), *_month_and_day(int(match[1]), int(match[3]), day_first=day_first)
    if match := _DAY_AND_NAME.fullmatch(text):
        return int(match[3]), _month(match[2]), int(match[1])
    if match := _NAME_AND_DAY.fullmatch(text):
        return int(match[3]), _month(match[1]), int(match[2])
    raise ValueError(_UNREAD)


def _month_and_day(first: int, second: int, *, day_first: bool) -> tuple[int, int]:
    if first > len(_MONTHS):
        return second, first
    if second > len(_MONTHS):
        return first, second
    if first != second and not day_first:
        message = "may be day and month or month and day; send it as 2026-11-30"
        raise ValueError(message)
    return second, first


def _month(name: str) -> int:
    name = name.lower()
    for months in (_FULL, _MONTHS):
        if name in months:
            return months.index(name) + 1
    if name == "sept":
        return 9
    raise ValueError(_UNREAD)
