"""Times as the wire and the tables carry them. Reads no clock: that is for the handlers."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch_ms(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, UTC) + timedelta(milliseconds=epoch_ms % 1000)


def to_epoch_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_epoch_seconds(moment: datetime) -> int:
    """Whole seconds, rounded up: what a DynamoDB TTL attribute must hold."""
    return -int(-moment.timestamp() // 1)


def to_text(moment: datetime) -> str:
    """UTC with milliseconds and a fixed width, so that texts sort as the times do."""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_milliseconds(moment: datetime) -> datetime:
    """The same moment in UTC, cut to the precision that is stored and compared."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


# Compiled when a time is first read: most functions read none.
_EPOCH_TEXT = r"[0-9]{9,17}(\.[0-9]+)?"
_UTC_NAME = r"\s*(?:UTC|GMT)$"
_SPACED_OFFSET = r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$)"
_FIRST_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LAST_EPOCH = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

NOT_A_TIME = (
    "must be a time with its offset from UTC, such as 2026-11-23T08:05:31Z, "
    "or seconds, milliseconds or microseconds since 1970"
)
NO_OFFSET = "lacks its offset from UTC: add Z, or one such as -05:00"


def parse(value: object) -> datetime:
    """A time as phone systems write it: ISO 8601, RFC 2822, or an epoch between 2000 and 2100, in
    seconds, milliseconds or microseconds, which its size tells.

    Raises ValueError for anything else, and for a time without its offset from UTC.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    if not isinstance(value, str):
        raise ValueError(NOT_A_TIME)
    text = value.strip()
    if re.fullmatch(_EPOCH_TEXT, text):
        return _from_epoch(float(text) if "." in text else int(text))
    moment = _from_iso_8601(text) or _from_rfc_2822(text)
    if moment.utcoffset() is None:
        raise ValueError(NO_OFFSET)
    return moment


def _from_epoch(value: float) -> datetime:
    for unit in (1, 1_000, 1_000_000):
        # Multiplied, not divided: an integer may be too large for a float.
        if _FIRST_EPOCH * unit <= value < _LAST_EPOCH * unit:
            microseconds = round(value * (1_000_000 // unit))
            return _EPOCH + timedelta(microseconds=microseconds)
    raise ValueError(NOT_A_TIME)


def _from_iso_8601(text: str) -> datetime | None:
    text = re.sub(_SPACED_OFFSET, "", re.sub(_UTC_NAME, "Z", text.upper()))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_rfc_2822(text: str) -> datetime:
    # Loaded when such a time comes: most platforms write the other.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        moment = parsedate_to_datetime(text)
        # UTC, of a sender who does not tell where it is (RFC 2822, section 3.3).
        return moment.replace(tzinfo=UTC) if text.endswith("-0000") else moment
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise ValueError(NOT_A_TIME) from error
