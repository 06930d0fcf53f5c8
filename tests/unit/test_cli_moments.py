"""Moments as operators write and read them, here in a zone five hours behind UTC."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cli import moments

NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # 11:30 local time


@pytest.fixture(autouse=True)
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
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
def test_a_moment_is_read_as_people_write_it(text: str, moment: str) -> None:
    assert moments.to_wire(moments.parse(text, NOW)) == moment


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "999999999d"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time: write 2h \(ago\)"):
        moments.parse(text, NOW)


def test_a_moment_is_shown_in_local_time() -> None:
    assert moments.to_text(NOW, NOW) == "Nov 23 11:30:00"


def test_the_year_is_shown_where_it_is_another() -> None:
    assert moments.to_text(NOW.replace(year=2025), NOW) == "2025 Nov 23 11:30:00"


def test_the_day_is_left_out_where_it_has_just_been_read() -> None:
    earlier = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    the_day_before = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)

    assert moments.to_text(NOW, NOW, near=earlier) == "11:30:00"
    assert moments.to_text(NOW, NOW, near=the_day_before) == "Nov 23 11:30:00"
