"""The bodies that publishers post: form, JSON and multipart, and what is wrong with others."""

import base64
import gzip
import json
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from functions.data_writing import bodies, charsets, refusals, text_repairs
from functions.data_writing.request import Request
from shared.domain.errors import BodyTooLarge, InvalidInput, Refusal, UnsupportedBody
from shared.domain.posting_warnings import WarningKind, list_warnings
from shared.domain.postings import problems_with_tags
from tests.unit import gateway
from tests.unit.gateway import KEY

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
    return gateway.read(event)


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
        "caller_number": "+10123456789",
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
        (b"a=\xff", FORM, {"a": "\xff"}),
        (b"a=%E9%80", FORM, {"a": "\xe9\u20ac"}),
        (b"a=%E9&b=%C3%A9", FORM, {"a": "\xe9", "b": "\xe9"}),
        (b'{"a": "Jos\xe9"}', JSON, {"a": "Jos\xe9"}),
        (b"a=%E9", f"{FORM}; charset=ISO-8859-1", {"a": "\xe9"}),
        (b"a=\x80", f"{FORM}; charset=latin1", {"a": "\u20ac"}),
        (b"a=%82%A0", f"{FORM}; charset=Shift_JIS", {"a": "\u3042"}),
        ('{"a": "\u3042"}'.encode("utf-16"), JSON, {"a": "\u3042"}),
        ('{"a": "\u3042"}'.encode("utf-16-le"), f"{JSON}; charset=utf-16le", {"a": "\u3042"}),
        (b"a=%C3%A9", f"{FORM}; charset=made-up", {"a": "\xe9"}),
        ('{"a": "1"}'.encode("utf-16-le"), JSON, {"a": "1"}),
        ('{"a": "1"}'.encode("utf-16-be"), JSON, {"a": "1"}),
        ("a=1&b=\u3042".encode("utf-16"), FORM, {"a": "1", "b": "\u3042"}),
        # No text in UTF-16 is without a NUL: not what was declared.
        (b"a=61&b=1", f"{FORM}; charset=utf-16", {"a": "61", "b": "1"}),
        (b"a=%C3%A9", f"{FORM}; charset=utf-7", {"a": "\xe9"}),
        (b"a=6162", f"{FORM}; charset=hex", {"a": "6162"}),
        (b"a=\xe2\x82\xac", f"{FORM}; charset=utf-8", {"a": "\u20ac"}),
        (b"\xef\xbb\xbfa=1", FORM, {"a": "1"}),
    ],
)
def test_bytes_are_read_in_the_charset_declared_or_utf_8_or_windows_1252(
    body: str | bytes, content_type: str, parameters: dict[str, str]
) -> None:
    assert _parameters(body, content_type) == parameters


LATIN_1 = f"{FORM}; charset=ISO-8859-1"


