"""Wrong times of a call report are replaced by the time of arrival, with a warning."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.domain import local_times, reported_times

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SKEWED = NOON + 5 * MINUTE
"""The latest time that is not in the future."""


@pytest.mark.parametrize(
    ("started_at", "ended_at", "settled", "warned"),
    [
        (None, None, (None, None), []),
        (NOON - HOUR, NOON, (NOON - HOUR, NOON), []),
        (NOON, NOON, (NOON, NOON), []),
        (SKEWED, None, (SKEWED, None), []),
        (SKEWED + SECOND, None, (NOON, None), ["started_at"]),
        (None, SKEWED, (None, SKEWED), []),
        (None, SKEWED + SECOND, (None, NOON), ["ended_at"]),
        (SKEWED, SKEWED + SECOND, (SKEWED, SKEWED), ["ended_at"]),
        (NOON + HOUR, NOON + 2 * HOUR, (NOON, NOON), ["started_at", "ended_at"]),
        (NOON - HOUR, NOON - HOUR - SECOND, (NOON - HOUR, NOON), ["ended_at"]),
        (NOON - HOUR, NOON - HOUR - 0.999 * SECOND, (NOON - HOUR, NOON - HOUR), []),
        (NOON - HOUR, NOON - 6 * HOUR, (NOON - HOUR, NOON), ["ended_at"]),
        (SKEWED, NOON - HOUR, (SKEWED, SKEWED), ["ended_at"]),
        (NOON + HOUR, NOON - HOUR, (NOON, NOON), ["started_at", "ended_at"]),
    ],
)
def test_a_wrong_time_becomes_the_time_of_arrival(
    started_at: datetime | None,
    ended_at: datetime | None,
    settled: tuple[datetime | None, datetime | None],
    warned: list[str],
) -> None:
    *times, warnings = reported_times.settle(started_at, ended_at, NOON)

    assert tuple(times) == settled
    assert [warning.param for warning in warnings] == warned


# 1772445600 is 2026-03-02 10:00:00 UTC.
@pytest.mark.parametrize(
    ("local_time", "unique_id", "offset"),
    [
        ("2026-03-02 10:00:00", "1772445600.17", timedelta(0)),
        ("2026-03-02 11:00:03", "1772445600.17", HOUR),
        ("2026-03-02T05:00:00", "pbx-2-1772445600.17", -5 * HOUR),
        ("2026-03-02 15:45:00", "1772445600.17", 5 * HOUR + 45 * MINUTE),
        ("2026-03-02 11:05:00", "1772445600.17", HOUR),
        ("2026-03-02 11:05:01", "1772445600.17", None),
        ("2026-03-03 00:00:00", "1772445600.17", 14 * HOUR),
        ("2026-03-03 00:15:00", "1772445600.17", None),
        ("2026-03-02 11:00:00Z", "1772445600.17", None),
        ("2026-03-02 11:00:00", "1772445600", None),
        ("2026-03-02 11:00:00", "ab12@10.0.0.1", None),
        ("yesterday", "1772445600.17", None),
        (1772449200, "1772445600.17", None),
    ],
)
def test_the_id_of_an_asterisk_channel_shows_the_offset_of_a_local_start(
    local_time: object, unique_id: str, offset: timedelta | None
) -> None:
    expected = None if offset is None else timezone(offset)

    assert local_times.offset(local_time, unique_id) == expected
