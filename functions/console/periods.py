"""The periods that lists cover: the choices, and what the address says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.console import fields

DAY = timedelta(days=1)
AUTOMATIC = ""
"""A day, or for a caller as long as postings are kept."""
CHOICES: Mapping[str, str] = {
    AUTOMATIC: "Automatic",
    "24h": "Last 24 hours",
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
}
LONGEST = "90d"
"""As long as the log's rows are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period. `words` say which: "in the last 24 hours". Without `end`, it lasts until now.

    `choice` is what the address names: one of CHOICES, which dates leave AUTOMATIC.
    """

    choice: str
    words: str
    start: datetime | None = None
    end: datetime | None = None
    is_longest: bool = False

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the operator API."""
        times = {"from_": self.start, "to": self.end}
        return {name: at.isoformat() for name, at in times.items() if at}


def read(query: Mapping[str, str], now: datetime, *, default: str) -> tuple[Period, dict[str, str]]:
    """Return the period that the address names, and its errors. Days are those of UTC.

    Dates decide if there are any. `default` is the choice if the address names none.
    """
    errors: dict[str, str] = {}
    start, end = (_time(query, name, errors) for name in ("from", "to"))
    if start or end or errors:
        return Period(choice=AUTOMATIC, words=_words(start, end), start=start, end=end), errors
    choice = query.get("period", "").strip()
    if choice not in CHOICES:
        errors["period"] = f"must be one of {', '.join(filter(None, CHOICES))}"
        choice = AUTOMATIC
    named = choice or default
    words, start, end = _named(named, now)
    is_longest = named == LONGEST
    period = Period(choice=choice, words=words, start=start, end=end, is_longest=is_longest)
    return period, errors


def _named(choice: str, now: datetime) -> tuple[str, datetime | None, datetime | None]:
    """Return the words, the start and the end of a choice."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if choice == "today":
        return "today (UTC)", midnight, None
    if choice == "yesterday":
        return "yesterday (UTC)", midnight - DAY, midnight
    if choice == "24h":
        # The operator API's own default.
        return "in the last 24 hours", None, None
    days = int(choice.removesuffix("d"))
    return f"in the last {days} days", now - days * DAY, None


def _time(query: Mapping[str, str], name: str, errors: dict[str, str]) -> datetime | None:
    text = query.get(name, "").strip()
    try:
        return datetime.fromisoformat(fields.parse_time(text)) if text else None
    except ValueError as error:
        errors[name] = str(error)
        return None


def _words(start: datetime | None, end: datetime | None) -> str:
    if start and end:
        return f"from {_text(start)} to {_text(end)}"
    if start:
        return f"since {_text(start)}"
    # The operator API then goes back a day from the end.
    return f"in the 24 hours before {_text(end)}" if end else "in the last 24 hours"


def _text(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at:%Y, %H:%M} UTC"
