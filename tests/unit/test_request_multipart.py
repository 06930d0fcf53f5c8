"""Bodies as HTML forms with enctype multipart/form-data send them."""

import base64

import pytest

from functions.data_writing.request import Request
from shared.domain.errors import InvalidInput
from shared.domain.posting_warnings import WarningKind
from tests.unit import gateway

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def _part(name: str, value: bytes, *, filename: str | None = None, extra: str = "") -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    return f"--{BOUNDARY}\r\n{disposition}\r\n{extra}\r\n".encode() + value + b"\r\n"


def _end() -> bytes:
    return f"--{BOUNDARY}--\r\n".encode()


def _post(body: bytes, boundary: str = f"; boundary={BOUNDARY}") -> Request:
    return gateway.read(
        {
            "rawPath": "/data_writing",
            "rawQueryString": "zip=90210",
            "headers": {"content-type": f"multipart/form-data{boundary}"},
            "requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": 1},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
    )


def test_the_parts_of_a_multipart_form_are_parameters() -> None:
    read = _post(
        _part("caller_number", b"+10123456789")
        + _part("0", b"")
        + _part("city", "São Paulo".encode(), extra="Content-Type: text/plain; charset=utf-8\r\n")
        + _part("age", b"1")
        + _part("age", b"2")
        + _end()
    )

    assert read.refusal is None
    assert read.parameters == {
        "zip": "90210",
        "caller_number": "+10123456789",
        "0": "",
        "city": "São Paulo",
        "age": "2",
    }


def test_a_quoted_boundary_is_read() -> None:
    read = _post(_part("age", b"39") + _end(), f'; boundary="{BOUNDARY}"')

    assert read.parameters == {"zip": "90210", "age": "39"}


def test_a_value_may_have_line_breaks() -> None:
    read = _post(_part("note", b"two\r\nlines") + _end())

    assert read.parameters["note"] == "two\r\nlines"


@pytest.mark.parametrize(
    ("value", "extra", "read"),
    [
        (b"Jos\xe9", "", "Jos\xe9"),
        (b"\x82\xa0", "Content-Type: text/plain; charset=shift_jis\r\n", "\u3042"),
        ("é".encode(), "Content-Type: text/plain\r\n", "é"),
    ],
)
def test_a_part_is_read_in_its_charset_or_utf_8_or_windows_1252(
    value: bytes, extra: str, read: str
) -> None:
    assert _post(_part("a", value, extra=extra) + _end()).parameters["a"] == read


@pytest.mark.parametrize(
    ("encoding", "value", "read", "is_told"),
    [
        ("base64", b"MzAz\r\nMDE=", "30301", True),
        ("quoted-printable", b"S=C3=A3o", "S\u00e3o", True),
        ("8bit", b"a=3D", "a=3D", False),
        ("binary", b"MzAzMDE=", "MzAzMDE=", False),
    ],
)
def test_a_part_with_a_transfer_encoding_is_read_with_a_warning(
    encoding: str, value: bytes, read: str, is_told: bool
) -> None:
    extra = f"Content-Transfer-Encoding: {encoding}\r\n"
    posted = _post(_part("a", value, extra=extra) + _end())

    assert posted.parameters["a"] == read
    assert bool(posted.warnings) is is_told


def test_a_large_text_part_is_read_whole() -> None:
    value = b"v" * 60_000

    assert _post(_part("a", value) + _end()).parameters["a"] == value.decode()


@pytest.mark.parametrize(("filename", "value"), [("cv.pdf", b"%PDF"), ("", b"x"), ("cv.pdf", b"")])
def test_a_file_is_left_out_with_a_warning(filename: str, value: bytes) -> None:
    read = _post(_part("age", b"39") + _part("cv", value, filename=filename) + _end())

    assert read.refusal is None
    assert read.parameters == {"zip": "90210", "age": "39"}
    (warning,) = read.warnings
    assert (warning.kind, warning.param) == (WarningKind.LEFT_OUT, "cv")


def test_an_empty_file_input_is_ignored() -> None:
    read = _post(_part("age", b"39") + _part("cv", b"", filename="") + _end())

    assert read.parameters == {"zip": "90210", "age": "39"}
    assert read.warnings == []


@pytest.mark.parametrize("boundary", ["", "; boundary=another"])
def test_the_bodys_own_boundary_wins_over_the_content_type(boundary: str) -> None:
    assert _post(_part("age", b"39") + _end(), boundary).parameters["age"] == "39"


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (_part("age", b"39"), f"; boundary={BOUNDARY}"),
        (f"--{BOUNDARY}\r\nno header\r\n\r\nx\r\n".encode() + _end(), f"; boundary={BOUNDARY}"),
        (
            f'--{BOUNDARY}\r\nX: form-data; name="a"\r\n\r\nx\r\n'.encode() + _end(),
            f"; boundary={BOUNDARY}",
        ),
        (b"".join(_part("a", b"") for _ in range(2001))[:65_000], f"; boundary={BOUNDARY}"),
    ],
)
def test_an_invalid_multipart_body_is_refused_with_the_reason(body: bytes, boundary: str) -> None:
    refusal = _post(body, boundary).refusal

    assert isinstance(refusal, InvalidInput)
    (problem,) = refusal.problems
    assert problem.param is None
    assert problem.message.startswith("the body is not valid multipart/form-data: ")
