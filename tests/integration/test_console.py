"""The console's pages when the operator API answers badly, late, or not at all."""

import base64
import gzip
import importlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.httpsession import URLLib3Session
from moto import mock_aws

from shared.stores.sessions import Session


class _Operators(BaseHTTPRequestHandler):
    """Answers as `told` says: a status code and a body; a code of 0 is silence."""

    told: tuple[int, bytes] = (200, b"{}")
    takes_seconds = 0.0
    by_path: dict[str, Any] = {}  # noqa: RUF012  # members, by what an address begins with
    asked: list[tuple[str, str, dict[str, str]]] = []  # noqa: RUF012  # emptied by each test

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.asked.append((self.command, self.path, dict(self.headers) | {"body": sent}))
        time.sleep(self.takes_seconds)
        status_code, body = self.told
        for beginning, members in self.by_path.items():
            if self.path.startswith(beginning):
                status_code, body = members if isinstance(members, tuple) else (200, members)
                body = json.dumps(body).encode()
        if not status_code:
            time.sleep(3)
            return
        self.send_response(status_code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  # as the library names it

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture
def operators() -> Iterator[type[_Operators]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Operators)
    _Operators.asked = []
    _Operators.told = (200, b"{}")
    _Operators.by_path = {}
    _Operators.takes_seconds = 0.0
    _Operators.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield _Operators
    server.shutdown()
    server.server_close()


@pytest.fixture
def console(operators: type[_Operators], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    address = operators.address  # type: ignore[attr-defined]
    for name, value in {
        "API_URL": address,
        "CONSOLE_URL": "https://console.example.com",
        "SESSIONS_TABLE": "sessions",
        "USER_POOL_ID": "pool",
        "USER_POOL_CLIENT_ID": "client",
        "USER_POOL_ISSUER": "https://issuer.example.com",
        "SIGN_IN_URL": address,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("dynamodb", region_name="us-east-1").create_table(
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
        module = importlib.reload(importlib.import_module("functions.console.handler"))
        outside = importlib.import_module("functions.console.http_client")
        monkeypatch.setattr(outside, "_session", URLLib3Session(timeout=(3, 1.5)))  # type: ignore[arg-type]
        yield module


def _ask(
    console: ModuleType,
    path: str,
    *,
    method: str = "GET",
    role: str = "manager",
    body: str = "",
    query: str = "",
) -> dict[str, Any]:
    token = console.app.sessions.start(Session(email="mia@example.com", role=role))
    answer: dict[str, Any] = console.lambda_handler(
        {
            "requestContext": {"http": {"method": method}, "requestId": "r-1"},
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"sec-fetch-site": "same-origin", "accept-encoding": "gzip"},
            "cookies": [f"__Host-session={token}"],
            "body": body,
        },
        None,
    )
    if answer.get("isBase64Encoded"):
        answer["transferred"] = len(base64.b64decode(answer["body"]))
        answer["body"] = gzip.decompress(base64.b64decode(answer["body"])).decode()
    return answer


PATHS = ["/publishers", "/publishers/a", "/keys/a", "/log", "/platform-keys", "/log.csv"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("told", "status_code"),
    [
        ((500, b'{"status":"error","errors":[{"param":null,"message":"went wrong"}]}'), 502),
        ((503, b"Service Unavailable"), 502),
        ((403, b'{"message":"Forbidden"}'), 502),
        ((200, b"<html>"), 500),
        ((200, b"[]"), 500),
        ((0, b""), 504),
    ],
)
def test_whatever_the_operator_api_says_a_page_tells_what_happened_and_what_to_do(
    console: ModuleType,
    operators: type[_Operators],
    path: str,
    told: tuple[int, bytes],
    status_code: int,
) -> None:
    operators.told = told

    answer = _ask(console, path)

    assert answer["statusCode"] == status_code
    assert "<h1>" in answer["body"]
    assert "eload the page" in answer["body"]
    assert "Traceback" not in answer["body"]
    assert "Error" not in answer["body"]


def test_the_publishers_page_asks_once(console: ModuleType, operators: type[_Operators]) -> None:
    operators.told = (200, json.dumps({"publishers": [], "next_cursor": None}).encode())

    answer = _ask(console, "/publishers")

    assert answer["statusCode"] == 200
    assert "three steps" in answer["body"]
    ((method, path, headers),) = operators.asked
    assert (method, path) == ("GET", "/publishers?limit=100")
    assert headers["X-Asked-By"] == "mia@example.com"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256")


def test_a_change_is_asked_for_once_and_told_after_a_redirect(
    console: ModuleType, operators: type[_Operators]
) -> None:
    operators.told = (201, b'{"publisher_id":"pub_1"}')

    answer = _ask(console, "/publishers", method="POST", body="name=Acme")

    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "/publishers/pub_1?add=1#add"
    assert [method for method, *_ in operators.asked] == ["POST"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            "expires_at=2026-12-31T23:59&expects_every=2h&match_rate_floor=40+%25",
            {
                "expires_at": "2026-12-31T23:59:00+00:00", "expects_every": 7200,
                "match_rate_floor": 0.4,
            },
        ),
        (
            "expires_at=2026-12-31T23:59&expires_was=2026-12-31T23:59",
            {"expects_every": None, "match_rate_floor": None},
        ),
        (
            "expires_at=&expires_was=2026-12-31T23:59",
            {"expires_at": None, "expects_every": None, "match_rate_floor": None},
        ),
    ],
)  # fmt: skip
def test_a_keys_end_and_what_people_are_told_of_are_changed_with_it(
    console: ModuleType, operators: type[_Operators], typed: str, sent: dict[str, Any]
) -> None:
    answer = _ask(console, "/keys/pbk_a/change", method="POST", body=f"name=main&{typed}")

    assert answer["statusCode"] == 303
    ((_, _, headers),) = operators.asked
    usual = {
        "name": "main", "storage_duration": 86_400, "end_call_cutoff": 3_600, "note": "",
        "default_region": "US",
    }  # fmt: skip
    assert json.loads(headers["body"]) == usual | sent


def test_a_viewer_asks_for_no_change(console: ModuleType, operators: type[_Operators]) -> None:
    answer = _ask(console, "/publishers", method="POST", role="viewer", body="name=Acme")

    assert answer["statusCode"] == 403
    assert operators.asked == []


def test_a_store_that_fails_is_told_too(console: ModuleType) -> None:
    answer = console.lambda_handler(
        {
            "requestContext": {"http": {"method": "GET"}, "requestId": "r-1"},
            "rawPath": "/publishers",
            "headers": {},
            "cookies": ["__Host-session=\ud800"],
        },
        None,
    )

    assert answer["statusCode"] in (303, 500)


ROW: dict[str, Any] = {
    "posting_id": "1763885098120-GZ0WXhTNoAMEJxA=", "posted_at": "2025-11-23T08:04:58.120Z",
    "key_id": "pbk_a", "publisher_id": "pub_1999", "caller_number": "+442079460958",
    "call_uuid": None, "tags": {"age": "39"}, "status_code": 200, "warnings": [], "problems": [],
    "status": "call not found, tags stored", "outcome": "stored", "decided_by": None,
    "stored_until": "2025-11-24T08:04:58.120Z", "applied_to": None, "decided_at": None,
}  # fmt: skip


def _names(numbers: range) -> list[dict[str, str]]:
    return [{"publisher_id": f"pub_{n}", "name": f"Publisher {n}"} for n in numbers]


@pytest.fixture
def many(operators: type[_Operators]) -> type[_Operators]:
    """An account of two thousand publishers, with a log."""
    operators.by_path = {
        "/publishers/names": {"publishers": _names(range(1000)), "next_cursor": "pub_999"},
        "/publishers/names?limit=1000&cursor": {
            "publishers": _names(range(1000, 2000)), "next_cursor": None,
        },
        "/publishers/pub_": {"postback_keys": [{"key_id": "pbk_a", "name": "Landing page"}]},
        "/postbacks": {"postbacks": [ROW] * 50, "next_cursor": None},
    }  # fmt: skip
    return operators


def test_the_log_of_two_thousand_publishers_names_them_and_is_asked_for_in_three_requests(
    console: ModuleType, many: type[_Operators]
) -> None:
    first = _ask(console, "/log")
    asked = len(many.asked)
    _ask(console, "/log")

    assert first["statusCode"] == 200
    assert first["body"].count("Publisher 1999") == 50
    assert asked == 3
    assert len(many.asked) == 4  # the names are kept for a minute
    assert first["transferred"] < 60_000


def test_a_publisher_is_chosen_of_two_thousand_by_its_name(
    console: ModuleType, many: type[_Operators]
) -> None:
    answer = _ask(console, "/log", query="publisher=publisher+1999&outcome=stored&key_id=pbk_b")

    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "/log?outcome=stored&publisher_id=pub_1999"
    chosen = _ask(console, "/log", query="outcome=stored&publisher_id=pub_1999")
    assert 'value="Publisher 1999"' in chosen["body"]
    assert ">Landing page<" in chosen["body"]
    again = _ask(console, "/log", query="publisher=Publisher+1999&publisher_id=pub_1999")
    assert again["statusCode"] == 200


def test_of_several_publishers_with_the_name_one_is_chosen_from_a_short_list(
    console: ModuleType, many: type[_Operators]
) -> None:
    answer = _ask(console, "/log", query="publisher=199&outcome=stored")

    assert answer["statusCode"] == 422
    assert "12 publishers have this in their names" in answer["body"]
    assert 'href="/log?outcome=stored&amp;publisher_id=pub_1991"' in answer["body"]
    many_more = _ask(console, "/log", query="publisher=Publisher")
    assert "and 1980 more" in many_more["body"]
    none = _ask(console, "/log", query="publisher=nobody")
    assert "No publisher has this in its name" in none["body"]


def test_a_publisher_that_is_taken_out_of_the_field_filters_no_more(
    console: ModuleType, many: type[_Operators]
) -> None:
    answer = _ask(console, "/log", query="publisher=&publisher_id=pub_7&outcome=stored")

    assert answer["headers"]["Location"] == "/log?outcome=stored"


def test_all_names_are_suggested_to_who_types_one(
    console: ModuleType, many: type[_Operators]
) -> None:
    answer = _ask(console, "/publisher-names")

    assert len(json.loads(answer["body"])) == 2000
    assert answer["transferred"] < 20_000


def test_where_there_are_too_many_keys_one_is_asked_to_choose_a_publisher(
    console: ModuleType, many: type[_Operators]
) -> None:
    error = {"param": "publisher_id", "message": "there are more than 200 keys"}
    many.by_path["/postbacks"] = (422, {"status": "error", "errors": [error]})

    answer = _ask(console, "/log")

    assert answer["statusCode"] == 200
    assert "Choose a publisher" in answer["body"]


def test_a_publisher_is_searched_for_in_one_request(
    console: ModuleType, operators: type[_Operators]
) -> None:
    operators.told = (200, json.dumps({"publishers": [], "next_cursor": None}).encode())

    _ask(console, "/publishers", query="q=coast+%26+co")

    assert [path for _, path, _ in operators.asked] == [
        "/publishers?limit=100&name=coast%20%26%20co"
    ]


def test_a_number_as_it_is_shown_is_looked_for_as_it_is(
    console: ModuleType, many: type[_Operators]
) -> None:
    answer = _ask(console, "/log", query="caller_number=GB+020+7946+0958")

    assert '<span title="+442079460958">GB 020 7946 0958</span>' in answer["body"]
    assert any("caller_number=%2B442079460958" in path for _, path, _ in many.asked)
    masked = _ask(console, "/log", role="viewer")["body"]
    assert "••• 0958" in masked
    assert "7946" not in masked


def test_a_csv_file_ends_before_it_is_more_than_lambda_answers(
    console: ModuleType, many: type[_Operators]
) -> None:
    many.by_path["/postbacks"] = {
        "postbacks": [ROW | {"tags": {"text": "x" * 8000}}] * 200, "next_cursor": "more",
    }  # fmt: skip

    answer = _ask(console, "/log.csv")

    assert answer["headers"]["X-Next-Cursor"] == "more"
    assert 3_000_000 < len(answer["body"]) < 4_500_000
    assert int(answer["headers"]["X-Rows"]) == answer["body"].count("+442079460958")
    assert "The file ends here" in answer["body"]


def test_a_caller_is_waited_for_to_be_forgotten_however_long_that_takes(
    console: ModuleType, operators: type[_Operators]
) -> None:
    operators.takes_seconds = 2  # longer than the others may take here
    counts = {"waiting": 1, "calls": 2, "log_rows": 3}
    operators.told = (200, json.dumps({"erased": counts, "complete": True}).encode())
    number = "number=%2B15551230101&again=5551230101"

    forgotten = _ask(console, "/callers/forget", method="POST", body=number)
    looked_up = _ask(console, "/callers", query="number=5551230101")

    assert forgotten["statusCode"] == 303
    assert looked_up["statusCode"] == 504


LISTED = {"call_uuid": "9b65", "started_at": "2026-11-25T12:00:00.000Z", "status": "completed"}


@pytest.mark.parametrize(
    ("postbacks", "cursor", "more"), [([], "c", True), ([ROW], "c", False), ([], None, False)]
)
def test_of_a_caller_with_very_many_calls_it_is_told_that_there_are_more(
    console: ModuleType,
    many: type[_Operators],
    postbacks: list[Any],
    cursor: str | None,
    more: bool,
) -> None:
    many.by_path |= {
        "/calls": (404, {"errors": []}),
        "/callers/": {
            "caller_number": "+15551230101", "waiting": [], "calls": [LISTED | {"tags": []}] * 12,
            "postbacks": postbacks, "has_more_postbacks": bool(cursor), "next_cursor": cursor,
        },
    }  # fmt: skip

    calls = _ask(console, "/calls", query="find=5551230101")
    caller = _ask(console, "/callers", query="number=5551230101")

    assert ("There are older ones" in calls["body"]) is more
    assert ("<b>12+</b>" in caller["body"]) is more
    assert caller["body"].count("find=9b65") == 10


TESTED = "tested=1763885098120-GZ0WXhTNoAMEJxA%3D"
KEY = {
    "key_id": "pbk_a", "publisher_id": "pub_1", "name": "Landing page", "note": "", "paused": False,
    "posting_link": "https://post.example.com?key=x", "instructions_link": "https://i.example.com",
    "storage_duration": 60, "end_call_cutoff": 60, "default_region": "US", "expires_at": None,
    "replaces": None, "replaced_by": None, "expects_every": None, "match_rate_floor": 0.405,
}  # fmt: skip
FIGURES = dict.fromkeys(("posted", "refused", "warned", "expired_unused"), 0)
ACTIVITY: dict[str, Any] = {
    "hours": [], "totals": FIGURES, "match_rate": None, "last_posted_at": None, "refusals": [],
    "warnings": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW, ["Received and stored", "Waiting for a call until", "Look again"]),
        (ROW | {"status_code": 422, "outcome": "refused"}, ["Refused with 422"]),
    ],
)
def test_what_became_of_a_test_posting_is_on_its_keys_page(
    console: ModuleType, many: type[_Operators], row: dict[str, Any], told: list[str]
) -> None:
    many.by_path |= {
        "/postback-keys/pbk_a": KEY,
        "/postback-keys/pbk_a/activity": ACTIVITY,
        "/publishers/pub_1": {"publisher_id": "pub_1", "name": "Acme"},
        "/postbacks": {"postbacks": [row], "next_cursor": None},
    }

    answer = _ask(console, "/keys/pbk_a", query=TESTED)

    assert answer["statusCode"] == 200
    assert "What became of it" in answer["body"]
    assert all(each in answer["body"] for each in told)
    other = _ask(console, "/keys/pbk_a", query="tested=nothing")
    assert other["statusCode"] == 200
    assert "What became of it" not in other["body"]
