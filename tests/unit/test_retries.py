"""Retries, and the pauses between attempts."""

import time

import pytest

from shared.domain.errors import RetriesExhausted
from shared.runtime import time_limits


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_the_first_attempt_has_no_pause(pauses: list[float]) -> None:
    for attempt in time_limits.attempts(3):
        assert attempt == 0
        break

    assert pauses == []


def test_after_the_last_attempt_an_error_is_raised(
    pauses: list[float],
) -> None:
    made: list[int] = []
    with pytest.raises(RetriesExhausted, match="after 3 attempts"):
        made.extend(time_limits.attempts(3))

    assert made == [0, 1, 2]
    assert len(pauses) == 2


def test_pauses_grow_to_less_than_half_a_second(pauses: list[float]) -> None:
    with pytest.raises(RetriesExhausted):
        list(time_limits.attempts(40))

    assert pauses[0] <= 0.02
    assert max(pauses) <= 0.4
    assert sum(pauses) > pauses[0]
