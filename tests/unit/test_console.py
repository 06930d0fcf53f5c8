"""The console's parts that need no server: what browsers send, sessions, numbers, CSV, pages."""

import base64
import csv
import gzip
import io
import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.console import csv_rows, durations, numbers
from functions.console.page import Pages, bars
from functions.console.request import (
    MOST_FORM_BYTES,
    ForeignRequest,
    FormTooLarge,
    Request,
    is_own_path,
    pack,
    unpack,
)
from functions.console.sessions import (
    IDLE_SECONDS,
    LONGEST_SECONDS,
    SIGN_IN_SECONDS,
    Session,
    SessionStore,
)
from shared.runtime import http

URL = "https://console.example.com"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def _event(method: str = "POST", body: bytes = b"", **headers: str) -> dict[str, Any]:
    return {
        "requestContext": {"http": {"method": method}, "requestId": "r"},
        "rawPath": "/base/publishers/",
        "rawQueryString": "q=a%20b&q=c",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _request(**given: Any) -> Request:
    return Request.of(_event(**given), "/base")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "https://elsewhere.example"},
        {"origin": URL},
    ],
)
def test_a_change_is_taken_from_our_own_pages(headers: dict[str, str]) -> None:
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
def test_a_change_that_another_page_asks_for_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ForeignRequest):
        _request(**headers).check_origin(f"{URL}/console")


def test_the_path_is_read_below_the_consoles_own_address() -> None:
    request = _request()

    assert request.path == "/publishers"
    assert request.query == {"q": "c"}


@pytest.mark.parametrize("as_header", [True, False])
def test_cookies_are_read_where_either_gateway_puts_them(as_header: bool) -> None:
    event = _event("GET")
    if as_header:
        event["headers"]["cookie"] = "a=1; __Host-session=token=="
    else:
        event["cookies"] = ["a=1", "__Host-session=token=="]

    assert Request.of(event, "").cookies == {"a": "1", "__Host-session": "token=="}


@pytest.mark.parametrize(
    "body", [b"a=" + b"x" * MOST_FORM_BYTES, b"&".join(b"a%d=1" % n for n in range(300))]
)
def test_a_form_that_is_too_large_is_refused(body: bytes) -> None:
    with pytest.raises(FormTooLarge):
        _request(body=body).form()


@pytest.mark.parametrize("path", ["/", "/log?from=2026-11-25T08:00", "/publishers/pub_1"])
def test_one_is_sent_back_to_where_one_was(path: str) -> None:
    assert is_own_path(path)


@pytest.mark.parametrize(
    "path", ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: b"]
)
def test_one_is_not_sent_to_other_hosts(path: str) -> None:
    assert not is_own_path(path)


@pytest.mark.parametrize("text", ["", "!", "W10", "bm90IGpzb24", "ü", "A" * 5000])
def test_a_cookie_that_somebody_else_wrote_says_nothing(text: str) -> None:
    assert unpack(text) == {}


def test_what_a_page_is_to_say_comes_back_from_its_cookie() -> None:
    assert unpack(pack({"text": NASTY})) == {"text": NASTY}


class _Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def store(clock: _Clock) -> Any:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="sessions",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        yield SessionStore(client, "sessions", clock)


MIA = Session(email="mia@example.com", role="manager")


def test_a_session_is_found_by_its_token_until_it_is_ended(store: SessionStore) -> None:
    token = store.start(MIA)

    assert store.find(token) == MIA
    store.end(token)
    assert store.find(token) is None


def test_the_table_knows_no_token(store: SessionStore) -> None:
    token = store.start(MIA)

    assert token not in str(store._client.scan(TableName="sessions"))
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


@pytest.mark.parametrize("token", ["", "made-up", "x" * 5000, "\udcff"])
def test_a_token_that_was_not_given_out_opens_nothing(store: SessionStore, token: str) -> None:
    store.start(MIA)

    assert store.find(token) is None


def test_a_session_ends_when_it_is_idle(store: SessionStore, clock: _Clock) -> None:
    token = store.start(MIA)

    clock.now += IDLE_SECONDS - 1
    assert store.find(token) == MIA
    clock.now += IDLE_SECONDS - 1
    assert store.find(token) == MIA
    clock.now += IDLE_SECONDS + 1
    assert store.find(token) is None


def test_a_session_ends_however_much_it_is_used(store: SessionStore, clock: _Clock) -> None:
    token = store.start(MIA)
    started = clock.now

    while clock.now < started + LONGEST_SECONDS - 3600:
        clock.now += 3600
        assert store.find(token) == MIA
    clock.now = started + LONGEST_SECONDS
    assert store.find(token) is None


def test_a_sign_in_can_be_finished_once(store: SessionStore) -> None:
    token, begun = store.begin_sign_in("/log")

    assert store.take_sign_in(token, "another state") is None
    assert store.take_sign_in(token, begun.state) == begun
    assert store.take_sign_in(token, begun.state) is None


def test_a_sign_in_that_was_begun_long_ago_is_begun_again(
    store: SessionStore, clock: _Clock
) -> None:
    token, begun = store.begin_sign_in("/log")

    clock.now += SIGN_IN_SECONDS + 1
    assert store.take_sign_in(token, begun.state) is None
    assert store.find(token) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("36h", 129_600),
        ("7d", 604_800),
        ("1h30m", 5_400),
        (" 24 H ", 86_400),
        ("0", 0),
    ],
)
def test_durations_are_read_as_people_type_them(text: str, seconds: int) -> None:
    assert durations.read(text) == seconds
    assert durations.read(durations.show(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "-1h", "1.5h", "1h1d", "a day", "9" * 99 + "h"])
