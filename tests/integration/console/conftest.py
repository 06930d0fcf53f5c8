"""The console's function on a stub of the operator API and the template's table of sessions."""

import importlib
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from tests.integration.console import real_console as real_console_module
from tests.integration.console.operator_stub import Console, OperatorStub
from tests.integration.console.real_console import RealConsole
from tests.integration.service import Service

TIMEOUT_SECONDS = (3, 1.5)
"""Shorter than the real one, and shorter than the stub's silence."""

ROW: dict[str, Any] = {
    "posting_id": "1763885098120-GZ0WXhTNoAMEJxA=", "posted_at": "2025-11-23T08:04:58.120Z",
    "key_id": "pbk_a", "publisher_id": "pub_1999", "caller_number": "+442079460958",
    "call_uuid": None, "tags": {"age": "39"}, "status_code": 200, "warnings": [], "problems": [],
    "status": "call not found, tags stored", "outcome": "stored", "decided_by": None,
    "stored_until": "2025-11-24T08:04:58.120Z", "applied_to": None, "decided_at": None,
}  # fmt: skip


@pytest.fixture
def operator_api() -> Iterator[type[OperatorStub]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OperatorStub)
    OperatorStub.reset(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield OperatorStub
    server.shutdown()
    server.server_close()


@pytest.fixture
def console(
    empty_aws: None, operator_api: type[OperatorStub], monkeypatch: pytest.MonkeyPatch
) -> Console:
    monkeypatch.setenv("API_URL", operator_api.address)
    monkeypatch.setenv("SIGN_IN_URL", operator_api.address)
    monkeypatch.setenv("CONSOLE_URL", "https://console.example.com")
    handler = importlib.reload(importlib.import_module("functions.console.handler"))
    # Only requests to Cognito read it from now on.
    monkeypatch.setenv("AWS_ENDPOINT_URL", operator_api.address)
    http_client = importlib.import_module("functions.console.http_client")
    session = URLLib3Session(timeout=TIMEOUT_SECONDS)  # type: ignore[arg-type]
    monkeypatch.setattr(http_client, "_session", session)
    return Console(handler)


@pytest.fixture
def real_console(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealConsole]:
    requested: list[str] = []
    with real_console_module.operator_api(service, requested) as address:
        monkeypatch.setenv("API_URL", address)
        monkeypatch.setenv("CONSOLE_URL", "https://console.example.com")
        handler = importlib.reload(importlib.import_module("functions.console.handler"))
        yield RealConsole(Console(handler), address, requested)


@pytest.fixture
def row() -> dict[str, Any]:
    """A row of the postback log."""
    return ROW


@pytest.fixture
def large_account(operator_api: type[OperatorStub]) -> type[OperatorStub]:
    """An account of 2,000 publishers, with a log."""
    operator_api.by_path = {
        "/publishers/names": {"publishers": _names(range(1000)), "next_cursor": "pub_999"},
        "/publishers/names?limit=1000&cursor": {
            "publishers": _names(range(1000, 2000)), "next_cursor": None,
        },
        "/publishers/pub_": {"postback_keys": [{"key_id": "pbk_a", "name": "Landing page"}]},
        "/postbacks": {"postbacks": [ROW] * 50, "next_cursor": None},
    }  # fmt: skip
    return operator_api


def _names(numbers: range) -> list[dict[str, str]]:
    return [{"publisher_id": f"pub_{n}", "name": f"Publisher {n}"} for n in numbers]
