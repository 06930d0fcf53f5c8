"""The bodies that publishers post: form, JSON and multipart, and what is wrong with others."""

import base64
import json
from typing import Any

import pytest

from functions.data_writing import bodies, request
from functions.data_writing.request import Request
from shared.domain.errors import BodyTooLarge, InvalidInput, Refusal, UnsupportedBody

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def _post(
    body: str | bytes | None,
    content_type: str | None,
    *,
    query: str = "",
    path: str = "/data_writing",
    method: str = "POST",
    **headers: str,
) -> Request:
    event: dict[str, Any] = {
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method}, "requestId": "r", "timeEpoch": 1},
    }
    if content_type is not None:
        event["headers"]["content-type"] = content_type
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    elif body is not None:
        event |= {"body": body, "isBase64Encoded": False}
    return request.read(event)


def _parameters(body: str | bytes | None, content_type: str | None) -> dict[str, str]:
    read = _post(body, content_type)
    assert read.refusal is None
    return dict(read.parameters)


def _refusal(body: str | bytes, content_type: str | None, **headers: str) -> Refusal:
    read = _post(body, content_type, query="zip=90210", **headers)
    assert read.refusal is not None
    assert read.parameters == {"zip": "90210"}
    return read.refusal


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=UTF-8", FORM.upper()])
def test_a_form_is_read_like_a_query_string(content_type: str) -> None:
    body = "caller_number=+10123456789&0=&city=S%C3%A3o+Paulo&age=1&age=2"

    expected = {
        "caller_number": " 10123456789",
        "0": "",
        "city": "S\u00e3o Paulo",
        "age": "2",
    }
    assert _parameters(body, content_type) == expected
    assert _parameters(body.encode(), content_type) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "parameters"),
    [
        ("a=é", FORM, {"a": "é"}),
        (b"a=\xff", FORM, {"a": "\udcff"}),
        (b"a=%FF", FORM, {"a": "\udcff"}),
    ],
)
def test_bytes_that_are_no_utf_8_are_kept_to_be_refused_under_their_name(
    body: str | bytes, content_type: str, parameters: dict[str, str]
) -> None:
    assert _parameters(body, content_type) == parameters


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ('{"age": 39}', {"age": "39"}),
        ('{"price": 39.10}', {"price": "39.10"}),
        ('{"tiny": 1E-2, "zero": -0.0}', {"tiny": "1E-2", "zero": "-0.0"}),
        ('{"big": 12345678901234567890123}', {"big": "12345678901234567890123"}),
        ('{"yes": true, "no": false, "none": null}', {"yes": "true", "no": "false", "none": ""}),
        ('{"caller_number": 15551234567}', {"caller_number": "15551234567"}),
        ('{"a": "1", "a": "2"}', {"a": "2"}),
        ('{"a": " x ", "": "y"}', {"a": " x ", "": "y"}),
        ('{"a": "\\u00e9\\ud83d\\ude00"}', {"a": "é\U0001f600"}),
        ('{"a": "\\ud800"}', {"a": "\ud800"}),
        ('\ufeff{"a": "with a byte order mark"}', {"a": "with a byte order mark"}),
        ("{}", {}),
    ],
)
def test_json_members_become_text_as_they_were_written(
    body: str, parameters: dict[str, str]
) -> None:
    assert _parameters(body, JSON) == parameters
    assert _parameters(body.encode(), f"{JSON}; charset=utf-8") == parameters


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "the body is not valid JSON: "),
        ("age=39", "the body is not valid JSON: "),
        ('{"age": NaN}', "the body is not valid JSON: NaN is no JSON value"),
        ('{"age": -Infinity}', "the body is not valid JSON: -Infinity is no JSON value"),
        (b'{"age": "\xff"}', "the body is not valid JSON: "),
        ('{"age": "a\nb"}', "the body is not valid JSON: "),
        ("[" * 60_000, "the body is not valid JSON: it is nested too deeply"),
        ('{"a":' * 10_000, "the body is not valid JSON: it is nested too deeply"),
        ("[1]", "the body must be one JSON object"),
        ('"age"', "the body must be one JSON object"),
        ("39", "the body must be one JSON object"),
        ("null", "the body must be one JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused_with_the_reason(body: str | bytes, message: str) -> None:
    refusal = _refusal(body, JSON)

    assert isinstance(refusal, InvalidInput)
    assert refusal.problems[0].param is None
    assert refusal.problems[0].message.startswith(message)


@pytest.mark.parametrize("body", ['{"age": 39}', ' {"caller_number": "+1"}\n', "{}"])
def test_json_that_calls_itself_a_form_is_told_which_type_to_send(body: str) -> None:
    """What curl does with -d, where it is not told another."""
    refusal = _refusal(body, FORM)

    assert isinstance(refusal, InvalidInput)
    assert "send application/json" in refusal.problems[0].message


def test_nested_members_are_refused_by_name() -> None:
    refusal = _refusal('{"a": {}, "b": 1, "c": [1], "d": {"e": 1}}', JSON)

    assert isinstance(refusal, InvalidInput)
    assert [problem.param for problem in refusal.problems] == ["a", "c", "d"]
    assert "is an object or a list" in refusal.problems[0].message


def test_of_many_nested_members_the_first_ten_are_named() -> None:
    refusal = _refusal(json.dumps({f"t{i:02}": [] for i in range(50)}), JSON)

    assert [problem.param for problem in refusal.problems] == [f"t{i:02}" for i in range(10)]


@pytest.mark.parametrize("body", [None, "", b"", " \r\n", b"\n"])
@pytest.mark.parametrize(
    "content_type", [None, "", FORM, JSON, "multipart/form-data", "text/plain", "nonsense"]
)
def test_an_empty_body_is_normal_whatever_its_content_type(
    body: str | bytes | None, content_type: str | None
) -> None:
    read = _post(body, content_type, query="age=39")

    assert read.refusal is None
    assert read.parameters == {"age": "39"}


def test_a_body_parameter_wins_over_the_query_string_and_the_path_over_both() -> None:
    read = _post(
        "age=2&key=in-body", FORM, query="age=1&zip=9&key=in-query", path="/data_writing/in-path"
    )

    assert read.parameters == {"age": "2", "zip": "9", "key": "in-path"}


def test_a_body_parameter_wins_even_when_it_is_empty() -> None:
    read = _post('{"age": null}', JSON, query="age=1")

    assert read.parameters == {"age": ""}


def test_the_body_of_a_get_is_not_read() -> None:
    assert _post("age=2", FORM, query="age=1", method="GET").parameters == {"age": "1"}


@pytest.mark.parametrize(
    ("content_type", "shown"),
    [
        ("text/plain", "of type text/plain"),
        ("application/xml; charset=utf-8", "of type application/xml"),
        ("application/vnd.api+json", "of type application/vnd.api+json"),
        (None, "without a Content-Type"),
        ("", "without a Content-Type"),
    ],
)
def test_a_body_of_another_type_is_told_which_ones_are_read(
    content_type: str | None, shown: str
) -> None:
    refusal = _refusal("age=39", content_type)

    assert isinstance(refusal, UnsupportedBody)
    (problem,) = refusal.problems
    assert problem.message.startswith(f"a body {shown} is not read; send it as {FORM}, ")


def test_a_compressed_body_is_refused() -> None:
    assert isinstance(_refusal(b"\x1f\x8b\x08", JSON, content_encoding="gzip"), UnsupportedBody)


def test_a_body_that_says_it_is_not_compressed_is_read() -> None:
    read = _post("age=39", FORM, content_encoding="Identity")

    assert read.parameters == {"age": "39"}


@pytest.mark.parametrize("encode", [False, True])
def test_a_body_of_64_kib_is_read_and_one_byte_more_is_refused(encode: bool) -> None:
    # Two bytes a character: what counts is what was sent over the wire.
    most = "a=" + "\u00e9" * ((bodies.MAX_BYTES - 2) // 2)
    body, too_much = (most.encode(), most.encode() + b"x") if encode else (most, most + "x")

    assert len(most.encode()) == 64 * 1024
    assert _parameters(body, FORM)["a"][0] == "\u00e9"
    refusal = _refusal(too_much, FORM)
    assert isinstance(refusal, BodyTooLarge)
    assert (
        refusal.problems[0].message
        == "the body has 65537 bytes; send 65536 at most, the rest in another posting"
    )
