"""What the console says about activity: rates, shares, and what needs attention."""

from typing import Any

import pytest

from functions.console import words
from functions.console.views import activity

TOTALS: dict[str, Any] = {
    "posted": 108, "stored": 40, "applied_at_once": 30, "applied_later": 10, "refused": 68,
    "warned": 0, "expired_unused": 0, "decided": 40,
}  # fmt: skip
ACTIVITY: dict[str, Any] = {"totals": TOTALS, "match_rate": 1.0, "last_posted_at": None}


def _activity(rate: float | None = 1.0, **totals: int) -> dict[str, Any]:
    return ACTIVITY | {"match_rate": rate, "totals": TOTALS | totals}


@pytest.mark.parametrize(
    ("decided", "rate", "shown"),
    [
        (40, 0.875, "88%"),
        (19, 0.9, "–"),
        (0, None, "–"),
        (361, 0.8753, "88%"),
        (20, 0.0, "0%"),
        (3000, 0.9967, ">99%"),
        (3000, 0.0003, "<1%"),
        (20, 1.0, "100%"),
    ],
)
def test_a_match_rate_is_a_dash_below_twenty_decided_postings(
    decided: int, rate: float | None, shown: str
) -> None:
    assert words.match_rate(_activity(rate, decided=decided)) == shown


@pytest.mark.parametrize(
    ("totals", "shown"),
    [
        (
            {"applied_at_once": 300, "applied_later": 16, "decided": 361, "stored": 397},
            "316 of 361 decided, 36 waiting",
        ),
        ({"stored": 40}, "40 of 40 decided"),
        ({"stored": 0, "applied_at_once": 0, "applied_later": 0, "decided": 0}, "0 of 0 decided"),
    ],
)
def test_a_match_rate_says_what_it_is_made_of(totals: dict[str, int], shown: str) -> None:
    assert words.decided(_activity(**totals)) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(68, 108, "63%"), (0, 5, "0%"), (1, 1000, "<1%"), (999, 1000, ">99%"), (5, 5, "100%"),
     (0, 0, "–")],
)  # fmt: skip
def test_a_share_is_0_or_100_percent_only_if_it_is_exactly_that(
    part: int, whole: int, shown: str
) -> None:
    assert words.share(part, whole) == shown


@pytest.mark.parametrize(
    ("found", "alert"),
    [
        (_activity(), "63% refused"),
        (_activity(posted=9, refused=9), None),
        (_activity(posted=10, refused=3), "30% refused"),
        (_activity(posted=100, refused=29), None),
        (_activity(0.29, refused=0, decided=20), "Low match rate"),
        (_activity(0.3, refused=0, decided=20), None),
        (_activity(0.29, refused=0, decided=19), None),
    ],
)
def test_a_publisher_with_many_refusals_or_few_matches_needs_attention(
    found: dict[str, Any], alert: str | None
) -> None:
    shown = activity.alert(found)

    assert (shown and shown[1]) == alert
