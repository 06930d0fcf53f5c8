"""Requests at the same time."""

import threading
import time

import pytest

from shared.domain.errors import OutOfTime
from shared.runtime import time_limits
from shared.runtime.concurrency import side_by_side


def test_all_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=10)

    assert sorted(side_by_side([meeting.wait] * 3)) == [0, 1, 2]


def test_results_are_in_the_order_of_the_tasks() -> None:
    def late() -> str:
        time.sleep(0.05)
        return "late"

    assert side_by_side([late, lambda: "soon", lambda: "then"]) == ["late", "soon", "then"]


@pytest.mark.parametrize("place", [0, 1])
def test_an_error_is_raised_once_all_have_ended(place: int) -> None:
    ended: list[str] = []

    def work() -> None:
        time.sleep(0.05)
        ended.append("work")

    def fail() -> None:
        raise OutOfTime("as the test has it")

    works = [work, work]
    works[place] = fail
    with pytest.raises(OutOfTime):
        side_by_side(works)

    assert ended == ["work"]


def test_all_are_under_the_time_limit_of_the_thread_that_runs_them() -> None:
    with time_limits.limit(0.0):
        time.sleep(0.001)

        assert side_by_side([time_limits.is_up] * 3) == [True] * 3
