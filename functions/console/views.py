"""The pages that are read. Each asks the operator API for what it shows, and no more."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from functions.console import csv_rows
from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.visit import Visit
from shared.domain.postings import posted_at

SILENT_HOURS = 24
LOW_MATCH_RATE = 0.3
LEAST_TO_JUDGE = 10
_MOST_SEARCHED_PAGES = 30
_LOG_PAGE = 50
_CSV_SECONDS = 12
_CSV_BYTES = 16 * 1024 * 1024
_OUTCOMES = ("applied", "stored", "expired", "refused")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


def answer(visit: Visit) -> Answer:
    """Raises Refused and Unanswered."""
    match visit.request.path.strip("/").split("/"):
        case [""]:
            return visit.redirect("/publishers")
        case [name] if name in _PAGES:
            return _PAGES[name](visit)
        case ["publishers", publisher_id]:
            return publisher(visit, publisher_id)
        case ["keys", key_id]:
            return key(visit, key_id)
        case ["log", key_id, posting_id]:
            return posting(visit, key_id, posting_id)
    raise Refused(404, [])


def publishers(
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


def publisher(
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


def key(
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


def log(visit: Visit) -> Answer:
    query = visit.request.query
    filters, errors = _filters(query)
    page: dict[str, Any] = {"postbacks": [], "next_cursor": None}
    if not errors:
        try:
            page = visit.api.get(
                "postbacks", limit=_LOG_PAGE, cursor=query.get("cursor") or None, **filters
            )
        except Refused as refused:
            if refused.status_code not in (404, 422):
                raise
            errors = {field or "": message for field, message in refused.problems}
    names = _names(visit)
    given = {n: v for n, v in query.items() if v and n != "cursor"}
    return visit.show(
        "log.html",
        status_code=422 if errors else 200,
        rows=page["postbacks"],
        next=urlencode(given | {"cursor": page["next_cursor"]}) if page["next_cursor"] else "",
        newest=urlencode(given),
        is_first=not query.get("cursor"),
        csv=urlencode(given),
        query=query,
        errors=errors,
        names=names,
        outcomes=_OUTCOMES,
        is_filtered=bool(given),
    )


def log_csv(visit: Visit) -> Answer:
    """As many rows as one answer holds; the header tells where the next one begins."""
    filters, errors = _filters(visit.request.query)
    if errors:
        raise Refused(422, list(errors.items()))
    cursor = visit.request.query.get("cursor") or None
    ends, text, rows = monotonic() + _CSV_SECONDS, "", 0
    is_first = cursor is None
    while True:
        page = visit.api.get("postbacks", limit=1000, cursor=cursor, **filters)
        shown = [_as_seen(visit, row) for row in page["postbacks"]]
        text += csv_rows.lines(shown, with_header=is_first)
        is_first, cursor, rows = False, page["next_cursor"], rows + len(shown)
        is_full = len(text) > _CSV_BYTES or monotonic() > ends or rows >= csv_rows.MOST_ROWS
        if not cursor or is_full:
            break
    if cursor and "part" not in visit.request.query:
        text += f"(The file ends here after {rows} rows; there are more. Narrow the dates.)\r\n"
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="postback-log.csv"',
        "Cache-Control": "no-store",
        "X-Rows": str(rows),
    }
    if cursor:
        headers["X-Next-Cursor"] = cursor
    return visit.file(text.encode(), headers)


def posting(visit: Visit, key_id: str, posting_id: str) -> Answer:
    row = find_posting(visit, key_id, posting_id)
    found = visit.api.get("postback-keys", key_id)
    owner = visit.api.get("publishers", row["publisher_id"])
    call = None
    if row["applied_to"]:
        try:
            call = visit.api.get("calls", call_uuid=row["applied_to"])
        except Refused as refused:
            if not refused.is_missing:
                raise
    return visit.show(
        "posting.html",
        row=row,
        key=found,
        publisher=owner,
        call=call,
        answered=_answered(row),
        steps=_steps(row, call),
    )


def find_posting(visit: Visit, key_id: str, posting_id: str) -> dict[str, Any]:
    """By the time that its id carries: the log has no other way to one row. Raises Refused."""
    try:
        at = posted_at(posting_id)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(404, []) from error
    page = visit.api.get(
        "postbacks",
        key_id=key_id,
        from_=at.isoformat(),
        to=(at + timedelta(milliseconds=1)).isoformat(),
        limit=1000,
    )
    for row in page["postbacks"]:
        if row["posting_id"] == posting_id:
            found: dict[str, Any] = row
            return found
    raise Refused(404, [])


def calls(visit: Visit) -> Answer:
    wanted = visit.request.query.get("find", "").strip()
    call, found, error = None, [], ""
    if wanted:
        try:
            call = visit.api.get("calls", call_uuid=wanted)
        except Refused as refused:
            if refused.status_code not in (404, 422):
                raise
            try:
                found = visit.api.get("callers", wanted)["calls"]
            except Refused as again:
                if again.status_code not in (404, 422):
                    raise
                error = "No call has this id, and it is no phone number either."
            else:
                error = "" if found else "No call of this caller is known."
    return visit.show(
        "calls.html",
        status_code=404 if error else 200,
        find=wanted,
        call=call,
        calls=found,
        error=error,
        names=_names(visit) if call and call["tags"] else {},
    )


def callers(
    visit: Visit,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    wanted = (typed or {}).get("number") or visit.request.query.get("number", "").strip()
    found, problems = None, dict(errors or {})
    if wanted:
        try:
            found = visit.api.get("callers", wanted)
        except Refused as refused:
            if refused.status_code not in (404, 422):
                raise
            status_code = 422
            problems["number"] = refused.problems[0][1] if refused.problems else "is not known"
    return visit.show(
        "callers.html",
        status_code=status_code,
        number=wanted,
        caller=found,
        errors=problems,
        typed=typed or {},
    )


def platform_keys(
    visit: Visit,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    page = visit.api.get(
        "platform-keys", limit=100, cursor=visit.request.query.get("cursor") or None
    )
    return visit.show(
        "platform_keys.html",
        status_code=status_code,
        keys=page["platform_keys"],
        cursor=page["next_cursor"],
        typed=typed or {},
        errors=errors or {},
        asked=visit.request.query.get("delete", ""),
    )


def _names(visit: Visit) -> dict[str, str]:
    """Of the first hundred publishers, by their ids."""
    page = visit.api.get("publishers", limit=100)
    return {each["publisher_id"]: each["name"] for each in page["publishers"]}


def _filters(query: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What to ask the operator API for, and what is wrong with the filters in the address."""
    asked: dict[str, Any] = {
        name: query[name].strip()
        for name in ("caller_number", "publisher_id", "key_id", "outcome")
        if query.get(name, "").strip()
    }
    errors = {}
    if asked.get("key_id"):
        asked["chain"] = "true"
    if asked.get("outcome", "applied") not in _OUTCOMES:
        errors["outcome"] = f"must be one of {', '.join(_OUTCOMES)}"
    for name in ("from", "to"):
        text = query.get(name, "").strip().removesuffix("Z")
        if not text:
            continue
        try:
            if not _MINUTE.fullmatch(text):
                raise ValueError
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            errors[name] = "must be a time such as 2026-11-25T08:00, in UTC"
        else:
            asked[f"{name}_"] = moment.isoformat()
    return asked, errors


