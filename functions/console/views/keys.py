"""One postback key: its settings, its activity, and its test posting."""

from collections.abc import Mapping
from typing import Any

from functions.console.context import RequestContext
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse
from functions.console.views import activity, posting


def show(
    context: RequestContext,
    key_id: str,
    *,
    status_code: int = 200,
    form: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    """Respond with a key's page. `form` names the form that has errors: change, rotate or test."""
    hours = activity.hours_shown(context)
    found = context.api.get("postback-keys", key_id, "overview", hours=hours)
    key = found["postback_key"]
    return context.render(
        "key.html",
        status_code=status_code,
        key=key | {"state": activity.key_state(key)},
        publisher=found["publisher"],
        activity=activity.with_chart(found["activity"], hours),
        form=form,
        typed=typed or {},
        errors=errors or {},
        tested=_load_test_posting(context, key_id) if context.is_manager else None,
    )


def _load_test_posting(context: RequestContext, key_id: str) -> dict[str, Any] | None:
    """Return the test posting that the address names, or None if the log does not have it."""
    posting_id = context.request.query.get("tested", "")
    if not posting_id:
        return None
    try:
        row = posting.find(context, key_id, posting_id)
    except ApiError as refused:
        if not refused.is_not_found:
            raise
        return None
    return {
        "row": row,
        "response": posting.response_body(row),
        "steps": posting.load_timeline(context, row),
    }
