"""Signing in: from a page of the console to Cognito and back, with a role by group."""

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.console.operator_stub import Console, OperatorStub


def _send(console: Console, path: str, query: str = "", cookie: str = "") -> dict[str, Any]:
    event = {
        "requestContext": {"http": {"method": "GET"}, "requestId": "r-1"},
        "rawPath": path,
        "rawQueryString": query,
        "headers": {},
        "cookies": [cookie],
    }
    response: dict[str, Any] = console.handler.lambda_handler(event, None)
    return response


def _cookie(response: dict[str, Any]) -> str:
    return str(response["cookies"][0]).partition(";")[0]


def _sign_in(
    console: Console, cognito: type[OperatorStub], monkeypatch: pytest.MonkeyPatch, **claims: Any
) -> dict[str, Any]:
    """Ask for the log, sign in with these claims, and return the response to the return."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cognito.address)
    begun = _send(console, "/log", "outcome=stored")
    sent = {n: v[0] for n, v in parse_qs(urlsplit(begun["headers"]["Location"]).query).items()}
    settings = console.handler.settings
    all_claims = {
        "iss": settings.user_pool_issuer, "aud": settings.user_pool_client_id, "token_use": "id",
        "exp": time.time() + 300, "email": "ana@example.com", "nonce": sent["nonce"],
    } | claims  # fmt: skip
    payload = base64.urlsafe_b64encode(json.dumps(all_claims).encode()).decode().rstrip("=")
    cognito.by_path = {
        "/": {"UserPoolClient": {"ClientSecret": "secret"}},
        "/oauth2/token": {"id_token": f"header.{payload}.signature"},
    }
    return _send(console, "/signed-in", f"code=c&state={sent['state']}", _cookie(begun))


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["managers"], "manager"),
        (["viewers"], "viewer"),
        (["others", "viewers", "managers"], "manager"),
    ],
)
def test_a_persons_group_gives_them_a_role_and_they_return_to_the_requested_page(
    console: Console,
    operator_api: type[OperatorStub],
    monkeypatch: pytest.MonkeyPatch,
    groups: list[str],
    role: str,
) -> None:
    response = _sign_in(console, operator_api, monkeypatch, **{"cognito:groups": groups})

    session = console.handler.app.sessions.find(_cookie(response).partition("=")[2])
    assert (response["statusCode"], response["headers"]["Location"]) == (303, "/log?outcome=stored")
    assert (session.email, session.role) == ("ana@example.com", role)


@pytest.mark.parametrize("claims", [{}, {"cognito:groups": ["others"]}])
def test_a_person_in_no_group_has_no_access(
    console: Console,
    operator_api: type[OperatorStub],
    monkeypatch: pytest.MonkeyPatch,
    claims: dict[str, Any],
) -> None:
    response = _sign_in(console, operator_api, monkeypatch, **claims)

    assert response["statusCode"] == 403
    assert "You have no access yet" in response["body"]
    assert "cookies" not in response


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"nonce": "another"},
        {"token_use": "access"},
        {"exp": 1},
    ],
)
def test_a_token_for_another_sign_in_is_refused(
    console: Console,
    operator_api: type[OperatorStub],
    monkeypatch: pytest.MonkeyPatch,
    claims: dict[str, Any],
) -> None:
    groups = {"cognito:groups": ["managers"]}

    response = _sign_in(console, operator_api, monkeypatch, **groups | claims)

    assert response["statusCode"] == 400
    assert "The sign-in failed" in response["body"]
    assert "cookies" not in response
