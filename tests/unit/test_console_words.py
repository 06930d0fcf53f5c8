"""The words that the console uses for values of the operator API."""

import pytest

from functions.console import words
from shared.domain.log_entries import Outcome
from shared.domain.posting_warnings import WarningKind


def test_every_kind_of_warning_has_words() -> None:
    assert {*words.WARNINGS} == {*WarningKind}


def test_the_outcomes_are_those_of_the_log() -> None:
    assert {*words.OUTCOMES} <= {*Outcome}


@pytest.mark.parametrize(
    ("outcome", "status_code", "text"),
    [
        ("stored", 200, "Waiting for a call"),
        ("applied", 200, "Applied"),
        ("expired", 200, "Expired"),
        ("refused", 200, "Refused"),
        ("refused", 422, "Refused 422"),
    ],
)
def test_outcomes_are_shown_in_words(outcome: str, status_code: int, text: str) -> None:
    assert words.outcome({"outcome": outcome, "status_code": status_code})[1] == text
