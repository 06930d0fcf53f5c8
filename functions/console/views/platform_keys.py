"""The keys of campaign platforms."""

from collections.abc import Mapping

from functions.console.page import Answer
from functions.console.visit import Visit


def show(
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
