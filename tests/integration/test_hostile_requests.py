"""Hostile requests to the real functions: never a 5xx, and only a bounded amount of work."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from shared.domain.keys import PostbackKey
from tests import hostile
from tests.hostile import FORM, JSON, HostileBody
from tests.integration import events
from tests.integration.events import NOON, call_event, new_caller_number
from tests.integration.service import Response, Service
from tests.integration.wire import Wire

MAX_WRITTEN_BYTES = 300_000
"""Maximum size of a refused posting's row, under DynamoDB's limit of 400 KB. It may hold 64 KiB of
body and 10 KB of query string, with every name twice and escaped."""

CONTROL = ("Cc", "Cs")


def _check(answer: Response, *status_codes: int) -> None:
    assert answer.status_code in status_codes, answer.text
    answer.text.encode()
    assert answer.headers["Content-Type"] == JSON
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not any(unicodedata.category(c) in CONTROL for c in answer.text)
    assert len(answer.text) < 20_000


def _post(service: Service, key: PostbackKey, parameters: dict[str, str]) -> Response:
    body = json.dumps(parameters)
    return service.request(
        events.http("POST", f"/data_writing/{key.key}", body=body, content_type=JSON)
    )


@pytest.mark.parametrize("hostile", hostile.BODIES.values(), ids=hostile.BODIES.keys())
def test_a_hostile_body_is_refused_and_costs_one_log_row(
    service: Service, key: PostbackKey, wire: Wire, hostile: HostileBody
) -> None:
    query = urlencode({"key": key.key, "caller_number": new_caller_number()})
    written = wire.seen(service.data_writing._client, "PutItem")
    batches = wire.seen(service.data_writing._client, "BatchWriteItem")
    event = events.http("POST", "/data_writing", query, body=hostile.body)
    event["headers"] = dict(hostile.headers)

    answer = service.request(event)

    _check(answer, hostile.status_code)
    if answer.status_code == 200:
        assert len(batches) == 1
    else:
        assert (len(written), batches, service.pending()) == (1, [], [])
        assert len(json.dumps(written)) < MAX_WRITTEN_BYTES


@pytest.mark.parametrize(
    "query",
    [
        "&" * 100_000,
        "&".join(f"t{n}=" for n in range(100_000)),
        "a=" + "%F0%9F%98%80" * 8_000,
        "=".join("a" * 50_000),
        "%" * 100_000,
        "%00=%00&%ff=%ff&%ED%A0%80=1",
        "caller_number=" + "1" * 100_000,
        "caller_number=" + quote("\u0661" * 10_000),
        "call_uuid=" + "-" * 100_000,
        # More than an item of a table can hold.
        "&".join(f"t{n}=" + "%F0%9F%98%80" * 2_000 for n in range(100)),
    ],
    ids=lambda query: query[:12],
)
def test_a_hostile_query_string_is_refused(service: Service, key: PostbackKey, query: str) -> None:
    answer = service.request(events.http("GET", f"/data_writing/{key.key}", query))

    _check(answer, 422)
    assert service.pending() == []
    assert len(service.rows(key)) == 1


@pytest.mark.parametrize(
    "in_path",
    [
        "%2e%2e%2f", "..", "%00", "\0", "{key}%00", "{key}%2Fx", "*", "%", "%zz",
        "\u202e{key}x", "{key}\u200bx", "<script>alert(1)</script>", "' OR 1=1 --", "k" * 8_000,
        "<b>{key}</b>", "urn:uuid:{key}", "\ud800",
    ],
)  # fmt: skip
def test_an_invalid_key_in_the_path_is_401_without_a_read(
    service: Service, key: PostbackKey, wire: Wire, in_path: str
) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")
    path = f"/data_writing/{in_path.replace('{key}', key.key)}"

    answer = service.request(
        events.http("GET", path, urlencode({"caller_number": new_caller_number(), "a": "1"}))
    )

    _check(answer, 401, 404)
    assert reads == []
    assert in_path not in answer.text


@pytest.mark.parametrize("in_path", ["{key}%2F", "{{{key}}}", "{key}.", "%3C{key}%3E", "{key})."])
def test_a_key_in_the_path_is_read_without_punctuation(
    service: Service, key: PostbackKey, in_path: str
) -> None:
    path = f"/data_writing/{in_path.replace('{key}', key.key)}"

    answer = service.request(
        events.http("GET", path, urlencode({"caller_number": new_caller_number(), "a": "1"}))
    )

    _check(answer, 200)
    assert [warning["param"] for warning in answer.json["warnings"]] == ["key"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/data_writing", "GET, POST"),
        ("/data_writing/9b653cf0-4835-493b-860c-aed9b7af2a4a/instructions", "GET"),
        ("/openapi.json", "GET"),
    ],
)
@pytest.mark.parametrize(
    "method", ["TRACE", "CONNECT", "post", "", "G\0T", "<b>", "X" * 8_000, "\ud800", "\x85\r"]
)
def test_an_invented_method_is_405(service: Service, path: str, allowed: str, method: str) -> None:
    answer = service.request(events.http(method, path))

    _check(answer, 405)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "encoding", ["gzip", "br", "deflate, gzip", "gzip, identity", "\0", "x" * 8_000]
)
def test_a_compressed_body_is_never_unpacked(
    service: Service, key: PostbackKey, encoding: str
) -> None:
    event = events.http(
        "POST", f"/data_writing/{key.key}", body=b"\x1f\x8b\x08\0", content_type=FORM
    )
    event["headers"]["content-encoding"] = encoding

    _check(service.request(event), 415)


def test_a_body_that_is_not_the_base64_it_is_said_to_be_is_422(
    service: Service, key: PostbackKey
) -> None:
    event = events.http("POST", f"/data_writing/{key.key}", body="a=1", content_type=FORM)

    _check(service.request(event | {"isBase64Encoded": True}), 422)


def test_a_request_without_any_headers_is_read(service: Service, key: PostbackKey) -> None:
    event = events.http(
        "POST", f"/data_writing/{key.key}", "caller_number=5550009999&a=1", body="b=2"
    )
    del event["headers"]

    _check(service.request(event), 200)


HEADERS: dict[str, dict[str, str]] = {
    "of another method": {"x-http-method-override": "DELETE", "x-method-override": "PUT"},
    "of another path and host": {"x-original-url": "/publishers", "x-forwarded-host": "<b>"},
    "of another sender": {"x-forwarded-for": "127.0.0.1, ::1", "forwarded": 'for="_x"'},
    "of another length": {"content-length": "-1", "transfer-encoding": "chunked, identity"},
    "of an operator": {"authorization": "AWS4-HMAC-SHA256 x", "x-amz-security-token": "x"},
    "cookies": {"cookie": "a=\x00;" + "b" * 8_000},
    "thousands": {f"x-{number}": "1" for number in range(3_000)},
    "spelt otherwise": {"Content-Type": "text/html", "CONTENT-ENCODING": "gzip"},
    "nameless": {"": "x", "\ud800": "\ud800", "__proto__": "x"},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
def test_other_headers_change_nothing(
    service: Service, key: PostbackKey, headers: dict[str, str]
) -> None:
    body = urlencode({"caller_number": new_caller_number(), "age": "39"})
    event = events.http("POST", f"/data_writing/{key.key}", body=body, content_type=FORM)
    event["headers"] |= headers

    answer = service.request(event)

    _check(answer, 200)
    assert answer.json["tag_values"] == {"age": "39"}


STRANGE = {
    "bidi": "\u202eevil\u202c\u2066\u2069\u200f",
    "zero width": "a\u200bb\u200c\u200d\ufeff",
    "line separators": "a\u2028b\u2029",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "combining": "Z\u0351\u036b\u0343" * 10,
    "unassigned": "\u0378\U000e0fff",
    "private": "\ue000\U0010fffd",
    "noncharacter of a higher plane": "\U0001fffe",
    "tag characters": "\U000e0041\U000e0042",
    "not normalized": "e\u0301 \u212b \ufb01",
    "soft hyphen": "a\u00adb",
    "markup": "<script>alert('x')</script>&amp;\"",
    "formula": "=HYPERLINK(\"http://x\")",
    "template": "${jndi:ldap://x} {{7*7}} %s %n",
    "white space": "  \u3000\u00a0 ",
}  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_anything_but_a_control_character_is_kept_unchanged(
    service: Service, key: PostbackKey, strange: str
) -> None:
    """In the response, the tables, the call and its announcement."""
    number = new_caller_number()

    answer = _post(service, key, {"caller_number": number, strange: strange})

    _check(answer, 200)
    assert answer.json["tag_values"] == {strange: strange}
    call_uuid = service.start_call(number, at=NOON)
    assert service.tags(call_uuid) == {strange: strange}
    assert service.announce()[-1]["tags"] == {strange: strange}
    assert service.rows(key)[""]["tags"] == {strange: strange}


@pytest.mark.parametrize(
    ("control", "read"),
    [
        ("\0", ""),
        ("\x07", ""),
        ("\x1b[31m", "[31m"),
        ("\x7f", ""),
        ("\x80", "\u20ac"),
        ("\x85", "\u2026"),
        ("\x9b", "\u203a"),
        ("\ufffe", "\ufffd"),
        ("\uffff", "\ufffd"),
    ],
    ids=ascii,
)
def test_control_characters_and_what_xml_cannot_carry_are_never_stored(
    service: Service, key: PostbackKey, control: str, read: str
) -> None:
    tags = {f"a{control}": "1", "b": f"x{control}y"}

    answer = _post(service, key, {"caller_number": new_caller_number()} | tags)

    _check(answer, 200)
    assert answer.json["tag_values"] == {f"a{read}": "1", "b": f"x{read}y"}
    assert [warning["param"] for warning in answer.json["warnings"]] == [f"a{read}", "b"]


@pytest.mark.parametrize("control", ["\t", "\n", "\r"], ids=ascii)
def test_line_breaks_and_tabs_are_left_out_of_names_only(
    service: Service, key: PostbackKey, control: str
) -> None:
    tags = {f"a{control}": f"x{control}y"}

    answer = _post(service, key, {"caller_number": new_caller_number()} | tags)

    _check(answer, 200)
    assert answer.json["tag_values"] == {"a": f"x{control}y"}


def test_tags_of_any_name_cannot_forge_log_lines(service: Service, key: PostbackKey) -> None:
    forged = '"}\n{"level":"INFO","message":"posting accepted"}'
    names = [forged, "\u2028", "\x1b[2J", "\u202e", "x" * 5_000, "${jndi:ldap://x}", "\ud800"]

    for name in names:
        _post(service, key, {"caller_number": new_caller_number(), name: "1"})

    lines = [line for line in service.lines() if line.get("message", "").startswith("posting ")]
    assert len(lines) == len(names)
    assert {name for line in lines for name in line["tag_names"]} == {"(unusual name)"}
    assert service.log.getvalue().isascii()


WILD_DETAILS: list[dict[str, Any]] = [
    {"started_at": "0001-01-01T00:00:00Z"},
    {"started_at": "0001-01-01T00:00:00Z", "ended_at": "0001-01-01T00:00:00Z"},
    {"ended_at": "1970-01-01T00:00:00Z"},
    {"started_at": 0},
    {"started_at": -62_135_596_800},
    {"caller_number": "9" * 4_000},
    {"caller_number": 10**4_000},
    {"caller_number": "\u202e+15551234567"},
    {"campaign_id": "\ud800", "dialed_number": "\0"},
    {"campaign_id": [[[[]]]], "dialed_number": {"a": {}}},
    {"x" * 10_000: "y" * 10_000},
]


@pytest.mark.parametrize("detail_type", ["Call Started", "Call Ended"])
@pytest.mark.parametrize("detail", WILD_DETAILS, ids=lambda detail: str(detail)[:30])
def test_an_event_of_any_content_is_handled_or_set_aside_and_does_not_come_again(
    service: Service, detail_type: str, detail: dict[str, Any]
) -> None:
    usual = {
        "call_uuid": "9b653cf0-4835-493b-860c-aed9b7af2a4a",
        "caller_number": "+15551234567",
        "started_at": "2025-03-10T12:00:00Z",
        "ended_at": "2025-03-10T12:01:00Z",
    }

    assert service.handle(call_event(detail_type, **usual | detail)) == []


OPERATOR_BODIES = [
    b"", b"null", b"[]", b"{", b"\xff", b"\0", b'{"name":1}', b'{"name":"\\ud800"}',
    b'{"name":"a","name":"\\u0000"}', b"[" * 60_000, b'{"name":' + b"9" * 60_000 + b"}",
    b'{"name":"a","storage_duration":NaN}', b'{"name":"a","storage_duration":Infinity}',
    b'{"name":"a","storage_duration":1e999}',
    b'{"name":"a","storage_duration":"%b"}' % (b"9" * 5_000),
    b'{"name":"a","end_call_cutoff":-0.5}', b'{"name":"a","default_region":{"a":1}}',
    b'{"name":"' + b"x" * 60_000 + b'"}', b'{"name":"a","__proto__":{}}',
]  # fmt: skip


def _operator_requests(publisher_id: str, key_id: str) -> Iterator[dict[str, Any]]:
    for body in OPERATOR_BODIES:
        for method, path in [
            ("POST", "/publishers"),
            ("PATCH", f"/publishers/{publisher_id}"),
            ("POST", f"/publishers/{publisher_id}/postback-keys"),
            ("PATCH", f"/postback-keys/{key_id}"),
        ]:
            for sent in (body, body.decode(errors="replace")):
                yield events.http(method, path, body=sent, content_type=JSON)
    for strange in ("", "%00", "\0", "..%2f", "\ud800", "x" * 5_000, "pub_%", "<b>", "\u202e"):
        for path in ("/publishers", "/postback-keys", "/calls", "/postbacks"):
            yield events.http("GET", f"{path}/{strange}")
    for query in (
        "limit=0", "limit=-1", "limit=" + "9" * 5_000, "limit=NaN", "cursor=%00",
        "cursor=" + "x" * 9_000, "limit=1&limit=2", "cursor=pub_aaaaaaaaaaaa~", "from=0&to=0",
        "from=" + "9" * 5_000,
        "from=0001-01-01T00:00:00%2B14:00", "to=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00", "outcome=%00", "format=exe", "caller_number=" + "9" * 9_000,
        "key_id=pbk_%00", "publisher_id=%ff",
    ):  # fmt: skip
        for path in ("/publishers", "/postbacks", f"/publishers/{publisher_id}/postback-keys"):
            event = events.http("GET", path, query)
            names = dict(part.split("=", 1) for part in query.split("&"))
            yield event | {"queryStringParameters": names}


def test_any_request_of_an_operator_gets_a_response_in_the_apis_form(service: Service) -> None:
    made = service.request(
        events.http("POST", "/publishers", body='{"name":"a"}', content_type=JSON),
        function="operator_api",
    )
    key = service.add_key(publisher_id=made.json["publisher_id"])

    for event in _operator_requests(key.publisher_id, key.key_id):
        answer = service.request(event, function="operator_api")

        where = (
            f"{event['rawPath'][:80]} {event['rawQueryString'][:80]} {str(event.get('body'))[:80]}"
        )
        assert answer.status_code in (200, 201, 404, 415, 422), f"{where}: {answer.text[:300]}"
        answer.text.encode()
        assert answer.headers["X-Content-Type-Options"] == "nosniff", where
        assert answer.headers["Cache-Control"] == "no-store", where
