"""Invalid requests of operators: each refusal names the member and says what is wrong."""

import json
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import NOON
from tests.integration.service import Response, Service


def _send(
    service: Service,
    method: str,
    path: str,
    body: str | bytes | None = None,
    query: str = "",
    content_type: str = "application/json",
) -> Response:
    event = events.http(method, path, query, body=body, content_type=content_type)
    event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
    return service.request(event, function="operator_api")


def _errors(answer: Response, status_code: int = 422) -> dict[str | None, str]:
    assert answer.status_code == status_code, answer.text
    assert answer.json["status"] == "error"
    return {error["param"]: error["message"] for error in answer.json["errors"]}


@pytest.mark.parametrize(
    ("changes", "param", "message"),
    [
        ({"name": ""}, "name", "send 1 or more characters"),
        ({"name": "   "}, "name", "send 1 or more characters"),
        ({"name": "n" * 201}, "name", "send 200 or fewer characters"),
        ({"name": "a\nb"}, "name", "has a control character"),
        ({"name": None}, "name", "must be text"),
        ({"name": 7}, "name", "must be text"),
        ({"storage_duration": 59}, "storage_duration", "from 60 to 2592000"),
        ({"storage_duration": 2592001}, "storage_duration", "from 60 to 2592000"),
        ({"storage_duration": 60.5}, "storage_duration", "whole number of seconds"),
        ({"storage_duration": "soon"}, "storage_duration", "duration"),
        ({"storage_duration": "9" * 400}, "storage_duration", ""),
        ({"storage_duration": "9" * 9000}, "storage_duration", ""),
        ({"storage_duration": True}, "storage_duration", "must be a number of seconds"),
        ({"storage_duration": None}, "storage_duration", "must be a number of seconds, or"),
        ({"end_call_cutoff": -1}, "end_call_cutoff", "from 0 to 604800"),
        ({"end_call_cutoff": 604801}, "end_call_cutoff", "from 0 to 604800"),
        ({"end_call_cutoff": 1e300}, "end_call_cutoff", "duration"),
        ({"default_region": "XX"}, "default_region", "is not a region with a numbering plan"),
        ({"default_region": ""}, "default_region", "is not a region with a numbering plan"),
        ({"default_region": 1}, "default_region", "must be text"),
        ({"note": "n" * 501}, "note", "send 500 or fewer characters"),
        ({"note": "a\x00b"}, "note", "has a control character"),
        ({"note": None}, "note", "must be text"),
        ({"expires_at": "soon"}, "expires_at", "must be a time"),
        ({"expires_at": "2026-12-01T00:00:00"}, "expires_at", "has no UTC offset"),
        ({"expires_at": 1764633600}, "expires_at", "must be a time with its UTC offset"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at", "must be a time"),
        ({"expires_at": ""}, "expires_at", "must be a time"),
        ({"expects_every": 299}, "expects_every", "from 300 to 2592000"),
        ({"expects_every": 2592001}, "expects_every", "from 300 to 2592000"),
        ({"expects_every": True}, "expects_every", "must be a number of seconds"),
        ({"match_rate_floor": 0}, "match_rate_floor", "must be 0.01 or more"),
        ({"match_rate_floor": 1.01}, "match_rate_floor", "must be 1"),
        ({"match_rate_floor": "0.5"}, "match_rate_floor", "must be a number"),
        ({"match_rate_floor": True}, "match_rate_floor", "must be a number"),
        ({"replaced_by": "pbk_aaaaaaaaaaaa"}, "replaced_by", "is unknown; fix its name"),
        ({"paused": "perhaps"}, "paused", "must be true or false"),
        ({"paused": "true"}, "paused", "must be true or false"),
        ({"paused": 1}, "paused", "must be true or false"),
        ({"paused": None}, "paused", "must be true or false"),
        ({"storage_duraton": 60}, "storage_duraton", "is unknown; fix its name"),
        ({"key": "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f"}, "key", "is unknown; fix its name"),
    ],
)
def test_a_change_that_a_key_cannot_take_is_refused_by_name(
    service: Service, key: PostbackKey, changes: dict[str, Any], param: str, message: str
) -> None:
    path = f"/postback-keys/{key.key_id}"
    before = _send(service, "GET", path).json

    errors = _errors(_send(service, "PATCH", path, json.dumps(changes)))

    assert list(errors) == [param]
    assert message in errors[param]
    assert _send(service, "GET", path).json == before


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(
    service: Service, key: PostbackKey, constant: str
) -> None:
    body = f'{{"storage_duration": {constant}}}'

    answer = _send(service, "PATCH", f"/postback-keys/{key.key_id}", body)

    assert _errors(answer)


def test_the_refusal_of_a_new_key_lists_every_problem(service: Service, key: PostbackKey) -> None:
    publisher = _send(service, "POST", "/publishers", '{"name": "Acme"}').json["publisher_id"]
    body = json.dumps({"storage_duration": 1, "end_call_cutoff": -1, "paused": True})

    errors = _errors(_send(service, "POST", f"/publishers/{publisher}/postback-keys", body))

    assert errors.keys() == {"name", "storage_duration", "end_call_cutoff", "paused"}


def test_the_refusal_of_an_empty_change_lists_the_members(
    service: Service, key: PostbackKey
) -> None:
    errors = _errors(_send(service, "PATCH", f"/postback-keys/{key.key_id}", "{}"))

    assert errors[None].startswith("the body has no changes; send any of name, ")


@pytest.mark.parametrize(
    "body", [None, "", "{", "[]", '"Acme"', "null", b"\xff", "[" * 50_000, '{"name": "\\ud800"}']
)
def test_an_invalid_publisher_is_refused(service: Service, body: str | bytes | None) -> None:
    assert _errors(_send(service, "POST", "/publishers", body))
    assert _send(service, "GET", "/publishers").json["publishers"] == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("name: Acme", "text/yaml"),
        ("name=Acme", "application/x-www-form-urlencoded"),
        (
            '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAcme\r\n--b--',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_a_body_of_another_type_is_refused(service: Service, body: str, content_type: str) -> None:
    answer = _send(service, "POST", "/publishers", body, content_type=content_type)

    assert _errors(answer, 415) == {
        None: "the body must be JSON; send it with Content-Type application/json"
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "the body is required"),
        ("[]", "the body must be a JSON object"),
        ("{", "the body is not valid JSON: "),
        (b"\xff", "the body cannot be parsed; send one JSON object"),
    ],
)
def test_a_problem_with_the_whole_body_names_the_body(
    service: Service, body: str | bytes | None, message: str
) -> None:
    assert _errors(_send(service, "POST", "/publishers", body))[None].startswith(message)


