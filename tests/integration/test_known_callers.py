"""Everything known about a caller is returned once, in as many pages as needed."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import time_machine

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Response, Service

NUMBER = "+15557770143"
LISTS = ("waiting", "calls", "postbacks")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """Stop the clock an hour after noon, since reading the log depends on it."""
    with time_machine.travel(NOON + HOUR, tick=False):
        yield


def _ask(service: Service, cursor: str | None = None) -> Response:
    event = events.http("GET", f"/callers/{quote(NUMBER, safe='')}")
    event["rawPath"] = f"/callers/{NUMBER}"
    if cursor is not None:
        event["queryStringParameters"] = {"cursor": cursor}
    return service.request(event, function="operator_api")


def _pages(service: Service) -> list[dict[str, Any]]:
    pages = [_ask(service).json]
    while pages[-1]["next_cursor"]:
        assert pages[-1]["has_more_postbacks"] is True
        pages.append(_ask(service, pages[-1]["next_cursor"]).json)
    assert pages[-1]["has_more_postbacks"] is False
    return pages


def _ids(pages: list[dict[str, Any]]) -> dict[str, list[str]]:
    name = {"waiting": "posting_id", "calls": "call_uuid", "postbacks": "posting_id"}
    return {each: [found[name[each]] for page in pages for found in page[each]] for each in LISTS}


def _logged(service: Service) -> int:
    """Return the number of postings in the log."""
    rows = service.dynamodb.scan(TableName=service.environment["POSTBACK_LOG_TABLE"])["Items"]
    return len({row["posting_id"]["S"] for row in rows})


def _all_kinds(service: Service, key: PostbackKey) -> None:
    """Make four calls, and a posting of each kind."""
    for number in range(3):
        at = NOON - HOUR + number * MINUTE
        call_uuid = service.start_call(NUMBER, at=at)
        service.post(key, at=at + SECOND, caller_number=NUMBER, age=str(number))
        service.post(key, at=at + SECOND * 2, call_uuid=call_uuid, zip=str(number))
        service.post(service.add_key(paused=True), at=at, call_uuid=call_uuid, city="Oslo")
        service.end_call(call_uuid, NUMBER, at=at + 3 * SECOND, started_at=at)
    brief = service.add_key(storage_duration=MINUTE)
    uuid = str(uuid4())
    service.post(brief, at=NOON - 2 * HOUR, call_uuid=uuid, age="50")
    service.post(brief, at=NOON - 2 * HOUR, call_uuid=uuid, caller_number=NUMBER, age="51")
    service.start_call(NUMBER, at=NOON - 30 * MINUTE, call_uuid=uuid)
    service.end_call(uuid, NUMBER, at=NOON - 29 * MINUTE, started_at=NOON - 30 * MINUTE)
    for second in range(3):
        early = service.add_key(end_call_cutoff=0 * SECOND)
        service.post(early, at=NOON + second * SECOND, caller_number=NUMBER, age="60")


def test_a_posting_that_is_pending_for_a_call_of_the_callers_is_shown_with_its_log_row(
    service: Service,
) -> None:
    brief = service.add_key(storage_duration=MINUTE)
    uuid = str(uuid4())
    service.post(brief, at=NOON - HOUR, call_uuid=uuid, age="39")
    service.post(brief, at=NOON - HOUR, caller_number=NUMBER, age="40")
    service.start_call(NUMBER, call_uuid=uuid)

    (page,) = _pages(service)

    waiting = {posting["call_uuid"]: posting["tags"] for posting in page["waiting"]}
    assert waiting == {uuid: {"age": "39"}, None: {"age": "40"}}
    assert [entry["tags"]["age"] for entry in page["postbacks"]] in (["39", "40"], ["40", "39"])


def test_a_refused_posting_that_named_a_call_only_is_shown(service: Service) -> None:
    call_uuid = service.start_call(NUMBER)
    service.post(service.add_key(paused=True), at=NOON, call_uuid=call_uuid, age="39")

    (page,) = _pages(service)

    (entry,) = page["postbacks"]
    assert (entry["call_uuid"], entry["tags"], entry["status_code"]) == (
        call_uuid,
        {"age": "39"},
        403,
    )


def test_each_posting_is_returned_once_and_the_newest_first(
    service: Service, key: PostbackKey
) -> None:
    _all_kinds(service, key)

    (page,) = _pages(service)

    ids = _ids([page])
    assert ids["postbacks"] == sorted(set(ids["postbacks"]), reverse=True)
    assert len(ids["postbacks"]) == _logged(service)
    assert len(ids["waiting"]) == len(set(ids["waiting"])) == len(service.pending())
    assert len(ids["calls"]) == 4


@pytest.mark.parametrize(
    ("limit", "most"),
    [("MAX_BYTES", 1), ("MAX_CALLS", 1), ("MAX_POSTBACKS", 1), ("MAX_SECONDS", -1)],
)
def test_the_next_page_returns_what_does_not_fit_on_one(
    service: Service,
    key: PostbackKey,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
) -> None:
    _all_kinds(service, key)
    (whole,) = _pages(service)
    monkeypatch.setattr(f"functions.operator_api.caller_pages.{limit}", most)

    pages = _pages(service)

    assert len(pages) > 3
    ids, expected = _ids(pages), _ids([whole])
    assert ids["waiting"] == expected["waiting"]
    assert ids["calls"] == expected["calls"]
    assert sorted(ids["postbacks"], reverse=True) == expected["postbacks"]


def test_a_page_of_big_calls_is_far_below_lambdas_limit(service: Service, key: PostbackKey) -> None:
    """The calls are half full of quotation marks, each of which takes four bytes."""
    publishers = [key, service.add_key(publisher_id="pub_b")]
    for number in range(12):
        call_uuid = service.start_call(NUMBER, at=NOON - number * HOUR)
        for posting in range(5):
            tags = {f"tag{posting}_{i}": '"' * 7000 for i in range(4)}
            by = publishers[posting % 2]
            posted = service.post_json(by, at=NOON - number * HOUR, call_uuid=call_uuid, **tags)
            assert posted.status_code == 200

    pages = [_ask(service)]
    while cursor := pages[-1].json["next_cursor"]:
        pages.append(_ask(service, cursor))

    assert len(pages) > 1
    assert max(len(json.dumps(page.text)) for page in pages) < 5_600_000
    assert sum(len(page.json["calls"]) for page in pages) == 12


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "AAAA",
        base64.urlsafe_b64encode(b'["calls"]').decode(),
        base64.urlsafe_b64encode(b'["calls","PENDING#1",""]').decode(),
        base64.urlsafe_b64encode(b'["waiting","CALL",""]').decode(),
        base64.urlsafe_b64encode(b'["everything","",""]').decode(),
    ],
)
def test_an_invalid_cursor_is_refused(service: Service, cursor: str) -> None:
    response = _ask(service, cursor)

    assert response.status_code == 422
    assert response.json["errors"][0]["param"] == "cursor"
