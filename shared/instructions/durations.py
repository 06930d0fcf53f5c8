"""Formats durations and times in words."""

from datetime import UTC, datetime, timedelta

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def to_minute(time: datetime) -> str:
    """Return a time to the minute, rounded down: "November 28, 2026, 14:05 UTC"."""
    utc = time.astimezone(UTC)
    return f"{utc:%B} {utc.day}, {utc:%Y, %H:%M} UTC"


def to_words(duration: timedelta) -> str:
    """Return days from two days up, otherwise hours: "24 hours", "1 hour and 30 minutes"."""
    seconds = int(duration.total_seconds())
    days = seconds // _DAY if seconds >= 2 * _DAY else 0
    rest = seconds - days * _DAY
    counts = {
        "day": days,
        "hour": rest // _HOUR,
        "minute": rest % _HOUR // _MINUTE,
        "second": rest % _MINUTE,
    }
    words = [f"{n} {unit}{'' if n == 1 else 's'}" for unit, n in counts.items() if n]
    *first, last = words or ["0 seconds"]
    return f"{', '.join(first)} and {last}" if first else last
