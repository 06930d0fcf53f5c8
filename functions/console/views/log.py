"""The postback log: what its filters in the address ask for, on a page and as CSV."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from functions.console import csv_rows
from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.views import names
from functions.console.visit import Visit

_LOG_PAGE = 50
_CSV_SECONDS = 12
_CSV_BYTES = 16 * 1024 * 1024
_OUTCOMES = ("applied", "stored", "expired", "refused")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


def show(visit: Visit) -> Answer:
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
    called = names.of_publishers(visit)
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
        names=called,
        outcomes=_OUTCOMES,
        is_filtered=bool(given),
    )


def download(visit: Visit) -> Answer:
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
