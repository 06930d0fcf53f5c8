"""The list of publishers, and one publisher with its postback keys."""

from collections.abc import Mapping

from functions.console.context import RequestContext
from functions.console.responses import GatewayResponse
from functions.console.views import activity
from shared.domain.keys import MAX_NAME_LENGTH


def show_list(
    context: RequestContext,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    query = context.request.query
    wanted = query.get("q", "").strip()[:MAX_NAME_LENGTH]
    page = context.api.get("publishers", limit=100, cursor=context.cursor, name=wanted or None)
    found = page["publishers"]
    if context.cursor is None and page["next_cursor"] is None:
        found = sorted(found, key=lambda each: str(each["name"]).casefold())
    return context.render(
        "publishers.html",
        status_code=status_code,
        publishers=[each | {"alert": activity.alert(each["activity"])} for each in found],
        q=wanted,
        cursor=page["next_cursor"],
        is_first="cursor" not in query,
        typed=typed or {},
        errors=errors or {},
        adding="add" in query or bool(errors or typed),
    )


def show_one(
    context: RequestContext,
    publisher_id: str,
    *,
    status_code: int = 200,
    form: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    """Respond with a publisher's page. `form` names the form that is open: change or add."""
    hours = activity.hours_shown(context)
    publisher = context.api.get("publishers", publisher_id)
    found = context.api.get("publishers", publisher_id, "activity", hours=hours)
    keys = context.api.get(
        "publishers", publisher_id, "postback-keys", limit=100, cursor=context.cursor
    )
    return context.render(
        "publisher.html",
        status_code=status_code,
        publisher=publisher,
        activity=activity.with_chart(found, hours),
        keys=[key | {"state": activity.key_state(key)} for key in keys["postback_keys"]],
        cursor=keys["next_cursor"],
        form=form or ("add" if "add" in context.request.query else ""),
        typed=typed or {},
        errors=errors or {},
    )
