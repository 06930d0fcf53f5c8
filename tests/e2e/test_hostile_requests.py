"""Hostile requests over HTTP: the service refuses them in its own form, and continues to work."""

import json
from urllib.parse import quote

import pytest

from infra.local import web
from tests import hostile
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service
from tests.hostile import HostileBody


@pytest.mark.parametrize("hostile", hostile.OVER_HTTP.values(), ids=hostile.OVER_HTTP.keys())
def test_a_hostile_body_is_read_or_gets_the_services_own_error(
    service: Service, key: PostbackKey, caller_number: str, hostile: HostileBody
) -> None:
    query = f"key={key.key}&caller_number={quote(caller_number)}"

    answer = web.send(
        "POST",
        f"{service.api_url}/data_writing?{query}",
        body=hostile.body,
        headers=hostile.headers,
    )

    assert answer.status_code == hostile.status_code, answer.body
    is_refused = hostile.status_code != 200
    assert (answer.json()["status"] == "error") is is_refused
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (service.pending(caller_number) == []) is is_refused
    assert service.tag(key, caller_number, age="39").status_code == 200


@pytest.mark.parametrize(
    "path", ["{key}%2Fx", "{key}%00x", "%2e%2e", "%zz", "x%E2%80%AE{key}", "<b>", "{key}%0d%0aX:y"]
)
def test_an_invalid_key_in_the_path_gives_no_access(
    service: Service, key: PostbackKey, caller_number: str, path: str
) -> None:
    answer = service.get(
        f"caller_number={quote(caller_number)}&age=39",
        path=f"/data_writing/{path.format(key=key.key)}",
    )

    assert answer.status_code in (401, 404), answer.body
    assert key.key.encode() not in answer.body
    assert service.pending(caller_number) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/publishers"},
        {"Authorization": "Basic b3BlcmF0b3I6c2VjcmV0"},
        {"Cookie": "b" * 7_000},
        {f"X-{number}": "1" for number in range(90)},
        {"Accept-Encoding": "gzip;q=9, \x80", "Accept": "*/*;" * 500},
    ],
    ids=["method", "sender and path", "authorization", "cookie", "many", "what is accepted"],
)
def test_other_headers_change_nothing(
    service: Service, key: PostbackKey, caller_number: str, headers: dict[str, str]
) -> None:
    query = f"key={key.key}&caller_number={quote(caller_number)}&age=39"

    answer = web.send("GET", f"{service.api_url}/data_writing?{query}", headers=headers)

    assert answer.status_code == 200, answer.body
    assert answer.json()["tag_values"] == {"age": "39"}


@pytest.mark.parametrize(
    "digits",
    ["\u0665\u0665\u0665", "\uff15\uff15\uff15", "\U0001d7d3\U0001d7d3\U0001d7d3"],
    ids=["Arabic", "full width", "mathematical"],
)
def test_a_number_in_the_digits_of_another_script_is_the_same_number(
    service: Service, key: PostbackKey, caller_number: str, digits: str
) -> None:
    spelled = caller_number.replace("555", digits, 1)

    answer = service.tag(key, spelled, age="39")

    assert answer.json()["caller_number"] == caller_number


def test_invisible_characters_in_a_tag_are_kept_unchanged(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    tags = {
        "bidi \u202e": "\u2066x\u2069",
        "zero\u200bwidth": "\ufeff",
        "👩‍👩‍👧‍👦": "e\u0301 é",
        "<b>": "\u2028\u2029",
    }
    call = PhoneCall(caller_number=caller_number)

    answer = service.post_json({"key": key.key, "caller_number": caller_number} | tags)

    assert answer.status_code == 200
    sent = json.dumps(tags, ensure_ascii=False, separators=(",", ":"))
    assert answer.body.startswith(b'{"tag_values":' + sent.encode() + b",")
    service.put(call.started())
    service.wait_for_tagged(call, tags)
