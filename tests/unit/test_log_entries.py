"""Log entries, from the rows of one posting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.errors import Problem
from shared.domain.log_entries import Cause, LogEntry, Outcome, entry

POSTED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
STORED_UNTIL = POSTED_AT + timedelta(hours=24)
POSTING_ID = f"{int(POSTED_AT.timestamp() * 1000)}-request"
CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"

_COMMON = {"posting_id": POSTING_ID, "key_id": "pbk_a", "publisher_id": "pub_a"}

STORED = _COMMON | {
    "outcome": "stored",
    "caller_number": "+15551234567",
    "stored_until": "2026-11-24T12:00:00.000Z",
    "tags": {"age": "39"},
}
APPLIED = _COMMON | {
    "outcome": "applied",
    "caller_number": "+15551234567",
    "call_uuid": CALL,
    "decided_at": "2026-11-23T12:30:00.000Z",
    "decided_by": "call_started",
}
APPLIED_AT_ONCE = APPLIED | {
    "decided_by": "posting",
    "status_code": 200,
    "status": "in progress call found, tags applied",
}
REFUSED_LATER = APPLIED | {
    "outcome": "refused",
    "problems": [{"param": None, "message": "the call is full"}],
}
REFUSED = _COMMON | {
    "outcome": "refused",
    "status_code": 422,
    "problems": [{"param": "caller_number", "message": "is empty"}],
    "parameters": {"caller_number": "", "age": "39"},
}


def _entry(first: dict[str, Any], now: datetime = POSTED_AT, **others: dict[str, Any]) -> LogEntry:
    return entry({"": first} | {f"#{suffix}": row for suffix, row in others.items()}, now)


def test_a_stored_posting_is_stored_until_it_expires() -> None:
    assert _entry(STORED, now=STORED_UNTIL).outcome is Outcome.STORED
    assert _entry(STORED, now=STORED_UNTIL).stored_until == STORED_UNTIL


def test_a_stored_posting_without_a_call_expires() -> None:
    read = _entry(STORED, now=STORED_UNTIL + timedelta(milliseconds=1))

    assert read.outcome is Outcome.EXPIRED
    assert (read.status_code, read.status) == (200, "call not found, tags stored")


def test_a_posting_applied_by_a_later_call_keeps_its_response() -> None:
    read = _entry(STORED, now=STORED_UNTIL + timedelta(days=1), decided=APPLIED)

    assert read.outcome is Outcome.APPLIED
    assert read.status == "call not found, tags stored"
    assert (read.applied_to, read.decided_by) == (CALL, Cause.CALL_STARTED)
    assert read.decided_at == POSTED_AT + timedelta(minutes=30)
    assert read.tags == {"age": "39"}


def test_a_posting_applied_at_once_has_that_response() -> None:
    assert _entry(STORED, decided=APPLIED_AT_ONCE).status == "in progress call found, tags applied"


def test_a_logged_response_takes_precedence_over_the_usual_one() -> None:
    answered = _COMMON | {"status_code": 503}

    read = _entry(STORED, answered=answered, decided=APPLIED)

    assert (read.status_code, read.status) == (503, None)
    assert read.outcome is Outcome.APPLIED


def test_a_posting_left_out_by_its_call_is_refused_with_the_reason() -> None:
    read = _entry(STORED, decided=REFUSED_LATER)

    assert read.outcome is Outcome.REFUSED
    assert read.problems == (Problem(None, "the call is full"),)
    assert read.applied_to is None
    assert read.status_code == 200


def test_a_refused_posting_shows_its_parameters_and_the_reason() -> None:
    read = _entry(REFUSED, now=STORED_UNTIL + timedelta(days=30))

    assert read.outcome is Outcome.REFUSED
    assert (read.status_code, read.status) == (422, None)
    assert read.problems == (Problem("caller_number", "is empty"),)
    assert (read.caller_number, read.tags) == ("", {"age": "39"})


@pytest.mark.parametrize("rows", [{"#decided": APPLIED}])
def test_an_applied_posting_without_its_first_row_is_shown(
    rows: dict[str, dict[str, Any]],
) -> None:
    read = entry(rows, POSTED_AT)

    assert (read.outcome, read.applied_to, read.tags) == (Outcome.APPLIED, CALL, {})


def test_the_number_of_a_refused_posting_is_not_a_tag() -> None:
    paused = REFUSED | {
        "status_code": 403,
        "caller_number": "+15551234567",
        "parameters": {"caller_number": "(555) 123-4567", "age": "39"},
    }

    read = _entry(paused)

    assert (read.caller_number, read.tags) == ("+15551234567", {"age": "39"})


def test_a_posting_of_which_only_the_response_is_known_may_not_be_stored() -> None:
    read = entry({"#answered": _COMMON | {"status_code": 503}}, POSTED_AT)

    assert (read.outcome, read.status_code, read.tags) == (Outcome.REFUSED, 503, {})
    assert "may not be stored" in read.problems[0].message
