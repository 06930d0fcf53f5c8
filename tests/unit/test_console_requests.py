"""The console's requests: what browsers send, and which of it the console believes."""

import base64
from typing import Any

import pytest

from functions.console import flash
from functions.console.browser_request import (
    MAX_FORM_BYTES,
    BrowserRequest,
    ForeignRequest,
    FormTooLarge,
    is_own_path,
)

HTML = "<script>alert(1)</script>\"'>"

URL = "https://console.example.com"


def _event(method: str = "POST", body: bytes = b"", **headers: str) -> dict[str, Any]:
    return {
        "requestContext": {"http": {"method": method}, "requestId": "r"},
        "rawPath": "/base/publishers/",
        "rawQueryString": "q=a%20b&q=c",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _request(**given: Any) -> BrowserRequest:
    return BrowserRequest.from_event(_event(**given), "/base")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "https://elsewhere.example"},
        {"origin": URL},
    ],
)
def test_a_change_from_the_consoles_own_pages_is_accepted(headers: dict[str, str]) -> None:
    _request(**headers).check_origin(f"{URL}/console")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site", "origin": URL},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"origin": "null"},
        {"origin": "https://console.example.com.evil.example"},
        {"origin": "http://console.example.com"},
    ],
)
def test_a_change_from_another_page_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ForeignRequest):
        _request(**headers).check_origin(f"{URL}/console")


def test_the_path_is_relative_to_the_consoles_url() -> None:
    request = _request()

    assert request.path == "/publishers"
    assert request.query == {"q": "c"}


@pytest.mark.parametrize("as_header", [True, False])
def test_cookies_are_read_from_the_event_of_either_gateway(as_header: bool) -> None:
    event = _event("GET")
    if as_header:
        event["headers"]["cookie"] = "a=1; __Host-session=token=="
    else:
        event["cookies"] = ["a=1", "__Host-session=token=="]

    assert BrowserRequest.from_event(event, "").cookies == {"a": "1", "__Host-session": "token=="}


def test_a_malformed_cookie_of_another_application_hides_no_others() -> None:
    event = _event("GET", cookie='__Host-session=token; {"a": "b,c"}=1; d=2')

    cookies = BrowserRequest.from_event(event, "").cookies

    assert (cookies["__Host-session"], cookies["d"]) == ("token", "2")


@pytest.mark.parametrize(
    "body", [b"a=" + b"x" * MAX_FORM_BYTES, b"&".join(b"a%d=1" % n for n in range(300))]
)
def test_a_form_that_is_too_large_is_refused(body: bytes) -> None:
    with pytest.raises(FormTooLarge):
        _request(body=body).form()


@pytest.mark.parametrize("path", ["/", "/log?from=2026-11-25T08:00", "/publishers/pub_1"])
def test_a_path_of_the_console_is_safe_to_redirect_to(path: str) -> None:
    assert is_own_path(path)


@pytest.mark.parametrize(
    "path", ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: b"]
)
def test_another_host_is_not_safe_to_redirect_to(path: str) -> None:
    assert not is_own_path(path)


@pytest.mark.parametrize("text", ["", "!", "W10", "bm90IGpzb24", "ü", "A" * 5000])
def test_a_made_up_flash_cookie_has_no_messages(text: str) -> None:
    assert flash.unpack(text) == {}


def test_messages_survive_the_cookie() -> None:
    assert flash.unpack(flash.pack({"text": HTML})) == {"text": HTML}
