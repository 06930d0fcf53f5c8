"""Times as programming languages print them by default: JavaScript, Java, Go, .NET, GNU date and
others. Imported only for a time that is neither in ISO 8601 nor an epoch."""

import re
from datetime import UTC, datetime, timedelta, timezone

MAX_LENGTH = 128

_MONTHS = {name: i for i, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "EST": -5, "EDT": -4, "MST": -7, "MDT": -6}
_AMBIGUOUS_ZONES = {"CST": -6, "CDT": -5, "PST": -8, "PDT": -7}
"""Names that RFC 2822 defines as zones of the USA. Elsewhere they are also printed for China, Cuba
and the Philippines."""

_WEEKDAY = r"(?:[A-Z][a-z]{2,8},?\s+)?"
_MONTH = r"(?P<month>[A-Z][a-z]{2,8})\.?"
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4})"
_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]+))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_ZONE = (
    r"\s*(?P<zone>Z|[A-Z]{2,4})?"
    r"\s*(?P<sign>[+-])?(?(sign)(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?)"
)
_NOTE = (
    r"(?:\s*\([^()]*\)|\s*\[[\w/+:-]{1,40}\]|\s+[A-Z]{1,5}|\s+(?:[A-Z][A-Za-z_]+/)+[A-Za-z_]+)?"
    r"(?:\s+m=[+-][0-9.]+)?"
)
"""The zone's name, which says nothing beside its offset, and Go's monotonic clock."""

_FORMS = (
    # JavaScript: Mon Nov 23 2026 08:05:31 GMT+0000 (...); Java: Nov 23, 2026, 8:05:31 AM UTC
    rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR},?\s+(?:at\s+)?{_TIME}{_ZONE}{_NOTE}",
    # GNU date: Mon 23 Nov 2026 08:05:31 AM UTC
    rf"{_WEEKDAY}{_DAY}[\s-]+{_MONTH}[\s-]+{_YEAR},?\s+(?:at\s+)?{_TIME}{_ZONE}{_NOTE}",
    # Java and Unix: Mon Nov 23 08:05:31 UTC 2026
    rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_TIME}{_ZONE}\s+{_YEAR}",
    # Go: 2026-11-23 08:05:31.123456789 +0000 UTC m=+0.01; Java: 2026-11-23T08:05:31Z[Etc/UTC]
    rf"{_WEEKDAY}{_YEAR}[-/](?P<month>[0-9]{{2}})[-/]{_DAY}[T\s]\s*{_TIME}{_ZONE}{_NOTE}",
)
_RFC_2822 = (
    r"(?:[A-Z][a-z]{2},\s*)?[0-9]{1,2}\s+[A-Z][a-z]{2}\s+[0-9]{2,4}\s+"
    r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?\s+[A-Z]{3}(?:\s*\([^()]*\))?"
)
"""The form in which mail and HTTP have times, with the zone's name."""
_WRAPPED = (
    r"""(?:~U\[|\#inst\s*|ISODate\(|new\sDate\(|@|\\?/Date\()?["']?"""
    r"""([^"'()\[\]\\]+(?:\[[^\[\]]*\])?(?:\s*\([^()]*\))?)["']?[\])]?(?:\\?/)?"""
)
_EPOCH = r"([0-9]{9,19})([+-][0-9]{4})?"


class UnclearZone(ValueError):
    """A time zone's name that does not say which zone is meant."""


def unwrapped(text: str) -> str:
    """Return a time without what a language prints around it: /Date(...)/, ISODate("...")."""
    match = re.fullmatch(_WRAPPED, text) if len(text) <= MAX_LENGTH else None
    inner = match[1].strip() if match else text
    # .NET's offset is for display; the epoch is in UTC.
    epoch = re.fullmatch(_EPOCH, inner)
    return epoch[1] if epoch else inner


def parse(text: str) -> datetime | None:
    """Return a printed time, without an offset if it has none; None for text in no such form.

    Raises ValueError for a time that does not exist, and UnclearZone.
    """
    if len(text) > MAX_LENGTH:
        return None
    for form in _FORMS:
        if match := re.fullmatch(form, text):
            return _time(match)
    for name in re.findall(r"[A-Z]+", text):
        if name in _AMBIGUOUS_ZONES and not re.fullmatch(_RFC_2822, text):
            raise UnclearZone
    return None


def _time(match: re.Match[str]) -> datetime:
    month = match["month"]
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    return datetime(
        int(match["year"]),
        int(month) if month.isdecimal() else _MONTHS.get(month[:3].lower(), 0),
        int(match["day"]),
        hour,
        int(match["minute"]),
        int(match["second"] or 0),
        int((match["part"] or "")[:6].ljust(6, "0")),
        tzinfo=_zone(match),
    )


def _zone(match: re.Match[str]) -> timezone | None:
    name, sign = match["zone"], match["sign"]
    if sign:
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if offset >= timedelta(days=1):
            raise ValueError
        return timezone(-offset if sign == "-" else offset)
    if name is None:
        return None
    zones = _ZONES
    if re.fullmatch(_RFC_2822, match.string):
        zones = _ZONES | _AMBIGUOUS_ZONES
    if name not in zones:
        raise UnclearZone
    return timezone(timedelta(hours=zones[name])) if zones[name] else UTC
