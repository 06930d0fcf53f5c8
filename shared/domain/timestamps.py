"""Times as the APIs and the tables have them. Handlers read the clock, never this module."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch_ms(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, UTC) + timedelta(milliseconds=epoch_ms % 1000)


def to_epoch_ms(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(milliseconds=1)


def to_epoch_seconds(time: datetime) -> int:
    """Return whole seconds, rounded up, as a DynamoDB TTL attribute needs them."""
    return -int(-time.timestamp() // 1)


def to_text(time: datetime) -> str:
    """Return UTC with milliseconds at a fixed width, so that texts sort as their times do."""
    utc = time.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_milliseconds(time: datetime) -> datetime:
    """Return the time in UTC, cut to milliseconds, the precision that is stored and compared."""
    utc = time.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


# Compiled at first use: most functions parse no times.
_EPOCH_TEXT = r"[0-9]{9,19}(\.[0-9]+)?"
_UTC_NAME = r"\s*(?:UTC|GMT)$"
_SPACED_OFFSET = r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$)"
_MICROSECONDS = 1_000_000
_FIRST_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LAST_EPOCH = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

NOT_A_TIME = (
    "must be a time with its UTC offset, such as 2026-11-23T08:05:31Z, "
    "or seconds, milliseconds, microseconds or nanoseconds since 1970"
)
NO_OFFSET = "has no UTC offset; add Z, or an offset such as -05:00"
UNCLEAR_ZONE = (
    "has a time zone's name that may mean several zones; send Z, or an offset such as -05:00"
)


def parse(value: object) -> datetime:
    """Parse a time as phone systems write it: ISO 8601, RFC 2822, as a programming language prints
    it, or an epoch of the years 2000 to 2099 in seconds, milliseconds, microseconds or nanoseconds,
    depending on its size.

    Raises ValueError for anything else, and for a time without a UTC offset. The name of a time
    zone counts as an offset if it has one meaning only.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    if not isinstance(value, str):
        raise ValueError(NOT_A_TIME)
    text = value.strip()
    if re.fullmatch(_EPOCH_TEXT, text):
        return _from_epoch(float(text) if "." in text else int(text))
    time = _from_iso_8601(text) or _printed(text)
    if time.utcoffset() is None:
        raise ValueError(NO_OFFSET)
    return time


def _from_epoch(value: float) -> datetime:
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        # Multiply, not divide: an integer may be too large for a float.
        if _FIRST_EPOCH * unit <= value < _LAST_EPOCH * unit:
            is_finer = unit > _MICROSECONDS
            microseconds = value // 1_000 if is_finer else round(value * (_MICROSECONDS // unit))
            return _EPOCH + timedelta(microseconds=microseconds)
    raise ValueError(NOT_A_TIME)


def _from_iso_8601(text: str) -> datetime | None:
    text = re.sub(_SPACED_OFFSET, "", re.sub(_UTC_NAME, "Z", text.upper()))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _printed(text: str) -> datetime:
    # Imported at first use: most platforms send ISO 8601.
    from shared.domain import printed_times  # noqa: PLC0415

    inner = printed_times.unwrapped(text)
    if inner != text:
        return parse(inner)
    try:
        return printed_times.parse(text) or _from_rfc_2822(text)
    except printed_times.UnclearZone as error:
        raise ValueError(UNCLEAR_ZONE) from error
    except ValueError as error:
        raise ValueError(NOT_A_TIME) from error


def _from_rfc_2822(text: str) -> datetime:
    # Imported at first use: most platforms send ISO 8601.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        time = parsedate_to_datetime(text)
        # -0000 is UTC from a sender who does not show its zone (RFC 2822, section 3.3).
        return time.replace(tzinfo=UTC) if text.endswith("-0000") else time
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise ValueError(NOT_A_TIME) from error
