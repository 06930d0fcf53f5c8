"""All that is stored about a caller, and the form that forgets them."""

from collections.abc import Mapping

from functions.console import phone_numbers
from functions.console.context import RequestContext
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse


def show(
    context: RequestContext,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    wanted = (typed or {}).get("number") or context.request.query.get("number", "").strip()
    caller, all_errors = None, dict(errors or {})
    if wanted:
        try:
            caller = context.api.get("callers", phone_numbers.in_path(wanted))
        except ApiError as refused:
            if not refused.is_invalid:
                raise
            status_code = 422
            message = refused.problems[0][1] if refused.problems else "is unknown"
            all_errors["number"] = message
    return context.render(
        "callers.html",
        status_code=status_code,
        number=wanted,
        caller=caller,
        errors=all_errors,
        typed=typed or {},
    )
