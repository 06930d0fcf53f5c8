"""Entries of the postback log: one posting, put together from its rows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain import timestamps
from shared.domain.errors import Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind
from shared.domain.postings import Status, posted_at

DECIDED_SUFFIX = "#decided"
"""Suffix of the row with a stored posting's outcome. There is at most one, since each posting is
decided once."""

RESPONSE_SUFFIX = "#answered"
"""Suffix of the row with the response, where it is not the usual one."""


class Outcome(StrEnum):
    """The outcome of a posting so far. A late event may still apply an expired one."""

    STORED = "stored"
    APPLIED = "applied"
    EXPIRED = "expired"
    REFUSED = "refused"


class Cause(StrEnum):
    """What decided a posting's outcome: its own request, another posting, or a call event."""

    POSTING = "posting"
    ANOTHER_POSTING = "another_posting"
    CALL_STARTED = "call_started"
    CALL_ENDED = "call_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One posting: the request, the response, and the outcome.

    `call_uuid` is the call that the posting named, `applied_to` the call that got its tags.
    """

    posting_id: str
    posted_at: datetime
    key_id: str
    publisher_id: str
    caller_number: str | None
    call_uuid: str | None
    tags: Mapping[str, str]
    status_code: int
    status: str | None
    problems: tuple[Problem, ...]
    warnings: tuple[PostingWarning, ...]
    outcome: Outcome
    stored_until: datetime | None
    applied_to: str | None
    decided_at: datetime | None
    decided_by: Cause | None


_NEVER_STORED: Mapping[str, Any] = {
    "outcome": Outcome.REFUSED,
    "problems": [
        {
            "param": None,
            "message": "the response was a 503: the tags may not be stored; the publisher should "
            "send them again",
        }
    ],
}
"""The values of a posting of which only the response is known, a 503."""


def entry(rows: Mapping[str, Mapping[str, Any]], now: datetime) -> LogEntry:
    """Return the entry of one posting at `now`, from its rows by their suffixes."""
    decision = rows.get(DECIDED_SUFFIX, {})
    first = rows.get("") or decision or {**_NEVER_STORED, **rows[RESPONSE_SUFFIX]}
    status_code, status = _response(first, decision, rows.get(RESPONSE_SUFFIX))
    parameters = dict(first.get("parameters", {}))
    caller_number, call_uuid = (
        parameters.pop(name, None) for name in ("caller_number", "call_uuid")
    )
    stored_until = _time(first.get("stored_until"))
    return LogEntry(
        posting_id=first["posting_id"],
        posted_at=posted_at(first["posting_id"]),
        key_id=first["key_id"],
        publisher_id=first["publisher_id"],
        caller_number=first.get("caller_number") or caller_number,
        call_uuid=first.get("call_uuid") or call_uuid,
        tags=first.get("tags", parameters),
        status_code=status_code,
        status=status,
        problems=tuple(
            Problem(p["param"], p["message"])
            for p in decision.get("problems", first.get("problems", []))
        ),
        warnings=tuple(
            PostingWarning(WarningKind(w["kind"]), w["param"], w["message"])
            for w in first.get("warnings", [])
        ),
        outcome=_outcome(first, decision, stored_until, now),
        stored_until=stored_until,
        applied_to=decision["call_uuid"] if is_applied(decision) else None,
        decided_at=_time(decision.get("decided_at")),
        decided_by=Cause(decision["decided_by"]) if decision else None,
    )


def is_applied(decision: Mapping[str, Any]) -> bool:
    """Whether the posting was applied, by the row of its decision, which may be empty."""
    return bool(decision.get("outcome") == Outcome.APPLIED)


def _outcome(
    first: Mapping[str, Any],
    decision: Mapping[str, Any],
    stored_until: datetime | None,
    now: datetime,
) -> Outcome:
    outcome = Outcome(decision.get("outcome", first["outcome"]))
    if outcome is Outcome.STORED and stored_until and stored_until < now:
        return Outcome.EXPIRED
    return outcome


def _response(
    first: Mapping[str, Any], decision: Mapping[str, Any], response: Mapping[str, Any] | None
) -> tuple[int, str | None]:
    """Return the response's status code and status, from the first row that has them."""
    for row in (response or {}, decision, first):
        if "status_code" in row:
            return int(row["status_code"]), row.get("status")
    return 200, Status.STORED


def _time(text: str | None) -> datetime | None:
    return timestamps.from_text(text) if text else None
