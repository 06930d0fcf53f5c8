"""Counts of postings, and the activity that operators see."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import activity
from shared.domain.activity import (
    MAX_REASONS,
    ActivitySummary,
    Figures,
    KeyDay,
    LogRow,
    Reason,
    Tally,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
HOUR = timedelta(hours=1)
ZIP = Reason(True, "placeholder_not_filled_in", "zip")


def a_day(day: date = TODAY, key_id: str = "pbk_a", **members: Any) -> KeyDay:
    return KeyDay(publisher_id="pub_a", key_id=key_id, day=day, **members)


def a_row(sequence: int = 1, **members: Any) -> LogRow:
    values: dict[str, Any] = {
        "lane": 0,
        "sequence": sequence,
        "posted_at": NOON,
        "is_first": True,
        "tally": Tally(stored=1),
    }
    return LogRow(**values | members)


def read(*days: KeyDay, hours: int = 24, now: datetime = NOON) -> ActivitySummary:
    return activity.summarize(days, hours=hours, now=now)


def counted(**numbers: int) -> Figures:
    """Return the figures of one hour with these counts, after its postings have expired."""
    return read(a_day(hours={12: Tally(**numbers)}), now=NOON + HOUR).totals


def test_a_row_counts_once_however_often_it_is_delivered() -> None:
    rows = [a_row(1), a_row(2), a_row(2), a_row(3)]

    once = a_day().count(rows[:2]).count(rows)

    assert once.hours == {12: Tally(stored=3)}
    assert once.count(rows) is once


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_any_delivery_of_a_lanes_rows_in_order_counts_each_once(
    batches: list[tuple[int, int]],
) -> None:
    """A batch may start again anywhere before the last counted row, and end anywhere."""
    rows = [a_row(n, tally=Tally(stored=1, warned=n % 2)) for n in range(1, 12)]
    day, done = a_day(), 0
    for begin, end in [*batches, (0, len(rows))]:
        day = day.count(rows[min(begin, done) : end])
        done = max(done, end)

    assert day.hours == {12: Tally(stored=11, warned=6)}


def test_each_lane_is_counted_by_its_own_order() -> None:
    """After a shard splits, rows of its halves arrive in turn."""
    day = a_day().count([a_row(100, lane=3)])

    after = day.count([a_row(7, lane=4), a_row(100, lane=3)])

    assert after.hours[12].stored == 2
    assert after.last_counted == {3: 100, 4: 7}


def test_the_latest_posting_is_found_in_any_order() -> None:
    late, early = a_row(1, posted_at=NOON + HOUR), a_row(2, posted_at=NOON)
    decided = a_row(3, posted_at=NOON + 2 * HOUR, is_first=False, tally=Tally(applied_later=1))

    assert a_day().count([late, early, decided]).last_posted_at == NOON + HOUR
    assert a_day().count([decided]).last_posted_at is None


def test_reasons_are_sorted_by_frequency() -> None:
    refused = Reason(False, "invalid_input", "caller_number")
    rows = [a_row(n, reasons=(ZIP, ZIP)) for n in range(1, 38)] + [a_row(38, reasons=(refused,))]

    assert read(a_day().count(rows)).reasons == [(ZIP, 37), (refused, 1)]


def test_made_up_parameters_do_not_fill_the_day() -> None:
    rows = [a_row(n, reasons=(Reason(True, "left_out", f"p{n}" * 99),)) for n in range(1, 400)]

    (reasons,) = a_day().count(rows).reasons.values()

    assert len(reasons) == MAX_REASONS + 1
    assert reasons[Reason(True, "left_out", None)] == 399 - MAX_REASONS
    assert all(each.param is None or len(each.param) <= 64 for each in reasons)


def test_whole_hours_are_read_with_zeros_and_the_current_one_last() -> None:
    yesterday = a_day(TODAY - timedelta(days=1), hours={12: Tally(stored=9), 13: Tally(stored=5)})
    today = a_day(hours={12: Tally(stored=1)})

    hours = read(yesterday, today, now=NOON + 59 * timedelta(minutes=1)).hours

    assert [start for start, _ in hours] == [NOON - n * HOUR for n in range(23, -1, -1)]
    assert [figures.stored for _, figures in hours] == [5, *[0] * 22, 1]


@pytest.mark.parametrize(
    ("hours", "now", "days"),
    [
        (1, NOON, [TODAY]),
        (13, NOON, [TODAY]),
        (14, NOON, [TODAY - timedelta(days=1), TODAY]),
        (24, NOON + 11 * HOUR, [TODAY]),
    ],
)
def test_the_days_of_a_number_of_hours(hours: int, now: datetime, days: list[date]) -> None:
    assert activity.days_of(hours, now) == days


def test_720_hours_are_part_of_31_days() -> None:
    assert len(activity.days_of(720, NOON)) == 31


@pytest.mark.parametrize(
    ("now", "expired"),
    [(NOON + HOUR - timedelta(seconds=1), 0), (NOON + HOUR, 0), (NOON + HOUR * 1.001, 2)],
)
def test_an_hours_postings_count_as_expired_once_the_last_one_is(
    now: datetime, expired: int
) -> None:
    until = int((NOON + HOUR).timestamp())
    tally = Tally(
        stored=8, applied_at_once=1, applied_later=2, withdrawn=1, left_out=2, stored_until=until
    )

    figures = read(a_day(hours={12: tally}), now=now).totals

    assert figures.expired_unused == expired
    assert (figures.posted, figures.refused) == (8, 3)


@pytest.mark.parametrize(
    ("figures", "rate"),
    [
        (counted(), None),
        (counted(refused=3), None),
        (counted(stored=1, withdrawn=1), None),
        (counted(stored=3, applied_at_once=1, applied_later=1), 0.6667),
        (counted(stored=4, applied_later=1, left_out=1), 0.25),
        (counted(stored=2, applied_at_once=2), 1.0),
    ],
)
def test_the_match_rate_covers_accepted_and_decided_postings(
    figures: Figures, rate: float | None
) -> None:
    assert figures.match_rate == rate


def test_a_decision_without_its_postings_row_does_not_reduce_other_counts() -> None:
    assert counted(applied_later=1).expired_unused == 0


def test_a_day_that_is_read_twice_counts_in_its_newest_version() -> None:
    before, after = (a_day(hours={12: Tally(stored=n)}, version=n) for n in (3, 4))

    for order in ((before, after), (after, before)):
        assert read(*order, a_day(key_id="pbk_b", hours={12: Tally(stored=10)})).totals.stored == 14


def _numbers() -> Iterator[str]:
    yield from ("stored", "applied_at_once", "applied_later", "refused", "withdrawn", "warned")


@given(st.fixed_dictionaries({name: st.integers(0, 50) for name in _numbers()}))
def test_no_figure_is_ever_negative_and_no_rate_above_one(numbers: dict[str, int]) -> None:
    figures = counted(**numbers)

    assert min(figures.expired_unused, figures.decided) >= 0
    assert figures.match_rate is None or 0 <= figures.match_rate <= 1