@pytest.mark.parametrize(
    ("body", "content_type", "value", "warning"),
    [
        (b"a=Jos%C3%A9", LATIN_1, "José", charsets.WRONGLY_DECLARED),
        ("a=José".encode(), LATIN_1, "José", charsets.WRONGLY_DECLARED),
        ("a=José", LATIN_1, "José", charsets.WRONGLY_DECLARED),
        (b"a=%F0%9F%98%80", f"{FORM}; charset=windows-1252", "😀", charsets.WRONGLY_DECLARED),
        (b"a=%C3%A9", f"{FORM}; charset=us-ascii", "é", charsets.WRONGLY_DECLARED),
        (b"a=%C3%A9", f"{FORM}; charset=iso-8859-15", "é", charsets.WRONGLY_DECLARED),
        ('{"a": "José"}'.encode(), f"{JSON}; charset=latin1", "José", charsets.WRONGLY_DECLARED),
        # These bytes are not valid UTF-8, or have several bytes per character in both charsets.
        (b"a=Jos%E9", LATIN_1, "José", None),
        (b"a=%C3%A9%E9", LATIN_1, "Ã©é", None),
        (b"a=%83%5C", f"{FORM}; charset=Shift_JIS", "ソ", None),
        (b"a=plain", LATIN_1, "plain", None),
        # A gateway between has replaced what it could not read.
        ("a=Jos\ufffd", LATIN_1, "Jos\ufffd", charsets.LOST),
        ("a=\ufffd\ufffd\ufffd", f"{FORM}; charset=Shift_JIS", "\ufffd" * 3, charsets.LOST),
        ('{"a": "\ufffd"}', f"{JSON}; charset=euc-jp", "\ufffd", charsets.LOST),
        ("a=Jos\ufffd", FORM, "Jos\ufffd", text_repairs.LOST),
        # A character of four bytes that was cut, or encoded as two of three.
        (b"a=Hi%F0%9F%98", FORM, "Hi\ufffd", charsets.DAMAGED),
        (b"a=%ED%A0%BD%ED%B8%80", FORM, "😀", charsets.DAMAGED),
        (b"a=%E9", FORM, "é", charsets.NOT_UTF_8),
    ],
)
def test_utf_8_is_read_as_such_whatever_is_declared(
    body: str | bytes, content_type: str, value: str, warning: str | None
) -> None:
    read = _post(body, content_type)

    assert read.parameters == {"a": value}
    assert [w.message.split(" is ", 1)[-1].removeprefix("is ") for w in read.warnings] == (
        [warning] if warning else []
    )


def test_64_kib_of_utf_8_are_not_larger_under_another_charset() -> None:
    body = "a=" + "é" * ((bodies.MAX_BYTES - 2) // 2)

    assert _post(body.encode(), LATIN_1).refusal is None


@pytest.mark.parametrize(
    "encoding",
    [
        "UTF-8",
        "utf8",
        "ISO-8859-1",
        "windows-1252",
        "charset=utf-8",
        "us-ascii",
        "8bit",
        "none",
        "application/json",
        "identity, utf-8",
    ],
)
def test_a_content_encoding_that_names_no_compression_is_ignored(encoding: str) -> None:
    read = _post(b"age=39", FORM, content_encoding=encoding)

    assert read.parameters == {"age": "39"}
    assert [w.kind for w in read.warnings] == [WarningKind.BODY]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zip", "bz2", "\0", "utf-8, gzip"])
def test_a_compressed_body_is_refused_by_the_name_of_its_compression(encoding: str) -> None:
    assert isinstance(_refusal(b"age=39", FORM, content_encoding=encoding), UnsupportedBody)


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"age=39", mtime=0),
        b"(\xb5/\xfd\x04\0",
        b"PK\x03\x04age=39",
        "\x1f\ufffd\x08\0",  # a gateway has replaced a byte
    ],
)
@pytest.mark.parametrize("content_type", [FORM, JSON, None])
def test_a_compressed_body_is_refused_by_its_first_bytes(
    body: str | bytes, content_type: str | None
) -> None:
    assert isinstance(_refusal(body, content_type), UnsupportedBody)


@pytest.mark.parametrize("body", ["PK=1", "\x1fage=39"])
def test_a_body_that_only_resembles_a_compressed_one_is_read(body: str) -> None:
    assert _post(body, FORM).refusal is None


