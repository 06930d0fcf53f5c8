"""The accounts of forgetting find what is left of a caller, and what is lost of later postings."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain import timestamps
from tests.e2e.phone_calls import PhoneCall
from tests.faults.accounts import Account
from tests.faults.books import Books
from tests.faults.forgetting import Forgotten, settle_forgotten
from tests.faults.stories import Attempt, Story
from tests.faults.test_accounts import (
    BOOKS,
    CALL,
    CALLER,
    NOW,
    OTHER,
    PENDING,
    attempt,
    call,
    row,
)

LATER = "1790000003000-d"
EARLIER = 1.0
FORGOTTEN_AT_MS = timestamps.to_epoch_ms(NOW)
EARLIER_ATTEMPT = replace(attempt("p1", CALLER), answered_at=EARLIER)
LATER_ATTEMPT = replace(attempt("d1", CALLER), answered_at=30.0)
OTHERS_CALL = call("c2", OTHER, "1790000004000-e", {"latest": "p9.1"})
FORGOTTEN_CALL = replace(CALL, caller_number=None, tags={}, forgotten_at=NOW, version=4)
BEFORE = replace(BOOKS, calls={"c1": CALL, "c2": OTHERS_CALL})
PENDING_LATER = replace(PENDING, posting_id=LATER, caller_number=CALLER, tags=LATER_ATTEMPT.tags)
ITEM_LATER = {"posting_id": LATER, "caller_number": CALLER, "tags": LATER_ATTEMPT.tags}
AFTER = replace(
    BEFORE,
    calls={"c1": FORGOTTEN_CALL, "c2": OTHERS_CALL},
    waiting={LATER: PENDING_LATER},
    rows={LATER: {"": row(LATER, LATER_ATTEMPT)}},
    forgotten=frozenset(["c1"]),
    items=[ITEM_LATER, {"call_uuid": "c1"}],
)


def _forgotten(**changes: Any) -> Forgotten:
    values: dict[str, Any] = {
        "story": Story(1, CALLER, ["c1"], [EARLIER_ATTEMPT], ["c1"]),
        "calls": [PhoneCall(call_uuid="c1", caller_number=CALLER)],
        "answers": [502, 200],
        "began": 10.0,
        "ended": 20.0,
        "is_complete": True,
        "meanwhile": [LATER_ATTEMPT],
        "next_call": PhoneCall(call_uuid="c3", caller_number=CALLER),
    }
    return Forgotten(**values | changes)


def _discrepancies(forgotten: Forgotten, after: Books) -> list[str]:
    account = Account()
    settle_forgotten(account, [forgotten], BEFORE, after)
    return account.discrepancies


def test_books_without_the_caller_have_no_discrepancy() -> None:
    assert _discrepancies(_forgotten(), AFTER) == []


def _with_item(**item: Any) -> Books:
    return replace(AFTER, items=[*AFTER.items, item])


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (_with_item(posting_id="gone", tags=EARLIER_ATTEMPT.tags), "has left"),
        (_with_item(sk="CALL#c1", caller_number=CALLER), "has left the number"),
        (replace(AFTER, calls={"c1": CALL, "c2": OTHERS_CALL}), "has the call"),
        (replace(AFTER, forgotten=frozenset()), "no event says so about the call c1"),
        (replace(AFTER, waiting={}), "answered 200: not stored"),
        (replace(AFTER, rows={}), "has no row in the log"),
        (replace(AFTER, calls={"c1": FORGOTTEN_CALL}), "call c2 of another caller was changed"),
    ],
)
def test_what_is_left_or_lost_is_found(after: Books, found: str) -> None:
    assert any(found in discrepancy for discrepancy in _discrepancies(_forgotten(), after))


@pytest.mark.parametrize(
    ("answers", "milliseconds_later", "is_found"),
    [([502, 200], 0, True), ([502, 200], 1, False), ([200, 200], 1, True)],
)
def test_a_later_posting_for_a_call_without_a_caller_may_stay(
    answers: list[int], milliseconds_later: int, is_found: bool
) -> None:
    posting_id = f"{FORGOTTEN_AT_MS + milliseconds_later}-f"
    by_id = replace(attempt("d2", CALLER), caller_number=None, call_uuid="c1", answered_at=EARLIER)
    after = replace(
        AFTER,
        rows={**AFTER.rows, posting_id: {"": row(posting_id, by_id)}},
        items=[*AFTER.items, {"posting_id": posting_id, "tags": by_id.tags}],
    )

    found = _discrepancies(_forgotten(answers=answers, meanwhile=[LATER_ATTEMPT, by_id]), after)

    assert [each for each in found if "has left" in each] == found
    assert bool(found) is is_found


@pytest.mark.parametrize(("caller_number", "is_found"), [(CALLER, True), ("555", False)])
def test_only_a_refused_posting_for_the_callers_own_number_must_be_erased(
    caller_number: str, is_found: bool
) -> None:
    refused = replace(attempt("f1", caller_number, 422), answered_at=EARLIER)
    row_of_refused = {"posting_id": "refused", "outcome": "refused", "parameters": refused.tags}
    after = replace(AFTER, items=[*AFTER.items, row_of_refused])

    found = _discrepancies(_forgotten(meanwhile=[LATER_ATTEMPT, refused]), after)

    assert bool(found) is is_found
    assert all("has left" in each for each in found)


def test_a_caller_who_was_never_forgotten_is_found() -> None:
    (found,) = _discrepancies(_forgotten(is_complete=False), AFTER)

    assert "was not forgotten" in found


@pytest.mark.parametrize("answered_at", [9.9, 15.0])
def test_only_what_was_answered_before_must_be_gone(answered_at: float) -> None:
    """A posting that came while the caller was being forgotten may be erased or kept."""
    meanwhile: Attempt = replace(LATER_ATTEMPT, answered_at=answered_at)

    found = _discrepancies(_forgotten(meanwhile=[meanwhile]), AFTER)

    assert bool(found) is (answered_at < 10)
