"""What later reports do to the start and the end that a call is known with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.calls import Call, ends_early, update

TEN = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ARRIVAL = TEN + 9 * MINUTE


def _call(started: timedelta, ended: timedelta | None = None, *, assumed: bool = False) -> Call:
    return Call(
        call_uuid="shop-551",
        started_at=TEN + started,
        ended_at=None if ended is None else TEN + ended,
        is_start_assumed=assumed,
        announced_at=3,
        version=3,
    )


@pytest.mark.parametrize(
    ("known", "reported", "started"),
    [
        # A start that a report has stated stays.
        (_call(MINUTE), _call(timedelta(0)), MINUTE),
        (_call(MINUTE), _call(timedelta(0), assumed=True), MINUTE),
        # One that was assumed gives way to an earlier one.
        (_call(MINUTE, assumed=True), _call(timedelta(0)), timedelta(0)),
        (_call(MINUTE, assumed=True), _call(timedelta(0), assumed=True), MINUTE),
        (_call(MINUTE, assumed=True), _call(2 * MINUTE), MINUTE),
        (_call(SECOND, assumed=True), _call(timedelta(0)), SECOND),
        (_call(1.001 * SECOND, assumed=True), _call(timedelta(0)), timedelta(0)),
        # Also to one that is hardly earlier, if the call would end before its start otherwise.
        (_call(SECOND, assumed=True), _call(timedelta(0), 0.5 * SECOND), timedelta(0)),
        (_call(SECOND, assumed=True), _call(timedelta(0), SECOND), SECOND),
        # So does a start that is counted back from an end, but only then.
        (
            _call(2 * MINUTE, assumed=True),
            _call(timedelta(0), MINUTE, assumed=True),
            timedelta(0),
        ),
        (_call(MINUTE, assumed=True), _call(timedelta(0), MINUTE, assumed=True), MINUTE),
        (_call(2 * MINUTE, assumed=True), _call(MINUTE, MINUTE, assumed=True), 2 * MINUTE),
        # An end that was reported first had its own time as the start.
        (_call(MINUTE, MINUTE, assumed=True), _call(timedelta(0)), timedelta(0)),
    ],
)
def test_only_an_assumed_start_moves(known: Call, reported: Call, started: timedelta) -> None:
    after = update(known, reported, ARRIVAL)

    assert after.started_at == TEN + started
    has_moved = after.started_at != known.started_at
    is_replaced = has_moved and not reported.is_start_assumed
    assert after.is_start_assumed is (known.is_start_assumed and not is_replaced)
    # A call that has moved is listed and announced again.
    assert after.announced_at == (None if has_moved else 3)


@pytest.mark.parametrize(
    ("known", "reported", "ended_at", "is_early"),
    [
        (_call(MINUTE), _call(MINUTE, 2 * MINUTE), TEN + 2 * MINUTE, False),
        (_call(MINUTE), _call(MINUTE, MINUTE, assumed=True), TEN + MINUTE, False),
        (_call(MINUTE), _call(timedelta(0), 0.999 * MINUTE), ARRIVAL, True),
        (_call(MINUTE), _call(-300 * MINUTE, -300 * MINUTE, assumed=True), ARRIVAL, True),
        # A clock that runs ahead.
        (_call(10 * MINUTE), _call(timedelta(0), timedelta(0)), TEN + 10 * MINUTE, True),
        # The first end stays.
        (_call(MINUTE, 3 * MINUTE), _call(timedelta(0), timedelta(0)), TEN + 3 * MINUTE, True),
    ],
)
def test_an_end_before_the_known_start_becomes_the_time_of_arrival(
    known: Call, reported: Call, ended_at: datetime, is_early: bool
) -> None:
    after = update(known, reported, ARRIVAL)

    assert after.ended_at == ended_at
    assert ends_early(after, reported) is is_early


def test_a_moved_start_brings_no_forgotten_number_back() -> None:
    forgotten = replace(_call(MINUTE, assumed=True), forgotten_at=ARRIVAL)
    after = update(forgotten, replace(_call(timedelta(0)), caller_number="+15165550171"), ARRIVAL)

    assert after.started_at == TEN
    assert after.caller_number is None