@pytest.mark.parametrize(
    ("body", "content_type", "param"),
    [
        (json.dumps({"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}), JSON, "a"),
        (
            '--b\r\nContent-Disposition: form-data; name="cv"; filename="c"\r\n\r\n\0\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            "cv",
        ),
    ],
)
def test_the_error_about_missing_tags_says_what_was_left_out(
    body: str, content_type: str, param: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _post(body, content_type, query="caller_number=5551230142").to_posting(KEY)

    no_tags, left_out = refusal.value.problems
    assert no_tags.message.startswith("no tags were sent")
    assert left_out.param == param
    assert "left out" in left_out.message


@pytest.mark.parametrize("end", ["\0", "\0\0"])
def test_json_that_ends_with_nul_is_read_with_a_warning(end: str) -> None:
    read = _post('{"zip": "30301"}' + end, JSON)

    assert read.parameters == {"zip": "30301"}
    assert [w.kind for w in read.warnings] == [WarningKind.BODY]


@pytest.mark.parametrize("character", ["\n", "\r\n", "\t"])
def test_json_with_raw_line_breaks_and_tabs_in_text_is_read(character: str) -> None:
    read = _post(f'{{"zip": "1", "address": "1 Main St{character}Apt 4"}}', JSON)

    assert read.parameters == {"zip": "1", "address": f"1 Main St{character}Apt 4"}
    assert [w.kind for w in read.warnings] == [WarningKind.BODY]


@pytest.mark.parametrize(
    ("sent", "value", "warning"),
    [
        ("St\x0bApt", "StApt", text_repairs.LEFT_OUT),
        ("a\x00\x07\x1b\x7fb", "ab", text_repairs.LEFT_OUT),
        ("a\tb\r\nc", "a\tb\r\nc", None),
        ("O\x92Brien", "O\u2019Brien", text_repairs.WINDOWS),
        ("\x93Hi\x94\x85", "\u201cHi\u201d\u2026", text_repairs.WINDOWS),
        ("a\x81b", "ab", text_repairs.WINDOWS),
        ("\ud83d", "\ufffd", text_repairs.HALF),
        ("call me \ude00!", "call me \ufffd!", text_repairs.HALF),
        ("\ufffe", "\ufffd", text_repairs.NOT_A_CHARACTER),
        ("\u200b\u00a0\u202e", "\u200b\u00a0\u202e", None),
        ("Jos\ufffd", "Jos\ufffd", text_repairs.LOST),
        ("Jose", "Jose", None),
    ],
)
def test_a_character_that_a_tag_cannot_have_costs_only_itself(
    sent: str, value: str, warning: str | None
) -> None:
    body = json.dumps({"zip": "30301", "a": sent})
    read = _post(body, JSON)

    assert read.parameters == {"zip": "30301", "a": value}
    assert [(w.param, w.message) for w in read.warnings] == ([("a", warning)] if warning else [])
    assert problems_with_tags(read.tags) == []


def test_names_are_repaired_too_and_do_not_replace_others() -> None:
    read = _post(json.dumps({"zi\0p\n": "1", "a": "2", "a\x01": "3", "\x02": "4"}), JSON)

    assert read.parameters == {"zip": "1", "a": "2"}
    assert {(w.param, w.message) for w in read.warnings} == {
        ("zip", text_repairs.LEFT_OUT),
        ("a", text_repairs.TWICE),
        (None, text_repairs.NO_NAME),
    }


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
        ('{"a": "\\ud800"}', {"a": "\ufffd"}),
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
        ('{"age": NaN}', "the body is not valid JSON: NaN is not a JSON value"),
        ('{"age": -Infinity}', "the body is not valid JSON: -Infinity is not a JSON value"),
        ('{"age":\0 1}', "the body is not valid JSON: "),
        ("[" * 60_000, "the body is not valid JSON: it is nested too deeply"),
        ('{"a":' * 10_000, "the body is not valid JSON: it is nested too deeply"),
        ("[1]", "the body must be one JSON object"),
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused_with_the_reason(
    body: str | bytes, message: str
) -> None:
    refusal = _refusal(body, JSON)

    assert isinstance(refusal, InvalidInput)
    assert refusal.problems[0].param is None
    assert refusal.problems[0].message.startswith(message)


@pytest.mark.parametrize(
    "body", [None, "", b"", " \r\n", b"\n", "null", "[]", "[ ]", "{}", "{ }", '""', " undefined "]
)
@pytest.mark.parametrize(
    "content_type", [None, "", FORM, JSON, "multipart/form-data", "text/plain", "nonsense"]
)
def test_an_empty_body_is_accepted_with_any_content_type(
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
        == "the body has 65537 bytes; send 65536 or fewer, and the rest in another posting"
    )


# What a body looks like decides where its Content-Type does not fit.

MULTIPART_BODY = (
    '--b7\r\nContent-Disposition: form-data; name="caller_number"\r\n\r\n5551230142\r\n'
    '--b7\r\nContent-Disposition: form-data; name="zip"\r\n\r\n30301\r\n--b7--\r\n'
)
MEANT = {"caller_number": "5551230142", "zip": "30301"}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/plain;charset=UTF-8",
        FORM,
        JSON,
        "multipart/form-data",
        "multipart/form-data; boundary=another",
        "application/jsn",
        f"{JSON}, {JSON}",
        "application/octet-stream",
        "nonsense",
    ],
)
@pytest.mark.parametrize(
    ("body", "usual"),
    [
        ('{"caller_number": "5551230142", "zip": "30301"}', JSON),
        (' {"caller_number": 5551230142, "zip": 30301}\n', JSON),
        (json.dumps('{"caller_number": "5551230142", "zip": "30301"}'), None),
        ('[{"caller_number": "5551230142", "zip": "30301"}]', None),
        ("caller_number=5551230142&zip=30301", FORM),
        ("%7B%22caller_number%22%3A5551230142%2C%22zip%22:%2230301%22%7D=", None),
        ("%7b+%22caller_number%22%3A+5551230142%2C+%22zip%22%3A%2230301%22%7d", None),
        (MULTIPART_BODY, None),
        (MULTIPART_BODY.replace("\r\n", "\n"), None),
    ],
)
def test_a_body_is_read_as_what_it_looks_like_and_a_guess_is_a_warning(
    body: str, usual: str | None, content_type: str | None
) -> None:
    read = _post(body, content_type)

    assert read.refusal is None
    assert read.parameters == MEANT
    assert bool(read.warnings) == (usual is None or content_type != usual)


@pytest.mark.parametrize(
    "content_type", [JSON, "application/vnd.api+json", "text/json", f"{JSON};charset=utf-8"]
)
def test_of_json_that_says_so_there_is_nothing_to_tell(content_type: str) -> None:
    assert _post('{"zip": "30301"}', content_type).warnings == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        *product(
            [None, JSON, "text/plain", "application/xml", "text/html"],
            ["hello", "39", '"text"', '"zip=30301"', "\0\1\2"],
        ),
        *product(
            [None, FORM, JSON, "text/plain", "application/xml", "text/html"],
            ["<lead zip='30301'/>", '<a href="x=1">', "<lead><zip>30301</zip></lead>"],
        ),
    ],
)
def test_a_body_that_looks_like_nothing_is_ignored_if_the_query_has_all_and_else_refused(
    content_type: str | None, body: str
) -> None:
    complete = _post(body, content_type, query="key=k&caller_number=5551230142&zip=30301")
    lacking = [
        _post(body, content_type, query=query)
        for query in ("key=k&caller_number=5551230142", "key=k&zip=30301", "zip=30301&call_uuid=x")
    ]

    assert complete.refusal is None
    assert [warning.kind for warning in complete.warnings] == [WarningKind.BODY_IGNORED]
    assert all(isinstance(read.refusal, UnsupportedBody) for read in lacking)


