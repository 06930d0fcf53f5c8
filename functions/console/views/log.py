"""The postback log as the filters in the address narrow it: a web page, and a CSV file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from functions.console import csv_rows, periods, phone_numbers
from functions.console.context import RequestContext
from functions.console.operator_api import ApiError
from functions.console.periods import Period
from functions.console.rendering import plural
from functions.console.responses import GatewayResponse
from functions.console.views import publisher_names

ROWS_PER_PAGE = 50
MAX_CHOICES = 20
_OUTCOMES = ("applied", "stored", "expired", "refused")

_CSV_SECONDS = 12
_CSV_BYTES = 4_000_000
"""Maximum size of one response: Lambda allows 6 MB, and one page of the API is below 4 MB."""


def show(context: RequestContext) -> GatewayResponse:
    query = context.request.query
    names = publisher_names.load(context)
    filters, period, errors = _read_filters(query)
    found: list[str] = []
    typed = query.get("publisher", "").strip()
    if "publisher" in query and typed != names.get(query.get("publisher_id", "")):
        found = publisher_names.find(typed, names) if typed else [""]
        if len(found) == 1:
            return context.redirect(_log_path(query, publisher_id=found[0]))
        errors["publisher"] = _ambiguity(found)
    page: dict[str, Any] = {"postbacks": [], "next_cursor": None}
    if not errors:
        try:
            page = context.api.get(
                "postbacks", limit=ROWS_PER_PAGE, cursor=context.cursor, **filters
            )
        except ApiError as refused:
            if not refused.is_invalid:
                raise
            errors = {field or "": message for field, message in refused.problems}
    chosen, keys = _load_chosen_publisher(context, filters, page["postbacks"])
    # Without a publisher there may be too many keys to read: that is not the reader's mistake.
    is_too_wide = not filters.get("publisher_id") and bool(errors.pop("publisher_id", ""))
    kept = {n: v for n, v in query.items() if v and n not in ("cursor", "publisher")}
    choices = [(names[each], _log_path(query, publisher_id=each)) for each in found[:MAX_CHOICES]]
    return context.render(
        "log.html",
        status_code=422 if errors else 200,
        rows=page["postbacks"],
        next=urlencode(kept | {"cursor": page["next_cursor"]}) if page["next_cursor"] else "",
        newest=urlencode(kept),
        is_first=not query.get("cursor"),
        csv=urlencode(kept),
        query=query,
        errors=errors,
        names=publisher_names.load(context, {row["publisher_id"] for row in page["postbacks"]}),
        choices=choices,
        more_choices=len(found) - len(choices),
        is_too_wide=is_too_wide,
        keys=keys,
        chosen=chosen,
        filters_set=len(kept),
        period=period,
        periods=periods.CHOICES,
        longest=urlencode(_without_times(kept) | {"period": periods.LONGEST}),
    )


def download(context: RequestContext) -> GatewayResponse:
    """Respond with as many rows as one response holds; a header says where the next one starts."""
    filters, _, errors = _read_filters(context.request.query)
    if errors:
        raise ApiError(422, list(errors.items()))
    cursor = context.cursor
    parts: list[bytes] = []
    deadline, size, rows = monotonic() + _CSV_SECONDS, 0, 0
    is_first = cursor is None
    while True:
        page = context.api.get("postbacks", limit=1000, cursor=cursor, **filters)
        shown = page["postbacks"]
        part = csv_rows.lines(shown, with_header=is_first and not parts).encode()
        if parts and size + len(part) > _CSV_BYTES:
            break
        parts.append(part)
        cursor, size, rows = page["next_cursor"], size + len(part), rows + len(shown)
        if not cursor or monotonic() > deadline or rows >= csv_rows.MAX_ROWS:
            break
    if cursor and "part" not in context.request.query:
        count = plural(rows, "row")
        note = f"(The file ends here after {count}. More may follow: narrow the dates.)\r\n"
        parts.append(note.encode())
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="postback-log.csv"',
        "Cache-Control": "no-store",
        "X-Rows": str(rows),
    }
    if cursor:
        headers["X-Next-Cursor"] = cursor
    return context.file(b"".join(parts), headers)


def _load_chosen_publisher(
    context: RequestContext, filters: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[str, list[dict[str, Any]]]:
    """Return the ID and the keys of the publisher in the filters, or of the publisher of a key.

    If a key has no rows, returns only this key, to save a request.
    """
    publisher_id, key_id = filters.get("publisher_id", ""), filters.get("key_id")
    try:
        if key_id and not publisher_id and not rows:
            key = context.api.get("postback-keys", key_id)
            return key["publisher_id"], [key]
        if key_id and not publisher_id:
            publisher_id = rows[0]["publisher_id"]
        if not publisher_id:
            return "", []
        page = context.api.get("publishers", publisher_id, "postback-keys", limit=100)
    except ApiError as refused:
        if not refused.is_invalid:
            raise
        return publisher_id, []
    return publisher_id, page["postback_keys"]


def _ambiguity(found: Sequence[str]) -> str:
    if not found:
        return "No publisher matches this name."
    return f"{len(found)} publishers match. Choose one, or type more of the name."


def _log_path(query: Mapping[str, str], publisher_id: str) -> str:
    """Return the log's path with the same filters and this publisher, whose keys are others."""
    kept = {n: v for n, v in query.items() if v and n not in ("cursor", "publisher", "key_id")}
    kept.pop("publisher_id", None)
    if publisher_id:
        kept["publisher_id"] = publisher_id
    return f"/log?{urlencode(kept)}" if kept else "/log"


def _without_times(kept: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in kept.items() if name not in ("period", "from", "to")}


def _read_filters(
    query: Mapping[str, str],
) -> tuple[dict[str, Any], Period, dict[str, str]]:
    """Return the operator API's parameters, the period, and the errors of the filters in the
    address. A caller's postings are looked for as long as they are kept."""
    filters: dict[str, Any] = {
        name: query[name].strip()
        for name in ("caller_number", "publisher_id", "key_id", "outcome")
        if query.get(name, "").strip()
    }
    default = periods.LONGEST if filters.get("caller_number") else "24h"
    period, errors = periods.read(query, datetime.now(UTC), default=default)
    filters |= period.parameters()
    if filters.get("caller_number"):
        filters["caller_number"] = phone_numbers.from_national(filters["caller_number"])
    if filters.get("key_id"):
        filters["chain"] = "true"
    if filters.get("outcome", "applied") not in _OUTCOMES:
        errors["outcome"] = f"must be one of {', '.join(_OUTCOMES)}"
    return filters, period, errors
