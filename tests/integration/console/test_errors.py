"""The console's pages when the operator API fails, is slow, or does not respond."""

import pytest

from shared.stores.sessions import VIEWER
from tests.integration.console.operator_stub import Console, OperatorStub

PATHS = ["/publishers", "/publishers/a", "/keys/a", "/log", "/platform-keys", "/log.csv"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("response", "status_code"),
    [
        ((500, b'{"status":"error","errors":[{"param":null,"message":"went wrong"}]}'), 502),
        ((503, b"Service Unavailable"), 502),
        ((403, b'{"message":"Forbidden"}'), 502),
        ((200, b"<html>"), 500),
        ((200, b"[]"), 500),
        ((0, b""), 504),
    ],
)
def test_a_page_explains_every_failure_of_the_operator_api(
    console: Console,
    operator_api: type[OperatorStub],
    path: str,
    response: tuple[int, bytes],
    status_code: int,
) -> None:
    operator_api.response = response

    page = console.get(path)

    assert page["statusCode"] == status_code
    assert "<h1>" in page["body"]
    assert "eload the page" in page["body"]
    assert "Traceback" not in page["body"]
    assert "Error" not in page["body"]


def test_a_page_explains_a_failure_of_the_session_store(console: Console) -> None:
    page = console.handler.lambda_handler(
        {
            "requestContext": {"http": {"method": "GET"}, "requestId": "r-1"},
            "rawPath": "/publishers",
            "headers": {},
            "cookies": ["__Host-session=\ud800"],
        },
        None,
    )

    assert page["statusCode"] in (303, 500)


def test_a_viewers_change_is_refused_without_a_request(
    console: Console, operator_api: type[OperatorStub]
) -> None:
    page = console.post("/publishers", "name=Acme", role=VIEWER)

    assert page["statusCode"] == 403
    assert operator_api.requests == []


def test_forgetting_a_caller_may_take_longer_than_other_requests(
    console: Console, operator_api: type[OperatorStub]
) -> None:
    operator_api.delay_seconds = 2
    counts = {"waiting": 1, "calls": 2, "log_rows": 3}
    operator_api.respond_with({"erased": counts, "complete": True})

    forgotten = console.post("/callers/forget", "number=%2B15551230101&again=5551230101")
    looked_up = console.get("/callers", "number=5551230101")

    assert forgotten["statusCode"] == 303
    assert looked_up["statusCode"] == 504
