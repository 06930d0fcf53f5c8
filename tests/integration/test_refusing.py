"""Refused postings: nothing is stored, and a posting with a known key leaves a log row."""

import json
from typing import Any
from uuid import uuid4

import pytest

from functions.data_writing.posting import STATUS_CODES
from shared.domain.errors import (
    CallForgotten,
    Conflict,
    MissingScope,
    NotFound,
    Refusal,
    RoleTooLow,
    TooManyLookUps,
    UnreadableBody,
)
from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import new_caller_number
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, failing


def _is_error(answer: Response, status_code: int, param: str | None) -> bool:
    errors = answer.json["errors"]
    return (
        list(answer.json) == ["status", "errors", "request_id"]
        and answer.json["status"] == "error"
        and answer.status_code == status_code
        and [error["param"] for error in errors] == [param]
        and all(list(error) == ["param", "message"] and error["message"] for error in errors)
        and answer.headers["Content-Type"] == "application/json"
        and answer.headers["Cache-Control"] == "no-store"
    )


@pytest.mark.parametrize("sent", [{}, {"key": ""}, {"key": "not-a-uuid"}, {"key": str(uuid4())}])
def test_a_posting_without_a_known_key_is_unauthorized_and_leaves_no_row(
    service: Service, sent: dict[str, Any]
) -> None:
    answer = service.post(None, caller_number=new_caller_number(), age="39", **sent)

    assert _is_error(answer, 401, "key")
    assert service.pending() == []
    log = service.dynamodb.scan(TableName=service.environment["POSTBACK_LOG_TABLE"])
    assert log["Items"] == []


