"""The postback log: what its filters in the address ask for, on a page and as CSV."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from functions.console import csv_rows, fields, numbers
from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.views import names
from functions.console.visit import Visit

_LOG_PAGE = 50
_CSV_SECONDS = 12
_CSV_BYTES = 4_000_000
"""Of one answer, as Lambda answers 6 MB at most. One page of the operator API's is under that."""

_OUTCOMES = ("applied", "stored", "expired", "refused")
MOST_CHOICES = 20


def show(visit: Visit) -> Answer:
    query = visit.request.query
    called = names.of_publishers(visit)
    filters, errors = _filters(query)
    found: list[str] = []
    typed = query.get("publisher", "").strip()
    if "publisher" in query and typed != called.get(query.get("publisher_id", "")):
        found = names.find(typed, called) if typed else [""]
        if len(found) == 1:
            return visit.redirect(_address(query, publisher_id=found[0]))
        errors["publisher"] = _which(found)
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
    chosen, keys = _chosen(visit, filters)
    # Of all keys there may be too many: then it is no mistake of the reader's.
    is_too_wide = not filters.get("publisher_id") and bool(errors.pop("publisher_id", ""))
    given = {n: v for n, v in query.items() if v and n not in ("cursor", "publisher")}
    choices = [(called[each], _address(query, publisher_id=each)) for each in found[:MOST_CHOICES]]
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
        names=names.of_publishers(visit, {row["publisher_id"] for row in page["postbacks"]}),
        choices=choices,
        more_choices=len(found) - len(choices),
        is_too_wide=is_too_wide,
        keys=keys,
        chosen=chosen,
        outcomes=_OUTCOMES,
        filters_set=len(given),
    )


def download(visit: Visit) -> Answer:
    """As many rows as one answer holds; the header tells where the next one begins."""
    filters, errors = _filters(visit.request.query)
    if errors:
        raise Refused(422, list(errors.items()))
    cursor = visit.request.query.get("cursor") or None
    parts: list[bytes] = []
    ends, size, rows = monotonic() + _CSV_SECONDS, 0, 0
    is_first = cursor is None
    while True:
        page = visit.api.get("postbacks", limit=1000, cursor=cursor, **filters)
        shown = [_as_seen(visit, row) for row in page["postbacks"]]
        part = csv_rows.lines(shown, with_header=is_first and not parts).encode()
        if parts and size + len(part) > _CSV_BYTES:
            break
        parts.append(part)
        cursor, size, rows = page["next_cursor"], size + len(part), rows + len(shown)
        if not cursor or monotonic() > ends or rows >= csv_rows.MOST_ROWS:
            break
    if cursor and "part" not in visit.request.query:
        told = f"(The file ends here after {rows} rows; there are more. Narrow the dates.)\r\n"
        parts.append(told.encode())
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="postback-log.csv"',
        "Cache-Control": "no-store",
        "X-Rows": str(rows),
    }
    if cursor:
        headers["X-Next-Cursor"] = cursor
    return visit.file(b"".join(parts), headers)


def _chosen(visit: Visit, filters: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The id of the publisher that is chosen, or whose key is, and its keys, to choose one of."""
    publisher_id, key_id = filters.get("publisher_id", ""), filters.get("key_id")
    try:
        if key_id and not publisher_id:
            publisher_id = visit.api.get("postback-keys", key_id)["publisher_id"]
        if not publisher_id:
            return "", []
        page = visit.api.get("publishers", publisher_id, "postback-keys", limit=100)
    except Refused as refused:
        if refused.status_code not in (404, 422):
            raise
        return publisher_id, []
    return publisher_id, page["postback_keys"]


def _which(found: Sequence[str]) -> str:
    if not found:
        return "no publisher has this in its name"
    return f"{len(found)} publishers have this in their names: choose one, or write more of it"


def _address(query: Mapping[str, str], publisher_id: str) -> str:
    """The log's with the same filters, but of this publisher, of whom another's key is not."""
    given = {n: v for n, v in query.items() if n not in ("cursor", "publisher", "key_id")}
    given["publisher_id"] = publisher_id
    kept = {name: value for name, value in given.items() if value}
    return f"/log?{urlencode(kept)}" if kept else "/log"


def _filters(query: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What to ask the operator API for, and what is wrong with the filters in the address."""
    asked: dict[str, Any] = {
        name: query[name].strip()
        for name in ("caller_number", "publisher_id", "key_id", "outcome")
        if query.get(name, "").strip()
    }
    errors: dict[str, str] = {}
    if asked.get("caller_number"):
        asked["caller_number"] = numbers.typed(asked["caller_number"])
    if asked.get("key_id"):
        asked["chain"] = "true"
    if asked.get("outcome", "applied") not in _OUTCOMES:
        errors["outcome"] = f"must be one of {', '.join(_OUTCOMES)}"
    for name in ("from", "to"):
        text = query.get(name, "").strip()
        try:
            if text:
                asked[f"{name}_"] = fields.moment(text)
        except ValueError as error:
            errors[name] = str(error)
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
