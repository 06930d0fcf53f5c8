"""Parses and formats times in the local time zone. Reads no clock."""

import re
from datetime import UTC, date, datetime, time, timedelta

from cli import durations

EXAMPLES = "2h (ago), 16:20, today, yesterday, 2026-11-23, or 2026-11-23T16:20:00Z"

_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def parse(text: str, now: datetime) -> datetime:
    """Parse a time, to UTC. Raises ValueError with a message.

    A duration counts back from now. A time of day is its latest occurrence. A time without an
    offset is local.
    """
    written = text.strip().lower()
    try:
        parsed = _from_words(written, now) or _from_duration(written, now) or _from_iso(text)
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is not a time. Examples: {EXAMPLES}") from error


def parse_date(text: str) -> datetime:
    """Parse a date, or a date and time, in the past or future. Raises ValueError with a message."""
    try:
        return _from_iso(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        message = f"{text!r} is not a time. Examples: 7d (from now), 2026-12-31T18:00Z"
        raise ValueError(message) from error


def to_wire(time_: datetime) -> str:
    utc = time_.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_wire(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day(time_: datetime, now: datetime) -> str:
    """Return the local date, with the year unless it is the current year."""
    local = time_.astimezone()
    year = "" if local.year == now.astimezone().year else f"{local.year} "
    return f"{year}{local:%b} {local.day}"


def clock(time_: datetime) -> str:
    return f"{time_.astimezone():%H:%M:%S}"


def to_minute(time_: datetime, now: datetime) -> str:
    """Return local date and time without seconds, for lists."""
    return f"{day(time_, now)} {time_.astimezone():%H:%M}"


def to_text(time_: datetime, now: datetime, *, near: datetime | None = None) -> str:
    """Return local date and time, or only the time if `near` is on the same day."""
    if near is not None and time_.astimezone().date() == near.astimezone().date():
        return clock(time_)
    return f"{day(time_, now)} {clock(time_)}"


def _from_words(written: str, now: datetime) -> datetime | None:
    today = now.astimezone().date()
    if written == "now":
        return now
    if written == "today":
        return _midnight(today)
    if written == "yesterday":
        return _midnight(today - timedelta(days=1))
    if _TIME_OF_DAY.fullmatch(written):
        of_day = time.fromisoformat(written.zfill(len("16:20")))
        today_at = datetime.combine(today, of_day).astimezone()
        return today_at if today_at <= now else today_at - timedelta(days=1)
    return None


def _from_duration(written: str, now: datetime) -> datetime | None:
    try:
        return now - durations.parse(written.removesuffix("ago"))
    except ValueError:
        return None


def _from_iso(text: str) -> datetime:
    parsed = datetime.fromisoformat(text.strip())
    return parsed if parsed.tzinfo else parsed.astimezone()


def _midnight(day_: date) -> datetime:
    return datetime.combine(day_, time()).astimezone()
