"""Time limits: their nesting, and what they refuse."""

import pytest

from shared.domain.errors import RetriesExhausted
from shared.runtime import time_limits
from tests.clock import Clock


def test_without_a_limit_the_time_is_never_up(clock: Clock) -> None:
    assert not time_limits.is_up(after=1e9)


def test_a_limit_applies_only_within_its_block(clock: Clock) -> None:
    with time_limits.limit(3):
        clock.pass_by(3)
        assert not time_limits.is_up()
        assert time_limits.is_up(after=0.1)
        clock.pass_by(0.1)
        assert time_limits.is_up()
    assert not time_limits.is_up()


def test_a_limit_within_another_only_shortens_it(clock: Clock) -> None:
    with time_limits.limit(3):
        with time_limits.limit(60):
            assert time_limits.is_up(after=4)
        with time_limits.limit(1):
            assert time_limits.is_up(after=2)
        assert not time_limits.is_up(after=2)


def test_overtime_extends_a_limit_that_has_passed_and_ends_too(clock: Clock) -> None:
    with time_limits.limit(3):
        clock.pass_by(60)
        with time_limits.overtime(1):
            assert not time_limits.is_up(after=0.9)
            assert time_limits.is_up(after=1.1)
        assert time_limits.is_up()


def test_attempts_end_at_the_time_limit(clock: Clock) -> None:
    started = clock.now
    made = []

    def make_attempts() -> None:
        for attempt in time_limits.attempts(1000):
            made.append(attempt)
            clock.pass_by(0.1)

    with pytest.raises(RetriesExhausted), time_limits.limit(1):
        make_attempts()

    assert 1 < len(made) < 20
    assert clock.now - started <= 1.1


def test_the_first_attempt_is_made_although_the_limit_has_passed(clock: Clock) -> None:
    """The request itself raises OutOfTime, or the error of the last attempt is raised."""
    with time_limits.limit(1):
        clock.pass_by(60)
        assert next(time_limits.attempts(5)) == 0
