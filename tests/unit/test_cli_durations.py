"""Parsing and formatting durations."""

from datetime import timedelta

import pytest

from cli import durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("36h", timedelta(hours=36)),
        ("15m", timedelta(minutes=15)),
        ("7d", timedelta(days=7)),
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("2w", timedelta(weeks=2)),
        (" 1D 12H ", timedelta(hours=36)),
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_parsed(text: str, duration: timedelta) -> None:
    assert durations.parse(text) == duration


@pytest.mark.parametrize(
    "text", ["", " ", "h", "36", "-1h", "1.5h", "30m1h", "1h1h", "an hour", "٣h", f"{'9' * 30}d"]
)
def test_an_invalid_duration_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.parse(text)


def test_a_number_without_a_unit_is_rejected() -> None:
    with pytest.raises(ValueError, match="'90' has no unit"):
        durations.parse("90")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=24), "24h"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=2), "2d"),
        (timedelta(days=30), "30d"),
        (timedelta(hours=1, minutes=30), "1h30m"),
    ],
)
def test_a_formatted_duration_can_be_parsed(duration: timedelta, text: str) -> None:
    assert durations.to_text(duration) == text
    assert durations.parse(text) == duration
