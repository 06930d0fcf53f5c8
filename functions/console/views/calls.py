"""A call and its tags, or the calls of a caller."""

from functions.console import phone_numbers
from functions.console.context import RequestContext
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse
from functions.console.views import publisher_names


def show(context: RequestContext) -> GatewayResponse:
    wanted = context.request.query.get("find", "").strip()
    call, found, error, is_caller, has_more = None, [], "", False, False
    if wanted:
        try:
            call = context.api.get("calls", call_uuid=wanted)
        except ApiError as refused:
            if not refused.is_invalid:
                raise
            try:
                caller = context.api.get("callers", phone_numbers.in_path(wanted))
            except ApiError as refused_again:
                if not refused_again.is_invalid:
                    raise
                error = "No call has this ID, and it is not a phone number."
            else:
                found, is_caller = caller["calls"], True
                # The API lists all calls before the log: once it lists the log, no calls are left.
                has_more = caller["next_cursor"] is not None and not caller["postbacks"]
                error = "" if found else "This caller has no known calls."
    publisher_ids = {tag["publisher_id"] for tag in call["tags"]} if call else set()
    return context.render(
        "calls.html",
        status_code=404 if error else 200,
        find=wanted,
        call=call,
        calls=found,
        error=error,
        is_caller=is_caller,
        has_more=has_more,
        names=publisher_names.load(context, publisher_ids) if publisher_ids else {},
    )
