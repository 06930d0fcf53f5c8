"""Local times without a UTC offset, read with the offset that an Asterisk channel's ID shows. Pure.

An ID such as 1772445600.123 begins with the second, in UTC, in which the channel was created.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_UNIQUE_ID = re.compile(r"(?:[^\s.]+-)?([0-9]{10})\.[0-9]+")
"""Before the second there may be the system's name, from asterisk.conf."""

_QUARTER = timedelta(minutes=15)
_MAX_DELAY = timedelta(minutes=5)
_MAX_OFFSET = timedelta(hours=14)


def offset(local_time: object, unique_id: object) -> timezone | None:
    """Return the offset of a local start from UTC; None if the ID does not show it.

    Offsets are multiples of a quarter of an hour, so a few minutes between the channel's creation
    and the start do not matter.
    """
    local, match = _naive(local_time), _UNIQUE_ID.fullmatch(str(unique_id).strip())
    if local is None or match is None:
        return None
    difference = local - datetime.fromtimestamp(int(match[1]), UTC).replace(tzinfo=None)
    shown = round(difference / _QUARTER) * _QUARTER
    if abs(difference - shown) > _MAX_DELAY or abs(shown) > _MAX_OFFSET:
        return None
    return timezone(shown)


def with_offset(local_time: object, zone: timezone) -> str | None:
    """Return a local time with its offset, in ISO 8601; None for any other value."""
    local = _naive(local_time)
    return local.replace(tzinfo=zone).isoformat() if local else None


def _naive(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return time if time.tzinfo is None else None
