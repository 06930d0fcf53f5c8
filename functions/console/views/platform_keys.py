"""The keys with which campaign platforms report calls over HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.console.context import RequestContext
from functions.console.responses import GatewayResponse
from functions.console.words import Pill
from shared.domain import timestamps

_SCOPES = {
    "report": "Report calls",
    "read": "Read calls and tags",
    "report read": "Report calls, read calls and tags",
}
"""What a key may do, by its scopes."""


def show(
    context: RequestContext,
    *,
    status_code: int = 200,
    form: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    """Respond with the list. `form` is the key whose rotation has errors, "" for the new key."""
    page = context.api.get("platform-keys", limit=100, cursor=context.cursor)
    return context.render(
        "platform_keys.html",
        status_code=status_code,
        keys=[key | {"state": _state(key)} for key in page["platform_keys"]],
        cursor=page["next_cursor"],
        scopes=_SCOPES,
        form=form,
        typed=typed or {},
        errors=errors or {},
        to_delete=context.request.query.get("delete", ""),
    )


def _state(key: Mapping[str, Any]) -> Pill:
    if key["paused"]:
        return "mute", "Paused"
    if key["expires_at"] and timestamps.from_text(key["expires_at"]) <= datetime.now(UTC):
        return "warn", "Expired"
    return "good", "Active"
