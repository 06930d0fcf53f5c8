"""Limits of time: what begins within them, what is refused beyond them, and what they add up to."""

import pytest

from shared.domain.errors import RetriesExhausted
from shared.runtime import retries, time_limits
from tests.clock import Clock


def test_without_a_limit_the_time_is_never_up(clock: Clock) -> None:
    assert not time_limits.is_up(after=1e9)


def test_a_limit_holds_within_its_block_only(clock: Clock) -> None:
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


def test_overtime_begins_when_the_time_is_up_and_ends_too(clock: Clock) -> None:
    with time_limits.limit(3):
        clock.pass_by(60)
        with time_limits.overtime(1):
            assert not time_limits.is_up(after=0.9)
            assert time_limits.is_up(after=1.1)
        assert time_limits.is_up()


def test_attempts_end_with_the_time_and_pause_no_longer(clock: Clock) -> None:
    started = clock.now
    made = []

    def make_attempts() -> None:
        for attempt in retries.attempts(1000):
            made.append(attempt)
            clock.pass_by(0.1)

    with pytest.raises(RetriesExhausted), time_limits.limit(1):
        make_attempts()

    assert 1 < len(made) < 20
    assert clock.now - started <= 1.1


def test_the_first_attempt_is_left_to_the_request_to_refuse(clock: Clock) -> None:
    """So that giving up says why: the time is up, or what the last attempt ran into."""
    with time_limits.limit(1):
        clock.pass_by(60)
        assert next(retries.attempts(5)) == 0
