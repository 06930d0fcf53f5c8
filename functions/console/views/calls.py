"""Calls, and what is known of a caller."""

from collections.abc import Mapping

from functions.console import numbers
from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.views import names
from functions.console.visit import Visit


def show(visit: Visit) -> Answer:
    wanted = visit.request.query.get("find", "").strip()
    call, found, error, is_caller, has_more = None, [], "", False, False
    if wanted:
        try:
            call = visit.api.get("calls", call_uuid=wanted)
        except Refused as refused:
            if refused.status_code not in (404, 422):
                raise
            try:
                known = visit.api.get("callers", numbers.typed(wanted))
            except Refused as again:
                if again.status_code not in (404, 422):
                    raise
                error = "No call has this id, and it is no phone number either."
            else:
                found, is_caller = known["calls"], True
                # Calls come before the log: where that has begun, there are no more of them.
                has_more = known["next_cursor"] is not None and not known["postbacks"]
                error = "" if found else "No call of this caller is known."
    return visit.show(
        "calls.html",
        status_code=404 if error else 200,
        find=wanted,
        call=call,
        calls=found,
        error=error,
        is_caller=is_caller,
        has_more=has_more,
        names=names.of_publishers(visit, {tag["publisher_id"] for tag in call["tags"]})
        if call and call["tags"]
        else {},
    )


def show_caller(
    visit: Visit,
    *,
    status_code: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    wanted = (typed or {}).get("number") or visit.request.query.get("number", "").strip()
    found, problems = None, dict(errors or {})
    if wanted:
        try:
            found = visit.api.get("callers", numbers.typed(wanted))
        except Refused as refused:
            if refused.status_code not in (404, 422):
                raise
            status_code = 422
            problems["number"] = refused.problems[0][1] if refused.problems else "is not known"
    return visit.show(
        "callers.html",
        status_code=status_code,
        number=wanted,
        caller=found,
        errors=problems,
        typed=typed or {},
    )
