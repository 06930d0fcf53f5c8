"""Who changed what, and when: of one publisher, key or person, or of everything."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from functions.console.context import RequestContext
from functions.console.responses import GatewayResponse

ROWS_PER_PAGE = 50
_FILTERS = ("publisher_id", "key_id", "platform_key_id", "person")
_PAGES: Mapping[str, str] = {
    "publisher": "/publishers/{}",
    "postback_key": "/keys/{}",
}
"""The pages of objects, by kind."""
_IMPLIED = ("created_at", "key_id", "publisher_id", "platform_key_id", "type")
"""Members of a new object that the row shows anyway, or that are always the same."""


def show(context: RequestContext) -> GatewayResponse:
    query = context.request.query
    chosen = {name: query[name] for name in _FILTERS if query.get(name)}
    page = context.api.get("history", limit=ROWS_PER_PAGE, cursor=context.cursor, **chosen)
    next_cursor = page["next_cursor"]
    return context.render(
        "history.html",
        rows=[_shown(row) for row in page["history"]],
        chosen=next(iter(chosen.items()), None),
        is_first=context.cursor is None,
        newest=urlencode(chosen),
        next=urlencode(chosen | {"cursor": next_cursor}) if next_cursor else "",
    )


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its object's kind as words, its page, and its changes as pairs of texts."""
    kind = str(row["object"])
    path = _PAGES.get(kind, "").format(quote(str(row["object_id"])))
    is_new = row["action"] == "created"
    changes = [
        (name.replace("_", " "), "" if is_new else _text(old), _text(new))
        for name, (old, new) in (row["changes"] or {}).items()
        if not (is_new and name in _IMPLIED)
    ]
    return {**row, "object": kind.replace("_", " "), "path": path, "changes": changes}


def _text(value: Any) -> str:
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
    return str(value)
