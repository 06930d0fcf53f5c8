"""The console's templates, responses, assets and flash messages, without a server."""

import base64
import gzip
import random

import pytest

from functions.console import flash
from functions.console.rendering import Renderer, bars, plural
from functions.console.responses import Responses, cookie
from shared.stores.sessions import MANAGER, Session

HTML = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture
def responses() -> Responses:
    return Responses("/base", "https://sign-in.example.com")


def _render_publishers(name: str) -> str:
    activity = {
        "last_posted_at": None,
        "totals": dict.fromkeys(
            ("posted", "stored", "applied_at_once", "applied_later", "refused", "decided"), 0
        ),
        "match_rate": None,
        "postings": [0] * 24,
    }
    publisher = {"publisher_id": name, "name": name, "activity": activity, "alert": None}
    return Renderer("/base").render(
        "publishers.html",
        publishers=[publisher],
        q=name,
        cursor=name,
        is_first=True,
        typed={},
        errors={"name": name},
        adding=True,
        session=Session(email="mia@example.com", role=MANAGER),
        is_manager=True,
        flash={"text": name},
        path="/publishers",
    )


def test_html_in_names_is_escaped() -> None:
    body = _render_publishers(HTML)

    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "{{7*7}}" in body


def test_pages_have_no_inline_styles_and_no_inline_scripts() -> None:
    body = _render_publishers("Acme")

    assert "style=" not in body
    assert " onclick" not in body


def test_the_content_security_policy_allows_nothing_inline_or_from_elsewhere(
    responses: Responses,
) -> None:
    policy = responses.make(200, b"", {})["headers"]["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_response_is_compressed_for_browsers_that_accept_gzip(responses: Responses) -> None:
    response = responses.make(200, b"Acme" * 500, {}, accept_encoding="gzip, br")

    assert response["headers"]["Content-Encoding"] == "gzip"
    assert gzip.decompress(base64.b64decode(response["body"])) == b"Acme" * 500


def test_assets_are_found_by_the_digest_of_their_bytes(responses: Responses) -> None:
    name = _render_publishers("Acme").split("/base/assets/")[1].split('"')[0]

    found = responses.asset(name, "")

    assert found is not None
    assert "immutable" in found["headers"]["Cache-Control"]
    assert responses.asset("console.css", "") is None


@pytest.mark.parametrize(("seconds", "age"), [(None, None), (0, "0"), (60, "60")])
def test_a_cookie_is_unreadable_for_scripts_and_stays_on_its_host(
    seconds: int | None, age: str | None
) -> None:
    value, *attributes = cookie("__Host-session", "to_ken-1.x=", seconds=seconds).split("; ")

    assert value == "__Host-session=to_ken-1.x="
    expected = {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}
    assert {*attributes} == expected | ({f"Max-Age={age}"} if age else set())


@pytest.mark.parametrize(("count", "text"), [(0, "0 rows"), (1, "1 row"), (2000, "2,000 rows")])
def test_counts_agree_with_their_nouns(count: int, text: str) -> None:
    assert plural(count, "row") == text


def test_a_chart_has_a_bar_for_each_hour_with_postings() -> None:
    assert bars([0, 2, 4], [0, 1, 0], 30, 10).count("<rect") == 3
    assert bars([], [], 30, 10) == ""


def test_an_error_page_says_what_happened_and_what_to_do() -> None:
    body = Renderer("/base").render(
        "error.html",
        title="Late",
        explanation=HTML,
        advice="Reload the page.",
        link=("/", "Go to publishers"),
        request_id="r-1",
        session=None,
        flash={},
        path="",
    )

    assert "Reload the page." in body
    assert "<script>alert" not in body


@pytest.mark.parametrize("body", ['{"tag_values":{"zip":"90210"}}', "ü" * 3000, HTML * 60, ""])
def test_the_response_of_a_test_posting_survives_the_cookie(body: str) -> None:
    assert flash.unpack_response(flash.pack_response(422, body)) == f"422\n{body}"


def test_a_response_too_long_for_a_cookie_says_how_much_is_missing() -> None:
    chance = random.Random(3)  # noqa: S311
    body = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(60_000))

    packed = flash.pack_response(200, body)
    shown = flash.unpack_response(packed)

    assert len(flash.pack({"text": "Test posting sent.", "tested": packed})) < 3900
    assert shown.startswith(f"200\n{body[:1000]}")
    assert "more characters are not shown" in shown


@pytest.mark.parametrize("packed", ["", "x", "0.", "0.!", "0.AAAA", "a.eJwDAAAAAAE="])
def test_a_made_up_response_is_not_shown(packed: str) -> None:
    assert flash.unpack_response(packed) == ""
