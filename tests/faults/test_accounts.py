"""The accounts of a fault run find every broken promise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain import timestamps
from shared.domain.activity import KeyDay, Tally
from shared.domain.calls import Call, Source, Tag
from shared.domain.postings import Posting, posted_at
from tests.e2e.mailbox import Letter
from tests.faults.accounts import settle
from tests.faults.books import Books
from tests.faults.stories import Attempt, Story, tags_of

NOW = datetime.now(UTC)
CALLER, OTHER = "+15550000001", "+15550000002"
STORED = "call not found, tags stored"
A, B = "1790000000000-a", "1790000001000-b"


def attempt(name: str, caller_number: str, status_code: int = 200) -> Attempt:
    return Attempt(
        name=name,
        number=1,
        caller_number=caller_number,
        call_uuid=None,
        status_code=status_code,
        seconds=0.1,
        body={
            "tag_values": tags_of(name, 1),
            "caller_number": caller_number,
            "status": STORED,
        }
        if status_code == 200
        else {"request_id": "a"},
        retry_after="5",
    )


def row(posting_id: str, attempt: Attempt, **members: Any) -> dict[str, Any]:
    row = {
        "posting_id": posting_id,
        "key_id": "pbk_a",
        "publisher_id": "pub_a",
        "outcome": "stored",
        "tags": attempt.tags,
        "stored_until": timestamps.to_text(NOW + timedelta(days=1)),
    }
    return row | members


def call(call_uuid: str, caller_number: str, posting_id: str, tags: dict[str, str]) -> Call:
    source = Source(posting_id=posting_id, key_id="pbk_a", publisher_id="pub_a", posted_at=NOW)
    return Call(
        call_uuid=call_uuid,
        started_at=NOW - timedelta(minutes=1),
        caller_number=caller_number,
        version=2,
        tags={name: Tag(value, source) for name, value in tags.items()},
    )


APPLIED, WAITING = attempt("p1", CALLER), attempt("p2", OTHER)
STORIES = [
    Story(1, CALLER, ["c1"], [APPLIED], ["c1"]),
    Story(2, OTHER, [], [WAITING], malformed=["m2"]),
]
CALL = call("c1", CALLER, A, APPLIED.tags)
PENDING = Posting(
    posting_id=B,
    key_id="pbk_a",
    publisher_id="pub_a",
    posted_at=NOW,
    stored_until=NOW + timedelta(days=1),
    end_call_cutoff=timedelta(0),
    tags=WAITING.tags,
    caller_number=OTHER,
)
PENDING_OF_NOBODY = replace(PENDING, posting_id="1790000002000-c", tags={"latest": "p3.1"})
DECISION = {
    "posting_id": A,
    "outcome": "applied",
    "call_uuid": "c1",
    "key_id": "pbk_a",
    "decided_by": "call_started",
    "decided_at": timestamps.to_text(NOW),
}
ANNOUNCED = {
    "call_uuid": "c1",
    "call_status": "in_progress",
    "version": 2,
    "tags": APPLIED.tags,
    "attribution": {name: {"posting_id": A} for name in APPLIED.tags},
}


def _counted(**numbers: int) -> KeyDay:
    at = posted_at(A)
    return KeyDay(
        publisher_id="pub_a", key_id="pbk_a", day=at.date(), hours={at.hour: Tally(**numbers)}
    )


SET_ASIDE = Letter({"detail": {"mark": "m2"}}, {"error": "detail.call_uuid: is missing"})
BOOKS = Books(
    calls={"c1": CALL},
    waiting={B: PENDING},
    rows={A: {"": row(A, APPLIED), "#decided": DECISION}, B: {"": row(B, WAITING)}},
    unlogged=frozenset(),
    unannounced=frozenset(),
    announced={"c1": [ANNOUNCED]},
    dead_letters=[SET_ASIDE],
    activity=[_counted(stored=2, applied_later=1)],
)


def test_correct_books_have_no_discrepancy() -> None:
    account = settle(STORIES, BOOKS)

    assert account.discrepancies == []
    assert account.outcomes["200: applied"] == account.outcomes["200: waiting"] == 1


@pytest.mark.parametrize(
    ("books", "found"),
    [
        (replace(BOOKS, waiting={}), "answered 200: not stored"),
        (replace(BOOKS, rows={B: BOOKS.rows[B]}), "has no row in the log"),
        (replace(BOOKS, calls={"c1": replace(CALL, tags={})}), "its postings"),
        (
            replace(BOOKS, calls={"c1": CALL, "c2": call("c2", CALLER, A, APPLIED.tags)}),
            "on more than one call",
        ),
        (
            replace(BOOKS, calls={"c1": CALL, "c2": call("c2", OTHER, A, {})}),
            "waits, though it belongs to call c2",
        ),
        (replace(BOOKS, calls={"c1": replace(CALL, caller_number=OTHER)}), "another caller's call"),
        (replace(BOOKS, calls={}), "is unknown"),
        (replace(BOOKS, announced={}), "never announced"),
        (replace(BOOKS, announced={"c1": [ANNOUNCED | {"tags": {}}]}), "with other tags"),
        (
            replace(BOOKS, announced={"c1": [ANNOUNCED | {"attribution": {}}]}),
            "with other postings",
        ),
        (
            replace(BOOKS, announced={"c1": [ANNOUNCED | {"version": 3}]}),
            "announced ahead of itself",
        ),
        (
            replace(BOOKS, announced={"c1": [ANNOUNCED, ANNOUNCED | {"tags": {}}]}),
            "one version, two announcements",
        ),
        (
            replace(
                BOOKS,
                announced={
                    "c1": [ANNOUNCED, ANNOUNCED | {"version": 1, "call_status": "completed"}]
                },
            ),
            "['completed', 'in_progress'], one after the other",
        ),
        (
            replace(BOOKS, waiting={B: PENDING, "1790000002000-c": PENDING_OF_NOBODY}),
            "1790000002000-c was written, and was not posted",
        ),
        (replace(BOOKS, dead_letters=[]), "event m2 is not in the dead-letter queue"),
        (
            replace(BOOKS, dead_letters=[replace(SET_ASIDE, attributes={})]),
            "m2 was given up without a reason",
        ),
        (
            replace(BOOKS, dead_letters=[SET_ASIDE, Letter({"detail": {"call_uuid": "c1"}}, {})]),
            "an event was given up",
        ),
        (
            replace(BOOKS, waiting={B: replace(PENDING, stored_until=NOW - timedelta(seconds=1))}),
            "until it expired",
        ),
        (
            replace(BOOKS, activity=[_counted(stored=3, applied_later=1)]),
            "2 stored in the log, 3 counted",
        ),
        (
            replace(BOOKS, activity=[_counted(stored=2)]),
            "1 applied_later in the log, 0 counted",
        ),
        (replace(BOOKS, activity=[]), "2 stored in the log, 0 counted"),
    ],
)
def test_a_broken_promise_is_found(books: Books, found: str) -> None:
    assert any(found in discrepancy for discrepancy in settle(STORIES, books).discrepancies)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda it: replace(it, status_code=503, retry_after=None), "without Retry-After"),
        (lambda it: replace(it, status_code=503), "the log has 200"),
        (lambda it: replace(it, status_code=422), "refused, but applied"),
        (lambda it: replace(it, status_code=404), "unexpected status code"),
        (lambda it: replace(it, body=it.body | {"tag_values": {}}), "answered 200 with"),
        (lambda it: replace(it, body=it.body | {"caller_number": OTHER}), "answered 200 with"),
        (
            lambda it: replace(it, body=it.body | {"status": "completed call found, tags applied"}),
            "the log has 200 call not found",
        ),
    ],
)
def test_a_false_response_is_found(change: Callable[[Attempt], Attempt], found: str) -> None:
    stories = [replace(STORIES[0], attempts=[change(APPLIED)]), STORIES[1]]

    assert any(found in discrepancy for discrepancy in settle(stories, BOOKS).discrepancies)


def test_an_ended_call_in_progress_is_found() -> None:
    stories = [replace(STORIES[0], ended=["c1"]), STORIES[1]]

    assert settle(stories, BOOKS).discrepancies == ["call c1 ended, and is in progress"]


def test_a_leg_that_became_a_call_is_found() -> None:
    story = replace(STORIES[0], legs=["leg-1"])
    leg = call("leg-1", OTHER, B, {})
    books = replace(BOOKS, calls={**BOOKS.calls, "leg-1": leg})

    assert "the leg leg-1 became a call" in settle([story, STORIES[1]], books).discrepancies
    assert settle([story, STORIES[1]], BOOKS).outcomes["a leg that was ignored"] == 1
