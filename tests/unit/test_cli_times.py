"""Parsing and formatting times, here in a zone five hours behind UTC."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cli import times

NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # 11:30 local time


@pytest.fixture(autouse=True)
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "time_"),
    [
        ("now", "2026-11-23T16:30:00.000Z"),
        ("2h", "2026-11-23T14:30:00.000Z"),
        ("2h ago", "2026-11-23T14:30:00.000Z"),
        ("7d", "2026-11-16T16:30:00.000Z"),
        ("today", "2026-11-23T05:00:00.000Z"),
        ("Yesterday", "2026-11-22T05:00:00.000Z"),
        ("9:15", "2026-11-23T14:15:00.000Z"),
        ("11:29:59", "2026-11-23T16:29:59.000Z"),
        ("23:00", "2026-11-23T04:00:00.000Z"),
        ("2026-11-20", "2026-11-20T05:00:00.000Z"),
        ("2026-11-20 08:00", "2026-11-20T13:00:00.000Z"),
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:00.000Z"),
        ("2026-11-20T08:00:00.250+02:00", "2026-11-20T06:00:00.250Z"),
    ],
)
def test_a_time_is_parsed(text: str, time_: str) -> None:
    assert times.to_wire(times.parse(text, NOW)) == time_


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "999999999d"])
def test_an_invalid_time_is_rejected_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time. Examples: 2h \(ago\)"):
        times.parse(text, NOW)


def test_a_time_is_shown_in_the_local_zone() -> None:
    assert times.to_text(NOW, NOW) == "Nov 23 11:30:00"


def test_a_year_other_than_the_current_one_is_shown() -> None:
    assert times.to_text(NOW.replace(year=2025), NOW) == "2025 Nov 23 11:30:00"


def test_the_date_is_left_out_near_a_time_of_the_same_day() -> None:
    earlier = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    the_day_before = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)

    assert times.to_text(NOW, NOW, near=earlier) == "11:30:00"
    assert times.to_text(NOW, NOW, near=the_day_before) == "Nov 23 11:30:00"
