"""What the activity of publishers and keys looks like on a page: charts, states and alerts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.console import words
from functions.console.context import RequestContext
from functions.console.rendering import plural
from functions.console.words import Pill

SILENT_HOURS = 24
LOW_MATCH_RATE = 0.3
HIGH_REFUSALS = 0.3
MIN_POSTINGS_TO_JUDGE = 10


def hours_shown(context: RequestContext) -> int:
    """Return the hours that the chart covers: a day, or a week if the address says so."""
    return 168 if context.request.query.get("hours") == "168" else 24


def with_chart(activity: dict[str, Any], hours: int) -> dict[str, Any]:
    """Add the counts of a chart's bars: one per hour of a day, or one per six hours of a week."""
    size = 1 if hours == 24 else 6
    by_hour: list[dict[str, Any]] = activity["hours"]
    groups = [by_hour[start : start + size] for start in range(0, len(by_hour), size)]

    def sums(*names: str) -> list[int]:
        return [sum(hour[name] for hour in group for name in names) for group in groups]

    return activity | {
        "posted": sums("posted"),
        "applied": sums("applied_at_once", "applied_later"),
        "shown_hours": hours,
    }


def alert(activity: Mapping[str, Any]) -> Pill | None:
    """Return why a publisher needs attention, if it does."""
    last_posted_at = activity["last_posted_at"]
    if last_posted_at:
        silent = datetime.now(UTC) - datetime.fromisoformat(last_posted_at)
        if silent > timedelta(hours=SILENT_HOURS):
            return "warn", f"Silent for {plural(silent.days, 'day')}"
    totals, rate = activity["totals"], activity["match_rate"]
    posted, refused = totals["posted"], totals["refused"]
    if posted >= MIN_POSTINGS_TO_JUDGE and refused >= HIGH_REFUSALS * posted:
        return "bad", f"{words.share(refused, posted)} refused"
    if rate is not None and rate < LOW_MATCH_RATE and totals["decided"] >= words.MIN_DECIDED:
        return "bad", "Low match rate"
    return None


def key_state(key: Mapping[str, Any]) -> Pill:
    if key["expires_at"]:
        left = datetime.fromisoformat(key["expires_at"]) - datetime.now(UTC)
        if left <= timedelta(0):
            return "bad", "Expired"
        if not key["paused"]:
            hours = left // timedelta(hours=1)
            return "warn", f"Expires in {f'{hours // 24} days' if hours >= 48 else f'{hours} h'}"
    return ("mute", "Paused") if key["paused"] else ("good", "Active")
