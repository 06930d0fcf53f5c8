"""Numbers that an earlier release stored, and that are read differently or refused today, are found
and forgotten as they are written."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
import time_machine

from shared.domain.calls import Call, CallEventType
from shared.domain.keys import PostbackKey
from shared.domain.postings import Posting, posting_id
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Response, Service
from tests.integration.test_platform_api import Platform

REFUSED = "+1415555267"
READ_OTHERWISE, READING = "+910919876543217", "+919876543217"
"""A trunk zero behind the country code."""
LISTS = ("waiting", "calls", "postbacks")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOON + HOUR, tick=False):
        yield


@pytest.fixture
def platform(service: Service) -> Platform:
    return Platform(service)


def _ask(service: Service, method: str, number: str, **query: str) -> Response:
    event = events.http(method, f"/callers/{quote(number, safe='')}")
    event["rawPath"] = f"/callers/{number}"
    event["queryStringParameters"] = query
    event["requestContext"]["authorizer"] = {"iam": {"userArn": "arn:aws:iam::1:user/ana"}}
    return service.request(event, function="operator_api")


def _plant(service: Service, key: PostbackKey, number: str, at: datetime) -> None:
    """Store a pending posting and a call, as an earlier release did."""
    store = service.platform_api.calls
    store.report(
        Call(
            call_uuid=f"call-{number[1:]}",
            started_at=at,
            ended_at=at + SECOND,
            caller_number=number,
        ),
        at=at,
        event=CallEventType.ENDED,
    )
    posted_at = at + 10 * MINUTE
    store.store(
        Posting(
            posting_id=posting_id(int(posted_at.timestamp() * 1000), number[1:]),
            key_id=key.key_id,
            publisher_id=key.publisher_id,
            posted_at=posted_at,
            stored_until=NOON + 24 * HOUR,
            end_call_cutoff=0 * SECOND,
            tags={"age": number[-2:]},
            caller_number=number,
        )
    )


def _counts(response: Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [len(response.json[name]) for name in LISTS]


def test_a_number_that_is_refused_today_is_found_and_forgotten(
    service: Service, key: PostbackKey, platform: Platform
) -> None:
    _plant(service, key, REFUSED, NOON)
    refused = service.post(key, caller_number=REFUSED, age="39")

    shown = _ask(service, "GET", REFUSED)
    logged = service.read("/postbacks", caller_number=REFUSED).json["postbacks"]
    read = platform.send("GET", f"/platform/callers/{REFUSED}").json
    forgotten = _ask(service, "DELETE", REFUSED).json

    assert refused.status_code == 422
    assert (shown.json["caller_number"], _counts(shown)) == (REFUSED, [1, 1, 1])
    assert [row["caller_number"] for row in logged] == [REFUSED]
    assert (read["caller_number"], read["tags"], len(read["calls"])) == (REFUSED, {"age": "67"}, 1)
    assert (forgotten["caller_number"], forgotten["complete"]) == (REFUSED, True)
    assert forgotten["erased"] == {"waiting": 1, "calls": 1, "log_rows": 1}
    assert _counts(_ask(service, "GET", REFUSED)) == [0, 0, 0]


def test_a_number_that_is_read_differently_is_found_and_forgotten_under_both(
    service: Service, key: PostbackKey
) -> None:
    _plant(service, key, READ_OTHERWISE, NOON)
    _plant(service, key, READING, NOON - MINUTE)
    _plant(service, key, REFUSED, NOON)

    shown = _ask(service, "GET", READ_OTHERWISE)
    logged = service.read("/postbacks", caller_number=READ_OTHERWISE).json["postbacks"]
    of_reading = _ask(service, "GET", READING)
    forgotten = _ask(service, "DELETE", READ_OTHERWISE).json

    assert (shown.json["caller_number"], _counts(shown)) == (READING, [2, 2, 2])
    assert [row["caller_number"] for row in logged] == [READ_OTHERWISE, READING]
    assert _counts(of_reading) == [1, 1, 1]
    assert forgotten == {
        "caller_number": READING,
        "erased": {"waiting": 2, "calls": 2, "log_rows": 2},
        "complete": True,
    }
    assert _counts(_ask(service, "GET", READ_OTHERWISE)) == [0, 0, 0]
    assert _counts(_ask(service, "GET", REFUSED)) == [1, 1, 1]


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_CALLS", "MAX_POSTBACKS"])
def test_pages_of_both_numbers_return_each_item_once(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    for number in (READ_OTHERWISE, READING):
        _plant(service, key, number, NOON)
    whole = _ask(service, "GET", READ_OTHERWISE).json
    monkeypatch.setattr(f"functions.operator_api.caller_pages.{limit}", 1)

    pages: list[dict[str, Any]] = [_ask(service, "GET", READ_OTHERWISE).json]
    while following := pages[-1]["next_cursor"]:
        pages.append(_ask(service, "GET", READ_OTHERWISE, cursor=following).json)

    assert len(pages) > 1
    for name in LISTS:
        assert [item for page in pages for item in page[name]] == whole[name]


def test_a_cursor_of_both_numbers_is_refused_for_a_single_one(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plant(service, key, READ_OTHERWISE, NOON)
    monkeypatch.setattr("functions.operator_api.caller_pages.MAX_BYTES", 1)
    cursor = _ask(service, "GET", READ_OTHERWISE).json["next_cursor"]

    assert _ask(service, "GET", READ_OTHERWISE, cursor=cursor).status_code == 200
    assert _ask(service, "GET", READING, cursor=cursor).status_code == 422


def test_the_platform_reads_the_number_as_written_if_its_reading_has_nothing(
    service: Service, key: PostbackKey, platform: Platform
) -> None:
    path = f"/platform/callers/{READ_OTHERWISE}"
    empty = platform.send("GET", path).json
    _plant(service, key, READ_OTHERWISE, NOON)
    as_written = platform.send("GET", path).json
    _plant(service, key, READING, NOON)
    as_read = platform.send("GET", path).json

    assert (empty["caller_number"], empty["tags"]) == (READING, {})
    assert (as_written["caller_number"], as_written["tags"]) == (READ_OTHERWISE, {"age": "17"})
    assert (as_read["caller_number"], len(as_read["calls"])) == (READING, 1)