@pytest.mark.parametrize("content_type", [None, FORM, JSON, "text/plain"])
@pytest.mark.parametrize(
    "body",
    [
        '{"zip": 30301',
        '{"zip": 30301,}',
        '{"zip": 30301}}',
        "{zip: 30301}",
        "{'zip': 30301}",
        "[{]",
        '{"a": 1} {"b": 2}',
        '{"a": 1}&b=2',
        "%7B%22zip%22%3A30301",
        "{{lead}}",
    ],
)
def test_broken_json_is_refused_and_never_ignored(content_type: str | None, body: str) -> None:
    read = _post(body, content_type, query="key=k&caller_number=5551230142&zip=9")

    assert isinstance(read.refusal, InvalidInput)


@pytest.mark.parametrize("content_type", [None, FORM, JSON, "text/plain;charset=UTF-8"])
@pytest.mark.parametrize(
    "body",
    [
        "[object Object]",
        " [object Object]\n",
        '"[object Object]"',
        "[object FormData]",
        "[object HTMLFormElement]",
        "[object Map]",
        "[object Object],[object Object]",
    ],
)
@pytest.mark.parametrize("query", ["key=k", "key=k&caller_number=5551230142&zip=9"])
def test_an_object_that_became_text_is_refused_with_the_way_out(
    content_type: str | None, body: str, query: str
) -> None:
    if content_type == FORM and body.startswith('"'):
        return
    read = _post(body, content_type, query=query)

    assert isinstance(read.refusal, UnsupportedBody)
    assert "JSON.stringify" in read.refusal.problems[0].message