@pytest.mark.parametrize(
    ("query", "param", "message"),
    [
        ("limit=0", "limit", "must be 1 or more"),
        ("limit=1001", "limit", "must be 1000 or less"),
        ("limit=many", "limit", "must be a whole number"),
        ("outcome=lost", "outcome", "must be 'stored', 'applied', 'expired' or 'refused'"),
        ("format=xml", "format", "must be 'json' or 'csv'"),
        ("from=yesterday", "from", "must be a time with its UTC offset, such as "),
        ("to=2026-11-23T08:05:31", "to", "has no UTC offset; add Z, "),
        ("caller_number=12", "caller_number", "is not a valid phone number in region US"),
    ],
)
def test_the_refusal_of_an_invalid_filter_says_what_is_valid(
    service: Service, query: str, param: str, message: str
) -> None:
    ((named, explanation),) = _errors(_send(service, "GET", "/postbacks", query=query)).items()

    assert named == param
    assert explanation.startswith(message)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "", "1.5"])
@pytest.mark.parametrize("path", ["/publishers", "/publishers/pub_a/postback-keys"])
def test_a_page_holds_one_to_a_hundred(service: Service, path: str, limit: str) -> None:
    answer = _send(service, "GET", path, query=f"limit={limit}")

    assert list(_errors(answer)) == ["limit"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "null",
        "W10=",
        "pub_",
        "PUB_AAAAAAAAAAAA",
        "pub_aaaaaaaaaaaa\n",
        "2026-01-01T00:00:00.000Z~",
        "~pbk_aaaaaaaaaaaa",
        "eyJwayI6IDF9",
        "x" * 1000,
        "\u0000",
    ],
)
@pytest.mark.parametrize("keys_of", [None, "Acme"])
def test_a_cursor_that_no_list_gave_is_refused_by_name(
    service: Service, cursor: str, keys_of: str | None
) -> None:
    path = "/publishers"
    if keys_of:
        created = _send(service, "POST", path, json.dumps({"name": keys_of}))
        path = f"/publishers/{created.json['publisher_id']}/postback-keys"

    answer = _send(service, "GET", path, query=f"cursor={quote(cursor)}")

    assert list(_errors(answer)) == ["cursor"]


def test_a_cursor_of_one_publishers_keys_shows_nothing_of_them_to_another(
    service: Service,
) -> None:
    """A cursor is a position in time, and returns only keys of the list that it is used with."""
    mine, theirs = (
        _send(service, "POST", "/publishers", '{"name": "x"}').json["publisher_id"]
        for _ in range(2)
    )
    for publisher_id in (mine, theirs):
        for number in range(2):
            service.add_key(publisher_id=publisher_id, name=f"{publisher_id}-{number}")
    page = _send(service, "GET", f"/publishers/{mine}/postback-keys", query="limit=1").json
    query = f"cursor={quote(page['next_cursor'])}"

    listed = _send(service, "GET", f"/publishers/{theirs}/postback-keys", query=query)

    assert listed.status_code in (200, 422)
    assert all(key["publisher_id"] == theirs for key in listed.json.get("postback_keys", []))
    assert NOON.isoformat()[:10] in page["next_cursor"]
