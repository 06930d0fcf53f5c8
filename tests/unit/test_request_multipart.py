"""Bodies as HTML forms with enctype multipart/form-data send them."""

import base64

import pytest

from functions.data_writing import refusals
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


PDF = "Content-Type: application/pdf\r\n"


@pytest.mark.parametrize(
    ("filename", "value", "extra"),
    [
        ("cv.pdf", b"%PDF", PDF),
        ("cv.pdf", b"", PDF),
        ("", b"x", PDF),
        ("cv.csv", b"a,b", "Content-Type: text/csv\r\n"),
        ("cv.json", b"{}", "Content-Type: application/json\r\n"),
        ("cv", b"x", "Content-Type: application/octet-stream\r\n"),
        ("cv.pdf", b"%PDF\x00", ""),
        ("cv.txt", b"\x1b[0m", "Content-Type: text/plain\r\n"),
        ("cv.txt", b"x" * 8193, ""),
    ],
)
def test_a_file_is_left_out_with_a_warning(filename: str, value: bytes, extra: str) -> None:
    cv = _part("cv", value, filename=filename, extra=extra)
    read = _post(_part("age", b"39") + cv + _end())

    assert read.refusal is None
    assert read.parameters == {"zip": "90210", "age": "39"}
    (warning,) = read.warnings
    assert (warning.kind, warning.param) == (WarningKind.LEFT_OUT, "cv")
    assert "sent as a file" in warning.message


@pytest.mark.parametrize(
    ("filename", "value", "extra"),
    [
        ("age", b"39", ""),
        ("age.txt", b"39", "Content-Type: text/plain\r\n"),
        ("blob", "J\u00f3".encode(), "Content-Type: Text/Plain; charset=UTF-8\r\n"),
        ("", b"39", ""),
        ("age", b"", ""),
        ("note", b"two\r\nlines\tof text", ""),
        ("name", b"Jos\xe9", "Content-Type: text/plain; charset=iso-8859-1\r\n"),
        ("age", b"x" * 8192, ""),
    ],
)
def test_text_with_a_file_name_is_a_value_with_a_warning(
    filename: str, value: bytes, extra: str
) -> None:
    read = _post(_part("v", value, filename=filename, extra=extra) + _end())

    charset = "latin-1" if "8859" in extra else "utf-8"
    assert read.parameters == {"zip": "90210", "v": value.decode(charset)}
    (warning,) = read.warnings
    assert (warning.kind, warning.param) == (WarningKind.BODY, "v")


@pytest.mark.parametrize("name", ["caller_number", "key"])
def test_the_error_says_that_a_required_parameter_was_sent_as_a_file(name: str) -> None:
    extra = "Content-Type: application/octet-stream\r\n"
    read = _post(_part(name, b"5551230142", filename="blob", extra=extra) + _end())

    said = refusals.missing_key(read) if name == "key" else refusals.missing_number(read, "US")
    assert said.startswith("was sent as a file")


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


NO_FILE_NAME = {
    "Content-Type: multipart/mixed; boundary=inner\r\n": (b"--inner\r\n\r\nx\r\n--inner--", False),
    "Content-Type: image/png\r\n": (b"PNG", False),
    "Content-Type: Audio/mpeg\r\n": (b"ID3", False),
    "Content-Type: message/rfc822\r\n": (b"From: x", False),
    "Content-Type: application/octet-stream\r\n": (b"PK\x03\x04", False),
    "Content-Type: application/json\r\n": (b'{"a":1}', True),
    "Content-Type: text/html\r\n": (b"<b>x</b>", True),
    "Content-Type: application/octet-stream; x=1\r\n": (b"30301", True),
    "Content-Type: text/plain\r\n": (b"a\x07", True),
}


@pytest.mark.parametrize("extra", NO_FILE_NAME)
def test_a_part_without_a_file_name_is_a_file_by_its_type_or_its_bytes(extra: str) -> None:
    value, is_value = NO_FILE_NAME[extra]
    read = _post(_part("age", b"39") + _part("v", value, extra=extra) + _end())

    assert ("v" in read.parameters) is is_value
    told = [(w.kind, w.param) for w in read.warnings if "file" in w.message]
    assert told == ([] if is_value else [(WarningKind.LEFT_OUT, "v")])


@pytest.mark.parametrize(
    ("filename", "extra", "is_value"),
    [
        ("filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", PDF, False),
        ("Filename* = utf-8'en'a.csv", "Content-Type: text/csv\r\n", False),
        ("filename*0*=utf-8''a; filename*1=b.pdf", PDF, False),
        ("filename*=UTF-8''age.txt", "Content-Type: text/plain\r\n", True),
    ],
)
def test_a_file_name_in_the_extended_notation_is_one(
    filename: str, extra: str, is_value: bool
) -> None:
    part = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="v"; {filename}\r\n{extra}\r\n39\r\n'
    )
    read = _post(part.encode() + _end())

    assert ("v" in read.parameters) is is_value
    kind = WarningKind.BODY if is_value else WarningKind.LEFT_OUT
    assert [(w.kind, w.param) for w in read.warnings] == [(kind, "v")]


@pytest.mark.parametrize("end", ["", "\r\n", "\n"])
def test_a_form_without_fields_has_no_parameters(end: str) -> None:
    read = _post(f"--{BOUNDARY}--{end}".encode())

    assert read.parameters == {"zip": "90210"}
    assert read.warnings == []
