"""What the fields of the console's forms accept: durations, percentages, times and tags."""

from datetime import timedelta

import pytest

from cli import durations as cli_durations
from functions.console import durations, fields


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("36h", 129_600),
        ("7d", 604_800),
        ("1h30m", 5_400),
        (" 24 H ", 86_400),
        ("2w", 1_209_600),
        ("0", 0),
    ],
)
def test_durations_are_read_as_people_type_them(text: str, seconds: int) -> None:
    assert durations.parse(text) == seconds
    assert durations.parse(durations.to_text(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "-1h", "1.5h", "1h1d", "a day", "9" * 99 + "h"])
def test_the_error_of_an_invalid_duration_has_examples(text: str) -> None:
    with pytest.raises(ValueError, match="36h"):
        durations.parse(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86_400, "24h"), (129_600, "36h"), (604_800, "7d"), (0, "0"), (90, "1m30s")],
)
def test_durations_are_shown_as_people_write_them(seconds: int, text: str) -> None:
    assert durations.to_text(seconds) == text


@pytest.mark.parametrize(
    ("text", "share"), [("40", 0.4), ("40%", 0.4), ("7 %", 0.07), ("40.5%", 0.405), ("100", 1.0)]
)
def test_percentages_are_read_and_shown(text: str, share: float) -> None:
    assert fields.parse_percentage(text) == share
    assert fields.parse_percentage(fields.to_percentage(share)) == share


def test_a_form_reports_the_errors_of_all_fields_at_once() -> None:
    typed = {
        "storage_duration": "long", "expires_at": "soon", "match_rate_floor": "half",
        "expects_every": "5",
    }  # fmt: skip

    with pytest.raises(fields.InvalidForm) as raised:
        fields.read(typed, fields.KEY)

    assert {*raised.value.errors} == {"name", *typed}


def test_an_empty_field_gets_its_default_or_clears_the_setting() -> None:
    read = fields.read({"name": " main "}, fields.KEY)

    assert read == {
        "name": "main", "storage_duration": 86_400, "end_call_cutoff": 3_600, "note": "",
        "default_region": "US", "expires_at": None, "expects_every": None, "match_rate_floor": None,
    }  # fmt: skip


def test_a_test_posting_has_one_tag_per_line() -> None:
    assert fields.parse_tags("zip=90210\r\n\n age = 3=9 ") == {"zip": "90210", "age": "3=9"}
    with pytest.raises(ValueError, match="one tag per line"):
        fields.parse_tags("zip")


@pytest.mark.parametrize("seconds", [0, 1, 59, 90, 3600, 5400, 86_400, 129_600, 172_800, 604_801])
def test_the_command_line_reads_and_shows_the_same_durations(seconds: int) -> None:
    text = durations.to_text(seconds)

    assert cli_durations.to_text(timedelta(seconds=seconds)) == text
    assert cli_durations.parse(text).total_seconds() == durations.parse(text) == seconds