def test_a_key_is_known_in_any_spelling_of_its_uuid(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()

    answer = service.post(None, key=f" {key.key.upper()} ", caller_number=number, age="39")

    assert answer.status_code == 200


def test_a_paused_key_is_forbidden_to_post_and_the_log_says_so(service: Service) -> None:
    key = service.add_key(paused=True)

    answer = service.post(key, caller_number=new_caller_number(), age="39")

    assert _is_error(answer, 403, "key")
    assert service.pending() == []
    assert service.rows(key)[""]["status_code"] == 403


def test_the_61st_posting_for_a_caller_in_a_minute_gets_429_and_costs_only_its_log_row(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    for _ in range(60):
        assert service.post(key, caller_number=number, age="39").status_code == 200
    sent = wire.sent(service.data_writing._client)

    answer = service.post(key, caller_number=number, age="40")

    assert _is_error(answer, 429, None)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert sent == ["PutItem"]
    assert len(service.pending()) == 60
    (row,) = [row for row in service.all_rows(key) if row["outcome"] == "refused"]
    assert (row["reason"], row["status_code"]) == ("too_many_postings", 429)
    assert row["parameters"] == {"caller_number": number, "age": "40"}
    # Neither another caller nor another key has to wait.
    assert service.post(key, caller_number=new_caller_number(), age="39").status_code == 200
    assert service.post(service.add_key(), caller_number=number, age="39").status_code == 200


@pytest.mark.parametrize("path", ["/", "/data_writings", "/data_writing/a/b", "/publishers"])
def test_an_unknown_path_is_not_found(service: Service, path: str) -> None:
    assert _is_error(service.request(events.http("GET", path)), 404, None)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_a_405_lists_the_allowed_methods(service: Service, method: str) -> None:
    answer = service.request(events.http(method, "/data_writing"))

    assert _is_error(answer, 405, None)
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("body", "content_type", "status_code", "param"),
    [
        ("a=" + "v" * 65536, "application/x-www-form-urlencoded", 413, None),
        ('[{"age": 1}, {"age": 2}]', "application/json", 422, None),
        ('{"age": 1', None, 422, None),
        ("{", "application/json", 422, None),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_logged_under_the_key_of_its_link(
    service: Service,
    key: PostbackKey,
    body: str,
    content_type: str | None,
    status_code: int,
    param: str | None,
) -> None:
    answer = service.request(
        events.http(
            "POST",
            f"/data_writing/{key.key}",
            "caller_number=5551234567&zip=90210",
            body=body,
            content_type=content_type,
        )
    )

    assert _is_error(answer, status_code, param)
    assert service.pending() == []
    row = service.rows(key)[""]
    assert row["status_code"] == status_code
    assert row["problems"] == answer.json["errors"]
    assert row["parameters"] == {"caller_number": "5551234567", "zip": "90210"}


@pytest.mark.parametrize(("body", "status_code"), [("v" * 65537, 413), ("x", 415), ("[", 422)])
def test_a_posting_whose_key_may_be_in_an_unreadable_body_gets_the_bodys_error(
    service: Service, body: str, status_code: int
) -> None:
    content_type = "text/plain" if status_code == 415 else "application/json"
    answer = service.request(
        events.http("POST", "/data_writing", body=body, content_type=content_type)
    )

    assert answer.status_code == status_code


def test_the_row_of_a_refused_posting_has_what_was_sent_without_the_key(
    service: Service, key: PostbackKey
) -> None:
    too_long: dict[str, Any] = {"n" * 129: "x"}
    answer = service.post(key, caller_number="555", zip="90210", **too_long)

    assert answer.status_code == 422
    assert {error["param"] for error in answer.json["errors"]} == {"caller_number", "n" * 128}
    row = service.rows(key)[""]
    assert row["outcome"] == "refused"
    assert row["status_code"] == 422
    assert row["problems"] == answer.json["errors"]
    assert row["parameters"] == {"caller_number": "555", "zip": "90210"} | too_long
    assert (row["key_id"], row["publisher_id"]) == (key.key_id, "pub_a")
    assert row["posted_at"] == "2025-03-10T12:00:00.000Z"
    assert "caller_number" not in row
    assert key.key not in json.dumps(row, default=str)
    assert service.pending() == []


def test_the_row_of_a_refused_posting_holds_the_beginning_of_what_is_long(
    service: Service, key: PostbackKey
) -> None:
    """The tags are not needed, and writing a row of 64 KB costs as much as 60 postings."""
    fits, long = "é" * 256, "é" * 257
    tags: dict[str, Any] = {"fits": fits, "long": long, long: "x"}

    service.post_json(key, caller_number="555", **tags)

    parameters = service.rows(key)[""]["parameters"]
    assert parameters == {
        "caller_number": "555",
        "fits": fits,
        "long": f"{fits}…",
        f"{fits}…": "x",
    }


def test_a_refused_posting_is_found_by_its_caller_where_that_can_be_read(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number="(555) 123-4567")

    assert service.rows(key)[""]["caller_number"] == "+15551234567"


@pytest.mark.parametrize(
    "parameters",
    [
        {f"tag_{i}": "v" for i in range(3000)},
        {"": "\ud800"},
        {"": "x", "\ud800": "\udfff" * 9000, "key2": "\x00"},
        {"n" * 60_000: ""},
    ],
)
def test_a_refused_posting_with_any_content_leaves_a_row(
    service: Service, key: PostbackKey, parameters: dict[str, Any]
) -> None:
    answer = service.post_json(key, caller_number="5551234567", **parameters)

    assert answer.status_code == 422
    assert service.rows(key)[""]["outcome"] == "refused"
    assert answer.text.encode()


def test_a_refusal_is_answered_even_when_it_cannot_be_logged(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    wire.tap(service.data_writing._client, "PutItem", failing("InternalServerError"))

    answer = service.post(key, caller_number="555", age="39")

    assert _is_error(answer, 422, "caller_number")
    assert "refused posting not logged" in service.log.getvalue()


@pytest.mark.parametrize(
    ("query", "status_code"), [("caller_number=12&age=39", 422), ("age=39&key=x", 401)]
)
def test_the_request_id_of_an_error_is_the_postings_id(
    service: Service, key: PostbackKey, query: str, status_code: int
) -> None:
    sent = query if "key=" in query else f"{query}&key={key.key}"

    answer = service.request(events.http("GET", "/data_writing", sent))

    assert answer.status_code == status_code
    (line,) = [line for line in service.lines() if line["message"] == "posting refused"]
    assert answer.json["request_id"] == line["posting_id"]
    assert service.all_rows(key) == [] or service.rows(key)[""]["sk"] == line["posting_id"]


def test_the_request_id_of_a_failure_is_the_postings_id(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    wire.tap(service.data_writing._client, "BatchWriteItem", failing("InternalServerError"))

    answer = service.post(key, caller_number=new_caller_number(), age="39")

    assert answer.status_code == 503
    (line,) = [line for line in service.lines() if line["message"] == "posting failed"]
    assert answer.json["request_id"] == line["posting_id"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/elsewhere"), ("PUT", "/data_writing")])
def test_an_error_without_a_posting_has_the_gateways_request_id(
    service: Service, method: str, path: str
) -> None:
    event = events.http(method, path)

    answer = service.request(event)

    assert answer.json["request_id"] == event["requestContext"]["requestId"]


def test_every_refusal_has_its_status_code(service: Service) -> None:
    """A refusal without one would be a 503. Those left out cannot be raised for a posting."""
    assert set(STATUS_CODES) == set(Refusal.__subclasses__()) - {
        NotFound,
        UnreadableBody,
        CallForgotten,
        MissingScope,
        RoleTooLow,
        TooManyLookUps,
        Conflict,
    }