def test_other_durations_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="36h"):
        durations.read(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86_400, "24h"), (129_600, "36h"), (604_800, "7d"), (0, "0s"), (90, "1m30s")],
)
def test_durations_are_shown_as_people_write_them(seconds: int, text: str) -> None:
    assert durations.show(seconds) == text


def test_numbers_are_shown_in_national_form_and_masked_but_for_the_last_four_digits() -> None:
    assert numbers.show("+15551230101") == "(555) 123-0101"
    assert numbers.show("+442079460958") == "+442079460958"
    assert numbers.mask("+15551230101") == "••• 0101"


@pytest.mark.parametrize(
    "text", ["+15551230101", "call 5551230101 now", "(555) 123-0101", "1-555-123-0101"]
)
def test_a_number_is_masked_however_it_is_spelled_in_a_text(text: str) -> None:
    masked = numbers.mask_within(text, "+15551230101")

    assert "123" not in masked
    assert "0101" in masked


@pytest.mark.parametrize(
    "value", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "\n=1", "%0A"]
)
def test_no_cell_is_a_formula(value: str) -> None:
    row = {"call_uuid": value, "tags": {value: value}}

    (_, read) = csv.reader(io.StringIO(csv_rows.lines([row], with_header=True), newline=""))
    assert not any(cell.lstrip().startswith(tuple("=+-@%|")) for cell in read if cell)


def test_a_phone_number_stays_as_it_is_in_a_cell() -> None:
    assert csv_rows.cell("+15551230101") == "+15551230101"


@pytest.fixture
def pages() -> Pages:
    return Pages("/base", "https://sign-in.example.com")


def _publishers(pages: Pages, name: str, **more: Any) -> dict[str, Any]:
    recent = {
        "last_posted_at": None,
        "totals": {"posted": 0, "refused": 0},
        "match_rate": None,
        "postings": [0] * 24,
    }
    publisher = {"publisher_id": name, "name": name, "activity": recent, "notice": None}
    values: dict[str, Any] = {
        "publishers": [publisher], "q": name, "cursor": name, "is_first": True, "typed": {},
        "errors": {"name": name}, "adding": True, "session": MIA, "may_change": True,
        "said": {"text": name}, "path": "/publishers",
    }  # fmt: skip
    return pages.show("publishers.html", **(values | more))


def test_names_are_shown_and_never_run(pages: Pages) -> None:
    body = _publishers(pages, NASTY)["body"]

    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "{{7*7}}" in body


def test_pages_allow_nothing_from_elsewhere_and_nothing_inline(pages: Pages) -> None:
    answer = _publishers(pages, "Acme")
    policy = answer["headers"]["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "style=" not in answer["body"]
    assert " onclick" not in answer["body"]
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_a_page_is_packed_for_who_takes_that(pages: Pages) -> None:
    answer = _publishers(pages, "Acme", accepts="gzip, br")

    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert b"Acme" in gzip.decompress(base64.b64decode(answer["body"]))


def test_assets_are_found_by_the_digest_of_what_is_in_them(pages: Pages) -> None:
    body = _publishers(pages, "Acme")["body"]
    name = body.split("/base/assets/")[1].split('"')[0]

    found = pages.asset(name, "")

    assert found is not None
    assert "immutable" in found["headers"]["Cache-Control"]
    assert pages.asset("console.css", "") is None


def test_a_chart_has_a_bar_for_each_hour_with_postings() -> None:
    assert bars([0, 2, 4], [0, 1, 0], 30, 10).count("<rect") == 3
    assert bars([], [], 30, 10) == ""


def test_an_error_page_says_what_happened_and_what_to_do(pages: Pages) -> None:
    answer = pages.show(
        "trouble.html", status_code=504, title="Late", what=NASTY, advice="Reload the page.",
        link=("/", "To the publishers"), request_id="r-1", session=None, said={}, path="",
    )  # fmt: skip

    assert answer["statusCode"] == 504
    assert "Reload the page." in answer["body"]
    assert "<script>alert" not in answer["body"]


def test_what_is_kept_in_cookies_fits_them() -> None:
    told = json.dumps({"code": 422, "body": "x" * 1500})

    assert len(pack({"text": "Test posting sent.", "tested": told})) < 4000


@pytest.mark.parametrize(
    ("signer", "asked_by"),
    [
        ("arn:aws:sts::1:assumed-role/console-role/session", "mia@example.com"),
        ("arn:aws:sts::1:assumed-role/console-role-2/session", None),
        ("arn:aws:sts::1:assumed-role/other/console-role", None),
        ("arn:aws:iam::1:user/ana", None),
    ],
)
def test_who_asked_is_believed_of_the_consoles_role_alone(
    signer: str, asked_by: str | None
) -> None:
    event = _event(X_Asked_By="mia@example.com")
    event["requestContext"]["authorizer"] = {"iam": {"userArn": signer}}

    assert http.asked_by(event, "console-role") == (asked_by or signer)
