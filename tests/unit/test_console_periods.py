"""The periods that the console's lists cover."""

from datetime import UTC, datetime

import pytest

from functions.console import periods

NOW = datetime(2026, 11, 23, 16, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "start", "end", "words"),
    [
        ({}, None, None, "in the last 24 hours"),
        ({"period": "today"}, "2026-11-23T00:00:00+00:00", None, "today (UTC)"),
        (
            {"period": "yesterday"},
            "2026-11-22T00:00:00+00:00",
            "2026-11-23T00:00:00+00:00",
            "yesterday (UTC)",
        ),
        ({"period": "7d"}, "2026-11-16T16:20:00+00:00", None, "in the last 7 days"),
        ({"period": "90d"}, "2026-08-25T16:20:00+00:00", None, "in the last 90 days"),
        (
            {"from": "2026-11-20T08:00", "to": "2026-11-20T09:30"},
            "2026-11-20T08:00:00+00:00",
            "2026-11-20T09:30:00+00:00",
            "from Nov 20, 2026, 08:00 UTC to Nov 20, 2026, 09:30 UTC",
        ),
        (
            {"from": "2025-11-20T08:00"},
            "2025-11-20T08:00:00+00:00",
            None,
            "since Nov 20, 2025, 08:00 UTC",
        ),
        (
            {"to": "2026-11-20T08:00"},
            None,
            "2026-11-20T08:00:00+00:00",
            "in the 24 hours before Nov 20, 2026, 08:00 UTC",
        ),
        # Dates that were typed decide, whatever the list beside them says.
        (
            {"period": "7d", "from": "2026-11-20T08:00"},
            "2026-11-20T08:00:00+00:00",
            None,
            "since Nov 20, 2026, 08:00 UTC",
        ),
        ({"period": ""}, None, None, "in the last 24 hours"),
    ],
)
def test_the_address_names_a_period(
    query: dict[str, str], start: str | None, end: str | None, words: str
) -> None:
    period, errors = periods.read(query, NOW, default="24h")

    assert errors == {}
    assert period.parameters() == {k: v for k, v in (("from_", start), ("to", end)) if v}
    assert period.words == words


@pytest.mark.parametrize(
    ("query", "field"),
    [({"period": "6d"}, "period"), ({"from": "yesterday"}, "from"), ({"to": "25:00"}, "to")],
)
def test_a_period_that_cannot_be_read_is_an_error_of_its_field(
    query: dict[str, str], field: str
) -> None:
    _, errors = periods.read(query, NOW, default="24h")

    assert [*errors] == [field]
