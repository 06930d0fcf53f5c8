"""`calltags activity`."""

import json

import pytest

from cli.activity import sparkline
from tests.unit.cli_runner import run
from tests.unit.fake_operator_api import (
    FIGURES,
    FakeOperatorApi,
)

ACTIVITY = {
    "hours": [FIGURES | {"hour": f"2026-11-23T{hour:02}:00:00.000Z"} for hour in range(24)],
    "totals": FIGURES,
    "match_rate": 0.8387,
    "last_posted_at": "2026-11-23T16:00:00Z",
    "refusals": [{"kind": "key_paused", "param": None, "count": 3}],
    "warnings": [{"kind": "placeholder_not_filled_in", "param": "zip", "count": 37}],
}


@pytest.mark.parametrize(
    ("id_", "path", "query"),
    [
        ("pub_a", "publishers/pub_a", {"hours": "48"}),
        ("pbk_a", "postback-keys/pbk_a", {"hours": "48", "chain": "true"}),
    ],
)
def test_activity_of_a_key_or_of_a_publisher(
    api: FakeOperatorApi, id_: str, path: str, query: dict[str, str]
) -> None:
    api.responses[f"GET /api/{path}/activity"] = (200, ACTIVITY)

    result = run("activity", id_, "--hours", "48")

    assert json.loads(result.stdout) == ACTIVITY
    assert api.requests[0]["query"] == query


def test_a_terminal_shows_refusals_and_warnings_by_kind(
    api: FakeOperatorApi, terminal: None
) -> None:
    api.responses["GET /api/postback-keys/pbk_a/activity"] = (200, ACTIVITY)

    shown = run("activity", "pbk_a").stdout

    assert "37 of 40 with a warning: placeholder not filled in (zip)" in shown
    assert "3 of 40 refused: key paused" in shown
    assert "█" * 24 in shown
    assert "84%" in shown


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([0, 1, 2, 4, 8], "·▁▂▄█"),
        ([1, 1000], "▁█"),
        ([1] * 720, "█" * 72),
        ([0] * 71 + [1] * 2, "·" * 35 + "██"),
    ],
)
def test_a_sparkline_has_a_bar_per_hour_or_group_of_hours(numbers: list[int], line: str) -> None:
    assert sparkline(numbers) == line