@pytest.mark.parametrize(
    "body", ["%5Bobject+Object%5D", "%5Bobject%20Object%5D=", '"[object Object]"']
)
def test_a_form_of_an_object_that_became_text_is_explained(body: str) -> None:
    read = _post(body, FORM, query="key=k")

    with pytest.raises(InvalidInput, match=r"JSON\.stringify"):
        read.to_posting(KEY)


GOOGLE = """{"lead_id": "a", "api_version": "1.0", "form_id": 7, "is_test": true,
  "user_column_data": [
    {"column_id": "FULL_NAME", "column_name": "Full Name", "string_value": "Ada Roe"},
    {"column_id": "PHONE_NUMBER", "column_name": "User Phone", "string_value": "+15551230142"}]}"""
META = """{"id": "7", "field_data": [{"name": "full_name", "values": ["Ada Roe"]},
  {"name": "phone_number", "values": ["+15551230142"]}]}"""
LABELS = """{"answers": [{"label": "Zip", "value": "30301"},
  {"label": "Mobile", "value": "555-123-0142"}]}"""
TITLES = """{"lead": {"fields": [
  {"title": "Your phone", "answer": {"text": "x"}, "raw": "5551230142"}]}}"""
NESTED = '{"contact": {"phone": "5551230142"}}'


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        (GOOGLE, "user_column_data.1.string_value"),
        (META, "field_data.1.values"),
        (LABELS, "answers.1.value"),
        (TITLES, "lead.fields.0.raw"),
        (NESTED, "contact.phone"),
    ],
)
def test_the_refusal_of_a_lead_forms_payload_names_where_the_number_is(
    payload: str, where: str
) -> None:
    read = _post(payload, JSON, query="key=k")

    with pytest.raises(InvalidInput) as refusal:
        read.to_posting(KEY)

    (problem,) = refusal.value.problems
    assert problem.param == "caller_number"
    assert where in problem.message
    assert refusals.find_number(read, "US") == "+15551230142"


@pytest.mark.parametrize(
    "payload",
    [
        '{"answers": [{"label": "Zip", "value": "30301"}]}',
        '{"answers": [{"label": "Mobile", "value": "none"}]}',
        '{"answers": [{"label": "Mobile"}, {"value": "5551230142"}]}',
        '{"label": "Mobile", "value": "5551230142"}',
    ],
)
def test_a_value_without_a_label_of_its_own_is_not_taken_for_a_number(payload: str) -> None:
    read = _post(payload, JSON, query="key=k")

    with pytest.raises(InvalidInput, match="is missing or empty"):
        read.to_posting(KEY)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{{field}}=1&zip=30301", FORM),
        ("[x]=1&zip=30301", FORM),
        ("%7B%7Bfield%7D%7D=1&zip=30301", FORM),
        ("data=%7B%22a%22%3A1%7D&zip=30301", FORM),
        ('data={"a":1}&zip=30301', FORM),
        ("flag", FORM),
    ],
)
def test_a_form_with_braces_in_it_is_a_form(body: str, content_type: str) -> None:
    read = _post(body, content_type)

    assert read.parameters == dict(parse_qsl(body, keep_blank_values=True))
    assert read.warnings == []