def _as_seen(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    """A row with what this person may see of its numbers."""
    if visit.is_manager:
        return row
    number = row["caller_number"]
    masked = {
        name: visit.text(value, number) if isinstance(value, str) else value
        for name, value in row.items()
    }
    tags = {visit.text(n, number): visit.text(v, number) for n, v in row["tags"].items()}
    told = {
        name: [each | {"message": visit.text(each["message"], number)} for each in row[name]]
        for name in ("problems", "warnings")
    }
    return masked | told | {"caller_number": number and visit.number(number), "tags": tags}


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


def _answered(row: Mapping[str, Any]) -> dict[str, Any]:
    """The body that was answered, in the order of its members; a refusal's without its id."""
    if row["status_code"] != 200:
        told = [{"param": p["param"], "message": p["message"]} for p in row["problems"]]
        return {"status": "error", "errors": told}
    about = (
        {"call_uuid": row["call_uuid"]}
        if row["call_uuid"]
        else {"caller_number": row["caller_number"]}
    )
    body = {"tag_values": row["tags"], **about, "status": row["status"]}
    if row["warnings"]:
        body["warnings"] = [{"param": w["param"], "message": w["message"]} for w in row["warnings"]]
    return body


_CAUSES = {
    "posting": "at once",
    "another_posting": "when another posting of the caller came",
    "call_started": "when the call was told to have started",
    "call_ended": "when the call was told to have ended",
}


def _steps(row: Mapping[str, Any], call: Mapping[str, Any] | None) -> Sequence[dict[str, Any]]:
    """What became of a posting, the first thing first."""
    outcome = row["outcome"]
    if row["status_code"] != 200:
        return [{"what": f"Refused with {row['status_code']}", "at": row["posted_at"], "more": ""}]
    steps = [{"what": "Received and stored", "at": row["posted_at"], "more": ""}]
    if row["applied_to"]:
        more = _CAUSES.get(row["decided_by"] or "", "")
        # Whose handling took it up may have begun before the posting came.
        at = max(row["decided_at"] or "", row["posted_at"])
        steps.append({"what": "Put on a call", "at": at, "more": more, "call": "1"})
        if call:
            steps.append({"what": "The call started", "at": call["started_at"], "more": ""})
            if call["ended_at"]:
                steps.append({"what": "The call ended", "at": call["ended_at"], "more": ""})
    elif outcome == "stored":
        steps.append({"what": "Waits for a call, until", "at": row["stored_until"], "more": ""})
    elif outcome == "expired":
        more = "no call of this caller came in time"
        steps.append({"what": "Expired unused", "at": row["stored_until"], "more": more})
    elif outcome == "refused":
        steps.append({"what": "Given up", "at": row["decided_at"], "more": "see the problems"})
    return sorted(steps, key=lambda step: step["at"] or "")


_PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    "publishers": publishers,
    "log": log,
    "log.csv": log_csv,
    "calls": calls,
    "callers": callers,
    "platform-keys": platform_keys,
}
