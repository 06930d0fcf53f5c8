"""One posting of the log: what was sent and answered, and what became of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from functions.console import timeline
from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.visit import Visit
from shared.domain.postings import posted_at


def show(visit: Visit, key_id: str, posting_id: str) -> Answer:
    row = find(visit, key_id, posting_id)
    found = visit.api.get("postback-keys", key_id)
    owner = visit.api.get("publishers", row["publisher_id"])
    call = None
    if row["applied_to"]:
        try:
            call = visit.api.get("calls", call_uuid=row["applied_to"])
        except Refused as refused:
            if not refused.is_missing:
                raise
    return visit.show(
        "posting.html",
        row=row,
        key=found,
        publisher=owner,
        call=call,
        answered=_answered(row),
        steps=timeline.steps(row, call),
    )


def find(visit: Visit, key_id: str, posting_id: str) -> dict[str, Any]:
    """By the time that its id carries: the log has no other way to one row. Raises Refused."""
    try:
        at = posted_at(posting_id)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(404, []) from error
    page = visit.api.get(
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
    raise Refused(404, [])


def _answered(row: Mapping[str, Any]) -> dict[str, Any]:
    """The body that was answered, in the order of its members; a refusal's without its id."""
    if row["status_code"] != 200:
        told = [{"param": p["param"], "message": p["message"]} for p in row["problems"]]
        return {"status": "error", "errors": told}
    about = (
        {"call_uuid": row["call_uuid"]}
        if row["call_uuid"]
        else {"caller_number": row["caller_number"]}
    )
    body = {"tag_values": row["tags"], **about, "status": row["status"]}
    if row["warnings"]:
        body["warnings"] = [{"param": w["param"], "message": w["message"]} for w in row["warnings"]]
    return body
