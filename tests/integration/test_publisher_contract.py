"""The publishers' contract against the function's real responses, one of every kind."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.data_writing.brake import MAX_POSTINGS
from shared.domain import postings
from shared.domain.keys import PostbackKey
from shared.stores.key_cache import MAX_UNKNOWN_KEYS
from tests import described
from tests.described import PUBLISHER
from tests.integration import events
from tests.integration.events import NOON
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, failing

CONTRACT = described.load(PUBLISHER)
SCHEMAS = CONTRACT["components"]["schemas"]
RESPONSES = CONTRACT["components"]["responses"]
NUMBER = "caller_number=%2B15551234567"

CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"

Send = Callable[[Service, PostbackKey], Response]


def _get(query: str, *, path: str = "/data_writing") -> Send:
    return lambda service, key: service.request(
        events.http("GET", path, query.replace("KEY", key.key))
    )


def _post(body: str, content_type: str) -> Send:
    return lambda service, key: service.request(
        events.http("POST", f"/data_writing/{key.key}", body=body, content_type=content_type)
    )


def _paused(service: Service, key: PostbackKey) -> Response:
    return service.post(service.add_key(paused=True), caller_number="+15551234567", age="39")


def _expired(service: Service, key: PostbackKey) -> Response:
    expired = service.add_key(expires_at=NOON)
    return service.post(expired, caller_number="+15551234567", age="39")


def _prefetch(service: Service, key: PostbackKey) -> Response:
    event = events.http("GET", f"/data_writing/{key.key}", f"{NUMBER}&age=39")
    event["headers"]["sec-purpose"] = "prefetch"
    return service.request(event)


def _put(service: Service, key: PostbackKey) -> Response:
    return service.request(events.http("PUT", "/data_writing"))


def _guesses(service: Service, key: PostbackKey) -> Response:
    """Send from an address of its own, since the process counts wrong keys per address."""
    for _ in range(MAX_UNKNOWN_KEYS + 1):
        event = events.http("GET", f"/data_writing/{uuid4()}", NUMBER)
        event["requestContext"]["http"]["sourceIp"] = "203.0.113.99"
        answer = service.request(event)
    return answer


def _too_much_for_one_call(service: Service, key: PostbackKey) -> Response:
    """Send two postings that together exceed what one publisher's tags may take of a call."""
    service.start_call("+15551234567")
    for name in "ab":
        tags: dict[str, Any] = {f"{name}{number}": "x" * 8192 for number in range(7)}
        answer = service.post_json(key, caller_number="+15551234567", **tags)
    return answer


def _many_for_one_caller(service: Service, key: PostbackKey) -> Response:
    for _ in range(MAX_POSTINGS + 1):
        answer = service.post(key, caller_number="+15551234567", age="39")
    return answer


EXAMPLES: dict[tuple[str, str], Send] = {
    ("401", "missing"): _get(f"{NUMBER}&age=39"),
    ("401", "unknown"): _get(f"key=9b653cf0-4835-493b-860c-aed9b7af2a4a&{NUMBER}&age=39"),
    ("403", "paused"): _paused,
    ("403", "expired"): _expired,
    ("403", "link preview"): _prefetch,
    ("404", "unknown path"): _get("key=KEY", path="/nowhere"),
    ("405", "PUT"): _put,
    ("413", "too large"): _post(" " * 65537, "application/json"),
    ("415", "XML"): _post("<age>39</age>", "application/xml"),
    ("422", "no caller"): _get("key=KEY&age=39"),
    ("422", "impossible number"): _get("key=KEY&age=39&caller_number=12"),
    ("422", "several problems"): _get(f"key=KEY&call_uuid=42&note={'x' * 8193}"),
    ("422", "no tags"): _get(f"key=KEY&{NUMBER}"),
    ("422", "too many bytes for one call"): _too_much_for_one_call,
    ("429", "one caller"): _many_for_one_caller,
    ("429", "guessing"): _guesses,
    ("422", "another name"): _get("key=KEY&phone=5551230142&age=39"),
}


def _is_ours(code: str, name: str) -> bool:
    return name != "the gateway's own" and code not in ("200", "503")


def test_every_error_in_the_contract_has_its_request_here() -> None:
    documented = {
        (code, name)
        for code, response in RESPONSES.items()
        for name in response.get("content", {}).get("application/json", {}).get("examples", {})
        if _is_ours(code, name)
    }

    assert EXAMPLES.keys() == documented


@pytest.mark.parametrize(
    ("code", "name", "send"), [(*place, send) for place, send in EXAMPLES.items()]
)
def test_an_error_is_answered_word_for_word_as_the_contract_shows_it(
    service: Service, key: PostbackKey, code: str, name: str, send: Send
) -> None:
    answer = send(service, key)

    example = RESPONSES[code]["content"]["application/json"]["examples"][name]["value"]
    assert str(answer.status_code) == code
    assert answer.json["errors"] == example["errors"]
    assert _flaws(answer) == []