@pytest.mark.parametrize("content_type", [None, FORM, "application/octet-stream"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines_of_names_and_values_are_parameters_with_a_warning(
    line_end: str, content_type: str | None
) -> None:
    read = _post(line_end.join(("zip=30301", "city=S%C3%A3o+Paulo", "")), content_type)

    assert read.parameters == {"zip": "30301", "city": "S\u00e3o Paulo"}
    assert WarningKind.SEPARATOR in [warning.kind for warning in read.warnings]


@pytest.mark.parametrize("body", ["note=two\nlines&zip=1", "note=two\nlines", "a=1\nb"])
def test_a_line_break_in_a_value_is_part_of_it(body: str) -> None:
    read = _post(body, FORM)

    assert read.parameters == dict(parse_qsl(body))
    assert read.warnings == []


def test_a_list_of_several_objects_is_refused() -> None:
    refusal = _refusal('[{"a": 1}, {"a": 2}]', JSON)

    assert refusal.problems[0].message == (
        "the body is a list of 2 items; send one JSON object per posting"
    )


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ({"a": {"b": 1, "c": {"d": True}}}, {"a.b": "1", "a.c.d": "true"}),
        ({"a": ["x", 2, None, False]}, {"a": "x,2,,false"}),
        ({"a": ["I agree"]}, {"a": "I agree"}),
        ({"a": []}, {"a": ""}),
        ({"a": {}, "b": 1}, {"b": "1"}),
        ({"a": [{"n": 1}, {"n": 2}]}, {"a.0.n": "1", "a.1.n": "2"}),
        ({"a": {"b": ["x", "y"]}}, {"a.b": "x,y"}),
        ({"caller_number": ["5551230142"]}, {"caller_number": "5551230142"}),
        (
            {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}, "z": 1},
            {"a.b.c.d.e.f": "1", "z": "1"},
        ),
    ],
)
def test_nested_json_becomes_dotted_names_and_lists(
    body: dict[str, Any], parameters: dict[str, str]
) -> None:
    read = _post(json.dumps(body), JSON)

    assert read.refusal is None
    assert read.parameters == parameters
    assert read.warnings == []


