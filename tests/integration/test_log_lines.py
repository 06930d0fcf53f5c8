"""Log lines: one per outcome, and never a key, a tag's value or a whole phone number."""

import json
from typing import Any
from uuid import uuid4

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import MINUTE, NOON, SECOND, call_event
from tests.integration.service import Service
from tests.integration.wire import Wire, failing

NUMBER = "+15559876543"
SECRET = "sesame-opens"


def _assert_clean(service: Service, *keys: PostbackKey) -> None:
    log = service.log.getvalue()
    assert log
    for key in keys:
        assert key.key not in log
    assert SECRET not in log
    assert NUMBER.removeprefix("+1") not in log


def test_a_whole_journey_leaves_one_line_an_outcome_and_no_secrets(
    service: Service, key: PostbackKey, no_pauses: None
) -> None:
    paused = service.add_key(paused=True)
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, note=SECRET)
    call_uuid = service.start_call(NUMBER)
    service.post(key, at=NOON + SECOND, caller_number=NUMBER, note=SECRET)
    service.post(key, at=NOON + SECOND, call_uuid=call_uuid, caller_number=NUMBER, note=SECRET)
    service.end_call(call_uuid, NUMBER, at=NOON + MINUTE)
    service.post(paused, caller_number=NUMBER, note=SECRET)
    service.post(key, caller_number=f"{NUMBER} or {NUMBER[:-1]}4", note=f"{SECRET}\n")
    service.post(None, key=str(uuid4()), caller_number=NUMBER, note=SECRET)
    service.announce()

    _assert_clean(service, key, paused)
    assert [line["outcome"] for line in service.lines()] == [
        "call not found, tags stored",
        "Call Started",
        "in progress call found, tags applied",
        "in progress call found, tags applied",
        "Call Ended",
        "refused",
        "refused",
        "refused",
        *["announced"] * 3,
    ]


def test_a_postings_log_line_has_its_key_tag_names_and_masked_caller(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number=NUMBER, note=SECRET, age="39")

    (line,) = service.lines()

    assert line["service"] == "data_writing"
    assert (line["key_id"], line["publisher_id"]) == (key.key_id, "pub_a")
    assert line["posting_id"].startswith("1741608000000-request-")
    assert line["tag_names"] == ["age", "note"]
    assert line["caller_number"] == "+1***43"
    assert (line["status_code"], line["outcome"]) == (200, "call not found, tags stored")
    # CloudWatch stores the time of each line, and the message shows its origin.
    assert not {"timestamp", "location", "xray_trace_id"} & line.keys()


def test_the_line_of_a_refusal_names_the_parameters_that_were_wrong(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number="x", note="v" * 8193)

    (line,) = service.lines()

    assert (line["outcome"], line["status_code"]) == ("refused", 422)
    assert line["params"] == ["caller_number", "note"]
    assert line["key_id"] == key.key_id


def test_what_one_request_was_about_is_forgotten_by_the_next(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number=NUMBER, note=SECRET)
    service.request(events.http("GET", "/elsewhere"))

    assert "key_id" not in service.lines()[-1]
    assert "posting_id" not in service.lines()[-1]


@pytest.mark.parametrize("operation", ["GetItem", "BatchWriteItem", "Query", "TransactWriteItems"])
def test_the_log_line_of_a_failure_has_its_place_but_not_the_request(
    service: Service, key: PostbackKey, wire: Wire, operation: str
) -> None:
    service.start_call(NUMBER)
    message = {"Error": {"Code": "ValidationException", "Message": f"{key.key} {NUMBER} {SECRET}"}}
    wire.tap(service.data_writing._client, operation, failing("ValidationException", **message))

    answer = service.post(key, at=NOON + SECOND, caller_number=NUMBER, note=SECRET)

    assert answer.status_code == 503
    _assert_clean(service, key)
    failure = next(line for line in service.lines() if line["level"] == "ERROR")
    assert failure["aws_operation"] == operation
    assert failure["aws_error"] == "ValidationException"
    assert any("/shared/stores/" in frame for frame in failure["stack"])


@pytest.mark.parametrize(
    "body",
    [
        NUMBER,
        json.dumps({"detail-type": "Call Started", "detail": NUMBER}),
        call_event("Call Started", call_uuid=SECRET, caller_number=NUMBER, started_at=SECRET),
        call_event("Call Ended", call_uuid=NUMBER, caller_number=NUMBER, started_at=NUMBER),
    ],
)
def test_a_malformed_event_is_logged_without_being_quoted(service: Service, body: str) -> None:
    assert service.handle(body) == []

    _assert_clean(service)
    (line,) = service.lines()
    assert line["outcome"] == "malformed"
    assert line["message_id"] == "m1"


def test_an_event_that_fails_is_logged_without_being_quoted(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    service.post(key, at=NOON - SECOND, caller_number=NUMBER, note=SECRET)
    message = {"Error": {"Code": "InternalServerError", "Message": f"{NUMBER} {SECRET}"}}
    wire.tap(service.call_events._client, "Query", failing("InternalServerError", **message))

    body = call_event("Call Started", call_uuid=str(uuid4()), caller_number=NUMBER, started_at=NOON)

    assert service.handle(body) == ["m1"]
    _assert_clean(service, key)


def test_a_line_shows_no_more_tag_names_than_a_person_reads(
    service: Service, key: PostbackKey
) -> None:
    tags: dict[str, Any] = {f"tag_{i:03}": "v" for i in range(100)}
    service.post(key, caller_number=NUMBER, **tags)

    (line,) = service.lines()

    assert line["tag_names"] == [f"tag_{i:03}" for i in range(20)]