def test_a_posting_that_cannot_be_stored_is_answered_as_the_contract_shows_it(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    wire.tap(service.data_writing._client, "BatchWriteItem", failing("InternalServerError"))

    answer = service.post(key, caller_number="+15551234567", age="39")

    example = RESPONSES["503"]["content"]["application/json"]["examples"]["not stored"]["value"]
    assert answer.status_code == 503
    assert answer.json["errors"] == example["errors"]
    assert answer.headers["Retry-After"].isdecimal()
    assert _flaws(answer) == []


def test_good_answers_are_as_the_contract_says(service: Service, key: PostbackKey) -> None:
    stored = _get("key=KEY&caller_number=+10123456789&0=&example_tag=value123")(service, key)
    call_uuid = service.start_call("+15551234567")
    in_progress = service.post(key, caller_number="+15551234567", prequalified="true")
    service.end_call(call_uuid, "+15551234567", at=NOON + timedelta(minutes=1))
    later = NOON + timedelta(minutes=2)
    completed = service.post(key, call_uuid=call_uuid, age="39", utm_campaign="auto", at=later)

    examples = RESPONSES["200"]["content"]["application/json"]["examples"].values()
    warned = service.post(key, caller_number="+15551234567 x7", prequalified="true", at=later)
    answers = [
        stored.json,
        in_progress.json,
        warned.json | {"status": "call not found, tags stored"},
        completed.json | {"call_uuid": CALL_UUID},
    ]
    assert answers == [example["value"] for example in examples]
    assert [_flaws(answer) for answer in (stored, in_progress, warned, completed)] == [[]] * 4


def _flaws(answer: Response) -> list[str]:
    operation = CONTRACT["paths"]["/data_writing/{key}"]["post"]
    return described.flaws_of_response(
        CONTRACT, operation, answer.status_code, answer.headers, answer.text
    )


def test_the_document_is_given_out_as_it_is_and_may_be_kept_for_a_while(service: Service) -> None:
    answer = service.request(events.http("GET", "/openapi.json"))

    assert answer.status_code == 200
    assert answer.json == CONTRACT
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_nothing_can_be_done_to_the_document_but_to_read_it(service: Service) -> None:
    answer = service.request(events.http("POST", "/openapi.json"))

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"
    assert answer.json["errors"][0]["message"] == "POST is not allowed here; send GET"


names = st.text(st.characters(codec="utf-8"), max_size=130)
values = st.text(st.characters(codec="utf-8"), max_size=40)
long_values = st.sampled_from(["x" * 8192, "x" * 8193, "é" * 8192, "🎉" * 8192, "🎉" * 8193])


@given(tags=st.dictionaries(names, values | long_values, min_size=1, max_size=4))
def test_the_contract_takes_the_tags_that_the_code_takes(tags: dict[str, str]) -> None:
    is_taken = not postings.problems_with_tags(tags)

    ours = tags.keys() & {"key", "caller_number", "call_uuid"}
    assert ours or (described.flaws(tags, SCHEMAS["Tags"], CONTRACT) == []) is is_taken


@pytest.mark.parametrize("character", ["\n", "\r", "\t"])
def test_the_contract_takes_lines_in_values_but_not_in_names(character: str) -> None:
    text = f"a{character}b"

    assert described.flaws({"note": text}, SCHEMAS["Tags"], CONTRACT) == []
    assert postings.problems_with_tags({"note": text}) == []
    assert described.flaws({text: "note"}, SCHEMAS["Tags"], CONTRACT)
    assert postings.problems_with_tags({text: "note"})


@pytest.mark.parametrize("character", ["\x0b", "\x00", "\x7f", "\x9f", "\ufffe", "\uffff"])
def test_the_contract_refuses_a_control_character_at_any_position(character: str) -> None:
    for text in (character, f"a{character}", f"a{character}b"):
        assert described.flaws({"note": text}, SCHEMAS["Tags"], CONTRACT)
        assert described.flaws({text: "note"}, SCHEMAS["Tags"], CONTRACT)
        assert postings.problems_with_tags({"note": text})


def test_the_contract_takes_as_many_tags_as_the_code() -> None:
    def tags(number: int) -> dict[str, Any]:
        return {f"tag{i}": "" for i in range(number)}

    assert described.flaws(tags(100), SCHEMAS["Tags"], CONTRACT) == []
    assert described.flaws(tags(101), SCHEMAS["Tags"], CONTRACT)
    assert not postings.problems_with_tags(tags(100))
    assert postings.problems_with_tags(tags(101))


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json"])
def test_an_example_of_a_body_is_accepted_unchanged(
    service: Service, key: PostbackKey, content_type: str
) -> None:
    content = CONTRACT["paths"]["/data_writing"]["post"]["requestBody"]["content"]
    example = content[content_type]["example"]
    form = "&".join(f"{name}={quote(str(value))}" for name, value in example.items())
    body = json.dumps(example) if content_type == "application/json" else form

    assert _post(body, content_type)(service, key).status == "call not found, tags stored"
