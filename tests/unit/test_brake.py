"""How often one key may post for one caller."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.data_writing.brake import MAX_POSTINGS, Brake
from shared.domain.errors import TooManyPostings


class WallClock:
    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def brake(clock: WallClock) -> Brake:
    return Brake(clock)


def _retry_after(brake: Brake, key_id: str = "pbk_a", target: str = "+15551234567") -> int | None:
    """Return the seconds to wait; None if the posting is admitted."""
    try:
        brake.admit(key_id, target)
    except TooManyPostings as refusal:
        return refusal.retry_after
    return None


def test_the_61st_posting_in_a_minute_must_wait(brake: Brake, clock: WallClock) -> None:
    for _ in range(60):
        assert _retry_after(brake) is None
        clock.now += 0.5

    assert _retry_after(brake) == 30


def test_after_the_wait_one_more_is_admitted_and_no_earlier(brake: Brake, clock: WallClock) -> None:
    for second in range(60):
        clock.now = 1_900_000_000.0 + second / 10
        assert _retry_after(brake) is None
    clock.now = 1_900_000_010.0
    assert _retry_after(brake) == 50

    clock.now += 49.9
    assert _retry_after(brake) == 1
    clock.now += 0.1
    assert _retry_after(brake) is None
    assert _retry_after(brake) == 1


def test_a_posting_that_must_wait_does_not_prolong_the_wait(brake: Brake, clock: WallClock) -> None:
    for _ in range(MAX_POSTINGS):
        brake.admit("pbk_a", "+15551234567")
    for second in range(60):
        assert _retry_after(brake) == 60 - second
        clock.now += 1

    assert _retry_after(brake) is None


@pytest.mark.parametrize(
    ("key_id", "target"),
    [
        ("pbk_b", "+15551234567"),
        ("pbk_a", "+15551234568"),
        ("pbk_a", "9b653cf0-4835-493b-860c-aed9b7af2a4a"),
    ],
)
def test_another_key_caller_or_call_is_counted_apart(
    brake: Brake, key_id: str, target: str
) -> None:
    for _ in range(MAX_POSTINGS):
        brake.admit("pbk_a", "+15551234567")

    assert _retry_after(brake) == 60
    assert _retry_after(brake, key_id, target) is None


def test_a_clock_that_is_set_back_delays_nobody(brake: Brake, clock: WallClock) -> None:
    for _ in range(MAX_POSTINGS):
        brake.admit("pbk_a", "+15551234567")
    clock.now -= 3600

    assert _retry_after(brake) is None


def test_only_the_latest_4096_are_counted(brake: Brake, clock: WallClock) -> None:
    for _ in range(MAX_POSTINGS):
        brake.admit("pbk_a", "+15551234567")
        brake.admit("pbk_a", "+15551230000")
    for number in range(4095):
        brake.admit("pbk_a", str(number))
        if number == 4000:
            assert _retry_after(brake) == 60

    assert _retry_after(brake) == 60
    # Postings for others have made this caller's count the oldest.
    assert _retry_after(brake, target="+15551230000") is None
    assert len(brake._times) <= 4096


@given(st.lists(st.floats(0, 30), min_size=61, max_size=300))
def test_no_minute_has_more_than_60_and_a_wait_ends_when_promised(pauses: list[float]) -> None:
    clock = WallClock()
    brake = Brake(clock)
    admitted: list[float] = []
    free_at = 0.0
    for pause in pauses:
        clock.now += pause / 10
        wait = _retry_after(brake)
        if wait is None:
            admitted.append(clock.now)
            free_at = 0.0
        else:
            assert 1 <= wait <= 60
            free_at = clock.now + wait
    for first, last in zip(admitted, admitted[60:], strict=False):
        assert last - first > 59.999
    if free_at:
        clock.now = max(clock.now, free_at)
        assert _retry_after(brake) is None
