"""Publishers, one of them with its postback keys, and one of those."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.views import posting
from functions.console.visit import Visit

SILENT_HOURS = 24
LOW_MATCH_RATE = 0.3
LEAST_TO_JUDGE = 10


def show_list(
    visit: Visit,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    wanted = visit.request.query.get("q", "").strip()[:200]
    cursor = visit.request.query.get("cursor") or None
    page = visit.api.get("publishers", limit=100, cursor=cursor, name=wanted or None)
    found = page["publishers"]
    if cursor is None and page["next_cursor"] is None:
        found = sorted(found, key=lambda each: str(each["name"]).casefold())
    return visit.show(
        "publishers.html",
        status_code=status_code,
        publishers=[row | {"notice": _notice(row["activity"])} for row in found],
        q=wanted,
        cursor=page["next_cursor"],
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
        tested=_tested(visit, key_id) if visit.is_manager else None,
    )


def _tested(visit: Visit, key_id: str) -> dict[str, Any] | None:
    """The test posting that the address names, and what became of it; None if the log has none."""
    posting_id = visit.request.query.get("tested", "")
    try:
        row = posting.find(visit, key_id, posting_id) if posting_id else None
    except Refused as refused:
        if not refused.is_missing:
            raise
        row = None
    if row is None:
        return None
    return {
        "row": row,
        "answered": posting.answered(row),
        "steps": posting.what_became_of(visit, row),
    }


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
