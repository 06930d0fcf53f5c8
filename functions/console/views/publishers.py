"""Publishers, one of them with its postback keys, and one of those."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.console.page import Answer
from functions.console.visit import Visit

SILENT_HOURS = 24
LOW_MATCH_RATE = 0.3
LEAST_TO_JUDGE = 10
_MOST_SEARCHED_PAGES = 30


def show_list(
    visit: Visit,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    wanted = visit.request.query.get("q", "").strip()
    cursor = visit.request.query.get("cursor") or None
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_SEARCHED_PAGES if wanted else 1):
        page = visit.api.get("publishers", limit=100, cursor=cursor)
        cursor = page["next_cursor"]
        found += [p for p in page["publishers"] if wanted.casefold() in p["name"].casefold()]
        if not cursor or len(found) >= 100:
            break
    return visit.show(
        "publishers.html",
        status_code=status_code,
        publishers=[row | {"notice": _notice(row["activity"])} for row in found],
        q=wanted,
        cursor=cursor,
        is_first="cursor" not in visit.request.query,
        typed=typed or {},
        errors=errors or {},
        adding="add" in visit.request.query or bool(errors),
    )


def show_one(
    visit: Visit,
    publisher_id: str,
    *,
    status_code: int = 200,
    form: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    hours = 168 if visit.request.query.get("hours") == "168" else 24
    found = visit.api.get("publishers", publisher_id)
    activity = visit.api.get("publishers", publisher_id, "activity", hours=hours)
    keys = visit.api.get(
        "publishers", publisher_id, "postback-keys",
        limit=100, cursor=visit.request.query.get("cursor") or None,
    )  # fmt: skip
    return visit.show(
        "publisher.html",
        status_code=status_code,
        publisher=found,
        activity=_drawn(activity, hours),
        keys=[row | {"state": _state(row)} for row in keys["postback_keys"]],
        cursor=keys["next_cursor"],
        form=form or ("add" if "add" in visit.request.query else ""),
        typed=typed or {},
        errors=errors or {},
    )


def show_key(
    visit: Visit,
    key_id: str,
    *,
    status_code: int = 200,
    form: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    tested: Mapping[str, Any] | None = None,
) -> Answer:
    hours = 168 if visit.request.query.get("hours") == "168" else 24
    found = visit.api.get("postback-keys", key_id)
    activity = visit.api.get("postback-keys", key_id, "activity", hours=hours)
    owner = visit.api.get("publishers", found["publisher_id"])
    return visit.show(
        "key.html",
        status_code=status_code,
        key=found | {"state": _state(found)},
        publisher=owner,
        activity=_drawn(activity, hours),
        form=form,
        typed=typed or {},
        errors=errors or {},
        tested=tested,
    )


def _notice(recent: Mapping[str, Any]) -> tuple[str, str] | None:
    """What somebody should look at, and how it is colored."""
    last = recent["last_posted_at"]
    if last:
        silent = datetime.now(UTC) - datetime.fromisoformat(last)
        if silent > timedelta(hours=SILENT_HOURS):
            days = silent.days
            return "warn", f"Silent for {days} day{'' if days == 1 else 's'}"
    rate = recent["match_rate"]
    if rate is not None and rate < LOW_MATCH_RATE and recent["totals"]["posted"] >= LEAST_TO_JUDGE:
        return "bad", "Match rate low"
    return None


def _state(key: Mapping[str, Any]) -> tuple[str, str]:
    if key["expires_at"]:
        left = datetime.fromisoformat(key["expires_at"]) - datetime.now(UTC)
        if left <= timedelta(0):
            return "bad", "Expired"
        if not key["paused"]:
            hours = left // timedelta(hours=1)
            return "warn", f"Expires in {f'{hours // 24} days' if hours >= 48 else f'{hours} h'}"
    return ("mute", "Paused") if key["paused"] else ("good", "Active")


def _drawn(activity: dict[str, Any], hours: int) -> dict[str, Any]:
    """With what a chart needs: hours, or a week's in sixes."""
    size = 1 if hours == 24 else 6
    whole: list[dict[str, Any]] = activity["hours"]
    groups = [whole[start : start + size] for start in range(0, len(whole), size)]

    def sums(*names: str) -> list[int]:
        return [sum(hour[name] for hour in group for name in names) for group in groups]

    return activity | {
        "posted": sums("posted"),
        "applied": sums("applied_at_once", "applied_later"),
        "shown_hours": hours,
    }
