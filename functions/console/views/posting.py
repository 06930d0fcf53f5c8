"""One posting of the log: what was sent and answered, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.console import timeline
from functions.console.outside import Refused, Unanswered
from functions.console.page import Answer
from functions.console.visit import Visit
from shared.domain.postings import posted_at

_CLOCKS_APART = timedelta(seconds=30)


def show(visit: Visit, key_id: str, posting_id: str) -> Answer:
    row = find(visit, key_id, posting_id)
    found = visit.api.get("postback-keys", key_id)
    owner = visit.api.get("publishers", row["publisher_id"])
    return visit.show(
        "posting.html",
        row=row,
        key=found,
        publisher=owner,
        answered=answered(row),
        steps=what_became_of(visit, row),
    )


def sent_just_now(
    visit: Visit, key_id: str, tags: Mapping[str, str], status_code: int
) -> str | None:
    """The id of the posting with these tags that the log has got last; None if it has none."""
    since = datetime.now(UTC) - _CLOCKS_APART
    try:
        page = visit.api.get("postbacks", key_id=key_id, from_=since.isoformat(), limit=20)
    except (Refused, Unanswered):
        return None
    rows = [row for row in page["postbacks"] if row["status_code"] == status_code]
    # Tags may be read otherwise than they were typed: then it is the latest.
    alike = [row for row in rows if row["tags"] == tags] or rows
    return str(alike[0]["posting_id"]) if alike else None


def what_became_of(visit: Visit, row: Mapping[str, Any]) -> Sequence[timeline.Step]:
    call = None
    if row["applied_to"]:
        try:
            call = visit.api.get("calls", call_uuid=row["applied_to"])
        except Refused as refused:
            if not refused.is_missing:
                raise
    return timeline.steps(row, call)


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


def answered(row: Mapping[str, Any]) -> dict[str, Any]:
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