def test_json_nested_more_than_five_deep_is_left_out_with_a_warning() -> None:
    read = _post(json.dumps({"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}, "z": 1}), JSON)

    assert read.parameters == {"z": "1"}
    (warning,) = read.warnings
    assert (warning.kind, warning.param) == (WarningKind.LEFT_OUT, "a")


@pytest.mark.parametrize(("many", "left_out"), [(99, []), (100, ["nested"])])
def test_nested_members_that_would_bring_the_tags_over_a_hundred_are_left_out(
    many: int, left_out: list[str]
) -> None:
    body = {"caller_number": "5551230142", "nested": {f"n{i}": i for i in range(many)}, "z": 1}

    read = _post(json.dumps(body), JSON)

    assert len(read.tags) == 100
    assert read.tags["z"] == "1"
    assert [warning.param for warning in read.warnings] == left_out


@pytest.mark.parametrize(("many", "left_out"), [(50, []), (51, ["nested"])])
def test_tags_of_the_query_leave_less_room_for_nested_members(
    many: int, left_out: list[str]
) -> None:
    query = urlencode({f"q{i}": i for i in range(49)} | {"caller_number": "5551230142"})
    nested = {f"n{i}": i for i in range(many)}
    body = {"nested": nested, "q0": "0", "z": 1, "caller_number": ["5551230143"]}

    read = _post(json.dumps(body), JSON, query=query)

    assert len(read.tags) == 100
    assert read.parameters["caller_number"] == "5551230143"
    told = [warning.param for warning in read.warnings if warning.kind is WarningKind.LEFT_OUT]
    assert told == left_out


def test_a_form_of_lines_is_read_as_browsers_send_it_for_text_plain() -> None:
    read = _post("caller_number=+1 555\r\nnote=a & b = 100%\r\n", "text/plain")
    other = _post("caller_number=+1 555\r\nnote=100% + b\r\n", "text/plain")

    assert other.parameters == {"caller_number": "+1 555", "note": "100% + b"}
    assert read.parameters["caller_number"] != "+1 555"  # with an ampersand it is not such a form


def test_a_body_that_outgrows_its_limit_in_utf_8_is_refused() -> None:
    """Of Windows-1252's euro signs UTF-8 has three bytes each, which an item has to hold."""
    most = b"a=" + b"\x80" * ((bodies.MAX_BYTES - 2) // 3)

    assert _post(most, FORM).refusal is None
    assert isinstance(_post(most + b"\x80\x80", FORM).refusal, BodyTooLarge)


@pytest.mark.parametrize(("length", "problems"), [(8192, 0), (8193, 1)])
@pytest.mark.parametrize("character", ["x", "\u00e9", "\n"])
def test_a_value_has_up_to_8192_characters(character: str, length: int, problems: int) -> None:
    read = _post(urlencode({"a": character * length}), FORM)

    assert read.parameters == {"a": character * length}
    assert len(problems_with_tags(read.tags)) == problems


@pytest.mark.parametrize(("many", "is_read"), [(100, True), (101, False)])
def test_a_posting_has_up_to_100_tags_in_any_format(many: int, is_read: bool) -> None:
    tags = {f"t{i}": str(i) for i in range(many)}
    for body, content_type in ((json.dumps(tags), JSON), (urlencode(tags), FORM)):
        read = _post(body, content_type)

        assert read.tags == tags
        assert (not problems_with_tags(read.tags)) is is_read


def test_at_most_fifty_of_thousands_of_warnings_are_returned() -> None:
    nested = {f"{i:x}": {"a": 1} for i in range(4000)}
    read = _post(json.dumps({"zip": 1} | nested, separators=(",", ":")), JSON)
    told = list_warnings(read.warnings)

    assert read.refusal is None
    assert len(read.tags) == 100
    assert len(told) == 50
    assert [warning.param for warning in told[:2]] == ["63", "64"]
    assert told[-1].message == "there are 3852 more warnings like these, not listed here"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"a": 1, "a": 2}', "a"),
        ('{"a": 1, "caller_number": "1", "a": 2, "caller_number": "2"}', "caller_number"),
        ('{"lead": {"zip": 1, "zip": 2}}', "zip"),
        ('{"a": 1, "a": 1}', None),
    ],
)
def test_a_repeated_member_of_json_is_a_warning(body: str, named: str | None) -> None:
    (warning,) = _post(body, JSON).warnings

    assert (warning.kind, warning.param) == (WarningKind.REPEATED, named)


LINES = "zip=30301\r\ncaller_number={}\r\n"


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        (LINES.format("%2B15551230142"), {"zip": "30301", "caller_number": "+15551230142"}),
        (LINES.format("(555)%20123-0142"), {"zip": "30301", "caller_number": "(555) 123-0142"}),
        (LINES.format("+15551230142"), {"zip": "30301", "caller_number": "+15551230142"}),
        ("rate=5%25\r\nzip=30301", {"rate": "5%25", "zip": "30301"}),
    ],
)
def test_lines_of_plain_text_are_percent_encoded_only_if_the_callers_is(
    body: str, parameters: dict[str, str]
) -> None:
    read = _post(body, "text/plain")

    assert read.parameters == parameters
    assert not any(w.kind is WarningKind.CALLER_NUMBER for w in read.warnings)
