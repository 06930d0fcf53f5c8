"""The console's pages of publishers, keys, calls and callers."""

from typing import Any

import pytest

from tests.integration.console.operator_stub import Console, OperatorStub

CALL = {"call_uuid": "9b65", "started_at": "2026-11-25T12:00:00.000Z", "status": "completed"}
KEY = {
    "key_id": "pbk_a", "publisher_id": "pub_1", "name": "Landing page", "note": "", "paused": False,
    "posting_link": "https://post.example.com?key=x", "instructions_link": "https://i.example.com",
    "storage_duration": 60, "end_call_cutoff": 60, "default_region": "US", "expires_at": None,
    "replaces": None, "replaced_by": None, "expects_every": None, "match_rate_floor": 0.405,
}  # fmt: skip
FIGURES = dict.fromkeys(
    ("posted", "stored", "applied_at_once", "applied_later", "refused", "warned", "expired_unused",
     "decided"), 0
)  # fmt: skip
ACTIVITY: dict[str, Any] = {
    "hours": [], "totals": FIGURES, "match_rate": None, "last_posted_at": None, "refusals": [],
    "warnings": [],
}  # fmt: skip
PUBLISHER = {"publisher_id": "pub_1", "name": "Acme", "note": ""}
OVERVIEW = {"postback_key": KEY, "publisher": PUBLISHER, "activity": ACTIVITY}


@pytest.fixture
def account(large_account: type[OperatorStub]) -> type[OperatorStub]:
    """An account with a key."""
    large_account.by_path |= {
        "/postback-keys/pbk_a": KEY,
        "/postback-keys/pbk_a/overview": OVERVIEW,
    }
    return large_account


def test_the_list_of_publishers_takes_one_signed_request(
    console: Console, operator_api: type[OperatorStub]
) -> None:
    operator_api.respond_with({"publishers": [], "next_cursor": None})

    page = console.get("/publishers")

    assert page["statusCode"] == 200
    assert "Three steps" in page["body"]
    (request,) = operator_api.requests
    assert (request.method, request.path) == ("GET", "/publishers?limit=100")
    assert request.headers["X-Asked-By"] == "mia@example.com"
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256")


def test_a_search_for_a_publisher_takes_one_request(
    console: Console, operator_api: type[OperatorStub]
) -> None:
    operator_api.respond_with({"publishers": [], "next_cursor": None})

    console.get("/publishers", "q=coast+%26+co")

    paths = [request.path for request in operator_api.requests]
    assert paths == ["/publishers?limit=100&name=coast%20%26%20co"]


@pytest.mark.parametrize(
    ("has_postbacks", "cursor", "has_more"),
    [(False, "c", True), (True, "c", False), (False, None, False)],
)
def test_a_caller_with_more_calls_than_shown_says_so(
    console: Console,
    large_account: type[OperatorStub],
    row: dict[str, Any],
    has_postbacks: bool,
    cursor: str | None,
    has_more: bool,
) -> None:
    large_account.by_path |= {
        "/calls": (404, {"errors": []}),
        "/callers/": {
            "caller_number": "+15551230101", "waiting": [], "calls": [CALL | {"tags": []}] * 12,
            "postbacks": [row] * has_postbacks, "has_more_postbacks": bool(cursor),
            "next_cursor": cursor,
        },
    }  # fmt: skip

    calls = console.get("/calls", "find=5551230101")
    caller = console.get("/callers", "number=5551230101")

    assert ("There are older ones" in calls["body"]) is has_more
    assert ("<b>12+</b>" in caller["body"]) is has_more
    assert caller["body"].count("find=9b65") == 10


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ["Received and stored", "Waiting for a call until", "Refresh"]),
        ({"status_code": 422, "outcome": "refused"}, ["Refused with 422"]),
    ],
)
def test_a_keys_page_shows_the_timeline_of_its_test_posting(
    console: Console,
    account: type[OperatorStub],
    row: dict[str, Any],
    changed: dict[str, Any],
    expected: list[str],
) -> None:
    account.by_path["/postbacks"] = {"postbacks": [row | changed], "next_cursor": None}

    page = console.get("/keys/pbk_a", "tested=1763885098120-GZ0WXhTNoAMEJxA%3D")
    unknown = console.get("/keys/pbk_a", "tested=nothing")

    assert page["statusCode"] == unknown["statusCode"] == 200
    assert all(each in page["body"] for each in ("Timeline", *expected))
    assert "Timeline" not in unknown["body"]


def test_activity_names_what_was_refused_and_warned_of(
    console: Console, account: type[OperatorStub]
) -> None:
    figures = {"posted": 380, "stored": 370, "applied_at_once": 260, "applied_later": 21}
    activity = ACTIVITY | {
        "totals": FIGURES | figures | {"refused": 10, "decided": 324},
        "hours": [FIGURES | figures],
        "match_rate": 0.866,
        "refusals": [{"kind": "invalid_input", "param": "caller_number", "count": 1}],
        "warnings": [{"kind": "placeholder_not_filled_in", "param": "zip", "count": 9}],
    }
    account.by_path["/postback-keys/pbk_a/overview"] = OVERVIEW | {"activity": activity}

    text = " ".join(console.get("/keys/pbk_a")["body"].split())

    assert "<b>1 refusal:</b> invalid input in <code>caller_number</code>" in text
    assert "<b>9 warnings:</b> unfilled placeholder in <code>zip</code>" in text
    assert "<b>87%</b>281 of 324 decided, 46 waiting" in text
    assert "<b>10</b>3%" in text
    assert "<dd>40.5%</dd>" in text
