"""Alerts for keys that are silent, or whose match rate is low."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain import activity, key_alerts
from shared.domain.activity import Figures, KeyDay, Tally
from shared.domain.key_alerts import Alert, AlertState, KeyCheck
from shared.domain.keys import PostbackKey

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def a_key(key_id: str = "pbk_a", **changes: Any) -> PostbackKey:
    values: dict[str, Any] = {
        "key": "9b653cf0-4835-493b-860c-aed9b7af2a4a",
        "key_id": key_id,
        "publisher_id": "pub_a",
        "name": "Landing page",
        "storage_duration": 24 * HOUR,
        "end_call_cutoff": HOUR,
        "default_region": "US",
        "paused": False,
        "created_at": NOON - 1000 * HOUR,
    }
    return PostbackKey(**values | changes)


def alerts(
    key: PostbackKey,
    *,
    state: AlertState | None = None,
    last_posted_at: datetime | None = None,
    matched: int = 0,
    decided: int = 0,
) -> list[Alert]:
    settled = Figures(applied_later=matched, decided=decided)
    check = KeyCheck(key=key, last_posted_at=last_posted_at, settled=settled, now=NOON)
    return check.alerts(state or AlertState())[0]


EXPECTED = a_key(expects_every=2 * HOUR)


@pytest.mark.parametrize(
    ("last_posted_at", "expected"),
    [
        (NOON - 2 * HOUR, [Alert.SILENT]),
        (NOON - 2 * HOUR + SECOND, []),
        (None, [Alert.SILENT]),
    ],
)
def test_a_key_is_silent_once_its_next_posting_is_overdue(
    last_posted_at: datetime | None, expected: list[Alert]
) -> None:
    assert alerts(EXPECTED, last_posted_at=last_posted_at) == expected


def test_a_new_key_has_the_same_time_for_its_first_posting() -> None:
    assert alerts(a_key(expects_every=HOUR, created_at=NOON - HOUR + SECOND)) == []
    assert alerts(a_key(expects_every=HOUR, created_at=NOON - HOUR)) == [Alert.SILENT]


def test_a_silence_is_reported_once_and_so_is_its_end() -> None:
    state = AlertState(silent_since=NOON - HOUR)

    assert alerts(EXPECTED, state=state, last_posted_at=NOON - 3 * HOUR) == []
    assert alerts(EXPECTED, state=state, last_posted_at=NOON - SECOND) == [Alert.SILENT_ENDED]


def test_a_silence_interrupted_between_two_checks_ends_and_begins_again() -> None:
    state = AlertState(silent_since=NOON - 5 * HOUR)

    assert alerts(EXPECTED, state=state, last_posted_at=NOON - 2 * HOUR) == [
        Alert.SILENT_ENDED,
        Alert.SILENT,
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"paused": True},
        {"expires_at": NOON},
        {"replaced_by": "pbk_b"},
        {"expects_every": None, "match_rate_floor": None},
    ],
)
def test_a_key_that_refuses_postings_is_not_watched_and_its_alerts_end(
    changes: dict[str, Any],
) -> None:
    watched: dict[str, Any] = {"expects_every": HOUR, "match_rate_floor": 0.5}
    key = a_key(**watched | changes)

    assert alerts(key, decided=100) == []
    state = AlertState(silent_since=NOON - HOUR, low_since=NOON)
    assert alerts(key, state=state, decided=100) == [Alert.SILENT_ENDED, Alert.LOW_ENDED]


FLOOR = a_key(match_rate_floor=0.4)


@pytest.mark.parametrize(
    ("matched", "decided", "expected"),
    [
        (7, 20, [Alert.LOW]),
        (8, 20, []),
        (0, 19, []),
        (0, 0, []),
        (0, 20, [Alert.LOW]),
    ],
)
def test_a_match_rate_below_its_floor_is_reported_from_20_decided_postings(
    matched: int, decided: int, expected: list[Alert]
) -> None:
    assert alerts(FLOOR, matched=matched, decided=decided) == expected


@pytest.mark.parametrize(
    ("matched", "decided", "expected"),
    [
        (7, 20, []),
        (8, 20, [Alert.LOW_ENDED]),
        (19, 19, []),
        (0, 0, []),
    ],
)
def test_the_end_of_a_low_match_rate_needs_as_many_postings(
    matched: int, decided: int, expected: list[Alert]
) -> None:
    assert (
        alerts(FLOOR, state=AlertState(low_since=NOON), matched=matched, decided=decided)
        == expected
    )


def test_a_reported_alert_is_kept_until_it_ends() -> None:
    low = KeyCheck(key=FLOOR, last_posted_at=None, settled=Figures(decided=20), now=NOON)

    begun, after = low.alerts(AlertState())
    again, still = low.alerts(after)

    assert (begun, after) == ([Alert.LOW], AlertState(low_since=NOON))
    assert (again, still) == ([], after)


@pytest.mark.parametrize(
    ("storage", "hours_ago", "is_settled"),
    [
        (24 * HOUR, 24, False),  # the hour's last posting may be pending for another hour
        (24 * HOUR, 25, True),
        (24 * HOUR, 48, True),
        (24 * HOUR, 49, False),  # the window has 24 hours
        (timedelta(minutes=1), 1, False),
        (timedelta(minutes=1), 2, True),
        (timedelta(days=30), 721, True),
    ],
)
def test_a_match_rate_covers_the_latest_day_without_pending_postings(
    storage: timedelta, hours_ago: int, is_settled: bool
) -> None:
    key = a_key(storage_duration=storage)
    at = NOON - hours_ago * HOUR
    day = KeyDay(
        publisher_id="pub_a",
        key_id="pbk_a",
        day=at.date(),
        hours={at.hour: Tally(stored=30, applied_at_once=30)},
    )

    check = key_alerts.check(key, [day], NOON)

    assert check.settled.decided == (30 if is_settled else 0)
    assert at.date() in activity.days_of(key_alerts.hours_needed(key), NOON)


def test_a_keys_lineage_goes_from_the_newest_key_back() -> None:
    first, second, third = (
        a_key("pbk_a", replaced_by="pbk_b"),
        a_key("pbk_b", replaces="pbk_a", replaced_by="pbk_c"),
        a_key("pbk_c", replaces="pbk_b"),
    )

    lineage = key_alerts.lineage(third, [first, second, third, a_key("pbk_d")])

    assert lineage == [third, second, first]


def test_a_key_without_either_setting_is_not_watched() -> None:
    assert not key_alerts.is_watched(a_key())
    assert key_alerts.is_watched(EXPECTED)
    assert key_alerts.is_watched(FLOOR)
