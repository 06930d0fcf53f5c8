"""A form that arrives after its session has ended comes back filled in, and is not sent."""

import html
import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.console import kept_forms
from functions.console.kept_forms import KeptForm
from tests.integration.console.operator_stub import Console, OperatorStub
from tests.integration.console.test_pages import ACTIVITY, KEY, OVERVIEW, PUBLISHER


@pytest.fixture
def api(operator_api: type[OperatorStub]) -> type[OperatorStub]:
    keys: dict[str, Any] = {"postback_keys": [], "next_cursor": None}
    operator_api.by_path = {
        "/publishers": {"publishers": [], "next_cursor": None},
        "/publishers/pub_1": PUBLISHER,
        "/publishers/pub_1/activity": ACTIVITY,
        "/publishers/pub_1/postback-keys": keys,
        "/postback-keys/pbk_a": KEY,
        "/postback-keys/pbk_a/overview": OVERVIEW,
        "/platform-keys": {"platform_keys": [], "next_cursor": None},
        "/people": {"people": []},
    }
    return operator_api


def _ended(console: Console, path: str, **fields: str) -> dict[str, Any]:
    """Send a form with the cookie of a session that has ended."""
    cookie = "__Host-session=ended"
    return console.send(path, cookie=cookie, method="POST", body=urlencode(fields))


def _after_sign_in(console: Console, refused: dict[str, Any], role: str = "admin") -> Any:
    """Follow the link of the page that refused the form, signed in again."""
    kept = refused["cookies"][0].partition(";")[0]
    (path, query) = re.findall(r'href="([^"?]+)\?(restore=\w+)"', refused["body"])[0]
    return console.send(path, query, f"__Host-session={console.start_session(role)}; {kept}")


@pytest.mark.parametrize(
    ("path", "fields", "page"),
    [
        ("/publishers", {"name": "Acme & <Sons>", "note": "by phone"}, "/publishers"),
        ("/publishers/pub_1", {"name": "Acme Leads", "note": "new"}, "/publishers/pub_1"),
        (
            "/publishers/pub_1/keys",
            {"name": "Dialer", "storage_duration": "9h"},
            "/publishers/pub_1",
        ),
        ("/keys/pbk_a/change", {"name": "Dialer 2", "end_call_cutoff": "17m"}, "/keys/pbk_a"),
        ("/keys/pbk_a/rotate", {"overlap": "31h"}, "/keys/pbk_a"),
        ("/keys/pbk_a/test", {"caller_number": "+14155550177", "tags": "zip=10001"}, "/keys/pbk_a"),
        ("/platform-keys", {"name": "Router 7"}, "/platform-keys"),
        ("/team", {"email": "ana@example.com", "role": "manager"}, "/team"),
    ],
)
def test_a_form_comes_back_filled_in(
    console: Console, api: type[OperatorStub], path: str, fields: dict[str, str], page: str
) -> None:
    refused = _ended(console, path, **fields)
    assert refused["statusCode"] == 401
    assert "Nothing was changed" in refused["body"]
    assert f'href="{page}?restore=' in refused["body"]

    restored = _after_sign_in(console, refused)

    assert restored["statusCode"] == 200
    text = html.unescape(restored["body"])
    assert "Nothing was sent yet" in text
    assert [each for each in fields.values() if each not in text] == []
    assert {each.method for each in api.requests} == {"GET"}


@pytest.mark.parametrize(
    "path", ["/keys/pbk_a/pause", "/keys/pbk_a/resume", "/platform-keys/plk_a/delete"]
)
def test_a_button_without_fields_leads_back_to_its_page(
    console: Console, api: type[OperatorStub], path: str
) -> None:
    restored = _after_sign_in(console, _ended(console, path))

    assert restored["statusCode"] == 303
    assert restored["headers"]["Location"] == kept_forms.page_of(path)
    assert api.requests == []


def test_a_viewer_gets_the_page_without_the_form(console: Console, api: type[OperatorStub]) -> None:
    restored = _after_sign_in(console, _ended(console, "/platform-keys", name="Router"), "viewer")

    assert restored["statusCode"] == 200
    assert "Nothing was sent yet" not in restored["body"]


def test_a_form_that_is_too_long_is_shown_to_be_copied(console: Console) -> None:
    note = " ".join(str(hash((n, "a"))) for n in range(400))

    refused = _ended(console, "/publishers", name="Acme", note=note)

    assert refused["statusCode"] == 401
    assert note in refused["body"]
    assert "cookies" not in refused


def test_a_form_of_a_session_that_cannot_be_checked_is_kept_too(
    console: Console, api: type[OperatorStub]
) -> None:
    api.sign_in({}, 503)
    then = time.time() - 70
    token = console.start_session(refresh_token="r", checked_at=then, asked_at=then)

    cookie = f"__Host-session={token}"
    refused = console.send("/platform-keys", cookie=cookie, method="POST", body="name=Router+9")

    assert refused["statusCode"] == 503
    assert 'value="Router 9"' in _after_sign_in(console, refused)["body"]


@pytest.mark.parametrize("query", ["restore=none", "restore=", "restore=00tpc5e13efc"])
def test_a_page_without_a_kept_form_is_shown_as_usual(
    console: Console, api: type[OperatorStub], query: str
) -> None:
    page = console.get("/platform-keys", query)

    assert page["statusCode"] == 200
    assert "Nothing was sent yet" not in page["body"]


@pytest.mark.parametrize("value", ["", "x", "é", "eJw", "\udcff", "WzEsMl0"])
def test_a_broken_cookie_is_no_form(value: str) -> None:
    assert kept_forms.unpack(value) is None


def test_a_form_is_unpacked_as_it_was_packed() -> None:
    form = KeptForm(path="/keys/pbk_a/test", fields={"tags": "zip=1\r\nage=é", "caller_number": ""})

    assert kept_forms.unpack(str(kept_forms.pack(form))) == form
