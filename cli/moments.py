"""Moments as people write and read them, in their own time zone. Reads no clock."""

import re
from datetime import UTC, date, datetime, time, timedelta

from cli import durations

EXAMPLES = "2h (ago), 16:20, today, yesterday, 2026-11-23 or 2026-11-23T16:20:00Z"

_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def parse(text: str, now: datetime) -> datetime:
    """A moment in UTC. Raises ValueError, which says what is wrong.

    A duration is that long ago; a time of day, the last time it was that; without an offset, local.
    """
    written = text.strip().lower()
    try:
        moment = _from_words(written, now) or _from_duration(written, now) or _from_iso(text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is not a time: write {EXAMPLES}") from error


def parse_date(text: str) -> datetime:
    """A day or a time of a day, past or to come. Raises ValueError, which says what is wrong."""
    try:
        return _from_iso(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        message = f"{text!r} is not a time to come: write 7d or 2026-12-31T18:00Z"
        raise ValueError(message) from error


def to_wire(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_wire(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day(moment: datetime, now: datetime) -> str:
    """The local day, with its year where that is not this one."""
    local = moment.astimezone()
    year = "" if local.year == now.astimezone().year else f"{local.year} "
    return f"{year}{local:%b} {local.day}"


def clock(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M:%S}"


def to_text(moment: datetime, now: datetime, *, near: datetime | None = None) -> str:
    """Local day and time; the time alone if the reader has just read of `near`, the same day."""
    if near is not None and moment.astimezone().date() == near.astimezone().date():
        return clock(moment)
    return f"{day(moment, now)} {clock(moment)}"


def _from_words(written: str, now: datetime) -> datetime | None:
    today = now.astimezone().date()
    if written == "now":
        return now
    if written == "today":
        return _midnight(today)
    if written == "yesterday":
        return _midnight(today - timedelta(days=1))
    if _TIME_OF_DAY.fullmatch(written):
        moment = datetime.combine(
            today, time.fromisoformat(written.zfill(len("16:20")))
        ).astimezone()
        return moment if moment <= now else moment - timedelta(days=1)
    return None


def _from_duration(written: str, now: datetime) -> datetime | None:
    try:
        return now - durations.parse(written.removesuffix("ago"))
    except ValueError:
        return None


def _from_iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.astimezone()


def _midnight(day_: date) -> datetime:
    return datetime.combine(day_, time()).astimezone()
