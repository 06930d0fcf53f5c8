"""Signing in: from a page of the console to Cognito and back, with a role by group."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.console.operator_stub import Console, OperatorStub


def _begin(console: Console, path: str = "/log", query: str = "") -> tuple[str, dict[str, str]]:
    """Ask for a page without a session; return the cookie and what Cognito is sent."""
    begun = console.send(path, query)
    sent = parse_qs(urlsplit(begun["headers"]["Location"]).query)
    return begun["cookies"][0].partition(";")[0], {name: v[0] for name, v in sent.items()}


def _finish(
    console: Console, cognito: type[OperatorStub], cookies: str, sent: dict[str, str], **claims: Any
) -> dict[str, Any]:
    """Return from Cognito with these claims."""
    cognito.sign_in(console.claims(**{"nonce": sent["nonce"]} | claims))
    return console.send("/signed-in", f"code=c&state={sent['state']}", cookies)


def _sign_in(console: Console, cognito: type[OperatorStub], **claims: Any) -> dict[str, Any]:
    """Ask for the log, sign in with these claims, and return the response to the return."""
    cookie, sent = _begin(console, "/log", "outcome=stored")
    return _finish(console, cognito, cookie, sent, **claims)


def _session_token(response: dict[str, Any]) -> str:
    return str(response["cookies"][0]).partition(";")[0].partition("=")[2]


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["managers"], "manager"),
        (["viewers"], "viewer"),
        (["viewers", "managers", "admins"], "admin"),
        (["others", "viewers", "managers"], "manager"),
    ],
)
def test_a_persons_group_gives_them_a_role_and_they_return_to_the_requested_page(
    console: Console,
    operator_api: type[OperatorStub],
    groups: list[str],
    role: str,
) -> None:
    response = _sign_in(console, operator_api, **{"cognito:groups": groups})

    session = console.handler.app.sessions.find(_session_token(response))
    assert (response["statusCode"], response["headers"]["Location"]) == (303, "/log?outcome=stored")
    assert (session.email, session.role) == ("ana@example.com", role)
    assert (session.subject, session.refresh_token) == ("sub-ana", "refresh-1")


@pytest.mark.parametrize("claims", [{}, {"cognito:groups": ["others"]}])
def test_a_person_in_no_group_has_no_access(
    console: Console,
    operator_api: type[OperatorStub],
    claims: dict[str, Any],
) -> None:
    response = _sign_in(console, operator_api, **claims)

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
    claims: dict[str, Any],
) -> None:
    groups = {"cognito:groups": ["managers"]}

    response = _sign_in(console, operator_api, **groups | claims)

    assert response["statusCode"] == 400
    assert "The sign-in failed" in response["body"]
    assert "cookies" not in response


@pytest.mark.parametrize(
    "tokens",
    [
        {},
        {"id_token": None},
        {"id_token": "header.e30"},
        {"id_token": "header.%.signature"},
        {"id_token": "header.W10.signature"},
        {"id_token": "header.bnVsbA.signature"},
    ],
    ids=["no token", "null", "two parts", "not Base64", "a list", "null inside"],
)
def test_an_id_token_that_cannot_be_read_is_refused(
    console: Console, operator_api: type[OperatorStub], tokens: dict[str, Any]
) -> None:
    cookie, sent = _begin(console)
    operator_api.sign_in({})
    operator_api.by_path["/oauth2/token"] = (200, tokens)

    response = console.send("/signed-in", f"code=c&state={sent['state']}", cookie)

    assert response["statusCode"] == 400
    assert "The sign-in failed" in response["body"]
    assert "cookies" not in response


def test_two_tabs_sign_in_at_once(console: Console, operator_api: type[OperatorStub]) -> None:
    first, first_sent = _begin(console, "/calls")
    second, second_sent = _begin(console, "/callers")
    cookies = f"{first}; {second}"
    groups = {"cognito:groups": ["viewers"]}

    for sent, path in ((second_sent, "/callers"), (first_sent, "/calls")):
        response = _finish(console, operator_api, cookies, sent, **groups)

        assert (response["statusCode"], response["headers"]["Location"]) == (303, path)
        assert len(response["cookies"]) == 2
        assert "Max-Age=0" in response["cookies"][1]


@pytest.mark.parametrize("cookie", ["", "__Host-sign-in=made-up", "__Host-flash=eyJ0ZXh0IjoiIn0"])
@pytest.mark.parametrize("path", ["/", "/log", "/log.csv", "/signed-out", "/nothing", "/signed-in"])
def test_a_request_without_a_session_writes_nothing(
    console: Console, operator_api: type[OperatorStub], path: str, cookie: str
) -> None:
    response = console.send(path, "state=a", cookie)

    assert response["statusCode"] in (200, 303, 400)
    assert console.items() == []
    assert operator_api.requests == []


def test_a_script_without_a_session_is_not_sent_to_the_sign_in(console: Console) -> None:
    response = console.send("/log", headers={"sec-fetch-mode": "cors"})

    assert response["statusCode"] == 401
    assert "cookies" not in response


def test_a_browser_keeps_the_newest_sign_ins_only(console: Console) -> None:
    cookies = [f"__Host-sign-in-000000{n}0abcd=s.Lw" for n in range(6)]

    response = console.send("/log", "", "; ".join(cookies))

    dropped = [each.partition("=")[0] for each in response["cookies"] if "Max-Age=0" in each]
    assert dropped == [each.partition("=")[0] for each in cookies[:3]]


@pytest.mark.parametrize("status_code", [204, 404, 500])
def test_a_sign_in_is_reported_and_works_without_a_response(
    console: Console, operator_api: type[OperatorStub], status_code: int
) -> None:
    operator_api.by_path = {"/people/": (status_code, {})}

    response = _sign_in(console, operator_api, **{"cognito:groups": ["managers"]})

    assert response["statusCode"] == 303
    (report,) = [each for each in operator_api.requests if each.path.startswith("/people")]
    assert (report.method, report.path) == ("POST", "/people/ana%40example.com/signed-in")
    assert report.headers["X-Asked-By"] == "ana@example.com"
    assert report.headers["X-Asked-Role"] == "manager"
    assert report.headers["X-Asked-From"] == "203.0.113.9"
