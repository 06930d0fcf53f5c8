"""One posting of the log: what was read, the response, and its timeline."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.console import phone_numbers, timeline
from functions.console.context import RequestContext
from functions.console.http_client import NoResponse
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse
from shared.domain.postings import accepted_body, posted_at

_CLOCK_SKEW = timedelta(seconds=30)


def show(context: RequestContext, key_id: str, posting_id: str) -> GatewayResponse:
    row = find(context, key_id, posting_id)
    about = context.api.get("postback-keys", key_id, "overview", hours=1)
    return context.render(
        "posting.html",
        row=row,
        key=about["postback_key"],
        publisher=about["publisher"],
        response=response_body(row),
        steps=load_timeline(context, row),
    )


def find(context: RequestContext, key_id: str, posting_id: str) -> dict[str, Any]:
    """Return a posting's row. Raises ApiError.

    The API has no request for one row, so this reads the millisecond that the ID carries.
    """
    try:
        at = posted_at(posting_id)
    except (ValueError, OverflowError, OSError) as error:
        raise ApiError(404, []) from error
    page = context.api.get(
        "postbacks",
        key_id=key_id,
        from_=at.isoformat(),
        to=(at + timedelta(milliseconds=1)).isoformat(),
        limit=1000,
    )
    for row in page["postbacks"]:
        if row["posting_id"] == posting_id:
            found: dict[str, Any] = row
            return found
    raise ApiError(404, [])


def find_latest(
    context: RequestContext, key_id: str, tags: Mapping[str, str], status_code: int
) -> str | None:
    """Return the ID of the key's latest posting with these tags and this status code."""
    since = datetime.now(UTC) - _CLOCK_SKEW
    try:
        page = context.api.get("postbacks", key_id=key_id, from_=since.isoformat(), limit=20)
    except (ApiError, NoResponse):
        return None
    rows = [row for row in page["postbacks"] if row["status_code"] == status_code]
    # The service may have read the tags differently. Then the latest posting is the likely one.
    candidates = [row for row in rows if row["tags"] == tags] or rows
    return str(candidates[0]["posting_id"]) if candidates else None


def load_timeline(context: RequestContext, row: Mapping[str, Any]) -> Sequence[timeline.Step]:
    call = None
    if row["applied_to"] and not phone_numbers.is_masked(row["applied_to"]):
        try:
            call = context.api.get("calls", call_uuid=row["applied_to"])
        except ApiError as refused:
            if not refused.is_not_found:
                raise
    return timeline.steps(row, call)


def response_body(row: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild the response's body, with its members in order; an error's without `request_id`."""
    if row["status_code"] != 200:
        errors = [{"param": p["param"], "message": p["message"]} for p in row["problems"]]
        return {"status": "error", "errors": errors}
    return accepted_body(
        row["tags"],
        row["status"],
        call_uuid=row["call_uuid"],
        caller_number=row["caller_number"],
        warnings=[(w["param"], w["message"]) for w in row["warnings"]],
    )
