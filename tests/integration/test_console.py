"""The console's pages when the operator API answers badly, late, or not at all."""

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

from functions.console.sessions import Session


class _Operators(BaseHTTPRequestHandler):
    """Answers as `told` says: a status code and a body; a code of 0 is silence."""

    told: tuple[int, bytes] = (200, b"{}")
    asked: list[tuple[str, str, dict[str, str]]] = []  # noqa: RUF012  # emptied by each test

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path, dict(self.headers)))
        status_code, body = self.told
        if not status_code:
            time.sleep(3)
            return
        self.send_response(status_code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # as the library names it

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture
def operators() -> Iterator[type[_Operators]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Operators)
    _Operators.asked = []
    _Operators.told = (200, b"{}")
    _Operators.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
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
        outside = importlib.import_module("functions.console.outside")
        monkeypatch.setattr(outside, "_http", URLLib3Session(timeout=(3, 1.5)))  # type: ignore[arg-type]
        yield module


def _ask(
    console: ModuleType, path: str, *, method: str = "GET", role: str = "manager", body: str = ""
) -> dict[str, Any]:
    token = console.site.sessions.start(Session(email="mia@example.com", role=role))
    answer: dict[str, Any] = console.lambda_handler(
        {
            "requestContext": {"http": {"method": method}, "requestId": "r-1"},
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"sec-fetch-site": "same-origin"},
            "cookies": [f"__Host-session={token}"],
            "body": body,
        },
        None,
    )
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
