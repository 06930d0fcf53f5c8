"""The keys with which campaign platforms report calls over HTTP."""

from collections.abc import Mapping

from functions.console.context import RequestContext
from functions.console.responses import GatewayResponse


def show(
    context: RequestContext,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    page = context.api.get("platform-keys", limit=100, cursor=context.cursor)
    return context.render(
        "platform_keys.html",
        status_code=status_code,
        keys=page["platform_keys"],
        cursor=page["next_cursor"],
        typed=typed or {},
        errors=errors or {},
        to_delete=context.request.query.get("delete", ""),
    )
