"""Times as the APIs and the tables have them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import timestamps

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=84_000)).map(EPOCH.__add__)


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 11, 23, 8, 5, 31, 656000, UTC), "2026-11-23T08:05:31.656Z"),
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23T00:00:00.000Z"),
        (
            datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-22T23:00:00.000Z",
        ),
    ],
)
def test_times_are_written_in_utc_with_a_fixed_width(time: datetime, text: str) -> None:
    assert timestamps.to_text(time) == text
    assert timestamps.from_text(text) == time


@given(MOMENTS, MOMENTS)
def test_texts_sort_as_their_times_do(one: datetime, other: datetime) -> None:
    one, other = timestamps.to_milliseconds(one), timestamps.to_milliseconds(other)

    assert (timestamps.to_text(one) < timestamps.to_text(other)) == (one < other)


@given(MOMENTS)
def test_a_time_cut_to_milliseconds_is_written_exactly(time: datetime) -> None:
    cut = timestamps.to_milliseconds(time)

    assert timestamps.from_text(timestamps.to_text(cut)) == cut
    assert timedelta(0) <= time - cut < timedelta(milliseconds=1)


@given(st.integers(0, 4_102_444_800_000))
def test_epoch_milliseconds_are_read_exactly(epoch_ms: int) -> None:
    time = timestamps.from_epoch_ms(epoch_ms)

    assert (time - EPOCH) // timedelta(milliseconds=1) == epoch_ms
    assert time.microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [(1_741_608_000_000, 1_741_608_000), (1_741_608_000_001, 1_741_608_001), (999, 1)],
)
def test_expiry_is_rounded_up_so_that_nothing_expires_early(
    milliseconds: int, seconds: int
) -> None:
    assert timestamps.to_epoch_seconds(timestamps.from_epoch_ms(milliseconds)) == seconds
